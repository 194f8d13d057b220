"""The gate before every view: default deny, timeouts, CSRF, headers (CM-5, CM-7)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.routing import Rule

from residentapp.core.access import Permission, login_only, public, requires, requires_one_of, verify_url_map
from residentapp.core.access.declare import UndeclaredRoutes, declaration_of
from residentapp.core.access.guard import BACKGROUND_HEADER, PASSWORD_ENDPOINT, TERMINAL_COOKIE
from residentapp.core.access.models import HeldForm, LoginSession, User
from residentapp.core.audit.models import AuditEntry
from residentapp.core.db import Database
from tests.conftest import Login
from tests.support.clock import SettableClock
from tests.support.users import PASSWORD, TERMINAL_CODE, Browser, make_user

P = Permission
ALL = tuple(Permission)
FORM = {"login": "tanto", "password": PASSWORD, "terminal": TERMINAL_CODE}


def example(rule: Rule) -> str:
    """An address that the rule matches."""
    path = re.sub(r"<(?:int:)[^>]+>", "1", rule.rule)
    path = re.sub(r"<path:[^>]+>", "a/b", path)
    return re.sub(r"<[^>]+>", "abc", path)


def rules(app: Flask) -> Iterator[tuple[Rule, str, str]]:
    """Every rule with a method and an address."""
    for rule in app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) & {"GET", "POST", "PUT", "PATCH", "DELETE"}):
            yield rule, method, example(rule)


@pytest.fixture
def member(database: Database, clock: SettableClock) -> Database:
    with database.transaction() as session:
        make_user(session, moment=clock())
    return database


# ---- default deny


@pytest.mark.requirement("CM-5", partial=True)
def test_every_route_declares_who_may_use_it(app: Flask) -> None:
    verify_url_map(app)
    found = [declaration_of(app, rule.endpoint) for rule in app.url_map.iter_rules()]
    assert None not in found
    assert any(declaration is not None and declaration.permissions for declaration in found)


@pytest.mark.requirement("CM-5", partial=True)
def test_only_these_routes_are_open_to_everybody(app: Flask) -> None:
    """Adding one is a decision: put it on this list together with the reason."""
    open_to_all = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if (declaration := declaration_of(app, rule.endpoint)) is not None and declaration.public
    }
    assert {name for name in open_to_all if not name.endswith("static")} == {
        "access.login",  # the way in
        "web.health",  # says only that the process answers
        "web.ready",  # says only whether database and fonts answer
    }


@pytest.mark.requirement("CM-5", partial=True)
def test_without_login_every_other_route_leads_to_the_login(app: Flask, client: Browser) -> None:
    tried = 0
    for rule, method, path in rules(app):
        declaration = declaration_of(app, rule.endpoint)
        if declaration is None or declaration.public:
            continue
        response = client.open(path, method=method)
        assert (response.status_code, response.headers.get("Location")) == (303, "/login"), rule.rule
        tried += 1
    assert tried > 30


@pytest.mark.requirement("CM-5", partial=True)
def test_a_user_without_permissions_is_refused_everywhere_but_on_common_pages(
    app: Flask, login: Login
) -> None:
    browser = login()
    tried = 0
    for rule, method, path in rules(app):
        declaration = declaration_of(app, rule.endpoint)
        if declaration is not None and (declaration.permissions or declaration.one_of):
            assert browser.open(path, method=method).status_code == 403, rule.rule
            tried += 1
    assert tried > 20


@pytest.mark.requirement("CM-5", partial=True)
def test_all_permissions_but_the_one_demanded_are_not_enough(app: Flask, login: Login) -> None:
    wanted: dict[Permission, tuple[str, str]] = {}
    for rule, method, path in rules(app):
        declaration = declaration_of(app, rule.endpoint)
        if declaration is not None and len(declaration.permissions) == 1:
            wanted.setdefault(next(iter(declaration.permissions)), (method, path))
    assert P.ADMIN_USERS in wanted
    for number, (permission, (method, path)) in enumerate(wanted.items()):
        others = [item for item in ALL if item is not permission]
        browser = login(*others, login=f"user{number}")
        assert browser.open(path, method=method).status_code == 403, path


@pytest.mark.requirement("CM-5", partial=True)
def test_one_of_several_permissions_is_enough_and_none_is_not(app: Flask, login: Login) -> None:
    """Which they are is asked at each request; when there are none, nobody passes."""
    options: list[Permission] = []
    app.add_url_rule("/either", "either", requires_one_of(lambda: options)(lambda: "in"))
    verify_url_map(app)
    everybody = login(*ALL, login="all")
    assert everybody.get("/either").status_code == 403
    options += [P.MOVE_IN_APPROVE, P.MOVE_IN_ENTER]
    assert everybody.get("/either").text == "in"
    assert login(P.MOVE_IN_ENTER, login="one").get("/either").text == "in"
    others = [item for item in ALL if item not in options]
    assert login(*others, login="others").get("/either").status_code == 403


def test_a_route_without_declaration_stops_the_start_and_is_refused_all_the_same(
    app: Flask, login: Login
) -> None:
    app.add_url_rule("/forgotten", "forgotten", lambda: "secret")
    with pytest.raises(UndeclaredRoutes, match=r"/forgotten \(forgotten\)"):
        verify_url_map(app)
    response = login(*ALL).get("/forgotten")
    assert response.status_code == 403
    assert "secret" not in response.text


def test_declarations_are_read_through_wrappers_and_classes(app: Flask) -> None:
    assert declaration_of(app, None) is None
    assert declaration_of(app, "no.such") is None
    with pytest.raises(ValueError, match="login_only"):
        requires()

    @requires(P.RESIDENT_VIEW, P.RESIDENT_SEARCH)
    def view() -> str:
        return ""

    app.add_url_rule("/a", "a", view)
    app.add_url_rule("/b", "b", public(lambda: ""))
    app.add_url_rule("/c", "c", login_only(lambda: ""))
    declarations = [declaration_of(app, name) for name in ("a", "b", "c")]
    assert [(found.public, found.permissions) for found in declarations if found] == [
        (False, {P.RESIDENT_VIEW, P.RESIDENT_SEARCH}),
        (True, frozenset()),
        (False, frozenset()),
    ]


@pytest.mark.requirement("CM-6", partial=True)
def test_what_is_refused_is_logged(database: Database, login: Login) -> None:
    login(P.RESIDENT_SEARCH).get("/admin/users")
    with database.sessions() as session:
        row = session.scalars(select(AuditEntry).where(AuditEntry.action == "権限のない操作")).one()
    assert (row.log, row.actor_login, row.succeeded) == ("event", "tanto", False)
    assert row.details == {"画面": "admin.list_users", "足りない権限": ["利用者の管理"]}
    assert row.request_id


def test_an_address_that_does_not_exist_is_not_found_before_and_after_login(
    client: Browser, login: Login
) -> None:
    assert client.get("/no/such/page").status_code == 404
    response = login().get("/no/such/page")
    assert response.status_code == 404
    assert "架空　担当" in response.text


# ---- login, logout, terminals


@pytest.mark.requirement("CM-5", "RR-1.3.1", partial=True)
def test_login_returns_to_the_page_asked_for_and_remembers_the_terminal(
    member: Database, client: Browser
) -> None:
    assert client.get("/help?a=1").status_code == 303
    response = client.post("/login", data=FORM)
    assert (response.status_code, response.headers["Location"]) == (303, "/help?a=1")
    cookie = client.get_cookie(TERMINAL_COOKIE)
    assert cookie is not None
    assert (cookie.value, cookie.http_only, cookie.same_site) == (TERMINAL_CODE, True, "Strict")
    assert client.get("/").status_code == 200
    # Once used, the way back is forgotten.
    client.post("/logout")
    assert client.post("/login", data=FORM).headers["Location"] == "/"


@pytest.mark.parametrize("path", ["//evil.example/x", "/\\evil.example", "https://evil.example/"])
def test_the_way_back_never_leads_to_another_host(member: Database, client: Browser, path: str) -> None:
    with client.session_transaction() as cookie:
        cookie["return_to"] = path
    assert client.post("/login", data=FORM).headers["Location"] == "/"


@pytest.mark.requirement("CM-5", partial=True)
def test_a_session_begun_before_the_login_is_not_taken_over(member: Database, client: Browser) -> None:
    """Session fixation: what somebody planted in the browser is gone, and the token is new."""
    with client.session_transaction() as cookie:
        cookie["_user_id"] = "planted"
        cookie["planted"] = "yes"
    client.post("/login", data=FORM)
    with client.session_transaction() as cookie:
        assert "planted" not in cookie
        assert cookie["_user_id"] != "planted"
        first = cookie["_user_id"]
    client.post("/logout")
    client.post("/login", data=FORM)
    with client.session_transaction() as cookie:
        assert cookie["_user_id"] != first


@pytest.mark.requirement("CM-5", partial=True)
def test_after_logout_the_old_cookie_is_worth_nothing(member: Database, client: Browser) -> None:
    client.post("/login", data=FORM)
    with client.session_transaction() as cookie:
        kept = dict(cookie)
    client.post("/logout")
    with client.session_transaction() as cookie:
        cookie.update(kept)
    response = client.get("/")
    assert (response.status_code, response.headers["Location"]) == (303, "/login")
    with member.sessions() as session:
        assert session.scalars(select(LoginSession.end_reason)).all() == ["logout"]


def test_a_failed_login_says_so_with_401_and_keeps_the_name(member: Database, client: Browser) -> None:
    response = client.post("/login", data=FORM | {"password": "wrong"})
    assert response.status_code == 401
    assert "利用者IDかパスワードが違います" in response.text
    assert 'value="tanto"' in response.text
    assert "wrong" not in response.text
    assert client.post("/login", data=FORM | {"password": ""}).status_code == 422
    assert client.post("/login", data=FORM | {"terminal": "T99"}).status_code == 401


def test_who_is_logged_in_does_not_see_the_login_page_again(member: Database, client: Browser) -> None:
    client.post("/login", data=FORM)
    assert client.get("/login").headers["Location"] == "/"


def test_a_password_set_by_an_administrator_must_be_changed_first(
    member: Database, client: Browser, app: Flask
) -> None:
    with member.transaction() as session:
        session.scalars(select(User)).one().must_change_password = True
    client.post("/login", data=FORM)
    with app.test_request_context():
        password = app.url_for(PASSWORD_ENDPOINT)
    assert client.get("/").headers["Location"] == password
    assert client.get(password).status_code == 200
    changed = client.post(
        password,
        data={"current": PASSWORD, "password": "kawara-no-tanuki", "repeated": "kawara-no-tanuki"},
    )
    assert changed.headers["Location"] == "/"
    assert client.get("/").status_code == 200


# ---- running out


@pytest.mark.requirement("CM-5", partial=True)
@pytest.mark.parametrize(("minutes", "seconds", "status"), [(14, 59, 200), (15, 0, 303), (15, 1, 303)])
def test_a_screen_left_alone_is_closed_after_fifteen_minutes(
    login: Login, clock: SettableClock, minutes: int, seconds: int, status: int
) -> None:
    browser = login()
    assert browser.get("/help").status_code == 200
    clock.advance(minutes=minutes, seconds=seconds)
    response = browser.get("/help")
    assert response.status_code == status
    if status == 303:
        assert "しばらく操作がなかったため" in browser.get("/login").text


def test_after_the_timeout_one_is_back_on_the_same_page(
    member: Database, client: Browser, clock: SettableClock
) -> None:
    client.post("/login", data=FORM)
    clock.advance(minutes=20)
    assert client.get("/help").headers["Location"] == "/login"
    assert client.post("/login", data=FORM).headers["Location"] == "/help"


@pytest.mark.requirement("CM-5", partial=True)
def test_what_was_sent_too_late_is_kept_encrypted_and_can_be_sent_again(
    member: Database, client: Browser, clock: SettableClock
) -> None:
    client.post("/login", data=FORM)
    clock.advance(minutes=20)
    sent = {"text": "令和8年4月1日", "field": "other", "memo": '"><b>辻\U000e0102', "new_password": "x"}
    assert client.post("/dates/read", data=sent).headers["Location"] == "/login"
    assert "入力は保管しています" in client.get("/login").text
    with member.sessions() as session:
        held = session.scalars(select(HeldForm)).one()
        assert "令和".encode() not in held.fields
    assert client.post("/login", data=FORM).headers["Location"] == "/resume"
    page = client.get("/resume").text
    assert 'action="/dates/read"' in page
    assert 'name="text" value="令和8年4月1日"' in page
    assert 'value="&#34;&gt;&lt;b&gt;辻\U000e0102"' in page
    assert "new_password" not in page
    # Seen but not yet sent: still there.
    assert client.get("/resume").status_code == 200
    assert client.post("/dates/read", data=sent | {"_resumed": "1"}).status_code == 200
    assert client.get("/resume").status_code == 303
    with member.sessions() as session:
        assert session.scalars(select(HeldForm)).all() == []


def test_kept_fields_are_for_their_sender_only_and_not_for_ever(
    member: Database, client: Browser, app: Flask, login: Login, clock: SettableClock
) -> None:
    client.post("/login", data=FORM)
    clock.advance(minutes=20)
    client.post("/dates/read", data={"text": "令和8年4月1日"})
    other = login(login="other")
    assert other.get("/resume").status_code == 303
    clock.advance(hours=12, seconds=1)
    assert client.post("/login", data=FORM).headers["Location"] == "/"


def test_kept_fields_can_be_thrown_away(member: Database, client: Browser, clock: SettableClock) -> None:
    client.post("/login", data=FORM)
    clock.advance(minutes=20)
    client.post("/dates/read", data={"text": "令和8年4月1日"})
    client.post("/login", data=FORM)
    assert client.post("/resume").headers["Location"] == "/"
    assert client.get("/resume").headers["Location"] == "/"


def test_a_stranger_cannot_have_anything_kept(member: Database, client: Browser) -> None:
    assert client.post("/dates/read", data={"text": "令和8年4月1日"}).status_code == 303
    with member.sessions() as session:
        assert session.scalars(select(HeldForm)).all() == []


def test_what_a_page_asks_for_by_itself_is_answered_for_scripts_and_does_not_keep_the_session_alive(
    login: Login, clock: SettableClock
) -> None:
    browser = login()
    clock.advance(minutes=10)
    background = {BACKGROUND_HEADER: "1"}
    assert browser.post("/dates/read", data={"text": "R8.4.1"}, headers=background).status_code == 200
    clock.advance(minutes=5)
    late = browser.post("/dates/read", data={"text": "R8.4.1"}, headers=background)
    assert late.status_code == 401
    assert late.get_json()["to_do"]
    styles = browser.get("/fonts/abc.css", headers={"Sec-Fetch-Mode": "no-cors"})
    assert styles.status_code == 401
    with browser.session_transaction() as cookie:
        assert "return_to" not in cookie


# ---- CSRF and headers


@pytest.mark.requirement("CM-7", partial=True)
def test_no_change_without_a_token(app: Flask, login: Login, client: Browser) -> None:
    browser = login(*ALL)
    tried = 0
    for rule, method, path in rules(app):
        if method != "GET":
            assert browser.open(path, method=method, csrf=False).status_code == 400, rule.rule
            tried += 1
    assert tried > 10
    assert client.post("/login", data=FORM, csrf=False).status_code == 400


@pytest.mark.requirement("CM-7", partial=True)
def test_a_token_of_another_session_is_refused(login: Login) -> None:
    mine, other = login(), login(login="other")
    token = re.search(r'name="csrf-token" content="([^"]+)"', other.get("/").text)
    mine.get("/")
    assert token is not None
    response = mine.post("/logout", csrf=False, headers={"X-CSRFToken": token[1]})
    assert response.status_code == 400


@pytest.mark.requirement("CM-7", partial=True)
@pytest.mark.parametrize("path", ["/", "/login", "/healthz", "/no/such", "/static/app.css"])
def test_every_answer_carries_the_security_headers(login: Login, path: str) -> None:
    headers = login().get(path).headers
    policy = dict(part.split(" ", 1) for part in headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == "'self'"
    assert policy["script-src"] == "'self'"
    assert policy["style-src"] == "'self'"
    assert policy["font-src"] == "'self'"
    assert policy["frame-ancestors"] == "'none'"
    assert policy["object-src"] == "'none'"
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "Strict-Transport-Security" not in headers  # plain HTTP: a browser would ignore it


def test_over_tls_the_browser_is_told_to_stay_there(login: Login) -> None:
    headers = login().get("/", base_url="https://localhost").headers
    assert headers["Strict-Transport-Security"].startswith("max-age=31536000")


@pytest.mark.requirement("CM-7", partial=True)
def test_pages_are_not_kept_by_the_browser_but_style_sheets_may_be(login: Login) -> None:
    browser = login()
    for path in ("/", "/password", "/no/such", "/login"):
        assert browser.get(path).headers["Cache-Control"] == "no-store", path
    assert "no-store" not in browser.get("/static/app.css").headers["Cache-Control"]


@pytest.mark.requirement("CM-7", partial=True)
def test_cookies_are_out_of_reach_of_scripts_and_other_sites(member: Database, client: Browser) -> None:
    response = client.post("/login", data=FORM)
    cookies = response.headers.getlist("Set-Cookie")
    assert len(cookies) == 2
    for cookie in cookies:
        assert "HttpOnly" in cookie
        assert re.search("SameSite=(Lax|Strict)", cookie)


@pytest.mark.requirement("CM-7", partial=True)
def test_no_page_of_ours_holds_inline_script_or_style(app: Flask, login: Login) -> None:
    browser = login(*ALL)
    seen = 0
    for rule, method, path in rules(app):
        if method != "GET":
            continue
        response = browser.get(path)
        if response.mimetype != "text/html" or response.status_code != 200:
            continue
        seen += 1
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", response.text), rule.rule
        assert not re.search(r"<script(?![^>]*\ssrc=)", response.text), rule.rule
    assert seen > 10


def test_services_are_reached_without_a_login(client: Browser) -> None:
    health: Any = client.get("/healthz").get_json()
    assert health["status"] == "ok"
