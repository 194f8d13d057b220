"""What happens to an invented household, in the order it happens: the plan from which the history rows are told."""

from __future__ import annotations

import datetime as dt
import enum
from dataclasses import dataclass, field

from residentapp.core.dates import DateValue
from residentapp.residents.types import ChangeReason
from residentapp.seeding.people import Person
from residentapp.seeding.places import Away, Place


class EventKind(enum.StrEnum):
    """How an event changes who lives where."""

    FOUND = "found"
    JOIN = "join"
    LEAVE = "leave"
    PLAN_LEAVE = "plan_leave"
    MOVE = "move"
    SPLIT = "split"
    HEAD = "head"
    AMEND = "amend"

    @property
    def label(self) -> str:
        """Japanese name of what happens."""
        return {
            "found": "世帯の記載", "join": "世帯員の記載", "leave": "消除", "plan_leave": "転出予定",
            "move": "転居", "split": "世帯分離", "head": "世帯主変更", "amend": "修正",
        }[self.value]  # fmt: skip


#: Head of a household that has none (RR-1.1.10).
NO_HEAD = -1


@dataclass(slots=True)
class Event:
    """One event; ``who`` are places in the story's people, households are numbered within the story.

    :param day: 異動日.
    :param moved_on: its writing when it is unknown or outside the calendar.
    :param since: 住民となった年月日, when it is older than the event (改製).
    :param address_since: 住所を定めた年月日, when older than the event.
    :param away: where they came from or go to.
    :param items: columns of the snapshot that change besides (旧氏, 転出先, 通称 …).
    :param note: text of the 統合記載欄 beyond the usual.
    """

    day: dt.date
    kind: EventKind
    reason: ChangeReason
    who: tuple[int, ...]
    household: int = 0
    into: int | None = None
    place: Place | None = None
    away: Away | None = None
    head: int | None = None
    since: DateValue | None = None
    address_since: DateValue | None = None
    moved_on: DateValue | None = None
    items: dict[str, object] = field(default_factory=dict)
    note: str | None = None


@dataclass(slots=True)
class Story:
    """A family and what happened to it.

    :param protected: places of people under a support measure; the first is the applicant.
    :param offender: place of the one from whom they are protected (加害者); None when nobody is named.
    :param label: name of a special household, empty for ordinary ones.
    """

    people: list[Person]
    events: list[Event]
    protected: tuple[int, ...] = ()
    label: str = ""
    remarks: dict[int, str] = field(default_factory=dict)
    offender: int | None = None

    def living(self) -> int:
        """How many residents the story leaves in the register."""
        present: set[int] = set()
        for event in self.events:
            if event.kind in (EventKind.FOUND, EventKind.JOIN):
                present.update(event.who)
            elif event.kind is EventKind.LEAVE:
                present.difference_update(event.who)
        return len(present)
