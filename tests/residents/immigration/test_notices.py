"""出入国在留管理庁長官通知 on their way: received, taken in, checked, entered, approved, or left out (RR-4.5.6)."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from residentapp.core import audit
from residentapp.core.access.actor import PermissionDenied
from residentapp.core.access.permissions import Permission
from residentapp.core.audit.models import AuditEntry
from residentapp.core.dates import DateValue
from residentapp.core.outbox import InboxState, Partner, receive, take
from residentapp.residents.cases import operations as cases
from residentapp.residents.cases import queries
from residentapp.residents.cases.types import RecordVersion, SaveEntry, Withdraw
from residentapp.residents.changes.types import ChangeEntry
from residentapp.residents.immigration import notices
from residentapp.residents.immigration.models import ImmigrationNotice
from residentapp.residents.immigration.notice_entry import begin_entry
from residentapp.residents.immigration.notices import (
    NOTICES,
    handle_notice,
    refuse,
    take_by_hand,
)
from residentapp.residents.immigration.sheets import notice_view
from residentapp.residents.immigration.types import NoticeState
from residentapp.residents.messages.handlers import load_handlers
from residentapp.residents.models import ResidentHistory
from residentapp.residents.types import ChangeReason, ForeignCategory, ResidentState
from residentapp.residents.waiting_notices import NobodyFound, NoticeChanged
from tests.residents.changes.office import ChangeOffice
from tests.residents.immigration.conftest import END, body
from tests.support import residents
from tests.support.users import clerk

pytestmark = pytest.mark.requirement("RR-4.5.6a", "RR-4.5.6b", partial=True)


def come(office: ChangeOffice, told: dict[str, Any]) -> ImmigrationNotice:
    """What the inbox does with a body."""
    return handle_notice(office.session, office.clerk, office.keyring, told, office.now)


def entry_of(office: ChangeOffice, case_id: str) -> ChangeEntry:
    entry: ChangeEntry = queries.payload_of(office.keyring, office.case(case_id))
    return entry


def enter(office: ChangeOffice, row: ImmigrationNotice) -> str:
    return begin_entry(office.session, office.clerk, office.keyring, row.id, now=office.now).id


def register(office: ChangeOffice, case_id: str) -> None:
    """The begun case goes on as the clerk left it: provisional registration, then another officer's approval."""
    case = office.case(case_id)
    entry = office.confirmed(office.prepared(entry_of(office, case_id)))
    command = SaveEntry(RecordVersion(case.id, case.version), entry)
    case = cases.register_provisionally(office.session, office.clerk, office.keyring, command, now=office.now)
    office.approve(case)


def changed(office: ChangeOffice, row: ImmigrationNotice) -> dict[str, tuple[str, str]]:
    view = notice_view(office.session, office.clerk, office.keyring, row, now=office.now)
    return {line.name: (line.before, line.after) for line in view.lines if line.changed}


# ---- the whole road


@pytest.mark.requirement("RR-4.5.6a")
def test_from_the_file_to_the_register(office: ChangeOffice, foreigner: ResidentHistory) -> None:
    """Taken in by itself, held against the record, entered with what it says, approved by another; told to nobody."""
    load_handlers()
    came = receive(
        office.session, office.keyring, source=Partner.ISA, kind="isa.commissioner_notice", body=body(),
        external_id="isa-1", now=office.now,
    )  # fmt: skip
    officer = clerk(Permission.MESSAGES_VIEW, Permission.MESSAGES_MANAGE)
    message = take(office.session, officer, office.keyring, came.message.id, now=office.now)
    assert (message.state, message.error) == (InboxState.TAKEN, None)
    [row] = office.session.query(ImmigrationNotice)
    assert (row.state, row.addressee_number, row.noticed_on) == (
        NoticeState.TAKEN,
        foreigner.addressee_number,
        dt.date(2026, 11, 20),
    )
    assert b"SMITH" not in row.body_cipher
    assert changed(office, row) == {
        "residence_status": ("技術・人文知識・国際業務", "永住者"),
        "residence_period": ("3年", "無期限"),
        "residence_expires_on": ("2026年12月1日", ""),
        "residence_card_number": ("ZZ12345678CD", "ZZ87654321AB"),
    }
    assert office.latest(foreigner).history_number == foreigner.history_number
    assert NOTICES.count_open(office.session, NoticeState.TAKEN) == 1

    case_id = enter(office, row)
    entry = entry_of(office, case_id)
    assert (entry.kind, entry.text("moved_on"), entry.text("noticed_on")) == (
        "residence_status",
        "令和8年11月18日",
        "令和8年11月20日",
    )
    assert NOTICES.count_open(office.session, NoticeState.TAKEN) == 0
    assert office.latest(foreigner).history_number == foreigner.history_number

    register(office, case_id)

    after = office.latest(foreigner)
    assert (after.residence_status, after.residence_period) == ("永住者", "無期限")
    assert (after.residence_expires_on, after.residence_card_number) == (None, "ZZ87654321AB")
    assert (after.name_alphabet, after.birth_date, after.nationality_code) == (
        "SMITH JOHN",
        foreigner.birth_date,
        "USA",
    )
    change = after.change
    assert (change.reason, change.noticed_on) == (ChangeReason.CORRECT_EX_OFFICIO, dt.date(2026, 11, 20))
    assert (row.state, row.change_id) == (NoticeState.REFLECTED, change.id)
    # What has become of it still says what stood before.
    assert changed(office, row)["residence_status"] == ("技術・人文知識・国際業務", "永住者")


def test_a_removal_on_a_notice(office: ChangeOffice, foreigner: ResidentHistory) -> None:
    row = come(office, body(act="remove", **END))
    assert changed(office, row) == {"state": ("住民", "消除（在留資格の取消し）")}
    register(office, enter(office, row))
    after = office.latest(foreigner)
    assert (after.state, after.removal_reason) == (ResidentState.REMOVED, "在留資格の取消し")
    assert after.change.reason is ChangeReason.REMOVE_EX_OFFICIO
    assert row.state is NoticeState.REFLECTED


def test_a_name_a_birth_date_and_a_nationality(office: ChangeOffice, foreigner: ResidentHistory) -> None:
    """A notice tells of these as well (法第30条の50); the head's new name goes on to the household."""
    wife = residents.resident(
        office.session,
        foreigner.household_number,
        name="山田　花",
        head_name="SMITH JOHN",
        relationship_to_head="妻",
        member_order=2,
    )
    after = {
        "name_alphabet": "SMITH JOHN PAUL",
        "birth_date": {"day": "1990-02-01"},
        "nationality": "中国",
    }
    row = come(office, body(after=after))
    assert set(changed(office, row)) == set(after)
    case_id = enter(office, row)
    found = office.codes(entry_of(office, case_id))
    assert "CO-A002" in found and "CO-A003" in found
    register(office, case_id)
    record = office.latest(foreigner)
    assert (record.name_alphabet, record.head_name) == ("SMITH JOHN PAUL", "SMITH JOHN PAUL")
    assert record.birth_date == DateValue.of(dt.date(1990, 2, 1), western=True)
    assert (record.nationality, record.nationality_code) == ("中国", "CHN")
    assert office.latest(wife).head_name == "SMITH JOHN PAUL"


# ---- what is not taken in by itself


def test_special_permanent_residents_are_taken_in_by_hand(
    office: ChangeOffice, special: ResidentHistory, foreigner: ResidentHistory
) -> None:
    told = body(card="", name="", birth="1958-09-19", after={"special_permanent_number": "ZY87654321BR"})
    told["person"] |= {"special_permanent_number": "ZY12345678BR", "name": "金　哲秀"}
    row = come(office, told)
    assert (row.state, row.addressee_number) == (NoticeState.PENDING, special.addressee_number)
    assert row.problem is not None and "特別永住者の通知です" in row.problem
    # So is one that makes somebody a 特別永住者.
    other = come(office, body(after={"foreign_category": {"code": "special_permanent"}}))
    assert (other.state, other.addressee_number) == (NoticeState.PENDING, foreigner.addressee_number)
    assert NOTICES.count_open(office.session, NoticeState.PENDING) == 2

    taken = take_by_hand(
        office.session, office.clerk, office.keyring, row.id, special.addressee_number, now=office.now
    )
    assert (taken.state, taken.problem) == (NoticeState.TAKEN, None)
    assert changed(office, row) == {"special_permanent_number": ("ZY12345678BR", "ZY87654321BR")}


@pytest.mark.parametrize("days", [0, 400, 4000])
def test_what_was_not_taken_in_is_listed_whatever_its_date(office: ChangeOffice, days: int) -> None:
    office.now -= dt.timedelta(days=days)
    row = come(office, body(noticed="2015-11-20", moved="2015-11-18"))
    assert row.problem is not None and "番号の合う人がいません" in row.problem
    assert list(NOTICES.in_state(office.session, NoticeState.PENDING)) == [row]
    assert NOTICES.in_state(office.session, NoticeState.TAKEN) == []


def test_somebody_else_is_taken_only_by_hand(office: ChangeOffice, foreigner: ResidentHistory) -> None:
    row = come(office, body(name="SMITH PAUL"))
    assert (row.state, row.addressee_number) == (NoticeState.PENDING, foreigner.addressee_number)
    with pytest.raises(NoticeChanged, match="未取込"):
        enter(office, row)
    for number in ("", "9999999999", "x"):
        with pytest.raises(NobodyFound, match="見つかりません"):
            take_by_hand(office.session, office.clerk, office.keyring, row.id, number, now=office.now)
    take_by_hand(
        office.session, office.clerk, office.keyring, row.id, foreigner.addressee_number, now=office.now
    )
    assert row.state is NoticeState.TAKEN
    with pytest.raises(NoticeChanged, match="確認待ち"):
        take_by_hand(
            office.session, office.clerk, office.keyring, row.id, foreigner.addressee_number, now=office.now
        )


def test_a_japanese_resident_gets_no_such_notice(office: ChangeOffice, family: list[ResidentHistory]) -> None:
    row = come(office, body())
    with pytest.raises(NobodyFound, match="日本人住民です"):
        take_by_hand(
            office.session, office.clerk, office.keyring, row.id, family[0].addressee_number, now=office.now
        )


def test_what_cannot_be_read_can_only_be_left_out(office: ChangeOffice, foreigner: ResidentHistory) -> None:
    row = come(office, {"header": {}, "person": {}})
    assert (row.state, row.noticed_on, row.addressee_number) == (NoticeState.PENDING, None, None)
    with pytest.raises(NobodyFound, match="通知年月日"):
        take_by_hand(
            office.session, office.clerk, office.keyring, row.id, foreigner.addressee_number, now=office.now
        )
    view = notice_view(office.session, office.clerk, office.keyring, row, now=office.now)
    assert (view.lines, view.name, view.record_name) == ((), "", "")
    with pytest.raises(ValueError, match="理由を入力"):
        refuse(office.session, office.clerk, row.id, " ", now=office.now)
    refuse(office.session, office.clerk, row.id, "空の通知", now=office.now)
    assert (row.state, row.note, row.settled_by) == (NoticeState.REFUSED, "空の通知", office.clerk.login)
    with pytest.raises(NoticeChanged, match="反映しない"):
        refuse(office.session, office.clerk, row.id, "もう一度", now=office.now)


def test_what_the_record_says_already_is_settled(office: ChangeOffice, foreigner: ResidentHistory) -> None:
    row = come(
        office, body(after={"residence_status": "技術・人文知識・国際業務", "residence_period": "3年"})
    )
    assert row.state is NoticeState.UNCHANGED
    assert row.settled_at == office.now
    assert list(notices.settled_lately(office.session)) == [row]


# ---- one entry at a time


def test_a_notice_is_entered_once_and_again_after_a_withdrawal(
    office: ChangeOffice, foreigner: ResidentHistory
) -> None:
    row = come(office, body())
    case_id = enter(office, row)
    with pytest.raises(NoticeChanged, match="すでに入力しています"):
        enter(office, row)
    with pytest.raises(NoticeChanged, match="すでに入力しています"):
        refuse(office.session, office.clerk, row.id, "誤り", now=office.now)
    case = office.case(case_id)
    cases.withdraw(
        office.session,
        office.clerk,
        office.keyring,
        Withdraw(RecordVersion(case.id, case.version), "間違い"),
        now=office.now,
    )
    assert NOTICES.count_open(office.session, NoticeState.TAKEN) == 1
    assert enter(office, row) != case_id


def test_a_protected_household_is_closed_to_who_may_not_know(
    office: ChangeOffice, foreigner: ResidentHistory
) -> None:
    residents.protect(office.session, foreigner)
    row = come(office, body())
    assert row.state is NoticeState.TAKEN
    with pytest.raises(NobodyFound, match="見つかりません"):
        enter(office, row)


def test_rights_are_asked_for(office: ChangeOffice, foreigner: ResidentHistory) -> None:
    row = come(office, body())
    without = clerk(Permission.EX_OFFICIO_ENTER)
    for act in (
        lambda: begin_entry(office.session, without, office.keyring, row.id, now=office.now),
        lambda: take_by_hand(office.session, without, office.keyring, row.id, "1", now=office.now),
        lambda: refuse(office.session, without, row.id, "理由", now=office.now),
        lambda: notice_view(office.session, without, office.keyring, row, now=office.now),
    ):
        with pytest.raises(PermissionDenied):
            act()
    assert row.state is NoticeState.TAKEN


def test_each_act_is_in_the_log(office: ChangeOffice, foreigner: ResidentHistory) -> None:
    row = come(office, body(name="SMITH PAUL"))
    take_by_hand(
        office.session, office.clerk, office.keyring, row.id, foreigner.addressee_number, now=office.now
    )
    refuse(office.session, office.clerk, row.id, "入管庁が取り消した", now=office.now)
    audit.write_pending(office.session)
    found = [
        (entry.action, entry.succeeded)
        for entry in office.session.query(AuditEntry).order_by(AuditEntry.sequence)
        if "入管庁の通知" in entry.action
    ]
    assert found == [
        ("入管庁の通知の受信", False),
        ("入管庁の通知の取込（手で取込）", True),
        ("入管庁の通知を反映しない", True),
    ]


def test_a_special_permanent_person_keeps_no_card_of_the_other_kind(
    office: ChangeOffice, foreigner: ResidentHistory
) -> None:
    """The rules of the ordinary road judge what a notice says, too."""
    row = come(office, body(after={"foreign_category": {"code": "special_permanent"}}))
    take_by_hand(
        office.session, office.clerk, office.keyring, row.id, foreigner.addressee_number, now=office.now
    )
    found = office.codes(entry_of(office, enter(office, row)))
    assert {"FR-E010", "FR-E011"} <= set(found)
    assert office.latest(foreigner).foreign_category is ForeignCategory.MID_TO_LONG_TERM
