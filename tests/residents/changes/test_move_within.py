"""転居 (法第23条, RR-4.1.2.1) on the whole road, and what it does to the household that is left (RR-4.0.2, 4.0.4)."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from residentapp.core.dates import to_wareki
from residentapp.residents import history
from residentapp.residents.cases.errors import EntryRefused, OwnApproval
from residentapp.residents.changes.types import ChangeEntry, Role
from residentapp.residents.locks import Locked
from residentapp.residents.models import ResidentHistory
from residentapp.residents.types import ChangeReason
from tests.residents.changes.office import ChangeOffice
from tests.residents.move_in.cases import TOWN_CODE
from tests.support import residents

NEW_ADDRESS = {
    "moved_on": "令和8年11月20日",
    "town": "架空県架空市本町一丁目",
    "lot": "9番8号",
    "building": "新荘202号",
    "address_code": TOWN_CODE,
    "postal_code": "000-0001",
}


def whole(office: ChangeOffice, family: list[ResidentHistory]) -> ChangeEntry:
    """The whole family moves."""
    return office.begin("move_within", *family).with_values(**NEW_ADDRESS)


def test_a_whole_family_moves(office: ChangeOffice, family: list[ResidentHistory]) -> None:
    entry = whole(office, family)
    assert office.codes(entry) == []

    registered = office.register(entry)

    [change] = office.changes(registered)
    assert change.reason is ChangeReason.MOVE_WITHIN
    assert change.moved_on is not None and change.moved_on.iso == "2026-11-20"
    assert (change.notified_on, change.processed_on) == (office.now.date(), office.now.date())
    rows = [office.latest(member) for member in family]
    assert {row.household_number for row in rows} == {registered.household_number}
    assert registered.household_number != family[0].household_number
    assert {(row.address, row.building, row.postal_code) for row in rows} == {
        ("架空県架空市本町一丁目9番8号", "新荘202号", "0000001")
    }
    assert [row.relationship_to_head for row in rows] == ["世帯主", "妻", "子", "子"]
    assert {row.head_name for row in rows} == {"架空　太郎"}
    assert {row.address_set_on.iso for row in rows if row.address_set_on} == {"2026-11-20"}
    # 住民となった年月日 is not touched by a move inside the municipality.
    assert {row.became_resident_on for row in rows} == {family[0].became_resident_on}
    assert office.remarks(rows[0]) == ["架空県架空市本町一丁目2番3号から転居"]
    assert history.household_members(office.session, family[0].household_number) == []


def test_nothing_is_touched_before_the_approval(office: ChangeOffice, family: list[ResidentHistory]) -> None:
    office.provisional(whole(office, family))
    assert office.latest(family[0]).history_number == 1
    assert office.latest(family[0]).address == "架空県架空市本町一丁目2番3号"


def test_the_head_leaves_and_a_new_one_is_named(office: ChangeOffice, family: list[ResidentHistory]) -> None:
    father, mother, son, daughter = family
    entry = office.begin("move_within", father).with_values(**NEW_ADDRESS)
    assert "CH-A040" in office.codes(entry)
    entry = office.new_head(entry, mother)
    assert office.codes(entry) == []

    registered = office.register(entry)

    moved, named = office.changes(registered)
    assert (moved.reason, named.reason) == (ChangeReason.MOVE_WITHIN, ChangeReason.HEAD_CHANGE)
    rows = [office.latest(each) for each in (mother, son, daughter)]
    assert [row.relationship_to_head for row in rows] == ["世帯主", "子", "子"]
    assert {row.head_name for row in rows} == {"架空　花子"}
    assert {row.household_number for row in rows} == {father.household_number}
    assert {row.address for row in rows} == {father.address}
    assert office.latest(father).head_name == "架空　太郎"


def test_the_head_leaves_and_nobody_follows(office: ChangeOffice, family: list[ResidentHistory]) -> None:
    """RR-1.1.10: a household may be without a head; 続柄 stay as they were until one is set."""
    entry = office.begin("move_within", family[0]).with_values(**NEW_ADDRESS)

    registered = office.register(entry)

    assert [change.reason for change in office.changes(registered)] == [
        ChangeReason.MOVE_WITHIN,
        ChangeReason.CORRECT_EX_OFFICIO,
    ]
    rows = [office.latest(member) for member in family[1:]]
    assert [row.head_name for row in rows] == [None, None, None]
    assert [row.relationship_to_head for row in rows] == ["妻", "子", "子"]


def test_into_an_existing_household(
    office: ChangeOffice, family: list[ResidentHistory], lodging: ResidentHistory
) -> None:
    """Who joins goes last and gets the household's address (RR-5.2e)."""
    son = family[2]
    entry = office.begin("move_within", son).with_values(moved_on="令和8年11月20日")
    entry = office.join(entry, lodging.household_number)
    entry = office.typed(entry, son, relationship="縁故者")
    assert office.codes(entry) == []

    office.register(entry)

    row = office.latest(son)
    assert (row.household_number, row.member_order) == (lodging.household_number, 2)
    assert (row.address, row.building) == (lodging.address, lodging.building)
    assert (row.relationship_to_head, row.head_name) == ("縁故者", "別所　独")
    assert office.latest(family[0]).history_number == 1


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"moved_on": ""}, "CH-E010"),
        ({"moved_on": "令和8年11月31日"}, "CH-E011"),
        ({"moved_on": "令和8年11月25日"}, "CH-E012"),
        ({"moved_on": "年月日不詳"}, "CH-E011"),
        ({"notified_on": ""}, "CH-E013"),
        ({"notified_on": "令和8年11月25日"}, "CH-E014"),
        ({"notified_on": "令和8年11月19日"}, "CH-E015"),
        ({"town": ""}, "CH-E020"),
        ({"town": "東京都新宿区西新宿"}, "CH-E021"),
        ({"postal_code": "123"}, "CH-E022"),
        ({"town": "架空県架空市知らない町"}, "CH-A021"),
        ({"lot": ""}, "CH-A020"),
        ({"moved_on": "令和7年11月24日"}, "CH-A011"),
        ({"moved_on": "令和8年3月31日"}, "CH-A012"),
        ({"lot": "2番3号", "building": ""}, "MW-E001"),
        ({"lot": "2番3号"}, "MW-A001"),
        ({"notes": "あ" * 501}, "CH-E051"),
        ({"notifier": "架空\u200b太郎"}, "CH-E052"),
    ],
)
def test_what_the_change_itself_may_not_say(
    office: ChangeOffice, family: list[ResidentHistory], values: dict[str, str], code: str
) -> None:
    assert code in office.codes(whole(office, family).with_values(**values))


@pytest.mark.parametrize(
    ("moved", "late"),
    # 14 days, the first not counted; 21 to 23 November are closed: the 24th is in time for the 7th.
    [(dt.date(2026, 11, 8), False), (dt.date(2026, 11, 7), False), (dt.date(2026, 11, 6), True)],
)
def test_the_period_for_the_notification(
    office: ChangeOffice, family: list[ResidentHistory], moved: dt.date, late: bool
) -> None:
    entry = whole(office, family).with_values(moved_on=to_wareki(moved))
    assert ("CH-A010" in office.codes(entry)) is late


def test_who_may_not_move(office: ChangeOffice, family: list[ResidentHistory]) -> None:
    nobody = whole(office, family)
    nobody = replace(nobody, people=tuple(replace(person, role=Role.STAYING) for person in nobody.people))
    assert office.codes(nobody)[0] == "CH-E001"
    two_heads = office.typed(whole(office, family), family[1], relationship="世帯主")
    assert "CH-E034" in office.codes(two_heads)
    grandson = office.typed(whole(office, family), family[2], relationship="孫")
    assert "CH-E036" in office.codes(grandson)
    headless = office.typed(whole(office, family), family[0], relationship="")
    assert {"CH-A030", "CH-A031"} <= set(office.codes(headless))
    child_head = office.begin("move_within", family[3]).with_values(**NEW_ADDRESS)
    assert "CH-A036" in office.codes(office.typed(child_head, family[3], relationship="世帯主"))


def test_a_record_that_changed_meanwhile(office: ChangeOffice, family: list[ResidentHistory]) -> None:
    entry = whole(office, family)
    change = residents.change(office.session, ChangeReason.CORRECT_EX_OFFICIO)
    residents.next_snapshot(office.session, family[3], change, name_kana="カクウ　サクラコ")
    assert "CH-E004" in office.codes(entry)


def test_the_approval_sees_todays_register(office: ChangeOffice, family: list[ResidentHistory]) -> None:
    case = office.provisional(whole(office, family))
    change = residents.change(office.session, ChangeReason.CORRECT_EX_OFFICIO)
    residents.next_snapshot(office.session, family[3], change, name_kana="カクウ　サクラコ")
    with pytest.raises(EntryRefused):
        office.approve(case)
    assert office.latest(family[0]).history_number == 1


def test_two_counters_at_one_household(
    office: ChangeOffice, family: list[ResidentHistory], lodging: ResidentHistory
) -> None:
    """The household is held from the first entry to its approval (RR-10.3c)."""

    office.provisional(whole(office, family))
    other = replace(office, clerk=office.approver)
    with pytest.raises(Locked):
        other.start(office.begin("move_within", family[2]).with_values(**NEW_ADDRESS))
    entry = office.join(
        other.begin("move_within", lodging).with_values(moved_on="令和8年11月20日"),
        family[0].household_number,
    )
    with pytest.raises(Locked):
        other.start(entry)


@pytest.mark.parametrize(
    ("provisional", "to_do"), [(False, "続けるか取り下げて"), (True, "引き戻すか、決裁を待って")]
)
def test_who_stands_in_the_own_way_is_told_where_to_go_on(
    office: ChangeOffice, family: list[ResidentHistory], provisional: bool, to_do: str
) -> None:
    if provisional:
        office.provisional(whole(office, family))
    else:
        office.start(whole(office, family))
    with pytest.raises(Locked) as locked:
        office.start(whole(office, family))
    assert "あなたの別の" in str(locked.value) and to_do in str(locked.value)
    assert office.clerk.name not in str(locked.value)
    with pytest.raises(Locked, match=office.clerk.name):
        replace(office, clerk=office.approver).start(whole(office, family))


def test_a_household_joined_must_exist(office: ChangeOffice, family: list[ResidentHistory]) -> None:
    entry = office.begin("move_within", family[2]).with_values(moved_on="令和8年11月20日", scope="part")
    assert "CH-E030" in office.codes(entry)
    assert "CH-E031" in office.codes(entry.with_values(target_household="9999999999"))
    assert "CH-E033" in office.codes(entry.with_values(target_household=family[0].household_number))


def test_the_enterer_may_not_approve(office: ChangeOffice, family: list[ResidentHistory]) -> None:
    case = office.provisional(whole(office, family))
    with pytest.raises(OwnApproval):
        replace(office, approver=replace(office.approver, user_id=office.clerk.user_id)).approve(case)
