"""Who is protected or suppressed, and what may be shown of them.

Sources: RR-1.1.16, RR-3.1, RR-3.4, CM-5.1. The address of a protected person leaves the query layer only for an actor
with ``SUPPRESSED_VIEW``; everyone else gets a mark and no address.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Select, and_, or_, select
from sqlalchemy.orm import Session

from residentapp.core.access.actor import Actor
from residentapp.core.access.permissions import Permission
from residentapp.core.clock import day_of
from residentapp.core.violations import Level
from residentapp.residents.models import ResidentHistory, SupportMeasure, Suppression
from residentapp.residents.removed_records.models import RemovedRecord
from residentapp.residents.types import ResidentState, SuppressedProcess, SuppressionCause

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

    These are the people under a support measure and whoever is recorded in one household with them, removed records
    (除票) included: the address of the one is the address of the other. A temporary lift does not count: it opens one
    output, never lists and searches.
    """
    stands = (Suppression.cause == SuppressionCause.SUPPORT, Suppression.released_at.is_(None))
    by_person = select(Suppression.addressee_number.label("number")).where(
        Suppression.addressee_number.is_not(None), *stands
    )
    live = (ResidentHistory.is_latest, ResidentHistory.state == ResidentState.RESIDENT)
    their_household = (
        select(ResidentHistory.household_number)
        .join(Suppression, Suppression.addressee_number == ResidentHistory.addressee_number)
        .where(*live, *stands)
    )
    own_household = select(Suppression.household_number).where(
        Suppression.household_number.is_not(None), *stands
    )
    # Several statements put together, not one with OR: each begins at the few suppressions and follows an index.
    living_with = select(ResidentHistory.addressee_number.label("number")).where(
        *live, ResidentHistory.household_number.in_(their_household)
    )
    by_household = select(ResidentHistory.addressee_number.label("number")).where(
        ResidentHistory.is_latest, ResidentHistory.household_number.in_(own_household)
    )
    archived = select(RemovedRecord.addressee_number.label("number")).where(
        RemovedRecord.household_number.in_(own_household)
    )
    united = by_person.union(living_with, by_household, archived).subquery()
    return select(united.c.number)


def standings(
    session: Session, people: Iterable[ResidentHistory], *, now: dt.datetime
) -> dict[str, Standing]:
    """What stands for each of some people, directly, for their household, or for someone they live with.

    :param people: their current snapshots, also those of the 除票用データベース.
    :returns: by 宛名番号; people without any suppression are left out.
    """
    asked: dict[str, ResidentHistory] = {person.addressee_number: person for person in people}
    if not asked:
        return {}
    households = {person.household_number for person in asked.values()}
    direct = session.execute(
        select(Suppression, ResidentHistory.household_number, ResidentHistory.state)
        # A person of the 除票用データベース has no row in the register; what stands for them stands all the same.
        .outerjoin(
            ResidentHistory,
            and_(ResidentHistory.addressee_number == Suppression.addressee_number, ResidentHistory.is_latest),
        )
        .where(
            Suppression.released_at.is_(None),
            or_(
                Suppression.addressee_number.in_(asked),
                and_(
                    ResidentHistory.household_number.in_(households),
                    ResidentHistory.state == ResidentState.RESIDENT,
                    Suppression.cause == SuppressionCause.SUPPORT,
                ),
            ),
        )
    ).all()
    of_household = session.scalars(
        select(Suppression).where(
            Suppression.released_at.is_(None), Suppression.household_number.in_(households)
        )
    ).all()
    measures = _measures(
        session,
        {row.measure_id for row in [*(found[0] for found in direct), *of_household] if row.measure_id},
    )
    result: dict[str, Standing] = {}

    def put(number: str, row: Suppression) -> None:
        result[number] = _joined(result.get(number, NOTHING), row, measures, now)

    for row, household, state in direct:
        if row.addressee_number in asked:
            put(row.addressee_number, row)
        if state is not ResidentState.RESIDENT or row.cause is not SuppressionCause.SUPPORT:
            continue
        for person in asked.values():
            # A removed record of their household (除票) still says where they live.
            with_them = person.household_number == household
            if with_them and person.addressee_number != row.addressee_number:
                put(person.addressee_number, row)
    for row in of_household:
        for person in asked.values():
            if person.household_number == row.household_number:
                put(person.addressee_number, row)
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
    started = row.starts_on <= day_of(now)
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


def closed_households(session: Session, actor: Actor, household_numbers: Iterable[str]) -> set[str]:
    """Of some households those in which a protected person lives now and that the actor may not know.

    Who has moved elsewhere from such a household is not protected, but the history of the record still says where
    the home is that was left.
    """
    if actor.may(Permission.SUPPRESSED_VIEW):
        return set()
    query = (
        select(ResidentHistory.household_number)
        .join(Suppression, Suppression.addressee_number == ResidentHistory.addressee_number)
        .where(
            ResidentHistory.is_latest,
            ResidentHistory.state == ResidentState.RESIDENT,
            ResidentHistory.household_number.in_(set(household_numbers)),
            Suppression.cause == SuppressionCause.SUPPORT,
            Suppression.released_at.is_(None),
        )
    )
    return set(session.scalars(query))
