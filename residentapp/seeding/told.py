"""A story told: changes with their snapshots, as they go into the tables."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from residentapp.core.dates import DateValue
from residentapp.residents.types import ChangeReason, ResidentState
from residentapp.seeding.events import Story
from residentapp.seeding.places import Place


@dataclass(frozen=True, slots=True)
class Desk:
    """Where a change was entered."""

    office_code: str
    office_name: str
    terminal_code: str
    terminal_name: str
    login: str


@dataclass(slots=True)
class Snapshot:
    """One row of the history.

    :param remark: its type A entry. :param note: a type B entry, if any.
    """

    person: int
    number: str
    history_number: int
    items: dict[str, Any]
    remark: str
    is_latest: bool = False
    note: str | None = None


@dataclass(slots=True)
class Change:
    """One change with its snapshots."""

    id: int
    reason: ChangeReason
    moved_on: DateValue
    processed_on: dt.date
    notified_on: dt.date | None
    applied_on: dt.date | None
    noticed_on: dt.date | None
    requested_on: dt.date | None
    desk: Desk
    snapshots: list[Snapshot] = field(default_factory=list)


@dataclass(slots=True)
class Household:
    """A household while its story is told."""

    number: str
    place: Place
    head: int
    members: list[int]
    first_recorded_on: dt.date
    words: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Told:
    """A story told: what goes into the tables."""

    story: Story
    changes: list[Change]
    numbers: dict[int, str]
    first_days: dict[int, dt.date]
    households: list[Household]
    states: dict[int, ResidentState]
    individual_numbers: dict[int, str]
    resident_codes: dict[int, str]

    @property
    def living(self) -> int:
        """How many residents it leaves in the register."""
        return sum(state.is_live for state in self.states.values())
