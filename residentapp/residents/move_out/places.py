"""In which municipality a destination lies, and its postal code, by the address dictionary (RR-1.3.3, RR-1.1.17)."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from residentapp.core.addresses.countries import country_code
from residentapp.core.addresses.models import Municipality, PostalCode, Town
from residentapp.core.addresses.municipalities import find_municipality, municipality_by_code
from residentapp.core.characters import without_selectors


@dataclass(frozen=True)
class KnownMunicipality:
    """A municipality of the dictionary.

    :param code: 市区町村コード, 5 digits. :param name: with its prefecture.
    """

    code: str
    name: str


def municipality_of(session: Session, address: str, code: str = "") -> KnownMunicipality | None:
    """The municipality of an address, its successor when it has ended.

    :param code: 住所コード of 11 digits (or its first five), which tells more surely than the text.
    :returns: None when the dictionary does not tell: unknown, or a name that several prefectures have.
    """
    found = municipality_by_code(session, code[:5]) or find_municipality(session, address)
    if found is None:
        return None
    municipality, prefecture = found
    return KnownMunicipality(municipality.code, prefecture.name + municipality.name)


def country_known(session: Session, name: str) -> bool:
    """Whether the dictionary has a country of this name."""
    return country_code(session, name) is not None


@dataclass(frozen=True)
class FoundTown:
    """A town of the dictionary with its one postal code, empty when it has several or none."""

    code: str
    postal_code: str


def town_of(session: Session, address: str, code: str = "") -> FoundTown | None:
    """The town of an address: by its 住所コード, else the longest town name with which the address goes on."""
    if len(code) == 11 and session.get(Town, code) is not None:
        return FoundTown(code, _postal_code(session, code))
    municipality = municipality_of(session, address, code)
    if municipality is None:
        return None
    text = without_selectors(address).strip()
    rest = text.partition(municipality.name)[2] or text.partition(_own_name(session, municipality.code))[2]
    towns = session.scalars(
        select(Town).where(Town.municipality_code == municipality.code, Town.valid_to.is_(None))
    )
    fitting = sorted(
        (town for town in towns if town.name and rest.startswith(town.name)),
        key=lambda town: len(town.name),
    )
    return FoundTown(fitting[-1].code, _postal_code(session, fitting[-1].code)) if fitting else None


def _own_name(session: Session, code: str) -> str:
    return session.get_one(Municipality, code).name


def _postal_code(session: Session, town_code: str) -> str:
    codes = set(session.scalars(select(PostalCode.code).where(PostalCode.town_code == town_code)))
    return codes.pop() if len(codes) == 1 else ""
