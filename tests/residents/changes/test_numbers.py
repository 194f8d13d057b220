"""住民票コード and 個人番号 (RR-4.3.1, RR-4.3.2, RR-4.4) on the whole road."""

from __future__ import annotations

import pytest

from residentapp.core.masters.queries import own_municipality
from residentapp.core.numbering import INDIVIDUAL_NUMBER, RESIDENT_CODE, free_codes
from residentapp.residents.cases.queries import payload_of
from residentapp.residents.changes.procedure import PROCEDURES
from residentapp.residents.models import ResidentHistory
from residentapp.residents.types import ChangeReason
from tests.residents.changes.office import ChangeOffice
from tests.residents.move_in.cases import individual_number
from tests.support import residents

WHEN = {"moved_on": "令和8年11月24日"}


def with_numbers(office: ChangeOffice, code: str, number: str, **values: object) -> ResidentHistory:
    keyring = office.keyring
    named: dict[str, object] = {"name": "番号　持", "head_name": "番号　持"}
    return residents.resident(
        office.session,
        resident_code_cipher=keyring.encrypt(code, context=RESIDENT_CODE),
        resident_code_hash=keyring.lookup_hash(code, context=RESIDENT_CODE),
        individual_number_cipher=keyring.encrypt(number, context=INDIVIDUAL_NUMBER),
        individual_number_hash=keyring.lookup_hash(number, context=INDIVIDUAL_NUMBER),
        **(named | values),
    )


def code_of(office: ChangeOffice, person: ResidentHistory) -> str:
    cipher = office.latest(person).resident_code_cipher
    assert cipher is not None
    return office.keyring.decrypt_text(cipher, context=RESIDENT_CODE)


def number_of(office: ChangeOffice, person: ResidentHistory) -> str:
    cipher = office.latest(person).individual_number_cipher
    assert cipher is not None
    return office.keyring.decrypt_text(cipher, context=INDIVIDUAL_NUMBER)


@pytest.mark.requirement("RR-4.3.2a", "RR-4.3.1a", partial=True)
def test_a_code_is_drawn_for_who_has_none_and_changed_on_request(
    office: ChangeOffice, family: list[ResidentHistory]
) -> None:
    free = free_codes(office.session)
    entry = office.begin("code_change", family[0]).with_values(**WHEN)
    assert "NU-E002" in office.codes(entry)
    entry = office.begin("code_record", family[0]).with_values(**WHEN)
    assert "NU-E001" not in office.codes(entry)
    [change] = office.changes(office.register(entry))
    assert change.reason is ChangeReason.RESIDENT_CODE_RECORD_EX_OFFICIO
    first = code_of(office, family[0])
    assert free_codes(office.session) == free - 1
    assert "NU-E001" in office.codes(office.begin("code_record", family[0]).with_values(**WHEN))

    [change] = office.changes(office.register(office.begin("code_change", family[0]).with_values(**WHEN)))
    assert change.reason is ChangeReason.RESIDENT_CODE_CHANGE_ON_REQUEST
    assert code_of(office, family[0]) != first
    assert office.remarks(office.latest(family[0])) == ["住民票コードの変更"]


@pytest.mark.requirement("RR-4.3.1b")
def test_few_free_codes_are_an_alert(office: ChangeOffice, family: list[ResidentHistory]) -> None:
    own = own_municipality(office.session)
    own.resident_code_low_water = free_codes(office.session) - 1
    office.session.flush()
    assert "NU-A002" not in office.codes(office.begin("code_record", family[0]).with_values(**WHEN))
    own.resident_code_low_water = free_codes(office.session)
    office.session.flush()
    assert "NU-A002" in office.codes(office.begin("code_record", family[0]).with_values(**WHEN))


def test_a_wrong_code_is_corrected(office: ChangeOffice) -> None:
    person = with_numbers(office, "93000000001", individual_number(1))
    other = with_numbers(office, "93000000002", individual_number(2))
    entry = office.begin("code_correct", person).with_values(**WHEN)
    assert "NU-E003" in office.codes(office.typed(entry, person, resident_code="93000000001"))
    assert "NU-E004" in office.codes(office.typed(entry, person, resident_code="93000000002"))
    assert "CH-E058" in office.codes(office.typed(entry, person, resident_code="9300"))
    [change] = office.changes(office.register(office.typed(entry, person, resident_code="930-0000-0003")))
    assert change.reason is ChangeReason.CORRECT_EX_OFFICIO
    assert code_of(office, person) == "93000000003"
    assert code_of(office, other) == "93000000002"


@pytest.mark.requirement("RR-4.4", partial=True)
def test_individual_numbers(office: ChangeOffice, family: list[ResidentHistory]) -> None:
    person = with_numbers(office, "93000000001", individual_number(1), number_card_state="交付済み")
    new = individual_number(3)
    entry = office.begin("number_change", person).with_values(**WHEN)
    assert "NU-E003" in office.codes(office.typed(entry, person, individual_number=individual_number(1)))
    assert "CH-E057" in office.codes(office.typed(entry, person, individual_number="123456789012"))
    entry = office.typed(entry, person, individual_number=new)
    assert office.codes(entry) == ["NU-A001"]
    [change] = office.changes(office.register(entry))
    assert change.reason is ChangeReason.NUMBER_CHANGE_ON_REQUEST
    assert number_of(office, person) == new

    entry = office.begin("number_record", family[0]).with_values(**WHEN)
    assert "NU-E004" in office.codes(office.typed(entry, family[0], individual_number=new))
    [change] = office.changes(
        office.register(office.typed(entry, family[0], individual_number=individual_number(4)))
    )
    assert change.reason is ChangeReason.NUMBER_RECORD_EX_OFFICIO
    assert "NU-E001" in office.codes(
        office.typed(
            office.begin("number_record", family[0]).with_values(**WHEN),
            family[0],
            individual_number=individual_number(5),
        )
    )
    entry = office.begin("number_correct", family[0]).with_values(**WHEN)
    [change] = office.changes(
        office.register(office.typed(entry, family[0], individual_number=individual_number(6)))
    )
    assert change.reason is ChangeReason.NUMBER_CORRECT_EX_OFFICIO
    assert number_of(office, family[0]) == individual_number(6)
    assert "NU-E002" in office.codes(office.begin("number_correct", family[1]).with_values(**WHEN))


def test_the_same_number_waits_in_one_entry_only(office: ChangeOffice, family: list[ResidentHistory]) -> None:
    """RR-4.0.8: nobody is given one number by two entries that both wait for their approval."""
    number = individual_number(9)
    for_son = office.begin("number_record", family[2]).with_values(**WHEN)
    office.provisional(office.typed(for_son, family[2], individual_number=number))
    lodger = residents.resident(office.session, name="別所　独", head_name="別所　独")
    entry = office.begin("number_record", lodger).with_values(**WHEN)
    case = office.start(office.typed(entry, lodger, individual_number=number))
    procedure = next(each for each in PROCEDURES if each.code == case.procedure)
    payload = payload_of(office.keyring, case)
    facts = procedure.facts(office.session, office.clerk, office.keyring, case, payload, now=office.now)
    found = procedure.findings(payload, facts)
    assert "CH-E071" in [finding.code for finding in found]


def test_a_number_comes_back_when_its_change_is_cancelled(office: ChangeOffice) -> None:
    person = with_numbers(office, "93000000001", individual_number(1))
    entry = office.begin("number_change", person).with_values(**WHEN)
    office.register(office.typed(entry, person, individual_number=individual_number(3)))
    office.register(office.begin("code_change", person).with_values(**WHEN))
    office.register(office.begin("cancel", person).with_values(**WHEN))
    assert code_of(office, person) == "93000000001"
    office.register(office.begin("cancel", person).with_values(**WHEN))
    assert number_of(office, person) == individual_number(1)
