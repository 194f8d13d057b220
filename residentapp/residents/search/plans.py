"""How a condition on names or on an address becomes SQL that an index answers in the order of hits.

A town has few different surnames, given names, town names and buildings, however many people it has. So a search
for a part of a name first finds the *words* that hold the part, then the people of each word: those lie in an index
in the order of hits, and the first page is there without sorting all. What a search for a part would miss between
family and given name (the space does not count, RR-2.1.2d) is found by the *boundary*, the two characters that meet.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, and_, false, func, or_, select, tuple_, union_all
from sqlalchemy.orm import Session

from residentapp.core.db import search as db_search
from residentapp.core.search_keys import MatchKind, query_keys, search_key
from residentapp.residents.search import index
from residentapp.residents.search.hits import shielded_numbers_query
from residentapp.residents.search.models import AddressKeys, NameKeys, PersonKeys
from residentapp.residents.search.shelves import REGISTER, Shelf
from residentapp.residents.search.types import NamePart, PageKey, SearchError, SearchQuery, WordKind

#: Words up to which people are found word by word; with more, nearly every name matches and a walk in the order
#: of hits soon finds enough.
MOST_WORDS = 600

#: Rows read at once before asking how many there are.
_FEW = 400
#: Rows read beyond those wanted, for people who have more than one row.
_SPARE = 8

_Table = type[PersonKeys] | type[NameKeys] | type[AddressKeys]


@dataclass
class Arm:
    """One way by which people are found; a search may have several, whose finds are put together.

    :param table: has the columns of the order of hits.
    :param words: values of ``column`` to walk; without a column the table is walked in the order of hits.
    """

    table: _Table
    where: list[ColumnElement[bool]] = field(default_factory=list)
    column: Any = None
    words: Sequence[str] = ()

    @property
    def _order(self) -> tuple[Any, ...]:
        return self.table.kana_key, self.table.birth_sort, self.table.addressee_number

    @property
    def condition(self) -> ColumnElement[bool]:
        """All of it as one condition on the table."""
        words = [] if self.column is None else [self.column.in_(self.words)]
        return and_(*words, *self.where)

    def everybody(self, session: Session, limit: int) -> list[PageKey] | None:
        """Places of all people found (a person may have several); None when there are more than ``limit``."""
        query: Any = select(*self._order).where(self.condition)
        # Most searches find few. Counting in the database costs less than reading rows that are of no use.
        few = min(limit, _FEW)
        rows = session.execute(query.limit(few + 1)).all()
        if len(rows) > few:
            if few == limit or self._count(session, limit + 1) > limit:
                return None
            rows = session.execute(query.limit(limit)).all()
        return [PageKey(*row) for row in rows]

    def _count(self, session: Session, limit: int) -> int:
        found = select(self.table.addressee_number).where(self.condition).limit(limit).subquery()
        return session.scalar(select(func.count()).select_from(found)) or 0

    def first(self, session: Session, after: PageKey | None, count: int) -> list[PageKey]:
        """The first places in order beyond ``after``, each once; fewer than ``count`` when there are no more."""
        found: dict[PageKey, None] = {}
        limit = count + _SPARE
        while True:
            where = [*self.where]
            if after is not None:
                place = (after.kana_key, after.birth_sort, after.addressee_number)
                where.append(tuple_(*self._order) > tuple_(*place))
            rows: Any
            if self.column is not None:
                rows = db_search.first_of_each(session, self.column, self.words, where, self._order, limit)
            else:
                query: Any = select(*self._order).where(*where)
                rows = session.execute(query.order_by(*self._order).limit(limit)).all()
            found.update((PageKey(row[0], row[1], row[2]), None) for row in rows)
            if len(rows) < limit or len(found) >= count:
                return list(found)[:count]
            after = next(reversed(found))


def count_people(session: Session, arms: Sequence[Arm], limit: int) -> tuple[int, bool]:
    """How many different people the arms find together, and whether that is all of them.

    Each arm is followed for ``limit`` rows at most, so that the time has a bound; a larger count is a lower bound.
    """
    followed = [
        select(arm.table.addressee_number.label("number")).where(arm.condition).limit(limit + 1).subquery()
        for arm in arms
    ]
    if not followed:
        return 0, True
    rows = union_all(*(select(part.c.number) for part in followed)).cte("found")
    people = select(rows.c.number).distinct().subquery()
    read, count = session.execute(
        select(
            select(func.count()).select_from(rows).scalar_subquery(),
            select(func.count()).select_from(people).scalar_subquery(),
        )
    ).one()
    return min(count, limit), read <= limit


@dataclass
class Part:
    """One condition of a search that rows of names or of addresses answer.

    :param table: where those rows are.
    :param arms: ways to walk it; None when too much matches, and it can only be checked.
    :param shown: what a row must satisfy to have made the hit.
    :param words: how many words are walked; the fewest lead.
    """

    table: type[NameKeys] | type[AddressKeys]
    arms: list[Arm] | None
    shown: ColumnElement[bool]
    words: int = 1

    def among(self, table: _Table) -> ColumnElement[bool]:
        """The condition as a check of another table's rows."""
        if self.arms is None:
            own = self.table
            return select(own.line).where(own.addressee_number == table.addressee_number, self.shown).exists()
        if not self.arms:
            return false()
        return or_(*(among(table, self.table, [arm.condition]) for arm in self.arms))


@dataclass
class Plan:
    """A search as SQL.

    :param name_rows: what name rows of a hit satisfy that made it one, by condition on names.
    :param address_rows: the same of address rows.
    """

    arms: list[Arm]
    name_rows: list[ColumnElement[bool]]
    address_rows: list[ColumnElement[bool]]


def among(table: _Table, other: Any, rows: Iterable[ColumnElement[bool]]) -> ColumnElement[bool]:
    """The person of a row has such rows in another table."""
    return table.addressee_number.in_(select(other.addressee_number).where(*rows))


def plain(text: str) -> str:
    """What was typed without control characters. 外字 of the private use area stay."""
    return "".join(character for character in text if unicodedata.category(character) != "Cc")


def digits_of(text: str) -> str:
    """A number as typed, in half width without spaces and hyphens."""
    folded = unicodedata.normalize("NFKC", text)
    return "".join(character for character in folded if character not in " -‐−ー\t")


# ---- words


def _words(
    session: Session, shelf: Shelf, kind: WordKind, *conditions: ColumnElement[bool]
) -> list[str] | None:
    """Words of a kind; None when there are more than ``MOST_WORDS``."""
    word = shelf.word
    query = select(word.key).where(word.kind == kind, *conditions).limit(MOST_WORDS + 1)
    found = list(session.scalars(query))
    return None if len(found) > MOST_WORDS else found


def _holding(shelf: Shelf, key: str) -> ColumnElement[bool]:
    return db_search.contains(shelf.word.grams, shelf.word.key, key)


# ---- names


def names_part(
    session: Session, shelf: Shelf, text: str, match: MatchKind, query: SearchQuery, *, kana: bool, item: str
) -> Part:
    """The condition on names.

    Full: the whole name, the family name or the given name is it. Prefix: the whole name (and so the family name)
    or the given name begins with it. Contains: it stands anywhere in the whole name.

    :raises SearchError: when nothing is left to look for.
    """
    names = shelf.name
    keys = query_keys(plain(text), match)
    if not keys:
        raise SearchError("検索できる文字がありません。氏名の文字を入力してください。", item)
    common: list[ColumnElement[bool]] = []
    fields = query.name_scope.fields(kana=kana)
    if fields is not None:
        common.append(names.field.in_(sorted(fields)))
    if not query.past:
        common.append(names.is_current.is_(True))
    if match is MatchKind.FULL:
        shown = and_(names.key == keys[0], *common)
        return Part(names, [Arm(names, [*common], names.key, [keys[0]])], shown)
    if match is MatchKind.PREFIX:
        return _prefix(session, shelf, keys[0], common)
    return _contains(session, shelf, keys, common)


_PARTS = (NamePart.FAMILY, NamePart.GIVEN)


def _prefix(session: Session, shelf: Shelf, key: str, common: list[ColumnElement[bool]]) -> Part:
    names = shelf.name
    shown = and_(db_search.starts_with(names.key, key), *common)
    words = _words(session, shelf, WordKind.NAME, db_search.starts_with(shelf.word.key, key))
    if words is None:
        return Part(names, None, shown, MOST_WORDS)
    # The text may go beyond the family name: 佐藤花 is 佐藤 and a given name that begins with 花.
    if not words:
        return Part(names, [Arm(names, [db_search.starts_with(names.key, key), *common])], shown)
    arms = [Arm(names, [names.part.in_(_PARTS), *common], names.key, words)]
    begun = session.scalars(
        select(shelf.word.key).where(
            shelf.word.kind == WordKind.NAME, shelf.word.key.in_([key[:end] for end in range(1, len(key))])
        )
    )
    boundaries = sorted({key[len(word) - 1 : len(word) + 1] for word in begun})
    if boundaries:
        # Not a range: that would read everybody of the names found above. The boundary's index is the one to use.
        beyond = [func.substr(names.key, 1, len(key)) == key, *common]
        arms.append(Arm(names, beyond, names.boundary, boundaries))
    return Part(names, arms, shown, len(words))


def _contains(session: Session, shelf: Shelf, keys: Sequence[str], common: list[ColumnElement[bool]]) -> Part:
    names = shelf.name
    held = or_(*(names.key.contains(key, autoescape=True) for key in keys))
    shown = and_(held, *common)
    words = _words(session, shelf, WordKind.NAME, or_(*(_holding(shelf, key) for key in keys)))
    if words is None:
        return Part(names, None, shown, MOST_WORDS)
    arms = [Arm(names, [names.part.in_(_PARTS), *common], names.key, words)] if words else []
    boundaries = sorted({key[place : place + 2] for key in keys for place in range(len(key) - 1)})
    if boundaries:
        arms.append(Arm(names, [held, *common], names.boundary, boundaries))
    return Part(names, arms, shown, len(words))


# ---- addresses

#: The end of a 方書 that may belong to the room and so not to the building's word.
_ROOM_BEGUN = re.compile("[0-9A-Z]+$")
_ROOM_WORDS = ("号", "室", "号室", "棟", "号棟", "階")
#: Towns up to which an address that begins in the middle of a town's name is looked for town by town.
_MOST_TOWNS = 60


def address_part(session: Session, shelf: Shelf, query: SearchQuery, *, keep_back: bool) -> Part:
    """The condition on one address: town and numbers, 方書 and code must be of the same one.

    :param keep_back: former addresses where a protected person lives now find nobody: who once lived there would
        tell where the home is that was left.
    :raises SearchError: when an address stops at the municipality, or nothing is left to look for.
    """
    addresses = shelf.address
    common: list[ColumnElement[bool]] = []
    if query.address_code.strip():
        common.append(addresses.address_code == digits_of(query.address_code))
    if not query.past:
        common.append(addresses.is_current.is_(True))
    elif keep_back:
        # Few live there, so their addresses are read first: with all of it inside, SQLite cannot take the statement.
        # They live in the register, wherever it is searched.
        homes = session.scalars(
            select(REGISTER.address.key)
            .where(
                REGISTER.address.is_current.is_(True),
                REGISTER.address.addressee_number.in_(shielded_numbers_query()),
            )
            .distinct()
        ).all()
        if homes:
            common.append(or_(addresses.is_current.is_(True), addresses.key.not_in(homes)))
    building = search_key(plain(query.building))
    if query.building.strip() and not building:
        raise SearchError("検索できる文字がありません。方書の文字を入力してください。", "building")
    if building:
        common.append(addresses.building_key.contains(building, autoescape=True))
    if not query.address.strip():
        if not building:
            return Part(addresses, [Arm(addresses, [*common])], and_(*common))
        head = _ROOM_BEGUN.sub("", index.without_room(building))
        if not head or head in _ROOM_WORDS:
            return Part(addresses, None, and_(*common), MOST_WORDS)
        words = _words(session, shelf, WordKind.BUILDING, _holding(shelf, head))
        return _by_words(addresses, addresses.building_name, words, and_(*common), common)
    match = query.address_match
    own = index.own_place(session)
    key = index.address_key(plain(query.address), own, whole=match is MatchKind.FULL)
    if not key:
        raise SearchError("住所は、町名から先を入力してください。", "address")
    if match is MatchKind.FULL:
        shown = and_(addresses.key == key, *common)
        return Part(addresses, [Arm(addresses, [*common], addresses.key, [key])], shown)
    head = index.town_of(key)
    if match is MatchKind.PREFIX:
        begins = db_search.starts_with(addresses.key, key)
        if head != key:
            return Part(addresses, [Arm(addresses, [begins, *common])], and_(begins, *common))
        words = _words(session, shelf, WordKind.TOWN, db_search.starts_with(shelf.word.key, key))
        return _by_words(addresses, addresses.town, words, and_(begins, *common), common)
    held = addresses.key.contains(key, autoescape=True)
    shown = and_(held, *common)
    if not head:
        return Part(addresses, None, shown, MOST_WORDS)
    # 町1/2 begins in the middle of a town's name: the towns that end with 町, and of each its own range of numbers.
    words = _words(session, shelf, WordKind.TOWN, _holding(shelf, head))
    if head == key:
        return _by_words(addresses, addresses.town, words, shown, common)
    ending = [word for word in words or () if word.endswith(head)]
    if words is None or len(ending) > _MOST_TOWNS:
        return Part(addresses, None, shown, MOST_WORDS)
    ranges = [db_search.starts_with(addresses.key, word + key[len(head) :]) for word in ending]
    arms = [Arm(addresses, [or_(*ranges), *common])] if ranges else []
    return Part(addresses, arms, shown, len(ranges))


def _by_words(
    addresses: type[AddressKeys],
    column: Any,
    words: list[str] | None,
    shown: ColumnElement[bool],
    common: list[ColumnElement[bool]],
) -> Part:
    if words is None:
        return Part(addresses, None, shown, MOST_WORDS)
    arms = [Arm(addresses, [*common], column, words)] if words else []
    return Part(addresses, arms, shown, len(words))
