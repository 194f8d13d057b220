"""A protected person's whereabouts cannot be got out of the search, however it is asked (CM-5.1)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import pytest
from sqlalchemy.orm import Session

from residentapp.core.access.permissions import Permission
from residentapp.core.search_keys import MatchKind
from residentapp.residents.models import Suppression
from residentapp.residents.search import plans, queries
from residentapp.residents.search.types import EmptyItem, SearchError, StateScope
from residentapp.residents.types import ChangeReason, ResidentState
from tests.residents.search.conftest import SearchFor, indexed, names
from tests.support import residents
from tests.support.users import clerk

SECRET_TOWN = "架空県架空市秘町七丁目8番9号"
SECRET_BUILDING = "秘荘707号室"
SECRET_CODE = "99101777000"


@dataclass
class Family:
    mother: Any
    child: Any
    lodger: Any
    neighbour: Any


@pytest.fixture
def family(session: Session) -> Family:
    """A protected mother and child, an unprotected lodger in their household, and a neighbour of the same name."""
    home = residents.household(session)
    place = {"address": SECRET_TOWN, "building": SECRET_BUILDING, "address_code": SECRET_CODE}
    old = {"address": "架空県架空市旧町1番", "building": None, "address_code": "99101001000"}
    mother = residents.resident(session, home, name="守田　母", name_kana="モリタ　ハハ", **old)
    moved = residents.change(session, ChangeReason.MOVE_WITHIN, processed_on=dt.date(2026, 8, 1))
    mother = residents.next_snapshot(session, mother, moved, **place)
    child = residents.resident(
        session, home, name="守田　子", name_kana="モリタ　コ", member_order=2, **place
    )
    lodger = residents.resident(
        session, home, name="居候　人", name_kana="イソウロウ　ジン", member_order=3, **place
    )
    neighbour = residents.resident(session, name="守田　隣", name_kana="モリタ　トナリ", **place)
    residents.protect(session, mother, child)
    indexed(session, mother, child, lodger, neighbour)
    return Family(mother, child, lodger, neighbour)


@pytest.fixture(params=[(600, 1000), (0, 1000), (600, 0), (0, 0)], ids=str)
def every_way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """By words or by walking, all read or only the page."""
    most, limit = request.param
    monkeypatch.setattr(plans, "MOST_WORDS", most)
    monkeypatch.setattr(queries, "READ_LIMIT", limit)


ATTEMPTS: dict[str, Callable[[Family], dict[str, Any]]] = {
    "town": lambda family: {"address": "秘町"},
    "town, former ones too, removed too": lambda family: {"address": "秘町", "states": StateScope.ALL},
    "whole address": lambda family: {"address": SECRET_TOWN, "address_match": MatchKind.FULL},
    "part of the town": lambda family: {"address": "秘", "address_match": MatchKind.CONTAINS},
    "numbers": lambda family: {"address": "7-8-9", "address_match": MatchKind.CONTAINS},
    "town's end and numbers": lambda family: {"address": "町7-8", "address_match": MatchKind.CONTAINS},
    "building": lambda family: {"building": "秘荘"},
    "room": lambda family: {"building": "707"},
    "address code": lambda family: {"address_code": SECRET_CODE},
    "household": lambda family: {"household_number": family.mother.household_number},
    "name and town": lambda family: {"name": "守田　母", "address": "秘町"},
    "name part and town": lambda family: {"name": "守", "name_match": MatchKind.CONTAINS, "address": "秘町"},
    "kana and building": lambda family: {"kana": "モリタ", "building": "秘荘"},
    "number and town": lambda family: {"addressee_number": family.mother.addressee_number, "address": "秘町"},
    "number and household": lambda family: {
        "addressee_number": family.child.addressee_number,
        "household_number": family.child.household_number,
    },
    "birth date and code": lambda family: {"birth_from": dt.date(1980, 5, 5), "address_code": SECRET_CODE},
    "former town": lambda family: {"address": "旧町"},
    "no building": lambda family: {"name": "守田", "empty": frozenset({EmptyItem.BUILDING})},
    "no code": lambda family: {"empty": frozenset({EmptyItem.ADDRESS_CODE}), "states": StateScope.ALL},
}


@pytest.mark.requirement("CM-5.1", partial=True)
@pytest.mark.parametrize("attempt", ATTEMPTS.values(), ids=list(ATTEMPTS))
def test_whereabouts_never_find_a_protected_person(
    find: SearchFor, family: Family, every_way: None, attempt: Callable[[Family], dict[str, Any]]
) -> None:
    """Neither the page nor the count holds the protected or who lives with them; who may know finds them."""
    hidden = {family.mother.name, family.child.name, family.lodger.name}
    page = find(**attempt(family))
    assert not hidden & set(names(page))
    assert page.count == (len(page.hits) if page.count_is_exact else 0)
    step = find(size=1, **attempt(family))
    while step.next_key is not None:
        assert not hidden & set(names(step))
        step = find(size=1, after=step.next_key, **attempt(family))


@pytest.mark.requirement("CM-5.1", partial=True)
@pytest.mark.parametrize("town", ["秘町", "旧町"])
def test_who_once_lived_in_their_home_does_not_tell_where_it_is(
    session: Session, find: SearchFor, family: Family, every_way: None, town: str
) -> None:
    """The former address of somebody who moved on finds them, but not where a protected person lives now."""
    first = {"address": "架空県架空市旧町5番"} if town == "旧町" else {"address": SECRET_TOWN}
    gone = residents.resident(session, name="去田　夫", name_kana="サルタ　オット", **first)
    moved = residents.change(session, ChangeReason.MOVE_WITHIN, processed_on=dt.date(2026, 9, 1))
    gone = residents.next_snapshot(session, gone, moved, address="架空県架空市新町3番", building=None)
    indexed(session, gone)
    responsible = clerk(Permission.RESIDENT_SEARCH, Permission.SUPPRESSED_VIEW)
    assert ("去田　夫" in names(find(address=town))) == (town == "旧町")
    assert "去田　夫" in names(find(by=responsible, address=town))
    assert "去田　夫" in names(find(address="新町"))
    shown = next(hit for hit in find(name="去田").hits)
    assert SECRET_TOWN not in repr(shown)


@pytest.mark.parametrize(
    "attempt",
    [attempt for name, attempt in ATTEMPTS.items() if not name.startswith("no ")],
    ids=[name for name in ATTEMPTS if not name.startswith("no ")],
)
def test_who_may_know_finds_them(
    find: SearchFor, family: Family, attempt: Callable[[Family], dict[str, Any]]
) -> None:
    """The attempts above fail because of the protection, not because they find nobody anyway."""
    responsible = clerk(Permission.RESIDENT_SEARCH, Permission.SUPPRESSED_VIEW)
    hits = {hit.name: hit for hit in find(by=responsible, **attempt(family)).hits}
    shown = hits.get("守田　母") or hits["守田　子"]
    assert (shown.address, shown.marks) == (SECRET_TOWN, ("支援措置",))


@pytest.mark.requirement("CM-5.1", partial=True)
@pytest.mark.parametrize(
    "condition",
    [
        {"name": "守田"},
        {"name": "守", "name_match": MatchKind.CONTAINS},
        {"kana": "モリタ"},
        {"birth_from": dt.date(1980, 5, 5)},
        {"relationship": "世帯主"},
    ],
    ids=str,
)
def test_found_by_name_without_whereabouts(
    find: SearchFor, family: Family, every_way: None, condition: dict[str, Any]
) -> None:
    """The mark shows, nothing that tells where; the unprotected neighbour is shown in full."""
    hits = {hit.name: hit for hit in find(**condition).hits}
    for name in ("守田　母", "守田　子"):
        hit = hits[name]
        assert hit.protected and hit.marks == ("支援措置",)
        assert (hit.address, hit.building, hit.postal_code, hit.household_number) == (None,) * 4
        assert not any(secret in str(asdict(hit)) for secret in ("秘", "旧町"))
    neighbour = hits["守田　隣"]
    assert (neighbour.address, neighbour.building) == (SECRET_TOWN, SECRET_BUILDING)
    assert not neighbour.protected


def test_who_lives_with_them_does_not_tell(session: Session, find: SearchFor, family: Family) -> None:
    """Nor does the removed record of somebody who lived with them to the end."""
    death = residents.change(session, ChangeReason.DEATH)
    [hit] = find(name="居候").hits
    assert (hit.address, hit.building, hit.household_number) == (None, None, None)
    gone = residents.next_snapshot(session, family.lodger, death, state=ResidentState.DEAD)
    indexed(session, gone)
    [hit] = find(name="居候", states=StateScope.REMOVED).hits
    assert (hit.address, hit.building, hit.household_number) == (None, None, None)
    assert find(address="秘町", states=StateScope.REMOVED).count == 0


@pytest.mark.requirement("RR-3.1e", partial=True)
def test_protection_outlives_its_term_and_a_temporary_lift(
    session: Session, find: SearchFor, family: Family
) -> None:
    """Only a release ends it; a lift opens one output, not the search."""
    for row in session.query(Suppression):
        row.ends_on = dt.date(2026, 5, 1)
        row.lifted_until = dt.datetime(2026, 11, 24, 23, 0, tzinfo=dt.UTC)
    session.flush()
    assert find(name="守田　母").hits[0].address is None
    assert names(find(address="秘町")) == ["守田　隣"]
    for row in session.query(Suppression):
        row.released_at = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
    session.flush()
    assert find(name="守田　母").hits[0].address == SECRET_TOWN
    assert len(find(address="秘町").hits) == 4


def test_errors_do_not_depend_on_who_lives_there(find: SearchFor, family: Family) -> None:
    """A search that finds only protected people looks like one that finds nobody."""
    assert find(household_number=family.mother.household_number) == find(household_number="0000000000")
    with pytest.raises(SearchError):
        find(address="架空市")
