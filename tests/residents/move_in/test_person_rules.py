"""The rules of a move-in on each person, foreign residents and returners: each finding at its edge."""

from __future__ import annotations

from typing import Any

import pytest

from residentapp.residents.move_in.rules import (
    Match,
    check,
)
from residentapp.residents.move_in.rules.reading import month
from residentapp.residents.move_in.rules.text import is_standard
from residentapp.residents.move_in.types import MatchBy, MoveInKind
from residentapp.residents.types import ForeignCategory
from tests.residents.move_in.cases import (
    child,
    entry,
    facts,
    foreigner,
    individual_number,
    person,
    resident_code,
)
from tests.residents.move_in.judged import codes, of_foreigner, of_member

# ---- 個人


@pytest.mark.requirement("RR-1.1.6", partial=True)
@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("name", ["MI-E030"]),
        ("birth_date", ["MI-E031"]),
        ("sex", ["MI-E034"]),
        ("registered_domicile", ["MI-E039"]),
        ("register_head", ["MI-E040"]),
        ("name_kana", ["MI-A030"]),
        ("individual_number", ["MI-A031"]),
        ("resident_code", ["MI-A032"]),
        ("previous_address", ["MI-A033"]),
    ],
)
def test_blanks(field: str, expected: list[str]) -> None:
    assert of_member(**{field: ""}) == expected
    assert of_member(**{field: "  " if field != "sex" else ""}) == expected


@pytest.mark.requirement("RR-1.1.12")
@pytest.mark.parametrize("text", ["なし", "不明"])
def test_a_register_that_does_not_exist_or_is_unknown(text: str) -> None:
    assert of_member(registered_domicile=text, register_head=text) == []


@pytest.mark.requirement("RR-1.1.8a", partial=True)
@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"birth_date": "昭和63年2月30日"}, ["MI-E032"]),
        ({"birth_date": "平成3年2月29日"}, []),
        ({"birth_date": "昭和20年月日不詳"}, []),
        ({"birth_date": "令和8年11月20日", "relationship": "同居人"}, ["MI-A020"]),
        ({"birth_date": "令和8年11月21日", "relationship": "同居人"}, ["MI-A020", "MI-E033"]),
        ({"birth_date": "令和8年11月25日", "relationship": "同居人"}, ["MI-A020", "MI-E041"]),
        ({"became_resident_on": "令和8年11月20日"}, []),
        ({"became_resident_on": "年月日不詳"}, ["MI-A034"]),
        ({"became_resident_on": "令和8年11月19日"}, ["MI-A034"]),
        ({"became_resident_on": "令和8年11月25日"}, ["MI-E041"]),
        ({"became_resident_on": "もうすぐ"}, ["MI-E032"]),
        ({"health_insurance_acquired_on": "年月日不詳"}, ["MI-E032"]),
        ({"health_insurance_acquired_on": "令和8年11月20日"}, []),
    ],
)
def test_dates_of_a_person(values: dict[str, str], expected: list[str]) -> None:
    assert of_member(**values) == expected


def test_a_resident_from_a_day_after_the_notification() -> None:
    made = entry(person(became_resident_on="令和8年11月24日"), notified_on="令和8年11月23日")
    assert codes(made) == ["MI-E048"]


@pytest.mark.requirement("RR-1.1.18", partial=True)
@pytest.mark.parametrize(
    ("kana", "expected"),
    [
        ("ワタナベ　ヨシオ", []),
        ("わたなべ よしお", []),
        ("ﾜﾀﾅﾍﾞ ﾖｼｵ", []),
        ("ヴァン・ダー", []),
        ("渡辺　ヨシオ", ["MI-E035"]),
        ("WATANABE", ["MI-E035"]),
    ],
)
def test_readings(kana: str, expected: list[str]) -> None:
    assert of_member(name_kana=kana) == expected


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (individual_number(77), []),
        (" ".join(individual_number(77)), []),
        (individual_number(77)[:-1] + str((int(individual_number(77)[-1]) + 1) % 10), ["MI-E036"]),
        (individual_number(77)[:-1], ["MI-E036"]),
        ("不明", ["MI-E036"]),
    ],
)
def test_individual_numbers(number: str, expected: list[str]) -> None:
    assert of_member(individual_number=number) == expected


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("93000000077", []),
        ("９３００００００００７７", ["MI-E037"]),
        ("９３０００００００７７", []),
        ("x" * 11, ["MI-E037"]),
    ],
)
def test_resident_codes(code: str, expected: list[str]) -> None:
    assert of_member(resident_code=code) == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"name": "渡邉\U000e010f　𠮷男", "register_head": "なし"}, []),
        ({"name": "あ" * 200, "register_head": "なし"}, []),
        ({"name": ("邉\U000e010f" * 200), "register_head": "なし"}, []),
        ({"name": ("邉\U000e010f" * 201), "register_head": "なし"}, ["MI-E042"]),
        ({"name": "\U000e010f渡邉"}, ["MI-E043"]),
        ({"name": "渡\x00邉"}, ["MI-E043"]),
        ({"name": "渡\ue000邉"}, ["MI-E043"]),
        ({"name": "김　철수"}, ["MI-A037"]),
        ({"name": "渡邉😀"}, ["MI-A037"]),
        ({"name": "𬼂\U0010de92"}, []),
        ({"remark": "一行\n二行"}, []),
        ({"sex": "M"}, ["MI-E044"]),
        ({"previous_postal_code": "12"}, ["MI-E046"]),
        ({"pension_number": "123456789"}, ["MI-E046"]),
        ({"child_allowance_from": "令和8年4月"}, []),
        ({"child_allowance_from": "2026-13"}, ["MI-E047"]),
        ({"alias": "通称"}, ["MI-E045"]),
        ({"residence_card_number": "AB12345678CD"}, ["MI-E045"]),
        ({"previous_address": "架空県架空市港一丁目1番"}, ["MI-A036"]),
        ({"unreported_address": "別県別市1番"}, ["MI-A039"]),
    ],
)
def test_shapes(values: dict[str, str], expected: list[str]) -> None:
    assert of_member(**values) == expected


@pytest.mark.parametrize(
    ("character", "standard"),
    [
        ("辻\U000e0102", True),
        ("𠮷", True),
        ("﨑", True),
        ("\U0010de92", True),
        ("Ａ", True),
        ("ō", True),
        ("Ж", False),
        ("김", False),
        ("😀", False),
        ("♡", False),
    ],
)
def test_characters_of_the_standard_set(character: str, standard: bool) -> None:
    assert is_standard(character) is standard


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("令和8年4月", "2026-04"),
        ("R8.4", "2026-04"),
        ("2026-04", "2026-04"),
        ("2026/4", "2026-04"),
        ("平成31年4月", "2019-04"),
        ("令和元年5月", "2019-05"),
        ("2026-00", None),
        ("4月", None),
    ],
)
def test_months(text: str, expected: str | None) -> None:
    assert month(text) == expected


def test_the_papers_say_otherwise() -> None:
    said = {"name": "渡邊　𠮷男", "birth_date": "S63.2.29", "resident_code": "930 0000 1001"}
    findings = check(entry(), facts(papers={"m1": said}))
    assert [finding.code for finding in findings] == ["MI-A038"]
    assert "氏名" in findings[0].message and "生年月日" not in findings[0].message


# ---- 外国人住民


@pytest.mark.requirement("RR-1.1.2b", "RR-1.1.6", partial=True)
@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"foreign_category": ""}, ["MI-E050"]),
        ({"residence_card_number": ""}, ["MI-E051"]),
        ({"residence_card_number": "ab 1234 5678 cd"}, []),
        ({"residence_card_number": "A12345678CD"}, ["MI-E052"]),
        ({"residence_card_number": "AB1234567CD"}, ["MI-E052"]),
        ({"foreign_category": "special_permanent", "residence_card_number": ""}, ["MI-E053"]),
        (
            {
                "foreign_category": "special_permanent",
                "residence_card_number": "",
                "special_permanent_number": "AB12345678CD",
            },
            [],
        ),
        ({"special_permanent_number": "AB12345678CD"}, ["MI-A053"]),
        ({"foreign_category": "temporary_refuge", "residence_period": ""}, ["MI-E054"]),
        ({"foreign_category": "provisional_stay", "residence_period": ""}, ["MI-E054"]),
        ({"foreign_category": "provisional_stay", "residence_period": "6月"}, []),
        ({"foreign_category": "transitional_birth", "residence_period": ""}, []),
        ({"became_foreign_resident_on": ""}, ["MI-E055"]),
        ({"nationality": ""}, ["MI-A050"]),
        ({"residence_status": ""}, ["MI-A051"]),
        ({"residence_expires_on": "2026年11月23日"}, ["MI-A052"]),
        ({"residence_expires_on": "2026年11月24日"}, []),
        ({"residence_expires_on": "2026年11月25日"}, []),
        ({"name_alphabet": ""}, ["MI-E030"]),
        ({"name_alphabet": "", "name": "張　玉蓮"}, []),
        ({"former_name": "旧"}, ["MI-E045"]),
        ({"registered_domicile": "なし"}, ["MI-E045"]),
    ],
)
def test_foreign_residents(values: dict[str, str], expected: list[str]) -> None:
    assert of_foreigner(**values) == expected


ARTICLE_30 = [MoveInKind.ARTICLE_30_46, MoveInKind.ARTICLE_30_47]


@pytest.mark.requirement("RR-4.5.1", "RR-4.5.2", partial=True)
@pytest.mark.parametrize("kind", ARTICLE_30)
@pytest.mark.parametrize("category", ForeignCategory)
def test_article_30_is_for_four_kinds_of_foreign_residents(
    category: ForeignCategory, kind: MoveInKind
) -> None:
    member = foreigner(
        foreign_category=category.value,
        special_permanent_number="AB12345678CD" if category is ForeignCategory.SPECIAL_PERMANENT else "",
        residence_card_number="" if category is ForeignCategory.SPECIAL_PERMANENT else "AB12345678CD",
        previous_address="",
        became_foreign_resident_on="",
        resident_code="",
    )
    made = entry(member, kind=kind)
    barred = category in (ForeignCategory.TRANSITIONAL_BIRTH, ForeignCategory.TRANSITIONAL_LOSS)
    assert codes(made) == (["MI-E057"] if barred else [])


@pytest.mark.parametrize("kind", ARTICLE_30)
def test_article_30_is_not_for_japanese(kind: MoveInKind) -> None:
    assert codes(entry(person(), kind=kind)) == ["MI-E056"]


# ---- 再転入


def matched(*matches: Match, **values: Any) -> list[str]:
    return codes(entry(person(**values)), facts(matches={"m1": matches}))


NUMBER = frozenset({MatchBy.INDIVIDUAL_NUMBER})
ITEMS = frozenset({MatchBy.THREE_ITEMS})


@pytest.mark.requirement("RR-4.1.1.2a", "RR-4.1.1.2b", partial=True)
@pytest.mark.parametrize(
    ("matches", "chosen", "expected"),
    [
        ((Match("1", NUMBER, False),), "", ["MI-E060"]),
        ((Match("1", frozenset({MatchBy.RESIDENT_CODE}), False),), "", ["MI-E060"]),
        ((Match("1", frozenset({MatchBy.RESIDENCE_CARD}), False),), "", ["MI-E060"]),
        ((Match("1", ITEMS, False),), "", ["MI-A060"]),
        ((Match("1", NUMBER | ITEMS, False),), "", ["MI-E060"]),
        ((Match("1", NUMBER, True),), "", ["MI-E061"]),
        ((Match("1", ITEMS, True),), "", ["MI-A061"]),
        ((Match("1", NUMBER, False),), "1", []),
        ((Match("1", ITEMS, False),), "1", []),
        ((Match("1", ITEMS, False), Match("2", NUMBER, False)), "1", ["MI-E060"]),
        ((Match("1", ITEMS, True),), "1", ["MI-E062"]),
        ((), "1", ["MI-E062"]),
        ((Match("1", NUMBER, False, differences=("氏名",)),), "1", ["MI-A062"]),
        ((Match("1", NUMBER, False, supported=True),), "1", ["MI-A063"]),
        ((Match("1", NUMBER, True), Match("2", NUMBER, False)), "2", ["MI-E061"]),
    ],
)
def test_people_of_the_register(matches: tuple[Match, ...], chosen: str, expected: list[str]) -> None:
    assert matched(*matches, re_entry=chosen) == expected


def test_one_record_for_two_people() -> None:
    match = Match("1", ITEMS, False)
    made = entry(person(re_entry="1"), child("m2", re_entry="1"))
    assert codes(made, facts(matches={"m1": (match,), "m2": (match,)})) == ["MI-E063"]


@pytest.mark.parametrize(
    ("field", "value"),
    [("individual_number", individual_number(5)), ("resident_code", resident_code(5))],
)
def test_one_number_for_two_people(field: str, value: str) -> None:
    made = entry(person(**{field: value}), child("m2", **{field: value}))
    assert codes(made) == ["MI-E038"]


def test_the_same_person_twice() -> None:
    twice = person("m2", relationship="同居人", name="渡邊 𠮷男")
    assert codes(entry(person(), twice)) == ["MI-A035"]


def test_somebody_else_is_entering_the_same_person() -> None:
    assert codes(entry(), facts(elsewhere=frozenset({"m1"}))) == ["MI-E064"]
