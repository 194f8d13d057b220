"""When a 除票 leaves the main database, and when its time is over."""

from __future__ import annotations

import datetime as dt

import pytest

from residentapp.residents.removed_records.rules import Removal, belongs_in_archive, may_be_destroyed


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


@pytest.mark.requirement("RR-9.3", partial=True)
@pytest.mark.parametrize(
    ("removed_on", "on", "belongs"),
    [
        ("2020-04-01", "2025-03-31", False),
        ("2020-04-01", "2025-04-01", False),
        ("2020-04-01", "2025-04-02", True),
        ("2020-02-29", "2025-02-28", False),
        ("2020-02-29", "2025-03-01", True),
        ("2020-12-31", "2025-12-31", False),
        ("2020-12-31", "2026-01-01", True),
    ],
)
def test_five_years_in_the_main_database(removed_on: str, on: str, belongs: bool) -> None:
    assert belongs_in_archive(Removal(day(removed_on), day("2020-01-01")), day(on)) is belongs


def test_without_a_day_of_removal_the_years_count_from_its_entry() -> None:
    removal = Removal(None, day("2020-04-01"))
    assert removal.counted_from == day("2020-04-01")
    assert not belongs_in_archive(removal, day("2025-04-01"))
    assert belongs_in_archive(removal, day("2025-04-02"))


@pytest.mark.requirement("RR-1.1.5e", partial=True)
@pytest.mark.parametrize(
    ("removed_on", "last", "first_after"),
    [
        ("1900-04-01", "2050-04-01", "2050-04-02"),
        ("2020-02-29", "2170-02-28", "2170-03-01"),
        ("2020-12-31", "2170-12-31", "2171-01-01"),
    ],
)
def test_one_hundred_and_fifty_years(removed_on: str, last: str, first_after: str) -> None:
    until = Removal(day(removed_on), day(removed_on)).kept_until
    assert until == day(last)
    assert not may_be_destroyed(until, day(last) - dt.timedelta(days=1))
    assert not may_be_destroyed(until, day(last))
    assert may_be_destroyed(until, day(first_after))
