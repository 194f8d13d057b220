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
#: Shown by tests of the program; why not by a case.
BY_TESTS = {
    "RR-1.1.11c": "a table of relationships and what is recorded of each",
    "RR-1.1.11d": "a table of proofs and what is recorded with each",
    "RR-1.3.3a": "the dictionary is built from the postal data",
    "RR-1.3.3b": "the dictionary is built from the postal data",
    "RR-2.1.3b": "the ward of the officer, and the others",
    "RR-2.1.2h": "the character is registered before the index is made",
}

EXPLAINED = {**NOT_DONE, **BY_TESTS}


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
    assert set(NOT_DONE) & set(BY_TESTS) == set()
    assert all(EXPLAINED.values())
    assert set(EXPLAINED) & named() == set(), "there is a case: take it out of the table"


def test_what_is_not_done_is_not_claimed(shown: dict[str, bool]) -> None:
    known = requirements()
    assert {known[each].level for each in NOT_DONE} <= {Level.MAY}
    assert set(NOT_DONE) & set(shown) == set()


def test_what_is_shown_by_tests_has_tests(shown: dict[str, bool]) -> None:
    assert set(BY_TESTS) - set(shown) == set()
