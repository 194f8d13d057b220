"""Where a person's cards stand, and how it came to that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from residentapp.core.dates import day_text
from residentapp.residents.cards.models import CardRecord
from residentapp.residents.cards.types import Card, CardState
from residentapp.residents.models import ResidentHistory

#: Said of a card of which nobody has told anything.
UNKNOWN = "記録なし"


@dataclass(frozen=True)
class CardView:
    """交付状況 of one card.

    :param written: what the record itself says (RR-1.1.1c), as it was typed at a move-in or corrected.
    :param history: every state that was told or entered, the newest first.
    """

    card: Card
    written: str
    history: Sequence[CardRecord]

    @property
    def known(self) -> bool:
        """Whether anything is known of the card."""
        return bool(self.history or self.written)

    @property
    def state(self) -> CardState | None:
        """The state now; None when only the record says something, or nothing does."""
        return self.history[0].state if self.history else None

    @property
    def text(self) -> str:
        """The state in words: the newest that was told or entered, else what the record says."""
        if not self.history:
            return f"{self.written}（住民票の記載）" if self.written else UNKNOWN
        newest = self.history[0]
        since = f"（{day_text(newest.since)}から）" if newest.since is not None else ""
        return f"{newest.state.label}{since}"

    @property
    def held(self) -> str:
        """Whether the person holds the card, in a word (RR-7.1.1.3a)."""
        if self.state is None:
            return "不明"
        return "保有" if self.state.is_held else "保有していない"


def cards_of(session: Session, person: ResidentHistory) -> list[CardView]:
    """Both cards of a person.

    :param person: their current snapshot.
    """
    rows = session.scalars(
        select(CardRecord)
        .where(CardRecord.addressee_number == person.addressee_number)
        .order_by(CardRecord.id.desc())
    ).all()
    return [
        CardView(card, getattr(person, card.column) or "", [row for row in rows if row.card is card])
        for card in Card
    ]
