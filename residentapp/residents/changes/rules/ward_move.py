"""区間異動（区間転入）: a move from one ward of a 指定都市 to another (RR-4.1.0.1c; 法第38条 with 法第22条).

法第38条 treats the wards as cities for parts of the law: who moves to another ward moves in there (法第22条), and the
ward that is left closes its record. In the register these are two changes of one act: 国内転出, which nobody notifies
(令第13条), and 国内転入, which is notified. RR-1.2.2 has no class of its own for it. The 宛名番号 stays, the 世帯番号
is new (RR-1.1.13c).

転居 inside a ward is ``move_within``, which asks :func:`check_within` whether it is one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from residentapp.core.violations import Violation
from residentapp.core.wards import Ward
from residentapp.residents.changes.rules.catalogue import Catalogue, Finding, person_field
from residentapp.residents.changes.rules.common import moved_on, recorded_on, step_days
from residentapp.residents.changes.rules.household import joins
from residentapp.residents.changes.rules.household_effects import (
    address_of,
    place_of,
    rest_step,
    subject_items,
    typed_address,
)
from residentapp.residents.changes.rules.move_out import closing_items
from residentapp.residents.changes.rules.notes import typed_notes
from residentapp.residents.changes.rules.recording import REMOVAL_ITEMS
from residentapp.residents.changes.spec import ChangeSpec
from residentapp.residents.changes.types import ChangeEntry, Effect, Facts, Plan, Step, steps_of
from residentapp.residents.types import ChangeReason, ResidentState

#: 消除事由 of the record that is left.
LEFT_THE_WARD = "転出（区間異動）"

FINDINGS = Catalogue(
    "WM",
    Finding(
        "WM-E001",
        "この団体は指定都市ではないため、区間異動は入力できません。",
        "住所の異動は、転居か転入・転出で入力してください。",
        "地方自治法第252条の19、法第38条、RR-4.1.0.1c",
    ),
    Finding(
        "WM-E002",
        "新しい住所の区が分かりません。",
        "住所を一覧から選び直して、区の住所コードを入れてください。",
        "法第38条、RR-1.3.3b",
    ),
    Finding(
        "WM-E003",
        "新しい住所も、いまと同じ{ward}の中です。",
        "区の中での引っ越しは「転居」です。住所か異動の種類を直してください。",
        "法第23条、法第38条、RR-4.1.2.1",
    ),
    Finding(
        "WM-E004",
        "新しい住所は{ward}です。区間異動は、住所を移した先の区で入力します。",
        "{ward}で届け出るように案内してください。",
        "法第22条、法第38条、RR-4.0.1c",
    ),
    Finding(
        "WM-E005",
        "新しい住所は{ward}です。区をまたぐ引っ越しは転居ではありません。",
        "この入力を取り下げ、「区間異動（区間転入）」を選んで入力してください。",
        "法第22条、法第38条、RR-4.1.0.1c",
    ),
    Finding(
        "WM-A001",
        "いまの住所に区の住所コードがないため、どの区から移るのか分かりません。",
        "別の区からの異動であることを届出書で確かめ、理由を入力してください。",
        "法第38条、RR-1.3.3b",
    ),
    Finding(
        "WM-A002",
        "支援措置の対象者と、そうでない人が同じ世帯になります。",
        "支援措置の担当者に確かめてから進めてください。",
        "RR-3.4",
    ),
)


def new_ward(spec: ChangeSpec, entry: ChangeEntry, facts: Facts) -> Ward | None:
    """The ward of the address to which the 異動者 go; None while it cannot be told, or may not be known."""
    if joins(spec, entry):
        home = facts.home(entry.text("target_household"))
        code = None if home is None or home.hidden else address_of(home)["address_code"]
    else:
        code = typed_address(entry)["address_code"]
    found = facts.wards.of_address(code)
    return found if found is not None and found.in_force else None


def old_ward(entry: ChangeEntry, facts: Facts) -> Ward | None:
    """The ward of the address that the 異動者 leave; None while it cannot be told."""
    home = facts.home(entry.household_number)
    return None if home is None else facts.wards.of_address(address_of(home)["address_code"])


def check_within(spec: ChangeSpec, entry: ChangeEntry, facts: Facts) -> Iterator[Violation]:
    """転居: the new address is in the ward where people live (法第23条 as 法第38条 applies it)."""
    old, new = old_ward(entry, facts), new_ward(spec, entry, facts)
    if old is not None and new is not None and old != new:
        yield FINDINGS.found("WM-E005", _field(spec, entry), ward=new.name)


def check(spec: ChangeSpec, entry: ChangeEntry, facts: Facts) -> Iterator[Violation]:
    """The new address is in another ward, and it is entered there where entry is limited to the own ward."""
    if not facts.wards:
        yield FINDINGS.found("WM-E001")
        return
    home, target = facts.home(entry.household_number), facts.home(entry.text("target_household"))
    joined = joins(spec, entry)
    place_given = (target is not None and not target.hidden) if joined else bool(entry.text("town"))
    if home is None or not place_given:
        return
    old, new, field = old_ward(entry, facts), new_ward(spec, entry, facts), _field(spec, entry)
    if new is None:
        yield FINDINGS.found("WM-E002", field)
    elif new == old:
        yield FINDINGS.found("WM-E003", field, ward=new.name)
    elif facts.wards.limited and facts.ward not in (None, new):
        yield FINDINGS.found("WM-E004", field, ward=new.name)
    if old is None:
        yield FINDINGS.found(
            "WM-A001", person_field(entry.subjects[0].key, "chosen") if entry.subjects else ""
        )
    if joined and target is not None and entry.subjects:
        movers = {person.number for person in entry.subjects}
        members = {member.number for member in target.members}
        if movers & facts.protected and members - facts.protected:
            yield FINDINGS.found("WM-A002", person_field(entry.subjects[0].key, "chosen"))


def _field(spec: ChangeSpec, entry: ChangeEntry) -> str:
    return "target_household" if joins(spec, entry) else "town"


def plan(spec: ChangeSpec, entry: ChangeEntry, facts: Facts) -> Plan:
    """The record of the ward left closes, one in the new ward begins; the household that is left goes on.

    住民となった年月日 stays: it counts from the city, in which one has lived on. 転入前住所 and 世帯主 before are those
    of the ward that is left.
    """
    moved = moved_on(spec, entry)
    assert moved is not None, "the rules let no unreadable day pass"
    home = facts.home(entry.household_number)
    assert home is not None, "the rules let nobody without a household pass"
    place, days = place_of(spec, entry, facts), step_days(spec, entry)
    old, new = _full(address_of(home)), _full(place.address)
    closing, opening = [], []
    for person in sorted(entry.subjects, key=lambda person: place.orders[person.key]):
        closing.append(
            Effect(
                person.number,
                {
                    **closing_items(LEFT_THE_WARD, moved.sort),
                    "removal_occurred_on": moved,
                    "moved_out_on": moved.exact,
                    **_destination(place.address, new),
                },
                history=f"区間異動により消除　転出先住所　{new}",
            )
        )
        opening.append(
            Effect(
                person.number,
                {
                    **dict.fromkeys(REMOVAL_ITEMS),
                    "state": ResidentState.RESIDENT,
                    **subject_items(person, place),
                    "address_set_on": moved,
                    "notified_on": recorded_on(days, facts),
                    "previous_address": old,
                    "previous_address_code": address_of(home)["address_code"],
                    "previous_postal_code": address_of(home)["postal_code"],
                    "previous_head_name": home.head.name if home.head is not None else None,
                    "last_registered_address": None,
                },
                history=f"{old}から区間異動により転入",
                notes=typed_notes(entry),
            )
        )
    return steps_of(
        [
            Step(ChangeReason.MOVE_OUT_DOMESTIC, moved, tuple(closing)),
            Step(ChangeReason.MOVE_IN_DOMESTIC, moved, tuple(opening), days),
            rest_step(spec, entry, facts),
        ]
    )


def _destination(address: Mapping[str, Any], text: str) -> dict[str, Any]:
    """転出先住所: one notification says where to, so that （予定） and （確定） are the same."""
    return {
        f"{kind}_destination{part}": value
        for kind in ("planned", "confirmed")
        for part, value in (
            ("", text),
            ("_code", address["address_code"]),
            ("_postal_code", address["postal_code"]),
        )
    }


def _full(address: Mapping[str, Any]) -> str:
    return "　".join(part for part in (address["address"], address["building"]) if part)
