"""Towns and postal codes of the address dictionary, as the postal data have them and as staff corrected them.

The 大字 and 小字 parts of the 11-digit 住所コード may be chosen freely (RR-1.3.3b): towns are numbered in kana order
at the first build, and keep their code for good; new ones get the next free number.

What staff registered or corrected stays: a town of their own until the data have it too, a corrected one by the name
that the data know it by, postal codes that they changed. Where the data say something else, the report tells it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from residentapp.core.addresses.models import PostalCode, Town
from residentapp.core.addresses.postal_data import PostalRow, chome_numbers
from residentapp.core.addresses.types import BuildReport, Change, Source
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


#: How the data know a town: municipality, name, kana.
TownKey = tuple[str, str, str]


def _wanted_towns(rows: Iterable[PostalRow]) -> dict[TownKey, str]:
    """Towns the data name, each with the name of its 大字; 丁目 follow from the notes that list them."""
    towns: dict[TownKey, str] = {}
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


def _chome_of(kana: str) -> int:
    digits = kana.removesuffix(_CHOME_KANA)
    return int(digits[len(digits.rstrip("０１２３４５６７８９")) :])


_TOWN_COLUMNS = (
    "code", "municipality_code", "oaza_name", "name", "kana", "kana_key", "town_id", "source", "valid_from",
    "valid_to", "successor_code", "own_postal_codes",
)  # fmt: skip


@dataclass(frozen=True)
class _Stored:
    """A town as it stands in the table."""

    code: str
    municipality: str
    name: str
    kana: str
    valid_from: dt.date | None
    valid_to: dt.date | None
    source: str
    data_name: str | None
    data_kana: str | None

    @property
    def key(self) -> TownKey:
        """What it is called here."""
        return self.municipality, self.name, self.kana

    @property
    def data_key(self) -> TownKey:
        """What the data call it."""
        return self.municipality, self.data_name or self.name, self.data_kana or self.kana

    @property
    def corrected(self) -> bool:
        """Whether staff corrected or ended it."""
        return self.data_name is not None


@dataclass
class Towns:
    """Towns while they are brought up to date.

    :param current: code of every town that the data name, by what they call it.
    :param adopted: codes of towns of staff that the data have brought now.
    """

    stored: dict[str, _Stored] = field(default_factory=dict)
    current: dict[TownKey, str] = field(default_factory=dict)
    gone: dict[TownKey, str] = field(default_factory=dict)
    new: list[TownKey] = field(default_factory=list)
    adopted: set[str] = field(default_factory=set)


def _read(session: Session, scope: Collection[str]) -> Towns:
    towns = Towns()
    columns = (
        Town.code, Town.municipality_code, Town.name, Town.kana, Town.valid_from, Town.valid_to, Town.source,
        Town.data_name, Town.data_kana,
    )  # fmt: skip
    for row in session.execute(select(*columns).order_by(Town.code)):
        town = _Stored(*row)
        towns.stored[town.code] = town
        known = town.valid_to is None or town.corrected
        if known and town.source == Source.POSTAL and town.municipality[:2] in scope:
            towns.current[town.data_key] = town.code
    return towns


def build_towns(
    session: Session,
    rows: Sequence[PostalRow],
    scope: Collection[str],
    today: dt.date,
    report: BuildReport,
) -> Towns:
    """Add, change and end towns of the prefectures in scope."""
    towns = _read(session, scope)
    first = not towns.current
    wanted = _wanted_towns(rows)
    towns.gone = {key: code for key, code in towns.current.items() if key not in wanted}
    towns.new = sorted(
        (key for key in wanted if key not in towns.current), key=lambda key: (key[0], key[2], key[1])
    )
    _take_known(session, towns, report)
    _correct_kana(session, towns, report)
    _add(session, towns, wanted, None if first else today, report)
    _end(session, towns, today, report)
    report.towns = len(towns.current)
    return towns


def _take_known(session: Session, towns: Towns, report: BuildReport) -> None:
    """What the data call new, but stands here already as staff wrote it, keeps its code."""
    standing = {town.key: town for town in towns.stored.values() if town.valid_to is None}
    for key in [key for key in towns.new if key in standing]:
        town = standing[key]
        if town.source == Source.LOCAL:
            # Registered before the data had it: refreshed from now on.
            session.execute(update(Town).where(Town.code == town.code).values(source=Source.POSTAL.value))
            towns.adopted.add(town.code)
            report.changes.append(Change("町字の引継ぎ", town.code, town.name, town.name))
        elif town.data_key in towns.gone:
            # Corrected before the data were: they say the same now.
            del towns.gone[town.data_key], towns.current[town.data_key]
            values = {"data_name": None, "data_kana": None}
            session.execute(update(Town).where(Town.code == town.code).values(values))
            report.changes.append(Change("町字の修正と一致", town.code, town.data_key[1], town.name))
        else:
            # Another town of the data was given this name by staff: both cannot stand.
            report.changes.append(
                Change("町字の重複（登録を確かめる）", town.code, town.data_key[1], town.name)
            )
        towns.new.remove(key)
        towns.current[key] = town.code


def _correct_kana(session: Session, towns: Towns, report: BuildReport) -> None:
    """A town that only changed its kana keeps its code; where staff had corrected it, its kana too."""
    old_by_name: dict[tuple[str, str], list[TownKey]] = {}
    new_by_name: dict[tuple[str, str], list[TownKey]] = {}
    for key in towns.gone:
        old_by_name.setdefault(key[:2], []).append(key)
    for key in towns.new:
        new_by_name.setdefault(key[:2], []).append(key)
    for name, olds in old_by_name.items():
        news = new_by_name.get(name, [])
        if len(olds) != 1 or len(news) != 1:
            continue
        (old,), (fresh,) = olds, news
        code = towns.gone.pop(old)
        towns.new.remove(fresh)
        del towns.current[old]
        towns.current[fresh] = code
        if towns.stored[code].corrected:
            values = {"data_kana": fresh[2]}
            kind = "町字のフリガナの変更（職員の登録のまま）"
        else:
            values = {"kana": fresh[2], "kana_key": search_key(fresh[2])}
            kind = "町字のフリガナの変更"
        session.execute(update(Town).where(Town.code == code).values(values))
        report.changes.append(Change(kind, code, old[2], fresh[2]))


def _add(
    session: Session, towns: Towns, wanted: dict[TownKey, str], since: dt.date | None, report: BuildReport
) -> None:
    """Number and insert what is new; without a day, as a first build that reports nothing."""
    used: dict[str, list[str]] = {}
    for town in towns.stored.values():
        used.setdefault(town.municipality, []).append(town.code)
    numbering: dict[str, TownNumbering] = {}
    oaza_codes = {(key[0], key[1]): code for key, code in towns.current.items()}
    inserted: list[tuple[object, ...]] = []
    # 大字 first, so that each 丁目 finds the one it belongs to.
    for key in sorted(towns.new, key=lambda key: (key[0], wanted[key] != key[1])):
        municipality, name, kana = key
        numbers = numbering.setdefault(municipality, TownNumbering(used.get(municipality, ())))
        oaza = wanted[key]
        if oaza == name:
            code = numbers.oaza(municipality)
            oaza_codes.setdefault((municipality, name), code)
        else:
            code = numbers.koaza(oaza_codes[(municipality, oaza)], _chome_of(kana))
        towns.current[key] = code
        inserted.append(
            (code, municipality, oaza, name, kana, search_key(kana), None, Source.POSTAL.value, since, None,
             None, False)
        )  # fmt: skip
        if since is not None:
            report.changes.append(Change("町字の追加", code, "", name))
    bulk_insert(session, Town.__table__, _TOWN_COLUMNS, inserted)


def _end(session: Session, towns: Towns, today: dt.date, report: BuildReport) -> None:
    """What the data no longer have gets its last day, unless staff gave it one; it is never removed."""
    for key, code in towns.gone.items():
        del towns.current[key]
        town = towns.stored[code]
        values: dict[str, object] = {"data_name": None, "data_kana": None}
        if town.valid_to is None:
            values["valid_to"] = max(today, town.valid_from or today)
            report.changes.append(Change("町字の廃止", code, town.name, ""))
        session.execute(update(Town).where(Town.code == code).values(values))


_PostalKey = tuple[str, str, str | None, str]


def _wanted_postal_codes(rows: Iterable[PostalRow], towns: dict[TownKey, str]) -> set[_PostalKey]:
    wanted: set[_PostalKey] = set()
    for row in rows:
        town = towns[(row.municipality_code, row.town, row.town_kana)] if row.town else None
        wanted.add((row.code, row.municipality_code, town, row.note))
        for number in chome_numbers(row.note):
            name, kana = _chome_name(row, number)
            wanted.add((row.code, row.municipality_code, towns[(row.municipality_code, name, kana)], ""))
    return wanted


def _settle_adopted(
    session: Session, wanted: set[_PostalKey], adopted: Collection[str], report: BuildReport
) -> None:
    """Codes that staff gave a town before the data had it: the data's take their place where they are the same."""
    for town in sorted(adopted):
        own = set(session.scalars(select(PostalCode.code).where(PostalCode.town_code == town)))
        theirs = {key[0] for key in wanted if key[2] == town}
        if own and own != theirs:
            session.execute(update(Town).where(Town.code == town).values(own_postal_codes=True))
            told = Change(
                "郵便番号の違い（職員の登録のまま）", town, "、".join(sorted(theirs)), "、".join(sorted(own))
            )
            report.changes.append(told)
        else:
            session.execute(delete(PostalCode).where(PostalCode.town_code == town))


def build_postal_codes(
    session: Session,
    rows: Sequence[PostalRow],
    towns: Towns,
    scope: Collection[str],
    report: BuildReport,
) -> None:
    """Replace the postal codes of the prefectures in scope, except those of towns whose codes staff changed."""
    wanted = _wanted_postal_codes(rows, towns.current)
    _settle_adopted(session, wanted, towns.adopted, report)
    own = set(session.scalars(select(Town.code).where(Town.own_postal_codes)))
    query = select(
        PostalCode.id, PostalCode.code, PostalCode.municipality_code, PostalCode.town_code, PostalCode.note
    ).where(PostalCode.source == Source.POSTAL)
    stored: dict[_PostalKey, int] = {}
    for identity, code, municipality, town, note in session.execute(query):
        if municipality[:2] in scope and town not in own:
            stored[(code, municipality, town, note)] = identity
    first = not stored
    wanted = {key for key in wanted if key[2] not in own}
    new = sorted(wanted - stored.keys(), key=lambda key: (key[0], key[1], key[2] or "", key[3]))
    columns = ("code", "municipality_code", "town_code", "note", "source")
    bulk_insert(session, PostalCode.__table__, columns, ((*key, Source.POSTAL.value) for key in new))
    names = {code: key[1] for key, code in towns.current.items()}
    ended = [key for key in stored if key not in wanted]
    for key in ended:
        session.execute(delete(PostalCode).where(PostalCode.id == stored[key]))
        report.changes.append(Change("郵便番号の削除", key[0], _place(key, names, towns), ""))
    if not first:
        for key in new:
            report.changes.append(Change("郵便番号の追加", key[0], "", _place(key, names, towns)))
    report.postal_codes = len(wanted)


def _place(key: _PostalKey, names: dict[str, str], towns: Towns) -> str:
    """What a postal code stands for, in words: the code of its place, then the town and the note."""
    _code, municipality, town, note = key
    if town is None:
        return f"{municipality} {note}".strip()
    name = names.get(town) or towns.stored[town].name
    return f"{town} {name} {note}".strip()
