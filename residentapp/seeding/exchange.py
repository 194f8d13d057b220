"""What the 出入国在留管理庁 has told and answered by the day the town is made (``seed/exchange.toml``)."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from residentapp.core.access import Actor
from residentapp.core.clock import day_of
from residentapp.core.crypto import Keyring
from residentapp.core.outbox import MessageState, OutboxMessage, Partner
from residentapp.residents.changes import kinds
from residentapp.residents.immigration.notices import handle_notice
from residentapp.residents.immigration.results import record_result
from residentapp.residents.messages.writing import write_messages
from residentapp.residents.models import ResidentHistory
from residentapp.seeding.sources import SeedDataError

#: Imported for the kinds of change by which a notice goes into the register: what differs is decided by them.
LOADED = kinds

_COUNTED_DAY = re.compile(r"[+-]?\d{1,5}")


def exchange(
    session: Session, actor: Actor, keyring: Keyring, told: Mapping[str, Any], *, moment: dt.datetime
) -> None:
    """Let what came over the exchange arrive, as the inbox would take it in.

    :param told: the content of ``seed/exchange.toml``.
    :param moment: when the town is made; days are counted from it.
    :raises SeedDataError: when nobody has the card of a message that is said to have been sent.
    """
    immigration = told.get("immigration", {})
    for sent in immigration.get("sent", ()):
        message = _sent(session, keyring, sent["card"], moment=moment)
        header = {"message_id": message.key, **sent["result"]}
        record_result(session, actor, keyring, {"header": header}, moment)
    for body in immigration.get("notices", ()):
        handle_notice(session, actor, keyring, with_days(body, day_of(moment)), moment)


def _sent(session: Session, keyring: Keyring, card: str, *, moment: dt.datetime) -> OutboxMessage:
    """The 市町村通知 of the newest change of whoever has this card, gone with what else that change tells."""
    person = session.scalars(
        select(ResidentHistory).where(
            ResidentHistory.is_latest, ResidentHistory.residence_card_number == card
        )
    ).one_or_none()
    written = [] if person is None else write_messages(session, keyring, person.change, now=moment)
    for message in written:
        message.state, message.sent_at = MessageState.SENT, moment
    session.flush()
    for message in written:
        if message.destination == Partner.ISA and message.subject == (person and person.addressee_number):
            return message
    raise SeedDataError(f"exchange.toml: no 市町村通知 of somebody with the card {card}")


def with_days(value: Any, today: dt.date) -> Any:
    """The same with days that are counted from today written as ``YYYY-MM-DD``."""
    match value:
        case dict():
            parts = {name: with_days(part, today) for name, part in value.items()}
            day = parts.get("day")
            if isinstance(day, str) and _COUNTED_DAY.fullmatch(day):
                parts["day"] = (today + dt.timedelta(days=int(day))).isoformat()
            return parts
        case _:
            return value
