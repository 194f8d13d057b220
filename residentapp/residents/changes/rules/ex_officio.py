"""What every change by 職権 has: its ground, what was found out, and the word of it in the record.

Sources: 住民基本台帳法施行令 第12条; RR-4.2.0.1, RR-4.2.0.4, RR-4.2.0.5.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from residentapp.core.ages import age_during
from residentapp.core.dates import DateValue
from residentapp.core.violations import Violation
from residentapp.residents.changes.rules.catalogue import Catalogue, Finding
from residentapp.residents.changes.rules.common import basis_of
from residentapp.residents.changes.rules.household import left_behind
from residentapp.residents.changes.rules.household_effects import rest_step
from residentapp.residents.changes.rules.shape import check_text
from residentapp.residents.changes.spec import ChangeSpec, Group
from residentapp.residents.changes.types import ChangeEntry, Days, Facts, Person, Plan, Step
from residentapp.residents.ex_officio.types import Basis
from residentapp.residents.types import ChangeReason

#: Below this age nobody can be expected to keep a household.
CHILD_AGE = 15

_NUMBERS_BY_OFFICE = frozenset(
    {
        ChangeReason.NUMBER_CORRECT_EX_OFFICIO,
        ChangeReason.NUMBER_RECORD_EX_OFFICIO,
        ChangeReason.RESIDENT_CODE_RECORD_EX_OFFICIO,
    }
)

FINDINGS = Catalogue(
    "EO",
    Finding(
        "EO-E001",
        "職権の根拠が選ばれていません。",
        "届出・通知、申出、調査など、この職権の根拠を選んでください。",
        "令第12条、RR-4.2.0.1a",
    ),
    Finding(
        "EO-E002",
        "理由・確かめた事実が入力されていません。",
        "調査した日、確かめた書類や話を聴いた人などを入力してください。職権記録書に残ります。",
        "令第12条第1項・第3項、RR-4.2.0.1a",
    ),
    Finding(
        "EO-A001",
        "15歳未満の人だけが残る世帯になります。",
        "一緒に住む大人がいないか確かめ、児童福祉の担当に知らせてから、理由を入力してください。",
        "RR-1.1.10、RR-4.0.4",
    ),
    Finding(
        "EO-A002",
        "支援措置の対象者が含まれています。",
        "支援措置の担当者に知らせ、進めてよいことを確かめて、理由を入力してください。",
        "RR-3.4",
    ),
)


def check_basis(spec: ChangeSpec, entry: ChangeEntry) -> Iterator[Violation]:
    """On what the change rests, and what the office has found out where the law asks for it."""
    if not spec.bases:
        return
    basis = basis_of(spec, entry)
    if basis is None:
        yield FINDINGS.found("EO-E001", "basis")
    elif basis.needs_cause and not entry.text("cause"):
        yield FINDINGS.found("EO-E002", "cause")
    yield from check_text(entry.text("cause"), "cause", "理由・確かめた事実", 500, lines=True)
    yield from check_text(entry.text("source"), "source", "届出先・通知元", 100)


def grounds_of(spec: ChangeSpec, entry: ChangeEntry, plan: Plan) -> list[Basis | None]:
    """On what each step of a plan rests; None for a step that a 届出 or a request stands behind (RR-4.2.0.1a).

    What follows for the household that is left, a head named by the office among it, is a change by 職権 too, also
    when it follows from a 届出: such a step has no day of notification, application or request. A 届出 that came too
    late to be one is an 申出 (RR-4.1.3.0.1b).
    """
    if spec.group is Group.EX_OFFICIO:
        return _grounds_by_office(spec, entry, plan)
    if spec.group is Group.NUMBERS:
        return [Basis.OMISSION if step.reason in _NUMBERS_BY_OFFICE else None for step in plan.steps]
    return [_behind_notification(step) for step in plan.steps]


def _grounds_by_office(spec: ChangeSpec, entry: ChangeEntry, plan: Plan) -> list[Basis | None]:
    """The ground of the change for its first step, and for further ones that the same notice stands behind.

    A step with a 届出日 is none by 職権: the day of a move-out that was notified before a 転入通知 came.
    """
    own = [step for step in plan.steps if step.days.notified_on is None]
    main = next((step for step in own if step.days != Days()), own[0] if own else None)
    found: list[Basis | None] = []
    for step in plan.steps:
        if step.days.notified_on is not None:
            found.append(None)
        elif main is not None and (step is main or (step.days == main.days != Days())):
            found.append(_main_ground(spec, entry, step))
        else:
            found.append(Basis.FOLLOWS)
    return found


def _main_ground(spec: ChangeSpec, entry: ChangeEntry, step: Step) -> Basis:
    """What was chosen; of a kind that offers no choice, what its day says."""
    chosen = basis_of(spec, entry)
    if chosen is not None:
        return chosen
    if step.days.applied_on is not None:
        return Basis.APPLICATION
    return Basis.REGISTER if step.days.noticed_on is not None else Basis.OMISSION


def _behind_notification(step: Step) -> Basis | None:
    if step.reason is ChangeReason.REMOVE_EX_OFFICIO:
        return Basis.APPLICATION
    return follows(step)


def follows(step: Step) -> Basis | None:
    """FOLLOWS for a step of the household that is left, which has no day but its 異動日; None for any other."""
    return Basis.FOLLOWS if step.days == Days() else None


def told(spec: ChangeSpec, entry: ChangeEntry, text: str) -> str:
    """A text of type A that says when the change followed an 申出 (RR-4.2.0.5)."""
    if basis_of(spec, entry) is not Basis.APPLICATION:
        return text
    return f"{text[:-1]}、申出による）" if text.endswith("）") else f"{text}（申出による）"


def check_children_left(spec: ChangeSpec, entry: ChangeEntry, facts: Facts) -> Iterator[Violation]:
    """Nobody but children is left in the household."""
    behind = left_behind(spec, entry, facts)
    if behind and all(_is_child(member, facts) for member in behind):
        yield FINDINGS.found("EO-A001", "people")


def _is_child(person: Person, facts: Facts) -> bool:
    birth = person.birth.exact
    return birth is not None and birth <= facts.today and age_during(birth, facts.today) < CHILD_AGE


def check_protected(entry: ChangeEntry, facts: Facts) -> Iterator[Violation]:
    """A protected person's record changes: whoever watches over the measure has to know.

    Who may not know of a measure never comes so far: the entry is held back before.
    """
    for person in entry.subjects:
        home = facts.homes.get(entry.household_number)
        if person.number in facts.protected and not (home is not None and home.hidden):
            yield FINDINGS.found("EO-A002", "people")
            return


def rest_of(spec: ChangeSpec, entry: ChangeEntry, facts: Facts) -> Step | None:
    """The household that is left. Its 異動日 is a day of the calendar: where the day of the change is unknown or
    outside it, the day on which the office names the head (RR-1.1.8a has no exception for 世帯主変更)."""
    step = rest_step(spec, entry, facts)
    if step is None or (step.moved_on is not None and step.moved_on.exact is not None):
        return step
    return replace(step, moved_on=DateValue.of(facts.today))


def differing(record: Person, items: Mapping[str, Any]) -> dict[str, Any]:
    """Of some items those that the record has otherwise. Dates are compared by what they say, in whatever calendar."""
    return {name: value for name, value in items.items() if not same(record.items.get(name), value)}


def same(one: Any, other: Any) -> bool:
    """Whether two values of an item say the same; a blank is a blank, however it is held, but no 「無」."""
    if isinstance(one, DateValue) and isinstance(other, DateValue):
        return one.in_wareki() == other.in_wareki()
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    return (one or None) == (other or None)


__all__ = [
    "FINDINGS",
    "check_basis",
    "check_children_left",
    "check_protected",
    "differing",
    "follows",
    "grounds_of",
    "rest_of",
    "same",
    "told",
]
