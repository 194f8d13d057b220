"""Lines of the work lists: what an officer needs to choose the next case, of whatever procedure (RR-4.0.8c)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from residentapp.core.access.actor import Actor
from residentapp.core.crypto import Keyring
from residentapp.core.dates import DateError, DateField, parse_date
from residentapp.residents import locks
from residentapp.residents.cases import queries
from residentapp.residents.cases.approval import is_own
from residentapp.residents.cases.models import ChangeCase
from residentapp.residents.cases.procedure import procedure_of, procedures
from residentapp.residents.cases.types import CaseState, RecordVersion
from residentapp.residents.locks import LockInfo, LockSubject

#: How many people a line names.
NAMED = 3


@dataclass(frozen=True)
class CaseLine:
    """One line of a work list.

    :param names: of the first people; ``more`` counts those left out.
    :param moved_on: 異動日 in the words of the record, as typed when it cannot be read.
    :param own: the officer entered or changed it, and so may not approve it.
    :param held_by: who edits it now, if that is somebody else.
    :param subjects: 宛名番号 of the people of the register whom the line names, for the log.
    """

    case: ChangeCase
    procedure_label: str
    names: tuple[str, ...]
    more: int
    moved_on: str
    own: bool
    held_by: LockInfo | None
    subjects: tuple[str, ...] = ()

    @property
    def seen(self) -> RecordVersion:
        """The version that the list shows."""
        return RecordVersion(self.case.id, self.case.version)


def lines_of(
    session: Session, actor: Actor, keyring: Keyring, cases: Sequence[ChangeCase], *, now: dt.datetime
) -> list[CaseLine]:
    """Lines of open cases, in the order given."""
    holders = locks.holders(session, LockSubject.CASE, [case.id for case in cases], now=now)
    lines = []
    for case in cases:
        procedure = procedure_of(case)
        summary = procedure.summary(queries.payload_of(keyring, case))
        holder = holders.get(case.id)
        lines.append(
            CaseLine(
                case=case,
                procedure_label=procedure.label,
                names=summary.names[:NAMED],
                more=max(0, len(summary.names) - NAMED),
                moved_on=day_text(summary.moved_on),
                own=is_own(actor, case),
                held_by=holder if holder is not None and holder.user_id != actor.user_id else None,
                subjects=summary.subjects,
            )
        )
    return lines


def day_text(typed: str) -> str:
    """A day as the record writes it; what cannot be read as it was typed."""
    try:
        return parse_date(typed, DateField.EVENT).wareki
    except DateError:
        return typed


def offices_of(
    session: Session, actor: Actor, states: Iterable[CaseState], *, approvable: bool = False
) -> list[tuple[str, str]]:
    """(code, name) of the offices (入力支所) that have cases in some states, for the list's filter."""
    codes = [
        each.code
        for each in procedures()
        if actor.may(each.approve_permission if approvable else each.enter_permission)
    ]
    query = (
        select(ChangeCase.office_code, ChangeCase.office_name)
        .where(ChangeCase.state.in_(tuple(states)), ChangeCase.procedure.in_(codes))
        .distinct()
        .order_by(ChangeCase.office_code, ChangeCase.office_name)
    )
    # An office may have been renamed while its cases wait: one line each, under its newest name in the list.
    return list({code: (code, name) for code, name in session.execute(query)}.values())
