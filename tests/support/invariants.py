"""What must never be in the register, whatever was done to it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from residentapp.residents.models import ResidentHistory

HEAD = "世帯主"


def broken(session: Session, households: Collection[str] | None = None) -> list[str]:
    """Every breach: gaps in a history, two current rows, two heads, another name of the head, …

    :param households: 世帯番号 to look at, with all history of whoever is in them now; the whole town when None.
    """
    homes = select(ResidentHistory).where(ResidentHistory.is_latest)
    if households is not None:
        homes = homes.where(ResidentHistory.household_number.in_(list(households)))
    latest = list(session.scalars(homes))
    numbers = {row.addressee_number for row in latest}
    rows = select(
        ResidentHistory.addressee_number, ResidentHistory.history_number, ResidentHistory.is_latest
    ).order_by(ResidentHistory.addressee_number, ResidentHistory.history_number)
    if households is not None:
        rows = rows.where(ResidentHistory.addressee_number.in_(numbers))
    by_person: dict[str, list[tuple[int, bool]]] = defaultdict(list)
    for number, place, current in session.execute(rows):
        by_person[number].append((place, current))
    found = []
    for number, own in by_person.items():
        if [place for place, _current in own] != list(range(1, len(own) + 1)):
            found.append(f"{number}: a gap in the history")
        if [current for _place, current in own] != [False] * (len(own) - 1) + [True]:
            found.append(f"{number}: not exactly the last row is current")
    members_of: dict[str, list[ResidentHistory]] = defaultdict(list)
    for row in latest:
        if row.state.is_live:
            members_of[row.household_number].append(row)
    for household, members in members_of.items():
        found += _broken_household(household, members)
    return found


def _broken_household(household: str, members: list[ResidentHistory]) -> list[str]:
    found = []
    heads = [member for member in members if member.relationship_to_head == HEAD]
    if len(heads) > 1:
        found.append(f"{household}: {len(heads)} heads")
    expected = heads[0].display_name if heads else None
    if {member.head_name for member in members} != {expected}:
        found.append(f"{household}: another name of the head")
    if max(Counter(member.member_order for member in members).values()) > 1:
        found.append(f"{household}: two at one place")
    if len({member.address for member in members}) > 1:
        found.append(f"{household}: two addresses")
    if heads and any(not member.relationship_to_head for member in members):
        found.append(f"{household}: somebody without 続柄 to the head")
    return found


def shared_numbers(session: Session) -> list[str]:
    """住民票コード and 個人番号 that two residents hold at once, by the hash under which they are found."""
    found = []
    for column in (ResidentHistory.resident_code_hash, ResidentHistory.individual_number_hash):
        query = (
            select(column)
            .where(ResidentHistory.is_latest, column.is_not(None))
            .group_by(column)
            .having(func.count() > 1)
        )
        found += [f"{column.key}: held twice" for _hash in session.scalars(query)]
    return found
