"""支援措置期間終了通知 (20.5.1), 支援措置開始のお知らせ and 抑止対象者一覧: their samples as text and picture."""

from __future__ import annotations

import copy
import os
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageStat

from tests.support.documents import draw, page_picture, page_texts, sample_data

pytestmark = pytest.mark.pdf

FORMS = ["support_term_notice", "support_start_notice", "suppressed_list"]
GOLDEN = Path(__file__).parent / "golden"
#: Set to write the golden files anew after a form was changed on purpose; look at the pictures before committing.
UPDATE = os.environ.get("RESIDENTAPP_UPDATE_GOLDEN") == "1"


@pytest.mark.requirement("RR-3.4e", "RR-3.4j", "RR-9.2", "FM-5", partial=True)
@pytest.mark.parametrize("name", FORMS)
def test_the_sample_reads_as_it_should(name: str) -> None:
    drawn = draw(name, sample_data(name))
    assert not drawn.needs_attention and drawn.pages == 1
    text = "\n".join(page_texts(drawn.pdf)).rstrip() + "\n"
    golden = GOLDEN / f"{name}.txt"
    if UPDATE:
        golden.write_text(text, "utf-8")
    assert text == golden.read_text("utf-8")


@pytest.mark.parametrize("name", FORMS)
def test_the_sample_looks_as_it_should(name: str) -> None:
    picture = page_picture(draw(name, sample_data(name)).pdf, dots_per_inch=60)
    golden = GOLDEN / f"{name}.png"
    if UPDATE:
        picture.save(golden, optimize=True)
    expected = Image.open(golden).convert("L")
    assert picture.size == expected.size
    assert ImageStat.Stat(ImageChops.difference(picture, expected)).mean[0] < 0.4


@pytest.mark.requirement("RR-9.2", partial=True)
@pytest.mark.parametrize(("people", "pages"), [(1, 1), (12, 1), (13, 2), (30, 3)])
def test_a_long_list_goes_on_on_further_pages(people: int, pages: int) -> None:
    data = sample_data("suppressed_list")
    first = data["people"][0]
    data["people"] = [copy.deepcopy(first) | {"number": f"{place:010d}"} for place in range(people)]
    drawn = draw("suppressed_list", data)
    text = "\n".join(page_texts(drawn.pdf))
    assert drawn.pages == pages and text.count("以下余白") == 1
    assert all(f"{place:010d}" in text for place in range(people))
    assert f"1/{pages}ページ" in text


def test_a_very_long_name_and_many_children_fit_or_are_reported() -> None:
    data = sample_data("support_term_notice")
    data["supported"] = [f"見本　{place}人目の長い名前の子ども（子）" for place in range(6)]
    assert not draw("support_term_notice", data).overflows
    data["supported"] = [f"見本　{place}人目の長い名前の子ども（子）" for place in range(40)]
    assert [overflow.field for overflow in draw("support_term_notice", data).overflows] == ["supported"]
