"""Attacks by way of a move-in: people who were not offered, households, cases of others, files made to hurt."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from residentapp.core.access.models import User
from residentapp.core.access.permissions import Permission
from residentapp.core.audit.models import AuditEntry
from residentapp.core.crypto import Keyring
from residentapp.core.db import Database
from residentapp.residents.cases.errors import CaseRefused
from residentapp.residents.cases.operations import withdraw
from residentapp.residents.cases.types import CaseState, Withdraw
from residentapp.residents.move_in import operations
from residentapp.residents.move_in.certificate_csv import read_certificate
from residentapp.residents.search import index
from tests.conftest import Login
from tests.residents.move_in.cases import entry, individual_number
from tests.residents.move_in.conftest import APPROVE, ENTER, MoveInOffice, furnish
from tests.residents.move_in.conftest import office as office  # a fixture
from tests.residents.move_in.test_approval import moved_out
from tests.residents.move_in.test_screens import Counter
from tests.support.residents import family, protect
from tests.support.users import clerk, make_user

SAMPLE = Path(__file__).parents[2] / "seed" / "move_in_samples" / "family_of_four.csv"


@pytest.fixture
def counter(login: Login, database: Database, keyring: Keyring) -> Iterator[Counter]:
    with database.transaction() as session:
        furnish(session, keyring)
    made = Counter(login(*ENTER, login="tanto"), database, keyring)
    made.begin()
    yield made


def looked_at(database: Database, action: str) -> set[str]:
    with database.transaction() as session:
        rows = session.scalars(select(AuditEntry).where(AuditEntry.action == action))
        return {number for row in rows for number in row.subjects}


@pytest.mark.requirement("CM-5", "RR-10.4a", partial=True)
def test_a_number_sent_by_hand_opens_nobodys_record(counter: Counter) -> None:
    with counter.database.transaction() as session:
        living = family(session, {"name": "隣人　花子", "former_name": "旧姓"})[0].addressee_number
        inside = MoveInOffice(session, counter.keyring, clerk(), clerk())
        stranger = moved_out(inside, name="別人　次郎", former_name="旧姓").addressee_number
    for number in (living, stranger, "9999999999", ""):
        answer = counter.send(f"re-entry:m1,{number}")
        assert answer.status_code == 400
        member = counter.entry().members[0]
        assert (member.re_entry, member.former_name, member.individual_number) == ("", "", "")
    counter.send("save", **{"members-0-individual_number": individual_number(1001)})
    assert counter.send(f"re-entry:m1,{stranger}").status_code == 303
    assert counter.entry().members[0].former_name == "旧姓"


@pytest.mark.requirement("CM-5.1", partial=True)
def test_the_domicile_of_a_protected_person_is_not_taken_over(office: MoveInOffice) -> None:
    gone = moved_out(office, registered_domicile="例示県秘密市2番地")
    before = operations.recorded_texts(
        office.session, office.clerk, office.keyring, gone.addressee_number, entry(), "m1"
    )
    assert before["registered_domicile"] == "例示県秘密市2番地"
    protect(office.session, gone)
    for permissions, shown in ((ENTER, False), ((*ENTER, Permission.SUPPRESSED_VIEW), True)):
        texts = operations.recorded_texts(
            office.session, clerk(*permissions), office.keyring, gone.addressee_number, entry(), "m1"
        )
        assert ("registered_domicile" in texts) is shown


@pytest.mark.requirement("CM-6", partial=True)
def test_whoever_a_case_shows_of_the_register_stands_in_the_log(counter: Counter) -> None:
    with counter.database.transaction() as session:
        home = family(session, {"name": "世帯　主"}, {"name": "世帯　員", "relationship_to_head": "妻"})
        hidden = family(session, {"name": "守られ　太郎"})
        protect(session, *hidden)
        gone = moved_out(MoveInOffice(session, counter.keyring, clerk(), clerk()))
        index.refresh(session, [person.addressee_number for person in (*home, *hidden)])
        members = {person.addressee_number for person in home}
        numbers = home[0].household_number, hidden[0].household_number
        left = gone.addressee_number
    action = "転入の入力での照会"
    assert looked_at(counter.database, action) == set()
    counter.send(f"household:{numbers[1]}")
    assert "守られ" not in counter.page().text
    assert looked_at(counter.database, action) == set(), "a hidden household names nobody"
    counter.send(f"household:{numbers[0]}")
    assert "世帯　員" in counter.page().text
    assert looked_at(counter.database, action) == members
    counter.send("save", **{"members-0-individual_number": individual_number(1001)})
    counter.page()
    assert looked_at(counter.database, action) == members | {left}


@pytest.mark.requirement("CM-6", partial=True)
def test_the_check_page_logs_the_household_too(counter: Counter) -> None:
    with counter.database.transaction() as session:
        home = family(session, {"name": "世帯　主"})[0]
        number = home.household_number
    counter.send(f"household:{number}")
    counter.page("/check")
    with counter.database.transaction() as session:
        rows = session.scalars(select(AuditEntry).where(AuditEntry.action == "転入の入力での照会"))
        assert [row.subjects for row in rows] == [[home.addressee_number]]


@pytest.mark.requirement("RR-4.0.8a", partial=True)
def test_nobody_else_throws_a_waiting_case_away(office: MoveInOffice) -> None:
    case = office.provisional(entry())
    user = make_user(office.session, *ENTER, login="other")
    other = clerk(*ENTER, login="other", user_id=user.id)
    command = Withdraw(office.seen(case), "嫌がらせ")
    with pytest.raises(CaseRefused, match="入力した人と審査の担当だけ"):
        withdraw(office.session, other, office.keyring, command, now=office.now)
    assert case.payload is not None
    withdraw(office.session, office.approver, office.keyring, command, now=office.now)
    assert case.state is CaseState.WITHDRAWN


# ---- files


def changed(old: str, new: str) -> bytes:
    text = SAMPLE.read_text("utf-8-sig")
    assert old in text
    return text.replace(old, new).encode()


def test_a_count_of_ten_thousand_digits_is_an_error_of_the_file() -> None:
    rows = SAMPLE.read_text("utf-8-sig").splitlines()
    place = rows[0].split(",").index("世帯員数")
    cells = rows[1].split(",")
    data = "\n".join([rows[0], ",".join([*cells[:place], "9" * 10_000, *cells[place + 1 :]])]).encode()
    result = read_certificate(data)
    assert result.payload is None
    assert any(problem.column == "世帯員数" for problem in result.errors)


def test_a_heading_of_a_million_columns_is_refused_at_once() -> None:
    result = read_certificate(b"a," * 1_000_000 + b"\n1\n")
    assert result.payload is None
    assert len(result.problems) + result.unlisted == 1
    assert "列が多すぎます" in result.problems[0].message


@pytest.mark.parametrize(
    "version", ["9" * 5000, "²", "-1", "1\x00", "٣"], ids=["long", "power", "minus", "nul", "arabic"]
)
def test_a_version_that_is_no_number_breaks_nothing(counter: Counter, version: str) -> None:
    answer = counter.browser.post(
        f"/move-in/{counter.case_id}", data={"act": "save", "version": version, "notifier": "誰か"}
    )
    assert answer.status_code in (400, 409)
    assert counter.entry().notifier == ""


@pytest.mark.requirement("RR-4.0.8a", "CM-6", partial=True)
def test_an_attempt_to_approve_the_own_entry_is_logged(
    login: Login, database: Database, keyring: Keyring
) -> None:
    with database.transaction() as session:
        _clerk, _approver = furnish(session, keyring)
    both = login(*APPROVE, login="both")
    with database.transaction() as session:
        actor = clerk(*APPROVE, login="both", user_id=session.scalars(select(User.id)).all()[-1])
        inside = MoveInOffice(session, keyring, actor, actor)
        case = inside.provisional(entry())
        case_id, version = case.id, case.version
    assert both.post(f"/move-in/{case_id}/approve", data={"version": str(version)}).status_code == 403
    with database.transaction() as session:
        row = session.scalars(select(AuditEntry).where(AuditEntry.action == "転入の本登録")).one()
        assert (row.succeeded, row.actor_login, row.details["受付"]) == (False, "both", case_id)
