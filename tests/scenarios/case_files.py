"""Files of the cases of the office: read, put into the register, and compared with what became of it.

tests/scenarios/changes/README.md says what may stand in a file.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Date, Enum, select
from sqlalchemy.orm import Session

from residentapp.conformity.case_files import PATTERN, read_case
from residentapp.core import numbering
from residentapp.core.crypto import Keyring
from residentapp.core.dates import DateField, DateValue, parse_date, to_wareki
from residentapp.core.db.types import DateValueType
from residentapp.core.numbering import INDIVIDUAL_NUMBER, RESIDENT_CODE
from residentapp.core.outbox.models import OutboxMessage
from residentapp.residents import history
from residentapp.residents.messages.kinds import label_of_kind
from residentapp.residents.models import IntegratedRemark, ResidentHistory
from residentapp.residents.search import index
from residentapp.residents.types import RemarkKind
from tests.residents.changes.elsewhere import make_neighbour
from tests.residents.move_in.conftest import make_town
from tests.support import residents
from tests.support.masters import make_masters

FOLDER = Path(__file__).parent / "changes"
#: Words of a file for items that the register calls otherwise.
COLUMNS = {
    "birth": "birth_date",
    "relationship": "relationship_to_head",
    "head": "head_name",
    "kana": "name_kana",
}
#: What a person of ``before`` has besides items of the record.
_ABOUT = ("household", "protected", "resident_code", "individual_number")
_CODES = [f"9000000{number:04d}" for number in range(10)]
_FREE = "付番された"


@dataclass
class Town:
    """The people of a case in the register.

    :param numbers: 宛名番号 by name.
    :param homes: 世帯番号 before the case, by name.
    :param codes: 住民票コード before the case, by name; those who have none are missing.
    :param done: address of the page after the final registration of the last change.
    """

    numbers: dict[str, str] = field(default_factory=dict)
    homes: dict[str, str] = field(default_factory=dict)
    codes: dict[str, str] = field(default_factory=dict)
    done: str = ""


def read_cases() -> dict[str, dict[str, Any]]:
    """Every file by its name."""
    return {path.stem: read_case(path) for path in sorted(FOLDER.glob(PATTERN))}


def steps_of(case: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What is done one after the other: ``step``, or the file itself when it is one act."""
    steps: list[dict[str, Any]] = case.get("step") or [
        {name: case[name] for name in ("kind", "input", "screens", "sees_protected", "waits") if name in case}
    ]
    return steps


# ---- before


def settle(session: Session, keyring: Keyring, case: Mapping[str, Any]) -> Town:
    """The households of the case in the register, in a town with masters, neighbours and free codes."""
    make_masters(session)
    make_town(session)
    make_neighbour(session)
    numbering.stock_codes(session, keyring, _CODES, is_test_data=True)
    town = Town()
    households: dict[int, str] = {}
    people = case.get("before", [])
    heads = {
        person.get("household", 1): person.get("name") or person["name_alphabet"]
        for person in people
        if person["relationship"] == "世帯主"
    }
    places: Counter[int] = Counter()
    for person in people:
        home = person.get("household", 1)
        places[home] += 1
        households.setdefault(home, residents.household(session))
        name = person.get("name") or person["name_alphabet"]
        values: dict[str, Any] = {"head_name": heads.get(home), "member_order": places[home]}
        values |= _numbers(keyring, person, name, town)
        values |= _items(person)
        row = residents.resident(session, households[home], **values)
        if person.get("protected"):
            residents.protect(session, row)
        town.numbers[name], town.homes[name] = row.addressee_number, households[home]
    index.refresh(session, town.numbers.values())
    return town


def _items(person: Mapping[str, Any]) -> dict[str, Any]:
    foreign = person.get("resident_kind") == "外国人住民"
    items: dict[str, Any] = {}
    if foreign:
        items |= dict.fromkeys(
            ("name", "name_kana", "registered_domicile", "register_head", "became_resident_on")
        )
    for name, value in person.items():
        if name not in _ABOUT:
            column = COLUMNS.get(name, name)
            items[column] = item_of(column, value)
    if foreign:
        items["birth_date"] = items["birth_date"].in_seireki()
    return items


def _numbers(keyring: Keyring, person: Mapping[str, Any], name: str, town: Town) -> dict[str, Any]:
    items: dict[str, Any] = {}
    for column, context in (("resident_code", RESIDENT_CODE), ("individual_number", INDIVIDUAL_NUMBER)):
        if column in person:
            items[f"{column}_cipher"] = keyring.encrypt(person[column], context=context)
            items[f"{column}_hash"] = keyring.lookup_hash(person[column], context=context)
    if "resident_code" in person:
        town.codes[name] = person["resident_code"]
    return items


def item_of(column: str, value: Any) -> Any:
    """An item of the record as the register holds it: choices by their label, days as they are written."""
    kind = ResidentHistory.__table__.c[column].type
    if not isinstance(value, str):
        return value
    if isinstance(kind, DateValueType):
        return parse_date(value, DateField.BIRTH if column == "birth_date" else DateField.EVENT)
    if isinstance(kind, Date):
        return parse_date(value, DateField.OTHER).exact
    if isinstance(kind, Enum):
        assert kind.enum_class is not None
        members: Any = kind.enum_class
        return next(each for each in members if value in (each.value, each.label))
    return value


# ---- after


def number_of(session: Session, town: Town, name: str) -> str:
    """宛名番号 of somebody of the case; who was not there before is found by the name."""
    if name in town.numbers:
        return town.numbers[name]
    query = select(ResidentHistory.addressee_number).where(
        ResidentHistory.is_latest,
        (ResidentHistory.name == name) | (ResidentHistory.name_alphabet == name),
    )
    number: str = session.scalars(query).one()
    return number


def found(session: Session, keyring: Keyring, town: Town, name: str, wanted: Iterable[str]) -> dict[str, Any]:
    """Of somebody's record what a case speaks of."""
    row = history.latest(session, number_of(session, town, name))
    assert row is not None
    special: dict[str, Callable[[], Any]] = {
        "rows": lambda: row.history_number,
        "remark": lambda: next(iter(_texts(session, row)), ""),
        "remarks": lambda: _texts(session, row),
        "reason": lambda: row.change.reason.label,
        "reasons": lambda: _reasons(session, row),
        "moved_on": lambda: text_of(row.change.moved_on),
        "applied_on": lambda: text_of(row.change.applied_on),
        "noticed_on": lambda: text_of(row.change.noticed_on),
        "processed_on": lambda: text_of(row.change.processed_on),
        "household": lambda: _household(row, town, name),
        "lives_with": lambda: _lives_with(session, row),
        "code": lambda: _code(keyring, row, town, name),
        "number": lambda: _number(keyring, row),
        "messages": lambda: _messages(session, row),
    }
    return {
        item: special[item]() if item in special else text_of(getattr(row, COLUMNS.get(item, item)))
        for item in wanted
    }


def text_of(value: Any) -> Any:
    """A value as an officer writes it; what is blank is an empty text."""
    if value is None:
        return ""
    if isinstance(value, DateValue):
        return value.writing
    if isinstance(value, dt.date):
        return to_wareki(value)
    return getattr(value, "label", value)


def _texts(session: Session, row: ResidentHistory) -> list[str]:
    query = (
        select(IntegratedRemark)
        .where(
            IntegratedRemark.addressee_number == row.addressee_number,
            IntegratedRemark.history_number == row.history_number,
        )
        .order_by(IntegratedRemark.id)
    )
    return [
        remark.text if remark.kind is RemarkKind.HISTORY else f"{remark.kind.label}：{remark.text}"
        for remark in session.scalars(query)
    ]


def _reasons(session: Session, row: ResidentHistory) -> list[str]:
    """Reasons of everything that came after the first record, the oldest first."""
    rows = sorted(history.snapshots_of(session, row.addressee_number), key=lambda each: each.history_number)
    return [each.change.reason.label for each in rows[1:]]


def _household(row: ResidentHistory, town: Town, name: str) -> str:
    if row.household_number == town.homes.get(name):
        return "元の世帯"
    return "ほかの世帯" if row.household_number in town.homes.values() else "新しい世帯"


def _lives_with(session: Session, row: ResidentHistory) -> list[str]:
    members = history.household_members(session, row.household_number)
    return [
        each.name or each.name_alphabet or ""
        for each in sorted(members, key=lambda each: each.member_order)
        if each.addressee_number != row.addressee_number
    ]


def _code(keyring: Keyring, row: ResidentHistory, town: Town, name: str) -> str:
    """The 住民票コード; one out of the stock is drawn by chance, and is told as such."""
    if row.resident_code_cipher is None:
        return ""
    code = keyring.decrypt_text(row.resident_code_cipher, context=RESIDENT_CODE)
    if code == town.codes.get(name):
        return "元のまま"
    return _FREE if code in _CODES else code


def _number(keyring: Keyring, row: ResidentHistory) -> str:
    if row.individual_number_cipher is None:
        return ""
    return keyring.decrypt_text(row.individual_number_cipher, context=INDIVIDUAL_NUMBER)


def _messages(session: Session, row: ResidentHistory) -> list[str]:
    """What has been written to others about the person, the oldest first; what will never go is left out."""
    query = (
        select(OutboxMessage)
        .where(OutboxMessage.subject == row.addressee_number, OutboxMessage.state != "superseded")
        .order_by(OutboxMessage.id)
    )
    return [label_of_kind(message.kind) for message in session.scalars(query)]
