"""Reads suppressions, of a person, of a household and in lists, masked for the one who asks (RR-2.2.4, RR-9.2)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from residentapp.core.access.actor import Actor
from residentapp.core.access.permissions import Permission
from residentapp.core.clock import day_of
from residentapp.core.crypto import Keyring
from residentapp.core.dates import to_wareki
from residentapp.core.violations import Level
from residentapp.core.web.marks import Mark
from residentapp.residents import history
from residentapp.residents.models import (
    ProtectionEvent,
    ResidentHistory,
    Suppression,
)
from residentapp.residents.protection import standings
from residentapp.residents.records.queries import person_of
from residentapp.residents.records.types import Person
from residentapp.residents.removed_records import reader
from residentapp.residents.support.errors import NotThere
from residentapp.residents.support.queries import EventView, MeasureLine, events_of, measures_of
from residentapp.residents.support.sealed import (
    SUPPRESSION,
    unseal,
)
from residentapp.residents.types import SuppressedProcess, SuppressionCause


@dataclass(frozen=True)
class SuppressionView:
    """One suppression as it may be shown.

    :param reason: only for those who set, release or lift.
    :param lifted_until: it rests until then; None when it does not.
    """

    id: int
    process: SuppressedProcess
    level: Level
    cause: SuppressionCause
    of_household: bool
    starts_on: dt.date
    ends_on: dt.date | None
    past_its_end: bool
    released_at: dt.datetime | None
    lifted_until: dt.datetime | None
    reason: str


@dataclass(frozen=True)
class Subject:
    """Whose suppressions a screen shows: one person, or a household.

    Where they live is not among it: that is for the screens of the record.
    """

    addressee_number: str
    household_number: str
    people: tuple[Person, ...]
    standing: tuple[SuppressionView, ...]
    released: tuple[SuppressionView, ...]
    events: tuple[EventView, ...]
    measures: tuple[MeasureLine, ...]
    live: bool

    @property
    def of_household(self) -> bool:
        """Whether it is a household."""
        return not self.addressee_number


def may_read_reasons(actor: Actor) -> bool:
    """Whether the actor works on suppressions, and so sees why they stand."""
    return any(
        actor.may(permission)
        for permission in (
            Permission.SUPPRESSION_MANAGE,
            Permission.SUPPRESSION_LIFT,
            Permission.SUPPORT_MANAGE,
        )
    )


def subject_of_person(
    session: Session, actor: Actor, keyring: Keyring, addressee_number: str, *, now: dt.datetime
) -> Subject:
    """A person's suppressions, those of the household included.

    :raises NotThere: no such person.
    """
    actor.require(Permission.RESIDENT_VIEW)
    record = reader.latest_of(session, addressee_number)
    if record is None:
        raise NotThere("この宛名番号の人は見つかりません。番号を確かめてください。")
    condition = or_(
        Suppression.addressee_number == addressee_number,
        Suppression.household_number == record.household_number,
    )
    standing, released = _suppressions(session, actor, keyring, condition, now=now)
    events: tuple[EventView, ...] = ()
    if may_read_reasons(actor):
        events = events_of(
            session,
            keyring,
            ProtectionEvent.suppression_id.is_not(None),
            or_(
                ProtectionEvent.addressee_number == addressee_number,
                ProtectionEvent.household_number == record.household_number,
            ),
        )
    found = standings(session, [record], now=now).get(addressee_number)
    return Subject(
        addressee_number,
        "",
        (person_of(record, found, today=day_of(now)),),
        standing,
        released,
        events,
        tuple(measures_of(session, actor, keyring, addressee_number, now=now)),
        record.state.is_live,
    )


def subject_of_household(
    session: Session, actor: Actor, keyring: Keyring, household_number: str, *, now: dt.datetime
) -> Subject:
    """A household's own suppressions; those of its members stand with them.

    :raises NotThere: no such household.
    """
    actor.require(Permission.RESIDENT_VIEW)
    members = [
        *history.household_members(session, household_number, removed=True),
        *reader.archived_members(session, household_number),
    ]
    if not members:
        raise NotThere("この世帯は見つかりません。番号を確かめてください。")
    found = standings(session, members, now=now)
    standing, released = _suppressions(
        session, actor, keyring, Suppression.household_number == household_number, now=now
    )
    events: tuple[EventView, ...] = ()
    if may_read_reasons(actor):
        events = events_of(session, keyring, ProtectionEvent.household_number == household_number)
    return Subject(
        "",
        household_number,
        tuple(person_of(member, found.get(member.addressee_number), today=day_of(now)) for member in members),
        standing,
        released,
        events,
        (),
        any(member.state.is_live for member in members),
    )


def _suppressions(
    session: Session, actor: Actor, keyring: Keyring, condition: object, *, now: dt.datetime
) -> tuple[tuple[SuppressionView, ...], tuple[SuppressionView, ...]]:
    rows = session.scalars(select(Suppression).where(condition).order_by(Suppression.id))  # type: ignore[arg-type]
    views = [_suppression(actor, keyring, row, now=now) for row in rows]
    return (
        tuple(view for view in views if view.released_at is None),
        tuple(view for view in reversed(views) if view.released_at is not None),
    )


def _suppression(actor: Actor, keyring: Keyring, row: Suppression, *, now: dt.datetime) -> SuppressionView:
    reason = ""
    if may_read_reasons(actor):
        reason = str(unseal(keyring, row.note_cipher, SUPPRESSION).get("reason", ""))
    resting = row.lifted_until is not None and row.lifted_until > now
    return SuppressionView(
        row.id,
        row.process,
        row.level,
        row.cause,
        row.household_number is not None,
        row.starts_on,
        row.ends_on,
        row.ends_on is not None and row.ends_on < day_of(now),
        row.released_at,
        row.lifted_until if resting else None,
        reason,
    )


# ---- 抑止対象者一覧 (RR-9.2)


@dataclass(frozen=True)
class ListFilter:
    """What the list of suppressed people holds; None for everything."""

    cause: SuppressionCause | None = None
    process: SuppressedProcess | None = None


@dataclass(frozen=True)
class SuppressedLine:
    """A person under a suppression, with everything that stands for them."""

    addressee_number: str
    name: str
    kana: str
    birth: str
    sex: str
    state: str
    address: str
    marks: tuple[Mark, ...]
    causes: str
    levels: str
    since: str
    until: str
    passed: bool


def suppressed_people(
    session: Session, actor: Actor, wanted: ListFilter, *, now: dt.datetime
) -> list[SuppressedLine]:
    """抑止対象者一覧: who has a suppression that was not released, ordered by フリガナ.

    Members of a suppressed household are in it; who merely lives with a protected person is not.

    :raises PermissionDenied: without the right to see suppressed people.
    """
    actor.require(Permission.SUPPRESSED_VIEW)
    query = select(Suppression).where(Suppression.released_at.is_(None))
    if wanted.cause is not None:
        query = query.where(Suppression.cause == wanted.cause)
    if wanted.process is not None:
        query = query.where(Suppression.process == wanted.process)
    rows = session.scalars(query.order_by(Suppression.id)).all()
    people = _people_of(session, rows)
    found = standings(session, people, now=now)
    by_holder: dict[str, list[Suppression]] = {}
    for row in rows:
        by_holder.setdefault(row.addressee_number or f"household {row.household_number}", []).append(row)
    lines = []
    for person in people:
        own = list(by_holder.get(person.addressee_number, []))
        if person.state.is_live:
            own += by_holder.get(f"household {person.household_number}", [])
        shown = person_of(person, found.get(person.addressee_number), today=day_of(now))
        ends = [row.ends_on for row in own]
        last = max((day for day in ends if day is not None), default=None)
        lines.append(
            SuppressedLine(
                addressee_number=person.addressee_number,
                name=shown.name,
                kana=shown.kana,
                birth=shown.birth,
                sex=shown.sex,
                state=shown.state,
                address=" ".join(part for part in (person.address, person.building) if part),
                marks=shown.marks,
                causes="・".join(dict.fromkeys(row.cause.label for row in own)),
                levels=_levels(own, now),
                since=to_wareki(min(row.starts_on for row in own)),
                until=to_wareki(last) if last is not None else "",
                passed=last is not None and None not in ends and last < day_of(now),
            )
        )
    return sorted(lines, key=lambda line: (line.kana, line.addressee_number))


def _people_of(session: Session, rows: Sequence[Suppression]) -> Sequence[ResidentHistory]:
    numbers = {row.addressee_number for row in rows if row.addressee_number is not None}
    households = {row.household_number for row in rows if row.household_number is not None}
    found = reader.people_of(session, sorted(numbers))
    for number in sorted(households):
        for person in history.household_members(session, number):
            found.setdefault(person.addressee_number, person)
    return list(found.values())


def _levels(rows: Sequence[Suppression], now: dt.datetime) -> str:
    """「証明書発行：エラー、照会：アラート」; one that rests says so."""
    said: dict[SuppressedProcess, str] = {}
    for row in sorted(rows, key=lambda row: row.level is Level.ALERT):
        resting = row.lifted_until is not None and row.lifted_until > now
        said.setdefault(
            row.process, f"{row.process.label}：{row.level.label}" + ("（一時解除中）" if resting else "")
        )
    return "、".join(said[process] for process in SuppressedProcess if process in said)
