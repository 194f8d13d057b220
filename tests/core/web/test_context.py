"""One transaction per request, and what survives a refusal."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import select

from residentapp.core.access import Permission
from residentapp.core.db import Database
from residentapp.core.web.context import actor, db, now, today
from residentapp.core.web.models import PageState
from tests.conftest import Login
from tests.core.web.demo import SECRET
from tests.support.clock import SettableClock


def rows(database: Database) -> set[str]:
    with database.transaction() as session:
        return set(session.scalars(select(PageState.id)))


@pytest.fixture
def answering(demo: Flask) -> Iterator[Flask]:
    """The application answers errors with its pages, as in real use."""
    demo.testing = False
    yield demo
    demo.testing = True


@pytest.mark.parametrize(
    ("status", "kept"),
    [
        (200, {"within", "afterwards"}),
        (303, {"within", "afterwards"}),
        (399, {"within", "afterwards"}),
        (400, {"afterwards"}),
        (422, {"afterwards"}),
        (500, {"afterwards"}),
    ],
)
def test_the_status_decides_and_afterwards_always_stays(
    demo: Flask, login: Login, database: Database, status: int, kept: set[str]
) -> None:
    login().get(f"/demo/write?status={status}")
    assert rows(database) == kept


def test_an_unexpected_error_keeps_nothing(answering: Flask, login: Login, database: Database) -> None:
    answer = login().get("/demo/broken")
    assert answer.status_code == 500
    assert rows(database) == set()


def test_a_failing_commit_is_an_error_and_keeps_nothing(
    answering: Flask, login: Login, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = login()

    def fail(_session: object) -> None:
        raise RuntimeError(SECRET)

    monkeypatch.setattr(database.sessions.class_, "commit", fail)
    answer = browser.get("/demo/write")
    monkeypatch.undo()
    assert answer.status_code == 500
    assert "この操作は登録されていません" in answer.text
    assert "within" not in rows(database)


def test_one_request_has_one_session_and_one_moment(
    demo: Flask, clock: SettableClock, database: Database
) -> None:
    with demo.test_request_context("/"):
        assert db() is db()
        first = now()
        clock.advance(hours=20)
        assert now() == first
        assert today().isoformat() == "2026-11-24"
    with demo.test_request_context("/"):
        assert today().isoformat() == "2026-11-25"


def test_nobody_acts_before_the_login(demo: Flask) -> None:
    with demo.test_request_context("/"), pytest.raises(LookupError):
        actor()


def test_sessions_are_closed_after_every_request(demo: Flask, login: Login, database: Database) -> None:
    browser = login(Permission.RESIDENT_VIEW)
    for path in ("/demo/write", "/demo/refused", "/demo/missing", "/demo/conflict", "/"):
        browser.get(path)
    assert database.engine.pool.checkedout() == 0  # type: ignore[attr-defined]
