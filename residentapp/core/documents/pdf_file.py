"""Putting a document together with reportlab's document objects.

reportlab writes the objects, the cross-reference table and the trailer. Its canvas and its fonts are not used: they
are what made one certificate cost tens of milliseconds (docs/forms.md). Content and font data come here as bytes,
already compressed, and nothing in the file depends on anything but the arguments.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from isal import isal_zlib
from reportlab.pdfbase import pdfdoc

from residentapp.core.documents.fonts import Fonts, Glyph
from residentapp.core.documents.pictures import Stencil
from residentapp.core.documents.subset import font_file, subset_name, to_unicode, widths

PRODUCER = "residentapp"
#: Name of the one font in all content streams.
FONT = "F"


@dataclass(frozen=True, slots=True)
class Stream:
    """Compressed content with its uncompressed length."""

    data: bytes
    length: int


def compressed(content: bytes) -> Stream:
    """Deflate content the fast way."""
    return Stream(isal_zlib.compress(content, 2), len(content))


@dataclass(frozen=True, slots=True)
class Document:
    """What a file is made of. ``forms`` are the static parts by name, ``pages`` each page's own content."""

    title: str
    moment: datetime
    size: tuple[float, float]  #: in points
    fonts: Fonts
    glyphs: Sequence[Glyph]
    forms: Mapping[str, Stream]
    stencils: Mapping[str, Stencil]
    pages: Sequence[bytes]


def write_pdf(document: Document) -> bytes:
    """Return the file: PDF 1.7, language ja, one embedded subset font, fixed ids and dates (FM-3)."""
    out: Any = pdfdoc.PDFDocument(dummyoutline=1, compression=0, invariant=1, pdfVersion=(1, 7))
    name = pdfdoc.PDFName
    box = pdfdoc.PDFArray([0, 0, f"{document.size[0]:.2f}", f"{document.size[1]:.2f}"])
    resources = resources_of(
        out, document.fonts, document.glyphs, document.forms, document.stencils, document.size
    )
    page_resources = out.Reference(resources)
    identity = hashlib.md5(usedforsecurity=False)
    parent = pdfdoc.PDFObjectReference("Pages")
    kids = []
    for content in document.pages:
        identity.update(content)
        page = pdfdoc.PDFDictionary(
            {
                "Type": name("Page"),
                "Parent": parent,
                "MediaBox": box,
                "Resources": page_resources,
                "Contents": stream_object(out, compressed(content).data),
            }
        )
        kids.append(out.Reference(page))
    tree = pdfdoc.PDFDictionary({"Type": name("Pages"), "Kids": pdfdoc.PDFArray(kids), "Count": len(kids)})
    out.Reference(tree, "Pages")
    out.Catalog = catalog(parent)
    date = pdf_date(document.moment)
    out.info = info(document.title, date)
    identity.update(date.encode())
    identity.update("".join([glyph.character for glyph in document.glyphs]).encode("utf-8", "surrogatepass"))
    # reportlab takes the file identifier from this digest; its own begins with the time of day.
    out.signature = identity
    data = out.format()
    return data if isinstance(data, bytes) else data.encode("latin-1")


def catalog(pages: Any) -> Any:
    """The document's root.

    :param pages: reference to the page tree.
    """
    return pdfdoc.PDFDictionary(
        {
            "Type": pdfdoc.PDFName("Catalog"),
            "Pages": pages,
            "Lang": pdfdoc.PDFString("ja"),
            "ViewerPreferences": pdfdoc.PDFDictionary({"DisplayDocTitle": "true"}),
        }
    )


def info(title: str, date: str) -> Any:
    """What the file says of itself.

    :param date: as :func:`pdf_date` writes it.
    """
    return pdfdoc.PDFDictionary(
        {
            "Title": pdfdoc.PDFString(title),
            "Producer": pdfdoc.PDFString(PRODUCER),
            "CreationDate": pdfdoc.PDFString(date),
            "ModDate": pdfdoc.PDFString(date),
        }
    )


def resources_of(
    out: Any,
    own_fonts: Fonts,
    glyphs: Sequence[Glyph],
    forms: Mapping[str, Stream],
    stencils: Mapping[str, Stencil],
    size: tuple[float, float],
) -> Any:
    """What every page may use: the font, the static parts and the pictures.

    :param size: of the paper in points.
    """
    name = pdfdoc.PDFName
    fonts = pdfdoc.PDFDictionary({FONT: _font(out, own_fonts, glyphs)})
    # A static part may be drawn at its corner (slots of a block): half of a line on the very edge lies outside it.
    edge = pdfdoc.PDFArray([-9, -9, f"{size[0] + 9:.2f}", f"{size[1] + 9:.2f}"])
    resources = out.Reference(pdfdoc.PDFDictionary({"Font": fonts}))
    objects = {
        key: stream_object(
            out,
            stream.data,
            Type=name("XObject"),
            Subtype=name("Form"),
            BBox=edge,
            Resources=resources,
        )
        for key, stream in forms.items()
    }
    for key, stencil in stencils.items():
        objects[key] = stream_object(
            out,
            stencil.data,
            Type=name("XObject"),
            Subtype=name("Image"),
            Width=stencil.width,
            Height=stencil.height,
            ImageMask="true",
            BitsPerComponent=1,
        )
    if not objects:
        return pdfdoc.PDFDictionary({"Font": fonts})
    return pdfdoc.PDFDictionary({"Font": fonts, "XObject": pdfdoc.PDFDictionary(objects)})


def stream_object(out: Any, data: bytes, **entries: Any) -> Any:
    """A stream of compressed content, registered."""
    entries["Filter"] = pdfdoc.PDFName("FlateDecode")
    return out.Reference(pdfdoc.PDFStream(pdfdoc.PDFDictionary(entries), data + b"\n", filters=[]))


def _font(out: Any, fonts: Fonts, glyphs: Sequence[Glyph]) -> Any:
    name = pdfdoc.PDFName
    main = fonts.main
    base = name(subset_name(main.name, glyphs))
    file = compressed(font_file(fonts, glyphs))
    scale = 1000 / main.units_per_em
    descriptor = pdfdoc.PDFDictionary(
        {
            "Type": name("FontDescriptor"),
            "FontName": base,
            "Flags": 6,  # serif, own character set
            "FontBBox": pdfdoc.PDFArray([round(bound * scale) for bound in main.bounds]),
            "ItalicAngle": 0,
            "Ascent": round(main.ascent * scale),
            "Descent": round(main.descent * scale),
            "CapHeight": 700,
            "StemV": 80,
            "FontFile2": stream_object(out, file.data, Length1=file.length),
        }
    )
    system = {
        "Registry": pdfdoc.PDFString("Adobe"),
        "Ordering": pdfdoc.PDFString("Identity"),
        "Supplement": 0,
    }
    descendant = pdfdoc.PDFDictionary(
        {
            "Type": name("Font"),
            "Subtype": name("CIDFontType2"),
            "BaseFont": base,
            "CIDSystemInfo": pdfdoc.PDFDictionary(system),
            "FontDescriptor": out.Reference(descriptor),
            "CIDToGIDMap": name("Identity"),
            "DW": 1000,
            "W": _width_array(glyphs),
        }
    )
    return out.Reference(
        pdfdoc.PDFDictionary(
            {
                "Type": name("Font"),
                "Subtype": name("Type0"),
                "BaseFont": base,
                "Encoding": name("Identity-H"),
                "DescendantFonts": pdfdoc.PDFArray([out.Reference(descendant)]),
                "ToUnicode": stream_object(out, compressed(to_unicode(glyphs)).data),
            }
        )
    )


def _width_array(glyphs: Sequence[Glyph]) -> str:
    # Ready-made text: reportlab would format every number on its own.
    parts = [
        f"[{' '.join(map(str, part))}]" if isinstance(part, list) else str(part) for part in widths(glyphs)
    ]
    return f"[{' '.join(parts)}]"


def pdf_date(moment: datetime) -> str:
    """Return a PDF date with its offset from UTC; a moment without a time zone is refused."""
    offset = moment.utcoffset()
    if offset is None:
        raise ValueError("moment must have a time zone")
    minutes = int(offset.total_seconds()) // 60
    sign = "-" if minutes < 0 else "+"
    return f"D:{moment:%Y%m%d%H%M%S}{sign}{abs(minutes) // 60:02}'{abs(minutes) % 60:02}'"
