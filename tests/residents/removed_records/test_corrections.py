"""Errors of a record in the 除票用データベース are stated beside it; nothing of it changes (RR-1.1.5d, 法第15条の3)."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy.orm import Session

from residentapp.core.access.permissions import Permission
from residentapp.core.db import Database
from residentapp.residents.models import ResidentHistory
from residentapp.residents.remarks import operations, queries
from residentapp.residents.remarks.types import (
    AddNote,
    AddRemark,
    ChangeRemark,
    CorrectRemoved,
    RemarkMissing,
    RemarkRefused,
    TextsClosed,
    WithdrawRemark,
)
from residentapp.residents.removed_records import reader
from residentapp.residents.types import RemarkKind
from tests.conftest import Login
from tests.support import residents
from tests.support.clock import TEST_MOMENT
from tests.support.masters import make_masters
from tests.support.removed import removed, store
from tests.support.users import clerk

CLERK = clerk(Permission.RESIDENT_VIEW, Permission.REMARK_EDIT)
WHERE = "例示県隣市北町9番9号"


def stored(session: Session, **items: object) -> ResidentHistory:
    """A man who moved out long ago; his record has been stored away."""
    gone = removed(session, name="保存　庫男", head_name="保存　庫男", **items)
    store(session, gone)
    return gone


def correction(person: ResidentHistory, right: str = "例示県隣市北町9番10号") -> CorrectRemoved:
    return CorrectRemoved(person.addressee_number, 3, "planned_destination", WHERE, right)


@pytest.mark.requirement("RR-1.1.5d")
def test_a_correction_stands_beside_what_was_stored(session: Session) -> None:
    person = stored(session)
    number = person.addressee_number
    before = reader.record_of(session, number)
    assert before is not None and before.archived
    texts = [entry.text for entry in before.remarks]

    first = operations.correct_removed(session, CLERK, correction(person), now=TEST_MOMENT)
    second = operations.correct_removed(
        session, CLERK, correction(person, "例示県隣市北町8番"), now=TEST_MOMENT
    )

    assert second.id == first.id + 1
    after = reader.record_of(session, number)
    assert after is not None and after.archived
    said = f"転出先住所（予定）の記載「{WHERE}」は誤り　正しくは「例示県隣市北町9番10号」"
    assert [entry.text for entry in after.remarks] == [*texts, said, second.text]
    added = after.remarks[len(texts)]
    assert (added.kind, added.history_number, added.recorded_by) == (RemarkKind.NOTE, 3, CLERK.login)
    assert [row.planned_destination for row in after.snapshots] == [
        row.planned_destination for row in before.snapshots
    ]


def test_nothing_else_is_written_there(session: Session) -> None:
    person = stored(session)
    number = person.addressee_number
    record = queries.record_of(session, CLERK, number, now=TEST_MOMENT)
    free = next(entry for entry in record.remarks if entry.kind is RemarkKind.REMARK)
    page = queries.page_of(record, CLERK)
    assert not page.live and not page.changes and [one.history_number for one in page.removed_records] == [3]
    assert not any(line.editable for line in page.lines)
    for act, command in (
        (operations.add_remark, AddRemark(number, "備考")),
        (operations.add_note, AddNote(number, 3, "留意事項")),
        (operations.withdraw_remark, WithdrawRemark(number, free.id, "誤記")),
        (operations.change_remark, ChangeRemark(number, free.id, "別の備考", "誤記")),
    ):
        with pytest.raises(RemarkRefused):
            act(session, CLERK, command, now=TEST_MOMENT)  # type: ignore[operator]
    with pytest.raises(RemarkMissing):
        queries.record_of(session, CLERK, "9999999999", now=TEST_MOMENT)


@pytest.mark.requirement("CM-5.1", partial=True)
def test_texts_of_a_record_that_tells_a_protected_home_are_closed(session: Session) -> None:
    """The same household, or another one at the same place: a household that was split stayed where it was."""
    secret = "架空県架空市秘密町9番9号"
    person = stored(session, address=secret, building=None)
    assert queries.record_of(session, CLERK, person.addressee_number, now=TEST_MOMENT).remarks
    protected = residents.resident(session, name="守られ　花子", address=secret, building=None)
    residents.protect(session, protected)
    for act in (
        lambda: queries.record_of(session, CLERK, person.addressee_number, now=TEST_MOMENT),
        lambda: operations.correct_removed(session, CLERK, correction(person), now=TEST_MOMENT),
    ):
        with pytest.raises(TextsClosed):
            act()
    chief = clerk(Permission.RESIDENT_VIEW, Permission.REMARK_EDIT, Permission.SUPPRESSED_VIEW)
    assert queries.record_of(session, chief, person.addressee_number, now=TEST_MOMENT).remarks


@pytest.mark.requirement("RR-1.1.5d", partial=True)
def test_from_the_page_of_the_record_to_its_correction(login: Login, database: Database) -> None:
    with database.transaction() as session:
        make_masters(session)
        number = stored(session).addressee_number
    browser = login(Permission.RESIDENT_VIEW, Permission.RESIDENT_SEARCH, Permission.REMARK_EDIT)
    page = browser.post("/residents/open", data={"addressee_number": number}).headers["Location"]
    shown = browser.get(page).text
    assert f'href="{page}/remarks"' in shown and f'href="{page}/memos"' not in shown
    texts = browser.get(f"{page}/remarks").text
    assert "除票の訂正" in texts and "備考を追加" not in texts
    sent = {"history_number": "3", "column": "planned_destination", "act": "fill", "wrong": "", "right": ""}
    assert f"{WHERE}</textarea>" in browser.post(f"{page}/corrections/new", data=sent).text
    sent |= {"act": "", "wrong": WHERE, "right": "例示県隣市北町9番10号"}
    done = browser.post(f"{page}/corrections/new", data=sent, follow_redirects=True)
    assert done.status_code == 200 and "正しくは「例示県隣市北町9番10号」" in done.text
    with database.transaction() as session:
        record = reader.record_of(session, number)
        assert record is not None and record.remarks[-1].recorded_on == dt.date(2026, 11, 24)
