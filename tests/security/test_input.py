"""Attacks with what is sent: formulas, control characters, numbers no database holds, markup, wildcards, ways out."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from residentapp.admin.audit_views import _cell
from residentapp.core.access.permissions import Permission
from residentapp.core.audit.models import AuditEntry
from residentapp.core.check_digits import valid_individual_number
from residentapp.core.db import Database
from residentapp.residents.search import index
from tests.conftest import Login
from tests.residents.move_in.cases import individual_number
from tests.support import residents
from tests.support.clock import SettableClock
from tests.support.masters import make_masters
from tests.support.users import PASSWORD, TERMINAL_CODE, Browser, make_user

EVERYTHING = tuple(Permission)


@pytest.mark.parametrize(
    "begin", ["=", "+", "-", "@", "\t=", "\r", "\n", "＝", "＋", "－", "＠", " =", "\u3000@"]
)
def test_no_cell_of_an_export_is_a_formula(begin: str) -> None:
    assert _cell(f"{begin}HYPERLINK()") == f"'{begin}HYPERLINK()"
    assert _cell("令和8年=11月") == "令和8年=11月"


@pytest.mark.requirement("CM-7", partial=True)
def test_numbers_that_no_row_has_are_no_such_page_in_every_address(login: Login, app: Flask) -> None:
    browser = login(*EVERYTHING)
    tried = 0
    for rule in app.url_map.iter_rules():
        if "<int:" not in rule.rule or "GET" not in (rule.methods or ()):
            continue
        for number in (2**31, 2**63, 10**40):
            path = rule.rule
            for name in rule.arguments:
                path = path.replace(f"<int:{name}>", str(number)).replace(f"<{name}>", "x")
            assert browser.get(path).status_code == 404, path
            tried += 1
    assert tried > 20
    assert browser.get("/admin/log?page=" + "9" * 40).status_code == 200


@pytest.mark.requirement("CM-7", partial=True)
@pytest.mark.parametrize("number", ["9" * 5000, "²", "99999999999", "-1", "", "x"])
def test_numbers_in_forms_break_nothing(login: Login, number: str) -> None:
    browser = login(*EVERYTHING)
    assert browser.post("/admin/roles", data={"role": number, "mark": f"{number}:x"}).status_code == 303
    user = {"name": "名", "login": "x", "department_id": number, "version": number}
    assert browser.post("/admin/users/1", data=user).status_code == 422
    place = {"code": "T99", "name": "端末", "office_id": number, "printer_id": number}
    assert browser.post("/admin/places/terminals/new", data=place).status_code == 422


@pytest.mark.requirement("CM-7", partial=True)
def test_a_nul_character_is_refused_before_anything_reads_it(login: Login, client: Browser) -> None:
    browser = login(*EVERYTHING)
    assert browser.get("/residents/a%00b").status_code == 400
    assert browser.get("/addresses/buildings?q=a%00b").status_code == 400
    assert browser.post("/search", data={"name": "架空\x00"}).status_code == 400
    assert browser.post("/search", data={"name\x00": "架空"}).status_code == 400
    assert client.post("/login", data={"login": "a\x00", "password": "b"}).status_code == 400


@pytest.mark.requirement("CM-7", "RR-2.1.1", partial=True)
@pytest.mark.parametrize(
    "typed",
    [
        "%",
        "_",
        "架_",
        "架%",
        "\\",
        "' OR 1=1 --",
        '"; DROP TABLE resident_history; --',
        "*",
        "架* OR 空",
        'a" NEAR b',
    ],
)
@pytest.mark.parametrize("match", ["full", "prefix", "contains"])
def test_what_is_searched_is_text_and_nothing_else(
    login: Login, database: Database, typed: str, match: str
) -> None:
    with database.transaction() as session:
        make_masters(session)
        person = residents.resident(session, name="架空　太郎", address="架空県架空市本町一丁目2番3号")
        index.refresh(session, [person.addressee_number])
    browser = login(*EVERYTHING)
    for field in ("name", "kana", "address", "building", "relationship"):
        data = {field: typed, "name_match": match, "kana_match": match, "address_match": match}
        answer = browser.post("/search", data=data)
        if answer.status_code == 303:
            answer = browser.get(answer.headers["Location"])
            assert answer.status_code == 200
        else:
            assert answer.status_code == 422
        assert "架空　太郎" not in answer.text, field


@pytest.mark.requirement("CM-7", partial=True)
def test_markup_that_somebody_typed_is_shown_as_text(login: Login, database: Database) -> None:
    evil = "<script>alert(1)</script>"
    with database.transaction() as session:
        make_masters(session)
        number = residents.resident(session, name=evil, head_name=evil, building=evil).addressee_number
    browser = login(*EVERYTHING, name=evil)
    page = browser.get(browser.post("/residents/open", data={"addressee_number": number}).headers["Location"])
    assert page.status_code == 200 and evil not in page.text and "&lt;script&gt;" in page.text
    searched = browser.post("/search", data={"name": evil, "birth": evil})
    assert searched.status_code == 422 and evil not in searched.text
    assert evil not in browser.post("/characters", data={"text": evil}).text
    assert evil not in browser.get("/admin/log").text


@pytest.mark.requirement("CM-5", partial=True)
@pytest.mark.parametrize(
    "address",
    [
        "//evil.example/",
        "/%5Cevil.example/",
        "/%09/evil.example",
        "https://evil.example/",
        "/login?next=//evil.example",
    ],
)
def test_a_login_leads_nowhere_else(
    client: Browser, database: Database, clock: SettableClock, address: str
) -> None:
    with database.transaction() as session:
        make_user(session, Permission.RESIDENT_SEARCH, moment=clock())
    client.get(address)
    answer = client.post(
        "/login?next=//evil.example/",
        data={"login": "tanto", "password": PASSWORD, "terminal": TERMINAL_CODE, "next": "//evil.example"},
    )
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")


@pytest.mark.requirement("CM-6", partial=True)
def test_a_number_that_nobody_has_is_logged_and_個人番号_never(login: Login, database: Database) -> None:
    browser = login(*EVERYTHING)
    secret = individual_number(1001)
    assert valid_individual_number(secret)
    unknown = "1000000011"
    for typed in (secret, unknown, "1234567890"):
        browser.post("/search/command", data={"q": typed})
    with database.transaction() as session:
        rows = session.scalars(select(AuditEntry).where(AuditEntry.action == "住民検索")).all()
        assert len(rows) == 3 and all(row.screen == "コマンド欄" for row in rows)
        assert secret not in repr([row.details for row in rows])
