"""Reading cases."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from residentapp.core.access.actor import Actor
from residentapp.core.crypto import Keyring
from residentapp.residents.cases.errors import CaseNotFound
from residentapp.residents.cases.models import ChangeCase, ChangeCaseNumber
from residentapp.residents.cases.procedure import procedure_of, procedures
from residentapp.residents.cases.types import CaseState
from residentapp.residents.models import ResidentChange, ResidentHistory

#: Most lines of a work list.
LONGEST_LIST = 200


def context_of(case_id: str) -> str:
    """Under which a case's payload is encrypted: it cannot be read as another case's.

    The word is from the time when move-in was the only procedure: entries kept then can still be read.
    """
    return f"move_in_case:{case_id}"


def find_case(session: Session, case_id: str, *, for_update: bool = False) -> ChangeCase:
    """A case by its id.

    :param for_update: hold the row; its newest state is read even when the session has seen an older one.
    :raises CaseNotFound: when there is none.
    """
    query = select(ChangeCase).where(ChangeCase.id == case_id)
    if for_update:
        query = query.with_for_update().execution_options(populate_existing=True)
    case = session.scalars(query).one_or_none()
    if case is None:
        raise CaseNotFound
    return case


def open_case(session: Session, case_id: str | None) -> ChangeCase | None:
    """The case in which something is being entered, or was; None when there is none, or it was withdrawn."""
    case = session.get(ChangeCase, case_id) if case_id is not None else None
    return None if case is None or case.state is CaseState.WITHDRAWN else case


def payload_of(keyring: Keyring, case: ChangeCase) -> Any:
    """The entry of an open case, of the procedure's own type.

    :raises CaseNotFound: for a case that is no longer open.
    :raises DecryptionError: when the bytes belong to another case or were changed.
    """
    if case.payload is None:
        raise CaseNotFound
    return procedure_of(case).decode(keyring.decrypt_text(case.payload, context=context_of(case.id)))


def _selected(
    query: Select[Any],
    actor: Actor,
    states: Sequence[CaseState],
    *,
    own: bool,
    office: str,
    approvable: bool,
    procedure: str,
) -> Select[Any]:
    query = query.where(ChangeCase.state.in_(states))
    codes = [
        each.code
        for each in procedures()
        if actor.may(each.approve_permission if approvable else each.enter_permission)
        and procedure in ("", each.code)
    ]
    query = query.where(ChangeCase.procedure.in_(codes))
    if own:
        query = query.where(ChangeCase.entered_by == actor.user_id)
    if office:
        query = query.where(ChangeCase.office_code == office)
    return query


def cases_in(
    session: Session,
    actor: Actor,
    states: Sequence[CaseState],
    *,
    own: bool = False,
    office: str = "",
    approvable: bool = False,
    procedure: str = "",
    limit: int = LONGEST_LIST,
) -> list[ChangeCase]:
    """Cases in some states, oldest first, of the procedures that the actor may enter.

    :param own: only those this officer has started.
    :param office: only those entered at this office (入力支所).
    :param approvable: of the procedures that the actor may approve instead.
    :param procedure: only of this procedure.
    """
    query = _selected(
        select(ChangeCase),
        actor,
        states,
        own=own,
        office=office,
        approvable=approvable,
        procedure=procedure,
    )
    return list(session.scalars(query.order_by(ChangeCase.saved_at, ChangeCase.id).limit(limit)))


def count_cases(
    session: Session,
    actor: Actor,
    states: Sequence[CaseState],
    *,
    own: bool = False,
    office: str = "",
    approvable: bool = False,
    procedure: str = "",
) -> int:
    """How many cases :func:`cases_in` would list, without its limit."""
    query = _selected(
        select(func.count()).select_from(ChangeCase),
        actor,
        states,
        own=own,
        office=office,
        approvable=approvable,
        procedure=procedure,
    )
    return session.scalar(query) or 0


def numbers_elsewhere(
    session: Session, case_id: str, numbers: Collection[tuple[str, bytes]]
) -> set[tuple[str, bytes]]:
    """Of some (kind, keyed hash) those that stand in another provisional case."""
    if not numbers:
        return set()
    query = (
        select(ChangeCaseNumber.kind, ChangeCaseNumber.number_hash)
        .join(ChangeCase)
        .where(
            ChangeCase.state == CaseState.PROVISIONAL,
            ChangeCase.id != case_id,
            ChangeCaseNumber.number_hash.in_([number for _kind, number in numbers]),
        )
    )
    theirs = {(kind, number) for kind, number in session.execute(query)}
    return theirs & set(numbers)


def changes_of(session: Session, case_id: str) -> list[ResidentChange]:
    """The changes that a case became, in their order; empty before its final registration."""
    query = select(ResidentChange).where(ResidentChange.case_id == case_id)
    return list(session.scalars(query.order_by(ResidentChange.id)))


def registered_people(session: Session, case_id: str) -> list[ResidentHistory]:
    """The rows that a case brought into the register, change by change, in the order of their household."""
    query = (
        select(ResidentHistory)
        .join(ResidentChange, ResidentChange.id == ResidentHistory.change_id)
        .where(ResidentChange.case_id == case_id)
        .order_by(ResidentChange.id, ResidentHistory.member_order, ResidentHistory.addressee_number)
    )
    return list(session.scalars(query))
