"""異動の取消し (RR-4.6): rows that restore, for every kind of change, whole or part, also into changed households."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from sqlalchemy import select

from residentapp.core.dates import to_wareki
from residentapp.core.violations import Level
from residentapp.residents import history
from residentapp.residents.cases.types import Registered
from residentapp.residents.changes.forms import own_asks
from residentapp.residents.changes.spec import spec_of
from residentapp.residents.changes.types import ChangeEntry, Role
from residentapp.residents.models import IntegratedRemark, ResidentHistory
from residentapp.residents.removed_records import reader
from residentapp.residents.types import ChangeReason, ResidentState
from tests.residents.changes.elsewhere import NEIGHBOUR_TOWN, moving_out
from tests.residents.changes.office import ChangeOffice
from tests.residents.changes.test_move_within import NEW_ADDRESS
from tests.residents.changes.test_recording import WHERE
from tests.support.removed import removed, store

WHEN = {"moved_on": "令和8年11月24日"}
#: Numbers that the register gives anew; everything else has to be as before.
GIVEN = {"household_number"}


def items(office: ChangeOffice, person: ResidentHistory) -> dict[str, object]:
    return {
        name: value for name, value in history.items_of(office.latest(person)).items() if name not in GIVEN
    }


def cancellation(office: ChangeOffice, person: ResidentHistory) -> ChangeEntry:
    """The entry that cancels the last act of a person, as the page begins it."""
    return office.begin("cancel", person).with_values(**WHEN)


def only(entry: ChangeEntry, *people: ResidentHistory) -> ChangeEntry:
    """The entry with only these people ticked."""
    wanted = {person.addressee_number for person in people}
    return replace(
        entry,
        people=tuple(
            replace(person, role=Role.SUBJECT if person.number in wanted else Role.STAYING)
            for person in entry.people
        ),
    )


def reasons(office: ChangeOffice, registered: Registered) -> list[ChangeReason]:
    return [change.reason for change in office.changes(registered)]


def move_all(office: ChangeOffice, family: list[ResidentHistory]) -> Registered:
    return office.register(office.begin("move_within", *family).with_values(**NEW_ADDRESS))


@pytest.mark.requirement("RR-4.6.0.1b", "RR-4.6.0.1d")
def test_a_move_of_everybody_is_undone_into_a_new_household_at_the_former_address(
    office: ChangeOffice, family: list[ResidentHistory]
) -> None:
    before = [items(office, member) for member in family]
    moved = move_all(office, family)
    entry = cancellation(office, family[0])
    assert set(office.codes(entry)) == {"CX-A002"}

    registered = office.register(entry)

    [change] = office.changes(registered)
    assert change.reason is ChangeReason.CANCEL_CORRECTION
    assert change.cancels_change_id == moved.change_ids[0]
    assert [items(office, member) for member in family] == before
    # Nothing is deleted: the cancelled and the cancelling row both stay.
    assert [office.latest(member).history_number for member in family] == [3, 3, 3, 3]
    assert office.latest(family[0]).household_number not in (
        family[0].household_number,
        moved.household_number,
    )
    assert office.remarks(office.latest(family[0])) == ["転居（令和8年11月20日）を取消し"]


@pytest.mark.requirement("RR-4.6.0.1a", "RR-4.6.0.1d", partial=True)
def test_one_of_those_who_moved_returns_to_the_household_that_stayed(
    office: ChangeOffice, family: list[ResidentHistory]
) -> None:
    entry = office.begin("move_within", family[2], family[3]).with_values(**NEW_ADDRESS)
    entry = office.typed(entry, family[2], relationship="世帯主")
    entry = office.typed(entry, family[3], relationship="妹")
    before = items(office, family[3])
    office.register(entry)

    undo = only(cancellation(office, family[3]), family[3])
    assert office.codes(undo) == ["CX-A001"]
    office.register(undo)

    assert items(office, family[3]) == before
    assert office.latest(family[3]).household_number == family[0].household_number
    assert office.latest(family[2]).household_number != family[0].household_number


@pytest.mark.requirement("RR-4.6.0.1a", partial=True)
def test_an_act_of_two_changes_is_undone_as_one(office: ChangeOffice, family: list[ResidentHistory]) -> None:
    """The head moved out of the household and his wife became head: both are undone together."""
    before = [items(office, member) for member in family]
    entry = office.new_head(office.begin("move_within", family[0]).with_values(**NEW_ADDRESS), family[1])
    act = office.register(entry)

    undo = cancellation(office, family[2])
    assert len(undo.subjects) == 4
    assert office.codes(undo) == []
    registered = office.register(undo)

    assert [change.cancels_change_id for change in office.changes(registered)] == [
        act.change_ids[1],
        act.change_ids[0],
    ]
    assert [items(office, member) for member in family] == before
    assert {office.latest(member).household_number for member in family} == {family[0].household_number}


def test_part_of_such_an_act_needs_another_relationship(
    office: ChangeOffice, family: list[ResidentHistory]
) -> None:
    """Only he comes back: his wife is head now, so that he cannot be."""
    entry = office.new_head(office.begin("move_within", family[0]).with_values(**NEW_ADDRESS), family[1])
    office.register(entry)
    undo = only(cancellation(office, family[0]), family[0])
    assert "CX-E004" in office.codes(undo)
    undo = office.typed(undo, family[0], relationship="夫")
    assert office.codes(undo) == ["CX-A001"]
    office.register(undo)
    row = office.latest(family[0])
    assert (row.household_number, row.relationship_to_head) == (family[0].household_number, "夫")
    assert row.head_name == "架空　花子"


@pytest.mark.requirement("RR-4.6.0.1b", partial=True)
def test_what_came_later_has_to_be_cancelled_first(
    office: ChangeOffice, family: list[ResidentHistory]
) -> None:
    move_all(office, family)
    second = office.begin("move_within", *family).with_values(**{**NEW_ADDRESS, "lot": "10番1号"})
    office.register(second)
    entry = cancellation(office, family[0])
    acts = office.facts(entry).extra["undo"].acts
    assert [act.label.split("　")[0] for act in acts] == ["転居", "転居", "国内転入"]
    older = office.prepared(entry.with_values(change=acts[1].key))
    assert "CX-E003" in office.codes(older)

    office.register(entry)
    again = cancellation(office, family[0])
    assert [act.label.split("　")[0] for act in office.facts(again).extra["undo"].acts] == [
        "転居",
        "国内転入",
    ]
    office.register(again)
    assert office.latest(family[0]).address == family[0].address


def test_nothing_is_cancelled_twice(office: ChangeOffice, family: list[ResidentHistory]) -> None:
    move_all(office, family)
    first = cancellation(office, family[0])
    office.register(only(first, family[3]))
    rest = cancellation(office, family[0])
    assert "CX-E002" in office.codes(rest)
    rest = only(rest, *family[:3])
    assert "CX-E002" not in office.codes(rest)
    office.register(rest)
    assert {office.latest(member).address for member in family} == {family[0].address}


@pytest.mark.requirement("RR-4.6.0.1c", partial=True)
def test_a_move_in_is_undone_by_a_decrease(office: ChangeOffice, family: list[ResidentHistory]) -> None:
    entry = cancellation(office, family[0])
    assert office.codes(entry) == []
    registered = office.register(entry)
    assert reasons(office, registered) == [ChangeReason.CANCEL_DECREASE]
    row = office.latest(family[0])
    assert not row.state.is_live and row.removal_reason == "異動の取消し"
    assert row.removed_on is not None and row.removed_on.isoformat() == "2026-11-24"
    assert history.household_members(office.session, family[0].household_number) == []


def test_households_split_and_merged_come_back(office: ChangeOffice, family: list[ResidentHistory]) -> None:
    before = [items(office, member) for member in family]
    split = office.begin("household_split", family[2]).with_values(moved_on="令和8年11月20日")
    office.register(office.typed(split, family[2], relationship="世帯主"))
    office.register(cancellation(office, family[2]))
    assert [items(office, member) for member in family] == before
    head = office.new_head(
        office.begin("head_change", *family).with_values(moved_on="令和8年11月20日"), family[1]
    )
    office.register(head)
    office.register(cancellation(office, family[0]))
    assert [items(office, member) for member in family] == before


def test_returning_to_a_household_that_changed_meanwhile(
    office: ChangeOffice, family: list[ResidentHistory]
) -> None:
    """He left; then his sister's place was filled and another became head: he finds the household as it is."""
    away = office.begin("move_within", family[2]).with_values(**NEW_ADDRESS)
    office.register(office.typed(away, family[2], relationship="世帯主"))
    stay = [family[0], family[1], family[3]]
    head = office.begin("head_change", *stay).with_values(moved_on="令和8年11月21日")
    office.register(office.new_head(head, family[1]))

    office.register(cancellation(office, family[2]))

    row = office.latest(family[2])
    assert (row.household_number, row.head_name, row.relationship_to_head) == (
        family[0].household_number,
        "架空　花子",
        "子",
    )
    members = history.household_members(office.session, family[0].household_number)
    assert len({member.member_order for member in members}) == 4


@pytest.mark.requirement("RR-4.6.1.1")
def test_a_cancellation_says_on_which_application_it_followed(
    office: ChangeOffice, family: list[ResidentHistory]
) -> None:
    """申出日 starts as the 処理日, another one can be entered; change and record tell of the 申出."""
    move_all(office, family)
    entry = cancellation(office, family[0])
    assert entry.text("applied_on") == to_wareki(office.now.date())
    assert "CH-E014" in office.codes(entry.with_values(applied_on="令和8年11月25日"))

    entry = entry.with_values(moved_on="令和8年11月20日", applied_on="令和8年11月22日")
    [change] = office.changes(office.register(entry))

    assert change.applied_on == dt.date(2026, 11, 22)
    row = office.latest(family[0])
    query = select(IntegratedRemark.text).where(
        IntegratedRemark.addressee_number == row.addressee_number,
        IntegratedRemark.history_number == row.history_number,
    )
    assert [text for text in office.session.scalars(query) if "令和8年11月22日申出" in text]


@pytest.mark.requirement("RR-4.6.0.1b", partial=True)
@pytest.mark.parametrize(
    ("applied", "code"), [("", None), ("きのう", "CH-E011"), ("令和9年1月1日", "CH-E014")]
)
def test_the_office_cancels_its_own_mistake_without_an_application(
    office: ChangeOffice, family: list[ResidentHistory], applied: str, code: str | None
) -> None:
    """Only a cancellation on an 申出 has its day; one that is written has to be right."""
    move_all(office, family)
    entry = cancellation(office, family[0]).with_values(applied_on=applied)
    assert (code in office.codes(entry)) is (code is not None)
    if code is None:
        [change] = office.changes(office.register(entry))
        assert (change.reason, change.applied_on) == (ChangeReason.CANCEL_CORRECTION, None)
        assert "申出" not in "".join(office.remarks(office.latest(family[0])))


@pytest.mark.requirement("RR-4.6.0.1f")
def test_no_cancellation_is_a_special_one(office: ChangeOffice, family: list[ResidentHistory]) -> None:
    """Neither a 転出 past its day nor a 転入通知 gives an alert; no field or word speaks of 虚偽, no row is a 改製."""
    son, daughter = family[2], family[3]
    before = items(office, son)
    office.register(moving_out(office, son, moved_on="令和8年11月20日"))
    notice = office.begin("move_in_notice", office.latest(son)).with_values(
        moved_on="令和8年11月21日",
        noticed_on="令和8年11月24日",
        confirmed_town="見本県隣市北町",
        confirmed_code=NEIGHBOUR_TOWN,
    )
    office.register(notice)
    done = []
    for what in ("転入通知", "転出"):
        entry = cancellation(office, son)
        alerts = [each.code for each in office.findings(entry) if each.level is not Level.ERROR]
        assert alerts == [], what
        done += reasons(office, office.register(entry))
    assert done == [ChangeReason.CANCEL_CORRECTION, ChangeReason.CANCEL_INCREASE]
    assert items(office, son) == before

    spec = spec_of("cancel")
    asks = [*own_asks(spec), *spec.person_asks]
    assert not any("虚偽" in f"{ask.label}{ask.hint}{ask.choices}" for ask in asks)
    texts = office.session.scalars(select(IntegratedRemark.text)).all()
    assert texts and not any("虚偽" in text for text in texts)
    assert office.latest(daughter).history_number == 1


@pytest.mark.requirement("RR-4.6.0.1e")
def test_what_is_kept_restores_itself_and_what_is_stored_away_is_entered_anew(
    office: ChangeOffice, family: list[ResidentHistory]
) -> None:
    before = items(office, family[3])
    office.register(office.begin("death", family[3]).with_values(moved_on="令和8年11月20日"))
    assert office.latest(family[3]).state is ResidentState.DEAD
    office.register(cancellation(office, family[3]))
    assert items(office, family[3]) == before, "nothing was typed but the day"

    gone = removed(office.session, name="誤消　除太", name_kana="ゴショウ　ジョタ", head_name="誤消　除太")
    store(office.session, gone)
    record = reader.record_of(office.session, gone.addressee_number)
    assert record is not None and record.archived
    was = record.snapshots[0]
    entry = office.begin("record_ex_officio").with_values(**WHERE)
    [person] = entry.subjects
    entry = office.typed(
        entry,
        person.key,
        name=was.name or "",
        name_kana=was.name_kana or "",
        birth_date=was.birth_date.wareki,
        sex=was.sex.value,
        relationship=was.relationship_to_head or "",
        registered_domicile=was.registered_domicile or "",
        register_head=was.register_head or "",
        previous_address=was.previous_address or "不明",
    )
    registered = office.register(entry)
    restored = office.latest(registered.numbers[0])
    assert restored.state is ResidentState.RESIDENT
    for name in ("name", "name_kana", "birth_date", "sex", "registered_domicile", "register_head"):
        assert getattr(restored, name) == getattr(was, name), name
    still = reader.record_of(office.session, gone.addressee_number)
    assert still is not None and still.archived
