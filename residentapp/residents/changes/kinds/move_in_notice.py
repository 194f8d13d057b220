"""転入通知の受理, by hand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from residentapp.core.access.actor import Actor
from residentapp.core.crypto import Keyring
from residentapp.residents.changes.rules import move_in_notice as rules
from residentapp.residents.changes.spec import Ask, ChangeSpec, Group, Subjects, Target, add
from residentapp.residents.changes.types import ChangeEntry, Facts
from residentapp.residents.ex_officio.types import Basis
from residentapp.residents.move_in.rules.reading import digits
from residentapp.residents.move_out.closing import notified_of
from residentapp.residents.move_out.keeping import by_adoption
from residentapp.residents.move_out.notices import settle_by_case
from residentapp.residents.move_out.places import municipality_of


def load(
    session: Session, actor: Actor, keyring: Keyring, entry: ChangeEntry, facts: Facts, *, now: dt.datetime
) -> Mapping[str, Any]:
    """The person's own move-out, and how its destination fits the notice."""
    record = facts.person(entry.subjects[0]) if entry.subjects else None
    town = entry.text("confirmed_town")
    found = municipality_of(session, town, digits(entry.text("confirmed_code"))) if town else None
    extra: dict[str, Any] = {"municipality": not town or found is not None}
    if record is None:
        return extra
    planned = record["planned_destination"]
    if planned and found is not None:
        told = municipality_of(session, planned, record["planned_destination_code"] or "")
        extra["same_municipality"] = told is None or told.code == found.code
    extra["adoption"] = by_adoption(session, keyring, record.number)
    if record.is_moving_out:
        extra["notified"] = notified_of(session, keyring, record.number)
    return extra


def prepare(spec: ChangeSpec, entry: ChangeEntry, facts: Facts) -> ChangeEntry:
    """What the office has found out is the notice itself."""
    return entry if entry.text("cause") else entry.with_values(cause=rules.CAUSE)


ASKS = (
    Ask(
        "confirmed_postal_code", "郵便番号", "digits", "7桁入れると町名が出ます。", longest=8, section="where"
    ),
    Ask(
        "confirmed_town",
        "転出先住所（確定）（町名まで）",
        "address",
        "必ず入力します。特別養子縁組による転出のときだけ、空欄にできます。",
        section="where",
        finder=("confirmed_code", "confirmed_postal_code"),
    ),
    Ask("confirmed_lot", "番地・号", "address", longest=60, section="where"),
    Ask("confirmed_building", "方書", "address", section="where"),
    Ask("confirmed_code", "住所コード", "hidden", section="where"),
)

SPEC = add(
    ChangeSpec(
        code="move_in_notice",
        label="転入通知の受理",
        group=Group.EX_OFFICIO,
        check=rules.check,
        plan=rules.plan,
        subjects=Subjects.LEAVING,
        target=Target.STAY,
        bases=(Basis.NOTICE,),
        moved_on_hint="転入年月日（転入通知にある日）。転出年月日（確定）になります。",
        asks=ASKS,
        load=load,
        prepare=prepare,
        article="法第9条第1項",
        words=("てんにゅうつうち", "転入通知"),
        registered=settle_by_case,
        order=80,
    )
)
