"""A template made ready for one set of fonts: its fixed part as finished content, its items as slots in points.

The fixed part (frames, rules, labels) is written once into form XObjects with fixed character codes; a document then
only writes its own texts.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache

from residentapp.core.documents.fonts import Fonts, Glyph, split_text
from residentapp.core.documents.pdf_file import FONT, Stream, compressed
from residentapp.core.documents.subset import CharacterCodes
from residentapp.core.documents.template import (
    MM,
    Align,
    Box,
    Field,
    FormTemplate,
    Label,
    On,
    Panel,
    Picture,
    QrCode,
    Scope,
    Style,
    VAlign,
)
from residentapp.core.documents.text_fit import Characters, fit

#: Part of the em square above the baseline in fonts for Japanese.
ASCENT = 0.88
#: Air in mm that keeps texts of several lines off the ruled lines above and below them.
HAIR = 0.4
#: Size and shade of the 見本 watermark: seen at once, and the texts above it stay readable.
WATERMARK_SIZE = 190.0
WATERMARK_GREY = 0.87


_Wanted = Callable[[Scope], bool]


@dataclass(frozen=True, slots=True)
class Slot:
    """An item's place in points: left, top (PDF's upward y), width and height inside the padding."""

    field: Field
    x: float
    top: float
    w: float
    h: float


@dataclass(frozen=True, slots=True)
class CompiledPanel:
    """A panel's slots, pictures and QR codes, and the names of its static parts with the pages that carry them."""

    slots: tuple[Slot, ...]
    pictures: tuple[Picture, ...]
    qr_codes: tuple[QrCode, ...]
    statics: tuple[tuple[On, str], ...]


@dataclass(frozen=True)
class CompiledForm:
    """A template with its static parts. ``panels`` and ``slots`` are by variant (None where there are none)."""

    template: FormTemplate
    height: float  #: of the paper in points
    glyphs: tuple[Glyph, ...]
    forms: dict[str, Stream]
    pages: dict[str | None, CompiledPanel]
    blocks: dict[str | None, CompiledPanel]
    end_mark: str | None  #: name of the static part with the block's 以下余白 in a free slot
    full_mark: str | None  #: the same for a page without a free slot
    watermark: str


@lru_cache(maxsize=64)
def compile_form(template: FormTemplate, fonts: Fonts) -> CompiledForm:
    """Compile a template for a set of fonts; kept for the next document."""
    return _Compiler(template, fonts).compile()


class _Compiler:
    def __init__(self, template: FormTemplate, fonts: Fonts) -> None:
        self.template = template
        self.fonts = fonts
        self.height = template.size[1] * MM
        self.codes = CharacterCodes(fonts)
        self.forms: dict[str, Stream] = {}

    def compile(self) -> CompiledForm:
        template = self.template
        variants: list[str | None] = [None, *sorted(template.variants())]
        pages = {variant: self._panel(template.panel, variant, "P") for variant in variants}
        blocks: dict[str | None, CompiledPanel] = {}
        marks: tuple[str | None, ...] = (None, None)
        if template.block:
            blocks = {variant: self._panel(template.block.panel, variant, "B") for variant in variants}
            labels = (("BE", template.block.end_mark), ("BF", template.block.full_mark))
            marks = tuple(
                self._static(name, self._labels([label])) if label else None for name, label in labels
            )
        watermark = self._static("W", self._watermark())
        return CompiledForm(
            template,
            self.height,
            tuple(self.codes.glyphs),
            self.forms,
            pages,
            blocks,
            marks[0],
            marks[1],
            watermark,
        )

    def _panel(self, panel: Panel, variant: str | None, prefix: str) -> CompiledPanel:
        statics = []
        for on in On:

            def wanted(scope: Scope, on: On = on) -> bool:
                return scope.on is on and scope.includes(variant)

            content = self._lines(panel, wanted) + self._labels([x for x in panel.labels if wanted(x.scope)])
            if content:
                name = f"{prefix}{on.value}{variant or ''}".replace("_", "")
                statics.append((on, self._static(name, content)))
        slots = tuple(self._slot(item) for item in panel.fields if item.scope.includes(variant))
        pictures = tuple(picture for picture in panel.pictures if picture.scope.includes(variant))
        qr_codes = tuple(code for code in panel.qr_codes if code.scope.includes(variant))
        return CompiledPanel(slots, pictures, qr_codes, tuple(statics))

    def _static(self, name: str, content: list[str]) -> str:
        self.forms[name] = compressed("\n".join(content).encode("ascii"))
        return name

    def _slot(self, item: Field) -> Slot:
        return Slot(item, *padded_box(item.box, item.style, self.height))

    def _lines(self, panel: Panel, wanted: _Wanted) -> list[str]:
        content = []
        for frame in panel.frames:
            if not wanted(frame.scope):
                continue
            box = frame.box
            x, y = box.x * MM, self.height - (box.y + box.h) * MM
            rectangle = f"{x:.2f} {y:.2f} {box.w * MM:.2f} {box.h * MM:.2f} re"
            if frame.fill is not None:
                content.append(f"{frame.fill:g} g {rectangle} f 0 g")
            if frame.width:
                content.append(f"{frame.width:g} w {rectangle} S")
        for rule in panel.rules:
            if wanted(rule.scope):
                (x1, y1), (x2, y2) = rule.start, rule.end
                content.append(
                    f"{rule.width:g} w {x1 * MM:.2f} {self.height - y1 * MM:.2f} m "
                    f"{x2 * MM:.2f} {self.height - y2 * MM:.2f} l S"
                )
        return content

    def _labels(self, labels: Iterable[Label]) -> list[str]:
        content: list[str] = []
        for label in labels:
            paragraphs: list[Characters] = [split_text(line) for line in label.text.split("\n")]
            content += draw_text(
                self.codes,
                self.fonts,
                padded_box(label.box, label.style, self.height),
                label.style,
                paragraphs,
            )
        return ["BT", *content, "ET"] if content else []

    def _watermark(self) -> list[str]:
        """The word for a specimen across the page, pale, to be drawn below everything else."""
        width, height = (side * MM for side in self.template.size)
        characters = split_text(self.template.words.specimen)
        long = sum(self.fonts.glyph(character).width for character in characters) / 1000
        size = min(WATERMARK_SIZE, 0.8 * math.hypot(width, height) / max(long, 1))
        angle = math.atan2(height, width)
        cos, sin = math.cos(angle), math.sin(angle)
        back, down = long * size / 2, 0.38 * size
        x, y = width / 2 - back * cos + down * sin, height / 2 - back * sin - down * cos
        matrix = f"{cos:.4f} {sin:.4f} {-sin:.4f} {cos:.4f} {x:.2f} {y:.2f} Tm"
        shown = self.codes.encode(characters)
        return [f"{WATERMARK_GREY} g BT /{FONT} {size:.2f} Tf {matrix} <{shown}> Tj ET"]


def padded_box(box: Box, style: Style, height: float) -> tuple[float, float, float, float]:
    """Return left, top, width, height in points of a box less its padding and a hair's breadth above and below."""
    x, y = (box.x + style.pad) * MM, height - (box.y + HAIR) * MM
    return x, y, (box.w - 2 * style.pad) * MM, (box.h - 2 * HAIR) * MM


def draw_text(
    codes: CharacterCodes,
    fonts: Fonts,
    box: tuple[float, float, float, float],
    style: Style,
    paragraphs: list[Characters],
) -> list[str]:
    """Return text operators for fixed text fitted into its box."""

    def width(character: str) -> int:
        return fonts.glyph(character).width

    x, top, w, h = box
    fitted = fit(
        paragraphs,
        width=width,
        box=(w, h),
        size=style.size,
        min_size=style.min_size,
        max_lines=max(style.lines, len(paragraphs)),
        leading=style.leading,
    )
    return text_lines(codes, fonts, fitted.lines, fitted.size, (x, top, w, h), style)


def text_lines(
    codes: CharacterCodes,
    fonts: Fonts,
    lines: list[Characters],
    size: float,
    box: tuple[float, float, float, float],
    style: Style,
) -> list[str]:
    """Return text operators that set the lines into the box as the style says."""
    x, top, w, h = box
    step = size * style.leading
    high = size + step * (len(lines) - 1)
    if style.valign is VAlign.MIDDLE:
        top -= (h - high) / 2
    elif style.valign is VAlign.BOTTOM:
        top -= h - high
    y = top - size * ASCENT
    operators = []
    for line in lines:
        if line:
            left = x
            if style.align is not Align.LEFT:
                free = w - sum([fonts.glyph(character).width for character in line]) * size / 1000
                left += free / 2 if style.align is Align.CENTER else free
            operators.append(f"/{FONT} {size:g} Tf 1 0 0 1 {left:.2f} {y:.2f} Tm <{codes.encode(line)}> Tj")
        y -= step
    return operators
