"""郵便番号 of each of the four addresses that have one: taken from the entry, held, shown, corrected (RR-1.1.17)."""

from __future__ import annotations

import pytest

from residentapp.core.access.permissions import Permission
from residentapp.core.clock import day_of
from residentapp.residents.models import ResidentHistory
from residentapp.residents.records.queries import resident_page
from residentapp.residents.types import ResidentState
from tests.residents.changes.elsewhere import moving_out
from tests.residents.changes.office import ChangeOffice
from tests.residents.changes.test_correction import correction
from tests.residents.changes.test_move_within import NEW_ADDRESS
from tests.residents.move_out.test_notices import typed
from tests.support.users import clerk

SHOWN = {
    "postal_code": "郵便番号",
    "previous_postal_code": "転入前住所の郵便番号",
    "planned_destination_postal_code": "転出先（予定）の郵便番号",
    "confirmed_destination_postal_code": "転出先（確定）の郵便番号",
}
#: 固有の記載事項 and the other items of a 除票.
REMOVAL = (
    "removal_reason", "planned_destination", "removal_occurred_on", "confirmed_destination", "removal_notified_on",
    "move_in_notice_on", "moved_out_on", "removed_on", "planned_destination_code", "confirmed_destination_code",
    "planned_destination_postal_code", "confirmed_destination_postal_code",
)  # fmt: skip


def codes_of(office: ChangeOffice, person: ResidentHistory) -> dict[str, str]:
    """What the page of the resident shows of them."""
    page = resident_page(
        office.session, clerk(*Permission), person.addressee_number, now=office.now, today=day_of(office.now)
    )
    items = {item.key: item for group in page.groups for item in group.items}
    shown = {key: items[key] for key in SHOWN if key in items}
    assert all(item.label == SHOWN[key] for key, item in shown.items())
    return {key: item.value for key, item in shown.items() if item.value}


@pytest.mark.requirement("RR-1.1.17", "RR-1.1.1b")
def test_four_addresses_have_their_postal_code(office: ChangeOffice, family: list[ResidentHistory]) -> None:
    son = family[2]
    office.register(correction(office, son, previous_postal_code="999-0002"))
    office.register(office.begin("move_within", *family).with_values(**NEW_ADDRESS))
    assert codes_of(office, son)["postal_code"] == "000-0001"
    out = moving_out(office, office.latest(son), planned_postal_code="999-0003")
    assert "MO-E004" in office.codes(out.with_values(planned_postal_code="99"))
    office.register(out)
    assert "confirmed_destination_postal_code" not in codes_of(office, son)
    office.register(typed(office, office.latest(son), confirmed_postal_code="9990004"))
    assert codes_of(office, son) == {
        "postal_code": "000-0001",
        "previous_postal_code": "999-0002",
        "planned_destination_postal_code": "999-0003",
        "confirmed_destination_postal_code": "999-0004",
    }
    # And with them everything else that only a 除票 has (RR-1.1.1b).
    row = office.latest(son)
    assert (row.state, row.removal_reason) == (ResidentState.MOVED_OUT, "転出")
    assert {name for name in REMOVAL if not getattr(row, name)} == set()
