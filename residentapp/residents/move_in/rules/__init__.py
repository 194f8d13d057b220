"""The rules of a move-in: pure decisions over the entry as typed and the facts of the day.

The same rules run while the clerk types, before provisional registration, and again at the approval with that day's
facts (RR-4.0.8, RR-11.1).
"""

from __future__ import annotations

from residentapp.core.violations import Violation
from residentapp.residents.move_in.rules.catalogue import CATALOGUE, Finding, found, member_field
from residentapp.residents.move_in.rules.facts import Facts, HouseholdFacts, HouseholdMember, Match
from residentapp.residents.move_in.rules.foreign import check_foreign
from residentapp.residents.move_in.rules.household import check_household
from residentapp.residents.move_in.rules.identity import check_identity
from residentapp.residents.move_in.rules.member import check_member
from residentapp.residents.move_in.rules.place import check_place
from residentapp.residents.move_in.rules.when import check_when
from residentapp.residents.move_in.types import MoveInEntry

__all__ = [
    "CATALOGUE",
    "Facts",
    "Finding",
    "HouseholdFacts",
    "HouseholdMember",
    "Match",
    "check",
    "found",
    "member_field",
]


def check(entry: MoveInEntry, facts: Facts) -> list[Violation]:
    """All findings in the order of the page's sections; empty when there is nothing to say.

    Source: RR-11.1; the articles stand with each finding in the catalogue.
    """
    findings = [*check_when(entry, facts), *check_place(entry, facts), *check_household(entry, facts)]
    findings += check_identity(entry, facts)
    for index, member in enumerate(entry.members):
        findings += check_member(index, member, entry, facts)
        findings += check_foreign(index, member, entry, facts)
    return findings
