"""Changes by 職権 through the client: entered, checked, approved by another, their papers printed."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from residentapp.core import numbering
from residentapp.core.access.permissions import Permission
from residentapp.core.crypto import Keyring
from residentapp.core.db import Database
from residentapp.residents import history
from residentapp.residents.search import index
from residentapp.residents.types import ResidentState
from tests.conftest import Login
from tests.residents.changes.conftest import APPROVE, ENTER, family_of_four
from tests.residents.changes.test_screens import begin, save, version
from tests.residents.move_in.conftest import make_town
from tests.support.documents import page_texts, squeezed
from tests.support.masters import make_masters
from tests.support.users import Browser


@pytest.fixture
def people(database: Database, app: Flask, keyring: Keyring) -> list[str]:
    """宛名番号 of a family of four in the register; free 住民票コード for whoever is new."""
    with database.transaction() as session:
        make_masters(session)
        make_town(session)
        numbering.stock_codes(
            session, keyring, [f"9000000{number:04d}" for number in range(9)], is_test_data=True
        )
        rows = family_of_four(session)
        index.refresh(session, [row.addressee_number for row in rows])
        return [row.addressee_number for row in rows]


def register(clerk: Browser, approver: Browser, url: str, check: str) -> str:
    """From the check page to the register; returns the page that tells of it."""
    alerts = re.findall(r'name="alert-reason:([^"]+)"', check)
    reasons = {f"alert-reason:{alert}": "届書で確かめた" for alert in alerts}
    sent = {"version": version(check), "act": "register", "alert": alerts, **reasons}
    answer = clerk.post(url + "/check", data=sent)
    assert answer.status_code == 303 and answer.headers["Location"] == "/", answer.text
    review = approver.get(url + "/review").text
    done = approver.post(url + "/approve", data={"version": version(review)}, follow_redirects=True)
    assert done.status_code == 200, done.text
    return done.text


def test_a_birth_from_the_mothers_page_to_the_papers(
    login: Login, people: list[str], database: Database
) -> None:
    clerk = login(*ENTER, login="clerk1")
    url = begin(clerk, people[1], "birth")
    page = clerk.get(url).text
    # The household of the mother is the one that is joined; 戸籍届出・通知日 is today.
    assert "入る世帯" in page and "架空　太郎" in page
    assert re.search(r'name="noticed_on"[^>]*value="令和8年11月24日"', page)
    [child] = re.findall(r'name="people-(p\d+)-name"', page)
    typed = {
        "moved_on": "R8.11.10",
        f"people-{child}-name": "架空　葵",
        f"people-{child}-name_kana": "カクウ　アオイ",
        f"people-{child}-sex": "female",
        f"people-{child}-relationship": "子",
        f"people-{child}-domicile_from": "p1",
    }
    filled = save(clerk, url, f"fill:people-{child}-domicile_from", **typed)
    assert 'value="架空県架空市本町一丁目2番"' in filled
    check = save(clerk, url, "check", **typed)
    assert "出生の確認" in check and "戸籍の届出・通知（令第12条第2項" in check
    assert "本登録のときに付番" in check and "仮登録する" in check

    approver = login(*APPROVE, login="approver1")
    done = register(clerk, approver, url, check)

    assert "出生を本登録しました" in done
    [papers] = set(re.findall(r'href="(/ex-officio/[\w-]+)"', done))
    page = approver.get(papers).text
    assert "令和8年第1号" in page and "架空　葵" in page and "戸籍届出・通知日" in page
    printed = clerk.post(papers + "/sheet", data={"change": "0"})
    assert printed.mimetype == "application/pdf"
    assert "架空葵" in squeezed("".join(page_texts(printed.data)))
    with database.transaction() as session:
        members = history.household_members(session, history.latest(session, people[0]).household_number)  # type: ignore[union-attr]
        assert [member.name for member in members][-1] == "架空　葵"


def test_what_is_missing_stands_beside_its_field(login: Login, people: list[str]) -> None:
    clerk = login(*ENTER, login="clerk1")
    url = begin(clerk, people[1], "birth")
    save(clerk, url, "save", moved_on="R8.11.10", cause="書いたもの")
    page = clerk.get(url + "?check=1").text
    assert "本籍が入力されていません。" in page and "氏名が入力されていません。" in page
    assert "書いたもの" in page


def test_a_death_with_the_household_that_is_left(login: Login, people: list[str], database: Database) -> None:
    clerk = login(*ENTER, login="clerk1")
    url = begin(clerk, people[0], "death")
    typed = {"moved_on": "令和8年11月10日頃から12日頃までの間", "people-p1-chosen": "1", "new_head": "p2"}
    page = save(clerk, url, "save", **typed)
    assert "残る人の続柄" in page
    check = save(clerk, url, "check", **typed)
    for text in ("消除（除票になる）", "令和8年11月10日頃から12日頃までの間", "世帯主変更", "架空　花子"):
        assert text in check
    done = register(clerk, login(*APPROVE, login="approver1"), url, check)
    assert "死亡を本登録しました" in done
    with database.transaction() as session:
        rows = [history.latest(session, number) for number in people]
        assert [row.state for row in rows if row] == [ResidentState.DEAD, *[ResidentState.RESIDENT] * 3]


def test_a_correction_shows_only_what_differs_and_keeps_the_rest(
    login: Login, people: list[str], database: Database
) -> None:
    clerk = login(*ENTER, login="clerk1")
    url = begin(clerk, people[0], "correct")
    page = clerk.get(url).text
    assert 'value="カクウ　タロウ"' in page and "法第30条の45の区分" not in page
    check = save(clerk, url, "check", subject="p1", moved_on="R8.11.18", **{"people-p1-name": "辻　太郎"})
    assert "職権修正・軽微な修正の確認" in check and "ほかの人の異動に伴う修正" in check
    assert "世帯主の氏名が変わります" in check
    compared = check[check.index("変更前") :]
    assert "辻　太郎" in compared and "生年月日</th>" not in compared
    register(clerk, login(*APPROVE, login="approver1"), url, check)
    with database.transaction() as session:
        rows = [history.latest(session, number) for number in people]
        assert {row.head_name for row in rows if row} == {"辻　太郎"}


def test_the_address_of_a_household_is_corrected_on_one_page(
    login: Login, people: list[str], database: Database
) -> None:
    clerk = login(*ENTER, login="clerk1")
    url = begin(clerk, people[2], "correct_address")
    page = clerk.get(url).text
    assert "正しい住所" in page and "架空県架空市本町一丁目2番3号" in page
    typed = {
        "moved_on": "R8.11.1", "treatment": "5", "town": "架空県架空市本町一丁目", "lot": "8番1号",
        "address_code": "98201001001",
    }  # fmt: skip
    check = save(clerk, url, "check", **typed)
    assert check.count("架空県架空市本町一丁目8番1号") >= 4
    register(clerk, login(*APPROVE, login="approver1"), url, check)
    with database.transaction() as session:
        rows = [history.latest(session, number) for number in people]
        assert {row.address for row in rows if row} == {"架空県架空市本町一丁目8番1号"}


def test_the_day_that_the_ground_asks_for(login: Login, people: list[str]) -> None:
    clerk = login(*ENTER, login="clerk1")
    url = begin(clerk, people[0], "remove_ex_officio")
    page = clerk.get(url).text
    assert re.search(r'data-basis="application"[^>]*hidden', page)
    page = save(clerk, url, "save", basis="application")
    assert not re.search(r'data-basis="application"[^>]*hidden', page)
    assert re.search(r'data-basis="register notice"[^>]*hidden', page)


# ---- the screens of the 職権記録書


def removed(login: Login, people: list[str]) -> tuple[Browser, str]:
    """The daughter was removed after a survey; returns the clerk and where the papers are."""
    clerk = login(*ENTER, login="clerk1")
    url = begin(clerk, people[3], "remove_ex_officio")
    typed = {
        "moved_on": "R8.11.16", "removal_cause": "absent", "cause": "実態調査で確かめた。", "people-p4-chosen": "1",
    }  # fmt: skip
    check = save(clerk, url, "check", **typed)
    done = register(clerk, login(*APPROVE, login="approver1"), url, check)
    [papers] = set(re.findall(r'href="(/ex-officio/[\w-]+)"', done))
    return clerk, papers


def test_the_day_list_says_which_notice_is_still_due(login: Login, people: list[str]) -> None:
    clerk, papers = removed(login, people)
    page = clerk.get("/ex-officio").text
    assert "令和8年第1号" in page and "未出力" in page and papers in page
    notice = clerk.post(papers + "/notice", data={"change": "0", "person": "0"})
    assert notice.mimetype == "application/pdf" and "架空" not in notice.headers["Content-Disposition"]
    page = clerk.get("/ex-officio").text
    assert "未出力" not in page and "出力済み" in page
    listed = clerk.post("/ex-officio/list", data={"day": "令和8年11月24日"})
    assert "令和8年第1号" in squeezed("".join(page_texts(listed.data)))
    other = clerk.post("/ex-officio", data={"day": "R8.11.23"})
    assert "この日に職権で処理した異動はありません" in other.text and other.status_code == 200


def test_what_cannot_be_read_or_found(login: Login, people: list[str]) -> None:
    clerk, papers = removed(login, people)
    answer = clerk.post("/ex-officio", data={"day": "11月の初め"})
    assert answer.status_code == 422 and "日付として読めません" in answer.text
    assert 'value="11月の初め"' in answer.text
    assert clerk.post("/ex-officio/list", data={"day": "11月の初め"}).status_code == 400
    assert clerk.get("/ex-officio/unknown").status_code == 404
    for data in ({}, {"change": "1"}, {"change": "-1"}, {"change": "0", "person": "5"}):
        assert clerk.post(papers + "/notice", data=data).status_code == 400


def test_who_may_look_at_it(login: Login, people: list[str]) -> None:
    _clerk, papers = removed(login, people)
    reader = login(Permission.RESIDENT_VIEW, Permission.CHANGE_ENTER, login="reader")
    assert reader.get("/ex-officio").status_code == 403
    assert reader.get(papers).status_code == 403
    assert reader.post(papers + "/sheet", data={"change": "0"}).status_code == 403
    assert reader.post("/ex-officio/list", data={"day": "R8.11.24"}).status_code == 403


def test_a_notification_that_leaves_a_head_to_be_named_has_its_papers_too(
    login: Login, people: list[str]
) -> None:
    clerk = login(*ENTER, login="clerk1")
    url = begin(clerk, people[0], "move_within")
    typed = {
        "moved_on": "R8.11.20", "notified_on": "R8.11.24", "scope": "whole", "town": "架空県架空市本町一丁目",
        "lot": "9番8号", "address_code": "98201001001", "people-p1-chosen": "1", "new_head": "p2",
    }  # fmt: skip
    save(clerk, url, "save", **typed)
    check = save(clerk, url, "check", **typed)
    done = register(clerk, login(*APPROVE, login="approver1"), url, check)
    [papers] = set(re.findall(r'href="(/ex-officio/[\w-]+)"', done))
    page = clerk.get(papers).text
    assert "世帯主変更" in page and "転居に伴う" in page and "令和8年第2号" not in page
    # Who may neither enter changes by 職権 nor approve is not sent to a closed door.
    reader = login(Permission.RESIDENT_VIEW, Permission.CHANGE_ENTER, login="reader")
    assert "/ex-officio/" not in reader.get(url + "/done").text
