"""The screens of フリガナ: the list on the home page, notices and their papers, answers."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from residentapp.core.access.permissions import Permission
from residentapp.core.db import Database
from residentapp.residents.kana.models import KanaConfirmation
from residentapp.residents.kana.types import AnswerHow
from tests.conftest import Login
from tests.support import residents
from tests.support.clock import SettableClock
from tests.support.masters import make_masters
from tests.support.users import Browser

RIGHTS = (Permission.RESIDENT_VIEW, Permission.KANA_CONFIRM)


@pytest.fixture
def people(database: Database) -> list[str]:
    """宛名番号 of three people whose フリガナ is not confirmed."""
    with database.transaction() as session:
        make_masters(session)
        return [
            residents.resident(
                session, name=f"辻󠄂　{given}", name_kana=kana, name_kana_confirmed=False
            ).addressee_number
            for given, kana in (("一", "ツジ　ハジメ"), ("二", "ツジ　フタミ"), ("三", "ツジ　ミツ"))
        ]


def state_of(page: str) -> str:
    """Id of the list shown."""
    return re.findall(r"/kana/list/([\w-]+)/", page)[0]


def rows(database: Database) -> list[KanaConfirmation]:
    with database.transaction() as session:
        return list(session.scalars(select(KanaConfirmation).order_by(KanaConfirmation.id)))


def notify(browser: Browser, *places: int) -> str:
    """Make notices of these lines of the list; gives the address of the batch."""
    state = state_of(browser.get("/kana").text)
    sent = {"place": [str(place) for place in places], "answer_by": "R8.12.31"}
    return browser.post(f"/kana/list/{state}/notices", data=sent).headers["Location"]


@pytest.mark.requirement("RR-1.1.18", partial=True)
def test_from_the_home_page_to_the_papers(login: Login, database: Database, people: list[str]) -> None:
    browser = login(*RIGHTS)
    home = browser.get("/").text
    assert "フリガナの確認" in home and re.search(r'class="count">3<', home)
    page = browser.get("/kana").text
    assert (
        all(number not in page for number in people) and "ツジ　ハジメ" in page and "令和8年12月24日" in page
    )
    state = state_of(page)
    wrong = browser.post(f"/kana/list/{state}/notices", data={"place": ["0", "2"], "answer_by": "R8.11.25"})
    assert wrong.status_code == 422 and "KA-E011" in wrong.text and "R8.11.25" in wrong.text
    ticked = re.findall(r'name="place" value="(\d)"[^>]*?( checked)?>', wrong.text)
    assert ticked == [("0", " checked"), ("1", ""), ("2", " checked")]
    # The list that came back is the one it was sent from.
    assert state_of(wrong.text) == state
    for nobody in ([], ["9"], ["x"]):
        answer = browser.post(f"/kana/list/{state}/notices", data={"place": nobody, "answer_by": "R8.12.31"})
        assert answer.status_code == 422 and "KA-E032" in answer.text
    assert rows(database) == []
    unreadable = browser.post(f"/kana/list/{state}/notices", data={"place": ["0"], "answer_by": "あした"})
    assert unreadable.status_code == 422 and "あした" in unreadable.text
    batch = notify(browser, 0, 2)
    assert [row.kana for row in rows(database)] == ["ツジ　ハジメ", "ツジ　ミツ"]
    shown = browser.get(batch).text
    assert "ツジ　ミツ" in shown and "フタミ" not in shown and "未回答" in shown
    for paper in ("kana_notice", "kana_notice_list"):
        answer = browser.get(f"{batch}/{paper}.pdf")
        assert answer.mimetype == "application/pdf" and answer.data.startswith(b"%PDF")
    for missing in (f"{batch}/secrets.pdf", "/kana/batches/unknown", "/kana/batches/unknown/kana_notice.pdf"):
        assert browser.get(missing).status_code == 404
    assert re.search(r'class="count">1<', browser.get("/").text)
    assert batch.rsplit("/", 1)[1] in browser.get("/kana").text


def test_an_answer_is_entered_and_taken_back(login: Login, database: Database, people: list[str]) -> None:
    browser = login(*RIGHTS)
    notify(browser, 0)
    listed = browser.get("/kana?work=waiting").text
    person = browser.get(f"/kana/list/{state_of(listed)}/0").headers["Location"]
    page = browser.get(person).text
    assert "通知済" in page and 'value="ツジ　ハジメ"' in page and people[0] not in person
    wrong = browser.post(person, data={"item": "name", "how": "corrected", "kana": "つじ・はじめ"})
    assert wrong.status_code == 422 and "使えません" in wrong.text and "つじ・はじめ" in wrong.text
    done = browser.post(
        person, data={"item": "name", "how": "corrected", "kana": "ツジ　ハジム"}, follow_redirects=True
    )
    assert "回答を入力しました" in done.text and "回答済（記載待ち）" in done.text
    [row] = rows(database)
    assert (row.how, row.answer_kana) == (AnswerHow.CORRECTED, "ツジ　ハジム")
    [back] = re.findall(r'action="([^"]+/take-back)"', done.text)
    undone = browser.post(back, follow_redirects=True)
    assert "回答を取り消しました" in undone.text and "通知済" in undone.text
    assert browser.post(back).status_code == 404
    for odd in (
        {},
        {"item": "x", "how": "agreed", "kana": "ツジ"},
        {"item": "name", "how": "x", "kana": "ツジ"},
    ):
        assert browser.post(person, data=odd).status_code == 422
    assert browser.get(f"/kana/list/{state_of(listed)}/99").status_code == 404
    assert browser.get("/kana/list/unknown/0").status_code == 404


def test_hiragana_and_half_width_are_taken(login: Login, database: Database, people: list[str]) -> None:
    browser = login(*RIGHTS)
    person = browser.post("/residents/open", data={"addressee_number": people[1]}).headers["Location"]
    assert f"{person}/kana" in browser.get(person).text
    browser.post(f"{person}/kana", data={"item": "name", "how": "corrected", "kana": "つじ ﾌﾀﾐｰ"})
    assert [row.answer_kana for row in rows(database)] == ["ツジ　フタミー"]


@pytest.mark.requirement("RR-1.1.18", partial=True)
def test_after_the_term(login: Login, database: Database, people: list[str], clock: SettableClock) -> None:
    notify(login(*RIGHTS), 0, 1)
    clock.advance(days=38)
    browser = login(*RIGHTS, login="later")
    page = browser.get("/kana?work=overdue").text
    assert "ツジ　ハジメ" in page and "ツジ　フタミ" in page
    done = browser.post(
        f"/kana/list/{state_of(page)}/ex-officio", data={"place": ["1"]}, follow_redirects=True
    )
    assert "1人について、職権で記載することにしました" in done.text
    assert [row.how for row in rows(database)] == [None, AnswerHow.EX_OFFICIO]
    again = browser.post(f"/kana/list/{state_of(page)}/ex-officio", data={"place": ["1"]})
    assert again.status_code == 422 and "KA-E034" in again.text


@pytest.mark.requirement("RR-10.3b", partial=True)
def test_without_the_right(login: Login, people: list[str]) -> None:
    browser = login(Permission.RESIDENT_VIEW)
    assert "フリガナの確認" not in browser.get("/").text
    assert browser.get("/kana").status_code == 403
    person = browser.post("/residents/open", data={"addressee_number": people[0]}).headers["Location"]
    assert f"{person}/kana" not in browser.get(person).text
    assert browser.get(f"{person}/kana").status_code == 403


def test_addresses_of_the_list_may_say_anything(login: Login, people: list[str]) -> None:
    browser = login(*RIGHTS)
    for query in ("item=alias", "item=x&work=y", "page=0", "page=-1", "page=99999999999", "page=x"):
        assert browser.get(f"/kana?{query}").status_code == 200
