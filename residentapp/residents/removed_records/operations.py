"""Moving removed records to the 除票用データベース, and destroying them when 150 years are over.

Sources: RR-1.1.5e, RR-9.3; 令 第34条. Each operation takes some people at once, whole, within the caller's
transaction: a record stands in the one place or in the other, never in both and never in neither. What the database
itself refuses stands in ``ddl``. The runs over many transactions are in ``batch``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, Table, delete, func, insert, or_, select
from sqlalchemy.exc import DatabaseError, OperationalError
from sqlalchemy.orm import Session

from residentapp.core import audit
from residentapp.core.access.actor import Actor
from residentapp.core.clock import day_of
from residentapp.core.db.references import columns_pointing_to
from residentapp.residents.locks import EditLock, LockSubject
from residentapp.residents.memos.operations import forget_memos
from residentapp.residents.models import IntegratedRemark, ResidentChange, ResidentHistory
from residentapp.residents.removed_records.models import (
    CHANGES,
    REMARKS,
    SNAPSHOTS,
    RemovedRecord,
    RemovedRecordDestruction,
)
from residentapp.residents.removed_records.queries import RemovedLine, time_is_over
from residentapp.residents.search import index
from residentapp.residents.types import ResidentState

#: Why a person was left out, in words of the report.
EDITED = "編集中（排他）"
IN_USE = "ほかの処理が使用中"
CHANGED = "一覧を作った後に記録が変わった"
REFUSED = "データベースが移行を受け付けなかった"


@dataclass
class Outcome:
    """What became of some people.

    :param done: those moved or destroyed, in their order.
    :param skipped: why others were left for the next run, by 宛名番号.
    :param failed: those that need somebody to look into them, with the kind of error.
    """

    done: list[RemovedLine] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)


def move(session: Session, actor: Actor, lines: Sequence[RemovedLine], *, now: dt.datetime) -> Outcome:
    """Move some people whose records are due, all of them or, where one fails, all the others.

    Whom an officer is editing, and whose record changed since the lines were read, is left where it is. Nobody waits
    for a row that somebody else holds.

    :param lines: from :func:`queries.due_for_archive`; a few hundred at a time.
    """
    outcome = Outcome(skipped=_not_to_touch(session, lines, now=now))
    going = [line for line in lines if line.addressee_number not in outcome.skipped]

    def take(some: Sequence[RemovedLine]) -> None:
        _take_over(session, actor, some, now=now)

    _each_or_all(session, going, take, outcome)
    _log(session, actor, "除票用データベースへの移行", outcome, now=now)
    return outcome


def _not_to_touch(session: Session, lines: Sequence[RemovedLine], *, now: dt.datetime) -> dict[str, str]:
    numbers = [line.addressee_number for line in lines]
    if not numbers:
        return {}
    edited = set(
        session.scalars(
            select(EditLock.key).where(
                EditLock.subject == LockSubject.RESIDENT,
                EditLock.key.in_(numbers),
                or_(EditLock.expires_at.is_(None), EditLock.expires_at > now),
            )
        )
    )
    # Held until the end of the transaction, so that nobody appends to a record on its way.
    rows = session.execute(
        select(ResidentHistory.addressee_number, ResidentHistory.history_number, ResidentHistory.state)
        .where(ResidentHistory.addressee_number.in_(numbers), ResidentHistory.is_latest)
        .with_for_update(skip_locked=True)
    )
    found = {number: (history_number, state) for number, history_number, state in rows}
    reasons = {}
    for line in lines:
        number = line.addressee_number
        if number in edited:
            reasons[number] = EDITED
        elif number not in found:
            reasons[number] = IN_USE
        elif found[number][0] != line.history_number or found[number][1] is ResidentState.RESIDENT:
            reasons[number] = CHANGED
    return reasons


def _each_or_all(
    session: Session,
    lines: Sequence[RemovedLine],
    act: Callable[[Sequence[RemovedLine]], None],
    outcome: Outcome,
) -> None:
    """Do it for all at once; where the database refuses, for each alone, so that one cannot hold up the others."""
    if not lines:
        return
    try:
        with session.begin_nested():
            act(lines)
        outcome.done += lines
    except OperationalError:
        raise  # The connection or the machine, not a record: the run stops here and is started again.
    except DatabaseError as error:
        if len(lines) == 1:
            # The kind of error only: its text may hold values of the record.
            outcome.failed[lines[0].addressee_number] = f"{REFUSED}（{type(error.orig).__name__}）"
            return
        for line in lines:
            _each_or_all(session, [line], act, outcome)


def _take_over(session: Session, actor: Actor, lines: Sequence[RemovedLine], *, now: dt.datetime) -> None:
    numbers = [line.addressee_number for line in lines]
    history, remarks = _table(ResidentHistory), _table(IntegratedRemark)
    session.add_all(
        RemovedRecord(
            addressee_number=line.addressee_number,
            household_number=line.household_number,
            removal_history_number=line.removal_history_number,
            reason=line.reason,
            processed_on=line.processed_on,
            removed_on=line.removed_on,
            kept_until=line.kept_until,
            moved_at=now,
            moved_by=actor.login,
        )
        for line in lines
    )
    session.flush()
    theirs = history.c.addressee_number.in_(numbers)
    changes = set(session.scalars(select(history.c.change_id).where(theirs)))
    _copy_changes(session, changes)
    _copy(session, history, SNAPSHOTS, theirs)
    _copy(session, remarks, REMARKS, remarks.c.addressee_number.in_(numbers))
    index.move(session, numbers)
    session.execute(delete(remarks).where(remarks.c.addressee_number.in_(numbers)))
    session.execute(delete(history).where(theirs))
    _drop_changes(session, changes)


def _table(model: type[ResidentHistory] | type[ResidentChange] | type[IntegratedRemark]) -> Table:
    table = model.__table__
    assert isinstance(table, Table)
    return table


def _copy(session: Session, source: Table, target: Table, where: ColumnElement[bool]) -> None:
    """Rows as they are, column by column under the same name, without leaving the database."""
    names = [column.name for column in source.columns]
    rows = select(*(source.c[name] for name in names)).where(where)
    session.execute(insert(target).from_select(names, rows))


def _copy_changes(session: Session, ids: Iterable[int]) -> None:
    """The changes that made the snapshots; one of several people may have come with another of them before."""
    changes = _table(ResidentChange)
    there = set(session.scalars(select(CHANGES.c.id).where(CHANGES.c.id.in_(set(ids)))))
    missing = set(ids) - there
    if missing:
        _copy(session, changes, CHANGES, changes.c.id.in_(missing))


def _drop_changes(session: Session, ids: set[int]) -> None:
    """Changes to which nothing in the register points any more.

    The one with the highest number stays: SQLite would give the number again.
    """
    changes = _table(ResidentChange)
    condition = [changes.c.id.in_(ids), changes.c.id < select(func.max(changes.c.id)).scalar_subquery()]
    for column in columns_pointing_to(session, changes.name, "id"):
        condition.append(changes.c.id.not_in(select(column).where(column.in_(ids))))
    session.execute(delete(changes).where(*condition))


def add_text(session: Session, entry: IntegratedRemark) -> None:
    """Put a text into the 統合記載欄 of a record that has moved; what stands there stays (RR-1.1.5d).

    Part of an act that authorises and logs itself and has taken hold of the record (``reader.hold``).

    :param entry: made for the register; it gets its number among the person's here.
    """
    table = REMARKS
    last = session.scalar(
        select(func.max(table.c.id)).where(table.c.addressee_number == entry.addressee_number)
    )
    entry.id = (last or 0) + 1
    values = {column.key: getattr(entry, column.key) for column in _table(IntegratedRemark).columns}
    session.execute(table.insert().values(**values))


def destroy(
    session: Session, actor: Actor, lines: Sequence[RemovedLine], explanation: str, *, now: dt.datetime
) -> Outcome:
    """Destroy some records whose time is over, and list that they were there and why they are gone.

    What was noted about the person (メモ) goes too. The 宛名番号 itself stays given. Certificates of the person and
    entries of the audit log have terms of their own.

    :param lines: from :func:`queries.due_for_destruction`; a few hundred at a time.
    :param explanation: why and on whose decision.
    :raises ValueError: without an explanation, or when the time of one of them is not over.
    """
    if not explanation.strip():
        raise ValueError("a record is destroyed for a reason that is written down")
    today = day_of(now)
    if not all(time_is_over(session, line, today) for line in lines):
        raise ValueError("a record is kept until its last day is over")
    outcome = Outcome()

    def let_go(some: Sequence[RemovedLine]) -> None:
        _let_go(session, actor, some, explanation.strip(), now=now)

    _each_or_all(session, lines, let_go, outcome)
    _log(
        session, actor, "除票の廃棄（保存期間満了）", outcome, now=now, details={"理由": explanation.strip()}
    )
    return outcome


def _let_go(
    session: Session, actor: Actor, lines: Sequence[RemovedLine], explanation: str, *, now: dt.datetime
) -> None:
    numbers = [line.addressee_number for line in lines]
    session.add_all(
        RemovedRecordDestruction(
            addressee_number=line.addressee_number,
            reason=line.reason,
            processed_on=line.processed_on,
            removed_on=line.removed_on,
            kept_until=line.kept_until,
            destroyed_on=day_of(now),
            destroyed_at=now,
            destroyed_by=actor.login,
            explanation=explanation,
        )
        for line in lines
    )
    session.flush()
    theirs = SNAPSHOTS.c.addressee_number.in_(numbers)
    changes = set(session.scalars(select(SNAPSHOTS.c.change_id).where(theirs)))
    session.execute(delete(REMARKS).where(REMARKS.c.addressee_number.in_(numbers)))
    session.execute(delete(SNAPSHOTS).where(theirs))
    session.execute(
        delete(RemovedRecord).where(RemovedRecord.addressee_number.in_(numbers)),
        execution_options={"synchronize_session": False},
    )
    forget_memos(session, numbers)
    index.forget(session, numbers)
    used = select(SNAPSHOTS.c.change_id).where(SNAPSHOTS.c.change_id.in_(changes))
    session.execute(delete(CHANGES).where(CHANGES.c.id.in_(changes), CHANGES.c.id.not_in(used)))


def _log(
    session: Session,
    actor: Actor,
    action: str,
    outcome: Outcome,
    *,
    now: dt.datetime,
    details: Mapping[str, str] | None = None,
) -> None:
    if not (outcome.done or outcome.skipped or outcome.failed):
        return
    audit.record(
        session,
        actor,
        moment=now,
        log=audit.Log.OPERATION,
        action=action,
        subjects=[line.addressee_number for line in outcome.done],
        details={
            **(details or {}),
            "件数": len(outcome.done),
            "見送り": outcome.skipped,
            "エラー": outcome.failed,
        },
        succeeded=not outcome.failed,
        screen="バッチ",
    )
