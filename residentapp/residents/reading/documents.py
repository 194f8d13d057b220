"""A 閲覧用 as PDF (form 20.3.1) and as CSV, written person by person: 氏名, 生年月日, 性別 and 住所, nothing else.

旧氏 and 通称 stand with the 氏名 (令第30条の14, 第30条の16, as we read them), 方書 with the 住所.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

from residentapp.core.clock import JST, day_of
from residentapp.core.dates import to_wareki
from residentapp.core.documents import Fonts, load_template, render_long_form
from residentapp.residents.certificates.documents import certified_kana
from residentapp.residents.certificates.types import Style
from residentapp.residents.kana.types import KanaItem
from residentapp.residents.models import ResidentHistory
from residentapp.residents.move_out.csv_cells import plain_cell
from residentapp.residents.reading.types import Medium
from residentapp.residents.records.items import text_of
from residentapp.residents.types import ResidentKind

#: Where an item of a person stands in the form's data.
_LINE = re.compile(r"people\[(\d+)\]")


@dataclass(frozen=True)
class Sheet:
    """What a list is made of besides its people: enough to make the same bytes again.

    :param issue_number: without the pages. :param municipality: with its prefecture.
    :param moment: when it was made. :param people: how many.
    """

    issue_number: str
    municipality: str
    moment: dt.datetime
    people: int
    kana: bool
    medium: Medium

    def kept(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "issue_number": self.issue_number,
            "municipality": self.municipality,
            "moment": self.moment.isoformat(),
            "people": self.people,
            "kana": self.kana,
            "medium": self.medium.value,
        }

    @classmethod
    def of(cls, kept: dict[str, Any]) -> Sheet:
        """What :meth:`kept` wrote."""
        return cls(
            kept["issue_number"], kept["municipality"], dt.datetime.fromisoformat(kept["moment"]),
            kept["people"], kept["kana"], Medium(kept["medium"]),
        )  # fmt: skip


@dataclass(frozen=True)
class Written:
    """What was written.

    :param marred: lines and items whose text did not fit, or has a character without a glyph of its own (RR-5.8b):
        ``12番 住所``.
    """

    pages: int
    marred: tuple[str, ...] = ()


def write(
    sheet: Sheet, people: Iterable[tuple[int, ResidentHistory]], fonts: Fonts, out: BinaryIO
) -> Written:
    """Write the whole list into an empty file; the same bytes for the same list.

    :param people: by line, in the order of the lines.
    """
    if sheet.medium is Medium.CSV:
        return _write_csv(sheet, people, out)
    moment = sheet.moment.astimezone(JST)
    data = {
        "issue_number": sheet.issue_number,
        "municipality": sheet.municipality,
        "made": f"{to_wareki(moment.date())} {moment.hour}時{moment.minute:02d}分現在",
        "count": f"{sheet.people:,}人",
    }
    drawn = render_long_form(
        load_template(Style.READING.value),
        data,
        _entries(sheet, people),
        count=sheet.people,
        fonts=fonts,
        moment=sheet.moment,
        out=out,
    )
    places = [(each.field, each.label) for each in drawn.overflows]
    places += [(each.field, each.label) for each in (*drawn.missing, *drawn.unregistered)]
    marred = [(int(found[1]), label) for field, label in places if (found := _LINE.match(field))]
    return Written(drawn.pages, tuple(f"{line:,}番 {label}" for line, label in sorted(set(marred))))


def _entries(sheet: Sheet, people: Iterable[tuple[int, ResidentHistory]]) -> Iterator[dict[str, Any]]:
    day = day_of(sheet.moment)
    for line, row in people:
        kana = {item: certified_kana(row, item, day) if sheet.kana else None for item in KanaItem}
        names = [_named(row.display_name, kana[KanaItem.NAME])]
        other = _other_name(row)
        if other is not None:
            label, item, name = other
            names.append(f"{label}：{_named(name, kana[item])}")
        yield {
            "line": f"{line:,}",
            "name": names if len(names) > 1 else names[0],
            "birth": _birth(row),
            "sex": row.sex.label,
            "address": f"{row.address}　{row.building}" if row.building else row.address,
        }


def _named(name: str, kana: str | None) -> str:
    return f"{name}　（{kana}）" if kana else name


def _birth(row: ResidentHistory) -> str:
    return text_of("birth_date", row.birth_date, kind=row.resident_kind)


def _other_name(row: ResidentHistory) -> tuple[str, KanaItem, str] | None:
    if row.resident_kind is ResidentKind.JAPANESE and row.former_name:
        return "旧氏", KanaItem.FORMER_NAME, row.former_name
    if row.resident_kind is ResidentKind.FOREIGN and row.alias:
        return "通称", KanaItem.ALIAS, row.alias
    return None


# ---- CSV


def columns(*, kana: bool) -> list[str]:
    """The first line of the CSV."""
    names = (
        ["氏名", "氏名のフリガナ", "旧氏・通称", "旧氏・通称のフリガナ"] if kana else ["氏名", "旧氏・通称"]
    )
    return ["番号", *names, "生年月日", "性別", "住所", "方書"]


def _write_csv(sheet: Sheet, people: Iterable[tuple[int, ResidentHistory]], out: BinaryIO) -> Written:
    """UTF-8 with BOM, so that spreadsheets read it."""
    text = io.TextIOWrapper(out, encoding="utf-8-sig", newline="", write_through=True)
    writer = csv.writer(text)
    writer.writerow(columns(kana=sheet.kana))
    day = day_of(sheet.moment)
    for line, row in people:
        other = _other_name(row)
        names = [row.display_name]
        if sheet.kana:
            names.append(certified_kana(row, KanaItem.NAME, day) or "")
        names.append(other[2] if other is not None else "")
        if sheet.kana:
            names.append((certified_kana(row, other[1], day) or "") if other is not None else "")
        cells = [str(line), *names, _birth(row), row.sex.label, row.address, row.building or ""]
        writer.writerow([plain_cell(cell) for cell in cells])
    text.detach()
    return Written(pages=1)
