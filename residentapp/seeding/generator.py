"""Fills an empty database with the invented town: the same town for the same seed, population and day.

Households are planned one by one, each from a random source of its own, told as history and written in batches, so
that memory does not grow with the population.
"""

from __future__ import annotations

import datetime as dt
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from residentapp.core.access import system_actor
from residentapp.core.audit import Log, record
from residentapp.core.check_digits import municipality_check_digit
from residentapp.core.clock import day_of
from residentapp.core.crypto import Keyring
from residentapp.core.db import Database
from residentapp.core.db.bulk import bulk_load
from residentapp.core.masters.models import OwnMunicipality
from residentapp.core.numbering import ADDRESSEE, HOUSEHOLD, NumberingCounter, stock_codes
from residentapp.residents.models import Addressee
from residentapp.seeding.chronicle import Chronicle
from residentapp.seeding.events import Story
from residentapp.seeding.exchange import exchange
from residentapp.seeding.households import Planner
from residentapp.seeding.masters import rng_of, write_masters
from residentapp.seeding.numbers import Numbers
from residentapp.seeding.places import Places
from residentapp.seeding.protection import protect
from residentapp.seeding.sources import SEED_FOLDER, SeedData, load_seed_data
from residentapp.seeding.specials import special_stories
from residentapp.seeding.told import Told
from residentapp.seeding.writer import Writer, loaded_tables

ACTOR = system_actor("架空の町の作成")

#: Share of households that have left the register, for each one that is there.
_GONE_SHARE = 0.24
#: Free 住民票コード: enough for the trial, well above the low-water mark.
_FREE_CODES = 1_500


class TownExists(Exception):
    """The register is not empty: invented people are never put among others."""


@dataclass(frozen=True)
class SeedResult:
    """What was made.

    :param seconds: time it took.
    """

    residents: int
    removed: int
    households: int
    snapshots: int
    changes: int
    seconds: float

    def summary(self) -> str:
        """One line for the terminal."""
        rate = self.residents / self.seconds if self.seconds else 0.0
        return (
            f"住民 {self.residents:,}人、除票 {self.removed:,}人、世帯 {self.households:,}、異動 {self.changes:,}件、"
            f"履歴 {self.snapshots:,}行（{self.seconds:.1f}秒、毎秒 {rate:,.0f}人）"
        )


#: Called with residents made so far.
Progress = Callable[[int], None]


def buildings_per_town(population: int) -> int:
    """Apartment houses per town: more for a bigger town, up to a bound."""
    return min(20 + population // 4_000, 150)


def stories(
    data: SeedData, places: Places, *, population: int, seed: int, today: dt.date
) -> Iterator[tuple[Story, random.Random]]:
    """All stories of the town, each with its random source, until the population is reached exactly.

    :raises ValueError: when the population is smaller than the special households need.
    """
    living = 0
    for place, story in enumerate(special_stories(data, places, rng_of(seed, "specials"), today)):
        living += story.living()
        yield story, rng_of(seed, f"special:{place}")
    if living > population:
        raise ValueError(f"the special households alone have {living} residents")
    planner = Planner(data, places, today)
    index = 0
    while living < population:
        rng = rng_of(seed, f"household:{index}")
        index += 1
        story = planner.plan(rng)
        if living + story.living() > population:
            # The last places are filled by smaller households.
            continue
        living += story.living()
        yield story, rng
        if rng.random() < _GONE_SHARE:
            yield planner.plan_gone(rng), rng


def told_town(
    data: SeedData, chronicle: Chronicle, places: Places, *, population: int, seed: int, today: dt.date
) -> Iterator[Told]:
    """The town as told stories."""
    for story, rng in stories(data, places, population=population, seed=seed, today=today):
        yield chronicle.tell(story, rng)


def seed(
    database: Database,
    keyring: Keyring,
    *,
    population: int,
    seed: int,
    moment: dt.datetime,
    folder: Path = SEED_FOLDER,
    progress: Progress | None = None,
) -> SeedResult:
    """Make the town in one transaction: all of it, or nothing.

    :param population: residents living there now; removed records (除票) come on top.
    :param seed: the same seed, population and day give the same town (ciphertexts differ, their hashes do not).
    :param moment: when it is made; its day is today for ages and terms.
    :param progress: told after each household how many residents there are.
    :raises TownExists: when there is anybody in the register, or a municipality has been set up.
    :raises SeedDataError: when the files of the seed folder do not fit.
    """
    started = time.perf_counter()
    today = day_of(moment)
    data = load_seed_data(folder)
    places = Places(data, rng_of(seed, "places"), buildings_per_town=buildings_per_town(population))
    with database.transaction() as session:
        _refuse_existing(session)
        desks = write_masters(session, ACTOR, data, places, moment=moment)
        session.flush()
        numbers = Numbers(rng_of(seed, "numbers"))
        code = data.municipality_code
        name = data.municipality["municipality"]["name"]
        chronicle = Chronicle(numbers, desks, (code + municipality_check_digit(code), name), today)
        writer = Writer(session, keyring)
        residents = removed = 0
        with bulk_load(session, *loaded_tables()):
            for told in told_town(data, chronicle, places, population=population, seed=seed, today=today):
                writer.add(told)
                residents += told.living
                removed += len(told.states) - told.living
                if told.story.protected:
                    writer.flush()
                    protect(session, ACTOR, keyring, told, moment=moment)
                if progress is not None:
                    progress(residents)
            writer.finish()
        exchange(session, ACTOR, keyring, data.exchange, moment=moment)
        _set_counters(session, numbers)
        codes = (numbers.resident_code(place) for place in range(1, _FREE_CODES + 1))
        stock_codes(session, keyring, codes, is_test_data=True)
        record(
            session,
            ACTOR,
            moment=moment,
            log=Log.SETTING,
            action="架空の町の作成",
            details={"人口": population, "種": seed, "異動": writer.changes},
        )
    return SeedResult(
        residents=residents,
        removed=removed,
        households=numbers.households,
        snapshots=writer.snapshots,
        changes=writer.changes,
        seconds=time.perf_counter() - started,
    )


def _refuse_existing(session: Session) -> None:
    people = session.scalar(select(func.count()).select_from(Addressee)) or 0
    if people or session.get(OwnMunicipality, 1) is not None:
        raise TownExists(
            "このデータベースには、もう自団体か住民が登録されています。空のデータベースを用意してから行ってください。"
        )


def _set_counters(session: Session, numbers: Numbers) -> None:
    for name, last in ((ADDRESSEE, numbers.addressees), (HOUSEHOLD, numbers.households)):
        session.execute(update(NumberingCounter).where(NumberingCounter.name == name).values(last_value=last))
