"""Tables of the audit log: insert-only, each row chained to the one before (RR-10.2d)."""

from __future__ import annotations

import datetime as dt
import enum
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from residentapp.core.db import Base

#: The chain's first row follows this.
GENESIS = "0" * 64


class Log(enum.StrEnum):
    """Kind of log (RR-10.2a-c)."""

    OPERATION = "operation"
    AUTHENTICATION = "authentication"
    EVENT = "event"
    COMMUNICATION = "communication"
    PRINT = "print"
    SETTING = "setting"
    ERROR = "error"

    @property
    def label(self) -> str:
        """Japanese label for screens."""
        return _LOG_LABELS[self]


_LOG_LABELS = {
    Log.OPERATION: "操作ログ",
    Log.AUTHENTICATION: "認証ログ",
    Log.EVENT: "イベントログ",
    Log.COMMUNICATION: "通信ログ",
    Log.PRINT: "印刷ログ",
    Log.SETTING: "設定変更ログ",
    Log.ERROR: "エラーログ",
}


class AuditEntry(Base):
    """One row of the log. Written only by :func:`residentapp.core.audit.record`.

    ``sequence`` runs from 1 without gaps. ``key_id`` names the key under which ``hash`` was made; empty when
    there was none. ``subjects`` are the addressee numbers of the persons looked at or changed. ``actor_id`` is 0
    for the system itself and -1 for somebody who has not logged in.
    """

    __tablename__ = "audit_entry"
    __table_args__ = (
        CheckConstraint(
            "log IN ('operation', 'authentication', 'event', 'communication', 'print', 'setting', 'error')",
            name="log",
        ),
        CheckConstraint("sequence > 0", name="sequence_positive"),
        Index("ix_audit_entry_log_moment", "log", "moment"),
        Index("ix_audit_entry_actor_login_moment", "actor_login", "moment"),
    )

    sequence: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    moment: Mapped[dt.datetime] = mapped_column(index=True)
    log: Mapped[str] = mapped_column(String(20))
    action: Mapped[str] = mapped_column(String(80))
    screen: Mapped[str]
    file_name: Mapped[str]
    actor_id: Mapped[int]
    actor_login: Mapped[str]
    actor_name: Mapped[str]
    department: Mapped[str]
    office_code: Mapped[str]
    office_name: Mapped[str]
    terminal_code: Mapped[str]
    terminal_name: Mapped[str]
    subjects: Mapped[list[str]]
    details: Mapped[dict[str, Any]]
    individual_number: Mapped[bool]
    succeeded: Mapped[bool]
    request_id: Mapped[str] = mapped_column(String(64))
    previous_hash: Mapped[str] = mapped_column(String(64))
    key_id: Mapped[str] = mapped_column(String(40))
    hash: Mapped[str] = mapped_column(String(64))


class AuditSubject(Base):
    """Index of the log by addressee number; follows ``AuditEntry.subjects`` exactly."""

    __tablename__ = "audit_subject"

    number: Mapped[str] = mapped_column(String(20), primary_key=True)
    sequence: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("audit_entry.sequence"), primary_key=True, autoincrement=False, index=True
    )


class AuditHead(Base):
    """How many rows the log has and the hash of the last one, under a keyed code: shows a cut-off tail."""

    __tablename__ = "audit_head"
    __table_args__ = (CheckConstraint("id = 1", name="single"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    count: Mapped[int] = mapped_column(BigInteger)
    hash: Mapped[str] = mapped_column(String(64))
    key_id: Mapped[str] = mapped_column(String(40))
    mac: Mapped[str] = mapped_column(String(64))
