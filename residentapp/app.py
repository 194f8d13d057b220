"""Makes the application out of its settings: services, blueprints, and the checks that refuse a bad start."""

from __future__ import annotations

import importlib

from flask import Blueprint, Flask
from flask_babel import Babel
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from residentapp import __version__
from residentapp.admin.demo import open_demo_accounts
from residentapp.config import Settings
from residentapp.core.access import init_access, verify_url_map
from residentapp.core.clock import Clock, system_clock
from residentapp.core.db import Database
from residentapp.core.db.migrate import is_current
from residentapp.core.web.context import init_context
from residentapp.core.web.errors import init_errors
from residentapp.core.web.home import verify_home
from residentapp.core.web.input_check import init_input_check
from residentapp.core.web.logging import configure_logging, init_request_log
from residentapp.core.web.rendering import init_rendering
from residentapp.core.web.services import make_services

#: Where each module's screens are; each has a ``blueprint``.
BLUEPRINTS = (
    "residentapp.core.web.views",
    "residentapp.admin.login_views",
    "residentapp.admin.views",
    "residentapp.core.addresses.views",
    "residentapp.residents.search.views",
    "residentapp.residents.records.views",
    "residentapp.residents.certificates.views",
    "residentapp.residents.cases.views",
    "residentapp.residents.move_in.views",
    "residentapp.residents.changes.views",
    "residentapp.residents.ex_officio.views",
    "residentapp.residents.messages.views",
    "residentapp.residents.remarks.views",
    "residentapp.residents.memos.views",
    "residentapp.residents.kana.views",
    "residentapp.residents.support.views",
    "residentapp.residents.notices.views",
    "residentapp.residents.head_notices.views",
    "residentapp.residents.code_notices.views",
    "residentapp.residents.move_out.views",
    "residentapp.residents.immigration.views",
    "residentapp.residents.reading.views",
    "residentapp.residents.cards.views",
)

#: Largest upload or form in bytes; the largest file a counter takes in is a CSV of a family.
LARGEST_REQUEST = 16 * 1024 * 1024


def _refuse_demo_accounts(database: Database) -> None:
    """A database that was seeded to try the system must not become a real one with its public passwords."""
    if not is_current(database):
        return  # nobody can log in before the schema is there
    with database.transaction() as session:
        found = open_demo_accounts(session)
    if found:
        raise RuntimeError(
            "本番環境では、試用のパスワードのままの利用者がいるデータベースを使えません："
            f"{'、'.join(found)}。パスワードを変えるか、利用を止めてください。 "
            "(accounts with the public demo password in production)"
        )


def create_app(settings: Settings, *, clock: Clock = system_clock, database: Database | None = None) -> Flask:
    """The application, ready to serve.

    :param clock: gives every request its moment.
    :param database: an open database, instead of the one that the settings name.
    :raises UndeclaredRoutes: when a route does not declare who may use it (CM-5).
    :raises RuntimeError: when the home page names a screen that does not exist, or, in production, when somebody
        can log in with the password of the demo.
    """
    configure_logging(settings)
    app = Flask("residentapp", static_folder=None)
    app.config.update(
        SECRET_KEY=settings.secret_key,
        MAX_CONTENT_LENGTH=LARGEST_REQUEST,
        MAX_FORM_MEMORY_SIZE=4 * 1024 * 1024,
        # The prefix makes browsers refuse the cookie from a subdomain or without TLS.
        SESSION_COOKIE_NAME="__Host-residentapp" if settings.production else "residentapp",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Strict",
        SESSION_COOKIE_SECURE=settings.production,
        # The token lives as long as the login: a form left open over lunch is still accepted.
        WTF_CSRF_TIME_LIMIT=None,
        BABEL_DEFAULT_LOCALE="ja",
        BABEL_DEFAULT_TIMEZONE="Asia/Tokyo",
        RELEASE=__version__,
    )
    if settings.trusted_proxies:
        count = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=count)  # type: ignore[method-assign]
    provided = make_services(settings, clock=clock, database=database)
    init_context(app, provided)
    init_request_log(app)
    Babel(app, locale_selector=lambda: "ja")
    init_rendering(app)
    init_errors(app)
    init_input_check(app)
    # Before the gate: it keeps a form that came too late only when the token shows that it is our own.
    CSRFProtect(app)
    init_access(app)
    for path in BLUEPRINTS:
        blueprint = importlib.import_module(path).blueprint
        assert isinstance(blueprint, Blueprint), f"{path}.blueprint is not a Blueprint"
        app.register_blueprint(blueprint)
    verify_home(app)
    verify_url_map(app)
    if settings.production:
        _refuse_demo_accounts(provided.database)
    return app
