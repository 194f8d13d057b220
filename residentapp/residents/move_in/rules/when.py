"""いつ: 異動日, 届出日 and the period for the notification."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from residentapp.core.dates import to_wareki
from residentapp.core.violations import Violation
from residentapp.residents.move_in.rules.catalogue import found
from residentapp.residents.move_in.rules.facts import Facts
from residentapp.residents.move_in.rules.reading import read_date
from residentapp.residents.move_in.types import MoveInEntry


def check_when(entry: MoveInEntry, facts: Facts) -> Iterator[Violation]:
    """異動日 and 届出日: readable days, not after today, in order, in time (RR-4.0.3a, RR-4.1.0.2, 法第22条)."""
    moved, why = read_date(entry.moved_on, "moved_on")
    if moved is None:
        code = "MI-E002" if why else "MI-E001"
        yield found(code, "moved_on", why=why)
    elif moved.sort > facts.today:
        yield found("MI-E003", "moved_on")
    notified, why = read_date(entry.notified_on, "notified_on")
    if notified is None:
        code = "MI-E005" if why else "MI-E004"
        yield found(code, "notified_on", why=why)
    elif notified.sort > facts.today:
        yield found("MI-E006", "notified_on")
    if moved is None or notified is None or moved.sort > facts.today:
        return
    if notified.sort < moved.sort:
        yield found("MI-E007", "notified_on")
    elif facts.deadline is not None and notified.sort > facts.deadline:
        yield found("MI-A001", "notified_on", deadline=to_wareki(facts.deadline))
    if moved.sort <= _a_year_before(facts.today):
        yield found("MI-A002", "moved_on")


def _a_year_before(day: dt.date) -> dt.date:
    try:
        return day.replace(year=day.year - 1)
    except ValueError:  # 29 February
        return dt.date(day.year - 1, 3, 1)
