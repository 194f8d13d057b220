"""Entering by hand what could not be taken in: a case of the kind ``move_in_notice``, filled from the notice."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select
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
from residentapp.residents.move_out.notices import NoticeChanged, body_of
from residentapp.residents.move_out.types import NoticeState
from residentapp.residents.protection import may_see_whereabouts, standings

KIND = "move_in_notice"


class NobodyFound(Exception):
    """The 宛名番号 is nobody's to whom a notice can belong. The text may be shown."""


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
    query = select(MoveInNotice).where(MoveInNotice.id == notice_id).with_for_update()
    row = session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if row is None or row.state is not NoticeState.PROBLEM or open_case_of(session, row) is not None:
        raise NoticeChanged("この転入通知は、すでに処理されているか、入力中です。一覧を開き直してください。")
    person = history.latest(session, number.strip())
    standing = standings(session, [person], now=now) if person is not None else {}
    if person is None or not may_see_whereabouts(actor, standing.get(person.addressee_number)):
        # The same words for both: they tell nothing of a measure.
        raise NobodyFound("この宛名番号の人の転入通知は入力できません。番号を確かめてください。")
    household = person.household_number if person.state.is_live else ""
    if household and home_of(session, actor, household, now=now).hidden:
        raise NobodyFound("この宛名番号の人の転入通知は入力できません。番号を確かめてください。")
    entry = begin(session, actor, spec, household_number=household, chosen=[person.addressee_number], now=now)
    entry = filled(entry, body_of(keyring, row), today=day_of(now))
    case = cases.start(session, actor, keyring, procedure, entry, now=now)
    row.case_id = case.id
    session.flush()
    return case


def filled(entry: ChangeEntry, body: dict[str, object], *, today: dt.date) -> ChangeEntry:
    """The entry with what a body says: every text as it came, days that can be read."""

    def part(*path: str) -> str:
        value: object = body
        for key in path:
            value = value.get(key) if isinstance(value, dict) else None
        return value.strip() if isinstance(value, str) else ""

    def wareki(*paths: tuple[str, ...]) -> str:
        for path in paths:
            try:
                return to_wareki(dt.date.fromisoformat(part(*path)))
            except ValueError:
                continue
        return ""

    moved = wareki(("header", "moved_on", "day"))
    noticed = wareki(("header", "noticed_on", "day"), ("header", "processed_on", "day"))
    return entry.with_values(
        cause=CAUSE,
        moved_on=moved,
        noticed_on=noticed or to_wareki(today),
        confirmed_town=part("person", "address")[:300],
        confirmed_building=part("person", "building")[:300],
        confirmed_code=part("person", "address_code")[:11],
        confirmed_postal_code=part("person", "postal_code")[:8],
    )
