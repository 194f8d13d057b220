"""Finding a text inside a key, the same on both databases.

A key's *grams* are numbers for each single character and each pair of neighbours. PostgreSQL keeps them in an
integer array under a GIN index; SQLite keeps them as words in a full-text table that triggers hold in step.
Both answer for one and two characters as well as for long texts, which trigrams cannot. Two grams may share a
number, so a hit is always compared with the key itself: :func:`contains` does both.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from sqlalchemy import ColumnElement, Integer, Row, String, Text, and_, bindparam, column, func, select, true
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import InstrumentedAttribute, Session
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.visitors import InternalTraversal
from sqlalchemy.types import Boolean, TypeDecorator, TypeEngine

#: Text compared by code point on both databases, so that ranges mean the same and an index serves prefixes.
KeyText = Text().with_variant(Text(collation="C"), "postgresql")

#: Above every character that a key holds; the end of a prefix range.
_LAST = chr(0x10FFFF)
_MASK = 0x7FFFFFFF


def key_string(length: int) -> TypeEngine[str]:
    """Like ``KeyText`` with a greatest length."""
    return String(length).with_variant(String(length, collation="C"), "postgresql")


def pair_gram(first: str, second: str) -> int:
    """Number of two neighbouring characters."""
    return (ord(first) * 2_097_143 + ord(second)) & _MASK


def grams_of(keys: Iterable[str], *, singles: bool = True) -> list[int]:
    """All grams of some keys, each once, ascending.

    :param singles: also of single characters; without them a search for one character reads every row.
    """
    found: set[int] = set()
    for key in keys:
        if singles:
            found.update(map(ord, key))
        found.update(map(pair_gram, key, key[1:]))
    return sorted(found)


def grams_asked(key: str, *, singles: bool = True) -> list[int]:
    """Grams that a row must have to contain the key; empty when its grams cannot tell."""
    if len(key) == 1:
        return [ord(key)] if singles else []
    return sorted({pair_gram(*pair) for pair in pairwise(key)})


class Grams(TypeDecorator[Sequence[int]]):
    """Column of grams: ``integer[]`` on PostgreSQL, hexadecimal words on SQLite."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(ARRAY(Integer))
        return dialect.type_descriptor(Text())

    def process_bind_param(self, value: Sequence[int] | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        return list(value) if dialect.name == "postgresql" else as_words(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Sequence[int] | None:
        if value is None:
            return None
        return list(value) if dialect.name == "postgresql" else [int(word, 16) for word in value.split()]


def as_words(grams: Iterable[int]) -> str:
    """Grams as words of the full-text table."""
    return " ".join(format(gram, "x") for gram in grams)


class HasGrams(ColumnElement[bool]):
    """SQL: the row has all of these grams.

    :param column: a ``Grams`` column of a table whose primary key is ``id`` and which has a full-text table
        made by :func:`index_statements`.
    """

    inherit_cache = True
    type = Boolean()
    _traverse_internals = [  # noqa: RUF012 -- SQLAlchemy's own way to say what belongs to the cache key
        ("column", InternalTraversal.dp_clauseelement),
        ("row_id", InternalTraversal.dp_clauseelement),
        ("array", InternalTraversal.dp_clauseelement),
        ("words", InternalTraversal.dp_clauseelement),
        ("table_name", InternalTraversal.dp_string),
    ]

    def __init__(self, column: InstrumentedAttribute[Any], grams: Sequence[int]) -> None:
        self.column: Any = column.expression
        self.row_id: Any = column.class_.id.expression
        self.table_name: str = full_text_name(self.column.table.name)
        self.array: Any = bindparam(None, list(grams), type_=ARRAY(Integer), unique=True)
        self.words: Any = bindparam(None, as_words(grams), type_=Text(), unique=True)


@compiles(HasGrams, "postgresql")  # type: ignore[no-untyped-call, untyped-decorator, unused-ignore]
def _has_grams_postgresql(element: HasGrams, compiler: SQLCompiler, **options: Any) -> str:
    left, right = (compiler.process(part, **options) for part in (element.column, element.array))
    return f"({left} @> CAST({right} AS INTEGER[]))"


@compiles(HasGrams, "sqlite")  # type: ignore[no-untyped-call, untyped-decorator, unused-ignore]
def _has_grams_sqlite(element: HasGrams, compiler: SQLCompiler, **options: Any) -> str:
    row_id = compiler.process(element.row_id, **options)
    words = compiler.process(element.words, **options)
    name = element.table_name
    return f"({row_id} IN (SELECT rowid FROM {name} WHERE {name} MATCH {words}))"


def contains(
    grams: InstrumentedAttribute[Any],
    key_column: InstrumentedAttribute[Any],
    key: str,
    *,
    singles: bool = True,
) -> ColumnElement[bool]:
    """The stored key contains this one.

    :param grams: the ``Grams`` column made from ``key_column`` (and maybe others).
    :param singles: as they were stored.
    """
    exact = key_column.contains(key, autoescape=True)
    asked = grams_asked(key, singles=singles)
    return and_(HasGrams(grams, asked), exact) if asked else exact


def starts_with(key_column: Any, key: str) -> ColumnElement[bool]:
    """The stored key starts with this one, as a range of an ordinary index."""
    return and_(key_column >= key, key_column < key + _LAST)


def full_text_name(table: str) -> str:
    """Name of the full-text table beside a table (SQLite)."""
    return f"{table}_grams"


def index_statements(dialect: str, table: str) -> list[str]:
    """Statements that make the grams of a table searchable; for migrations.

    :param dialect: ``sqlite`` or ``postgresql``.
    :param table: has the columns ``id`` (integer primary key) and ``grams``.
    """
    name = full_text_name(table)
    if dialect == "postgresql":
        return [f"CREATE INDEX ix_{name} ON {table} USING gin (grams)"]
    gone = f"INSERT INTO {name} ({name}, rowid, grams) VALUES ('delete', OLD.id, OLD.grams);"
    come = f"INSERT INTO {name} (rowid, grams) VALUES (NEW.id, NEW.grams);"
    return [
        f"""
        CREATE VIRTUAL TABLE {name} USING fts5
        (grams, content='{table}', content_rowid='id', detail='none', columnsize=0, tokenize='ascii')
        """,
        f"CREATE TRIGGER {name}_insert AFTER INSERT ON {table} BEGIN {come} END",
        f"CREATE TRIGGER {name}_delete AFTER DELETE ON {table} BEGIN {gone} END",
        f"CREATE TRIGGER {name}_update AFTER UPDATE ON {table} BEGIN {gone} {come} END",
        f"INSERT INTO {name} ({name}) VALUES ('rebuild')",
    ]


def drop_index_statements(dialect: str, table: str) -> list[str]:
    """Undo :func:`index_statements`."""
    name = full_text_name(table)
    if dialect == "postgresql":
        return [f"DROP INDEX IF EXISTS ix_{name}"]
    triggers = [f"DROP TRIGGER IF EXISTS {name}_{kind}" for kind in ("insert", "delete", "update")]
    return [*triggers, f"DROP TABLE IF EXISTS {name}"]


def insert_missing(session: Session, model: type[Any], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert the rows whose unique columns are new; others that come up at the same time do not collide."""
    if not rows:
        return
    postgresql = session.get_bind().dialect.name == "postgresql"
    insert = postgresql_insert(model) if postgresql else sqlite_insert(model)
    # In one order everywhere, so that two transactions never wait for each other.
    session.execute(insert.on_conflict_do_nothing(), list(rows))


def first_of_each(
    session: Session,
    key_column: Any,
    words: Sequence[str],
    where: Sequence[ColumnElement[bool]],
    order: Sequence[Any],
    limit: int,
) -> Sequence[Row[Any]]:
    """The first rows in order among those whose column is one of the words.

    PostgreSQL reads the first rows of each word from an index on (column, order) and merges them: the time hangs
    on the number of words, not on how many rows they have. SQLite sorts.
    """
    if session.get_bind().dialect.name != "postgresql" or len(words) < 2:
        query = select(*order).where(key_column.in_(words), *where)
        return session.execute(query.order_by(*order).limit(limit)).all()
    each = (
        func.unnest(bindparam("words", list(words), type_=ARRAY(Text)))
        .table_valued(column("word", Text))
        .render_derived()
    )
    inner = (
        select(*order).where(key_column == each.c.word, *where).order_by(*order).limit(limit).lateral("hit")
    )
    query = select(*inner.c).select_from(each).join(inner, true())
    return session.execute(query.order_by(*inner.c).limit(limit)).all()
