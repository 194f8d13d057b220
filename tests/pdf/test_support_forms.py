"""支援措置期間終了通知 (20.5.1), 支援措置開始のお知らせ and 抑止対象者一覧: their samples as text and picture."""

from __future__ import annotations

import copy

import pytest

from tests.support.documents import draw, page_texts, sample_data

pytestmark = pytest.mark.pdf


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
