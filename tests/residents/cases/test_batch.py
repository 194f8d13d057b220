"""Many cases finalised at once: each by itself, whatever becomes of the others; two officers never get stuck."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from residentapp.core import numbering
from residentapp.core.access.actor import Actor, PermissionDenied
from residentapp.core.access.permissions import Permission
from residentapp.core.audit import verify, write_pending
from residentapp.core.audit.models import AuditEntry
from residentapp.core.crypto import Keyring
from residentapp.core.db import Database
from residentapp.residents import history
from residentapp.residents.cases import approval, operations, queries
from residentapp.residents.cases.approval import Batch, NothingChosen, TooMany, approve_many, return_case
from residentapp.residents.cases.models import ChangeCase
from residentapp.residents.cases.types import (
    Approve,
    CaseState,
    RecordVersion,
    Registered,
    ReturnCase,
    SaveEntry,
)
from residentapp.residents.models import Addressee, IntegratedRemark, ResidentChange, ResidentHistory
from residentapp.residents.move_in.types import MoveInEntry, Scope
from residentapp.residents.types import ChangeReason, ResidentState
from tests.residents.cases.pretence import Pretence, Pretended
from tests.residents.move_in.cases import entry, individual_number, person, resident_code
from tests.residents.move_in.conftest import MoveInOffice, furnish
from tests.support.clock import TEST_MOMENT
from tests.support.residents import change, family, next_snapshot
from tests.support.users import clerk, make_user


def somebody(place: int, **values: Any) -> MoveInEntry:
    """A household of one whom no rule mistakes for another."""
    named = {
        "name": f"架空　{place}郎",
        "register_head": "なし",
        "birth_date": f"昭和63年2月{place % 28 + 1}日",
        "individual_number": individual_number(100 + place),
        "resident_code": resident_code(100 + place),
    }
    return entry(person(**(named | values)))


def waiting(office: MoveInOffice, *places: int) -> list[ChangeCase]:
    """Cases that wait, one minute apart."""
    cases = []
    for step, place in enumerate(places):
        office.now = TEST_MOMENT + dt.timedelta(minutes=step)
        cases.append(office.provisional(somebody(place)))
    return cases


def approve_all(office: MoveInOffice, cases: Sequence[ChangeCase], *, by: Actor | None = None) -> Batch:
    seen = [office.seen(case) for case in cases]
    return approve_many(office.session, by or office.approver, office.keyring, seen, now=office.now)


def state_of(office: MoveInOffice, case: ChangeCase) -> CaseState:
    office.session.expire_all()
    return queries.find_case(office.session, case.id).state


@pytest.mark.requirement("RR-4.0.8c", partial=True)
def test_all_that_were_chosen_are_registered_oldest_first(office: MoveInOffice) -> None:
    cases = waiting(office, 1, 2, 3, 4)
    left = cases.pop(1)
    done = approve_all(office, cases[::-1])
    assert [result.case_id for result in done.results] == [case.id for case in cases]
    assert done.refused == [] and len(done.done) == 3
    numbers = [number for result in done.done if result.registered for number in result.registered.numbers]
    names = [history.latest(office.session, number) for number in numbers]
    assert [row.name for row in names if row] == ["架空　1郎", "架空　3郎", "架空　4郎"]
    assert {state_of(office, case) for case in cases} == {CaseState.FINAL}
    assert state_of(office, left) is CaseState.PROVISIONAL


@pytest.mark.requirement("RR-4.0.8c", "RR-4.0.8a", partial=True)
def test_what_one_is_refused_for_does_not_stop_the_rest(office: MoveInOffice) -> None:
    [head] = family(office.session, {})
    joining = entry(
        person(relationship="子", birth_date="平成20年1月1日"),
        scope=Scope.PART,
        household_number=head.household_number,
    )
    gone = office.provisional(joining)  # its household dies out
    own = office.provisional(somebody(5), by=office.approver)
    stale, returned, final, good, late = waiting(office, 1, 2, 3, 4, 6)
    seen = {case.id: office.seen(case) for case in (gone, own, stale, returned, final, good, late)}
    seen[stale.id] = replace(seen[stale.id], version=stale.version - 1)
    return_case(
        office.session,
        office.approver,
        office.keyring,
        ReturnCase(office.seen(returned), "直す"),
        now=office.now,
    )
    office.approve(final)
    next_snapshot(office.session, head, change(office.session, ChangeReason.DEATH), state=ResidentState.DEAD)
    unknown = RecordVersion("no-such-case", 1)
    done = approve_many(
        office.session, office.approver, office.keyring, [*seen.values(), unknown], now=office.now
    )
    assert {result.case_id for result in done.done} == {good.id, late.id}
    problems = {result.case_id: result.problem for result in done.refused}
    assert problems == {
        gone.id: "確かめることがあります。この仮登録を開いて、個別に審査してください。",
        own.id: "自分が入力した仮登録は、自分では決裁できません。審査の権限を持つ別の人に決裁を頼んでください。",
        stale.id: "この転入は、画面を開いた後に別の画面か別の人が変更しました。"
        "画面を開き直して、最新の内容を確かめてください。",
        returned.id: "この入力は、いま「差し戻し」です。審査できません。一覧を開き直してください。",
        final.id: "この仮登録は、別の人がすでに決裁し、本登録されています。二重には登録されません。",
        "no-such-case": "この仮登録は見つかりません。",
    }
    assert [state_of(office, case) for case in (gone, own, stale)] == [CaseState.PROVISIONAL] * 3
    assert queries.payload_of(office.keyring, queries.find_case(office.session, gone.id)).entry == joining


def test_an_alert_is_confirmed_by_nobody_in_a_batch(office: MoveInOffice, pretence: Pretence) -> None:
    rights = frozenset({pretence.enter_permission, pretence.approve_permission})
    enterer = replace(office.clerk, permissions=rights)
    chief = replace(office.approver, permissions=rights)
    cases = []
    for payload in (Pretended(), Pretended()):
        case = operations.start(office.session, enterer, office.keyring, pretence, payload, now=office.now)
        command = SaveEntry(office.seen(case), payload)
        operations.register_provisionally(office.session, enterer, office.keyring, command, now=office.now)
        cases.append(case)
    # The alert only comes up after the counter: nobody has been asked.
    text = pretence.encode(Pretended(alert="確かめること"))
    cases[0].payload = office.keyring.encrypt(text, context=queries.context_of(cases[0].id))
    done = approve_all(office, cases, by=chief)
    assert [result.case_id for result in done.refused] == [cases[0].id]
    assert "個別に審査" in done.refused[0].problem


def test_a_refusal_in_the_middle_of_the_register_leaves_no_trace(office: MoveInOffice) -> None:
    """The second needs a 住民票コード and there is none: what it had already written goes, numbers included."""
    cases = waiting(office, 1)
    office.now += dt.timedelta(minutes=1)
    cases.append(office.provisional(somebody(2, resident_code="")))
    office.now += dt.timedelta(minutes=1)
    cases.append(office.provisional(somebody(3)))
    numbering.draw_codes(office.session, office.keyring, 10, moment=office.now)
    before = office.session.scalar(select(func.count()).select_from(Addressee)) or 0
    done = approve_all(office, cases)
    assert [bool(result.registered) for result in done.results] == [True, False, True]
    assert "空きコード" in done.refused[0].problem
    bodies = [
        int(number[:-1]) for result in done.done if result.registered for number in result.registered.numbers
    ]
    assert bodies[1] == bodies[0] + 1, "no number was lost"
    counts = {
        table: office.session.scalar(select(func.count()).select_from(table)) or 0
        for table in (Addressee, ResidentHistory, ResidentChange, IntegratedRemark)
    }
    assert counts == {Addressee: before + 2, ResidentHistory: 2, ResidentChange: 2, IntegratedRemark: 2}
    write_pending(office.session)
    logged = office.session.scalars(select(AuditEntry).order_by(AuditEntry.sequence)).all()
    registered = [line.details["受付"] for line in logged if line.action == "転入の本登録"]
    assert registered == [cases[0].id, cases[2].id]
    [batch] = [line for line in logged if line.action == "仮登録の一括本登録"]
    assert (batch.details["選んだ件数"], batch.details["本登録した件数"]) == (3, 2)
    assert list(batch.details["本登録しなかった受付"]) == [cases[1].id]


def test_the_same_person_in_two_cases_of_a_batch_is_registered_once(office: MoveInOffice) -> None:
    cases = waiting(office, 1)
    office.session.execute(approval.delete(approval.ChangeCaseNumber))
    cases += waiting(office, 1)
    done = approve_all(office, cases)
    assert len(done.done) == len(done.refused) == 1
    assert office.session.scalar(select(func.count()).select_from(ResidentHistory)) == 1


@pytest.mark.requirement("RR-4.3.1b", partial=True)
def test_a_low_stock_of_codes_is_told_once(office: MoveInOffice) -> None:
    numbering.draw_codes(office.session, office.keyring, 6, moment=office.now)
    cases = [office.provisional(somebody(place, resident_code="")) for place in (1, 2)]
    done = approve_all(office, cases)
    assert [result.registered and result.registered.codes_left for result in done.results] == [3, 2]
    assert done.codes_left == 2
    assert approve_all(office, waiting(office, 3)).codes_left is None


def test_there_is_a_cap_and_something_must_be_chosen(office: MoveInOffice) -> None:
    cases = waiting(office, *range(1, 4))
    with pytest.raises(NothingChosen, match="選ばれていません"):
        approve_all(office, [])
    seen = [office.seen(case) for case in cases]
    seen += [RecordVersion(f"x{place}", 1) for place in range(approval.MOST_AT_ONCE - 2)]
    with pytest.raises(TooMany, match="50件まで"):
        approve_many(office.session, office.approver, office.keyring, seen, now=office.now)
    assert {state_of(office, case) for case in cases} == {CaseState.PROVISIONAL}
    done = approve_many(office.session, office.approver, office.keyring, seen[:-1], now=office.now)
    assert len(done.done) == 3 and len(done.results) == approval.MOST_AT_ONCE


def test_each_case_asks_for_the_right_of_its_own_procedure(office: MoveInOffice, pretence: Pretence) -> None:
    [move] = waiting(office, 1)
    enterer = replace(office.clerk, permissions=frozenset({pretence.enter_permission}))
    other = operations.start(office.session, enterer, office.keyring, pretence, Pretended(), now=office.now)
    command = SaveEntry(office.seen(other), Pretended())
    operations.register_provisionally(office.session, enterer, office.keyring, command, now=office.now)
    with pytest.raises(PermissionDenied):
        approve_all(office, [move, other], by=clerk(Permission.RESIDENT_VIEW))
    done = approve_all(office, [move, other])
    assert [result.case_id for result in done.done] == [move.id]
    assert "権限がありません" in done.refused[0].problem


# ---- real commits, several officers at once


def commit_waiting(
    database: Database, keyring: Keyring, count: int
) -> tuple[Actor, Actor, list[RecordVersion]]:
    """Cases that wait, and two officers who may approve them."""
    with database.transaction() as session:
        enterer, approver = furnish(session, keyring)
        second = make_user(session, login="approver2", name="審査　二人目")
        other = replace(approver, login="approver2", name="審査　二人目", user_id=second.id)
        office = MoveInOffice(session, keyring, enterer, approver)
        cases = waiting(office, *range(1, count + 1))
        return approver, other, [office.seen(case) for case in cases]


def at_once(database: Database, *works: Callable[[Session], Any]) -> list[Any]:
    """What each came to, in a transaction of its own; all begin together."""
    start = threading.Barrier(len(works))
    outcomes: list[Any] = [None] * len(works)

    def run(place: int, work: Callable[[Session], Any]) -> None:
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
        thread.join(timeout=60)
    assert not any(thread.is_alive() for thread in threads), "somebody waits for ever"
    return outcomes


def assert_registered_once(database: Database, count: int) -> None:
    with database.transaction() as session:
        people = session.scalars(select(ResidentHistory)).all()
        assert sorted(row.name or "" for row in people) == sorted(f"架空　{n}郎" for n in range(1, count + 1))
        bodies = sorted(int(row.addressee_number[:-1]) for row in people)
        assert bodies == list(range(1, count + 1)), "no number twice, none lost"
        changes = session.scalars(select(ResidentChange.case_id)).all()
        assert len(set(changes)) == len(changes) == count
        assert verify(session).ok


@pytest.mark.requirement("RR-4.0.8c", "CM-5.2", partial=True)
@pytest.mark.parametrize("in_step", [False, True], ids=["free", "in-step"])
def test_two_officers_finalise_overlapping_batches_at_once(
    database: Database, keyring: Keyring, monkeypatch: pytest.MonkeyPatch, in_step: bool
) -> None:
    """The second begins with what the first comes to last: nobody gets stuck, nobody registers twice.

    :param in_step: the second begins while the first stands between two cases.
    """
    count = 12
    first, second, seen = commit_waiting(database, keyring, count)
    mine, theirs = seen[:9], [*seen[3:9][::-1], *seen[9:]]
    begun = threading.Event()
    approve = approval.approve

    def slowly(session: Session, actor: Actor, *values: Any, **named: Any) -> Registered:
        done = approve(session, actor, *values, **named)
        if actor is first and not begun.is_set():
            begun.set()
            time.sleep(0.5)
        return done

    def then(session: Session) -> Batch:
        if in_step:
            assert begun.wait(30)
        return approve_many(session, second, keyring, theirs, now=TEST_MOMENT)

    if in_step:
        monkeypatch.setattr(approval, "approve", slowly)
    outcomes = at_once(
        database, lambda session: approve_many(session, first, keyring, mine, now=TEST_MOMENT), then
    )
    assert all(isinstance(outcome, Batch) for outcome in outcomes), outcomes
    done = [result.case_id for batch in outcomes for result in batch.done]
    assert sorted(done) == sorted(version.case_id for version in seen)
    refused = [result for batch in outcomes for result in batch.refused]
    assert len(refused) == 6
    assert {result.problem for result in refused} == {
        "この仮登録は、別の人がすでに決裁し、本登録されています。二重には登録されません。"
    }
    assert_registered_once(database, count)


@pytest.mark.requirement("CM-5.2", partial=True)
def test_a_batch_beside_single_approvals_and_returns(database: Database, keyring: Keyring) -> None:
    """Refusals in the batch give its turn away; whoever goes ahead then is seen by the cases that follow."""
    count = 8
    first, second, seen = commit_waiting(database, keyring, count)
    stale = [replace(version, version=version.version - 1) for version in seen[:3]]

    def send_back(session: Session) -> object:
        return return_case(session, second, keyring, ReturnCase(seen[7], "直す"), now=TEST_MOMENT).state

    outcomes = at_once(
        database,
        lambda session: approve_many(session, first, keyring, [*stale, *seen[3:]], now=TEST_MOMENT),
        *(
            lambda session, version=version: approval.approve(
                session, second, keyring, Approve(version), now=TEST_MOMENT
            )
            for version in (seen[0], seen[4])
        ),
        send_back,
    )
    batch = outcomes[0]
    assert isinstance(batch, Batch), batch
    assert isinstance(outcomes[1], Registered), outcomes[1]
    by_case = {result.case_id: result for result in batch.results}
    assert all(by_case[version.case_id].registered is None for version in stale)
    with database.transaction() as session:
        states = [queries.find_case(session, version.case_id).state for version in seen]
    # Each of the two that both wanted went to one of them.
    assert (by_case[seen[4].case_id].registered is None) is isinstance(outcomes[2], Registered)
    assert (by_case[seen[7].case_id].registered is None) is (states[7] is CaseState.RETURNED)
    assert states[:7] == [CaseState.FINAL, *[CaseState.PROVISIONAL] * 2, *[CaseState.FINAL] * 4]
    with database.transaction() as session:
        registered = session.scalar(select(func.count()).select_from(ResidentHistory))
        assert registered == states.count(CaseState.FINAL)
        assert verify(session).ok


def test_a_crash_in_the_middle_of_a_batch_registers_none_of_it(database: Database, keyring: Keyring) -> None:
    first, _second, seen = commit_waiting(database, keyring, 3)

    class PowerCut(Exception):
        pass

    with pytest.raises(PowerCut), database.transaction() as session:
        assert len(approve_many(session, first, keyring, seen, now=TEST_MOMENT).done) == 3
        raise PowerCut
    with database.transaction() as session:
        assert session.scalar(select(func.count()).select_from(ResidentHistory)) == 0
        assert len(approve_many(session, first, keyring, seen, now=TEST_MOMENT).done) == 3
    assert_registered_once(database, 3)
