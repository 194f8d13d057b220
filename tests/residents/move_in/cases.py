"""Entries for tests: one call, a complete person or case, only what matters said."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

from residentapp.core.check_digits import individual_check_digit
from residentapp.core.violations import Violation, alerts_of
from residentapp.residents.cases.procedure import alert_key
from residentapp.residents.move_in.rules import Facts
from residentapp.residents.move_in.types import MemberEntry, MoveInEntry, MoveInKind, Scope
from residentapp.residents.types import ResidentKind

TODAY = dt.date(2026, 11, 24)
TOWN_CODE = "98201001001"


def individual_number(body: int) -> str:
    """A valid 個人番号 that nobody has."""
    text = f"98{body:09d}"
    return text + individual_check_digit(text)


def resident_code(number: int) -> str:
    """A 住民票コード of tests."""
    return f"93{number:09d}"


def person(key: str = "m1", **values: Any) -> MemberEntry:
    """A Japanese resident to whom no rule objects."""
    place = int(key[1:])
    member = MemberEntry(
        key=key,
        name="渡邉\U000e010f　𠮷男",
        name_kana="ワタナベ　ヨシオ",
        birth_date="昭和63年2月29日",
        sex="male",
        relationship="世帯主",
        registered_domicile="例示県見本市緑町二丁目5番",
        register_head="渡邉\U000e010f　𠮷男",
        individual_number=individual_number(1000 + place),
        resident_code=resident_code(1000 + place),
        previous_address="例示県見本市緑町二丁目5番7号",
        previous_postal_code="0001234",
    )
    return replace(member, **values)


def wife(key: str = "m2", **values: Any) -> MemberEntry:
    """The head's wife."""
    default = {
        "name": "渡邉\U000e010f　﨑子",
        "name_kana": "ワタナベ　サキコ",
        "birth_date": "平成2年7月15日",
        "sex": "female",
        "relationship": "妻",
    }
    return person(key, **(default | values))


def child(key: str = "m3", **values: Any) -> MemberEntry:
    """The head's child."""
    default = {
        "name": "渡邉\U000e010f　葛\U000e0102葉",
        "name_kana": "ワタナベ　クズハ",
        "birth_date": "平成30年4月2日",
        "sex": "female",
        "relationship": "子",
    }
    return person(key, **(default | values))


def foreigner(key: str = "m1", **values: Any) -> MemberEntry:
    """A mid-to-long-term resident to whom no rule objects."""
    place = int(key[1:])
    member = MemberEntry(
        key=key,
        resident_kind=ResidentKind.FOREIGN,
        name_alphabet="NGUYEN VAN AN",
        name_kana="グエン　ヴァン　アン",
        birth_date="1987年11月3日",
        sex="male",
        relationship="世帯主",
        individual_number=individual_number(2000 + place),
        resident_code=resident_code(2000 + place),
        previous_address="例示県見本市青葉三丁目1番12号",
        became_foreign_resident_on="平成27年6月1日",
        foreign_category="mid_to_long_term",
        nationality="ベトナム",
        residence_status="技術・人文知識・国際業務",
        residence_period="5年",
        residence_expires_on="2029年5月31日",
        residence_card_number="AB12345678CD",
    )
    return replace(member, **values)


def entry(*members: MemberEntry, **values: Any) -> MoveInEntry:
    """A new household of these people (the man alone when nobody is named) to which no rule objects."""
    made = MoveInEntry(
        kind=MoveInKind.DOMESTIC,
        scope=Scope.WHOLE,
        moved_on="令和8年11月20日",
        notified_on="令和8年11月24日",
        postal_code="0000001",
        address_code=TOWN_CODE,
        town="架空県架空市本町一丁目",
        lot="8番3号",
        members=members or (person(),),
    )
    return replace(made, **values)


def facts(**values: Any) -> Facts:
    """The municipality of the tests on the day of the tests, with a register in which nobody is alike."""
    made = Facts(today=TODAY, prefecture="架空県", municipality="架空市")
    return replace(made, **values)


def confirmed(made: MoveInEntry, findings: list[Violation], reason: str = "届出人に確かめた") -> MoveInEntry:
    """The entry with a reason for every alert."""
    reasons = {alert_key(alert): reason for alert in alerts_of(findings)}
    return replace(made, confirmations={**made.confirmations, **reasons})
