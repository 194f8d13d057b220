"""The whole job of a counter by keyboard alone, in a real browser: find, look, copy, take in, approve, hand over."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pypdfium2 as pdfium
import pytest
from playwright.sync_api import expect
from sqlalchemy import func, select

from residentapp.residents.cases.models import ChangeCase
from residentapp.residents.cases.types import CaseState
from residentapp.residents.certificates.models import CertificateIssue
from residentapp.residents.models import ResidentHistory
from residentapp.residents.types import ResidentState
from tests.browser.conftest import Desk, Desks, Office
from tests.support.server import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.requirement("RR-2.3.2", partial=True)]

SAMPLE = Path(__file__).resolve().parents[2] / "seed" / "move_in_samples" / "family_of_four.csv"
CERTIFICATE = r"/certificates/[\w-]+$"


def find(desk: Desk, name: str) -> None:
    """Search by name and open the first line."""
    desk.go("F2", r"/search$")
    assert desk.focused == "name"
    desk.write(name)
    desk.go("Enter", r"/search/[\w-]+$")


def commonest_family(office: Office) -> str:
    """A family name that several people of the town have."""
    with office.database.transaction() as session:
        names = session.scalars(
            select(ResidentHistory.name).where(
                ResidentHistory.is_latest,
                ResidentHistory.state == ResidentState.RESIDENT,
                ResidentHistory.name != "",
            )
        ).all()
    families = Counter(name.split("　")[0] for name in names if name and "　" in name)
    [(family, count)] = families.most_common(1)
    assert count > 2
    return family


def hand_over(desk: Desk) -> bytes:
    """From the certificate's form to the PDF: preview, issue, print."""
    desk.go("F8", CERTIFICATE)
    expect(desk.page.locator("img.paper").first).to_be_visible()
    # The picture has a place on the page before it has come.
    wait_until(desk.page, "document.querySelector('img.paper').naturalWidth > 500")
    for box in desk.page.locator(
        'input[type="checkbox"][name^="confirm"], .alerts input[type="checkbox"]'
    ).all():
        box.focus()
        desk.press("Space")
    for reason in desk.page.locator(".alerts input[type=text], .alerts textarea").all():
        reason.focus()
        desk.write("書類で確かめた")
    desk.go("F10", r"/certificates/issued/")
    link = desk.page.locator("a[data-key=F10]").get_attribute("href") or ""
    answer = desk.page.request.get(desk.address + link)
    assert answer.status == 200 and answer.headers["content-type"] == "application/pdf"
    return answer.body()


def words(pdf: bytes) -> str:
    """Text of a PDF."""
    return "\n".join(page.get_textpage().get_text_range() for page in pdfium.PdfDocument(pdf))


def test_from_login_to_paper_by_keyboard(desk: Desk, office: Office) -> None:
    desk.page.goto(office.address)
    desk.check_screen("login")
    desk.log_in("madoguchi1")
    desk.check_screen("home")
    desk.go("F2", r"/search$")
    desk.check_screen("search")
    family = commonest_family(office)
    desk.write(family)
    desk.go("Enter", r"/search/[\w-]+$")
    desk.check_screen("search-results")
    first = desk.focused
    desk.press("ArrowDown")
    second = desk.focused
    assert second != first and first.startswith(family) and second.startswith(family)
    desk.press("ArrowUp")
    assert desk.focused == first
    desk.go("Enter", r"/residents/")
    name = desk.page.locator(".strip .mj").first.inner_text()
    desk.check_screen("resident")
    desk.press("F9")
    expect(desk.page.locator("#panel")).to_be_visible()
    desk.press("Escape")
    expect(desk.page.locator("#panel")).not_to_be_visible()
    desk.go("F2", r"/households/")
    desk.check_screen("household")
    desk.go("Escape", r"")
    desk.go("F2", r"/search$|/households/")
    find(desk, name.split()[0])
    desk.go("Enter", r"/residents/")
    desk.go("F4", CERTIFICATE)
    desk.check_screen("certificate")
    desk.go("F8", CERTIFICATE)
    desk.check_screen("certificate-preview")
    paper = words(hand_over(desk))
    assert "住民票" in paper and "見本" not in paper
    desk.check_screen("certificate-issued")
    with office.database.transaction() as session:
        [issue] = session.scalars(select(CertificateIssue))
        assert issue.handed_over_at is not None and issue.issue_number in paper
    desk.page.goto(office.address)
    desk.go("F6", r"/certificates/history/")
    desk.check_screen("certificate-history")


def test_keys_of_the_frame(desk: Desk) -> None:
    desk.log_in("madoguchi1")
    desk.press("/")
    assert desk.focused == "command"
    desk.write("検索")
    desk.go("Enter", r"/search$")
    with desk.page.expect_popup() as opened:
        desk.page.locator("main").focus()
        desk.press("?")
    manual = opened.value
    manual.wait_for_load_state()
    assert "検索" in manual.locator("main").inner_text()
    manual.close()
    desk.page.bring_to_front()
    desk.page.locator("#name").focus()
    order = []
    for _field in range(8):
        order.append(desk.focused)
        desk.press("Tab")
    assert order == [
        "name",
        "name_match",
        "kana",
        "kana_match",
        "birth",
        "birth_to",
        "address",
        "address_match",
    ]
    desk.press("Shift+Tab")
    assert desk.focused == "address_match"
    desk.page.locator("#kana").focus()
    desk.press("Shift+Enter")
    assert desk.focused == "name_match"
    desk.go("Escape", r"127\.0\.0\.1:\d+/$")


def test_nothing_traps_the_keyboard(desk: Desk) -> None:
    """Tab goes round every page and shows where it is."""
    desk.log_in("madoguchi1")
    for key, pattern in (("", ""), ("F2", r"/search$"), ("F4", "/search/history")):
        if key:
            desk.go(key, pattern)
        stops = desk.page.evaluate(STOPS)
        seen: set[int] = set()
        for _step in range(stops + 3):
            desk.press("Tab")
            place, visible = desk.page.evaluate(HERE)
            assert visible, f"the focus on {desk.focused} cannot be seen"
            seen.add(place)
        assert len(seen - {-1}) == stops > 3


#: How many places there are for the focus; each is numbered.
STOPS = """() => {
  const places = [...document.querySelectorAll("a[href], button, input, select, textarea, summary")].filter(
    (element) => element.checkVisibility() && !element.disabled && element.tabIndex >= 0 && element.type !== "hidden");
  places.forEach((element, place) => { element.dataset.place = place; });
  return places.length;
}"""
#: Number of the place in focus (-1 outside the page), and whether the focus can be seen there.
HERE = """() => {
  const element = document.activeElement, style = getComputedStyle(element);
  const place = element.dataset.place === undefined ? -1 : Number(element.dataset.place);
  return [place, place < 0 || style.outlineStyle !== "none" || style.boxShadow !== "none"];
}"""


def test_a_family_moves_in_from_the_file_to_the_paper(desks: Desks, office: Office) -> None:
    """CSV → draft → errors → corrected → provisional → a second officer approves → found → certificate."""
    clerk = desks()
    clerk.log_in("madoguchi1")
    clerk.go("F4", r"/move-in$")
    clerk.check_screen("move-in-start")
    clerk.page.locator("#certificate").set_input_files(SAMPLE)
    clerk.go("F8", r"/move-in/[\w-]+$")
    case_url = clerk.page.url
    clerk.check_screen("move-in-entry")
    # An error first: an impossible date, told beside the field and on top, nothing lost.
    name = clerk.page.locator("#members-0-name").input_value()
    clerk.page.locator("#members-0-birth_date").focus()
    clerk.press("Control+A")
    clerk.write("昭和63年2月30日")
    clerk.go("F10", r"/check$")
    clerk.check_screen("move-in-errors")
    assert "summary" in (clerk.page.evaluate("document.activeElement.outerHTML")).split(">")[0]
    told = clerk.page.locator("[data-summary]").inner_text()
    assert "生年月日" in told
    assert clerk.page.locator("[data-key=F10]").count() == 0
    clerk.page.goto(case_url)
    assert clerk.page.locator("#members-0-birth_date").input_value() == "昭和63年2月30日"
    assert clerk.page.locator("#members-0-name").input_value() == name
    clerk.page.locator("#members-0-birth_date").focus()
    clerk.press("Control+A")
    clerk.write("S63.2.29")
    expect(clerk.page.locator("#members-0-birth_date-reading")).to_contain_text("（月）")
    complete(clerk)
    clerk.go("F10", r"/check$")
    assert clerk.page.locator("[data-summary]").count() == 0, clerk.page.locator(
        "[data-summary]"
    ).inner_text()
    clerk.check_screen("move-in-check")
    confirm_alerts(clerk)
    clerk.go("F10", r"/move-in$")
    assert "仮登録" in clerk.page.locator("main").inner_text()
    # The clerk cannot approve it.
    clerk.page.goto(case_url)
    assert "別の人" in clerk.page.locator("main").inner_text()
    assert clerk.page.locator("[data-key=F10]").count() == 0
    clerk.check_screen("move-in-own-review")

    first, second = desks(), desks()
    for officer, login in ((first, "kessai1"), (second, "kessai2")):
        officer.log_in(login)
        officer.check_screen(f"home-{login}")
        officer.page.goto(f"{office.address}/cases/waiting")
        officer.check_screen("cases-waiting")
        officer.go("Enter", r"/review$")
        confirm_alerts(officer)
    first.check_screen("move-in-review")
    # The approver begins to read at the top, not at the reason for sending it back.
    assert first.page.evaluate("scrollY") == 0 and first.focused != "reason"
    # Two officers approve at once: the family is registered once, the second is told.
    first.go("F10", r"/done$")
    first.check_screen("move-in-done")
    second.press("F10")
    second.page.wait_for_load_state("networkidle")
    assert "本登録" in second.page.locator("main").inner_text()
    with office.database.transaction() as session:
        assert session.scalar(select(func.count()).where(ChangeCase.state == CaseState.FINAL)) == 1
        people = session.scalars(
            select(ResidentHistory).where(ResidentHistory.is_latest, ResidentHistory.name.contains("𠮷男"))
        ).all()
        assert [person.name for person in people] == [name]

    clerk.page.goto(office.address)
    find(clerk, name)
    clerk.go("Enter", r"/residents/")
    clerk.check_screen("resident-moved-in")
    clerk.go("F2", r"/households/")
    clerk.go("F4", CERTIFICATE)
    paper = words(hand_over(clerk))
    for written in ("渡邉󠄏　𠮷男", "渡邉󠄏　﨑子", "渡邉󠄏　葛󠄂葉", "渡邉󠄏　辻󠄃之介"):
        assert written in paper, paper


def complete(clerk: Desk) -> None:
    """What the file of another municipality cannot know."""
    filled = {"moved_on": "R8.11.20", "notified_on": "R8.11.24", "notifier": "渡邉󠄏　𠮷男"}
    for name, value in filled.items():
        field = clerk.page.locator(f"#{name}")
        if not field.input_value():
            field.focus()
            clerk.write(value)
    if not clerk.page.locator("#town").input_value():
        clerk.page.locator("#town").focus()
        clerk.press("Alt+A")
        clerk.write("カ カ ホ")
        expect(clerk.page.locator("#address-candidates button").first).to_be_visible()
        clerk.press("Enter", "Enter")
    if not clerk.page.locator("#lot").input_value():
        clerk.page.locator("#lot").focus()
        clerk.write("8番3号")


def confirm_alerts(desk: Desk) -> None:
    """Tick every alert and say why."""
    for box in desk.page.locator("main form input[type=checkbox]:visible").all():
        if not box.is_checked():
            box.focus()
            desk.press("Space")
    for reason in desk.page.locator(
        "main form#entry input[type=text]:visible, main form#approval input[type=text]:visible"
    ).all():
        if not reason.input_value():
            reason.focus()
            desk.write("書類で確かめた")


def test_a_crash_and_a_timeout_lose_nothing(desks: Desks, office: Office) -> None:
    clerk = desks()
    clerk.log_in("madoguchi2")
    clerk.go("F4", r"/move-in$")
    clerk.go("F10", r"/move-in/[\w-]+$")
    case_url = clerk.page.url
    clerk.page.locator("#members-0-name").focus()
    clerk.write("辻󠄂　途中")
    clerk.press("Enter")
    expect(clerk.page.locator("#line")).to_contain_text("下書き保存")
    clerk.page.close()  # the browser crashed
    clerk.page = clerk.page.context.new_page()
    clerk.page.goto(case_url)
    assert clerk.page.locator("#members-0-name").input_value() == "辻󠄂　途中"
    # The clerk goes on, is called away, and sends the form after the login has ended.
    clerk.page.locator("#members-0-name_kana").focus()
    clerk.write("ツジ　トチュウ")
    office.clock.advance(hours=2)
    try:
        with clerk.page.expect_navigation(url=re.compile("/login")):
            clerk.press("Alt+S")
        text = clerk.page.locator("body").inner_text()
        assert "ログアウト" in text and "保管" in text
        clerk.check_screen("login-after-timeout")
        clerk.write("madoguchi2")
        clerk.press("Enter")
        clerk.write("mizube-no-shirasagi")
        clerk.go("Enter", r"/resume")
        clerk.check_screen("resume")
        clerk.go("F10", r"/move-in/")
        clerk.page.goto(case_url)
        assert clerk.page.locator("#members-0-name_kana").input_value() == "ツジ　トチュウ"
        assert clerk.page.locator("#members-0-name").input_value() == "辻󠄂　途中"
    finally:
        office.clock.advance(hours=-2)
