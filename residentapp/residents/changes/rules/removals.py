"""死亡 (RR-4.2.2.1), 失踪 (RR-4.2.2.2) and 職権消除: the record becomes a 除票, the household goes on (RR-4.0.2b)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from residentapp.core.dates import DateField
from residentapp.core.violations import Violation
from residentapp.residents.changes.rules.catalogue import Catalogue, Finding
from residentapp.residents.changes.rules.common import moved_on, step_days
from residentapp.residents.changes.rules.ex_officio import (
    check_children_left,
    check_protected,
    differing,
    rest_of,
    told,
)
from residentapp.residents.changes.rules.notes import typed_notes
from residentapp.residents.changes.rules.reading import read_date, value_of
from residentapp.residents.changes.rules.shape import belongs_to
from residentapp.residents.changes.spec import ChangeSpec
from residentapp.residents.changes.types import (
    ChangeEntry,
    Effect,
    Facts,
    Person,
    PersonEntry,
    Plan,
    Step,
    steps_of,
)
from residentapp.residents.remarks.rules import NoteDraft
from residentapp.residents.types import ChangeReason, ResidentState

FINDINGS = Catalogue(
    "RM",
    Finding(
        "RM-E001",
        "死亡とみなされる日が、{name}さんの生年月日より前です。",
        "戸籍の通知で確かめて入力し直してください。",
        "民法第31条、RR-11.1a",
    ),
    Finding(
        "RM-A001",
        "死亡とみなされる日が異動日より後です。",
        "失踪宣告の裁判が確定した日と、死亡とみなされる日を、戸籍の通知で確かめてください。",
        "民法第31条、RR-4.2.2.2",
    ),
    Finding(
        "RM-A002",
        "世帯の全員を職権で消除します。",
        "全員が住んでいないことを確かめ、理由を入力してください。",
        "令第12条第1項・第3項",
    ),
)

#: Why somebody is removed by 職権, as the record says it.
REMOVAL_CAUSES = (
    ("absent", "実態調査により不現住"),
    ("twice", "二重登録"),
    ("error", "誤記載"),
    ("outside", "住民基本台帳法の適用外"),
    ("other", "その他"),
)
_DESTINATION = ("planned_destination", "planned_destination_code", "planned_destination_postal_code")


def check_death(spec: ChangeSpec, entry: ChangeEntry, facts: Facts) -> Iterator[Violation]:
    """Who is left behind, and who has to know."""
    yield from check_children_left(spec, entry, facts)
    yield from check_protected(entry, facts)


def check_disappearance(spec: ChangeSpec, entry: ChangeEntry, facts: Facts) -> Iterator[Violation]:
    """The adjudged day of death lies within the person's life, and before the judgement (民法第31条)."""
    adjudged, _why = read_date(entry.text("adjudged_on"), DateField.EVENT)
    moved = moved_on(spec, entry)
    if adjudged is not None and adjudged.exact is not None:
        for person in entry.subjects:
            record = facts.person(person)
            if record is not None and record.birth.exact is not None and adjudged.exact < record.birth.exact:
                yield FINDINGS.found("RM-E001", "adjudged_on", name=record.name)
        if moved is not None and moved.exact is not None and adjudged.exact > moved.exact:
            yield FINDINGS.found("RM-A001", "adjudged_on")
    yield from check_death(spec, entry, facts)


def check_removal(spec: ChangeSpec, entry: ChangeEntry, facts: Facts) -> Iterator[Violation]:
    """Nobody's home is emptied unnoticed."""
    home = facts.home(entry.household_number)
    if home is not None and len(home.members) > 1 and len(entry.subjects) == len(home.members):
        yield FINDINGS.found("RM-A002", "people")
    yield from check_death(spec, entry, facts)


def plan_death(spec: ChangeSpec, entry: ChangeEntry, facts: Facts) -> Plan:
    """除票 of the dead, with the 戸籍の表示 of the notice where it was corrected along (RR-4.2.0.3b)."""
    return _plan(ChangeReason.DEATH, ResidentState.DEAD, told(spec, entry, "死亡"), (), spec, entry, facts)


def plan_disappearance(spec: ChangeSpec, entry: ChangeEntry, facts: Facts) -> Plan:
    """Removed by 職権; the day of death that the court has found stands in a 留意事項 (RR-4.2.2.2)."""
    adjudged, _why = read_date(entry.text("adjudged_on"), DateField.EVENT)
    assert adjudged is not None, "the rules let no blank pass"
    note = NoteDraft(f"失踪宣告　死亡とみなされる日　{adjudged.wareki}")
    text = told(spec, entry, "職権消除（失踪宣告）")
    reason, state = ChangeReason.REMOVE_EX_OFFICIO, ResidentState.REMOVED
    return _plan(reason, state, text, (note,), spec, entry, facts)


def plan_removal(spec: ChangeSpec, entry: ChangeEntry, facts: Facts) -> Plan:
    """Removed by 職権, and what is left of the household."""
    cause = dict(REMOVAL_CAUSES)[entry.text("removal_cause")]
    text = told(spec, entry, f"職権消除（{cause}）")
    reason, state = ChangeReason.REMOVE_EX_OFFICIO, ResidentState.REMOVED
    return _plan(reason, state, text, (), spec, entry, facts)


def _plan(
    reason: ChangeReason,
    state: ResidentState,
    history: str,
    notes: tuple[NoteDraft, ...],
    spec: ChangeSpec,
    entry: ChangeEntry,
    facts: Facts,
) -> Plan:
    moved, days = moved_on(spec, entry), step_days(spec, entry)
    effects = []
    for person in entry.subjects:
        record = facts.person(person)
        assert record is not None, "the rules let nobody unknown pass"
        items = {
            "state": state,
            "removal_reason": reason.label,
            "removal_occurred_on": moved,
            "removed_on": facts.today,
            # A 転出届 whose day had not come has come to nothing: it is not where this person went.
            **dict.fromkeys((*_DESTINATION, "removal_notified_on")),
            **_register_items(spec, person, record),
        }
        effects.append(
            Effect(
                person.number,
                differing(record, items),
                history=history,
                notes=(*notes, *typed_notes(entry)),
            )
        )
    return steps_of([Step(reason, moved, tuple(effects), days), rest_of(spec, entry, facts)])


def _register_items(spec: ChangeSpec, person: PersonEntry, record: Person) -> dict[str, Any]:
    """戸籍の表示 as the notice has it; a blank field changes nothing, because the item cannot be blank (RR-1.1.6)."""
    return {
        ask.name: value_of(ask, person.text(ask.name))
        for ask in spec.person_asks
        if ask.prefill and belongs_to(ask, record.kind) and person.text(ask.name)
    }
