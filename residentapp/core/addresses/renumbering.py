"""Which address became which by 住居表示, 区画整理 or a change of names (RR-1.3.2)."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from residentapp.core.addresses.district_models import Renumbering
from residentapp.core.addresses.sort_keys import lot_key


def renumberings_of_town(session: Session, town_code: str) -> list[Renumbering]:
    """All that a town gave or took, what came last first, in the order of the old lots."""
    rows = session.scalars(
        select(Renumbering).where(
            or_(Renumbering.old_town_code == town_code, Renumbering.new_town_code == town_code)
        )
    )
    return sorted(rows, key=lambda row: (-row.effective_on.toordinal(), lot_key(row.old_lot), row.id))


def became(session: Session, town_code: str, lot: str, *, on: dt.date) -> list[Renumbering]:
    """What an address became up to a day: its own row, else that of its whole town; a divided lot has several.

    :param lot: as written; 「2番10号」 and 「２－１０」 are one lot.
    """
    rows = session.scalars(
        select(Renumbering)
        .where(Renumbering.old_town_code == town_code, Renumbering.effective_on <= on)
        .order_by(Renumbering.effective_on.desc(), Renumbering.id)
    ).all()
    key = lot_key(lot)
    exact = [row for row in rows if row.old_lot and lot_key(row.old_lot) == key]
    return exact or [row for row in rows if not row.old_lot]
