"""排他制御: while one officer edits a resident, a household or a case, others can only look (RR-10.3c).

A lock has a holder and a purpose that others are told. It ends when it is released, when its time has run out, or
when somebody with the right to do so releases it. A lock taken for a case that waits for its approval has no time:
the household that the case will change must not change under it.
"""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, bindparam, delete, select, tuple_, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from residentapp.core import audit
from residentapp.core.access.actor import Actor
from residentapp.core.access.permissions import Permission
from residentapp.core.clock import JST
from residentapp.core.db.base import Base
from residentapp.core.db.search import insert_missing
from residentapp.core.db.types import code_column

#: How long a lock lasts without a sign of its holder.
LOCK_TIME = dt.timedelta(minutes=30)


class LockSubject(enum.StrEnum):
    """What is locked."""

    RESIDENT = "resident"
    HOUSEHOLD = "household"
    CASE = "case"

    @property
    def label(self) -> str:
        """Label in messages."""
        return {"resident": "この人", "household": "この世帯", "case": "この入力"}[self.value]


class EditLock(Base):
    """One lock; there is never more than one for a subject."""

    __tablename__ = "edit_lock"

    id: Mapped[int] = mapped_column(primary_key=True)
    subject: Mapped[LockSubject] = mapped_column(code_column(LockSubject, "subject"))
    key: Mapped[str] = mapped_column(String(40))
    """宛名番号, 世帯番号 or the case's id."""
    owner: Mapped[str] = mapped_column(String(60))
    """The work that holds it, for example a case: the same work never locks itself out."""
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    user_name: Mapped[str]
    terminal_name: Mapped[str]
    purpose: Mapped[str]
    taken_at: Mapped[dt.datetime]
    expires_at: Mapped[dt.datetime | None]
    """Empty: stands until it is released."""

    __table_args__ = (
        UniqueConstraint("subject", "key"),
        Index("ix_edit_lock_owner", "owner"),
    )


@dataclass(frozen=True)
class LockInfo:
    """Who holds a lock, for messages."""

    subject: LockSubject
    user_name: str
    terminal_name: str
    purpose: str
    taken_at: dt.datetime
    expires_at: dt.datetime | None
    user_id: int

    @property
    def message(self) -> str:
        """What a clerk who comes second is told."""
        until = (
            f"{self.expires_at.astimezone(JST):%H時%M分}まで操作がなければ自動で外れます。"
            if self.expires_at is not None
            else "その仕事が終わるか、排他の解除の権限を持つ人が外すまで続きます。"
        )
        return (
            f"{self.subject.label}は、{self.user_name}さん（{self.terminal_name}）が{self._since}から"
            f"{self.purpose}のために使っています。{until}"
        )

    @property
    def own_message(self) -> str:
        """What a clerk is told whose own other work stands in the way."""
        todo = "続けるか取り下げて" if self.expires_at is not None else "引き戻すか、決裁を待って"
        return (
            f"{self.subject.label}は、あなたの別の{self.purpose}（{self._since}から）で使っています。"
            f"ホームの一覧からその入力を開き、{todo}ください。"
        )

    @property
    def _since(self) -> str:
        return f"{self.taken_at.astimezone(JST):%m月%d日 %H時%M分}"


class Locked(Exception):
    """Somebody else edits the subject. The text says who, since when, and what to do; no personal data of residents.

    :ivar info: the lock that stands in the way.
    :param own: it is of other work of the same officer.
    """

    def __init__(self, info: LockInfo, *, own: bool = False) -> None:
        super().__init__(info.own_message if own else info.message)
        self.info = info


def _info(row: EditLock) -> LockInfo:
    return LockInfo(
        row.subject,
        row.user_name,
        row.terminal_name,
        row.purpose,
        row.taken_at,
        row.expires_at,
        row.user_id,
    )


def _find(session: Session, subject: LockSubject, key: str, *, for_update: bool = False) -> EditLock | None:
    query = select(EditLock).where(EditLock.subject == subject, EditLock.key == key)
    if for_update:
        query = query.with_for_update().execution_options(populate_existing=True)
    return session.scalars(query).one_or_none()


def _is_over(row: EditLock, now: dt.datetime) -> bool:
    return row.expires_at is not None and row.expires_at <= now


def acquire(
    session: Session,
    actor: Actor,
    subject: LockSubject,
    key: str,
    *,
    owner: str,
    purpose: str,
    now: dt.datetime,
    personal: bool = False,
) -> None:
    """:func:`acquire_all` for one subject."""
    acquire_all(
        session,
        actor,
        {(subject, key)},
        owner=owner,
        purpose=purpose,
        now=now,
        personal=personal,
    )


def acquire_all(
    session: Session,
    actor: Actor,
    chosen: Collection[tuple[LockSubject, str]],
    *,
    owner: str,
    purpose: str,
    now: dt.datetime,
    personal: bool = False,
) -> None:
    """Take locks, or prolong them for the same user and the same work, in one order everywhere.

    :param owner: the work that takes them, for example ``case:<id>``; it may hold several.
    :param purpose: told to others: 転入の入力.
    :param personal: another user is locked out even of the same work.
    :raises Locked: when somebody else, or other work, holds one.
    """
    mine = {
        "owner": owner,
        "user_id": actor.user_id,
        "user_name": actor.name,
        "terminal_name": actor.terminal_name,
        "purpose": purpose,
        "expires_at": now + LOCK_TIME,
    }
    held = _held(session, chosen)
    for row in held:
        _prolong(row, mine, now=now, personal=personal)
    missing = sorted(set(chosen) - {(row.subject, row.key) for row in held})
    if missing:
        rows = [{"subject": subject, "key": key, "taken_at": now} | mine for subject, key in missing]
        insert_missing(session, EditLock, rows)
        # Somebody may have been faster by a moment; theirs is committed now and stands in the way.
        for row in _held(session, missing):
            _prolong(row, mine, now=now, personal=personal)
    session.flush()


_CHOSEN = (
    select(EditLock)
    .where(tuple_(EditLock.subject, EditLock.key).in_(bindparam("chosen", expanding=True)))
    .order_by(EditLock.subject, EditLock.key)
    .with_for_update()
)


def _held(session: Session, chosen: Collection[tuple[LockSubject, str]]) -> list[EditLock]:
    """The locks that there are, held until the end of the transaction."""
    if not chosen:
        return []
    rows = session.scalars(_CHOSEN, {"chosen": sorted(chosen)}, execution_options={"populate_existing": True})
    return list(rows)


def _prolong(row: EditLock, mine: Mapping[str, Any], *, now: dt.datetime, personal: bool) -> None:
    over = _is_over(row, now)
    own = row.owner == mine["owner"] and (row.user_id == mine["user_id"] or not personal)
    if not over and not own:
        raise Locked(_info(row), own=row.user_id == mine["user_id"])
    if over or row.user_id != mine["user_id"]:
        row.taken_at = now
    for name, value in mine.items():
        setattr(row, name, value)


def holder(session: Session, subject: LockSubject, key: str, *, now: dt.datetime) -> LockInfo | None:
    """Who holds a lock now; None when nobody does."""
    row = _find(session, subject, key)
    return None if row is None or _is_over(row, now) else _info(row)


def holders(
    session: Session, subject: LockSubject, keys: Collection[str], *, now: dt.datetime
) -> dict[str, LockInfo]:
    """Who holds locks now, by key; without those that nobody holds."""
    query = select(EditLock).where(EditLock.subject == subject, EditLock.key.in_(keys))
    return {row.key: _info(row) for row in session.scalars(query) if not _is_over(row, now)}


def holds(session: Session, actor: Actor, subject: LockSubject, key: str, *, now: dt.datetime) -> bool:
    """Whether this user holds the lock."""
    row = _find(session, subject, key)
    return row is not None and row.user_id == actor.user_id and not _is_over(row, now)


def make_lasting(session: Session, owner: str) -> None:
    """The locks of a piece of work, which it has just taken or prolonged, stand until they are released."""
    session.execute(update(EditLock).where(EditLock.owner == owner).values(expires_at=None))


def make_temporary(session: Session, owner: str, *, now: dt.datetime) -> None:
    """The locks of a piece of work run out again without a sign of its holder."""
    session.execute(update(EditLock).where(EditLock.owner == owner).values(expires_at=now + LOCK_TIME))


def release(session: Session, owner: str, subject: LockSubject | None = None, key: str | None = None) -> None:
    """Give back the locks of a piece of work: all, those of one kind, or one."""
    query = delete(EditLock).where(EditLock.owner == owner)
    if subject is not None:
        query = query.where(EditLock.subject == subject)
    if key is not None:
        query = query.where(EditLock.key == key)
    session.execute(query.execution_options(synchronize_session="fetch"))


def release_others(session: Session, owner: str, *, keep: Collection[tuple[LockSubject, str]]) -> None:
    """Give back the locks of a piece of work except some."""
    query = select(EditLock.subject, EditLock.key).where(EditLock.owner == owner)
    held = {(subject, key) for subject, key in session.execute(query)}
    for subject, key in sorted(held - set(keep)):
        release(session, owner, subject, key)


def release_by_force(
    session: Session, actor: Actor, subject: LockSubject, key: str, *, now: dt.datetime, reason: str
) -> None:
    """Take a lock away from its holder, who will be told when saving. Logged with who held it.

    :raises PermissionDenied: without the right to release locks.
    """
    actor.require(Permission.LOCK_RELEASE)
    row = _find(session, subject, key, for_update=True)
    if row is None:
        return
    audit.record(
        session,
        actor,
        moment=now,
        log=audit.Log.EVENT,
        action="排他の解除",
        details={
            "対象": row.subject.value,
            "番号": row.key,
            "使っていた人": row.user_name,
            "理由": reason,
        },
    )
    session.delete(row)
    session.flush()
