"""The yearly runs: many short transactions, so that counters hardly notice, and a run that stops is simply repeated.

Source: RR-9.1b–c (a run reports content, result and time; heavy runs do not affect online work), RR-9.3.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from residentapp.core import audit
from residentapp.core.access.actor import Actor
from residentapp.core.clock import Clock, day_of
from residentapp.core.db import Database
from residentapp.residents.removed_records import operations, queries
from residentapp.residents.removed_records.operations import Outcome
from residentapp.residents.removed_records.queries import RemovedLine

#: People in one transaction. SQLite lets nobody else write meanwhile: with 25 a counter waits for some hundredths of a
#: second, with 200 it would for half a second (bench/archive.py).
STEP = 25

MOVE = "除票用データベースへの移行（バッチ）"
DESTROY = "除票の廃棄（バッチ）"

#: Told after each transaction how many of how many have been dealt with.
Progress = Callable[[int, int], None]


class TooEarly(ValueError):
    """The day asked for has not come; nothing may move or go before its time."""


@dataclass
class RunReport:
    """What a run did, or would do.

    :param due: everybody it is about, in the order of 処理年月日.
    :param steps: transactions committed.
    :param seconds: how long it took.
    """

    due: Sequence[RemovedLine]
    done: list[RemovedLine] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    steps: int = 0
    seconds: float = 0.0

    @property
    def first(self) -> RemovedLine | None:
        """The first that was dealt with."""
        return self.done[0] if self.done else None

    @property
    def last(self) -> RemovedLine | None:
        """The last that was dealt with."""
        return self.done[-1] if self.done else None

    def add(self, outcome: Outcome) -> None:
        """Take in what became of one step."""
        self.steps += 1
        self.done += outcome.done
        self.skipped |= outcome.skipped
        self.failed |= outcome.failed


def run_move(
    database: Database,
    actor: Actor,
    *,
    clock: Clock,
    until: dt.date | None = None,
    dry_run: bool = False,
    step: int = STEP,
    progress: Progress | None = None,
) -> RunReport:
    """Move all removed records that belong in the 除票用データベース (RR-9.3), in the order of 処理年月日.

    What was committed stays when the run stops; the next run goes on with the rest.

    :param until: those that belonged there on this day; today when not given. :param dry_run: only find them.
    :raises TooEarly: the day has not come.
    """
    day = _checked(until, clock)
    with database.transaction() as session:
        due = queries.due_for_archive(session, day)

    def act(session: Session, lines: Sequence[RemovedLine]) -> Outcome:
        return operations.move(session, actor, lines, now=clock())

    return _run(database, actor, MOVE, due, act, day, "", clock, dry_run, step, progress)


def run_destroy(
    database: Database,
    actor: Actor,
    explanation: str,
    *,
    clock: Clock,
    dry_run: bool = False,
    step: int = STEP,
    progress: Progress | None = None,
) -> RunReport:
    """Destroy all records whose 150 years are over (RR-1.1.5e), in the order of 処理年月日.

    :param explanation: why and on whose decision; kept with each record's line in the list of the destroyed.
    """
    day = day_of(clock())
    with database.transaction() as session:
        due = queries.due_for_destruction(session, day)

    def act(session: Session, lines: Sequence[RemovedLine]) -> Outcome:
        return operations.destroy(session, actor, lines, explanation, now=clock())

    return _run(database, actor, DESTROY, due, act, day, explanation, clock, dry_run, step, progress)


def _checked(until: dt.date | None, clock: Clock) -> dt.date:
    today = day_of(clock())
    if until is not None and until > today:
        raise TooEarly("まだ来ていない日は指定できません。今日までの日を指定してください。")
    return until or today


def _run(
    database: Database,
    actor: Actor,
    name: str,
    due: Sequence[RemovedLine],
    act: Callable[[Session, Sequence[RemovedLine]], Outcome],
    day: dt.date,
    explanation: str,
    clock: Clock,
    dry_run: bool,
    step: int,
    progress: Progress | None,
) -> RunReport:
    report, began = RunReport(due), time.monotonic()
    try:
        for start in [] if dry_run else range(0, len(due), step):
            lines = due[start : start + step]
            with database.transaction() as session:
                outcome = act(session, lines)
            report.add(outcome)
            if progress is not None:
                progress(min(start + step, len(due)), len(due))
    finally:
        # Also when it stops in the middle: what is done is done, and the log says how far it came.
        report.seconds = time.monotonic() - began
        _log(database, actor, name, report, day, explanation, clock, dry_run)
    return report


def _log(
    database: Database,
    actor: Actor,
    name: str,
    report: RunReport,
    day: dt.date,
    explanation: str,
    clock: Clock,
    dry_run: bool,
) -> None:
    finished = dry_run or len(report.done) + len(report.skipped) + len(report.failed) == len(report.due)
    details = {
        "基準日": day,
        "試行": dry_run,
        "対象": len(report.due),
        "処理": len(report.done),
        "見送り": len(report.skipped),
        "エラー": len(report.failed),
        "最初": report.first.addressee_number if report.first else "",
        "最後": report.last.addressee_number if report.last else "",
        "トランザクション": report.steps,
        "秒": round(report.seconds),
        "最後まで処理": finished,
    }
    if explanation:
        details["理由"] = explanation
    with database.transaction() as session:
        audit.record(
            session,
            actor,
            moment=clock(),
            log=audit.Log.EVENT,
            action=name,
            details=details,
            succeeded=finished and not report.failed,
            screen="バッチ",
        )
