"""Fixtures of all tests.

- ``database``: a migrated database of the test's own, once on SQLite and once on PostgreSQL.
- ``session``: a session on both databases whose work is rolled back (fast: no copy is made).
- ``clock``: stands still until the test moves it.
- ``app``, ``client``, ``login``: the application on ``database``; ``login(Permission.…)`` gives a test client of
  a user who may do exactly that.
- ``town_file``: SQLite file of the seeded town of 300 people (tests/support/town.py).
- ``live_server``, ``page``: the application behind a real port, and a page of headless Chromium.
"""

from __future__ import annotations

import os
import re
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import pytest
from flask import Flask
from hypothesis import settings as property_settings
from jinja2 import FileSystemBytecodeCache
from sqlalchemy.orm import Session

from residentapp.config import Settings
from residentapp.core.access.permissions import Permission
from residentapp.core.crypto import Keyring, bind_keyring
from residentapp.core.db import Database
from tests.support.clock import SettableClock
from tests.support.databases import (
    DatabaseSource,
    PostgresqlSource,
    SqliteSource,
    rolled_back_session,
    url_of,
)
from tests.support.town import town_file
from tests.support.users import Browser, log_in, make_user

#: Fixtures that are made elsewhere.
__all__ = ["town_file"]

if TYPE_CHECKING:
    from playwright.sync_api import Browser as Chromium
    from playwright.sync_api import Page

# Property tests: the same cases in every run, and no time limit (the first case may build a table).
property_settings.register_profile("project", deadline=None, derandomize=True)
property_settings.load_profile("project")

#: Where pictures of failed browser tests go.
FAILURES = Path(__file__).resolve().parents[1] / ".data" / "browser-failures"

_failed = pytest.StashKey[bool]()

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


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Remember on the test that it failed, so that ``page`` can keep a picture."""
    report = yield
    if report.when == "call":
        item.stash[_failed] = report.failed
    return report


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


@pytest.fixture(scope="session")
def keyring() -> Keyring:
    """Keys of the development settings, which every database of the tests knows."""
    return Keyring.from_settings(Settings())


@pytest.fixture
def database(backend: DatabaseSource, tmp_path: Path, keyring: Keyring) -> Iterator[Database]:
    """A migrated, empty database of the test's own; commits are real."""
    fresh = backend.fresh(tmp_path)
    bind_keyring(fresh, keyring)
    yield fresh
    backend.discard(fresh)


@pytest.fixture
def session(request: pytest.FixtureRequest, backend: DatabaseSource, keyring: Keyring) -> Iterator[Session]:
    """A session in one open transaction that is rolled back.

    A test that also asks for ``database`` gets the session there, and may commit.
    """
    if "database" in request.fixturenames:
        database: Database = request.getfixturevalue("database")
        with database.sessions() as own:
            yield own
        return
    bind_keyring(backend.shared(), keyring)
    with rolled_back_session(backend.shared()) as shared:
        yield shared


@pytest.fixture
def settings(database: Database, tmp_path: Path) -> Settings:
    """Settings of a trial installation on ``database``, with the fonts of this machine."""
    found = Settings.from_environment({})
    return found.replace(data_dir=tmp_path, database_url=url_of(database))


@pytest.fixture(scope="session")
def compiled_pages(tmp_path_factory: pytest.TempPathFactory) -> FileSystemBytecodeCache:
    """Applications that a test makes for itself need not compile the page templates anew."""
    return FileSystemBytecodeCache(str(tmp_path_factory.mktemp("compiled-pages")))


def _made(app: Flask, compiled_pages: FileSystemBytecodeCache) -> Flask:
    app.jinja_env.bytecode_cache = compiled_pages
    app.test_client_class = Browser
    app.testing = True
    return app


@pytest.fixture(scope="session")
def shared_app(tmp_path_factory: pytest.TempPathFactory, compiled_pages: FileSystemBytecodeCache) -> Flask:
    """The application of this worker: its routes are compiled and its pages loaded once, not for every test."""
    from residentapp.app import create_app

    nowhere = tmp_path_factory.mktemp("no-database")
    settings = Settings.from_environment({}).replace(
        data_dir=nowhere, database_url=f"sqlite:///{nowhere}/none.sqlite3"
    )
    return _made(create_app(settings), compiled_pages)


@pytest.fixture
def app(shared_app: Flask, settings: Settings, clock: SettableClock, database: Database) -> Iterator[Flask]:
    """The application on ``database``; its time is ``clock``'s.

    It holds nothing of a request or a test but its services, and these are the test's own. What a test sets in its
    configuration is put back. A test that adds routes asks for ``own_app``.
    """
    from residentapp.core.web.context import EXTENSION
    from residentapp.core.web.logging import configure_logging
    from residentapp.core.web.services import make_services

    configure_logging(settings)
    kept = dict(shared_app.config)
    shared_app.extensions[EXTENSION] = make_services(settings, clock=clock, database=database)
    yield shared_app
    shared_app.config.clear()
    shared_app.config.update(kept)


@pytest.fixture
def own_app(
    settings: Settings, clock: SettableClock, database: Database, compiled_pages: FileSystemBytecodeCache
) -> Flask:
    """An application that is made for this test alone."""
    from residentapp.app import create_app

    return _made(create_app(settings, clock=clock, database=database), compiled_pages)


@pytest.fixture
def client(app: Flask) -> Browser:
    """A browser in which nobody is logged in."""
    browser = app.test_client()
    assert isinstance(browser, Browser)
    return browser


class Login(Protocol):
    """Makes a user with exactly these permissions and gives the browser in which that user is logged in."""

    def __call__(
        self, *permissions: Permission, login: str = "tanto", name: str = "架空　担当"
    ) -> Browser: ...


@pytest.fixture
def login(app: Flask, database: Database, clock: SettableClock) -> Login:
    """``login(Permission.RESIDENT_SEARCH)``; each call is another user: give each a ``login`` of its own."""

    def make(*permissions: Permission, login: str = "tanto", name: str = "架空　担当") -> Browser:
        browser = app.test_client()
        assert isinstance(browser, Browser)
        with database.transaction() as session:
            user = make_user(session, *permissions, login=login, name=name, moment=clock())
            log_in(browser, session, user, moment=clock())
        return browser

    return make


@pytest.fixture
def live_server(app: Flask) -> Iterator[str]:
    """Address of the application behind a real port."""
    from tests.support.server import serve

    with serve(app) as address:
        yield address


@pytest.fixture(scope="session")
def chromium() -> Iterator[Chromium]:
    """Headless Chromium, started once per worker."""
    from tests.support import server

    with server.chromium() as browser:
        yield browser


@pytest.fixture
def page(request: pytest.FixtureRequest, chromium: Chromium) -> Iterator[Page]:
    """An empty page at 1280×800 with cookies of its own.

    Fails the test on a script error, on anything that the content security policy refused, and on a request
    to another host. A failed test leaves a picture in ``.data/browser-failures``.
    """
    from tests.support.server import Watched, follow_keys, keep_picture

    context = chromium.new_context(
        locale="ja-JP", timezone_id="Asia/Tokyo", viewport={"width": 1280, "height": 800}
    )
    opened = context.new_page()
    opened.set_default_timeout(30_000)
    follow_keys(opened)
    watched = Watched(opened)
    try:
        yield opened
        if request.node.stash.get(_failed, False):
            keep_picture(opened, FAILURES, re.sub(r"\W+", "-", request.node.nodeid))
    finally:
        context.close()
    assert watched.problems == []
