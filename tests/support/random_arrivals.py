"""Makers of 転入 at random (``random_changes``): new people, people of other nationality, and those who come back."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import select

from residentapp.core.check_digits import individual_check_digit
from residentapp.core.dates import to_wareki
from residentapp.residents.models import ResidentHistory
from residentapp.residents.move_in.re_entry import take_over
from residentapp.residents.move_in.types import MemberEntry, MoveInEntry, MoveInKind, Scope
from residentapp.residents.types import ResidentKind, ResidentState
from tests.residents.changes.office import ChangeOffice
from tests.support.random_households import one
from tests.support.random_people import ROMAN_NAMES, random_name

#: Where people come from, as a 転出証明書 says it.
FROM = "例示県見本市緑町二丁目5番7号"


def move_in(
    office: ChangeOffice, chance: random.Random, people: Sequence[ResidentHistory]
) -> MoveInEntry | None:
    """国内転入 or 国外転入 of one to four people into a household of their own, or into one that is there."""
    kind = MoveInKind.DOMESTIC if chance.random() < 0.85 else MoveInKind.ABROAD
    entry = _home(office, chance, people, kind)
    if entry is None:
        return None
    family, kana = (part.split("\u3000")[0] for part in random_name(chance))
    adults, children = chance.randint(1, 2), chance.choice((0, 0, 1, 2))
    members = []
    for place in range(adults + children):
        given, given_kana = (part.split("\u3000")[1] for part in random_name(chance))
        years = (4, 17) if place >= adults else (22, 80)
        members.append(
            MemberEntry(
                key=f"m{place + 1}",
                name=f"{family}\u3000{given}",
                name_kana=f"{kana}\u3000{given_kana}",
                birth_date=to_wareki(_born(office, chance, years)),
                sex=("male", "female")[place % 2] if place < adults else chance.choice(("male", "female")),
                relationship=_relationship(entry, place, adults),
                registered_domicile=FROM.removesuffix("7号"),
                register_head=f"{family}\u3000{given}",
                previous_address=FROM if kind is MoveInKind.DOMESTIC else "米国ハワイ州ホノルル市",
                **_numbers(chance, kind),
            )
        )
    return replace(entry, members=tuple(members))


def arrival_of_foreigner(
    office: ChangeOffice, chance: random.Random, people: Sequence[ResidentHistory]
) -> MoveInEntry | None:
    """法第30条の46の転入 of somebody who has just landed, and now and then 法第30条の47."""
    kind = MoveInKind.ARTICLE_30_46 if chance.random() < 0.8 else MoveInKind.ARTICLE_30_47
    entry = _home(office, chance, people, kind)
    if entry is None:
        return None
    person = MemberEntry(
        key="m1",
        resident_kind=ResidentKind.FOREIGN,
        name_alphabet=chance.choice(ROMAN_NAMES),
        name_kana="ナナシ",
        birth_date=f"{chance.randint(1950, 2005)}年{chance.randint(1, 12)}月{chance.randint(1, 28)}日",
        sex=chance.choice(("male", "female")),
        relationship=_relationship(entry, 0, 1),
        foreign_category="mid_to_long_term",
        nationality="ベトナム",
        residence_status="技術・人文知識・国際業務",
        residence_period="5年",
        residence_expires_on=f"{office.now.year + chance.randint(1, 5)}年3月31日",
        residence_card_number=f"AB{chance.randrange(10**8):08d}CD",
    )
    return replace(entry, members=(person,))


def come_back(
    office: ChangeOffice, chance: random.Random, people: Sequence[ResidentHistory]
) -> MoveInEntry | None:
    """再転入: somebody who moved out continues the record that is kept here."""
    near = one(chance, people)
    gone = _moved_out(office, near.addressee_number if near else "")
    entry = _home(office, chance, people, MoveInKind.DOMESTIC)
    if gone is None or entry is None or gone.birth_date is None:
        return None
    person = MemberEntry(
        key="m1",
        resident_kind=gone.resident_kind,
        name=gone.name or "",
        name_alphabet=gone.name_alphabet or "",
        birth_date=gone.birth_date.writing,
        sex=gone.sex.value if gone.sex else "",
        relationship=_relationship(entry, 0, 1),
        previous_address=gone.confirmed_destination or gone.planned_destination or FROM,
    )
    entry = replace(entry, members=(person,))
    try:
        return take_over(
            office.session, office.clerk, office.keyring, gone.addressee_number, entry, "m1", now=office.now
        )
    except ValueError:
        return None


def _moved_out(office: ChangeOffice, after: str) -> ResidentHistory | None:
    """Somebody who moved out within Japan, the next by number."""
    query = (
        select(ResidentHistory)
        .where(
            ResidentHistory.is_latest,
            ResidentHistory.state == ResidentState.MOVED_OUT,
            ResidentHistory.addressee_number > after,
        )
        .order_by(ResidentHistory.addressee_number)
        .limit(1)
    )
    return office.session.scalars(query).first()


def _home(
    office: ChangeOffice, chance: random.Random, people: Sequence[ResidentHistory], kind: MoveInKind
) -> MoveInEntry | None:
    """The entry with its place: a new home, or the household of somebody who lives here."""
    day = office.now.date() - dt.timedelta(days=chance.randint(0, 13))
    entry = MoveInEntry(kind=kind, moved_on=to_wareki(day), notified_on=to_wareki(office.now.date()))
    if chance.random() < 0.2:
        near = one(chance, people)
        if near is None:
            return None
        return replace(entry, scope=Scope.PART, household_number=near.household_number)
    lot = f"{chance.randint(1, 999)}番{chance.randint(1, 99)}号"
    return replace(entry, lot=lot, **chance.choice(office.towns))


def _relationship(entry: MoveInEntry, place: int, adults: int) -> str:
    if entry.scope is Scope.PART:
        return "同居人"
    return "世帯主" if place == 0 else ("妻" if place < adults else "子")


def _born(office: ChangeOffice, chance: random.Random, years: tuple[int, int]) -> dt.date:
    return office.now.date() - dt.timedelta(days=chance.randint(years[0] * 366, years[1] * 366))


def _numbers(chance: random.Random, kind: MoveInKind) -> dict[str, str]:
    """What the papers of another municipality bring; who comes from abroad may have had none."""
    if kind is not MoveInKind.DOMESTIC:
        return {}
    body = f"97{chance.randrange(10**9):09d}"
    return {
        "individual_number": body + individual_check_digit(body),
        "resident_code": f"95{chance.randrange(10**9):09d}",
    }
