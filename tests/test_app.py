"""The factory: what it refuses to start with, and what every answer carries."""

from __future__ import annotations

import sys
import types

import pytest
from flask import Blueprint, Flask
from sqlalchemy import select

from residentapp import app as factory
from residentapp.admin.demo import create_demo_users
from residentapp.config import Environment, Settings
from residentapp.core.access import Permission, login_only, system_actor
from residentapp.core.access.declare import UndeclaredRoutes
from residentapp.core.access.models import User
from residentapp.core.db import Database
from residentapp.core.web.home import HomeList, Job, add_to_home
from tests.support.clock import TEST_MOMENT, SettableClock
from tests.support.users import Browser


def start_with(
    blueprint: Blueprint, settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch
) -> Flask:
    module = types.ModuleType("under_test")
    module.blueprint = blueprint  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "under_test", module)
    monkeypatch.setattr(factory, "BLUEPRINTS", (*factory.BLUEPRINTS, "under_test"))
    return factory.create_app(settings, clock=SettableClock(), database=database)


@login_only
def view() -> str:
    return "seen"


@pytest.mark.requirement("CM-5", partial=True)
def test_a_route_without_a_declaration_does_not_start(
    settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    blueprint = Blueprint("forgotten", "forgotten")
    blueprint.add_url_rule("/forgotten", "page", lambda: "open to everybody")
    with pytest.raises(UndeclaredRoutes, match=r"/forgotten \(forgotten\.page\)"):
        start_with(blueprint, settings, database, monkeypatch)


def test_a_home_page_that_leads_nowhere_does_not_start(
    settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    blueprint = Blueprint("lost", "lost")
    add_to_home(blueprint, HomeList("一覧", lambda _s, _a: 0, "lost.nowhere", Permission.AUDIT_VIEW))
    with pytest.raises(RuntimeError, match=r"lost\.nowhere"):
        start_with(blueprint, settings, database, monkeypatch)


def test_one_key_for_two_jobs_does_not_start(
    settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    blueprint = Blueprint("doubled", "doubled")
    blueprint.add_url_rule("/doubled", "page", view)
    jobs = [Job(name, "Alt+Z", "doubled.page", Permission.AUDIT_VIEW) for name in ("一つ目", "二つ目")]
    add_to_home(blueprint, *jobs)
    with pytest.raises(RuntimeError, match=r"Alt\+Z"):
        start_with(blueprint, settings, database, monkeypatch)


def test_a_sound_blueprint_starts(
    settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    blueprint = Blueprint("sound", "sound")
    blueprint.add_url_rule("/sound", "page", view)
    assert "sound.page" in start_with(blueprint, settings, database, monkeypatch).view_functions


@pytest.mark.requirement("CM-7", partial=True)
def test_cookies_are_locked_down_in_production(settings: Settings, database: Database) -> None:
    production = settings.replace(environment=Environment.PRODUCTION)
    config = factory.create_app(production, database=database).config
    assert config["SESSION_COOKIE_NAME"].startswith("__Host-")
    assert config["SESSION_COOKIE_SECURE"] and config["SESSION_COOKIE_HTTPONLY"]
    assert config["SESSION_COOKIE_SAMESITE"] == "Strict"


def test_a_change_without_the_token_is_refused_and_says_what_to_do(client: Browser) -> None:
    answer = client.post(
        "/dates/read", data={"text": "R8.11.23"}, csrf=False, headers={"Accept": "text/html"}
    )
    assert answer.status_code == 400
    assert "この画面は古くなったため" in answer.text and "下書きに残っています" in answer.text


@pytest.mark.requirement("CM-7", partial=True)
def test_production_refuses_accounts_with_the_public_password(settings: Settings, database: Database) -> None:
    production = settings.replace(environment=Environment.PRODUCTION)
    factory.create_app(production, clock=SettableClock(), database=database)
    with database.transaction() as session:
        create_demo_users(session, system_actor("試験"), moment=TEST_MOMENT)
    with pytest.raises(RuntimeError, match="madoguchi1"):
        factory.create_app(production, clock=SettableClock(), database=database)
    factory.create_app(settings, clock=SettableClock(), database=database)
    with database.transaction() as session:
        for user in session.scalars(select(User)):
            user.active = False
    factory.create_app(production, clock=SettableClock(), database=database)
