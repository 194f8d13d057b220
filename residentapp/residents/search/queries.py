"""Finding people. :func:`search` is the one way; it shows a person only as far as the actor may see them.

A protected person (支援措置) is found by name, birth date and numbers, with a mark and without whereabouts. A
condition on whereabouts (address, 方書, 住所コード, 世帯番号) leaves protected people and those who live with them out
*inside* the query for actors without ``SUPPRESSED_VIEW``: not in the page, not in the count, not by way of another
condition. The ward among whose people is searched (RR-2.1.3b) does the opposite: it leaves them in whatever it is, so
that a search by name finds them in every ward alike.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from dataclasses import fields, replace
from typing import Any

from sqlalchemy import ColumnElement, or_
from sqlalchemy.orm import Session

from residentapp.core.access.actor import Actor
from residentapp.core.access.permissions import Permission
from residentapp.core.crypto import Keyring
from residentapp.core.masters.models import CityWard, OwnMunicipality
from residentapp.core.numbering import INDIVIDUAL_NUMBER, RESIDENT_CODE
from residentapp.core.search_keys import search_key
from residentapp.residents.search.hits import hits_of, shielded_numbers_query
from residentapp.residents.search.plans import (
    Arm,
    Part,
    Plan,
    address_part,
    among,
    count_people,
    digits_of,
    names_part,
    plain,
)
from residentapp.residents.search.shelves import REGISTER, REMOVED, Shelf
from residentapp.residents.search.types import (
    EMPTY_WHEREABOUTS,
    WHEREABOUTS,
    BirthScope,
    EmptyItem,
    PageKey,
    SearchError,
    SearchPage,
    SearchQuery,
    StateScope,
)
from residentapp.residents.types import ResidentState

#: Hits on a page.
PAGE_SIZE = 50
#: Hits up to which all are read and sorted at once; beyond, only those of the page are read.
READ_LIMIT = 1_000
#: Hits up to which the count is exact.
COUNT_LIMIT = 100_000

#: Right that a condition needs beside ``RESIDENT_SEARCH``.
ITEM_PERMISSIONS = {
    "individual_number": Permission.ITEM_INDIVIDUAL_NUMBER,
    "resident_code": Permission.ITEM_RESIDENT_CODE,
    "residence_card_number": Permission.ITEM_RESIDENCE_STATUS,
    "special_permanent_number": Permission.ITEM_RESIDENCE_STATUS,
}
EMPTY_PERMISSIONS = {
    EmptyItem.INDIVIDUAL_NUMBER: Permission.ITEM_INDIVIDUAL_NUMBER,
    EmptyItem.RESIDENT_CODE: Permission.ITEM_RESIDENT_CODE,
    EmptyItem.RESIDENCE_CARD: Permission.ITEM_RESIDENCE_STATUS,
    EmptyItem.SPECIAL_PERMANENT: Permission.ITEM_RESIDENCE_STATUS,
}
_DIGITS = {"individual_number": 12, "resident_code": 11}
_NUMBER_LABELS = {"individual_number": "個人番号", "resident_code": "住民票コード"}
#: Fields that say how to search, not what for.
_MANNER = frozenset({"name_scope", "name_match", "kana_match", "address_match", "states", "past", "ward"})


def required_permissions(query: SearchQuery) -> set[Permission]:
    """Rights that a search needs."""
    needed = {Permission.RESIDENT_SEARCH}
    needed |= {permission for name, permission in ITEM_PERMISSIONS.items() if getattr(query, name)}
    needed |= {EMPTY_PERMISSIONS[item] for item in query.empty if item in EMPTY_PERMISSIONS}
    return needed


def asks_whereabouts(query: SearchQuery) -> bool:
    """Whether any condition tells where a person lives."""
    return any(getattr(query, name) for name in WHEREABOUTS) or bool(query.empty & EMPTY_WHEREABOUTS)


def asks_anything(query: SearchQuery) -> bool:
    """Whether there is any condition at all (which records and how to compare are none)."""
    default = SearchQuery()
    return any(
        getattr(query, item.name) != getattr(default, item.name)
        for item in fields(query)
        if item.name not in _MANNER
    )


def trimmed(query: SearchQuery) -> SearchQuery:
    """The search without blanks around its texts; a text of blanks alone is no condition."""
    values = {item.name: getattr(query, item.name) for item in fields(query)}
    trimmed_texts: dict[str, Any] = {
        name: value.strip() for name, value in values.items() if type(value) is str
    }
    return replace(query, **trimmed_texts)


def search(
    session: Session,
    actor: Actor,
    query: SearchQuery,
    *,
    keyring: Keyring,
    now: dt.datetime,
    after: PageKey | None = None,
    size: int | None = None,
    archive: bool = False,
) -> SearchPage:
    """One page of the people who satisfy all conditions, in the order フリガナ, birth date, 宛名番号.

    It neither audits nor remembers; screens call ``operations.run``.

    :param after: last hit of the page before.
    :param size: hits of the page; ``PAGE_SIZE`` when not given.
    :param archive: look in the 除票用データベース instead of the register; ``query.states`` has no say there.
    :raises SearchError: nothing asked, or a condition that cannot be met as typed.
    :raises PermissionDenied: without the rights of :func:`required_permissions`.
    """
    size = size or PAGE_SIZE
    actor.require(*sorted(required_permissions(query)))
    shelf = REMOVED if archive else REGISTER
    plan = plan_of(session, actor, query, keyring=keyring, shelf=shelf)
    keys, count, exact = find(session, plan, after=after, size=size)
    more = len(keys) > size
    keys = keys[:size]
    return SearchPage(
        hits=hits_of(
            session,
            actor,
            shelf,
            [key.addressee_number for key in keys],
            name_rows=plan.name_rows,
            address_rows=plan.address_rows,
            now=now,
        ),
        count=count,
        count_is_exact=exact,
        next_key=keys[-1] if more else None,
        archived=archive,
    )


# ---- conditions


def plan_of(
    session: Session, actor: Actor, query: SearchQuery, *, keyring: Keyring, shelf: Shelf = REGISTER
) -> Plan:
    """The conditions of a search as SQL; errors as :func:`search`."""
    query = trimmed(query)
    if not asks_anything(query):
        raise SearchError("検索する条件を1つ以上入力してください。")
    names = [
        condition
        for condition in (_name(session, shelf, query), _kana(session, shelf, query))
        if condition is not None
    ]
    address = _address(session, shelf, actor, query)
    ward = _ward(session, query)
    person = _person(shelf, query, keyring)
    parts = [*names, *([address] if address else [])]
    # The condition with the fewest words is walked, all others are checked; a number is quicker than any word.
    walkable = [part for part in parts if part.arms is not None]
    walked = None if _is_exact(query) or not walkable else min(walkable, key=lambda part: part.words)
    arms = list(walked.arms or ()) if walked else [Arm(shelf.person)]
    for arm in arms:
        table = arm.table
        arm.where += [part.among(table) for part in parts if part is not walked]
        if person:
            arm.where += person if table is shelf.person else [among(table, shelf.person, person)]
        if query.states is not StateScope.ALL and not shelf.archived:
            arm.where.append(table.live.is_(query.states is StateScope.LIVE))
        if query.birth_from is not None:
            arm.where.append(table.birth_sort >= query.birth_from)
        if query.birth_to is not None:
            arm.where.append(table.birth_sort <= query.birth_to)
        if query.empty:
            empty = [_is_empty(getattr(shelf.snapshot, item.value)) for item in sorted(query.empty)]
            arm.where.append(among(table, shelf.snapshot, [shelf.snapshot.is_latest.is_(True), *empty]))
        if ward is not None:
            arm.where.append(_in_ward(table, shelf, actor, query, ward))
        if asks_whereabouts(query) and not actor.may(Permission.SUPPRESSED_VIEW):
            arm.where.append(table.addressee_number.not_in(shielded_numbers_query(shelf)))
    return Plan(arms, [part.shown for part in names], [address.shown] if address else [])


def _ward(session: Session, query: SearchQuery) -> str | None:
    """The first five digits of the 住所コード of the ward asked for; None without one, and without wards."""
    own = session.get(OwnMunicipality, 1)
    if not query.ward or own is None or not own.designated:
        return None
    if session.get(CityWard, query.ward) is None:
        raise SearchError("区を一覧から選んでください。", "ward")
    return query.ward[:5]


def _in_ward(table: Any, shelf: Shelf, actor: Actor, query: SearchQuery, ward: str) -> ColumnElement[bool]:
    """Who lives in a ward, of a 除票 lived there; who has no 住所コード is found in every ward.

    With removed records also who has left it for another ward: their 除票 is there (RR-4.0.2b). The ward must not tell
    where a protected person lives: those who may not know find them by the other conditions alone.
    """
    code, snapshot = shelf.snapshot.address_code, shelf.snapshot
    here = code.startswith(ward) | code.is_(None)
    current = snapshot.is_latest.is_(True)
    if query.states is StateScope.ALL:
        current |= snapshot.state != ResidentState.RESIDENT
    found = among(table, snapshot, [current, here])
    if actor.may(Permission.SUPPRESSED_VIEW):
        return found
    return or_(found, table.addressee_number.in_(shielded_numbers_query(shelf)))


def _is_empty(column: Any) -> ColumnElement[bool]:
    empty: ColumnElement[bool] = column.is_(None)
    return or_(empty, column == "") if column.type.python_type is str else empty


def _is_exact(query: SearchQuery) -> bool:
    """Whether a number alone picks the person, so that everything else is best checked afterwards."""
    numbers = (query.addressee_number, query.household_number)
    return any(numbers) or any(getattr(query, name) for name in ITEM_PERMISSIONS)


def _name(session: Session, shelf: Shelf, query: SearchQuery) -> Part | None:
    if not query.name.strip():
        return None
    return names_part(session, shelf, query.name, query.name_match, query, kana=False, item="name")


def _kana(session: Session, shelf: Shelf, query: SearchQuery) -> Part | None:
    if not query.kana.strip():
        return None
    return names_part(session, shelf, query.kana, query.kana_match, query, kana=True, item="kana")


def _address(session: Session, shelf: Shelf, actor: Actor, query: SearchQuery) -> Part | None:
    if not (query.address.strip() or query.building.strip() or query.address_code.strip()):
        return None
    return address_part(session, shelf, query, keep_back=not actor.may(Permission.SUPPRESSED_VIEW))


def _person(shelf: Shelf, query: SearchQuery, keyring: Keyring) -> list[ColumnElement[bool]]:
    """Conditions on the row of the person."""
    keys, snapshot = shelf.person, shelf.snapshot
    rows: list[ColumnElement[bool]] = []
    if query.sex is not None:
        rows.append(keys.sex == query.sex)
    if query.relationship.strip():
        rows.append(keys.relationship_key == search_key(plain(query.relationship)))
    if query.removal_reason is not None:
        rows.append(keys.removal_reason == query.removal_reason)
    if query.birth_scope is not BirthScope.ANY:
        rows.append(keys.birth_known.is_(query.birth_scope is BirthScope.KNOWN))
    if query.addressee_number.strip():
        rows.append(keys.addressee_number == digits_of(query.addressee_number))
    if query.household_number.strip():
        rows.append(keys.household_number == digits_of(query.household_number))
    for name, context in (("individual_number", INDIVIDUAL_NUMBER), ("resident_code", RESIDENT_CODE)):
        if getattr(query, name).strip():
            column = getattr(snapshot, f"{name}_hash")
            hashed = keyring.lookup_hash(_checked_digits(query, name), context=context)
            rows.append(among(keys, snapshot, [snapshot.is_latest.is_(True), column == hashed]))
    for name in ("residence_card_number", "special_permanent_number"):
        typed = digits_of(getattr(query, name)).upper()
        if typed:
            column = getattr(snapshot, name)
            rows.append(among(keys, snapshot, [snapshot.is_latest.is_(True), column == typed]))
    return rows


def _checked_digits(query: SearchQuery, name: str) -> str:
    digits, length = digits_of(getattr(query, name)), _DIGITS[name]
    if not (digits.isascii() and digits.isdigit() and len(digits) == length):
        raise SearchError(f"{_NUMBER_LABELS[name]}は{length}桁の数字で入力してください。", name)
    return digits


# ---- running


def find(
    session: Session, plan: Plan, *, after: PageKey | None, size: int
) -> tuple[list[PageKey], int, bool]:
    """Places of the hits of a page (one more than ``size`` when there are more), count, whether it is exact.

    Up to ``READ_LIMIT`` people all are read and sorted here. Beyond that only the page's rows are read, in order,
    and the others are counted.
    """
    found: set[PageKey] = set()
    for arm in plan.arms:
        people = arm.everybody(session, READ_LIMIT)
        if people is None:
            break
        found.update(people)
    else:
        if len(found) <= READ_LIMIT:
            ordered = sorted(found, key=_place)
            if after is not None:
                ordered = ordered[bisect_right(ordered, _place(after), key=_place) :]
            return ordered[: size + 1], len(found), True
    first: set[PageKey] = set()
    for arm in plan.arms:
        first.update(arm.first(session, after, size + 1))
    count, exact = count_people(session, plan.arms, COUNT_LIMIT)
    return sorted(first, key=_place)[: size + 1], count, exact


def _place(key: PageKey) -> tuple[str, dt.date, str]:
    return key.kana_key, key.birth_sort, key.addressee_number
