"""What was typed, field by field: required, length, characters, digits, dates (RR-1.1.6, RR-1.1.8, RR-1.1.18)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from residentapp.core.characters import character_length, find_faults, split_characters
from residentapp.core.check_digits import valid_individual_number
from residentapp.core.kana import is_katakana_name
from residentapp.core.violations import Violation
from residentapp.residents.changes.rules.catalogue import COMMON, person_field
from residentapp.residents.changes.rules.reading import read_date
from residentapp.residents.changes.spec import Ask, ChangeSpec
from residentapp.residents.changes.types import ChangeEntry, Facts
from residentapp.residents.move_in.rules.reading import card_number, digits, kana_text, month
from residentapp.residents.move_in.rules.text import is_standard
from residentapp.residents.types import ResidentKind

_CARD = re.compile(r"^[A-Z]{2}[0-9]{8}[A-Z]{2}$")
#: Digits that a field must have when it is filled.
DIGIT_COUNTS = {
    "postal_code": 7,
    "previous_postal_code": 7,
    "planned_postal_code": 7,
    "confirmed_postal_code": 7,
    "pension_number": 10,
    "alias_recorded_code": 6,
    "alias_deleted_code": 6,
}
#: Dates that may lie ahead.
MAY_LIE_AHEAD = frozenset(
    {
        "residence_expires_on",
        "health_insurance_lost_on",
        "elderly_care_lost_on",
        "long_term_care_lost_on",
        "pension_lost_on",
    }
)


def check_shapes(spec: ChangeSpec, entry: ChangeEntry, facts: Facts) -> Iterator[Violation]:
    """Every field that the kind of change asks for, of the change itself and of each 異動者."""
    for ask in spec.asks:
        yield from check_field(with_options(ask, entry, facts), entry.text(ask.name), ask.name, facts)
    for person in entry.subjects:
        record = facts.person(person)
        kind = record.kind if record is not None else person.resident_kind
        for ask in spec.person_asks:
            if belongs_to(ask, kind):
                offered = with_options(ask, entry, facts, person.key)
                yield from check_field(
                    offered, person.text(ask.name), person_field(person.key, ask.name), facts
                )


def choices_of(ask: Ask, entry: ChangeEntry, facts: Facts, key: str = "") -> tuple[tuple[str, str], ...]:
    """(value, label) of everything a choice offers.

    :param key: of the person whose field it is; empty for one of the change itself.
    """
    return (*ask.choices, *(ask.options(entry, facts, key) if ask.options is not None else ()))


def with_options(ask: Ask, entry: ChangeEntry, facts: Facts, key: str = "") -> Ask:
    """The field with everything it offers among its choices."""
    return replace(ask, choices=choices_of(ask, entry, facts, key)) if ask.options is not None else ask


def belongs_to(ask: Ask, kind: ResidentKind) -> bool:
    """Whether a kind of resident has the item that a field asks for."""
    return ask.only is None or ask.only is kind


def check_field(ask: Ask, text: str, field: str, facts: Facts) -> Iterator[Violation]:
    """One field as typed.

    :param field: its name in the form.
    """
    if not text:
        if ask.required:
            yield COMMON.found("CH-E050", field, label=ask.label)
        return
    match ask.kind:
        case "date":
            value, why = read_date(text, ask.date)
            if value is None:
                yield COMMON.found("CH-E011", field, label=ask.label, why=why)
            elif ask.name not in MAY_LIE_AHEAD and value.sort > facts.today:
                yield COMMON.found("CH-E060", field, label=ask.label)
        case "month":
            if month(text) is None:
                yield COMMON.found("CH-E059", field, label=ask.label)
        case "choice":
            if text not in dict(ask.choices):
                yield COMMON.found("CH-E055", field, label=ask.label)
        case "digits":
            yield from _check_digits(ask, digits(text), field)
        case "card":
            if ask.name in ("residence_card_number", "special_permanent_number") and not _CARD.match(
                card_number(text)
            ):
                yield COMMON.found("CH-E056", field, label=ask.label)
        case "kana":
            reading = kana_text(text)
            faults = list(check_text(reading, field, ask.label, ask.longest))
            yield from faults
            if not faults and not is_katakana_name(reading):
                yield COMMON.found("CH-E053", field, label=ask.label)
        case "flag":
            return
        case _:
            yield from check_text(text, field, ask.label, ask.longest, lines=ask.kind == "lines")


def _check_digits(ask: Ask, number: str, field: str) -> Iterator[Violation]:
    if ask.name == "individual_number":
        if not valid_individual_number(number):
            yield COMMON.found("CH-E057", field)
        return
    plain = number.isascii() and number.isdigit()
    if ask.name == "resident_code":
        if not (plain and len(number) == 11):
            yield COMMON.found("CH-E058", field)
        return
    wanted = DIGIT_COUNTS.get(ask.name)
    if not plain or (wanted is not None and len(number) != wanted):
        yield COMMON.found(
            "CH-E054", field, label=ask.label if wanted is None else f"{ask.label}（{wanted}桁）"
        )


def check_text(
    text: str, field: str, label: str, longest: int, *, lines: bool = False
) -> Iterator[Violation]:
    """Length in characters, control characters, and characters outside the standard set (CM-1).

    :param lines: several lines are allowed.
    """
    length = character_length(text)
    if length > longest:
        yield COMMON.found("CH-E051", field, label=label, longest=longest, length=length)
    examined = text.replace("\r\n", "\u3000").replace("\n", "\u3000") if lines else text
    for fault in find_faults(examined):
        yield COMMON.found("CH-E052", field, label=label, position=fault.position, why=fault.fault.label)
        return
    foreign = [character for character in split_characters(examined) if not is_standard(character)]
    if foreign:
        yield COMMON.found("CH-A050", field, characters="".join(dict.fromkeys(foreign)))
