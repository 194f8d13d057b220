"""What the 出入国在留管理庁 told, and what it answered. What is told to it stands in the outbox."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from residentapp.core.db.base import Base
from residentapp.core.db.types import code_column
from residentapp.residents.immigration.types import NoticeState
from residentapp.residents.models.told import NoticeColumns


class ImmigrationNotice(NoticeColumns, Base):
    """A 出入国在留管理庁長官通知 (法第30条の50), with what became of it (RR-4.5.6)."""

    __tablename__ = "immigration_notice"

    noticed_on: Mapped[dt.date | None]
    """通知年月日, when it could be read."""
    state: Mapped[NoticeState] = mapped_column(code_column(NoticeState, "state"))
    change_id: Mapped[int | None]
    """The change that it became; a plain number, because changes may leave for the 除票用データベース."""

    __table_args__ = (
        CheckConstraint("state <> 'pending' OR problem IS NOT NULL", name="problem_told"),
        CheckConstraint(
            "state = 'pending' OR state = 'refused' OR addressee_number IS NOT NULL",
            name="taken_in_for_somebody",
        ),
        CheckConstraint("state <> 'refused' OR note IS NOT NULL", name="refused_with_reason"),
        Index("ix_immigration_notice_state", "state", "received_at"),
        Index("ix_immigration_notice_addressee", "addressee_number"),
        Index("ix_immigration_notice_case", "case_id"),
    )


class ImmigrationResult(Base):
    """What the 出入国在留管理庁連携端末 made of one 市町村通知 or 市町村伝達 (RR-4.5.7b)."""

    __tablename__ = "immigration_result"

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("outbox_message.id"))
    received_at: Mapped[dt.datetime]
    accepted: Mapped[bool]
    error_code: Mapped[str | None] = mapped_column(String(20))
    error_cipher: Mapped[bytes | None] = mapped_column(LargeBinary)
    """What is wrong, in the words of the other side, encrypted: they may name somebody."""

    __table_args__ = (
        Index("ix_immigration_result_message", "message_id"),
        Index(
            "ix_immigration_result_error",
            "message_id",
            sqlite_where=text("accepted = 0"),
            postgresql_where=text("NOT accepted"),
        ),
    )
