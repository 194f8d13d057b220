"""What others are told of suppressions: set and released, never lifted for a while."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from residentapp.core.outbox import OutboxMessage, body_of
from residentapp.core.violations import Level
from residentapp.residents.messages.suppressions import write_suppression
from residentapp.residents.messages.types import Act
from residentapp.residents.models import ResidentHistory, Suppression
from residentapp.residents.types import SuppressedProcess, SuppressionCause
from tests.residents.messages.conftest import Register
from tests.residents.move_in.cases import resident_code
from tests.support.clock import TEST_MOMENT


def suppress(register: Register, process: SuppressedProcess, **values: Any) -> Suppression:
    row = Suppression(
        process=process,
        level=Level.ERROR,
        cause=SuppressionCause.SUPPORT,
        starts_on=dt.date(2026, 11, 1),
        ends_on=dt.date(2027, 10, 31),
        **values,
    )
    register.session.add(row)
    return row


def told(register: Register, row: Suppression) -> list[OutboxMessage]:
    act = Act.RECORD if row.released_at is None else Act.REMOVE
    return write_suppression(register.session, register.keyring, row, act, now=TEST_MOMENT)


@pytest.fixture
def person(register: Register) -> ResidentHistory:
    return register.move_in()


@pytest.mark.requirement("RR-3.2", "RR-3.1c", partial=True)
@pytest.mark.parametrize(
    ("process", "kinds"),
    [
        (
            SuppressedProcess.CERTIFICATE,
            ["addressee.suppression", "cs.suppression", "convenience.suppression"],
        ),
        (SuppressedProcess.INQUIRY, ["addressee.suppression"]),
        (SuppressedProcess.CHANGE, ["addressee.suppression"]),
    ],
)
def test_who_is_told(
    register: Register, person: ResidentHistory, process: SuppressedProcess, kinds: list[str]
) -> None:
    rows = told(register, suppress(register, process, addressee_number=person.addressee_number))
    assert [row.kind for row in rows] == kinds
    bodies = [body_of(register.keyring, row) for row in rows]
    assert [body["header"]["act"]["label"] for body in bodies] == ["設定"] * len(kinds)
    assert bodies[0]["person"] == {"addressee_number": person.addressee_number}
    assert all(body["person"] == {"resident_code": resident_code(3001)} for body in bodies[1:])
    assert bodies[0]["suppression"]["process"]["code"] == process.value
    assert bodies[0]["suppression"]["ends_on"] == {"day": "2027-10-31", "text": "令和9年10月31日"}
    assert person.address not in str(bodies)


@pytest.mark.requirement("RR-3.1c", partial=True)
def test_a_release_is_told_and_a_lift_is_none(register: Register, person: ResidentHistory) -> None:
    row = suppress(register, SuppressedProcess.CERTIFICATE, addressee_number=person.addressee_number)
    row.lifted_until = TEST_MOMENT + dt.timedelta(hours=1)
    [first, *_] = told(register, row)
    assert body_of(register.keyring, first)["header"]["act"]["label"] == "設定", "a lift is no release"
    row.lifted_until, row.released_at = None, TEST_MOMENT
    [released, *_] = told(register, row)
    body = body_of(register.keyring, released)
    assert body["header"]["act"]["label"] == "解除"
    assert body["suppression"]["released_on"]["day"] == "2026-11-24"
    assert released.sequence == first.sequence + 1


def test_a_household_is_told_for_each_member(register: Register, person: ResidentHistory) -> None:
    other = register.move_in(household_number=person.household_number)
    row = suppress(register, SuppressedProcess.INQUIRY, household_number=person.household_number)
    assert [message.subject for message in told(register, row)] == [
        person.addressee_number,
        other.addressee_number,
    ]


def test_without_a_code_the_addressee_number_stands(register: Register) -> None:
    bare = register.move_in(resident_code_cipher=None, resident_code_hash=None)
    row = suppress(register, SuppressedProcess.CERTIFICATE, addressee_number=bare.addressee_number)
    for message in told(register, row):
        assert body_of(register.keyring, message)["person"] == {"addressee_number": bare.addressee_number}
