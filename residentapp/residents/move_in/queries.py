"""The facts that the rules ask for, and what the page shows of the register.

A match tells that a record exists and by what it was found; where the person lives or went never leaves here for an
actor who may not know it (CM-5.1).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from residentapp.core.access.actor import Actor
from residentapp.core.access.permissions import Permission
from residentapp.core.addresses.queries import town_name
from residentapp.core.crypto import Keyring
from residentapp.core.dates import to_wareki
from residentapp.core.masters.queries import closed_days, own_municipality
from residentapp.core.numbering import INDIVIDUAL_NUMBER, RESIDENT_CODE
from residentapp.core.search_keys import search_key
from residentapp.core.violations import Level
from residentapp.residents import history
from residentapp.residents.cases.queries import numbers_elsewhere
from residentapp.residents.models import ResidentHistory
from residentapp.residents.move_in.rules import (
    Facts,
    HouseholdFacts,
    HouseholdMember,
    Match,
)
from residentapp.residents.move_in.rules.identity import UNIQUE_NUMBERS, number_of
from residentapp.residents.move_in.rules.reading import digits, moved_on, read_date, three_items
from residentapp.residents.move_in.types import (
    CasePayload,
    MatchBy,
    MemberEntry,
    MoveInEntry,
    Scope,
)
from residentapp.residents.protection import may_see_whereabouts, standings
from residentapp.residents.rules.terms import notification_due
from residentapp.residents.search.models import SearchPerson
from residentapp.residents.types import ResidentKind, SuppressedProcess

# ---- facts


def gather_facts(
    session: Session,
    actor: Actor,
    keyring: Keyring,
    payload: CasePayload,
    *,
    case_id: str,
    now: dt.datetime,
    today: dt.date,
) -> Facts:
    """Everything outside the entry that the rules ask for, as it is now."""
    entry = payload.entry
    own = own_municipality(session)
    moved = moved_on(entry)
    deadline = None
    if moved is not None and moved.exact is not None:
        deadline = notification_due(moved.exact, closed_days(session))
    return Facts(
        today=today,
        prefecture=own.prefecture,
        municipality=own.name,
        town_known=_town_known(session, entry, own.name),
        deadline=deadline,
        household=household_facts(session, actor, entry.household_number, now=now)
        if entry.scope is Scope.PART
        else None,
        matches=find_matches(session, keyring, entry, now=now),
        elsewhere=_entered_elsewhere(session, keyring, entry, case_id),
        papers=payload.papers,
    )


def _town_known(session: Session, entry: MoveInEntry, municipality: str) -> bool:
    town = town_name(session, digits(entry.address_code))
    return town is not None and entry.town.strip() in (town.text, municipality + town.town)


def household_facts(
    session: Session, actor: Actor, number: str, *, now: dt.datetime
) -> HouseholdFacts | None:
    """The existing household with its live members; None without a number."""
    if not number.strip():
        return None
    members = history.household_members(session, number.strip())
    standing = standings(session, members, now=now)
    levels = [each.level(SuppressedProcess.CHANGE) for each in standing.values()]
    suppressed = Level.ERROR if Level.ERROR in levels else Level.ALERT if Level.ALERT in levels else None
    hidden = any(not may_see_whereabouts(actor, each) for each in standing.values())
    return HouseholdFacts(
        number.strip(),
        tuple(
            HouseholdMember(
                member.addressee_number,
                member.display_name,
                member.relationship_to_head,
                member.sex,
                member.birth_date,
                member.resident_kind is ResidentKind.FOREIGN,
            )
            for member in members
        ),
        suppressed,
        hidden,
    )


# ---- re-entry (RR-4.1.1.2)


def find_matches(
    session: Session, keyring: Keyring, entry: MoveInEntry, *, now: dt.datetime
) -> dict[str, tuple[Match, ...]]:
    """People of the register who equal a member in a number or in the three items, by member key."""
    found: dict[str, tuple[Match, ...]] = {}
    for member in entry.members:
        people = _people_like(session, keyring, member)
        standing = standings(session, people, now=now)
        matches = []
        for person in people:
            supported = standing.get(person.addressee_number)
            matches.append(
                Match(
                    person.addressee_number,
                    _by(keyring, member, person),
                    person.state.is_live,
                    _differences(keyring, member, person)
                    if person.addressee_number == member.re_entry
                    else (),
                    supported is not None and supported.protected,
                    _numbers_held(person) if person.addressee_number == member.re_entry else frozenset(),
                )
            )
        if matches:
            found[member.key] = tuple(matches)
    return found


def _numbers_held(person: ResidentHistory) -> frozenset[str]:
    held = {
        "individual_number": person.individual_number_cipher,
        "resident_code": person.resident_code_cipher,
    }
    return frozenset(name for name, cipher in held.items() if cipher is not None)


def _hashes(keyring: Keyring, member: MemberEntry) -> dict[MatchBy, bytes]:
    hashes = {}
    if number := number_of(member, "individual_number"):
        hashes[MatchBy.INDIVIDUAL_NUMBER] = keyring.lookup_hash(number, context=INDIVIDUAL_NUMBER)
    if code := number_of(member, "resident_code"):
        hashes[MatchBy.RESIDENT_CODE] = keyring.lookup_hash(code, context=RESIDENT_CODE)
    return hashes


def _people_like(session: Session, keyring: Keyring, member: MemberEntry) -> list[ResidentHistory]:
    hashes = _hashes(keyring, member)
    equal = []
    if MatchBy.INDIVIDUAL_NUMBER in hashes:
        equal.append(ResidentHistory.individual_number_hash == hashes[MatchBy.INDIVIDUAL_NUMBER])
    if MatchBy.RESIDENT_CODE in hashes:
        equal.append(ResidentHistory.resident_code_hash == hashes[MatchBy.RESIDENT_CODE])
    if card := number_of(member, "residence_card_number"):
        equal.append(ResidentHistory.residence_card_number == card)
    if member.re_entry:
        equal.append(ResidentHistory.addressee_number == member.re_entry)
    numbers = _same_three_items(session, member)
    if numbers:
        equal.append(ResidentHistory.addressee_number.in_(numbers))
    if not equal:
        return []
    query = select(ResidentHistory).where(ResidentHistory.is_latest, or_(*equal))
    return list(session.scalars(query.order_by(ResidentHistory.addressee_number)))


def _same_three_items(session: Session, member: MemberEntry) -> list[str]:
    """宛名番号 of people with the same birth date and sex, one of whose names is the same."""
    items = three_items(member)
    birth, _why = read_date(member.birth_date, "birth_date")
    if items is None or birth is None:
        return []
    names, sex, _birth = items
    query = (
        select(ResidentHistory)
        .join(SearchPerson, SearchPerson.addressee_number == ResidentHistory.addressee_number)
        .where(SearchPerson.birth_sort == birth.sort, SearchPerson.sex == sex, ResidentHistory.is_latest)
    )
    return [
        person.addressee_number
        for person in session.scalars(query)
        if person.birth_date.kind is birth.kind and names & _names_of(person)
    ]


def _names_of(person: ResidentHistory) -> set[str]:
    return {search_key(name) for name in (person.name, person.name_alphabet) if name}


def _by(keyring: Keyring, member: MemberEntry, person: ResidentHistory) -> frozenset[MatchBy]:
    by = set()
    for item, own in _hashes(keyring, member).items():
        theirs = (
            person.individual_number_hash if item is MatchBy.INDIVIDUAL_NUMBER else person.resident_code_hash
        )
        if own == theirs:
            by.add(item)
    card = number_of(member, "residence_card_number")
    if card and card == person.residence_card_number:
        by.add(MatchBy.RESIDENCE_CARD)
    items = three_items(member)
    birth = f"{person.birth_date.sort.isoformat()}|{person.birth_date.kind.value}"
    if items is not None and items[1:] == (person.sex.value, birth) and items[0] & _names_of(person):
        by.add(MatchBy.THREE_ITEMS)
    return frozenset(by)


def _differences(keyring: Keyring, member: MemberEntry, person: ResidentHistory) -> tuple[str, ...]:
    """Labels of items that tell people apart and that the entry has otherwise than the record."""
    labels = []
    names, sex, birth = three_items(member) or (frozenset(), "", "")
    if names and not names & _names_of(person):
        labels.append("氏名")
    if sex and sex != person.sex.value:
        labels.append("性別")
    if birth and birth != f"{person.birth_date.sort.isoformat()}|{person.birth_date.kind.value}":
        labels.append("生年月日")
    hashes = _hashes(keyring, member)
    mine = hashes.get(MatchBy.INDIVIDUAL_NUMBER)
    if mine and person.individual_number_hash and mine != person.individual_number_hash:
        labels.append("個人番号")
    mine = hashes.get(MatchBy.RESIDENT_CODE)
    if mine and person.resident_code_hash and mine != person.resident_code_hash:
        labels.append("住民票コード")
    return tuple(labels)


# ---- other open cases


def number_hashes(keyring: Keyring, entry: MoveInEntry) -> set[tuple[str, str, bytes]]:
    """(member key, kind of number, keyed hash) of every number of an entry."""
    return {
        (member.key, name, keyring.lookup_hash(number, context=f"move_in.{name}"))
        for member in entry.members
        for name in UNIQUE_NUMBERS
        if (number := number_of(member, name))
    }


def _entered_elsewhere(
    session: Session, keyring: Keyring, entry: MoveInEntry, case_id: str
) -> frozenset[str]:
    """Keys of members one of whose numbers stands in another provisional case."""
    mine = number_hashes(keyring, entry)
    theirs = numbers_elsewhere(session, case_id, {(kind, number) for _key, kind, number in mine})
    return frozenset(key for key, kind, number in mine if (kind, number) in theirs)


# ---- what the page shows of the register


@dataclass(frozen=True)
class RecordShown:
    """A removed record as the re-entry picker shows it. Never where the person went.

    :param removed: 消除事由 and day, in words.
    """

    number: str
    name: str
    kana: str
    birth: str
    sex: str
    removed: str
    by: str
    forced: bool
    supported: bool


def records_shown(
    session: Session, matches: Sequence[Match], *, forced_only: bool = False
) -> list[RecordShown]:
    """Removed records among some matches, for the picker."""
    shown = []
    for match in matches:
        person = history.latest(session, match.addressee_number)
        if person is None or match.live or (forced_only and not match.forced):
            continue
        when = person.removed_on or (person.removal_occurred_on and person.removal_occurred_on.exact)
        shown.append(
            RecordShown(
                match.addressee_number,
                person.display_name,
                person.name_kana or "",
                person.birth_date.seireki
                if person.resident_kind is ResidentKind.FOREIGN
                else person.birth_date.wareki,
                person.sex.label,
                f"{person.removal_reason or person.state.label}" + (f"（{to_wareki(when)}）" if when else ""),
                match.by_label,
                match.forced,
                match.supported,
            )
        )
    return shown


def household_domiciles(
    session: Session, actor: Actor, household: HouseholdFacts | None
) -> list[tuple[str, str, str, str]]:
    """(続柄, 氏名, 本籍, 筆頭者) of the existing household's members, for the 本籍 helper.

    Empty for a household the actor may not see, and without the right to see 戸籍の表示.
    """
    if household is None or household.hidden or not actor.may(Permission.ITEM_REGISTERED_DOMICILE):
        return []
    return [
        (
            member.relationship_to_head or "",
            member.display_name,
            member.registered_domicile or "",
            member.register_head or "",
        )
        for member in history.household_members(session, household.number)
    ]


def is_hidden(session: Session, actor: Actor, people: Sequence[ResidentHistory], *, now: dt.datetime) -> bool:
    """Whether the actor may not know where any of some people live."""
    return any(
        not may_see_whereabouts(actor, standing) for standing in standings(session, people, now=now).values()
    )
