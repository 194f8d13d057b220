"""一括入力 on the page of a move-in (RR-4.0.10a, RR-4.0.10b)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from residentapp.core.access.actor import Actor
from residentapp.residents.move_in import copying
from residentapp.residents.move_in.rules import HouseholdFacts, HouseholdMember
from residentapp.residents.move_in.rules.reading import read_date
from residentapp.residents.move_in.types import MemberEntry, MoveInEntry, Scope
from residentapp.residents.types import Sex
from tests.residents.move_in.cases import entry, foreigner, person
from tests.residents.move_in.conftest import ENTER
from tests.support.users import clerk

OFFICER = clerk(*ENTER)
HEAD = "渡邉\U000e010f　𠮷男"
#: Everything of whom the first has told, nothing of the second.
TOLD = person(previous_head_name="見本　一", former_name="旧", register_head="筆頭　者")
BLANK = MemberEntry("m2")


def copied(
    made: MoveInEntry, source: str, target: str, *, home: HouseholdFacts | None = None, by: Actor = OFFICER
) -> tuple[MoveInEntry, str]:
    return copying.copy(made, home, by, {"copy-from": source, "copy-to": target})


@pytest.mark.requirement("RR-4.0.10a", partial=True)
@pytest.mark.parametrize(
    ("source", "field", "expected"),
    [
        ("m1-name|family", "name", "渡邉\U000e010f　"),
        ("m1-register_head|family", "name", "筆頭　"),
        ("m1-name", "register_head", HEAD),
        ("m1-name", "previous_head_name", HEAD),
        ("m1-previous_head_name", "register_head", "見本　一"),
        ("m1-register_head", "previous_head_name", "筆頭　者"),
        ("m1-registered_domicile", "registered_domicile", "例示県見本市緑町二丁目5番"),
        ("m1-previous_address", "registered_domicile", "例示県見本市緑町二丁目5番7号"),
        ("address", "registered_domicile", "架空県架空市本町一丁目8番3号"),
        ("address", "previous_address", "架空県架空市本町一丁目8番3号"),
        ("m1-registered_domicile", "previous_address", "例示県見本市緑町二丁目5番"),
    ],
)
def test_names_and_addresses_from_one_another(source: str, field: str, expected: str) -> None:
    made, filled = copied(entry(TOLD, BLANK), source, f"members-1-{field}")
    assert filled == f"members-1-{field}"
    assert getattr(made.members[1], field) == expected
    others = replace(made.members[1], **{field: ""}, previous_postal_code="", previous_address_code="")
    assert others == BLANK and made.members[0] == TOLD


def test_a_former_address_comes_with_its_codes_and_goes_to_the_new_one() -> None:
    made, _filled = copied(entry(TOLD, BLANK), "m1-previous_address", "members-1-previous_address")
    assert made.members[1].previous_postal_code == TOLD.previous_postal_code
    made, filled = copied(entry(TOLD), "m1-registered_domicile", "town")
    assert (filled, made.town, made.lot, made.building) == ("town", "例示県見本市緑町二丁目", "5番", "")
    # The code of another town does not stay behind.
    assert (made.postal_code, made.address_code) == ("", "")


def test_japanese_and_foreigners_are_kept_apart_and_former_names_never_taken() -> None:
    made = entry(TOLD, foreigner("m2", name_alphabet=""))
    assert copied(made, "m1-name", "members-1-name_alphabet") == (made, "")
    assert copied(made, "m1-former_name", "members-0-name") == (made, "")
    assert copied(made, "m1-name", "members-0-former_name") == (made, "")
    two = entry(foreigner(), foreigner("m2", name_alphabet=""))
    assert (
        copied(two, "m1-name_alphabet|family", "members-1-name_alphabet")[0].members[1].name_alphabet
        == "NGUYEN "
    )


@pytest.mark.requirement("RR-4.0.10b", partial=True)
def test_of_the_household_that_is_joined_only_the_head_is_a_source() -> None:
    birth, _why = read_date("昭和60年1月1日", "birth_date")
    assert birth is not None
    home = HouseholdFacts("7", (HouseholdMember("1", "架空　太郎", "世帯主", Sex.MALE, birth),))
    made = entry(BLANK, scope=Scope.PART, household_number="7")
    assert copied(made, "head|family", "members-0-name", home=home)[0].members[0].name == "架空　"
    assert [
        each.key for each in copying.sources(made, home, OFFICER) if each.place is not None and each.text
    ] == []
    assert "town" not in [each.key for each in copying.targets(made, OFFICER)]
    hidden = replace(home, hidden=True)
    assert copied(made, "head", "members-0-name", home=hidden) == (made, "")


def test_who_may_not_see_the_register_neither_takes_nor_fills_it() -> None:
    by = clerk(*(each for each in ENTER if each.value != "item.registered_domicile"))
    made = entry(TOLD, BLANK)
    assert copied(made, "m1-register_head", "members-1-previous_head_name", by=by) == (made, "")
    assert copied(made, "m1-name", "members-1-register_head", by=by) == (made, "")
    assert not any("本籍" in each.label or "筆頭者" in each.label for each in copying.sources(made, None, by))
