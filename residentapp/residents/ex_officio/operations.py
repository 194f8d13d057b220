"""Writing the 職権記録書: each change by 職権 is entered in it together with the change itself (RR-4.2.0.1a)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from residentapp.core.clock import day_of
from residentapp.core.numbering import next_serials
from residentapp.residents.ex_officio.models import ExOfficioRecord
from residentapp.residents.ex_officio.types import Basis


@dataclass(frozen=True)
class Ground:
    """What one change by 職権 rests on.

    :param change_id: of the change.
    :param minor_case: number of the case of 軽微な修正, or empty.
    """

    change_id: int
    basis: Basis
    cause: str = ""
    source: str = ""
    minor_case: str = ""


def enter(session: Session, grounds: Sequence[Ground], *, now: dt.datetime) -> list[ExOfficioRecord]:
    """Enter changes in the 職権記録書, in the transaction that writes them; each gets the next number of the year."""
    if not grounds:
        return []
    year = day_of(now).year
    serials = next_serials(session, f"ex_officio:{year}", len(grounds))
    made = [
        ExOfficioRecord(
            change_id=ground.change_id,
            year=year,
            serial=serial,
            basis=ground.basis,
            cause=ground.cause,
            source=ground.source,
            minor_case=ground.minor_case or None,
        )
        for ground, serial in zip(grounds, serials, strict=True)
    ]
    session.add_all(made)
    session.flush()
    return made
