"""What the database itself refuses: nothing is lost on the way, nothing changes, nothing goes before its time."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from residentapp.core.access.actor import system_actor
from residentapp.core.access.permissions import Permission
from residentapp.core.audit import write_pending
from residentapp.core.audit.models import AuditEntry
from residentapp.core.clock import JST
from residentapp.residents.memos import operations as memos
from residentapp.residents.memos.models import Memo, MemoVersion
from residentapp.residents.models import Addressee, IntegratedRemark, ResidentHistory
from residentapp.residents.removed_records import operations, queries, reader
from residentapp.residents.removed_records.models import (
    CHANGES,
    REMARKS,
    SNAPSHOTS,
    RemovedRecord,
    RemovedRecordDestruction,
)
from residentapp.residents.search.models import RemovedSearchPerson
from residentapp.residents.types import ChangeReason
from tests.support import residents
from tests.support.clock import TEST_MOMENT
from tests.support.removed import removed, store
from tests.support.users import clerk

VERY_OLD = dt.date(1874, 5, 1)
TODAY = TEST_MOMENT.date()
CLERK = clerk(Permission.RESIDENT_VIEW, Permission.MEMO_EDIT)


def copied(session: Session, number: str, **changes: object) -> None:
    """The person's snapshots and remarks in the archive's tables, one item of them perhaps not as it was."""
    rows = session.execute(
        select(ResidentHistory.__table__).where(ResidentHistory.addressee_number == number)
    ).mappings()
    copies = [dict(row) for row in rows]
    for row in copies:
        session.execute(
            text("INSERT INTO removed_resident_change SELECT * FROM resident_change WHERE id = :id"),
            {"id": row["change_id"]},
        )
    copies[-1] |= changes
    session.execute(insert(SNAPSHOTS), copies)


@pytest.mark.requirement("RR-9.3", "RR-4.2.3.3b", partial=True)
@pytest.mark.parametrize(
    "difference",
    [
        {"address": "架空県架空市別町1番"},
        {"building": None},
        {"building": ""},
        {"is_latest": False},
        {"individual_number_cipher": b"x"},
        {"previous_aliases": ["別名"]},
        {"name_kana_confirmed": False},
        {"removed_on": dt.date(2020, 3, 30)},
    ],
    ids=lambda value: next(iter(value)),
)
def test_a_snapshot_leaves_only_when_the_very_same_stands_there(
    session: Session, difference: dict[str, object]
) -> None:
    gone = removed(session)
    number = gone.addressee_number
    theirs = delete(ResidentHistory.__table__).where(ResidentHistory.addressee_number == number)
    with pytest.raises(DatabaseError, match="append-only"), session.begin_nested():
        session.execute(theirs)
    with session.begin_nested() as point:
        copied(session, number, **difference)
        with pytest.raises(DatabaseError, match="append-only"), session.begin_nested():
            session.execute(theirs.where(ResidentHistory.is_latest))
        point.rollback()
    copied(session, number)
    session.execute(
        text("INSERT INTO removed_integrated_remark SELECT * FROM integrated_remark WHERE addressee_number = :number"),
        {"number": number},
    )  # fmt: skip
    session.execute(delete(IntegratedRemark.__table__).where(IntegratedRemark.addressee_number == number))
    session.execute(theirs)
    assert session.scalar(select(func.count()).select_from(SNAPSHOTS)) == 3


def test_a_remark_leaves_only_when_the_very_same_stands_there(session: Session) -> None:
    gone = removed(session)
    theirs = delete(IntegratedRemark.__table__).where(
        IntegratedRemark.addressee_number == gone.addressee_number
    )
    with pytest.raises(DatabaseError, match="keeps its rows"), session.begin_nested():
        session.execute(theirs)
    copied(session, gone.addressee_number)
    rows = [
        dict(row)
        for row in session.execute(
            select(IntegratedRemark.__table__).where(
                IntegratedRemark.addressee_number == gone.addressee_number
            )
        ).mappings()
    ]
    session.execute(insert(REMARKS), [*rows[:-1], rows[-1] | {"text": "書き換えた備考"}])
    with pytest.raises(DatabaseError, match="keeps its rows"), session.begin_nested():
        session.execute(theirs)


@pytest.mark.requirement("RR-1.1.5e", partial=True)
@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("removed_record", "moved_by"),
        ("removed_resident_history", "address"),
        ("removed_integrated_remark", "text"),
        ("removed_resident_change", "entered_by"),
    ],
)
@pytest.mark.parametrize("statement", ["update", "delete", "replace or empty"])
def test_nothing_in_the_archive_changes_or_goes(
    session: Session, table: str, column: str, statement: str
) -> None:
    gone = removed(session)
    store(session, gone)
    sqlite = session.get_bind().dialect.name == "sqlite"
    replacing = f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}"
    sql = {
        "update": f"UPDATE {table} SET {column} = 'x'",
        "delete": f"DELETE FROM {table}",
        "replace or empty": replacing if sqlite else f"TRUNCATE {table} CASCADE",
    }[statement]
    before = session.execute(text(f"SELECT * FROM {table}")).all()
    assert before
    with pytest.raises(DatabaseError, match="time is over"), session.begin_nested():
        session.execute(text(sql))
    assert session.execute(text(f"SELECT * FROM {table}")).all() == before


@pytest.mark.requirement("RR-1.1.5e", partial=True)
@pytest.mark.parametrize(
    ("removed_on", "kept_until", "accepted"),
    [
        ("2020-04-01", "2170-03-31", False),
        ("2020-04-01", "2170-04-01", True),
        ("2020-04-01", "2170-04-02", True),
        ("2020-02-29", "2170-02-27", False),
        ("2020-02-29", "2170-02-28", True),
        ("2020-02-28", "2170-02-27", False),
        ("2020-02-28", "2170-02-28", True),
    ],
)
def test_nobody_is_kept_for_less_than_150_years(
    session: Session, removed_on: str, kept_until: str, accepted: bool
) -> None:
    person = residents.resident(session)
    row = RemovedRecord(
        addressee_number=person.addressee_number,
        household_number=person.household_number,
        removal_history_number=1,
        reason=ChangeReason.DEATH,
        processed_on=dt.date.fromisoformat(removed_on),
        removed_on=dt.date.fromisoformat(removed_on),
        kept_until=dt.date.fromisoformat(kept_until),
        moved_at=TEST_MOMENT,
        moved_by="test",
    )
    if accepted:
        session.add(row)
        session.flush()
        return
    with pytest.raises(DatabaseError, match="150 years"), session.begin_nested():
        session.add(row)
        session.flush()


class TestDestruction:
    """廃棄 at the end of 150 years."""

    def test_a_record_whose_time_is_over_goes_and_is_listed(self, session: Session) -> None:
        old, young = removed(session, on=VERY_OLD, name="明治　太郎"), removed(session)
        number = old.addressee_number
        store(session, old, young)
        due = queries.due_for_destruction(session, TODAY)
        assert [line.addressee_number for line in due] == [number]
        outcome = operations.destroy(
            session, system_actor("test"), due, "保存期間満了。令和8年度第1号決裁", now=TEST_MOMENT
        )
        assert [line.addressee_number for line in outcome.done] == [number] and not outcome.failed
        assert reader.record_of(session, number) is None
        assert session.get(RemovedRecord, number) is None
        for table in (SNAPSHOTS, REMARKS):
            assert session.execute(select(table).where(table.c.addressee_number == number)).all() == []
        assert session.get(RemovedSearchPerson, number) is None
        kept = reader.record_of(session, young.addressee_number)
        assert kept is not None and set(session.scalars(select(CHANGES.c.id))) == set(kept.changes)
        listed = session.get(RemovedRecordDestruction, number)
        assert listed is not None
        assert (listed.removed_on, listed.kept_until) == (VERY_OLD, dt.date(2024, 5, 1))
        assert listed.destroyed_on == TODAY and "決裁" in listed.explanation
        # The number is never given to somebody else.
        assert session.get(Addressee, number) is not None
        write_pending(session)
        [entry] = session.scalars(select(AuditEntry).where(AuditEntry.action == "除票の廃棄（保存期間満了）"))
        assert entry.subjects == [number] and "決裁" in entry.details["理由"]

    def test_memos_go_with_the_record_and_only_theirs(self, session: Session) -> None:
        old, young = removed(session, on=VERY_OLD), removed(session)
        for gone in (old, young):
            memo = memos.write_memo(session, CLERK, gone.addressee_number, "電話は午後", now=TEST_MOMENT)
            memos.change_memo(
                session, CLERK, gone.addressee_number, memo.memo_id, "電話は午前", seen=1, now=TEST_MOMENT
            )
        store(session, old, young)
        operations.destroy(
            session,
            system_actor("test"),
            queries.due_for_destruction(session, TODAY),
            "満了",
            now=TEST_MOMENT,
        )
        left = session.execute(select(Memo.addressee_number, MemoVersion.text).join(Memo.versions)).all()
        assert [tuple(row) for row in left] == [
            (young.addressee_number, "電話は午後"),
            (young.addressee_number, "電話は午前"),
        ]
        for row in (MemoVersion, Memo):
            with pytest.raises(DatabaseError, match="memos keep"), session.begin_nested():
                session.execute(delete(row))

    @pytest.mark.requirement("RR-1.1.5e", partial=True)
    @pytest.mark.parametrize(("days", "due"), [(-1, False), (0, False), (1, True)])
    def test_due_from_the_day_after_the_last(self, session: Session, days: int, due: bool) -> None:
        removed_on = TODAY.replace(year=TODAY.year - 150)
        gone = removed(session, on=removed_on - dt.timedelta(days=days))
        store(session, gone)
        assert bool(queries.due_for_destruction(session, TODAY)) is due

    def test_the_operation_refuses_what_is_not_due_and_what_has_no_reason(self, session: Session) -> None:
        young, old = removed(session), removed(session, on=VERY_OLD)
        store(session, young, old)
        lines = list(queries.removed_in_archive(session))
        with pytest.raises(ValueError, match="last day"):
            operations.destroy(session, system_actor("test"), lines, "理由", now=TEST_MOMENT)
        with pytest.raises(ValueError, match="reason"):
            operations.destroy(session, system_actor("test"), lines[:1], "　", now=TEST_MOMENT)
        assert len(list(queries.removed_in_archive(session))) == 2

    @pytest.mark.requirement("RR-1.1.5e", partial=True)
    @pytest.mark.parametrize("days", [1, 0])
    def test_the_database_refuses_by_its_own_clock(self, session: Session, days: int) -> None:
        """Even when the list says that the time is over: up to and on the last day of the 150 years nothing goes."""
        # A day of tolerance, so that midnight in the middle of the test changes nothing.
        last = dt.datetime.now(JST).date() + dt.timedelta(days=days + 1)
        removed_on = last.replace(year=last.year - 150, day=min(last.day, 28))
        gone = removed(session, on=removed_on)
        number = gone.addressee_number
        store(session, gone)
        record = session.get(RemovedRecord, number)
        assert record is not None
        session.add(self._listed(record, record.kept_until + dt.timedelta(days=1)))
        session.flush()
        with pytest.raises(DatabaseError, match="time is over"), session.begin_nested():
            session.execute(delete(REMARKS).where(REMARKS.c.addressee_number == number))
        assert reader.record_of(session, number) is not None

    def test_without_a_line_in_the_list_nothing_goes(self, session: Session) -> None:
        gone = removed(session, on=VERY_OLD)
        store(session, gone)
        for table in (REMARKS, SNAPSHOTS, RemovedRecord.__table__):
            with pytest.raises(DatabaseError, match="time is over"), session.begin_nested():
                session.execute(delete(table))

    def test_the_list_takes_nobody_whose_time_is_not_over_and_never_changes(self, session: Session) -> None:
        gone = removed(session, on=VERY_OLD)
        store(session, gone)
        record = session.get(RemovedRecord, gone.addressee_number)
        assert record is not None
        with pytest.raises(DatabaseError), session.begin_nested():
            session.add(self._listed(record, record.kept_until))
            session.flush()
        session.add(self._listed(record, TODAY))
        session.flush()
        for statement in (
            update(RemovedRecordDestruction).values(explanation="x"), delete(RemovedRecordDestruction)
        ):  # fmt: skip
            with pytest.raises(DatabaseError, match="time is over"), session.begin_nested():
                session.execute(statement)

    @staticmethod
    def _listed(record: RemovedRecord, day: dt.date) -> RemovedRecordDestruction:
        return RemovedRecordDestruction(
            addressee_number=record.addressee_number, reason=record.reason, processed_on=record.processed_on,
            removed_on=record.removed_on, kept_until=record.kept_until, destroyed_on=day, destroyed_at=TEST_MOMENT,
            destroyed_by="test", explanation="試験",
        )  # fmt: skip
