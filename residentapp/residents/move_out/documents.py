"""Turns the snapshots of a move-out into the data of its two certificates (forms 20.2.1 and 20.2.2, 令第23条, 第24条).

What is certified is what was notified: the snapshots that the notification made, not what the record says later.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from residentapp.core.dates import DateValue, to_seireki, to_wareki
from residentapp.core.documents import fits_qr
from residentapp.residents.certificates.documents import PREVIEW_NUMBER, Certification, certification_data
from residentapp.residents.certificates.types import Shown
from residentapp.residents.models import ResidentChange, ResidentHistory
from residentapp.residents.move_in.certificate_csv import COLUMNS
from residentapp.residents.move_in.certificate_qr import qr_text
from residentapp.residents.move_out.types import Paper
from residentapp.residents.types import ResidentKind

#: Side of the QR code on the form, in mm.
QR_SIDE_MM = 41.0

#: What both certificates hold; a clerk who may not see one of these cannot issue them.
HOLDS = frozenset(
    {Shown.RELATIONSHIP, Shown.DOMICILE, Shown.RESIDENT_CODE, Shown.INDIVIDUAL_NUMBER, Shown.KANA}
)
#: What they hold besides when a foreign resident is on them.
HOLDS_FOREIGN = frozenset(
    {Shown.NATIONALITY, Shown.CATEGORY, Shown.STATUS, Shown.PERIOD, Shown.EXPIRY, Shown.CARD_NUMBER}
)


@dataclass(frozen=True)
class Mover:
    """One person on the certificate.

    :param snapshot: as the notification left it. :param numbers: decrypted.
    """

    snapshot: ResidentHistory
    numbers: Mapping[Shown, str]


def certificate_data(
    paper: Paper,
    change: ResidentChange,
    movers: Sequence[Mover],
    certification: Certification,
    *,
    destination_head: str,
    special: bool,
) -> dict[str, Any]:
    """The data of the certificate of a move-out; the 発行番号 is filled in when it is issued."""
    first = movers[0].snapshot
    number = certificate_number(certification, change)
    own = certification.municipality.prefecture + certification.municipality.name
    day = change.notified_on if paper is Paper.CERTIFICATE else change.applied_on
    data: dict[str, Any] = {
        "municipality": own,
        "reissue": False,
        "certificate_number": f"証明書番号　{number}",
        "address": _address(first),
        "head": first.head_name,
        "planned_on": _wareki(first.removal_occurred_on),
        "destination": first.planned_destination,
        "destination_head": destination_head,
        "notified_on": _wareki(day),
        "issue_number": PREVIEW_NUMBER,
        "certification": certification_data(certification, certification.words["certification"]),
        "members": [_member(mover) for mover in movers],
    }
    if paper is Paper.CERTIFICATE:
        data["special"] = special
        for member, mover in zip(data["members"], movers, strict=True):
            member["qr"] = qr_of(mover, len(movers), number, own, first)
    return data


def certificate_number(certification: Certification, change: ResidentChange) -> str:
    """証明書番号: the same on a 再交付, so that the next municipality sees that it is one certificate."""
    return f"{certification.municipality.code}-{change.id}"


def _address(row: ResidentHistory) -> str:
    return f"{row.address}　{row.building}" if row.building else row.address


def _wareki(value: DateValue | dt.date | None) -> str | None:
    if value is None:
        return None
    return value.wareki if isinstance(value, DateValue) else to_wareki(value)


def _member(mover: Mover) -> dict[str, Any]:
    row = mover.snapshot
    data: dict[str, Any] = {
        "kind": row.resident_kind.value,
        "name": row.display_name,
        "birth_date": row.birth_date.wareki,
        "sex": row.sex.label,
        "relationship": row.relationship_to_head,
        "resident_code": mover.numbers.get(Shown.RESIDENT_CODE),
        "individual_number": mover.numbers.get(Shown.INDIVIDUAL_NUMBER),
        "entitlements": entitlements(row),
    }
    if row.name_kana:
        data["name_kana"] = row.name_kana
    if row.resident_kind is ResidentKind.JAPANESE:
        data |= {
            "former_name": row.former_name or "",
            "registered_domicile": row.registered_domicile,
            "domicile_head": row.register_head,
        }
        if row.former_name and row.former_name_kana:
            data["former_name_kana"] = row.former_name_kana
        return data
    data |= {
        "birth_date": row.birth_date.seireki,
        "alias": row.alias or "",
        "nationality": row.nationality,
        "article_30_45": row.foreign_category.label if row.foreign_category is not None else None,
        "residence_status": row.residence_status or "",
        "residence_period": row.residence_period or "",
        "residence_expiry": to_seireki(row.residence_expires_on) if row.residence_expires_on else "",
        "residence_card_number": row.residence_card_number or row.special_permanent_number or "",
        "became_foreign_resident_on": _wareki(row.became_foreign_resident_on),
    }
    if row.alias and row.alias_kana:
        data["alias_kana"] = row.alias_kana
    return data


def entitlements(row: ResidentHistory) -> str | list[str]:
    """国民健康保険 and the like of which the next municipality must know (令第23条第2項).

    What does not apply to the person is left out.
    """
    insured = (
        ("国民健康保険の被保険者", row.health_insurance_insured, row.health_insurance_acquired_on),
        ("後期高齢者医療の被保険者", row.elderly_care_insured, row.elderly_care_acquired_on),
        ("介護保険の被保険者", row.long_term_care_insured, row.long_term_care_acquired_on),
    )
    lines = [
        label + (f"（{to_wareki(acquired)}資格取得）" if acquired else "")
        for label, holds, acquired in insured
        if holds
    ]
    if row.pension_insured:
        kind = f"{row.pension_kind.label}被保険者" if row.pension_kind is not None else "被保険者"
        number = f"　基礎年金番号　{row.pension_number}" if row.pension_number else ""
        lines.append(f"国民年金の{kind}{number}")
    if row.child_allowance_from and not row.child_allowance_to:
        year, month = row.child_allowance_from.split("-")
        begun = to_wareki(dt.date(int(year), int(month), 1)).removesuffix("1日")
        lines.append(f"児童手当を{begun}から受給")
    # Two to a line: the box has four.
    return ["　／　".join(lines[start : start + 2]) for start in range(0, len(lines), 2)] or ""


def qr_of(mover: Mover, people: int, number: str, own: str, first: ResidentHistory) -> str | None:
    """The text of a person's QR code; None when it is too long to be read from the paper."""
    text = qr_text(csv_cells(mover, people, number, own, first))
    return text if fits_qr(text, QR_SIDE_MM) else None


def csv_cells(mover: Mover, people: int, number: str, own: str, first: ResidentHistory) -> list[str]:
    """A person's row of the certificate's CSV (docs/move-in.md)."""
    row = mover.snapshot
    foreign = row.resident_kind is ResidentKind.FOREIGN
    expires = DateValue.of(row.residence_expires_on, western=True) if row.residence_expires_on else None
    whole = {
        "証明書番号": number,
        "転出元市区町村": own,
        "世帯員数": str(people),
        "転出予定年月日": _wareki(first.removal_occurred_on),
        "転出先住所": first.planned_destination,
    }
    by_field: dict[str, Any] = {
        "resident_kind": row.resident_kind.label,
        "sex": row.sex.label,
        "birth_date": row.birth_date.seireki if foreign else row.birth_date.wareki,
        "relationship": row.relationship_to_head,
        "previous_head_name": row.head_name,
        "individual_number": mover.numbers.get(Shown.INDIVIDUAL_NUMBER),
        "resident_code": mover.numbers.get(Shown.RESIDENT_CODE),
        "previous_postal_code": row.postal_code,
        "previous_address": _address(row),
        "became_foreign_resident_on": _wareki(row.became_foreign_resident_on),
        "foreign_category": row.foreign_category.label if row.foreign_category is not None else None,
        "residence_expires_on": expires.seireki if expires is not None else None,
    }
    cells = []
    for column in COLUMNS:
        if column.whole:
            value = whole[column.title]
        elif column.field in by_field:
            value = by_field[column.field]
        else:
            value = getattr(row, str(column.field))
        cells.append(str(value or ""))
    return cells


def reissued(data: Mapping[str, Any], certification: Certification) -> dict[str, Any]:
    """The data of a 再交付: the content of the first issue, marked, certified on its own day (RR-4.1.3.0.3c, d)."""
    first = dict(data)
    text = first["certification"]["text"]
    return first | {
        "reissue": True,
        "issue_number": PREVIEW_NUMBER,
        "certification": certification_data(certification, text),
    }
