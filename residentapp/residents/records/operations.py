"""Opening a record is an act of its own: it is logged with who looked at whom (RR-10.2, CM-6)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlalchemy.orm import Session

from residentapp.core import audit
from residentapp.core.access.actor import Actor
from residentapp.core.access.permissions import Permission
from residentapp.core.clock import day_of
from residentapp.core.crypto import Keyring
from residentapp.core.numbering import INDIVIDUAL_NUMBER, RESIDENT_CODE
from residentapp.residents.models import ResidentHistory
from residentapp.residents.protection import may_see_whereabouts, standings
from residentapp.residents.records import queries
from residentapp.residents.records.types import (
    HouseholdPage,
    InquiryRefused,
    NotFound,
    ResidentPage,
)
from residentapp.residents.removed_records import reader


def open_resident(
    session: Session,
    actor: Actor,
    addressee_number: str,
    *,
    now: dt.datetime,
    as_of: dt.date | None = None,
) -> ResidentPage:
    """Show one resident, and log it.

    :raises NotFound, InquiryRefused: as :func:`queries.resident_page`.
    """
    actor.require(Permission.RESIDENT_VIEW)
    page = queries.resident_page(session, actor, addressee_number, now=now, today=day_of(now), as_of=as_of)
    details = {"時点": as_of.isoformat()} if as_of is not None else {}
    audit.record(
        session,
        actor,
        moment=now,
        log=audit.Log.OPERATION,
        action="住民照会",
        # The household stands on the page as well.
        subjects=[addressee_number, *(member.person.addressee_number for member in page.household)],
        details=details,
        screen="住民",
    )
    return page


def require_open_to_inquiry(
    session: Session, actor: Actor, people: Sequence[ResidentHistory], *, now: dt.datetime
) -> None:
    """Whoever may not look at some people gets at them by no other screen either (RR-3.4e).

    :raises InquiryRefused: a suppression of 照会 bars the actor from every one of them.
    """
    found = standings(session, people, now=now)
    barred = [person for person in people if queries.is_closed(actor, found.get(person.addressee_number))]
    if people and len(barred) == len(people):
        raise InquiryRefused(queries.REFUSED)


def open_household(
    session: Session, actor: Actor, household_number: str, *, now: dt.datetime
) -> HouseholdPage:
    """Show one household, and log it for every member shown.

    :raises NotFound, InquiryRefused: as :func:`queries.household_page`.
    """
    actor.require(Permission.RESIDENT_VIEW)
    page = queries.household_page(session, actor, household_number, now=now, today=day_of(now))
    audit.record(
        session,
        actor,
        moment=now,
        log=audit.Log.OPERATION,
        action="世帯照会",
        subjects=[member.person.addressee_number for member in (*page.members, *page.removed)],
        screen="世帯",
    )
    return page


def reveal_numbers(
    session: Session, actor: Actor, keyring: Keyring, addressee_number: str, *, now: dt.datetime
) -> dict[str, str]:
    """個人番号 and 住民票コード of a person, as far as the actor may see them; logged as seen.

    :returns: by label; empty when the actor may see neither or the person has none.
    :raises NotFound: no such person.
    :raises InquiryRefused: a suppression bars the record.
    """
    actor.require(Permission.RESIDENT_VIEW)
    current = reader.latest_of(session, addressee_number)
    if current is None:
        raise NotFound(queries.NO_SUCH_PERSON)
    standing = standings(session, [current], now=now).get(addressee_number)
    if not may_see_whereabouts(actor, standing) or queries.is_closed(actor, standing):
        raise InquiryRefused(queries.REFUSED)
    shown: dict[str, str] = {}
    if current.individual_number_cipher and actor.may(Permission.ITEM_INDIVIDUAL_NUMBER):
        shown["個人番号"] = keyring.decrypt_text(current.individual_number_cipher, context=INDIVIDUAL_NUMBER)
    if current.resident_code_cipher and actor.may(Permission.ITEM_RESIDENT_CODE):
        shown["住民票コード"] = keyring.decrypt_text(current.resident_code_cipher, context=RESIDENT_CODE)
    if shown:
        audit.record(
            session,
            actor,
            moment=now,
            log=audit.Log.OPERATION,
            action="番号の表示",
            subjects=[addressee_number],
            details={"項目": list(shown)},
            individual_number="個人番号" in shown,
            screen="住民",
        )
    return shown


def log_refusal(session: Session, actor: Actor, subject: str, *, now: dt.datetime, reason: str) -> None:
    """Log that opening a record was refused; written in a transaction of its own."""
    audit.record(
        session,
        actor,
        moment=now,
        log=audit.Log.OPERATION,
        action="住民照会",
        subjects=[subject],
        details={"理由": reason},
        succeeded=False,
        screen="住民",
    )
