"""Which permissions a user has on a day."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import ColumnElement, and_, literal, or_, select, union_all
from sqlalchemy.orm import Session

from residentapp.core.access.actor import Actor
from residentapp.core.access.models import (
    DepartmentRole,
    Period,
    RolePermission,
    Terminal,
    User,
    UserPermission,
    UserRole,
)
from residentapp.core.access.permissions import Permission, known_permissions


def _in_force(holder: type[Period], day: dt.date) -> ColumnElement[bool]:
    start: Any = holder.valid_from
    end: Any = holder.valid_to
    return and_(or_(start.is_(None), start <= day), or_(end.is_(None), end >= day))


def permissions_on(session: Session, user: User, day: dt.date) -> frozenset[Permission]:
    """Roles of the user and of the department, plus single grants, less single denials, all in force that day."""
    by_person = (
        select(RolePermission.permission, literal(1))
        .join(UserRole, UserRole.role_id == RolePermission.role_id)
        .where(UserRole.user_id == user.id, _in_force(UserRole, day))
    )
    by_department = (
        select(RolePermission.permission, literal(1))
        .join(DepartmentRole, DepartmentRole.role_id == RolePermission.role_id)
        .where(DepartmentRole.department_id == user.department_id, _in_force(DepartmentRole, day))
    )
    single = [
        select(UserPermission.permission, literal(sign)).where(
            UserPermission.user_id == user.id,
            UserPermission.granted.is_(granted),
            _in_force(UserPermission, day),
        )
        for granted, sign in ((True, 1), (False, -1))
    ]
    rows = session.execute(union_all(by_person, by_department, *single)).all()
    denied = {value for value, sign in rows if sign < 0}
    return known_permissions(value for value, sign in rows if sign > 0 and value not in denied)


def actor_for(session: Session, user: User, terminal: Terminal | None, day: dt.date) -> Actor:
    """The user as an actor with the rights of the day.

    :param terminal: where the user sits; None for a command run on the server.
    """
    return Actor(
        user_id=user.id,
        login=user.login,
        name=user.name,
        department=user.department.name,
        office_code=terminal.office.code if terminal else "",
        office_name=terminal.office.name_on(day) if terminal else "",
        terminal_code=terminal.code if terminal else "",
        terminal_name=terminal.name_on(day) if terminal else "",
        permissions=permissions_on(session, user, day),
        ward_code=user.department.ward_code or (terminal.office.ward_code if terminal else None) or "",
    )
