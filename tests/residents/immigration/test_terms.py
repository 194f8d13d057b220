"""Whose term of stay ends (入管法 第20条第6項): between two days, coming or passed."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy.orm import Session

from residentapp.core.access.actor import PermissionDenied
from residentapp.core.access.permissions import Permission
from residentapp.residents.immigration.terms import PAGE_SIZE, TermLine, count_expiring, expiring
from residentapp.residents.immigration.types import TermState
from residentapp.residents.models import ResidentHistory
from residentapp.residents.types import ForeignCategory, ResidentState
from tests.residents.immigration.conftest import FOREIGN, SPECIAL
from tests.support import residents
from tests.support.clock import TEST_MOMENT
from tests.support.users import clerk

#: 2026-11-24.
TODAY = TEST_MOMENT.date()
ACTOR = clerk(Permission.RESIDENT_VIEW, Permission.ITEM_RESIDENCE_STATUS)


def who(session: Session, expires: dt.date | None, place: int = 1, **values: object) -> ResidentHistory:
    card = f"ZZ{place:08d}AB"
    return residents.resident(
        session, **FOREIGN | {"residence_expires_on": expires, "residence_card_number": card} | values
    )


def found(session: Session, first: dt.date | None = None, last: dt.date | None = None) -> list[TermLine]:
    return list(expiring(session, ACTOR, first, last, now=TEST_MOMENT).lines)


@pytest.mark.parametrize(
    ("days", "counted", "state"),
    [
        (31, 0, TermState.COMING),
        (30, 1, TermState.COMING),
        (0, 1, TermState.LAST_DAY),
        (-1, 1, TermState.GRACE),
        (-200, 1, TermState.PASSED),
    ],
)
def test_the_work_list_tells_thirty_days_ahead(
    session: Session, days: int, counted: int, state: TermState
) -> None:
    person = who(session, TODAY + dt.timedelta(days=days))
    assert count_expiring(session, today=TODAY) == counted
    [line] = found(session)
    assert (line.number, line.days, line.state) == (person.addressee_number, days, state)


def test_both_days_belong_to_it_and_the_earliest_is_first(session: Session) -> None:
    days = [dt.date(2026, 12, day) for day in (3, 1, 2)]
    people = [who(session, day, place) for place, day in enumerate(days)]
    assert [line.number for line in found(session, days[1], days[0])] == [
        people[place].addressee_number for place in (1, 2, 0)
    ]
    assert [line.expires_on for line in found(session, days[2], days[2])] == ["2026年12月2日"]
    assert found(session, dt.date(2026, 12, 4)) == []
    assert found(session, None, dt.date(2026, 11, 30)) == []


def test_who_has_no_term_or_is_gone_is_not_in_it(session: Session) -> None:
    who(session, None)
    residents.resident(session, **SPECIAL)
    residents.resident(session)
    who(session, TODAY, 2, state=ResidentState.REMOVED, removed_on=TODAY)
    assert found(session) == []
    refuge = who(
        session,
        TODAY,
        3,
        foreign_category=ForeignCategory.TEMPORARY_REFUGE,
        residence_status=None,
        residence_card_number=None,
        residence_period="6月",
    )
    [line] = found(session)
    assert (line.number, line.category, line.status, line.period) == (
        refuge.addressee_number,
        "一時庇護許可者",
        "",
        "6月",
    )


@pytest.mark.requirement("RR-10.4a", partial=True)
def test_the_list_tells_nobody_without_the_right(session: Session) -> None:
    who(session, TODAY)
    for rights in ((Permission.RESIDENT_VIEW,), (Permission.ITEM_RESIDENCE_STATUS,), ()):
        with pytest.raises(PermissionDenied):
            expiring(session, clerk(*rights), None, None, now=TEST_MOMENT)


def test_a_long_list_has_pages(session: Session) -> None:
    for place in range(PAGE_SIZE + 1):
        who(session, TODAY, place)
    first = expiring(session, ACTOR, None, None, now=TEST_MOMENT)
    second = expiring(session, ACTOR, None, None, now=TEST_MOMENT, page=2)
    assert (len(first.lines), len(second.lines), first.pages, first.total) == (PAGE_SIZE, 1, 2, PAGE_SIZE + 1)
