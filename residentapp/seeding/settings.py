"""What the invented municipality has decided: districts, fees, closed days, keeping terms, old addresses."""

from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Session

from residentapp.core.addresses.district_models import (
    District,
    DistrictArea,
    Renumbering,
    RenumberingKind,
)
from residentapp.core.addresses.districts import run_keys
from residentapp.core.closed_days import LocalDayKind
from residentapp.core.keeping import KeptData
from residentapp.core.masters.setting_models import CertificateFee, ClosedDay, KeepingTerm
from residentapp.seeding.sources import SeedData

_DISTRICTS_FROM = dt.date(2006, 1, 1)


def write_settings(session: Session, data: SeedData) -> None:
    """Rows of the masters that rest on the towns, which must be there."""
    own = data.municipality
    for entry in own["fees"]:
        for form in entry["forms"]:
            session.add(
                CertificateFee(
                    form=form, fee=entry["fee"], amount=entry["amount"], valid_from=entry["valid_from"]
                )
            )
    for entry in own["closed_days"]:
        session.add(ClosedDay(**(entry | {"kind": LocalDayKind(entry["kind"])})))
    for entry in own["keeping_terms"]:
        session.add(
            KeepingTerm(data=KeptData(entry["data"]), years=entry["years"], valid_from=entry["valid_from"])
        )
    for entry in own["renumbering"]:
        session.add(
            Renumbering(
                kind=RenumberingKind(entry["kind"]),
                effective_on=entry["effective_on"],
                old_town_code=entry["old_town"],
                old_lot="",
                new_town_code=entry["new_town"],
                new_lot="",
                note=entry["note"],
            )
        )
    _write_districts(session, data)
    session.flush()


def _write_districts(session: Session, data: SeedData) -> None:
    made: dict[tuple[str, str], District] = {}
    for row in data.districts:
        key = row["kind"], row["code"]
        if key not in made:
            made[key] = District(
                kind=row["kind"], code=row["code"], name=row["name"], valid_from=_DISTRICTS_FROM
            )
            session.add(made[key])
        first_key, last_key = run_keys(row["first_lot"], row["last_lot"])
        for town in data.towns:
            # A town that has ended lies in no district of today.
            if town.valid_to is None and town.code.startswith(row["town"]):
                session.add(
                    DistrictArea(
                        district=made[key],
                        kind=row["kind"],
                        town_code=town.code,
                        first_lot=row["first_lot"],
                        last_lot=row["last_lot"],
                        first_key=first_key,
                        last_key=last_key,
                        valid_from=_DISTRICTS_FROM,
                    )
                )
