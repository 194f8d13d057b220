"""町字, 番地, 住居表示・区画整理, former municipalities and countries on the screen (RR-1.3.2, RR-1.3.3a)."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from sqlalchemy import func, select

from residentapp.admin.masters.lots import LARGEST_RUN, run_of
from residentapp.core.access import Permission
from residentapp.core.addresses import queries
from residentapp.core.addresses.models import Country, Lot, Municipality, PostalCode, Town
from residentapp.core.addresses.renumbering import became
from residentapp.core.addresses.types import Source
from tests.admin.masters.conftest import Masters
from tests.support.clock import SettableClock

TOWNS = "/admin/masters/towns"
EAST, NORTH, FIRST = "99101003000", "99101002000", "99101001001"
LOT = {"kind": "land", "writing": "11番地", "last": "", "valid_from": "R8.11.24"}
NEW_TOWN = "/admin/masters/municipalities/99101/towns/new"
TOWN = {
    "oaza_code": "",
    "name": "西町",
    "kana": "ニシマチ",
    "postal_code": "０００－００９９",
    "valid_from": "R9.4.1",
}
MOVE = {
    "kind": "residential", "effective_on": "R9.4.1", "old_lot": "9番地", "new_town_code": FIRST, "new_lot": "1番1号",
    "note": "令和9年告示第1号",
}  # fmt: skip
COUNTRIES = "/admin/masters/countries"
DAY = dt.date(2026, 11, 24)


def lots(masters: Masters, town: str, day: dt.date = DAY) -> list[str]:
    with masters.database.sessions() as session:
        return [lot.writing for lot in queries.lots_of_town(session, town, on=day)]


def last_action(masters: Masters) -> tuple[str, dict[str, object]]:
    return masters.logged()[-1]


# ---- 番地


@pytest.mark.parametrize(
    ("first", "last", "made"),
    [
        ("7番地", "", ["7番地"]),
        ("1番1号", "1番3号", ["1番1号", "1番2号", "1番3号"]),
        ("9番地", "11番地", ["9番地", "10番地", "11番地"]),
        ("甲5", "甲5", ["甲5"]),
    ],
)
def test_a_run_of_lots(first: str, last: str, made: list[str]) -> None:
    assert run_of(first, last) == made


@pytest.mark.parametrize(
    ("first", "last", "message"),
    [
        ("1番1号", "2番3号", "最後の数字だけ"),
        ("1番1号", "1番3", "最後の数字だけ"),
        ("無番地", "1番地", "最後の数字だけ"),
        ("3番地", "2番地", "小さい"),
        ("1番地", f"{LARGEST_RUN + 1}番地", "1,000件まで"),
    ],
)
def test_what_is_no_run(first: str, last: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        run_of(first, last)


@pytest.mark.requirement("RR-1.3.2")
def test_lots_are_kept_shown_in_order_and_moved_by_a_renumbering(
    streets: Masters, clock: SettableClock
) -> None:
    """住居表示・区画整理 data and 地番, special ones included, are kept and shown with their numeric codes."""
    path = f"{TOWNS}/{EAST}"
    shown = re.findall(r"lots/\d+\"><span[^>]*>([^<]+)<", streets.browser.get(path).text)
    assert shown == ["無番地", "9番地", "9番地2", "10番地"]
    assert "無番地 特殊な地番 00-000000-000000" in streets.page(path)
    assert "9番地2 地番 01-000009-000002" in streets.page(path)
    run = LOT | {"writing": "１０１番地", "last": "１１０番地"}
    assert streets.browser.post(f"{path}/lots/new", data=run).status_code == 303
    assert lots(streets, EAST)[-10:] == [f"{number}番地" for number in range(101, 111)]
    action, details = last_action(streets)
    assert (action, details["件数"], details["終わりの番地"]) == ("番地の登録", 10, "110番地")
    special = LOT | {"kind": "special", "writing": "東町番外地"}
    assert streets.browser.post(f"{path}/lots/new", data=special).status_code == 303
    assert streets.browser.post(f"{path}/renumbering", data=MOVE).status_code == 303
    assert "令和9年4月1日 住居表示の実施・変更 東町9番地 本町一丁目1番1号 令和9年告示第1号" in streets.page(
        path
    )
    assert last_action(streets)[1]["あわせて"] == ["9番地を終了", "1番1号を登録"]
    eve, change = dt.date(2027, 3, 31), dt.date(2027, 4, 1)
    assert "9番地" in lots(streets, EAST, eve) and "9番地" not in lots(streets, EAST, change)
    assert lots(streets, FIRST, eve) == [] and lots(streets, FIRST, change) == ["1番1号"]
    with streets.database.sessions() as session:
        assert [row.new_lot for row in became(session, EAST, "9番地", on=change)] == ["1番1号"]
        assert became(session, EAST, "9番地", on=eve) == []
        made = session.scalars(select(Lot).where(Lot.town_code == FIRST)).one()
        assert (made.kind, made.sort_key[:14]) == ("residential", "01000001000001")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"writing": ""}, "番地を入力してください"),
        ({"writing": "番外地"}, "番地に数字がありません"),
        ({"writing": "1" * 61}, "60文字以内"),
        ({"valid_from": ""}, "開始日を入力してください"),
        ({"valid_to": "R8.11.23"}, "終了日が開始日より前"),
        ({"writing": "９番地の２"}, "同じ番地が、重なる期間に登録されています（9番地2）"),
        ({"kind": "special", "writing": "無番地"}, "登録されています（無番地）"),
        ({"writing": "1番地", "last": "9番地"}, "登録されています（9番地）"),
        ({"writing": "1番地", "last": "5番"}, "最後の数字だけ"),
    ],
)
def test_a_wrong_lot_is_refused(streets: Masters, changes: dict[str, str], message: str) -> None:
    refused = streets.browser.post(f"{TOWNS}/{EAST}/lots/new", data=LOT | changes)
    assert refused.status_code == 422 and message in refused.text
    assert streets.logged() == [] and len(lots(streets, EAST)) == 4


def test_a_lot_is_corrected_and_ended(streets: Masters) -> None:
    with streets.database.sessions() as session:
        number = session.scalars(select(Lot.id).where(Lot.writing == "10番地")).one()
    path = f"/admin/masters/lots/{number}"
    seen = streets.hidden(path)
    sent = {
        "kind": "readjusted",
        "writing": "10番地1",
        "valid_from": "S50.4.1",
        "valid_to": "R8.11.30",
        "seen": seen,
    }
    assert streets.browser.post(path, data=sent | {"writing": "9番地"}).status_code == 422
    assert streets.browser.post(path, data=sent).status_code == 303
    assert streets.browser.post(path, data=sent).status_code == 422
    assert "10番地1" in lots(streets, EAST, dt.date(2026, 11, 30))
    assert "10番地1" not in lots(streets, EAST, dt.date(2026, 12, 1))
    assert last_action(streets)[1]["変更"] == {
        "種類": ["地番", "区画整理"], "番地": ["10番地", "10番地1"], "終了日": [None, "2026-11-30"],
    }  # fmt: skip
    assert streets.browser.get("/admin/masters/lots/99999").status_code == 404


def test_many_lots_come_page_by_page(streets: Masters) -> None:
    path = f"{TOWNS}/{EAST}"
    streets.browser.post(f"{path}/lots/new", data=LOT | {"writing": "1001番地", "last": "1250番地"})
    first, last = streets.browser.get(path).text, streets.browser.get(f"{path}?page=9").text
    assert "全254件" in first.replace("\n", "") and "1 / 3" in first and "3 / 3" in last
    assert len(re.findall(r"/admin/masters/lots/\d+\"", first)) == 100
    assert "1250番地" in last and "1250番地" not in first


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"effective_on": ""}, "実施日を入力してください"),
        ({"new_town_code": "x"}, "新しい町字を選んでください"),
        ({"new_lot": ""}, "両方を入力するか、両方を空欄"),
        ({"new_town_code": EAST, "new_lot": "9番地"}, "前と後が同じです"),
        ({"note": "告" * 61}, "60文字以内"),
    ],
)
def test_a_wrong_renumbering_is_refused(streets: Masters, changes: dict[str, str], message: str) -> None:
    refused = streets.browser.post(f"{TOWNS}/{EAST}/renumbering", data=MOVE | changes)
    assert refused.status_code == 422 and message in refused.text
    assert streets.logged() == []


def test_a_planned_renumbering_is_taken_back_with_what_it_did(streets: Masters, clock: SettableClock) -> None:
    path, change = f"{TOWNS}/{EAST}", dt.date(2027, 4, 1)
    streets.browser.post(f"{path}/renumbering", data=MOVE)
    assert streets.browser.post(f"{path}/renumbering", data=MOVE).status_code == 422
    drop = re.search(r'action="([^"]+/drop)"', streets.browser.get(path).text)
    assert drop is not None
    clock.advance(days=128)  # 1 April
    later = streets.another("ashita")
    later.browser.post(drop[1])
    assert "実施日が来ているため取り消せません" in later.page(TOWNS)
    clock.advance(days=-128)
    assert streets.browser.post(drop[1]).headers["Location"] == path
    assert "9番地" in lots(streets, EAST, change) and lots(streets, FIRST, change) == []
    assert "記録はありません" in streets.page(path)


def test_a_whole_town_is_renamed(streets: Masters) -> None:
    whole = MOVE | {"kind": "renamed", "old_lot": "", "new_lot": "", "new_town_code": NORTH}
    assert streets.browser.post(f"{TOWNS}/{EAST}/renumbering", data=whole).status_code == 303
    with streets.database.sessions() as session:
        town = session.get_one(Town, EAST)
        assert (town.valid_to, town.successor_code) == (dt.date(2027, 3, 31), NORTH)
        assert [row.new_town_code for row in became(session, EAST, "9番地", on=dt.date(2027, 4, 1))] == [
            NORTH
        ]
    drop = re.search(r'action="([^"]+/drop)"', streets.browser.get(f"{TOWNS}/{EAST}").text)
    assert drop is not None
    streets.browser.post(drop[1])
    with streets.database.sessions() as session:
        assert session.get_one(Town, EAST).valid_to is None


def test_a_lot_is_found_among_many(streets: Masters) -> None:
    many = LOT | {"writing": "100番地", "last": "320番地"}
    assert streets.browser.post(f"{TOWNS}/{EAST}/lots/new", data=many).status_code == 303
    path = f"{TOWNS}/{EAST}"
    assert "300番地" not in streets.page(path)
    page = streets.page(f"{path}?lot=３００")
    assert "300番地 探した番地" in page and "3 / 3" in page
    assert "この番地は登録されていません" in streets.page(f"{path}?lot=321")
    assert "番地に数字がありません" in streets.page(f"{path}?lot=角")


# ---- 町字


@pytest.mark.requirement("RR-1.3.3a", "RR-1.3.3b", partial=True)
def test_a_town_is_registered_found_and_changed(streets: Masters) -> None:
    made = streets.browser.post(NEW_TOWN, data=TOWN)
    assert made.status_code == 303
    path = str(made.headers["Location"])
    assert path.endswith("/99101902000")  # the next 大字 after the last one, former towns included
    page = streets.page(path)
    assert "架空県架空市西町" in page and "郵便番号 0000099" in page and "令和9年4月1日～" in page
    chome = TOWN | {"oaza_code": "99101003000", "name": "東町一丁目", "kana": "ﾋｶﾞｼﾏﾁ1ﾁｮｳﾒ", "valid_from": ""}
    second = streets.browser.post(NEW_TOWN, data=chome)
    assert str(second.headers["Location"]).endswith("/99101003001")
    with streets.database.sessions() as session:
        town = session.get_one(Town, "99101003001")
        assert (town.oaza_name, town.kana) == ("東町", "ヒガシマチ１チョウメ")
        assert [one.town for one in queries.by_postal_code(session, "0000099", on=DAY)] == ["東町一丁目"]
    edit = f"{path}/edit"
    changed = {
        "name": "新西町",
        "kana": "シンニシマチ",
        "postal_code": "",
        "valid_from": "R9.5.1",
        "seen": streets.hidden(edit),
    }
    assert streets.browser.post(edit, data=changed).status_code == 303
    assert streets.browser.post(edit, data=changed).status_code == 422
    action, details = last_action(streets)
    assert action == "町字の変更"
    assert details["変更"] == {
        "町字": ["西町", "新西町"], "フリガナ": ["ニシマチ", "シンニシマチ"], "郵便番号": ["0000099", ""],
        "開始日": ["2027-04-01", "2027-05-01"],
    }  # fmt: skip


@pytest.mark.requirement("RR-1.3.3a", partial=True)
def test_old_names_can_be_registered_for_a_registered_domicile(streets: Masters) -> None:
    """A former municipality with its town is offered for 本籍 and not for today's addresses."""
    former = {
        "code": "99302", "name": "見立郡見立町", "kana": "ミタテグンミタテマチ", "last_day": "H17.12.31",
        "successor_code": "99101",
    }  # fmt: skip
    made = streets.browser.post("/admin/masters/municipalities/new", data=former)
    assert made.status_code == 303
    old = {"name": "大字沢口", "kana": "オオアザサワグチ", "valid_to": "H17.12.31", "successor_code": EAST}
    town = streets.browser.post("/admin/masters/municipalities/99302/towns/new", data=old)
    assert town.status_code == 303
    assert "引継ぎ先 東町" in streets.page(str(town.headers["Location"]))
    assert "見立郡見立町 （993026" in streets.page(TOWNS)
    assert "大字沢口" in streets.page(f"{TOWNS}?municipality=99302")
    lookup = streets.login(Permission.ADDRESS_LOOKUP, login="madoguchi")
    today = lookup.get("/addresses/municipalities/99").get_json()["picks"]
    past = lookup.get("/addresses/municipalities/99?old=1").get_json()["picks"]
    assert [one["name"] for one in today] == ["架空市"]
    assert [(one["name"], one["ended"]) for one in past] == [("架空市", False), ("見立郡見立町", True)]
    assert lookup.get("/addresses/towns/99302").get_json()["picks"] == []
    assert [one["name"] for one in lookup.get("/addresses/towns/99302?old=1").get_json()["picks"]] == [
        "大字沢口"
    ]
    with streets.database.sessions() as session:
        row = session.get_one(Municipality, "99302")
        assert (row.district_key, row.source, row.successor_code) == ("ミタテクン", "local", "99101")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": " "}, "町字の名称を入力してください"),
        ({"kana": "にしまち西"}, "フリガナを全角カタカナ"),
        ({"kana": ""}, "フリガナを全角カタカナ"),
        ({"postal_code": "12345"}, "郵便番号を7けた"),
        ({"valid_to": "R9.3.31"}, "終了日が開始日より前"),
        ({"oaza_code": "99101001001"}, "同じ市区町村の大字"),
        ({"successor_code": "1"}, "引継ぎ先の住所コード"),
        ({"name": "東町", "kana": "ヒガシマチ"}, "この町字は登録されています（住所コード 99101003000）"),
    ],
)
def test_a_wrong_town_is_refused(streets: Masters, changes: dict[str, str], message: str) -> None:
    refused = streets.browser.post(NEW_TOWN, data=TOWN | changes)
    assert refused.status_code == 422 and message in refused.text
    with streets.database.sessions() as session:
        assert session.scalar(select(func.count()).select_from(Town)) == 6


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"code": "9930"}, "5けた、または検査数字を含む6けた"),
        ({"code": "993021"}, "検査数字"),
        ({"code": "88302"}, "都道府県が住所辞書にありません"),
        ({"code": "99101"}, "このコードの市区町村は登録されています"),
        ({"name": ""}, "市区町村の名称を入力"),
        ({"kana": "みたて町"}, "フリガナを全角カタカナ"),
        ({"last_day": ""}, "最後の日"),
        ({"successor_code": "77777"}, "引継ぎ先の市区町村コード"),
    ],
)
def test_a_wrong_former_municipality_is_refused(
    streets: Masters, changes: dict[str, str], message: str
) -> None:
    former = {
        "code": "99302",
        "name": "見立郡見立町",
        "kana": "ミタテグンミタテマチ",
        "last_day": "H17.12.31",
    }
    refused = streets.browser.post("/admin/masters/municipalities/new", data=former | changes)
    assert refused.status_code == 422 and message in refused.text
    assert streets.logged() == []


@pytest.mark.requirement("RR-1.3.3a", "RR-1.3.3b")
def test_a_town_of_the_postal_data_is_corrected_and_left_to_the_data_again(streets: Masters) -> None:
    with streets.database.transaction() as session:
        session.get_one(Town, EAST).source = Source.POSTAL.value
        for code, note in (("0000003", "1〜2丁目"), ("0000003", "3丁目"), ("0000004", "")):
            session.add(
                PostalCode(code=code, municipality_code="99101", town_code=EAST, note=note, source="postal")
            )
    path, edit = f"{TOWNS}/{EAST}", f"{TOWNS}/{EAST}/edit"
    page = streets.page(path)
    assert "登録元 郵便番号データ" in page and "町字を変更" in page and "職員が修正" not in page
    assert 'value="0000003、0000004"' in streets.browser.get(edit).text
    assert "毎月の更新でも変わりません" in streets.page(edit)
    sent = {"name": "東町", "kana": "ヒガシマチ", "postal_code": "0000003、0000004"}
    # Nothing changed: it stays the data's as it is.
    assert streets.browser.post(edit, data=sent | {"seen": streets.hidden(edit)}).status_code == 303
    with streets.database.sessions() as session:
        assert session.get_one(Town, EAST).data_name is None
    new = {"name": "大字東町", "kana": "オオアザヒガシマチ", "postal_code": "000-0003、０００－０００５"}
    assert streets.browser.post(edit, data=new | {"seen": streets.hidden(edit)}).status_code == 303
    with streets.database.sessions() as session:
        town = session.get_one(Town, EAST)
        assert (town.name, town.data_name, town.data_kana) == ("大字東町", "東町", "ヒガシマチ")
        assert (town.source, town.own_postal_codes) == ("postal", True)
        codes = session.execute(
            select(PostalCode.code, PostalCode.note, PostalCode.source).where(PostalCode.town_code == EAST)
        )
        assert sorted(map(tuple, codes)) == [
            ("0000003", "1〜2丁目", "postal"), ("0000003", "3丁目", "postal"), ("0000005", "", "local"),
        ]  # fmt: skip
    page = streets.page(path)
    assert "郵便番号データ（職員が修正）" in page and "データでの名称 東町（ヒガシマチ）" in page
    back = f"{path}/leave-to-data"
    assert streets.browser.post(back, data={"seen": streets.hidden(path)}).status_code == 303
    with streets.database.sessions() as session:
        town = session.get_one(Town, EAST)
        assert (town.name, town.kana, town.oaza_name) == ("東町", "ヒガシマチ", "東町")
        assert (town.data_name, town.own_postal_codes) == (None, False)
    again = streets.browser.post(back, data={"seen": streets.hidden(edit)}, follow_redirects=True)
    assert "職員が直したところはありません" in again.text
    assert [action for action, _ in streets.logged()][-1] == "町字をデータに戻す"


@pytest.mark.requirement("RR-1.3.3a", partial=True)
def test_a_former_municipality_is_corrected(streets: Masters) -> None:
    former = {
        "code": "99302", "name": "見立郡見立町", "kana": "ミタテグンミタテマチ", "last_day": "H17.12.31",
        "successor_code": "",
    }  # fmt: skip
    streets.browser.post("/admin/masters/municipalities/new", data=former)
    edit = "/admin/masters/municipalities/99302/edit"
    assert "旧市区町村を変更" in streets.page(f"{TOWNS}?municipality=99302")
    sent = former | {"name": "美立郡美立町", "successor_code": "991015", "seen": streets.hidden(edit)}
    assert streets.browser.post(edit, data=sent).status_code == 303
    assert streets.browser.post(edit, data=sent).status_code == 422
    with streets.database.sessions() as session:
        row = session.get_one(Municipality, "99302")
        assert (row.name, row.successor_code, row.district_key) == ("美立郡美立町", "99101", "ミタテクン")
    assert last_action(streets)[1]["変更"] == {
        "名称": ["見立郡見立町", "美立郡美立町"], "引継ぎ先": [None, "99101"],
    }  # fmt: skip
    # Of one that the data ended only what followed it is known better here.
    with streets.database.transaction() as session:
        session.get_one(Municipality, "99302").source = Source.POSTAL.value
    page = streets.page(edit)
    assert "引継ぎ先を登録できます" in page
    sent = former | {"name": "別の名", "seen": streets.hidden(edit)}
    assert streets.browser.post(edit, data=sent).status_code == 303
    with streets.database.sessions() as session:
        row = session.get_one(Municipality, "99302")
        assert (row.name, row.successor_code) == ("美立郡美立町", None)
    itself = former | {"successor_code": "99302", "seen": streets.hidden(edit)}
    assert "引継ぎ先の市区町村コードがありません" in streets.browser.post(edit, data=itself).text
    assert streets.browser.get("/admin/masters/municipalities/99101/edit").status_code == 404


def test_towns_are_found_by_kana_heads_and_old_ones_on_demand(streets: Masters) -> None:
    assert "旧町" not in streets.page(TOWNS) and "旧町" in streets.page(f"{TOWNS}?ended=1")
    assert f"{TOWNS}/{EAST}" in streets.browser.get(f"{TOWNS}?q=カ カ ヒ").text
    assert "当てはまる市区町村・町字がありません" in streets.page(f"{TOWNS}?q=ン")
    for path in (f"{TOWNS}/1", f"{TOWNS}/1/edit", f"{TOWNS}?municipality=1", f"{TOWNS}/1/lots/new",
                 f"{TOWNS}/1/renumbering", "/admin/masters/municipalities/1/towns/new"):  # fmt: skip
        assert streets.browser.get(path).status_code == 404


# ---- 国籍・地域


@pytest.mark.requirement("RR-1.3.3a", partial=True)
def test_a_country_is_registered_renamed_and_ended(streets: Masters) -> None:
    new = f"{COUNTRIES}/new"
    sent = {"code": "zzy", "name": "架空国", "valid_from": "R9.1.1"}
    assert streets.browser.post(new, data=sent).status_code == 303
    path = f"{COUNTRIES}/ZZY"
    seen = streets.hidden(path)
    later = {"code": "ZZY", "name": "新架空国", "valid_from": "R9.1.1", "valid_to": "R9.3.31", "seen": seen}
    assert streets.browser.post(path, data=later).status_code == 303
    assert streets.browser.post(path, data=later).status_code == 422
    with streets.database.sessions() as session:
        assert session.get_one(Country, "ZZY").source == Source.LOCAL.value
        for day, names in (
            (dt.date(2026, 12, 31), []),
            (dt.date(2027, 3, 31), ["新架空国"]),
            (dt.date(2027, 4, 1), []),
        ):
            assert [row.name for row in queries.countries(session, on=day)] == names
    assert last_action(streets)[1]["変更"] == {"名称": ["架空国", "新架空国"], "終了日": [None, "2027-03-31"]}
    assert "新架空国 ZZY 令和9年1月1日～令和9年3月31日 自治体登録" in streets.page(COUNTRIES)
    for wrong, message in (
        ({"code": "ZY"}, "英大文字3文字"),
        ({"code": "ZZY"}, "このコードは使われています"),
        ({"code": "ZZX", "name": "新架空国"}, "この名称は使われています（コード ZZY）"),
        ({"code": "ZZX", "name": ""}, "名称を入力してください"),
        ({"code": "ZZX", "valid_to": "R8.12.31"}, "終了日が開始日より前"),
    ):
        refused = streets.browser.post(new, data=sent | wrong)
        assert refused.status_code == 422 and message in refused.text
    assert streets.browser.get(f"{COUNTRIES}/QQ").status_code == 404
