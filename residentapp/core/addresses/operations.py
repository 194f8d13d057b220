"""Upkeep of the 方書 master by staff (RR-1.3.4): register, correct, end. Each is written to the settings log."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from residentapp.core.access.actor import Actor
from residentapp.core.access.permissions import Permission
from residentapp.core.addresses.models import Building, Town
from residentapp.core.addresses.sort_keys import is_lot, lot_key
from residentapp.core.audit import Log, record
from residentapp.core.kana import is_katakana_name
from residentapp.core.violations import Level, Violation


@dataclass(frozen=True)
class BuildingCommand:
    """What a clerk enters for one 方書."""

    town_code: str
    lot: str
    name: str
    kana: str
    valid_from: dt.date


class BuildingRefused(Exception):
    """The entry cannot be taken.

    :param violations: what is wrong.
    """

    def __init__(self, violations: list[Violation]) -> None:
        super().__init__("方書を登録できません。")
        self.violations = violations


def _error(code: str, field: str, message: str, remedy: str) -> Violation:
    return Violation(Level.ERROR, code, message, field=field, basis="RR-1.3.4", remedy=remedy)


_NUMBERED = re.compile("[0-9０-９A-Za-zＡ-Ｚａ-ｚ]")


def is_building_kana(kana: str) -> bool:
    """Whether a text can be the フリガナ of a building: katakana, and the digits and letters of its name."""
    letters = _NUMBERED.sub("", kana)
    return not letters.strip() or is_katakana_name(letters)


def check_building(command: BuildingCommand, *, town_exists: bool, taken: bool) -> list[Violation]:
    """What bars an entry of the 方書 master.

    :param town_exists: the 住所コード is in the dictionary.
    :param taken: the same name is registered at the same address and has not ended.
    """
    found = []
    if not town_exists:
        found.append(_error("AD-E001", "town_code", "町字がありません。", "町字を一覧から選んでください。"))
    if not is_lot(command.lot):
        found.append(
            _error("AD-E002", "lot", "番地・号に数字がありません。", "「2番10号」のように入力してください。")
        )
    if not command.name.strip():
        found.append(_error("AD-E003", "name", "方書が空欄です。", "建物の名前を入力してください。"))
    if not is_building_kana(command.kana):
        found.append(
            _error("AD-E004", "kana", "フリガナに片仮名でない文字があります。", "片仮名で入力してください。")
        )
    if taken:
        found.append(
            _error(
                "AD-E005",
                "name",
                "同じ方書がこの住所に登録されています。",
                "登録されている方書を使ってください。",
            )
        )
    return found


def _facts(session: Session, command: BuildingCommand, *, besides: int | None) -> tuple[bool, bool]:
    town_exists = session.get(Town, command.town_code) is not None
    query = select(Building.id).where(
        Building.town_code == command.town_code,
        Building.lot_key == lot_key(command.lot).encoded,
        Building.name == command.name.strip(),
        Building.valid_to.is_(None),
    )
    if besides is not None:
        query = query.where(Building.id != besides)
    return town_exists, session.scalars(query).first() is not None


def _values(command: BuildingCommand) -> dict[str, str]:
    return {
        "town_code": command.town_code,
        "lot": command.lot.strip(),
        "lot_key": lot_key(command.lot).encoded,
        "name": command.name.strip(),
        "kana": command.kana.strip(),
    }


def register_building(
    session: Session, actor: Actor, command: BuildingCommand, *, moment: dt.datetime
) -> Building:
    """Add a 方書.

    :raises BuildingRefused: with what is wrong.
    :raises PermissionDenied: without the right to keep masters.
    """
    actor.require(Permission.ADMIN_MASTERS)
    town_exists, taken = _facts(session, command, besides=None)
    if violations := check_building(command, town_exists=town_exists, taken=taken):
        raise BuildingRefused(violations)
    building = Building(**_values(command), valid_from=command.valid_from, valid_to=None)
    session.add(building)
    session.flush()
    record(
        session, actor, moment=moment, log=Log.SETTING, action="方書の登録",
        details={"id": building.id, **_values(command)},
    )  # fmt: skip
    return building


def correct_building(
    session: Session, actor: Actor, building: Building, command: BuildingCommand, *, moment: dt.datetime
) -> None:
    """Correct a 方書 in place; addresses already recorded keep their writing.

    :raises BuildingRefused: with what is wrong.
    :raises PermissionDenied: without the right to keep masters.
    """
    actor.require(Permission.ADMIN_MASTERS)
    town_exists, taken = _facts(session, command, besides=building.id)
    violations = check_building(command, town_exists=town_exists, taken=taken)
    if building.valid_to is not None and command.valid_from > building.valid_to:
        violations.append(
            _error(
                "AD-E006", "valid_from", "使い始めた日が終わりの日より後です。", "日付を確かめてください。"
            )
        )
    if violations:
        raise BuildingRefused(violations)
    changed: dict[str, list[str]] = {}
    for name, value in {**_values(command), "valid_from": command.valid_from}.items():
        before = getattr(building, name)
        if before != value:
            changed[name] = [str(before), str(value)]
            setattr(building, name, value)
    session.flush()
    record(
        session, actor, moment=moment, log=Log.SETTING, action="方書の修正",
        details={"id": building.id, "changed": changed},
    )  # fmt: skip


def end_building(
    session: Session, actor: Actor, building: Building, *, last_day: dt.date, moment: dt.datetime
) -> None:
    """End a 方書: from the day after, it is no longer offered. It is never deleted.

    :raises BuildingRefused: when the last day lies before the first.
    :raises PermissionDenied: without the right to keep masters.
    """
    actor.require(Permission.ADMIN_MASTERS)
    if last_day < building.valid_from:
        raise BuildingRefused(
            [
                _error(
                    "AD-E006", "last_day", "終わりの日が使い始めた日より前です。", "日付を確かめてください。"
                )
            ]
        )
    building.valid_to = last_day
    session.flush()
    record(
        session, actor, moment=moment, log=Log.SETTING, action="方書の終了",
        details={"id": building.id, "last_day": last_day.isoformat()},
    )  # fmt: skip
