"""Households before and after: who is head, what the others are, in which order (RR-1.1.10, RR-1.1.11, RR-4.0.2–5).

Rules for every kind of change: the household that the 異動者 make or join, and the household that stays behind. What
becomes of both is in ``household_effects``, what is proposed to the clerk in ``proposals``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from residentapp.core.ages import age_during
from residentapp.core.dates import DateField, DateKind, DateValue
from residentapp.core.violations import Level, Violation
from residentapp.residents.changes.rules.catalogue import COMMON, person_field
from residentapp.residents.changes.rules.common import moved_on
from residentapp.residents.changes.rules.reading import read_date, relationship_text
from residentapp.residents.changes.spec import ChangeSpec, Target
from residentapp.residents.changes.types import (
    HEAD,
    ChangeEntry,
    Facts,
    Person,
    PersonEntry,
    Scope,
    new_number,
)
from residentapp.residents.move_in.rules.household import sex_of_relationship
from residentapp.residents.rules.relationships import parse_relationship
from residentapp.residents.types import Sex

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


def seen_of(person: PersonEntry | Person, facts: Facts) -> Seen:
    """Sex and birth of somebody of the register or of the entry."""
    record = person if isinstance(person, Person) else facts.person(person)
    if record is not None:
        return Seen(record.sex, record.birth)
    assert isinstance(person, PersonEntry), "a record was taken above"
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
        head = seen_of(heads[0], facts) if heads else None
        if not heads and people:
            yield COMMON.found("CH-A030", person_field(people[0].key, "relationship"))
        elif heads:
            yield from _check_head_age(spec, entry, heads[0], facts)
    for person in people:
        yield from check_relationship(
            person_field(person.key, "relationship"), relationship_text(person), seen_of(person, facts), head
        )
        if relationship_text(person) in _SPOUSES:
            spouses += 1
            if spouses > 1:
                yield COMMON.found("CH-A035", person_field(person.key, "relationship"))


def _check_head_age(
    spec: ChangeSpec, entry: ChangeEntry, person: PersonEntry, facts: Facts, *, name: str = "relationship"
) -> Iterator[Violation]:
    birth, moved = seen_of(person, facts).birth, moved_on(spec, entry)
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
    order = born_before(person.birth, head.birth)
    if text in ("子", "弟", "妹") and order == -1:
        yield COMMON.found("CH-A033", field, text=text)
    if text in ("父", "母", "兄", "姉") and order == 1:
        yield COMMON.found("CH-A034", field, text=text)
    if text in ("子", "父", "母") and order == 0:
        yield COMMON.found("CH-A033" if text == "子" else "CH-A034", field, text=text)


def born_before(one: DateValue, other: DateValue) -> int | None:
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
    head = seen_of(chosen, facts)
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
        yield from check_relationship(field, text, seen_of(person, facts), head, required=True)
        if text in _SPOUSES:
            spouses += 1
            if spouses > 1:
                yield COMMON.found("CH-A035", field)
