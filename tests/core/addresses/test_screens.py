"""JSON look-ups and the upkeep of the 方書 master (RR-1.3.4)."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select

from residentapp.core.access import Permission
from residentapp.core.addresses.dictionary import build_dictionary
from residentapp.core.addresses.models import Building
from residentapp.core.addresses.operations import BuildingCommand, check_building, is_building_kana
from residentapp.core.audit.models import AuditEntry
from residentapp.core.db import Database
from tests.conftest import Login
from tests.core.addresses.postal_rows import rows

TOWN = "13212002000"


@pytest.fixture(autouse=True)
def dictionary(database: Database) -> None:
    """A small dictionary."""
    with database.transaction() as session:
        build_dictionary(session, rows(), today=dt.date(2026, 10, 1))


def test_lookups_answer_json(login: Login) -> None:
    browser = login(Permission.ADDRESS_LOOKUP)
    answer = browser.get("/addresses/postal-code", query_string={"q": "191-0024"}).get_json()
    assert [one["text"] for one in answer["candidates"]] == ["東京都日野市神明"]
    assert answer["candidates"][0]["town_code"] == TOWN
    assert answer["more"] is False
    answer = browser.get("/addresses/kana", query_string={"q": "ト ヒ シ"}).get_json()
    assert [one["text"] for one in answer["candidates"]] == ["東京都日野市下田", "東京都日野市神明"]
    assert [one["code"] for one in browser.get("/addresses/prefectures").get_json()["picks"]] == [
        "07",
        "10",
        "13",
        "14",
        "34",
    ]
    assert browser.get("/addresses/municipalities/13").get_json()["picks"][0]["name"] == "日野市"
    assert [one["name"] for one in browser.get("/addresses/oaza/13212").get_json()["picks"]] == [
        "下田",
        "神明",
        "豊田",
    ]
    assert len(browser.get("/addresses/towns/13212003").get_json()["picks"]) == 5
    assert browser.get("/addresses/towns/x").status_code == 404
    assert {"code": "VNM", "name": "ベトナム"} in browser.get("/addresses/countries").get_json()["picks"]


@pytest.mark.parametrize(
    "path",
    [
        "/addresses/postal-code?q=1910024",
        "/addresses/kana?q=ト",
        "/addresses/prefectures",
        "/addresses/towns/13212",
    ],
)
def test_lookups_need_a_login_and_the_right(login: Login, client: object, path: str) -> None:
    assert login(Permission.RESIDENT_SEARCH).get(path).status_code == 403
    assert client.get(path).status_code in (302, 303, 401)  # type: ignore[attr-defined]


@pytest.mark.requirement("RR-1.3.4")
def test_a_building_is_registered_corrected_and_ended(login: Login, database: Database) -> None:
    browser = login(Permission.ADMIN_MASTERS, Permission.ADDRESS_LOOKUP)
    assert "神明" in browser.get("/addresses/buildings", query_string={"q": "ト ヒ シン"}).text
    entry = {"lot": "2番10号", "name": "みどり荘", "kana": "ミドリソウ", "valid_from": "R2.4.1"}
    answer = browser.post(f"/addresses/buildings/new/{TOWN}", data=entry)
    assert answer.status_code == 303
    page = browser.get("/addresses/buildings", query_string={"town": TOWN}).text
    assert "みどり荘" in page
    assert "令和2年4月1日" in page
    with database.transaction() as session:
        identity = session.scalars(select(Building.id)).one()

    offered = browser.post("/addresses/buildings-at", data={"town": TOWN, "lot": "２－１０"}).get_json()
    assert offered == {"buildings": [{"name": "みどり荘", "kana": "ミドリソウ"}]}

    assert 'value="みどり荘"' in browser.get(f"/addresses/buildings/{identity}").text
    answer = browser.post(f"/addresses/buildings/{identity}", data={**entry, "name": "みどりハイツ"})
    assert answer.status_code == 303

    assert browser.get(f"/addresses/buildings/{identity}/end").status_code == 200
    answer = browser.post(f"/addresses/buildings/{identity}/end", data={"last_day": "R8.11.23"})
    assert answer.status_code == 303
    offered = browser.post("/addresses/buildings-at", data={"town": TOWN, "lot": "2-10"}).get_json()
    assert offered == {"buildings": []}
    assert "みどりハイツ" not in browser.get("/addresses/buildings", query_string={"town": TOWN}).text
    ended = browser.get("/addresses/buildings", query_string={"town": TOWN, "ended": "1"}).text
    assert "みどりハイツ" in ended
    assert "令和8年11月23日" in ended
    with database.transaction() as session:
        logged = session.scalars(select(AuditEntry.action).where(AuditEntry.log == "setting")).all()
        changed = session.scalars(select(AuditEntry).where(AuditEntry.action == "方書の修正")).one()
    assert [action for action in logged if "方書" in action] == ["方書の登録", "方書の修正", "方書の終了"]
    assert changed.details["changed"] == {"name": ["みどり荘", "みどりハイツ"]}


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"lot": ""}, "番地・号を入力してください。"),
        ({"lot": "角の家"}, "番地・号に数字がありません。"),
        ({"name": ""}, "方書を入力してください。"),
        ({"kana": "みどり"}, "フリガナに片仮名でない文字があります。"),
        ({"valid_from": "令和2年2月30日"}, "暦にない"),
        ({"valid_from": ""}, "使い始めた日を入力してください。"),
    ],
)
def test_a_wrong_entry_says_what_to_do(
    login: Login, database: Database, wrong: dict[str, str], message: str
) -> None:
    browser = login(Permission.ADMIN_MASTERS)
    entry = {"lot": "2番10号", "name": "<b>みどり荘", "kana": "", "valid_from": "R2.4.1", **wrong}
    answer = browser.post(f"/addresses/buildings/new/{TOWN}", data=entry)
    assert answer.status_code == 422
    assert message in answer.text
    assert "<b>みどり荘" not in answer.text
    with database.transaction() as session:
        assert session.scalars(select(Building)).all() == []


def test_a_building_is_not_registered_twice(login: Login) -> None:
    browser = login(Permission.ADMIN_MASTERS)
    entry = {"lot": "2番10号", "name": "みどり荘", "kana": "", "valid_from": "R2.4.1"}
    assert browser.post(f"/addresses/buildings/new/{TOWN}", data=entry).status_code == 303
    answer = browser.post(f"/addresses/buildings/new/{TOWN}", data={**entry, "lot": "２－１０"})
    assert answer.status_code == 422
    assert "同じ方書がこの住所に登録されています。" in answer.text


def test_an_end_before_the_beginning_is_refused(login: Login, database: Database) -> None:
    browser = login(Permission.ADMIN_MASTERS)
    entry = {"lot": "2番10号", "name": "みどり荘", "kana": "", "valid_from": "R2.4.1"}
    browser.post(f"/addresses/buildings/new/{TOWN}", data=entry)
    with database.transaction() as session:
        identity = session.scalars(select(Building.id)).one()
    answer = browser.post(f"/addresses/buildings/{identity}/end", data={"last_day": "R2.3.31"})
    assert answer.status_code == 422
    assert "終わりの日が使い始めた日より前です。" in answer.text
    with database.transaction() as session:
        assert session.scalars(select(Building.valid_to)).one() is None


def test_upkeep_needs_the_right(login: Login) -> None:
    browser = login(Permission.ADDRESS_LOOKUP)
    assert browser.get("/addresses/buildings").status_code == 403
    assert browser.get(f"/addresses/buildings/new/{TOWN}").status_code == 403
    assert browser.post(f"/addresses/buildings/new/{TOWN}", data={}).status_code == 403
    assert browser.get("/addresses/buildings/1").status_code == 403
    assert browser.post("/addresses/buildings/1/end", data={}).status_code == 403


def test_what_does_not_exist_is_not_found(login: Login) -> None:
    browser = login(Permission.ADMIN_MASTERS)
    assert browser.get("/addresses/buildings/new/13212999999").status_code == 404
    assert browser.get("/addresses/buildings/999").status_code == 404
    assert browser.get("/addresses/buildings", query_string={"town": "1"}).status_code == 404


@pytest.mark.parametrize("lot", ["無番地", "官有番外地"])
def test_lots_without_a_number_can_have_buildings(lot: str) -> None:
    command = BuildingCommand(TOWN, lot, "やまびこ寮", "", dt.date(2020, 4, 1))
    assert check_building(command, town_exists=True, taken=False) == []
    assert [one.code for one in check_building(command, town_exists=False, taken=False)] == ["AD-E001"]


@pytest.mark.parametrize(
    ("kana", "fits"),
    [
        ("ミドリソウ", True),
        ("ダイ２ミドリソウ", True),
        ("コーポＡ", True),
        ("1", True),
        ("", True),
        ("みどり荘", False),
        ("ミドリ荘2", False),
    ],
)
def test_the_kana_of_a_building_may_hold_its_number(kana: str, fits: bool) -> None:
    assert is_building_kana(kana) is fits
