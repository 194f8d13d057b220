"""支援措置: registering, starting, extending, changing and ending a measure (RR-3.4).

The people of a measure and what it hands on are in ``people``; what a move does to it in ``moves``. Whoever acts here
is the 支援措置責任者: has the right to manage measures and the right to know where the protected live.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from residentapp.core.access.actor import Actor
from residentapp.core.clock import day_of
from residentapp.core.crypto import Keyring
from residentapp.core.dates import to_wareki
from residentapp.core.masters.models import OwnMunicipality
from residentapp.core.violations import Level, Violation, alerts_of, errors_of
from residentapp.residents.models import (
    SupportMeasure,
    SupportMember,
    SupportOffender,
    SupportTransfer,
)
from residentapp.residents.removed_records import reader
from residentapp.residents.rules.terms import support_term
from residentapp.residents.support import suppressions
from residentapp.residents.support.errors import NotThere, Outdated, SupportRefused
from residentapp.residents.support.events import differences, measure_event
from residentapp.residents.support.from_record import details_of_record
from residentapp.residents.support.rules import (
    EntryFacts,
    MeasureFacts,
    check_end,
    check_entry,
    check_registration,
    check_renewal,
    check_start,
    next_term,
)
from residentapp.residents.support.sealed import (
    MEASURE,
    MEMBER,
    OFFENDER,
    TRANSFER,
    seal,
    seal_details,
    unseal,
)
from residentapp.residents.support.suppressions import IN_CHARGE
from residentapp.residents.support.types import (
    Blocked,
    Direction,
    EndReason,
    EventKind,
    MeasureEntry,
    PersonDetails,
    RegisterMeasure,
    Seen,
)
from residentapp.residents.types import SuppressedProcess


def facts_of(measure: SupportMeasure) -> MeasureFacts:
    """A measure as the rules see it."""
    return MeasureFacts(
        measure.provisional,
        measure.starts_on,
        measure.ends_on,
        measure.closed_on,
        measure.capacity,
        measure.role,
    )


def locked(session: Session, actor: Actor, seen: Seen) -> SupportMeasure:
    """A measure for one who is in charge, held until the end of the transaction.

    :raises PermissionDenied: not in charge.
    :raises NotThere: no such measure.
    :raises Outdated: somebody changed it after the officer looked.
    """
    actor.require(*IN_CHARGE)
    measure = session.get(SupportMeasure, seen.measure_id, with_for_update=True, populate_existing=True)
    if measure is None:
        raise NotThere("この支援措置は見つかりません。一覧から選び直してください。")
    if measure.version != seen.version:
        raise Outdated
    return measure


def own_name(session: Session) -> str:
    """Name of the own municipality; empty before it has been registered."""
    own = session.get(OwnMunicipality, 1)
    return own.name if own is not None else ""


# ---- registering


def registration_findings(
    session: Session, actor: Actor, command: RegisterMeasure, *, now: dt.datetime
) -> list[Violation]:
    """Everything the rules say of a new measure; nothing is written."""
    actor.require(*IN_CHARGE)
    return check_registration(command.entry, _entry_facts(session, command, today=day_of(now)))


def _entry_facts(session: Session, command: RegisterMeasure, *, today: dt.date) -> EntryFacts:
    applicant = reader.latest_of(session, command.applicant)
    numbers = [supported.addressee_number for supported in command.supported]
    people = {number: reader.latest_of(session, number) for number in numbers}
    protected = [person for person in (applicant, *people.values()) if person is not None]
    offender_number = command.offender.addressee_number
    offender = reader.latest_of(session, offender_number) if offender_number else None
    return EntryFacts(
        today=today,
        own_municipality=own_name(session),
        applicant_live=applicant.state.is_live if applicant is not None else None,
        unknown=tuple(number for number, person in people.items() if person is None),
        doubled=tuple(_doubled([command.applicant, *numbers])),
        offender_unknown=bool(offender_number) and offender is None,
        offender_supported=bool(offender_number) and offender_number in (command.applicant, *numbers),
        offender_in_household=offender is not None
        and offender.state.is_live
        and offender.household_number in {person.household_number for person in protected},
        open_measures=len(open_measures_of(session, command.applicant, applicant_only=True)),
    )


def _doubled(numbers: Sequence[str]) -> list[str]:
    seen: set[str] = set()
    found = []
    for number in numbers:
        if number in seen:
            found.append(number)
        seen.add(number)
    return list(dict.fromkeys(found))


def open_measures_of(
    session: Session, addressee_number: str, *, applicant_only: bool = False
) -> list[SupportMeasure]:
    """Measures that stand for a person, oldest first."""
    query = (
        select(SupportMeasure)
        .join(SupportMember)
        .where(
            SupportMember.addressee_number == addressee_number,
            SupportMember.removed_on.is_(None),
            SupportMeasure.closed_on.is_(None),
        )
        .order_by(SupportMeasure.id)
    )
    if applicant_only:
        query = query.where(SupportMember.is_applicant)
    return list(session.scalars(query))


def refuse_unconfirmed(violations: Iterable[Violation], confirmed: Iterable[str]) -> None:
    """:raises SupportRefused: for errors, and for alerts without a reason."""
    found = list(violations)
    given = set(confirmed)
    if errors_of(found) or any(alert_name(alert) not in given for alert in alerts_of(found)):
        raise SupportRefused(found)


def alert_name(violation: Violation) -> str:
    """Under which a reason for an alert is given: the same name as the screen's."""
    return f"{violation.code}@{violation.field}" if violation.field else violation.code


def register(
    session: Session, actor: Actor, keyring: Keyring, command: RegisterMeasure, *, now: dt.datetime
) -> SupportMeasure:
    """支援措置申出 or 仮支援措置: the measure with its people, and their suppressions from the day of the 申出.

    :raises SupportRefused: when the rules find what nobody has confirmed.
    """
    found = registration_findings(session, actor, command, now=now)
    refuse_unconfirmed(found, {key for key, reason in command.confirmed.items() if reason})
    entry = command.entry
    assert entry.applied_on is not None
    ends_on = entry.ends_on
    if entry.starts_on is not None and ends_on is None:
        ends_on = support_term(entry.starts_on).end
    measure = SupportMeasure(
        provisional=entry.provisional,
        provisional_from=entry.applied_on if entry.provisional else None,
        first_started_on=entry.starts_on,
        starts_on=entry.starts_on,
        ends_on=ends_on,
        receiving_municipality="",
    )
    _write_entry(keyring, measure, entry)
    session.add(measure)
    session.flush()
    people = [
        (command.applicant, True, ""),
        *((s.addressee_number, False, s.relation) for s in command.supported),
    ]
    for number, is_applicant, relation in people:
        details = details_of_record(session, number)
        if is_applicant:
            details = with_contacts(details, command.contact)
        measure.members.append(
            SupportMember(
                addressee_number=number,
                is_applicant=is_applicant,
                relation=relation.strip() or None,
                details_cipher=seal_details(keyring, details, MEMBER),
            )
        )
    if not command.offender.is_empty:
        measure.offenders.append(
            SupportOffender(
                addressee_number=command.offender.addressee_number or None,
                details_cipher=seal_details(keyring, command.offender.details, OFFENDER),
            )
        )
    session.flush()
    # In the order of the numbers, as messages want it.
    for number in sorted(number for number, _is_applicant, _relation in people):
        suppressions.protect(session, actor, keyring, measure, number, starts_on=entry.applied_on, now=now)
    if command.received_on is not None:
        measure.transfers.append(
            SupportTransfer(
                direction=Direction.IN,
                happened_on=command.received_on,
                details_cipher=seal(
                    keyring, {"municipality": entry.receiving_municipality.strip(), "note": ""}, TRANSFER
                ),
            )
        )
    reasons = "；".join(reason for reason in command.confirmed.values() if reason)
    measure_event(
        session, actor, keyring, EventKind.REGISTERED, measure, now=now, reason=reasons,
        changes=differences({}, labelled(keyring, measure)),
    )  # fmt: skip
    return measure


def with_contacts(details: PersonDetails, typed: PersonDetails) -> PersonDetails:
    """Details with what an officer typed in place of what was there; blanks change nothing."""
    given = {name: text for name, text in dataclasses.asdict(typed).items() if text}
    return dataclasses.replace(details, **given)


def _write_entry(keyring: Keyring, measure: SupportMeasure, entry: MeasureEntry) -> None:
    measure.capacity, measure.role = entry.capacity, entry.role
    measure.receiving_municipality = entry.receiving_municipality.strip()
    measure.applied_on = entry.applied_on
    measure.blocked = [item.value for item in Blocked if item in entry.blocked]
    measure.levels = {
        process.value: entry.levels[process].value for process in SuppressedProcess if process in entry.levels
    }
    kept = {
        "addresses": {item.value: text.strip() for item, text in entry.addresses.items() if text.strip()},
        "note": entry.note.strip(),
        "term_reason": entry.term_reason.strip(),
    }
    measure.details_cipher = seal(keyring, kept, MEASURE)


def labelled(keyring: Keyring, measure: SupportMeasure) -> dict[str, str]:
    """A measure's items under their labels, for its history."""
    kept = unseal(keyring, measure.details_cipher, MEASURE)
    addresses = kept.get("addresses", {})
    items = {
        "立場": measure.capacity.label,
        "受付の区分": measure.role.label,
        "当初受付市区町村": measure.receiving_municipality,
        "申出年月日": _day(measure.applied_on),
        "仮支援措置": "はい" if measure.provisional else "いいえ",
        "仮支援措置の開始年月日": _day(measure.provisional_from),
        "開始年月日": _day(measure.starts_on),
        "終了年月日": _day(measure.ends_on),
        "1年間でない理由": str(kept.get("term_reason", "")),
        "終了した日": _day(measure.closed_on),
        "終了の理由": measure.closed_reason.label if measure.closed_reason else "",
        "メモ": str(kept.get("note", "")),
    }
    for item in Blocked:
        wanted = "求める" if item.value in measure.blocked else ""
        items[item.label] = "　".join(part for part in (wanted, addresses.get(item.value, "")) if part)
    for process in SuppressedProcess:
        level = measure.levels.get(process.value)
        items[f"抑止（{process.label}）"] = Level(level).label if level else "なし"
    return items


def _day(day: dt.date | None) -> str:
    return to_wareki(day) if day is not None else ""


# ---- a measure that stands


def change(
    session: Session,
    actor: Actor,
    keyring: Keyring,
    seen: Seen,
    entry: MeasureEntry,
    reason: str,
    *,
    now: dt.datetime,
) -> SupportMeasure:
    """Correct or change a measure's own items; its suppressions follow. What stood there before is kept.

    :param entry: all items as they are to be; whether it is provisional stays as it is.
    :param reason: why.
    :raises SupportRefused: the rules, no reason, or an ended measure.
    """
    measure = locked(session, actor, seen)
    entry = dataclasses.replace(entry, provisional=measure.provisional)
    kept_terms = (measure.starts_on, measure.ends_on)
    if measure.provisional:
        entry = dataclasses.replace(entry, starts_on=None, ends_on=None)
    elif entry.starts_on is not None and entry.ends_on is None:
        entry = dataclasses.replace(entry, ends_on=support_term(entry.starts_on).end)
    found = errors_of(
        check_entry(entry, today=day_of(now), own=own_name(session), kept_start=measure.starts_on)
    )
    if measure.closed_on is not None:
        found = [_closed_error()]
    if not reason.strip():
        found.append(_reason_error())
    if found:
        raise SupportRefused(found)
    before = labelled(keyring, measure)
    _write_entry(keyring, measure, entry)
    if not measure.provisional:
        if measure.first_started_on == measure.starts_on:
            measure.first_started_on = entry.starts_on
        measure.starts_on, measure.ends_on = entry.starts_on, entry.ends_on
    else:
        measure.starts_on, measure.ends_on = kept_terms
    _written(session, actor, keyring, measure, EventKind.CHANGED, before, reason.strip(), now=now)
    return measure


def start(
    session: Session,
    actor: Actor,
    keyring: Keyring,
    seen: Seen,
    starts_on: dt.date | None,
    ends_on: dt.date | None,
    term_reason: str,
    *,
    now: dt.datetime,
) -> SupportMeasure:
    """A provisional measure becomes a measure with its term (RR-3.4h); what it blocks goes on without a gap.

    :param ends_on: None takes one year.
    :raises SupportRefused: not provisional, a first day to come, or an odd last day without a reason.
    """
    measure = locked(session, actor, seen)
    found = errors_of(check_start(facts_of(measure), starts_on, ends_on, term_reason, today=day_of(now)))
    if found:
        raise SupportRefused(found)
    assert starts_on is not None
    before = labelled(keyring, measure)
    measure.provisional = False
    measure.first_started_on = starts_on
    measure.starts_on, measure.ends_on = starts_on, ends_on or support_term(starts_on).end
    _keep(keyring, measure, term_reason=term_reason.strip())
    _written(session, actor, keyring, measure, EventKind.STARTED, before, "", now=now)
    return measure


def renew(
    session: Session,
    actor: Actor,
    keyring: Keyring,
    seen: Seen,
    applied_on: dt.date | None,
    *,
    now: dt.datetime,
) -> SupportMeasure:
    """延長: another year from the day after the old end (RR-3.4d).

    :param applied_on: day of the 延長の申出.
    :raises SupportRefused: more than a month before the end (with the day from which it is possible), provisional, or
        ended.
    """
    measure = locked(session, actor, seen)
    found = errors_of(check_renewal(facts_of(measure), applied_on, today=day_of(now)))
    if found:
        raise SupportRefused(found)
    assert measure.ends_on is not None and applied_on is not None
    before = labelled(keyring, measure)
    term = next_term(measure.ends_on)
    measure.starts_on, measure.ends_on = term.start, term.end
    _keep(keyring, measure, term_reason="")
    _written(
        session, actor, keyring, measure, EventKind.RENEWED, before, f"{to_wareki(applied_on)}の申出", now=now
    )
    return measure


def end(
    session: Session,
    actor: Actor,
    keyring: Keyring,
    seen: Seen,
    reason: EndReason | None,
    note: str,
    *,
    now: dt.datetime,
) -> SupportMeasure:
    """終了 by staff, for one of the three reasons (RR-3.4g). Releases the suppressions of the measure, no others.

    :raises SupportRefused: no reason, a term that has not passed, or ended already.
    """
    measure = locked(session, actor, seen)
    found = errors_of(check_end(facts_of(measure), reason, today=day_of(now)))
    if found:
        raise SupportRefused(found)
    assert reason is not None
    before = labelled(keyring, measure)
    measure.closed_on, measure.closed_reason = day_of(now), reason
    suppressions.unprotect(session, actor, keyring, measure, reason=reason.label, now=now)
    _bump(session, measure)
    changes = differences(before, labelled(keyring, measure))
    measure_event(
        session, actor, keyring, EventKind.ENDED, measure, now=now, reason=note.strip(), changes=changes
    )
    return measure


def _keep(keyring: Keyring, measure: SupportMeasure, **values: str) -> None:
    kept = unseal(keyring, measure.details_cipher, MEASURE)
    measure.details_cipher = seal(keyring, kept | values, MEASURE)


def _bump(session: Session, measure: SupportMeasure) -> None:
    measure.version += 1
    session.flush()


def _written(
    session: Session,
    actor: Actor,
    keyring: Keyring,
    measure: SupportMeasure,
    kind: EventKind,
    before: dict[str, str],
    reason: str,
    *,
    now: dt.datetime,
) -> None:
    """Count the edit, let the suppressions follow, and write down what differs."""
    _bump(session, measure)
    suppressions.follow(session, actor, keyring, measure, now=now)
    changes = differences(before, labelled(keyring, measure))
    measure_event(session, actor, keyring, kind, measure, now=now, reason=reason, changes=changes)


def _closed_error() -> Violation:
    return Violation(
        Level.ERROR, "SM-E060", "この支援措置は終了しています。", "", "RR-3.4g",
        "もう一度支援が必要なときは、新しく登録してください。",
    )  # fmt: skip


def _reason_error() -> Violation:
    return Violation(
        Level.ERROR, "SM-E061", "変更の理由が入力されていません。", "reason", "RR-1.1.16",
        "「住所の誤り」「本人の申出」のように、理由を入力してください。",
    )  # fmt: skip
