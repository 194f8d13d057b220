"""Writes the conformity table as JSON, as one HTML page that needs nothing else, and as an XLSX workbook."""

from __future__ import annotations

import datetime as dt
import io
import json
from collections.abc import Iterable, Sequence

import xlsxwriter
from jinja2 import Environment, PackageLoader, StrictUndefined

from residentapp import __version__
from residentapp.conformity.matrix import Count, Row, Section
from residentapp.conformity.requirements import Level

_COLUMNS = (("ID", 14), ("区分", 14), ("要件", 34), ("内容", 80), ("状況", 20), ("確認した試験", 90))


def _all_rows(sections: Iterable[Section]) -> list[Row]:
    return [row for section in sections for row in section.rows]


def to_json(sections: Sequence[Section]) -> str:
    """A list of ``{id, level, title, status, tests}``, one for each requirement."""
    rows = [
        {
            "id": row.requirement.id,
            "level": row.requirement.level.value,
            "title": row.requirement.title,
            "status": row.status.value,
            "tests": list(row.tests),
        }
        for row in _all_rows(sections)
    ]
    return json.dumps(rows, ensure_ascii=False, indent=1) + "\n"


def to_html(sections: Sequence[Section]) -> str:
    """One readable page in Japanese with counts per list and chapter."""
    environment = Environment(
        loader=PackageLoader("residentapp.conformity"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    levels = {
        level: Count.of(row for row in _all_rows(sections) if row.requirement.level is level)
        for level in Level
    }
    return environment.get_template("conformity.html").render(
        sections=sections,
        count=Count.of,
        levels=levels,
        total=Count.of(_all_rows(sections)),
        version=__version__,
    )


def to_xlsx(sections: Sequence[Section]) -> bytes:
    """A workbook: a sheet with counts, then one sheet per list."""
    buffer = io.BytesIO()
    workbook = xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False})
    # The same requirements and tests give the same file.
    workbook.set_properties({"title": "住民記録システム 適合表", "created": dt.datetime(2026, 1, 1)})
    head = workbook.add_format({"bold": True, "bg_color": "#D9E6FF", "border": 1, "text_wrap": True})
    cell = workbook.add_format({"border": 1, "text_wrap": True, "valign": "top"})
    counts = workbook.add_worksheet("集計")
    counts.set_column(0, 1, 28)
    counts.set_column(2, 5, 12)
    counts.freeze_panes(1, 0)
    counts.write_row(0, 0, ("一覧", "章", "要件数", "適合", "一部適合", "それ以外"), head)
    line = 1
    for section in sections:
        for number, title in section.chapters.items():
            count = Count.of(section.of_chapter(number))
            values = (count.total, count.proved, count.partial, count.none)
            counts.write_row(line, 0, (section.title, f"{number} {title}", *values), cell)
            line += 1
    total = Count.of(_all_rows(sections))
    counts.write_row(line, 0, ("合計", "", total.total, total.proved, total.partial, total.none), head)
    for section in sections:
        # Excel forbids / and others in sheet names; the titles here have none, ・ is allowed.
        sheet = workbook.add_worksheet(section.title)
        sheet.freeze_panes(1, 1)
        for column, (title, width) in enumerate(_COLUMNS):
            sheet.set_column(column, column, width)
            sheet.write_string(0, column, title, head)
        for number, row in enumerate(section.rows, start=1):
            requirement = row.requirement
            texts = (requirement.id, requirement.level.label, requirement.title, requirement.summary)
            for column, text in enumerate((*texts, row.status_label, "\n".join(row.tests))):
                sheet.write_string(number, column, text, cell)
        sheet.autofilter(0, 0, len(section.rows), len(_COLUMNS) - 1)
    workbook.close()
    return buffer.getvalue()
