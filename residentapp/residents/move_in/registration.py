"""本登録: what a move-in writes into the register, in the transaction of its approval.

Numbers are given only here, so that a withdrawn entry leaves no gap.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from residentapp.core import numbering
from residentapp.core.addresses.countries import country_code
from residentapp.core.clock import day_of
from residentapp.core.crypto import Keyring
from residentapp.core.masters.queries import own_municipality
from residentapp.core.numbering import INDIVIDUAL_NUMBER, RESIDENT_CODE
from residentapp.residents import history, proofs
from residentapp.residents.cases.models import ChangeCase
from residentapp.residents.cases.types import Registered
from residentapp.residents.history import StaleSnapshot
from residentapp.residents.messages.writing import write_messages
from residentapp.residents.models import (
    Addressee,
    Household,
    ResidentChange,
    ResidentHistory,
)
from residentapp.residents.move_in.record import (
    NewAddress,
    head_name_of,
    items_of_member,
    notes_of_member,
    ordered,
    remarks_of_member,
    typed_address,
)
from residentapp.residents.move_in.rules.identity import number_of
from residentapp.residents.move_in.rules.reading import day_of_text, moved_on
from residentapp.residents.move_in.types import MemberEntry, MoveInEntry, Scope
from residentapp.residents.remarks.operations import record_change
from residentapp.residents.remarks.rules import NoteDraft
from residentapp.residents.remarks.rules.typed import drafts_of
from residentapp.residents.rules.relationship_proof import is_kin, read_proof
from residentapp.residents.search import index

#: Items of a removed record that continue with the person where nothing else was typed.
_CARRIED = (
    "number_card_state",
    "basic_card_state",
    "signature_certificate_serial",
    "user_certificate_serial",
)


@dataclass(frozen=True)
class _Place:
    """Where the people of the case go."""

    household_number: str
    address: NewAddress
    head_name: str | None
    first_order: int


def register(
    session: Session, keyring: Keyring, case: ChangeCase, entry: MoveInEntry, *, now: dt.datetime
) -> Registered:
    """Households, people, change, snapshots, remarks and search keys of a move-in.

    :raises StockEmpty: when no 住民票コード is left.
    :raises StaleSnapshot: when somebody changed a record that is continued.
    :raises MemberOrderError: when relationships contradict each other.
    """
    today = day_of(now)
    place = _place_of(session, entry, today)
    numbers = _numbers_of(session, entry, today)
    records = _records_of(session, entry)
    codes, drawn = _codes_of(session, keyring, entry, records, now=now)
    change = ResidentChange(
        reason=entry.kind.reason,
        moved_on=moved_on(entry),
        processed_on=today,
        notified_on=day_of_text(entry.notified_on),
        office_code=case.office_code,
        office_name=case.office_name,
        terminal_code=case.terminal_code,
        terminal_name=case.terminal_name,
        entered_by=case.entered_by_login,
        case_id=case.id,
    )
    session.add(change)
    session.flush()
    order = {member.key: place.first_order + step for step, member in enumerate(ordered(entry, numbers))}
    for member in sorted(entry.members, key=lambda member: order[member.key]):
        items = items_of_member(
            entry,
            member,
            household_number=place.household_number,
            member_order=order[member.key],
            head_name=place.head_name,
            address=place.address,
        )
        items |= _sealed_numbers(keyring, member, codes[member.key], records.get(member.key))
        if items.get("nationality") and not items.get("nationality_code"):
            items["nationality_code"] = country_code(session, items["nationality"])
        _append(session, change, entry, member, numbers[member.key], items, records.get(member.key))
    index.refresh(session, numbers.values())
    write_messages(session, keyring, change, now=now)
    low = own_municipality(session).resident_code_low_water
    left = numbering.free_codes(session, most=low)
    return Registered(
        change_ids=(change.id,),
        numbers=tuple(numbers[key] for key in sorted(order, key=order.__getitem__)),
        household_number=place.household_number,
        reason_label=entry.kind.reason.label,
        codes_low=drawn > 0 and left < low,
        codes_left=left,
    )


def _place_of(session: Session, entry: MoveInEntry, today: dt.date) -> _Place:
    if entry.scope is Scope.WHOLE:
        [number] = numbering.allocate(session, numbering.HOUSEHOLD)
        session.add(Household(number=number, first_recorded_on=today))
        session.flush()
        return _Place(number, typed_address(entry), head_name_of(entry), 1)
    number = entry.household_number.strip()
    members = history.household_members(session, number)
    first = members[0]
    head = next((member for member in members if member.relationship_to_head == "世帯主"), None)
    address = NewAddress(first.address, first.postal_code, first.address_code, first.building)
    # Someone joining goes last (RR-5.2e).
    last = max(member.member_order for member in members)
    return _Place(number, address, head.display_name if head is not None else None, last + 1)


def _numbers_of(session: Session, entry: MoveInEntry, today: dt.date) -> dict[str, str]:
    """宛名番号 by member key: the old one of a person who returns, a new one for everybody else."""
    new = [member for member in entry.members if not member.re_entry]
    given = numbering.allocate(session, numbering.ADDRESSEE, len(new)) if new else []
    session.add_all(Addressee(number=number, first_recorded_on=today) for number in given)
    session.flush()
    numbers = dict(zip((member.key for member in new), given, strict=True))
    return {member.key: member.re_entry or numbers[member.key] for member in entry.members}


def _records_of(session: Session, entry: MoveInEntry) -> dict[str, ResidentHistory]:
    """The removed records that returning people continue, by member key, held until the end of the transaction.

    :raises StaleSnapshot: when one is no longer a removed record.
    """
    records = {}
    for member in entry.members:
        if not member.re_entry:
            continue
        record = history.latest(session, member.re_entry, for_update=True)
        if record is None or record.state.is_live:
            raise StaleSnapshot(member.re_entry)
        records[member.key] = record
    return records


def _codes_of(
    session: Session,
    keyring: Keyring,
    entry: MoveInEntry,
    records: Mapping[str, ResidentHistory],
    *,
    now: dt.datetime,
) -> tuple[dict[str, str], int]:
    """住民票コード by member key, and how many of them were drawn.

    As typed; else the one of the record that a person continues, which an enterer without the right to see it cannot
    type (RR-4.1.1.2c); else one drawn at random from the stock (RR-4.3.1a).
    """
    codes = {member.key: number_of(member, "resident_code") for member in entry.members}
    for key, record in records.items():
        if not codes[key] and record.resident_code_cipher is not None:
            codes[key] = keyring.decrypt_text(record.resident_code_cipher, context=RESIDENT_CODE)
    known = [keyring.lookup_hash(code, context=RESIDENT_CODE) for code in codes.values() if code]
    numbering.mark_in_use(session, known, moment=now)
    without = [key for key, code in codes.items() if not code]
    drawn = numbering.draw_codes(session, keyring, len(without), moment=now)
    return codes | dict(zip(without, drawn, strict=True)), len(without)


def _sealed_numbers(
    keyring: Keyring, member: MemberEntry, code: str, record: ResidentHistory | None
) -> dict[str, bytes | None]:
    number = number_of(member, "individual_number")
    if not number and record is not None and record.individual_number_cipher is not None:
        number = keyring.decrypt_text(record.individual_number_cipher, context=INDIVIDUAL_NUMBER)
    return {
        "individual_number_cipher": keyring.encrypt(number, context=INDIVIDUAL_NUMBER) if number else None,
        "individual_number_hash": keyring.lookup_hash(number, context=INDIVIDUAL_NUMBER) if number else None,
        "resident_code_cipher": keyring.encrypt(code, context=RESIDENT_CODE),
        "resident_code_hash": keyring.lookup_hash(code, context=RESIDENT_CODE),
    }


def _append(
    session: Session,
    change: ResidentChange,
    entry: MoveInEntry,
    member: MemberEntry,
    number: str,
    items: dict[str, Any],
    before: ResidentHistory | None,
) -> ResidentHistory:
    expected: int | None = None
    if before is not None:
        expected = before.history_number
        items |= {name: getattr(before, name) for name in _CARRIED if items[name] is None}
    snapshot = history.append(session, change, number, items, expected_history_number=expected)
    proof = read_proof(member.relationship_proof, member.relationship_translation)
    if proof is not None and member.is_foreign and is_kin(snapshot.relationship_to_head or ""):
        proofs.keep(session, change.id, {number: proof})
    notes = notes_of_member(member, entry.kind.reason) + drafts_of(entry.notes, entry.chosen_notes)
    if member.re_entry:
        notes += (NoteDraft("再転入　以前の住民票の宛名番号を引き継いだ"),)
    # A returning person has a new record: what the former one said is not what this one changed.
    record_change(
        session,
        change,
        snapshot,
        None,
        article=entry.kind.article,
        notes=notes,
        remarks=remarks_of_member(member),
    )
    return snapshot
