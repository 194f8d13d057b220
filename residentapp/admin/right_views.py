"""Screens of roles: the table of permissions, roles of persons and of departments."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select

from residentapp.admin.answers import RefusalsShown
from residentapp.admin.blueprint import blueprint
from residentapp.admin.forms import PermissionGrantForm, RoleForm, RoleGrantForm
from residentapp.admin.rights import (
    create_role,
    drop_permission,
    give_department_role,
    give_role,
    held_by_nobody,
    save_matrix,
    set_permission,
    take_department_role,
    take_role,
)
from residentapp.admin.user_pages import act_on_user, roles_choice, user_page
from residentapp.core.access import Permission, PermissionKind, requires
from residentapp.core.access.models import Department, Role
from residentapp.core.web.answers import done, form_page
from residentapp.core.web.context import actor, db, now
from residentapp.core.web.input_check import number_of


def _matrix_page(form: RoleForm) -> Any:
    roles = list(db().scalars(select(Role).order_by(Role.id)))
    held = {role.id: {row.permission for row in role.permissions} for role in roles}
    groups = [(kind, [item for item in Permission if item.kind is kind]) for kind in PermissionKind]
    return form_page(
        "admin/matrix.html",
        roles=roles,
        held=held,
        groups=groups,
        unheld=held_by_nobody(db()),
        form=form,
    )


@blueprint.get("/roles")
@requires(Permission.ADMIN_ROLES)
def show_matrix() -> Any:
    """権限表: which role may do and see what."""
    return _matrix_page(RoleForm())


@blueprint.post("/roles")
@requires(Permission.ADMIN_ROLES)
def change_matrix() -> Any:
    """権限表の変更."""
    sent = request.form.getlist("mark")
    sent_roles = map(number_of, request.form.getlist("role"))
    roles = [role for role in sent_roles if role is not None]
    marks = {role: frozenset(item for item in Permission if f"{role}:{item.value}" in sent) for role in roles}
    with RefusalsShown():
        changed = save_matrix(db(), actor(), marks, moment=now())
        flash(
            _("%(count)sつの役割の権限を変更しました。次の操作から有効です。", count=changed)
            if changed
            else _("変更はありませんでした。"),
            "success",
        )
    return redirect(url_for("admin.show_matrix"), code=303)


@blueprint.post("/roles/new")
@requires(Permission.ADMIN_ROLES)
def new_role() -> Any:
    """役割の登録."""
    form = RoleForm(request.form)
    if form.validate():
        with RefusalsShown(form):
            create_role(
                db(),
                actor(),
                code=form.code.data or "",
                name=form.name.data or "",
                description=form.description.data or "",
                moment=now(),
            )
            return done(_("役割を登録しました。権限は表で付けてください。"), "admin.show_matrix")
    return _matrix_page(form)


@blueprint.post("/users/<int:user_id>/roles")
@requires(Permission.ADMIN_USERS, Permission.ADMIN_ROLES)
def add_user_role(user_id: int) -> Any:
    """役割の付与."""
    form = RoleGrantForm(request.form, prefix="role-")
    form.role_id.choices = roles_choice()
    if form.validate():
        with RefusalsShown(form):
            give_role(db(), actor(), user_id, form.role_id.data, form.validity(), moment=now())
            return done(_("役割を付与しました。"), "admin.edit_user", user_id=user_id)
    return user_page(user_id, role_form=form)


@blueprint.post("/users/<int:user_id>/roles/<int:row_id>/remove")
@requires(Permission.ADMIN_USERS, Permission.ADMIN_ROLES)
def remove_user_role(user_id: int, row_id: int) -> Any:
    """役割の取消し."""
    return act_on_user(
        user_id,
        lambda session: take_role(session, actor(), user_id, row_id, moment=now()),
        _("役割を取り消しました。"),
    )


@blueprint.post("/users/<int:user_id>/permissions")
@requires(Permission.ADMIN_USERS, Permission.ADMIN_ROLES)
def add_user_permission(user_id: int) -> Any:
    """個別権限の付与・制限."""
    form = PermissionGrantForm(request.form, prefix="permission-")
    if form.validate():
        with RefusalsShown(form):
            set_permission(
                db(),
                actor(),
                user_id,
                Permission(form.permission.data),
                granted=form.granted.data == "1",
                validity=form.validity(),
                moment=now(),
            )
            return done(_("個別権限を登録しました。"), "admin.edit_user", user_id=user_id)
    return user_page(user_id, permission_form=form)


@blueprint.post("/users/<int:user_id>/permissions/<int:row_id>/remove")
@requires(Permission.ADMIN_USERS, Permission.ADMIN_ROLES)
def remove_user_permission(user_id: int, row_id: int) -> Any:
    """個別権限の削除."""
    return act_on_user(
        user_id,
        lambda session: drop_permission(session, actor(), user_id, row_id, moment=now()),
        _("個別権限を削除しました。"),
    )


def _department_page(department_id: int, form: RoleGrantForm) -> Any:
    department = db().get(Department, department_id)
    if department is None:
        flash(_("この所属は登録されていません。"), "error")
        return redirect(url_for("admin.show_matrix"), code=303)
    form.role_id.choices = roles_choice()
    return form_page("admin/department_roles.html", department=department, form=form)


@blueprint.get("/roles/departments")
@requires(Permission.ADMIN_ROLES)
def list_departments() -> str:
    """所属ごとの役割."""
    departments = db().scalars(select(Department).order_by(Department.code))
    return render_template("admin/departments.html", departments=list(departments))


@blueprint.route("/roles/departments/<int:department_id>", methods=["GET", "POST"])
@requires(Permission.ADMIN_ROLES)
def department_roles(department_id: int) -> Any:
    """所属の役割: what everybody of a department may do."""
    if request.method == "GET":
        return _department_page(department_id, RoleGrantForm())
    form = RoleGrantForm(request.form)
    form.role_id.choices = roles_choice()
    if form.validate():
        with RefusalsShown(form):
            give_department_role(
                db(), actor(), department_id, form.role_id.data, form.validity(), moment=now()
            )
            return done(
                _("所属に役割を付与しました。"), "admin.department_roles", department_id=department_id
            )
    return _department_page(department_id, form)


@blueprint.post("/roles/departments/<int:department_id>/<int:row_id>/remove")
@requires(Permission.ADMIN_ROLES)
def remove_department_role(department_id: int, row_id: int) -> Any:
    """所属の役割の取消し."""
    with RefusalsShown():
        take_department_role(db(), actor(), department_id, row_id, moment=now())
        flash(_("役割を取り消しました。"), "success")
    return redirect(url_for("admin.department_roles", department_id=department_id), code=303)
