"""Characters of the municipal standard set (行政事務標準文字) in Unicode strings (CM-1).

An MJ variant is a base character plus an ideographic variation selector and counts as ONE character for
lengths, cells and truncation. The additional GJ characters sit in the private use area of plane 16. Names and
addresses are stored exactly as entered: nothing here, and nothing that stores, applies NFC or NFKC, because
that would turn CJK compatibility ideographs (﨑 U+FA11, 神 U+FA19) into other characters.
"""

from __future__ import annotations

import enum
import re
import unicodedata
from dataclasses import dataclass

#: Ideographic variation selectors (VS17–VS256), which choose an MJ glyph, and the standardised ones (VS1–VS16).
_SELECTORS = "\U000e0100-\U000e01ef\ufe00-\ufe0f"
_SELECTOR = re.compile(f"[{_SELECTORS}]")
_CHARACTER = re.compile(f".[{_SELECTORS}]?", re.DOTALL)


def split_characters(text: str) -> list[str]:
    """The characters of a text, base and selector together; ``辻󠄂`` is one."""
    if _SELECTOR.search(text) is None:
        return list(text)
    return _CHARACTER.findall(text)


def character_length(text: str) -> int:
    """Number of characters as a form's cells count them."""
    return len(text) - len(_SELECTOR.findall(text)) if _leads_with_base(text) else len(split_characters(text))


def _leads_with_base(text: str) -> bool:
    """Whether every selector follows a base, so that counting can subtract instead of split."""
    return re.search(f"(?:^|[{_SELECTORS}])[{_SELECTORS}]", text) is None


def truncate(text: str, length: int) -> str:
    """The first ``length`` characters; a selector is never cut from its base.

    :raises ValueError: when ``length`` is negative.
    """
    if length < 0:
        raise ValueError("a length cannot be negative")
    return "".join(split_characters(text)[:length])


def has_selector(text: str) -> bool:
    """Whether any character carries a variation selector."""
    return _SELECTOR.search(text) is not None


def without_selectors(text: str) -> str:
    """The bases alone. For derived keys only, never for what is stored or shown."""
    return _SELECTOR.sub("", text)


def code_points(character: str) -> str:
    """``U+8FBB U+E0102``, for the character panel (RR-2.2.3)."""
    return " ".join(f"U+{ord(point):04X}" for point in character)


def is_additional_character(character: str) -> bool:
    """Whether it is a GJ addition: a private use character of plane 16 (e.g. U+10DE92)."""
    return len(character) == 1 and "\U00100000" <= character <= "\U0010fffd"


def is_local_character(character: str) -> bool:
    """Whether it is a local 外字 of the old kind, in a private use area other than that of the GJ additions."""
    point = character[:1]
    return "\ue000" <= point <= "\uf8ff" or "\U000f0000" <= point <= "\U000ffffd"


def is_compatibility_ideograph(character: str) -> bool:
    """Whether Unicode normalisation would replace it by another ideograph (﨑 itself is safe, 神 is not)."""
    base = character[:1]
    return bool(base) and unicodedata.normalize("NFC", base) != base


class CharacterFault(enum.StrEnum):
    """Why a character cannot be held in a name or an address."""

    CONTROL = "control"
    NOT_A_CHARACTER = "not_a_character"
    SELECTOR_WITHOUT_BASE = "selector_without_base"
    LOCAL_CHARACTER = "local_character"
    HALF_WIDTH_KANA = "half_width_kana"

    @property
    def label(self) -> str:
        """Japanese text: what is wrong and what to do."""
        return {
            "control": "改行や制御文字が入っています。その文字を消してください。",
            "not_a_character": "文字として使えないコードが入っています。その文字を入力し直してください。",
            "selector_without_base": "異体字の指定だけがあり、もとの漢字がありません。文字を選び直してください。",
            "local_character": "この市区町村だけの外字が入っています。行政事務標準文字から選び直してください。",
            "half_width_kana": "半角カナが入っています。全角カナで入力し直してください。",
        }[self.value]


@dataclass(frozen=True)
class CharacterFinding:
    """A character that cannot be held.

    :param position: place in the text counted in characters, from 1.
    :param character: the character with its selector.
    """

    position: int
    character: str
    fault: CharacterFault


def find_faults(text: str) -> list[CharacterFinding]:
    """Characters that a stored name or address must not hold, in order; empty when all is well.

    Rare, additional, compatibility and variant characters are all fine. Whether a font can draw them is
    another question, asked when a form is rendered (RR-5.8).
    """
    findings = []
    for position, character in enumerate(split_characters(text), start=1):
        fault = _fault_of(character)
        if fault is not None:
            findings.append(CharacterFinding(position, character, fault))
    return findings


def _fault_of(character: str) -> CharacterFault | None:
    base = character[0]
    if _SELECTOR.match(base):
        return CharacterFault.SELECTOR_WITHOUT_BASE
    category = unicodedata.category(base)
    if category in ("Cc", "Zl", "Zp") or (category == "Cf" and base != "\u200d"):
        return CharacterFault.CONTROL
    if category in ("Cs", "Cn"):
        return CharacterFault.NOT_A_CHARACTER
    if is_local_character(base):
        return CharacterFault.LOCAL_CHARACTER
    if "\uff61" <= base <= "\uff9f":
        return CharacterFault.HALF_WIDTH_KANA
    return None
