"""What was told to the 出入国在留管理庁, and what its 連携端末 made of it (RR-4.5.7b)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, select
from sqlalchemy.orm import Session, aliased

from residentapp.core import audit
from residentapp.core.access.actor import Actor
from residentapp.core.access.permissions import Permission
from residentapp.core.clock import JST
from residentapp.core.crypto import DecryptionError, Keyring
from residentapp.core.outbox import InboxProblem, MessageState, OutboxMessage, Partner, body_of
from residentapp.core.web.marks import Mark
from residentapp.residents.immigration.models import ImmigrationResult
from residentapp.residents.immigration.types import ResultState
from residentapp.residents.messages.kinds import label_of_kind
from residentapp.residents.messages.types import IsaLaw, MessageKind
from residentapp.residents.protection import HIDDEN, may_see_whereabouts, standings
from residentapp.residents.records.items import NO_RIGHT
from residentapp.residents.records.queries import marks_of
from residentapp.residents.removed_records.reader import people_of
from residentapp.residents.rules.told import text_at

#: Kinds of message that go to the 出入国在留管理庁.
KINDS = (MessageKind.ISA_NOTICE, MessageKind.ISA_TRANSMISSION)
PAGE_SIZE = 50
_LONGEST_ERROR = 500


# ---- taking results in


def record_result(
    session: Session, actor: Actor, keyring: Keyring, body: Mapping[str, Any], now: dt.datetime
) -> ImmigrationResult:
    """Keep the result of one message. A later one of the same message stands in its place; both stay.

    ``header``: ``message_id`` the ``id`` of the message as it was sent; ``result`` ``accepted`` or ``error``;
    ``error_code`` and ``error_text``.

    :raises InboxProblem: when no message that went there has this id, or the result cannot be read.
    """
    key = text_at(body, "header", "message_id")
    query = select(OutboxMessage).where(OutboxMessage.key == key, OutboxMessage.destination == Partner.ISA)
    message = session.scalars(query).one_or_none()
    if message is None or message.state not in (MessageState.SENT, MessageState.SENDING):
        raise InboxProblem("元の市町村通知・市町村伝達が見つかりません。連携の番号を確かめてください。")
    said = text_at(body, "header", "result")
    if said not in (ResultState.ACCEPTED.value, ResultState.ERROR.value):
        raise InboxProblem("処理結果（正常かエラーか）が分かりません。連携元に確かめてください。")
    accepted = said == ResultState.ACCEPTED.value
    error = "" if accepted else text_at(body, "header", "error_text")[:_LONGEST_ERROR]
    row = ImmigrationResult(
        message_id=message.id,
        received_at=now,
        accepted=accepted,
        error_code=None if accepted else text_at(body, "header", "error_code")[:20] or None,
        error_cipher=keyring.encrypt(error, context=_context(message.id)) if error else None,
    )
    session.add(row)
    session.flush()
    audit.record(
        session,
        actor,
        moment=now,
        log=audit.Log.OPERATION,
        action="市町村通知の処理結果の取込",
        subjects=[message.subject],
        details={"連携": message.id, "結果": "正常" if accepted else "エラー"},
        screen="受信",
    )
    return row


def _context(message_id: int) -> str:
    return f"immigration_result:{message_id}"


# ---- lists


@dataclass(frozen=True)
class SentFilter:
    """What is looked for. ``first`` and ``last`` are days of writing; each is left open by None."""

    law: IsaLaw | None = None
    kind: MessageKind | None = None
    result: ResultState | None = None
    first: dt.date | None = None
    last: dt.date | None = None
    page: int = 1


@dataclass(frozen=True)
class SentLine:
    """One 市町村通知 or 市町村伝達 with its result."""

    id: int
    created_at: dt.datetime
    sent_at: dt.datetime | None
    number: str
    name: str
    marks: tuple[Mark, ...]
    kind: str
    law: str
    act: str
    state: str
    result: str
    error: str
    resent: bool


@dataclass(frozen=True)
class SentList:
    """One page of the list of subjects, newest first."""

    lines: Sequence[SentLine]
    page: int
    total: int

    @property
    def pages(self) -> int:
        """How many pages there are; one when there is nobody."""
        return max(1, -(-self.total // PAGE_SIZE))

    @property
    def numbers(self) -> list[str]:
        """宛名番号 of everyone on the page."""
        return sorted({line.number for line in self.lines})


def _latest_result() -> Any:
    """Id of the newest result of a message."""
    newest = select(func.max(ImmigrationResult.id)).where(ImmigrationResult.message_id == OutboxMessage.id)
    return newest.correlate(OutboxMessage).scalar_subquery()


def _resent() -> ColumnElement[bool]:
    again = aliased(OutboxMessage)
    # The subject lets an index find the few rows among which to look.
    return exists(
        select(again.id).where(again.subject == OutboxMessage.subject, again.resends == OutboxMessage.key)
    )


def _selected(*columns: Any) -> Select[Any]:
    return (
        select(*columns)
        .select_from(OutboxMessage)
        .outerjoin(ImmigrationResult, ImmigrationResult.id == _latest_result())
        .where(
            OutboxMessage.destination == Partner.ISA, OutboxMessage.kind.in_([kind.value for kind in KINDS])
        )
    )


def _fitting(query: Select[Any], wanted: SentFilter) -> Select[Any]:
    if wanted.law is not None:
        query = query.where(OutboxMessage.category == wanted.law.value)
    if wanted.kind is not None:
        query = query.where(OutboxMessage.kind == wanted.kind.value)
    match wanted.result:
        case ResultState.NONE:
            query = query.where(
                OutboxMessage.state == MessageState.SENT, ImmigrationResult.id.is_(None), ~_resent()
            )
        case ResultState.ACCEPTED:
            query = query.where(ImmigrationResult.accepted)
        case ResultState.ERROR:
            # Of all that went few came back with an error; an index has these.
            wrong = aliased(ImmigrationResult)
            few = select(wrong.message_id).where(~wrong.accepted)
            query = query.where(OutboxMessage.id.in_(few), ~ImmigrationResult.accepted, ~_resent())
        case None:
            pass
    if wanted.first is not None:
        query = query.where(OutboxMessage.created_at >= dt.datetime.combine(wanted.first, dt.time(), JST))
    if wanted.last is not None:
        end = dt.datetime.combine(wanted.last, dt.time(), JST) + dt.timedelta(days=1)
        query = query.where(OutboxMessage.created_at < end)
    return query


def count_errors(session: Session) -> int:
    """How many came back with an error and were not sent again."""
    return session.scalar(_fitting(_selected(func.count()), SentFilter(result=ResultState.ERROR))) or 0


def list_sent(
    session: Session, actor: Actor, keyring: Keyring, wanted: SentFilter, *, now: dt.datetime
) -> SentList:
    """市町村通知 and 市町村伝達 with their subjects, told apart by 区分, and their results (RR-4.5.7a, b)."""
    actor.require(Permission.MESSAGES_VIEW)
    total = session.scalar(_fitting(_selected(func.count()), wanted)) or 0
    query = _fitting(_selected(OutboxMessage, ImmigrationResult), wanted).order_by(OutboxMessage.id.desc())
    query = query.add_columns(_resent()).limit(PAGE_SIZE).offset((max(1, wanted.page) - 1) * PAGE_SIZE)
    rows = session.execute(query).all()
    people = people_of(session, {message.subject for message, _result, _again in rows})
    found = standings(session, people.values(), now=now)
    lines = []
    for message, result, again in rows:
        person, standing = people.get(message.subject), found.get(message.subject)
        law = IsaLaw(message.category).label if message.category else ""
        lines.append(
            SentLine(
                id=message.id,
                created_at=message.created_at,
                sent_at=message.sent_at,
                number=message.subject,
                name=person.display_name if person is not None else "",
                marks=marks_of(person, standing) if person is not None else (),
                kind=label_of_kind(message.kind),
                law=law,
                act=_act(keyring, message),
                state=message.state.label,
                result=_result_label(message, result),
                error=_error(actor, keyring, result, open_=may_see_whereabouts(actor, standing)),
                resent=bool(again),
            )
        )
    _log_look(session, actor, lines, wanted, now=now)
    return SentList(lines, max(1, wanted.page), total)


def _act(keyring: Keyring, message: OutboxMessage) -> str:
    try:
        return text_at(body_of(keyring, message), "header", "act", "label")
    except DecryptionError:
        return ""


def _result_label(message: OutboxMessage, result: ImmigrationResult | None) -> str:
    if result is not None:
        return (ResultState.ACCEPTED if result.accepted else ResultState.ERROR).label
    return ResultState.NONE.label if message.state is MessageState.SENT else ""


def _error(actor: Actor, keyring: Keyring, result: ImmigrationResult | None, *, open_: bool) -> str:
    """What is wrong. The words of the other side may tell where somebody lives, or of 在留資格等."""
    if result is None or result.accepted:
        return ""
    text = ""
    if result.error_cipher is not None:
        if not actor.may(Permission.ITEM_RESIDENCE_STATUS):
            text = NO_RIGHT
        elif not open_:
            text = HIDDEN
        else:
            text = keyring.decrypt_text(result.error_cipher, context=_context(result.message_id))
    return "　".join(part for part in (result.error_code or "", text) if part)


def _log_look(
    session: Session, actor: Actor, lines: Sequence[SentLine], wanted: SentFilter, *, now: dt.datetime
) -> None:
    terms = {
        "区分": wanted.law.label if wanted.law is not None else "",
        "種別": wanted.kind.label if wanted.kind is not None else "",
        "結果": wanted.result.label if wanted.result is not None else "",
        "開始日": wanted.first.isoformat() if wanted.first is not None else "",
        "終了日": wanted.last.isoformat() if wanted.last is not None else "",
    }
    audit.record(
        session,
        actor,
        moment=now,
        log=audit.Log.OPERATION,
        action="市町村通知・市町村伝達の照会",
        subjects=sorted({line.number for line in lines}),
        details={"件数": len(lines), "条件": {name: text for name, text in terms.items() if text}},
        screen="市町村通知・市町村伝達",
    )
