"""改製 by hand, whenever the office finds it useful (RR-1.1.4a), and 再製 of a record that was lost or damaged.

After a 改製 certificates with history begin with it; the rows before it stay in the register as the 改製原住民票.
"""

from __future__ import annotations

from collections.abc import Iterator

from residentapp.core.dates import to_wareki
from residentapp.core.violations import Violation
from residentapp.residents.changes.rules.catalogue import Catalogue, Finding, person_field
from residentapp.residents.changes.rules.common import moved_on, step_days
from residentapp.residents.changes.rules.ex_officio import told
from residentapp.residents.changes.rules.notes import typed_notes
from residentapp.residents.changes.spec import ChangeSpec
from residentapp.residents.changes.types import ChangeEntry, Effect, Facts, Plan, Step, steps_of
from residentapp.residents.types import ChangeReason

FINDINGS = Catalogue(
    "RB",
    Finding(
        "RB-E001",
        "{name}さんの住民票は、{day}に改製されています。",
        "それより後の日を入力するか、改製する人を選び直してください。",
        "RR-1.1.4a",
    ),
    Finding(
        "RB-A001",
        "改製すると、{day}より前の異動履歴は住民票の写しに載らなくなります。",
        "改製原住民票の写しが要るときに備えて、改製してよい理由を入力してください。",
        "RR-1.1.4a、令第16条",
    ),
)


def check(spec: ChangeSpec, entry: ChangeEntry, facts: Facts) -> Iterator[Violation]:
    """A 改製 comes after the last one; the clerk knows what certificates no longer show."""
    moved = moved_on(spec, entry)
    if moved is None or moved.exact is None or moved.exact > facts.today:
        return
    for person in entry.subjects:
        record = facts.person(person)
        last = record["rebuilt_on"] if record is not None else None
        if record is not None and last is not None and moved.exact <= last:
            field = person_field(person.key, "chosen")
            yield FINDINGS.found("RB-E001", field, name=record.name, day=to_wareki(last))
    if entry.subjects:
        yield FINDINGS.found("RB-A001", "people", day=moved.wareki)


def plan(spec: ChangeSpec, entry: ChangeEntry, facts: Facts) -> Plan:
    """A row of its own with the day of the 改製; every other item goes on."""
    moved = moved_on(spec, entry)
    assert moved is not None and moved.exact is not None, "異動日 of a 改製 is a day of the calendar"
    return _plan(ChangeReason.RECORD_REBUILD, "改製", spec, entry, rebuilt_on=moved.exact)


def check_nothing(spec: ChangeSpec, entry: ChangeEntry, facts: Facts) -> Iterator[Violation]:
    """再製 has no rules besides those of the road: why it was needed stands in the 職権記録書."""
    return iter(())


def plan_reconstruction(spec: ChangeSpec, entry: ChangeEntry, facts: Facts) -> Plan:
    """The record as it was; that it was made anew stands in its history."""
    return _plan(ChangeReason.RECORD_RECONSTRUCTION, "再製", spec, entry)


def _plan(reason: ChangeReason, text: str, spec: ChangeSpec, entry: ChangeEntry, **items: object) -> Plan:
    effects = tuple(
        Effect(person.number, items, history=told(spec, entry, text), notes=typed_notes(entry))
        for person in entry.subjects
    )
    return steps_of([Step(reason, moved_on(spec, entry), effects, step_days(spec, entry))])
