"""The 住民異動届受理通知, drawn and read back."""

from __future__ import annotations

import pytest

from residentapp.core.documents import FormDataError
from tests.support.documents import draw, page_texts, sample_data

pytestmark = pytest.mark.pdf

FORM = "acceptance_notice"


def test_without_a_postal_code_none_is_printed() -> None:
    data = sample_data(FORM)
    del data["recipient"]["postal_code"]
    assert "〒" not in "".join(page_texts(draw(FORM, data).pdf))


def test_a_notice_says_nothing_that_its_form_has_no_place_for() -> None:
    """The new address cannot get onto the paper by mistake."""
    with pytest.raises(FormDataError, match="address_after"):
        draw(FORM, {**sample_data(FORM), "address_after": "架空県架空市秘密町1番"})


@pytest.mark.requirement("RR-5.8a", partial=True)
def test_long_names_and_addresses_are_fitted_and_many_people_take_more_pages() -> None:
    data = sample_data(FORM)
    long_name = "MARIA GUADALUPE ESPERANZA CONCEPCION FERNANDEZ DE CORDOBA Y ALVAREZ DE TOLEDO VON HOHENFELS"
    data["recipient"] |= {"address": "見本県例示市長い町の名" * 6, "name": long_name}
    data["notifier"] = long_name
    data["movers"] = [{"name": f"架空　{place}郎"} for place in range(1, 51)]
    drawn = draw(FORM, data)
    assert drawn.overflows == () and drawn.pages == 3
    texts = page_texts(drawn.pdf)
    for place in range(1, 51):
        assert any(f"架空　{place}郎" in text for text in texts)
    assert "問合せ" not in texts[0] and data["contact"][:4] in texts[-1]
    assert "様" in texts[0] and "様" not in texts[1]
