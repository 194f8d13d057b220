"""Attacks on what others issued, on suppressed people by way of another screen, and what the log must hold."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from residentapp.core.access.permissions import Permission
from residentapp.core.audit.models import AuditEntry
from residentapp.core.db import Database
from residentapp.core.violations import Level
from residentapp.residents.certificates.models import CertificateIssue
from tests.conftest import Login
from tests.support import residents
from tests.support.masters import make_masters
from tests.support.users import Browser

COUNTER = (
    Permission.RESIDENT_VIEW,
    Permission.CERTIFICATE_ISSUE,
    Permission.ISSUE_HISTORY_VIEW,
    Permission.ITEM_REGISTERED_DOMICILE,
)


@dataclass
class Town:
    """A couple, and a protected person whom nobody without the right may look at; by 宛名番号."""

    couple: list[str]
    protected: str


@pytest.fixture
def town(database: Database) -> Town:
    with database.transaction() as session:
        make_masters(session)
        couple = residents.family(
            session,
            {"name": "架空　一"},
            {"name": "架空　二", "head_name": "架空　一", "relationship_to_head": "妻"},
        )
        hidden = residents.resident(session, name="守られ　花子", address="架空県架空市秘密町9番9号")
        residents.protect(session, hidden, inquiry=Level.ERROR)
        return Town([person.addressee_number for person in couple], hidden.addressee_number)


def state_of(browser: Browser, number: str) -> str:
    answer = browser.post("/residents/open", data={"addressee_number": number})
    return str(answer.headers["Location"].rsplit("/", 1)[1])


def certificate(browser: Browser, number: str) -> str:
    """Address of the certificate screen for a person."""
    answer = browser.get(f"/certificates/from-resident/{state_of(browser, number)}")
    assert answer.status_code == 302
    return str(answer.headers["Location"])


def ask(browser: Browser, town: Town, page: str, act: str, *shown: str) -> TestResponse:
    """Ask for a copy for the first person on a certificate screen."""
    return browser.post(
        page,
        data={
            "style": "resident_copy_individual", "subjects": town.couple[:1], "shown": ["kana", *shown],
            "copies": "1", "requester": "self", "fee": "paid", "seal": "y", "act": act,
        },
    )  # fmt: skip


def issue(browser: Browser, town: Town, *shown: str) -> str:
    """Issue a copy for the first person; gives its id."""
    answer = ask(browser, town, certificate(browser, town.couple[0]), "issue", *shown)
    assert answer.status_code == 303, answer.text
    browser.get(answer.headers["Location"])
    with browser.application.extensions["residentapp"].database.transaction() as session:
        return str(session.scalars(select(CertificateIssue.id)).one())


def entries(database: Database, action: str) -> list[AuditEntry]:
    with database.transaction() as session:
        rows = select(AuditEntry).where(AuditEntry.action == action).order_by(AuditEntry.sequence)
        return list(session.scalars(rows))


@pytest.mark.requirement("CM-5", partial=True)
def test_an_item_beyond_ones_rights_does_not_come_out_of_anothers_issue(
    login: Login, town: Town, database: Database
) -> None:
    issued = issue(login(*COUNTER, login="first"), town, "domicile")
    blind = login(*(set(COUNTER) - {Permission.ITEM_REGISTERED_DOMICILE}), login="blind")
    answer = blind.get(f"/certificates/file/{issued}.pdf")
    assert answer.status_code == 409 and b"%PDF" not in answer.data
    assert "印字する権限がありません" in answer.text
    [row] = entries(database, "証明書の出力")
    assert (row.actor_login, row.succeeded, row.details["理由"]) == ("blind", False, "CI-E020")
    assert login(*COUNTER, login="sighted").get(f"/certificates/file/{issued}.pdf").data[:4] == b"%PDF"


@pytest.mark.requirement("CM-5", partial=True)
def test_an_issue_of_another_officer_is_not_found_without_the_right(login: Login, town: Town) -> None:
    issued = issue(login(*COUNTER, login="first"), town)
    other = login(
        Permission.CERTIFICATE_ISSUE, Permission.CERTIFICATE_DISPOSE, Permission.RESIDENT_VIEW, login="other"
    )
    assert other.get(f"/certificates/file/{issued}.pdf").status_code == 404
    assert other.get(f"/certificates/issue/{issued}").status_code == 403
    assert other.get(f"/certificates/issue/{issued}/person/1").status_code == 403


@pytest.mark.requirement("CM-5", partial=True)
def test_states_of_another_officer_open_nothing(login: Login, town: Town) -> None:
    own, other = login(*COUNTER, login="own"), login(*COUNTER, login="other")
    state = state_of(own, town.couple[0])
    page = certificate(own, town.couple[0])
    ask(own, town, page, "preview")
    for address in (
        f"/residents/{state}",
        f"/certificates/from-resident/{state}",
        page,
        f"{page}/preview/0/1.png",
    ):
        assert own.get(address).status_code in (200, 302), address
        answer = other.get(address)
        assert answer.status_code == 404 and "架空　一" not in answer.text, address
    assert other.post(f"/residents/{state}/numbers").status_code == 404
    assert other.post(f"/drafts/{state}", data={"members": "x"}).status_code == 404


@pytest.mark.requirement("CM-5.1", "RR-3.1a", partial=True)
@pytest.mark.parametrize("way", ["resident", "household"])
def test_a_person_closed_to_inquiry_is_closed_to_the_certificate_screen(
    login: Login, town: Town, database: Database, way: str
) -> None:
    browser = login(*COUNTER)
    state = state_of(browser, town.protected)
    if way == "household":
        answer = browser.post("/households/open", data={"addressee_number": town.protected})
        state = answer.headers["Location"].rsplit("/", 1)[1]
    answer = browser.get(f"/certificates/from-{way}/{state}")
    assert answer.status_code == 403
    assert "守られ" not in answer.text and "秘密町" not in answer.text
    [row] = entries(database, "住民照会")
    assert (row.subjects, row.succeeded) == ([town.protected], False)


@pytest.mark.requirement("CM-6", partial=True)
def test_every_page_with_a_name_on_it_stands_in_the_log(login: Login, town: Town, database: Database) -> None:
    browser = login(*COUNTER)
    state = state_of(browser, town.couple[0])
    assert "架空　二" in browser.get(f"/residents/{state}").text
    assert entries(database, "住民照会")[-1].subjects == town.couple
    page = certificate(browser, town.couple[0])
    assert "架空　二" in browser.get(page).text
    assert entries(database, "証明書の発行の準備")[-1].subjects == sorted(town.couple)
    issued = issue(browser, town)
    assert entries(database, "発行した証明書の照会")[-1].subjects == town.couple[:1]
    assert "架空　一" in browser.get(f"/certificates/issue/{issued}").text
    assert entries(database, "交付履歴照会（詳細）")[-1].subjects == town.couple[:1]


@pytest.mark.requirement("CM-7", partial=True)
def test_nothing_personal_is_kept_by_the_browser(login: Login, town: Town) -> None:
    browser = login(*COUNTER)
    page = certificate(browser, town.couple[0])
    ask(browser, town, page, "preview")
    issued = issue(browser, town)
    addresses = ("/", f"/residents/{state_of(browser, town.couple[0])}", page, f"{page}/preview/0/1.png",
                 f"/certificates/file/{issued}.pdf", f"/certificates/issue/{issued}")  # fmt: skip
    for address in addresses:
        answer = browser.get(address)
        assert answer.status_code == 200, address
        assert answer.headers["Cache-Control"] == "no-store", address
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "unsafe-inline" not in answer.headers["Content-Security-Policy"]
        assert "架空" not in answer.headers.get("Content-Disposition", "")
