"""Logging in, staying in, being locked out: decisions and what the database keeps of them (CM-5, RR-10.3a)."""

from __future__ import annotations

import datetime as dt
import enum
import hashlib
import secrets
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload

from residentapp.core.access.actor import Actor, stranger
from residentapp.core.access.models import LoginLock, LoginSession, Terminal, User
from residentapp.core.access.passwords import hash_password, needs_rehash, normalized, verify_password
from residentapp.core.access.rights import actor_for
from residentapp.core.audit import Log, record
from residentapp.core.clock import Clock, day_of
from residentapp.core.db import Database

#: Counts of failed logins are forgotten after this; keeps the table of made-up names small.
FORGET_FAILURES = dt.timedelta(days=1)


class LoginSettings(Protocol):
    """The part of the settings that login needs."""

    @property
    def idle_minutes(self) -> int:
        """Minutes without a request after which a session ends."""

    @property
    def session_hours(self) -> int:
        """Hours after which a session ends whatever happens."""

    @property
    def lockout_failures(self) -> int:
        """Failed logins in a row that lock."""

    @property
    def lockout_minutes(self) -> int:
        """Minutes a lock lasts."""


class LoginRefusal(enum.StrEnum):
    """Why a login was refused. The first two are the same for names with and without an account."""

    WRONG = "wrong"
    LOCKED = "locked"
    NO_TERMINAL = "no_terminal"

    @property
    def message(self) -> str:
        """What the login page says."""
        return _REFUSALS[self]


_REFUSALS = {
    LoginRefusal.WRONG: "利用者IDかパスワードが違います。確かめて、もう一度入力してください。",
    LoginRefusal.LOCKED: "続けて失敗したため、ログインを止めています。"
    "時間をおいてやり直すか、管理者に解除を依頼してください。",
    LoginRefusal.NO_TERMINAL: "この端末は登録されていません。端末を選び直すか、管理者に登録を依頼してください。",
}


class SessionEnd(enum.StrEnum):
    """Why a login session ended."""

    LOGOUT = "logout"
    IDLE = "idle"
    ABSOLUTE = "absolute"
    ADMIN = "admin"
    ACCOUNT = "account"
    PASSWORD = "password"

    @property
    def label(self) -> str:
        """Japanese label for screens."""
        return _ENDS[self]


_ENDS = {
    SessionEnd.LOGOUT: "ログアウト",
    SessionEnd.IDLE: "無操作による終了",
    SessionEnd.ABSOLUTE: "利用時間の上限による終了",
    SessionEnd.ADMIN: "管理者による終了",
    SessionEnd.ACCOUNT: "利用者・端末の停止による終了",
    SessionEnd.PASSWORD: "パスワード変更による終了",
}


@dataclass(frozen=True)
class LoggedIn:
    """A successful login: the token for the browser, and who it is."""

    token: str
    actor: Actor
    must_change_password: bool


@dataclass(frozen=True)
class SessionCheck:
    """What a token is worth now.

    :param actor: who it is; None when the session is over or never was.
    :param end: why it is over; None for an unknown token.
    :param user_id: whose session it is or was; None for an unknown token.
    """

    actor: Actor | None = None
    session_id: int | None = None
    user_id: int | None = None
    must_change_password: bool = False
    end: SessionEnd | None = None


def login_name(text: str) -> str:
    """A login name as it is stored: without blanks around it, half-width, lower case."""
    return normalized(text).strip().lower()


def hash_of(text: str) -> str:
    """SHA-256 in hex: how session tokens and tried login names are kept."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def _lock_row(session: Session, key: str, moment: dt.datetime) -> LoginLock:
    """The row of a login name, locked against others counting at the same time."""
    statement = select(LoginLock).where(LoginLock.login_hash == key).with_for_update()
    row = session.scalars(statement).one_or_none()
    if row is not None:
        return row
    try:
        with session.begin_nested():
            row = LoginLock(login_hash=key, failures=0, last_failure_at=moment)
            session.add(row)
        return row
    except IntegrityError:
        return session.scalars(statement).one()


def _count_attempt(session: Session, key: str, moment: dt.datetime, settings: LoginSettings) -> bool:
    """Count an attempt as failed before it is judged; False when the name is locked.

    Counting first means that many guesses at the same moment cannot slip past the limit.
    """
    session.execute(delete(LoginLock).where(LoginLock.last_failure_at < moment - FORGET_FAILURES))
    row = _lock_row(session, key, moment)
    if row.locked_until is not None:
        if moment < row.locked_until:
            return False
        row.failures, row.locked_until = 0, None
    row.failures += 1
    row.last_failure_at = moment
    if row.failures >= settings.lockout_failures:
        row.locked_until = moment + dt.timedelta(minutes=settings.lockout_minutes)
    return True


def unlock(session: Session, login: str) -> None:
    """Forget the failures of a login name."""
    session.execute(delete(LoginLock).where(LoginLock.login_hash == hash_of(login_name(login))))


def locked_until(session: Session, login: str, moment: dt.datetime) -> dt.datetime | None:
    """Until when a login name is locked; None when it is not."""
    row = session.get(LoginLock, hash_of(login_name(login)))
    if row is None or row.locked_until is None or row.locked_until <= moment:
        return None
    return row.locked_until


def log_in(
    database: Database,
    settings: LoginSettings,
    *,
    login: str,
    password: str,
    terminal_code: str,
    clock: Clock,
    remote: str = "",
) -> LoggedIn | LoginRefusal:
    """Judge a login and start a session. Every outcome is written to the authentication log.

    Opens its own transactions: one to count the attempt, one for the outcome. The slow hash is computed between
    them, because on SQLite a transaction keeps all others waiting.
    """
    name, moment = login_name(login), clock()
    key = hash_of(name)
    with database.transaction() as session:
        allowed = _count_attempt(session, key, moment, settings)
        user = session.scalars(select(User).where(User.login == name)).one_or_none()
        password_hash = user.password_hash if user else None
    # Computed for unknown and locked names as well: the time tells nothing.
    right = verify_password(password_hash, password)
    with database.transaction() as session:
        user = session.scalars(
            select(User).where(User.login == name).options(joinedload(User.department))
        ).one_or_none()
        terminal = find_terminal(session, terminal_code, day_of(moment))
        usable = user is not None and user.active and user.in_force(day_of(moment))
        unchanged = user is not None and user.password_hash == password_hash
        if not allowed or not (right and usable and unchanged) or user is None:
            refusal = LoginRefusal.WRONG if allowed else LoginRefusal.LOCKED
        elif terminal is None:
            session.execute(delete(LoginLock).where(LoginLock.login_hash == key))
            refusal = LoginRefusal.NO_TERMINAL
        else:
            session.execute(delete(LoginLock).where(LoginLock.login_hash == key))
            if needs_rehash(user.password_hash):
                user.password_hash = hash_password(password)
            return _start(session, user, terminal, moment, remote)
        _record_refusal(session, user, terminal, moment, refusal, remote)
        return refusal


def find_terminal(session: Session, code: str, day: dt.date) -> Terminal | None:
    """A terminal in use on a day at an office in use; None otherwise."""
    terminal = session.scalars(
        select(Terminal).where(Terminal.code == code).options(joinedload(Terminal.office))
    ).one_or_none()
    return terminal if terminal is not None and terminal.usable(day) else None


def _start(session: Session, user: User, terminal: Terminal, moment: dt.datetime, remote: str) -> LoggedIn:
    token = secrets.token_urlsafe(32)
    session.add(
        LoginSession(
            token_hash=hash_of(token),
            user_id=user.id,
            terminal_id=terminal.id,
            remote=remote,
            started_at=moment,
            last_seen_at=moment,
        )
    )
    actor = actor_for(session, user, terminal, day_of(moment))
    record(
        session, actor, moment=moment, log=Log.AUTHENTICATION, action="ログイン", details={"接続元": remote}
    )
    return LoggedIn(token, actor, user.must_change_password)


def _record_refusal(
    session: Session,
    user: User | None,
    terminal: Terminal | None,
    moment: dt.datetime,
    refusal: LoginRefusal,
    remote: str,
) -> None:
    # A name without an account is not written down: it may be a password typed into the wrong field.
    actor = actor_for(session, user, terminal, day_of(moment)) if user else stranger(remote)
    record(
        session,
        actor,
        moment=moment,
        log=Log.AUTHENTICATION,
        action="ログイン失敗",
        succeeded=False,
        details={"接続元": remote, "理由": refusal.value, "利用者ID": user.login if user else "（登録なし）"},
    )


def check_session(
    database: Database, settings: LoginSettings, token: str, *, moment: dt.datetime, touch: bool = True
) -> SessionCheck:
    """Who holds this token now. A session that has run out is ended and logged here.

    At exactly ``idle_minutes`` or ``session_hours`` the session is over.

    :param touch: whether this request counts as activity; False for what a page does by itself.
    """
    with database.transaction() as session:
        row = session.scalars(
            select(LoginSession)
            .where(LoginSession.token_hash == hash_of(token))
            .options(
                joinedload(LoginSession.user).joinedload(User.department),
                joinedload(LoginSession.terminal).joinedload(Terminal.office),
            )
        ).one_or_none()
        if row is None:
            return SessionCheck()
        if row.ended_at is not None:
            return SessionCheck(session_id=row.id, user_id=row.user_id, end=SessionEnd(row.end_reason))
        end = _end_now(row, moment, settings)
        actor = actor_for(session, row.user, row.terminal, day_of(moment))
        if end is not None:
            _end(session, row, moment, end, actor)
            return SessionCheck(session_id=row.id, user_id=row.user_id, end=end)
        if touch and moment > row.last_seen_at:
            session.execute(update(LoginSession).where(LoginSession.id == row.id).values(last_seen_at=moment))
        return SessionCheck(actor, row.id, row.user_id, row.user.must_change_password)


def _end_now(row: LoginSession, moment: dt.datetime, settings: LoginSettings) -> SessionEnd | None:
    user, day = row.user, day_of(moment)
    if not (user.active and user.in_force(day) and row.terminal.usable(day)):
        return SessionEnd.ACCOUNT
    if moment - row.started_at >= dt.timedelta(hours=settings.session_hours):
        return SessionEnd.ABSOLUTE
    if moment - row.last_seen_at >= dt.timedelta(minutes=settings.idle_minutes):
        return SessionEnd.IDLE
    return None


def _end(session: Session, row: LoginSession, moment: dt.datetime, end: SessionEnd, actor: Actor) -> None:
    row.ended_at, row.end_reason = moment, end.value
    record(
        session,
        actor,
        moment=moment,
        log=Log.AUTHENTICATION,
        action="ログアウト",
        details={"理由": end.label, "利用者ID": row.user.login},
    )


def end_session(
    session: Session, session_id: int, *, actor: Actor, moment: dt.datetime, end: SessionEnd
) -> None:
    """End a login session; nothing happens when it is over already."""
    row = session.get(LoginSession, session_id)
    if row is not None and row.ended_at is None:
        _end(session, row, moment, end, actor)


def end_sessions_of(
    session: Session,
    user_id: int,
    *,
    actor: Actor,
    moment: dt.datetime,
    end: SessionEnd,
    keep: int | None = None,
) -> int:
    """End all sessions of a user but the one with the id ``keep``; returns how many."""
    rows = session.scalars(
        select(LoginSession).where(LoginSession.user_id == user_id, LoginSession.ended_at.is_(None))
    )
    ending = [row for row in rows if row.id != keep]
    for row in ending:
        _end(session, row, moment, end, actor)
    return len(ending)
