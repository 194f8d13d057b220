"""在留資格等 by notice of the 出入国在留管理庁長官 (法第30条の50, RR-4.5.6): correction of a record, and its end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from residentapp.core.dates import DateValue
from residentapp.core.violations import Violation
from residentapp.residents.changes.rules.catalogue import person_field
from residentapp.residents.changes.rules.common import moved_on, step_days
from residentapp.residents.changes.rules.correction import (
    check_key_items,
    corrected,
    followers,
    own_consequences,
    readable,
)
from residentapp.residents.changes.rules.household_effects import rest_step
from residentapp.residents.changes.rules.nationality import (
    FINDINGS,
    check_country,
    country_code_of,
    one_subject,
)
from residentapp.residents.changes.rules.notes import typed_notes
from residentapp.residents.changes.rules.reading import value_of
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
from residentapp.residents.types import ChangeReason, ForeignCategory, ResidentState

#: What a 区分 must have and what it cannot have (RR-1.1.2b, RR-1.1.6).
NEEDED: Mapping[ForeignCategory, tuple[str, ...]] = {
    ForeignCategory.MID_TO_LONG_TERM: ("residence_card_number",),
    ForeignCategory.SPECIAL_PERMANENT: ("special_permanent_number",),
    ForeignCategory.TEMPORARY_REFUGE: ("residence_period",),
    ForeignCategory.PROVISIONAL_STAY: ("residence_period",),
}
_CARDS = {"residence_card_number", "special_permanent_number"}
_LABELS = {
    "residence_card_number": "在留カードの番号",
    "special_permanent_number": "特別永住者証明書の番号",
    "residence_period": "期間",
}


def check_status(spec: ChangeSpec, entry: ChangeEntry, facts: Facts) -> Iterator[Violation]:
    """The items fit the 区分; an expired term is noticed (RR-1.1.2b, RR-4.5.6)."""
    found = one_subject(entry, facts)
    if found is None:
        return
    person, record = found
    yield from _check_person(spec, person, record, facts)
    try:
        category = ForeignCategory(person.text("foreign_category"))
    except ValueError:
        return
    needed = NEEDED.get(category, ())
    for name in needed:
        if not person.text(name):
            yield FINDINGS.found(
                "FR-E010", person_field(person.key, name), category=category.label, label=_LABELS[name]
            )
    for name in sorted(_CARDS - set(needed)):
        if person.text(name):
            yield FINDINGS.found(
                "FR-E011", person_field(person.key, name), category=category.label, label=_LABELS[name]
            )
    expires = next((ask for ask in spec.person_asks if ask.name == "residence_expires_on"), None)
    day = value_of(expires, person.text("residence_expires_on")) if expires is not None else None
    if day is not None and day < facts.today:
        said = DateValue.of(day, western=True).writing
        yield FINDINGS.found("FR-A010", person_field(person.key, "residence_expires_on"), day=said)


def _check_person(spec: ChangeSpec, person: PersonEntry, record: Person, facts: Facts) -> Iterator[Violation]:
    """氏名, 生年月日, 性別 and 国籍・地域, of which such a notice can tell as well (法第30条の50)."""
    if {"name", "name_alphabet"} & set(person.values) and not (
        person.text("name") or person.text("name_alphabet")
    ):
        yield FINDINGS.found("FR-E001", person_field(person.key, "name_alphabet"), name=record.name)
    if readable(spec, person, record):
        yield from check_key_items(person, record, corrected(spec, person, record))
    if person.text("nationality") != (record["nationality"] or ""):
        yield from check_country(person, facts)


def plan_status(spec: ChangeSpec, entry: ChangeEntry, facts: Facts) -> Plan:
    """Correction on the notice; only what differs is an effect. A new name goes on to where it stands as the head's."""
    [person] = entry.subjects
    record = facts.people[person.number]
    items = corrected(spec, person, record)
    if not items:
        return Plan()
    if "nationality" in items:
        items["nationality_code"] = country_code_of(items["nationality"], facts)
    effect = Effect(
        person.number,
        {**items, **own_consequences(entry, record, items)},
        history="出入国在留管理庁長官の通知により修正",
        notes=typed_notes(entry),
    )
    effects = (effect, *followers(entry, facts, record, items))
    moved = moved_on(spec, entry)
    return steps_of([Step(ChangeReason.CORRECT_EX_OFFICIO, moved, effects, step_days(spec, entry))])


def check_handed_over(spec: ChangeSpec, entry: ChangeEntry, facts: Facts) -> Iterator[Violation]:
    """The person is a 特別永住者, and the certificate is the new one (入管特例法第7条, 第11条 to 第14条; RR-4.5.7b)."""
    found = one_subject(entry, facts)
    if found is None:
        return
    person, record = found
    if record["foreign_category"] is not ForeignCategory.SPECIAL_PERMANENT:
        yield FINDINGS.found("FR-E013", person_field(person.key, "chosen"), name=record.name)
    elif not corrected(spec, person, record) and not entry.text("number_known"):
        yield FINDINGS.found("FR-E014", person_field(person.key, "special_permanent_number"))


def plan_handed_over(spec: ChangeSpec, entry: ChangeEntry, facts: Facts) -> Plan:
    """特別永住者証明書の交付: its number is recorded where it is not yet, and the 入管庁 is told of it."""
    [person] = entry.subjects
    items = corrected(spec, person, facts.people[person.number])
    effect = Effect(person.number, items, history="特別永住者証明書の交付", notes=typed_notes(entry))
    moved, days = moved_on(spec, entry), step_days(spec, entry)
    return steps_of([Step(ChangeReason.CORRECT_EX_OFFICIO, moved, (effect,), days, handed_over=True)])


#: Why somebody no longer is a 外国人住民 by such a notice (RR-4.5.6).
CAUSES: Mapping[str, str] = {
    "revoked": "在留資格の取消し",
    "outside": "対象外の在留資格への変更",
    "departed": "再入国許可によらない出国",
    "expired": "在留期間の経過",
    "ended": "一時庇護・仮滞在の許可の失効",
}


def check_end(spec: ChangeSpec, entry: ChangeEntry, facts: Facts) -> Iterator[Violation]:
    """A cause is chosen; what the household goes through the road asks itself."""
    if not entry.text("cause") or entry.text("cause") not in CAUSES:
        yield FINDINGS.found("FR-E012", "cause")


def plan_end(spec: ChangeSpec, entry: ChangeEntry, facts: Facts) -> Plan:
    """消除 on the notice of 出入国在留管理庁長官 (法第30条の50, RR-4.5.6)."""
    moved, days = moved_on(spec, entry), step_days(spec, entry)
    cause = CAUSES[entry.text("cause")]
    effects = tuple(
        Effect(
            person.number,
            {
                "state": ResidentState.REMOVED,
                "removal_reason": cause,
                "removal_occurred_on": moved,
                "removed_on": facts.today,
            },
            history=f"{cause}により消除（出入国在留管理庁長官の通知）",
            notes=typed_notes(entry),
        )
        for person in entry.subjects
    )
    return steps_of(
        [Step(ChangeReason.REMOVE_EX_OFFICIO, moved, effects, days), rest_step(spec, entry, facts)]
    )
