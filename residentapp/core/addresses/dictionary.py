"""Building and refreshing the address dictionary from postal data, with a report of what changed (RR-1.3.3).

Towns and postal codes are in ``town_data``, countries in ``countries``; who asks for a refresh and keeps its report
is ``refresh``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from residentapp.core.addresses.countries import build_countries
from residentapp.core.addresses.models import Municipality, Prefecture
from residentapp.core.addresses.postal_data import PostalRow
from residentapp.core.addresses.town_data import build_postal_codes, build_towns
from residentapp.core.addresses.types import BuildReport, Change, Source
from residentapp.core.check_digits import municipality_check_digit
from residentapp.core.search_keys import search_key


def _shared_head(texts: Sequence[str]) -> str:
    """The longest beginning that all texts share."""
    first, last = min(texts), max(texts)
    for place, (one, other) in enumerate(zip(first, last, strict=False)):
        if one != other:
            return first[:place]
    return first


def split_municipality(name: str, kana: str, siblings: Sequence[str] = ()) -> tuple[str, str]:
    """The kana of 郡 or designated city, and of what follows it; the first is empty where there is no such part.

    西多摩郡日の出町 → (ニシタマグン, ヒノデマチ); 横浜市緑区 → (ヨコハマシ, ミドリク); 郡山市 → ("", コオリヤマシ).

    :param siblings: kana of all wards of the same city: what they share up to its last シ is the city's own kana
        (広島市 alone could be cut as ヒロシ as well as ヒロシマシ).
    """
    if name.endswith(("町", "村")) and "郡" in name[1:] and "グン" in kana[1:]:
        cut = kana.rindex("グン") + 2
        return kana[:cut], kana[cut:]
    if name.endswith("区") and "市" in name[1:-1] and len(siblings) > 1:
        cut = _shared_head(siblings).rfind("シ") + 1
        return kana[:cut], kana[cut:]
    return "", kana


def _build_prefectures(session: Session, rows: Sequence[PostalRow]) -> int:
    known = set(session.scalars(select(Prefecture.code)))
    found = {row.municipality_code[:2]: (row.prefecture, row.prefecture_kana) for row in rows}
    for code, (name, kana) in sorted(found.items()):
        if code not in known:
            session.add(Prefecture(code=code, name=name, kana=kana, kana_key=search_key(kana)))
    session.flush()
    return len(known | found.keys())


def municipality_values(
    code: str, name: str, kana: str, source: Source, siblings: Sequence[str] = ()
) -> dict[str, str]:
    """Column values of a municipality, with its check digit and search keys."""
    district, local = split_municipality(name, kana, siblings)
    return {
        "code": code,
        "check_digit": municipality_check_digit(code),
        "prefecture_code": code[:2],
        "name": name,
        "kana": kana,
        "kana_key": search_key(kana),
        "district_key": search_key(district) if district else "",
        "local_key": search_key(local),
        "source": source.value,
    }


def _build_municipalities(
    session: Session, rows: Sequence[PostalRow], today: dt.date, report: BuildReport
) -> None:
    rows_by_code = {row.code: row for row in session.scalars(select(Municipality))}
    stored = {code: row for code, row in rows_by_code.items() if row.source == Source.POSTAL}
    first = not stored
    found = {row.municipality_code: (row.municipality, row.municipality_kana) for row in rows}
    wards: dict[str, list[str]] = {}
    for name, kana in found.values():
        wards.setdefault(name.partition("市")[0], []).append(kana)
    new = []
    for code, (name, kana) in sorted(found.items()):
        row = stored.get(code)
        siblings = wards[name.partition("市")[0]]
        values: dict[str, object] = dict(municipality_values(code, name, kana, Source.POSTAL, siblings))
        if code in rows_by_code and row is None:
            continue  # Staff registered it; it stays as they wrote it.
        if row is None:
            new.append(
                {**values, "valid_from": None if first else today, "valid_to": None, "successor_code": None}
            )
            if not first:
                report.changes.append(Change("市区町村の追加", code, "", name))
        elif (row.name, row.kana) != (name, kana):
            report.changes.append(
                Change("市区町村の変更", code, f"{row.name}（{row.kana}）", f"{name}（{kana}）")
            )
            for column, value in values.items():
                setattr(row, column, value)
    if new:
        session.execute(insert(Municipality), new)
    for code, row in stored.items():
        if code not in found and row.valid_to is None:
            row.valid_to = max(today, row.valid_from or today)
            report.changes.append(Change("市区町村の廃止", code, row.name, ""))
    session.flush()
    report.municipalities = len(found)


def build_dictionary(
    session: Session,
    rows: Sequence[PostalRow],
    *,
    today: dt.date,
    prefectures: Collection[str] | None = None,
) -> BuildReport:
    """Build the dictionary or bring it up to date, in the session's transaction.

    :param rows: cleaned postal data of the whole country.
    :param today: the day from which changes count.
    :param prefectures: codes (JIS X 0401) whose towns and postal codes are kept; None for all. Prefectures and
        municipalities are always complete. A later run leaves towns outside its scope as they are.
    :returns: counts, and one entry per change; a first build reports no changes.
    :raises ValueError: when a prefecture code is unknown.
    """
    # Prefectures of earlier issues count too: what has gone from the data altogether must be ended.
    known = {row.municipality_code[:2] for row in rows} | set(session.scalars(select(Prefecture.code)))
    scope = known if prefectures is None else set(prefectures)
    if unknown := sorted(scope - known):
        raise ValueError(f"unknown prefecture code: {', '.join(unknown)}")
    report = BuildReport()
    report.prefectures = _build_prefectures(session, rows)
    _build_municipalities(session, rows, today, report)
    in_scope = [row for row in rows if row.municipality_code[:2] in scope]
    towns = build_towns(session, in_scope, scope, today, report)
    build_postal_codes(session, in_scope, towns, scope, report)
    build_countries(session, today, report)
    return report
