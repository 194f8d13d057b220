"""Many cases are finalised by keyboard alone, in a real browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import func, select

from residentapp.core.crypto import Keyring
from residentapp.core.db import Database
from residentapp.residents.models import ResidentHistory
from tests.conftest import Login
from tests.residents.cases.test_batch import waiting
from tests.residents.move_in.conftest import APPROVE, MoveInOffice, furnish
from tests.support.databases import SqliteSource

pytestmark = pytest.mark.browser


@pytest.fixture
def backend(sqlite_source: SqliteSource) -> SqliteSource:
    """Pages do not differ between the databases: one is enough here."""
    return sqlite_source


@pytest.mark.requirement("RR-4.0.8c", "RR-2.3.2", partial=True)
def test_lines_are_ticked_and_registered_by_keyboard(
    database: Database, keyring: Keyring, login: Login, page: Page, live_server: str
) -> None:
    with database.transaction() as session:
        enterer, approver = furnish(session, keyring)
        waiting(MoveInOffice(session, keyring, enterer, approver), 1, 2, 3)
    cookie = login(*APPROVE, login="shinsa", name="審査　担当").get_cookie("residentapp")
    assert cookie is not None
    page.context.add_cookies([{"name": "residentapp", "value": cookie.value, "url": live_server}])
    page.goto(live_server)
    page.keyboard.press("F7")
    page.wait_for_url("**/cases/waiting")
    boxes = page.locator("[data-tick]")
    expect(boxes).to_have_count(3)
    # The arrows walk from case to case, Space ticks where one is, and ticks off again.
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    expect(boxes.nth(0)).to_be_checked()
    expect(boxes.nth(1)).not_to_be_checked()
    expect(boxes.nth(2)).to_be_checked()
    page.keyboard.press("Space")
    expect(boxes.nth(2)).not_to_be_checked()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Space")
    page.keyboard.press("F10")
    page.wait_for_url("**/cases/batch/*")
    expect(page.locator("main")).to_contain_text("2件（2人）を本登録します")
    page.keyboard.press("Escape")
    page.wait_for_url("**/cases/waiting")
    page.keyboard.press("Alt+A")
    expect(page.locator("[data-tick]:checked")).to_have_count(3)
    page.keyboard.press("F10")
    page.wait_for_url("**/cases/batch/*")
    page.keyboard.press("F10")
    page.wait_for_url("**/done")
    expect(page.locator("main")).to_contain_text("3件を本登録しました")
    with database.transaction() as session:
        assert session.scalar(select(func.count()).select_from(ResidentHistory)) == 3
    page.keyboard.press("F10")
    page.wait_for_url("**/cases/waiting")
    expect(page.locator("main")).to_contain_text("ありません")


def test_enter_opens_the_line_that_the_arrows_have_reached(
    database: Database, keyring: Keyring, login: Login, page: Page, live_server: str
) -> None:
    with database.transaction() as session:
        enterer, approver = furnish(session, keyring)
        cases = waiting(MoveInOffice(session, keyring, enterer, approver), 1, 2)
        second = cases[1].id
    cookie = login(*APPROVE, login="shinsa").get_cookie("residentapp")
    assert cookie is not None
    page.context.add_cookies([{"name": "residentapp", "value": cookie.value, "url": live_server}])
    page.goto(f"{live_server}/cases/waiting")
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    # A tick is no entry that could be lost: the page is left without a question.
    page.wait_for_url(f"**/move-in/{second}/review")
