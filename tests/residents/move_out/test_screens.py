"""The screens of move-outs through the client: from the counter to the paper, the day, the notice, the letter."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from flask import Flask

from residentapp.core import numbering
from residentapp.core.access.actor import system_actor
from residentapp.core.access.permissions import Permission
from residentapp.core.crypto import Keyring
from residentapp.core.db import Database
from residentapp.residents import history
from residentapp.residents.models import ResidentHistory
from residentapp.residents.move_out.notices import handle_move_in_notice
from residentapp.residents.search import index
from residentapp.residents.types import ResidentState
from tests.conftest import Login
from tests.residents.changes.conftest import APPROVE, ENTER, family_of_four
from tests.residents.changes.elsewhere import make_neighbour
from tests.residents.changes.test_screens import begin, save, version
from tests.residents.move_in.conftest import make_town
from tests.residents.move_out.notices import body
from tests.support.clock import SettableClock
from tests.support.documents import page_texts, squeezed
from tests.support.masters import make_masters
from tests.support.users import Browser

TYPED = {
    "moved_on": "R8.12.1",
    "notified_on": "令和8年11月24日",
    "planned_kind": "home",
    "planned_town": "見本県隣市北町",
    "planned_lot": "9番9号",
    "planned_building": "北荘101号",
    "planned_code": "97201001000",
    "planned_postal_code": "9700001",
}
EVERYBODY = {f"people-p{place}-chosen": "1" for place in range(1, 5)}
COUNTER = (*ENTER, Permission.CERTIFICATE_ISSUE, Permission.ISSUE_HISTORY_VIEW)
WHERE = "見本県隣市北町9番9号　北荘101号"


@pytest.fixture
def people(database: Database, app: Flask, keyring: Keyring) -> list[str]:
    """宛名番号 of a family of four in the register."""
    with database.transaction() as session:
        make_masters(session)
        make_town(session)
        make_neighbour(session)
        numbering.stock_codes(session, keyring, ["90000000008"], is_test_data=True)
        rows = family_of_four(session)
        index.refresh(session, [row.addressee_number for row in rows])
        return [row.addressee_number for row in rows]


def latest(database: Database, number: str) -> ResidentHistory:
    with database.transaction() as session:
        row = history.latest(session, number)
        assert row is not None
        session.expunge(row)
        return row


def send(clerk: Browser, url: str, check: str) -> None:
    """Register provisionally what the check page shows, every alert with a reason."""
    keys = re.findall(r'name="alert-reason:([^"]+)"', check)
    reasons = {f"alert-reason:{key}": "届出書で確かめました。" for key in keys}
    data = {"version": version(check), "act": "register", "alert": keys, **reasons}
    answer = clerk.post(url + "/check", data=data)
    assert answer.status_code == 303 and answer.headers["Location"] == "/", answer.text


def provisional(clerk: Browser, number: str, ticks: dict[str, str], **values: str) -> str:
    """A move-out begun at the resident's page and registered provisionally."""
    url = begin(clerk, number, "move_out")
    send(clerk, url, save(clerk, url, "check", **{**TYPED, **values}, **ticks))
    return url


def approve(approver: Browser, url: str) -> str:
    review = approver.get(url + "/review").text
    done = approver.post(url + "/approve", data={"version": version(review)}, follow_redirects=True)
    assert done.status_code == 200, done.text
    return str(done.text)


def test_from_the_counter_to_the_certificate(login: Login, people: list[str], database: Database) -> None:
    """The check page tells what becomes of it; the approval issues the paper; the counter prints and issues again."""
    clerk = login(*COUNTER, login="clerk1")
    url = begin(clerk, people[0], "move_out")
    page = clerk.get(url).text
    assert "転出予定年月日。今日より後の日も" in page and "どこへ" in page
    check = save(clerk, url, "check", **TYPED, **EVERYBODY)
    assert "転出の確認" in check and WHERE in check
    assert "転出予定日（令和8年12月1日）までは住民のままです" in check
    assert "本登録すると、転出証明書を発行します" in check
    send(clerk, url, check)

    issuer = login(*APPROVE, Permission.CERTIFICATE_ISSUE, Permission.ISSUE_HISTORY_VIEW, login="approver1")
    done = approve(issuer, url)
    assert "転出を本登録しました" in done
    [papers] = re.findall(r'href="(/move-out/papers/case/[\w-]+)"', done)
    assert latest(database, people[3]).state is ResidentState.RESIDENT
    assert "架空　太郎" not in clerk.get("/move-out/waiting").text

    page = clerk.get(papers, follow_redirects=True)
    here = page.request.path
    [file] = re.findall(r'href="(/certificates/[\w/-]+\.pdf)"', page.text)
    assert "まだ印刷していません" in page.text
    told = squeezed("".join(page_texts(clerk.get(file).data)))
    assert "転出証明書" in told and "見本県隣市北町9番9号北荘101号" in told and "再交付" not in told
    [change] = re.findall(r'name="change" value="(\d+)"', page.text)[:1]
    again = clerk.post(here, data={"change": change, "act": "again"}, follow_redirects=True)
    assert again.status_code == 200
    [*_first, second] = re.findall(r'href="(/certificates/[\w/-]+\.pdf)"', clerk.get(here).text)
    assert "再交付" in squeezed("".join(page_texts(clerk.get(second).data)))
    assert clerk.post(here, data={"change": change, "act": "twice"}).status_code == 400
    assert clerk.post(here, data={"change": "1" * 9, "act": "again"}).status_code == 400
    assert clerk.get("/move-out/papers/case/unknown").status_code == 404


def test_who_may_not_issue_is_led_to_no_paper_and_the_counter_finds_it(
    login: Login, people: list[str]
) -> None:
    """The approver of an office where the counter alone issues (CM-5)."""
    clerk = login(*COUNTER, login="clerk1")
    url = provisional(clerk, people[0], EVERYBODY)
    done = approve(login(*APPROVE, login="approver1"), url)
    assert "/move-out/papers/" not in done
    waiting = clerk.get("/move-out/waiting").text
    assert "架空　太郎　ほか3人" in waiting
    [paper] = re.findall(r'href="(/move-out/papers/[\w-]+)"', waiting)
    page = clerk.get(paper).text
    assert "まだ発行していません" in page
    [change] = re.findall(r'name="change" value="(\d+)"', page)[:1]
    issued = clerk.post(paper, data={"change": change, "act": "first"}, follow_redirects=True)
    assert issued.status_code == 200
    assert "架空　太郎" not in clerk.get("/move-out/waiting").text


def test_a_late_one_is_told_as_such(login: Login, people: list[str], database: Database) -> None:
    clerk = login(*COUNTER, login="clerk1")
    url = begin(clerk, people[0], "move_out")
    check = save(clerk, url, "check", **{**TYPED, "moved_on": "R8.11.9"}, **EVERYBODY)
    assert "14日を過ぎた届出です" in check and "転出証明書に準ずる証明書を発行します" in check
    assert "職権消除" in check
    send(clerk, url, check)
    issuer = login(*APPROVE, Permission.CERTIFICATE_ISSUE, login="approver1")
    done = approve(issuer, url)
    [papers] = re.findall(r'href="(/move-out/papers/case/[\w-]+)"', done)
    page = issuer.get(papers, follow_redirects=True).text
    assert "転出証明書に準ずる証明書" in page and "申出日" in page
    assert latest(database, people[0]).removal_reason == "転出（職権による消除）"


def test_what_is_wrong_stands_beside_its_field(login: Login, people: list[str]) -> None:
    clerk = login(*ENTER, login="clerk1")
    url = begin(clerk, people[0], "move_out")
    values = {**TYPED, "planned_town": "", "planned_code": "", "planned_postal_code": "123"}
    check = save(clerk, url, "check", **values, **EVERYBODY)
    assert "転出先が入力されていません" in check and "仮登録する" not in check
    page = clerk.get(url + "?check=1").text
    assert "郵便番号は7桁の数字です" in page and 'value="9番9号"' in page


def test_the_day_is_worked_from_the_list(
    login: Login, people: list[str], database: Database, clock: SettableClock
) -> None:
    clerk = login(*COUNTER, login="clerk1")
    approve(login(*APPROVE, login="approver1"), provisional(clerk, people[0], EVERYBODY))
    coming = clerk.get("/move-out/due").text
    assert "残っている人はいません" in coming and "架空　花子" in coming and WHERE in coming
    clock.advance(days=7)
    clerk = login(*COUNTER, login="clerk2")
    home = clerk.get("/").text
    assert "転出予定日を迎えた人" in home
    due = clerk.get("/move-out/due").text
    assert "残っている人はいません" not in due and "まとめて消除する" not in due
    assert clerk.post("/move-out/due").status_code == 403
    officer = login(*APPROVE, login="approver2")
    assert "まとめて消除する" in officer.get("/move-out/due").text
    done = officer.post("/move-out/due", follow_redirects=True).text
    assert "1世帯、4人を消除しました" in done
    assert latest(database, people[2]).state is ResidentState.MOVED_OUT
    assert "転出予定日を迎えた人はいません" in officer.post("/move-out/due", follow_redirects=True).text


@pytest.fixture
def gone(
    login: Login, people: list[str], database: Database, clock: SettableClock, keyring: Keyring
) -> list[str]:
    """The family after its day, sixty days later."""
    clerk = login(*COUNTER, login="clerk1")
    approve(login(*APPROVE, login="approver1"), provisional(clerk, people[0], EVERYBODY))
    clock.advance(days=60)
    login(*APPROVE, login="approver2").post("/move-out/due")
    return people


def arrive(database: Database, keyring: Keyring, clock: SettableClock, number: str, **values: str) -> None:
    """A 転入通知 comes in over the exchange."""
    with database.transaction() as session:
        person = history.latest(session, number)
        assert person is not None
        told = body(person, **values)
        handle_move_in_notice(session, system_actor("受信"), keyring, told, clock())


def test_what_cannot_be_taken_in_is_worked_from_the_list(
    login: Login, gone: list[str], database: Database, keyring: Keyring, clock: SettableClock
) -> None:
    arrive(database, keyring, clock, gone[1], name="別人　花子", code="90000000008")
    clerk = login(*COUNTER, login="clerk3")
    assert "取り込めない転入通知" in clerk.get("/").text
    listed = clerk.get("/move-out/notices").text
    assert "別人　花子" in listed and "住民票コードの合う人がいません" in listed
    file = clerk.get("/move-out/notices.csv")
    assert file.data.startswith(b"\xef\xbb\xbf") and "別人　花子" in file.text
    [url] = set(re.findall(r'href="(/move-out/notices/\d+)"', listed))
    assert "まだ取り込めません" in clerk.post(url, data={"act": "retry"}, follow_redirects=True).text
    for act, needed in (("leave-out", "理由を入力してください"), ("enter", "番号を確かめてください")):
        refused = clerk.post(url, data={"act": act, "number": "77", "reason": ""})
        assert refused.status_code == 422 and needed in refused.text
        assert 'value="77"' in refused.text
    assert clerk.post(url, data={"act": "eat"}).status_code == 400

    entry = clerk.post(url, data={"act": "enter", "number": gone[1]}, follow_redirects=True)
    assert entry.status_code == 200 and 'value="見本県隣市北町9番9号"' in entry.text
    address = entry.request.path
    check = save(clerk, address, "check", subject="p1")
    assert "転入通知の受理の確認" in check
    send(clerk, address, check)
    done = approve(login(*APPROVE, login="approver3"), address)
    assert "転入通知の受理を本登録しました" in done and "職権記録書・通知書" in done
    row = latest(database, gone[1])
    assert (row.confirmed_destination, row.moved_out_on) == (WHERE, dt.date(2026, 12, 2))
    assert "取り込めない転入通知はありません" in clerk.get("/move-out/notices").text


def test_the_entry_of_a_notice_without_case_is_printed_by_its_number(
    login: Login, gone: list[str], database: Database, keyring: Keyring, clock: SettableClock
) -> None:
    """What came over the exchange stands in the 職権記録書 of the day like any other (RR-4.2.0.1a)."""
    arrive(database, keyring, clock, gone[1])
    clerk = login(*COUNTER, login="clerk3")
    day = clerk.get("/ex-officio").text
    [sheet] = re.findall(r'href="(/ex-officio/\d+-\d+)"', day)
    page = clerk.get(sheet).text
    assert "転入通知の受理" in page and "転出先（確定）" in page
    printed = clerk.post(sheet + "/sheet", data={"change": "0"})
    assert printed.mimetype == "application/pdf"


def test_who_was_never_heard_of_is_asked_for(login: Login, gone: list[str]) -> None:
    clerk = login(*COUNTER, login="clerk3")
    assert "転入通知の未着（30日以上）" in clerk.get("/").text
    page = clerk.get("/move-out/missing", follow_redirects=True)
    here = page.request.path
    state = here.split("/")[3]
    assert page.text.count('name="person"') == 4
    nobody = clerk.post(f"/move-out/missing/{state}/letters", data={"page": "1"})
    assert nobody.status_code == 422
    made = clerk.post(
        f"/move-out/missing/{state}/letters", data={"page": "1", "person": gone[:2]}, follow_redirects=True
    ).text
    assert "照会書を1通作りました" in made
    [letter] = re.findall(r'href="(/move-out/letters/\w+\.pdf)"', made)
    told = squeezed("".join(page_texts(clerk.get(letter).data)))
    assert "見本県隣市長様" in told and "架空花子" in told
    assert "架空花子" in squeezed("".join(page_texts(clerk.get(f"/move-out/missing/{state}.pdf").data)))
    file = clerk.get(f"/move-out/missing/{state}.csv")
    assert file.text.count("\r\n") == 5
    typed = {"days": "百", "since": "", "ex_officio": ""}
    wrong = clerk.post("/move-out/missing", data=typed)
    assert wrong.status_code == 422 and 'value="百"' in wrong.text
    later = clerk.post("/move-out/missing", data={"days": "90"}, follow_redirects=True)
    assert "この条件の人はいません" in later.text


def test_rights(login: Login, people: list[str]) -> None:
    reader = login(Permission.RESIDENT_SEARCH, Permission.RESIDENT_VIEW)
    for url in ("due", "waiting", "notices", "notices.csv", "missing", "papers/case/x", "letters/x.pdf"):
        assert reader.get(f"/move-out/{url}").status_code == 403, url
    counter = login(Permission.CHANGE_ENTER, login="counter1")
    assert counter.get("/move-out/due").status_code == 200
    assert counter.get("/move-out/missing").status_code == 403
