"""Reads measures, suppressions and their history, masked for the one who asks (RR-1.1.16, RR-2.2.4, RR-3.1, RR-9.2)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, selectinload

from residentapp.core.access.actor import Actor
from residentapp.core.access.permissions import Permission
from residentapp.core.clock import JST, day_of
from residentapp.core.crypto import Keyring
from residentapp.core.dates import to_wareki
from residentapp.core.violations import Level
from residentapp.core.wards import Ward
from residentapp.core.web.marks import Mark
from residentapp.residents import history
from residentapp.residents.models import (
    ProtectionEvent,
    ResidentHistory,
    SupportMeasure,
    SupportMember,
    SupportTransfer,
    Suppression,
)
from residentapp.residents.protection import standings
from residentapp.residents.records.queries import person_of
from residentapp.residents.records.types import Person
from residentapp.residents.removed_records import reader
from residentapp.residents.rules.terms import SupportTerm
from residentapp.residents.support.errors import NotThere
from residentapp.residents.support.operations import facts_of
from residentapp.residents.support.people import DOMICILE_ITEMS
from residentapp.residents.support.rules import MeasureFacts, phase_of
from residentapp.residents.support.sealed import (
    EVENT,
    MEASURE,
    MEMBER,
    OFFENDER,
    SUPPRESSION,
    TRANSFER,
    unseal,
    unseal_details,
)
from residentapp.residents.support.suppressions import IN_CHARGE
from residentapp.residents.support.types import (
    PERSON_LABELS,
    Blocked,
    Direction,
    EventKind,
    OffenderDetails,
    PersonDetails,
    Phase,
)
from residentapp.residents.types import SuppressedProcess, SuppressionCause

#: Rows read of a history; what is older stays in the audit log.
EVENTS_SHOWN = 200


@dataclass(frozen=True)
class MemberView:
    """A protected person of a measure."""

    addressee_number: str
    is_applicant: bool
    relation: str
    details: PersonDetails
    removed_on: dt.date | None

    @property
    def name(self) -> str:
        """Name as kept with the measure."""
        return self.details.name or self.details.alias

    @property
    def items(self) -> list[tuple[str, str, bool]]:
        """Label, text, and whether it is drawn with exact glyphs."""
        exact = {"name", "alias", "address", "former_addresses", "domicile", "former_domiciles"}
        exact |= {"planned_destination", "confirmed_destination"}
        return [(label, getattr(self.details, name), name in exact) for name, label in PERSON_LABELS.items()]


@dataclass(frozen=True)
class OffenderView:
    """加害者 of a measure."""

    id: int
    addressee_number: str
    details: OffenderDetails
    removed_on: dt.date | None


@dataclass(frozen=True)
class TransferView:
    """転送情報 of a measure."""

    direction: Direction
    municipality: str
    happened_on: dt.date
    told_on: dt.date | None
    note: str


@dataclass(frozen=True)
class EventView:
    """One line of a history."""

    moment: dt.datetime
    kind: EventKind
    what: str
    who: str
    where: str
    reason: str
    changes: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class MeasureView:
    """Everything the screen of a measure shows to those in charge."""

    id: int
    version: int
    phase: Phase
    facts: MeasureFacts
    receiving_municipality: str
    applied_on: dt.date | None
    provisional_from: dt.date | None
    first_started_on: dt.date | None
    closed_reason: str
    renewable_from: dt.date | None
    blocked: frozenset[Blocked]
    addresses: dict[Blocked, str]
    levels: dict[SuppressedProcess, Level]
    note: str
    term_reason: str
    members: tuple[MemberView, ...]
    offenders: tuple[OffenderView, ...]
    transfers: tuple[TransferView, ...]
    events: tuple[EventView, ...]

    @property
    def applicant(self) -> MemberView:
        """申出者."""
        return next(member for member in self.members if member.is_applicant)

    @property
    def levels_text(self) -> str:
        """「証明書発行：エラー、照会：アラート」."""
        return "、".join(
            f"{process.label}：{self.levels[process].label}"
            for process in SuppressedProcess
            if process in self.levels
        )

    @property
    def blocked_lines(self) -> list[tuple[str, bool, str]]:
        """Affair, whether support is asked for it, and the address in words."""
        return [(item.label, item in self.blocked, self.addresses.get(item, "")) for item in Blocked]

    @property
    def protected(self) -> tuple[MemberView, ...]:
        """Those in force, the applicant first."""
        return tuple(member for member in self.members if member.removed_on is None)


def measure_view(
    session: Session, actor: Actor, keyring: Keyring, measure_id: int, *, now: dt.datetime
) -> MeasureView:
    """A measure with its people and its history.

    :raises PermissionDenied: not in charge.
    :raises NotThere: no such measure.
    """
    actor.require(*IN_CHARGE)
    measure = session.get(SupportMeasure, measure_id)
    if measure is None:
        raise NotThere("この支援措置は見つかりません。一覧から選び直してください。")
    kept = unseal(keyring, measure.details_cipher, MEASURE)
    facts = facts_of(measure)
    phase = phase_of(facts, day_of(now))
    renewable = None
    if phase in (Phase.RUNNING, Phase.ENDING, Phase.PASSED) and facts.starts_on and facts.ends_on:
        renewable = SupportTerm.ending(facts.starts_on, facts.ends_on).renewable_from
    return MeasureView(
        id=measure.id,
        version=measure.version,
        phase=phase,
        facts=facts,
        receiving_municipality=measure.receiving_municipality,
        applied_on=measure.applied_on,
        provisional_from=measure.provisional_from,
        first_started_on=measure.first_started_on,
        closed_reason=measure.closed_reason.label if measure.closed_reason else "",
        renewable_from=renewable,
        blocked=frozenset(item for item in Blocked if item.value in measure.blocked),
        addresses={Blocked(code): text for code, text in kept.get("addresses", {}).items()},
        levels={SuppressedProcess(code): Level(level) for code, level in measure.levels.items()},
        note=str(kept.get("note", "")),
        term_reason=str(kept.get("term_reason", "")),
        members=tuple(
            _member(session, actor, keyring, member) for member in sorted(measure.members, key=_place)
        ),
        offenders=tuple(
            OffenderView(
                row.id,
                row.addressee_number or "",
                unseal_details(keyring, row.details_cipher, OffenderDetails, OFFENDER),
                row.removed_on,
            )
            for row in sorted(measure.offenders, key=lambda row: row.id)
        ),
        transfers=tuple(
            _transfer(keyring, row)
            for row in sorted(measure.transfers, key=lambda row: (row.happened_on, row.id))
        ),
        events=_events(
            session,
            keyring,
            ProtectionEvent.measure_id == measure.id,
            # Those of its suppressions stand on the screens of the people.
            ProtectionEvent.suppression_id.is_(None),
        ),
    )


def _place(member: SupportMember) -> tuple[bool, str]:
    return not member.is_applicant, member.addressee_number


def _member(session: Session, actor: Actor, keyring: Keyring, member: SupportMember) -> MemberView:
    details = unseal_details(keyring, member.details_cipher, PersonDetails, MEMBER)
    if not details.name:
        # A measure from before the database of measures: the register still knows who it is.
        record = reader.latest_of(session, member.addressee_number)
        details = replace(details, name=record.display_name if record is not None else "")
    if not actor.may(Permission.ITEM_REGISTERED_DOMICILE):
        details = replace(details, **dict.fromkeys(DOMICILE_ITEMS, ""))
    return MemberView(
        member.addressee_number, member.is_applicant, member.relation or "", details, member.removed_on
    )


def _transfer(keyring: Keyring, row: SupportTransfer) -> TransferView:
    kept = unseal(keyring, row.details_cipher, TRANSFER)
    return TransferView(
        row.direction,
        str(kept.get("municipality", "")),
        row.happened_on,
        row.told_on,
        str(kept.get("note", "")),
    )


def _events(session: Session, keyring: Keyring, *conditions: object) -> tuple[EventView, ...]:
    """Newest first."""
    query = (
        select(ProtectionEvent)
        .where(*conditions)  # type: ignore[arg-type]
        .order_by(ProtectionEvent.id.desc())
        .limit(EVENTS_SHOWN)
    )
    return tuple(_event(keyring, row) for row in session.scalars(query))


def _event(keyring: Keyring, row: ProtectionEvent) -> EventView:
    content = unseal(keyring, row.content_cipher, EVENT)
    what = ""
    if "process" in row.facts:
        level = Level(row.facts["level"]).label
        what = f"{SuppressedProcess(row.facts['process']).label}（{level}）"
    return EventView(
        moment=row.moment.astimezone(JST),
        kind=row.kind,
        what=what,
        who=row.user_name,
        where=f"{row.office_name} {row.terminal_name}".strip(),
        reason=str(content.get("reason", "")),
        changes=tuple(
            (label, before, after) for label, (before, after) in content.get("changes", {}).items()
        ),
    )


# ---- lists of measures


@dataclass(frozen=True)
class MeasureLine:
    """One measure in a list."""

    id: int
    phase: Phase
    applicant: str
    others: int
    facts: MeasureFacts
    receiving_municipality: str
    renewable_from: dt.date | None


def measures(
    session: Session, actor: Actor, keyring: Keyring, phases: Iterable[Phase], *, now: dt.datetime
) -> list[MeasureLine]:
    """Measures in some phases, those that end first on top.

    :raises PermissionDenied: not in charge.
    """
    actor.require(*IN_CHARGE)
    wanted, today = set(phases), day_of(now)
    query = select(SupportMeasure).options(selectinload(SupportMeasure.members))
    if Phase.CLOSED not in wanted:
        query = query.where(SupportMeasure.closed_on.is_(None))
    query = query.order_by(SupportMeasure.ends_on, SupportMeasure.id)
    return [
        _line(session, actor, keyring, measure, today)
        for measure in session.scalars(query)
        if phase_of(facts_of(measure), today) in wanted
    ]


def _line(
    session: Session, actor: Actor, keyring: Keyring, measure: SupportMeasure, today: dt.date
) -> MeasureLine:
    facts = facts_of(measure)
    members = [member for member in measure.members if member.removed_on is None]
    [applicant] = [member for member in members if member.is_applicant][:1] or members[:1]
    renewable = None
    if facts.starts_on is not None and facts.ends_on is not None and not facts.provisional:
        renewable = SupportTerm.ending(facts.starts_on, facts.ends_on).renewable_from
    return MeasureLine(
        measure.id,
        phase_of(facts, today),
        _member(session, actor, keyring, applicant).name,
        len(members) - 1,
        facts,
        measure.receiving_municipality,
        renewable,
    )


def count_phase(session: Session, phase: Phase, *, today: dt.date) -> int:
    """How many measures are in a phase: ``ENDING`` or ``PASSED``, for the home page."""
    query = select(SupportMeasure).where(
        SupportMeasure.closed_on.is_(None),
        SupportMeasure.provisional.is_(False),
        # One month before is at most 31 days.
        SupportMeasure.ends_on <= today + dt.timedelta(days=31),
    )
    return sum(phase_of(facts_of(measure), today) is phase for measure in session.scalars(query))


def measures_of(
    session: Session, actor: Actor, keyring: Keyring, addressee_number: str, *, now: dt.datetime
) -> list[MeasureLine]:
    """Measures of a person, ended ones too, newest first; empty for who is not in charge."""
    if not actor.may(*IN_CHARGE):
        return []
    query = (
        select(SupportMeasure)
        .join(SupportMember)
        .where(SupportMember.addressee_number == addressee_number)
        .order_by(SupportMeasure.id.desc())
    )
    return [_line(session, actor, keyring, measure, day_of(now)) for measure in session.scalars(query)]


# ---- suppressions


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
        events = _events(
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
        events = _events(session, keyring, ProtectionEvent.household_number == household_number)
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
    ward: Ward | None = None


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
    if wanted.ward is not None:
        # Of a 除票 the ward of its last address.
        people = [each for each in people if (each.address_code or "").startswith(wanted.ward.head)]
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
