"""A clock that tests set by hand."""

from __future__ import annotations

import datetime as dt

from residentapp.core.clock import JST

#: The moment at which tests take place unless they say otherwise: a working day, mid-morning in Japan.
TEST_MOMENT = dt.datetime(2026, 11, 24, 10, 0, tzinfo=JST)


class SettableClock:
    """A ``Clock`` that stands still until told to move."""

    def __init__(self, moment: dt.datetime = TEST_MOMENT) -> None:
        self.moment = moment

    def __call__(self) -> dt.datetime:
        return self.moment

    def advance(self, **parts: float) -> None:
        """Move forward by the parts of a timedelta: ``clock.advance(minutes=16)``."""
        self.moment += dt.timedelta(**parts)

    def set(self, moment: dt.datetime) -> None:
        """Stand at another moment (with a time zone)."""
        self.moment = moment
