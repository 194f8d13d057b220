"""Fonts, parsed once and shared by all documents and threads.

A character here is what the register counts as one: a base, or a base with its variation selector (CM-1). Each is
looked up in the font's own tables, the pair in cmap format 14, so that a variant is one glyph and not its base
followed by a box. Outlines are cut straight out of the mapped file by their ``loca`` offsets; parsing is left to
fontTools and happens once. See docs/forms.md for why the general-purpose way was far slower.
"""

from __future__ import annotations

import mmap
import re
import struct
import threading
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any

from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.recordingPen import DecomposingRecordingPen
from fontTools.pens.transformPen import TransformPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont, TTLibError

#: One character of a text: a base with at most one variation selector (standardised or ideographic).
CHARACTER = re.compile(
    "[^\ufe00-\ufe0f\U000e0100-\U000e01ef][\ufe00-\ufe0f\U000e0100-\U000e01ef]?|.", re.DOTALL
)

#: Printed where no font has the character (ゲタ): visible, and never mistaken for a real character.
GETA = "〓"

#: Where Debian installs Mincho fonts of the whole JIS X 0213 range, then other CJK fonts.
FALLBACK_FONTS: tuple[Path, ...] = tuple(
    Path(path)
    for path in (
        "/usr/share/fonts/opentype/ipaexfont-mincho/ipaexm.ttf",
        "/usr/share/fonts/truetype/fonts-japanese-mincho.ttf",
        "/usr/share/fonts/opentype/noto/NotoSerifCJK-Regular.ttc",
        "/usr/share/fonts/opentype/ipafont-mincho/ipam.ttf",
        "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
        "/usr/share/fonts/opentype/ipaexfont-gothic/ipaexg.ttf",
        "/usr/share/fonts/truetype/ipamj/ipamjm.ttf",
    )
)

#: Units of the em square in which every outline is embedded, whatever the font it comes from.
UNITS_PER_EM = 2048


class FontError(RuntimeError):
    """A font file that cannot be used; the message says which and what to do."""


class GlyphStatus(StrEnum):
    """How faithfully a character can be drawn."""

    EXACT = "exact"
    UNREGISTERED = "unregistered"
    MISSING = "missing"

    @property
    def label(self) -> str:
        return {
            "exact": "字形あり",
            "unregistered": "異体字の登録なし（基底の字形で印字）",
            "missing": "字形なし（〓で印字）",
        }[self.value]


@dataclass(frozen=True, slots=True)
class Glyph:
    """One character made ready to be drawn and embedded."""

    character: str = field(repr=False)
    status: GlyphStatus
    width: int  #: advance in 1/1000 of the type size
    metrics: bytes  #: its ``hmtx`` record: advance and left side bearing in UNITS_PER_EM
    outline: bytes = field(repr=False)  #: its ``glyf`` record without hinting, padded to 4 bytes
    utf16: str = field(repr=False)  #: the character as UTF-16BE in hexadecimal, for ToUnicode


def split_text(text: str) -> list[str]:
    """Split a text into characters, base and selector together."""
    return CHARACTER.findall(text)


class FontFace:
    """One font file. ``number`` picks the face of a collection (.ttc).

    Raises FontError when the file is absent or not a usable font.
    """

    def __init__(self, path: Path | str, *, number: int = 0) -> None:
        self.path = Path(path)
        try:
            font = TTFont(self.path, lazy=True, fontNumber=number)
            self._read(font)
        except (OSError, TTLibError, KeyError, AssertionError, struct.error) as error:
            raise FontError(
                f"フォントを読み込めません: {self.path} （ファイルの有無と種類を確認してください）"
            ) from error

    def _read(self, font: TTFont) -> None:
        # fontTools' tables are dynamic classes without useful types.
        tables: Any = font
        self._font = font
        self._slow = threading.Lock()
        self.units_per_em: int = tables["head"].unitsPerEm
        self.name: str = tables["name"].getDebugName(6) or self.path.stem
        order: dict[str, int] = tables.getReverseGlyphMap()
        self._glyph_names: list[str] = tables.getGlyphOrder()
        self._base = {code: order[name] for code, name in (tables.getBestCmap() or {}).items()}
        self._variants: dict[tuple[int, int], int] = {}
        for table in tables["cmap"].tables:
            if table.format == 14:
                for selector, pairs in table.uvsDict.items():
                    for base, name in pairs:
                        glyph = self._base.get(base) if name is None else order[name]
                        if glyph is not None:
                            self._variants[base, selector] = glyph
        metrics = tables["hmtx"].metrics
        self._metrics: list[tuple[int, int]] = [metrics[name] for name in self._glyph_names]
        head, maximum = tables["head"], tables["maxp"]
        self.bounds: tuple[int, int, int, int] = (head.xMin, head.yMin, head.xMax, head.yMax)
        self.ascent: int = tables["hhea"].ascent
        self.descent: int = tables["hhea"].descent
        self.max_points: int = getattr(maximum, "maxPoints", 0)
        self.max_contours: int = getattr(maximum, "maxContours", 0)
        self._offsets: array[int] | None = None
        self._glyf = memoryview(b"")
        if "glyf" in tables:
            entry = tables.reader.tables["glyf"]
            with self.path.open("rb") as file:
                mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
            self._glyf = memoryview(mapped)[entry.offset : entry.offset + entry.length]
            self._offsets = array("L", tables["loca"].locations)

    def __repr__(self) -> str:
        return f"FontFace({self.name})"

    def find(self, character: str) -> tuple[int | None, bool]:
        """Return (glyph id, whether the selector was honoured); the id is None when the font lacks the base.

        The glyph id is never 0: a base that the font maps to its .notdef box counts as absent.
        """
        base = ord(character[0])
        if len(character) == 2:
            variant = self._variants.get((base, ord(character[1])))
            if variant:
                return variant, True
        return self._base.get(base) or None, len(character) == 1

    def has(self, character: str) -> bool:
        """Whether this font draws exactly this character (base, or registered pair)."""
        glyph, exact = self.find(character)
        return glyph is not None and exact

    def glyph_name(self, character: str) -> str | None:
        """The name the font gives to exactly this character's glyph; None when it does not have it."""
        glyph, exact = self.find(character)
        return self._glyph_names[glyph] if glyph is not None and exact else None

    def character_named(self, name: str) -> str | None:
        """The character or the registered pair whose glyph the font calls by this name; None when there is none."""
        if name not in self._glyph_names:
            return None
        glyph = self._glyph_names.index(name)
        for (base, selector), drawn in self._variants.items():
            if drawn == glyph and self._base.get(base) != glyph:
                return chr(base) + chr(selector)
        return next((chr(code) for code, drawn in self._base.items() if drawn == glyph), None)

    def pairs(self) -> list[str]:
        """Every registered pair of a base and a selector."""
        return [chr(base) + chr(selector) for base, selector in self._variants]

    def metrics(self, glyph: int) -> tuple[int, int]:
        """Advance and left side bearing in UNITS_PER_EM."""
        advance, bearing = self._metrics[glyph]
        if self.units_per_em == UNITS_PER_EM:
            return advance, bearing
        scale = UNITS_PER_EM / self.units_per_em
        return round(advance * scale), round(bearing * scale)

    def outline(self, glyph: int) -> bytes:
        """Return the glyph's simple outline in UNITS_PER_EM, without instructions, padded to 4 bytes."""
        if self._offsets is not None and self.units_per_em == UNITS_PER_EM:
            record = bytes(self._glyf[self._offsets[glyph] : self._offsets[glyph + 1]])
            if not record:
                return b""
            contours = int.from_bytes(record[:2], "big", signed=True)
            if contours >= 0:
                return _padded(_without_instructions(record, contours))
        with self._slow:
            return _padded(self._converted(glyph))

    def _converted(self, glyph: int) -> bytes:
        """Redraw a composite, cubic or differently scaled outline as one simple quadratic glyph."""
        glyphs: Any = self._font.getGlyphSet()
        recording = DecomposingRecordingPen(glyphs)
        glyphs[self._glyph_names[glyph]].draw(recording)
        pen = TTGlyphPen(None)
        cubic = self._offsets is None
        target: Any = Cu2QuPen(pen, max_err=1.0, reverse_direction=True) if cubic else pen
        scale = UNITS_PER_EM / self.units_per_em
        recording.replay(TransformPen(target, (scale, 0, 0, scale, 0, 0)))
        simple: Any = pen.glyph()
        if simple.numberOfContours == 0:
            return b""
        return bytes(simple.compile(None, recalcBBoxes=True))


def face_of(path: Path | str) -> FontFace:
    """A font file, read once per process as long as it stays as it is: IPAmj明朝 takes a tenth of a second.

    :raises FontError: as :class:`FontFace`.
    """
    try:
        found = Path(path).stat()
    except OSError:
        return FontFace(path)
    return _face_as_of(str(path), found.st_mtime_ns, found.st_size)


@lru_cache(maxsize=8)
def _face_as_of(path: str, changed_ns: int, size: int) -> FontFace:
    return FontFace(path)


class Fonts:
    """The fonts of an installation, in the order in which a character is looked for.

    First IPAmj明朝 (``mj_path``), then the font of the GJ additions in plane 16 (``gj_path``), then the fallback
    fonts: those given, or else the first of FALLBACK_FONTS that exists. Safe to share between threads; each
    character is looked up and cut out of its font once. Raises FontError when a named file cannot be used or no
    font exists at all.
    """

    def __init__(
        self,
        mj_path: Path | str | None = None,
        gj_path: Path | str | None = None,
        fallback: Sequence[Path | str] | None = None,
    ) -> None:
        named = [face_of(path) for path in (mj_path, gj_path) if path]
        others = fallback if fallback is not None else _first_existing(FALLBACK_FONTS)
        self.faces: tuple[FontFace, ...] = (*named, *(face_of(path) for path in others))
        if not self.faces:
            raise FontError("和文フォントがありません（fonts-ipaexfont-mincho などを入れてください）")
        # Selectors mean different glyphs in different collections (辻 U+E0100 is Adobe-Japan1, not Moji_Joho), so
        # with the standard's own fonts at hand a fallback font never answers for a base with a selector.
        self._registers: tuple[FontFace, ...] = tuple(named) or self.faces
        self._glyphs: dict[str, Glyph] = {}

    @property
    def main(self) -> FontFace:
        """The leading font, whose name and vertical metrics the embedded font takes."""
        return self.faces[0]

    def glyph(self, character: str) -> Glyph:
        """Return the glyph of one character (see split_text); what cannot be drawn exactly says so."""
        found = self._glyphs.get(character)
        if found is None:
            # Two threads may both come here; they make equal glyphs, and one of them stays.
            found = self._glyphs.setdefault(character, self._make(character))
        return found

    def forget_glyphs(self) -> None:
        """Drop the glyphs kept from earlier documents (memory; measuring)."""
        self._glyphs.clear()

    def statuses(self, text: str) -> dict[str, GlyphStatus]:
        """Return the characters of a text that cannot be drawn exactly, with why; empty when all can."""
        glyphs = (self.glyph(character) for character in split_text(text))
        return {g.character: g.status for g in glyphs if g.status is not GlyphStatus.EXACT}

    def _make(self, character: str) -> Glyph:
        base: tuple[FontFace, int] | None = None
        for face in self.faces:
            glyph, exact = face.find(character)
            if glyph is not None and exact and (len(character) == 1 or face in self._registers):
                return self._cut(character, GlyphStatus.EXACT, face, glyph)
            if glyph is not None and base is None:
                base = (face, glyph)
        if base is not None:
            return self._cut(character, GlyphStatus.UNREGISTERED, *base)
        if character == GETA:
            # A font without even 〓: an open box of our own, so that the gap is still seen.
            return _glyph(character, GlyphStatus.MISSING, 2048, 200, _BOX)
        geta = self.glyph(GETA)
        return Glyph(
            character, GlyphStatus.MISSING, geta.width, geta.metrics, geta.outline, _utf16(character)
        )

    @staticmethod
    def _cut(character: str, status: GlyphStatus, face: FontFace, glyph: int) -> Glyph:
        advance, bearing = face.metrics(glyph)
        return _glyph(character, status, advance, bearing, face.outline(glyph))


def _glyph(character: str, status: GlyphStatus, advance: int, bearing: int, outline: bytes) -> Glyph:
    return Glyph(
        character=character,
        status=status,
        width=round(advance * 1000 / UNITS_PER_EM),
        metrics=struct.pack(">Hh", advance, bearing),
        outline=outline,
        utf16=_utf16(character),
    )


def _utf16(character: str) -> str:
    return character.encode("utf-16-be", "surrogatepass").hex().upper()


def _first_existing(paths: Iterable[Path]) -> list[Path]:
    return next(([path] for path in paths if path.exists()), [])


def _padded(record: bytes) -> bytes:
    return record + bytes(-len(record) % 4)


def _without_instructions(record: bytes, contours: int) -> bytes:
    """Drop a simple glyph's hinting: print is far finer than what hints are for, and they are a third of it."""
    at = 10 + 2 * contours
    length = int.from_bytes(record[at : at + 2], "big")
    return b"".join((record[:at], b"\0\0", record[at + 2 + length :])) if length else record


def _box() -> bytes:
    pen = TTGlyphPen(None)
    for left, bottom, right, top in ((200, -100, 1848, 1548), (300, 0, 1748, 1448)):
        corners = [(left, bottom), (left, top), (right, top), (right, bottom)]
        if left != 200:
            corners.reverse()
        pen.moveTo(corners[0])
        for corner in corners[1:]:
            pen.lineTo(corner)
        pen.closePath()
    simple: Any = pen.glyph()
    return _padded(bytes(simple.compile(None, recalcBBoxes=True)))


_BOX = _box()
