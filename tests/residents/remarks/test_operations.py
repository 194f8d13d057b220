"""Adding, changing and withdrawing entries: nothing goes, all is logged, protected people's texts stay closed."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

import residentapp
from residentapp.core.access.actor import PermissionDenied
from residentapp.core.access.permissions import Permission
from residentapp.core.audit import write_pending
from residentapp.core.audit.models import AuditEntry
from residentapp.core.dates import DateValue
from residentapp.core.violations import Level
from residentapp.residents import history, locks
from residentapp.residents.models import IntegratedRemark, ResidentHistory, Suppression
from residentapp.residents.remarks import operations, queries, registered
from residentapp.residents.remarks.models import NoteTemplate
from residentapp.residents.remarks.rules import Adoption, adoption_note, fill_note
from residentapp.residents.remarks.types import (
    AddNote,
    AddRemark,
    ChangeRemark,
    CorrectRemoved,
    RemarkMissing,
    RemarkRefused,
    TemplateEntry,
    TextsClosed,
    WithdrawRemark,
)
from residentapp.residents.types import (
    ChangeReason,
    RemarkKind,
    ResidentState,
    Sensitivity,
    Sex,
    SuppressedProcess,
    SuppressionCause,
)
from tests.support import residents
from tests.support.clock import TEST_MOMENT
from tests.support.users import clerk, make_user

CLERK = clerk(Permission.RESIDENT_VIEW, Permission.REMARK_EDIT, Permission.ITEM_REGISTERED_DOMICILE)
ADMIN = clerk(Permission.ADMIN_MASTERS)
PACKAGE = Path(residentapp.__file__).parent
TODAY = dt.date(2026, 11, 24)


def last_log(session: Session) -> AuditEntry:
    write_pending(session)
    return session.scalars(select(AuditEntry).order_by(AuditEntry.sequence.desc()).limit(1)).one()


def entries(session: Session, person: ResidentHistory) -> list[IntegratedRemark]:
    query = select(IntegratedRemark).where(IntegratedRemark.addressee_number == person.addressee_number)
    return list(session.scalars(query.order_by(IntegratedRemark.id)))


def add(session: Session, person: ResidentHistory, words: str, **more: Any) -> IntegratedRemark:
    return operations.add_remark(
        session, CLERK, AddRemark(person.addressee_number, words, **more), now=TEST_MOMENT
    )


def removed(session: Session, person: ResidentHistory, **values: Any) -> ResidentHistory:
    made_by = residents.change(session, ChangeReason.MOVE_OUT_DOMESTIC, processed_on=dt.date(2026, 6, 1))
    return residents.next_snapshot(
        session, person, made_by, state=ResidentState.MOVED_OUT, removal_reason="転出",
        removal_occurred_on=DateValue.of(dt.date(2026, 6, 1)), planned_destination="例示県見本市緑町2番", **values,
    )  # fmt: skip


@pytest.fixture
def person(session: Session) -> ResidentHistory:
    return residents.resident(session)


# ---- type A


@pytest.mark.requirement("RR-1.1.14b")
@pytest.mark.requirement("RR-1.2.2a", "RR-1.2.2b", "RR-1.2.2c", partial=True)
@pytest.mark.parametrize("reason", ChangeReason)
def test_any_change_records_itself(session: Session, person: ResidentHistory, reason: ChangeReason) -> None:
    made_by = residents.change(session, reason, processed_on=TODAY, notified_on=TODAY)
    before = history.items_of(person)
    after = residents.next_snapshot(session, person, made_by, building="荘1号")
    [entry] = operations.record_change(session, made_by, after, before)
    assert (entry.kind, entry.history_number, entry.recorded_on) == (RemarkKind.HISTORY, 2, TODAY)
    assert entry.text.startswith("令和8年11月24日　") and entry.text.endswith("　同日届出")
    assert entry.sensitivity is None


@pytest.mark.requirement("RR-1.1.14b", partial=True)
def test_every_change_goes_through_the_one_that_records(session: Session, person: ResidentHistory) -> None:
    """No other part of the program makes an entry of type A; whoever appends a snapshot calls this one."""
    sources = {
        path.relative_to(PACKAGE).as_posix(): path.read_text(encoding="utf-8")
        for path in PACKAGE.rglob("*.py")
    }
    makers = {name for name, text in sources.items() if re.search(r"\bIntegratedRemark\(", text)}
    # The class itself, the one place that writes, and the one that reads rows of stored records back.
    assert makers == {
        "residents/models/register.py", "residents/remarks/operations.py", "residents/removed_records/reader.py",
    }  # fmt: skip
    appending = {name for name, text in sources.items() if re.search(r"\bhistory\.append\(", text)}
    recording = {name for name, text in sources.items() if re.search(r"\brecord_change\(", text)}
    assert appending and appending <= recording


@pytest.mark.requirement("RR-1.1.14e", "RR-1.1.4b", partial=True)
def test_an_adoption_and_a_change_of_sex_are_marked(session: Session, person: ResidentHistory) -> None:
    made_by = residents.change(session, ChangeReason.CORRECT_EX_OFFICIO, processed_on=TODAY)
    before = history.items_of(person)
    after = residents.next_snapshot(session, person, made_by, sex=Sex.FEMALE)
    [entry] = operations.record_change(session, made_by, after, before)
    assert entry.sensitivity is Sensitivity.SEX_CHANGE
    out = residents.change(session, ChangeReason.MOVE_OUT_DOMESTIC, processed_on=TODAY)
    gone = residents.next_snapshot(session, after, out, state=ResidentState.MOVED_OUT)
    note = adoption_note(out.reason, Adoption.MADE)
    said, adopted = operations.record_change(session, out, gone, history.items_of(after), notes=[note])
    assert said.text == "令和8年11月24日　転出"
    assert (adopted.kind, adopted.text) == (RemarkKind.NOTE, "特別養子縁組")
    assert adopted.items == ["planned_destination", "confirmed_destination"]
    assert adopted.sensitivity is Sensitivity.SPECIAL_ADOPTION


# ---- type C


@pytest.mark.requirement("RR-1.1.14a", "RR-4.1.4.3", partial=True)
def test_a_remark_is_added_changed_and_withdrawn_and_all_of_it_stays(
    session: Session, person: ResidentHistory
) -> None:
    first = add(session, person, " 事実上の世帯主　架空　一郎 ")
    assert (first.text, first.kind, first.history_number) == (
        "事実上の世帯主　架空　一郎", RemarkKind.REMARK, None
    )  # fmt: skip
    assert (first.recorded_by, first.office_name, first.terminal_name) == ("tanto", "本庁", "窓口1番")
    log = last_log(session)
    assert (log.action, log.subjects) == ("備考の追加", [person.addressee_number])
    assert log.details["変更後"] == "事実上の世帯主　架空　一郎"

    second = operations.change_remark(
        session, CLERK,
        ChangeRemark(person.addressee_number, first.id, "事実上の世帯主　架空　二郎", "聞き違い"),
        now=TEST_MOMENT + dt.timedelta(days=1),
    )  # fmt: skip
    assert second.replaces_id == first.id and second.withdrawn_on is None
    assert (first.withdrawn_on, first.withdrawn_by) == (dt.date(2026, 11, 25), "tanto")
    assert first.withdrawal_reason == "聞き違い" and first.text == "事実上の世帯主　架空　一郎"
    log = last_log(session)
    assert log.action == "備考の変更" and log.details == {
        "種類": "備考", "変更前": "事実上の世帯主　架空　一郎", "変更後": "事実上の世帯主　架空　二郎",
        "理由": "聞き違い",
    }  # fmt: skip

    operations.withdraw_remark(
        session, CLERK, WithdrawRemark(person.addressee_number, second.id, "本人の申出"), now=TEST_MOMENT
    )
    assert second.withdrawn_on == TODAY
    log = last_log(session)
    assert (log.action, log.details["変更前"], log.details["変更後"]) == (
        "備考の取消し", "事実上の世帯主　架空　二郎", "",
    )  # fmt: skip
    assert len(entries(session, person)) == 2


def test_lines_are_kept_without_what_a_browser_adds(session: Session, person: ResidentHistory) -> None:
    assert add(session, person, " 一行目　\r\n二行目\r\n").text == "一行目\n二行目"


def test_a_withdrawn_entry_is_not_withdrawn_again(session: Session, person: ResidentHistory) -> None:
    entry = add(session, person, "備考")
    command = WithdrawRemark(person.addressee_number, entry.id, "誤記")
    operations.withdraw_remark(session, CLERK, command, now=TEST_MOMENT)
    for again in (command, ChangeRemark(person.addressee_number, entry.id, "別の備考", "誤記")):
        act = operations.withdraw_remark if isinstance(again, WithdrawRemark) else operations.change_remark
        with pytest.raises(RemarkRefused) as refused:
            act(session, CLERK, again, now=TEST_MOMENT)  # type: ignore[arg-type]
        assert [one.code for one in refused.value.violations] == ["RM-E021"]


def test_the_same_text_twice_needs_a_reason(session: Session, person: ResidentHistory) -> None:
    add(session, person, "同じ備考")
    with pytest.raises(RemarkRefused) as refused:
        add(session, person, "同じ備考")
    assert [one.code for one in refused.value.violations] == ["RM-A002"]
    assert add(session, person, "同じ備考", confirmed={"RM-A002": "別の件"}).id
    assert last_log(session).details["確認した注意"] == {"RM-A002": "別の件"}


def test_an_entry_of_somebody_else_is_not_found(session: Session, person: ResidentHistory) -> None:
    other = residents.resident(session)
    entry = add(session, other, "ほかの人の備考")
    with pytest.raises(RemarkMissing):
        operations.withdraw_remark(
            session, CLERK, WithdrawRemark(person.addressee_number, entry.id, "誤記"), now=TEST_MOMENT
        )
    with pytest.raises(RemarkMissing):
        operations.add_remark(session, CLERK, AddRemark("0000000000", "備考"), now=TEST_MOMENT)


@pytest.mark.requirement("RR-10.3b", partial=True)
@pytest.mark.parametrize("lacking", [Permission.REMARK_EDIT, Permission.RESIDENT_VIEW])
def test_without_the_right_nothing_is_recorded(
    session: Session, person: ResidentHistory, lacking: Permission
) -> None:
    actor = clerk(*(CLERK.permissions - {lacking}))
    with pytest.raises(PermissionDenied):
        operations.add_remark(session, actor, AddRemark(person.addressee_number, "備考"), now=TEST_MOMENT)
    assert entries(session, person) == []


@pytest.mark.requirement("RR-10.3c", partial=True)
def test_while_somebody_edits_the_person_nothing_is_recorded(
    session: Session, person: ResidentHistory
) -> None:
    user = make_user(session, Permission.MOVE_IN_ENTER)
    holder = clerk(user_id=user.id, name="架空　編集")
    subject = locks.LockSubject.RESIDENT
    locks.acquire(
        session, holder, subject, person.addressee_number, owner="x", purpose="再転入の入力", now=TEST_MOMENT
    )
    with pytest.raises(locks.Locked, match="架空　編集"):
        add(session, person, "備考")


# ---- type B


@pytest.mark.requirement("RR-1.1.14a", "RR-1.1.14c", partial=True)
def test_a_note_belongs_to_its_change_and_takes_the_links_of_its_template(
    session: Session, person: ResidentHistory
) -> None:
    [template] = [
        one
        for one in queries.note_templates(session, ChangeReason.MOVE_IN_DOMESTIC, TODAY)
        if one.name == "未届転入"
    ]
    record = queries.record_of(session, CLERK, person.addressee_number, now=TEST_MOMENT)
    facts = queries.note_facts(record, person)
    words = fill_note(template.text, facts)
    assert words == "未届転入　転入前住所（未届）　架空県隣市東町4番5号"
    command = AddNote(person.addressee_number, 1, words, template.id)
    note = operations.add_note(session, CLERK, command, now=TEST_MOMENT)
    assert (note.kind, note.history_number, note.items) == (RemarkKind.NOTE, 1, ["previous_address"])
    assert last_log(session).details["履歴番号"] == 1
    with pytest.raises(RemarkMissing):
        operations.add_note(session, CLERK, AddNote(person.addressee_number, 2, "ない異動"), now=TEST_MOMENT)


def test_a_sensitive_note_stays_sensitive_when_it_is_worded_anew(
    session: Session, person: ResidentHistory
) -> None:
    note = operations.add_note(
        session, CLERK, AddNote(person.addressee_number, 1, "特別養子縁組"), now=TEST_MOMENT
    )
    assert note.sensitivity is Sensitivity.SPECIAL_ADOPTION
    changed = operations.change_remark(
        session, CLERK, ChangeRemark(person.addressee_number, note.id, "民法第817条の2による", "言い換え"),
        now=TEST_MOMENT,
    )  # fmt: skip
    assert changed.sensitivity is Sensitivity.SPECIAL_ADOPTION


def test_a_registered_text_is_offered_from_its_first_to_its_last_day(session: Session) -> None:
    session.add(
        NoteTemplate(
            reason=ChangeReason.DEATH, name="試し", text="試し", items=[], position=1,
            valid_from=dt.date(2026, 4, 1), valid_to=dt.date(2027, 3, 31),
        )
    )  # fmt: skip
    session.flush()
    for day, offered in (
        (dt.date(2026, 3, 31), []), (dt.date(2026, 4, 1), ["試し"]), (dt.date(2027, 3, 31), ["試し"]),
        (dt.date(2027, 4, 1), []),
    ):  # fmt: skip
        assert [one.name for one in queries.note_templates(session, ChangeReason.DEATH, day)] == offered


@pytest.mark.requirement("RR-1.1.14c", partial=True)
def test_registered_texts_are_kept_by_administrators_and_logged(session: Session) -> None:
    entry = TemplateEntry(
        ChangeReason.DEATH, "通知", "{通知日}に通知", ("previous_address",), 1, dt.date(2026, 4, 1), None
    )
    row = registered.save_template(session, ADMIN, entry, now=TEST_MOMENT)
    log = last_log(session)
    assert (log.log, log.action) == ("setting", "留意事項の文例の登録")
    seen = registered.fingerprint(row)
    better = TemplateEntry(ChangeReason.DEATH, "特別", "特別養子縁組", (), 2, dt.date(2026, 4, 1), None)
    registered.save_template(session, ADMIN, better, template_id=row.id, seen=seen, now=TEST_MOMENT)
    assert row.sensitivity is Sensitivity.SPECIAL_ADOPTION
    assert last_log(session).details["変更"]["文"] == ["{通知日}に通知", "特別養子縁組"]
    with pytest.raises(RemarkRefused) as refused:
        registered.save_template(session, ADMIN, entry, template_id=row.id, seen=seen, now=TEST_MOMENT)
    assert [one.code for one in refused.value.violations] == ["RT-E020"]
    with pytest.raises(RemarkRefused) as refused:
        registered.save_template(session, ADMIN, better, now=TEST_MOMENT)
    assert [one.code for one in refused.value.violations] == ["RT-E015"]
    with pytest.raises(PermissionDenied):
        registered.save_template(session, CLERK, entry, now=TEST_MOMENT)


# ---- 除票


@pytest.mark.requirement("RR-1.1.5d")
def test_a_removed_record_takes_corrections_and_nothing_else(
    session: Session, person: ResidentHistory
) -> None:
    remark = add(session, person, "消えない備考")
    gone = removed(session, person)
    number = person.addressee_number
    for act, command in (
        (operations.add_remark, AddRemark(number, "備考")),
        (operations.add_note, AddNote(number, 1, "留意事項")),
        (operations.withdraw_remark, WithdrawRemark(number, remark.id, "誤記")),
        (operations.change_remark, ChangeRemark(number, remark.id, "別の備考", "誤記")),
    ):
        with pytest.raises(RemarkRefused) as refused:
            act(session, CLERK, command, now=TEST_MOMENT)  # type: ignore[operator]
        assert {one.code for one in refused.value.violations} <= {"RM-E006", "RM-E022"}
    correction = CorrectRemoved(
        number, 2, "planned_destination", "例示県見本市緑町2番", "例示県見本市緑町3番"
    )
    note = operations.correct_removed(session, CLERK, correction, now=TEST_MOMENT)
    assert note.text == (
        "転出先住所（予定）の記載「例示県見本市緑町2番」は誤り　正しくは「例示県見本市緑町3番」"
    )
    assert (note.kind, note.history_number) == (RemarkKind.NOTE, gone.history_number)
    log = last_log(session)
    assert (log.action, log.details["変更後"]) == ("除票の訂正", note.text)
    assert history.latest(session, number).planned_destination == "例示県見本市緑町2番"  # type: ignore[union-attr]


def test_after_a_return_the_old_record_is_corrected_and_the_new_one_written(
    session: Session, person: ResidentHistory
) -> None:
    in_may = TEST_MOMENT.replace(month=5)
    old = operations.add_remark(session, CLERK, AddRemark(person.addressee_number, "前の備考"), now=in_may)
    gone = removed(session, person)
    made_by = residents.change(session, ChangeReason.MOVE_IN_DOMESTIC, processed_on=dt.date(2026, 9, 1))
    residents.next_snapshot(session, gone, made_by, state=ResidentState.RESIDENT, planned_destination=None)
    number = person.addressee_number
    record = queries.record_of(session, CLERK, number, now=TEST_MOMENT)
    page = queries.page_of(record, CLERK)
    assert [one.history_number for one in page.changes] == [3]
    assert [one.history_number for one in page.removed_records] == [2]
    assert add(session, person, "新しい備考").withdrawn_on is None
    with pytest.raises(RemarkRefused) as refused:
        operations.withdraw_remark(session, CLERK, WithdrawRemark(number, old.id, "誤記"), now=TEST_MOMENT)
    assert [one.code for one in refused.value.violations] == ["RM-E022"]
    with pytest.raises(RemarkRefused) as refused:
        operations.add_note(session, CLERK, AddNote(number, 1, "前の異動に"), now=TEST_MOMENT)
    assert [one.code for one in refused.value.violations] == ["RM-E006"]
    correction = CorrectRemoved(number, 2, "building", "", "荘1号")
    assert operations.correct_removed(session, CLERK, correction, now=TEST_MOMENT).history_number == 2
    with pytest.raises(RemarkRefused) as refused:
        operations.correct_removed(
            session, CLERK, CorrectRemoved(number, 3, "building", "", "荘1号"), now=TEST_MOMENT
        )
    assert [one.code for one in refused.value.violations] == ["RM-E030"]


def test_a_cancelled_departure_leaves_no_removed_record(session: Session, person: ResidentHistory) -> None:
    gone = removed(session, person)
    undone = residents.change(session, ChangeReason.CANCEL_INCREASE, processed_on=dt.date(2026, 7, 1))
    residents.next_snapshot(session, gone, undone, state=ResidentState.RESIDENT, planned_destination=None)
    record = queries.record_of(session, CLERK, person.addressee_number, now=TEST_MOMENT)
    page = queries.page_of(record, CLERK)
    assert page.removed_records == () and [one.history_number for one in page.changes] == [3, 2, 1]


# ---- what is kept back


@pytest.mark.requirement("RR-10.4a", partial=True)
def test_who_may_not_see_the_item_does_not_see_the_text_about_it(
    session: Session, person: ResidentHistory
) -> None:
    gone = removed(session, person)
    command = CorrectRemoved(
        person.addressee_number,
        gone.history_number,
        "registered_domicile",
        "架空県架空市本町一丁目2番",
        "秘本籍",
    )
    operations.correct_removed(session, CLERK, command, now=TEST_MOMENT)

    def shown(*rights: Permission) -> str:
        actor = clerk(Permission.RESIDENT_VIEW, *rights)
        record = queries.record_of(session, actor, person.addressee_number, now=TEST_MOMENT)
        return repr(queries.page_of(record, actor))

    assert "秘本籍" in shown(Permission.ITEM_REGISTERED_DOMICILE)
    assert "秘本籍" not in shown(Permission.REMARK_EDIT)
    assert "表示する権限がありません" in shown()


@pytest.mark.requirement("CM-5.1", "RR-3.4e", partial=True)
def test_texts_of_protected_people_are_closed_to_reading_and_writing(
    session: Session, person: ResidentHistory
) -> None:
    number = person.addressee_number
    entry = add(session, person, "隠れ里荘にいる")
    housemate = residents.resident(session, person.household_number, name="同居　人")
    residents.protect(session, person)
    officer = clerk(*CLERK.permissions, Permission.SUPPRESSED_VIEW)
    for closed in (number, housemate.addressee_number):
        with pytest.raises(TextsClosed) as refused:
            operations.open_remarks(session, CLERK, closed, now=TEST_MOMENT)
        assert "隠れ里" not in str(refused.value)
        with pytest.raises(TextsClosed):
            operations.add_remark(session, CLERK, AddRemark(closed, "備考"), now=TEST_MOMENT)
        operations.open_remarks(session, officer, closed, now=TEST_MOMENT)
    with pytest.raises(TextsClosed):
        operations.withdraw_remark(session, CLERK, WithdrawRemark(number, entry.id, "誤記"), now=TEST_MOMENT)
    # Who has left their home keeps a history that says where it is.
    left = residents.next_snapshot(
        session, housemate, residents.change(session, ChangeReason.MOVE_WITHIN),
        household_number=residents.household(session), address="架空県架空市別の町1番",
    )  # fmt: skip
    with pytest.raises(TextsClosed):
        operations.open_remarks(session, CLERK, left.addressee_number, now=TEST_MOMENT)


@pytest.mark.requirement("RR-3.1a", partial=True)
@pytest.mark.parametrize(("level", "code"), [(Level.ERROR, "RM-E010"), (Level.ALERT, "RM-A001")])
def test_a_suppression_of_changes_holds_the_remarks_too(
    session: Session, person: ResidentHistory, level: Level, code: str
) -> None:
    session.add(
        Suppression(
            addressee_number=person.addressee_number, process=SuppressedProcess.CHANGE, level=level,
            cause=SuppressionCause.OTHER, starts_on=dt.date(2026, 4, 1),
        )
    )  # fmt: skip
    session.flush()
    with pytest.raises(RemarkRefused) as refused:
        add(session, person, "備考")
    assert [one.code for one in refused.value.violations] == [code]
    if level is Level.ALERT:
        assert add(session, person, "備考", confirmed={code: "担当に確認"}).id


# ---- the database itself


@pytest.mark.requirement("RR-1.1.14a", "RR-4.2.3.3b", partial=True)
@pytest.mark.parametrize(
    "act",
    [
        delete(IntegratedRemark),
        update(IntegratedRemark).values(text="書き換え"),
        update(IntegratedRemark).values(kind=RemarkKind.NOTE),
        update(IntegratedRemark).values(recorded_by="別人"),
        update(IntegratedRemark).values(sensitivity=Sensitivity.SEX_CHANGE),
        update(IntegratedRemark).values(items=["name"]),
    ],
)
def test_the_database_refuses_to_change_or_delete_an_entry(
    session: Session, person: ResidentHistory, act: Any
) -> None:
    add(session, person, "残る備考")
    with pytest.raises(DatabaseError), session.begin_nested():
        session.execute(act.execution_options(synchronize_session=False))
    assert [entry.text for entry in entries(session, person)] == ["残る備考"]


def test_the_database_refuses_a_second_withdrawal_and_one_of_type_a(
    session: Session, person: ResidentHistory
) -> None:
    entry = add(session, person, "備考")
    command = WithdrawRemark(person.addressee_number, entry.id, "誤記")
    operations.withdraw_remark(session, CLERK, command, now=TEST_MOMENT)
    session.add(
        IntegratedRemark(
            addressee_number=person.addressee_number, history_number=1, kind=RemarkKind.HISTORY, text="A",
            recorded_on=TODAY,
        )
    )  # fmt: skip
    session.flush()
    for statement in (
        "UPDATE integrated_remark SET withdrawn_on = NULL WHERE kind = 'C'",
        "UPDATE integrated_remark SET withdrawal_reason = 'x' WHERE kind = 'C'",
        "UPDATE integrated_remark SET withdrawn_on = '2026-11-24' WHERE kind = 'A'",
    ):
        with pytest.raises(DatabaseError), session.begin_nested():
            session.execute(text(statement))
