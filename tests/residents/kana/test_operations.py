"""Notices and answers of フリガナ: who is asked, what is kept, what waits to be entered."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from residentapp.core.access.actor import PermissionDenied
from residentapp.core.access.permissions import Permission
from residentapp.core.audit import write_pending
from residentapp.core.audit.models import AuditEntry
from residentapp.core.db import Database
from residentapp.residents import history
from residentapp.residents.kana import documents, operations, queries
from residentapp.residents.kana.models import KanaConfirmation
from residentapp.residents.kana.rules import kana_effect, kana_reason
from residentapp.residents.kana.types import (
    AnswerHow,
    KanaAnswer,
    KanaItem,
    KanaMissing,
    KanaRefused,
    KanaState,
    Work,
)
from residentapp.residents.models import ResidentHistory
from residentapp.residents.types import ChangeReason, ResidentKind, ResidentState
from tests.support import residents
from tests.support.clock import TEST_MOMENT
from tests.support.documents import mj_fonts, page_texts
from tests.support.masters import make_masters
from tests.support.users import clerk

CLERK = clerk(Permission.RESIDENT_VIEW, Permission.KANA_CONFIRM)
OFFICER = clerk(*CLERK.permissions, Permission.SUPPRESSED_VIEW)
TODAY, BY = dt.date(2026, 11, 24), dt.date(2026, 12, 24)
AFTER_TERM = TEST_MOMENT + dt.timedelta(days=31)
NAME, FORMER = KanaItem.NAME, KanaItem.FORMER_NAME


def unconfirmed(session: Session, **values: Any) -> ResidentHistory:
    return residents.resident(session, **{"name_kana_confirmed": False, **values})


def work(session: Session, part: Work, item: KanaItem = NAME, *, now: dt.datetime = TEST_MOMENT) -> list[str]:
    page = operations.open_work(session, CLERK, item, part, page=1, now=now)
    assert page.counts[part] == page.total == len(page.lines)
    return [line.addressee_number for line in page.lines]


def send(session: Session, *people: ResidentHistory, item: KanaItem = NAME) -> str:
    numbers = [person.addressee_number for person in people]
    return operations.send_notices(session, CLERK, item, numbers, BY, now=TEST_MOMENT)


def answer(
    session: Session,
    person: ResidentHistory,
    kana: str = "カクウ　タロウ",
    how: AnswerHow = AnswerHow.AGREED,
    item: KanaItem = NAME,
) -> KanaConfirmation:
    return operations.record_answer(
        session, CLERK, person.addressee_number, KanaAnswer(item, kana, how), now=TEST_MOMENT
    )


def state(session: Session, person: ResidentHistory) -> KanaState:
    current = history.latest(session, person.addressee_number)
    assert current is not None
    return queries.views_of(session, current)[0].state


def codes(refused: pytest.ExceptionInfo[KanaRefused]) -> list[str]:
    return [one.code for one in refused.value.violations]


def logs(session: Session) -> list[AuditEntry]:
    write_pending(session)
    return list(session.scalars(select(AuditEntry).order_by(AuditEntry.sequence)))


@pytest.mark.requirement("RR-1.1.18", partial=True)
def test_from_the_notice_to_the_register(session: Session) -> None:
    person = unconfirmed(session)
    assert state(session, person) is KanaState.UNCONFIRMED
    assert work(session, Work.UNCONFIRMED) == [person.addressee_number]
    batch = send(session, person)
    assert (state(session, person), work(session, Work.UNCONFIRMED)) == (KanaState.NOTIFIED, [])
    assert work(session, Work.WAITING) == [person.addressee_number]
    row = answer(session, person, "カクウ　タロー", AnswerHow.CORRECTED)
    assert (row.batch, row.sent_on, row.answered_on, row.how) == (batch, TODAY, TODAY, AnswerHow.CORRECTED)
    assert (row.kana, row.answer_kana) == ("カクウ　タロウ", "カクウ　タロー")
    assert state(session, person) is KanaState.ANSWERED
    assert work(session, Work.ANSWERED) == [person.addressee_number] and work(session, Work.WAITING) == []

    # What the change of the register does with it.
    waiting = queries.waiting_answer(session, person.addressee_number, NAME)
    assert waiting is row
    given = queries.answer_of(waiting)
    before = history.items_of(person)
    change = residents.change(session, kana_reason(before, given), processed_on=TODAY)
    after = residents.next_snapshot(session, person, change, **kana_effect(before, given))
    operations.mark_entered(session, person.addressee_number, NAME, change)
    assert (after.name_kana, after.name_kana_confirmed) == ("カクウ　タロー", True)
    assert row.change_id == change.id and change.reason is ChangeReason.CORRECT_EX_OFFICIO
    assert state(session, person) is KanaState.CONFIRMED and work(session, Work.ANSWERED) == []
    assert queries.waiting_answer(session, person.addressee_number, NAME) is None
    assert [entry.action for entry in logs(session) if "一覧" not in entry.action] == [
        "フリガナの通知の作成", "フリガナの回答の入力",
    ]  # fmt: skip


@pytest.mark.requirement("RR-1.1.18", partial=True)
def test_after_the_term_the_mayor_decides(session: Session) -> None:
    person, other = unconfirmed(session), unconfirmed(session, name_kana="カクウ　ジロウ")
    send(session, person, other)
    last = TEST_MOMENT + dt.timedelta(days=30)
    numbers = [person.addressee_number]
    assert work(session, Work.OVERDUE, now=last) == []
    with pytest.raises(KanaRefused) as refused:
        operations.record_overdue(session, CLERK, NAME, numbers, now=last)
    assert codes(refused) == ["KA-E034"]
    assert set(work(session, Work.OVERDUE, now=AFTER_TERM)) == {*numbers, other.addressee_number}
    assert operations.record_overdue(session, CLERK, NAME, numbers, now=AFTER_TERM) == 1
    [row] = queries.confirmations_of(session, person.addressee_number, NAME)
    assert (row.how, row.answer_kana, row.answered_on) == (
        AnswerHow.EX_OFFICIO, "カクウ　タロウ", dt.date(2026, 12, 25),
    )  # fmt: skip
    # An answer that comes late is still taken.
    assert answer(session, other, "カクウ　ジロウ").how is AnswerHow.AGREED
    change = residents.change(session, ChangeReason.CORRECT_EX_OFFICIO)
    residents.next_snapshot(session, person, change, name_kana_confirmed=True)
    operations.mark_entered(session, person.addressee_number, NAME, change)
    assert state(session, person) is KanaState.EX_OFFICIO


def test_who_is_asked(session: Session) -> None:
    asked = unconfirmed(session)
    unconfirmed(session, resident_kind=ResidentKind.FOREIGN, name_alphabet="JOHN")
    unconfirmed(session, state=ResidentState.MOVED_OUT)
    residents.resident(session)
    married = residents.resident(
        session, former_name="渡邉󠄏", former_name_kana="ワタナベ", former_name_kana_confirmed=False
    )
    residents.resident(
        session, former_name="渡辺", former_name_kana="ワタナベ", former_name_kana_confirmed=True
    )
    assert work(session, Work.UNCONFIRMED) == [asked.addressee_number]
    assert work(session, Work.UNCONFIRMED, FORMER) == [married.addressee_number]
    assert queries.open_work(session, CLERK, today=TODAY) == 2
    # A corrected record is asked no more.
    change = residents.change(session, ChangeReason.CORRECT_EX_OFFICIO)
    residents.next_snapshot(session, asked, change, name_kana_confirmed=True)
    assert work(session, Work.UNCONFIRMED) == []


def test_at_the_counter_no_notice_is_needed(session: Session) -> None:
    person = unconfirmed(session, name_kana=None)
    with pytest.raises(KanaRefused) as refused:
        send(session, person)
    assert codes(refused) == ["KA-E031"]
    row = answer(session, person, "カクウ　タロウ", AnswerHow.CORRECTED)
    assert (row.sent_on, row.batch, row.kana) == (None, None, "")
    with pytest.raises(KanaRefused) as refused:
        answer(session, person, "カクウ　タロー", AnswerHow.CORRECTED)
    assert codes(refused) == ["KA-E036"]
    operations.take_back_answer(session, CLERK, person.addressee_number, row.id, now=TEST_MOMENT)
    assert queries.confirmations_of(session, person.addressee_number, NAME) == []
    assert state(session, person) is KanaState.UNCONFIRMED
    last = logs(session)[-1]
    assert (last.action, last.details["変更前"]) == ("フリガナの回答の取消し", "カクウ　タロウ")


def test_an_answer_taken_back_leaves_the_notice(session: Session) -> None:
    person = unconfirmed(session)
    send(session, person)
    row = answer(session, person)
    with pytest.raises(KanaMissing):
        operations.take_back_answer(session, CLERK, person.addressee_number, row.id + 99, now=TEST_MOMENT)
    operations.take_back_answer(session, CLERK, person.addressee_number, row.id, now=TEST_MOMENT)
    assert state(session, person) is KanaState.NOTIFIED and row.answered_on is None
    with pytest.raises(KanaMissing):
        operations.take_back_answer(session, CLERK, person.addressee_number, row.id, now=TEST_MOMENT)


def test_what_the_register_says_is_not_taken_back(session: Session) -> None:
    person = unconfirmed(session)
    row = answer(session, person)
    change = residents.change(session, ChangeReason.CORRECT_EX_OFFICIO)
    residents.next_snapshot(session, person, change, name_kana_confirmed=True)
    with pytest.raises(KanaRefused) as refused:
        operations.take_back_answer(session, CLERK, person.addressee_number, row.id, now=TEST_MOMENT)
    assert codes(refused) == ["KA-E038"]
    with pytest.raises(KanaRefused) as refused:
        answer(session, person)
    assert codes(refused) == ["KA-E037"]
    # The 戸籍 may change it later.
    assert answer(session, person, "カクウ　タロー", AnswerHow.FAMILY_REGISTER).id != row.id
    assert work(session, Work.ANSWERED) == [person.addressee_number]


def test_two_officers_make_one_notice(session: Session) -> None:
    person = unconfirmed(session)
    send(session, person)
    with pytest.raises(KanaRefused) as refused:
        send(session, person)
    assert codes(refused) == ["KA-E034"]


def test_two_notices_at_once_are_one(database: Database) -> None:
    """What two transactions do that cannot see each other: the database lets one through."""
    with database.transaction() as session:
        person = unconfirmed(session)
        number = person.addressee_number
        send(session, person)
    with database.sessions() as session:
        session.add(
            KanaConfirmation(
                addressee_number=number, item=NAME, kana="カ", batch="x", sent_on=TODAY, answer_by=BY, sent_by="x"
            )
        )  # fmt: skip
        with pytest.raises(Exception, match=r"(?i)unique"):
            session.flush()


@pytest.mark.parametrize(
    ("numbers", "by", "item", "code"),
    [
        ([], BY, NAME, "KA-E032"),
        (["0000000000"], BY, NAME, "KA-E034"),
        (["1"] * 3 + [str(number) for number in range(101)], BY, NAME, "KA-E033"),
        (["0000000000"], None, NAME, "KA-E010"),
        (["0000000000"], TODAY, NAME, "KA-E011"),
        (["0000000000"], BY, KanaItem.ALIAS, "KA-E030"),
    ],
)
def test_what_bars_notices(
    session: Session, numbers: list[str], by: dt.date | None, item: KanaItem, code: str
) -> None:
    with pytest.raises(KanaRefused) as refused:
        operations.send_notices(session, CLERK, item, numbers, by, now=TEST_MOMENT)
    assert codes(refused) == [code]


def test_a_removed_record_takes_no_answer(session: Session) -> None:
    person = unconfirmed(session, state=ResidentState.DEAD)
    with pytest.raises(KanaRefused) as refused:
        answer(session, person)
    assert codes(refused) == ["KA-E035"]
    with pytest.raises(KanaMissing):
        operations.open_person(session, CLERK, "0000000000", now=TEST_MOMENT)


@pytest.mark.requirement("RR-10.3b", partial=True)
def test_without_the_right_nothing_happens(session: Session) -> None:
    person = unconfirmed(session)
    stranger = clerk(Permission.RESIDENT_VIEW)
    number = person.addressee_number
    given = KanaAnswer(NAME, "カクウ　タロウ", AnswerHow.AGREED)
    for act in (
        lambda: operations.open_work(session, stranger, NAME, Work.WAITING, page=1, now=TEST_MOMENT),
        lambda: operations.send_notices(session, stranger, NAME, [number], BY, now=TEST_MOMENT),
        lambda: operations.record_overdue(session, stranger, NAME, [number], now=TEST_MOMENT),
        lambda: operations.record_answer(session, stranger, number, given, now=TEST_MOMENT),
        lambda: operations.open_person(session, stranger, number, now=TEST_MOMENT),
    ):
        with pytest.raises(PermissionDenied):
            act()


@pytest.mark.requirement("CM-5.1", "RR-3.4a", partial=True)
def test_protected_people_are_in_no_list_and_on_no_paper_of_who_may_not_know(session: Session) -> None:
    make_masters(session)
    hidden = unconfirmed(session, address="架空県架空市隠れ里77番", name_kana="ア　ア")
    housemate = unconfirmed(session, household_number=hidden.household_number, name_kana="イ　イ")
    seen = unconfirmed(session, name_kana="ウ　ウ")
    residents.protect(session, hidden)
    everyone = [one.addressee_number for one in (hidden, housemate, seen)]
    assert work(session, Work.UNCONFIRMED) == [seen.addressee_number]
    assert queries.open_work(session, CLERK, today=TODAY) == 1
    with pytest.raises(KanaRefused) as refused:
        operations.send_notices(session, CLERK, NAME, everyone, BY, now=TEST_MOMENT)
    assert codes(refused) == ["KA-E034"]
    batch = operations.send_notices(session, OFFICER, NAME, everyone, BY, now=TEST_MOMENT)

    def printed(actor: Any, paper: documents.Paper) -> str:
        drawn = documents.print_batch(session, actor, batch, paper, mj_fonts(), now=TEST_MOMENT)
        return "\n".join(page_texts(drawn.pdf))

    for paper in documents.Paper:
        assert "隠れ里" not in printed(CLERK, paper) and "ウ　ウ" in printed(CLERK, paper)
        assert "隠れ里" in printed(OFFICER, paper)
    notices, _problems = documents.open_batch(session, CLERK, batch, mj_fonts(), now=TEST_MOMENT)
    assert [person.addressee_number for person, _row in notices] == [seen.addressee_number]
    alone = operations.send_notices(
        session, OFFICER, NAME, [unconfirmed(session, household_number=hidden.household_number).addressee_number],
        BY, now=TEST_MOMENT,
    )  # fmt: skip
    with pytest.raises(KanaMissing):
        documents.open_batch(session, CLERK, alone, mj_fonts(), now=TEST_MOMENT)
    assert [count for _id, _day, _item, count in queries.batches(session, CLERK)] == [1]
    assert [count for _id, _day, _item, count in queries.batches(session, OFFICER)] == [1, 3]


@pytest.mark.pdf
def test_letters_and_list_say_what_was_notified(session: Session) -> None:
    make_masters(session)
    person = unconfirmed(
        session, name="辻󠄂　花子", name_kana="ツジ　ハナコ", building="架空荘101", postal_code="9990001"
    )
    batch = send(session, person)
    # The record goes on; the letter says what was told, and goes where the person lives now.
    change = residents.change(session, ChangeReason.MOVE_WITHIN)
    residents.next_snapshot(
        session, person, change, name_kana="ツジ　ハナヨ", address="架空県架空市新しい町1番", building=None
    )
    [row] = queries.confirmations_of(session, person.addressee_number, NAME)
    drawn = documents.print_batch(session, CLERK, batch, documents.Paper.LETTERS, mj_fonts(), now=TEST_MOMENT)
    [text] = page_texts(drawn.pdf)
    for words in (
        "〒999-0001", "架空県架空市新しい町1番", "辻󠄂　花子　様", "ツジ　ハナコ", "令和8年12月24日",
        f"整理番号　{row.id}", "氏名の振り仮名の通知書", "職権で住民票に記載", "架空市長",
    ):  # fmt: skip
        assert words in text, words
    assert "ハナヨ" not in text
    [listed] = page_texts(
        documents.print_batch(session, CLERK, batch, documents.Paper.LIST, mj_fonts(), now=TEST_MOMENT).pdf
    )
    assert "ツジ　ハナコ" in listed and "1件" in listed
    entry = logs(session)[-1]
    assert (entry.log, entry.action) == ("print", "フリガナの通知者一覧の出力")
    assert entry.subjects == [person.addressee_number]


@pytest.mark.pdf
@pytest.mark.requirement("RR-5.8b", partial=True)
def test_what_does_not_fit_on_a_letter_is_told(session: Session) -> None:
    make_masters(session)
    person = unconfirmed(session, address="架空県架空市" + "長い住所" * 60)
    batch = send(session, person)
    _notices, problems = documents.open_batch(session, CLERK, batch, mj_fonts(), now=TEST_MOMENT)
    [row] = queries.confirmations_of(session, person.addressee_number, NAME)
    assert [(one.number, one.label) for one in problems] == [(row.id, "住所")]
    assert "欄に入りません" in problems[0].what
