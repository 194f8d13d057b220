"""続柄 of changes: the wording that goes first (RR-1.1.11c), and what proves a foreigner's (RR-1.1.11d)."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from residentapp.core.dates import DateValue
from residentapp.residents import proofs
from residentapp.residents.changes.presentation import step_views
from residentapp.residents.changes.rules import plan_of
from residentapp.residents.changes.spec import spec_of
from residentapp.residents.changes.types import ChangeEntry, PersonEntry, Role
from residentapp.residents.models import ResidentHistory
from residentapp.residents.types import ForeignCategory, ResidentKind, Sex
from tests.residents.changes.office import ChangeOffice
from tests.residents.changes.test_move_within import NEW_ADDRESS
from tests.support import residents

WHEN = {"moved_on": "令和8年11月20日"}
CODES = ("CH-A039", "CH-E040", "CH-E041", "CH-A042")


def told(office: ChangeOffice, entry: ChangeEntry) -> list[tuple[str, str]]:
    """(code, item) of what is found about 続柄."""
    return [
        (each.code, each.field.rsplit("-", 1)[1]) for each in office.findings(entry) if each.code in CODES
    ]


@pytest.fixture
def guests(office: ChangeOffice) -> list[ResidentHistory]:
    """A foreign couple in a household of their own, and a foreigner alone next door."""
    common: dict[str, Any] = {
        "resident_kind": ResidentKind.FOREIGN, "foreign_category": ForeignCategory.SPECIAL_PERMANENT,
        "special_permanent_number": "AB12345678CD", "name": None, "became_resident_on": None,
        "became_foreign_resident_on": DateValue.of(dt.date(2015, 6, 1)), "registered_domicile": None,
        "register_head": None, "head_name": "KIM MIN",
    }  # fmt: skip
    head = residents.resident(
        office.session, name_alphabet="KIM MIN", relationship_to_head="世帯主", sex=Sex.MALE,
        birth_date=DateValue.of(dt.date(1980, 1, 1), western=True), **common,
    )  # fmt: skip
    partner = residents.resident(
        office.session, name_alphabet="LEE SO", relationship_to_head="妻", sex=Sex.FEMALE,
        birth_date=DateValue.of(dt.date(1982, 2, 2), western=True), household_number=head.household_number,
        member_order=2, **(common | {"special_permanent_number": "AB22345678CD"}),
    )  # fmt: skip
    alone = residents.resident(
        office.session, name_alphabet="PARK JI", relationship_to_head="世帯主", sex=Sex.FEMALE,
        birth_date=DateValue.of(dt.date(1990, 3, 3), western=True), address=head.address,
        **(common | {"special_permanent_number": "AB32345678CD", "head_name": "PARK JI"}),
    )  # fmt: skip
    return [head, partner, alone]


# ---- the wording that goes first


@pytest.mark.requirement("RR-1.1.11c", partial=True)
def test_a_wording_that_the_record_shows_to_go_first_is_named(
    office: ChangeOffice, family: list[ResidentHistory]
) -> None:
    father, mother = family[:2]
    entry = office.begin("move_within", *family).with_values(**NEW_ADDRESS)
    assert told(office, entry) == []
    cousin = office.typed(entry, mother, relationship="父の兄の子")
    assert told(office, cousin) == [("CH-A039", "relationship")]
    [finding] = [each for each in office.findings(cousin) if each.code == "CH-A039"]
    assert "「妻」も当てはまります（いまの記録の続柄から）" in finding.message
    # Both part from the others; and the wife becomes head of them.
    entry = office.begin("household_split", father, mother).with_values(**WHEN)
    entry = office.typed(entry, mother, relationship="世帯主")
    assert told(office, office.typed(entry, father, relationship="縁故者")) == [("CH-A039", "relationship")]
    assert told(office, office.typed(entry, father, relationship="夫")) == []


def test_of_who_stays_behind_too(office: ChangeOffice, family: list[ResidentHistory]) -> None:
    father, mother, _son, daughter = family
    entry = office.new_head(office.begin("head_change", *family).with_values(**WHEN), mother)
    assert told(office, entry) == []
    assert told(office, office.typed(entry, father, relationship="同居人")) == [("CH-A039", "relationship")]
    # Whether a child is of both nobody knows: 夫の子 is the clerk's to say.
    assert told(office, office.typed(entry, daughter, relationship="夫の子")) == []


def test_nothing_follows_for_people_of_two_households(
    office: ChangeOffice, family: list[ResidentHistory], lodging: ResidentHistory
) -> None:
    entry = office.join(office.begin("move_within", lodging).with_values(**WHEN), family[0].household_number)
    assert told(office, office.typed(entry, lodging, relationship="同居人")) == []


def test_a_correction_is_not_held_against_what_it_corrects(
    office: ChangeOffice, family: list[ResidentHistory]
) -> None:
    entry = office.begin("correct", family[1]).with_values(**WHEN, cause="離婚の届書で確かめた。")
    assert told(office, office.typed(entry, family[1], relationship="同居人")) == []


# ---- what proves it


@pytest.mark.requirement("RR-1.1.11d")
def test_who_joins_a_foreign_head_as_kin_shows_a_document(
    office: ChangeOffice, guests: list[ResidentHistory]
) -> None:
    """Chosen at the counter, seen by the approver, kept with the change and told in the person's history; a document
    that may be foreign with its translation. Move-ins, births and corrections: the tests beside this one."""
    head, _partner, alone = guests
    entry = office.join(office.begin("household_merge", alone).with_values(**WHEN), head.household_number)
    kin = office.typed(entry, alone, relationship="妹")
    assert told(office, kin) == [("CH-E040", "relationship_proof")]
    assert told(office, office.typed(entry, alone, relationship="縁故者")) == []
    shown = office.typed(kin, alone, relationship_proof="authority")
    assert told(office, shown) == [("CH-E041", "relationship_translation")]
    shown = office.typed(shown, alone, relationship_translation="attached")
    assert told(office, shown) == []
    facts = office.facts(shown)
    [step] = step_views(office.approver, plan_of(spec_of(shown.kind), shown, facts), facts)
    assert ("続柄を証した書類", "外国政府機関等の文書（訳文あり）") in step.people[0].notes

    registered = office.register(shown)

    kept = proofs.shown_for(office.session, alone.addressee_number)
    assert kept == {registered.change_ids[0]: "外国政府機関等の文書（訳文あり）"}


@pytest.mark.requirement("RR-1.1.11d", partial=True)
def test_kinship_that_is_recorded_is_not_proved_again(
    office: ChangeOffice, guests: list[ResidentHistory]
) -> None:
    """法第30条の48, 第30条の49, provisos: the relation has not changed, though address or head have."""
    head, partner, _alone = guests
    moved = office.begin("move_within", head, partner).with_values(**NEW_ADDRESS)
    assert told(office, moved) == []
    turned = office.new_head(office.begin("head_change", head, partner).with_values(**WHEN), partner)
    assert told(office, turned) == []
    other = office.typed(turned, head, relationship="兄")
    assert ("CH-E040", "relationship_proof") in told(office, other)


@pytest.mark.requirement("RR-1.1.11d", partial=True)
def test_a_newborns_document_is_the_accepted_notification(
    office: ChangeOffice, guests: list[ResidentHistory], family: list[ResidentHistory]
) -> None:
    for home, wanted in ((guests[0], "CH-E040"), (family[0], "CH-A042")):
        entry = office.begin("birth", household=home.household_number).with_values(moved_on="令和8年11月10日")
        key = next(each.key for each in entry.people if each.is_new)
        entry = entry.with_person(PersonEntry(key, role=Role.SUBJECT, resident_kind=ResidentKind.FOREIGN))
        entry = office.typed(entry, key, sex="male", relationship="子", name_alphabet="KIM AN")
        assert told(office, entry) == [(wanted, "relationship_proof")]
        assert told(office, office.typed(entry, key, relationship_proof="family_register")) == []


@pytest.mark.requirement("RR-1.1.11d", partial=True)
@pytest.mark.parametrize("kind", ["correct", "correct_error"])
def test_a_corrected_relationship_is_proved(
    office: ChangeOffice, guests: list[ResidentHistory], kind: str
) -> None:
    partner = guests[1]
    entry = office.begin(kind, partner).with_values(**WHEN, cause="書類で確かめた。")
    assert told(office, entry) == []
    entry = office.typed(entry, partner, relationship="姉")
    assert told(office, entry) == [("CH-E040", "relationship_proof")]
    entry = office.typed(entry, partner, relationship_proof="entries")
    assert told(office, entry) == []
    office.register(entry)
    assert list(proofs.shown_for(office.session, partner.addressee_number).values()) == [
        "戸籍届出の記載事項証明書"
    ]
