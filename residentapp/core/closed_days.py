"""休日: the days on which the municipality is closed (地方自治法 第4条の2, CM-3).

Saturdays and Sundays, national holidays (国民の祝日に関する法律, with substitute holidays, from the ``holidays``
package), 29 December to 3 January, and what a municipality adds by ordinance. Opening the counter on such a day
(休日開庁) does not make it a working day: a period that would end on it still ends on the next one.
"""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

import holidays

_DAY = dt.timedelta(days=1)
_WEEKDAYS = {5: "土曜日", 6: "日曜日"}


class LocalDayKind(enum.StrEnum):
    """What a municipality says of a day."""

    CLOSED = "closed"
    OPENED = "opened"

    @property
    def label(self) -> str:
        """Japanese label for screens."""
        return {"closed": "休日に加える", "opened": "休日開庁（窓口を開ける）"}[self.value]


@dataclass(frozen=True)
class LocalDay:
    """A day that a municipality closes or opens: one day, or the same day of each year.

    :param reason: name of the day, as screens show it.
    :param day: the one day; None for a yearly one.
    :param month: of a yearly day, with ``day_of_month``; 29 February falls on leap years only.
    :param first: of a yearly day: first day on which the rule holds.
    :param last: of a yearly day: last day on which it holds; None while it lasts.
    """

    kind: LocalDayKind
    reason: str
    day: dt.date | None = None
    month: int | None = None
    day_of_month: int | None = None
    first: dt.date | None = None
    last: dt.date | None = None

    def falls_on(self, day: dt.date) -> bool:
        """Whether it is that day."""
        if self.day is not None:
            return self.day == day
        return (
            (day.month, day.day) == (self.month, self.day_of_month)
            and (self.first is None or self.first <= day)
            and (self.last is None or day <= self.last)
        )


@cache
def _national(year: int) -> dict[dt.date, str]:
    """国民の祝日 of a year, worked out once: there are few years, and each entry asks several times."""
    found = holidays.country_holidays("JP", language="ja", years=year)
    return {day: str(name) for day, name in found.items() if day.year == year}


class ClosedDays:
    """Which days are closed, and why.

    :param additions: further closed days with their reason, for example a local holiday.
    :param openings: days on which the counter is open although they are 休日 (休日開庁).
    :param local: the same as the table of the municipality has them, yearly days included.
    """

    def __init__(
        self,
        additions: Mapping[dt.date, str] | None = None,
        openings: frozenset[dt.date] = frozenset(),
        local: Iterable[LocalDay] = (),
    ) -> None:
        self._local = [
            *(LocalDay(LocalDayKind.CLOSED, reason, day) for day, reason in (additions or {}).items()),
            *(LocalDay(LocalDayKind.OPENED, "", day) for day in openings),
            *local,
        ]

    def _local_on(self, day: dt.date, kind: LocalDayKind) -> LocalDay | None:
        return next((local for local in self._local if local.kind is kind and local.falls_on(day)), None)

    def holiday_reason(self, day: dt.date) -> str | None:
        """Why a day is a 休日 by law or ordinance, whether the counter is opened on it or not; None for others."""
        added = self._local_on(day, LocalDayKind.CLOSED)
        if added is not None:
            return added.reason
        if (day.month, day.day) >= (12, 29) or (day.month, day.day) <= (1, 3):
            return "年末年始の休日"
        national = _national(day.year).get(day)
        if national is not None:
            return national
        return _WEEKDAYS.get(day.weekday())

    def is_holiday(self, day: dt.date) -> bool:
        """Whether a day is a 休日 on which no period ends."""
        return self.holiday_reason(day) is not None

    def opening(self, day: dt.date) -> str | None:
        """Name of the 休日開庁 on a day; None when there is none."""
        opened = self._local_on(day, LocalDayKind.OPENED)
        return None if opened is None else opened.reason

    def reason(self, day: dt.date) -> str | None:
        """Why the counter is closed on a day, in Japanese; None when it is open."""
        return None if self.opening(day) is not None else self.holiday_reason(day)

    def is_closed(self, day: dt.date) -> bool:
        """Whether the counter is closed on a day."""
        return self.reason(day) is not None

    def next_open(self, day: dt.date) -> dt.date:
        """The day itself if it is no 休日, else the next day that is none (民法 第142条, 地方自治法 第4条の2第4項).

        For the end of a period: a 休日 on which the counter happens to be open does not shorten it.
        """
        while self.is_holiday(day):
            day += _DAY
        return day

    def previous_open(self, day: dt.date) -> dt.date:
        """The day itself if it is no 休日, else the last day before it that is none."""
        while self.is_holiday(day):
            day -= _DAY
        return day
