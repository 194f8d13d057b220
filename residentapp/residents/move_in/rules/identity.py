"""誰が: nobody twice, nobody who already lives here, and whoever lived here before comes back as themselves.

Source: RR-4.1.1.2. A match tells that a record exists, never where the person lives or went.
"""

from __future__ import annotations

from collections.abc import Iterator

from residentapp.core.violations import Violation
from residentapp.residents.move_in.fields import FIELDS_BY_NAME
from residentapp.residents.move_in.rules.catalogue import found, member_field
from residentapp.residents.move_in.rules.facts import Facts, Match
from residentapp.residents.move_in.rules.reading import card_number, digits, three_items
from residentapp.residents.move_in.types import MemberEntry, MoveInEntry

#: Numbers that only one person can have.
UNIQUE_NUMBERS = ("individual_number", "resident_code", "residence_card_number", "special_permanent_number")


def number_of(member: MemberEntry, name: str) -> str:
    """One of a member's own numbers in the form in which numbers are compared and kept."""
    text = getattr(member, name)
    return card_number(text) if name.endswith("_number") and name != "individual_number" else digits(text)


def check_identity(entry: MoveInEntry, facts: Facts) -> Iterator[Violation]:
    """Duplicates within the entry, people of the register, and other open entries."""
    yield from _check_duplicates(entry)
    chosen: dict[str, int] = {}
    for index, member in enumerate(entry.members):
        field = member_field(index, "re_entry")
        if member.re_entry:
            if member.re_entry in chosen:
                other = entry.members[chosen[member.re_entry]].display_name
                yield found("MI-E063", field, other=f"「{other}」")
            chosen.setdefault(member.re_entry, index)
        yield from _check_matches(field, member, facts.matches.get(member.key, ()))
        if member.key in facts.elsewhere:
            yield found("MI-E064", member_field(index, "individual_number"))


def _check_duplicates(entry: MoveInEntry) -> Iterator[Violation]:
    numbers: dict[tuple[str, str], int] = {}
    people: dict[object, int] = {}
    for index, member in enumerate(entry.members):
        for name in UNIQUE_NUMBERS:
            number = number_of(member, name)
            if not number:
                continue
            first = numbers.setdefault((name, number), index)
            if first != index:
                yield found(
                    "MI-E038",
                    member_field(index, name),
                    label=FIELDS_BY_NAME[name].label,
                    other=f"「{entry.members[first].display_name}」",
                )
        items = three_items(member)
        if items is None:
            continue
        first = people.setdefault(items, index)
        if first != index:
            yield found(
                "MI-A035",
                member_field(index, "name"),
                other=f"「{entry.members[first].display_name}」",
            )


def _check_matches(field: str, member: MemberEntry, matches: tuple[Match, ...]) -> Iterator[Violation]:
    for match in matches:
        if match.live and match.forced:
            yield found("MI-E061", field, by=match.by_label)
    removed = [match for match in matches if not match.live]
    if member.re_entry:
        mine = next((match for match in removed if match.addressee_number == member.re_entry), None)
        if mine is None:
            yield found("MI-E062", field)
            return
        others = [match for match in removed if match.forced and match is not mine]
        if others:
            yield found("MI-E060", field, by=others[0].by_label)
        if mine.differences:
            yield found("MI-A062", field, label="、".join(mine.differences))
        if mine.supported:
            yield found("MI-A063", field)
        return
    if any(match.live and not match.forced for match in matches):
        yield found("MI-A061", field)
    forced = next((match for match in removed if match.forced), None)
    if forced is not None:
        yield found("MI-E060", field, by=forced.by_label)
    elif removed:
        yield found("MI-A060", field)
