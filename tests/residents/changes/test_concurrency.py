"""Two at once, in threads with real commits, on both databases (RR-10.3c, CM-5.2): one wins, the other is told."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from residentapp.core.access.actor import Actor
from residentapp.core.crypto import Keyring
from residentapp.core.db import Database
from residentapp.residents import history
from residentapp.residents.cases import operations, queries
from residentapp.residents.cases.approval import approve
from residentapp.residents.cases.errors import CaseChanged, EntryRefused
from residentapp.residents.cases.types import Approve, CaseState, RecordVersion, Registered, SaveEntry
from residentapp.residents.changes.types import ChangeEntry
from residentapp.residents.locks import EditLock, Locked
from residentapp.residents.models import ResidentHistory
from tests.residents.changes.conftest import ENTER, family_of_four, make_office
from tests.residents.changes.office import ChangeOffice
from tests.residents.changes.test_move_within import NEW_ADDRESS
from tests.support.clock import TEST_MOMENT
from tests.support.users import clerk, make_user

Work = Callable[[Session], object]


def at_once(database: Database, *works: Work) -> list[object]:
    """What each of some pieces of work gives, or how it fails, when they start at the same moment."""
    start = threading.Barrier(len(works))
    outcomes: dict[int, object] = {}

    def run(place: int, work: Work) -> None:
        start.wait()
        try:
            with database.transaction() as session:
                outcomes[place] = work(session)
        except Exception as problem:
            outcomes[place] = problem

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return [outcomes[place] for place in range(len(works))]


@pytest.fixture
def made(database: Database, keyring: Keyring) -> tuple[ChangeOffice, list[str], Actor]:
    """An office with a family, committed, and a second clerk."""
    with database.transaction() as session:
        office = make_office(session, keyring)
        family = [person.addressee_number for person in family_of_four(session)]
        user = make_user(session, *ENTER, login="clerk2", name="窓口　二郎")
        second = replace(clerk(*ENTER, login="clerk2", name="窓口　二郎"), user_id=user.id)
    return office, family, second


def at(office: ChangeOffice, session: Session, actor: Actor | None = None) -> ChangeOffice:
    """The office on another session, with another clerk if one is given."""
    return replace(office, session=session, clerk=actor or office.clerk)


def entry(office: ChangeOffice, *numbers: str, lot: str = "9番8号") -> ChangeEntry:
    """A move of these people, complete."""
    people = [office.latest(number) for number in numbers]
    made = office.begin("move_within", *people).with_values(**{**NEW_ADDRESS, "lot": lot})
    for place, person in enumerate(people):
        made = office.typed(made, person, relationship="世帯主" if place == 0 else "縁故者")
    return office.confirmed(made)


def provisional(database: Database, office: ChangeOffice, *numbers: str) -> RecordVersion:
    with database.transaction() as session:
        here = at(office, session)
        case = here.provisional(entry(here, *numbers))
        return RecordVersion(case.id, case.version)


@pytest.mark.requirement("RR-10.3c", "CM-5.2", partial=True)
def test_two_counters_begin_with_one_household(
    database: Database, made: tuple[ChangeOffice, list[str], Actor]
) -> None:
    """Both have the household before them and save at the same moment: one goes on, the other is told who holds it."""
    office, family, second = made

    def save(actor: Actor, number: str) -> Work:
        def work(session: Session) -> object:
            here = at(office, session, actor)
            return here.start(entry(here, number)).id

        return work

    outcomes = at_once(database, save(office.clerk, family[2]), save(second, family[1]))

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Locked", "str"]
    [told] = [outcome for outcome in outcomes if isinstance(outcome, Locked)]
    assert "さん（" in str(told) and "から" in str(told)


@pytest.mark.requirement("CM-5.2", partial=True)
def test_one_person_in_two_changes(database: Database, made: tuple[ChangeOffice, list[str], Actor]) -> None:
    """Both were complete before either was approved: the second sees what the first has done; nothing is doubled."""
    office, family, second = made
    first = provisional(database, office, *family)
    with database.transaction() as session:
        # The locks are gone, as after a release by force: the rules alone have to hold.
        for lock in session.scalars(select(EditLock)):
            session.delete(lock)
        session.flush()
        here = at(office, session, second)
        case = here.provisional(entry(here, *family, lot="77番"))
        other = RecordVersion(case.id, case.version)

    def approval(seen: RecordVersion) -> Work:
        def work(session: Session) -> object:
            here = at(office, session)
            return approve(session, here.approver, here.keyring, Approve(seen), now=TEST_MOMENT)

        return work

    outcomes = at_once(database, approval(first), approval(other))

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["EntryRefused", "Registered"]
    [refused] = [outcome for outcome in outcomes if isinstance(outcome, EntryRefused)]
    assert "CH-E004" in [finding.code for finding in refused.open_findings]
    with database.transaction() as session:
        rows = [history.latest(session, number) for number in family]
        assert [row.history_number for row in rows if row is not None] == [2, 2, 2, 2]
        assert len({row.household_number for row in rows if row is not None}) == 1
        current = select(func.count()).select_from(ResidentHistory).where(ResidentHistory.is_latest)
        assert session.scalar(current) == 4


@pytest.mark.requirement("CM-5.2", partial=True)
def test_approval_while_the_counter_takes_it_back(
    database: Database, made: tuple[ChangeOffice, list[str], Actor]
) -> None:
    """Either it is in the register and cannot be taken back, or it is back at the counter and cannot be approved."""
    office, family, _second = made
    seen = provisional(database, office, *family)

    def approval(session: Session) -> object:
        return approve(session, office.approver, office.keyring, Approve(seen), now=TEST_MOMENT)

    def taking_back(session: Session) -> object:
        return operations.take_back(session, office.clerk, office.keyring, seen, now=TEST_MOMENT).id

    approved, taken = at_once(database, approval, taking_back)

    with database.transaction() as session:
        state = queries.find_case(session, seen.case_id).state
        row = history.latest(session, family[0])
        assert row is not None
    if isinstance(approved, Registered):
        assert isinstance(taken, CaseChanged)
        assert (state, row.history_number) == (CaseState.FINAL, 2)
    else:
        assert isinstance(approved, CaseChanged) and isinstance(taken, str)
        assert (state, row.history_number) == (CaseState.RETURNED, 1)


@pytest.mark.requirement("CM-5.2", partial=True)
def test_two_windows_of_one_entry(database: Database, made: tuple[ChangeOffice, list[str], Actor]) -> None:
    """The same clerk saves one draft from two windows: the second is told that it changed."""
    office, family, _second = made
    with database.transaction() as session:
        here = at(office, session)
        case = here.start(entry(here, *family))
        seen = RecordVersion(case.id, case.version)

    def save(lot: str) -> Work:
        def work(session: Session) -> object:
            here = at(office, session)
            command = SaveEntry(seen, entry(here, *family, lot=lot))
            return operations.save(session, here.clerk, here.keyring, command, now=TEST_MOMENT).version

        return work

    outcomes = at_once(database, save("1番"), save("2番"))

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["CaseChanged", "int"]
