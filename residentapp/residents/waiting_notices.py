"""Notices of other offices that wait for this one: kept, held while somebody decides, entered in a case, or left out.

What a notice says and whom it is about is the business of its kind; what happens to it in the office is the same for
all and stands here. Each kind has one :class:`Notices`.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from residentapp.core import audit
from residentapp.core.access.actor import Actor
from residentapp.core.access.permissions import Permission
from residentapp.core.crypto import Keyring
from residentapp.residents.cases.models import ChangeCase
from residentapp.residents.cases.queries import open_case
from residentapp.residents.cases.types import CaseState
from residentapp.residents.models.told import NoticeColumns

Row = TypeVar("Row", bound=NoticeColumns)


class NoticeChanged(Exception):
    """The notice is no longer in the state that the act needs. The text may be shown."""


class NobodyFound(Exception):
    """The 宛名番号 is nobody's to whom a notice can belong. The text may be shown."""


@dataclass(frozen=True)
class Notices(Generic[Row]):
    """The notices of one kind.

    :param model: their table. :param name: what one is called in messages and in the log.
    :param screen: the screen that the log names. :param rights: what whoever settles one needs.
    """

    model: type[Row]
    name: str
    screen: str
    rights: tuple[Permission, ...]

    # ---- the body

    def keep(self, session: Session, keyring: Keyring, row: Row, body: Mapping[str, Any]) -> None:
        """Store a notice that has just come, with its body encrypted; ``row.body_cipher`` may be empty until then."""
        session.add(row)
        session.flush()
        row.body_cipher = keyring.encrypt(json.dumps(body, ensure_ascii=False), context=self._context(row.id))

    def body_of(self, keyring: Keyring, row: Row) -> dict[str, Any]:
        """What a notice says, as it came."""
        value: dict[str, Any] = json.loads(
            keyring.decrypt_text(row.body_cipher, context=self._context(row.id))
        )
        return value

    def _context(self, notice_id: int) -> str:
        return f"{self.model.__tablename__}:{notice_id}"  # type: ignore[attr-defined]

    # ---- what officers do

    def held(self, session: Session, notice_id: int, *states: Any) -> Row:
        """A notice that is in one of these states and is not being entered, its row held.

        :raises NoticeChanged: when it is not.
        """
        query = select(self.model).where(self.model.id == notice_id).with_for_update()
        row = session.scalars(query.execution_options(populate_existing=True)).one_or_none()
        if row is None:
            raise NoticeChanged(f"この{self.name}は見つかりません。一覧を開き直してください。")
        if row.state not in states:
            raise NoticeChanged(
                f"この{self.name}は、いま「{row.state.label}」です。一覧を開き直してください。"
            )
        if open_case(session, row.case_id) is not None:
            raise NoticeChanged(
                f"この{self.name}は、すでに入力しています。入力を開くか、取り下げてください。"
            )
        return row

    def leave_out(
        self,
        session: Session,
        actor: Actor,
        notice_id: int,
        reason: str,
        *,
        waits_in: Sequence[Any],
        becomes: Any,
        without_reason: str,
        action: str,
        now: dt.datetime,
    ) -> Row:
        """Leave a notice out, with the reason.

        :param waits_in: states in which that can be decided. :param becomes: the state it gets.
        :param without_reason: what is said when the reason is missing. :param action: what the log calls it.
        :raises NoticeChanged: when it is settled or being entered. :raises ValueError: without a reason.
        """
        actor.require(*self.rights)
        if not reason.strip():
            raise ValueError(without_reason)
        row = self.held(session, notice_id, *waits_in)
        row.note = reason.strip()
        settle(row, actor, becomes, now=now)
        self.log(session, actor, row, action, now=now, reason=reason.strip())
        session.flush()
        return row

    def of_case(self, session: Session, case: ChangeCase, state: Any) -> Iterator[Row]:
        """Notices that are entered in a case and still in a state; to be settled when the case is registered."""
        query = select(self.model).where(self.model.case_id == case.id, self.model.state == state)
        return iter(session.scalars(query).all())

    def log(
        self,
        session: Session,
        actor: Actor,
        row: Row,
        action: str,
        *,
        now: dt.datetime,
        reason: str = "",
        succeeded: bool = True,
    ) -> None:
        """Put into the audit log what was done with a notice."""
        details: dict[str, Any] = {self.name: row.id, "結果": row.state.label}
        if row.problem:
            details["取り込めない理由"] = row.problem
        if reason:
            details["理由"] = reason
        if row.change_id is not None:
            details["異動"] = row.change_id
        audit.record(
            session,
            actor,
            moment=now,
            log=audit.Log.OPERATION,
            action=action,
            subjects=[row.addressee_number] if row.addressee_number else [],
            details=details,
            succeeded=succeeded,
            screen=self.screen,
        )

    # ---- lists

    def find(self, session: Session, notice_id: int) -> Row | None:
        """A notice by its id."""
        return session.get(self.model, notice_id)

    def in_state(self, session: Session, state: Any, *, limit: int = 500) -> Sequence[Row]:
        """Notices in a state, the oldest first; those being entered too."""
        query = select(self.model).where(self.model.state == state)
        return session.scalars(query.order_by(self.model.received_at, self.model.id).limit(limit)).all()

    def count_open(self, session: Session, state: Any) -> int:
        """How many in a state wait for somebody; those being entered wait for nobody else."""
        entered = select(ChangeCase.id).where(ChangeCase.state != CaseState.WITHDRAWN)
        query = (
            select(func.count())
            .select_from(self.model)
            .where(
                self.model.state == state,
                or_(self.model.case_id.is_(None), self.model.case_id.not_in(entered)),
            )
        )
        return session.scalar(query) or 0


def settle(row: NoticeColumns, actor: Actor, state: Any, *, now: dt.datetime) -> None:
    """Nobody has to do anything about a notice any more: its last state, when and by whom."""
    row.state = state
    row.settled_at, row.settled_by = now, actor.login
