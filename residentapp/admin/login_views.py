"""Login, logout, the own password, and going on with what was sent too late."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask import Blueprint, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs

from residentapp.admin.answers import RefusalsShown
from residentapp.admin.forms import LoginForm, OwnPasswordForm
from residentapp.admin.operations import change_own_password
from residentapp.core.access import login_only, public
from residentapp.core.access.guard import (
    RESUMED_FIELD,
    RETURN_KEY,
    TERMINAL_COOKIE,
    begin_login,
    current_session,
    drop_held_form,
    end_login,
    load_login,
    take_held_form,
)
from residentapp.core.access.login import LoginRefusal, SessionEnd, end_session, log_in
from residentapp.core.access.models import Office, Terminal
from residentapp.core.access.passwords import MIN_LENGTH
from residentapp.core.audit import Log, record
from residentapp.core.web.answers import done, form_page
from residentapp.core.web.context import actor, afterwards, db, now, services, today
from residentapp.core.web.forms import choices_of

blueprint = Blueprint("access", __name__, template_folder="templates")

#: How long the terminal's choice is remembered.
_TERMINAL_AGE = dt.timedelta(days=365)
#: Fields sent too late are offered this long.
HELD_FOR = dt.timedelta(hours=12)


def _terminals() -> list[SelectChoice]:
    rows = db().scalars(
        select(Terminal)
        .join(Terminal.office)
        .options(joinedload(Terminal.office))
        .order_by(Office.code, Terminal.code)
    )
    day = today()
    return choices_of(
        (row.code, f"{row.office.name_on(day)}　{row.name_on(day)}") for row in rows if row.usable(day)
    )


def _home() -> str:
    return url_for("web.show_home")


def _way_on(user_id: int) -> str:
    """Where to go after a login: to what was sent too late, to the page asked for, or home."""
    wanted = session.pop(RETURN_KEY, None)
    if take_held_form(db(), user_id, since=now() - HELD_FOR) is not None:
        return url_for("access.resume")
    # Only ever set by the gate from an address of ours; a second slash would lead to another host.
    if isinstance(wanted, str) and wanted.startswith("/") and not wanted.startswith(("//", "/\\")):
        return wanted
    return _home()


@blueprint.route("/login", methods=["GET", "POST"])
@public
def login() -> Any:
    """ログイン."""
    # Before this request's own transaction begins: on SQLite the two would wait for each other.
    if request.method == "GET" and load_login().actor is not None:
        return redirect(_home(), code=303)
    form = LoginForm(request.form)
    form.terminal.choices = _terminals()
    if request.method == "GET":
        form.terminal.data = request.cookies.get(TERMINAL_COOKIE, "")
        return _login_page(form)
    if not form.validate():
        return _login_page(form), 422
    provided = services()
    # The list of terminals was read in this request's transaction; on SQLite it would block the login's own.
    db().rollback()
    outcome = log_in(
        provided.database,
        provided.settings,
        login=form.login.data or "",
        password=form.password.data or "",
        terminal_code=form.terminal.data or "",
        clock=now,
        remote=request.remote_addr or "",
    )
    if isinstance(outcome, LoginRefusal):
        form.form_errors.append(outcome.message)
        return _login_page(form), 401
    begin_login(outcome)
    response = redirect(_way_on(outcome.actor.user_id), code=303)
    response.set_cookie(
        TERMINAL_COOKIE,
        outcome.actor.terminal_code,
        max_age=_TERMINAL_AGE,
        httponly=True,
        samesite="Strict",
        secure=provided.settings.production,
    )
    return response


def _login_page(form: LoginForm) -> str:
    return render_template("access/login.html", form=form)


@blueprint.post("/logout")
@login_only
def logout() -> Any:
    """ログアウト."""
    session_id = current_session().session_id
    if session_id is not None:
        end_session(db(), session_id, actor=actor(), moment=now(), end=SessionEnd.LOGOUT)
    end_login()
    return done(_("終了しました。"), "access.login")


@blueprint.route("/password", methods=["GET", "POST"])
@login_only
def own_password() -> Any:
    """パスワードの変更."""
    form = OwnPasswordForm(request.form)
    must = current_session().must_change_password
    if request.method == "POST" and form.validate():
        with RefusalsShown(form):
            change_own_password(
                db(),
                actor(),
                form.current.data or "",
                form.password.data or "",
                moment=now(),
                session_id=current_session().session_id,
            )
            return done(_("パスワードを変更しました。"), "web.show_home")
        _log_refused_change()
    return form_page("access/password.html", form=form, must=must, min_length=MIN_LENGTH)


def _log_refused_change() -> None:
    """Guessing the current password at a terminal left open shows in the log."""
    who, moment = actor(), now()

    def log(own: Session) -> None:
        record(
            own,
            who,
            moment=moment,
            log=Log.AUTHENTICATION,
            action="パスワードの変更",
            succeeded=False,
        )

    afterwards(log)


@blueprint.route("/resume", methods=["GET", "POST"])
@login_only
def resume() -> Any:
    """ログアウト前の入力: what was sent after the session had run out, to be sent again or thrown away."""
    if request.method == "POST":
        drop_held_form(db(), actor().user_id)
        return done(_("保管していた入力を捨てました。"), "web.show_home")
    held = take_held_form(db(), actor().user_id, since=now() - HELD_FOR)
    if held is None:
        return redirect(_home(), code=303)
    path, fields = held
    return render_template("access/resume.html", path=path, fields=[*fields, (RESUMED_FIELD, "1")])
