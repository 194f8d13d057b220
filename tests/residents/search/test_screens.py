"""The search screen in a browser without scripts: results, pages, opening, history, command box, addresses."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from residentapp.core.access.permissions import Permission
from residentapp.core.audit.models import AuditEntry
from residentapp.core.db import Database
from residentapp.residents.search import index, queries
from tests.conftest import Login
from tests.support import residents
from tests.support.users import Browser

SEARCH = (Permission.RESIDENT_SEARCH, Permission.RESIDENT_VIEW)


@pytest.fixture
def town(database: Database) -> dict[str, str]:
    """Three people, one of them protected; 宛名番号 by name."""
    with database.transaction() as session:
        made = [
            residents.resident(session, name="佐藤　花子", name_kana="サトウ　ハナコ"),
            residents.resident(session, name="佐藤　一郎", name_kana="サトウ　イチロウ"),
            residents.resident(
                session, name="佐藤　守", name_kana="サトウ　マモル", address="架空県架空市秘町9番"
            ),
        ]
        residents.protect(session, made[2])
        index.refresh(session, [person.addressee_number for person in made])
        return {person.name or "": person.addressee_number for person in made}


def search(browser: Browser, **fields: str) -> Any:
    answer = browser.post("/search", data=fields)
    assert answer.status_code == 303, answer.text
    return browser.get(answer.location)


def plain(text: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text))


def test_results_in_columns(login: Login, town: dict[str, str]) -> None:
    page = search(login(*SEARCH), name="佐藤")
    heads = re.findall(r'<th scope="col">([^<]+)</th>', page.text)
    assert heads == ["氏名", "フリガナ", "生年月日", "性別", "住所", "続柄", "状態", "世帯"]
    rows = [plain(row) for row in re.findall(r"<tr.*?</tr>", page.text, re.S)[1:]]
    assert [row.split()[1] for row in rows] == ["一郎", "花子", "守"]
    assert "昭和55年5月5日" in rows[0] and "本町一丁目2番3号" in rows[0] and "3件" in plain(page.text)


@pytest.mark.requirement("CM-5.1", partial=True)
def test_the_page_tells_nothing_of_a_protected_persons_whereabouts(
    login: Login, town: dict[str, str]
) -> None:
    browser = login(*SEARCH)
    page = search(browser, name="佐藤守")
    assert "支援措置" in page.text and "表示できません" in page.text
    assert "秘町" not in page.text
    page = search(browser, address="秘町")
    assert "条件に合う人はいません" in page.text and "佐藤" not in page.text
    responsible = login(*SEARCH, Permission.SUPPRESSED_VIEW, login="shien")
    assert "秘町9番" in search(responsible, name="佐藤守").text


def test_nothing_personal_in_addresses_titles_and_cookies(login: Login, town: dict[str, str]) -> None:
    browser = login(*SEARCH)
    answer = browser.post("/search", data={"name": "佐藤", "addressee_number": ""})
    assert re.fullmatch(r"/search/[\w-]{20,}", urlsplit(answer.location).path)
    assert urlsplit(answer.location).query == ""
    page = browser.get(answer.location)
    [title] = re.findall(r"<title>(.*?)</title>", page.text)
    assert "佐藤" not in title
    for link in re.findall(r'(?:href|action)="([^"]+)"', page.text):
        assert not any(number in link for number in town.values()), link
        assert "%E4%BD%90" not in link and "佐藤" not in link


def test_a_line_opens_the_person_and_the_household(login: Login, town: dict[str, str]) -> None:
    browser = login(*SEARCH)
    page = search(browser, name="佐藤花子")
    [person] = re.findall(r'href="(/search/[\w-]+/1/0)"', page.text)
    [home] = re.findall(r'href="(/search/[\w-]+/1/0/household)"', page.text)
    opened = browser.get(person, follow_redirects=True)
    assert opened.request.path.startswith("/residents/") and "サトウ" in opened.text
    opened = browser.get(home, follow_redirects=True)
    assert opened.request.path.startswith("/households/") and "花子" in opened.text
    assert browser.get(person.replace("/1/0", "/1/1")).status_code == 404
    assert browser.get(person.replace("/1/0", "/2/0")).status_code == 404


def test_somebody_elses_results_stay_closed(login: Login, town: dict[str, str]) -> None:
    answer = login(*SEARCH).post("/search", data={"name": "佐藤"})
    other = login(*SEARCH, login="other")
    assert other.get(answer.location).status_code == 404
    assert other.get(f"{answer.location}/1/0").status_code == 404


@pytest.mark.parametrize("limit", [1_000, 0], ids=["counted", "very many"])
def test_pages(login: Login, town: dict[str, str], monkeypatch: pytest.MonkeyPatch, limit: int) -> None:
    monkeypatch.setattr(queries, "PAGE_SIZE", 2)
    monkeypatch.setattr(queries, "READ_LIMIT", limit)
    browser = login(*SEARCH)
    answer = browser.post("/search", data={"kana": "サトウ"})
    first = browser.get(answer.location)
    assert "一郎" in plain(first.text) and "花子" in plain(first.text) and "守" not in plain(first.text)
    assert "3件" in plain(first.text) and "以上" not in plain(first.text)
    second = browser.get(f"{answer.location}?page=2")
    assert "守" in plain(second.text) and "花子" not in plain(second.text)
    again = browser.get(f"{answer.location}?page=1")
    assert "一郎" in plain(again.text)
    assert browser.get(f"{answer.location}?page=9").status_code == 302


def test_mistakes_come_back_with_what_was_typed(login: Login, town: dict[str, str]) -> None:
    browser = login(*SEARCH, Permission.ITEM_INDIVIDUAL_NUMBER)
    answer = browser.post(
        "/search", data={"name": "佐藤", "birth": "きのう", "individual_number": "123456789018"}
    )
    assert answer.status_code == 422
    assert 'value="佐藤"' in answer.text and 'value="きのう"' in answer.text
    assert "123456789018" not in answer.text
    answer = browser.post("/search", data={})
    assert answer.status_code == 422 and "条件を1つ以上" in answer.text
    answer = browser.post("/search", data={"individual_number": "12"})
    assert answer.status_code == 422 and "個人番号は12桁" in answer.text


def test_rights_of_the_screen(login: Login, town: dict[str, str]) -> None:
    nobody = login(Permission.MOVE_IN_ENTER, login="nobody")
    assert nobody.get("/search").status_code == 403
    assert nobody.post("/search", data={"name": "佐藤"}).status_code == 403
    plain_clerk = login(*SEARCH, login="plain")
    assert 'name="individual_number"' not in plain_clerk.get("/search").text
    assert plain_clerk.post("/search", data={"individual_number": "123456789018"}).status_code == 403
    finder = login(Permission.RESIDENT_SEARCH, login="finder")
    answer = finder.post("/search", data={"name": "佐藤"})
    assert finder.get(answer.location).status_code == 200
    assert finder.get(f"{answer.location}/1/0").status_code == 403


@pytest.mark.requirement("RR-2.1.1", partial=True)
def test_own_searches_again(login: Login, town: dict[str, str], database: Database) -> None:
    browser = login(*SEARCH)
    search(browser, name="佐藤", kana="イチ", kana_match="contains")
    page = browser.get("/search/history")
    assert "イチ（部分一致）" in plain(page.text)
    [run] = re.findall(r'action="(/search/history/\d+/run)"', page.text)
    again = browser.post(run, follow_redirects=True)
    assert "1件" in plain(again.text) and "一郎" in plain(again.text)
    [use] = re.findall(r'href="(/search/history/\d+)"', browser.get("/search/history").text)
    assert 'value="イチ"' in browser.get(use).text
    other = login(*SEARCH, login="other")
    assert other.get(use).status_code == 404
    assert other.post(run).status_code == 404
    browser.post("/search/history/forget")
    assert "まだ検索していません" in browser.get("/search/history").text


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("佐藤花子", "花子"),
        ("さとう", "守"),
        ("サトウ　イチロウ", "一郎"),
        ("S55.5.5", "花子"),
        ("昭和55年", "花子"),
    ],
)
def test_command_box_searches(login: Login, town: dict[str, str], typed: str, shown: str) -> None:
    page = login(*SEARCH).post("/search/command", data={"q": typed}, follow_redirects=True)
    assert page.request.path.startswith("/search/") and shown in plain(page.text)


def test_command_box_opens_numbers_and_functions(login: Login, town: dict[str, str]) -> None:
    browser = login(*SEARCH)
    number = town["佐藤　花子"]
    wide = number.translate(str.maketrans("0123456789", "０１２３４５６７８９"))
    page = browser.post("/search/command", data={"q": wide}, follow_redirects=True)
    assert page.request.path.startswith("/residents/") and "サトウ" in page.text
    wrong = number[:-1] + str((int(number[-1]) + 1) % 10)
    page = browser.post("/search/command", data={"q": wrong}, follow_redirects=True)
    assert "検査数字が合いません" in page.text
    page = browser.post("/search/command", data={"q": "けんさく"}, follow_redirects=True)
    assert page.request.path == "/search"
    assert browser.post("/search/command", data={"q": " "}).location == "/"
    stranger = login(Permission.MOVE_IN_ENTER, login="nobody")
    assert stranger.post("/search/command", data={"q": "佐藤"}).status_code == 403
    assert stranger.post("/search/command", data={"q": number}).status_code == 403


def test_each_page_shown_is_logged(login: Login, town: dict[str, str], database: Database) -> None:
    search(login(*SEARCH), name="佐藤")
    with database.transaction() as session:
        rows = _searches(session)
    assert [sorted(row.subjects) for row in rows] == [sorted(town.values())]


def _searches(session: Session) -> list[AuditEntry]:
    return list(session.scalars(select(AuditEntry).where(AuditEntry.action == "住民検索")))


def test_text_is_never_markup(login: Login, database: Database) -> None:
    with database.transaction() as session:
        made = residents.resident(session, name="<b>太</b>　郎", name_kana="フトシ　ロウ")
        index.refresh(session, [made.addressee_number])
    page = search(login(*SEARCH), kana="フトシ", name='<b>太"')
    assert "<b>太" not in page.text and "&lt;b&gt;太" in page.text
    page = search(login(*SEARCH, login="second"), kana="フトシ")
    assert "<b>太" not in page.text and "フトシ" in page.text


def test_help_is_there(login: Login) -> None:
    page = login(*SEARCH).get("/help/search.results")
    assert "前方一致" in page.text and "2.1.3" in page.text
