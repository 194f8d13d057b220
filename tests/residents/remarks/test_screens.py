"""The screens of the 統合記載欄 in the browser's eyes: what is typed stays, what stands in the way is said."""

from __future__ import annotations

import html
import re

import pytest
from sqlalchemy import select

from residentapp.core.access.permissions import Permission
from residentapp.core.audit.models import AuditEntry
from residentapp.core.dates import DateValue
from residentapp.core.db import Database
from residentapp.residents import history, locks
from residentapp.residents.models import IntegratedRemark
from residentapp.residents.remarks.models import NoteTemplate
from residentapp.residents.types import ChangeReason, ResidentState
from tests.conftest import Login
from tests.support import residents
from tests.support.clock import TEST_MOMENT
from tests.support.users import Browser, clerk, make_user

RIGHTS = (Permission.RESIDENT_VIEW, Permission.REMARK_EDIT)


@pytest.fixture
def number(database: Database) -> str:
    with database.transaction() as session:
        return residents.resident(session, name="辻󠄂　花子").addressee_number


def open_person(browser: Browser, number: str) -> str:
    """The address of the person's page."""
    return browser.post("/residents/open", data={"addressee_number": number}).headers["Location"]


def text_of(page: object) -> str:
    return html.unescape(page.text)  # type: ignore[attr-defined]


def texts(database: Database) -> list[tuple[str, str, bool]]:
    with database.transaction() as session:
        rows = session.scalars(select(IntegratedRemark).order_by(IntegratedRemark.id))
        return [(row.kind.value, row.text, row.withdrawn_on is None) for row in rows]


@pytest.mark.requirement("RR-1.1.14a", partial=True)
def test_from_the_page_of_a_resident_to_a_remark_and_back(
    login: Login, database: Database, number: str
) -> None:
    browser = login(*RIGHTS)
    person = open_person(browser, number)
    assert f"{person}/remarks" in browser.get(person).text
    page = browser.get(f"{person}/remarks/new")
    assert page.status_code == 200 and "<title>備考の追加｜" in page.text and number not in page.request.path
    done = browser.post(
        f"{person}/remarks/new", data={"text": "事実上の世帯主\r\n葛󠄂　一郎"}, follow_redirects=True
    )
    assert "備考を追加しました" in done.text and "葛󠄂　一郎" in done.text
    assert texts(database) == [("C", "事実上の世帯主\n葛󠄂　一郎", True)]
    [first] = re.findall(r"/remarks/(\d+)\"", done.text)
    wrong = browser.post(f"{person}/remarks/{first}", data={"text": "直した備考", "reason": ""})
    assert (
        wrong.status_code == 422 and "理由が入力されていません" in wrong.text and "直した備考" in wrong.text
    )
    browser.post(f"{person}/remarks/{first}", data={"text": "直した備考", "reason": "誤記"})
    assert texts(database) == [("C", "事実上の世帯主\n葛󠄂　一郎", False), ("C", "直した備考", True)]
    [second] = re.findall(r"/remarks/(\d+)\"", browser.get(f"{person}/remarks").text)
    gone = browser.post(f"{person}/remarks/{second}/withdraw", data={"reason": "申出"}, follow_redirects=True)
    assert "記載を取り消しました" in gone.text and texts(database)[-1] == ("C", "直した備考", False)
    # Neither has a page to change it any more.
    for closed in (f"{person}/remarks/{second}", f"{person}/remarks/{second}/withdraw"):
        assert browser.get(closed).status_code == 409
    assert browser.get(f"{person}/remarks/{int(second) + 5}").status_code == 404


def test_an_alert_is_confirmed_with_a_reason(login: Login, database: Database, number: str) -> None:
    browser = login(*RIGHTS)
    person = open_person(browser, number)
    for _time in range(2):
        answer = browser.post(f"{person}/remarks/new", data={"text": "同じ備考"})
    assert answer.status_code == 422 and "RM-A002" in answer.text and "同じ備考" in answer.text
    ticked = {"text": "同じ備考", "alert": "RM-A002"}
    assert browser.post(f"{person}/remarks/new", data=ticked).status_code == 422
    with_reason = ticked | {"alert-reason:RM-A002": "別の件"}
    assert browser.post(f"{person}/remarks/new", data=with_reason).status_code == 303
    assert len(texts(database)) == 2


@pytest.mark.requirement("RR-1.1.14c", partial=True)
def test_a_registered_text_fills_the_note(login: Login, database: Database, number: str) -> None:
    browser = login(*RIGHTS)
    person = open_person(browser, number)
    page = browser.get(f"{person}/notes/new")
    assert "未届転入　転入前住所（未届）　架空県隣市東町4番5号" in text_of(page)
    with database.transaction() as session:
        [template] = session.scalars(
            select(NoteTemplate).where(
                NoteTemplate.name == "未届転入", NoteTemplate.reason == ChangeReason.MOVE_IN_DOMESTIC
            )
        )
        chosen = str(template.id)
    filled = browser.post(f"{person}/notes/new", data={"history_number": "1", "text": "", "template": chosen})
    assert filled.status_code == 200 and f'name="template_id" value="{chosen}"' in filled.text
    assert texts(database) == []
    sent = {"history_number": "1", "text": "未届転入　転入前住所（未届）　ある所", "template_id": chosen}
    assert browser.post(f"{person}/notes/new", data=sent).status_code == 303
    with database.transaction() as session:
        [row] = session.scalars(select(IntegratedRemark))
        assert (row.history_number, row.items) == (1, ["previous_address"])
    left = browser.post(f"{person}/notes/new", data=sent | {"text": "{転出先住所（予定）}へ"})
    assert left.status_code == 422 and "埋まっていません" in left.text


def test_another_change_offers_its_own_texts(login: Login, database: Database, number: str) -> None:
    with database.transaction() as session:
        current = history.latest(session, number)
        assert current is not None
        change = residents.change(session, ChangeReason.CORRECT_EX_OFFICIO)
        residents.next_snapshot(session, current, change, building="荘1")
    browser = login(*RIGHTS)
    person = open_person(browser, number)
    newest = browser.get(f"{person}/notes/new").text
    assert "戸籍の通知" in newest and "未届転入" not in newest
    other = browser.post(
        f"{person}/notes/new", data={"history_number": "1", "text": "書きかけ", "act": "choose"}
    )
    assert other.status_code == 200 and "未届転入" in other.text and "書きかけ" in other.text
    odd = browser.post(f"{person}/notes/new", data={"history_number": "99", "text": "留意事項"})
    assert odd.status_code == 422 and texts(database) == []


@pytest.mark.requirement("RR-1.1.5d", "RR-1.1.14d", partial=True)
def test_a_removed_record_is_corrected(login: Login, database: Database, number: str) -> None:
    browser = login(*RIGHTS)
    person = open_person(browser, number)
    assert browser.get(f"{person}/corrections/new").status_code == 409
    with database.transaction() as session:
        current = history.latest(session, number)
        assert current is not None
        residents.next_snapshot(
            session, current, residents.change(session, ChangeReason.MOVE_OUT_DOMESTIC),
            state=ResidentState.MOVED_OUT, removal_reason="転出", planned_destination="例示県見本市緑町2番",
            removal_occurred_on=DateValue.of(TEST_MOMENT.date()),
        )  # fmt: skip
    page = browser.get(f"{person}/remarks")
    assert "消除事由" in page.text and "除票の訂正" in page.text and "備考を追加" not in page.text
    assert browser.get(f"{person}/notes/new").status_code == 409
    sent = {"history_number": "2", "column": "planned_destination", "wrong": "", "right": ""}
    filled = browser.post(f"{person}/corrections/new", data=sent | {"act": "fill"})
    assert filled.status_code == 200 and "例示県見本市緑町2番</textarea>" in filled.text
    wrong = browser.post(f"{person}/corrections/new", data=sent)
    assert wrong.status_code == 422 and "RM-E032" in wrong.text
    sent |= {"wrong": "例示県見本市緑町2番", "right": "例示県見本市緑町3番"}
    done = browser.post(f"{person}/corrections/new", data=sent, follow_redirects=True)
    assert "正しくは「例示県見本市緑町3番」" in done.text
    # What the clerk may not see is not filled in.
    sent |= {"column": "registered_domicile", "wrong": "", "act": "fill"}
    assert "本町一丁目2番</textarea>" not in browser.post(f"{person}/corrections/new", data=sent).text


@pytest.mark.requirement("RR-10.3b", partial=True)
def test_who_may_look_may_not_write(login: Login, database: Database, number: str) -> None:
    browser = login(Permission.RESIDENT_VIEW)
    person = open_person(browser, number)
    page = browser.get(f"{person}/remarks")
    assert page.status_code == 200 and "備考を追加" not in page.text
    for path in ("/remarks/new", "/notes/new", "/corrections/new", "/remarks/1", "/remarks/1/withdraw"):
        assert browser.post(f"{person}{path}", data={"text": "備考"}).status_code == 403
    assert texts(database) == []
    assert login(*RIGHTS, login="other").get(f"{person}/remarks").status_code == 404


def test_a_locked_person_is_said_to_be_locked(login: Login, database: Database, number: str) -> None:
    browser = login(*RIGHTS)
    person = open_person(browser, number)
    with database.transaction() as session:
        user = make_user(session, Permission.MOVE_IN_ENTER, login="holder", name="架空　編集")
        locks.acquire(
            session, clerk(user_id=user.id, name="架空　編集"), locks.LockSubject.RESIDENT, number, owner="x",
            purpose="再転入の入力", now=TEST_MOMENT,
        )  # fmt: skip
    answer = browser.post(f"{person}/remarks/new", data={"text": "備考"})
    assert answer.status_code == 409 and "架空　編集" in answer.text


@pytest.mark.requirement("CM-5.1", "RR-3.4e", partial=True)
def test_closed_texts_say_so_and_are_logged(login: Login, database: Database, number: str) -> None:
    browser = login(*RIGHTS)
    person = open_person(browser, number)
    browser.post(f"{person}/remarks/new", data={"text": "隠れ里荘にいる"})
    with database.transaction() as session:
        current = history.latest(session, number)
        assert current is not None
        residents.protect(session, current)
    page = browser.get(person).text
    assert "隠れ里" not in page and f"{person}/remarks" not in page and f"{person}/memos" not in page
    for path in ("/remarks", "/remarks/new", "/notes/new", "/corrections/new", "/remarks/1", "/memos"):
        answer = browser.get(f"{person}{path}")
        assert answer.status_code in (403, 404) and "隠れ里" not in answer.text
    with database.transaction() as session:
        refused = session.scalars(select(AuditEntry).where(AuditEntry.succeeded.is_(False))).all()
        assert {entry.action for entry in refused} >= {"住民照会"}
        assert all(entry.subjects == [number] for entry in refused if entry.action == "住民照会")


@pytest.mark.requirement("RR-1.1.14c", partial=True)
def test_the_master_of_texts(login: Login, database: Database) -> None:
    browser = login(Permission.ADMIN_MASTERS)
    assert "未届転入" in browser.get("/note-templates").text
    assert "/note-templates" in browser.get("/admin/masters").text
    page = browser.get("/note-templates/new")
    [seen] = re.findall(r'name="seen" value="([^"]*)"', page.text)
    sent = {
        "reason": "D03", "name": "検視", "text": "{本籍}の検視", "items": ["previous_address"], "position": "1",
        "valid_from": "R8.4.1", "valid_to": "", "seen": seen,
    }  # fmt: skip
    wrong = browser.post("/note-templates/new", data=sent)
    assert wrong.status_code == 422 and "RT-E010" in wrong.text and "{本籍}の検視" in wrong.text
    sent["text"] = "{通知日}の検視"
    assert browser.post("/note-templates/new", data=sent).status_code == 303
    with database.transaction() as session:
        [row] = session.scalars(select(NoteTemplate).where(NoteTemplate.reason == ChangeReason.DEATH))
        identity = row.id
    page = browser.get(f"/note-templates/{identity}")
    [seen] = re.findall(r'name="seen" value="([^"]*)"', page.text)
    for typed, code in (("きのう", 422), ("R8.3.1", 422), ("R9.3.31", 303)):
        ended = browser.post(f"/note-templates/{identity}", data=sent | {"seen": seen, "valid_to": typed})
        assert ended.status_code == code, typed
    assert browser.get("/note-templates/99999").status_code == 404
    assert login(*RIGHTS, login="clerk").get("/note-templates").status_code == 403
