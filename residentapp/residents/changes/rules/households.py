"""世帯変更等: 世帯分離, 世帯合併, 世帯変更, 世帯主変更 (法第25条, RR-4.1.4.*), and the 事実上の世帯主.

None of them touches an address, nor demands that 方書 are equal (RR-4.1.4.1b, c).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from residentapp.core.violations import Violation
from residentapp.residents.changes.rules.catalogue import Catalogue, Finding, person_field
from residentapp.residents.changes.rules.common import moved_on, recorded_on, step_days
from residentapp.residents.changes.rules.household import left_behind, new_head_of_rest
from residentapp.residents.changes.rules.household_effects import (
    ADDRESS_ITEMS,
    head_change_step,
    place_of,
    rest_step,
    subject_items,
)
from residentapp.residents.changes.rules.notes import typed_notes
from residentapp.residents.changes.rules.shape import check_text
from residentapp.residents.changes.spec import ChangeSpec
from residentapp.residents.changes.types import (
    ChangeEntry,
    Effect,
    Facts,
    PersonEntry,
    Plan,
    Step,
    steps_of,
)
from residentapp.residents.types import ChangeReason

FINDINGS = Catalogue(
    "HH",
    Finding(
        "HH-E001",
        "世帯の全員が選ばれています。分離する人のほかに、残る人が要ります。",
        "分離する人だけを選んでください。全員が別の世帯に入るときは世帯合併です。",
        "法第25条、RR-4.1.4.1",
    ),
    Finding(
        "HH-E002",
        "入る世帯の住所が、いまの住所と違います。",
        "先に転居の届出を受けてください。世帯の変更では住所は変わりません。",
        "RR-4.1.4.1b、法第23条",
    ),
    Finding(
        "HH-E003",
        "世帯の全員が選ばれています。",
        "全員が別の世帯に入るときは、世帯合併を選んでください。",
        "法第25条、RR-4.1.4.1",
    ),
    Finding(
        "HH-E004",
        "新しい世帯主が選ばれていません。",
        "世帯員の中から世帯主を選んでください。",
        "法第25条、RR-4.1.4.1",
    ),
    Finding(
        "HH-E005",
        "選んだ人は、いまの世帯主です。",
        "新しい世帯主を選んでください。続柄だけを直すときは職権修正です。",
        "法第25条、RR-4.1.4.1",
    ),
    Finding(
        "HH-A002",
        "配偶者の一方だけが世帯を分けます。",
        "夫婦の生計が別であることを確かめ、理由を入力してください。",
        "民法第752条、法第25条",
    ),
    Finding(
        "HH-A003",
        "15歳未満の人だけの世帯になります。",
        "世帯主を届出書で確かめ、理由を入力してください。",
        "RR-1.1.10、法第25条",
    ),
    Finding(
        "HH-E006",
        "事実上の世帯主の氏名が入力されていません。",
        "事実上の世帯主の氏名を入力してください。",
        "RR-4.1.4.3",
    ),
    Finding(
        "HH-A004",
        "この世帯には、住民である世帯主がいます。",
        "事実上の世帯主を備考に残し、世帯主の記載を消してよいか確かめてください。",
        "RR-4.1.4.3",
    ),
)

_SPOUSES = frozenset({"夫", "妻", "夫（未届）", "妻（未届）"})


def _without_address(items: Mapping[str, Any]) -> dict[str, Any]:
    """RR-4.1.4.1b, c: who joins keeps the own address and 方書."""
    return {name: value for name, value in items.items() if name not in ADDRESS_ITEMS}


# ---- 世帯分離


def check_split(spec: ChangeSpec, entry: ChangeEntry, facts: Facts) -> Iterator[Violation]:
    """Somebody stays, and couples are not parted unnoticed."""
    behind = left_behind(spec, entry, facts)
    if entry.subjects and not behind:
        yield FINDINGS.found("HH-E001", "people")
        return
    yield from _check_couples(entry, facts)
    children = [person for person in entry.subjects if _under_15(person, facts)]
    if children and len(children) == len(entry.subjects):
        yield FINDINGS.found("HH-A003", person_field(children[0].key, "chosen"))


def _check_couples(entry: ChangeEntry, facts: Facts) -> Iterator[Violation]:
    home = facts.home(entry.household_number)
    if home is None or home.head is None:
        return
    movers = {person.number: person for person in entry.subjects}
    spouse = next((member for member in home.members if member.relationship in _SPOUSES), None)
    if spouse is None or (home.head.number in movers) == (spouse.number in movers):
        return
    parted = movers.get(home.head.number) or movers[spouse.number]
    yield FINDINGS.found("HH-A002", person_field(parted.key, "chosen"))


def _under_15(person: PersonEntry, facts: Facts) -> bool:
    record = facts.person(person)
    if record is None or record.birth.exact is None:
        return False
    birth = record.birth.exact
    return (facts.today.year - birth.year) - (
        (facts.today.month, facts.today.day) < (birth.month, birth.day)
    ) < 15


def plan_split(spec: ChangeSpec, entry: ChangeEntry, facts: Facts) -> Plan:
    """The people in a household of their own at the same address, and what is left of the old one."""
    place = place_of(spec, entry, facts)
    days = step_days(spec, entry)
    effects = tuple(
        Effect(
            person.number,
            {**subject_items(person, place), "notified_on": recorded_on(days, facts)},
            history="世帯分離",
            notes=typed_notes(entry),
        )
        for person in sorted(entry.subjects, key=lambda person: place.orders[person.key])
    )
    moved = moved_on(spec, entry)
    return steps_of([Step(ChangeReason.HOUSEHOLD_SPLIT, moved, effects, days), rest_step(spec, entry, facts)])


# ---- 世帯合併, 世帯変更


def check_join(spec: ChangeSpec, entry: ChangeEntry, facts: Facts) -> Iterator[Violation]:
    """The household that is joined is at the same address; 方書 may differ (RR-4.1.4.1b, c)."""
    home, target = facts.home(entry.household_number), facts.home(entry.text("target_household"))
    if home is None or target is None or target.hidden or home.number == target.number:
        return
    old, new = home.members[0], target.members[0]
    if "".join(old["address"].split()) != "".join(new["address"].split()):
        yield FINDINGS.found("HH-E002", "target_household")


def tell_join(spec: ChangeSpec, entry: ChangeEntry, facts: Facts) -> Iterator[str]:
    """That 方書 differ and stay as they are: to be known, not to be answered for (RR-4.1.4.1c)."""
    home, target = facts.home(entry.household_number), facts.home(entry.text("target_household"))
    if home is None or target is None or target.hidden:
        return
    if (home.members[0]["building"] or "") != (target.members[0]["building"] or ""):
        yield "入る世帯と方書が違います。方書は変わりません。"


def check_change(spec: ChangeSpec, entry: ChangeEntry, facts: Facts) -> Iterator[Violation]:
    """世帯変更: some of a household go to another; all of it would be a 世帯合併."""
    if entry.subjects and not left_behind(spec, entry, facts):
        yield FINDINGS.found("HH-E003", "people")
    yield from check_join(spec, entry, facts)
    yield from _check_couples(entry, facts)


def plan_merge(spec: ChangeSpec, entry: ChangeEntry, facts: Facts) -> Plan:
    """Everybody of a household in another one."""
    return _plan_join(ChangeReason.HOUSEHOLD_MERGE, "世帯合併", spec, entry, facts)


def plan_change(spec: ChangeSpec, entry: ChangeEntry, facts: Facts) -> Plan:
    """Some of a household in another one, and what is left of the old one."""
    return _plan_join(ChangeReason.HOUSEHOLD_CHANGE, "世帯変更", spec, entry, facts)


def _plan_join(
    reason: ChangeReason, history: str, spec: ChangeSpec, entry: ChangeEntry, facts: Facts
) -> Plan:
    place = place_of(spec, entry, facts)
    days = step_days(spec, entry)
    effects = tuple(
        Effect(
            person.number,
            {**_without_address(subject_items(person, place)), "notified_on": recorded_on(days, facts)},
            history=history,
            notes=typed_notes(entry),
        )
        for person in entry.subjects
    )
    moved = moved_on(spec, entry)
    return steps_of([Step(reason, moved, effects, days), rest_step(spec, entry, facts)])


# ---- 世帯主変更


def check_head(spec: ChangeSpec, entry: ChangeEntry, facts: Facts) -> Iterator[Violation]:
    """Another member becomes head; that everybody has a 続柄 to the new one the road asks itself (RR-4.1.4.2)."""
    chosen = new_head_of_rest(entry)
    home = facts.home(entry.household_number)
    if chosen is None:
        yield FINDINGS.found("HH-E004", "new_head")
        return
    if home is not None and home.head is not None and home.head.number == chosen.number:
        yield FINDINGS.found("HH-E005", "new_head")


def plan_head(spec: ChangeSpec, entry: ChangeEntry, facts: Facts) -> Plan:
    """世帯主の氏名 of all, and the 続柄 as confirmed on the page."""
    chosen, home = new_head_of_rest(entry), facts.home(entry.household_number)
    assert chosen is not None and home is not None, "the rules let neither pass"
    days = step_days(spec, entry)
    step = head_change_step(
        ChangeReason.HEAD_CHANGE, moved_on(spec, entry), chosen, home.members, entry, facts, days=days
    )
    effects = tuple(
        Effect(
            effect.number,
            {**effect.items, "notified_on": days.notified_on} if days.notified_on else effect.items,
            history="世帯主変更",
            notes=typed_notes(entry),
            consequence=effect.consequence,
        )
        for effect in step.effects
    )
    return steps_of([Step(step.reason, step.moved_on, effects, days)])


# ---- 事実上の世帯主


def check_de_facto(spec: ChangeSpec, entry: ChangeEntry, facts: Facts) -> Iterator[Violation]:
    """A name for the 備考; a recorded head is not lost unnoticed (RR-4.1.4.3)."""
    name = entry.text("de_facto_head")
    if not name:
        yield FINDINGS.found("HH-E006", "de_facto_head")
    else:
        yield from check_text(name, "de_facto_head", "事実上の世帯主の氏名", 200)
    home = facts.home(entry.household_number)
    if home is not None and home.head is not None:
        yield FINDINGS.found("HH-A004", "de_facto_head")


def plan_de_facto(spec: ChangeSpec, entry: ChangeEntry, facts: Facts) -> Plan:
    """No head in the record; who heads the household in fact stands in everybody's 備考 (type C)."""
    home = facts.home(entry.household_number)
    assert home is not None, "the rules let no empty household pass"
    remark = f"事実上の世帯主　{entry.text('de_facto_head')}"
    effects = tuple(
        Effect(
            member.number,
            {
                "head_name": None,
                "relationship_to_head": None if member.is_head else member.relationship or None,
            },
            history="世帯主の氏名を消除（事実上の世帯主を備考に記載）",
            notes=typed_notes(entry),
            remarks=(remark,),
        )
        for member in home.members
    )
    return steps_of(
        [Step(ChangeReason.CORRECT_EX_OFFICIO, moved_on(spec, entry), effects, step_days(spec, entry))]
    )
