"""留意事項 (type B) that the clerk adds to a change: typed, or a registered text that was chosen (RR-1.1.14c)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from residentapp.residents.changes.types import ChangeEntry, Facts, Plan, Step
from residentapp.residents.remarks.rules import Days, NoteDraft, NoteFacts
from residentapp.residents.remarks.rules.typed import drafts_of, with_line
from residentapp.residents.types import ChangeReason

#: The registered texts that were chosen, as they were filled, with the items that they are linked to. Kept with the
#: entry; the page never sends it.
_CHOSEN = "_chosen_notes"


def typed_notes(entry: ChangeEntry) -> tuple[NoteDraft, ...]:
    """The lines typed as 留意事項, for every 異動者 alike."""
    return drafts_of(entry.text("notes"), entry.text(_CHOSEN))


def with_note(entry: ChangeEntry, note: NoteDraft) -> ChangeEntry:
    """The entry with a registered text as one more line of its 留意事項."""
    notes, chosen = with_line(entry.text("notes"), entry.text(_CHOSEN), note)
    return entry.with_values(**{"notes": notes, _CHOSEN: chosen})


def note_facts(plan: Plan, facts: Facts) -> Iterator[tuple[ChangeReason, list[NoteFacts]]]:
    """By each 異動事由 of a plan what a registered text is filled from, for each person whom the change is about."""
    state: dict[str, Mapping[str, Any]] = {number: person.items for number, person in facts.people.items()}
    for step in plan.steps:
        people = []
        for effect in step.effects:
            before = state.get(effect.number, {})
            state[effect.number] = {**before, **effect.items}
            if not effect.consequence:
                people.append(NoteFacts(before, state[effect.number], step.moved_on, _days(step)))
        if people:
            yield step.reason, people


def _days(step: Step) -> Days:
    days = step.days
    return Days(days.notified_on, days.applied_on, days.noticed_on, days.requested_on)
