"""住所辞書: refreshing it from the screen, and noting that staff compared the country names (RR-1.3.3a)."""

from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Session

from residentapp.admin.masters.changes import name_problems
from residentapp.admin.operations import log_setting
from residentapp.admin.types import EntryRefused, Problem
from residentapp.core.access import Actor, Permission
from residentapp.core.addresses.refresh import record_check, refresh, stored_scope
from residentapp.core.addresses.types import BuildReport
from residentapp.core.masters.locks import lock_masters

_LONGEST_SOURCE = 100


def refresh_dictionary(session: Session, actor: Actor, *, today: dt.date, moment: dt.datetime) -> BuildReport:
    """Bring towns, postal codes and country names up to date with the data that are installed.

    Prefectures that were left out at the first build stay out.

    :raises EntryRefused: a municipality has no free 住所コード left.
    """
    actor.require(Permission.ADMIN_MASTERS)
    try:
        report = refresh(
            session, today=today, moment=moment, done_by=actor.name, prefectures=stored_scope(session)
        )
    except ValueError:
        raise EntryRefused(
            Problem(
                "",
                "空いている住所コードのない市区町村があるため、更新できません。保守担当者に連絡してください。",
            )
        ) from None
    log_setting(session, actor, moment, "住所辞書の更新", {"結果": report.summary()})
    return report


def note_country_check(
    session: Session, actor: Actor, source: str, *, today: dt.date, moment: dt.datetime
) -> None:
    """Note that the country names were compared with a source and put right: they are good for another year.

    :raises EntryRefused: it is not said with what.
    """
    actor.require(Permission.ADMIN_MASTERS)
    lock_masters(session)
    problems = name_problems("source", "照らし合わせた資料", source, most=_LONGEST_SOURCE)
    if problems:
        raise EntryRefused(*problems)
    record_check(session, source=source, today=today, moment=moment, done_by=actor.name)
    log_setting(session, actor, moment, "国名の確認", {"資料": source})
