"""Writing the audit log: with its transaction or not at all, in one chain, by many at once (CM-6, RR-10.2)."""

from __future__ import annotations

import datetime as dt
import threading
from typing import Any

import pytest
from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from residentapp.core.access import Actor, system_actor
from residentapp.core.audit import Log, record, verify, write_pending
from residentapp.core.audit.models import GENESIS, AuditEntry, AuditHead, AuditSubject
from residentapp.core.clock import JST
from residentapp.core.db import Database
from tests.support.clock import TEST_MOMENT

ACTOR = Actor(7, "tanto", "架空　担当", "市民課", "01", "本庁", "0101", "1番窓口")


def note(session: Session, action: str = "住民照会", **more: Any) -> None:
    record(session, ACTOR, **({"moment": TEST_MOMENT, "log": Log.OPERATION, "action": action} | more))


def actions(database: Database) -> list[str]:
    with database.sessions() as session:
        return list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.sequence)))


@pytest.mark.requirement("RR-10.2a", "RR-10.2c", partial=True)
def test_a_row_says_who_when_where_what_and_about_whom(database: Database) -> None:
    details = {"検索語": "ﾔﾏﾀﾞ", "枚数": 2, "公印": True, "発行番号": "0101-1", "日": dt.date(2026, 4, 1)}
    with database.transaction() as session:
        note(
            session,
            "証明書発行",
            log=Log.PRINT,
            subjects=["100012", "100020", "100012"],
            details=details,
            individual_number=True,
            screen="certificates.issue",
            file_name="a.pdf",
            request_id="req-1",
        )
    with database.sessions() as session:
        row = session.scalars(select(AuditEntry)).one()
        assert (row.actor_id, row.actor_login, row.actor_name, row.department) == (
            7,
            "tanto",
            "架空　担当",
            "市民課",
        )
        assert (row.office_code, row.office_name, row.terminal_code, row.terminal_name) == (
            "01",
            "本庁",
            "0101",
            "1番窓口",
        )
        assert row.moment == TEST_MOMENT
        assert (row.log, row.action, row.screen, row.file_name) == (
            "print",
            "証明書発行",
            "certificates.issue",
            "a.pdf",
        )
        assert row.subjects == ["100012", "100020"]
        assert row.details == {**details, "日": "2026-04-01"}
        assert row.individual_number is True
        assert row.succeeded is True
        assert row.request_id == "req-1"
        assert row.sequence == 1
        assert row.previous_hash == GENESIS
        assert row.key_id == "dev"
        assert set(session.execute(select(AuditSubject.number, AuditSubject.sequence)).all()) == {
            ("100012", 1),
            ("100020", 1),
        }


def test_rows_are_chained_over_transactions(database: Database) -> None:
    for action in ("一", "二", "三"):
        with database.transaction() as session:
            note(session, action)
    with database.sessions() as session:
        rows = list(session.scalars(select(AuditEntry).order_by(AuditEntry.sequence)))
        assert [row.sequence for row in rows] == [1, 2, 3]
        assert [row.previous_hash for row in rows] == [GENESIS, rows[0].hash, rows[1].hash]
        head = session.scalars(select(AuditHead)).one()
        assert (head.count, head.hash) == (3, rows[2].hash)


@pytest.mark.requirement("CM-6", partial=True)
def test_what_is_rolled_back_leaves_no_row_and_no_gap(database: Database) -> None:
    with pytest.raises(ZeroDivisionError), database.transaction() as session:
        note(session, "失敗した操作")
        write_pending(session)
        raise ZeroDivisionError
    with database.transaction() as session:
        note(session, "成功した操作")
    assert actions(database) == ["成功した操作"]
    with database.sessions() as session:
        assert verify(session).ok


def test_a_savepoint_takes_its_rows_with_it_and_a_released_one_keeps_them(database: Database) -> None:
    with database.transaction() as session:
        note(session, "外側")
        undone = session.begin_nested()
        note(session, "取り消した内側")
        with session.begin_nested():
            note(session, "取り消した内側の内側")
        undone.rollback()
        with session.begin_nested():
            note(session, "残る内側")
    assert actions(database) == ["外側", "残る内側"]


def test_a_session_closed_halfway_carries_nothing_into_its_next_transaction(database: Database) -> None:
    with database.sessions() as session:
        note(session, "途中で閉じた")
        session.close()
        note(session, "次の操作")
        session.commit()
    assert actions(database) == ["次の操作"]


def test_no_operation_without_its_row(database: Database) -> None:
    """When the row cannot be written, what it tells of is not done either."""
    with database.transaction() as session:
        note(session)
    with pytest.raises(DatabaseError), database.transaction() as session:
        session.execute(text("CREATE TABLE work_done (id INTEGER)"))
        session.execute(text("ALTER TABLE audit_subject RENAME TO audit_subject_gone"))
        note(session, subjects=["100012"])
    assert actions(database) == ["住民照会"]
    with pytest.raises(DatabaseError), database.sessions() as session:
        session.execute(text("SELECT * FROM work_done"))


def test_odd_values_are_kept_and_still_verify(database: Database) -> None:
    values = ["\0", "a\0b", "\ud800", "辻\U000e0102", "1.50", 2**40, -1, None, True]
    with database.transaction() as session:
        for value in values:
            note(session, details={"値": value, "入れ子": [{"値": value}], "集合": {"b", "a"}, "小数": 1.10})
    with database.sessions() as session:
        kept = list(session.scalars(select(AuditEntry.details).order_by(AuditEntry.sequence)))
        assert all(details["集合"] == ["a", "b"] and details["小数"] == "1.1" for details in kept)
        # What no database can hold is replaced by a sign for it.
        assert [details["値"] for details in kept] == ["\u2400", "a\u2400b", "?", *values[3:]]
        assert [details["入れ子"][0]["値"] for details in kept] == [details["値"] for details in kept]
        assert verify(session).ok


def test_bytes_are_refused(database: Database) -> None:
    with database.sessions() as session, pytest.raises(TypeError):
        note(session, details={"暗号文": b"\x01"})


def test_a_moment_is_the_same_in_any_zone(database: Database) -> None:
    with database.transaction() as session:
        note(session, moment=dt.datetime(2026, 1, 1, 0, 0, 0, 123456, tzinfo=JST))
    with database.sessions() as session:
        assert session.scalars(select(AuditEntry.moment)).one().astimezone(JST).microsecond == 123456
        assert verify(session).ok


@pytest.mark.requirement("RR-10.2d", "CM-6", partial=True)
def test_the_database_itself_refuses_changes(database: Database) -> None:
    attempts: tuple[Any, ...] = (
        update(AuditEntry).values(action="別の操作"),
        update(AuditEntry).values(sequence=9),
        delete(AuditEntry),
        update(AuditSubject).values(number="999999"),
        delete(AuditSubject),
        delete(AuditHead),
        update(AuditHead).values(hash="0" * 64),
        update(AuditHead).values(count=0),
        update(AuditHead).values(count=1),
    )
    with database.transaction() as session:
        note(session, subjects=["100012"])
    for attempt in attempts:
        with (
            pytest.raises(DatabaseError, match=r"insert-only|goes forward"),
            database.transaction() as session,
        ):
            session.execute(attempt)
    with database.sessions() as session:
        assert verify(session).ok


def test_replacing_and_emptying_are_refused_too(database: Database) -> None:
    with database.transaction() as session:
        note(session, subjects=["100012"])
        write_pending(session)
        values = dict(session.execute(select(*AuditEntry.__table__.columns)).one()._mapping)
    if database.is_sqlite:
        attempts: list[Any] = [
            insert(AuditEntry).prefix_with("OR REPLACE").values(**values),
            insert(AuditSubject).prefix_with("OR REPLACE").values(number="100012", sequence=1),
            insert(AuditHead).prefix_with("OR REPLACE").values(id=1, count=9, hash="", key_id="", mac=""),
        ]
    else:
        attempts = [
            text("TRUNCATE audit_entry CASCADE"),
            text("TRUNCATE audit_subject"),
            text("TRUNCATE audit_head"),
        ]
    for attempt in attempts:
        with (
            pytest.raises(DatabaseError, match=r"insert-only|goes forward"),
            database.transaction() as session,
        ):
            session.execute(attempt)


@pytest.mark.requirement("CM-6", partial=True)
def test_many_counters_at_once_make_one_unbroken_chain(database: Database) -> None:
    threads, each = 8, 15
    barrier = threading.Barrier(threads)
    failures: list[BaseException] = []

    def work(number: int) -> None:
        try:
            barrier.wait()
            for turn in range(each):
                with database.transaction() as session:
                    note(session, f"窓口{number}-{turn}", subjects=[f"{number}{turn:05}"])
                    # Reading first must not lead to an outdated head.
                    session.execute(select(func.count()).select_from(AuditHead)).all()
                    note(session, f"窓口{number}-{turn}続き")
        except BaseException as error:
            failures.append(error)

    workers = [threading.Thread(target=work, args=(number,)) for number in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert not failures
    with database.sessions() as session:
        outcome = verify(session)
        assert outcome.ok, outcome.findings
        assert outcome.checked == threads * each * 2


@pytest.mark.database
def test_a_long_transaction_does_not_hold_up_others_before_it_ends(database: Database) -> None:
    """On PostgreSQL an early row must not lock the log for the rest of its transaction."""
    if database.is_sqlite:
        with database.transaction() as session:
            note(session)
        assert actions(database) == ["住民照会"]  # one writer at a time there, by design
        return
    with database.transaction() as slow:
        note(slow, "遅い操作")
        slow.execute(text("SELECT 1"))
        with database.transaction() as quick:
            quick.execute(text("SET LOCAL lock_timeout = '2s'"))
            note(quick, "速い操作")
    assert actions(database) == ["速い操作", "遅い操作"]


def test_the_system_itself_is_an_actor_as_well(database: Database) -> None:
    with database.transaction() as session:
        record(session, system_actor("夜間処理"), moment=TEST_MOMENT, log=Log.EVENT, action="夜間処理")
    with database.sessions() as session:
        row = session.scalars(select(AuditEntry)).one()
        assert (row.actor_id, row.actor_login, row.actor_name) == (0, "system", "夜間処理")
