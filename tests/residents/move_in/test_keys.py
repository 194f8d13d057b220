"""The entry in a real browser, by keyboard: the address finder, 方書, drafts that outlive a crash, no trap."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from residentapp.core.addresses.models import Building, PostalCode, Town
from residentapp.core.addresses.sort_keys import lot_key
from residentapp.core.crypto import Keyring
from residentapp.core.db import Database
from residentapp.core.masters.models import OwnMunicipality
from residentapp.core.search_keys import search_key
from residentapp.residents.cases import queries
from residentapp.residents.cases.models import ChangeCase
from residentapp.residents.cases.types import CaseState
from tests.conftest import Login
from tests.residents.move_in.cases import TOWN_CODE
from tests.residents.move_in.conftest import ENTER, furnish
from tests.support.databases import SqliteSource

pytestmark = pytest.mark.browser


@pytest.fixture
def backend(sqlite_source: SqliteSource) -> SqliteSource:
    """Pages do not differ between the databases: one is enough here."""
    return sqlite_source


@pytest.fixture
def desk(database: Database, keyring: Keyring, login: Login, page: Page, live_server: str) -> Iterator[Page]:
    """A clerk at an empty case."""
    with database.transaction() as session:
        furnish(session, keyring)
        session.add(
            Building(
                town_code=TOWN_CODE, lot="8番3号", lot_key=lot_key("8番3号").encoded, name="本町荘",
                kana="ホンチョウソウ", valid_from=dt.date(2000, 1, 1),
            )
        )  # fmt: skip
    cookie = login(*ENTER, login="tanto", name="窓口　担当").get_cookie("residentapp")
    assert cookie is not None
    page.context.add_cookies([{"name": "residentapp", "value": cookie.value, "url": live_server}])
    page.goto(live_server)
    page.keyboard.press("F4")
    page.wait_for_url("**/move-in")
    page.keyboard.press("F10")
    page.wait_for_url("**/move-in/*")
    yield page


@pytest.mark.requirement("RR-1.3.3c", "RR-4.0.7a", "RR-2.3.2", partial=True)
def test_the_address_is_found_by_keyboard_and_its_buildings_are_offered(desk: Page) -> None:
    desk.keyboard.press("Alt+A")
    expect(desk.locator("#address-query")).to_be_focused()
    desk.keyboard.type("カ カ ホ")
    expect(desk.locator("#address-candidates button")).to_have_count(1)
    desk.keyboard.press("Enter")
    desk.keyboard.press("Enter")
    expect(desk.locator("#address-finder")).not_to_be_visible()
    expect(desk.locator("#town")).to_have_value("架空県架空市本町一丁目")
    expect(desk.locator("#address_code")).to_have_value(TOWN_CODE)
    expect(desk.locator("#postal_code")).to_have_value("0000001")
    expect(desk.locator("#lot")).to_be_focused()
    desk.keyboard.type("８－３")
    desk.keyboard.press("Enter")
    expect(desk.locator("#building")).to_be_focused()
    expect(desk.locator("#building-list option[value='本町荘']")).to_have_count(1)


@pytest.mark.requirement("RR-1.3.3c", "RR-2.3.2", partial=True)
def test_the_address_is_picked_from_prefecture_to_town_by_keyboard(desk: Page) -> None:
    desk.keyboard.press("Alt+A")
    expect(desk.locator("#address-query")).to_be_focused()
    # 架空市 is not the own municipality of these masters: each list is gone through.
    for pick, chosen in (
        ("prefecture", "架空県"),
        ("municipality", "架空市"),
        ("oaza", "本町"),
        ("town", "本町一丁目"),
    ):
        field = desk.locator(f"[data-pick={pick}]")
        expect(field.locator("option")).to_have_count(2)
        if pick == "prefecture":
            desk.keyboard.press("Tab")
        expect(field).to_be_focused()
        desk.keyboard.press("ArrowDown")
        expect(field.locator("option:checked")).to_have_text(chosen)
        desk.keyboard.press("Enter")
    expect(desk.locator("[data-take-pick]")).to_be_focused()
    desk.keyboard.press("Enter")
    expect(desk.locator("#address-finder")).not_to_be_visible()
    expect(desk.locator("#town")).to_have_value("架空県架空市本町一丁目")
    expect(desk.locator("#address_code")).to_have_value(TOWN_CODE)
    expect(desk.locator("#postal_code")).to_have_value("0000001")
    expect(desk.locator("#lot")).to_be_focused()


@pytest.mark.requirement("RR-1.3.3c", "RR-2.3.2", partial=True)
def test_in_the_own_municipality_picking_begins_with_the_town(desk: Page, database: Database) -> None:
    """A town of several postal codes: the clerk says which."""
    with database.transaction() as session:
        session.get_one(OwnMunicipality, 1).code = "982016"
        session.add(
            PostalCode(
                code="0000002", municipality_code="98201", town_code=TOWN_CODE, note="駅前", source="local"
            )
        )
    desk.keyboard.press("Alt+A")
    expect(desk.locator("[data-pick=municipality] option:checked")).to_have_text("架空市")
    desk.locator("[data-pick=oaza]").focus()
    desk.keyboard.press("ArrowDown")
    desk.keyboard.press("Enter")
    expect(desk.locator("[data-pick=town]")).to_be_focused()
    desk.keyboard.press("ArrowDown")
    desk.keyboard.press("Enter")
    desk.keyboard.press("Enter")
    expect(desk.locator("#address-candidates button").first).to_be_focused()
    desk.keyboard.press("ArrowDown")
    desk.keyboard.press("Enter")
    expect(desk.locator("#postal_code")).to_have_value("0000002")
    expect(desk.locator("#town")).to_have_value("架空県架空市本町一丁目")


@pytest.mark.requirement("RR-1.3.3a", "RR-1.3.3c", partial=True)
def test_a_registered_domicile_is_found_under_its_old_name(desk: Page, database: Database) -> None:
    with database.transaction() as session:
        session.add(
            Town(
                code="98201900000", municipality_code="98201", oaza_name="古町", name="古町", kana="フルマチ",
                kana_key=search_key("フルマチ"), source="local", valid_to=dt.date(2005, 12, 31),
            )
        )  # fmt: skip
    domicile = desk.locator("#members-0-registered_domicile")
    desk.locator('[data-find-address][data-into="members-0-registered_domicile"]').press("Enter")
    desk.keyboard.type("カ カ フ")
    found = desk.locator("#address-candidates button")
    expect(found).to_have_text("架空県架空市古町（旧）")
    desk.keyboard.press("Enter")
    desk.keyboard.press("Enter")
    expect(domicile).to_be_focused()
    expect(domicile).to_have_value("架空県架空市古町")
    # Today's addresses do not have it.
    desk.locator('[data-find-address][data-into="town"]').press("Enter")
    desk.keyboard.type("カ カ フ")
    expect(desk.locator("#address-candidates .none")).to_be_visible()


@pytest.mark.requirement("RR-1.3.3c", partial=True)
def test_a_postal_code_fills_the_address_outside_too(desk: Page) -> None:
    desk.locator("#members-0-previous_postal_code").fill("0000001")
    desk.locator("#members-0-previous_postal_code").press("Enter")
    expect(desk.locator("#members-0-previous_address")).to_have_value("架空県架空市本町一丁目")
    expect(desk.locator("[name=members-0-previous_address_code]")).to_have_value(TOWN_CODE)


def test_a_whole_postal_code_fills_the_town(desk: Page) -> None:
    desk.locator("#postal_code").fill("000-0001")
    desk.locator("#postal_code").press("Enter")
    expect(desk.locator("#town")).to_have_value("架空県架空市本町一丁目")
    desk.locator("#town").press("End")
    desk.keyboard.type("外")
    expect(desk.locator("#address_code")).to_have_value("")


def test_escape_closes_the_finder_and_not_the_page(desk: Page) -> None:
    address = desk.url
    desk.keyboard.press("Alt+A")
    expect(desk.locator("#address-query")).to_be_focused()
    desk.keyboard.press("Escape")
    expect(desk.locator("#address-finder")).not_to_be_visible()
    assert desk.url == address


def test_whole_and_part_show_their_own_fields(desk: Page) -> None:
    expect(desk.locator("#town")).to_be_visible()
    expect(desk.locator("#find")).not_to_be_visible()
    desk.locator("#scope-1").check()
    expect(desk.locator("#town")).not_to_be_visible()
    expect(desk.locator("#find")).to_be_visible()


def test_what_was_typed_outlives_the_browser(desk: Page, database: Database, keyring: Keyring) -> None:
    address = desk.url
    desk.locator("#members-0-name").fill("渡邉\U000e010f　途中")
    expect(desk.locator("#line")).to_contain_text("下書き保存", timeout=10_000)
    desk.goto("about:blank")
    with database.transaction() as session:
        case = queries.find_case(session, address.rsplit("/", 1)[-1])
        assert case.state is CaseState.DRAFT
        assert queries.payload_of(keyring, case).entry.members[0].name == "渡邉\U000e010f　途中"
    desk.goto(address)
    expect(desk.locator("#members-0-name")).to_have_value("渡邉\U000e010f　途中")


def test_leaving_at_once_still_saves(desk: Page, database: Database) -> None:
    address = desk.url
    desk.locator("#lot").fill("8番3号")
    desk.keyboard.press("Escape")
    desk.wait_for_url("**/move-in")
    desk.goto(address)
    expect(desk.locator("#lot")).to_have_value("8番3号")
    with database.transaction() as session:
        assert session.query(ChangeCase).count() == 1


def test_the_page_needs_no_sideways_scrolling(desk: Page) -> None:
    wide = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
    assert desk.evaluate(wide) is False
    desk.keyboard.press("F10")
    desk.wait_for_url("**/check")
    assert desk.evaluate(wide) is False
    expect(desk.locator("[data-summary]")).to_be_focused()
    desk.locator("[data-summary] a").first.press("Enter")
    desk.wait_for_url("**check=1*")
    expect(desk.locator("[aria-invalid=true]").first).to_be_visible()
