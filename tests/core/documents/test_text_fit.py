"""Smaller, then more lines, then overflow (RR-5.8); line breaking."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from residentapp.core.documents.text_fit import Fitted, fit, wrap


def width(character: str) -> int:
    """Full-width characters one em, others half."""
    return 1000 if character >= "\u2e80" else 500


def fitted(text: str, *, room: float = 100, height: float = 24, lines: int = 2, **options: float) -> Fitted:
    return fit(
        [list(line) for line in text.split("\n")],
        width=width,
        box=(room, height),
        size=10,
        min_size=5,
        max_lines=lines,
        leading=1.2,
        **options,
    )


def shown(result: Fitted) -> list[str]:
    return ["".join(line) for line in result.lines]


@pytest.mark.requirement("RR-5.8a", "FM-2", partial=True)
@pytest.mark.parametrize(
    ("count", "size", "lines", "left_over"),
    [
        (9, 10, 1, 0),
        (10, 10, 1, 0),  # fits exactly
        (11, 9, 1, 0),  # 11 × 9 = 99
        (20, 5, 1, 0),  # the smallest size on one line
        (21, 9, 2, 0),  # one more: two lines of 11 and 10, large again (11 × 9 = 99)
        (40, 5, 2, 0),  # two lines full at the smallest size
        (41, 5, 2, 1),  # one character finds no place
        (100, 5, 2, 60),
    ],
)
def test_shrink_then_two_lines_then_overflow(count: int, size: float, lines: int, left_over: int) -> None:
    result = fitted("字" * count)
    assert (result.size, len(result.lines), result.left_over) == (size, lines, left_over)
    assert sum(map(len, result.lines)) + left_over == count


def test_two_lines_come_before_tiny_type_when_the_form_says_so() -> None:
    assert fitted("字" * 14, one_line_min=8).size == 10
    assert len(fitted("字" * 14, one_line_min=8).lines) == 2
    assert fitted("字" * 12, one_line_min=8) == Fitted(8.25, [["字"] * 12])


def test_one_line_alone_never_becomes_two() -> None:
    result = fitted("字" * 30, lines=1)
    assert (result.size, len(result.lines), result.left_over) == (5, 1, 10)


def test_a_low_box_keeps_lines_from_overprinting_what_is_below() -> None:
    # Two lines of 5 pt need 11 pt.
    assert len(fitted("字" * 30, height=11).lines) == 2
    low = fitted("字" * 30, height=10.9)
    assert (len(low.lines), low.left_over) == (1, 10)


def test_given_lines_stay_lines() -> None:
    assert shown(fitted("山田\n太郎")) == ["山田", "太郎"]
    assert fitted("一\n二\n三").left_over == 1


def test_a_latin_name_breaks_between_words() -> None:
    result = fitted("MARIA GUADALUPE ESPERANZA CONCEPCION FERNANDEZ")
    assert shown(result) == ["MARIA GUADALUPE ESPERANZA", "CONCEPCION FERNANDEZ"]


def test_a_word_longer_than_the_line_is_broken_rather_than_lost() -> None:
    assert ["".join(line) for line in wrap(list("ABCDEFGHIJ"), 2000, width)] == ["ABCD", "EFGH", "IJ"]


def test_a_line_begins_with_no_closing_mark_and_ends_with_no_opening_one() -> None:
    assert ["".join(line) for line in wrap(list("一二三）四"), 3000, width)] == ["一二", "三）四"]
    assert ["".join(line) for line in wrap(list("一二（三四"), 3000, width)] == ["一二", "（三四"]


@given(
    st.text(alphabet="字AB 　（）、", max_size=80),
    st.floats(5, 300),
    st.floats(5, 60),
    st.integers(1, 3),
)
def test_nothing_leaves_its_box_and_nothing_disappears(
    text: str, room: float, height: float, lines: int
) -> None:
    result = fitted(text, room=room, height=height, lines=lines)
    assert 5 <= result.size <= 10
    assert len(result.lines) <= lines
    if len(result.lines) > 1:
        assert result.size * (1 + 1.2 * (len(result.lines) - 1)) <= height * 1.01
    for line in result.lines:
        # A single character may be wider than the whole box; it is then the only one of its line.
        assert len(line) <= 1 or sum(map(width, line)) * result.size <= room * 1000 + 1e-6
    kept = "".join(shown(result))
    if result.left_over:
        assert text.startswith(kept)
        assert len(kept) + result.left_over == len(text)
    else:
        # Only spaces at a break may be dropped.
        assert kept.replace(" ", "").replace("　", "") == text.replace(" ", "").replace("　", "")
