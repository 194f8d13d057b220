"""転出証明書 (20.2.1), 転出証明書に準ずる証明書 (20.2.2), 転入通知未着照会書 and its list: their samples."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from residentapp.core.documents import FormDataError
from tests.support.documents import draw, page_texts, sample_data, squeezed

pytestmark = pytest.mark.pdf

PAPERS = ["move_out_certificate", "move_out_equivalent"]


def certificate_of(name: str, count: int) -> dict[str, Any]:
    data = sample_data(name)
    first = data["members"][0]
    data["members"] = [
        {**copy.deepcopy(first), "name": f"架空　{place}人目"} for place in range(1, count + 1)
    ]
    return data


@pytest.mark.parametrize("name", PAPERS)
@pytest.mark.parametrize(("people", "pages"), [(1, 1), (3, 1), (4, 2), (7, 3)])
def test_three_people_stand_on_a_page_and_the_seal_on_the_last(name: str, people: int, pages: int) -> None:
    texts = page_texts(draw(name, certificate_of(name, people)).pdf)
    assert len(texts) == pages
    for page, text in enumerate(texts, 1):
        shown = [place for place in range(1, people + 1) if f"架空{place}人目" in squeezed(text)]
        assert shown == list(range(3 * page - 2, min(3 * page, people) + 1))
        assert f"{page}/{pages}" in text
        assert ("架空市長" in text) is (page == pages)


def test_the_marks_of_a_certificate_stand_only_where_they_apply() -> None:
    data = sample_data("move_out_certificate")
    plain = squeezed("".join(page_texts(draw("move_out_certificate", data).pdf)))
    assert "再交付" not in plain and "特例" not in plain
    marked = draw("move_out_certificate", {**data, "reissue": True, "special": True})
    told = squeezed("".join(page_texts(marked.pdf)))
    assert "再交付" in told and "特例による転出処理済" in told


@pytest.mark.requirement("RR-1.1.15b", partial=True)
@pytest.mark.parametrize("name", PAPERS)
def test_a_paper_has_no_place_for_a_memo(name: str) -> None:
    """Neither of the household nor of a person: what has no box cannot be printed."""
    data = sample_data(name)
    with pytest.raises(FormDataError, match="memo"):
        draw(name, {**data, "memo": "秘密のメモ書き"})
    data["members"][0]["memo"] = "秘密のメモ書き"
    with pytest.raises(FormDataError, match="memo"):
        draw(name, data)


@pytest.mark.parametrize(
    ("name", "heading"), [("move_in_inquiry", "転出先"), ("move_in_missing_list", "宛名番号")]
)
def test_many_people_go_on_over_pages(name: str, heading: str) -> None:
    data = sample_data(name)
    first = data["people"][0]
    data["people"] = [{**copy.deepcopy(first), "name": [f"始{place}終", ""]} for place in range(1, 91)]
    texts = page_texts(draw(name, data).pdf)
    assert len(texts) >= 2
    found = "".join(map(squeezed, texts)).split("始")[1:]
    assert [text.partition("終")[0] for text in found] == [str(place) for place in range(1, 91)]
    for page, text in enumerate(texts, 1):
        assert heading in text and ("以下余白" in text) is (page == len(texts))
