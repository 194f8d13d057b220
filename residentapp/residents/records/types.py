"""What the query layer hands out about a resident or a household: already masked for the one who asks."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

from residentapp.core.web.marks import Mark
from residentapp.residents.cards.queries import CardView
from residentapp.residents.memos.types import MemoView
from residentapp.residents.remarks.types import RemarkLine
from residentapp.residents.types import ResidentKind


@dataclass(frozen=True)
class Item:
    """One item as it may be shown.

    :param value: text to show; empty when the record is blank there, or when the item is hidden.
    :param hidden: why it is not shown; empty when it is.
    :param exact: draw with the exact glyphs (names, addresses, 本籍).
    """

    key: str
    label: str
    value: str
    hidden: str = ""
    exact: bool = False


@dataclass(frozen=True)
class ItemGroup:
    """Items under one heading."""

    title: str
    items: tuple[Item, ...]


@dataclass(frozen=True)
class Difference:
    """One item that a change altered; hidden items say so on both sides."""

    label: str
    before: str
    after: str
    exact: bool


class HistoryDay(enum.StrEnum):
    """Which day of a change (RR-1.2.1a)."""

    MOVED = "moved_on"
    PROCESSED = "processed_on"
    NOTIFIED = "notified_on"
    APPLIED = "applied_on"
    NOTICED = "noticed_on"
    REQUESTED = "requested_on"

    @property
    def label(self) -> str:
        """Label on screens."""
        return {
            "moved_on": "異動日",
            "processed_on": "処理日",
            "notified_on": "届出日",
            "applied_on": "申出日",
            "noticed_on": "通知日",
            "requested_on": "請求日",
        }[self.value]


@dataclass(frozen=True)
class HistoryLine:
    """One change of one person (RR-1.2.1a)."""

    history_number: int
    reason: str
    kind: str
    moved_on: str
    processed_on: str
    notified_on: str
    other_days: tuple[tuple[str, str], ...]
    office: str
    terminal: str
    entered_by: str
    remarks: tuple[str, ...]
    differences: tuple[Difference, ...]
    is_shown: bool
    """Whether the page shows this very snapshot."""
    accepted_case: str = ""
    """The case of a notification whose acceptance the actor may tell of (RR-4.1.0.3a)."""
    days: Mapping[HistoryDay, dt.date] = field(default_factory=dict)
    """The days as days, for questions about them."""
    proof: str = ""
    """By what the 続柄 of a foreign resident was proved (RR-1.1.11d)."""


@dataclass(frozen=True)
class Person:
    """The strip: who this is, at a glance."""

    addressee_number: str
    kind: ResidentKind
    name: str
    alias: str
    former_name: str
    kana: str
    birth: str
    age: int | None
    sex: str
    state: str
    is_live: bool
    marks: tuple[Mark, ...]
    kana_recorded: bool = True
    """False when the フリガナ shown is only kept for the office's own use until it is confirmed (法第7条第1号の2)."""


@dataclass(frozen=True)
class Member:
    """One line of a household."""

    person: Person
    order: int
    relationship: str
    since: str
    """When they joined the record of this household, or when and how they left it."""


@dataclass(frozen=True)
class ResidentPage:
    """Everything the screen of one resident shows."""

    person: Person
    groups: tuple[ItemGroup, ...]
    remarks: tuple[RemarkLine, ...]
    remarks_hidden: str
    memos: tuple[MemoView, ...]
    texts_hidden: str
    """Why neither 統合記載欄 nor memos are open to the actor; empty when they are."""
    history: tuple[HistoryLine, ...]
    household: tuple[Member, ...]
    household_number: str
    as_of: dt.date | None
    notices: tuple[str, ...]
    has_individual_number: bool
    has_resident_code: bool
    archived: bool = False
    """It stands in the 除票用データベース: it can be looked at, and its copy issued, but not changed."""
    removed: bool = False
    """The record is a removed one now, whatever the day that is shown says."""
    has_removed: bool = False
    """There is a 除票 of the person, of this stay or of an earlier one."""
    cards: tuple[CardView, ...] = ()
    """交付状況 of cards of which something is known now; none on a page of a past day."""


@dataclass(frozen=True)
class HouseholdPage:
    """Everything the screen of one household shows."""

    household_number: str
    head_name: str
    address: str
    building: str
    postal_code: str
    hidden: str
    members: tuple[Member, ...]
    removed: tuple[Member, ...]
    notices: tuple[str, ...]
    kinds: tuple[str, ...]
    """How it is made up: 日本人のみ, 外国人のみ, 混合."""


class NotFound(Exception):
    """There is no such person or household, or the actor may not know."""


class InquiryRefused(Exception):
    """A suppression bars the actor from opening the record (RR-3.1a, level エラー)."""
