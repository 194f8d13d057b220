"""The wards that the own municipality has registered, and the ward in which an officer works."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import Session

from residentapp.core.access.actor import Actor
from residentapp.core.masters.models import CityWard, OwnMunicipality
from residentapp.core.wards import NO_WARDS, Ward, Wards, in_period


def wards_on(session: Session, day: dt.date) -> Wards:
    """The wards of the own municipality as they are on a day; none unless it is a 指定都市.

    Where there are none this asks the database nothing but the own municipality, which sessions hold anyhow.
    """
    own = session.get(OwnMunicipality, 1)
    if own is None or not own.designated:
        return NO_WARDS
    rows = session.scalars(select(CityWard).order_by(CityWard.code))
    return Wards(
        tuple(
            Ward(row.code, row.name, row.kind, in_period(row.valid_from, row.valid_to, day)) for row in rows
        ),
        limited=own.own_ward_only,
    )


def ward_of_address(session: Session, address_code: str | None, day: dt.date) -> Ward | None:
    """The ward in which an address lies; None outside of a 指定都市, and when the 住所コード names no ward."""
    return wards_on(session, day).of_address(address_code)


def ward_of_actor(actor: Actor, wards: Wards) -> Ward | None:
    """The ward of the officer's section, else of the place; None for the 本庁, and where there are no wards."""
    return wards.existing(actor.ward_code)
