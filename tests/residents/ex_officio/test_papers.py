"""職権記録書 and 職権記載等通知書: what they say, who may print them, and that each print is logged (RR-4.2.0.1)."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from residentapp.core.access.actor import Actor, PermissionDenied
from residentapp.core.access.permissions import Permission
from residentapp.core.audit import Log, write_pending
from residentapp.core.audit.models import AuditEntry
from residentapp.core.dates import DateValue
from residentapp.residents.changes.rules.catalogue import all_findings
from residentapp.residents.changes.types import ChangeEntry
from residentapp.residents.ex_officio import printing
from residentapp.residents.ex_officio.models import ExOfficioNotice
from residentapp.residents.ex_officio.printing import PrintRefused
from residentapp.residents.ex_officio.queries import Sheet, sheets_of_case, sheets_of_day
from residentapp.residents.models import ResidentChange, ResidentHistory
from residentapp.residents.types import ChangeReason, ResidentState
from tests.residents.changes.office import ChangeOffice
from tests.residents.move_in.cases import TOWN_CODE
from tests.support import residents
from tests.support.documents import mj_fonts, page_texts, squeezed

CAUSE = "令和8年11月16日に実態調査を行い、本町に住んでいることを確かめた。"
MOVED = {
    "moved_on": "令和8年10月1日",
    "town": "架空県架空市本町一丁目",
    "lot": "9番8号",
    "address_code": TOWN_CODE,
    "postal_code": "000-0001",
    "cause": CAUSE,
}


def moved(office: ChangeOffice, *people: ResidentHistory, **values: str) -> list[Sheet]:
    """A move that nobody notified, registered; its entries in the 職権記録書."""
    entry = office.begin("move_within_by_office", *people).with_values(**(MOVED | values))
    return sheets(office, entry)


def sheets(office: ChangeOffice, entry: ChangeEntry, actor: Actor | None = None) -> list[Sheet]:
    """Register an entry; what the clerk sees of it in the 職権記録書."""
    registered = office.register(entry)
    change = office.session.get_one(ResidentChange, registered.change_ids[0])
    assert change.case_id is not None
    return sheets_of_case(office.session, actor or office.clerk, change.case_id, now=office.now)


def prints(office: ChangeOffice) -> list[AuditEntry]:
    """The log of prints."""
    write_pending(office.session)
    query = select(AuditEntry).where(AuditEntry.log == Log.PRINT.value).order_by(AuditEntry.sequence)
    return list(office.session.scalars(query))


def text_of(pdf: bytes) -> str:
    return squeezed("".join(page_texts(pdf)))


@pytest.mark.requirement("RR-4.2.0.1a")
@pytest.mark.parametrize("kind", ["記載", "消除", "修正"])
def test_each_change_is_processed_entered_and_printed(
    office: ChangeOffice, family: list[ResidentHistory], kind: str
) -> None:
    """職権記載, 職権消除 and 職権修正, each with its number, its ground, and what it changed."""
    when = {"moved_on": "令和8年11月16日", "cause": CAUSE}
    if kind == "記載":
        entry = office.begin("record_ex_officio", household=family[0].household_number)
        [person] = entry.subjects
        typed = {
            "name": "渡邉\U000e010f　𠮷男", "name_kana": "ワタナベ　ヨシオ", "birth_date": "昭和63年2月29日",
            "sex": "male", "relationship": "縁故者", "registered_domicile": "なし", "register_head": "なし",
            "previous_address": "不明",
        }  # fmt: skip
        entry = office.typed(entry.with_values(**when), person.key, **typed)
        shown = ["職権記載", "渡邉\U000e010f　𠮷男", "不明", "転入前住所"]
    elif kind == "消除":
        entry = office.begin("remove_ex_officio", family[3])
        entry = entry.with_values(**when, removal_cause="absent")
        shown = ["職権消除", "架空　桜", "実態調査により不現住"]
    else:
        entry = office.begin("correct", family[3]).with_values(**when, basis="omission")
        entry = office.typed(entry, family[3], name_kana="カクウ　サクラコ")
        shown = ["職権修正", "フリガナ", "カクウ　サクラ", "カクウ　サクラコ"]
    [sheet] = sheets(office, entry)
    assert sheet.number == "令和8年第1号"

    drawn = printing.print_sheet(office.session, office.clerk, sheet, mj_fonts(), now=office.now)

    text = text_of(drawn.pdf)
    for word in ("職権記録書", "令和8年第1号", kind, "令和8年11月16日", "令和8年11月24日", CAUSE, *shown):
        assert squeezed(word) in text, word
    [entry_of_log] = prints(office)
    assert (entry_of_log.action, entry_of_log.details["番号"]) == ("職権記録書の出力", "令和8年第1号")
    assert entry_of_log.subjects == [person.addressee_number for person in sheet.people]


def test_the_list_of_a_day(
    office: ChangeOffice, family: list[ResidentHistory], lodging: ResidentHistory
) -> None:
    moved(office, family[3])
    died = office.begin("death", lodging).with_values(moved_on="年月日不詳", source="架空県隣市")
    sheets(office, died)
    yesterday = office.now.date() - dt.timedelta(days=1)
    assert sheets_of_day(office.session, office.clerk, yesterday, now=office.now) == []
    found = sheets_of_day(office.session, office.clerk, office.now.date(), now=office.now)
    assert [sheet.number for sheet in found] == ["令和8年第1号", "令和8年第2号"]

    drawn = printing.print_list(office.session, office.clerk, office.now.date(), mj_fonts(), now=office.now)

    text = text_of(drawn.pdf)
    for word in ("令和8年第1号", "転居", "架空桜", "令和8年第2号", "死亡", "年月日不詳", "別所独"):
        assert word in text
    [logged] = prints(office)
    assert logged.action == "職権記録書（一覧）の出力"
    assert set(logged.subjects) == {family[3].addressee_number, lodging.addressee_number}


# ---- 通知書


@pytest.mark.requirement("RR-4.2.0.1b")
def test_a_notice_to_whom_no_notification_came_from(
    office: ChangeOffice, family: list[ResidentHistory]
) -> None:
    [sheet, *_rest] = moved(office, family[1])
    assert sheet.owes_notice
    [person] = sheet.people

    drawn = printing.print_notice(office.session, office.clerk, sheet, person, mj_fonts(), now=office.now)

    text = text_of(drawn.pdf)
    for word in (
        "〒000-0001", "架空県架空市本町一丁目9番8号", "架空花子様", "架空県架空市長", "令第12条第1項", CAUSE,
        "住民基本台帳法施行令第12条第4項", "届出がないことを知り", "架空県架空市本町一丁目2番3号",
        "3か月以内に、架空市長に審査請求",
    ):  # fmt: skip
        assert squeezed(word) in text, word
    [kept] = office.session.scalars(select(ExOfficioNotice)).all()
    assert (kept.addressee_number, kept.printed_by) == (family[1].addressee_number, "clerk1")
    assert [entry.action for entry in prints(office)] == ["職権記載等通知書の出力"]
    case_id = sheet.change.case_id
    assert case_id is not None
    [again, *_rest] = sheets_of_case(office.session, office.clerk, case_id, now=office.now)
    assert not again.owes_notice and len(again.people[0].printed) == 1


@pytest.mark.parametrize(
    ("born", "addressee"),
    # 15 today: a letter of one's own.
    [
        (dt.date(2011, 11, 24), "別所葵様"),
        (dt.date(2011, 11, 25), "架空太郎様"),
    ],
)
def test_the_letter_about_a_child_goes_to_the_head(
    office: ChangeOffice, born: dt.date, addressee: str
) -> None:
    people = residents.family(
        office.session,
        {},
        {"name": "別所　葵", "relationship_to_head": "縁故者", "birth_date": DateValue.of(born)},
    )
    entry = office.begin("correct", people[1]).with_values(
        moved_on="令和8年11月1日", basis="omission", cause=CAUSE
    )
    [sheet] = sheets(office, office.typed(entry, people[1], name_kana="ベッショ　アオイ"))
    drawn = printing.print_notice(
        office.session, office.clerk, sheet, sheet.people[0], mj_fonts(), now=office.now
    )
    assert addressee in text_of(drawn.pdf)


def test_nobody_writes_to_the_dead(office: ChangeOffice, family: list[ResidentHistory]) -> None:
    entry = office.begin("death", family[3]).with_values(moved_on="令和8年11月20日")
    [sheet] = sheets(office, entry)
    assert not sheet.people[0].may_be_written_to and not sheet.owes_notice
    with pytest.raises(PrintRefused, match="亡くなった人"):
        printing.print_notice(
            office.session, office.clerk, sheet, sheet.people[0], mj_fonts(), now=office.now
        )
    assert prints(office) == []


def test_a_letter_is_not_masked(office: ChangeOffice, family: list[ResidentHistory]) -> None:
    """Who may not see the 戸籍の表示 prints the internal sheet without it, but no letter that lacks it."""
    entry = office.begin("correct_register", family[3]).with_values(
        moved_on="令和8年11月1日", registered_domicile="架空県隣市東町5番"
    )
    blind = replace(
        office.clerk, permissions=office.clerk.permissions - {Permission.ITEM_REGISTERED_DOMICILE}
    )
    [sheet] = sheets(office, entry, blind)
    text = text_of(printing.print_sheet(office.session, blind, sheet, mj_fonts(), now=office.now).pdf)
    assert "東町5番" not in text and "（表示する権限がありません）" in text
    with pytest.raises(PrintRefused, match="表示する権限のない項目"):
        printing.print_notice(office.session, blind, sheet, sheet.people[0], mj_fonts(), now=office.now)


def test_without_the_right_nothing_is_printed(office: ChangeOffice, family: list[ResidentHistory]) -> None:
    [sheet, *_rest] = moved(office, family[3])
    reader = replace(office.clerk, permissions=frozenset({Permission.RESIDENT_VIEW}))
    with pytest.raises(PermissionDenied):
        printing.print_sheet(office.session, reader, sheet, mj_fonts(), now=office.now)
    with pytest.raises(PermissionDenied):
        printing.print_list(office.session, reader, office.now.date(), mj_fonts(), now=office.now)
    with pytest.raises(PermissionDenied):
        printing.print_notice(office.session, reader, sheet, sheet.people[0], mj_fonts(), now=office.now)
    approver = replace(office.clerk, permissions=frozenset({Permission.CHANGE_APPROVE}))
    assert printing.print_sheet(office.session, approver, sheet, mj_fonts(), now=office.now).pages == 1


def test_numbers_are_named_but_not_printed(office: ChangeOffice, family: list[ResidentHistory]) -> None:
    entry = office.begin("birth", household=family[0].household_number)
    typed = {
        "name": "架空　葵", "name_kana": "カクウ　アオイ", "sex": "female", "relationship": "子",
        "registered_domicile": "架空県架空市本町一丁目2番", "register_head": "架空　太郎",
    }  # fmt: skip
    entry = office.typed(entry.with_values(moved_on="令和8年11月10日"), entry.subjects[0].key, **typed)
    [sheet] = sheets(office, entry)
    text = text_of(printing.print_sheet(office.session, office.clerk, sheet, mj_fonts(), now=office.now).pdf)
    assert "住民票コード登録あり" in text and "9000000" not in text


# ---- protected people


@pytest.mark.requirement("CM-5.1", partial=True)
@pytest.mark.parametrize(
    "who",
    [
        "the person",
        "somebody of the new home",
        "somebody of the old home",
        "somebody split from the old home",
    ],
)
def test_what_is_entered_about_protected_people(
    office: ChangeOffice, family: list[ResidentHistory], who: str
) -> None:
    """A measure that began after the change closes its papers too, also where it protects only a home that was left."""
    [sheet, *_rest] = moved(office, *(family[2:] if who == "somebody of the new home" else family[3:]))
    case_id = sheet.change.case_id
    assert case_id is not None
    protected = {"the person": 3, "somebody of the new home": 2}.get(who, 1)
    if who == "somebody split from the old home":
        split = residents.change(office.session, ChangeReason.HOUSEHOLD_SPLIT)
        alone = residents.household(office.session)
        residents.next_snapshot(office.session, office.latest(family[1]), split, household_number=alone)
    residents.protect(office.session, office.latest(family[protected]))

    [closed, *_rest] = sheets_of_case(office.session, office.clerk, case_id, now=office.now)

    assert closed.hidden and closed.protected
    assert all(person.lines == () and person.notes == () for person in closed.people)
    with pytest.raises(PrintRefused, match="出力できません"):
        printing.print_sheet(office.session, office.clerk, closed, mj_fonts(), now=office.now)
    with pytest.raises(PrintRefused, match="出力できません"):
        printing.print_notice(
            office.session, office.clerk, closed, closed.people[0], mj_fonts(), now=office.now
        )

    officer = replace(office.clerk, permissions=office.clerk.permissions | {Permission.SUPPRESSED_VIEW})
    [open_sheet, *_rest] = sheets_of_case(office.session, officer, case_id, now=office.now)
    assert open_sheet.protected and not open_sheet.hidden
    letter = printing.print_notice(
        office.session, officer, open_sheet, open_sheet.people[0], mj_fonts(), now=office.now
    )
    assert "本町一丁目9番8号" in text_of(letter.pdf)
    # Never by list, whoever prints it.
    for actor in (office.clerk, officer):
        drawn = printing.print_list(office.session, actor, office.now.date(), mj_fonts(), now=office.now)
        text = text_of(drawn.pdf)
        assert "個別に出力してください" in text
        assert "架空桜" not in text and "実態調査" not in text
    assert prints(office)[-1].subjects == []


def test_who_moved_out_of_the_register_is_written_to_at_the_last_address(
    office: ChangeOffice, family: list[ResidentHistory]
) -> None:
    entry = office.begin("remove_ex_officio", family[3]).with_values(
        moved_on="令和8年11月16日", removal_cause="absent", cause=CAUSE
    )
    [sheet] = sheets(office, entry)
    assert office.latest(family[3]).state is ResidentState.REMOVED
    assert sheet.owes_notice
    drawn = printing.print_notice(
        office.session, office.clerk, sheet, sheet.people[0], mj_fonts(), now=office.now
    )
    assert squeezed("架空県架空市本町一丁目2番3号") in text_of(drawn.pdf)


def test_the_manual_lists_exactly_the_findings_there_are() -> None:
    """docs/ex-officio.md has every finding of changes by 職権, as the rules say it."""
    text = (Path(__file__).parents[3] / "docs" / "ex-officio.md").read_text(encoding="utf-8")
    lines = {line for line in text.splitlines() if re.match(r"\| [A-Z]{2}-[EA]\d{3} ", line)}
    lists = ("EO", "BI", "RM", "RC", "CO", "CA", "RB")
    found = [finding for finding in all_findings() if finding.code[:2] in lists]
    assert lines == {f"| {each.code} | {each.level.label} | {each.message} |" for each in found}
