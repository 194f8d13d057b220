"""個人番号 that come back from the CS: recorded once, on the right person, and told onwards."""

from __future__ import annotations

import datetime as dt
import zlib
from typing import Any

import pytest
from sqlalchemy import select

from residentapp.core.access.actor import Actor, system_actor
from residentapp.core.audit import verify, write_pending
from residentapp.core.audit.models import AuditEntry
from residentapp.core.numbering import INDIVIDUAL_NUMBER
from residentapp.core.outbox import InboxMessage, InboxState, Partner, receive, take
from residentapp.residents import history, locks
from residentapp.residents.locks import LockSubject
from residentapp.residents.messages.handlers import load_handlers
from residentapp.residents.models import IntegratedRemark, ResidentHistory
from residentapp.residents.types import ChangeReason, ResidentState
from tests.residents.messages.conftest import Register
from tests.residents.move_in.cases import individual_number, resident_code
from tests.support.clock import TEST_MOMENT
from tests.support.users import clerk, make_user

R = ChangeReason
NUMBER = individual_number(777)


@pytest.fixture(autouse=True)
def handlers() -> None:
    load_handlers()


@pytest.fixture
def actor() -> Actor:
    return system_actor("連携の取込")


def answer(
    register: Register, actor: Actor, kind: str = "cs.number_generated", **values: Any
) -> InboxMessage:
    """Receive and take in an answer about the person recorded last."""
    person = {"resident_code": resident_code(register.place), "individual_number": NUMBER} | values
    body = {"header": {"reason": {"code": person.pop("reason", "R03")}}, "person": person}
    came = receive(
        register.session, register.keyring, source=Partner.CS, kind=kind, body=body, now=TEST_MOMENT,
        external_id=f"{kind}-{zlib.crc32(repr(person).encode())}",
    )  # fmt: skip
    return take(register.session, actor, register.keyring, came.message.id, now=TEST_MOMENT)


def current(register: Register, person: ResidentHistory) -> ResidentHistory:
    found = history.latest(register.session, person.addressee_number)
    assert found is not None
    return found


def number_of(register: Register, person: ResidentHistory) -> str | None:
    cipher = current(register, person).individual_number_cipher
    return None if cipher is None else register.keyring.decrypt_text(cipher, context=INDIVIDUAL_NUMBER)


@pytest.mark.requirement("RR-7.1.2.1a", "RR-4.4", partial=True)
def test_a_generated_number_is_recorded_and_told(register: Register, actor: Actor) -> None:
    born = register.move_in(R.BIRTH, individual=False, previous_address=None)
    row = answer(register, actor)
    assert (row.state, row.error) == (InboxState.TAKEN, None)
    recorded = current(register, born)
    assert number_of(register, born) == NUMBER
    assert recorded.history_number == 2 and recorded.change_id == row.change_id
    assert recorded.change.reason is R.NUMBER_RECORD_EX_OFFICIO
    assert recorded.change.noticed_on == dt.date(2026, 11, 24)
    assert {name: getattr(recorded, name) for name in ("name", "address", "resident_code_hash")} == {
        name: getattr(born, name) for name in ("name", "address", "resident_code_hash")
    }
    assert register.kinds(recorded.change) == ["cs.identity", "addressee.difference"]
    assert register.body(recorded.change, "cs.identity")["person"]["individual_number"] == NUMBER
    query = select(IntegratedRemark.text).where(IntegratedRemark.history_number == 2)
    assert register.session.scalars(query).all() == ["令和8年11月24日　職権により個人番号を記載　同日通知"]


@pytest.mark.requirement("RR-10.2a", partial=True)
def test_it_is_logged_as_access_to_a_number_without_the_number(register: Register, actor: Actor) -> None:
    born = register.move_in(R.BIRTH, individual=False, previous_address=None)
    answer(register, actor)
    write_pending(register.session)
    query = select(AuditEntry).where(AuditEntry.action == "個人番号の取込")
    [entry] = register.session.scalars(query).all()
    assert (entry.subjects, entry.individual_number) == ([born.addressee_number], True)
    assert NUMBER not in str(entry.details)
    assert verify(register.session).ok


def test_the_same_number_again_changes_nothing(register: Register, actor: Actor) -> None:
    born = register.move_in(R.BIRTH, individual=False, previous_address=None)
    answer(register, actor)
    again = answer(register, actor, resend="1")
    assert (again.state, again.change_id) == (InboxState.TAKEN, None)
    assert current(register, born).history_number == 2


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"resident_code": resident_code(9999)}, "住民票コードの人が見つかりません"),
        ({"resident_code": ""}, "住民票コードの人が見つかりません"),
        ({"resident_code": 17}, "住民票コードの人が見つかりません"),
        ({"individual_number": NUMBER[:-1] + str((int(NUMBER[-1]) + 1) % 10)}, "検査数字"),
        ({"individual_number": "abc"}, "検査数字"),
        ({"individual_number": None}, "検査数字"),
    ],
)
def test_what_fits_nobody_is_an_error(
    register: Register, actor: Actor, values: dict[str, Any], told: str
) -> None:
    born = register.move_in(R.BIRTH, individual=False, previous_address=None)
    row = answer(register, actor, **values)
    assert row.state is InboxState.FAILED and told in str(row.error)
    assert number_of(register, born) is None


def test_a_body_of_another_form_is_an_error(register: Register, actor: Actor) -> None:
    for place, body in enumerate(({}, {"person": []}, {"person": {"resident_code": {}}})):
        came = receive(
            register.session, register.keyring, source=Partner.CS, kind="cs.number_generated",
            body=body, now=TEST_MOMENT, external_id=str(place),
        )  # fmt: skip
        row = take(register.session, actor, register.keyring, came.message.id, now=TEST_MOMENT)
        assert row.state is InboxState.FAILED and "Error" not in str(row.error)


def test_a_number_of_somebody_else_is_refused(register: Register, actor: Actor) -> None:
    register.move_in()
    taken = individual_number(register.place)
    born = register.move_in(R.BIRTH, individual=False, previous_address=None)
    row = answer(register, actor, individual_number=taken)
    assert row.state is InboxState.FAILED and "別の人に" in str(row.error)
    assert number_of(register, born) is None


def test_another_number_than_the_recorded_one_is_refused(register: Register, actor: Actor) -> None:
    register.move_in()
    row = answer(register, actor)
    assert row.state is InboxState.FAILED and "すでに別の個人番号" in str(row.error)


def test_a_removed_record_gets_none_by_itself(register: Register, actor: Actor) -> None:
    born = register.move_in(R.BIRTH, individual=False, previous_address=None)
    register.change(born, R.DEATH, state=ResidentState.DEAD)
    row = answer(register, actor)
    assert row.state is InboxState.FAILED and "消除されています" in str(row.error)


@pytest.mark.requirement("RR-10.3c", partial=True)
def test_while_somebody_edits_the_person_it_waits(register: Register, actor: Actor) -> None:
    born = register.move_in(R.BIRTH, individual=False, previous_address=None)
    user = make_user(register.session, login="editor", name="編集　中子")
    editor = clerk(login="editor", user_id=user.id)
    locks.acquire(
        register.session, editor, LockSubject.RESIDENT, born.addressee_number, owner="edit:1", purpose="修正",
        now=TEST_MOMENT,
    )  # fmt: skip
    row = answer(register, actor)
    assert row.state is InboxState.NEW and "編集中" in str(row.error)
    locks.release(register.session, "edit:1")
    take(register.session, actor, register.keyring, row.id, now=TEST_MOMENT)
    assert number_of(register, born) == NUMBER


@pytest.mark.requirement("RR-7.1.2.1a", "RR-4.4", "RR-7.1.1.4", partial=True)
@pytest.mark.parametrize("reason", [R.NUMBER_CHANGE_ON_REQUEST, R.NUMBER_CORRECT_EX_OFFICIO])
def test_a_changed_number_comes_for_a_request(register: Register, actor: Actor, reason: ChangeReason) -> None:
    moved = register.move_in()
    asked = register.change(moved, reason)
    assert register.kinds(asked.change) == ["cs.number_change", "addressee.difference"]
    row = answer(register, actor, "cs.number_changed", reason=reason.value)
    assert row.state is InboxState.TAKEN
    recorded = current(register, moved)
    assert (recorded.change.reason, number_of(register, moved)) == (reason, NUMBER)
    assert register.kinds(recorded.change) == ["cs.identity", "card.delivery", "addressee.difference"]
    before = register.body(recorded.change, "cs.identity")["before"]
    assert before == {"individual_number": individual_number(register.place)}


def test_a_change_without_its_reason_is_an_error(register: Register, actor: Actor) -> None:
    register.move_in()
    row = answer(register, actor, "cs.number_changed", reason="R03")
    assert row.state is InboxState.FAILED and "変更の事由" in str(row.error)
