"""Items of a record as they would be typed: what fields begin with."""

from __future__ import annotations

import datetime as dt
import enum

from residentapp.core.dates import DateValue, day_text
from residentapp.residents.changes.spec import Ask
from residentapp.residents.changes.types import Person


def text_of_item(ask: Ask, record: Person) -> str:
    """The record's item for a field. Dates in wareki, except 生年月日 of foreign residents and 満了の日 (RR-1.1.9)."""
    value = record.items.get(ask.prefill)
    if value is None or value == []:
        return ""
    if isinstance(value, bool):
        if ask.kind == "flag":
            return "1" if value else ""
        return "yes" if value else "no"
    if isinstance(value, list):
        return "\n".join(value)
    if isinstance(value, DateValue):
        return value.seireki if record.is_foreign and ask.prefill == "birth_date" else value.wareki
    if isinstance(value, dt.date):
        return day_text(value, western=ask.prefill == "residence_expires_on")
    return str(value.value) if isinstance(value, enum.Enum) else str(value)
