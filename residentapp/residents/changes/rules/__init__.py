"""The rules and plans of changes: pure functions from the entry and the facts of the day.

``check`` runs while the clerk types, before provisional registration, and again at the approval with that day's facts
(RR-4.0.8, RR-11.1); ``plan`` says what the change does, for the check page and for the register alike.
"""

from __future__ import annotations

from residentapp.core.violations import Violation
from residentapp.residents.changes.rules.common import check_days, check_place, check_subjects
from residentapp.residents.changes.rules.ex_officio import check_basis
from residentapp.residents.changes.rules.household import check_household
from residentapp.residents.changes.rules.kinship import check_kinship, with_proofs
from residentapp.residents.changes.rules.shape import check_shapes
from residentapp.residents.changes.spec import ChangeSpec
from residentapp.residents.changes.types import ChangeEntry, Facts, Plan

__all__ = ["check", "plan_of"]


def check(spec: ChangeSpec, entry: ChangeEntry, facts: Facts) -> list[Violation]:
    """All findings in the order of the page's sections; empty when there is nothing to say."""
    findings = [
        *check_subjects(spec, entry, facts),
        *check_days(spec, entry, facts),
        *check_basis(spec, entry),
        *check_place(spec, entry, facts),
        *check_household(spec, entry, facts),
        *check_kinship(spec, entry, facts),
        *check_shapes(spec, entry, facts),
    ]
    findings += spec.check(spec, entry, facts)
    return findings


def plan_of(spec: ChangeSpec, entry: ChangeEntry, facts: Facts) -> Plan:
    """What the change does, with the documents that proved a 続柄; asked only when the rules find no error.

    :raises MemberOrderError: when the 続柄 of a new household contradict each other.
    """
    return with_proofs(entry, spec.plan(spec, entry, facts))
