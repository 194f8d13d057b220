"""決裁 and 本登録: what reaches the register, who may do it, and that nothing is doubled or half done."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from residentapp.core import numbering
from residentapp.core.access.permissions import Permission
from residentapp.core.audit import write_pending
from residentapp.core.audit.models import AuditEntry
from residentapp.core.dates import DateValue
from residentapp.core.numbering import INDIVIDUAL_NUMBER, RESIDENT_CODE
from residentapp.residents import history
from residentapp.residents.cases.errors import (
    CaseRefused,
    EntryRefused,
)
from residentapp.residents.cases.models import ChangeCase, ChangeCaseNumber
from residentapp.residents.cases.operations import withdraw
from residentapp.residents.cases.queries import payload_of
from residentapp.residents.cases.types import CaseState, Withdraw
from residentapp.residents.locks import EditLock
from residentapp.residents.models import IntegratedRemark, ResidentHistory
from residentapp.residents.move_in import edits, operations, queries
from residentapp.residents.move_in.types import MoveInKind, Scope
from residentapp.residents.search import index
from residentapp.residents.search import queries as search_queries
from residentapp.residents.search.types import SearchQuery
from residentapp.residents.types import ChangeReason, RemarkKind, ResidentState
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
from tests.support.residents import change, family, household, next_snapshot, protect, resident


def current(office: MoveInOffice, number: str) -> ResidentHistory:
    found = history.latest(office.session, number)
    assert found is not None
    return found


def remarks(office: MoveInOffice, number: str) -> dict[RemarkKind, str]:
    found = office.session.scalars(
        select(IntegratedRemark).where(IntegratedRemark.addressee_number == number)
    )
    return {remark.kind: remark.text for remark in found}


# ---- 全部: a household of their own


@pytest.mark.requirement("RR-4.0.2a", "RR-4.0.8d", "RR-4.1.0.1a", "RR-1.2.1a", "RR-1.2.1b", partial=True)
def test_a_family_reaches_the_register(office: MoveInOffice) -> None:
    made = entry(child("m1"), person("m2"), wife("m3", former_name="辻\U000e0102", former_name_kana="ツジ"))
    registered = office.register(made)
    members = history.household_members(office.session, registered.household_number)
    assert [member.relationship_to_head for member in members] == ["世帯主", "妻", "子"]
    assert [member.member_order for member in members] == [1, 2, 3]
    assert [current(office, number).name for number in registered.numbers] == [
        person().name,
        wife().name,
        child().name,
    ]
    head = members[0]
    assert head.name == "渡邉\U000e010f　𠮷男"
    assert (head.address, head.building) == ("架空県架空市本町一丁目8番3号", None)
    assert (head.postal_code, head.address_code) == ("0000001", "98201001001")
    assert {member.head_name for member in members} == {head.name}
    assert members[1].former_name == "辻\U000e0102"
    assert head.became_resident_on == DateValue.of(dt.date(2026, 11, 20))
    assert head.state is ResidentState.RESIDENT
    assert (head.history_number, head.is_latest) == (1, True)
    done = head.change
    assert (done.reason, done.processed_on, done.notified_on) == (
        ChangeReason.MOVE_IN_DOMESTIC,
        dt.date(2026, 11, 24),
        dt.date(2026, 11, 24),
    )
    assert (done.office_name, done.terminal_name, done.entered_by) == ("本庁", "窓口1番", "clerk1")
    assert {member.change_id for member in members} == {done.id}
    case = office.session.scalars(select(ChangeCase)).one()
    assert (case.state, case.payload, case.finalized_on) == (CaseState.FINAL, None, dt.date(2026, 11, 24))
    assert (done.case_id, registered.change_ids) == (case.id, (done.id,))
    assert office.session.scalars(select(EditLock)).all() == []
    assert office.session.scalars(select(ChangeCaseNumber)).all() == []


@pytest.mark.requirement("RR-4.1.1.1", partial=True)
def test_the_day_of_the_address_is_the_day_of_becoming_a_resident(office: MoveInOffice) -> None:
    registered = office.register(entry(person(became_resident_on="令和8年11月頃")))
    recorded = current(office, registered.numbers[0])
    assert recorded.became_resident_on is not None
    assert recorded.became_resident_on.writing == "令和8年11月頃"
    assert recorded.address_set_on == recorded.became_resident_on


@pytest.mark.requirement("RR-1.1.2a", "RR-1.1.2b", partial=True)
def test_a_foreign_resident(office: MoveInOffice) -> None:
    registered = office.register(entry(foreigner(alias="髙橋　安", alias_kana="タカハシ　アン")))
    recorded = current(office, registered.numbers[0])
    assert recorded.display_name == "NGUYEN VAN AN" == recorded.head_name
    assert recorded.birth_date.writing == "1987年11月3日"
    assert recorded.became_resident_on is None
    assert recorded.became_foreign_resident_on == DateValue.of(dt.date(2015, 6, 1))
    assert recorded.address_set_on == DateValue.of(dt.date(2026, 11, 20))
    assert recorded.residence_expires_on == dt.date(2029, 5, 31)
    assert recorded.alias == "髙橋　安"


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        pytest.param(
            MoveInKind.ARTICLE_30_46, "転入（法第30条の46）", marks=pytest.mark.requirement("RR-4.5.1")
        ),
        pytest.param(
            MoveInKind.ARTICLE_30_47, "中長期在留者等となったため記載（法第30条の47）",
            marks=pytest.mark.requirement("RR-4.5.2"),
        ),
    ],
)  # fmt: skip
def test_article_30_is_held_as_a_move_from_abroad(office: MoveInOffice, kind: MoveInKind, said: str) -> None:
    member = foreigner(previous_address="", became_foreign_resident_on="", resident_code="")
    registered = office.register(entry(member, kind=kind))
    recorded = current(office, registered.numbers[0])
    assert recorded.change.reason is ChangeReason.MOVE_IN_ABROAD
    assert recorded.previous_address is None
    assert recorded.became_foreign_resident_on == DateValue.of(dt.date(2026, 11, 20))
    assert remarks(office, recorded.addressee_number)[RemarkKind.HISTORY] == (
        f"令和8年11月20日　{said}　令和8年11月24日届出"
    )


@pytest.mark.requirement("RR-1.1.1a", "RR-1.1.8c", partial=True)
def test_items_are_held_as_their_kind(office: MoveInOffice) -> None:
    member = person(
        birth_date="1988-02-29",
        health_insurance_insured="yes",
        health_insurance_acquired_on="R8.11.20",
        child_allowance_from="令和8年12月",
        pension_kind="1",
        on_electoral_roll="no",
        name_kana="わたなべ よしお",
        name_kana_confirmed="1",
        previous_postal_code="000-1234",
        remark="備考の文",
    )
    registered = office.register(entry(member))
    recorded = current(office, registered.numbers[0])
    assert recorded.birth_date.writing == "昭和63年2月29日"
    assert (recorded.health_insurance_insured, recorded.on_electoral_roll) == (True, False)
    assert recorded.health_insurance_acquired_on == dt.date(2026, 11, 20)
    assert recorded.child_allowance_from == "2026-12"
    assert (recorded.name_kana, recorded.name_kana_confirmed) == ("ワタナベ　ヨシオ", True)
    assert recorded.previous_postal_code == "0001234"
    assert remarks(office, recorded.addressee_number)[RemarkKind.REMARK] == "備考の文"


@pytest.mark.requirement("RR-1.1.14a", "RR-1.1.14b", partial=True)
def test_the_change_history_is_written_by_itself(office: MoveInOffice) -> None:
    registered = office.register(entry())
    assert remarks(office, registered.numbers[0]) == {
        RemarkKind.HISTORY: "令和8年11月20日　例示県見本市緑町二丁目5番7号から転入　令和8年11月24日届出"
    }


@pytest.mark.requirement("RR-4.1.1.4")
def test_an_unreported_address_between(office: MoveInOffice) -> None:
    registered = office.register(entry(person(unreported_address="例示県途中市1番2号")))
    recorded = current(office, registered.numbers[0])
    assert recorded.previous_address == "例示県途中市1番2号（未届）"
    assert recorded.last_registered_address == "例示県見本市緑町二丁目5番7号"
    note = remarks(office, recorded.addressee_number)[RemarkKind.NOTE]
    assert "未届転入" in note and "例示県途中市1番2号（未届）" in note


@pytest.mark.requirement("RR-1.1.10", partial=True)
def test_a_household_without_a_head(office: MoveInOffice) -> None:
    registered = office.register(entry(wife("m1"), child("m2")))
    members = history.household_members(office.session, registered.household_number)
    assert [member.head_name for member in members] == [None, None]


# ---- numbers


@pytest.mark.requirement("CM-7", partial=True)
def test_numbers_are_encrypted_and_can_be_looked_up(office: MoveInOffice) -> None:
    registered = office.register(entry())
    recorded = current(office, registered.numbers[0])
    assert recorded.individual_number_cipher is not None and recorded.resident_code_cipher is not None
    keyring = office.keyring
    number = keyring.decrypt_text(recorded.individual_number_cipher, context=INDIVIDUAL_NUMBER)
    assert number == individual_number(1001)
    assert recorded.resident_code_hash == keyring.lookup_hash(resident_code(1001), context=RESIDENT_CODE)


@pytest.mark.requirement("RR-1.1.13a", partial=True)
def test_numbers_have_no_gap_although_cases_were_withdrawn(office: MoveInOffice) -> None:
    first = office.register(entry(person(), wife()))
    lost = office.provisional(
        entry(
            person(
                name="消える　人",
                register_head="なし",
                individual_number=individual_number(8),
                resident_code=resident_code(8),
            )
        )
    )
    withdraw(
        office.session,
        office.clerk,
        office.keyring,
        Withdraw(office.seen(lost), "取りやめ"),
        now=office.now,
    )
    second = office.register(entry(foreigner()))
    bodies = [int(number[:-1]) for number in (*first.numbers, *second.numbers)]
    assert bodies == list(range(bodies[0], bodies[0] + 3))
    assert int(second.household_number[:-1]) == int(first.household_number[:-1]) + 1


@pytest.mark.requirement("RR-4.3.1a", partial=True)
@pytest.mark.requirement("RR-4.3.1b")
def test_a_code_is_drawn_for_those_without_one_and_a_low_stock_is_told(office: MoveInOffice) -> None:
    """Ten free codes, told below three: the eighth draw leaves two."""
    people = [person("m1", resident_code="")] + [
        person(f"m{place}", name=f"同居　{place}", relationship="同居人", resident_code="")
        for place in range(2, 8)
    ]
    seven = office.register(entry(*people))
    assert (seven.codes_left, seven.codes_low) == (3, False)
    codes = {current(office, number).resident_code_hash for number in seven.numbers}
    assert len(codes) == 7 and None not in codes
    eighth = office.register(entry(foreigner(resident_code="")))
    assert (eighth.codes_left, eighth.codes_low) == (2, True)
    assert not office.register(
        entry(wife("m9", relationship="世帯主", individual_number=individual_number(9)))
    ).codes_low


def test_an_empty_stock_stops_the_approval_with_a_clear_word(office: MoveInOffice) -> None:
    numbering.draw_codes(office.session, office.keyring, 10, moment=office.now)
    case = office.provisional(entry(person(resident_code="")))
    with pytest.raises(CaseRefused, match="空きコード"), office.session.begin_nested():
        office.approve(case)
    office.session.refresh(case)
    assert case.state is CaseState.PROVISIONAL


def test_a_code_that_came_along_leaves_the_stock(office: MoveInOffice) -> None:
    before = numbering.free_codes(office.session)
    office.register(entry(person(resident_code="99000000003")))
    assert numbering.free_codes(office.session) == before - 1


# ---- 一部: into an existing household


@pytest.mark.requirement("RR-4.0.2a", "RR-5.2e", partial=True)
def test_people_who_join_go_last(office: MoveInOffice) -> None:
    existing = family(
        office.session,
        {"birth_date": DateValue.of(dt.date(1955, 5, 5)), "building": "本町荘101"},
        {"name": "架空　花子", "relationship_to_head": "妻", "birth_date": DateValue.of(dt.date(1957, 7, 7))},
    )
    home = existing[0].household_number
    made = entry(
        child("m1", relationship="子の子"),
        person("m2", relationship="子"),
        scope=Scope.PART,
        household_number=home,
        town="",
        lot="",
    )
    registered = office.register(made)
    assert registered.household_number == home
    members = history.household_members(office.session, home)
    assert [member.relationship_to_head for member in members] == ["世帯主", "妻", "子", "子の子"]
    assert [member.member_order for member in members] == [1, 2, 3, 4]
    joined = members[2]
    assert (joined.address, joined.building) == (existing[0].address, "本町荘101")
    assert joined.head_name == "架空　太郎"
    assert [member.history_number for member in members[:2]] == [1, 1], "nobody else's record changes"


def test_the_household_may_have_moved_out_meanwhile(office: MoveInOffice) -> None:
    """The rules are asked again at the approval."""
    [head] = family(office.session, {"birth_date": DateValue.of(dt.date(1955, 5, 5))})
    made = entry(person(relationship="子"), scope=Scope.PART, household_number=head.household_number)
    case = office.provisional(made)
    gone = change(office.session, ChangeReason.DEATH)
    next_snapshot(office.session, head, gone, state=ResidentState.DEAD)
    with pytest.raises(EntryRefused) as refused, office.session.begin_nested():
        office.approve(case)
    assert [finding.code for finding in refused.value.open_findings] == ["MI-E021"]


# ---- 再転入


def moved_out(office: MoveInOffice, **values: Any) -> ResidentHistory:
    """Somebody who left, with the numbers of the entry's first person."""
    keyring = office.keyring
    default: dict[str, Any] = {
        "name": person().name,
        "birth_date": DateValue.of(dt.date(1988, 2, 29)),
        "individual_number_hash": keyring.lookup_hash(individual_number(1001), context=INDIVIDUAL_NUMBER),
        "individual_number_cipher": keyring.encrypt(individual_number(1001), context=INDIVIDUAL_NUMBER),
        "number_card_state": "交付済み",
        "planned_destination": "例示県秘密市1番地",
        "confirmed_destination": "例示県秘密市1番地",
    }
    there = resident(office.session, **(default | values))
    left = change(office.session, ChangeReason.MOVE_OUT_DOMESTIC)
    gone = next_snapshot(
        office.session,
        there,
        left,
        state=ResidentState.MOVED_OUT,
        removal_reason="転出",
        removed_on=dt.date(2026, 5, 1),
    )
    index.refresh(office.session, [gone.addressee_number])
    return gone


@pytest.mark.requirement("RR-4.1.1.2a", "RR-4.1.1.2c", partial=True)
def test_somebody_who_comes_back_continues_the_old_record(office: MoveInOffice) -> None:
    gone = moved_out(office)
    case = office.start(entry())
    assert office.findings(case, entry()) == ["MI-E060"], "new entry is barred"
    back = entry(person(re_entry=gone.addressee_number))
    registered = office.register(back)
    assert registered.numbers[0] == gone.addressee_number
    recorded = current(office, gone.addressee_number)
    assert recorded.history_number == gone.history_number + 1
    assert recorded.state is ResidentState.RESIDENT
    assert recorded.number_card_state == "交付済み"
    assert recorded.confirmed_destination is None and recorded.removed_on is None
    assert "再転入" in remarks(office, gone.addressee_number)[RemarkKind.NOTE]


@pytest.mark.requirement("RR-4.1.1.2b")
def test_the_three_items_are_an_alert_and_can_be_chosen(office: MoveInOffice) -> None:
    gone = moved_out(office, individual_number_hash=None, individual_number_cipher=None)
    case = office.start(entry())
    assert office.findings(case, entry()) == ["MI-A060"]
    for same in (
        person(name="渡邊 𠮷男", register_head="なし"),
        person(birth_date="1988-02-29"),
    ):
        assert office.findings(case, entry(same)) == ["MI-A060"]
    for other in (
        person(birth_date="昭和63年3月1日"),
        person(sex="female"),
        person(name="別人　太郎", register_head="なし"),
    ):
        assert office.findings(case, entry(other)) == []
    assert office.findings(case, entry(person(re_entry=gone.addressee_number))) == []


def test_somebody_who_lives_here_cannot_move_in(office: MoveInOffice) -> None:
    there = moved_out(office)
    back = change(office.session)
    next_snapshot(office.session, there, back, state=ResidentState.RESIDENT)
    case = office.start(entry())
    assert office.findings(case, entry()) == ["MI-E061"]
    assert office.findings(case, entry(person(re_entry=there.addressee_number))) == ["MI-E061", "MI-E062"]


def test_coming_back_twice_at_the_same_time_is_refused(office: MoveInOffice) -> None:
    gone = moved_out(office)
    case = office.provisional(entry(person(re_entry=gone.addressee_number)))
    back = change(office.session)
    next_snapshot(office.session, gone, back, state=ResidentState.RESIDENT)
    with pytest.raises(EntryRefused) as refused:
        office.approve(case)
    assert {"MI-E061", "MI-E062"} == {finding.code for finding in refused.value.open_findings}


@pytest.mark.requirement("RR-4.1.1.2c", partial=True)
def test_the_record_fills_blanks_and_leaves_what_was_typed(office: MoveInOffice) -> None:
    gone = moved_out(office, former_name="旧姓", name_kana="ワタナベ　キュウ")
    made = entry(person(former_name="", individual_number="", name_kana="ワタナベ　ヨシオ"))
    texts = operations.recorded_texts(
        office.session, office.clerk, office.keyring, gone.addressee_number, made, "m1"
    )
    taken = edits.take_over_record(made, "m1", gone.addressee_number, texts).members[0]
    assert taken.re_entry == gone.addressee_number
    assert (taken.former_name, taken.name_kana) == ("旧姓", "ワタナベ　ヨシオ")
    assert taken.individual_number == individual_number(1001)
    assert edits.drop_re_entry(entry(taken), "m1").members[0].re_entry == ""


@pytest.mark.requirement("CM-5.1", "RR-3.4a", partial=True)
def test_matching_never_tells_where_a_protected_person_went(office: MoveInOffice) -> None:
    household(office.session)  # so that 世帯番号 and 宛名番号 differ
    gone = moved_out(office)
    protect(office.session, gone)
    made = entry(person(former_name="", previous_address=""))
    case = office.start(made)
    found = office.found(case, payload_of(office.keyring, case))
    matches = queries.find_matches(office.session, office.keyring, made, now=office.now)
    shown = queries.records_shown(office.session, matches["m1"])
    texts = operations.recorded_texts(
        office.session, office.clerk, office.keyring, gone.addressee_number, made, "m1"
    )
    said = repr((found, matches, shown, texts))
    assert shown[0].supported
    for secret in ("秘密市", gone.address, gone.previous_address, gone.household_number):
        assert secret is not None and secret not in said
    assert "MI-A063" in office.findings(case, entry(person(re_entry=gone.addressee_number)))


def test_items_beyond_ones_rights_are_not_taken_over(office: MoveInOffice) -> None:
    gone = moved_out(office)
    blind = replace(office.clerk, permissions=frozenset({Permission.MOVE_IN_ENTER}))
    texts = operations.recorded_texts(
        office.session, blind, office.keyring, gone.addressee_number, entry(), "m1"
    )
    assert "name" in texts
    assert not {"individual_number", "resident_code", "registered_domicile"} & set(texts)


# ---- what follows


def test_the_people_are_found_at_once(office: MoveInOffice) -> None:
    def hits() -> int:
        page = search_queries.search(
            office.session,
            office.clerk,
            SearchQuery(kana="ワタナベ ヨシオ"),
            keyring=office.keyring,
            now=office.now,
        )
        return len(page.hits)

    case = office.provisional(entry())
    assert hits() == 0
    office.approve(case)
    assert hits() == 1


@pytest.mark.requirement("RR-10.2a", partial=True)
def test_the_log_tells_what_changed_but_no_number(office: MoveInOffice) -> None:
    gone = moved_out(office)
    office.register(entry(person(re_entry=gone.addressee_number)))
    write_pending(office.session)
    [line] = office.session.scalars(select(AuditEntry).where(AuditEntry.action == "転入の本登録")).all()
    assert line.subjects == [gone.addressee_number]
    changes = line.details["変更前後"][f"{gone.addressee_number}-3"]
    assert changes["state"] == ["moved_out", "resident"]
    assert changes["address"] == [gone.address, "架空県架空市本町一丁目8番3号"]
    assert individual_number(1001) not in str(line.details)
    assert line.individual_number and line.actor_login == "approver1"
