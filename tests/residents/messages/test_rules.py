"""Which messages a change causes: a table of cases per kind of change, and what must cause nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import pytest

from residentapp.core.dates import DateValue
from residentapp.residents.messages.rules import (
    DELIVERY_OPEN,
    RECIPIENT_UNKNOWN,
    Step,
    cs_reason,
    decide,
    fits,
    step_of,
)
from residentapp.residents.messages.types import (
    Act,
    ChangeFacts,
    CsReason,
    Draft,
    MessageKind,
    PersonFacts,
    Place,
)
from residentapp.residents.types import (
    ChangeKind,
    ChangeReason,
    ForeignCategory,
    ResidentKind,
    ResidentState,
    Sex,
)

R = ChangeReason
OWN = "991015"
LEFT = Place("見本県隣市東町4番5号", "982028", "見本県隣市")
BETWEEN = Place("例示県途中市1番2号", "983016", "例示県途中市")
UNKNOWN = Place("所在の分からない町1番", None)
HERE = Place("架空県架空市本町一丁目2番", OWN, "架空県架空市")
AWAY = Place("例示県途中市1番", "983016", "例示県途中市")

Items = Mapping[str, Any]


def japanese(**values: Any) -> dict[str, Any]:
    """A Japanese resident with both numbers."""
    return {
        "resident_kind": ResidentKind.JAPANESE,
        "state": ResidentState.RESIDENT,
        "name": "架空　太郎",
        "name_kana": "カクウ　タロウ",
        "birth_date": DateValue.of(dt.date(1980, 5, 5)),
        "sex": Sex.MALE,
        "address": "架空県架空市本町一丁目2番3号",
        "building": None,
        "address_set_on": DateValue.of(dt.date(2026, 4, 1)),
        "registered_domicile": "例示県途中市1番",
        "register_head": "架空　太郎",
        "individual_number_hash": b"number",
        "resident_code_hash": b"code",
        "household_number": "1",
        "head_name": "架空　太郎",
    } | values


def foreign(**values: Any) -> dict[str, Any]:
    """A 中長期在留者 with both numbers."""
    return japanese(
        **{
            "resident_kind": ResidentKind.FOREIGN,
            "name": None,
            "name_alphabet": "NGUYEN VAN AN",
            "registered_domicile": None,
            "register_head": None,
            "nationality": "ベトナム",
            "foreign_category": ForeignCategory.MID_TO_LONG_TERM,
            "residence_card_number": "AB12345678CD",
            "residence_notified": True,
        }
        | values
    )


def gone(items: Items, state: ResidentState = ResidentState.MOVED_OUT, **values: Any) -> dict[str, Any]:
    return dict(items) | {"state": state} | values


def short(draft: Draft) -> str:
    """One word per fact: ``cs.identity record move_in``, ``municipality.annex correct →983016 held``."""
    words = [draft.kind.value, draft.act.value]
    if draft.cs_reason is not None:
        words.append(draft.cs_reason.value)
    if draft.law is not None:
        words.append(draft.law.value)
    if draft.recipient is not None:
        words.append(f"→{draft.recipient.code or '?'}")
    if draft.held:
        words.append("held")
    return " ".join(words)


def told(
    reason: ChangeReason,
    before: Items | None,
    after: Items,
    *,
    former: tuple[Place, ...] = (),
    domicile: Place | None = AWAY,
    destination: Place | None = None,
    noticed: bool = False,
    special: bool = False,
) -> list[str]:
    """What is told besides the 宛名連携, which every change ends with."""
    facts = ChangeFacts(reason, OWN, noticed, special)
    if after["resident_kind"] is ResidentKind.FOREIGN:
        domicile = None
    drafts = decide(facts, PersonFacts(before, after, former, domicile, destination))
    assert drafts[-1].kind is MessageKind.ADDRESSEE
    assert [draft.kind for draft in drafts].count(MessageKind.ADDRESSEE) == 1
    return [short(draft) for draft in drafts[:-1]]


NO_NUMBER = {"individual_number_hash": None}
MOVED = {"address": "架空県架空市東町9番1号", "address_set_on": DateValue.of(dt.date(2026, 11, 1))}

RECORDED = [
    (
        "国内転入",
        (R.MOVE_IN_DOMESTIC, None, japanese()),
        {"former": (LEFT,)},
        ["cs.identity record move_in", "municipality.move_in record →982028", "municipality.annex record →983016"],
    ),
    (
        "国内転入、未届地と最終登録住所地が別の市",
        (R.MOVE_IN_DOMESTIC, None, japanese()),
        {"former": (BETWEEN, LEFT)},
        [
            "cs.identity record move_in", "municipality.move_in record →983016", "municipality.move_in record →982028",
            "municipality.annex record →983016",
        ],
    ),
    (
        "国内転入、未届地と最終登録住所地が同じ市",
        (R.MOVE_IN_DOMESTIC, None, japanese()),
        {"former": (LEFT, Place("見本県隣市西町1番", LEFT.code))},
        ["cs.identity record move_in", "municipality.move_in record →982028", "municipality.annex record →983016"],
    ),
    (
        "国内転入、未届地が自団体",
        (R.MOVE_IN_DOMESTIC, None, japanese()),
        {"former": (HERE, LEFT)},
        ["cs.identity record move_in", "municipality.move_in record →982028", "municipality.annex record →983016"],
    ),
    (
        "国内転入、転入前住所の市区町村が分からない",
        (R.MOVE_IN_DOMESTIC, None, japanese()),
        {"former": (UNKNOWN,)},
        ["cs.identity record move_in", "municipality.move_in record →? held", "municipality.annex record →983016"],
    ),
    (
        "国内転入、転入前住所は不明",
        (R.MOVE_IN_DOMESTIC, None, japanese()),
        {"former": (Place("不明"),)},
        ["cs.identity record move_in", "municipality.annex record →983016"],
    ),
    (
        "再転入",
        (R.MOVE_IN_DOMESTIC, gone(japanese()), japanese()),
        {"former": (LEFT,)},
        ["cs.identity record move_in", "municipality.move_in record →982028", "municipality.annex record →983016"],
    ),
    (
        "国内転入、個人番号が書類にない",
        (R.MOVE_IN_DOMESTIC, None, japanese(**NO_NUMBER)),
        {"former": (LEFT,)},
        ["cs.identity record move_in", "municipality.move_in record →982028", "municipality.annex record →983016"],
    ),
    (
        "国外転入、個人番号がない",
        (R.MOVE_IN_ABROAD, None, japanese(**NO_NUMBER)),
        {"former": (Place("アメリカ合衆国"),)},
        [
            "cs.identity record move_in", "cs.number_generation record", "municipality.annex record →983016",
            "card.delivery record held",
        ],
    ),
    (
        "国外転入、個人番号を持っている",
        (R.MOVE_IN_ABROAD, gone(japanese()), japanese()),
        {"former": (Place("アメリカ合衆国"),)},
        ["cs.identity record move_in", "municipality.annex record →983016"],
    ),
    (
        "出生、管外本籍",
        (R.BIRTH, None, japanese(**NO_NUMBER)),
        {},
        [
            "cs.identity record birth", "cs.number_generation record", "municipality.annex record →983016",
            "card.delivery record held",
        ],
    ),
    (
        "出生、管内本籍",
        (R.BIRTH, None, japanese(**NO_NUMBER)),
        {"domicile": HERE},
        [
            "cs.identity record birth", "cs.number_generation record", "annex.address record",
            "card.delivery record held",
        ],
    ),
    (
        "職権記載、転入前住所が他の市と分かる",
        (R.RECORD_EX_OFFICIO, None, japanese(**NO_NUMBER)),
        {"former": (LEFT,)},
        [
            "cs.identity record record_ex_officio", "municipality.move_in record →982028",
            "municipality.annex record →983016",
        ],
    ),
    (
        "職権記載、転入前住所が分からない",
        (R.RECORD_EX_OFFICIO, None, japanese(**NO_NUMBER)),
        {"former": (UNKNOWN,)},
        [
            "cs.identity record record_ex_officio", "cs.number_generation record",
            "municipality.annex record →983016", "card.delivery record held",
        ],
    ),
    (
        "外国人の国内転入、在留カードを提示",
        (R.MOVE_IN_DOMESTIC, None, foreign()),
        {"former": (LEFT,)},
        ["cs.identity record move_in", "municipality.move_in record →982028", "isa.notice record both"],
    ),
    (
        "外国人の国外転入、在留カードの提示なし",
        (R.MOVE_IN_ABROAD, None, foreign(residence_notified=False, **NO_NUMBER)),
        {},
        [
            "cs.identity record move_in", "cs.number_generation record", "card.delivery record held",
            "isa.notice record resident",
        ],
    ),
    (
        "特別永住者の職権記載",
        (R.RECORD_EX_OFFICIO, None, foreign(foreign_category=ForeignCategory.SPECIAL_PERMANENT)),
        {},
        ["cs.identity record record_ex_officio", "isa.notice record resident"],
    ),
    (
        "出生による経過滞在者",
        (R.BIRTH, None, foreign(foreign_category=ForeignCategory.TRANSITIONAL_BIRTH, **NO_NUMBER)),
        {},
        ["cs.identity record birth", "cs.number_generation record", "card.delivery record held"],
    ),
    (
        "一時庇護許可者の転入",
        (R.MOVE_IN_ABROAD, None, foreign(foreign_category=ForeignCategory.TEMPORARY_REFUGE)),
        {},
        ["cs.identity record move_in"],
    ),
]  # fmt: skip


@pytest.mark.requirement("RR-7.1.1.1a", "RR-7.1.1.1c", "RR-7.1.1.4", "RR-7.1.2.1a", "RR-4.5.7a", partial=True)
@pytest.mark.parametrize(("change", "facts", "expected"), [case[1:] for case in RECORDED],
                         ids=[case[0] for case in RECORDED])  # fmt: skip
def test_recorded(change: tuple[Any, Any, Any], facts: dict[str, Any], expected: list[str]) -> None:
    assert told(*change, **facts) == expected


REMOVED = [
    ("国内転出", (R.MOVE_OUT_DOMESTIC, japanese(), gone(japanese())), {}, ["cs.identity remove move_out"]),
    (
        "国外転出",
        (R.MOVE_OUT_ABROAD, japanese(), gone(japanese())),
        {},
        ["cs.identity remove move_out", "municipality.annex remove →983016"],
    ),
    (
        "国外転出、管内本籍",
        (R.MOVE_OUT_ABROAD, japanese(), gone(japanese())),
        {"domicile": HERE},
        ["cs.identity remove move_out", "annex.address remove"],
    ),
    ("死亡", (R.DEATH, japanese(), gone(japanese(), ResidentState.DEAD)), {}, ["cs.identity remove death"]),
    (
        "職権消除",
        (R.REMOVE_EX_OFFICIO, japanese(), gone(japanese(), ResidentState.REMOVED)),
        {},
        ["cs.identity remove remove_ex_officio", "municipality.annex remove →983016"],
    ),
    (
        "国籍喪失による消除",
        (R.REMOVE_NATIONALITY_LOSS, japanese(), gone(japanese(), ResidentState.REMOVED)),
        {},
        [],
    ),
    (
        "外国人の国外転出",
        (R.MOVE_OUT_ABROAD, foreign(), gone(foreign())),
        {},
        ["cs.identity remove move_out", "isa.notice remove resident"],
    ),
    (
        "外国人の死亡、戸籍届出の通知日がある",
        (R.DEATH, foreign(), gone(foreign(), ResidentState.DEAD)),
        {"noticed": True},
        ["cs.identity remove death", "isa.notice remove resident"],
    ),
    (
        "入管庁長官通知による消除",
        (R.REMOVE_EX_OFFICIO, foreign(), gone(foreign(), ResidentState.REMOVED)),
        {"noticed": True},
        ["cs.identity remove remove_ex_officio"],
    ),
    (
        "帰化による外国人住民票の消除",
        (R.REMOVE_NATURALISATION, foreign(), gone(foreign(), ResidentState.REMOVED)),
        {},
        ["isa.notice remove resident"],
    ),
]


@pytest.mark.requirement("RR-7.1.1.1a", "RR-7.1.1.1c", "RR-4.5.7a", partial=True)
@pytest.mark.parametrize(("change", "facts", "expected"), [case[1:] for case in REMOVED],
                         ids=[case[0] for case in REMOVED])  # fmt: skip
def test_removed(change: tuple[Any, Any, Any], facts: dict[str, Any], expected: list[str]) -> None:
    assert told(*change, **facts) == expected


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
CANCELLED = [
    (
        "転出の取消し",
        (R.CANCEL_INCREASE, gone(japanese()), japanese()),
        ["cs.identity record record_ex_officio", "municipality.annex record →983016"],
    ),
    (
        "転入の取消し",
        (R.CANCEL_DECREASE, japanese(), gone(japanese(), ResidentState.REMOVED)),
        ["cs.identity remove remove_ex_officio"],
    ),
    (
        "転居の取消し",
        (R.CANCEL_CORRECTION, japanese(**MOVED), japanese()),
        ["cs.identity correct correct_ex_officio", "municipality.annex correct →983016"],
    ),
]


@pytest.mark.parametrize(("change", "expected"), [case[1:] for case in CANCELLED],
                         ids=[case[0] for case in CANCELLED])  # fmt: skip
def test_cancellation_of_what_was_told_elsewhere(change: tuple[Any, Any, Any], expected: list[str]) -> None:
    assert told(*change) == expected


@pytest.mark.requirement("RR-7.2.3", partial=True)
@pytest.mark.parametrize("reason", list(ChangeReason))
def test_every_change_is_told_to_the_addressee_system(reason: ChangeReason) -> None:
    """Whatever the reason, recorded, corrected, removed or unchanged; and nothing fails for want of an item."""
    for before, after in (
        (None, japanese()),
        (japanese(), japanese()),
        (japanese(), gone(japanese())),
        (gone(foreign()), gone(foreign())),
        (foreign(), japanese()),
    ):
        told(reason, before, after, former=(LEFT,), destination=LEFT, special=True)


@pytest.mark.parametrize("reason", list(ChangeReason))
def test_the_reason_for_the_cs_fits_the_act(reason: ChangeReason) -> None:
    """A 記載 is never told under the reason of a 消除."""
    recording = {CsReason.MOVE_IN, CsReason.BIRTH, CsReason.RECORD_EX_OFFICIO}
    removal = {CsReason.MOVE_OUT, CsReason.DEATH, CsReason.REMOVE_EX_OFFICIO}
    assert cs_reason(reason, Step.RECORDED) in recording
    assert cs_reason(reason, Step.REMOVED) in removal
    assert cs_reason(reason, Step.CORRECTED) not in recording | removal


def test_what_is_held_says_what_is_missing() -> None:
    facts = ChangeFacts(R.BIRTH, OWN)
    drafts = decide(facts, PersonFacts(None, japanese(**NO_NUMBER), domicile=UNKNOWN))
    assert [draft.held for draft in drafts if draft.held] == [RECIPIENT_UNKNOWN, DELIVERY_OPEN]


def test_steps() -> None:
    def step(reason: ChangeReason, before: Items | None, after: Items) -> Step:
        return step_of(ChangeFacts(reason, OWN), PersonFacts(before, after))

    assert step(R.CANCEL_CORRECTION, japanese(), japanese()) is Step.CORRECTED
    assert step(R.CORRECT_EX_OFFICIO, gone(japanese()), gone(japanese())) is Step.STAYED_REMOVED
    assert step(R.RECORD_NATURALISATION, None, japanese()) is Step.RECORDED


@pytest.mark.requirement("RR-7.1.1.1d", partial=True)
@pytest.mark.parametrize("reason", list(ChangeReason))
def test_another_reason_must_fit_the_act(reason: ChangeReason) -> None:
    assert fits(reason, Act.RECORD) is (reason.kind is ChangeKind.RECORDING)
    assert fits(reason, Act.REMOVE) is (reason.kind is ChangeKind.REMOVAL)
    assert fits(reason, Act.CORRECT) is (reason.kind is ChangeKind.CORRECTION)
    assert not fits(reason, Act.CANCEL)


def test_each_kind_has_its_partner_and_label() -> None:
    assert [kind.destination.value for kind in MessageKind] == [
        kind.value.split(".")[0] for kind in MessageKind
    ]
    assert len({kind.label for kind in MessageKind}) == len(MessageKind)
