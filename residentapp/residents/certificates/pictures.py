"""Pages of a PDF as pictures, so that a preview needs no PDF viewer and shows exactly what will be printed."""

from __future__ import annotations

import threading
from io import BytesIO

import pypdfium2 as pdfium

#: PDFium is not made for several threads at once.
_TURN = threading.Lock()
#: Dots per inch: a page is about 900 dots wide, which fits the screen and is readable.
_DPI = 110


def page_picture(pdf: bytes, page: int) -> bytes:
    """One page as PNG.

    :param page: from 1.
    :raises IndexError: there is no such page.
    """
    with _TURN:
        document = pdfium.PdfDocument(pdf)
        try:
            if not 1 <= page <= len(document):
                raise IndexError(page)
            picture = document[page - 1].render(scale=_DPI / 72, grayscale=True).to_pil()
        finally:
            document.close()
    out = BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()
