"""続柄 from a family tree (RR-1.1.11)."""

from __future__ import annotations

import datetime as dt

import pytest

from residentapp.residents.rules.relationships import parse_relationship
from residentapp.residents.types import Sex
from residentapp.seeding.people import Person, day_value
from residentapp.seeding.relations import relationships


def person(sex: Sex, year: int, **links: int | bool | str) -> Person:
    return Person(sex, day_value(dt.date(year, 1, 1)), "架空", "", "カクウ", "", **links)  # type: ignore[arg-type]


M, F = Sex.MALE, Sex.FEMALE


def family() -> list[Person]:
    """Grandparents 0 1; son 2 with wife 3 and children 4 5; daughter 6; the wife's brother 7 and their father 8."""
    return [
        person(M, 1940, spouse=1),
        person(F, 1942, spouse=0),
        person(M, 1970, spouse=3, father=0, mother=1),
        person(F, 1972, spouse=2, father=8),
        person(M, 2000, father=2, mother=3),
        person(F, 2004, father=2, mother=3),
        person(F, 1975, father=0, mother=1),
        person(M, 1969, father=8),
        person(M, 1938),
    ]


@pytest.mark.requirement("RR-1.1.11a", partial=True)
@pytest.mark.parametrize(
    ("head", "words"),
    [
        (0, ["世帯主", "妻", "子", "子の妻", "子の子", "子の子", "子", "子の妻の兄", "子の妻の父"]),
        (2, ["父", "母", "世帯主", "妻", "子", "子", "妹", "妻の兄", "妻の父"]),
        (3, ["夫の父", "夫の母", "夫", "世帯主", "子", "子", "夫の妹", "兄", "父"]),
        (4, ["父の父", "父の母", "父", "母", "世帯主", "妹", "父の妹", "母の兄", "母の父"]),
        (6, ["父", "母", "兄", "兄の妻", "兄の子", "兄の子", "世帯主", "兄の妻の兄", "兄の妻の父"]),
    ],
)
def test_relationships_towards_each_head(head: int, words: list[str]) -> None:
    found = relationships(family(), head)
    assert found == words
    assert all(parse_relationship(word).valid for word in found)


def test_a_child_of_the_partner_alone_is_the_partners() -> None:
    people = [person(M, 1980, spouse=1), person(F, 1982, spouse=0), person(M, 2005, mother=1)]
    assert relationships(people, 0) == ["世帯主", "妻", "妻の子"]


def test_unregistered_partners() -> None:
    people = [
        person(M, 1980, spouse=1, unregistered_spouse=True),
        person(F, 1982, spouse=0, unregistered_spouse=True),
    ]
    assert relationships(people, 0) == ["世帯主", "妻（未届）"]
    assert relationships(people, 1) == ["夫（未届）", "世帯主"]


@pytest.mark.requirement("RR-1.1.11b", partial=True)
def test_more_than_four_terms_are_distant_relatives() -> None:
    people = [person(F, 1900)] + [person(F, 1900 + 20 * step, mother=step - 1) for step in range(1, 6)]
    assert relationships(people, 0) == ["世帯主", "子", "子の子", "子の子の子", "子の子の子の子", "縁故者"]


def test_a_fixed_word_stands_unless_the_person_is_head() -> None:
    people = [person(M, 1980), person(F, 1990, relation="同居人")]
    assert relationships(people, 0) == ["世帯主", "同居人"]
    assert relationships(people, 1) == ["縁故者", "世帯主"]
