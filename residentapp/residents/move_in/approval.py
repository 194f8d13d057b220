"""審査・決裁: a provisional entry becomes the register's in one transaction, or goes back (RR-4.0.8).

Numbers are given only here, so that a withdrawn entry leaves no gap. The rules run again with today's facts: what was
right at the counter may have changed since.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from residentapp.core import audit, numbering
from residentapp.core.access.actor import Actor
from residentapp.core.access.permissions import Permission
from residentapp.core.addresses.models import Country
from residentapp.core.clock import day_of
from residentapp.core.crypto import Keyring
from residentapp.core.dates import DateValue
from residentapp.core.masters.queries import own_municipality
from residentapp.core.numbering import INDIVIDUAL_NUMBER, RESIDENT_CODE, NumberingCounter, StockEmpty
from residentapp.core.violations import Violation, errors_of
from residentapp.residents import history, locks
from residentapp.residents.history import StaleSnapshot
from residentapp.residents.messages.writing import write_messages
from residentapp.residents.models import (
    Addressee,
    Household,
    IntegratedRemark,
    ResidentChange,
    ResidentHistory,
)
from residentapp.residents.move_in import operations, queries
from residentapp.residents.move_in.errors import (
    CaseChanged,
    EntryRefused,
    MoveInRefused,
    OwnApproval,
    ReasonMissing,
)
from residentapp.residents.move_in.models import MoveInCase, MoveInCaseNumber
from residentapp.residents.move_in.record import (
    NewAddress,
    head_name_of,
    items_of_member,
    ordered,
    remarks_of_member,
    typed_address,
)
from residentapp.residents.move_in.rules import unconfirmed
from residentapp.residents.move_in.rules.identity import number_of
from residentapp.residents.move_in.rules.reading import day_of_text, moved_on
from residentapp.residents.move_in.types import (
    Approve,
    CasePayload,
    CaseState,
    MemberEntry,
    MoveInEntry,
    RecordVersion,
    ReturnCase,
    Scope,
)
from residentapp.residents.rules.member_order import MemberOrderError
from residentapp.residents.search import index

#: Items of a removed record that nobody types and that continue with the person.
_CARRIED = (
    "number_card_state",
    "basic_card_state",
    "signature_certificate_serial",
    "user_certificate_serial",
)


@dataclass(frozen=True)
class Registered:
    """What an approval has brought into the register.

    :param numbers: 宛名番号 by member key, in the order of the household.
    :param codes_low: fewer free 住民票コード are left than the municipality wants (RR-4.3.1b).
    """

    change_id: int
    household_number: str
    numbers: Mapping[str, str]
    codes_low: bool = False
    codes_left: int = 0


def approve(
    session: Session, actor: Actor, keyring: Keyring, command: Approve, *, now: dt.datetime
) -> Registered:
    """決裁 and 本登録, all or nothing.

    :raises PermissionDenied: without the right to approve.
    :raises OwnApproval: by anyone who has entered or changed the entry.
    :raises CaseChanged: when it was approved, returned or changed meanwhile.
    :raises EntryRefused: when the rules, asked again today, find what nobody has confirmed.
    :raises MoveInRefused: when no 住民票コード is left, or somebody changed a record that is continued.
    """
    actor.require(Permission.MOVE_IN_APPROVE)
    case = _provisional(session, command.seen)
    _require_other(actor, case)
    # Approvals take turns: each sees what the one before has registered, so that nobody is registered twice.
    session.execute(
        select(NumberingCounter).where(NumberingCounter.name == numbering.ADDRESSEE).with_for_update()
    )
    payload = queries.payload_of(keyring, case)
    confirmations = {**payload.entry.confirmations, **command.confirmations}
    payload = replace(payload, entry=replace(payload.entry, confirmations=confirmations))
    if payload.entry.scope is Scope.PART:
        session.execute(
            select(Household).where(Household.number == payload.entry.household_number).with_for_update()
        )
    findings = operations.findings_of(session, actor, keyring, case, payload, now=now)
    barring = [*errors_of(findings), *unconfirmed(findings, confirmations)]
    if barring:
        raise EntryRefused(findings, barring)
    try:
        registered = _register(session, actor, keyring, case, payload, now=now)
    except (StockEmpty, StaleSnapshot, MemberOrderError) as problem:
        raise MoveInRefused(str(problem)) from problem
    _close(session, case, registered)
    _log_registered(session, actor, case, payload.entry, registered, findings, now=now)
    return registered


def return_case(
    session: Session, actor: Actor, keyring: Keyring, command: ReturnCase, *, now: dt.datetime
) -> MoveInCase:
    """差し戻し: the entry goes back to the counter with what has to be corrected.

    :raises ReasonMissing: without a reason.
    """
    actor.require(Permission.MOVE_IN_APPROVE)
    if not command.reason.strip():
        raise ReasonMissing("差し戻す理由（何を直すか）を入力してください。")
    case = _provisional(session, command.seen)
    operations.back_to_entry(
        session, actor, keyring, case, reason=command.reason.strip(), action="転入の差戻し", now=now
    )
    return case


def _provisional(session: Session, seen: RecordVersion) -> MoveInCase:
    case = queries.find_case(session, seen.case_id, for_update=True)
    if case.state is CaseState.FINAL:
        raise CaseChanged("この仮登録は、別の人がすでに決裁し、本登録されています。二重には登録されません。")
    if case.state is not CaseState.PROVISIONAL:
        raise CaseChanged(
            f"この転入は、いま「{case.state.label}」です。審査できません。一覧を開き直してください。"
        )
    operations.require_version(case, seen)
    return case


def _require_other(actor: Actor, case: MoveInCase) -> None:
    if actor.user_id == case.entered_by or actor.login in case.editors:
        raise OwnApproval


def _close(session: Session, case: MoveInCase, registered: Registered) -> None:
    case.state = CaseState.FINAL
    case.version += 1
    case.payload = None
    case.change_id = registered.change_id
    session.execute(delete(MoveInCaseNumber).where(MoveInCaseNumber.case_id == case.id))
    locks.release(session, operations.owner_of(case.id))
    session.flush()


# ---- the register


@dataclass(frozen=True)
class _Place:
    """Where the people of the case go."""

    household_number: str
    address: NewAddress
    head_name: str | None
    first_order: int


def _register(
    session: Session,
    actor: Actor,
    keyring: Keyring,
    case: MoveInCase,
    payload: CasePayload,
    *,
    now: dt.datetime,
) -> Registered:
    entry, today = payload.entry, day_of(now)
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
            items["nationality_code"] = session.scalar(
                select(Country.code).where(Country.name == items["nationality"])
            )
        _append(session, change, entry, member, numbers[member.key], items, records.get(member.key), today)
    index.refresh(session, numbers.values())
    write_messages(session, keyring, change, now=now)
    left = numbering.free_codes(session)
    return Registered(
        change.id,
        place.household_number,
        {key: numbers[key] for key in sorted(order, key=order.__getitem__)},
        drawn > 0 and left < own_municipality(session).resident_code_low_water,
        left,
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
    today: dt.date,
) -> ResidentHistory:
    expected: int | None = None
    if before is not None:
        expected = before.history_number
        items |= {name: getattr(before, name) for name in _CARRIED}
    snapshot = history.append(session, change, number, items, expected_history_number=expected)
    for kind, text in remarks_of_member(entry, member, returns=bool(member.re_entry)):
        session.add(
            IntegratedRemark(
                addressee_number=number,
                history_number=snapshot.history_number,
                kind=kind,
                text=text,
                recorded_on=today,
            )
        )
    session.flush()
    return snapshot


def _log_registered(
    session: Session,
    actor: Actor,
    case: MoveInCase,
    entry: MoveInEntry,
    registered: Registered,
    findings: list[Violation],
    *,
    now: dt.datetime,
) -> None:
    """One log entry with what each person's record was and is; numbers that identify are only named as set."""
    people = {}
    for number in registered.numbers.values():
        snapshots = history.snapshots_of(session, number)
        before = snapshots[-2] if len(snapshots) > 1 else None
        people[number] = _changes(before, snapshots[-1])
    audit.record(
        session,
        actor,
        moment=now,
        log=audit.Log.OPERATION,
        action="転入の本登録",
        subjects=list(registered.numbers.values()),
        details={
            "受付": case.id,
            "異動": registered.change_id,
            "異動事由": entry.kind.reason.label,
            "世帯番号": registered.household_number,
            "入力した人": case.entered_by_login,
            "確認したアラート": sorted({finding.code for finding in findings}),
            "変更前後": people,
        },
        screen="転入の審査",
        individual_number=any(member.individual_number for member in entry.members),
    )


def _changes(before: ResidentHistory | None, after: ResidentHistory) -> dict[str, list[str | None]]:
    old = history.items_of(before) if before is not None else {}
    changes: dict[str, list[str | None]] = {}
    for name, value in history.items_of(after).items():
        if name.endswith("_hash") or old.get(name) == value:
            continue
        if name.endswith("_cipher"):
            changes[name.removesuffix("_cipher")] = [None, "設定"]
            continue
        changes[name] = [_as_text(old.get(name)), _as_text(value)]
    return changes


def _as_text(value: Any) -> str | None:
    if value is None or value == []:
        return None
    return value.writing if isinstance(value, DateValue) else str(value)
