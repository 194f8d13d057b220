"""Brings a database's schema to a revision, with Alembic, alike on SQLite and PostgreSQL.

The scripts lie in ``migrations/`` at the top of the source tree. There is no ``alembic.ini``: the
database always comes from the caller, so that nobody migrates another one by mistake.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, text

from residentapp.core.db.engine import Database

#: Key of the PostgreSQL advisory lock under which a schema is changed ("residapp" in ASCII).
LOCK_KEY = int.from_bytes(b"residapp")

#: Alembic's environment is one per process: threads take turns.
_TURN = threading.Lock()

_Step = Callable[[Any, MigrationContext], list[Any]]


class MigrationError(Exception):
    """The schema could not be brought to the revision; the text says why. Nothing was changed.

    Reasons: no such revision, scripts missing, or rows that would point to nothing (SQLite).
    """


def scripts_folder() -> Path:
    """Where the migration scripts lie.

    :raises MigrationError: when the program was installed without its source tree.
    """
    beside_package = Path(__file__).resolve().parents[3] / "migrations"
    for folder in (beside_package, Path.cwd() / "migrations"):
        if (folder / "env.py").is_file():
            return folder
    raise MigrationError(
        f"the folder migrations/ is missing (looked for {beside_package}); run from the source tree"
    )


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(scripts_folder()).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.set_main_option("file_template", "%%(year)d%%(month).2d%%(day).2d_%%(slug)s")
    return config


@contextmanager
def _connection(database: Database) -> Iterator[Connection]:
    """A connection that may change the schema, and on which no other start changes it at the same time.

    PostgreSQL: an advisory lock held by the connection, so that it outlives a commit in the middle (an
    index built concurrently). SQLite: each transaction begins IMMEDIATE and so waits by itself; foreign
    keys must be off, else replacing a table (Alembic's batch mode) would empty the tables that point to it.
    """
    with database.engine.connect() as connection:
        raw: Any = connection.connection.driver_connection
        if database.is_sqlite:
            raw.execute("PRAGMA foreign_keys=OFF")
        else:
            connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": LOCK_KEY})
            connection.commit()
        try:
            yield connection
        finally:
            if connection.in_transaction():
                connection.rollback()
            if database.is_sqlite:
                raw.execute("PRAGMA foreign_keys=ON")
            else:
                connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": LOCK_KEY})
                connection.commit()


def _run(database: Database, step: _Step, **options: Any) -> None:
    """Run ``migrations/env.py`` on a connection of the database with what ``step`` wants done."""
    config = _config()
    scripts = ScriptDirectory.from_config(config)
    with _TURN, _connection(database) as connection:
        config.attributes["connection"] = connection
        with EnvironmentContext(config, scripts, fn=step, **options):
            try:
                scripts.run_env()
            except CommandError as error:
                raise MigrationError(str(error)) from error


def upgrade(database: Database, revision: str = "head") -> None:
    """Bring the schema up to a revision; nothing happens when it is there already. All or nothing.

    :raises MigrationError: see there.
    """
    scripts = ScriptDirectory.from_config(_config())

    def step(current: Any, _context: MigrationContext) -> list[Any]:
        return scripts._upgrade_revs(revision, current)

    _run(database, step, destination_rev=revision)


def downgrade(database: Database, revision: str = "-1") -> None:
    """Take the schema back to a revision: ``-1`` one step, ``base`` to nothing. Data of what goes is lost.

    :raises MigrationError: see there.
    """
    scripts = ScriptDirectory.from_config(_config())

    def step(current: Any, _context: MigrationContext) -> list[Any]:
        return scripts._downgrade_revs(revision, current)

    _run(database, step, destination_rev=revision)


def current(database: Database) -> str | None:
    """The revision the database stands at; None for an empty one."""
    with database.engine.connect().execution_options(read_only=True) as connection:
        return MigrationContext.configure(connection).get_current_revision()


def head() -> str | None:
    """The newest revision of the scripts; None when there is none yet."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def revisions() -> list[str]:
    """All revisions, oldest first."""
    scripts = ScriptDirectory.from_config(_config())
    return [script.revision for script in scripts.walk_revisions()][::-1]


def is_current(database: Database) -> bool:
    """Whether the database stands at the newest revision."""
    return current(database) == head()


def differences(database: Database) -> list[Any]:
    """What a new migration would have to do to make the schema equal the models; empty when they agree.

    :returns: Alembic's difference tuples, for people to read.
    """
    found: list[Any] = []

    def step(_current: Any, context: MigrationContext) -> list[Any]:
        found.extend(compare_metadata(context, context.opts["target_metadata"]))
        return []

    _run(database, step)
    return found


def write_revision(database: Database, message: str) -> Path:
    """Write a new script with what :func:`differences` finds, to be read and corrected by a person.

    :returns: the new file.
    :raises MigrationError: when Alembic wrote none.
    """
    config = _config()
    with _TURN, _connection(database) as connection:
        config.attributes["connection"] = connection
        made = command.revision(config, message=message, autogenerate=True)
    script = made[0] if isinstance(made, list) else made
    if script is None:
        raise MigrationError("no script was written")
    return Path(script.path)
