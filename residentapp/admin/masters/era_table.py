"""元号: adding an era, and taking back one that has not begun (RR-1.3.6)."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from residentapp.admin.masters.changes import changed, lock_masters
from residentapp.admin.operations import log_setting
from residentapp.admin.types import EntryRefused, Problem
from residentapp.core.access import Actor, Permission
from residentapp.core.eras import Era, EraPeriod, add_default_eras, build_table, load_eras

#: Two kanji, as every era of the solar calendar.
_NAME = re.compile(r"[\u4e00-\u9fff々]{2}")


@dataclass(frozen=True)
class EraEntry:
    """A new era as typed.

    :param letter: Latin letter of the short spelling (R8.11.24).
    :param number: digit of the short spelling (5081124); None when it was no digit.
    :param confirmed: the officer has compared it with the official gazette; once begun it cannot be changed.
    """

    name: str
    letter: str
    number: int | None
    first_day: dt.date | None
    confirmed: bool


def _facts(period: EraPeriod) -> dict[str, Any]:
    return {
        "元号": period.name,
        "略字": period.letter,
        "番号": period.number,
        "最初の日": period.first_day,
        "元年": period.first_year,
    }


def _problems(session: Session, entry: EraEntry) -> list[Problem]:
    known = tuple(load_eras(session))
    problems = []
    if not _NAME.fullmatch(entry.name):
        problems.append(Problem("name", "元号を漢字2文字で入力してください。"))
    elif any(entry.name == period.name for period in known):
        problems.append(Problem("name", "この元号は登録されています。"))
    elif any(entry.name[0] == period.name[0] for period in known):
        problems.append(Problem("name", "1文字目が同じ元号があります。1文字で入力したとき区別できません。"))
    if not re.fullmatch(r"[A-Z]", entry.letter):
        problems.append(Problem("letter", "略字を半角の英大文字1文字で入力してください。"))
    elif any(entry.letter == period.letter for period in known):
        problems.append(Problem("letter", "この略字はほかの元号が使っています。"))
    if entry.number is None or not 1 <= entry.number <= 9:
        problems.append(Problem("number", "番号を1から9までの数字で入力してください。"))
    elif any(entry.number == period.number for period in known):
        problems.append(Problem("number", "この番号はほかの元号が使っています。"))
    latest = known[-1]
    if entry.first_day is None:
        problems.append(Problem("first_day", "最初の日を入力してください。"))
    elif entry.first_day <= latest.first_day:
        problems.append(
            Problem(
                "first_day",
                f"最初の日は{latest.name}の最初の日より後にしてください。日付を確かめてください。",
            )
        )
    elif latest.last_day is not None and not 0 <= (entry.first_day - latest.last_day).days <= 1:
        problems.append(Problem("first_day", f"最初の日は{latest.name}の最後の日に続く日にしてください。"))
    if not entry.confirmed:
        problems.append(Problem("confirmed", "官報で名称と最初の日を確かめて、印を付けてください。"))
    return problems


def add_era(session: Session, actor: Actor, entry: EraEntry, *, moment: dt.datetime) -> EraPeriod:
    """Add an era. The one that lasts then ends on the day before, by itself.

    :raises EntryRefused: name, letter or number taken or malformed; first day not after the latest era's; not
        confirmed.
    """
    actor.require(Permission.ADMIN_MASTERS)
    lock_masters(session)
    problems = _problems(session, entry)
    if problems:
        raise EntryRefused(*problems)
    assert entry.number is not None and entry.first_day is not None
    # An empty table means the eras that came with the program: with the first own row they have to stand in it.
    add_default_eras(session)
    period = EraPeriod(entry.number, entry.name, entry.letter, entry.first_day.year, entry.first_day)
    build_table((*load_eras(session), period))
    session.add(
        Era(
            number=period.number,
            name=period.name,
            letter=period.letter,
            first_year=period.first_year,
            first_day=period.first_day,
            last_day=None,
        )
    )
    session.flush()
    log_setting(session, actor, moment, "元号の登録", {"変更": changed({}, _facts(period))})
    return period


def drop_planned_era(
    session: Session, actor: Actor, number: int, *, today: dt.date, moment: dt.datetime
) -> None:
    """Take back an era that has not begun, for example one entered wrongly.

    :raises EntryRefused: no such era, or it has begun: dates may have been written in it.
    """
    actor.require(Permission.ADMIN_MASTERS)
    lock_masters(session)
    row = session.get(Era, number)
    if row is None:
        raise EntryRefused(Problem("", "この元号の登録はありません。画面を開き直してください。"))
    if row.first_day <= today:
        raise EntryRefused(Problem("", "始まっている元号は取り消せません。"))
    period = EraPeriod(row.number, row.name, row.letter, row.first_year, row.first_day)
    session.delete(row)
    session.flush()
    log_setting(session, actor, moment, "元号の予定の取消し", {"取り消した内容": _facts(period)})
