"""The screens of the 住民異動届受理通知 by a browser without scripts."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from residentapp.core.access.permissions import Permission
from residentapp.core.audit.models import AuditEntry
from residentapp.core.crypto import Keyring
from residentapp.core.db import Database
from residentapp.residents.cases.models import ChangeCase
from residentapp.residents.models import ResidentHistory
from residentapp.residents.move_in.types import MoveInEntry
from residentapp.residents.types import ChangeReason
from tests.conftest import Login
from tests.residents.move_in.cases import entry, person, wife
from tests.residents.move_in.conftest import APPROVE, ENTER, MoveInOffice, furnish
from tests.residents.notices.conftest import TODAY, changed, final_case
from tests.support.clock import SettableClock
from tests.support.documents import page_texts
from tests.support.residents import family, protect
from tests.support.users import Browser

LIST = "/notices/acceptance"
#: Brings an entry into the register.
Accept = Callable[[MoveInEntry], str]


def text_of(answer: TestResponse) -> str:
    """What the page says, without its tags."""
    return unescape(re.sub(r"[ \t\r\n]+", " ", re.sub(r"<[^>]+>", "", answer.get_data(as_text=True))))


@pytest.fixture
def accept(database: Database, keyring: Keyring) -> Accept:
    """Brings a move-in into the register; gives its case's id."""
    with database.transaction() as session:
        enterer, approver = furnish(session, keyring)

    def register(made: MoveInEntry) -> str:
        with database.transaction() as session:
            MoveInOffice(session, keyring, enterer, approver).register(made)
            return session.scalars(select(ChangeCase.id)).all()[-1]

    return register


@pytest.mark.requirement("RR-4.1.0.3a", partial=True)
def test_from_the_list_of_the_day_to_the_paper(accept: Accept, login: Login, clock: SettableClock) -> None:
    case_id = accept(entry(person(), wife(), notifier="代理　一郎"))
    clerk = login(*ENTER, login="tanto")
    assert "住民異動届受理通知" in text_of(clerk.get("/"))
    listed = clerk.get(LIST)
    assert f'href="{LIST}/{case_id}"' in listed.get_data(as_text=True)
    for told in (person().name, wife().name, "転入届", "国内転入", "令和8年11月24日", "本庁"):
        assert told in text_of(listed)
    page = text_of(clerk.get(f"{LIST}/{case_id}"))
    for told in (
        "届出人　異動前住所",
        "000-1234",
        "例示県見本市緑町二丁目5番7号",
        "代理　一郎　様",
        "架空市長",
    ):
        assert told in page, told
    paper = clerk.post(f"{LIST}/{case_id}")
    assert paper.status_code == 200 and paper.mimetype == "application/pdf"
    assert "代理" not in str(paper.headers) and case_id not in str(paper.headers)
    assert "代理　一郎　様" in "".join(page_texts(paper.data))
    # On a later day: today's list is empty, the day is asked for; nothing of it stands in the address.
    clock.advance(hours=24)
    clerk = login(*ENTER, login="tanto2")
    assert "この日に本登録した届出はありません" in text_of(clerk.get(LIST))
    sent = clerk.post(LIST, data={"day": "R8.11.24", "whose": "all"})
    assert sent.status_code == 303 and "R8" not in sent.headers["Location"]
    assert case_id in clerk.get(sent.headers["Location"]).get_data(as_text=True)
    assert "令和8年11月25日" in "".join(page_texts(clerk.post(f"{LIST}/{case_id}").data))


@pytest.mark.parametrize("typed", ["きのう", "令和8年13月1日", "令和8年 月日不詳", ""])
def test_a_day_that_cannot_be_read_is_told_and_kept(accept: Accept, login: Login, typed: str) -> None:
    clerk = login(*ENTER, login="tanto")
    sent = clerk.post(LIST, data={"day": typed, "whose": "all"})
    page = clerk.get(sent.headers["Location"])
    assert page.status_code == 422 and f'value="{typed}"' in page.get_data(as_text=True)


def test_the_notice_is_reached_from_the_history_and_from_the_registration(
    accept: Accept, login: Login, database: Database
) -> None:
    case_id = accept(entry())
    with database.transaction() as session:
        number = session.scalars(select(ResidentHistory.addressee_number)).one()
    link = f'href="{LIST}/{case_id}"'
    clerk = login(*ENTER, login="tanto")
    assert link in clerk.get(f"/move-in/{case_id}/done").get_data(as_text=True)

    def history(browser: Browser) -> str:
        opened = browser.post("/residents/open", data={"addressee_number": number}).headers["Location"]
        return browser.get(opened).get_data(as_text=True)

    assert link in history(clerk)
    reader = login(Permission.RESIDENT_VIEW, Permission.RESIDENT_SEARCH, login="reader")
    assert "異動履歴" in history(reader) and "受理通知" not in history(reader)


def test_who_may_neither_enter_nor_approve_sees_nothing(accept: Accept, login: Login) -> None:
    case_id = accept(entry())
    reader = login(Permission.RESIDENT_VIEW, Permission.CERTIFICATE_ISSUE, login="reader")
    for path in (LIST, f"{LIST}/{case_id}"):
        assert reader.get(path).status_code == reader.post(path).status_code == 403
    clerk = login(*ENTER, login="tanto")
    assert clerk.get(f"{LIST}/unknown").status_code == clerk.post(f"{LIST}/unknown").status_code == 404
    assert clerk.get(f"{LIST}/list/unknown").status_code == 404
    for topic in ("notices.acceptance", "notices.acceptances"):
        assert "宛先の決まり" in text_of(clerk.get(f"/help/{topic}"))


@pytest.mark.requirement("CM-5.1", partial=True)
def test_for_protected_people_every_officer_is_told_what_to_do_instead(
    login: Login, database: Database, keyring: Keyring
) -> None:
    with database.transaction() as session:
        enterer, _approver = furnish(session, keyring)
        people = family(session, {"name": "守られ　花子", "address": "架空県架空市秘密町9番9号"})
        protect(session, *people)
        case = final_case(session, keyring, entered_by=enterer.user_id, notifier="届出　人")
        changed(session, case, ChangeReason.MOVE_WITHIN, people, address="架空県架空市秘匿町8番8号")
        case_id = case.id
    answers = set()
    for rights, name in ((ENTER, "tanto"), ((*APPROVE, Permission.SUPPRESSED_VIEW), "kacho")):
        officer = login(*rights, login=name)
        sent = officer.post(LIST, data={"day": f"{TODAY}", "whose": "all"})
        assert "印刷できません" in text_of(officer.get(sent.headers["Location"]))
        for answer in (officer.get(f"{LIST}/{case_id}"), officer.post(f"{LIST}/{case_id}")):
            assert answer.status_code == 409 and answer.mimetype == "text/html"
            said = text_of(answer)
            assert "秘密町" not in said and "秘匿町" not in said
            found = re.search(r"支援措置に関わる人.*?口頭で伝えます。", said)
            assert found is not None
            answers.add(found[0])
    assert len(answers) == 1
    with database.transaction() as session:
        rows = session.scalars(
            select(AuditEntry).where(AuditEntry.action == "住民異動届受理通知の印刷")
        ).all()
        assert [(row.succeeded, row.details["理由"]) for row in rows] == [(False, "PROTECTED")] * 4
        assert {row.actor_login for row in rows} == {"tanto", "kacho"}
