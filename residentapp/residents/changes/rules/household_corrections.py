"""Corrections that reach several records at once: the address of a household, the 戸籍の表示 of several members.

Sources: RR-4.0.6b, RR-4.2.0.3a, RR-4.2.3.1a, RR-4.2.3.2 (cases 1–7 of 住所).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from residentapp.core.violations import Violation
from residentapp.residents.changes.rules.catalogue import Catalogue, Finding
from residentapp.residents.changes.rules.common import moved_on, step_days
from residentapp.residents.changes.rules.correction import MINOR_CASES
from residentapp.residents.changes.rules.ex_officio import differing, same, told
from residentapp.residents.changes.rules.household_effects import address_of, typed_address
from residentapp.residents.changes.rules.notes import typed_notes
from residentapp.residents.changes.rules.reading import value_of
from residentapp.residents.changes.spec import ChangeSpec
from residentapp.residents.changes.types import ChangeEntry, Effect, Facts, Person, Plan, Step, steps_of
from residentapp.residents.types import ChangeReason

#: How an address is corrected: 職権修正, a case of 軽微な修正, or 誤記修正.
PLAIN, ERROR = "plain", "error"
TREATMENTS = (
    (PLAIN, "職権修正（軽微な修正でない）"),
    *((number, f"軽微な修正{label}") for number, label in MINOR_CASES.items()),
    (ERROR, "誤記修正"),
)
#: Cases about the address itself and about its 方書.
_PLACE_CASES = ("3", "4", "5")
_BUILDING_CASE = "6"

FINDINGS = Catalogue(
    "CA",
    Finding(
        "CA-E001",
        "{case}は住所の修正ですが、方書だけが変わります。",
        "建物の名前などが変わるときは「軽微な修正(6)」を、転居のときは転居を選んでください。",
        "規則第11条第3項第2号、RR-4.2.3.2",
    ),
    Finding(
        "CA-E002",
        "{case}は方書の修正ですが、住所が変わります。",
        "住所の修正に合う種類を選び直してください。",
        "規則第11条第3項第2号、RR-4.2.3.2",
    ),
    Finding(
        "CA-A001",
        "軽微な修正でも誤記修正でもない住所の修正です。",
        "実際に引っ越しているときは転居です。住所の表示だけが変わる理由を入力してください。",
        "法第23条、RR-4.2.3.1a",
    ),
    Finding(
        "CA-E003",
        "本籍も筆頭者も入力されていません。",
        "直す項目を入力してください。空欄の項目は変わりません。",
        "RR-4.0.6b",
    ),
    Finding(
        "CA-A002",
        "戸籍の表示が違う人が一緒に選ばれています。",
        "同じ戸籍の人だけが選ばれているか、戸籍の通知で確かめてください。",
        "RR-4.0.6b、法第9条第2項",
    ),
)
DOMICILE_ITEMS = ("registered_domicile", "register_head")


# ---- 住所


def check_address(spec: ChangeSpec, entry: ChangeEntry, facts: Facts) -> Iterator[Violation]:
    """The case of 軽微な修正 fits what changes; a real move is no correction."""
    home = facts.home(entry.household_number)
    if home is None or not entry.text("town"):
        return
    old, new = address_of(home), typed_address(entry)
    place, building = not same(old["address"], new["address"]), not same(old["building"], new["building"])
    if not place and not building:
        return  # the road says that nothing changes, unless a code or the postal code does
    chosen = entry.text("treatment")
    label = dict(TREATMENTS).get(chosen, "")
    if chosen in _PLACE_CASES and not place:
        yield FINDINGS.found("CA-E001", "treatment", case=label)
    elif chosen == _BUILDING_CASE and place:
        yield FINDINGS.found("CA-E002", "treatment", case=label)
    elif chosen == PLAIN:
        yield FINDINGS.found("CA-A001", "treatment")


def prepare_address(spec: ChangeSpec, entry: ChangeEntry, facts: Facts) -> ChangeEntry:
    """The entry begins with the recorded address, the town apart from the lot where the dictionary knows it.

    What is typed stays: only an entry that has no address yet is filled.
    """
    home = facts.home(entry.household_number)
    if home is None or home.hidden or "town" in entry.values:
        return entry
    recorded = address_of(home)
    town = next((name for name in facts.extra.get("towns", ()) if recorded["address"].startswith(name)), "")
    return entry.with_values(
        postal_code=recorded["postal_code"] or "",
        address_code=recorded["address_code"] or "",
        town=town or recorded["address"],
        lot=recorded["address"].removeprefix(town) if town else "",
        building=recorded["building"] or "",
    )


def reason_of(entry: ChangeEntry) -> ChangeReason:
    """異動事由 by how the address is corrected."""
    chosen = entry.text("treatment")
    if chosen in MINOR_CASES:
        return ChangeReason.MINOR_CORRECTION
    return ChangeReason.CORRECT_ERROR if chosen == ERROR else ChangeReason.CORRECT_EX_OFFICIO


def plan_address(spec: ChangeSpec, entry: ChangeEntry, facts: Facts) -> Plan:
    """The address of every member; 住所を定めた年月日 stays, because nobody has moved."""
    home = facts.home(entry.household_number)
    assert home is not None, "the rules let no empty household pass"
    new = typed_address(entry)
    effects = []
    for member in home.members:
        items = differing(member, new)
        if items:
            text = told(spec, entry, f"住所の修正　修正前　{_full(member)}")
            effects.append(Effect(member.number, items, history=text, notes=typed_notes(entry)))
    days = step_days(spec, entry)
    return steps_of([Step(reason_of(entry), moved_on(spec, entry), tuple(effects), days)])


def _full(record: Person) -> str:
    return "　".join(part for part in (record["address"], record["building"]) if part)


# ---- 戸籍の表示


def check_register(spec: ChangeSpec, entry: ChangeEntry, facts: Facts) -> Iterator[Violation]:
    """Something is typed, and the people are of one 戸籍."""
    if not any(entry.text(name) for name in DOMICILE_ITEMS):
        yield FINDINGS.found("CA-E003", DOMICILE_ITEMS[0])
    records = [record for person in entry.subjects if (record := facts.person(person)) is not None]
    shown = {tuple(record[name] for name in DOMICILE_ITEMS) for record in records if not record.is_foreign}
    if len(shown) > 1:
        yield FINDINGS.found("CA-A002", "people")


def plan_register(spec: ChangeSpec, entry: ChangeEntry, facts: Facts) -> Plan:
    """本籍 and 筆頭者, typed once, of everybody ticked (RR-4.0.6b). The texts name the items only (RR-10.4a)."""
    asks = {ask.name: ask for ask in spec.asks}
    new: dict[str, Any] = {
        name: value_of(asks[name], entry.text(name)) for name in DOMICILE_ITEMS if entry.text(name)
    }
    effects = []
    for person in entry.subjects:
        record = facts.person(person)
        assert record is not None, "the rules let nobody unknown pass"
        items = differing(record, new)
        if items:
            labels = "、".join(asks[name].label for name in items)
            text = told(spec, entry, f"{labels}を修正")
            effects.append(Effect(person.number, items, history=text, notes=typed_notes(entry)))
    days = step_days(spec, entry)
    reason = ChangeReason.CORRECT_EX_OFFICIO
    return steps_of([Step(reason, moved_on(spec, entry), tuple(effects), days)])
