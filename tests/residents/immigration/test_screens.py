"""The screens of notices, of terms of stay, and of what was sent, through the client."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from residentapp.core import numbering
from residentapp.core.access.actor import system_actor
from residentapp.core.access.permissions import Permission
from residentapp.core.audit.models import AuditEntry
from residentapp.core.crypto import Keyring
from residentapp.core.db import Database
from residentapp.core.outbox import Partner, receive, take
from residentapp.core.violations import Level
from residentapp.residents import history
from residentapp.residents.immigration.notices import handle_notice
from residentapp.residents.messages.handlers import load_handlers
from residentapp.residents.models import ResidentHistory
from residentapp.residents.search import index
from residentapp.residents.types import ChangeReason, ResidentState
from tests.conftest import Login
from tests.residents.changes.conftest import APPROVE, ENTER
from tests.residents.changes.elsewhere import make_neighbour
from tests.residents.changes.test_screens import save
from tests.residents.immigration.conftest import END, FOREIGN, SPECIAL, body
from tests.residents.messages.conftest import Register
from tests.residents.move_in.conftest import make_town
from tests.residents.move_out.test_screens import approve, send
from tests.support import residents
from tests.support.clock import SettableClock
from tests.support.documents import page_texts, squeezed
from tests.support.masters import make_masters
from tests.support.users import Browser

MESSAGES = (Permission.MESSAGES_VIEW, Permission.MESSAGES_MANAGE)


@pytest.fixture
def people(database: Database, app: Flask, keyring: Keyring) -> list[str]:
    """宛名番号 of a 中長期在留者 and of a 特別永住者."""
    with database.transaction() as session:
        make_masters(session)
        make_town(session)
        make_neighbour(session)
        numbering.stock_codes(session, keyring, ["90000000008"], is_test_data=True)
        rows = [residents.resident(session, **items) for items in (FOREIGN, SPECIAL)]
        index.refresh(session, [row.addressee_number for row in rows])
        return [row.addressee_number for row in rows]


@pytest.fixture
def come(database: Database, keyring: Keyring, clock: SettableClock):  # type: ignore[no-untyped-def]
    def receive_one(told: dict[str, object]) -> str:
        with database.transaction() as session:
            row = handle_notice(session, system_actor("受信"), keyring, told, clock())
            return f"/immigration/notices/{row.id}"

    return receive_one


def latest(database: Database, number: str) -> ResidentHistory:
    with database.transaction() as session:
        row = history.latest(session, number)
        assert row is not None
        session.expunge(row)
        return row


def home_count(browser: Browser, label: str) -> str:
    """How many wait in a work list of the home page."""
    lines = browser.get("/").text.split("<li")
    [line] = [line for line in lines if f'worklist-label">{label}<' in line]
    found = re.search(r'class="count">([\d,]+)', line)
    assert found is not None
    return found[1]


@pytest.mark.requirement("RR-4.5.6a", partial=True)
def test_a_notice_is_checked_printed_entered_and_approved(
    login: Login, people: list[str], come, database: Database
) -> None:  # type: ignore[no-untyped-def]
    url = come(body())
    clerk = login(*ENTER, login="clerk1")
    assert home_count(clerk, "入管庁の通知（確認待ち）") == "1"
    assert home_count(clerk, "入管庁の通知（未取込）") == "0"
    assert url in clerk.get("/immigration/notices").text
    page = clerk.get(url).text
    assert "確認待ち" in page and "技術・人文知識・国際業務" in page and "永住者" in page
    assert page.count('class="differs"') == 4
    paper = squeezed("".join(page_texts(clerk.get(f"{url}.pdf").data)))
    for text in (
        "処理結果確認票",
        "R8-000123",
        people[0],
        "技術・人文知識・国際業務",
        "永住者",
        "ZZ87654321AB",
    ):
        assert text in paper

    case = clerk.post(url, data={"act": "enter"}).headers["Location"]
    assert 'value="永住者"' in clerk.get(case).text
    assert (
        "入力中" in clerk.get("/immigration/notices").text
        and home_count(clerk, "入管庁の通知（確認待ち）") == "0"
    )
    case = re.sub(r"/enter$", "", case)
    send(clerk, case, save(clerk, case, "check", subject="p1"))
    assert latest(database, people[0]).residence_status == "技術・人文知識・国際業務"
    approve(login(*APPROVE, login="approver1"), case)

    after = latest(database, people[0])
    assert (after.residence_status, after.residence_card_number) == ("永住者", "ZZ87654321AB")
    done = clerk.get(url).text
    assert "反映済み" in done and "入力を始める" not in done and page.count('class="differs"') == 4
    assert clerk.post(url, data={"act": "enter"}).status_code == 409


@pytest.mark.requirement("RR-4.5.6a", "RR-4.5.6b", partial=True)
def test_by_hand_and_not_at_all(login: Login, people: list[str], come, database: Database) -> None:  # type: ignore[no-untyped-def]
    clerk = login(*ENTER, login="clerk1")
    url = come(body(name="SMITH PAUL"))
    page = clerk.get(url).text
    assert "氏名か生年月日が違います" in page and f'value="{people[0]}"' in page
    refused = clerk.post(url, data={"act": "take", "number": "12345"})
    assert refused.status_code == 422 and "見つかりません" in refused.text and 'value="12345"' in refused.text
    assert (
        "取り込みました（確認待ち）"
        in clerk.post(url, data={"act": "take", "number": people[0]}, follow_redirects=True).text
    )
    without = clerk.post(url, data={"act": "refuse", "reason": ""})
    assert without.status_code == 422 and "理由を入力してください" in without.text
    assert clerk.post(url, data={"act": "refuse", "reason": "入管庁が取り消した"}).status_code == 303
    assert "入管庁が取り消した" in clerk.get(url).text

    nobody = come({"header": {}})
    page = clerk.get(nobody).text
    assert "だれの通知か分からない" in page and "処理結果確認票を印刷" not in page
    assert clerk.get(f"{nobody}.pdf").status_code == 409
    assert clerk.get("/immigration/notices/99999").status_code == 404
    assert clerk.post(nobody, data={"act": "x"}).status_code == 400
    removal = come(body(act="remove", **END))
    assert "在留資格の取消し" in clerk.get(removal).text
    assert latest(database, people[0]).state is ResidentState.RESIDENT


def test_who_may_not_see_the_status_sees_no_notice(login: Login, people: list[str], come) -> None:  # type: ignore[no-untyped-def]
    url = come(body())
    clerk = login(Permission.EX_OFFICIO_ENTER, Permission.RESIDENT_VIEW, Permission.MESSAGES_VIEW)
    for path in ("/immigration/notices", url, f"{url}.pdf", "/immigration/expiring"):
        assert clerk.get(path).status_code == 403, path
    assert clerk.post(url, data={"act": "enter"}).status_code == 403
    page = clerk.get("/").text
    assert "入管庁の通知" not in page and "在留期間の満了" not in page and "市町村通知のエラー" in page


@pytest.mark.requirement("RR-3.4e", partial=True)
def test_a_person_who_is_closed_to_inquiries_is_closed_here(
    login: Login,
    people: list[str],
    come,  # type: ignore[no-untyped-def]
    database: Database,
) -> None:
    url = come(body())
    with database.transaction() as session:
        person = history.latest(session, people[0])
        assert person is not None
        residents.protect(session, person, inquiry=Level.ERROR)
    clerk = login(*ENTER, login="clerk1")
    for path in (url, f"{url}.pdf"):
        refused = clerk.get(path)
        assert refused.status_code == 403 and "技術・人文知識・国際業務" not in refused.text
    with database.transaction() as session:
        failed = session.query(AuditEntry).filter_by(action="住民照会", succeeded=False).all()
        assert [entry.subjects for entry in failed] == [[people[0]]] * 2


def test_terms_are_listed_between_two_days(login: Login, people: list[str]) -> None:
    clerk = login(Permission.RESIDENT_VIEW, Permission.ITEM_RESIDENCE_STATUS)
    assert home_count(clerk, "在留期間の満了（30日以内・過ぎた人）") == "1"
    page = clerk.get("/immigration/expiring").text
    assert "SMITH JOHN" in page and "2026年12月1日" in page and "7日" in page and "金　哲秀" not in page
    assert "SMITH JOHN" in clerk.get("/immigration/expiring?first=R8.12.1&last=R8.12.1").text
    assert "満了する人はいません" in clerk.get("/immigration/expiring?first=R8.12.2").text
    for terms in ("first=きのう", "first=R8.12.2&last=R8.12.1"):
        wrong = clerk.get(f"/immigration/expiring?{terms}")
        assert wrong.status_code == 422 and "SMITH" not in wrong.text
    assert 'value="きのう"' in clerk.get("/immigration/expiring?first=きのう").text


@pytest.mark.requirement("RR-4.5.7a", "RR-4.5.7b", partial=True)
def test_what_was_sent_is_looked_up_with_its_result_and_sent_again(
    login: Login, people: list[str], database: Database, keyring: Keyring, clock: SettableClock
) -> None:
    load_handlers()
    with database.transaction() as session:
        register = Register(session, keyring)
        new = FOREIGN | {"residence_card_number": "ZZ00000009AB", "name_alphabet": "TRAN THI LAN"}
        person = register.move_in(ChangeReason.MOVE_IN_ABROAD, residence_notified=True, **new)
        [row] = [each for each in register.send_all() if each.kind == "isa.notice"]
        number, message = person.addressee_number, row.id
        told = {
            "message_id": row.key,
            "result": "error",
            "error_code": "E123",
            "error_text": "番号が違います。",
        }
        came = receive(
            session, keyring, source=Partner.ISA, kind="isa.result", external_id="r1", body={"header": told},
            now=clock(),
        )  # fmt: skip
        take(session, system_actor("受信"), keyring, came.message.id, now=clock())
    clerk = login(*MESSAGES, Permission.ITEM_RESIDENCE_STATUS)
    assert home_count(clerk, "市町村通知のエラー") == "1"
    page = clerk.get("/immigration/sent/errors", follow_redirects=True).text
    assert "TRAN THI LAN" in page and "E123" in page and "番号が違います。" in page and number in page
    assert "TRAN THI LAN" in clerk.get("/immigration/sent?law=both&kind=isa.notice").text
    assert "はありません" in clerk.get("/immigration/sent?law=resident").text
    for wrong in ("law=x", "result=x", "kind=x", "first=きのう"):
        assert clerk.get(f"/immigration/sent?{wrong}").status_code == 422
    again = clerk.post(f"/messages/sent/{message}/resend", data={"reason": "直した", "change_reason": ""})
    assert again.status_code == 303
    assert home_count(clerk, "市町村通知のエラー") == "0"
    assert "TRAN" not in clerk.get("/immigration/sent/errors", follow_redirects=True).text
    assert "再送した" in clerk.get("/immigration/sent").text
    received = clerk.get("/messages/received/1").text
    assert "処理結果" in received and "E123" in received and "（表示の定めがない項目です）" not in received
