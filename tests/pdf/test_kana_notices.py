"""The letter and the list of フリガナ notices, drawn and read back."""

from __future__ import annotations

import copy

import pytest

from tests.pdf.golden_files import assert_looks_as_golden, assert_reads_as_golden
from tests.support.documents import draw, page_texts, sample_data

pytestmark = pytest.mark.pdf

FORMS = ["kana_notice", "kana_notice_list"]


@pytest.mark.parametrize("name", FORMS)
def test_the_sample_reads_and_looks_as_it_should(name: str) -> None:
    assert_reads_as_golden(name)
    assert_looks_as_golden(name)


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
