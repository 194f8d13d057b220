"""Reading the address dictionary: by postal code, by kana heads, by pick lists; 方書 of an address (RR-1.3.3c, 1.3.4).

Nothing here is personal data. All reads answer for one day: what had ended by then is left out unless asked for.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, or_, select, true
from sqlalchemy.orm import Session

from residentapp.core.addresses.models import (
    Building,
    Country,
    Lot,
    Municipality,
    PostalCode,
    Prefecture,
    Town,
)
from residentapp.core.addresses.sort_keys import lot_key
from residentapp.core.addresses.types import AddressCandidate, Source
from residentapp.core.search_keys import search_key

#: Most candidates one answer holds; a clerk types one more kana rather than read further.
LIMIT = 50

_NOT_DIGIT = re.compile(r"[^0-9]")
_FULL_DIGITS = str.maketrans("０１２３４５６７８９", "0123456789")
_SPACES = re.compile(r"[\s　・,、]+")


#: Towns of the own municipality, which staff registered, come before those of the country.
_OWN_FIRST = case((Municipality.source == Source.LOCAL.value, 0), else_=1)


def postal_digits(text: str) -> str:
    """The digits of a postal code as typed: 〒１００－０００１ → 1000001."""
    return _NOT_DIGIT.sub("", text.translate(_FULL_DIGITS))


def in_force(
    table: type[Municipality] | type[Town] | type[Building] | type[Lot] | type[Country], day: dt.date
) -> ColumnElement[bool]:
    """Condition: the row had begun and not yet ended on a day (its last day belongs to it)."""
    begun = or_(table.valid_from.is_(None), table.valid_from <= day)
    return begun & or_(table.valid_to.is_(None), table.valid_to >= day)


def _candidates() -> Select[*tuple[Any, ...]]:
    return (
        select(
            Prefecture.name,
            Prefecture.kana,
            Municipality.name,
            Municipality.kana,
            Municipality.code,
            Town.name,
            Town.kana,
            Town.code,
            PostalCode.code,
            PostalCode.note,
            Municipality.valid_to,
            Town.valid_to,
        )
        .select_from(Municipality)
        .join(Prefecture, Prefecture.code == Municipality.prefecture_code)
    )


def _candidate(row: Sequence[Any], on: dt.date | None = None) -> AddressCandidate:
    (
        prefecture,
        prefecture_kana,
        municipality,
        municipality_kana,
        code,
        town,
        town_kana,
        town_code,
        postal,
        note,
        *ends,
    ) = row
    return AddressCandidate(
        postal_code=postal or "",
        prefecture=prefecture,
        municipality=municipality,
        town=town or "",
        municipality_code=code,
        town_code=town_code or "",
        kana=" ".join(part for part in (prefecture_kana, municipality_kana, town_kana) if part),
        note=note or "",
        ended=on is not None and any(end is not None and end < on for end in ends),
    )


def _inside(within: str | None) -> ColumnElement[bool]:
    """Condition: in one municipality or ward; anywhere when None."""
    return true() if within is None else Municipality.code == within


def by_postal_code(
    session: Session, text: str, *, on: dt.date, limit: int = LIMIT, within: str | None = None
) -> list[AddressCandidate]:
    """Towns of a postal code: all seven digits, or the first three to six as a head.

    :param within: code of five digits of the only municipality or ward that is wanted.
    :returns: nothing when fewer than three digits were given.
    """
    digits = postal_digits(text)
    if not 3 <= len(digits) <= 7:
        return []
    query = (
        _candidates()
        .join(PostalCode, PostalCode.municipality_code == Municipality.code)
        .outerjoin(Town, Town.code == PostalCode.town_code)
        .where(or_(Town.code.is_(None), in_force(Town, on)), in_force(Municipality, on), _inside(within))
        .order_by(PostalCode.code, Municipality.code, Town.code)
        .limit(limit)
    )
    if len(digits) == 7:
        query = query.where(PostalCode.code == digits)
    else:
        query = query.where(
            PostalCode.code >= digits, PostalCode.code < digits[:-1] + chr(ord(digits[-1]) + 1)
        )
    return [_candidate(row) for row in session.execute(query)]


def _municipality_condition(heads: Sequence[str]) -> ColumnElement[bool]:
    """One head: of the whole name or of what follows the 郡 or city; two: of 郡 (city) and of 町 (ward)."""
    if len(heads) == 1:
        return Municipality.kana_key.startswith(
            heads[0], autoescape=True
        ) | Municipality.local_key.startswith(heads[0], autoescape=True)
    return Municipality.district_key.startswith(
        heads[0], autoescape=True
    ) & Municipality.local_key.startswith(heads[1], autoescape=True)


@dataclass(frozen=True)
class _Reach:
    """How far a search by kana goes: on which day, how many at most, old names too, and where."""

    on: dt.date
    limit: int
    old_names: bool
    inside: ColumnElement[bool]


def by_kana_heads(
    session: Session,
    text: str,
    *,
    on: dt.date,
    limit: int = LIMIT,
    old_names: bool = False,
    within: str | None = None,
) -> list[AddressCandidate]:
    """Addresses by the first kana of their parts: 「ト ヒ シ」 finds 東京都日野市神明 (RR-1.3.3c).

    Four heads are prefecture, 郡 or designated city, 町村 or ward, town. Three are prefecture, municipality, town.
    Two are prefecture and municipality, or municipality and town. One is a municipality.
    Kana are compared by their search keys, so ガ and カ, ッ and ツ count as equal.

    :param old_names: also what had ended by then, behind what had not (for 本籍).
    :param within: as in :func:`by_postal_code`. One head is then of a town: the municipality is given.
    """
    heads = [search_key(part) for part in _SPACES.split(text.strip()) if part]
    if not heads or len(heads) > 4 or not all(heads):
        return []
    reach = _Reach(on, limit, old_names, _inside(within))
    if len(heads) == 1 and within is not None:
        return _by_town(session, None, (), heads[0], reach)
    if len(heads) == 1:
        return _by_municipality(session, None, heads, reach)
    if len(heads) == 2:
        found = _by_municipality(session, heads[0], heads[1:], reach)
        rest = replace(reach, limit=limit - len(found))
        return found + _by_town(session, None, heads[:1], heads[1], rest)
    return _by_town(session, heads[0], heads[1:-1], heads[-1], reach)


def _by_municipality(
    session: Session, prefecture: str | None, heads: Sequence[str], reach: _Reach
) -> list[AddressCandidate]:
    ended = case((in_force(Municipality, reach.on), 0), else_=1)
    query = (
        select(
            Prefecture.name,
            Prefecture.kana,
            Municipality.name,
            Municipality.kana,
            Municipality.code,
            Municipality.valid_to,
        )
        .join(Prefecture, Prefecture.code == Municipality.prefecture_code)
        .where(_municipality_condition(heads), reach.inside)
        .order_by(ended, _OWN_FIRST, Municipality.code)
        .limit(reach.limit)
    )
    if not reach.old_names:
        query = query.where(in_force(Municipality, reach.on))
    if prefecture is not None:
        query = query.where(Prefecture.kana_key.startswith(prefecture, autoescape=True))
    found = session.execute(query)
    return [_candidate((*names, None, None, None, None, None, end), reach.on) for *names, end in found]


def _by_town(
    session: Session,
    prefecture: str | None,
    heads: Sequence[str],
    town: str,
    reach: _Reach,
) -> list[AddressCandidate]:
    if reach.limit <= 0:
        return []
    standing = in_force(Municipality, reach.on) & in_force(Town, reach.on)
    query = (
        _candidates()
        .join(Town, Town.municipality_code == Municipality.code)
        .outerjoin(PostalCode, PostalCode.town_code == Town.code)
        .where(
            _municipality_condition(heads) if heads else true(),
            reach.inside,
            Town.kana_key.startswith(town, autoescape=True),
        )
        .order_by(case((standing, 0), else_=1), _OWN_FIRST, Municipality.code, Town.code, PostalCode.code)
        .limit(reach.limit)
    )
    if not reach.old_names:
        query = query.where(standing)
    if prefecture is not None:
        query = query.where(Prefecture.kana_key.startswith(prefecture, autoescape=True))
    return [_candidate(row, reach.on) for row in session.execute(query)]


@dataclass(frozen=True)
class Pick:
    """One entry of a pick list. ``ended`` is set for an old name, offered for 本籍 only."""

    code: str
    name: str
    kana: str
    ended: dt.date | None = None


def prefectures(session: Session) -> list[Pick]:
    """都道府県 in the order of their codes."""
    return [
        Pick(*row)
        for row in session.execute(
            select(Prefecture.code, Prefecture.name, Prefecture.kana).order_by(Prefecture.code)
        )
    ]


def municipalities(
    session: Session,
    prefecture_code: str,
    *,
    on: dt.date,
    old_names: bool = False,
    within: str | None = None,
) -> list[Pick]:
    """市区町村 of a prefecture in the order of their codes.

    :param within: as in :func:`by_postal_code`.
    :param old_names: also those that have ended (for 本籍, RR-4.0.6a).
    """
    query = select(Municipality.code, Municipality.name, Municipality.kana, Municipality.valid_to)
    query = query.where(Municipality.prefecture_code == prefecture_code, _inside(within))
    query = query.order_by(Municipality.code)
    if not old_names:
        query = query.where(in_force(Municipality, on))
    return [Pick(*row) for row in session.execute(query)]


def oaza_list(
    session: Session, municipality_code: str, *, on: dt.date, old_names: bool = False
) -> list[Pick]:
    """大字 of a municipality in kana order; ``code`` is the 8-digit head of its 住所コード."""
    query = select(Town.code, Town.oaza_name, Town.name, Town.kana, Town.valid_to)
    query = query.where(Town.municipality_code == municipality_code).order_by(Town.code)
    if not old_names:
        query = query.where(in_force(Town, on))
    picks: dict[str, Pick] = {}
    for code, oaza, name, kana, ended in session.execute(query):
        if oaza == name or code[:8] not in picks:
            picks[code[:8]] = Pick(code[:8], oaza, kana if oaza == name else "", ended)
    return sorted(picks.values(), key=lambda pick: (pick.kana or pick.name, pick.code))


def towns(session: Session, head: str, *, on: dt.date, old_names: bool = False) -> list[Pick]:
    """町字 under a municipality (5 digits) or a 大字 (8 digits), in the order of their 住所コード.

    :raises ValueError: when ``head`` is neither.
    """
    if not (head.isascii() and head.isdigit() and len(head) in (5, 8)):
        raise ValueError("a municipality has 5 digits, a 大字 8")
    query = select(Town.code, Town.name, Town.kana, Town.valid_to).where(Town.municipality_code == head[:5])
    query = query.where(Town.code.startswith(head)).order_by(Town.code)
    if not old_names:
        query = query.where(in_force(Town, on))
    return [Pick(*row) for row in session.execute(query)]


def town_candidates(session: Session, town_code: str, *, on: dt.date) -> list[AddressCandidate]:
    """A town with each of its postal codes; empty when the code is unknown."""
    query = (
        _candidates()
        .join(Town, Town.municipality_code == Municipality.code)
        .outerjoin(PostalCode, PostalCode.town_code == Town.code)
        .where(Town.code == town_code)
        .order_by(PostalCode.code, PostalCode.note)
    )
    return [_candidate(row, on) for row in session.execute(query)]


def town_name(session: Session, town_code: str) -> AddressCandidate | None:
    """The full name of a 住所コード, past ones included; None when it is unknown."""
    return next(iter(town_candidates(session, town_code, on=dt.date.max)), None)


def buildings_at(session: Session, town_code: str, lot: str, *, on: dt.date) -> list[Building]:
    """方書 registered for an address (RR-4.0.7a): 「2番10号」 finds what was registered as 「２－１０」."""
    query = (
        select(Building)
        .where(
            Building.town_code == town_code, Building.lot_key == lot_key(lot).encoded, in_force(Building, on)
        )
        .order_by(Building.kana, Building.id)
    )
    return list(session.scalars(query))


def buildings_of_town(
    session: Session, town_code: str, *, on: dt.date, ended: bool = False
) -> list[Building]:
    """方書 of a town in the order of their lots.

    :param ended: also those that have ended.
    """
    query = select(Building).where(Building.town_code == town_code).order_by(Building.lot_key, Building.id)
    if not ended:
        query = query.where(in_force(Building, on))
    return list(session.scalars(query))


def towns_with_buildings(session: Session, municipality_code: str, *, on: dt.date) -> list[tuple[Town, int]]:
    """町字 of a municipality in the order of their 住所コード, each with how many 方書 it has."""
    count = (
        select(func.count(Building.id))
        .where(Building.town_code == Town.code, in_force(Building, on))
        .correlate(Town)
        .scalar_subquery()
    )
    query = select(Town, count).where(Town.municipality_code == municipality_code, in_force(Town, on))
    query = query.order_by(Town.code)
    return [(town, number) for town, number in session.execute(query)]


def lots_of_town(session: Session, town_code: str, *, on: dt.date) -> list[Lot]:
    """地番 and 住居番号 that an address of the town may use, in numeric order (RR-1.3.2)."""
    query = select(Lot).where(Lot.town_code == town_code, in_force(Lot, on)).order_by(Lot.sort_key, Lot.id)
    return list(session.scalars(query))


def countries(session: Session, *, on: dt.date) -> list[Country]:
    """国籍・地域 in the order of their names."""
    return list(session.scalars(select(Country).where(in_force(Country, on)).order_by(Country.name)))
