"""What a kind of change brings to the road: its entry, its rules, and what it does to the register.

A procedure is registered once, in the module that makes it. The road knows nothing else of it, so that a new
kind of change needs no change here.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping
from typing import Any, Protocol

from sqlalchemy.orm import Session

from residentapp.core.access.actor import Actor
from residentapp.core.access.permissions import Permission
from residentapp.core.crypto import Keyring
from residentapp.core.violations import Violation, alerts_of
from residentapp.residents.cases.models import ChangeCase
from residentapp.residents.cases.types import CaseSummary, Registered
from residentapp.residents.locks import LockSubject


class Procedure(Protocol):
    """One procedure. A *payload* is whatever the procedure keeps of a case; only the procedure looks into it."""

    @property
    def code(self) -> str:
        """Names the procedure in the database; never changed."""

    @property
    def label(self) -> str:
        """Word for it in the log and on screens: 転入, 異動."""

    @property
    def enter_permission(self) -> Permission:
        """Right to enter it."""

    @property
    def approve_permission(self) -> Permission:
        """Right to approve it."""

    @property
    def endpoints(self) -> Mapping[str, str]:
        """Screens by task: ``enter``, ``review`` and ``done``, each taking ``case_id``."""

    def encode(self, payload: Any) -> str:
        """The payload as text, to be encrypted."""

    def decode(self, text: str) -> Any:
        """The payload of :meth:`encode`, also of an older version of the program."""

    def with_entry(self, payload: Any, entry: Any) -> Any:
        """The payload with another entry; what came with it (papers) stays."""

    def summary(self, payload: Any) -> CaseSummary:
        """What lists and the log say of it."""

    def locked(self, session: Session, payload: Any) -> set[tuple[LockSubject, str]]:
        """Residents and households that others may not change meanwhile."""

    def number_hashes(self, keyring: Keyring, payload: Any) -> set[tuple[str, bytes]]:
        """(kind of number, keyed hash) of every number that must not stand in two provisional cases."""

    def facts(
        self,
        session: Session,
        actor: Actor,
        keyring: Keyring,
        case: ChangeCase,
        payload: Any,
        *,
        now: dt.datetime,
    ) -> Any:
        """What the rules ask for, as it is now; only the procedure looks into it."""

    def findings(self, payload: Any, facts: Any) -> list[Violation]:
        """What the rules say of it with these facts."""

    def confirmations(self, payload: Any) -> Mapping[str, str]:
        """Reasons given for alerts, by alert key."""

    def with_confirmations(self, payload: Any, confirmations: Mapping[str, str]) -> Any:
        """The payload with these reasons."""

    def before_approval(self, session: Session, payload: Any) -> None:
        """Hold the rows that the rules will look at, so that they cannot change before the registration."""

    def register(
        self,
        session: Session,
        actor: Actor,
        keyring: Keyring,
        case: ChangeCase,
        payload: Any,
        facts: Any,
        *,
        now: dt.datetime,
    ) -> Registered:
        """Write the register: changes, snapshots, remarks, search keys, messages. Called once, after the rules.

        :param facts: those that the rules have just had, in the same transaction.
        :raises CaseRefused: when somebody else changed a record meanwhile, or a stock is empty.
        """


_PROCEDURES: dict[str, Procedure] = {}


def add_procedure(procedure: Procedure) -> None:
    """Make a procedure known. Adding the same one again changes nothing.

    :raises ValueError: when another one has the same code.
    """
    known = _PROCEDURES.setdefault(procedure.code, procedure)
    if type(known) is not type(procedure):
        raise ValueError(f"two procedures are called {procedure.code}")


def procedure_of(case: ChangeCase) -> Procedure:
    """The procedure that reads a case's payload."""
    return _PROCEDURES[case.procedure]


def procedures() -> tuple[Procedure, ...]:
    """All procedures, in the order of their registration."""
    return tuple(_PROCEDURES.values())


def enter_permissions() -> tuple[Permission, ...]:
    """Rights to enter, of all procedures."""
    return tuple(dict.fromkeys(procedure.enter_permission for procedure in procedures()))


def approve_permissions() -> tuple[Permission, ...]:
    """Rights to approve, of all procedures."""
    return tuple(dict.fromkeys(procedure.approve_permission for procedure in procedures()))


def alert_key(alert: Violation) -> str:
    """Under which a confirmation is kept: a finding that says something else has to be confirmed anew."""
    said = hashlib.sha256(f"{alert.code}|{alert.field}|{alert.message}".encode()).hexdigest()[:12]
    return f"{alert.code}-{said}"


def unconfirmed(findings: list[Violation], confirmations: Mapping[str, str]) -> list[Violation]:
    """Alerts that nobody has confirmed with a reason."""
    return [alert for alert in alerts_of(findings) if not confirmations.get(alert_key(alert), "").strip()]
