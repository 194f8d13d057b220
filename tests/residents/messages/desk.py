"""What the tests of the screens of messages share."""

from __future__ import annotations

import re
from collections.abc import Callable

from sqlalchemy import select

from residentapp.core.access.permissions import Permission
from residentapp.core.crypto import Keyring
from residentapp.core.db import Database
from residentapp.core.outbox import (
    OutboxMessage,
)
from residentapp.core.outbox.exchange import send_waiting
from residentapp.core.outbox.operations import mark_failed, next_batch
from residentapp.residents.types import ChangeReason
from tests.core.outbox.conftest import Recorder
from tests.support.clock import TEST_MOMENT, SettableClock
from tests.support.users import Browser

R = ChangeReason
P = Permission
VIEW = (P.MESSAGES_VIEW,)
MANAGE = (P.MESSAGES_VIEW, P.MESSAGES_MANAGE)

Recorded = Callable[..., str]


def rows(database: Database, subject: str = "") -> dict[str, OutboxMessage]:
    """Messages by kind, the newest of each."""
    with database.transaction() as session:
        query = select(OutboxMessage).order_by(OutboxMessage.id)
        if subject:
            query = query.where(OutboxMessage.subject == subject)
        return {row.kind: row for row in session.scalars(query)}


def fail(database: Database, kind: str, error: str = "相手の形式にない項目です。") -> OutboxMessage:
    with database.transaction() as session:
        for row in next_batch(session, now=TEST_MOMENT):
            if row.kind == kind:
                mark_failed(session, row.id, error=error)
    return rows(database)[kind]


def send(database: Database, keyring: Keyring, clock: SettableClock) -> None:
    send_waiting(database, keyring, Recorder(), clock=clock)


def search(browser: Browser, **terms: str) -> str:
    answer = browser.post("/messages", data=terms, follow_redirects=True)
    assert answer.status_code == 200
    return answer.text


def count(page: str) -> int:
    return len(re.findall(r'href="/messages/(?:sent|received)/\d+"', page))


def page_of(browser: Browser, row: OutboxMessage, way: str = "") -> str:
    address = f"/messages/sent/{row.id}"
    answer = browser.post(f"{address}/{way}") if way else browser.get(address)
    assert answer.status_code == 200
    return answer.text
