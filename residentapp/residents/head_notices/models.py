"""The letters to households that their head has left, kept to be printed again as they were made."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from residentapp.core.clock import day_of
from residentapp.core.db.base import Base
from residentapp.core.db.types import code_column
from residentapp.residents.head_notices.types import Kind


class HeadNotice(Base):
    """A 世帯主変更通知書 or 世帯主変更依頼通知書 that was made (RR-4.0.5): to whom, when, and what it says."""

    __tablename__ = "head_notice"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    """Unguessable; names nobody."""
    kind: Mapped[Kind] = mapped_column(code_column(Kind, "kind"))
    household_number: Mapped[str] = mapped_column(ForeignKey("household.number"))
    change_id: Mapped[int] = mapped_column(ForeignKey("resident_change.id"))
    """The change by which the new head was named, or by which the last one left."""
    addressee_number: Mapped[str] = mapped_column(ForeignKey("addressee.number"))
    made_at: Mapped[dt.datetime]
    made_by: Mapped[str]
    """Login name of the officer."""
    pages: Mapped[int]
    data_cipher: Mapped[bytes] = mapped_column(LargeBinary)
    """The form's data, encrypted."""

    @property
    def made_on(self) -> dt.date:
        """The day on the letter."""
        return day_of(self.made_at)

    __table_args__ = (
        CheckConstraint("pages >= 1", name="has_pages"),
        Index("ix_head_notice_household", "household_number", "kind"),
        Index("ix_head_notice_made_at", "made_at"),
    )
