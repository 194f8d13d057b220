"""The inbox: what partners sent is kept first and taken in afterwards, each message by the module it concerns (DX-4.2).

A module says which kind it takes::

    @inbox_handler("cs.number_generated")
    def record_number(session, actor, keyring, body, now) -> int | None:
        '''Returns the id of the change it made, or None when nothing had to be changed.'''

A handler writes in the caller's transaction, inside a savepoint; whatever it raises undoes its work, and the message
stands in the list of errors.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from residentapp.core import audit
from residentapp.core.access.actor import Actor
from residentapp.core.access.permissions import Permission
from residentapp.core.crypto import Keyring
from residentapp.core.outbox.models import InboxMessage
from residentapp.core.outbox.payload import hash_received, seal_received, unseal_received
from residentapp.core.outbox.types import InboxProblem, InboxState, MessageChanged, Partner, TryLater
from residentapp.core.web.logging import logger

#: Takes one kind in: session, actor, keyring, body, now → id of the change it made, or None.
Handler = Callable[[Session, Actor, Keyring, Mapping[str, Any], dt.datetime], int | None]

NO_HANDLER = (
    "この種別を取り込む処理がありません。内容を確かめて手で処理し、終わったら「対象外」にしてください。"
)

_handlers: dict[str, Handler] = {}


def inbox_handler(kind: str) -> Callable[[Handler], Handler]:
    """Declare who takes a kind in.

    :raises ValueError: when the kind is taken in elsewhere already.
    """

    def keep(handler: Handler) -> Handler:
        if _handlers.setdefault(kind, handler) is not handler:
            raise ValueError(f"two handlers for {kind}")
        return handler

    return keep


def has_handler(kind: str) -> bool:
    """Whether some module takes a kind in."""
    return kind in _handlers


@dataclass(frozen=True)
class Received:
    """What came of a message that arrived.

    :param new: it had not come before.
    :param same: it says what the one kept under its id says; False for another message under an id already used.
    """

    message: InboxMessage
    new: bool
    same: bool = True


def receive(
    session: Session,
    keyring: Keyring,
    *,
    source: Partner,
    kind: str,
    external_id: str,
    body: Mapping[str, Any],
    now: dt.datetime,
) -> Received:
    """Keep what a partner sent. A message whose id is known is a repeat: it is counted, and the first one stays.

    :param external_id: the sender's id, up to 100 characters.
    """
    found = _known(session, source, external_id)
    fingerprint = hash_received(keyring, source, kind, body)
    if found is None:
        row = InboxMessage(
            source=source,
            kind=kind,
            external_id=external_id,
            received_at=now,
            payload=seal_received(keyring, source, external_id, body),
            body_hash=fingerprint,
            state=InboxState.NEW,
        )
        try:
            with session.begin_nested():
                session.add(row)
                session.flush()
        except IntegrityError:
            # Another process received the same a moment earlier.
            found = _known(session, source, external_id)
            if found is None:
                raise
        else:
            return Received(row, new=True)
    if found.body_hash != fingerprint:
        return Received(found, new=False, same=False)
    found.repeats += 1
    session.flush()
    return Received(found, new=False)


def _known(session: Session, source: Partner, external_id: str) -> InboxMessage | None:
    query = select(InboxMessage).where(InboxMessage.source == source, InboxMessage.external_id == external_id)
    return session.scalars(query.with_for_update()).one_or_none()


def body_received(keyring: Keyring, message: InboxMessage) -> dict[str, Any]:
    """What a received message says.

    :raises DecryptionError: when it was changed.
    """
    return unseal_received(keyring, message)


def find_received(session: Session, message_id: int) -> InboxMessage | None:
    """A received message by its id."""
    return session.get(InboxMessage, message_id)


def _open_row(session: Session, actor: Actor, message_id: int, what: str) -> InboxMessage:
    actor.require(Permission.MESSAGES_VIEW, Permission.MESSAGES_MANAGE)
    query = select(InboxMessage).where(InboxMessage.id == message_id).with_for_update()
    row = session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if row is None:
        raise MessageChanged("この受信は見つかりません。一覧を開き直してください。")
    if row.state not in (InboxState.NEW, InboxState.FAILED):
        raise MessageChanged(f"この受信は、いま「{row.state.label}」です。{what}ことはできません。")
    return row


def take(
    session: Session, actor: Actor, keyring: Keyring, message_id: int, *, now: dt.datetime
) -> InboxMessage:
    """取込: hand a message to the module that takes its kind in, inside a savepoint.

    What goes wrong there is written on the message: only the words of an :class:`InboxProblem`, never those of
    another exception, which could name somebody.

    :raises MessageChanged: when it was already taken in or left out.
    """
    row = _open_row(session, actor, message_id, "取り込む")
    handler = _handlers.get(row.kind)
    if handler is None:
        return _end(session, actor, row, InboxState.FAILED, now=now, error=NO_HANDLER)
    try:
        with session.begin_nested():
            change_id = handler(session, actor, keyring, unseal_received(keyring, row), now)
            session.flush()
    except TryLater as reason:
        return _end(session, actor, row, InboxState.NEW, now=now, error=str(reason))
    except InboxProblem as problem:
        return _end(session, actor, row, InboxState.FAILED, now=now, error=str(problem))
    except Exception as problem:
        logger("residentapp.exchange").error("inbox handler failed", kind=row.kind, exc_info=problem)
        told = f"取込みの処理が誤りで終わりました（{type(problem).__name__}）。システム管理者に連絡してください。"
        return _end(session, actor, row, InboxState.FAILED, now=now, error=told)
    row.change_id, row.taken_at = change_id, now
    return _end(session, actor, row, InboxState.TAKEN, now=now)


def ignore(session: Session, actor: Actor, message_id: int, *, reason: str, now: dt.datetime) -> InboxMessage:
    """対象外: leave a message out, with the reason.

    :raises MessageChanged: when it was already taken in or left out. :raises ValueError: without a reason.
    """
    if not reason.strip():
        raise ValueError("対象外にする理由を入力してください。")
    row = _open_row(session, actor, message_id, "対象外にする")
    row.note = reason.strip()
    return _end(session, actor, row, InboxState.IGNORED, now=now, error=row.error or "")


def _end(
    session: Session, actor: Actor, row: InboxMessage, state: InboxState, *, now: dt.datetime, error: str = ""
) -> InboxMessage:
    row.state, row.error = state, error or None
    details: dict[str, Any] = {
        "受信": row.id,
        "連携元": row.source.label,
        "種別": row.kind,
        "結果": state.label,
    }
    if row.change_id is not None:
        details["異動"] = row.change_id
    if row.note:
        details["理由"] = row.note
    if error:
        details["誤り"] = error
    audit.record(
        session,
        actor,
        moment=now,
        log=audit.Log.OPERATION,
        action="受信した連携の対象外" if state is InboxState.IGNORED else "受信した連携の取込",
        details=details,
        succeeded=state in (InboxState.TAKEN, InboxState.IGNORED),
        screen="受信",
    )
    session.flush()
    return row
