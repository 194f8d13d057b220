"""The two cards, and where one stands. Sources: RR-1.1.1c, RR-2.2.2, RR-7.1.1.3a; 番号法 第16条の2, 第17条.

The codes of the official interface are not published; those here are this project's own (docs/messages.md).
"""

from __future__ import annotations

import datetime as dt
import enum
from dataclasses import dataclass


class Card(enum.StrEnum):
    """Which card."""

    NUMBER = "number"
    BASIC = "basic"

    @property
    def label(self) -> str:
        """Its name."""
        return {"number": "個人番号カード", "basic": "住基カード"}[self.value]

    @property
    def column(self) -> str:
        """The item of the record that holds what was written down of it."""
        return {"number": "number_card_state", "basic": "basic_card_state"}[self.value]


class CardState(enum.StrEnum):
    """Where a card stands."""

    NONE = "none"
    APPLIED = "applied"
    ISSUED = "issued"
    SUSPENDED = "suspended"
    RETURNED = "returned"
    REVOKED = "revoked"
    EXPIRED = "expired"

    @property
    def label(self) -> str:
        """Label on screens."""
        return {
            "none": "交付なし",
            "applied": "申請中",
            "issued": "交付済み",
            "suspended": "一時停止",
            "returned": "返納",
            "revoked": "廃止",
            "expired": "有効期間満了",
        }[self.value]

    @property
    def is_held(self) -> bool:
        """Whether the person holds the card; one that is suspended is still theirs."""
        return self in (CardState.ISSUED, CardState.SUSPENDED)


class Source(enum.StrEnum):
    """Who said so."""

    CS = "cs"
    HAND = "hand"

    @property
    def label(self) -> str:
        """Label on screens."""
        return {"cs": "CSからの通知", "hand": "手入力"}[self.value]


@dataclass(frozen=True)
class CardEntry:
    """What is to be recorded of a card.

    :param since: day from which the state holds (交付年月日, 返納年月日 …); None when it is not known.
    :param note: how an officer knows; nothing for what the CS tells.
    """

    card: Card
    state: CardState
    since: dt.date | None = None
    note: str = ""
