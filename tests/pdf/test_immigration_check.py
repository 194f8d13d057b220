"""処理結果確認票: drawn from its sample, read back, and looked at."""

from __future__ import annotations

import copy

import pytest

from tests.pdf.golden_files import assert_looks_as_golden, assert_reads_as_golden
from tests.support.documents import draw, page_texts, sample_data, squeezed

pytestmark = pytest.mark.pdf

FORM = "immigration_check"


@pytest.mark.requirement("RR-4.5.6a", partial=True)
def test_the_sample_reads_and_looks_as_it_should() -> None:
    assert draw(FORM, sample_data(FORM)).pages == 1
    assert_reads_as_golden(FORM)
    assert_looks_as_golden(FORM)


def test_the_same_data_give_the_same_bytes() -> None:
    assert draw(FORM, sample_data(FORM)).pdf == draw(FORM, sample_data(FORM)).pdf


def test_long_names_fit_and_many_items_go_on_over_pages() -> None:
    data = sample_data(FORM)
    data["told_name"] = data["record_name"] = "MARIA FERNANDA ALEXANDRINA " * 3
    pattern = data["items"][0]
    data["items"] = [{**copy.deepcopy(pattern), "label": f"始{place}終"} for place in range(1, 101)]
    drawn = draw(FORM, data)
    texts = page_texts(drawn.pdf)
    assert not drawn.overflows and drawn.pages == len(texts) >= 2
    found = [part.partition("終")[0] for part in "".join(map(squeezed, texts)).split("始")[1:]]
    assert found == [str(place) for place in range(1, 101)]
    for page, text in enumerate(texts, 1):
        assert "処理前" in squeezed(text)
        assert ("通知番号" in squeezed(text)) is (page == 1)
        assert ("以下余白" in text) is (page == len(texts))
