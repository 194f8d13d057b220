"""転入通知未着者一覧 and 転入通知未着照会書 (RR-4.1.3.1.4): who is on them, and who is not told of."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from residentapp.core import audit
from residentapp.core.access.actor import Actor
from residentapp.core.access.permissions import Permission
from residentapp.core.audit.models import AuditEntry
from residentapp.residents.models import ResidentHistory
from residentapp.residents.move_out.missing import (
    LetterNotFound,
    MissingFilter,
    NothingToAsk,
    count_missing,
    letters_lately,
    make_letters,
    missing_lines,
    missing_page,
    render_letter,
    render_list,
)
from residentapp.residents.move_out.models import MoveInInquiry
from residentapp.residents.protection import HIDDEN
from residentapp.residents.search import index
from residentapp.residents.types import ChangeReason, ResidentState
from tests.residents.changes.elsewhere import moving_out
from tests.residents.changes.office import ChangeOffice
from tests.residents.move_out.notices import body
from tests.residents.move_out.test_closing import DAY, close_all, later
from tests.residents.move_out.test_notices import take
from tests.support import residents
from tests.support.documents import mj_fonts, page_texts, squeezed


@pytest.fixture
def gone(office: ChangeOffice, family: list[ResidentHistory]) -> list[ResidentHistory]:
    """The family after the day of its move-out, 2026-12-01."""
    office.register(moving_out(office, *family))
    close_all(office)
    return [office.latest(each) for each in family]


def names(
    office: ChangeOffice, day: dt.date, wanted: MissingFilter | None = None, actor: Actor | None = None
) -> list[str]:
    found = missing_page(
        office.session, actor or office.clerk, wanted or MissingFilter(), now=later(office, day).now
    )
    return [line.name for line in found.lines]


def letters(
    office: ChangeOffice, people: list[ResidentHistory], actor: Actor | None = None
) -> list[MoveInInquiry]:
    made = make_letters(
        office.session, actor or office.clerk, office.keyring, [each.addressee_number for each in people],
        mj_fonts(), now=later(office, dt.date(2027, 1, 15)).now,
    )  # fmt: skip
    return list(made.letters)


@pytest.mark.parametrize(("days", "count"), [(29, 0), (30, 4), (31, 4)])
def test_who_has_been_gone_for_so_many_days(
    office: ChangeOffice, gone: list[ResidentHistory], days: int, count: int
) -> None:
    day = DAY + dt.timedelta(days)
    assert len(names(office, day)) == count
    assert count_missing(office.session, now=later(office, day).now) == count
    assert len(names(office, day, MissingFilter(days=0))) == 4
    assert len(names(office, day, MissingFilter(days=0, since=DAY))) == 4
    assert names(office, day, MissingFilter(days=0, since=DAY + dt.timedelta(1))) == []


@pytest.mark.requirement("RR-4.1.3.1.4", partial=True)
def test_whose_notice_has_come_is_not_listed(office: ChangeOffice, gone: list[ResidentHistory]) -> None:
    take(office, body(gone[1]))
    assert names(office, dt.date(2027, 2, 1)) == ["架空　太郎", "架空　一郎", "架空　桜"]


@pytest.mark.requirement("RR-4.1.3.1.4", partial=True)
def test_who_was_removed_ex_officio_is_on_the_list_when_asked_for_and_in_no_letter(
    office: ChangeOffice, family: list[ResidentHistory]
) -> None:
    """And neither somebody who went abroad nor one who died is missed at all."""
    father, mother, son, daughter = family
    office.register(moving_out(office, son, moved_on="令和8年11月9日"))
    office.register(
        moving_out(office, daughter, moved_on="令和8年11月20日", planned_kind="abroad", planned_country="架空国",
                   planned_code="", planned_postal_code="")
    )  # fmt: skip
    dead = residents.change(office.session, ChangeReason.DEATH, processed_on=dt.date(2026, 11, 1))
    residents.next_snapshot(
        office.session,
        father,
        dead,
        state=ResidentState.DEAD,
        removal_reason="死亡",
        removed_on=dt.date(2026, 11, 1),
    )
    survey = residents.change(office.session, ChangeReason.REMOVE_EX_OFFICIO)
    residents.next_snapshot(
        office.session, mother, survey, state=ResidentState.REMOVED, removal_reason="職権消除",
        removed_on=dt.date(2026, 11, 2),
    )  # fmt: skip
    index.refresh(office.session, [each.addressee_number for each in family])
    day = dt.date(2027, 1, 15)
    assert names(office, day) == []
    everybody = missing_page(
        office.session, office.clerk, MissingFilter(ex_officio=True), now=later(office, day).now
    )
    assert [(line.name, line.reason, line.askable) for line in everybody.lines] == [
        ("架空　花子", "職権消除", False),
        ("架空　一郎", "職権消除", False),
    ]
    with pytest.raises(NothingToAsk):
        letters(office, [mother, son])


@pytest.mark.requirement("RR-4.1.3.1.4")
def test_letters_by_municipality_and_the_list_on_paper(
    office: ChangeOffice, family: list[ResidentHistory], lodging: ResidentHistory
) -> None:
    """照会書 for those removed by 国内転出; the 一覧 also for 職権消除, in PDF."""
    father, mother, son, _daughter = family
    index.refresh(office.session, [lodging.addressee_number])
    office.register(office.new_head(moving_out(office, father, moved_on="令和8年11月20日"), mother))
    office.register(moving_out(office, lodging, moved_on="令和8年11月21日", planned_town="見本県遠市", planned_code="",
                               planned_lot="", planned_building="", planned_postal_code=""))  # fmt: skip
    office.register(moving_out(office, son, moved_on="令和8年11月9日"))
    day = dt.date(2027, 1, 15)
    now = later(office, day).now
    made = make_letters(
        office.session, office.clerk, office.keyring,
        [father.addressee_number, lodging.addressee_number, son.addressee_number, "9999999999"], mj_fonts(), now=now,
    )  # fmt: skip
    assert [letter.municipality for letter in made.letters] == ["見本県遠市", "見本県隣市"]
    assert made.left_out == ("架空　一郎",)
    far, near = (
        squeezed("".join(page_texts(render_letter(
            office.session, office.clerk, office.keyring, letter.id, mj_fonts(), now=now)[1])))
        for letter in made.letters
    )  # fmt: skip
    assert "見本県遠市長様" in far and "別所独" in far and "架空太郎" not in far
    for text in ("見本県隣市長様", "令和9年1月15日", "架空県架空市長", "住民基本台帳法第9条第1項", "架空太郎",
                 "昭和55年5月5日",
                 "架空県架空市本町一丁目2", "見本県隣市北町9番9号北", "荘101号", "令和8年11月20日",
                 "回答欄"):  # fmt: skip
        assert text in near, text
    assert "別所" not in near and "イチロウ" not in near
    wanted = MissingFilter(ex_officio=True)
    lines = missing_lines(office.session, office.clerk, wanted, now=now, what="印刷")
    assert [line.asked_on for line in lines] == ["", "令和9年1月15日", "令和9年1月15日"]
    listed = squeezed(
        "".join(page_texts(render_list(office.session, lines, wanted, mj_fonts(), now=now).pdf))
    )
    for text in (
        "転入通知未着者一覧",
        "消除から30日以上国内転出・職権消除",
        "3人",
        "架空一郎",
        "職権消除",
        "別所独",
        "以下余白",
    ):
        assert text in listed, text
    assert [letter.municipality for letter in letters_lately(office.session, office.clerk, now=now)] == [
        "見本県遠市", "見本県隣市",
    ]  # fmt: skip


def test_a_letter_comes_out_again_as_it_was_made(office: ChangeOffice, gone: list[ResidentHistory]) -> None:
    [letter] = letters(office, gone)
    one, two = (
        render_letter(office.session, office.clerk, office.keyring, letter.id, mj_fonts(), now=moment)[1]
        for moment in (office.now, office.now + dt.timedelta(days=400))
    )
    assert one == two
    assert "架空　太郎".encode() not in letter.data_cipher
    with pytest.raises(LetterNotFound):
        render_letter(office.session, office.clerk, office.keyring, "unknown", mj_fonts(), now=office.now)


@pytest.mark.requirement("CM-5.1", partial=True)
def test_where_a_protected_person_went_is_told_to_nobody(
    office: ChangeOffice, gone: list[ResidentHistory]
) -> None:
    """Not on the screen, not on paper, in no letter; the officer who may know sees it and can ask."""
    residents.protect(office.session, gone[1])
    now = later(office, dt.date(2027, 1, 15)).now
    lines = missing_lines(office.session, office.clerk, MissingFilter(), now=now, what="印刷")
    line = next(each for each in lines if each.number == gone[1].addressee_number)
    assert (line.destination, line.place, line.askable) == (HIDDEN, "", False)
    pdf = render_list(office.session, [line], MissingFilter(), mj_fonts(), now=now).pdf
    assert "北町" not in "".join(page_texts(pdf))
    with pytest.raises(NothingToAsk):
        letters(office, [gone[1]])
    officer = replace(
        office.clerk, permissions=office.clerk.permissions | frozenset({Permission.SUPPRESSED_VIEW})
    )
    [letter] = letters(office, [gone[1]], officer)
    assert letters_lately(office.session, office.clerk, now=now) == []
    with pytest.raises(LetterNotFound):
        render_letter(office.session, office.clerk, office.keyring, letter.id, mj_fonts(), now=now)
    assert render_letter(office.session, officer, office.keyring, letter.id, mj_fonts(), now=now)[1]


def test_every_look_and_every_paper_is_logged(office: ChangeOffice, gone: list[ResidentHistory]) -> None:
    day = dt.date(2027, 1, 15)
    names(office, day)
    [letter] = letters(office, gone[:2])
    render_letter(
        office.session, office.clerk, office.keyring, letter.id, mj_fonts(), now=later(office, day).now
    )
    audit.write_pending(office.session)
    found = office.session.query(AuditEntry).filter(AuditEntry.action.like("転入通知未着%")).all()
    assert {(entry.action, entry.log, len(entry.subjects)) for entry in found} == {
        ("転入通知未着者一覧の照会", "operation", 4),
        ("転入通知未着照会書の作成", "print", 2),
        ("転入通知未着照会書の出力", "print", 2),
    }
