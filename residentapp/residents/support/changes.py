"""What other systems have to be told of suppressions (RR-3.1c, RR-3.2): settings, alterations and real releases.

A temporary lift is not among it, lest another system take it for a release. Nothing is sent here; whoever builds the
messages asks for what happened after the last event that was sent, and remembers the last id.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from residentapp.core.violations import Level
from residentapp.residents.models import ProtectionEvent
from residentapp.residents.support.types import TOLD_TO_OTHERS, EventKind
from residentapp.residents.types import SuppressedProcess, SuppressionCause


@dataclass(frozen=True)
class SuppressionChange:
    """One change of one suppression, as it was right after the change.

    :param event_id: rises with each event; the place to go on from.
    :param kind: SET, ALTERED or RELEASED.
    :param suppression_id: the same in all events of one suppression.
    :param addressee_number: of whom; empty for a household.
    """

    event_id: int
    moment: dt.datetime
    kind: EventKind
    suppression_id: int
    addressee_number: str
    household_number: str
    process: SuppressedProcess
    level: Level
    cause: SuppressionCause
    starts_on: dt.date
    ends_on: dt.date | None


def changes_to_send(
    session: Session, *, after: int = 0, process: SuppressedProcess | None = None, limit: int = 1000
) -> list[SuppressionChange]:
    """Changes of suppressions after an event, in their order.

    :param after: ``event_id`` of the last change that was sent; 0 for all.
    :param process: only of one process; コンビニ交付 and 住基ネットCS want ``CERTIFICATE``.
    """
    query = select(ProtectionEvent).where(
        ProtectionEvent.id > after, ProtectionEvent.kind.in_(sorted(TOLD_TO_OTHERS))
    )
    found: list[SuppressionChange] = []
    for row in session.scalars(query.order_by(ProtectionEvent.id)):
        if process is not None and row.facts["process"] != process.value:
            continue
        if len(found) == limit:
            break
        assert row.suppression_id is not None
        ends_on = row.facts["ends_on"]
        found.append(
            SuppressionChange(
                row.id,
                row.moment,
                row.kind,
                row.suppression_id,
                row.addressee_number or "",
                row.household_number or "",
                SuppressedProcess(row.facts["process"]),
                Level(row.facts["level"]),
                SuppressionCause(row.facts["cause"]),
                dt.date.fromisoformat(row.facts["starts_on"]),
                dt.date.fromisoformat(ends_on) if ends_on else None,
            )
        )
    return found
