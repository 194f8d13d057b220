"""Text of names and addresses: length and characters (CM-1)."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from residentapp.core.characters import (
    character_length,
    find_faults,
    is_additional_character,
    split_characters,
)
from residentapp.core.violations import Violation
from residentapp.residents.move_in.rules.catalogue import found

#: Blocks from which the standard characters come, besides ideographs and kana.
_ORDINARY = frozenset(
    "・ー々〆〇〻‐－−—―’'´`.,、。（）()／/＆&　 -~〜’･「」『』#＃:;：；+＋=＝\"“”!?！？_＿@＠*＊%％"
)


def check_text(
    text: str, field: str, label: str, longest: int, *, lines: bool = False
) -> Iterator[Violation]:
    """Length in characters, control characters and the like, and characters outside the standard set.

    :param lines: several lines are allowed.
    """
    if not text:
        return
    length = character_length(text)
    if length > longest:
        yield found("MI-E042", field, label=label, longest=longest, length=length)
    examined = text.replace("\r\n", "\u3000").replace("\n", "\u3000") if lines else text
    for finding in find_faults(examined):
        yield found("MI-E043", field, label=label, position=finding.position, why=finding.fault.label)
        break
    else:
        foreign = [character for character in split_characters(examined) if not is_standard(character)]
        if foreign:
            yield found("MI-A037", field, characters="".join(dict.fromkeys(foreign)))


def is_standard(character: str) -> bool:
    """Whether a character can be one of the municipal standard set (行政事務標準文字) by the kind it is.

    Ideographs, kana, letters of the Latin alphabet, digits, the usual marks, and GJ additions. Other scripts and
    symbols (Hangul, Cyrillic, emoji) cannot. Which ideographs exactly belong is asked of the font when it is drawn
    (RR-5.8).
    """
    base = character[0]
    if base in _ORDINARY or is_additional_character(character):
        return True
    name = unicodedata.name(base, "")
    return name.startswith(
        (
            "CJK UNIFIED",
            "CJK COMPATIBILITY IDEO",
            "HIRAGANA",
            "KATAKANA",
            "LATIN",
            "FULLWIDTH",
            "DIGIT",
            "CJK RADICAL",
        )
    ) or (unicodedata.category(base) in ("Pd", "Nl", "No") and base < "\u2500")
