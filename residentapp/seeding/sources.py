"""The readable files under ``seed/`` that the invented town is made of, loaded once and checked.

Nothing in them is a real person; the municipality and its codes are invented.
"""

from __future__ import annotations

import csv
import datetime as dt
import random
import tomllib
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any, Generic, TypeVar

#: ``seed/`` beside the package in a source tree.
SEED_FOLDER = Path(__file__).resolve().parents[2] / "seed"

_T = TypeVar("_T")


class SeedDataError(Exception):
    """A file of the seed folder is missing or does not have the expected form."""


class Weighted(Generic[_T]):
    """Values drawn by weight."""

    def __init__(self, pairs: Iterable[tuple[_T, float]]) -> None:
        kept = [(value, weight) for value, weight in pairs if weight > 0]
        if not kept:
            raise SeedDataError("a list of choices is empty")
        self.values: Sequence[_T] = [value for value, _ in kept]
        self._bounds = list(accumulate(weight for _, weight in kept))

    def draw(self, rng: random.Random) -> _T:
        """One value."""
        place = bisect_right(self._bounds, rng.random() * self._bounds[-1])
        return self.values[min(place, len(self.values) - 1)]


@dataclass(frozen=True)
class NamePart:
    """A surname or a given name with its kana."""

    writing: str
    kana: str


@dataclass(frozen=True)
class TownRow:
    """A town of the invented municipality as the file has it."""

    code: str
    postal_code: str
    oaza: str
    name: str
    kana: str
    lot_kind: str
    weight: float
    valid_from: dt.date | None
    valid_to: dt.date | None


@dataclass(frozen=True)
class Elsewhere:
    """A town elsewhere in Japan, for former addresses and registered domiciles."""

    postal_code: str
    municipality_code: str
    prefecture: str
    municipality: str
    town: str


@dataclass(frozen=True)
class ForeignName:
    """A part of a foreign name: alphabet, kanji (may be empty), kana."""

    alphabet: str
    kanji: str
    kana: str


@dataclass(frozen=True)
class Nationality:
    """A nationality with the statuses and name parts its residents draw from."""

    code: str
    name: str
    statuses: tuple[str, ...]
    family: tuple[ForeignName, ...]
    male: tuple[ForeignName, ...]
    female: tuple[ForeignName, ...]


@dataclass(frozen=True)
class SpecialPermanentNames:
    """Names of special permanent residents with the Japanese-style alias that goes with each part."""

    nationalities: Weighted[tuple[str, str]]
    family: tuple[tuple[str, str, str, str], ...]
    male: tuple[tuple[str, str, str, str], ...]
    female: tuple[tuple[str, str, str, str], ...]


@dataclass(frozen=True)
class SeedData:
    """Everything the generator draws from."""

    municipality: dict[str, Any]
    special_households: list[dict[str, Any]]
    exchange: dict[str, Any]
    towns: tuple[TownRow, ...]
    surnames: Weighted[NamePart]
    given_names: dict[tuple[str, int], Weighted[NamePart]]
    elsewhere: Weighted[Elsewhere]
    nationalities: Weighted[Nationality]
    special_permanent: SpecialPermanentNames
    districts: tuple[dict[str, str], ...]

    @property
    def municipality_code(self) -> str:
        """Five digits."""
        return str(self.municipality["municipality"]["code"])

    @property
    def place_name(self) -> str:
        """Prefecture and municipality as addresses begin."""
        return str(self.municipality["prefecture"]["name"] + self.municipality["municipality"]["name"])

    @property
    def computerised_on(self) -> dt.date:
        """First day of the records that are held."""
        day = self.municipality["municipality"]["computerised_on"]
        assert isinstance(day, dt.date)
        return day


def _rows(path: Path) -> list[dict[str, str]]:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))
    except OSError as error:
        raise SeedDataError(f"{path.name} cannot be read") from error


def _table(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise SeedDataError(f"{path.name} cannot be read: {error}") from error


#: Years are grouped by decades when names are drawn.
_DECADE = 10


def _given_names(rows: list[dict[str, str]]) -> dict[tuple[str, int], Weighted[NamePart]]:
    """Names of each sex in fashion in each decade from 1900 to 2020, with a trace of all others."""
    tables: dict[tuple[str, int], Weighted[NamePart]] = {}
    for sex in ("male", "female"):
        own = [row for row in rows if row["sex"] == sex]
        for decade in range(1900, 2030, _DECADE):
            pairs = []
            for row in own:
                first, last, weight = int(row["from_year"]), int(row["to_year"]), float(row["weight"])
                fits = first <= decade + _DECADE and decade <= last
                # People born before the first fashion of the file take its oldest names.
                early = decade < 1910 and first <= 1915
                pairs.append((NamePart(row["writing"], row["kana"]), weight if fits or early else 0.0))
            tables[(sex, decade)] = Weighted(pairs)
    return tables


def _day(text: str) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None


def _town(row: dict[str, str]) -> TownRow:
    return TownRow(
        code=row["code"],
        postal_code=row["postal_code"],
        oaza=row["oaza"],
        name=row["name"],
        kana=row["kana"],
        lot_kind=row["lot_kind"],
        weight=float(row["weight"]),
        valid_from=_day(row["valid_from"]),
        valid_to=_day(row["valid_to"]),
    )


def _nationality(row: dict[str, Any]) -> Nationality:
    def parts(name: str) -> tuple[ForeignName, ...]:
        return tuple(ForeignName(*part) for part in row[name])

    return Nationality(
        code=row["code"],
        name=row["name"],
        statuses=tuple(row["statuses"]),
        family=parts("family"),
        male=parts("male"),
        female=parts("female"),
    )


def load_seed_data(folder: Path = SEED_FOLDER) -> SeedData:
    """Read all files.

    :raises SeedDataError: when one is missing or malformed.
    """
    surnames = _rows(folder / "surnames.csv")
    elsewhere = _rows(folder / "elsewhere.csv")
    foreign = _table(folder / "foreign.toml")
    special = foreign["special_permanent"]
    try:
        return SeedData(
            municipality=_table(folder / "municipality.toml"),
            special_households=_table(folder / "special_households.toml")["households"],
            exchange=_table(folder / "exchange.toml"),
            towns=tuple(_town(row) for row in _rows(folder / "towns.csv")),
            surnames=Weighted((NamePart(r["writing"], r["kana"]), float(r["weight"])) for r in surnames),
            given_names=_given_names(_rows(folder / "given_names.csv")),
            elsewhere=Weighted(
                (
                    Elsewhere(
                        r["postal_code"],
                        r["municipality_code"],
                        r["prefecture"],
                        r["municipality"],
                        r["town"],
                    ),
                    float(r["weight"]),
                )
                for r in elsewhere
            ),
            nationalities=Weighted((_nationality(r), float(r["weight"])) for r in foreign["nationalities"]),
            special_permanent=SpecialPermanentNames(
                nationalities=Weighted(((r[0], r[1]), float(r[2])) for r in special["nationalities"]),
                family=tuple(tuple(part) for part in special["family"]),
                male=tuple(tuple(part) for part in special["male"]),
                female=tuple(tuple(part) for part in special["female"]),
            ),
            districts=tuple(_rows(folder / "districts.csv")),
        )
    except (KeyError, ValueError, TypeError) as error:
        raise SeedDataError(f"the seed files do not have the expected form: {error!r}") from error
