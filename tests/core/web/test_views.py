"""Home, command words, dates, characters, help, health."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import Engine

from residentapp.core.access import Permission
from residentapp.core.web.home import find_job
from tests.conftest import Login
from tests.core.web.demo import NAME, UNREGISTERED
from tests.support.databases import SqliteSource
from tests.support.users import Browser, clerk


@pytest.fixture
def backend(sqlite_source: SqliteSource) -> SqliteSource:
    """Pages do not differ between the databases: one is enough here."""
    return sqlite_source


def test_home_shows_only_what_the_officer_may_do(demo: Flask, login: Login) -> None:
    page = login(Permission.RESIDENT_VIEW, Permission.MOVE_IN_ENTER).get("/").text
    assert "今日が転出予定日の人" in page and "1,200" in page
    assert "承認を待っている仮登録" not in page
    assert "よく使う業務" in page and 'data-key="F4"' in page and 'data-key="F6"' not in page


def test_home_without_any_right_says_what_to_do(demo: Flask, login: Login) -> None:
    page = login().get("/").text
    assert "所属の管理者に権限の追加を依頼してください" in page


def test_the_header_tells_place_person_and_day(login: Login) -> None:
    page = login(name="架空　花子").get("/").text
    for part in (
        "本庁",
        "窓口1番",
        "市民課 架空　花子",
        "令和8年11月24日（火）",
        "表示と操作は記録しています。",
    ):
        assert part in page
    assert 'class="training"' not in page


def test_the_training_mark_is_on_every_screen(settings: object, app: Flask, login: Login) -> None:
    services = app.extensions["residentapp"]
    object.__setattr__(services, "settings", services.settings.replace(training=True))
    browser = login()
    for path in ("/", "/help", "/characters"):
        assert '<strong class="training">研修</strong>' in browser.get(path).text


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("転入", True),
        (" ﾃﾝﾆｭｳ ", False),
        ("てんにゅう", True),
        ("転入太郎", False),
        ("操作記録", False),
        ("", False),
    ],
)
def test_the_command_box_knows_jobs_by_their_words(demo: Flask, text: str, found: bool) -> None:
    with demo.test_request_context("/"):
        url = find_job(demo, clerk(Permission.MOVE_IN_ENTER), text)
    assert (url == "/demo") is found


@pytest.mark.requirement("CM-3.3", partial=True)
@pytest.mark.parametrize(
    ("text", "field", "reading"),
    [
        ("R8.11.23", "other", "令和8年11月23日 2026年11月23日（月）"),
        ("5081123", "other", "令和8年11月23日 2026年11月23日（月）"),
        ("2026-11-24", "other", "令和8年11月24日 2026年11月24日（火）"),
        ("昭和64年1月7日", "birth", "昭和64年1月7日 1989年1月7日（土）"),
        ("明治45年7月30日", "birth", "明治45年7月30日 1912年7月30日（火）"),
        ("平成31年2月29日", "birth", "平成31年2月29日 2019年2月29日"),
        ("年月日不詳", "birth", "年月日不詳"),
    ],
)
def test_a_date_is_read_back_at_once(login: Login, text: str, field: str, reading: str) -> None:
    answer = login().post("/dates/read", data={"text": text, "field": field}).json
    assert (answer["ok"], answer["reading"]) == (True, reading)


@pytest.mark.parametrize(
    ("text", "field"),
    [("R8.13.1", "other"), ("年月日不詳", "other"), ("平成31年2月29日", "other"), ("", "birth")],
)
def test_a_wrong_date_says_why(login: Login, text: str, field: str) -> None:
    answer = login().post("/dates/read", data={"text": text, "field": field}).json
    assert answer["ok"] is False
    assert answer["message"].endswith("。")


@pytest.mark.requirement("RR-2.2.3", "CM-1.3")
def test_the_character_panel_tells_code_number_and_variants(login: Login) -> None:
    browser = login()
    page = browser.post("/characters", data={"text": "辻\U000e0102辺𠮷"}, headers={"X-Part": "1"}).text
    assert "<html" not in page
    for part in ("U+8FBB U+E0102", "MJ025760", "U+20BB7", "MJ032129", "U+8FBA"):
        assert part in page
    for variant in ("邊", "边", "邉", "辻\U000e0103"):
        assert f'<span class="mj">{variant}</span>' in page
    assert page.count('class="character-large mj"') == 3
    whole = browser.post("/characters", data={"text": "辻\U000e0102"}).text
    assert "<html" in whole and "MJ025760" in whole
    assert "辻" not in whole.partition("</title>")[0]


@pytest.mark.requirement("RR-2.1.3e", partial=True)
@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("U+8FBA", "U+8FBA"),
        ("u+8fbb u+e0102", "U+8FBB U+E0102"),
        ("U+8FBBU+E0102", "U+8FBB U+E0102"),
        ("MJ025760", "U+8FBB U+E0102"),
        ("MJ032129", "U+20BB7"),
        ("U+20BB7田", "U+20BB7"),
    ],
)
def test_a_character_is_found_by_its_numbers(login: Login, typed: str, found: str) -> None:
    page = login().post("/characters", data={"text": typed}).text
    assert f'<dd class="figures">{found}</dd>' in page
    assert f'value="{typed}"' in page


@pytest.mark.parametrize("typed", ["U+0000", "U+D800", "MJ999999", "U+110000"])
def test_a_number_of_no_character_stays_as_it_was_typed(login: Login, typed: str) -> None:
    page = login().post("/characters", data={"text": typed}).text
    assert f'value="{typed}"' in page and f'<dd class="figures">U+{ord(typed[0]):04X}</dd>' in page


def test_the_panel_says_when_a_glyph_is_not_exact(login: Login) -> None:
    page = (
        login().post("/characters", data={"text": UNREGISTERED + "\U0010de92"}, headers={"X-Part": "1"}).text
    )
    assert "異体字の登録なし" in page and "字形なし" in page and "追加文字" in page


def test_the_panel_takes_a_long_name_and_no_novel(login: Login) -> None:
    browser = login()
    assert browser.post("/characters", data={"text": "A" * 400}).status_code == 200
    answer = browser.post("/characters", data={"text": "A" * 401})
    assert answer.status_code == 400 and "400字まで" in answer.text


@pytest.mark.requirement("CM-1.2", partial=True)
def test_names_are_marked_and_the_page_links_their_font(demo: Flask, login: Login) -> None:
    browser = login(Permission.RESIDENT_VIEW)
    page = browser.get("/demo", follow_redirects=True)
    assert f'<span class="mj">{NAME}</span>' in page.text
    assert '<span class="mj-inexact" title="この異体字の字形がフォントにないため' in page.text
    address = page.text.rpartition('<link rel="stylesheet" href="')[2].partition('"')[0]
    assert address.startswith("/fonts/") and NAME not in address
    style = browser.get(address)
    assert style.mimetype == "text/css" and "private" in style.headers["Cache-Control"]
    file = browser.get(style.text.partition('url("')[2].partition('"')[0])
    assert file.mimetype == "font/woff2" and file.data.startswith(b"wOF2")
    assert "private" in file.headers["Cache-Control"]


def test_fonts_need_a_login_and_a_true_address(app: Flask, login: Login, client: Browser) -> None:
    link = app.extensions["residentapp"].web_fonts.link({"架"})
    assert client.get(f"/fonts/{link.token}.woff2").status_code in (303, 401)
    browser = login()
    assert browser.get(f"/fonts/{link.token}.woff2").status_code == 200
    for path in ("/fonts/forged.woff2", "/fonts/forged.css", "/fonts/part/forged.css"):
        assert browser.get(path).status_code == 404


def test_a_typed_name_gets_its_font(login: Login) -> None:
    browser = login()
    told = browser.post("/characters/font", data={"text": "邉\U000e010f"}).json
    css = browser.get(told["style"]).text
    assert told["css_class"] in css and f".mj.{told['css_class']}" in css
    assert browser.post("/characters/font", data={"text": " "}).json == {"style": "", "css_class": ""}


@pytest.mark.requirement("RR-10.5a", partial=True)
def test_help_finds_the_screen_s_own_page_first(login: Login) -> None:
    browser = login()
    assert "<h1>文字情報</h1>" in browser.get("/help/web.show_characters").text
    assert "<h1>操作のしかた</h1>" in browser.get("/help/web.no_such_screen").text
    assert "<h1>操作のしかた</h1>" in browser.get("/help").text
    assert 'data-help="/help/web.show_characters"' in browser.get("/characters").text
    assert browser.get("/help/..%2Fframe").status_code == 404


def test_health_needs_no_login_and_no_database(client: Browser) -> None:
    assert client.get("/healthz").json == {"status": "ok"}
    assert client.get("/readyz").json == {"status": "ok", "checks": {"database": "ok", "fonts": "ok"}}


def test_readiness_fails_with_the_database(client: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    from sqlalchemy.exc import OperationalError

    def refuse(_engine: Engine) -> None:
        raise OperationalError("SELECT 1", {}, Exception("away"))

    monkeypatch.setattr(Engine, "connect", refuse)
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json == {"status": "failed", "checks": {"database": "failed", "fonts": "ok"}}
    assert client.get("/healthz").status_code == 200


@pytest.mark.requirement("CM-7", partial=True)
def test_pages_hold_no_inline_script_or_style(demo: Flask, login: Login) -> None:
    browser = login(*Permission)
    for path in ("/", "/demo", "/help", "/characters", "/nowhere"):
        page = browser.get(path, follow_redirects=True).text
        assert " style=" not in page and "<style" not in page and " onclick=" not in page
        assert page.count("<script") == page.count('<script src="/static/')
