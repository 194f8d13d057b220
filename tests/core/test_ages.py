"""Ages by 年齢計算ニ関スル法律 and periods by 民法 第140条–第143条 (CM-3)."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from residentapp.core.ages import (
    add_days,
    add_period,
    age_during,
    age_of,
    age_on,
    completed_on,
    same_day_months_before,
)
from residentapp.core.dates import DateField, DateValue, parse_date


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


@pytest.mark.requirement("CM-3.2", partial=True)
@pytest.mark.parametrize(
    ("birth", "on", "age"),
    [
        # the day before the birthday's eve, the eve, the birthday
        ("2008-04-02", "2026-03-31", 17),
        ("2008-04-02", "2026-04-01", 18),
        ("2008-04-02", "2026-04-02", 18),
        ("2008-04-01", "2026-03-30", 17),
        ("2008-04-01", "2026-03-31", 18),
        ("2008-04-01", "2026-04-01", 18),
        # 29 February: complete at the end of 28 February in every year
        ("2008-02-29", "2026-02-27", 17),
        ("2008-02-29", "2026-02-28", 18),
        ("2008-02-29", "2026-03-01", 18),
        ("2008-02-29", "2028-02-27", 19),
        ("2008-02-29", "2028-02-28", 20),
        ("2008-02-29", "2028-02-29", 20),
        # 1 March: the eve is 28 or 29 February
        ("2007-03-01", "2025-02-27", 17),
        ("2007-03-01", "2025-02-28", 18),
        ("2007-03-01", "2028-02-28", 20),
        ("2007-03-01", "2028-02-29", 21),
        # 1 January, and the first year
        ("2000-01-01", "2025-12-30", 25),
        ("2000-01-01", "2025-12-31", 26),
        ("2000-01-01", "2026-01-01", 26),
        ("2026-03-15", "2026-03-15", 0),
        ("2026-03-15", "2027-03-13", 0),
        ("2026-03-15", "2027-03-14", 1),
        ("2025-12-31", "2025-12-31", 0),
        ("2026-01-01", "2026-12-31", 1),
    ],
)
def test_age_at_the_end_of_a_day(birth: str, on: str, age: int) -> None:
    assert age_on(day(birth), day(on)) == age


@pytest.mark.parametrize(
    ("birth", "on", "age"),
    [
        ("2008-04-01", "2026-03-31", 17),
        ("2008-04-01", "2026-04-01", 18),
        ("2008-04-01", "2026-04-02", 18),
        ("2008-02-29", "2026-02-28", 17),
        ("2008-02-29", "2026-03-01", 18),
        ("2008-02-29", "2028-02-28", 19),
        ("2008-02-29", "2028-02-29", 20),
        ("2008-04-01", "2008-04-01", 0),
        ("2008-04-01", "2009-03-31", 0),
        ("2008-04-01", "2009-04-01", 1),
    ],
)
def test_age_in_the_course_of_a_day(birth: str, on: str, age: int) -> None:
    """What a screen tells at ten in the morning of the day before the birthday is still the old age."""
    assert age_during(day(birth), day(on)) == age


def test_no_age_before_the_birth() -> None:
    with pytest.raises(ValueError):
        age_during(day("2008-04-01"), day("2008-03-31"))


@pytest.mark.parametrize(
    ("birth", "age", "on"),
    [
        ("2008-03-01", 18, "2026-02-28"),
        ("2006-03-01", 18, "2024-02-29"),
        ("2008-02-29", 18, "2026-02-28"),
        ("2008-02-29", 20, "2028-02-28"),
        ("2008-01-01", 18, "2025-12-31"),
        ("2008-07-15", 1, "2009-07-14"),
    ],
)
def test_the_day_an_age_is_completed(birth: str, age: int, on: str) -> None:
    assert completed_on(day(birth), age) == day(on)


def test_nobody_has_an_age_before_birth() -> None:
    with pytest.raises(ValueError):
        age_on(day("2026-03-15"), day("2026-03-14"))


@pytest.mark.requirement("RR-1.1.8e")
@pytest.mark.parametrize("text", ["昭和3年 月日不詳", "平成31年2月29日", "年月日不詳"])
def test_no_age_is_made_up_for_a_date_that_is_no_day(text: str) -> None:
    assert age_of(parse_date(text, DateField.BIRTH), day("2026-11-24")) is None


def test_age_of_a_recorded_birth_date() -> None:
    assert age_of(DateValue.of(day("2000-11-25")), day("2026-11-24")) == 26


@given(st.dates(dt.date(1880, 1, 1), dt.date(2026, 1, 1)), st.integers(0, 45_000))
def test_ages_rise_on_the_eve_of_the_birthday_only(birth: dt.date, after: int) -> None:
    on = birth + dt.timedelta(days=after)
    age, next_age = age_on(birth, on), age_on(birth, on + dt.timedelta(days=1))
    assert next_age - age in (0, 1)
    if next_age > age:
        assert completed_on(birth, next_age) == on + dt.timedelta(days=1)
        eve = (on + dt.timedelta(days=2)).timetuple()[1:3]
        assert eve == (birth.month, birth.day) or (birth.month, birth.day) == (2, 29)


@pytest.mark.requirement("CM-3.2", partial=True)
@pytest.mark.parametrize(
    ("start", "length", "counted", "last"),
    [
        ("2026-03-15", {"months": 1}, False, "2026-04-15"),
        ("2026-03-15", {"months": 1}, True, "2026-04-14"),
        ("2026-04-01", {"years": 1}, True, "2027-03-31"),
        ("2026-04-01", {"years": 1}, False, "2027-04-01"),
        # the first counted day is the 1st of a month: to the end of a month
        ("2026-01-31", {"months": 1}, False, "2026-02-28"),
        ("2024-01-31", {"months": 1}, False, "2024-02-29"),
        ("2026-03-31", {"months": 3}, False, "2026-06-30"),
        # no corresponding day: the last day of the month
        ("2026-01-30", {"months": 1}, False, "2026-02-28"),
        ("2026-01-29", {"months": 1}, False, "2026-02-28"),
        ("2026-01-28", {"months": 1}, False, "2026-02-28"),
        ("2026-01-27", {"months": 1}, False, "2026-02-27"),
        ("2024-01-29", {"months": 1}, False, "2024-02-29"),
        ("2024-01-28", {"months": 1}, False, "2024-02-28"),
        ("2026-01-31", {"months": 1}, True, "2026-02-28"),
        ("2026-08-30", {"months": 6}, False, "2027-02-28"),
        ("2024-02-29", {"years": 1}, True, "2025-02-28"),
        ("2024-02-29", {"years": 4}, True, "2028-02-28"),
        ("2024-02-28", {"years": 1}, False, "2025-02-28"),
        ("2024-02-29", {"years": 1}, False, "2025-02-28"),
        # over the end of a year
        ("2026-11-30", {"months": 3}, False, "2027-02-28"),
        ("2026-12-31", {"months": 12}, False, "2027-12-31"),
        ("2026-12-05", {"months": 1}, False, "2027-01-05"),
        ("2026-10-01", {"months": 4}, False, "2027-02-01"),
    ],
)
def test_last_day_of_a_period(start: str, length: dict[str, Any], counted: bool, last: str) -> None:
    assert add_period(day(start), **length, count_first_day=counted) == day(last)


@pytest.mark.parametrize("length", [{}, {"months": 1, "years": 1}, {"months": 0}, {"years": -1}])
def test_a_period_needs_one_length(length: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        add_period(day("2026-01-01"), **length)


@given(st.dates(dt.date(1900, 1, 1), dt.date(2090, 12, 31)), st.integers(1, 600))
def test_leaving_out_the_first_day_is_starting_a_day_later(start: dt.date, months: int) -> None:
    tomorrow = start + dt.timedelta(days=1)
    last = add_period(start, months=months)
    assert last == add_period(tomorrow, months=months, count_first_day=True)
    assert start < last


def test_days() -> None:
    assert add_days(day("2026-04-01"), 14) == day("2026-04-15")
    assert add_days(day("2026-04-01"), 14, count_first_day=True) == day("2026-04-14")
    with pytest.raises(ValueError):
        add_days(day("2026-04-01"), 0)


@pytest.mark.parametrize(
    ("on", "months", "before"),
    [
        ("2026-03-31", 1, "2026-02-28"),
        ("2024-03-31", 1, "2024-02-29"),
        ("2026-01-15", 1, "2025-12-15"),
        ("2026-07-31", 1, "2026-06-30"),
    ],
)
def test_months_before(on: str, months: int, before: str) -> None:
    assert same_day_months_before(day(on), months) == day(before)
