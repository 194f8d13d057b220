"""Drawing a form: (template, data, fonts, moment) → PDF and the list of what did not come out as written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, BinaryIO, Literal

from residentapp.core.documents.compiled import CompiledForm, CompiledPanel, Slot, compile_form, text_lines
from residentapp.core.documents.fonts import Fonts, GlyphStatus, split_text
from residentapp.core.documents.form_data import (
    lines_of,
    lookup,
    picture_bytes,
    present,
    validate_data,
    variant_of,
)
from residentapp.core.documents.page_writer import PageWriter
from residentapp.core.documents.pdf_file import FONT, Document, write_pdf
from residentapp.core.documents.pictures import Stencil, stencil
from residentapp.core.documents.qr_code import qr_operators
from residentapp.core.documents.results import CharacterIssue, Overflow, OverflowRule, RenderedForm
from residentapp.core.documents.subset import CharacterCodes
from residentapp.core.documents.template import MM, Block, Column, Flow, FormTemplate, Picture, QrCode
from residentapp.core.documents.text_fit import Characters, fit, wrap


def render_form(
    template: FormTemplate,
    data: Mapping[str, Any],
    *,
    fonts: Fonts,
    moment: datetime,
    sample: bool = False,
    overflow: OverflowRule | Literal["cut", "blank"] = OverflowRule.CUT,
) -> RenderedForm:
    """Draw a form.

    :param data: exactly the items of the template (docs/forms.md); nothing else is looked at.
    :param moment: the date of the file, with a time zone; the pages' own dates come from the data.
    :param sample: print 見本 across every page (previews and training mode, FM-1).
    :param overflow: what is printed of a text that does not fit (RR-5.8b).

    The result is byte-identical for equal arguments (FM-3). Raises FormDataError when the data do not have the
    template's shape; nothing is drawn then.
    """
    validate_data(template, data)
    return _Drawing(compile_form(template, fonts), data, fonts, OverflowRule(overflow)).render(moment, sample)


@dataclass(frozen=True, slots=True)
class LongForm:
    """What drawing a long form says of it; the file itself has been written.

    :param overflows: as in :class:`RenderedForm`.
    """

    pages: int
    overflows: tuple[Overflow, ...]
    missing: tuple[CharacterIssue, ...]
    unregistered: tuple[CharacterIssue, ...]


def render_long_form(
    template: FormTemplate,
    data: Mapping[str, Any],
    entries: Iterable[Mapping[str, Any]],
    *,
    count: int,
    fonts: Fonts,
    moment: datetime,
    out: BinaryIO,
    overflow: OverflowRule | Literal["cut", "blank"] = OverflowRule.CUT,
) -> LongForm:
    """Draw a list of any length into a file, page by page (FM-4).

    What is held in memory at once is one page, and of the document its characters and a number for each page.

    :param data: the items of the template without its block.
    :param entries: of the block, read as the pages are drawn. :param count: how many they are.
    :param out: an empty file, open for writing bytes.

    The same bytes for equal arguments, as with :func:`render_form`. Raises FormDataError for data that do not have the
    template's shape and ValueError when there are more or fewer entries than ``count``; the file is of no use then.
    """
    drawing = _Drawing(compile_form(template, fonts), data, fonts, OverflowRule(overflow))
    return drawing.render_long(moment, entries, count, out)


@dataclass(frozen=True, slots=True)
class _Row:
    """One line of a flow: texts by column, and the air above it in points."""

    cells: tuple[Characters, ...]
    entry: int
    gap: float


class _Drawing:
    """One document being drawn. Lives for one call, so that two requests never share a text."""

    def __init__(self, form: CompiledForm, data: Mapping[str, Any], fonts: Fonts, rule: OverflowRule) -> None:
        self.form = form
        self.template = form.template
        self.data = data
        self.fonts = fonts
        self.rule = rule
        self.codes = CharacterCodes(fonts, form.glyphs)
        self.words = form.template.words
        self.overflows: list[Overflow] = []
        # A dict for its order: one report for each character and place, however many lines it stands on.
        self.issues: dict[CharacterIssue, GlyphStatus] = {}
        self.stencils: dict[str, Stencil] = {}
        self.statics: set[str] = set()
        self.texts: list[str] = []
        self.page = 0
        self.pages = 0

    def render(self, moment: datetime, sample: bool) -> RenderedForm:
        template, form = self.template, self.form
        panel = form.pages[variant_of(template, self.data, template.variant_key)]
        rows = self._flow_pages(template.flow) if template.flow else []
        members: Sequence[Mapping[str, Any]] = self.data[template.block.name] if template.block else ()
        per_page = template.block.per_page if template.block else 1
        self.pages = max(1, len(rows), -(-len(members) // per_page))
        contents = []
        for page in range(1, self.pages + 1):
            self.page = page
            first = (page - 1) * per_page
            lines = rows[page - 1] if page <= len(rows) else ()
            contents.append(self._page(panel, members[first : first + per_page], first, lines, sample=sample))
        width, height = template.size
        pdf = write_pdf(
            Document(
                title=template.title,
                moment=moment,
                size=(width * MM, height * MM),
                fonts=self.fonts,
                glyphs=self.codes.glyphs,
                forms={name: stream for name, stream in form.forms.items() if name in self.statics},
                stencils=self.stencils,
                pages=contents,
            )
        )
        return RenderedForm(
            pdf=pdf,
            pages=self.pages,
            overflows=tuple(self.overflows),
            missing=self._issues(GlyphStatus.MISSING),
            unregistered=self._issues(GlyphStatus.UNREGISTERED),
        )

    def _page(
        self,
        panel: CompiledPanel,
        members: Sequence[Mapping[str, Any]],
        first: int,
        rows: Sequence[_Row],
        *,
        sample: bool,
    ) -> bytes:
        """The content of the current page.

        :param members: the entries of the block on it. :param first: how many stand before them.
        """
        template, form = self.template, self.form
        self.texts = []
        graphics: list[str] = []
        if sample:
            graphics.append(self._use(form.watermark))
        graphics += [self._use(name) for on, name in panel.statics if on.applies(self.page, self.pages)]
        self._fields(panel, self.data, "")
        graphics += self._pictures(panel.pictures)
        graphics += self._qr_codes(panel.qr_codes, self.data)
        if template.block:
            graphics += self._block(template.block, members, first)
        if template.flow and rows:
            self._flow(template.flow, rows)
        return "\n".join((*graphics, "BT", *self.texts, "ET")).encode("ascii")

    def render_long(
        self, moment: datetime, members: Iterable[Mapping[str, Any]], count: int, out: BinaryIO
    ) -> LongForm:
        """Draw a form whose block has any number of entries, page by page into a file."""
        template, form = self.template, self.form
        if template.block is None:
            raise ValueError("only a form with a block can be long")
        panel = form.pages[variant_of(template, self.data, template.variant_key)]
        per_page = template.block.per_page
        self.pages = max(1, -(-count // per_page))
        width, height = template.size
        writer = PageWriter(out, template.title, moment, (width * MM, height * MM))
        given, drawn = iter(members), 0
        for page in range(1, self.pages + 1):
            self.page = page
            entries = list(islice(given, per_page))
            validate_data(template, {**self.data, template.block.name: entries})
            writer.add_page(self._page(panel, entries, drawn, (), sample=False))
            drawn += len(entries)
        if drawn != count or next(given, None) is not None:
            raise ValueError("there are more or fewer entries than were counted")
        statics = {name: stream for name, stream in form.forms.items() if name in self.statics}
        writer.finish(self.fonts, self.codes.glyphs, statics, self.stencils)
        return LongForm(
            self.pages,
            tuple(self.overflows),
            self._issues(GlyphStatus.MISSING),
            self._issues(GlyphStatus.UNREGISTERED),
        )

    def _use(self, name: str) -> str:
        self.statics.add(name)
        return f"q /{name} Do Q"

    def _width(self, character: str) -> int:
        return self.fonts.glyph(character).width

    # Items

    def _fields(
        self, panel: CompiledPanel, data: Mapping[str, Any], path: str, dx: float = 0, dy: float = 0
    ) -> None:
        for slot in panel.slots:
            field = slot.field
            if not field.scope.on.applies(self.page, self.pages):
                continue
            paragraphs = self._paragraphs(slot, data)
            if any(paragraphs):
                self._fit(slot, paragraphs, path + field.name, dx, dy)

    def _paragraphs(self, slot: Slot, data: Mapping[str, Any]) -> list[Characters]:
        field = slot.field
        value = lookup(data, field.name)
        if field.flag is not None:
            lines = [field.flag if value else ""]
        elif value is None and not present(data, field.name):
            lines = [""]
        else:
            lines = lines_of(value, field.blank, self.words.omitted)
            for join in field.join:
                # フリガナ and the like belong to a text; there is nothing to add to a blank or an omitted item.
                more = lookup(data, join.name)
                if more and lines[-1] and isinstance(value, Sequence):
                    lines[-1] += join.before + lines_of(more, "", self.words.omitted)[0] + join.after
        if field.after and lines[-1]:
            lines[-1] += field.after.format(page=self.page, pages=self.pages)
        return [split_text(line) for line in lines]

    def _fit(self, slot: Slot, paragraphs: list[Characters], path: str, dx: float, dy: float) -> None:
        field, style = slot.field, slot.field.style
        fitted = fit(
            paragraphs,
            width=self._width,
            box=(slot.w, slot.h),
            size=style.size,
            min_size=style.min_size,
            max_lines=style.lines,
            leading=style.leading,
            one_line_min=style.one_line_min,
        )
        lines = fitted.lines
        if fitted.left_over:
            total = sum(map(len, paragraphs))
            if self.rule is OverflowRule.BLANK:
                lines = []
            text = "\n".join("".join(line) for line in paragraphs)
            printed = sum(map(len, lines))
            self.overflows.append(Overflow(self.page, path, field.label, self.rule, total, printed, text))
        self._note(paragraphs, path, field.label)
        box = (slot.x + dx, slot.top + dy, slot.w, slot.h)
        self.texts += text_lines(self.codes, self.fonts, lines, fitted.size, box, style)

    def _note(self, paragraphs: Sequence[Characters], path: str, label: str) -> None:
        """Report characters that are not drawn as written, once for each place."""
        glyph = self.fonts.glyph
        for character in dict.fromkeys(character for line in paragraphs for character in line):
            status = glyph(character).status
            if status is not GlyphStatus.EXACT:
                points = " ".join(f"U+{ord(point):04X}" for point in character)
                self.issues[CharacterIssue(self.page, path, label, character, points)] = status

    def _issues(self, status: GlyphStatus) -> tuple[CharacterIssue, ...]:
        return tuple(issue for issue, found in self.issues.items() if found is status)

    # Pictures

    def _pictures(self, pictures: Sequence[Picture]) -> list[str]:
        operators = []
        for picture in pictures:
            value = lookup(self.data, picture.name)
            if value is None or not picture.scope.on.applies(self.page, self.pages):
                continue
            image = stencil(picture_bytes(value, picture.name))
            name = next(
                (key for key, known in self.stencils.items() if known is image), f"I{len(self.stencils)}"
            )
            self.stencils[name] = image
            box = picture.box
            scale = min(box.w / image.width, box.h / image.height) * MM
            w, h = image.width * scale, image.height * scale
            x = (box.x + box.w / 2) * MM - w / 2
            y = self.form.height - (box.y + box.h / 2) * MM - h / 2
            operators.append(f"q 0 g {w:.2f} 0 0 {h:.2f} {x:.2f} {y:.2f} cm /{name} Do Q")
        return operators

    def _qr_codes(
        self, codes: Sequence[QrCode], data: Mapping[str, Any], dx: float = 0, dy: float = 0
    ) -> list[str]:
        return [
            qr_operators(value, code.box, self.form.height, dx, dy)
            for code in codes
            if code.scope.on.applies(self.page, self.pages) and (value := lookup(data, code.name)) is not None
        ]

    # Blocks (slots)

    def _block(self, block: Block, members: Sequence[Mapping[str, Any]], first: int) -> list[str]:
        operators = []
        for slot, member in enumerate(members):
            dx, dy = self._offset(block, slot)
            panel = self.form.blocks[variant_of(self.template, member, block.variant_key)]
            for on, name in panel.statics:
                if on.applies(self.page, self.pages):
                    self.statics.add(name)
                    operators.append(f"q 1 0 0 1 {dx:.2f} {dy:.2f} cm /{name} Do Q")
            self._fields(panel, member, f"{block.name}[{first + slot + 1}].", dx, dy)
            operators += self._qr_codes(panel.qr_codes, member, dx, dy)
        if self.form.end_mark and self.page == self.pages and len(members) < block.per_page:
            dx, dy = self._offset(block, len(members))
            self.statics.add(self.form.end_mark)
            operators.append(f"q 1 0 0 1 {dx:.2f} {dy:.2f} cm /{self.form.end_mark} Do Q")
        if self.form.full_mark and self.page == self.pages and len(members) == block.per_page:
            operators.append(self._use(self.form.full_mark))
        return operators

    @staticmethod
    def _offset(block: Block, slot: int) -> tuple[float, float]:
        return (block.at[0] + slot * block.step[0]) * MM, -(block.at[1] + slot * block.step[1]) * MM

    # Flows (lines)

    def _flow_pages(self, flow: Flow) -> list[list[_Row]]:
        """Break the entries into rows and the rows into pages."""
        step = flow.style.size * flow.style.leading
        pages: list[list[_Row]] = [[]]
        used = 0.0
        # The last line of every area is kept for 以下余白: it must not begin a sheet of its own.
        kept = step + flow.gap * MM if flow.end_mark else 0.0
        room = flow.box.h * MM - kept
        later = flow.box_later.h * MM - kept
        for number, rows in enumerate(self._entries(flow)):
            needed = len(rows) * step
            gap = flow.gap * MM if pages[-1] else 0.0
            if used + gap + needed > room and (needed <= later or used + gap + step > room) and pages[-1]:
                pages.append([])
                used, gap, room = 0.0, 0.0, later
            for cells in rows:
                if used + gap + step > room:
                    pages.append([])
                    used, gap, room = 0.0, 0.0, later
                pages[-1].append(_Row(cells, number, gap))
                used += gap + step
                gap = 0.0
        if flow.end_mark:
            mark = (split_text(flow.end_mark), *[[] for _ in flow.columns[1:]])
            pages[-1].append(_Row(mark, len(self.data[flow.name]), flow.gap * MM if pages[-1] else 0.0))
        return pages

    def _entries(self, flow: Flow) -> list[list[tuple[Characters, ...]]]:
        entries = []
        for entry in self.data[flow.name]:
            columns = [self._column(flow, column, entry) for column in flow.columns]
            height = max(map(len, columns))
            entries.append([tuple(c[i] if i < len(c) else [] for c in columns) for i in range(height)])
        return entries

    def _column(self, flow: Flow, column: Column, entry: Mapping[str, Any]) -> list[Characters]:
        if column.name not in entry:
            return []
        return self._wrapped(flow, column, lines_of(entry[column.name], flow.blank, self.words.omitted))

    def _wrapped(self, flow: Flow, column: Column, lines: Sequence[str]) -> list[Characters]:
        limit = (column.w - 2 * flow.style.pad) * MM * 1000 / flow.style.size
        return [part for line in lines for part in wrap(split_text(line), limit, self._width) or [[]]]

    def _flow(self, flow: Flow, rows: Sequence[_Row]) -> None:
        box = flow.box if self.page == 1 else flow.box_later
        size, step = flow.style.size, flow.style.size * flow.style.leading
        y = self.form.height - box.y * MM - size * 0.88 - (step - size) / 2
        left = [(box.x + column.x + flow.style.pad) * MM for column in flow.columns]
        for row in rows:
            y -= row.gap
            for x, cell, column in zip(left, row.cells, flow.columns, strict=True):
                if cell:
                    self.texts.append(
                        f"/{FONT} {size:g} Tf 1 0 0 1 {x:.2f} {y:.2f} Tm <{self.codes.encode(cell)}> Tj"
                    )
                    self._note(
                        [cell], f"{flow.name}[{row.entry + 1}].{column.name}", column.label or flow.label
                    )
            y -= step
