"""Where a 指定都市 limits changes to the residents of the own ward, notices of 入管庁 likewise (RR-4.5.6b)."""

from __future__ import annotations

import pytest

from residentapp.core.masters.models import OwnMunicipality
from residentapp.residents.immigration import notices
from residentapp.residents.immigration.notices import NOTICES, take_by_hand
from residentapp.residents.immigration.types import NoticeState
from residentapp.residents.models import ResidentHistory
from residentapp.residents.search import index
from residentapp.residents.types import ChangeReason
from residentapp.residents.waiting_notices import NobodyFound
from tests.residents.changes.office import ChangeOffice
from tests.residents.immigration.test_notices import body, come
from tests.support import residents
from tests.support.wards import HOME_NORTH, NORTH, SOUTH, in_ward, make_wards


@pytest.fixture
def northern(office: ChangeOffice, foreigner: ResidentHistory) -> ResidentHistory:
    """The foreign resident lives in 北区 of a 指定都市 that limits changes to the own ward."""
    make_wards(office.session, limited=True)
    change = residents.change(office.session, ChangeReason.CORRECT_ERROR)
    row = residents.next_snapshot(office.session, foreigner, change, **HOME_NORTH)
    index.refresh(office.session, [row.addressee_number])
    return row


def listed(office: ChangeOffice, ward: str) -> int:
    """How many notices wait to be checked for an officer of a ward."""
    rows = NOTICES.in_state(office.session, NoticeState.TAKEN)
    return len(notices.of_own_ward(office.session, in_ward(office.clerk, ward), rows, now=office.now))


@pytest.mark.requirement("RR-4.5.6b")
def test_notices_are_listed_in_the_ward_of_the_person(
    office: ChangeOffice, northern: ResidentHistory
) -> None:
    row = come(office, body())
    assert row.state is NoticeState.TAKEN
    assert (listed(office, NORTH), listed(office, SOUTH), listed(office, "")) == (1, 0, 1)
    office.session.get_one(OwnMunicipality, 1).own_ward_only = False
    assert listed(office, SOUTH) == 1


@pytest.mark.requirement("RR-4.5.6b")
def test_only_the_ward_of_the_person_takes_in_by_hand(
    office: ChangeOffice, northern: ResidentHistory
) -> None:
    row = come(office, body(name="SMITH PAUL"))
    assert row.state is NoticeState.PENDING and list(
        NOTICES.in_state(office.session, NoticeState.PENDING)
    ) == [row]
    number = northern.addressee_number
    with pytest.raises(NobodyFound, match="北区です。北区で取り込んでください"):
        take_by_hand(
            office.session, in_ward(office.clerk, SOUTH), office.keyring, row.id, number, now=office.now
        )
    assert row.state is NoticeState.PENDING
    take_by_hand(office.session, in_ward(office.clerk, NORTH), office.keyring, row.id, number, now=office.now)
    assert row.state is NoticeState.TAKEN


def test_of_a_protected_person_the_limit_says_nothing(
    office: ChangeOffice, northern: ResidentHistory
) -> None:
    """Neither what is missing in a list nor a refusal tells the ward to who may not know it."""
    residents.protect(office.session, northern)
    come(office, body())
    assert listed(office, SOUTH) == listed(office, NORTH) == 1
    row = come(office, body(name="SMITH PAUL"))
    take_by_hand(
        office.session,
        in_ward(office.clerk, SOUTH),
        office.keyring,
        row.id,
        northern.addressee_number,
        now=office.now,
    )
    assert row.state is NoticeState.TAKEN
