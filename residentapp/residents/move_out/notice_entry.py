"""Entering by hand what could not be taken in: a case of the kind ``move_in_notice``, filled from the notice."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from residentapp.core.access.actor import Actor
from residentapp.core.clock import day_of
from residentapp.core.crypto import Keyring
from residentapp.core.dates import to_wareki
from residentapp.residents import history
from residentapp.residents.cases import operations as cases
from residentapp.residents.cases.models import ChangeCase
from residentapp.residents.cases.queries import open_case
from residentapp.residents.changes.facts import begin, home_of
from residentapp.residents.changes.procedure import PROCEDURES
from residentapp.residents.changes.rules.move_in_notice import CAUSE
from residentapp.residents.changes.spec import spec_of
from residentapp.residents.changes.types import ChangeEntry
from residentapp.residents.move_out.models import MoveInNotice
from residentapp.residents.move_out.notices import NOTICES
from residentapp.residents.move_out.types import NoticeState
from residentapp.residents.protection import may_see_whereabouts, standings
from residentapp.residents.rules.told import day_at, text_at
from residentapp.residents.waiting_notices import NobodyFound

KIND = "move_in_notice"


def open_case_of(session: Session, row: MoveInNotice) -> ChangeCase | None:
    """The case in which a notice is being entered; None when there is none, or it was withdrawn."""
    return open_case(session, row.case_id)


def begin_by_hand(
    session: Session,
    actor: Actor,
    keyring: Keyring,
    notice_id: int,
    number: str,
    *,
    now: dt.datetime,
) -> ChangeCase:
    """Begin the case: for this person, with what the notice says where it can be read.

    :raises NoticeChanged: when the notice no longer waits, or is being entered already.
    :raises NobodyFound: when there is no such person, or the actor may not work on the record.
    :raises PermissionDenied: without the right to enter it.
    """
    spec = spec_of(KIND)
    procedure = next(each for each in PROCEDURES if each.group is spec.group)
    actor.require(procedure.enter_permission)
    row = NOTICES.held(session, notice_id, NoticeState.PROBLEM)
    person = history.latest(session, number.strip())
    standing = standings(session, [person], now=now) if person is not None else {}
    if person is None or not may_see_whereabouts(actor, standing.get(person.addressee_number)):
        # The same words for both: they tell nothing of a measure.
        raise NobodyFound("この宛名番号の人の転入通知は入力できません。番号を確かめてください。")
    household = person.household_number if person.state.is_live else ""
    if household and home_of(session, actor, household, now=now).hidden:
        raise NobodyFound("この宛名番号の人の転入通知は入力できません。番号を確かめてください。")
    entry = begin(session, actor, spec, household_number=household, chosen=[person.addressee_number], now=now)
    entry = filled(entry, NOTICES.body_of(keyring, row), today=day_of(now))
    case = cases.start(session, actor, keyring, procedure, entry, now=now)
    row.case_id = case.id
    session.flush()
    return case


def filled(entry: ChangeEntry, body: Mapping[str, Any], *, today: dt.date) -> ChangeEntry:
    """The entry with what a body says: every text as it came, days that can be read."""

    def wareki(*paths: tuple[str, ...]) -> str:
        for path in paths:
            day = day_at(body, *path)
            if day is not None:
                return to_wareki(day)
        return ""

    moved = wareki(("header", "moved_on"))
    noticed = wareki(("header", "noticed_on"), ("header", "processed_on"))
    return entry.with_values(
        cause=CAUSE,
        moved_on=moved,
        noticed_on=noticed or to_wareki(today),
        confirmed_town=text_at(body, "person", "address")[:300],
        confirmed_building=text_at(body, "person", "building")[:300],
        confirmed_code=text_at(body, "person", "address_code")[:11],
        confirmed_postal_code=text_at(body, "person", "postal_code")[:8],
    )
