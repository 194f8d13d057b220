"""異動の取消し: a change is undone by adding rows that restore what was before it (RR-4.6.0.1).

What is undone is one act: all changes that came from one case, for all or some of the people (RR-4.6.0.1a). Each
of its changes gets a cancelling change of its own, of one of three kinds: （増） brings back who had gone, （減）
closes the record of who had come, （修正） undoes what moved nobody (RR-4.6.0.1c). Who returns to a household finds
it as it is today; when all have left it, a new one is made at the former address (RR-4.6.0.1d). What somebody has
changed since stands in the way: the later change has to be cancelled first.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from residentapp.core.dates import DateValue
from residentapp.core.violations import Violation
from residentapp.residents.changes.rules.catalogue import Catalogue, Finding, person_field
from residentapp.residents.changes.rules.common import moved_on, step_days
from residentapp.residents.changes.rules.household_effects import ADDRESS_ITEMS
from residentapp.residents.changes.rules.notes import typed_notes
from residentapp.residents.changes.rules.reading import relationship_text
from residentapp.residents.changes.spec import ChangeSpec
from residentapp.residents.changes.types import (
    HEAD,
    NEW,
    ChangeEntry,
    Effect,
    Facts,
    PersonEntry,
    Plan,
    Role,
    Step,
    display_name,
    new_number,
    steps_of,
)
from residentapp.residents.rules.relationships import parse_relationship
from residentapp.residents.types import ChangeReason, ResidentState

FINDINGS = Catalogue(
    "CX",
    Finding(
        "CX-E001",
        "取り消す異動が選ばれていません。",
        "異動履歴から取り消す異動を選んでください。",
        "RR-4.6.0.1a",
    ),
    Finding(
        "CX-E002",
        "{name}さんのこの異動は、すでに取り消されています。",
        "この人の印を外してください。",
        "RR-4.6.0.1b",
    ),
    Finding(
        "CX-E003",
        "{name}さんには、この異動の後に「{reason}」があり、{items}が変わっています。",
        "先に後の異動を取り消してください。",
        "RR-4.6.0.1b",
    ),
    Finding(
        "CX-E004",
        "{name}さんが戻る世帯には、いま別の世帯主（{head}さん）がいます。",
        "戻る人の続柄を、いまの世帯主から見たものに直してください。",
        "RR-1.1.10、RR-4.6.0.1d",
    ),
    Finding("CX-E005", "続柄「{text}」は使えません。", "{remedy}", "RR-1.1.11"),
    Finding(
        "CX-A001",
        "届出の一部の人だけの取消しです。残る人の世帯主・続柄は、そのままです。",
        "残る人の記録を確かめ、要るときは世帯主変更や職権修正をしてください。",
        "RR-4.6.0.1a",
    ),
    Finding(
        "CX-A002",
        "{name}さんが前にいた世帯には、いま誰もいません。前の住所に新しい世帯をつくります。",
        "世帯番号が変わることを確かめ、理由を入力してください。",
        "RR-4.6.0.1d",
    ),
    Finding(
        "CX-A003",
        "取消しの結果、世帯主のいない世帯ができます。",
        "世帯主変更が要るか確かめ、理由を入力してください。",
        "RR-1.1.10、RR-4.0.4",
    ),
)

#: Reasons whose changes are not cancelled: a cancellation is redone by entering the change anew.
CANCELLATIONS = frozenset(
    {ChangeReason.CANCEL_INCREASE, ChangeReason.CANCEL_DECREASE, ChangeReason.CANCEL_CORRECTION}
)
#: Where somebody belongs: restored with regard to the households as they are today.
_BELONGING = frozenset(
    {"household_number", "member_order", "relationship_to_head", "head_name", *ADDRESS_ITEMS}
)
_LABELS = {
    "name": "氏名",
    "address": "住所",
    "building": "方書",
    "household_number": "世帯",
    "relationship_to_head": "続柄",
    "head_name": "世帯主の氏名",
    "state": "住民状態",
    "registered_domicile": "本籍",
    "register_head": "筆頭者",
    "individual_number_hash": "個人番号",
    "resident_code_hash": "住民票コード",
}
NO_LONGER = "異動の取消し"
#: Before the 世帯番号 of an empty household in place of the number of the one that takes its place.
_MADE = new_number("household-")


@dataclass(frozen=True)
class UndoRow:
    """What the cancelled change did to one person.

    :param before: all items before it, the encrypted numbers included; None for a record that it began.
    :param after: all items after it.
    :param later: reason of the last change after it that still stands, as a word; empty when there is none.
    :param later_altered: items that changes after it altered which still stand.
    :param done: it has been cancelled for this person before.
    """

    number: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any]
    later: str = ""
    later_altered: frozenset[str] = frozenset()
    done: bool = False

    @property
    def altered(self) -> frozenset[str]:
        """Names of the items that the change altered."""
        before = self.before or {}
        return frozenset(name for name, value in self.after.items() if before.get(name) != value)

    @property
    def reason(self) -> ChangeReason:
        """Which of the three kinds of cancellation undoes it."""
        was = self.before is not None and self.before["state"].is_live
        is_ = self.after["state"].is_live
        if was == is_:
            return ChangeReason.CANCEL_CORRECTION
        return ChangeReason.CANCEL_DECREASE if is_ else ChangeReason.CANCEL_INCREASE


@dataclass(frozen=True)
class UndoChange:
    """One change of the act that is undone."""

    id: int
    reason: ChangeReason
    moved_on: DateValue | None
    rows: tuple[UndoRow, ...]


@dataclass(frozen=True)
class Act:
    """An act that can be undone, as the page offers it.

    :param key: value of the choice: id of its first change.
    """

    key: str
    label: str


@dataclass(frozen=True)
class Undo:
    """What the loader found: the acts of the person, and the changes of the one that is chosen, oldest first.

    :param successors: by 世帯番号 of a household that is empty now the one that took its place at another cancellation.
    """

    acts: tuple[Act, ...] = ()
    changes: tuple[UndoChange, ...] = field(default_factory=tuple)
    successors: Mapping[str, str] = field(default_factory=dict)


def undo_of(facts: Facts) -> Undo:
    """The loader's facts."""
    undo: Undo = facts.extra["undo"]
    return undo


def acts_offered(entry: ChangeEntry, facts: Facts, key: str) -> list[tuple[str, str]]:
    """The acts of the person, the newest first."""
    return [(act.key, act.label) for act in undo_of(facts).acts]


def prepare(spec: ChangeSpec, entry: ChangeEntry, facts: Facts) -> ChangeEntry:
    """The people of the act that is chosen, all of them ticked; 続柄 as they were."""
    undo = undo_of(facts)
    if not entry.text("change") and undo.acts:
        entry = entry.with_values(change=undo.acts[0].key)
    if entry.text("change") == entry.text("_built_for") or not undo.changes:
        return entry
    people: dict[str, PersonEntry] = {}
    altered = {
        row.number for change in undo.changes for row in change.rows if "relationship_to_head" in row.altered
    }
    for change in undo.changes:
        for row in change.rows:
            if row.number in people:
                continue
            record = facts.people[row.number]
            # Undone to what it was before the act; what the act left alone stays as it is today.
            source = (row.before or {}) if row.number in altered or _moves(row) else record.items
            relationship = source.get("relationship_to_head") or ""
            people[row.number] = PersonEntry(
                f"p{len(people) + 1}",
                row.number,
                record.history_number,
                Role.SUBJECT,
                record.kind,
                {"_name": record.name, "relationship": relationship},
            )
    return replace(
        entry,
        people=tuple(people.values()),
        values={**entry.values, "_built_for": entry.text("change")},
    )


# ---- rules


def check(spec: ChangeSpec, entry: ChangeEntry, facts: Facts) -> Iterator[Violation]:
    """An act is chosen that nothing later builds on; who returns finds a place (RR-4.6.0.1b, d)."""
    undo = undo_of(facts)
    if not undo.changes:
        yield FINDINGS.found("CX-E001", "change")
        return
    by_number = {person.number: person for person in entry.subjects}
    for change in undo.changes:
        for row in change.rows:
            if row.number in by_number:
                yield from _check_row(row, by_number[row.number])
    if len(by_number) < len(entry.people):
        yield FINDINGS.found("CX-A001", "people")
    yield from _check_places(spec, entry, facts)


def _check_row(row: UndoRow, person: PersonEntry) -> Iterator[Violation]:
    field = person_field(person.key, "chosen")
    if row.done:
        yield FINDINGS.found("CX-E002", field, name=person.name)
        return
    clashing = _clashing(row)
    if clashing:
        labels = "、".join(dict.fromkeys(_LABELS.get(name, "ほかの項目") for name in clashing))
        reason = row.later or "別の異動"
        yield FINDINGS.found("CX-E003", field, name=person.name, reason=reason, items=labels)


def _clashing(row: UndoRow) -> list[str]:
    """Items that the change altered and that a later change, which still stands, altered again."""
    if row.reason is not ChangeReason.CANCEL_CORRECTION and row.later:
        # A record that came or went is undone as a whole: nothing may build on it.
        return sorted(row.later_altered) or ["state"]
    # Who is head, and who comes where in the household, is asked of the household as it is today.
    return sorted((row.altered & row.later_altered) - {"member_order", "head_name"})


def _check_places(spec: ChangeSpec, entry: ChangeEntry, facts: Facts) -> Iterator[Violation]:
    restored = _restored(entry, facts)
    typed = {person.number: person for person in entry.subjects}
    for number, items in restored.items():
        person = typed.get(number)
        if person is None or not items["state"].is_live:
            continue
        field = person_field(person.key, "relationship")
        text = relationship_text(person)
        read = parse_relationship(text)
        if text and not read.valid:
            yield FINDINGS.found("CX-E005", field, text=text, remedy=read.message)
        home = _members(items["household_number"], restored, facts)
        heads = [other for other, its in home.items() if its["relationship_to_head"] == HEAD]
        if text == HEAD and any(other != number for other in heads):
            other = next(other for other in heads if other != number)
            yield FINDINGS.found("CX-E004", field, name=person.name, head=display_name(home[other]))
        if items["household_number"].startswith(NEW):
            yield FINDINGS.found("CX-A002", person_field(person.key, "chosen"), name=person.name)
    households = {items["household_number"] for items in restored.values() if items["state"].is_live}
    for household in households:
        home = _members(household, restored, facts)
        if not any(items["relationship_to_head"] == HEAD for items in home.values()):
            yield FINDINGS.found("CX-A003", "people")
            return


# ---- what is restored


def _members(
    household: str, restored: Mapping[str, Mapping[str, Any]], facts: Facts
) -> dict[str, Mapping[str, Any]]:
    """Who lives in a household once the restored rows hold, by 宛名番号."""
    home = facts.homes.get(household)
    members: dict[str, Mapping[str, Any]] = {
        member.number: member.items for member in (home.members if home is not None else ())
    }
    for number, items in restored.items():
        if items["household_number"] == household and items["state"].is_live:
            members[number] = items
        else:
            members.pop(number, None)
    return members


def _restored(entry: ChangeEntry, facts: Facts) -> dict[str, dict[str, Any]]:
    """Items of every 異動者 as they will be, places in today's households included, by 宛名番号."""
    undo = undo_of(facts)
    typed = {person.number: person for person in entry.subjects}
    state: dict[str, dict[str, Any]] = {}
    for change in reversed(undo.changes):
        for row in change.rows:
            if row.number in typed and not row.done:
                current = state.get(row.number) or dict(facts.people[row.number].items)
                items = {**current, **_undone(row)}
                former = items["household_number"]
                state[row.number] = {**items, "household_number": undo.successors.get(former, former)}
    returning = {
        number
        for number, items in state.items()
        if items["state"].is_live
        and (
            items["household_number"] != facts.people[number].household_number
            or not facts.people[number].is_live
        )
    }
    for household in sorted({state[number]["household_number"] for number in returning}):
        _settle_return(household, returning, state, facts)
    for number, items in state.items():
        if items["state"].is_live:
            items["relationship_to_head"] = relationship_text(typed[number]) or None
    return state


def _undone(row: UndoRow) -> dict[str, Any]:
    """The items that undo a change for one person."""
    if row.before is None:
        return {"state": ResidentState.REMOVED, "removal_reason": NO_LONGER}
    if row.reason is ChangeReason.CANCEL_CORRECTION:
        return {name: row.before.get(name) for name in row.altered}
    return dict(row.before)


def _settle_return(
    household: str, returning: set[str], state: dict[str, dict[str, Any]], facts: Facts
) -> None:
    """Put returning people into their former household as it is today, or into a new one when it is empty."""
    back = sorted(
        (number for number in returning if state[number]["household_number"] == household),
        key=lambda number: (state[number]["member_order"], number),
    )
    members = _members(household, state, facts)
    there = [items for number, items in members.items() if number not in back]
    if not there:
        # RR-4.6.0.1d: all had left it: a new household at the former address.
        for number in back:
            state[number]["household_number"] = _MADE + household
        return
    taken = {items["member_order"] for items in there}
    for number in back:
        items = state[number]
        if items["member_order"] in taken:
            items["member_order"] = max(taken) + 1
        taken.add(items["member_order"])
        items |= {name: there[0][name] for name in ADDRESS_ITEMS}


# ---- plan


def plan(spec: ChangeSpec, entry: ChangeEntry, facts: Facts) -> Plan:
    """One cancelling change for each change of the act, the last one first; then the heads of the households."""
    undo = undo_of(facts)
    chosen = {person.number for person in entry.subjects}
    moved, days = moved_on(spec, entry), step_days(spec, entry)
    final = _restored(entry, facts)
    heads = _heads(final, facts)
    for items in final.values():
        if items["state"].is_live:
            items["head_name"] = heads[items["household_number"]]
        elif items.get("removal_reason") == NO_LONGER:
            items |= {"removal_occurred_on": moved, "removed_on": _day(moved, facts)}
    last_step = {
        row.number: change.id for change in undo.changes for row in change.rows if row.number in chosen
    }
    steps: list[Step | None] = []
    for change in reversed(undo.changes):
        by_reason: dict[ChangeReason, list[Effect]] = {}
        for row in change.rows:
            if row.number not in chosen or row.done:
                continue
            earlier = [other for other in undo.changes if other.id < change.id]
            is_last = not any(other.number == row.number for each in earlier for other in each.rows)
            items = _effect_items(row, final[row.number] if is_last else None, facts)
            by_reason.setdefault(row.reason, []).append(
                Effect(
                    row.number,
                    items,
                    history=f"{_word(change)}を取消し",
                    notes=typed_notes(entry) if last_step[row.number] == change.id else (),
                )
            )
        steps += [
            Step(reason, moved, tuple(effects), days, cancels=change.id)
            for reason, effects in by_reason.items()
        ]
    steps.append(_head_step(moved, heads, final, facts))
    made = {
        items["household_number"] for items in final.values() if items["household_number"].startswith(NEW)
    }
    return replace(steps_of(steps), continues={number: number.removeprefix(_MADE) for number in made})


def _moves(row: UndoRow) -> bool:
    """Whether the change brought the person into another household, or in or out of the register."""
    return bool(row.altered & {"household_number", "state"})


def _word(change: UndoChange) -> str:
    when = f"（{change.moved_on.wareki}）" if change.moved_on is not None else ""
    return f"{change.reason.label}{when}"


def _day(moved: DateValue | None, facts: Facts) -> dt.date:
    return moved.exact if moved is not None and moved.exact is not None else facts.today


def _effect_items(row: UndoRow, final: Mapping[str, Any] | None, facts: Facts) -> dict[str, Any]:
    """What one cancelling row changes: on the way only what this change did, at the end what is restored in all."""
    items = _undone(row)
    if final is None:
        return {name: value for name, value in items.items() if name not in _BELONGING}
    return {**items, **{name: value for name, value in final.items() if not name.endswith("_hash")}}


def _heads(final: Mapping[str, Mapping[str, Any]], facts: Facts) -> dict[str, str | None]:
    """Name of the head by household, for every household that the cancellation touches."""
    touched = {items["household_number"] for items in final.values()}
    touched |= {facts.people[number].household_number for number in final}
    heads: dict[str, str | None] = {}
    for household in touched:
        members = _members(household, final, facts)
        head = next((items for items in members.values() if items["relationship_to_head"] == HEAD), None)
        heads[household] = display_name(head) if head is not None else None
    return heads


def _head_step(
    moved: DateValue | None,
    heads: Mapping[str, str | None],
    final: Mapping[str, Mapping[str, Any]],
    facts: Facts,
) -> Step | None:
    """世帯主の氏名 of those who were in the household all the time and whose head has changed by the cancellation."""
    effects = []
    for household, name in heads.items():
        for number, items in _members(household, final, facts).items():
            if number not in final and items["head_name"] != name:
                effects.append(
                    Effect(
                        number,
                        {"head_name": name},
                        history="異動の取消しに伴う世帯主の氏名の修正",
                        consequence=True,
                    )
                )
    return Step(ChangeReason.CORRECT_EX_OFFICIO, moved, tuple(effects)) if effects else None
