"""Households that their head has left: which they are, whom the notice goes to, which notices were made.

Masked for the one who asks: where somebody protected lives, or of a former head who is, nothing is told (CM-5.1).
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from residentapp.core.access.actor import Actor
from residentapp.core.access.permissions import Permission
from residentapp.residents import history
from residentapp.residents.changes.rules.household_effects import is_register_head
from residentapp.residents.changes.types import HEAD
from residentapp.residents.ex_officio.models import ExOfficioRecord
from residentapp.residents.head_notices.models import HeadNotice
from residentapp.residents.head_notices.rules import addressee_of, notice_of
from residentapp.residents.head_notices.types import Kind
from residentapp.residents.models import ResidentChange, ResidentHistory
from residentapp.residents.protection import closed_households, may_see_whereabouts, standings
from residentapp.residents.records.queries import is_closed
from residentapp.residents.removed_records.models import SNAPSHOTS
from residentapp.residents.rules.member_order import Member
from residentapp.residents.types import ResidentState

#: Most households of a list; a town has far fewer that wait.
LONGEST_LIST = 1_000


@dataclass(frozen=True)
class Due:
    """A notice that a household gets.

    :param change: by which the new head was named, or by which the last one left.
    :param addressee: the record of who gets it, as it is now.
    :param former: the last snapshot of the former head as such; None when the register has it no longer.
    :param lost_by: the change by which the former head left.
    """

    kind: Kind
    change: ResidentChange
    addressee: ResidentHistory
    former: ResidentHistory | None
    lost_by: ResidentChange | None


@dataclass(frozen=True)
class HouseholdNotices:
    """A household with the notice it gets and those that were made.

    :param members: the members of now, in their order.
    :param due: None when its head is one by a 届出 or from the beginning.
    :param made: notices, newest first.
    :param hidden: somebody protected is concerned and the actor may not know where they live.
    :param protected: somebody protected is concerned, whoever looks: never told of by list.
    """

    number: str
    members: tuple[ResidentHistory, ...]
    due: Due | None
    made: tuple[HeadNotice, ...]
    hidden: bool
    protected: bool

    @property
    def sent(self) -> HeadNotice | None:
        """The last notice of the kind that is due and about the same change; None before any."""
        if self.due is None:
            return None
        alike = [one for one in self.made if one.kind is self.due.kind]
        if self.due.kind is Kind.ASKED and self.due.former is None:
            # Who was head before is no longer in the register: what was asked then is still the last word.
            return next(iter(alike), None)
        return next((one for one in alike if one.change_id == self.due.change.id), None)

    @property
    def numbers(self) -> list[str]:
        """宛名番号 of everybody whom a page about it names."""
        former = [] if self.due is None or self.due.former is None else [self.due.former.addressee_number]
        return [*(member.addressee_number for member in self.members), *former]


def _headed(row: type[ResidentHistory], household: InstrumentedAttribute[str]) -> ColumnElement[bool]:
    """Of snapshots: the head of a household."""
    return and_(
        row.household_number == household,
        row.relationship_to_head == HEAD,
        row.state == ResidentState.RESIDENT,
    )


def _waits() -> ColumnElement[bool]:
    """Of the members of households: no head stands in the record, because the last one has left.

    A household with a 事実上の世帯主 has none either, but nobody has left it as head since somebody was head. Nor does
    one wait that was recorded without head. A former head may stand in the 除票用データベース by now.
    """
    home = ResidentHistory.household_number
    head, gone, later = (aliased(ResidentHistory) for _ in range(3))
    has_left = exists().where(
        _headed(head, home),
        gone.addressee_number == head.addressee_number,
        gone.history_number == head.history_number + 1,
        or_(gone.household_number != home, gone.state != ResidentState.RESIDENT),
        ~exists()
        .where(_headed(later, home), later.change_id > gone.change_id)
        .correlate(ResidentHistory, gone),
    )
    is_stored = and_(
        exists().where(SNAPSHOTS.c.household_number == home, SNAPSHOTS.c.relationship_to_head == HEAD),
        ~exists().where(_headed(later, home)).correlate(ResidentHistory),
    )
    return and_(
        ResidentHistory.is_latest,
        ResidentHistory.state == ResidentState.RESIDENT,
        ResidentHistory.head_name.is_(None),
        or_(has_left.correlate(ResidentHistory), is_stored),
    )


def count_waiting(session: Session) -> int:
    """How many households wait for their head and have not been asked for one."""
    later = aliased(ResidentHistory)
    headed_since = (
        exists()
        .where(_headed(later, HeadNotice.household_number), later.change_id > HeadNotice.change_id)
        .correlate(HeadNotice)
    )
    asked = (
        exists()
        .where(
            HeadNotice.household_number == ResidentHistory.household_number,
            HeadNotice.kind == Kind.ASKED,
            ~headed_since,
        )
        .correlate(ResidentHistory)
    )
    query = select(func.count(ResidentHistory.household_number.distinct())).where(_waits(), ~asked)
    return session.scalar(query) or 0


def headless(session: Session, actor: Actor, *, now: dt.datetime) -> list[HouseholdNotices]:
    """Households that wait for their head, those first that have not been asked; at most :data:`LONGEST_LIST`."""
    query = select(ResidentHistory.household_number).where(_waits()).distinct()
    numbers = session.scalars(query.order_by(ResidentHistory.household_number).limit(LONGEST_LIST)).all()
    found = notices_of(session, actor, numbers, now=now)
    return sorted(found, key=lambda one: one.sent is not None)


def _waiting_among(session: Session, household_numbers: Collection[str]) -> set[str]:
    query = select(ResidentHistory.household_number).where(
        ResidentHistory.household_number.in_(household_numbers), _waits()
    )
    return set(session.scalars(query))


def households_of_case(session: Session, case_id: str) -> list[str]:
    """世帯番号 of the households in which a case has changed somebody, in the order of its changes."""
    query = (
        select(ResidentHistory.household_number).join(ResidentChange).where(ResidentChange.case_id == case_id)
    )
    return list(dict.fromkeys(session.scalars(query.order_by(ResidentChange.id))))


def has_notices(session: Session, case_id: str) -> bool:
    """Whether a notice is due to a household of a case, or was made because of it."""
    numbers = households_of_case(session, case_id)
    changes = set(session.scalars(select(ResidentChange.id).where(ResidentChange.case_id == case_id)))
    return any(
        (found.due is not None and _belongs(found.due, changes))
        or any(notice.change_id in changes for notice in found.made)
        for found in _loaded(session, numbers)
    )


def _belongs(due: Due, changes: Collection[int]) -> bool:
    return due.change.id in changes


def notices_of(
    session: Session, actor: Actor, household_numbers: Sequence[str], *, now: dt.datetime
) -> list[HouseholdNotices]:
    """Some households with their notices, in the order given; empty households are left out."""
    return [_masked(session, actor, found, now=now) for found in _loaded(session, household_numbers)]


def _masked(session: Session, actor: Actor, found: HouseholdNotices, *, now: dt.datetime) -> HouseholdNotices:
    people = [*found.members]
    former = found.due.former if found.due is not None else None
    if former is not None and (now_of_former := history.latest(session, former.addressee_number)) is not None:
        people.append(now_of_former)
    nobody = replace(actor, permissions=frozenset[Permission]())
    return replace(
        found,
        hidden=_is_closed(session, actor, people, now=now),
        protected=_is_closed(session, nobody, people, now=now),
    )


def _is_closed(
    session: Session, actor: Actor, people: Sequence[ResidentHistory], *, now: dt.datetime
) -> bool:
    """Whether one of some people, or somebody at home with them, is protected or barred for the actor."""
    found = standings(session, people, now=now).values()
    if any(not may_see_whereabouts(actor, each) or is_closed(actor, each) for each in found):
        return True
    return bool(closed_households(session, actor, {person.household_number for person in people}))


def may_print(session: Session, actor: Actor, notice: HeadNotice, *, now: dt.datetime) -> bool:
    """Whether the actor may have a letter that was made: judged by everybody who was ever in the household."""
    chains = _people_of(session, [notice.household_number]).get(notice.household_number, [])
    return not _is_closed(session, actor, [chain[-1] for chain in chains], now=now) and not closed_households(
        session, actor, [notice.household_number]
    )


# ---- what the register says of a household


def _loaded(session: Session, household_numbers: Sequence[str]) -> list[HouseholdNotices]:
    """Not yet masked."""
    people, waiting = _people_of(session, household_numbers), _waiting_among(session, household_numbers)
    made = _made(session, household_numbers)
    found = []
    for number in household_numbers:
        chains = people.get(number, [])
        members = sorted(
            (chain[-1] for chain in chains if _lives_in(chain[-1], number)),
            key=lambda row: (row.member_order, row.addressee_number),
        )
        if members or made.get(number):
            due = _due(session, number, chains, members, waits=number in waiting) if members else None
            found.append(
                HouseholdNotices(number, tuple(members), due, tuple(made.get(number, ())), False, False)
            )
    return found


def _people_of(
    session: Session, household_numbers: Collection[str]
) -> Mapping[str, list[list[ResidentHistory]]]:
    """For each household all snapshots of each person who was ever in it, oldest first."""
    pairs = session.execute(
        select(ResidentHistory.household_number, ResidentHistory.addressee_number)
        .where(ResidentHistory.household_number.in_(household_numbers))
        .distinct()
    ).all()
    rows = session.scalars(
        select(ResidentHistory)
        .where(ResidentHistory.addressee_number.in_({person for _household, person in pairs}))
        .order_by(ResidentHistory.addressee_number, ResidentHistory.history_number)
    )
    chains: dict[str, list[ResidentHistory]] = defaultdict(list)
    for row in rows:
        chains[row.addressee_number].append(row)
    people: dict[str, list[list[ResidentHistory]]] = defaultdict(list)
    for household, person in pairs:
        people[household].append(chains[person])
    return people


def _made(session: Session, household_numbers: Collection[str]) -> Mapping[str, list[HeadNotice]]:
    query = select(HeadNotice).where(HeadNotice.household_number.in_(household_numbers))
    made: dict[str, list[HeadNotice]] = defaultdict(list)
    for notice in session.scalars(query.order_by(HeadNotice.made_at.desc(), HeadNotice.id)):
        made[notice.household_number].append(notice)
    return made


def _lives_in(row: ResidentHistory, household: str) -> bool:
    return row.state.is_live and row.household_number == household


def _heads(row: ResidentHistory, household: str) -> bool:
    return _lives_in(row, household) and row.relationship_to_head == HEAD


def _due(
    session: Session,
    household: str,
    chains: Sequence[Sequence[ResidentHistory]],
    members: Sequence[ResidentHistory],
    *,
    waits: bool,
) -> Due | None:
    head = next((member for member in members if _heads(member, household)), None)
    named = _named_by(chains, household, head) if head is not None else None
    change = session.get(ResidentChange, named.change_id) if named is not None else None
    lost = _loss(chains, household, before=named.change_id if named is not None else None)
    kind = notice_of(
        headless=waits,
        named_by=change.reason if change is not None else None,
        by_office=change is not None and session.get(ExOfficioRecord, change.id) is not None,
        former_stays=lost is None,
    )
    if kind is None:
        return None
    lost_by = session.get(ResidentChange, lost[1].change_id) if lost is not None else None
    if change is None:
        change = lost_by or members[0].change
    before = _before(chains, household, lost_by.id) if lost_by is not None else list(members)
    chosen = addressee_of([_member(row) for row in before], {row.addressee_number for row in members})
    addressee = next((row for row in members if row.addressee_number == chosen), members[0])
    return Due(kind, change, addressee, lost[0] if lost is not None else None, lost_by)


def _named_by(
    chains: Iterable[Sequence[ResidentHistory]], household: str, head: ResidentHistory
) -> ResidentHistory | None:
    """The first snapshot of the head of today as such; None when already the first of the record is."""
    chain = next(each for each in chains if each[-1] is head)
    place = len(chain) - 1
    while place > 0 and _heads(chain[place - 1], household):
        place -= 1
    return chain[place] if place > 0 else None


def _loss(
    chains: Iterable[Sequence[ResidentHistory]], household: str, *, before: int | None
) -> tuple[ResidentHistory, ResidentHistory] | None:
    """The last snapshot of the last head who left the household as such, and the one with which they left.

    None when no head has left, and when after that somebody else was head and stays.

    :param before: only changes that came earlier than this one count.
    """
    ends = [
        (one, next_one)
        for chain in chains
        for one, next_one in pairwise(chain)
        if _heads(one, household) and not _heads(next_one, household)
    ]
    if before is not None:
        ends = [(one, next_one) for one, next_one in ends if next_one.change_id <= before]
    last = max(ends, key=lambda end: end[1].change_id, default=None)
    return last if last is not None and not _lives_in(last[1], household) else None


def _before(
    chains: Iterable[Sequence[ResidentHistory]], household: str, change_id: int
) -> list[ResidentHistory]:
    """The members of a household as they stood before a change, in the order of the record."""
    stood = (next((row for row in reversed(chain) if row.change_id < change_id), None) for chain in chains)
    members = [row for row in stood if row is not None and _lives_in(row, household)]
    return sorted(members, key=lambda row: (row.member_order, row.addressee_number))


def _member(row: ResidentHistory) -> Member:
    return Member(
        id=row.addressee_number,
        relationship=row.relationship_to_head or "",
        birth=row.birth_date.sort,
        number=row.addressee_number,
        register_head=is_register_head({"name": row.name, "register_head": row.register_head}),
    )
