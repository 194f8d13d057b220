"""転出証明書情報 that came ahead of the visit (RR-4.1.1.3): kept, listed by family, made into a move-in.

The register is written from it.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from residentapp.core import audit
from residentapp.core.audit.models import AuditEntry
from residentapp.core.dates import DateValue
from residentapp.core.numbering import RESIDENT_CODE
from residentapp.residents import history
from residentapp.residents.cases import operations, queries
from residentapp.residents.cases.types import CaseState, SaveEntry, Withdraw
from residentapp.residents.move_in.models import ReceivedCertificate
from residentapp.residents.move_in.payload import decode, encode
from residentapp.residents.move_in.re_entry import take_over
from residentapp.residents.move_in.received import (
    ReceivedChanged,
    ReceivedUnreadable,
    count_waiting,
    handle_move_out_certificate,
    leave_out,
    payload_of_bodies,
    start_from_received,
    waiting,
)
from residentapp.residents.move_in.types import MoveInEntry, ReceivedState
from residentapp.residents.search import index
from residentapp.residents.types import ChangeReason, ForeignCategory, ResidentState, Sex
from tests.residents.move_in.cases import TOWN_CODE, confirmed, individual_number, resident_code
from tests.residents.move_in.conftest import MoveInOffice
from tests.support import residents


def body(place: int = 1, **person: Any) -> dict[str, Any]:
    """What 見本県隣市 sends of a Japanese resident; ``person`` replaces its items."""
    told: dict[str, Any] = {
        "resident_kind": {"code": "japanese", "label": "日本人住民"},
        "name": "渡邉\U000e010f　𠮷男",
        "name_kana": "ワタナベ　ヨシオ",
        "birth_date": {"day": "1988-02-29", "text": "昭和63年2月29日"},
        "sex": {"code": "male", "label": "男"},
        "head_name": "渡邉\U000e010f　𠮷男",
        "relationship_to_head": "世帯主",
        "registered_domicile": "見本県隣市南町5番",
        "register_head": "渡邉\U000e010f　𠮷男",
        "postal_code": "9700001",
        "address_code": "97201001000",
        "address": "見本県隣市北町9番9号",
        "building": "北荘101号",
        "planned_destination": "架空県架空市本町一丁目8番8号　新荘202号",
        "planned_destination_code": TOWN_CODE,
        "planned_destination_postal_code": "0000001",
        "removal_occurred_on": {"day": "2026-11-20", "text": "令和8年11月20日"},
        "resident_code": resident_code(7000 + place),
        "individual_number": individual_number(7000 + place),
        "health_insurance_insured": True,
        "elderly_care_insured": False,
        "health_insurance_acquired_on": {"day": "2020-04-01", "text": "令和2年4月1日"},
        "child_allowance_from": "2026-04",
    }
    header = {
        "act": {"code": "remove"},
        "moved_on": {"day": "2026-11-20"},
        "municipality_name": "見本県隣市",
        "municipality_code": "972018",
    }
    return {"header": header, "person": {**told, **person}}


def wife(**person: Any) -> dict[str, Any]:
    told = {
        "name": "渡邉\U000e010f　﨑子",
        "name_kana": "ワタナベ　サキコ",
        "birth_date": {"day": "1990-07-15", "text": "平成2年7月15日"},
        "sex": {"code": "female"},
        "relationship_to_head": "妻",
    }
    return body(2, **{**told, **person})


def receive(office: MoveInOffice, *bodies: dict[str, Any]) -> None:
    for each in bodies:
        assert (
            handle_move_out_certificate(office.session, office.clerk, office.keyring, each, office.now)
            is None
        )


def begun(office: MoveInOffice) -> Any:
    """The case begun with the only family that waits, and its payload."""
    [family] = waiting(office.session, office.keyring)
    case = start_from_received(office.session, office.clerk, office.keyring, family.ids, now=office.now)
    return case, queries.payload_of(office.keyring, case)


def provisional(office: MoveInOffice, case: Any, entry: MoveInEntry) -> Any:
    """The case waiting for its approval, every alert confirmed: also those that compare with the papers."""
    payload = replace(queries.payload_of(office.keyring, case), entry=entry)
    command = SaveEntry(office.seen(case), confirmed(entry, office.found(case, payload)))
    return operations.register_provisionally(
        office.session, office.clerk, office.keyring, command, now=office.now
    )


def test_a_family_is_one_line_and_nothing_is_readable_in_the_table(office: MoveInOffice) -> None:
    receive(
        office, wife(), body(), body(9, name="別人　一", head_name="別人　一", address="見本県隣市南町1番")
    )
    lines = waiting(office.session, office.keyring)
    assert [line.names for line in lines] == [
        ("渡邉\U000e010f　𠮷男", "渡邉\U000e010f　﨑子"),
        ("別人　一",),
    ]
    assert (lines[0].sender, lines[0].planned_on) == ("見本県隣市", "令和8年11月20日")
    assert count_waiting(office.session) == 2
    stored = office.session.query(ReceivedCertificate).first()
    assert stored is not None and "渡邉".encode() not in stored.body_cipher
    audit.write_pending(office.session)
    entry = office.session.query(AuditEntry).filter_by(action="転出証明書情報の受信").first()
    assert entry is not None and entry.individual_number


def test_one_body_for_a_family(office: MoveInOffice) -> None:
    """引越しワンストップ may deliver the people together."""
    together = {"header": body()["header"], "people": [body()["person"], wife()["person"]]}
    receive(office, together)
    [family] = waiting(office.session, office.keyring)
    assert len(family.ids) == 2


def test_what_is_sent_again_takes_its_place_and_what_is_taken_back_is_gone(office: MoveInOffice) -> None:
    receive(office, body(), body(name="渡辺　𠮷男"))
    [family] = waiting(office.session, office.keyring)
    assert family.names == ("渡辺　𠮷男",)
    states = [row.state for row in office.session.query(ReceivedCertificate).order_by(ReceivedCertificate.id)]
    assert states == [ReceivedState.REPLACED, ReceivedState.WAITING]
    cancel = body()
    cancel["header"]["act"]["code"] = "cancel"
    receive(office, cancel)
    assert waiting(office.session, office.keyring) == []


@pytest.mark.parametrize(
    "wrong", [{}, {"person": {}}, {"person": {"name": " "}}, {"people": []}, {"person": "x"}]
)
def test_a_body_that_names_nobody_is_refused(office: MoveInOffice, wrong: dict[str, Any]) -> None:
    with pytest.raises(ReceivedUnreadable):
        receive(office, wrong)
    assert count_waiting(office.session) == 0


@pytest.mark.requirement("RR-4.1.1.3", partial=True)
def test_the_entry_holds_what_was_received_beside_its_papers(office: MoveInOffice) -> None:
    receive(office, wife(), body())
    case, payload = begun(office)
    entry, papers = payload.entry, payload.papers
    assert (entry.moved_on, entry.notified_on) == ("", "令和8年11月24日")
    assert (entry.town, entry.lot, entry.building) == ("架空県架空市本町一丁目", "8番8号", "新荘202号")
    assert (entry.address_code, entry.postal_code) == (TOWN_CODE, "0000001")
    head = entry.members[0]
    assert (head.name, head.relationship, head.birth_date, head.sex) == (
        "渡邉\U000e010f　𠮷男", "世帯主", "昭和63年2月29日", "male",
    )  # fmt: skip
    assert head.previous_address == "見本県隣市北町9番9号　北荘101号"
    assert (head.previous_head_name, head.previous_postal_code) == ("渡邉\U000e010f　𠮷男", "9700001")
    assert (head.health_insurance_insured, head.elderly_care_insured) == ("yes", "no")
    assert head.health_insurance_acquired_on == "令和2年4月1日"
    assert head.individual_number == individual_number(7001)
    assert papers[head.key]["registered_domicile"] == "見本県隣市南町5番"
    assert papers[""]["転出予定年月日"] == "令和8年11月20日"
    assert (payload.special, payload.source) == (True, "転出証明書情報")
    assert decode(encode(payload)) == payload
    assert count_waiting(office.session) == 0
    assert case.procedure == "move_in"


@pytest.mark.requirement("RR-4.1.1.3")
def test_from_what_was_received_into_the_register_with_a_correction(office: MoveInOffice) -> None:
    """Every reflected item can be changed: here the 続柄 and the 方書; then the road as for any move-in."""
    receive(office, wife(), body())
    case, payload = begun(office)
    members = tuple(
        replace(member, relationship="妻（未届）") if member.relationship == "妻" else member
        for member in payload.entry.members
    )
    entry = replace(payload.entry, members=members, moved_on="令和8年11月21日", building="新荘203号")
    office.save(case, entry)
    registered = office.approve(provisional(office, case, entry))
    rows = history.household_members(office.session, registered.household_number)
    assert [row.relationship_to_head for row in rows] == ["世帯主", "妻（未届）"]
    assert {row.building for row in rows} == {"新荘203号"}
    assert rows[0].previous_address == "見本県隣市北町9番9号　北荘101号"
    assert rows[0].resident_code_hash == office.keyring.lookup_hash(
        resident_code(7001), context=RESIDENT_CODE
    )
    assert registered.reason_label == ChangeReason.MOVE_IN_DOMESTIC.label
    assert waiting(office.session, office.keyring) == []


def test_a_foreign_resident_and_days_without_writing(office: MoveInOffice) -> None:
    foreign = body(
        3, resident_kind={"code": "foreign"}, name="張　玉蓮", name_alphabet="ZHANG YULIN",
        birth_date={"day": "1990-04-03"}, became_foreign_resident_on={"day": "2018-04-01"},
        foreign_category={"code": "mid_to_long_term"}, nationality="架空国", residence_status="技術",
        residence_period="3年", residence_expires_on={"day": "2028-05-01"}, residence_card_number="AB12345678CD",
        previous_aliases=["架空　玲　令和2年記載", ""], registered_domicile="外国人には無い",
    )  # fmt: skip
    payload = payload_of_bodies(office.session, [foreign], today=dt.date(2026, 11, 24))
    [member] = payload.entry.members
    assert member.is_foreign and member.registered_domicile == ""
    assert (member.birth_date, member.became_foreign_resident_on) == ("1990年4月3日", "平成30年4月1日")
    assert member.foreign_category == ForeignCategory.MID_TO_LONG_TERM
    assert member.residence_expires_on == "2028年5月1日"
    assert member.previous_aliases == "架空　玲　令和2年記載"


def test_a_destination_elsewhere_or_unknown_fills_no_address(office: MoveInOffice) -> None:
    for told in (
        {"planned_destination": "見本県隣市北町", "planned_destination_code": "97201001000"},
        {"planned_destination": "架空県架空市本町一丁目", "planned_destination_code": ""},
        {"planned_destination": ""},
    ):
        payload = payload_of_bodies(office.session, [body(**told)], today=dt.date(2026, 11, 24))
        assert (payload.entry.town, payload.entry.lot) == ("", "")


@pytest.mark.requirement("RR-4.1.1.2c")
def test_on_re_entry_what_was_received_wins_except_for_the_name(office: MoveInOffice) -> None:
    """Somebody who lived here before comes back: the own record's characters of the name.

    Everything else as received.
    """
    change = residents.change(office.session, ChangeReason.MOVE_IN_DOMESTIC)
    code = resident_code(7001)
    before = residents.resident(
        office.session, made_by=change, name="渡邉\U000e0110　𠮷男", name_kana="ワタナベ　ヨシオ",
        birth_date=DateValue.of(dt.date(1988, 2, 29)), sex=Sex.MALE, registered_domicile="架空県架空市旧町1番",
        health_insurance_insured=False, pension_number="0123456789",
        resident_code_cipher=office.keyring.encrypt(code, context=RESIDENT_CODE),
        resident_code_hash=office.keyring.lookup_hash(code, context=RESIDENT_CODE),
    )  # fmt: skip
    left = residents.change(office.session, ChangeReason.MOVE_OUT_DOMESTIC)
    residents.next_snapshot(
        office.session, before, left, state=ResidentState.MOVED_OUT, removal_reason="転出"
    )
    index.refresh(office.session, [before.addressee_number])
    receive(office, body())
    case, payload = begun(office)
    key = payload.entry.members[0].key
    found = office.findings(case, payload.entry)
    assert "MI-E060" in found

    taken = take_over(
        office.session, office.clerk, office.keyring, before.addressee_number, payload.entry, key,
        now=office.now, special=True,
    )  # fmt: skip

    [member] = taken.members
    assert member.re_entry == before.addressee_number
    assert member.name == "渡邉\U000e0110　𠮷男"
    assert member.registered_domicile == "見本県隣市南町5番"
    assert member.health_insurance_insured == "yes"
    assert member.pension_number == "0123456789"
    entry = replace(taken, moved_on="令和8年11月21日")
    office.save(case, entry)
    registered = office.approve(provisional(office, case, entry))
    row = history.latest(office.session, before.addressee_number)
    assert registered.numbers == (before.addressee_number,)
    assert row is not None and (row.history_number, row.name) == (3, "渡邉\U000e0110　𠮷男")


def test_a_family_is_taken_in_once_and_waits_again_when_the_case_is_withdrawn(office: MoveInOffice) -> None:
    receive(office, body())
    [family] = waiting(office.session, office.keyring)
    case, _payload = begun(office)
    for act in (
        lambda: start_from_received(office.session, office.clerk, office.keyring, family.ids, now=office.now),
        lambda: leave_out(office.session, office.clerk, family.ids, "取りやめ", now=office.now),
        lambda: leave_out(office.session, office.clerk, [], "取りやめ", now=office.now),
    ):
        with pytest.raises(ReceivedChanged):
            act()
    operations.withdraw(
        office.session, office.clerk, office.keyring, Withdraw(office.seen(case), "誤り"), now=office.now
    )
    assert case.state is CaseState.WITHDRAWN
    [again] = waiting(office.session, office.keyring)
    assert again.ids == family.ids
    with pytest.raises(ValueError, match="理由"):
        leave_out(office.session, office.clerk, again.ids, "", now=office.now)
    leave_out(office.session, office.clerk, again.ids, "転入を取りやめた", now=office.now)
    assert count_waiting(office.session) == 0
