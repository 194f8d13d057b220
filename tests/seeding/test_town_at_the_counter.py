"""Everybody of the invented town can be opened and changed, however odd their days and names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from residentapp.core.access.permissions import Permission
from residentapp.core.crypto import Keyring, bind_keyring
from residentapp.core.db import Database
from residentapp.residents.changes.facts import begin
from residentapp.residents.changes.procedure import PROCEDURES
from residentapp.residents.changes.spec import Subjects, spec_of, specs
from residentapp.residents.immigration.notices import NOTICES
from residentapp.residents.immigration.results import count_errors
from residentapp.residents.immigration.rules import term_state
from residentapp.residents.immigration.terms import count_expiring
from residentapp.residents.immigration.types import NoticeState, TermState
from residentapp.residents.models import ResidentHistory
from residentapp.residents.records.queries import household_page, resident_page
from residentapp.residents.types import ResidentState
from residentapp.seeding.exchange import with_days
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


def test_the_lists_about_foreign_residents_have_something_to_try(town_file: Path, keyring: Keyring) -> None:
    """What the 出入国在留管理庁 has told and answered, and terms of stay that end."""
    database = Database(f"sqlite:///{town_file}")
    bind_keyring(database, keyring)
    with database.sessions() as session:
        taken = NOTICES.in_state(session, NoticeState.TAKEN)
        pending = NOTICES.in_state(session, NoticeState.PENDING)
        assert [NOTICES.body_of(keyring, row)["header"]["notice_number"] for row in taken] == [
            "R8-1001",
            "R8-1002",
        ]
        assert len(NOTICES.in_state(session, NoticeState.UNCHANGED)) == 1
        # Each for a reason of its own, so that each way of taking one in by hand can be tried.
        assert len({row.problem for row in pending}) == len(pending) == 3
        assert count_errors(session) == 2
        terms = {
            term_state(expires_on, TEST_MOMENT.date())
            for expires_on in session.scalars(
                select(ResidentHistory.residence_expires_on).where(
                    ResidentHistory.is_latest, ResidentHistory.residence_expires_on.is_not(None)
                )
            )
            if expires_on is not None
        }
        assert {TermState.COMING, TermState.GRACE} <= terms
        assert count_expiring(session, today=TEST_MOMENT.date()) >= 2
    database.dispose()


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({"day": "-3"}, {"day": "2026-11-21"}),
        ({"day": "0"}, {"day": "2026-11-24"}),
        ({"day": "+8", "more": {"day": "1990-01-01"}}, {"day": "2026-12-02", "more": {"day": "1990-01-01"}}),
        ({"notice_number": "-3"}, {"notice_number": "-3"}),
    ],
)
def test_days_of_what_is_told_are_counted_from_the_day_of_the_town(
    told: dict[str, Any], expected: dict[str, Any]
) -> None:
    assert with_days({"header": told}, TEST_MOMENT.date()) == {"header": expected}
