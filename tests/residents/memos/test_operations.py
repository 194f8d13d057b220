"""Memos: per person, writer and time; every version stays; closed like the other texts of the record."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from residentapp.core.access.actor import PermissionDenied
from residentapp.core.access.permissions import Permission
from residentapp.core.audit import write_pending
from residentapp.core.audit.models import AuditEntry
from residentapp.residents.memos import operations, queries
from residentapp.residents.memos.models import Memo, MemoVersion
from residentapp.residents.memos.types import MemoMissing, MemoRefused
from residentapp.residents.models import ResidentHistory
from residentapp.residents.remarks.types import RemarkMissing, TextsClosed
from tests.support import residents
from tests.support.clock import TEST_MOMENT
from tests.support.users import clerk

CLERK = clerk(Permission.RESIDENT_VIEW, Permission.MEMO_EDIT)
OTHER = clerk(Permission.RESIDENT_VIEW, Permission.MEMO_EDIT, login="tanto2", name="架空　二人目")
LATER = TEST_MOMENT + dt.timedelta(hours=1)


@pytest.fixture
def person(session: Session) -> ResidentHistory:
    return residents.resident(session)


def actions(session: Session) -> list[tuple[str, dict[str, Any]]]:
    write_pending(session)
    rows = session.scalars(select(AuditEntry).order_by(AuditEntry.sequence))
    return [(row.action, row.details) for row in rows]


@pytest.mark.requirement("RR-1.1.15a")
def test_writer_time_and_every_version_are_kept(session: Session, person: ResidentHistory) -> None:
    number = person.addressee_number
    first = operations.write_memo(session, CLERK, number, " 辻󠄂さんは左耳が遠い ", now=TEST_MOMENT)
    memo = first.memo_id
    operations.change_memo(session, OTHER, number, memo, "右耳が遠い", seen=1, now=LATER)
    [view] = operations.open_memos(session, CLERK, number, now=LATER)
    assert [(line.what, line.text) for line in view.versions] == [
        ("変更", "右耳が遠い"), ("記入", "辻󠄂さんは左耳が遠い"),
    ]  # fmt: skip
    assert view.current.when == "令和8年11月24日 11時00分"
    assert view.current.by == "本庁 窓口1番 架空　二人目（tanto2）"
    assert view.versions[1].by == "本庁 窓口1番 架空　担当（tanto）"
    operations.delete_memo(session, CLERK, number, memo, seen=2, now=LATER)
    [view] = queries.memos_of(session, CLERK, number)
    assert view.deleted and not view.editable
    assert [line.text for line in view.versions] == ["", "右耳が遠い", "辻󠄂さんは左耳が遠い"]
    written = {"変更前": "", "変更後": "辻󠄂さんは左耳が遠い"}
    assert ("メモの記入", written) in actions(session)
    changed = {"変更前": "辻󠄂さんは左耳が遠い", "変更後": "右耳が遠い"}
    assert ("メモの変更", changed) in actions(session)
    assert ("メモの削除", {"変更前": "右耳が遠い", "変更後": ""}) in actions(session)
    assert ("メモの照会", {}) in actions(session)


def test_memos_that_stand_come_first_the_latest_on_top(session: Session, person: ResidentHistory) -> None:
    number = person.addressee_number
    memos = [
        operations.write_memo(session, CLERK, number, words, now=TEST_MOMENT + dt.timedelta(minutes=place))
        for place, words in enumerate(("一", "二", "三"))
    ]
    operations.delete_memo(session, CLERK, number, memos[2].memo_id, seen=1, now=LATER)
    operations.change_memo(session, CLERK, number, memos[0].memo_id, "一の二", seen=1, now=LATER)
    assert [view.current.text for view in queries.memos_of(session, CLERK, number)] == ["一の二", "二", ""]


@pytest.mark.parametrize(
    ("words", "code"),
    [("", "ME-E001"), ("あ" * 501, "ME-E002"), ("ｱ", "ME-E003"), ("123456789018", "ME-E004")],
)
def test_what_a_memo_may_not_say(session: Session, person: ResidentHistory, words: str, code: str) -> None:
    with pytest.raises(MemoRefused) as refused:
        operations.write_memo(session, CLERK, person.addressee_number, words, now=TEST_MOMENT)
    assert [one.code for one in refused.value.violations] == [code]
    assert queries.memos_of(session, CLERK, person.addressee_number) == ()


def test_somebody_was_faster(session: Session, person: ResidentHistory) -> None:
    number = person.addressee_number
    memo = operations.write_memo(session, CLERK, number, "一", now=TEST_MOMENT).memo_id
    operations.change_memo(session, OTHER, number, memo, "二", seen=1, now=LATER)
    for act in (
        lambda: operations.change_memo(session, CLERK, number, memo, "三", seen=1, now=LATER),
        lambda: operations.delete_memo(session, CLERK, number, memo, seen=1, now=LATER),
    ):
        with pytest.raises(MemoRefused) as refused:
            act()
        assert [one.code for one in refused.value.violations] == ["ME-E012"]
        assert "架空　二人目" in refused.value.violations[0].message
    with pytest.raises(MemoRefused) as refused:
        operations.change_memo(session, CLERK, number, memo, "二", seen=2, now=LATER)
    assert [one.code for one in refused.value.violations] == ["ME-E010"]
    operations.delete_memo(session, CLERK, number, memo, seen=2, now=LATER)
    with pytest.raises(MemoRefused) as refused:
        operations.change_memo(session, CLERK, number, memo, "三", seen=3, now=LATER)
    assert [one.code for one in refused.value.violations] == ["ME-E011"]


def test_a_memo_of_somebody_else_is_not_found(session: Session, person: ResidentHistory) -> None:
    other = residents.resident(session)
    memo = operations.write_memo(session, CLERK, other.addressee_number, "一", now=TEST_MOMENT).memo_id
    with pytest.raises(MemoMissing):
        operations.change_memo(session, CLERK, person.addressee_number, memo, "二", seen=1, now=TEST_MOMENT)
    with pytest.raises(RemarkMissing):
        operations.write_memo(session, CLERK, "0000000000", "一", now=TEST_MOMENT)


@pytest.mark.requirement("RR-10.3b", partial=True)
@pytest.mark.parametrize("lacking", [Permission.MEMO_EDIT, Permission.RESIDENT_VIEW])
def test_without_the_right_nothing_is_written(
    session: Session, person: ResidentHistory, lacking: Permission
) -> None:
    actor = clerk(*(CLERK.permissions - {lacking}))
    with pytest.raises(PermissionDenied):
        operations.write_memo(session, actor, person.addressee_number, "一", now=TEST_MOMENT)


@pytest.mark.requirement("CM-5.1", partial=True)
def test_memos_of_protected_people_and_their_household_are_closed(
    session: Session, person: ResidentHistory
) -> None:
    housemate = residents.resident(session, person.household_number, name="同居　人")
    memo = operations.write_memo(session, CLERK, person.addressee_number, "隠れ里荘", now=TEST_MOMENT)
    residents.protect(session, person)
    for number in (person.addressee_number, housemate.addressee_number):
        for act in (
            lambda one=number: operations.open_memos(session, CLERK, one, now=LATER),
            lambda one=number: operations.write_memo(session, CLERK, one, "二", now=LATER),
            lambda one=number: operations.change_memo(
                session, CLERK, one, memo.memo_id, "二", seen=1, now=LATER
            ),
        ):
            with pytest.raises(TextsClosed):
                act()  # type: ignore[no-untyped-call]
    officer = clerk(*CLERK.permissions, Permission.SUPPRESSED_VIEW)
    [view] = operations.open_memos(session, officer, person.addressee_number, now=LATER)
    assert view.current.text == "隠れ里荘"


@pytest.mark.requirement("RR-1.1.15a", partial=True)
@pytest.mark.parametrize(
    "act",
    [
        delete(MemoVersion),
        delete(Memo),
        update(MemoVersion).values(text="書き換え"),
        update(MemoVersion).values(user_login="別人"),
        update(Memo).values(addressee_number="x"),
    ],
)
def test_the_database_refuses_to_change_or_delete_a_memo(
    session: Session, person: ResidentHistory, act: Any
) -> None:
    operations.write_memo(session, CLERK, person.addressee_number, "残る", now=TEST_MOMENT)
    with pytest.raises(DatabaseError), session.begin_nested():
        session.execute(act.execution_options(synchronize_session=False))
    session.expire_all()
    [view] = queries.memos_of(session, CLERK, person.addressee_number)
    assert view.current.text == "残る"
