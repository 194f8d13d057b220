"""旧氏, 通称 and フリガナ (RR-1.1.7, RR-1.1.18; 法第7条第1号・第1号の2, 令第30条の13以下, 第30条の16以下).

旧氏 is recorded, changed and deleted on 請求; 通称 is recorded and deleted on 申出 and never changed (RR-1.1.7b).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

from residentapp.core.dates import to_wareki
from residentapp.core.search_keys import search_key
from residentapp.core.violations import Violation
from residentapp.residents.changes.rules.catalogue import Catalogue, Finding, person_field
from residentapp.residents.changes.rules.common import moved_on, step_days
from residentapp.residents.changes.rules.notes import typed_notes
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
from residentapp.residents.move_in.rules.reading import kana_text, name_text
from residentapp.residents.types import ChangeReason

FINDINGS = Catalogue(
    "NM",
    Finding(
        "NM-E001",
        "{name}さんには、すでに旧氏「{old}」が記載されています。",
        "別の旧氏にするときは旧氏の変更を選んでください。",
        "令第30条の14",
    ),
    Finding(
        "NM-E002",
        "{name}さんには旧氏が記載されていません。",
        "人を確かめるか、旧氏の記載を選んでください。",
        "令第30条の14",
    ),
    Finding(
        "NM-E003",
        "旧氏が、いまの氏と同じです。",
        "戸籍謄本等で旧氏を確かめて入力し直してください。",
        "令第30条の13",
    ),
    Finding(
        "NM-E004",
        "旧氏が、記載されている旧氏と同じです。",
        "変更する旧氏を確かめて入力し直してください。",
        "令第30条の14",
    ),
    Finding(
        "NM-E005",
        "旧氏に空白が入っています。",
        "名を入れず、氏だけを入力してください。",
        "令第30条の13",
    ),
    Finding(
        "NM-A001",
        "旧氏のフリガナが入力されていません。",
        "本人に確かめ、空欄のままにするときは理由を入力してください。",
        "RR-1.1.18、令第30条の14",
    ),
    Finding(
        "NM-A002",
        "{name}さんは、前に旧氏の記載を消しています。",
        "消した後に氏が変わったことを戸籍謄本等で確かめ、理由を入力してください。",
        "令第30条の14",
    ),
    Finding(
        "NM-A003",
        "旧氏の変更は、記載の後に氏が変わったときに、その直前の氏に限って請求できます。",
        "戸籍謄本等で確かめ、理由を入力してください。",
        "令第30条の14",
    ),
    Finding(
        "NM-E010",
        "{name}さんには、すでに通称「{old}」が記載されています。",
        "通称は変更できません。先に通称の削除を申し出てもらってください。",
        "RR-1.1.7b、令第30条の16",
    ),
    Finding(
        "NM-E011",
        "{name}さんには通称が記載されていません。",
        "人を確かめてください。",
        "令第30条の16",
    ),
    Finding(
        "NM-E012",
        "通称が氏名と同じです。",
        "氏名と異なる呼び名であることを確かめて入力し直してください。",
        "令第30条の16第1項",
    ),
    Finding(
        "NM-A010",
        "通称のフリガナが入力されていません。",
        "本人に確かめ、空欄のままにするときは理由を入力してください。",
        "RR-1.1.18、令第30条の16",
    ),
    Finding(
        "NM-A011",
        "{name}さんは、前に通称（{old}）を削除しています。",
        "再び記載する理由と、社会生活で使っている資料を確かめ、理由を入力してください。",
        "令第30条の16、住民基本台帳事務処理要領",
    ),
    Finding(
        "NM-A012",
        "通称の記載には、国内の社会生活で使っていることの資料が要ります。",
        "提示された資料（2点以上）を確かめ、その名前を理由に入力してください。",
        "令第30条の16第1項",
    ),
    Finding(
        "NM-E020",
        "フリガナが、いまの記載と同じで、確認の印も変わりません。",
        "変更する内容を入力してください。",
        "法第7条第1号の2",
    ),
    Finding(
        "NM-A020",
        "確認済みのフリガナを変えます。",
        "戸籍の届出か、本人からの申出によることを確かめ、理由を入力してください。",
        "法第7条第1号の2、戸籍法第107条の3・第107条の4",
    ),
)

#: A family name stands before the first space of a name.
_SPACES = " \u3000"


def family_name(name: str) -> str:
    """氏 of a recorded name."""
    return name_text(name).split("\u3000")[0]


def _only(entry: ChangeEntry, facts: Facts) -> tuple[PersonEntry, Person] | None:
    if len(entry.subjects) != 1:
        return None
    record = facts.person(entry.subjects[0])
    return (entry.subjects[0], record) if record is not None else None


def _one_step(
    reason: ChangeReason, spec: ChangeSpec, entry: ChangeEntry, items: Mapping[str, Any], history: str
) -> Plan:
    [person] = entry.subjects
    effect = Effect(person.number, items, history=history, notes=typed_notes(entry))
    return steps_of([Step(reason, moved_on(spec, entry), (effect,), step_days(spec, entry))])


# ---- 旧氏


def check_record_former_name(spec: ChangeSpec, entry: ChangeEntry, facts: Facts) -> Iterator[Violation]:
    """One 旧氏 at most; another than the present 氏; again after a deletion only with a reason."""
    found = _only(entry, facts)
    if found is None:
        return
    person, record = found
    if record["former_name"]:
        old = record["former_name"]
        yield FINDINGS.found("NM-E001", person_field(person.key, "chosen"), name=record.name, old=old)
        return
    yield from _check_former_name(person, record)
    if facts.extra.get("former_name_deleted"):
        yield FINDINGS.found("NM-A002", person_field(person.key, "former_name"), name=record.name)


def check_change_former_name(spec: ChangeSpec, entry: ChangeEntry, facts: Facts) -> Iterator[Violation]:
    """Only where there is one, and to the 氏 before the latest change of 氏."""
    found = _only(entry, facts)
    if found is None:
        return
    person, record = found
    if not record["former_name"]:
        yield FINDINGS.found("NM-E002", person_field(person.key, "chosen"), name=record.name)
        return
    yield from _check_former_name(person, record)
    if name_text(person.text("former_name")) == record["former_name"]:
        yield FINDINGS.found("NM-E004", person_field(person.key, "former_name"))
    yield FINDINGS.found("NM-A003", person_field(person.key, "former_name"))


def check_delete_former_name(spec: ChangeSpec, entry: ChangeEntry, facts: Facts) -> Iterator[Violation]:
    """Only where there is one."""
    found = _only(entry, facts)
    if found is not None and not found[1]["former_name"]:
        yield FINDINGS.found("NM-E002", person_field(found[0].key, "chosen"), name=found[1].name)


def _check_former_name(person: PersonEntry, record: Person) -> Iterator[Violation]:
    typed = person.text("former_name")
    if not typed:
        return
    field = person_field(person.key, "former_name")
    if any(space in typed for space in _SPACES):
        yield FINDINGS.found("NM-E005", field)
    elif record["name"] and name_text(typed) == family_name(record["name"]):
        yield FINDINGS.found("NM-E003", field)
    if not person.text("former_name_kana"):
        yield FINDINGS.found("NM-A001", person_field(person.key, "former_name_kana"))


def _former_name(person: PersonEntry) -> dict[str, Any]:
    return {
        "former_name": name_text(person.text("former_name")),
        "former_name_kana": kana_text(person.text("former_name_kana")) or None,
        "former_name_kana_confirmed": bool(person.text("former_name_kana_confirmed")),
    }


def plan_record_former_name(spec: ChangeSpec, entry: ChangeEntry, facts: Facts) -> Plan:
    """旧氏の記載."""
    [person] = entry.subjects
    items = _former_name(person)
    return _one_step(
        ChangeReason.FORMER_NAME_RECORD, spec, entry, items, f"旧氏「{items['former_name']}」の記載"
    )


def plan_change_former_name(spec: ChangeSpec, entry: ChangeEntry, facts: Facts) -> Plan:
    """旧氏の変更."""
    [person] = entry.subjects
    record = facts.people[person.number]
    items = _former_name(person)
    said = f"旧氏を「{record['former_name']}」から「{items['former_name']}」に変更"
    return _one_step(ChangeReason.FORMER_NAME_CHANGE, spec, entry, items, said)


def plan_delete_former_name(spec: ChangeSpec, entry: ChangeEntry, facts: Facts) -> Plan:
    """旧氏の削除."""
    [person] = entry.subjects
    old = facts.people[person.number]["former_name"]
    items = {"former_name": None, "former_name_kana": None, "former_name_kana_confirmed": False}
    return _one_step(ChangeReason.FORMER_NAME_DELETE, spec, entry, items, f"旧氏「{old}」の削除")


# ---- 通称


def check_record_alias(spec: ChangeSpec, entry: ChangeEntry, facts: Facts) -> Iterator[Violation]:
    """One 通称 at most, other than the name, with papers that show its use (令第30条の16第1項)."""
    found = _only(entry, facts)
    if found is None:
        return
    person, record = found
    field = person_field(person.key, "alias")
    if record["alias"]:
        yield FINDINGS.found(
            "NM-E010", person_field(person.key, "chosen"), name=record.name, old=record["alias"]
        )
        return
    typed = person.text("alias")
    names = {search_key(name) for name in (record["name"], record["name_alphabet"]) if name}
    if typed and search_key(typed) in names:
        yield FINDINGS.found("NM-E012", field)
    if typed and not person.text("alias_kana"):
        yield FINDINGS.found("NM-A010", person_field(person.key, "alias_kana"))
    if record["previous_aliases"]:
        old = record["previous_aliases"][-1].split("、")[0]
        yield FINDINGS.found("NM-A011", field, name=record.name, old=old)
    yield FINDINGS.found("NM-A012", field)


def check_delete_alias(spec: ChangeSpec, entry: ChangeEntry, facts: Facts) -> Iterator[Violation]:
    """Only where there is one."""
    found = _only(entry, facts)
    if found is not None and not found[1]["alias"]:
        yield FINDINGS.found("NM-E011", person_field(found[0].key, "chosen"), name=found[1].name)


def plan_record_alias(spec: ChangeSpec, entry: ChangeEntry, facts: Facts) -> Plan:
    """通称の記載, with the day and the municipality of it (RR-1.1.2a)."""
    [person] = entry.subjects
    items = {
        "alias": name_text(person.text("alias")),
        "alias_kana": kana_text(person.text("alias_kana")) or None,
        "alias_kana_confirmed": bool(person.text("alias_kana_confirmed")),
        "alias_recorded_on": _day(spec, entry, facts),
        "alias_recorded_municipality": facts.municipality,
        "alias_recorded_code": facts.municipality_code,
        "alias_deleted_on": None,
        "alias_deleted_municipality": None,
        "alias_deleted_code": None,
    }
    return _one_step(ChangeReason.ALIAS_RECORD, spec, entry, items, f"通称「{items['alias']}」の記載")


def plan_delete_alias(spec: ChangeSpec, entry: ChangeEntry, facts: Facts) -> Plan:
    """通称の削除; the deleted one goes into 通称の記載及び削除に関する事項 with its days and municipalities."""
    [person] = entry.subjects
    record = facts.people[person.number]
    day = _day(spec, entry, facts)
    recorded = record["alias_recorded_on"]
    line = "、".join(
        part
        for part in (
            record["alias"],
            f"{to_wareki(recorded)}{record['alias_recorded_municipality'] or ''}記載" if recorded else "",
            f"{to_wareki(day)}{facts.municipality}削除",
        )
        if part
    )
    items = {
        "alias": None,
        "alias_kana": None,
        "alias_kana_confirmed": False,
        "alias_deleted_on": day,
        "alias_deleted_municipality": facts.municipality,
        "alias_deleted_code": facts.municipality_code,
        "previous_aliases": [*record["previous_aliases"], line],
    }
    return _one_step(ChangeReason.ALIAS_DELETE, spec, entry, items, f"通称「{record['alias']}」の削除")


def _day(spec: ChangeSpec, entry: ChangeEntry, facts: Facts) -> dt.date:
    moved = moved_on(spec, entry)
    return moved.exact if moved is not None and moved.exact is not None else facts.today


# ---- フリガナ


def check_kana(spec: ChangeSpec, entry: ChangeEntry, facts: Facts) -> Iterator[Violation]:
    """Something changes; what was confirmed does not change unnoticed (法第7条第1号の2)."""
    found = _only(entry, facts)
    if found is None:
        return
    person, record = found
    items = _kana_items(person)
    if all(record[name] == value for name, value in items.items()):
        yield FINDINGS.found("NM-E020", person_field(person.key, "name_kana"))
    elif record["name_kana_confirmed"] and items["name_kana"] != record["name_kana"]:
        yield FINDINGS.found("NM-A020", person_field(person.key, "name_kana"))


def _kana_items(person: PersonEntry) -> dict[str, Any]:
    return {
        "name_kana": kana_text(person.text("name_kana")) or None,
        "name_kana_confirmed": bool(person.text("name_kana_confirmed")),
    }


def plan_kana(spec: ChangeSpec, entry: ChangeEntry, facts: Facts) -> Plan:
    """The フリガナ of the name and whether it is confirmed."""
    [person] = entry.subjects
    record = facts.people[person.number]
    items = _kana_items(person)
    said = "フリガナの確認" if items["name_kana"] == record["name_kana"] else "フリガナの記載"
    return _one_step(ChangeReason.CORRECT_EX_OFFICIO, spec, entry, items, said)
