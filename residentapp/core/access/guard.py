"""The gate before every view: who is it, is the login still alive, may it open this (CM-5).

Default deny. A route without a declaration does not start the application; should one come up all the same, it
is refused here.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from typing import Any

from flask import Flask, Response, current_app, flash, g, jsonify, redirect, request, session, url_for
from flask_login import LoginManager, login_user, logout_user
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from residentapp.core.access.actor import Actor, PermissionDenied, stranger
from residentapp.core.access.declare import declaration_of
from residentapp.core.access.headers import init_headers
from residentapp.core.access.login import LoggedIn, SessionCheck, SessionEnd, check_session
from residentapp.core.access.models import HeldForm
from residentapp.core.access.permissions import Permission
from residentapp.core.audit import Log, record
from residentapp.core.web.context import actor_or_none, afterwards, now, services, set_actor
from residentapp.core.web.errors import error_page

#: Endpoints of the pages that the gate sends to; the package ``admin`` provides them.
LOGIN_ENDPOINT = "access.login"
PASSWORD_ENDPOINT = "access.own_password"
LOGOUT_ENDPOINT = "access.logout"
#: What a page asks for by itself (saving a draft, counting) says so, and does not keep the session alive.
BACKGROUND_HEADER = "X-Residentapp-Background"
#: Where to go on after the next login; a path of this application, kept in the signed cookie, not in an address.
RETURN_KEY = "return_to"
TERMINAL_COOKIE = "residentapp_terminal"
#: Fields never kept over a login.
_NOT_HELD = ("csrf_token", "password")
#: Pages of which nothing is kept: passwords are typed there, under whatever name.
_NEVER_HELD = (LOGIN_ENDPOINT, PASSWORD_ENDPOINT, LOGOUT_ENDPOINT)
#: Sent along when a kept form is sent again: it need not be kept any longer.
RESUMED_FIELD = "_resumed"

_TOKEN_HELD = "held_form"


class _BrowserLogin:
    """What Flask-Login keeps in the signed cookie: only the random token of the session on the server."""

    is_authenticated = True
    is_active = True
    is_anonymous = False

    def __init__(self, token: str) -> None:
        self.token = token

    def get_id(self) -> str:
        return self.token


def init_access(app: Flask) -> None:
    """Set up login, the gate and the headers. Call after ``init_context`` and after CSRF protection.

    The order matters: a form that comes too late is kept only when its token shows that it is our own.

    Call :func:`residentapp.core.access.verify_url_map` when all blueprints are registered.
    """
    manager = LoginManager()
    manager.session_protection = None  # the session on the server is the one that counts
    manager.init_app(app, add_context_processor=False)
    manager.user_loader(_BrowserLogin)
    app.before_request(_gate)
    app.register_error_handler(PermissionDenied, _on_denied)
    init_headers(app)


def begin_login(logged_in: LoggedIn) -> None:
    """Put a new session into the browser; nothing of an earlier one stays but where to go on."""
    kept = {key: session[key] for key in (RETURN_KEY,) if key in session}
    session.clear()
    session.update(kept)
    login_user(_BrowserLogin(logged_in.token))
    set_actor(logged_in.actor)


def end_login() -> None:
    """Take the session out of the browser."""
    logout_user()
    session.clear()
    set_actor(None)


def current_session() -> SessionCheck:
    """The login session of this request."""

    found = g.get("login_session")
    return found if isinstance(found, SessionCheck) else SessionCheck()


def load_login(*, touch: bool = True) -> SessionCheck:
    """Find out who is logged in, once per request, and make it the actor."""

    if "login_session" not in g:
        token = session.get("_user_id")
        check = SessionCheck()
        if isinstance(token, str) and token:
            provided = services()
            check = check_session(provided.database, provided.settings, token, moment=now(), touch=touch)
        g.login_session = check
        set_actor(check.actor)
    return current_session()


def _gate() -> Any:
    declaration = declaration_of(current_app._get_current_object(), request.endpoint)  # type: ignore[attr-defined]
    if declaration is not None and declaration.public:
        return None
    background = BACKGROUND_HEADER in request.headers
    check = load_login(touch=not background)
    if request.endpoint is None:
        return None  # no such page: the answer is 404, in the frame when somebody is logged in
    if check.actor is None:
        return _ask_to_log_in(check)
    if declaration is None:
        return refuse(check.actor, ())
    if check.must_change_password and request.endpoint not in (PASSWORD_ENDPOINT, LOGOUT_ENDPOINT):
        return redirect(url_for(PASSWORD_ENDPOINT), code=303)
    missing = declaration.missing(check.actor.permissions)
    if missing is not None:
        return refuse(check.actor, missing)
    if request.method == "POST" and RESUMED_FIELD in request.form:
        user_id = check.actor.user_id
        afterwards(lambda own: drop_held_form(own, user_id))
    return None


def refuse(actor: Actor, missing: tuple[Permission, ...]) -> Response:
    """Answer 403 and log who tried what."""
    moment, endpoint = now(), request.endpoint or ""
    details: Mapping[str, Any] = {"画面": endpoint, "足りない権限": [item.label for item in missing]}

    def write(own: Session) -> None:
        record(
            own,
            actor,
            moment=moment,
            log=Log.EVENT,
            action="権限のない操作",
            details=details,
            succeeded=False,
        )

    afterwards(write)
    return error_page(403)


def _on_denied(error: PermissionDenied) -> Response:
    return refuse(actor_or_none() or stranger(request.remote_addr or ""), error.missing)


_END_MESSAGES = {
    SessionEnd.IDLE: "しばらく操作がなかったため、ログアウトしました。ログインすると元の画面に戻ります。",
    SessionEnd.ABSOLUTE: "利用時間の上限になったため、ログアウトしました。ログインすると元の画面に戻ります。",
    SessionEnd.ADMIN: "管理者がログインを終了しました。もう一度ログインしてください。",
    SessionEnd.ACCOUNT: "利用者か端末が使えなくなったため、ログアウトしました。管理者に確かめてください。",
    SessionEnd.PASSWORD: "パスワードが変わったため、ログアウトしました。新しいパスワードでログインしてください。",
}
_HELD_MESSAGE = "送ろうとした入力は保管しています。同じ利用者IDでログインすると続けられます。"


def _ask_to_log_in(check: SessionCheck) -> Any:
    if request.is_json or not _is_navigation():
        response = jsonify(error="ログインしていません。", to_do="ログインしてからもう一度操作してください。")
        response.status_code = 401
        return response
    message = _END_MESSAGES.get(check.end) if check.end else None
    session.clear()
    if message:
        flash(message, "warning")
    if request.method == "GET":
        # Kept in the cookie: an address with a way back in it would stay in the browser's history.
        session[RETURN_KEY] = request.full_path if request.query_string else request.path
    elif (
        check.end in (SessionEnd.IDLE, SessionEnd.ABSOLUTE)
        and check.user_id
        and request.form
        and request.endpoint not in _NEVER_HELD
    ):
        _hold_form(check.user_id)
        flash(_HELD_MESSAGE, "info")
    return redirect(url_for(LOGIN_ENDPOINT), code=303)


def _is_navigation() -> bool:
    """Whether a person waits for a page, and not a script, a style sheet or a font of a page."""
    if BACKGROUND_HEADER in request.headers:
        return False
    return request.headers.get("Sec-Fetch-Mode", "navigate") == "navigate"


def _hold_form(user_id: int) -> None:
    """Keep what was sent, encrypted, until its sender is back. Files are not kept."""
    fields = [
        [name, value]
        for name, value in request.form.items(multi=True)
        if not any(word in name for word in _NOT_HELD)
    ]
    content = services().keyring.encrypt(json.dumps(fields), context=f"{_TOKEN_HELD}:{user_id}")
    path, moment = request.path, now()
    with services().database.transaction() as own:
        own.execute(delete(HeldForm).where(HeldForm.user_id == user_id))
        own.add(HeldForm(user_id=user_id, path=path, fields=content, held_at=moment))


def take_held_form(
    own: Session, user_id: int, *, since: dt.datetime
) -> tuple[str, list[tuple[str, str]]] | None:
    """Path and fields that the user sent too late, not before ``since``; None when there are none.

    They stay until they are dropped.
    """
    newest = (
        select(HeldForm)
        .where(HeldForm.user_id == user_id, HeldForm.held_at >= since)
        .order_by(HeldForm.id.desc())
        .limit(1)
    )
    row = own.scalars(newest).one_or_none()
    if row is None:
        return None
    text = services().keyring.decrypt_text(row.fields, context=f"{_TOKEN_HELD}:{user_id}")
    return row.path, [(str(name), str(value)) for name, value in json.loads(text)]


def drop_held_form(own: Session, user_id: int) -> None:
    """Throw away what was kept for the user."""
    own.execute(delete(HeldForm).where(HeldForm.user_id == user_id))
