"""Makes the search keys of people from their snapshots.

- :func:`rows_for` is pure: snapshots in, rows out.
- :func:`refresh` makes the keys of some people anew; operations call it after they have appended snapshots.
- :func:`move` takes the keys of people over to the 除票用データベース, :func:`forget` drops them there.
- :func:`load` adds the keys of people who have none yet (bulk loads); :func:`rebuild` makes all keys anew.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby, islice
from operator import getitem, itemgetter
from typing import Any

from sqlalchemy import delete, insert, or_, select, text
from sqlalchemy.orm import Session

from residentapp.core.addresses.sort_keys import kanji_number
from residentapp.core.dates import DateKind, DateValue
from residentapp.core.db import search as db_search
from residentapp.core.db.bulk import bulk_insert
from residentapp.core.external_characters import refresh_variants
from residentapp.core.masters.queries import MasterMissing, own_municipality
from residentapp.core.masters.wards import wards_on
from residentapp.core.search_keys import search_key
from residentapp.residents.search.models import SearchAddress, SearchName, SearchPerson, SearchWord
from residentapp.residents.search.shelves import REGISTER, REMOVED, Shelf
from residentapp.residents.search.types import NameField, NamePart, WordKind
from residentapp.residents.types import ChangeReason, ResidentState

#: Columns of a snapshot that the keys are made from; a mapping given to :func:`rows_for` needs no others.
SNAPSHOT_COLUMNS = (
    "addressee_number", "history_number", "change_id", "state", "household_number", "name", "name_alphabet",
    "former_name", "alias", "name_kana", "former_name_kana", "alias_kana", "birth_date", "sex",
    "relationship_to_head", "address", "building", "address_code",
)  # fmt: skip
#: Columns of a change that the keys are made from.
CHANGE_COLUMNS = ("id", "reason", "moved_on", "processed_on")
_TABLES = (SearchPerson, SearchName, SearchAddress)
#: Columns of each row that :func:`rows_for` makes.
COLUMNS: dict[str, tuple[str, ...]] = {
    table.__tablename__: tuple(column.name for column in table.__table__.columns) for table in _TABLES
} | {"search_word": ("kind", "key", "grams")}
_CHUNK = 2_000


@dataclass(frozen=True)
class OwnPlace:
    """The own municipality, whose name every address begins with and nobody types.

    :param wards: names of the wards of a 指定都市, ended ones too; they are left out likewise, because the search has a
        key of its own for the ward.
    """

    prefecture: str = ""
    name: str = ""
    wards: tuple[str, ...] = ()


def own_place(session: Session) -> OwnPlace:
    """The own municipality from its master; empty before it has been set up."""
    try:
        found = own_municipality(session)
    except MasterMissing:
        return OwnPlace()
    wards = wards_on(session, dt.date.max)
    return OwnPlace(found.prefecture, found.name, tuple(ward.name for ward in wards.rows))


# ---- keys of addresses

# A kanji number that counts: before 丁目; and 番 or 号 that no town's name goes on with (八番町 is a town).
_KANJI_LOT = re.compile("[〇一二三四五六七八九十百千]+(?=丁目|番地|番(?![町丁通])|号(?!線))")
_LOT = re.compile("(?<=[0-9])(?:丁目|番地の?|番の?|号室|号棟|号|の|ノ|[-‐‑‒–—−―－ーｰ/／])(?=[0-9]|$)")
_LOT_UNIT = re.compile("(?<=[0-9])(?:丁目|番地の?|番の?|号)(?=[^0-9/])")
_DIGITS = str.maketrans("０１２３４５６７８９", "0123456789")


def _kanji_to_digits(found: re.Match[str]) -> str:
    return str(kanji_number(found[0]))


def address_key(text: str, own: OwnPlace | None = None, *, whole: bool = True) -> str:
    """Key of an address: 「本町一丁目２番３号」 and 「本町1-2-3」 give ``本町1/2/3/``.

    Variants of kanji count as one (``search_key``); prefecture, name and ward of the own municipality are left out.

    :param whole: an address that ends here (stored, or asked for as a whole); else its last number may go on.
    """
    place = own or OwnPlace()
    short = text.strip().replace("\u3000", "").replace(" ", "")
    if place.prefecture and short.startswith(place.prefecture):
        short = short[len(place.prefecture) :]
    if place.name and short.startswith(place.name):
        short = short[len(place.name) :]
    ward = next((name for name in place.wards if short.startswith(name)), "")
    short = short[len(ward) :]
    short = _KANJI_LOT.sub(_kanji_to_digits, short.translate(_DIGITS))
    short = _LOT_UNIT.sub("/", _LOT.sub("/", short))
    key = "/".join(search_key(part) for part in short.split("/"))
    return key + "/" if whole and key and key[-1].isdigit() else key


_NUMBERS = re.compile("[0-9]")
_ROOM = re.compile("[0-9A-Z]*[0-9]+(?:号室|号棟|号|室|階)?$")


def town_of(key: str) -> str:
    """The part of an address key before its first number."""
    found = _NUMBERS.search(key)
    return key if found is None else key[: found.start()]


def without_room(key: str) -> str:
    """The key of a 方書 without the room at its end; empty for a room alone."""
    return _ROOM.sub("", key)


def building_of(key: str) -> str:
    """The word by which a 方書 is found: without its room; a room alone is a word itself."""
    return without_room(key) or key


# ---- rows


def _getter(sample: Any) -> Any:
    """How to read an item of a snapshot or change: by name from a mapping, else as an attribute."""
    return getitem if isinstance(sample, Mapping) else getattr


def name_parts(written: str) -> list[tuple[NamePart, str, str | None]]:
    """Parts of a name with their keys, the whole with its boundary.

    A ウ that begins the given name and follows a family name in the オ row is オ within the whole (ヒロモト ウタコ);
    then the given name has both keys.
    """
    family, space, given = written.strip().replace(" ", "\u3000").partition("\u3000")
    key = search_key(written)
    family_key, given_key = search_key(family), search_key(given)
    if not space or not family_key or not given_key or not key.startswith(family_key):
        return [(NamePart.FAMILY, key, None)] if key else []
    tail = key[len(family_key) :]
    parts = [
        (NamePart.WHOLE, key, family_key[-1] + tail[:1]),
        (NamePart.FAMILY, family_key, None),
        (NamePart.GIVEN, given_key, None),
    ]
    return parts if tail == given_key else [*parts, (NamePart.GIVEN, tail, None)]


def _day_of_change(change: Any) -> dt.date:
    """Day on which a value ceased to hold: 異動日, or the day of entry when that is not known."""
    read = _getter(change)
    moved: DateValue | None = read(change, "moved_on")
    if moved is not None and moved.kind is DateKind.DAY:
        return moved.sort
    processed: dt.date = read(change, "processed_on")
    return processed


@dataclass
class _Value:
    written: Any
    until: dt.date | None = None


def _values(history: Sequence[Any], items: Sequence[str], ends: Sequence[dt.date | None]) -> list[_Value]:
    """Distinct values over the snapshots of a person, newest first; the first is current if it has no end."""
    found: dict[Any, _Value] = {}
    for snapshot, end in zip(reversed(history), reversed(ends), strict=True):
        read = _getter(snapshot)
        value = read(snapshot, items[0]) if len(items) == 1 else tuple(read(snapshot, item) for item in items)
        if value and (len(items) == 1 or value[0]) and value not in found:
            found[value] = _Value(value, end)
    return list(found.values())


def rows_for(
    snapshots: Iterable[Any], changes: Mapping[int, Any], *, own: OwnPlace | None = None
) -> dict[str, list[dict[str, Any]]]:
    """Rows of the search tables for some people.

    :param snapshots: all snapshots of each person, person by person, oldest first; ``ResidentHistory`` or
        mappings with ``SNAPSHOT_COLUMNS``.
    :param changes: by id, ``ResidentChange`` or mappings with ``CHANGE_COLUMNS``.
    :param own: the own municipality, the same as when asking (:func:`own_place`).
    :returns: table name → rows with ``COLUMNS`` of that table.
    """
    place = own or OwnPlace()
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in COLUMNS}

    def number(snapshot: Any) -> str:
        found: str = _getter(snapshot)(snapshot, "addressee_number")
        return found

    words: set[tuple[WordKind, str]] = set()
    for addressee_number, group in groupby(snapshots, key=number):
        _add_person(rows, words, addressee_number, list(group), changes, place)
    rows["search_word"] = [
        {"kind": kind, "key": key, "grams": db_search.grams_of((key,))} for kind, key in sorted(words)
    ]
    return rows


def _add_person(
    rows: dict[str, list[dict[str, Any]]],
    words: set[tuple[WordKind, str]],
    addressee_number: str,
    history: list[Any],
    changes: Mapping[int, Any],
    own: OwnPlace,
) -> None:
    latest = history[-1]
    read = _getter(latest)
    # A value ends with the change that made the next snapshot; the last one has no end.
    ends: list[dt.date | None] = [
        _day_of_change(changes[read(following, "change_id")]) for following in history[1:]
    ]
    ends.append(None)
    birth: DateValue = read(latest, "birth_date")
    live = ResidentState(read(latest, "state")).is_live
    listed = next(
        (
            read(latest, item)
            for item in ("name_kana", "alias_kana", "name_alphabet", "name")
            if read(latest, item)
        ),
        "",
    )
    order = {"kana_key": search_key(listed), "birth_sort": birth.sort, "live": live}
    _add_names(rows["search_name"], words, addressee_number, history, ends, order)
    rows["search_person"].append(
        {
            "addressee_number": addressee_number,
            "household_number": read(latest, "household_number"),
            "kana_key": order["kana_key"],
            "birth_sort": birth.sort,
            "birth_date": birth,
            "birth_known": birth.kind is DateKind.DAY,
            "sex": read(latest, "sex"),
            "state": read(latest, "state"),
            "live": live,
            "removal_reason": None if live else _removal_reason(history, changes),
            "relationship_key": search_key(read(latest, "relationship_to_head") or ""),
        }
    )
    for line, (address, building, code, until) in enumerate(_addresses(history, ends)):
        key, building_key = address_key(address, own), search_key(building or "")
        town, building_name = town_of(key), building_of(building_key)
        words.add((WordKind.TOWN, town))
        if building_name:
            words.add((WordKind.BUILDING, building_name))
        rows["search_address"].append(
            {
                "addressee_number": addressee_number,
                "line": line,
                "key": key,
                "town": town,
                "building_key": building_key,
                "building_name": building_name,
                "address_code": code or "",
                "is_current": until is None,
                "written": None if until is None else "　".join(part for part in (address, building) if part),
                "until": until,
                **order,
            }
        )


def _addresses(
    history: Sequence[Any], ends: Sequence[dt.date | None]
) -> Iterator[tuple[str, str | None, str | None, dt.date | None]]:
    if len(history) == 1:
        read = _getter(history[0])
        yield (*(read(history[0], item) for item in ("address", "building", "address_code")), None)
        return
    for value in _values(history, ("address", "building", "address_code"), ends):
        yield (*value.written, value.until)


def _add_names(
    rows: list[dict[str, Any]],
    words: set[tuple[WordKind, str]],
    addressee_number: str,
    history: Sequence[Any],
    ends: Sequence[dt.date | None],
    order: Mapping[str, Any],
) -> None:
    line = 0
    for name_field in NameField:
        for value in _values(history, (name_field.value,), ends):
            current = value.until is None
            for part, key, boundary in name_parts(value.written):
                if part is not NamePart.WHOLE:
                    words.add((WordKind.NAME, key))
                rows.append(
                    {
                        "addressee_number": addressee_number,
                        "line": line,
                        "part": part,
                        "field": name_field,
                        "key": key,
                        "boundary": boundary,
                        "is_current": current,
                        "written": None if current else value.written,
                        "until": value.until,
                        **order,
                    }
                )
                line += 1


def _removal_reason(history: Sequence[Any], changes: Mapping[int, Any]) -> ChangeReason | None:
    """What ended the record: the reason of the first of the last snapshots that are not live."""
    reason: ChangeReason | None = None
    for snapshot in reversed(history):
        read = _getter(snapshot)
        if ResidentState(read(snapshot, "state")).is_live:
            break
        change = changes[read(snapshot, "change_id")]
        reason = ChangeReason(_getter(change)(change, "reason"))
    return reason


# ---- the database


def _in_parts(numbers: Iterable[str], size: int) -> Iterator[list[str]]:
    remaining = iter(dict.fromkeys(numbers))
    while part := list(islice(remaining, size)):
        yield part


def _snapshots(session: Session, shelf: Shelf, numbers: Sequence[str]) -> tuple[list[Any], dict[int, Any]]:
    """Snapshots and changes of some people, only the columns the keys need."""
    table, changes_table = shelf.snapshots.c, shelf.changes.c
    query = select(*(table[name] for name in SNAPSHOT_COLUMNS)).where(table.addressee_number.in_(numbers))
    query = query.order_by(table.addressee_number, table.history_number)
    found = [row._mapping for row in session.execute(query)]
    fields = [changes_table[name] for name in CHANGE_COLUMNS]
    ids = {row["change_id"] for row in found}
    changes: dict[int, Any] = {}
    for part in _in_parts(map(str, ids), _CHUNK):
        wanted = select(*fields).where(changes_table.id.in_([int(each) for each in part]))
        changes.update((row.id, row._mapping) for row in session.execute(wanted))
    return found, changes


def refresh(session: Session, addressee_numbers: Iterable[str], shelf: Shelf = REGISTER) -> None:
    """Make the keys of some people anew, in the caller's transaction. Call it after ``history.append``."""
    session.flush()
    refresh_variants(session, hold=True)
    own = own_place(session)
    for numbers in _in_parts(addressee_numbers, _CHUNK):
        _drop(session, shelf, numbers)
        _add(session, shelf, rows_for(*_snapshots(session, shelf, numbers), own=own))


def move(session: Session, addressee_numbers: Iterable[str]) -> None:
    """Take the keys of some people out of the register's tables and make those of the 除票用データベース.

    Call it when their snapshots stand there.
    """
    refresh_variants(session, hold=True)
    own = own_place(session)
    for numbers in _in_parts(addressee_numbers, _CHUNK):
        _drop(session, REGISTER, numbers)
        _add(session, REMOVED, rows_for(*_snapshots(session, REMOVED, numbers), own=own))


def forget(session: Session, addressee_numbers: Iterable[str]) -> None:
    """Drop the keys of people whose records in the 除票用データベース are destroyed.

    A name or a building that nobody else has stays among the words until :func:`rebuild`.
    """
    for numbers in _in_parts(addressee_numbers, _CHUNK):
        _drop(session, REMOVED, numbers)


def _drop(session: Session, shelf: Shelf, numbers: Sequence[str]) -> None:
    for table in shelf.keys:
        session.execute(
            delete(table).where(table.addressee_number.in_(numbers)),
            execution_options={"synchronize_session": False},
        )


def _add(session: Session, shelf: Shelf, made: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
    db_search.insert_missing(session, shelf.word, made["search_word"])
    for table, main in zip(shelf.keys, _TABLES, strict=True):
        rows = made[main.__tablename__]
        if rows:
            # Into the table, not the class: the mapper would send rows with other blanks one by one.
            session.execute(insert(table.__table__), rows)


def load(session: Session, snapshots: Iterable[Any], changes: Mapping[int, Any]) -> int:
    """Add the keys of people who have none yet; the fast way for a seed. See :func:`rows_for`.

    :returns: number of rows.
    """
    refresh_variants(session, hold=True)
    return load_rows(session, rows_for(snapshots, changes, own=own_place(session)))


def load_rows(
    session: Session, rows: Mapping[str, Sequence[Mapping[str, Any]]], shelf: Shelf = REGISTER
) -> int:
    """Add rows that :func:`rows_for` made; returns how many.

    Words that nobody has any more stay until :func:`rebuild`.
    """
    count = 0
    db_search.insert_missing(session, shelf.word, rows["search_word"])
    for table, main in zip(shelf.keys, _TABLES, strict=True):
        names = COLUMNS[main.__tablename__]
        values = map(itemgetter(*names), rows[main.__tablename__])
        count += bulk_insert(session, table.__table__, names, values)
    return count


@contextmanager
def without_gram_indexes(session: Session) -> Iterator[None]:
    """Load many people without keeping the index of parts of words in step; it is made at the end."""
    dialect = session.get_bind().dialect.name
    for statement in db_search.drop_index_statements(dialect, SearchWord.__tablename__):
        session.execute(text(statement))
    yield
    for statement in db_search.index_statements(dialect, SearchWord.__tablename__):
        session.execute(text(statement))


def rebuild(session: Session, *, chunk: int = _CHUNK) -> int:
    """Make the keys of everybody anew, for example after the table of character variants has become another one.

    :param chunk: people at a time; memory does not grow with the town.
    :returns: number of people, those of the 除票用データベース included.
    """
    refresh_variants(session, hold=True)
    return sum(_rebuild(session, shelf, chunk) for shelf in (REGISTER, REMOVED))


#: Columns of a snapshot out of which keys with kanji are made.
_KANJI_COLUMNS = (
    "name",
    "name_alphabet",
    "former_name",
    "alias",
    "address",
    "building",
    "relationship_to_head",
)


def refresh_with(session: Session, characters: Collection[str]) -> int:
    """Make the keys of all whose names or addresses, past ones included, hold one of some characters anew (RR-2.1.2h).

    :returns: number of people, those of the 除票用データベース included.
    """
    return sum(_refresh_with(session, shelf, characters) for shelf in (REGISTER, REMOVED))


def holders_of(session: Session, characters: Collection[str], shelf: Shelf = REGISTER) -> list[str]:
    """宛名番号 of all whose names or addresses, past ones included, hold one of some characters."""
    if not characters:
        return []
    table = shelf.snapshots.c
    held = or_(
        *(table[name].contains(each, autoescape=True) for name in _KANJI_COLUMNS for each in characters)
    )
    query = select(table.addressee_number).where(held).distinct().order_by(table.addressee_number)
    return list(session.scalars(query))


def _refresh_with(session: Session, shelf: Shelf, characters: Collection[str]) -> int:
    numbers = holders_of(session, characters, shelf)
    refresh(session, numbers, shelf)
    return len(numbers)


def _rebuild(session: Session, shelf: Shelf, chunk: int) -> int:
    for table in (*shelf.keys, shelf.word):
        session.execute(delete(table), execution_options={"synchronize_session": False})
    people, last = 0, ""
    own = own_place(session)
    table = shelf.snapshots.c
    while True:
        query = select(table.addressee_number).where(table.is_latest, table.addressee_number > last)
        query = query.order_by(table.addressee_number).limit(chunk)
        numbers = session.scalars(query).all()
        if not numbers:
            return people
        load_rows(session, rows_for(*_snapshots(session, shelf, numbers), own=own), shelf)
        people, last = people + len(numbers), numbers[-1]
