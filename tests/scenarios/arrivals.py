"""Messages of others in a case: what a file says of them becomes what comes over the exchange."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from residentapp.core.crypto import Keyring
from residentapp.core.dates import DateField, parse_date
from residentapp.core.numbering import RESIDENT_CODE
from residentapp.core.outbox import OutboxMessage, Partner
from residentapp.residents.changes.rules.residence import CAUSES
from residentapp.residents.messages.types import InboxKind, MessageKind
from residentapp.residents.models import ResidentHistory
from residentapp.residents.types import ForeignCategory
from tests.residents.immigration.conftest import body as commissioner_notice
from tests.residents.move_out.notices import body as move_in_notice

#: Words of a file for the codes of a 出入国在留管理庁長官通知.
_ACTS = {"修正": "correct", "消除": "remove"}
_CAUSES = {label: code for code, label in CAUSES.items()}


def iso(written: str) -> str:
    """A day as a file writes it, as messages write it (``YYYY-MM-DD``)."""
    return parse_date(written, DateField.EVENT).sort.isoformat()


def message_of(
    session: Session, name: str, given: dict[str, Any], person: ResidentHistory, keyring: Keyring
) -> tuple[Partner, str, dict[str, Any]]:
    """Sender, kind and body of a message about somebody, who is in it as the sender knows them.

    :param given: its items by the names of the README.
    """
    if name == InboxKind.IMMIGRATION_RESULT.label:
        return Partner.ISA, InboxKind.IMMIGRATION_RESULT.value, _result(session, given, person)
    days = {"moved_on": iso(given["moved_on"]), "noticed_on": iso(given["noticed_on"])}
    items = {item: value for item, value in given.items() if item not in days}
    if name == InboxKind.MOVE_IN_NOTICE.label:
        if person.resident_code_cipher is not None:
            items.setdefault("code", keyring.decrypt_text(person.resident_code_cipher, context=RESIDENT_CODE))
        told = move_in_notice(person, moved_in=days["moved_on"], noticed=days["noticed_on"], **items)
        return Partner.CS, InboxKind.MOVE_IN_NOTICE.value, told
    assert name == InboxKind.IMMIGRATION_NOTICE.label, name
    return Partner.ISA, InboxKind.IMMIGRATION_NOTICE.value, _commissioner(items, days, person)


def _result(session: Session, given: dict[str, Any], person: ResidentHistory) -> dict[str, Any]:
    """What the 連携端末 says of the newest 市町村通知 about somebody."""
    query = (
        select(OutboxMessage.key)
        .where(
            OutboxMessage.subject == person.addressee_number,
            OutboxMessage.kind == MessageKind.ISA_NOTICE.value,
        )
        .order_by(OutboxMessage.id.desc())
        .limit(1)
    )
    header = {
        "message_id": session.scalars(query).one(),
        "result": "error" if "error" in given else "accepted",
    }
    if "error" in given:
        header |= {"error_code": "E101", "error_text": given["error"]}
    return {"header": header}


def _commissioner(items: dict[str, Any], days: dict[str, str], person: ResidentHistory) -> dict[str, Any]:
    after = dict(items.get("after", {}))
    if "foreign_category" in after:
        category = next(each for each in ForeignCategory if each.label == after["foreign_category"])
        after["foreign_category"] = {"code": category.value}
    if "residence_expires_on" in after:
        written = after["residence_expires_on"]
        after["residence_expires_on"] = {"day": iso(written)} if written else None
    header = {"removal_cause": {"code": _CAUSES[items["cause"]]}} if "cause" in items else {}
    told = commissioner_notice(
        act=_ACTS[items["act"]],
        card=person.residence_card_number or "",
        name=person.name_alphabet or "",
        birth=str(person.birth_date.iso),
        noticed=days["noticed_on"],
        moved=days["moved_on"],
        after=after,
        **header,
    )
    if person.special_permanent_number:
        told["person"] = {
            "special_permanent_number": person.special_permanent_number,
            "name": person.name,
            "birth_date": {"day": person.birth_date.iso},
        }
    return told
