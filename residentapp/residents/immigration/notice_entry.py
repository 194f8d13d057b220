"""From a checked notice to the entry of its change, filled with what the notice says (RR-4.5.6a)."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from sqlalchemy.orm import Session

from residentapp.core.access.actor import Actor
from residentapp.core.clock import day_of
from residentapp.core.crypto import Keyring
from residentapp.core.dates import to_wareki
from residentapp.residents import history
from residentapp.residents.cases import operations as cases
from residentapp.residents.cases.models import ChangeCase
from residentapp.residents.changes.facts import begin, home_of
from residentapp.residents.changes.procedure import PROCEDURES
from residentapp.residents.changes.spec import spec_of
from residentapp.residents.changes.types import ChangeEntry, Role
from residentapp.residents.immigration.notices import (
    NOBODY,
    NOTICES,
    RIGHTS,
)
from residentapp.residents.immigration.rules import Told, read_body
from residentapp.residents.immigration.types import NoticeAct, NoticeState
from residentapp.residents.waiting_notices import NobodyFound


def begin_entry(
    session: Session, actor: Actor, keyring: Keyring, notice_id: int, *, now: dt.datetime
) -> ChangeCase:
    """Begin the case of a notice that was checked; another officer approves it as any change.

    :raises NoticeChanged: when the notice does not wait to be checked, or is being entered already.
    :raises NobodyFound: when the record is gone, or the actor may not work on it.
    :raises PermissionDenied: without the right to enter it.
    """
    actor.require(*RIGHTS)
    row = NOTICES.held(session, notice_id, NoticeState.TAKEN)
    told = read_body(NOTICES.body_of(keyring, row), today=day_of(now))
    spec = spec_of(told.act.change)
    procedure = next(each for each in PROCEDURES if each.group is spec.group)
    person = history.latest(session, row.addressee_number or "")
    # A household that the actor may not know cannot be worked on; the words tell nothing of a measure.
    if (
        person is None
        or not person.state.is_live
        or home_of(session, actor, person.household_number, now=now).hidden
    ):
        raise NobodyFound(NOBODY)
    entry = begin(
        session,
        actor,
        spec,
        household_number=person.household_number,
        chosen=[person.addressee_number],
        now=now,
    )
    case = cases.start(session, actor, keyring, procedure, filled(entry, told), now=now)
    row.case_id = case.id
    session.flush()
    return case


def filled(entry: ChangeEntry, told: Told) -> ChangeEntry:
    """The entry with what a notice says; fields of which it says nothing keep what the record says."""
    values = {"moved_on": to_wareki(told.moved_on), "noticed_on": to_wareki(told.noticed_on)}
    if told.act is NoticeAct.REMOVE:
        values["cause"] = told.cause
    people = tuple(
        replace(person, values={**person.values, **told.items}) if person.role is Role.SUBJECT else person
        for person in entry.people
    )
    return replace(entry.with_values(**values), people=people)
