"""Lists of messages, and how many wait."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from residentapp.core.clock import JST
from residentapp.core.outbox.models import InboxMessage, OutboxMessage
from residentapp.core.outbox.types import InboxState, MessageState, Partner
from residentapp.core.web.marks import Mark
from residentapp.residents.messages.kinds import label_of_kind
from residentapp.residents.protection import standings
from residentapp.residents.records.queries import marks_of
from residentapp.residents.removed_records import reader

#: Lines of one page of a list.
PAGE_SIZE = 50


@dataclass(frozen=True)
class MessageFilter:
    """What messages to partners are searched by (RR-7.1.1.1d). ``day`` is that of writing."""

    subject: str = ""
    destination: Partner | None = None
    kind: str = ""
    state: MessageState | None = None
    day: dt.date | None = None
    page: int = 1


@dataclass(frozen=True)
class InboxFilter:
    """What messages from partners are searched by. ``day`` is that of receiving."""

    source: Partner | None = None
    kind: str = ""
    state: InboxState | None = None
    day: dt.date | None = None
    page: int = 1


@dataclass(frozen=True)
class Line:
    """One line of a list of messages."""

    id: int
    at: dt.datetime
    done_at: dt.datetime | None
    partner: str
    kind: str
    state: str
    state_code: str
    number: str
    name: str
    marks: tuple[Mark, ...]
    attempts: int
    error: str


@dataclass(frozen=True)
class MessageList:
    """One page of a list, newest first."""

    lines: Sequence[Line]
    page: int
    has_more: bool

    @property
    def numbers(self) -> list[str]:
        """宛名番号 of everyone on the page."""
        return sorted({line.number for line in self.lines if line.number})


def _fitting(table: type[OutboxMessage] | type[InboxMessage], asked: Mapping[str, object]) -> Select[Any]:
    """Messages whose columns have the values asked for; empty ones ask for nothing."""
    return select(table).filter_by(**{column: value for column, value in asked.items() if value})


def _on_day(
    query: Select[Any], moment: InstrumentedAttribute[dt.datetime], day: dt.date | None
) -> Select[Any]:
    """Those with a moment on a Japanese day; all of them without a day."""
    if day is None:
        return query
    start = dt.datetime.combine(day, dt.time(), JST)
    return query.where(moment >= start, moment < start + dt.timedelta(days=1))


def list_messages(session: Session, wanted: MessageFilter, *, now: dt.datetime) -> MessageList:
    """Messages to partners that fit, newest first."""
    asked = {
        "subject": wanted.subject,
        "destination": wanted.destination,
        "kind": wanted.kind,
        "state": wanted.state,
    }
    query = _on_day(_fitting(OutboxMessage, asked), OutboxMessage.created_at, wanted.day)
    rows = _page(session, query.order_by(OutboxMessage.id.desc()), wanted.page)
    people = reader.people_of(session, {row.subject for row in rows})
    found = standings(session, people.values(), now=now)
    lines = []
    for row in rows[:PAGE_SIZE]:
        person = people.get(row.subject)
        lines.append(
            Line(
                id=row.id,
                at=row.created_at,
                done_at=row.sent_at,
                partner=row.destination.label,
                kind=label_of_kind(row.kind),
                state=row.state.label,
                state_code=row.state.value,
                number=row.subject,
                name=person.display_name if person is not None else "",
                marks=marks_of(person, found.get(row.subject)) if person is not None else (),
                attempts=row.attempts,
                error=row.error or "",
            )
        )
    return MessageList(lines, wanted.page, len(rows) > PAGE_SIZE)


def list_received(session: Session, wanted: InboxFilter) -> MessageList:
    """Messages from partners that fit, newest first. Whom they are about stands on their own page only."""
    asked = {"source": wanted.source, "kind": wanted.kind, "state": wanted.state}
    query = _on_day(_fitting(InboxMessage, asked), InboxMessage.received_at, wanted.day)
    rows = _page(session, query.order_by(InboxMessage.id.desc()), wanted.page)
    lines = [
        Line(
            id=row.id,
            at=row.received_at,
            done_at=row.taken_at,
            partner=row.source.label,
            kind=label_of_kind(row.kind, incoming=True),
            state=row.state.label,
            state_code=row.state.value,
            number="",
            name="",
            marks=(),
            attempts=row.repeats,
            error=row.error or "",
        )
        for row in rows[:PAGE_SIZE]
    ]
    return MessageList(lines, wanted.page, len(rows) > PAGE_SIZE)


def _page(session: Session, query: Select[Any], page: int) -> Sequence[Any]:
    """The rows of a page and one more, which says whether there is another."""
    return session.scalars(query.limit(PAGE_SIZE + 1).offset((max(1, page) - 1) * PAGE_SIZE)).all()


def count_messages(session: Session, state: MessageState) -> int:
    """How many messages to partners are in a state."""
    query = select(func.count()).select_from(OutboxMessage).where(OutboxMessage.state == state)
    return session.scalar(query) or 0


def count_received(session: Session, state: InboxState) -> int:
    """How many messages from partners are in a state."""
    query = select(func.count()).select_from(InboxMessage).where(InboxMessage.state == state)
    return session.scalar(query) or 0
