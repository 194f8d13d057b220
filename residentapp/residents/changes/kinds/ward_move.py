"""区間異動（区間転入）."""

from __future__ import annotations

from residentapp.residents.changes.rules import ward_move as rules
from residentapp.residents.changes.spec import ChangeSpec, Group, Target, add, by_office

SPEC = add(
    ChangeSpec(
        code="ward_move",
        label="区間異動（区間転入）",
        group=Group.NOTIFICATION,
        check=rules.check,
        plan=rules.plan,
        target=Target.CHOOSE,
        days=("notified_on",),
        head_choice=True,
        relationships=True,
        article="法第22条・第38条",
        words=("くかんいどう", "区間転入", "kukan"),
        order=11,
        designated=True,
        any_ward=True,
    )
)
"""区間異動: a move between wards of one 指定都市, entered in the ward moved to (RR-4.1.0.1c)."""

BY_OFFICE = by_office(SPEC)
"""The same when nobody notified it (RR-4.2.0.2)."""
