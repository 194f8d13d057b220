"""From the numbers found to the lines of the list: what each person's record says, as far as the actor may see."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from functools import cache

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session

from residentapp.core.access.actor import Actor
from residentapp.core.access.permissions import Permission
from residentapp.residents.models import ResidentHistory
from residentapp.residents.protection import NOTHING, Standing, protected_numbers_query, standings
from residentapp.residents.search.models import AddressKeys, NameKeys
from residentapp.residents.search.shelves import REGISTER, Shelf
from residentapp.residents.search.types import Hit, NameField, PastMatch
from residentapp.residents.types import ResidentKind, ResidentState


@cache
def shielded_numbers_query(shelf: Shelf = REGISTER) -> Select[tuple[str]]:
    """宛名番号 of everyone whose whereabouts a search keeps back.

    The protected, who lives with them (as ``protected_numbers_query``), and removed records of their household: the
    last address of somebody who died there is theirs, however long ago.

    :param shelf: where the removed records of their household are looked for.
    """
    protected = protected_numbers_query()
    homes = select(ResidentHistory.household_number).where(
        ResidentHistory.is_latest,
        ResidentHistory.state == ResidentState.RESIDENT,
        ResidentHistory.addressee_number.in_(protected),
    )
    mates = select(shelf.snapshot.addressee_number).where(
        shelf.snapshot.is_latest, shelf.snapshot.household_number.in_(homes)
    )
    united = protected.union(mates).subquery()
    return select(united.c[0])


def hits_of(
    session: Session,
    actor: Actor,
    shelf: Shelf,
    addressee_numbers: Sequence[str],
    *,
    name_rows: Sequence[ColumnElement[bool]],
    address_rows: Sequence[ColumnElement[bool]],
    now: dt.datetime,
) -> tuple[Hit, ...]:
    """Lines of the list in the order of the numbers given.

    :param name_rows: each condition that a row of names met; several hold for different rows.
    :param address_rows: conditions that one row of addresses met.
    """
    if not addressee_numbers:
        return ()
    people = shelf.people(session, addressee_numbers)
    standing = standings(session, people.values(), now=now)
    shielded = (
        set() if actor.may(Permission.SUPPRESSED_VIEW) else _shielded(session, shelf, addressee_numbers)
    )
    names = _name_matches(session, shelf, addressee_numbers, name_rows)
    addresses = _address_matches(session, shelf, addressee_numbers, address_rows)
    return tuple(
        _hit(
            people[number],
            shelf,
            standing.get(number, NOTHING),
            number not in shielded,
            names.get(number, []),
            addresses.get(number, []),
        )
        for number in addressee_numbers
        if number in people
    )


def _shielded(session: Session, shelf: Shelf, numbers: Sequence[str]) -> set[str]:
    kept_back = shielded_numbers_query(shelf).subquery()
    return set(session.scalars(select(kept_back.c[0]).where(kept_back.c[0].in_(numbers))))


def _name_matches(
    session: Session, shelf: Shelf, numbers: Sequence[str], conditions: Sequence[ColumnElement[bool]]
) -> dict[str, list[NameKeys]]:
    """For each person one row per condition: a current 氏名 if one matched, else another current, else the last."""
    table = shelf.name
    chosen: dict[str, list[NameKeys]] = {}
    for condition in conditions:
        query = select(table).where(table.addressee_number.in_(numbers), condition)
        best: dict[str, NameKeys] = {}
        for row in session.scalars(query.order_by(table.addressee_number, table.line)):
            before = best.get(row.addressee_number)
            if before is None or _rank(row) > _rank(before):
                best[row.addressee_number] = row
        for number, row in best.items():
            chosen.setdefault(number, []).append(row)
    return chosen


_MAIN = (NameField.NAME, NameField.NAME_KANA, NameField.NAME_ALPHABET)


def _rank(row: NameKeys) -> tuple[bool, bool, dt.date]:
    return row.is_current, row.field in _MAIN, row.until or dt.date.max


def _address_matches(
    session: Session, shelf: Shelf, numbers: Sequence[str], conditions: Sequence[ColumnElement[bool]]
) -> dict[str, list[AddressKeys]]:
    if not conditions:
        return {}
    table = shelf.address
    query = select(table).where(table.addressee_number.in_(numbers), *conditions)
    found: dict[str, list[AddressKeys]] = {}
    for row in session.scalars(query):
        found.setdefault(row.addressee_number, []).append(row)
    return found


def _hit(
    person: ResidentHistory,
    shelf: Shelf,
    standing: Standing,
    open_: bool,
    names: Sequence[NameKeys],
    addresses: Sequence[AddressKeys],
) -> Hit:
    past = [PastMatch(row.field.label, row.written or "", row.until) for row in names if not row.is_current]
    if open_ and addresses and not any(row.is_current for row in addresses):
        last = max(addresses, key=lambda row: row.until or dt.date.min)
        past.append(PastMatch("住所", last.written or "", last.until))
    matched = {
        row.field: (row.field.label, getattr(person, row.field.value) or "")
        for row in names
        if row.is_current and row.field not in _MAIN
    }
    foreign = person.resident_kind is ResidentKind.FOREIGN
    return Hit(
        addressee_number=person.addressee_number,
        name=person.display_name,
        kana=person.name_kana or person.alias_kana or "",
        birth=person.birth_date.seireki if foreign else person.birth_date.wareki,
        sex=person.sex,
        relationship=person.relationship_to_head or "",
        state=person.state,
        resident_kind=person.resident_kind,
        protected=standing.protected,
        marks=_marks(standing),
        household_number=person.household_number if open_ else None,
        postal_code=person.postal_code if open_ else None,
        address=person.address if open_ else None,
        building=person.building if open_ else None,
        past=tuple(dict.fromkeys(past)),
        matched=tuple(matched.values()),
        archived=shelf.archived,
    )


def _marks(standing: Standing) -> tuple[str, ...]:
    """Who is suppressed shows in the list (RR-3.1f)."""
    if standing.protected:
        return ("仮支援措置" if standing.provisional else "支援措置",)
    return tuple(f"{process.label}抑止" for process in sorted(standing.levels))
