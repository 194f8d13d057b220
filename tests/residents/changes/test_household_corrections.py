"""Corrections that reach several records at once: the address of a household, 戸籍の表示 of several members."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from residentapp.residents.changes.items import quote_domicile
from residentapp.residents.changes.rules.correction import MINOR_CASES, NAME_CASES
from residentapp.residents.changes.spec import spec_of
from residentapp.residents.changes.types import ChangeEntry
from residentapp.residents.ex_officio.models import ExOfficioRecord
from residentapp.residents.models import ResidentHistory
from residentapp.residents.types import ChangeReason, ResidentKind
from tests.residents.changes.office import ChangeOffice
from tests.residents.move_in.cases import TOWN_CODE
from tests.support import residents

WHEN = {"moved_on": "令和8年11月1日"}


def address(office: ChangeOffice, family: list[ResidentHistory], **values: str) -> ChangeEntry:
    """住居表示 came into force: another number, in a town that the dictionary knows."""
    typed = {"address_code": TOWN_CODE, "treatment": "5", "lot": "8番1号"}
    return office.begin("correct_address", *family).with_values(**(WHEN | typed | values))


@pytest.fixture
def in_town(office: ChangeOffice, family: list[ResidentHistory]) -> list[ResidentHistory]:
    """The family with the code of the town in its address."""
    made_by = residents.change(office.session, ChangeReason.CORRECT_EX_OFFICIO)
    return [
        residents.next_snapshot(office.session, member, made_by, address_code=TOWN_CODE) for member in family
    ]


def test_the_entry_begins_with_the_recorded_address(
    office: ChangeOffice, in_town: list[ResidentHistory]
) -> None:
    entry = office.begin("correct_address", in_town[1])
    assert (entry.text("town"), entry.text("lot")) == ("架空県架空市本町一丁目", "2番3号")
    assert len(entry.subjects) == 4
    assert "CH-E050" in office.codes(entry.with_values(**WHEN))  # how it is corrected is for the clerk to say
    assert office.codes(entry.with_values(**WHEN, treatment="plain")) == ["CH-E070"]


def test_without_a_known_town_the_whole_address_stands_in_one_field(
    office: ChangeOffice, family: list[ResidentHistory]
) -> None:
    entry = office.begin("correct_address", *family)
    assert (entry.text("town"), entry.text("lot")) == ("架空県架空市本町一丁目2番3号", "")


@pytest.mark.requirement("RR-4.2.3.2", partial=True)
@pytest.mark.parametrize(
    ("treatment", "values", "reason"),
    [
        ("1", {}, ChangeReason.MINOR_CORRECTION),
        ("2", {}, ChangeReason.MINOR_CORRECTION),
        ("3", {}, ChangeReason.MINOR_CORRECTION),
        ("4", {}, ChangeReason.MINOR_CORRECTION),
        ("5", {}, ChangeReason.MINOR_CORRECTION),
        ("6", {"lot": "2番3号", "building": "新・東荘"}, ChangeReason.MINOR_CORRECTION),
        ("7", {}, ChangeReason.MINOR_CORRECTION),
        ("plain", {}, ChangeReason.CORRECT_EX_OFFICIO),
        ("error", {}, ChangeReason.CORRECT_ERROR),
    ],
)
def test_everybodys_address_is_corrected(
    office: ChangeOffice,
    in_town: list[ResidentHistory],
    treatment: str,
    values: dict[str, str],
    reason: ChangeReason,
) -> None:
    entry = address(office, in_town, treatment=treatment, **values)
    registered = office.register(entry)
    [change] = office.changes(registered)
    assert change.reason is reason
    rows = [office.latest(member) for member in in_town]
    lot, building = values.get("lot", "8番1号"), values.get("building")
    assert {(row.address, row.building) for row in rows} == {(f"架空県架空市本町一丁目{lot}", building)}
    # Nobody has moved: 住所を定めた年月日, household and order stay.
    assert [row.address_set_on for row in rows] == [row.address_set_on for row in in_town]
    assert [row.household_number for row in rows] == [row.household_number for row in in_town]
    assert office.remarks(rows[0]) == ["住所の修正　修正前　架空県架空市本町一丁目2番3号"]
    record = office.session.get_one(ExOfficioRecord, change.id)
    assert record.minor_case == (treatment if treatment in "1234567" else None)


@pytest.mark.requirement("RR-4.2.3.2")
def test_all_seven_cases_of_addresses_and_those_of_names(
    office: ChangeOffice, in_town: list[ResidentHistory]
) -> None:
    kept = []
    for case in sorted(MINOR_CASES):
        place = {"lot": "2番3号", "building": "新荘"} if case == "6" else {"lot": f"8番{case}号"}
        people = [office.latest(member) for member in in_town]
        if case == "6":
            place["lot"] = people[0].address.removeprefix("架空県架空市本町一丁目")
        registered = office.register(address(office, people, treatment=case, **place))
        kept += office.changes(registered)
    for case in NAME_CASES:
        entry = office.begin("correct", in_town[3]).with_values(**WHEN, minor_case=case)
        entry = office.typed(entry, in_town[3], name=f"架空　{'櫻桜さ'[NAME_CASES.index(case)]}")
        kept += office.changes(office.register(entry))
    assert {change.reason for change in kept} == {ChangeReason.MINOR_CORRECTION}
    cases = [office.session.get_one(ExOfficioRecord, change.id).minor_case for change in kept]
    assert cases == ["1", "2", "3", "4", "5", "6", "7", "1", "2", "7"]


@pytest.mark.parametrize(
    ("values", "codes"),
    [
        ({"treatment": "5", "lot": "2番3号", "building": "新荘"}, ["CA-E001"]),
        ({"treatment": "4", "lot": "2番3号", "building": "新荘"}, ["CA-E001"]),
        ({"treatment": "6"}, ["CA-E002"]),
        ({"treatment": "6", "building": "新荘"}, ["CA-E002"]),
        ({"treatment": "plain"}, ["CA-A001"]),
        ({"treatment": "error", "lot": "2番3号", "building": "新荘"}, []),
        ({"treatment": "8"}, ["CH-E055"]),
        ({"town": ""}, ["CH-E020"]),
        ({"town": "東京都新宿区西新宿"}, ["CH-E021"]),
        ({"postal_code": "12"}, ["CH-E022"]),
        ({"lot": ""}, ["CH-A020"]),
    ],
)
def test_the_case_fits_what_changes(
    office: ChangeOffice, in_town: list[ResidentHistory], values: dict[str, str], codes: list[str]
) -> None:
    assert office.codes(address(office, in_town, **values)) == codes


def test_a_new_postal_code_alone_is_a_correction(
    office: ChangeOffice, in_town: list[ResidentHistory]
) -> None:
    entry = address(office, in_town, treatment="plain", lot="2番3号", postal_code="999-0009")
    assert office.codes(entry) == []
    office.register(entry)
    assert {office.latest(member).postal_code for member in in_town} == {"9990009"}


# ---- 戸籍の表示


def register(office: ChangeOffice, *people: ResidentHistory, **values: str) -> ChangeEntry:
    """The 本籍地 tells of a 転籍 (法第9条第2項)."""
    typed = {"registered_domicile": "架空県隣市東町5番", "source": "架空県隣市"}
    return office.begin("correct_register", *people).with_values(**(WHEN | typed | values))


@pytest.mark.requirement("RR-4.0.6b", "RR-4.2.0.3a", "RR-4.2.0.4")
def test_a_notice_of_the_place_of_register_corrects_several_at_once(
    office: ChangeOffice, family: list[ResidentHistory]
) -> None:
    entry = register(office, *family)
    assert entry.text("noticed_on") == "令和8年11月24日"
    entry = entry.with_values(noticed_on="令和8年11月20日")
    assert office.codes(entry) == []

    registered = office.register(entry)

    [change] = office.changes(registered)
    assert change.reason is ChangeReason.CORRECT_EX_OFFICIO
    assert change.noticed_on is not None and change.noticed_on.isoformat() == "2026-11-20"
    rows = [office.latest(member) for member in family]
    assert {(row.registered_domicile, row.register_head) for row in rows} == {
        ("架空県隣市東町5番", "架空　太郎")
    }
    assert [office.remarks(row) for row in rows] == [["本籍を修正"]] * 4
    record = office.session.scalars(select(ExOfficioRecord)).one()
    assert record.source == "架空県隣市"


def test_only_who_is_chosen_and_differs_is_corrected(
    office: ChangeOffice, family: list[ResidentHistory]
) -> None:
    made_by = residents.change(office.session, ChangeReason.CORRECT_EX_OFFICIO)
    done = residents.next_snapshot(
        office.session, family[2], made_by, registered_domicile="架空県隣市東町5番"
    )
    entry = register(office, family[1], done)
    assert office.codes(entry) == ["CA-A002"]
    registered = office.register(entry)
    assert registered.numbers == (family[1].addressee_number,)
    assert office.latest(family[0]).registered_domicile == family[0].registered_domicile


@pytest.mark.parametrize(
    ("values", "codes"),
    [
        ({"registered_domicile": ""}, ["CA-E003"]),
        ({"registered_domicile": "架空県架空市本町一丁目2番"}, ["CH-E070"]),
        ({"registered_domicile": "", "register_head": "架空　花子"}, []),
        ({"registered_domicile": "あ" * 201}, ["CH-E051"]),
    ],
)
def test_what_is_typed_for_all(
    office: ChangeOffice, family: list[ResidentHistory], values: dict[str, str], codes: list[str]
) -> None:
    assert office.codes(register(office, *family, **values)) == codes


def test_foreign_residents_have_no_register(office: ChangeOffice) -> None:
    people = residents.family(
        office.session,
        {"name": "架空　太郎"},
        {
            "resident_kind": ResidentKind.FOREIGN,
            "name": None,
            "name_alphabet": "NGUYEN AN",
            "relationship_to_head": "妻",
            "registered_domicile": None,
            "register_head": None,
        },
    )
    assert "CH-E007" in office.codes(register(office, *people))


@pytest.mark.requirement("RR-4.0.6a", partial=True)
def test_the_register_of_one_member_is_quoted_for_the_others(
    office: ChangeOffice, family: list[ResidentHistory]
) -> None:
    made_by = residents.change(office.session, ChangeReason.CORRECT_EX_OFFICIO)
    head = residents.next_snapshot(
        office.session, family[0], made_by, registered_domicile="架空県隣市東町5番"
    )
    entry = register(office, *family[1:], registered_domicile="")
    entry = entry.with_values(domicile_from=office.key(entry, head))
    spec = spec_of("correct_register")
    entry = quote_domicile(spec, entry, office.facts(entry), "")
    assert entry.text("registered_domicile") == "架空県隣市東町5番"
    assert office.codes(entry) == []
