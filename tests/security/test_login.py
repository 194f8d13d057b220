"""Attacks on the login: a terminal left open, passwords that come too late, and what the technical log may hold."""

from __future__ import annotations

import io
import json
import logging
from dataclasses import replace as copy

import pytest
from flask import Flask
from sqlalchemy import func, select
from structlog.stdlib import ProcessorFormatter

from residentapp.admin import operations as accounts
from residentapp.admin.types import EntryRefused
from residentapp.config import Settings, SettingsError
from residentapp.core.access.models import HeldForm, User
from residentapp.core.access.permissions import Permission
from residentapp.core.audit.models import AuditEntry
from residentapp.core.db import Database
from residentapp.residents.records import queries
from residentapp.residents.search import queries as search_queries
from tests.conftest import Login
from tests.support import residents
from tests.support.clock import SettableClock
from tests.support.masters import make_masters
from tests.support.users import PASSWORD, clerk


@pytest.mark.requirement("CM-5", "CM-7", partial=True)
def test_passwords_that_come_too_late_are_not_kept(
    login: Login, database: Database, clock: SettableClock, settings: Settings
) -> None:
    browser = login(Permission.RESIDENT_SEARCH)
    clock.advance(minutes=settings.idle_minutes)
    sent = {"current": PASSWORD, "password": "Atarashii-no-2026", "repeated": "Atarashii-no-2026"}
    assert browser.post("/password", data=sent).headers["Location"] == "/login"
    with database.transaction() as session:
        assert session.scalar(select(func.count()).select_from(HeldForm)) == 0


@pytest.mark.requirement("CM-6", partial=True)
def test_guessing_the_current_password_shows_in_the_log(login: Login, database: Database) -> None:
    browser = login(Permission.RESIDENT_SEARCH)
    sent = {"current": "Machigai-no-2026", "password": "Atarashii-no-2026", "repeated": "Atarashii-no-2026"}
    assert browser.post("/password", data=sent).status_code == 422
    with database.transaction() as session:
        row = session.scalars(select(AuditEntry).where(AuditEntry.action == "パスワードの変更")).one()
        assert (row.succeeded, row.actor_login, row.details) == (False, "tanto", {})


@pytest.mark.requirement("CM-5", partial=True)
def test_nobody_gets_a_new_password_for_the_own_account_without_the_old(
    login: Login, database: Database, clock: SettableClock
) -> None:
    browser = login(Permission.ADMIN_USERS)
    with database.transaction() as session:
        user_id, before = session.execute(select(User.id, User.password_hash)).one()
    assert browser.post(f"/admin/users/{user_id}/password").status_code == 303
    with database.transaction() as session:
        assert session.scalar(select(User.password_hash)) == before
        own = copy(clerk(Permission.ADMIN_USERS), user_id=user_id)
        with pytest.raises(EntryRefused, match="自分の"):
            accounts.reset_password(session, own, user_id, moment=clock())


@pytest.mark.requirement("CM-6", "CM-7", partial=True)
@pytest.mark.parametrize("stage", ["search", "record"])
def test_an_error_in_the_middle_of_a_request_tells_the_technical_log_nothing_personal(
    login: Login,
    app: Flask,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
    stage: str,
) -> None:
    with database.transaction() as session:
        make_masters(session)
        number = residents.resident(
            session, name="秘密　花子", address="架空県架空市秘密町1番"
        ).addressee_number

    def fail(*args: object, **values: object) -> None:
        raise RuntimeError(f"秘密　花子 {number} {args} {values}")

    app.testing = False
    browser = login(*Permission)
    if stage == "search":
        monkeypatch.setattr(search_queries, "search", fail)
        address = browser.post("/search", data={"name": "秘密　花子"}).headers["Location"]
    else:
        monkeypatch.setattr(queries, "person_of", fail)
        address = browser.post("/residents/open", data={"addressee_number": number}).headers["Location"]
    stream = io.StringIO()
    [own] = [one for one in logging.getLogger().handlers if isinstance(one.formatter, ProcessorFormatter)]
    monkeypatch.setattr(own, "stream", stream)
    answer = browser.get(address)
    assert answer.status_code == 500
    logged = stream.getvalue()
    lines = [json.loads(line) for line in logged.splitlines()]
    assert any(line["event"] == "unexpected error" for line in lines)
    for text in (logged, answer.text):
        assert "秘密" not in text and number not in text and "\\u79d8" not in text
    assert address.rsplit("/", 1)[1] not in logged, "not even the state's id"


@pytest.mark.requirement("CM-7", partial=True)
def test_a_failed_statement_does_not_repeat_its_values(database: Database) -> None:
    from sqlalchemy import text
    from sqlalchemy.exc import DBAPIError

    with pytest.raises(DBAPIError) as failed, database.transaction() as session:
        session.execute(text("SELECT * FROM no_such_table WHERE name = :name"), {"name": "秘密　花子"})
    assert "秘密" not in str(failed.value)


@pytest.mark.requirement("CM-7", partial=True)
def test_production_does_not_start_on_secrets_that_everybody_knows() -> None:
    with pytest.raises(SettingsError) as refused:
        Settings.from_environment({"RESIDENTAPP_ENVIRONMENT": "production"})
    said = str(refused.value)
    for name in ("SECRET_KEY", "ENCRYPTION_KEYS", "LOOKUP_KEY", "DATABASE_URL"):
        assert f"RESIDENTAPP_{name}:" in said
