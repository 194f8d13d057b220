"""The register's history: full snapshots, one current row, nothing ever overwritten (RR-1.2.1)."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.exc import DatabaseError, IntegrityError
from sqlalchemy.orm import Session

from residentapp.residents import history
from residentapp.residents.models import ResidentChange, ResidentHistory
from residentapp.residents.types import ChangeReason, ResidentState
from tests.support import residents


@pytest.mark.requirement("RR-1.2.1c")
def test_history_numbers_rise_by_one_and_the_highest_is_current(session: Session) -> None:
    first = residents.resident(session)
    second = residents.next_snapshot(
        session, first, residents.change(session, ChangeReason.MOVE_WITHIN), address="架空県架空市東町9番1号"
    )
    third = residents.next_snapshot(
        session, second, residents.change(session, ChangeReason.HEAD_CHANGE), head_name="架空　花子"
    )
    numbers = [row.history_number for row in history.snapshots_of(session, first.addressee_number)]
    assert numbers == [1, 2, 3]
    current = history.latest(session, first.addressee_number)
    assert current is not None and current.history_number == third.history_number
    marked = session.scalars(
        select(ResidentHistory.history_number).where(
            ResidentHistory.addressee_number == first.addressee_number, ResidentHistory.is_latest
        )
    ).all()
    assert marked == [3]


@pytest.mark.requirement("RR-1.2.1c")
def test_someone_who_joins_a_household_starts_at_one(session: Session) -> None:
    taro = residents.resident(session, name="青木　太郎")
    moved = residents.next_snapshot(
        session, taro, residents.change(session, ChangeReason.MOVE_WITHIN), address="架空県架空市東町9番1号"
    )
    hanako = residents.resident(
        session, moved.household_number, name="青木　花子", member_order=2, address=moved.address
    )
    assert (moved.history_number, hanako.history_number) == (2, 1)
    assert hanako.household_number == moved.household_number
    members = history.household_members(session, moved.household_number)
    assert [member.name for member in members] == ["青木　太郎", "青木　花子"]


@pytest.mark.requirement("RR-1.2.1b")
def test_every_item_is_stored_in_every_snapshot(session: Session) -> None:
    first = residents.resident(session, former_name="架空", pension_number="0000-000000")
    second = residents.next_snapshot(
        session, first, residents.change(session, ChangeReason.MOVE_WITHIN), building="架空荘101"
    )
    before, after = history.items_of(first), history.items_of(second)
    assert set(before) == set(history.ITEM_COLUMNS)
    assert {name for name in before if before[name] != after[name]} == {"building"}
    row = session.execute(
        text("SELECT former_name, pension_number FROM resident_history WHERE history_number = 2")
    ).one()
    assert tuple(row) == ("架空", "0000-000000")


def test_an_item_that_does_not_exist_is_refused(session: Session) -> None:
    first = residents.resident(session)
    with pytest.raises(ValueError, match="shoe_size"):
        residents.next_snapshot(session, first, residents.change(session), shoe_size=27)


def test_two_officers_on_one_person_the_second_is_told(session: Session) -> None:
    first = residents.resident(session)
    residents.next_snapshot(session, first, residents.change(session), building="架空荘101")
    with pytest.raises(history.StaleSnapshot) as caught:
        residents.next_snapshot(session, first, residents.change(session), building="架空荘202")
    assert caught.value.addressee_number == first.addressee_number
    assert "もう一度" in str(caught.value)
    assert [row.building for row in history.snapshots_of(session, first.addressee_number)] == [
        None,
        "架空荘101",
    ]


@pytest.mark.requirement("RR-4.2.3.3b")
@pytest.mark.parametrize(
    "statement",
    [
        update(ResidentHistory).values(address="架空県架空市西町1番1号"),
        update(ResidentHistory).values(is_latest=True),
        update(ResidentHistory).values(individual_number_cipher=b"x"),
        delete(ResidentHistory),
    ],
    ids=["change an item", "revive an old row", "change a number", "delete"],
)
def test_the_database_refuses_to_change_or_delete_a_snapshot(session: Session, statement: object) -> None:
    first = residents.resident(session)
    residents.next_snapshot(session, first, residents.change(session), building="架空荘101")
    with pytest.raises(DatabaseError, match="append-only"), session.begin_nested():
        session.execute(statement)  # type: ignore[call-overload]
    assert len(history.snapshots_of(session, first.addressee_number)) == 2


def test_replacing_or_emptying_the_table_is_refused(session: Session) -> None:
    residents.resident(session)
    sqlite = session.get_bind().dialect.name == "sqlite"
    statement = (
        "INSERT OR REPLACE INTO resident_history SELECT * FROM resident_history"
        if sqlite
        else "TRUNCATE resident_history CASCADE"
    )
    with pytest.raises(DatabaseError, match="append-only"), session.begin_nested():
        session.execute(text(statement))


@pytest.mark.requirement("RR-1.2.1c")
def test_the_database_itself_keeps_one_current_row(session: Session) -> None:
    first = residents.resident(session)
    made_by = residents.change(session)
    row = history.items_of(first) | {
        "addressee_number": first.addressee_number,
        "history_number": 2,
        "is_latest": True,
        "change_id": made_by.id,
    }
    with pytest.raises(IntegrityError), session.begin_nested():
        session.execute(insert(ResidentHistory).values(**row))


def test_removed_members_come_after_the_others(session: Session) -> None:
    head, wife, child = residents.family(
        session,
        {"name": "山川　一"},
        {"name": "山川　二", "relationship_to_head": "妻"},
        {"name": "山川　三", "relationship_to_head": "子"},
    )
    residents.next_snapshot(
        session, wife, residents.change(session, ChangeReason.DEATH), state=ResidentState.DEAD
    )
    live = history.household_members(session, head.household_number)
    everyone = history.household_members(session, head.household_number, removed=True)
    assert [member.name for member in live] == ["山川　一", "山川　三"]
    assert [member.name for member in everyone] == ["山川　一", "山川　三", "山川　二"]
    assert child in live


@pytest.mark.parametrize(
    ("day", "building"),
    [
        (dt.date(2026, 3, 31), "nobody"),
        (dt.date(2026, 4, 1), None),
        (dt.date(2026, 6, 9), None),
        (dt.date(2026, 6, 10), "架空荘101"),
        (dt.date(2026, 12, 31), "架空荘101"),
    ],
)
def test_what_the_register_said_on_a_day(session: Session, day: dt.date, building: str | None) -> None:
    first = residents.resident(session)
    residents.next_snapshot(
        session, first, residents.change(session, processed_on=dt.date(2026, 6, 10)), building="架空荘101"
    )
    snapshots = history.snapshots_of(session, first.addressee_number)
    changes = {change.id: change for change in session.scalars(select(ResidentChange))}
    found = history.state_on(snapshots, changes, day)
    assert (found.building if found else "nobody") == building
