"""The page of one account, which several screens come back to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs

from residentapp.admin.answers import RefusalsShown
from residentapp.admin.forms import PermissionGrantForm, RoleGrantForm, UserForm
from residentapp.core.access import Permission
from residentapp.core.access.login import locked_until
from residentapp.core.access.models import Department, LoginSession, Role, User
from residentapp.core.access.rights import permissions_on
from residentapp.core.web.answers import form_page
from residentapp.core.web.context import actor, db, now, today
from residentapp.core.web.forms import choices_of


def roles_choice() -> list[SelectChoice]:
    """All roles for a pick list."""
    return choices_of((role.id, role.name) for role in db().scalars(select(Role).order_by(Role.id)))


def departments_choice(*, also: int | None = None) -> list[SelectChoice]:
    """Departments in use for a pick list, and the one that is chosen already."""
    rows = db().scalars(select(Department).order_by(Department.code))
    return choices_of((row.id, row.name) for row in rows if row.active or row.id == also)


def user_page(user_id: int, **forms: Any) -> Any:
    """The page of one account; a form that was refused is handed in, the others are made fresh."""
    user = db().get(User, user_id)
    if user is None:
        flash(_("この利用者は登録されていません。"), "error")
        return redirect(url_for("admin.list_users"), code=303)
    form = forms.get("form") or _filled(user)
    form.department_id.choices = departments_choice(also=user.department_id)
    role_form = forms.get("role_form") or RoleGrantForm(prefix="role-")
    role_form.role_id.choices = roles_choice()
    return form_page(
        "admin/user.html",
        user=user,
        form=form,
        role_form=role_form,
        permission_form=forms.get("permission_form") or PermissionGrantForm(prefix="permission-"),
        locked_until=locked_until(db(), user.login, now()),
        permissions=sorted(permissions_on(db(), user, today()), key=list(Permission).index),
        labels={item.value: item.label for item in Permission},
        sessions=list(
            db().scalars(
                select(LoginSession).where(LoginSession.user_id == user.id, LoginSession.ended_at.is_(None))
            )
        ),
        own=user.id == actor().user_id,
        may_grant=actor().may(Permission.ADMIN_ROLES),
    )


def _filled(user: User) -> UserForm:
    form = UserForm(obj=None)
    form.login.data, form.name.data = user.login, user.name
    form.department_id.data, form.active.data = user.department_id, user.active
    form.show_period(user.valid_from, user.valid_to)
    form.version.data = str(user.version)
    return form


def act_on_user(user_id: int, work: Callable[[Session], Any], done: str) -> Any:
    """Do something to an account and return to its page; what was refused is said there."""
    with RefusalsShown():
        work(db())
        flash(done, "success")
    return redirect(url_for("admin.edit_user", user_id=user_id), code=303)
