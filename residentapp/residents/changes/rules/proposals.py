"""What is proposed to the clerk when the head of a household changes (RR-4.1.4.2)."""

from __future__ import annotations

from dataclasses import replace

from residentapp.residents.changes.rules.household import (
    born_before,
    leaves,
    new_head_of_rest,
)
from residentapp.residents.changes.rules.relatives import Kin, Setting, is_alone, propose_relationship
from residentapp.residents.changes.spec import ChangeSpec
from residentapp.residents.changes.types import (
    HEAD,
    ChangeEntry,
    Facts,
    PersonEntry,
    Role,
)
from residentapp.residents.types import Sex


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
            order = born_before(other.birth, record.birth)
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
