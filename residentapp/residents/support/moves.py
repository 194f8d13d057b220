"""What a move does to a measure: nothing lapses (RR-3.4i).

The final registration of a move-out and of a re-entry call these, in their own transaction, for everybody who moves.
Whoever registers the move need not be in charge of measures, and is told nothing of them.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from residentapp.core.access.actor import Actor
from residentapp.core.clock import day_of
from residentapp.core.crypto import Keyring
from residentapp.residents.models import SupportMeasure, SupportMember
from residentapp.residents.support import suppressions
from residentapp.residents.support.events import differences, measure_event
from residentapp.residents.support.operations import facts_of, labelled
from residentapp.residents.support.rules import AfterMoveOut, after_move_in, after_move_out
from residentapp.residents.support.types import Capacity, EventKind


@dataclass(frozen=True)
class Switched:
    """What became of one measure of somebody who moved.

    :param changed: False when it stands as it was.
    """

    measure_id: int
    changed: bool


def on_move_out(
    session: Session, actor: Actor, keyring: Keyring, addressee_number: str, *, now: dt.datetime
) -> tuple[Switched, ...]:
    """Call this when a move-out (転出) has been registered for good, for each person who moved.

    A measure of which the person is the applicant goes on as 仮支援措置 of the 前住所地 when this municipality was the
    first to receive the application; the suppressions of all its people go on, without a day on which they end. Any
    other measure stands as it is. Calling it twice changes nothing the second time.

    :returns: each open measure of the person; empty for the many who have none.
    """
    return tuple(
        _move_out(session, actor, keyring, measure, addressee_number, now=now)
        for measure in _open_measures(session, addressee_number)
    )


def _move_out(
    session: Session,
    actor: Actor,
    keyring: Keyring,
    measure: SupportMeasure,
    addressee_number: str,
    *,
    now: dt.datetime,
) -> Switched:
    applicant = _is_applicant(measure, addressee_number)
    outcome = after_move_out(facts_of(measure), is_applicant=applicant)
    if outcome is AfterMoveOut.STAYS:
        return Switched(measure.id, False)
    before = labelled(keyring, measure)
    measure.capacity = Capacity.FORMER
    measure.provisional = True
    measure.provisional_from = day_of(now)
    _follow(session, actor, keyring, measure, now=now)
    measure_event(
        session, actor, keyring, EventKind.MOVED_OUT, measure, now=now, addressee_number=addressee_number,
        changes=differences(before, labelled(keyring, measure)),
    )  # fmt: skip
    return Switched(measure.id, True)


def on_move_in(
    session: Session, actor: Actor, keyring: Keyring, addressee_number: str, *, now: dt.datetime
) -> tuple[Switched, ...]:
    """Call this when somebody with an earlier record has been registered again (再転入).

    A measure that protected their former address here protects their present one from now on; it stays provisional
    until an officer starts it, since the person applies anew where they live.

    :returns: as :func:`on_move_out`.
    """
    found = []
    for measure in _open_measures(session, addressee_number):
        switches = after_move_in(facts_of(measure), is_applicant=_is_applicant(measure, addressee_number))
        if switches:
            before = labelled(keyring, measure)
            measure.capacity = Capacity.CURRENT
            _follow(session, actor, keyring, measure, now=now)
            measure_event(
                session, actor, keyring, EventKind.MOVED_IN, measure, now=now,
                addressee_number=addressee_number, changes=differences(before, labelled(keyring, measure)),
            )  # fmt: skip
        found.append(Switched(measure.id, switches))
    return tuple(found)


def _open_measures(session: Session, addressee_number: str) -> list[SupportMeasure]:
    query = (
        select(SupportMeasure)
        .join(SupportMember)
        .where(
            SupportMember.addressee_number == addressee_number,
            SupportMember.removed_on.is_(None),
            SupportMeasure.closed_on.is_(None),
        )
        .order_by(SupportMeasure.id)
        .with_for_update(of=SupportMeasure)
    )
    return list(session.scalars(query))


def _is_applicant(measure: SupportMeasure, addressee_number: str) -> bool:
    return any(
        member.is_applicant and member.addressee_number == addressee_number for member in measure.members
    )


def _follow(
    session: Session, actor: Actor, keyring: Keyring, measure: SupportMeasure, *, now: dt.datetime
) -> None:
    measure.version += 1
    session.flush()
    suppressions.follow(session, actor, keyring, measure, now=now)
