"""Everybody of the invented town can be opened and changed, however odd their days and names."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from residentapp.core.access.permissions import Permission
from residentapp.core.crypto import Keyring, bind_keyring
from residentapp.core.db import Database
from residentapp.residents.changes.facts import begin
from residentapp.residents.changes.procedure import PROCEDURES
from residentapp.residents.changes.spec import Subjects, spec_of, specs
from residentapp.residents.models import ResidentHistory
from residentapp.residents.records.queries import household_page, resident_page
from residentapp.residents.types import ResidentState
from tests.support.clock import TEST_MOMENT
from tests.support.users import clerk

#: Whoever may see and do everything.
CHIEF = clerk(*Permission)
#: Kinds of change that begin with what the record says of a person.
PREFILLED = [
    spec.code
    for procedure in PROCEDURES
    for spec in specs(procedure.group)
    if spec.subjects in (Subjects.ONE, Subjects.SOME) and spec.person_asks
]


def test_every_page_of_the_town_opens(town_file: Path, keyring: Keyring) -> None:
    database = Database(f"sqlite:///{town_file}")
    bind_keyring(database, keyring)
    today = TEST_MOMENT.date()
    with database.sessions() as session:
        rows = session.execute(
            select(ResidentHistory.addressee_number, ResidentHistory.household_number).where(
                ResidentHistory.is_latest
            )
        ).all()
        assert len(rows) > 300
        for number, _home in rows:
            page = resident_page(session, CHIEF, number, now=TEST_MOMENT, today=today)
            assert page.history and page.groups
        for home in {home for _number, home in rows}:
            assert household_page(session, CHIEF, home, now=TEST_MOMENT, today=today)
    database.dispose()


@pytest.mark.parametrize("kind", PREFILLED)
def test_every_resident_of_the_town_can_be_changed(town_file: Path, keyring: Keyring, kind: str) -> None:
    database = Database(f"sqlite:///{town_file}")
    bind_keyring(database, keyring)
    spec = spec_of(kind)
    with database.sessions() as session:
        people = session.scalars(
            select(ResidentHistory).where(
                ResidentHistory.is_latest, ResidentHistory.state == ResidentState.RESIDENT
            )
        ).all()
        begun = 0
        for person in people:
            if person.resident_kind not in spec.kinds:
                continue
            entry = begin(
                session,
                CHIEF,
                spec,
                household_number=person.household_number,
                chosen=[person.addressee_number],
                now=TEST_MOMENT,
            )
            begun += bool(entry.subjects)
        assert begun > 0
    database.dispose()
