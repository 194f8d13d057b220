"""職権記載: 住所設定 of somebody without a record (RR-4.2.1.1), and of somebody whose record is a 除票."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from residentapp.core.access.permissions import Permission
from residentapp.core.dates import DateValue
from residentapp.core.numbering import INDIVIDUAL_NUMBER, RESIDENT_CODE
from residentapp.residents.changes.items import quote_domicile
from residentapp.residents.changes.spec import spec_of
from residentapp.residents.changes.types import ChangeEntry, PersonEntry, Role
from residentapp.residents.models import ResidentHistory
from residentapp.residents.search import index
from residentapp.residents.types import ChangeReason, ForeignCategory, ResidentKind, ResidentState
from tests.residents.changes.office import ChangeOffice
from tests.residents.move_in.cases import TOWN_CODE, individual_number, resident_code
from tests.support import residents

PERSON = {
    "name": "渡邉\U000e010f　𠮷男",
    "name_kana": "ワタナベ　ヨシオ",
    "birth_date": "昭和63年2月29日",
    "sex": "male",
    "relationship": "世帯主",
    "registered_domicile": "例示県見本市緑町二丁目5番",
    "register_head": "渡邉\U000e010f　𠮷男",
    "individual_number": individual_number(4001),
    "previous_address": "不明",
}
WHERE = {
    "moved_on": "令和8年10月1日",
    "cause": "令和8年11月16日に実態調査を行い、住んでいることを確かめた。",
    "scope": "whole",
    "postal_code": "0000001",
    "address_code": TOWN_CODE,
    "town": "架空県架空市本町一丁目",
    "lot": "9番8号",
}


def recording(office: ChangeOffice, **values: str) -> ChangeEntry:
    """Somebody who never was recorded sets up house."""
    entry = office.begin("record_ex_officio").with_values(**WHERE)
    [person] = entry.subjects
    return office.typed(entry, person.key, **(PERSON | values))


@pytest.mark.requirement("RR-4.2.0.1a", "RR-1.1.1a", partial=True)
def test_somebody_who_never_had_a_record(office: ChangeOffice) -> None:
    entry = recording(office)
    assert office.codes(entry) == []

    registered = office.register(entry)

    [change] = office.changes(registered)
    assert change.reason is ChangeReason.RECORD_EX_OFFICIO
    row = office.latest(registered.numbers[0])
    assert (row.name, row.head_name, row.relationship_to_head) == (
        PERSON["name"],
        PERSON["name"],
        "世帯主",
    )
    assert (row.address, row.previous_address) == ("架空県架空市本町一丁目9番8号", "不明")
    moved = DateValue.of(dt.date(2026, 10, 1))
    assert row.became_resident_on == row.address_set_on == moved
    assert row.notified_on == office.now.date()
    assert row.resident_code_cipher is not None and row.individual_number_cipher is not None
    number = office.keyring.decrypt_text(row.individual_number_cipher, context=INDIVIDUAL_NUMBER)
    assert number == individual_number(4001)
    assert office.remarks(row) == ["職権記載（住所設定）　転入前住所　不明"]


@pytest.mark.requirement("RR-4.2.1.1")
@pytest.mark.parametrize(
    ("typed", "previous", "last", "codes", "remarks"),
    [
        ({"previous_address": "不明"}, "不明", None, [], ["職権記載（住所設定）　転入前住所　不明"]),
        ({"previous_address": ""}, None, None, ["RC-A003"], ["職権記載（住所設定）"]),
        (
            {"previous_address": "例示県見本市緑町1番", "unreported_address": "例示県見本市西町2番"},
            "例示県見本市西町2番（未届）",
            "例示県見本市緑町1番",
            ["MI-A039"],
            [
                "職権記載（住所設定）　転入前住所　例示県見本市西町2番（未届）",
                "未届転入　転入前住所（未届）　例示県見本市西町2番（未届）",
            ],
        ),
    ],
)
def test_where_the_person_was_before(
    office: ChangeOffice,
    typed: dict[str, str],
    previous: str | None,
    last: str | None,
    codes: list[str],
    remarks: list[str],
) -> None:
    """「不明」 when unknown, blank when there was none, and 未届転入 as in RR-4.1.1.4."""
    entry = recording(office, **typed)
    assert office.codes(entry) == codes
    row = office.latest(office.register(entry).numbers[0])
    assert (row.previous_address, row.last_registered_address) == (previous, last)
    assert office.remarks(row) == remarks


def test_into_an_existing_household(office: ChangeOffice, family: list[ResidentHistory]) -> None:
    entry = office.begin("record_ex_officio", household=family[0].household_number)
    entry = entry.with_values(moved_on="令和8年10月1日", cause="実態調査")
    [person] = entry.subjects
    entry = office.typed(entry, person.key, **(PERSON | {"relationship": "縁故者"}))
    assert office.codes(entry) == []
    row = office.latest(office.register(entry).numbers[0])
    assert (row.household_number, row.member_order) == (family[0].household_number, 5)
    assert (row.head_name, row.address) == ("架空　太郎", family[0].address)


def test_a_foreign_resident(office: ChangeOffice) -> None:
    entry = office.begin("record_ex_officio").with_values(**WHERE)
    [person] = entry.subjects
    foreign = PersonEntry(person.key, role=Role.SUBJECT, resident_kind=ResidentKind.FOREIGN)
    entry = office.typed(
        entry.with_person(foreign),
        person.key,
        name_alphabet="NGUYEN AN",
        name_kana="グエン　アン",
        birth_date="1990年4月1日",
        sex="male",
        relationship="世帯主",
        individual_number=individual_number(4002),
        previous_address="不明",
        foreign_category="mid_to_long_term",
        nationality="ベトナム",
    )
    assert {"MI-E051", "MI-A051"} == set(office.codes(entry))
    entry = office.typed(
        entry,
        person.key,
        residence_card_number="AB12345678CD",
        residence_status="留学",
        residence_period="1年",
        residence_expires_on="2027年10月1日",
    )
    assert office.codes(entry) == []
    row = office.latest(office.register(entry).numbers[0])
    assert row.foreign_category is ForeignCategory.MID_TO_LONG_TERM
    assert row.became_foreign_resident_on == DateValue.of(dt.date(2026, 10, 1))
    assert row.head_name == "NGUYEN AN"


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"name": ""}, "MI-E030"),
        ({"birth_date": ""}, "MI-E031"),
        ({"birth_date": "令和8年10月2日"}, "MI-E033"),
        ({"sex": ""}, "MI-E034"),
        ({"registered_domicile": ""}, "MI-E039"),
        ({"register_head": ""}, "MI-E040"),
        ({"name_kana": ""}, "MI-A030"),
        ({"individual_number": ""}, "MI-A031"),
        ({"individual_number": "123456789012"}, "CH-E057"),
        ({"resident_code": "123"}, "CH-E058"),
        ({"became_resident_on": "令和8年9月1日"}, "MI-A034"),
    ],
)
def test_a_record_needs_what_a_move_in_needs(office: ChangeOffice, values: dict[str, str], code: str) -> None:
    found = [finding for finding in office.findings(recording(office, **values)) if finding.code == code]
    assert len(found) == 1
    [name] = values
    assert found[0].field == f"people-p1-{name}"


def test_two_people_with_one_number(office: ChangeOffice) -> None:
    entry = recording(office).with_person(PersonEntry("p9", role=Role.SUBJECT))
    entry = office.typed(entry, "p9", **(PERSON | {"name": "渡邉　二郎", "relationship": "同居人"}))
    assert "RC-E003" in office.codes(entry)


def gone(office: ChangeOffice, **values: object) -> ResidentHistory:
    """Somebody who was removed by 職権 in May."""
    code, number = resident_code(4003), individual_number(4003)
    keyring = office.keyring
    person = residents.resident(
        office.session,
        name="渡邉\U000e010f　𠮷男",
        name_kana="ワタナベ　ヨシオ",
        birth_date=DateValue.of(dt.date(1988, 3, 1)),
        head_name="渡邉\U000e010f　𠮷男",
        resident_code_cipher=keyring.encrypt(code, context=RESIDENT_CODE),
        resident_code_hash=keyring.lookup_hash(code, context=RESIDENT_CODE),
        individual_number_cipher=keyring.encrypt(number, context=INDIVIDUAL_NUMBER),
        individual_number_hash=keyring.lookup_hash(number, context=INDIVIDUAL_NUMBER),
        **values,
    )
    removed = residents.next_snapshot(
        office.session,
        person,
        residents.change(office.session, ChangeReason.REMOVE_EX_OFFICIO),
        state=ResidentState.REMOVED,
        removal_reason="職権消除",
        removal_occurred_on=DateValue.of(dt.date(2026, 5, 1)),
        removed_on=dt.date(2026, 5, 1),
        rebuilt_on=dt.date(2020, 1, 1),
    )
    index.refresh(office.session, [person.addressee_number])
    return removed


@pytest.mark.parametrize(
    ("live", "typed", "code"),
    [
        (False, {"individual_number": individual_number(4003)}, "RC-E002"),
        (False, {"resident_code": resident_code(4003)}, "RC-E002"),
        (False, {"birth_date": "昭和63年3月1日"}, "RC-A002"),
        (True, {"individual_number": individual_number(4003)}, "RC-E001"),
        (True, {"birth_date": "昭和63年3月1日"}, "RC-A001"),
    ],
)
def test_who_is_known_is_not_recorded_as_new(
    office: ChangeOffice, live: bool, typed: dict[str, str], code: str
) -> None:
    removed = gone(office)
    if live:
        made_by = residents.change(office.session, ChangeReason.CANCEL_INCREASE)
        residents.next_snapshot(
            office.session,
            removed,
            made_by,
            state=ResidentState.RESIDENT,
            removal_reason=None,
            removal_occurred_on=None,
            removed_on=None,
        )
        index.refresh(office.session, [removed.addressee_number])
    assert code in office.codes(recording(office, **typed))


@pytest.mark.requirement("RR-4.1.1.2c", partial=True)
def test_somebody_whose_record_was_removed_goes_on_under_the_same_number(office: ChangeOffice) -> None:
    removed = gone(office)
    entry = office.begin("record_again_ex_officio", removed).with_values(**WHERE)
    [person] = entry.subjects
    assert person.text("name") == removed.name and person.text("previous_address") == ""
    entry = office.typed(entry, removed, relationship="世帯主", previous_address="不明")
    assert office.codes(entry) == []

    registered = office.register(entry)

    row = office.latest(removed)
    assert registered.numbers == (removed.addressee_number,)
    assert (row.state, row.history_number) == (ResidentState.RESIDENT, 3)
    assert (row.removal_reason, row.removed_on, row.removal_occurred_on, row.rebuilt_on) == (None,) * 4
    # A blank number is the one that the record has.
    assert (row.resident_code_hash, row.individual_number_hash) == (
        removed.resident_code_hash,
        removed.individual_number_hash,
    )
    assert row.household_number != removed.household_number
    assert row.address == "架空県架空市本町一丁目9番8号"
    assert "以前の住民票の宛名番号を引き継いだ" in office.remarks(row)


def test_only_a_removed_record_is_taken_up_again(office: ChangeOffice, lodging: ResidentHistory) -> None:
    entry = office.begin("record_again_ex_officio", lodging, household="").with_values(**WHERE)
    assert "RC-E004" in office.codes(office.typed(entry, lodging, relationship="世帯主"))


@pytest.mark.requirement("RR-4.0.6a")
def test_where_a_domicile_is_taken_from(office: ChangeOffice, family: list[ResidentHistory]) -> None:
    """Typed with an old town's name, or from the address, the address before, the head or another member."""
    entry = office.begin("record_ex_officio", household=family[0].household_number)
    entry = entry.with_values(moved_on="令和8年10月1日", cause="実態調査")
    [person] = entry.subjects
    typed = {"relationship": "縁故者", "previous_address": "例示県見本市緑町二丁目5番7号"}
    entry = office.typed(entry, person.key, **(PERSON | typed))
    spec = spec_of(entry.kind)
    made_by = residents.change(office.session, ChangeReason.CORRECT_EX_OFFICIO)
    residents.next_snapshot(
        office.session,
        family[2],
        made_by,
        registered_domicile="架空県隣市東町5番",
        register_head="架空　一郎",
    )
    ask = next(ask for ask in spec.person_asks if ask.name == "domicile_from")
    assert ask.options is not None
    facts = office.facts(entry)
    labels = {label: value for value, label in ask.options(entry, facts, person.key)}
    taken = {}
    for label, value in labels.items():
        filled = quote_domicile(spec, office.typed(entry, person.key, domicile_from=value), facts, person.key)
        taken[label] = (
            filled.subjects[0].text("registered_domicile"),
            filled.subjects[0].text("register_head"),
        )
    mine = PERSON["register_head"]
    assert taken == {
        "現住所": ("架空県架空市本町一丁目2番3号", mine),
        "転入前住所": ("例示県見本市緑町二丁目5番7号", mine),
        "世帯主　架空　太郎の戸籍の表示": ("架空県架空市本町一丁目2番", "架空　太郎"),
        "妻　架空　花子の戸籍の表示": ("架空県架空市本町一丁目2番", "架空　太郎"),
        "子　架空　一郎の戸籍の表示": ("架空県隣市東町5番", "架空　一郎"),
        "子　架空　桜の戸籍の表示": ("架空県架空市本町一丁目2番", "架空　太郎"),
    }
    # An old town that no longer exists is typed as it is; own domiciles of the past are not offered at all.
    old = office.typed(entry, person.key, registered_domicile="架空県旧町字上一番地")
    assert not {"CH-E050", "CH-E052", "CH-A021"} & set(office.codes(old))


def test_what_the_officer_may_not_see_is_handed_on(office: ChangeOffice) -> None:
    """The earlier record's 戸籍の表示 and numbers go on although the officer never saw them (RR-10.4a)."""
    removed = gone(office)
    hidden = {
        Permission.ITEM_REGISTERED_DOMICILE,
        Permission.ITEM_INDIVIDUAL_NUMBER,
        Permission.ITEM_RESIDENT_CODE,
    }
    counter = replace(office, clerk=replace(office.clerk, permissions=office.clerk.permissions - hidden))
    entry = counter.begin("record_again_ex_officio", removed).with_values(**WHERE)
    assert "registered_domicile" not in entry.subjects[0].values
    entry = counter.typed(entry, removed, relationship="世帯主", previous_address="不明")
    assert counter.codes(entry) == []
    counter.register(entry)
    row = office.latest(removed)
    assert (row.registered_domicile, row.register_head) == (
        removed.registered_domicile,
        removed.register_head,
    )
    assert row.individual_number_hash == removed.individual_number_hash
