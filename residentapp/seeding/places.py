"""Addresses: of the invented municipality, and elsewhere for former addresses and registered domiciles."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass

from residentapp.core.addresses.types import LotKind
from residentapp.seeding.sources import SeedData, TownRow, Weighted

#: Lots of a town: 住居表示 blocks × numbers, or running 番地 of which every third is divided (枝番).
_BLOCKS, _NUMBERS = 18, 14
_LAND_LOTS = 220

_BUILDING_NAMES = (
    ("コーポ", "コーポ"), ("メゾン", "メゾン"), ("ハイツ", "ハイツ"), ("グリーンハイム", "グリーンハイム"),
    ("レジデンス", "レジデンス"), ("パークサイド", "パークサイド"), ("サンライズ", "サンライズ"),
)  # fmt: skip
_MOST_FLOORS = 9
_ROOMS_PER_FLOOR = 8
_CHOME = re.compile("[０-９]+チョウメ$")
_FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")


@dataclass(frozen=True, slots=True)
class Place:
    """An address of the invented municipality."""

    town_code: str
    postal_code: str
    address: str
    building: str | None


@dataclass(frozen=True, slots=True)
class Away:
    """An address elsewhere in Japan, or abroad (then without codes)."""

    postal_code: str | None
    address_code: str | None
    address: str


@dataclass(frozen=True, slots=True)
class BuildingRow:
    """An apartment house of the 方書 master."""

    town_code: str
    lot: str
    name: str
    kana: str
    floors: int


def lot_writing(town: TownRow, first: int, second: int) -> str:
    """「2番10号」 or 「123番地4」 as the town's kind of lot numbers wants; ``second`` 0 is none."""
    if town.lot_kind == LotKind.RESIDENTIAL:
        return f"{first}番{second}号"
    return f"{first}番地{second}" if second else f"{first}番地"


class Places:
    """Draws addresses. Buildings are invented once, the same for the same seed.

    :param buildings_per_town: grows with the population, up to a bound that keeps memory flat.
    """

    def __init__(self, data: SeedData, rng: random.Random, *, buildings_per_town: int) -> None:
        self._data = data
        self.current = [town for town in data.towns if town.weight > 0]
        self._towns: Weighted[TownRow] = Weighted((town, town.weight) for town in self.current)
        self.buildings: dict[str, list[BuildingRow]] = {}
        for town in self.current:
            if town.lot_kind in (LotKind.RESIDENTIAL, LotKind.READJUSTED):
                self.buildings[town.code] = self._invent_buildings(town, rng, buildings_per_town)

    @staticmethod
    def _invent_buildings(town: TownRow, rng: random.Random, count: int) -> list[BuildingRow]:
        oaza_kana = _CHOME.sub("", town.kana)
        rows: dict[str, BuildingRow] = {}
        while len(rows) < count:
            first, kana = rng.choice(_BUILDING_NAMES)
            number = rng.randint(1, 9 + count // 4)
            name, full_kana = first + town.oaza, kana + oaza_kana
            if number > 3:
                name, full_kana = f"{name}{number}号館", f"{full_kana}{number}ゴウカン".translate(_FULL_WIDTH)
            lot = Places.draw_lot(town, rng)
            row = BuildingRow(town.code, lot, name, full_kana, rng.randint(2, _MOST_FLOORS))
            rows.setdefault(name, row)
        return list(rows.values())

    def town_by_code(self, code: str) -> TownRow:
        """A current town.

        :raises KeyError: when there is none of that code.
        """
        for town in self.current:
            if town.code == code:
                return town
        raise KeyError(code)

    def draw(self, rng: random.Random, *, apartment: float) -> Place:
        """An address; ``apartment`` is the probability of a room in a building where the town has any."""
        town = self._towns.draw(rng)
        buildings = self.buildings.get(town.code)
        if buildings and rng.random() < apartment:
            building = rng.choice(buildings)
            room = rng.randint(1, building.floors) * 100 + rng.randint(1, _ROOMS_PER_FLOOR)
            return self.at(town, building.lot, f"{building.name}{room}号室")
        return self.at(town, self.draw_lot(town, rng), None)

    def at(self, town: TownRow, lot: str, building: str | None) -> Place:
        """An address of a town written out."""
        return Place(town.code, town.postal_code, f"{self._data.place_name}{town.name}{lot}", building)

    @staticmethod
    def draw_lot(town: TownRow, rng: random.Random) -> str:
        """A lot number that the town has."""
        if town.lot_kind == LotKind.RESIDENTIAL:
            return lot_writing(town, rng.randint(1, _BLOCKS), rng.randint(1, _NUMBERS))
        first = rng.randint(1, _LAND_LOTS)
        return lot_writing(town, first, rng.randint(1, 4) if first % 3 == 0 else 0)

    @staticmethod
    def lots(town: TownRow) -> Iterator[tuple[LotKind, str]]:
        """All lot numbers of a town for the master of RR-1.3.2."""
        kind = LotKind(town.lot_kind)
        if kind is LotKind.RESIDENTIAL:
            for block in range(1, _BLOCKS + 1):
                for number in range(1, _NUMBERS + 1):
                    yield kind, lot_writing(town, block, number)
            return
        for first in range(1, _LAND_LOTS + 1):
            if first % 3 == 0:
                for branch in range(1, 5):
                    yield kind, lot_writing(town, first, branch)
            else:
                yield kind, lot_writing(town, first, 0)
        yield LotKind.SPECIAL, "無番地"

    def elsewhere(self, rng: random.Random, *, room: bool = True) -> Away:
        """An address in another municipality."""
        town = self._data.elsewhere.draw(rng)
        writing = f"{town.prefecture}{town.municipality}{town.town}{rng.randint(1, 999)}番地"
        if rng.random() < 0.4:
            writing += str(rng.randint(1, 12))
        if room and rng.random() < 0.4:
            writing += f"　コーポ{rng.choice('ABCDEF')}{rng.randint(1, 6)}0{rng.randint(1, 8)}号室"
        return Away(town.postal_code, town.municipality_code + "000000", writing)

    def domicile(self, rng: random.Random, home: Place | None) -> str:
        """A 本籍: often near home, else elsewhere; 番 and 番地 as registers write them."""
        if home is not None and rng.random() < 0.55:
            town = self._towns.draw(rng)
            return f"{self._data.place_name}{town.name}{rng.randint(1, 300)}番{'地' if '丁目' not in town.name else ''}"
        town_away = self._data.elsewhere.draw(rng)
        name = f"{town_away.prefecture}{town_away.municipality}{town_away.town}"
        return f"{name}{rng.randint(1, 3000)}番地{rng.choice(('', '', '', '1', '2'))}"
