"""Drawing an invented square seal for the seed town and for tests. A real seal is scanned, never drawn."""

from __future__ import annotations

from io import BytesIO
from math import ceil
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from residentapp.core.documents.fonts import FALLBACK_FONTS, FontError


def draw_seal(
    text: str, *, font: Path | str | None = None, dots: int = 590, columns: int | None = None
) -> bytes:
    """Return a PNG of a square seal, black on white: the text in columns from the right, each read downwards.

    :param text: for example 架空市長之印. Split evenly into ``columns`` (by default about a square).
    :param font: font file; without one the first of Debian's CJK fonts that is installed.
    :param dots: side in dots (590 is 25 mm at 600 dpi).

    The same arguments give the same bytes. Raises FontError without a font, ValueError without text.
    """
    if not text:
        raise ValueError("a seal needs a text")
    path = font or next((path for path in FALLBACK_FONTS if path.exists()), None)
    if path is None:
        raise FontError("和文フォントがありません（fonts-ipaexfont-mincho などを入れてください）")
    count = columns or ceil(len(text) ** 0.5)
    rows = ceil(len(text) / count)
    image = Image.new("L", (dots, dots), 255)
    draw = ImageDraw.Draw(image)
    border = max(2, dots // 24)
    draw.rectangle((0, 0, dots - 1, dots - 1), outline=0, width=border)
    inside = dots - 2 * border
    margin = inside // 24
    cell_w, cell_h = (inside - 2 * margin) / count, (inside - 2 * margin) / rows
    try:
        face = ImageFont.truetype(str(path), 256)
    except OSError as error:
        raise FontError(f"フォントを読み込めません: {path}") from error
    for index, character in enumerate(text):
        column, row = divmod(index, rows)
        glyph = _stretched(character, face, round(cell_w * 0.94), round(cell_h * 0.94))
        x = border + margin + inside - 2 * margin - (column + 1) * cell_w + (cell_w - glyph.width) / 2
        y = border + margin + row * cell_h + (cell_h - glyph.height) / 2
        image.paste(0, (round(x), round(y)), glyph)
    out = BytesIO()
    image.point(lambda value: 255 if value >= 128 else 0).convert("1").save(out, "PNG", optimize=False)
    return out.getvalue()


def _stretched(character: str, face: ImageFont.FreeTypeFont, width: int, height: int) -> Image.Image:
    """One character as a mask, filling its cell and with the heavier strokes of a cut seal."""
    stroke = 10
    left, top, right, bottom = face.getbbox(character, stroke_width=stroke)
    mask = Image.new("L", (int(right - left), int(bottom - top)), 0)
    ImageDraw.Draw(mask).text(
        (-left, -top), character, fill=255, font=face, stroke_width=stroke, stroke_fill=255
    )
    return mask.resize((max(1, width), max(1, height)), Image.Resampling.LANCZOS)
