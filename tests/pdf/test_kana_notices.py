"""The letter and the list of フリガナ notices, drawn and read back."""

from __future__ import annotations

import copy
import os
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageStat

from tests.support.documents import draw, page_picture, page_texts, sample_data

pytestmark = pytest.mark.pdf

GOLDEN = Path(__file__).parent / "golden"
UPDATE = os.environ.get("RESIDENTAPP_UPDATE_GOLDEN") == "1"
FORMS = ["kana_notice", "kana_notice_list"]


@pytest.mark.parametrize("name", FORMS)
def test_the_sample_reads_and_looks_as_it_should(name: str) -> None:
    drawn = draw(name, sample_data(name))
    assert not drawn.needs_attention
    text = "\n".join(page_texts(drawn.pdf)).rstrip() + "\n"
    picture = page_picture(drawn.pdf, dots_per_inch=60)
    if UPDATE:
        (GOLDEN / f"{name}.txt").write_text(text, "utf-8")
        picture.save(GOLDEN / f"{name}.png", optimize=True)
    assert text == (GOLDEN / f"{name}.txt").read_text("utf-8")
    expected = Image.open(GOLDEN / f"{name}.png").convert("L")
    assert picture.size == expected.size
    assert ImageStat.Stat(ImageChops.difference(picture, expected)).mean[0] < 0.4


def test_each_person_has_a_page_of_their_own() -> None:
    data = sample_data("kana_notice")
    first, second = page_texts(draw("kana_notice", data).pdf)
    assert "ツジ　ハナコ" in first and "カツラギ" not in first
    assert "カツラギ" in second and "ツジ　ハナコ" not in second


def test_a_long_list_takes_more_pages_and_leaves_nobody_out() -> None:
    data = sample_data("kana_notice_list")
    row = data["rows"][0]
    data["rows"] = [{**copy.deepcopy(row), "number": str(number)} for number in range(1000, 1100)]
    pages = page_texts(draw("kana_notice_list", data).pdf)
    assert len(pages) > 1
    assert all(str(number) in "\n".join(pages) for number in range(1000, 1100))
    assert "以下余白" in pages[-1] and "以下余白" not in pages[0]
