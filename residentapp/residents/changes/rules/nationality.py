"""帰化, 国籍取得, 国籍喪失 (RR-4.5.3–4.5.5); the findings also of what ``residence`` plans on a notice (RR-4.5.6).

A change of nationality closes one record and begins another of the same person: two changes, one 宛名番号. What goes on
is what the standard lists, and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from residentapp.core.dates import DateValue
from residentapp.core.violations import Violation
from residentapp.residents.changes.rules.catalogue import Catalogue, Finding, person_field
from residentapp.residents.changes.rules.common import moved_on, step_days
from residentapp.residents.changes.rules.notes import typed_notes
from residentapp.residents.changes.rules.reading import value_of
from residentapp.residents.changes.rules.shape import belongs_to
from residentapp.residents.changes.spec import ChangeSpec
from residentapp.residents.changes.types import (
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
from residentapp.residents.types import (
    ChangeReason,
    ForeignCategory,
    ResidentKind,
    ResidentState,
)

FINDINGS = Catalogue(
    "FR",
    Finding(
        "FR-E001",
        "{name}さんの氏名（漢字かアルファベット）が入力されていません。",
        "在留資格を取る前でも、旅券などで氏名を確かめて入力してください。",
        "法第30条の45",
    ),
    Finding(
        "FR-A001",
        "{name}さんの氏名が、いまの記録と同じです。",
        "帰化・国籍取得の後の氏名を戸籍の通知で確かめ、同じときは理由を入力してください。",
        "戸籍法第102条・第102条の2",
    ),
    Finding(
        "FR-A002",
        "外国人住民となった年月日が記録されていません。住民となった年月日は異動日になります。",
        "記録を確かめ、正しければ理由を入力してください。",
        "RR-4.5.3",
    ),
    Finding(
        "FR-A003",
        "国籍・地域が入力されていません。",
        "旅券などで確かめ、分からないときは理由を入力してください。",
        "法第30条の45",
    ),
    Finding(
        "FR-A004",
        "国籍・地域「{name}」が国籍・地域の一覧にありません。",
        "一覧から選び直すか、このままにする理由を入力してください。コードは空欄になります。",
        "法第30条の45、RR-1.3.3",
    ),
    Finding(
        "FR-E010",
        "{category}には{label}が要ります。",
        "通知か在留カード等で確かめて入力してください。",
        "RR-1.1.6、法第30条の45",
    ),
    Finding(
        "FR-E011",
        "{category}に{label}はありません。",
        "空欄にするか、区分を直してください。",
        "RR-1.1.2b、法第30条の45",
    ),
    Finding(
        "FR-A010",
        "在留期間の満了の日（{day}）を過ぎています。",
        "通知と在留カードで確かめ、理由を入力してください。",
        "法第30条の45、入管法第20条第6項",
    ),
    Finding(
        "FR-E012",
        "消除する理由が選ばれていません。",
        "通知の理由を選んでください。",
        "RR-4.5.6、法第30条の50",
    ),
    Finding(
        "FR-E013",
        "{name}さんは特別永住者ではありません。",
        "交付した証明書の人を確かめ、選び直してください。",
        "RR-4.5.7b、入管特例法第7条",
    ),
    Finding(
        "FR-E014",
        "証明書の番号が、いまの記録と同じです。通知でまだ番号が届いていない新しい証明書なら、番号が違います。",
        "証明書を見て番号を入力し直すか、「番号は入管庁の通知で記録済み」に印を付けてください。",
        "RR-4.5.7b",
    ),
)

#: Items that go on when somebody becomes Japanese (RR-4.5.3, 4.5.4), besides 外国人住民となった年月日, which goes on as
#: 住民となった年月日. Numbers and the place in the household belong to the person, not to the one record.
CARRIED = frozenset(
    {
        "postal_code",
        "address_code",
        "address",
        "building",
        "birth_date",
        "sex",
        "relationship_to_head",
        "address_set_on",
        "resident_code",
        "individual_number",
        "previous_postal_code",
        "previous_address_code",
        "previous_address",
        # Managed beside the record, for the person and the household (RR-1.1.1c).
        "household_number",
        "member_order",
        "head_name",
        "number_card_state",
        "basic_card_state",
        "signature_certificate_serial",
        "user_certificate_serial",
        "adult_guardianship",
    }
)
_FLAGS = ("name_kana_confirmed", "former_name_kana_confirmed", "alias_kana_confirmed")


def _blank(record: Person) -> dict[str, Any]:
    """Every item that does not go on, emptied; the encrypted numbers are not touched."""
    blank: dict[str, Any] = {
        name: None for name in record.items if name not in CARRIED and not name.endswith(("_hash", "_cipher"))
    }
    return blank | dict.fromkeys(_FLAGS, False) | {"previous_aliases": []}


def _typed(spec: ChangeSpec, person: PersonEntry, kind: ResidentKind) -> dict[str, Any]:
    """What was typed for the new record."""
    return {
        ask.name: value_of(ask, person.text(ask.name)) for ask in spec.person_asks if belongs_to(ask, kind)
    }


def _close_and_begin(
    spec: ChangeSpec,
    entry: ChangeEntry,
    facts: Facts,
    *,
    removal: ChangeReason,
    recording: ChangeReason,
    cause: str,
    items: Mapping[str, Any],
) -> Plan:
    [person] = entry.subjects
    record = facts.people[person.number]
    moved, days = moved_on(spec, entry), step_days(spec, entry)
    closed = Effect(
        person.number,
        {
            "state": ResidentState.REMOVED,
            "removal_reason": cause,
            "removal_occurred_on": moved,
            "removed_on": facts.today,
        },
        history=f"{cause}により消除",
    )
    begun = {**_blank(record), **items, "state": ResidentState.RESIDENT, "notified_on": None}
    name = display_name(begun)
    if record.is_head:
        begun["head_name"] = name
    opened = Effect(person.number, begun, history=f"{cause}により記載", notes=typed_notes(entry))
    steps = [
        Step(removal, moved, (closed,), days),
        Step(recording, moved, (opened,), days),
        _members_step(record, name, moved, facts),
    ]
    return steps_of(steps)


def _members_step(record: Person, name: str, moved: DateValue | None, facts: Facts) -> Step | None:
    """世帯主の氏名 of the others, when the person is the head and the name is another now (RR-4.2.3.1b)."""
    home = facts.home(record.household_number)
    if not record.is_head or home is None or name == record.name:
        return None
    effects = tuple(
        Effect(member.number, {"head_name": name}, history="世帯主の氏名の修正", consequence=True)
        for member in home.members
        if member.number != record.number and member["head_name"] != name
    )
    return Step(ChangeReason.CORRECT_EX_OFFICIO, moved, effects) if effects else None


def one_subject(entry: ChangeEntry, facts: Facts) -> tuple[PersonEntry, Person] | None:
    """The one person of such a change with the record; None while there is not exactly one."""
    if len(entry.subjects) != 1:
        return None
    record = facts.person(entry.subjects[0])
    return (entry.subjects[0], record) if record is not None else None


# ---- 帰化, 国籍取得


def check_become_japanese(spec: ChangeSpec, entry: ChangeEntry, facts: Facts) -> Iterator[Violation]:
    """The name after it is another one; the day on which the person became a resident is known (RR-4.5.3)."""
    found = one_subject(entry, facts)
    if found is None:
        return
    person, record = found
    if person.text("name") and person.text("name") == (record["name"] or ""):
        yield FINDINGS.found("FR-A001", person_field(person.key, "name"), name=record.name)
    if record["became_foreign_resident_on"] is None:
        yield FINDINGS.found("FR-A002", person_field(person.key, "chosen"))


def _japanese(spec: ChangeSpec, entry: ChangeEntry, facts: Facts) -> dict[str, Any]:
    [person] = entry.subjects
    record = facts.people[person.number]
    became: DateValue | None = record["became_foreign_resident_on"] or moved_on(spec, entry)
    return {
        **_typed(spec, person, ResidentKind.JAPANESE),
        "resident_kind": ResidentKind.JAPANESE,
        "birth_date": record.birth.in_wareki(),
        "became_resident_on": became.in_wareki() if became is not None else None,
    }


def plan_naturalisation(spec: ChangeSpec, entry: ChangeEntry, facts: Facts) -> Plan:
    """帰化 (RR-4.5.3)."""
    return _close_and_begin(
        spec,
        entry,
        facts,
        removal=ChangeReason.REMOVE_NATURALISATION,
        recording=ChangeReason.RECORD_NATURALISATION,
        cause="帰化",
        items=_japanese(spec, entry, facts),
    )


def plan_acquisition(spec: ChangeSpec, entry: ChangeEntry, facts: Facts) -> Plan:
    """国籍取得 (RR-4.5.4)."""
    return _close_and_begin(
        spec,
        entry,
        facts,
        removal=ChangeReason.REMOVE_NATURALISATION,
        recording=ChangeReason.RECORD_NATURALISATION,
        cause="国籍取得",
        items=_japanese(spec, entry, facts),
    )


# ---- 国籍喪失


def became_foreign_resident(
    lost_on: DateValue | None, became_resident_on: DateValue | None
) -> DateValue | None:
    """外国人住民となった年月日 after a loss of nationality: the later of the two days (RR-4.5.5b).

    An unknown 住民となった年月日 counts with the day it sorts by; equal days are the day of the loss.
    """
    if lost_on is None or became_resident_on is None:
        return lost_on or became_resident_on
    return became_resident_on if became_resident_on.sort > lost_on.sort else lost_on


def check_loss(spec: ChangeSpec, entry: ChangeEntry, facts: Facts) -> Iterator[Violation]:
    """A name for the foreign record, and the nationality if it is known (RR-4.5.5)."""
    found = one_subject(entry, facts)
    if found is None:
        return
    person, record = found
    if not person.text("name") and not person.text("name_alphabet"):
        yield FINDINGS.found("FR-E001", person_field(person.key, "name_alphabet"), name=record.name)
    if not person.text("nationality"):
        yield FINDINGS.found("FR-A003", person_field(person.key, "nationality"))
    yield from check_country(person, facts)


def check_country(person: PersonEntry, facts: Facts) -> Iterator[Violation]:
    """The name is one of the list, so that the record gets its code."""
    name = person.text("nationality")
    if name and country_code_of(name, facts) is None:
        yield FINDINGS.found("FR-A004", person_field(person.key, "nationality"), name=name)


def country_code_of(name: str | None, facts: Facts) -> str | None:
    """国籍・地域コード of a name; ``facts.extra["country_codes"]`` has those of the names that were typed."""
    codes: Mapping[str, str | None] = facts.extra.get("country_codes", {})
    return codes.get(name) if name else None


def plan_loss(spec: ChangeSpec, entry: ChangeEntry, facts: Facts) -> Plan:
    """国籍喪失: a foreign record as 国籍喪失による経過滞在者 (RR-4.5.5, RR-1.1.2b).

    The former 住民となった年月日 is never written as 旧外登法による登録年月日 (RR-4.5.5c).
    """
    [person] = entry.subjects
    record = facts.people[person.number]
    items = {
        **_typed(spec, person, ResidentKind.FOREIGN),
        "resident_kind": ResidentKind.FOREIGN,
        "birth_date": record.birth.in_seireki(),
        "became_foreign_resident_on": became_foreign_resident(
            moved_on(spec, entry), record["became_resident_on"]
        ),
        "foreign_category": ForeignCategory.TRANSITIONAL_LOSS,
    }
    items["nationality_code"] = country_code_of(items.get("nationality"), facts)
    return _close_and_begin(
        spec,
        entry,
        facts,
        removal=ChangeReason.REMOVE_NATIONALITY_LOSS,
        recording=ChangeReason.RECORD_NATIONALITY_LOSS,
        cause="国籍喪失",
        items=items,
    )
