"""The one embedded font of a document: a TrueType subset, its widths and its way back to Unicode.

Every distinct character of a document gets the next number, and that number is its code in the content stream, its
glyph id in the subset and its entry in ToUnicode. Two characters that look alike (a base and an unregistered pair
drawn as that base) therefore stay two codes, and text that is copied out of the page is exactly the text that was
put in, selectors and plane-16 characters included.
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Iterable, Sequence
from hashlib import sha256
from itertools import accumulate

from residentapp.core.documents.fonts import UNITS_PER_EM, Fonts, Glyph

_TAGS = (b"glyf", b"head", b"hhea", b"hmtx", b"loca", b"maxp")
#: The glyph of code 0, which no text uses: empty.
_NOTDEF_METRICS = struct.pack(">Hh", UNITS_PER_EM, 0)
#: The greatest number of codes (two bytes each) less .notdef.
MAX_CHARACTERS = 0xFFFF - 1


class CharacterCodes:
    """Gives the characters of one document their codes, in the order in which they first appear.

    ``start`` holds the characters of a compiled template, which keep codes 1, 2, 3 … in all its documents.
    """

    __slots__ = ("_codes", "_fonts", "glyphs")

    def __init__(self, fonts: Fonts, start: Sequence[Glyph] = ()) -> None:
        self._fonts = fonts
        self.glyphs: list[Glyph] = list(start)
        self._codes = {glyph.character: f"{code:04X}" for code, glyph in enumerate(self.glyphs, 1)}

    def encode(self, characters: Iterable[str]) -> str:
        """Return the characters as a hexadecimal PDF string, without its angle brackets."""
        codes = self._codes
        try:
            return "".join([codes[character] for character in characters])
        except KeyError:
            return "".join([codes.get(character) or self._add(character) for character in characters])

    def _add(self, character: str) -> str:
        if len(self.glyphs) >= MAX_CHARACTERS:
            raise OverflowError(f"a document cannot hold more than {MAX_CHARACTERS} different characters")
        self.glyphs.append(self._fonts.glyph(character))
        code = self._codes[character] = f"{len(self.glyphs):04X}"
        return code


def subset_name(name: str, glyphs: Sequence[Glyph]) -> str:
    """Return the subset's PostScript name with its six-letter tag (ISO 32000-1, 9.6.4), fixed by its content."""
    digest = sha256("".join([glyph.character for glyph in glyphs]).encode("utf-8", "surrogatepass")).digest()
    return "".join(chr(65 + byte % 26) for byte in digest[:6]) + "+" + name


def font_file(fonts: Fonts, glyphs: Sequence[Glyph]) -> bytes:
    """Return a TrueType font file with an empty glyph 0 and then the given glyphs.

    It has the tables a CIDFontType2 needs (ISO 32000-1, 9.9) and, as nothing is hinted, no fpgm, prep or cvt.
    """
    main = fonts.main
    count = len(glyphs) + 1
    outlines = [glyph.outline for glyph in glyphs]
    glyf = b"".join(outlines)
    offsets = array("I", [0, 0, *accumulate(map(len, outlines))])
    offsets.byteswap() if _LITTLE_ENDIAN else None
    tables = (
        glyf,
        _head(main.bounds),
        _hhea(main.ascent, main.descent, count),
        _NOTDEF_METRICS + b"".join([glyph.metrics for glyph in glyphs]),
        offsets.tobytes(),
        _maxp(fonts, count),
    )
    directory = [struct.pack(">IHHHH", 0x00010000, len(tables), 64, 2, 32)]
    at = 12 + 16 * len(tables)
    body: list[bytes] = []
    for tag, table in zip(_TAGS, tables, strict=True):
        padded = table + bytes(-len(table) % 4)
        directory.append(struct.pack(">4sIII", tag, _checksum(padded), at, len(table)))
        body.append(padded)
        at += len(padded)
    return b"".join((*directory, *body))


def to_unicode(glyphs: Sequence[Glyph]) -> bytes:
    """Return the ToUnicode CMap: each code's own characters as UTF-16BE, beyond the BMP as surrogate pairs."""
    lines = [f"<{code:04X}> <{glyph.utf16}>" for code, glyph in enumerate(glyphs, 1)]
    blocks = []
    for start in range(0, len(lines), 100):  # at most 100 entries to a block
        block = lines[start : start + 100]
        blocks.append(f"{len(block)} beginbfchar\n" + "\n".join(block) + "\nendbfchar\n")
    return (_CMAP_HEAD + "".join(blocks) + _CMAP_TAIL).encode("ascii")


def widths(glyphs: Sequence[Glyph]) -> list[int | list[int]]:
    """Return the /W array for a default width of 1000: runs of codes whose width differs."""
    runs: list[int | list[int]] = []
    current: list[int] | None = None
    for code, glyph in enumerate(glyphs, 1):
        if glyph.width == 1000:
            current = None
            continue
        if current is None:
            current = []
            runs += [code, current]
        current.append(glyph.width)
    return runs


_LITTLE_ENDIAN = struct.pack("=H", 1) == b"\1\0"

_CMAP_HEAD = """/CIDInit /ProcSet findresource begin
12 dict begin
begincmap
/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def
/CMapName /Adobe-Identity-UCS def
/CMapType 2 def
1 begincodespacerange
<0000> <FFFF>
endcodespacerange
"""
_CMAP_TAIL = """endcmap
CMapName currentdict /CMap defineresource pop
end
end
"""


def _checksum(table: bytes) -> int:
    words = array("I", table)
    if _LITTLE_ENDIAN:
        words.byteswap()
    return sum(words) & 0xFFFFFFFF


def _head(bounds: tuple[int, int, int, int]) -> bytes:
    # Version 1.0, fixed dates (the same font for the same characters at any time), long loca offsets.
    return struct.pack(
        ">IIIIHHQQhhhhHHhhh",
        0x00010000,
        0x00010000,
        0,
        0x5F0F3CF5,
        0x000B,
        UNITS_PER_EM,
        0,
        0,
        *bounds,
        0,
        8,
        2,
        1,
        0,
    )


def _hhea(ascent: int, descent: int, count: int) -> bytes:
    return struct.pack(">IhhhHhhhhhhhhhhhH", 0x00010000, ascent, descent, 0, UNITS_PER_EM, *[0] * 11, count)


def _maxp(fonts: Fonts, count: int) -> bytes:
    points = max(face.max_points for face in fonts.faces) or 0x1000
    contours = max(face.max_contours for face in fonts.faces) or 0x400
    return struct.pack(">IHHHHHHHHHHHHHH", 0x00010000, count, points, contours, 0, 0, 1, *[0] * 8)
