"""Masters of the invented municipality: itself, its certifiers and seals, its streets, its desks and accounts."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from residentapp.admin.demo import DEMO_USERS, create_demo_users
from residentapp.core.access import Actor
from residentapp.core.access.models import Office, OfficeKind, Printer, Terminal
from residentapp.core.addresses.countries import build_countries
from residentapp.core.addresses.dictionary import municipality_values
from residentapp.core.addresses.models import Building, Lot, Municipality, PostalCode, Prefecture, Town
from residentapp.core.addresses.sort_keys import lot_key
from residentapp.core.addresses.types import BuildReport, Source
from residentapp.core.check_digits import municipality_check_digit
from residentapp.core.clock import day_of
from residentapp.core.db.bulk import bulk_insert
from residentapp.core.documents.fonts import FontError
from residentapp.core.documents.seal_image import draw_seal
from residentapp.core.masters.models import Certifier, CertifierKind, OwnMunicipality, Seal
from residentapp.core.search_keys import search_key
from residentapp.seeding.places import Places
from residentapp.seeding.settings import write_settings
from residentapp.seeding.sources import SeedData
from residentapp.seeding.told import Desk

_LOTS_FROM = dt.date(1975, 4, 1)
_BUILDINGS_FROM = dt.date(2000, 4, 1)


def write_masters(
    session: Session, actor: Actor, data: SeedData, places: Places, *, moment: dt.datetime
) -> list[Desk]:
    """Everything the register rests on.

    :returns: desks with the counter clerks who sit there, for the changes of the past.
    """
    _write_municipality(session, data)
    _write_streets(session, data, places)
    build_countries(session, day_of(moment), BuildReport())
    write_settings(session, data)
    return _write_desks(session, actor, data, moment=moment)


def _write_municipality(session: Session, data: SeedData) -> None:
    own, prefecture = data.municipality["municipality"], data.municipality["prefecture"]
    session.add(
        OwnMunicipality(
            id=1,
            code=own["code"] + municipality_check_digit(own["code"]),
            prefecture=prefecture["name"],
            name=own["name"],
            kana=own["kana"],
        )
    )
    for entry in data.municipality["certifiers"]:
        session.add(
            Certifier(
                kind=CertifierKind(entry["kind"]),
                title=entry["title"],
                name=entry["name"],
                valid_from=entry["valid_from"],
                valid_to=entry.get("valid_to"),
            )
        )
    for entry in data.municipality["seals"]:
        try:
            image = draw_seal(entry["text"])
        except FontError:
            # Without any Japanese font nothing can be drawn; certificates then say that the seal is missing.
            continue
        session.add(
            Seal(
                kind=CertifierKind(entry["kind"]),
                image_png=image,
                size_mm=entry["size_mm"],
                valid_from=entry["valid_from"],
                valid_to=entry.get("valid_to"),
            )
        )
    session.flush()


def _municipality_row(entry: dict[str, Any]) -> Municipality:
    values = municipality_values(entry["code"], entry["name"], entry["kana"], Source.LOCAL)
    return Municipality(
        **values, valid_from=None, valid_to=entry.get("valid_to"), successor_code=entry.get("successor")
    )


def _town_row(code: str, oaza: str, name: str, kana: str) -> dict[str, Any]:
    return {
        "code": code,
        "municipality_code": code[:5],
        "oaza_name": oaza,
        "name": name,
        "kana": kana,
        "kana_key": search_key(kana),
        "town_id": None,
        "source": Source.LOCAL.value,
        "valid_from": None,
        "valid_to": None,
        "successor_code": None,
    }


def _write_streets(session: Session, data: SeedData, places: Places) -> None:
    prefecture = data.municipality["prefecture"]
    session.add(Prefecture(**prefecture, kana_key=search_key(prefecture["kana"])))
    session.flush()
    session.add(_municipality_row(data.municipality["municipality"]))
    towns = [
        _town_row(town.code, town.oaza, town.name, town.kana)
        | {"valid_from": town.valid_from, "valid_to": town.valid_to}
        for town in data.towns
    ]
    for former in data.municipality["former_municipalities"]:
        session.add(_municipality_row(former))
        towns += [
            _town_row(town["code"], town["name"], town["name"], town["kana"])
            | {"valid_to": former["valid_to"]}
            for town in former["towns"]
        ]
    session.flush()
    session.execute(insert(Town), towns)
    session.execute(
        insert(PostalCode),
        [
            {
                "code": town.postal_code,
                "municipality_code": town.code[:5],
                "town_code": town.code,
                "note": "",
                "source": Source.LOCAL.value,
            }
            for town in data.towns
            if town.postal_code
        ],
    )
    bulk_insert(
        session,
        Lot.__table__,
        ("town_code", "kind", "writing", "sort_key", "valid_from", "valid_to"),
        (
            (town.code, kind.value, writing, lot_key(writing).encoded, _LOTS_FROM, None)
            for town in places.current
            for kind, writing in places.lots(town)
        ),
    )
    bulk_insert(
        session,
        Building.__table__,
        ("town_code", "lot", "lot_key", "name", "kana", "valid_from", "valid_to"),
        (
            (row.town_code, row.lot, lot_key(row.lot).encoded, row.name, row.kana, _BUILDINGS_FROM, None)
            for rows in places.buildings.values()
            for row in rows
        ),
    )


def _write_desks(session: Session, actor: Actor, data: SeedData, *, moment: dt.datetime) -> list[Desk]:
    create_demo_users(session, actor, moment=moment)
    known = set(session.scalars(select(Office.code)))
    for entry in data.municipality["offices"]:
        if entry["code"] not in known:
            office = Office(code=entry["code"], name=entry["name"], kind=OfficeKind(entry["kind"]).value)
            printer = Printer(
                code=entry["printer_code"], name=entry["printer"], office=office, trays=["上段"]
            )
            session.add_all((office, printer))
            session.add(
                Terminal(code=entry["terminal_code"], name=entry["terminal"], office=office, printer=printer)
            )
    session.flush()
    clerks = [login for login, _name, _department, role in DEMO_USERS if role == "counter"]
    rows = session.execute(
        select(Office.code, Office.name, Terminal.code, Terminal.name)
        .join(Terminal, Terminal.office_id == Office.id)
        .order_by(Terminal.code)
    )
    return [Desk(*row, clerks[place % len(clerks)]) for place, row in enumerate(rows)]


def rng_of(seed: int, purpose: str) -> random.Random:
    """A generator of its own for each purpose, so that a change in one place does not shift all others."""
    return random.Random(f"residentapp:{seed}:{purpose}")
