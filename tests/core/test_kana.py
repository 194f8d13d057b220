"""Readings in full-width katakana (RR-1.1.18, RR-2.1.2a, CM-2)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from residentapp.core.kana import is_katakana_name, to_fullwidth_katakana


@pytest.mark.requirement("CM-2.1", "RR-2.1.2a", partial=True)
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ジュウミン　タロウ", "ジュウミン　タロウ"),
        ("じゅうみん たろう", "ジュウミン　タロウ"),
        ("ｼﾞｭｳﾐﾝ ﾀﾛｳ", "ジュウミン　タロウ"),
        (" ｼﾞｭｳﾐﾝ  ﾊﾟｵ ", "ジュウミン　パオ"),
        ("ｳﾞｧﾝ ﾃﾞﾙ ﾎﾟｰﾙ", "ヴァン　デル　ポール"),
        ("ポ-ル", "ポール"),
        ("ポ－ル", "ポール"),
        ("ポ―ル", "ポール"),
        ("シ゛ュウ", "ジュウ"),
        ("か\u3099く", "ガク"),
        ("ハ゜オ", "パオ"),
        ("ﾏｲｹﾙ･ﾘｰ", "マイケル・リー"),
        ("ヲトメ", "ヲトメ"),
    ],
)
def test_readings_are_stored_in_full_width_katakana(text: str, expected: str) -> None:
    assert to_fullwidth_katakana(text) == expected
    assert is_katakana_name(to_fullwidth_katakana(text))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "住民",
        "じゅうみん",
        "ｼﾞｭｳ",
        "ジュウ ミン",
        "ジュウ　",
        "　ジュウ",
        "ジュウ　　ミン",
        "A",
        "ジュウ1",
    ],
)
def test_what_is_no_reading(text: str) -> None:
    assert not is_katakana_name(text)


@given(st.text(st.characters(min_codepoint=0x3041, max_codepoint=0x30FE)))
def test_writing_a_reading_twice_changes_nothing(text: str) -> None:
    once = to_fullwidth_katakana(text)
    assert to_fullwidth_katakana(once) == once
