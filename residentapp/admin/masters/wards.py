"""区: the wards of a 指定都市, kept by code with their period (地方自治法 第252条の20, RR-1.3.1)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from residentapp.admin.masters.changes import (
    changed,
    fresh_row,
    lock_masters,
    name_problems,
    refuse_if_changed,
)
from residentapp.admin.masters.periods import period_text
from residentapp.admin.operations import log_setting
from residentapp.admin.types import ENDS_BEFORE_IT_BEGINS, EntryRefused, Problem, Validity
from residentapp.core.access import Actor, Permission
from residentapp.core.addresses.models import Town
from residentapp.core.addresses.queries import in_force
from residentapp.core.check_digits import valid_municipality_code
from residentapp.core.kana import is_katakana_name
from residentapp.core.masters.models import CityWard
from residentapp.core.masters.queries import own_municipality
from residentapp.core.wards import WardKind

_MAX_NAME = 20
_MAX_KANA = 60


@dataclass(frozen=True)
class WardEntry:
    """A ward as typed.

    :param code: 全国地方公共団体コード, 6 digits with the check digit.
    :param name: without the city.
    :param validity: first and last day; the first is needed.
    """

    code: str
    name: str
    kana: str
    kind: WardKind
    validity: Validity


def ward_facts(row: CityWard | None) -> dict[str, Any]:
    """Its values under their labels; empty for a new one."""
    if row is None:
        return {}
    return {
        "団体コード": row.code,
        "名称": row.name,
        "フリガナ": row.kana,
        "区分": row.kind.label,
        "開始日": row.valid_from,
        "終了日": row.valid_to,
    }


def wards_with_towns(session: Session, day: dt.date) -> list[tuple[CityWard, int]]:
    """All wards by code, and how many towns of each the address dictionary has on a day."""
    head = Town.municipality_code
    counts = {
        code: number
        for code, number in session.execute(
            select(head, func.count()).where(in_force(Town, day)).group_by(head)
        )
    }
    rows = session.scalars(select(CityWard).order_by(CityWard.code))
    return [(row, counts.get(row.code[:5], 0)) for row in rows]


def ward_problems(session: Session, code: str | None, field: str = "ward_code") -> list[Problem]:
    """What is wrong with a ward chosen for a place, a certifier or a seal; none chosen is allowed."""
    if code and session.get(CityWard, code) is None:
        return [Problem(field, "区を一覧から選んでください。")]
    return []


def _problems(session: Session, entry: WardEntry, row: CityWard | None) -> list[Problem]:
    own = own_municipality(session)
    problems = []
    if len(entry.code) != 6 or not valid_municipality_code(entry.code):
        problems.append(
            Problem("code", "団体コードが正しくありません。検査数字を含む半角6けたを確かめてください。")
        )
    elif entry.code[:2] != own.code[:2] or entry.code == own.code:
        problems.append(Problem("code", f"{own.name}の区の団体コードではありません。確かめてください。"))
    elif row is None and session.get(CityWard, entry.code) is not None:
        problems.append(Problem("code", "この区は登録されています。一覧から選んで変更してください。"))
    name = name_problems("name", "名称", entry.name, most=_MAX_NAME)
    if not name and (not entry.name.endswith("区") or entry.name.startswith(own.name)):
        name = [Problem("name", "名称は市の名を付けずに「区」まで入力してください。例：北区")]
    problems += name
    if not is_katakana_name(entry.kana) or len(entry.kana) > _MAX_KANA:
        problems.append(Problem("kana", "フリガナを全角カタカナで入力してください。"))
    if entry.validity.first is None:
        problems.append(Problem("valid_from", "開始日を入力してください。"))
    elif not entry.validity.in_order:
        problems.append(ENDS_BEFORE_IT_BEGINS)
    elif (other := _same_name(session, entry)) is not None:
        period = period_text(other.valid_from, other.valid_to)
        problems.append(
            Problem(
                "name",
                f"「{other.name}」は{other.code}で登録されています（{period}）。期間を直してください。",
            )
        )
    return problems


def _same_name(session: Session, entry: WardEntry) -> CityWard | None:
    """Another ward that bears the same name on one of its days."""
    first, last = entry.validity.first or dt.date.min, entry.validity.last or dt.date.max
    query = select(CityWard).where(CityWard.name == entry.name, CityWard.code != entry.code)
    for row in session.scalars(query):
        if row.valid_from <= last and first <= (row.valid_to or dt.date.max):
            return row
    return None


def save_ward(
    session: Session,
    actor: Actor,
    entry: WardEntry,
    *,
    code: str | None = None,
    seen: str = "",
    moment: dt.datetime,
) -> CityWard:
    """Register or change a ward. It ends with its last day and is never deleted: records name it.

    :param code: of a change: the ward's code, which does not change.
    :param seen: of a change: fingerprint of the values that the form was filled from.
    :raises EntryRefused: code against its check digit, of another prefecture or taken; a name that another ward has at
        the same time; period not in order; somebody else was faster.
    """
    actor.require(Permission.ADMIN_MASTERS)
    lock_masters(session)
    row = None
    if code is not None:
        row = fresh_row(session, CityWard, code, "この区の登録はありません。一覧を開き直してください。")
        refuse_if_changed(ward_facts(row), seen)
    problems = _problems(session, entry, row)
    if problems:
        raise EntryRefused(*problems)
    assert entry.validity.first is not None
    before = ward_facts(row)
    if row is None:
        row = CityWard(code=entry.code)
    row.name, row.kana, row.kind = entry.name, entry.kana, entry.kind
    row.valid_from, row.valid_to = entry.validity.first, entry.validity.last
    session.add(row)
    session.flush()
    details = {"団体コード": row.code, "変更": changed(before, ward_facts(row))}
    log_setting(session, actor, moment, "区の変更" if before else "区の登録", details)
    return row
