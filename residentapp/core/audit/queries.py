"""Searching the audit log: for its screen, its export, and the analyses of RR-10.2e."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from residentapp.core.audit.models import AuditEntry, AuditSubject, Log

#: Rows of one page of the screen.
PAGE_SIZE = 50
#: Counting stops here: nobody turns thousands of pages, and an exact count of millions is slow.
COUNT_LIMIT = 10_000
_BATCH = 1000


@dataclass(frozen=True)
class AuditCriteria:
    """What to look for; None and empty text mean: any.

    :param since: first moment, included. :param until: last moment, excluded.
    :param subject: addressee number of a person looked at or changed.
    :param action: part of the 機能名 or 処理名.
    """

    since: dt.datetime | None = None
    until: dt.datetime | None = None
    log: Log | None = None
    action: str = ""
    login: str = ""
    office_code: str = ""
    terminal_code: str = ""
    subject: str = ""
    request_id: str = ""
    individual_number: bool = False
    failed: bool = False


@dataclass(frozen=True)
class AuditPage:
    """One page, newest first.

    :param total: number of hits, at most ``COUNT_LIMIT``; ``more`` says that there are still more.
    """

    entries: list[AuditEntry]
    total: int
    more: bool
    page: int
    pages: int


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _restricted(query: Select[AuditEntry], criteria: AuditCriteria) -> Select[AuditEntry]:
    if criteria.since is not None:
        query = query.where(AuditEntry.moment >= criteria.since)
    if criteria.until is not None:
        query = query.where(AuditEntry.moment < criteria.until)
    if criteria.log is not None:
        query = query.where(AuditEntry.log == criteria.log.value)
    if criteria.action:
        query = query.where(AuditEntry.action.like(f"%{_escaped(criteria.action)}%", escape="\\"))
    equal = (
        (AuditEntry.actor_login, criteria.login),
        (AuditEntry.office_code, criteria.office_code),
        (AuditEntry.terminal_code, criteria.terminal_code),
        (AuditEntry.request_id, criteria.request_id),
    )
    for column, wanted in equal:
        if wanted:
            query = query.where(column == wanted)
    if criteria.subject:
        numbered = select(AuditSubject.sequence).where(AuditSubject.number == criteria.subject)
        query = query.where(AuditEntry.sequence.in_(numbered))
    if criteria.individual_number:
        query = query.where(AuditEntry.individual_number.is_(True))
    if criteria.failed:
        query = query.where(AuditEntry.succeeded.is_(False))
    return query


def search_audit(session: Session, criteria: AuditCriteria, *, page: int = 1) -> AuditPage:
    """One page of hits. A page beyond the last gives the last."""
    query = _restricted(select(AuditEntry), criteria)
    limited = query.with_only_columns(AuditEntry.sequence).limit(COUNT_LIMIT + 1).subquery()
    counted = session.scalar(select(func.count()).select_from(limited)) or 0
    total = min(counted, COUNT_LIMIT)
    pages = max(1, -(-total // PAGE_SIZE))
    page = min(max(page, 1), pages)
    rows = session.scalars(
        query.order_by(AuditEntry.sequence.desc()).limit(PAGE_SIZE).offset((page - 1) * PAGE_SIZE)
    )
    return AuditPage(list(rows), total, counted > COUNT_LIMIT, page, pages)


def stream_audit(session: Session, criteria: AuditCriteria) -> Iterator[AuditEntry]:
    """All hits, oldest first, in memory that does not grow with their number."""
    query = _restricted(select(AuditEntry), criteria).order_by(AuditEntry.sequence)
    for entry in session.scalars(query, execution_options={"yield_per": _BATCH}):
        yield entry
        session.expunge(entry)


def entry_by_sequence(session: Session, sequence: int) -> AuditEntry | None:
    """One row of the log."""
    return session.get(AuditEntry, sequence)
