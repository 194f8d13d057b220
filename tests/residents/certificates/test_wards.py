"""In a 指定都市 the 区長 of the record's ward certifies, with the seal of the ward (RR-1.3.9a, RR-5.6; 法第38条)."""

from __future__ import annotations

import base64
import datetime as dt

import pytest

from residentapp.core.masters.models import Seal
from residentapp.core.masters.queries import MasterMissing
from residentapp.residents.certificates import operations, queries
from residentapp.residents.certificates.documents import seal_on_paper
from residentapp.residents.certificates.types import CertificateRequest, Style
from residentapp.residents.models import ResidentHistory
from residentapp.residents.notices import operations as notices
from residentapp.residents.removed_records.reader import record_of
from residentapp.residents.types import ChangeReason
from tests.residents.certificates.test_road_to_paper import OFFICER
from tests.residents.changes.conftest import office as office  # fixtures
from tests.residents.changes.office import ChangeOffice
from tests.residents.changes.test_ward_move import city as city
from tests.residents.changes.test_ward_move import moving
from tests.residents.changes.test_ward_move import northern as northern
from tests.support import residents
from tests.support.wards import NORTH, SOUTH


def certified(
    city: ChangeOffice,
    row: ResidentHistory,
    style: Style = Style.INDIVIDUAL,
    *,
    now: dt.datetime | None = None,
) -> dict[str, str]:
    """Who certifies a copy of a record, as its form gets it."""
    request = CertificateRequest(style, row.household_number, (row.addressee_number,))
    prepared = operations.prepare(city.session, OFFICER, city.keyring, request, now=now or city.now)
    assert prepared.errors == [], prepared.errors
    [(_people, data)] = prepared.documents
    found: dict[str, str] = data["certification"]
    return found


def seal_of(city: ChangeOffice, ward: str) -> str:
    row = city.session.query(Seal).filter(Seal.ward_code == ward).one()
    return base64.b64encode(seal_on_paper(row.image_png, row.size_mm)).decode()


@pytest.mark.requirement("RR-1.3.9a")
def test_the_ward_of_the_record_certifies(city: ChangeOffice, northern: list[ResidentHistory]) -> None:
    found = certified(city, northern[0])
    assert (found["prefecture"], found["office_title"], found["name"]) == (
        "架空県",
        "架空市北区長",
        "北野　一子",
    )
    assert found["seal_png"] == seal_of(city, NORTH)
    city.register(moving(city, *northern))
    found = certified(city, city.latest(northern[0]))
    assert (found["office_title"], found["name"]) == ("架空市南区長", "南野　二子")
    assert found["seal_png"] == seal_of(city, SOUTH)


def test_the_removed_record_is_certified_by_the_ward_that_was_left(
    city: ChangeOffice, northern: list[ResidentHistory]
) -> None:
    city.register(moving(city, *northern))
    record = record_of(city.session, northern[0].addressee_number)
    old = record.snapshots[record.stays[0].last]
    request = CertificateRequest(
        Style.REMOVED,
        old.household_number,
        (old.addressee_number,),
        stays={old.addressee_number: old.history_number},
    )
    assert [row.address for row in queries.subjects_of(city.session, request)] == [old.address]
    [(_people, data)] = operations.prepare(
        city.session, OFFICER, city.keyring, request, now=city.now
    ).documents
    assert data["certification"]["office_title"] == "架空市北区長"


def test_who_acts_for_the_head_of_the_ward_has_a_seal_of_their_own(
    city: ChangeOffice, northern: list[ResidentHistory]
) -> None:
    """北区's 職務代理者 acts from 10 to 20 August 2026, and no seal is registered: said, not replaced by another's."""
    with pytest.raises(MasterMissing, match="北区の区長の職務代理者の公印"):
        certified(city, northern[0], now=city.now.replace(month=8, day=10))


def test_an_address_without_a_ward_is_certified_by_the_city(
    city: ChangeOffice, northern: list[ResidentHistory]
) -> None:
    change = residents.change(city.session, ChangeReason.CORRECT_ERROR)
    row = residents.next_snapshot(city.session, northern[0], change, address_code=None)
    assert certified(city, row)["office_title"] == "架空市長"


def test_the_notice_of_acceptance_comes_from_the_ward(
    city: ChangeOffice, northern: list[ResidentHistory]
) -> None:
    case = city.provisional(moving(city, *northern))
    city.approve(case)
    notice = notices.prepare(city.session, OFFICER, city.keyring, case.id, now=city.now)
    assert "架空市南区長" in str(notice.data)
    # RR-4.1.0.3b: to the 異動前住所, which is in the ward that was left.
    assert notice.recipient.place.address == "架空県架空市北区本町一丁目2番3号"
