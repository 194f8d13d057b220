"""世帯主変更通知書, 世帯主変更依頼通知書 and 対象者リスト: when, what they say, who may print (RR-4.0.4, RR-4.0.5)."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from sqlalchemy import select

from residentapp.core.access.actor import Actor, PermissionDenied
from residentapp.core.access.permissions import Permission
from residentapp.core.audit import Log, write_pending
from residentapp.core.audit.models import AuditEntry
from residentapp.residents.changes.types import ChangeEntry
from residentapp.residents.ex_officio.printing import PrintRefused
from residentapp.residents.head_notices import operations, queries
from residentapp.residents.head_notices.models import HeadNotice
from residentapp.residents.head_notices.queries import Due, HouseholdNotices
from residentapp.residents.head_notices.types import Kind
from residentapp.residents.models import ResidentHistory
from residentapp.residents.search import index
from residentapp.residents.types import ChangeReason, ResidentState
from tests.residents.changes.elsewhere import moving_out
from tests.residents.changes.office import ChangeOffice
from tests.residents.changes.test_move_within import NEW_ADDRESS
from tests.residents.move_out.test_closing import close_all
from tests.support import residents
from tests.support.documents import mj_fonts, page_texts, squeezed
from tests.support.removed import LONG_AGO, store

DIED = {"moved_on": "令和8年11月20日"}


def death(office: ChangeOffice, *people: ResidentHistory) -> ChangeEntry:
    return office.begin("death", *people).with_values(**DIED)


def notices(office: ChangeOffice, row: ResidentHistory) -> HouseholdNotices:
    """The household of a snapshot, with its notices."""
    [found] = operations.open_households(office.session, office.clerk, [row.household_number], now=office.now)
    return found


def due_of(office: ChangeOffice, row: ResidentHistory) -> Due:
    due = notices(office, row).due
    assert due is not None
    return due


def printed(
    office: ChangeOffice, row: ResidentHistory, *, actor: Actor | None = None, now: dt.datetime | None = None
) -> operations.Printed:
    """The notice that is due to a household, printed."""
    due = due_of(office, row)
    return operations.print_due(
        office.session, actor or office.clerk, office.keyring, row.household_number, due.change.id, mj_fonts(),
        now=now or office.now,
    )  # fmt: skip


def text_of(pdf: bytes) -> str:
    return squeezed("".join(page_texts(pdf)))


def prints(office: ChangeOffice) -> list[AuditEntry]:
    write_pending(office.session)
    query = select(AuditEntry).where(AuditEntry.log == Log.PRINT.value).order_by(AuditEntry.sequence)
    return list(office.session.scalars(query))


# ---- 世帯主変更通知書


@pytest.mark.requirement("RR-4.0.4a", "RR-4.0.5a", "RR-4.0.5b")
def test_the_one_who_remains_is_made_head_and_told(
    office: ChangeOffice, family: list[ResidentHistory]
) -> None:
    """The father moves away with the children; by 職権 the mother becomes head, and 世帯主変更通知書 tells her."""
    father, mother, son, daughter = family
    entry = office.begin("move_within", father, son, daughter).with_values(**NEW_ADDRESS)
    assert "CH-A041" in office.codes(entry)
    entry = office.new_head(entry, mother)
    assert "CH-A041" not in office.codes(entry)
    case = office.provisional(entry)
    registered = office.approve(case)
    assert queries.has_notices(office.session, case.id)

    due = due_of(office, mother)
    assert (due.kind, due.change.id) == (Kind.NAMED, registered.change_ids[1])
    letter = printed(office, mother)

    text = text_of(letter.drawn.pdf)
    for word in (
        "世帯主の変更について（通知）", "〒999-0001", "架空県架空市本町一丁目2番3号", "架空花子様", "架空県架空市長",
        "職権で世帯主を変更しました", "新しい世帯主", "これまでの世帯主",
        "架空花子架空太郎令和8年11月20日令和8年11月24日", "架空花子昭和57年3月3日世帯主", "審査請求",
    ):  # fmt: skip
        assert squeezed(word) in text, word
    # Neither where the former head went, nor who went along.
    assert "9番8号" not in text and "架空桜" not in text and "転居" not in text
    assert queries.count_waiting(office.session) == 0


def test_the_whole_household_is_named_to_the_highest_of_then(
    office: ChangeOffice, family: list[ResidentHistory]
) -> None:
    """The son is made head; the letter goes to the mother, who stood after the father."""
    _father, mother, son, daughter = family
    office.register(office.new_head(death(office, family[0]), son))

    due = due_of(office, mother)
    assert (due.kind, due.addressee.addressee_number) == (Kind.NAMED, mother.addressee_number)
    text = text_of(printed(office, mother).drawn.pdf)
    assert "架空花子様" in text and "架空一郎架空太郎令和8年11月20日" in text
    assert "架空花子昭和57年3月3日母" in text and "架空桜" in text
    assert "死亡" not in text
    assert daughter.name == "架空　桜"


def test_a_move_out_on_its_day_brings_the_notice_too(
    office: ChangeOffice, family: list[ResidentHistory]
) -> None:
    """The head settled at the counter follows by night; the notice tells nothing of the destination."""
    office.register(office.new_head(moving_out(office, family[0]), family[1]))
    assert notices(office, family[1]).due is None
    close_all(office)
    due = due_of(office, family[1])
    assert due.kind is Kind.NAMED
    text = text_of(printed(office, family[1]).drawn.pdf)
    assert "令和8年12月1日" in text and "隣市" not in text and "転出" not in text


@pytest.mark.parametrize("what", ["nothing", "notified", "by office", "cancelled"])
def test_where_no_notice_is_due(office: ChangeOffice, family: list[ResidentHistory], what: str) -> None:
    """Heads from the beginning, by a 届出, in a household that was never without one, and after the cancellation."""
    if what == "nothing":
        office.register(death(office, family[3]))
    elif what == "cancelled":
        office.register(office.new_head(death(office, family[0]), family[1]))
        assert notices(office, family[1]).due is not None
        office.register(office.begin("cancel", office.latest(family[0])).with_values(**DIED))
    else:
        kind = "head_change" if what == "notified" else "head_change_by_office"
        entry = office.begin(kind, *family).with_values(**DIED)
        if what == "by office":
            entry = entry.with_values(cause="実態調査で確かめた。", basis="omission")
        office.register(office.new_head(entry, family[1]))
        assert office.latest(family[1]).head_name == "架空　花子"
    assert notices(office, family[1]).due is None
    assert operations.open_waiting(office.session, office.clerk, now=office.now) == []


# ---- 世帯主変更依頼通知書


@pytest.mark.requirement("RR-4.0.4b", "RR-4.0.5a", "RR-4.0.5b")
def test_two_or_more_remain_and_nobody_is_named(office: ChangeOffice, family: list[ResidentHistory]) -> None:
    """An alert first; when the change goes ahead, 世帯主変更依頼通知書 follows directly and the household is listed."""
    father, mother, *_children = family
    entry = death(office, father)
    assert office.codes(entry) == ["CH-A040"]
    case = office.provisional(entry)
    registered = office.approve(case)
    assert queries.has_notices(office.session, case.id)
    assert queries.count_waiting(office.session) == 1

    due = due_of(office, mother)
    assert (due.kind, due.change.id) == (Kind.ASKED, registered.change_ids[0])
    text = text_of(printed(office, mother).drawn.pdf)
    for word in (
        "世帯主の変更の届出について（お願い）", "架空花子様", "住民基本台帳法第25条", "架空太郎令和8年11月20日",
        "架空花子昭和57年3月3日妻", "架空一郎平成20年1月1日子", "架空桜平成24年4月4日子",
    ):  # fmt: skip
        assert squeezed(word) in text, word
    assert "新しい世帯主" not in text and "死亡" not in text
    assert queries.count_waiting(office.session) == 0

    # 対象者リスト has all who wait, with the day on which they were asked.
    listed = text_of(operations.print_list(office.session, office.clerk, mj_fonts(), now=office.now).pdf)
    for word in (
        "対象者リスト",
        "1世帯",
        "架空花子",
        "架空太郎",
        "令和8年11月20日",
        "3人",
        "令和8年11月24日",
    ):
        assert word in listed, word
    assert [entry.action for entry in prints(office)] == [
        "世帯主変更依頼通知書の印刷", "世帯主変更依頼通知書 対象者リストの印刷",
    ]  # fmt: skip


@pytest.mark.requirement("RR-4.0.5b", partial=True)
def test_it_goes_to_the_highest_of_the_household_as_it_stood_before(
    office: ChangeOffice, family: list[ResidentHistory]
) -> None:
    """The record has a grandmother before everybody, and a cousin came later: neither gets it."""
    father, mother, son, daughter = family
    change = residents.change(office.session, ChangeReason.CORRECT_EX_OFFICIO)
    residents.next_snapshot(office.session, mother, change, relationship_to_head="縁故者", member_order=9)
    residents.next_snapshot(office.session, daughter, change, relationship_to_head="母", member_order=2)
    residents.next_snapshot(office.session, son, change, member_order=8)
    office.register(death(office, father))
    assert due_of(office, mother).addressee.addressee_number == son.addressee_number
    # What changes afterwards does not count: it is the household of before.
    later = residents.change(office.session, ChangeReason.CORRECT_EX_OFFICIO)
    residents.next_snapshot(office.session, office.latest(son), later, relationship_to_head="同居人")
    residents.next_snapshot(office.session, office.latest(daughter), later, relationship_to_head="妻")
    assert due_of(office, mother).addressee.addressee_number == son.addressee_number
    # Who has died since gets no letter.
    office.register(death(office, office.latest(son)))
    assert due_of(office, mother).addressee.addressee_number == daughter.addressee_number


@pytest.mark.requirement("RR-4.0.4c")
def test_the_others_of_a_headless_household_can_still_be_processed(
    office: ChangeOffice, family: list[ResidentHistory]
) -> None:
    """A correction, a birth, somebody who joins, a death, and in the end a head by 届出."""
    father, mother, son, daughter = family
    office.register(death(office, father))
    assert office.latest(mother).head_name is None

    fixed = office.begin("correct", mother).with_values(**DIED, basis="omission", cause="確かめた。")
    office.register(office.typed(fixed, mother, name_kana="カクウ　ハナ"))
    born = office.begin("birth", household=father.household_number).with_values(moved_on="令和8年11月10日")
    [child] = born.subjects
    values = {
        "name": "架空　葵", "name_kana": "カクウ　アオイ", "sex": "female", "relationship": "縁故者",
        "registered_domicile": "なし", "register_head": "なし",
    }  # fmt: skip
    [newborn] = office.register(office.typed(born, child.key, **values)).numbers
    lodging = residents.resident(office.session, name="別所　独", head_name="別所　独")
    merged = office.begin("household_merge", lodging).with_values(**DIED)
    merged = office.join(merged, father.household_number)
    office.register(office.typed(merged, lodging, relationship="同居人"))
    office.register(death(office, office.latest(son)))

    assert office.latest(mother).name_kana == "カクウ　ハナ"
    assert office.latest(son).state is ResidentState.DEAD
    for row in (mother, daughter, newborn, lodging):
        assert office.latest(row).household_number == father.household_number
        assert office.latest(row).head_name is None
    # All of it leaves the household one that waits.
    assert queries.count_waiting(office.session) == 1

    people = [office.latest(each) for each in (mother, daughter, newborn, lodging)]
    entry = office.begin("head_change", *people).with_values(**DIED)
    entry = office.new_head(entry, mother)
    for each in people[1:]:
        entry = office.typed(entry, each, relationship="同居人" if each.name == "別所　独" else "子")
    office.register(entry)
    assert {office.latest(each).head_name for each in people} == {"架空　花子"}
    assert queries.count_waiting(office.session) == 0
    assert notices(office, mother).due is None


def test_a_head_named_later_by_office_is_told(office: ChangeOffice, family: list[ResidentHistory]) -> None:
    """The request stays in what was sent; the notice of the change is due now."""
    office.register(death(office, family[0]))
    printed(office, family[1])
    rest = [office.latest(each) for each in family[1:]]
    entry = office.begin("head_change_by_office", *rest).with_values(
        **DIED, cause="届出がないため確かめた。", basis="no_notification"
    )
    office.register(office.new_head(entry, rest[0]))
    found = notices(office, family[1])
    assert found.due is not None and found.due.kind is Kind.NAMED
    assert (found.sent, [notice.kind for notice in found.made]) == (None, [Kind.ASKED])
    printed(office, family[1], now=office.now + dt.timedelta(days=1))
    assert [notice.kind for notice in notices(office, family[1]).made] == [Kind.NAMED, Kind.ASKED]


def test_a_household_that_loses_its_head_again_waits_again(
    office: ChangeOffice, family: list[ResidentHistory]
) -> None:
    office.register(death(office, family[0]))
    printed(office, family[1])
    assert queries.count_waiting(office.session) == 0
    rest = [office.latest(each) for each in family[1:]]
    office.register(office.new_head(office.begin("head_change", *rest).with_values(**DIED), rest[0]))
    office.register(death(office, office.latest(rest[0])))
    assert queries.count_waiting(office.session) == 1
    [found] = operations.open_waiting(office.session, office.clerk, now=office.now)
    assert found.due is not None and found.sent is None
    assert found.due.former is not None and found.due.former.name == "架空　花子"


def test_a_household_whose_head_is_one_in_fact_does_not_wait(
    office: ChangeOffice, family: list[ResidentHistory]
) -> None:
    entry = office.begin("de_facto_head", *family).with_values(
        **DIED, de_facto_head="SMITH JOHN", cause="基地の証明書で確かめた。"
    )
    office.register(entry)
    assert office.latest(family[1]).head_name is None
    assert queries.count_waiting(office.session) == 0
    assert notices(office, family[1]).due is None


def test_a_head_who_comes_back_as_another_member_is_still_missing(
    office: ChangeOffice, family: list[ResidentHistory]
) -> None:
    office.register(death(office, family[0]))
    back = residents.change(office.session, ChangeReason.CANCEL_DECREASE)
    residents.next_snapshot(
        office.session, office.latest(family[0]), back, state=ResidentState.RESIDENT, head_name=None,
        relationship_to_head="同居人", member_order=9,
    )  # fmt: skip
    assert queries.count_waiting(office.session) == 1
    assert due_of(office, family[1]).kind is Kind.ASKED


def test_a_head_whose_record_was_stored_away_is_still_missing(
    office: ChangeOffice, family: list[ResidentHistory]
) -> None:
    """More than five years later nothing of him stands in the register; the household still waits, or was asked."""
    father, mother, *_children = family
    long_ago = residents.change(office.session, ChangeReason.DEATH, processed_on=LONG_AGO)
    residents.next_snapshot(
        office.session, father, long_ago, state=ResidentState.DEAD, removal_reason="死亡", removed_on=LONG_AGO
    )
    change = residents.change(office.session, ChangeReason.CORRECT_EX_OFFICIO, processed_on=LONG_AGO)
    for member in family[1:]:
        residents.next_snapshot(office.session, member, change, head_name=None)
    printed(office, mother)
    index.refresh(office.session, [each.addressee_number for each in family])
    assert len(store(office.session, office.latest(father)).done) == 1

    found = notices(office, mother)
    assert found.due is not None and found.due.former is None
    assert found.due.addressee.addressee_number == mother.addressee_number
    assert found.sent is not None and queries.count_waiting(office.session) == 0
    office.session.delete(found.sent)
    office.session.flush()
    assert queries.count_waiting(office.session) == 1
    assert "架空花子様" in text_of(printed(office, mother).drawn.pdf)
    assert queries.count_waiting(office.session) == 0


# ---- again, and who may


def test_it_is_printed_again_as_it_was(office: ChangeOffice, family: list[ResidentHistory]) -> None:
    office.register(death(office, family[0]))
    first = printed(office, family[1])
    later = office.now + dt.timedelta(days=40)
    change = residents.change(office.session, ChangeReason.CORRECT_ERROR)
    residents.next_snapshot(office.session, office.latest(family[1]), change, name="架空　訂正")

    again = printed(office, family[1], now=later)

    assert again.notice.id == first.notice.id and again.drawn.pdf == first.drawn.pdf
    by_id = operations.print_again(
        office.session, office.clerk, office.keyring, first.notice.id, mj_fonts(), now=later
    )
    assert by_id.drawn.pdf == first.drawn.pdf
    [kept] = office.session.scalars(select(HeadNotice)).all()
    assert (kept.addressee_number, kept.made_by, kept.made_on) == (
        family[1].addressee_number, "clerk1", dt.date(2026, 11, 24),
    )  # fmt: skip
    assert "架空".encode() not in kept.data_cipher
    assert [entry.action for entry in prints(office)] == [
        "世帯主変更依頼通知書の印刷", *["世帯主変更依頼通知書の再印刷"] * 2,
    ]  # fmt: skip


def test_a_page_that_is_out_of_date_prints_nothing(
    office: ChangeOffice, family: list[ResidentHistory]
) -> None:
    registered = office.register(death(office, family[0]))
    home, change_id = family[1].household_number, registered.change_ids[0]
    for number, change in ((home, change_id + 99), ("0000000000", change_id)):
        with pytest.raises(PrintRefused):
            operations.print_due(
                office.session, office.clerk, office.keyring, number, change, mj_fonts(), now=office.now
            )
    with pytest.raises(PrintRefused):
        operations.print_again(
            office.session, office.clerk, office.keyring, "unknown", mj_fonts(), now=office.now
        )
    nobody = replace(office.clerk, permissions=frozenset({Permission.RESIDENT_VIEW}))
    with pytest.raises(PermissionDenied):
        operations.open_waiting(office.session, nobody, now=office.now)
    with pytest.raises(PermissionDenied):
        operations.print_list(office.session, nobody, mj_fonts(), now=office.now)
    with pytest.raises(PermissionDenied):
        printed(office, family[1], actor=nobody)
    assert office.session.scalars(select(HeadNotice)).all() == []


@pytest.mark.requirement("CM-5.1", "RR-3.4a", partial=True)
@pytest.mark.parametrize("protected", ["who remains", "the head who left"])
def test_of_a_protected_person_only_who_may_know_prints(
    office: ChangeOffice, family: list[ResidentHistory], protected: str
) -> None:
    """And the list tells nothing, whoever prints it."""
    father, mother, *_children = family
    office.register(office.begin("move_within", father).with_values(**NEW_ADDRESS))
    residents.protect(office.session, office.latest(mother if protected == "who remains" else father))
    officer = replace(office.clerk, permissions=office.clerk.permissions | {Permission.SUPPRESSED_VIEW})
    [hidden] = operations.open_waiting(office.session, office.clerk, now=office.now)
    assert hidden.hidden and hidden.protected
    with pytest.raises(PrintRefused):
        printed(office, mother)
    for actor in (office.clerk, officer):
        listed = text_of(operations.print_list(office.session, actor, mj_fonts(), now=office.now).pdf)
        assert "この一覧には載せません" in listed
        for word in ("花子", "太郎", "番3号", "番8号"):
            assert word not in listed

    letter = printed(office, mother, actor=officer)
    text = text_of(letter.drawn.pdf)
    assert "架空花子様" in text
    # Even then nothing says where the head went.
    assert "9番8号" not in text and "新荘" not in text
    with pytest.raises(PrintRefused):
        operations.print_again(
            office.session, office.clerk, office.keyring, letter.notice.id, mj_fonts(), now=office.now
        )
