"""The entry of a case as it is kept: JSON, encrypted by the road, because it holds 個人番号 (CM-7)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from residentapp.residents.changes.types import ChangeEntry, PersonEntry, Role
from residentapp.residents.types import ResidentKind


def encode(entry: ChangeEntry) -> str:
    """JSON of an entry."""
    return json.dumps(asdict(entry), ensure_ascii=False, separators=(",", ":"))


def decode(text: str) -> ChangeEntry:
    """The entry of :func:`encode`."""
    value: dict[str, Any] = json.loads(text)
    return ChangeEntry(
        kind=value["kind"],
        values=dict(value["values"]),
        household_number=value["household_number"],
        people=tuple(_person(person) for person in value["people"]),
        confirmations=dict(value["confirmations"]),
    )


def _person(value: Mapping[str, Any]) -> PersonEntry:
    return PersonEntry(
        key=value["key"],
        number=value["number"],
        seen=value["seen"],
        role=Role(value["role"]),
        resident_kind=ResidentKind(value["resident_kind"]),
        values=dict(value["values"]),
    )
