"""When a record was in force and when it became a removed record (除票): the stays of one person.

Sources: RR-1.1.5a (消除 makes a 除票), RR-4.1.1.2c (who comes back keeps the 宛名番号), RR-4.6.0.1b–c (a cancelled
removal ended nothing).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from residentapp.residents.types import ChangeReason


@dataclass(frozen=True)
class Step:
    """One snapshot of a person: whether the record was in force after it, and which change made it."""

    live: bool
    reason: ChangeReason


@dataclass(frozen=True)
class Stay:
    """One 住民票 of a person, from the snapshot that made it to the last that belongs to it.

    :param first: place of its first snapshot, from 0.
    :param last: place of its last snapshot; what stands there is the record now, or the 除票.
    :param removed: place of the snapshot that removed it; None while it is in force.
    """

    first: int
    last: int
    removed: int | None

    @property
    def places(self) -> range:
        """Places of its snapshots."""
        return range(self.first, self.last + 1)


def stays_of(steps: Sequence[Step]) -> list[Stay]:
    """The stays of a person, oldest first.

    A new stay begins when a removed record is followed by one in force, unless the removal was cancelled
    (異動の取消し（増）): then the old one goes on. A record that began after that removal and was cancelled
    too (（減）), as when a 区間異動 is undone, is no stay of its own. What is noted after a removal, as a 転入通知 is,
    belongs to the 除票.

    :param steps: all snapshots of the person, oldest first.
    """
    stays: list[Stay] = []
    first, removed = 0, None
    for place, step in enumerate(steps):
        if step.live:
            if removed is not None and step.reason is not ChangeReason.CANCEL_INCREASE:
                stays.append(Stay(first, place - 1, removed))
                first = place
            elif removed is not None and steps[removed].reason is ChangeReason.CANCEL_DECREASE and stays:
                first = stays.pop().first
            removed = None
        elif removed is None:
            removed = place
    if steps:
        stays.append(Stay(first, len(steps) - 1, removed))
    return stays
