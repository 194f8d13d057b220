"""転入通知 that arrives over the exchange: taken in by itself, or listed with what stands in the way (RR-4.1.3.1.2).

:func:`handle_move_in_notice` is the handler of the inbox for it. What it cannot take in stands in a list, where staff
try it again, enter it by hand, or leave it out with a reason.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from residentapp.core.access.actor import Actor
from residentapp.core.access.permissions import Permission
from residentapp.core.clock import day_of
from residentapp.core.crypto import Keyring
from residentapp.residents import history
from residentapp.residents.cases.models import ChangeCase
from residentapp.residents.cases.types import Registered
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
from residentapp.residents.move_out.closing import (
    BrokenClosing,
    grounds_of,
    hold,
    household_facts,
    notified_of,
)
from residentapp.residents.move_out.keeping import by_adoption
from residentapp.residents.move_out.models import MoveInNotice
from residentapp.residents.move_out.notice_reading import find_person, read_body
from residentapp.residents.move_out.types import NoticeState
from residentapp.residents.rules.told import NoticeProblem
from residentapp.residents.waiting_notices import Notices, settle

#: Imported so that what follows from a registered change happens here too.
LOADED = consequences

SCREEN = "転入通知"
NOTICES = Notices(MoveInNotice, "転入通知", SCREEN, (Permission.EX_OFFICIO_ENTER,))


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
    NOTICES.keep(session, keyring, row, body)
    return _take(session, actor, keyring, row, body, now=now)


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
        state, row.change_id = _reflect(session, actor, keyring, person, told.notice, now=now)
        row.problem = None
        settle(row, actor, state, now=now)
    taken = row.state is not NoticeState.PROBLEM
    NOTICES.log(session, actor, row, "転入通知の取込", now=now, succeeded=taken)
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


# ---- the list of errors


def taken_lately(session: Session, *, limit: int = 50) -> Sequence[MoveInNotice]:
    """Notices that were taken in, the newest first."""
    query = select(MoveInNotice).where(MoveInNotice.state != NoticeState.PROBLEM)
    query = query.order_by(MoveInNotice.received_at.desc(), MoveInNotice.id.desc())
    return session.scalars(query.limit(limit)).all()


def retry(
    session: Session, actor: Actor, keyring: Keyring, notice_id: int, *, now: dt.datetime
) -> MoveInNotice:
    """Take a notice in once more, for example after the move-out was entered.

    :raises NoticeChanged: when it no longer waits, or is being entered by hand.
    """
    actor.require(*NOTICES.rights)
    row = NOTICES.held(session, notice_id, NoticeState.PROBLEM)
    _take(session, actor, keyring, row, NOTICES.body_of(keyring, row), now=now)
    return row


def leave_out(
    session: Session, actor: Actor, notice_id: int, reason: str, *, now: dt.datetime
) -> MoveInNotice:
    """対象外: leave a notice out, with the reason.

    :raises NoticeChanged: when it no longer waits, or is being entered by hand.
    :raises ValueError: without a reason.
    """
    return NOTICES.leave_out(
        session,
        actor,
        notice_id,
        reason,
        waits_in=(NoticeState.PROBLEM,),
        becomes=NoticeState.IGNORED,
        without_reason="対象外にする理由を入力してください。",
        action="転入通知の対象外",
        now=now,
    )


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
    for row in NOTICES.of_case(session, case, NoticeState.PROBLEM):
        row.problem = None
        row.addressee_number = entry.subjects[0].number
        row.change_id = registered.change_ids[-1]
        settle(row, actor, NoticeState.REFLECTED, now=now)
        NOTICES.log(session, actor, row, "転入通知の取込（手で入力）", now=now)
    session.flush()
