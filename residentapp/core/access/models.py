"""Tables of users, places and rights (RR-10.3, RR-10.4, RR-1.3.1).

Rights come from roles, given to a department or to one person, and from single grants and denials to one
person. All of them have a first and a last day, so that changes can be entered ahead. There is nothing that
gives rights by rank or title (RR-10.3d).
"""

from __future__ import annotations

import datetime as dt
import enum

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from residentapp.core.db import Base


class OfficeKind(enum.StrEnum):
    """Kind of place at which the system is used."""

    MAIN = "main"
    BRANCH = "branch"
    SUB_BRANCH = "sub_branch"
    WARD = "ward"
    SECTION = "section"

    @property
    def label(self) -> str:
        """Japanese label for screens."""
        return {
            "main": "本庁",
            "branch": "支所",
            "sub_branch": "出張所",
            "ward": "区役所（行政区・総合区）",
            "section": "利用課",
        }[self.value]


class Period:
    """First and last day of validity, both included; None leaves that end open."""

    valid_from: Mapped[dt.date | None]
    valid_to: Mapped[dt.date | None]

    def in_force(self, day: dt.date) -> bool:
        """Whether it holds on that day."""
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_to is None or day <= self.valid_to
        )


class Desk(Period):
    """What offices, terminals and printers share: a name that may change on a day, and a period of use (RR-1.3.1).

    ``active`` switches off at once; the period plans it. Logs and issued certificates keep the name of their moment.
    """

    code: Mapped[str] = mapped_column(String(20), unique=True)
    name: Mapped[str]
    next_name: Mapped[str | None]
    next_name_from: Mapped[dt.date | None]
    active: Mapped[bool] = mapped_column(default=True)

    def name_on(self, day: dt.date) -> str:
        """The name of a day."""
        if self.next_name is not None and self.next_name_from is not None and self.next_name_from <= day:
            return self.next_name
        return self.name

    def in_use(self, day: dt.date) -> bool:
        """Whether one may work there on a day."""
        return self.active and self.in_force(day)


def _desk_checks() -> tuple[CheckConstraint, CheckConstraint]:
    return _period_check(), CheckConstraint(
        "(next_name IS NULL) = (next_name_from IS NULL)", name="next_name_with_day"
    )


def _period_check() -> CheckConstraint:
    return CheckConstraint("valid_from IS NULL OR valid_to IS NULL OR valid_from <= valid_to", name="period")


class Department(Base):
    """所属部署: the organisation a user belongs to and through which roles can be given."""

    __tablename__ = "department"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    name: Mapped[str]
    active: Mapped[bool] = mapped_column(default=True)
    ward_code: Mapped[str | None] = mapped_column(ForeignKey("ward.code"))
    """指定都市: the ward to which the section belongs (RR-2.1.3b)."""

    roles: Mapped[list[DepartmentRole]] = relationship(
        back_populates="department", cascade="all, delete-orphan", order_by="DepartmentRole.id"
    )


class Office(Desk, Base):
    """入力場所: a place with counters, in designated cities also a ward (RR-1.3.1)."""

    __tablename__ = "office"
    __table_args__ = (
        CheckConstraint("kind IN ('main', 'branch', 'sub_branch', 'ward', 'section')", name="kind"),
        *_desk_checks(),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    contact: Mapped[str | None]
    """問合せ先 as printed on notices: section, telephone."""
    ward_code: Mapped[str | None] = mapped_column(ForeignKey("ward.code"))
    """指定都市: the ward in which the place works (RR-1.3.1)."""


class Printer(Desk, Base):
    """A printer of an office, with the names of its trays."""

    __tablename__ = "printer"
    __table_args__ = _desk_checks()

    id: Mapped[int] = mapped_column(primary_key=True)
    office_id: Mapped[int] = mapped_column(ForeignKey("office.id"), index=True)
    trays: Mapped[list[str]]

    office: Mapped[Office] = relationship()


class Terminal(Desk, Base):
    """入力端末: chosen at login; goes to the audit log and into the number of an issue (RR-1.3.1)."""

    __tablename__ = "terminal"
    __table_args__ = _desk_checks()

    id: Mapped[int] = mapped_column(primary_key=True)
    office_id: Mapped[int] = mapped_column(ForeignKey("office.id"), index=True)
    printer_id: Mapped[int | None] = mapped_column(ForeignKey("printer.id"), index=True)

    office: Mapped[Office] = relationship()
    printer: Mapped[Printer | None] = relationship()

    def usable(self, day: dt.date) -> bool:
        """Whether one may log in at it on a day: it is in use, and so is its office."""
        return self.in_use(day) and self.office.in_use(day)


class Role(Base):
    """A named set of permissions, by duty."""

    __tablename__ = "role"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str]
    description: Mapped[str] = mapped_column(default="")

    permissions: Mapped[list[RolePermission]] = relationship(
        cascade="all, delete-orphan", order_by="RolePermission.permission"
    )


class RolePermission(Base):
    """One mark in the table of roles and permissions."""

    __tablename__ = "role_permission"

    role_id: Mapped[int] = mapped_column(ForeignKey("role.id"), primary_key=True)
    permission: Mapped[str] = mapped_column(String(60), primary_key=True)


class DepartmentRole(Period, Base):
    """A role that everybody of a department has for a period (rights by organisation, RR-10.3b)."""

    __tablename__ = "department_role"
    __table_args__ = (_period_check(),)

    id: Mapped[int] = mapped_column(primary_key=True)
    department_id: Mapped[int] = mapped_column(ForeignKey("department.id"), index=True)
    role_id: Mapped[int] = mapped_column(ForeignKey("role.id"), index=True)

    department: Mapped[Department] = relationship(back_populates="roles")
    role: Mapped[Role] = relationship()


class User(Period, Base):
    """One person's account. Outside its period nobody can log in with it.

    ``password_hash`` is an Argon2id hash; it is never shown or logged. ``must_change_password`` is set when
    an administrator chose the password.
    """

    __tablename__ = "user_account"
    __table_args__ = (
        _period_check(),
        CheckConstraint("login = lower(login)", name="login_lower_case"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    login: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str]
    department_id: Mapped[int] = mapped_column(ForeignKey("department.id"), index=True)
    password_hash: Mapped[str]
    password_changed_at: Mapped[dt.datetime]
    must_change_password: Mapped[bool] = mapped_column(default=True)
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[dt.datetime]
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 -- SQLAlchemy's own way to name it

    department: Mapped[Department] = relationship()
    roles: Mapped[list[UserRole]] = relationship(
        back_populates="user", cascade="all, delete-orphan", order_by="UserRole.id"
    )
    own_permissions: Mapped[list[UserPermission]] = relationship(
        back_populates="user", cascade="all, delete-orphan", order_by="UserPermission.id"
    )


class UserRole(Period, Base):
    """A role given to one person for a period."""

    __tablename__ = "user_role"
    __table_args__ = (_period_check(),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    role_id: Mapped[int] = mapped_column(ForeignKey("role.id"), index=True)

    user: Mapped[User] = relationship(back_populates="roles")
    role: Mapped[Role] = relationship()


class UserPermission(Period, Base):
    """A single permission given to (``granted``) or taken from one person for a period; taking away wins."""

    __tablename__ = "user_permission"
    __table_args__ = (_period_check(),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    permission: Mapped[str] = mapped_column(String(60))
    granted: Mapped[bool]

    user: Mapped[User] = relationship(back_populates="own_permissions")


class PasswordHistory(Base):
    """Earlier password hashes of a user, so that the last ones are not used again."""

    __tablename__ = "password_history"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    password_hash: Mapped[str]
    changed_at: Mapped[dt.datetime]


class LoginLock(Base):
    """Failed logins in a row for one login name, and until when it is locked.

    Kept for names without an account as well, so that the answer does not tell which names exist. The key is
    a hash of the name, because people type passwords into the name field by mistake.
    """

    __tablename__ = "login_lock"

    login_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    failures: Mapped[int]
    last_failure_at: Mapped[dt.datetime] = mapped_column(index=True)
    locked_until: Mapped[dt.datetime | None]


class LoginSession(Base):
    """One login from start to end. The browser holds a random token, the database only its SHA-256."""

    __tablename__ = "login_session"
    __table_args__ = (UniqueConstraint("token_hash"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64))
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    terminal_id: Mapped[int] = mapped_column(ForeignKey("terminal.id"), index=True)
    remote: Mapped[str] = mapped_column(String(64), default="")
    started_at: Mapped[dt.datetime]
    last_seen_at: Mapped[dt.datetime] = mapped_column(index=True)
    ended_at: Mapped[dt.datetime | None]
    end_reason: Mapped[str] = mapped_column(String(20), default="")

    user: Mapped[User] = relationship()
    terminal: Mapped[Terminal] = relationship()


class HeldForm(Base):
    """What was sent after the session had run out: kept encrypted until the same user is back."""

    __tablename__ = "held_form"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    path: Mapped[str]
    fields: Mapped[bytes] = mapped_column(LargeBinary)
    held_at: Mapped[dt.datetime] = mapped_column(index=True)
