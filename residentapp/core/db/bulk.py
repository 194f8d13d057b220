"""Loading many rows fast: ``COPY`` on PostgreSQL, ``executemany`` on SQLite, the same column types on both.

Meant for masters and invented data. It bypasses the ORM (no defaults, no events): every column that needs a
value must be named.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from psycopg import sql
from sqlalchemy import FromClause, Table, func, select
from sqlalchemy.orm import Session

#: Rows handed to the driver at once.
CHUNK = 5_000

_Processor = Callable[[Any], Any]


def _processors(session: Session, table: Table, columns: Sequence[str]) -> list[tuple[int, _Processor]]:
    """What SQLAlchemy's types do to a value before the driver sees it, only where they do anything."""
    dialect = session.get_bind().dialect
    found: list[tuple[int, _Processor]] = []
    for place, name in enumerate(columns):
        processor = table.c[name].type.dialect_impl(dialect).bind_processor(dialect)
        if processor is not None:
            found.append((place, processor))
    return found


def _prepared(
    rows: Iterable[Sequence[Any]], processors: list[tuple[int, _Processor]]
) -> Iterator[Sequence[Any]]:
    if not processors:
        yield from rows
        return
    for row in rows:
        values = list(row)
        for place, processor in processors:
            values[place] = processor(values[place])
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
    prepared = _prepared(rows, _processors(session, table, columns))
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
