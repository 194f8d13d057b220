"""住所辞書の更新 on the screen: when it was, from what, what it changed, and that it is due (RR-1.3.3a)."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select

from residentapp.core.access import Permission
from residentapp.core.addresses.countries import REVISED_ON
from residentapp.core.addresses.models import Refresh, Town
from residentapp.core.addresses.postal_data import PostalRow
from residentapp.core.addresses.refresh import postal_source
from tests.admin.masters import conftest
from tests.admin.masters.conftest import Masters
from tests.core.addresses.postal_rows import row, rows
from tests.support.clock import SettableClock

PATH = "/admin/masters/dictionary"


@pytest.fixture
def issue(monkeypatch: pytest.MonkeyPatch) -> list[PostalRow]:
    """The postal data that are installed; a test changes them in place."""
    installed = rows()
    monkeypatch.setattr("residentapp.core.addresses.refresh.read_postal_rows", lambda: installed)
    return installed


@pytest.mark.requirement("RR-1.3.3a")
def test_the_administrator_refreshes_and_reads_the_report(masters: Masters, issue: list[PostalRow]) -> None:
    page = masters.page(PATH)
    assert (
        "町字・郵便番号を更新した記録がありません" in page
        and f"サーバーにあるデータ {postal_source()}" in page
    )
    made = masters.browser.post(PATH, follow_redirects=True)
    assert "住所辞書を更新しました。変更 0件。" in made.text
    page = masters.page(PATH)
    assert "町字・郵便番号の前の更新 令和8年11月24日" in page and "前の更新と同じ版です" in page
    assert "更新した記録がありません" not in page and "1か月を過ぎています" not in page
    issue[:] = [one for one in issue if one.town != "下田"] + [
        row("1910099", "13212", "新しい丘", "アタラシイオカ")
    ]
    made = masters.browser.post(PATH, follow_redirects=True)
    assert "住所辞書を更新しました。変更 4件。" in made.text
    assert "令和8年11月24日 郵便番号データ 4件 日本郵便 郵便番号データ" in masters.page(PATH)
    with masters.database.sessions() as session:
        [number] = session.scalars(
            select(Refresh.id).where(Refresh.data == "postal").order_by(Refresh.id.desc()).limit(1)
        )
        assert session.scalars(select(Town.name).where(Town.code == "13212004000")).one() == "新しい丘"
    report = f"{PATH}/{number}"
    page = masters.page(report)
    assert "町字の廃止 13212001000 下田" in page and "町字の追加 13212004000 新しい丘" in page
    assert "行った人 架空" in page and "データ・資料 日本郵便 郵便番号データ" in page
    page = masters.page(f"{report}?kind=町字の追加")
    assert "町字の追加 13212004000" in page and "13212001000" not in page
    assert masters.browser.get(f"{PATH}/999").status_code == 404
    action, details = masters.logged()[-1]
    assert action == "住所辞書の更新" and "町字の廃止 1件" in details["結果"]


@pytest.mark.requirement("RR-1.3.3a")
def test_the_home_page_reminds_of_what_is_due(
    masters: Masters, issue: list[PostalRow], clock: SettableClock
) -> None:
    assert "2 件 住所辞書の更新" in masters.page("/")
    masters.browser.post(PATH)
    assert "0 件 住所辞書の更新" in masters.page("/")
    assert "町字・郵便番号 令和8年11月24日、国名 令和8年11月26日" in masters.page("/admin/masters")
    clock.advance(days=31)  # 2026-12-25
    later = masters.another("kanri2")
    assert "1 件 住所辞書の更新" in later.page("/")
    assert "前の更新から1か月を過ぎています" in later.page(PATH)
    assert "町字・郵便番号 令和8年11月24日（更新の時期です）" in later.page("/admin/masters")


@pytest.mark.requirement("RR-1.3.3a")
def test_country_names_are_due_after_a_year_and_staff_may_check_them(
    masters: Masters, issue: list[PostalRow], clock: SettableClock
) -> None:
    clock.advance(days=(REVISED_ON.replace(year=REVISED_ON.year + 1) - dt.date(2026, 11, 24)).days + 1)
    later = masters.another("kanri2")
    later.browser.post(PATH)
    assert "国名は、前の改訂または確認から1年を過ぎています" in later.page(PATH)
    refused = later.browser.post(f"{PATH}/countries", data={"source": " "})
    assert refused.status_code == 422 and "照らし合わせた資料を入力してください" in refused.text
    done = later.browser.post(f"{PATH}/countries", data={"source": "外務省 国・地域"}, follow_redirects=True)
    assert "国名を確かめたことを記録しました" in done.text
    page = later.page(PATH)
    assert "国名は、前の改訂" not in page and "国名データ 確認 外務省 国・地域" in page
    assert later.logged()[-1] == ("国名の確認", {"資料": "外務省 国・地域"})


def test_a_municipality_without_free_numbers_stops_the_refresh(
    masters: Masters, issue: list[PostalRow], monkeypatch: pytest.MonkeyPatch
) -> None:
    masters.browser.post(PATH)
    monkeypatch.setattr("residentapp.core.addresses.town_data._LAST_OAZA", 3)
    monkeypatch.setattr("residentapp.core.addresses.town_data._LAST_KOAZA", 0)
    issue.append(row("1910099", "13212", "新しい丘", "アタラシイオカ"))
    refused = masters.browser.post(PATH)
    assert refused.status_code == 422 and "空いている住所コードのない市区町村がある" in conftest.shown(
        refused.text
    )
    with masters.database.sessions() as session:
        assert len(session.scalars(select(Refresh)).all()) == 2


def test_only_who_keeps_masters(masters: Masters) -> None:
    reader = masters.login(Permission.ADDRESS_LOOKUP, login="yomu")
    assert reader.get(PATH).status_code == reader.post(PATH).status_code == 403
    assert reader.post(f"{PATH}/countries", data={"source": "資料"}).status_code == 403
    assert "住所辞書の更新" not in reader.get("/").text
