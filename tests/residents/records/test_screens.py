"""The screens of a resident and a household in the browser's eyes: rights, addresses without names, the log."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select

from residentapp.core.access.permissions import Permission
from residentapp.core.audit.models import AuditEntry
from residentapp.core.crypto import Keyring
from residentapp.core.db import Database
from residentapp.core.numbering import INDIVIDUAL_NUMBER
from residentapp.core.violations import Level
from residentapp.residents.types import ChangeReason
from tests.conftest import Login
from tests.support import residents
from tests.support.users import Browser

VIEW = Permission.RESIDENT_VIEW


def open_person(browser: Browser, number: str) -> str:
    """Open a resident as the search list does; gives the address it ended at."""
    answer = browser.post("/residents/open", data={"addressee_number": number})
    assert answer.status_code == 302
    return answer.headers["Location"]


@pytest.fixture
def couple(database: Database) -> list[str]:
    """宛名番号 of a married couple with exact characters in their name."""
    with database.transaction() as session:
        people = residents.family(
            session,
            {"name": "辻󠄂　一", "head_name": "辻󠄂　一"},
            {"name": "辻󠄂　二", "head_name": "辻󠄂　一", "relationship_to_head": "妻"},
        )
        residents.next_snapshot(
            session,
            people[0],
            residents.change(session, ChangeReason.MOVE_WITHIN, processed_on=dt.date(2026, 6, 10)),
            address="架空県架空市東町9番1号",
        )
        return [person.addressee_number for person in people]


def test_from_person_to_household_to_the_other_person(login: Login, couple: list[str]) -> None:
    browser = login(VIEW)
    address = open_person(browser, couple[0])
    assert couple[0] not in address
    page = browser.get(address).text
    assert "辻󠄂　一" in page and "転居" in page and "架空県架空市東町9番1号" in page
    assert "<title>住民｜" in page
    household = browser.get(f"{address}/household", follow_redirects=True)
    assert household.status_code == 200 and "辻󠄂　二" in household.text
    other = browser.get(f"{household.request.path}/members/1", follow_redirects=True)
    assert other.status_code == 200 and "続柄" in other.text
    assert couple[1] in other.text and couple[1] not in other.request.path


def test_a_line_of_the_list_opens_whom_it_shows_even_after_a_change(
    login: Login, couple: list[str], database: Database
) -> None:
    browser = login(VIEW)
    address = open_person(browser, couple[0])
    household = browser.get(f"{address}/household", follow_redirects=True).request.path
    with database.transaction() as session:
        from residentapp.residents import history

        first = history.latest(session, couple[0])
        assert first is not None
        residents.next_snapshot(session, first, residents.change(session), member_order=9)
    second = browser.get(f"{household}/members/1", follow_redirects=True).text
    assert couple[1] in second and 'aria-current="true"' in second
    assert f'<dd class="figures">{couple[1]}</dd>' in second


def test_the_state_as_at_a_day_is_chosen_by_post(login: Login, couple: list[str]) -> None:
    browser = login(VIEW)
    address = open_person(browser, couple[0])
    then = browser.post(f"{address}/as-of", data={"as_of": "R8.6.9"}, follow_redirects=True)
    assert "令和8年6月9日の終わりの記載を表示しています" in then.text
    early = browser.post(f"{address}/as-of", data={"as_of": "R8.3.31"}, follow_redirects=True)
    assert "まだ記載がありません" in early.text
    wrong = browser.post(f"{address}/as-of", data={"as_of": "きのう"}, follow_redirects=True)
    assert "日付として読めません" in wrong.text
    future = browser.post(f"{address}/as-of", data={"as_of": "R8.11.25"}, follow_redirects=True)
    assert "今日までの日付" in future.text


def test_another_users_page_does_not_open(login: Login, couple: list[str]) -> None:
    address = open_person(login(VIEW), couple[0])
    assert login(VIEW, login="other").get(address).status_code == 404


@pytest.mark.parametrize("path", ["/residents/open", "/households/open"])
def test_without_the_right_nothing_opens(login: Login, couple: list[str], path: str) -> None:
    browser = login(Permission.RESIDENT_SEARCH)
    assert browser.post(path, data={"addressee_number": couple[0]}).status_code == 403


def test_a_wrong_number_is_said_plainly(login: Login) -> None:
    browser = login(VIEW)
    page = browser.get(open_person(browser, "0000000000"), follow_redirects=True)
    assert "この宛名番号の人は見つかりません" in page.text
    assert (
        "見つかりません"
        in browser.post("/households/open", data={"addressee_number": "x"}, follow_redirects=True).text
    )


def entries(database: Database, action: str) -> list[AuditEntry]:
    with database.transaction() as session:
        return list(session.scalars(select(AuditEntry).where(AuditEntry.action == action)))


@pytest.mark.requirement("RR-10.2a", partial=True)
def test_looking_is_logged_and_so_is_a_refusal(login: Login, couple: list[str], database: Database) -> None:
    with database.transaction() as session:
        from residentapp.residents import history

        second = history.latest(session, couple[1])
        assert second is not None
        residents.protect(session, second, inquiry=Level.ERROR)
    browser = login(VIEW)
    refused = browser.get(open_person(browser, couple[1]), follow_redirects=True)
    assert "支援措置責任者に相談" in refused.text
    assert [(entry.succeeded, entry.subjects) for entry in entries(database, "住民照会")] == [
        (False, [couple[1]])
    ]
    # The husband lives with her: whoever opens him would learn where she lives.
    browser.get(open_person(browser, couple[0]), follow_redirects=True)
    assert [entry.succeeded for entry in entries(database, "住民照会")] == [False, False]


def test_showing_a_number_is_logged_and_flagged(login: Login, database: Database, keyring: Keyring) -> None:
    with database.transaction() as session:
        number = residents.resident(
            session, individual_number_cipher=keyring.encrypt("123456789018", context=INDIVIDUAL_NUMBER)
        ).addressee_number
    browser = login(VIEW, Permission.ITEM_INDIVIDUAL_NUMBER)
    address = open_person(browser, number)
    assert "123456789018" not in browser.get(address).text
    assert "123456789018" in browser.post(f"{address}/numbers").text
    assert "123456789018" not in browser.get(address).text
    [entry] = entries(database, "番号の表示")
    assert entry.individual_number and entry.subjects == [number]
    assert "123456789018" not in str(entry.details)
