"""Removed records (除票) for tests: people who died or moved out long ago, in the register or already stored away."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy.orm import Session

from residentapp.core.access.actor import system_actor
from residentapp.core.dates import DateValue
from residentapp.residents.models import IntegratedRemark, ResidentChange, ResidentHistory
from residentapp.residents.removed_records import operations, queries
from residentapp.residents.removed_records.operations import Outcome
from residentapp.residents.search import index
from residentapp.residents.types import ChangeReason, RemarkKind, ResidentState
from tests.support import residents
from tests.support.clock import TEST_MOMENT

#: Of this day until now, 2026-11-24, five years are over.
LONG_AGO = dt.date(2020, 3, 31)
STATES = {
    ChangeReason.MOVE_OUT_DOMESTIC: ResidentState.MOVED_OUT,
    ChangeReason.MOVE_OUT_ABROAD: ResidentState.MOVED_OUT,
    ChangeReason.DEATH: ResidentState.DEAD,
}


def remove(
    session: Session,
    person: ResidentHistory,
    reason: ChangeReason = ChangeReason.MOVE_OUT_DOMESTIC,
    *,
    on: dt.date = LONG_AGO,
    made_by: Any = None,
    **values: Any,
) -> ResidentHistory:
    """The person's record becomes a 除票 on a day."""
    moved = reason in (ChangeReason.MOVE_OUT_DOMESTIC, ChangeReason.MOVE_OUT_ABROAD)
    items: dict[str, Any] = {
        "state": STATES.get(reason, ResidentState.REMOVED),
        "removal_reason": "転出" if moved else reason.label,
        "removal_occurred_on": DateValue.of(on),
        "removed_on": on,
    }
    if moved:
        items |= {
            "planned_destination": "例示県隣市北町9番9号",
            "planned_destination_code": "98999001001",
            "planned_destination_postal_code": "9980001",
            "removal_notified_on": on - dt.timedelta(days=3),
        }
    made_by = made_by or residents.change(session, reason, processed_on=on, moved_on=DateValue.of(on))
    return residents.next_snapshot(session, person, made_by, **(items | values))


def removed(
    session: Session,
    household_number: str | None = None,
    reason: ChangeReason = ChangeReason.MOVE_OUT_DOMESTIC,
    *,
    on: dt.date = LONG_AGO,
    **items: Any,
) -> ResidentHistory:
    """Somebody who came, moved within the town, and left on a day, with a remark of each kind."""
    came = residents.change(session, processed_on=on - dt.timedelta(days=200))
    first = residents.resident(session, household_number, made_by=came, **items)
    moved = residents.change(session, ChangeReason.MOVE_WITHIN, processed_on=on - dt.timedelta(days=100))
    second = residents.next_snapshot(
        session, first, moved, building="架空荘101", address_set_on=DateValue.of(moved.processed_on)
    )
    gone = remove(session, second, reason, on=on)
    for row, kind, text in (
        (second, RemarkKind.HISTORY, "転居　異動前住所　架空県架空市本町一丁目2番3号"),
        (second, RemarkKind.NOTE, "支所で受理した"),
        (None, RemarkKind.REMARK, "備考の記載"),
    ):
        session.add(
            IntegratedRemark(
                addressee_number=gone.addressee_number,
                history_number=row.history_number if row is not None else None,
                kind=kind,
                text=text,
                recorded_on=on,
            )
        )
    session.flush()
    index.refresh(session, [gone.addressee_number])
    return gone


def store(session: Session, *people: ResidentHistory, now: dt.datetime = TEST_MOMENT) -> Outcome:
    """Move these people to the 除票用データベース as the batch does."""
    numbers = {person.addressee_number for person in people}
    due = queries.due_for_archive(session, now.date())
    wanted = [line for line in due if line.addressee_number in numbers]
    assert {line.addressee_number for line in wanted} == numbers, "not yet due"
    outcome = operations.move(session, system_actor("test"), wanted, now=now)
    _forget(session, {line.addressee_number for line in outcome.done})
    return outcome


def _forget(session: Session, numbers: set[str]) -> None:
    """Let the test's session know that rows have gone; the batch has a session of its own for each step."""
    for row in list(session.identity_map.values()):
        if isinstance(row, ResidentChange):
            session.expire(row)
        elif isinstance(row, ResidentHistory) and row.addressee_number in numbers:
            session.expunge(row)
