"""The rules of a move-in: when, where to, and that every finding is made, said and documented."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from residentapp.core.closed_days import ClosedDays
from residentapp.core.violations import Level
from residentapp.residents.cases.procedure import alert_key, unconfirmed
from residentapp.residents.move_in import rules as rules_package
from residentapp.residents.move_in.rules import (
    CATALOGUE,
    check,
    found,
)
from residentapp.residents.move_in.types import Scope
from residentapp.residents.rules.terms import notification_due
from tests.residents.move_in.cases import (
    TODAY,
    child,
    entry,
    facts,
    foreigner,
    person,
    wife,
)
from tests.residents.move_in.judged import codes


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
