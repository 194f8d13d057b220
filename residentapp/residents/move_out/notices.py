"""転入通知 that arrives over the exchange: taken in by itself, or listed with what stands in the way (RR-4.1.3.1.2).

:func:`handle_move_in_notice` is the handler of the inbox for it. What it cannot take in stands in a list, where staff
try it again, enter it by hand, or leave it out with a reason.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from residentapp.core import audit
from residentapp.core.access.actor import Actor
from residentapp.core.access.permissions import Permission
from residentapp.core.characters import character_length, find_faults, split_characters
from residentapp.core.clock import day_of
from residentapp.core.crypto import Keyring
from residentapp.core.dates import DateValue
from residentapp.core.numbering import RESIDENT_CODE
from residentapp.residents import history
from residentapp.residents.cases.models import ChangeCase
from residentapp.residents.cases.types import CaseState, Registered
from residentapp.residents.changes import consequences
from residentapp.residents.changes.facts import person_of
from residentapp.residents.changes.register import Origin, write_plan
from residentapp.residents.changes.rules.household_effects import broken_invariants
from residentapp.residents.changes.rules.move_in_notice import (
    CAUSE,
    Notice,
    is_older,
    is_reflected,
    notice_plan,
)
from residentapp.residents.changes.types import ChangeEntry
from residentapp.residents.ex_officio import operations as ex_officio
from residentapp.residents.ex_officio.types import Basis
from residentapp.residents.models import ResidentHistory
from residentapp.residents.move_in.rules.text import is_standard
from residentapp.residents.move_out.closing import (
    BrokenClosing,
    grounds_of,
    hold,
    household_facts,
    notified_of,
)
from residentapp.residents.move_out.keeping import by_adoption
from residentapp.residents.move_out.models import MoveInNotice
from residentapp.residents.move_out.places import town_of
from residentapp.residents.move_out.types import NoticeState
from residentapp.residents.protection import protected_numbers_query
from residentapp.residents.rules.names import same_name
from residentapp.residents.search.models import SearchPerson
from residentapp.residents.types import ResidentState, Sex

#: Imported so that what follows from a registered change happens here too.
LOADED = consequences

SCREEN = "転入通知"
#: Most characters of a destination.
LONGEST_ADDRESS = 200


class NoticeProblem(Exception):
    """Why a notice cannot be taken in; shown in the list, so that no personal value may stand in it.

    :ivar number: 宛名番号 of the one person it seems to be about.
    """

    def __init__(self, text: str, number: str | None = None) -> None:
        super().__init__(text)
        self.number = number


class NoticeChanged(Exception):
    """The notice is no longer in the state that the act needs. The text may be shown."""


# ---- reading a body


@dataclass(frozen=True)
class Identity:
    """By what a body names its person.

    :param names: every name of the person, as written. :param code: 住民票コード; empty when it was left out.
    """

    names: tuple[str, ...]
    birth: dt.date | None
    sex: Sex | None
    code: str


@dataclass(frozen=True)
class Told:
    """What a body says."""

    notice: Notice
    who: Identity


def _part(body: Mapping[str, Any], *path: str) -> Any:
    value: Any = body
    for key in path:
        if not isinstance(value, Mapping):
            return None
        value = value.get(key)
    return value


def _text(body: Mapping[str, Any], *path: str) -> str:
    value = _part(body, *path)
    return value.strip() if isinstance(value, str) else ""


def _day(body: Mapping[str, Any], *path: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(_text(body, *path, "day"))
    except ValueError:
        return None


def read_body(session: Session, body: Mapping[str, Any], *, today: dt.date) -> Told:
    """What a body says, with the postal code of the address filled in by the dictionary.

    :raises NoticeProblem: when something that is needed is missing or cannot be recorded.
    """
    if _text(body, "header", "act", "code") == "cancel":
        raise NoticeProblem("転入を取り消す通知です。転入元に確かめ、反映した内容を手で直してください。")
    moved_in = _day(body, "header", "moved_on")
    if moved_in is None:
        raise NoticeProblem("転入年月日がないか、読み取れません。転入元に確かめてください。")
    noticed = _day(body, "header", "noticed_on") or _day(body, "header", "processed_on") or today
    if moved_in > today or noticed > today:
        raise NoticeProblem("転入年月日か通知年月日が今日より後です。転入元に確かめてください。")
    if noticed < moved_in:
        raise NoticeProblem("通知年月日が転入年月日より前です。転入元に確かめてください。")
    address = _text(body, "person", "address")
    if not address:
        raise NoticeProblem("転入先の住所がありません。転入元に確かめてください。")
    destination = "　".join(part for part in (address, _text(body, "person", "building")) if part)
    _check_text(destination)
    code = _text(body, "person", "address_code")
    postal = _text(body, "person", "postal_code")
    if not postal:
        found = town_of(session, address, code)
        postal = found.postal_code if found is not None else ""
        code = code or (found.code if found is not None else "")
    notice = Notice(DateValue.of(moved_in), noticed, destination, code or None, postal or None)
    return Told(notice, _identity_of(body))


def _identity_of(body: Mapping[str, Any]) -> Identity:
    sex = _text(body, "person", "sex", "code")
    names = (_text(body, "person", "name"), _text(body, "person", "name_alphabet"))
    return Identity(
        names=tuple(name for name in names if name),
        birth=_day(body, "person", "birth_date"),
        sex=Sex(sex) if sex in {each.value for each in Sex} else None,
        code=_text(body, "person", "resident_code"),
    )


def _check_text(destination: str) -> None:
    """Overlong and garbled addresses are for staff (RR-4.1.3.1.2a)."""
    if character_length(destination) > LONGEST_ADDRESS:
        raise NoticeProblem(f"転入先の住所が{LONGEST_ADDRESS}文字を超えています。手で入力し直してください。")
    garbled = find_faults(destination) or any(
        character in "\ufffd〓■□" or not is_standard(character) for character in split_characters(destination)
    )
    if garbled:
        raise NoticeProblem(
            "転入先の住所に、読めない文字（文字化け）があります。転入元に確かめ、手で入力し直してください。"
        )


# ---- whose it is


def candidates_of_body(session: Session, keyring: Keyring, body: Mapping[str, Any]) -> list[ResidentHistory]:
    """Current records that a body may be about, whatever else is wrong with it."""
    return _candidates(session, keyring, _identity_of(body))


def may_be_protected(session: Session, body: Mapping[str, Any]) -> bool:
    """Whether a body may be about a protected person although nobody was found: born on the same day, or on none told.

    A name that came garbled finds nobody, and the address beside it would tell.
    """
    birth = _identity_of(body).birth
    if birth is None:
        return True
    query = select(SearchPerson.addressee_number).where(
        SearchPerson.birth_sort == birth, SearchPerson.addressee_number.in_(protected_numbers_query())
    )
    return session.scalar(query.limit(1)) is not None


def _candidates(session: Session, keyring: Keyring, told: Identity) -> list[ResidentHistory]:
    """By 住民票コード, and by name, sex and birth date."""
    equal = []
    if told.code:
        code = keyring.lookup_hash(told.code, context=RESIDENT_CODE)
        equal.append(ResidentHistory.resident_code_hash == code)
    numbers = _same_three_items(session, told)
    if numbers:
        equal.append(ResidentHistory.addressee_number.in_(numbers))
    if not equal:
        return []
    query = select(ResidentHistory).where(ResidentHistory.is_latest, or_(*equal))
    return list(session.scalars(query.order_by(ResidentHistory.addressee_number)))


def _same_three_items(session: Session, told: Identity) -> list[str]:
    if told.birth is None or told.sex is None or not told.names:
        return []
    query = (
        select(ResidentHistory)
        .join(SearchPerson, SearchPerson.addressee_number == ResidentHistory.addressee_number)
        .where(SearchPerson.birth_sort == told.birth, SearchPerson.sex == told.sex, ResidentHistory.is_latest)
    )
    return [person.addressee_number for person in session.scalars(query) if _same_name(told, person)]


def _same_name(told: Identity, person: ResidentHistory) -> bool:
    return same_name(told.names, (person.name, person.name_alphabet))


def find_person(session: Session, keyring: Keyring, told: Identity) -> ResidentHistory:
    """The one person whom a notice is about.

    :raises NoticeProblem: nobody, several, somebody else by name or birth, or somebody who has not left.
    """
    found = _candidates(session, keyring, told)
    if told.code:
        code = keyring.lookup_hash(told.code, context=RESIDENT_CODE)
        by_code = [person for person in found if person.resident_code_hash == code]
        if not by_code:
            number = found[0].addressee_number if len(found) == 1 else None
            raise NoticeProblem(
                "住民票コードの合う人がいません。"
                + ("氏名・性別・生年月日の同じ人がいます。" if found else "")
                + "本人を確かめ、手で入力してください。",
                number,
            )
        found = by_code
    if not found:
        raise NoticeProblem("該当する人がいません。転入元に確かめてください。")
    if len(found) > 1:
        raise NoticeProblem("該当する人が二人以上います。本人を確かめ、手で入力してください。")
    [person] = found
    number = person.addressee_number
    other_birth = told.birth is not None and person.birth_date.exact not in (None, told.birth)
    if other_birth or (told.names and not _same_name(told, person)):
        raise NoticeProblem(
            "住民票コードは同じですが、氏名か生年月日が違います。本人を確かめ、手で入力してください。", number
        )
    if person.state is ResidentState.DEAD:
        raise NoticeProblem("死亡で消除された人です。転入元に確かめてください。", number)
    if person.state.is_live and person.removal_occurred_on is None:
        raise NoticeProblem(
            "転出の処理がされていない住民です。事実を調べ、職権消除などをしてから、もう一度取り込んでください。",
            number,
        )
    return person


# ---- the handler


def handle_move_in_notice(
    session: Session, actor: Actor, keyring: Keyring, body: Mapping[str, Any], now: dt.datetime
) -> int | None:
    """Take in a 転入通知 (RR-4.1.3.1.1, RR-4.1.3.1.2); to be declared as the inbox handler of its kind.

    The body has the form in which this system sends its own notices:

    ``header``: ``act.code`` (``record``, ``correct``; ``cancel`` goes to the list), ``moved_on.day`` 転入年月日,
    ``noticed_on.day`` 転入通知年月日 (else ``processed_on.day``, else the day of receipt), ``municipality_name``.

    ``person``: ``resident_code``; ``name``, ``name_alphabet``, ``birth_date.day``, ``sex.code``; ``address``,
    ``building``, ``address_code``, ``postal_code`` of the new address. Days are ``YYYY-MM-DD``; other keys are left
    out.

    Nothing is raised for what a notice says: it is kept with its problem and stands in the list of errors.

    :returns: the change that the notice became; None when nothing had to be changed or it stands in the list.
    """
    row = MoveInNotice(received_at=now, state=NoticeState.PROBLEM, problem="", body_cipher=b"")
    session.add(row)
    session.flush()
    row.body_cipher = keyring.encrypt(json.dumps(body, ensure_ascii=False), context=_context(row.id))
    return _take(session, actor, keyring, row, body, now=now)


def _context(notice_id: int) -> str:
    return f"move_in_notice:{notice_id}"


def body_of(keyring: Keyring, row: MoveInNotice) -> dict[str, Any]:
    """What a notice says, as it came."""
    value: dict[str, Any] = json.loads(keyring.decrypt_text(row.body_cipher, context=_context(row.id)))
    return value


def _take(
    session: Session,
    actor: Actor,
    keyring: Keyring,
    row: MoveInNotice,
    body: Mapping[str, Any],
    *,
    now: dt.datetime,
) -> int | None:
    try:
        told = read_body(session, body, today=day_of(now))
        person = find_person(session, keyring, told.who)
        if by_adoption(session, keyring, person.addressee_number):
            raise NoticeProblem(
                "特別養子縁組による転出の人です。転出先（確定）を記載するか決めて、手で入力してください。",
                person.addressee_number,
            )
    except NoticeProblem as problem:
        row.state, row.problem = NoticeState.PROBLEM, str(problem)
        row.addressee_number = problem.number
    else:
        row.addressee_number = person.addressee_number
        row.state, row.change_id = _reflect(session, actor, keyring, person, told.notice, now=now)
        row.problem = None
        row.settled_at, row.settled_by = now, actor.login
    _log(session, actor, row, "転入通知の取込", now=now)
    session.flush()
    return row.change_id


def _reflect(
    session: Session,
    actor: Actor,
    keyring: Keyring,
    person: ResidentHistory,
    notice: Notice,
    *,
    now: dt.datetime,
) -> tuple[NoticeState, int | None]:
    """Write a notice into the record, unless the record says it already or something newer."""
    if person.state.is_live:
        hold(session, person.household_number)
    current = history.latest(session, person.addressee_number, for_update=True)
    assert current is not None
    facts = household_facts(session, actor, current.household_number, now=now)
    record = facts.people.get(current.addressee_number) or person_of(current)
    if is_older(record, notice):
        return NoticeState.OLDER, None
    if is_reflected(record, notice):
        return NoticeState.UNCHANGED, None
    notified = notified_of(session, keyring, record.number) if record.is_moving_out else None
    plan = notice_plan(record, notice, facts, notified)
    broken = broken_invariants(plan.after(facts), facts) if record.is_live else []
    if broken:
        raise BrokenClosing("; ".join(broken))
    seen = {number: each.history_number for number, each in facts.people.items()}
    seen[record.number] = record.history_number
    written = write_plan(session, actor, keyring, Origin.of_actor(actor), plan, seen, now=now)
    change_id = written.change_ids[-1]
    grounds = [*grounds_of(plan, written), ex_officio.Ground(change_id, Basis.NOTICE, CAUSE)]
    ex_officio.enter(session, grounds, now=now)
    return NoticeState.REFLECTED, change_id


def _log(
    session: Session,
    actor: Actor,
    row: MoveInNotice,
    action: str,
    *,
    now: dt.datetime,
    reason: str = "",
    succeeded: bool | None = None,
) -> None:
    details: dict[str, Any] = {"転入通知": row.id, "結果": row.state.label}
    if row.problem:
        details["取り込めない理由"] = row.problem
    if reason:
        details["理由"] = reason
    if row.change_id is not None:
        details["異動"] = row.change_id
    audit.record(
        session,
        actor,
        moment=now,
        log=audit.Log.OPERATION,
        action=action,
        subjects=[row.addressee_number] if row.addressee_number else [],
        details=details,
        succeeded=row.state is not NoticeState.PROBLEM if succeeded is None else succeeded,
        screen=SCREEN,
    )


# ---- the list of errors


def _open_cases() -> Any:
    return select(ChangeCase.id).where(ChangeCase.state != CaseState.WITHDRAWN)


def problems(session: Session, *, limit: int = 200) -> Sequence[MoveInNotice]:
    """Notices that could not be taken in, the oldest first."""
    query = select(MoveInNotice).where(MoveInNotice.state == NoticeState.PROBLEM)
    return session.scalars(query.order_by(MoveInNotice.received_at, MoveInNotice.id).limit(limit)).all()


def count_problems(session: Session) -> int:
    """How many notices wait for staff; those being entered by hand wait for nobody else."""
    query = (
        select(func.count())
        .select_from(MoveInNotice)
        .where(
            MoveInNotice.state == NoticeState.PROBLEM,
            or_(MoveInNotice.case_id.is_(None), MoveInNotice.case_id.not_in(_open_cases())),
        )
    )
    return session.scalar(query) or 0


def taken_lately(session: Session, *, limit: int = 50) -> Sequence[MoveInNotice]:
    """Notices that were taken in, the newest first."""
    query = select(MoveInNotice).where(MoveInNotice.state != NoticeState.PROBLEM)
    query = query.order_by(MoveInNotice.received_at.desc(), MoveInNotice.id.desc())
    return session.scalars(query.limit(limit)).all()


def find_notice(session: Session, notice_id: int) -> MoveInNotice | None:
    """A notice by its id."""
    return session.get(MoveInNotice, notice_id)


def _waiting(session: Session, notice_id: int) -> MoveInNotice:
    query = select(MoveInNotice).where(MoveInNotice.id == notice_id).with_for_update()
    row = session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if row is None:
        raise NoticeChanged("この転入通知は見つかりません。一覧を開き直してください。")
    if row.state is not NoticeState.PROBLEM:
        raise NoticeChanged(f"この転入通知は、いま「{row.state.label}」です。一覧を開き直してください。")
    return row


def retry(
    session: Session, actor: Actor, keyring: Keyring, notice_id: int, *, now: dt.datetime
) -> MoveInNotice:
    """Take a notice in once more, for example after the move-out was entered.

    :raises NoticeChanged: when it no longer waits.
    """
    actor.require(Permission.EX_OFFICIO_ENTER)
    row = _waiting(session, notice_id)
    _take(session, actor, keyring, row, body_of(keyring, row), now=now)
    return row


def leave_out(
    session: Session, actor: Actor, notice_id: int, reason: str, *, now: dt.datetime
) -> MoveInNotice:
    """対象外: leave a notice out, with the reason.

    :raises NoticeChanged: when it no longer waits. :raises ValueError: without a reason.
    """
    actor.require(Permission.EX_OFFICIO_ENTER)
    if not reason.strip():
        raise ValueError("対象外にする理由を入力してください。")
    row = _waiting(session, notice_id)
    row.state, row.note = NoticeState.IGNORED, reason.strip()
    row.settled_at, row.settled_by = now, actor.login
    _log(session, actor, row, "転入通知の対象外", now=now, reason=reason.strip())
    session.flush()
    return row


def settle_by_case(
    session: Session,
    actor: Actor,
    keyring: Keyring,
    case: ChangeCase,
    entry: ChangeEntry,
    registered: Registered,
    *,
    now: dt.datetime,
) -> None:
    """The notice that staff entered by hand is settled with its case; the hook of the kind ``move_in_notice``."""
    query = select(MoveInNotice).where(
        MoveInNotice.case_id == case.id, MoveInNotice.state == NoticeState.PROBLEM
    )
    for row in session.scalars(query):
        row.state, row.problem = NoticeState.REFLECTED, None
        row.addressee_number = entry.subjects[0].number
        row.change_id = registered.change_ids[-1]
        row.settled_at, row.settled_by = now, actor.login
        _log(session, actor, row, "転入通知の取込（手で入力）", now=now)
    session.flush()
