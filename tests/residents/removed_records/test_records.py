"""A stored record opens in the same screen as any other, to be looked at (RR-1.1.5e)."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from residentapp.core.access.permissions import Permission
from residentapp.core.audit.models import AuditEntry
from residentapp.core.crypto import Keyring
from residentapp.core.db import Database
from residentapp.core.numbering import RESIDENT_CODE
from residentapp.core.web.marks import Mark
from residentapp.residents.records import operations, queries
from residentapp.residents.records.types import NotFound, ResidentPage
from residentapp.residents.removed_records import reader
from residentapp.residents.types import ChangeReason, ResidentState
from tests.conftest import Login
from tests.support import residents
from tests.support.clock import TEST_MOMENT
from tests.support.removed import LONG_AGO, remove, removed, store
from tests.support.users import clerk

VIEWER = clerk(Permission.RESIDENT_VIEW, Permission.ITEM_RESIDENT_CODE, Permission.ITEM_REGISTERED_DOMICILE)
MOVED_ON = LONG_AGO - dt.timedelta(days=100)


def opened(session: Session, number: str, as_of: dt.date | None = None) -> ResidentPage:
    return operations.open_resident(session, VIEWER, number, now=TEST_MOMENT, as_of=as_of)


@pytest.mark.requirement("RR-1.1.5e", "RR-2.2.1a", partial=True)
def test_the_page_is_the_same_before_and_after_the_move(session: Session) -> None:
    gone = removed(session, name="蔵元　除吉")
    before = opened(session, gone.addressee_number)
    store(session, gone)
    after = opened(session, gone.addressee_number)
    assert not before.archived and after.archived
    assert after.groups == before.groups
    assert after.history == before.history and len(after.history) == 3
    assert after.remarks == before.remarks and len(after.remarks) == 6
    assert (before.person.marks, after.person.marks) == ((Mark.REMOVED,), (Mark.ARCHIVED,))
    assert before.has_removed and after.has_removed and before.removed and after.removed
    assert queries.ARCHIVED in after.notices and queries.ARCHIVED not in before.notices


@pytest.mark.requirement("RR-1.1.5f", "RR-1.1.14d", partial=True)
@pytest.mark.parametrize(
    ("reason", "lines"),
    [
        (
            ChangeReason.MOVE_OUT_DOMESTIC,
            [
                "消除事由　転出",
                "転出先住所（予定）　例示県隣市北町9番9号",
                "事由の生じた年月日　令和2年3月31日",
            ],
        ),
        (ChangeReason.DEATH, ["消除事由　死亡", "事由の生じた年月日　令和2年3月31日"]),
    ],
)
@pytest.mark.parametrize("stored", [False, True])
def test_what_only_a_removed_record_says_stands_among_the_remarks(
    session: Session, reason: ChangeReason, lines: list[str], stored: bool
) -> None:
    gone = removed(session, reason=reason)
    if stored:
        store(session, gone)
    page = opened(session, gone.addressee_number)
    assert [f"{remark.kind}　{remark.text}" for remark in page.remarks[3:]] == lines
    then = opened(session, gone.addressee_number, as_of=MOVED_ON)
    assert len(then.remarks) == 3 and not any(remark.kind == "消除事由" for remark in then.remarks)


@pytest.mark.parametrize(
    ("day", "building"),
    [(MOVED_ON - dt.timedelta(days=1), None), (MOVED_ON, "架空荘101"), (None, "架空荘101")],
)
def test_as_of_a_day(session: Session, day: dt.date | None, building: str | None) -> None:
    gone = removed(session)
    store(session, gone)
    page = opened(session, gone.addressee_number, as_of=day)
    items = {item.key: item.value for group in page.groups for item in group.items}
    assert (items["building"] or None) == building
    assert page.removed and page.person.is_live is (day is not None)
    with pytest.raises(NotFound):
        opened(session, gone.addressee_number, as_of=dt.date(2010, 1, 1))


def test_the_household_shows_who_is_stored_beside_who_lives_there(session: Session) -> None:
    home = residents.household(session)
    lives = residents.resident(session, home, name="住田　一")
    early = removed(session, home, ChangeReason.DEATH, name="住田　二", member_order=2)
    late = remove(
        session, residents.resident(session, home, name="住田　三", member_order=3), on=dt.date(2026, 6, 1)
    )
    store(session, early)
    page = operations.open_household(session, VIEWER, home, now=TEST_MOMENT)
    assert [line.person.name for line in page.members] == ["住田　一"]
    assert [(line.person.name, line.person.marks) for line in page.removed] == [
        ("住田　三", (Mark.REMOVED,)), ("住田　二", (Mark.DECEASED, Mark.ARCHIVED)),
    ]  # fmt: skip
    # The page of who lives there is not made longer by who left long ago; theirs shows all.
    names = [member.person.name for member in opened(session, lives.addressee_number).household]
    assert names == ["住田　一", "住田　三"]
    names = [member.person.name for member in opened(session, early.addressee_number).household]
    assert names == ["住田　一", "住田　三", "住田　二"]
    assert queries.resolve_household(session, early.addressee_number) == home
    assert reader.latest_of(session, late.addressee_number) is late


def test_a_household_of_which_everybody_is_stored(session: Session) -> None:
    gone = removed(session)
    home = gone.household_number
    store(session, gone)
    page = operations.open_household(session, VIEWER, home, now=TEST_MOMENT)
    assert page.members == () and [line.person.is_live for line in page.removed] == [False]
    with pytest.raises(NotFound):
        queries.resolve_household(session, "0000000000")


def test_numbers_are_revealed_to_who_may_see_them(session: Session, keyring: Keyring) -> None:
    gone = removed(
        session,
        resident_code_cipher=keyring.encrypt("10000000001", context=RESIDENT_CODE),
        resident_code_hash=keyring.lookup_hash("10000000001", context=RESIDENT_CODE),
    )
    number = gone.addressee_number
    store(session, gone)
    assert opened(session, number).has_resident_code
    assert operations.reveal_numbers(session, VIEWER, keyring, number, now=TEST_MOMENT) == {
        "住民票コード": "10000000001"
    }
    nobody = clerk(Permission.RESIDENT_VIEW)
    assert operations.reveal_numbers(session, nobody, keyring, number, now=TEST_MOMENT) == {}


def test_an_object_of_the_archive_belongs_to_no_session(session: Session) -> None:
    """Changing one changes nothing, in whatever session it was read."""
    gone = removed(session)
    number = gone.addressee_number
    store(session, gone)
    record = reader.record_of(session, number)
    assert record is not None
    record.current.address = "書き換えた住所"
    record.remarks[0].text = "書き換えた備考"
    session.flush()
    again = reader.record_of(session, number)
    assert again is not None
    assert again.current.address == gone.address and again.remarks[0].text != "書き換えた備考"
    assert not any(row in session for row in (*again.snapshots, *again.remarks, *again.changes.values()))


def test_several_people_wherever_they_stand(session: Session) -> None:
    lives, gone = residents.resident(session), removed(session)
    numbers = [lives.addressee_number, gone.addressee_number, "0000000000"]
    store(session, gone)
    found = reader.people_of(session, numbers)
    assert {number: person.state.is_live for number, person in found.items()} == {
        numbers[0]: True,
        numbers[1]: False,
    }
    assert not reader.is_archived(session, numbers[0]) and reader.is_archived(session, numbers[1])
    for number in numbers[:2]:
        snapshot = reader.snapshot_of(session, number, 1)
        assert snapshot is not None and snapshot.state is ResidentState.RESIDENT
        assert reader.snapshot_of(session, number, 9) is None


# ---- the screen


def test_the_screen_offers_what_can_be_done_with_a_stored_record(login: Login, database: Database) -> None:
    with database.transaction() as session:
        gone = removed(session, name="蔵元　除吉")
        number = gone.addressee_number
        store(session, gone)
    browser = login(Permission.RESIDENT_VIEW, Permission.CERTIFICATE_ISSUE, Permission.ISSUE_HISTORY_VIEW)
    page = browser.post("/residents/open", data={"addressee_number": number}, follow_redirects=True)
    assert page.status_code == 200
    for words in (
        "蔵元　除吉",
        "除票（保存庫）",
        "除票用データベースの記録です",
        "転居",
        "国内転出",
        "備考の記載",
        "消除事由",
    ):
        assert words in page.text, words
    address = page.request.path
    assert number not in address
    then = browser.post(f"{address}/as-of", data={"as_of": MOVED_ON.isoformat()}, follow_redirects=True)
    assert "今の記載ではありません" in then.text and "架空荘101" in then.text
    household = browser.get(f"{address}/household", follow_redirects=True)
    assert household.status_code == 200 and "除票（保存庫）" in household.text
    member = browser.get(f"{household.request.path}/members/0", follow_redirects=True)
    assert f'<dd class="figures">{number}</dd>' in member.text
    issues = re_first(page.text, "/certificates/history-of/")
    assert browser.get(issues, follow_redirects=True).status_code == 200
    with database.transaction() as session:
        entries = session.scalars(select(AuditEntry).where(AuditEntry.action == "住民照会")).all()
        assert all(entry.subjects[0] == number for entry in entries) and entries


def re_first(text: str, beginning: str) -> str:
    start = text.index(beginning)
    return text[start : text.index('"', start)]
