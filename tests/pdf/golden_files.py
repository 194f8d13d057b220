"""Comparing a form's sample with its golden text and golden picture in ``tests/pdf/golden``."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

from PIL import Image, ImageChops, ImageStat

from tests.support.documents import draw, page_picture, page_texts, poppler_text, sample_data, squeezed

GOLDEN = Path(__file__).parent / "golden"
#: Set to write the golden files anew after a form was changed on purpose; look at the pictures before committing.
UPDATE = os.environ.get("RESIDENTAPP_UPDATE_GOLDEN") == "1"


def assert_reads_as_golden(name: str) -> None:
    """The sample fits its boxes, and both readers extract the golden text."""
    drawn = draw(name, sample_data(name))
    assert not drawn.needs_attention
    text = "\n".join(page_texts(drawn.pdf)).rstrip() + "\n"
    golden = GOLDEN / f"{name}.txt"
    if UPDATE:
        golden.write_text(text, "utf-8")
    assert text == golden.read_text("utf-8")
    assert Counter(squeezed(poppler_text(drawn.pdf))) == Counter(squeezed(text))


def assert_looks_as_golden(name: str) -> None:
    """The first page of the sample looks as its golden picture."""
    picture = page_picture(draw(name, sample_data(name)).pdf, dots_per_inch=60)
    golden = GOLDEN / f"{name}.png"
    if UPDATE:
        picture.save(golden, optimize=True)
    expected = Image.open(golden).convert("L")
    assert picture.size == expected.size
    assert ImageStat.Stat(ImageChops.difference(picture, expected)).mean[0] < 0.4
