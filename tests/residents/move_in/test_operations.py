"""Entering a move-in: drafts, locks, provisional registration, back again, withdrawal, and what stays hidden."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from residentapp.core.audit import write_pending
from residentapp.core.audit.models import AuditEntry
from residentapp.residents.cases.queries import payload_of
from residentapp.residents.cases.types import CaseState
from residentapp.residents.move_in import edits, operations
from residentapp.residents.move_in.payload import decode, encode
from residentapp.residents.move_in.types import CasePayload, MoveInKind
from residentapp.residents.types import ResidentKind
from tests.residents.move_in.cases import child, entry, foreigner, person, wife
from tests.residents.move_in.conftest import MoveInOffice, colleague, entry_of

SAMPLES = Path(__file__).parents[3] / "seed" / "move_in_samples"


# ---- drafts


@pytest.mark.requirement("RR-4.0.3a", "RR-4.1.0.2", partial=True)
def test_a_new_entry_starts_with_today_and_without_the_day_of_the_move(office: MoveInOffice) -> None:
    case = operations.start_by_hand(
        office.session, office.clerk, office.keyring, MoveInKind.DOMESTIC, now=office.now
    )
    started = entry_of(office, case.id)
    assert started.moved_on == ""
    assert started.notified_on == "令和8年11月24日"
    assert case.state is CaseState.DRAFT


def test_a_payload_survives_what_a_later_version_forgets() -> None:
    payload = CasePayload(entry(person(), foreigner("m2")), {"m1": {"name": "x"}}, "a.csv")
    assert decode(encode(payload)) == payload
    assert decode(encode(payload).replace('"remark":""', '"gone":"x"')) == payload


@pytest.mark.requirement("RR-10.8", partial=True)
def test_a_case_from_csv_keeps_the_papers_beside_the_entry(office: MoveInOffice) -> None:
    data = (SAMPLES / "family_of_four.csv").read_bytes()
    case, result = operations.start_from_csv(
        office.session, office.clerk, office.keyring, data, "family_of_four.csv", now=office.now
    )
    assert case is not None and result.problems == ()
    payload = payload_of(office.keyring, case)
    assert len(payload.entry.members) == 4 and case.people == 4
    assert payload.entry.moved_on == "" and payload.entry.notified_on == "令和8年11月24日"
    assert payload.papers["m1"]["name"] == payload.entry.members[0].name
    changed = replace(payload.entry.members[0], name="渡辺　吉男")
    made = edits.with_members(payload.entry, (changed, *payload.entry.members[1:]))
    saved = office.save(case, made)
    findings = office.found(saved, payload_of(office.keyring, saved))
    assert "MI-A038" in [finding.code for finding in findings]


def test_a_broken_csv_starts_nothing_and_is_logged(office: MoveInOffice) -> None:
    data = (SAMPLES / "broken.csv").read_bytes()
    case, result = operations.start_from_csv(
        office.session, office.clerk, office.keyring, data, "broken.csv", now=office.now
    )
    assert case is None and result.errors
    write_pending(office.session)
    logged = office.session.scalars(select(AuditEntry)).all()
    assert [(line.action, line.succeeded) for line in logged] == [("転出証明書CSVの取込", False)]


def test_nobody_is_entered_in_two_cases(office: MoveInOffice) -> None:
    office.provisional(entry())
    second = colleague(office)
    case = office.start(entry(), by=second)
    assert office.findings(case, entry()) == ["MI-E064"]
    assert office.findings(case, entry(person(individual_number="", resident_code=""))) == [
        "MI-A031",
        "MI-A032",
    ]


# ---- edits of an entry


@pytest.mark.requirement("RR-4.0.10a", partial=True)
def test_a_further_person_takes_over_what_families_share() -> None:
    made = edits.add_member(entry(person(former_name="旧")), ResidentKind.JAPANESE, reuse=True)
    added = made.members[1]
    assert added.key == "m2"
    assert added.name == "渡邉\U000e010f　" and added.name_kana == "ワタナベ　"
    assert added.registered_domicile == person().registered_domicile
    assert added.previous_address == person().previous_address
    assert added.former_name == "" and added.individual_number == "" and added.birth_date == ""


def test_a_foreign_person_does_not_take_over_a_japanese_name() -> None:
    made = edits.add_member(entry(), ResidentKind.FOREIGN, reuse=True)
    assert made.members[1].name == "" and made.members[1].registered_domicile == ""
    assert made.members[1].previous_address == person().previous_address


def test_people_are_added_blank_and_removed() -> None:
    made = edits.add_member(entry(), ResidentKind.JAPANESE, reuse=False)
    assert made.members[1].previous_address == ""
    made = edits.remove_member(made, "m1")
    assert [member.key for member in made.members] == ["m2"]
    assert edits.add_member(made, ResidentKind.JAPANESE, reuse=False).members[1].key == "m3"


def test_changing_the_kind_empties_what_the_other_kind_has() -> None:
    made = edits.change_kind(entry(), "m1", ResidentKind.FOREIGN)
    assert made.members[0].registered_domicile == "" and made.members[0].name == person().name


@pytest.mark.requirement("RR-4.0.6b", partial=True)  # while entering; registered people are corrected later
def test_the_register_of_one_is_given_to_all_japanese() -> None:
    made = entry(
        person(registered_domicile="例示県直し市1番", register_head="直し　一"), wife(), foreigner("m3")
    )
    made = edits.apply_to_all(made, "m1", edits.Shared.REGISTER)
    assert made.members[1].registered_domicile == "例示県直し市1番"
    assert made.members[1].register_head == "直し　一"
    assert made.members[2].registered_domicile == ""
    moved = edits.apply_to_all(made, "m3", edits.Shared.PREVIOUS)
    assert {member.previous_address for member in moved.members} == {foreigner().previous_address}


@pytest.mark.requirement("RR-4.0.6a", partial=True)
def test_the_places_that_may_be_the_registered_domicile() -> None:
    made = entry(person(), wife(registered_domicile="例示県妻市3番"), child(registered_domicile=""))
    sources = {
        choice.source: choice.text
        for choice in edits.domicile_choices(
            made, made.members[2], [("世帯主", "架空　太郎", "架空県架空市港1番", "架空　太郎")]
        )
    }
    assert sources["現住所"] == "架空県架空市本町一丁目8番3号"
    assert sources["転入前住所"] == person().previous_address
    assert sources[f"世帯主の本籍（{person().name}）"] == person().registered_domicile
    assert sources[f"世帯員の本籍（{wife().name}）"] == "例示県妻市3番"
    assert sources["世帯主の本籍（架空　太郎）"] == "架空県架空市港1番"
    taken = edits.take_domicile(
        made, "m3", edits.DomicileChoice("x", "", "例示県妻市3番", "妻　筆頭")
    ).members[2]
    assert (taken.registered_domicile, taken.register_head) == ("例示県妻市3番", child().register_head)


def test_a_sex_that_is_none_is_an_error_of_its_field(office: MoveInOffice) -> None:
    """Sent by hand, it must not break the search for people who are recorded already."""
    case = office.start(entry())
    assert office.findings(case, entry(person(sex="girl"))) == ["MI-E044"]
