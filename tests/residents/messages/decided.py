"""People as the rules of messages see them, and what a change of theirs tells, one word per fact."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from residentapp.core.dates import DateValue
from residentapp.residents.messages.rules import (
    decide,
)
from residentapp.residents.messages.types import (
    ChangeFacts,
    Draft,
    MessageKind,
    PersonFacts,
    Place,
)
from residentapp.residents.types import (
    ChangeReason,
    ForeignCategory,
    ResidentKind,
    ResidentState,
    Sex,
)

R = ChangeReason
OWN = "991015"
LEFT = Place("見本県隣市東町4番5号", "982028", "見本県隣市")
BETWEEN = Place("例示県途中市1番2号", "983016", "例示県途中市")
UNKNOWN = Place("所在の分からない町1番", None)
HERE = Place("架空県架空市本町一丁目2番", OWN, "架空県架空市")
AWAY = Place("例示県途中市1番", "983016", "例示県途中市")

Items = Mapping[str, Any]


def japanese(**values: Any) -> dict[str, Any]:
    """A Japanese resident with both numbers."""
    return {
        "resident_kind": ResidentKind.JAPANESE,
        "state": ResidentState.RESIDENT,
        "name": "架空　太郎",
        "name_kana": "カクウ　タロウ",
        "birth_date": DateValue.of(dt.date(1980, 5, 5)),
        "sex": Sex.MALE,
        "address": "架空県架空市本町一丁目2番3号",
        "building": None,
        "address_set_on": DateValue.of(dt.date(2026, 4, 1)),
        "registered_domicile": "例示県途中市1番",
        "register_head": "架空　太郎",
        "individual_number_hash": b"number",
        "resident_code_hash": b"code",
        "household_number": "1",
        "head_name": "架空　太郎",
    } | values


def foreign(**values: Any) -> dict[str, Any]:
    """A 中長期在留者 with both numbers."""
    return japanese(
        **{
            "resident_kind": ResidentKind.FOREIGN,
            "name": None,
            "name_alphabet": "NGUYEN VAN AN",
            "registered_domicile": None,
            "register_head": None,
            "nationality": "ベトナム",
            "foreign_category": ForeignCategory.MID_TO_LONG_TERM,
            "residence_card_number": "AB12345678CD",
            "residence_notified": True,
        }
        | values
    )


def gone(items: Items, state: ResidentState = ResidentState.MOVED_OUT, **values: Any) -> dict[str, Any]:
    return dict(items) | {"state": state} | values


def short(draft: Draft) -> str:
    """One word per fact: ``cs.identity record move_in``, ``municipality.annex correct →983016 held``."""
    words = [draft.kind.value, draft.act.value]
    if draft.cs_reason is not None:
        words.append(draft.cs_reason.value)
    if draft.law is not None:
        words.append(draft.law.value)
    if draft.recipient is not None:
        words.append(f"→{draft.recipient.code or '?'}")
    if draft.held:
        words.append("held")
    return " ".join(words)


def told(
    reason: ChangeReason,
    before: Items | None,
    after: Items,
    *,
    former: tuple[Place, ...] = (),
    domicile: Place | None = AWAY,
    destination: Place | None = None,
    noticed: bool = False,
    special: bool = False,
) -> list[str]:
    """What is told besides the 宛名連携, which every change ends with."""
    facts = ChangeFacts(reason, OWN, noticed, special)
    if after["resident_kind"] is ResidentKind.FOREIGN:
        domicile = None
    drafts = decide(facts, PersonFacts(before, after, former, domicile, destination))
    assert drafts[-1].kind is MessageKind.ADDRESSEE
    assert [draft.kind for draft in drafts].count(MessageKind.ADDRESSEE) == 1
    return [short(draft) for draft in drafts[:-1]]


NO_NUMBER = {"individual_number_hash": None}
MOVED = {"address": "架空県架空市東町9番1号", "address_set_on": DateValue.of(dt.date(2026, 11, 1))}
