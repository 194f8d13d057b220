"""In a 指定都市 the look-ups of addresses can be narrowed to the officer's ward (RR-1.3.3c)."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy.orm import Session

from residentapp.core.access.models import Department
from residentapp.core.access.permissions import Permission
from residentapp.core.addresses import queries
from residentapp.core.db import Database
from tests.conftest import Login
from tests.support.clock import TEST_MOMENT
from tests.support.masters import make_masters
from tests.support.users import Browser
from tests.support.wards import NORTH, SOUTH, make_ward_towns, make_wards

TODAY = TEST_MOMENT.date()
IN_NORTH, IN_SOUTH = "架空県架空市北区本町一丁目", "架空県架空市南区本町一丁目"


@pytest.mark.requirement("RR-1.3.3c", partial=True)
@pytest.mark.parametrize(
    ("text", "within", "wanted"),
    [
        ("カ カ ホ", None, [IN_NORTH, IN_SOUTH]),
        ("カ キ ホ", None, [IN_NORTH]),
        ("カ カ ホ", "99111", [IN_NORTH]),
        ("カ カクウシ ホ", "99112", [IN_SOUTH]),
        ("カ ミ ホ", "99111", []),
        ("ホ", "99111", [IN_NORTH]),
        ("ほんちょう", "99112", [IN_SOUTH]),
        ("カ カ キ ホ", "99111", [IN_NORTH]),
    ],
)
def test_kana_heads_inside_a_ward(session: Session, text: str, within: str | None, wanted: list[str]) -> None:
    """The ward is given, so that the kana of the town alone is enough."""
    make_ward_towns(session)
    found = queries.by_kana_heads(session, text, on=TODAY, within=within)
    assert [candidate.text for candidate in found] == wanted


@pytest.fixture
def counter(login: Login, database: Database) -> Browser:
    """A clerk of 北区."""
    with database.transaction() as session:
        make_masters(session)
        make_wards(session)
    browser = login(Permission.ADDRESS_LOOKUP)
    with database.transaction() as session:
        session.query(Department).filter(Department.code == "shimin").one().ward_code = NORTH
    return browser


def told(browser: Browser, path: str) -> list[Any]:
    answer = browser.get(path).json or {}
    return [each.get("text") or each["name"] for each in answer.get("candidates", answer.get("picks", []))]


@pytest.mark.requirement("RR-1.3.3c")
def test_look_ups_are_narrowed_to_the_officers_ward_when_asked(counter: Browser, database: Database) -> None:
    """Kana heads, postal code and the pick lists (and the search: tests/residents/search/test_wards.py)."""
    assert told(counter, "/addresses/postal-code?q=999000") == [IN_NORTH, IN_SOUTH]
    assert told(counter, "/addresses/postal-code?q=999000&ward=1") == [IN_NORTH]
    assert told(counter, "/addresses/postal-code?q=9990002&ward=1") == []
    assert told(counter, "/addresses/kana?q=ホ&ward=1") == [IN_NORTH]
    assert told(counter, "/addresses/municipalities/99") == ["架空市北区", "架空市南区"]
    assert told(counter, "/addresses/municipalities/99?ward=1") == ["架空市北区"]
    with database.transaction() as session:
        session.query(Department).filter(Department.code == "shimin").one().ward_code = SOUTH
    assert told(counter, "/addresses/kana?q=ホ&ward=1") == [IN_SOUTH]
    with database.transaction() as session:
        session.query(Department).filter(Department.code == "shimin").one().ward_code = None
    assert told(counter, "/addresses/postal-code?q=999000&ward=1") == [IN_NORTH, IN_SOUTH]
