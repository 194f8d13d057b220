"""どこへ: the new address. For 一部 it is the household's own and is not typed."""

from __future__ import annotations

from collections.abc import Iterator

from residentapp.core.violations import Violation
from residentapp.residents.move_in.fields import CASE_LABELS, CASE_LENGTHS
from residentapp.residents.move_in.rules.catalogue import found
from residentapp.residents.move_in.rules.facts import Facts
from residentapp.residents.move_in.rules.reading import digits
from residentapp.residents.move_in.rules.text import check_text
from residentapp.residents.move_in.types import MoveInEntry, Scope
from residentapp.residents.remarks.rules import open_places

_TEXTS = ("town", "lot", "building")


def check_place(entry: MoveInEntry, facts: Facts) -> Iterator[Violation]:
    """The new address: named, within the municipality, known to the dictionary (法第7条第7号, RR-1.3.2, RR-1.3.3)."""
    yield from check_text(entry.notifier, "notifier", CASE_LABELS["notifier"], CASE_LENGTHS["notifier"])
    yield from check_text(entry.notes, "notes", CASE_LABELS["notes"], CASE_LENGTHS["notes"], lines=True)
    if places := open_places(entry.notes):
        yield found("MI-E071", "notes", places="、".join(f"{{{place}}}" for place in places))
    if entry.scope is Scope.PART:
        return
    for name in _TEXTS:
        yield from check_text(getattr(entry, name), name, CASE_LABELS[name], CASE_LENGTHS[name])
    if entry.postal_code.strip() and not _is_postal_code(entry.postal_code):
        yield found("MI-E012", "postal_code")
    town = entry.town.strip()
    if not town:
        yield found("MI-E010", "town")
        return
    if not within(town, facts):
        yield found("MI-E011", "town", municipality=facts.municipality)
    elif not entry.address_code.strip() or not facts.town_known:
        yield found("MI-A011", "town")
    if not entry.lot.strip():
        yield found("MI-A010", "lot")


def _is_postal_code(text: str) -> bool:
    code = digits(text)
    return len(code) == 7 and code.isascii() and code.isdigit()


def within(address: str, facts: Facts) -> bool:
    """Whether an address names the own municipality; the prefecture may be left out."""
    text = address.strip()
    return text.startswith((facts.prefecture + facts.municipality, facts.municipality))
