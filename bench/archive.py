"""The yearly move of old 除票 to the 除票用データベース, and what a counter feels of it meanwhile (RR-9.1c, RR-9.3).

    PYTHONPATH=. python bench/archive.py [--records 10000] [--population 20000] [--only postgresql|sqlite]

In the invented town, people are added who left more than five years ago: three snapshots each, remarks, search keys.
The run moves them, 200 in a transaction, as the command does. Beside it another thread does what a counter does all
day: it opens somebody's record with the household, and writes a line of the log. Its times are taken before the run
and during it. Afterwards every record must stand in exactly one of the two places, each with its three snapshots.

The baseline is the database alone: the same snapshots copied into a table without keys and deleted there again, as
many in a transaction. PostgreSQL is a throw-away server with its default settings.
"""

from __future__ import annotations

import argparse
import datetime as dt
import random
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlalchemy import func, select, text

from bench.search import database_of, percentile
from residentapp.config import Settings
from residentapp.core import audit
from residentapp.core.access.actor import system_actor
from residentapp.core.clock import JST
from residentapp.core.crypto import Keyring, bind_keyring
from residentapp.core.db import Database
from residentapp.residents import history
from residentapp.residents.models import ResidentHistory
from residentapp.residents.removed_records import batch, queries
from residentapp.residents.removed_records.models import RemovedRecord, RemovedSnapshot
from residentapp.residents.types import ChangeReason
from residentapp.seeding.generator import seed
from tests.support import removed

NOW = dt.datetime(2026, 11, 24, 10, 0, tzinfo=JST)
ACTOR = system_actor("bench")
#: People whom one transaction of the filling adds.
TOGETHER = 200
#: What a counter waits between two looks, in seconds: it looks, reads, and does not hammer.
PAUSE = 0.02


def fill(database: Database, keyring: Keyring, *, population: int, records: int) -> set[str]:
    """The town, and the old 除票; returns the 宛名番号 of these."""
    bind_keyring(database, keyring)
    seed(database, keyring, population=population, seed=1, moment=NOW)
    chance = random.Random(1)
    made: set[str] = set()
    for first in range(0, records, TOGETHER):
        with database.transaction() as session:
            for _place in range(min(TOGETHER, records - first)):
                day = dt.date(2016, 4, 1) + dt.timedelta(days=chance.randrange(5 * 365))
                reason = chance.choice((ChangeReason.MOVE_OUT_DOMESTIC, ChangeReason.DEATH))
                made.add(removed.removed(session, reason=reason, on=day).addressee_number)
    if not database.is_sqlite:
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM ANALYZE")
    return made


@dataclass
class Counter(threading.Thread):
    """Somebody at the counter: opens records until told to stop."""

    database: Database
    numbers: Sequence[str]
    seconds: list[float] = field(default_factory=list)
    ending: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        super().__init__(daemon=True)

    __hash__ = threading.Thread.__hash__

    def run(self) -> None:
        """Look at one after the other."""
        chance = random.Random(2)
        while not self.ending.wait(PAUSE):
            began = time.perf_counter()
            with self.database.transaction() as session:
                person = history.latest(session, chance.choice(self.numbers))
                assert person is not None
                history.household_members(session, person.household_number)
                audit.record(
                    session, ACTOR, moment=NOW, log=audit.Log.EVENT, action="照会", details={}, screen="計測"
                )
            self.seconds.append(time.perf_counter() - began)


@contextmanager
def counter(database: Database, numbers: Sequence[str]) -> Iterator[Counter]:
    """A counter that is busy while something else goes on."""
    desk = Counter(database, numbers)
    desk.start()
    yield desk
    desk.ending.set()
    desk.join()


def told(seconds: Sequence[float]) -> str:
    """Median, p95 and the longest."""
    if not seconds:
        return "none was answered"
    middle, tail = percentile(seconds, 0.5), percentile(seconds, 0.95)
    return f"median {middle:.1f} ms, p95 {tail:.1f} ms, longest {max(seconds) * 1000:.0f} ms ({len(seconds)})"


def bare(database: Database, numbers: Sequence[str]) -> float:
    """Seconds in which the database copies the same snapshots from table to table and deletes them again."""
    with database.transaction() as session:
        session.execute(text("CREATE TABLE bench_from AS SELECT * FROM removed_resident_history"))
        session.execute(text("CREATE TABLE bench_to AS SELECT * FROM bench_from WHERE 1 = 0"))
        session.execute(text("CREATE INDEX bench_number ON bench_from (addressee_number)"))
    began = time.perf_counter()
    for first in range(0, len(numbers), batch.STEP):
        with database.transaction() as session:
            for number in numbers[first : first + batch.STEP]:
                for step in ("INSERT INTO bench_to SELECT * FROM bench_from", "DELETE FROM bench_from"):
                    session.execute(text(f"{step} WHERE addressee_number = :number"), {"number": number})
    return time.perf_counter() - began


def check(database: Database, made: set[str]) -> None:
    """Everybody stands in one place, whole.

    :raises SystemExit: when not.
    """
    with database.transaction() as session:
        stored = dict(
            session.execute(
                select(RemovedSnapshot.addressee_number, func.count()).group_by(
                    RemovedSnapshot.addressee_number
                )
            ).all()
        )
        left = set(session.scalars(select(ResidentHistory.addressee_number).distinct()))
        listed = set(session.scalars(select(RemovedRecord.addressee_number)))
        due = queries.due_for_archive(session, NOW.date())
    wrong = [number for number in made if stored.get(number) != 3 or number in left or number not in listed]
    if wrong or due or left & set(stored):
        raise SystemExit(f"broken: {len(wrong)} not whole in one place, {len(due)} still due")


def measure(database: Database, *, population: int, records: int) -> None:
    """Fill, run, check, print."""
    keyring = Keyring.from_settings(Settings())
    made = fill(database, keyring, population=population, records=records)
    with database.transaction() as session:
        living = session.scalars(
            select(ResidentHistory.addressee_number).where(
                ResidentHistory.is_latest, ResidentHistory.addressee_number.not_in(made)
            )
        ).all()
    with counter(database, living) as before:
        time.sleep(10)
    with counter(database, living) as beside:
        report = batch.run_move(database, ACTOR, clock=lambda: NOW)
    if report.failed or report.skipped:
        raise SystemExit(f"broken: {len(report.failed)} refused, {len(report.skipped)} left")
    check(database, made)
    alone = bare(database, [line.addressee_number for line in report.done])
    done = len(report.done)
    print(
        f"  {done:,} moved in {report.seconds:.0f} s, {report.steps} transactions: {done / report.seconds:.0f}/s"
    )
    print(f"  the database alone {done / alone:.0f}/s: ratio {report.seconds / alone:.1f}")
    print(f"  a counter's look: before {told(before.seconds)}; during the run {told(beside.seconds)}")


def main() -> None:
    """The bench."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--records", type=int, default=10_000)
    parser.add_argument("--population", type=int, default=20_000)
    parser.add_argument("--only", choices=("postgresql", "sqlite"))
    asked = parser.parse_args()
    for kind in [asked.only] if asked.only else ["postgresql", "sqlite"]:
        with database_of(kind) as database:
            print(f"{kind}, town of {asked.population:,}, {asked.records:,} old 除票", flush=True)
            measure(database, population=asked.population, records=asked.records)


if __name__ == "__main__":
    main()
