"""The last day to notify, with the days that the municipality closes and opens by itself (地方自治法 第4条の2)."""

from __future__ import annotations

import datetime as dt

import pytest

from residentapp.core.closed_days import LocalDayKind
from residentapp.core.masters.setting_models import ClosedDay
from tests.residents.move_in.cases import entry
from tests.residents.move_in.conftest import MoveInOffice

FRIDAY, HOLIDAY = dt.date(2026, 11, 20), dt.date(2026, 11, 23)


@pytest.mark.requirement("CM-3.4", partial=True)
@pytest.mark.parametrize(
    ("moved_on", "local", "late"),
    [
        # Due on Friday the 20th; notified on Tuesday the 24th.
        ("令和8年11月6日", None, True),
        # Closed on that Friday: after Saturday, Sunday and 勤労感謝の日 the 24th is the last day.
        ("令和8年11月6日", (LocalDayKind.CLOSED, FRIDAY), False),
        # Due on the holiday, so on the 24th; a counter opened on the holiday does not shorten that.
        ("令和8年11月9日", None, False),
        ("令和8年11月9日", (LocalDayKind.OPENED, HOLIDAY), False),
    ],
)
def test_the_deadline_knows_the_days_of_the_table(
    office: MoveInOffice, moved_on: str, local: tuple[LocalDayKind, dt.date] | None, late: bool
) -> None:
    if local is not None:
        office.session.add(ClosedDay(kind=local[0], reason="市の定め", day=local[1]))
        office.session.flush()
    made = entry(moved_on=moved_on, notified_on="令和8年11月24日")
    case = office.start(made)
    assert ("MI-A001" in office.findings(case, made)) is late
