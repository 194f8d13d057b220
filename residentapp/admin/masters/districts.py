"""地区: kinds of districts, districts, and the towns and lots of each (RR-1.3.5)."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from functools import partial
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
from residentapp.admin.masters.periods import end_period, period_text, take_back
from residentapp.admin.operations import log_setting
from residentapp.admin.types import ENDS_BEFORE_IT_BEGINS, EntryRefused, Problem, Validity
from residentapp.core.access import Actor, Permission
from residentapp.core.addresses.district_models import District, DistrictArea, DistrictKind
from residentapp.core.addresses.districts import run_keys
from residentapp.core.addresses.models import Town
from residentapp.core.addresses.sort_keys import is_lot

_KIND_CODE = re.compile(r"[a-z][a-z0-9_]{1,29}")
_CODE = re.compile(r"[A-Za-z0-9-]{1,20}")
_MAX_NAME = 40
_MAX_LOT = 60


@dataclass(frozen=True)
class DistrictEntry:
    """A district as typed."""

    code: str
    name: str
    validity: Validity


@dataclass(frozen=True)
class AreaEntry:
    """A town, or a run of its lots, as typed; two empty lots mean the whole town."""

    town_code: str
    first_lot: str
    last_lot: str
    validity: Validity


def add_kind(session: Session, actor: Actor, code: str, name: str, *, moment: dt.datetime) -> DistrictKind:
    """Add a kind of districts, at the end of the list.

    :raises EntryRefused: code or name malformed or taken.
    """
    actor.require(Permission.ADMIN_MASTERS)
    lock_masters(session)
    problems = name_problems("name", "名称", name, most=_MAX_NAME)
    if not _KIND_CODE.fullmatch(code) or code == "new":
        problems.append(
            Problem("code", "コードは半角の英小文字で始め、英小文字・数字・_の30文字以内にしてください。")
        )
    elif session.get(DistrictKind, code) is not None:
        problems.append(Problem("code", "このコードは使われています。別のコードにしてください。"))
    if session.scalars(select(DistrictKind).where(DistrictKind.name == name)).first() is not None:
        problems.append(Problem("name", "この名称は使われています。"))
    if problems:
        raise EntryRefused(*problems)
    last = session.scalar(select(func.max(DistrictKind.place))) or 0
    row = DistrictKind(code=code, name=name, place=last + 10)
    session.add(row)
    session.flush()
    log_setting(session, actor, moment, "地区の種類の登録", {"コード": code, "名称": name})
    return row


def district_facts(row: District | None) -> dict[str, Any]:
    """Its values under their labels; empty for a new one."""
    if row is None:
        return {}
    return {
        "種類": row.kind,
        "コード": row.code,
        "名称": row.name,
        "開始日": row.valid_from,
        "終了日": row.valid_to,
    }


def _overlap(first: dt.date, last: dt.date | None, row: District | DistrictArea) -> bool:
    return row.valid_from <= (last or dt.date.max) and first <= (row.valid_to or dt.date.max)


def _district_problems(
    session: Session, kind: str, entry: DistrictEntry, but: District | None
) -> list[Problem]:
    problems = name_problems("name", "名称", entry.name, most=_MAX_NAME)
    if not _CODE.fullmatch(entry.code):
        problems.append(Problem("code", "コードは半角の英数字と-の20文字以内で入力してください。"))
    first, last = entry.validity.first, entry.validity.last
    if first is None:
        return [*problems, Problem("valid_from", "開始日を入力してください。")]
    if not entry.validity.in_order:
        return [*problems, ENDS_BEFORE_IT_BEGINS]
    for row in session.scalars(select(District).where(District.kind == kind, District.code == entry.code)):
        if (but is None or row.id != but.id) and _overlap(first, last, row):
            problems.append(
                Problem(
                    "code",
                    f"このコードは「{row.name}」（{period_text(row.valid_from, row.valid_to)}）が使っています。",
                )
            )
    if but is not None:
        for area in but.areas:
            inside = first <= area.valid_from and (last is None or area.valid_from <= last)
            if not inside:
                period = period_text(area.valid_from, area.valid_to)
                problems.append(
                    Problem("valid_from", f"{to_text(session, area)}の割当て（{period}）が期間の外に出ます。")
                )
    return problems


def save_district(
    session: Session,
    actor: Actor,
    kind: str,
    entry: DistrictEntry,
    *,
    district_id: int | None = None,
    seen: str = "",
    moment: dt.datetime,
) -> District:
    """Register or change a district. With its last day the areas that go on beyond it end too.

    :param seen: of a change: fingerprint of the values that the form was filled from.
    :raises EntryRefused: no such kind, code taken for a day of the period, areas outside of it, somebody else faster.
    """
    actor.require(Permission.ADMIN_MASTERS)
    lock_masters(session)
    if session.get(DistrictKind, kind) is None:
        raise EntryRefused(Problem("", "この種類の地区はありません。一覧を開き直してください。"))
    row = district_of_id(session, district_id) if district_id is not None else None
    before = district_facts(row)
    if row is not None:
        refuse_if_changed(before, seen)
    problems = _district_problems(session, kind, entry, row)
    if problems:
        raise EntryRefused(*problems)
    assert entry.validity.first is not None
    if row is None:
        row = District(kind=kind)
        session.add(row)
    row.code, row.name = entry.code, entry.name
    row.valid_from, row.valid_to = entry.validity.first, entry.validity.last
    ended = []
    for area in row.areas:
        if row.valid_to is not None and (area.valid_to is None or area.valid_to > row.valid_to):
            area.valid_to = row.valid_to
            ended.append(to_text(session, area))
    session.flush()
    details: dict[str, Any] = {"番号": row.id, "変更": changed(before, district_facts(row))}
    if ended:
        details["終えた割当て"] = ended
    log_setting(session, actor, moment, "地区の変更" if before else "地区の登録", details)
    return row


def district_of_id(session: Session, district_id: int) -> District:
    """:raises EntryRefused: when there is none."""
    return fresh_row(session, District, district_id, "この地区の登録はありません。一覧を開き直してください。")


def to_text(session: Session, area: DistrictArea) -> str:
    """Town and lots of an area, in words."""
    town = session.get(Town, area.town_code)
    name = town.name if town is not None else area.town_code
    if not area.first_key:
        return f"{name}（全域）"
    if area.first_lot == area.last_lot:
        return f"{name}{area.first_lot}"
    return f"{name}{area.first_lot}～{area.last_lot}"


def area_facts(session: Session, area: DistrictArea) -> dict[str, Any]:
    """Its values under their labels."""
    return {
        "地区": f"{area.district.code} {area.district.name}",
        "区域": to_text(session, area),
        "開始日": area.valid_from,
        "終了日": area.valid_to,
    }


def _area_problems(session: Session, district: District, entry: AreaEntry) -> list[Problem]:
    problems = []
    if session.get(Town, entry.town_code) is None:
        problems.append(Problem("town_code", "町字を選んでください。"))
    for name, lot in (("first_lot", entry.first_lot), ("last_lot", entry.last_lot)):
        if len(lot) > _MAX_LOT:
            problems.append(Problem(name, f"{_MAX_LOT}文字以内で入力してください。"))
        elif lot and not is_lot(lot):
            problems.append(
                Problem(name, "番地に数字がありません。「1番」「12番地3」のように入力してください。")
            )
    keys = ("", "")
    try:
        keys = run_keys(entry.first_lot, entry.last_lot)
    except ValueError:
        problems.append(Problem("last_lot", "終わりの番地が始めの番地より前です。番地を確かめてください。"))
    first, last = entry.validity.first, entry.validity.last
    if first is None:
        return [*problems, Problem("valid_from", "開始日を入力してください。")]
    if not entry.validity.in_order:
        return [*problems, ENDS_BEFORE_IT_BEGINS]
    outside = first < district.valid_from or (
        district.valid_to is not None and (last is None or last > district.valid_to)
    )
    if outside:
        period = period_text(district.valid_from, district.valid_to)
        problems.append(Problem("valid_from", f"地区の期間（{period}）の中にしてください。"))
    if not problems:
        same = select(DistrictArea).where(
            DistrictArea.kind == district.kind, DistrictArea.town_code == entry.town_code
        )
        for row in session.scalars(same):
            whole = bool(keys[0]), bool(row.first_key)
            meets = whole == (False, False) or (
                whole == (True, True) and row.first_key <= keys[1] and keys[0] <= row.last_key
            )
            if meets and _overlap(first, last, row):
                problems.append(
                    Problem(
                        "town_code",
                        f"{to_text(session, row)}は「{row.district.name}」に割り当てられています"
                        f"（{period_text(row.valid_from, row.valid_to)}）。先にその割当てを終えてください。",
                    )
                )
    return problems


def add_area(
    session: Session, actor: Actor, district_id: int, entry: AreaEntry, *, moment: dt.datetime
) -> DistrictArea:
    """Assign a town, or a run of its lots, to a district. Lots of one kind never lie in two districts at a time.

    A whole town and runs of it may stand side by side: the run goes before.

    :raises EntryRefused: no such town, a run that ends before it begins, outside the district's period, or assigned.
    """
    actor.require(Permission.ADMIN_MASTERS)
    lock_masters(session)
    district = district_of_id(session, district_id)
    problems = _area_problems(session, district, entry)
    if problems:
        raise EntryRefused(*problems)
    assert entry.validity.first is not None
    first_lot, last_lot = entry.first_lot or entry.last_lot, entry.last_lot or entry.first_lot
    first_key, last_key = run_keys(first_lot, last_lot)
    row = DistrictArea(
        district=district,
        kind=district.kind,
        town_code=entry.town_code,
        first_lot=first_lot,
        last_lot=last_lot,
        first_key=first_key,
        last_key=last_key,
        valid_from=entry.validity.first,
        valid_to=entry.validity.last,
    )
    session.add(row)
    session.flush()
    details = {"番号": row.id, "変更": changed({}, area_facts(session, row))}
    log_setting(session, actor, moment, "地区の割当ての登録", details)
    return row


def _area(session: Session, area_id: int, seen: str) -> DistrictArea:
    row = fresh_row(
        session, DistrictArea, area_id, "この割当ての登録はありません。地区を開き直してください。"
    )
    refuse_if_changed(area_facts(session, row), seen)
    return row


def end_area(
    session: Session, actor: Actor, area_id: int, last: dt.date | None, *, seen: str, moment: dt.datetime
) -> DistrictArea:
    """Let an area leave its district after a last day.

    :raises EntryRefused: no day, one before the beginning or after the end already registered.
    """
    actor.require(Permission.ADMIN_MASTERS)
    lock_masters(session)
    row = _area(session, area_id, seen)
    facts = partial(area_facts, session)
    end_period(session, actor, row, last, facts, named=("区域",), action="地区の割当ての終了", moment=moment)
    return row


def drop_area(
    session: Session, actor: Actor, area_id: int, *, seen: str, today: dt.date, moment: dt.datetime
) -> int:
    """Take back an assignment that has not begun; returns the district's id.

    :raises EntryRefused: it has begun.
    """
    actor.require(Permission.ADMIN_MASTERS)
    lock_masters(session)
    row = _area(session, area_id, seen)
    if row.valid_from <= today:
        raise EntryRefused(Problem("", "始まっているため取り消せません。終了日を入力してください。"))
    district_id, facts = row.district_id, area_facts(session, row)
    take_back(session, actor, row, facts, action="地区の割当ての予定の取消し", moment=moment)
    return district_id
