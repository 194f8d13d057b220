"""The data of the two letters and of 対象者リスト (docs/forms.md)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from residentapp.core.dates import DateValue, to_wareki
from residentapp.core.masters.models import Certifier, OwnMunicipality
from residentapp.residents.ex_officio.documents import NOT_BY_LIST, envelope_data, remedies
from residentapp.residents.head_notices.queries import Due, HouseholdNotices
from residentapp.residents.head_notices.types import Kind
from residentapp.residents.models import ResidentHistory
from residentapp.residents.records.items import text_of

LIST = "headless_household_list"


def letter_data(
    found: HouseholdNotices,
    due: Due,
    municipality: OwnMunicipality,
    certifier: Certifier,
    contact: str,
    *,
    today: dt.date,
) -> dict[str, Any]:
    """世帯主変更通知書 or 世帯主変更依頼通知書. Why the former head has left, and where to, stands on neither.

    :param contact: 問合せ先.
    """
    data: dict[str, Any] = {
        **envelope_data(due.addressee, due.addressee.display_name, municipality, certifier, today=today),
        "contact": contact,
        "former_head": due.former.display_name if due.former is not None else "",
        "lost_on": lost_on(due),
        "members": [
            {
                "name": member.display_name,
                "birth": _birth(member),
                "relationship": member.relationship_to_head or "",
            }
            for member in found.members
        ],
    }
    if due.kind is Kind.NAMED:
        data["new_head"] = found.members[0].head_name or ""
        data["recorded_on"] = to_wareki(due.change.processed_on)
        data["remedies"] = remedies(municipality)
    return data


def lost_on(due: Due) -> str:
    """異動日 of the change by which the former head left; empty when it is not known."""
    day: DateValue | None = due.lost_by.moved_on if due.lost_by is not None else None
    return day.wareki if day is not None else ""


def _birth(row: ResidentHistory) -> str:
    return text_of("birth_date", row.birth_date, kind=row.resident_kind)


def list_data(
    households: Sequence[HouseholdNotices], municipality: OwnMunicipality, *, today: dt.date
) -> dict[str, Any]:
    """対象者リスト. Of protected people it tells only that there is an entry (CM-5.1)."""
    return {
        "municipality": municipality.prefecture + municipality.name,
        "made_on": f"{to_wareki(today)} 出力",
        "count": f"{len(households):,}世帯",
        "households": [_line(found) for found in households if found.due is not None],
    }


def _line(found: HouseholdNotices) -> dict[str, Any]:
    due = found.due
    assert due is not None, "only households that wait for their head are listed"
    if found.protected:
        return {
            "addressee": NOT_BY_LIST,
            "address": "",
            "former_head": "",
            "lost_on": "",
            "members": "",
            "asked_on": "",
        }
    row = due.addressee
    return {
        "addressee": row.display_name,
        "address": "　".join(part for part in (row.address, row.building) if part),
        "former_head": due.former.display_name if due.former is not None else "",
        "lost_on": lost_on(due),
        "members": f"{len(found.members)}人",
        "asked_on": to_wareki(found.sent.made_on) if found.sent is not None else "",
    }
