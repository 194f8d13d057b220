"""Form templates: what the TOML files under ``forms_templates/`` say, checked and made into plain data.

A template is for people who know the standard's forms, not Python: millimetres from the paper's upper left corner,
type in points, items by the names of docs/forms.md. Anything it does not understand is an error with the file, the
element and the reason, so that a mistyped word never silently changes a certificate.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

MM = 72 / 25.4  #: points in a millimetre


class Align(StrEnum):
    """Where a text stands in the width of its box."""

    LEFT = "left"
    CENTER = "center"
    RIGHT = "right"

    @property
    def label(self) -> str:
        return {"left": "左寄せ", "center": "中央", "right": "右寄せ"}[self.value]


class VAlign(StrEnum):
    """Where a text stands in the height of its box."""

    TOP = "top"
    MIDDLE = "middle"
    BOTTOM = "bottom"

    @property
    def label(self) -> str:
        return {"top": "上寄せ", "middle": "中央", "bottom": "下寄せ"}[self.value]


class On(StrEnum):
    """The pages that carry an element."""

    EVERY = "every"
    FIRST = "first"
    LATER = "later"
    LAST = "last"
    NOT_LAST = "not_last"

    @property
    def label(self) -> str:
        return {
            "every": "全ページ",
            "first": "最初のページのみ",
            "later": "2ページ目以降",
            "last": "最後のページのみ",
            "not_last": "最後のページを除く",
        }[self.value]

    def applies(self, page: int, pages: int) -> bool:
        """Whether page ``page`` of ``pages`` (from 1) carries the element."""
        match self:
            case On.EVERY:
                return True
            case On.FIRST:
                return page == 1
            case On.LATER:
                return page > 1
            case On.LAST:
                return page == pages
            case On.NOT_LAST:
                return page < pages


@dataclass(frozen=True, slots=True)
class Box:
    """A place on the paper (or in a block): left, top, width, height in mm, downwards from the upper left."""

    x: float
    y: float
    w: float
    h: float


@dataclass(frozen=True, slots=True)
class Scope:
    """Which pages and which variants (for example ``japanese``) carry an element; no variants means all."""

    on: On = On.EVERY
    when: frozenset[str] = frozenset()

    def includes(self, variant: str | None) -> bool:
        return not self.when or variant in self.when


@dataclass(frozen=True, slots=True)
class Frame:
    """A rectangle with a border (``width`` in pt, 0 for none) and perhaps a fill (grey 0 black … 1 white)."""

    box: Box
    width: float
    fill: float | None
    scope: Scope


@dataclass(frozen=True, slots=True)
class Rule:
    """A straight line, ends in mm, ``width`` in pt."""

    start: tuple[float, float]
    end: tuple[float, float]
    width: float
    scope: Scope


@dataclass(frozen=True, slots=True)
class Style:
    """How a text is set. Sizes in pt; ``leading`` is the line height in type sizes; ``pad`` in mm at both sides.

    A text shrinks on one line as far as ``one_line_min``, then takes up to ``lines`` lines, shrinking to ``min_size``.
    """

    size: float
    min_size: float
    one_line_min: float
    lines: int = 1
    leading: float = 1.15
    align: Align = Align.LEFT
    valign: VAlign = VAlign.MIDDLE
    pad: float = 1.0


@dataclass(frozen=True, slots=True)
class Label:
    """Fixed text."""

    text: str
    box: Box
    style: Style
    scope: Scope


@dataclass(frozen=True, slots=True)
class Join:
    """A further item printed right behind a field's own when it is there: the フリガナ in brackets (RR-5.3)."""

    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Field:
    """A place for one item of the data.

    ``name`` is its path. ``blank`` is printed for an item that is None. ``after`` is printed behind the text and may
    hold ``{page}`` and ``{pages}``. With ``flag`` the item is true or false, and that text is printed when true.
    """

    name: str
    label: str
    box: Box
    style: Style
    scope: Scope
    blank: str
    join: tuple[Join, ...] = ()
    after: str = ""
    optional: bool = False
    flag: str | None = None


@dataclass(frozen=True, slots=True)
class Picture:
    """A place for a black picture (電子公印, RR-5.6): a PNG fitted into the box, centred, in black."""

    name: str
    box: Box
    scope: Scope
    optional: bool


@dataclass(frozen=True, slots=True)
class QrCode:
    """A place for a QR code: the item is its text; nothing is drawn when it is None. Its white edge is in the box."""

    name: str
    box: Box
    scope: Scope
    optional: bool


@dataclass(frozen=True, slots=True)
class Panel:
    """Elements that are drawn together: those of a page, or those of one slot of a block."""

    frames: tuple[Frame, ...] = ()
    rules: tuple[Rule, ...] = ()
    labels: tuple[Label, ...] = ()
    fields: tuple[Field, ...] = ()
    pictures: tuple[Picture, ...] = ()
    qr_codes: tuple[QrCode, ...] = ()


@dataclass(frozen=True, slots=True)
class Block:
    """A list of the data drawn in equal slots, a fixed number to a page, newest state each (世帯連記式).

    ``step`` is the way from one slot to the next in mm. ``end_mark`` stands in the first free slot after the last,
    ``full_mark`` at its place on the paper when the last page has no free slot.
    """

    name: str
    label: str
    variant_key: str | None
    at: tuple[float, float]
    step: tuple[float, float]
    per_page: int
    panel: Panel
    end_mark: Label | None
    full_mark: Label | None


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a flow: the item and its place from the flow's left, in mm."""

    name: str
    label: str
    x: float
    w: float
    optional: bool


@dataclass(frozen=True, slots=True)
class Flow:
    """A list of the data written line by line down an area and on to further pages (統合記載欄).

    Each entry takes as many lines as its longest column; ``gap`` mm of air follow it. An entry that is higher than
    what is left of the page begins the next page; one that is higher than a whole area is split between lines.
    """

    name: str
    label: str
    box: Box
    box_later: Box
    style: Style
    gap: float
    columns: tuple[Column, ...]
    blank: str
    end_mark: str


@dataclass(frozen=True, slots=True)
class Words:
    """The fixed words of FM-1, changeable by template."""

    blank: str = "【空欄】"
    omitted: str = "＊＊＊省略＊＊＊"
    end: str = "以下余白"
    specimen: str = "見本"


@dataclass(frozen=True, slots=True, eq=False)
class FormTemplate:
    """One form; compared by identity, as each is read once.

    ``number`` is the standard's form number (20.1.1 …), ``title`` also the PDF's title.
    """

    name: str
    number: str
    title: str
    size: tuple[float, float]
    variant_key: str | None
    words: Words
    panel: Panel
    block: Block | None
    flow: Flow | None

    def variants(self) -> frozenset[str]:
        """All variants that any element names."""
        panels = [self.panel, *([self.block.panel] if self.block else [])]
        return frozenset(variant for panel in panels for scope in _scopes(panel) for variant in scope.when)


def _scopes(panel: Panel) -> Iterator[Scope]:
    for group in (panel.frames, panel.rules, panel.labels, panel.fields, panel.pictures, panel.qr_codes):
        for element in group:
            yield element.scope
