"""認証者: 市区町村長 and 職務代理者 with 職名, 氏名 and period (RR-1.3.9)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from residentapp.admin.masters.changes import (
    changed,
    fresh_row,
    lock_masters,
    name_problems,
    refuse_if_changed,
)
from residentapp.admin.masters.periods import end_period, period_text, take_back
from residentapp.admin.masters.wards import ward_problems
from residentapp.admin.operations import log_setting
from residentapp.admin.types import ENDS_BEFORE_IT_BEGINS, EntryRefused, Problem, Validity
from residentapp.core.access import Actor, Permission
from residentapp.core.masters.models import Certifier, CertifierKind, OwnMunicipality

_MAX_TITLE = 40
_MAX_NAME = 40


@dataclass(frozen=True)
class CertifierEntry:
    """A certifier as typed.

    :param title: 職名 without the prefecture, which forms put before it (RR-5.6a).
    :param validity: first and last day; the first is needed.
    :param ward_code: of a 区長 and an acting one: their ward; None for the whole municipality.
    """

    kind: CertifierKind
    title: str
    name: str
    validity: Validity
    ward_code: str | None = None


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
        **({"区": row.ward_code} if row.ward_code else {}),
    }


def certifiers(session: Session) -> list[Certifier]:
    """All of them, the latest beginning first."""
    return list(session.scalars(select(Certifier).order_by(Certifier.valid_from.desc(), Certifier.id.desc())))


def _overlap(session: Session, entry: CertifierEntry, but: int | None) -> Certifier | None:
    """A registered certifier of the same kind for the same place who shares a day with the entry."""
    first, last = entry.validity.first or dt.date.min, entry.validity.last or dt.date.max
    for row in session.scalars(select(Certifier).where(Certifier.kind == entry.kind)):
        if row.ward_code != entry.ward_code:
            continue
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
    problems += ward_problems(session, entry.ward_code)
    if entry.validity.first is None:
        problems.append(Problem("valid_from", "開始日を入力してください。"))
    elif not entry.validity.in_order:
        problems.append(ENDS_BEFORE_IT_BEGINS)
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
    row = fresh_row(
        session, Certifier, certifier_id, "この認証者の登録はありません。一覧を開き直してください。"
    )
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
    row.ward_code = entry.ward_code
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
    end_period(
        session, actor, row, last, certifier_facts, named=("氏名",), action="認証者の終了", moment=moment
    )
    return row


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
    take_back(session, actor, row, certifier_facts(row), action="認証者の予定の取消し", moment=moment)
