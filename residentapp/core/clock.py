"""The clock, always handed in: rules and operations never ask the machine for the time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from zoneinfo import ZoneInfo

#: All legal days and periods are counted in Japanese time.
JST = ZoneInfo("Asia/Tokyo")

#: Gives the present moment with a time zone.
Clock = Callable[[], dt.datetime]


def system_clock() -> dt.datetime:
    """The machine's time in Japan."""
    return dt.datetime.now(JST)


def day_of(moment: dt.datetime) -> dt.date:
    """The Japanese calendar day on which a moment falls."""
    return moment.astimezone(JST).date()
