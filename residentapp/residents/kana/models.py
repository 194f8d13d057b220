"""Notices of フリガナ and their answers. The フリガナ itself stands in the person's snapshots."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from residentapp.core.db.base import Base
from residentapp.core.db.types import code_column
from residentapp.residents.kana.types import AnswerHow, KanaItem


class KanaConfirmation(Base):
    """One confirmation of one フリガナ of one person: sent, answered, and entered into the register.

    There is never more than one that waits for its answer. The change itself (職権修正) belongs to the register;
    ``change_id`` says which change has entered the answer.
    """

    __tablename__ = "kana_confirmation"

    id: Mapped[int] = mapped_column(primary_key=True)
    """整理番号 on the letter."""
    addressee_number: Mapped[str] = mapped_column(ForeignKey("addressee.number"))
    item: Mapped[KanaItem] = mapped_column(code_column(KanaItem, "item"))
    kana: Mapped[str]
    """The フリガナ as the record had it then."""
    batch: Mapped[str | None] = mapped_column(String(32))
    """Notices that were made together; unguessable, names nobody."""
    sent_on: Mapped[dt.date | None]
    answer_by: Mapped[dt.date | None]
    """回答期限: the last day on which an answer is waited for."""
    sent_by: Mapped[str | None]
    answered_on: Mapped[dt.date | None]
    how: Mapped[AnswerHow | None] = mapped_column(code_column(AnswerHow, "how"))
    answer_kana: Mapped[str | None]
    answered_by: Mapped[str | None]
    """Login name of the officer who entered the answer."""
    change_id: Mapped[int | None] = mapped_column(ForeignKey("resident_change.id"))

    __table_args__ = (
        CheckConstraint("sent_on IS NOT NULL OR answered_on IS NOT NULL", name="sent_or_answered"),
        CheckConstraint(
            "sent_on IS NULL OR (answer_by IS NOT NULL AND answer_by >= sent_on AND batch IS NOT NULL"
            " AND sent_by IS NOT NULL)",
            name="notice_whole",
        ),
        CheckConstraint(
            "(answered_on IS NULL) = (how IS NULL) AND (answered_on IS NULL) = (answer_kana IS NULL)"
            " AND (answered_on IS NULL) = (answered_by IS NULL)",
            name="answer_whole",
        ),
        CheckConstraint("change_id IS NULL OR answered_on IS NOT NULL", name="change_has_answer"),
        Index(
            "uq_kana_confirmation_open",
            "addressee_number",
            "item",
            unique=True,
            sqlite_where=text("answered_on IS NULL"),
            postgresql_where=text("answered_on IS NULL"),
        ),
        Index("ix_kana_confirmation_addressee", "addressee_number", "item"),
        Index("ix_kana_confirmation_batch", "batch"),
        Index(
            "ix_kana_confirmation_waiting",
            "answer_by",
            sqlite_where=text("change_id IS NULL"),
            postgresql_where=text("change_id IS NULL"),
        ),
    )
