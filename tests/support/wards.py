"""架空市 of tests/support/masters.py as a 指定都市 of three wards; the third has ended. Their towns and certifiers."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from functools import cache

from sqlalchemy import select
from sqlalchemy.orm import Session

from residentapp.core.access.actor import Actor
from residentapp.core.addresses.dictionary import municipality_values
from residentapp.core.addresses.models import Municipality, PostalCode, Prefecture, Town
from residentapp.core.addresses.types import Source
from residentapp.core.documents import draw_seal
from residentapp.core.masters.models import Certifier, CertifierKind, CityWard, OwnMunicipality, Seal
from residentapp.core.search_keys import search_key
from residentapp.core.wards import WardKind

SINCE = dt.date(2020, 4, 1)
#: Codes with their check digit.
NORTH, SOUTH, FORMER = "991112", "991121", "991139"
_WARDS = (
    (NORTH, "北区", "キタク", WardKind.ADMINISTRATIVE, None),
    (SOUTH, "南区", "ミナミク", WardKind.GENERAL, None),
    (FORMER, "旧区", "キュウク", WardKind.ADMINISTRATIVE, dt.date(2023, 12, 31)),
)
#: By name.
WARD_CODES = {name: code for code, name, *_more in _WARDS}
#: An address in each ward as the fields of a change.
IN_NORTH = {
    "town": "架空県架空市北区本町一丁目",
    "lot": "9番8号",
    "address_code": f"{NORTH[:5]}001001",
    "postal_code": "9990001",
}
IN_SOUTH = {
    "town": "架空県架空市南区本町一丁目",
    "lot": "7番6号",
    "address_code": f"{SOUTH[:5]}001001",
    "postal_code": "9990002",
}
#: The same as items of a record.
HOME_NORTH = {
    "address": "架空県架空市北区本町一丁目2番3号",
    "address_code": IN_NORTH["address_code"],
    "postal_code": "9990001",
}
HOME_SOUTH = {
    "address": "架空県架空市南区本町一丁目5番5号",
    "address_code": IN_SOUTH["address_code"],
    "postal_code": "9990002",
}


@cache
def _seal(text: str) -> bytes:
    return draw_seal(text, dots=200)


def make_wards(session: Session, *, limited: bool = False) -> None:
    """Let 架空市 (``make_masters``) be a 指定都市; 北区 has a 区長 and an acting one in August 2026, 南区 a 区長."""
    own = session.get_one(OwnMunicipality, 1)
    own.designated, own.own_ward_only = True, limited
    for code, name, kana, kind, last in _WARDS:
        session.add(CityWard(code=code, name=name, kana=kana, kind=kind, valid_from=SINCE, valid_to=last))
    session.flush()
    for code, title, name in ((NORTH, "架空市北区長", "北野　一子"), (SOUTH, "架空市南区長", "南野　二子")):
        mayor = CertifierKind.MAYOR
        session.add(Certifier(kind=mayor, title=title, name=name, valid_from=SINCE, ward_code=code))
        session.add(
            Seal(
                kind=mayor,
                image_png=_seal(f"{title[2:4]}長之印"),
                size_mm=21,
                valid_from=SINCE,
                ward_code=code,
            )
        )
    session.add(
        Certifier(
            kind=CertifierKind.DEPUTY,
            title="架空市北区長職務代理者　架空市北区副区長",
            name="北野　三枝",
            valid_from=dt.date(2026, 8, 10),
            valid_to=dt.date(2026, 8, 20),
            ward_code=NORTH,
        )
    )
    make_ward_towns(session)


def make_ward_towns(session: Session) -> None:
    """One town in each ward of the address dictionary, with its postal code; the same name in all of them."""
    prefecture = session.scalars(select(Prefecture).where(Prefecture.name == "架空県")).one_or_none()
    if prefecture is None:
        prefecture = Prefecture(
            code="99", name="架空県", kana="カクウケン", kana_key=search_key("カクウケン")
        )
        session.add(prefecture)
        session.flush()
    for place, (code, name, kana, _kind, last) in enumerate(_WARDS, start=1):
        head = code[:5]
        values = municipality_values(head, f"架空市{name}", f"カクウシ{kana}", Source.LOCAL)
        values |= {"prefecture_code": prefecture.code, "district_key": search_key("カクウシ")}
        values |= {"local_key": search_key(kana)}
        session.add(Municipality(**values, valid_from=None, valid_to=last))
        session.flush()
        session.add(
            Town(
                code=f"{head}001001",
                municipality_code=head,
                oaza_name="本町",
                name="本町一丁目",
                kana="ホンチョウ１チョウメ",
                kana_key=search_key("ホンチョウ１チョウメ"),
                source=Source.LOCAL.value,
                valid_from=None,
                valid_to=last,
            )
        )
        session.flush()
        session.add(
            PostalCode(
                code=f"999000{place}",
                municipality_code=head,
                town_code=f"{head}001001",
                note="",
                source="local",
            )
        )
    session.flush()


def in_ward(actor: Actor, code: str) -> Actor:
    """The same officer in a section of a ward."""
    return replace(actor, ward_code=code)
