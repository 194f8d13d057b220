"""Moving removed records to the 除票用データベース: whole, unchanged, and nobody who must stay (RR-9.3)."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import inspect, select, text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from residentapp.core.access.actor import system_actor
from residentapp.core.audit import write_pending
from residentapp.core.audit.models import AuditEntry
from residentapp.residents import history, locks
from residentapp.residents.locks import LockSubject
from residentapp.residents.models import IntegratedRemark, ResidentChange, ResidentHistory
from residentapp.residents.removed_records import operations, queries, reader
from residentapp.residents.removed_records.models import CHANGES, REMARKS, SNAPSHOTS, RemovedRecord
from residentapp.residents.types import ChangeReason, ResidentState
from tests.support import residents
from tests.support.clock import TEST_MOMENT
from tests.support.removed import LONG_AGO, remove, removed, store
from tests.support.users import clerk, make_user

TODAY = TEST_MOMENT.date()


def rows_of(session: Session, table: str, number: str) -> list[dict[str, object]]:
    """Rows of a person as the database gives them."""
    found = session.execute(
        text(f"SELECT * FROM {table} WHERE addressee_number = :number"), {"number": number}
    ).mappings()
    return sorted((dict(row) for row in found), key=str)


@pytest.mark.requirement("RR-9.3", "RR-1.1.5e", partial=True)
def test_a_person_moves_whole_and_unchanged(session: Session) -> None:
    gone = removed(session)
    number = gone.addressee_number
    before = {name: rows_of(session, name, number) for name in ("resident_history", "integrated_remark")}
    assert len(before["resident_history"]) == 3 and len(before["integrated_remark"]) == 3
    changes = [row.change_id for row in history.snapshots_of(session, number)]
    outcome = store(session, gone)
    assert [line.addressee_number for line in outcome.done] == [number]
    for name, rows in before.items():
        assert rows_of(session, name, number) == []
        assert rows_of(session, f"removed_{name}", number) == rows
    record = session.get(RemovedRecord, number)
    assert record is not None
    assert (record.removed_on, record.processed_on) == (LONG_AGO, LONG_AGO)
    assert (record.kept_until, record.removal_history_number) == (dt.date(2170, 3, 31), 3)
    assert record.reason is ChangeReason.MOVE_OUT_DOMESTIC
    assert set(session.scalars(select(CHANGES.c.id))) == set(changes)
    # The last one stays in the register: SQLite would give its number again.
    assert set(session.scalars(select(ResidentChange.id))) == {max(changes)}
    assert history.latest(session, number) is None
    for table in ("search_person", "search_name", "search_address"):
        assert rows_of(session, table, number) == []
        assert rows_of(session, f"removed_{table}", number)


@pytest.mark.requirement("RR-9.3", partial=True)
@pytest.mark.parametrize(
    ("removed_on", "due"),
    [
        (dt.date(2021, 11, 22), True),
        (dt.date(2021, 11, 23), True),
        (dt.date(2021, 11, 24), False),
        (dt.date(2026, 11, 1), False),
    ],
)
def test_only_after_five_years(session: Session, removed_on: dt.date, due: bool) -> None:
    gone = removed(session, on=removed_on)
    found = [line.addressee_number for line in queries.due_for_archive(session, TODAY)]
    assert found == ([gone.addressee_number] if due else [])


def test_a_record_without_a_day_of_removal_counts_from_its_entry(session: Session) -> None:
    person = residents.resident(session)
    gone = remove(session, person, removed_on=None)
    [line] = queries.due_for_archive(session, TODAY)
    assert (line.addressee_number, line.removed_on) == (gone.addressee_number, LONG_AGO)


@pytest.mark.requirement("RR-4.1.1.2c", "RR-9.3", partial=True)
def test_who_came_back_stays_whole_in_the_register(session: Session) -> None:
    """The first stay ended long ago, but the person lives here: the 宛名番号 goes on, the old 除票 with it."""
    gone = removed(session)
    back = residents.next_snapshot(
        session,
        gone,
        residents.change(session, ChangeReason.MOVE_IN_DOMESTIC),
        state=ResidentState.RESIDENT,
        removed_on=None,
    )
    assert queries.due_for_archive(session, TODAY) == []
    # Gone again lately: still not due, although the first removal is old.
    again = remove(session, back, ChangeReason.DEATH, on=dt.date(2026, 6, 1))
    assert queries.due_for_archive(session, TODAY) == []
    assert history.latest(session, gone.addressee_number) is again


def test_a_cancelled_removal_is_none_and_a_later_one_counts(session: Session) -> None:
    gone = removed(session, on=dt.date(2018, 3, 31))
    restored = residents.next_snapshot(
        session,
        gone,
        residents.change(session, ChangeReason.CANCEL_INCREASE, processed_on=dt.date(2018, 5, 1)),
        state=ResidentState.RESIDENT,
        removed_on=None,
    )
    assert queries.due_for_archive(session, TODAY) == []
    remove(session, restored, ChangeReason.DEATH)
    [line] = queries.due_for_archive(session, TODAY)
    assert (line.reason, line.removal_history_number) == (ChangeReason.DEATH, 5)


def test_what_became_known_after_the_removal_does_not_move_its_day(session: Session) -> None:
    """A 転入通知 that came later belongs to the 除票; its 処理年月日 is still that of the removal (RR-1.1.5f)."""
    gone = removed(session)
    noticed = residents.change(session, ChangeReason.CORRECT_EX_OFFICIO, processed_on=dt.date(2026, 10, 1))
    residents.next_snapshot(session, gone, noticed, confirmed_destination="例示県隣市北町9番9号")
    [line] = queries.due_for_archive(session, TODAY)
    assert (line.processed_on, line.removal_history_number, line.history_number) == (LONG_AGO, 3, 4)
    outcome = operations.move(session, system_actor("test"), [line], now=TEST_MOMENT)
    assert outcome.done == [line]


@pytest.mark.requirement("RR-1.1.5f", partial=True)
def test_they_move_in_the_order_of_their_day_of_processing(session: Session) -> None:
    days = [dt.date(2019, 5, 1), dt.date(2015, 1, 1), dt.date(2020, 3, 31), dt.date(2015, 1, 1)]
    people = [removed(session, on=day) for day in days]
    expected = [people[place].addressee_number for place in (1, 3, 0, 2)]
    due = queries.due_for_archive(session, TODAY)
    assert [line.addressee_number for line in due] == expected
    assert [line.addressee_number for line in queries.removed_in_register(session)] == expected
    operations.move(session, system_actor("test"), due, now=TEST_MOMENT)
    assert [line.addressee_number for line in queries.removed_in_archive(session)] == expected


def test_a_change_of_several_people_goes_with_the_last_of_them(session: Session) -> None:
    """A family moved in with one change; who still lives here needs it, and so does the archive."""
    came = residents.change(session, processed_on=dt.date(2010, 4, 1))
    came_id, home = came.id, residents.household(session)
    one = residents.resident(session, home, made_by=came, name="先立　一")
    two = residents.resident(session, home, made_by=came, name="先立　二", member_order=2)
    three = residents.resident(session, home, made_by=came, name="残る　三", member_order=3)
    store(session, remove(session, one, ChangeReason.DEATH, on=dt.date(2012, 4, 1)))
    assert session.get(ResidentChange, came_id) is not None
    store(session, remove(session, two, ChangeReason.DEATH, on=dt.date(2013, 4, 1)))
    assert session.get(ResidentChange, came_id) is not None
    store(session, remove(session, three, ChangeReason.DEATH, on=dt.date(2014, 4, 1)))
    assert session.get(ResidentChange, came_id) is None
    for person in (one, two, three):
        record = reader.record_of(session, person.addressee_number)
        assert record is not None and record.archived
        assert record.changes[record.snapshots[0].change_id].processed_on == dt.date(2010, 4, 1)


def test_a_change_that_another_one_cancelled_stays_as_long_as_that_one(session: Session) -> None:
    gone = removed(session)
    change_id = gone.change_id
    other = residents.resident(session)
    residents.next_snapshot(
        session, other, residents.change(session, ChangeReason.CANCEL_INCREASE, cancels_change_id=change_id)
    )
    store(session, gone)
    assert session.get(ResidentChange, change_id) is not None


def test_who_is_being_edited_is_left_for_the_next_run(session: Session) -> None:
    gone, other = removed(session), removed(session)
    user = make_user(session, login="hensyu")
    officer = clerk(login="hensyu", user_id=user.id)
    locks.acquire(
        session, officer, LockSubject.RESIDENT, gone.addressee_number, owner="case:1", purpose="転入",
        now=TEST_MOMENT,
    )  # fmt: skip
    outcome = store(session, gone, other)
    assert [line.addressee_number for line in outcome.done] == [other.addressee_number]
    assert outcome.skipped == {gone.addressee_number: operations.EDITED}
    assert history.latest(session, gone.addressee_number) is not None
    later = TEST_MOMENT + locks.LOCK_TIME + dt.timedelta(minutes=1)
    assert len(store(session, gone, now=later).done) == 1


def test_a_record_that_changed_after_the_list_was_made_is_left(session: Session) -> None:
    gone = removed(session)
    due = queries.due_for_archive(session, TODAY)
    residents.next_snapshot(
        session,
        gone,
        residents.change(session, ChangeReason.MOVE_IN_DOMESTIC),
        state=ResidentState.RESIDENT,
        removed_on=None,
    )
    outcome = operations.move(session, system_actor("test"), due, now=TEST_MOMENT)
    assert outcome.done == [] and outcome.skipped == {gone.addressee_number: operations.CHANGED}


def test_one_record_that_the_database_refuses_does_not_hold_up_the_others(session: Session) -> None:
    gone, other = removed(session), removed(session)
    session.execute(text("CREATE TABLE stray (addressee_number VARCHAR(15), history_number INTEGER, "
                         "FOREIGN KEY (addressee_number, history_number) "
                         "REFERENCES resident_history (addressee_number, history_number))"))  # fmt: skip
    session.execute(text("INSERT INTO stray VALUES (:number, 3)"), {"number": gone.addressee_number})
    outcome = store(session, gone, other)
    assert [line.addressee_number for line in outcome.done] == [other.addressee_number]
    [(number, why)] = outcome.failed.items()
    assert number == gone.addressee_number and operations.REFUSED in why
    assert history.latest(session, gone.addressee_number) is not None
    assert rows_of(session, "removed_resident_history", gone.addressee_number) == []
    assert session.get(RemovedRecord, gone.addressee_number) is None


def test_the_move_is_logged_with_whom_it_moved(session: Session) -> None:
    gone = removed(session)
    store(session, gone)
    write_pending(session)
    [entry] = session.scalars(select(AuditEntry).where(AuditEntry.action == "除票用データベースへの移行"))
    assert entry.subjects == [gone.addressee_number] and entry.succeeded
    assert entry.details["件数"] == 1


@pytest.mark.requirement("RR-4.6.0.1e", partial=True)
def test_a_stored_record_can_be_restored_by_entering_its_data(session: Session) -> None:
    """Nothing is loaded back: the data are read as they were before the removal and entered as a new record."""
    gone = removed(session, name="誤消　除太", pension_number="0000-000000")
    number = gone.addressee_number
    store(session, gone)
    record = reader.record_of(session, number)
    assert record is not None and record.archived
    removal = record.stays[-1].removed
    assert removal is not None
    before = record.snapshots[removal - 1]
    entered = history.items_of(before)
    made_by = residents.change(session, ChangeReason.CANCEL_INCREASE, processed_on=TODAY)
    del entered["household_number"]
    restored = residents.resident(session, before.household_number, made_by=made_by, **entered)
    assert restored.state is ResidentState.RESIDENT and restored.addressee_number != number
    assert history.items_of(restored) == history.items_of(before)
    still = reader.record_of(session, number)
    assert still is not None and still.archived and len(still.snapshots) == 3


def test_everything_that_points_to_a_snapshot_or_a_remark_moves_along(session: Session) -> None:
    """A new table that points to what moves must move too: add it to ``removed_records.operations`` and here."""
    keys = inspect(session.connection()).get_multi_foreign_keys()
    pointing = {
        name
        for (_schema, name), found in keys.items()
        if any(key["referred_table"] in ("resident_history", "integrated_remark") for key in found)
    }
    assert pointing == {"integrated_remark"}
    # And the copies have the columns of the originals, in the database and in the models.
    pairs = ((ResidentHistory, SNAPSHOTS), (ResidentChange, CHANGES), (IntegratedRemark, REMARKS))
    for original, copied in pairs:
        names = [column.name for column in original.__table__.columns]
        assert [column.name for column in copied.columns] == names
        columns = inspect(session.connection()).get_columns(copied.name)
        assert {column["name"] for column in columns} == set(names)


def test_a_person_of_the_archive_gets_no_further_snapshot_in_the_register(session: Session) -> None:
    gone = removed(session)
    items = history.items_of(gone)
    number = gone.addressee_number
    store(session, gone)
    with pytest.raises(DatabaseError, match="has moved"), session.begin_nested():
        history.append(session, residents.change(session), number, items, expected_history_number=None)
