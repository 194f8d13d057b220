"""What the rules need to know besides the entry: facts of the register and of the day, as plain values."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from residentapp.core.dates import DateValue
from residentapp.core.violations import Level
from residentapp.residents.move_in.types import MatchBy, Papers
from residentapp.residents.types import Sex


@dataclass(frozen=True)
class HouseholdMember:
    """A live member of the existing household.

    :param foreign: a 外国人住民.
    """

    addressee_number: str
    name: str
    relationship: str | None
    sex: Sex
    birth_date: DateValue
    foreign: bool = False

    @property
    def is_head(self) -> bool:
        """Whether the person is the 世帯主."""
        return self.relationship == "世帯主"


@dataclass(frozen=True)
class HouseholdFacts:
    """The existing household that the people of a 一部 enter.

    :param suppressed: strictest level at which changes to it are held back, None when nothing stands.
    :param hidden: the actor may not know where it lives.
    """

    number: str
    members: tuple[HouseholdMember, ...]
    suppressed: Level | None = None
    hidden: bool = False

    @property
    def head(self) -> HouseholdMember | None:
        """The 世帯主, if there is one."""
        return next((member for member in self.members if member.is_head), None)


@dataclass(frozen=True)
class Match:
    """A person of the register who equals a member of the entry in a number or in the three items.

    :param live: a resident now; False for a 除票.
    :param differences: labels of items that the entry has otherwise (氏名, 個人番号 …), for a chosen re-entrant.
    :param supported: a support measure's suppression stands.
    :param held: numbers (``individual_number``, ``resident_code``) that the record of a chosen re-entrant has and that
        go on with it when the entry leaves them blank.
    """

    addressee_number: str
    by: frozenset[MatchBy]
    live: bool
    differences: tuple[str, ...] = ()
    supported: bool = False
    held: frozenset[str] = frozenset()

    @property
    def forced(self) -> bool:
        """Whether a number is equal, so that it is the same person."""
        return any(item.forces for item in self.by)

    @property
    def by_label(self) -> str:
        """By what it was found, for messages; numbers first."""
        forcing = [item for item in MatchBy if item in self.by and item.forces]
        return "・".join(item.label for item in forcing or [MatchBy.THREE_ITEMS])


@dataclass(frozen=True)
class Facts:
    """Everything outside the entry.

    :param municipality: name of the own municipality, 都道府県 left out.
    :param town_known: the 住所コード is a town of the address dictionary.
    :param deadline: last day for the notification (:func:`notification_due`); None without 異動日.
    :param matches: people of the register, by member key.
    :param elsewhere: keys of members whose numbers stand in another open case.
    """

    today: dt.date
    prefecture: str
    municipality: str
    town_known: bool = True
    deadline: dt.date | None = None
    household: HouseholdFacts | None = None
    matches: Mapping[str, tuple[Match, ...]] = field(default_factory=dict)
    elsewhere: frozenset[str] = frozenset()
    papers: Papers = field(default_factory=dict)
