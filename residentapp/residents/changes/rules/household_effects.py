"""What becomes of households by a change: heads, 続柄, order of members, and what must hold then (RR-4.0.2–5)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from residentapp.core.dates import DateValue
from residentapp.residents.changes.rules.common import asks_address, moved_on
from residentapp.residents.changes.rules.household import (
    NEW_HOUSEHOLD,
    joins,
    new_head_of_rest,
)
from residentapp.residents.changes.rules.reading import relationship_text
from residentapp.residents.changes.spec import ChangeSpec
from residentapp.residents.changes.types import (
    HEAD,
    ChangeEntry,
    Days,
    Effect,
    Facts,
    Home,
    Person,
    PersonEntry,
    Step,
    display_name,
)
from residentapp.residents.move_in.rules.reading import digits, name_text
from residentapp.residents.rules.member_order import Member, order_members
from residentapp.residents.types import ChangeReason


@dataclass(frozen=True)
class Place:
    """Where the 異動者 are afterwards.

    :param address: the items of the address; empty when the address is no part of the change.
    :param head_name: 氏名 of the head; None without one.
    :param orders: 並び順 by the person's key.
    """

    household_number: str
    address: Mapping[str, Any]
    head_name: str | None
    orders: Mapping[str, int]


def typed_address(entry: ChangeEntry) -> dict[str, Any]:
    """The address of a new household as typed, as items of the record."""
    return {
        "postal_code": digits(entry.text("postal_code")) or None,
        "address_code": digits(entry.text("address_code")) or None,
        "address": entry.text("town") + entry.text("lot"),
        "building": entry.text("building") or None,
    }


ADDRESS_ITEMS = ("postal_code", "address_code", "address", "building")


def address_of(home: Home) -> dict[str, Any]:
    """The address of an existing household."""
    return {name: home.members[0].items[name] for name in ADDRESS_ITEMS}


def place_of(
    spec: ChangeSpec, entry: ChangeEntry, facts: Facts, items: Mapping[str, Mapping[str, Any]] | None = None
) -> Place:
    """Where the 異動者 go: the household that they make, or the one that they join, where they come last (RR-5.2e).

    :param items: items by key of new people, and of others whose name or birth the change itself sets.
    :raises MemberOrderError: when the 続柄 of a new household contradict each other.
    """
    subjects = entry.subjects
    known = items or {}
    if joins(spec, entry):
        home = facts.home(entry.text("target_household"))
        assert home is not None, "the rules let no empty household pass"
        last = max(member["member_order"] for member in home.members)
        orders = {person.key: last + step for step, person in enumerate(subjects, start=1)}
        head_name = home.head.name if home.head is not None else None
        return Place(home.number, address_of(home), head_name, orders)
    address = typed_address(entry) if asks_address(spec, entry) else {}
    records = {person.key: _items_of(person, facts, known) for person in subjects}
    head = next((person for person in subjects if relationship_text(person) == HEAD), None)
    head_name = display_name(records[head.key]) if head is not None else None
    order = order_members(
        [
            Member(
                id=person.key,
                relationship=relationship_text(person),
                birth=records[person.key]["birth_date"].sort,
                number=person.number or person.key,
                register_head=is_register_head(records[person.key]),
            )
            for person in subjects
        ]
    )
    orders = {member.id: step for step, member in enumerate(order, start=1)}
    return Place(NEW_HOUSEHOLD, address, head_name, orders)


def _items_of(person: PersonEntry, facts: Facts, known: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Any]:
    record = facts.person(person)
    return known[person.key] if record is None or person.key in known else record.items


def is_register_head(items: Mapping[str, Any]) -> bool:
    """Whether somebody is the 筆頭者 of their own 戸籍, as far as the record says."""
    head, name = items.get("register_head"), items.get("name")
    return bool(name and head) and name_text(str(name)) == name_text(str(head))


def subject_items(person: PersonEntry, place: Place) -> dict[str, Any]:
    """Items of one of the 異動者 in the household where they are afterwards."""
    return {
        "household_number": place.household_number,
        "member_order": place.orders[person.key],
        "relationship_to_head": relationship_text(person) or None,
        "head_name": place.head_name,
        **place.address,
    }


def rest_step(
    spec: ChangeSpec, entry: ChangeEntry, facts: Facts, *, gone: Iterable[str] | None = None
) -> Step | None:
    """What the household that is left goes through: a head named ex officio, or no head (RR-4.0.4, RR-4.0.5).

    :param gone: 宛名番号 of who leaves; the 異動者 when left out.
    :returns: None when its head stays and no other was chosen.
    """
    left = set(gone) if gone is not None else {person.number for person in entry.subjects}
    home = facts.home(entry.household_number)
    if home is None:
        return None
    behind = [member for member in home.members if member.number not in left]
    if not behind:
        return None
    chosen = new_head_of_rest(entry)
    moved = moved_on(spec, entry)
    if chosen is None:
        if home.head is None or home.head.number not in left:
            return None
        return headless_step(moved, behind)
    return head_change_step(ChangeReason.HEAD_CHANGE, moved, chosen, behind, entry, facts)


def headless_step(moved: DateValue | None, behind: Sequence[Person]) -> Step:
    """A household that is left without head: it may have none (RR-1.1.10).

    続柄 stay as they were until a head is set.
    """
    effects = tuple(
        Effect(
            member.number,
            {"head_name": None},
            history="世帯主の氏名を消除（世帯主不在）",
            consequence=True,
        )
        for member in behind
        if member["head_name"] is not None
    )
    return Step(ChangeReason.CORRECT_EX_OFFICIO, moved, effects)


def head_change_step(
    reason: ChangeReason,
    moved: DateValue | None,
    chosen: PersonEntry,
    members: Sequence[Person],
    entry: ChangeEntry,
    facts: Facts,
    days: Days | None = None,
) -> Step:
    """A new head for people of one household: 世帯主の氏名 of all, and the 続柄 as confirmed on the page."""
    record = facts.person(chosen)
    assert record is not None, "the rules let no unknown head pass"
    by_number = {person.number: person for person in entry.people}
    relationships = {
        member.number: HEAD
        if member.number == chosen.number
        else relationship_text(by_number[member.number]) or None
        for member in members
    }
    effects = tuple(
        Effect(
            member.number,
            {"head_name": record.name, "relationship_to_head": relationships[member.number]},
            consequence=member.number != chosen.number,
        )
        for member in members
    )
    return Step(reason, moved, effects, days or Days())


def joined_orders(home: Home) -> int:
    """The last place in an existing household."""
    last: int = max(member["member_order"] for member in home.members)
    return last


# ---- what must hold afterwards


def broken_invariants(after: Mapping[str, Mapping[str, Any]], facts: Facts) -> list[str]:
    """What a plan would break: one head at most in a household, one name of the head for all, one address.

    The rules above keep it; this is asked once more before anything is written.

    :param after: items of everybody touched, by 宛名番号.
    """
    households: dict[str, list[Mapping[str, Any]]] = {}
    touched = {items["household_number"] for items in after.values()}
    for number, items in after.items():
        if items["state"].is_live:
            households.setdefault(items["household_number"], []).append({**items, "_number": number})
    for number in touched:
        home = facts.home(number)
        for member in home.members if home is not None else ():
            if member.number not in after:
                households.setdefault(number, []).append(member.items)
    broken = []
    for number, members in households.items():
        heads = [member for member in members if member["relationship_to_head"] == HEAD]
        if len(heads) > 1:
            broken.append(f"household {number} has {len(heads)} heads")
        if len({member["head_name"] for member in members}) > 1:
            broken.append(f"household {number} has several names of its head")
        elif heads and heads[0]["head_name"] != display_name(heads[0]):
            broken.append(f"household {number} has another name for its head")
        if len({member["address"] for member in members}) > 1:
            broken.append(f"household {number} has several addresses")
        orders = [member["member_order"] for member in members]
        if len(set(orders)) != len(orders):
            broken.append(f"household {number} has two members at one place")
    return broken
