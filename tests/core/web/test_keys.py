"""The frame in a real browser, by keyboard alone (RR-2.3.2)."""

from __future__ import annotations

from contextlib import suppress

import pytest
from flask import Flask
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Page, expect

from residentapp.core.access import Permission
from tests.conftest import Login
from tests.core.web.demo import NAME
from tests.support.databases import SqliteSource
from tests.support.server import wait_until

pytestmark = pytest.mark.browser


@pytest.fixture
def backend(sqlite_source: SqliteSource) -> SqliteSource:
    """Pages do not differ between the databases: one is enough here."""
    return sqlite_source


@pytest.fixture
def desk(demo: Flask, login: Login, page: Page, live_server: str) -> Page:
    """The demo's home page, logged in with every right."""
    cookie = login(*Permission).get_cookie("residentapp")
    assert cookie is not None
    page.context.add_cookies([{"name": "residentapp", "value": cookie.value, "url": live_server}])
    page.goto(live_server)
    return page


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.id || document.activeElement.textContent.trim()"))


@pytest.mark.requirement("RR-2.3.2", partial=True)
def test_home_is_walked_by_arrows_and_jobs_have_keys(desk: Page) -> None:
    assert "承認を待っている仮登録" in focused(desk)
    desk.keyboard.press("ArrowDown")
    assert "今日が転出予定日の人" in focused(desk)
    desk.keyboard.press("End")
    assert "期限が近い支援措置" in focused(desk)
    desk.keyboard.press("Home")
    desk.keyboard.press("ArrowUp")
    assert "承認を待っている仮登録" in focused(desk)
    desk.keyboard.press("F4")
    expect(desk.locator("h1")).to_have_text("全部転入")


@pytest.mark.requirement("RR-2.3.2", partial=True)
def test_enter_goes_on_and_shift_enter_back(desk: Page) -> None:
    desk.keyboard.press("Alt+L")
    desk.locator("#moved_on").focus()
    desk.keyboard.press("Enter")
    assert focused(desk) == "born_on"
    desk.keyboard.press("Enter")
    assert focused(desk) == "kana"
    desk.keyboard.press("Shift+Enter")
    assert focused(desk) == "born_on"
    desk.locator("#note").focus()
    desk.keyboard.press("Enter")
    assert focused(desk) == "certificate"


def test_enter_belongs_to_the_input_method_while_it_composes(desk: Page) -> None:
    desk.keyboard.press("F4")
    desk.locator("#kana").focus()
    desk.evaluate(
        """document.activeElement.dispatchEvent(new KeyboardEvent("keydown",
        {key: "Enter", code: "Enter", isComposing: true, bubbles: true, cancelable: true}))"""
    )
    assert focused(desk) == "kana"


@pytest.mark.requirement("RR-2.3.2", partial=True)
def test_a_whole_form_is_filled_and_sent_by_keys_and_errors_take_the_focus(desk: Page) -> None:
    desk.keyboard.press("F4")
    desk.locator("#moved_on").focus()
    desk.keyboard.type("R8.11.23")
    expect(desk.locator("#moved_on-reading")).to_have_text("令和8年11月23日 2026年11月23日（月）")
    desk.keyboard.press("F10")
    expect(desk.locator("[data-summary]")).to_be_focused()
    expect(desk.locator("[data-summary]")).to_contain_text("フリガナを入力してください。")
    desk.keyboard.press("Tab")
    desk.keyboard.press("Enter")
    assert focused(desk) == "kana"
    expect(desk.locator("#moved_on")).to_have_value("R8.11.23")


def test_unknown_dates_are_picked_and_filled_in(desk: Page) -> None:
    desk.keyboard.press("F4")
    desk.locator("[data-pattern-for=born_on]").select_option("令和○年月日不詳")
    assert focused(desk) == "born_on"
    desk.keyboard.type("8")
    expect(desk.locator("#born_on")).to_have_value("令和8年月日不詳")
    expect(desk.locator("#born_on-reading")).to_contain_text("不詳")


def test_what_was_typed_survives_a_crash(desk: Page, live_server: str) -> None:
    desk.keyboard.press("F4")
    desk.wait_for_url("**/demo?draft=*")
    address = desk.url
    desk.locator("#kana").fill("カクウ　タロウ")
    expect(desk.locator("#line")).to_contain_text("下書き保存", timeout=10_000)
    desk.goto("about:blank")
    desk.goto(address)
    expect(desk.locator("#kana")).to_have_value("カクウ　タロウ")


@pytest.mark.requirement("RR-2.3.2", partial=True)
def test_escape_goes_back_and_the_draft_stays(desk: Page, live_server: str) -> None:
    desk.keyboard.press("F4")
    desk.wait_for_url("**/demo?draft=*")
    address = desk.url
    desk.locator("#kana").fill("モドル")
    desk.keyboard.press("Escape")
    expect(desk.locator("#waiting")).to_be_visible()
    desk.goto(address)
    expect(desk.locator("#kana")).to_have_value("モドル")


@pytest.mark.requirement("RR-2.2.3", partial=True)
def test_f9_enlarges_the_characters_of_a_name(desk: Page) -> None:
    desk.keyboard.press("F4")
    desk.locator("#name").focus()
    desk.keyboard.press("F9")
    panel = desk.locator("#panel")
    expect(panel).to_contain_text("MJ025760")
    large = panel.locator(".character-large").first
    assert large.evaluate("element => parseFloat(getComputedStyle(element).fontSize)") >= 100
    desk.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    assert focused(desk) == "name"


@pytest.mark.requirement("RR-2.1.3e")
def test_a_variant_is_chosen_into_the_field_by_keyboard(desk: Page) -> None:
    """From a character that can be typed to the one meant; only that character changes, and the draft follows."""
    desk.keyboard.press("F4")
    name = desk.locator("#name")
    name.fill("辻\U000e0102　渡辺辺")
    name.focus()
    desk.keyboard.press("F9")
    wanted = desk.locator("#panel button", has_text="邉").first
    expect(wanted).to_be_visible()
    for _step in range(60):
        if wanted.evaluate("element => element === document.activeElement"):
            break
        desk.keyboard.press("Tab")
    desk.keyboard.press("Enter")
    expect(desk.locator("#panel")).to_be_hidden()
    chosen = name.input_value().removeprefix("辻\U000e0102　渡")
    assert chosen in ("邉邉", *(f"邉{chr(0xE0100 + step)}" * 2 for step in range(32)))
    assert focused(desk) == "name"


def drawn(page: Page, character: str) -> str:
    """The picture of a character as the page's own font draws it."""
    return str(
        page.evaluate(
            """async (text) => {
              await document.fonts.ready;
              const family = getComputedStyle(document.querySelector(".strip .mj")).fontFamily.split(",")[0];
              await document.fonts.load(`80px ${family}`, text);
              const canvas = Object.assign(document.createElement("canvas"), {width: 100, height: 110});
              const pen = canvas.getContext("2d");
              pen.font = `80px ${family}`;
              pen.fillText(text, 5, 85);
              return canvas.toDataURL();
            }""",
            character,
        )
    )


@pytest.mark.requirement("CM-1.2", partial=True)
def test_the_browser_draws_each_variant_with_its_own_glyph(desk: Page) -> None:
    desk.keyboard.press("F4")
    expect(desk.locator(".strip .mj").first).to_have_text(NAME)
    # The page's font is linked at its end and may come a moment after the text.
    wait_until(desk, "[...document.fonts].some((font) => font.status === 'loaded')")
    assert desk.evaluate("[...document.fonts].map((font) => font.status)") == ["loaded"]
    assert drawn(desk, "辻\U000e0102") != drawn(desk, "辻\U000e0103")
    assert drawn(desk, "辻\U000e0100") == drawn(desk, "辻")
    assert drawn(desk, "𠮷") != drawn(desk, "吉")
    assert drawn(desk, "﨑") != drawn(desk, "崎")


def test_help_opens_in_its_own_window_and_closes_by_escape(desk: Page) -> None:
    desk.keyboard.press("F4")
    desk.locator("#kana").fill("ノコル")
    with desk.expect_popup() as opened:
        desk.keyboard.press("F1")
    manual = opened.value
    manual.wait_for_load_state()
    expect(manual.locator("h1")).to_have_text("操作のしかた")
    # The window may be gone before the key's answer is back.
    with manual.expect_event("close"), suppress(PlaywrightError):
        manual.keyboard.press("Escape")
    expect(desk.locator("#kana")).to_have_value("ノコル")


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (1920, 1080), (640, 400)])
def test_nothing_scrolls_sideways(desk: Page, live_server: str, width: int, height: int) -> None:
    # 640×400 is 1280×800 at 200 % zoom.
    desk.set_viewport_size({"width": width, "height": height})
    for path in ("/", "/demo", "/help", "/characters"):
        desk.goto(live_server + path)
        assert desk.evaluate("document.documentElement.scrollWidth") <= width, path


def test_a_deserted_screen_hides_and_asks_for_the_login(desk: Page, live_server: str) -> None:
    desk.clock.install()
    desk.goto(live_server + "/demo")
    desk.clock.run_for("14:30")
    expect(desk.locator("#idle")).to_be_visible()
    desk.clock.run_for("00:40")
    expect(desk.locator("#entry")).to_be_hidden()


@pytest.mark.requirement("RR-2.3.2", partial=True)
def test_focus_is_always_seen_and_never_trapped(desk: Page, live_server: str) -> None:
    desk.goto(live_server + "/demo")
    seen = []
    for _ in range(60):
        desk.keyboard.press("Tab")
        place, outline, visits = desk.evaluate(
            """() => {
              const e = document.activeElement;
              e.visits = (e.visits ?? 0) + 1;
              const name = e === document.body ? "body" : e.outerHTML.slice(0, 80);
              return [name, getComputedStyle(e).outlineStyle, e.visits];
            }"""
        )
        if place == "body":
            break
        assert outline != "none", place
        assert visits == 1, f"trapped at {place}"
        seen.append(place)
    assert len(seen) >= 10
