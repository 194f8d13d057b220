"""Every page that takes an address or a 本籍 lets it be found in the dictionary, with the same finder (RR-1.3.3c)."""

from __future__ import annotations

import re

import pytest

from residentapp.core.access.permissions import Permission
from residentapp.core.db import Database
from residentapp.residents.changes.spec import Ask, ChangeSpec, specs
from residentapp.residents.move_in.fields import FIELDS_BY_NAME
from tests.conftest import Login
from tests.residents.changes.conftest import ENTER
from tests.residents.changes.test_screens import begin, people

__all__ = ["people"]

#: Items of the record with a button of their own (``cases/places.html``).
FOUND = {"registered_domicile", "previous_address", "unreported_address", "last_registered_address", "town"}
#: A place in words; what only belongs to one (codes, days, 番地, 方書) is filled along or typed.
_PLACE = re.compile("住所|本籍|転出先")
_NO_PLACE = re.compile("コード|年月日|郵便番号|番地|方書|世帯主|写す元")


def places(spec: ChangeSpec) -> list[Ask]:
    return [
        ask
        for ask in (*spec.asks, *spec.person_asks)
        if ask.kind in ("text", "address") and _PLACE.search(ask.label) and not _NO_PLACE.search(ask.label)
    ]


@pytest.mark.requirement("RR-1.3.3c", partial=True)
@pytest.mark.parametrize("spec", specs(), ids=lambda spec: spec.code)
def test_each_place_of_a_change_can_be_found(spec: ChangeSpec) -> None:
    assert [ask.name for ask in places(spec) if ask.finder is None and ask.name not in FOUND] == []


@pytest.mark.requirement("RR-1.3.3c", partial=True)
def test_each_place_of_a_move_in_can_be_found() -> None:
    asked = {
        name
        for name, field in FIELDS_BY_NAME.items()
        if field.kind.value == "text" and _PLACE.search(field.label) and not _NO_PLACE.search(field.label)
    }
    assert {"registered_domicile", "previous_address", "unreported_address"} <= asked <= FOUND


def targets(page: str) -> set[str]:
    return set(re.findall(r'data-find-address[^>]* data-into="([^"]+)"', page))


@pytest.mark.requirement("RR-1.3.3c", partial=True)
@pytest.mark.parametrize(
    ("kind", "wanted"),
    [
        ("move_within", {"town"}),
        ("move_out", {"planned_town"}),
        ("correct", {"registered_domicile", "previous_address", "last_registered_address"}),
    ],
)
def test_the_pages_have_the_finder(
    login: Login, people: list[str], database: Database, kind: str, wanted: set[str]
) -> None:
    clerk = login(*ENTER, *Permission, login="clerk1")
    page = clerk.get(begin(clerk, people[0], kind)).text
    found = {target.rsplit("-", 1)[-1] for target in targets(page)}
    assert wanted <= found, found
    assert page.count('<dialog id="address-finder"') == 1 and "/addresses/static/address_finder.js" in page


def test_without_the_right_to_the_dictionary_there_is_no_button(login: Login, people: list[str]) -> None:
    rights = [right for right in ENTER if right is not Permission.ADDRESS_LOOKUP]
    clerk = login(*rights, login="clerk1")
    assert targets(clerk.get(begin(clerk, people[0], "move_within")).text) == set()
