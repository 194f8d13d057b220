"""Entering a move-in: drafts, locks, provisional registration, back again, withdrawal, and what stays hidden."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import func, select

from residentapp.core.access.actor import Actor, PermissionDenied
from residentapp.core.access.permissions import Permission
from residentapp.core.audit import write_pending
from residentapp.core.audit.models import AuditEntry
from residentapp.core.crypto import DecryptionError
from residentapp.core.numbering import NumberingCounter
from residentapp.residents.locks import EditLock, Locked, LockSubject, release_by_force
from residentapp.residents.models import Addressee, ResidentChange, ResidentHistory
from residentapp.residents.move_in import edits, operations, queries
from residentapp.residents.move_in.approval import return_case
from residentapp.residents.move_in.errors import (
    CaseChanged,
    CaseNotFound,
    EntryRefused,
    MoveInRefused,
    NotEditable,
    ReasonMissing,
)
from residentapp.residents.move_in.models import MoveInCaseNumber
from residentapp.residents.move_in.payload import decode, encode, unseal
from residentapp.residents.move_in.types import (
    CasePayload,
    CaseState,
    MoveInEntry,
    MoveInKind,
    RecordVersion,
    ReturnCase,
    SaveEntry,
    Scope,
    Withdraw,
)
from residentapp.residents.search.models import SearchPerson
from residentapp.residents.types import ResidentKind
from tests.residents.move_in.cases import child, entry, foreigner, individual_number, person, wife
from tests.residents.move_in.conftest import ENTER, MoveInOffice
from tests.support.residents import family
from tests.support.users import clerk, make_user

SAMPLES = Path(__file__).parents[3] / "seed" / "move_in_samples"


def colleague(office: MoveInOffice, login: str = "clerk2") -> Actor:
    user = make_user(office.session, *ENTER, login=login, name="窓口　二郎")
    return replace(clerk(*ENTER, login=login, name="窓口　二郎"), user_id=user.id)


def entry_of(office: MoveInOffice, case_id: str) -> MoveInEntry:
    return queries.payload_of(office.keyring, queries.find_case(office.session, case_id)).entry


# ---- drafts


@pytest.mark.requirement("RR-4.0.3a", "RR-4.1.0.2", partial=True)
def test_a_new_entry_starts_with_today_and_without_the_day_of_the_move(office: MoveInOffice) -> None:
    case = operations.start_by_hand(
        office.session, office.clerk, office.keyring, MoveInKind.DOMESTIC, now=office.now
    )
    started = entry_of(office, case.id)
    assert started.moved_on == ""
    assert started.notified_on == "令和8年11月24日"
    assert case.state is CaseState.DRAFT


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
        unseal(office.keyring, other.id, case.payload)


def test_a_payload_survives_what_a_later_version_forgets() -> None:
    payload = CasePayload(entry(person(), foreigner("m2")), {"m1": {"name": "x"}}, "a.csv")
    assert decode(encode(payload)) == payload
    assert decode(encode(payload).replace('"remark":""', '"gone":"x"')) == payload


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


@pytest.mark.requirement("RR-10.8", partial=True)
def test_a_case_from_csv_keeps_the_papers_beside_the_entry(office: MoveInOffice) -> None:
    data = (SAMPLES / "family_of_four.csv").read_bytes()
    case, result = operations.start_from_csv(
        office.session, office.clerk, office.keyring, data, "family_of_four.csv", now=office.now
    )
    assert case is not None and result.problems == ()
    payload = queries.payload_of(office.keyring, case)
    assert len(payload.entry.members) == 4 and case.people == 4
    assert payload.entry.moved_on == "" and payload.entry.notified_on == "令和8年11月24日"
    assert payload.papers["m1"]["name"] == payload.entry.members[0].name
    changed = replace(payload.entry.members[0], name="渡辺　吉男")
    made = edits.with_members(payload.entry, (changed, *payload.entry.members[1:]))
    saved = office.save(case, made)
    findings = operations.findings_of(
        office.session,
        office.clerk,
        office.keyring,
        saved,
        queries.payload_of(office.keyring, saved),
        now=office.now,
    )
    assert "MI-A038" in [finding.code for finding in findings]


def test_a_broken_csv_starts_nothing_and_is_logged(office: MoveInOffice) -> None:
    data = (SAMPLES / "broken.csv").read_bytes()
    case, result = operations.start_from_csv(
        office.session, office.clerk, office.keyring, data, "broken.csv", now=office.now
    )
    assert case is None and result.errors
    write_pending(office.session)
    logged = office.session.scalars(select(AuditEntry)).all()
    assert [(line.action, line.succeeded) for line in logged] == [("転出証明書CSVの取込", False)]


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
        operations.start_by_hand(
            office.session, stranger, office.keyring, MoveInKind.DOMESTIC, now=office.now
        )
    case = office.start(entry())
    with pytest.raises(PermissionDenied):
        operations.look_at(office.session, stranger, office.keyring, case.id, now=office.now)


def test_a_case_that_does_not_exist(office: MoveInOffice) -> None:
    with pytest.raises(CaseNotFound):
        operations.open_for_editing(office.session, office.clerk, office.keyring, "x", now=office.now)


# ---- locks


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
            office.session, office.approver, LockSubject.MOVE_IN_CASE, case.id, now=office.now, reason="急ぐ"
        )
    chief = replace(office.approver, permissions=frozenset({Permission.LOCK_RELEASE}))
    release_by_force(
        office.session, chief, LockSubject.MOVE_IN_CASE, case.id, now=office.now, reason="急病で帰った"
    )
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


# ---- provisional registration


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
    with pytest.raises(MoveInRefused, match="入力した人だけ"):
        operations.take_back(office.session, second, office.keyring, office.seen(case), now=office.now)
    operations.take_back(office.session, office.clerk, office.keyring, office.seen(case), now=office.now)
    assert case.state is CaseState.RETURNED
    assert office.session.scalars(select(MoveInCaseNumber)).all() == []
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
    assert opened.entry.members[0].name == person().name


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


def test_nobody_is_entered_in_two_cases(office: MoveInOffice) -> None:
    office.provisional(entry())
    second = colleague(office)
    case = office.start(entry(), by=second)
    assert office.findings(case, entry()) == ["MI-E064"]
    assert office.findings(case, entry(person(individual_number="", resident_code=""))) == [
        "MI-A031",
        "MI-A032",
    ]


def test_work_lists_count_what_waits(office: MoveInOffice) -> None:
    office.provisional(entry())
    office.start(entry(foreigner()))
    assert queries.count_cases(office.session, [CaseState.PROVISIONAL]) == 1
    assert queries.count_cases(office.session, [CaseState.DRAFT], own=office.clerk) == 1
    assert queries.count_cases(office.session, [CaseState.DRAFT], own=office.approver) == 0
    assert [case.people for case in queries.cases_in(office.session, [CaseState.PROVISIONAL])] == [1]


# ---- edits of an entry


@pytest.mark.requirement("RR-4.0.10a", partial=True)
def test_a_further_person_takes_over_what_families_share() -> None:
    made = edits.add_member(entry(person(former_name="旧")), ResidentKind.JAPANESE, reuse=True)
    added = made.members[1]
    assert added.key == "m2"
    assert added.name == "渡邉\U000e010f　" and added.name_kana == "ワタナベ　"
    assert added.registered_domicile == person().registered_domicile
    assert added.previous_address == person().previous_address
    assert added.former_name == "" and added.individual_number == "" and added.birth_date == ""


def test_a_foreign_person_does_not_take_over_a_japanese_name() -> None:
    made = edits.add_member(entry(), ResidentKind.FOREIGN, reuse=True)
    assert made.members[1].name == "" and made.members[1].registered_domicile == ""
    assert made.members[1].previous_address == person().previous_address


def test_people_are_added_blank_and_removed() -> None:
    made = edits.add_member(entry(), ResidentKind.JAPANESE, reuse=False)
    assert made.members[1].previous_address == ""
    made = edits.remove_member(made, "m1")
    assert [member.key for member in made.members] == ["m2"]
    assert edits.add_member(made, ResidentKind.JAPANESE, reuse=False).members[1].key == "m3"


def test_changing_the_kind_empties_what_the_other_kind_has() -> None:
    made = edits.change_kind(entry(), "m1", ResidentKind.FOREIGN)
    assert made.members[0].registered_domicile == "" and made.members[0].name == person().name


@pytest.mark.requirement("RR-4.0.6b", partial=True)  # while entering; registered people are corrected later
def test_the_register_of_one_is_given_to_all_japanese() -> None:
    made = entry(
        person(registered_domicile="例示県直し市1番", register_head="直し　一"), wife(), foreigner("m3")
    )
    made = edits.apply_to_all(made, "m1", edits.Shared.REGISTER)
    assert made.members[1].registered_domicile == "例示県直し市1番"
    assert made.members[1].register_head == "直し　一"
    assert made.members[2].registered_domicile == ""
    moved = edits.apply_to_all(made, "m3", edits.Shared.PREVIOUS)
    assert {member.previous_address for member in moved.members} == {foreigner().previous_address}


@pytest.mark.requirement("RR-4.0.6a", partial=True)
def test_the_places_that_may_be_the_registered_domicile() -> None:
    made = entry(person(), wife(registered_domicile="例示県妻市3番"), child(registered_domicile=""))
    sources = {
        choice.source: choice.text
        for choice in edits.domicile_choices(
            made, made.members[2], [("世帯主", "架空　太郎", "架空県架空市港1番", "架空　太郎")]
        )
    }
    assert sources["現住所"] == "架空県架空市本町一丁目8番3号"
    assert sources["転入前住所"] == person().previous_address
    assert sources[f"世帯主の本籍（{person().name}）"] == person().registered_domicile
    assert sources[f"世帯員の本籍（{wife().name}）"] == "例示県妻市3番"
    assert sources["世帯主の本籍（架空　太郎）"] == "架空県架空市港1番"
    taken = edits.take_domicile(
        made, "m3", edits.DomicileChoice("x", "", "例示県妻市3番", "妻　筆頭")
    ).members[2]
    assert (taken.registered_domicile, taken.register_head) == ("例示県妻市3番", child().register_head)
