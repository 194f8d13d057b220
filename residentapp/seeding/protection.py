"""Puts the protected family of the invented town under its support measure (RR-1.1.16, RR-3.1, RR-3.4)."""

from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Session

from residentapp.core.violations import Level
from residentapp.residents.models import SupportMeasure, SupportMember, Suppression
from residentapp.residents.types import SuppressedProcess, SuppressionCause
from residentapp.seeding.told import Told

#: The measure began soon after the family had moved and has more than a month to go.
_BEGAN_DAYS_AGO = 180

_LEVELS = {
    SuppressedProcess.CERTIFICATE: Level.ERROR,
    SuppressedProcess.CHANGE: Level.ALERT,
    SuppressedProcess.INQUIRY: Level.ALERT,
}


def one_year_from(day: dt.date) -> dt.date:
    """Last day of a term of one year (RR-3.4c: 令和2年4月1日 → 令和3年3月31日)."""
    try:
        return day.replace(year=day.year + 1) - dt.timedelta(days=1)
    except ValueError:
        return day.replace(year=day.year + 1, day=28)


def protect(session: Session, told: Told, *, place: str, today: dt.date) -> None:
    """Register the measure for the story's protected people; the first of them is the applicant."""
    starts_on = today - dt.timedelta(days=_BEGAN_DAYS_AGO)
    measure = SupportMeasure(
        provisional=False,
        receiving_municipality=place,
        starts_on=starts_on,
        ends_on=one_year_from(starts_on),
        closed_on=None,
    )
    session.add(measure)
    session.flush()
    for place_in_story in told.story.protected:
        applicant = place_in_story == told.story.protected[0]
        number = told.numbers[place_in_story]
        session.add(
            SupportMember(
                measure_id=measure.id,
                addressee_number=number,
                is_applicant=applicant,
                relation=None if applicant else "子",
            )
        )
        for process, level in _LEVELS.items():
            session.add(
                Suppression(
                    addressee_number=number,
                    process=process,
                    level=level,
                    cause=SuppressionCause.SUPPORT,
                    measure_id=measure.id,
                    starts_on=starts_on,
                    ends_on=measure.ends_on,
                )
            )
    session.flush()
