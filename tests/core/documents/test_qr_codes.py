"""QR codes on forms: a scanner finds the text again, whatever its length and wherever its slot (FM-5)."""

from __future__ import annotations

import random
from typing import Any

import pytest

from residentapp.core.documents import FormDataError, TemplateError, fits_qr, render_form
from residentapp.core.documents.qr_code import qr_modules
from residentapp.core.documents.template_file import parse_template
from tests.support.documents import MOMENT, mj_fonts, page_picture
from tests.support.qr import read_modules, read_qr

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"


def text_of(length: int) -> str:
    return "".join(random.Random(length).choices(_ALPHABET, k=length))


@pytest.mark.parametrize("length", [1, 2, 20, 61, 62, 90, 91, 311, 312, 600, 912, 1200])
def test_what_is_encoded_is_read_again(length: int) -> None:
    """Both sides of the limits of versions, of the length of the count, and odd and even lengths."""
    text = text_of(length)
    assert read_modules([list(row) for row in qr_modules(text)]) == text


def test_other_characters_are_bytes() -> None:
    text = "辻\U000e0102　太郎 a"
    assert read_modules([list(row) for row in qr_modules(text)]) == text


def template(**changes: Any) -> Any:
    table: dict[str, Any] = {
        "form": {"number": "1", "title": "試験", "paper": "A4"},
        "text": [{"text": "QR", "at": [20, 10], "size": [20, 5]}],
        "qr": [{"name": "code", "at": [150, 20], "size": [40, 40], "optional": True}],
        "block": {
            "name": "members",
            "label": "人",
            "at": [20, 80],
            "step": [0, 60],
            "per_page": 3,
            "qr": [{"name": "code", "at": [10, 5], "size": [45, 45]}],
        },
    }
    return parse_template("試験", {**table, **changes})


def picture_at(pdf: bytes, box: tuple[float, float, float, float], page: int = 0) -> Any:
    dots = 300
    image = page_picture(pdf, page, dots_per_inch=dots)
    x, y, w, h = (round(value / 25.4 * dots) for value in box)
    return image.crop((x, y, x + w, y + h))


def test_it_stands_in_its_box_on_the_page_and_in_each_slot() -> None:
    texts = [text_of(300), text_of(520), text_of(33), text_of(77)]
    data = {"code": text_of(500), "members": [{"code": text} for text in texts]}
    pdf = render_form(template(), data, fonts=mj_fonts(), moment=MOMENT).pdf
    assert read_qr(picture_at(pdf, (150, 20, 40, 40))) == data["code"]
    for place, text in enumerate(texts):
        box = (30, 85 + 60 * (place % 3), 45, 45)
        assert read_qr(picture_at(pdf, box, place // 3)) == text


def test_the_white_edge_is_in_the_box() -> None:
    pdf = render_form(
        template(), {"code": text_of(500), "members": [{"code": "A"}]}, fonts=mj_fonts(), moment=MOMENT
    ).pdf
    picture = picture_at(pdf, (150, 20, 40, 40))
    modules = len(qr_modules(text_of(500)))
    edge = int(4 * picture.width / (modules + 8)) - 1
    assert min(picture.crop((0, 0, picture.width, edge)).tobytes()) > 250
    assert min(picture.crop((0, 0, edge, picture.height)).tobytes()) > 250


def test_a_code_that_may_be_left_out_is_left_out() -> None:
    for data in ({}, {"code": None}):
        pdf = render_form(
            template(), {**data, "members": [{"code": "A"}]}, fonts=mj_fonts(), moment=MOMENT
        ).pdf
        assert min(picture_at(pdf, (150, 20, 40, 40)).tobytes()) > 250


@pytest.mark.parametrize("code", ["", 5, ["A"], True])
def test_what_is_no_text_is_refused(code: object) -> None:
    with pytest.raises(FormDataError, match=r"members\[1\]\.code"):
        render_form(template(), {"members": [{"code": code}]}, fonts=mj_fonts(), moment=MOMENT)


def test_a_text_that_no_code_takes_is_refused_without_repeating_it() -> None:
    with pytest.raises(FormDataError, match="too long") as refused:
        qr_modules("秘密" * 1000)
    assert "秘密" not in str(refused.value)


@pytest.mark.parametrize(("length", "fits"), [(1000, True), (1326, True), (1327, False)])
def test_whether_a_text_can_be_read_at_a_size(length: int, fits: bool) -> None:
    """40 mm: up to 113 modules of 0.33 mm with their white edge, which is version 24."""
    assert fits_qr(text_of(length), 40) is fits
    assert not fits_qr(text_of(5000), 400)


def test_a_code_outside_the_paper_is_an_error() -> None:
    with pytest.raises(TemplateError, match="leaves the paper"):
        template(qr=[{"name": "code", "at": [180, 20], "size": [40, 40]}])
