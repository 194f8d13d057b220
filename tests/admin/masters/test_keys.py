"""The masters in a real browser, by keyboard alone; the pictures of seals pass the content security policy."""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect
from sqlalchemy import select

from residentapp.core import numbering
from residentapp.core.access import Permission
from residentapp.core.db import Database
from residentapp.core.documents import draw_seal
from residentapp.core.masters.models import Certifier
from residentapp.core.masters.setting_models import CertificateFee
from tests.conftest import Login
from tests.support.databases import SqliteSource
from tests.support.masters import make_masters
from tests.support.streets import make_streets

pytestmark = pytest.mark.browser


@pytest.fixture
def backend(sqlite_source: SqliteSource) -> SqliteSource:
    """Pages do not differ between the databases: one is enough here."""
    return sqlite_source


@pytest.fixture
def desk(database: Database, login: Login, page: Page, live_server: str) -> Page:
    """An administrator at the page of all masters, reached from home by its key."""
    with database.transaction() as session:
        make_masters(session)
    cookie = login(Permission.ADMIN_MASTERS, login="kanri", name="管理　担当").get_cookie("residentapp")
    assert cookie is not None
    page.context.add_cookies([{"name": "residentapp", "value": cookie.value, "url": live_server}])
    page.goto(live_server)
    page.keyboard.press("Alt+M")
    page.wait_for_url("**/admin/masters")
    return page


def open_master(desk: Page, name: str) -> None:
    """Down the list by the arrow key to a master, then Enter; however many stand before it."""
    wanted = desk.get_by_role("link", name=name, exact=True)
    for _line in range(40):
        if wanted.evaluate("link => link === document.activeElement"):
            desk.keyboard.press("Enter")
            return
        desk.keyboard.press("ArrowDown")
    pytest.fail(f"the arrow keys do not lead to {name}")


def file_of(tmp_path: Path, name: str, data: bytes) -> Path:
    path = tmp_path / name
    path.write_bytes(data)
    return path


@pytest.mark.requirement("RR-2.3.2", partial=True)
def test_a_deputy_is_entered_and_ended_by_keyboard(desk: Page, database: Database) -> None:
    expect(desk.get_by_role("link", name="自団体", exact=True)).to_be_focused()
    open_master(desk, "認証者")
    desk.wait_for_url("**/certifiers")
    desk.keyboard.press("F10")
    desk.wait_for_url("**/certifiers/new")
    expect(desk.locator("#kind")).to_be_focused()
    desk.keyboard.press("ArrowDown")  # 職務代理者
    for text in ("架空市長職務代理者　架空市副市長", "架空　三郎", "R9.1.4", "R9.1.8"):
        desk.keyboard.press("Enter")
        desk.keyboard.insert_text(text)
    expect(desk.locator("#valid_from-reading")).to_contain_text("令和9年1月4日")
    desk.keyboard.press("F10")
    desk.wait_for_url("**/certifiers")
    desk.keyboard.press("Enter")  # the latest beginning stands first
    desk.wait_for_url("**/certifiers/*")
    desk.locator("#end-last_day").focus()
    desk.keyboard.type("R9.1.6")
    desk.keyboard.press("Alt+E")
    desk.wait_for_url("**/certifiers")
    with database.sessions() as session:
        made = session.scalars(select(Certifier).where(Certifier.name == "架空　三郎")).one()
        assert (made.kind.value, str(made.valid_from), str(made.valid_to)) == (
            "deputy",
            "2027-01-04",
            "2027-01-06",
        )


def test_escape_leads_back_up_to_home(desk: Page) -> None:
    desk.keyboard.press("Enter")
    desk.wait_for_url("**/municipality")
    desk.keyboard.press("Escape")
    desk.wait_for_url("**/admin/masters")
    desk.keyboard.press("Escape")
    expect(desk.get_by_role("heading", name="待っている仕事")).to_be_visible()


def test_a_seal_is_chosen_looked_at_and_registered(desk: Page, tmp_path: Path) -> None:
    open_master(desk, "公印")
    desk.wait_for_url("**/seals")
    desk.keyboard.press("End")
    desk.keyboard.press("Enter")
    desk.wait_for_url("**/seals/*")
    desk.locator("#last_day").fill("R8.11.23")
    desk.keyboard.press("F10")
    desk.wait_for_url("**/seals")
    desk.keyboard.press("F10")
    desk.wait_for_url("**/seals/new")
    image = Image.open(BytesIO(draw_seal("架空市長之印", dots=400))).convert("L")
    red = Image.merge("RGB", (Image.new("L", image.size, 220), image, image))
    out = BytesIO()
    red.save(out, "PNG")
    desk.set_input_files("#picture", file_of(tmp_path, "seal.png", out.getvalue()))
    desk.locator("#valid_from").fill("R8.11.24")
    desk.keyboard.press("F10")
    desk.wait_for_url("**/seals/preview/*")
    drawn = desk.locator("img.seal-large").evaluate("image => [image.complete, image.naturalWidth]")
    assert drawn == [True, 600]
    desk.keyboard.press("F10")
    desk.wait_for_url("**/seals")
    expect(desk.locator("table.list tbody tr")).to_have_count(3)
    expect(desk.locator("main")).to_contain_text("公印を登録しました")


def test_codes_are_taken_in_with_two_keys(desk: Page, tmp_path: Path, database: Database) -> None:
    open_master(desk, "住民票コードの空きコード")
    desk.wait_for_url("**/resident-codes")
    expect(desk.locator("#file")).to_be_focused()
    lines = [f"9900000000{digit}" for digit in range(10)] + ["99", "99000000003"]
    desk.set_input_files("#file", file_of(tmp_path, "codes.txt", "\n".join(lines).encode()))
    desk.keyboard.press("F10")
    desk.wait_for_url("**/resident-codes/check/*")
    desk.keyboard.press("F10")
    desk.wait_for_url("**/resident-codes")
    with database.sessions() as session:
        assert numbering.free_codes(session) == 10


def test_the_era_table_fits_the_screen(desk: Page) -> None:
    open_master(desk, "元号")
    desk.wait_for_url("**/eras")
    desk.keyboard.press("F10")
    expect(desk.locator("[data-summary]")).to_be_focused()
    assert desk.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    expect(desk.get_by_role("button", name="登録する")).to_be_in_viewport()


@pytest.mark.requirement("RR-2.3.2", partial=True)
def test_a_fee_is_set_by_keyboard(desk: Page, database: Database) -> None:
    open_master(desk, "手数料")
    desk.wait_for_url("**/fees")
    desk.keyboard.press("Enter")
    desk.wait_for_url("**/paid")
    expect(desk.locator("#amount")).to_be_focused()
    desk.keyboard.type("350")
    desk.keyboard.press("Enter")
    desk.keyboard.type("R9.4.1")
    expect(desk.locator("#valid_from-reading")).to_contain_text("令和9年4月1日")
    desk.keyboard.press("F10")
    desk.wait_for_url("**/fees")
    expect(desk.locator("main")).to_contain_text("令和9年4月1日から 350円")
    with database.sessions() as session:
        assert [row.amount for row in session.scalars(select(CertificateFee))] == [350]


@pytest.mark.requirement("RR-2.3.2", partial=True)
def test_a_district_is_made_assigned_and_looked_up_by_keyboard(desk: Page, database: Database) -> None:
    with database.transaction() as session:
        make_streets(session)
    desk.goto(f"{desk.url}/districts")
    desk.keyboard.press("ArrowDown")  # 投票区
    desk.keyboard.press("Enter")
    desk.wait_for_url("**/polling")
    desk.keyboard.press("F10")
    desk.wait_for_url("**/new")
    expect(desk.locator("#code")).to_be_focused()
    for text in ("001", "第1投票区", "R8.11.24"):
        desk.keyboard.insert_text(text)
        desk.keyboard.press("Enter")
    desk.keyboard.press("F10")
    desk.wait_for_url(re.compile(r"/districts/\d+$"))
    desk.keyboard.press("F8")
    desk.wait_for_url("**/areas/new")
    expect(desk.locator("#town_code")).to_be_focused()
    for text in ("1番", "5番", "R8.11.24"):  # the first town is chosen
        desk.keyboard.press("Enter")
        desk.keyboard.insert_text(text)
    desk.keyboard.press("F10")
    desk.wait_for_url(re.compile(r"/districts/\d+$"))
    expect(desk.locator("main")).to_contain_text("本町一丁目1番～5番")
    for page in ("**/polling", "**/districts"):
        desk.keyboard.press("Escape")
        desk.wait_for_url(page)
    desk.locator("#lot").focus()
    desk.keyboard.insert_text("3番2号")
    desk.keyboard.press("F8")
    expect(desk.locator("main")).to_contain_text("001　第1投票区")


def test_a_town_is_chosen_from_the_list_and_gets_lots(desk: Page, database: Database) -> None:
    with database.transaction() as session:
        make_streets(session)
    desk.goto(f"{desk.url}/towns")
    expect(desk.get_by_role("link", name="本町一丁目")).to_be_focused()
    desk.keyboard.press("Enter")
    desk.wait_for_url("**/99101001001")
    desk.keyboard.press("F10")
    desk.wait_for_url("**/lots/new")
    for text in ("1番1号", "1番4号", "R8.11.24"):
        desk.keyboard.press("Enter")
        desk.keyboard.insert_text(text)
    desk.keyboard.press("F10")
    desk.wait_for_url("**/99101001001")
    expect(desk.get_by_role("link", name="1番1号")).to_be_focused()
    expect(desk.locator("main")).to_contain_text("番地を4件登録しました")
    desk.keyboard.press("Escape")
    desk.wait_for_url("**/towns?municipality=99101")
