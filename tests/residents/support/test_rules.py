"""The rules of support measures and suppressions, case by case: the day before, the day, the day after."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest

from residentapp.core.violations import Level, Violation
from residentapp.residents.support import rules
from residentapp.residents.support.rules import AfterMoveOut, EntryFacts, MeasureFacts
from residentapp.residents.support.types import (
    Blocked,
    Capacity,
    Direction,
    EndReason,
    Phase,
    Role,
    SetSuppressions,
    TransferEntry,
)
from residentapp.residents.types import SuppressedProcess
from tests.residents.support.conftest import LEVELS, TODAY, entry

DAY = dt.timedelta(days=1)
STARTS, ENDS = dt.date(2026, 4, 1), dt.date(2027, 3, 31)
RUNNING = MeasureFacts(False, STARTS, ENDS, None)
PROVISIONAL = MeasureFacts(True, None, None, None)
CLOSED = MeasureFacts(False, STARTS, ENDS, dt.date(2026, 9, 1))
FACTS = EntryFacts(today=TODAY, own_municipality="架空市", applicant_live=True)


def codes(violations: list[Violation]) -> list[str]:
    return [violation.code for violation in violations]


# ---- phases (RR-3.1e, RR-3.4e and f)


@pytest.mark.requirement("RR-3.4e", partial=True)
@pytest.mark.parametrize(
    ("on", "phase"),
    [
        (STARTS, Phase.RUNNING),
        (dt.date(2027, 2, 27), Phase.RUNNING),
        (dt.date(2027, 2, 28), Phase.ENDING),
        (ENDS, Phase.ENDING),
        (ENDS + DAY, Phase.PASSED),
        (dt.date(2040, 1, 1), Phase.PASSED),
    ],
)
def test_a_measure_passes_its_end_and_goes_on(on: dt.date, phase: Phase) -> None:
    assert rules.phase_of(RUNNING, on) is phase
    assert phase.is_open


def test_other_phases() -> None:
    assert rules.phase_of(PROVISIONAL, TODAY) is Phase.PROVISIONAL
    was_running = dataclasses.replace(RUNNING, provisional=True)
    assert rules.phase_of(was_running, ENDS + DAY) is Phase.PROVISIONAL
    assert rules.phase_of(CLOSED, TODAY) is Phase.CLOSED


# ---- registering


def test_a_plain_application_is_right() -> None:
    assert rules.check_registration(entry(), FACTS) == []
    assert rules.check_registration(entry(provisional=True, starts_on=None), FACTS) == []


@pytest.mark.requirement("RR-1.1.16b", "RR-1.1.16c", "RR-3.4c", "RR-3.4h", partial=True)
@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"applied_on": None}, "SM-E010", "applied_on"),
        ({"applied_on": TODAY + DAY, "provisional": True, "starts_on": None}, "SM-E011", "applied_on"),
        ({"receiving_municipality": "　"}, "SM-E012", "receiving_municipality"),
        ({"role": Role.TRANSFERRED}, "SM-E013", "receiving_municipality"),
        ({"receiving_municipality": "隣市"}, "SM-E014", "receiving_municipality"),
        ({"provisional": True}, "SM-E020", "starts_on"),
        ({"provisional": True, "starts_on": None, "ends_on": TODAY}, "SM-E020", "starts_on"),
        ({"starts_on": None}, "SM-E021", "starts_on"),
        ({"starts_on": TODAY + DAY}, "SM-E022", "starts_on"),
        ({"starts_on": TODAY - DAY}, "SM-E023", "starts_on"),
        ({"ends_on": TODAY - DAY}, "SM-E024", "ends_on"),
        ({"ends_on": dt.date(2027, 11, 24)}, "SM-E025", "term_reason"),
        ({"ends_on": dt.date(2027, 11, 22)}, "SM-E025", "term_reason"),
        ({"blocked": frozenset()}, "SM-E030", "blocked"),
        ({"levels": {}, "blocked": frozenset({Blocked.ANNEX_DOMICILE})}, "SM-E032", "level_inquiry"),
        (
            {"levels": LEVELS | {SuppressedProcess.CERTIFICATE: Level.ALERT}},
            "SM-E031",
            "level_certificate",
        ),
        (
            {"levels": {key: level for key, level in LEVELS.items() if key is not SuppressedProcess.INSPECTION}},
            "SM-E031",
            "level_inspection",
        ),
    ],
)  # fmt: skip
def test_what_bars_an_entry(changes: dict[str, object], code: str, field: str) -> None:
    found = rules.check_entry(entry(**changes), today=TODAY, own="架空市")
    assert [(violation.code, violation.field) for violation in found] == [(code, field)]
    assert found[0].level is Level.ERROR and found[0].remedy


@pytest.mark.requirement("RR-3.4c", partial=True)
@pytest.mark.parametrize(
    ("starts_on", "ends_on", "reason", "right"),
    [
        (dt.date(2020, 4, 1), dt.date(2021, 3, 31), "", True),
        (dt.date(2020, 4, 1), None, "", True),
        (dt.date(2020, 4, 1), dt.date(2021, 4, 1), "", False),
        (dt.date(2020, 4, 1), dt.date(2021, 4, 1), "裁判所の命令の期間に合わせる", True),
        (dt.date(2024, 2, 29), dt.date(2025, 2, 28), "", True),
        (dt.date(2024, 2, 29), dt.date(2025, 2, 27), "", False),
        (dt.date(2020, 4, 1), dt.date(2020, 4, 1), "1日だけ", True),
        (dt.date(2020, 4, 1), dt.date(2020, 3, 31), "前の日", False),
    ],
)
def test_the_term_is_one_year_unless_an_officer_says_why(
    starts_on: dt.date, ends_on: dt.date | None, reason: str, right: bool
) -> None:
    assert (rules.check_last_day(starts_on, ends_on, reason) == []) is right


def test_an_early_extension_may_keep_a_first_day_to_come() -> None:
    ahead = entry(starts_on=TODAY + DAY)
    assert codes(rules.check_entry(ahead, today=TODAY, own="架空市")) == ["SM-E022"]
    assert rules.check_entry(ahead, today=TODAY, own="架空市", kept_start=TODAY + DAY) == []


def test_a_forwarded_application_names_the_first_municipality() -> None:
    forwarded = entry(role=Role.TRANSFERRED, receiving_municipality="隣市")
    assert rules.check_registration(forwarded, FACTS) == []


@pytest.mark.parametrize(
    ("capacity", "facts", "code"),
    [
        (Capacity.CURRENT, {"applicant_live": None}, "SM-E001"),
        (Capacity.CURRENT, {"applicant_live": False}, "SM-E002"),
        (Capacity.FORMER, {"applicant_live": True}, "SM-A003"),
        (Capacity.CURRENT, {"unknown": ("0000000001",)}, "SM-E004"),
        (Capacity.CURRENT, {"doubled": ("0000000019",)}, "SM-E005"),
        (Capacity.CURRENT, {"offender_unknown": True}, "SM-E006"),
        (Capacity.CURRENT, {"offender_supported": True, "offender_in_household": True}, "SM-E007"),
        (Capacity.CURRENT, {"offender_in_household": True}, "SM-A008"),
        (Capacity.CURRENT, {"open_measures": 1}, "SM-A009"),
    ],
)
def test_what_is_said_of_the_people(capacity: Capacity, facts: dict[str, object], code: str) -> None:
    found = rules.check_registration(
        entry(capacity=capacity),
        dataclasses.replace(FACTS, **facts),  # type: ignore[arg-type]
    )
    assert codes(found) == [code]
    assert (found[0].level is Level.ALERT) == ("-A" in code)


def test_the_former_municipality_protects_who_has_left() -> None:
    gone = dataclasses.replace(FACTS, applicant_live=False)
    assert rules.check_registration(entry(capacity=Capacity.FORMER), gone) == []


# ---- starting, extending, ending


@pytest.mark.requirement("RR-3.4h", partial=True)
@pytest.mark.parametrize(
    ("facts", "starts_on", "found"),
    [
        (PROVISIONAL, TODAY, []),
        (PROVISIONAL, TODAY - DAY, []),
        (PROVISIONAL, TODAY + DAY, ["SM-E022"]),
        (PROVISIONAL, None, ["SM-E021"]),
        (RUNNING, TODAY, ["SM-E040"]),
        (dataclasses.replace(PROVISIONAL, closed_on=TODAY), TODAY, ["SM-E060"]),
    ],
)
def test_a_provisional_measure_starts(
    facts: MeasureFacts, starts_on: dt.date | None, found: list[str]
) -> None:
    assert codes(rules.check_start(facts, starts_on, None, "", today=TODAY)) == found


@pytest.mark.requirement("RR-3.4d", partial=True)
@pytest.mark.parametrize(
    ("today", "found"),
    [
        (dt.date(2027, 2, 27), ["SM-E042"]),
        (dt.date(2027, 2, 28), []),
        (ENDS, []),
        (ENDS + DAY, []),
        (ENDS + 100 * DAY, []),
    ],
)
def test_an_extension_is_taken_from_one_month_before_the_end(today: dt.date, found: list[str]) -> None:
    violations = rules.check_renewal(RUNNING, today, today=today)
    assert codes(violations) == found
    if found:
        assert "令和9年2月28日" in violations[0].message


@pytest.mark.requirement("RR-3.4d", partial=True)
@pytest.mark.parametrize(
    ("facts", "applied_on", "code"),
    [
        (RUNNING, None, "SM-E043"),
        (RUNNING, ENDS + DAY, "SM-E011"),
        (RUNNING, dt.date(2027, 2, 27), "SM-E044"),
        (PROVISIONAL, ENDS, "SM-E041"),
        (CLOSED, ENDS, "SM-E060"),
    ],
)
def test_what_bars_an_extension(facts: MeasureFacts, applied_on: dt.date | None, code: str) -> None:
    assert codes(rules.check_renewal(facts, applied_on, today=ENDS)) == [code]


@pytest.mark.requirement("RR-3.4d", partial=True)
@pytest.mark.parametrize(
    ("ends_on", "start", "end"),
    [
        (dt.date(2021, 3, 31), dt.date(2021, 4, 1), dt.date(2022, 3, 31)),
        (dt.date(2024, 2, 28), dt.date(2024, 2, 29), dt.date(2025, 2, 28)),
        (dt.date(2024, 2, 29), dt.date(2024, 3, 1), dt.date(2025, 2, 28)),
    ],
)
def test_the_new_year_runs_from_the_day_after(ends_on: dt.date, start: dt.date, end: dt.date) -> None:
    term = rules.next_term(ends_on)
    assert (term.start, term.end) == (start, end)


@pytest.mark.requirement("RR-3.4g", partial=True)
@pytest.mark.parametrize(
    ("facts", "reason", "today", "found"),
    [
        (RUNNING, EndReason.REQUESTED, TODAY, []),
        (RUNNING, EndReason.NO_NEED, TODAY, []),
        (RUNNING, EndReason.EXPIRED, ENDS, ["SM-E051"]),
        (RUNNING, EndReason.EXPIRED, ENDS + DAY, []),
        (PROVISIONAL, EndReason.EXPIRED, TODAY, ["SM-E051"]),
        (PROVISIONAL, EndReason.NO_NEED, TODAY, []),
        (RUNNING, None, TODAY, ["SM-E050"]),
        (CLOSED, EndReason.REQUESTED, TODAY, ["SM-E060"]),
    ],
)
def test_staff_end_a_measure_for_one_of_three_reasons(
    facts: MeasureFacts, reason: EndReason | None, today: dt.date, found: list[str]
) -> None:
    assert codes(rules.check_end(facts, reason, today=today)) == found


# ---- moves


@pytest.mark.requirement("RR-3.4i", partial=True)
@pytest.mark.parametrize(
    ("facts", "applicant", "outcome"),
    [
        (RUNNING, True, AfterMoveOut.PROVISIONAL),
        (PROVISIONAL, True, AfterMoveOut.PROVISIONAL),
        (RUNNING, False, AfterMoveOut.STAYS),
        (dataclasses.replace(RUNNING, role=Role.TRANSFERRED), True, AfterMoveOut.STAYS),
        (dataclasses.replace(RUNNING, capacity=Capacity.FORMER), True, AfterMoveOut.STAYS),
        (CLOSED, True, AfterMoveOut.STAYS),
    ],
)
def test_what_becomes_of_a_measure_when_somebody_moves_out(
    facts: MeasureFacts, applicant: bool, outcome: AfterMoveOut
) -> None:
    assert rules.after_move_out(facts, is_applicant=applicant) is outcome


@pytest.mark.parametrize(
    ("facts", "applicant", "switches"),
    [
        (dataclasses.replace(PROVISIONAL, capacity=Capacity.FORMER), True, True),
        (dataclasses.replace(PROVISIONAL, capacity=Capacity.FORMER), False, False),
        (RUNNING, True, False),
        (dataclasses.replace(CLOSED, capacity=Capacity.FORMER), True, False),
    ],
)
def test_what_becomes_of_it_when_the_applicant_returns(
    facts: MeasureFacts, applicant: bool, switches: bool
) -> None:
    assert rules.after_move_in(facts, is_applicant=applicant) is switches


# ---- handing on, suppressing, lifting


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({}, []),
        ({"municipality": " "}, ["SM-E070"]),
        ({"happened_on": TODAY + DAY}, ["SM-E071"]),
        ({"happened_on": None}, ["SM-E072"]),
        ({"told_on": TODAY}, []),
        ({"told_on": TODAY - DAY}, ["SM-E073"]),
        ({"told_on": TODAY + DAY}, ["SM-E071"]),
    ],
)
def test_what_is_handed_on(changes: dict[str, object], found: list[str]) -> None:
    whole = dataclasses.replace(
        TransferEntry(Direction.IN, "隣市", TODAY),
        **changes,  # type: ignore[arg-type]
    )
    assert codes(rules.check_transfer(whole, today=TODAY)) == found


@pytest.mark.requirement("RR-3.1a", partial=True)
@pytest.mark.parametrize(
    ("changes", "known", "found"),
    [
        ({}, True, []),
        ({}, False, ["SU-E001"]),
        ({"levels": {}}, True, ["SU-E002"]),
        ({"starts_on": None}, True, ["SU-E003"]),
        ({"ends_on": TODAY}, True, []),
        ({"ends_on": TODAY - DAY}, True, ["SU-E004"]),
        ({"starts_on": TODAY + DAY}, True, []),
        ({"reason": "\u3000"}, True, ["SU-E005"]),
    ],
)
def test_what_bars_a_suppression(changes: dict[str, object], known: bool, found: list[str]) -> None:
    asked = dataclasses.replace(
        SetSuppressions({SuppressedProcess.CHANGE: Level.ERROR}, TODAY, None, "実態調査中"),
        **changes,  # type: ignore[arg-type]
    )
    assert codes(rules.check_suppressions(asked, known=known, today=TODAY)) == found


@pytest.mark.requirement("RR-3.1b", partial=True)
@pytest.mark.parametrize(
    ("reason", "minutes", "found"),
    [
        ("届出の受付", 1, []),
        ("届出の受付", 15, []),
        ("届出の受付", 16, ["SU-E010"]),
        ("届出の受付", 0, ["SU-E010"]),
        ("届出の受付", None, ["SU-E010"]),
        ("", 15, ["SU-E011"]),
    ],
)
def test_a_lift_is_short_and_has_a_reason(reason: str, minutes: int | None, found: list[str]) -> None:
    assert codes(rules.check_lift(reason, minutes, most=15)) == found


def test_the_usual_levels_bar_what_is_asked_for_and_warn_of_the_rest() -> None:
    assert rules.usual_levels([Blocked.COPY_FORMER, Blocked.INSPECTION_CURRENT]) == LEVELS
    assert SuppressedProcess.CERTIFICATE not in rules.usual_levels([Blocked.INSPECTION_CURRENT])
    assert rules.usual_levels([Blocked.ANNEX_DOMICILE]) == {
        SuppressedProcess.CHANGE: Level.ALERT,
        SuppressedProcess.INQUIRY: Level.ALERT,
    }
