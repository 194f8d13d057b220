"""区 of a 指定都市: 行政区 and 総合区 as values, for rules and screens (地方自治法 第252条の20, 第252条の20の2).

住民基本台帳法 第38条 lets parts of that law apply to a ward as if it were a city. The ward of an address stands in its
住所コード, whose first five digits are the code of the ward (RR-1.3.3b).
"""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Iterator
from dataclasses import dataclass, field


class WardKind(enum.StrEnum):
    """What kind of ward it is."""

    ADMINISTRATIVE = "administrative"
    GENERAL = "general"

    @property
    def label(self) -> str:
        """Label on screens."""
        return {"administrative": "区（行政区）", "general": "総合区"}[self.value]


@dataclass(frozen=True)
class Ward:
    """One ward.

    :param code: 全国地方公共団体コード of the ward with its check digit, 6 digits.
    :param name: without the city: 北区.
    :param in_force: whether it exists on the day for which it was read.
    """

    code: str
    name: str
    kind: WardKind = WardKind.ADMINISTRATIVE
    in_force: bool = True

    @property
    def head(self) -> str:
        """The first five digits of every 住所コード in the ward."""
        return self.code[:5]


@dataclass(frozen=True)
class Wards:
    """The wards of the own municipality in the order of their codes, ended ones included; empty when it has none.

    :param limited: changes may be entered by an officer of a ward for its own residents only (RR-4.0.1c).
    """

    rows: tuple[Ward, ...] = field(default=())
    limited: bool = False

    def __bool__(self) -> bool:
        """Whether the municipality is a 指定都市 with wards."""
        return bool(self.rows)

    def __iter__(self) -> Iterator[Ward]:
        """The wards that exist."""
        return (ward for ward in self.rows if ward.in_force)

    def of_address(self, address_code: str | None) -> Ward | None:
        """The ward of an address by its 住所コード, an ended one too; None when the code names none."""
        head = (address_code or "")[:5]
        return next((ward for ward in self.rows if ward.head == head), None)

    def by_code(self, code: str | None) -> Ward | None:
        """The ward with a code of six digits; None when there is none."""
        return next((ward for ward in self.rows if ward.code == code), None)

    def existing(self, code: str | None) -> Ward | None:
        """:meth:`by_code`, but None for a ward that has ended or not begun."""
        found = self.by_code(code)
        return found if found is not None and found.in_force else None

    @property
    def codes(self) -> frozenset[str]:
        """Codes of six digits."""
        return frozenset(ward.code for ward in self.rows)


#: Of a municipality that is no 指定都市.
NO_WARDS = Wards()


def in_period(first: dt.date, last: dt.date | None, day: dt.date) -> bool:
    """Whether a ward with this period exists on a day; its last day belongs to it."""
    return first <= day and (last is None or day <= last)
