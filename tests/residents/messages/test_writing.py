"""Messages are written with the change, hold what their receiver needs, and are taken back when it is cancelled."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from residentapp.core.crypto import Keyring
from residentapp.core.dates import DateField, DateValue, parse_date
from residentapp.core.db import Database
from residentapp.core.masters.queries import MasterMissing
from residentapp.core.numbering import draw_codes
from residentapp.core.outbox import (
    MessageState,
    OutboxMessage,
    Partner,
    body_of,
    mark_failed,
    next_batch,
    resend,
)
from residentapp.residents.cases.approval import approve
from residentapp.residents.cases.errors import CaseRefused, EntryRefused
from residentapp.residents.cases.types import Approve
from residentapp.residents.messages.rules import DELIVERY_OPEN, RECIPIENT_UNKNOWN
from residentapp.residents.messages.writing import AlreadyWritten, write_messages
from residentapp.residents.models import ResidentHistory
from residentapp.residents.types import ChangeReason, ForeignCategory, ResidentKind, ResidentState
from tests.core.outbox.conftest import MANAGE
from tests.residents.cases.test_approval import commit_provisional, seen_of
from tests.residents.messages.conftest import BETWEEN, NEIGHBOUR, OWN, Register, numbers
from tests.residents.move_in.cases import (
    child,
    entry,
    foreigner,
    individual_number,
    person,
    resident_code,
    wife,
)
from tests.residents.move_in.conftest import MoveInOffice
from tests.residents.move_in.conftest import office as office_fixture
from tests.support import residents
from tests.support.clock import TEST_MOMENT
from tests.support.users import clerk

office = office_fixture
R = ChangeReason


def count(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(OutboxMessage)) or 0


# ---- from a move-in


@pytest.mark.requirement("RR-7.1.1.1a", "RR-7.1.1.1c", "RR-7.2.3", "DX-4.1", "RR-4.0.8d", partial=True)
def test_an_approved_move_in_has_its_messages(office: MoveInOffice) -> None:
    case = office.provisional(entry(child("m1"), person("m2"), wife("m3")))
    assert count(office.session) == 0, "a provisional entry causes no link (RR-4.0.8b)"
    registered = office.approve(case)
    rows = office.session.scalars(select(OutboxMessage).order_by(OutboxMessage.id)).all()
    assert {row.change_id for row in rows} == set(registered.change_ids)
    for number in registered.numbers:
        own = [row for row in rows if row.subject == number]
        assert [row.kind for row in own] == [
            "cs.identity", "municipality.move_in", "municipality.annex", "addressee.difference",
        ]  # fmt: skip
        # The dictionary of these tests does not know 例示県見本市: an officer completes what is held.
        held = {row.kind for row in own if row.state is MessageState.HELD}
        assert held == {"municipality.move_in", "municipality.annex"}
        assert {row.error for row in own if row.state is MessageState.HELD} == {RECIPIENT_UNKNOWN}


def test_an_approval_that_fails_half_way_writes_none(office: MoveInOffice) -> None:
    """The stock of 住民票コード is empty: found only after numbers were given."""
    case = office.provisional(entry(person(), wife(resident_code="")))
    draw_codes(office.session, office.keyring, 10, moment=TEST_MOMENT)
    with pytest.raises(CaseRefused, match="空きコード"), office.session.begin_nested():
        office.approve(case)
    assert count(office.session) == 0


def test_an_approval_that_the_rules_refuse_writes_none(office: MoveInOffice) -> None:
    case = office.provisional(entry())
    residents.resident(office.session, **numbers(office.keyring, 1001))
    with pytest.raises(EntryRefused), office.session.begin_nested():
        office.approve(case)
    assert count(office.session) == 0


@pytest.mark.requirement("DX-4.1", "RR-7.1.1.1a", partial=True)
def test_messages_and_register_are_one_transaction(database: Database, keyring: Keyring) -> None:
    """A crash after writing both and before the commit leaves neither; then both come."""
    office, case_id = commit_provisional(database, keyring, entry(person(), wife()))

    class PowerCut(Exception):
        pass

    with pytest.raises(PowerCut), database.transaction() as session:
        approve(session, office.approver, keyring, Approve(seen_of(session, case_id)), now=TEST_MOMENT)
        assert count(session) == 8
        raise PowerCut
    with database.transaction() as session:
        assert count(session) == 0
        assert session.scalar(text("SELECT count(*) FROM outbox_subject")) == 0
        approve(session, office.approver, keyring, Approve(seen_of(session, case_id)), now=TEST_MOMENT)
    with database.transaction() as session:
        assert count(session) == 8
        assert session.scalar(select(func.count()).select_from(ResidentHistory)) == 2


def test_a_failure_of_the_messages_undoes_the_registration(
    database: Database, keyring: Keyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A record of which nobody is told must not come about."""
    office, case_id = commit_provisional(database, keyring, entry())

    def fail(*_more: Any, **_values: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr("residentapp.residents.messages.writing.put_all", fail)
    with pytest.raises(RuntimeError), database.transaction() as session:
        approve(session, office.approver, keyring, Approve(seen_of(session, case_id)), now=TEST_MOMENT)
    with database.transaction() as session:
        assert session.scalar(select(func.count()).select_from(ResidentHistory)) == 0


@pytest.mark.requirement("RR-4.5.7a", partial=True)
def test_a_foreigner_moves_in(office: MoveInOffice) -> None:
    registered = office.register(entry(foreigner(residence_notified="yes")))
    [number] = registered.numbers
    query = select(OutboxMessage).where(OutboxMessage.subject == number).order_by(OutboxMessage.id)
    rows = {row.kind: row for row in office.session.scalars(query)}
    assert list(rows) == ["cs.identity", "municipality.move_in", "isa.notice", "addressee.difference"]
    body = body_of(office.keyring, rows["isa.notice"])
    assert body["header"]["law"]["label"] == "住基法・入管法"
    assert body["person"]["residence_card_number"] == "AB12345678CD"
    assert body["person"]["birth_date"] == {"day": "1987-11-03", "text": "1987年11月3日"}
    assert "individual_number" not in body["person"]


# ---- to whom


@pytest.mark.requirement("RR-7.1.1.1c", "RR-7.2.4", partial=True)
@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, {"municipality.move_in": [NEIGHBOUR], "municipality.annex": [BETWEEN]}),
        (
            {"previous_address": "見本県旧町1番", "registered_domicile": "見本県旧町大字一1番"},
            {"municipality.move_in": [NEIGHBOUR], "municipality.annex": [NEIGHBOUR]},
        ),
        (
            {
                "previous_address": "見本県途中市1番2号（未届）",
                "last_registered_address": "見本県隣市東町4番5号",
            },
            {"municipality.move_in": [BETWEEN, NEIGHBOUR], "municipality.annex": [BETWEEN]},
        ),
        (
            {"registered_domicile": "架空県架空市本町一丁目2番"},
            {"municipality.move_in": [NEIGHBOUR], "annex.address": [None]},
        ),
        (
            {"registered_domicile": "不明", "previous_address": "隣市東町4番5号"},
            {"municipality.move_in": [NEIGHBOUR]},
        ),
        (
            {
                "previous_address": "ある町1番",
                "previous_address_code": "98203000000",
                "registered_domicile": None,
            },
            {"municipality.move_in": [BETWEEN]},
        ),
        (
            {"previous_address": "見本県隣\U000e0100市東町1番", "registered_domicile": "ある村1番"},
            {"municipality.move_in": [NEIGHBOUR], "municipality.annex": [None]},
        ),
    ],
    ids=["both", "merged", "unreported", "own domicile", "no prefecture", "by code", "variant"],
)
def test_recipients_come_from_the_addresses(
    register: Register, values: dict[str, Any], expected: dict[str, list[str | None]]
) -> None:
    moved = register.move_in(**values)
    found: dict[str, list[str | None]] = {}
    for row in register.messages(moved.change):
        if row.destination in (Partner.MUNICIPALITY, Partner.ANNEX):
            found.setdefault(row.kind, []).append(row.recipient)
            assert (row.state is MessageState.HELD) == (
                row.destination is Partner.MUNICIPALITY and row.recipient is None
            )
    assert found == expected


# ---- what they say


@pytest.mark.requirement("RR-7.1.1.1a", partial=True)
def test_the_identity_says_what_holds_now_and_what_was(register: Register) -> None:
    moved = register.move_in()
    body = register.body(moved.change, "cs.identity")
    assert body["header"] == {
        "act": {"code": "record", "label": "記載"},
        "reason": {"code": "R01", "label": "国内転入"},
        "cs_reason": {"code": "move_in", "label": "転入"},
        "moved_on": {"day": "2026-11-24", "text": "令和8年11月24日"},
        "processed_on": {"day": "2026-11-24", "text": "令和8年11月24日"},
        "municipality_code": OWN,
        "municipality_name": "架空県架空市",
    }
    assert body["person"]["name"] == "架空　太郎"
    assert body["person"]["birth_date"] == {"day": "1980-05-05", "text": "昭和55年5月5日"}
    assert body["person"]["sex"] == {"code": "male", "label": "男"}
    assert body["person"]["individual_number"] == individual_number(3001)
    assert body["person"]["resident_code"] == resident_code(3001)
    assert "before" not in body and "registered_domicile" not in body["person"]
    within = register.change(moved, R.MOVE_WITHIN, address="架空県架空市東町9番1号", building="東荘2")
    body = register.body(within.change, "cs.identity")
    assert body["person"]["address"] == "架空県架空市東町9番1号"
    assert body["before"] == {"address": "架空県架空市本町一丁目2番3号", "building": None}


def test_a_code_that_changed_stands_with_the_one_before(register: Register, keyring: Keyring) -> None:
    moved = register.move_in()
    after = register.change(
        moved, R.RESIDENT_CODE_CHANGE_ON_REQUEST, **numbers(keyring, 4001, individual=False)
    )
    for kind in ("cs.identity", "municipality.annex"):
        body = register.body(after.change, kind)
        assert body["person"]["resident_code"] == resident_code(4001)
        assert body["before"] == {"resident_code": resident_code(3001)}


@pytest.mark.requirement("RR-1.1.8d", partial=True)
def test_an_unknown_date_has_no_day(register: Register) -> None:
    birth = parse_date("昭和30年月日不詳", DateField.BIRTH)
    moved = register.move_in(birth_date=birth)
    body = register.body(moved.change, "cs.identity")
    assert body["person"]["birth_date"] == {"day": None, "text": "昭和30年 月日不詳"}


@pytest.mark.requirement("RR-7.2.3", "RR-7.1.2.3a", partial=True)
def test_the_addressee_system_gets_the_record_and_the_support_flag(register: Register) -> None:
    moved = register.move_in()
    body = register.body(moved.change, "addressee.difference")
    assert body["protection"] == {"supported": False, "whereabouts_protected": False}
    assert body["person"]["addressee_number"] == moved.addressee_number
    assert body["person"]["household_number"] == moved.household_number
    assert body["person"]["individual_number"] == individual_number(3001)
    assert "resident_code" not in body["person"] and "registered_domicile" not in body["person"]
    residents.protect(register.session, moved)
    after = register.change(moved, R.HEAD_CHANGE, head_name=None, relationship_to_head=None)
    body = register.body(after.change, "addressee.difference")
    assert body["protection"] == {"supported": True, "whereabouts_protected": True}
    assert body["before"] == {
        "history_number": 1,
        "head_name": "架空　太郎",
        "relationship_to_head": "世帯主",
    }


@pytest.mark.requirement("RR-1.1.10")
def test_a_household_without_a_head_is_passed_on_without_one(register: Register) -> None:
    """No head is made up on the way: every message that tells the head says that there is none."""
    moved = register.move_in(head_name=None, relationship_to_head="子")
    told = register.body(moved.change, "addressee.difference")["person"]
    assert told["relationship_to_head"] == "子" and not told.get("head_name")
    named = register.change(moved, R.HEAD_CHANGE, head_name="架空　太郎", relationship_to_head="世帯主")
    assert register.body(named.change, "addressee.difference")["person"]["head_name"] == "架空　太郎"


def test_who_lives_with_a_supported_person_is_flagged_as_such(register: Register) -> None:
    moved = register.move_in()
    other = register.move_in(household_number=moved.household_number)
    residents.protect(register.session, moved)
    after = register.change(other, R.HOUSEHOLD_CHANGE)
    body = register.body(after.change, "addressee.difference")
    assert body["protection"] == {"supported": False, "whereabouts_protected": True}


@pytest.mark.requirement("CM-7", partial=True)
def test_numbers_go_only_to_those_who_may_have_them(register: Register) -> None:
    """個人番号 and 住民票コード by kind of message; nothing of them stands in the clear."""
    moved = register.move_in()
    planned = register.change(
        moved, R.MOVE_OUT_DOMESTIC, special=True, planned_destination="見本県隣市北町1番",
        removal_occurred_on=DateValue.of(dt.date(2026, 12, 1)),
    )  # fmt: skip
    born = register.move_in(R.BIRTH, individual=False, previous_address=None)
    came = register.move_in(
        R.MOVE_IN_ABROAD, resident_kind=ResidentKind.FOREIGN, name=None, name_alphabet="AN",
        foreign_category=ForeignCategory.MID_TO_LONG_TERM, registered_domicile=None, register_head=None,
    )  # fmt: skip
    with_number, with_code, seen = set(), set(), set()
    for change in (moved.change, planned.change, born.change, came.change):
        for row in register.messages(change):
            body = json.dumps(body_of(register.keyring, row))
            seen.add(row.kind)
            if "individual_number" in body:
                with_number.add(row.kind)
            if "resident_code" in body:
                with_code.add(row.kind)
    assert seen == {
        "cs.identity", "cs.number_generation", "municipality.move_in", "municipality.annex",
        "municipality.move_out_certificate", "card.delivery", "isa.notice", "addressee.difference",
    }  # fmt: skip
    assert with_number == {"cs.identity", "municipality.move_out_certificate", "addressee.difference"}
    assert with_code == seen - {"isa.notice", "addressee.difference"}


@pytest.mark.requirement("RR-7.1.1.1a", "RR-7.1.1.4", "RR-7.1.2.1a", partial=True)
def test_a_newborn_asks_for_a_number_and_the_delivery_waits_for_an_officer(register: Register) -> None:
    born = register.move_in(R.BIRTH, individual=False, previous_address=None)
    assert register.kinds(born.change) == [
        "cs.identity", "cs.number_generation", "municipality.annex", "card.delivery", "addressee.difference",
    ]  # fmt: skip
    [delivery] = [row for row in register.messages(born.change) if row.kind == "card.delivery"]
    assert (delivery.state, delivery.error) == (MessageState.HELD, DELIVERY_OPEN)
    sent = register.send_all()
    assert [row.kind for row in sent if row.destination is Partner.CS] == [
        "cs.identity",
        "cs.number_generation",
    ]
    assert delivery not in sent


@pytest.mark.requirement("RR-7.1.1.1a", partial=True)
def test_the_order_of_changes_is_kept(register: Register) -> None:
    """Also when the messages of later changes were written before the earlier ones could go."""
    moved = register.move_in()
    within = register.change(moved, R.MOVE_WITHIN, address="架空県架空市東町9番1号")
    again = register.change(within, R.MOVE_WITHIN, address="架空県架空市西町1番1号")
    sent = register.send_all()
    for kind in ("cs.identity", "municipality.annex", "addressee.difference"):
        assert [row.change_id for row in sent if row.kind == kind] == [
            moved.change_id,
            within.change_id,
            again.change_id,
        ]


def test_persons_stand_in_the_order_of_their_numbers(register: Register) -> None:
    """Whatever the order of the snapshots: two transactions then never wait for each other in a circle."""
    one, two = register.move_in(), register.move_in()
    made_by = residents.change(register.session, R.HOUSEHOLD_MERGE)
    residents.next_snapshot(register.session, two, made_by)
    residents.next_snapshot(register.session, one, made_by)
    rows = register.write(made_by)
    assert [row.subject for row in rows] == [one.addressee_number, two.addressee_number]


def test_a_change_is_told_once(register: Register) -> None:
    moved = register.move_in()
    with pytest.raises(AlreadyWritten):
        register.write(moved.change)


def test_without_the_own_municipality_it_is_said(session: Session, keyring: Keyring) -> None:
    moved = residents.resident(session)
    with pytest.raises(MasterMissing, match="自団体"):
        write_messages(session, keyring, moved.change, now=TEST_MOMENT)


# ---- cancellation


def move_away(register: Register) -> tuple[ResidentHistory, ResidentHistory]:
    moved = register.move_in()
    register.send_all()
    return moved, register.change(moved, R.MOVE_WITHIN, address="架空県架空市東町9番1号")


def back(register: Register, after: ResidentHistory) -> ResidentHistory:
    return register.change(
        after, R.CANCEL_CORRECTION, cancels=after.change, address="架空県架空市本町一丁目2番3号"
    )


@pytest.mark.requirement("RR-4.6.0.1b", "RR-7.1.1.1a", "DX-4.1", partial=True)
def test_what_was_sent_is_taken_back(register: Register) -> None:
    _moved, within = move_away(register)
    register.send_all()
    cancelled = back(register, within)
    sent = {row.kind: row for row in register.messages(within.change)}
    rows = register.messages(cancelled.change)
    assert [row.kind for row in rows] == list(sent)
    for row in rows:
        body = body_of(register.keyring, row)
        assert row.reverses == sent[row.kind].key
        assert (row.destination, row.recipient) == (sent[row.kind].destination, sent[row.kind].recipient)
        assert body["header"]["act"] == {"code": "cancel", "label": "取消"}
        assert body["person"]["address"] == "架空県架空市本町一丁目2番3号", "it says what holds now"
        assert register.state(sent[row.kind]) is MessageState.SENT


@pytest.mark.requirement("RR-4.6.0.1b", "RR-7.1.1.1a", partial=True)
def test_what_has_not_gone_never_goes(register: Register) -> None:
    _moved, within = move_away(register)
    cancelled = back(register, within)
    assert register.messages(cancelled.change) == []
    assert {register.state(row) for row in register.messages(within.change)} == {MessageState.SUPERSEDED}
    assert register.send_all() == []


def test_what_is_just_going_counts_as_gone(register: Register) -> None:
    _moved, within = move_away(register)
    going = next_batch(register.session, now=TEST_MOMENT, destinations=[Partner.CS])
    assert [row.kind for row in going] == ["cs.identity"]
    cancelled = back(register, within)
    assert register.kinds(cancelled.change) == ["cs.identity"]


def test_held_and_failed_ones_never_go_and_block_nobody(register: Register) -> None:
    born = register.move_in(R.BIRTH, individual=False, registered_domicile="ある村1番")
    [going] = [row for row in next_batch(register.session, now=TEST_MOMENT) if row.kind == "cs.identity"]
    mark_failed(register.session, going.id, error="x")
    register.change(born, R.CANCEL_DECREASE, cancels=born.change, state=ResidentState.REMOVED)
    states = {row.kind: register.state(row) for row in register.messages(born.change)}
    assert states.pop("addressee.difference") is MessageState.SENDING
    assert set(states.values()) == {MessageState.SUPERSEDED}


def test_a_message_that_was_resent_is_taken_back_once(register: Register) -> None:
    officer = clerk(*MANAGE)
    _moved, within = move_away(register)
    register.send_all()
    [identity, *_] = register.messages(within.change)
    again = resend(
        register.session, officer, register.keyring, identity.id, reason="失われた", now=TEST_MOMENT
    )
    register.send_all()
    cancelled = back(register, within)
    reversals = [row for row in register.messages(cancelled.change) if row.kind == "cs.identity"]
    assert [row.reverses for row in reversals] == [again.key]


def test_a_later_change_that_was_told_is_contradicted(register: Register) -> None:
    """The cancelled change was not told, a later one was: the partner must hear what holds now."""
    _moved, within = move_away(register)
    [identity] = [row for row in register.messages(within.change) if row.kind == "cs.identity"]
    [going, *_] = next_batch(register.session, now=TEST_MOMENT, destinations=[Partner.CS])
    assert going.id == identity.id
    mark_failed(register.session, going.id, error="x")
    renamed = register.change(within, R.CORRECT_ERROR, name="架空　多郎")
    cancelled = register.change(
        renamed, R.CANCEL_CORRECTION, cancels=within.change, address="架空県架空市本町一丁目2番3号"
    )
    assert "cs.identity" in register.kinds(cancelled.change)
    assert "municipality.annex" not in register.kinds(cancelled.change)


def test_only_the_subjects_that_are_cancelled(register: Register) -> None:
    one, two = register.move_in(), register.move_in()
    register.send_all()
    moved = residents.change(register.session, R.MOVE_WITHIN)
    ones = residents.next_snapshot(register.session, one, moved, address="架空県架空市東町9番1号")
    residents.next_snapshot(register.session, two, moved, address="架空県架空市東町9番1号")
    register.write(moved)
    back(register, ones)
    for row in register.messages(moved):
        expected = MessageState.SUPERSEDED if row.subject == one.addressee_number else MessageState.WAITING
        assert register.state(row) is expected


@pytest.mark.parametrize("sent", [True, False])
@pytest.mark.parametrize("cancelling_sent", [True, False])
def test_cancelling_a_cancellation(register: Register, sent: bool, cancelling_sent: bool) -> None:
    """The partner ends with what holds, and hears nothing that it knows."""
    _moved, within = move_away(register)
    if sent:
        register.send_all()
    cancelled = back(register, within)
    if cancelling_sent:
        register.send_all()
    again = register.change(
        cancelled, R.CANCEL_CORRECTION, cancels=cancelled.change, address="架空県架空市東町9番1号"
    )
    kinds = register.kinds(again.change)
    if sent and not cancelling_sent:
        assert kinds == []
        assert {register.state(row) for row in register.messages(cancelled.change)} == {
            MessageState.SUPERSEDED
        }
    else:
        assert kinds == ["cs.identity", "municipality.annex", "addressee.difference"]
        body = register.body(again.change, "cs.identity")
        assert body["header"]["act"]["code"] == "correct"
        assert body["person"]["address"] == "架空県架空市東町9番1号"


def test_cancelling_what_was_told_by_an_earlier_system(register: Register) -> None:
    """A change without messages here is told by what the cancellation restores."""
    there = residents.resident(register.session, **numbers(register.keyring, 5001))
    left = residents.change(register.session, R.MOVE_OUT_DOMESTIC)
    gone = residents.next_snapshot(register.session, there, left, state=ResidentState.MOVED_OUT)
    back_again = register.change(gone, R.CANCEL_INCREASE, cancels=left, state=ResidentState.RESIDENT)
    assert register.kinds(back_again.change) == ["cs.identity", "annex.address", "addressee.difference"]
    assert register.body(back_again.change, "cs.identity")["header"]["act"]["code"] == "record"


def test_a_removed_record_is_told_with_its_removal(register: Register) -> None:
    moved = register.move_in()
    gone = register.change(
        moved, R.MOVE_OUT_ABROAD, state=ResidentState.MOVED_OUT, planned_destination="フランス",
        removal_occurred_on=DateValue.of(dt.date(2026, 11, 20)), removed_on=dt.date(2026, 11, 24),
    )  # fmt: skip
    body = register.body(gone.change, "municipality.annex")
    assert body["person"]["planned_destination"] == "フランス"
    assert body["person"]["removal_occurred_on"]["day"] == "2026-11-20"
    assert register.body(gone.change, "cs.identity")["header"]["cs_reason"]["label"] == "転出"
