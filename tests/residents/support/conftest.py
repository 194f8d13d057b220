"""People, and an officer in charge of support measures."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from residentapp.core.access.permissions import Permission
from residentapp.core.crypto import Keyring
from residentapp.core.outbox import OutboxMessage, body_of
from residentapp.core.violations import Level
from residentapp.residents.models import ProtectionEvent, ResidentHistory, SupportMeasure
from residentapp.residents.protection import standings
from residentapp.residents.support import operations
from residentapp.residents.support.rules import usual_levels
from residentapp.residents.support.types import (
    Blocked,
    EventKind,
    MeasureEntry,
    RegisterMeasure,
    Seen,
    Supported,
)
from residentapp.residents.types import SuppressedProcess
from tests.support import residents
from tests.support.clock import TEST_MOMENT
from tests.support.masters import make_masters
from tests.support.users import clerk

CHIEF = clerk(*Permission, login="shien", name="架空　責任者", user_id=7)
COUNTER = clerk(
    Permission.RESIDENT_VIEW, Permission.CERTIFICATE_ISSUE, login="madoguchi", name="架空　窓口", user_id=8
)
TODAY = dt.date(2026, 11, 24)
NOW = TEST_MOMENT
BLOCKED = frozenset({Blocked.INSPECTION_CURRENT, Blocked.COPY_CURRENT, Blocked.COPY_FORMER})


@dataclass(frozen=True)
class People:
    """A mother and her child at an address to be kept, and the man from whom."""

    mother: ResidentHistory
    child: ResidentHistory
    offender: ResidentHistory


@pytest.fixture
def people(session: Session) -> People:
    """Recorded people; the municipality is registered."""
    make_masters(session)
    mother, child = residents.family(
        session,
        {
            "name": "守山　花子", "head_name": "守山　花子", "address": "架空県架空市隠町8番9号",
            "building": "秘荘101号室", "registered_domicile": "架空県架空市本籍町1番",
        },
        {
            "name": "守山　一", "head_name": "守山　花子", "relationship_to_head": "子",
            "address": "架空県架空市隠町8番9号", "building": "秘荘101号室",
        },
    )  # fmt: skip
    offender = residents.resident(session, name="荒井　剛")
    return People(mother, child, offender)


def entry(**changes: object) -> MeasureEntry:
    """A measure applied for and begun today, with something changed."""
    values: dict[str, object] = {
        "applied_on": TODAY,
        "receiving_municipality": "架空市",
        "starts_on": TODAY,
        "blocked": BLOCKED,
        "levels": usual_levels(BLOCKED),
    }
    return MeasureEntry(**(values | changes))  # type: ignore[arg-type]


def command(people: People, **changes: object) -> RegisterMeasure:
    """The mother applies for herself and her child."""
    return RegisterMeasure(
        applicant=people.mother.addressee_number,
        entry=entry(**changes),
        supported=(Supported(people.child.addressee_number, "子"),),
    )


def told(session: Session, keyring: Keyring) -> list[tuple[str, str, str, str]]:
    """What other systems are told of suppressions, in its order: (partner, 宛名番号, word, process)."""
    rows = session.scalars(
        select(OutboxMessage).where(OutboxMessage.kind.endswith(".suppression")).order_by(OutboxMessage.id)
    )
    return [
        (
            row.destination.value,
            row.subject,
            body["header"]["act"]["label"],
            body["suppression"]["process"]["code"],
        )
        for row in rows
        for body in [body_of(keyring, row)]
    ]


def seen(measure: SupportMeasure) -> Seen:
    """The measure as it is now."""
    return Seen(measure.id, measure.version)


LEVELS = {
    SuppressedProcess.CHANGE: Level.ALERT,
    SuppressedProcess.CERTIFICATE: Level.ERROR,
    SuppressedProcess.INQUIRY: Level.ALERT,
    SuppressedProcess.INSPECTION: Level.ERROR,
}


DAY = dt.timedelta(days=1)


def at(day: dt.date) -> dt.datetime:
    """Ten in the morning of a day."""
    return dt.datetime.combine(day, dt.time(10), NOW.tzinfo)


def levels_of(session: Session, person: object, *, now: dt.datetime = NOW) -> dict[SuppressedProcess, Level]:
    """What stands for a person."""
    found = standings(session, [person], now=now)  # type: ignore[list-item]
    standing = found.get(person.addressee_number)  # type: ignore[attr-defined]
    return standing.levels if standing is not None else {}


def kinds(session: Session, measure: SupportMeasure) -> list[EventKind]:
    """What was done to a measure itself, oldest first."""
    query = select(ProtectionEvent.kind).where(
        ProtectionEvent.measure_id == measure.id, ProtectionEvent.suppression_id.is_(None)
    )
    return list(session.scalars(query.order_by(ProtectionEvent.id)))


@pytest.fixture
def measure(session: Session, keyring: Keyring, people: People) -> SupportMeasure:
    """A measure that began today."""
    return operations.register(session, CHIEF, keyring, command(people), now=NOW)
