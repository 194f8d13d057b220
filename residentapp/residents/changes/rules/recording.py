"""職権記載: 住所設定 of somebody who has no record, with all the data of a move-in (RR-4.2.1.1), and of somebody whose
earlier record is a 除票.

The items and their rules are those of a move-in; what differs is who tells of it (nobody did) and the reason.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from residentapp.core.violations import Violation
from residentapp.residents.changes.rules.catalogue import Catalogue, Finding, person_field
from residentapp.residents.changes.rules.common import moved_on, recorded_on, step_days
from residentapp.residents.changes.rules.ex_officio import differing, told
from residentapp.residents.changes.rules.household_effects import place_of, subject_items
from residentapp.residents.changes.rules.notes import typed_notes
from residentapp.residents.changes.spec import ChangeSpec
from residentapp.residents.changes.texts import text_of_item
from residentapp.residents.changes.types import (
    DRAW,
    ChangeEntry,
    Effect,
    Facts,
    Person,
    PersonEntry,
    Plan,
    Step,
    new_number,
    steps_of,
)
from residentapp.residents.move_in.fields import MEMBER_FIELDS
from residentapp.residents.move_in.record import (
    UNREPORTED,
    NewAddress,
    items_of_member,
    notes_of_member,
    remarks_of_member,
)
from residentapp.residents.move_in.rules import facts as move_in_facts
from residentapp.residents.move_in.rules.foreign import check_foreign
from residentapp.residents.move_in.rules.identity import UNIQUE_NUMBERS, number_of
from residentapp.residents.move_in.rules.member import check_items
from residentapp.residents.move_in.types import MemberEntry, MoveInEntry, MoveInKind
from residentapp.residents.remarks.rules import NoteDraft
from residentapp.residents.types import ChangeReason

FINDINGS = Catalogue(
    "RC",
    Finding(
        "RC-E001",
        "{by}が同じ人が、いま住民として記録されています。",
        "番号を確かめてください。既に記録されている人を二重に記載することはできません。",
        "令第12条第3項、RR-11.1a",
    ),
    Finding(
        "RC-E002",
        "{by}が同じ除票があります。新しい人としては記載できません。",
        "この入力を取り下げ、除票の人を検索して「職権記載（除票のある人）」を選んでください。宛名番号を引き継ぎます。",
        "RR-4.1.1.2a、令第12条",
    ),
    Finding(
        "RC-A001",
        "氏名・性別・生年月日が同じ人が、いま住民として記録されています。",
        "既に記録されていないか確かめ、別の人であれば、そう判断した理由を入力してください。",
        "RR-11.1b",
    ),
    Finding(
        "RC-A002",
        "氏名・性別・生年月日が同じ除票があります。",
        "同じ人であれば、除票の人を検索して「職権記載（除票のある人）」を選んでください。"
        "別の人であれば、そう判断した理由を入力してください。",
        "RR-4.1.1.2b",
    ),
    Finding(
        "RC-A003",
        "転入前住所が入力されていません。",
        "分からないときは「不明」と入力します。前の住所が無い人（出生など）だけ空欄にし、理由を入力してください。",
        "RR-4.2.1.1、法第7条第8号",
    ),
    Finding(
        "RC-E003",
        "同じ番号が二人に入力されています。",
        "番号はどの人も異なります。書類を確かめてください。",
        "RR-11.1a",
    ),
    Finding(
        "RC-E004",
        "{name}さんは、いま住民です。",
        "住民の記録を直すときは職権修正です。異動の種類を選び直してください。",
        "令第12条",
    ),
)

#: What a move-in finds and a change by 職権 says in words of its own, or does not ask.
_LEFT_OUT = frozenset({"MI-A033"})
#: Items of a 除票 that a new record does not have.
REMOVAL_ITEMS = (
    "removal_reason", "removal_occurred_on", "planned_destination", "planned_destination_code",
    "planned_destination_postal_code", "confirmed_destination", "confirmed_destination_code",
    "confirmed_destination_postal_code", "removal_notified_on", "move_in_notice_on", "moved_out_on", "removed_on",
    "rebuilt_on",
)  # fmt: skip
_NUMBERS = ("individual_number", "resident_code")


def member_of(spec: ChangeSpec, person: PersonEntry, record: Person | None) -> MemberEntry:
    """The person as somebody who moves in; what the officer was never shown is as the record has it."""
    values = {name.name: person.text(name.name) for name in MEMBER_FIELDS}
    if record is not None:
        for ask in spec.person_asks:
            if ask.prefill and ask.name not in person.values:
                values[ask.name] = text_of_item(ask, record)
    return MemberEntry(key=person.key, resident_kind=person.resident_kind, **values)


def as_move_in(spec: ChangeSpec, entry: ChangeEntry, facts: Facts) -> MoveInEntry:
    """The entry in the words of a move-in, to be judged by its rules and recorded by its items."""
    members = tuple(member_of(spec, person, facts.person(person)) for person in entry.subjects)
    return MoveInEntry(
        # As from abroad: no papers of another municipality say what has to be there.
        kind=MoveInKind.ABROAD,
        moved_on=entry.text("moved_on"),
        town=entry.text("town"),
        lot=entry.text("lot"),
        members=members,
    )


def check(spec: ChangeSpec, entry: ChangeEntry, facts: Facts) -> Iterator[Violation]:
    """The rules of a move-in for every person, and whether the register knows them."""
    made = as_move_in(spec, entry, facts)
    known = move_in_facts.Facts(
        today=facts.today, prefecture=facts.prefecture, municipality=facts.municipality
    )
    numbers: set[tuple[str, str]] = set()
    for index, (person, member) in enumerate(zip(entry.subjects, made.members, strict=True)):
        record = facts.person(person)
        if record is not None and record.is_live:
            yield FINDINGS.found("RC-E004", person_field(person.key, "chosen"), name=record.name)
        held = _held(record)
        for finding in (*check_items(index, member, made, known), *check_foreign(index, member, made, known)):
            name = finding.field.removeprefix(f"members-{index}-")
            if finding.code not in _LEFT_OUT and name not in held:
                yield replace(finding, field=person_field(person.key, name))
        if not member.previous_address.strip() and not member.unreported_address.strip():
            yield FINDINGS.found("RC-A003", person_field(person.key, "previous_address"))
        yield from _check_known(person, facts)
        mine = {(name, number) for name in UNIQUE_NUMBERS if (number := number_of(member, name))}
        if mine & numbers:
            yield FINDINGS.found("RC-E003", person_field(person.key, "individual_number"))
        numbers |= mine


def _held(record: Person | None) -> frozenset[str]:
    """Numbers that the earlier record has: a blank keeps them."""
    if record is None:
        return frozenset()
    return frozenset(name for name in _NUMBERS if record.items.get(f"{name}_hash"))


def _check_known(person: PersonEntry, facts: Facts) -> Iterator[Violation]:
    field = person_field(person.key, "name")
    for match in facts.extra.get("alike", {}).get(person.key, ()):
        if match.addressee_number == person.number:
            continue
        if match.forced:
            yield FINDINGS.found("RC-E001" if match.live else "RC-E002", field, by=match.by_label)
        else:
            yield FINDINGS.found("RC-A001" if match.live else "RC-A002", field)


def plan(spec: ChangeSpec, entry: ChangeEntry, facts: Facts) -> Plan:
    """A record for each person. 届出の年月日 is the day on which the office records (法第7条第8号)."""
    made = as_move_in(spec, entry, facts)
    moved, days = moved_on(spec, entry), step_days(spec, entry)
    nowhere = NewAddress("", None, None, None)
    records: dict[str, dict[str, Any]] = {
        member.key: items_of_member(
            made, member, household_number="", member_order=1, head_name=None, address=nowhere
        )
        for member in made.members
    }
    place = place_of(spec, entry, facts, records)
    members = {member.key: member for member in made.members}
    effects = []
    for person in sorted(entry.subjects, key=lambda person: place.orders[person.key]):
        member, record = members[person.key], facts.person(person)
        items = {
            **records[person.key],
            **subject_items(person, place),
            **_numbers(member, record),
            "notified_on": recorded_on(days, facts),
        }
        if record is not None:
            items = differing(record, items | dict.fromkeys(REMOVAL_ITEMS))
        notes = notes_of_member(member, ChangeReason.RECORD_EX_OFFICIO)
        if record is not None:
            notes += (NoteDraft("以前の住民票の宛名番号を引き継いだ"),)
        effects.append(
            Effect(
                person.number or new_number(person.key),
                items,
                history=told(spec, entry, _history(member)),
                notes=(*notes, *typed_notes(entry)),
                remarks=remarks_of_member(member),
            )
        )
    return steps_of([Step(ChangeReason.RECORD_EX_OFFICIO, moved, tuple(effects), days)])


def _history(member: MemberEntry) -> str:
    unreported = member.unreported_address.strip()
    previous = (
        unreported.removesuffix(UNREPORTED) + UNREPORTED if unreported else member.previous_address.strip()
    )
    return f"職権記載（住所設定）　転入前住所　{previous}" if previous else "職権記載（住所設定）"


def _numbers(member: MemberEntry, record: Person | None) -> Mapping[str, Any]:
    """個人番号 and 住民票コード: as typed; else those of the earlier record; a code is drawn where there is none."""
    held = _held(record)
    numbers: dict[str, Any] = {}
    for name in _NUMBERS:
        typed = number_of(member, name)
        if typed:
            numbers[name] = typed
        elif name not in held:
            numbers[name] = DRAW if name == "resident_code" else None
    return numbers
