"""Changes by 職権: 出生, 死亡, 失踪, 職権記載, 職権消除, 職権修正, 改製 … and 届出 made by 職権 (RR-4.2.*)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy.orm import Session

from residentapp.core.access.actor import Actor
from residentapp.core.addresses.queries import town_name
from residentapp.core.crypto import Keyring
from residentapp.core.dates import DateField
from residentapp.residents.changes.items import (
    domicile_asks,
    item_asks,
    quote_domicile,
    to_household,
)
from residentapp.residents.changes.kinds.households import CHANGE, HEAD_CHANGE, MERGE, SPLIT
from residentapp.residents.changes.kinds.move_within import SPEC as MOVE_WITHIN
from residentapp.residents.changes.rules import (
    birth,
    correction,
    household_corrections,
    rebuild,
    recording,
    removals,
)
from residentapp.residents.changes.spec import (
    Ask,
    ChangeSpec,
    Group,
    Subjects,
    Target,
    add,
    by_office,
)
from residentapp.residents.changes.types import ChangeEntry, Facts
from residentapp.residents.ex_officio.types import Basis
from residentapp.residents.move_in.fields import MEMBER_FIELDS, PROOF_FIELDS
from residentapp.residents.move_in.queries import find_matches
from residentapp.residents.move_in.types import MemberEntry, MoveInEntry
from residentapp.residents.types import ResidentKind


def _matches_of(
    session: Session, keyring: Keyring, members: tuple[MemberEntry, ...], now: dt.datetime
) -> Mapping[str, Any]:
    return {"alike": find_matches(session, keyring, MoveInEntry(members=members), now=now)}


def _load_birth(
    session: Session, actor: Actor, keyring: Keyring, entry: ChangeEntry, facts: Facts, *, now: dt.datetime
) -> Mapping[str, Any]:
    """Who in the register has a newborn's name, sex and birth date."""
    members = tuple(
        MemberEntry(
            key=person.key,
            resident_kind=person.resident_kind,
            name=person.text("name"),
            name_alphabet=person.text("name_alphabet"),
            sex=person.text("sex"),
            birth_date=entry.text("moved_on"),
        )
        for person in entry.subjects
    )
    return _matches_of(session, keyring, members, now)


def _load_recording(
    session: Session, actor: Actor, keyring: Keyring, entry: ChangeEntry, facts: Facts, *, now: dt.datetime
) -> Mapping[str, Any]:
    """Who in the register equals somebody of the entry in a number or in name, sex and birth date."""
    spec = RECORD if entry.kind == RECORD.code else RECORD_AGAIN
    return _matches_of(session, keyring, recording.as_move_in(spec, entry, facts).members, now)


def _load_address(
    session: Session, actor: Actor, keyring: Keyring, entry: ChangeEntry, facts: Facts, *, now: dt.datetime
) -> Mapping[str, Any]:
    """The ways in which the recorded town can be written, to tell it from the lot."""
    home = facts.home(entry.household_number)
    code = home.members[0]["address_code"] if home is not None and not home.hidden else None
    town = town_name(session, code) if code else None
    if town is None:
        return {}
    return {"towns": (town.text, facts.municipality + town.town)}


BIRTH = add(
    ChangeSpec(
        code="birth",
        label="出生",
        group=Group.EX_OFFICIO,
        check=birth.check,
        plan=birth.plan,
        subjects=Subjects.NEW,
        target=Target.CHOOSE,
        moved_on=DateField.EVENT,
        bases=(Basis.REGISTER, Basis.APPLICATION, Basis.OMISSION),
        person_asks=(
            *item_asks(
                ("name_alphabet", "name", "name_kana", "name_kana_confirmed", "sex"),
                required=("sex",),
            ),
            *domicile_asks(required=True),
            *item_asks(("nationality", "nationality_code")),
        ),
        relationships=True,
        load=_load_birth,
        prepare=to_household,
        fill=quote_domicile,
        article="令第12条第2項、戸籍法第49条",
        words=("しゅっしょう", "出生届", "shussho"),
        order=100,
    )
)
DEATH = add(
    ChangeSpec(
        code="death",
        label="死亡",
        group=Group.EX_OFFICIO,
        check=removals.check_death,
        plan=removals.plan_death,
        target=Target.GONE,
        moved_on=DateField.EVENT,
        bases=(Basis.REGISTER, Basis.APPLICATION, Basis.NOTICE, Basis.OMISSION),
        person_asks=domicile_asks(prefill=True),
        head_choice=True,
        fill=quote_domicile,
        article="令第12条第2項、戸籍法第86条",
        words=("しぼう", "死亡届", "shibo"),
        order=110,
    )
)
DISAPPEARANCE = add(
    ChangeSpec(
        code="disappearance",
        label="失踪",
        group=Group.EX_OFFICIO,
        check=removals.check_disappearance,
        plan=removals.plan_disappearance,
        subjects=Subjects.ONE,
        target=Target.GONE,
        moved_on=DateField.EVENT,
        bases=(Basis.REGISTER,),
        asks=(
            Ask(
                "adjudged_on",
                "死亡とみなされる日",
                "date",
                "戸籍の通知のとおりに入力します。留意事項に残ります。",
                required=True,
                date=DateField.EVENT,
            ),
        ),
        person_asks=domicile_asks(prefill=True),
        head_choice=True,
        fill=quote_domicile,
        article="法第9条第2項、民法第31条",
        words=("しっそう", "失踪宣告", "shisso"),
        order=115,
        kinds=(ResidentKind.JAPANESE,),
    )
)

#: What 職権記載 asks for: every item of a move-in.
_ALL_ITEMS = tuple(spec.name for spec in MEMBER_FIELDS if spec.name not in ("relationship", *PROOF_FIELDS))
#: Items that an earlier record does not hand on: they are about the new household and the new address (RR-4.1.1.2c).
_NOT_HANDED_ON = frozenset(
    {
        "individual_number", "resident_code", "previous_postal_code", "previous_address_code", "previous_address",
        "previous_head_name", "unreported_address", "adoption", "became_resident_on", "remark",
    }
)  # fmt: skip


def _recorded_asks(*, prefill: bool) -> tuple[Ask, ...]:
    made = []
    for ask in item_asks(_ALL_ITEMS, prefill=prefill):
        if ask.name == "registered_domicile":
            made.append(domicile_asks()[0])
        if ask.name == "previous_address":
            ask = replace(ask, hint="方書まで入力します。分からないときは「不明」と入力します。")
        made.append(replace(ask, prefill="") if ask.name in _NOT_HANDED_ON else ask)
    return tuple(made)


_RECORD_BASES = (Basis.NO_NOTIFICATION, Basis.APPLICATION, Basis.OMISSION, Basis.REGISTER, Basis.NOTICE)
RECORD = add(
    ChangeSpec(
        code="record_ex_officio",
        label="職権記載（住所設定）",
        group=Group.EX_OFFICIO,
        check=recording.check,
        plan=recording.plan,
        subjects=Subjects.NEW,
        target=Target.CHOOSE,
        bases=_RECORD_BASES,
        person_asks=_recorded_asks(prefill=False),
        relationships=True,
        load=_load_recording,
        prepare=to_household,
        fill=quote_domicile,
        article="令第12条第1項・第3項",
        words=("しょっけんきさい", "住所設定", "未届転入"),
        order=120,
    )
)
RECORD_AGAIN = add(
    ChangeSpec(
        code="record_again_ex_officio",
        label="職権記載（除票のある人）",
        group=Group.EX_OFFICIO,
        check=recording.check,
        plan=recording.plan,
        subjects=Subjects.REMOVED,
        target=Target.CHOOSE,
        bases=_RECORD_BASES,
        person_asks=_recorded_asks(prefill=True),
        relationships=True,
        load=_load_recording,
        fill=quote_domicile,
        article="令第12条第1項・第3項",
        words=("再記載",),
        order=121,
    )
)
REMOVE = add(
    ChangeSpec(
        code="remove_ex_officio",
        label="職権消除",
        group=Group.EX_OFFICIO,
        check=removals.check_removal,
        plan=removals.plan_removal,
        target=Target.GONE,
        bases=(Basis.NO_NOTIFICATION, Basis.OMISSION, Basis.APPLICATION, Basis.REGISTER, Basis.NOTICE),
        asks=(
            Ask("removal_cause", "消除する理由", "choice", required=True, choices=removals.REMOVAL_CAUSES),
        ),
        head_choice=True,
        article="法第8条、令第12条第1項・第3項",
        words=("しょっけんしょうじょ", "実態調査", "二重登録"),
        order=130,
    )
)

#: What a correction reaches: every item of the record that has no change of its own (個人番号, 住民票コード, 住所).
_CORRECTED = (
    *(
        spec.name
        for spec in MEMBER_FIELDS
        if spec.name not in ("individual_number", "resident_code", "unreported_address", "adoption", "remark")
    ),
    "address_set_on",
    "notified_on",
    "last_registered_address",
)


def _correction_asks() -> tuple[Ask, ...]:
    by_group: dict[str, list[Ask]] = {}
    for ask in item_asks(_CORRECTED, prefill=True):
        if ask.name == "registered_domicile":
            by_group.setdefault(ask.group, []).append(domicile_asks()[0])
        if ask.name in PROOF_FIELDS:
            # Of the correction itself, not of the record.
            ask = replace(ask, prefill="")
        by_group.setdefault(ask.group, []).append(replace(ask, hint=""))
    return tuple(ask for asks in by_group.values() for ask in asks)


_WITH_REGISTER = Ask(
    "with_register",
    "筆頭者の氏名も一緒に直す",
    "flag",
    "氏名を直す人が筆頭者のとき、同じ戸籍の世帯員の「筆頭者」も新しい氏名にします。",
)
CORRECT = add(
    ChangeSpec(
        code="correct",
        label="職権修正・軽微な修正",
        group=Group.EX_OFFICIO,
        check=correction.check,
        plan=correction.plan,
        subjects=Subjects.ONE,
        bases=(
            Basis.REGISTER,
            Basis.APPLICATION,
            Basis.OMISSION,
            Basis.NO_NOTIFICATION,
            Basis.NOTICE,
            Basis.AREA,
        ),
        asks=(
            Ask(
                "minor_case",
                "軽微な修正",
                "choice",
                "空欄のときは職権修正です。住所は「住所の修正」で直します。",
                choices=tuple((number, correction.MINOR_CASES[number]) for number in correction.NAME_CASES),
            ),
            _WITH_REGISTER,
            Ask(
                "kept_word",
                "改製しないで残す事項",
                "choice",
                "留意事項に残し、履歴付きの写しには載せません。",
                choices=tuple((word, word) for word in correction.WITHOUT_REBUILD),
            ),
        ),
        person_asks=_correction_asks(),
        fill=quote_domicile,
        article="令第12条第2項・第3項、規則第11条第3項第2号",
        words=("しょっけんしゅうせい", "けいびなしゅうせい", "修正", "氏名変更"),
        order=140,
    )
)
CORRECT_ERROR = add(
    ChangeSpec(
        code="correct_error",
        label="誤記修正",
        group=Group.EX_OFFICIO,
        check=correction.check,
        plan=correction.plan_error,
        subjects=Subjects.ONE,
        bases=(Basis.OMISSION, Basis.APPLICATION, Basis.NOTICE),
        asks=(_WITH_REGISTER,),
        person_asks=_correction_asks(),
        fill=quote_domicile,
        article="令第12条第3項",
        words=("ごきしゅうせい", "誤記"),
        order=141,
    )
)
CORRECT_ADDRESS = add(
    ChangeSpec(
        code="correct_address",
        label="住所の修正（世帯全員）",
        group=Group.EX_OFFICIO,
        check=household_corrections.check_address,
        plan=household_corrections.plan_address,
        subjects=Subjects.HOUSEHOLD,
        bases=(Basis.AREA, Basis.APPLICATION, Basis.OMISSION, Basis.NOTICE),
        asks=(
            Ask(
                "treatment",
                "修正の種類",
                "choice",
                "引っ越しは転居です。ここでは、住所の表示だけを直します。",
                required=True,
                choices=household_corrections.TREATMENTS,
            ),
        ),
        load=_load_address,
        prepare=household_corrections.prepare_address,
        address=True,
        article="令第12条第2項・第3項、規則第11条第3項第2号",
        words=("じゅうしょしゅうせい", "住居表示", "地番変更", "方書修正"),
        order=142,
    )
)
CORRECT_REGISTER = add(
    ChangeSpec(
        code="correct_register",
        label="戸籍の表示の修正",
        group=Group.EX_OFFICIO,
        check=household_corrections.check_register,
        plan=household_corrections.plan_register,
        bases=(Basis.REGISTER, Basis.APPLICATION, Basis.OMISSION),
        asks=domicile_asks(),
        fill=quote_domicile,
        article="法第9条第2項、令第12条第2項",
        words=("こせきのひょうじ", "本籍", "転籍", "筆頭者"),
        order=143,
        kinds=(ResidentKind.JAPANESE,),
    )
)
REBUILD = add(
    ChangeSpec(
        code="rebuild",
        label="改製",
        group=Group.EX_OFFICIO,
        check=rebuild.check,
        plan=rebuild.plan,
        bases=(Basis.NEED, Basis.APPLICATION),
        article="令第16条",
        words=("かいせい",),
        order=150,
    )
)
RECONSTRUCT = add(
    ChangeSpec(
        code="reconstruct",
        label="再製",
        group=Group.EX_OFFICIO,
        check=rebuild.check_nothing,
        plan=rebuild.plan_reconstruction,
        bases=(Basis.NEED,),
        words=("さいせい",),
        order=151,
    )
)

#: 届出 that the office makes where nobody did (RR-4.2.0.2).
BY_OFFICE = tuple(by_office(spec) for spec in (MOVE_WITHIN, SPLIT, MERGE, CHANGE, HEAD_CHANGE))
