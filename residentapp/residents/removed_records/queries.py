"""Lists of removed records in the order of their 処理年月日 (RR-1.1.5f), and what is due."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from residentapp.core.keeping import KeptData
from residentapp.core.masters.settings import may_be_deleted
from residentapp.residents.models import ResidentChange, ResidentHistory
from residentapp.residents.removed_records.models import RemovedRecord
from residentapp.residents.removed_records.rules import Removal, belongs_in_archive, may_be_destroyed
from residentapp.residents.types import ChangeReason, ResidentState

#: Fewer days than any five years have: what is younger is not even looked at.
_NOT_YET_DAYS = 5 * 365


@dataclass(frozen=True)
class RemovedLine:
    """A person whose record is a removed one, without anything that says who it is but the number.

    :param history_number: of the last snapshot. :param removal_history_number: of the one that removed the record.
    """

    addressee_number: str
    household_number: str
    history_number: int
    removal_history_number: int
    reason: ChangeReason
    processed_on: dt.date
    removed_on: dt.date
    kept_until: dt.date
    archived: bool


def removed_in_register(session: Session) -> Iterator[RemovedLine]:
    """Removed records that still stand in the register, in the order of 処理年月日, then 宛名番号.

    Who has come back is not among them: the record is in force.
    """
    yield from _of_register(session, _register_query())


def due_for_archive(session: Session, until: dt.date) -> list[RemovedLine]:
    """Removed records of the register that belong in the 除票用データベース on a day, in the same order."""
    latest = until - dt.timedelta(days=_NOT_YET_DAYS)
    query = _register_query(latest)
    return [
        line
        for line in _of_register(session, query)
        if belongs_in_archive(Removal(line.removed_on, line.processed_on), until)
    ]


def _register_query(
    removed_until: dt.date | None = None,
) -> Any:
    now, removal, earlier = ResidentHistory, aliased(ResidentHistory), aliased(ResidentHistory)
    last_live = (
        select(func.max(earlier.history_number))
        .where(earlier.addressee_number == now.addressee_number, earlier.state == ResidentState.RESIDENT)
        .correlate(now)
        .scalar_subquery()
    )
    query = (
        select(
            now.addressee_number,
            now.household_number,
            now.history_number,
            now.removed_on,
            removal.history_number,
            ResidentChange.reason,
            ResidentChange.processed_on,
        )
        .select_from(now)
        .join(
            removal,
            and_(
                removal.addressee_number == now.addressee_number,
                removal.history_number == func.coalesce(last_live, 0) + 1,
            ),
        )
        .join(ResidentChange, ResidentChange.id == removal.change_id)
        .where(now.is_latest, now.state != ResidentState.RESIDENT)
        .order_by(ResidentChange.processed_on, now.addressee_number)
    )
    if removed_until is None:
        return query
    return query.where(or_(now.removed_on <= removed_until, now.removed_on.is_(None)))


def _of_register(session: Session, query: Any) -> Iterator[RemovedLine]:
    rows = session.execute(query.execution_options(yield_per=1_000))
    for number, household, history_number, removed_on, removal_number, reason, processed_on in rows:
        removal = Removal(removed_on, processed_on)
        yield RemovedLine(
            number, household, history_number, removal_number, reason, processed_on, removal.counted_from,
            removal.kept_until, archived=False,
        )  # fmt: skip


def removed_in_archive(
    session: Session, *, first: dt.date | None = None, last: dt.date | None = None
) -> Iterator[RemovedLine]:
    """Records of the 除票用データベース in the order of 処理年月日, then 宛名番号.

    :param first: 処理年月日 from which on. :param last: 処理年月日 up to which.
    """
    query = select(RemovedRecord).order_by(RemovedRecord.processed_on, RemovedRecord.addressee_number)
    if first is not None:
        query = query.where(RemovedRecord.processed_on >= first)
    if last is not None:
        query = query.where(RemovedRecord.processed_on <= last)
    for record in session.scalars(query.execution_options(yield_per=1_000)):
        yield line_of(record)


def line_of(record: RemovedRecord) -> RemovedLine:
    """A record of the 除票用データベース as a line of a list."""
    return RemovedLine(
        record.addressee_number, record.household_number, 0, record.removal_history_number, record.reason,
        record.processed_on, record.removed_on, record.kept_until, archived=True,
    )  # fmt: skip


def due_for_destruction(session: Session, on: dt.date) -> list[RemovedLine]:
    """Records whose time is over on a day, in the order of 処理年月日."""
    query = select(RemovedRecord).where(RemovedRecord.kept_until < on)
    query = query.order_by(RemovedRecord.processed_on, RemovedRecord.addressee_number)
    lines = [line_of(record) for record in session.scalars(query)]
    return [line for line in lines if time_is_over(session, line, on)]


def time_is_over(session: Session, line: RemovedLine, on: dt.date) -> bool:
    """Whether a record may be destroyed on a day: by the law, and by the municipality's term where that is longer."""
    by_term = may_be_deleted(session, KeptData.REMOVED_RECORD, line.removed_on, day=on)
    return may_be_destroyed(line.kept_until, on) and by_term
