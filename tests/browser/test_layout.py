"""Every screen fits: 1280×800 without sideways scrolling, and at 200 % zoom all of it can still be read and used."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from residentapp.residents.models import ResidentHistory
from tests.browser.conftest import Desk, Office

pytestmark = [
    pytest.mark.browser,
    pytest.mark.usefixtures("wards"),
    pytest.mark.requirement("CM-8", partial=True),
]

#: 1280 CSS pixels at 200 % zoom leave room for 640.
SIZES = [(1280, 800), (640, 400)]

#: Screens that open without anything before them, by name.
PLAIN = {
    "home": "/",
    "search": "/search",
    "search-history": "/search/history",
    "characters": "/characters",
    "help": "/help",
    "help-search": "/help/search.start",
    "help-move-in": "/help/move_in.start",
    "password": "/password",
    "move-in": "/move-in",
    "move-in-columns": "/move-in/columns",
    "cases-waiting": "/cases/waiting",
    "cases-returned": "/cases/returned?whose=all",
    "cases-drafts": "/cases/drafts?whose=all",
    "help-cases": "/help/cases.waiting",
    "acceptances": "/notices/acceptance",
    "help-notices": "/help/notices.acceptances",
    "issue-history": "/certificates/history",
    "reading-copy": "/reading",
    "help-reading-copy": "/help/reading.enter",
    "help-cards": "/help/cards.show",
    "move-in-received": "/move-in/received",
    "changes": "/changes",
    "ex-officio": "/ex-officio",
    "head-notices": "/head-notices",
    "help-head-notices": "/help/head_notices.waiting",
    "help-code-notices": "/help/code_notices.of_case",
    "note-text-new": "/note-templates/new",
    "suppressions-by-number": "/support/find",
    "reviews": "/support/reviews",
    "own-reviews": "/support/reviews/own",
    "measures": "/support",
    "measures-ending": "/support/ending",
    "measures-passed": "/support/passed",
    "measures-closed": "/support/closed",
    "suppressed": "/support/suppressed",
    "move-out-due": "/move-out/due",
    "move-out-missing": "/move-out/missing",
    "move-out-notices": "/move-out/notices",
    "move-out-waiting": "/move-out/waiting",
    "immigration-notices": "/immigration/notices",
    "immigration-expiring": "/immigration/expiring",
    "immigration-sent": "/immigration/sent",
    "immigration-sent-errors": "/immigration/sent/errors",
    "district-kind-new": "/admin/masters/districts/kinds/new",
    "country-new": "/admin/masters/countries/new",
    "former-municipality-new": "/admin/masters/municipalities/new",
    "messages": "/messages",
    "messages-received": "/messages/inbox",
    "users": "/admin/users",
    "user-new": "/admin/users/new",
    "user": "/admin/users/1",
    "sessions": "/admin/sessions",
    "roles": "/admin/roles",
    "departments": "/admin/roles/departments",
    "places": "/admin/places",
    "place-new": "/admin/places/terminals/new",
    "masters": "/admin/masters",
    "municipality": "/admin/masters/municipality",
    "certifiers": "/admin/masters/certifiers",
    "seals": "/admin/masters/seals",
    "resident-codes": "/admin/masters/resident-codes",
    "eras": "/admin/masters/eras",
    "wording": "/admin/masters/wording",
    "wording-one": "/admin/masters/wording/resident_copy_household/certification_whole",
    "fees": "/admin/masters/fees",
    "fee": "/admin/masters/fees/resident_copy_household/paid",
    "keeping": "/admin/masters/keeping",
    "keeping-one": "/admin/masters/keeping/removed_record",
    "closed-days": "/admin/masters/closed-days",
    "closed-day-new": "/admin/masters/closed-days/new",
    "districts": "/admin/masters/districts",
    "polling-districts": "/admin/masters/districts/kinds/polling",
    "district": "/admin/masters/districts/1",
    "area-new": "/admin/masters/districts/1/areas/new",
    "towns": "/admin/masters/towns",
    "town": "/admin/masters/towns/98201013000",
    "town-new": "/admin/masters/municipalities/98201/towns/new",
    "lots-new": "/admin/masters/towns/98201013000/lots/new",
    "renumbering": "/admin/masters/towns/98201013000/renumbering",
    "countries": "/admin/masters/countries",
    "dictionary": "/admin/masters/dictionary",
    "external-characters": "/admin/masters/characters",
    "external-character-new": "/admin/masters/characters/new",
    "wards": "/admin/masters/wards",
    "ward-new": "/admin/masters/wards/new",
    "ward": "/admin/masters/wards/982024",
    "place-change": "/admin/places/terminals/1",
    "log": "/admin/log",
    "log-entry": "/admin/log/1",
    "buildings": "/addresses/buildings?town=98201020000",
    "kana": "/kana",
    "note-templates": "/note-templates",
    "note-template": "/note-templates/1",
    "not-found": "/unknown",
}
#: People whose pages are the hardest to fit: 150 letters, five generations, exact characters, unknown dates.
HARD = ("MARIA FERNANDA", "辻󠄂", "葛󠄂")


def assert_reachable(page: Page, name: str) -> None:
    """No action of the page is out of reach or covered by the bars at 200 %."""
    for action in page.locator("footer [data-key], .actions [data-key]").all()[:6]:
        if action.is_visible():
            action.scroll_into_view_if_needed()
            box = action.bounding_box()
            assert box is not None and box["x"] >= 0 and box["x"] + box["width"] <= 641, (
                f"{name}: an action is cut"
            )
    room = page.evaluate(
        "() => { const bar = document.querySelector('.actions'), head = document.querySelector('header');"
        " return innerHeight - (bar ? bar.offsetHeight : 0)"
        " - (head && getComputedStyle(head).position === 'sticky' ? head.offsetHeight : 0) }"
    )
    assert room >= 150, f"{name}: only {room} of 400 pixels are left for the work"


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}")
def test_plain_screens(all_rights: Desk, size: tuple[int, int]) -> None:
    desk = all_rights
    desk.page.set_viewport_size({"width": size[0], "height": size[1]})
    for name, path in PLAIN.items():
        answer = desk.page.goto(desk.address + path)
        assert answer is not None and answer.status == (404 if name == "not-found" else 200), name
        desk.check_screen(f"layout-{name}")
        if size[0] == 640:
            assert_reachable(desk.page, name)


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}")
def test_screens_of_people_who_are_hard_to_fit(
    all_rights: Desk, office: Office, size: tuple[int, int]
) -> None:
    desk = all_rights
    desk.page.set_viewport_size({"width": size[0], "height": size[1]})
    for place, name in enumerate(HARD):
        with office.database.transaction() as session:
            column = ResidentHistory.name_alphabet if name.isascii() else ResidentHistory.name
            query = select(ResidentHistory.addressee_number).where(
                ResidentHistory.is_latest, column.contains(name)
            )
            number = session.scalars(query.order_by(ResidentHistory.addressee_number)).first()
        assert number is not None, name
        desk.page.goto(desk.address)
        desk.press("/")
        desk.write(number)
        desk.go("Enter", "/residents/")
        desk.check_screen(f"layout-person-{place}")
        desk.go("F2", "/households/")
        desk.check_screen(f"layout-household-{place}")
        if size[0] == 640:
            assert_reachable(desk.page, name)
        desk.go("F4", "/certificates/")
        desk.check_screen(f"layout-certificate-{place}")
    desk.page.goto(f"{desk.address}/search")
    desk.write("A" if size[0] == 640 else "ア")
    desk.page.locator("#kana").fill("マリア")
    desk.page.locator("#name").fill("")
    desk.page.locator("#kana").press("Enter")
    expect(desk.page.locator("#result-title")).to_be_visible()
    desk.check_screen("layout-results")


def test_no_screen_of_the_menu_is_left_out(office: Office) -> None:
    """Whatever stands on the home page of somebody with all rights is among the screens above."""
    rules = {
        rule.endpoint: rule.rule for rule in office.app.url_map.iter_rules() if "GET" in (rule.methods or ())
    }
    fixed = {rule for rule in rules.values() if "<" not in rule}
    known = {path.partition("?")[0] for path in PLAIN.values()}
    answers_without_a_screen = {
        "/healthz", "/readyz", "/awake", "/addresses/postal-code", "/addresses/kana", "/addresses/prefectures",
        "/addresses/countries", "/move-out/notices.csv",
    }  # fmt: skip
    elsewhere = {
        "/login", "/resume", "/addresses/buildings", "/move-in/drafts", "/move-in/returned",
        "/admin/masters/certifiers/new", "/admin/masters/seals/new", "/messages/failed", "/messages/held",
        "/messages/inbox/errors",
    }  # fmt: skip
    assert sorted(fixed - known - answers_without_a_screen - elsewhere) == []
