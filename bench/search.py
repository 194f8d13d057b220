"""Searches in a town of invented residents: time per query, against a scan with LIKE, on both databases.

    PYTHONPATH=. python bench/search.py [--people 20000] [--rounds 200] [--only postgresql|sqlite] [--explain]

The search tables are filled straight from invented snapshots (no register, no screens), PostgreSQL in a throw-away
server with its default settings. Every query is the real one of ``residents.search.queries``: the first page of 50
in order, with the count. What is asked comes from people drawn at random, so common names are asked often. "db" is
what PostgreSQL says it spends on planning and running all statements of a search, "page" the same without counting
more than a thousand finds; the others are whole round trips (statements built, sent, answered, read). The baseline
does what a search without key tables must: ``LIKE '%…%'`` over all names, sorted, 50 rows.
"""

from __future__ import annotations

import argparse
import csv
import datetime as dt
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import accumulate, product
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event, select, text
from sqlalchemy.orm import Session

from residentapp.core.access.actor import system_actor
from residentapp.core.access.permissions import Permission
from residentapp.core.crypto import Keyring
from residentapp.core.dates import DateValue
from residentapp.core.db import Database
from residentapp.core.db.bulk import bulk_load
from residentapp.core.db.migrate import upgrade
from residentapp.core.search_keys import MatchKind, search_key
from residentapp.residents.search import index, queries
from residentapp.residents.search.models import SearchAddress, SearchName, SearchPerson
from residentapp.residents.search.types import SearchQuery, StateScope
from tests.support.postgresql import ThrowAwayServer

SEED = Path(__file__).resolve().parents[1] / "seed"


def _parts(text: str) -> list[str]:
    """Parts of names, each a kanji with its reading."""
    return text.split()


#: Two parts of a surname each, for the long tail of names that a list of the commonest lacks.
FIRST = _parts(
    """
    青アオ 赤アカ 秋アキ 朝アサ 荒アラ 有アリ 飯イイ 石イシ 市イチ 今イマ 岩イワ 上ウエ 内ウチ 梅ウメ
    大オオ 岡オカ 奥オク 小オ 柿カキ 笠カサ 片カタ 金カナ 亀カメ 川カワ 菊キク 北キタ 木キ 国クニ
    熊クマ 黒クロ 桑クワ 坂サカ 桜サクラ 塩シオ 篠シノ 柴シバ 白シラ 杉スギ 関セキ 高タカ 竹タケ 谷タニ
    玉タマ 津ツ 土ツチ 堤ツツミ 寺テラ 戸ト 富トミ 永ナガ 中ナカ 夏ナツ 西ニシ 根ネ 野ノ 萩ハギ
    橋ハシ 畑ハタ 花ハナ 浜ハマ 林ハヤシ 原ハラ 東ヒガシ 平ヒラ 広ヒロ 深フカ 福フク 藤フジ 古フル 星ホシ
    堀ホリ 松マツ 丸マル 三ミ 水ミズ 宮ミヤ 村ムラ 森モリ 安ヤス 山ヤマ 横ヨコ 吉ヨシ 若ワカ 渡ワタ
    """
)
SECOND = _parts(
    """
    井イ 石イシ 泉イズミ 内ウチ 浦ウラ 江エ 尾オ 岡オカ 垣ガキ 方カタ 川カワ 木キ 口グチ 倉クラ
    越コシ 坂サカ 崎サキ 沢サワ 島シマ 下シタ 瀬セ 田タ 谷タニ 塚ツカ 津ツ 手テ 戸ト 中ナカ
    永ナガ 西ニシ 根ネ 野ノ 橋ハシ 畑ハタ 浜ハマ 原ハラ 部ベ 堀ホリ 間マ 松マツ 見ミ 宮ミヤ
    村ムラ 本モト 森モリ 屋ヤ 山ヤマ 脇ワキ
    """
)
GIVEN = _parts(
    """
    愛アイ 明アキ 彩アヤ 一カズ 和カズ 勝カツ 清キヨ 邦クニ 健ケン 幸サチ 聡サト 重シゲ 純ジュン 孝タカ
    貴タカ 匡マサ 正マサ 哲テツ 利トシ 俊トシ 朋トモ 智トモ 直ナオ 信ノブ 則ノリ 春ハル 久ヒサ 英ヒデ
    秀ヒデ 弘ヒロ 裕ヒロ 文フミ 真マ 昌マサ 美ミ 光ミツ 道ミチ 実ミノ 元モト 康ヤス 優ユウ 由ユ
    義ヨシ 良ヨシ
    """
)
GIVEN_END = _parts(
    """
    一イチ 江エ 恵エ 夫オ 香カ 央オ 子コ 司ジ 志シ 二ジ 助スケ 太タ 奈ナ 之ユキ
    乃ノ 人ト 彦ヒコ 穂ホ 美ミ 也ヤ 代ヨ 郎ロウ
    """
)
STATES = ("resident",) * 17 + ("moved_out", "moved_out", "dead")
PREFECTURE, CITY = "栄県", "みどり野市"


class Names:
    """Surnames and given names with how common they are."""

    def __init__(self) -> None:
        listed = self._read("surnames.csv")
        rare = [(a[0] + b[0], a[1:] + b[1:]) for a, b in product(FIRST, SECOND)]
        # Weights of the list are per 100,000 people; who has none of these names has a rare one.
        rest = max(100_000 - sum(weight for *_name, weight in listed), 20_000)
        self.family = [(writing, kana) for writing, kana, _weight in listed] + rare
        self._family = list(
            accumulate([*(weight for *_name, weight in listed), *(rest / len(rare),) * len(rare)])
        )
        given = self._read("given_names.csv")
        made = [(a[0] + b[0], a[1:] + b[1:]) for a, b in product(GIVEN, GIVEN_END)]
        total = sum(weight for *_name, weight in given)
        self.given = [(writing, kana) for writing, kana, _weight in given] + made
        self._given = list(accumulate([*(w for *_name, w in given), *(2 * total / len(made),) * len(made)]))

    @staticmethod
    def _read(name: str) -> list[tuple[str, str, float]]:
        with (SEED / name).open(encoding="utf-8") as file:
            return [(row["writing"], row["kana"], float(row["weight"])) for row in csv.DictReader(file)]

    def draw(self, rng: random.Random, count: int) -> list[tuple[tuple[str, str], tuple[str, str]]]:
        """That many full names: ((surname, kana), (given name, kana))."""
        return list(
            zip(
                rng.choices(self.family, cum_weights=self._family, k=count),
                rng.choices(self.given, cum_weights=self._given, k=count),
                strict=True,
            )
        )


def towns() -> list[str]:
    """Names of towns, of the invented town and more: 400 in all."""
    with (SEED / "towns.csv").open(encoding="utf-8") as file:
        names = [row["name"] for row in csv.DictReader(file)]
    made = [f"{a[0]}{b[0]}町" for a, b in product(FIRST, SECOND)]
    return [*names, *made[:: max(len(made) // (400 - len(names)), 1)]]


def people(
    rng: random.Random, first: int, count: int, names: Names, places: Sequence[str]
) -> Iterator[dict[str, Any]]:
    """Snapshots of some people: one in seven has moved once, one in thirty has had another name."""
    start = dt.date(1930, 1, 1).toordinal()
    for number, ((family, family_kana), (given, given_kana)) in enumerate(
        names.draw(rng, count), start=first
    ):
        place = rng.choice(places)
        base: dict[str, Any] = {
            "addressee_number": f"{number:010d}", "history_number": 1, "change_id": 1,
            "state": rng.choice(STATES), "household_number": f"{number // 2:010d}",
            "name": f"{family}　{given}", "name_kana": f"{family_kana}　{given_kana}",
            "name_alphabet": None, "former_name": None, "former_name_kana": None, "alias": None, "alias_kana": None,
            "birth_date": DateValue.of(dt.date.fromordinal(start + rng.randrange(35_000))),
            "sex": rng.choice(("male", "female")), "relationship_to_head": rng.choice(("世帯主", "妻", "子")),
            "address": f"{PREFECTURE}{CITY}{place}{rng.randint(1, 40)}番{rng.randint(1, 30)}号",
            "building": f"コーポ{rng.choice(FIRST)[0]}{rng.randint(101, 909)}号室" if rng.random() < 0.35 else None,
            "address_code": f"99201{places.index(place) + 1:06d}",
        }  # fmt: skip
        if rng.random() < 1 / 30:
            (maiden, maiden_kana), _given = names.draw(rng, 1)[0]
            yield base | {"name": f"{maiden}　{given}", "name_kana": f"{maiden_kana}　{given_kana}"}
            base |= {"history_number": 2, "change_id": 2}
        elif rng.random() < 1 / 7:
            yield base | {
                "address": f"{PREFECTURE}{CITY}{rng.choice(places)}{rng.randint(1, 40)}番{rng.randint(1, 30)}号"
            }
            base |= {"history_number": 2, "change_id": 2}
        yield base


CHANGES = {
    1: {"id": 1, "reason": "R01", "moved_on": None, "processed_on": dt.date(2015, 4, 1)},
    2: {"id": 2, "reason": "C01", "moved_on": None, "processed_on": dt.date(2022, 4, 1)},
}


def fill(database: Database, count: int) -> float:
    """Fill the search tables; returns seconds."""
    rng, names, places = random.Random(2026), Names(), towns()
    began = time.perf_counter()
    with database.transaction() as session:
        own = index.OwnPlace(PREFECTURE, CITY)
        with bulk_load(session, *(table.__table__ for table in (SearchPerson, SearchName, SearchAddress))):
            for first in range(0, count, 20_000):
                snapshots = people(rng, first, min(20_000, count - first), names, places)
                index.load_rows(session, index.rows_for(snapshots, CHANGES, own=own))
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if database.is_sqlite:
            connection.exec_driver_sql("ANALYZE")
        else:
            # VACUUM sets the visibility map, as autovacuum does on a server that runs for longer than a minute.
            connection.exec_driver_sql("VACUUM ANALYZE")
    return time.perf_counter() - began


def kinds(rng: random.Random, names: Names, places: Sequence[str]) -> dict[str, Callable[[], SearchQuery]]:
    """Each kind of search as a maker of queries."""

    def person() -> tuple[tuple[str, str], tuple[str, str]]:
        return names.draw(rng, 1)[0]

    def middle(whole: str, length: int) -> str:
        place = rng.randrange(max(len(whole) - length, 0) + 1)
        return whole[place : place + length]

    def whole(*, kana: bool = False) -> str:
        return "".join(part[kana] for part in person())

    def birthday() -> dt.date:
        return dt.date(1930, 1, 1) + dt.timedelta(days=rng.randrange(35_000))

    def year() -> tuple[dt.date, dt.date]:
        first = dt.date(rng.randint(1930, 2024), 1, 1)
        return first, first.replace(month=12, day=31)

    def kana_and_year() -> SearchQuery:
        first, last = year()
        return SearchQuery(kana=whole(kana=True)[:3], birth_from=first, birth_to=last)

    contains, full = MatchKind.CONTAINS, MatchKind.FULL
    return {
        "full: whole name": lambda: SearchQuery(name=whole(), name_match=full),
        "full: surname": lambda: SearchQuery(name=person()[0][0], name_match=full),
        "full: given name": lambda: SearchQuery(name=person()[1][0], name_match=full),
        "prefix: 2 kanji": lambda: SearchQuery(name=whole()[:2]),
        "prefix: 3 kana": lambda: SearchQuery(kana=whole(kana=True)[:3]),
        "prefix: surname and one kana": lambda: SearchQuery(kana="".join(_one_more(person()))),
        "contains: 2 kanji": lambda: SearchQuery(name=middle(whole(), 2), name_match=contains),
        "contains: 2 kana": lambda: SearchQuery(kana=middle(whole(kana=True), 2), kana_match=contains),
        "contains: 3 kana": lambda: SearchQuery(kana=middle(whole(kana=True), 3), kana_match=contains),
        "contains: 4 kana": lambda: SearchQuery(kana=middle(whole(kana=True), 4), kana_match=contains),
        "birth: one day": lambda: SearchQuery(birth_from=(day := birthday()), birth_to=day),
        "kana and birth year": kana_and_year,
        "address: town": lambda: SearchQuery(address=rng.choice(places)),
        "address: town and number": lambda: SearchQuery(address=f"{rng.choice(places)}{rng.randint(1, 40)}"),
        "address: contains": lambda: SearchQuery(
            address=middle(rng.choice(places), 2) or "本町", address_match=contains
        ),
        "very broad: 1 kana": lambda: SearchQuery(kana=whole(kana=True)[0], states=StateScope.ALL),
    }  # fmt: skip


def _one_more(name: tuple[tuple[str, str], tuple[str, str]]) -> tuple[str, str]:
    (_family, family_kana), (_given, given_kana) = name
    return family_kana, given_kana[0]


def scan(session: Session, key: str) -> None:
    """The baseline: every row compared, the hits sorted."""
    order = (SearchName.kana_key, SearchName.birth_sort, SearchName.addressee_number)
    query = select(*order).where(SearchName.key.contains(key, autoescape=True), SearchName.live.is_(True))
    session.execute(query.order_by(*order).limit(51)).all()


def percentile(times: Sequence[float], share: float) -> float:
    """In milliseconds."""
    return 1000 * sorted(times)[min(int(len(times) * share), len(times) - 1)]


def measure(database: Database, rounds: int, explain: float) -> None:
    """Time each kind of search and print a table."""
    rng, names, places = random.Random(7), Names(), towns()
    with database.sessions() as session:
        session.connection(execution_options={"read_only": True})
        baseline = []
        for _round in range(max(rounds // 10, 5)):
            family, given = names.draw(rng, 1)[0]
            began = time.perf_counter()
            scan(session, search_key(family[1] + given[1])[1:4])
            baseline.append(time.perf_counter() - began)
        reference = statistics.median(baseline)
        print(
            f"{'LIKE over all names (baseline)':32}{1000 * reference:9.1f}{percentile(baseline, 0.95):9.1f}"
        )
        for name, make in kinds(rng, names, places).items():
            times, inside, pages, counts, slowest = [], [], [], [], (0.0, SearchQuery())
            for round_number in range(rounds + 5):
                query = make()
                began = time.perf_counter()
                count = run(session, query)
                taken = time.perf_counter() - began
                if round_number >= 5:
                    times.append(taken)
                    counts.append(count)
                    inside.append(time_inside(database, session, query))
                    with without_count():
                        pages.append(time_inside(database, session, query))
                    slowest = max(slowest, (inside[-1], query), key=lambda pair: pair[0])
            line = f"{name:32}"
            if not database.is_sqlite:
                line += f"{percentile(pages, 0.5):9.1f}{percentile(pages, 0.95):9.1f}{percentile(inside, 0.95):9.1f}"
            line += f"{percentile(times, 0.5):9.1f}{percentile(times, 0.95):9.1f}{1000 * max(times):9.1f}"
            line += f"{statistics.median(times) / reference:9.4f}{int(statistics.median(counts)):8,}{max(counts):8,}"
            print(line, flush=True)
            if explain and not database.is_sqlite and percentile(inside, 0.95) > explain:
                print("   ", slowest[1].name, slowest[1].kana, slowest[1].address)
                with watched(database.engine, "EXPLAIN (ANALYZE, BUFFERS) ") as plans:
                    run(session, slowest[1])
                print("\n".join(f"      {row[0]}" for plan in plans for row in plan))


ACTOR = system_actor("bench", Permission.RESIDENT_SEARCH, Permission.ITEM_RESIDENCE_STATUS)
KEYRING = Keyring([("bench", bytes(32))], bytes(32))


def run(session: Session, query: SearchQuery) -> int:
    """The search as the screen makes it, without reading the lines of its hits; returns the count."""
    plan = queries.plan_of(session, ACTOR, query, keyring=KEYRING)
    _keys, count, _exact = queries.find(session, plan, after=None, size=queries.PAGE_SIZE)
    return count


@contextmanager
def without_count() -> Iterator[None]:
    """The first page alone: finds beyond ``READ_LIMIT`` are not counted."""
    kept = queries.COUNT_LIMIT
    queries.COUNT_LIMIT = 0
    try:
        yield
    finally:
        queries.COUNT_LIMIT = kept


def time_inside(database: Database, session: Session, query: SearchQuery) -> float:
    """Seconds that PostgreSQL says it spends on planning and running all statements of a search."""
    if database.is_sqlite:
        return 0.0
    with watched(database.engine, "EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) ") as plans:
        run(session, query)
    told = [plan[0][0][0] for plan in plans]
    return sum(float(each["Planning Time"]) + float(each["Execution Time"]) for each in told) / 1000


@contextmanager
def watched(engine: Engine, prefix: str) -> Iterator[list[list[Any]]]:
    """Run each statement a second time with a prefix, before its own turn; gives what those answer."""
    answers: list[list[Any]] = []

    def before(
        connection: Any, cursor: Any, statement: str, parameters: Any, _context: Any, _many: bool
    ) -> None:
        other = cursor.connection.cursor()
        other.execute(prefix + statement, parameters)
        answers.append(other.fetchall())

    event.listen(engine, "before_cursor_execute", before)
    try:
        yield answers
    finally:
        event.remove(engine, "before_cursor_execute", before)


@contextmanager
def database_of(kind: str) -> Iterator[Database]:
    """A database with the schema, gone afterwards."""
    if kind == "sqlite":
        with tempfile.TemporaryDirectory(prefix="residentapp-bench-") as folder:
            database = Database(f"sqlite:///{folder}/bench.sqlite3")
            upgrade(database)
            yield database
            database.dispose()
        return
    server = ThrowAwayServer()
    try:
        database = Database(server.url(server.create()))
        upgrade(database)
        yield database
        database.dispose()
    finally:
        server.stop()


def main() -> None:
    """Fill, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--people", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--only", choices=("postgresql", "sqlite"))
    parser.add_argument(
        "--explain", type=float, default=0.0, metavar="MS", help="plans of kinds whose p95 is above"
    )
    options = parser.parse_args()
    for kind in [options.only] if options.only else ["postgresql", "sqlite"]:
        with database_of(kind) as database:
            seconds = fill(database, options.people)
            with database.engine.connect() as connection:
                size = (
                    0
                    if database.is_sqlite
                    else connection.scalar(text("SELECT pg_database_size(current_database())"))
                )
            disk = f", {size / 1e9:.2f} GB" if size else ""
            print(f"{kind}, {options.people:,} people, filled in {seconds:.0f} s{disk}", flush=True)
            heads = [] if database.is_sqlite else ["page p50", "page p95", "db p95"]
            heads += ["p50 ms", "p95 ms", "max ms", "of scan"]
            print(" " * 32 + "".join(f"{head:>9}" for head in heads) + f"{'hits':>8}{'most':>8}")
            measure(database, options.rounds, options.explain)


if __name__ == "__main__":
    main()
