"""Handlers of what arrives over the exchange about move-outs and move-ins."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from residentapp.core.access.actor import Actor
from residentapp.core.crypto import Keyring
from residentapp.core.outbox import InboxProblem, inbox_handler
from residentapp.residents.messages.types import InboxKind
from residentapp.residents.move_in.received import ReceivedUnreadable, handle_move_out_certificate
from residentapp.residents.move_out.notices import handle_move_in_notice


@inbox_handler(InboxKind.MOVE_IN_NOTICE.value)
def take_move_in_notice(
    session: Session, actor: Actor, keyring: Keyring, body: Mapping[str, Any], now: dt.datetime
) -> int | None:
    """転入通知: taken in by itself; what cannot be stands in the list of errors (RR-4.1.3.1.2)."""
    return handle_move_in_notice(session, actor, keyring, body, now)


@inbox_handler(InboxKind.MOVE_OUT_CERTIFICATE.value)
def keep_move_out_certificate(
    session: Session, actor: Actor, keyring: Keyring, body: Mapping[str, Any], now: dt.datetime
) -> int | None:
    """転出証明書情報: kept for the move-in that it comes ahead of (RR-4.1.1.3)."""
    try:
        return handle_move_out_certificate(session, actor, keyring, body, now)
    except ReceivedUnreadable as problem:
        raise InboxProblem(str(problem)) from problem
