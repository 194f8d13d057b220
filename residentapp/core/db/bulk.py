"""Loading many rows fast: ``COPY`` on PostgreSQL, ``executemany`` on SQLite, the same column types on both.

Meant for masters and invented data. It bypasses the ORM (no defaults, no events): every column that needs a
value must be named.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Any

from psycopg import sql
from sqlalchemy import JSON, FromClause, Table, func, select, text
from sqlalchemy.orm import Session

#: Rows handed to the driver at once.
CHUNK = 5_000
#: Page cache of SQLite while much is loaded, in KiB.
_SQLITE_CACHE_KIB = 64 * 1024

_Processor = Callable[[Any], Any]


def _processors(session: Session, table: Table, columns: Sequence[str]) -> list[tuple[int, _Processor]]:
    """What SQLAlchemy's types do to a value before the driver sees it, only where they do anything."""
    dialect = session.get_bind().dialect
    found: list[tuple[int, _Processor]] = []
    for place, name in enumerate(columns):
        column_type = table.c[name].type.dialect_impl(dialect)
        processor = column_type.bind_processor(dialect)
        if processor is not None:
            # Most structured values are empty lists; encoding each anew is what costs most.
            is_json = isinstance(column_type, JSON)
            found.append((place, _remembering_empty(processor) if is_json else processor))
    return found


def _remembering_empty(processor: _Processor) -> _Processor:
    empty_list, nothing = processor([]), processor(None)

    def process(value: Any) -> Any:
        if value is None:
            return nothing
        return empty_list if value == [] else processor(value)

    return process


def _prepared(
    rows: Iterable[Sequence[Any]], processors: list[tuple[int, _Processor]], never_empty: frozenset[int]
) -> Iterator[Sequence[Any]]:
    """Rows as the driver wants them. Empty values stay empty, except where the type writes them (JSON null)."""
    if not processors:
        yield from rows
        return
    for row in rows:
        values = list(row)
        for place, processor in processors:
            value = values[place]
            if value is not None or place in never_empty:
                values[place] = processor(value)
        yield values


def bulk_insert(
    session: Session, table: FromClause, columns: Sequence[str], rows: Iterable[Sequence[Any]]
) -> int:
    """Insert rows as part of the session's transaction.

    :param table: a mapped class's ``__table__``.
    :param columns: column names, in the order of the values in each row.
    :param rows: any iterable; it is read once and never held as a whole.
    :returns: number of rows.
    :raises TypeError: when ``table`` is not a plain table.
    """
    if not isinstance(table, Table):
        raise TypeError("bulk_insert needs a table")
    processors = _processors(session, table, columns)
    never_empty = frozenset(place for place, processor in processors if processor(None) is not None)
    prepared = _prepared(rows, processors, never_empty)
    connection = session.connection()
    driver: Any = connection.connection.driver_connection
    if connection.dialect.name == "postgresql":
        statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
            sql.Identifier(table.name), sql.SQL(", ").join(sql.Identifier(name) for name in columns)
        )
        count = 0
        with driver.cursor() as cursor, cursor.copy(statement) as copy:
            for values in prepared:
                copy.write_row(values)
                count += 1
        return count
    names = ", ".join(f'"{name}"' for name in columns)
    marks = ", ".join("?" for _ in columns)
    cursor = driver.cursor()
    count = 0
    try:
        while chunk := list(islice(prepared, CHUNK)):
            cursor.executemany(f'INSERT INTO "{table.name}" ({names}) VALUES ({marks})', chunk)
            count += len(chunk)
    finally:
        cursor.close()
    return count


def advance_sequence(session: Session, table: FromClause, column: str = "id") -> None:
    """Let automatic numbers go on after rows that were loaded with numbers of their own.

    SQLite does so by itself.

    :raises TypeError: when ``table`` is not a plain table.
    """
    if not isinstance(table, Table):
        raise TypeError("advance_sequence needs a table")
    connection = session.connection()
    if connection.dialect.name != "postgresql":
        return
    highest = session.scalar(select(func.max(table.c[column])))
    if highest is not None:
        sequence = func.pg_get_serial_sequence(table.name, column)
        session.execute(select(func.setval(sequence, highest)))


@contextmanager
def bulk_load(session: Session, *tables: FromClause) -> Iterator[None]:
    """Load much into some tables: their non-unique indexes go before and are made at the end.

    In the session's transaction: whatever fails, the indexes are back. SQLite gets room for its pages meanwhile.
    """
    connection = session.connection()
    is_sqlite = connection.dialect.name == "sqlite"
    if is_sqlite:
        before = session.scalar(text("PRAGMA cache_size"))
        session.execute(text(f"PRAGMA cache_size = -{_SQLITE_CACHE_KIB}"))
    indexes = [
        index for table in tables if isinstance(table, Table) for index in table.indexes if not index.unique
    ]
    for index in indexes:
        index.drop(connection, checkfirst=True)
    yield
    for index in indexes:
        index.create(connection, checkfirst=True)
    if is_sqlite:
        session.execute(text(f"PRAGMA cache_size = {int(before or 0)}"))
