"""Reading what was typed, by the field that asks for it; the rules, the plans and the check page all read with it."""

from __future__ import annotations

import datetime as dt
from typing import Any

from residentapp.core.dates import DateError, DateField, DateValue, parse_date
from residentapp.residents.changes.spec import Ask, ChangeSpec
from residentapp.residents.changes.types import ChangeEntry, PersonEntry
from residentapp.residents.move_in.rules.reading import card_number, digits, kana_text, month, name_text
from residentapp.residents.rules.relationships import parse_relationship
from residentapp.residents.types import ForeignCategory, PensionKind, Sex

#: Items that the register holds as DateValue; other dates are days of the calendar.
DATE_VALUES = frozenset(
    {
        "birth_date",
        "became_resident_on",
        "became_foreign_resident_on",
        "address_set_on",
        "former_registration_on",
        "removal_occurred_on",
    }
)
_ENUMS: dict[str, Any] = {"sex": Sex, "foreign_category": ForeignCategory, "pension_kind": PensionKind}


def read_date(text: str, field: DateField) -> tuple[DateValue | None, str]:
    """A date as typed: the date and an empty text, or None and why it cannot be read. A blank is None and empty."""
    if not text.strip():
        return None, ""
    try:
        return parse_date(text, field), ""
    except DateError as error:
        return None, error.message


def moved_on(spec: ChangeSpec, entry: ChangeEntry) -> DateValue | None:
    """異動日, when it can be read."""
    return read_date(entry.text("moved_on"), spec.moved_on)[0]


def day(entry: ChangeEntry, name: str) -> dt.date | None:
    """A day of the change (届出日 …); None when it is blank or cannot be read."""
    value, _why = read_date(entry.text(name), DateField.OTHER)
    return value.exact if value is not None else None


def relationship_text(person: PersonEntry) -> str:
    """続柄 as it is recorded; what is not valid stays as typed. No spelling makes a second head."""
    typed = person.text("relationship")
    read = parse_relationship(typed)
    return read.normal or typed if read.valid else typed


def value_of(ask: Ask, text: str) -> Any:
    """One field as the register holds it; None for a blank. Called only after the rules found nothing wrong."""
    if ask.kind == "flag":
        return bool(text.strip())
    if not text.strip():
        return None
    if ask.name in _ENUMS:
        return _ENUMS[ask.name](text.strip())
    match ask.kind:
        case "date":
            value = read_date(text, ask.date)[0]
            if value is None or ask.name in DATE_VALUES:
                return value
            return value.exact
        case "month":
            return month(text)
        case "digits":
            return digits(text)
        case "card":
            return card_number(text)
        case "kana":
            return kana_text(text)
        case "name":
            return name_text(text, foreign=ask.name == "name_alphabet")
        case "choice" if {value for value, _label in ask.choices} <= {"yes", "no", ""}:
            return text.strip() == "yes"
        case "lines":
            return (
                text.strip()
                if ask.name != "previous_aliases"
                else [line.strip() for line in text.splitlines() if line.strip()]
            )
        case _:
            return text.strip()
