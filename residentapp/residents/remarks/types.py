"""Commands and views of the 統合記載欄."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from residentapp.core.violations import Violation
from residentapp.residents.types import ChangeReason, RemarkKind, Sensitivity


@dataclass(frozen=True)
class AddNote:
    """留意事項 (B) to a change that has been made.

    :param history_number: snapshot that the change made.
    :param template_id: the registered text it was made from, which gives its linked items; None for free text.
    :param confirmed: reasons for alerts, by code.
    """

    addressee_number: str
    history_number: int
    text: str
    template_id: int | None = None
    confirmed: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class AddRemark:
    """備考 (C) of a person."""

    addressee_number: str
    text: str
    confirmed: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ChangeRemark:
    """A B or C entry with another text: the old one is withdrawn, the new one takes its place."""

    addressee_number: str
    remark_id: int
    text: str
    reason: str
    confirmed: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class WithdrawRemark:
    """A B or C entry that no longer stands."""

    addressee_number: str
    remark_id: int
    reason: str
    confirmed: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class CorrectRemoved:
    """留意事項 that states an error of a 除票 and the right text (RR-1.1.5d).

    :param history_number: last snapshot of the 除票.
    :param column: key of ``rules.CORRECTABLE``.
    """

    addressee_number: str
    history_number: int
    column: str
    wrong: str
    right: str
    confirmed: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class TemplateEntry:
    """A registered text as an administrator enters it.

    :param items: columns of the items that notes made from it are about.
    """

    reason: ChangeReason
    name: str
    text: str
    items: tuple[str, ...]
    position: int
    valid_from: dt.date | None
    valid_to: dt.date | None


@dataclass(frozen=True)
class RemarkLine:
    """An entry of the 統合記載欄 as it may be shown.

    :param kind: its label; :param code: A, B or C, and an empty text for the 固有の記載事項 of a 除票.
    :param hidden: why the text is not shown; the text is empty then.
    :param about: labels of the items it is about.
    :param change: 異動事由 of the change it belongs to.
    :param recorded: when and by whom, in words. :param ended: when, by whom and why it was withdrawn.
    :param editable: whether the actor may change or withdraw it.
    """

    id: int
    kind: str
    code: str
    text: str
    recorded_on: str
    withdrawn: bool
    hidden: str = ""
    about: tuple[str, ...] = ()
    sensitivity: Sensitivity | None = None
    change: str = ""
    recorded: str = ""
    ended: str = ""
    editable: bool = False


@dataclass(frozen=True)
class ChangeChoice:
    """A change to which a note can be added."""

    history_number: int
    label: str
    reason: ChangeReason


@dataclass(frozen=True)
class RemarksPage:
    """The screen of a person's 統合記載欄.

    :param live: whether the record is a 住民票; a 除票 takes corrections only.
    :param removed_records: the person's 除票, newest first.
    """

    lines: tuple[RemarkLine, ...]
    live: bool
    changes: tuple[ChangeChoice, ...]
    removed_records: tuple[ChangeChoice, ...]


class RemarkRefused(Exception):
    """An entry is refused, or its alerts are not confirmed.

    :param violations: everything found, errors and alerts.
    """

    def __init__(self, violations: list[Violation]) -> None:
        super().__init__("統合記載欄に記載できません。")
        self.violations = violations


class TextsClosed(Exception):
    """The actor may not know the texts of this record (CM-5.1): they may tell where somebody protected lives."""

    def __init__(self) -> None:
        super().__init__("支援措置に関わるため、この人の統合記載欄とメモは表示も入力もできません。")


class RemarkMissing(Exception):
    """There is no such entry or change of this person."""

    def __init__(self) -> None:
        super().__init__("この記載は見つかりません。統合記載欄を開き直してください。")


__all__ = [
    "AddNote",
    "AddRemark",
    "ChangeChoice",
    "ChangeRemark",
    "CorrectRemoved",
    "RemarkKind",
    "RemarkLine",
    "RemarkMissing",
    "RemarkRefused",
    "RemarksPage",
    "TemplateEntry",
    "TextsClosed",
    "WithdrawRemark",
]
