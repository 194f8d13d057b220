"""続柄 of a move-in: the wording that goes first (RR-1.1.11c), and what proves a foreigner's (RR-1.1.11d)."""

from __future__ import annotations

from typing import Any

import pytest

from residentapp.residents import proofs
from residentapp.residents.move_in.edits import proved_by_papers
from residentapp.residents.move_in.rules import HouseholdFacts, HouseholdMember, check
from residentapp.residents.move_in.rules.reading import read_date
from residentapp.residents.move_in.types import MoveInKind, Scope
from residentapp.residents.types import Sex
from tests.residents.move_in.cases import child, entry, facts, foreigner, person, wife
from tests.residents.move_in.conftest import MoveInOffice


def spouse(**values: Any) -> Any:
    """The foreign head's foreign wife."""
    default = {"name_alphabet": "TRAN THI BE", "name_kana": "チャン　ティ　ベ", "birth_date": "1990年5月1日",
               "sex": "female", "relationship": "妻", "residence_card_number": "AB22345678CD"}  # fmt: skip
    return foreigner("m2", **(default | values))


def told(*members: Any, **values: Any) -> list[tuple[str, str]]:
    """(code, field) of what is found about 続柄."""
    papers = values.pop("papers", {})
    household = values.pop("household", None)
    found = check(entry(*members, **values), facts(papers=papers, household=household))
    codes = ("MI-E028", "MI-E029", "MI-E072", "MI-A029", "MI-A070")
    return [(each.code, each.field) for each in found if each.code in codes]


# ---- the wording that goes first


def certificate(relationship: str, head: str = "渡邉\U000e010f　𠮷男") -> dict[str, str]:
    return {"relationship": relationship, "previous_head_name": head}


@pytest.mark.requirement("RR-1.1.11c")
def test_a_wording_that_the_certificate_shows_to_go_first_is_named() -> None:
    """The head's father's brother's child who is also the wife is 妻; changes see it in the register
    (tests/residents/changes/test_kinship.py)."""
    cousin = wife(relationship="父の兄の子")
    papers = {"m1": certificate("世帯主"), "m2": certificate("妻")}
    [finding] = [
        each for each in check(entry(person(), cousin), facts(papers=papers)) if each.code == "MI-A029"
    ]
    assert finding.field == "members-1-relationship"
    assert "「父の兄の子」より先に使う「妻」" in finding.message and "転出証明書" in finding.message
    assert "「妻」に直して" in finding.remedy
    assert told(person(), wife(), papers=papers) == []
    # Seen from who was the wife before and is head now.
    turned = {"m1": certificate("妻"), "m2": certificate("世帯主")}
    head = person(sex="female")
    assert told(head, wife(sex="male", relationship="同居人"), papers=turned) == [
        ("MI-A029", "members-1-relationship")
    ]


def test_nothing_is_guessed_from_certificates_of_two_households() -> None:
    cousin = wife(relationship="父の兄の子")
    for papers in (
        {},
        {"m2": certificate("妻")},
        {"m1": certificate("世帯主"), "m2": certificate("妻", "別所　一")},
        {"m1": certificate("子"), "m2": certificate("妻")},
    ):
        assert told(person(), cousin, papers=papers) == []


def test_a_child_of_the_heads_father_is_a_sibling() -> None:
    assert told(person(), child("m2", relationship="父の子")) == [("MI-A029", "members-1-relationship")]
    assert told(person(), child("m2", relationship="妹")) == []


# ---- what proves it


@pytest.mark.requirement("RR-1.1.11d", partial=True)
@pytest.mark.parametrize("kind", [MoveInKind.DOMESTIC, MoveInKind.ABROAD, *(list(MoveInKind)[2:])])
def test_the_kin_of_a_foreign_head_is_recorded_by_a_document(kind: MoveInKind) -> None:
    assert told(foreigner(), spouse(), kind=kind) == [("MI-E028", "members-1-relationship_proof")]
    assert told(foreigner(), spouse(relationship="縁故者"), kind=kind) == []
    assert told(foreigner(), spouse(relationship_proof="acceptance"), kind=kind) == []
    without = spouse(relationship_proof="marriage")
    assert told(foreigner(), without, kind=kind) == [("MI-E029", "members-1-relationship_translation")]
    shown = spouse(relationship_proof="marriage", relationship_translation="attached")
    assert told(foreigner(), shown, kind=kind) == []


def test_of_a_japanese_head_the_office_says_what_it_relies_on() -> None:
    assert told(person(), spouse()) == [("MI-A070", "members-1-relationship_proof")]
    assert told(person(), spouse(relationship_proof="family_register")) == []
    # A Japanese of a foreign head has a 戸籍: nothing is asked.
    assert told(foreigner(), wife()) == []


@pytest.mark.parametrize(("foreign", "code"), [(True, "MI-E028"), (False, "MI-A070")])
def test_who_joins_a_household_is_asked_by_its_head(foreign: bool, code: str) -> None:
    birth, _why = read_date("昭和60年1月1日", "birth_date")
    assert birth is not None
    head = HouseholdMember("1", "X", "世帯主", Sex.MALE, birth, foreign)
    joined: dict[str, Any] = {"scope": Scope.PART, "household_number": "7"}
    member = spouse()
    home = HouseholdFacts("7", (head,))
    assert told(member, household=home, **joined) == [(code, "members-0-relationship_proof")]
    # Of a household that may not be known, and of one without a head, nothing is said.
    for other in (HouseholdFacts("7", (head,), hidden=True), HouseholdFacts("7", ())):
        assert told(member, household=other, **joined) == []


@pytest.mark.requirement("RR-1.1.11d", partial=True)
@pytest.mark.parametrize(
    ("papers", "wanted"),
    [
        (certificate("妻"), []),
        # To somebody else, or another 続柄: the certificate does not prove what is typed.
        (certificate("妻", head="別所　独"), ["MI-E072"]),
        (certificate("同居人"), ["MI-E072"]),
        (certificate("妻", head=""), ["MI-E072"]),
        # Only seen on paper.
        (None, []),
    ],
)
def test_a_certificate_proves_the_relationship_to_its_own_head(
    papers: dict[str, str] | None, wanted: list[str]
) -> None:
    told_there = {"m1": certificate("世帯主"), **({"m2": papers} if papers is not None else {})}
    found = told(person(), spouse(relationship_proof="move_out"), papers=told_there)
    assert [code for code, _field in found if code == "MI-E072"] == wanted


@pytest.mark.parametrize(
    ("head", "there", "relationship", "proof"),
    [
        ("渡邉　吉男", "渡邉　吉男", "妻", "move_out"),
        ("渡邉　吉男", "別所　独", "妻", ""),
        ("渡邉　吉男", "渡邉　吉男", "同居人", ""),
        ("", "", "妻", ""),
    ],
)
def test_what_the_papers_prove_is_chosen_already(
    head: str, there: str, relationship: str, proof: str
) -> None:
    made = proved_by_papers(
        entry(person(previous_head_name=head), spouse(previous_head_name=there, relationship=relationship))
    )
    assert [member.relationship_proof for member in made.members] == ["", proof]


@pytest.mark.requirement("RR-1.1.11d", partial=True)
def test_what_was_shown_stays_with_the_change(office: MoveInOffice) -> None:
    shown = spouse(relationship_proof="marriage", relationship_translation="attached")
    lodger = foreigner(
        "m3", name_alphabet="LE VAN CU", relationship="同居人", residence_card_number="AB32345678CD",
        relationship_proof="birth",
    )  # fmt: skip
    registered = office.register(entry(foreigner(), shown, lodger))
    kept = [proofs.shown_for(office.session, number) for number in registered.numbers]
    assert kept == [{}, {registered.change_ids[0]: "結婚証明書（訳文あり）"}, {}]
