"""A protected person's whereabouts stay hidden in the 除票用データベース as they were in the register (CM-5.1)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy.orm import Session

from residentapp.core import numbering
from residentapp.core.access.permissions import Permission
from residentapp.core.crypto import Keyring
from residentapp.core.masters.models import OwnMunicipality
from residentapp.core.violations import Level
from residentapp.core.web.marks import Mark
from residentapp.residents.api import protected_numbers
from residentapp.residents.models import Suppression
from residentapp.residents.protection import HIDDEN
from residentapp.residents.records import operations, queries
from residentapp.residents.records.types import InquiryRefused
from residentapp.residents.removed_records import reader
from residentapp.residents.search import index
from residentapp.residents.search import queries as searches
from residentapp.residents.search.types import SearchPage, SearchQuery
from residentapp.residents.types import ChangeReason, SuppressedProcess, SuppressionCause
from tests.support import residents
from tests.support.clock import TEST_MOMENT
from tests.support.removed import LONG_AGO, remove, removed, store
from tests.support.users import clerk

SECRET = {"address": "架空県架空市秘町七丁目8番9号", "building": "秘荘707号室", "address_code": "99101777000"}
RIGHTS = (Permission.RESIDENT_SEARCH, Permission.RESIDENT_VIEW, Permission.ITEM_RESIDENT_CODE)
CLERK, OFFICER = clerk(*RIGHTS), clerk(*RIGHTS, Permission.SUPPRESSED_VIEW)


@dataclass
class Home:
    """Where a protected mother lives now, and who left the record long ago.

    :param late: died in that home. :param fled: protected herself, moved out long ago. :param moved: lived there, moved
        within the town, died elsewhere. :param other: has nothing to do with them.
    """

    household_number: str
    mother: str
    late: str
    fled: str
    moved: str
    other: str


@pytest.fixture
def home(session: Session) -> Home:
    session.add(
        OwnMunicipality(
            id=1,
            code="991015",
            prefecture="架空県",
            name="架空市",
            kana="カクウシ",
            resident_code_low_water=1,
        )
    )
    # So that no 世帯番号 is also somebody's 宛名番号.
    numbering.allocate(session, numbering.HOUSEHOLD, 500)
    number = residents.household(session)
    mother = residents.resident(session, number, name="守田　母", **SECRET)
    late = removed(session, number, ChangeReason.DEATH, name="守田　祖母", member_order=2, **SECRET)
    fled = removed(session, name="逃田　妹", planned_destination=None)
    lived = residents.resident(
        session, number, name="居候　人", member_order=3,
        made_by=residents.change(session, processed_on=dt.date(2018, 4, 1)), **SECRET,
    )  # fmt: skip
    elsewhere = residents.next_snapshot(
        session,
        lived,
        residents.change(session, ChangeReason.MOVE_WITHIN, processed_on=dt.date(2019, 4, 1)),
        household_number=residents.household(session),
        address="架空県架空市新町3番",
        building=None,
        address_code="99101001001",
    )
    moved = remove(session, elsewhere, ChangeReason.DEATH)
    other = removed(session, name="無縁　者")
    residents.protect(session, mother)
    residents.protect(session, fled)
    index.refresh(session, [mother.addressee_number, moved.addressee_number])
    found = Home(number, *(person.addressee_number for person in (mother, late, fled, moved, other)))
    assert len(store(session, late, fled, moved, other).done) == 4
    return found


def search(session: Session, keyring: Keyring, actor: Any = CLERK, **conditions: Any) -> SearchPage:
    return searches.search(
        session, actor, SearchQuery(**conditions), keyring=keyring, now=TEST_MOMENT, archive=True
    )


@pytest.mark.requirement("CM-5.1", partial=True)
@pytest.mark.parametrize(
    ("condition", "who_may_know_finds"),
    [
        ({"address": "秘町"}, {"守田　祖母", "居候　人"}),
        ({"building": "秘荘"}, {"守田　祖母", "居候　人"}),
        ({"address_code": "99101777000"}, {"守田　祖母", "居候　人"}),
        ({"name": "守田", "address": "秘町"}, {"守田　祖母"}),
        ({"name": "逃田", "address": "本町"}, {"逃田　妹"}),
        ({"address": "本町"}, {"逃田　妹", "無縁　者"}),
    ],
    ids=lambda value: "、".join(sorted(value)) if isinstance(value, set) else str(value),
)
def test_whereabouts_find_nobody_protected(
    session: Session, keyring: Keyring, home: Home, condition: dict[str, str], who_may_know_finds: set[str]
) -> None:
    found = {hit.name for hit in search(session, keyring, **condition).hits}
    assert found == who_may_know_finds & {"無縁　者"}
    assert search(session, keyring, **condition).count == len(found)
    known = {hit.name for hit in search(session, keyring, OFFICER, **condition).hits}
    assert known == who_may_know_finds


def test_their_household_number_finds_nobody_either(session: Session, keyring: Keyring, home: Home) -> None:
    asked = {"household_number": home.household_number}
    assert search(session, keyring, **asked).count == 0
    assert [hit.name for hit in search(session, keyring, OFFICER, **asked).hits] == ["守田　祖母"]


@pytest.mark.requirement("CM-5.1", "RR-3.1f", partial=True)
def test_by_name_they_are_found_with_a_mark_and_without_whereabouts(
    session: Session, keyring: Keyring, home: Home
) -> None:
    for name in ("守田　祖母", "逃田　妹"):
        [hit] = search(session, keyring, name=name).hits
        assert hit.protected and hit.marks == ("支援措置",)
        assert (hit.address, hit.building, hit.postal_code, hit.household_number) == (None,) * 4
        assert "秘" not in repr(hit) and "隣市" not in repr(hit)
    [hit] = search(session, keyring, name="居候　人").hits
    assert hit.address == "架空県架空市新町3番" and "秘" not in repr(hit)


@pytest.mark.requirement("CM-5.1", "RR-1.1.16a", partial=True)
@pytest.mark.parametrize("who", ["late", "fled"])
def test_their_pages_hide_where_they_were_and_went(session: Session, home: Home, who: str) -> None:
    number = getattr(home, who)
    page = operations.open_resident(session, CLERK, number, now=TEST_MOMENT)
    assert page.archived and Mark.SUPPORTED in page.person.marks and Mark.ARCHIVED in page.person.marks
    said = repr(page)
    for secret in ("秘", "隣市", "架空荘", "本町一丁目2番3号", home.household_number):
        assert secret not in said, secret
    assert page.remarks == () and page.remarks_hidden == HIDDEN and page.household == ()
    for day in (LONG_AGO, LONG_AGO - dt.timedelta(days=150)):
        then = operations.open_resident(session, CLERK, number, now=TEST_MOMENT, as_of=day)
        assert "秘" not in repr(then) and "隣市" not in repr(then)
    known = repr(operations.open_resident(session, OFFICER, number, now=TEST_MOMENT))
    assert ("秘荘" if who == "late" else "隣市") in known


def test_the_history_of_who_moved_on_does_not_tell_the_home_that_was_left(
    session: Session, home: Home
) -> None:
    page = operations.open_resident(session, CLERK, home.moved, now=TEST_MOMENT)
    assert "新町3番" in repr(page) and "秘" not in repr(page)
    then = operations.open_resident(session, CLERK, home.moved, now=TEST_MOMENT, as_of=dt.date(2018, 5, 1))
    assert "秘" not in repr(then)
    assert "秘荘" in repr(operations.open_resident(session, OFFICER, home.moved, now=TEST_MOMENT))


def test_the_household_page_lists_them_without_the_address(session: Session, home: Home) -> None:
    page = queries.household_page(
        session, CLERK, home.household_number, now=TEST_MOMENT, today=TEST_MOMENT.date()
    )
    assert [line.person.name for line in page.members] == ["守田　母"]
    assert [line.person.name for line in page.removed] == ["守田　祖母"]
    assert page.hidden == HIDDEN and "秘" not in repr(page) and home.household_number not in repr(page)


def test_numbers_are_not_revealed(session: Session, keyring: Keyring, home: Home) -> None:
    with pytest.raises(InquiryRefused):
        operations.reveal_numbers(session, CLERK, keyring, home.late, now=TEST_MOMENT)
    assert operations.reveal_numbers(session, CLERK, keyring, home.other, now=TEST_MOMENT) == {}


def test_a_suppression_of_the_household_holds_for_who_is_stored(session: Session, home: Home) -> None:
    record = reader.record_of(session, home.other)
    assert record is not None
    session.add(
        Suppression(
            household_number=record.current.household_number, process=SuppressedProcess.INQUIRY, level=Level.ERROR,
            cause=SuppressionCause.SUPPORT, starts_on=dt.date(2026, 1, 1),
        )
    )  # fmt: skip
    session.flush()
    with pytest.raises(InquiryRefused):
        operations.open_resident(session, CLERK, home.other, now=TEST_MOMENT)
    assert {home.other, home.fled, home.mother} <= protected_numbers(session)


def test_only_a_release_opens_them_again(session: Session, keyring: Keyring, home: Home) -> None:
    for row in session.query(Suppression):
        row.released_at = TEST_MOMENT
    session.flush()
    [hit] = search(session, keyring, name="守田　祖母").hits
    assert hit.address == SECRET["address"] and not hit.protected
    assert "隣市" in repr(operations.open_resident(session, CLERK, home.fled, now=TEST_MOMENT))
