"""国籍・地域: names with their codes, one list for the dictionary, the entry pages and the invented town.

``countries.csv`` holds ISO 3166-1 alpha-3 codes (three characters, as 国籍・地域コード of a resident record has them;
XXA 無国籍 and XXX 不明 as passports have them, ICAO Doc 9303) with names: those of Unicode CLDR, and where residence
cards and records write another one, that.
"""

from __future__ import annotations

import csv
import datetime as dt
from functools import cache
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from residentapp.core.addresses.models import Country
from residentapp.core.addresses.types import BuildReport, Change, Source

#: Where the names of ``countries.csv`` come from, and the day on which the file was last compared with them: to be
#: changed with every revision of the file.
SOURCE = "Unicode CLDR の国名、在留カード・住民票の表記"
REVISED_ON = dt.date(2026, 11, 26)

_FILE = Path(__file__).with_name("countries.csv")


@cache
def country_names() -> dict[str, str]:
    """Name by code, as the list has them today."""
    with _FILE.open(encoding="utf-8", newline="") as lines:
        return {row["code"]: row["name"] for row in csv.DictReader(lines)}


def build_countries(session: Session, today: dt.date, report: BuildReport) -> None:
    """Fill the table from the list, or bring it up to date; what the list no longer has is ended.

    Countries that staff registered or renamed stay as they are.

    :param today: the day from which changes count. :param report: gets one entry per change; none of a first build.
    """
    names = country_names()
    stored = {row.code: row for row in session.scalars(select(Country))}
    own = {row.name: row.code for row in stored.values() if row.source == Source.LOCAL}
    for code, name in names.items():
        row = stored.get(code)
        if own.get(name, code) != code:
            # Two of one name cannot be told apart where a record is entered: staff have to say which it is.
            report.changes.append(
                Change("国・地域の重複（登録を確かめる）", code, own[name], name, Source.CLDR)
            )
        elif row is None:
            session.add(
                Country(
                    code=code,
                    name=name,
                    source=Source.CLDR.value,
                    valid_from=today if stored else None,
                    valid_to=None,
                )
            )
            if stored:
                report.changes.append(Change("国・地域の追加", code, "", name, Source.CLDR))
        elif row.name != name and row.source != Source.LOCAL:
            report.changes.append(Change("国・地域の変更", code, row.name, name, Source.CLDR))
            row.name = name
    for code, row in stored.items():
        if code not in names and row.valid_to is None and row.source != Source.LOCAL:
            row.valid_to = today
            report.changes.append(Change("国・地域の廃止", code, row.name, "", Source.CLDR))
    session.flush()
    report.countries = len(names)


def country_code(session: Session, name: str | None) -> str | None:
    """国籍・地域コード of a name; None when the name is blank or not in the table.

    A name that has ended keeps its code: a record may still have to be written with it.
    """
    return session.scalar(select(Country.code).where(Country.name == name)) if name else None
