"""What a rule answers: errors that bar an entry, and alerts that an officer may confirm.

Source of the two levels and of what must be told: RR-11.1 (エラー・アラート項目).
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass


class Level(enum.StrEnum):
    """How a finding binds."""

    ERROR = "error"
    ALERT = "alert"

    @property
    def label(self) -> str:
        """Japanese label for screens."""
        return "エラー" if self is Level.ERROR else "アラート"


@dataclass(frozen=True)
class Violation:
    """One finding of a rule.

    :param code: stable code, for example ``MI-E012``; also names the catalogue entry.
    :param message: what is wrong, in plain Japanese.
    :param field: the field it belongs to, as the form names it (``members-0-birth``); empty for the whole entry.
    :param basis: article or requirement it rests on.
    :param remedy: what the clerk can do.
    """

    level: Level
    code: str
    message: str
    field: str = ""
    basis: str = ""
    remedy: str = ""


def errors_of(violations: Iterable[Violation]) -> list[Violation]:
    """Only the findings that bar the entry."""
    return [violation for violation in violations if violation.level is Level.ERROR]


def alerts_of(violations: Iterable[Violation]) -> list[Violation]:
    """Only the findings that need a confirmation."""
    return [violation for violation in violations if violation.level is Level.ALERT]
