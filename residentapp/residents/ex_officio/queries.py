"""Reads the 職権記録書, masked for the one who asks.

Items that the officer may not see are named, not shown (RR-10.4a). Where somebody protected lives, or lived until they
left, nothing of what changed is told (CM-5.1): neither the items nor why.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from residentapp.core.access.actor import Actor
from residentapp.core.ages import age_during
from residentapp.core.clock import day_of
from residentapp.core.dates import to_wareki
from residentapp.residents import history
from residentapp.residents.ex_officio.models import ExOfficioNotice, ExOfficioRecord
from residentapp.residents.models import IntegratedRemark, ResidentChange, ResidentHistory
from residentapp.residents.protection import (
    closed_snapshots,
    may_see_whereabouts,
    protected_homes,
    standings,
)
from residentapp.residents.records.items import GROUPS, NO_RIGHT, reason_hidden, text_of
from residentapp.residents.types import ChangeReason, ResidentState

#: Who is younger has letters from the municipality opened by the head of the household.
ADULT_LETTERS = 15
#: A number changed is not printed: that it changed is what the record says.
_NUMBER_WORDS = ("変更前の番号", "変更後の番号")
#: Items of the record's own book-keeping, which say nothing to a reader of the 職権記録書.
_LEFT_OUT = frozenset({"member_order", "household_number", "address_code", "previous_address_code"})


@dataclass(frozen=True)
class Line:
    """One item that changed.

    :param lacking: the officer has no right to see it; its value is not there.
    """

    label: str
    before: str
    after: str
    lacking: bool = False


@dataclass(frozen=True)
class Person:
    """Somebody whose record a change by 職権 changed.

    :param lines: what changed; all items of a new record. Empty when :attr:`Sheet.hidden`.
    :param notes: what went into the 統合記載欄.
    :param may_be_written_to: a notice can go to the person: alive, and not about the death.
    :param guardian: 世帯主 to whom the letter goes in place of a child; empty for others.
    :param printed: when notices were printed, oldest first.
    """

    addressee_number: str
    name: str
    birth: str
    lines: tuple[Line, ...]
    notes: tuple[str, ...]
    may_be_written_to: bool
    guardian: str
    printed: tuple[ExOfficioNotice, ...]


@dataclass(frozen=True)
class Sheet:
    """One entry of the 職権記録書 with everybody it concerns.

    :param hidden: somebody protected is concerned and the officer may not know where they live.
    :param protected: somebody protected is concerned, whoever looks: never printed by list.
    """

    record: ExOfficioRecord
    change: ResidentChange
    people: tuple[Person, ...]
    hidden: bool
    protected: bool

    @property
    def number(self) -> str:
        """Number of the entry, as printed: 令和8年第12号."""
        era_year = to_wareki(self.change.processed_on).partition("年")[0]
        return f"{era_year}年第{self.record.serial}号"

    @property
    def key(self) -> str:
        """Names the sheet in addresses: its case, or the number of the entry when no case stands behind it."""
        return self.change.case_id or f"{self.record.year}-{self.record.serial}"

    @property
    def owes_notice(self) -> bool:
        """Whether somebody has to be notified (令第12条第4項) and no notice has been printed."""
        due = self.record.basis.owes_notice
        return due and any(person.may_be_written_to and not person.printed for person in self.people)


def has_records(session: Session, case_id: str) -> bool:
    """Whether anything of a case stands in the 職権記録書."""
    query = select(ExOfficioRecord.change_id).join(ResidentChange).where(ResidentChange.case_id == case_id)
    return session.scalars(query.limit(1)).first() is not None


def sheets_of_case(session: Session, actor: Actor, case_id: str, *, now: dt.datetime) -> list[Sheet]:
    """What of a case stands in the 職権記録書, in the order of its changes; empty when nothing does."""
    query = select(ExOfficioRecord).join(ResidentChange).where(ResidentChange.case_id == case_id)
    records = session.scalars(query.order_by(ResidentChange.id)).all()
    return [_sheet(session, actor, record, now=now) for record in records]


def sheets_of(session: Session, actor: Actor, key: str, *, now: dt.datetime) -> list[Sheet]:
    """What :attr:`Sheet.key` names; empty when nothing does."""
    year, dash, serial = key.partition("-")
    if not (dash and is_digits(year, 4) and is_digits(serial, 9)):
        return sheets_of_case(session, actor, key, now=now)
    query = select(ExOfficioRecord).where(
        ExOfficioRecord.year == int(year), ExOfficioRecord.serial == int(serial)
    )
    return [_sheet(session, actor, record, now=now) for record in session.scalars(query)]


def is_digits(text: str, longest: int) -> bool:
    """Whether a text is a number of ASCII digits, not too long."""
    return 0 < len(text) <= longest and text.isascii() and text.isdigit()


def sheets_of_day(session: Session, actor: Actor, day: dt.date, *, now: dt.datetime) -> list[Sheet]:
    """What was entered in the 職権記録書 on a day (処理日), in the order of its numbers."""
    query = select(ExOfficioRecord).join(ResidentChange).where(ResidentChange.processed_on == day)
    records = session.scalars(query.order_by(ExOfficioRecord.year, ExOfficioRecord.serial)).all()
    return [_sheet(session, actor, record, now=now) for record in records]


def _sheet(session: Session, actor: Actor, record: ExOfficioRecord, *, now: dt.datetime) -> Sheet:
    query = select(ResidentHistory).where(ResidentHistory.change_id == record.change_id)
    rows = session.scalars(
        query.order_by(ResidentHistory.member_order, ResidentHistory.addressee_number)
    ).all()
    befores = [
        history.snapshot(session, row.addressee_number, row.history_number - 1)
        if row.history_number > 1
        else None
        for row in rows
    ]
    hidden, protected = _protection(session, actor, [*rows, *(row for row in befores if row)], now=now)
    notices = session.scalars(
        select(ExOfficioNotice)
        .where(ExOfficioNotice.change_id == record.change_id)
        .order_by(ExOfficioNotice.id)
    ).all()
    people = tuple(
        _person(session, actor, record.change, row, before, notices, hidden=hidden, now=now)
        for row, before in zip(rows, befores, strict=True)
    )
    return Sheet(record, record.change, people, hidden, protected)


def _protection(
    session: Session, actor: Actor, rows: Sequence[ResidentHistory], *, now: dt.datetime
) -> tuple[bool, bool]:
    """Whether what changed is hidden from the actor, and whether anybody protected is concerned at all.

    The records are judged as they are now: who has come under a measure since is protected in old entries too. A home
    that was left counts when somebody protected lives there now, in the same household or at the same place.
    """
    current = _latest(session, {row.addressee_number for row in rows})
    found = standings(session, current, now=now)
    protected = any(standing.protected for standing in found.values())
    hidden = any(not may_see_whereabouts(actor, standing) for standing in found.values())
    told = {(row.addressee_number, row.history_number) for row in (*rows, *current)}
    for person in current:
        number, snapshots = person.addressee_number, history.snapshots_of(session, person.addressee_number)
        protected = protected or _tells(told, number, protected_homes(session, snapshots))
        hidden = hidden or _tells(told, number, closed_snapshots(session, actor, snapshots))
    return hidden, protected


def _tells(told: Collection[tuple[str, int]], number: str, closed: Iterable[int]) -> bool:
    return any((number, history_number) in told for history_number in closed)


def _latest(session: Session, numbers: Iterable[str]) -> Sequence[ResidentHistory]:
    query = select(ResidentHistory).where(
        ResidentHistory.addressee_number.in_(sorted(numbers)), ResidentHistory.is_latest
    )
    return session.scalars(query).all()


def _person(
    session: Session,
    actor: Actor,
    change: ResidentChange,
    row: ResidentHistory,
    before: ResidentHistory | None,
    notices: Sequence[ExOfficioNotice],
    *,
    hidden: bool,
    now: dt.datetime,
) -> Person:
    remarks = session.scalars(
        select(IntegratedRemark.text)
        .where(
            IntegratedRemark.addressee_number == row.addressee_number,
            IntegratedRemark.history_number == row.history_number,
        )
        .order_by(IntegratedRemark.id)
    ).all()
    current = history.latest(session, row.addressee_number) or row
    return Person(
        addressee_number=row.addressee_number,
        name=row.display_name,
        birth=text_of("birth_date", row.birth_date, kind=row.resident_kind),
        lines=() if hidden else tuple(_lines(actor, before, row)),
        notes=() if hidden else tuple(remarks),
        may_be_written_to=current.state is not ResidentState.DEAD and change.reason is not ChangeReason.DEATH,
        guardian="" if hidden else guardian_of(current, now=now),
        printed=tuple(notice for notice in notices if notice.addressee_number == row.addressee_number),
    )


def guardian_of(row: ResidentHistory, *, now: dt.datetime) -> str:
    """氏名 of the 世帯主 to whom a letter to a child goes; empty for others."""
    birth, today = row.birth_date.exact, day_of(now)
    if birth is None or birth > today or age_during(birth, today) >= ADULT_LETTERS:
        return ""
    head = row.head_name or ""
    return head if head != row.display_name else ""


def _lines(actor: Actor, before: ResidentHistory | None, after: ResidentHistory) -> Iterable[Line]:
    """What a change altered, item by item; every item that is not blank for a new record."""
    seen: set[str] = set()
    for _title, definitions in GROUPS:
        for definition in definitions:
            column = definition.column
            if column in seen or column in _LEFT_OUT or after.resident_kind not in definition.kinds:
                continue
            seen.add(column)
            old, new = getattr(before, column, None), getattr(after, column)
            if column.endswith("_cipher"):
                # Each encryption of one number differs; its keyed hash does not.
                hashed = column.replace("_cipher", "_hash")
                same = getattr(before, hashed, None) == getattr(after, hashed)
            else:
                same = old == new
            if same:
                continue
            kind = before.resident_kind if before is not None else after.resident_kind
            texts = [
                text_of(column, old, kind=kind, western=definition.western),
                text_of(column, new, kind=after.resident_kind, western=definition.western),
            ]
            if texts[0] == texts[1] and not column.endswith("_cipher"):
                continue
            if column.endswith("_cipher") and old and new:
                texts = list(_NUMBER_WORDS)
            if before is None and new is False:
                continue
            lacking = bool(reason_hidden(definition, actor, whereabouts_open=True))
            if lacking:
                texts = [NO_RIGHT if text else "" for text in texts]
            yield Line(definition.label, texts[0], texts[1], lacking)


def latest_of(session: Session, addressee_number: str) -> ResidentHistory:
    """The record of somebody of a sheet as it is now, for the address of a letter.

    :raises LookupError: when there is none.
    """
    found = history.latest(session, addressee_number)
    if found is None:
        raise LookupError("somebody of a sheet has no record")
    return found
