"""Households before and after: who is head, what the others are, in which order (RR-1.1.10, RR-1.1.11, RR-4.0.2–5).

Three groups of rules and one of effects, for every kind of change: the household that the 異動者 make or join; the
household that stays behind; and names of heads and the order of members, which follow from both.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from residentapp.core.ages import age_during
from residentapp.core.dates import DateField, DateKind, DateValue
from residentapp.core.violations import Level, Violation
from residentapp.residents.changes.rules.catalogue import COMMON, person_field
from residentapp.residents.changes.rules.common import asks_address, moved_on
from residentapp.residents.changes.rules.reading import read_date, relationship_text
from residentapp.residents.changes.rules.relatives import Kin, Setting, is_alone, propose_relationship
from residentapp.residents.changes.spec import ChangeSpec, Target
from residentapp.residents.changes.types import (
    HEAD,
    ChangeEntry,
    Days,
    Effect,
    Facts,
    Home,
    Person,
    PersonEntry,
    Role,
    Scope,
    Step,
    display_name,
    new_number,
)
from residentapp.residents.move_in.rules.household import sex_of_relationship
from residentapp.residents.move_in.rules.reading import digits, name_text
from residentapp.residents.rules.member_order import Member, MemberOrderError, order_members
from residentapp.residents.rules.relationships import parse_relationship
from residentapp.residents.types import ChangeReason, Sex

#: Placeholder of the household that the 異動者 make.
NEW_HOUSEHOLD = new_number("household")
_SPOUSES = frozenset({"夫", "妻", "夫（未届）", "妻（未届）"})
#: Below this age nobody is usually recorded as head.
HEAD_AGE = 15


# ---- what the entry says


def joins(spec: ChangeSpec, entry: ChangeEntry) -> bool:
    """Whether the 異動者 join an existing household."""
    if spec.target is Target.JOIN:
        return True
    return spec.target is Target.CHOOSE and entry.scope is Scope.PART


def makes_own(spec: ChangeSpec, entry: ChangeEntry) -> bool:
    """Whether the 異動者 make a household of their own."""
    return spec.target in (Target.CHOOSE, Target.SPLIT, Target.OWN) and not joins(spec, entry)


def leaves(spec: ChangeSpec) -> bool:
    """Whether the 異動者 are no longer in their household afterwards."""
    return spec.target is not Target.STAY


def left_behind(spec: ChangeSpec, entry: ChangeEntry, facts: Facts) -> tuple[Person, ...]:
    """The members of the household who stay in it."""
    home = facts.home(entry.household_number)
    if home is None:
        return ()
    gone = {person.number for person in entry.subjects} if leaves(spec) else set()
    return tuple(member for member in home.members if member.number not in gone)


def loses_head(spec: ChangeSpec, entry: ChangeEntry, facts: Facts) -> bool:
    """Whether the household is left by its head while others stay (RR-4.0.4)."""
    home = facts.home(entry.household_number)
    behind = left_behind(spec, entry, facts)
    if home is None or home.head is None or not behind:
        return False
    return all(member.number != home.head.number for member in behind)


def new_head_of_rest(entry: ChangeEntry) -> PersonEntry | None:
    """The person chosen as head of the household that is left; None when nobody was."""
    key = entry.text("new_head")
    return next((person for person in entry.people if person.key == key), None) if key else None


# ---- rules


def check_household(spec: ChangeSpec, entry: ChangeEntry, facts: Facts) -> Iterator[Violation]:
    """The household the 異動者 make or join, and the one they leave."""
    if joins(spec, entry):
        yield from _check_joined(entry, facts)
    if joins(spec, entry) or makes_own(spec, entry):
        yield from _check_relationships(spec, entry, facts)
    if spec.head_choice:
        yield from check_rest(spec, entry, facts)


def _check_joined(entry: ChangeEntry, facts: Facts) -> Iterator[Violation]:
    number = entry.text("target_household")
    if not number:
        yield COMMON.found("CH-E030", "target_household")
        return
    if number == entry.household_number:
        yield COMMON.found("CH-E033", "target_household")
        return
    home = facts.home(number)
    if home is None:
        yield COMMON.found("CH-E031", "target_household")
        return
    if home.hidden or home.suppressed is Level.ERROR:
        # The same words for both: who may not know of a measure learns no more than that entry is held back.
        yield COMMON.found("CH-E032", "target_household")
    elif home.suppressed is Level.ALERT:
        yield COMMON.found("CH-A037", "target_household")
    if home.head is None:
        yield COMMON.found("CH-A038", "target_household")


@dataclass(frozen=True)
class Seen:
    """A person whose 続柄 is judged: of the register or of the entry."""

    sex: Sex | None
    birth: DateValue | None


def _seen(person: PersonEntry, facts: Facts) -> Seen:
    record = facts.person(person)
    if record is not None:
        return Seen(record.sex, record.birth)
    try:
        sex = Sex(person.text("sex")) if person.text("sex") else None
    except ValueError:
        sex = None

    return Seen(sex, read_date(person.text("birth_date"), DateField.BIRTH)[0])


def _check_relationships(spec: ChangeSpec, entry: ChangeEntry, facts: Facts) -> Iterator[Violation]:
    people = entry.subjects
    heads = [person for person in people if relationship_text(person) == HEAD]
    spouses = 0
    if joins(spec, entry):
        home = facts.home(entry.text("target_household"))
        for person in heads:
            yield COMMON.found("CH-E035", person_field(person.key, "relationship"))
        if home is None or home.hidden:
            head: Seen | None = None
        else:
            head = Seen(home.head.sex, home.head.birth) if home.head is not None else None
            spouses = sum(member.relationship in _SPOUSES for member in home.members)
    else:
        for person in heads[1:]:
            yield COMMON.found("CH-E034", person_field(person.key, "relationship"))
        head = _seen(heads[0], facts) if heads else None
        if not heads and people:
            yield COMMON.found("CH-A030", person_field(people[0].key, "relationship"))
        elif heads:
            yield from _check_head_age(spec, entry, heads[0], facts)
    for person in people:
        yield from check_relationship(
            person_field(person.key, "relationship"), relationship_text(person), _seen(person, facts), head
        )
        if relationship_text(person) in _SPOUSES:
            spouses += 1
            if spouses > 1:
                yield COMMON.found("CH-A035", person_field(person.key, "relationship"))


def _check_head_age(
    spec: ChangeSpec, entry: ChangeEntry, person: PersonEntry, facts: Facts, *, name: str = "relationship"
) -> Iterator[Violation]:
    birth, moved = _seen(person, facts).birth, moved_on(spec, entry)
    if birth is None or birth.exact is None:
        return
    on = moved.sort if moved is not None and birth.exact <= moved.sort <= facts.today else facts.today
    if age_during(birth.exact, on) < HEAD_AGE:
        field = person_field(person.key, name) if name == "relationship" else name
        yield COMMON.found("CH-A036", field)


def check_relationship(
    field: str, text: str, person: Seen, head: Seen | None, *, required: bool = False
) -> Iterator[Violation]:
    """One 続柄: a wording that may be recorded, and that fits sex and age (RR-1.1.11).

    :param required: a blank is an error, not an alert.
    """
    if not text:
        yield COMMON.found("CH-E038" if required else "CH-A031", field)
        return
    relationship = parse_relationship(text)
    if not relationship.valid:
        yield COMMON.found("CH-E036", field, text=text, remedy=relationship.message)
        return
    implied = sex_of_relationship(text)
    if implied is not None and person.sex in (Sex.MALE, Sex.FEMALE) and person.sex is not implied:
        yield COMMON.found("CH-A032", field, text=text, sex=person.sex.label)
    if head is None or head.birth is None or person.birth is None:
        return
    order = _born_before(person.birth, head.birth)
    if text in ("子", "弟", "妹") and order == -1:
        yield COMMON.found("CH-A033", field, text=text)
    if text in ("父", "母", "兄", "姉") and order == 1:
        yield COMMON.found("CH-A034", field, text=text)
    if text in ("子", "父", "母") and order == 0:
        yield COMMON.found("CH-A033" if text == "子" else "CH-A034", field, text=text)


def _born_before(one: DateValue, other: DateValue) -> int | None:
    """-1 when one was born before the other, 1 after, 0 on the same day; None when a date is unknown."""
    if DateKind.UNKNOWN in (one.kind, other.kind):
        return None
    return (one.sort > other.sort) - (one.sort < other.sort)


def check_rest(spec: ChangeSpec, entry: ChangeEntry, facts: Facts) -> Iterator[Violation]:
    """The household that its head leaves: one is named, or none, knowingly (RR-4.0.4, RR-4.0.5)."""
    chosen = new_head_of_rest(entry)
    behind = left_behind(spec, entry, facts)
    if chosen is not None and chosen.number not in {person.number for person in behind}:
        yield COMMON.found("CH-E037", "new_head")
        return
    if chosen is None:
        if loses_head(spec, entry, facts):
            code = "CH-A041" if len(behind) == 1 else "CH-A040"
            yield COMMON.found(code, "new_head", count=len(behind))
        return
    yield from check_new_head(spec, entry, facts, chosen)


def check_new_head(
    spec: ChangeSpec, entry: ChangeEntry, facts: Facts, chosen: PersonEntry
) -> Iterator[Violation]:
    """A new head of people who stay: old enough, and everybody has a 続柄 to the new head (RR-4.1.4.2)."""
    yield from _check_head_age(spec, entry, chosen, facts, name="new_head")
    head = _seen(chosen, facts)
    spouses = 0
    behind = {person.number for person in left_behind(spec, entry, facts)}
    for person in entry.people:
        if person.key == chosen.key or person.number not in behind:
            continue
        field = person_field(person.key, "relationship")
        text = relationship_text(person)
        if text == HEAD:
            yield COMMON.found("CH-E034", field)
            continue
        yield from check_relationship(field, text, _seen(person, facts), head, required=True)
        if text in _SPOUSES:
            spouses += 1
            if spouses > 1:
                yield COMMON.found("CH-A035", field)


# ---- proposals


def with_proposals(spec: ChangeSpec, entry: ChangeEntry, facts: Facts, *, anew: bool = False) -> ChangeEntry:
    """Fill in 続柄 to the head chosen for the household that is left, where it follows from the old ones.

    :param anew: replace what was typed before (another head was chosen).
    """
    chosen = new_head_of_rest(entry)
    record = facts.person(chosen) if chosen is not None else None
    if chosen is None or record is None:
        return entry
    head = Kin(record.relationship, record.sex)
    setting = _setting(entry, facts, chosen)
    for person in entry.people:
        other = facts.person(person)
        if other is None or person.role is Role.TARGET or (leaves(spec) and person.role is Role.SUBJECT):
            continue
        if person.key == chosen.key:
            text = HEAD
        elif person.text("relationship") and not anew:
            continue
        else:
            order = _born_before(other.birth, record.birth)
            older = None if order in (None, 0) else order == -1
            text = propose_relationship(Kin(other.relationship, other.sex, older), head, setting)
        entry = entry.with_person(replace(person, values={**person.values, "relationship": text}))
    return entry


def _setting(entry: ChangeEntry, facts: Facts, chosen: PersonEntry) -> Setting:
    """What proposals may rest on besides the 続柄 of the two: the old head and everybody else of the household."""
    others = [
        record
        for person in entry.people
        if person.role is not Role.TARGET
        and person.key != chosen.key
        and (record := facts.person(person)) is not None
    ]
    sex = next((record.sex for record in others if record.relationship == HEAD), Sex.UNKNOWN)
    record = facts.person(chosen)
    own = "" if record is None else record.relationship
    return Setting(sex, is_alone(own, (other.relationship for other in others)))


# ---- effects


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


__all__ = [
    "ADDRESS_ITEMS",
    "NEW_HOUSEHOLD",
    "MemberOrderError",
    "Place",
    "Seen",
    "address_of",
    "broken_invariants",
    "check_household",
    "check_new_head",
    "check_relationship",
    "check_rest",
    "head_change_step",
    "headless_step",
    "is_register_head",
    "joins",
    "leaves",
    "left_behind",
    "loses_head",
    "makes_own",
    "new_head_of_rest",
    "place_of",
    "rest_step",
    "subject_items",
    "typed_address",
    "with_proposals",
]
