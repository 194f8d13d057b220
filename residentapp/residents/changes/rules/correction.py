"""職権修正, 軽微な修正, 誤記修正 of one person's items, and what follows for the household (RR-4.2.3.*).

Only items that differ from the record are changed. A wrong row is never overwritten: the correction is a further row
(RR-4.2.3.3).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from residentapp.core.violations import Violation
from residentapp.residents.changes.rules.catalogue import Catalogue, Finding, person_field
from residentapp.residents.changes.rules.common import moved_on, step_days
from residentapp.residents.changes.rules.ex_officio import differing, same, told
from residentapp.residents.changes.rules.household import Seen, check_relationship
from residentapp.residents.changes.rules.notes import typed_notes
from residentapp.residents.changes.rules.reading import read_date, relationship_text, value_of
from residentapp.residents.changes.rules.shape import belongs_to
from residentapp.residents.changes.spec import ChangeSpec
from residentapp.residents.changes.types import (
    HEAD,
    ChangeEntry,
    Effect,
    Facts,
    Person,
    PersonEntry,
    Plan,
    Step,
    display_name,
    steps_of,
)
from residentapp.residents.remarks.rules import NoteDraft
from residentapp.residents.types import ChangeReason, ForeignCategory

#: 軽微な修正 (規則第11条第3項第2号, RR-4.2.3.2), by number.
MINOR_CASES = {
    "1": "(1) 氏名・住所の文字を常用平易な文字に改める",
    "2": "(2) 氏名・住所の文字の同定",
    "3": "(3) 行政区画・郡・区・町・字やその名称の変更",
    "4": "(4) 地番の変更",
    "5": "(5) 住居表示の実施・変更",
    "6": "(6) 共同住宅などの名称・家主の変更",
    "7": "(7) 大臣が認めるその他のもの",
}
#: Those that can be about a name.
NAME_CASES = ("1", "2", "7")

#: Entries with these words are left out of certificates with history as a rule, so that no 改製 is needed (RR-1.1.4b).
WITHOUT_REBUILD = ("特別養子縁組", "特別養子縁組解消", "性別の変更")

FINDINGS = Catalogue(
    "CO",
    Finding(
        "CO-E001",
        "軽微な修正にできるのは氏名だけです（変わる項目：{labels}）。",
        "軽微な修正を選ばないか、氏名とほかの項目を分けて修正してください。",
        "規則第11条第3項第2号、RR-4.2.3.2",
    ),
    Finding(
        "CO-E002",
        "{label}は空欄にできません。",
        "正しい内容を入力してください。分からないときは「不明」や不詳の日付を使います。",
        "RR-1.1.6、法第7条、法第30条の45",
    ),
    Finding(
        "CO-E003",
        "続柄の修正で世帯主を替えることはできません。",
        "世帯主が替わるときは、世帯主変更（届出または職権）を選んでください。",
        "法第25条、RR-4.1.4.1",
    ),
    Finding(
        "CO-E004",
        "生年月日が{label}より後です。",
        "戸籍の届書か通知で、二つの年月日を確かめてください。",
        "RR-11.1a",
    ),
    Finding(
        "CO-E005",
        "氏名が空欄になります。",
        "氏名（外国人住民は漢字かアルファベット）を入力してください。",
        "法第7条第1号、法第30条の45",
    ),
    Finding(
        "CO-A001",
        "性別を修正します。",
        "戸籍の通知か届書で確かめてください。取扱いの変更であれば、改製するか、統合記載欄に「性別の変更」を残します。",
        "法第7条第3号、RR-1.1.4b",
    ),
    Finding(
        "CO-A002",
        "生年月日を修正します。",
        "戸籍の届書か通知で確かめ、理由を入力してください。",
        "法第7条第2号",
    ),
    Finding(
        "CO-A003",
        "氏名・生年月日・性別のうち二つ以上が変わります。",
        "別の人の記録を直していないか確かめてください。",
        "RR-11.1b",
    ),
    Finding(
        "CO-A004",
        "世帯主の氏名が変わります。世帯員の「世帯主の氏名」も一緒に修正します（{count}人）。",
        "世帯員への影響を確認画面で確かめてください。",
        "RR-4.2.3.1b、法第7条第4号",
    ),
)

#: Items that cannot be blank, whoever has them (RR-1.1.6); the register's own columns.
_NEVER_BLANK = ("birth_date", "sex", "registered_domicile", "register_head", "became_resident_on",
                "became_foreign_resident_on", "foreign_category")  # fmt: skip
#: Items that a 区分 of 法第30条の45 cannot be without (RR-1.1.6).
_BY_CATEGORY = {
    ForeignCategory.MID_TO_LONG_TERM: ("residence_card_number",),
    ForeignCategory.SPECIAL_PERMANENT: ("special_permanent_number",),
    ForeignCategory.TEMPORARY_REFUGE: ("residence_period",),
    ForeignCategory.PROVISIONAL_STAY: ("residence_period",),
}
_NAMES = frozenset({"name", "name_alphabet"})
_KEY_ITEMS = ({"name", "name_alphabet"}, {"birth_date"}, {"sex"})
#: Items whose old value may stand in the 統合記載欄: everybody who sees a record sees them.
_TOLD = {"name": "氏名", "name_alphabet": "氏名（アルファベット）"}


def corrected(spec: ChangeSpec, person: PersonEntry, record: Person) -> dict[str, Any]:
    """The items that the entry changes, by column. A field that was never shown changes nothing."""
    items: dict[str, Any] = {}
    for ask in spec.person_asks:
        if not ask.prefill or ask.name not in person.values or not belongs_to(ask, record.kind):
            continue
        if ask.name == "relationship":
            items[ask.prefill] = relationship_text(person) or None
            continue
        value = value_of(ask, person.text(ask.name))
        if ask.name == "birth_date" and value is not None:
            value = value.in_seireki() if record.is_foreign else value.in_wareki()
        items[ask.prefill] = [] if value is None and ask.name == "previous_aliases" else value
    return differing(record, items)


def readable(spec: ChangeSpec, person: PersonEntry, record: Person) -> bool:
    """Whether every date and choice can be read; the shapes are judged by the road."""
    for ask in spec.person_asks:
        text = person.text(ask.name)
        if not ask.prefill or not text or not belongs_to(ask, record.kind):
            continue
        if ask.kind == "date" and read_date(text, ask.date)[0] is None:
            return False
        if ask.kind == "choice" and text not in dict(ask.choices):
            return False
    return True


def labels_of(spec: ChangeSpec, columns: Iterator[str] | Sequence[str] | Mapping[str, Any]) -> list[str]:
    """What some columns are called."""
    labels = {ask.prefill: ask.label for ask in spec.person_asks if ask.prefill}
    return [labels.get(column, column) for column in columns]


def check(spec: ChangeSpec, entry: ChangeEntry, facts: Facts) -> Iterator[Violation]:
    """What a correction may not do, and what the clerk should look at twice."""
    for person in entry.subjects:
        record = facts.person(person)
        if record is None or not record.is_live or not readable(spec, person, record):
            continue
        changes = corrected(spec, person, record)
        yield from _check_blanks(spec, person, record, changes)
        yield from _check_minor(spec, entry, person, changes)
        yield from _check_relationship(entry, facts, person, record, changes)
        yield from check_key_items(person, record, changes)
        count = len(followers(entry, facts, record, changes))
        if count:
            yield FINDINGS.found("CO-A004", person_field(person.key, "name"), count=count)


def _check_blanks(
    spec: ChangeSpec, person: PersonEntry, record: Person, changes: Mapping[str, Any]
) -> Iterator[Violation]:
    after = {**record.items, **changes}
    needed = [column for column in _NEVER_BLANK if column in changes and not changes[column]]
    category = after.get("foreign_category")
    if category is not None:
        of_category = _BY_CATEGORY.get(category, ())
        touched = "foreign_category" in changes
        needed += [
            column for column in of_category if not after.get(column) and (touched or column in changes)
        ]
    labels = {ask.prefill: ask for ask in spec.person_asks if ask.prefill}
    for column in needed:
        ask = labels[column]
        yield FINDINGS.found("CO-E002", person_field(person.key, ask.name), label=ask.label)
    if _NAMES & set(changes) and not display_name(after):
        yield FINDINGS.found("CO-E005", person_field(person.key, "name"))
    birth = after["birth_date"]
    for column in ("became_resident_on", "became_foreign_resident_on"):
        became = after.get(column)
        if {"birth_date", column} & set(changes) and became is not None and birth is not None:
            exact = became.exact is not None and birth.exact is not None
            if exact and birth.exact > became.exact:
                label = labels[column].label
                yield FINDINGS.found("CO-E004", person_field(person.key, "birth_date"), label=label)


def minor_case(entry: ChangeEntry) -> str:
    """Number of the case of 軽微な修正 that was chosen; empty for none."""
    return entry.text("minor_case") if entry.text("minor_case") in MINOR_CASES else ""


def minor_case_of(entry: ChangeEntry) -> str:
    """Number of the case of any kind of 軽微な修正, of a person's items or of an address; empty for none."""
    treatment = entry.text("treatment")
    return minor_case(entry) or (treatment if treatment in MINOR_CASES else "")


def _check_minor(
    spec: ChangeSpec, entry: ChangeEntry, person: PersonEntry, changes: Mapping[str, Any]
) -> Iterator[Violation]:
    others = [column for column in changes if column not in _NAMES]
    if minor_case(entry) and others:
        labels = "、".join(labels_of(spec, others))
        yield FINDINGS.found("CO-E001", "minor_case", labels=labels)


def _check_relationship(
    entry: ChangeEntry, facts: Facts, person: PersonEntry, record: Person, changes: Mapping[str, Any]
) -> Iterator[Violation]:
    if "relationship_to_head" not in changes:
        return
    field = person_field(person.key, "relationship")
    text = relationship_text(person)
    if HEAD in (text, record.relationship):
        yield FINDINGS.found("CO-E003", field)
        return
    home = facts.home(entry.household_number)
    head = home.head if home is not None else None
    after = {**record.items, **changes}
    yield from check_relationship(
        field,
        text,
        Seen(after["sex"], after["birth_date"]),
        Seen(head.sex, head.birth) if head is not None else None,
    )


def check_key_items(person: PersonEntry, record: Person, changes: Mapping[str, Any]) -> Iterator[Violation]:
    """A new sex or birth date, and several of the items by which a person is known at once, are looked at twice."""
    if "sex" in changes and changes["sex"] is not None:
        yield FINDINGS.found("CO-A001", person_field(person.key, "sex"))
    if "birth_date" in changes and changes["birth_date"] is not None:
        yield FINDINGS.found("CO-A002", person_field(person.key, "birth_date"))
    if sum(bool(group & set(changes)) for group in _KEY_ITEMS) > 1:
        yield FINDINGS.found("CO-A003", person_field(person.key, "name"))


# ---- plan


def plan(spec: ChangeSpec, entry: ChangeEntry, facts: Facts) -> Plan:
    """職権修正, or 軽微な修正 where its case was chosen."""
    case = minor_case(entry)
    reason = ChangeReason.MINOR_CORRECTION if case else ChangeReason.CORRECT_EX_OFFICIO
    return _plan(reason, spec, entry, facts)


def plan_error(spec: ChangeSpec, entry: ChangeEntry, facts: Facts) -> Plan:
    """誤記修正: the wrong row stays beside the correcting one (RR-4.2.3.3a)."""
    return _plan(ChangeReason.CORRECT_ERROR, spec, entry, facts)


def _plan(reason: ChangeReason, spec: ChangeSpec, entry: ChangeEntry, facts: Facts) -> Plan:
    effects: list[Effect] = []
    for person in entry.subjects:
        record = facts.person(person)
        assert record is not None, "the rules let nobody unknown pass"
        changes = corrected(spec, person, record)
        if not changes:
            continue
        text = _history(reason, spec, record, changes)
        effects.append(
            Effect(
                person.number,
                {**changes, **own_consequences(entry, record, changes)},
                history=told(spec, entry, text),
                notes=(*_kept_words(entry), *typed_notes(entry)),
            )
        )
        effects += followers(entry, facts, record, changes)
    return steps_of([Step(reason, moved_on(spec, entry), tuple(effects), step_days(spec, entry))])


def _history(reason: ChangeReason, spec: ChangeSpec, record: Person, changes: Mapping[str, Any]) -> str:
    """Which items were corrected, and the old name. Old values that only some may see do not stand here (RR-10.4a)."""
    parts = ["、".join(labels_of(spec, changes)) + "を修正"]
    parts += [
        f"修正前の{label}　{record[name]}"
        for name, label in _TOLD.items()
        if name in changes and record[name]
    ]
    if "sex" in changes and reason is not ChangeReason.CORRECT_ERROR:
        parts.append("性別の変更")
    return "　".join(parts)


def _kept_words(entry: ChangeEntry) -> tuple[NoteDraft, ...]:
    """The prescribed word of what stays on the record without 改製 (RR-1.1.4b, RR-1.1.14e)."""
    word = entry.text("kept_word")
    return (NoteDraft(word),) if word in WITHOUT_REBUILD else ()


def followers(entry: ChangeEntry, facts: Facts, record: Person, changes: Mapping[str, Any]) -> list[Effect]:
    """What a person's new name does to the others of the household (RR-4.2.3.1b).

    世帯主の氏名 of the members, when the head's name changes; 筆頭者 of those of one 戸籍 where the page says so.
    """
    if not _NAMES & set(changes):
        return []
    home = facts.home(record.household_number)
    if home is None:
        return []
    new = display_name({**record.items, **changes})
    effects = []
    for member in home.members:
        if member.number == record.number:
            continue
        items: dict[str, Any] = {}
        if record.is_head:
            items["head_name"] = new
        if _heads_register_of(entry, member, record, changes):
            items["register_head"] = changes["name"]
        items = differing(member, items)
        if items:
            effects.append(Effect(member.number, items, history=_follows(items), consequence=True))
    return effects


def own_consequences(entry: ChangeEntry, record: Person, changes: Mapping[str, Any]) -> dict[str, Any]:
    """The new name where it stands a second time in the own record: as 世帯主の氏名 and as 筆頭者."""
    items: dict[str, Any] = {}
    if _NAMES & set(changes) and record.is_head:
        items["head_name"] = display_name({**record.items, **changes})
    if "register_head" not in changes and _heads_register_of(entry, record, record, changes):
        items["register_head"] = changes["name"]
    return differing(record, items)


def _heads_register_of(
    entry: ChangeEntry, member: Person, record: Person, changes: Mapping[str, Any]
) -> bool:
    """Whether a new 氏名 is carried to a member as 筆頭者: both stand in the 戸籍 that the person heads."""
    if not entry.text("with_register") or not changes.get("name"):
        return False
    if member.is_foreign or record.is_foreign or not record["registered_domicile"]:
        return False
    same_place = same(member["registered_domicile"], record["registered_domicile"])
    return same_place and same(member["register_head"], record["name"])


def _follows(items: Mapping[str, Any]) -> str:
    words = {"head_name": "世帯主の氏名", "register_head": "筆頭者"}
    return "、".join(words[name] for name in items) + "を修正"


__all__ = [
    "MINOR_CASES",
    "NAME_CASES",
    "WITHOUT_REBUILD",
    "check",
    "check_key_items",
    "corrected",
    "followers",
    "minor_case",
    "minor_case_of",
    "own_consequences",
    "plan",
    "plan_error",
    "readable",
]
