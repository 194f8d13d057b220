"""市町村通知 on somebody who is about to leave goes when the day has come (RR-4.5.7b)."""

from __future__ import annotations

import pytest

from residentapp.core.outbox import OutboxMessage, Partner
from residentapp.residents.models import ResidentHistory
from tests.residents.changes.elsewhere import moving_out
from tests.residents.changes.office import ChangeOffice
from tests.residents.move_out.test_closing import close_all


def told(office: ChangeOffice, person: ResidentHistory) -> list[tuple[str, str | None]]:
    query = office.session.query(OutboxMessage).filter_by(
        destination=Partner.ISA, subject=person.addressee_number
    )
    return [(row.kind, row.category) for row in query.order_by(OutboxMessage.id)]


@pytest.mark.requirement("RR-4.5.7b", partial=True)
def test_nothing_goes_before_the_day(office: ChangeOffice, foreigner: ResidentHistory) -> None:
    office.register(moving_out(office, foreigner))
    assert told(office, foreigner) == []
    close_all(office)
    assert told(office, foreigner) == [("isa.notice", "resident")]
