"""認証者: 市区町村長 and 職務代理者 with 職名, 氏名 and period (RR-1.3.9)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from residentapp.admin.masters.changes import changed, lock_masters, name_problems, refuse_if_changed
from residentapp.admin.operations import log_setting
from residentapp.admin.types import EntryRefused, Problem, Validity
from residentapp.core.access import Actor, Permission
from residentapp.core.dates import to_wareki
from residentapp.core.masters.models import Certifier, CertifierKind, OwnMunicipality

_MAX_TITLE = 40
_MAX_NAME = 40


@dataclass(frozen=True)
class CertifierEntry:
    """A certifier as typed.

    :param title: 職名 without the prefecture, which forms put before it (RR-5.6a).
    :param validity: first and last day; the first is needed.
    """

    kind: CertifierKind
    title: str
    name: str
    validity: Validity


def certifier_facts(row: Certifier | None) -> dict[str, Any]:
    """Its values under their labels; empty for a new one."""
    if row is None:
        return {}
    return {
        "区分": row.kind.label,
        "職名": row.title,
        "氏名": row.name,
        "開始日": row.valid_from,
        "終了日": row.valid_to,
    }


def certifiers(session: Session) -> list[Certifier]:
    """All of them, the latest beginning first."""
    return list(session.scalars(select(Certifier).order_by(Certifier.valid_from.desc(), Certifier.id.desc())))


def period_text(first: dt.date, last: dt.date | None) -> str:
    """A period in wareki, its end left open when it lasts."""
    return f"{to_wareki(first)}～{to_wareki(last) if last else ''}"


def _overlap(session: Session, entry: CertifierEntry, but: int | None) -> Certifier | None:
    """A registered certifier of the same kind who shares a day with the entry."""
    first, last = entry.validity.first or dt.date.min, entry.validity.last or dt.date.max
    for row in session.scalars(select(Certifier).where(Certifier.kind == entry.kind)):
        if row.id != but and row.valid_from <= last and first <= (row.valid_to or dt.date.max):
            return row
    return None


def _problems(session: Session, entry: CertifierEntry, but: int | None) -> list[Problem]:
    problems = name_problems("title", "職名", entry.title, most=_MAX_TITLE)
    own = session.get(OwnMunicipality, 1)
    if own is not None and own.prefecture and entry.title.startswith(own.prefecture):
        problems.append(
            Problem("title", f"職名に「{own.prefecture}」は入力しません。証明書には自動で印字します。")
        )
    problems += name_problems("name", "氏名", entry.name, most=_MAX_NAME)
    if entry.validity.first is None:
        problems.append(Problem("valid_from", "開始日を入力してください。"))
    elif not entry.validity.in_order:
        problems.append(Problem("valid_to", "終了日が開始日より前です。日付を直してください。"))
    elif (other := _overlap(session, entry, but)) is not None:
        period = period_text(other.valid_from, other.valid_to)
        problems.append(
            Problem(
                "valid_from",
                f"{entry.kind.label}の期間が、登録済みの「{other.title}　{other.name}」（{period}）と"
                "重なっています。先にその人を終えるか、期間を直してください。",
            )
        )
    return problems


def _certifier(session: Session, certifier_id: int, seen: str) -> Certifier:
    row = session.get(Certifier, certifier_id, populate_existing=True)
    if row is None:
        raise EntryRefused(Problem("", "この認証者の登録はありません。一覧を開き直してください。"))
    refuse_if_changed(certifier_facts(row), seen)
    return row


def save_certifier(
    session: Session,
    actor: Actor,
    entry: CertifierEntry,
    *,
    certifier_id: int | None = None,
    seen: str = "",
    moment: dt.datetime,
) -> Certifier:
    """Register or change a certifier.

    :param seen: of a change: fingerprint of the values that the form was filled from.
    :raises EntryRefused: no name or title, no beginning, overlapping period, or somebody else was faster.
    """
    actor.require(Permission.ADMIN_MASTERS)
    lock_masters(session)
    row = _certifier(session, certifier_id, seen) if certifier_id is not None else None
    problems = _problems(session, entry, certifier_id)
    if problems:
        raise EntryRefused(*problems)
    assert entry.validity.first is not None
    before = certifier_facts(row)
    if row is None:
        row = Certifier()
    row.kind, row.title, row.name = entry.kind, entry.title, entry.name
    row.valid_from, row.valid_to = entry.validity.first, entry.validity.last
    session.add(row)
    session.flush()
    details = {"番号": row.id, "変更": changed(before, certifier_facts(row))}
    log_setting(session, actor, moment, "認証者の変更" if before else "認証者の登録", details)
    return row


def end_certifier(
    session: Session, actor: Actor, certifier_id: int, last: dt.date | None, *, seen: str, moment: dt.datetime
) -> Certifier:
    """Let a certifier's period end; the last day is still theirs.

    :raises EntryRefused: no day, a day before the beginning or after the end already registered.
    """
    actor.require(Permission.ADMIN_MASTERS)
    lock_masters(session)
    row = _certifier(session, certifier_id, seen)
    before = certifier_facts(row)
    refuse_end(row.valid_from, row.valid_to, last)
    row.valid_to = last
    session.flush()
    details = {"番号": row.id, "氏名": row.name, "変更": changed(before, certifier_facts(row))}
    log_setting(session, actor, moment, "認証者の終了", details)
    return row


def refuse_end(first: dt.date, registered: dt.date | None, last: dt.date | None) -> None:
    """:raises EntryRefused: when a period cannot end on that day."""
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


def drop_planned_certifier(
    session: Session, actor: Actor, certifier_id: int, *, seen: str, today: dt.date, moment: dt.datetime
) -> None:
    """Take back a certifier whose period has not begun. One who has certified stays.

    :raises EntryRefused: the period has begun.
    """
    actor.require(Permission.ADMIN_MASTERS)
    lock_masters(session)
    row = _certifier(session, certifier_id, seen)
    if row.valid_from <= today:
        raise EntryRefused(Problem("", "期間が始まっているため取り消せません。終了日を入力してください。"))
    details = {"番号": row.id, "取り消した内容": certifier_facts(row)}
    session.delete(row)
    session.flush()
    log_setting(session, actor, moment, "認証者の予定の取消し", details)
