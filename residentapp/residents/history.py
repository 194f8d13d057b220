"""The one place that adds snapshots to the register and reads them back.

Source: RR-1.2.1 (full snapshots; key 宛名番号 and 履歴番号; highest number is the current state).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from residentapp.core.dates import DateValue
from residentapp.residents.models import ResidentChange, ResidentHistory
from residentapp.residents.models.register import POSITION_COLUMNS
from residentapp.residents.rules.stays import Stay, Step, stays_of

#: The items of a snapshot: every column except those that say where it stands.
ITEM_COLUMNS: tuple[str, ...] = tuple(
    column.name for column in ResidentHistory.__table__.columns if column.name not in POSITION_COLUMNS
)


class StaleSnapshot(Exception):
    """Someone else changed the person after the caller looked (CM-5.2)."""

    def __init__(self, addressee_number: str) -> None:
        super().__init__(
            "この人の記録は、画面を開いた後に別の人が変更しました。最新の内容で、もう一度確かめてください。"
        )
        self.addressee_number = addressee_number


def items_of(snapshot: ResidentHistory) -> dict[str, Any]:
    """All items of a snapshot, to be copied into the next one."""
    return {name: getattr(snapshot, name) for name in ITEM_COLUMNS}


def latest(session: Session, addressee_number: str, *, for_update: bool = False) -> ResidentHistory | None:
    """The current snapshot of a person, live or removed; None when there is no such person.

    :param for_update: hold the row until the end of the transaction (PostgreSQL; SQLite has one writer anyway).
    """
    query = select(ResidentHistory).where(
        ResidentHistory.addressee_number == addressee_number, ResidentHistory.is_latest
    )
    if for_update:
        query = query.with_for_update()
    return session.scalars(query.execution_options(populate_existing=for_update)).one_or_none()


def household_members(
    session: Session, household_number: str, *, removed: bool = False
) -> Sequence[ResidentHistory]:
    """Current snapshots of a household's members in their order.

    :param removed: also members whose record was removed (転出, 死亡 …), after the others.
    """
    query = select(ResidentHistory).where(
        ResidentHistory.household_number == household_number, ResidentHistory.is_latest
    )
    query = query.order_by(ResidentHistory.member_order, ResidentHistory.addressee_number)
    members = session.scalars(query).all()
    live = [member for member in members if member.state.is_live]
    gone = [member for member in members if not member.state.is_live] if removed else []
    return [*live, *gone]


def snapshots_of(session: Session, addressee_number: str) -> Sequence[ResidentHistory]:
    """All snapshots of a person, oldest first."""
    query = select(ResidentHistory).where(ResidentHistory.addressee_number == addressee_number)
    return session.scalars(query.order_by(ResidentHistory.history_number)).all()


def snapshot(session: Session, addressee_number: str, history_number: int) -> ResidentHistory | None:
    """One snapshot of a person by its number; None when there is none."""
    return session.get(ResidentHistory, (addressee_number, history_number))


def stays(snapshots: Sequence[ResidentHistory], changes: Mapping[int, ResidentChange]) -> list[Stay]:
    """Each 住民票 of a person, oldest first; those that were removed are 除票.

    :param snapshots: all snapshots of one person, oldest first.
    :param changes: their changes by id.
    """
    return stays_of([Step(row.state.is_live, changes[row.change_id].reason) for row in snapshots])


def append(
    session: Session,
    change: ResidentChange,
    addressee_number: str,
    items: Mapping[str, Any],
    *,
    expected_history_number: int | None,
) -> ResidentHistory:
    """Add the next snapshot of a person and let it be the current one.

    :param change: the change that made it, already in the session.
    :param items: every item of the new snapshot, names as in ``ITEM_COLUMNS``; missing ones are empty.
    :param expected_history_number: number of the snapshot the caller built on; None for a person without one.
    :raises StaleSnapshot: when the current snapshot is another one.
    :raises ValueError: when an item does not exist.
    """
    unknown = set(items) - set(ITEM_COLUMNS)
    if unknown:
        raise ValueError(f"no such items: {sorted(unknown)}")
    current = latest(session, addressee_number, for_update=True)
    found = current.history_number if current is not None else None
    if found != expected_history_number:
        raise StaleSnapshot(addressee_number)
    if current is not None:
        session.execute(
            update(ResidentHistory)
            .where(
                ResidentHistory.addressee_number == addressee_number,
                ResidentHistory.history_number == current.history_number,
            )
            .values(is_latest=False)
            .execution_options(synchronize_session="fetch")
        )
    row = ResidentHistory(
        addressee_number=addressee_number,
        history_number=(found or 0) + 1,
        is_latest=True,
        change=change,
        **items,
    )
    session.add(row)
    session.flush()
    return row


def state_on(
    snapshots: Collection[ResidentHistory], changes: Mapping[int, ResidentChange], day: dt.date
) -> ResidentHistory | None:
    """The snapshot that was current at the end of a day, by 処理日: what the register said then.

    :param snapshots: all snapshots of one person.
    :param changes: their changes by id.
    :returns: None when the person was not yet recorded.
    """
    said = [snapshot for snapshot in snapshots if changes[snapshot.change_id].processed_on <= day]
    return max(said, key=lambda snapshot: snapshot.history_number, default=None)


def changed_texts(before: ResidentHistory | None, after: ResidentHistory) -> dict[str, list[str | None]]:
    """What a snapshot altered, item by item as [before, after], for the log; numbers that identify only as set."""
    old = items_of(before) if before is not None else {}
    changes: dict[str, list[str | None]] = {}
    for name, value in items_of(after).items():
        if name.endswith("_cipher"):
            continue
        if old.get(name) == value:
            continue
        if name.endswith("_hash"):
            number = name.removesuffix("_hash")
            changes[number] = ["設定" if old.get(name) else None, "設定" if value else None]
            continue
        changes[name] = [_as_text(old.get(name)), _as_text(value)]
    return changes


def _as_text(value: Any) -> str | None:
    if value is None or value == []:
        return None
    return value.writing if isinstance(value, DateValue) else str(value)
