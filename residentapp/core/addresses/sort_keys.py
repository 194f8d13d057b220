"""Numeric sort keys of 番地・号・枝番・部屋番号 (RR-1.3.2): 「2番10号」 stands after 「2番9号」.

Digits may be half-width, full-width or kanji (千二百番地); separators may be 番地, 番, 号, の, or any dash.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

#: 甲乙丙… before a lot number, in their order.
HEAVENLY_STEMS = "甲乙丙丁戊己庚辛壬癸"
#: Digits of one number in the encoded key, and how many numbers it holds.
WIDTH = 6
PARTS = 4
_LARGEST = 10**WIDTH - 1

_KANJI_DIGITS = {character: value for value, character in enumerate("〇一二三四五六七八九")} | {"零": 0}
_KANJI_UNITS = {"十": 10, "百": 100, "千": 1000}
_DIGIT_RUN = re.compile("[0-9０-９]+|[〇零一二三四五六七八九十百千万]+")
_ROOM = re.compile("(?:^|[^0-9０-９])([0-9０-９]+)(?:号室|号棟|室)?$")
_TABLE = str.maketrans("０１２３４５６７８９", "0123456789")


def kanji_number(text: str) -> int:
    """The value of a kanji numeral, positional (一二三 = 123) or with units (千二百三 = 1203).

    :raises ValueError: when ``text`` holds anything but kanji numerals.
    """
    if not text:
        raise ValueError("no numeral")
    if not any(character in "十百千万" for character in text):
        try:
            return int("".join(str(_KANJI_DIGITS[character]) for character in text))
        except KeyError as error:
            raise ValueError("not a numeral") from error
    total = section = digit = 0
    for character in text:
        if character in _KANJI_DIGITS:
            digit = digit * 10 + _KANJI_DIGITS[character]
        elif character in _KANJI_UNITS:
            section += (digit or 1) * _KANJI_UNITS[character]
            digit = 0
        elif character == "万":
            total += (section + digit or 1) * 10_000
            section = digit = 0
        else:
            raise ValueError("not a numeral")
    return total + section + digit


def numbers_in(text: str) -> tuple[int, ...]:
    """All numbers of a text in order, whatever their writing."""
    found = []
    for run in _DIGIT_RUN.findall(text):
        found.append(
            int(run.translate(_TABLE)) if run[0] in "0123456789０１２３４５６７８９" else kanji_number(run)
        )
    return tuple(found)


@dataclass(frozen=True, order=True)
class LotKey:
    """Sort key of a 番地: ``rank`` 0 for 無番地 and other unnumbered ones, 1 for plain, 2… for 甲, 乙, 丙….

    ``numbers`` are 番地, 枝番 or 号, and further branches.
    """

    rank: int
    numbers: tuple[int, ...]

    @property
    def encoded(self) -> str:
        """Fixed-width text whose order is the order of the numbers (numbers beyond the width count as largest)."""
        return self._encode(0)

    @property
    def encoded_last(self) -> str:
        """The last key that begins with these numbers: that of 「5番」 lies behind every 「5番1号」, 「5番2号」 …"""
        return self._encode(_LARGEST)

    def _encode(self, filling: int) -> str:
        padded = (*self.numbers, *(filling,) * PARTS)[:PARTS]
        return f"{self.rank:02d}" + "".join(f"{min(number, _LARGEST):0{WIDTH}d}" for number in padded)


def lot_key(writing: str) -> LotKey:
    """Sort key of a 番地・号 as written in an address: 「12番地の3」, 「十二番三号」, 「甲５－２」, 「無番地」."""
    text = writing.strip()
    numbers = numbers_in(text)
    if not numbers:
        return LotKey(0, ())
    rank = 2 + HEAVENLY_STEMS.index(text[0]) if text[0] in HEAVENLY_STEMS else 1
    return LotKey(rank, numbers)


def is_lot(writing: str) -> bool:
    """Whether a text can be a 番地: it has a number, or says that there is none (無番地, 番外地)."""
    return bool(lot_key(writing).numbers) or "無番地" in writing or "番外地" in writing


def room_number(building: str) -> int | None:
    """The room of a 方書: 405 for 「みどり荘405号室」, None when it names no room.

    A number is a room only at the very end, so the 60 of 「サンシャイン60ビル」 is none.
    """
    match = _ROOM.search(building.strip())
    return int(match.group(1).translate(_TABLE)) if match else None


def address_sort_key(town_code: str, lot: str, building: str = "") -> str:
    """Text by which addresses sort as a list of streets: town, 番地, 枝番・号, room."""
    room = room_number(building) or 0
    return f"{town_code:<11}{lot_key(lot).encoded}{min(room, _LARGEST):0{WIDTH}d}"
