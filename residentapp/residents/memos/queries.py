"""Reads memos with every version. Whether the actor may know them is decided with the other texts of the record."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from residentapp.core.access.actor import Actor
from residentapp.core.access.permissions import Permission
from residentapp.core.clock import JST, day_of
from residentapp.core.dates import to_wareki
from residentapp.residents.memos.models import Memo, MemoVersion
from residentapp.residents.memos.types import MemoLine, MemoMissing, MemoView


def memos_of(session: Session, actor: Actor, addressee_number: str) -> tuple[MemoView, ...]:
    """The memos of a person, those that stand first, then the deleted ones; the latest change on top of each.

    The caller has made sure that the actor may know the texts of this record
    (:func:`residents.remarks.queries.record_of`).
    """
    memos = session.scalars(
        select(Memo)
        .where(Memo.addressee_number == addressee_number)
        .options(selectinload(Memo.versions))
        .execution_options(populate_existing=True)
    ).all()
    views = [_view(memo, actor) for memo in sorted(memos, key=_last_change, reverse=True)]
    return (*(view for view in views if not view.deleted), *(view for view in views if view.deleted))


def _last_change(memo: Memo) -> tuple[object, int]:
    return memo.versions[-1].written_at, memo.id


def _view(memo: Memo, actor: Actor) -> MemoView:
    deleted = memo.versions[-1].deleted
    return MemoView(
        id=memo.id,
        versions=tuple(_line(version) for version in reversed(memo.versions)),
        deleted=deleted,
        editable=not deleted and actor.may(Permission.MEMO_EDIT),
    )


def _line(version: MemoVersion) -> MemoLine:
    local = version.written_at.astimezone(JST)
    what = "削除" if version.deleted else "記入" if version.version == 1 else "変更"
    return MemoLine(
        version=version.version,
        what=what,
        text=version.text,
        when=f"{to_wareki(day_of(local))} {local:%H}時{local:%M}分",
        by=" ".join(
            part
            for part in (
                version.office_name,
                version.terminal_name,
                f"{version.user_name}（{version.user_login}）",
            )
            if part
        ),
    )


def versions_of(session: Session, addressee_number: str, memo_id: int) -> Sequence[MemoVersion]:
    """All versions of one memo, oldest first, held until the end of the transaction.

    :raises MemoMissing: when the person has no such memo.
    """
    memo = session.scalars(
        select(Memo).where(Memo.id == memo_id, Memo.addressee_number == addressee_number).with_for_update()
    ).one_or_none()
    if memo is None:
        raise MemoMissing
    return session.scalars(
        select(MemoVersion)
        .where(MemoVersion.memo_id == memo_id)
        .order_by(MemoVersion.version)
        .execution_options(populate_existing=True)
    ).all()
