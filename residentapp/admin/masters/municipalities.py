"""Former municipalities, which a 本籍 or a former address may still name (RR-1.3.3a)."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from residentapp.admin.masters.changes import (
    changed,
    fresh_row,
    lock_masters,
    name_problems,
    refuse_if_changed,
)
from residentapp.admin.operations import log_setting
from residentapp.admin.types import EntryRefused, Problem
from residentapp.core.access import Actor, Permission
from residentapp.core.addresses.dictionary import municipality_values
from residentapp.core.addresses.models import Municipality, Prefecture
from residentapp.core.addresses.types import Source
from residentapp.core.check_digits import municipality_check_digit
from residentapp.core.kana import is_katakana_name

_MAX_NAME = 60
_MAX_KANA = 120


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


def municipality_facts(row: Municipality | None) -> dict[str, Any]:
    """Its values under their labels; empty for a new one."""
    if row is None:
        return {}
    return {
        "コード": row.code6,
        "名称": row.name,
        "フリガナ": row.kana,
        "終了日": row.valid_to,
        "引継ぎ先": row.successor_code,
    }


def _is_code(text: str) -> bool:
    return bool(re.fullmatch(r"[0-9]{5,6}", text)) and (
        len(text) == 5 or municipality_check_digit(text[:5]) == text[5]
    )


def _problems(session: Session, entry: FormerMunicipalityEntry, code: str) -> list[Problem]:
    """What is wrong besides the code. :param code: of the municipality itself, five digits."""
    problems = name_problems("name", "市区町村の名称", entry.name, most=_MAX_NAME)
    if not is_katakana_name(entry.kana) or len(entry.kana) > _MAX_KANA:
        problems.append(Problem("kana", "フリガナを全角カタカナで入力してください。"))
    if entry.last is None:
        problems.append(Problem("last_day", "廃止の前日（最後の日）を入力してください。"))
    return problems + _successor_problems(session, entry.successor_code, code)


def _successor_problems(session: Session, successor: str, code: str) -> list[Problem]:
    if successor and (
        not _is_code(successor) or successor[:5] == code or session.get(Municipality, successor[:5]) is None
    ):
        return [Problem("successor_code", "引継ぎ先の市区町村コードがありません。")]
    return []


def register_former_municipality(
    session: Session, actor: Actor, entry: FormerMunicipalityEntry, *, moment: dt.datetime
) -> Municipality:
    """Register a municipality that no longer exists, so that its towns can be written in a 本籍.

    :raises EntryRefused: code, name or kana malformed, known already, no last day, no such successor.
    """
    actor.require(Permission.ADMIN_MASTERS)
    lock_masters(session)
    code = entry.code
    problems = _problems(session, entry, code[:5])
    if not _is_code(code):
        problems.append(
            Problem("code", "市区町村コードを5けた、または検査数字を含む6けたで入力してください。")
        )
    elif session.get(Prefecture, code[:2]) is None:
        problems.append(Problem("code", "はじめの2けたの都道府県が住所辞書にありません。"))
    elif session.get(Municipality, code[:5]) is not None:
        problems.append(Problem("code", "このコードの市区町村は登録されています。"))
    if problems:
        raise EntryRefused(*problems)
    values = municipality_values(code[:5], entry.name, entry.kana, Source.LOCAL)
    row = Municipality(
        **values, valid_from=None, valid_to=entry.last, successor_code=entry.successor_code[:5] or None
    )
    session.add(row)
    session.flush()
    log_setting(session, actor, moment, "旧市区町村の登録", municipality_facts(row))
    return row


def change_former_municipality(
    session: Session,
    actor: Actor,
    code: str,
    entry: FormerMunicipalityEntry,
    *,
    seen: str,
    moment: dt.datetime,
) -> Municipality:
    """Correct a municipality that no longer exists; of one of the postal data, what followed it.

    :raises EntryRefused: none such, one that still exists, malformed, or somebody else was faster.
    """
    actor.require(Permission.ADMIN_MASTERS)
    lock_masters(session)
    row = fresh_row(session, Municipality, code, "この市区町村の登録はありません。一覧を開き直してください。")
    before = municipality_facts(row)
    refuse_if_changed(before, seen)
    if row.valid_to is None:
        raise EntryRefused(Problem("", "今ある市区町村は、郵便番号データの更新で変わります。"))
    if row.source == Source.LOCAL:
        problems = _problems(session, entry, code)
    else:
        problems = _successor_problems(session, entry.successor_code, code)
    if problems:
        raise EntryRefused(*problems)
    if row.source == Source.LOCAL:
        for name, value in municipality_values(code, entry.name, entry.kana, Source.LOCAL).items():
            setattr(row, name, value)
        row.valid_to = entry.last
    row.successor_code = entry.successor_code[:5] or None
    session.flush()
    details = {"コード": row.code6, "変更": changed(before, municipality_facts(row))}
    log_setting(session, actor, moment, "旧市区町村の変更", details)
    return row
