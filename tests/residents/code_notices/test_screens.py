"""The notices of 住民票コード in the flow of a change and from the person's page, through the client (RR-4.3.3a)."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from residentapp.core.access.permissions import Permission
from residentapp.core.crypto import Keyring
from residentapp.core.db import Database
from residentapp.residents.cases.models import ChangeCase
from residentapp.residents.code_notices.models import ResidentCodeNotice
from residentapp.residents.models import ResidentHistory
from tests.conftest import Login
from tests.residents.changes.conftest import APPROVE, ENTER
from tests.residents.changes.test_screens import begin, save
from tests.residents.ex_officio.test_screens import people, register
from tests.residents.head_notices.test_screens import forms_of
from tests.residents.move_in import cases, conftest
from tests.support.documents import page_texts, squeezed
from tests.support.users import Browser

__all__ = ["people"]


def printed(client: Browser, page: str) -> str:
    """The one notice that a page offers, printed."""
    [notice] = forms_of(page, "/code-notices/print")
    paper = client.post("/code-notices/print", data=notice)
    assert paper.mimetype == "application/pdf", paper.text
    return squeezed("".join(page_texts(paper.data)))


def page_of(client: Browser, number: str) -> str:
    """The page of a resident."""
    return client.post("/residents/open", data={"addressee_number": number}, follow_redirects=True).text


@pytest.mark.requirement("RR-4.3.3a", partial=True)
def test_a_code_is_given_changed_and_told(login: Login, people: list[str], database: Database) -> None:
    clerk, approver = login(*ENTER, login="clerk1"), login(*APPROVE, login="approver1")
    assert "渡す通知票はありません" not in page_of(clerk, people[0])
    for kind, title in (("code_record", "住民票コード通知票"), ("code_change", "住民票コード変更通知票")):
        url = begin(clerk, people[0], kind)
        typed = {"moved_on": "R8.11.10", "subject": "p1"}
        done = register(clerk, approver, url, save(clerk, url, "check", **typed))
        [link] = set(re.findall(r'href="(/code-notices/case/[\w-]+)"', done))
        page = approver.get(link).text
        assert title in page and "未出力" in page
        assert title in printed(approver, page)

    # On another day, from the person's page.
    [link] = set(re.findall(r'href="(/code-notices/resident/[\w-]+)"', page_of(clerk, people[0])))
    page = clerk.get(link).text
    assert "もう一度印刷" in page and "未出力" not in page
    assert "住民票コード変更通知票" in printed(clerk, page)
    with database.transaction() as session:
        found = session.scalars(select(ResidentCodeNotice.printed_by).order_by(ResidentCodeNotice.id)).all()
    assert list(found) == ["approver1", "approver1", "clerk1"]


@pytest.mark.requirement("RR-4.3.3a", partial=True)
@pytest.mark.parametrize("brings_code", [False, True])
def test_a_move_in_leads_to_the_notice_of_a_new_code(
    login: Login, database: Database, keyring: Keyring, brings_code: bool
) -> None:
    """Who has had none gets one; whoever brings theirs along needs no notice."""
    code = cases.resident_code(77) if brings_code else ""
    with database.transaction() as session:
        enterer, approver = conftest.furnish(session, keyring)
        office = conftest.MoveInOffice(session, keyring, enterer, approver)
        office.register(cases.entry(cases.person(resident_code=code)))
        case_id = session.scalars(select(ChangeCase.id)).one()
        number = session.scalars(select(ResidentHistory.addressee_number)).one()
    clerk = login(*conftest.ENTER, login="tanto")
    done = clerk.get(f"/move-in/{case_id}/done").text
    assert (f"/code-notices/case/{case_id}" in done) is not brings_code
    page = clerk.get(f"/code-notices/case/{case_id}").text
    if brings_code:
        assert "渡す通知票はありません" in page
        [link] = set(re.findall(r'href="(/code-notices/resident/[\w-]+)"', page_of(clerk, number)))
        assert "渡す通知票はありません" in clerk.get(link).text
    else:
        assert "住民票コード通知票" in printed(clerk, page)
    blind = login(*(set(conftest.ENTER) - {Permission.ITEM_RESIDENT_CODE}), login="blind")
    assert "/code-notices/" not in blind.get(f"/move-in/{case_id}/done").text
    assert "/code-notices/" not in page_of(blind, number)


def test_without_the_right_nothing_opens(login: Login, people: list[str]) -> None:
    other = login(Permission.RESIDENT_VIEW, Permission.NUMBERS_ENTER, login="other")
    for path in ("/code-notices/case/x", "/code-notices/resident/x"):
        assert other.get(path).status_code == 403
    assert other.post("/code-notices/print").status_code == 403


def test_what_was_not_chosen_prints_nothing(login: Login, people: list[str]) -> None:
    clerk = login(*ENTER, login="clerk1")
    for sent, status in (
        ({}, 400),
        ({"addressee_number": people[0], "change": "x"}, 400),
        ({"addressee_number": people[0], "change": "1"}, 403),
        ({"addressee_number": "0000000000", "change": "1"}, 403),
    ):
        assert clerk.post("/code-notices/print", data=sent).status_code == status
    assert clerk.get("/code-notices/resident/unknown").status_code == 404
