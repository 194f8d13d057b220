"""States of a case, and the commands of its operations."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


class CaseState(enum.StrEnum):
    """State of a case. Only ``FINAL`` has touched the register (RR-4.0.8)."""

    DRAFT = "draft"
    PROVISIONAL = "provisional"
    RETURNED = "returned"
    WITHDRAWN = "withdrawn"
    FINAL = "final"

    @property
    def label(self) -> str:
        """Label on screens."""
        return {
            "draft": "作成中",
            "provisional": "仮登録（審査待ち）",
            "returned": "差し戻し",
            "withdrawn": "取り下げ",
            "final": "本登録済み",
        }[self.value]

    @property
    def is_editable(self) -> bool:
        """Whether the entry may be changed."""
        return self in (CaseState.DRAFT, CaseState.RETURNED)

    @property
    def is_open(self) -> bool:
        """Whether the case may still reach the register."""
        return self in (CaseState.DRAFT, CaseState.RETURNED, CaseState.PROVISIONAL)


#: States whose cases have an entry.
OPEN_STATES = tuple(state for state in CaseState if state.is_open)


@dataclass(frozen=True)
class RecordVersion:
    """What the officer saw: the version of the case. A later version means somebody else acted meanwhile."""

    case_id: str
    version: int


@dataclass(frozen=True)
class SaveEntry:
    """Keep the entry as it stands, right or wrong.

    :param entry: of the procedure's own type.
    """

    seen: RecordVersion
    entry: Any


@dataclass(frozen=True)
class Approve:
    """決裁: turn the provisional entry into the register's (RR-4.0.8).

    :param confirmations: the approver's reasons for alerts that have only come up now, by alert key.
    """

    seen: RecordVersion
    confirmations: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ReturnCase:
    """差し戻し, with what has to be corrected."""

    seen: RecordVersion
    reason: str


@dataclass(frozen=True)
class Withdraw:
    """取り下げ, with the reason."""

    seen: RecordVersion
    reason: str


@dataclass(frozen=True)
class CaseSummary:
    """What work lists and the log say of an entry.

    :param kind: code of the kind of change, within the procedure.
    :param kind_label: its label: 国内転入, 転居.
    :param scope_label: 全部 or 一部, where the kind knows it.
    :param names: names of the people, for lists; shown only to who may work on the case.
    :param moved_on: 異動日 as typed.
    :param subjects: 宛名番号 of the people of the register that the entry is about.
    :param notifier: 届出人の氏名 as typed.
    :param individual_number: the entry holds an 個人番号.
    """

    kind: str
    kind_label: str
    names: tuple[str, ...]
    moved_on: str
    scope_label: str = ""
    subjects: tuple[str, ...] = ()
    notifier: str = ""
    individual_number: bool = False


@dataclass(frozen=True)
class Registered:
    """What an approval has brought into the register.

    :param change_ids: the changes in their order; the first is the one that was entered.
    :param numbers: 宛名番号 of everybody whose record got a row, in the order of the changes.
    :param household_number: where to go on from the page that tells of it; empty when no household is left.
    :param reason_label: 異動事由 of the first change.
    :param codes_low: fewer free 住民票コード are left than the municipality wants (RR-4.3.1b).
    :param codes_left: how many, when they are few; else counted only so far that it is sure that they are not.
    """

    change_ids: tuple[int, ...]
    numbers: tuple[str, ...]
    household_number: str
    reason_label: str
    codes_low: bool = False
    codes_left: int = 0
