"""QR codes on forms (JIS X 0510), drawn as rectangles: sharp at every size, the same bytes for the same text.

reportlab's encoder makes the modules. A text of the QR alphabet (digits, capitals, ``$%*+-./:`` and space) takes much
less room than any other, and scanners that type what they read hand it over unchanged.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from reportlab.graphics.barcode import qrencoder

from residentapp.core.documents.results import FormDataError
from residentapp.core.documents.template import MM, Box

#: Modules of white around the code, which readers need (JIS X 0510).
QUIET_ZONE = 4
#: Smallest module that an office printer draws and a hand-held reader finds.
SMALLEST_MODULE_MM = 0.33
#: Level M: about 15 % of the code may be soiled.
_LEVEL = qrencoder.QRErrorCorrectLevel.M
_LARGEST_VERSION = 40
#: Blocks of a version: how many codewords are data.
_BLOCKS: Any = qrencoder.QRRSBlock.getRSBlocks

Modules = Sequence[Sequence[bool]]


def _segment(text: str) -> Any:
    try:
        return qrencoder.QRAlphaNum(text)
    except ValueError:
        return qrencoder.QR8bitByte(text)


def _version_for(segment: Any) -> int | None:
    """The smallest version that holds the text; None when none does."""
    for version in range(1, _LARGEST_VERSION + 1):
        blocks = _BLOCKS(version, _LEVEL)
        room = 8 * sum(block.dataCount for block in blocks)
        if 4 + segment.getLengthBits(version) + segment.bitlength <= room:
            return version
    return None


def fits_qr(text: str, side_mm: float) -> bool:
    """Whether a square of this side takes the text in modules that can be read."""
    version = _version_for(_segment(text))
    if version is None:
        return False
    return side_mm / (version * 4 + 17 + 2 * QUIET_ZONE) >= SMALLEST_MODULE_MM


def qr_modules(text: str) -> Modules:
    """The code's modules, row by row, True for dark; without the white around it.

    Raises FormDataError when no QR code takes the text.
    """
    segment = _segment(text)
    version = _version_for(segment)
    if version is None:
        raise FormDataError("the text is too long for a QR code")
    code: Any = qrencoder.QRCode(version, _LEVEL)
    code.addData(segment)
    code.make()
    return [[bool(dark) for dark in row] for row in code.modules]


def qr_operators(text: str, box: Box, height: float, dx: float = 0, dy: float = 0) -> str:
    """Operators that fill the code into its box, the white around it inside the box.

    :param height: of the paper in points. :param dx: offset of a block's slot in points, ``dy`` likewise.

    One path, filled once: rectangles that touch leave no line between them.
    """
    rows = qr_modules(text)
    side = min(box.w, box.h)
    module = side * MM / (len(rows) + 2 * QUIET_ZONE)
    left = (box.x + (box.w - side) / 2) * MM + dx + QUIET_ZONE * module
    top = height - (box.y + (box.h - side) / 2) * MM + dy - QUIET_ZONE * module
    parts = []
    for place, row in enumerate(rows):
        y = top - (place + 1) * module
        column = 0
        for dark, run in groupby(row):
            length = len(list(run))
            if dark:
                x = left + column * module
                parts.append(f"{x:.3f} {y:.3f} {length * module:.3f} {module:.3f} re")
            column += length
    return f"q 0 g {' '.join(parts)} f Q"
