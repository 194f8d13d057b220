"""Any sequence of changes, cancelled in reverse, leaves every person and every household as before (RR-4.6.0.1).

世帯番号 may be others, because an empty household is not entered again but made anew (RR-4.6.0.1d); who lives with
whom, and everything else of every record, is the same. All history is kept, and nothing that must hold is broken.
"""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from residentapp.core.access.permissions import Permission
from residentapp.core.crypto import Keyring
from residentapp.core.dates import DateValue
from residentapp.core.violations import errors_of
from residentapp.residents import history
from residentapp.residents.cases.types import Registered
from residentapp.residents.models import ResidentHistory
from residentapp.residents.search import index
from residentapp.residents.types import ForeignCategory, ResidentKind
from tests.residents.changes.conftest import make_office
from tests.residents.changes.office import ChangeOffice
from tests.support import residents
from tests.support.invariants import broken
from tests.support.random_changes import MAKERS, make
from tests.support.removed import remove

#: The office of these tests takes people in as well.
MOVE_INS = (Permission.MOVE_IN_ENTER, Permission.MOVE_IN_APPROVE)

State = tuple[dict[str, dict[str, object]], set[frozenset[str]]]


def people_of(office: ChangeOffice) -> list[ResidentHistory]:
    query = select(ResidentHistory).where(ResidentHistory.is_latest)
    return list(office.session.scalars(query.order_by(ResidentHistory.addressee_number)))


def state(office: ChangeOffice, among: set[str] | None = None) -> State:
    """Everybody's items, and who lives together."""
    people = [row for row in people_of(office) if among is None or row.addressee_number in among]
    items = {}
    together: dict[str, set[str]] = {}
    for row in people:
        own = history.items_of(row)
        own.pop("household_number")
        items[row.addressee_number] = own
        if row.state.is_live:
            together.setdefault(row.household_number, set()).add(row.addressee_number)
    return items, {frozenset(members) for members in together.values()}


def undo(office: ChangeOffice, act: Registered) -> None:
    entry = office.begin("cancel", office.latest(act.numbers[0]))
    entry = office.prepared(entry.with_values(change=str(act.change_ids[0]), moved_on="令和8年11月24日"))
    office.register(entry)


@pytest.fixture
def office(session: Session, keyring: Keyring) -> ChangeOffice:
    """An office whose officers may do everything that can be made at random."""
    made = make_office(session, keyring)
    clerk, approver = (
        replace(actor, permissions=actor.permissions.union(MOVE_INS)) for actor in (made.clerk, made.approver)
    )
    return replace(made, clerk=clerk, approver=approver)


@pytest.fixture
def foreigner(office: ChangeOffice) -> ResidentHistory:
    """A woman of another nationality who lives alone at the address of the family."""
    return residents.resident(
        office.session,
        resident_kind=ResidentKind.FOREIGN,
        name=None,
        name_alphabet="SMITH JANE",
        name_kana="スミス　ジェーン",
        head_name="SMITH JANE",
        registered_domicile=None,
        register_head=None,
        became_resident_on=None,
        became_foreign_resident_on=DateValue.of(dt.date(2020, 4, 1)),
        birth_date=DateValue.of(dt.date(1990, 1, 1), western=True),
        nationality="米国",
        foreign_category=ForeignCategory.MID_TO_LONG_TERM,
        residence_card_number="AB12345678CD",
        previous_aliases=[],
    )


@pytest.fixture
def gone(office: ChangeOffice) -> ResidentHistory:
    """A man who moved out last year, for whom no 転入通知 has come."""
    person = residents.resident(
        office.session,
        name="去石　旅人",
        name_kana="サルイシ　タビト",
        head_name="去石　旅人",
        birth_date=DateValue.of(dt.date(1971, 2, 3)),
    )
    last = remove(office.session, person, on=dt.date(2025, 9, 1))
    index.refresh(office.session, [last.addressee_number])
    return last


@pytest.mark.requirement("RR-4.6.0.1a", "RR-4.6.0.1b", "RR-4.6.0.1c")
@given(seeds=st.lists(st.integers(0, 10_000), min_size=1, max_size=6))
@settings(
    max_examples=15,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_cancelling_in_reverse_restores_everybody(
    office: ChangeOffice,
    family: list[ResidentHistory],
    lodging: ResidentHistory,
    foreigner: ResidentHistory,
    gone: ResidentHistory,
    seeds: list[int],
) -> None:
    savepoint = office.session.begin_nested()
    try:
        before = state(office)
        people = set(before[0])
        rows = len(office.session.scalars(select(ResidentHistory.addressee_number)).all())
        acts = []
        for seed in seeds:
            entry = make(office, random.Random(seed), lambda _session: people_of(office))
            if entry is None:
                continue
            acts.append(office.register(entry))
            assert broken(office.session) == []
        for act in reversed(acts):
            undo(office, act)
            assert broken(office.session) == []
        assert state(office, people) == before
        # Who was recorded by one of the changes is a removed record now, not nobody.
        assert all(not office.latest(number).state.is_live for number in set(state(office)[0]) - people)
        kept = len(office.session.scalars(select(ResidentHistory.addressee_number)).all())
        assert kept >= rows + 2 * sum(len(act.change_ids) for act in acts)
    finally:
        savepoint.rollback()
        office.session.expire_all()


@pytest.mark.requirement("RR-4.6.0.1b")
@pytest.mark.parametrize("name", sorted(MAKERS))
def test_every_kind_can_be_made_and_cancelled(
    office: ChangeOffice,
    family: list[ResidentHistory],
    lodging: ResidentHistory,
    foreigner: ResidentHistory,
    gone: ResidentHistory,
    name: str,
) -> None:
    """What the property above picks from: no maker is there in vain, and each is undone alone too."""
    made, refused = 0, []
    for seed in range(12):
        before = state(office)
        entry = MAKERS[name](office, random.Random(seed), people_of(office))
        if entry is None:
            continue
        if errors := errors_of(office.findings(entry)):
            refused += [error.code for error in errors]
            continue
        undo(office, office.register(entry))
        assert broken(office.session) == []
        assert state(office, set(before[0])) == before
        made += 1
        if made == 2:
            return
    pytest.fail(f"{name} makes hardly anything; refused: {refused}")
