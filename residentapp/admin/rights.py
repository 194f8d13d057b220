"""Roles, the table of permissions, and who has which for how long (RR-10.3b, RR-10.4a).

No account has a permission unless somebody gave it, and administrators get no personal data by default. Rights
hang on duties, never on rank or title (RR-10.3d).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from residentapp.admin.operations import log_setting, refuse_own, user_of
from residentapp.admin.types import ENDS_BEFORE_IT_BEGINS, EntryRefused, Problem, Validity
from residentapp.core.access import Actor, Permission
from residentapp.core.access.models import (
    Department,
    DepartmentRole,
    Period,
    Role,
    RolePermission,
    User,
    UserPermission,
    UserRole,
)

P = Permission
_ALL_ITEMS = (
    P.ITEM_REGISTERED_DOMICILE,
    P.ITEM_INDIVIDUAL_NUMBER,
    P.ITEM_RESIDENT_CODE,
    P.ITEM_RESIDENCE_STATUS,
)
_READ = (P.RESIDENT_SEARCH, P.RESIDENT_VIEW, P.ADDRESS_LOOKUP)

_GivenRole = TypeVar("_GivenRole", UserRole, DepartmentRole)
_HeldRow = TypeVar("_HeldRow", UserRole, DepartmentRole, UserPermission)
_TAKEN = "この役割はもう取り消されています。画面を開き直してください。"

#: Code → (name, what for, permissions) of the roles that a new installation starts with.
DEFAULT_ROLES: Mapping[str, tuple[str, str, tuple[Permission, ...]]] = {
    "counter": (
        "窓口担当",
        "届出の入力、証明書の発行",
        (
            *_READ,
            *_ALL_ITEMS,
            P.MOVE_IN_ENTER,
            P.CHANGE_ENTER,
            P.EX_OFFICIO_ENTER,
            P.NUMBERS_ENTER,
            P.CERTIFICATE_ISSUE,
            P.CERTIFICATE_DISPOSE,
            P.ISSUE_HISTORY_VIEW,
            P.MESSAGES_VIEW,
            P.REMARK_EDIT,
            P.MEMO_EDIT,
            P.KANA_CONFIRM,
        ),
    ),
    "approver": (
        "決裁者",
        "届出の審査・決裁、抑止対象者の照会",
        (
            *_READ,
            *_ALL_ITEMS,
            P.MOVE_IN_APPROVE,
            P.CHANGE_APPROVE,
            P.ISSUE_HISTORY_VIEW,
            P.READING_COPY_MAKE,
            P.MESSAGES_VIEW,
            P.MESSAGES_MANAGE,
            P.SUPPRESSED_VIEW,
            P.LOCK_RELEASE,
            P.REMARK_EDIT,
            P.MEMO_EDIT,
            P.KANA_CONFIRM,
        ),
    ),
    "support": (
        "支援措置責任者",
        "支援措置と抑止の管理、発行の確認",
        (
            *_READ,
            *_ALL_ITEMS,
            P.CERTIFICATE_ISSUE,
            P.ISSUE_HISTORY_VIEW,
            P.SUPPRESSED_VIEW,
            P.SUPPRESSION_MANAGE,
            P.SUPPRESSION_LIFT,
            P.SUPPORT_MANAGE,
        ),
    ),
    "elections": ("選挙担当", "選挙人名簿のための照会", _READ),
    "administrator": (
        "管理者",
        "利用者・権限・場所の管理（住民の情報は見られない）",
        (P.ADMIN_USERS, P.ADMIN_ROLES, P.ADMIN_MASTERS, P.LOCK_RELEASE),
    ),
    "auditor": ("監査担当", "ログの照会と出力", (P.AUDIT_VIEW, P.AUDIT_EXPORT)),
}


def ensure_default_roles(session: Session) -> dict[str, Role]:
    """Create the default roles that are missing; what an administrator changed stays as it is.

    :returns: the default roles by code.
    """
    roles = {role.code: role for role in session.scalars(select(Role).where(Role.code.in_(DEFAULT_ROLES)))}
    for code, (name, description, permissions) in DEFAULT_ROLES.items():
        if code not in roles:
            role = Role(code=code, name=name, description=description)
            role.permissions = [RolePermission(permission=permission.value) for permission in permissions]
            session.add(role)
            roles[code] = role
    session.flush()
    return {code: roles[code] for code in DEFAULT_ROLES}


def held_by_nobody(session: Session) -> list[Permission]:
    """Permissions that no role has and nobody was given: what they open is closed to everybody.

    A new version may bring permissions. Roles of an existing installation are the municipality's own and do not take
    them by themselves (default deny); the administrator is told here.
    """
    held = set(session.scalars(select(RolePermission.permission)))
    held |= set(session.scalars(select(UserPermission.permission).where(UserPermission.granted)))
    return [permission for permission in Permission if permission.value not in held]


def create_role(
    session: Session, actor: Actor, *, code: str, name: str, description: str, moment: dt.datetime
) -> Role:
    """Create a role without permissions.

    :raises EntryRefused: code or name missing, or the code is taken.
    """
    actor.require(Permission.ADMIN_ROLES)
    code, name = code.strip().lower(), name.strip()
    problems = []
    if not (code.isascii() and code.replace("_", "").isalnum() and len(code) <= 40):
        problems.append(Problem("code", "役割のコードは半角の英数字と _ の40文字以内で入力してください。"))
    elif session.scalars(select(Role).where(Role.code == code)).first() is not None:
        problems.append(Problem("code", "このコードの役割はすでにあります。別のコードにしてください。"))
    if not name:
        problems.append(Problem("name", "役割の名称を入力してください。"))
    if problems:
        raise EntryRefused(*problems)
    role = Role(code=code, name=name, description=description.strip())
    session.add(role)
    session.flush()
    log_setting(session, actor, moment, "役割の登録", {"役割": code, "名称": name})
    return role


def save_matrix(
    session: Session,
    actor: Actor,
    marks: Mapping[int, frozenset[Permission]],
    *,
    moment: dt.datetime,
) -> int:
    """Set the permissions of each role named in ``marks`` (role id → permissions); returns how many changed."""
    actor.require(Permission.ADMIN_ROLES)
    changed = 0
    for role in session.scalars(select(Role).where(Role.id.in_(marks)).order_by(Role.id)):
        before = {row.permission for row in role.permissions}
        after = {permission.value for permission in marks[role.id]}
        if before == after:
            continue
        if _holds(session, actor, role.id):
            raise EntryRefused(
                Problem("", f"「{role.name}」は自分が持つ役割です。ほかの管理者に依頼してください。")
            )
        role.permissions = [row for row in role.permissions if row.permission in after] + [
            RolePermission(permission=value) for value in sorted(after - before)
        ]
        changed += 1
        log_setting(
            session,
            actor,
            moment,
            "権限表の変更",
            {"役割": role.code, "付与": sorted(after - before), "取消": sorted(before - after)},
        )
    session.flush()
    return changed


def _holds(session: Session, actor: Actor, role_id: int) -> bool:
    """Whether the actor has, had or will have the role: nobody widens the own rights."""
    own = select(UserRole.id).where(UserRole.user_id == actor.user_id, UserRole.role_id == role_id)
    through_department = (
        select(DepartmentRole.id)
        .join(User, User.department_id == DepartmentRole.department_id)
        .where(User.id == actor.user_id, DepartmentRole.role_id == role_id)
    )
    return any(session.scalars(query.limit(1)).first() is not None for query in (own, through_department))


def _check(session: Session, role_id: int, validity: Validity) -> Role:
    role = session.get(Role, role_id)
    problems = []
    if role is None:
        problems.append(Problem("role_id", "役割を選んでください。"))
    if not validity.in_order:
        problems.append(ENDS_BEFORE_IT_BEGINS)
    if problems or role is None:
        raise EntryRefused(*problems)
    return role


def _refuse_overlap(held: Sequence[Period], validity: Validity) -> None:
    """The same role twice on one day would make it unclear when it ends."""
    for row in held:
        begins_after = validity.first and row.valid_to and row.valid_to < validity.first
        ends_before = validity.last and row.valid_from and validity.last < row.valid_from
        if not begins_after and not ends_before:
            raise EntryRefused(
                Problem("role_id", "同じ役割の期間が重なっています。先に取り消すか、期間を直してください。")
            )


def _give(
    session: Session, held: list[_GivenRole], table: type[_GivenRole], role_id: int, validity: Validity
) -> _GivenRole:
    """Add a role to those that a person or a department holds."""
    role = _check(session, role_id, validity)
    _refuse_overlap([row for row in held if row.role_id == role.id], validity)
    row = table(role=role, valid_from=validity.first, valid_to=validity.last)
    held.append(row)
    session.flush()
    return row


def _held(rows: Sequence[_HeldRow], row_id: int, gone: str) -> _HeldRow:
    """One of the rows that somebody holds.

    :param gone: what is said when somebody else has taken it back.
    """
    for row in rows:
        if row.id == row_id:
            return row
    raise EntryRefused(Problem("", gone))


def give_role(
    session: Session, actor: Actor, user_id: int, role_id: int, validity: Validity, *, moment: dt.datetime
) -> UserRole:
    """Give a role to a person for a period, which may lie ahead."""
    actor.require(Permission.ADMIN_ROLES)
    refuse_own(actor, user_id)
    user = user_of(session, user_id)
    row = _give(session, user.roles, UserRole, role_id, validity)
    details = {"利用者ID": user.login, "役割": row.role.code, "期間": str(validity)}
    log_setting(session, actor, moment, "役割の付与", details)
    return row


def take_role(
    session: Session, actor: Actor, user_id: int, user_role_id: int, *, moment: dt.datetime
) -> None:
    """Take a role back at once."""
    actor.require(Permission.ADMIN_ROLES)
    refuse_own(actor, user_id)
    user = user_of(session, user_id)
    row = _held(user.roles, user_role_id, _TAKEN)
    details = {"利用者ID": user.login, "役割": row.role.code}
    user.roles.remove(row)
    session.flush()
    log_setting(session, actor, moment, "役割の取消し", details)


def set_permission(
    session: Session,
    actor: Actor,
    user_id: int,
    permission: Permission,
    *,
    granted: bool,
    validity: Validity,
    moment: dt.datetime,
) -> UserPermission:
    """Give one permission to a person, or take it from the person, for a period."""
    actor.require(Permission.ADMIN_ROLES)
    refuse_own(actor, user_id)
    user = user_of(session, user_id)
    if not validity.in_order:
        raise EntryRefused(ENDS_BEFORE_IT_BEGINS)
    row = UserPermission(
        permission=permission.value,
        granted=granted,
        valid_from=validity.first,
        valid_to=validity.last,
    )
    user.own_permissions.append(row)
    session.flush()
    details: dict[str, Any] = {"利用者ID": user.login, "権限": permission.value, "期間": str(validity)}
    log_setting(session, actor, moment, "個別権限の付与" if granted else "個別権限の制限", details)
    return row


def drop_permission(
    session: Session, actor: Actor, user_id: int, user_permission_id: int, *, moment: dt.datetime
) -> None:
    """Remove a single grant or denial."""
    actor.require(Permission.ADMIN_ROLES)
    refuse_own(actor, user_id)
    user = user_of(session, user_id)
    row = _held(
        user.own_permissions, user_permission_id, "この個別権限はもうありません。画面を開き直してください。"
    )
    details = {"利用者ID": user.login, "権限": row.permission, "付与": row.granted}
    user.own_permissions.remove(row)
    session.flush()
    log_setting(session, actor, moment, "個別権限の削除", details)


def give_department_role(
    session: Session,
    actor: Actor,
    department_id: int,
    role_id: int,
    validity: Validity,
    *,
    moment: dt.datetime,
) -> DepartmentRole:
    """Give a role to everybody of a department for a period."""
    actor.require(Permission.ADMIN_ROLES)
    department = _department(session, actor, department_id)
    row = _give(session, department.roles, DepartmentRole, role_id, validity)
    details = {"所属": department.code, "役割": row.role.code, "期間": str(validity)}
    log_setting(session, actor, moment, "所属への役割の付与", details)
    return row


def take_department_role(
    session: Session, actor: Actor, department_id: int, row_id: int, *, moment: dt.datetime
) -> None:
    """Take a role back from a department."""
    actor.require(Permission.ADMIN_ROLES)
    department = _department(session, actor, department_id)
    row = _held(department.roles, row_id, _TAKEN)
    details = {"所属": department.code, "役割": row.role.code}
    department.roles.remove(row)
    session.flush()
    log_setting(session, actor, moment, "所属への役割の取消し", details)


def _department(session: Session, actor: Actor, department_id: int) -> Department:
    department = session.get(Department, department_id)
    if department is None:
        raise EntryRefused(Problem("", "この所属は登録されていません。画面を開き直してください。"))
    user = session.get(User, actor.user_id)
    if user is not None and user.department_id == department.id:
        raise EntryRefused(
            Problem("", "自分の所属の権限は変更できません。ほかの所属の管理者に依頼してください。")
        )
    return department
