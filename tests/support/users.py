"""Users of the tests: made in the database with exactly the rights a test gives them, and logged in quickly."""

from __future__ import annotations

import datetime as dt
import functools
import secrets
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import select
from sqlalchemy.orm import Session

from residentapp.core.access.actor import Actor
from residentapp.core.access.login import hash_of
from residentapp.core.access.models import (
    Department,
    LoginSession,
    Office,
    OfficeKind,
    Terminal,
    User,
    UserPermission,
)
from residentapp.core.access.passwords import hash_password
from residentapp.core.access.permissions import Permission
from tests.support.clock import TEST_MOMENT

#: Password of every user of the tests.
PASSWORD = "Kakuu-no-machi-2026"
TERMINAL_CODE = "T01"

_CHANGING = ("POST", "PUT", "PATCH", "DELETE")


@functools.cache
def _password_hash() -> str:
    return hash_password(PASSWORD)


def clerk(
    *permissions: Permission, login: str = "tanto", name: str = "架空　担当", user_id: int = 1
) -> Actor:
    """An actor for operations and queries, without any row in the database."""
    return Actor(
        user_id=user_id,
        login=login,
        name=name,
        department="市民課",
        office_code="01",
        office_name="本庁",
        terminal_code=TERMINAL_CODE,
        terminal_name="窓口1番",
        permissions=frozenset(permissions),
    )


def make_terminal(session: Session) -> Terminal:
    """The terminal of the tests at the main office; made at the first call."""
    found = session.scalars(select(Terminal).where(Terminal.code == TERMINAL_CODE)).one_or_none()
    if found is None:
        office = session.scalars(select(Office).where(Office.code == "01")).one_or_none()
        office = office or Office(code="01", name="本庁", kind=OfficeKind.MAIN.value)
        found = Terminal(code=TERMINAL_CODE, name="窓口1番", office=office)
        session.add(found)
        session.flush()
    return found


def make_user(
    session: Session,
    *permissions: Permission,
    login: str = "tanto",
    name: str = "架空　担当",
    moment: dt.datetime = TEST_MOMENT,
) -> User:
    """A user of 市民課 who may do exactly this; has the password ``PASSWORD``."""
    make_terminal(session)
    department = session.scalars(select(Department).where(Department.code == "shimin")).one_or_none()
    if department is None:
        department = Department(code="shimin", name="市民課")
    user = User(
        login=login,
        name=name,
        department=department,
        password_hash=_password_hash(),
        password_changed_at=moment,
        must_change_password=False,
        created_at=moment,
        own_permissions=[
            UserPermission(permission=permission.value, granted=True) for permission in permissions
        ],
    )
    session.add(user)
    session.flush()
    return user


class Browser(FlaskClient):
    """A test client that sends a valid CSRF token with every change, as our pages do.

    ``browser.post(…, csrf=False)`` leaves it out.
    """

    application: Flask

    def open(self, *args: Any, csrf: bool = True, **kwargs: Any) -> Any:
        if csrf and kwargs.get("method", "GET") in _CHANGING:
            headers = dict(kwargs.pop("headers", None) or {})
            headers.setdefault("X-CSRFToken", self._csrf_token())
            kwargs["headers"] = headers
        return super().open(*args, **kwargs)

    def _csrf_token(self) -> str:
        with self.session_transaction() as cookie:
            raw = cookie.setdefault("csrf_token", secrets.token_hex(20))
        return str(
            URLSafeTimedSerializer(self.application.secret_key or "", salt="wtf-csrf-token").dumps(raw)
        )


def log_in(browser: FlaskClient, session: Session, user: User, *, moment: dt.datetime) -> None:
    """Give the browser a running login session without the slow password check."""
    token = secrets.token_urlsafe(32)
    session.add(
        LoginSession(
            token_hash=hash_of(token),
            user_id=user.id,
            terminal_id=make_terminal(session).id,
            remote="127.0.0.1",
            started_at=moment,
            last_seen_at=moment,
        )
    )
    with browser.session_transaction() as cookie:
        cookie["_user_id"] = token
        cookie["_fresh"] = True
