"""Finding people. :func:`search` is the one way; it shows a person only as far as the actor may see them.

A protected person (支援措置) is found by name, birth date and numbers, with a mark and without whereabouts. A
condition on whereabouts (address, 方書, 住所コード, 世帯番号) leaves protected people and those who live with them out
*inside* the query for actors without ``SUPPRESSED_VIEW``: not in the page, not in the count, not by way of another
condition.
"""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select, tuple_
from sqlalchemy.orm import Session

from residentapp.core.access.actor import Actor
from residentapp.core.access.permissions import Permission
from residentapp.core.crypto import Keyring
from residentapp.core.db import search as db_search
from residentapp.core.numbering import INDIVIDUAL_NUMBER, RESIDENT_CODE
from residentapp.core.search_keys import MatchKind, query_keys, search_key
from residentapp.residents.models import ResidentHistory
from residentapp.residents.search import index
from residentapp.residents.search.hits import hits_of, shielded_numbers_query
from residentapp.residents.search.models import SearchAddress, SearchName, SearchPerson
from residentapp.residents.search.types import (
    EMPTY_WHEREABOUTS,
    WHEREABOUTS,
    BirthScope,
    EmptyItem,
    NameScope,
    PageKey,
    SearchError,
    SearchPage,
    SearchQuery,
    StateScope,
)

#: Hits on a page.
PAGE_SIZE = 50
#: Hits up to which the count is exact.
COUNT_LIMIT = 10_000

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
_MANNER = frozenset({"name_scope", "name_match", "kana_match", "address_match", "states", "past"})

_Table = type[SearchPerson] | type[SearchName] | type[SearchAddress]


@dataclass
class Plan:
    """A search as SQL.

    :param table: the table that is walked; each has the columns of the order of hits.
    :param where: conditions on it, others as sub-queries.
    :param name_rows: what the name rows of a hit must satisfy to have made it a hit; empty without names.
    """

    table: _Table
    where: list[ColumnElement[bool]]
    name_rows: list[ColumnElement[bool]] = field(default_factory=list)
    address_rows: list[ColumnElement[bool]] = field(default_factory=list)


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


def search(
    session: Session,
    actor: Actor,
    query: SearchQuery,
    *,
    keyring: Keyring,
    now: dt.datetime,
    after: PageKey | None = None,
    size: int = PAGE_SIZE,
) -> SearchPage:
    """One page of the people who satisfy all conditions, in the order フリガナ, birth date, 宛名番号.

    It neither audits nor remembers; screens call ``operations.run``.

    :param after: last hit of the page before.
    :raises SearchError: nothing asked, or a condition that cannot be met as typed.
    :raises PermissionDenied: without the rights of :func:`required_permissions`.
    """
    actor.require(*sorted(required_permissions(query)))
    plan = plan_of(session, actor, query, keyring=keyring)
    keys, count, exact = find(session, plan, after=after, size=size)
    more = len(keys) > size
    keys = keys[:size]
    return SearchPage(
        hits=hits_of(
            session,
            actor,
            [key.addressee_number for key in keys],
            name_rows=plan.name_rows,
            address_rows=plan.address_rows,
            now=now,
        ),
        count=count,
        count_is_exact=exact,
        next_key=keys[-1] if more else None,
    )


# ---- conditions


def plan_of(session: Session, actor: Actor, query: SearchQuery, *, keyring: Keyring) -> Plan:
    """The conditions of a search as SQL; errors as :func:`search`."""
    if not asks_anything(query):
        raise SearchError("検索する条件を1つ以上入力してください。")
    names = [condition for condition in (_name(query), _kana(query)) if condition is not None]
    addresses = _address(session, query)
    person = _person(query, keyring)
    ranged = next((rows for rows, contained in names if not contained), None)
    if ranged is not None and not _is_exact(query):
        table: _Table = SearchName
        where = [*ranged]
    elif addresses and not _is_exact(query):
        table = SearchAddress
        where = [*addresses]
    else:
        table = SearchPerson
        where = []
    for rows, contained in names:
        if rows is ranged and table is SearchName:
            continue
        if contained:
            person += contained
            if query.name_scope is not NameScope.ANY or not query.past:
                where.append(_among(table, SearchName, rows))
        else:
            where.append(_among(table, SearchName, rows))
    if addresses and table is not SearchAddress:
        where.append(_among(table, SearchAddress, addresses))
    if person:
        where += person if table is SearchPerson else [_among(table, SearchPerson, person)]
    if query.states is not StateScope.ALL:
        where.append(table.live.is_(query.states is StateScope.LIVE))
    if query.birth_from is not None:
        where.append(table.birth_sort >= query.birth_from)
    if query.birth_to is not None:
        where.append(table.birth_sort <= query.birth_to)
    if query.empty:
        columns = [getattr(ResidentHistory, item.value) for item in sorted(query.empty)]
        empty = [
            or_(column.is_(None), column == "") if _is_text(column) else column.is_(None)
            for column in columns
        ]
        where.append(_among(table, ResidentHistory, [ResidentHistory.is_latest.is_(True), *empty]))
    if asks_whereabouts(query) and not actor.may(Permission.SUPPRESSED_VIEW):
        where.append(table.addressee_number.not_in(shielded_numbers_query()))
    return Plan(table, where, name_rows=[and_(*rows) for rows, _contained in names], address_rows=addresses)


def _is_text(column: Any) -> bool:
    return column.type.python_type is str


def _is_exact(query: SearchQuery) -> bool:
    """Whether a number alone picks the person, so that everything else is best checked afterwards."""
    return bool(
        query.addressee_number
        or query.household_number
        or any(getattr(query, name) for name in ITEM_PERMISSIONS)
    )


def _among(table: _Table, other: Any, rows: Iterable[ColumnElement[bool]]) -> ColumnElement[bool]:
    return table.addressee_number.in_(select(other.addressee_number).where(*rows))


#: Conditions on rows of names, and the same on a person's gathered names when the match is partial.
_NameCondition = tuple[list[ColumnElement[bool]], list[ColumnElement[bool]]]


def _name(query: SearchQuery) -> _NameCondition | None:
    return (
        _names(query.name, query.name_match, query, kana=False, item="name") if query.name.strip() else None
    )


def _kana(query: SearchQuery) -> _NameCondition | None:
    return _names(query.kana, query.kana_match, query, kana=True, item="kana") if query.kana.strip() else None


def _names(text: str, match: MatchKind, query: SearchQuery, *, kana: bool, item: str) -> _NameCondition:
    keys = query_keys(_plain(text), match)
    if not keys:
        raise SearchError("検索できる文字がありません。氏名の文字を入力してください。", item)
    rows: list[ColumnElement[bool]] = []
    contained: list[ColumnElement[bool]] = []
    if match is MatchKind.FULL:
        # The whole name, the given name (a row of its own), or the family name at the head of the whole.
        key = keys[0]
        whole = or_(SearchName.key == key, SearchName.family_length == len(key))
        rows.append(and_(db_search.starts_with(SearchName.key, key), whole))
    elif match is MatchKind.PREFIX:
        rows.append(db_search.starts_with(SearchName.key, keys[0]))
    else:
        rows.append(or_(*(SearchName.key.contains(key, autoescape=True) for key in keys)))
        contained.append(
            or_(*(db_search.contains(SearchPerson.grams, SearchPerson.names, key) for key in keys))
        )
    wanted = query.name_scope.fields(kana=kana)
    if wanted is not None:
        rows.append(SearchName.field.in_(sorted(wanted)))
    if not query.past:
        rows.append(SearchName.is_current.is_(True))
    return rows, contained


def _address(session: Session, query: SearchQuery) -> list[ColumnElement[bool]]:
    """Conditions on one row of addresses: address, 方書 and code must be of the same address."""
    rows: list[ColumnElement[bool]] = []
    if query.address.strip():
        own = index.own_place(session)
        key = index.address_key(_plain(query.address), own, whole=query.address_match is MatchKind.FULL)
        if not key:
            raise SearchError("住所は、町名から先を入力してください。", "address")
        if query.address_match is MatchKind.FULL:
            rows.append(SearchAddress.key == key)
        elif query.address_match is MatchKind.PREFIX:
            rows.append(db_search.starts_with(SearchAddress.key, key))
        else:
            rows.append(db_search.contains(SearchAddress.grams, SearchAddress.key, key, singles=False))
    if query.building.strip():
        key = search_key(_plain(query.building))
        if not key:
            raise SearchError("検索できる文字がありません。方書の文字を入力してください。", "building")
        rows.append(db_search.contains(SearchAddress.grams, SearchAddress.building_key, key, singles=False))
    if query.address_code.strip():
        rows.append(SearchAddress.address_code == _digits(query.address_code))
    if rows and not query.past:
        rows.append(SearchAddress.is_current.is_(True))
    return rows


def _person(query: SearchQuery, keyring: Keyring) -> list[ColumnElement[bool]]:
    """Conditions on the row of the person."""
    rows: list[ColumnElement[bool]] = []
    if query.sex is not None:
        rows.append(SearchPerson.sex == query.sex)
    if query.relationship.strip():
        rows.append(SearchPerson.relationship_key == search_key(_plain(query.relationship)))
    if query.removal_reason is not None:
        rows.append(SearchPerson.removal_reason == query.removal_reason)
    if query.birth_scope is not BirthScope.ANY:
        rows.append(SearchPerson.birth_known.is_(query.birth_scope is BirthScope.KNOWN))
    if query.addressee_number.strip():
        rows.append(SearchPerson.addressee_number == _digits(query.addressee_number))
    if query.household_number.strip():
        rows.append(SearchPerson.household_number == _digits(query.household_number))
    for name, context in (("individual_number", INDIVIDUAL_NUMBER), ("resident_code", RESIDENT_CODE)):
        if getattr(query, name).strip():
            column = getattr(ResidentHistory, f"{name}_hash")
            hashed = keyring.lookup_hash(_checked_digits(query, name), context=context)
            rows.append(
                _among(SearchPerson, ResidentHistory, [ResidentHistory.is_latest.is_(True), column == hashed])
            )
    for name in ("residence_card_number", "special_permanent_number"):
        typed = unicodedata.normalize("NFKC", getattr(query, name)).replace("-", "").replace(" ", "").upper()
        if typed:
            column = getattr(ResidentHistory, name)
            rows.append(
                _among(SearchPerson, ResidentHistory, [ResidentHistory.is_latest.is_(True), column == typed])
            )
    return rows


def _plain(text: str) -> str:
    """What was typed without control characters, which separate names inside the index."""
    return "".join(character for character in text if character.isprintable() or character == "\u3000")


def _digits(text: str) -> str:
    """A number as typed, in half-width digits without spaces and hyphens."""
    folded = unicodedata.normalize("NFKC", text)
    return "".join(character for character in folded if character not in " -‐−ー\t")


def _checked_digits(query: SearchQuery, name: str) -> str:
    digits, length = _digits(getattr(query, name)), _DIGITS[name]
    if not (digits.isascii() and digits.isdigit() and len(digits) == length):
        raise SearchError(f"{_NUMBER_LABELS[name]}は{length}桁の数字で入力してください。", name)
    return digits


# ---- running


def find(
    session: Session, plan: Plan, *, after: PageKey | None, size: int
) -> tuple[list[PageKey], int, bool]:
    """Places of the hits of a page (one more than ``size`` when there are more), count, whether it is exact.

    Up to ``COUNT_LIMIT`` rows one statement gathers, counts and sorts them. Beyond that only the page's rows
    are read, in order.
    """
    table = plan.table
    order = (table.kana_key, table.birth_sort, table.addressee_number)
    gathered = select(*order).where(*plan.where).limit(COUNT_LIMIT + 1).cte("gathered")
    people = select(gathered).distinct().cte("people")
    count = select(func.count()).select_from(people).scalar_subquery()
    read = select(func.count()).select_from(gathered).scalar_subquery()
    columns = (people.c.kana_key, people.c.birth_sort, people.c.addressee_number)
    page = select(*columns, count, read).order_by(*columns).limit(size + 1)
    if after is not None:
        page = page.where(_beyond(columns, after))
    rows = session.execute(page).all()
    if not rows and after is None:
        return [], 0, True
    if not rows:
        found, seen = session.execute(select(count, read)).one()
        if seen <= COUNT_LIMIT:
            return [], found, True
    elif rows[0][4] <= COUNT_LIMIT:
        return [PageKey(*row[:3]) for row in rows], rows[0][3], True
    return _in_order(session, plan, after=after, size=size), COUNT_LIMIT, False


def _in_order(session: Session, plan: Plan, *, after: PageKey | None, size: int) -> list[PageKey]:
    """The page's places out of very many. A person may have several rows; each place counts once."""
    table = plan.table
    order = (table.kana_key, table.birth_sort, table.addressee_number)
    found: dict[PageKey, None] = {}
    while True:
        query = select(*order).where(*plan.where).order_by(*order).limit(2 * size + 2)
        if after is not None:
            query = query.where(_beyond(order, after))
        rows = session.execute(query).all()
        for row in rows:
            found.setdefault(PageKey(*row))
        if len(rows) < 2 * size + 2 or len(found) > size:
            return list(found)[: size + 1]
        after = next(reversed(found))


def _beyond(columns: tuple[Any, ...], after: PageKey) -> ColumnElement[bool]:
    place = (after.kana_key, after.birth_sort, after.addressee_number)
    return tuple_(*columns) > tuple_(*place)
