"""異動の取消し (RR-4.6): rows that restore, for every kind of change, whole or part, also into changed households."""

from __future__ import annotations

from dataclasses import replace

import pytest

from residentapp.residents import history
from residentapp.residents.cases.types import Registered
from residentapp.residents.changes.types import ChangeEntry, Role
from residentapp.residents.models import ResidentHistory
from residentapp.residents.types import ChangeReason
from tests.residents.changes.office import ChangeOffice
from tests.residents.changes.test_move_within import NEW_ADDRESS

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
