"""From the entry as typed to the items of the register: pure, run only once the rules have no more to say.

Sources: RR-1.1.1, 1.1.2 (items), RR-1.1.8c, 1.1.9 (calendar in which dates are held), RR-1.1.14 (統合記載欄),
RR-4.1.1.1 (住所を定めた年月日), RR-4.1.1.4 (未届転入).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from residentapp.core.dates import DateValue
from residentapp.residents.move_in.fields import MEMBER_FIELDS, PROOF_FIELDS, FieldKind
from residentapp.residents.move_in.rules.household import HEAD
from residentapp.residents.move_in.rules.reading import (
    became_foreign_resident_on,
    became_resident_on,
    card_number,
    day_of_text,
    digits,
    kana_text,
    month,
    moved_on,
    name_text,
    read_date,
    relationship_text,
)
from residentapp.residents.move_in.types import MemberEntry, MoveInEntry, YesNo
from residentapp.residents.remarks.rules import Adoption, NoteDraft, adoption_note
from residentapp.residents.rules.member_order import Member, order_members
from residentapp.residents.types import (
    ChangeReason,
    ForeignCategory,
    PensionKind,
    ResidentKind,
    ResidentState,
    Sex,
)

UNREPORTED = "（未届）"

#: Dates that the register holds as DateValue; all others are days of the calendar.
_DATE_VALUES = frozenset(
    {"birth_date", "became_resident_on", "became_foreign_resident_on", "former_registration_on"}
)
#: Fields that become something else than one column of the same name.
_SPECIAL = frozenset(
    {
        "relationship",
        *PROOF_FIELDS,
        "individual_number",
        "resident_code",
        "unreported_address",
        "adoption",
        "previous_address",
        "became_resident_on",
        "became_foreign_resident_on",
        "previous_aliases",
        "remark",
    }
)
#: What a returning person's entry does not take from the removed record: it is about the new household and the new
#: address, or is decrypted and offered apart from the other items.
_NOT_TAKEN_OVER = _SPECIAL - {"previous_aliases", "became_foreign_resident_on"}
_ENUMS: Mapping[str, Any] = {
    "sex": Sex,
    "foreign_category": ForeignCategory,
    "pension_kind": PensionKind,
}
_FOREIGN_NAMES = frozenset({"name_alphabet"})


@dataclass(frozen=True)
class NewAddress:
    """The address that all people of the case get."""

    address: str
    postal_code: str | None
    address_code: str | None
    building: str | None


def typed_address(entry: MoveInEntry) -> NewAddress:
    """The address of a new household as typed."""
    return NewAddress(
        entry.town.strip() + entry.lot.strip(),
        digits(entry.postal_code) or None,
        digits(entry.address_code) or None,
        entry.building.strip() or None,
    )


def recorded_name(member: MemberEntry) -> str:
    """The name under which a head stands in the members' records."""
    name = name_text(member.name)
    if not member.is_foreign:
        return name
    return "　".join(part for part in (name_text(member.name_alphabet, foreign=True), name) if part)


def head_name_of(entry: MoveInEntry) -> str | None:
    """氏名 of the 世帯主 of a new household; None when it has none (RR-1.1.10)."""
    for member in entry.members:
        if relationship_text(member) == HEAD:
            return recorded_name(member)
    return None


def _plain_value(name: str, kind: FieldKind, text: str) -> Any:
    """One field as the register holds it; None for a blank."""
    if kind is FieldKind.FLAG:
        return bool(text)
    if not text.strip():
        return None
    if name in _ENUMS:
        return _ENUMS[name](text)
    match kind:
        case FieldKind.DATE:
            return read_date(text, name)[0] if name in _DATE_VALUES else day_of_text(text, name)
        case FieldKind.MONTH:
            return month(text)
        case FieldKind.DIGITS:
            return digits(text)
        case FieldKind.CARD:
            return card_number(text)
        case FieldKind.KANA:
            return kana_text(text)
        case FieldKind.CHOICE:
            return text == YesNo.YES
        case FieldKind.NAME:
            return name_text(text, foreign=name in _FOREIGN_NAMES)
        case _:
            return text.strip()


def items_of_member(
    entry: MoveInEntry,
    member: MemberEntry,
    *,
    household_number: str,
    member_order: int,
    head_name: str | None,
    address: NewAddress,
) -> dict[str, Any]:
    """Every item of a person's new snapshot except the encrypted numbers.

    住所を定めた年月日 equals 住民となった年月日 (RR-4.1.1.1); foreign residents have no 住民となった年月日, so
    theirs is the day of the move. A birth date is held in wareki for a Japanese and in 西暦 for a foreign resident.
    """
    items: dict[str, Any] = {
        spec.name: _plain_value(spec.name, spec.kind, getattr(member, spec.name))
        for spec in MEMBER_FIELDS
        if spec.name not in _SPECIAL and spec.belongs_to(member.resident_kind)
    }
    birth: DateValue = items["birth_date"]
    items["birth_date"] = birth.in_seireki() if member.is_foreign else birth.in_wareki()
    moved = moved_on(entry)
    became = None if member.is_foreign else became_resident_on(entry, member)
    items |= {
        "resident_kind": member.resident_kind,
        "state": ResidentState.RESIDENT,
        "household_number": household_number,
        "member_order": member_order,
        "head_name": head_name,
        "relationship_to_head": relationship_text(member) or None,
        "postal_code": address.postal_code,
        "address_code": address.address_code,
        "address": address.address,
        "building": address.building,
        "became_resident_on": became,
        "became_foreign_resident_on": became_foreign_resident_on(entry, member)
        if member.is_foreign
        else None,
        "address_set_on": moved if member.is_foreign else became,
        "notified_on": day_of_text(entry.notified_on),
        "previous_aliases": [line.strip() for line in member.previous_aliases.splitlines() if line.strip()],
    }
    items |= _previous(member)
    return items


def _previous(member: MemberEntry) -> dict[str, str | None]:
    """転入前住所; for 未届転入 the unreported address with （未届）, and 最終登録住所地 beside it (RR-4.1.1.4)."""
    typed = member.previous_address.strip() or None
    unreported = member.unreported_address.strip()
    if not unreported:
        return {"previous_address": typed, "last_registered_address": None}
    return {
        "previous_address": unreported.removesuffix(UNREPORTED) + UNREPORTED,
        "last_registered_address": typed,
        # Code and postal code belong to the registered address, not to the unreported one.
        "previous_postal_code": None,
        "previous_address_code": None,
    }


def notes_of_member(member: MemberEntry, reason: ChangeReason) -> tuple[NoteDraft, ...]:
    """Type B that a new record gets by itself: of a 未届転入 (RR-4.1.1.4), of a special adoption (RR-1.1.14e)."""
    notes = []
    if member.unreported_address.strip():
        previous = _previous(member)["previous_address"]
        notes.append(NoteDraft(f"未届転入　転入前住所（未届）　{previous}"))
    if member.adoption:
        notes.append(adoption_note(reason, Adoption(member.adoption)))
    return tuple(notes)


def remarks_of_member(member: MemberEntry) -> tuple[str, ...]:
    """Type C: the 備考 as typed (RR-1.1.14)."""
    return tuple(filter(None, [member.remark.strip()]))


def ordered(entry: MoveInEntry, numbers: Mapping[str, str]) -> list[MemberEntry]:
    """The people of the case in the order of RR-5.2.

    :param numbers: 宛名番号 by member key.
    :raises MemberOrderError: when their relationships contradict each other.
    """
    by_key = {member.key: member for member in entry.members}
    people = [
        Member(
            id=member.key,
            relationship=relationship_text(member),
            birth=_birth(member),
            number=numbers[member.key],
            register_head=bool(member.name.strip())
            and name_text(member.name) == name_text(member.register_head),
        )
        for member in entry.members
    ]
    return [by_key[person.id] for person in order_members(people)]


def _birth(member: MemberEntry) -> dt.date:
    value, why = read_date(member.birth_date, "birth_date")
    if value is None:
        raise ValueError(f"a birth date passed the rules that cannot be read: {why}")
    return value.sort


def text_of_record(record: Mapping[str, Any], specs: Sequence[str], kind: ResidentKind) -> dict[str, str]:
    """Items of a snapshot as they would be typed, to fill an entry from a removed record (RR-4.1.1.2c)."""
    foreign = kind is ResidentKind.FOREIGN
    texts: dict[str, str] = {}
    for spec in MEMBER_FIELDS:
        if spec.name not in specs or not spec.belongs_to(kind) or spec.name in _NOT_TAKEN_OVER:
            continue
        value = record.get(spec.name)
        if value is None or value == []:
            texts[spec.name] = ""
        elif isinstance(value, bool):
            # A recorded 「無」 is no blank; a フリガナ that was not confirmed is.
            yes, no = ("1", "") if spec.kind is FieldKind.FLAG else (YesNo.YES.value, YesNo.NO.value)
            texts[spec.name] = yes if value else no
        elif isinstance(value, list):
            texts[spec.name] = "\n".join(value)
        elif isinstance(value, DateValue):
            texts[spec.name] = value.seireki if foreign and spec.name == "birth_date" else value.wareki
        elif isinstance(value, dt.date):
            western = spec.name == "residence_expires_on"
            texts[spec.name] = DateValue.of(value, western=western).writing
        else:
            texts[spec.name] = str(value)
    return texts
