"""個人番号 that come back from the CS after a 生成要求 or 変更要求 (RR-4.4, RR-7.1.2.1a).

Body: ``person.resident_code`` says whose it is, ``person.individual_number`` is the number; ``header.reason`` of a
changed number says by what it was asked for (``C05`` or ``C06``).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from residentapp.core import audit
from residentapp.core.access.actor import Actor
from residentapp.core.check_digits import valid_individual_number
from residentapp.core.clock import day_of
from residentapp.core.crypto import Keyring
from residentapp.core.dates import DateValue
from residentapp.core.numbering import INDIVIDUAL_NUMBER, RESIDENT_CODE
from residentapp.core.outbox import InboxProblem, TryLater, inbox_handler
from residentapp.residents import history, locks
from residentapp.residents.locks import LockSubject
from residentapp.residents.messages.types import InboxKind
from residentapp.residents.messages.writing import write_messages
from residentapp.residents.models import ResidentChange, ResidentHistory
from residentapp.residents.remarks.operations import record_change
from residentapp.residents.search import index
from residentapp.residents.types import ChangeReason

_ASKED_BY = frozenset({ChangeReason.NUMBER_CHANGE_ON_REQUEST, ChangeReason.NUMBER_CORRECT_EX_OFFICIO})


@inbox_handler(InboxKind.NUMBER_GENERATED.value)
def record_generated_number(
    session: Session, actor: Actor, keyring: Keyring, body: Mapping[str, Any], now: dt.datetime
) -> int | None:
    """Record the number of somebody who has none (個人番号の職権記載); nothing when the same is already recorded.

    :raises InboxProblem: when nobody fits, the number is no 個人番号 or somebody else's, or another is recorded.
    """
    person, number = _whose(session, keyring, body, now=now)
    if _same(keyring, person, number):
        return None
    if person.individual_number_hash is not None:
        raise InboxProblem(
            "この人には、すでに別の個人番号が記載されています。生成要求と記載を確かめてください。"
        )
    return _record(session, actor, keyring, person, number, ChangeReason.NUMBER_RECORD_EX_OFFICIO, now=now)


@inbox_handler(InboxKind.NUMBER_CHANGED.value)
def record_changed_number(
    session: Session, actor: Actor, keyring: Keyring, body: Mapping[str, Any], now: dt.datetime
) -> int | None:
    """Record the number that came for a 変更要求, under the reason for which it was asked."""
    person, number = _whose(session, keyring, body, now=now)
    if _same(keyring, person, number):
        return None
    header = body.get("header")
    said = header.get("reason") if isinstance(header, Mapping) else None
    code = said.get("code") if isinstance(said, Mapping) else said
    reason = next((reason for reason in _ASKED_BY if reason.value == code), None)
    if reason is None:
        raise InboxProblem("変更の事由（請求か職権か）が分かりません。連携元に確かめてください。")
    return _record(session, actor, keyring, person, number, reason, now=now)


def _text(body: Mapping[str, Any], name: str) -> str:
    person = body.get("person")
    value = person.get(name) if isinstance(person, Mapping) else None
    return value if isinstance(value, str) else ""


def holder_of_code(session: Session, keyring: Keyring, code: str) -> str:
    """宛名番号 of whoever has a 住民票コード in the register.

    :raises InboxProblem: when nobody has, or more than one.
    """
    hashed = keyring.lookup_hash(code, context=RESIDENT_CODE)
    query = select(ResidentHistory.addressee_number).where(
        ResidentHistory.resident_code_hash == hashed, ResidentHistory.is_latest
    )
    found = session.scalars(query).all() if code else []
    if len(found) != 1:
        raise InboxProblem(
            "この住民票コードの人が見つかりません。住民票コードが変わっていないか確かめてください。"
        )
    return found[0]


def _whose(
    session: Session, keyring: Keyring, body: Mapping[str, Any], *, now: dt.datetime
) -> tuple[ResidentHistory, str]:
    code, number = _text(body, "resident_code"), _text(body, "individual_number")
    if not valid_individual_number(number):
        raise InboxProblem(
            "届いた番号は、個人番号の形（12けたと検査数字）ではありません。連携元に確かめてください。"
        )
    owner = holder_of_code(session, keyring, code)
    holder = locks.holder(session, LockSubject.RESIDENT, owner, now=now)
    if holder is not None:
        raise TryLater("この人の記録は、ほかの職員が編集中です。終わってから取り込みます。")
    person = history.latest(session, owner, for_update=True)
    assert person is not None
    if not person.state.is_live:
        raise InboxProblem("この人の住民票は消除されています。番号を記載するかどうかを確かめてください。")
    taken = select(ResidentHistory.addressee_number).where(
        ResidentHistory.individual_number_hash == keyring.lookup_hash(number, context=INDIVIDUAL_NUMBER),
        ResidentHistory.addressee_number != person.addressee_number,
    )
    if session.scalars(taken.limit(1)).first() is not None:
        raise InboxProblem("届いた個人番号は、別の人に記載されています。連携元に確かめてください。")
    return person, number


def _same(keyring: Keyring, person: ResidentHistory, number: str) -> bool:
    return person.individual_number_hash == keyring.lookup_hash(number, context=INDIVIDUAL_NUMBER)


def _record(
    session: Session,
    actor: Actor,
    keyring: Keyring,
    person: ResidentHistory,
    number: str,
    reason: ChangeReason,
    *,
    now: dt.datetime,
) -> int:
    today = day_of(now)
    change = ResidentChange(
        reason=reason,
        moved_on=DateValue.of(today),
        processed_on=today,
        noticed_on=today,
        office_code=actor.office_code,
        office_name=actor.office_name,
        terminal_code=actor.terminal_code,
        terminal_name=actor.terminal_name,
        entered_by=actor.login,
    )
    session.add(change)
    session.flush()
    items = history.items_of(person) | {
        "individual_number_cipher": keyring.encrypt(number, context=INDIVIDUAL_NUMBER),
        "individual_number_hash": keyring.lookup_hash(number, context=INDIVIDUAL_NUMBER),
    }
    after = history.append(
        session, change, person.addressee_number, items, expected_history_number=person.history_number
    )
    record_change(session, change, after, history.items_of(person))
    write_messages(session, keyring, change, now=now)
    index.refresh(session, [after.addressee_number])
    audit.record(
        session,
        actor,
        moment=now,
        log=audit.Log.OPERATION,
        action="個人番号の取込",
        subjects=[after.addressee_number],
        details={"異動": change.id, "異動事由": reason.label},
        individual_number=True,
        screen="受信",
    )
    return change.id
