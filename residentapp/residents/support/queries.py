"""Reads measures, suppressions and their history, masked for the one who asks (RR-1.1.16, RR-2.2.4, RR-3.1, RR-9.2)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from residentapp.core.access.actor import Actor
from residentapp.core.access.permissions import Permission
from residentapp.core.clock import JST, day_of
from residentapp.core.crypto import Keyring
from residentapp.core.violations import Level
from residentapp.residents.models import (
    ProtectionEvent,
    SupportMeasure,
    SupportMember,
    SupportTransfer,
)
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
from residentapp.residents.types import SuppressedProcess

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
        events=events_of(
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


def events_of(session: Session, keyring: Keyring, *conditions: object) -> tuple[EventView, ...]:
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
        measure_line(session, actor, keyring, measure, today)
        for measure in session.scalars(query)
        if phase_of(facts_of(measure), today) in wanted
    ]


def measure_line(
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
    return [measure_line(session, actor, keyring, measure, day_of(now)) for measure in session.scalars(query)]
