"""When a removed record (除票) changes its place, and when its time is over: pure decisions.

Sources: RR-1.1.5e, RR-9.3; 住民基本台帳法 第15条の2 (除票簿), 令 第34条 (150 years).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from residentapp.residents.rules.terms import kept_until, leaves_main_database_on


@dataclass(frozen=True)
class Removal:
    """What a record says of its removal.

    :param removed_on: 消除の年月日, None where a record from earlier times has none.
    :param processed_on: 処理年月日 of the change that removed it.
    """

    removed_on: dt.date | None
    processed_on: dt.date

    @property
    def counted_from(self) -> dt.date:
        """The day from which the years are counted: 消除, else the day on which it was entered.

        Nothing was removed later than it was entered as removed, so that no record leaves or goes too early.
        """
        return self.removed_on or self.processed_on

    @property
    def kept_until(self) -> dt.date:
        """Last day on which the record must be kept (令 第34条)."""
        return kept_until(self.counted_from)


def belongs_in_archive(removal: Removal, on: dt.date) -> bool:
    """Whether a removed record belongs in the 除票用データベース on a day: five years have passed (RR-9.3)."""
    return leaves_main_database_on(removal.counted_from) <= on


def may_be_destroyed(kept_until: dt.date, on: dt.date) -> bool:
    """Whether a record may be destroyed on a day: the day after its last."""
    return on > kept_until
