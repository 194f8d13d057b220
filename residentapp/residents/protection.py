"""Who is protected or suppressed, and what may be shown of them.

Sources: RR-1.1.16, RR-3.1, RR-3.4, CM-5.1. The address of a protected person leaves the query layer only for an actor
with ``SUPPRESSED_VIEW``; everyone else gets a mark and no address.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from residentapp.core.access.actor import Actor
from residentapp.core.access.permissions import Permission
from residentapp.core.violations import Level
from residentapp.residents.models import ResidentHistory, SupportMeasure, SupportMember, Suppression
from residentapp.residents.types import SuppressedProcess, SuppressionCause

#: Shown in place of anything that would tell where a protected person lives.
HIDDEN = "（支援措置のため表示しません）"


@dataclass(frozen=True)
class Standing:
    """Suppressions that stand for a person, directly or through the household.

    :param protected: a support measure's suppression stands (even past its term, RR-3.1e).
    :param levels: strictest level per process.
    :param term_ends_on: end of the running or last measure.
    """

    protected: bool
    levels: dict[SuppressedProcess, Level]
    term_ends_on: dt.date | None = None
    provisional: bool = False

    def level(self, process: SuppressedProcess) -> Level | None:
        """Level for a process, None when nothing stands."""
        return self.levels.get(process)


NOTHING = Standing(protected=False, levels={})


def protected_numbers_query() -> Select[tuple[str]]:
    """宛名番号 of everyone whose whereabouts are protected, for use inside other queries.

    A temporary lift does not count: it opens one output, never lists and searches.
    """
    by_person = select(Suppression.addressee_number).where(
        Suppression.addressee_number.is_not(None),
        Suppression.cause == SuppressionCause.SUPPORT,
        Suppression.released_at.is_(None),
    )
    by_household = (
        select(ResidentHistory.addressee_number)
        .join(Suppression, Suppression.household_number == ResidentHistory.household_number)
        .where(
            ResidentHistory.is_latest,
            Suppression.cause == SuppressionCause.SUPPORT,
            Suppression.released_at.is_(None),
        )
    )
    united = by_person.union(by_household).subquery()
    return select(united.c[0])


def standings(
    session: Session, people: Iterable[ResidentHistory], *, now: dt.datetime
) -> dict[str, Standing]:
    """What stands for each of some people.

    :returns: by 宛名番号; people without any suppression are left out.
    """
    households: dict[str, set[str]] = {}
    numbers: set[str] = set()
    for person in people:
        numbers.add(person.addressee_number)
        households.setdefault(person.household_number, set()).add(person.addressee_number)
    if not numbers:
        return {}
    rows = session.scalars(
        select(Suppression).where(
            Suppression.released_at.is_(None),
            or_(
                Suppression.addressee_number.in_(numbers),
                Suppression.household_number.in_(households.keys()),
            ),
        )
    ).all()
    measures = _measures(session, {row.measure_id for row in rows if row.measure_id is not None})
    result: dict[str, Standing] = {}
    for row in rows:
        touched: Collection[str]
        if row.addressee_number is not None:
            touched = (row.addressee_number,)
        else:
            touched = households[row.household_number or ""]
        for number in touched:
            result[number] = _joined(result.get(number, NOTHING), row, measures, now)
    return result


def _measures(session: Session, ids: set[int]) -> dict[int, SupportMeasure]:
    if not ids:
        return {}
    found = session.scalars(select(SupportMeasure).where(SupportMeasure.id.in_(ids)))
    return {measure.id: measure for measure in found}


def _joined(
    before: Standing, row: Suppression, measures: dict[int, SupportMeasure], now: dt.datetime
) -> Standing:
    levels = dict(before.levels)
    resting = row.lifted_until is not None and row.lifted_until > now
    started = row.starts_on <= now.date()
    if not resting and started and levels.get(row.process) is not Level.ERROR:
        levels[row.process] = row.level
    measure = measures.get(row.measure_id) if row.measure_id is not None else None
    ends = [day for day in (before.term_ends_on, measure.ends_on if measure else None) if day is not None]
    return Standing(
        protected=before.protected or row.cause is SuppressionCause.SUPPORT,
        levels=levels,
        term_ends_on=max(ends, default=None),
        provisional=before.provisional or bool(measure and measure.provisional),
    )


def may_see_whereabouts(actor: Actor, standing: Standing | None) -> bool:
    """Whether an actor may see where a person lives."""
    return standing is None or not standing.protected or actor.may(Permission.SUPPRESSED_VIEW)


def members_of_measures(session: Session, addressee_number: str) -> list[SupportMember]:
    """Memberships of a person in measures that staff have not closed."""
    query = (
        select(SupportMember)
        .join(SupportMeasure)
        .where(SupportMember.addressee_number == addressee_number, SupportMeasure.closed_on.is_(None))
    )
    return list(session.scalars(query))
