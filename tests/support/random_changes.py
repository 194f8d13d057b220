"""Changes at random, as an office would get them: for the property of cancellation, and for a year in the office.

Each maker takes the office, a source of chance and the people of the town, and gives an entry that no rule bars, or
None when nothing of the kind can be made just now. A new kind of change adds its maker to ``MAKERS``.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from residentapp.core.dates import to_wareki
from residentapp.core.violations import errors_of
from residentapp.residents import history
from residentapp.residents.changes.types import HEAD, ChangeEntry
from residentapp.residents.models import ResidentHistory
from tests.residents.changes.office import ChangeOffice

Maker = Callable[[ChangeOffice, random.Random, Sequence[ResidentHistory]], ChangeEntry | None]

ANYBODY = ("同居人", "縁故者")


def _one(chance: random.Random, people: Sequence[ResidentHistory]) -> ResidentHistory | None:
    live = [person for person in people if person.state.is_live]
    return chance.choice(live) if live else None


def _members(office: ChangeOffice, person: ResidentHistory) -> list[ResidentHistory]:
    return list(history.household_members(office.session, person.household_number))


def _when(office: ChangeOffice) -> dict[str, str]:
    return {"moved_on": to_wareki(office.now.date())}


def _related(office: ChangeOffice, entry: ChangeEntry, movers: Sequence[ResidentHistory]) -> ChangeEntry:
    """続柄 for people who make a household: the first is head, who was nobody's kin stays so."""
    for place, person in enumerate(movers):
        old = person.relationship_to_head or ""
        text = HEAD if place == 0 else (old if old in ANYBODY else "縁故者")
        entry = office.typed(entry, person, relationship=text)
    return entry


def _rest(
    office: ChangeOffice,
    chance: random.Random,
    entry: ChangeEntry,
    movers: Sequence[ResidentHistory],
    members: Sequence[ResidentHistory],
) -> ChangeEntry:
    """A new head for who stays when the head goes, mostly."""
    gone = {person.addressee_number for person in movers}
    rest = [member for member in members if member.addressee_number not in gone]
    head_goes = any(person.relationship_to_head == HEAD for person in movers)
    if not rest or not head_goes or chance.random() < 0.2:
        return entry
    head = chance.choice(rest)
    return filled(office, office.new_head(entry, head))


def filled(office: ChangeOffice, entry: ChangeEntry) -> ChangeEntry:
    """縁故者 where no 続柄 to the new head follows from the old ones."""
    for person in entry.people:
        if not person.text("relationship"):
            entry = office.typed(entry, person.key, relationship="縁故者")
    return entry


def _some(chance: random.Random, members: Sequence[ResidentHistory]) -> list[ResidentHistory]:
    if len(members) == 1 or chance.random() < 0.4:
        return list(members)
    return chance.sample(list(members), chance.randint(1, len(members) - 1))


def move_within(
    office: ChangeOffice, chance: random.Random, people: Sequence[ResidentHistory]
) -> ChangeEntry | None:
    """転居 of some or all of a household into one of their own."""
    person = _one(chance, people)
    if person is None:
        return None
    members = _members(office, person)
    movers = _some(chance, members)
    entry = office.begin("move_within", *movers)
    entry = entry.with_values(
        **_when(office),
        **chance.choice(office.towns),
        lot=f"{chance.randint(1, 999)}番{chance.randint(1, 99)}号",
    )
    entry = _related(office, entry, movers)
    return _rest(office, chance, entry, movers, members)


def move_together(
    office: ChangeOffice, chance: random.Random, people: Sequence[ResidentHistory]
) -> ChangeEntry | None:
    """転居 of some of a household into another one."""
    person, other = _one(chance, people), _one(chance, people)
    if person is None or other is None or person.household_number == other.household_number:
        return None
    members = _members(office, person)
    movers = _some(chance, members)
    entry = office.begin("move_within", *movers).with_values(**_when(office))
    entry = office.join(entry, other.household_number)
    for mover in movers:
        entry = office.typed(entry, mover, relationship="同居人")
    return _rest(office, chance, entry, movers, members)


def split(
    office: ChangeOffice, chance: random.Random, people: Sequence[ResidentHistory]
) -> ChangeEntry | None:
    """世帯分離."""
    person = _one(chance, people)
    if person is None:
        return None
    members = _members(office, person)
    if len(members) < 2:
        return None
    movers = chance.sample(members, chance.randint(1, len(members) - 1))
    entry = office.begin("household_split", *movers).with_values(**_when(office))
    entry = _related(office, entry, movers)
    return _rest(office, chance, entry, movers, members)


def join_at_address(
    office: ChangeOffice, chance: random.Random, people: Sequence[ResidentHistory]
) -> ChangeEntry | None:
    """世帯合併 or 世帯変更 between households at one address."""
    person = _one(chance, people)
    if person is None:
        return None
    others = [
        other
        for other in people
        if other.state.is_live
        and other.household_number != person.household_number
        and other.address == person.address
    ]
    if not others:
        return None
    target = chance.choice(others).household_number
    members = _members(office, person)
    if len(members) > 1 and chance.random() < 0.5:
        movers = chance.sample(members, chance.randint(1, len(members) - 1))
        kind = "household_change"
    else:
        movers, kind = members, "household_merge"
    entry = office.join(office.begin(kind, *movers).with_values(**_when(office)), target)
    for mover in movers:
        entry = office.typed(entry, mover, relationship="同居人")
    return _rest(office, chance, entry, movers, members) if kind == "household_change" else entry


def head_change(
    office: ChangeOffice, chance: random.Random, people: Sequence[ResidentHistory]
) -> ChangeEntry | None:
    """世帯主変更."""
    person = _one(chance, people)
    if person is None:
        return None
    others = [member for member in _members(office, person) if member.relationship_to_head != HEAD]
    if not others:
        return None
    entry = office.begin("head_change", person).with_values(**_when(office))
    return filled(office, office.new_head(entry, chance.choice(others)))


def death(
    office: ChangeOffice, chance: random.Random, people: Sequence[ResidentHistory]
) -> ChangeEntry | None:
    """死亡, with a new head mostly when the head dies."""
    person = _one(chance, people)
    if person is None:
        return None
    entry = office.begin("death", person).with_values(**_when(office))
    return _rest(office, chance, entry, [person], _members(office, person))


MAKERS: dict[str, Maker] = {
    "move_within": move_within,
    "move_together": move_together,
    "split": split,
    "join_at_address": join_at_address,
    "head_change": head_change,
    "death": death,
}


def make(
    office: ChangeOffice, chance: random.Random, people: Sequence[ResidentHistory], *, tries: int = 20
) -> ChangeEntry | None:
    """An entry of some kind that no rule bars; None when none was found."""
    for _try in range(tries):
        entry = chance.choice(list(MAKERS.values()))(office, chance, people)
        if entry is not None and not errors_of(office.findings(entry)):
            return entry
    return None
