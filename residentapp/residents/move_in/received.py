"""転出証明書情報 that arrives ahead of the visit (RR-4.1.1.3): kept, listed, and made into a move-in with its papers.

It comes for 特例転入 over 住基ネット and through 引越しワンストップ, person by person.
:func:`handle_move_out_certificate` is the handler of the inbox for it. Whoever moved out together is listed and taken
in together.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from residentapp.core import audit
from residentapp.core.access.actor import Actor
from residentapp.core.access.permissions import Permission
from residentapp.core.addresses.queries import town_name
from residentapp.core.clock import day_of
from residentapp.core.crypto import Keyring
from residentapp.core.dates import DateValue, to_wareki
from residentapp.core.masters.queries import own_municipality
from residentapp.residents.cases import operations as cases
from residentapp.residents.cases.models import ChangeCase
from residentapp.residents.cases.types import CaseState
from residentapp.residents.move_in import edits
from residentapp.residents.move_in.fields import FIELDS_BY_NAME, PROOF_FIELDS, FieldKind
from residentapp.residents.move_in.models import ReceivedCertificate
from residentapp.residents.move_in.procedure import MOVE_IN
from residentapp.residents.move_in.rules.household import HEAD, LARGEST_CASE
from residentapp.residents.move_in.rules.reading import relationship_text
from residentapp.residents.move_in.types import (
    CasePayload,
    MemberEntry,
    MoveInEntry,
    MoveInKind,
    ReceivedState,
    YesNo,
)
from residentapp.residents.types import ResidentKind

SCREEN = "受信した転出証明書情報"
#: Stands in the case as the source of its papers.
SOURCE = "転出証明書情報"

#: Items of the body under other names than the entry's.
_OTHER_NAMES = {
    "relationship": "relationship_to_head",
    "previous_head_name": "head_name",
    "previous_postal_code": "postal_code",
    "previous_address_code": "address_code",
}
#: Fields that no 転出証明書情報 fills: they are settled here.
_NOT_FROM_THERE = frozenset(
    {
        "key",
        "resident_kind",
        "re_entry",
        "name_kana_confirmed",
        "former_name_kana_confirmed",
        "alias_kana_confirmed",
        *PROOF_FIELDS,
        "unreported_address",
        "adoption",
        "became_resident_on",
        "residence_notified",
        "landing_permit_move_in",
        "on_electoral_roll",
        "remark",
    }
)
_FIELDS = tuple(item.name for item in fields(MemberEntry) if item.name not in _NOT_FROM_THERE)


class ReceivedUnreadable(ValueError):
    """A body is no 転出証明書情報. No personal value stands in the text."""


class ReceivedChanged(Exception):
    """The information no longer waits. The text may be shown."""


# ---- keeping


def handle_move_out_certificate(
    session: Session, actor: Actor, keyring: Keyring, body: Mapping[str, Any], now: dt.datetime
) -> int | None:
    """Keep a 転出証明書情報; to be declared as the inbox handler of its kind.

    The body has the form in which this system sends its own. ``header``: ``act.code`` (``cancel`` takes back what
    waits), ``municipality_name`` of the sender, ``moved_on.day``. ``person`` (or ``people``, a list): items under the
    names of the record's columns; a code is ``{"code": …}``, a day ``{"day": …, "text": …}``, ``text`` in wareki;
    ``address`` and ``building`` are those before the move, ``planned_destination`` is here. Other keys are left out.

    What is sent again for the same person takes the place of what waits; a move-in that was begun keeps its papers.

    :returns: always None: nothing of the register changes.
    :raises ReceivedUnreadable: when it names nobody.
    """
    people = body.get("people") if isinstance(body.get("people"), list) else [body.get("person")]
    bodies = [
        {"header": _mapping(body.get("header")), "person": dict(person)}
        for person in people or ()
        if isinstance(person, Mapping)
    ]
    if not bodies or not all(_name(each["person"]) for each in bodies):
        raise ReceivedUnreadable("転出証明書情報に氏名がありません。転出元に確かめてください。")
    for each in bodies:
        _keep(session, actor, keyring, each, now=now)
    return None


def _mapping(value: Any) -> dict[str, Any]:
    return dict(value) if isinstance(value, Mapping) else {}


def _name(person: Mapping[str, Any]) -> str:
    return _plain(person.get("name")) or _plain(person.get("name_alphabet"))


def _plain(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""


def _keep(
    session: Session, actor: Actor, keyring: Keyring, body: dict[str, Any], *, now: dt.datetime
) -> None:
    header, person = body["header"], body["person"]
    family = _hash(keyring, _family_of(header, person))
    who = _hash(keyring, _person_of(header, person))
    cancelled = _plain(_mapping(header.get("act")).get("code")) == "cancel"
    for earlier in session.scalars(
        select(ReceivedCertificate).where(
            ReceivedCertificate.person_hash == who, ReceivedCertificate.state == ReceivedState.WAITING
        )
    ):
        if earlier.case_id is None or cancelled:
            earlier.state = ReceivedState.IGNORED if cancelled else ReceivedState.REPLACED
            earlier.note = "転出元が取り消した" if cancelled else None
    if not cancelled:
        row = ReceivedCertificate(
            received_at=now,
            state=ReceivedState.WAITING,
            sender=_plain(header.get("municipality_name")) or "（転出元が分かりません）",
            planned_on=_planned_on(header, person),
            family_hash=family,
            person_hash=who,
            body_cipher=b"",
        )
        session.add(row)
        session.flush()
        row.body_cipher = keyring.encrypt(json.dumps(body, ensure_ascii=False), context=_context(row.id))
    session.flush()
    audit.record(
        session,
        actor,
        moment=now,
        log=audit.Log.OPERATION,
        action="転出証明書情報の取消" if cancelled else "転出証明書情報の受信",
        details={"転出元": _plain(header.get("municipality_name"))},
        individual_number="individual_number" in person,
        screen=SCREEN,
    )


def _context(row_id: int) -> str:
    return f"received_certificate:{row_id}"


def _hash(keyring: Keyring, told: Sequence[str]) -> bytes:
    digest = hashlib.sha256("\x1f".join(told).encode()).hexdigest()
    return keyring.lookup_hash(digest, context="received_certificate")


def _family_of(header: Mapping[str, Any], person: Mapping[str, Any]) -> list[str]:
    """Who moved out together: from one address and one head's household, on one day."""
    planned = _planned_on(header, person)
    return [
        "family",
        _plain(header.get("municipality_name")),
        planned.isoformat() if planned else "",
        *("".join(_plain(person.get(name)).split()) for name in ("address", "building", "head_name")),
    ]


def _person_of(header: Mapping[str, Any], person: Mapping[str, Any]) -> list[str]:
    code = _plain(person.get("resident_code"))
    if code:
        return ["code", code]
    birth = _mapping(person.get("birth_date"))
    return [
        "person",
        _plain(header.get("municipality_name")),
        "".join(_name(person).split()),
        _plain(birth.get("day")),
    ]


def _planned_on(header: Mapping[str, Any], person: Mapping[str, Any]) -> dt.date | None:
    for value in (person.get("removal_occurred_on"), header.get("moved_on")):
        try:
            return dt.date.fromisoformat(_plain(_mapping(value).get("day")))
        except ValueError:
            continue
    return None


# ---- the list


@dataclass(frozen=True)
class WaitingFamily:
    """Those who moved out together, as the list shows them. Where to is not shown: it may be a home to be protected.

    :param ids: of the rows, heads first.
    """

    ids: tuple[int, ...]
    sender: str
    planned_on: str
    names: tuple[str, ...]
    received_at: dt.datetime


def _waiting_rows(session: Session) -> Sequence[ReceivedCertificate]:
    """Rows with which no move-in has been begun, or one that was withdrawn."""
    withdrawn = select(ChangeCase.id).where(ChangeCase.state == CaseState.WITHDRAWN)
    query = select(ReceivedCertificate).where(
        ReceivedCertificate.state == ReceivedState.WAITING,
        or_(ReceivedCertificate.case_id.is_(None), ReceivedCertificate.case_id.in_(withdrawn)),
    )
    return session.scalars(query.order_by(ReceivedCertificate.received_at, ReceivedCertificate.id)).all()


def waiting(session: Session, keyring: Keyring) -> list[WaitingFamily]:
    """Families that are expected, in the order of their 転出予定年月日."""
    families: dict[bytes, list[ReceivedCertificate]] = {}
    for row in _waiting_rows(session):
        families.setdefault(row.family_hash, []).append(row)
    found: list[tuple[dt.date, WaitingFamily]] = []
    for rows in families.values():
        bodies = {row.id: body_of(keyring, row)["person"] for row in rows}
        rows.sort(key=lambda row: (bodies[row.id].get("relationship_to_head") != HEAD, row.id))
        planned = rows[0].planned_on
        family = WaitingFamily(
            ids=tuple(row.id for row in rows),
            sender=rows[0].sender,
            planned_on=to_wareki(planned) if planned is not None else "",
            names=tuple(_shown_name(bodies[row.id]) for row in rows),
            received_at=max(row.received_at for row in rows),
        )
        found.append((planned or dt.date.max, family))
    return [family for _planned, family in sorted(found, key=lambda each: (each[0], min(each[1].ids)))]


def _shown_name(person: Mapping[str, Any]) -> str:
    parts = (_plain(person.get("name_alphabet")), _plain(person.get("name")))
    return "　".join(part for part in parts if part)


def count_waiting(session: Session) -> int:
    """How many families are expected."""
    return len({row.family_hash for row in _waiting_rows(session)})


def body_of(keyring: Keyring, row: ReceivedCertificate) -> dict[str, Any]:
    """What was received of one person."""
    value: dict[str, Any] = json.loads(keyring.decrypt_text(row.body_cipher, context=_context(row.id)))
    return value


def _rows(session: Session, ids: Iterable[int]) -> list[ReceivedCertificate]:
    """The rows of a family, held.

    :raises ReceivedChanged: when one of them no longer waits.
    """
    wanted = sorted(set(ids))
    free = {row.id for row in _waiting_rows(session)}
    query = select(ReceivedCertificate).where(ReceivedCertificate.id.in_(wanted)).with_for_update()
    rows = list(session.scalars(query.order_by(ReceivedCertificate.id)))
    if not rows or len(rows) != len(wanted) or not set(wanted) <= free:
        raise ReceivedChanged(
            "この転出証明書情報は、送り直されたか、すでに転入の入力が始まっています。一覧を開き直してください。"
        )
    return rows


def leave_out(session: Session, actor: Actor, ids: Iterable[int], reason: str, *, now: dt.datetime) -> None:
    """対象外: they do not come (転入の取りやめ), with the reason.

    :raises ReceivedChanged: when they no longer wait. :raises ValueError: without a reason.
    """
    actor.require(Permission.MOVE_IN_ENTER)
    if not reason.strip():
        raise ValueError("対象外にする理由を入力してください。")
    rows = _rows(session, ids)
    for row in rows:
        row.state, row.note = ReceivedState.IGNORED, reason.strip()
    session.flush()
    audit.record(
        session,
        actor,
        moment=now,
        log=audit.Log.OPERATION,
        action="転出証明書情報の対象外",
        details={"受信": [row.id for row in rows], "理由": reason.strip()},
        screen=SCREEN,
    )


# ---- into a move-in


def start_from_received(
    session: Session, actor: Actor, keyring: Keyring, ids: Iterable[int], *, now: dt.datetime
) -> ChangeCase:
    """Begin the move-in of a family from what was received; every item can be changed afterwards.

    :raises ReceivedChanged: when they no longer wait. :raises PermissionDenied: without the right to enter a move-in.
    """
    actor.require(Permission.MOVE_IN_ENTER)
    rows = _rows(session, ids)
    payload = payload_of_bodies(session, [body_of(keyring, row) for row in rows], today=day_of(now))
    case = cases.start(session, actor, keyring, MOVE_IN, payload, now=now, file_name=SOURCE)
    for row in rows:
        row.case_id = case.id
    session.flush()
    return case


def payload_of_bodies(
    session: Session, bodies: Sequence[Mapping[str, Any]], *, today: dt.date
) -> CasePayload:
    """The entry that 転出証明書情報 of a family gives, beside what was received as its papers."""
    members, papers = [], {"": _whole(bodies)}
    for place, body in enumerate(bodies[:LARGEST_CASE], start=1):
        key = f"m{place}"
        person = _mapping(body.get("person"))
        kind = _kind(person)
        said = {
            name: text
            for name in _FIELDS
            if FIELDS_BY_NAME[name].belongs_to(kind) and (text := _text(name, person, kind))
        }
        address = "　".join(
            part for part in (_plain(person.get("address")), _plain(person.get("building"))) if part
        )
        if address:
            said["previous_address"] = address
        papers[key] = said
        members.append(replace(MemberEntry(key=key, resident_kind=kind), **said))  # type: ignore[arg-type]
    members.sort(key=lambda member: relationship_text(member) != HEAD)
    entry = edits.with_members(edits.new_entry(MoveInKind.DOMESTIC, today), tuple(members))
    entry = edits.proved_by_papers(entry)
    entry = _with_address(session, entry, _mapping(bodies[0].get("person")))
    return CasePayload(entry, papers, SOURCE, special=True)


def _kind(person: Mapping[str, Any]) -> ResidentKind:
    code = _plain(_mapping(person.get("resident_kind")).get("code"))
    return ResidentKind.FOREIGN if code == ResidentKind.FOREIGN else ResidentKind.JAPANESE


def _text(name: str, person: Mapping[str, Any], kind: ResidentKind) -> str:
    """One item as it would be typed."""
    value = person.get(_OTHER_NAMES.get(name, name))
    spec = FIELDS_BY_NAME[name]
    match value:
        case bool():
            return (YesNo.YES if value else YesNo.NO).value if spec.kind is FieldKind.CHOICE else ""
        case str():
            return value.strip()
        case list():
            return "\n".join(_plain(line) for line in value if _plain(line))
        case Mapping() if "code" in value:
            return _plain(value.get("code"))
        case Mapping():
            return _date_text(name, value, kind)
        case _:
            return ""


def _date_text(name: str, value: Mapping[str, Any], kind: ResidentKind) -> str:
    """A day as it would be typed: its own writing, which also tells an unknown day, else the calendar's."""
    written = _plain(value.get("text"))
    if written:
        return written
    try:
        day = dt.date.fromisoformat(_plain(value.get("day")))
    except ValueError:
        return ""
    western = name == "residence_expires_on" or (name == "birth_date" and kind is ResidentKind.FOREIGN)
    return DateValue.of(day, western=western).writing


def _whole(bodies: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """What the papers say as a whole, under the words of the certificate's CSV."""
    header, person = _mapping(bodies[0].get("header")), _mapping(bodies[0].get("person"))
    planned = _planned_on(header, person)
    told = {
        "転出元市区町村": _plain(header.get("municipality_name")),
        "世帯員数": str(len(bodies)),
        "転出予定年月日": to_wareki(planned) if planned is not None else "",
        "転出先住所": _plain(person.get("planned_destination")),
    }
    return {label: text for label, text in told.items() if text}


def _with_address(session: Session, entry: MoveInEntry, person: Mapping[str, Any]) -> MoveInEntry:
    """The new address as it was notified, where the dictionary knows its town; the clerk confirms it."""
    destination = _plain(person.get("planned_destination"))
    town = town_name(session, _plain(person.get("planned_destination_code")))
    if town is None or not destination:
        return entry
    own = own_municipality(session)
    if not town.text.startswith(own.prefecture + own.name):
        return entry
    for written in (town.text, own.name + town.town):
        if destination.startswith(written):
            lot, _space, building = destination.removeprefix(written).partition("　")
            return replace(
                entry,
                town=written,
                lot=lot,
                building=building,
                address_code=town.town_code,
                postal_code=_plain(person.get("planned_destination_postal_code")) or town.postal_code,
            )
    return entry
