"""Alembic's environment. Always run through ``residentapp.core.db.migrate``, which passes the connection."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import JSON, Connection, text

import residentapp.all_models  # noqa: F401 -- so that every table is known
from residentapp.core.db import AwareDateTime, Base
from residentapp.core.db.migrate import MigrationError


def search_tables(connection: Connection) -> set[str]:
    """SQLite's full-text tables and those it keeps under them: made in migrations, unknown to models."""
    if connection.dialect.name != "sqlite":
        return set()
    virtual = connection.execute(
        text("SELECT name FROM sqlite_master WHERE sql LIKE 'CREATE VIRTUAL TABLE%'")
    )
    names = set(virtual.scalars())
    every = set(connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'table'")).scalars())
    return {name for name in every if any(name == own or name.startswith(f"{own}_") for own in names)}


def render_type(kind: str, item: Any, autogen: AutogenContext) -> str | Literal[False]:
    """Write our own column types by their name in new scripts."""
    if kind == "type" and isinstance(item, AwareDateTime):
        autogen.imports.add("from residentapp.core.db import AwareDateTime")
        return "AwareDateTime()"
    if kind == "type" and isinstance(item, JSON):
        autogen.imports.add("from residentapp.core.db import JsonValue")
        return "JsonValue"
    return False


def check_foreign_keys(connection: Connection) -> None:
    """SQLite migrates with foreign keys off; see that no row points to nothing before it is committed."""
    lost = connection.execute(text("PRAGMA foreign_key_check")).fetchall()
    if lost:
        tables = ", ".join(sorted({row[0] for row in lost}))
        raise MigrationError(f"{len(lost)} rows would point to nothing, in: {tables}")


def run() -> None:
    connection: Connection = context.config.attributes["connection"]
    is_sqlite = connection.dialect.name == "sqlite"
    skipped = search_tables(connection)
    if connection.in_transaction():
        connection.rollback()

    def include_name(name: str | None, kind: str, _parents: MutableMapping[Any, Any]) -> bool:
        return not (kind == "table" and name in skipped)

    def include_object(item: Any, _name: str | None, kind: str, _reflected: bool, _other: Any) -> bool:
        """Leave out indexes that a model has for PostgreSQL only; SQLite has a full-text table instead."""
        return not (kind == "index" and is_sqlite and item.dialect_options["postgresql"]["using"] == "gin")

    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        include_name=include_name,
        include_object=include_object,
        render_item=render_type,
        render_as_batch=is_sqlite,
        compare_type=True,
        # Our engine begins SQLite's transactions itself, so its schema changes roll back like PostgreSQL's.
        transactional_ddl=True,
    )
    with context.begin_transaction():
        context.run_migrations()
        if is_sqlite:
            check_foreign_keys(connection)


run()
