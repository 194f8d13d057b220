"""Streets of the invented municipality of tests/support/masters.py (code 99101)."""

from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Session

from residentapp.core.addresses.dictionary import municipality_values
from residentapp.core.addresses.models import Lot, Municipality, Prefecture, Town
from residentapp.core.addresses.sort_keys import lot_key
from residentapp.core.addresses.types import LotKind, Source
from residentapp.core.search_keys import search_key

#: Code, 大字, name, kana, last day.
TOWNS = (
    ("99101001001", "本町", "本町一丁目", "ホンチョウ１チョウメ", None),
    ("99101001002", "本町", "本町二丁目", "ホンチョウ２チョウメ", None),
    ("99101002000", "大字北野", "大字北野", "オオアザキタノ", None),
    ("99101002001", "大字北野", "大字北野字上", "オオアザキタノアザカミ", None),
    ("99101003000", "東町", "東町", "ヒガシマチ", None),
    ("99101901000", "旧町", "旧町", "キュウマチ", dt.date(1969, 12, 31)),
)
SINCE = dt.date(1975, 4, 1)


def make_streets(session: Session, source: Source = Source.LOCAL) -> None:
    """架空県架空市 with six towns, one of them a former one, and four lots of 東町."""
    session.add(Prefecture(code="99", name="架空県", kana="カクウケン", kana_key=search_key("カクウケン")))
    session.flush()
    session.add(
        Municipality(
            **municipality_values("99101", "架空市", "カクウシ", source), valid_from=None, valid_to=None
        )
    )
    session.flush()
    for code, oaza, name, kana, last in TOWNS:
        session.add(
            Town(
                code=code,
                municipality_code="99101",
                oaza_name=oaza,
                name=name,
                kana=kana,
                kana_key=search_key(kana),
                source=source.value,
                valid_from=None,
                valid_to=last,
            )
        )
    session.flush()
    for writing, kind in (
        ("10番地", LotKind.LAND),
        ("9番地", LotKind.LAND),
        ("9番地2", LotKind.LAND),
        ("無番地", LotKind.SPECIAL),
    ):
        session.add(
            Lot(
                town_code="99101003000",
                kind=kind.value,
                writing=writing,
                sort_key=lot_key(writing).encoded,
                valid_from=SINCE,
            )
        )
    session.flush()
