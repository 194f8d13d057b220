"""区 as a key of the search in a 指定都市 (RR-2.1.3b), without telling where a protected person lives."""

from __future__ import annotations

import datetime as dt
import html
import re
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy.orm import Session

from residentapp.core.access.actor import Actor
from residentapp.core.access.models import Department
from residentapp.core.access.permissions import Permission
from residentapp.core.audit.models import AuditEntry
from residentapp.core.db import Database
from residentapp.core.masters.models import OwnMunicipality
from residentapp.residents.search.types import SearchError, StateScope
from residentapp.residents.types import ChangeReason, ResidentState
from tests.conftest import Login
from tests.residents.search.conftest import SearchFor, indexed, names
from tests.support import residents
from tests.support.masters import make_masters
from tests.support.wards import HOME_NORTH, HOME_SOUTH, NORTH, SOUTH, make_wards


@pytest.fixture
def city(session: Session, own_town: None) -> dict[str, Any]:
    """In each ward somebody, somebody without 住所コード, and somebody who has left 北区 for 南区."""
    make_wards(session)
    made = {
        name: residents.resident(session, name=f"区野　{name}", name_kana=f"クノ　{kana}", **place)
        for name, kana, place in (
            ("北", "キタ", HOME_NORTH),
            ("南", "ミナミ", HOME_SOUTH),
            ("不明", "フメイ", {"address_code": None}),
            ("移", "ウツル", HOME_NORTH),
        )
    }
    left = residents.change(session, ChangeReason.MOVE_OUT_DOMESTIC, processed_on=dt.date(2026, 8, 1))
    gone = residents.next_snapshot(session, made["移"], left, state=ResidentState.MOVED_OUT)
    came = residents.change(session, ChangeReason.MOVE_IN_DOMESTIC, processed_on=dt.date(2026, 8, 1))
    made["移"] = residents.next_snapshot(session, gone, came, state=ResidentState.RESIDENT, **HOME_SOUTH)
    indexed(session, *made.values())
    return made


@pytest.mark.requirement("RR-2.1.3b", partial=True)
@pytest.mark.parametrize(
    ("ward", "states", "wanted"),
    [
        ("", StateScope.LIVE, ["移", "北", "不明", "南"]),
        (NORTH, StateScope.LIVE, ["北", "不明"]),
        (SOUTH, StateScope.LIVE, ["移", "不明", "南"]),
        # With removed records also who has a 除票 in the ward (RR-4.0.2b).
        (NORTH, StateScope.ALL, ["移", "北", "不明"]),
    ],
)
def test_the_ward_narrows_a_search(
    find: SearchFor, city: dict[str, Any], ward: str, states: StateScope, wanted: list[str]
) -> None:
    for asked in ({"name": "区野"}, {"kana": "クノ"}, {"name": "区野", "birth_from": dt.date(1980, 5, 5)}):
        found = [name.removeprefix("区野　") for name in names(find(**asked, ward=ward, states=states))]
        assert found == wanted


@pytest.mark.parametrize(
    "address", ["本町一丁目", "北区本町1-2-3", "架空市北区本町一丁目2番3号", "架空県架空市北区本町"]
)
def test_an_address_is_typed_with_or_without_its_ward(
    find: SearchFor, city: dict[str, Any], address: str
) -> None:
    """The ward is a key of its own, as the municipality is nothing that anybody types."""
    assert [name.removeprefix("区野　") for name in names(find(address=address, ward=NORTH))] == [
        "北",
        "不明",
    ]


def test_a_ward_alone_is_no_condition_and_an_unknown_one_is_said(
    find: SearchFor, city: dict[str, Any]
) -> None:
    with pytest.raises(SearchError, match="1つ以上"):
        find(ward=NORTH)
    with pytest.raises(SearchError, match="区を一覧から"):
        find(name="区野", ward="999999")


def test_without_wards_a_ward_of_an_old_search_counts_for_nothing(
    find: SearchFor, city: dict[str, Any], session: Session
) -> None:
    session.get_one(OwnMunicipality, 1).designated = False
    assert len(find(name="区野", ward=NORTH).hits) == 4


def test_the_ward_does_not_tell_where_a_protected_person_lives(
    find: SearchFor, city: dict[str, Any], session: Session, searcher: Actor
) -> None:
    """By name they are found in every ward alike, by an address in none; who may know finds them where they live."""
    residents.protect(session, city["北"])
    for conditions in (
        {"name": "区野　北"},
        {"kana": "クノ　キタ"},
        {"addressee_number": city["北"].addressee_number},
    ):
        [north], [south] = (find(**conditions, ward=ward).hits for ward in (NORTH, SOUTH))
        assert north == south and north.protected and north.address is None
    for ward in (NORTH, SOUTH):
        assert not find(address="架空県架空市北区本町", ward=ward, name="区野　北").hits
    chief = replace(searcher, permissions=searcher.permissions | {Permission.SUPPRESSED_VIEW})
    assert len(find(name="区野　北", ward=NORTH, by=chief).hits) == 1
    assert not find(name="区野　北", ward=SOUTH, by=chief).hits


@pytest.mark.requirement("RR-2.1.3b")
def test_the_screen_begins_with_the_officers_ward(login: Login, database: Database) -> None:
    """The ward of the officer's section is chosen; others, and all of them, can be."""
    with database.transaction() as session:
        make_masters(session)
        make_wards(session)
        rows = [
            residents.resident(session, name=f"区野　{name}", name_kana=f"クノ　{kana}", **place)
            for name, kana, place in (("北", "キタ", HOME_NORTH), ("南", "ミナミ", HOME_SOUTH))
        ]
        indexed(session, *rows)
    browser = login(Permission.RESIDENT_SEARCH, Permission.RESIDENT_VIEW)
    with database.transaction() as session:
        session.query(Department).filter(Department.code == "shimin").one().ward_code = NORTH

    def offered(page: str) -> list[tuple[str, bool, str]]:
        [field] = re.findall(r'<select[^>]*name="ward".*?</select>', page, re.DOTALL)
        options = re.findall(r'<option ([^>]*value="(\d*)"[^>]*)>([^<]*)<', field)
        return [(value, "selected" in attributes, label) for attributes, value, label in options]

    assert offered(browser.get("/search").text) == [
        ("", False, "すべての区"),
        (NORTH, True, "北区"),
        (SOUTH, False, "南区"),
    ]

    def run(ward: str) -> str:
        return html.unescape(
            browser.post("/search", data={"name": "区野", "ward": ward}, follow_redirects=True).text
        )

    own = run(NORTH)
    assert "区野　北" in re.sub("<[^>]*>", "", own) and "区野　南" not in re.sub("<[^>]*>", "", own)
    assert "区：北区" in own
    both = re.sub("<[^>]*>", "", run(""))
    assert "区野　北" in both and "区野　南" in both
    nobody = browser.post("/search", data={"name": "誰か", "ward": SOUTH}, follow_redirects=True).text
    assert "すべての区」にすると" in nobody
    assert browser.post("/search", data={"name": "区野", "ward": "1"}).status_code == 422
    assert "北区" in browser.get("/search/history").text
    with database.sessions() as session:
        details = [row.details for row in session.query(AuditEntry).filter(AuditEntry.action == "住民検索")]
    assert details[0]["検索条件"]["区"] == "北区"


def test_a_municipality_without_wards_has_no_such_field(login: Login, database: Database) -> None:
    with database.transaction() as session:
        make_masters(session)
    assert 'name="ward"' not in login(Permission.RESIDENT_SEARCH).get("/search").text
