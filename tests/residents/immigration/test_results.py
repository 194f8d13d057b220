"""市町村通知 and 市町村伝達: their list by 区分, the results that come back, what is sent again (RR-4.5.7)."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from residentapp.core.access.actor import Actor, system_actor
from residentapp.core.access.permissions import Permission
from residentapp.core.outbox import InboxState, OutboxMessage, Partner, receive, resend, take
from residentapp.residents.immigration.models import ImmigrationResult
from residentapp.residents.immigration.results import (
    PAGE_SIZE,
    SentFilter,
    SentLine,
    count_errors,
    list_sent,
)
from residentapp.residents.immigration.types import ResultState
from residentapp.residents.messages.handlers import load_handlers
from residentapp.residents.messages.types import IsaLaw, MessageKind
from residentapp.residents.models import ResidentHistory
from residentapp.residents.types import ChangeReason as R
from residentapp.residents.types import ResidentState
from tests.residents.immigration.conftest import FOREIGN, SPECIAL
from tests.residents.messages.conftest import Register, register
from tests.support import residents
from tests.support.clock import TEST_MOMENT
from tests.support.users import clerk

__all__ = ["register"]

VIEW = (Permission.MESSAGES_VIEW, Permission.MESSAGES_MANAGE, Permission.ITEM_RESIDENCE_STATUS)
OFFICER = clerk(*VIEW)


@pytest.fixture
def three(register: Register) -> list[ResidentHistory]:
    """One 市町村通知 under both laws, one under the law on residents, and a 市町村伝達; all have gone."""
    load_handlers()
    first = register.move_in(R.MOVE_IN_ABROAD, residence_notified=True, **FOREIGN)
    second = register.move_in(
        R.MOVE_IN_ABROAD, residence_notified=False, **FOREIGN | {"residence_card_number": "ZZ00000001AB"}
    )
    second = register.change(second, R.CORRECT_EX_OFFICIO, residence_notified=True)
    register.send_all()
    return [first, second]


def listed(register: Register, actor: Actor = OFFICER, **wanted: Any) -> list[SentLine]:
    found = list_sent(register.session, actor, register.keyring, SentFilter(**wanted), now=TEST_MOMENT)
    assert found.total == len(found.lines)
    return list(found.lines)


def of(register: Register, kind: str, person: ResidentHistory) -> OutboxMessage:
    query = register.session.query(OutboxMessage).filter_by(kind=kind, subject=person.addressee_number)
    return query.order_by(OutboxMessage.id.desc()).limit(1).one()


def answer(register: Register, key: str, external_id: str, **header: str) -> InboxState:
    """What the 連携端末 says of a message."""
    came = receive(
        register.session, register.keyring, source=Partner.ISA, kind="isa.result", external_id=external_id,
        body={"header": {"message_id": key, **header}}, now=TEST_MOMENT,
    )  # fmt: skip
    return take(register.session, OFFICER, register.keyring, came.message.id, now=TEST_MOMENT).state


@pytest.mark.requirement("RR-4.5.7a", partial=True)
def test_the_subjects_are_listed_by_the_law(register: Register, three: list[ResidentHistory]) -> None:
    first, second = three
    lines = listed(register)
    assert [(line.kind, line.law, line.act, line.number) for line in lines] == [
        ("市町村伝達", "入管法", "記載", second.addressee_number),
        ("市町村通知", "住基法", "記載", second.addressee_number),
        ("市町村通知", "住基法・入管法", "記載", first.addressee_number),
    ]
    for law, place in ((IsaLaw.IMMIGRATION, 0), (IsaLaw.RESIDENT, 1), (IsaLaw.BOTH, 2)):
        assert listed(register, law=law) == [lines[place]]
    assert listed(register, kind=MessageKind.ISA_TRANSMISSION) == [lines[0]]
    day = dt.date(2026, 11, 24)
    assert listed(register, first=day, last=day) == lines
    assert listed(register, first=day + dt.timedelta(days=1)) == []
    assert listed(register, last=day - dt.timedelta(days=1)) == []


@pytest.mark.requirement("RR-4.5.7a", partial=True)
def test_the_law_goes_on_with_a_message_that_is_sent_again_or_taken_back(
    register: Register, three: list[ResidentHistory]
) -> None:
    first = three[0]
    change = first.change
    sent = of(register, "isa.notice", first)
    again = resend(
        register.session, OFFICER, register.keyring, sent.id, reason="届いていない", now=TEST_MOMENT
    )
    register.send_all()
    register.change(first, R.CANCEL_DECREASE, cancels=change, state=ResidentState.REMOVED)
    back = of(register, "isa.notice", first)
    assert [sent.category, again.category, back.category] == ["both"] * 3
    assert back.reverses == again.key and back.sequence > again.sequence > sent.sequence


@pytest.mark.requirement("RR-4.5.7b", partial=True)
def test_results_come_back_and_errors_wait_until_they_are_sent_again(
    register: Register, three: list[ResidentHistory]
) -> None:
    first, second = three
    good, bad = of(register, "isa.notice", first), of(register, "isa.notice", second)
    assert [line.result for line in listed(register)] == ["未着", "未着", "未着"]
    assert len(listed(register, result=ResultState.NONE)) == 3

    assert answer(register, good.key, "r1", result="accepted") is InboxState.TAKEN
    error = {"result": "error", "error_code": "E123", "error_text": "在留カードの番号が違います。"}
    assert answer(register, bad.key, "r2", **error) is InboxState.TAKEN

    assert [line.id for line in listed(register, result=ResultState.ACCEPTED)] == [good.id]
    [wrong] = listed(register, result=ResultState.ERROR)
    assert (wrong.id, wrong.result, wrong.error, wrong.resent) == (
        bad.id,
        "エラー",
        "E123　在留カードの番号が違います。",
        False,
    )
    assert count_errors(register.session) == 1
    [kept] = register.session.query(ImmigrationResult).filter_by(accepted=False)
    assert kept.error_cipher is not None and "在留".encode() not in kept.error_cipher

    again = resend(
        register.session, OFFICER, register.keyring, bad.id, reason="番号を直した", now=TEST_MOMENT
    )
    assert count_errors(register.session) == 0
    assert [line.resent for line in listed(register) if line.id == bad.id] == [True]
    register.send_all()
    assert answer(register, again.key, "r3", **error) is InboxState.TAKEN
    assert count_errors(register.session) == 1
    # A later word on the same message counts.
    assert answer(register, again.key, "r4", result="accepted") is InboxState.TAKEN
    assert count_errors(register.session) == 0


def test_a_result_must_be_of_a_message_that_went(register: Register, three: list[ResidentHistory]) -> None:
    register.change(three[0], R.MOVE_WITHIN, address="架空県架空市東町1番")
    waiting = of(register, "isa.notice", three[0])
    other = of(register, "addressee.difference", three[0])
    for place, key in enumerate((waiting.key, other.key, "x", "")):
        assert answer(register, key, f"n{place}", result="accepted") is InboxState.FAILED
    sent = of(register, "isa.notice", three[1])
    assert answer(register, sent.key, "m1", result="perhaps") is InboxState.FAILED
    assert register.session.query(ImmigrationResult).count() == 0


def test_the_words_of_an_error_are_closed_where_they_may_tell_too_much(
    register: Register, three: list[ResidentHistory]
) -> None:
    """CM-5.1: they may say where somebody lives; RR-10.4a: they may tell of 在留資格等."""
    second = three[1]
    message = of(register, "isa.notice", second)
    told = "架空県架空市東町1番2号の番号が違います。"
    answer(register, message.key, "r1", result="error", error_code="E9", error_text=told)
    assert listed(register, result=ResultState.ERROR)[0].error == f"E9　{told}"
    [line] = listed(register, clerk(Permission.MESSAGES_VIEW), result=ResultState.ERROR)
    assert line.error == "E9　（表示する権限がありません）"
    residents.protect(register.session, second)
    [line] = listed(register, result=ResultState.ERROR)
    assert "東町" not in line.error and line.error.startswith("E9")
    knowing = clerk(*VIEW, Permission.SUPPRESSED_VIEW)
    assert listed(register, knowing, result=ResultState.ERROR)[0].error == f"E9　{told}"


def test_a_long_list_has_pages(register: Register, three: list[ResidentHistory]) -> None:
    person = three[0]
    for place in range(PAGE_SIZE - 2):
        person = register.change(person, R.MOVE_WITHIN, address=f"架空県架空市東町{place}番")
    wanted = [SentFilter(page=page) for page in (1, 2)]
    pages = [list_sent(register.session, OFFICER, register.keyring, each, now=TEST_MOMENT) for each in wanted]
    assert [len(page.lines) for page in pages] == [PAGE_SIZE, 1]
    assert (pages[0].total, pages[0].pages) == (PAGE_SIZE + 1, 2)


@pytest.mark.requirement("RR-4.5.7a", "RR-4.5.7b", partial=True)
def test_a_special_permanent_certificate_that_was_handed_over_is_told(register: Register) -> None:
    person = register.move_in(R.MOVE_IN_ABROAD, residence_notified=True, **SPECIAL)
    after = register.change(person, R.CORRECT_EX_OFFICIO, special_permanent_number="ZY87654321BR")
    row = of(register, "isa.notice", after)
    assert (row.category, row.change_id) == ("immigration", after.change_id)
    body = register.body(after.change, "isa.notice")
    assert body["person"]["special_permanent_number"] == "ZY87654321BR"
    assert body["before"] == {"special_permanent_number": "ZY12345678BR"}


@pytest.mark.requirement("RR-4.5.7c")
def test_nothing_is_printed_about_cards_that_are_not_endorsed(app: Flask) -> None:
    """RR-4.5.7c forbids notices to persons whose card is not yet endorsed, and a consistency check.

    One paper is printed about what is exchanged, the 処理結果確認票; no form speaks of endorsing.
    """
    folder = Path(__file__).parents[3] / "forms_templates"
    forms = {path.stem: path.read_text("utf-8") for path in folder.glob("*.toml")}
    assert len(forms) > 10
    words = ("裏書", "カードへの記載", "住居地の記載が", "整合性")
    assert [name for name, text in forms.items() if any(word in text for word in words)] == []
    rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith("immigration.")]
    assert {rule.endpoint for rule in rules if rule.rule.endswith((".pdf", ".csv"))} == {
        "immigration.check_sheet_file"
    }
    assert not any("check" in rule.endpoint for rule in rules if not rule.rule.endswith(".pdf"))
    used = {rule.endpoint for rule in rules}
    assert used == {
        "immigration.notices_page", "immigration.notice", "immigration.settle_notice",
        "immigration.check_sheet_file", "immigration.expiring_page", "immigration.sent_page",
        "immigration.sent_errors",
    }  # fmt: skip


def test_the_handlers_are_the_systems_own(register: Register) -> None:
    """A result that nobody asked about changes nothing, whoever takes it in."""
    load_handlers()
    came = receive(
        register.session, register.keyring, source=Partner.ISA, kind="isa.result", external_id="x",
        body={"header": "not a mapping"}, now=TEST_MOMENT,
    )  # fmt: skip
    row = take(register.session, system_actor("受信"), register.keyring, came.message.id, now=TEST_MOMENT)
    assert row.state is InboxState.FAILED and row.error is not None and "見つかりません" in row.error
