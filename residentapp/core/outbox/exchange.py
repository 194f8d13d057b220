"""Sending and receiving step by step: each step is a short transaction, and nothing is sent inside one.

A crash between any two steps loses nothing and doubles nothing: a message that was delivered but not marked is
delivered again under the same name, and what was kept but not moved away is known when it is read again.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, select

from residentapp.core import audit
from residentapp.core.access.actor import Actor, system_actor
from residentapp.core.clock import Clock
from residentapp.core.crypto import DecryptionError, Keyring
from residentapp.core.db import Database
from residentapp.core.outbox import inbox
from residentapp.core.outbox.models import InboxMessage, OutboxMessage
from residentapp.core.outbox.operations import body_of, mark_failed, mark_sent, next_batch, put_back
from residentapp.core.outbox.transport import FORMAT, Arrival, Envelope, Transport, Unreadable, read_letter
from residentapp.core.outbox.types import (
    InboxState,
    MessageChanged,
    MessageRefused,
    MessageState,
    Partner,
    PartnerUnreachable,
)

#: Kind under which a file that is no message stands in the list of errors.
UNREADABLE = "unreadable"

UNDECRYPTABLE = "内容を復号できません。暗号鍵の設定を、システム管理者に確かめてください。"
TEST_DATA = "試験データです。本番では取り込みません。"


@dataclass
class Sent:
    """What a run of sending came to.

    :param unreachable: why a partner could not be reached, by partner.
    """

    sent: int = 0
    failed: int = 0
    unreachable: dict[Partner, str] = field(default_factory=dict)


@dataclass
class Came:
    """What a run of receiving came to: new messages, repeats, and files that were no messages."""

    new: int = 0
    repeats: int = 0
    rejected: int = 0
    unreachable: dict[Partner, str] = field(default_factory=dict)


@dataclass
class Took:
    """What a run of taking in came to."""

    taken: int = 0
    failed: int = 0
    later: int = 0


def envelope_of(keyring: Keyring, message: OutboxMessage) -> Envelope:
    """A message as it leaves. In place of the 宛名番号 stands a number that only orders.

    :raises DecryptionError: when its content was changed or its key is missing.
    """
    order = keyring.lookup_hash(message.subject, context=f"outbox_order:{message.destination.value}")
    return Envelope(
        message.destination,
        f"{message.id:012d}-{message.key}",
        {
            "format": FORMAT,
            "id": message.key,
            "to": message.destination.value,
            "recipient": message.recipient,
            "kind": message.kind,
            "order": {"of": order[:12].hex(), "sequence": message.sequence},
            "written_at": message.created_at.isoformat(),
            "resends": message.resends,
            "reverses": message.reverses,
            "body": body_of(keyring, message),
        },
    )


def send_waiting(
    database: Database,
    keyring: Keyring,
    transport: Transport,
    *,
    clock: Clock,
    destinations: Collection[Partner] | None = None,
    batch: int = 50,
) -> Sent:
    """Send what waits, in order per person, until nothing is left that can go.

    A partner that cannot be reached is left alone for the rest of the run; its messages wait for the next one.
    """
    done = Sent()
    open_partners = set(Partner if destinations is None else destinations)
    while open_partners:
        with database.transaction() as session:
            rows = next_batch(session, now=clock(), limit=batch, destinations=open_partners)
        if not rows:
            break
        outcomes: list[tuple[OutboxMessage, MessageState, str]] = []
        for row in rows:
            if row.destination in done.unreachable:
                outcomes.append((row, MessageState.WAITING, done.unreachable[row.destination]))
                continue
            try:
                transport.deliver(envelope_of(keyring, row))
            except PartnerUnreachable as problem:
                done.unreachable[row.destination] = str(problem)
                outcomes.append((row, MessageState.WAITING, str(problem)))
            except MessageRefused as problem:
                outcomes.append((row, MessageState.FAILED, str(problem)))
            except DecryptionError:
                outcomes.append((row, MessageState.FAILED, UNDECRYPTABLE))
            else:
                outcomes.append((row, MessageState.SENT, ""))
        open_partners -= set(done.unreachable)
        _mark(database, outcomes, clock, done)
    return done


def _mark(
    database: Database,
    outcomes: Collection[tuple[OutboxMessage, MessageState, str]],
    clock: Clock,
    done: Sent,
) -> None:
    with database.transaction() as session:
        now = clock()
        said: dict[str, list[str]] = {}
        for row, state, error in outcomes:
            if state is MessageState.SENT:
                marked = mark_sent(session, row.id, now=now)
                done.sent += marked
            elif state is MessageState.FAILED:
                marked = mark_failed(session, row.id, error=error)
                done.failed += marked
            else:
                put_back(session, row.id, error=error)
                marked = False
            if marked:
                said.setdefault(f"{row.destination.label}　{row.kind}　{state.label}", []).append(row.subject)
        if said:
            audit.record(
                session,
                system_actor("連携の送信"),
                moment=now,
                log=audit.Log.COMMUNICATION,
                action="連携の送信",
                subjects=[subject for subjects in said.values() for subject in subjects],
                details={"件数": {what: len(subjects) for what, subjects in said.items()}},
                succeeded=all(state is not MessageState.FAILED for _row, state, _error in outcomes),
            )


def receive_arrivals(
    database: Database,
    keyring: Keyring,
    transport: Transport,
    *,
    clock: Clock,
    accept_test_data: bool,
    sources: Collection[Partner] | None = None,
) -> Came:
    """Keep everything that has come; a file that is no message is kept as an error that officers see.

    :param accept_test_data: False where real residents are: what a simulator made is rejected.
    """
    done = Came()
    for source in Partner if sources is None else sources:
        try:
            for arrival in transport.arrivals(source):
                accepted = _keep(database, keyring, arrival, clock, accept_test_data, done)
                # Only now that it is committed: before, a crash would lose it.
                transport.acknowledge(arrival, accepted=accepted)
        except PartnerUnreachable as problem:
            done.unreachable[source] = str(problem)
    return done


def _keep(
    database: Database, keyring: Keyring, arrival: Arrival, clock: Clock, accept_test_data: bool, done: Came
) -> bool:
    problem = ""
    try:
        letter = read_letter(arrival.data)
        external_id, kind, body = letter.external_id, letter.kind, letter.body
        if body.get("test_data") and not accept_test_data:
            problem = TEST_DATA
    except Unreadable as error:
        problem = str(error)
    if problem:
        kind = UNREADABLE
        external_id = f"file:{hashlib.sha256(arrival.data).hexdigest()}"
        body = {"file": _file_of(arrival)}
    with database.transaction() as session:
        now = clock()
        came = inbox.receive(
            session, keyring, source=arrival.source, kind=kind, external_id=external_id, body=body, now=now
        )
        if not came.same:
            problem = "同じ番号（id）で、前と違う内容が届きました。連携元に確かめてください。"
            came = inbox.receive(
                session, keyring, source=arrival.source, kind=UNREADABLE,
                external_id=f"file:{hashlib.sha256(arrival.data).hexdigest()}",
                body={"file": _file_of(arrival)}, now=now,
            )  # fmt: skip
        if problem and came.new:
            came.message.state, came.message.error = InboxState.FAILED, problem
        audit.record(
            session,
            system_actor("連携の受信"),
            moment=now,
            log=audit.Log.COMMUNICATION,
            action="連携の受信",
            details={"受信": came.message.id, "連携元": arrival.source.label, "種別": came.message.kind}
            | ({"誤り": problem} if problem else {})
            | ({} if came.new else {"再受信": True}),
            succeeded=not problem,
        )
    done.rejected += bool(problem)
    done.new += not problem and came.new
    done.repeats += not problem and not came.new
    return not problem


def _file_of(arrival: Arrival) -> Mapping[str, Any]:
    # The name is the sender's; it may hold a name of somebody, so it is encrypted with the content.
    return {"name": arrival.handle, "base64": base64.b64encode(arrival.data[: 1024 * 1024]).decode("ascii")}


def take_all(
    database: Database, keyring: Keyring, actor: Actor, *, clock: Clock, failed_too: bool = False
) -> Took:
    """Take in what is new, in the order of its coming, each in a transaction of its own.

    :param failed_too: also try again what could not be taken in before.
    """
    states = [InboxState.NEW, *([InboxState.FAILED] if failed_too else [])]
    with database.transaction() as session:
        query = select(InboxMessage.id).where(InboxMessage.state.in_(states), InboxMessage.kind != UNREADABLE)
        waiting = session.scalars(query.order_by(InboxMessage.id)).all()
    done = Took()
    for message_id in waiting:
        with database.transaction() as session:
            current = inbox.find_received(session, message_id)
            if current is None or current.state not in states:
                continue  # another process or an officer was faster
            try:
                row = inbox.take(session, actor, keyring, message_id, now=clock())
            except MessageChanged:
                continue
            done.taken += row.state is InboxState.TAKEN
            done.failed += row.state is InboxState.FAILED
            done.later += row.state is InboxState.NEW
    return done


def count_in_state(database: Database, state: MessageState) -> int:
    """How many messages to partners are in a state."""
    with database.transaction() as session:
        query = select(func.count()).select_from(OutboxMessage).where(OutboxMessage.state == state)
        return session.scalar(query) or 0
