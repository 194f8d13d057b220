"""Type A of the 統合記載欄: one wording for all classes, no value that a certificate may leave out."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from residentapp.core.dates import DateField, DateValue, parse_date
from residentapp.residents.remarks.rules import (
    ARTICLE_30_46,
    ARTICLE_30_47,
    Days,
    history_matter,
    history_text,
    sensitivity_of_change,
    sensitivity_of_text,
    without_days,
)
from residentapp.residents.types import ChangeReason, ResidentKind, ResidentState, Sensitivity, Sex

R = ChangeReason
DAY = dt.date(2026, 4, 1)
HERE = {
    "address": "架空県架空市東町5番地6", "building": "葛󠄂ビル203", "name": "架空　太郎", "sex": Sex.MALE,
    "state": ResidentState.RESIDENT, "resident_kind": ResidentKind.JAPANESE,
    "registered_domicile": "架空県架空市本町1番",
    "head_name": "架空　一郎", "relationship_to_head": "子", "name_kana": "カクウ　タロウ",
}  # fmt: skip
LEFT = HERE | {
    "state": ResidentState.MOVED_OUT, "planned_destination": "例示県見本市緑町2番", "removal_reason": "転出",
}  # fmt: skip
CONFIRMED = LEFT | {"confirmed_destination": "例示県見本市青町3番", "moved_out_on": dt.date(2026, 4, 2)}

#: Reason, items before, items changed, more of the change, and what the record says.
MATTERS: list[tuple[ChangeReason, dict[str, Any] | None, dict[str, Any], dict[str, Any], str]] = [
    (R.MOVE_IN_DOMESTIC, None, {"previous_address": "東京都架空区一丁目14番"}, {}, "東京都架空区一丁目14番から転入"),
    (R.MOVE_IN_DOMESTIC, None, {"previous_address": "例示県途中市1番（未届）"}, {}, "例示県途中市1番（未届）から転入"),
    (R.MOVE_IN_DOMESTIC, None, {}, {}, "転入"),
    (R.MOVE_IN_ABROAD, None, {"previous_address": "アメリカ合衆国"}, {}, "アメリカ合衆国から転入"),
    (R.MOVE_IN_ABROAD, None, {}, {"article": ARTICLE_30_46}, "転入（法第30条の46）"),
    (R.MOVE_IN_ABROAD, None, {}, {"article": ARTICLE_30_47}, "中長期在留者等となったため記載（法第30条の47）"),
    (R.BIRTH, None, {}, {}, "出生により記載"),
    (R.RECORD_NATURALISATION, None, {}, {}, "帰化等につき職権により記載"),
    (R.RECORD_NATURALISATION, None, {}, {"cause": "国籍取得"}, "国籍取得につき職権により記載"),
    (R.RECORD_NATIONALITY_LOSS, None, {}, {}, "国籍喪失につき職権により記載"),
    (R.RECORD_EX_OFFICIO, None, {"previous_address": "不明"}, {}, "職権により記載　転入前住所　不明"),
    (R.RECORD_EX_OFFICIO, None, {}, {"cause": "住所設定"}, "住所設定につき職権により記載"),
    (R.RECORD_REBUILD, HERE, {}, {}, "改製により記載"),
    (R.RECORD_RECONSTRUCTION, HERE, {}, {}, "再製により記載"),
    (R.CANCEL_INCREASE, LEFT, {}, {"cancelled": R.MOVE_OUT_DOMESTIC}, "国内転出の取消しにより回復"),
    (R.CANCEL_INCREASE, LEFT, {}, {}, "異動の取消しにより回復"),
    (R.MOVE_OUT_DOMESTIC, HERE, LEFT, {}, "例示県見本市緑町2番へ転出"),
    (R.MOVE_OUT_DOMESTIC, HERE, LEFT | {"state": ResidentState.RESIDENT}, {}, "例示県見本市緑町2番へ転出予定"),
    (R.MOVE_OUT_DOMESTIC, HERE, LEFT | {"planned_destination": None}, {}, "転出"),
    (
        R.MOVE_OUT_DOMESTIC, LEFT, CONFIRMED, {},
        "転入通知により例示県見本市青町3番への転出を確認（令和8年4月2日転出）",
    ),
    (R.MOVE_OUT_ABROAD, HERE, LEFT | {"planned_destination": "カナダ"}, {}, "カナダへ国外転出"),
    (R.DEATH, HERE, {"state": ResidentState.DEAD}, {}, "死亡により消除"),
    (R.REMOVE_NATURALISATION, HERE, {}, {"cause": "帰化"}, "帰化につき職権により消除"),
    (R.REMOVE_NATIONALITY_LOSS, HERE, {}, {}, "国籍喪失につき職権により消除"),
    (R.REMOVE_EX_OFFICIO, HERE, {}, {}, "職権により消除"),
    (R.REMOVE_EX_OFFICIO, HERE, {}, {"cause": "失踪宣告"}, "失踪宣告につき職権により消除"),
    (R.REMOVE_REBUILD, HERE, {}, {}, "改製により消除"),
    (R.REMOVE_RECONSTRUCTION, HERE, {}, {}, "再製により消除"),
    (R.CANCEL_DECREASE, HERE, {}, {"cancelled": R.MOVE_IN_DOMESTIC}, "国内転入の取消しにより消除"),
    (R.MOVE_WITHIN, HERE, {"address": "架空県架空市神明1番"}, {}, "架空県架空市東町5番地6　葛󠄂ビル203から転居"),
    (
        R.MINOR_CORRECTION, HERE, {"address": "架空県架空市東町一丁目5番6号"}, {},
        "軽微な修正　住所「架空県架空市東町5番地6」を「架空県架空市東町一丁目5番6号」に修正",
    ),
    (R.CORRECT_EX_OFFICIO, HERE, {"name": "架空　次郎"}, {}, "職権により氏名「架空　太郎」を「架空　次郎」に修正"),
    (
        R.CORRECT_EX_OFFICIO, HERE,
        {"building": None, "registered_domicile": "架空県架空市西町2番", "head_name": None}, {},
        "職権により方書「葛󠄂ビル203」を削除、世帯主・本籍を修正",
    ),
    (R.CORRECT_EX_OFFICIO, HERE, {"name_kana": "カクウ　タロオ"}, {}, "職権により氏名の振り仮名を修正"),
    (R.CORRECT_EX_OFFICIO, HERE, {"sex": Sex.FEMALE}, {}, "職権により性別の変更"),
    (R.CORRECT_ERROR, HERE, {"sex": Sex.FEMALE}, {}, "誤記につき性別を修正"),
    (R.CORRECT_ERROR, HERE | {"building": None}, {"building": "荘1号"}, {}, "誤記につき方書「荘1号」を記載"),
    (R.CORRECT_ERROR, HERE, {}, {}, "誤記につき修正"),
    (R.NUMBER_CHANGE_ON_REQUEST, HERE, {"individual_number_hash": b"2"}, {}, "請求により個人番号を変更"),
    (R.NUMBER_CORRECT_EX_OFFICIO, HERE, {}, {}, "職権により個人番号を修正"),
    (R.NUMBER_RECORD_EX_OFFICIO, HERE, {}, {}, "職権により個人番号を記載"),
    (R.RESIDENT_CODE_CHANGE_ON_REQUEST, HERE, {}, {}, "請求により住民票コードを変更"),
    (R.RESIDENT_CODE_RECORD_EX_OFFICIO, HERE, {}, {}, "職権により住民票コードを記載"),
    (R.HOUSEHOLD_SPLIT, HERE, {"head_name": "架空　太郎", "relationship_to_head": "世帯主"}, {}, "世帯分離"),
    (R.HOUSEHOLD_MERGE, HERE, {}, {}, "世帯合併"),
    (R.HOUSEHOLD_CHANGE, HERE, {}, {}, "世帯変更"),
    (R.HEAD_CHANGE, HERE, {"head_name": "架空　太郎"}, {}, "世帯主変更"),
    (R.FORMER_NAME_RECORD, HERE, {"former_name": "渡邉󠄏"}, {}, "旧氏「渡邉󠄏」を記載"),
    (
        R.FORMER_NAME_CHANGE, HERE | {"former_name": "渡辺"}, {"former_name": "渡邉󠄏"}, {},
        "旧氏「渡辺」を「渡邉󠄏」に変更",
    ),
    (R.FORMER_NAME_DELETE, HERE | {"former_name": "渡辺"}, {"former_name": None}, {}, "旧氏「渡辺」を削除"),
    (R.ALIAS_RECORD, HERE, {"alias": "住民　玉子"}, {}, "通称「住民　玉子」を記載"),
    (R.ALIAS_DELETE, HERE | {"alias": "住民　玉子"}, {"alias": None}, {}, "通称「住民　玉子」を削除"),
    (R.CANCEL_CORRECTION, HERE, {}, {"cancelled": R.MOVE_WITHIN}, "転居の取消しにより修正"),
]  # fmt: skip


@pytest.mark.requirement("RR-1.1.14b", partial=True)
@pytest.mark.parametrize(("reason", "before", "changed", "more", "said"), MATTERS)
def test_each_change_has_its_wording(
    reason: ChangeReason,
    before: dict[str, Any] | None,
    changed: dict[str, Any],
    more: dict[str, Any],
    said: str,
) -> None:
    assert history_matter(reason, before, (before or {}) | changed, **more) == said


def test_the_table_above_has_every_class() -> None:
    assert {case[0] for case in MATTERS} == set(ChangeReason)


@pytest.mark.parametrize(
    ("moved_on", "days", "said"),
    [
        (DateValue.of(DAY), Days(DAY), "令和8年4月1日　転入　同日届出"),
        (DateValue.of(DAY), Days(DAY + dt.timedelta(days=1)), "令和8年4月1日　転入　令和8年4月2日届出"),
        (DateValue.of(DAY), Days(), "令和8年4月1日　転入"),
        (None, Days(DAY), "転入　令和8年4月1日届出"),
        (
            DateValue.of(DAY), Days(applied_on=DAY, noticed_on=dt.date(2026, 4, 3)),
            "令和8年4月1日　転入　同日申出　令和8年4月3日通知",
        ),
        (DateValue.of(DAY), Days(requested_on=DAY), "令和8年4月1日　転入　同日請求"),
        # An unknown day is written as it was entered, and no day is the same as it.
        (parse_date("令和8年4月頃", DateField.EVENT), Days(DAY), "令和8年4月頃　転入　令和8年4月1日届出"),
        (parse_date("平成31年2月29日", DateField.EVENT), Days(), "平成31年2月29日　転入"),
    ],
)  # fmt: skip
def test_the_days_stand_around_the_matter(moved_on: DateValue | None, days: Days, said: str) -> None:
    text = history_text(R.MOVE_IN_DOMESTIC, None, {}, moved_on, days=days)
    assert text == said
    assert without_days(text, moved_on, days) == "転入"


def test_other_texts_keep_their_days() -> None:
    said = "昭和60年3月1日　むかしの書き方"
    assert without_days(said, DateValue.of(DAY), Days(DAY)) == said


#: Items that a certificate may leave out or a clerk may have no right to (RR-5.1, RR-5.3b, RR-10.4a), with a value.
_KEPT_BACK = {
    "head_name": "秘　一郎", "relationship_to_head": "秘続柄", "registered_domicile": "秘本籍",
    "register_head": "秘筆頭",
    "nationality": "秘国", "residence_status": "秘資格", "residence_period": "秘期間",
    "residence_expires_on": dt.date(2099, 9, 9), "residence_card_number": "HI12345678HI",
    "special_permanent_number": "HI87654321HI", "name_kana": "ヒミツ", "former_name_kana": "ヒミツ",
    "alias_kana": "ヒミツ",
    "individual_number_hash": b"himitsu", "resident_code_hash": b"himitsu", "pension_number": "秘年金",
    "planned_destination": "秘転出先", "confirmed_destination": "秘転出先", "household_number": "秘世帯",
}  # fmt: skip


@pytest.mark.requirement("RR-5.1a", "RR-5.1b", "RR-5.3b", "RR-10.4a", partial=True)
@pytest.mark.parametrize("reason", [one for one in ChangeReason if "MOVE_OUT" not in one.name])
@pytest.mark.parametrize("way", ["recorded", "changed", "deleted"])
def test_no_wording_quotes_what_may_be_left_out(reason: ChangeReason, way: str) -> None:
    other = {column: "別の値" for column in _KEPT_BACK}
    before = HERE | (other if way == "changed" else _KEPT_BACK if way == "deleted" else {})
    after = HERE | (dict.fromkeys(_KEPT_BACK) if way == "deleted" else _KEPT_BACK)
    text = history_text(reason, before, after, DateValue.of(DAY))
    for secret in ("秘", "ヒミツ", "himitsu", "HI1", "HI8", "2099", "令和81", "別の値"):
        assert secret not in text, (reason, text)


def test_a_foreign_residents_birth_date_is_in_seireki() -> None:
    before = HERE | {"resident_kind": ResidentKind.FOREIGN, "birth_date": DateValue.of(dt.date(1998, 7, 9))}
    after = before | {"birth_date": DateValue.of(dt.date(1998, 7, 8))}
    assert "「1998年7月9日」を「1998年7月8日」" in history_matter(R.CORRECT_ERROR, before, after)
    japanese = {"resident_kind": ResidentKind.JAPANESE}
    assert "「平成10年7月9日」" in history_matter(R.CORRECT_ERROR, before | japanese, after | japanese)


@pytest.mark.requirement("RR-1.1.4b", partial=True)
@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        (Sex.MALE, Sex.FEMALE, Sensitivity.SEX_CHANGE),
        (Sex.FEMALE, Sex.MALE, Sensitivity.SEX_CHANGE),
        (Sex.UNKNOWN, Sex.MALE, None),
        (Sex.MALE, Sex.MALE, None),
        (None, Sex.MALE, None),
    ],
)
def test_which_change_of_sex_is_kept_off_certificates(
    before: Sex | None, after: Sex, found: Sensitivity | None
) -> None:
    assert sensitivity_of_change({"sex": before} if before else None, {"sex": after}) is found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("特別養子縁組", Sensitivity.SPECIAL_ADOPTION),
        ("特別養子縁組解消", Sensitivity.SPECIAL_ADOPTION_DISSOLVED),
        ("令和8年4月1日　職権により性別の変更", Sensitivity.SEX_CHANGE),
        ("養子縁組", None),
        ("特別永住者", None),
    ],
)
def test_the_prescribed_words_mark_a_text(text: str, found: Sensitivity | None) -> None:
    assert sensitivity_of_text(text) is found
