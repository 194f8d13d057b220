"""The one place that carries a plan into the register: numbers, snapshots, remarks, search keys, messages.

Sources: RR-1.2.1 (history), RR-1.1.14b (type A made automatically), RR-4.3.1 (住民票コード), RR-4.0.8d.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from residentapp.core import numbering
from residentapp.core.access.actor import Actor
from residentapp.core.clock import day_of
from residentapp.core.crypto import Keyring
from residentapp.core.masters.queries import own_municipality
from residentapp.core.numbering import INDIVIDUAL_NUMBER, RESIDENT_CODE
from residentapp.residents import history, proofs
from residentapp.residents.cases.models import ChangeCase
from residentapp.residents.cases.types import Registered
from residentapp.residents.changes.types import NEW, Draw, Plan, Step
from residentapp.residents.models import (
    Addressee,
    Household,
    ResidentChange,
    ResidentHistory,
)
from residentapp.residents.remarks.operations import texts_of_change
from residentapp.residents.search import index

_CONTEXTS = {"individual_number": INDIVIDUAL_NUMBER, "resident_code": RESIDENT_CODE}


@dataclass(frozen=True)
class Origin:
    """Where and by whom a change was entered, and from which case it comes (RR-1.2.1a)."""

    office_code: str
    office_name: str
    terminal_code: str
    terminal_name: str
    entered_by: str
    case_id: str | None

    @classmethod
    def of_case(cls, case: ChangeCase) -> Origin:
        """A change that a case becomes: who entered it, not who approves it."""
        return cls(
            case.office_code,
            case.office_name,
            case.terminal_code,
            case.terminal_name,
            case.entered_by_login,
            case.id,
        )

    @classmethod
    def of_actor(cls, actor: Actor, case_id: str | None = None) -> Origin:
        """A change that follows from an approved one or from a notice, without an entry of its own.

        :param case_id: the case of the change from which it follows.
        """
        return cls(
            actor.office_code,
            actor.office_name,
            actor.terminal_code,
            actor.terminal_name,
            actor.login,
            case_id,
        )


@dataclass(frozen=True)
class RegisteredStep:
    """One change that has just been written.

    :param step: what was planned: reason, days, ``special``.
    :param numbers: 宛名番号 of everybody who got a snapshot by it, in their order.
    """

    change: ResidentChange
    step: Step
    numbers: tuple[str, ...]


#: ``handler(session, actor, keyring, registered, now=…)``: called in the transaction of the registration, for each
#: change in its order, once all snapshots, remarks and search keys are written. It flushes and never commits.
AfterRegistration = Callable[..., None]
_after: list[AfterRegistration] = []


def after_registration(handler: AfterRegistration) -> AfterRegistration:
    """Let a handler be called for every change that is carried into the register here.

    The place for what follows from a registered change and belongs to another module: messages to other systems
    (RR-7.1.1.1), measures of protected people who move out (RR-3.4i). Adding the same handler again changes nothing.
    """
    if handler not in _after:
        _after.append(handler)
    return handler


@dataclass
class _Given:
    """Numbers given for the placeholders of a plan."""

    people: dict[str, str] = field(default_factory=dict)
    households: dict[str, str] = field(default_factory=dict)
    codes: list[str] = field(default_factory=list)
    drawn: int = 0


def apply_plan(
    session: Session,
    actor: Actor,
    keyring: Keyring,
    case: ChangeCase,
    plan: Plan,
    seen: Mapping[str, int],
    *,
    now: dt.datetime,
) -> Registered:
    """Write the plan of a case: each step one 異動, each effect one snapshot.

    :param seen: 履歴番号 by 宛名番号 that the plan was made on.
    :raises StaleSnapshot: when somebody else changed one of the records since.
    :raises StockEmpty: when too few free 住民票コード are left.
    """
    return write_plan(session, actor, keyring, Origin.of_case(case), plan, seen, now=now)


def write_plan(
    session: Session,
    actor: Actor,
    keyring: Keyring,
    origin: Origin,
    plan: Plan,
    seen: Mapping[str, int],
    *,
    now: dt.datetime,
) -> Registered:
    """:func:`apply_plan` for changes without a case of their own."""
    given = _give_numbers(session, keyring, plan, now=now)
    rows = _held(session, plan, seen)
    registered: list[RegisteredStep] = []
    for step in plan.steps:
        change = _change(origin, step, now=now)
        session.add(change)
        session.flush()
        written = _append(session, keyring, change, step, rows, given, now=now)
        rows |= {row.addressee_number: row for row in written}
        registered.append(RegisteredStep(change, step, tuple(row.addressee_number for row in written)))
    numbers = tuple(dict.fromkeys(number for each in registered for number in each.numbers))
    index.refresh(session, numbers)
    for each in registered:
        for handler in _after:
            handler(session, actor, keyring, each, now=now)
    # Who lives here afterwards gives the household; counting the stock is for whoever has drawn from it.
    last = [rows[number] for number in numbers]
    low = own_municipality(session).resident_code_low_water
    left = numbering.free_codes(session, most=low) if given.drawn else 0
    return Registered(
        change_ids=tuple(each.change.id for each in registered),
        numbers=numbers,
        household_number=next((row for row in last if row.state.is_live), last[0]).household_number,
        reason_label=plan.steps[0].reason.label,
        codes_low=given.drawn > 0 and left < low,
        codes_left=left,
    )


def _held(session: Session, plan: Plan, seen: Mapping[str, int]) -> dict[str, ResidentHistory]:
    """The current snapshots on which the plan was made, by 宛名番号, held until the end of the transaction.

    :raises StaleSnapshot: when one is no longer current.
    """
    touched = {effect.number for step in plan.steps for effect in step.effects if not effect.is_new}
    rows = history.latest_of(session, touched, for_update=True)
    for number in sorted(touched):
        found = rows[number].history_number if number in rows else None
        if found != seen.get(number):
            raise history.StaleSnapshot(number)
    return rows


def _give_numbers(session: Session, keyring: Keyring, plan: Plan, *, now: dt.datetime) -> _Given:
    """宛名番号 and 世帯番号 in their sequence, and free 住民票コード, for the placeholders of the plan."""
    people: dict[str, None] = {}
    households: dict[str, None] = {}
    draws = 0
    for step in plan.steps:
        for effect in step.effects:
            if effect.is_new:
                people[effect.number] = None
            household = effect.items.get("household_number", "")
            if household.startswith(NEW):
                households[household] = None
            draws += isinstance(effect.items.get("resident_code"), Draw)
    given, today = _Given(), day_of(now)
    if people:
        new = numbering.allocate(session, numbering.ADDRESSEE, len(people))
        given.people = dict(zip(people, new, strict=True))
        session.add_all(Addressee(number=number, first_recorded_on=today) for number in new)
    if households:
        new = numbering.allocate(session, numbering.HOUSEHOLD, len(households))
        given.households = dict(zip(households, new, strict=True))
        session.add_all(
            Household(
                number=number, first_recorded_on=today, continues_number=plan.continues.get(placeholder)
            )
            for placeholder, number in given.households.items()
        )
    session.flush()
    given.codes = numbering.draw_codes(session, keyring, draws, moment=now)
    given.drawn = draws
    return given


def _change(origin: Origin, step: Step, *, now: dt.datetime) -> ResidentChange:
    return ResidentChange(
        reason=step.reason,
        moved_on=step.moved_on,
        processed_on=day_of(now),
        notified_on=step.days.notified_on,
        applied_on=step.days.applied_on,
        noticed_on=step.days.noticed_on,
        requested_on=step.days.requested_on,
        cancels_change_id=step.cancels,
        office_code=origin.office_code,
        office_name=origin.office_name,
        terminal_code=origin.terminal_code,
        terminal_name=origin.terminal_name,
        entered_by=origin.entered_by,
        case_id=origin.case_id,
    )


def _append(
    session: Session,
    keyring: Keyring,
    change: ResidentChange,
    step: Step,
    rows: Mapping[str, ResidentHistory],
    given: _Given,
    *,
    now: dt.datetime,
) -> list[ResidentHistory]:
    """The snapshots of one change on top of those that are held, with their entries in the 統合記載欄."""
    effects = {given.people.get(effect.number, effect.number): effect for effect in step.effects}
    if len(effects) != len(step.effects):
        raise ValueError("one change writes one snapshot of a person")
    old = {number: history.items_of(rows[number]) if number in rows else {} for number in effects}
    items = {
        number: {**old[number], **_stored(session, keyring, effect.items, given, now=now)}
        for number, effect in effects.items()
    }
    written = history.append_all(session, change, items, rows)
    cancelled = None
    if change.cancels_change_id is not None:
        cancelled = session.get_one(ResidentChange, change.cancels_change_id).reason
    session.add_all(
        entry
        for snapshot in written
        for entry in texts_of_change(
            change,
            snapshot,
            old[snapshot.addressee_number] or None,
            matter=effects[snapshot.addressee_number].history,
            cancelled=cancelled,
            notes=effects[snapshot.addressee_number].notes,
            remarks=effects[snapshot.addressee_number].remarks,
        )
    )
    proofs.keep(
        session,
        change.id,
        {number: effect.proof for number, effect in effects.items() if effect.proof is not None},
    )
    session.flush()
    return written


def _stored(
    session: Session, keyring: Keyring, items: Mapping[str, Any], given: _Given, *, now: dt.datetime
) -> dict[str, Any]:
    """Items as the register holds them: placeholders replaced, numbers encrypted with their keyed hash."""
    stored: dict[str, Any] = {}
    for name, value in items.items():
        context = _CONTEXTS.get(name)
        if context is None:
            stored[name] = given.households.get(value, value) if name == "household_number" else value
            continue
        if isinstance(value, Draw):
            value = given.codes.pop()
        elif name == "resident_code" and value:
            numbering.mark_in_use(session, [keyring.lookup_hash(value, context=context)], moment=now)
        stored[f"{name}_cipher"] = keyring.encrypt(value, context=context) if value else None
        stored[f"{name}_hash"] = keyring.lookup_hash(value, context=context) if value else None
    return stored
