"""The road of a case, tried with move-in: drafts, locks, provisional registration, back again, withdrawal."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from sqlalchemy import func, select

from residentapp.core.access.actor import PermissionDenied
from residentapp.core.access.permissions import Permission
from residentapp.core.audit import write_pending
from residentapp.core.audit.models import AuditEntry
from residentapp.core.crypto import DecryptionError
from residentapp.core.numbering import NumberingCounter
from residentapp.residents.cases import operations, queries
from residentapp.residents.cases.approval import return_case
from residentapp.residents.cases.errors import (
    CaseChanged,
    CaseNotFound,
    CaseRefused,
    EntryRefused,
    NotEditable,
    ReasonMissing,
)
from residentapp.residents.cases.models import ChangeCaseNumber
from residentapp.residents.cases.types import CaseState, RecordVersion, ReturnCase, SaveEntry, Withdraw
from residentapp.residents.locks import EditLock, Locked, LockSubject, release_by_force
from residentapp.residents.models import Addressee, ResidentChange, ResidentHistory
from residentapp.residents.move_in.operations import start_by_hand
from residentapp.residents.move_in.types import MoveInEntry, MoveInKind, Scope
from residentapp.residents.search.models import SearchPerson
from tests.residents.move_in.cases import child, entry, foreigner, individual_number, person, wife
from tests.residents.move_in.conftest import MoveInOffice, colleague, entry_of
from tests.support.residents import family
from tests.support.users import clerk


def test_a_draft_keeps_everything_even_what_is_wrong(office: MoveInOffice) -> None:
    wrong = entry(person(birth_date="きのう", name="<b>'; DROP TABLE x;--"), moved_on="いつか")
    case = office.start(wrong)
    office.session.expire_all()
    assert entry_of(office, case.id) == wrong


@pytest.mark.requirement("CM-7", partial=True)
def test_the_payload_is_unreadable_and_bound_to_its_case(office: MoveInOffice) -> None:
    case = office.start(entry())
    other = office.start(entry())
    assert case.payload is not None
    for text in ("渡邉", individual_number(1001)):
        assert text.encode() not in case.payload
    with pytest.raises(DecryptionError):
        office.keyring.decrypt_text(case.payload, context=queries.context_of(other.id))


def test_saving_needs_the_version_that_was_seen(office: MoveInOffice) -> None:
    case = office.start(entry())
    stale = RecordVersion(case.id, case.version - 1)
    with pytest.raises(CaseChanged, match="別の画面か別の人"):
        operations.save(
            office.session, office.clerk, office.keyring, SaveEntry(stale, entry()), now=office.now
        )


def test_the_page_saves_by_itself_without_a_new_version(office: MoveInOffice) -> None:
    case = office.start(entry())
    before = case.version
    typed = entry(person(name="途中　まで"))
    command = SaveEntry(office.seen(case), typed)
    operations.save(office.session, office.clerk, office.keyring, command, now=office.now, automatic=True)
    assert case.version == before
    assert entry_of(office, case.id) == typed


@pytest.mark.requirement("RR-10.2a", partial=True)
def test_every_step_is_logged_without_names(office: MoveInOffice) -> None:
    case = office.provisional(entry())
    operations.look_at(office.session, office.approver, office.keyring, case.id, now=office.now)
    write_pending(office.session)
    logged = office.session.scalars(select(AuditEntry).order_by(AuditEntry.sequence)).all()
    assert [line.action for line in logged] == [
        "転入の入力の開始",
        "転入の仮登録",
        "転入の仮登録の照会",
    ]
    assert all("渡邉" not in str(line.details) for line in logged)


def test_entering_needs_its_right(office: MoveInOffice) -> None:
    stranger = clerk(Permission.RESIDENT_VIEW)
    with pytest.raises(PermissionDenied):
        start_by_hand(office.session, stranger, office.keyring, MoveInKind.DOMESTIC, now=office.now)
    case = office.start(entry())
    with pytest.raises(PermissionDenied):
        operations.look_at(office.session, stranger, office.keyring, case.id, now=office.now)


def test_a_case_that_does_not_exist(office: MoveInOffice) -> None:
    with pytest.raises(CaseNotFound):
        operations.open_for_editing(office.session, office.clerk, office.keyring, "x", now=office.now)


@pytest.mark.requirement("RR-10.3c", partial=True)
def test_one_officer_edits_a_case_at_a_time(office: MoveInOffice) -> None:
    case = office.start(entry())
    second = colleague(office)
    with pytest.raises(Locked) as locked:
        operations.open_for_editing(office.session, second, office.keyring, case.id, now=office.now)
    assert "窓口　一子" in str(locked.value) and "10時00分" in str(locked.value)
    assert operations.look_at(office.session, office.approver, office.keyring, case.id, now=office.now)
    operations.leave(office.session, office.clerk, case.id, now=office.now)
    operations.open_for_editing(office.session, second, office.keyring, case.id, now=office.now)
    with pytest.raises(Locked):
        office.save(case, entry())


@pytest.mark.parametrize(("minutes", "free"), [(29, False), (30, True)])
def test_a_lock_ends_after_half_an_hour_of_silence(office: MoveInOffice, minutes: int, free: bool) -> None:
    case = office.start(entry())
    second = colleague(office)
    later = office.now + dt.timedelta(minutes=minutes)
    if free:
        operations.open_for_editing(office.session, second, office.keyring, case.id, now=later)
    else:
        with pytest.raises(Locked):
            operations.open_for_editing(office.session, second, office.keyring, case.id, now=later)


def test_a_lock_is_released_by_right_and_that_is_logged(office: MoveInOffice) -> None:
    case = office.start(entry())
    with pytest.raises(PermissionDenied):
        release_by_force(
            office.session, office.approver, LockSubject.CASE, case.id, now=office.now, reason="急ぐ"
        )
    chief = replace(office.approver, permissions=frozenset({Permission.LOCK_RELEASE}))
    release_by_force(office.session, chief, LockSubject.CASE, case.id, now=office.now, reason="急病で帰った")
    operations.open_for_editing(office.session, colleague(office), office.keyring, case.id, now=office.now)
    write_pending(office.session)
    [line] = office.session.scalars(select(AuditEntry).where(AuditEntry.action == "排他の解除")).all()
    assert "急病で帰った" in str(line.details)


def joining(household_number: str, **values: str) -> MoveInEntry:
    member = person(**({"relationship": "子", "birth_date": "平成20年1月1日"} | values))
    return entry(member, scope=Scope.PART, household_number=household_number, town="", lot="")


def test_a_chosen_household_is_locked_for_other_cases(office: MoveInOffice) -> None:
    [head] = family(office.session, {})
    office.start(joining(head.household_number))
    second = colleague(office)
    case = office.start(entry(), by=second)
    with pytest.raises(Locked, match="この世帯"):
        office.save(case, joining(head.household_number), by=second)


def test_another_household_frees_the_first(office: MoveInOffice) -> None:
    [head] = family(office.session, {})
    case = office.start(joining(head.household_number))
    office.save(case, entry())
    second = colleague(office)
    other = office.start(entry(), by=second)
    assert office.save(other, joining(head.household_number), by=second)


def test_a_provisional_case_holds_its_household_without_end(office: MoveInOffice) -> None:
    [head] = family(office.session, {})
    case = office.provisional(joining(head.household_number))
    [lock] = office.session.scalars(select(EditLock)).all()
    assert (lock.subject, lock.key, lock.expires_at) == (LockSubject.HOUSEHOLD, head.household_number, None)
    operations.withdraw(
        office.session, office.clerk, office.keyring, Withdraw(office.seen(case), "取りやめ"), now=office.now
    )
    assert office.session.scalars(select(EditLock)).all() == []


@pytest.mark.requirement("RR-4.0.8a", "RR-4.0.8b", partial=True)
def test_a_provisional_case_leaves_no_trace_in_the_register(office: MoveInOffice) -> None:
    def trace() -> tuple[int, ...]:
        tables = (ResidentHistory, Addressee, ResidentChange, SearchPerson)
        counts = [office.session.scalar(select(func.count()).select_from(table)) or 0 for table in tables]
        last = office.session.scalars(select(NumberingCounter.last_value)).all()
        return (*counts, *last)

    before = trace()
    case = office.provisional(entry(person(), wife(), child()))
    assert case.state is CaseState.PROVISIONAL
    assert trace() == before


@pytest.mark.requirement("RR-11.1a", partial=True)
def test_errors_keep_an_entry_from_being_registered(office: MoveInOffice) -> None:
    case = office.start(entry(moved_on=""))
    with pytest.raises(EntryRefused) as refused, office.session.begin_nested():
        operations.register_provisionally(
            office.session,
            office.clerk,
            office.keyring,
            SaveEntry(office.seen(case), entry(moved_on="")),
            now=office.now,
        )
    assert [finding.code for finding in refused.value.open_findings] == ["MI-E001"]
    office.session.refresh(case)
    assert case.state is CaseState.DRAFT


@pytest.mark.requirement("RR-11.1b", partial=True)
def test_alerts_need_a_reason(office: MoveInOffice) -> None:
    late = entry(moved_on="令和8年10月1日")
    case = office.start(late)
    with pytest.raises(EntryRefused, match="理由の入力が要るアラートが1件"):
        operations.register_provisionally(
            office.session,
            office.clerk,
            office.keyring,
            SaveEntry(office.seen(case), late),
            now=office.now,
        )
    command = SaveEntry(office.seen(case), office.confirm(case, late))
    registered = operations.register_provisionally(
        office.session, office.clerk, office.keyring, command, now=office.now
    )
    assert registered.state is CaseState.PROVISIONAL


def test_a_provisional_case_is_not_edited_but_taken_back(office: MoveInOffice) -> None:
    case = office.provisional(entry())
    with pytest.raises(NotEditable, match="引き戻して"):
        office.save(case, entry())
    second = colleague(office)
    with pytest.raises(CaseRefused, match="入力した人だけ"):
        operations.take_back(office.session, second, office.keyring, office.seen(case), now=office.now)
    operations.take_back(office.session, office.clerk, office.keyring, office.seen(case), now=office.now)
    assert case.state is CaseState.RETURNED
    assert office.session.scalars(select(ChangeCaseNumber)).all() == []
    office.save(case, entry(person(name="直した　名前", register_head="なし")))


def test_returning_needs_a_reason_and_tells_it(office: MoveInOffice) -> None:
    case = office.provisional(entry())
    with pytest.raises(ReasonMissing):
        return_case(
            office.session,
            office.approver,
            office.keyring,
            ReturnCase(office.seen(case), " "),
            now=office.now,
        )
    return_case(
        office.session,
        office.approver,
        office.keyring,
        ReturnCase(office.seen(case), "生年月日を確かめる"),
        now=office.now,
    )
    assert (case.state, case.returned_reason) == (CaseState.RETURNED, "生年月日を確かめる")
    opened = operations.open_for_editing(
        office.session, office.clerk, office.keyring, case.id, now=office.now
    )
    assert opened.payload.entry.members[0].name == person().name


def test_withdrawing_throws_the_entry_away(office: MoveInOffice) -> None:
    case = office.provisional(entry())
    with pytest.raises(ReasonMissing):
        operations.withdraw(
            office.session, office.clerk, office.keyring, Withdraw(office.seen(case), ""), now=office.now
        )
    operations.withdraw(
        office.session,
        office.clerk,
        office.keyring,
        Withdraw(office.seen(case), "転入を取りやめた"),
        now=office.now,
    )
    assert (case.state, case.payload) == (CaseState.WITHDRAWN, None)
    with pytest.raises(CaseNotFound):
        queries.payload_of(office.keyring, case)


def test_a_draft_is_withdrawn_without_a_word(office: MoveInOffice) -> None:
    case = office.start(entry())
    operations.withdraw(
        office.session, office.clerk, office.keyring, Withdraw(office.seen(case), ""), now=office.now
    )
    assert case.state is CaseState.WITHDRAWN


def test_work_lists_count_what_waits(office: MoveInOffice) -> None:
    office.provisional(entry())
    office.start(entry(foreigner()))
    waiting, drafts = [CaseState.PROVISIONAL], [CaseState.DRAFT]
    assert queries.count_cases(office.session, office.approver, waiting, approvable=True) == 1
    assert queries.count_cases(office.session, office.clerk, drafts, own=True) == 1
    assert queries.count_cases(office.session, office.approver, drafts, own=True) == 0
    listed = queries.cases_in(office.session, office.approver, waiting, approvable=True)
    assert [case.people for case in listed] == [1]
