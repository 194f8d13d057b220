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
from residentapp.residents import history
from residentapp.residents.cases.models import ChangeCase
from residentapp.residents.cases.types import Registered
from residentapp.residents.changes.types import NEW, Draw, Effect, Plan, Step
from residentapp.residents.models import (
    Addressee,
    Household,
    ResidentChange,
)
from residentapp.residents.remarks.operations import record_change
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
    current = dict(seen)
    change_ids: list[int] = []
    numbers: dict[str, None] = {}
    registered: list[RegisteredStep] = []
    for step in plan.steps:
        change = _change(origin, step, now=now)
        session.add(change)
        session.flush()
        change_ids.append(change.id)
        written = tuple(given.people.get(effect.number, effect.number) for effect in step.effects)
        for number, effect in zip(written, step.effects, strict=True):
            _append(session, keyring, change, number, effect, current, given, now=now)
            numbers[number] = None
        registered.append(RegisteredStep(change, step, written))
    index.refresh(session, numbers)
    for each in registered:
        for handler in _after:
            handler(session, actor, keyring, each, now=now)
    left = numbering.free_codes(session)
    first = plan.steps[0]
    return Registered(
        change_ids=tuple(change_ids),
        numbers=tuple(numbers),
        household_number=_household_of(session, numbers),
        reason_label=first.reason.label,
        codes_low=given.drawn > 0 and left < own_municipality(session).resident_code_low_water,
        codes_left=left,
    )


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
    number: str,
    effect: Effect,
    current: dict[str, int],
    given: _Given,
    *,
    now: dt.datetime,
) -> None:
    before = history.latest(session, number) if number in current else None
    old = history.items_of(before) if before is not None else {}
    items = {**old, **_stored(session, keyring, effect.items, given, now=now)}
    snapshot = history.append(session, change, number, items, expected_history_number=current.get(number))
    current[number] = snapshot.history_number
    cancelled = None
    if change.cancels_change_id is not None:
        cancelled = session.get_one(ResidentChange, change.cancels_change_id).reason
    record_change(
        session,
        change,
        snapshot,
        old or None,
        matter=effect.history,
        cancelled=cancelled,
        notes=effect.notes,
        remarks=effect.remarks,
    )


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


def _household_of(session: Session, numbers: Mapping[str, None]) -> str:
    """世帯番号 of the first person who lives here afterwards; of the first at all when nobody does."""
    rows = [row for number in numbers if (row := history.latest(session, number)) is not None]
    live = [row for row in rows if row.state.is_live]
    return (live or rows)[0].household_number if rows else ""
