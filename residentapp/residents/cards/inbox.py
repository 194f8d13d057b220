"""カードの発行状況 that the CS tells (RR-7.1.1.3a).

Body: ``person.resident_code`` says whose card it is, ``header.card.code`` which (``number``, ``basic``),
``header.card_state.code`` where it stands (``issued``, ``revoked`` …), ``header.card_since.day`` since when, if known.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from residentapp.core.access.actor import Actor
from residentapp.core.crypto import Keyring
from residentapp.core.outbox import InboxProblem, inbox_handler
from residentapp.residents.cards.operations import record
from residentapp.residents.cards.types import Card, CardEntry, CardState, Source
from residentapp.residents.messages.items import describe
from residentapp.residents.messages.numbers import holder_of_code
from residentapp.residents.messages.types import InboxKind
from residentapp.residents.rules.told import text_at

for _key, _label in (("card", "カード"), ("card_state", "カードの状態"), ("card_since", "状態の日")):
    describe(_key, _label)


@inbox_handler(InboxKind.CARD_STATE.value)
def take_card_state(
    session: Session, actor: Actor, keyring: Keyring, body: Mapping[str, Any], now: dt.datetime
) -> int | None:
    """Record the state that the CS tells; no change of the register comes of it.

    :raises InboxProblem: nobody has the code, or card, state or day cannot be read.
    """
    card = next((each for each in Card if each.value == text_at(body, "header", "card", "code")), None)
    state = next(
        (each for each in CardState if each.value == text_at(body, "header", "card_state", "code")), None
    )
    if card is None or state is None:
        raise InboxProblem("カードの種類か状態が読み取れません。連携元に確かめてください。")
    day = text_at(body, "header", "card_since", "day")
    try:
        since = dt.date.fromisoformat(day) if day else None
    except ValueError as error:
        raise InboxProblem("カードの状態の日が読み取れません。連携元に確かめてください。") from error
    number = holder_of_code(session, keyring, text_at(body, "person", "resident_code"))
    record(session, actor, number, CardEntry(card, state, since), Source.CS, now=now)
    return None
