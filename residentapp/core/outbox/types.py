"""Partners, states, what is to be sent, and errors of the exchange."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


class Partner(enum.StrEnum):
    """連携先: where messages go, and where they come from."""

    CS = "cs"
    MUNICIPALITY = "municipality"
    ANNEX = "annex"
    ADDRESSEE = "addressee"
    CARD = "card"
    ISA = "isa"
    CONVENIENCE = "convenience"

    @property
    def label(self) -> str:
        """Label on screens."""
        return {
            "cs": "住基ネットCS",
            "municipality": "他市区町村（CS経由）",
            "annex": "戸籍附票システム",
            "addressee": "宛名システム（団体内統合宛名）",
            "card": "カード管理システム（CS経由）",
            "isa": "出入国在留管理庁",
            "convenience": "コンビニ交付",
        }[self.value]


class MessageState(enum.StrEnum):
    """State of a message to a partner."""

    HELD = "held"
    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    SUPERSEDED = "superseded"

    @property
    def label(self) -> str:
        """Label on screens."""
        return {
            "held": "保留",
            "waiting": "送信待ち",
            "sending": "送信中",
            "sent": "送信済み",
            "failed": "送信できない",
            "superseded": "送らない",
        }[self.value]

    @property
    def is_open(self) -> bool:
        """Whether the message has still to go, so that later ones of the same person wait behind it."""
        return self in OPEN_STATES


#: What stands in the way of later messages of the same person to the same partner.
OPEN_STATES = (MessageState.HELD, MessageState.WAITING, MessageState.SENDING, MessageState.FAILED)


class InboxState(enum.StrEnum):
    """State of a message from a partner."""

    NEW = "new"
    TAKEN = "taken"
    FAILED = "failed"
    IGNORED = "ignored"

    @property
    def label(self) -> str:
        """Label on screens."""
        return {"new": "未取込", "taken": "取込済み", "failed": "取込エラー", "ignored": "対象外"}[self.value]


@dataclass(frozen=True)
class Outgoing:
    """A message to be written.

    :param kind: what it is, ``cs.identity``; the module that writes it says what it is called on screens.
    :param subject: 宛名番号.
    :param body: JSON values only.
    :param change_id: the change it tells of.
    :param recipient: 市区町村コード (6 digits) of the municipality to which the partner passes it on.
    :param category: 区分 by which lists tell messages of this kind apart.
    :param held: why it cannot go before an officer has completed it; empty when it can.
    :param resends: key of the message that it repeats. :param reverses: key of the message that it takes back.
    """

    destination: Partner
    kind: str
    subject: str
    body: Mapping[str, Any]
    change_id: int | None
    recipient: str | None = None
    category: str | None = None
    held: str = ""
    note: str = ""
    resends: str | None = None
    reverses: str | None = None


class MessageChanged(Exception):
    """The message is no longer in the state that the act needs. The text may be shown."""


class InboxProblem(Exception):
    """A message cannot be taken in. The text is shown in the list of errors: no personal value may stand in it."""


class TryLater(InboxProblem):
    """It cannot be taken in now, for example because somebody edits the person: it stays new."""


class MessageRefused(Exception):
    """A transport will never deliver this message. No personal value may stand in the text."""


class PartnerUnreachable(Exception):
    """A transport can deliver nothing to this partner at the moment. No personal value may stand in the text."""
