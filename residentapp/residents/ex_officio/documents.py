"""The data of the three forms: 職権記録書, its list of a day, and 職権記載等通知書 (docs/forms.md)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from residentapp.core.dates import to_wareki
from residentapp.core.masters.models import Certifier, OwnMunicipality
from residentapp.residents.changes.rules.correction import MINOR_CASES
from residentapp.residents.ex_officio.queries import Person, Sheet
from residentapp.residents.models import ResidentHistory

#: In place of people of whom the list tells nothing, whoever prints it.
NOT_BY_LIST = ["（この一覧には載せません。", "個別に出力してください。）"]


def _day(value: dt.date | None) -> str:
    return to_wareki(value) if value is not None else ""


def _moved(sheet: Sheet) -> str:
    return sheet.change.moved_on.wareki if sheet.change.moved_on is not None else ""


def _text(lines: str) -> str | list[str]:
    return lines.splitlines() if "\n" in lines else lines


def sheet_data(sheet: Sheet, municipality: OwnMunicipality, *, today: dt.date) -> dict[str, Any]:
    """One entry of the 職権記録書."""
    record, change = sheet.record, sheet.change
    return {
        "municipality": municipality.prefecture + municipality.name,
        "number": sheet.number,
        "kind": change.reason.kind.label,
        "reason": change.reason.label,
        "processed_on": to_wareki(change.processed_on),
        "moved_on": _moved(sheet),
        "noticed_on": _day(change.noticed_on),
        "applied_on": _day(change.applied_on),
        "basis": f"{record.basis.label}（{record.basis.article}）",
        "minor_case": MINOR_CASES.get(record.minor_case or "", ""),
        "source": record.source,
        "cause": _text(record.cause),
        "place": f"{change.office_name}　{change.terminal_name}",
        "entered_by": change.entered_by,
        "printed_on": f"{to_wareki(today)} 出力",
        "items": [line for person in sheet.people for line in _person_lines(person)],
    }


def _person_lines(person: Person) -> Iterable[dict[str, Any]]:
    lines: list[dict[str, Any]] = [
        {"label": line.label, "before": _text(line.before), "after": _text(line.after)}
        for line in person.lines
    ]
    lines += [{"label": "統合記載欄", "before": "", "after": _text(note)} for note in person.notes]
    who = [person.name, person.birth, f"宛名番号 {person.addressee_number}"]
    return [{"person": who, **lines[0]}, *lines[1:]] if lines else []


def list_data(
    sheets: Sequence[Sheet], municipality: OwnMunicipality, day: dt.date, *, today: dt.date
) -> dict[str, Any]:
    """What was entered on a day. Of protected people it tells only that there is an entry (CM-5.1)."""
    return {
        "municipality": municipality.prefecture + municipality.name,
        "day": f"処理日　{to_wareki(day)}",
        "printed_on": f"{to_wareki(today)} 出力",
        "entries": [
            {
                "number": sheet.number,
                "reason": sheet.change.reason.label,
                "moved_on": "" if sheet.protected else _moved(sheet),
                "people": NOT_BY_LIST if sheet.protected else [person.name for person in sheet.people],
                "basis": sheet.record.basis.label,
                "cause": "" if sheet.protected else _text(sheet.record.cause),
            }
            for sheet in sheets
        ],
    }


def notice_data(
    sheet: Sheet,
    person: Person,
    row: ResidentHistory,
    municipality: OwnMunicipality,
    certifier: Certifier,
    *,
    today: dt.date,
) -> dict[str, Any]:
    """職権記載等通知書 to a person; to the 世帯主 for a child.

    :param row: the person's record as it is now: where the letter goes.
    """
    missing = "届出がないことを知り、事実を確かめて" if sheet.record.basis.owes_notice else ""
    return {
        "number": sheet.number,
        **envelope_data(row, person.guardian or person.name, municipality, certifier, today=today),
        "contact": "（公印省略）",
        "text": f"次のとおり、{missing}職権で住民票の記載等をしたので、"
        "住民基本台帳法施行令第12条第4項の規定により通知します。",
        "person": person.name,
        "birth": person.birth,
        "reason": sheet.change.reason.label,
        "moved_on": _moved(sheet),
        "processed_on": to_wareki(sheet.change.processed_on),
        "basis": f"{sheet.record.basis.label}（{sheet.record.basis.article}）",
        "cause": _text(sheet.record.cause),
        "items": [
            {"label": line.label, "before": _text(line.before), "after": _text(line.after)}
            for line in person.lines
        ],
        "remedies": remedies(municipality),
        "page_note": sheet.number,
    }


def envelope_data(
    row: ResidentHistory,
    addressee: str,
    municipality: OwnMunicipality,
    certifier: Certifier,
    *,
    today: dt.date,
) -> dict[str, str]:
    """The head of a letter of the municipality: day, address in the window of the envelope, who sends it.

    :param row: the record that says where the letter goes.
    """
    postal = row.postal_code or ""
    return {
        "date": to_wareki(today),
        "postal_code": f"〒{postal[:3]}-{postal[3:]}" if len(postal) == 7 else "",
        "address": "　".join(part for part in (row.address, row.building) if part),
        "addressee": addressee,
        "sender": f"{municipality.prefecture}{certifier.title}　　{certifier.name}",
    }


def remedies(municipality: OwnMunicipality) -> list[str]:
    """教示: 行政不服審査法 第18条, 第82条; 行政事件訴訟法 第14条, 第46条."""
    name = municipality.name
    return [
        "この処分に不服があるときは、この通知があったことを知った日の翌日から起算して3か月以内に、"
        f"{name}長に審査請求をすることができます。",
        "この処分の取消しの訴えは、この通知があったことを知った日の翌日から起算して6か月以内に、"
        f"{name}を被告として提起することができます。"
        "審査請求をしたときは、その裁決があったことを知った日の翌日から起算して6か月以内です。",
    ]
