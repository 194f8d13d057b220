"""Every state of a card that was told or entered. The newest row counts; none is ever changed (triggers refuse it)."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from residentapp.core.db.base import Base
from residentapp.core.db.types import code_column
from residentapp.residents.cards.types import Card, CardState, Source

#: Tables whose rows stay as they were written, and the function that keeps them.
FIXED = ("card_record",)
GUARD = "card_record_guard"


class CardRecord(Base):
    """A state of one person's card."""

    __tablename__ = "card_record"

    id: Mapped[int] = mapped_column(primary_key=True)
    addressee_number: Mapped[str] = mapped_column(ForeignKey("addressee.number"))
    card: Mapped[Card] = mapped_column(code_column(Card, "card"))
    state: Mapped[CardState] = mapped_column(code_column(CardState, "state"))
    since: Mapped[dt.date | None]
    source: Mapped[Source] = mapped_column(code_column(Source, "source"))
    note: Mapped[str | None]
    """How the officer knows."""
    recorded_at: Mapped[dt.datetime]
    recorded_by: Mapped[str]
    """Login name."""

    __table_args__ = (
        CheckConstraint("source <> 'hand' OR note IS NOT NULL", name="hand_explained"),
        Index("ix_card_record_addressee", "addressee_number", "card", "id"),
    )
