"""Reading what has been accepted: cases in the register by 処理日, and the facts of one for its notice."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import and_, or_, select, tuple_
from sqlalchemy.orm import Session

from residentapp.core.access.actor import Actor
from residentapp.core.access.models import Office
from residentapp.core.access.permissions import Permission
from residentapp.core.crypto import Keyring
from residentapp.core.masters.queries import own_municipality
from residentapp.core.violations import Level
from residentapp.residents import history
from residentapp.residents.cases.approval import notifier_context
from residentapp.residents.cases.errors import CaseNotFound
from residentapp.residents.cases.models import ChangeCase
from residentapp.residents.cases.procedure import (
    approve_permissions,
    enter_permissions,
    procedure_of,
    procedures,
)
from residentapp.residents.cases.queries import changes_of, find_case
from residentapp.residents.cases.types import CaseState
from residentapp.residents.models import ResidentChange, ResidentHistory
from residentapp.residents.move_out.models import MoveOut
from residentapp.residents.move_out.types import Paper
from residentapp.residents.notices.rules import notification_of
from residentapp.residents.notices.types import Facts, Mover, Place
from residentapp.residents.protection import is_one_home, protected_among, protected_homes_among, standings
from residentapp.residents.types import ChangeReason, SuppressedProcess

#: Most lines of the list; one office accepts fewer in a day.
LONGEST_LIST = 300


def may_notify(actor: Actor, case: ChangeCase) -> bool:
    """Whoever may enter or approve a kind of change may tell of its acceptance."""
    procedure = procedure_of(case)
    return actor.may(procedure.enter_permission) or actor.may(procedure.approve_permission)


@dataclass(frozen=True)
class AcceptedLine:
    """One accepted notification.

    :param office: where it was entered; empty when the actor may not know where one of the people lives.
    :param protected: no notice is printed for it.
    :param numbers: 宛名番号 of the people named, for the log.
    """

    case: ChangeCase
    notification: str
    reason: str
    names: tuple[str, ...]
    notified_on: dt.date | None
    office: str
    protected: bool
    numbers: tuple[str, ...]


@dataclass(frozen=True)
class AcceptedList:
    """Accepted notifications, oldest first.

    :param cut: there may be more than are listed.
    """

    lines: list[AcceptedLine]
    cut: bool


def accepted_on(session: Session, actor: Actor, day: dt.date, *, office: str = "") -> AcceptedList:
    """Notifications that reached the register on a day (処理日), of the procedures that are the actor's.

    :param office: only those entered there. People whose whereabouts the actor may not know are left out then: the
        office tells the district.
    """
    codes = [
        each.code
        for each in procedures()
        if actor.may(each.enter_permission) or actor.may(each.approve_permission)
    ]
    query = (
        select(ChangeCase)
        .where(
            ChangeCase.state == CaseState.FINAL,
            ChangeCase.finalized_on == day,
            ChangeCase.procedure.in_(codes),
        )
        .order_by(ChangeCase.saved_at, ChangeCase.id)
        .limit(LONGEST_LIST)
    )
    if office:
        query = query.where(ChangeCase.office_code == office)
    cases = list(session.scalars(query))
    first = _first_changes(session, [case.id for case in cases])
    rows = _rows_of(session, [change.id for change in first.values()])
    homes = _homes_of(session, [row for people in rows.values() for row in people])
    asked = asked_papers(session, first.values())
    lines = []
    for case in cases:
        change = first.get(case.id)
        told = None if change is None else told_of(change, asked)
        if change is None or told is None:
            continue
        people = rows.get(change.id, [])
        protected = homes.touched(people)
        hidden = protected and not actor.may(Permission.SUPPRESSED_VIEW)
        if hidden and office:
            continue
        lines.append(
            AcceptedLine(
                case,
                told,
                change.reason.label,
                tuple(person.display_name for person in people),
                change.notified_on or change.applied_on,
                "" if hidden else case.office_name,
                protected,
                tuple(person.addressee_number for person in people),
            )
        )
    return AcceptedList(lines, len(cases) == LONGEST_LIST)


def _first_changes(session: Session, case_ids: Sequence[str]) -> dict[str, ResidentChange]:
    """The change that was entered, by case: the first of those that the case became."""
    query = select(ResidentChange).where(ResidentChange.case_id.in_(case_ids)).order_by(ResidentChange.id)
    by_case: dict[str, list[ResidentChange]] = {}
    for change in session.scalars(query):
        assert change.case_id is not None
        by_case.setdefault(change.case_id, []).append(change)
    return {case_id: _entered(changes) for case_id, changes in by_case.items()}


def _entered(changes: Sequence[ResidentChange]) -> ResidentChange:
    """The change that was notified: the first, but of a 区間異動 the 転入, because nobody notifies the ward left."""
    first, *more = changes
    if first.reason is ChangeReason.MOVE_OUT_DOMESTIC and first.notified_on is None and more:
        return more[0] if more[0].reason is ChangeReason.MOVE_IN_DOMESTIC else first
    return first


def is_told(session: Session, change: ResidentChange) -> bool:
    """Whether the acceptance of what a change was made on can be told (RR-4.1.0.3a)."""
    return told_of(change, asked_papers(session, [change])) is not None


def told_cases(session: Session, changes: Collection[ResidentChange], actor: Actor) -> dict[int, str]:
    """By change, the case of a notification whose acceptance the actor may tell of (RR-4.1.0.3a)."""
    if not any(actor.may(right) for right in (*enter_permissions(), *approve_permissions())):
        return {}
    asked = asked_papers(session, changes)
    return {
        change.id: change.case_id
        for change in changes
        if change.case_id and told_of(change, asked) is not None
    }


def told_of(change: ResidentChange, asked: Mapping[int, Paper]) -> str | None:
    """What was accepted by a change; None when its acceptance is not told.

    :param asked: of :func:`asked_papers`.
    """
    return notification_of(change.reason, notified=change.notified_on is not None, asked=asked.get(change.id))


def asked_papers(session: Session, changes: Iterable[ResidentChange]) -> dict[int, Paper]:
    """By change, the paper that comes with a 転出 that was removed by 職権 on somebody's 申出."""
    removed = [
        change.id
        for change in changes
        if change.reason is ChangeReason.REMOVE_EX_OFFICIO and change.applied_on is not None
    ]
    if not removed:
        return {}
    query = select(MoveOut.change_id, MoveOut.paper).where(MoveOut.change_id.in_(removed))
    return {change_id: paper for change_id, paper in session.execute(query)}


def _rows_of(session: Session, change_ids: Sequence[int]) -> dict[int, list[ResidentHistory]]:
    query = select(ResidentHistory).where(ResidentHistory.change_id.in_(change_ids))
    rows: dict[int, list[ResidentHistory]] = {}
    for row in session.scalars(
        query.order_by(ResidentHistory.member_order, ResidentHistory.addressee_number)
    ):
        rows.setdefault(row.change_id, []).append(row)
    return rows


#: 世帯番号, address, 方書.
Home = tuple[str, str, str | None]


@dataclass(frozen=True)
class _Homes:
    """Every home that a person had at a change, before it, or has now, by 宛名番号.

    :param of: homes as 世帯番号, address and 方書. :param protected_homes: those of protected people, likewise.
    :param protected_households: 世帯番号 of those for which a measure stands.
    """

    of: Mapping[str, Collection[Home]]
    protected_people: frozenset[str]
    protected_households: frozenset[str]
    protected_homes: Collection[Home]

    def touched(self, people: Iterable[ResidentHistory]) -> bool:
        """Whether a support measure stands for one of some people, or for somebody of a home they had or have."""
        return any(
            person.addressee_number in self.protected_people
            or any(self._is_protected(home) for home in self.of[person.addressee_number])
            for person in people
        )

    def _is_protected(self, home: Home) -> bool:
        """A household that was split stayed where it was: the same place counts as the same home."""
        return home[0] in self.protected_households or any(
            is_one_home(home[1:], other[1:]) for other in self.protected_homes
        )


def _homes_of(session: Session, people: Iterable[ResidentHistory]) -> _Homes:
    """A letter about a change could tell of the home that was left, of the new one, and of where somebody is now."""
    rows = list(people)
    homes: dict[str, set[Home]] = {row.addressee_number: set() for row in rows}
    for row in rows:
        homes[row.addressee_number].add((row.household_number, row.address, row.building))
    before = [(row.addressee_number, row.history_number - 1) for row in rows]
    query = select(
        ResidentHistory.addressee_number,
        ResidentHistory.household_number,
        ResidentHistory.address,
        ResidentHistory.building,
    ).where(
        or_(
            tuple_(ResidentHistory.addressee_number, ResidentHistory.history_number).in_(before),
            and_(ResidentHistory.addressee_number.in_(homes), ResidentHistory.is_latest),
        )
    )
    for number, household, address, building in session.execute(query):
        homes[number].add((household, address, building))
    known = {home for each in homes.values() for home in each}
    households, addresses = {home[0] for home in known}, {home[1] for home in known}
    protected, closed = protected_among(session, homes, households)
    at_home = protected_homes_among(session, households, addresses)
    return _Homes(homes, frozenset(protected), frozenset(closed), at_home)


# ---- one notice


@dataclass(frozen=True)
class Accepted:
    """A case of the register with the facts of its notice.

    :param people: rows of the change, in the order of their household.
    """

    case: ChangeCase
    change: ResidentChange
    people: tuple[ResidentHistory, ...]
    facts: Facts


def accepted(session: Session, actor: Actor, keyring: Keyring, case_id: str, *, now: dt.datetime) -> Accepted:
    """The facts of a case's notice, from its first change: what came along with it was not notified.

    :raises CaseNotFound: no such case, not in the register, or not one of the actor's.
    """
    case = find_case(session, case_id)
    changes = changes_of(session, case.id)
    if case.state is not CaseState.FINAL or case.finalized_on is None or not changes:
        raise CaseNotFound
    if not may_notify(actor, case):
        raise CaseNotFound
    change = _entered(changes)
    people = _rows_of(session, [change.id]).get(change.id, [])
    levels = [standing.levels for standing in standings(session, people, now=now).values()]
    notifier = None
    if case.notifier_cipher is not None:
        notifier = keyring.decrypt_text(case.notifier_cipher, context=notifier_context(case.id))
    cancelled = session.scalars(
        select(ResidentChange.id).where(ResidentChange.cancels_change_id == change.id).limit(1)
    ).first()
    asked = asked_papers(session, [change])
    facts = Facts(
        reason=change.reason,
        notification=told_of(change, asked),
        notified_on=change.notified_on or change.applied_on,
        processed_on=case.finalized_on,
        notifier=notifier,
        movers=tuple(
            _mover(session, change, row, left=bool(asked) or change.reason in _MOVED_OUT) for row in people
        ),
        protected=_homes_of(session, people).touched(people),
        barred=any(each.get(SuppressedProcess.CERTIFICATE) is Level.ERROR for each in levels),
        cancelled=cancelled is not None,
    )
    return Accepted(case, change, tuple(people), facts)


_MOVED_IN = (ChangeReason.MOVE_IN_DOMESTIC, ChangeReason.MOVE_IN_ABROAD)
_MOVED_OUT = (ChangeReason.MOVE_OUT_DOMESTIC, ChangeReason.MOVE_OUT_ABROAD)


def _mover(session: Session, change: ResidentChange, row: ResidentHistory, *, left: bool) -> Mover:
    """Where a person came from and went: for who moved in 転入前住所, for everybody else the record before.

    :param left: a 転出: where the person went is the 転出先.
    """
    before: Place | None = None
    head_before: str | None = None
    if change.reason in _MOVED_IN:
        if row.previous_address:
            before = Place(row.previous_address, row.previous_postal_code)
        head_before = row.previous_head_name
    else:
        earlier = history.snapshot(session, row.addressee_number, row.history_number - 1)
        if earlier is not None and earlier.state.is_live:
            before, head_before = _home(earlier), earlier.head_name
    after: Place | None = _home(row)
    if left:
        after = None
        if row.planned_destination:
            after = Place(row.planned_destination, row.planned_destination_postal_code)
    return Mover(
        name=row.display_name,
        born=row.birth_date.exact,
        before=before,
        after=after,
        head_before=head_before,
        head_after=None if left else row.head_name,
    )


def _home(row: ResidentHistory) -> Place:
    address = f"{row.address}　{row.building}" if row.building else row.address
    return Place(address, row.postal_code)


def contact_of(session: Session, actor: Actor) -> str:
    """問合せ先 of the office at which the notice is printed; without one registered, its name and the section's."""
    office = session.scalars(select(Office).where(Office.code == actor.office_code)).one_or_none()
    if office is not None and office.contact:
        return f"{own_municipality(session).name}　{office.contact}"
    parts = (own_municipality(session).name, actor.office_name, actor.department)
    return "　".join(part for part in parts if part)
