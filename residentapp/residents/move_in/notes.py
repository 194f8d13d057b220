"""Registered texts of type B for a move-in that is being entered (RR-1.1.14c)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from residentapp.core.violations import Violation, errors_of
from residentapp.residents import history
from residentapp.residents.move_in.record import NewAddress, head_name_of, items_of_member, typed_address
from residentapp.residents.move_in.rules import Facts
from residentapp.residents.move_in.rules.reading import day_of_text, moved_on
from residentapp.residents.move_in.types import MoveInEntry, Scope
from residentapp.residents.remarks.queries import NoteText, filled_templates
from residentapp.residents.remarks.rules import Days, NoteFacts


def offered(
    session: Session, entry: MoveInEntry, facts: Facts, findings: Sequence[Violation]
) -> list[NoteText] | None:
    """The registered texts of the 異動事由, filled as far as they say the same of everybody.

    None while errors elsewhere leave open what will be recorded. Nothing of a household that the officer may not know
    (CM-5.1).
    """
    if any(error.field != "notes" for error in errors_of(findings)):
        return None
    if facts.household is not None and facts.household.hidden:
        return []
    return filled_templates(session, entry.kind.reason, _people(session, entry, facts), facts.today)


def _people(session: Session, entry: MoveInEntry, facts: Facts) -> list[NoteFacts]:
    address, head_name = typed_address(entry), head_name_of(entry)
    if entry.scope is Scope.PART and facts.household is not None:
        first = history.household_members(session, facts.household.number)[0]
        address = NewAddress(first.address, first.postal_code, first.address_code, first.building)
        head_name = first.head_name
    notified: dt.date | None = day_of_text(entry.notified_on)
    made: list[NoteFacts] = []
    for member in entry.members:
        items: dict[str, Any] = items_of_member(
            entry, member, household_number="", member_order=1, head_name=head_name, address=address
        )
        made.append(NoteFacts({}, items, moved_on(entry), Days(notified)))
    return made
