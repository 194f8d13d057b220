"""The rules of a move-in: each finding just before, at, and just after its edge."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from residentapp.core.closed_days import ClosedDays
from residentapp.core.dates import DateValue
from residentapp.core.violations import Level
from residentapp.residents.cases.procedure import alert_key, unconfirmed
from residentapp.residents.move_in import rules as rules_package
from residentapp.residents.move_in.rules import (
    CATALOGUE,
    Facts,
    HouseholdFacts,
    HouseholdMember,
    Match,
    check,
    found,
)
from residentapp.residents.move_in.rules.household import LARGEST_CASE, sex_of_relationship
from residentapp.residents.move_in.rules.reading import month
from residentapp.residents.move_in.rules.text import is_standard
from residentapp.residents.move_in.types import MatchBy, MoveInEntry, MoveInKind, Scope
from residentapp.residents.rules.terms import notification_due
from residentapp.residents.types import ForeignCategory, Sex
from tests.residents.move_in.cases import (
    TODAY,
    child,
    entry,
    facts,
    foreigner,
    individual_number,
    person,
    resident_code,
    wife,
)


def codes(made: MoveInEntry, known: Facts | None = None) -> list[str]:
    return [finding.code for finding in check(made, known or facts())]


def of_member(known: Facts | None = None, **values: Any) -> list[str]:
    return codes(entry(person(**values)), known)


def of_foreigner(**values: Any) -> list[str]:
    return codes(entry(foreigner(**values)))


def test_a_complete_entry_has_no_findings() -> None:
    assert codes(entry(person(), wife(), child())) == []
    assert codes(entry(foreigner())) == []


# ---- いつ


@pytest.mark.requirement("RR-4.0.3a", partial=True)
@pytest.mark.parametrize(
    ("moved_on", "expected"),
    [
        ("", ["MI-E001"]),
        ("令和8年11月31日", ["MI-E002"]),
        ("令和8年2月29日", ["MI-E002"]),
        ("年月日不詳", ["MI-E002"]),
        ("きのう", ["MI-E002"]),
        ("令和8年11月23日", []),
        ("令和8年11月24日", []),
        ("令和8年11月25日", ["MI-E003"]),
        ("R8.11.20", []),
        ("20261120", []),
    ],
)
def test_the_day_of_the_move(moved_on: str, expected: list[str]) -> None:
    assert codes(entry(moved_on=moved_on)) == expected


@pytest.mark.requirement("RR-4.1.0.2", partial=True)
@pytest.mark.parametrize(
    ("notified_on", "expected"),
    [
        ("", ["MI-E004"]),
        ("令和8年13月1日", ["MI-E005"]),
        ("令和8年11月24日", []),
        ("令和8年11月25日", ["MI-E006"]),
        ("令和8年11月20日", []),
        ("令和8年11月19日", ["MI-E007"]),
    ],
)
def test_the_day_of_the_notification(notified_on: str, expected: list[str]) -> None:
    assert codes(entry(notified_on=notified_on)) == expected


@pytest.mark.parametrize(
    ("moved", "deadline"),
    [
        # Fourteen days, the first not counted.
        (dt.date(2026, 11, 10), dt.date(2026, 11, 24)),
        # The last is a Saturday, a Sunday, the Monday: all end on the Monday.
        (dt.date(2026, 11, 14), dt.date(2026, 11, 30)),
        (dt.date(2026, 11, 15), dt.date(2026, 11, 30)),
        (dt.date(2026, 11, 16), dt.date(2026, 11, 30)),
        (dt.date(2026, 11, 17), dt.date(2026, 12, 1)),
        # 23 November is a holiday, and a Monday.
        (dt.date(2026, 11, 9), dt.date(2026, 11, 24)),
        # Over the turn of the year: 30 December to 3 January are closed.
        (dt.date(2026, 12, 16), dt.date(2027, 1, 4)),
        # Leap day.
        (dt.date(2028, 2, 15), dt.date(2028, 2, 29)),
    ],
)
def test_the_last_day_for_the_notification(moved: dt.date, deadline: dt.date) -> None:
    assert notification_due(moved, ClosedDays()) == deadline


@pytest.mark.parametrize(
    ("notified_on", "late"),
    [("令和8年11月23日", False), ("令和8年11月24日", False), ("令和8年11月25日", True)],
)
def test_a_late_notification_is_an_alert(notified_on: str, late: bool) -> None:
    known = facts(today=dt.date(2026, 12, 1), deadline=dt.date(2026, 11, 24))
    made = entry(moved_on="令和8年11月10日", notified_on=notified_on)
    findings = check(made, known)
    assert ("MI-A001" in [finding.code for finding in findings]) is late
    assert all(finding.level is Level.ALERT for finding in findings)
    if late:
        assert "令和8年11月24日" in findings[0].message
        assert "理由" in findings[0].remedy


@pytest.mark.parametrize(
    ("moved_on", "expected"),
    [("令和7年11月25日", []), ("令和7年11月24日", ["MI-A002"]), ("令和7年11月23日", ["MI-A002"])],
)
def test_a_move_a_year_ago_is_asked_about(moved_on: str, expected: list[str]) -> None:
    assert codes(entry(moved_on=moved_on)) == expected


def test_a_year_before_a_leap_day() -> None:
    known = facts(today=dt.date(2028, 2, 29))
    assert "MI-A002" in codes(entry(moved_on="令和9年3月1日", notified_on="令和10年2月29日"), known)
    assert "MI-A002" not in codes(entry(moved_on="令和9年3月2日", notified_on="令和10年2月29日"), known)


# ---- どこへ


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"town": ""}, ["MI-E010"]),
        ({"town": "例示県見本市緑町"}, ["MI-E011"]),
        ({"town": "架空市本町一丁目"}, []),
        ({"postal_code": "000-0001"}, []),
        ({"postal_code": "００００００１"}, []),
        ({"postal_code": "123456"}, ["MI-E012"]),
        ({"postal_code": ""}, []),
        ({"lot": ""}, ["MI-A010"]),
        ({"address_code": ""}, ["MI-A011"]),
        ({"building": "本町荘\n405"}, ["MI-E043"]),
        ({"building": "あ" * 100}, []),
        ({"building": "あ" * 101}, ["MI-E042"]),
        ({"scope": Scope.PART, "household_number": "", "town": ""}, ["MI-E020"]),
    ],
)
def test_the_new_address(values: dict[str, Any], expected: list[str]) -> None:
    assert codes(entry(**values)) == expected


def test_a_town_that_the_dictionary_does_not_know() -> None:
    assert codes(entry(), facts(town_known=False)) == ["MI-A011"]


# ---- 世帯・続柄


def household(*members: tuple[str, str, Sex, str], **values: Any) -> Facts:
    people = tuple(
        HouseholdMember(
            f"{position:010d}",
            name,
            relationship or None,
            sex,
            DateValue.of(dt.date.fromisoformat(birth)),
        )
        for position, (name, relationship, sex, birth) in enumerate(members)
    )
    return facts(household=HouseholdFacts("0000000017", people, **values))


PARENTS = (
    ("架空　太郎", "世帯主", Sex.MALE, "1955-05-05"),
    ("架空　花子", "妻", Sex.FEMALE, "1957-07-07"),
)


def joining(**values: Any) -> MoveInEntry:
    return entry(person(**({"relationship": "子"} | values)), scope=Scope.PART, household_number="0000000017")


@pytest.mark.requirement("RR-4.0.2a", partial=True)
def test_joining_an_existing_household() -> None:
    assert codes(joining(), household(*PARENTS)) == []
    assert codes(joining(), facts()) == ["MI-E021"]
    assert codes(joining(), household()) == ["MI-E021"]
    assert codes(joining(relationship="世帯主"), household(*PARENTS)) == ["MI-E026"]
    assert codes(joining(relationship="夫"), household(*PARENTS)) == ["MI-A025"]
    assert codes(joining(), household(PARENTS[1])) == ["MI-A028"]


def test_a_suppressed_household_is_barred_or_warned_of() -> None:
    assert codes(joining(), household(*PARENTS, suppressed=Level.ERROR)) == ["MI-E022"]
    assert codes(joining(), household(*PARENTS, suppressed=Level.ALERT)) == ["MI-A027"]


@pytest.mark.requirement("CM-5.1", partial=True)
def test_a_household_that_may_not_be_seen_tells_nothing() -> None:
    """Neither the reason nor, through the age of its head, anybody's birth date."""
    hidden = household(*PARENTS, hidden=True)
    assert codes(joining(), hidden) == ["MI-E022"]
    assert codes(joining(birth_date="昭和20年1月1日"), hidden) == ["MI-E022"]
    assert (
        check(joining(), hidden)[0].message
        == check(joining(), household(*PARENTS, suppressed=Level.ERROR))[0].message
    )


@pytest.mark.requirement("RR-1.1.10", partial=True)
def test_one_head_or_none() -> None:
    assert codes(entry(person(), wife(relationship="世帯主"))) == ["MI-E025"]
    assert codes(entry(wife("m1"))) == ["MI-A020"]


def test_nobody_and_too_many() -> None:
    assert codes(replace(entry(), members=())) == ["MI-E023"]
    crowd = [person("m1")] + [
        child(f"m{number}", name=f"渡邉　{number}", relationship="同居人")
        for number in range(2, LARGEST_CASE + 1)
    ]
    assert "MI-E024" not in codes(entry(*crowd))
    assert "MI-E024" in codes(entry(*crowd, child(f"m{LARGEST_CASE + 1}")))


@pytest.mark.requirement("RR-1.1.11a", "RR-1.1.11b", "RR-1.1.11e", partial=True)
@pytest.mark.parametrize(
    ("relationship", "expected"),
    [
        ("子", []),
        ("子の子", []),
        ("子の子の子の子", []),
        ("子の子の子の子の子", ["MI-E027"]),
        ("縁故者", []),
        ("同居人", []),
        ("孫", ["MI-E027"]),
        ("祖母", ["MI-E027"]),
        ("おじ", ["MI-E027"]),
        ("準世帯主", ["MI-E027"]),
        ("長女", ["MI-E027"]),
        ("", ["MI-A021"]),
    ],
)
def test_relationships(relationship: str, expected: list[str]) -> None:
    found_codes = codes(entry(person(), child("m2", relationship=relationship)))
    assert found_codes == expected


def test_a_wrong_relationship_says_what_to_enter() -> None:
    [finding] = check(entry(person(), child("m2", relationship="孫")), facts())
    assert "孫" in finding.message and "子の子" in finding.remedy


@pytest.mark.parametrize(
    ("relationship", "sex"),
    [
        ("夫", Sex.MALE),
        ("妻", Sex.FEMALE),
        ("夫（未届）", Sex.MALE),
        ("妻（未届）", Sex.FEMALE),
        ("子の妻", Sex.FEMALE),
        ("子（子の夫）", Sex.MALE),
        ("妻の父", Sex.MALE),
        ("父の妹", Sex.FEMALE),
        ("妻の子", None),
        ("子", None),
        ("縁故者", None),
        ("世帯主", None),
    ],
)
def test_the_sex_that_a_relationship_implies(relationship: str, sex: Sex | None) -> None:
    assert sex_of_relationship(relationship) is sex


@pytest.mark.parametrize(
    ("relationship", "sex", "expected"),
    [
        ("夫", "female", ["MI-A022"]),
        ("夫", "male", []),
        ("夫", "unknown", []),
        ("妻", "male", ["MI-A022"]),
        ("母", "male", ["MI-A022"]),
    ],
)
def test_sex_and_relationship(relationship: str, sex: str, expected: list[str]) -> None:
    made = entry(
        person(birth_date="平成5年1月1日", sex="unknown"),
        wife(relationship=relationship, sex=sex, birth_date="昭和40年1月1日"),
    )
    assert codes(made) == expected


@pytest.mark.parametrize(
    ("relationship", "birth", "expected"),
    [
        ("子", "昭和63年2月28日", ["MI-A023"]),
        ("子", "昭和63年2月29日", ["MI-A023"]),
        ("子", "昭和63年3月1日", []),
        ("父", "昭和63年2月28日", []),
        ("父", "昭和63年2月29日", ["MI-A024"]),
        ("父", "昭和63年3月1日", ["MI-A024"]),
        ("兄", "昭和63年2月29日", []),
        ("兄", "昭和63年3月1日", ["MI-A024"]),
        ("弟", "昭和63年2月28日", ["MI-A023"]),
        ("弟", "昭和63年2月29日", []),
        ("子", "年月日不詳", []),
        ("同居人", "昭和20年1月1日", []),
    ],
)
def test_age_and_relationship(relationship: str, birth: str, expected: list[str]) -> None:
    made = entry(person(), child("m2", relationship=relationship, birth_date=birth, sex="unknown"))
    assert codes(made) == expected


@pytest.mark.parametrize(
    ("birth", "expected"),
    # On the birthday the head is fifteen; on the day before only at its end (年齢計算ニ関スル法律).
    [("平成23年11月19日", []), ("平成23年11月20日", []), ("平成23年11月21日", ["MI-A026"])],
)
def test_a_head_of_fourteen_is_asked_about(birth: str, expected: list[str]) -> None:
    assert of_member(birth_date=birth) == expected


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


# ---- findings


@pytest.mark.requirement("RR-11.1c", partial=True)
@pytest.mark.parametrize("code", CATALOGUE)
def test_every_finding_says_what_is_wrong_what_to_do_and_why(code: str) -> None:
    finding = CATALOGUE[code]
    assert finding.message.endswith(("。", "}")) and finding.remedy.endswith(("。", "}"))
    assert finding.basis
    assert finding.level is (Level.ERROR if code.startswith("MI-E") else Level.ALERT)


def test_a_code_that_does_not_exist() -> None:
    with pytest.raises(KeyError):
        found("MI-E999")


def test_a_confirmation_holds_only_for_what_was_confirmed() -> None:
    known = facts(deadline=dt.date(2026, 11, 1))
    findings = check(entry(), known)
    [alert] = findings
    assert unconfirmed(findings, {alert_key(alert): "入院していた"}) == []
    assert unconfirmed(findings, {alert_key(alert): "  "}) == findings
    later = check(entry(), replace(known, deadline=dt.date(2026, 11, 2)))
    assert unconfirmed(later, {alert_key(alert): "入院していた"}) == later


def test_todays_facts_decide() -> None:
    tomorrow = TODAY + dt.timedelta(days=1)
    assert (
        codes(entry(moved_on="令和8年11月25日", notified_on="令和8年11月25日"), facts(today=tomorrow)) == []
    )


def test_the_catalogue_is_documented_word_for_word() -> None:
    """docs/move-in.md lists exactly the findings there are."""
    text = (Path(__file__).parents[3] / "docs" / "move-in.md").read_text(encoding="utf-8")
    listed = {line.split("|")[1].strip(): line for line in text.splitlines() if line.startswith("| MI-")}
    assert set(listed) == set(CATALOGUE)
    for code, finding in CATALOGUE.items():
        cells = [cell.strip() for cell in listed[code].strip("|").split("|")]
        assert cells == [code, finding.level.label, finding.message, finding.remedy, finding.basis]


def test_every_finding_of_the_catalogue_is_made_by_some_rule() -> None:
    """A code that no rule names would be a promise nobody keeps."""
    folder = Path(rules_package.__file__).parent
    source = "".join(
        path.read_text(encoding="utf-8") for path in folder.glob("*.py") if path.name != "catalogue.py"
    )
    assert [code for code in CATALOGUE if f'"{code}"' not in source] == []
