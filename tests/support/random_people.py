"""Makers of changes of single people and of move-outs at random (``random_changes``)."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import replace

from residentapp.core.dates import to_wareki
from residentapp.residents.changes.types import ChangeEntry
from residentapp.residents.models import ResidentHistory
from residentapp.residents.types import ResidentKind
from tests.residents.changes.office import ChangeOffice
from tests.support.random_households import for_one, for_one_of, members_of, rest, some, when

#: 氏 and 名 with their フリガナ, of nobody.
FAMILY_NAMES = (
    ("綾部", "アヤベ"),
    ("伊庭", "イバ"),
    ("鵜飼", "ウカイ"),
    ("江草", "エグサ"),
    ("小此木", "オコノギ"),
)
GIVEN_NAMES = (("葵", "アオイ"), ("岬", "ミサキ"), ("司", "ツカサ"), ("光", "ヒカル"), ("渚", "ナギサ"))
ROMAN_NAMES = ("NGUYEN AN", "SMITH ALEX", "GARCIA SOL", "LEE MINA")


def random_name(chance: random.Random) -> tuple[str, str]:
    """A 氏名 of nobody and its フリガナ."""
    parts = (chance.choice(FAMILY_NAMES), chance.choice(GIVEN_NAMES))
    return "　".join(part[0] for part in parts), "　".join(part[1] for part in parts)


@for_one
def birth(office: ChangeOffice, chance: random.Random, person: ResidentHistory) -> ChangeEntry | None:
    """出生 into a household, now and then of a foreign child."""
    born = office.now.date() - dt.timedelta(days=chance.randint(0, 20))
    entry = office.begin("birth", household=person.household_number).with_values(moved_on=to_wareki(born))
    child = next(each for each in entry.people if each.is_new)
    name, kana = random_name(chance)
    values = {"sex": chance.choice(("male", "female")), "relationship": "同居人", "name_kana": kana}
    if chance.random() < 0.1:
        entry = entry.with_person(replace(child, resident_kind=ResidentKind.FOREIGN))
        values |= {"name_alphabet": chance.choice(ROMAN_NAMES), "nationality": "ベトナム"}
    else:
        domicile = person.registered_domicile or person.address
        values |= {"name": name, "registered_domicile": domicile, "register_head": name}
    return office.typed(entry, child.key, **values)


@for_one
def move_out(office: ChangeOffice, chance: random.Random, person: ResidentHistory) -> ChangeEntry | None:
    """転出 of some or all of a household: before its day (予定), or on and after it."""
    if person.removal_occurred_on is not None:
        return None
    members = members_of(office, person)
    movers = some(chance, members)
    day = office.now.date() + dt.timedelta(days=chance.choice((-3, 0, 0, 2, 9)))
    entry = office.begin("move_out", *movers).with_values(
        moved_on=to_wareki(day), **chance.choice(office.elsewhere)
    )
    return rest(office, chance, entry, movers, members)


@for_one_of(ResidentKind.JAPANESE)
def former_name(office: ChangeOffice, chance: random.Random, person: ResidentHistory) -> ChangeEntry | None:
    """旧氏: recorded for who has none, else changed or deleted."""
    kind = "former_name_record"
    if person.former_name is not None:
        kind = chance.choice(("former_name_change", "former_name_delete"))
    entry = office.begin(kind, person).with_values(**when(office))
    if kind == "former_name_delete":
        return entry
    name, kana = chance.choice(FAMILY_NAMES)
    return office.typed(
        entry, person, former_name=name, former_name_kana=kana, former_name_kana_confirmed="1"
    )


@for_one_of(ResidentKind.FOREIGN)
def alias(office: ChangeOffice, chance: random.Random, person: ResidentHistory) -> ChangeEntry | None:
    """通称: recorded for who has none, else deleted."""
    if person.alias is not None:
        return office.begin("alias_delete", person).with_values(**when(office))
    name, kana = random_name(chance)
    entry = office.begin("alias_record", person).with_values(**when(office))
    return office.typed(entry, person, alias=name, alias_kana=kana)


@for_one_of(ResidentKind.JAPANESE)
def name(office: ChangeOffice, chance: random.Random, person: ResidentHistory) -> ChangeEntry | None:
    """氏名 by 職権 after a notice of the 戸籍, which the rest of the household follows when it is the head's."""
    written, kana = random_name(chance)
    entry = office.begin("correct", person).with_values(**when(office))
    return office.typed(entry, person, name=written, name_kana=kana)


@for_one
def nationality(office: ChangeOffice, chance: random.Random, person: ResidentHistory) -> ChangeEntry | None:
    """帰化 of who is foreign, 国籍喪失 of who is Japanese."""
    written, kana = random_name(chance)
    if person.resident_kind is ResidentKind.FOREIGN:
        entry = office.begin("naturalisation", person).with_values(**when(office))
        return office.typed(
            entry, person, name=written, name_kana=kana, name_kana_confirmed="1",
            registered_domicile=person.address, register_head=written,
        )  # fmt: skip
    entry = office.begin("nationality_loss", person).with_values(**when(office))
    return office.typed(entry, person, name_alphabet=chance.choice(ROMAN_NAMES), nationality="米国")


@for_one
def resident_code(office: ChangeOffice, chance: random.Random, person: ResidentHistory) -> ChangeEntry | None:
    """住民票コード: changed on request, recorded for who has none."""
    kind = "code_record" if person.resident_code_hash is None else "code_change"
    return office.begin(kind, person).with_values(**when(office))
