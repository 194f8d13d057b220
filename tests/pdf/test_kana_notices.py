"""The letter and the list of フリガナ notices, drawn and read back."""

from __future__ import annotations

import copy

import pytest

from tests.support.documents import draw, page_texts, sample_data

pytestmark = pytest.mark.pdf


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
