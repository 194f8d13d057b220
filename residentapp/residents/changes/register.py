"""The one place that carries a plan into the register: numbers, snapshots, remarks, search keys, messages.

Sources: RR-1.2.1 (history), RR-1.1.14b (type A made automatically), RR-4.3.1 (住民票コード), RR-4.0.8d.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
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
from residentapp.residents.models import Addressee, Household, IntegratedRemark, ResidentChange
from residentapp.residents.search import index
from residentapp.residents.types import RemarkKind

_CONTEXTS = {"individual_number": INDIVIDUAL_NUMBER, "resident_code": RESIDENT_CODE}


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
    """Write a plan: each step one 異動, each effect one snapshot.

    :param seen: 履歴番号 by 宛名番号 that the plan was made on.
    :raises StaleSnapshot: when somebody else changed one of the records since.
    :raises StockEmpty: when too few free 住民票コード are left.
    """
    given = _give_numbers(session, keyring, plan, now=now)
    current = dict(seen)
    change_ids: list[int] = []
    numbers: dict[str, None] = {}
    for step in plan.steps:
        change = _change(case, step, now=now)
        session.add(change)
        session.flush()
        change_ids.append(change.id)
        for effect in step.effects:
            number = given.people.get(effect.number, effect.number)
            _append(session, keyring, change, number, effect, current, given, now=now)
            numbers[number] = None
    index.refresh(session, numbers)
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


def _change(case: ChangeCase, step: Step, *, now: dt.datetime) -> ResidentChange:
    return ResidentChange(
        reason=step.reason,
        moved_on=step.moved_on,
        processed_on=day_of(now),
        notified_on=step.days.notified_on,
        applied_on=step.days.applied_on,
        noticed_on=step.days.noticed_on,
        requested_on=step.days.requested_on,
        cancels_change_id=step.cancels,
        office_code=case.office_code,
        office_name=case.office_name,
        terminal_code=case.terminal_code,
        terminal_name=case.terminal_name,
        entered_by=case.entered_by_login,
        case_id=case.id,
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
    entries = [
        (RemarkKind.HISTORY, effect.history or change.reason.label),
        *((RemarkKind.NOTE, text) for text in effect.notes),
        *((RemarkKind.REMARK, text) for text in effect.remarks),
    ]
    session.add_all(
        IntegratedRemark(
            addressee_number=number,
            history_number=snapshot.history_number,
            kind=kind,
            text=text,
            recorded_on=day_of(now),
        )
        for kind, text in entries
    )
    session.flush()


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
