"""What the rules of a move-in find, by code."""

from __future__ import annotations

from typing import Any

from residentapp.residents.move_in.rules import (
    Facts,
    check,
)
from residentapp.residents.move_in.types import MoveInEntry
from tests.residents.move_in.cases import (
    entry,
    facts,
    foreigner,
    person,
)


def codes(made: MoveInEntry, known: Facts | None = None) -> list[str]:
    return [finding.code for finding in check(made, known or facts())]


def of_member(known: Facts | None = None, **values: Any) -> list[str]:
    return codes(entry(person(**values)), known)


def of_foreigner(**values: Any) -> list[str]:
    return codes(entry(foreigner(**values)))
