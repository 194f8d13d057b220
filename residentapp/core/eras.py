"""The era table (元号): Python defaults, and the database table that an administrator can extend.

A new era needs one row and no program (RR-1.3.6, CM-3). The defaults are what an empty table means.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from sqlalchemy import CheckConstraint, String, inspect, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from residentapp.core.db.base import Base

#: First day of the solar calendar in Japan (明治5年太政官布告第337号). Earlier days are of another calendar.
SOLAR_CALENDAR_START = dt.date(1873, 1, 1)


@dataclass(frozen=True)
class EraPeriod:
    """One era as days of the solar calendar.

    :param number: digit of the short spelling (5081123); 明治 1 … 令和 5.
    :param name: two characters as written, ``令和``.
    :param letter: Latin letter of the short spelling, ``R``.
    :param first_year: western year that is year 1 (元年) of the era.
    :param first_day: first day that may be written in this era.
    :param last_day: last such day, inclusive; None while the era lasts. It may be the first day of the
        next era too: 明治45年7月30日 and 大正元年7月30日 are one day (RR-1.1.8c).
    """

    number: int
    name: str
    letter: str
    first_year: int
    first_day: dt.date
    last_day: dt.date | None = None

    def covers(self, first: dt.date, last: dt.date | None = None) -> bool:
        """Whether any day from ``first`` to ``last`` (or the one day) may be written in this era."""
        end = last or first
        return self.first_day <= end and (self.last_day is None or first <= self.last_day)

    def year_text(self, western_year: int) -> str:
        """``令和8年`` for 2026, ``令和元年`` for 2019."""
        year = western_year - self.first_year + 1
        return f"{self.name}{'元' if year == 1 else year}年"


@dataclass(frozen=True)
class EraTable:
    """All eras, oldest first, with the look-ups that reading and writing dates need.

    :raises ValueError: when two eras share a number, name or letter, or do not follow each other.
    """

    periods: tuple[EraPeriod, ...]
    _by_key: dict[str, EraPeriod] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        by_key: dict[str, EraPeriod] = {}
        for earlier, later in zip(self.periods, self.periods[1:], strict=False):
            if later.first_day <= earlier.first_day:
                raise ValueError("eras must be in the order of their first days")
            if earlier.last_day is None or not 0 <= (later.first_day - earlier.last_day).days <= 1:
                raise ValueError("an era must begin on the last day of the one before or on the day after it")
        for period in self.periods:
            for key in (period.name, period.letter.upper(), period.name[0], str(period.number)):
                if by_key.setdefault(key, period) is not period:
                    raise ValueError("eras must differ in name, first character, letter and number")
        object.__setattr__(self, "_by_key", by_key)

    def __iter__(self) -> Iterator[EraPeriod]:
        return iter(self.periods)

    def find(self, key: str) -> EraPeriod | None:
        """The era of a name (令和), its first character (令), letter (R, r) or number ("5")."""
        return self._by_key.get(key.upper())

    def at(self, day: dt.date) -> EraPeriod | None:
        """The era of a day; on a day of two eras the new one. None before the solar calendar."""
        for period in reversed(self.periods):
            if period.first_day <= day:
                return period
        return None

    def keys_pattern(self) -> str:
        """Alternatives of a regular expression that match any name, letter or first character."""
        keys = [key for key in self._by_key if not key.isdigit()]
        keys += [key.lower() for key in keys if key.isascii()]
        return "|".join(sorted(keys, key=len, reverse=True))


def build_table(periods: Iterable[EraPeriod]) -> EraTable:
    """An era table in which an open era ends the day before the next one begins.

    So an administrator adds a new era by its own row only.
    """
    ordered = sorted(periods, key=lambda period: period.first_day)
    closed: list[EraPeriod] = []
    for index, period in enumerate(ordered):
        last = period.last_day
        if last is None and index + 1 < len(ordered):
            last = ordered[index + 1].first_day - dt.timedelta(days=1)
        closed.append(
            EraPeriod(period.number, period.name, period.letter, period.first_year, period.first_day, last)
        )
    return EraTable(tuple(closed))


#: The eras known when this version was made. 明治 counts from the solar calendar on (CM-3).
ERAS = build_table(
    (
        EraPeriod(1, "明治", "M", 1868, SOLAR_CALENDAR_START, dt.date(1912, 7, 30)),
        EraPeriod(2, "大正", "T", 1912, dt.date(1912, 7, 30), dt.date(1926, 12, 25)),
        EraPeriod(3, "昭和", "S", 1926, dt.date(1926, 12, 25), dt.date(1989, 1, 7)),
        EraPeriod(4, "平成", "H", 1989, dt.date(1989, 1, 8), dt.date(2019, 4, 30)),
        EraPeriod(5, "令和", "R", 2019, dt.date(2019, 5, 1)),
    )
)


class Era(Base):
    """元号マスタ: one era, kept by an administrator (RR-1.3.6)."""

    __tablename__ = "era"
    __table_args__ = (
        CheckConstraint("number BETWEEN 1 AND 9", name="number_is_digit"),
        CheckConstraint("last_day IS NULL OR last_day >= first_day", name="days_in_order"),
    )

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(String(2), unique=True)
    letter: Mapped[str] = mapped_column(String(1), unique=True)
    first_year: Mapped[int]
    first_day: Mapped[dt.date] = mapped_column(unique=True)
    last_day: Mapped[dt.date | None]


def add_default_eras(session: Session) -> int:
    """Write the default eras that the table lacks; returns how many were added. Existing rows stay."""
    known = set(session.scalars(select(Era.number)))
    missing = [period for period in ERAS if period.number not in known]
    for period in missing:
        session.add(
            Era(
                number=period.number,
                name=period.name,
                letter=period.letter,
                first_year=period.first_year,
                first_day=period.first_day,
                # The era that lasts stays open, so that the next one needs its own row only.
                last_day=period.last_day,
            )
        )
    session.flush()
    return len(missing)


def load_eras(session: Session) -> EraTable:
    """The era table of the database; the defaults while the table is empty.

    :raises ValueError: when the rows contradict each other (see :class:`EraTable`).
    """
    rows = session.scalars(select(Era).order_by(Era.first_day)).all()
    if not rows:
        return ERAS
    return build_table(
        EraPeriod(row.number, row.name, row.letter.upper(), row.first_year, row.first_day, row.last_day)
        for row in rows
    )


_installed: EraTable = ERAS
_read_at: dt.datetime | None = None

#: How long a process may go on with the eras it has read before it looks again.
REFRESH_AFTER = dt.timedelta(minutes=1)


def install_eras(table: EraTable) -> None:
    """Make a table the one that dates are read and written with in this process."""
    global _installed
    _installed = table


def refresh_eras(session: Session, moment: dt.datetime) -> None:
    """Install the eras of the database; looks at most once in :data:`REFRESH_AFTER`.

    Every process of the application calls this with its requests, so that an era added by an administrator
    is in use everywhere within a minute and without a restart. A database without the table changes nothing.

    :param moment: the moment of the request.
    :raises ValueError: when the rows contradict each other.
    """
    global _read_at
    if _read_at is not None and dt.timedelta(0) <= moment - _read_at < REFRESH_AFTER:
        return
    if inspect(session.connection()).has_table(Era.__tablename__):
        install_eras(load_eras(session))
    _read_at = moment


def current_eras() -> EraTable:
    """The table in use: the installed one, else the defaults."""
    return _installed
