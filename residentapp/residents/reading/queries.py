"""Who stands on a 閲覧用: chosen from the register as it is now, kept by the snapshots that were printed.

What waits for its approval is not in the register: it neither changes nor holds up a list (RR-4.0.8b, e).
"""

from __future__ import annotations

import datetime as dt
import random
from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import groupby, islice

from sqlalchemy import ColumnElement, Select, Text, exists, func, or_, select, type_coerce
from sqlalchemy.orm import Session

from residentapp.core.addresses.districts import DistrictMap, district_map
from residentapp.core.addresses.queries import town_name
from residentapp.core.addresses.sort_keys import lot_key
from residentapp.core.dates import DateKind
from residentapp.residents.models import ResidentHistory, Suppression
from residentapp.residents.protection import protected_numbers_query
from residentapp.residents.reading.models import ReadingCopySubject
from residentapp.residents.reading.rules import births_of
from residentapp.residents.reading.types import Conditions, Order
from residentapp.residents.removed_records import reader
from residentapp.residents.types import ResidentState, SuppressedProcess, SuppressionCause

#: Longest 宛名番号.
_WIDTH = 15
#: People read and written at once.
AT_ONCE = 1_000
#: Numbers that one statement takes.
_IN_ONE_QUERY = 500


class Chosen:
    """宛名番号 and 履歴番号 of many people in their order, in little memory: a town of a million takes 40 MB."""

    def __init__(self) -> None:
        self._numbers = bytearray()
        self._histories = array("L")
        self._order: array[int] | None = None

    def __len__(self) -> int:
        return len(self._histories)

    def __iter__(self) -> Iterator[tuple[str, int]]:
        for place in range(len(self)) if self._order is None else self._order:
            start = place * _WIDTH
            yield self._numbers[start : start + _WIDTH].decode().rstrip(), self._histories[place]

    def add(self, number: str, history_number: int) -> None:
        """Put a person behind the others."""
        self._numbers += number.ljust(_WIDTH).encode()
        self._histories.append(history_number)

    def shuffle(self) -> None:
        """Put them in an order that nobody can foretell, so that it says nothing of who stands in the register."""
        self._order = array("L", range(len(self)))
        random.SystemRandom().shuffle(self._order)


def suppressed_numbers_query(today: dt.date) -> Select[str]:
    """宛名番号 of everybody who may not be read, for use inside other queries.

    That is whose whereabouts are protected (:func:`protected_numbers_query`, those who live with them included), and
    who is under a suppression of 閲覧 of either level, alone or with the household. A temporary lift opens no list.
    """
    standing = (
        Suppression.process == SuppressedProcess.INSPECTION,
        Suppression.released_at.is_(None),
        or_(Suppression.cause == SuppressionCause.SUPPORT, Suppression.starts_on <= today),
    )
    alone = select(Suppression.addressee_number.label("number")).where(
        Suppression.addressee_number.is_not(None), *standing
    )
    households = select(Suppression.household_number).where(
        Suppression.household_number.is_not(None), *standing
    )
    of_household = select(ResidentHistory.addressee_number.label("number")).where(
        ResidentHistory.is_latest, ResidentHistory.household_number.in_(households)
    )
    united = protected_numbers_query().union(alone, of_household).subquery()
    return select(united.c[0])


def _conditions(conditions: Conditions, today: dt.date) -> Iterator[ColumnElement[bool]]:
    row = ResidentHistory
    yield row.is_latest.is_(True)
    yield row.state == ResidentState.RESIDENT
    if conditions.towns:
        yield row.address_code.in_(conditions.towns)
    if conditions.sex is not None:
        yield row.sex == conditions.sex
    if conditions.kind is not None:
        yield row.resident_kind == conditions.kind
    first, last = births_of(conditions, today)
    if first is None and last is None:
        return
    # Kept as ``YYYY-MM-DD|kind|…``. Who has no known day of birth is of no known age (RR-1.1.8e).
    birth = type_coerce(row.birth_date, Text)
    yield func.substr(birth, 11, len(DateKind.DAY) + 2) == f"|{DateKind.DAY.value}|"
    if first is not None:
        yield birth >= first.isoformat()
    if last is not None:
        yield birth < (last + dt.timedelta(days=1)).isoformat()


def _wanted(conditions: Conditions, today: dt.date) -> list[ColumnElement[bool]]:
    found = list(_conditions(conditions, today))
    if not conditions.with_suppressed:
        found.append(ResidentHistory.addressee_number.not_in(suppressed_numbers_query(today)))
    return found


@dataclass(frozen=True)
class _Row:
    number: str
    history_number: int
    town: str
    address: str
    building: str
    household: str
    place: int


def _rows(session: Session, conditions: Conditions, order: Order, today: dt.date) -> Iterator[_Row]:
    row = ResidentHistory
    query = select(
        row.addressee_number, row.history_number, row.address_code, row.address, row.building,
        row.household_number, row.member_order,
    ).where(*_wanted(conditions, today))  # fmt: skip
    match order:
        case Order.BIRTH:
            query = query.order_by(type_coerce(row.birth_date, Text), row.addressee_number)
        case Order.ADDRESS:
            query = query.order_by(func.coalesce(row.address_code, ""), row.addressee_number)
    inside = _district_filter(session, conditions, today)
    lots = _Lots(session)
    for number, history_number, town, address, building, household, place in session.execute(
        query.execution_options(yield_per=AT_ONCE)
    ):
        found = _Row(number, history_number, town or "", address, building or "", household, place)
        if inside is None or inside(found, lots):
            yield found


def choose(session: Session, conditions: Conditions, order: Order, *, today: dt.date) -> Chosen:
    """Everybody who is to stand on the list, in its order."""
    chosen = Chosen()
    rows = _rows(session, conditions, order, today)
    if order is Order.ADDRESS:
        rows = _by_address(session, rows)
    for row in rows:
        chosen.add(row.number, row.history_number)
    if order is Order.RANDOM:
        chosen.shuffle()
    return chosen


def _by_address(session: Session, rows: Iterator[_Row]) -> Iterator[_Row]:
    """Town by town by lot, 方書 and household: only one town is in memory at once."""
    lots = _Lots(session)

    def key(row: _Row) -> tuple[str, str, str, str, int, str]:
        # An address that does not begin with its town is put in by the numbers it has.
        lot = lots.key(row) or lot_key(row.address).encoded
        return lot, row.address, row.building, row.household, row.place, row.number

    for _town, people in groupby(rows, key=lambda row: row.town):
        yield from sorted(people, key=key)


class _Lots:
    """The part of addresses behind their town, as a key; each town is asked for once."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._heads: dict[str, tuple[str, ...]] = {}

    def key(self, row: _Row) -> str:
        """Key of the lot; empty when the address does not begin with its town."""
        if row.town not in self._heads:
            town = town_name(self._session, row.town) if row.town else None
            self._heads[row.town] = (
                (town.text, town.municipality + town.town, town.town) if town is not None else ()
            )
        for head in self._heads[row.town]:
            if head and row.address.startswith(head):
                lot = row.address.removeprefix(head).strip()
                return lot_key(lot).encoded if lot else ""
        return ""


def _district_filter(
    session: Session, conditions: Conditions, today: dt.date
) -> Callable[[_Row, _Lots], bool] | None:
    if conditions.district is None:
        return None
    kind, code = conditions.district
    areas: DistrictMap = district_map(session, kind, today)

    def inside(row: _Row, lots: _Lots) -> bool:
        found = areas.of(row.town, lots.key(row)) if row.town else None
        return found is not None and found.code == code

    return inside


def suppressed_among(session: Session, conditions: Conditions, *, today: dt.date) -> list[str]:
    """宛名番号 of those on a list that leaves nobody out who would be left out of another."""
    if not conditions.with_suppressed:
        return []
    barred = set(session.scalars(suppressed_numbers_query(today)))
    return sorted(
        row.number for row in _rows(session, conditions, Order.RANDOM, today) if row.number in barred
    )


def holds_suppressed(session: Session, issue_id: str, *, today: dt.date) -> bool:
    """Whether somebody stands on a list that was made who may not be read now."""
    query = select(
        exists().where(
            ReadingCopySubject.issue_id == issue_id,
            ReadingCopySubject.addressee_number.in_(suppressed_numbers_query(today)),
        )
    )
    return bool(session.scalar(query))


def snapshots_of(session: Session, chosen: Chosen) -> Iterator[tuple[int, ResidentHistory]]:
    """The chosen snapshots by line, some at a time."""
    people = enumerate(chosen, start=1)
    while part := list(islice(people, _IN_ONE_QUERY)):
        numbers = [number for _place, (number, _history_number) in part]
        query = select(ResidentHistory).where(
            ResidentHistory.addressee_number.in_(numbers), ResidentHistory.is_latest
        )
        found = {row.addressee_number: row for row in session.scalars(query)}
        for place, (number, _history_number) in part:
            yield place, found[number]


def printed_people(session: Session, issue_id: str, count: int) -> Iterator[tuple[int, ResidentHistory]]:
    """The snapshots on a list by line, wherever they stand now, some at a time.

    :param count: how many lines there are.
    :raises LookupError: when a record does not exist any more.
    """
    subject = ReadingCopySubject
    for first in range(1, count + 1, AT_ONCE):
        rows = session.execute(
            select(subject.place, subject.addressee_number, subject.history_number, ResidentHistory)
            .outerjoin(
                ResidentHistory,
                (ResidentHistory.addressee_number == subject.addressee_number)
                & (ResidentHistory.history_number == subject.history_number),
            )
            .where(subject.issue_id == issue_id, subject.place >= first, subject.place < first + AT_ONCE)
            .order_by(subject.place)
        ).all()
        for place, number, history_number, row in rows:
            found = row or reader.snapshot_of(session, number, history_number)
            if found is None:
                raise LookupError("a record on the list was destroyed")
            yield place, found
