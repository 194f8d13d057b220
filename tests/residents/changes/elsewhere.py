"""A neighbouring municipality and a country in the address dictionary, and move-outs to them."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from residentapp.core.addresses.models import Country, Municipality, PostalCode, Prefecture, Town
from residentapp.residents.changes.types import ChangeEntry
from residentapp.residents.models import ResidentHistory
from tests.residents.changes.office import ELSEWHERE, ChangeOffice

NEIGHBOUR = "見本県隣市"
NEIGHBOUR_TOWN = "97201001000"

#: A move-out to the neighbour, notified on the day of the tests (2026-11-24), its day a week ahead.
DESTINATION = {"moved_on": "令和8年12月1日", **ELSEWHERE}


def make_neighbour(session: Session) -> None:
    """見本県隣市 with one town and its postal code, and one country."""
    session.add(Prefecture(code="97", name="見本県", kana="ミホンケン", kana_key="ミホンケン"))
    session.flush()
    for code, digit, name, kana in (("97201", "8", "隣市", "トナリシ"), ("97202", "6", "遠市", "トオシ")):
        session.add(
            Municipality(
                code=code, check_digit=digit, prefecture_code="97", name=name, kana=kana,
                kana_key=kana, district_key=kana, local_key=kana, source="local",
            )
        )  # fmt: skip
    session.flush()
    session.add(
        Town(
            code=NEIGHBOUR_TOWN, municipality_code="97201", oaza_name="北町", name="北町",
            kana="キタマチ", kana_key="キタマチ", source="local",
        )
    )  # fmt: skip
    session.flush()
    session.add(
        PostalCode(
            code="9700001", municipality_code="97201", town_code=NEIGHBOUR_TOWN, note="", source="local"
        )
    )
    known = set(session.scalars(select(Country.name)))  # a seeded town has them all but one
    for code, name in (("ZZZ", "架空国"), ("USA", "米国"), ("IDN", "インドネシア"), ("CHN", "中国")):
        if name not in known:
            session.add(Country(code=code, name=name))
    session.flush()


def moving_out(office: ChangeOffice, *people: ResidentHistory, **values: str) -> ChangeEntry:
    """An entry of a move-out to the neighbour, with what the test says on top."""
    return office.begin("move_out", *people).with_values(**{**DESTINATION, **values})
