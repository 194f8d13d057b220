"""Towns of the tests: told once per run, never changed."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from residentapp.core.access.passwords import hash_password
from residentapp.seeding.chronicle import Chronicle
from residentapp.seeding.generator import buildings_per_town, told_town
from residentapp.seeding.masters import rng_of
from residentapp.seeding.numbers import Numbers
from residentapp.seeding.places import Places
from residentapp.seeding.sources import SeedData, load_seed_data
from residentapp.seeding.told import Desk, Snapshot, Told

TODAY = dt.date(2026, 11, 24)
DESK = Desk("01", "本庁", "0101", "窓口1番", "madoguchi1")


@dataclass(frozen=True)
class Town:
    """A whole town in memory; only tests hold one so."""

    data: SeedData
    places: Places
    told: list[Told]

    def latest(self) -> Iterator[tuple[Told, Snapshot]]:
        """The current snapshot of everybody, live or removed."""
        for told in self.told:
            for change in told.changes:
                for snapshot in change.snapshots:
                    if snapshot.is_latest:
                        yield told, snapshot

    def residents(self) -> list[Snapshot]:
        """Current snapshots of those who live there."""
        return [snapshot for _, snapshot in self.latest() if snapshot.items["state"].is_live]

    def special(self, label: str) -> Told:
        """A special household."""
        (found,) = [told for told in self.told if told.story.label == label]
        return found


def make_town(population: int, seed: int, today: dt.date = TODAY) -> Town:
    """A town as the generator tells it."""
    data = load_seed_data()
    places = Places(data, rng_of(seed, "places"), buildings_per_town=buildings_per_town(population))
    chronicle = Chronicle(Numbers(rng_of(seed, "numbers")), [DESK], ("982016", "架空市"), today)
    told = told_town(data, chronicle, places, population=population, seed=seed, today=today)
    return Town(data, places, list(told))


@pytest.fixture(scope="session")
def town() -> Town:
    """Five thousand residents."""
    return make_town(5_000, 1)


@pytest.fixture(autouse=True)
def quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """The accounts of the town all have one password: hash it once per run, not seven times per town."""
    monkeypatch.setattr("residentapp.admin.operations.hash_password", lambda _password: hash_once())


@functools.cache
def hash_once() -> str:
    """An Argon2id hash."""
    return hash_password("quick")
