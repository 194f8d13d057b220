"""The people of a measure (申出者, 併せて支援を求める者, 加害者) and what was handed on (転送), RR-1.1.16b and c.

Each edit is kept with what stood there before. Nobody is deleted: who is taken out has a day from which that holds.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from residentapp.core.access.actor import Actor
from residentapp.core.access.permissions import Permission
from residentapp.core.clock import day_of
from residentapp.core.crypto import Keyring
from residentapp.core.dates import to_wareki
from residentapp.core.violations import Level, Violation, errors_of
from residentapp.residents.models import SupportMeasure, SupportMember, SupportOffender, SupportTransfer
from residentapp.residents.removed_records import reader
from residentapp.residents.support import suppressions
from residentapp.residents.support.errors import NotThere, SupportRefused
from residentapp.residents.support.events import differences, measure_event
from residentapp.residents.support.from_record import details_of_record
from residentapp.residents.support.operations import locked
from residentapp.residents.support.rules import check_transfer
from residentapp.residents.support.sealed import (
    MEMBER,
    OFFENDER,
    TRANSFER,
    seal,
    seal_details,
    unseal_details,
)
from residentapp.residents.support.types import (
    OFFENDER_LABELS,
    PERSON_LABELS,
    EventKind,
    Offender,
    OffenderDetails,
    PersonDetails,
    Seen,
    Supported,
    TransferEntry,
)

#: Items of a person that only those with the right to 戸籍の表示 see and change.
DOMICILE_ITEMS = ("domicile", "former_domiciles")


def _open(session: Session, actor: Actor, seen: Seen) -> SupportMeasure:
    measure = locked(session, actor, seen)
    if measure.closed_on is not None:
        raise _refused("SM-E060", "この支援措置は終了しています。", "変更できません。記録は残っています。")
    return measure


def _refused(code: str, message: str, remedy: str, *, field: str = "") -> SupportRefused:
    return SupportRefused([Violation(Level.ERROR, code, message, field, "RR-1.1.16b", remedy)])


def _bump(session: Session, measure: SupportMeasure) -> None:
    measure.version += 1
    session.flush()


def _texts(details: PersonDetails | OffenderDetails, labels: Mapping[str, str]) -> dict[str, str]:
    return {labels[name]: text for name, text in dataclasses.asdict(details).items()}


# ---- those who are protected


def member_of(measure: SupportMeasure, addressee_number: str) -> SupportMember:
    """A person in force of a measure.

    :raises NotThere: not one of them.
    """
    for member in measure.members:
        if member.addressee_number == addressee_number and member.removed_on is None:
            return member
    raise NotThere("この人は、この支援措置の対象者ではありません。画面を開き直してください。")


def add_member(
    session: Session, actor: Actor, keyring: Keyring, seen: Seen, supported: Supported, *, now: dt.datetime
) -> SupportMember:
    """Protect somebody else along with the applicant, from today.

    :raises SupportRefused: nobody with this number, or one of the measure already.
    """
    measure = _open(session, actor, seen)
    number = supported.addressee_number
    known = {member.addressee_number: member for member in measure.members}
    if reader.latest_of(session, number) is None:
        raise _refused(
            "SM-E004",
            f"宛名番号{number}の人は見つかりません。",
            "番号を確かめてください。",
            field="addressee_number",
        )
    if number in known and known[number].removed_on is None:
        raise _refused(
            "SM-E080", "この人は、もう支援対象者です。", "一覧を確かめてください。", field="addressee_number"
        )
    if any(row.addressee_number == number and row.removed_on is None for row in measure.offenders):
        raise _refused(
            "SM-E007",
            "この人は加害者として登録されています。",
            "番号を確かめてください。",
            field="addressee_number",
        )
    sealed = seal_details(keyring, details_of_record(session, number), MEMBER)
    member = known.get(number)
    if member is None:
        member = SupportMember(addressee_number=number, is_applicant=False)
        measure.members.append(member)
    member.removed_on, member.details_cipher = None, sealed
    member.relation = supported.relation.strip() or None
    _bump(session, measure)
    suppressions.protect(session, actor, keyring, measure, number, starts_on=day_of(now), now=now)
    measure_event(
        session, actor, keyring, EventKind.MEMBER_ADDED, measure, now=now, addressee_number=number,
        changes=differences({}, {"申出者との関係": supported.relation.strip()}),
    )  # fmt: skip
    return member


def change_member(
    session: Session,
    actor: Actor,
    keyring: Keyring,
    seen: Seen,
    addressee_number: str,
    details: PersonDetails,
    relation: str,
    *,
    now: dt.datetime,
) -> SupportMember:
    """Correct what is kept of a person. 本籍 stays as it is for an actor who may not see it."""
    measure = _open(session, actor, seen)
    member = member_of(measure, addressee_number)
    before = unseal_details(keyring, member.details_cipher, PersonDetails, MEMBER)
    if not actor.may(Permission.ITEM_REGISTERED_DOMICILE):
        kept: dict[str, Any] = {name: getattr(before, name) for name in DOMICILE_ITEMS}
        details = dataclasses.replace(details, **kept)
    if not (details.name.strip() or details.alias.strip()):
        raise _refused(
            "SM-E081", "氏名が入力されていません。", "氏名か通称を入力してください。", field="name"
        )
    changes = differences(
        {"申出者との関係": member.relation or "", **_texts(before, PERSON_LABELS)},
        {"申出者との関係": relation.strip(), **_texts(details, PERSON_LABELS)},
    )
    member.details_cipher = seal_details(keyring, details, MEMBER)
    member.relation = relation.strip() or None
    _bump(session, measure)
    measure_event(
        session, actor, keyring, EventKind.MEMBER_CHANGED, measure, now=now,
        addressee_number=addressee_number, changes=changes,
    )  # fmt: skip
    return member


def remove_member(
    session: Session,
    actor: Actor,
    keyring: Keyring,
    seen: Seen,
    addressee_number: str,
    reason: str,
    *,
    now: dt.datetime,
) -> SupportMember:
    """Take somebody who was supported along out of a measure; releases what the measure set for them.

    :raises SupportRefused: the applicant (end the measure instead), or no reason.
    """
    measure = _open(session, actor, seen)
    member = member_of(measure, addressee_number)
    if member.is_applicant:
        raise _refused("SM-E082", "申出者は外せません。", "支援措置そのものを終了してください。")
    if not reason.strip():
        raise _refused(
            "SM-E083", "外す理由が入力されていません。", "理由を入力してください。", field="reason"
        )
    member.removed_on = day_of(now)
    _bump(session, measure)
    suppressions.unprotect(
        session, actor, keyring, measure, reason=reason.strip(), addressee_number=addressee_number, now=now
    )
    measure_event(
        session, actor, keyring, EventKind.MEMBER_REMOVED, measure, now=now,
        addressee_number=addressee_number, reason=reason.strip(),
    )  # fmt: skip
    return member


# ---- those from whom they are protected


def offender_of(measure: SupportMeasure, offender_id: int) -> SupportOffender:
    """加害者 in force of a measure.

    :raises NotThere: not one of them.
    """
    for row in measure.offenders:
        if row.id == offender_id and row.removed_on is None:
            return row
    raise NotThere("この加害者の記録は見つかりません。画面を開き直してください。")


def _check_offender(session: Session, measure: SupportMeasure, offender: Offender) -> None:
    number = offender.addressee_number
    if offender.is_empty:
        raise _refused("SM-E084", "何も入力されていません。", "分かる項目を入力してください。", field="name")
    if number and reader.latest_of(session, number) is None:
        raise _refused(
            "SM-E006", "加害者の宛名番号の人は見つかりません。",
            "番号を確かめてください。ここに記録がない人のときは空欄にしてください。", field="addressee_number",
        )  # fmt: skip
    members = {member.addressee_number for member in measure.members if member.removed_on is None}
    if number and number in members:
        raise _refused(
            "SM-E007", "加害者の宛名番号が、支援を受ける人の番号と同じです。", "番号を確かめてください。",
            field="addressee_number",
        )  # fmt: skip


def add_offender(
    session: Session, actor: Actor, keyring: Keyring, seen: Seen, offender: Offender, *, now: dt.datetime
) -> SupportOffender:
    """Name one more person from whom the applicant is protected."""
    measure = _open(session, actor, seen)
    _check_offender(session, measure, offender)
    row = SupportOffender(
        addressee_number=offender.addressee_number or None,
        details_cipher=seal_details(keyring, offender.details, OFFENDER),
    )
    measure.offenders.append(row)
    _bump(session, measure)
    measure_event(
        session, actor, keyring, EventKind.OFFENDER_ADDED, measure, now=now,
        changes=differences({}, _offender_texts(offender)),
    )  # fmt: skip
    return row


def change_offender(
    session: Session,
    actor: Actor,
    keyring: Keyring,
    seen: Seen,
    offender_id: int,
    offender: Offender,
    *,
    now: dt.datetime,
) -> SupportOffender:
    """Correct what is kept of an offender."""
    measure = _open(session, actor, seen)
    row = offender_of(measure, offender_id)
    _check_offender(session, measure, offender)
    before = Offender(
        unseal_details(keyring, row.details_cipher, OffenderDetails, OFFENDER), row.addressee_number or ""
    )
    row.details_cipher = seal_details(keyring, offender.details, OFFENDER)
    row.addressee_number = offender.addressee_number or None
    _bump(session, measure)
    measure_event(
        session, actor, keyring, EventKind.OFFENDER_CHANGED, measure, now=now,
        changes=differences(_offender_texts(before), _offender_texts(offender)),
    )  # fmt: skip
    return row


def remove_offender(
    session: Session,
    actor: Actor,
    keyring: Keyring,
    seen: Seen,
    offender_id: int,
    reason: str,
    *,
    now: dt.datetime,
) -> SupportOffender:
    """Take an offender out of a measure, with the reason.

    :raises SupportRefused: no reason.
    """
    measure = _open(session, actor, seen)
    row = offender_of(measure, offender_id)
    if not reason.strip():
        raise _refused(
            "SM-E083", "外す理由が入力されていません。", "理由を入力してください。", field="reason"
        )
    row.removed_on = day_of(now)
    _bump(session, measure)
    before = Offender(
        unseal_details(keyring, row.details_cipher, OffenderDetails, OFFENDER), row.addressee_number or ""
    )
    measure_event(
        session, actor, keyring, EventKind.OFFENDER_REMOVED, measure, now=now, reason=reason.strip(),
        changes=differences(_offender_texts(before), {}),
    )  # fmt: skip
    return row


def _offender_texts(offender: Offender) -> dict[str, str]:
    return {"宛名番号": offender.addressee_number, **_texts(offender.details, OFFENDER_LABELS)}


# ---- handed on


def record_transfer(
    session: Session, actor: Actor, keyring: Keyring, seen: Seen, entry: TransferEntry, *, now: dt.datetime
) -> SupportTransfer:
    """転送情報: the application went to another municipality, or came from one.

    :raises SupportRefused: no municipality, no day, or a day to come.
    """
    measure = _open(session, actor, seen)
    found = errors_of(check_transfer(entry, today=day_of(now)))
    if found:
        raise SupportRefused(found)
    assert entry.happened_on is not None
    row = SupportTransfer(
        direction=entry.direction,
        happened_on=entry.happened_on,
        told_on=entry.told_on,
        details_cipher=seal(
            keyring, {"municipality": entry.municipality.strip(), "note": entry.note.strip()}, TRANSFER
        ),
    )
    measure.transfers.append(row)
    _bump(session, measure)
    changes = {
        "区分": entry.direction.label,
        "市区町村": entry.municipality.strip(),
        "転送（受付）年月日": to_wareki(entry.happened_on),
        "連絡した年月日": to_wareki(entry.told_on) if entry.told_on else "",
        "メモ": entry.note.strip(),
    }
    measure_event(
        session, actor, keyring, EventKind.TRANSFER_RECORDED, measure, now=now,
        changes=differences({}, changes),
    )  # fmt: skip
    return row
