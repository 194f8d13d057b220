"""Entering a move-in: from the first key to provisional registration (仮登録), back again, and withdrawal.

Nothing here touches the register; that is done once, in ``approval``. Sources: RR-4.0.8, RR-10.3c.
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import delete
from sqlalchemy.orm import Session

from residentapp.core import audit
from residentapp.core.access.actor import Actor
from residentapp.core.access.permissions import Permission
from residentapp.core.clock import day_of
from residentapp.core.crypto import Keyring
from residentapp.core.numbering import INDIVIDUAL_NUMBER, RESIDENT_CODE
from residentapp.core.violations import Violation, errors_of
from residentapp.residents import history, locks
from residentapp.residents.locks import LockSubject
from residentapp.residents.move_in import edits, queries
from residentapp.residents.move_in.certificate_csv import CsvResult, read_certificate
from residentapp.residents.move_in.errors import (
    CaseChanged,
    EntryRefused,
    MoveInRefused,
    NotEditable,
    ReasonMissing,
)
from residentapp.residents.move_in.fields import names_of, specs_for
from residentapp.residents.move_in.models import MoveInCase, MoveInCaseNumber
from residentapp.residents.move_in.payload import seal
from residentapp.residents.move_in.record import text_of_record
from residentapp.residents.move_in.rules import check, unconfirmed
from residentapp.residents.move_in.types import (
    CasePayload,
    CaseState,
    MoveInEntry,
    MoveInKind,
    RecordVersion,
    SaveEntry,
    Scope,
    Withdraw,
)
from residentapp.residents.protection import protected_numbers_query

_PURPOSE = "転入の入力"


def owner_of(case_id: str) -> str:
    """Under which name a case holds its locks."""
    return f"move_in:{case_id}"


@dataclass(frozen=True)
class OpenCase:
    """A case with its entry, as an officer sees it."""

    case: MoveInCase
    payload: CasePayload

    @property
    def entry(self) -> MoveInEntry:
        """The entry as typed."""
        return self.payload.entry


# ---- start


def start_by_hand(
    session: Session, actor: Actor, keyring: Keyring, kind: MoveInKind, *, now: dt.datetime
) -> MoveInCase:
    """Begin an empty case."""
    actor.require(Permission.MOVE_IN_ENTER)
    payload = CasePayload(edits.new_entry(kind, day_of(now)))
    return _start(session, actor, keyring, payload, now=now)


def start_from_csv(
    session: Session, actor: Actor, keyring: Keyring, data: bytes, filename: str, *, now: dt.datetime
) -> tuple[MoveInCase | None, CsvResult]:
    """Begin a case from the CSV of a 転出証明書 (RR-10.8).

    :returns: the case, or None when the file has errors; and everything found in the file.
    """
    actor.require(Permission.MOVE_IN_ENTER)
    result = read_certificate(data, filename)
    if result.payload is None:
        audit.record(
            session,
            actor,
            moment=now,
            log=audit.Log.OPERATION,
            action="転出証明書CSVの取込",
            file_name=filename,
            details={"結果": "取り込まない", "エラーの数": len(result.errors) + result.unlisted},
            succeeded=False,
        )
        return None, result
    blank = edits.new_entry(MoveInKind.DOMESTIC, day_of(now))
    entry = edits.with_members(blank, result.payload.entry.members)
    payload = CasePayload(entry, result.payload.papers, filename)
    case = _start(session, actor, keyring, payload, now=now)
    return case, result


def _start(
    session: Session, actor: Actor, keyring: Keyring, payload: CasePayload, *, now: dt.datetime
) -> MoveInCase:
    case_id = secrets.token_urlsafe(15)
    case = MoveInCase(
        id=case_id,
        version=1,
        state=CaseState.DRAFT,
        kind=payload.entry.kind,
        scope=payload.entry.scope,
        people=len(payload.entry.members),
        payload=seal(keyring, case_id, payload),
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
    session.add(case)
    session.flush()
    _lock_case(session, actor, case, now=now)
    _log(
        session,
        actor,
        case,
        payload.entry,
        "転入の入力の開始",
        now=now,
        file_name=payload.source,
        individual_number=any(member.individual_number for member in payload.entry.members),
    )
    return case


def _log(
    session: Session,
    actor: Actor,
    case: MoveInCase,
    entry: MoveInEntry,
    action: str,
    *,
    now: dt.datetime,
    reason: str = "",
    file_name: str = "",
    individual_number: bool = False,
) -> None:
    details: dict[str, object] = {
        "受付": case.id,
        "種類": entry.kind.label,
        "人数": len(entry.members),
        "状態": case.state.label,
    }
    if reason:
        details["理由"] = reason
    audit.record(
        session,
        actor,
        moment=now,
        log=audit.Log.OPERATION,
        action=action,
        subjects=[member.re_entry for member in entry.members if member.re_entry],
        details=details,
        screen="転入",
        file_name=file_name,
        individual_number=individual_number,
    )


# ---- open, look, save


def _lock_case(session: Session, actor: Actor, case: MoveInCase, *, now: dt.datetime) -> None:
    locks.acquire(
        session,
        actor,
        LockSubject.MOVE_IN_CASE,
        case.id,
        owner=owner_of(case.id),
        purpose=_PURPOSE,
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
    actor.require(Permission.MOVE_IN_ENTER)
    case = queries.find_case(session, case_id)
    _require_editable(case)
    _lock_case(session, actor, case, now=now)
    payload = queries.payload_of(keyring, case)
    _log(
        session,
        actor,
        case,
        payload.entry,
        "転入の入力を開く",
        now=now,
        individual_number=actor.may(Permission.ITEM_INDIVIDUAL_NUMBER),
    )
    return OpenCase(case, payload)


def look_at(session: Session, actor: Actor, keyring: Keyring, case_id: str, *, now: dt.datetime) -> OpenCase:
    """See an open case without changing it. The look is logged."""
    if not actor.may(Permission.MOVE_IN_APPROVE):
        actor.require(Permission.MOVE_IN_ENTER)
    case = queries.find_case(session, case_id)
    payload = queries.payload_of(keyring, case)
    _log(
        session,
        actor,
        case,
        payload.entry,
        "転入の仮登録の照会" if case.state is CaseState.PROVISIONAL else "転入の入力の照会",
        now=now,
        individual_number=actor.may(Permission.ITEM_INDIVIDUAL_NUMBER),
    )
    return OpenCase(case, payload)


def _require_editable(case: MoveInCase) -> None:
    if case.state.is_editable:
        return
    said = {
        CaseState.PROVISIONAL: "仮登録して審査を待っています。直すときは、仮登録を引き戻してください。",
        CaseState.FINAL: "すでに本登録されています。誤りは職権修正などで直します。",
        CaseState.WITHDRAWN: "取り下げられています。新しく入力してください。",
    }
    raise NotEditable(f"この転入は{said[case.state]}")


def require_version(case: MoveInCase, seen: RecordVersion) -> None:
    """Refuse to act on what the officer has not seen.

    :raises CaseChanged: when somebody else, or another window, acted meanwhile.
    """
    if case.version != seen.version:
        raise CaseChanged(
            "この転入は、画面を開いた後に別の画面か別の人が変更しました。画面を開き直して、最新の内容を確かめてください。"
        )


def save(
    session: Session,
    actor: Actor,
    keyring: Keyring,
    command: SaveEntry,
    *,
    now: dt.datetime,
    automatic: bool = False,
) -> MoveInCase:
    """Keep the entry as it stands. Nothing is checked; nothing typed is refused.

    The existing household and the removed records that the entry names are locked for other cases.

    :param automatic: saved by the page itself while typing: the version stays, so that the page can go on.
    :raises CaseChanged: when another version has been saved.
    :raises Locked: when somebody else edits the case, or uses the household or the record.
    """
    actor.require(Permission.MOVE_IN_ENTER)
    case = queries.find_case(session, command.seen.case_id, for_update=True)
    _require_editable(case)
    # Who edits comes before what was seen: told of another officer first, of another window second.
    _lock_case(session, actor, case, now=now)
    require_version(case, command.seen)
    payload = queries.payload_of(keyring, case)
    if not automatic:
        _lock_chosen(session, actor, case.id, command.entry, now=now)
        case.version += 1
    _keep(session, actor, keyring, case, CasePayload(command.entry, payload.papers, payload.source), now=now)
    return case


def _keep(
    session: Session,
    actor: Actor,
    keyring: Keyring,
    case: MoveInCase,
    payload: CasePayload,
    *,
    now: dt.datetime,
) -> None:
    case.payload = seal(keyring, case.id, payload)
    case.kind, case.scope = payload.entry.kind, payload.entry.scope
    case.people = len(payload.entry.members)
    case.saved_at = now
    if actor.login not in case.editors:
        case.editors = [*case.editors, actor.login]
    session.flush()


def _lock_chosen(
    session: Session,
    actor: Actor,
    case_id: str,
    entry: MoveInEntry,
    *,
    now: dt.datetime,
    lasting: bool = False,
) -> None:
    """Hold the chosen household and removed records; give back those no longer chosen."""
    owner = owner_of(case_id)
    locks.release(session, owner, LockSubject.HOUSEHOLD)
    locks.release(session, owner, LockSubject.RESIDENT)
    chosen = [(LockSubject.RESIDENT, member.re_entry) for member in entry.members if member.re_entry]
    if entry.scope is Scope.PART and entry.household_number.strip():
        chosen.append((LockSubject.HOUSEHOLD, entry.household_number.strip()))
    for subject, key in sorted(set(chosen)):
        locks.acquire(session, actor, subject, key, owner=owner, purpose=_PURPOSE, now=now, lasting=lasting)


def leave(session: Session, actor: Actor, case_id: str, *, now: dt.datetime) -> None:
    """Give the case free for others to edit; what it has chosen stays locked until its time runs out."""
    if locks.holds(session, actor, LockSubject.MOVE_IN_CASE, case_id, now=now):
        locks.release(session, owner_of(case_id), LockSubject.MOVE_IN_CASE, case_id)


def recorded_texts(
    session: Session, actor: Actor, keyring: Keyring, number: str, entry: MoveInEntry, key: str
) -> dict[str, str]:
    """Items of a removed record to take into an entry: only those the actor may see, never whereabouts.

    転入前住所 is not among them: it is where the person comes from now, not where the record ended. Nor is the 本籍 of
    a protected person, which may be the home.
    """
    record = history.latest(session, number)
    member = next((member for member in entry.members if member.key == key), None)
    if record is None or member is None:
        return {}
    visible = names_of(specs_for(member.resident_kind, actor))
    hidden = ["previous_postal_code", "previous_address", "previous_head_name", "residence_notified"]
    protected = map(str, session.scalars(protected_numbers_query()))
    if not actor.may(Permission.SUPPRESSED_VIEW) and number in protected:
        hidden.append("registered_domicile")
    wanted = [name for name in visible if not name.startswith(tuple(hidden))]
    texts = text_of_record(history.items_of(record), wanted, member.resident_kind)
    for name, cipher, context in (
        ("individual_number", record.individual_number_cipher, INDIVIDUAL_NUMBER),
        ("resident_code", record.resident_code_cipher, RESIDENT_CODE),
    ):
        if cipher is not None and name in visible:
            texts[name] = keyring.decrypt_text(cipher, context=context)
    return texts


# ---- check and provisional registration


def findings_of(
    session: Session,
    actor: Actor,
    keyring: Keyring,
    case: MoveInCase,
    payload: CasePayload,
    *,
    now: dt.datetime,
) -> list[Violation]:
    """What the rules say of a case now."""
    facts = queries.gather_facts(
        session, actor, keyring, payload, case_id=case.id, now=now, today=day_of(now)
    )
    return check(payload.entry, facts)


def register_provisionally(
    session: Session, actor: Actor, keyring: Keyring, command: SaveEntry, *, now: dt.datetime
) -> MoveInCase:
    """仮登録: the entry is complete and waits for its approval. The register is not touched (RR-4.0.8a, b).

    :raises EntryRefused: with every error, and every alert that lacks its reason; nothing is changed then.
    """
    case = save(session, actor, keyring, command, now=now)
    payload = queries.payload_of(keyring, case)
    findings = findings_of(session, actor, keyring, case, payload, now=now)
    barring = [*errors_of(findings), *unconfirmed(findings, payload.entry.confirmations)]
    if barring:
        raise EntryRefused(findings, barring)
    _lock_chosen(session, actor, case.id, payload.entry, now=now, lasting=True)
    locks.release(session, owner_of(case.id), LockSubject.MOVE_IN_CASE)
    _list_numbers(session, keyring, case, payload.entry)
    case.state = CaseState.PROVISIONAL
    case.provisional_at = now
    case.returned_reason = case.returned_by_name = None
    session.flush()
    _log(session, actor, case, payload.entry, "転入の仮登録", now=now, individual_number=True)
    return case


def _list_numbers(session: Session, keyring: Keyring, case: MoveInCase, entry: MoveInEntry) -> None:
    session.execute(delete(MoveInCaseNumber).where(MoveInCaseNumber.case_id == case.id))
    kinds_and_hashes = {(kind, number) for _key, kind, number in queries.number_hashes(keyring, entry)}
    session.add_all(
        MoveInCaseNumber(case_id=case.id, kind=kind, number_hash=number) for kind, number in kinds_and_hashes
    )


def back_to_entry(
    session: Session,
    actor: Actor,
    keyring: Keyring,
    case: MoveInCase,
    *,
    reason: str,
    action: str,
    now: dt.datetime,
) -> None:
    """A provisional case becomes editable again, with what has to be corrected."""
    payload = queries.payload_of(keyring, case)
    case.state = CaseState.RETURNED
    case.version += 1
    case.returned_reason, case.returned_by_name = reason, actor.name
    session.execute(delete(MoveInCaseNumber).where(MoveInCaseNumber.case_id == case.id))
    locks.make_temporary(session, owner_of(case.id), now=now)
    session.flush()
    _log(session, actor, case, payload.entry, action, now=now, reason=reason)


def take_back(
    session: Session, actor: Actor, keyring: Keyring, seen: RecordVersion, *, now: dt.datetime
) -> MoveInCase:
    """引き戻し: whoever entered a provisional case takes it back to correct it (RR-4.0.8a)."""
    actor.require(Permission.MOVE_IN_ENTER)
    case = _act_on(
        session,
        seen,
        lambda state: state is CaseState.PROVISIONAL,
        "引き戻せるのは、審査を待っている仮登録だけです。",
    )
    if actor.login not in case.editors:
        raise MoveInRefused("引き戻せるのは、この転入を入力した人だけです。審査の担当は差し戻してください。")
    back_to_entry(
        session,
        actor,
        keyring,
        case,
        reason="入力した人が引き戻しました。",
        action="転入の仮登録の引戻し",
        now=now,
    )
    return case


def withdraw(
    session: Session, actor: Actor, keyring: Keyring, command: Withdraw, *, now: dt.datetime
) -> MoveInCase:
    """取り下げ: the entry is thrown away; that there was one stays in the log (RR-4.0.8a).

    :raises ReasonMissing: a provisional or returned case needs a reason; a draft does not.
    """
    actor.require(Permission.MOVE_IN_ENTER)
    case = _act_on(session, command.seen, lambda state: state.is_open, "この転入は取り下げられません。")
    if not (case.state.is_editable or actor.login in case.editors or actor.may(Permission.MOVE_IN_APPROVE)):
        raise MoveInRefused("審査を待っている仮登録を取り下げられるのは、入力した人と審査の担当だけです。")
    if case.state is not CaseState.DRAFT and not command.reason.strip():
        raise ReasonMissing("取り下げる理由を入力してください。")
    if case.state.is_editable:
        _lock_case(session, actor, case, now=now)
    payload = queries.payload_of(keyring, case)
    case.state = CaseState.WITHDRAWN
    case.version += 1
    case.payload = None
    case.withdrawn_reason = command.reason.strip() or None
    session.execute(delete(MoveInCaseNumber).where(MoveInCaseNumber.case_id == case.id))
    locks.release(session, owner_of(case.id))
    session.flush()
    _log(session, actor, case, payload.entry, "転入の取下げ", now=now, reason=command.reason.strip())
    return case


def _act_on(
    session: Session, seen: RecordVersion, fits: Callable[[CaseState], bool], otherwise: str
) -> MoveInCase:
    case = queries.find_case(session, seen.case_id, for_update=True)
    if not fits(case.state):
        raise CaseChanged(f"{otherwise}いまの状態は「{case.state.label}」です。一覧を開き直してください。")
    require_version(case, seen)
    return case
