"""Who is protected or suppressed, and what may be shown of them.

Sources: RR-1.1.16, RR-3.1, RR-3.4, CM-5.1. The address of a protected person leaves the query layer only for an actor
with ``SUPPRESSED_VIEW``; everyone else gets a mark and no address.
"""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Select,
    Table,
    bindparam,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from residentapp.core.access.actor import Actor
from residentapp.core.access.permissions import Permission
from residentapp.core.clock import day_of
from residentapp.core.violations import Level
from residentapp.residents.models import ResidentHistory, SupportMeasure, Suppression
from residentapp.residents.removed_records.models import SNAPSHOTS, RemovedRecord
from residentapp.residents.types import ResidentState, SuppressedProcess, SuppressionCause

#: Shown in place of anything that would tell where a protected person lives.
HIDDEN = "（支援措置のため表示しません）"


@dataclass(frozen=True)
class Standing:
    """Suppressions that stand for a person, directly or through the household.

    :param protected: a support measure's suppression stands (even past its term, RR-3.1e).
    :param levels: strictest level per process.
    :param term_ends_on: end of the running or last measure.
    """

    protected: bool
    levels: dict[SuppressedProcess, Level]
    term_ends_on: dt.date | None = None
    provisional: bool = False

    def level(self, process: SuppressedProcess) -> Level | None:
        """Level for a process, None when nothing stands."""
        return self.levels.get(process)


NOTHING = Standing(protected=False, levels={})


@cache
def protected_numbers_query() -> Select[tuple[str]]:
    """宛名番号 of everyone whose whereabouts are protected, for use inside other queries.

    These are the people under a support measure, whoever is recorded in one household with them, removed records
    (除票) included, and whoever left that household for the same place: the address of the one is the address of the
    other. A temporary lift does not count: it opens one output, never lists and searches.
    """
    stands = (Suppression.cause == SuppressionCause.SUPPORT, Suppression.released_at.is_(None))
    by_person = select(Suppression.addressee_number.label("number")).where(
        Suppression.addressee_number.is_not(None), *stands
    )
    live = (ResidentHistory.is_latest, ResidentHistory.state == ResidentState.RESIDENT)
    their_household = (
        select(ResidentHistory.household_number)
        .join(Suppression, Suppression.addressee_number == ResidentHistory.addressee_number)
        .where(*live, *stands)
    )
    own_household = select(Suppression.household_number).where(
        Suppression.household_number.is_not(None), *stands
    )
    # Statements put together, not one with OR: each begins at the few suppressions and follows an index.
    living_with = select(ResidentHistory.addressee_number.label("number")).where(
        *live, ResidentHistory.household_number.in_(their_household)
    )
    by_household = select(ResidentHistory.addressee_number.label("number")).where(
        ResidentHistory.is_latest, ResidentHistory.household_number.in_(own_household)
    )
    archived = select(RemovedRecord.addressee_number.label("number")).where(
        RemovedRecord.household_number.in_(own_household)
    )
    left_with = [_left_with(protected, mates, stands) for protected in _SHELVES for mates in _SHELVES]
    united = by_person.union(living_with, by_household, archived, *left_with).subquery()
    return select(united.c.number)


def _table(model: type[ResidentHistory]) -> Table:
    table = model.__table__
    assert isinstance(table, Table)
    return table


def _left_with(protected: Table, mates: Table, stands: tuple[ColumnElement[bool], ...]) -> Select[tuple[str]]:
    """宛名番号 of those who left a household for the same place as a protected person.

    :param protected: where the protected stand, the register or the 除票用データベース.
    :param mates: where the others do.
    """
    gone, mate = protected.alias(), mates.alias()
    return (
        select(mate.c.addressee_number.label("number"))
        .select_from(Suppression)
        .join(gone, gone.c.addressee_number == Suppression.addressee_number)
        .join(mate, mate.c.household_number == gone.c.household_number)
        .where(
            *stands,
            gone.c.is_latest,
            gone.c.state == ResidentState.MOVED_OUT,
            mate.c.is_latest,
            mate.c.state == ResidentState.MOVED_OUT,
            or_(
                mate.c.planned_destination == gone.c.planned_destination,
                mate.c.confirmed_destination == gone.c.confirmed_destination,
            ),
        )
    )


def standings(
    session: Session, people: Iterable[ResidentHistory], *, now: dt.datetime
) -> dict[str, Standing]:
    """What stands for each of some people, directly, for their household, or for someone they live with.

    :param people: their current snapshots, also those of the 除票用データベース.
    :returns: by 宛名番号; people without any suppression are left out.
    """
    asked: dict[str, ResidentHistory] = {person.addressee_number: person for person in people}
    if not asked:
        return {}
    households = {person.household_number for person in asked.values()}
    mates = session.scalars(_RECORDED_IN, {"household_number": list(households)})
    asking = {"numbers": [*{*asked, *mates}], "households": list(households)}
    rows = session.scalars(_STANDING, asking).all()
    if not rows:
        return {}
    of_household = [row for row in rows if row.household_number is not None]
    of_people = [row for row in rows if row.addressee_number is not None]
    direct = [
        row for row in of_people if row.addressee_number in asked or row.cause is SuppressionCause.SUPPORT
    ]
    holders = _holders(session, {row.addressee_number or "" for row in direct})
    measures = _measures(session, {row.measure_id for row in rows if row.measure_id})
    result: dict[str, Standing] = {}
    # Where a measure has set a suppression for a person, that one counts, and a lift of it opens; those of people
    # they live with count for whoever has none.
    own = {(row.addressee_number, row.process) for row in direct if row.measure_id is not None}

    def put(number: str, row: Suppression) -> None:
        result[number] = _joined(result.get(number, NOTHING), row, measures, now)

    for row in direct:
        if row.addressee_number in asked:
            put(row.addressee_number, row)
        holder = holders.get(row.addressee_number or "")
        if row.cause is not SuppressionCause.SUPPORT or holder is None:
            continue
        for person in asked.values():
            if (person.addressee_number, row.process) in own:
                continue
            if person.addressee_number != row.addressee_number and _shares_home(person, holder):
                put(person.addressee_number, row)
    for row in of_household:
        for person in asked.values():
            if person.household_number == row.household_number:
                put(person.addressee_number, row)
    return result


class _Holder(NamedTuple):
    """Where somebody under a suppression is recorded."""

    household_number: str
    state: ResidentState
    planned_destination: str | None
    confirmed_destination: str | None


def _holders(session: Session, numbers: set[str]) -> dict[str, _Holder]:
    found = session.execute(_PLACES, {"addressee_number": list(numbers)})
    return {number: _Holder(*place) for number, *place in found}


def _on_shelves(wanted: Sequence[str], key: str) -> CompoundSelect[Any]:
    """Columns of the current snapshots whose ``key`` is one of those given under its name, on both shelves."""
    return union_all(
        *(
            select(*(each.c[name] for name in wanted)).where(
                each.c.is_latest, each.c[key].in_(bindparam(key, expanding=True))
            )
            for each in _SHELVES
        )
    )


#: Asked for every entry and every change, so made once. A person is in the register or in the 除票用データベース.
_SHELVES = (_table(ResidentHistory), SNAPSHOTS)
_RECORDED_IN = _on_shelves(("addressee_number",), "household_number")
_PLACES = _on_shelves(("addressee_number", *_Holder._fields), "addressee_number")
_STANDING = select(Suppression).where(
    Suppression.released_at.is_(None),
    or_(
        Suppression.addressee_number.in_(bindparam("numbers", expanding=True)),
        Suppression.household_number.in_(bindparam("households", expanding=True)),
    ),
)


def _shares_home(person: ResidentHistory, protected: _Holder) -> bool:
    """Whether a person's record tells where a protected person lives, because they belong to one household.

    While the protected one lives there, so does a removed record (除票) of that household. When the protected one has
    moved out, only the record of somebody who went to the same place does.
    """
    if person.household_number != protected.household_number:
        return False
    if protected.state is ResidentState.RESIDENT:
        return True
    if protected.state is not ResidentState.MOVED_OUT or person.state is not ResidentState.MOVED_OUT:
        return False
    destinations = (
        (person.planned_destination, protected.planned_destination),
        (person.confirmed_destination, protected.confirmed_destination),
    )
    return any(own is not None and own == theirs for own, theirs in destinations)


def _measures(session: Session, ids: set[int]) -> dict[int, SupportMeasure]:
    if not ids:
        return {}
    found = session.scalars(select(SupportMeasure).where(SupportMeasure.id.in_(ids)))
    return {measure.id: measure for measure in found}


def _joined(
    before: Standing, row: Suppression, measures: dict[int, SupportMeasure], now: dt.datetime
) -> Standing:
    levels = dict(before.levels)
    resting = row.lifted_until is not None and row.lifted_until > now
    started = row.starts_on <= day_of(now)
    if not resting and started and levels.get(row.process) is not Level.ERROR:
        levels[row.process] = row.level
    measure = measures.get(row.measure_id) if row.measure_id is not None else None
    ends = [day for day in (before.term_ends_on, measure.ends_on if measure else None) if day is not None]
    return Standing(
        protected=before.protected or row.cause is SuppressionCause.SUPPORT,
        levels=levels,
        term_ends_on=max(ends, default=None),
        provisional=before.provisional or bool(measure and measure.provisional),
    )


def may_see_whereabouts(actor: Actor, standing: Standing | None) -> bool:
    """Whether an actor may see where a person lives."""
    return standing is None or not standing.protected or actor.may(Permission.SUPPRESSED_VIEW)


def closed_snapshots(session: Session, actor: Actor, snapshots: Sequence[ResidentHistory]) -> frozenset[int]:
    """Of one person's snapshots those that say where a protected person lives now, and the actor may not know.

    Who has moved elsewhere from such a home is not protected, but the history of the record still says where it is.

    :param snapshots: all snapshots of the person, oldest first.
    :returns: their 履歴番号.
    """
    if actor.may(Permission.SUPPRESSED_VIEW):
        return frozenset()
    return protected_homes(session, snapshots)


def protected_homes(session: Session, snapshots: Sequence[ResidentHistory]) -> frozenset[int]:
    """履歴番号 of a person's past snapshots whose home is that of a protected person now, whoever asks.

    The same home is the same household, or the same address: a household that was split stayed where it was. Of a
    removed record (除票) every snapshot is of the past: nobody of it lives where it says.
    """
    if not snapshots:
        return frozenset()
    current = snapshots[-1]
    own = current if current.state.is_live else None
    past = [
        row
        for row in snapshots
        if own is None or row.household_number != own.household_number or _home(row) != _home(own)
    ]
    if not past:
        return frozenset()
    households = {
        row.household_number for row in past if own is None or row.household_number != own.household_number
    }
    addresses = {row.address for row in past if own is None or _home(row) != _home(own)}
    homes = protected_homes_among(session, households, addresses, but=current.addressee_number)
    closed = set()
    for household, address, building in homes:
        for row in past:
            same_household = row.household_number == household and household in households
            same_place = row.address in addresses and is_one_home(
                (row.address, row.building), (address, building)
            )
            if same_household or same_place:
                closed.add(row.history_number)
    return frozenset(closed)


def protected_homes_among(
    session: Session, households: set[str], addresses: set[str], *, but: str = ""
) -> set[tuple[str, str, str | None]]:
    """Household, address and 方書 of protected people who live in one of some households or at one of some addresses.

    :param but: 宛名番号 of a person whose own protection does not count.
    """
    stands = (Suppression.cause == SuppressionCause.SUPPORT, Suppression.released_at.is_(None))
    home = select(ResidentHistory.household_number, ResidentHistory.address, ResidentHistory.building).where(
        ResidentHistory.is_latest,
        ResidentHistory.state == ResidentState.RESIDENT,
        ResidentHistory.addressee_number != but,
    )
    of_people = home.join(Suppression, Suppression.addressee_number == ResidentHistory.addressee_number)
    of_households = home.join(Suppression, Suppression.household_number == ResidentHistory.household_number)
    found: set[tuple[str, str, str | None]] = set()
    for query in (of_people, of_households):
        for condition in (
            ResidentHistory.household_number.in_(households),
            ResidentHistory.address.in_(addresses),
        ):
            for household, address, building in session.execute(query.where(*stands, condition).distinct()):
                found.add((household, address, building))
    return found


def _home(row: ResidentHistory) -> tuple[str, str]:
    return row.address, _folded(row.building)


def _folded(building: str | None) -> str:
    return "".join(unicodedata.normalize("NFKC", building or "").split())


def is_one_home(first: tuple[str, str | None], second: tuple[str, str | None]) -> bool:
    """The same place; a record without 方書 may mean any room of the house."""
    rooms = {_folded(first[1]), _folded(second[1])} - {""}
    return first[0] == second[0] and len(rooms) <= 1


def barred_by(
    found: Mapping[str, Standing], people: Iterable[ResidentHistory], process: SuppressedProcess
) -> list[ResidentHistory]:
    """Those of some people for whom a process is suppressed at level エラー, in their order (RR-3.4a).

    :param found: their ``standings``.
    """
    return [
        person
        for person in people
        if (standing := found.get(person.addressee_number)) is not None
        and standing.level(process) is Level.ERROR
    ]


# ---- by household, for what names one and holds no snapshots


def closed_households(session: Session, actor: Actor, household_numbers: Iterable[str]) -> set[str]:
    """Of some households those in which a protected person lives now and that the actor may not know.

    For what is about households. What tells where one person lived asks :func:`closed_snapshots`, which knows the
    same place in another household too.
    """
    if actor.may(Permission.SUPPRESSED_VIEW):
        return set()
    return _protected_households(session, household_numbers)


def protected_among(
    session: Session, addressee_numbers: Iterable[str], household_numbers: Iterable[str]
) -> tuple[set[str], set[str]]:
    """Of some people those under a support measure, and of some households those in which a protected person lives.

    Whoever asks: for what is done for nobody, whatever the officer's rights.
    """
    stands = (Suppression.cause == SuppressionCause.SUPPORT, Suppression.released_at.is_(None))
    numbers, homes = set(addressee_numbers), set(household_numbers)
    people = session.scalars(
        select(Suppression.addressee_number).where(Suppression.addressee_number.in_(numbers), *stands)
    )
    suppressed = session.scalars(
        select(Suppression.household_number).where(Suppression.household_number.in_(homes), *stands)
    )
    closed = {number for number in suppressed if number is not None}
    return {number for number in people if number is not None}, closed | _protected_households(session, homes)


def _protected_households(session: Session, household_numbers: Iterable[str]) -> set[str]:
    query = (
        select(ResidentHistory.household_number)
        .join(Suppression, Suppression.addressee_number == ResidentHistory.addressee_number)
        .where(
            ResidentHistory.is_latest,
            ResidentHistory.state == ResidentState.RESIDENT,
            ResidentHistory.household_number.in_(set(household_numbers)),
            Suppression.cause == SuppressionCause.SUPPORT,
            Suppression.released_at.is_(None),
        )
    )
    return set(session.scalars(query))
