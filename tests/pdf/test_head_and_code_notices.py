"""世帯主変更通知書, 世帯主変更依頼通知書, 対象者リスト and the notices of 住民票コード: their samples."""

from __future__ import annotations

import copy

import pytest

from residentapp.core.documents import FormDataError
from tests.support.documents import draw, page_texts, sample_data, squeezed

pytestmark = pytest.mark.pdf

LETTERS = ["head_change_request", "head_change_notice"]
CODES = ["resident_code_notice", "resident_code_change_notice", "resident_code_correction_notice"]
LIST = "headless_household_list"


@pytest.mark.parametrize(
    ("name", "part", "key"),
    [*((name, "members", "name") for name in LETTERS), (LIST, "households", "addressee")],
)
def test_a_long_paper_goes_on_over_pages(name: str, part: str, key: str) -> None:
    """Everybody is there once, in order; what stands after the members stands on the last page."""
    data = sample_data(name)
    pattern = data[part][0]
    data[part] = [{**copy.deepcopy(pattern), key: f"始{place}終"} for place in range(1, 91)]
    texts = page_texts(draw(name, data).pdf)
    assert len(texts) >= 2
    found = "".join(map(squeezed, texts)).split("始")[1:]
    assert [text.partition("終")[0] for text in found] == [str(place) for place in range(1, 91)]
    for page, text in enumerate(texts, 1):
        assert ("以下余白" in text) is (page == len(texts))
        if name == "head_change_notice":
            assert ("審査請求" in text) is (page == len(texts))
        if name in LETTERS:
            assert ("新しい世帯主" in text or "お願い" in text) is (page == 1)


@pytest.mark.parametrize("name", [*LETTERS, *CODES])
def test_a_long_name_and_address_stay_in_the_window(name: str) -> None:
    data = sample_data(name)
    data["address"] = "架空県架空市本町一丁目8番3号　" + "葛" * 40
    data["addressee"] = "架空　" + "太" * 24
    if name in CODES:
        data["home"], data["name"] = data["address"], data["addressee"]
    assert not draw(name, data).needs_attention


@pytest.mark.requirement("CM-5.1", partial=True)
@pytest.mark.parametrize("name", LETTERS)
def test_a_letter_has_no_place_for_where_the_head_went(name: str) -> None:
    with pytest.raises(FormDataError, match="destination"):
        draw(name, {**sample_data(name), "destination": "見本県隣市北町9番9号"})
