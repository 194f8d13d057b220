"""The municipality's closed days (CM-3)."""

from __future__ import annotations

import datetime as dt

import pytest

from residentapp.core.closed_days import ClosedDays


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
