"""What a request must say, and which days of birth an age means (法第11条, 第11条の2, 年齢計算ニ関スル法律)."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from residentapp.core.ages import age_during
from residentapp.residents.reading.rules import Facts, births_of, check_request, years_before
from residentapp.residents.reading.types import Basis, Conditions, ReadingRequest

WHOLE = ReadingRequest(
    basis=Basis.SURVEY, requester_name="架空大学", readers="架空　調査員", purpose="世論調査の対象者の抽出"
)


def codes(request: ReadingRequest, facts: Facts) -> list[str]:
    return [each.code for each in check_request(request, facts)]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        ({"requester_name": " "}, ["RD-E001"]),
        ({"purpose": ""}, ["RD-E002"]),
        ({"readers": "　"}, ["RD-E003"]),
        ({"conditions": Conditions(age_from=20, age_to=19)}, ["RD-E004"]),
        ({"conditions": Conditions(age_from=20, age_to=20)}, []),
        ({"conditions": Conditions(birth_from="2000-01-02", birth_to="2000-01-01")}, ["RD-E005"]),
        ({"conditions": Conditions(birth_from="2000-01-01", birth_to="2000-01-01")}, []),
        ({"conditions": Conditions(with_suppressed=True)}, ["RD-E010"]),
    ],
)
def test_what_a_request_must_say(changes: dict[str, object], expected: list[str]) -> None:
    assert codes(replace(WHOLE, **changes), Facts(people=1)) == expected  # type: ignore[arg-type]


@pytest.mark.requirement("RR-3.4a", partial=True)
def test_a_list_that_leaves_nobody_out_is_an_error_whoever_would_stand_on_it() -> None:
    """With nobody on it, with somebody, and not counted: the same, so that nothing can be found out."""
    asked = replace(WHOLE, conditions=Conditions(with_suppressed=True))
    for people in (None, 0, 1):
        assert codes(asked, Facts(people=people)) == ["RD-E010"]
    assert codes(asked, Facts(people=1, reviewed=True)) == []
    assert codes(WHOLE, Facts(people=0)) == ["RD-E011"]
    assert codes(asked, Facts(people=0, reviewed=True)) == ["RD-E011"]


#: Day on which it is asked, age, the latest day of birth of that age.
LATEST = [
    (dt.date(2026, 11, 24), 18, dt.date(2008, 11, 24)),
    (dt.date(2026, 11, 23), 18, dt.date(2008, 11, 23)),
    (dt.date(2026, 2, 28), 18, dt.date(2008, 2, 28)),
    (dt.date(2026, 3, 1), 18, dt.date(2008, 3, 1)),
    (dt.date(2028, 2, 29), 20, dt.date(2008, 2, 29)),
    (dt.date(2028, 2, 29), 19, dt.date(2009, 2, 28)),
    (dt.date(2026, 11, 24), 0, dt.date(2026, 11, 24)),
]


@pytest.mark.parametrize(("today", "age", "latest"), LATEST)
def test_the_latest_day_of_birth_of_an_age(today: dt.date, age: int, latest: dt.date) -> None:
    """Born that day or the day before, one is that old; born the day after, not yet."""
    assert years_before(today, age) == latest
    assert age_during(latest - dt.timedelta(days=1), today) >= age
    assert age_during(latest, today) >= age
    if latest < today:
        assert age_during(latest + dt.timedelta(days=1), today) == age - 1


def test_born_on_29_february_one_is_a_year_older_on_1_march() -> None:
    born = dt.date(2008, 2, 29)
    assert years_before(dt.date(2026, 2, 28), 18) < born <= years_before(dt.date(2026, 3, 1), 18)


def test_ages_and_days_of_birth_narrow_together() -> None:
    today = dt.date(2026, 11, 24)
    assert births_of(Conditions(), today) == (None, None)
    assert births_of(Conditions(age_from=20, age_to=29), today) == (
        dt.date(1996, 11, 25), dt.date(2006, 11, 24),
    )  # fmt: skip
    both = Conditions(age_from=20, birth_from="1990-01-01", birth_to="2010-01-01")
    assert births_of(both, today) == (dt.date(1990, 1, 1), dt.date(2006, 11, 24))


def test_a_request_is_kept_as_it_is() -> None:
    asked = replace(
        WHOLE,
        conditions=Conditions(towns=("2", "1"), district=("polling", "01"), age_to=3, with_suppressed=True),
    )
    kept = asked.kept()
    assert ReadingRequest.of(kept).kept() == kept and kept["conditions"]["towns"] == ["1", "2"]
