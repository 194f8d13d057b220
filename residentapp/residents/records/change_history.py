"""異動履歴照会: the changes of a person or a household found by their items, and how 旧氏 and 通称 came and went.

Source: RR-2.2.1a. A question is answered out of the lines as the actor may read them, so that it tells no more than
they do (CM-5.1, RR-10.4a).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from residentapp.core import audit
from residentapp.core.access.actor import Actor
from residentapp.core.access.permissions import Permission
from residentapp.core.clock import day_of
from residentapp.core.dates import to_wareki
from residentapp.residents.models import ResidentChange, ResidentHistory
from residentapp.residents.records import queries
from residentapp.residents.records.types import HistoryDay, HistoryLine, InquiryRefused
from residentapp.residents.removed_records import reader
from residentapp.residents.types import ChangeReason

#: Names whose coming and going is told, with their labels.
_NAMES = {"former_name": "旧氏", "alias": "通称"}


@dataclass(frozen=True)
class ChangeQuestion:
    """What changes are looked for by (RR-1.2.1a); all that is given must hold.

    :param place: the 異動者, by the place in the list of people; None for everybody.
    :param day: which day ``first`` and ``last`` are about, both inclusive.
    :param office: a part of the name of the 入力場所; :param terminal: of the 入力端末.
    :param text: a part of what stands in the 統合記載欄 about the change.
    """

    place: int | None = None
    reason: ChangeReason | None = None
    day: HistoryDay = HistoryDay.MOVED
    first: dt.date | None = None
    last: dt.date | None = None
    office: str = ""
    terminal: str = ""
    text: str = ""


@dataclass(frozen=True)
class NameLine:
    """One 旧氏 or 通称 that a person had, with the 異動日 on which it came and went, empty where that is open."""

    person: str
    kind: str
    name: str
    since: str
    until: str


@dataclass(frozen=True)
class PersonChanges:
    """A person with their changes, newest first."""

    name: str
    lines: tuple[HistoryLine, ...]


@dataclass(frozen=True)
class ChangesPage:
    """Everything the screen shows.

    :param people: of the household in its order; those whom the actor may not look at are left out.
    :param left_out: how many these are.
    """

    people: tuple[PersonChanges, ...]
    names: tuple[NameLine, ...]
    left_out: int = 0

    def found(self, question: ChangeQuestion) -> list[tuple[PersonChanges, HistoryLine]]:
        """The changes asked for with their 異動者, the newest 処理日 first."""
        lines = [
            (person, line)
            for place, person in enumerate(self.people)
            if question.place in (None, place)
            for line in person.lines
            if fits(line, question)
        ]
        return sorted(lines, key=lambda one: one[1].days[HistoryDay.PROCESSED], reverse=True)


def fits(line: HistoryLine, question: ChangeQuestion) -> bool:
    """Whether a change is one that is asked for."""
    reason, day = question.reason, line.days.get(question.day)
    if reason is not None and (line.reason, line.kind) != (reason.label, reason.kind.label):
        return False
    if question.first is not None and (day is None or day < question.first):
        return False
    if question.last is not None and (day is None or day > question.last):
        return False
    return (
        question.office in line.office
        and question.terminal in line.terminal
        and any(question.text in text for text in line.remarks or ("",))
    )


def names_held(
    person: str, snapshots: Sequence[ResidentHistory], changes: Mapping[int, ResidentChange]
) -> tuple[NameLine, ...]:
    """旧氏 and 通称 of a person over all snapshots, the oldest first."""
    found = []
    for column, label in _NAMES.items():
        name, since = "", ""
        for row in snapshots:
            value = getattr(row, column) or ""
            if value == name:
                continue
            day = _day(changes[row.change_id])
            if name:
                found.append(NameLine(person, label, name, since, day))
            name, since = value, day
        if name:
            found.append(NameLine(person, label, name, since, ""))
    return tuple(found)


def _day(change: ResidentChange) -> str:
    return change.moved_on.wareki if change.moved_on is not None else to_wareki(change.processed_on)


def open_changes(session: Session, actor: Actor, numbers: Sequence[str], *, now: dt.datetime) -> ChangesPage:
    """Show the changes of some people, and log it.

    :param numbers: 宛名番号 of one person, or of a household in its order.
    :raises NotFound: one of them does not exist.
    :raises InquiryRefused: the actor may look at none of them.
    """
    actor.require(Permission.RESIDENT_VIEW)
    people: list[PersonChanges] = []
    names: list[NameLine] = []
    shown: list[str] = []
    for number in numbers:
        try:
            page = queries.resident_page(session, actor, number, now=now, today=day_of(now))
        except InquiryRefused:
            continue
        record = reader.record_of(session, number)
        assert record is not None, "the page has just been made of it"
        people.append(PersonChanges(page.person.name, page.history))
        names += names_held(page.person.name, record.snapshots, record.changes)
        shown.append(number)
    if not people:
        raise InquiryRefused(queries.REFUSED)
    audit.record(
        session, actor, moment=now, log=audit.Log.OPERATION, action="異動履歴照会", subjects=shown,
        screen="異動履歴",
    )  # fmt: skip
    return ChangesPage(tuple(people), tuple(names), len(numbers) - len(people))
