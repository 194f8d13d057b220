"""Makers of changes in households at random (``random_changes``), and what makers share."""

from __future__ import annotations

import functools
import random
from collections.abc import Callable, Sequence

from residentapp.core.dates import to_wareki
from residentapp.residents import history
from residentapp.residents.changes.types import HEAD, ChangeEntry
from residentapp.residents.models import ResidentHistory
from residentapp.residents.types import ResidentKind
from tests.residents.changes.office import ChangeOffice, Entry

ANYBODY = ("同居人", "縁故者")


def one(chance: random.Random, people: Sequence[ResidentHistory]) -> ResidentHistory | None:
    """Somebody who lives here."""
    live = [person for person in people if person.state.is_live]
    return chance.choice(live) if live else None


#: A maker of changes, and one of changes of the person who was chosen.
Maker = Callable[[ChangeOffice, random.Random, Sequence[ResidentHistory]], Entry | None]
ForPerson = Callable[[ChangeOffice, random.Random, ResidentHistory], ChangeEntry | None]


def for_one(make: ForPerson, *, kind: ResidentKind | None = None) -> Maker:
    """A maker for somebody who lives here, of a kind when one is named; nobody, no change."""

    @functools.wraps(make)
    def choose(
        office: ChangeOffice, chance: random.Random, people: Sequence[ResidentHistory]
    ) -> Entry | None:
        of_kind = [person for person in people if kind is None or person.resident_kind is kind]
        person = one(chance, of_kind)
        return None if person is None else make(office, chance, person)

    return choose


def for_one_of(kind: ResidentKind) -> Callable[[ForPerson], Maker]:
    """A maker for somebody Japanese or somebody foreign."""
    return functools.partial(for_one, kind=kind)


def members_of(office: ChangeOffice, person: ResidentHistory) -> list[ResidentHistory]:
    """The household of a person."""
    return list(history.household_members(office.session, person.household_number))


def when(office: ChangeOffice) -> dict[str, str]:
    """Today as 異動日."""
    return {"moved_on": to_wareki(office.now.date())}


def _related(office: ChangeOffice, entry: ChangeEntry, movers: Sequence[ResidentHistory]) -> ChangeEntry:
    """続柄 for people who make a household: the first is head, who was nobody's kin stays so."""
    for place, person in enumerate(movers):
        old = person.relationship_to_head or ""
        text = HEAD if place == 0 else (old if old in ANYBODY else "縁故者")
        entry = office.typed(entry, person, relationship=text)
    return entry


def rest(
    office: ChangeOffice,
    chance: random.Random,
    entry: ChangeEntry,
    movers: Sequence[ResidentHistory],
    members: Sequence[ResidentHistory],
) -> ChangeEntry:
    """A new head for who stays when the head goes, mostly."""
    gone = {person.addressee_number for person in movers}
    staying = [member for member in members if member.addressee_number not in gone]
    head_goes = any(person.relationship_to_head == HEAD for person in movers)
    if not staying or not head_goes or chance.random() < 0.2:
        return entry
    head = chance.choice(staying)
    return filled(office, office.new_head(entry, head))


def filled(office: ChangeOffice, entry: ChangeEntry) -> ChangeEntry:
    """縁故者 where no 続柄 to the new head follows from the old ones."""
    for person in entry.people:
        if not person.text("relationship"):
            entry = office.typed(entry, person.key, relationship="縁故者")
    return entry


def some(chance: random.Random, members: Sequence[ResidentHistory]) -> list[ResidentHistory]:
    """All of a household, or a part of it."""
    if len(members) == 1 or chance.random() < 0.4:
        return list(members)
    return chance.sample(list(members), chance.randint(1, len(members) - 1))


@for_one
def move_within(office: ChangeOffice, chance: random.Random, person: ResidentHistory) -> ChangeEntry | None:
    """転居 of some or all of a household into one of their own."""
    members = members_of(office, person)
    movers = some(chance, members)
    entry = office.begin("move_within", *movers)
    entry = entry.with_values(
        **when(office),
        **chance.choice(office.towns),
        lot=f"{chance.randint(1, 999)}番{chance.randint(1, 99)}号",
    )
    entry = _related(office, entry, movers)
    return rest(office, chance, entry, movers, members)


def move_together(
    office: ChangeOffice, chance: random.Random, people: Sequence[ResidentHistory]
) -> ChangeEntry | None:
    """転居 of some of a household into another one."""
    person, other = one(chance, people), one(chance, people)
    if person is None or other is None or person.household_number == other.household_number:
        return None
    members = members_of(office, person)
    movers = some(chance, members)
    entry = office.begin("move_within", *movers).with_values(**when(office))
    entry = office.join(entry, other.household_number)
    for mover in movers:
        entry = office.typed(entry, mover, relationship="同居人")
    return rest(office, chance, entry, movers, members)


@for_one
def split(office: ChangeOffice, chance: random.Random, person: ResidentHistory) -> ChangeEntry | None:
    """世帯分離."""
    members = members_of(office, person)
    if len(members) < 2:
        return None
    movers = chance.sample(members, chance.randint(1, len(members) - 1))
    entry = office.begin("household_split", *movers).with_values(**when(office))
    entry = _related(office, entry, movers)
    return rest(office, chance, entry, movers, members)


def join_at_address(
    office: ChangeOffice, chance: random.Random, people: Sequence[ResidentHistory]
) -> ChangeEntry | None:
    """世帯合併 or 世帯変更 between households at one address."""
    person = one(chance, people)
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
    members = members_of(office, person)
    if len(members) > 1 and chance.random() < 0.5:
        movers = chance.sample(members, chance.randint(1, len(members) - 1))
        kind = "household_change"
    else:
        movers, kind = members, "household_merge"
    entry = office.join(office.begin(kind, *movers).with_values(**when(office)), target)
    for mover in movers:
        entry = office.typed(entry, mover, relationship="同居人")
    return rest(office, chance, entry, movers, members) if kind == "household_change" else entry


@for_one
def head_change(office: ChangeOffice, chance: random.Random, person: ResidentHistory) -> ChangeEntry | None:
    """世帯主変更."""
    others = [member for member in members_of(office, person) if member.relationship_to_head != HEAD]
    if not others:
        return None
    entry = office.begin("head_change", person).with_values(**when(office))
    return filled(office, office.new_head(entry, chance.choice(others)))


@for_one
def death(office: ChangeOffice, chance: random.Random, person: ResidentHistory) -> ChangeEntry | None:
    """死亡, with a new head mostly when the head dies."""
    entry = office.begin("death", person).with_values(**when(office))
    return rest(office, chance, entry, [person], members_of(office, person))
