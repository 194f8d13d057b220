"""Building and refreshing the address dictionary from postal data, with a report of what changed (RR-1.3.3).

The 大字 and 小字 parts of the 11-digit 住所コード may be chosen freely (RR-1.3.3b): towns are numbered in kana order
at the first build, and keep their code for good; new ones get the next free number.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Sequence

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from residentapp.core.addresses.countries import build_countries
from residentapp.core.addresses.models import Municipality, PostalCode, Prefecture, Town
from residentapp.core.addresses.postal_data import PostalRow, chome_numbers
from residentapp.core.addresses.types import BuildReport, Change, Source
from residentapp.core.check_digits import municipality_check_digit
from residentapp.core.db.bulk import bulk_insert
from residentapp.core.search_keys import search_key

_LAST_OAZA = 999
_LAST_KOAZA = 999
_KANJI_NUMERALS = "〇一二三四五六七八九"
_CHOME_KANA = "チョウメ"
#: The source writes digits inside kana full-width.
_FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")


def kanji_numeral(number: int) -> str:
    """1–99 as an address writes 丁目: 21 → 二十一.

    :raises ValueError: outside 1–99.
    """
    if not 1 <= number <= 99:
        raise ValueError("丁目 run from 1 to 99")
    tens, ones = divmod(number, 10)
    head = ("" if tens == 1 else _KANJI_NUMERALS[tens]) + "十" if tens else ""
    return head + (_KANJI_NUMERALS[ones] if ones else "")


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


class TownNumbering:
    """Gives out the free 大字・小字 numbers of one municipality."""

    def __init__(self, used: Iterable[str]) -> None:
        self._used = set(used)
        self._last = max((int(code[5:8]) for code in self._used), default=0)

    def oaza(self, municipality_code: str) -> str:
        """Code of a new 大字 (小字 000); once 999 are used, further ones are numbered below the last."""
        if self._last < _LAST_OAZA:
            self._last += 1
            code = f"{municipality_code}{self._last:03d}000"
        else:
            code = self._below(f"{municipality_code}{_LAST_OAZA:03d}")
        self._used.add(code)
        return code

    def koaza(self, oaza_code: str, wanted: int) -> str:
        """Code of a new 小字 below a 大字: the wanted number when it is free."""
        code = f"{oaza_code[:8]}{wanted:03d}"
        if code in self._used or oaza_code[8:] != "000":
            code = self._below(oaza_code[:8])
        self._used.add(code)
        return code

    def _below(self, oaza: str) -> str:
        for number in range(1, _LAST_KOAZA + 1):
            code = f"{oaza}{number:03d}"
            if code not in self._used:
                return code
        raise ValueError("no free 住所コード is left in this municipality")


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
    stored = {
        row.code: row
        for row in session.scalars(select(Municipality).where(Municipality.source == Source.POSTAL))
    }
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
            row.valid_to = today
            report.changes.append(Change("市区町村の廃止", code, row.name, ""))
    session.flush()
    report.municipalities = len(found)


_TownKey = tuple[str, str, str]


def _wanted_towns(rows: Iterable[PostalRow]) -> dict[_TownKey, str]:
    """Towns the data names: (municipality, name, kana) → 大字 name; 丁目 follow from the notes that list them."""
    towns: dict[_TownKey, str] = {}
    for row in rows:
        if not row.town:
            continue
        towns.setdefault((row.municipality_code, row.town, row.town_kana), row.town)
        for number in chome_numbers(row.note):
            name, kana = _chome_name(row, number)
            towns.setdefault((row.municipality_code, name, kana), row.town)
    return towns


def _chome_name(row: PostalRow, number: int) -> tuple[str, str]:
    written = str(number).translate(_FULL_WIDTH)
    return f"{row.town}{kanji_numeral(number)}丁目", f"{row.town_kana}{written}{_CHOME_KANA}"


_TOWN_COLUMNS = (
    "code", "municipality_code", "oaza_name", "name", "kana", "kana_key", "town_id", "source", "valid_from",
    "valid_to", "successor_code",
)  # fmt: skip


def _build_towns(
    session: Session,
    rows: Sequence[PostalRow],
    scope: Collection[str],
    today: dt.date,
    report: BuildReport,
) -> dict[_TownKey, str]:
    """Add, change and end towns of the prefectures in scope; returns the code of every current one."""
    query = select(
        Town.code, Town.municipality_code, Town.name, Town.kana, Town.valid_to, Town.source
    ).order_by(Town.code)
    used: dict[str, list[str]] = {}
    current: dict[_TownKey, str] = {}
    for code, municipality, name, kana, valid_to, source in session.execute(query):
        used.setdefault(municipality, []).append(code)
        if valid_to is None and source == Source.POSTAL and municipality[:2] in scope:
            current[(municipality, name, kana)] = code
    first = not current
    wanted = _wanted_towns(rows)
    gone = {key: code for key, code in current.items() if key not in wanted}
    new = sorted((key for key in wanted if key not in current), key=lambda key: (key[0], key[2], key[1]))
    _correct_kana(session, gone, new, current, report)
    _adopt_local(session, new, current, report)
    numbering: dict[str, TownNumbering] = {}
    oaza_codes = {(key[0], key[1]): code for key, code in current.items()}
    inserted: list[tuple[object, ...]] = []
    # 大字 first, so that each 丁目 finds the one it belongs to.
    for key in sorted(new, key=lambda key: (key[0], wanted[key] != key[1])):
        municipality, name, kana = key
        numbers = numbering.setdefault(municipality, TownNumbering(used.get(municipality, ())))
        oaza = wanted[key]
        if oaza == name:
            code = numbers.oaza(municipality)
            oaza_codes.setdefault((municipality, name), code)
        else:
            code = numbers.koaza(oaza_codes[(municipality, oaza)], _chome_of(kana))
        current[key] = code
        inserted.append(
            (code, municipality, oaza, name, kana, search_key(kana), None, Source.POSTAL.value,
             None if first else today, None, None)
        )  # fmt: skip
        if not first:
            report.changes.append(Change("町字の追加", code, "", name))
    bulk_insert(session, Town.__table__, _TOWN_COLUMNS, inserted)
    for key, code in gone.items():
        del current[key]
        session.execute(update(Town).where(Town.code == code).values(valid_to=today))
        report.changes.append(Change("町字の廃止", code, key[1], ""))
    report.towns = len(current)
    return current


def _chome_of(kana: str) -> int:
    digits = kana.removesuffix(_CHOME_KANA)
    return int(digits[len(digits.rstrip("０１２３４５６７８９")) :])


def _correct_kana(
    session: Session,
    gone: dict[_TownKey, str],
    new: list[_TownKey],
    current: dict[_TownKey, str],
    report: BuildReport,
) -> None:
    """A town that only changed its kana keeps its code: moves such pairs out of ``gone`` and ``new``."""
    old_by_name: dict[tuple[str, str], list[_TownKey]] = {}
    new_by_name: dict[tuple[str, str], list[_TownKey]] = {}
    for key in gone:
        old_by_name.setdefault(key[:2], []).append(key)
    for key in new:
        new_by_name.setdefault(key[:2], []).append(key)
    for name, olds in old_by_name.items():
        news = new_by_name.get(name, [])
        if len(olds) != 1 or len(news) != 1:
            continue
        (old,), (fresh,) = olds, news
        code = gone.pop(old)
        new.remove(fresh)
        del current[old]
        current[fresh] = code
        values = {"kana": fresh[2], "kana_key": search_key(fresh[2])}
        session.execute(update(Town).where(Town.code == code).values(values))
        report.changes.append(Change("町字のフリガナの変更", code, old[2], fresh[2]))


def _adopt_local(
    session: Session, new: list[_TownKey], current: dict[_TownKey, str], report: BuildReport
) -> None:
    """A town that staff registered before the data had it keeps its code and is refreshed from now on."""
    local = session.scalars(select(Town).where(Town.source == Source.LOCAL, Town.valid_to.is_(None)))
    registered = {(town.municipality_code, town.name, town.kana): town for town in local}
    for key in [key for key in new if key in registered]:
        town = registered[key]
        new.remove(key)
        current[key] = town.code
        town.source = Source.POSTAL.value
        report.changes.append(Change("町字の引継ぎ", town.code, town.name, town.name))
    session.flush()


_PostalKey = tuple[str, str, str | None, str]


def _wanted_postal_codes(rows: Iterable[PostalRow], towns: dict[_TownKey, str]) -> set[_PostalKey]:
    wanted: set[_PostalKey] = set()
    for row in rows:
        town = towns[(row.municipality_code, row.town, row.town_kana)] if row.town else None
        wanted.add((row.code, row.municipality_code, town, row.note))
        for number in chome_numbers(row.note):
            name, kana = _chome_name(row, number)
            wanted.add((row.code, row.municipality_code, towns[(row.municipality_code, name, kana)], ""))
    return wanted


def _build_postal_codes(
    session: Session,
    rows: Sequence[PostalRow],
    towns: dict[_TownKey, str],
    scope: Collection[str],
    report: BuildReport,
) -> None:
    query = select(
        PostalCode.id, PostalCode.code, PostalCode.municipality_code, PostalCode.town_code, PostalCode.note
    ).where(PostalCode.source == Source.POSTAL)
    stored: dict[_PostalKey, int] = {}
    for identity, code, municipality, town, note in session.execute(query):
        if municipality[:2] in scope:
            stored[(code, municipality, town, note)] = identity
    wanted = _wanted_postal_codes(rows, towns)
    first = not stored
    new = sorted(wanted - stored.keys(), key=lambda key: (key[0], key[1], key[2] or "", key[3]))
    columns = ("code", "municipality_code", "town_code", "note", "source")
    bulk_insert(session, PostalCode.__table__, columns, ((*key, Source.POSTAL.value) for key in new))
    ended = [key for key in stored if key not in wanted]
    for key in ended:
        session.execute(delete(PostalCode).where(PostalCode.id == stored[key]))
        report.changes.append(
            Change("郵便番号の削除", key[0], f"{key[1]} {key[2] or ''} {key[3]}".strip(), "")
        )
    if not first:
        for key in new:
            report.changes.append(
                Change("郵便番号の追加", key[0], "", f"{key[1]} {key[2] or ''} {key[3]}".strip())
            )
    report.postal_codes = len(wanted)


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
    towns = _build_towns(session, in_scope, scope, today, report)
    _build_postal_codes(session, in_scope, towns, scope, report)
    build_countries(session, today, report)
    return report
