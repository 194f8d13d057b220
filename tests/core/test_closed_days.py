"""The municipality's closed days (CM-3)."""

from __future__ import annotations

import datetime as dt

import pytest

from residentapp.core.closed_days import ClosedDays, LocalDay, LocalDayKind


@pytest.mark.requirement("CM-3.4", partial=True)
@pytest.mark.parametrize(
    ("day", "reason"),
    [
        (dt.date(2026, 11, 20), None),
        (dt.date(2026, 11, 21), "土曜日"),
        (dt.date(2026, 11, 22), "日曜日"),
        (dt.date(2026, 11, 23), "勤労感謝の日"),
        (dt.date(2026, 11, 24), None),
        (dt.date(2026, 5, 6), "振替休日"),
        (dt.date(2026, 9, 22), "国民の休日"),
        (dt.date(2026, 12, 28), None),
        (dt.date(2026, 12, 29), "年末年始の休日"),
        (dt.date(2026, 12, 31), "年末年始の休日"),
        (dt.date(2027, 1, 1), "年末年始の休日"),
        (dt.date(2027, 1, 3), "年末年始の休日"),
        (dt.date(2027, 1, 4), None),
    ],
)
def test_closed_days(day: dt.date, reason: str | None) -> None:
    found = ClosedDays().reason(day)
    assert (found is None) == (reason is None)
    assert reason is None or reason in (found or "")
    assert ClosedDays().is_closed(day) == (reason is not None)


@pytest.mark.requirement("CM-3.4", partial=True)
def test_local_additions_and_openings() -> None:
    local = ClosedDays({dt.date(2026, 6, 1): "市の記念日"}, frozenset({dt.date(2026, 3, 29)}))
    assert local.reason(dt.date(2026, 6, 1)) == "市の記念日"
    assert not ClosedDays().is_closed(dt.date(2026, 6, 1))
    assert not local.is_closed(dt.date(2026, 3, 29)) and ClosedDays().is_closed(dt.date(2026, 3, 29))


def test_neighbouring_open_days() -> None:
    closed = ClosedDays()
    assert closed.next_open(dt.date(2026, 12, 29)) == dt.date(2027, 1, 4)
    assert closed.previous_open(dt.date(2027, 1, 3)) == dt.date(2026, 12, 28)
    assert closed.next_open(dt.date(2026, 11, 24)) == dt.date(2026, 11, 24)
    assert closed.previous_open(dt.date(2026, 11, 24)) == dt.date(2026, 11, 24)
    assert closed.next_open(dt.date(2026, 5, 2)) == dt.date(2026, 5, 7)


YEARLY = LocalDay(
    LocalDayKind.CLOSED,
    "市制施行記念日",
    month=11,
    day_of_month=5,
    first=dt.date(2020, 11, 5),
    last=dt.date(2026, 11, 5),
)


@pytest.mark.requirement("CM-3.4", partial=True)
@pytest.mark.parametrize(
    ("day", "closed"),
    [
        (dt.date(2019, 11, 5), False),
        (dt.date(2020, 11, 4), False),
        (dt.date(2020, 11, 5), True),
        (dt.date(2020, 11, 6), False),
        (dt.date(2026, 11, 5), True),
        (dt.date(2027, 11, 5), False),
    ],
)
def test_a_yearly_day_holds_within_its_period(day: dt.date, closed: bool) -> None:
    assert ClosedDays(local=[YEARLY]).is_closed(day) == closed


def test_the_29th_of_february_comes_in_leap_years_only() -> None:
    leap = LocalDay(LocalDayKind.CLOSED, "うるう日", month=2, day_of_month=29, first=dt.date(2020, 1, 1))
    days = ClosedDays(local=[leap])
    assert days.is_closed(dt.date(2028, 2, 29))
    assert not days.is_closed(dt.date(2027, 3, 1)) and not days.is_closed(dt.date(2028, 3, 1))


@pytest.mark.requirement("CM-3.4", partial=True)
def test_an_opened_counter_does_not_shorten_a_period() -> None:
    """休日開庁 on a Sunday: the counter is open, the day stays a 休日 (地方自治法 第4条の2第4項)."""
    sunday = dt.date(2026, 3, 29)
    days = ClosedDays(local=[LocalDay(LocalDayKind.OPENED, "年度末の休日開庁", sunday)])
    assert not days.is_closed(sunday) and days.opening(sunday) == "年度末の休日開庁"
    assert days.is_holiday(sunday) and days.holiday_reason(sunday) == "日曜日"
    assert days.next_open(dt.date(2026, 3, 28)) == dt.date(2026, 3, 30)
    assert days.previous_open(sunday) == dt.date(2026, 3, 27)
