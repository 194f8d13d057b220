"""Home, help, fonts, and logging in."""

from __future__ import annotations

import re

from residentapp.core.access.permissions import Permission
from tests.scenarios.protected import Walk
from tests.scenarios.protected_cases.cases import case
from tests.support.clock import TEST_MOMENT
from tests.support.users import PASSWORD, TERMINAL_CODE, Browser, log_in, make_user


@case(
    "GET web.show_home", "GET web.show_help", "GET web.show_characters", "POST web.show_characters",
    "POST web.show_date_reading", "POST web.font_for_entry", "GET web.stay_awake", "POST web.save_draft",
    "GET web.health", "GET web.ready", "GET web.static", "GET web.font_file", "GET web.font_style",
)  # fmt: skip
def the_frame(walk: Walk) -> None:
    walk.get("/")
    walk.get("/help")
    for rule in walk.app.url_map.iter_rules():
        walk.get(f"/help/{rule.endpoint}")
    walk.get("/characters")
    walk.post("/characters", {"text": "白鷺　小夜"})
    walk.post("/dates/read", {"text": "S59.10.10", "field": "birth"})
    walk.post("/characters/font", {"text": "白鷺"})
    walk.get("/awake")
    walk.post("/drafts/unknown", {"address": "x"})
    walk.get("/healthz")
    walk.get("/readyz")
    walk.get("/static/app.js")
    page = walk.open_person(walk.family.members[0])
    [style] = re.findall(r'/fonts/[^"]+\.css', page.text)
    # The page's font holds the characters of the page, so it must not hold those of their address.
    token = style.rsplit("/", 1)[1].removesuffix(".css")
    with walk.app.app_context():
        from residentapp.core.web.context import services

        characters = "".join(services().web_fonts.characters(token))
    assert "夜" in characters and "隠" not in characters and "荘" not in characters
    walk.get(style)
    walk.get(f"/fonts/{token}.woff2")


@case("GET access.login", "POST access.login", "GET access.own_password", "POST access.own_password",
      "GET access.resume", "POST access.resume", "POST access.logout")  # fmt: skip
def login_and_out(walk: Walk) -> None:
    with walk.database.transaction() as session:
        other = make_user(
            session, Permission.RESIDENT_VIEW, login="other", name="架空　別人", moment=TEST_MOMENT
        )
        browser = walk.app.test_client()
        assert isinstance(browser, Browser)
        log_in(browser, session, other, moment=TEST_MOMENT)
    clerk, walk.browser = walk.browser, browser
    try:
        person = walk.open_person(walk.family.members[0]).request.path
        walk.get("/password")
        walk.post("/password", {"current": "x", "password": "y", "repeated": "z"})
        walk.follow(walk.get("/resume"))
        walk.post("/resume")
        walk.post("/logout")
        walk.follow(walk.get(person))
        walk.get("/login")
        sent = {"login": "other", "password": "wrong", "terminal": TERMINAL_CODE}
        assert walk.post("/login", sent).status_code == 401
        walk.follow(walk.post("/login", sent | {"password": PASSWORD}))
    finally:
        walk.browser = clerk
