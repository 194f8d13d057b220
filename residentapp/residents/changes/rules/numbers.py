"""住民票コード and 個人番号: new, changed on request, corrected (RR-4.3.1–4.3.2, RR-4.4; 法第30条の3–4, 番号法第7条).

A code is never typed where the law lets chance give it: it is drawn from the stock at the final registration.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from residentapp.core.violations import Violation
from residentapp.residents.changes.rules.catalogue import Catalogue, Finding, person_field
from residentapp.residents.changes.rules.common import moved_on, step_days
from residentapp.residents.changes.rules.notes import typed_notes
from residentapp.residents.changes.spec import ChangeSpec
from residentapp.residents.changes.types import (
    DRAW,
    ChangeEntry,
    Effect,
    Facts,
    Person,
    PersonEntry,
    Plan,
    Step,
    steps_of,
)
from residentapp.residents.move_in.rules.reading import digits
from residentapp.residents.types import ChangeReason

FINDINGS = Catalogue(
    "NU",
    Finding(
        "NU-E001",
        "{name}さんには、すでに{label}があります。",
        "変更か修正を選んでください。",
        "法第30条の3、番号法第7条",
    ),
    Finding(
        "NU-E002",
        "{name}さんには{label}がありません。",
        "人を確かめるか、職権記載を選んでください。",
        "法第30条の4、番号法第7条第2項",
    ),
    Finding(
        "NU-E003",
        "{label}が、いまの番号と同じです。",
        "書類の番号を確かめて入力し直してください。",
        "RR-4.3.2、RR-4.4",
    ),
    Finding(
        "NU-E004",
        "同じ{label}の人が、すでに記録されています。",
        "書類の番号を確かめて入力し直してください。",
        "RR-11.1a",
    ),
    Finding(
        "NU-A001",
        "個人番号カードをお持ちの人の番号を変えます。",
        "カードの返納と再発行の手続を案内したことを確かめ、理由を入力してください。",
        "番号法第7条第2項、番号法施行令第3条",
    ),
    Finding(
        "NU-A002",
        "空いている住民票コードが残り{left}件です。",
        "CSから空きコードを取り込む予定を確かめ、理由を入力してください。",
        "RR-4.3.1b",
    ),
)

CODE, NUMBER = "resident_code", "individual_number"
LABELS = {CODE: "住民票コード", NUMBER: "個人番号"}


def _found(entry: ChangeEntry, facts: Facts) -> tuple[PersonEntry, Person] | None:
    if len(entry.subjects) != 1:
        return None
    record = facts.person(entry.subjects[0])
    return (entry.subjects[0], record) if record is not None else None


def _held(record: Person, name: str) -> bool:
    return record[f"{name}_hash"] is not None


def _check_held(entry: ChangeEntry, facts: Facts, name: str, *, wanted: bool) -> Iterator[Violation]:
    """The person has the number, or has it not, as the change needs."""
    found = _found(entry, facts)
    if found is None or _held(found[1], name) is wanted:
        return
    code = "NU-E002" if wanted else "NU-E001"
    field = person_field(found[0].key, "chosen")
    yield FINDINGS.found(code, field, name=found[1].name, label=LABELS[name])


def _check_typed(entry: ChangeEntry, facts: Facts, name: str) -> Iterator[Violation]:
    """A typed number is another one, and nobody else's."""
    found = _found(entry, facts)
    if found is None:
        return
    person, record = found
    field = person_field(person.key, name)
    typed_hash = facts.extra.get("typed", {}).get((person.key, name))
    if typed_hash is not None and typed_hash == record[f"{name}_hash"]:
        yield FINDINGS.found("NU-E003", field, label=LABELS[name])
    elif (person.key, name) in facts.extra.get("taken", frozenset()):
        yield FINDINGS.found("NU-E004", field, label=LABELS[name])


def _check_stock(entry: ChangeEntry, facts: Facts) -> Iterator[Violation]:
    left = facts.extra.get("free_codes")
    if left is not None and left <= facts.extra.get("low_water", 0) and entry.subjects:
        yield FINDINGS.found("NU-A002", person_field(entry.subjects[0].key, "chosen"), left=left)


def _check_card(entry: ChangeEntry, facts: Facts) -> Iterator[Violation]:
    found = _found(entry, facts)
    if found is not None and found[1]["number_card_state"]:
        yield FINDINGS.found("NU-A001", person_field(found[0].key, "chosen"))


# ---- 住民票コード


def check_change_code(spec: ChangeSpec, entry: ChangeEntry, facts: Facts) -> Iterator[Violation]:
    """変更請求 (法第30条の4): whoever has a code gets another, drawn at random."""
    yield from _check_held(entry, facts, CODE, wanted=True)
    yield from _check_stock(entry, facts)


def check_record_code(spec: ChangeSpec, entry: ChangeEntry, facts: Facts) -> Iterator[Violation]:
    """職権記載 (法第30条の3): only who has none."""
    yield from _check_held(entry, facts, CODE, wanted=False)
    yield from _check_stock(entry, facts)


def check_correct_code(spec: ChangeSpec, entry: ChangeEntry, facts: Facts) -> Iterator[Violation]:
    """Correction of a wrong code to the one that the papers say (RR-4.3.2a)."""
    yield from _check_held(entry, facts, CODE, wanted=True)
    yield from _check_typed(entry, facts, CODE)


def plan_change_code(spec: ChangeSpec, entry: ChangeEntry, facts: Facts) -> Plan:
    """A new code out of the stock."""
    return _step(
        ChangeReason.RESIDENT_CODE_CHANGE_ON_REQUEST, spec, entry, {CODE: DRAW}, "住民票コードの変更"
    )


def plan_record_code(spec: ChangeSpec, entry: ChangeEntry, facts: Facts) -> Plan:
    """A first code out of the stock."""
    return _step(
        ChangeReason.RESIDENT_CODE_RECORD_EX_OFFICIO, spec, entry, {CODE: DRAW}, "住民票コードの記載"
    )


def plan_correct_code(spec: ChangeSpec, entry: ChangeEntry, facts: Facts) -> Plan:
    """The code of the papers. The 37 classes have none of its own for it: 職権修正."""
    [person] = entry.subjects
    items = {CODE: digits(person.text(CODE))}
    return _step(ChangeReason.CORRECT_EX_OFFICIO, spec, entry, items, "住民票コードの修正")


# ---- 個人番号


def check_change_number(spec: ChangeSpec, entry: ChangeEntry, facts: Facts) -> Iterator[Violation]:
    """変更請求 (番号法第7条第2項): the new number as the 機構 has given it, or blank to ask for one."""
    yield from _check_held(entry, facts, NUMBER, wanted=True)
    yield from _check_typed(entry, facts, NUMBER)
    yield from _check_card(entry, facts)


def check_correct_number(spec: ChangeSpec, entry: ChangeEntry, facts: Facts) -> Iterator[Violation]:
    """職権修正: a number that was recorded wrongly, or blank to ask for another one (番号法施行令第3条)."""
    yield from _check_held(entry, facts, NUMBER, wanted=True)
    yield from _check_typed(entry, facts, NUMBER)


def check_record_number(spec: ChangeSpec, entry: ChangeEntry, facts: Facts) -> Iterator[Violation]:
    """職権記載: the first number of somebody who has none."""
    yield from _check_held(entry, facts, NUMBER, wanted=False)
    yield from _check_typed(entry, facts, NUMBER)


def plan_change_number(spec: ChangeSpec, entry: ChangeEntry, facts: Facts) -> Plan:
    """個人番号の変更請求."""
    return _number_step(ChangeReason.NUMBER_CHANGE_ON_REQUEST, spec, entry, "個人番号の変更")


def plan_correct_number(spec: ChangeSpec, entry: ChangeEntry, facts: Facts) -> Plan:
    """個人番号の職権修正."""
    return _number_step(ChangeReason.NUMBER_CORRECT_EX_OFFICIO, spec, entry, "個人番号の修正")


def plan_record_number(spec: ChangeSpec, entry: ChangeEntry, facts: Facts) -> Plan:
    """個人番号の職権記載."""
    return _number_step(ChangeReason.NUMBER_RECORD_EX_OFFICIO, spec, entry, "個人番号の記載")


def tell_request(spec: ChangeSpec, entry: ChangeEntry, facts: Facts) -> Iterator[str]:
    """What the check page tells when no number is typed: one is asked for, and the old one stands until then."""
    if any(not digits(person.text(NUMBER)) for person in entry.subjects):
        yield "本登録すると、新しい個人番号をCSに求めます。届くまでは、いまの番号のままです。"


def _number_step(reason: ChangeReason, spec: ChangeSpec, entry: ChangeEntry, history: str) -> Plan:
    """The number typed; without one the step records that another is asked for, and the message goes by it."""
    [person] = entry.subjects
    number = digits(person.text(NUMBER))
    if not number:
        return _step(reason, spec, entry, {}, f"{history}の請求")
    return _step(reason, spec, entry, {NUMBER: number}, history)


def _step(
    reason: ChangeReason, spec: ChangeSpec, entry: ChangeEntry, items: Mapping[str, Any], history: str
) -> Plan:
    """The type A text names what happened and never the number itself."""
    [person] = entry.subjects
    effect = Effect(person.number, items, history=history, notes=typed_notes(entry))
    return steps_of([Step(reason, moved_on(spec, entry), (effect,), step_days(spec, entry))])
