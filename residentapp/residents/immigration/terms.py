"""Foreign residents whose term of stay ends soon, or has ended (入管法 第20条第6項, 法第30条の45)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from residentapp.core import audit
from residentapp.core.access.actor import Actor
from residentapp.core.access.permissions import Permission
from residentapp.core.clock import day_of
from residentapp.core.dates import to_seireki
from residentapp.core.web.marks import Mark
from residentapp.residents.immigration.rules import term_state
from residentapp.residents.immigration.types import TermState
from residentapp.residents.models import ResidentHistory
from residentapp.residents.protection import standings
from residentapp.residents.records.queries import marks_of
from residentapp.residents.types import ResidentState

#: Days ahead of which the work list tells.
USUAL_DAYS = 30
PAGE_SIZE = 100


@dataclass(frozen=True)
class TermLine:
    """One person of the list; where the person lives does not stand in it.

    :param days: until the last day of the term; negative after it.
    """

    number: str
    name: str
    kana: str
    birth: str
    category: str
    status: str
    period: str
    expires_on: str
    days: int
    state: TermState
    marks: tuple[Mark, ...]


@dataclass(frozen=True)
class TermList:
    """One page of the list, the earliest last day first."""

    lines: Sequence[TermLine]
    page: int
    total: int

    @property
    def pages(self) -> int:
        """How many pages there are; one when there is nobody."""
        return max(1, -(-self.total // PAGE_SIZE))


def _selected(columns: Any, first: dt.date | None, last: dt.date | None) -> Select[Any]:
    query = select(columns).where(
        ResidentHistory.is_latest,
        ResidentHistory.state == ResidentState.RESIDENT,
        ResidentHistory.residence_expires_on.is_not(None),
    )
    if first is not None:
        query = query.where(ResidentHistory.residence_expires_on >= first)
    if last is not None:
        query = query.where(ResidentHistory.residence_expires_on <= last)
    return query


def count_expiring(session: Session, *, today: dt.date) -> int:
    """How many terms have ended, or end within the usual days."""
    last = today + dt.timedelta(days=USUAL_DAYS)
    return session.scalar(_selected(func.count(), None, last)) or 0


def expiring(
    session: Session,
    actor: Actor,
    first: dt.date | None,
    last: dt.date | None,
    *,
    now: dt.datetime,
    page: int = 1,
) -> TermList:
    """Residents whose 在留期間の満了の日 lies between two days, both included; each is left open by None.

    :raises PermissionDenied: without the right to see 在留資格等: who is listed tells it already (RR-10.4a).
    """
    actor.require(Permission.RESIDENT_VIEW, Permission.ITEM_RESIDENCE_STATUS)
    today = day_of(now)
    total = session.scalar(_selected(func.count(), first, last)) or 0
    query = _selected(ResidentHistory, first, last).order_by(
        ResidentHistory.residence_expires_on, ResidentHistory.addressee_number
    )
    page = max(1, page)
    people = session.scalars(query.limit(PAGE_SIZE).offset((page - 1) * PAGE_SIZE)).all()
    found = standings(session, people, now=now)
    lines = []
    for person in people:
        assert person.residence_expires_on is not None
        category = person.foreign_category
        lines.append(
            TermLine(
                number=person.addressee_number,
                name=person.display_name,
                kana=person.name_kana or "",
                birth=person.birth_date.seireki,
                category=category.label if category is not None else "",
                status=person.residence_status or "",
                period=person.residence_period or "",
                expires_on=to_seireki(person.residence_expires_on),
                days=(person.residence_expires_on - today).days,
                state=term_state(person.residence_expires_on, today),
                marks=marks_of(person, found.get(person.addressee_number)),
            )
        )
    audit.record(
        session,
        actor,
        moment=now,
        log=audit.Log.OPERATION,
        action="在留期間の満了する人の照会",
        subjects=sorted(line.number for line in lines),
        details={
            "件数": len(lines),
            "開始日": first.isoformat() if first is not None else "",
            "終了日": last.isoformat() if last is not None else "",
        },
        screen="在留期間の満了",
    )
    return TermList(lines, page, total)
