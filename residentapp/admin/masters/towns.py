"""町字: what staff register besides the postal data, and what they correct of them (RR-1.3.3a)."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
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
from residentapp.core.addresses.models import Municipality, PostalCode, Town
from residentapp.core.addresses.operations import is_building_kana
from residentapp.core.addresses.town_data import TownNumbering
from residentapp.core.addresses.types import Source
from residentapp.core.search_keys import search_key

_MAX_NAME = 60
_MAX_KANA = 120
_POSTAL_CODE = re.compile(r"[0-9]{7}")


@dataclass(frozen=True)
class TownEntry:
    """A town as typed.

    :param postal_codes: 郵便番号, seven digits each; none or several.
    :param oaza_code: 住所コード of the 大字 that a 丁目 or 小字 belongs to; empty for a 大字 itself.
    :param successor_code: 住所コード of what followed it; empty for none.
    """

    name: str
    kana: str
    postal_codes: tuple[str, ...]
    validity: Validity
    oaza_code: str = ""
    successor_code: str = ""


def postal_codes_of(session: Session, town_code: str) -> list[str]:
    """郵便番号 of a town, each once: the data name a code again with each of its notes."""
    query = select(PostalCode.code).where(PostalCode.town_code == town_code).order_by(PostalCode.code)
    return list(dict.fromkeys(session.scalars(query)))


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
    if not all(_POSTAL_CODE.fullmatch(code) for code in entry.postal_codes):
        problems.append(
            Problem(
                "postal_code", "郵便番号を7けたの数字で入力してください。いくつかあるときは読点で区切ります。"
            )
        )
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
        other = _standing(session, municipality, entry.name, entry.kana)
        if other is not None and other.code != but:
            problems.append(Problem("name", f"この町字は登録されています（住所コード {other.code}）。"))
    return problems


def _standing(session: Session, municipality: str, name: str, kana: str) -> Town | None:
    """The town of that name and kana that has no last day; there can be one."""
    same = select(Town).where(
        Town.municipality_code == municipality, Town.name == name, Town.kana == kana, Town.valid_to.is_(None)
    )
    return session.scalars(same).first()


def _put_postal_codes(session: Session, town: Town, codes: Sequence[str]) -> bool:
    """Give a town these postal codes; those that stay keep what the data note of them.

    :returns: whether anything changed. Postal codes say nothing about the past and are replaced.
    """
    before, wanted = set(postal_codes_of(session, town.code)), set(codes)
    if before == wanted:
        return False
    gone = PostalCode.code.in_(before - wanted)
    session.execute(delete(PostalCode).where(PostalCode.town_code == town.code, gone))
    for code in sorted(wanted - before):
        session.add(
            PostalCode(
                code=code,
                municipality_code=town.municipality_code,
                town_code=town.code,
                note="",
                source=Source.LOCAL.value,
            )
        )
    session.flush()
    return True


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
    _put_postal_codes(session, row, entry.postal_codes)
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
    """Correct or end a town. One of the postal data stays from then on as it was corrected, whatever the data say.

    :raises EntryRefused: no such town, malformed, or somebody else was faster.
    """
    actor.require(Permission.ADMIN_MASTERS)
    lock_masters(session)
    row = fresh_row(session, Town, code, "この町字の登録はありません。一覧を開き直してください。")
    before = town_facts(session, row)
    refuse_if_changed(before, seen)
    problems = _town_problems(session, row.municipality_code, entry, code)
    if problems:
        raise EntryRefused(*problems)
    known_as = row.name, row.kana
    written = (row.name, row.kana, row.valid_from, row.valid_to)
    if row.oaza_name == row.name:
        row.oaza_name = entry.name
    _fill(row, entry)
    of_data = row.source != Source.LOCAL
    if of_data and row.data_name is None and written != (row.name, row.kana, row.valid_from, row.valid_to):
        row.data_name, row.data_kana = known_as
    session.flush()
    if _put_postal_codes(session, row, entry.postal_codes) and of_data:
        row.own_postal_codes = True
    session.flush()
    details = {"住所コード": code, "変更": changed(before, town_facts(session, row))}
    log_setting(session, actor, moment, "町字の変更", details)
    return row


def leave_to_data(session: Session, actor: Actor, code: str, *, seen: str, moment: dt.datetime) -> Town:
    """Take back what staff corrected of a town of the postal data: it is the data's again.

    Name, kana and period at once; postal codes with the next refresh.

    :raises EntryRefused: no such town, nothing was corrected, the data's name is taken, or somebody else was faster.
    """
    actor.require(Permission.ADMIN_MASTERS)
    lock_masters(session)
    row = fresh_row(session, Town, code, "この町字の登録はありません。一覧を開き直してください。")
    before = town_facts(session, row)
    refuse_if_changed(before, seen)
    if row.data_name is None and not row.own_postal_codes:
        raise EntryRefused(Problem("", "この町字に、職員が直したところはありません。"))
    if row.data_name is not None:
        name, kana = row.data_name, row.data_kana or row.kana
        other = _standing(session, row.municipality_code, name, kana)
        if other is not None and other.code != code:
            raise EntryRefused(Problem("", f"データと同じ名前の町字があります（住所コード {other.code}）。"))
        if row.oaza_name == row.name:
            row.oaza_name = name
        row.name, row.kana, row.kana_key = name, kana, search_key(kana)
        row.valid_to, row.data_name, row.data_kana = None, None, None
    row.own_postal_codes = False
    session.flush()
    details = {"住所コード": code, "変更": changed(before, town_facts(session, row))}
    log_setting(session, actor, moment, "町字をデータに戻す", details)
    return row
