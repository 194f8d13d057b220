"""The migrations build exactly what the models say, on both databases, and each step can be taken back."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import inspect, text

from residentapp.core.db import Base, Database, migrate
from tests.support.databases import DatabaseSource, PostgresqlSource


@pytest.fixture
def empty(backend: DatabaseSource, tmp_path: Path) -> Iterator[Database]:
    """A database without any table."""
    if isinstance(backend, PostgresqlSource):
        database = backend.empty()
    else:
        database = Database(f"sqlite:///{tmp_path / 'empty.sqlite3'}")
    yield database
    backend.discard(database)


def tables(database: Database) -> set[str]:
    return set(inspect(database.engine).get_table_names()) - {"alembic_version"}


def test_upgrade_from_empty_equals_the_models(empty: Database) -> None:
    assert tables(empty) == set()
    migrate.upgrade(empty)
    assert migrate.is_current(empty)
    assert migrate.differences(empty) == []
    assert tables(empty) >= set(Base.metadata.tables)


def test_a_difference_is_seen(database: Database) -> None:
    """The comparison above can fail: a column too many is reported."""
    table = sorted(tables(database))[0]
    with database.transaction() as session:
        session.execute(text(f'ALTER TABLE "{table}" ADD COLUMN stray INTEGER'))
    found = migrate.differences(database)
    assert len(found) == 1
    assert "stray" in str(found[0])


def test_each_step_can_be_taken_back(database: Database) -> None:
    """Down to nothing step by step, and up again to the same schema."""
    steps = migrate.revisions()
    assert steps, "there is no migration"
    for expected in [*reversed(steps[:-1]), None]:
        migrate.downgrade(database)
        assert migrate.current(database) == expected
    assert tables(database) == set()
    migrate.upgrade(database)
    assert migrate.differences(database) == []


def test_upgrade_of_a_current_database_changes_nothing(database: Database) -> None:
    before = migrate.current(database)
    migrate.upgrade(database)
    assert migrate.current(database) == before == migrate.head()


def test_two_starts_at_once_do_not_collide(empty: Database) -> None:
    """Several processes that start together all find the schema ready; one of them makes it."""
    url = empty.engine.url.render_as_string(hide_password=False)
    problems: list[BaseException] = []

    def start() -> None:
        own = Database(url)
        try:
            migrate.upgrade(own)
        except BaseException as problem:
            problems.append(problem)
        finally:
            own.dispose()

    threads = [threading.Thread(target=start) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert migrate.is_current(empty)


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_foreign_keys_are_enforced_again_after_a_migration(database: Database) -> None:
    """SQLite migrates with foreign keys off; the connection must not go back to the pool like that."""
    migrate.upgrade(database)
    with database.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


def test_an_unknown_revision_is_said(database: Database) -> None:
    with pytest.raises(migrate.MigrationError, match="nowhere"):
        migrate.upgrade(database, "nowhere")
    assert migrate.is_current(database)


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_rows_that_would_point_to_nothing_stop_the_migration(database: Database) -> None:
    """SQLite has foreign keys off while it migrates: the check at the end takes everything back."""
    migrate.downgrade(database)
    before = migrate.current(database)
    with database.engine.connect() as connection:
        raw: Any = connection.connection.driver_connection
        raw.execute("PRAGMA foreign_keys=OFF")
        raw.execute("INSERT INTO terminal (code, name, office_id, active) VALUES ('T9', '窓口', 999, 1)")
        raw.execute("PRAGMA foreign_keys=ON")
    with pytest.raises(migrate.MigrationError, match="terminal"):
        migrate.upgrade(database)
    assert migrate.current(database) == before
