"""Writing the 統合記載欄: what a change records of itself, and what a clerk adds, changes and withdraws.

Nothing is overwritten: a changed entry is withdrawn and replaced (RR-1.1.14). Each act is logged with the old and the
new text in the same transaction.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy.orm import Session

from residentapp.core import audit
from residentapp.core.access.actor import Actor
from residentapp.core.access.permissions import Permission
from residentapp.core.clock import day_of
from residentapp.core.violations import Violation, alerts_of, errors_of
from residentapp.residents import history, locks
from residentapp.residents.models import IntegratedRemark, ResidentChange, ResidentHistory
from residentapp.residents.remarks import queries
from residentapp.residents.remarks.models import NoteTemplate
from residentapp.residents.remarks.queries import Record
from residentapp.residents.remarks.rules import (
    NoteDraft,
    RemarkFacts,
    check_correction,
    check_remark,
    check_withdrawal,
    cleaned,
    correction_note,
    history_matter,
    sensitivity_of_change,
    sensitivity_of_text,
    with_days,
)
from residentapp.residents.remarks.types import (
    AddNote,
    AddRemark,
    ChangeRemark,
    CorrectRemoved,
    RemarkRefused,
    RemarksPage,
    WithdrawRemark,
)
from residentapp.residents.removed_records.operations import add_text
from residentapp.residents.types import ChangeReason, RemarkKind

_SCREEN = "統合記載欄"


# ---- by a change


def record_change(
    session: Session,
    change: ResidentChange,
    snapshot: ResidentHistory,
    before_items: Mapping[str, Any] | None,
    **told: Any,
) -> list[IntegratedRemark]:
    """Record :func:`texts_of_change` of one person."""
    entries = texts_of_change(change, snapshot, before_items, **told)
    session.add_all(entries)
    session.flush()
    return entries


def texts_of_change(
    change: ResidentChange,
    snapshot: ResidentHistory,
    before_items: Mapping[str, Any] | None,
    *,
    matter: str = "",
    article: str = "",
    cancelled: ChangeReason | None = None,
    notes: Iterable[NoteDraft] = (),
    remarks: Iterable[str] = (),
) -> list[IntegratedRemark]:
    """What a change says of itself, to be recorded: its type A entry, and the texts that go with it (RR-1.1.14b).

    Part of the change, which logs itself; nothing is authorised or logged here.

    :param snapshot: the snapshot that the change made of this person.
    :param before_items: items of the one before; None for a new record.
    :param matter: what the kind of change says more exactly than the wording of its reason; empty for that wording.
    :param article: of that wording; :param cancelled: too, see :func:`rules.history_matter`.
    :param notes: type B, for example :func:`rules.adoption_note` or a registered text that was filled.
    :param remarks: type C.
    """
    after = history.items_of(snapshot)
    said = matter or history_matter(change.reason, before_items, after, article=article, cancelled=cancelled)
    text = with_days(said, change.moved_on, queries.days_of(change))
    told = NoteDraft(text, sensitivity=sensitivity_of_change(before_items, after))
    drafts = [
        (RemarkKind.HISTORY, told),
        *((RemarkKind.NOTE, note) for note in notes),
        *((RemarkKind.REMARK, NoteDraft(remark)) for remark in remarks),
    ]
    return [
        IntegratedRemark(
            addressee_number=snapshot.addressee_number,
            history_number=snapshot.history_number,
            kind=kind,
            text=draft.text,
            items=list(draft.items),
            sensitivity=draft.sensitivity or sensitivity_of_text(draft.text),
            recorded_on=change.processed_on,
        )
        for kind, draft in drafts
    ]


# ---- by a clerk


def open_remarks(
    session: Session, actor: Actor, addressee_number: str, *, now: dt.datetime
) -> tuple[Record, RemarksPage]:
    """Show a person's 統合記載欄 with its history, and log it.

    :raises RemarkMissing: no such person.
    :raises TextsClosed: the texts may tell where somebody protected lives.
    """
    actor.require(Permission.RESIDENT_VIEW)
    record = queries.record_of(session, actor, addressee_number, now=now)
    audit.record(
        session,
        actor,
        moment=now,
        log=audit.Log.OPERATION,
        action="統合記載欄の照会",
        subjects=[addressee_number],
        screen=_SCREEN,
    )
    return record, queries.page_of(record, actor)


def add_remark(session: Session, actor: Actor, command: AddRemark, *, now: dt.datetime) -> IntegratedRemark:
    """Add a 備考 to a person.

    :raises PermissionDenied, RemarkMissing, TextsClosed, Locked: see :func:`_opened`.
    :raises RemarkRefused: something bars it, or an alert is not confirmed.
    """
    record = _opened(session, actor, command.addressee_number, now=now)
    facts = _facts(record, RemarkKind.REMARK)
    _judge(check_remark(RemarkKind.REMARK, command.text, facts), command.confirmed)
    entry = _entry(actor, record, RemarkKind.REMARK, NoteDraft(cleaned(command.text)), None, now=now)
    return _added(session, actor, entry, "備考の追加", command.confirmed, now=now)


def add_note(session: Session, actor: Actor, command: AddNote, *, now: dt.datetime) -> IntegratedRemark:
    """Add a 留意事項 to a change that has been made.

    :raises PermissionDenied, RemarkMissing, TextsClosed, Locked: see :func:`_opened`; RemarkMissing also for a
        change that the person does not have.
    :raises RemarkRefused: something bars it, or an alert is not confirmed.
    """
    record = _opened(session, actor, command.addressee_number, now=now)
    row = record.snapshot(command.history_number)
    on_present = record.current.state.is_live and row in record.stay
    facts = _facts(record, RemarkKind.NOTE, removed=not on_present)
    _judge(check_remark(RemarkKind.NOTE, command.text, facts), command.confirmed)
    template = session.get(NoteTemplate, command.template_id) if command.template_id is not None else None
    items = tuple(template.items) if template is not None else ()
    draft = NoteDraft(cleaned(command.text), items, template.sensitivity if template is not None else None)
    entry = _entry(actor, record, RemarkKind.NOTE, draft, row.history_number, now=now)
    return _added(session, actor, entry, "留意事項の追加", command.confirmed, now=now)


def correct_removed(
    session: Session, actor: Actor, command: CorrectRemoved, *, now: dt.datetime
) -> IntegratedRemark:
    """State an error of a 除票 and the right text in a 留意事項 (RR-1.1.5d, 法第15条の3).

    :raises PermissionDenied, RemarkMissing, TextsClosed, Locked: see :func:`_opened`.
    :raises RemarkRefused: something bars it, or an alert is not confirmed.
    """
    record = _opened(session, actor, command.addressee_number, now=now)
    row = record.snapshot(command.history_number)
    ended = {choice.history_number for choice in queries.page_of(record, actor).removed_records}
    facts = _facts(record, RemarkKind.NOTE, removed=row.history_number in ended)
    _judge(check_correction(command.column, command.wrong, command.right, facts), command.confirmed)
    draft = correction_note(command.column, cleaned(command.wrong), cleaned(command.right))
    entry = _entry(actor, record, RemarkKind.NOTE, draft, row.history_number, now=now)
    if record.archived:
        add_text(session, entry)
        _log(session, actor, "除票の訂正", entry, now=now, after=entry.text, confirmed=command.confirmed)
        return entry
    return _added(session, actor, entry, "除票の訂正", command.confirmed, now=now)


def change_remark(
    session: Session, actor: Actor, command: ChangeRemark, *, now: dt.datetime
) -> IntegratedRemark:
    """Put another text in the place of a B or C entry: the old one is withdrawn and stays.

    :raises PermissionDenied, RemarkMissing, TextsClosed, Locked: see :func:`_opened`.
    :raises RemarkRefused: something bars it, or an alert is not confirmed.
    """
    record = _opened(session, actor, command.addressee_number, now=now)
    old = record.remark(command.remark_id)
    facts = _facts(record, old.kind)
    found = _withdrawal(record, old, command.reason, facts)
    found += [one for one in check_remark(old.kind, command.text, facts, old=old.text) if one not in found]
    _judge(found, command.confirmed)
    draft = NoteDraft(cleaned(command.text), tuple(old.items), None)
    new = _entry(actor, record, old.kind, draft, old.history_number, now=now)
    if old.sensitivity is not None:
        # A better wording of a sensitive entry stays one, whether it repeats the word or not.
        new.sensitivity = new.sensitivity or old.sensitivity
    new.replaces_id = old.id
    _end(actor, old, command.reason, now=now)
    session.add(new)
    session.flush()
    _log(
        session, actor, f"{old.kind.label}の変更", new, now=now, before=old.text, after=new.text,
        reason=command.reason, confirmed=command.confirmed,
    )  # fmt: skip
    return new


def withdraw_remark(
    session: Session, actor: Actor, command: WithdrawRemark, *, now: dt.datetime
) -> IntegratedRemark:
    """Withdraw a B or C entry; it stays and says when, by whom and why.

    :raises PermissionDenied, RemarkMissing, TextsClosed, Locked: see :func:`_opened`.
    :raises RemarkRefused: something bars it, or an alert is not confirmed.
    """
    record = _opened(session, actor, command.addressee_number, now=now)
    old = record.remark(command.remark_id)
    _judge(_withdrawal(record, old, command.reason, _facts(record, old.kind)), command.confirmed)
    _end(actor, old, command.reason, now=now)
    session.flush()
    _log(
        session, actor, f"{old.kind.label}の取消し", old, now=now, before=old.text, reason=command.reason,
        confirmed=command.confirmed,
    )  # fmt: skip
    return old


def _opened(session: Session, actor: Actor, addressee_number: str, *, now: dt.datetime) -> Record:
    """The record to be changed, held against others.

    :raises PermissionDenied: without the right to edit the 統合記載欄.
    :raises RemarkMissing: no such person.
    :raises TextsClosed: the texts may tell where somebody protected lives.
    :raises Locked: somebody edits this person now (RR-10.3c).
    """
    actor.require(Permission.RESIDENT_VIEW, Permission.REMARK_EDIT)
    record = queries.record_of(session, actor, addressee_number, now=now, for_update=True)
    held = locks.holder(session, locks.LockSubject.RESIDENT, addressee_number, now=now)
    if held is not None:
        raise locks.Locked(held)
    return record


def _facts(record: Record, kind: RemarkKind, *, removed: bool | None = None) -> RemarkFacts:
    standing = frozenset(
        entry.text
        for entry in record.remarks
        if entry.kind is kind and entry.withdrawn_on is None and record.on_present_record(entry)
    )
    if removed is None:
        removed = not record.current.state.is_live
    return RemarkFacts(removed=removed, change_level=record.change_level, in_force=standing)


def _withdrawal(record: Record, entry: IntegratedRemark, reason: str, facts: RemarkFacts) -> list[Violation]:
    return check_withdrawal(
        entry.kind,
        withdrawn=entry.withdrawn_on is not None,
        removed=not record.on_present_record(entry),
        reason=reason,
        facts=facts,
    )


def _judge(found: list[Violation], confirmed: Mapping[str, str]) -> None:
    """:raises RemarkRefused: with errors, or alerts without a reason."""
    if errors_of(found) or any(not confirmed.get(alert.code) for alert in alerts_of(found)):
        raise RemarkRefused(found)


def _entry(
    actor: Actor,
    record: Record,
    kind: RemarkKind,
    draft: NoteDraft,
    history_number: int | None,
    *,
    now: dt.datetime,
) -> IntegratedRemark:
    return IntegratedRemark(
        addressee_number=record.addressee_number,
        history_number=history_number,
        kind=kind,
        text=draft.text,
        items=list(draft.items),
        sensitivity=draft.sensitivity or sensitivity_of_text(draft.text),
        recorded_on=day_of(now),
        recorded_at=now,
        recorded_by=actor.login,
        office_name=actor.office_name,
        terminal_name=actor.terminal_name,
    )


def _added(
    session: Session,
    actor: Actor,
    entry: IntegratedRemark,
    action: str,
    confirmed: Mapping[str, str],
    *,
    now: dt.datetime,
) -> IntegratedRemark:
    session.add(entry)
    session.flush()
    _log(session, actor, action, entry, now=now, after=entry.text, confirmed=confirmed)
    return entry


def _end(actor: Actor, entry: IntegratedRemark, reason: str, *, now: dt.datetime) -> None:
    entry.withdrawn_on, entry.withdrawn_at = day_of(now), now
    entry.withdrawn_by, entry.withdrawal_reason = actor.login, reason.strip()


def _log(
    session: Session,
    actor: Actor,
    action: str,
    entry: IntegratedRemark,
    *,
    now: dt.datetime,
    before: str = "",
    after: str = "",
    reason: str = "",
    confirmed: Mapping[str, str],
) -> None:
    details: dict[str, Any] = {"種類": entry.kind.label, "変更前": before, "変更後": after}
    if entry.history_number is not None:
        details["履歴番号"] = entry.history_number
    if reason:
        details["理由"] = reason.strip()
    if confirmed:
        details["確認した注意"] = dict(confirmed)
    audit.record(
        session,
        actor,
        moment=now,
        log=audit.Log.OPERATION,
        action=action,
        subjects=[entry.addressee_number],
        details=details,
        screen=_SCREEN,
    )
