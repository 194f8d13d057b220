"""Leaves the trace of every act on measures and suppressions: its own history, the audit log, messages to others."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from residentapp.core import audit
from residentapp.core.access.actor import Actor
from residentapp.core.crypto import Keyring
from residentapp.residents.messages.suppressions import write_suppression
from residentapp.residents.messages.types import Act
from residentapp.residents.models import ProtectionEvent, SupportMeasure, Suppression
from residentapp.residents.support.sealed import EVENT, seal
from residentapp.residents.support.types import EventKind

#: What other systems are told of an act on a suppression. A temporary lift is told to nobody (RR-3.1c).
TOLD_AS = {EventKind.SET: Act.RECORD, EventKind.ALTERED: Act.CORRECT, EventKind.RELEASED: Act.REMOVE}

#: Label → what stood there before and what stands there now.
Changes = Mapping[str, tuple[str, str]]


def measure_event(
    session: Session,
    actor: Actor,
    keyring: Keyring,
    kind: EventKind,
    measure: SupportMeasure,
    *,
    now: dt.datetime,
    addressee_number: str | None = None,
    reason: str = "",
    changes: Changes | None = None,
) -> None:
    """Write down what was done to a measure, in its history and in the audit log.

    The audit log gets the kind of act and whose measure it is; texts stay in the encrypted history.

    :param addressee_number: the one person it was about, when it was about one.
    """
    _add(
        session,
        actor,
        keyring,
        kind,
        now=now,
        reason=reason,
        changes=changes or {},
        measure_id=measure.id,
        addressee_number=addressee_number,
    )
    people = [member.addressee_number for member in measure.members if member.removed_on is None]
    audit.record(
        session,
        actor,
        moment=now,
        log=audit.Log.OPERATION,
        action=kind.label,
        subjects=[addressee_number] if addressee_number else people,
        details={"支援措置": measure.id, "変更した項目": list(changes or {})},
        screen="支援措置",
    )


def suppression_event(
    session: Session,
    actor: Actor,
    keyring: Keyring,
    kind: EventKind,
    suppression: Suppression,
    *,
    now: dt.datetime,
    reason: str = "",
    changes: Changes | None = None,
    logged: bool = True,
) -> None:
    """Write down what was done to a suppression, and tell other systems of it (RR-3.2).

    :param logged: write an entry of the audit log too; False where the measure's entry says it for all its
        suppressions.
    """
    facts = {
        "process": suppression.process.value,
        "level": suppression.level.value,
        "cause": suppression.cause.value,
        "starts_on": suppression.starts_on.isoformat(),
        "ends_on": suppression.ends_on.isoformat() if suppression.ends_on else None,
    }
    _add(
        session,
        actor,
        keyring,
        kind,
        now=now,
        reason=reason,
        changes=changes or {},
        measure_id=suppression.measure_id,
        suppression_id=suppression.id,
        addressee_number=suppression.addressee_number,
        household_number=suppression.household_number,
        facts=facts,
    )
    if kind in TOLD_AS:
        write_suppression(session, keyring, suppression, TOLD_AS[kind], now=now)
    if not logged:
        return
    audit.record(
        session,
        actor,
        moment=now,
        log=audit.Log.OPERATION,
        action=kind.label,
        subjects=[suppression.addressee_number] if suppression.addressee_number else [],
        details={
            "抑止": suppression.id,
            "処理": suppression.process.label,
            "レベル": suppression.level.label,
            "単位": "個人" if suppression.addressee_number else "世帯",
        },
        screen="抑止",
    )


def _add(
    session: Session,
    actor: Actor,
    keyring: Keyring,
    kind: EventKind,
    *,
    now: dt.datetime,
    reason: str,
    changes: Changes,
    facts: Mapping[str, Any] | None = None,
    **about: Any,
) -> None:
    content = {"reason": reason, "changes": {label: list(pair) for label, pair in changes.items()}}
    session.add(
        ProtectionEvent(
            moment=now,
            kind=kind,
            user_login=actor.login,
            user_name=actor.name,
            office_name=actor.office_name,
            terminal_name=actor.terminal_name,
            facts=dict(facts or {}),
            content_cipher=seal(keyring, content, EVENT),
            **about,
        )
    )
    session.flush()


def differences(before: Mapping[str, str], after: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """What differs between two sets of labelled texts, in the order of the second."""
    labels: Sequence[str] = [*after, *(label for label in before if label not in after)]
    return {
        label: (before.get(label, ""), after.get(label, ""))
        for label in labels
        if before.get(label, "") != after.get(label, "")
    }
