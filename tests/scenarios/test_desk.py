"""What the cases rest on: a page is read as somebody sees it, and a line that is not so fails."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from residentapp.core.crypto import Keyring
from residentapp.core.db import Database
from tests.conftest import Login
from tests.scenarios.case_files import settle
from tests.scenarios.desk import Desk, Office, permissions_of
from tests.scenarios.visible import NotThere, VisiblePage
from tests.support.clock import SettableClock

PAGE = """
<html><head><title>題</title></head><body><main><h1>申出</h1><p>一行<br>二行</p><dialog>閉じている</dialog>
<a href="/one">一覧 <kbd>F2</kbd></a> <a href="/two">別の一覧</a>
<form id="entry" method="post" action="/send"><input type="hidden" name="token" value="t">
<fieldset><legend>申出者</legend><label for="a">氏名 <span class="required">必須</span></label><input type="text" id="a" name="a" value="架空　花子"></fieldset>
<fieldset><legend>併せて支援を求める者</legend><label for="b">氏名</label><input type="text" id="b" name="b"></fieldset>
<fieldset><legend>範囲</legend><label><input type="radio" name="r" value="1" checked> 全部</label><label><input type="radio" name="r" value="2"> 一部</label></fieldset>
<label for="c">種類</label><select id="c" name="c"><option value="x">なし</option><option value="y">あり</option></select>
<label><input type="checkbox" name="d" value="y"> 確かめた</label><textarea name="e">文</textarea>
<table><tr><td>一</td><td><button name="act" value="1">開く</button></td></tr><tr><td>二</td><td><button name="act" value="2">開く</button></td></tr></table>
</form><button form="entry" formaction="/else">登録する <kbd>F10</kbd></button></main></body></html>
"""  # noqa: E501


def test_a_page_is_read_as_it_is_seen() -> None:
    page = VisiblePage(PAGE, "/here")
    assert "一行二行" in page.says() and "架空花子" in page.says()
    assert "閉じている" not in page.says() and "題" not in page.says()
    assert (page.link("一覧"), page.link("別の")) == ("/one", "/two")
    assert (page.value("範囲"), page.value("種類"), page.value("確かめた")) == ("全部", "なし", "いいえ")


def test_what_is_filled_in_is_what_is_sent() -> None:
    page = VisiblePage(PAGE, "/here")
    page.fill("氏名", "架空　一郎", "併せて支援を求める者")
    page.fill("範囲", "一部")
    page.fill("種類", "あり")
    page.fill("確かめた", True)
    sent = [
        ("token", "t"),
        ("a", "架空　花子"),
        ("b", "架空　一郎"),
        ("r", "2"),
        ("c", "y"),
        ("d", "y"),
        ("e", "文"),
    ]
    assert page.press("登録する") == ("POST", "/else", sent)
    assert page.press("開く", "二") == ("POST", "/send", [*sent, ("act", "2")])


@pytest.mark.parametrize(
    "act",
    [
        lambda page: page.link("ない"),
        lambda page: page.press("開く"),
        lambda page: page.fill("氏名", "どちらの"),
        lambda page: page.fill("種類", "ほか"),
        lambda page: page.fill("範囲", "ほか"),
        lambda page: page.value("ない"),
    ],
)
def test_what_is_not_there_or_several_times_fails(act: Any) -> None:
    with pytest.raises(NotThere):
        act(VisiblePage(PAGE, "/here"))


@pytest.mark.parametrize(
    "line",
    [
        {"open": "ホーム", "says": ["どこにもない"]},
        {"open": "ホーム", "never": ["待っている仕事"]},
        {"open": "/admin/users"},
        {"open": "ホーム", "refused": ["待っている仕事"]},
        {"open": "ホーム", "paper": ["待っている仕事"]},
        {"open": "ホーム", "file": ["待っている仕事"]},
        {"resident": "架空　太郎", "begins": {"呼出し": "何か"}},
        {"say": ["待っている仕事"]},
    ],
)
def test_a_line_that_is_not_so_fails(
    line: dict[str, Any],
    login: Login,
    database: Database,
    keyring: Keyring,
    clock: SettableClock,
    tmp_path: Path,
) -> None:
    before = [{"name": "架空　太郎", "relationship": "世帯主", "birth": "昭和55年5月5日", "sex": "男"}]
    with database.transaction() as session:
        town = settle(session, keyring, {"before": before})
    office = Office(login, database, keyring, clock, town, tmp_path)
    desk = Desk(office, login(*permissions_of(["窓口担当"])))
    desk.do({"resident": "架空　太郎", "says": ["架空　太郎"]})
    with pytest.raises(AssertionError):
        desk.do(line)
