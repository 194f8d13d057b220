"""What bars an entry of the 統合記載欄, and how registered texts, adoptions and corrections of a 除票 are worded."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from residentapp.core.dates import DateValue
from residentapp.core.violations import Level
from residentapp.residents.remarks.rules import (
    CORRECTABLE,
    LONGEST,
    PLACES,
    Adoption,
    Days,
    NoteFacts,
    RemarkFacts,
    adoption_note,
    check_correction,
    check_remark,
    check_withdrawal,
    correction_note,
    fill_note,
    removal_entries,
    unknown_places,
)
from residentapp.residents.remarks.rules.registered import check_template
from residentapp.residents.types import ChangeReason, RemarkKind, ResidentState, Sensitivity

NOTE, REMARK, HISTORY = RemarkKind.NOTE, RemarkKind.REMARK, RemarkKind.HISTORY
LIVE, REMOVED = RemarkFacts(), RemarkFacts(removed=True)
#: A number whose check digit is right, and one whose is wrong.
NUMBER, NO_NUMBER = "123456789018", "123456789012"


def codes(found: list[Any]) -> list[str]:
    return [one.code for one in found]


@pytest.mark.parametrize(
    ("kind", "text", "facts", "found"),
    [
        (REMARK, "事実上の世帯主　架空　一郎", LIVE, []),
        (NOTE, "辻󠄂と𠮷を確認\n二行目", LIVE, []),
        (REMARK, "", LIVE, ["RM-E001"]),
        (REMARK, " 　\n", LIVE, ["RM-E001"]),
        (REMARK, "あ" * LONGEST, LIVE, []),
        (REMARK, "辻󠄂" * LONGEST, LIVE, []),
        (REMARK, "あ" * (LONGEST + 1), LIVE, ["RM-E002"]),
        (REMARK, "ｶﾀｶﾅ", LIVE, ["RM-E003"] * 4),
        (REMARK, "外字\ue000", LIVE, ["RM-E003"]),
        (REMARK, f"番号は{NUMBER}です", LIVE, ["RM-E004"]),
        (REMARK, f"番号は{NO_NUMBER}です", LIVE, []),
        (REMARK, "１２３４－５６７８－９０１８", LIVE, ["RM-E004"]),
        (REMARK, f"{NUMBER}0", LIVE, []),
        (REMARK, "2026-11-24から2026-11-25まで", LIVE, []),
        (NOTE, "転入前住所　{転入前住所}", LIVE, ["RM-E005"]),
        (NOTE, "正しい", REMOVED, ["RM-E006"]),
        (REMARK, "正しい", REMOVED, ["RM-E006"]),
        (REMARK, "正しい", RemarkFacts(change_level=Level.ERROR), ["RM-E010"]),
        (REMARK, "正しい", RemarkFacts(change_level=Level.ALERT), ["RM-A001"]),
        (REMARK, " 同じ ", RemarkFacts(in_force=frozenset({"同じ"})), ["RM-A002"]),
        (REMARK, "特別養子縁組", LIVE, ["RM-A003"]),
        (REMARK, "性別の変更あり", LIVE, ["RM-A003"]),
        (NOTE, "特別養子縁組", LIVE, []),
    ],
)
def test_what_may_be_recorded(kind: RemarkKind, text: str, facts: RemarkFacts, found: list[str]) -> None:
    assert codes(check_remark(kind, text, facts)) == found


def test_a_change_must_change_something() -> None:
    assert codes(check_remark(REMARK, "前と同じ", LIVE, old="前と同じ")) == ["RM-E007"]
    assert codes(check_remark(REMARK, "前と違う", LIVE, old="前と同じ")) == []


@pytest.mark.parametrize(
    ("kind", "withdrawn", "removed", "reason", "found"),
    [
        (REMARK, False, False, "申出", []),
        (NOTE, False, False, "誤記", []),
        (HISTORY, False, False, "誤記", ["RM-E020"]),
        (NOTE, True, False, "誤記", ["RM-E021"]),
        (NOTE, False, True, "誤記", ["RM-E022"]),
        (NOTE, False, False, "　", ["RM-E023"]),
        (NOTE, False, False, "ア" * (LONGEST + 1), ["RM-E024"]),
        (NOTE, False, False, "ｱ", ["RM-E024"]),
    ],
)
def test_what_may_be_withdrawn(
    kind: RemarkKind, withdrawn: bool, removed: bool, reason: str, found: list[str]
) -> None:
    assert (
        codes(check_withdrawal(kind, withdrawn=withdrawn, removed=removed, reason=reason, facts=LIVE))
        == found
    )


@pytest.mark.requirement("RR-1.1.5d", partial=True)
@pytest.mark.parametrize(
    ("column", "wrong", "right", "facts", "found"),
    [
        ("planned_destination", "見本市1番", "見本市2番", REMOVED, []),
        ("building", "", "荘1号", REMOVED, []),
        ("building", "荘1号", "", REMOVED, []),
        ("planned_destination", "見本市1番", "見本市2番", LIVE, ["RM-E030"]),
        ("individual_number_hash", "1", "2", REMOVED, ["RM-E031"]),
        ("", "1", "2", REMOVED, ["RM-E031"]),
        ("building", " ", "", REMOVED, ["RM-E032"]),
        ("building", "荘", "荘 ", REMOVED, ["RM-E033"]),
        ("building", "荘", NUMBER, REMOVED, ["RM-E004"]),
        ("building", "荘", "館", RemarkFacts(removed=True, change_level=Level.ERROR), ["RM-E010"]),
    ],
)
def test_what_may_be_corrected_on_a_removed_record(
    column: str, wrong: str, right: str, facts: RemarkFacts, found: list[str]
) -> None:
    assert codes(check_correction(column, wrong, right, facts)) == found


@pytest.mark.requirement("RR-1.1.5d", partial=True)
def test_a_correction_states_the_error_and_the_right_text() -> None:
    note = correction_note("planned_destination", "見本市1番", "見本市2番")
    assert note.text == "転出先住所（予定）の記載「見本市1番」は誤り　正しくは「見本市2番」"
    assert note.items == ("planned_destination",) and note.sensitivity is None
    assert correction_note("building", "", "荘").text == "方書の記載空欄は誤り　正しくは「荘」"
    assert correction_note("building", "荘", "").text == "方書の記載「荘」は誤り　正しくは空欄"
    assert correction_note("sex", "男", "女").sensitivity is Sensitivity.SEX_CHANGE
    assert correction_note("remarks", "あ", "い").items == ()
    with pytest.raises(KeyError):
        correction_note("individual_number_hash", "1", "2")


R = ChangeReason


@pytest.mark.requirement("RR-1.1.14e", partial=True)
@pytest.mark.parametrize("adoption", Adoption)
@pytest.mark.parametrize("reason", ChangeReason)
def test_an_adoption_is_linked_to_where_the_child_came_from_or_went(
    reason: ChangeReason, adoption: Adoption
) -> None:
    word = {Adoption.MADE: "特別養子縁組", Adoption.DISSOLVED: "特別養子縁組解消"}[adoption]
    # By 職権 too: a late notification of a move-out, somebody whom the office records or removes.
    if reason in (R.MOVE_OUT_DOMESTIC, R.MOVE_OUT_ABROAD, R.REMOVE_EX_OFFICIO):
        items = ("planned_destination", "confirmed_destination")
    elif reason in (R.MOVE_IN_DOMESTIC, R.MOVE_IN_ABROAD, R.RECORD_EX_OFFICIO):
        items = ("previous_address",)
    else:
        with pytest.raises(ValueError, match="no entry of an adoption"):
            adoption_note(reason, adoption)
        return
    note = adoption_note(reason, adoption)
    assert (note.text, note.items) == (word, items)
    assert note.sensitivity is not None and note.sensitivity.label == word


DAY = dt.date(2026, 4, 1)
FACTS = NoteFacts(
    before={"address": "架空市東町5番", "building": "荘2"},
    after={"previous_address": "途中市1番（未届）", "address": "架空市西町1番", "name": "架空　太郎"},
    moved_on=DateValue.of(DAY),
    days=Days(notified_on=DAY),
)


@pytest.mark.requirement("RR-1.1.14c", "RR-4.1.1.4", partial=True)
@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("未届転入　転入前住所（未届）　{転入前住所}", "未届転入　転入前住所（未届）　途中市1番（未届）"),
        ("{異動日}に{異動前住所}から{異動後住所}", "令和8年4月1日に架空市東町5番　荘2から架空市西町1番"),
        ("{氏名}　{届出日}", "架空　太郎　令和8年4月1日"),
        # What is not recorded stays to be written.
        ("{転出先住所（予定）}へ", "{転出先住所（予定）}へ"),
        ("{知らない所}", "{知らない所}"),
        ("差し込みなし", "差し込みなし"),
    ],
)
def test_places_are_filled_from_the_change(text: str, filled: str) -> None:
    assert fill_note(text, FACTS) == filled


def test_every_place_can_be_filled_or_left() -> None:
    for place in PLACES:
        empty = NoteFacts({}, {}, None)
        assert fill_note(f"{{{place}}}", empty) == f"{{{place}}}"
        assert unknown_places(f"{{{place}}}") == []


@pytest.mark.parametrize(
    ("text", "unknown"), [("{本籍}", ["本籍"]), ("{氏名", ["{"]), ("}{", ["}", "{"]), ("", [])]
)
def test_places_that_do_not_exist(text: str, unknown: list[str]) -> None:
    assert unknown_places(text) == unknown


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        ({}, []),
        ({"name": ""}, ["RT-E008"]),
        ({"name": "名" * 41}, ["RT-E009"]),
        ({"text": ""}, ["RT-E001"]),
        ({"text": "{本籍}"}, ["RT-E010"]),
        ({"items": ("resident_code_hash",)}, ["RT-E011"]),
        ({"position": None}, ["RT-E012"]),
        ({"position": 0}, ["RT-E012"]),
        ({"position": 100}, ["RT-E012"]),
        ({"valid_from": None}, ["RT-E013"]),
        ({"valid_to": DAY - dt.timedelta(days=1)}, ["RT-E014"]),
        ({"valid_to": DAY}, []),
        ({"taken": True}, ["RT-E015"]),
    ],
)
def test_what_bars_a_registered_text(changed: dict[str, Any], found: list[str]) -> None:
    entry: dict[str, Any] = {
        "name": "未届転入", "text": "転入前住所　{転入前住所}", "items": ("previous_address",), "position": 1,
        "valid_from": DAY, "valid_to": None, "taken": False,
    }  # fmt: skip
    assert codes(check_template(**entry | changed)) == found


@pytest.mark.requirement("RR-1.1.14d", "RR-1.1.5f", partial=True)
@pytest.mark.parametrize("state", ResidentState)
def test_a_removed_record_has_its_own_items_in_the_remarks(state: ResidentState) -> None:
    items = {
        "state": state, "removal_reason": "転出", "removal_occurred_on": DateValue.of(DAY),
        "planned_destination": "例示県見本市緑町2番", "confirmed_destination": "別の所",
    }  # fmt: skip
    lines = [entry.line for entry in removal_entries(items)]
    # Also of a 職権消除: a 転出 that was notified too late ends so and has a destination (RR-4.1.3.0.1b).
    expected = [
        "消除事由　転出",
        "転出先住所（予定）　例示県見本市緑町2番",
        "事由の生じた年月日　令和8年4月1日",
    ]
    assert lines == ([] if state.is_live else expected)


def test_blanks_of_a_removed_record_are_left_out() -> None:
    dead = {"state": ResidentState.DEAD, "removal_reason": "死亡", "planned_destination": None}
    assert [entry.line for entry in removal_entries(dead)] == ["消除事由　死亡"]


def test_numbers_are_never_written_into_texts() -> None:
    assert not {"individual_number_hash", "resident_code_hash"} & set(CORRECTABLE)
