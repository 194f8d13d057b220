"""The day of a move-out: the record becomes a 除票, and the household that stays goes on (RR-1.1.5a, b, 法第24条).

It follows from a notification that was approved and needs no approval of its own. 異動事由, 異動日 and 届出日 are those
of the notification; 処理日 is the day on which it is carried out (RR-4.0.3b); 消除の年月日 is the 転出予定年月日, or
the 転入日 of the 転入通知 when that is earlier.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from residentapp.core.dates import DateValue
from residentapp.residents.changes.rules.household_effects import head_change_step, headless_step
from residentapp.residents.changes.rules.move_out import (
    MOVED_OUT,
    closing_items,
    history_text,
)
from residentapp.residents.changes.types import (
    ChangeEntry,
    Days,
    Effect,
    Facts,
    Home,
    Person,
    PersonEntry,
    Plan,
    Step,
    steps_of,
)
from residentapp.residents.move_out.types import HeadChoice
from residentapp.residents.remarks.rules import Adoption
from residentapp.residents.rules.relationships import parse_relationship
from residentapp.residents.types import ChangeReason


@dataclass(frozen=True)
class Notified:
    """A move-out as it was notified.

    :param change_id: the change it became; 0 for one that was taken over without it.
    :param reason: 国内転出 or 国外転出.
    :param numbers: 宛名番号 of all who are still residents and leave by this notification.
    :param adoption: it follows from a special adoption or its dissolution, and every entry of it says so (RR-1.1.14e).
    :param choice: who becomes head of the household that stays, as settled at the counter.
    """

    change_id: int
    reason: ChangeReason
    moved_on: DateValue
    days: Days = field(default_factory=Days)
    numbers: frozenset[str] = frozenset()
    choice: HeadChoice | None = None
    adoption: Adoption | None = None


def removal_day(planned: DateValue, moved_in: dt.date | None) -> dt.date:
    """消除の年月日: the earlier of 転出予定年月日 and the 転入日 of the 転入通知 (RR-1.1.5a).

    :param moved_in: None while no notice has come.
    """
    return planned.sort if moved_in is None else min(planned.sort, moved_in)


def is_due(person: Person, on: dt.date) -> bool:
    """Whether the day of a notified move-out has come."""
    planned: DateValue | None = person["removal_occurred_on"]
    return person.is_moving_out and planned is not None and planned.sort <= on


def closing_plan(
    notified: Notified, household: str, facts: Facts, closing: Collection[str], *, removed_on: dt.date
) -> Plan:
    """What the day does: the closings, and the household that stays.

    :param closing: 宛名番号 of those whose day has come, of this household and by this notification.
    :param removed_on: 消除の年月日.
    """
    effects = tuple(
        _closing(facts.people[number], notified, removed_on)
        for number in sorted(closing, key=lambda number: facts.people[number]["member_order"])
    )
    step = Step(notified.reason, notified.moved_on, effects, notified.days)
    home = facts.home(household)
    return steps_of([step, _rest(notified, home, facts, closing) if home is not None else None])


def _closing(person: Person, notified: Notified, removed_on: dt.date) -> Effect:
    text = history_text(
        person["planned_destination"] or "", notified.moved_on, closed=True, adoption=notified.adoption
    )
    return Effect(person.number, closing_items(MOVED_OUT, removed_on), history=text)


def _rest(notified: Notified, home: Home, facts: Facts, closing: Collection[str]) -> Step | None:
    """The household that stays, when its head has left it.

    Nothing while only those stay who leave by the same notification: nobody is left who needs a head.
    """
    behind = [member for member in home.members if member.number not in closing]
    if home.head is None or home.head.number not in closing or not behind:
        return None
    if all(member.number in notified.numbers for member in behind):
        return None
    choice = notified.choice
    if choice is None or not still_fits(choice, behind):
        return headless_step(notified.moved_on, behind)
    entry = ChangeEntry(
        "move_out",
        household_number=home.number,
        people=tuple(
            PersonEntry(member.number, member.number, member.history_number, values=_typed(choice, member))
            for member in behind
        ),
    )
    chosen = next(person for person in entry.people if person.number == choice.new_head)
    return head_change_step(ChangeReason.HEAD_CHANGE, notified.moved_on, chosen, behind, entry, facts)


def _typed(choice: HeadChoice, member: Person) -> dict[str, str]:
    return {"relationship": choice.relationships.get(member.number, "")}


def still_fits(choice: HeadChoice, behind: Sequence[Person]) -> bool:
    """Whether what was settled at the counter fits the household as it is now: nobody has left or come since.

    A household that has changed meanwhile is left without head rather than given a guess (RR-4.0.4, RR-1.1.10).
    """
    numbers = {member.number for member in behind}
    if choice.new_head not in numbers:
        return False
    others = numbers - {choice.new_head}
    return all(parse_relationship(choice.relationships.get(number, "")).valid for number in others)
