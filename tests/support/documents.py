"""Fonts, data and reading of PDFs for the tests of forms."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any

import pypdfium2
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.recordingPen import RecordingPen
from fontTools.pens.t2CharStringPen import T2CharStringPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont
from PIL import Image

from residentapp.core.clock import JST
from residentapp.core.documents import TEMPLATE_DIRECTORY, Fonts, RenderedForm, load_template, render_form

MJ_FONT = Path("/usr/share/fonts/truetype/ipamj/ipamjm.ttf")
IPAEX_FONT = Path("/usr/share/fonts/opentype/ipaexfont-mincho/ipaexm.ttf")
MOMENT = datetime(2026, 11, 24, 9, 0, tzinfo=JST)


@lru_cache(maxsize=1)
def mj_fonts() -> Fonts:
    """IPAmj明朝 with the usual fallback.

    Without it the tests fail; none is left out silently.
    """
    assert MJ_FONT.exists(), "IPAmj明朝 is not installed (apt-get install fonts-ipamj-mincho)"
    return Fonts(MJ_FONT)


@lru_cache(maxsize=1)
def ipaex_fonts() -> Fonts:
    """IPAex明朝 alone: an installation that configured no font."""
    return Fonts(fallback=[IPAEX_FONT])


def sample_data(name: str) -> dict[str, Any]:
    """The template's own sample data, fresh."""
    data: dict[str, Any] = json.loads((TEMPLATE_DIRECTORY / f"{name}.sample.json").read_text("utf-8"))
    return data


def draw(name: str, data: dict[str, Any], **options: Any) -> RenderedForm:
    """Draw a form of the project with the tests' font and moment."""
    return render_form(load_template(name), data, **{"fonts": mj_fonts(), "moment": MOMENT, **options})


def page_texts(pdf: bytes) -> list[str]:
    """Text of each page as pdfium extracts it."""
    with pypdfium2.PdfDocument(pdf) as document:
        return [page.get_textpage().get_text_range().replace("\r\n", "\n") for page in document]


def poppler_text(pdf: bytes) -> str:
    """Text of the whole document as poppler's pdftotext extracts it."""
    assert shutil.which("pdftotext"), "pdftotext is not installed (apt-get install poppler-utils)"
    done = subprocess.run(["pdftotext", "-raw", "-", "-"], input=pdf, capture_output=True, check=True)
    return done.stdout.decode("utf-8")


def page_picture(pdf: bytes, page: int = 0, *, dots_per_inch: int = 72) -> Image.Image:
    """A page in shades of grey as pdfium draws it."""
    with pypdfium2.PdfDocument(pdf) as document:
        image: Image.Image = document[page].render(scale=dots_per_inch / 72, grayscale=True).to_pil()
        return image.convert("L")


def squeezed(text: str) -> str:
    """A text without spaces and line ends, which extractors place as they like."""
    return "".join(text.split())


def square(pen: Any, size: int) -> None:
    """Draw a square from the origin."""
    pen.moveTo((0, 0))
    for corner in ((0, size), (size, size), (size, 0)):
        pen.lineTo(corner)
    pen.closePath()


def write_font(
    path: Path,
    characters: dict[str, int],
    *,
    units_per_em: int = 1000,
    cubic: bool = False,
    outline: Callable[[Any, int], None] = square,
) -> Path:
    """Write a font whose characters are squares of the given size, TrueType or with cubic (CFF) outlines."""
    names = {character: f"u{ord(character):X}" for character in characters}
    order = [".notdef", *names.values()]
    builder = FontBuilder(units_per_em, isTTF=not cubic)
    builder.setupGlyphOrder(order)
    builder.setupCharacterMap({ord(character): name for character, name in names.items()})
    sizes = {names[character]: size for character, size in characters.items()}
    if cubic:
        strings = {}
        for name in order:
            pen = T2CharStringPen(units_per_em, None)
            if name in sizes:
                outline(pen, sizes[name])
            strings[name] = pen.getCharString()
        builder.setupCFF("Squares", {}, strings, {})
    else:
        glyphs = {}
        for name in order:
            truetype = TTGlyphPen(None)
            if name in sizes:
                outline(truetype, sizes[name])
            glyphs[name] = truetype.glyph()
        builder.setupGlyf(glyphs)
    builder.setupHorizontalMetrics({name: (units_per_em, 0) for name in order})
    builder.setupHorizontalHeader(ascent=880, descent=-120)
    builder.setupNameTable({"familyName": "Squares", "styleName": "Regular", "psName": "Squares"})
    builder.setupOS2()
    builder.setupPost()
    builder.save(str(path))
    return path


def outline_of(font_file: bytes, glyph: int) -> list[tuple[str, tuple[Any, ...]]]:
    """The drawing commands of one glyph of a font file."""
    font = TTFont(BytesIO(font_file))
    pen = RecordingPen()
    # The subset has no glyph names of its own: fontTools makes them up from the ids.
    font.getGlyphSet()[font.getGlyphName(glyph)].draw(pen)
    return list(pen.value)
