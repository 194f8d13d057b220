"""What masters with a period share: a period in words, its end, and taking a row back before it begins."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from residentapp.admin.masters.changes import changed
from residentapp.admin.operations import log_setting
from residentapp.admin.types import EntryRefused, Problem
from residentapp.core.access import Actor
from residentapp.core.addresses.district_models import DistrictArea
from residentapp.core.dates import to_wareki
from residentapp.core.masters.models import Certifier, Seal
from residentapp.core.masters.setting_models import CertificateFee, ClosedDay, FormWording, KeepingTerm

_Ended = TypeVar("_Ended", Certifier, ClosedDay, DistrictArea, Seal)


def period_text(first: dt.date, last: dt.date | None) -> str:
    """A period in wareki, its end left open when it lasts."""
    return f"{to_wareki(first)}～{to_wareki(last) if last else ''}"


def end_period(
    session: Session,
    actor: Actor,
    row: _Ended,
    last: dt.date | None,
    facts: Callable[[_Ended], Mapping[str, Any]],
    *,
    named: tuple[str, ...],
    action: str,
    moment: dt.datetime,
) -> None:
    """Let a period that has a beginning end with a last day.

    :param facts: the values of a row under their labels.
    :param named: labels of the values that name the row in the settings log.
    :raises EntryRefused: no day, one before the beginning or not before the end already registered.
    """
    assert row.valid_from is not None
    before = facts(row)
    _refuse_end(row.valid_from, row.valid_to, last)
    row.valid_to = last
    session.flush()
    details = {"番号": row.id, **{name: before[name] for name in named}, "変更": changed(before, facts(row))}
    log_setting(session, actor, moment, action, details)


def _refuse_end(first: dt.date, registered: dt.date | None, last: dt.date | None) -> None:
    if last is None:
        raise EntryRefused(Problem("last_day", "終了日を入力してください。"))
    if last < first:
        raise EntryRefused(
            Problem("last_day", f"終了日が開始日（{to_wareki(first)}）より前です。日付を直してください。")
        )
    if registered is not None and last >= registered:
        raise EntryRefused(
            Problem(
                "last_day",
                f"すでに{to_wareki(registered)}で終わることになっています。その前の日を入力してください。",
            )
        )


def take_back(
    session: Session,
    actor: Actor,
    row: Certifier | ClosedDay | DistrictArea | FormWording | CertificateFee | KeepingTerm,
    facts: Mapping[str, Any],
    *,
    action: str,
    moment: dt.datetime,
) -> None:
    """Delete a row that nothing has used yet; the settings log keeps its values."""
    details = {"番号": row.id, "取り消した内容": facts}
    session.delete(row)
    session.flush()
    log_setting(session, actor, moment, action, details)
