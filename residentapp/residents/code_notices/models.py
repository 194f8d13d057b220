"""Which notices of a 住民票コード were printed. The code itself stands in the record alone."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from residentapp.core.db.base import Base
from residentapp.core.db.types import code_column
from residentapp.residents.code_notices.types import Kind


class ResidentCodeNotice(Base):
    """A 通知票, 変更通知票 or 修正通知票 that was printed, for whom and when (RR-4.3.3a)."""

    __tablename__ = "resident_code_notice"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[Kind] = mapped_column(code_column(Kind, "kind"))
    addressee_number: Mapped[str] = mapped_column(ForeignKey("addressee.number"))
    change_id: Mapped[int] = mapped_column(ForeignKey("resident_change.id"))
    """The change that gave, changed or corrected the code."""
    printed_at: Mapped[dt.datetime]
    printed_by: Mapped[str]
    """Login name of the officer."""

    __table_args__ = (Index("ix_resident_code_notice_addressee", "addressee_number", "change_id"),)
