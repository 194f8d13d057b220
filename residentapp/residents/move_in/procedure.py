"""転入 as a procedure of the common road (:mod:`residentapp.residents.cases.procedure`)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from residentapp.core.access.actor import Actor
from residentapp.core.access.permissions import Permission
from residentapp.core.clock import day_of
from residentapp.core.crypto import Keyring
from residentapp.core.numbering import StockEmpty
from residentapp.core.violations import Violation
from residentapp.residents.cases.errors import CaseRefused
from residentapp.residents.cases.models import ChangeCase
from residentapp.residents.cases.procedure import add_procedure
from residentapp.residents.cases.types import CaseSummary, Registered
from residentapp.residents.history import StaleSnapshot
from residentapp.residents.locks import LockSubject
from residentapp.residents.models import Household
from residentapp.residents.move_in import queries
from residentapp.residents.move_in.payload import decode, encode
from residentapp.residents.move_in.registration import register
from residentapp.residents.move_in.rules import Facts, check
from residentapp.residents.move_in.types import CasePayload, MoveInEntry, Scope
from residentapp.residents.rules.member_order import MemberOrderError


@dataclass(frozen=True)
class MoveIn:
    """転入 (法第22条, 第30条の46, 第30条の47): its payload is a :class:`CasePayload`."""

    code: str = "move_in"
    label: str = "転入"
    enter_permission: Permission = Permission.MOVE_IN_ENTER
    approve_permission: Permission = Permission.MOVE_IN_APPROVE

    @property
    def endpoints(self) -> Mapping[str, str]:
        """Its own screens."""
        return {"enter": "move_in.enter", "review": "move_in.review", "done": "move_in.done"}

    def encode(self, payload: CasePayload) -> str:
        """JSON."""
        return encode(payload)

    def decode(self, text: str) -> CasePayload:
        """The payload; what an older version wrote and is no longer known is left out."""
        return decode(text)

    def with_entry(self, payload: CasePayload, entry: MoveInEntry) -> CasePayload:
        """Another entry beside the same papers."""
        return replace(payload, entry=entry)

    def summary(self, payload: CasePayload) -> CaseSummary:
        """Whom a removed record is continued for are the subjects: nobody else is in the register yet."""
        entry = payload.entry
        return CaseSummary(
            kind=entry.kind.value,
            kind_label=entry.kind.label,
            names=tuple(member.display_name for member in entry.members),
            moved_on=entry.moved_on,
            scope_label=entry.scope.short_label,
            subjects=tuple(member.re_entry for member in entry.members if member.re_entry),
            notifier=entry.notifier,
            individual_number=any(member.individual_number for member in entry.members),
        )

    def locked(self, session: Session, payload: CasePayload) -> set[tuple[LockSubject, str]]:
        """The removed records that are continued, and the existing household of a 一部."""
        entry = payload.entry
        chosen = {(LockSubject.RESIDENT, member.re_entry) for member in entry.members if member.re_entry}
        if entry.scope is Scope.PART and entry.household_number.strip():
            chosen.add((LockSubject.HOUSEHOLD, entry.household_number.strip()))
        return chosen

    def number_hashes(self, keyring: Keyring, payload: CasePayload) -> set[tuple[str, bytes]]:
        """Every number of the people."""
        return {(kind, number) for _key, kind, number in queries.number_hashes(keyring, payload.entry)}

    def facts(
        self,
        session: Session,
        actor: Actor,
        keyring: Keyring,
        case: ChangeCase,
        payload: CasePayload,
        *,
        now: dt.datetime,
    ) -> Facts:
        """The facts of the day."""
        return queries.gather_facts(
            session, actor, keyring, payload, case_id=case.id, now=now, today=day_of(now)
        )

    def findings(self, payload: CasePayload, facts: Facts) -> list[Violation]:
        """What the rules say with the facts of the day."""
        return check(payload.entry, facts)

    def confirmations(self, payload: CasePayload) -> Mapping[str, str]:
        """Reasons given at the counter, and those typed without their tick, which count for nothing."""
        return payload.entry.confirmations

    def with_confirmations(self, payload: CasePayload, confirmations: Mapping[str, str]) -> CasePayload:
        """The payload with other reasons."""
        return replace(payload, entry=replace(payload.entry, confirmations=dict(confirmations)))

    def before_approval(self, session: Session, payload: CasePayload) -> None:
        """Hold the household that the people join."""
        if payload.entry.scope is Scope.PART:
            number = payload.entry.household_number
            session.execute(select(Household).where(Household.number == number).with_for_update())

    def register(
        self,
        session: Session,
        actor: Actor,
        keyring: Keyring,
        case: ChangeCase,
        payload: CasePayload,
        facts: Facts,
        *,
        now: dt.datetime,
    ) -> Registered:
        """Write the register.

        :raises CaseRefused: when no 住民票コード is left, or somebody changed a record that is continued.
        """
        try:
            return register(session, keyring, case, payload.entry, now=now)
        except (StockEmpty, StaleSnapshot, MemberOrderError) as problem:
            raise CaseRefused(str(problem)) from problem


MOVE_IN = MoveIn()
add_procedure(MOVE_IN)
