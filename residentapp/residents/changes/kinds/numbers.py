"""住民票コード and 個人番号: new, changed on request, corrected."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from residentapp.core.access.actor import Actor
from residentapp.core.access.permissions import Permission
from residentapp.core.crypto import Keyring
from residentapp.core.masters.queries import own_municipality
from residentapp.core.numbering import INDIVIDUAL_NUMBER, RESIDENT_CODE, free_codes
from residentapp.residents.changes.rules import numbers as rules
from residentapp.residents.changes.spec import Ask, ChangeSpec, Group, Subjects, add
from residentapp.residents.changes.types import ChangeEntry, Facts
from residentapp.residents.models import ResidentHistory
from residentapp.residents.move_in.rules.reading import digits

_CONTEXTS = {rules.CODE: RESIDENT_CODE, rules.NUMBER: INDIVIDUAL_NUMBER}


def _load(
    session: Session,
    actor: Actor,
    keyring: Keyring,
    entry: ChangeEntry,
    facts: Facts,
    *,
    now: dt.datetime,
) -> Mapping[str, Any]:
    """Keyed hashes of what was typed, which of them somebody else has, and how many codes are free."""
    typed = {}
    for person in entry.subjects:
        for name, context in _CONTEXTS.items():
            if number := digits(person.text(name)):
                typed[person.key, name] = keyring.lookup_hash(number, context=context)
    taken = set()
    for (key, name), hashed in typed.items():
        column = (
            ResidentHistory.resident_code_hash
            if name == rules.CODE
            else ResidentHistory.individual_number_hash
        )
        own = {person.number for person in entry.people if person.key == key}
        query = select(ResidentHistory.addressee_number).where(
            column == hashed, ResidentHistory.addressee_number.not_in(own)
        )
        if session.scalars(query).first() is not None:
            taken.add((key, name))
    low = own_municipality(session).resident_code_low_water
    return {
        "typed": typed,
        "taken": frozenset(taken),
        "free_codes": free_codes(session, most=low + 1),
        "low_water": low,
    }


_CODE = Ask(
    rules.CODE,
    "正しい住民票コード",
    "digits",
    "11桁。",
    required=True,
    permission=Permission.ITEM_RESIDENT_CODE,
)
_NUMBER = Ask(
    rules.NUMBER,
    "個人番号",
    "digits",
    "12桁。CSから届いた番号、または書類の番号。",
    required=True,
    permission=Permission.ITEM_INDIVIDUAL_NUMBER,
)
#: Of a person who has a number already: without a new one typed, the CS is asked for it (RR-7.1.2.1).
_NEW_NUMBER = replace(
    _NUMBER,
    required=False,
    hint="12桁。空欄のときは、新しい番号をCSに求めます。届いた番号は自動で記載します。",
)

CHANGE_CODE = add(
    ChangeSpec(
        code="code_change",
        label="住民票コードの変更請求",
        group=Group.NUMBERS,
        check=rules.check_change_code,
        plan=rules.plan_change_code,
        subjects=Subjects.ONE,
        days=("applied_on",),
        load=_load,
        article="法第30条の4",
        words=("じゅうみんひょうこーど",),
        order=10,
    )
)
RECORD_CODE = add(
    ChangeSpec(
        code="code_record",
        label="住民票コードの職権記載",
        group=Group.NUMBERS,
        check=rules.check_record_code,
        plan=rules.plan_record_code,
        subjects=Subjects.ONE,
        load=_load,
        article="法第30条の3",
        order=11,
    )
)
CORRECT_CODE = add(
    ChangeSpec(
        code="code_correct",
        label="住民票コードの修正",
        group=Group.NUMBERS,
        check=rules.check_correct_code,
        plan=rules.plan_correct_code,
        subjects=Subjects.ONE,
        person_asks=(_CODE,),
        load=_load,
        article="法第30条の3",
        order=12,
    )
)
CHANGE_NUMBER = add(
    ChangeSpec(
        code="number_change",
        label="個人番号の変更請求",
        group=Group.NUMBERS,
        check=rules.check_change_number,
        plan=rules.plan_change_number,
        subjects=Subjects.ONE,
        days=("applied_on",),
        person_asks=(_NEW_NUMBER,),
        tell=rules.tell_request,
        load=_load,
        article="番号法第7条第2項",
        words=("こじんばんごう", "マイナンバー"),
        order=20,
    )
)
CORRECT_NUMBER = add(
    ChangeSpec(
        code="number_correct",
        label="個人番号の職権修正",
        group=Group.NUMBERS,
        check=rules.check_correct_number,
        plan=rules.plan_correct_number,
        subjects=Subjects.ONE,
        person_asks=(_NEW_NUMBER,),
        tell=rules.tell_request,
        load=_load,
        article="番号法第7条",
        order=21,
    )
)
RECORD_NUMBER = add(
    ChangeSpec(
        code="number_record",
        label="個人番号の職権記載",
        group=Group.NUMBERS,
        check=rules.check_record_number,
        plan=rules.plan_record_number,
        subjects=Subjects.ONE,
        person_asks=(_NUMBER,),
        load=_load,
        article="番号法第7条第1項",
        order=22,
    )
)
