"""The 転出予定年月日 comes (RR-1.1.5a, b): by itself, household by household, as often as it is tried.

On both databases.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select
from sqlalchemy.orm import Session

from residentapp.cli import root
from residentapp.config import Settings
from residentapp.core.access.actor import system_actor
from residentapp.core.audit.models import AuditEntry
from residentapp.core.crypto import Keyring
from residentapp.core.dates import DateValue, to_wareki
from residentapp.core.db import Database
from residentapp.residents import history
from residentapp.residents.changes.rules.leaving import removal_day
from residentapp.residents.models import ResidentChange, ResidentHistory
from residentapp.residents.move_out import closing
from residentapp.residents.move_out.closing import (
    NothingDue,
    close_household,
    coming_people,
    count_due,
    due_households,
    run_due,
)
from residentapp.residents.types import ChangeReason, ResidentState, Sex
from tests.residents.changes.conftest import person
from tests.residents.changes.elsewhere import moving_out
from tests.residents.changes.office import ChangeOffice
from tests.support import residents
from tests.support.clock import TEST_MOMENT
from tests.support.masters import make_masters

SYSTEM = system_actor("転出予定日の処理（バッチ）")
DAY = dt.date(2026, 12, 1)


def later(office: ChangeOffice, day: dt.date) -> ChangeOffice:
    """The office on another day, at ten in the morning."""
    return replace(office, now=office.now + (day - office.now.date()))


def close_all(office: ChangeOffice, day: dt.date = DAY) -> list[closing.Closed]:
    """What the batch does on a day."""
    on_day = later(office, day)
    return [
        close_household(office.session, SYSTEM, office.keyring, number, on=day, now=on_day.now)
        for number in due_households(office.session, day)
    ]


@pytest.mark.requirement("RR-1.1.5a", "RR-1.1.1b", partial=True)
@pytest.mark.parametrize(("day", "due"), [(DAY - dt.timedelta(1), 0), (DAY, 4), (DAY + dt.timedelta(1), 4)])
def test_the_day_before_the_day_and_the_day_after(
    office: ChangeOffice, family: list[ResidentHistory], day: dt.date, due: int
) -> None:
    office.register(moving_out(office, *family))
    assert count_due(office.session, day) == due
    assert len(due_households(office.session, day)) == min(due, 1)
    assert len(coming_people(office.session, day, limit=10)) == 4 - due
    closed = close_all(office, day)
    assert [len(each.numbers) for each in closed] == ([4] if due else [])
    assert count_due(office.session, day) == 0


@pytest.mark.requirement("RR-1.1.5a", "RR-1.1.5b", partial=True)
def test_the_records_become_removed_ones(office: ChangeOffice, family: list[ResidentHistory]) -> None:
    """異動事由, 異動日 and 届出日 are the notification's, 処理日 is the day of the run (two days late here).

    消除 the planned day.
    """
    registered = office.register(moving_out(office, *family))
    [notified] = office.changes(registered)

    close_all(office, DAY + dt.timedelta(2))

    for before in family:
        row = office.latest(before)
        assert (row.history_number, row.state) == (3, ResidentState.MOVED_OUT)
        assert (row.removal_reason, row.removed_on) == ("転出", DAY)
        change = office.session.get_one(ResidentChange, row.change_id)
        assert (change.reason, change.case_id) == (ChangeReason.MOVE_OUT_DOMESTIC, notified.case_id)
        assert change.moved_on == notified.moved_on
        assert change.notified_on == notified.notified_on
        assert change.processed_on == DAY + dt.timedelta(2)
        assert (change.office_name, change.terminal_name) == (notified.office_name, notified.terminal_name)
        assert change.entered_by == "system"
        assert row.planned_destination == "見本県隣市北町9番9号　北荘101号"
    assert office.remarks(office.latest(family[0])) == [
        "転出により消除　転出予定年月日　令和8年12月1日　転出先住所（予定）　見本県隣市北町9番9号　北荘101号"
    ]
    assert history.household_members(office.session, family[0].household_number) == []


@pytest.mark.requirement("RR-1.1.5b", partial=True)
def test_the_head_settled_at_the_counter_follows_on_the_day(
    office: ChangeOffice, family: list[ResidentHistory]
) -> None:
    father, mother, son, daughter = family
    entry = office.new_head(moving_out(office, father), mother)
    office.register(office.typed(entry, daughter, relationship="縁故者"))

    [closed] = close_all(office)

    assert (closed.numbers, closed.headless) == ((father.addressee_number,), False)
    rest = [office.latest(each) for each in (mother, son, daughter)]
    assert [each.relationship_to_head for each in rest] == ["世帯主", "子", "縁故者"]
    assert {each.head_name for each in rest} == {"架空　花子"}
    change = office.session.get_one(ResidentChange, rest[0].change_id)
    assert change.reason is ChangeReason.HEAD_CHANGE
    assert change.moved_on is not None and change.moved_on.iso == "2026-12-01"


def test_nobody_was_settled(office: ChangeOffice, family: list[ResidentHistory]) -> None:
    """RR-1.1.10: the household goes on without head, and whoever runs it is told (RR-4.0.4)."""
    office.register(moving_out(office, family[0]))
    [closed] = close_all(office)
    assert closed.headless
    rest = [office.latest(each) for each in family[1:]]
    assert [each.head_name for each in rest] == [None, None, None]
    assert [each.relationship_to_head for each in rest] == ["妻", "子", "子"]


def test_a_household_that_has_changed_meanwhile_is_not_guessed_at(
    office: ChangeOffice, family: list[ResidentHistory]
) -> None:
    """A child was born between: the 続柄 settled at the counter no longer cover everybody."""
    father, mother, *_children = family
    office.register(office.new_head(moving_out(office, father), mother))
    born = residents.resident(
        office.session,
        father.household_number,
        made_by=residents.change(office.session, ChangeReason.BIRTH),
        **person("架空　二郎", "カクウ　ジロウ", dt.date(2026, 11, 20), Sex.MALE, "子", member_order=5),
    )
    [closed] = close_all(office)
    assert closed.headless
    assert office.latest(born).head_name is None
    assert office.latest(mother).relationship_to_head == "妻"


def test_another_head_was_settled_meanwhile(office: ChangeOffice, family: list[ResidentHistory]) -> None:
    """Then the household keeps the head that it has: the choice at the counter was for another state."""
    father, mother, son, daughter = family
    office.register(office.new_head(moving_out(office, father), mother))
    change = residents.change(office.session, ChangeReason.HEAD_CHANGE)
    for each, relationship in ((father, "父"), (mother, "母"), (son, "世帯主"), (daughter, "妹")):
        residents.next_snapshot(
            office.session, office.latest(each), change, head_name="架空　一郎",
            relationship_to_head=relationship,
        )  # fmt: skip
    [closed] = close_all(office)
    assert not closed.headless
    assert [office.latest(each).relationship_to_head for each in family] == ["父", "母", "世帯主", "妹"]
    assert {office.latest(each).head_name for each in family} == {"架空　一郎"}


def test_two_notifications_of_one_household_each_on_its_day(
    office: ChangeOffice, family: list[ResidentHistory]
) -> None:
    father, mother, son, daughter = family
    office.register(office.new_head(moving_out(office, father), mother))
    office.register(moving_out(office, son, moved_on="令和8年12月5日"))
    assert close_all(office)[0].numbers == (father.addressee_number,)
    assert office.latest(son).relationship_to_head == "子"
    assert office.latest(mother).relationship_to_head == "世帯主"
    assert close_all(office, dt.date(2026, 12, 5))[0].numbers == (son.addressee_number,)
    assert [
        each.addressee_number for each in history.household_members(office.session, mother.household_number)
    ] == [
        mother.addressee_number,
        daughter.addressee_number,
    ]


def test_several_notifications_on_one_day(office: ChangeOffice, family: list[ResidentHistory]) -> None:
    """Abroad and at home, both due when the batch ran late: each keeps its own 異動事由."""
    father, mother, son, daughter = family
    office.register(office.new_head(moving_out(office, father), mother))
    office.register(
        moving_out(office, son, moved_on="令和8年12月2日", planned_kind="abroad", planned_country="架空国",
                   planned_code="", planned_postal_code="")
    )  # fmt: skip
    [closed] = close_all(office, dt.date(2026, 12, 3))
    assert set(closed.numbers) == {father.addressee_number, son.addressee_number}
    reasons = {
        each.addressee_number: office.session.get_one(ResidentChange, office.latest(each).change_id).reason
        for each in (father, son)
    }
    assert reasons == {
        father.addressee_number: ChangeReason.MOVE_OUT_DOMESTIC,
        son.addressee_number: ChangeReason.MOVE_OUT_ABROAD,
    }
    assert [office.latest(each).removed_on for each in (father, son)] == [DAY, dt.date(2026, 12, 2)]
    assert office.latest(daughter).head_name == "架空　花子"


def test_who_notified_again_leaves_on_the_new_day(
    office: ChangeOffice, family: list[ResidentHistory]
) -> None:
    office.register(moving_out(office, *family))
    office.register(moving_out(office, *family, moved_on="令和8年12月8日"))
    assert close_all(office) == []
    assert len(close_all(office, dt.date(2026, 12, 8))[0].numbers) == 4


def test_a_record_taken_over_from_elsewhere_is_closed_too(
    office: ChangeOffice, family: list[ResidentHistory]
) -> None:
    """A 転出予定者 of the old system has a planned day, and no notification that this system knows."""
    change = residents.change(office.session, ChangeReason.CORRECT_EX_OFFICIO)
    for each in family:
        residents.next_snapshot(
            office.session, each, change, removal_occurred_on=DateValue.of(DAY),
            planned_destination="見本県隣市北町", removal_notified_on=dt.date(2026, 11, 1),
        )  # fmt: skip
    [closed] = close_all(office)
    assert len(closed.numbers) == 4
    row = office.latest(family[0])
    done = office.session.get_one(ResidentChange, row.change_id)
    assert (row.state, row.removed_on) == (ResidentState.MOVED_OUT, DAY)
    assert (done.notified_on, done.case_id) == (dt.date(2026, 11, 1), None)


def test_what_is_not_due_is_not_closed(office: ChangeOffice, family: list[ResidentHistory]) -> None:
    office.register(moving_out(office, *family))
    number = family[0].household_number
    with pytest.raises(NothingDue):
        close_household(office.session, SYSTEM, office.keyring, number, on=office.now.date(), now=office.now)
    with pytest.raises(ValueError, match="ahead"):
        close_household(office.session, SYSTEM, office.keyring, number, on=DAY, now=office.now)
    close_all(office)
    on_day = later(office, DAY)
    with pytest.raises(NothingDue):
        close_household(office.session, SYSTEM, office.keyring, number, on=DAY, now=on_day.now)


def test_an_open_case_does_not_hold_the_day_up(office: ChangeOffice, family: list[ResidentHistory]) -> None:
    """The law sets the day; whoever has the household open is told that it changed."""
    office.register(moving_out(office, family[0]))
    waiting = office.begin("move_within", family[1]).with_values(
        moved_on="令和8年11月20日", town="架空県架空市本町一丁目", lot="9番8号"
    )
    office.start(office.typed(waiting, family[1], relationship="世帯主"))
    assert len(close_all(office)) == 1
    assert "CH-E004" in later(office, DAY).codes(waiting)


@pytest.mark.parametrize(
    ("planned", "moved_in", "removed"),
    [
        (DAY, None, DAY),
        (DAY, DAY - dt.timedelta(1), DAY - dt.timedelta(1)),
        (DAY, DAY, DAY),
        (DAY, DAY + dt.timedelta(1), DAY),
    ],
)
def test_the_earlier_of_the_planned_day_and_the_day_of_the_move_in(
    planned: dt.date, moved_in: dt.date | None, removed: dt.date
) -> None:
    assert removal_day(DateValue.of(planned), moved_in) == removed


# ---- the batch, with real commits


def settle(session: Session, households: int) -> list[str]:
    """Households of two whose day was yesterday."""
    make_masters(session)
    numbers = []
    for place in range(households):
        notified = residents.change(
            session, ChangeReason.MOVE_OUT_DOMESTIC, processed_on=dt.date(2026, 4, 10),
            moved_on=DateValue.of(dt.date(2026, 4, 20)), notified_on=dt.date(2026, 4, 10),
        )  # fmt: skip
        people = residents.family(
            session,
            {"name": f"架空　{place}", "head_name": f"架空　{place}"},
            {"name": f"架空　妻{place}", "head_name": f"架空　{place}", "relationship_to_head": "妻"},
        )
        for each in people:
            residents.next_snapshot(
                session, each, notified, removal_occurred_on=DateValue.of(dt.date(2026, 4, 20)),
                planned_destination="見本県隣市北町",
            )  # fmt: skip
        numbers.append(people[0].household_number)
    return numbers


def run(settings: Settings, *arguments: str) -> Result:
    return CliRunner().invoke(root, ["move-out", "due", *arguments], obj=settings)


def gone(database: Database) -> int:
    with database.transaction() as session:
        query = select(ResidentHistory).where(
            ResidentHistory.is_latest, ResidentHistory.state == ResidentState.MOVED_OUT
        )
        return len(session.scalars(query).all())


def test_the_command_closes_and_says_so_and_logs(settings: Settings, database: Database) -> None:
    with database.transaction() as session:
        settle(session, 3)
    assert run(settings, "--on", "R8.4.19").output.endswith("0世帯、0人を消除しました。\n")
    first = run(settings)
    assert first.exit_code == 0, first.output
    assert "3世帯、6人を消除しました。" in first.output
    assert gone(database) == 6
    again = run(settings)
    assert (again.exit_code, "0世帯、0人" in again.output) == (0, True)
    with database.transaction() as session:
        entries = session.scalars(select(AuditEntry).where(AuditEntry.action == closing.ACTION)).all()
        assert [len(entry.subjects) for entry in entries] == [2, 2, 2]
        assert {entry.actor_name for entry in entries} == {"転出予定日の処理（バッチ）"}
        runs = session.scalars(select(AuditEntry).where(AuditEntry.action == "転出予定日の処理")).all()
        assert [entry.details["消除した人"] for entry in runs] == [0, 6, 0]


@pytest.mark.parametrize("day", ["きのう", "R9.4.1", "年月日不詳"])
def test_the_command_refuses_a_day_that_is_none_or_has_not_come(
    settings: Settings, database: Database, day: str
) -> None:
    assert run(settings, "--on", day).exit_code == 2
    assert gone(database) == 0


def test_one_household_that_fails_stops_no_other_and_stays_due(
    settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everything of the failing household is undone; the next run takes it up again."""
    with database.transaction() as session:
        numbers = settle(session, 3)
    whole = closing.write_plan

    def failing(session: Session, *arguments: object, **named: object) -> object:
        done = whole(session, *arguments, **named)  # type: ignore[arg-type]
        members = history.household_members(session, numbers[1])
        if not members:
            raise RuntimeError("架空　1")
        return done

    monkeypatch.setattr(closing, "write_plan", failing)
    broken = run(settings)
    assert broken.exit_code == 1
    assert "2世帯、4人" in broken.output and "1世帯を処理できませんでした" in broken.output
    assert "架空　1" not in broken.output
    assert gone(database) == 4
    with database.transaction() as session:
        assert due_households(session, TEST_MOMENT.date()) == [numbers[1]]
    monkeypatch.undo()
    assert "1世帯、2人" in run(settings).output
    assert gone(database) == 6


def test_two_runs_at_once_close_everybody_once(database: Database, keyring: Keyring) -> None:
    with database.transaction() as session:
        settle(session, 4)
    done: list[closing.Run] = []
    start = threading.Barrier(2)

    @contextmanager
    def transaction() -> Iterator[Session]:
        with database.transaction() as session:
            yield session

    def work() -> None:
        start.wait()
        done.append(run_due(transaction, SYSTEM, keyring, on=TEST_MOMENT.date(), now=TEST_MOMENT))

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(each.people for each in done) == 8
    assert [each.failed for each in done] == [(), ()]
    assert gone(database) == 8
    assert to_wareki(TEST_MOMENT.date()) == "令和8年11月24日"
