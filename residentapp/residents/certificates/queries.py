"""Reads for certificates: the facts of a request, and the history of issues."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence, Set
from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

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
from residentapp.residents.certificates.models import CertificateIssue, CertificateSubject
from residentapp.residents.certificates.types import CertificateRequest, Facts, Fee, Shown, Style
from residentapp.residents.models import IntegratedRemark, ResidentChange, ResidentHistory
from residentapp.residents.protection import barred_by, may_see_whereabouts, protected_homes, standings
from residentapp.residents.records.queries import person_of
from residentapp.residents.records.types import Person
from residentapp.residents.support import reviews
from residentapp.residents.types import ResidentKind, SuppressedProcess

#: Lines of one page of the history of issues.
PAGE_SIZE = 50


def subjects_of(session: Session, request: CertificateRequest) -> list[ResidentHistory]:
    """Current snapshots of the subjects in the household's order (RR-5.2), strangers to it last."""
    numbers = set(request.subjects)
    members = history.household_members(session, request.household_number, removed=True)
    chosen = [member for member in members if member.addressee_number in numbers]
    found = {member.addressee_number for member in chosen}
    for number in sorted(numbers - found):
        stranger = history.latest(session, number)
        if stranger is not None:
            chosen.append(stranger)
    return chosen


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
    found = standings(session, subjects, now=now)
    review = reviews.standing_review(session, actor, keyring, request, now=now)
    levels = {
        subject.addressee_number: standing.level(SuppressedProcess.CERTIFICATE)
        for subject in subjects
        if (standing := found.get(subject.addressee_number)) is not None
    }
    live = [
        member for member in history.household_members(session, request.household_number)
        if member.state.is_live
    ]  # fmt: skip
    return Facts(
        chosen=len(subjects),
        household_size=len(live),
        removed=tuple(subject.display_name for subject in subjects if not subject.state.is_live),
        elsewhere=tuple(
            subject.display_name
            for subject in subjects
            if subject.household_number != request.household_number
        ),
        barred=tuple(
            subject.display_name for subject in barred_by(found, subjects, SuppressedProcess.CERTIFICATE)
        ),
        warned=tuple(
            subject.display_name
            for subject in subjects
            if levels.get(subject.addressee_number) is Level.ALERT
        ),
        former_home=tuple(
            subject.display_name
            for subject in subjects
            if tells_a_protected_home(session, subject.addressee_number, request.shown)
        ),
        may_whereabouts=actor.may(Permission.SUPPRESSED_VIEW),
        reviewed=review is not None and reviews.is_open(review, now),
        foreign=any(subject.resident_kind is ResidentKind.FOREIGN for subject in subjects),
        moved_on=any(
            request.versions.get(subject.addressee_number, subject.history_number) != subject.history_number
            for subject in subjects
        )
        or len(subjects) != len(set(request.subjects)),
        may_domicile=actor.may(Permission.ITEM_REGISTERED_DOMICILE),
        may_individual_number=actor.may(Permission.ITEM_INDIVIDUAL_NUMBER),
        may_resident_code=actor.may(Permission.ITEM_RESIDENT_CODE),
        may_residence_status=actor.may(Permission.ITEM_RESIDENCE_STATUS),
    )


def past_of(session: Session, addressee_number: str) -> PersonFacts:
    """Snapshots, changes and remarks of a person, without any number."""
    snapshots = history.snapshots_of(session, addressee_number)
    ids = {row.change_id for row in snapshots}
    changes = session.scalars(select(ResidentChange).where(ResidentChange.id.in_(ids)))
    remarks = session.scalars(
        select(IntegratedRemark)
        .where(IntegratedRemark.addressee_number == addressee_number)
        .order_by(IntegratedRemark.id)
    )
    return PersonFacts(snapshots, {change.id: change for change in changes}, remarks.all(), {})


def tells_a_protected_home(
    session: Session, addressee_number: str, shown: Set[Shown], *, printed: int | None = None
) -> bool:
    """Whether a copy would tell a home that the person has left and in which a protected person lives now.

    :param printed: 履歴番号 of the snapshot on the copy; None for the current one.
    """
    closed = protected_homes(session, history.snapshots_of(session, addressee_number))
    if not closed:
        return False
    past = past_of(session, addressee_number)
    until = [row for row in past.snapshots if printed is None or row.history_number <= printed]
    return not closed.isdisjoint(told_snapshots(shown, replace(past, snapshots=until)))


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
    return replace(past_of(session, subject.addressee_number), numbers=numbers)


def printer_of(session: Session, actor: Actor, day: dt.date) -> str:
    """Name of the printer at the actor's terminal; empty when none is set up (RR-5.5a allows a blank)."""
    terminal = session.scalars(select(Terminal).where(Terminal.code == actor.terminal_code)).one_or_none()
    printer = terminal.printer if terminal is not None else None
    return printer.name_on(day) if printer is not None and printer.in_use(day) else ""


def fee_of(session: Session, style: Style, fee: Fee, day: dt.date) -> int | None:
    """手数料 in yen of one copy on a day: nothing for the kinds that are free, None when none is registered."""
    return fee_on(session, style.value, fee.value, day) if fee.is_charged else 0


def fees_of(session: Session, day: dt.date) -> list[tuple[str, int | None]]:
    """What a charged copy of each form costs on a day, for the counter."""
    return [(style.label, fee_of(session, style, Fee.PAID, day)) for style in Style]


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
class HistoryFilter:
    """What the history of issues is searched by (RR-2.2.2)."""

    day: dt.date | None = None
    issue_number: str = ""
    addressee_number: str = ""
    user_login: str = ""
    only_disposed: bool = False
    page: int = 1


@dataclass(frozen=True)
class HistoryPage:
    """One page of the history of issues, newest first."""

    issues: Sequence[CertificateIssue]
    names: dict[str, str]
    """氏名 by 宛名番号."""
    page: int
    has_more: bool


def issues(session: Session, wanted: HistoryFilter) -> HistoryPage:
    """交付履歴 that fits the filter."""
    query = select(CertificateIssue).options(selectinload(CertificateIssue.subjects))
    if wanted.day is not None:
        query = query.where(CertificateIssue.issued_on == wanted.day)
    if wanted.issue_number:
        query = query.where(CertificateIssue.issue_number.contains(wanted.issue_number, autoescape=True))
    if wanted.addressee_number:
        query = query.join(CertificateSubject).where(
            CertificateSubject.addressee_number == wanted.addressee_number
        )
    if wanted.user_login:
        query = query.where(CertificateIssue.user_login == wanted.user_login)
    if wanted.only_disposed:
        query = query.where(CertificateIssue.disposed_at.is_not(None))
    query = query.order_by(
        CertificateIssue.issued_at.desc(), CertificateIssue.serial.desc(), CertificateIssue.id
    )
    rows = session.scalars(query.limit(PAGE_SIZE + 1).offset((wanted.page - 1) * PAGE_SIZE)).all()
    shown = rows[:PAGE_SIZE]
    numbers = {subject.addressee_number for issue in shown for subject in issue.subjects}
    names = {}
    if numbers:
        people = session.scalars(
            select(ResidentHistory).where(
                ResidentHistory.addressee_number.in_(numbers), ResidentHistory.is_latest
            )
        )
        names = {person.addressee_number: person.display_name for person in people}
    return HistoryPage(shown, names, wanted.page, len(rows) > PAGE_SIZE)
