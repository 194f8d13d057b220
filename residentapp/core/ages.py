"""Ages and periods by law.

Ages: 年齢計算ニ関スル法律 (明治35年法律第50号) counts the day of birth, so that a year of age is completed at the
end of the day before the birthday. Periods: 民法 第140条, 第141条, 第143条.
"""

from __future__ import annotations

import calendar
import datetime as dt

from residentapp.core.dates import DateValue

_DAY = dt.timedelta(days=1)


def _month_later(day: dt.date, months: int) -> tuple[int, int, int]:
    """Year and month that many months on, and the number of days of that month."""
    year, month0 = divmod(day.year * 12 + day.month - 1 + months, 12)
    return year, month0 + 1, calendar.monthrange(year, month0 + 1)[1]


def add_period(
    start: dt.date, *, months: int | None = None, years: int | None = None, count_first_day: bool = False
) -> dt.date:
    """The last day of a period of months or years (民法 第140条–第143条).

    The first day is not counted (第140条) unless the period begins at midnight, as a term that runs "from 1 April"
    does: then ``count_first_day``. The period ends the day before the corresponding day of its first counted
    day; where the last month has no such day, on the last day of that month (第143条第2項).

    :raises ValueError: unless exactly one of ``months`` and ``years`` is given and it is 1 or more.
    """
    if (months is None) == (years is None):
        raise ValueError("give either months or years")
    length = months if months is not None else 12 * (years or 0)
    if length < 1:
        raise ValueError("a period is at least one month or one year long")
    first = start if count_first_day else start + _DAY
    year, month, days = _month_later(first, length)
    if first.day > days:
        return dt.date(year, month, days)
    return dt.date(year, month, first.day) - _DAY


def add_days(start: dt.date, days: int, *, count_first_day: bool = False) -> dt.date:
    """The last day of a period of days (民法 第140条, 第141条): 14 days from the 1st end on the 15th.

    :raises ValueError: when ``days`` is less than 1.
    """
    if days < 1:
        raise ValueError("a period is at least one day long")
    return start + dt.timedelta(days=days - 1 if count_first_day else days)


def same_day_months_before(day: dt.date, months: int) -> dt.date:
    """The day of the same number that many months earlier, or the last day of that month if it has none."""
    year, month, days = _month_later(day, -months)
    return dt.date(year, month, min(day.day, days))


def completed_on(birth: dt.date, age: int) -> dt.date:
    """The day at whose end an age is completed: the day before the birthday.

    Born on 29 February, an age is completed at the end of 28 February in every year.

    :param age: 1 or more.
    :raises ValueError: for an age below 1.
    """
    return add_period(birth, years=age, count_first_day=True)


def age_on(birth: dt.date, on: dt.date) -> int:
    """Full years at the END of day ``on`` (年齢計算ニ関スル法律).

    A person born on 1 April 2008 is 18 at the end of 31 March 2026.

    :raises ValueError: when ``on`` is before the birth.
    """
    if on < birth:
        raise ValueError("the day is before the birth")
    age = on.year - birth.year + 1
    while age > 0 and completed_on(birth, age) > on:
        age -= 1
    return age


def age_during(birth: dt.date, day: dt.date) -> int:
    """Age of a person in the course of a day, as a screen or a counter tells it: what was completed before the day.

    The law completes a year at the end of the day before the birthday, so that the new age is there from the
    birthday's first moment and not an hour earlier.

    :raises ValueError: when ``day`` is before the birth.
    """
    return 0 if day == birth else age_on(birth, day - _DAY)


def age_of(birth: DateValue, on: dt.date) -> int | None:
    """Age at the end of a day for a birth date as recorded; None when it is unknown or not of the calendar.

    No みなし生年月日 is made to count from (RR-1.1.8e).

    :raises ValueError: when ``on`` is before the birth.
    """
    return None if birth.exact is None else age_on(birth.exact, on)
