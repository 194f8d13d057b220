"""転居: a move inside the municipality (法第23条, RR-4.1.2.1), also within one 地番 (RR-4.1.2.1a)."""

from __future__ import annotations

from collections.abc import Iterator

from residentapp.core.violations import Violation
from residentapp.residents.changes.rules.catalogue import Catalogue, Finding, person_field
from residentapp.residents.changes.rules.common import moved_on, recorded_on, step_days
from residentapp.residents.changes.rules.household import joins
from residentapp.residents.changes.rules.household_effects import (
    address_of,
    place_of,
    rest_step,
    subject_items,
    typed_address,
)
from residentapp.residents.changes.rules.notes import typed_notes
from residentapp.residents.changes.rules.ward_move import check_within
from residentapp.residents.changes.spec import ChangeSpec
from residentapp.residents.changes.types import ChangeEntry, Effect, Facts, Person, Plan, Step, steps_of
from residentapp.residents.types import ChangeReason

FINDINGS = Catalogue(
    "MW",
    Finding(
        "MW-E001",
        "新しい住所が、いまの住所と同じです（方書も同じ）。",
        "住所か方書を確かめてください。住所が変わらないときは、世帯変更か職権修正です。",
        "法第23条、RR-4.1.2.1",
    ),
    Finding(
        "MW-A001",
        "地番が同じで、方書だけが変わる転居です。",
        "同じ地番の別の建物・部屋への転居であることを確かめ、理由を入力してください。",
        "RR-4.1.2.1a",
    ),
    Finding(
        "MW-A002",
        "支援措置の対象者と、そうでない人が同じ世帯になります。",
        "支援措置の担当者に確かめてから進めてください。",
        "RR-3.4",
    ),
)


def check(spec: ChangeSpec, entry: ChangeEntry, facts: Facts) -> Iterator[Violation]:
    """The new address is another one; people under protection are not joined to others unnoticed."""
    yield from check_within(spec, entry, facts)
    home = facts.home(entry.household_number)
    target = facts.home(entry.text("target_household"))
    if home is None:
        return
    old = address_of(home)
    if joins(spec, entry):
        new = address_of(target) if target is not None and not target.hidden else None
    else:
        new = typed_address(entry) if entry.text("town") else None
    if new is not None:
        field = "target_household" if joins(spec, entry) else "lot"
        same = _plain(new["address"]) == _plain(old["address"])
        if same and _plain(new["building"] or "") == _plain(old["building"] or ""):
            yield FINDINGS.found("MW-E001", field)
        elif same:
            yield FINDINGS.found("MW-A001", field)
    if joins(spec, entry) and target is not None:
        movers = {person.number for person in entry.subjects}
        members = {member.number for member in target.members}
        if movers & facts.protected and members - facts.protected:
            yield FINDINGS.found("MW-A002", person_field(entry.subjects[0].key, "chosen"))


def _plain(text: str) -> str:
    return "".join(text.split())


def plan(spec: ChangeSpec, entry: ChangeEntry, facts: Facts) -> Plan:
    """The movers in their new household; the household that is left goes on, with or without a head."""
    moved = moved_on(spec, entry)
    place = place_of(spec, entry, facts)
    days = step_days(spec, entry)
    effects = []
    for person in sorted(entry.subjects, key=lambda person: place.orders[person.key]):
        record = facts.person(person)
        assert record is not None
        effects.append(
            Effect(
                person.number,
                {
                    **subject_items(person, place),
                    "address_set_on": moved,
                    "notified_on": recorded_on(days, facts),
                },
                history=f"{_full(record)}から転居",
                notes=typed_notes(entry),
            )
        )
    return steps_of(
        [Step(ChangeReason.MOVE_WITHIN, moved, tuple(effects), days), rest_step(spec, entry, facts)]
    )


def _full(record: Person) -> str:
    return "　".join(part for part in (record["address"], record["building"]) if part)
