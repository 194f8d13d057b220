"""Reads people's records wherever they stand: in the register, else in the 除票用データベース (RR-1.1.5e).

What comes from the 除票用データベース has the classes of the register's rows, so that screens, certificates and masking
treat both alike. Those objects belong to no session: changing one changes nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from residentapp.residents import history
from residentapp.residents.models import IntegratedRemark, ResidentChange, ResidentHistory
from residentapp.residents.removed_records.models import CHANGES, REMARKS, SNAPSHOTS, RemovedRecord
from residentapp.residents.rules.stays import Stay

#: Numbers asked for in one statement.
_AT_ONCE = 500


@dataclass(frozen=True)
class Record:
    """One person: all snapshots, oldest first, the changes that made them by id, and the 統合記載欄.

    :param archived: it stands in the 除票用データベース, where nothing of it changes.
    """

    snapshots: Sequence[ResidentHistory]
    changes: Mapping[int, ResidentChange]
    remarks: Sequence[IntegratedRemark]
    archived: bool

    @property
    def current(self) -> ResidentHistory:
        """What the record says now."""
        return self.snapshots[-1]

    @property
    def stays(self) -> list[Stay]:
        """Each 住民票 of the person, oldest first; those that were removed are 除票."""
        return history.stays(self.snapshots, self.changes)


def record_of(session: Session, addressee_number: str) -> Record | None:
    """The whole record of a person; None when there is no such person."""
    snapshots = history.snapshots_of(session, addressee_number)
    if not snapshots:
        return _archived_record(session, addressee_number)
    ids = {snapshot.change_id for snapshot in snapshots}
    changes = session.scalars(select(ResidentChange).where(ResidentChange.id.in_(ids)))
    remarks = session.scalars(
        select(IntegratedRemark)
        .where(IntegratedRemark.addressee_number == addressee_number)
        .order_by(IntegratedRemark.id)
    )
    return Record(snapshots, {change.id: change for change in changes}, remarks.all(), archived=False)


def _archived_record(session: Session, addressee_number: str) -> Record | None:
    snapshots = _snapshots(
        session,
        select(SNAPSHOTS)
        .where(SNAPSHOTS.c.addressee_number == addressee_number)
        .order_by(SNAPSHOTS.c.history_number),
    )
    if not snapshots:
        return None
    ids = {snapshot.change_id for snapshot in snapshots}
    changes = session.execute(select(CHANGES).where(CHANGES.c.id.in_(ids))).mappings()
    remarks = session.execute(
        select(REMARKS).where(REMARKS.c.addressee_number == addressee_number).order_by(REMARKS.c.id)
    ).mappings()
    return Record(
        snapshots,
        {row["id"]: ResidentChange(**row) for row in changes},
        [IntegratedRemark(**row) for row in remarks],
        archived=True,
    )


def hold(session: Session, addressee_number: str) -> None:
    """Hold a stored record until the end of the transaction, so that its texts get their numbers in turn."""
    query = select(RemovedRecord.addressee_number).where(RemovedRecord.addressee_number == addressee_number)
    session.execute(query.with_for_update())


def latest_of(session: Session, addressee_number: str) -> ResidentHistory | None:
    """The current snapshot of a person, wherever it stands; None when there is no such person."""
    found = history.latest(session, addressee_number)
    if found is not None:
        return found
    return archived_people(session, [addressee_number]).get(addressee_number)


def people_of(session: Session, addressee_numbers: Collection[str]) -> dict[str, ResidentHistory]:
    """Current snapshots of some people by 宛名番号, wherever they stand."""
    found: dict[str, ResidentHistory] = {}
    for numbers in _in_parts(addressee_numbers):
        query = select(ResidentHistory).where(
            ResidentHistory.addressee_number.in_(numbers), ResidentHistory.is_latest
        )
        found |= {person.addressee_number: person for person in session.scalars(query)}
    return found | archived_people(session, [number for number in addressee_numbers if number not in found])


def archived_people(session: Session, addressee_numbers: Iterable[str]) -> dict[str, ResidentHistory]:
    """Last snapshots of those of some people who stand in the 除票用データベース, by 宛名番号."""
    found: dict[str, ResidentHistory] = {}
    for numbers in _in_parts(addressee_numbers):
        query = select(SNAPSHOTS).where(SNAPSHOTS.c.addressee_number.in_(numbers), SNAPSHOTS.c.is_latest)
        found |= {person.addressee_number: person for person in _snapshots(session, query)}
    return found


def archived_members(session: Session, household_number: str) -> list[ResidentHistory]:
    """Last snapshots of the people of a household who stand in the 除票用データベース, in their order."""
    query = select(SNAPSHOTS).where(SNAPSHOTS.c.household_number == household_number, SNAPSHOTS.c.is_latest)
    return _snapshots(session, query.order_by(SNAPSHOTS.c.member_order, SNAPSHOTS.c.addressee_number))


def snapshot_of(session: Session, addressee_number: str, history_number: int) -> ResidentHistory | None:
    """One snapshot of a person, wherever it stands."""
    found = session.get(ResidentHistory, (addressee_number, history_number))
    if found is not None:
        return found
    query = select(SNAPSHOTS).where(
        SNAPSHOTS.c.addressee_number == addressee_number, SNAPSHOTS.c.history_number == history_number
    )
    return next(iter(_snapshots(session, query)), None)


def is_archived(session: Session, addressee_number: str) -> bool:
    """Whether a person's record stands in the 除票用データベース."""
    query = select(SNAPSHOTS.c.history_number).where(SNAPSHOTS.c.addressee_number == addressee_number)
    return session.execute(query.limit(1)).first() is not None


def _snapshots(session: Session, query: Select[Any]) -> list[ResidentHistory]:
    return [ResidentHistory(**row) for row in session.execute(query).mappings()]


def _in_parts(numbers: Iterable[str]) -> Iterable[list[str]]:
    remaining = iter(dict.fromkeys(numbers))
    while part := list(islice(remaining, _AT_ONCE)):
        yield part
