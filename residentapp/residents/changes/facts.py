"""Reads the facts that the rules of changes ask for, and makes entries out of people chosen.

Items that identify (個人番号, 住民票コード) never become facts; their keyed hashes do. What the actor may not know is
not masked here but said (``Home.hidden``): rules decide with it, screens show through ``presentation``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from sqlalchemy.orm import Session

from residentapp.core.access.actor import Actor
from residentapp.core.addresses.queries import town_name
from residentapp.core.clock import day_of
from residentapp.core.crypto import Keyring
from residentapp.core.dates import to_wareki
from residentapp.core.masters.queries import closed_days, own_municipality
from residentapp.core.masters.wards import ward_of_actor, wards_on
from residentapp.core.violations import Level
from residentapp.residents import history
from residentapp.residents.changes.rules.common import offered_days
from residentapp.residents.changes.rules.shape import belongs_to
from residentapp.residents.changes.spec import Ask, ChangeSpec, Subjects, spec_of
from residentapp.residents.changes.texts import text_of_item
from residentapp.residents.changes.types import ChangeEntry, Facts, Home, Person, PersonEntry, Role
from residentapp.residents.models import ResidentHistory
from residentapp.residents.move_in.rules.reading import digits
from residentapp.residents.protection import Standing, may_see_whereabouts, standings
from residentapp.residents.types import ResidentKind, SuppressedProcess

__all__ = ["begin", "gather_facts", "home_of", "homes_of", "join", "person_of", "renew"]


_SEALED = tuple(name for name in history.ITEM_COLUMNS if name.endswith("_cipher"))


def person_of(snapshot: ResidentHistory) -> Person:
    """A record as the rules see it."""
    items = history.items_of(snapshot)
    for name in _SEALED:
        del items[name]
    return Person(snapshot.addressee_number, snapshot.history_number, items)


def _level(standing: Standing) -> Level | None:
    return standing.level(SuppressedProcess.CHANGE)


def home_of(session: Session, actor: Actor, number: str, *, now: dt.datetime) -> Home:
    """A household with its live members, and whether changes to it are held back."""
    return homes_of(session, actor, [number], now=now)[number]


def homes_of(
    session: Session, actor: Actor, numbers: Collection[str], *, now: dt.datetime
) -> dict[str, Home]:
    """:func:`home_of` of several households by 世帯番号."""
    members = history.members_of(session, numbers)
    standing = standings(session, [each for home in members.values() for each in home], now=now)
    return {number: _home(actor, number, own, standing) for number, own in members.items()}


def _home(
    actor: Actor, number: str, members: Sequence[ResidentHistory], standing: Mapping[str, Standing]
) -> Home:
    found = [each for member in members if (each := standing.get(member.addressee_number)) is not None]
    levels = [_level(each) for each in found]
    suppressed = Level.ERROR if Level.ERROR in levels else Level.ALERT if Level.ALERT in levels else None
    hidden = any(not may_see_whereabouts(actor, each) for each in found)
    return Home(number, tuple(person_of(member) for member in members), suppressed, hidden)


def gather_facts(
    session: Session, actor: Actor, keyring: Keyring, entry: ChangeEntry, *, now: dt.datetime
) -> Facts:
    """Everything outside the entry that the rules ask for, as it is now."""
    spec = spec_of(entry.kind)
    own = own_municipality(session)
    wards = wards_on(session, day_of(now))
    members = history.members_of(session, {entry.household_number, entry.text("target_household")} - {""})
    records = {member.addressee_number: member for home in members.values() for member in home}
    others = {person.number for person in entry.people if person.number} - set(records)
    records |= history.latest_of(session, others)
    standing = standings(session, records.values(), now=now)
    levels, protected = _held_back(standing)
    homes = {number: _home(actor, number, live, standing) for number, live in members.items()}
    people = {member.number: member for home in homes.values() for member in home.members}
    people |= {number: person_of(records[number]) for number in others if number in records}
    facts = Facts(
        today=day_of(now),
        prefecture=own.prefecture,
        municipality=own.name,
        municipality_code=own.code,
        people=people,
        homes=homes,
        closed_days=closed_days(session),
        town_known=_town_known(session, entry),
        levels=levels,
        protected=protected,
        wards=wards,
        ward=ward_of_actor(actor, wards),
    )
    if spec.load is None:
        return facts
    extra = dict(spec.load(session, actor, keyring, entry, facts, now=now))
    found = extra.pop("people", {})
    levels, protected = _held_back(standings(session, history.latest_of(session, found).values(), now=now))
    return replace(
        facts,
        people={**facts.people, **found},
        homes={**facts.homes, **extra.pop("homes", {})},
        levels={**facts.levels, **levels},
        protected=facts.protected | protected,
        extra=extra,
    )


def _held_back(found: Mapping[str, Standing]) -> tuple[dict[str, Level], frozenset[str]]:
    levels = {number: level for number, each in found.items() if (level := _level(each)) is not None}
    return levels, frozenset(number for number, each in found.items() if each.protected)


def _town_known(session: Session, entry: ChangeEntry) -> bool:
    code = digits(entry.text("address_code"))
    town = town_name(session, code) if code else None
    return town is not None and entry.text("town") in (town.text, town.municipality + town.town)


# ---- entries


def begin(
    session: Session,
    actor: Actor,
    spec: ChangeSpec,
    *,
    household_number: str = "",
    chosen: Iterable[str] = (),
    now: dt.datetime,
) -> ChangeEntry:
    """An entry for people of one household: 届出日 and the like are today, 異動日 is blank (RR-4.0.3a, RR-4.1.0.2).

    :param household_number: whose live members the page offers.
    :param chosen: 宛名番号 ticked at the start; all of them may be.
    """
    today = to_wareki(day_of(now))
    values = {name: today for name in offered_days(spec)}
    if spec.bases:
        values["basis"] = spec.bases[0].value
    values |= {ask.name: today if ask.default == "today" else ask.default for ask in spec.asks if ask.default}
    ticked = set(chosen)
    if spec.subjects is Subjects.ANY:
        # The kind finds its people itself, from the one it was begun with.
        values["_person"] = next(iter(sorted(ticked)), "")
        return ChangeEntry(spec.code, values)
    entry = ChangeEntry(spec.code, values, household_number)
    everybody = spec.subjects is Subjects.HOUSEHOLD
    snapshots = list(history.household_members(session, household_number)) if household_number else []
    shown = {snapshot.addressee_number for snapshot in snapshots}
    snapshots += history.latest_of(session, ticked - shown).values()
    people = []
    for index, snapshot in enumerate(snapshots, start=1):
        role = Role.SUBJECT if everybody or snapshot.addressee_number in ticked else Role.STAYING
        person = PersonEntry(
            f"p{index}", snapshot.addressee_number, snapshot.history_number, role, snapshot.resident_kind
        )
        people.append(prefilled(spec, person, person_of(snapshot), actor))
    if spec.subjects is Subjects.NEW:
        kind = spec.kinds[0]
        people.append(PersonEntry(f"p{len(people) + 1}", role=Role.SUBJECT, resident_kind=kind))
    return replace(entry, people=tuple(people))


def prefilled(spec: ChangeSpec, person: PersonEntry, record: Person, actor: Actor) -> PersonEntry:
    """A person with fields that begin with what the record says: those the actor may see, and no whereabouts."""
    values = {"_name": record.name, **person.values}
    for ask in spec.person_asks:
        if ask.prefill and ask.name not in values and belongs_to(ask, record.kind) and visible(ask, actor):
            values[ask.name] = text_of_item(ask, record)
    if spec.relationships and "relationship" not in values:
        values["relationship"] = record.relationship
    return replace(person, values=values)


def visible(ask: Ask, actor: Actor) -> bool:
    """Whether the actor may see a field (RR-10.4a)."""
    return ask.permission is None or actor.may(ask.permission)


def join(session: Session, entry: ChangeEntry, number: str) -> ChangeEntry:
    """The 異動者 join this household; an empty number takes the choice back."""
    people = tuple(person for person in entry.people if person.role is not Role.TARGET)
    entry = replace(entry, people=people)
    scope = "part" if number else entry.text("scope")
    entry = entry.with_values(target_household=number, scope=scope)
    if not number or number == entry.household_number:
        return entry
    last = max((int(person.key[1:]) for person in people), default=0)
    for index, member in enumerate(history.household_members(session, number), start=last + 1):
        entry = entry.with_person(
            PersonEntry(
                f"p{index}",
                member.addressee_number,
                member.history_number,
                Role.TARGET,
                member.resident_kind,
                {"relationship": member.relationship_to_head or "", "_name": member.display_name},
            )
        )
    return entry


def renew(session: Session, entry: ChangeEntry, actor: Actor | None = None) -> ChangeEntry:
    """The entry on top of the newest records: what was typed stays, who has left is taken out, who came is added.

    A field that still says what the record said when it was filled follows the record: otherwise going on with an old
    text would undo what somebody else has recorded meanwhile.
    """
    spec = spec_of(entry.kind)
    known = {person.number: person for person in entry.people if person.number}
    current = history.latest_of(session, known)
    people = [_renewed(session, spec, person, current.get(person.number), actor) for person in entry.people]
    live = {
        snapshot.addressee_number for snapshot in history.household_members(session, entry.household_number)
    }
    people = [
        person
        for person in people
        if person.is_new or person.role is not Role.STAYING or person.number in live
    ]
    last = max((int(person.key[1:]) for person in entry.people), default=0)
    for snapshot in history.household_members(session, entry.household_number):
        if snapshot.addressee_number in known:
            continue
        last += 1
        person = PersonEntry(
            f"p{last}",
            snapshot.addressee_number,
            snapshot.history_number,
            Role.SUBJECT if spec.subjects is Subjects.HOUSEHOLD else Role.STAYING,
            ResidentKind(snapshot.resident_kind),
            {"relationship": snapshot.relationship_to_head or "", "_name": snapshot.display_name},
        )
        people.append(prefilled(spec, person, person_of(snapshot), actor) if actor is not None else person)
    return replace(entry, people=tuple(people))


def _renewed(
    session: Session,
    spec: ChangeSpec,
    person: PersonEntry,
    current: ResidentHistory | None,
    actor: Actor | None,
) -> PersonEntry:
    if current is None or current.history_number == person.seen:
        return person
    before = history.snapshot(session, person.number, person.seen)
    values = dict(person.values)
    if before is not None and actor is not None:
        old, new = person_of(before), person_of(current)
        for ask in spec.person_asks:
            if ask.prefill and visible(ask, actor) and values.get(ask.name) == text_of_item(ask, old):
                values[ask.name] = text_of_item(ask, new)
    return replace(person, seen=current.history_number, values=values)
