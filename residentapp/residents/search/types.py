"""What can be asked, and what a search answers.

Sources: RR-2.1.1 (saved searches), RR-2.1.2 (how texts are compared), RR-2.1.3 (keys of the search).
"""

from __future__ import annotations

import datetime as dt
import enum
from dataclasses import dataclass, field

from residentapp.core.search_keys import MatchKind
from residentapp.residents.types import ChangeReason, ResidentKind, ResidentState, Sex


class NameField(enum.StrEnum):
    """Which name of a record a key was made from."""

    NAME = "name"
    NAME_ALPHABET = "name_alphabet"
    FORMER_NAME = "former_name"
    ALIAS = "alias"
    NAME_KANA = "name_kana"
    FORMER_NAME_KANA = "former_name_kana"
    ALIAS_KANA = "alias_kana"

    @property
    def label(self) -> str:
        """Label on screens."""
        return _NAME_FIELD_LABELS[self]


_NAME_FIELD_LABELS = {
    NameField.NAME: "氏名",
    NameField.NAME_ALPHABET: "氏名（アルファベット）",
    NameField.FORMER_NAME: "旧氏",
    NameField.ALIAS: "通称",
    NameField.NAME_KANA: "氏名フリガナ",
    NameField.FORMER_NAME_KANA: "旧氏フリガナ",
    NameField.ALIAS_KANA: "通称フリガナ",
}


class NamePart(enum.StrEnum):
    """Which part of a name a key was made from."""

    WHOLE = "whole"
    FAMILY = "family"
    GIVEN = "given"

    @property
    def label(self) -> str:
        """Label on screens."""
        return {"whole": "氏名", "family": "氏", "given": "名"}[self.value]


class WordKind(enum.StrEnum):
    """What a word of the search is part of."""

    NAME = "name"
    TOWN = "town"
    BUILDING = "building"

    @property
    def label(self) -> str:
        """Label on screens."""
        return {"name": "氏または名", "town": "町名", "building": "方書"}[self.value]


class NameScope(enum.StrEnum):
    """Which names are searched."""

    ANY = "any"
    NAME = "name"
    FORMER_NAME = "former_name"
    ALIAS = "alias"

    @property
    def label(self) -> str:
        """Label on screens."""
        return {"any": "すべての名", "name": "氏名", "former_name": "旧氏", "alias": "通称"}[self.value]

    def fields(self, *, kana: bool) -> frozenset[NameField] | None:
        """The fields in question; None for all."""
        if self is NameScope.ANY:
            return None
        if self is NameScope.NAME:
            return frozenset({NameField.NAME_KANA} if kana else {NameField.NAME, NameField.NAME_ALPHABET})
        return frozenset({NameField(f"{self.value}_kana" if kana else self.value)})


class StateScope(enum.StrEnum):
    """Which records are searched."""

    LIVE = "live"
    REMOVED = "removed"
    ALL = "all"

    @property
    def label(self) -> str:
        """Label on screens."""
        return {"live": "住民", "removed": "消除者", "all": "住民と消除者"}[self.value]


class BirthScope(enum.StrEnum):
    """How well the birth date is known."""

    ANY = "any"
    KNOWN = "known"
    UNKNOWN = "unknown"

    @property
    def label(self) -> str:
        """Label on screens."""
        return {"any": "指定しない", "known": "暦上の日だけ", "unknown": "不詳・暦上にない日だけ"}[self.value]


class EmptyItem(enum.StrEnum):
    """Items that can be searched for having no data (RR-2.1.3c). The value is the column of the record."""

    NAME_KANA = "name_kana"
    FORMER_NAME = "former_name"
    ALIAS = "alias"
    RELATIONSHIP = "relationship_to_head"
    BUILDING = "building"
    ADDRESS_CODE = "address_code"
    INDIVIDUAL_NUMBER = "individual_number_hash"
    RESIDENT_CODE = "resident_code_hash"
    RESIDENCE_CARD = "residence_card_number"
    SPECIAL_PERMANENT = "special_permanent_number"

    @property
    def label(self) -> str:
        """Label on screens."""
        return _EMPTY_LABELS[self]


_EMPTY_LABELS = {
    EmptyItem.NAME_KANA: "フリガナ",
    EmptyItem.FORMER_NAME: "旧氏",
    EmptyItem.ALIAS: "通称",
    EmptyItem.RELATIONSHIP: "続柄",
    EmptyItem.BUILDING: "方書",
    EmptyItem.ADDRESS_CODE: "住所コード",
    EmptyItem.INDIVIDUAL_NUMBER: "個人番号",
    EmptyItem.RESIDENT_CODE: "住民票コード",
    EmptyItem.RESIDENCE_CARD: "在留カード番号",
    EmptyItem.SPECIAL_PERMANENT: "特別永住者証明書番号",
}


class SearchError(ValueError):
    """The search cannot be run as asked. The text is for the officer and names no person.

    :ivar item: field of :class:`SearchQuery` it is about, empty for the whole.
    """

    def __init__(self, message: str, item: str = "") -> None:
        super().__init__(message)
        self.item = item


@dataclass(frozen=True)
class SearchQuery:
    """Conditions of one search; all that are given must hold.

    Texts are as typed. ``birth_from`` and ``birth_to`` are first and last day, inclusive; an unknown birth date
    counts with the first day it may mean. ``past`` also finds by former values of name and address. ``ward`` is the
    code of a ward of a 指定都市 (RR-2.1.3b); like ``states`` it says among whom is searched and is no condition alone.
    """

    name: str = ""
    name_scope: NameScope = NameScope.ANY
    name_match: MatchKind = MatchKind.PREFIX
    kana: str = ""
    kana_match: MatchKind = MatchKind.PREFIX
    birth_from: dt.date | None = None
    birth_to: dt.date | None = None
    birth_scope: BirthScope = BirthScope.ANY
    sex: Sex | None = None
    relationship: str = ""
    address: str = ""
    address_match: MatchKind = MatchKind.PREFIX
    address_code: str = ""
    building: str = ""
    addressee_number: str = ""
    household_number: str = ""
    removal_reason: ChangeReason | None = None
    individual_number: str = ""
    resident_code: str = ""
    residence_card_number: str = ""
    special_permanent_number: str = ""
    states: StateScope = StateScope.LIVE
    past: bool = True
    empty: frozenset[EmptyItem] = frozenset()
    ward: str = ""


#: Conditions that tell where a person lives: they never find a protected person for those who may not know it.
WHEREABOUTS = frozenset({"address", "address_code", "building", "household_number"})
EMPTY_WHEREABOUTS = frozenset({EmptyItem.BUILDING, EmptyItem.ADDRESS_CODE})


@dataclass(frozen=True)
class PageKey:
    """Place in the order of hits: フリガナ, birth date, 宛名番号 of the last hit of a page."""

    kana_key: str
    birth_sort: dt.date
    addressee_number: str


@dataclass(frozen=True)
class PastMatch:
    """A hit that only a former value made.

    :param label: 氏名, 旧氏, … or 住所.
    :param written: the former value; empty when the officer may not see it.
    :param until: the day on which it ceased to be current.
    """

    label: str
    written: str
    until: dt.date | None


@dataclass(frozen=True)
class Hit:
    """One line of the list. Whereabouts are None when the officer may not see them.

    :param marks: suppressions that stand (支援措置, 発行抑止 …), as short words.
    :param matched: names other than 氏名 that made the hit, as ``(label, value)``.
    :param archived: the record stands in the 除票用データベース.
    """

    addressee_number: str
    name: str
    kana: str
    birth: str
    sex: Sex
    relationship: str
    state: ResidentState
    resident_kind: ResidentKind
    protected: bool
    marks: tuple[str, ...]
    household_number: str | None
    postal_code: str | None
    address: str | None
    building: str | None
    past: tuple[PastMatch, ...] = ()
    matched: tuple[tuple[str, str], ...] = ()
    archived: bool = False


@dataclass(frozen=True)
class SearchPage:
    """One page of hits in the order フリガナ, birth date, 宛名番号.

    :param count: number of people found; a lower bound when ``count_is_exact`` is false.
    :param next_key: hand it in to get the following page; None at the end.
    :param archived: these are people of the 除票用データベース.
    """

    hits: tuple[Hit, ...]
    count: int
    count_is_exact: bool
    next_key: PageKey | None = None
    archived: bool = False

    @property
    def count_text(self) -> str:
        """``15件`` or ``100,000件以上``."""
        return f"{self.count:,}件" + ("" if self.count_is_exact else "以上")


@dataclass(frozen=True)
class SavedSearch:
    """A search of the officer's own history.

    :param terms: label and value of each condition, numbers that identify masked.
    """

    id: int
    moment: dt.datetime
    query: SearchQuery
    terms: tuple[tuple[str, str], ...] = field(default=())
