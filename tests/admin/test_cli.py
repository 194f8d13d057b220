"""``residentapp user``: accounts from the command line."""

from __future__ import annotations

import re

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from residentapp.admin.cli import user_command
from residentapp.admin.demo import DEMO_PASSWORD
from residentapp.config import Environment, Settings
from residentapp.core.access.login import LoggedIn, LoginRefusal, log_in
from residentapp.core.access.models import User
from residentapp.core.audit import verify
from residentapp.core.clock import system_clock
from residentapp.core.db import Database


@pytest.fixture
def run(settings: Settings):  # type: ignore[no-untyped-def]
    def run(*arguments: str, typed: str = "", using: Settings = settings) -> Result:
        return CliRunner().invoke(user_command, list(arguments), input=typed, obj=using)

    return run


def try_login(database: Database, settings: Settings, login: str, password: str) -> LoggedIn | LoginRefusal:
    return log_in(
        database, settings, login=login, password=password, terminal_code="0101", clock=system_clock
    )


@pytest.mark.requirement("RR-10.3a", partial=True)
def test_the_first_administrator_comes_from_the_command_line(
    run, database: Database, settings: Settings
) -> None:  # type: ignore[no-untyped-def]
    made = run("create", "Kanri", "--name", "管理者", "--role", "administrator")
    assert made.exit_code == 0, made.output
    password = re.search(r"初期パスワード: (\S+)", made.output)
    assert password is not None
    outcome = try_login(database, settings, "kanri", password[1])
    assert isinstance(outcome, LoggedIn)
    assert outcome.must_change_password
    assert "kanri\t管理者\t市民課\t管理者\t利用可" in run("list").output

    for _ in range(5):
        try_login(database, settings, "kanri", "wrong")
    assert "ロック中" in run("list").output
    assert run("unlock", "kanri").exit_code == 0
    assert isinstance(try_login(database, settings, "kanri", password[1]), LoggedIn)

    reset = run("reset-password", "kanri", "--password-stdin", typed="kawara-no-tanuki-7\n")
    assert reset.exit_code == 0
    assert "kawara" not in reset.output
    assert try_login(database, settings, "kanri", password[1]) is LoginRefusal.WRONG
    assert isinstance(try_login(database, settings, "kanri", "kawara-no-tanuki-7"), LoggedIn)
    with database.sessions() as session:
        assert verify(session).ok


def test_mistakes_are_explained_and_nothing_is_made(run, database: Database) -> None:  # type: ignore[no-untyped-def]
    cases = [
        (("create", "kanri", "--name", "x", "--role", "king"), "", "役割「king」はありません"),
        (("create", "kanri", "--name", "x", "--department", "99"), "", "所属コードは登録されていません"),
        (("create", "k", "--name", "x"), "", "利用者IDは半角"),
        (("create", "kanri", "--name", "x", "--password-stdin"), "short\n", "短すぎます"),
        (("unlock", "nobody"), "", "登録されていません"),
        (("reset-password", "nobody"), "", "登録されていません"),
    ]
    for arguments, typed, message in cases:
        outcome = run(*arguments, typed=typed)
        assert outcome.exit_code == 1
        assert message in outcome.output
    with database.sessions() as session:
        assert session.scalars(select(User)).all() == []


def test_demo_users_can_log_in_and_are_refused_in_production(
    run, database: Database, settings: Settings
) -> None:  # type: ignore[no-untyped-def]
    production = settings.replace(environment=Environment.PRODUCTION)
    assert "本番環境では" in run("demo", using=production).output
    with database.sessions() as session:
        assert session.scalars(select(User)).all() == []
    assert DEMO_PASSWORD in run("demo").output
    outcome = try_login(database, settings, "madoguchi1", DEMO_PASSWORD)
    assert isinstance(outcome, LoggedIn)
    assert not outcome.must_change_password
