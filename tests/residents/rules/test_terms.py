"""Terms of support measures, late move-outs, days to notify, retention."""

from __future__ import annotations

import datetime as dt

import pytest

from residentapp.core.closed_days import ClosedDays
from residentapp.residents.rules.terms import (
    MoveOutBasis,
    MoveOutDocument,
    SupportTerm,
    is_notified_late,
    kept_until,
    leaves_main_database_on,
    move_out_rule,
    notification_due,
    renewed_support_term,
    support_term,
)


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


@pytest.mark.requirement("RR-3.4c", "RR-3.4d", partial=True)
@pytest.mark.parametrize(
    ("start", "end", "renewable_from"),
    [
        ("2020-04-01", "2021-03-31", "2021-02-28"),
        ("2023-04-01", "2024-03-31", "2024-02-29"),
        ("2026-11-24", "2027-11-23", "2027-10-23"),
        ("2024-02-28", "2025-02-27", "2025-01-27"),
        ("2024-02-29", "2025-02-28", "2025-01-28"),
        ("2024-03-01", "2025-02-28", "2025-01-28"),
        ("2023-03-01", "2024-02-29", "2024-01-29"),
        ("2026-01-01", "2026-12-31", "2026-11-30"),
    ],
)
def test_one_year_of_support(start: str, end: str, renewable_from: str) -> None:
    assert support_term(day(start)) == SupportTerm(day(start), day(end), day(renewable_from))


@pytest.mark.requirement("RR-3.4d", partial=True)
def test_a_renewed_term_starts_the_day_after() -> None:
    term = renewed_support_term(day("2021-03-31"))
    assert (term.start, term.end) == (day("2021-04-01"), day("2022-03-31"))
    assert renewed_support_term(term.end).start == day("2022-04-01")


@pytest.mark.requirement("RR-3.4d", "RR-3.4f", partial=True)
@pytest.mark.parametrize(
    ("on", "may_renew", "ended"),
    [
        ("2021-02-27", False, False),
        ("2021-02-28", True, False),
        ("2021-03-01", True, False),
        ("2021-03-30", True, False),
        ("2021-03-31", True, False),
        ("2021-04-01", True, True),
    ],
)
def test_days_around_the_end_of_a_term(on: str, may_renew: bool, ended: bool) -> None:
    term = support_term(day("2020-04-01"))
    assert (term.may_renew(day(on)), term.has_ended(day(on))) == (may_renew, ended)


def test_an_end_set_by_hand() -> None:
    assert SupportTerm.ending(day("2026-04-01"), day("2026-10-31")).renewable_from == day("2026-09-30")
    with pytest.raises(ValueError):
        SupportTerm.ending(day("2026-04-01"), day("2026-03-31"))


@pytest.mark.requirement("RR-4.1.3.0.1a", "RR-4.1.3.0.1b", "RR-4.1.3.0.3b", partial=True)
@pytest.mark.parametrize(
    ("notified_on", "moved_on", "by"),
    [
        ("2026-03-20", "2026-04-01", "notification"),
        ("2026-04-01", "2026-04-01", "notification"),
        ("2026-04-14", "2026-04-01", "notification"),
        ("2026-04-15", "2026-04-01", "notification"),
        ("2026-04-16", "2026-04-01", "ex_officio"),
        ("2027-04-16", "2026-04-01", "ex_officio"),
        ("2024-03-14", "2024-02-29", "notification"),
        ("2024-03-15", "2024-02-29", "ex_officio"),
        ("2027-01-03", "2026-12-20", "notification"),
        ("2027-01-04", "2026-12-20", "ex_officio"),
    ],
)
def test_move_out_after_fourteen_days(notified_on: str, moved_on: str, by: str) -> None:
    rule = move_out_rule(day(notified_on), day(moved_on))
    assert rule.by is MoveOutBasis(by)
    expected = {
        MoveOutBasis.NOTIFICATION: MoveOutDocument.MOVE_OUT_CERTIFICATE,
        MoveOutBasis.EX_OFFICIO: MoveOutDocument.EQUIVALENT_CERTIFICATE,
    }
    assert rule.document is expected[rule.by]


@pytest.mark.parametrize(
    ("happened_on", "due"),
    [
        ("2026-11-04", "2026-11-18"),
        ("2026-11-07", "2026-11-24"),  # 21 November is a Saturday, the 23rd a holiday
        ("2026-12-15", "2027-01-04"),
    ],
)
def test_days_to_notify(happened_on: str, due: str) -> None:
    closed = ClosedDays()
    assert notification_due(day(happened_on), closed) == day(due)
    assert not is_notified_late(day(happened_on), day(due), closed)
    assert is_notified_late(day(happened_on), day(due) + dt.timedelta(days=1), closed)


@pytest.mark.requirement("RR-9.3", partial=True)
@pytest.mark.parametrize(
    ("removed_on", "moves_on", "until"),
    [
        ("2020-04-01", "2025-04-02", "2170-04-01"),
        ("2020-02-29", "2025-03-01", "2170-02-28"),
    ],
)
def test_retention_of_removed_records(removed_on: str, moves_on: str, until: str) -> None:
    assert leaves_main_database_on(day(removed_on)) == day(moves_on)
    assert kept_until(day(removed_on)) == day(until)
