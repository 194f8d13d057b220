"""The desks of suppressions, support measures and messages know people of the 除票用データベース too."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from residentapp.core.access.permissions import Permission
from residentapp.core.crypto import Keyring
from residentapp.core.db import Database
from residentapp.core.outbox import Partner, put
from residentapp.core.violations import Level
from residentapp.residents.messages.lists import MessageFilter, list_messages
from residentapp.residents.messages.queries import message_page
from residentapp.residents.models import ResidentHistory
from residentapp.residents.protection import HIDDEN
from residentapp.residents.removed_records import reader
from residentapp.residents.support import operations, queries, suppression_queries, suppressions
from residentapp.residents.support.suppression_queries import ListFilter
from residentapp.residents.support.types import Capacity, SetSuppressions
from residentapp.residents.types import SuppressedProcess
from tests.conftest import Login
from tests.residents.support.conftest import CHIEF, NOW, TODAY, command, told
from tests.residents.support.conftest import People as Protected
from tests.support import residents
from tests.support.masters import make_masters
from tests.support.removed import removed, store
from tests.support.users import clerk

READER = clerk(Permission.RESIDENT_VIEW, Permission.MESSAGES_VIEW, Permission.SUPPRESSION_LIFT)


@pytest.fixture
def stored(session: Session) -> ResidentHistory:
    """A man whose record has been stored away; the municipality is registered."""
    make_masters(session)
    gone = removed(session, name="保存　庫男", head_name="保存　庫男", address="架空県架空市奥町9番9号")
    store(session, gone)
    assert reader.is_archived(session, gone.addressee_number)
    return gone


def message(session: Session, keyring: Keyring, number: str) -> int:
    """A message about somebody, with the address in it."""
    row = put(
        session, keyring, destination=Partner.ADDRESSEE, kind="addressee.difference", subject=number,
        body={"header": {}, "person": {"name": "保存　庫男", "address": "架空県架空市奥町9番9号"}},
        change_id=None, now=NOW,
    )  # fmt: skip
    return row.id


def test_a_suppression_is_set_shown_listed_and_told(
    session: Session, keyring: Keyring, stored: ResidentHistory
) -> None:
    number = stored.addressee_number
    asked = SetSuppressions({SuppressedProcess.CERTIFICATE: Level.ERROR}, TODAY, None, "照会中", number)
    suppressions.set_suppressions(session, CHIEF, keyring, asked, now=NOW)
    subject = suppression_queries.subject_of_person(session, READER, keyring, number, now=NOW)
    assert [person.name for person in subject.people] == ["保存　庫男"] and not subject.live
    assert "奥町" not in repr(subject)
    home = suppression_queries.subject_of_household(
        session, READER, keyring, stored.household_number, now=NOW
    )
    assert [person.name for person in home.people] == ["保存　庫男"]
    [line] = suppression_queries.suppressed_people(session, CHIEF, ListFilter(), now=NOW)
    assert (line.addressee_number, line.name) == (number, "保存　庫男")
    assert [(to, who) for to, who, _word, _process in told(session, keyring)] == [
        ("addressee", number), ("cs", number), ("convenience", number),
    ]  # fmt: skip


def test_who_left_long_ago_can_apply_for_a_measure(
    session: Session, keyring: Keyring, stored: ResidentHistory
) -> None:
    """As somebody of a former address (前住所地): what the stored record says is kept with the measure."""
    child, offender = (
        residents.resident(session, name="守山　一"),
        residents.resident(session, name="荒井　剛"),
    )
    asked = command(Protected(stored, child, offender), capacity=Capacity.FORMER)
    assert "SM-E004" not in [
        each.code for each in operations.registration_findings(session, CHIEF, asked, now=NOW)
    ]
    measure = operations.register(session, CHIEF, keyring, asked, now=NOW)
    view = queries.measure_view(session, CHIEF, keyring, measure.id, now=NOW)
    assert view.applicant.name == "保存　庫男"
    assert "奥町9番9号" in view.applicant.details.address + view.applicant.details.former_addresses


@pytest.mark.parametrize("protected", [False, True])
def test_a_message_names_whom_it_is_about_and_hides_where_a_protected_one_lived(
    session: Session, keyring: Keyring, stored: ResidentHistory, protected: bool
) -> None:
    if protected:
        residents.protect(session, stored)
    message_id = message(session, keyring, stored.addressee_number)
    [line] = list_messages(session, MessageFilter(subject=stored.addressee_number), now=NOW).lines
    assert line.name == "保存　庫男"
    page = message_page(session, READER, keyring, message_id, now=NOW)
    assert page.person is not None and page.person.name == "保存　庫男"
    assert page.address_hidden is protected
    assert ("奥町" in repr(page)) is not protected
    assert (HIDDEN in repr(page)) is protected


def test_the_desk_finds_them_by_number(app: Flask, login: Login, database: Database) -> None:
    with database.transaction() as session:
        make_masters(session)
        gone = removed(session, name="保存　庫男", head_name="保存　庫男")
        number, home = gone.addressee_number, gone.household_number
        store(session, gone)
    browser = login(Permission.RESIDENT_VIEW, Permission.SUPPRESSION_LIFT)
    for typed in {number, home}:
        answer = browser.post("/support/find", data={"number": typed}, follow_redirects=True)
        assert answer.status_code == 200 and "保存　庫男" in answer.text
    assert browser.post("/support/find", data={"number": "9999999999"}).status_code == 422
