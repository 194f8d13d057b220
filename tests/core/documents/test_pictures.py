"""Seals are printed in black and at most 25 mm square (RR-5.6b)."""

from __future__ import annotations

import zlib
from io import BytesIO

import pytest
from PIL import Image

from residentapp.core.documents import FormDataError, draw_seal
from residentapp.core.documents.pictures import stencil


def png(image: Image.Image) -> bytes:
    out = BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def decoded(data: bytes) -> Image.Image:
    made = stencil(data)
    return Image.frombytes("1", (made.width, made.height), zlib.decompress(made.data))


@pytest.mark.requirement("RR-5.6b", partial=True)
@pytest.mark.parametrize("ink", ["black", "red", (180, 30, 40)])
def test_ink_of_any_colour_becomes_black_on_paper(ink: str) -> None:
    image = Image.new("RGB", (100, 100), "white")
    image.paste(ink, (0, 0, 50, 100))
    dots = decoded(png(image))
    assert dots.size == (600, 600)
    assert dots.getpixel((100, 300)) == 0
    assert dots.getpixel((500, 300)) == 255


def test_transparent_parts_stay_paper_and_the_shape_is_kept() -> None:
    image = Image.new("RGBA", (100, 50), (0, 0, 0, 0))
    image.paste((0, 0, 0, 255), (0, 0, 50, 50))
    dots = decoded(png(image))
    assert dots.size == (600, 300)
    assert dots.getpixel((100, 150)) == 0
    assert dots.getpixel((500, 150)) == 255


@pytest.mark.parametrize("data", [b"", b"GIF89a", b"\x89PNG\r\n\x1a\nbroken"])
def test_what_is_no_png_is_refused(data: bytes) -> None:
    with pytest.raises(FormDataError, match="not a readable PNG"):
        stencil(data)


def test_a_huge_picture_is_refused() -> None:
    with pytest.raises(FormDataError, match="larger than 4000"):
        stencil(png(Image.new("1", (4001, 10))))


def test_an_invented_seal_is_square_black_and_white_and_always_the_same() -> None:
    data = draw_seal("架空市長之印")
    image = Image.open(BytesIO(data))
    assert image.size == (590, 590) and image.mode == "1"
    assert image.getpixel((0, 0)) == 0  # the border
    ink = sum(1 for value in image.get_flattened_data() if not value) / 590**2
    assert 0.2 < ink < 0.7
    assert data == draw_seal("架空市長之印")
    assert data != draw_seal("架空町長之印")


def test_the_columns_run_from_the_right() -> None:
    image = Image.open(BytesIO(draw_seal("一　　　", columns=2))).convert("L")
    right = image.crop((300, 40, 550, 290)).point(lambda value: 255 - value)
    left = image.crop((40, 40, 290, 550)).point(lambda value: 255 - value)
    assert right.getbbox() is not None
    assert left.getbbox() is None


def test_a_seal_needs_a_text() -> None:
    with pytest.raises(ValueError, match="text"):
        draw_seal("")
