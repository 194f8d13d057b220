"""The era table, and how an administrator extends it (RR-1.3.6, CM-3)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from residentapp.core.dates import DateError, parse_date, to_wareki
from residentapp.core.db import Base, Database
from residentapp.core.eras import (
    ERAS,
    Era,
    EraPeriod,
    EraTable,
    add_default_eras,
    build_table,
    install_eras,
    load_eras,
    refresh_eras,
)

NEXT = EraPeriod(6, "永安", "E", 2040, dt.date(2040, 5, 1))


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path / 'eras.db'}")
    Base.metadata.create_all(database.engine, tables=[Base.metadata.tables["era"]])
    yield database
    database.dispose()


def test_an_empty_table_means_the_defaults(database: Database) -> None:
    with database.transaction() as session:
        assert load_eras(session) == ERAS


def test_defaults_are_added_once(database: Database) -> None:
    with database.transaction() as session:
        assert add_default_eras(session) == 5
    with database.transaction() as session:
        assert add_default_eras(session) == 0
        assert load_eras(session) == ERAS


@pytest.mark.requirement("RR-1.3.6", "CM-3.1")
def test_a_new_era_needs_one_row_only(database: Database) -> None:
    with database.transaction() as session:
        add_default_eras(session)
        session.add(
            Era(
                number=6,
                name="永安",
                letter="E",
                first_year=2040,
                first_day=dt.date(2040, 5, 1),
                last_day=None,
            )
        )
    with database.transaction() as session:
        assert len(session.scalars(select(Era)).all()) == 6
        table = load_eras(session)
    assert to_wareki(dt.date(2040, 4, 30), eras=table) == "令和22年4月30日"
    assert to_wareki(dt.date(2040, 5, 1), eras=table) == "永安元年5月1日"
    assert parse_date("E2.1.1", eras=table).exact == dt.date(2041, 1, 1)
    assert parse_date("6020101", eras=table).writing == "永安2年1月1日"
    with pytest.raises(DateError) as caught:
        parse_date("令和22年5月1日", eras=table)
    assert "「永安元年5月1日」と入力" in caught.value.message
    with pytest.raises(DateError):
        parse_date("E2.1.1")


def test_an_installed_table_is_used_by_every_date() -> None:
    install_eras(build_table((*ERAS, NEXT)))
    try:
        assert parse_date("2041-01-01").wareki == "永安2年1月1日"
    finally:
        install_eras(ERAS)
    assert parse_date("2041-01-01").wareki == "令和23年1月1日"


@pytest.mark.requirement("RR-1.3.6")
def test_a_running_application_takes_up_a_new_era_within_a_minute(database: Database) -> None:
    # Far from any real moment, so that what other tests did with the clock does not matter here.
    noon = dt.datetime(2040, 4, 30, 12, tzinfo=dt.UTC)
    with database.transaction() as session:
        add_default_eras(session)
        refresh_eras(session, noon)
        session.add(
            Era(
                number=6,
                name="永安",
                letter="E",
                first_year=2040,
                first_day=dt.date(2040, 5, 1),
                last_day=None,
            )
        )
    try:
        with database.transaction() as session:
            refresh_eras(session, noon + dt.timedelta(seconds=59))
            assert to_wareki(dt.date(2040, 5, 1)) == "令和22年5月1日"
            refresh_eras(session, noon + dt.timedelta(seconds=60))
            assert to_wareki(dt.date(2040, 5, 1)) == "永安元年5月1日"
    finally:
        install_eras(ERAS)


def test_a_database_without_the_table_changes_nothing(tmp_path: Path) -> None:
    bare = Database(f"sqlite:///{tmp_path / 'bare.db'}")
    with bare.transaction() as session:
        refresh_eras(session, dt.datetime(2050, 1, 1, tzinfo=dt.UTC))
    bare.dispose()
    assert to_wareki(dt.date(2050, 1, 1)) == "令和32年1月1日"


@pytest.mark.parametrize(
    ("day", "name"),
    [
        (dt.date(1872, 12, 31), None),
        (dt.date(1873, 1, 1), "明治"),
        (dt.date(1912, 7, 30), "大正"),
        (dt.date(1926, 12, 24), "大正"),
        (dt.date(1989, 1, 7), "昭和"),
        (dt.date(2019, 5, 1), "令和"),
    ],
)
def test_era_of_a_day(day: dt.date, name: str | None) -> None:
    era = ERAS.at(day)
    assert (era.name if era else None) == name


@pytest.mark.parametrize(
    "change",
    [
        EraPeriod(5, "永安", "E", 2040, dt.date(2040, 5, 1)),
        EraPeriod(6, "令安", "E", 2040, dt.date(2040, 5, 1)),
        EraPeriod(6, "永安", "R", 2040, dt.date(2040, 5, 1)),
    ],
)
def test_eras_that_could_be_confused_are_refused(change: EraPeriod) -> None:
    with pytest.raises(ValueError, match="differ"):
        build_table((*ERAS, change))


def test_a_gap_between_eras_is_refused() -> None:
    first, second, *_ = ERAS.periods
    shortened = EraPeriod(1, "明治", "M", 1868, first.first_day, dt.date(1912, 7, 28))
    with pytest.raises(ValueError, match="begin on the last day"):
        EraTable((shortened, second))
