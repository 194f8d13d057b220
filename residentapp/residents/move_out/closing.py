"""The 転出予定年月日 comes: records are closed, household by household, as a consequence of the approved notification.

Source: RR-1.1.5a, b. Nothing is entered and nothing is approved again. A case that somebody has open for the household
does not hold it up, because the day is set by law; whoever edits it is told that the record has changed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, Text, and_, func, select, type_coerce
from sqlalchemy.orm import Session

from residentapp.core import audit
from residentapp.core.access.actor import Actor
from residentapp.core.clock import day_of
from residentapp.core.crypto import Keyring
from residentapp.core.masters.queries import own_municipality
from residentapp.core.web.logging import logger
from residentapp.residents import history
from residentapp.residents.cases.types import Registered
from residentapp.residents.changes import consequences
from residentapp.residents.changes.facts import home_of
from residentapp.residents.changes.register import Origin, write_plan
from residentapp.residents.changes.rules.ex_officio import follows
from residentapp.residents.changes.rules.household_effects import broken_invariants
from residentapp.residents.changes.rules.leaving import Notified, closing_plan, is_due, removal_day
from residentapp.residents.changes.types import Days, Facts, Plan
from residentapp.residents.ex_officio import operations as ex_officio
from residentapp.residents.ex_officio.types import Basis
from residentapp.residents.models import Household, ResidentChange, ResidentHistory
from residentapp.residents.move_out.keeping import Details, details_of, notification_of
from residentapp.residents.move_out.models import MoveOut
from residentapp.residents.types import ChangeReason, ResidentState

#: Imported so that what follows from a registered change happens here too.
LOADED = consequences

SCREEN = "転出予定日を迎えた人"
ACTION = "転出予定日の到来による消除"


class NothingDue(Exception):
    """Nobody of the household is due, for example because another process was faster."""

    def __init__(self) -> None:
        super().__init__("この世帯に、転出予定日を迎えた人はもういません。一覧を開き直してください。")


class BrokenClosing(RuntimeError):
    """A closing would leave the register in a state that must not be. A fault of the program."""


@dataclass(frozen=True)
class Closed:
    """What became of one household.

    :param numbers: 宛名番号 of those whose records were closed.
    :param headless: the household that stays has no head now, and somebody has to settle one (RR-4.0.4).
    """

    household_number: str
    numbers: tuple[str, ...]
    headless: bool = False


# ---- who is due


def _due(on: dt.date) -> ColumnElement[bool]:
    """Condition: a resident whose 転出予定年月日 has come. The text of the column sorts as its days do."""
    after = (on + dt.timedelta(days=1)).isoformat()
    return and_(_moving_out(), type_coerce(ResidentHistory.removal_occurred_on, Text) < after)


def _moving_out() -> ColumnElement[bool]:
    return and_(
        ResidentHistory.is_latest,
        ResidentHistory.state == ResidentState.RESIDENT,
        ResidentHistory.removal_occurred_on.is_not(None),
    )


def due_households(session: Session, on: dt.date) -> list[str]:
    """世帯番号 of the households in which somebody's day has come."""
    query = select(ResidentHistory.household_number).where(_due(on)).distinct()
    return sorted(session.scalars(query))


def due_people(session: Session, on: dt.date, *, limit: int | None = None) -> Sequence[ResidentHistory]:
    """Everybody whose day has come, the earliest first."""
    query = select(ResidentHistory).where(_due(on))
    query = query.order_by(
        ResidentHistory.removal_occurred_on, ResidentHistory.household_number, ResidentHistory.member_order
    )
    return session.scalars(query.limit(limit) if limit is not None else query).all()


def count_due(session: Session, on: dt.date) -> int:
    """How many people's day has come."""
    return session.scalar(select(func.count()).select_from(ResidentHistory).where(_due(on))) or 0


def coming_people(session: Session, after: dt.date, *, limit: int) -> Sequence[ResidentHistory]:
    """転出予定者 whose day lies ahead, the next first."""
    from_day = (after + dt.timedelta(days=1)).isoformat()
    query = select(ResidentHistory).where(
        _moving_out(), type_coerce(ResidentHistory.removal_occurred_on, Text) >= from_day
    )
    query = query.order_by(
        ResidentHistory.removal_occurred_on, ResidentHistory.household_number, ResidentHistory.member_order
    )
    return session.scalars(query.limit(limit)).all()


# ---- closing


def close_household(
    session: Session, actor: Actor, keyring: Keyring, household_number: str, *, on: dt.date, now: dt.datetime
) -> Closed:
    """Close the records of everybody of a household whose day has come, notification by notification.

    :param on: the day that has come, at most the day of ``now``.
    :raises NothingDue: when nobody is due.
    :raises ValueError: for a day that lies ahead.
    """
    if on > day_of(now):
        raise ValueError("a day that lies ahead has not come")
    hold(session, household_number)
    due = [
        member for member in home_of(session, actor, household_number, now=now).members if is_due(member, on)
    ]
    if not due:
        raise NothingDue
    groups: dict[tuple[int, str], tuple[Notified, list[str]]] = {}
    for member in sorted(due, key=lambda member: (member["removal_occurred_on"].sort, member.number)):
        found = notified_of(session, keyring, member.number)
        groups.setdefault((found.change_id, found.moved_on.encode()), (found, []))[1].append(member.number)
    closed: list[str] = []
    for notified, numbers in groups.values():
        day = removal_day(notified.moved_on, None)
        closed += close(session, actor, keyring, notified, household_number, numbers, removed_on=day, now=now)
    left = history.household_members(session, household_number)
    headless = bool(left) and all(member.relationship_to_head != "世帯主" for member in left)
    _log(session, actor, household_number, closed, on, headless=headless, now=now)
    return Closed(household_number, tuple(closed), headless)


def hold(session: Session, household_number: str) -> None:
    """Hold the household and its members, so that nothing changes between reading and writing."""
    session.execute(select(Household).where(Household.number == household_number).with_for_update())
    for member in sorted(
        history.household_members(session, household_number), key=lambda member: member.addressee_number
    ):
        history.latest(session, member.addressee_number, for_update=True)


def notified_of(session: Session, keyring: Keyring, number: str) -> Notified:
    """A person's move-out as it was notified, with all who are still here and leave by it."""
    change = notification_of(session, number)
    person = history.latest(session, number)
    assert person is not None and person.removal_occurred_on is not None
    if change is None:
        # Taken over from elsewhere: only the record itself tells of the notification.
        return Notified(
            0,
            ChangeReason.MOVE_OUT_DOMESTIC,
            person.removal_occurred_on,
            Days(notified_on=person.removal_notified_on),
            frozenset({number}),
        )
    row = session.get(MoveOut, change.id)
    details = details_of(keyring, row) if row is not None else Details()
    return Notified(
        change.id,
        change.reason,
        person.removal_occurred_on,
        Days(notified_on=change.notified_on, applied_on=change.applied_on),
        frozenset(_still_here(session, change)),
        details.choice,
        details.adoption,
    )


def _still_here(session: Session, change: ResidentChange) -> Iterable[str]:
    for snapshot in change.snapshots:
        latest = history.latest(session, snapshot.addressee_number)
        if latest is not None and latest.state.is_live and latest.removal_occurred_on is not None:
            yield latest.addressee_number


def close(
    session: Session,
    actor: Actor,
    keyring: Keyring,
    notified: Notified,
    household_number: str,
    numbers: Collection[str],
    *,
    removed_on: dt.date,
    now: dt.datetime,
) -> list[str]:
    """Close the records of some people of one household who leave by one notification.

    :param removed_on: 消除の年月日.
    :returns: their 宛名番号.
    """
    facts = household_facts(session, actor, household_number, now=now)
    plan = closing_plan(notified, household_number, facts, numbers, removed_on=removed_on)
    broken = broken_invariants(plan.after(facts), facts)
    if broken:
        raise BrokenClosing("; ".join(broken))
    seen = {number: person.history_number for number, person in facts.people.items()}
    written = write_plan(session, actor, keyring, origin_of(session, actor, notified), plan, seen, now=now)
    ex_officio.enter(session, grounds_of(plan, written), now=now)
    return list(numbers)


def grounds_of(plan: Plan, written: Registered) -> list[ex_officio.Ground]:
    """What of a closing goes into the 職権記録書: a head that the office names for those who stay (RR-4.2.0.1a)."""
    return [
        ex_officio.Ground(change_id, Basis.FOLLOWS, "転出に伴う")
        for change_id, step in zip(written.change_ids[1:], plan.steps[1:], strict=True)
        if follows(step) is not None
    ]


def household_facts(session: Session, actor: Actor, household_number: str, *, now: dt.datetime) -> Facts:
    """The facts that a closing asks for: the household as it is now."""
    own = own_municipality(session)
    home = home_of(session, actor, household_number, now=now)
    return Facts(
        today=day_of(now),
        prefecture=own.prefecture,
        municipality=own.name,
        municipality_code=own.code,
        people={member.number: member for member in home.members},
        homes={household_number: home},
    )


def origin_of(session: Session, actor: Actor, notified: Notified) -> Origin:
    """Where the notification was entered; by whom this was carried out."""
    change = session.get(ResidentChange, notified.change_id) if notified.change_id else None
    if change is None:
        return Origin.of_actor(actor)
    return Origin(
        change.office_code,
        change.office_name,
        change.terminal_code,
        change.terminal_name,
        actor.login,
        change.case_id,
    )


def _log(
    session: Session,
    actor: Actor,
    household_number: str,
    numbers: Sequence[str],
    on: dt.date,
    *,
    headless: bool,
    now: dt.datetime,
) -> None:
    audit.record(
        session,
        actor,
        moment=now,
        log=audit.Log.OPERATION,
        action=ACTION,
        subjects=list(numbers),
        details={"世帯番号": household_number, "到来した日": on, "残る世帯に世帯主がいない": headless},
        screen=SCREEN,
    )


# ---- many households


@dataclass(frozen=True)
class Run:
    """What a run over all households has done.

    :param failed: 世帯番号 of households that could not be worked; they stay due.
    """

    closed: tuple[Closed, ...] = ()
    failed: tuple[str, ...] = field(default_factory=tuple)

    @property
    def people(self) -> int:
        """How many records were closed."""
        return sum(len(each.numbers) for each in self.closed)

    @property
    def headless(self) -> int:
        """How many households are left without head."""
        return sum(each.headless for each in self.closed)


def run_due(
    transaction: Callable[[], AbstractContextManager[Session]],
    actor: Actor,
    keyring: Keyring,
    *,
    on: dt.date,
    now: dt.datetime,
    most: int | None = None,
) -> Run:
    """Work every household whose day has come, each in a transaction of its own.

    What one household fails for does not stop the others; a run that was broken off goes on where it stopped, because
    what is done is no longer due.

    :param transaction: opens one; ``database.transaction`` for a batch, a savepoint within a request.
    :param most: no more than so many households.
    """
    with transaction() as session:
        households = due_households(session, on)[:most]
    closed, failed = [], []
    for number in households:
        try:
            with transaction() as session:
                closed.append(close_household(session, actor, keyring, number, on=on, now=now))
        except NothingDue:
            continue
        except Exception as problem:
            # The text of an exception could name somebody; its kind and place do not.
            logger("residentapp.move_out").error("closing of a household failed", exc_info=problem)
            failed.append(number)
    done = Run(tuple(closed), tuple(failed))
    with transaction() as session:
        audit.record(
            session,
            actor,
            moment=now,
            log=audit.Log.OPERATION,
            action="転出予定日の処理",
            details={
                "到来した日": on,
                "世帯": len(done.closed),
                "消除した人": done.people,
                "処理できなかった世帯": list(done.failed),
            },
            succeeded=not failed,
            screen=SCREEN,
        )
    return done
