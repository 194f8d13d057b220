"""Reading what another office told: a body is JSON that nobody has checked. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any


class NoticeProblem(Exception):
    """Why a notice cannot be taken in; shown in the list, so that no personal value may stand in it.

    :ivar number: 宛名番号 of the one person it seems to be about.
    """

    def __init__(self, text: str, number: str | None = None) -> None:
        super().__init__(text)
        self.number = number


def part_at(body: Mapping[str, Any], *path: str) -> Any:
    """What stands at a path; None when nothing does."""
    value: Any = body
    for key in path:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def text_at(body: Mapping[str, Any], *path: str) -> str:
    """A text of a body, without spaces around; empty when there is none."""
    value = part_at(body, *path)
    return value.strip() if isinstance(value, str) else ""


def day_at(body: Mapping[str, Any], *path: str) -> dt.date | None:
    """A day of a body, which is written ``{"day": "YYYY-MM-DD"}``; None when there is none or it cannot be read."""
    try:
        return dt.date.fromisoformat(text_at(body, *path, "day"))
    except ValueError:
        return None
