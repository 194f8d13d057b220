"""Pictures on forms: always pure black on the paper, whatever their colours (電子公印は黒, RR-5.6b)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO

from isal import isal_zlib
from PIL import Image, ImageChops, UnidentifiedImageError

from residentapp.core.documents.results import FormDataError

#: Longest side in dots after preparation: 25 mm at about 600 dpi, the fineness of an office printer.
DOTS = 600
#: Nothing an impression needs is larger, and it keeps a forged file from filling the memory.
MAX_SOURCE_DOTS = 4000


@dataclass(frozen=True, slots=True)
class Stencil:
    """A one-bit stencil: painted where the picture is dark. ``data`` is deflated rows, one bit a dot, 0 paints."""

    width: int
    height: int
    data: bytes


@lru_cache(maxsize=32)
def stencil(png: bytes) -> Stencil:
    """Make a stencil of a PNG. Transparent parts stay paper.

    Raises FormDataError when the bytes are not a PNG of reasonable size.
    """
    try:
        with Image.open(BytesIO(png), formats=["PNG"]) as image:
            if max(image.size) > MAX_SOURCE_DOTS:
                raise FormDataError(f"the picture is larger than {MAX_SOURCE_DOTS} dots")
            rgba = image.convert("RGBA")
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        if isinstance(error, FormDataError):
            raise
        raise FormDataError("the picture is not a readable PNG") from None
    paper = Image.new("RGBA", rgba.size, "white")
    paper.alpha_composite(rgba)
    # The darkest channel, not the eye's grey: red ink is to be black, not a pale shape.
    red, green, blue, _ = paper.split()
    grey = ImageChops.darker(ImageChops.darker(red, green), blue)
    scale = DOTS / max(grey.size)
    size = (max(1, round(grey.width * scale)), max(1, round(grey.height * scale)))
    dots = (
        grey.resize(size, Image.Resampling.LANCZOS)
        .point(lambda value: 255 if value >= 128 else 0)
        .convert("1")
    )
    return Stencil(*size, isal_zlib.compress(dots.tobytes(), 3))
