"""Every requirement of chapters 1–4 on resident records has a case of the office, or stands here with the reason.

A requirement that is added to the list, and forgotten here and in tests/scenarios/changes, fails.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from residentapp.conformity.markers import CASES, scan, scan_cases
from residentapp.conformity.requirements import Level, Requirement, load_lists

TESTS = Path(__file__).parents[1]
CASE_TEST = next(test for folder, test in CASES.items() if folder == "scenarios/changes")

#: MAY, and not done.
NOT_DONE = {
    "RR-1.1.2d": "氏名優先区分 is not kept",
    "RR-1.1.19": "郵便物送付コード is not kept",
    "RR-2.1.2i": "variants are searched, so that nothing is left out",
    "RR-2.1.3f": "what was found is not written to a file",
    "RR-4.0.5c": "the papers are there, so that nothing is left out",
    "RR-4.1.3.0.1c": "the household stays as it is until the day (docs/move-out.md)",
}
#: MUST, and not done yet. Nothing may claim that it is met as a whole.
OPEN = {
    "RR-1.1.13c": "指定都市: 区間異動",
    "RR-2.1.3b": "指定都市: a search by 区",
    "RR-4.0.1c": "指定都市: the people of the own 区",
    "RR-4.1.0.1c": "指定都市: 区間異動",
}
#: Cases of 転入 are written apart; an id may stand here until its file is there.
MOVE_IN = frozenset(
    {
        "RR-1.1.7c",
        "RR-4.1.0.1b",
        "RR-4.1.1.1",
        "RR-4.1.1.2a",
        "RR-4.1.1.2b",
        "RR-4.1.1.2d",
        "RR-4.1.1.3",
        "RR-4.5.1",
        "RR-4.5.2",
    }
)
#: Shown by tests of the program; why not by a case.
BY_TESTS = {
    "RR-1.1.1c": "each of some fifty items, one by one",
    "RR-1.1.2c": "each of some fifty items, one by one",
    "RR-1.1.4b": "every kind of paper with and without such a history",
    "RR-1.1.8d": "what stands in a message, which no screen shows in this form",
    "RR-1.1.11c": "a table of relationships and what is recorded of each",
    "RR-1.1.11d": "a table of proofs and what is recorded with each",
    "RR-1.1.13b": "arithmetic of the check digit",
    "RR-1.2.1b": "every column of a row",
    "RR-1.3.2": "upkeep of a master, field by field",
    "RR-1.3.3a": "the dictionary is built from the postal data",
    "RR-1.3.3b": "the dictionary is built from the postal data",
    "RR-1.3.3c": "the lists that open while somebody types",
    "RR-1.3.5": "upkeep of a master, field by field",
    "RR-1.3.6": "an era holds for the whole program, and would hold for the next case",
    "RR-1.3.7": "a picture is handed in",
    "RR-2.1.2h": "the character is registered before the index is made",
    "RR-2.1.3e": "a character is chosen by keyboard in a browser",
    "RR-2.3.2": "every screen by keyboard alone in a browser",
    "RR-4.0.10a": "what a further person of an entry begins with, field by field",
}

EXPLAINED = {**NOT_DONE, **OPEN, **BY_TESTS, **dict.fromkeys(MOVE_IN, "a case of 転入")}


def requirements() -> dict[str, Requirement]:
    """Those of chapters 1–4, by id."""
    [residents] = [each for each in load_lists() if each.name == "resident-records"]
    return {each.id: each for each in residents.requirements if each.chapter <= 4}


def named() -> set[str]:
    """Ids that a case names, as a whole or in part."""
    return {mark.requirement for mark in scan_cases(TESTS / "scenarios" / "changes", CASE_TEST)}


@pytest.fixture(scope="module")
def shown() -> dict[str, bool]:
    """Ids that tests other than the cases name; True when one shows the whole."""
    found: dict[str, bool] = {}
    for mark in scan(TESTS):
        if mark.test != CASE_TEST:
            found[mark.requirement] = found.get(mark.requirement, False) or not mark.partial
    return found


def test_no_requirement_is_forgotten() -> None:
    forgotten = set(requirements()) - named() - set(EXPLAINED)
    assert forgotten == set(), "write a case in tests/scenarios/changes, or say here why there is none"


def test_what_stands_here_is_still_so() -> None:
    """No id that the list does not have, none twice, and none that has a case by now."""
    assert set(EXPLAINED) <= set(requirements())
    tables = [set(NOT_DONE), set(OPEN), set(BY_TESTS), set(MOVE_IN)]
    assert sum(len(table) for table in tables) == len(EXPLAINED)
    assert all(EXPLAINED.values())
    assert (set(EXPLAINED) - MOVE_IN) & named() == set(), "there is a case: take it out of the table"


def test_what_is_not_done_is_not_claimed(shown: dict[str, bool]) -> None:
    known = requirements()
    assert {known[each].level for each in NOT_DONE} <= {Level.MAY}
    assert {known[each].level for each in OPEN} <= {Level.MUST}
    assert set(NOT_DONE) & set(shown) == set()
    assert not [each for each in OPEN if shown.get(each)]


def test_what_is_shown_by_tests_has_tests(shown: dict[str, bool]) -> None:
    assert (set(BY_TESTS) | MOVE_IN) - set(shown) == set()
