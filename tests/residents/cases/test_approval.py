"""決裁 and 本登録 on the road of a case, tried with move-in: who may, and that nothing is doubled or half done."""

from __future__ import annotations

import datetime as dt
import threading
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from residentapp.core import numbering
from residentapp.core.access.actor import PermissionDenied
from residentapp.core.audit import verify
from residentapp.core.crypto import Keyring
from residentapp.core.dates import DateValue
from residentapp.core.db import Database
from residentapp.residents.cases import operations, queries
from residentapp.residents.cases.approval import approve
from residentapp.residents.cases.errors import (
    CaseChanged,
    EntryRefused,
    OwnApproval,
)
from residentapp.residents.cases.procedure import alert_key
from residentapp.residents.cases.types import Approve, CaseState, RecordVersion, SaveEntry
from residentapp.residents.models import IntegratedRemark, ResidentChange, ResidentHistory
from residentapp.residents.move_in.types import MoveInEntry, Scope
from residentapp.residents.types import ChangeReason
from tests.residents.move_in.cases import (
    entry,
    person,
    wife,
)
from tests.residents.move_in.conftest import MoveInOffice, furnish
from tests.support.clock import TEST_MOMENT
from tests.support.residents import change, family, next_snapshot
from tests.support.users import make_user


def test_an_alert_that_only_comes_up_now_is_for_the_approver(office: MoveInOffice) -> None:
    [head] = family(office.session, {"birth_date": DateValue.of(dt.date(1955, 5, 5))})
    made = entry(person(relationship="子"), scope=Scope.PART, household_number=head.household_number)
    case = office.provisional(made)
    changed = change(office.session, ChangeReason.HEAD_CHANGE)
    next_snapshot(office.session, head, changed, relationship_to_head=None, head_name=None)
    with pytest.raises(EntryRefused) as refused, office.session.begin_nested():
        office.approve(case)
    [alert] = refused.value.open_findings
    assert alert.code == "MI-A028"
    reasons = {alert_key(alert): "世帯主を確認中"}
    office.session.refresh(case)
    done = approve(
        office.session, office.approver, office.keyring, Approve(office.seen(case), reasons), now=office.now
    )
    assert done.household_number == head.household_number


@pytest.mark.requirement("RR-4.0.8a", partial=True)
def test_nobody_approves_their_own_entry(office: MoveInOffice) -> None:
    case = office.provisional(entry(), by=office.approver)
    with pytest.raises(OwnApproval, match="自分が入力した仮登録は"):
        office.approve(case, by=office.approver)
    assert case.state is CaseState.PROVISIONAL


def test_whoever_has_changed_the_entry_does_not_approve_it(office: MoveInOffice) -> None:
    case = office.start(entry())
    operations.leave(office.session, office.clerk, case.id, now=office.now)
    office.save(case, entry(), by=office.approver)
    operations.leave(office.session, office.approver, case.id, now=office.now)
    operations.register_provisionally(
        office.session,
        office.clerk,
        office.keyring,
        SaveEntry(office.seen(case), entry()),
        now=office.now,
    )
    with pytest.raises(OwnApproval):
        office.approve(case)


def test_approving_needs_its_right(office: MoveInOffice) -> None:
    case = office.provisional(entry(), by=office.approver)
    with pytest.raises(PermissionDenied):
        office.approve(case, by=office.clerk)


def test_a_second_approval_is_told_and_doubles_nothing(office: MoveInOffice) -> None:
    case = office.provisional(entry())
    seen = office.seen(case)
    office.approve(case)
    with pytest.raises(CaseChanged, match="すでに決裁"):
        approve(office.session, office.approver, office.keyring, Approve(seen), now=office.now)
    assert office.session.scalar(select(func.count()).select_from(ResidentHistory)) == 1


def test_what_changed_after_the_look_is_not_approved(office: MoveInOffice) -> None:
    case = office.provisional(entry())
    stale = RecordVersion(case.id, case.version - 1)
    with pytest.raises(CaseChanged, match="画面を開き直して"):
        approve(office.session, office.approver, office.keyring, Approve(stale), now=office.now)


def commit_provisional(database: Database, keyring: Keyring, made: MoveInEntry) -> tuple[MoveInOffice, str]:
    with database.transaction() as session:
        enterer, approver = furnish(session, keyring)
        office = MoveInOffice(session, keyring, enterer, approver)
        case = office.provisional(made)
        return office, case.id


def seen_of(session: Session, case_id: str) -> RecordVersion:
    case = queries.find_case(session, case_id)
    return RecordVersion(case.id, case.version)


def test_a_crash_before_the_commit_leaves_the_provisional_entry_whole(
    database: Database, keyring: Keyring
) -> None:
    office, case_id = commit_provisional(database, keyring, entry(person(resident_code=""), wife()))

    class PowerCut(Exception):
        pass

    with pytest.raises(PowerCut), database.transaction() as session:
        approve(session, office.approver, keyring, Approve(seen_of(session, case_id)), now=TEST_MOMENT)
        assert session.scalar(select(func.count()).select_from(ResidentHistory)) == 2
        raise PowerCut
    with database.transaction() as session:
        case = queries.find_case(session, case_id)
        assert case.state is CaseState.PROVISIONAL
        assert len(queries.payload_of(keyring, case).entry.members) == 2
        for table in (ResidentHistory, ResidentChange, IntegratedRemark):
            assert session.scalar(select(func.count()).select_from(table)) == 0
        assert numbering.free_codes(session) == 10
        done = approve(session, office.approver, keyring, Approve(seen_of(session, case_id)), now=TEST_MOMENT)
    assert [int(number[:-1]) for number in done.numbers] == [1, 2], "no number was lost"
    with database.transaction() as session:
        assert session.scalar(select(func.count()).select_from(ResidentHistory)) == 2
        assert verify(session).ok


@pytest.mark.requirement("CM-5.2", partial=True)
def test_two_officers_approve_at_once(database: Database, keyring: Keyring) -> None:
    """One succeeds, the other is told; the register has the person once."""
    office, case_id = commit_provisional(database, keyring, entry())
    with database.transaction() as session:
        second = make_user(session, login="approver2", name="審査　二人目")
        other = replace(office.approver, login="approver2", name="審査　二人目", user_id=second.id)
        seen = seen_of(session, case_id)
    start = threading.Barrier(2)
    outcomes: list[object] = []

    def press(actor: Any) -> None:
        start.wait()
        try:
            with database.transaction() as session:
                outcomes.append(approve(session, actor, keyring, Approve(seen), now=TEST_MOMENT))
        except Exception as problem:
            outcomes.append(problem)

    threads = [threading.Thread(target=press, args=(actor,)) for actor in (office.approver, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["CaseChanged", "Registered"]
    with database.transaction() as session:
        assert session.scalar(select(func.count()).select_from(ResidentHistory)) == 1
        assert session.scalar(select(func.count()).select_from(ResidentChange)) == 1


def test_the_same_person_in_two_cases_is_registered_once(database: Database, keyring: Keyring) -> None:
    """Both cases were complete before either knew of the other; the second approval sees what the first did."""
    office, first = commit_provisional(database, keyring, entry())
    with database.transaction() as session:
        session.execute(text("DELETE FROM change_case_number"))
        second = MoveInOffice(session, keyring, office.clerk, office.approver).provisional(entry()).id
        seen = {case_id: seen_of(session, case_id) for case_id in (first, second)}
        session.execute(text("DELETE FROM change_case_number"))
    start = threading.Barrier(2)
    outcomes: list[object] = []

    def press(case_id: str) -> None:
        start.wait()
        try:
            with database.transaction() as session:
                outcomes.append(
                    approve(session, office.approver, keyring, Approve(seen[case_id]), now=TEST_MOMENT)
                )
        except Exception as problem:
            outcomes.append(problem)

    threads = [threading.Thread(target=press, args=(case_id,)) for case_id in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    refused = [outcome for outcome in outcomes if isinstance(outcome, EntryRefused)]
    assert len(refused) == 1 and len(outcomes) == 2
    assert "MI-E061" in [finding.code for finding in refused[0].open_findings]
    with database.transaction() as session:
        assert session.scalar(select(func.count()).select_from(ResidentHistory)) == 1
