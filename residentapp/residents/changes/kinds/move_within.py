"""転居."""

from __future__ import annotations

from residentapp.residents.changes.rules import move_within as rules
from residentapp.residents.changes.spec import ChangeSpec, Group, Target, add

SPEC = add(
    ChangeSpec(
        code="move_within",
        label="転居",
        group=Group.NOTIFICATION,
        check=rules.check,
        plan=rules.plan,
        target=Target.CHOOSE,
        days=("notified_on",),
        head_choice=True,
        relationships=True,
        article="法第23条",
        words=("てんきょ", "転居届", "tenkyo"),
        order=10,
    )
)
