"""The screens of memos: write, change, delete, and the page of the resident with the history."""

from __future__ import annotations

import re

import pytest

from residentapp.core.access.permissions import Permission
from residentapp.core.db import Database
from residentapp.residents import history
from tests.conftest import Login
from tests.support import residents
from tests.support.users import Browser

RIGHTS = (Permission.RESIDENT_VIEW, Permission.MEMO_EDIT)


@pytest.fixture
def number(database: Database) -> str:
    with database.transaction() as session:
        return residents.resident(session).addressee_number


def open_person(browser: Browser, number: str) -> str:
    """The address of the person's page."""
    return browser.post("/residents/open", data={"addressee_number": number}).headers["Location"]


@pytest.mark.requirement("RR-1.1.15a", partial=True)
def test_a_memo_with_its_history_on_the_page_of_the_resident(login: Login, number: str) -> None:
    browser = login(*RIGHTS)
    person = open_person(browser, number)
    assert browser.get(f"{person}/memos/new").status_code == 200
    empty = browser.post(f"{person}/memos/new", data={"text": " "})
    assert empty.status_code == 422 and "メモが入力されていません" in empty.text
    browser.post(f"{person}/memos/new", data={"text": "左耳が遠い\r\n𠮷田医院"})
    page = browser.get(f"{person}/memos").text
    [memo] = re.findall(r"/memos/(\d+)\"", page)
    assert "左耳が遠い" in page and "𠮷田医院" in page and "架空　担当（tanto）" in page
    form = browser.get(f"{person}/memos/{memo}").text
    [seen] = re.findall(r'name="seen" value="([^"]*)"', form)
    sent = {"text": "右耳が遠い", "seen": seen}
    assert browser.post(f"{person}/memos/{memo}", data=sent).status_code == 303
    late = browser.post(f"{person}/memos/{memo}", data=sent | {"text": "両耳が遠い"})
    assert late.status_code == 422 and "先に変更しました" in late.text and "両耳が遠い" in late.text
    resident = browser.get(person).text
    assert "右耳が遠い" in resident and "左耳が遠い" in resident and "前の文 1" in resident
    for wrong in ("", "x", "9" * 30):
        assert browser.post(f"{person}/memos/{memo}", data={"text": "三", "seen": wrong}).status_code == 422
    gone = browser.post(
        f"{person}/memos/{memo}", data={"text": "", "seen": "2", "act": "delete"}, follow_redirects=True
    )
    assert "メモを消しました" in gone.text and "前の文 2" in gone.text
    assert f"/memos/{memo}" not in gone.text
    assert browser.get(f"{person}/memos/99").status_code == 404


@pytest.mark.requirement("RR-10.3b", partial=True)
def test_who_may_look_may_not_write(login: Login, number: str) -> None:
    browser = login(Permission.RESIDENT_VIEW)
    person = open_person(browser, number)
    page = browser.get(f"{person}/memos")
    assert page.status_code == 200 and "メモを書く" not in page.text
    for path in ("/memos/new", "/memos/1"):
        assert browser.post(f"{person}{path}", data={"text": "メモ"}).status_code == 403


@pytest.mark.requirement("CM-5.1", partial=True)
def test_memos_of_protected_people_are_closed(login: Login, database: Database, number: str) -> None:
    browser = login(*RIGHTS)
    person = open_person(browser, number)
    browser.post(f"{person}/memos/new", data={"text": "隠れ里荘にいる"})
    with database.transaction() as session:
        current = history.latest(session, number)
        assert current is not None
        residents.protect(session, current)
    assert "隠れ里" not in browser.get(person).text
    for path in ("/memos", "/memos/new", "/memos/1"):
        answer = browser.get(f"{person}{path}")
        assert answer.status_code == 403 and "隠れ里" not in answer.text
    assert browser.post(f"{person}/memos/new", data={"text": "書けない"}).status_code == 403
    officer = login(*RIGHTS, Permission.SUPPRESSED_VIEW, login="officer")
    assert "隠れ里荘にいる" in officer.get(open_person(officer, number)).text
