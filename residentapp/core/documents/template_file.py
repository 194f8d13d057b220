"""Reading form templates from TOML (the format is described in docs/forms.md)."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from residentapp.core.documents.results import TemplateError
from residentapp.core.documents.template import (
    MM,
    Align,
    Block,
    Box,
    Column,
    Field,
    Flow,
    FormTemplate,
    Frame,
    Join,
    Label,
    On,
    Panel,
    Picture,
    QrCode,
    Rule,
    Scope,
    Style,
    VAlign,
    Words,
)

#: Where the project keeps its forms: beside the package.
TEMPLATE_DIRECTORY = Path(__file__).resolve().parents[3] / "forms_templates"

PAPERS: Mapping[str, tuple[float, float]] = {"A4": (210.0, 297.0), "A5": (148.0, 210.0), "B5": (182.0, 257.0)}

#: 電子公印 is at most 25 mm square (RR-5.6b); no template can make it larger.
MAX_SEAL_MM = 25.0

_Choice = TypeVar("_Choice", bound=StrEnum)


def load_template(name: str, directory: Path | str = TEMPLATE_DIRECTORY) -> FormTemplate:
    """Return the template ``<name>.toml`` of the directory, read once per version of the file.

    Raises TemplateError when the file is absent or wrong.
    """
    path = Path(directory) / f"{name}.toml"
    if "/" in name or "\\" in name or not path.is_file():
        raise TemplateError(f"form template {name!r} not found")
    return _load(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=64)
def _load(path: Path, _version: int) -> FormTemplate:
    try:
        table = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise TemplateError(f"{path.name}: {error}") from error
    return parse_template(path.stem, table)


def parse_template(name: str, table: Mapping[str, Any]) -> FormTemplate:
    """Make a template of a parsed TOML document. Raises TemplateError."""
    top = _Table(table, name)
    form = top.table("form")
    words = _words(top.table("words", default={}))
    paper = form.text("paper")
    if paper not in PAPERS:
        raise form.error(f"paper {paper!r} is none of {', '.join(PAPERS)}")
    width, height = PAPERS[paper]
    if form.choice("orientation", "portrait", ("portrait", "landscape")) == "landscape":
        width, height = height, width
    reader = _Reader(words, form.number("font_size", 10.0), form.number("label_size", 7.0))
    template = FormTemplate(
        name=name,
        number=form.text("number"),
        title=form.text("title"),
        size=(width, height),
        variant_key=form.text("variant_key", None),
        words=words,
        panel=reader.panel(top),
        block=reader.block(top.table("block")) if "block" in table else None,
        flow=reader.flow(top.table("flow")) if "flow" in table else None,
    )
    form.finish()
    top.finish()
    _check_inside(template, top)
    return template


def _words(table: _Table) -> Words:
    usual = Words()
    words = Words(
        blank=table.text("blank", usual.blank),
        omitted=table.text("omitted", usual.omitted),
        end=table.text("end", usual.end),
        specimen=table.text("specimen", usual.specimen),
    )
    table.finish()
    return words


class _Reader:
    """Makes elements of tables; holds the template's defaults."""

    def __init__(self, words: Words, size: float, label_size: float) -> None:
        self.words = words
        self.size = size
        self.label_size = label_size

    def panel(self, table: _Table) -> Panel:
        frames: list[Frame] = []
        rules: list[Rule] = []
        labels: list[Label] = []
        fields: list[Field] = []
        for cell in table.tables("cell"):
            frame, rule, label, field = self.cell(cell)
            frames.append(frame)
            rules += rule
            labels += label
            fields.append(field)
        for item in table.tables("box"):
            frames.append(
                Frame(item.box(), item.number("width", 0.5), item.number("fill", None), self.scope(item))
            )
            item.finish()
        for item in table.tables("line"):
            rules.append(
                Rule(item.pair("from"), item.pair("to"), item.number("width", 0.5), self.scope(item))
            )
            item.finish()
        for item in table.tables("text"):
            labels.append(
                Label(item.text("text"), item.box(), self.style(item, self.label_size), self.scope(item))
            )
            item.finish()
        for item in table.tables("field"):
            fields.append(self.field(item, item.box(), item.text("label")))
            item.finish()
        pictures = tuple(self.picture(item) for item in table.tables("picture"))
        qr_codes = tuple(self.qr_code(item) for item in table.tables("qr"))
        return Panel(tuple(frames), tuple(rules), tuple(labels), tuple(fields), pictures, qr_codes)

    def cell(self, table: _Table) -> tuple[Frame, list[Rule], list[Label], Field]:
        """A box with its label in a strip at the left (label_width) or the top (label_height), and the item."""
        box = table.box()
        scope = self.scope(table)
        border = table.number("border", 0.5)
        text = table.text("label")
        label_size = table.number("label_size", self.label_size)
        label_lines = text.count("\n") + 1
        style = Style(label_size, label_size, label_size, lines=label_lines, align=Align.CENTER, pad=0.3)
        left, top = table.number("label_width", 0.0), table.number("label_height", 0.0)
        rules: list[Rule] = []
        inner = box
        strip = box
        if left:
            inner = Box(box.x + left, box.y, box.w - left, box.h)
            strip = Box(box.x, box.y, left, box.h)
            rules.append(Rule((inner.x, box.y), (inner.x, box.y + box.h), border / 2, scope))
        elif top:
            inner = Box(box.x, box.y + top, box.w, box.h - top)
            strip = Box(box.x, box.y, box.w, top)
            rules.append(Rule((box.x, inner.y), (box.x + box.w, inner.y), border / 2, scope))
        labels = [Label(text, strip, style, scope)] if left or top else []
        # Spaces only space the letters out on the form; lists and messages name the item without them.
        field = self.field(table, inner, "".join(text.split()))
        table.finish()
        return Frame(box, border, None, scope), rules, labels, field

    def field(self, table: _Table, box: Box, label: str) -> Field:
        joins = tuple(
            Join(item.text("name"), item.text("before", ""), item.text("after", ""))
            for item in table.tables("join")
        )
        return Field(
            name=table.text("name"),
            label=label,
            box=box,
            style=self.style(table, self.size),
            scope=self.scope(table),
            blank=table.text("blank", self.words.blank),
            join=joins,
            after=table.text("after", ""),
            optional=table.flag("optional"),
            flag=table.text("flag", None),
        )

    def picture(self, table: _Table) -> Picture:
        picture = Picture(table.text("name"), table.box(), self.scope(table), table.flag("optional"))
        if max(picture.box.w, picture.box.h) > MAX_SEAL_MM:
            raise table.error(f"a seal is at most {MAX_SEAL_MM:g} mm square (RR-5.6b)")
        table.finish()
        return picture

    def qr_code(self, table: _Table) -> QrCode:
        code = QrCode(table.text("name"), table.box(), self.scope(table), table.flag("optional"))
        table.finish()
        return code

    def style(self, table: _Table, size: float) -> Style:
        size = table.number("font_size", size)
        min_size = table.number("min_size", min(size, 6.0))
        style = Style(
            size=size,
            min_size=min_size,
            one_line_min=table.number("one_line_min", min_size),
            lines=int(table.number("lines", 1)),
            leading=table.number("leading", 1.15),
            align=table.enum("align", Align.LEFT),
            valign=table.enum("valign", VAlign.MIDDLE),
            pad=table.number("pad", 1.0),
        )
        if not 0 < style.min_size <= style.one_line_min <= style.size or style.lines < 1:
            raise table.error("must be: 0 < min_size ≤ one_line_min ≤ font_size, and lines at least 1")
        return style

    def scope(self, table: _Table) -> Scope:
        return Scope(table.enum("on", On.EVERY), frozenset(table.texts("when")))

    def block(self, table: _Table) -> Block:
        block = Block(
            name=table.text("name"),
            label=table.text("label"),
            variant_key=table.text("variant_key", None),
            at=table.pair("at"),
            step=table.pair("step"),
            per_page=int(table.number("per_page")),
            panel=self.panel(table),
            end_mark=self.mark(table.table("end_mark", default={})),
            full_mark=self.mark(table.table("full_mark", default={})),
        )
        if block.per_page < 1:
            raise table.error("per_page must be at least 1")
        table.finish()
        return block

    def mark(self, table: _Table) -> Label | None:
        """The place of 以下余白, if the template gives one."""
        if not table.raw:
            return None
        label = Label(self.words.end, table.box(), self.style(table, self.size), Scope())
        table.finish()
        return label

    def flow(self, table: _Table) -> Flow:
        box = table.box()
        columns = []
        for item in table.tables("column"):
            name = item.text("name")
            column = Column(
                name, item.text("label", name), item.number("x"), item.number("width"), item.flag("optional")
            )
            if column.x < 0 or column.x + column.w > box.w + 0.01:
                raise item.error("the column leaves the flow's area")
            item.finish()
            columns.append(column)
        flow = Flow(
            name=table.text("name"),
            label=table.text("label"),
            box=box,
            box_later=table.box("_later") if "at_later" in table.raw else box,
            style=self.style(table, self.size),
            gap=table.number("gap", 0.0),
            columns=tuple(columns),
            blank=table.text("blank", ""),
            end_mark=self.words.end if table.flag("end_mark") else "",
        )
        if not columns:
            raise table.error("a flow needs at least one [[flow.column]]")
        if min(flow.box.h, flow.box_later.h) * MM < 2 * flow.style.size * flow.style.leading + flow.gap * MM:
            raise table.error("the area is lower than a line and the end mark")
        table.finish()
        return flow


def _check_inside(template: FormTemplate, top: _Table) -> None:
    """No element may leave the paper: a form that prints outside it is cut by the printer without a word."""
    width, height = template.size

    def check(panel: Panel, x: float, y: float, what: str) -> None:
        boxes = [element.box for group in (panel.frames, panel.labels, panel.fields) for element in group]
        boxes += [picture.box for picture in panel.pictures] + [code.box for code in panel.qr_codes]
        ends = [(box.x, box.y) for box in boxes] + [(box.x + box.w, box.y + box.h) for box in boxes]
        ends += [end for rule in panel.rules for end in (rule.start, rule.end)]
        for ex, ey in ends:
            if not (0 <= x + ex <= width and 0 <= y + ey <= height):
                raise top.error(f"{what} leaves the paper at {x + ex:g}, {y + ey:g} mm")

    check(template.panel, 0, 0, "an element")
    if template.block:
        block = template.block
        for slot in (0, block.per_page - 1):
            x, y = block.at[0] + slot * block.step[0], block.at[1] + slot * block.step[1]
            check(block.panel, x, y, f"slot {slot + 1} of [block]")
            check(Panel(labels=(block.end_mark,) if block.end_mark else ()), x, y, "[block.end_mark]")
        check(Panel(labels=(block.full_mark,) if block.full_mark else ()), 0, 0, "[block.full_mark]")
    if template.flow:
        for box in (template.flow.box, template.flow.box_later):
            check(Panel(frames=(Frame(box, 0, None, Scope()),)), 0, 0, "[flow]")


_REQUIRED: Any = object()


class _Table:
    """A TOML table that knows where it stands, and which of its keys nobody asked for."""

    def __init__(self, raw: Mapping[str, Any], where: str) -> None:
        self.raw = raw
        self.where = where
        self._read: set[str] = set()

    def error(self, message: str) -> TemplateError:
        return TemplateError(f"{self.where}: {message}")

    def finish(self) -> None:
        unknown = sorted(set(self.raw) - self._read)
        if unknown:
            raise self.error(f"unknown key {', '.join(unknown)}")

    def _get(self, key: str, default: Any) -> Any:
        self._read.add(key)
        if key in self.raw:
            return self.raw[key]
        if default is _REQUIRED:
            raise self.error(f"{key} is missing")
        return default

    def text(self, key: str, default: Any = _REQUIRED) -> Any:
        value = self._get(key, default)
        if value is not default and not isinstance(value, str):
            raise self.error(f"{key} must be text")
        return value

    def texts(self, key: str) -> list[str]:
        value = self._get(key, [])
        values = [value] if isinstance(value, str) else value
        if not (isinstance(values, list) and all(isinstance(item, str) for item in values)):
            raise self.error(f"{key} must be a text or a list of texts")
        return values

    def number(self, key: str, default: Any = _REQUIRED) -> Any:
        value = self._get(key, default)
        if value is default:
            return value
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.error(f"{key} must be a number")
        return float(value)

    def flag(self, key: str) -> bool:
        value = self._get(key, False)
        if not isinstance(value, bool):
            raise self.error(f"{key} must be true or false")
        return value

    def choice(self, key: str, default: str, choices: Iterable[str]) -> str:
        value = self.text(key, default)
        if value not in choices:
            raise self.error(f"{key} must be one of {', '.join(choices)}")
        return str(value)

    def enum(self, key: str, default: _Choice) -> _Choice:
        return type(default)(self.choice(key, default.value, [member.value for member in type(default)]))

    def pair(self, key: str) -> tuple[float, float]:
        value = self._get(key, _REQUIRED)
        numbers = isinstance(value, list) and all(
            isinstance(item, int | float) and not isinstance(item, bool) for item in value
        )
        if not numbers or len(value) != 2:
            raise self.error(f"{key} must be two numbers, [x, y] in mm")
        return float(value[0]), float(value[1])

    def box(self, suffix: str = "") -> Box:
        (x, y), (w, h) = self.pair(f"at{suffix}"), self.pair(f"size{suffix}")
        if w <= 0 or h <= 0:
            raise self.error("size must be positive")
        return Box(x, y, w, h)

    def table(self, key: str, default: Any = _REQUIRED) -> _Table:
        value = self._get(key, default)
        if not isinstance(value, dict):
            raise self.error(f"[{key}] must be a table")
        return _Table(value, f"{self.where} [{key}]")

    def tables(self, key: str) -> list[_Table]:
        value = self._get(key, [])
        if not (isinstance(value, list) and all(isinstance(item, dict) for item in value)):
            raise self.error(f"{key} must be written as [[{key}]]")
        tables = []
        for number, item in enumerate(value, 1):
            name = item.get("name") or item.get("label") or item.get("text") or ""
            tables.append(_Table(item, f"{self.where} [[{key}]] {number} {name}".rstrip()))
        return tables
