"""What is known of a character: code points, MJ number, how it is drawn, and its variants (RR-2.2.3, CM-1)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

from ja_itaiji.ja_itaiji import Itaiji

from residentapp.core.characters import without_selectors
from residentapp.core.documents.fonts import Fonts, GlyphStatus, split_text
from residentapp.core.external_characters import ExternalCharacter


@dataclass(frozen=True)
class CharacterDescription:
    """One character of the register, which may be a base with a variation selector.

    :param code_points: ``U+8FBB U+E0102``.
    :param mj_number: 文字情報基盤の番号 such as ``MJ025760``; empty when the MJ font does not name it.
    :param area: where in Unicode it lies, in words a clerk can use.
    :param variants: other characters of the same meaning, then its registered selector forms.
    :param external: what is registered of it as a 外字.
    :param externals: 外字 that a search finds through it.
    """

    character: str
    code_points: str
    utf8: str
    mj_number: str
    area: str
    status: GlyphStatus
    variants: tuple[str, ...]
    external: ExternalCharacter | None = None
    externals: tuple[ExternalCharacter, ...] = ()


def _area(character: str) -> str:
    code = ord(character[0])
    if 0x100000 <= code <= 0x10FFFD:
        return "行政事務標準文字の追加文字（16面）"
    if 0xE000 <= code <= 0xF8FF:
        return "私用領域（外字）"
    if 0xF900 <= code <= 0xFAFF or 0x2F800 <= code <= 0x2FA1F:
        return "CJK互換漢字"
    if code > 0xFFFF and unicodedata.name(character[0], "").startswith("CJK"):
        return "漢字（拡張、基本多言語面の外）"
    if unicodedata.name(character[0], "").startswith("CJK"):
        return "漢字"
    return "漢字以外"


@cache
def _selector_forms(fonts: Fonts) -> dict[str, tuple[str, ...]]:
    """For each base, its pairs that the fonts register."""
    forms: dict[str, list[str]] = {}
    for face in fonts.faces:
        for pair in face.pairs():
            forms.setdefault(pair[0], []).append(pair)
    return {base: tuple(sorted(set(pairs))) for base, pairs in forms.items()}


def _mj_number(character: str, fonts: Fonts) -> str:
    """IPAmj明朝 names its glyphs by MJ number; other fonts do not."""
    for face in fonts.faces:
        name = face.glyph_name(character) or ""
        if name.startswith("mj") and name[2:].isdigit():
            return f"MJ{name[2:]}"
    return ""


def describe(
    character: str, fonts: Fonts, registered: Sequence[ExternalCharacter] = ()
) -> CharacterDescription:
    """Describe one character (a base, or a base with its selector).

    :param registered: 外字, among them those that it is or that are found by it.
    """
    external = next((row for row in registered if row.character == character), None)
    externals = [row for row in registered if character[0] in map(without_selectors, row.forms)]
    family = [other for other in Itaiji.get_family(character[0]) if other != character[0]]
    if external is not None:
        family += external.forms
    # A pair that only a fallback font of another collection registers is not one of ours (CM-1).
    forms = _selector_forms(fonts).get(character[0], ())
    base = [character[0]] if len(character) > 1 else []
    others = dict.fromkeys(other for other in (*base, *family, *forms) if other != character)
    return CharacterDescription(
        character=character,
        code_points=" ".join(f"U+{ord(part):04X}" for part in character),
        utf8=character.encode(errors="surrogatepass").hex(" ").upper(),
        mj_number=_mj_number(character, fonts),
        area=_area(character),
        status=fonts.glyph(character).status,
        variants=tuple(other for other in others if fonts.glyph(other).status is GlyphStatus.EXACT),
        external=external,
        externals=tuple(externals),
    )


#: A character by its numbers: ``U+8FBB U+E0102``, or by its name in the standard sets: ``MJ025760``, ``GJ000123``.
_NUMBER = re.compile(r"U\+([0-9A-F]{4,6})(?:\s*U\+(E01[0-9A-F]{2}))?|([MG]J\d{6})", re.IGNORECASE)


def with_numbers_read(text: str, fonts: Fonts, registered: Callable[[str], str | None]) -> str:
    """A text with the characters that it names by code points, MJ or GJ number in their place (RR-2.1.3e).

    A number of no character stays as it was typed.

    :param registered: the 外字 of a number, None when there is none.
    """

    def read(found: re.Match[str]) -> str:
        base, selector, number = found.groups()
        if number:
            own = registered(number)
            name = number.lower()
            return own or next((one for face in fonts.faces if (one := face.character_named(name))), found[0])
        code = int(base, 16)
        if code > 0x10FFFF or unicodedata.category(chr(code)) in ("Cc", "Cf", "Cs", "Cn"):
            return found[0]
        return chr(code) + (chr(int(selector, 16)) if selector else "")

    return _NUMBER.sub(read, text)


def describe_text(
    text: str, fonts: Fonts, registered: Callable[[Sequence[str]], Sequence[ExternalCharacter]]
) -> list[CharacterDescription]:
    """Describe each different character of a text, in the order of the text.

    :param registered: 外字 that stand among some characters, or are found by one of them.
    """
    characters = list(dict.fromkeys(each for each in split_text(text) if not each.isspace()))
    known = registered(characters)
    return [describe(character, fonts, known) for character in characters]
