"""What the register does not hold of a change by 職権: its ground, and the notices that went out about it."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from residentapp.core.db.base import Base
from residentapp.core.db.types import code_column
from residentapp.residents.ex_officio.types import Basis
from residentapp.residents.models import ResidentChange


class ExOfficioRecord(Base):
    """One line of the 職権記録書: a change by 職権 with what it rests on (RR-4.2.0.1a).

    Days, place, officer and what changed stand in the change and its snapshots.
    """

    __tablename__ = "ex_officio_record"

    change_id: Mapped[int] = mapped_column(ForeignKey("resident_change.id"), primary_key=True)
    year: Mapped[int]
    """Year of the 処理日, in 西暦."""
    serial: Mapped[int]
    """Number within the year, from 1, without gaps."""
    basis: Mapped[Basis] = mapped_column(code_column(Basis, "basis"))
    cause: Mapped[str]
    """理由・確かめた事実 as the officer wrote it; empty where a notice says it all."""
    source: Mapped[str]
    """届出先・通知元; empty when there is none."""
    minor_case: Mapped[str | None] = mapped_column(String(1))
    """Number of the case of 軽微な修正 (規則第11条第3項第2号); empty for other changes."""

    change: Mapped[ResidentChange] = relationship()

    __table_args__ = (
        UniqueConstraint("year", "serial"),
        CheckConstraint("serial >= 1", name="serial_positive"),
    )


class ExOfficioNotice(Base):
    """A 職権記載等通知書 that was printed, to whom and when (RR-4.2.0.1b)."""

    __tablename__ = "ex_officio_notice"

    id: Mapped[int] = mapped_column(primary_key=True)
    change_id: Mapped[int] = mapped_column(ForeignKey("ex_officio_record.change_id"))
    addressee_number: Mapped[str] = mapped_column(ForeignKey("addressee.number"))
    printed_at: Mapped[dt.datetime]
    printed_by: Mapped[str]
    """Login name of the officer."""

    __table_args__ = (Index("ix_ex_officio_notice_change", "change_id", "addressee_number"),)
