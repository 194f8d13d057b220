"""自団体: the municipality that runs this system, one row."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from residentapp.admin.masters.changes import changed, lock_masters, name_problems, refuse_if_changed
from residentapp.admin.operations import log_setting
from residentapp.admin.types import EntryRefused, Problem
from residentapp.core.access import Actor, Permission
from residentapp.core.check_digits import valid_municipality_code
from residentapp.core.kana import is_katakana_name
from residentapp.core.masters.models import OwnMunicipality

_MAX_NAME = 20
_MAX_KANA = 60
#: More free codes than the largest city has inhabitants.
MAX_LOW_WATER = 9_999_999


@dataclass(frozen=True)
class MunicipalityEntry:
    """The municipality as typed.

    :param code: 全国地方公共団体コード, 6 digits with the check digit.
    :param low_water: below this many free 住民票コード staff are told; None when it was no whole number.
    :param designated: 指定都市 with wards.
    :param own_ward_only: an officer of a ward enters changes of its own residents only.
    """

    code: str
    prefecture: str
    name: str
    kana: str
    low_water: int | None
    designated: bool = False
    own_ward_only: bool = False


def municipality_facts(row: OwnMunicipality | None) -> dict[str, Any]:
    """Its values under their labels; empty before the municipality has been registered."""
    if row is None:
        return {}
    return {
        "団体コード": row.code,
        "都道府県": row.prefecture,
        "市区町村": row.name,
        "フリガナ": row.kana,
        "空きコードの下限": row.resident_code_low_water,
        "指定都市": row.designated,
        "異動の入力を自区の住民に限る": row.own_ward_only,
    }


def _problems(entry: MunicipalityEntry) -> list[Problem]:
    problems = []
    if len(entry.code) != 6 or not valid_municipality_code(entry.code):
        problems.append(
            Problem("code", "団体コードが正しくありません。検査数字を含む半角6けたを確かめてください。")
        )
    prefecture = name_problems("prefecture", "都道府県", entry.prefecture, most=_MAX_NAME)
    if not prefecture and entry.prefecture[-1] not in "都道府県":
        prefecture = [Problem("prefecture", "都道府県は「県」などまで入力してください。")]
    name = name_problems("name", "市区町村", entry.name, most=_MAX_NAME)
    if not name and entry.name[-1] not in "市区町村":
        name = [Problem("name", "市区町村は「市」などまで入力してください。")]
    problems += prefecture + name
    if entry.designated and not name and not entry.name.endswith("市"):
        problems.append(Problem("designated", "指定都市は市だけです。名称か印を直してください。"))
    if entry.own_ward_only and not entry.designated:
        problems.append(
            Problem("own_ward_only", "自区に限るのは指定都市だけです。「指定都市」にも印を付けてください。")
        )
    if not is_katakana_name(entry.kana) or len(entry.kana) > _MAX_KANA:
        problems.append(Problem("kana", "フリガナを全角カタカナで入力してください。"))
    if entry.low_water is None or not 0 <= entry.low_water <= MAX_LOW_WATER:
        problems.append(Problem("low_water", f"下限は0から{MAX_LOW_WATER:,}までの整数で入力してください。"))
    return problems


def save_municipality(
    session: Session, actor: Actor, entry: MunicipalityEntry, *, seen: str, moment: dt.datetime
) -> OwnMunicipality:
    """Register or change the own municipality.

    :param seen: fingerprint of the values that the form was filled from.
    :raises EntryRefused: code against its check digit, a part missing, or somebody else was faster.
    """
    actor.require(Permission.ADMIN_MASTERS)
    lock_masters(session)
    row = session.get(OwnMunicipality, 1, populate_existing=True)
    before = municipality_facts(row)
    refuse_if_changed(before, seen)
    problems = _problems(entry)
    if problems:
        raise EntryRefused(*problems)
    assert entry.low_water is not None
    if row is None:
        row = OwnMunicipality(id=1)
        session.add(row)
    row.code, row.prefecture, row.name, row.kana = entry.code, entry.prefecture, entry.name, entry.kana
    row.resident_code_low_water = entry.low_water
    row.designated, row.own_ward_only = entry.designated, entry.own_ward_only
    session.flush()
    details = {"変更": changed(before, municipality_facts(row))}
    log_setting(session, actor, moment, "自団体の変更" if before else "自団体の登録", details)
    return row
