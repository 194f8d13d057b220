"""Every item that can be entered arrives in the register, whole and in its own column; and comes back on re-entry."""

from __future__ import annotations

import datetime as dt
from dataclasses import fields, replace
from typing import Any

import pytest
from sqlalchemy import select

from residentapp.core.access.permissions import Permission
from residentapp.core.dates import DateField, DateValue, parse_date
from residentapp.core.numbering import INDIVIDUAL_NUMBER, RESIDENT_CODE, ResidentCodeStock
from residentapp.residents import history
from residentapp.residents.cases.errors import EntryRefused
from residentapp.residents.history import ITEM_COLUMNS
from residentapp.residents.models import IntegratedRemark, ResidentHistory
from residentapp.residents.move_in import edits, operations, queries
from residentapp.residents.move_in.fields import ENTRY_ATTRIBUTES, MEMBER_FIELDS, PROOF_FIELDS
from residentapp.residents.move_in.types import MemberEntry, MoveInEntry, MoveInKind, Scope
from residentapp.residents.search import index
from residentapp.residents.types import (
    ChangeReason,
    ForeignCategory,
    PensionKind,
    RemarkKind,
    ResidentKind,
    ResidentState,
    Sex,
)
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
from tests.support.residents import change, household, next_snapshot, resident


def day(text: str, field: DateField = DateField.OTHER) -> DateValue:
    return parse_date(text, field)


#: What is typed, and what the column of the same name holds then. Every value differs from every other, so that no
#: item can arrive in another's place unseen.
COMMON: dict[str, tuple[str, Any]] = {
    "name": ("邉\U000e010f田　﨑", "邉\U000e010f田　﨑"),
    "name_kana": ("へんた　さき", "ヘンタ　サキ"),
    "name_kana_confirmed": ("1", True),
    "sex": ("female", Sex.FEMALE),
    "previous_postal_code": ("000-4321", "0004321"),
    "previous_address_code": ("98202003004", "98202003004"),
    "previous_address": (
        "例示県見本市葛\U000e0102町3番4号　見本荘101",
        "例示県見本市葛\U000e0102町3番4号　見本荘101",
    ),
    "previous_head_name": ("前　世帯主", "前　世帯主"),
    "health_insurance_insured": ("yes", True),
    "health_insurance_acquired_on": ("令和2年1月1日", dt.date(2020, 1, 1)),
    # The day after the move: the day on which the former municipality's insurance ends.
    "health_insurance_lost_on": ("令和8年11月25日", dt.date(2026, 11, 25)),
    "elderly_care_insured": ("no", False),
    "elderly_care_acquired_on": ("令和2年3月3日", dt.date(2020, 3, 3)),
    "elderly_care_lost_on": ("令和2年4月4日", dt.date(2020, 4, 4)),
    "long_term_care_insured": ("yes", True),
    "long_term_care_acquired_on": ("令和2年5月5日", dt.date(2020, 5, 5)),
    "long_term_care_lost_on": ("令和2年6月6日", dt.date(2020, 6, 6)),
    "pension_insured": ("no", False),
    "pension_number": ("1234-567890", "1234567890"),
    "pension_kind": ("3", PensionKind.THIRD),
    "pension_kind_changed_on": ("令和2年7月7日", dt.date(2020, 7, 7)),
    "pension_acquired_on": ("令和2年8月8日", dt.date(2020, 8, 8)),
    "pension_lost_on": ("令和2年9月9日", dt.date(2020, 9, 9)),
    "child_allowance_from": ("令和3年10月", "2021-10"),
    "child_allowance_to": ("R4.11", "2022-11"),
    "adult_guardianship": ("no", False),
    "number_card_state": ("交付済み", "交付済み"),
    "basic_card_state": ("回収済み", "回収済み"),
    "signature_certificate_serial": ("0A1B2C3D", "0A1B2C3D"),
    "user_certificate_serial": ("1B2C3D4E", "1B2C3D4E"),
}
JAPANESE: dict[str, tuple[str, Any]] = COMMON | {
    "former_name": ("辻\U000e0103", "辻\U000e0103"),
    "former_name_kana": ("ﾂｼﾞ", "ツジ"),
    "former_name_kana_confirmed": ("1", True),
    "birth_date": ("平成元年2月29日", day("平成元年2月29日", DateField.BIRTH)),
    "registered_domicile": ("例示県見本市本籍町9番", "例示県見本市本籍町9番"),
    "register_head": ("筆頭　太郎", "筆頭　太郎"),
    "became_resident_on": ("令和8年11月頃", day("令和8年11月頃", DateField.EVENT)),
    "on_electoral_roll": ("no", False),
}
FOREIGN: dict[str, tuple[str, Any]] = COMMON | {
    "name_alphabet": ("BIAN TIAN QI", "BIAN TIAN QI"),
    "alias": ("辺田　咲", "辺田　咲"),
    "alias_kana": ("へた　さく", "ヘタ　サク"),
    "alias_kana_confirmed": ("1", True),
    "birth_date": ("平成2年3月4日", day("1990年3月4日", DateField.BIRTH)),
    "became_foreign_resident_on": ("平成25年2月29日", day("平成25年2月29日", DateField.EVENT)),
    "foreign_category": ("mid_to_long_term", ForeignCategory.MID_TO_LONG_TERM),
    "nationality": ("中国", "中国"),
    "nationality_code": ("chn", "CHN"),
    "residence_status": ("留学", "留学"),
    "residence_period": ("4年3月", "4年3月"),
    "residence_expires_on": ("2029年1月15日", dt.date(2029, 1, 15)),
    "residence_card_number": ("ＡＢ１２３４５６７８ＣＤ", "AB12345678CD"),
    "special_permanent_number": ("ef87654321gh", "EF87654321GH"),
    "former_registration_on": ("平成20年 月日不詳", day("平成20年 月日不詳", DateField.FORMER_REGISTRATION)),
    "residence_notified": ("no", False),
    "landing_permit_move_in": ("yes", True),
    "alias_recorded_on": ("令和1年6月1日", dt.date(2019, 6, 1)),
    "alias_recorded_municipality": ("例示県見本市", "例示県見本市"),
    "alias_recorded_code": ("982021", "982021"),
    "alias_deleted_on": ("令和元年7月2日", dt.date(2019, 7, 2)),
    "alias_deleted_municipality": ("例示県途中市", "例示県途中市"),
    "alias_deleted_code": ("982030", "982030"),
    "previous_aliases": ("一つ目の通称\n二つ目の通称", ["一つ目の通称", "二つ目の通称"]),
}
SAMPLES = {ResidentKind.JAPANESE: JAPANESE, ResidentKind.FOREIGN: FOREIGN}

#: Entered, but held otherwise than in a column of the same name; each has an assertion of its own below.
ELSEWHERE = {"relationship", "individual_number", "resident_code", "unreported_address", "adoption", "remark"}
#: Items that belong to the place and the household, which all people of a case share.
SHARED = {
    "household_number", "member_order", "head_name", "relationship_to_head", "postal_code", "address_code", "address",
    "building", "notified_on",
}  # fmt: skip
#: Items that no move-in enters: they follow from it, come with a later change, or from other systems.
NOT_ENTERED = {
    "resident_kind", "state", "address_set_on", "last_registered_address", "individual_number_cipher",
    "individual_number_hash", "resident_code_cipher", "resident_code_hash", "removal_reason", "removal_occurred_on",
    "planned_destination", "planned_destination_code", "planned_destination_postal_code", "confirmed_destination",
    "confirmed_destination_code", "confirmed_destination_postal_code", "removal_notified_on", "move_in_notice_on",
    "moved_out_on", "removed_on", "rebuilt_on", "number_card_state", "basic_card_state",
    "signature_certificate_serial", "user_certificate_serial",
}  # fmt: skip


def full_member(kind: ResidentKind, **values: str) -> MemberEntry:
    """A person with every item that the kind has."""
    typed = {name: text for name, (text, _held) in SAMPLES[kind].items()}
    numbers = {"individual_number": individual_number(5), "resident_code": resident_code(5)}
    return replace(
        MemberEntry(key="m1", resident_kind=kind),
        **(typed | numbers | {"relationship": "世帯主", "remark": "備考一\n備考二"} | values),  # type: ignore[arg-type]
    )


def current(office: MoveInOffice, number: str) -> ResidentHistory:
    found = history.latest(office.session, number)
    assert found is not None
    return found


def test_no_item_is_forgotten_by_this_table() -> None:
    """A new field of the entry, or a new column of the register, has to be put into the table above."""
    for kind, samples in SAMPLES.items():
        # What proves a 続柄 is kept with the change, not in the record (tests/residents/move_in/test_kinship.py).
        having = {spec.name for spec in MEMBER_FIELDS if spec.belongs_to(kind)} - set(PROOF_FIELDS)
        assert having == set(samples) | ELSEWHERE
    assert {spec.name for spec in MEMBER_FIELDS} == set(ENTRY_ATTRIBUTES)
    assert set(JAPANESE) | set(FOREIGN) | SHARED | NOT_ENTERED == set(ITEM_COLUMNS)
    texts = [text for text, held in FOREIGN.values() if held not in (True, False)]
    assert len(set(texts)) == len(texts)


#: Columns that nobody types at a move-in: where the person stands, the keyed forms of the numbers that are typed, what
#: only a 除票 has, and the 住所を定めた年月日, which is the 住民となった年月日.
NOT_TYPED = frozenset(
    {
        "state", "household_number", "member_order", "head_name", "individual_number_cipher",
        "individual_number_hash", "resident_code_cipher", "resident_code_hash", "address_set_on", "rebuilt_on",
        "removal_reason", "removal_occurred_on", "removal_notified_on", "removed_on", "moved_out_on",
        "move_in_notice_on", "planned_destination", "planned_destination_code", "planned_destination_postal_code",
        "confirmed_destination", "confirmed_destination_code", "confirmed_destination_postal_code",
    }
)  # fmt: skip
#: Columns under another name than their field, and what a field of the household fills.
TYPED_AS = {
    "resident_kind": "resident_kind",
    "relationship_to_head": "relationship",
    "last_registered_address": "unreported_address",
    "address": "town",
    "building": "building",
    "postal_code": "postal_code",
    "address_code": "address_code",
    "notified_on": "notified_on",
}


@pytest.mark.requirement("RR-4.1.1.1")
def test_every_item_but_the_day_of_the_address_can_be_typed() -> None:
    """A column that is added to the record is asked for too, or stands in the list above with its reason."""
    typed = {field.name for field in MEMBER_FIELDS}
    assert set(ITEM_COLUMNS) - typed - NOT_TYPED == set(TYPED_AS)
    attributes = {item.name for item in (*fields(MemberEntry), *fields(MoveInEntry))}
    assert set(TYPED_AS.values()) <= attributes
    assert "address_set_on" not in attributes and not NOT_TYPED & typed
    assert {"individual_number", "resident_code", "remark"} <= typed


@pytest.mark.requirement(
    "RR-4.1.1.1", "RR-1.1.1a", "RR-1.1.1c", "RR-1.1.2a", "RR-1.1.2b", "RR-1.1.2c", partial=True
)
@pytest.mark.parametrize("kind", list(ResidentKind))
def test_every_item_arrives_whole_in_its_own_column(office: MoveInOffice, kind: ResidentKind) -> None:
    made = entry(full_member(kind), postal_code="000-0001", lot="8番3号", building="架空荘　202号室")
    registered = office.register(made)
    recorded = current(office, registered.numbers[0])
    for name, (_text, held) in SAMPLES[kind].items():
        assert getattr(recorded, name) == held, name
    other_kind = (set(JAPANESE) | set(FOREIGN)) - set(SAMPLES[kind])
    assert [name for name in sorted(other_kind) if getattr(recorded, name)] == []
    keyring = office.keyring
    assert recorded.individual_number_cipher is not None and recorded.resident_code_cipher is not None
    held_number = keyring.decrypt_text(recorded.individual_number_cipher, context=INDIVIDUAL_NUMBER)
    held_code = keyring.decrypt_text(recorded.resident_code_cipher, context=RESIDENT_CODE)
    assert (held_number, held_code) == (individual_number(5), resident_code(5))
    texts = office.session.scalars(
        select(IntegratedRemark.text).where(
            IntegratedRemark.addressee_number == recorded.addressee_number,
            IntegratedRemark.kind == RemarkKind.REMARK,
        )
    ).all()
    assert texts == ["備考一\n備考二"]
    assert (recorded.postal_code, recorded.address_code) == ("0000001", "98201001001")
    assert (recorded.address, recorded.building) == ("架空県架空市本町一丁目8番3号", "架空荘　202号室")
    assert (recorded.household_number, recorded.member_order) == (registered.household_number, 1)
    assert recorded.head_name == recorded.display_name and recorded.relationship_to_head == "世帯主"
    assert recorded.notified_on == dt.date(2026, 11, 24)
    first_day = recorded.became_resident_on if kind is ResidentKind.JAPANESE else day("令和8年11月20日")
    assert recorded.address_set_on == first_day


@pytest.mark.requirement("RR-4.1.1.2c", partial=True)
@pytest.mark.parametrize("kind", list(ResidentKind))
def test_every_item_of_the_record_is_offered_to_somebody_who_returns(
    office: MoveInOffice, kind: ResidentKind
) -> None:
    """Also a recorded 「無」, former 通称 and 外国人住民となった年月日; what is about the old home is not."""
    registered = office.register(entry(full_member(kind)))
    gone = leave(office, registered.numbers[0])
    blank = MemberEntry(key="m1", resident_kind=kind)
    made = entry(blank)
    texts = operations.recorded_texts(
        office.session, office.clerk, office.keyring, gone.addressee_number, made, "m1"
    )
    taken = edits.take_over_record(made, "m1", gone.addressee_number, texts).members[0]
    anew = {
        "key", "resident_kind", "re_entry", "relationship", "became_resident_on", "previous_postal_code",
        "previous_address_code", "previous_address", "previous_head_name", "unreported_address", "remark",
        "residence_notified",
    }  # fmt: skip
    lost = []
    for item in fields(MemberEntry):
        name = item.name
        if name in anew or not (name in SAMPLES[kind] or name in ("individual_number", "resident_code")):
            continue
        if not getattr(taken, name):
            lost.append(name)
    assert lost == []
    moved = replace(taken, relationship="世帯主", previous_address="例示県見本市1番", became_resident_on="")
    again = office.register(entry(moved, kind=MoveInKind.DOMESTIC))
    recorded = current(office, again.numbers[0])
    for name, (_text, held) in SAMPLES[kind].items():
        if name not in anew:
            assert getattr(recorded, name) == held, name


@pytest.mark.requirement("RR-1.1.14e")
@pytest.mark.parametrize(
    ("typed", "word"), [("made", "特別養子縁組"), ("dissolved", "特別養子縁組解消"), ("", None)]
)
@pytest.mark.parametrize("kind", [MoveInKind.DOMESTIC, MoveInKind.ABROAD])
def test_who_moves_in_by_a_special_adoption_has_an_entry_that_says_so(
    office: MoveInOffice, typed: str, word: str | None, kind: MoveInKind
) -> None:
    """Linked to 転入前住所; the record that a 転出 closes has its own (``changes/test_move_out.py``)."""
    made = entry(full_member(ResidentKind.JAPANESE, adoption=typed), kind=kind)
    number = office.register(made).numbers[0]
    notes = office.session.scalars(
        select(IntegratedRemark).where(
            IntegratedRemark.addressee_number == number, IntegratedRemark.kind == RemarkKind.NOTE
        )
    ).all()
    found = [(one.text, one.items, one.sensitivity and one.sensitivity.label) for one in notes]
    assert found == ([(word, ["previous_address"], word)] if word else [])


@pytest.mark.requirement("RR-1.1.7c")
@pytest.mark.parametrize(
    ("kind", "names"),
    [
        (ResidentKind.JAPANESE, ("former_name", "former_name_kana", "former_name_kana_confirmed")),
        (ResidentKind.FOREIGN, ("alias", "alias_kana", "alias_kana_confirmed", "alias_recorded_on")),
    ],
)
@pytest.mark.parametrize("kept", [True, False])
def test_who_comes_back_from_abroad_can_take_the_name_along(
    office: MoveInOffice, kind: ResidentKind, names: tuple[str, ...], kept: bool
) -> None:
    """旧氏 or 通称 as held on leaving Japan; it is offered and can be left out (令第30条の14, 第30条の16)."""
    registered = office.register(entry(full_member(kind)))
    gone = leave(office, registered.numbers[0], ChangeReason.MOVE_OUT_ABROAD)
    made = entry(MemberEntry(key="m1", resident_kind=kind), kind=MoveInKind.ABROAD)
    texts = operations.recorded_texts(
        office.session, office.clerk, office.keyring, gone.addressee_number, made, "m1"
    )
    back = edits.take_over_record(made, "m1", gone.addressee_number, texts).members[0]
    held = {name: getattr(gone, name) for name in names}
    assert all(held.values()) and all(getattr(back, name) for name in names)
    if not kept:
        back = replace(back, **dict.fromkeys(names, ""))
    day_of_return = "令和8年11月20日"
    moved = replace(
        back, relationship="世帯主", previous_address="架空国", became_resident_on="",
        became_foreign_resident_on=day_of_return if kind is ResidentKind.FOREIGN else "",
    )  # fmt: skip
    again = office.register(entry(moved, kind=MoveInKind.ABROAD))
    recorded = current(office, again.numbers[0])
    assert recorded.addressee_number == gone.addressee_number and recorded.state.is_live
    assert {name: getattr(recorded, name) or None for name in names} == {
        name: value if kept else None for name, value in held.items()
    }


def leave(
    office: MoveInOffice, number: str, reason: ChangeReason = ChangeReason.MOVE_OUT_DOMESTIC
) -> ResidentHistory:
    """The person moves away."""
    left = change(office.session, reason)
    gone = next_snapshot(
        office.session, current(office, number), left, state=ResidentState.MOVED_OUT, removal_reason=reason.label,
        removed_on=dt.date(2026, 5, 1), planned_destination="例示県見本市", rebuilt_on=dt.date(2020, 1, 1),
    )  # fmt: skip
    index.refresh(office.session, [number])
    return gone


def test_the_day_of_becoming_a_foreign_resident_starts_anew_from_abroad(office: MoveInOffice) -> None:
    registered = office.register(entry(full_member(ResidentKind.FOREIGN)))
    gone = leave(office, registered.numbers[0])
    made = entry(MemberEntry(key="m1", resident_kind=ResidentKind.FOREIGN), kind=MoveInKind.ABROAD)
    texts = operations.recorded_texts(
        office.session, office.clerk, office.keyring, gone.addressee_number, made, "m1"
    )
    taken = edits.take_over_record(made, "m1", gone.addressee_number, texts).members[0]
    assert taken.became_foreign_resident_on == "" and taken.nationality == "中国"


@pytest.mark.requirement("RR-4.1.1.2c", "RR-1.2.1c", partial=True)
def test_numbers_go_on_although_the_enterer_may_not_see_them(office: MoveInOffice) -> None:
    """A blank 住民票コード of somebody who returns is no reason to give a second one."""
    registered = office.register(entry(full_member(ResidentKind.JAPANESE)))
    gone = leave(office, registered.numbers[0])
    stock = select(ResidentCodeStock).where(ResidentCodeStock.drawn_at.is_(None))
    free = len(office.session.scalars(stock).all())
    back = full_member(
        ResidentKind.JAPANESE, re_entry=gone.addressee_number, individual_number="", resident_code=""
    )
    case = office.start(entry())
    assert not {"MI-A031", "MI-A032"} & set(office.findings(case, entry(back)))
    again = office.register(entry(back))
    recorded = current(office, again.numbers[0])
    assert recorded.addressee_number == gone.addressee_number
    assert recorded.individual_number_hash == gone.individual_number_hash
    assert recorded.resident_code_hash == gone.resident_code_hash
    assert recorded.resident_code_cipher is not None
    code = office.keyring.decrypt_text(recorded.resident_code_cipher, context=RESIDENT_CODE)
    assert code == resident_code(5)
    assert len(office.session.scalars(stock).all()) == free
    assert not again.codes_low


def test_a_record_without_numbers_still_asks_for_them(office: MoveInOffice) -> None:
    registered = office.register(entry(full_member(ResidentKind.JAPANESE)))
    there = current(office, registered.numbers[0])
    left = change(office.session, ChangeReason.MOVE_OUT_DOMESTIC)
    gone = next_snapshot(
        office.session, there, left, state=ResidentState.MOVED_OUT, individual_number_cipher=None,
        individual_number_hash=None, resident_code_cipher=None, resident_code_hash=None,
    )  # fmt: skip
    back = full_member(
        ResidentKind.JAPANESE, re_entry=gone.addressee_number, individual_number="", resident_code=""
    )
    case = office.start(entry(back))
    assert {"MI-A031", "MI-A032"} <= set(office.findings(case, entry(back)))


@pytest.mark.requirement("RR-4.1.1.2c", "RR-1.2.1c", partial=True)
def test_a_returner_stands_once_in_the_new_household(office: MoveInOffice) -> None:
    """Snapshots go on counting, one row is current, and the household is the new one."""
    registered = office.register(entry(full_member(ResidentKind.JAPANESE)))
    number = registered.numbers[0]
    gone = leave(office, number)
    back = full_member(ResidentKind.JAPANESE, re_entry=number)
    again = office.register(
        entry(back, child("m2", name="邉\U000e010f田　葉", individual_number="", resident_code=""))
    )
    snapshots = history.snapshots_of(office.session, number)
    assert [row.history_number for row in snapshots] == [1, 2, 3]
    assert [row.is_latest for row in snapshots] == [False, False, True]
    assert again.household_number != gone.household_number
    members = history.household_members(office.session, again.household_number)
    assert [member.addressee_number for member in members] == [number, again.numbers[1]]
    assert {member.head_name for member in members} == {"邉\U000e010f田　﨑"}
    assert snapshots[-1].rebuilt_on is None and snapshots[-1].planned_destination is None
    assert history.household_members(office.session, gone.household_number) == []


def test_a_returner_may_join_the_old_household(office: MoveInOffice) -> None:
    home = household(office.session)
    resident(office.session, home)
    there = resident(office.session, home, member_order=2, name="辻　次郎", relationship_to_head="子")
    left = change(office.session, ChangeReason.MOVE_OUT_DOMESTIC)
    gone = next_snapshot(
        office.session, there, left, state=ResidentState.MOVED_OUT, removal_reason="国内転出"
    )
    index.refresh(office.session, [gone.addressee_number])
    back = person(re_entry=gone.addressee_number, name="辻　次郎", relationship="子")
    made = entry(back, scope=Scope.PART, household_number=home)
    registered = office.register(made)
    recorded = current(office, gone.addressee_number)
    assert registered.household_number == home == recorded.household_number
    assert (recorded.history_number, recorded.head_name, recorded.member_order) == (3, "架空　太郎", 2)


# ---- who is head, however it is written


@pytest.mark.requirement("RR-1.1.10", "RR-1.1.11a", partial=True)
@pytest.mark.parametrize("written", ["世帯　主", " 世帯主 ", "世 帯 主"])
def test_a_head_written_with_spaces_is_the_head(office: MoveInOffice, written: str) -> None:
    registered = office.register(entry(person(relationship=written), wife(relationship="妻 (未届)")))
    members = history.household_members(office.session, registered.household_number)
    assert [member.relationship_to_head for member in members] == ["世帯主", "妻（未届）"]
    assert {member.head_name for member in members} == {members[0].name}


def test_no_spelling_makes_a_second_head(office: MoveInOffice) -> None:
    made = entry(person(), wife(relationship="世帯　主"))
    case = office.start(made)
    assert "MI-E025" in office.findings(case, made)
    home = household(office.session)
    resident(office.session, home)
    joining = entry(person(relationship="世帯　主"), scope=Scope.PART, household_number=home)
    assert "MI-E026" in office.findings(case, joining)
    with pytest.raises(EntryRefused):
        office.provisional(joining)


def test_two_spouses_are_noticed_in_any_writing(office: MoveInOffice) -> None:
    made = entry(person(), wife(), child(relationship="妻(未届)", birth_date="平成3年1月1日"))
    case = office.start(made)
    assert "MI-A025" in office.findings(case, made)


# ---- what the picker shows


@pytest.mark.requirement("RR-1.1.9a", "RR-1.1.9b", partial=True)
@pytest.mark.parametrize(
    ("kind", "birth"), [(ResidentKind.JAPANESE, "平成元年2月29日"), (ResidentKind.FOREIGN, "1990年3月4日")]
)
def test_the_picker_shows_each_date_in_its_calendar(
    office: MoveInOffice, kind: ResidentKind, birth: str
) -> None:
    """Also for a foreign resident whose name has no letters of the alphabet."""
    registered = office.register(entry(full_member(kind, name_alphabet="")))
    leave(office, registered.numbers[0])
    made: MoveInEntry = entry(full_member(kind))
    matches = queries.find_matches(office.session, office.keyring, made, now=office.now)["m1"]
    [shown] = queries.records_shown(office.session, matches)
    assert shown.birth == birth
    assert shown.removed == "国内転出（令和8年5月1日）"


def test_numbers_are_not_offered_without_the_right(office: MoveInOffice) -> None:
    registered = office.register(entry(full_member(ResidentKind.JAPANESE)))
    gone = leave(office, registered.numbers[0])
    blind = replace(office.clerk, permissions=frozenset({Permission.MOVE_IN_ENTER}))
    texts = operations.recorded_texts(
        office.session, blind, office.keyring, gone.addressee_number, entry(foreigner()), "m1"
    )
    assert "individual_number" not in texts and "nationality" not in texts
