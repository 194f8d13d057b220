"""転入通知 (RR-4.1.3.1.1–3): over the exchange and by hand, early and late, twice, wrong, about nobody."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from residentapp.core import audit
from residentapp.core.audit.models import AuditEntry
from residentapp.core.numbering import RESIDENT_CODE
from residentapp.residents.cases import operations, queries
from residentapp.residents.cases.types import RecordVersion, SaveEntry
from residentapp.residents.changes.types import ChangeEntry
from residentapp.residents.ex_officio.queries import sheets_of, sheets_of_day
from residentapp.residents.ex_officio.types import Basis
from residentapp.residents.models import ResidentChange, ResidentHistory
from residentapp.residents.move_out import notices
from residentapp.residents.move_out.models import MoveInNotice
from residentapp.residents.move_out.notice_entry import begin_by_hand, filled
from residentapp.residents.move_out.notices import (
    NOTICES,
    handle_move_in_notice,
    leave_out,
    retry,
)
from residentapp.residents.move_out.types import NoticeState
from residentapp.residents.search import index
from residentapp.residents.types import ChangeReason, ResidentState
from residentapp.residents.waiting_notices import NobodyFound, NoticeChanged
from tests.residents.changes.elsewhere import NEIGHBOUR_TOWN, moving_out
from tests.residents.changes.office import ChangeOffice
from tests.residents.move_out.notices import body
from tests.residents.move_out.test_closing import DAY, close_all, later
from tests.support import residents

LATER = dt.date(2026, 12, 10)


@pytest.fixture
def gone(office: ChangeOffice, family: list[ResidentHistory]) -> list[ResidentHistory]:
    """The family after the day of its move-out."""
    office.register(moving_out(office, *family))
    close_all(office)
    return [office.latest(each) for each in family]


def with_code(office: ChangeOffice, person: ResidentHistory, code: str) -> ResidentHistory:
    """The person with a 住民票コード."""
    change = residents.change(office.session, ChangeReason.RESIDENT_CODE_RECORD_EX_OFFICIO)
    return residents.next_snapshot(
        office.session, office.latest(person), change,
        resident_code_cipher=office.keyring.encrypt(code, context=RESIDENT_CODE),
        resident_code_hash=office.keyring.lookup_hash(code, context=RESIDENT_CODE),
    )  # fmt: skip


def take(office: ChangeOffice, told: dict[str, Any], day: dt.date = LATER) -> tuple[int | None, MoveInNotice]:
    """What the inbox does with a body on a day."""
    now = later(office, day).now
    change_id = handle_move_in_notice(office.session, office.clerk, office.keyring, told, now)
    office.session.flush()
    [row] = office.session.query(MoveInNotice).order_by(MoveInNotice.id.desc()).limit(1)
    return change_id, row


@pytest.mark.requirement("RR-4.1.3.1.1", "RR-1.1.1b", "RR-4.1.3.1.2a", partial=True)
def test_a_notice_stands_beside_what_was_notified(office: ChangeOffice, gone: list[ResidentHistory]) -> None:
    before = gone[0]
    change_id, row = take(office, body(before, address="見本県隣市北町5番5号", building=""))

    after = office.latest(before)
    assert after.history_number == before.history_number + 1
    change = office.session.get_one(ResidentChange, change_id)
    assert (change.reason, change.noticed_on) == (ChangeReason.CORRECT_EX_OFFICIO, dt.date(2026, 12, 3))
    assert change.moved_on is not None and change.moved_on.iso == "2026-12-02"
    assert after.confirmed_destination == "見本県隣市北町5番5号"
    # The postal code and the code of the town come from the dictionary.
    assert (after.confirmed_destination_code, after.confirmed_destination_postal_code) == (
        NEIGHBOUR_TOWN,
        "9700001",
    )
    assert (after.moved_out_on, after.move_in_notice_on) == (dt.date(2026, 12, 2), dt.date(2026, 12, 3))
    assert after.planned_destination == "見本県隣市北町9番9号　北荘101号"
    assert after.removal_occurred_on == before.removal_occurred_on
    assert (after.state, after.removed_on) == (ResidentState.MOVED_OUT, DAY)
    assert office.remarks(after) == [
        "転入通知の受理　転入通知年月日　令和8年12月3日　転出年月日（確定）　令和8年12月2日　"
        "転出先住所（確定）　見本県隣市北町5番5号"
    ]
    assert (row.state, row.change_id, row.problem) == (NoticeState.REFLECTED, change_id, None)
    assert "北町5番5号".encode() not in row.body_cipher
    assert office.latest(gone[1]).history_number == gone[1].history_number


@pytest.mark.requirement("RR-1.1.5a")
@pytest.mark.parametrize(
    ("moved_in", "removed"),
    [("2026-11-30", dt.date(2026, 11, 30)), ("2026-12-01", DAY), ("2026-12-02", DAY)],
)
def test_the_record_ended_on_the_earlier_of_the_two_days(
    office: ChangeOffice, gone: list[ResidentHistory], moved_in: str, removed: dt.date
) -> None:
    """消除 is the 転出予定年月日 or the 転入日, whichever was first; who told late is corrected (前の記録は残る)."""
    take(office, body(gone[0], moved_in=moved_in))
    assert office.latest(gone[0]).removed_on == removed
    assert gone[0].removed_on == DAY


@pytest.mark.requirement("RR-4.1.3.1.1", "RR-1.1.5a", partial=True)
def test_a_notice_before_the_planned_day_closes_the_record(
    office: ChangeOffice, family: list[ResidentHistory]
) -> None:
    """The person moved in elsewhere earlier than planned: closed at once, on the 転入日.

    The others stay until theirs.
    """
    office.register(moving_out(office, *family))
    mother = family[1]
    change_id, row = take(
        office, body(mother, moved_in="2026-11-26", noticed="2026-11-27"), dt.date(2026, 11, 28)
    )
    after = office.latest(mother)
    assert (row.state, after.state) == (NoticeState.REFLECTED, ResidentState.MOVED_OUT)
    assert (after.removed_on, after.moved_out_on) == (dt.date(2026, 11, 26), dt.date(2026, 11, 26))
    assert after.history_number == 4  # recorded, notified, closed, told
    assert change_id == after.change_id
    assert [office.latest(each).state.is_live for each in family] == [True, False, True, True]
    assert [office.latest(each).history_number for each in family] == [2, 4, 2, 2]
    [closed] = close_all(office)
    assert len(closed.numbers) == 3


@pytest.mark.requirement("RR-1.1.5c")
@pytest.mark.parametrize("written", [False, True])
def test_after_a_special_adoption_the_address_can_stay_blank(
    office: ChangeOffice, family: list[ResidentHistory], written: bool
) -> None:
    """Neither the notification, nor the day, nor a notice taken in by itself writes it; staff decide on the notice."""
    daughter = family[3]
    blank = dict.fromkeys(("planned_town", "planned_lot", "planned_building", "planned_code"), "")
    office.register(moving_out(office, daughter, adoption="made", planned_postal_code="", **blank))
    close_all(office)
    closed = office.latest(daughter)
    assert (closed.state, closed.planned_destination) == (ResidentState.MOVED_OUT, None)
    assert office.remarks(closed) == ["特別養子縁組　転出により消除　転出予定年月日　令和8年12月1日"]

    change_id, row = take(office, body(daughter))
    assert (change_id, row.state, row.addressee_number) == (
        None,
        NoticeState.PROBLEM,
        daughter.addressee_number,
    )
    assert "特別養子縁組" in str(row.problem)

    on_day = later(office, LATER)
    entry = on_day.begin("move_in_notice", closed).with_values(
        moved_on="令和8年12月2日", noticed_on="令和8年12月3日"
    )
    if written:
        entry = entry.with_values(confirmed_town="見本県隣市北町", confirmed_code=NEIGHBOUR_TOWN)
    assert on_day.codes(entry) == []
    on_day.register(entry)
    after = office.latest(daughter)
    assert after.confirmed_destination == ("見本県隣市北町" if written else None)
    assert after.moved_out_on == dt.date(2026, 12, 2)
    told = "特別養子縁組　転入通知の受理　転入通知年月日　令和8年12月3日　転出年月日（確定）　令和8年12月2日"
    assert office.remarks(after) == [told + ("　転出先住所（確定）　見本県隣市北町" if written else "")]


@pytest.mark.requirement("RR-4.2.0.1a", partial=True)
def test_it_stands_in_the_record_of_changes_by_office(
    office: ChangeOffice, family: list[ResidentHistory]
) -> None:
    """職権修正 by a 通知, found by the number of the entry, because no case stands behind it; not who sent it."""
    office.register(moving_out(office, *family))
    take(office, body(family[1], moved_in="2026-11-26", noticed="2026-11-27"), dt.date(2026, 11, 28))
    now = later(office, dt.date(2026, 11, 28)).now
    [sheet] = sheets_of_day(office.session, office.clerk, dt.date(2026, 11, 28), now=now)
    assert (sheet.record.basis, sheet.record.cause, sheet.record.source) == (
        Basis.NOTICE,
        "転入通知の受理",
        "",
    )
    assert sheet.key == f"2026-{sheet.record.serial}"
    [again] = sheets_of(office.session, office.clerk, sheet.key, now=now)
    assert again.change.id == sheet.change.id
    assert sheets_of(office.session, office.clerk, "2026-99", now=now) == []


def test_the_head_told_first_leaves_the_others_as_they_are(
    office: ChangeOffice, family: list[ResidentHistory]
) -> None:
    """All leave by one notification: nobody stays who needs a head between one notice and the next."""
    office.register(moving_out(office, *family))
    for each in family:
        take(office, body(each, moved_in="2026-11-26", noticed="2026-11-27"), dt.date(2026, 11, 28))
    assert [office.latest(each).history_number for each in family] == [4, 4, 4, 4]
    assert {office.latest(each).head_name for each in family} == {"架空　太郎"}


def test_the_head_told_early_leaves_his_household_to_the_one_settled(
    office: ChangeOffice, family: list[ResidentHistory]
) -> None:
    father, mother, *_children = family
    office.register(office.new_head(moving_out(office, father), mother))
    take(office, body(father, moved_in="2026-11-26", noticed="2026-11-27"), dt.date(2026, 11, 28))
    assert office.latest(mother).relationship_to_head == "世帯主"
    assert {office.latest(each).head_name for each in family[1:]} == {"架空　花子"}


@pytest.mark.requirement("RR-4.1.3.1.1", partial=True)
def test_also_for_who_was_removed_ex_officio(office: ChangeOffice, family: list[ResidentHistory]) -> None:
    """After a survey, or after a late notification; the day of that removal stands."""
    change = residents.change(office.session, ChangeReason.REMOVE_EX_OFFICIO)
    residents.next_snapshot(
        office.session, family[3], change, state=ResidentState.REMOVED, removal_reason="職権消除",
        removed_on=dt.date(2026, 11, 20),
    )  # fmt: skip
    _change_id, row = take(office, body(family[3], moved_in="2026-11-10"))
    after = office.latest(family[3])
    assert row.state is NoticeState.REFLECTED
    assert (after.state, after.removed_on) == (ResidentState.REMOVED, dt.date(2026, 11, 20))
    assert after.moved_out_on == dt.date(2026, 11, 10)
    office.register(moving_out(office, *family[:3], moved_on="令和8年11月9日"))
    _change_id, row = take(office, body(family[0], moved_in="2026-11-08"))
    after = office.latest(family[0])
    assert (row.state, after.removed_on) == (NoticeState.REFLECTED, dt.date(2026, 11, 9))


@pytest.mark.requirement("RR-4.1.3.1.1", "RR-4.1.3.1.3b")
@pytest.mark.parametrize("when", ["before its day", "after its day", "ex officio"])
def test_what_was_notified_and_what_was_told_stand_side_by_side(
    office: ChangeOffice, family: list[ResidentHistory], when: str
) -> None:
    """The notice is added to the record; 転出先（予定） and 転出予定年月日 are not overwritten."""
    person = family[2]
    if when == "ex officio":
        survey = residents.change(office.session, ChangeReason.REMOVE_EX_OFFICIO)
        residents.next_snapshot(
            office.session, person, survey, state=ResidentState.REMOVED, removal_reason="職権消除",
            removed_on=dt.date(2026, 11, 20),
        )  # fmt: skip
    else:
        office.register(moving_out(office, person))
        if when == "after its day":
            close_all(office)
    before = office.latest(person)
    early = when == "before its day"
    moved, noticed, day = ("2026-11-26", "2026-11-27", dt.date(2026, 11, 28)) if early else (
        "2026-12-02", "2026-12-03", LATER,
    )  # fmt: skip
    take(
        office,
        body(person, moved_in=moved, noticed=noticed, address="見本県隣市北町5番5号", building=""),
        day,
    )

    after = office.latest(person)
    assert not after.state.is_live
    assert after.confirmed_destination == "見本県隣市北町5番5号"
    assert (after.moved_out_on, after.move_in_notice_on) == (
        dt.date.fromisoformat(moved),
        dt.date.fromisoformat(noticed),
    )
    assert (after.planned_destination, after.removal_occurred_on) == (
        before.planned_destination,
        before.removal_occurred_on,
    )
    assert (before.planned_destination is None) is (when == "ex officio")


@pytest.mark.requirement("RR-4.1.3.1.2a")
def test_what_is_readable_goes_in_by_itself_and_staff_see_to_the_rest(
    office: ChangeOffice, left: list[ResidentHistory]
) -> None:
    """Without staff; the postal code out of the dictionary; what cannot be read is listed, mended and corrected."""
    day = office.now.date()
    good = body(left[0], moved_in="2026-11-20", noticed="2026-11-23")
    change_id, row = take(office, good, day)
    assert row.state is NoticeState.REFLECTED and change_id is not None
    assert office.latest(left[0]).confirmed_destination_postal_code == "9700001"

    garbled = body(left[1], moved_in="2026-11-20", noticed="2026-11-23", address="見本県隣市〓町1番")
    too_long = body(left[2], moved_in="2026-11-20", noticed="2026-11-23", address="見本県隣市" + "一" * 200)
    listed = [take(office, each, day)[1] for each in (garbled, too_long)]
    assert [each.id for each in NOTICES.in_state(office.session, NoticeState.PROBLEM)] == [
        each.id for each in listed
    ]
    number = left[1].addressee_number
    case = begin_by_hand(office.session, office.clerk, office.keyring, listed[0].id, number, now=office.now)
    mended = queries.payload_of(office.keyring, case).with_values(
        confirmed_town="見本県隣市北町",
        confirmed_lot="1番",
        confirmed_building="",
        confirmed_code=NEIGHBOUR_TOWN,
    )
    command = SaveEntry(RecordVersion(case.id, case.version), office.confirmed(mended))
    operations.register_provisionally(office.session, office.clerk, office.keyring, command, now=office.now)
    office.approve(case)
    assert office.latest(left[1]).confirmed_destination == "見本県隣市北町1番"
    assert NOTICES.count_open(office.session, NoticeState.PROBLEM) == 1
    # What went in by itself can be corrected by hand too.
    office.register(typed(office, left[0], confirmed_lot="8番8号"))
    assert office.latest(left[0]).confirmed_destination == "見本県隣市北町8番8号"


@pytest.mark.requirement("RR-4.1.3.1.2b")
def test_the_newest_of_several_counts_and_a_resent_one_corrects(
    office: ChangeOffice, gone: list[ResidentHistory]
) -> None:
    person = gone[0]
    told = [
        (body(person, noticed="2026-12-05", address="見本県隣市北町1番"), NoticeState.REFLECTED),
        (body(person, noticed="2026-12-04", address="見本県隣市北町2番"), NoticeState.OLDER),
        (body(person, noticed="2026-12-05", address="見本県隣市北町1番"), NoticeState.UNCHANGED),
        (
            body(person, noticed="2026-12-05", address="見本県隣市北町3番", act="correct"),
            NoticeState.REFLECTED,
        ),
        (body(person, noticed="2026-12-06", address="見本県隣市北町4番"), NoticeState.REFLECTED),
    ]
    found = []
    for each, state in told:
        change_id, row = take(office, each)
        assert row.state is state
        assert (change_id is None) is (state is not NoticeState.REFLECTED)
        found.append(office.latest(person).confirmed_destination)
    assert [text and text[7:9] for text in found] == ["1番", "1番", "1番", "3番", "4番"]
    assert office.latest(person).history_number == person.history_number + 3


def test_by_the_code_alone_or_by_name_and_birth_alone(
    office: ChangeOffice, gone: list[ResidentHistory]
) -> None:
    coded = with_code(office, gone[1], "90000009999")
    bare = body(coded, code="90000009999")
    for item in ("name", "birth_date", "sex"):
        del bare["person"][item]
    assert take(office, bare)[1].state is NoticeState.REFLECTED
    assert take(office, body(gone[2], name="架空一郎"))[1].state is NoticeState.REFLECTED


Case = Callable[[ChangeOffice, list[ResidentHistory]], dict[str, Any]]


@pytest.mark.requirement("RR-4.1.3.1.2a", partial=True)
@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda _o, g: body(g[0], act="cancel"), "取り消す通知"),
        (lambda _o, g: body(g[0], moved_in=""), "転入年月日がない"),
        (lambda _o, g: body(g[0], moved_in="2026-12-11", noticed="2026-12-11"), "今日より後"),
        (lambda _o, g: body(g[0], moved_in="2026-12-05", noticed="2026-12-04"), "通知年月日が転入年月日より前"),
        (lambda _o, g: body(g[0], address=""), "住所がありません"),
        (lambda _o, g: body(g[0], address="見本県隣市北町" + "一" * 200), "200文字を超え"),
        (lambda _o, g: body(g[0], address="見本県隣市\ufffd町"), "文字化け"),
        (lambda _o, g: body(g[0], address="見本県隣市〓町"), "文字化け"),
        (lambda _o, g: body(g[0], address="見本県\u0007隣市"), "文字化け"),
        (lambda _o, g: body(g[0], code="12345678901"), "住民票コードの合う人がいません。氏名・性別・生年月日の同じ人"),
        (lambda _o, g: body(g[0], name="無名　氏"), "該当する人がいません"),
        (lambda o, g: body(with_code(o, g[1], "90000009999"), code="90000009999", name="別人　花子"),
        "氏名か生年月日が違い"),
        (
            lambda o, g: body(with_code(o, g[1], "90000009999"), code="90000009999",
                              birth_date={"day": "1999-01-01"}), "氏名か生年月日が違い",
        ),
        (lambda _o, _g: {}, "転入年月日がない"),
        (lambda _o, _g: {"header": "x", "person": ["y"]}, "転入年月日がない"),
    ],
)  # fmt: skip
def test_what_cannot_be_taken_in_stands_in_a_list_with_the_reason(
    office: ChangeOffice, gone: list[ResidentHistory], make: Case, said: str
) -> None:
    change_id, row = take(office, make(office, gone))
    assert change_id is None and row.problem is not None
    assert (row.state, said in row.problem) == (NoticeState.PROBLEM, True), row.problem
    assert list(NOTICES.in_state(office.session, NoticeState.PROBLEM)) == [row]
    assert NOTICES.count_open(office.session, NoticeState.PROBLEM) == 1
    assert office.latest(gone[0]).confirmed_destination is None
    audit.write_pending(office.session)
    [entry] = office.session.query(AuditEntry).filter_by(action="転入通知の取込").all()
    assert entry.succeeded is False


def test_whom_a_notice_cannot_be_about(
    office: ChangeOffice, family: list[ResidentHistory], lodging: ResidentHistory
) -> None:
    """A resident who has notified nothing, who has died, and two who are the same by name, sex and birth."""
    assert "転出の処理がされていない住民" in str(take(office, body(family[0]))[1].problem)
    dead = residents.change(office.session, ChangeReason.DEATH)
    residents.next_snapshot(office.session, family[1], dead, state=ResidentState.DEAD)
    assert "死亡" in str(take(office, body(family[1]))[1].problem)
    twin = residents.resident(
        office.session, name=family[2].name, birth_date=family[2].birth_date, sex=family[2].sex
    )
    index.refresh(office.session, [twin.addressee_number])
    assert "二人以上" in str(take(office, body(family[2]))[1].problem)


def test_what_was_in_the_way_is_gone_and_it_is_tried_again(
    office: ChangeOffice, family: list[ResidentHistory]
) -> None:
    _none, row = take(office, body(family[0]))
    assert row.addressee_number == family[0].addressee_number
    office.register(moving_out(office, *family))
    close_all(office)
    done = retry(office.session, office.clerk, office.keyring, row.id, now=later(office, LATER).now)
    assert (done.state, done.settled_by) == (NoticeState.REFLECTED, "clerk1")
    assert office.latest(family[0]).confirmed_destination == "見本県隣市北町9番9号　北荘101号"
    with pytest.raises(NoticeChanged):
        retry(office.session, office.clerk, office.keyring, row.id, now=office.now)


def test_left_out_only_with_a_reason(office: ChangeOffice, family: list[ResidentHistory]) -> None:
    _none, row = take(office, body(family[0]))
    with pytest.raises(ValueError, match="理由"):
        leave_out(office.session, office.clerk, row.id, " ", now=office.now)
    leave_out(office.session, office.clerk, row.id, "誤送の連絡があったため", now=office.now)
    assert (row.state, row.note) == (NoticeState.IGNORED, "誤送の連絡があったため")
    assert NOTICES.count_open(office.session, NoticeState.PROBLEM) == 0
    with pytest.raises(NoticeChanged):
        leave_out(office.session, office.clerk, row.id, "もう一度", now=office.now)
    assert row in notices.taken_lately(office.session)


# ---- by hand


def typed(office: ChangeOffice, person: ResidentHistory, **values: str) -> ChangeEntry:
    told = {
        "moved_on": "令和8年11月20日",
        "noticed_on": "令和8年11月23日",
        "confirmed_town": "見本県隣市北町",
        "confirmed_lot": "7番7号",
        "confirmed_code": NEIGHBOUR_TOWN,
        "confirmed_postal_code": "9700001",
    }
    return office.begin("move_in_notice", office.latest(person)).with_values(**{**told, **values})


@pytest.fixture
def left(office: ChangeOffice, family: list[ResidentHistory]) -> list[ResidentHistory]:
    """The family, whose move-out had come when it was notified."""
    office.register(moving_out(office, *family, moved_on="令和8年11月19日"))
    return [office.latest(each) for each in family]


@pytest.mark.requirement("RR-4.1.3.1.3a", "RR-4.1.3.1.2c")
def test_by_hand_it_goes_the_road(office: ChangeOffice, left: list[ResidentHistory]) -> None:
    """The same effects without any data from the CS, approved by another officer."""
    entry = typed(office, left[0], notes="電話で確認")
    assert office.codes(entry) == []
    [change] = office.changes(office.register(entry))
    after = office.latest(left[0])
    assert (change.reason, change.noticed_on) == (ChangeReason.CORRECT_EX_OFFICIO, dt.date(2026, 11, 23))
    assert after.confirmed_destination == "見本県隣市北町7番7号"
    assert (after.moved_out_on, after.move_in_notice_on) == (dt.date(2026, 11, 20), dt.date(2026, 11, 23))
    assert (after.removed_on, after.planned_destination) == (left[0].removed_on, left[0].planned_destination)
    assert office.remarks(after)[1] == "電話で確認"


def test_by_hand_before_the_planned_day(office: ChangeOffice, family: list[ResidentHistory]) -> None:
    father, mother, *_children = family
    office.register(office.new_head(moving_out(office, father), mother))
    entry = typed(office, father)
    assert office.codes(entry) == ["MN-A005"]
    closed, named, told = office.changes(office.register(entry))
    assert [closed.reason, named.reason, told.reason] == [
        ChangeReason.MOVE_OUT_DOMESTIC, ChangeReason.HEAD_CHANGE, ChangeReason.CORRECT_EX_OFFICIO,
    ]  # fmt: skip
    assert office.latest(father).removed_on == dt.date(2026, 11, 20)
    assert office.latest(mother).relationship_to_head == "世帯主"


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"confirmed_town": ""}, "MN-E001"),
        ({"confirmed_town": "架空県架空市本町一丁目"}, "MN-E002"),
        ({"confirmed_postal_code": "97"}, "MN-E003"),
        ({"confirmed_town": "見本県遠市", "confirmed_code": ""}, "MN-A003"),
        ({"confirmed_town": "どこか県どこか市", "confirmed_code": ""}, "MN-A004"),
        ({"moved_on": "令和8年11月25日"}, "CH-E012"),
        ({"noticed_on": "令和8年11月19日"}, "CH-E015"),
        ({"noticed_on": "令和8年11月25日"}, "CH-E014"),
    ],
)
def test_what_a_notice_by_hand_may_not_say(
    office: ChangeOffice, left: list[ResidentHistory], values: dict[str, str], code: str
) -> None:
    assert code in office.codes(typed(office, left[0], **values))


def test_a_second_notice_by_hand(office: ChangeOffice, left: list[ResidentHistory]) -> None:
    person = left[0]
    office.register(typed(office, person))
    assert office.codes(typed(office, person)) == ["MN-E004"]
    assert office.codes(typed(office, person, confirmed_lot="8番8号")) == ["MN-A001"]
    older = typed(office, person, noticed_on="令和8年11月22日", confirmed_lot="8番8号")
    assert office.codes(older) == ["MN-A002"]


def test_who_can_be_told_about_by_hand(
    office: ChangeOffice, family: list[ResidentHistory], lodging: ResidentHistory
) -> None:
    assert "CH-E008" in office.codes(typed(office, lodging))
    dead = residents.change(office.session, ChangeReason.DEATH)
    residents.next_snapshot(office.session, family[1], dead, state=ResidentState.DEAD)
    assert "CH-E008" in office.codes(typed(office, family[1]))
    entry = typed(office, lodging)
    both = replace(entry, people=(*entry.people, *typed(office, family[0]).subjects))
    assert "CH-E002" in office.codes(both)


def test_a_notice_from_the_list_is_entered_by_hand(office: ChangeOffice, left: list[ResidentHistory]) -> None:
    """Filled from the notice; settled when the case is registered, waiting again when it is withdrawn."""
    told = body(left[0], moved_in="2026-11-20", noticed="2026-11-23", name="文字　化け")
    change_id, row = take(office, told, office.now.date())
    assert change_id is None
    case = begin_by_hand(
        office.session, office.clerk, office.keyring, row.id, left[0].addressee_number, now=office.now
    )
    assert NOTICES.count_open(office.session, NoticeState.PROBLEM) == 0
    with pytest.raises(NoticeChanged):
        begin_by_hand(
            office.session, office.clerk, office.keyring, row.id, left[0].addressee_number, now=office.now
        )
    entry = queries.payload_of(office.keyring, case)
    assert entry.text("moved_on") == "令和8年11月20日"
    assert entry.text("confirmed_town") == "見本県隣市北町9番9号"
    command = SaveEntry(RecordVersion(case.id, case.version), office.confirmed(entry))
    operations.register_provisionally(office.session, office.clerk, office.keyring, command, now=office.now)
    office.approve(case)
    assert (row.state, row.addressee_number) == (NoticeState.REFLECTED, left[0].addressee_number)
    assert row.change_id == office.latest(left[0]).change_id
    assert office.latest(left[0]).confirmed_destination == "見本県隣市北町9番9号　北荘101号"


def test_nobody_is_opened_by_a_number_sent_by_hand(office: ChangeOffice, left: list[ResidentHistory]) -> None:
    """A protected person's record and a number that is nobody's are refused with the same words (CM-5.1)."""
    residents.protect(office.session, left[1])
    _none, row = take(office, body(left[0], name="文字　化け", moved_in="2026-11-20", noticed="2026-11-23"))
    told = []
    for number in (left[1].addressee_number, "9999999999"):
        with pytest.raises(NobodyFound) as refused:
            begin_by_hand(office.session, office.clerk, office.keyring, row.id, number, now=office.now)
        told.append(str(refused.value))
    assert told[0] == told[1]
    assert row.case_id is None


def test_what_cannot_be_read_of_a_body_stays_blank(office: ChangeOffice, left: list[ResidentHistory]) -> None:
    entry = office.begin("move_in_notice", left[0])
    empty = filled(entry, {"header": {"moved_on": {"day": "きのう"}}, "person": 5}, today=office.now.date())
    assert (empty.text("moved_on"), empty.text("confirmed_town")) == ("", "")
    assert empty.text("noticed_on") == "令和8年11月24日"
