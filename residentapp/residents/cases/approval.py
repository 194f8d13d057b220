"""決裁 and 本登録: the only way from a case into the register, alone or many at once (RR-4.0.8).

The rules run once more with the facts of the day; what nobody has confirmed stops the case. Approvals take turns on the
counter of 宛名番号: each sees what the one before has registered.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from residentapp.core import audit, numbering
from residentapp.core.access.actor import Actor, PermissionDenied
from residentapp.core.clock import day_of
from residentapp.core.crypto import Keyring
from residentapp.core.numbering import NumberingCounter
from residentapp.core.violations import Violation, errors_of
from residentapp.residents import history, locks
from residentapp.residents.cases import operations, queries
from residentapp.residents.cases.errors import (
    CaseChanged,
    CaseRefused,
    EntryRefused,
    OwnApproval,
    ReasonMissing,
)
from residentapp.residents.cases.models import ChangeCase, ChangeCaseNumber
from residentapp.residents.cases.procedure import approve_permissions, procedure_of, unconfirmed
from residentapp.residents.cases.types import Approve, CaseState, RecordVersion, Registered, ReturnCase
from residentapp.residents.history import changed_texts
from residentapp.residents.locks import Locked

#: Most cases that may be finalised in one go (RR-4.0.8c allows a cap).
MOST_AT_ONCE = 50


def approve(
    session: Session, actor: Actor, keyring: Keyring, command: Approve, *, now: dt.datetime
) -> Registered:
    """決裁 and 本登録, all or nothing.

    :raises PermissionDenied: without the right to approve.
    :raises OwnApproval: by anyone who has entered or changed the entry.
    :raises CaseChanged: when it was approved, returned or changed meanwhile.
    :raises EntryRefused: when the rules, asked again today, find what nobody has confirmed.
    :raises CaseRefused: when the register changed meanwhile or a stock is empty.
    """
    case = _provisional(session, actor, command.seen)
    procedure = procedure_of(case)
    _require_other(actor, case)
    # Approvals take turns: each sees what the one before has registered, so that nobody is registered twice.
    session.execute(
        select(NumberingCounter).where(NumberingCounter.name == numbering.ADDRESSEE).with_for_update()
    )
    payload = queries.payload_of(keyring, case)
    confirmations = {**procedure.confirmations(payload), **command.confirmations}
    payload = procedure.with_confirmations(payload, confirmations)
    procedure.before_approval(session, payload)
    facts = procedure.facts(session, actor, keyring, case, payload, now=now)
    findings = procedure.findings(payload, facts)
    barring = [*errors_of(findings), *unconfirmed(findings, confirmations)]
    if barring:
        raise EntryRefused(findings, barring)
    registered = procedure.register(session, actor, keyring, case, payload, facts, now=now)
    _close(session, keyring, case, payload, now=now)
    _log_registered(session, actor, case, payload, registered, findings, now=now)
    return registered


def return_case(
    session: Session, actor: Actor, keyring: Keyring, command: ReturnCase, *, now: dt.datetime
) -> ChangeCase:
    """差し戻し: the entry goes back to the counter with what has to be corrected.

    :raises ReasonMissing: without a reason.
    """
    case = _provisional(session, actor, command.seen)
    if not command.reason.strip():
        raise ReasonMissing("差し戻す理由（何を直すか）を入力してください。")
    operations.back_to_entry(
        session, actor, keyring, case, reason=command.reason.strip(), what="差戻し", now=now
    )
    return case


def _provisional(session: Session, actor: Actor, seen: RecordVersion) -> ChangeCase:
    case = queries.find_case(session, seen.case_id, for_update=True)
    actor.require(procedure_of(case).approve_permission)
    if case.state is CaseState.FINAL:
        raise CaseChanged("この仮登録は、別の人がすでに決裁し、本登録されています。二重には登録されません。")
    if case.state is not CaseState.PROVISIONAL:
        raise CaseChanged(
            f"この入力は、いま「{case.state.label}」です。審査できません。一覧を開き直してください。"
        )
    operations.require_version(case, seen)
    return case


def _require_other(actor: Actor, case: ChangeCase) -> None:
    if is_own(actor, case):
        raise OwnApproval


def is_own(actor: Actor, case: ChangeCase) -> bool:
    """Whether the officer has entered or changed the entry, and so may not approve it."""
    return actor.user_id == case.entered_by or actor.login in case.editors


def _close(session: Session, keyring: Keyring, case: ChangeCase, payload: Any, *, now: dt.datetime) -> None:
    notifier = procedure_of(case).summary(payload).notifier.strip()
    case.state = CaseState.FINAL
    case.version += 1
    case.payload = None
    case.finalized_on = day_of(now)
    # Also when nobody was written: that is something else than not knowing.
    case.notifier_cipher = keyring.encrypt(notifier, context=notifier_context(case.id))
    session.execute(delete(ChangeCaseNumber).where(ChangeCaseNumber.case_id == case.id))
    locks.release(session, operations.owner_of(case.id))
    session.flush()


def notifier_context(case_id: str) -> str:
    """Under which the 届出人 of a case is encrypted."""
    return f"change_case.notifier:{case_id}"


def _log_registered(
    session: Session,
    actor: Actor,
    case: ChangeCase,
    payload: Any,
    registered: Registered,
    findings: list[Violation],
    *,
    now: dt.datetime,
) -> None:
    """One log entry with what each person's record was and is; numbers that identify are only named as set."""
    procedure = procedure_of(case)
    people = {}
    for before, row in history.with_before(session, registered.change_ids):
        people[f"{row.addressee_number}-{row.history_number}"] = changed_texts(before, row)
    audit.record(
        session,
        actor,
        moment=now,
        log=audit.Log.OPERATION,
        action=f"{procedure.label}の本登録",
        subjects=list(registered.numbers),
        details={
            "受付": case.id,
            "異動": list(registered.change_ids),
            "異動事由": registered.reason_label,
            "世帯番号": registered.household_number,
            "入力した人": case.entered_by_login,
            "確認したアラート": sorted({finding.code for finding in findings}),
            "変更前後": people,
        },
        screen=f"{procedure.label}の審査",
        individual_number=procedure.summary(payload).individual_number,
    )


# ---- many at once (RR-4.0.8c)


@dataclass(frozen=True)
class BatchResult:
    """What became of one case of a batch.

    :param registered: what it brought into the register; None when it was refused.
    :param problem: why it was refused, for the approver.
    """

    case_id: str
    registered: Registered | None
    problem: str = ""


@dataclass(frozen=True)
class Batch:
    """Results in the order in which the cases were worked, oldest first."""

    results: tuple[BatchResult, ...] = field(default_factory=tuple)

    @property
    def done(self) -> list[BatchResult]:
        """Those that are in the register now."""
        return [result for result in self.results if result.registered is not None]

    @property
    def refused(self) -> list[BatchResult]:
        """Those that were not registered now."""
        return [result for result in self.results if result.registered is None]

    @property
    def codes_left(self) -> int | None:
        """Free 住民票コード, when fewer are left than the municipality wants (RR-4.3.1b); None otherwise."""
        low = [
            each.registered.codes_left for each in self.done if each.registered and each.registered.codes_low
        ]
        return min(low, default=None)


class TooMany(CaseRefused):
    """More cases were chosen than may be finalised at once."""

    def __init__(self, chosen: int) -> None:
        super().__init__(
            f"一度に本登録できるのは{MOST_AT_ONCE}件までです（{chosen}件を選んでいます）。選び直してください。"
        )


class NothingChosen(CaseRefused):
    """No case was chosen."""

    def __init__(self) -> None:
        super().__init__("本登録する仮登録が選ばれていません。一覧で選んでから押してください。")


def approve_many(
    session: Session,
    actor: Actor,
    keyring: Keyring,
    seen: Collection[RecordVersion],
    *,
    now: dt.datetime,
) -> Batch:
    """Finalise several waiting cases: each by itself, all or nothing; what one is refused for does not stop the rest.

    The cases are held in the order of their ids before the first is worked, so that two batches cannot block each
    other; then they are worked in the order of their provisional registration. An alert that nobody has confirmed is
    not confirmed here: such a case has to be looked at alone. All that are done reach the register together, with the
    transaction.

    :raises PermissionDenied: for somebody who may approve nothing.
    :raises NothingChosen: without a case.
    :raises TooMany: with more than :data:`MOST_AT_ONCE`.
    """
    rights = approve_permissions()
    if not any(actor.may(right) for right in rights):
        raise PermissionDenied(*rights)
    versions = {each.case_id: each for each in seen}
    if not versions:
        raise NothingChosen
    if len(versions) > MOST_AT_ONCE:
        raise TooMany(len(versions))
    held = _hold(session, sorted(versions))
    results = [_approve_one(session, actor, keyring, versions[case_id], now=now) for case_id in held]
    missing = set(versions) - set(held)
    results += [BatchResult(case_id, None, "この仮登録は見つかりません。") for case_id in sorted(missing)]
    _log_batch(session, actor, results, now=now)
    return Batch(tuple(results))


def _hold(session: Session, ids: Sequence[str]) -> list[str]:
    """Hold the cases' rows; ids of those that exist, oldest provisional registration first."""
    query = select(ChangeCase).where(ChangeCase.id.in_(ids)).order_by(ChangeCase.id).with_for_update()
    cases = list(session.scalars(query.execution_options(populate_existing=True)))
    cases.sort(key=lambda case: (case.provisional_at or case.saved_at, case.id))
    return [case.id for case in cases]


def _approve_one(
    session: Session, actor: Actor, keyring: Keyring, seen: RecordVersion, *, now: dt.datetime
) -> BatchResult:
    # A refusal gives back the counter with its savepoint, and somebody else may register before the next case: nothing
    # that was read for an earlier case is believed for a later one.
    session.flush()
    session.expire_all()
    try:
        with session.begin_nested():
            return BatchResult(seen.case_id, approve(session, actor, keyring, Approve(seen), now=now))
    except EntryRefused:
        problem = "確かめることがあります。この仮登録を開いて、個別に審査してください。"
    except (CaseRefused, Locked, PermissionDenied) as refusal:
        problem = str(refusal)
    return BatchResult(seen.case_id, None, problem)


def _log_batch(session: Session, actor: Actor, results: list[BatchResult], *, now: dt.datetime) -> None:
    done = [result for result in results if result.registered is not None]
    audit.record(
        session,
        actor,
        moment=now,
        log=audit.Log.OPERATION,
        action="仮登録の一括本登録",
        details={
            "選んだ件数": len(results),
            "本登録した件数": len(done),
            "本登録しなかった受付": {
                result.case_id: result.problem for result in results if result.registered is None
            },
        },
        screen="承認待ちの仮登録",
    )
