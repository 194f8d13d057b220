"""Clean databases for tests: the schema is migrated once per worker and copied for each test that needs its own."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from sqlalchemy import event
from sqlalchemy.orm import Session

from residentapp.core.db import Database
from residentapp.core.db.migrate import upgrade
from tests.support.postgresql import ThrowAwayServer


class DatabaseSource(Protocol):
    """Gives databases that hold the whole schema and nothing else."""

    def shared(self) -> Database:
        """The one database of this worker in which nothing is ever committed."""
        ...

    def fresh(self, folder: Path) -> Database:
        """A database of the caller's own, to be handed back with :meth:`discard`."""
        ...

    def discard(self, database: Database) -> None:
        """Throw a fresh database away."""
        ...


class SqliteSource:
    """Copies one migrated SQLite file."""

    def __init__(self, folder: Path) -> None:
        self._template = folder / "template.sqlite3"
        template = Database(f"sqlite:///{self._template}")
        upgrade(template)
        template.dispose()
        self._shared = self.fresh(folder)

    def shared(self) -> Database:
        return self._shared

    def fresh(self, folder: Path) -> Database:
        path = folder / "residentapp.sqlite3"
        shutil.copyfile(self._template, path)
        return Database(f"sqlite:///{path}")

    def discard(self, database: Database) -> None:
        database.dispose()

    def stop(self) -> None:
        self._shared.dispose()


class PostgresqlSource:
    """Copies one migrated database of a throw-away server."""

    def __init__(self) -> None:
        self._server = ThrowAwayServer()
        try:
            self._template = self._server.create()
            template = Database(self._server.url(self._template))
            upgrade(template)
            template.dispose()
            self._shared = self.fresh(Path())
        except BaseException:
            self._server.stop()
            raise

    def shared(self) -> Database:
        return self._shared

    def fresh(self, folder: Path) -> Database:
        return Database(self._server.url(self._server.create(template=self._template)))

    def empty(self) -> Database:
        """A database without any table."""
        return Database(self._server.url(self._server.create()))

    def discard(self, database: Database) -> None:
        database.dispose()
        name = database.engine.url.database
        assert name is not None
        self._server.drop(name)

    def stop(self) -> None:
        self._shared.dispose()
        self._server.stop()


@contextmanager
def rolled_back_session(database: Database) -> Iterator[Session]:
    """A session whose work is undone at the end. Savepoints work; a commit is a mistake of the test."""
    with database.sessions() as session:

        @event.listens_for(session, "before_commit")
        def refuse(committing: Session) -> None:
            if committing.get_nested_transaction() is None:
                raise AssertionError(
                    "this session is rolled back after the test; ask for the fixture `database` to commit"
                )

        session.begin()
        try:
            yield session
        finally:
            session.rollback()


def url_of(database: Database) -> str:
    """The full URL of a database, to hand to settings."""
    return database.engine.url.render_as_string(hide_password=False)
