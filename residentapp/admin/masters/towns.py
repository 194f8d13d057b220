"""町字 and former municipalities: what staff register besides the postal data (RR-1.3.3a)."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from residentapp.admin.masters.changes import (
    changed,
    fresh_row,
    lock_masters,
    name_problems,
    refuse_if_changed,
)
from residentapp.admin.operations import log_setting
from residentapp.admin.types import ENDS_BEFORE_IT_BEGINS, EntryRefused, Problem, Validity
from residentapp.core.access import Actor, Permission
from residentapp.core.addresses.dictionary import TownNumbering, municipality_values
from residentapp.core.addresses.models import Municipality, PostalCode, Prefecture, Town
from residentapp.core.addresses.operations import is_building_kana
from residentapp.core.addresses.types import Source
from residentapp.core.check_digits import municipality_check_digit
from residentapp.core.kana import is_katakana_name
from residentapp.core.search_keys import search_key

_MAX_NAME = 60
_MAX_KANA = 120
_POSTAL_CODE = re.compile(r"[0-9]{7}")


@dataclass(frozen=True)
class TownEntry:
    """A town as typed.

    :param oaza_code: 住所コード of the 大字 that a 丁目 or 小字 belongs to; empty for a 大字 itself.
    :param successor_code: 住所コード of what followed it; empty for none.
    """

    name: str
    kana: str
    postal_code: str
    validity: Validity
    oaza_code: str = ""
    successor_code: str = ""


@dataclass(frozen=True)
class FormerMunicipalityEntry:
    """A municipality that no longer exists, as typed, to be written in 本籍 and former addresses.

    :param code: JIS X 0402, 5 digits, or 6 with the check digit.
    """

    code: str
    name: str
    kana: str
    last: dt.date | None
    successor_code: str = ""


def postal_codes_of(session: Session, town_code: str) -> list[str]:
    """郵便番号 of a town."""
    query = select(PostalCode.code).where(PostalCode.town_code == town_code).order_by(PostalCode.code)
    return list(session.scalars(query))


def town_facts(session: Session, row: Town | None) -> dict[str, Any]:
    """Its values under their labels; empty for a new one."""
    if row is None:
        return {}
    return {
        "住所コード": row.code,
        "町字": row.name,
        "フリガナ": row.kana,
        "郵便番号": "、".join(postal_codes_of(session, row.code)),
        "開始日": row.valid_from,
        "終了日": row.valid_to,
        "引継ぎ先": row.successor_code,
    }


def _town_problems(session: Session, municipality: str, entry: TownEntry, but: str) -> list[Problem]:
    problems = name_problems("name", "町字の名称", entry.name, most=_MAX_NAME)
    if not entry.kana or not is_building_kana(entry.kana) or len(entry.kana) > _MAX_KANA:
        problems.append(Problem("kana", "フリガナを全角カタカナと数字で入力してください。"))
    if entry.postal_code and not _POSTAL_CODE.fullmatch(entry.postal_code):
        problems.append(Problem("postal_code", "郵便番号を7けたの数字で入力してください。"))
    if not entry.validity.in_order:
        problems.append(ENDS_BEFORE_IT_BEGINS)
    if entry.oaza_code:
        oaza = session.get(Town, entry.oaza_code)
        if oaza is None or oaza.municipality_code != municipality or oaza.koaza_code != "000":
            problems.append(Problem("oaza_code", "同じ市区町村の大字を選んでください。"))
    if entry.successor_code and (
        entry.successor_code == but or session.get(Town, entry.successor_code) is None
    ):
        problems.append(
            Problem(
                "successor_code", "引継ぎ先の住所コード（11けた）がありません。町字の一覧で確かめてください。"
            )
        )
    if entry.validity.last is None:
        same = select(Town).where(
            Town.municipality_code == municipality,
            Town.name == entry.name,
            Town.kana == entry.kana,
            Town.valid_to.is_(None),
        )
        other = session.scalars(same).first()
        if other is not None and other.code != but:
            problems.append(Problem("name", f"この町字は登録されています（住所コード {other.code}）。"))
    return problems


def _put_postal_code(session: Session, town: Town, code: str) -> None:
    """Postal codes say nothing about the past and are replaced."""
    if postal_codes_of(session, town.code) == ([code] if code else []):
        return
    session.execute(delete(PostalCode).where(PostalCode.town_code == town.code))
    if code:
        session.add(
            PostalCode(
                code=code,
                municipality_code=town.municipality_code,
                town_code=town.code,
                note="",
                source=Source.LOCAL.value,
            )
        )


def register_town(
    session: Session, actor: Actor, municipality_code: str, entry: TownEntry, *, moment: dt.datetime
) -> Town:
    """Register a town, or an old name with its last day. Its 住所コード is the next free one, and stays for good.

    :raises EntryRefused: no such municipality, name or kana malformed, registered already.
    """
    actor.require(Permission.ADMIN_MASTERS)
    lock_masters(session)
    if session.get(Municipality, municipality_code) is None:
        raise EntryRefused(Problem("", "この市区町村は住所辞書にありません。一覧を開き直してください。"))
    problems = _town_problems(session, municipality_code, entry, "")
    if problems:
        raise EntryRefused(*problems)
    used = session.scalars(select(Town.code).where(Town.municipality_code == municipality_code))
    numbering = TownNumbering(used)
    try:
        code = numbering.koaza(entry.oaza_code, 1) if entry.oaza_code else numbering.oaza(municipality_code)
    except ValueError:
        raise EntryRefused(Problem("", "この市区町村には、空いている住所コードがありません。")) from None
    oaza = session.get_one(Town, entry.oaza_code).oaza_name if entry.oaza_code else entry.name
    row = Town(code=code, municipality_code=municipality_code, oaza_name=oaza, source=Source.LOCAL.value)
    _fill(row, entry)
    session.add(row)
    session.flush()
    _put_postal_code(session, row, entry.postal_code)
    session.flush()
    details = {"変更": changed({}, town_facts(session, row))}
    log_setting(session, actor, moment, "町字の登録", details)
    return row


def _fill(row: Town, entry: TownEntry) -> None:
    row.name, row.kana, row.kana_key = entry.name, entry.kana, search_key(entry.kana)
    row.valid_from, row.valid_to = entry.validity.first, entry.validity.last
    row.successor_code = entry.successor_code or None


def change_town(
    session: Session, actor: Actor, code: str, entry: TownEntry, *, seen: str, moment: dt.datetime
) -> Town:
    """Correct or end a town that staff registered. Towns of the postal data change with the data only.

    :raises EntryRefused: no such town, one of the postal data, malformed, or somebody else was faster.
    """
    actor.require(Permission.ADMIN_MASTERS)
    lock_masters(session)
    row = fresh_row(session, Town, code, "この町字の登録はありません。一覧を開き直してください。")
    before = town_facts(session, row)
    refuse_if_changed(before, seen)
    if row.source != Source.LOCAL:
        raise EntryRefused(
            Problem("", "郵便番号データの町字です。データの更新（毎月）で変わるため、ここでは直せません。")
        )
    problems = _town_problems(session, row.municipality_code, entry, code)
    if problems:
        raise EntryRefused(*problems)
    if row.oaza_name == row.name:
        row.oaza_name = entry.name
    _fill(row, entry)
    session.flush()
    _put_postal_code(session, row, entry.postal_code)
    session.flush()
    details = {"住所コード": code, "変更": changed(before, town_facts(session, row))}
    log_setting(session, actor, moment, "町字の変更", details)
    return row


def register_former_municipality(
    session: Session, actor: Actor, entry: FormerMunicipalityEntry, *, moment: dt.datetime
) -> Municipality:
    """Register a municipality that no longer exists, so that its towns can be written in a 本籍.

    :raises EntryRefused: code, name or kana malformed, known already, no last day, no such successor.
    """
    actor.require(Permission.ADMIN_MASTERS)
    lock_masters(session)
    problems = name_problems("name", "市区町村の名称", entry.name, most=_MAX_NAME)
    if not is_katakana_name(entry.kana) or len(entry.kana) > _MAX_KANA:
        problems.append(Problem("kana", "フリガナを全角カタカナで入力してください。"))
    code = entry.code
    if not re.fullmatch(r"[0-9]{5,6}", code) or (
        len(code) == 6 and municipality_check_digit(code[:5]) != code[5]
    ):
        problems.append(
            Problem("code", "市区町村コードを5けた、または検査数字を含む6けたで入力してください。")
        )
    elif session.get(Prefecture, code[:2]) is None:
        problems.append(Problem("code", "はじめの2けたの都道府県が住所辞書にありません。"))
    elif session.get(Municipality, code[:5]) is not None:
        problems.append(Problem("code", "このコードの市区町村は登録されています。"))
    if entry.last is None:
        problems.append(Problem("last_day", "廃止の前日（最後の日）を入力してください。"))
    if entry.successor_code and session.get(Municipality, entry.successor_code[:5]) is None:
        problems.append(Problem("successor_code", "引継ぎ先の市区町村コードがありません。"))
    if problems:
        raise EntryRefused(*problems)
    values = municipality_values(code[:5], entry.name, entry.kana, Source.LOCAL)
    row = Municipality(
        **values, valid_from=None, valid_to=entry.last, successor_code=entry.successor_code[:5] or None
    )
    session.add(row)
    session.flush()
    details = {
        "コード": row.code6,
        "名称": row.name,
        "フリガナ": row.kana,
        "終了日": row.valid_to,
        "引継ぎ先": row.successor_code,
    }
    log_setting(session, actor, moment, "旧市区町村の登録", details)
    return row
