"""What drawing a form gives back: the PDF, and everything an officer must be told before it leaves the counter.

The texts in these lists are personal data. They are meant for the 文字超過リスト and the alert on the screen, so
they are kept out of ``repr`` and with that out of technical logs and tracebacks.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from enum import StrEnum


class OverflowRule(StrEnum):
    """What is printed of a text that fits neither smaller nor on more lines (RR-5.8b)."""

    CUT = "cut"
    BLANK = "blank"

    @property
    def label(self) -> str:
        return {"cut": "上限まで印字する", "blank": "空欄とする"}[self.value]


class TemplateError(ValueError):
    """A form template that cannot be used; the message names the file, the element and what is wrong."""


class FormDataError(ValueError):
    """Form data that does not have the template's shape.

    The message names keys of the template only, never a value: values are personal data.
    """


@dataclass(frozen=True, slots=True)
class Overflow:
    """One entry of the 文字超過リスト (RR-5.8b)."""

    page: int
    field: str  #: path of the item in the form's data, for example ``members[2].name`` for the second
    label: str  #: the item's label as printed, for example 氏名
    rule: OverflowRule
    total: int  #: characters of the whole text (base + selector counts as one)
    printed: int  #: characters that were printed; 0 when the rule is BLANK
    text: str = dataclasses.field(repr=False)  #: the whole text, for the list that is handed to the officer


@dataclass(frozen=True, slots=True)
class CharacterIssue:
    """A character that could not be drawn as written (CM-1)."""

    page: int
    field: str
    label: str
    character: str = dataclasses.field(
        repr=False
    )  #: the character as stored, with its selector if it has one
    code_points: str = dataclasses.field(repr=False)  #: for example ``U+8FBB U+E0100``


@dataclass(frozen=True, slots=True)
class RenderedForm:
    """A drawn form.

    ``pdf`` is byte-identical for the same template, data, fonts and moment (FM-3). ``overflows`` lists texts
    that did not fit, ``missing`` characters that no font has (printed as 〓) and ``unregistered`` pairs of base
    and selector that the font does not know (printed as the base, RR-5.8b, CM-1).
    """

    pdf: bytes = dataclasses.field(repr=False)
    pages: int
    overflows: tuple[Overflow, ...]
    missing: tuple[CharacterIssue, ...]
    unregistered: tuple[CharacterIssue, ...]

    @property
    def needs_attention(self) -> bool:
        """Whether an officer has to look at the page before it is handed over."""
        return bool(self.overflows or self.missing or self.unregistered)
