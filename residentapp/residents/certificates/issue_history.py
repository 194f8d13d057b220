"""交付履歴: every certificate that was issued, found by the items that are kept of it.

Sources: RR-1.3.8 (items), RR-2.2.2 (queried by its items).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, String, cast, or_, select
from sqlalchemy.orm import Session, selectinload

from residentapp.core.access.actor import Actor
from residentapp.residents.cards.queries import CardView, cards_of
from residentapp.residents.certificates.models import CertificateIssue, CertificateSubject
from residentapp.residents.certificates.queries import fee_of
from residentapp.residents.certificates.types import Shown, Style
from residentapp.residents.protection import may_see_whereabouts, standings
from residentapp.residents.reading.models import ReadingCopy, ReadingCopySubject
from residentapp.residents.records.queries import is_closed
from residentapp.residents.removed_records import reader

#: Lines of one page of the history of issues.
PAGE_SIZE = 50


@dataclass(frozen=True)
class HistoryFilter:
    """What the history of issues is searched by (RR-2.2.2); all that is given must hold.

    :param first: first day of issue; :param last: last day, inclusive.
    :param issue_number: a part of the 発行番号.
    :param office: a part of the name of the 交付場所; :param terminal: of the 端末名, as they were at the issue.
    :param shown: an item that was printed on request (記載事項).
    :param pages: 枚数.
    """

    first: dt.date | None = None
    last: dt.date | None = None
    issue_number: str = ""
    addressee_number: str = ""
    user_login: str = ""
    style: Style | None = None
    shown: Shown | None = None
    office: str = ""
    terminal: str = ""
    pages: int | None = None
    only_disposed: bool = False
    page: int = 1


@dataclass(frozen=True)
class HistoryPage:
    """One page of the history of issues, newest first."""

    issues: Sequence[CertificateIssue]
    names: Mapping[str, str]
    """氏名 by 宛名番号."""
    fees: Mapping[str, str]
    """手数料 in words, by id of the issue."""
    page: int
    has_more: bool
    readings: Mapping[str, ReadingCopy] = field(default_factory=dict)
    """What is kept of a 閲覧用 besides, by id of the issue; its people are too many to be listed."""
    cards: Sequence[CardView] = ()
    """交付状況 of both cards of the one person who was asked for (RR-2.2.2)."""


NOTHING = HistoryPage([], {}, {}, 1, False)
"""What is found when the question cannot be read."""


def issues(session: Session, actor: Actor, wanted: HistoryFilter, *, now: dt.datetime) -> HistoryPage:
    """交付履歴 that fits the filter.

    That a protected person stood on a 閲覧用 is not told to who may not know where they live: the list says for which
    towns it was made.
    """
    query = (
        select(CertificateIssue).options(selectinload(CertificateIssue.subjects)).where(*_conditions(wanted))
    )
    cards: Sequence[CardView] = ()
    if wanted.addressee_number:
        person = reader.latest_of(session, wanted.addressee_number)
        standing = standings(session, [person], now=now).get(person.addressee_number) if person else None
        query = query.where(_about(wanted.addressee_number, readings=may_see_whereabouts(actor, standing)))
        if person is not None and not is_closed(actor, standing):
            cards = cards_of(session, person)
    query = query.order_by(
        CertificateIssue.issued_at.desc(), CertificateIssue.serial.desc(), CertificateIssue.id
    )
    rows = session.scalars(query.limit(PAGE_SIZE + 1).offset((wanted.page - 1) * PAGE_SIZE)).all()
    shown = rows[:PAGE_SIZE]
    fees = {issue.id: fee_text(session, issue) for issue in shown}
    readings = {
        copy.issue_id: copy
        for copy in session.scalars(
            select(ReadingCopy).where(ReadingCopy.issue_id.in_([issue.id for issue in shown]))
        )
    }
    return HistoryPage(
        shown, names_on(session, shown), fees, wanted.page, len(rows) > PAGE_SIZE, readings, cards
    )


def _about(number: str, *, readings: bool) -> ColumnElement[bool]:
    """Issues on which a person stands.

    :param readings: 閲覧用 count, too.
    """
    subjects = select(CertificateSubject.issue_id).where(CertificateSubject.addressee_number == number)
    found = CertificateIssue.id.in_(subjects)
    if not readings:
        return found
    listed = select(ReadingCopySubject.issue_id).where(ReadingCopySubject.addressee_number == number)
    return or_(found, CertificateIssue.id.in_(listed))


def _conditions(wanted: HistoryFilter) -> Iterable[ColumnElement[bool]]:
    issue = CertificateIssue
    if wanted.first is not None:
        yield issue.issued_on >= wanted.first
    if wanted.last is not None:
        yield issue.issued_on <= wanted.last
    for column, text in (
        (issue.issue_number, wanted.issue_number),
        (issue.office_name, wanted.office),
        (issue.terminal_name, wanted.terminal),
    ):
        if text:
            yield column.contains(text, autoescape=True)
    if wanted.user_login:
        yield issue.user_login == wanted.user_login
    if wanted.style is not None:
        yield issue.style == wanted.style
    if wanted.shown is not None:
        # A list of codes as JSON: its text holds each code in quotation marks, on both databases.
        yield cast(issue.shown, String).contains(f'"{wanted.shown.value}"', autoescape=True)
    if wanted.pages is not None:
        yield issue.pages == wanted.pages
    if wanted.only_disposed:
        yield issue.disposed_at.is_not(None)


def names_on(session: Session, issues: Iterable[CertificateIssue]) -> dict[str, str]:
    """氏名 of the 交付対象者, by 宛名番号, wherever their records are now."""
    numbers = {subject.addressee_number for issue in issues for subject in issue.subjects}
    if not numbers:
        return {}
    people = reader.people_of(session, numbers)
    return {number: person.display_name for number, person in people.items()}


def fee_text(session: Session, issue: CertificateIssue) -> str:
    """手数料 of an issue in words: its kind, and of a charged one the amount that held on the day of the issue."""
    if not issue.fee.is_charged:
        return issue.fee.label
    amount = fee_of(session, issue.style, issue.fee, issue.issued_on)
    return f"{issue.fee.label}　{amount:,}円" if amount is not None else f"{issue.fee.label}（額は未登録）"
