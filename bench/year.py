"""A year in the office: thousands of changes at random on the invented town, and nothing broken afterwards.

    python bench/year.py [--changes 2000] [--population 5000] [--seed 1] [--database URL]

Every change goes the whole road, as two officers work it: entry, check and provisional registration in one
transaction, approval in another; history, remarks, messages, search keys and the audit log are written. One in ten
is cancelled some days later. The changes are spread over a year.

Checked after each change, for the households it touched, and at the end for the whole town: the history of a person
has no gap and exactly one current row; a household has one head at most, whose name stands with everybody; nobody
shares a place in the order or is without 続柄 to a head; a household has one address; no 住民票コード and no 個人番号
is held twice; the audit log is whole. Anything broken ends the run with status 1.

The baseline is the database alone: the same new snapshots copied into a table without keys, a commit for each change.
The ratio shows what rules, road and traces cost beside it. The database is a SQLite file of its own, unless
``--database`` names an empty one in PostgreSQL.
"""

from __future__ import annotations

import argparse
import datetime as dt
import random
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from sqlalchemy import and_, func, or_, select, text
from sqlalchemy.orm import Session

from residentapp.config import Settings
from residentapp.core.access.actor import Actor
from residentapp.core.access.models import User
from residentapp.core.addresses.models import PostalCode, Town
from residentapp.core.audit import verify
from residentapp.core.clock import JST
from residentapp.core.crypto import Keyring, bind_keyring
from residentapp.core.db import Database
from residentapp.core.db.migrate import upgrade
from residentapp.core.violations import errors_of
from residentapp.residents import history
from residentapp.residents.cases.types import Registered
from residentapp.residents.changes.types import ChangeEntry
from residentapp.residents.models import ResidentHistory
from residentapp.seeding.generator import seed
from tests.residents.changes.conftest import APPROVE, ENTER
from tests.residents.changes.office import ChangeOffice
from tests.support.invariants import broken, shared_numbers
from tests.support.random_changes import MAKERS
from tests.support.users import clerk, make_user

START = dt.datetime(2026, 1, 5, 9, 0, tzinfo=JST)
#: One change in so many is cancelled, when so many others have been made.
CANCELLED, LATER = 10, 5
OFFICERS = (("bench-clerk", ENTER), ("bench-approver", APPROVE))


@dataclass
class Year:
    """What the year was made of: changes by kind, seconds of each, and the rows it wrote."""

    kinds: Counter[str] = field(default_factory=Counter)
    refused: int = 0
    seconds: list[float] = field(default_factory=list)
    rows: list[list[tuple[str, int]]] = field(default_factory=list)


def make_town(database: Database, keyring: Keyring, *, population: int, number: int) -> None:
    """The invented town and two officers in it."""
    upgrade(database)
    bind_keyring(database, keyring)
    seed(database, keyring, population=population, seed=number, moment=START)
    with database.transaction() as session:
        for login, permissions in OFFICERS:
            make_user(session, *permissions, login=login, name=login, moment=START)


def officers(session: Session) -> list[Actor]:
    """The two, with the numbers of their accounts."""
    return [
        replace(
            clerk(*permissions, login=login, name=login),
            user_id=session.scalars(select(User.id).where(User.login == login)).one(),
        )
        for login, permissions in OFFICERS
    ]


def towns(session: Session) -> list[dict[str, str]]:
    """Where people live, as the fields of an address: the text before the lot comes from the addresses themselves."""
    found = []
    for town in session.scalars(select(Town)):
        sample = session.scalars(
            select(ResidentHistory.address).where(ResidentHistory.address_code == town.code).limit(1)
        ).first()
        if sample is None or town.name not in sample:
            continue
        postal = session.scalars(
            select(PostalCode.code).where(PostalCode.town_code == town.code).limit(1)
        ).first()
        before = sample[: sample.index(town.name)] + town.name
        found.append({"town": before, "address_code": town.code, "postal_code": postal or ""})
    return found


def some_people(session: Session, chance: random.Random, numbers: Sequence[str]) -> list[ResidentHistory]:
    """A handful of residents, with the neighbours of each at the same address."""
    live = select(ResidentHistory).where(ResidentHistory.is_latest)
    people = [
        row
        for row in session.scalars(
            live.where(ResidentHistory.addressee_number.in_(chance.sample(numbers, 6)))
        )
        if row.state.is_live
    ]
    places = [
        and_(ResidentHistory.address_code == row.address_code, ResidentHistory.address == row.address)
        for row in people
    ]
    neighbours = session.scalars(live.where(or_(*places)).limit(60)).all() if places else []
    return list({row.addressee_number: row for row in [*people, *neighbours]}.values())


def entry_at_random(
    office: ChangeOffice, chance: random.Random, numbers: Sequence[str]
) -> ChangeEntry | None:
    """An entry of some kind that no rule bars: deaths are as rare as in a town, households change most."""
    names = list(MAKERS)
    weights = [1 if name == "death" else 4 for name in names]
    for _try in range(20):
        [name] = chance.choices(names, weights)
        entry = MAKERS[name](office, chance, some_people(office.session, chance, numbers))
        if entry is not None and not errors_of(office.findings(entry)):
            return entry
    return None


def cancellation(office: ChangeOffice, act: Registered) -> ChangeEntry | None:
    """The entry that cancels a change; None when a later change stands in the way."""
    person = history.latest(office.session, act.numbers[0])
    if person is None:
        return None
    entry = office.begin("cancel", person)
    entry = office.prepared(
        entry.with_values(change=str(act.change_ids[0]), moved_on=office.now.date().isoformat())
    )
    return None if errors_of(office.findings(entry)) else entry


def touched(session: Session, act: Registered) -> tuple[set[str], list[tuple[str, int]]]:
    """Households in which the people of a change live now, and the rows that it wrote."""
    rows = session.execute(
        select(
            ResidentHistory.addressee_number, ResidentHistory.history_number, ResidentHistory.household_number
        ).where(ResidentHistory.change_id.in_(act.change_ids))
    ).all()
    return {row.household_number for row in rows}, [
        (row.addressee_number, row.history_number) for row in rows
    ]


def work(database: Database, keyring: Keyring, *, changes: int, number: int) -> Year:
    """The year. Ends early with SystemExit when something is broken."""
    year = Year()
    chance = random.Random(number)
    with database.transaction() as session:
        actors = officers(session)
        places = towns(session)
        numbers = list(
            session.scalars(select(ResidentHistory.addressee_number).where(ResidentHistory.is_latest))
        )
    waiting: list[tuple[int, Registered]] = []
    for step in range(changes):
        now = START + dt.timedelta(minutes=round(step / changes * 360 * 24 * 60))
        began = time.perf_counter()
        with database.transaction() as session:
            office = ChangeOffice(session, keyring, actors[0], actors[1], now, places)
            entry = None
            if waiting and waiting[0][0] <= step:
                entry = cancellation(office, waiting.pop(0)[1])
            if entry is None:
                entry = entry_at_random(office, chance, numbers)
            if entry is None:
                year.refused += 1
                continue
            case = office.provisional(entry)
            case_id = case.id
        with database.transaction() as session:
            office = ChangeOffice(session, keyring, actors[0], actors[1], now, places)
            act = office.approve(office.case(case_id))
        year.seconds.append(time.perf_counter() - began)
        year.kinds[entry.kind] += 1
        with database.transaction() as session:
            households, rows = touched(session, act)
            stop_if(broken(session, households), f"change {step + 1} ({entry.kind})")
        year.rows.append(rows)
        if entry.kind != "cancel" and chance.randrange(CANCELLED) == 0:
            waiting.append((step + LATER, act))
    with database.transaction() as session:
        stop_if([*broken(session), *shared_numbers(session)], "the whole town")
        if not verify(session).ok:
            stop_if(["the audit log is not whole"], "the whole town")
    return year


def stop_if(found: Sequence[str], where: str) -> None:
    """End the run, naming what is broken; these people are invented."""
    if found:
        print(f"broken after {where}:", *found[:20], sep="\n  ")
        raise SystemExit(1)


def bare(database: Database, rows: Sequence[Sequence[tuple[str, int]]]) -> float:
    """Seconds in which the database copies the same snapshots, a commit for each change."""
    with database.transaction() as session:
        session.execute(text("CREATE TABLE bench_copy AS SELECT * FROM resident_history WHERE 1 = 0"))
    copy = text(
        "INSERT INTO bench_copy SELECT * FROM resident_history"
        " WHERE addressee_number = :number AND history_number = :place"
    )
    began = time.perf_counter()
    for change in rows:
        with database.transaction() as session:
            for number, place in change:
                session.execute(copy, {"number": number, "place": place})
    seconds = time.perf_counter() - began
    with database.transaction() as session:
        session.execute(text("DROP TABLE bench_copy"))
    return seconds


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--changes", type=int, default=2_000)
    parser.add_argument("--population", type=int, default=5_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--database", help="URL of an empty PostgreSQL database")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        database = Database(asked.database or f"sqlite:///{folder}/year.sqlite3")
        keyring = Keyring.from_settings(Settings())
        make_town(database, keyring, population=asked.population, number=asked.seed)
        year = work(database, keyring, changes=asked.changes, number=asked.seed)
        with database.transaction() as session:
            snapshots = session.scalar(select(func.count()).select_from(ResidentHistory))
        alone = bare(database, year.rows)
        database.dispose()
    spent = sum(year.seconds)
    made = len(year.seconds)
    print(
        f"{made} changes ({year.refused} times nothing could be made), {sum(map(len, year.rows))} new snapshots,"
    )
    print(f"{snapshots} in the register; nothing broken")
    print("  " + ", ".join(f"{kind} {count}" for kind, count in year.kinds.most_common()))
    tail = statistics.quantiles(year.seconds, n=20)[-1] * 1000
    print(
        f"{made / spent:.1f} changes/s; each median {statistics.median(year.seconds) * 1000:.0f} ms, p95 {tail:.0f} ms"
    )
    print(f"the database alone {made / alone:.0f} changes/s: ratio {spent / alone:.1f}")


if __name__ == "__main__":
    main()
