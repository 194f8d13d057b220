"""Reads for certificates: the facts of a request."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence, Set
from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from residentapp.core.access.actor import Actor
from residentapp.core.access.models import Terminal
from residentapp.core.access.permissions import Permission
from residentapp.core.clock import day_of
from residentapp.core.crypto import Keyring
from residentapp.core.masters.settings import fee_on
from residentapp.core.numbering import INDIVIDUAL_NUMBER, RESIDENT_CODE
from residentapp.core.violations import Level
from residentapp.residents import history
from residentapp.residents.certificates.documents import PersonFacts, told_snapshots
from residentapp.residents.certificates.types import AT_COUNTER, CertificateRequest, Facts, Fee, Shown, Style
from residentapp.residents.models import ResidentHistory
from residentapp.residents.protection import may_see_whereabouts, protected_homes, standings
from residentapp.residents.records.queries import person_of
from residentapp.residents.records.types import Person
from residentapp.residents.remarks.rules import sensitivity_of_text
from residentapp.residents.removed_records import reader
from residentapp.residents.support import reviews
from residentapp.residents.types import ResidentKind, ResidentState, Sensitivity, SuppressedProcess

_ADOPTION = (Sensitivity.SPECIAL_ADOPTION, Sensitivity.SPECIAL_ADOPTION_DISSOLVED)


def subjects_of(session: Session, request: CertificateRequest) -> list[ResidentHistory]:
    """Snapshots of the subjects that are printed, in the household's order (RR-5.2), strangers to it last.

    Of a 除票 that is the last one that belongs to it, wherever the record stands.
    """
    if request.style.of_removed:
        return _removed_subjects(session, request)
    numbers = set(request.subjects)
    members = history.household_members(session, request.household_number, removed=True)
    chosen = [member for member in members if member.addressee_number in numbers]
    found = {member.addressee_number for member in chosen}
    for number in sorted(numbers - found):
        stranger = reader.latest_of(session, number)
        if stranger is not None:
            chosen.append(stranger)
    return chosen


def _removed_subjects(session: Session, request: CertificateRequest) -> list[ResidentHistory]:
    chosen = []
    for number in dict.fromkeys(request.subjects):
        record = reader.record_of(session, number)
        if record is None:
            continue
        ended = [record.snapshots[stay.last] for stay in record.stays if stay.removed is not None]
        wanted = request.stays.get(number)
        found = [row for row in ended if wanted in (None, row.history_number)]
        if found:
            chosen.append(found[-1])
        elif not ended:
            chosen.append(record.current)  # It is told about, and refused.
    return sorted(chosen, key=lambda row: (row.member_order, row.addressee_number))


def levels_of(
    session: Session, printed: Sequence[ResidentHistory], *, now: dt.datetime
) -> dict[str, Level | None]:
    """Level of the suppression of certificates by 宛名番号, as people stand now and as they are printed.

    An old 除票 shows the home of then, in which somebody protected may live now.
    """
    people = reader.people_of(session, [row.addressee_number for row in printed])
    earlier = [row for row in printed if people[row.addressee_number].history_number != row.history_number]
    levels: dict[str, Level | None] = {}
    for rows in (people.values(), earlier):
        for number, standing in standings(session, rows, now=now).items():
            level = standing.level(SuppressedProcess.CERTIFICATE)
            if level is not None and levels.get(number) is not Level.ERROR:
                levels[number] = level
    return levels


def facts_of(
    session: Session,
    actor: Actor,
    keyring: Keyring,
    request: CertificateRequest,
    subjects: Sequence[ResidentHistory],
    *,
    now: dt.datetime,
) -> Facts:
    """What the rules decide on."""
    levels = levels_of(session, subjects, now=now)
    people = reader.people_of(session, [subject.addressee_number for subject in subjects])
    of_removed = request.style.of_removed
    gone = tuple(subject.display_name for subject in subjects if not subject.state.is_live)
    review = reviews.standing_review(session, actor, keyring, request, now=now)
    live = [
        member for member in history.household_members(session, request.household_number)
        if member.state.is_live
    ]  # fmt: skip
    return Facts(
        chosen=len(set(request.subjects)) if of_removed else len(subjects),
        household_size=len(live),
        removed=() if of_removed else gone,
        in_force=tuple(subject.display_name for subject in subjects if of_removed and subject.state.is_live),
        dead=tuple(person.display_name for person in people.values() if person.state is ResidentState.DEAD),
        adopted=tuple(
            subject.display_name for subject in subjects if of_removed and is_adoption(session, subject)
        ),
        # Each 除票 has a document of its own, whatever household it was of.
        elsewhere=tuple(
            subject.display_name
            for subject in subjects
            if subject.household_number != request.household_number and not of_removed
        ),
        barred=tuple(
            subject.display_name
            for subject in subjects
            if levels.get(subject.addressee_number) is Level.ERROR
        ),
        warned=tuple(
            subject.display_name
            for subject in subjects
            if levels.get(subject.addressee_number) is Level.ALERT
        ),
        former_home=tuple(
            subject.display_name
            for subject in subjects
            if tells_a_protected_home(
                session,
                subject.addressee_number,
                request.style,
                request.shown,
                printed=subject.history_number,
            )
        ),
        may_whereabouts=actor.may(Permission.SUPPRESSED_VIEW),
        reviewed=review is not None and reviews.is_open(review, now),
        foreign=any(subject.resident_kind is ResidentKind.FOREIGN for subject in subjects),
        moved_on=any(
            request.versions.get(number, person.history_number) != person.history_number
            for number, person in people.items()
        )
        or len(subjects) != len(set(request.subjects)),
        may_domicile=actor.may(Permission.ITEM_REGISTERED_DOMICILE),
        may_individual_number=actor.may(Permission.ITEM_INDIVIDUAL_NUMBER),
        may_resident_code=actor.may(Permission.ITEM_RESIDENT_CODE),
        may_residence_status=actor.may(Permission.ITEM_RESIDENCE_STATUS),
    )


def past_of(session: Session, addressee_number: str, *, printed: int | None = None) -> PersonFacts | None:
    """Snapshots, changes and remarks of a person, wherever they stand, without any number; None when there are none.

    :param printed: 履歴番号 of the snapshot on the certificate, with which the past ends; None for the current one.
    """
    record = reader.record_of(session, addressee_number)
    if record is None:
        return None
    remarks = record.remarks
    later = [row for row in record.snapshots if printed is not None and row.history_number > printed]
    if later and printed is not None:
        # An earlier 除票 of somebody who came back: what was recorded since is not of it.
        since = record.changes[later[0].change_id].processed_on
        remarks = [
            entry
            for entry in remarks
            if (entry.history_number or 0) <= printed
            and (entry.history_number is not None or entry.recorded_on < since)
        ]
    snapshots = record.snapshots[: len(record.snapshots) - len(later)]
    return PersonFacts(snapshots, dict(record.changes), remarks, {})


def tells_a_protected_home(
    session: Session,
    addressee_number: str,
    style: Style,
    shown: Set[Shown],
    *,
    printed: int | None = None,
) -> bool:
    """Whether a certificate would tell a home that the person has left and in which a protected person lives now.

    :param printed: 履歴番号 of the snapshot on the certificate; None for the current one.
    """
    record = reader.record_of(session, addressee_number)
    closed = protected_homes(session, record.snapshots) if record is not None else frozenset()
    if not closed:
        return False
    past = past_of(session, addressee_number, printed=printed)
    return past is not None and not closed.isdisjoint(told_snapshots(style, shown, past))


def person_facts(
    session: Session, keyring: Keyring, request: CertificateRequest, subject: ResidentHistory
) -> PersonFacts:
    """Everything the form may need of one subject. Numbers are decrypted only when they are printed."""
    numbers: dict[Shown, str | None] = {}
    if Shown.INDIVIDUAL_NUMBER in request.shown and subject.individual_number_cipher:
        numbers[Shown.INDIVIDUAL_NUMBER] = keyring.decrypt_text(
            subject.individual_number_cipher, context=INDIVIDUAL_NUMBER
        )
    if Shown.RESIDENT_CODE in request.shown and subject.resident_code_cipher:
        numbers[Shown.RESIDENT_CODE] = keyring.decrypt_text(
            subject.resident_code_cipher, context=RESIDENT_CODE
        )
    past = past_of(session, subject.addressee_number, printed=subject.history_number)
    assert past is not None
    return replace(past, numbers=numbers)


def printer_of(session: Session, actor: Actor, day: dt.date) -> str:
    """Name of the printer at the actor's terminal; empty when none is set up (RR-5.5a allows a blank)."""
    terminal = session.scalars(select(Terminal).where(Terminal.code == actor.terminal_code)).one_or_none()
    printer = terminal.printer if terminal is not None else None
    return printer.name_on(day) if printer is not None and printer.in_use(day) else ""


def fee_of(session: Session, style: Style, fee: Fee, day: dt.date) -> int | None:
    """手数料 in yen of one copy on a day: nothing for the kinds that are free, None when none is registered."""
    return fee_on(session, style.value, fee.value, day) if fee.is_charged else 0


def fees_of(session: Session, day: dt.date, *, removed: bool) -> list[tuple[str, int | None]]:
    """What a charged copy of each form costs on a day, for the counter: of records in force, or of 除票."""
    return [
        (style.label, fee_of(session, style, Fee.PAID, day))
        for style in AT_COUNTER
        if style.of_removed is removed
    ]


def is_adoption(session: Session, row: ResidentHistory) -> bool:
    """Whether a 除票 was closed by a 転出 that came from 特別養子縁組 (its entries are marked so, RR-1.1.14e)."""
    if row.state is not ResidentState.MOVED_OUT:
        return False
    record = reader.record_of(session, row.addressee_number)
    if record is None:
        return False
    [stay] = [
        stay for stay in record.stays if record.snapshots[stay.last].history_number == row.history_number
    ]
    ended = {record.snapshots[place].history_number for place in range(stay.removed or 0, stay.last + 1)}
    return any(
        (entry.sensitivity or sensitivity_of_text(entry.text)) in _ADOPTION
        and entry.history_number in ended
        and entry.withdrawn_on is None
        for entry in record.remarks
    )


@dataclass(frozen=True)
class Counter:
    """The household as the certificate screen shows it, masked for the one who asks.

    :param hidden: someone protected lives here and the actor may not know where: head and address are empty.
    """

    people: tuple[Person, ...]
    relationships: dict[str, str]
    head: str
    address: str
    hidden: bool

    @property
    def has_foreign(self) -> bool:
        """Whether the items of foreign residents are offered."""
        return any(person.kind is ResidentKind.FOREIGN for person in self.people)


def counter_of(session: Session, actor: Actor, household_number: str, *, now: dt.datetime) -> Counter:
    """The members of a household to choose from (CM-5.1: whereabouts are masked here, not in the template)."""
    members = history.household_members(session, household_number)
    found = standings(session, members, now=now)
    hidden = not all(may_see_whereabouts(actor, found.get(member.addressee_number)) for member in members)
    shown = members[0] if members and not hidden else None
    return Counter(
        people=tuple(
            person_of(member, found.get(member.addressee_number), today=day_of(now)) for member in members
        ),
        relationships={member.addressee_number: member.relationship_to_head or "" for member in members},
        head=(shown.head_name or "") if shown is not None else "",
        address=" ".join(part for part in (shown.address, shown.building) if part)
        if shown is not None
        else "",
        hidden=hidden,
    )


@dataclass(frozen=True)
class RemovedChoice:
    """A 除票 to choose from.

    :param key: ``宛名番号:履歴番号`` of its last snapshot. :param version: 履歴番号 of the record now.
    :param ended: when and how the record was removed.
    """

    key: str
    version: int
    person: Person
    relationship: str
    ended: str
    moved_out: bool
    adopted: bool
    dead: bool


def removed_choices(session: Session, numbers: Sequence[str], *, now: dt.datetime) -> list[RemovedChoice]:
    """The 除票 of some people, wherever they stand, the latest of each person first."""
    choices = []
    for number in numbers:
        record = reader.record_of(session, number)
        if record is None:
            continue
        standing = standings(session, [record.current], now=now).get(number)
        for stay in reversed([stay for stay in record.stays if stay.removed is not None]):
            row = record.snapshots[stay.last]
            occurred = row.removal_occurred_on
            choices.append(
                RemovedChoice(
                    key=f"{number}:{row.history_number}",
                    version=record.current.history_number,
                    person=person_of(row, standing, today=day_of(now), archived=record.archived),
                    relationship=row.relationship_to_head or "",
                    ended=" ".join(
                        part
                        for part in (
                            occurred.wareki if occurred is not None else "",
                            row.removal_reason or row.state.label,
                        )
                        if part
                    ),
                    moved_out=row.state is ResidentState.MOVED_OUT,
                    adopted=is_adoption(session, row),
                    dead=record.current.state is ResidentState.DEAD,
                )
            )
    return choices
