"""地番・住居番号 of a town, one or a run at a time, and what became which by 住居表示 or 区画整理 (RR-1.3.2)."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from residentapp.admin.masters.changes import changed, fresh_row, lock_masters, refuse_if_changed
from residentapp.admin.operations import log_setting
from residentapp.admin.types import ENDS_BEFORE_IT_BEGINS, EntryRefused, Problem, Validity
from residentapp.core.access import Actor, Permission
from residentapp.core.addresses.district_models import Renumbering, RenumberingKind
from residentapp.core.addresses.models import Lot, Town
from residentapp.core.addresses.sort_keys import lot_key
from residentapp.core.addresses.types import LotKind, Source
from residentapp.core.characters import find_faults

_MAX_WRITING = 60
#: Most lots that one entry makes: a slip of the finger must not fill the table.
LARGEST_RUN = 1_000
_LAST_NUMBER = re.compile(r"^(.*?)([0-9]+)([^0-9]*)$")
_DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class LotEntry:
    """A lot, or a run of lots, as typed.

    :param last: last lot of a run, like the first but for its last number; empty for one lot.
    """

    kind: LotKind
    writing: str
    validity: Validity
    last: str = ""


@dataclass(frozen=True)
class RenumberingEntry:
    """An address before and after, as typed; both lots empty mean the whole town."""

    kind: RenumberingKind
    effective_on: dt.date | None
    old_lot: str
    new_town_code: str
    new_lot: str
    note: str = ""


def run_of(first: str, last: str) -> list[str]:
    """「1番1号」 to 「1番14号」: both alike but for the last number (half-width digits).

    :raises ValueError: when they differ in more, run backwards, or are more than ``LARGEST_RUN``.
    """
    if not last:
        return [first]
    begin, end = _LAST_NUMBER.match(first), _LAST_NUMBER.match(last)
    if begin is None or end is None or (begin[1], begin[3]) != (end[1], end[3]):
        raise ValueError(
            "始めと終わりは、最後の数字だけが違うように入力してください（例：1番1号～1番14号）。"
        )
    numbers = range(int(begin[2]), int(end[2]) + 1)
    if not numbers:
        raise ValueError("終わりの番号が始めの番号より小さいです。番号を確かめてください。")
    if len(numbers) > LARGEST_RUN:
        raise ValueError(f"一度に登録できるのは{LARGEST_RUN:,}件までです。分けて登録してください。")
    return [f"{begin[1]}{number}{begin[3]}" for number in numbers]


def lot_facts(row: Lot) -> dict[str, Any]:
    """Its values under their labels."""
    return {
        "住所コード": row.town_code,
        "種類": LotKind(row.kind).label,
        "番地": row.writing,
        "開始日": row.valid_from,
        "終了日": row.valid_to,
    }


def _writing_problems(field: str, kind: LotKind, writing: str) -> list[Problem]:
    problems = []
    if not writing:
        problems.append(Problem(field, "番地を入力してください。"))
    elif len(writing) > _MAX_WRITING:
        problems.append(Problem(field, f"{_MAX_WRITING}文字以内で入力してください。"))
    elif kind is not LotKind.SPECIAL and not lot_key(writing).numbers:
        problems.append(
            Problem(field, "番地に数字がありません。無番地などは、種類を「特殊な地番」にしてください。")
        )
    problems += [
        Problem(field, f"{finding.position}文字目：{finding.fault.label}") for finding in find_faults(writing)
    ]
    return problems


def _overlapping(
    session: Session, town_code: str, keys: set[str], validity: Validity, but: int | None
) -> list[Lot]:
    first, last = validity.first or dt.date.min, validity.last or dt.date.max
    rows = session.scalars(select(Lot).where(Lot.town_code == town_code).order_by(Lot.sort_key, Lot.id))
    return [
        row
        for row in rows
        if row.id != but
        and _key_of(row.writing) in keys
        and row.valid_from <= last
        and first <= (row.valid_to or dt.date.max)
    ]


def _key_of(writing: str) -> str:
    """What makes two writings one lot: its numbers; for a lot without numbers the writing itself."""
    key = lot_key(writing)
    return key.encoded if key.numbers else writing


def _lot_problems(
    session: Session, town_code: str, entry: LotEntry, but: int | None = None
) -> tuple[list[str], list[Problem]]:
    problems = _writing_problems("writing", entry.kind, entry.writing)
    writings: list[str] = []
    try:
        writings = run_of(entry.writing, entry.last)
    except ValueError as error:
        problems.append(Problem("last", str(error)))
    if entry.validity.first is None:
        problems.append(Problem("valid_from", "開始日を入力してください。"))
    elif not entry.validity.in_order:
        problems.append(ENDS_BEFORE_IT_BEGINS)
    if not problems:
        keys = {_key_of(writing) for writing in writings}
        taken = _overlapping(session, town_code, keys, entry.validity, but)
        if taken:
            named = "、".join(row.writing for row in taken[:5])
            more = f"ほか{len(taken) - 5:,}件" if len(taken) > 5 else ""
            problems.append(
                Problem("writing", f"同じ番地が、重なる期間に登録されています（{named}{more}）。")
            )
    return writings, problems


def register_lots(
    session: Session, actor: Actor, town_code: str, entry: LotEntry, *, moment: dt.datetime
) -> list[Lot]:
    """Register a lot or a run of lots that an address of a town may use, with their numeric keys.

    :raises EntryRefused: no such town, malformed, or registered already for a day of the period.
    """
    actor.require(Permission.ADMIN_MASTERS)
    lock_masters(session)
    if session.get(Town, town_code) is None:
        raise EntryRefused(Problem("", "この町字はありません。一覧を開き直してください。"))
    writings, problems = _lot_problems(session, town_code, entry)
    if problems:
        raise EntryRefused(*problems)
    assert entry.validity.first is not None
    rows = [
        Lot(
            town_code=town_code,
            kind=entry.kind.value,
            writing=writing,
            sort_key=lot_key(writing).encoded,
            valid_from=entry.validity.first,
            valid_to=entry.validity.last,
        )
        for writing in writings
    ]
    session.add_all(rows)
    session.flush()
    details = {"件数": len(rows), "変更": changed({}, lot_facts(rows[0]))}
    if len(rows) > 1:
        details["終わりの番地"] = rows[-1].writing
    log_setting(session, actor, moment, "番地の登録", details)
    return rows


def change_lot(
    session: Session, actor: Actor, lot_id: int, entry: LotEntry, *, seen: str, moment: dt.datetime
) -> Lot:
    """Correct or end a lot; addresses already recorded keep their writing.

    :raises EntryRefused: no such lot, malformed, registered already, or somebody else was faster.
    """
    actor.require(Permission.ADMIN_MASTERS)
    lock_masters(session)
    row = fresh_row(session, Lot, lot_id, "この番地の登録はありません。一覧を開き直してください。")
    before = lot_facts(row)
    refuse_if_changed(before, seen)
    _writings, problems = _lot_problems(session, row.town_code, entry, lot_id)
    if problems:
        raise EntryRefused(*problems)
    assert entry.validity.first is not None
    row.kind, row.writing, row.sort_key = entry.kind.value, entry.writing, lot_key(entry.writing).encoded
    row.valid_from, row.valid_to = entry.validity.first, entry.validity.last
    session.flush()
    details = {"番号": row.id, "番地": row.writing, "変更": changed(before, lot_facts(row))}
    log_setting(session, actor, moment, "番地の変更", details)
    return row


# ---- 住居表示・区画整理

_LOT_KINDS = {
    RenumberingKind.RESIDENTIAL: LotKind.RESIDENTIAL,
    RenumberingKind.READJUSTMENT: LotKind.READJUSTED,
}


def renumbering_facts(session: Session, row: Renumbering) -> dict[str, Any]:
    """Its values under their labels."""
    old, new = session.get(Town, row.old_town_code), session.get(Town, row.new_town_code)
    return {
        "種類": row.kind.label,
        "実施日": row.effective_on,
        "前": f"{old.name if old else row.old_town_code}{row.old_lot}",
        "後": f"{new.name if new else row.new_town_code}{row.new_lot}",
        "根拠": row.note,
    }


def _valid_lot(session: Session, town_code: str, writing: str, day: dt.date) -> Lot | None:
    found = _overlapping(session, town_code, {_key_of(writing)}, Validity(day, day), None)
    return found[0] if found else None


def _renumbering_problems(session: Session, town: Town, entry: RenumberingEntry) -> list[Problem]:
    problems = []
    if entry.effective_on is None:
        problems.append(Problem("effective_on", "実施日を入力してください。"))
    if session.get(Town, entry.new_town_code) is None:
        problems.append(Problem("new_town_code", "新しい町字を選んでください。"))
    if bool(entry.old_lot) != bool(entry.new_lot):
        problems.append(
            Problem("new_lot", "番地は、前と後の両方を入力するか、両方を空欄（町字の全域）にしてください。")
        )
    for name, lot in (("old_lot", entry.old_lot), ("new_lot", entry.new_lot)):
        if lot:
            problems += _writing_problems(name, LotKind.SPECIAL, lot)
    if (town.code, entry.old_lot) == (entry.new_town_code, entry.new_lot):
        problems.append(Problem("new_town_code", "前と後が同じです。新しい町字か番地を直してください。"))
    if len(entry.note) > _MAX_WRITING:
        problems.append(Problem("note", f"{_MAX_WRITING}文字以内で入力してください。"))
    if not problems:
        same = select(Renumbering).where(
            Renumbering.effective_on == entry.effective_on,
            Renumbering.old_town_code == town.code,
            Renumbering.old_lot == entry.old_lot,
            Renumbering.new_town_code == entry.new_town_code,
            Renumbering.new_lot == entry.new_lot,
        )
        if session.scalars(same).first() is not None:
            problems.append(Problem("old_lot", "同じ記録が登録されています。"))
    return problems


def register_renumbering(
    session: Session, actor: Actor, old_town_code: str, entry: RenumberingEntry, *, moment: dt.datetime
) -> Renumbering:
    """Record that an address became another. The old lot ends the day before, the new one is registered from the day.

    With whole towns the old one ends the day before and names its successor, when staff had registered it; a town of
    the postal data ends with the data.

    :raises EntryRefused: no such town, no day, one lot without the other, recorded already.
    """
    actor.require(Permission.ADMIN_MASTERS)
    lock_masters(session)
    town = fresh_row(session, Town, old_town_code, "この町字はありません。一覧を開き直してください。")
    problems = _renumbering_problems(session, town, entry)
    if problems:
        raise EntryRefused(*problems)
    assert entry.effective_on is not None
    row = Renumbering(
        kind=entry.kind,
        effective_on=entry.effective_on,
        old_town_code=old_town_code,
        old_lot=entry.old_lot,
        new_town_code=entry.new_town_code,
        new_lot=entry.new_lot,
        note=entry.note,
    )
    session.add(row)
    before = entry.effective_on - _DAY
    effects = []
    if not entry.old_lot:
        if old_town_code != entry.new_town_code and town.source == Source.LOCAL and town.valid_to is None:
            town.valid_to, town.successor_code = before, entry.new_town_code
            effects.append(f"{town.name}を終了")
    else:
        old = _valid_lot(session, old_town_code, entry.old_lot, entry.effective_on)
        kind = _LOT_KINDS.get(entry.kind) or (LotKind(old.kind) if old is not None else LotKind.LAND)
        if old is not None and old.valid_from < entry.effective_on and old.valid_to is None:
            old.valid_to, row.ended_lot_id = before, old.id
            effects.append(f"{old.writing}を終了")
        if _valid_lot(session, entry.new_town_code, entry.new_lot, entry.effective_on) is None:
            made = Lot(
                town_code=entry.new_town_code,
                kind=kind.value,
                writing=entry.new_lot,
                sort_key=lot_key(entry.new_lot).encoded,
                valid_from=entry.effective_on,
                valid_to=None,
            )
            session.add(made)
            session.flush()
            row.made_lot_id = made.id
            effects.append(f"{entry.new_lot}を登録")
    session.flush()
    details = {"番号": row.id, "登録": renumbering_facts(session, row), "あわせて": effects}
    log_setting(session, actor, moment, "住居表示・区画整理の登録", details)
    return row


def drop_renumbering(
    session: Session, actor: Actor, row_id: int, *, today: dt.date, moment: dt.datetime
) -> str:
    """Take back a record whose day has not come, with what it ended and registered; returns the old town's code.

    :raises EntryRefused: no such record, or its day has come.
    """
    actor.require(Permission.ADMIN_MASTERS)
    lock_masters(session)
    row = fresh_row(session, Renumbering, row_id, "この記録はありません。一覧を開き直してください。")
    if row.effective_on <= today:
        raise EntryRefused(Problem("", "実施日が来ているため取り消せません。"))
    details = {"番号": row.id, "取り消した内容": renumbering_facts(session, row)}
    before = row.effective_on - _DAY
    old_town, made_lot_id = row.old_town_code, row.made_lot_id
    ended = session.get(Lot, row.ended_lot_id) if row.ended_lot_id is not None else None
    if ended is not None and ended.valid_to == before:
        ended.valid_to = None
    town = session.get_one(Town, old_town)
    if not row.old_lot and town.valid_to == before and town.successor_code == row.new_town_code:
        town.valid_to = town.successor_code = None
    session.delete(row)
    session.flush()
    made = session.get(Lot, made_lot_id) if made_lot_id is not None else None
    if made is not None:
        session.delete(made)
        session.flush()
    log_setting(session, actor, moment, "住居表示・区画整理の予定の取消し", details)
    return old_town
