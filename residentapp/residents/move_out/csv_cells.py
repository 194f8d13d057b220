"""Cells of files for spreadsheets."""

from __future__ import annotations

_FORMULA_BEGINS = frozenset("=+-@\t\r")


def plain_cell(text: str) -> str:
    """A cell that a spreadsheet shows and does not calculate."""
    return f"'{text}" if text.lstrip(" \u3000")[:1] in _FORMULA_BEGINS else text
