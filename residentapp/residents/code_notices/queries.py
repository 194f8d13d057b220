"""Which notice of the 住民票コード a person gets, and which were printed. The code itself is not read here."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from residentapp.core.access.actor import Actor
from residentapp.core.numbering import ResidentCodeStock
from residentapp.residents import history
from residentapp.residents.cases.queries import registered_people
from residentapp.residents.code_notices.models import ResidentCodeNotice
from residentapp.residents.code_notices.rules import notice_of
from residentapp.residents.code_notices.types import Kind
from residentapp.residents.models import ResidentChange, ResidentHistory
from residentapp.residents.protection import may_see_whereabouts, standings
from residentapp.residents.records.queries import is_closed


@dataclass(frozen=True)
class CodeNotice:
    """The notice that tells a person of the code they have now.

    :param person: the record as it is now.
    :param change: the change that gave, changed or corrected the code.
    :param printed: when it was printed, oldest first.
    :param hidden: the person is protected or barred and the actor may not know of them.
    """

    kind: Kind
    person: ResidentHistory
    change: ResidentChange
    printed: tuple[ResidentCodeNotice, ...]
    hidden: bool


def notice_of_person(
    session: Session, actor: Actor, addressee_number: str, *, now: dt.datetime
) -> CodeNotice | None:
    """The notice of the code that a resident has now, from the last change that touched it.

    None for somebody who is no resident, has no code, or brought it along from elsewhere. What an earlier notice said
    is never printed again: that code is no longer theirs.
    """
    rows = history.snapshots_of(session, addressee_number)
    if not rows or not rows[-1].state.is_live:
        return None
    place = len(rows) - 1
    while place > 0 and rows[place - 1].resident_code_hash == rows[place].resident_code_hash:
        place -= 1
    before = rows[place - 1].resident_code_hash if place > 0 else None
    after = rows[place].resident_code_hash
    change = session.get_one(ResidentChange, rows[place].change_id)
    kind = notice_of(change.reason, before, after, given=_from_stock(session, after))
    if kind is None:
        return None
    standing = standings(session, [rows[-1]], now=now).get(addressee_number)
    return CodeNotice(
        kind,
        rows[-1],
        change,
        _printed(session, addressee_number, change.id),
        not may_see_whereabouts(actor, standing) or is_closed(actor, standing),
    )


def _from_stock(session: Session, code_hash: bytes | None) -> bool:
    query = select(exists().where(ResidentCodeStock.code_hash == code_hash))
    return code_hash is not None and bool(session.scalar(query))


def _printed(session: Session, addressee_number: str, change_id: int) -> tuple[ResidentCodeNotice, ...]:
    query = select(ResidentCodeNotice).where(
        ResidentCodeNotice.addressee_number == addressee_number, ResidentCodeNotice.change_id == change_id
    )
    return tuple(session.scalars(query.order_by(ResidentCodeNotice.id)))


def notices_of_case(session: Session, actor: Actor, case_id: str, *, now: dt.datetime) -> list[CodeNotice]:
    """The notices of the codes that a case gave, changed or corrected, in the order of its people."""
    numbers = dict.fromkeys(row.addressee_number for row in registered_people(session, case_id))
    found = [notice_of_person(session, actor, number, now=now) for number in numbers]
    return [notice for notice in found if notice is not None and notice.change.case_id == case_id]
