"""Search keys: rows from snapshots, refreshed, rebuilt, the same on both databases."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from residentapp.core.dates import DateValue
from residentapp.core.db import search as db_search
from residentapp.residents.models import ResidentChange, ResidentHistory
from residentapp.residents.search import index
from residentapp.residents.search.models import SearchAddress, SearchName, SearchPerson, SearchWord
from residentapp.residents.types import ChangeReason, ResidentState
from tests.residents.search.conftest import SearchFor, indexed, names
from tests.support import residents

OWN = index.OwnPlace("架空県", "架空市")


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("架空県架空市本町一丁目2番3号", "本町1/2/3/"),
        ("本町１－２－３", "本町1/2/3/"),
        ("本町1丁目2-3", "本町1/2/3/"),
        ("架空市本町　一丁目２番地の３", "本町1/2/3/"),
        ("本町十二丁目2番", "本町12/2/"),
        ("字北山1234番地5", "字北山1234/5/"),
        ("東町三番四号", "東町3/4/"),
        ("八番町3番4号", "八番町3/4/"),
        ("三条町12番", "三条町12/"),
        ("本町無番地", "本町無番地"),
        ("隣県架空市本町1番", "隣県架空市本町1/"),
    ],
)
def test_address_key(written: str, key: str) -> None:
    """Spellings of one address have one key; another municipality's name stays."""
    assert index.address_key(written, OWN) == key


def test_an_address_asked_for_in_part_stays_open() -> None:
    """「本町1」 may go on to 本町12; 「本町1丁目」 may not."""
    assert index.address_key("本町1", OWN, whole=False) == "本町1"
    assert index.address_key("本町1丁目", OWN, whole=False) == "本町1/"


def snapshot(number: str, line: int, **values: Any) -> dict[str, Any]:
    made: dict[str, Any] = dict.fromkeys(index.SNAPSHOT_COLUMNS)
    made |= {
        "addressee_number": number,
        "history_number": line,
        "change_id": line,
        "state": ResidentState.RESIDENT,
        "household_number": "0000000019",
        "name": "架空　花子",
        "name_kana": "カクウ　ハナコ",
        "birth_date": DateValue.of(dt.date(1980, 5, 5)),
        "sex": "female",
        "relationship_to_head": "妻",
        "address": "架空県架空市本町一丁目2番3号",
    }
    return made | values


CHANGES = {
    number: {
        "id": number,
        "reason": reason,
        "moved_on": DateValue.of(day) if day else None,
        "processed_on": dt.date(2026, 6, number),
    }
    for number, reason, day in (
        (1, "R01", dt.date(2020, 1, 1)),
        (2, "C01", dt.date(2023, 5, 31)),
        (3, "D01", None),
    )
}


def test_rows_of_one_person() -> None:
    rows = index.rows_for([snapshot("1", 1)], CHANGES, own=OWN)
    assert [(row["part"], row["key"], row["boundary"]) for row in rows["search_name"]] == [
        ("whole", "架空花仔", "空花"),
        ("family", "架空", None),
        ("given", "花仔", None),
        ("whole", "カクウハナコ", "ウハ"),
        ("family", "カクウ", None),
        ("given", "ハナコ", None),
    ]
    [person] = rows["search_person"]
    assert (person["kana_key"], person["live"], person["removal_reason"]) == ("カクウハナコ", True, None)
    [address] = rows["search_address"]
    assert (address["key"], address["town"], address["is_current"]) == ("本町1/2/3/", "本町", True)
    assert address["written"] is None
    words = {(word["kind"], word["key"]) for word in rows["search_word"]}
    assert words == {
        ("name", "架空"), ("name", "花仔"), ("name", "カクウ"), ("name", "ハナコ"), ("town", "本町")
    }  # fmt: skip
    for table, columns in index.COLUMNS.items():
        assert all(set(row) == set(columns) for row in rows[table])


def test_former_values_say_until_when() -> None:
    """A former name ends with the day of the change, a former address too; unknown days by 処理日."""
    people = [
        snapshot("1", 1, name="旧姓　花子", name_kana="キュウセイ　ハナコ"),
        snapshot("1", 2, address="架空県架空市東町9番", building="みどり荘405号室"),
        snapshot(
            "1", 3, state=ResidentState.MOVED_OUT, address="架空県架空市東町9番", building="みどり荘405号室"
        ),
    ]
    rows = index.rows_for(people, CHANGES, own=OWN)
    past = {row["written"]: row["until"] for row in rows["search_name"] if not row["is_current"]}
    assert past == {"旧姓　花子": dt.date(2023, 5, 31), "キュウセイ　ハナコ": dt.date(2023, 5, 31)}
    addresses = {row["key"]: (row["is_current"], row["until"]) for row in rows["search_address"]}
    assert addresses == {"東町9/": (True, None), "本町1/2/3/": (False, dt.date(2023, 5, 31))}
    [person] = rows["search_person"]
    assert person["live"] is False
    assert person["removal_reason"] is ChangeReason.MOVE_OUT_DOMESTIC
    back = index.rows_for([*people, snapshot("1", 2, history_number=4)], CHANGES, own=OWN)
    assert back["search_person"][0]["removal_reason"] is None, "who came back is not removed"


def test_an_unknown_day_of_change_ends_with_the_day_of_entry() -> None:
    rows = index.rows_for([snapshot("1", 1, alias="サクラ"), snapshot("1", 3, alias=None)], CHANGES, own=OWN)
    [row] = [row for row in rows["search_name"] if row["field"] == "alias"]
    assert row["until"] == dt.date(2026, 6, 3)


def test_refresh_replaces_what_was_there(session: Session, find: SearchFor) -> None:
    person = residents.resident(session, name="仮名　一郎", name_kana="カメイ　イチロウ")
    indexed(session, person)
    assert names(find(name="仮名")) == ["仮名　一郎"]
    after = residents.next_snapshot(
        session, person, residents.change(session, ChangeReason.CORRECT_ERROR), name="本名　一郎"
    )
    assert names(find(name="本名")) == [], "keys are made by refresh, not by themselves"
    indexed(session, after)
    assert names(find(name="本名")) == ["本名　一郎"]
    assert session.scalar(select(func.count()).select_from(SearchPerson)) == 1


def tables(session: Session) -> list[list[tuple[Any, ...]]]:
    found = []
    for table in (SearchPerson, SearchName, SearchAddress):
        found.append(
            sorted((tuple(row) for row in session.execute(select(*table.__table__.columns))), key=repr)
        )
    return found


def test_rebuild_and_load_make_what_refresh_makes(session: Session, find: SearchFor) -> None:
    """Three ways, one result; and the grams answer after each."""
    people = [
        residents.resident(session, name=f"架空　{number}郎", name_kana=f"カクウ　{kana}ロウ")
        for number, kana in (("一", "イチ"), ("二", "ジ"), ("三", "サブ"))
    ]
    moved = residents.next_snapshot(
        session, people[0], residents.change(session, ChangeReason.MOVE_WITHIN), address="架空県架空市東町1番"
    )
    people[0] = moved
    indexed(session, *people)
    refreshed = tables(session)
    assert index.rebuild(session, chunk=2) == 3
    assert tables(session) == refreshed
    assert len(find(kana="ロウ", kana_match="contains").hits) == 3
    for table in (SearchPerson, SearchName, SearchAddress, SearchWord):
        session.execute(delete(table))
    assert find(kana="ロウ", kana_match="contains").count == 0
    snapshots = session.scalars(
        select(ResidentHistory).order_by(ResidentHistory.addressee_number, ResidentHistory.history_number)
    ).all()
    changes = {change.id: change for change in session.scalars(select(ResidentChange))}
    index.load(session, snapshots, changes)
    assert tables(session) == refreshed
    assert len(find(kana="ロウ", kana_match="contains").hits) == 3


def test_grams() -> None:
    """Every part of a key has all its grams among those of the key; of one character only with singles."""
    key = "𠮷田花子"
    stored = set(db_search.grams_of([key]))
    for start in range(len(key)):
        for end in range(start + 1, len(key) + 1):
            assert set(db_search.grams_asked(key[start:end])) <= stored
    assert not set(db_search.grams_asked("田𠮷")) <= stored
    assert db_search.grams_asked("田", singles=False) == []
    assert not set(db_search.grams_asked("田")) & set(db_search.grams_of([key], singles=False))
