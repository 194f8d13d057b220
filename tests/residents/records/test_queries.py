"""What the screens of a resident and a household say, and what they keep back."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy.orm import Session

from residentapp.core.access.permissions import Permission
from residentapp.core.crypto import Keyring
from residentapp.core.dates import DateField, DateValue, parse_date
from residentapp.core.numbering import INDIVIDUAL_NUMBER, RESIDENT_CODE
from residentapp.core.violations import Level
from residentapp.core.web.marks import Mark
from residentapp.residents.memos.operations import write_memo
from residentapp.residents.models import IntegratedRemark, ResidentHistory
from residentapp.residents.protection import HIDDEN
from residentapp.residents.records import operations, queries
from residentapp.residents.records.items import KEPT, NO_RIGHT
from residentapp.residents.records.types import InquiryRefused, Item, NotFound, ResidentPage
from residentapp.residents.types import (
    ChangeReason,
    ForeignCategory,
    RemarkKind,
    ResidentKind,
    ResidentState,
    Sex,
)
from tests.support import residents
from tests.support.clock import TEST_MOMENT
from tests.support.users import clerk

TODAY = TEST_MOMENT.date()
VIEW = Permission.RESIDENT_VIEW
ALL_ITEMS = (
    VIEW,
    Permission.ITEM_REGISTERED_DOMICILE,
    Permission.ITEM_RESIDENCE_STATUS,
    Permission.ITEM_INDIVIDUAL_NUMBER,
    Permission.ITEM_RESIDENT_CODE,
)


def page_of(
    session: Session, person: ResidentHistory, *rights: Permission, as_of: dt.date | None = None
) -> ResidentPage:
    return queries.resident_page(
        session, clerk(*rights), person.addressee_number, now=TEST_MOMENT, today=TODAY, as_of=as_of
    )


def item(page: ResidentPage, key: str) -> Item:
    [found] = [item for group in page.groups for item in group.items if item.key == key]
    return found


def everything_shown(page: ResidentPage) -> str:
    """All the texts of a page, to see what must not be among them."""
    return repr(page)


def foreigner(session: Session, **values: object) -> ResidentHistory:
    default = {
        "resident_kind": ResidentKind.FOREIGN,
        "name": "張　玉蓮",
        "name_alphabet": "ZHANG YULIN",
        "birth_date": parse_date("1998-07-09", DateField.BIRTH).in_seireki(),
        "sex": Sex.FEMALE,
        "registered_domicile": None,
        "register_head": None,
        "became_resident_on": None,
        "became_foreign_resident_on": DateValue.of(dt.date(2023, 10, 2)),
        "foreign_category": ForeignCategory.MID_TO_LONG_TERM,
        "nationality": "中国",
        "residence_status": "技術・人文知識・国際業務",
        "residence_period": "3年",
        "residence_expires_on": dt.date(2028, 10, 1),
        "residence_card_number": "AB12345678CD",
    }
    return residents.resident(session, **(default | values))


@pytest.mark.requirement("RR-1.1.9a", "RR-1.1.9b")
def test_japanese_dates_are_in_wareki_and_only_in_wareki(session: Session) -> None:
    page = page_of(session, residents.resident(session), *ALL_ITEMS)
    assert item(page, "birth_date").value == "昭和55年5月5日"
    assert item(page, "became_resident_on").value == "令和8年4月1日"
    assert item(page, "notified_on").value == "令和8年4月1日"


@pytest.mark.requirement("RR-1.1.9a", "RR-1.1.9b")
def test_two_dates_of_foreign_residents_are_in_seireki(session: Session) -> None:
    page = page_of(session, foreigner(session), *ALL_ITEMS)
    assert item(page, "birth_date").value == "1998年7月9日"
    assert item(page, "residence_expires_on").value == "2028年10月1日"
    assert item(page, "became_foreign_resident_on").value == "令和5年10月2日"


@pytest.mark.parametrize(
    ("permission", "key", "value"),
    [
        (Permission.ITEM_REGISTERED_DOMICILE, "registered_domicile", "架空県架空市本町一丁目2番"),
        (Permission.ITEM_REGISTERED_DOMICILE, "register_head", "架空　太郎"),
        (Permission.ITEM_INDIVIDUAL_NUMBER, "individual_number_cipher", KEPT),
        (Permission.ITEM_RESIDENT_CODE, "resident_code_cipher", KEPT),
    ],
)
def test_an_item_is_shown_only_to_those_who_may_see_it(
    session: Session, permission: Permission, key: str, value: str
) -> None:
    person = residents.resident(session, individual_number_cipher=b"1", resident_code_cipher=b"2")
    without = item(page_of(session, person, *(right for right in ALL_ITEMS if right is not permission)), key)
    assert (without.value, without.hidden) == ("", NO_RIGHT)
    having = item(page_of(session, person, VIEW, permission), key)
    assert (having.value, having.hidden) == (value, "")


def test_residence_items_are_shown_only_to_those_who_may_see_them(session: Session) -> None:
    person = foreigner(session)
    without = page_of(session, person, VIEW)
    assert "AB12345678CD" not in everything_shown(without) and "技術・人文" not in everything_shown(without)
    assert item(page_of(session, person, *ALL_ITEMS), "residence_card_number").value == "AB12345678CD"


def test_a_hidden_item_is_hidden_in_the_history_too(session: Session) -> None:
    first = residents.resident(session)
    second = residents.next_snapshot(
        session,
        first,
        residents.change(session, ChangeReason.CORRECT_ERROR),
        registered_domicile="架空県架空市西町7番",
        building="架空荘101",
    )
    page = page_of(session, second, VIEW)
    assert "西町7番" not in everything_shown(page) and "本町一丁目2番'" not in everything_shown(page)
    shown = {
        difference.label: (difference.before, difference.after) for difference in page.history[0].differences
    }
    assert shown == {"本籍": (NO_RIGHT, NO_RIGHT), "方書": ("（空欄）", "架空荘101")}


@pytest.mark.requirement("RR-2.2.1a", partial=True)
def test_the_history_says_what_changed_when_and_where(session: Session) -> None:
    first = residents.resident(session)
    made_by = residents.change(
        session,
        ChangeReason.MOVE_WITHIN,
        processed_on=dt.date(2026, 6, 10),
        moved_on=DateValue.of(dt.date(2026, 6, 8)),
        notified_on=dt.date(2026, 6, 10),
        applied_on=dt.date(2026, 6, 9),
    )
    second = residents.next_snapshot(session, first, made_by, address="架空県架空市東町9番1号")
    page = page_of(session, second, *ALL_ITEMS)
    newest, oldest = page.history
    assert (newest.reason, newest.kind, oldest.reason, oldest.kind) == ("転居", "修正", "国内転入", "記載")
    assert (newest.moved_on, newest.processed_on, newest.notified_on) == (
        "令和8年6月8日",
        "令和8年6月10日",
        "令和8年6月10日",
    )
    assert newest.other_days == (("申出日", "令和8年6月9日"),)
    assert (newest.office, newest.terminal, newest.entered_by) == ("本庁", "本庁1", "clerk1")
    [difference] = newest.differences
    assert (difference.label, difference.before, difference.after) == (
        "住所",
        "架空県架空市本町一丁目2番3号",
        "架空県架空市東町9番1号",
    )
    assert oldest.differences == () and newest.is_shown and not oldest.is_shown


@pytest.mark.parametrize(("code", "shown"), [("1000001", "100-0001"), (None, ""), ("12345", "12345")])
def test_a_postal_code_has_its_hyphen(session: Session, code: str | None, shown: str) -> None:
    assert (
        item(page_of(session, residents.resident(session, postal_code=code), *ALL_ITEMS), "postal_code").value
        == shown
    )


def test_the_state_as_at_a_day(session: Session) -> None:
    first = residents.resident(session)
    second = residents.next_snapshot(
        session,
        first,
        residents.change(session, ChangeReason.MOVE_WITHIN, processed_on=dt.date(2026, 6, 10)),
        address="架空県架空市東町9番1号",
    )
    before = page_of(session, second, *ALL_ITEMS, as_of=dt.date(2026, 6, 9))
    on = page_of(session, second, *ALL_ITEMS, as_of=dt.date(2026, 6, 10))
    assert item(before, "address").value == "架空県架空市本町一丁目2番3号"
    assert item(on, "address").value == "架空県架空市東町9番1号"
    assert [line.is_shown for line in before.history] == [False, True]
    with pytest.raises(NotFound, match="令和8年4月1日からです"):
        page_of(session, second, as_of=dt.date(2026, 3, 31))


@pytest.mark.parametrize(
    ("today", "age"), [(dt.date(2026, 5, 3), 45), (dt.date(2026, 5, 4), 45), (dt.date(2026, 5, 5), 46)]
)
def test_the_age_rises_on_the_birthday(session: Session, today: dt.date, age: int) -> None:
    """The year is complete at the end of the day before; in the course of that day it is not yet."""
    person = residents.resident(session)
    assert queries.person_of(person, None, today=today).age == age


def test_the_dead_do_not_grow_older(session: Session) -> None:
    person = residents.resident(session)
    dead = residents.next_snapshot(
        session,
        person,
        residents.change(session, ChangeReason.DEATH),
        state=ResidentState.DEAD,
        removal_occurred_on=DateValue.of(dt.date(2026, 5, 1)),
        removal_reason="死亡",
    )
    shown = queries.person_of(dead, None, today=dt.date(2036, 1, 1))
    assert (shown.age, shown.state, shown.marks) == (45, "死亡", (Mark.DECEASED,))


def test_unknown_people_and_households_are_said_plainly(session: Session) -> None:
    with pytest.raises(NotFound, match="見つかりません"):
        queries.resident_page(session, clerk(VIEW), "0000000000", now=TEST_MOMENT, today=TODAY)
    with pytest.raises(NotFound, match="見つかりません"):
        queries.household_page(session, clerk(VIEW), "0000000000", now=TEST_MOMENT, today=TODAY)


@pytest.mark.requirement("RR-3.3")
def test_a_household_shows_removed_members_apart(session: Session) -> None:
    head, wife = residents.family(
        session, {"name": "山川　一"}, {"name": "山川　二", "relationship_to_head": "妻", "sex": Sex.FEMALE}
    )
    residents.next_snapshot(
        session,
        wife,
        residents.change(session, ChangeReason.MOVE_OUT_DOMESTIC),
        state=ResidentState.MOVED_OUT,
        removal_reason="転出",
        removal_occurred_on=DateValue.of(dt.date(2026, 7, 1)),
    )
    page = queries.household_page(session, clerk(VIEW), head.household_number, now=TEST_MOMENT, today=TODAY)
    assert [member.person.name for member in page.members] == ["山川　一"]
    [removed] = page.removed
    assert (removed.person.name, removed.since, removed.person.marks) == (
        "山川　二",
        "令和8年7月1日 転出",
        (Mark.REMOVED,),
    )


@pytest.mark.requirement("RR-1.1.10", partial=True)
def test_a_household_without_a_head_says_so(session: Session) -> None:
    [child] = residents.family(session, {"relationship_to_head": "子", "head_name": None})
    page = queries.household_page(session, clerk(VIEW), child.household_number, now=TEST_MOMENT, today=TODAY)
    assert page.head_name == "" and any("世帯主が設定されていない" in notice for notice in page.notices)


# ---- protected people (CM-5.1)


def protected_pair(session: Session) -> tuple[ResidentHistory, ResidentHistory]:
    """A mother under a measure and her child, who has no suppression of his own but lives with her."""
    for _ in range(5):
        residents.household(session)  # so that no household number equals a 宛名番号
    mother, child = residents.family(
        session,
        {
            "name": "守山　花子", "sex": Sex.FEMALE, "address": "架空県架空市秘町3番4号", "building": "秘荘5",
            "postal_code": "9990777", "previous_address": "架空県遠市元町1番", "head_name": "守山　花子",
        },
        {
            "name": "守山　一", "relationship_to_head": "子", "address": "架空県架空市秘町3番4号", "building": "秘荘5",
            "postal_code": "9990777", "previous_address": "架空県遠市元町1番", "head_name": "守山　花子",
        },
    )  # fmt: skip
    moved = residents.next_snapshot(
        session,
        mother,
        residents.change(session, ChangeReason.MOVE_WITHIN),
        address="架空県架空市隠町8番9号",
    )
    child = residents.next_snapshot(
        session, child, residents.change(session, ChangeReason.MOVE_WITHIN), address="架空県架空市隠町8番9号"
    )
    session.add(
        IntegratedRemark(
            addressee_number=mother.addressee_number, history_number=2, kind=RemarkKind.HISTORY,
            text="架空県架空市秘町3番4号から転居", recorded_on=TODAY,
        )
    )  # fmt: skip
    session.flush()
    residents.protect(session, moved)
    return moved, child


SECRETS = ("隠町", "秘町", "秘荘", "9990777", "元町")


@pytest.mark.requirement("CM-5.1", partial=True)
@pytest.mark.parametrize("who", [0, 1], ids=["under the measure", "living with her"])
@pytest.mark.parametrize("as_of", [None, TODAY], ids=["now", "as at a day"])
def test_the_whereabouts_of_protected_people_are_nowhere_on_their_page(
    session: Session, who: int, as_of: dt.date | None
) -> None:
    person = protected_pair(session)[who]
    page = page_of(session, person, *ALL_ITEMS, as_of=as_of)
    shown = everything_shown(page)
    for secret in (*SECRETS, person.household_number):
        assert secret not in shown, secret
    assert item(page, "address").hidden == HIDDEN
    assert page.household == () and page.household_number == ""
    assert Mark.SUPPORTED in page.person.marks
    assert page.notices and "支援措置" in page.notices[0]


@pytest.mark.requirement("CM-5.1", partial=True)
def test_their_household_shows_who_but_not_where(session: Session) -> None:
    mother, _ = protected_pair(session)
    page = queries.household_page(
        session, clerk(*ALL_ITEMS), mother.household_number, now=TEST_MOMENT, today=TODAY
    )
    for secret in (*SECRETS, mother.household_number):
        assert secret not in repr(page), secret
    assert page.hidden == HIDDEN and len(page.members) == 2


def test_those_who_may_know_see_it(session: Session) -> None:
    mother, _ = protected_pair(session)
    page = page_of(session, mother, *ALL_ITEMS, Permission.SUPPRESSED_VIEW)
    assert item(page, "address").value == "架空県架空市隠町8番9号"
    assert [member.person.name for member in page.household] == ["守山　花子", "守山　一"]


@pytest.mark.requirement("RR-3.1e")
@pytest.mark.parametrize("today", [dt.date(2026, 11, 23), dt.date(2026, 11, 24), dt.date(2026, 11, 25)])
def test_passing_the_end_date_does_not_open_anything(session: Session, today: dt.date) -> None:
    person = residents.resident(session, address="架空県架空市隠町8番9号")
    residents.protect(session, person, ends_on=dt.date(2026, 11, 24))
    page = queries.resident_page(session, clerk(VIEW), person.addressee_number, now=TEST_MOMENT, today=today)
    assert "隠町" not in repr(page)


@pytest.mark.requirement("RR-3.4f")
@pytest.mark.parametrize(
    ("today", "word"),
    [
        (dt.date(2027, 2, 27), ""),
        (dt.date(2027, 2, 28), "延長の申出ができます"),
        (dt.date(2027, 3, 31), "延長の申出ができます"),
        (dt.date(2027, 4, 1), "期間が終わっています"),
    ],
)
def test_the_record_tells_that_the_term_ends_or_has_ended(
    session: Session, today: dt.date, word: str
) -> None:
    person = residents.resident(session)
    residents.protect(session, person, ends_on=dt.date(2027, 3, 31))
    page = queries.resident_page(session, clerk(VIEW), person.addressee_number, now=TEST_MOMENT, today=today)
    told = "".join(page.notices[1:])
    assert (word in told) if word else told == ""


def test_a_suppressed_inquiry_does_not_open(session: Session) -> None:
    person = residents.resident(session)
    residents.protect(session, person, inquiry=Level.ERROR)
    with pytest.raises(InquiryRefused, match="支援措置責任者"):
        page_of(session, person, *ALL_ITEMS)
    assert page_of(session, person, VIEW, Permission.SUPPRESSED_VIEW).person.name == "架空　太郎"


# ---- numbers


def test_numbers_are_shown_on_request_and_by_right(session: Session, keyring: Keyring) -> None:
    person = residents.resident(
        session,
        individual_number_cipher=keyring.encrypt("123456789018", context=INDIVIDUAL_NUMBER),
        resident_code_cipher=keyring.encrypt("10000000001", context=RESIDENT_CODE),
    )

    def shown(*rights: Permission) -> dict[str, str]:
        return operations.reveal_numbers(
            session, clerk(VIEW, *rights), keyring, person.addressee_number, now=TEST_MOMENT
        )

    assert shown() == {}
    assert shown(Permission.ITEM_RESIDENT_CODE) == {"住民票コード": "10000000001"}
    assert shown(Permission.ITEM_INDIVIDUAL_NUMBER) == {"個人番号": "123456789018"}
    page = page_of(session, person, *ALL_ITEMS)
    assert "123456789018" not in repr(page) and "10000000001" not in repr(page)
    residents.protect(session, person)
    with pytest.raises(InquiryRefused):
        shown(Permission.ITEM_INDIVIDUAL_NUMBER)


# ---- 統合記載欄 and memos


def said(session: Session, person: ResidentHistory, kind: RemarkKind, words: str, **more: object) -> None:
    values = {"recorded_on": dt.date(2026, 6, 1), "history_number": person.history_number, **more}
    session.add(IntegratedRemark(addressee_number=person.addressee_number, kind=kind, text=words, **values))
    session.flush()


@pytest.mark.requirement("RR-1.1.14a", partial=True)
def test_the_history_says_the_matter_once_and_no_withdrawn_note(session: Session) -> None:
    made_by = residents.change(session, ChangeReason.HOUSEHOLD_SPLIT, notified_on=dt.date(2026, 4, 1))
    person = residents.resident(session, made_by=made_by)
    said(session, person, RemarkKind.HISTORY, "令和8年4月1日　世帯分離　同日届出")
    said(session, person, RemarkKind.NOTE, "立っている留意事項")
    said(
        session, person, RemarkKind.NOTE, "取り消した留意事項", withdrawn_on=dt.date(2026, 7, 1),
        withdrawn_by="tanto", withdrawal_reason="誤記",
    )  # fmt: skip
    page = page_of(session, person, VIEW)
    assert page.history[0].remarks == ("立っている留意事項",)
    assert [(line.text, line.withdrawn) for line in page.remarks] == [
        ("令和8年4月1日　世帯分離　同日届出", False), ("立っている留意事項", False), ("取り消した留意事項", True),
    ]  # fmt: skip
    assert page.remarks[2].ended == "令和8年7月1日 取消し　tanto　誤記"
    assert page.remarks[0].recorded == "本庁 本庁1 clerk1"


@pytest.mark.requirement("RR-10.4a", partial=True)
def test_a_note_about_a_hidden_item_is_hidden_on_the_page_and_in_the_history(session: Session) -> None:
    person = residents.resident(session)
    said(session, person, RemarkKind.NOTE, "本籍の秘密", items=["registered_domicile"])
    assert "秘密" not in everything_shown(page_of(session, person, VIEW))
    page = page_of(session, person, *ALL_ITEMS)
    assert page.remarks[0].text == "本籍の秘密" and page.history[0].remarks == ("本籍の秘密",)


@pytest.mark.requirement("RR-1.1.14d", partial=True)
def test_a_removed_record_shows_its_own_items_among_the_remarks(session: Session) -> None:
    person = residents.resident(
        session, state=ResidentState.DEAD, removal_reason="死亡",
        removal_occurred_on=parse_date("令和8年4月頃", DateField.EVENT),
    )  # fmt: skip
    page = page_of(session, person, VIEW)
    assert [(line.kind, line.text) for line in page.remarks] == [
        ("消除事由", "死亡"), ("事由の生じた年月日", "令和8年4月頃"),
    ]  # fmt: skip


@pytest.mark.requirement("RR-1.1.15a", "CM-5.1", partial=True)
def test_memos_stand_on_the_page_and_close_with_the_remarks(session: Session) -> None:
    person = residents.resident(session)
    writer = clerk(VIEW, Permission.MEMO_EDIT)
    write_memo(session, writer, person.addressee_number, "隠れ里荘のメモ", now=TEST_MOMENT)
    page = page_of(session, person, VIEW)
    assert [memo.current.text for memo in page.memos] == ["隠れ里荘のメモ"] and page.texts_hidden == ""
    residents.protect(session, person)
    closed = page_of(session, person, VIEW)
    assert closed.memos == () and closed.texts_hidden and "隠れ里" not in everything_shown(closed)
    officer = page_of(session, person, VIEW, Permission.SUPPRESSED_VIEW)
    assert [memo.current.text for memo in officer.memos] == ["隠れ里荘のメモ"]
