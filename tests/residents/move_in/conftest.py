"""An office with a clerk, an approver, masters, a stock of 住民票コード and one town of the address dictionary."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

import pytest
from sqlalchemy.orm import Session

from residentapp.core import numbering
from residentapp.core.access.actor import Actor
from residentapp.core.access.permissions import Permission
from residentapp.core.addresses.models import Municipality, PostalCode, Prefecture, Town
from residentapp.core.crypto import Keyring
from residentapp.core.violations import Violation
from residentapp.residents.cases import operations, queries
from residentapp.residents.cases.approval import approve
from residentapp.residents.cases.models import ChangeCase
from residentapp.residents.cases.types import Approve, RecordVersion, Registered, SaveEntry
from residentapp.residents.move_in.operations import start_by_hand
from residentapp.residents.move_in.procedure import MOVE_IN
from residentapp.residents.move_in.types import CasePayload, MoveInEntry, MoveInKind
from tests.residents.move_in.cases import TOWN_CODE, confirmed
from tests.support.clock import TEST_MOMENT
from tests.support.masters import make_masters
from tests.support.users import clerk, make_user

ENTER = (
    Permission.MOVE_IN_ENTER,
    Permission.RESIDENT_SEARCH,
    Permission.RESIDENT_VIEW,
    Permission.ADDRESS_LOOKUP,
    Permission.ITEM_REGISTERED_DOMICILE,
    Permission.ITEM_INDIVIDUAL_NUMBER,
    Permission.ITEM_RESIDENT_CODE,
    Permission.ITEM_RESIDENCE_STATUS,
)
APPROVE = (*ENTER, Permission.MOVE_IN_APPROVE)


@dataclass
class MoveInOffice:
    """The operations with their session, keys and moment already in hand."""

    session: Session
    keyring: Keyring
    clerk: Actor
    approver: Actor
    now: dt.datetime = TEST_MOMENT

    def start(self, made: MoveInEntry, *, by: Actor | None = None) -> ChangeCase:
        """A saved draft."""
        actor = by or self.clerk
        case = start_by_hand(self.session, actor, self.keyring, MoveInKind.DOMESTIC, now=self.now)
        return self.save(case, made, by=actor)

    def save(self, case: ChangeCase, made: MoveInEntry, *, by: Actor | None = None) -> ChangeCase:
        return operations.save(
            self.session, by or self.clerk, self.keyring, SaveEntry(self.seen(case), made), now=self.now
        )

    def seen(self, case: ChangeCase) -> RecordVersion:
        return RecordVersion(case.id, case.version)

    def findings(self, case: ChangeCase, made: MoveInEntry) -> list[str]:
        return [finding.code for finding in self.found(case, CasePayload(made))]

    def found(self, case: ChangeCase, payload: CasePayload) -> list[Violation]:
        """What the rules say of a case."""
        facts = MOVE_IN.facts(self.session, self.clerk, self.keyring, case, payload, now=self.now)
        return MOVE_IN.findings(payload, facts)

    def confirm(self, case: ChangeCase, made: MoveInEntry) -> MoveInEntry:
        """The entry with a reason for each of its alerts."""
        return confirmed(made, self.found(case, CasePayload(made)))

    def provisional(self, made: MoveInEntry, *, by: Actor | None = None) -> ChangeCase:
        """A case that waits for its approval, all alerts confirmed."""
        case = self.start(made, by=by)
        command = SaveEntry(self.seen(case), self.confirm(case, made))
        return operations.register_provisionally(
            self.session, by or self.clerk, self.keyring, command, now=self.now
        )

    def approve(self, case: ChangeCase, *, by: Actor | None = None) -> Registered:
        return approve(
            self.session, by or self.approver, self.keyring, Approve(self.seen(case)), now=self.now
        )

    def register(self, made: MoveInEntry) -> Registered:
        """The whole way of an entry into the register."""
        return self.approve(self.provisional(made))


def colleague(office: MoveInOffice, login: str = "clerk2") -> Actor:
    """A second clerk."""
    user = make_user(office.session, *ENTER, login=login, name="窓口　二郎")
    return replace(clerk(*ENTER, login=login, name="窓口　二郎"), user_id=user.id)


def entry_of(office: MoveInOffice, case_id: str) -> MoveInEntry:
    """What is kept of a case."""
    return queries.payload_of(office.keyring, queries.find_case(office.session, case_id)).entry


def make_town(session: Session) -> None:
    """One town of the own municipality in the address dictionary."""
    session.add(Prefecture(code="98", name="架空県", kana="カクウケン", kana_key="カクウケン"))
    session.flush()
    session.add(
        Municipality(
            code="98201", check_digit="1", prefecture_code="98", name="架空市", kana="カクウシ",
            kana_key="カクウシ", district_key="カクウシ", local_key="カクウシ", source="local",
        )
    )  # fmt: skip
    session.flush()
    session.add(
        Town(
            code=TOWN_CODE, municipality_code="98201", oaza_name="本町", name="本町一丁目",
            kana="ホンチョウ１チョウメ", kana_key="ホンチヨウ1チヨウメ", source="local",
        )
    )  # fmt: skip
    session.flush()
    session.add(
        PostalCode(code="0000001", municipality_code="98201", town_code=TOWN_CODE, note="", source="local")
    )
    session.flush()


def furnish(session: Session, keyring: Keyring) -> tuple[Actor, Actor]:
    """Masters, users, a town, and ten free 住民票コード."""
    make_masters(session)
    make_town(session)
    numbering.stock_codes(session, keyring, [f"99{number:09d}" for number in range(10)], is_test_data=True)
    actors = []
    for login, name, permissions in (
        ("clerk1", "窓口　一子", ENTER),
        ("approver1", "審査　三枝", APPROVE),
    ):
        user = make_user(session, *permissions, login=login, name=name)
        actors.append(replace(clerk(*permissions, login=login, name=name), user_id=user.id))
    session.flush()
    return actors[0], actors[1]


@pytest.fixture
def office(session: Session, keyring: Keyring) -> MoveInOffice:
    """The office on both databases."""
    enterer, approver = furnish(session, keyring)
    return MoveInOffice(session, keyring, enterer, approver)
