"""Type B of the 統合記載欄: registered texts with their places filled, corrections of a 除票, special adoption.

Sources: RR-1.1.14c (texts by 異動事由), RR-1.1.14d (items of a 除票), RR-1.1.14e (特別養子縁組), RR-1.1.5d (corrections
of a 除票), RR-4.1.1.4 (未届転入).
"""

from __future__ import annotations

import datetime as dt
import enum
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from residentapp.core.dates import DateValue, to_wareki
from residentapp.residents.remarks.rules.history import (
    NAMED,
    NO_DAYS,
    QUOTED,
    SEPARATOR,
    Days,
    Items,
    full_address,
)
from residentapp.residents.types import ChangeReason, ResidentState, Sensitivity

_PLACE = re.compile(r"\{([^{}]*)\}")
_BRACE = re.compile(r"[{}]")


@dataclass(frozen=True)
class NoteFacts:
    """What the places of a text are filled from.

    :param before: items before the change; empty for a new record.
    :param after: items that the change made.
    """

    before: Items
    after: Items
    moved_on: DateValue | None
    days: Days = NO_DAYS


def _text(value: Any) -> str:
    match value:
        case None:
            return ""
        case DateValue():
            return value.wareki
        case dt.date():
            return to_wareki(value)
        case _:
            return str(value)


#: Places that a registered text may have. None of them is an item that a certificate may leave out (RR-5.1).
PLACES: Mapping[str, Callable[[NoteFacts], str]] = {
    "氏名": lambda facts: _text(facts.after.get("name") or facts.after.get("name_alphabet")),
    "旧氏": lambda facts: _text(facts.after.get("former_name")),
    "通称": lambda facts: _text(facts.after.get("alias")),
    "転入前住所": lambda facts: _text(facts.after.get("previous_address")),
    "最終登録住所地": lambda facts: _text(facts.after.get("last_registered_address")),
    "異動前住所": lambda facts: full_address(facts.before),
    "異動後住所": lambda facts: full_address(facts.after),
    "転出先住所（予定）": lambda facts: _text(facts.after.get("planned_destination")),
    "転出先住所（確定）": lambda facts: _text(facts.after.get("confirmed_destination")),
    "異動日": lambda facts: _text(facts.moved_on),
    "届出日": lambda facts: _text(facts.days.notified_on),
    "申出日": lambda facts: _text(facts.days.applied_on),
    "通知日": lambda facts: _text(facts.days.noticed_on),
    "請求日": lambda facts: _text(facts.days.requested_on),
}


def unknown_places(text: str) -> list[str]:
    """Places in a registered text that do not exist, and braces that close nothing, in order."""
    unknown = [found for found in _PLACE.findall(text) if found not in PLACES]
    return unknown + _BRACE.findall(_PLACE.sub("", text))


def open_places(text: str) -> list[str]:
    """Places that are still to be filled in a text about to be registered."""
    return _PLACE.findall(text)


def fill_note(text: str, facts: NoteFacts) -> str:
    """A registered text with its places filled.

    A place whose item is blank stays as it is, so that the clerk sees what is to be written there.
    """

    def filled(found: re.Match[str]) -> str:
        place = PLACES.get(found[1])
        return (place(facts) if place is not None else "") or found[0]

    return _PLACE.sub(filled, text)


def fill_alike(text: str, facts: Sequence[NoteFacts]) -> str:
    """A registered text for several people of one change: filled where the place says the same of all of them."""
    for found in dict.fromkeys(_PLACE.findall(text)):
        said = {fill_note(f"{{{found}}}", one) for one in facts}
        if len(said) == 1:
            text = text.replace(f"{{{found}}}", said.pop())
    return text


@dataclass(frozen=True)
class NoteDraft:
    """A type B text ready to be recorded.

    :param items: columns of the items it is about; who may not see one of them does not see the text either, and a
        certificate that leaves one out leaves the text out.
    """

    text: str
    items: tuple[str, ...] = ()
    sensitivity: Sensitivity | None = None


# ---- 特別養子縁組


class Adoption(enum.StrEnum):
    """特別養子縁組 (民法第817条の2) and its dissolution (第817条の10)."""

    MADE = "made"
    DISSOLVED = "dissolved"

    @property
    def label(self) -> str:
        """The prescribed word."""
        return self.sensitivity.label

    @property
    def sensitivity(self) -> Sensitivity:
        """Why it is kept off certificates."""
        made = self is Adoption.MADE
        return Sensitivity.SPECIAL_ADOPTION if made else Sensitivity.SPECIAL_ADOPTION_DISSOLVED


_ADOPTION_ITEMS: Mapping[ChangeReason, tuple[str, ...]] = {
    ChangeReason.MOVE_OUT_DOMESTIC: ("planned_destination", "confirmed_destination"),
    ChangeReason.MOVE_OUT_ABROAD: ("planned_destination", "confirmed_destination"),
    # A move-out that was notified late, or found out by the office (RR-4.1.3.0.1b).
    ChangeReason.REMOVE_EX_OFFICIO: ("planned_destination", "confirmed_destination"),
    ChangeReason.MOVE_IN_DOMESTIC: ("previous_address",),
    ChangeReason.MOVE_IN_ABROAD: ("previous_address",),
    ChangeReason.RECORD_EX_OFFICIO: ("previous_address",),
}


def adoption_note(reason: ChangeReason, adoption: Adoption) -> NoteDraft:
    """The entry of a 特別養子縁組 or its dissolution on the child's record (RR-1.1.14e).

    It is linked to 転出先住所（予定） and （確定） on the record closed by 転出, to 転入前住所 on the one made by 転入.

    :raises ValueError: for any other change.
    """
    if reason not in _ADOPTION_ITEMS:
        raise ValueError(f"no entry of an adoption belongs to {reason.name}")
    return NoteDraft(adoption.label, _ADOPTION_ITEMS[reason], adoption.sensitivity)


# ---- 除票

#: Items whose error a note on a 除票 may state, by column (RR-1.1.5d). Numbers are not written into texts.
CORRECTABLE: Mapping[str, str] = {
    column: label
    for column, label in {**QUOTED, **NAMED}.items()
    if column not in ("individual_number_hash", "resident_code_hash")
} | {"remarks": "統合記載欄"}


def correction_note(column: str, wrong: str, right: str) -> NoteDraft:
    """The entry that states an error of a 除票 and the right text (RR-1.1.5d, 法第15条の3).

    :param column: key of ``CORRECTABLE``.
    :param wrong: what the record says; empty when it is blank there.
    :param right: what is right; empty when it should be blank.
    :raises KeyError: for an item that cannot be corrected so.
    """
    label = CORRECTABLE[column]
    said = f"「{wrong}」" if wrong else "空欄"
    should = f"「{right}」" if right else "空欄"
    items = () if column == "remarks" else (column,)
    return NoteDraft(
        f"{label}の記載{said}は誤り　正しくは{should}", items, sensitivity_of_correction(column, wrong, right)
    )


def sensitivity_of_correction(column: str, wrong: str, right: str) -> Sensitivity | None:
    """A correction from 男 to 女 or back is kept off certificates as a 性別の変更 is (RR-1.1.4b)."""
    return Sensitivity.SEX_CHANGE if column == "sex" and {wrong, right} == {"男", "女"} else None


@dataclass(frozen=True)
class RemovalEntry:
    """A 固有の記載事項 of a 除票 as it stands in the 統合記載欄."""

    label: str
    text: str

    @property
    def line(self) -> str:
        """Label and text in one."""
        return f"{self.label}{SEPARATOR}{self.text}"


def removal_entries(items: Items, *, blanks: bool = False) -> tuple[RemovalEntry, ...]:
    """The three 固有の記載事項 of a 除票 for its 統合記載欄 (RR-1.1.5f, RR-1.1.14d).

    消除事由, 転出先住所（予定） and 事由の生じた年月日. Nothing for a record that is live.

    :param blanks: entries without a value too, as a form prints them, 転出先住所 only of a 転出.
    """
    state = items.get("state")
    if not isinstance(state, ResidentState) or state.is_live:
        return ()
    facts = (
        ("消除事由", items.get("removal_reason") or state.label, blanks),
        ("転出先住所（予定）", items.get("planned_destination"), blanks and state is ResidentState.MOVED_OUT),
        ("事由の生じた年月日", items.get("removal_occurred_on"), blanks),
    )
    return tuple(
        RemovalEntry(label, _text(value) if value else "") for label, value, blank in facts if value or blank
    )
