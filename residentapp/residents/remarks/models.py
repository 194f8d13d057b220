"""Registered texts of type B by 異動事由 (RR-1.1.14c). The entries themselves are in ``residents.models``."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from residentapp.core.db.base import Base
from residentapp.core.db.types import code_column
from residentapp.residents.types import ChangeReason, Sensitivity


class NoteTemplate(Base):
    """留意事項の文例: a text with places such as {転入前住所}, offered for one 異動事由 from a day on."""

    __tablename__ = "note_template"

    id: Mapped[int] = mapped_column(primary_key=True)
    reason: Mapped[ChangeReason] = mapped_column(code_column(ChangeReason, "reason"))
    name: Mapped[str]
    """What it is for, as the clerk chooses it: 未届転入."""
    text: Mapped[str]
    items: Mapped[list[str]]
    """Columns of the items that a note made from it is about."""
    sensitivity: Mapped[Sensitivity | None] = mapped_column(code_column(Sensitivity, "sensitivity"))
    position: Mapped[int]
    """Place in the list, from 1."""
    valid_from: Mapped[dt.date]
    valid_to: Mapped[dt.date | None]

    __table_args__ = (
        CheckConstraint("length(name) > 0 AND length(text) > 0", name="worded"),
        CheckConstraint("position >= 1", name="position_positive"),
        CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="period_in_order"),
        Index("ix_note_template_reason", "reason", "position"),
    )
