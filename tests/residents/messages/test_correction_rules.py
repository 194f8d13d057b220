"""Which messages a correction causes, and what must cause nothing: a table of cases per kind of change."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from residentapp.core.dates import DateValue
from residentapp.residents.messages.types import (
    Place,
)
from residentapp.residents.types import (
    ForeignCategory,
    ResidentState,
)
from tests.residents.messages.decided import (
    HERE,
    LEFT,
    MOVED,
    NO_NUMBER,
    UNKNOWN,
    R,
    foreign,
    gone,
    japanese,
    told,
)

PLANNED = {
    "planned_destination": "見本県隣市北町1番",
    "removal_occurred_on": DateValue.of(dt.date(2026, 12, 1)),
}
RENUMBERED = {"individual_number_hash": b"new number"}
RECODED = {"resident_code_hash": b"new code"}

CORRECTED = [
    (
        "転居",
        (R.MOVE_WITHIN, japanese(), japanese(**MOVED)),
        {},
        ["cs.identity correct move_within", "municipality.annex correct →983016"],
    ),
    (
        "転居、管内本籍",
        (R.MOVE_WITHIN, japanese(), japanese(**MOVED)),
        {"domicile": HERE},
        ["cs.identity correct move_within", "annex.address correct"],
    ),
    (
        "転居、本籍の市区町村が分からない",
        (R.MOVE_WITHIN, japanese(), japanese(**MOVED)),
        {"domicile": UNKNOWN},
        ["cs.identity correct move_within", "municipality.annex correct →? held"],
    ),
    (
        "転居、本籍なし",
        (R.MOVE_WITHIN, japanese(registered_domicile="なし"), japanese(registered_domicile="なし", **MOVED)),
        {"domicile": Place("なし")},
        ["cs.identity correct move_within"],
    ),
    (
        "住居表示の実施（軽微な修正）",
        (R.MINOR_CORRECTION, japanese(), japanese(address="架空県架空市新町一丁目1番1号")),
        {},
        ["cs.identity correct minor_correction", "municipality.annex correct →983016"],
    ),
    (
        "氏名の文字の軽微な修正は、附票に知らせない",
        (R.MINOR_CORRECTION, japanese(), japanese(name="架空　多郎")),
        {},
        ["cs.identity correct minor_correction"],
    ),
    (
        "方書の職権修正",
        (R.CORRECT_EX_OFFICIO, japanese(), japanese(building="本町荘101")),
        {},
        ["cs.identity correct correct_ex_officio", "municipality.annex correct →983016"],
    ),
    (
        "生年月日の誤記修正",
        (R.CORRECT_ERROR, japanese(), japanese(birth_date=DateValue.of(dt.date(1980, 5, 6)))),
        {},
        ["cs.identity correct correct_ex_officio"],
    ),
    (
        "旧氏の記載",
        (R.FORMER_NAME_RECORD, japanese(), japanese(former_name="旧山", former_name_kana="キュウヤマ")),
        {},
        ["cs.identity correct correct_ex_officio"],
    ),
    (
        "フリガナの修正",
        (R.CORRECT_EX_OFFICIO, japanese(), japanese(name_kana="カクウ　タロー")),
        {},
        ["cs.identity correct correct_ex_officio"],
    ),
    ("本籍の修正は、転籍先の附票に戸籍から届く",
     (R.CORRECT_EX_OFFICIO, japanese(), japanese(registered_domicile="見本県隣市1番")), {}, []),
    (
        "本籍が分かった",
        (R.CORRECT_EX_OFFICIO, japanese(registered_domicile="不明"), japanese()),
        {},
        ["municipality.annex correct →983016"],
    ),
    ("世帯主変更", (R.HEAD_CHANGE, japanese(), japanese(head_name="架空　花子")), {}, []),
    ("世帯分離", (R.HOUSEHOLD_SPLIT, japanese(), japanese(household_number="2")), {}, []),
    ("改製", (R.RECORD_REBUILD, japanese(), japanese(rebuilt_on=dt.date(2026, 11, 1))), {}, []),
    ("改製（消除）", (R.REMOVE_REBUILD, japanese(), gone(japanese())), {}, []),
    ("再製", (R.RECORD_RECONSTRUCTION, gone(japanese()), japanese()), {}, []),
    ("転出予定の届出", (R.MOVE_OUT_DOMESTIC, japanese(), japanese(**PLANNED)), {"destination": LEFT}, []),
    (
        "特例による転出の届出",
        (R.MOVE_OUT_DOMESTIC, japanese(), japanese(**PLANNED)),
        {"destination": LEFT, "special": True},
        ["municipality.move_out_certificate remove →982028"],
    ),
    (
        "特例による転出、異動日を過ぎている",
        (R.MOVE_OUT_DOMESTIC, japanese(), gone(japanese(**PLANNED))),
        {"destination": LEFT, "special": True},
        ["cs.identity remove move_out", "municipality.move_out_certificate remove →982028"],
    ),
    (
        "特例による転出、転出先が読めない",
        (R.MOVE_OUT_DOMESTIC, japanese(), japanese(**PLANNED)),
        {"destination": UNKNOWN, "special": True},
        ["municipality.move_out_certificate remove →? held"],
    ),
    (
        "国外転出に特例はない",
        (R.MOVE_OUT_ABROAD, japanese(), japanese(**PLANNED)),
        {"destination": Place("フランス"), "special": True},
        [],
    ),
    (
        "転入通知の受理（除票）",
        (R.CORRECT_EX_OFFICIO, gone(japanese()), gone(japanese(), confirmed_destination="見本県隣市北町1番")),
        {},
        [],
    ),
    (
        "個人番号の変更請求を受けた",
        (R.NUMBER_CHANGE_ON_REQUEST, japanese(), japanese()),
        {},
        ["cs.number_change correct number_change"],
    ),
    (
        "個人番号の職権修正を求める",
        (R.NUMBER_CORRECT_EX_OFFICIO, japanese(), japanese()),
        {},
        ["cs.number_change correct number_ex_officio"],
    ),
    (
        "変わった個人番号が届いた",
        (R.NUMBER_CHANGE_ON_REQUEST, japanese(), japanese(**RENUMBERED)),
        {},
        ["cs.identity correct number_change", "card.delivery correct held"],
    ),
    (
        "生成された個人番号が届いた",
        (R.NUMBER_RECORD_EX_OFFICIO, japanese(**NO_NUMBER), japanese()),
        {},
        ["cs.identity correct number_ex_officio"],
    ),
    (
        "住民票コードの変更請求",
        (R.RESIDENT_CODE_CHANGE_ON_REQUEST, japanese(), japanese(**RECODED)),
        {},
        ["cs.identity correct code_change", "municipality.annex correct →983016"],
    ),
    (
        "住民票コードの職権記載",
        (R.RESIDENT_CODE_RECORD_EX_OFFICIO, japanese(resident_code_hash=None), japanese()),
        {},
        ["cs.identity correct code_ex_officio", "municipality.annex correct →983016"],
    ),
    (
        "帰化（一つの記録で）",
        (R.RECORD_NATURALISATION, foreign(), japanese()),
        {},
        [
            "cs.identity correct correct_ex_officio", "municipality.annex record →983016",
            "isa.notice remove resident",
        ],
    ),
    (
        "帰化（消除の後の記載）",
        (R.RECORD_NATURALISATION, gone(foreign(), ResidentState.REMOVED), japanese()),
        {},
        ["cs.identity correct correct_ex_officio", "municipality.annex record →983016"],
    ),
    (
        "国籍喪失による外国人住民票の記載",
        (
            R.RECORD_NATIONALITY_LOSS,
            gone(japanese(), ResidentState.REMOVED),
            foreign(foreign_category=ForeignCategory.TRANSITIONAL_LOSS),
        ),
        {},
        ["cs.identity correct correct_ex_officio"],
    ),
    (
        "外国人の転居、在留カードを提示",
        (R.MOVE_WITHIN, foreign(), foreign(**MOVED)),
        {},
        ["cs.identity correct move_within", "isa.notice correct both"],
    ),
    (
        "外国人の転居、提示なし",
        (R.MOVE_WITHIN, foreign(), foreign(residence_notified=False, **MOVED)),
        {},
        ["cs.identity correct move_within", "isa.notice correct resident"],
    ),
    (
        "転居の後に在留カードを持ってきた",
        (R.CORRECT_EX_OFFICIO, foreign(residence_notified=False), foreign()),
        {},
        ["isa.transmission record immigration"],
    ),
    (
        "外国人の住所の職権修正",
        (R.CORRECT_EX_OFFICIO, foreign(), foreign(building="本町荘2")),
        {},
        ["cs.identity correct correct_ex_officio", "isa.notice correct resident"],
    ),
    (
        "外国人の氏名の職権修正",
        (R.CORRECT_EX_OFFICIO, foreign(), foreign(name_alphabet="NGUYEN VAN ANH")),
        {},
        ["cs.identity correct correct_ex_officio", "isa.notice correct resident"],
    ),
    (
        "入管庁長官通知による氏名の修正",
        (R.CORRECT_EX_OFFICIO, foreign(), foreign(name_alphabet="NGUYEN VAN ANH")),
        {"noticed": True},
        ["cs.identity correct correct_ex_officio"],
    ),
    (
        "特別永住者証明書の交付",
        (
            R.CORRECT_EX_OFFICIO,
            foreign(foreign_category=ForeignCategory.SPECIAL_PERMANENT, special_permanent_number="ZY1"),
            foreign(foreign_category=ForeignCategory.SPECIAL_PERMANENT, special_permanent_number="ZY2"),
        ),
        {},
        ["isa.notice correct immigration"],
    ),
    (
        "入管庁長官通知による特別永住者証明書の番号の修正",
        (
            R.CORRECT_EX_OFFICIO,
            foreign(foreign_category=ForeignCategory.SPECIAL_PERMANENT, special_permanent_number="ZY1"),
            foreign(foreign_category=ForeignCategory.SPECIAL_PERMANENT, special_permanent_number="ZY2"),
        ),
        {"noticed": True},
        [],
    ),
    (
        "在留カードの番号の職権修正",
        (R.CORRECT_EX_OFFICIO, foreign(residence_card_number="ZZ1"), foreign(residence_card_number="ZZ2")),
        {},
        [],
    ),
    (
        "入管庁長官通知による在留資格の修正",
        (R.CORRECT_EX_OFFICIO, foreign(), foreign(residence_status="永住者")),
        {"noticed": True},
        [],
    ),
    (
        "国籍・地域の誤記修正",
        (R.CORRECT_ERROR, foreign(), foreign(nationality="中国")),
        {},
        ["isa.notice correct resident"],
    ),
    (
        "通称の記載",
        (R.ALIAS_RECORD, foreign(), foreign(alias="髙橋　安")),
        {},
        ["cs.identity correct correct_ex_officio"],
    ),
    (
        "経過滞在者が中長期在留者になった（第30条の47届出）",
        (R.MOVE_IN_ABROAD, foreign(foreign_category=ForeignCategory.TRANSITIONAL_BIRTH), foreign()),
        {},
        ["isa.notice record both"],
    ),
    ("外国人の世帯変更", (R.HOUSEHOLD_CHANGE, foreign(), foreign(household_number="2")), {}, []),
]  # fmt: skip


@pytest.mark.requirement(
    "RR-7.1.1.1a", "RR-7.1.1.1c", "RR-7.1.1.4", "RR-7.1.2.1a", "RR-7.2.4", "RR-4.5.7a", partial=True
)
@pytest.mark.parametrize(("change", "facts", "expected"), [case[1:] for case in CORRECTED],
                         ids=[case[0] for case in CORRECTED])  # fmt: skip
def test_corrected(change: tuple[Any, Any, Any], facts: dict[str, Any], expected: list[str]) -> None:
    assert told(*change, **facts) == expected


#: A cancellation whose cancelled change wrote nothing here (it is older than these messages): by what it restores.
