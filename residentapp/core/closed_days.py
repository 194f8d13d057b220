"""休日: the days on which the municipality is closed (地方自治法 第4条の2, CM-3).

Saturdays and Sundays, national holidays (国民の祝日に関する法律, with substitute holidays, from the ``holidays``
package), 29 December to 3 January, and what a municipality adds by ordinance.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import holidays

_DAY = dt.timedelta(days=1)
_WEEKDAYS = {5: "土曜日", 6: "日曜日"}


class ClosedDays:
    """Which days are closed, and why.

    :param additions: further closed days with their reason, for example an evacuation or a local holiday.
    :param openings: days that are open although they would be closed (休日開庁).
    """

    def __init__(
        self,
        additions: Mapping[dt.date, str] | None = None,
        openings: frozenset[dt.date] = frozenset(),
    ) -> None:
        self._national = holidays.country_holidays("JP", language="ja")
        self._additions = dict(additions or {})
        self._openings = openings

    def reason(self, day: dt.date) -> str | None:
        """Why a day is closed, in Japanese; None when it is open."""
        if day in self._openings:
            return None
        if day in self._additions:
            return self._additions[day]
        if (day.month, day.day) >= (12, 29) or (day.month, day.day) <= (1, 3):
            return "年末年始の休日"
        national = self._national.get(day)
        if national is not None:
            return str(national)
        return _WEEKDAYS.get(day.weekday())

    def is_closed(self, day: dt.date) -> bool:
        """Whether the municipality is closed on a day."""
        return self.reason(day) is not None

    def next_open(self, day: dt.date) -> dt.date:
        """The day itself if open, else the next open day (民法 第142条: a period that would end on it)."""
        while self.is_closed(day):
            day += _DAY
        return day

    def previous_open(self, day: dt.date) -> dt.date:
        """The day itself if open, else the last open day before it."""
        while self.is_closed(day):
            day -= _DAY
        return day
