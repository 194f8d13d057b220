"""Fitting a text into its box: full size, then smaller, then on more lines, then not at all (RR-5.8).

Pure geometry. Widths are in 1/1000 of the type size, as Glyph.width; boxes in points.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

#: Steps by which type gets smaller, in points. Coarse enough that neighbouring items look alike.
STEP = 0.25

#: Characters that do not begin a line (行頭禁則) and that do not end one (行末禁則).
NOT_FIRST = frozenset(
    "、。，．・：；？！）〕］｝〉》」』】々ーぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ),.:;?!]}'’”％"
)
NOT_LAST = frozenset("（〔［｛〈《「『【([{‘“")
_SPACES = frozenset(" 　")

Width = Callable[[str], int]
Characters = Sequence[str]


@dataclass(frozen=True, slots=True)
class Fitted:
    """Lines as they are to be drawn, at one size, and how many characters found no place."""

    size: float
    lines: list[Characters]
    left_over: int = 0


def measure(characters: Characters, width: Width) -> int:
    """Return the width of the characters on one line."""
    return sum(map(width, characters))


def wrap(characters: Characters, limit: float, width: Width) -> list[Characters]:
    """Break a text into lines of at most ``limit`` (1/1000 of the type size).

    Lines break at spaces or between full-width characters, by the Japanese rules for what may begin and end a line;
    a word longer than a line is broken where the line is full. Spaces at a break are dropped. Always advances by at
    least one character a line.
    """
    lines: list[Characters] = []
    start, end = 0, len(characters)
    while start < end:
        used = 0
        stop = start
        while stop < end:
            used += width(characters[stop])
            if used > limit and stop > start:
                break
            stop += 1
        if stop < end:
            stop = _break_before(characters, start, stop)
        line_end = stop
        while line_end > start + 1 and characters[line_end - 1] in _SPACES and stop < end:
            line_end -= 1
        lines.append(characters[start:line_end])
        start = stop
        while start < end and characters[start] in _SPACES:
            start += 1
    return lines


def _break_before(characters: Characters, start: int, stop: int) -> int:
    """Return the best place to break at or before ``stop``, the first character that no longer fits."""
    for at in range(stop, start, -1):
        before, after = characters[at - 1], characters[at]
        if after in _SPACES or before in _SPACES:
            return at
        if after in NOT_FIRST or before in NOT_LAST:
            continue
        if not (_narrow(before) and _narrow(after)):
            return at
    return stop


def _narrow(character: str) -> bool:
    """Whether the character belongs to a word that should not be broken inside (Latin letters and digits)."""
    return character < "\u2e80"


def fit(
    paragraphs: Sequence[Characters],
    *,
    width: Width,
    box: tuple[float, float],
    size: float,
    min_size: float,
    max_lines: int,
    leading: float,
    one_line_min: float | None = None,
) -> Fitted:
    """Fit paragraphs (each begins on a line of its own) into a box of (width, height) points.

    First every paragraph on one line at ``size``; then at the largest smaller size down to ``one_line_min`` (by
    default ``min_size``); then at the largest size down to ``min_size`` at which everything fits on ``max_lines``
    lines inside the height; else as many characters as the box takes at ``min_size``, with the number left over.
    ``leading`` is the line height in type sizes.
    """
    room, height = box
    widest = max((measure(line, width) for line in paragraphs), default=0)
    fits_high = _lines_that_fit(height, size, leading)
    if widest * size <= room * 1000 and len(paragraphs) <= min(max_lines, fits_high):
        return Fitted(size, list(paragraphs))
    if len(paragraphs) <= max_lines:
        smaller = size
        lowest = max(min_size, one_line_min or 0) if max_lines > len(paragraphs) else min_size
        while smaller >= lowest:
            high_enough = len(paragraphs) <= _lines_that_fit(height, smaller, leading)
            if high_enough and widest * smaller <= room * 1000:
                return Fitted(smaller, list(paragraphs))
            smaller -= STEP
    smaller = size
    while smaller >= min_size and max_lines > 1:
        lines = [part for line in paragraphs for part in wrap(line, room * 1000 / smaller, width)]
        if len(lines) <= min(max_lines, _lines_that_fit(height, smaller, leading)):
            return Fitted(smaller, lines)
        smaller -= STEP
    lines = [part for line in paragraphs for part in _filled(line, room * 1000 / min_size, width)]
    kept = lines[: max(1, min(max_lines, _lines_that_fit(height, min_size, leading)))]
    printed = sum(map(len, kept))
    return Fitted(min_size, kept, sum(map(len, paragraphs)) - printed)


def _filled(characters: Characters, limit: float, width: Width) -> list[Characters]:
    """Break a text wherever the line is full: what is cut off at the limit should lose as little as it must."""
    lines: list[Characters] = []
    start, used = 0, 0
    for at, character in enumerate(characters):
        used += width(character)
        if used > limit and at > start:
            lines.append(characters[start:at])
            start, used = at, width(character)
    lines.append(characters[start:])
    return lines


def _lines_that_fit(height: float, size: float, leading: float) -> int:
    # The first line needs its own size only; each further one a full line height. A hair of tolerance for rounding.
    return max(0, int((height - size) / (size * leading) + 1.001)) if height >= size * 0.999 else 0
