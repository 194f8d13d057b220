"""Makers of changes by 職権 and by notices of others at random (``random_changes``)."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Sequence

from sqlalchemy import select

from residentapp.core.check_digits import individual_check_digit
from residentapp.core.dates import to_wareki
from residentapp.residents.changes.types import ChangeEntry
from residentapp.residents.models import ResidentHistory
from residentapp.residents.types import ResidentKind, ResidentState
from tests.residents.changes.office import ChangeOffice
from tests.support.random_households import for_one, for_one_of, members_of, one, rest, some, when
from tests.support.random_people import random_name

#: 確かめた事実 of what the office does by itself.
FACTS = "書類と実地の調査で確かめた。"


@for_one
def removal(office: ChangeOffice, chance: random.Random, person: ResidentHistory) -> ChangeEntry | None:
    """職権消除 of some or all of a household."""
    members = members_of(office, person)
    gone = some(chance, members)
    entry = office.begin("remove_ex_officio", *gone).with_values(
        removal_cause=chance.choice(("absent", "twice", "outside")), cause=FACTS, **when(office)
    )
    return rest(office, chance, entry, gone, members)


@for_one_of(ResidentKind.JAPANESE)
def disappearance(office: ChangeOffice, chance: random.Random, person: ResidentHistory) -> ChangeEntry | None:
    """失踪, after the notice of the 本籍地."""
    died = office.now.date() - dt.timedelta(days=chance.randint(400, 4000))
    entry = office.begin("disappearance", person).with_values(adjudged_on=to_wareki(died), **when(office))
    return rest(office, chance, entry, [person], members_of(office, person))


@for_one
def correction(office: ChangeOffice, chance: random.Random, person: ResidentHistory) -> ChangeEntry | None:
    """誤記修正 of a former address or a フリガナ."""
    entry = office.begin("correct_error", person).with_values(cause=FACTS, **when(office))
    if chance.random() < 0.5:
        return office.typed(entry, person, previous_address=f"見本県隣市北町{chance.randint(1, 99)}番1号")
    return office.typed(entry, person, name_kana=random_name(chance)[1])


@for_one_of(ResidentKind.JAPANESE)
def register_of_family(
    office: ChangeOffice, chance: random.Random, person: ResidentHistory
) -> ChangeEntry | None:
    """転籍: 本籍 of the Japanese of a household, corrected for all at once."""
    family = [
        member for member in members_of(office, person) if member.resident_kind is ResidentKind.JAPANESE
    ]
    return office.begin("correct_register", *family).with_values(
        registered_domicile=f"見本県隣市北町{chance.randint(1, 99)}番",
        register_head=person.name or "",
        **when(office),
    )


@for_one
def address_of_household(
    office: ChangeOffice, chance: random.Random, person: ResidentHistory
) -> ChangeEntry | None:
    """住所の修正: the building where a household lives has another name now."""
    entry = office.begin("correct_address", household=person.household_number)
    return entry.with_values(treatment="6", building=f"改称荘{chance.randint(101, 909)}号", **when(office))


@for_one
def rebuilding(office: ChangeOffice, chance: random.Random, person: ResidentHistory) -> ChangeEntry | None:
    """改製 or 再製."""
    kind = chance.choice(("rebuild", "reconstruct"))
    return office.begin(kind, person).with_values(cause=FACTS, **when(office))


@for_one
def kana(office: ChangeOffice, chance: random.Random, person: ResidentHistory) -> ChangeEntry | None:
    """フリガナの記載・修正."""
    entry = office.begin("name_kana", person).with_values(**when(office))
    return office.typed(entry, person, name_kana=random_name(chance)[1], name_kana_confirmed="1")


@for_one
def individual_number(
    office: ChangeOffice, chance: random.Random, person: ResidentHistory
) -> ChangeEntry | None:
    """個人番号: recorded for who has none, else changed, or asked of the CS."""
    body = f"96{chance.randrange(10**9):09d}"
    number = body + individual_check_digit(body)
    if person.individual_number_hash is None:
        entry = office.begin("number_record", person).with_values(**when(office))
        return office.typed(entry, person, individual_number=number)
    kind = chance.choice(("number_change", "number_correct"))
    entry = office.begin(kind, person).with_values(**when(office))
    return office.typed(entry, person, individual_number=number) if chance.random() < 0.7 else entry


@for_one_of(ResidentKind.FOREIGN)
def residence(office: ChangeOffice, chance: random.Random, person: ResidentHistory) -> ChangeEntry | None:
    """在留資格等の修正, and now and then 消除, on a notice of the 入管庁."""
    if chance.random() < 0.2:
        entry = office.begin("residence_end", person).with_values(
            cause=chance.choice(("revoked", "departed", "expired")), **when(office)
        )
        return rest(office, chance, entry, [person], members_of(office, person))
    entry = office.begin("residence_status", person).with_values(**when(office))
    return office.typed(
        entry, person, residence_expires_on=f"{office.now.year + chance.randint(1, 5)}年9月30日"
    )


def notice_of_arrival(
    office: ChangeOffice, chance: random.Random, people: Sequence[ResidentHistory]
) -> ChangeEntry | None:
    """転入通知 of the municipality to which somebody moved out."""
    near = one(chance, people)
    query = (
        select(ResidentHistory)
        .where(
            ResidentHistory.is_latest,
            ResidentHistory.state == ResidentState.MOVED_OUT,
            ResidentHistory.move_in_notice_on.is_(None),
            ResidentHistory.addressee_number > (near.addressee_number if near else ""),
        )
        .order_by(ResidentHistory.addressee_number)
        .limit(1)
    )
    gone = office.session.scalars(query).first()
    if gone is None:
        return None
    place = chance.choice(office.elsewhere)
    return office.begin("move_in_notice", gone).with_values(
        confirmed_town=place["planned_town"],
        confirmed_code=place["planned_code"],
        confirmed_lot=f"{chance.randint(1, 99)}番{chance.randint(1, 9)}号",
        **when(office),
    )
