"""休日: what the municipality adds to the closed days of the law, and the days on which it opens (CM-3.4)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from residentapp.admin.masters.changes import (
    changed,
    fingerprint,
    fresh_row,
    lock_masters,
    name_problems,
    refuse_if_changed,
)
from residentapp.admin.masters.periods import end_period, take_back
from residentapp.admin.operations import log_setting
from residentapp.admin.types import ENDS_BEFORE_IT_BEGINS, EntryRefused, Problem, Validity
from residentapp.core.access import Actor, Permission
from residentapp.core.closed_days import ClosedDays, LocalDayKind
from residentapp.core.masters.queries import closed_days
from residentapp.core.masters.setting_models import ClosedDay

_MAX_REASON = 40
_DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class ClosedDayEntry:
    """A closed or opened day as typed.

    :param yearly: the same day of each year; then month, day of the month and validity count, else ``day``.
    """

    kind: LocalDayKind
    reason: str
    yearly: bool
    day: dt.date | None = None
    month: int | None = None
    day_of_month: int | None = None
    validity: Validity = field(default_factory=Validity)


def closed_day_rows(session: Session) -> list[ClosedDay]:
    """Yearly days in the order of the year, then single days, the latest first."""
    rows = list(session.scalars(select(ClosedDay).order_by(ClosedDay.id)))
    yearly = sorted(
        (row for row in rows if row.day is None),
        key=lambda row: (row.month or 0, row.day_of_month or 0, row.valid_from or dt.date.min),
    )
    single = sorted((row for row in rows if row.day is not None), key=lambda row: row.day or dt.date.min)
    return [*yearly, *reversed(single)]


def closed_day_facts(row: ClosedDay) -> dict[str, Any]:
    """Its values under their labels."""
    facts: dict[str, Any] = {"区分": row.kind.label, "名称": row.reason}
    if row.day is not None:
        return facts | {"日": row.day}
    return facts | {
        "毎年": f"{row.month}月{row.day_of_month}日",
        "開始日": row.valid_from,
        "終了日": row.valid_to,
    }


def seen_of(row: ClosedDay) -> str:
    """Fingerprint of a row, for the form that ends it."""
    return fingerprint(closed_day_facts(row))


def holidays_ahead(days: ClosedDays, first: dt.date, count: int) -> Iterator[tuple[dt.date, str, str | None]]:
    """The 休日 and openings of some days on, without plain Saturdays and Sundays: day, name, name of the opening."""
    for number in range(count):
        day = first + number * _DAY
        name, opening = days.holiday_reason(day), days.opening(day)
        if opening is not None or (name is not None and not (day.weekday() >= 5 and name.endswith("曜日"))):
            yield day, name or "", opening


def _problems(session: Session, entry: ClosedDayEntry) -> list[Problem]:
    problems = name_problems("reason", "名称", entry.reason, most=_MAX_REASON)
    if entry.yearly:
        return problems + _yearly_problems(session, entry)
    if entry.day is None:
        return [*problems, Problem("day", "日を入力してください。")]
    days = closed_days(session)
    if entry.kind is LocalDayKind.OPENED:
        if not days.is_holiday(entry.day):
            problems.append(Problem("day", "この日は休日ではありません。日付を確かめてください。"))
        elif days.opening(entry.day) is not None:
            problems.append(Problem("day", "この日の休日開庁は登録されています。"))
    elif days.is_holiday(entry.day):
        problems.append(Problem("day", f"この日はすでに休日です（{days.holiday_reason(entry.day)}）。"))
    return problems


def _yearly_problems(session: Session, entry: ClosedDayEntry) -> list[Problem]:
    problems = []
    try:
        # A leap year has every day that a year can have.
        dt.date(2000, entry.month or 0, entry.day_of_month or 0)
    except ValueError:
        problems.append(Problem("month", "暦にある月日を入力してください。"))
    first, last = entry.validity.first, entry.validity.last
    if first is None:
        problems.append(Problem("valid_from", "開始日を入力してください。"))
    elif not entry.validity.in_order:
        problems.append(ENDS_BEFORE_IT_BEGINS)
    else:
        same = select(ClosedDay).where(
            ClosedDay.kind == entry.kind,
            ClosedDay.month == entry.month,
            ClosedDay.day_of_month == entry.day_of_month,
        )
        for row in session.scalars(same):
            if (row.valid_from or dt.date.min) <= (last or dt.date.max) and first <= (
                row.valid_to or dt.date.max
            ):
                problems.append(
                    Problem("month", f"この月日は「{row.reason}」として、重なる期間に登録されています。")
                )
                break
    return problems


def register_closed_day(
    session: Session, actor: Actor, entry: ClosedDayEntry, *, moment: dt.datetime
) -> ClosedDay:
    """Register a closed day or an opening.

    :raises EntryRefused: no name, no such day, already closed, or an opening of a day that is none.
    """
    actor.require(Permission.ADMIN_MASTERS)
    lock_masters(session)
    problems = _problems(session, entry)
    if problems:
        raise EntryRefused(*problems)
    row = ClosedDay(kind=entry.kind, reason=entry.reason)
    if entry.yearly:
        row.month, row.day_of_month = entry.month, entry.day_of_month
        row.valid_from, row.valid_to = entry.validity.first, entry.validity.last
    else:
        row.day = entry.day
    session.add(row)
    session.flush()
    details = {"番号": row.id, "変更": changed({}, closed_day_facts(row))}
    log_setting(session, actor, moment, "休日の登録", details)
    return row


def _row(session: Session, row_id: int, seen: str) -> ClosedDay:
    row = fresh_row(session, ClosedDay, row_id, "この休日の登録はありません。一覧を開き直してください。")
    refuse_if_changed(closed_day_facts(row), seen)
    return row


def end_closed_day(
    session: Session, actor: Actor, row_id: int, last: dt.date | None, *, seen: str, moment: dt.datetime
) -> ClosedDay:
    """Let a yearly day end: years after its last day do not have it.

    :raises EntryRefused: a single day, no day, or one before the beginning.
    """
    actor.require(Permission.ADMIN_MASTERS)
    lock_masters(session)
    row = _row(session, row_id, seen)
    if row.valid_from is None:
        raise EntryRefused(Problem("", "一日だけの登録です。終了日はありません。"))
    end_period(
        session, actor, row, last, closed_day_facts, named=("名称",), action="休日の終了", moment=moment
    )
    return row


def may_be_dropped(row: ClosedDay, today: dt.date) -> bool:
    """Whether a day has not passed, or a yearly day has not begun."""
    if row.day is not None:
        return row.day >= today
    return row.valid_from is not None and row.valid_from > today


def drop_closed_day(
    session: Session, actor: Actor, row_id: int, *, seen: str, today: dt.date, moment: dt.datetime
) -> None:
    """Take back a day that has not passed, or a yearly day that has not begun; the log keeps it.

    :raises EntryRefused: it has passed or begun: periods may have been counted with it.
    """
    actor.require(Permission.ADMIN_MASTERS)
    lock_masters(session)
    row = _row(session, row_id, seen)
    if not may_be_dropped(row, today):
        raise EntryRefused(
            Problem(
                "",
                "すでに始まっているため取り消せません。終了日を入力して終えてください。"
                if row.day is None
                else "過ぎた日の休日は取り消せません。",
            )
        )
    take_back(session, actor, row, closed_day_facts(row), action="休日の取消し", moment=moment)
