"""A year in the office: thousands of changes at random on the invented town, and nothing broken afterwards.

    python bench/year.py [--changes 2000] [--population 5000] [--seed 1] [--minutes N] [--database URL]

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

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from residentapp.config import Settings
from residentapp.core import numbering
from residentapp.core.access.actor import Actor
from residentapp.core.access.models import User
from residentapp.core.access.permissions import Permission
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
from residentapp.residents.move_in.types import MoveInEntry
from residentapp.residents.move_out.closing import run_due
from residentapp.seeding.generator import seed
from tests.residents.changes.conftest import APPROVE, ENTER
from tests.residents.changes.elsewhere import make_neighbour
from tests.residents.changes.office import ChangeOffice, Entry
from tests.support.invariants import broken, shared_numbers
from tests.support.random_changes import make
from tests.support.users import clerk, make_user

START = dt.datetime(2026, 1, 5, 9, 0, tzinfo=JST)
#: One change in so many is cancelled, when so many others have been made.
CANCELLED, LATER = 10, 5
#: Deaths are as rare as in a town, households change most.
WEIGHTS = {
    **dict.fromkeys(("move_within", "move_together", "split", "join_at_address", "head_change"), 4),
    **dict.fromkeys(("birth", "move_out"), 4),
    "move_in": 6,
    "arrival_of_foreigner": 2,
    "former_name": 2,
    "resident_code": 2,
}
OFFICERS = (
    ("bench-clerk", (*ENTER, Permission.MOVE_IN_ENTER)),
    ("bench-approver", (*APPROVE, Permission.MOVE_IN_APPROVE)),
)


@dataclass
class Year:
    """What the year was made of: changes by kind, seconds of each, and the rows it wrote.

    ``closed`` are records of people who moved out, closed by the daily run.
    """

    kinds: Counter[str] = field(default_factory=Counter)
    refused: int = 0
    closed: int = 0
    seconds: list[float] = field(default_factory=list)
    rows: list[list[tuple[str, int]]] = field(default_factory=list)


def make_town(
    database: Database, keyring: Keyring, *, population: int, number: int, codes: int = 5_000
) -> None:
    """The invented town, two officers in it, a neighbour to move to, and 住民票コード for the year from the CS."""
    upgrade(database)
    bind_keyring(database, keyring)
    seed(database, keyring, population=population, seed=number, moment=START)
    with database.transaction() as session:
        make_neighbour(session)
        # Each birth and each change of a code draws one. The seed's begin with 91 and 92.
        free = (f"93{place:09d}" for place in range(codes))
        numbering.stock_codes(session, keyring, free, is_test_data=True)
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


@dataclass
class Homes:
    """Who lives where, so that neighbours need not be looked for in the whole register."""

    place: dict[str, str] = field(default_factory=dict)
    at: dict[str, set[str]] = field(default_factory=dict)

    @classmethod
    def of_town(cls, session: Session) -> Homes:
        """Everybody's."""
        homes = cls()
        homes.note(session)
        return homes

    def note(self, session: Session, numbers: Sequence[str] | None = None) -> None:
        """Take in where some people live now, or everybody."""
        query = select(ResidentHistory.addressee_number, ResidentHistory.address, ResidentHistory.state)
        query = query.where(ResidentHistory.is_latest)
        if numbers is not None:
            query = query.where(ResidentHistory.addressee_number.in_(numbers))
        for number, address, state in session.execute(query):
            self.at.get(self.place.pop(number, ""), set()).discard(number)
            if state.is_live:
                self.place[number] = address
                self.at.setdefault(address, set()).add(number)

    def some(self, session: Session, chance: random.Random) -> list[ResidentHistory]:
        """A handful of people, with some neighbours of each at the same address."""
        chosen = chance.sample(list(self.place), 6)
        near = {each for number in chosen for each in sorted(self.at.get(self.place[number], ()))[:8]}
        return list(history.latest_of(session, near | set(chosen)).values())


def kind_of(entry: Entry) -> str:
    """What it is counted as."""
    return f"move_in_{entry.kind}" if isinstance(entry, MoveInEntry) else entry.kind


def cancellation(office: ChangeOffice, act: Registered) -> ChangeEntry | None:
    """The entry that cancels a change; None when a later change stands in the way."""
    person = history.latest(office.session, act.numbers[0])
    if person is None:
        return None
    entry = office.begin("cancel", person)
    entry = office.prepared(
        entry.with_values(change=str(act.change_ids[0]), moved_on=office.now.date().isoformat())
    )
    findings = office.findings(entry)
    return None if errors_of(findings) else office.confirmed(entry, findings)


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


def work(
    database: Database, keyring: Keyring, *, changes: int, number: int, minutes: float | None = None
) -> Year:
    """The year. Ends early with SystemExit when something is broken.

    :param minutes: leave off after so long, however much of the year has been worked.
    """
    year = Year()
    end = None if minutes is None else time.monotonic() + minutes * 60
    chance = random.Random(number)
    with database.transaction() as session:
        actors = officers(session)
        places = towns(session)
        homes = Homes.of_town(session)
    waiting: list[tuple[int, Registered]] = []
    today = START.date()
    for step in range(changes):
        if end is not None and time.monotonic() > end:
            break
        now = START + dt.timedelta(minutes=round(step / changes * 360 * 24 * 60))
        if now.date() > today:
            today = now.date()
            year.closed += close_due(database, keyring, actors[1], homes, now)
        began = time.perf_counter()
        with database.transaction() as session:
            office = ChangeOffice(session, keyring, actors[0], actors[1], now, places)
            entry: Entry | None = None
            if waiting and waiting[0][0] <= step:
                entry = cancellation(office, waiting.pop(0)[1])
            if entry is None:
                entry = make(
                    office,
                    chance,
                    lambda session: homes.some(session, chance),
                    weights=WEIGHTS,
                )
            if entry is None:
                year.refused += 1
                continue
            case = office.waiting(entry)
            case_id = case.id
        with database.transaction() as session:
            office = ChangeOffice(session, keyring, actors[0], actors[1], now, places)
            act = office.approve(office.case(case_id))
        year.seconds.append(time.perf_counter() - began)
        year.kinds[kind_of(entry)] += 1
        with database.transaction() as session:
            households, rows = touched(session, act)
            homes.note(session, [number for number, _place in rows])
            stop_if(broken(session, households), f"change {step + 1} ({kind_of(entry)})")
        year.rows.append(rows)
        if kind_of(entry) != "cancel" and chance.randrange(CANCELLED) == 0:
            waiting.append((step + LATER, act))
    with database.transaction() as session:
        stop_if([*broken(session), *shared_numbers(session)], "the whole town")
        if not verify(session).ok:
            stop_if(["the audit log is not whole"], "the whole town")
    return year


def close_due(database: Database, keyring: Keyring, actor: Actor, homes: Homes, now: dt.datetime) -> int:
    """The daily run over 転出予定者 whose day has come; how many records it closed."""
    done = run_due(database.transaction, actor, keyring, on=now.date(), now=now)
    stop_if([f"household {number} was not closed" for number in done.failed], f"the run of {now.date()}")
    with database.transaction() as session:
        homes.note(session, [number for closed in done.closed for number in closed.numbers])
        stop_if(broken(session, [each.household_number for each in done.closed]), f"the run of {now.date()}")
    return done.people


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
    parser.add_argument("--minutes", type=float, help="leave off after so long")
    parser.add_argument("--database", help="URL of an empty PostgreSQL database")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        database = Database(asked.database or f"sqlite:///{folder}/year.sqlite3")
        keyring = Keyring.from_settings(Settings())
        make_town(database, keyring, population=asked.population, number=asked.seed, codes=asked.changes // 2)
        processor = time.process_time()
        year = work(database, keyring, changes=asked.changes, number=asked.seed, minutes=asked.minutes)
        processor = time.process_time() - processor
        with database.transaction() as session:
            snapshots = session.scalar(select(func.count()).select_from(ResidentHistory))
        alone = bare(database, year.rows)
        database.dispose()
    spent = sum(year.seconds)
    made = len(year.seconds)
    print(
        f"{made} changes ({year.refused} times nothing could be made), {sum(map(len, year.rows))} new snapshots,"
    )
    print(f"{snapshots} in the register; {year.closed} records closed by the daily run; nothing broken")
    print("  " + ", ".join(f"{kind} {count}" for kind, count in year.kinds.most_common()))
    tail = statistics.quantiles(year.seconds, n=20)[-1] * 1000
    print(
        f"{made / spent:.1f} changes/s; each median {statistics.median(year.seconds) * 1000:.0f} ms, p95 {tail:.0f} ms"
    )
    print(
        f"{processor / made * 1000:.0f} ms of processor time for each change, all checks of this bench included"
    )
    print(f"the database alone {made / alone:.0f} changes/s: ratio {spent / alone:.1f}")


if __name__ == "__main__":
    main()
