"""Exact glyphs on screen: a small web font of just the characters a page shows (CM-1, RR-2.2.3).

The fonts of the standard hold 68,282 characters in 46 MB and may not be installed on a counter's terminal. A
page therefore names a font of its own. The set of its characters is carried in the font's address *encrypted*:
any node can answer without shared state, and no log or cache on the way learns a name. Encryption is
deterministic (AES-SIV), so that the same page finds its font in the browser's own cache again.

The glyphs come from ``core.documents.Fonts``, the very ones that are printed. What has no exact glyph is drawn
as there: an unregistered pair as its base, a missing character as 〓, and the page marks both.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import struct
import threading
import zlib
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import brotli
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from residentapp.core.documents.fonts import UNITS_PER_EM, Fonts, Glyph, GlyphStatus, split_text

#: Most different characters of one page; a page that shows more lists them on several.
MOST_CHARACTERS = 1500
#: Font files kept in memory per process, about 50 kB each.
_KEPT = 128
_ASCENT, _DESCENT = 1802, -246


class UnknownFont(LookupError):
    """The address of the font was not made by this installation, or with another secret."""


@dataclass(frozen=True)
class FontLink:
    """What a page needs to show its characters.

    :param token: the encrypted set, for the addresses.
    :param css_class: class of a part of a page that uses this font for its ``mj`` text.
    """

    token: str
    css_class: str


class WebFonts:
    """Makes the fonts of pages. Shared between threads.

    :param secret: the installation's secret; nodes with the same secret understand each other's addresses.
    :param load: gives the fonts; called at first use, because reading them takes a moment.
    """

    def __init__(self, secret: str, load: Callable[[], Fonts]) -> None:
        key = HKDF(algorithm=hashes.SHA256(), length=64, salt=None, info=b"residentapp/web-fonts")
        self._cipher = AESSIV(key.derive(secret.encode()))
        self._load = load
        self._files: OrderedDict[str, bytes] = OrderedDict()
        self._lock = threading.Lock()

    def status(self, character: str) -> GlyphStatus:
        """How faithfully a character can be shown."""
        return self._load().glyph(character).status

    def inexact(self, text: str) -> dict[str, GlyphStatus]:
        """The characters of a text that cannot be shown exactly, with the reason."""
        return self._load().statuses(text)

    def link(self, characters: Iterable[str]) -> FontLink | None:
        """The font of a set of characters (bases, or bases with their selector); None for an empty set."""
        chosen = sorted(set(characters))[:MOST_CHARACTERS]
        if not chosen:
            return None
        packed = zlib.compress("\n".join(chosen).encode(), 9)
        token = base64.urlsafe_b64encode(self._cipher.encrypt(packed, None)).rstrip(b"=").decode()
        return FontLink(token, f"mj-{hashlib.sha256(token.encode()).hexdigest()[:12]}")

    def characters(self, token: str) -> list[str]:
        """The set that a token names.

        :raises UnknownFont: when it was not made here.
        """
        try:
            sealed = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
            return zlib.decompress(self._cipher.decrypt(sealed, None)).decode().split("\n")
        except (InvalidTag, ValueError, binascii.Error, zlib.error) as error:
            raise UnknownFont("the address of this font was not made here") from error

    def woff2(self, token: str) -> bytes:
        """The font file of a token.

        :raises UnknownFont: when the token was not made here.
        """
        with self._lock:
            if token in self._files:
                self._files.move_to_end(token)
                return self._files[token]
        fonts = self._load()
        file = build_woff2([fonts.glyph(character) for character in self.characters(token)])
        with self._lock:
            self._files[token] = file
            while len(self._files) > _KEPT:
                self._files.popitem(last=False)
        return file


def characters_of(text: str) -> set[str]:
    """The characters of a text that need a glyph: everything but spaces and line ends."""
    return {character for character in split_text(text) if not character.isspace()}


# ---- building the file: one simple TrueType font, wrapped as WOFF2 without transformations


def build_woff2(glyphs: Iterable[Glyph]) -> bytes:
    """A WOFF2 font that maps each character, or each pair of base and selector, to its own glyph.

    A base that comes only within pairs is mapped too, to the glyph of its first pair, because browsers look
    for a font by the base alone.
    """
    chosen = list(glyphs)
    records: list[Glyph | None] = [None, *chosen]
    bases: dict[int, int] = {}
    pairs: dict[int, list[tuple[int, int]]] = {}
    for number, glyph in enumerate(chosen, start=1):
        base = ord(glyph.character[0])
        if len(glyph.character) == 1:
            bases[base] = number
        else:
            pairs.setdefault(ord(glyph.character[1]), []).append((base, number))
    for mapped in pairs.values():
        for base, number in mapped:
            bases.setdefault(base, number)
    return _wrap_woff2(_tables(records, bases, pairs))


def _tables(
    records: list[Glyph | None], bases: dict[int, int], pairs: dict[int, list[tuple[int, int]]]
) -> dict[bytes, bytes]:
    outlines = [record.outline if record else b"" for record in records]
    offsets = [0]
    for outline in outlines:
        offsets.append(offsets[-1] + len(outline))
    boxes = [struct.unpack(">4h", outline[2:10]) for outline in outlines if outline] or [(0, 0, 0, 0)]
    bounds = (
        min(box[0] for box in boxes),
        min(box[1] for box in boxes),
        max(box[2] for box in boxes),
        max(box[3] for box in boxes),
    )
    count = len(records)
    metrics = b"".join(
        record.metrics if record else struct.pack(">Hh", UNITS_PER_EM, 0) for record in records
    )
    widest = max(struct.unpack(">H", metrics[at : at + 2])[0] for at in range(0, len(metrics), 4))
    # Programs of the outlines were dropped, so the limits of the instruction machine are all zero.
    points = max((_points(outline) for outline in outlines if outline), default=0)
    contours = max((struct.unpack(">h", outline[:2])[0] for outline in outlines if outline), default=0)
    head = struct.pack(
        ">LLLLHHqqhhhhHHhhh",
        0x00010000, 0x00010000, 0, 0x5F0F3CF5, 0x000B, UNITS_PER_EM, 0, 0, *bounds, 0, 8, 2, 1, 0,
    )  # fmt: skip
    hhea = struct.pack(
        ">LhhhHhhhhhhhhhhhH",
        0x00010000, _ASCENT, _DESCENT, 0, widest, 0, 0, bounds[2], 1, 0, 0, 0, 0, 0, 0, 0, count,
    )  # fmt: skip
    maxp = struct.pack(">LHHHHHHHHHHHHHH", 0x00010000, count, points, contours, 0, 0, 2, *(0,) * 8)
    return {
        b"OS/2": _os2(bases, widest),
        b"cmap": _cmap(bases, pairs),
        b"glyf": b"".join(outlines),
        b"head": head,
        b"hhea": hhea,
        b"hmtx": metrics,
        b"loca": struct.pack(f">{count + 1}L", *offsets),
        b"maxp": maxp,
        b"name": _name("Residentapp Exact Mincho"),
        b"post": struct.pack(">LLhhLLLLL", 0x00030000, 0, -200, 100, 0, 0, 0, 0, 0),
    }


def _points(outline: bytes) -> int:
    contours = struct.unpack(">h", outline[:2])[0]
    if contours <= 0:
        return 0
    last = struct.unpack(">H", outline[8 + 2 * contours : 10 + 2 * contours])[0]
    return int(last) + 1


def _os2(bases: dict[int, int], width: int) -> bytes:
    first = min(min(bases, default=0), 0xFFFF)
    last = min(max(bases, default=0), 0xFFFF)
    return struct.pack(
        ">HhHHHhhhhhhhhhhh10sLLLL4sHHHhhhHHLLhhHHH",
        4, width, 400, 5, 0, 1024, 1024, 0, 0, 1024, 1024, 0, 0, 100, 500, 0, bytes(10),
        0, 0, 0, 0, b"RESA", 0x0040, first, last, _ASCENT, _DESCENT, 0, _ASCENT, -_DESCENT,
        1 << 17, 0, 900, 1400, 0, 0, 1,
    )  # fmt: skip


def _name(family: str) -> bytes:
    texts = {1: family, 2: "Regular", 3: family, 4: family, 6: family.replace(" ", "")}
    entries, storage = b"", b""
    for number, text in texts.items():
        encoded = text.encode("utf-16-be")
        entries += struct.pack(">HHHHHH", 3, 1, 0x409, number, len(encoded), len(storage))
        storage += encoded
    return struct.pack(">HHH", 0, len(texts), 6 + len(entries)) + entries + storage


def _cmap(bases: dict[int, int], pairs: dict[int, list[tuple[int, int]]]) -> bytes:
    groups = b"".join(struct.pack(">LLL", code, code, bases[code]) for code in sorted(bases))
    full = struct.pack(">HHLLL", 12, 0, 16 + len(groups), 0, len(bases)) + groups
    bmp = _cmap4({code: glyph for code, glyph in bases.items() if code < 0xFFFF})
    tables = [(0, 5, _cmap14(pairs))] if pairs else []
    tables += [(3, 1, bmp), (3, 10, full)]
    header, body = struct.pack(">HH", 0, len(tables)), b""
    start = 4 + 8 * len(tables)
    for platform, encoding, table in tables:
        header += struct.pack(">HHL", platform, encoding, start + len(body))
        body += table
    return header + body


def _cmap4(bases: dict[int, int]) -> bytes:
    """Format 4 with one segment per character; small sets need nothing cleverer."""
    codes = sorted(bases)
    ends = [*codes, 0xFFFF]
    deltas = [*((bases[code] - code) & 0xFFFF for code in codes), 1]
    count = len(ends)
    power = 1 << (count.bit_length() - 1)
    body = struct.pack(
        f">HHHH{count}HH{count}H{count}H{count}H",
        count * 2, power * 2, power.bit_length() - 1, count * 2 - power * 2,
        *ends, 0, *ends, *deltas, *(0,) * count,
    )  # fmt: skip
    return struct.pack(">HHH", 4, 6 + len(body), 0) + body


def _cmap14(pairs: dict[int, list[tuple[int, int]]]) -> bytes:
    records, body = b"", b""
    start = 10 + 11 * len(pairs)
    for selector in sorted(pairs):
        mapped = sorted(pairs[selector])
        records += selector.to_bytes(3) + struct.pack(">LL", 0, start + len(body))
        body += struct.pack(">L", len(mapped))
        body += b"".join(base.to_bytes(3) + struct.pack(">H", glyph) for base, glyph in mapped)
    return struct.pack(">HLL", 14, start + len(body), len(pairs)) + records + body


#: Numbers of the tables that WOFF2 knows by heart (W3C WOFF 2.0, section 4.1).
_KNOWN_TABLES = (
    b"cmap", b"head", b"hhea", b"hmtx", b"maxp", b"name",
    b"OS/2", b"post", b"cvt ", b"fpgm", b"glyf", b"loca",
)  # fmt: skip


def _wrap_woff2(tables: dict[bytes, bytes]) -> bytes:
    """The container; glyf and loca go in untransformed (version 3), as WOFF 2.0 section 5.1 and 5.3 allow."""
    # loca has to follow glyf immediately.
    order = sorted(tables)
    sfnt_size = 12 + 16 * len(tables) + sum(len(table) + -len(table) % 4 for table in tables.values())
    directory, data = b"", b""
    for tag in order:
        untransformed = 3 if tag in (b"glyf", b"loca") else 0
        directory += bytes([_KNOWN_TABLES.index(tag) | untransformed << 6]) + _base128(len(tables[tag]))
        data += tables[tag]
    compressed: bytes = brotli.compress(data, mode=brotli.MODE_FONT, quality=5)
    length = 48 + len(directory) + len(compressed)
    padding = -length % 4
    header = struct.pack(
        ">4sLLHHLLHHLLLLL",
        b"wOF2", 0x00010000, length + padding, len(tables), 0, sfnt_size, len(compressed),
        1, 0, 0, 0, 0, 0, 0,
    )  # fmt: skip
    return header + directory + compressed + bytes(padding)


def _base128(number: int) -> bytes:
    parts = [number & 0x7F]
    while number := number >> 7:
        parts.append(number & 0x7F | 0x80)
    return bytes(reversed(parts))
