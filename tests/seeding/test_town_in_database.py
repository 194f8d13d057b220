"""The invented town in both databases: written whole, found again, protected, and never among real people."""

from __future__ import annotations

import datetime as dt
import gc
import tracemalloc
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import func, inspect, select, text

from residentapp.cli import root
from residentapp.config import Environment, Settings
from residentapp.core import numbering
from residentapp.core.access.models import Terminal, User
from residentapp.core.addresses import queries
from residentapp.core.addresses.models import Building, Lot
from residentapp.core.audit import verify
from residentapp.core.crypto import Keyring
from residentapp.core.db import Database
from residentapp.core.masters.models import CertifierKind
from residentapp.core.masters.queries import certifier_on, own_municipality, seal_on
from residentapp.residents.models import (
    Addressee,
    IntegratedRemark,
    ResidentChange,
    ResidentHistory,
    SupportMeasure,
)
from residentapp.residents.protection import protected_numbers_query, standings
from residentapp.residents.types import RemarkKind, SuppressedProcess
from residentapp.seeding import writer
from residentapp.seeding.generator import TownExists, seed
from residentapp.seeding.protection import one_year_from
from residentapp.seeding.sources import SeedDataError
from tests.support.clock import TEST_MOMENT
from tests.support.databases import SqliteSource, url_of

POPULATION = 200


def test_the_town_is_whole(database: Database, keyring: Keyring, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "BATCH", 100)
    before = {index["name"] for index in inspect(database.engine).get_indexes("resident_history")}
    result = seed(database, keyring, population=POPULATION, seed=1, moment=TEST_MOMENT)
    assert result.residents == POPULATION
    assert {index["name"] for index in inspect(database.engine).get_indexes("resident_history")} == before
    with database.transaction() as session:
        count = {
            table: session.scalar(select(func.count()).select_from(table))
            for table in (Addressee, ResidentChange, ResidentHistory)
        }
        assert count[Addressee] == POPULATION + result.removed
        assert count[ResidentChange] == result.changes
        assert count[ResidentHistory] == result.snapshots
        live = select(func.count()).where(ResidentHistory.is_latest, ResidentHistory.state == "resident")
        assert session.scalar(live) == POPULATION
        remarks = select(func.count()).where(IntegratedRemark.kind == RemarkKind.HISTORY)
        assert session.scalar(remarks) == result.snapshots

        # Numbering goes on where the town ends.
        (number,) = numbering.allocate(session, numbering.ADDRESSEE)
        assert int(number[:-1]) == POPULATION + result.removed + 1
        (household,) = numbering.allocate(session, numbering.HOUSEHOLD)
        assert int(household[:-1]) == result.households + 1
        assert numbering.free_codes(session) == 1_500
        last_change = session.scalar(select(func.max(ResidentChange.id)))
        change = ResidentChange(
            reason="C02", processed_on=dt.date(2026, 11, 24), office_code="01", office_name="本庁",
            terminal_code="0101", terminal_name="窓口", entered_by="madoguchi1",
        )  # fmt: skip
        session.add(change)
        session.flush()
        assert change.id == (last_change or 0) + 1

        # Numbers at rest decrypt, and are found by their hash.
        one = session.scalars(select(ResidentHistory).where(ResidentHistory.is_latest).limit(1)).one()
        assert one.individual_number_cipher is not None
        plain = keyring.decrypt_text(one.individual_number_cipher, context=numbering.INDIVIDUAL_NUMBER)
        assert plain.startswith("99")
        hashed = keyring.lookup_hash(plain, context=numbering.INDIVIDUAL_NUMBER)
        found = session.scalars(
            select(ResidentHistory.addressee_number)
            .where(ResidentHistory.individual_number_hash == hashed)
            .distinct()
        ).all()
        assert found == [one.addressee_number]
        searchable = session.scalar(text("SELECT count(*) FROM search_person"))
        assert searchable == count[Addressee]
        assert verify(session).ok


@pytest.mark.requirement("RR-1.1.16a", "RR-3.1a", partial=True)
def test_the_protected_family_is_flagged(database: Database, keyring: Keyring) -> None:
    seed(database, keyring, population=POPULATION, seed=1, moment=TEST_MOMENT)
    with database.transaction() as session:
        numbers = set(session.scalars(protected_numbers_query()))
        people = session.scalars(
            select(ResidentHistory).where(
                ResidentHistory.is_latest, ResidentHistory.addressee_number.in_(numbers)
            )
        ).all()
        assert {(person.name, person.building) for person in people} == {
            ("白鷺　小夜", "隠れ里荘207号室"),
            ("白鷺　湖太", "隠れ里荘207号室"),
            ("白鷺　水帆", "隠れ里荘207号室"),
        }
        measure = session.scalars(select(SupportMeasure)).one()
        assert measure.starts_on < dt.date(2026, 11, 24) < measure.ends_on
        assert [member.is_applicant for member in measure.members].count(True) == 1
        for standing in standings(session, people, now=TEST_MOMENT).values():
            assert standing.protected
            assert set(standing.levels) == set(SuppressedProcess)
        # Neither the master of buildings nor that of lots may lead to them.
        assert not session.scalars(select(Building).where(Building.name.contains("隠れ里"))).all()
        assert not session.scalars(select(Lot).where(Lot.writing == "77番地7")).all()


@pytest.mark.requirement("RR-1.3.1", "RR-1.3.7", "RR-1.3.9a", partial=True)
def test_masters_are_there(database: Database, keyring: Keyring) -> None:
    seed(database, keyring, population=POPULATION, seed=1, moment=TEST_MOMENT)
    today = dt.date(2026, 11, 24)
    with database.transaction() as session:
        assert own_municipality(session).code == "982016"
        assert certifier_on(session, today).title == "架空市長"
        for day, kind in (
            (dt.date(2025, 7, 31), CertifierKind.MAYOR),
            (dt.date(2025, 8, 1), CertifierKind.DEPUTY),
            (dt.date(2025, 8, 31), CertifierKind.DEPUTY),
            (dt.date(2025, 9, 1), CertifierKind.MAYOR),
        ):
            assert certifier_on(session, day).kind is kind
        assert seal_on(session, CertifierKind.MAYOR, today).image_png.startswith(b"\x89PNG")
        assert len(session.scalars(select(Terminal)).all()) >= 4
        assert {"madoguchi1", "kessai1", "senkyo1", "kanri1"} <= set(session.scalars(select(User.login)))
        (candidate,) = [
            one for one in queries.by_kana_heads(session, "カ カ ホ", on=today) if one.town.endswith("一丁目")
        ]
        assert (candidate.text, candidate.postal_code) == ("架空県架空市本町一丁目", "0000001")
        old = queries.municipalities(session, "98", on=today, old_names=True)
        assert [(pick.name, pick.ended) for pick in old] == [
            ("架空市", None),
            ("見立郡見立町", dt.date(2005, 12, 31)),
        ]
        building = session.scalars(select(Building).limit(1)).one()
        assert building in queries.buildings_at(session, building.town_code, building.lot, on=today)
        countries = {(row.name, row.code) for row in queries.countries(session, on=today)}
        said = select(ResidentHistory.nationality, ResidentHistory.nationality_code).distinct()
        recorded = {tuple(row) for row in session.execute(said) if row.nationality}
        assert len(recorded) >= 5 and recorded <= countries


def test_a_second_town_is_refused(database: Database, keyring: Keyring) -> None:
    seed(database, keyring, population=POPULATION, seed=1, moment=TEST_MOMENT)
    with pytest.raises(TownExists):
        seed(database, keyring, population=POPULATION, seed=2, moment=TEST_MOMENT)


def test_a_failure_leaves_nothing(
    database: Database, keyring: Keyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_self: object) -> None:
        raise RuntimeError("the power went out")

    before = {index["name"] for index in inspect(database.engine).get_indexes("resident_history")}
    monkeypatch.setattr(writer.Writer, "finish", fail)
    monkeypatch.setattr(writer, "BATCH", 50)
    with pytest.raises(RuntimeError, match="power"):
        seed(database, keyring, population=POPULATION, seed=1, moment=TEST_MOMENT)
    with database.transaction() as session:
        assert session.scalar(select(func.count()).select_from(Addressee)) == 0
    assert {index["name"] for index in inspect(database.engine).get_indexes("resident_history")} == before


def test_missing_files_are_named(database: Database, keyring: Keyring, tmp_path: Path) -> None:
    with pytest.raises(SeedDataError, match=r"surnames\.csv"):
        seed(database, keyring, population=POPULATION, seed=1, moment=TEST_MOMENT, folder=tmp_path)


def test_memory_does_not_grow_with_the_town(
    sqlite_source: SqliteSource, keyring: Keyring, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "BATCH", 100)

    def peak(population: int, folder: str) -> int:
        (tmp_path / folder).mkdir()
        fresh = sqlite_source.fresh(tmp_path / folder)
        gc.collect()
        tracemalloc.start()
        seed(fresh, keyring, population=population, seed=1, moment=TEST_MOMENT)
        highest = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        sqlite_source.discard(fresh)
        return highest

    # The first run fills the caches of dates and keys, which have a bound.
    peak(800, "warm")
    small, big = peak(200, "small"), peak(800, "big")
    assert big < small * 1.3


# ---- the command


def run(settings: Settings, *arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(root, ["seed", *arguments], obj=settings)
    return result.exit_code, result.output


def test_the_command_makes_the_town_and_tells_the_accounts(
    sqlite_source: SqliteSource, tmp_path: Path
) -> None:
    fresh = sqlite_source.fresh(tmp_path)
    settings = Settings.from_environment({}).replace(data_dir=tmp_path, database_url=url_of(fresh))
    code, output = run(settings, "--population", "150", "--seed", "3", "--date", "2026-11-24")
    assert code == 0, output
    assert "住民 150人" in output
    assert "madoguchi1" in output
    code, output = run(settings, "--population", "150")
    assert code == 1
    assert "空のデータベースを用意してから" in output
    sqlite_source.discard(fresh)


def test_production_is_refused(tmp_path: Path) -> None:
    settings = Settings.from_environment({}).replace(
        data_dir=tmp_path, database_url=f"sqlite:///{tmp_path}/x.sqlite3", environment=Environment.PRODUCTION
    )
    code, output = run(settings, "--population", "150")
    assert code == 2
    assert "本番" in output
    assert not (tmp_path / "x.sqlite3").exists()


@pytest.mark.requirement("RR-3.4c", partial=True)
@pytest.mark.parametrize(
    ("first", "last"),
    [
        (dt.date(2020, 4, 1), dt.date(2021, 3, 31)),
        (dt.date(2026, 1, 1), dt.date(2026, 12, 31)),
        (dt.date(2024, 2, 29), dt.date(2025, 2, 28)),
    ],
)
def test_a_term_of_one_year(first: dt.date, last: dt.date) -> None:
    assert one_year_from(first) == last
