"""A list of any length is drawn page by page: the same pages as in one piece, in memory that does not grow (FM-4)."""

from __future__ import annotations

import io
import tracemalloc
from collections.abc import Iterator
from typing import Any

import pytest

from residentapp.core.documents import FormDataError, load_template, render_form, render_long_form
from tests.support.clock import TEST_MOMENT
from tests.support.documents import mj_fonts, page_picture, page_texts, sample_data

pytestmark = pytest.mark.pdf
NAME = "suppressed_list"


def header() -> tuple[dict[str, Any], dict[str, Any]]:
    data = sample_data(NAME)
    [first, *_rest] = data.pop("people")
    return data, first


def people(count: int) -> Iterator[dict[str, Any]]:
    _data, pattern = header()
    for place in range(count):
        yield pattern | {"number": f"{place:010d}"}


def drawn(count: int, *, said: int | None = None) -> tuple[bytes, int]:
    out = io.BytesIO()
    data, _pattern = header()
    found = render_long_form(
        load_template(NAME), data, people(count), count=count if said is None else said,
        fonts=mj_fonts(), moment=TEST_MOMENT, out=out,
    )  # fmt: skip
    assert not found.overflows and not found.missing and not found.unregistered
    return out.getvalue(), found.pages


@pytest.mark.requirement("FM-4", "FM-3", partial=True)
@pytest.mark.parametrize("count", [1, 12, 13, 40])
def test_the_pages_are_those_of_the_form_drawn_at_once(count: int) -> None:
    """A page that is full, one that is begun, several; and the same bytes each time."""
    data, _pattern = header()
    whole = render_form(
        load_template(NAME), data | {"people": list(people(count))}, fonts=mj_fonts(), moment=TEST_MOMENT
    )
    pdf, pages = drawn(count)
    assert pages == whole.pages
    assert page_texts(pdf) == page_texts(whole.pdf)
    last = pages - 1
    assert page_picture(pdf, last).tobytes() == page_picture(whole.pdf, last).tobytes()
    assert drawn(count)[0] == pdf


def test_more_than_one_group_of_pages() -> None:
    pdf, pages = drawn(12 * 501 + 1)
    texts = page_texts(pdf)
    assert pages == len(texts) == 502
    assert "0000000000" in texts[0] and "0000006012" in texts[-1] and "以下余白" in texts[-1]


@pytest.mark.parametrize(("count", "said"), [(12, 13), (13, 12), (24, 12)])
def test_a_wrong_count_is_an_error(count: int, said: int) -> None:
    with pytest.raises((ValueError, FormDataError)):
        drawn(count, said=said)


@pytest.mark.requirement("FM-4", partial=True)
def test_memory_does_not_grow_with_the_pages() -> None:
    """Ten times the pages take less than a fifth more; what grows is a number for each page."""
    drawn(12)

    def peak(count: int) -> int:
        data, _pattern = header()
        tracemalloc.start()
        with open("/dev/null", "wb") as out:
            render_long_form(
                load_template(NAME), data, people(count), count=count, fonts=mj_fonts(),
                moment=TEST_MOMENT, out=out,
            )  # fmt: skip
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    assert peak(12 * 300) < peak(12 * 30) * 1.2 + 400_000
