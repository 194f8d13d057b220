"""The search screen in a browser without scripts: results, pages, opening, history, command box, addresses."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from residentapp.core.access.permissions import Permission
from residentapp.core.audit.models import AuditEntry
from residentapp.core.crypto import Keyring
from residentapp.core.dates import DateValue
from residentapp.core.db import Database
from residentapp.core.numbering import INDIVIDUAL_NUMBER, RESIDENT_CODE
from residentapp.residents.search import index, queries
from residentapp.residents.types import ChangeReason, ResidentKind, ResidentState, Sex
from tests.conftest import Login
from tests.support import residents
from tests.support.masters import make_masters
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


# ---- every key of the standard, as a clerk types it


@pytest.fixture
def sought(database: Database, keyring: Keyring) -> dict[str, str]:
    """Three people with everything that can be searched for, and one with nothing of it; 宛名番号 by name."""
    numbers: dict[str, bytes] = {}
    for name, text, context in (
        ("individual_number", "123456789018", INDIVIDUAL_NUMBER),
        ("resident_code", "12345678901", RESIDENT_CODE),
    ):
        numbers[f"{name}_hash"] = keyring.lookup_hash(text, context=context)
        numbers[f"{name}_cipher"] = keyring.encrypt(text, context=context)
    with database.transaction() as session:
        make_masters(session)
        wife = residents.resident(
            session, name="目当　花子", name_kana="メアテ　ハナコ", former_name="旧姓", former_name_kana="キュウセイ",
            sex=Sex.FEMALE, relationship_to_head="妻", birth_date=DateValue.of(dt.date(1990, 2, 28)),
            address="架空県架空市緑町三丁目4番5号", building="メゾン緑405号室", address_code="99101007003", **numbers,
        )  # fmt: skip
        other = residents.resident(
            session, resident_kind=ResidentKind.FOREIGN, name="金　英玉", name_kana="キム　ヨンオク",
            name_alphabet="KIM YEONG OK", alias="金田　栄子", alias_kana="カネダ　エイコ",
            residence_card_number="AB12345678CD", special_permanent_number="GH1234567",
        )  # fmt: skip
        dead = residents.resident(session, name="故人　一郎", name_kana="コジン　イチロウ")
        died = residents.change(session, ChangeReason.DEATH)
        dead = residents.next_snapshot(session, dead, died, state=ResidentState.DEAD, removal_reason="死亡")
        plain_one = residents.resident(session, name="別人　次郎", name_kana="ベツジン　ジロウ")
        people = [wife, other, dead, plain_one]
        index.refresh(session, [person.addressee_number for person in people])
        found = {person.name or "": person.addressee_number for person in people}
        return found | {"世帯": wife.household_number}


#: What is typed for each key of RR-2.1.3a, and whom it finds. A name stands for its 宛名番号.
KEYS: dict[str, tuple[dict[str, str], str]] = {
    "氏名（漢字）": ({"name": "目当"}, "目当　花子"),
    "氏名（アルファベット）": ({"name": "KIM YEONG"}, "KIM YEONG OK"),
    "旧氏": ({"name": "旧姓", "name_scope": "former_name"}, "目当　花子"),
    "通称": ({"name": "金田", "name_scope": "alias"}, "KIM YEONG OK"),
    "氏名のフリガナ": ({"kana": "メアテ"}, "目当　花子"),
    "旧氏のフリガナ": ({"kana": "キュウセイ", "name_scope": "former_name"}, "目当　花子"),
    "通称のフリガナ": ({"kana": "カネダ", "name_scope": "alias"}, "KIM YEONG OK"),
    "生年月日（和暦）": ({"birth": "平成2年2月28日"}, "目当　花子"),
    "生年月日（西暦）": ({"birth": "1990-02-28"}, "目当　花子"),
    "性別": ({"sex": "female"}, "目当　花子"),
    "続柄": ({"relationship": "妻"}, "目当　花子"),
    "住所": ({"address": "緑町3-4-5"}, "目当　花子"),
    "住所コード": ({"address_code": "99101007003"}, "目当　花子"),
    "方書": ({"building": "メゾン緑"}, "目当　花子"),
    "宛名番号": ({"addressee_number": "目当　花子"}, "目当　花子"),
    "世帯番号": ({"household_number": "世帯"}, "目当　花子"),
    "消除した事由": ({"removal_reason": "D03", "states": "all"}, "故人　一郎"),
    "個人番号": ({"individual_number": "123456789018"}, "目当　花子"),
    "住民票コード": ({"resident_code": "12345678901"}, "目当　花子"),
    "在留カード番号": ({"residence_card_number": "AB12345678CD"}, "KIM YEONG OK"),
    "特別永住者証明書番号": ({"special_permanent_number": "GH1234567"}, "KIM YEONG OK"),
}
NAMES = ("目当　花子", "KIM YEONG OK", "故人　一郎", "別人　次郎")


def shown_names(page: str) -> list[str]:
    table = page.partition('aria-labelledby="result-title"')[2].partition("</table>")[0]
    return [name for name in NAMES if name in table]


@pytest.mark.requirement("RR-2.1.3a")
def test_each_key_of_the_standard_finds_on_the_screen(login: Login, sought: dict[str, str]) -> None:
    browser = login(*Permission)
    for key, (asked, wanted) in KEYS.items():
        typed = {name: sought.get(value, value) for name, value in asked.items() if name != "name"}
        typed |= {name: value for name, value in asked.items() if name == "name"}
        assert shown_names(search(browser, **typed).text) == [wanted], key


@pytest.mark.requirement("RR-2.1.3c")
def test_conditions_go_together_with_periods_parts_and_blanks(login: Login, sought: dict[str, str]) -> None:
    """Several at once; a period in either calendar; a part in the middle of an item; items without data."""
    browser = login(*Permission)
    parts = {"name": "当", "name_match": "contains", "address": "町3-4", "address_match": "contains"}
    for period in (
        {"birth": "H2.2.1", "birth_to": "H2.2.28"},
        {"birth": "1990-02-01", "birth_to": "1990-02-28"},
    ):
        assert shown_names(search(browser, **parts, **period, sex="female").text) == ["目当　花子"]
        assert shown_names(search(browser, **parts, **period, sex="male").text) == []
    for period in (
        {"birth": "H2.3.1", "birth_to": "H2.12.31"},
        {"birth": "1990-03-01", "birth_to": "1990-12-31"},
    ):
        assert shown_names(search(browser, **parts, **period).text) == []
    without = search(browser, empty="former_name", kana="ツジン", kana_match="contains")
    assert shown_names(without.text) == ["別人　次郎"]
    assert shown_names(search(browser, empty="former_name", name="目当").text) == []
