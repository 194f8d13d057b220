"""Which district an address lies in on a day, and what an address became (RR-1.3.5, RR-1.3.2)."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from residentapp.core.addresses import district_models as kinds
from residentapp.core.addresses.district_models import (
    DEFAULT_KINDS,
    District,
    DistrictArea,
    Renumbering,
    RenumberingKind,
)
from residentapp.core.addresses.districts import (
    district_kinds,
    district_map,
    district_of,
    district_of_address,
    lot_of_address,
    run_keys,
)
from residentapp.core.addresses.renumbering import became, renumberings_of_town
from residentapp.core.addresses.sort_keys import lot_key
from tests.support.streets import make_streets

DAY = dt.date(2026, 11, 24)
SINCE = dt.date(2006, 1, 1)
EAST, NORTH, UPPER, FIRST = "99101003000", "99101002000", "99101002001", "99101001001"


@pytest.mark.parametrize(
    ("first", "last", "lot", "inside"),
    [
        ("1番", "5番", "1番", True),
        ("1番", "5番", "0番9号", False),
        ("1番", "5番", "5番", True),
        ("1番", "5番", "5番10号", True),
        ("1番", "5番", "6番", False),
        ("1番2号", "1番9号", "1番1号", False),
        ("1番2号", "1番9号", "1番9号3", True),
        ("1番2号", "1番9号", "1番10号", False),
        ("12番地", "12番地", "１２番地の３", True),
        ("12番地", "", "12番地4", True),
        ("", "12番地", "13番地", False),
        ("甲5", "甲9", "甲7", True),
        ("甲5", "甲9", "7番地", False),
        ("無番地", "無番地", "無番地", True),
        ("1番", "9番", "無番地", False),
    ],
)
def test_a_run_holds_all_that_lies_under_its_ends(first: str, last: str, lot: str, inside: bool) -> None:
    begin, end = run_keys(first, last)
    assert (begin <= lot_key(lot).encoded <= end) == inside


def test_runs_that_are_none() -> None:
    assert run_keys("", " ") == ("", "")
    with pytest.raises(ValueError):
        run_keys("5番", "4番")


def area(
    session: Session,
    district: District,
    town: str,
    first: str = "",
    last: str = "",
    since: dt.date = SINCE,
    until: dt.date | None = None,
) -> None:
    first_key, last_key = run_keys(first, last)
    session.add(
        DistrictArea(
            district=district, kind=district.kind, town_code=town, first_lot=first, last_lot=last,
            first_key=first_key, last_key=last_key, valid_from=since, valid_to=until,
        )
    )  # fmt: skip
    session.flush()


@pytest.fixture
def divided(session: Session) -> dict[str, District]:
    """Two polling districts, and a school district that covers nothing of 東町."""
    make_streets(session)
    made = {
        code: District(kind=kind, code=code, name=f"{code}の地区", valid_from=SINCE)
        for code, kind in (("001", kinds.POLLING), ("002", kinds.POLLING), ("S1", kinds.ELEMENTARY_SCHOOL))
    }
    session.add_all(made.values())
    session.flush()
    area(session, made["001"], EAST)
    area(session, made["002"], EAST, "9番地", "9番地")
    area(session, made["001"], NORTH)
    area(session, made["S1"], FIRST, "1番", "5番")
    return made


@pytest.mark.requirement("RR-1.3.5", partial=True)
@pytest.mark.parametrize(
    ("town", "lot", "kind", "code"),
    [
        (EAST, "8番地", kinds.POLLING, "001"),
        (EAST, "9番地", kinds.POLLING, "002"),
        (EAST, "9番地2", kinds.POLLING, "002"),
        (EAST, "10番地", kinds.POLLING, "001"),
        (EAST, "無番地", kinds.POLLING, "001"),
        (EAST, "", kinds.POLLING, "001"),
        # 小字 belong to their 大字.
        (UPPER, "3番地", kinds.POLLING, "001"),
        (FIRST, "3番1号", kinds.ELEMENTARY_SCHOOL, "S1"),
        (FIRST, "6番1号", kinds.ELEMENTARY_SCHOOL, None),
        (FIRST, "", kinds.ELEMENTARY_SCHOOL, None),
        (FIRST, "3番1号", kinds.POLLING, None),
        (EAST, "8番地", kinds.ELEMENTARY_SCHOOL, None),
        ("00000000000", "1番", kinds.POLLING, None),
    ],
)
def test_the_district_of_an_address(
    session: Session, divided: dict[str, District], town: str, lot: str, kind: str, code: str | None
) -> None:
    key = lot_key(lot).encoded if lot else ""
    found = district_of(session, town, key, kind, DAY)
    assert (found.code if found else None) == code
    assert district_map(session, kind, DAY).of(town, key) is found


def test_a_koaza_may_lie_elsewhere_than_its_oaza(session: Session, divided: dict[str, District]) -> None:
    area(session, divided["002"], UPPER)
    for town, code in ((UPPER, "002"), (NORTH, "001")):
        found = district_of(session, town, lot_key("1番地").encoded, kinds.POLLING, DAY)
        assert found is not None and found.code == code


@pytest.mark.requirement("RR-1.3.5", partial=True)
@pytest.mark.parametrize(
    ("day", "code"),
    [
        (dt.date(2005, 12, 31), None),
        (dt.date(2006, 1, 1), "001"),
        (dt.date(2027, 3, 31), "001"),
        (dt.date(2027, 4, 1), "002"),
        (dt.date(2030, 3, 31), "002"),
        (dt.date(2030, 4, 1), None),
    ],
)
def test_districts_change_on_their_day(
    session: Session, divided: dict[str, District], day: dt.date, code: str | None
) -> None:
    """An area ends with its own last day, and with that of its district."""
    area(session, divided["001"], FIRST, until=dt.date(2027, 3, 31))
    area(session, divided["002"], FIRST, since=dt.date(2027, 4, 1))
    divided["002"].valid_to = dt.date(2030, 3, 31)
    session.flush()
    found = district_of(session, FIRST, lot_key("1番1号").encoded, kinds.POLLING, day)
    assert (found.code if found else None) == code


@pytest.mark.parametrize(
    ("address", "lot"),
    [
        ("架空県架空市東町9番地2", "9番地2"),
        ("架空市東町9番地2", "9番地2"),
        ("東町9番地2", "9番地2"),
        ("架空県架空市東町", ""),
        ("例示県別町9番地2", ""),
    ],
)
def test_the_lot_is_what_follows_the_town(
    session: Session, divided: dict[str, District], address: str, lot: str
) -> None:
    assert lot_of_address(session, EAST, address) == lot
    found = district_of_address(session, EAST, address, kinds.POLLING, DAY)
    assert found is not None and found.code == ("002" if lot else "001")


def test_a_new_database_has_the_usual_kinds(session: Session) -> None:
    assert [(kind.code, kind.name, kind.place) for kind in district_kinds(session)] == list(DEFAULT_KINDS)


@pytest.mark.parametrize(("first", "last"), [("x", ""), ("", "x"), ("02", "01")])
def test_the_database_takes_no_half_run(
    session: Session, divided: dict[str, District], first: str, last: str
) -> None:
    session.add(
        DistrictArea(
            district=divided["001"], kind=kinds.POLLING, town_code=FIRST, first_lot="", last_lot="",
            first_key=first, last_key=last, valid_from=SINCE,
        )
    )  # fmt: skip
    with pytest.raises(IntegrityError):
        session.flush()


def renumbered(session: Session, day: dt.date, old: tuple[str, str], new: tuple[str, str]) -> None:
    session.add(
        Renumbering(
            kind=RenumberingKind.RESIDENTIAL, effective_on=day, old_town_code=old[0], old_lot=old[1],
            new_town_code=new[0], new_lot=new[1], note="",
        )
    )  # fmt: skip
    session.flush()


@pytest.mark.requirement("RR-1.3.2", partial=True)
@pytest.mark.parametrize(
    ("lot", "day", "expected"),
    [
        ("9番地", dt.date(2026, 9, 30), []),
        ("9番地", dt.date(2026, 10, 1), ["1番1号", "1番2号"]),
        ("９番地", dt.date(2026, 10, 1), ["1番1号", "1番2号"]),
        # A lot without a row of its own goes with its town.
        ("10番地", dt.date(2026, 11, 1), [""]),
    ],
)
def test_what_an_address_became(session: Session, lot: str, day: dt.date, expected: list[str]) -> None:
    make_streets(session)
    renumbered(session, dt.date(2026, 10, 1), (EAST, "9番地"), (FIRST, "1番1号"))
    renumbered(session, dt.date(2026, 10, 1), (EAST, "9番地"), (FIRST, "1番2号"))
    renumbered(session, dt.date(2026, 11, 1), (EAST, ""), (NORTH, ""))
    assert [row.new_lot for row in became(session, EAST, lot, on=day)] == expected
    assert [row.new_lot for row in renumberings_of_town(session, EAST)] == ["", "1番1号", "1番2号"]
    assert len(renumberings_of_town(session, FIRST)) == 2
