"""Every requirement of chapters 1–4 on resident records has a case of the office, or stands here with the reason.

A requirement that is added to the list, and forgotten here and in tests/scenarios/changes, fails.
"""

from __future__ import annotations

from pathlib import Path

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


def requirements() -> dict[str, Requirement]:
    """Those of chapters 1–4, by id."""
    [residents] = [each for each in load_lists() if each.name == "resident-records"]
    return {each.id: each for each in residents.requirements if each.chapter <= 4}


def named() -> set[str]:
    """Ids that a case names, as a whole or in part."""
    return {mark.requirement for mark in scan_cases(TESTS / "scenarios" / "changes", CASE_TEST)}


def test_no_requirement_is_forgotten() -> None:
    forgotten = set(requirements()) - named() - set(NOT_DONE)
    assert forgotten == set(), "write a case in tests/scenarios/changes, or say here why there is none"


def test_what_stands_here_is_still_so() -> None:
    """Ids of the list, each a MAY, and none that has a case or another test by now."""
    known = requirements()
    assert set(NOT_DONE) <= set(known)
    assert {known[each].level for each in NOT_DONE} == {Level.MAY}
    shown = {mark.requirement for mark in scan(TESTS)} | named()
    assert set(NOT_DONE) & shown == set(), "it is shown: take it out of the table"
