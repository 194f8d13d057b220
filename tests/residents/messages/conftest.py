"""A register with its own municipality and a small address dictionary, and people whose messages are looked at."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from residentapp.core.addresses.models import Municipality, Prefecture
from residentapp.core.check_digits import municipality_check_digit
from residentapp.core.crypto import Keyring
from residentapp.core.db import Database
from residentapp.core.numbering import INDIVIDUAL_NUMBER, RESIDENT_CODE
from residentapp.core.outbox import MessageState, OutboxMessage, body_of, mark_sent, next_batch
from residentapp.residents.messages.writing import write_messages
from residentapp.residents.models import ResidentChange, ResidentHistory
from residentapp.residents.types import ChangeReason
from tests.residents.messages.desk import Recorded
from tests.residents.move_in.cases import individual_number, resident_code
from tests.support import residents
from tests.support.clock import TEST_MOMENT
from tests.support.masters import make_masters

#: Municipality code → name; 隣市 has taken 旧町 in.
MUNICIPALITIES = {"98202": "隣市", "98301": "旧町", "98203": "途中市"}
NEIGHBOUR = "98202" + municipality_check_digit("98202")
BETWEEN = "98203" + municipality_check_digit("98203")
OWN = "991015"


def make_dictionary(session: Session) -> None:
    """見本県 with three municipalities, of which one is no more."""
    session.add(Prefecture(code="98", name="見本県", kana="ミホンケン", kana_key="ミホンケン"))
    session.flush()
    for code, name in MUNICIPALITIES.items():
        ended = name == "旧町"
        session.add(
            Municipality(
                code=code, check_digit=municipality_check_digit(code), prefecture_code="98", name=name, kana=name,
                kana_key=name, district_key=name, local_key=name, source="local",
                valid_from=dt.date(1990, 1, 1), valid_to=dt.date(2005, 3, 31) if ended else None,
                successor_code="98202" if ended else None,
            )
        )  # fmt: skip
    session.flush()


def numbers(keyring: Keyring, place: int, *, individual: bool = True) -> dict[str, Any]:
    """The encrypted numbers of a person of tests."""
    number, code = individual_number(place), resident_code(place)
    found: dict[str, Any] = {
        "resident_code_cipher": keyring.encrypt(code, context=RESIDENT_CODE),
        "resident_code_hash": keyring.lookup_hash(code, context=RESIDENT_CODE),
    }
    if individual:
        found |= {
            "individual_number_cipher": keyring.encrypt(number, context=INDIVIDUAL_NUMBER),
            "individual_number_hash": keyring.lookup_hash(number, context=INDIVIDUAL_NUMBER),
        }
    return found


@dataclass
class Register:
    """The register with its keys at hand; each change writes its messages."""

    session: Session
    keyring: Keyring
    place: int = 3000

    def move_in(
        self, reason: ChangeReason = ChangeReason.MOVE_IN_DOMESTIC, *, individual: bool = True, **values: Any
    ) -> ResidentHistory:
        """Somebody newly recorded."""
        self.place += 1
        made_by = residents.change(self.session, reason, processed_on=dt.date(2026, 11, 24))
        default = {
            "previous_address": "見本県隣市東町4番5号",
            "registered_domicile": "見本県途中市緑町1番",
            **numbers(self.keyring, self.place, individual=individual),
        }
        person = residents.resident(self.session, made_by=made_by, **(default | values))
        self.write(made_by)
        return person

    def change(
        self,
        person: ResidentHistory,
        reason: ChangeReason,
        *,
        cancels: ResidentChange | None = None,
        special: bool = False,
        **values: Any,
    ) -> ResidentHistory:
        """The person's next snapshot, with its messages."""
        made_by = residents.change(
            self.session,
            reason,
            processed_on=dt.date(2026, 11, 24),
            cancels_change_id=cancels.id if cancels is not None else None,
        )
        after = residents.next_snapshot(self.session, person, made_by, **values)
        self.write(made_by, special=special)
        return after

    def write(self, change: ResidentChange, *, special: bool = False) -> list[OutboxMessage]:
        return write_messages(self.session, self.keyring, change, now=TEST_MOMENT, special_move_out=special)

    def messages(self, change: ResidentChange) -> list[OutboxMessage]:
        """What a change wrote, in the order of writing."""
        query = select(OutboxMessage).where(OutboxMessage.change_id == change.id)
        return list(self.session.scalars(query.order_by(OutboxMessage.id)))

    def kinds(self, change: ResidentChange) -> list[str]:
        return [row.kind for row in self.messages(change)]

    def body(self, change: ResidentChange, kind: str) -> dict[str, Any]:
        [row] = [row for row in self.messages(change) if row.kind == kind]
        return body_of(self.keyring, row)

    def send_all(self) -> list[OutboxMessage]:
        """Send what can go, in order."""
        sent: list[OutboxMessage] = []
        while rows := next_batch(self.session, now=TEST_MOMENT):
            for row in rows:
                assert mark_sent(self.session, row.id, now=TEST_MOMENT)
                sent.append(row)
        return sent

    def state(self, row: OutboxMessage) -> MessageState:
        self.session.refresh(row)
        return row.state


@pytest.fixture
def register(session: Session, keyring: Keyring) -> Register:
    make_masters(session)
    make_dictionary(session)
    return Register(session, keyring)


@pytest.fixture
def town(database: Database, keyring: Keyring) -> Database:
    """A database with the masters and the dictionary of addresses."""
    with database.transaction() as session:
        make_masters(session)
        make_dictionary(session)
    return database


@pytest.fixture
def recorded(town: Database, keyring: Keyring) -> Recorded:
    """Records somebody with their messages; gives the 宛名番号."""
    place = iter(range(3000, 4000))

    def make(reason: ChangeReason = ChangeReason.MOVE_IN_DOMESTIC, **values: Any) -> str:
        with town.transaction() as session:
            return Register(session, keyring, next(place)).move_in(reason, **values).addressee_number

    return make
