"""Accounts: creating, changing, passwords, locks and sessions (RR-10.3a). Each change goes to the settings log.

Nobody changes the own account's rights or period, and passwords never reach a log.
"""

from __future__ import annotations

import datetime as dt
import re
import secrets
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from residentapp.admin.types import EntryRefused, Problem, UserEntry
from residentapp.core.access import Actor, Permission
from residentapp.core.access.login import (
    SessionEnd,
    end_session,
    end_sessions_of,
    login_name,
    unlock,
)
from residentapp.core.access.models import Department, LoginSession, PasswordHistory, User
from residentapp.core.access.passwords import (
    HISTORY_LENGTH,
    hash_password,
    password_problems,
    verify_password,
)
from residentapp.core.audit import Log, record

_LOGIN = re.compile(r"[a-z0-9][a-z0-9._-]{1,62}[a-z0-9]")
_MAX_NAME = 60
#: Letters and digits that are not mistaken for each other on paper.
_TEMPORARY = "abcdefghjkmnpqrstuvwxyz23456789"


def user_of(session: Session, user_id: int) -> User:
    """The account.

    :raises EntryRefused: when there is none.
    """
    user = session.get(User, user_id)
    if user is None:
        raise EntryRefused(Problem("", "この利用者は登録されていません。一覧を開き直してください。"))
    return user


def refuse_own(actor: Actor, user_id: int) -> None:
    """:raises EntryRefused: when the actor is about to change the own account."""
    if actor.user_id == user_id:
        raise EntryRefused(Problem("", "自分の登録や権限は変更できません。ほかの管理者に依頼してください。"))


def log_setting(
    session: Session, actor: Actor, moment: dt.datetime, action: str, details: dict[str, Any]
) -> None:
    """One row of the settings log (設定変更ログ)."""
    record(session, actor, moment=moment, log=Log.SETTING, action=action, details=details)


def _entry_problems(session: Session, entry: UserEntry) -> list[Problem]:
    problems = []
    if not entry.name.strip() or len(entry.name) > _MAX_NAME:
        problems.append(Problem("name", f"利用者名称を{_MAX_NAME}文字以内で入力してください。"))
    if session.get(Department, entry.department_id) is None:
        problems.append(Problem("department_id", "所属を選んでください。"))
    if not entry.validity.in_order:
        problems.append(Problem("valid_to", "利用期間の終了日が開始日より前です。日付を直してください。"))
    return problems


def create_user(
    session: Session, actor: Actor, entry: UserEntry, password: str, *, moment: dt.datetime
) -> User:
    """Create an account; the user has to change the password at the first login.

    :raises EntryRefused: name taken or malformed, no such department, password against the rules.
    :raises PermissionDenied: without ``ADMIN_USERS``.
    """
    actor.require(Permission.ADMIN_USERS)
    login = login_name(entry.login)
    problems = _entry_problems(session, entry)
    if not _LOGIN.fullmatch(login):
        problems.append(
            Problem("login", "利用者IDは半角の英数字と . _ - の3～64文字で、英数字で始めて終えてください。")
        )
    elif session.scalar(select(func.count()).select_from(User).where(User.login == login)):
        problems.append(Problem("login", "この利用者IDは使われています。別のIDにしてください。"))
    problems += [Problem("password", text) for text in password_problems(password, login=login)]
    if problems:
        raise EntryRefused(*problems)
    user = User(
        login=login,
        name=entry.name.strip(),
        department_id=entry.department_id,
        password_hash=hash_password(password),
        password_changed_at=moment,
        must_change_password=True,
        active=entry.active,
        valid_from=entry.validity.first,
        valid_to=entry.validity.last,
        created_at=moment,
    )
    session.add(user)
    session.flush()
    log_setting(session, actor, moment, "利用者の登録", {"利用者ID": login, "登録": _facts(session, user)})
    return user


def _facts(session: Session, user: User) -> dict[str, Any]:
    return {
        "利用者名称": user.name,
        "所属": session.get_one(Department, user.department_id).name,
        "開始日": user.valid_from,
        "終了日": user.valid_to,
        "利用可": user.active,
    }


def change_user(
    session: Session, actor: Actor, user_id: int, entry: UserEntry, *, version: int, moment: dt.datetime
) -> User:
    """Change an account's data; the login name stays. Switching it off ends its sessions.

    :param version: the version that the form was filled from.
    :raises EntryRefused: somebody else was faster, own account, or the data are wrong.
    """
    actor.require(Permission.ADMIN_USERS)
    refuse_own(actor, user_id)
    user = user_of(session, user_id)
    if user.version != version:
        raise EntryRefused(
            Problem("", "ほかの管理者が先に変更しました。画面を開き直して、もう一度入力してください。")
        )
    problems = _entry_problems(session, entry)
    if problems:
        raise EntryRefused(*problems)
    before = _facts(session, user)
    user.name = entry.name.strip()
    user.department_id = entry.department_id
    user.valid_from, user.valid_to = entry.validity.first, entry.validity.last
    user.active = entry.active
    session.flush()
    after = _facts(session, user)
    changed = {name: [before[name], after[name]] for name in after if before[name] != after[name]}
    if not user.active:
        end_sessions_of(session, user.id, actor=actor, moment=moment, end=SessionEnd.ACCOUNT)
    log_setting(session, actor, moment, "利用者の変更", {"利用者ID": user.login, "変更": changed})
    return user


def _replace_password(session: Session, user: User, password: str, moment: dt.datetime) -> None:
    earlier = session.scalars(
        select(PasswordHistory)
        .where(PasswordHistory.user_id == user.id)
        .order_by(PasswordHistory.id.desc())
        .limit(HISTORY_LENGTH - 1)
    )
    used = [user.password_hash, *(row.password_hash for row in earlier)]
    problems = password_problems(password, login=user.login, earlier=used)
    if problems:
        raise EntryRefused(*(Problem("password", text) for text in problems))
    session.add(PasswordHistory(user_id=user.id, password_hash=user.password_hash, changed_at=moment))
    user.password_hash = hash_password(password)
    user.password_changed_at = moment


def set_password(
    session: Session,
    actor: Actor,
    user_id: int,
    password: str,
    *,
    moment: dt.datetime,
    must_change: bool = True,
) -> User:
    """An administrator sets a password: ends the user's sessions and unlocks the account.

    :raises EntryRefused: password against the rules or used before.
    """
    actor.require(Permission.ADMIN_USERS)
    user = user_of(session, user_id)
    _replace_password(session, user, password, moment)
    user.must_change_password = must_change
    unlock(session, user.login)
    end_sessions_of(session, user.id, actor=actor, moment=moment, end=SessionEnd.PASSWORD)
    log_setting(session, actor, moment, "パスワードの再設定", {"利用者ID": user.login})
    return user


def reset_password(session: Session, actor: Actor, user_id: int, *, moment: dt.datetime) -> str:
    """Set a random password that the user must change at the next login; returned once, to be handed over.

    :raises EntryRefused: for the own account: who finds a terminal left open must not get a password for it.
    """
    refuse_own(actor, user_id)
    password = temporary_password()
    set_password(session, actor, user_id, password, moment=moment)
    return password


def temporary_password() -> str:
    """Four groups of four letters and digits, easily read out: 78 bits."""
    return "-".join("".join(secrets.choice(_TEMPORARY) for _ in range(4)) for _ in range(4))


def change_own_password(
    session: Session,
    actor: Actor,
    current: str,
    password: str,
    *,
    moment: dt.datetime,
    session_id: int | None,
) -> None:
    """A user changes the own password; all other sessions of the user end.

    :param session_id: the session that stays.
    :raises EntryRefused: current password wrong, or the new one against the rules.
    """
    user = user_of(session, actor.user_id)
    if not verify_password(user.password_hash, current):
        raise EntryRefused(Problem("current", "いまのパスワードが違います。確かめて入力し直してください。"))
    _replace_password(session, user, password, moment)
    user.must_change_password = False
    end_sessions_of(session, user.id, actor=actor, moment=moment, end=SessionEnd.PASSWORD, keep=session_id)
    record(session, actor, moment=moment, log=Log.AUTHENTICATION, action="パスワードの変更")


def unlock_user(session: Session, actor: Actor, user_id: int, *, moment: dt.datetime) -> User:
    """Let a user who was locked out try again at once."""
    actor.require(Permission.ADMIN_USERS)
    user = user_of(session, user_id)
    unlock(session, user.login)
    log_setting(session, actor, moment, "ログインロックの解除", {"利用者ID": user.login})
    return user


def end_login_session(session: Session, actor: Actor, session_id: int, *, moment: dt.datetime) -> None:
    """An administrator ends somebody's login."""
    actor.require(Permission.ADMIN_USERS)
    row = session.get(LoginSession, session_id)
    if row is None:
        raise EntryRefused(Problem("", "このログインはもうありません。画面を開き直してください。"))
    end_session(session, session_id, actor=actor, moment=moment, end=SessionEnd.ADMIN)
