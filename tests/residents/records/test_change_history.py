"""異動履歴照会: the changes of a person or a household, found by each of their items; 旧氏 and 通称 over time."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from residentapp.core.access.permissions import Permission
from residentapp.core.audit.models import AuditEntry
from residentapp.core.dates import DateField, DateValue, parse_date
from residentapp.core.db import Database
from residentapp.core.violations import Level
from residentapp.residents.models import IntegratedRemark, ResidentHistory, Suppression
from residentapp.residents.records.change_history import ChangeQuestion, NameLine, open_changes
from residentapp.residents.records.types import HistoryDay, InquiryRefused
from residentapp.residents.types import (
    ChangeReason,
    RemarkKind,
    ResidentKind,
    SuppressedProcess,
    SuppressionCause,
)
from tests.conftest import Login
from tests.support import residents
from tests.support.clock import TEST_MOMENT
from tests.support.users import Browser, clerk

VIEW = Permission.RESIDENT_VIEW
JUNE = dt.date(2026, 6, 10)


def moved(session: Session, person: ResidentHistory, **values: Any) -> ResidentHistory:
    """A 転居 on application at a branch, with a 留意事項."""
    made_by = residents.change(
        session, ChangeReason.MOVE_WITHIN, processed_on=JUNE, moved_on=DateValue.of(dt.date(2026, 6, 8)),
        notified_on=dt.date(2026, 6, 9), applied_on=dt.date(2026, 6, 7), noticed_on=dt.date(2026, 6, 6),
        requested_on=dt.date(2026, 6, 5),     )  # fmt: skip
    made_by.office_name, made_by.terminal_name = "北支所", "北支所2"
    row = residents.next_snapshot(session, person, made_by, **values)
    session.add(
        IntegratedRemark(
            addressee_number=row.addressee_number, history_number=row.history_number, kind=RemarkKind.NOTE,
            text="本人の申出による", recorded_on=JUNE,
        )
    )  # fmt: skip
    session.flush()
    return row


QUESTIONS: list[tuple[ChangeQuestion, ChangeQuestion]] = [
    (ChangeQuestion(reason=ChangeReason.MOVE_WITHIN), ChangeQuestion(reason=ChangeReason.DEATH)),
    *(
        (ChangeQuestion(day=kind, first=day, last=day), ChangeQuestion(day=kind, last=day - dt.timedelta(days=1),
                                                                       first=dt.date(2026, 5, 1)))
        for kind, day in zip(
            HistoryDay,
            (dt.date(2026, 6, 8), JUNE, *(dt.date(2026, 6, day) for day in (9, 7, 6, 5))),
            strict=True,
        )
    ),
    (ChangeQuestion(office="北支所"), ChangeQuestion(office="南支所")),
    (ChangeQuestion(terminal="北支所2"), ChangeQuestion(terminal="北支所9")),
    (ChangeQuestion(text="申出による"), ChangeQuestion(text="無い文")),
    (ChangeQuestion(place=0, office="北"), ChangeQuestion(place=1, office="北")),
]  # fmt: skip


@pytest.mark.requirement("RR-2.2.1a", partial=True)
@pytest.mark.parametrize(("fits", "misses"), QUESTIONS)
def test_a_change_is_found_by_each_item(
    session: Session, fits: ChangeQuestion, misses: ChangeQuestion
) -> None:
    husband, wife = residents.family(session, {"name": "架空　太郎"}, {"name": "架空　花子"})
    moved(session, husband)
    numbers = [husband.addressee_number, wife.addressee_number]
    page = open_changes(session, clerk(VIEW), numbers, now=TEST_MOMENT)
    assert [(who.name, line.reason) for who, line in page.found(fits)] == [("架空　太郎", "転居")]
    assert page.found(misses) == []
    newest, *_older = page.found(ChangeQuestion())
    assert newest[1].reason == "転居"
    assert len(page.found(ChangeQuestion())) == 3


def test_classes_with_one_label_are_told_apart(session: Session) -> None:
    person = residents.resident(session)
    residents.next_snapshot(session, person, residents.change(session, ChangeReason.RECORD_REBUILD))
    page = open_changes(session, clerk(VIEW), [person.addressee_number], now=TEST_MOMENT)
    assert len(page.found(ChangeQuestion(reason=ChangeReason.RECORD_REBUILD))) == 1
    assert page.found(ChangeQuestion(reason=ChangeReason.REMOVE_REBUILD)) == []


def test_an_unknown_day_counts_with_the_first_that_it_may_mean(session: Session) -> None:
    person = residents.resident(session)
    day = parse_date("令和8年6月 日不詳", DateField.EVENT)
    made_by = residents.change(session, ChangeReason.DEATH, processed_on=JUNE, moved_on=day)
    residents.next_snapshot(session, person, made_by)
    page = open_changes(session, clerk(VIEW), [person.addressee_number], now=TEST_MOMENT)
    first = dt.date(2026, 6, 1)
    found = page.found(ChangeQuestion(first=first, last=first))
    assert [line.moved_on for _person, line in found] == ["令和8年6月 日不詳"]


# ---- 旧氏 and 通称


def step(
    session: Session, row: ResidentHistory, reason: ChangeReason, month: int, **values: Any
) -> ResidentHistory:
    day = dt.date(2026, month, 1)
    made_by = residents.change(session, reason, processed_on=day, moved_on=DateValue.of(day))
    return residents.next_snapshot(session, row, made_by, **values)


@pytest.mark.requirement("RR-2.2.1a", partial=True)
def test_former_names_and_aliases_over_time(session: Session) -> None:
    wife = residents.resident(session, name="架空　花子")
    row = step(session, wife, ChangeReason.FORMER_NAME_RECORD, 5, former_name="別所")
    row = step(session, row, ChangeReason.MOVE_WITHIN, 6, building="荘1号")
    row = step(session, row, ChangeReason.FORMER_NAME_CHANGE, 7, former_name="新倉")
    row = step(session, row, ChangeReason.FORMER_NAME_DELETE, 8, former_name=None)
    other = residents.resident(
        session,
        resident_kind=ResidentKind.FOREIGN,
        name=None,
        name_alphabet="KIM YEONG OK",
        alias="金田　栄子",
    )
    numbers = [wife.addressee_number, other.addressee_number]
    page = open_changes(session, clerk(VIEW), numbers, now=TEST_MOMENT)
    assert page.names[:2] == (
        NameLine("架空　花子", "旧氏", "別所", "令和8年5月1日", "令和8年7月1日"),
        NameLine("架空　花子", "旧氏", "新倉", "令和8年7月1日", "令和8年8月1日"),
    )
    [alias] = page.names[2:]
    assert (alias.person, alias.kind, alias.name, alias.until) == ("KIM YEONG OK", "通称", "金田　栄子", "")
    assert alias.since


# ---- who may not know


@pytest.mark.requirement("CM-5.1", partial=True)
def test_a_question_tells_no_more_than_the_lines(session: Session) -> None:
    """The branch where a protected person moved would tell the district."""
    person = moved(session, residents.resident(session, name="佐藤　守"))
    residents.protect(session, person)
    numbers = [person.addressee_number]
    page = open_changes(session, clerk(VIEW), numbers, now=TEST_MOMENT)
    for question in (
        ChangeQuestion(office="北支所"),
        ChangeQuestion(terminal="北"),
        ChangeQuestion(text="申出"),
    ):
        assert page.found(question) == []
    knowing = open_changes(session, clerk(VIEW, Permission.SUPPRESSED_VIEW), numbers, now=TEST_MOMENT)
    assert len(knowing.found(ChangeQuestion(office="北支所"))) == 1


# ---- the screens


@pytest.fixture
def couple(database: Database) -> list[str]:
    with database.transaction() as session:
        husband, wife = residents.family(session, {"name": "架空　太郎"}, {"name": "架空　花子"})
        moved(session, husband)
        step(session, wife, ChangeReason.FORMER_NAME_RECORD, 5, former_name="別所")
        return [husband.addressee_number, wife.addressee_number]


def page_of(browser: Browser, number: str) -> str:
    return browser.post("/residents/open", data={"addressee_number": number}).headers["Location"]


def reasons(page: str) -> list[str]:
    table = page.partition("異動 ")[2].partition("</table>")[0]
    return re.findall(r"</td><td>([^<>]+) <span", table)


@pytest.mark.requirement("RR-2.2.1a")
def test_from_the_page_of_a_resident_and_of_a_household(
    login: Login, couple: list[str], database: Database
) -> None:
    browser = login(VIEW)
    person = page_of(browser, couple[0])
    assert f'href="{person}/changes"' in browser.get(person).text
    assert reasons(browser.get(f"{person}/changes").text) == ["転居", "国内転入"]
    household = browser.get(f"{person}/household").headers["Location"]
    assert f'href="{household}/changes"' in browser.get(household).text
    everybody = browser.get(f"{household}/changes").text
    assert sorted(reasons(everybody)) == ["国内転入", "国内転入", "旧氏の記載", "転居"]
    assert "旧氏・通称の履歴" in everybody and "別所" in everybody
    asked = {"person": "0", "reason": "", "day": "processed_on", "first": "R8.6.1", "last": "2026-06-30"}
    answer = browser.post(f"{household}/changes", data=asked).text
    assert reasons(answer) == ["転居"] and "北支所" in answer and "本人の申出による" in answer
    assert 'value="R8.6.1"' in answer
    none = browser.post(f"{household}/changes", data=asked | {"person": "1"}).text
    assert reasons(none) == [] and "この条件の異動はありません" in none
    assert couple[0] not in household and couple[0] not in person
    with database.transaction() as session:
        last = session.scalars(select(AuditEntry).order_by(AuditEntry.sequence.desc())).first()
        assert last is not None and last.action == "異動履歴照会" and set(last.subjects) == set(couple)


def test_what_cannot_be_read_stays_as_typed(login: Login, couple: list[str]) -> None:
    browser = login(VIEW)
    person = page_of(browser, couple[0])
    for terms, said in (
        ({"first": "きのう"}, "日付として読めません"),
        ({"first": "R8.6.2", "last": "R8.6.1"}, "この日から」より前"),
    ):
        answer = browser.post(f"{person}/changes", data={"day": "moved_on", "office": "北", **terms})
        assert answer.status_code == 422 and said in answer.text
        assert "誤りがあります。検索していません。" in answer.text and "まだ登録" not in answer.text
        assert 'value="北"' in answer.text and f'value="{terms["first"]}"' in answer.text
    assert browser.post(f"{person}/changes", data={"day": "無い日", "person": "9"}).status_code == 422


def test_who_is_closed_to_inquiry_is_left_out(login: Login, couple: list[str], database: Database) -> None:
    with database.transaction() as session:
        session.add(
            Suppression(
                addressee_number=couple[1], process=SuppressedProcess.INQUIRY, level=Level.ERROR,
                cause=SuppressionCause.OTHER, starts_on=dt.date(2026, 4, 1),
            )
        )  # fmt: skip
    browser = login(VIEW)
    person = page_of(browser, couple[0])
    household = browser.get(f"{person}/household").headers["Location"]
    page = browser.get(f"{household}/changes").text
    assert "照会できない人が1人います" in page and "別所" not in page
    with database.transaction() as session, pytest.raises(InquiryRefused):
        open_changes(session, clerk(VIEW), couple[1:], now=TEST_MOMENT)
