"""A document written page by page into a file, for lists that have more pages than fit into memory (FM-4).

The objects are reportlab's, as in ``pdf_file``; here each goes into the file as soon as it is there. What every page
uses (font, static parts, pictures) is known when the last page has been drawn, and comes after it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, BinaryIO

from reportlab.pdfbase import pdfdoc

from residentapp.core.documents.fonts import Fonts, Glyph
from residentapp.core.documents.pdf_file import (
    Stream,
    catalog,
    compressed,
    info,
    pdf_date,
    resources_of,
    stream_object,
)
from residentapp.core.documents.pictures import Stencil

#: Pages are kept in groups, so that no array grows with the document.
_GROUP = 500


class PageWriter:
    """Writes one document: :meth:`add_page` for each page, then :meth:`finish` once.

    :param out: an empty file. :param size: of the paper in points.
    :param moment: date of the file, with a time zone.
    """

    def __init__(self, out: BinaryIO, title: str, moment: datetime, size: tuple[float, float]) -> None:
        self._out = out
        self._title, self._size, self._date = title, size, pdf_date(moment)
        self._document: Any = pdfdoc.PDFDocument(
            dummyoutline=1, compression=0, invariant=1, pdfVersion=(1, 7)
        )
        self._offsets: dict[int, int] = {}
        self._identity = hashlib.md5(usedforsecurity=False)
        self._groups: list[tuple[str, int]] = []
        self._kids: list[Any] = []
        self._written = 0
        # Named before they are there: every page points to them.
        self._pages = self._reserve("Pages")
        self._resources = self._reserve("PageResources")
        self._write(b"%PDF-1.7\n%\x93\x8c\x8b\x9e\n")

    def add_page(self, content: bytes) -> None:
        """Write one page.

        :param content: its operators, not compressed.
        """
        if not self._kids:
            self._group = self._reserve(f"Group{len(self._groups)}")
        self._identity.update(content)
        stream = stream_object(self._document, compressed(content).data)
        self._emit(stream)
        page = self._document.Reference(
            pdfdoc.PDFDictionary(
                {
                    "Type": pdfdoc.PDFName("Page"),
                    "Parent": self._group,
                    "MediaBox": pdfdoc.PDFArray([0, 0, f"{self._size[0]:.2f}", f"{self._size[1]:.2f}"]),
                    "Resources": self._resources,
                    "Contents": stream,
                }
            )
        )
        self._emit(page)
        self._kids.append(page)
        if len(self._kids) == _GROUP:
            self._close_group()

    def finish(
        self,
        fonts: Fonts,
        glyphs: Sequence[Glyph],
        forms: Mapping[str, Stream],
        stencils: Mapping[str, Stencil],
    ) -> None:
        """Write what all pages use, the tree of pages and the table of objects."""
        if self._kids:
            self._close_group()
        document = self._document
        references = [pdfdoc.PDFObjectReference(name) for name, _count in self._groups]
        self._fill(
            "Pages",
            pdfdoc.PDFDictionary(
                {
                    "Type": pdfdoc.PDFName("Pages"),
                    "Kids": pdfdoc.PDFArray(references),
                    "Count": sum(count for _name, count in self._groups),
                }
            ),
        )
        self._fill("PageResources", resources_of(document, fonts, glyphs, forms, stencils, self._size))
        root = document.Reference(catalog(self._pages))
        about = document.Reference(info(self._title, self._date))
        while document.idToObject:
            # Writing an object may register further ones.
            for name in list(document.idToObject):
                self._emit(pdfdoc.PDFObjectReference(name))
        self._identity.update(self._date.encode())
        self._identity.update("".join(glyph.character for glyph in glyphs).encode("utf-8", "surrogatepass"))
        self._write_table(root, about)

    # ---- parts

    def _reserve(self, name: str) -> Any:
        return self._document.Reference(None, name)

    def _fill(self, name: str, content: Any) -> None:
        self._document.idToObject[name] = content

    def _close_group(self) -> None:
        name = f"Group{len(self._groups)}"
        self._fill(
            name,
            pdfdoc.PDFDictionary(
                {
                    "Type": pdfdoc.PDFName("Pages"),
                    "Parent": self._pages,
                    "Kids": pdfdoc.PDFArray(self._kids),
                    "Count": len(self._kids),
                }
            ),
        )
        self._emit(pdfdoc.PDFObjectReference(name))
        self._groups.append((name, len(self._kids)))
        self._kids = []

    def _emit(self, reference: Any) -> None:
        """Write an object and let go of it."""
        name = reference.name
        content = pdfdoc.PDFIndirectObject(name, self._document.idToObject.pop(name)).format(self._document)
        number, _version = self._document.idToObjectNumberAndVersion[name]
        self._offsets[number] = self._written
        self._write(content)

    def _write(self, data: bytes) -> None:
        self._out.write(data)
        self._written += len(data)

    def _write_table(self, root: Any, about: Any) -> None:
        start = self._written
        size = len(self._offsets) + 1
        lines = [f"{self._offsets[number]:010d} 00000 n \n" for number in range(1, size)]
        self._write(f"xref\n0 {size}\n0000000000 65535 f \n".encode())
        self._write("".join(lines).encode())
        mark = self._identity.hexdigest()
        document = self._document
        self._write(
            b"trailer\n<< /Size %d /Root %s /Info %s /ID [<%s><%s>] >>\nstartxref\n%d\n%%%%EOF\n"
            % (size, root.format(document), about.format(document), mark.encode(), mark.encode(), start)
        )
