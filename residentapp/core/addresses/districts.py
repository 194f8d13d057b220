"""Which district an address lies in: 投票区, 小学校区 … of a day (RR-1.3.5).

A run of lots of a town goes before the whole town, the town itself before its 大字. An address whose lot is in no run
and whose town is not assigned as a whole lies in no district of that kind.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session, contains_eager

from residentapp.core.addresses.district_models import District, DistrictArea, DistrictKind
from residentapp.core.addresses.queries import town_name
from residentapp.core.addresses.sort_keys import lot_key


def run_keys(first: str, last: str) -> tuple[str, str]:
    """Keys of a run of lots as written, both ends with all that lies under them; two empty ones for the whole town.

    「1番」 to 「5番」 holds 「5番10号」. One end alone means a run of that lot.

    :raises ValueError: when the last lot stands before the first.
    """
    first, last = first.strip() or last.strip(), last.strip() or first.strip()
    if not first:
        return "", ""
    keys = lot_key(first).encoded, lot_key(last).encoded_last
    if keys[0] > keys[1]:
        raise ValueError("the run ends before it begins")
    return keys


def _valid(table: type[District] | type[DistrictArea], day: dt.date) -> ColumnElement[bool]:
    return (table.valid_from <= day) & or_(table.valid_to.is_(None), table.valid_to >= day)


def _areas(
    session: Session, kind: str, day: dt.date, towns: Sequence[str] | None = None
) -> list[DistrictArea]:
    query = (
        select(DistrictArea)
        .join(DistrictArea.district)
        .options(contains_eager(DistrictArea.district))
        .where(DistrictArea.kind == kind, _valid(DistrictArea, day), _valid(District, day))
        .order_by(DistrictArea.town_code, DistrictArea.first_key, DistrictArea.id)
    )
    if towns is not None:
        query = query.where(DistrictArea.town_code.in_(towns))
    return list(session.scalars(query))


def _oaza(address_code: str) -> str:
    return f"{address_code[:8]}000"


@dataclass
class DistrictMap:
    """All areas of a kind on a day, to ask for many addresses without a query each.

    :param areas: with their districts loaded.
    """

    areas: Iterable[DistrictArea]
    _by_town: dict[str, list[DistrictArea]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        for area in self.areas:
            self._by_town.setdefault(area.town_code, []).append(area)

    def of(self, address_code: str, lot_sort: str) -> District | None:
        """The district of an address; None when it lies in none.

        :param lot_sort: key of its lot (``lot_key(…).encoded``); empty when the lot is not known.
        """
        for code in dict.fromkeys((address_code, _oaza(address_code))):
            areas = self._by_town.get(code, ())
            for area in areas:
                if area.first_key and area.first_key <= lot_sort <= area.last_key:
                    return area.district
            for area in areas:
                if not area.first_key:
                    return area.district
        return None

    def covers(self, town_code: str) -> bool:
        """Whether anything of a town is assigned."""
        return town_code in self._by_town or _oaza(town_code) in self._by_town


def district_map(session: Session, kind: str, day: dt.date) -> DistrictMap:
    """All areas of a kind on a day."""
    return DistrictMap(_areas(session, kind, day))


def district_of(
    session: Session, address_code: str, lot_sort: str, kind: str, day: dt.date
) -> District | None:
    """The district of a kind that an address lies in on a day; None when it lies in none.

    :param address_code: 住所コード, 11 digits.
    :param lot_sort: key of the lot (``lot_key(…).encoded``); empty when the lot is not known.
    :param kind: code of the kind (``district_models.POLLING`` …).
    """
    towns = (address_code, _oaza(address_code))
    return DistrictMap(_areas(session, kind, day, towns)).of(address_code, lot_sort)


def lot_of_address(session: Session, address_code: str, address: str) -> str:
    """The part of a written address behind its town: 「2番10号」; empty when it does not begin with the town."""
    town = town_name(session, address_code)
    if town is not None:
        for head in (town.text, town.municipality + town.town, town.town):
            if head and address.startswith(head):
                return address.removeprefix(head).strip()
    return ""


def district_of_address(
    session: Session, address_code: str, address: str, kind: str, day: dt.date
) -> District | None:
    """The same for an address as the resident record has it: code and writing."""
    lot = lot_of_address(session, address_code, address)
    return district_of(session, address_code, lot_key(lot).encoded if lot else "", kind, day)


def district_kinds(session: Session) -> list[DistrictKind]:
    """The kinds in the order of lists."""
    return list(session.scalars(select(DistrictKind).order_by(DistrictKind.place, DistrictKind.code)))


def districts_in_force(session: Session, day: dt.date) -> list[District]:
    """The districts of every kind on a day, by kind and code."""
    query = select(District).where(_valid(District, day)).order_by(District.kind, District.code)
    return list(session.scalars(query))


def districts_of_kind(session: Session, kind: str) -> list[District]:
    """Every district of a kind, past ones included, by code and beginning."""
    query = select(District).where(District.kind == kind).order_by(District.code, District.valid_from)
    return list(session.scalars(query))
