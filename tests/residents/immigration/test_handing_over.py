"""特別永住者証明書の交付 is told to the 入管庁, whoever told the number first (RR-4.5.7b; 入管特例法第7条)."""

from __future__ import annotations

import pytest

from residentapp.residents.changes.types import ChangeEntry
from residentapp.residents.models import ResidentHistory
from residentapp.residents.types import ChangeReason
from tests.residents.changes.office import ChangeOffice
from tests.residents.immigration.test_leaving import told

WHEN = {"moved_on": "令和8年11月20日"}
TOLD = [("isa.notice", "immigration")]
NEW = "QA98765432CD"


def handing_over(office: ChangeOffice, person: ResidentHistory, number: str, **values: str) -> ChangeEntry:
    entry = office.begin("special_certificate", person).with_values(**{**WHEN, **values})
    return office.typed(entry, person, special_permanent_number=number)


@pytest.mark.requirement("RR-4.5.7b", partial=True)
def test_a_new_certificate_is_recorded_and_told(office: ChangeOffice, special: ResidentHistory) -> None:
    entry = handing_over(office, special, NEW)
    assert office.codes(entry) == []

    registered = office.register(entry)

    row, [change] = office.latest(special), office.changes(registered)
    assert (row.special_permanent_number, change.reason) == (NEW, ChangeReason.CORRECT_EX_OFFICIO)
    assert (row.history_number, change.moved_on and change.moved_on.iso) == (2, "2026-11-20")
    assert office.remarks(row) == ["特別永住者証明書の交付"]
    assert told(office, special) == TOLD


@pytest.mark.requirement("RR-4.5.7b", partial=True)
def test_a_number_that_came_with_a_notice_is_told_when_it_is_handed_over(
    office: ChangeOffice, special: ResidentHistory
) -> None:
    """The notice itself is not told back (RR-4.5.6); its handing over is."""
    noticed = office.begin("residence_status", special).with_values(**WHEN, noticed_on="令和8年11月20日")
    office.register(office.typed(noticed, special, special_permanent_number=NEW))
    assert told(office, special) == []

    entry = handing_over(office, special, NEW)
    assert office.codes(entry) == ["FR-E014"]
    entry = entry.with_values(number_known="1")
    assert office.codes(entry) == []
    office.register(entry)

    row = office.latest(special)
    assert (row.special_permanent_number, row.history_number) == (NEW, 3)
    assert told(office, special) == TOLD


@pytest.mark.parametrize(
    ("values", "wanted"),
    [
        ({"moved_on": "令和8年11月24日"}, []),
        ({"moved_on": "令和8年11月25日"}, ["CH-E012"]),
        ({"moved_on": ""}, ["CH-E010"]),
    ],
)
def test_the_day_has_come(
    office: ChangeOffice, special: ResidentHistory, values: dict[str, str], wanted: list[str]
) -> None:
    assert office.codes(handing_over(office, special, NEW, **values)) == wanted


def test_only_of_who_has_such_a_certificate(
    office: ChangeOffice, special: ResidentHistory, foreigner: ResidentHistory
) -> None:
    assert "FR-E013" in office.codes(handing_over(office, foreigner, NEW))
    # The shape of the number is checked as everywhere, and it has to be there.
    assert office.codes(handing_over(office, special, "12345")) != []
    assert office.codes(handing_over(office, special, "")) != []


@pytest.mark.requirement("RR-4.6.0.1a", partial=True)
def test_cancelled_before_it_has_gone_nothing_is_told(office: ChangeOffice, special: ResidentHistory) -> None:
    before = special.special_permanent_number
    act = office.register(handing_over(office, special, NEW))
    entry = office.begin("cancel", office.latest(special))
    office.register(
        office.prepared(entry.with_values(change=str(act.change_ids[0]), moved_on="令和8年11月24日"))
    )
    assert office.latest(special).special_permanent_number == before
    query = "SELECT state FROM outbox_message WHERE kind = 'isa.notice'"
    assert [row.state for row in office.session.connection().exec_driver_sql(query)] == ["superseded"]
