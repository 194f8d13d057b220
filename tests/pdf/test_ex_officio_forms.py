"""職権記録書, its list, and 職権記載等通知書: drawn from their samples, read back, and looked at."""

from __future__ import annotations

import copy

import pytest

from tests.support.documents import draw, page_texts, sample_data, squeezed

pytestmark = pytest.mark.pdf


@pytest.mark.parametrize(
    ("name", "part", "first", "repeated"),
    [
        ("ex_officio_record", "items", "職権の根拠", "変　更　前"),
        ("ex_officio_record_list", "entries", "", "異動事由"),
        ("ex_officio_notice", "items", "対 象 者", "変　更　前"),
    ],
)
def test_a_long_paper_goes_on_over_pages(name: str, part: str, first: str, repeated: str) -> None:
    """Every entry is there once, in order; the heading of the columns stands on every page."""
    data = sample_data(name)
    pattern = data[part][1]
    key = "reason" if part == "entries" else "label"
    data[part] = [{**copy.deepcopy(pattern), key: f"始{number}終"} for number in range(1, 151)]
    drawn = draw(name, data)
    texts = page_texts(drawn.pdf)
    assert drawn.pages == len(texts) >= 3
    found = [text for text in "".join(map(squeezed, texts)).split("始")[1:]]
    assert [text.partition("終")[0] for text in found] == [str(number) for number in range(1, 151)]
    for page, text in enumerate(texts, 1):
        assert squeezed(repeated) in squeezed(text)
        assert (squeezed(first) in squeezed(text)) is (page == 1 or not first)
        assert f"{page}/{len(texts)}" in text
        assert ("以下余白" in text) is (page == len(texts))


def test_the_remedies_stand_once_on_the_last_page() -> None:
    data = sample_data("ex_officio_notice")
    data["items"] = data["items"] * 20
    texts = page_texts(draw("ex_officio_notice", data).pdf)
    assert ["審査請求" in text for text in texts] == [False] * (len(texts) - 1) + [True]


def test_the_address_stands_in_the_window_of_the_envelope() -> None:
    """A long name and address stay inside their boxes and are cut nowhere."""
    data = sample_data("ex_officio_notice")
    data["address"] = "架空県架空市本町一丁目8番3号　" + "葛" * 40
    data["addressee"] = "架空　" + "太" * 24
    assert not draw("ex_officio_notice", data).needs_attention
