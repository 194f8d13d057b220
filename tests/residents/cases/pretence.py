"""A second procedure, made for tests: people of the register move within the municipality, nothing more."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace

from sqlalchemy.orm import Session

from residentapp.core.access.actor import Actor
from residentapp.core.access.permissions import Permission
from residentapp.core.clock import day_of
from residentapp.core.crypto import Keyring
from residentapp.core.dates import DateValue
from residentapp.core.violations import Level, Violation
from residentapp.residents import history
from residentapp.residents.cases.errors import CaseRefused
from residentapp.residents.cases.models import ChangeCase
from residentapp.residents.cases.types import CaseSummary, Registered
from residentapp.residents.history import StaleSnapshot
from residentapp.residents.locks import LockSubject
from residentapp.residents.models import ResidentChange
from residentapp.residents.types import ChangeReason


@dataclass(frozen=True)
class Pretended:
    """What is entered.

    :param seen: 履歴番号 of each person when the entry was made.
    :param alert: an alert that has to be confirmed comes up with this text.
    """

    people: tuple[str, ...] = ()
    seen: tuple[int, ...] = ()
    address: str = "架空県架空市本町一丁目9番9号"
    notifier: str = ""
    alert: str = ""
    confirmations: Mapping[str, str] = field(default_factory=dict)


class Pretence:
    """試しの転居: rights of other functions stand in for its own."""

    code = "pretence"
    label = "試しの転居"
    enter_permission = Permission.CERTIFICATE_ISSUE
    approve_permission = Permission.CERTIFICATE_DISPOSE
    endpoints: Mapping[str, str] = {
        "enter": "move_in.enter",
        "review": "move_in.review",
        "done": "move_in.done",
    }

    def encode(self, payload: Pretended) -> str:
        return json.dumps(asdict(payload), ensure_ascii=False)

    def decode(self, text: str) -> Pretended:
        value = json.loads(text)
        return Pretended(**value | {"people": tuple(value["people"]), "seen": tuple(value["seen"])})

    def with_entry(self, payload: Pretended, entry: Pretended) -> Pretended:
        return entry

    def summary(self, payload: Pretended) -> CaseSummary:
        return CaseSummary(
            kind="within",
            kind_label="転居（試し）",
            names=tuple(f"住民　{number}" for number in payload.people),
            moved_on="R8.11.20",
            scope_label="全部",
            subjects=payload.people,
            notifier=payload.notifier,
        )

    def locked(self, session: Session, payload: Pretended) -> set[tuple[LockSubject, str]]:
        return {(LockSubject.RESIDENT, number) for number in payload.people}

    def number_hashes(self, keyring: Keyring, payload: Pretended) -> set[tuple[str, bytes]]:
        return set()

    def facts(
        self,
        session: Session,
        actor: Actor,
        keyring: Keyring,
        case: ChangeCase,
        payload: Pretended,
        *,
        now: dt.datetime,
    ) -> None:
        """Nothing outside the entry is asked for."""

    def findings(self, payload: Pretended, facts: None) -> list[Violation]:
        return [Violation(Level.ALERT, "PR-A001", payload.alert)] if payload.alert else []

    def confirmations(self, payload: Pretended) -> Mapping[str, str]:
        return payload.confirmations

    def with_confirmations(self, payload: Pretended, confirmations: Mapping[str, str]) -> Pretended:
        return replace(payload, confirmations=dict(confirmations))

    def before_approval(self, session: Session, payload: Pretended) -> None:
        """Nothing else is looked at."""

    def register(
        self,
        session: Session,
        actor: Actor,
        keyring: Keyring,
        case: ChangeCase,
        payload: Pretended,
        facts: None,
        *,
        now: dt.datetime,
    ) -> Registered:
        change = ResidentChange(
            reason=ChangeReason.MOVE_WITHIN,
            moved_on=DateValue.of(dt.date(2026, 11, 20)),
            processed_on=day_of(now),
            notified_on=day_of(now),
            office_code=case.office_code,
            office_name=case.office_name,
            terminal_code=case.terminal_code,
            terminal_name=case.terminal_name,
            entered_by=case.entered_by_login,
            case_id=case.id,
        )
        session.add(change)
        session.flush()
        home = ""
        for number, seen in zip(payload.people, payload.seen, strict=True):
            row = history.snapshot(session, number, seen)
            assert row is not None
            items = history.items_of(row) | {"address": payload.address, "building": None}
            try:
                history.append(session, change, number, items, expected_history_number=seen)
            except StaleSnapshot as problem:
                raise CaseRefused(str(problem)) from problem
            home = row.household_number
        return Registered((change.id,), payload.people, home, change.reason.label)


PRETENCE = Pretence()
