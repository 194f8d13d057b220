"""Every rare case the town must have is there (the list is in seed/special_households.toml)."""

from __future__ import annotations

import datetime as dt

import pytest

from residentapp.core.characters import character_length, split_characters
from residentapp.core.dates import DateKind
from residentapp.residents.types import ChangeReason, ForeignCategory, ResidentKind, ResidentState
from residentapp.seeding.told import Snapshot, Told
from tests.seeding.conftest import TODAY, Town


def last(told: Told, person: int = 0) -> Snapshot:
    return [one for change in told.changes for one in change.snapshots if one.person == person][-1]


def test_five_generations_live_under_one_roof(town: Town) -> None:
    told = town.special("五世代同居")
    words = [last(told, person).items["relationship_to_head"] for person in range(len(told.story.people))]
    assert words == [
        "世帯主", "子", "子の妻", "子の子", "子の子の妻", "子の子の子", "子の子の子の妻",
        "子の子の子の子", "子の子の子の子",
    ]  # fmt: skip
    assert [last(told, person).items["member_order"] for person in range(9)] == list(range(1, 10))
    assert last(told).items["birth_date"].writing == "大正15年12月25日"


@pytest.mark.requirement("RR-1.1.10", partial=True)
@pytest.mark.parametrize("label", ["世帯主の死亡で世帯主不在", "世帯主の転出で世帯主不在"])
def test_heads_are_absent(town: Town, label: str) -> None:
    told = town.special(label)
    assert not last(told, 0).items["state"].is_live
    for person in range(1, len(told.story.people)):
        items = last(told, person).items
        assert (items["head_name"], items["relationship_to_head"]) == (None, None)
        assert items["state"].is_live


@pytest.mark.requirement("CM-5.1", partial=True)
def test_the_address_of_the_protected_family_stands_nowhere_else(town: Town) -> None:
    told = town.special("支援措置対象の家族")
    protected = [last(told, person) for person in told.story.protected]
    assert len(protected) == 3
    assert {one.items["address"] for one in protected} == {"架空県架空市下之原77番地7"}
    assert {one.items["building"] for one in protected} == {"隠れ里荘207号室"}
    assert last(told, 0).items["household_number"] != protected[0].items["household_number"]
    numbers = {one.number for one in protected}
    for other in town.told:
        for change in other.changes:
            for snapshot in change.snapshots:
                text = f"{snapshot.items['address']}{snapshot.items['building']}{snapshot.remark}"
                if snapshot.number not in numbers:
                    assert "隠れ里荘" not in text
                    assert "下之原77番地7" not in text
    towns = [place for place in town.places.current if place.name == "下之原"]
    assert "77番地7" not in {writing for _, writing in town.places.lots(towns[0])}
    assert all("隠れ里荘" not in row.name for rows in town.places.buildings.values() for row in rows)


@pytest.mark.requirement("RR-1.1.2b", partial=True)
def test_all_kinds_of_foreign_residents_are_there(town: Town) -> None:
    kinds = {one.items["foreign_category"] for one in town.residents() if one.items["foreign_category"]}
    assert kinds == set(ForeignCategory)
    born = last(town.special("出生による経過滞在者"), 2)
    assert born.items["foreign_category"] is ForeignCategory.TRANSITIONAL_BIRTH
    assert born.items["birth_date"].sort == TODAY - dt.timedelta(days=20)


@pytest.mark.requirement("RR-1.1.8b", partial=True)
def test_all_patterns_of_unknown_dates_are_there(town: Town) -> None:
    patterns = {one.items["birth_date"].pattern for one in town.residents()}
    assert patterns >= set(range(1, 15))


@pytest.mark.requirement("RR-1.1.8a", "RR-1.1.8c", partial=True)
def test_impossible_and_double_dates_are_there(town: Town) -> None:
    child = last(town.special("暦にない生年月日"), 1)
    assert child.items["birth_date"].writing == "平成31年2月29日"
    assert child.items["birth_date"].kind is DateKind.NON_CALENDAR
    writings = {
        last(town.special(f"{text}生まれ")).items["birth_date"].writing
        for text in ("明治45年7月30日", "大正元年7月30日", "昭和元年12月25日")
    }
    assert writings == {"明治45年7月30日", "大正元年7月30日", "昭和元年12月25日"}
    death = last(town.special("死亡日の分からない死亡"))
    assert death.items["removal_occurred_on"].writing == "令和6年2月上旬"


def test_a_name_of_150_characters_is_there(town: Town) -> None:
    items = last(town.special("150文字の氏名")).items
    assert character_length(items["name_alphabet"]) == 150
    assert items["alias"] == "山田　真理亜"


@pytest.mark.requirement("CM-1.1", partial=True)
@pytest.mark.parametrize(
    ("label", "first"),
    [
        ("異体字 辻1", "辻\U000e0102"),
        ("異体字 辻2", "辻\U000e0103"),
        ("登録のない異体字", "辻\U000e0100"),
        ("異体字 葛", "葛\U000e0102"),
        ("追加面の漢字", "𠮷"),
        ("互換漢字", "\ufa19"),
        ("行政事務標準文字の追加文字", "\U0010de92"),
    ],
)
def test_rare_characters_are_kept_as_they_are(town: Town, label: str, first: str) -> None:
    assert split_characters(last(town.special(label)).items["name"])[0] == first


def test_ordinary_families_have_variants_too(town: Town) -> None:
    ordinary = [snapshot.items["name"] or "" for told, snapshot in town.latest() if not told.story.label]
    for character in ("髙", "﨑", "𠮷", "\U000e0102"):
        assert any(character in name for name in ordinary), character


@pytest.mark.requirement("RR-1.1.7a", "RR-1.1.7b", partial=True)
def test_former_names_and_aliases_come_and_go(town: Town) -> None:
    told = town.special("旧氏の記載・変更・削除")
    names = [
        one.items["former_name"] for change in told.changes for one in change.snapshots if one.person == 1
    ]
    assert names == [None, "住民", "辻\U000e0102", None, "住民"]
    alias = town.special("通称の記載と削除")
    states = [one.items["alias"] for change in alias.changes for one in change.snapshots]
    assert states == [None, "長谷　玉枝", None]
    assert "平成30年5月7日" in last(alias).items["previous_aliases"][0]


def test_nationality_lost_and_gained(town: Town) -> None:
    lost = town.special("国籍喪失による経過滞在者")
    assert [change.reason for change in lost.changes][1:] == [
        ChangeReason.REMOVE_NATIONALITY_LOSS,
        ChangeReason.RECORD_NATIONALITY_LOSS,
    ]
    assert last(lost).items["resident_kind"] is ResidentKind.FOREIGN
    gained = town.special("帰化")
    assert last(gained).items["resident_kind"] is ResidentKind.JAPANESE
    assert last(gained).items["residence_card_number"] is None


def test_removed_records_of_each_cause(town: Town) -> None:
    for label, state, reason in (
        ("除票 国内転出", ResidentState.MOVED_OUT, "転出"),
        ("除票 国外転出", ResidentState.MOVED_OUT, "転出"),
        ("除票 死亡", ResidentState.DEAD, "死亡"),
        ("除票 職権消除", ResidentState.REMOVED, "職権消除"),
    ):
        items = last(town.special(label)).items
        assert (items["state"], items["removal_reason"]) == (state, reason)


def test_people_about_to_leave_are_still_residents(town: Town) -> None:
    days = set()
    for number in (1, 2, 3):
        items = last(town.special(f"転出予定者{number}")).items
        assert items["state"] is ResidentState.RESIDENT
        assert items["planned_destination"]
        days.add((items["removal_occurred_on"].sort - TODAY).days)
    assert days == {0, 9, 25}


def test_unmarried_partners_lodgers_and_wards(town: Town) -> None:
    told = town.special("未届の夫婦と連れ子")
    assert [last(told, person).items["relationship_to_head"] for person in range(3)] == [
        "世帯主",
        "妻（未届）",
        "妻（未届）の子",
    ]
    told = town.special("同居人と縁故者")
    assert [last(told, person).items["relationship_to_head"] for person in range(3)] == [
        "世帯主",
        "同居人",
        "縁故者",
    ]
    assert last(town.special("成年被後見人")).items["adult_guardianship"] is True
