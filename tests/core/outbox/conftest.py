"""A few words to put into messages, and an officer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from sqlalchemy.orm import Session

from residentapp.core.access.actor import Actor
from residentapp.core.access.permissions import Permission
from residentapp.core.crypto import Keyring
from residentapp.core.outbox import OutboxMessage, Outgoing, Partner, put_all
from residentapp.core.outbox.transport import Arrival, Envelope
from residentapp.core.outbox.types import PartnerUnreachable
from tests.support.clock import TEST_MOMENT
from tests.support.users import clerk

MANAGE = (Permission.MESSAGES_VIEW, Permission.MESSAGES_MANAGE)


@pytest.fixture
def officer() -> Actor:
    """Who may see and manage messages."""
    return clerk(*MANAGE)


def write(
    session: Session, keyring: Keyring, subject: str = "1000000019", *, text: str = "本文", **values: object
) -> OutboxMessage:
    """A message to the CS."""
    now = values.pop("now", TEST_MOMENT)
    asked = {
        "destination": Partner.CS,
        "kind": "cs.identity",
        "subject": subject,
        "body": {"text": text},
        "change_id": None,
    }
    [row] = put_all(session, keyring, [Outgoing(**(asked | values))], now=now)  # type: ignore[arg-type]
    return row


@dataclass
class Recorder:
    """A transport that remembers what it carried, and can break down.

    :param before: called with each envelope before it is carried.
    """

    before: Callable[[Envelope], None] = lambda envelope: None
    carried: list[Envelope] = field(default_factory=list)
    down: set[Partner] = field(default_factory=set)

    def deliver(self, envelope: Envelope) -> None:
        self.before(envelope)
        if envelope.destination in self.down:
            raise PartnerUnreachable("回線が切れています。")
        self.carried.append(envelope)

    def arrivals(self, source: Partner) -> Iterator[Arrival]:
        yield from ()

    def acknowledge(self, arrival: Arrival, *, accepted: bool) -> None:
        raise AssertionError("nothing arrives here")

    @property
    def texts(self) -> list[str]:
        return [envelope.content["body"]["text"] for envelope in self.carried]


def moments(start: dt.datetime = TEST_MOMENT) -> Callable[[], dt.datetime]:
    """A clock that stands still."""
    return lambda: start
