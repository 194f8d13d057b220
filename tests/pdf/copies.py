"""Data of the copies of the resident record and of the removed record for their tests, and their embedded font."""

from __future__ import annotations

import copy
from io import BytesIO
from typing import Any

import pikepdf
from fontTools.ttLib import TTFont

from tests.support.documents import sample_data

HOUSEHOLD, INDIVIDUAL = "resident_copy_household", "resident_copy_individual"
REMOVED = "removed_record_copy"
ITEMS = ["record_items_individual", "record_items_household", "removed_record_items"]
FORMS = [HOUSEHOLD, INDIVIDUAL, REMOVED, *ITEMS]
JOINT = [HOUSEHOLD, "record_items_household"]


def household(*names: str, form: str = HOUSEHOLD) -> dict[str, Any]:
    """Sample data with Japanese members of these names."""
    data = sample_data(form)
    data["members"] = [{**copy.deepcopy(data["members"][0]), "name": name} for name in names]
    for member in data["members"]:
        del member["name_kana"]
    return data


def with_name(name: str) -> dict[str, Any]:
    data = household(name)
    data["head"] = "架空　一郎"
    data["members"][0]["domicile_head"] = "架空　一郎"
    return data


def history(entries: int, name: str = INDIVIDUAL) -> dict[str, Any]:
    data = sample_data(name)
    data["notes"] = [
        {
            "kind": "異動履歴",
            "event": "転居",
            "dates": f"令和2年5月{number % 28 + 1}日 異動",
            "text": [f"変更前　架空県架空市東町{number}番地", f"変更後　架空県架空市西町{number}番地"],
        }
        for number in range(1, entries + 1)
    ]
    return data


def embedded_font(pdf: bytes) -> tuple[TTFont, str]:
    """The document's one embedded font and the ToUnicode text."""
    with pikepdf.open(BytesIO(pdf)) as document:
        fonts = [o for o in document.objects if isinstance(o, pikepdf.Dictionary) and o.get("/FontFile2")]
        assert len(fonts) == 1
        types = [o for o in document.objects if isinstance(o, pikepdf.Dictionary) and o.get("/ToUnicode")]
        assert len(types) == 1
        file = fonts[0]["/FontFile2"].read_bytes()
        return TTFont(BytesIO(file)), types[0]["/ToUnicode"].read_bytes().decode()
