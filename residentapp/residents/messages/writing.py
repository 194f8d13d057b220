"""Writing the messages of a change, in its transaction and from the database's rows alone (RR-7.1.1.1a, DX-4.1).

Whoever changes the register flushes the change and its snapshots and then calls :func:`write_messages`. A cancellation
(異動の取消し) takes back what the cancelled change wrote.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from residentapp.core.clock import day_of
from residentapp.core.crypto import Keyring
from residentapp.core.masters.models import OwnMunicipality
from residentapp.core.masters.queries import own_municipality
from residentapp.core.masters.wards import wards_on
from residentapp.core.numbering import INDIVIDUAL_NUMBER, RESIDENT_CODE
from residentapp.core.outbox import MessageState, OutboxMessage, Outgoing, put_all, supersede
from residentapp.residents import history
from residentapp.residents.messages.bodies import NUMBERS, Subject, body_for
from residentapp.residents.messages.places import Places
from residentapp.residents.messages.rules import decide
from residentapp.residents.messages.types import Act, ChangeFacts, Draft, MessageKind, PersonFacts
from residentapp.residents.models import ResidentChange, ResidentHistory, SupportMeasure, SupportMember
from residentapp.residents.protection import standings
from residentapp.residents.types import ChangeReason

_CANCELLATIONS = frozenset(
    {ChangeReason.CANCEL_INCREASE, ChangeReason.CANCEL_DECREASE, ChangeReason.CANCEL_CORRECTION}
)
_OWN_KINDS = frozenset(kind.value for kind in MessageKind)
_CONTEXTS = {"individual_number": INDIVIDUAL_NUMBER, "resident_code": RESIDENT_CODE}


class AlreadyWritten(ValueError):
    """The messages of this change are there; writing them again would send everything twice."""


@dataclass(frozen=True)
class _Work:
    """What writing the messages of one change needs everywhere."""

    session: Session
    change: ResidentChange
    own: OwnMunicipality


def write_messages(
    session: Session,
    keyring: Keyring,
    change: ResidentChange,
    *,
    now: dt.datetime,
    special_move_out: bool = False,
    handed_over: bool = False,
) -> list[OutboxMessage]:
    """Put the messages that a change causes, for each of its subjects, in the caller's transaction.

    :param change: with its snapshots added to the session; ``cancels_change_id`` set when it cancels another.
    :param special_move_out: 特例による転出: 転出証明書情報 goes as well (法 第24条の2).
    :param handed_over: 特別永住者証明書の交付: the 入管庁 is told, whoever told the number first (RR-4.5.7b).
    :returns: the messages, persons in the order of their 宛名番号.
    :raises AlreadyWritten: when they were written before.
    :raises MasterMissing: when the own municipality is not registered.
    """
    session.flush()
    written = select(OutboxMessage.id).where(OutboxMessage.change_id == change.id).limit(1)
    if session.scalar(written) is not None:
        raise AlreadyWritten(f"the messages of change {change.id} were already written")
    work = _Work(session, change, own_municipality(session))
    facts = ChangeFacts(
        reason=change.reason,
        own_code=work.own.code,
        noticed=change.noticed_on is not None,
        special_move_out=special_move_out,
        handed_over=handed_over,
        ward_codes=wards_on(session, day_of(now)).codes,
    )
    # By 宛名番号: so two transactions that write messages of the same persons do not wait for each other in a circle.
    pairs = history.with_before(session, [change.id])
    protected, supported = _protection(session, [after for _before, after in pairs], now=now)
    cancelled = _messages_of(session, change.cancels_change_id)
    taken_back_again = change.cancels_change_id is not None and _is_cancellation(session, change)
    places = Places(session, work.own)
    messages: list[Outgoing] = []
    for before, after in pairs:
        number = after.addressee_number
        subject = Subject(
            before=None if before is None else _items(before),
            after=_items(after),
            numbers=_numbers(keyring, before, after),
            supported=number in supported,
            protected=number in protected,
        )
        earlier = cancelled.get(number, [])
        if earlier and not taken_back_again:
            messages += _take_back(work, number, subject, earlier)
            continue
        person = PersonFacts(
            before=subject.before,
            after=subject.after,
            former=places.former(subject.after),
            domicile=places.domicile(subject.after),
            destination=places.destination(subject.after),
        )
        due = _still_due(session, decide(facts, person), earlier)
        messages += [_outgoing(work, number, subject, draft) for draft in due]
    return put_all(session, keyring, messages, now=now)


def _items(snapshot: ResidentHistory) -> dict[str, Any]:
    items = history.items_of(snapshot)
    return items | {
        "addressee_number": snapshot.addressee_number,
        "history_number": snapshot.history_number,
    }


def _protection(
    session: Session, people: Sequence[ResidentHistory], *, now: dt.datetime
) -> tuple[set[str], set[str]]:
    """宛名番号 of those whose whereabouts are protected, and of those who are themselves under a measure."""
    found = standings(session, people, now=now)
    protected = {number for number, standing in found.items() if standing.protected}
    query = (
        select(SupportMember.addressee_number)
        .join(SupportMeasure, SupportMeasure.id == SupportMember.measure_id)
        .where(
            SupportMember.addressee_number.in_([person.addressee_number for person in people]),
            SupportMeasure.closed_on.is_(None),
        )
    )
    return protected, set(session.scalars(query))


def _numbers(keyring: Keyring, before: ResidentHistory | None, after: ResidentHistory) -> dict[str, str]:
    numbers = {}
    for name, hashed in NUMBERS.items():
        cipher = getattr(after, f"{name}_cipher")
        if cipher is not None:
            numbers[name] = keyring.decrypt_text(cipher, context=_CONTEXTS[name])
        earlier = getattr(before, f"{name}_cipher") if before is not None else None
        if earlier is not None and getattr(before, hashed) != getattr(after, hashed):
            numbers[f"previous_{name}"] = keyring.decrypt_text(earlier, context=_CONTEXTS[name])
    return numbers


def _outgoing(work: _Work, number: str, subject: Subject, draft: Draft) -> Outgoing:
    return Outgoing(
        draft.kind.destination,
        draft.kind.value,
        number,
        body_for(draft.kind, draft.act, work.change, subject, work.own, draft),
        work.change.id,
        recipient=draft.recipient.code if draft.recipient is not None else None,
        category=draft.law.value if draft.law is not None else None,
        held=draft.held,
    )


# ---- cancellation


def _messages_of(session: Session, change_id: int | None) -> Mapping[str, list[OutboxMessage]]:
    """The messages of a change that are in force, by 宛名番号, in the order of writing."""
    found: dict[str, list[OutboxMessage]] = defaultdict(list)
    if change_id is not None:
        query = select(OutboxMessage).where(OutboxMessage.change_id == change_id).order_by(OutboxMessage.id)
        for row in session.scalars(query):
            found[row.subject].append(row)
    return found


def _is_cancellation(session: Session, change: ResidentChange) -> bool:
    cancelled = session.get(ResidentChange, change.cancels_change_id)
    return cancelled is not None and cancelled.reason in _CANCELLATIONS


def _take_back(
    work: _Work, number: str, subject: Subject, earlier: Iterable[OutboxMessage]
) -> list[Outgoing]:
    """Take back what the cancelled change told of a person: what has not gone never goes, what has is cancelled.

    The cancelling message says what holds now, so that a receiver needs no memory.
    """
    by_address: dict[tuple[str, str | None], list[OutboxMessage]] = defaultdict(list)
    for row in earlier:
        if row.kind in _OWN_KINDS:
            by_address[row.kind, row.recipient].append(row)
    due: list[tuple[str, str | None, OutboxMessage]] = []
    for (kind, recipient), rows in by_address.items():
        # Locks each row: a sender either sees it superseded, or has it and the partner must be told.
        gone = [row for row in rows if not supersede(work.session, row.id) and _has_gone(row)]
        if gone or _told_later(work.session, rows[-1]):
            due.append((kind, recipient, gone[-1] if gone else rows[-1]))
    # Written later: an officer who sends one of them again holds its row, too, before it takes a place.
    return [
        Outgoing(
            newest.destination,
            kind,
            number,
            body_for(MessageKind(kind), Act.CANCEL, work.change, subject, work.own),
            work.change.id,
            recipient=recipient,
            category=newest.category,
            reverses=newest.key,
        )
        for kind, recipient, newest in due
    ]


def _has_gone(row: OutboxMessage) -> bool:
    return row.state in (MessageState.SENT, MessageState.SENDING)


def _told_later(session: Session, row: OutboxMessage) -> bool:
    """Whether a later change told the partner something of the same kind, which the restored state contradicts."""
    query = select(OutboxMessage.id).where(
        OutboxMessage.destination == row.destination,
        OutboxMessage.subject == row.subject,
        OutboxMessage.kind == row.kind,
        OutboxMessage.sequence > row.sequence,
        OutboxMessage.state != MessageState.SUPERSEDED,
    )
    return session.scalar(query.limit(1)) is not None


def _still_due(session: Session, due: Iterable[Draft], earlier: Iterable[OutboxMessage]) -> list[Draft]:
    """What has to be told when a cancellation is itself cancelled.

    A cancelling message that has not gone is dropped, and what it would have taken back stands as it was sent.
    """
    unsent = {(row.kind, row.recipient): row for row in earlier if row.reverses is not None}
    left = []
    for draft in due:
        recipient = draft.recipient.code if draft.recipient is not None else None
        row = unsent.get((draft.kind.value, recipient))
        if row is None or not supersede(session, row.id):
            left.append(draft)
    return left
