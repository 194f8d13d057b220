"""Fixtures of all tests.

- ``database``: a migrated database of the test's own, once on SQLite and once on PostgreSQL.
- ``session``: a session on both databases whose work is rolled back (fast: no copy is made).
- ``clock``: stands still until the test moves it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from residentapp.core.db import Database
from tests.support.clock import SettableClock
from tests.support.databases import DatabaseSource, PostgresqlSource, SqliteSource, rolled_back_session

WITHOUT_POSTGRESQL = os.environ.get("RESIDENTAPP_TEST_WITHOUT_POSTGRESQL", "") == "1"
BACKENDS = ["sqlite"] if WITHOUT_POSTGRESQL else ["sqlite", "postgresql"]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say above pytest's last line what failed before the tests began (bin/test) and what was left out."""
    failed = os.environ.get("RESIDENTAPP_TEST_FAILED_CHECKS")
    if failed:
        terminalreporter.section("checks before the tests")
        terminalreporter.line(f"FAILED: {failed} (see the top of the output)", red=True)
    if WITHOUT_POSTGRESQL:
        terminalreporter.line("PostgreSQL was left out on purpose (RESIDENTAPP_TEST_WITHOUT_POSTGRESQL=1)")


@pytest.fixture
def clock() -> SettableClock:
    """A working day, 2026-11-24 10:00 in Japan, until the test moves it."""
    return SettableClock()


@pytest.fixture(scope="session")
def sqlite_source(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqliteSource]:
    """The migrated SQLite file of this worker."""
    source = SqliteSource(tmp_path_factory.mktemp("sqlite"))
    yield source
    source.stop()


@pytest.fixture(scope="session")
def postgresql_source() -> Iterator[PostgresqlSource]:
    """The throw-away PostgreSQL server of this worker."""
    source = PostgresqlSource()
    yield source
    source.stop()


@pytest.fixture(params=[pytest.param(name, marks=pytest.mark.database) for name in BACKENDS])
def backend(request: pytest.FixtureRequest) -> DatabaseSource:
    """Each of the two databases in turn."""
    source: DatabaseSource = request.getfixturevalue(f"{request.param}_source")
    return source


@pytest.fixture
def database(backend: DatabaseSource, tmp_path: Path) -> Iterator[Database]:
    """A migrated, empty database of the test's own; commits are real."""
    fresh = backend.fresh(tmp_path)
    yield fresh
    backend.discard(fresh)


@pytest.fixture
def session(request: pytest.FixtureRequest, backend: DatabaseSource) -> Iterator[Session]:
    """A session in one open transaction that is rolled back.

    A test that also asks for ``database`` gets the session there, and may commit.
    """
    if "database" in request.fixturenames:
        database: Database = request.getfixturevalue("database")
        with database.sessions() as own:
            yield own
        return
    with rolled_back_session(backend.shared()) as shared:
        yield shared
