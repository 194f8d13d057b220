"""The outbox: messages are put beside the change they tell of, in its transaction, and sent outside of it (DX-4.1).

Order: each message has its place among those of one person to one partner. It goes only when everything before it has
gone or will never go. A place is given under the lock of a row, so that two transactions on the same person take turns
and their messages stand in the order of their commits.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any, cast

from sqlalchemy import Table, and_, literal, or_, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session, aliased

from residentapp.core import audit
from residentapp.core.access.actor import Actor
from residentapp.core.access.permissions import Permission
from residentapp.core.crypto import Keyring
from residentapp.core.outbox.models import OutboxMessage, OutboxSubject
from residentapp.core.outbox.payload import seal, unseal
from residentapp.core.outbox.types import OPEN_STATES, MessageChanged, MessageState, Outgoing, Partner

#: After this time without a word, a sender that took a message is taken for dead and the message goes again.
LEASE = dt.timedelta(minutes=5)

_PLACES = cast(Table, OutboxSubject.__table__)

NO_REASON = "理由を入力してください。"


def put(
    session: Session,
    keyring: Keyring,
    *,
    destination: Partner,
    kind: str,
    subject: str,
    body: Mapping[str, Any],
    change_id: int | None,
    now: dt.datetime,
) -> OutboxMessage:
    """:func:`put_all` of one plain message."""
    return put_all(session, keyring, [Outgoing(destination, kind, subject, body, change_id)], now=now)[0]


def put_all(
    session: Session, keyring: Keyring, messages: Sequence[Outgoing], *, now: dt.datetime
) -> list[OutboxMessage]:
    """Write messages; they exist exactly when the caller's transaction does.

    Each goes behind all that there are of its person and partner, in the order given.
    """
    wanted = Counter((message.destination, message.subject) for message in messages)
    last = _advance(session, wanted)
    places = {place: iter(range(last[place] - count + 1, last[place] + 1)) for place, count in wanted.items()}
    rows = [
        _row(keyring, message, next(places[message.destination, message.subject]), now=now)
        for message in messages
    ]
    session.add_all(rows)
    session.flush()
    return rows


def _advance(session: Session, wanted: Mapping[tuple[Partner, str], int]) -> dict[tuple[Partner, str], int]:
    """Take so many places for each partner and person; the last one of each.

    In one order everywhere, so that two transactions that write messages of the same people never wait for each other
    in a circle.
    """
    if not wanted:
        return {}
    insert_of = sqlite_insert if session.get_bind().dialect.name == "sqlite" else postgresql_insert
    statement = insert_of(_PLACES)
    statement = statement.on_conflict_do_update(
        index_elements=["destination", "subject"],
        set_={"last_sequence": _PLACES.c.last_sequence + statement.excluded.last_sequence},
    )
    rows = [
        {"destination": destination, "subject": subject, "last_sequence": count}
        for (destination, subject), count in sorted(wanted.items())
    ]
    returned = session.execute(statement.returning(*_PLACES.c), rows)
    return {(row.destination, row.subject): row.last_sequence for row in returned}


def _row(keyring: Keyring, message: Outgoing, sequence: int, *, now: dt.datetime) -> OutboxMessage:
    key = uuid.uuid4().hex
    return OutboxMessage(
        key=key,
        destination=message.destination,
        kind=message.kind,
        subject=message.subject,
        sequence=sequence,
        recipient=message.recipient,
        category=message.category,
        payload=seal(keyring, key, message.body),
        change_id=message.change_id,
        state=MessageState.HELD if message.held else MessageState.WAITING,
        created_at=now,
        error=message.held or None,
        note=message.note or None,
        resends=message.resends,
        reverses=message.reverses,
    )


def body_of(keyring: Keyring, message: OutboxMessage) -> dict[str, Any]:
    """What a message says; decrypted only where it is needed.

    :raises DecryptionError: when it was changed.
    """
    return unseal(keyring, message)


# ---- sending


def next_batch(
    session: Session,
    *,
    now: dt.datetime,
    limit: int = 50,
    destinations: Collection[Partner] | None = None,
) -> Sequence[OutboxMessage]:
    """Take the next messages to send: of each person and partner at most the first that has not gone.

    They are 送信中 from here on, and the caller commits before it sends. A message whose sender took it longer than
    ``LEASE`` ago without saying what became of it is taken again.

    :param destinations: only these partners; all when None.
    """
    earlier = aliased(OutboxMessage)
    ahead = (
        select(literal(1))
        .where(
            earlier.destination == OutboxMessage.destination,
            earlier.subject == OutboxMessage.subject,
            earlier.sequence < OutboxMessage.sequence,
            earlier.state.in_(OPEN_STATES),
        )
        .exists()
    )
    ready = or_(
        OutboxMessage.state == MessageState.WAITING,
        and_(OutboxMessage.state == MessageState.SENDING, OutboxMessage.claimed_at <= now - LEASE),
    )
    query = select(OutboxMessage).where(ready, ~ahead).order_by(OutboxMessage.id).limit(limit)
    if destinations is not None:
        query = query.where(OutboxMessage.destination.in_(destinations))
    query = query.with_for_update(skip_locked=True, of=OutboxMessage)
    rows = session.scalars(query.execution_options(populate_existing=True)).all()
    for row in rows:
        row.state = MessageState.SENDING
        row.claimed_at = now
        row.attempts += 1
    session.flush()
    return rows


def _sending(session: Session, message_id: int) -> OutboxMessage | None:
    row = _locked(session, message_id)
    return row if row is not None and row.state is MessageState.SENDING else None


def _locked(session: Session, message_id: int) -> OutboxMessage | None:
    query = select(OutboxMessage).where(OutboxMessage.id == message_id).with_for_update()
    return session.scalars(query.execution_options(populate_existing=True)).one_or_none()


def mark_sent(session: Session, message_id: int, *, now: dt.datetime) -> bool:
    """The message is with the partner. False when it was not 送信中: another sender has already said so."""
    row = _sending(session, message_id)
    if row is None:
        return False
    row.state, row.sent_at, row.error = MessageState.SENT, now, None
    session.flush()
    return True


def mark_failed(session: Session, message_id: int, *, error: str) -> bool:
    """The partner will not take this message; it waits for an officer, and later ones of the person behind it.

    :param error: why, without personal values.
    """
    row = _sending(session, message_id)
    if row is None:
        return False
    row.state, row.error = MessageState.FAILED, error
    session.flush()
    return True


def put_back(session: Session, message_id: int, *, error: str) -> bool:
    """The partner cannot be reached: the message waits for the next try."""
    row = _sending(session, message_id)
    if row is None:
        return False
    row.state, row.error = MessageState.WAITING, error
    session.flush()
    return True


# ---- what officers do


def find(session: Session, message_id: int) -> OutboxMessage | None:
    """A message by its id."""
    return session.get(OutboxMessage, message_id)


def _for_officer(
    session: Session, actor: Actor, message_id: int, states: Collection[MessageState], what: str
) -> OutboxMessage:
    actor.require(Permission.MESSAGES_VIEW, Permission.MESSAGES_MANAGE)
    row = _locked(session, message_id)
    if row is None:
        raise MessageChanged("この連携は見つかりません。一覧を開き直してください。")
    if row.state not in states:
        raise MessageChanged(
            f"この連携は、いま「{row.state.label}」です。{what}ことはできません。最新の状態を確かめてください。"
        )
    return row


def _log(
    session: Session,
    actor: Actor,
    row: OutboxMessage,
    action: str,
    details: Mapping[str, Any],
    *,
    now: dt.datetime,
) -> None:
    audit.record(
        session,
        actor,
        moment=now,
        log=audit.Log.OPERATION,
        action=action,
        subjects=[row.subject],
        details={"連携": row.id, "連携先": row.destination.label, "種別": row.kind} | dict(details),
        screen="連携",
    )


def resend(
    session: Session,
    actor: Actor,
    keyring: Keyring,
    message_id: int,
    *,
    reason: str,
    now: dt.datetime,
    body: Mapping[str, Any] | None = None,
) -> OutboxMessage:
    """再送: a new message that refers to the old one.

    One that was sent goes once more, after everything already there. One that failed is replaced: the new message
    takes its place in the order, so that those behind it can follow.

    :param reason: why, in the officer's words. :param body: when it should say something else than before.
    :raises MessageChanged: when it was neither sent nor failed. :raises ValueError: without a reason.
    """
    if not reason.strip():
        raise ValueError(NO_REASON)
    row = _for_officer(session, actor, message_id, (MessageState.SENT, MessageState.FAILED), "再送する")
    sequence = row.sequence
    if row.state is MessageState.FAILED:
        row.state = MessageState.SUPERSEDED
        session.flush()
    else:
        place = (row.destination, row.subject)
        sequence = _advance(session, {place: 1})[place]
    message = Outgoing(
        row.destination,
        row.kind,
        row.subject,
        unseal(keyring, row) if body is None else body,
        row.change_id,
        recipient=row.recipient,
        category=row.category,
        note=reason.strip(),
        resends=row.key,
        reverses=row.reverses,
    )
    made = _row(keyring, message, sequence, now=now)
    session.add(made)
    session.flush()
    details = {"新しい連携": made.id, "理由": reason.strip(), "内容の変更": body is not None}
    _log(session, actor, row, "連携の再送", details, now=now)
    return made


def hold(session: Session, actor: Actor, message_id: int, *, reason: str, now: dt.datetime) -> OutboxMessage:
    """保留: keep a waiting message back by hand, and later ones of the person with it.

    :raises MessageChanged: when it is not waiting. :raises ValueError: without a reason.
    """
    if not reason.strip():
        raise ValueError(NO_REASON)
    row = _for_officer(session, actor, message_id, (MessageState.WAITING,), "保留する")
    row.state, row.error, row.note = MessageState.HELD, None, reason.strip()
    _log(session, actor, row, "連携の保留", {"理由": row.note}, now=now)
    session.flush()
    return row


def complete(
    session: Session,
    actor: Actor,
    keyring: Keyring,
    message_id: int,
    *,
    now: dt.datetime,
    body: Mapping[str, Any] | None = None,
    recipient: str | None = None,
) -> OutboxMessage:
    """補完: give a held message what it lacks, and let it go.

    :param body: what it says now; as before when None. :param recipient: 市区町村コード; as before when None.
    :raises MessageChanged: when it is not held.
    """
    row = _for_officer(session, actor, message_id, (MessageState.HELD,), "送信待ちにする")
    if body is not None:
        row.payload = seal(keyring, row.key, body)
    if recipient is not None:
        row.recipient = recipient
    row.state, row.error = MessageState.WAITING, None
    _log(session, actor, row, "連携の補完", {"内容の変更": body is not None}, now=now)
    session.flush()
    return row


def withdraw(
    session: Session, actor: Actor, message_id: int, *, reason: str, now: dt.datetime
) -> OutboxMessage:
    """送らない: a message that has not gone never will; later ones of the person are free.

    :raises MessageChanged: when it is sent or just being sent. :raises ValueError: without a reason.
    """
    if not reason.strip():
        raise ValueError(NO_REASON)
    states = (MessageState.WAITING, MessageState.HELD, MessageState.FAILED)
    row = _for_officer(session, actor, message_id, states, "取り下げる")
    row.state, row.note = MessageState.SUPERSEDED, reason.strip()
    _log(session, actor, row, "連携の取下げ", {"理由": row.note}, now=now)
    session.flush()
    return row


def supersede(session: Session, message_id: int) -> bool:
    """What the message tells of was taken back before it went. False when it has gone or is just going."""
    row = _locked(session, message_id)
    if row is None or row.state not in (MessageState.WAITING, MessageState.HELD, MessageState.FAILED):
        return False
    row.state = MessageState.SUPERSEDED
    session.flush()
    return True


def retry_failed(
    session: Session,
    actor: Actor,
    *,
    now: dt.datetime,
    destinations: Collection[Partner] | None = None,
) -> int:
    """Let everything that failed wait again, at its old place and under its old key; returns how many."""
    actor.require(Permission.MESSAGES_VIEW, Permission.MESSAGES_MANAGE)
    query = select(OutboxMessage).where(OutboxMessage.state == MessageState.FAILED).order_by(OutboxMessage.id)
    if destinations is not None:
        query = query.where(OutboxMessage.destination.in_(destinations))
    rows = session.scalars(query.with_for_update()).all()
    for row in rows:
        row.state = MessageState.WAITING
    if rows:
        audit.record(
            session,
            actor,
            moment=now,
            log=audit.Log.OPERATION,
            action="送信できない連携の再試行",
            subjects=[row.subject for row in rows],
            details={"件数": len(rows)},
        )
    session.flush()
    return len(rows)
