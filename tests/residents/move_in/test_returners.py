"""Who comes back, and who was born on the way (RR-4.1.1.2, RR-4.1.0.1b)."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from residentapp.core.access.permissions import Permission
from residentapp.core.numbering import INDIVIDUAL_NUMBER, RESIDENT_CODE
from residentapp.residents import history
from residentapp.residents.cases.errors import EntryRefused
from residentapp.residents.move_in.types import MemberEntry, MoveInEntry
from residentapp.residents.types import ChangeReason, ResidentKind
from tests.conftest import Login
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
from tests.residents.move_in.test_approval import moved_out

CARD = "AB12345678CD"


def held(office: MoveInOffice, by: str) -> dict[str, Any]:
    """What the removed record has of the number by which it is found; in nothing else it is like the entry."""
    keyring = office.keyring
    no_number = {"individual_number_hash": None, "individual_number_cipher": None}
    other = {"name": "改姓　前", "head_name": "改姓　前", **no_number}
    if by == "individual_number":
        number = individual_number(1001)
        return other | {
            "individual_number_hash": keyring.lookup_hash(number, context=INDIVIDUAL_NUMBER),
            "individual_number_cipher": keyring.encrypt(number, context=INDIVIDUAL_NUMBER),
        }
    if by == "resident_code":
        code = resident_code(1001)
        return other | {
            "resident_code_hash": keyring.lookup_hash(code, context=RESIDENT_CODE),
            "resident_code_cipher": keyring.encrypt(code, context=RESIDENT_CODE),
        }
    return other | {"resident_kind": ResidentKind.FOREIGN, "residence_card_number": CARD}


@pytest.mark.requirement("RR-4.1.1.2a")
@pytest.mark.parametrize("by", ["individual_number", "resident_code", "residence_card_number"])
def test_a_removed_record_with_an_equal_number_has_to_be_continued(office: MoveInOffice, by: str) -> None:
    """A new entry is barred on every step of the road; with the record chosen, its 宛名番号 goes on."""
    gone = moved_out(office, **held(office, by))
    member: MemberEntry = foreigner(residence_card_number=CARD) if by == "residence_card_number" else person()
    made: MoveInEntry = entry(member)
    case = office.start(made)
    assert "MI-E060" in office.findings(case, made)
    with pytest.raises(EntryRefused) as refused:
        office.provisional(made)
    assert "MI-E060" in [finding.code for finding in refused.value.open_findings]

    back = foreigner if by == "residence_card_number" else person
    registered = office.register(entry(back(re_entry=gone.addressee_number)))
    assert registered.numbers == (gone.addressee_number,)
    snapshots = history.snapshots_of(office.session, gone.addressee_number)
    assert [row.is_latest for row in snapshots] == [False, False, True]


@pytest.mark.requirement("RR-4.1.1.2d")
def test_there_is_no_list_of_returners(app: Flask, login: Login) -> None:
    """Who comes back is settled in the entry: it cannot wait without a decision, so that no list has to be worked."""
    everybody = login(*Permission)
    home = everybody.get("/").text
    assert "転入" in home and "再転入" not in home
    lists = [
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if any(
            word in f"{rule.rule} {rule.endpoint}".casefold() for word in ("re_entr", "re-entr", "returner")
        )
    ]
    assert lists == []
    assert "再転入" not in everybody.get("/cases").text


@pytest.mark.requirement("RR-4.1.0.1b")
def test_a_child_born_on_the_way_moves_in_with_its_family(office: MoveInOffice) -> None:
    """転入届 together with 出生届: the child's reason is that of the 転入, and it gets its numbers like a newborn."""
    baby = child(
        "m3", name="渡邉\U000e010f　生", name_kana="ワタナベ　ウマレ", birth_date="令和8年11月10日",
        individual_number="", resident_code="", previous_address="",
    )  # fmt: skip
    registered = office.register(entry(person(), wife(), baby))
    rows = [history.latest(office.session, number) for number in registered.numbers]
    assert [row.change.reason for row in rows if row is not None] == [ChangeReason.MOVE_IN_DOMESTIC] * 3
    assert rows[2] is not None and rows[2].resident_code_cipher is not None
    assert rows[2].became_resident_on == rows[0].became_resident_on if rows[0] is not None else False
