"""Writing, changing and deleting memos: each act is a further version, and a row of the log (RR-1.1.15a)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from residentapp.core import audit
from residentapp.core.access.actor import Actor
from residentapp.core.access.permissions import Permission
from residentapp.core.violations import Level, Violation
from residentapp.residents.memos import queries
from residentapp.residents.memos.models import Memo, MemoVersion
from residentapp.residents.memos.types import MemoRefused, MemoView
from residentapp.residents.remarks.queries import record_of
from residentapp.residents.remarks.rules import check_text, cleaned

_SCREEN = "メモ"


def open_memos(
    session: Session, actor: Actor, addressee_number: str, *, now: dt.datetime
) -> tuple[MemoView, ...]:
    """Show a person's memos with their history, and log it.

    :raises RemarkMissing: no such person.
    :raises TextsClosed: the texts may tell where somebody protected lives.
    """
    actor.require(Permission.RESIDENT_VIEW)
    record_of(session, actor, addressee_number, now=now)
    audit.record(
        session,
        actor,
        moment=now,
        log=audit.Log.OPERATION,
        action="メモの照会",
        subjects=[addressee_number],
        screen=_SCREEN,
    )
    return queries.memos_of(session, actor, addressee_number)


def write_memo(
    session: Session, actor: Actor, addressee_number: str, text: str, *, now: dt.datetime
) -> MemoVersion:
    """Write a new memo.

    :raises PermissionDenied: without the right to write memos.
    :raises RemarkMissing, TextsClosed: as :func:`open_memos`.
    :raises MemoRefused: nothing written, too long, a wrong character, a 個人番号.
    """
    actor.require(Permission.RESIDENT_VIEW, Permission.MEMO_EDIT)
    record_of(session, actor, addressee_number, now=now)
    _judge(text)
    memo = Memo(addressee_number=addressee_number)
    session.add(memo)
    session.flush()
    return _write(session, actor, memo.id, addressee_number, 1, "メモの記入", "", cleaned(text), now=now)


def change_memo(
    session: Session,
    actor: Actor,
    addressee_number: str,
    memo_id: int,
    text: str,
    *,
    seen: int,
    now: dt.datetime,
) -> MemoVersion:
    """Give a memo another text; the old one stays in its history.

    :param seen: version that the writer had in front of them.
    :raises PermissionDenied, RemarkMissing, TextsClosed: as :func:`write_memo`.
    :raises MemoMissing: no such memo of this person.
    :raises MemoRefused: as :func:`write_memo`; also when it is deleted, unchanged, or somebody else was faster.
    """
    last = _held(session, actor, addressee_number, memo_id, seen, now=now)
    _judge(text)
    if cleaned(text) == last.text:
        raise MemoRefused([_error("ME-E010", "メモが変わっていません。", "文を直してください。", "text")])
    return _write(
        session, actor, memo_id, addressee_number, last.version + 1, "メモの変更", last.text, cleaned(text),
        now=now,
    )  # fmt: skip


def delete_memo(
    session: Session, actor: Actor, addressee_number: str, memo_id: int, *, seen: int, now: dt.datetime
) -> MemoVersion:
    """Delete a memo: it is no longer shown as standing, and stays in the history.

    :raises PermissionDenied, RemarkMissing, TextsClosed, MemoMissing, MemoRefused: as :func:`change_memo`.
    """
    last = _held(session, actor, addressee_number, memo_id, seen, now=now)
    return _write(
        session, actor, memo_id, addressee_number, last.version + 1, "メモの削除", last.text, "", now=now
    )


def _error(code: str, message: str, remedy: str, field: str = "") -> Violation:
    return Violation(Level.ERROR, code, message, field, "RR-1.1.15a", remedy)


def _judge(text: str) -> None:
    found = check_text(text, prefix="ME", label="メモ")
    if found:
        raise MemoRefused(found)


def _held(
    session: Session, actor: Actor, addressee_number: str, memo_id: int, seen: int, *, now: dt.datetime
) -> MemoVersion:
    """The version that stands, if it is the one the writer saw."""
    actor.require(Permission.RESIDENT_VIEW, Permission.MEMO_EDIT)
    record_of(session, actor, addressee_number, now=now)
    last = queries.versions_of(session, addressee_number, memo_id)[-1]
    if last.deleted:
        raise MemoRefused(
            [_error("ME-E011", "このメモは削除されています。", "新しいメモとして記入してください。")]
        )
    if last.version != seen:
        raise MemoRefused(
            [
                _error(
                    "ME-E012",
                    f"{last.user_name}さんが先に変更しました。",
                    "メモを開き直し、今の内容を見てから直してください。",
                )
            ]
        )
    return last


def _write(
    session: Session,
    actor: Actor,
    memo_id: int,
    addressee_number: str,
    version: int,
    action: str,
    before: str,
    after: str,
    *,
    now: dt.datetime,
) -> MemoVersion:
    row = MemoVersion(
        memo_id=memo_id,
        version=version,
        text=after,
        deleted=not after,
        written_at=now,
        user_login=actor.login,
        user_name=actor.name,
        office_name=actor.office_name,
        terminal_name=actor.terminal_name,
    )
    session.add(row)
    session.flush()
    audit.record(
        session,
        actor,
        moment=now,
        log=audit.Log.OPERATION,
        action=action,
        subjects=[addressee_number],
        details={"変更前": before, "変更後": after},
        screen=_SCREEN,
    )
    return row


def forget_memos(session: Session, numbers: Iterable[str]) -> None:
    """Everything noted about people whose records are destroyed, every version of it.

    Part of an act that authorises and logs itself and has listed the destruction; the database refuses it otherwise.
    """
    theirs = select(Memo.id).where(Memo.addressee_number.in_(set(numbers)))
    apart = {"synchronize_session": False}
    session.execute(delete(MemoVersion).where(MemoVersion.memo_id.in_(theirs)), execution_options=apart)
    session.execute(delete(Memo).where(Memo.id.in_(theirs)), execution_options=apart)
