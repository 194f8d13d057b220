"""Entering a case: from the first key to provisional registration (仮登録), back again, and withdrawal.

Nothing here touches the register; that is done once, in ``approval``. Sources: RR-4.0.8, RR-10.3c.
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete
from sqlalchemy.orm import Session

from residentapp.core import audit
from residentapp.core.access.actor import Actor
from residentapp.core.access.permissions import Permission
from residentapp.core.crypto import Keyring
from residentapp.core.violations import errors_of
from residentapp.residents import locks
from residentapp.residents.cases import queries
from residentapp.residents.cases.errors import (
    CaseChanged,
    CaseRefused,
    EntryRefused,
    NotEditable,
    ReasonMissing,
)
from residentapp.residents.cases.models import ChangeCase, ChangeCaseNumber
from residentapp.residents.cases.procedure import Procedure, procedure_of, unconfirmed
from residentapp.residents.cases.types import CaseState, RecordVersion, SaveEntry, Withdraw
from residentapp.residents.locks import LockSubject


def owner_of(case_id: str) -> str:
    """Under which name a case holds its locks."""
    return f"case:{case_id}"


@dataclass(frozen=True)
class OpenCase:
    """A case with its payload, as an officer sees it."""

    case: ChangeCase
    payload: Any


def _purpose(procedure: Procedure) -> str:
    return f"{procedure.label}の入力"


# ---- start


def start(
    session: Session,
    actor: Actor,
    keyring: Keyring,
    procedure: Procedure,
    payload: Any,
    *,
    now: dt.datetime,
    file_name: str = "",
) -> ChangeCase:
    """Begin a case.

    :param payload: what the entry begins with.
    :param file_name: of the data it was taken from, for the log.
    """
    actor.require(procedure.enter_permission)
    case_id = secrets.token_urlsafe(15)
    case = ChangeCase(
        id=case_id,
        version=1,
        state=CaseState.DRAFT,
        procedure=procedure.code,
        entered_by=actor.user_id,
        entered_by_login=actor.login,
        entered_by_name=actor.name,
        editors=[actor.login],
        office_code=actor.office_code,
        office_name=actor.office_name,
        terminal_code=actor.terminal_code,
        terminal_name=actor.terminal_name,
        started_at=now,
        saved_at=now,
    )
    _fill(keyring, case, payload)
    session.add(case)
    session.flush()
    _lock_case(session, actor, case, now=now)
    log(session, actor, case, payload, "入力の開始", now=now, file_name=file_name, shows_numbers=True)
    return case


def log(
    session: Session,
    actor: Actor,
    case: ChangeCase,
    payload: Any,
    what: str,
    *,
    now: dt.datetime,
    reason: str = "",
    file_name: str = "",
    shows_numbers: bool = False,
) -> None:
    """One log entry about a case; ``what`` follows the procedure's word: 転入の「入力の開始」.

    :param shows_numbers: the actor sees or writes the 個人番号 of the entry, if there is one.
    """
    procedure = procedure_of(case)
    summary = procedure.summary(payload)
    details: dict[str, object] = {
        "受付": case.id,
        "種類": summary.kind_label,
        "人数": len(summary.names),
        "状態": case.state.label,
    }
    if reason:
        details["理由"] = reason
    audit.record(
        session,
        actor,
        moment=now,
        log=audit.Log.OPERATION,
        action=f"{procedure.label}の{what}",
        subjects=list(summary.subjects),
        details=details,
        screen=procedure.label,
        file_name=file_name,
        individual_number=summary.individual_number and shows_numbers,
    )


# ---- open, look, save


def _lock_case(session: Session, actor: Actor, case: ChangeCase, *, now: dt.datetime) -> None:
    locks.acquire(
        session,
        actor,
        LockSubject.CASE,
        case.id,
        owner=owner_of(case.id),
        purpose=_purpose(procedure_of(case)),
        now=now,
        personal=True,
    )


def open_for_editing(
    session: Session, actor: Actor, keyring: Keyring, case_id: str, *, now: dt.datetime
) -> OpenCase:
    """Open a draft or a returned case to go on with it; others can only look until it is left or times out.

    :raises Locked: when somebody else edits it now.
    :raises NotEditable: when it has been registered, provisionally or finally, or withdrawn.
    """
    case = queries.find_case(session, case_id)
    actor.require(procedure_of(case).enter_permission)
    _require_editable(case)
    _lock_case(session, actor, case, now=now)
    payload = queries.payload_of(keyring, case)
    shown = actor.may(Permission.ITEM_INDIVIDUAL_NUMBER)
    log(session, actor, case, payload, "入力を開く", now=now, shows_numbers=shown)
    return OpenCase(case, payload)


def look_at(session: Session, actor: Actor, keyring: Keyring, case_id: str, *, now: dt.datetime) -> OpenCase:
    """See an open case without changing it. The look is logged."""
    case = queries.find_case(session, case_id)
    procedure = procedure_of(case)
    if not actor.may(procedure.approve_permission):
        actor.require(procedure.enter_permission)
    payload = queries.payload_of(keyring, case)
    what = "仮登録の照会" if case.state is CaseState.PROVISIONAL else "入力の照会"
    shown = actor.may(Permission.ITEM_INDIVIDUAL_NUMBER)
    log(session, actor, case, payload, what, now=now, shows_numbers=shown)
    return OpenCase(case, payload)


def _require_editable(case: ChangeCase) -> None:
    if case.state.is_editable:
        return
    said = {
        CaseState.PROVISIONAL: "仮登録して審査を待っています。直すときは、仮登録を引き戻してください。",
        CaseState.FINAL: "すでに本登録されています。誤りは職権修正や異動の取消しで直します。",
        CaseState.WITHDRAWN: "取り下げられています。新しく入力してください。",
    }
    raise NotEditable(f"この{procedure_of(case).label}は{said[case.state]}")


def require_version(case: ChangeCase, seen: RecordVersion) -> None:
    """Refuse to act on what the officer has not seen.

    :raises CaseChanged: when somebody else, or another window, acted meanwhile.
    """
    if case.version != seen.version:
        raise CaseChanged(
            f"この{procedure_of(case).label}は、画面を開いた後に別の画面か別の人が変更しました。"
            "画面を開き直して、最新の内容を確かめてください。"
        )


def save(
    session: Session,
    actor: Actor,
    keyring: Keyring,
    command: SaveEntry,
    *,
    now: dt.datetime,
    automatic: bool = False,
) -> ChangeCase:
    """Keep the entry as it stands. Nothing is checked; nothing typed is refused.

    The households and residents that the entry is about are locked for other cases.

    :param automatic: saved by the page itself while typing: the version stays, so that the page can go on.
    :raises CaseChanged: when another version has been saved.
    :raises Locked: when somebody else edits the case, or uses a household or a record of it.
    """
    case = queries.find_case(session, command.seen.case_id, for_update=True)
    procedure = procedure_of(case)
    actor.require(procedure.enter_permission)
    _require_editable(case)
    # Who edits comes before what was seen: told of another officer first, of another window second.
    _lock_case(session, actor, case, now=now)
    require_version(case, command.seen)
    payload = procedure.with_entry(queries.payload_of(keyring, case), command.entry)
    if not automatic:
        _lock_chosen(session, actor, case, payload, now=now)
        case.version += 1
    _fill(keyring, case, payload)
    case.saved_at = now
    if actor.login not in case.editors:
        case.editors = [*case.editors, actor.login]
    session.flush()
    return case


def _fill(keyring: Keyring, case: ChangeCase, payload: Any) -> None:
    procedure = procedure_of(case)
    summary = procedure.summary(payload)
    case.payload = keyring.encrypt(procedure.encode(payload), context=queries.context_of(case.id))
    case.kind, case.kind_label = summary.kind, summary.kind_label
    case.scope_label = summary.scope_label
    case.people = len(summary.names)


def _lock_chosen(session: Session, actor: Actor, case: ChangeCase, payload: Any, *, now: dt.datetime) -> None:
    """Hold the households and records of the entry; give back those it no longer names.

    The new ones are taken first: two cases that exchange theirs would otherwise wait for each other.
    """
    procedure = procedure_of(case)
    owner = owner_of(case.id)
    chosen = procedure.locked(session, payload)
    locks.acquire_all(session, actor, chosen, owner=owner, purpose=_purpose(procedure), now=now)
    locks.release_others(session, owner, keep={*chosen, (LockSubject.CASE, case.id)})


def leave(session: Session, actor: Actor, case_id: str, *, now: dt.datetime) -> None:
    """Give the case free for others to edit; what it has chosen stays locked until its time runs out."""
    if locks.holds(session, actor, LockSubject.CASE, case_id, now=now):
        locks.release(session, owner_of(case_id), LockSubject.CASE, case_id)


# ---- provisional registration, and back


def register_provisionally(
    session: Session, actor: Actor, keyring: Keyring, command: SaveEntry, *, now: dt.datetime
) -> ChangeCase:
    """仮登録: the entry is complete and waits for its approval. The register is not touched (RR-4.0.8a, b).

    :raises EntryRefused: with every error, and every alert that lacks its reason; nothing is changed then.
    """
    case = save(session, actor, keyring, command, now=now)
    procedure = procedure_of(case)
    payload = queries.payload_of(keyring, case)
    facts = procedure.facts(session, actor, keyring, case, payload, now=now)
    findings = procedure.findings(payload, facts)
    barring = [*errors_of(findings), *unconfirmed(findings, procedure.confirmations(payload))]
    if barring:
        raise EntryRefused(findings, barring)
    # Saving has just taken them.
    locks.release(session, owner_of(case.id), LockSubject.CASE)
    locks.make_lasting(session, owner_of(case.id))
    session.execute(delete(ChangeCaseNumber).where(ChangeCaseNumber.case_id == case.id))
    session.add_all(
        ChangeCaseNumber(case_id=case.id, kind=kind, number_hash=number)
        for kind, number in procedure.number_hashes(keyring, payload)
    )
    case.state = CaseState.PROVISIONAL
    case.provisional_at = now
    case.returned_reason = case.returned_by_name = None
    session.flush()
    log(session, actor, case, payload, "仮登録", now=now, shows_numbers=True)
    return case


def back_to_entry(
    session: Session,
    actor: Actor,
    keyring: Keyring,
    case: ChangeCase,
    *,
    reason: str,
    what: str,
    now: dt.datetime,
) -> None:
    """A provisional case becomes editable again, with what has to be corrected."""
    payload = queries.payload_of(keyring, case)
    case.state = CaseState.RETURNED
    case.version += 1
    case.returned_reason, case.returned_by_name = reason, actor.name
    session.execute(delete(ChangeCaseNumber).where(ChangeCaseNumber.case_id == case.id))
    locks.make_temporary(session, owner_of(case.id), now=now)
    session.flush()
    log(session, actor, case, payload, what, now=now, reason=reason)


def take_back(
    session: Session, actor: Actor, keyring: Keyring, seen: RecordVersion, *, now: dt.datetime
) -> ChangeCase:
    """引き戻し: whoever entered a provisional case takes it back to correct it (RR-4.0.8a)."""
    case = _act_on(
        session,
        seen,
        lambda state: state is CaseState.PROVISIONAL,
        "引き戻せるのは、審査を待っている仮登録だけです。",
    )
    procedure = procedure_of(case)
    actor.require(procedure.enter_permission)
    if actor.login not in case.editors:
        raise CaseRefused(
            f"引き戻せるのは、この{procedure.label}を入力した人だけです。審査の担当は差し戻してください。"
        )
    back_to_entry(
        session,
        actor,
        keyring,
        case,
        reason="入力した人が引き戻しました。",
        what="仮登録の引戻し",
        now=now,
    )
    return case


def withdraw(
    session: Session, actor: Actor, keyring: Keyring, command: Withdraw, *, now: dt.datetime
) -> ChangeCase:
    """取り下げ: the entry is thrown away; that there was one stays in the log (RR-4.0.8a).

    :raises ReasonMissing: a provisional or returned case needs a reason; a draft does not.
    """
    case = _act_on(session, command.seen, lambda state: state.is_open, "この入力は取り下げられません。")
    procedure = procedure_of(case)
    actor.require(procedure.enter_permission)
    if not (case.state.is_editable or actor.login in case.editors or actor.may(procedure.approve_permission)):
        raise CaseRefused("審査を待っている仮登録を取り下げられるのは、入力した人と審査の担当だけです。")
    if case.state is not CaseState.DRAFT and not command.reason.strip():
        raise ReasonMissing("取り下げる理由を入力してください。")
    if case.state.is_editable:
        _lock_case(session, actor, case, now=now)
    payload = queries.payload_of(keyring, case)
    case.state = CaseState.WITHDRAWN
    case.version += 1
    case.payload = None
    case.withdrawn_reason = command.reason.strip() or None
    session.execute(delete(ChangeCaseNumber).where(ChangeCaseNumber.case_id == case.id))
    locks.release(session, owner_of(case.id))
    session.flush()
    log(session, actor, case, payload, "取下げ", now=now, reason=command.reason.strip())
    return case


def _act_on(
    session: Session, seen: RecordVersion, fits: Callable[[CaseState], bool], otherwise: str
) -> ChangeCase:
    case = queries.find_case(session, seen.case_id, for_update=True)
    if not fits(case.state):
        raise CaseChanged(f"{otherwise}いまの状態は「{case.state.label}」です。一覧を開き直してください。")
    require_version(case, seen)
    return case
