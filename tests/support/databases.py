"""Clean databases for tests: the schema is migrated once per run and copied for each test."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import make_url

from residentapp.core.db import Database
from residentapp.core.db.migrate import upgrade
from tests.support.postgresql import ThrowAwayServer


class SqliteSource:
    """Copies one migrated SQLite file."""

    def __init__(self, folder: Path) -> None:
        self._template = folder / "template.sqlite3"
        template = Database(f"sqlite:///{self._template}")
        upgrade(template)
        template.dispose()

    @contextmanager
    def fresh(self, folder: Path) -> Iterator[Database]:
        """A database file with the whole schema and nothing else in it."""
        path = folder / "residentapp.sqlite3"
        shutil.copyfile(self._template, path)
        database = Database(f"sqlite:///{path}")
        try:
            yield database
        finally:
            database.dispose()


class PostgresqlSource:
    """Copies one migrated database of the throw-away server."""

    def __init__(self, server: ThrowAwayServer) -> None:
        self._server = server
        self._template = server.create()
        template = Database(server.url(self._template))
        upgrade(template)
        template.dispose()

    @contextmanager
    def fresh(self, folder: Path) -> Iterator[Database]:
        """A database with the whole schema and nothing else in it."""
        name = self._server.create(template=self._template)
        database = Database(self._server.url(name))
        try:
            yield database
        finally:
            database.dispose()
            self._server.drop(name)


def url_of(database: Database) -> str:
    """The full URL of a database, to hand to settings."""
    return make_url(database.engine.url).render_as_string(hide_password=False)
