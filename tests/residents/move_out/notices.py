"""Bodies of 転入通知 as another municipality sends them."""

from __future__ import annotations

from typing import Any

from residentapp.residents.models import ResidentHistory


def body(
    person: ResidentHistory,
    *,
    moved_in: str = "2026-12-02",
    noticed: str = "2026-12-03",
    code: str = "",
    address: str = "見本県隣市北町9番9号",
    building: str = "北荘101号",
    act: str = "record",
    **more: Any,
) -> dict[str, Any]:
    """A notice about a person; ``more`` replaces items of the person."""
    told: dict[str, Any] = {
        "name": person.name,
        "birth_date": {"day": person.birth_date.iso, "text": person.birth_date.wareki},
        "sex": {"code": person.sex.value, "label": person.sex.label},
        "address": address,
        "building": building,
    }
    if code:
        told["resident_code"] = code
    header: dict[str, Any] = {
        "act": {"code": act},
        "moved_on": {"day": moved_in},
        "noticed_on": {"day": noticed},
        "municipality_code": "972018",
        "municipality_name": "見本県隣市",
    }
    return {"header": header, "person": told | more}
