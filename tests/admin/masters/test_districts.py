"""地区 on the screen: kinds, districts, areas, and the look-up of one address (RR-1.3.5)."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select

from residentapp.core.addresses.district_models import District, DistrictArea
from residentapp.core.addresses.districts import district_of
from residentapp.core.addresses.sort_keys import lot_key
from tests.admin.masters.conftest import Masters, shown
from tests.support.clock import SettableClock

LIST = "/admin/masters/districts"
NEW = f"{LIST}/kinds/polling/new"
EAST, NORTH, UPPER, FIRST = "99101003000", "99101002000", "99101002001", "99101001001"
DISTRICT = {"code": "001", "name": "第1投票区", "valid_from": "R8.11.24"}
AREA = {"town_code": EAST, "first_lot": "", "last_lot": "", "valid_from": "R8.11.24"}
DAY = dt.date(2026, 11, 24)


def district(masters: Masters, **changes: str) -> str:
    """Path of a new district."""
    made = masters.browser.post(NEW, data=DISTRICT | changes)
    assert made.status_code == 303, shown(made.text)
    return str(made.headers["Location"])


def found(masters: Masters, town: str, lot: str, day: dt.date = DAY) -> str | None:
    with masters.database.sessions() as session:
        row = district_of(session, town, lot_key(lot).encoded if lot else "", "polling", day)
        return row.code if row else None


def area_id(masters: Masters) -> int:
    with masters.database.sessions() as session:
        return session.scalars(select(DistrictArea.id).order_by(DistrictArea.id.desc())).first() or 0


@pytest.mark.requirement("RR-1.3.5")
def test_the_municipality_is_divided_and_an_address_is_looked_up(streets: Masters) -> None:
    """From an empty kind to the answer of the counter; what is not covered is said."""
    assert "投票区 0 地区の登録がありません" in streets.page(LIST)
    first, second = district(streets), district(streets, code="002", name="第2投票区")
    assert streets.browser.post(f"{first}/areas/new", data=AREA).status_code == 303
    run = AREA | {"first_lot": "９番地", "last_lot": "9番地", "valid_to": "R9.3.31"}
    assert streets.browser.post(f"{second}/areas/new", data=run).status_code == 303
    assert streets.browser.post(f"{first}/areas/new", data=AREA | {"town_code": NORTH}).status_code == 303
    page = streets.page(f"{LIST}/kinds/polling")
    assert "地区の決まっていない町字が2件あります。 本町一丁目、本町二丁目" in page
    assert "001 第1投票区 大字北野（全域）、東町（全域）" in page
    for lot, code in (("8番地", "001　第1投票区"), ("9番地2", "002　第2投票区")):
        answer = streets.browser.post(LIST, data={"town_code": EAST, "lot": lot})
        assert answer.status_code == 200 and code in answer.text
    assert "（決まっていません）" in streets.browser.post(LIST, data={"town_code": FIRST}).text
    assert found(streets, EAST, "9番地", dt.date(2027, 3, 31)) == "002"
    assert found(streets, EAST, "9番地", dt.date(2027, 4, 1)) == "001"
    assert found(streets, UPPER, "1番地") == "001"
    assert [action for action, _ in streets.logged()] == ["地区の登録"] * 2 + ["地区の割当ての登録"] * 3
    assert streets.logged()[3][1]["変更"]["区域"] == [None, "東町９番地～9番地"]


def test_a_kind_of_its_own(streets: Masters) -> None:
    new = f"{LIST}/kinds/new"
    made = streets.browser.post(new, data={"code": "garbage", "name": "ごみ収集区"})
    assert made.status_code == 303 and made.headers["Location"].endswith("/garbage")
    assert "ごみ収集区 0" in streets.page(LIST)
    for code, name, message in (
        ("garbage", "別", "このコードは使われています"),
        ("Garbage", "別", "英小文字で始め"),
        ("new", "別", "英小文字で始め"),
        ("waste", "ごみ収集区", "この名称は使われています"),
        ("waste", " ", "名称を入力してください"),
    ):
        refused = streets.browser.post(new, data={"code": code, "name": name})
        assert refused.status_code == 422 and message in refused.text
    assert streets.browser.get(f"{LIST}/kinds/unknown").status_code == 404
    assert streets.browser.get(f"{LIST}/kinds/unknown/new").status_code == 404


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"code": "00 1"}, "半角の英数字と-の20文字以内"),
        ({"name": ""}, "名称を入力してください"),
        ({"valid_from": ""}, "開始日を入力してください"),
        ({"valid_to": "R8.11.23"}, "終了日が開始日より前"),
        ({"code": "001"}, "このコードは「第1投票区」（令和8年11月24日～）が使っています"),
    ],
)
def test_a_wrong_district_is_refused(streets: Masters, changes: dict[str, str], message: str) -> None:
    district(streets)
    refused = streets.browser.post(NEW, data=DISTRICT | {"code": "009"} | changes)
    assert refused.status_code == 422 and message in refused.text
    assert len(streets.logged()) == 1


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"town_code": "x"}, "町字を選んでください"),
        ({"valid_from": ""}, "開始日を入力してください"),
        ({"valid_from": "R8.11.23"}, "地区の期間（令和8年11月24日～）の中に"),
        ({"valid_to": "R8.11.23"}, "終了日が開始日より前"),
        ({"first_lot": "5番", "last_lot": "4番"}, "終わりの番地が始めの番地より前です"),
        ({"first_lot": "西側"}, "番地に数字がありません"),
        ({"town_code": EAST}, "東町（全域）は「第1投票区」に割り当てられています"),
        ({"first_lot": "3番地", "last_lot": "7番地"}, "東町5番地～9番地は「第1投票区」に"),
        ({"first_lot": "9番地5"}, "東町5番地～9番地は「第1投票区」に"),
    ],
)
def test_a_wrong_area_is_refused(streets: Masters, changes: dict[str, str], message: str) -> None:
    first, second = district(streets), district(streets, code="002", name="第2投票区")
    streets.browser.post(f"{first}/areas/new", data=AREA)
    streets.browser.post(f"{first}/areas/new", data=AREA | {"first_lot": "5番地", "last_lot": "9番地"})
    before = len(streets.logged())
    refused = streets.browser.post(f"{second}/areas/new", data=AREA | changes)
    assert refused.status_code == 422 and message in refused.text
    assert len(streets.logged()) == before
    for free in ({"first_lot": "1番地", "last_lot": "4番地"}, {"first_lot": "10番地"}):
        assert streets.browser.post(f"{second}/areas/new", data=AREA | free).status_code == 303


def test_an_area_moves_to_another_district(streets: Masters, clock: SettableClock) -> None:
    first, second = district(streets), district(streets, code="002", name="第2投票区")
    streets.browser.post(f"{first}/areas/new", data=AREA)
    path = f"{LIST}/areas/{area_id(streets)}"
    move = AREA | {"valid_from": "R9.4.1"}
    assert streets.browser.post(f"{second}/areas/new", data=move).status_code == 422
    seen = streets.hidden(path)
    assert streets.browser.post(path, data={"last_day": "", "seen": seen}).status_code == 422
    assert streets.browser.post(path, data={"last_day": "R9.3.31", "seen": seen}).status_code == 303
    assert streets.browser.post(path, data={"last_day": "R9.3.30", "seen": seen}).status_code == 422
    assert streets.browser.post(f"{second}/areas/new", data=move).status_code == 303
    assert found(streets, EAST, "1番地", dt.date(2027, 3, 31)) == "001"
    assert found(streets, EAST, "1番地", dt.date(2027, 4, 1)) == "002"
    planned = f"{LIST}/areas/{area_id(streets)}"
    seen = streets.hidden(planned)
    streets.browser.post(f"{path}/drop", data={"seen": streets.hidden(path)})
    assert "始まっているため取り消せません" in streets.page(LIST)
    assert streets.browser.post(f"{planned}/drop", data={"seen": seen}).headers["Location"] == second
    assert found(streets, EAST, "1番地", dt.date(2027, 4, 1)) is None
    assert streets.browser.get(planned).status_code == 404


def test_a_district_ends_with_its_areas(streets: Masters) -> None:
    path = district(streets)
    streets.browser.post(f"{path}/areas/new", data=AREA)
    seen = streets.hidden(path)
    late = DISTRICT | {"valid_from": "R8.12.1", "seen": seen}
    refused = streets.browser.post(path, data=late)
    assert refused.status_code == 422 and "東町（全域）の割当て" in refused.text
    ended = DISTRICT | {"name": "旧第1投票区", "valid_to": "R9.3.31", "seen": seen}
    assert streets.browser.post(path, data=ended).status_code == 303
    assert streets.browser.post(path, data=ended).status_code == 422
    with streets.database.sessions() as session:
        row = session.scalars(select(District)).one()
        assert [area.valid_to for area in row.areas] == [row.valid_to] == [dt.date(2027, 3, 31)]
    action, details = streets.logged()[-1]
    assert action == "地区の変更"
    assert details["変更"] == {"名称": ["第1投票区", "旧第1投票区"], "終了日": [None, "2027-03-31"]}
    assert details["終えた割当て"] == ["東町（全域）"]
    again = streets.browser.post(NEW, data=DISTRICT | {"valid_from": "R9.4.1"})
    assert again.status_code == 303


def test_without_a_municipality_there_are_no_towns_to_choose(bare: Masters) -> None:
    assert "自団体の町字が登録されていません" in bare.page(LIST)
    made = bare.browser.post(NEW, data=DISTRICT).headers["Location"]
    assert "自団体の町字が登録されていません" in bare.page(f"{made}/areas/new")
    assert bare.browser.post(LIST, data={"town_code": ""}).status_code == 422
