"""処理結果確認票: drawn from its sample, read back, and looked at."""

from __future__ import annotations

import copy

import pytest

from tests.support.documents import draw, page_texts, sample_data, squeezed

pytestmark = pytest.mark.pdf

FORM = "immigration_check"


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
