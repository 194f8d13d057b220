"""The one place that adds snapshots to the register and reads them back.

Source: RR-1.2.1 (full snapshots; key 宛名番号 and 履歴番号; highest number is the current state).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from operator import attrgetter
from typing import Any

from sqlalchemy import and_, bindparam, select, update
from sqlalchemy.orm import Session, aliased, selectinload
from sqlalchemy.orm.attributes import set_committed_value

from residentapp.core.dates import DateValue
from residentapp.residents.models import ResidentChange, ResidentHistory
from residentapp.residents.models.register import POSITION_COLUMNS
from residentapp.residents.rules.stays import Stay, Step, stays_of

#: The items of a snapshot: every column except those that say where it stands.
ITEM_COLUMNS: tuple[str, ...] = tuple(
    column.name for column in ResidentHistory.__table__.columns if column.name not in POSITION_COLUMNS
)


# Statements that every change asks several times, made once: of so many columns that costs more than to run them.
_LATEST = (
    select(ResidentHistory)
    .where(
        ResidentHistory.addressee_number.in_(bindparam("numbers", expanding=True)), ResidentHistory.is_latest
    )
    .order_by(ResidentHistory.addressee_number)
)
_LATEST_HELD = _LATEST.with_for_update()
_MEMBERS = (
    select(ResidentHistory)
    .where(
        ResidentHistory.household_number.in_(bindparam("households", expanding=True)),
        ResidentHistory.is_latest,
    )
    .order_by(ResidentHistory.member_order, ResidentHistory.addressee_number)
)
_before = aliased(ResidentHistory)
_WITH_BEFORE = (
    select(_before, ResidentHistory)
    .select_from(ResidentHistory)
    .outerjoin(
        _before,
        and_(
            _before.addressee_number == ResidentHistory.addressee_number,
            _before.history_number == ResidentHistory.history_number - 1,
        ),
    )
    .where(ResidentHistory.change_id.in_(bindparam("changes", expanding=True)))
    .order_by(ResidentHistory.change_id, ResidentHistory.addressee_number, ResidentHistory.history_number)
)


_values = attrgetter(*ITEM_COLUMNS)


class StaleSnapshot(Exception):
    """Someone else changed the person after the caller looked (CM-5.2)."""

    def __init__(self, addressee_number: str) -> None:
        super().__init__(
            "この人の記録は、画面を開いた後に別の人が変更しました。最新の内容で、もう一度確かめてください。"
        )
        self.addressee_number = addressee_number


def items_of(snapshot: ResidentHistory) -> dict[str, Any]:
    """All items of a snapshot, to be copied into the next one."""
    return dict(zip(ITEM_COLUMNS, _values(snapshot), strict=True))


def latest(session: Session, addressee_number: str, *, for_update: bool = False) -> ResidentHistory | None:
    """The current snapshot of a person, live or removed; None when there is no such person.

    :param for_update: hold the row until the end of the transaction (PostgreSQL; SQLite has one writer anyway).
    """
    return latest_of(session, [addressee_number], for_update=for_update).get(addressee_number)


def latest_of(
    session: Session, addressee_numbers: Collection[str], *, for_update: bool = False
) -> dict[str, ResidentHistory]:
    """:func:`latest` of several people by 宛名番号, read and held in its order; who is not there is left out."""
    if not addressee_numbers:
        return {}
    rows = session.scalars(
        _LATEST_HELD if for_update else _LATEST,
        {"numbers": sorted(set(addressee_numbers))},
        execution_options={"populate_existing": for_update},
    )
    return {row.addressee_number: row for row in rows}


def household_members(
    session: Session, household_number: str, *, removed: bool = False
) -> Sequence[ResidentHistory]:
    """Current snapshots of a household's members in their order.

    :param removed: also members whose record was removed (転出, 死亡 …), after the others.
    """
    members = _members(session, [household_number])
    live = [member for member in members if member.state.is_live]
    gone = [member for member in members if not member.state.is_live] if removed else []
    return [*live, *gone]


def members_of(session: Session, household_numbers: Collection[str]) -> dict[str, list[ResidentHistory]]:
    """The live members of several households, each in their order; a household without any has an empty list."""
    found: dict[str, list[ResidentHistory]] = {number: [] for number in household_numbers}
    for member in _members(session, household_numbers) if found else ():
        if member.state.is_live:
            found[member.household_number].append(member)
    return found


def _members(session: Session, household_numbers: Collection[str]) -> Sequence[ResidentHistory]:
    return session.scalars(_MEMBERS, {"households": list(household_numbers)}).all()


def snapshots_of(
    session: Session, addressee_number: str, *, with_changes: bool = False
) -> Sequence[ResidentHistory]:
    """All snapshots of a person, oldest first.

    :param with_changes: their changes are read with them, for who asks each snapshot for its own.
    """
    query = select(ResidentHistory).where(ResidentHistory.addressee_number == addressee_number)
    if with_changes:
        query = query.options(selectinload(ResidentHistory.change))
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
    current = latest(session, addressee_number, for_update=True)
    found = current.history_number if current is not None else None
    if found != expected_history_number:
        raise StaleSnapshot(addressee_number)
    held = {} if current is None else {addressee_number: current}
    [row] = append_all(session, change, {addressee_number: items}, held)
    return row


def append_all(
    session: Session,
    change: ResidentChange,
    people: Mapping[str, Mapping[str, Any]],
    current: Mapping[str, ResidentHistory],
) -> list[ResidentHistory]:
    """:func:`append` for everybody of a change, whose current snapshots the caller holds (``for_update``).

    :param people: every item of each new snapshot, by 宛名番号.
    :param current: the snapshots that are held; without those who have none.
    """
    unknown = {name for items in people.values() for name in items} - set(ITEM_COLUMNS)
    if unknown:
        raise ValueError(f"no such items: {sorted(unknown)}")
    past = [number for number in people if number in current]
    if past:
        session.execute(
            update(ResidentHistory)
            .where(ResidentHistory.addressee_number.in_(past), ResidentHistory.is_latest)
            .values(is_latest=False)
            .execution_options(synchronize_session=False)
        )
    for number in past:
        set_committed_value(current[number], "is_latest", False)
    rows = [
        ResidentHistory(
            addressee_number=number,
            history_number=current[number].history_number + 1 if number in current else 1,
            is_latest=True,
            change=change,
            **items,
        )
        for number, items in people.items()
    ]
    session.add_all(rows)
    session.flush()
    return rows


def with_before(
    session: Session, change_ids: Collection[int]
) -> list[tuple[ResidentHistory | None, ResidentHistory]]:
    """The snapshots of some changes, each with the one before it: by change and 宛名番号."""
    return [(row[0], row[1]) for row in session.execute(_WITH_BEFORE, {"changes": list(change_ids)})]


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
