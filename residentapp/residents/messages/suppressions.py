"""Telling others that a suppression stands or is released (RR-3.1c, RR-3.2).

The history of suppressions (``support.events``) calls :func:`write_suppression` in the transaction of the act, so that
a message exists exactly when the act does. A temporary lift (一時解除) is told to nobody, lest it pass for a release:
it does not come here, and what is told does not depend on it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from residentapp.core.clock import day_of
from residentapp.core.crypto import Keyring
from residentapp.core.dates import to_wareki
from residentapp.core.masters.queries import own_municipality
from residentapp.core.numbering import RESIDENT_CODE
from residentapp.core.outbox import OutboxMessage, Partner, put
from residentapp.residents import history
from residentapp.residents.messages.items import describe
from residentapp.residents.messages.kinds import name_kind
from residentapp.residents.messages.types import Act
from residentapp.residents.models import ResidentHistory, Suppression
from residentapp.residents.removed_records import reader
from residentapp.residents.types import ResidentState, SuppressedProcess

_KINDS = {
    Partner.ADDRESSEE: "addressee.suppression",
    Partner.CS: "cs.suppression",
    Partner.CONVENIENCE: "convenience.suppression",
}
_WORDS = {Act.RECORD: "設定", Act.CORRECT: "変更", Act.REMOVE: "解除"}
for _kind in _KINDS.values():
    name_kind(_kind, "抑止の設定・解除")
for _key, _label in (
    ("process", "抑止する処理"),
    ("level", "抑止の程度"),
    ("cause", "抑止の事由"),
    ("starts_on", "開始年月日"),
    ("ends_on", "終了年月日"),
    ("released_on", "解除年月日"),
):
    describe(_key, _label)


def write_suppression(
    session: Session, keyring: Keyring, suppression: Suppression, act: Act, *, now: dt.datetime
) -> list[OutboxMessage]:
    """Put the messages of a suppression that was set, altered or released.

    The 宛名システム is told of every one; 住基ネットCS and コンビニ交付 of those that hold back certificates. One
    of a household is told for each of its members.

    :param act: ``RECORD``, ``CORRECT`` or ``REMOVE``.
    """
    session.flush()
    own = own_municipality(session)
    partners = [Partner.ADDRESSEE]
    if suppression.process is SuppressedProcess.CERTIFICATE:
        partners += [Partner.CS, Partner.CONVENIENCE]
    messages = []
    for person in _subjects(session, suppression):
        for partner in partners:
            body = {
                "header": {
                    "act": {"code": act.value, "label": _WORDS[act]},
                    "municipality_code": own.code,
                    "municipality_name": own.prefecture + own.name,
                },
                "person": _person(keyring, person, partner),
                "suppression": _content(suppression),
            }
            messages.append(
                put(
                    session,
                    keyring,
                    destination=partner,
                    kind=_KINDS[partner],
                    subject=person.addressee_number,
                    body=body,
                    change_id=None,
                    now=now,
                )
            )
    return messages


def _subjects(session: Session, suppression: Suppression) -> Sequence[ResidentHistory]:
    """Whom it is about, in the order of their numbers.

    Their records are held: a change of the same people holds them too before it writes its messages, so that the two
    take turns instead of each waiting for the other's place in the order.
    """
    number = suppression.addressee_number
    if number is not None:
        person = history.latest(session, number, for_update=True) or reader.latest_of(session, number)
        return [person] if person is not None else []
    query = (
        select(ResidentHistory)
        .where(
            ResidentHistory.household_number == suppression.household_number,
            ResidentHistory.is_latest,
            ResidentHistory.state == ResidentState.RESIDENT,
        )
        .order_by(ResidentHistory.addressee_number)
        .with_for_update()
    )
    return session.scalars(query).all()


def _person(keyring: Keyring, person: ResidentHistory, partner: Partner) -> dict[str, Any]:
    """By which number the partner knows the person; the address is nobody's business here."""
    if partner is Partner.ADDRESSEE or person.resident_code_cipher is None:
        return {"addressee_number": person.addressee_number}
    code = keyring.decrypt_text(person.resident_code_cipher, context=RESIDENT_CODE)
    return {"resident_code": code}


def _content(suppression: Suppression) -> dict[str, Any]:
    def day(value: dt.date | None) -> dict[str, str] | None:
        return None if value is None else {"day": value.isoformat(), "text": to_wareki(value)}

    released = suppression.released_at
    return {
        "process": {"code": suppression.process.value, "label": suppression.process.label},
        "level": {"code": suppression.level.value, "label": suppression.level.label},
        "cause": {"code": suppression.cause.value, "label": suppression.cause.label},
        "starts_on": day(suppression.starts_on),
        "ends_on": day(suppression.ends_on),
        "released_on": None if released is None else day(day_of(released)),
    }
