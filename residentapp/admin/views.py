"""Screens of accounts: list, entry, passwords, locks, sessions. Importing this module gathers all screens."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from residentapp.admin import audit_views, place_views, right_views
from residentapp.admin.answers import RefusalsShown
from residentapp.admin.blueprint import blueprint
from residentapp.admin.forms import UserForm
from residentapp.admin.masters import (
    certifier_views,
    closed_day_views,
    dated_views,
    district_views,
    lot_views,
    overview_views,
    seal_views,
    stock_views,
    town_views,
)
from residentapp.admin.operations import (
    change_user,
    create_user,
    end_login_session,
    reset_password,
    temporary_password,
    unlock_user,
)
from residentapp.admin.types import UserEntry
from residentapp.admin.user_pages import act_on_user, departments_choice, user_page
from residentapp.core.access import Permission, requires
from residentapp.core.access.login import hash_of
from residentapp.core.access.models import LoginLock, LoginSession, Terminal, User, UserRole
from residentapp.core.web.answers import done, form_page
from residentapp.core.web.context import actor, db, now, today
from residentapp.core.web.input_check import number_of

__all__ = [
    "audit_views",
    "blueprint",
    "certifier_views",
    "closed_day_views",
    "dated_views",
    "district_views",
    "lot_views",
    "overview_views",
    "place_views",
    "right_views",
    "seal_views",
    "stock_views",
    "town_views",
]


@blueprint.get("/users")
@requires(Permission.ADMIN_USERS)
def list_users() -> str:
    """利用者一覧."""
    users = db().scalars(
        select(User)
        .options(joinedload(User.department), joinedload(User.roles).joinedload(UserRole.role))
        .order_by(User.active.desc(), User.login)
    )
    locks = {row.login_hash for row in db().scalars(select(LoginLock).where(LoginLock.locked_until > now()))}
    rows = [
        {
            "user": user,
            "roles": "、".join(row.role.name for row in user.roles if row.in_force(today())),
            "state": _state(user, hash_of(user.login) in locks),
        }
        for user in users.unique()
    ]
    return render_template("admin/users.html", rows=rows)


def _state(user: User, locked: bool) -> str:
    if not user.active:
        return str(_("停止"))
    if not user.in_force(today()):
        return str(_("期間外"))
    return str(_("ロック中") if locked else _("利用可"))


@blueprint.route("/users/new", methods=["GET", "POST"])
@requires(Permission.ADMIN_USERS)
def new_user() -> Any:
    """利用者の登録. The first password is made by the system and shown once."""
    form = UserForm(request.form)
    form.department_id.choices = departments_choice()
    if request.method == "POST" and form.validate():
        password = temporary_password()
        with RefusalsShown(form):
            user = create_user(db(), actor(), _entry(form), password, moment=now())
            return render_template("admin/password.html", user=user, password=password, new=True)
    return form_page("admin/user_new.html", form=form)


def _entry(form: UserForm) -> UserEntry:
    return UserEntry(
        form.login.data or "",
        form.name.data or "",
        form.department_id.data,
        form.validity(),
        form.active.data,
    )


@blueprint.route("/users/<int:user_id>", methods=["GET", "POST"])
@requires(Permission.ADMIN_USERS)
def edit_user(user_id: int) -> Any:
    """利用者の変更."""
    if request.method == "GET":
        return user_page(user_id)
    form = UserForm(request.form)
    form.department_id.choices = departments_choice(also=form.department_id.data)
    if form.validate():
        with RefusalsShown(form):
            change_user(
                db(),
                actor(),
                user_id,
                _entry(form),
                version=number_of(form.version.data or "") or 0,
                moment=now(),
            )
            return done(_("変更しました。"), "admin.edit_user", user_id=user_id)
    return user_page(user_id, form=form)


@blueprint.post("/users/<int:user_id>/password")
@requires(Permission.ADMIN_USERS)
def reset_user_password(user_id: int) -> Any:
    """パスワードの再設定. The new password is shown once, on this page only."""
    with RefusalsShown():
        password = reset_password(db(), actor(), user_id, moment=now())
        user = db().get_one(User, user_id)
        return render_template("admin/password.html", user=user, password=password, new=False)
    return redirect(url_for("admin.list_users"), code=303)


@blueprint.post("/users/<int:user_id>/unlock")
@requires(Permission.ADMIN_USERS)
def unlock(user_id: int) -> Any:
    """ログインロックの解除."""
    return act_on_user(
        user_id,
        lambda session: unlock_user(session, actor(), user_id, moment=now()),
        _("ロックを解除しました。"),
    )


@blueprint.get("/sessions")
@requires(Permission.ADMIN_USERS)
def list_sessions() -> str:
    """ログイン中の利用者と、ログインを止めている利用者."""
    sessions = db().scalars(
        select(LoginSession)
        .options(
            joinedload(LoginSession.user).joinedload(User.department),
            joinedload(LoginSession.terminal).joinedload(Terminal.office),
        )
        .where(LoginSession.ended_at.is_(None))
        .order_by(LoginSession.last_seen_at.desc(), LoginSession.id)
    )
    locks = {
        row.login_hash: row for row in db().scalars(select(LoginLock).where(LoginLock.locked_until > now()))
    }
    users = db().scalars(select(User).order_by(User.login))
    locked = [(user, locks[hash_of(user.login)]) for user in users if hash_of(user.login) in locks]
    return render_template(
        "admin/sessions.html", sessions=list(sessions), locked=locked, unknown=len(locks) - len(locked)
    )


@blueprint.post("/sessions/<int:session_id>/end")
@requires(Permission.ADMIN_USERS)
def end_other_session(session_id: int) -> Any:
    """ログインを終了させる."""
    with RefusalsShown():
        end_login_session(db(), actor(), session_id, moment=now())
        flash(_("ログインを終了させました。"), "success")
    return redirect(url_for("admin.list_sessions"), code=303)
