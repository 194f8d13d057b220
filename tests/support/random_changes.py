"""Changes at random, as an office would get them: for the property of cancellation, and for a year in the office.

Each maker takes the office, a source of chance and the people of the town, and gives an entry, or None when nothing of
the kind can be made just now. A new kind of change adds its maker to ``MAKERS``.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence

from sqlalchemy.orm import Session

from residentapp.core.violations import errors_of
from residentapp.residents.models import ResidentHistory
from tests.residents.changes.office import ChangeOffice, Entry
from tests.support import random_arrivals as arrivals
from tests.support import random_households as households
from tests.support import random_people as persons
from tests.support import random_records as records

MAKERS: dict[str, households.Maker] = {
    "move_in": arrivals.move_in,
    "arrival_of_foreigner": arrivals.arrival_of_foreigner,
    "come_back": arrivals.come_back,
    "move_within": households.move_within,
    "move_together": households.move_together,
    "split": households.split,
    "join_at_address": households.join_at_address,
    "head_change": households.head_change,
    "death": households.death,
    "birth": persons.birth,
    "move_out": persons.move_out,
    "former_name": persons.former_name,
    "alias": persons.alias,
    "name": persons.name,
    "nationality": persons.nationality,
    "resident_code": persons.resident_code,
    "individual_number": records.individual_number,
    "kana": records.kana,
    "residence": records.residence,
    "notice_of_arrival": records.notice_of_arrival,
    "removal": records.removal,
    "disappearance": records.disappearance,
    "correction": records.correction,
    "register_of_family": records.register_of_family,
    "address_of_household": records.address_of_household,
    "rebuilding": records.rebuilding,
}


def make(
    office: ChangeOffice,
    chance: random.Random,
    people: Callable[[Session], Sequence[ResidentHistory]],
    *,
    weights: Mapping[str, int] | None = None,
    tries: int = 20,
) -> Entry | None:
    """An entry of some kind that no rule bars, its alerts confirmed; None when none was found.

    :param people: residents among whom the makers choose, asked for each try.
    :param weights: how often a kind is tried, by name; 1 when it is not named.
    """
    names = list(MAKERS)
    for _try in range(tries):
        [name] = chance.choices(names, [(weights or {}).get(each, 1) for each in names])
        entry = MAKERS[name](office, chance, people(office.session))
        if entry is None:
            continue
        findings = office.findings(entry)
        if not errors_of(findings):
            return office.confirmed(entry, findings)
    return None
