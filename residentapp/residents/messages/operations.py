"""What officers do with messages: look at them, complete them, send them again. Each act is logged (RR-7.1.1.1d)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from residentapp.core import audit
from residentapp.core.access.actor import Actor
from residentapp.core.access.permissions import Permission
from residentapp.core.addresses.municipalities import find_municipality, municipality_by_code
from residentapp.core.addresses.queries import postal_digits
from residentapp.core.crypto import Keyring
from residentapp.core.masters.queries import own_municipality
from residentapp.core.outbox import MessageState, OutboxMessage, body_of, complete, put, resend, withdraw
from residentapp.core.outbox.operations import find
from residentapp.core.outbox.types import MessageChanged, Partner
from residentapp.residents.messages import lists, queries
from residentapp.residents.messages.bodies import recipient_keys
from residentapp.residents.messages.items import shows_number
from residentapp.residents.messages.lists import InboxFilter, MessageFilter, MessageList
from residentapp.residents.messages.queries import MessagePage, ReceivedPage, missing_of
from residentapp.residents.messages.rules import Step, cs_reason, fits
from residentapp.residents.messages.types import Act, MessageKind, PrintStyle
from residentapp.residents.records.operations import require_open_to_inquiry
from residentapp.residents.removed_records import reader
from residentapp.residents.types import ChangeReason


class ActRefused(Exception):
    """An act cannot be done as entered.

    :ivar problems: (field, what is wrong and what to do); an empty field for the whole.
    """

    def __init__(self, *problems: tuple[str, str]) -> None:
        super().__init__(problems[0][1])
        self.problems = problems


@dataclass(frozen=True)
class Completion:
    """What an officer adds to a held message.

    :param municipality: name with prefecture, or code, of the municipality that it is for.
    :param postal_code: with ``address`` and ``place_reason`` where the notice of the number goes, when not to the
        address of the record (RR-7.1.1.4).
    """

    municipality: str = ""
    print_style: str = ""
    postal_code: str = ""
    address: str = ""
    place_reason: str = ""


# ---- looking


def search_messages(
    session: Session, actor: Actor, wanted: MessageFilter, *, now: dt.datetime
) -> MessageList:
    """A list of messages to partners."""
    actor.require(Permission.MESSAGES_VIEW)
    found = lists.list_messages(session, wanted, now=now)
    terms = {
        "宛名番号": wanted.subject,
        "連携先": wanted.destination.label if wanted.destination is not None else "",
        "種別": wanted.kind,
        "状態": wanted.state.label if wanted.state is not None else "",
        "日": wanted.day.isoformat() if wanted.day is not None else "",
    }
    _log_look(session, actor, "連携の一覧の照会", found.numbers, {"条件": _said(terms)}, now=now)
    return found


def search_received(session: Session, actor: Actor, wanted: InboxFilter, *, now: dt.datetime) -> MessageList:
    """A list of messages from partners."""
    actor.require(Permission.MESSAGES_VIEW)
    found = lists.list_received(session, wanted)
    terms = {
        "連携元": wanted.source.label if wanted.source is not None else "",
        "種別": wanted.kind,
        "状態": wanted.state.label if wanted.state is not None else "",
        "日": wanted.day.isoformat() if wanted.day is not None else "",
    }
    _log_look(session, actor, "受信の一覧の照会", [], {"条件": _said(terms)}, now=now)
    return found


def _said(terms: Mapping[str, str]) -> dict[str, str]:
    return {name: text for name, text in terms.items() if text}


def _log_look(
    session: Session,
    actor: Actor,
    action: str,
    subjects: list[str],
    details: Mapping[str, Any],
    *,
    now: dt.datetime,
    number: bool = False,
) -> None:
    audit.record(
        session,
        actor,
        moment=now,
        log=audit.Log.OPERATION,
        action=action,
        subjects=subjects,
        details=details,
        individual_number=number,
        screen="連携",
    )


def open_message(
    session: Session,
    actor: Actor,
    keyring: Keyring,
    message_id: int,
    *,
    now: dt.datetime,
    numbers: bool = False,
) -> MessagePage:
    """One message to a partner, as the actor may see it.

    :raises MessageNotFound: when there is none.
    :raises InquiryRefused: when a suppression bars the actor from the person it is about.
    """
    actor.require(Permission.MESSAGES_VIEW)
    row = find(session, message_id)
    if row is not None:
        person = reader.latest_of(session, row.subject)
        require_open_to_inquiry(session, actor, [person] if person is not None else [], now=now)
    page = queries.message_page(session, actor, keyring, message_id, now=now, numbers=numbers)
    shown = shows_number(page.groups)
    action = "連携の番号の表示" if numbers else "連携の照会"
    _log_look(session, actor, action, [page.subject], {"連携": page.id}, now=now, number=shown)
    return page


def open_received(
    session: Session,
    actor: Actor,
    keyring: Keyring,
    message_id: int,
    *,
    now: dt.datetime,
    numbers: bool = False,
) -> ReceivedPage:
    """One message from a partner, as the actor may see it.

    :raises MessageNotFound: when there is none.
    :raises InquiryRefused: when a suppression bars the actor from everyone it is about.
    """
    actor.require(Permission.MESSAGES_VIEW)
    page = queries.received_page(session, actor, keyring, message_id, now=now, numbers=numbers)
    people = reader.people_of(session, page.numbers)
    require_open_to_inquiry(session, actor, list(people.values()), now=now)
    shown = shows_number(page.groups)
    action = "受信の番号の表示" if numbers else "受信の照会"
    _log_look(session, actor, action, page.numbers, {"受信": page.id}, now=now, number=shown)
    return page


# ---- acting


def resend_message(
    session: Session,
    actor: Actor,
    keyring: Keyring,
    message_id: int,
    *,
    reason: str,
    now: dt.datetime,
    change_reason: ChangeReason | None = None,
) -> OutboxMessage:
    """再送, with another 異動事由 if wished (RR-7.1.1.1d).

    転出証明書情報 that was sent is not sent again by hand (RR-4.1.3.0.4b).

    :raises ActRefused: without a reason, for a 異動事由 of another 区分, or for a 転出証明書情報 that was sent.
    :raises MessageChanged: when it was neither sent nor failed.
    """
    row = _message(session, message_id)
    problems = []
    if not reason.strip():
        problems.append(("reason", "再送する理由を入力してください。"))
    if row.kind == MessageKind.MOVE_OUT_CERTIFICATE and row.state is MessageState.SENT:
        problems.append(("", "転出証明書情報は、送った後に手で再送することはできません。"))
    body = None
    if change_reason is not None:
        body = body_of(keyring, row)
        problem = _change_reason_of(body, change_reason)
        if problem:
            problems.append(("change_reason", problem))
    if problems:
        raise ActRefused(*problems)
    return resend(session, actor, keyring, message_id, reason=reason, now=now, body=body)


def _change_reason_of(body: dict[str, Any], reason: ChangeReason) -> str:
    """Put another 異動事由 into a body; says why that cannot be."""
    header = body.get("header", {})
    code = header.get("act", {}).get("code", "")
    if "reason" not in header:
        return "この連携には異動事由がありません。「変えない」を選んでください。"
    if code not in {act.value for act in Act} or not fits(reason, Act(code)):
        label = header.get("act", {}).get("label", "")
        return f"この連携の区分（{label}）に合わない異動事由です。同じ区分の異動事由を選んでください。"
    header["reason"] = {"code": reason.value, "label": reason.label}
    if "cs_reason" in header:
        step = {Act.RECORD: Step.RECORDED, Act.REMOVE: Step.REMOVED, Act.CORRECT: Step.CORRECTED}[Act(code)]
        said = cs_reason(reason, step)
        header["cs_reason"] = {"code": said.value, "label": said.label}
    return ""


def _message(session: Session, message_id: int) -> OutboxMessage:
    row = find(session, message_id)
    if row is None:
        raise MessageChanged(queries.NO_SUCH_MESSAGE)
    return row


def complete_message(
    session: Session,
    actor: Actor,
    keyring: Keyring,
    message_id: int,
    added: Completion,
    *,
    now: dt.datetime,
) -> OutboxMessage:
    """補完: add what a held message lacks, and let it go.

    A 戸籍附票記載事項通知 that turns out to be for the own municipality goes to its annex.

    :raises ActRefused: naming what is missing or wrong.
    :raises MessageChanged: when it is not held.
    """
    actor.require(Permission.MESSAGES_VIEW, Permission.MESSAGES_MANAGE)
    row = _message(session, message_id)
    body = body_of(keyring, row)
    missing = missing_of(row, body)
    problems: list[tuple[str, str]] = []
    recipient: str | None = None
    if missing.recipient:
        recipient, name, problem = _recipient(session, added.municipality)
        if problem:
            problems.append(("municipality", problem))
        body.setdefault("header", {})[recipient_keys(row.kind)[0]] = name
    if missing.delivery:
        body["delivery"] = _delivery(added, problems)
    if problems:
        raise ActRefused(*problems)
    if recipient is not None and recipient == own_municipality(session).code:
        return _to_own_annex(session, actor, keyring, row, body, now=now)
    return complete(
        session, actor, keyring, message_id, now=now, body=body if missing else None, recipient=recipient
    )


def _recipient(session: Session, typed: str) -> tuple[str | None, str, str]:
    """Code and name of the municipality typed, or what is wrong."""
    text = typed.strip()
    if not text:
        return None, "", "宛先の市区町村を、都道府県からの名前か6けたのコードで入力してください。"
    own = own_municipality(session)
    if text in (own.code, own.prefecture + own.name):
        return own.code, own.prefecture + own.name, ""
    digits = postal_digits(text)
    found = municipality_by_code(session, digits) if len(digits) == 6 else find_municipality(session, text)
    if found is None:
        return None, "", "この市区町村は住所辞書にありません。名前かコードを確かめてください。"
    municipality, prefecture = found
    code = own.code if municipality.code == own.code[:5] else municipality.code6
    return code, prefecture.name + municipality.name, ""


def _delivery(added: Completion, problems: list[tuple[str, str]]) -> dict[str, Any]:
    known = {style.value: style for style in PrintStyle}
    style = known.get(added.print_style)
    if style is None:
        problems.append(("print_style", "印刷区分を選んでください。"))
    delivery: dict[str, Any] = {}
    if style is not None:
        delivery["print_style"] = {"code": style.value, "label": style.label}
    postal, address, why = postal_digits(added.postal_code), added.address.strip(), added.place_reason.strip()
    if not (added.postal_code.strip() or address or why):
        return delivery
    if len(postal) != 7:
        problems.append(("postal_code", "送付先の郵便番号を7けたの数字で入力してください。"))
    if not address:
        problems.append(("address", "送付先の住所を入力してください。"))
    if not why:
        problems.append(("place_reason", "現住所と違う所へ送る理由を入力してください。"))
    return delivery | {
        "delivery_postal_code": postal,
        "delivery_address": address,
        "delivery_reason": why,
    }


def _to_own_annex(
    session: Session,
    actor: Actor,
    keyring: Keyring,
    row: OutboxMessage,
    body: Mapping[str, Any],
    *,
    now: dt.datetime,
) -> OutboxMessage:
    if row.kind != MessageKind.ANNEX_NOTICE:
        raise ActRefused(
            (
                "municipality",
                "自団体には送りません。住所を確かめ、送らなくてよいときは「送らない」にしてください。",
            )
        )
    withdraw(session, actor, row.id, reason="自団体の戸籍附票システムへ送る", now=now)
    return put(
        session,
        keyring,
        destination=Partner.ANNEX,
        kind=MessageKind.OWN_ANNEX.value,
        subject=row.subject,
        body=body,
        change_id=row.change_id,
        now=now,
    )


def log_refused_look(
    session: Session, actor: Actor, subjects: list[str], *, now: dt.datetime, reason: str
) -> None:
    """Log that opening a message was refused; written in a transaction of its own."""
    audit.record(
        session,
        actor,
        moment=now,
        log=audit.Log.OPERATION,
        action="連携の照会",
        subjects=subjects,
        details={"理由": reason},
        succeeded=False,
        screen="連携",
    )
