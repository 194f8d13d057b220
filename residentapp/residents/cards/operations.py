"""Looking at 交付状況, entering it by hand, and taking in what the CS tells (RR-2.2.2, RR-7.1.1.3a)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from residentapp.core import audit
from residentapp.core.access.actor import Actor
from residentapp.core.access.permissions import Permission
from residentapp.core.clock import day_of
from residentapp.core.violations import Violation
from residentapp.residents.cards.models import CardRecord
from residentapp.residents.cards.queries import CardView, cards_of
from residentapp.residents.cards.rules import check_entry
from residentapp.residents.cards.types import CardEntry, Source
from residentapp.residents.models import ResidentHistory
from residentapp.residents.protection import HIDDEN, may_see_whereabouts, standings
from residentapp.residents.records.operations import require_open_to_inquiry
from residentapp.residents.records.types import NotFound
from residentapp.residents.removed_records import reader

SCREEN = "カードの交付状況"


class CardRefused(Exception):
    """What was entered cannot be recorded; carries the findings."""

    def __init__(self, violations: Sequence[Violation]) -> None:
        super().__init__(violations[0].message)
        self.violations = list(violations)


def _person(session: Session, actor: Actor, number: str, *, now: dt.datetime) -> ResidentHistory:
    person = reader.latest_of(session, number)
    if person is None:
        raise NotFound("この宛名番号の人はいません。")
    require_open_to_inquiry(session, actor, [person], now=now)
    return person


@dataclass(frozen=True)
class CardPage:
    """Both cards of a person.

    :param notes_hidden: why what officers wrote is not shown; empty when it is. It may tell where somebody lives.
    """

    person: ResidentHistory
    cards: list[CardView]
    notes_hidden: str


def open_cards(session: Session, actor: Actor, number: str, *, now: dt.datetime) -> CardPage:
    """Both cards of a person; the look is logged.

    :raises NotFound: no such person. :raises InquiryRefused: a suppression of 照会 bars the actor.
    """
    actor.require(Permission.RESIDENT_VIEW)
    person = _person(session, actor, number, now=now)
    audit.record(
        session, actor, moment=now, log=audit.Log.OPERATION, action="カードの交付状況の照会", subjects=[number],
        screen=SCREEN,
    )  # fmt: skip
    standing = standings(session, [person], now=now).get(number)
    open_ = may_see_whereabouts(actor, standing)
    return CardPage(person, cards_of(session, person), "" if open_ else HIDDEN)


def enter(session: Session, actor: Actor, number: str, entry: CardEntry, *, now: dt.datetime) -> CardRecord:
    """Record by hand where a card stands.

    :raises NotFound, InquiryRefused: as :func:`open_cards`.
    :raises CardRefused: it cannot be as entered.
    """
    actor.require(Permission.RESIDENT_VIEW, Permission.NUMBERS_ENTER)
    person = _person(session, actor, number, now=now)
    violations = check_entry(entry, birth=person.birth_date.exact, today=day_of(now))
    if violations:
        raise CardRefused(violations)
    return record(session, actor, number, entry, Source.HAND, now=now)


def record(
    session: Session, actor: Actor, number: str, entry: CardEntry, source: Source, *, now: dt.datetime
) -> CardRecord:
    """Write a state behind the earlier ones; they stay."""
    row = CardRecord(
        addressee_number=number,
        card=entry.card,
        state=entry.state,
        since=entry.since,
        source=source,
        note=entry.note.strip() or None,
        recorded_at=now,
        recorded_by=actor.login,
    )
    session.add(row)
    session.flush()
    audit.record(
        session, actor, moment=now, log=audit.Log.OPERATION, action="カードの交付状況の記録", subjects=[number],
        details={"カード": entry.card.label, "状態": entry.state.label, "経路": source.label},
        screen=SCREEN,
    )  # fmt: skip
    return row
