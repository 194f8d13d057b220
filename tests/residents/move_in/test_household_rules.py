"""The rules of a move-in on households and 続柄: each finding just before, at, and just after its edge."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from residentapp.core.dates import DateValue
from residentapp.core.violations import Level
from residentapp.residents.move_in.rules import (
    Facts,
    HouseholdFacts,
    HouseholdMember,
    check,
)
from residentapp.residents.move_in.rules.household import LARGEST_CASE, sex_of_relationship
from residentapp.residents.move_in.types import MoveInEntry, Scope
from residentapp.residents.types import Sex
from tests.residents.move_in.cases import (
    child,
    entry,
    facts,
    person,
    wife,
)
from tests.residents.move_in.judged import codes, of_member


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
