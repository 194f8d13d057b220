"""Invented addresses and buildings."""

from __future__ import annotations

import random

import pytest

from residentapp.core.addresses.operations import is_building_kana
from residentapp.core.addresses.sort_keys import lot_key, room_number
from residentapp.seeding.masters import rng_of
from residentapp.seeding.places import Places
from residentapp.seeding.sources import load_seed_data
from tests.seeding.conftest import Town


def test_buildings_have_one_name_each_and_a_reading(town: Town) -> None:
    buildings = [row for rows in town.places.buildings.values() for row in rows]
    assert len(buildings) > 500
    for rows in town.places.buildings.values():
        assert len({row.name for row in rows}) == len(rows)
    assert all(is_building_kana(row.kana) for row in buildings)
    assert {row.kana for row in buildings if row.name == "コーポ本町"} == {"コーポホンチョウ"}


@pytest.mark.parametrize("per_town", [1, 20, 150])
def test_any_number_of_buildings_can_be_invented(per_town: int) -> None:
    places = Places(load_seed_data(), rng_of(1, "places"), buildings_per_town=per_town)
    assert {len(rows) for rows in places.buildings.values()} == {per_town}


def test_addresses_use_lots_that_exist(town: Town) -> None:
    rng = random.Random(1)
    lots = {place.code: {writing for _, writing in town.places.lots(place)} for place in town.places.current}
    rooms = 0
    for _ in range(2_000):
        place = town.places.draw(rng, apartment=0.5)
        name = next(one.name for one in town.places.current if one.code == place.town_code)
        lot = place.address.removeprefix(f"架空県架空市{name}")
        assert lot in lots[place.town_code]
        assert lot_key(lot).numbers
        if place.building is not None:
            rooms += 1
            assert room_number(place.building) is not None
            master = town.places.buildings[place.town_code]
            assert any(row.lot == lot and place.building.startswith(row.name) for row in master)
    assert 600 < rooms < 1_100


def test_addresses_elsewhere_are_not_in_the_town(town: Town) -> None:
    rng = random.Random(1)
    for _ in range(300):
        away = town.places.elsewhere(rng)
        assert not away.address.startswith("架空県")
        assert away.address_code is not None
        assert len(away.address_code) == 11
        assert away.postal_code is not None
        assert len(away.postal_code) == 7
