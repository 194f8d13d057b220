"""出生: a child's first record (RR-4.2.1.2), Japanese or foreign (出生による経過滞在者, RR-1.1.2b)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from residentapp.core.ages import add_days, age_during
from residentapp.core.dates import DateValue, to_wareki
from residentapp.core.search_keys import search_key
from residentapp.core.violations import Violation
from residentapp.residents.changes.rules.catalogue import COMMON, Catalogue, Finding, person_field
from residentapp.residents.changes.rules.common import moved_on, recorded_on, step_days
from residentapp.residents.changes.rules.ex_officio import CHILD_AGE, told
from residentapp.residents.changes.rules.household import joins
from residentapp.residents.changes.rules.household_effects import place_of, subject_items
from residentapp.residents.changes.rules.notes import typed_notes
from residentapp.residents.changes.rules.reading import relationship_text, value_of
from residentapp.residents.changes.rules.shape import belongs_to
from residentapp.residents.changes.spec import ChangeSpec
from residentapp.residents.changes.types import (
    DRAW,
    HEAD,
    ChangeEntry,
    Effect,
    Facts,
    PersonEntry,
    Plan,
    Step,
    new_number,
    steps_of,
)
from residentapp.residents.types import ChangeReason, ForeignCategory, ResidentKind, ResidentState

#: How long who is born in Japan without a status of residence may stay without one (入管法第22条の2第1項).
TRANSITIONAL_DAYS = 60

FINDINGS = Catalogue(
    "BI",
    Finding(
        "BI-E001",
        "氏名が入力されていません。",
        "外国人住民は、漢字かアルファベットの氏名を入力してください。",
        "法第30条の45",
    ),
    Finding(
        "BI-A001",
        "{name}さんと氏名・性別・生年月日が同じ人が、既に記録されています。",
        "二重に記載しないよう、検索して確かめてください。別の人であれば、そう判断した理由を入力してください。",
        "RR-11.1b、令第12条第3項",
    ),
    Finding(
        "BI-A002",
        "同じ氏名の子が二人入力されています。",
        "同じ子を二度入力していないか確かめてください。",
        "RR-11.1b",
    ),
    Finding(
        "BI-A003",
        "続柄が「子」ですが、世帯主は生まれた日に{age}歳です。",
        "父母と続柄を出生届で確かめ、正しければ理由を入力してください。",
        "RR-1.1.11、RR-11.1b",
    ),
    Finding(
        "BI-A004",
        "生まれた日から60日（{last}まで）を過ぎています。",
        "経過滞在者でいられる期間を過ぎています。在留資格の取得の許可を受けていないか、在留カード等で確かめてください。",
        "入管法第22条の2第1項、法第30条の45",
    ),
    Finding(
        "BI-A005",
        "フリガナが入力されていません。",
        "出生届で確かめ、空欄のままにするときは理由を入力してください。",
        "法第7条第1号の2、RR-1.1.18",
    ),
)

#: 続柄 of people who are older than the head.
_OLDER = frozenset({"父", "母", "兄", "姉"})

#: Items of the record that are asked for; everything else of a newborn is blank or follows.
ITEMS = (
    "name_alphabet",
    "name",
    "name_kana",
    "name_kana_confirmed",
    "sex",
    "registered_domicile",
    "register_head",
    "nationality",
    "nationality_code",
)


def check(spec: ChangeSpec, entry: ChangeEntry, facts: Facts) -> Iterator[Violation]:
    """Nobody is recorded twice; parents and the foreign child's 60 days are sensible."""
    seen: set[str] = set()
    for person in entry.subjects:
        foreign = person.resident_kind is ResidentKind.FOREIGN
        if not person.text("name") and not (foreign and person.text("name_alphabet")):
            yield FINDINGS.found("BI-E001", person_field(person.key, "name"))
        if not person.text("name_kana"):
            yield FINDINGS.found("BI-A005", person_field(person.key, "name_kana"))
        if facts.extra.get("alike", {}).get(person.key):
            yield FINDINGS.found("BI-A001", person_field(person.key, "name"), name=person.name)
        names = {search_key(text) for name in ("name", "name_alphabet") if (text := person.text(name))}
        if names & seen:
            yield FINDINGS.found("BI-A002", person_field(person.key, "name"))
        seen |= names
        yield from _check_newborn(spec, entry, facts, person)
        yield from _check_parent(spec, entry, facts, person)
        if foreign:
            yield from _check_period(spec, entry, facts, person)


def _check_newborn(
    spec: ChangeSpec, entry: ChangeEntry, facts: Facts, person: PersonEntry
) -> Iterator[Violation]:
    """What the road asks of people by their birth date, which a newborn has from the 異動日."""
    text, field = relationship_text(person), person_field(person.key, "relationship")
    if text == HEAD and not joins(spec, entry):
        yield COMMON.found("CH-A036", field)
    if text in _OLDER:
        yield COMMON.found("CH-A034", field, text=text)


def _check_parent(
    spec: ChangeSpec, entry: ChangeEntry, facts: Facts, person: PersonEntry
) -> Iterator[Violation]:
    if not joins(spec, entry) or relationship_text(person) != "子":
        return
    home, moved = facts.home(entry.text("target_household")), moved_on(spec, entry)
    if home is None or home.hidden or home.head is None or moved is None or moved.exact is None:
        return
    birth = home.head.birth.exact
    if birth is None or birth > moved.exact:
        return  # an older child than the head: the road says so
    age = age_during(birth, moved.exact)
    if age < CHILD_AGE:
        yield FINDINGS.found("BI-A003", person_field(person.key, "relationship"), age=age)


def _check_period(
    spec: ChangeSpec, entry: ChangeEntry, facts: Facts, person: PersonEntry
) -> Iterator[Violation]:
    moved = moved_on(spec, entry)
    if moved is None or moved.exact is None:
        return
    last = add_days(moved.exact, TRANSITIONAL_DAYS)
    if facts.today > last:
        yield FINDINGS.found("BI-A004", person_field(person.key, "name_alphabet"), last=to_wareki(last))


def plan(spec: ChangeSpec, entry: ChangeEntry, facts: Facts) -> Plan:
    """A record for each child. 異動日 is the day of birth; there is no 転入前住所 (RR-4.2.1.1).

    A 住民票コード is drawn; an 個人番号 is given later, by the agency that numbers everybody.
    """
    moved = moved_on(spec, entry)
    assert moved is not None, "the rules let no birth without a day pass"
    days = step_days(spec, entry)
    born = {person.key: _items_of(spec, person, moved) for person in entry.subjects}
    place = place_of(spec, entry, facts, born)
    effects = tuple(
        Effect(
            new_number(person.key),
            {
                **born[person.key],
                **subject_items(person, place),
                "address_set_on": moved,
                "notified_on": recorded_on(days, facts),
                "resident_code": DRAW,
            },
            history=told(spec, entry, "出生"),
            notes=typed_notes(entry),
        )
        for person in sorted(entry.subjects, key=lambda person: place.orders[person.key])
    )
    return steps_of([Step(ChangeReason.BIRTH, moved, effects, days)])


def _items_of(spec: ChangeSpec, person: PersonEntry, moved: DateValue) -> Mapping[str, Any]:
    foreign = person.resident_kind is ResidentKind.FOREIGN
    items = {
        ask.name: value_of(ask, person.text(ask.name))
        for ask in spec.person_asks
        if ask.name in ITEMS and belongs_to(ask, person.resident_kind)
    }
    items |= {
        "resident_kind": person.resident_kind,
        "state": ResidentState.RESIDENT,
        "birth_date": moved.in_seireki() if foreign else moved.in_wareki(),
        "previous_aliases": [],
    }
    if foreign:
        items |= {
            "foreign_category": ForeignCategory.TRANSITIONAL_BIRTH,
            "became_foreign_resident_on": moved,
        }
    else:
        items["became_resident_on"] = moved
    return items
