"""The entry of a case as it is kept: JSON. The road of the case encrypts it, because it holds 個人番号 (CM-7)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, fields, replace
from typing import Any

from residentapp.residents.move_in.types import (
    CasePayload,
    MemberEntry,
    MoveInEntry,
    MoveInKind,
    Papers,
    Scope,
)
from residentapp.residents.types import ResidentKind

_MEMBER_NAMES = frozenset(item.name for item in fields(MemberEntry))
_ENTRY_TEXTS = frozenset(
    item.name
    for item in fields(MoveInEntry)
    if item.name not in ("kind", "scope", "members", "confirmations")
)


def encode(payload: CasePayload) -> str:
    """JSON of a payload."""
    return json.dumps(asdict(payload), ensure_ascii=False, separators=(",", ":"))


def decode(text: str) -> CasePayload:
    """The payload of :func:`encode`; what an older version wrote and is no longer known is left out."""
    value: dict[str, Any] = json.loads(text)
    entry = value["entry"]
    return CasePayload(
        entry=MoveInEntry(
            kind=MoveInKind(entry["kind"]),
            scope=Scope(entry["scope"]),
            members=tuple(_member(member) for member in entry["members"]),
            confirmations=dict(entry["confirmations"]),
            **{name: entry.get(name, "") for name in _ENTRY_TEXTS},
        ),
        papers=_papers(value["papers"]),
        source=value["source"],
        special=value.get("special", False),
    )


def _member(value: Mapping[str, str]) -> MemberEntry:
    known = {name: text for name, text in value.items() if name in _MEMBER_NAMES}
    kind = ResidentKind(known.pop("resident_kind"))
    return replace(MemberEntry(key=known.pop("key"), resident_kind=kind), **known)  # type: ignore[arg-type]


def _papers(value: Mapping[str, Mapping[str, str]]) -> Papers:
    return {key: dict(said) for key, said in value.items()}
