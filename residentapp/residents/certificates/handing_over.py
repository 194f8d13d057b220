"""Handing over, again if need be, and disposing of what was issued wrongly.

The PDF leaves only after the issue has been committed, and only when it still is what was recorded (RR-1.3.8, CM-5.2).
"""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass

from sqlalchemy.orm import Session

from residentapp.core import audit
from residentapp.core.access.actor import Actor
from residentapp.core.access.permissions import Permission
from residentapp.core.crypto import Keyring
from residentapp.core.documents import Fonts
from residentapp.core.violations import Level, Violation
from residentapp.residents.certificates import queries
from residentapp.residents.certificates.models import CertificateIssue
from residentapp.residents.certificates.rules import lacking_rights, needs_review
from residentapp.residents.certificates.snapshots import SNAPSHOT, release_check, render_snapshot, thaw
from residentapp.residents.certificates.types import (
    IssueNotFound,
    IssueRefused,
    Shown,
    Style,
    WrongCertificate,
)
from residentapp.residents.removed_records.reader import snapshot_of
from residentapp.residents.support import reviews


@dataclass(frozen=True)
class HandOver:
    """A PDF that may leave."""

    pdf: bytes
    issue: CertificateIssue
    again: bool
    """Whether it had been handed over before."""


def find_issue(session: Session, actor: Actor, issue_id: str) -> CertificateIssue:
    """An issue the actor may see: their own, or any with the right to the history of issues.

    :raises IssueNotFound: otherwise.
    """
    row = session.get(CertificateIssue, issue_id)
    own = row is not None and row.user_login == actor.login and actor.may(Permission.CERTIFICATE_ISSUE)
    if row is None or not (own or actor.may(Permission.ISSUE_HISTORY_VIEW)):
        raise IssueNotFound("この発行の記録は見つかりません。交付履歴から選び直してください。")
    return row


def hand_over(
    session: Session, actor: Actor, keyring: Keyring, issue_id: str, fonts: Fonts, *, now: dt.datetime
) -> HandOver:
    """The pages of an issue, made again from the snapshot and proved to be the same bytes.

    :raises IssueNotFound: no such issue, or not the actor's to see.
    :raises IssueRefused: disposed of, the person has come under a suppression of certificates since, or an item
        is printed that the actor may not see.
    :raises WrongCertificate: the pages are not what was recorded.
    """
    row = find_issue(session, actor, issue_id)
    actor.require(Permission.CERTIFICATE_ISSUE)
    if row.style is Style.READING:
        raise IssueNotFound("閲覧用は、交付の記録の「閲覧用を開く」から出力してください。")
    snapshot = thaw(keyring.decrypt_text(row.snapshot_cipher, context=SNAPSHOT))
    _refuse_when_barred(session, actor, row, now=now)
    _refuse_without_rights(actor, row)
    release_check(session, keyring, row, snapshot)
    rendered = render_snapshot(snapshot, fonts)
    if hashlib.sha256(rendered.pdf).hexdigest() != row.pdf_sha256:
        raise WrongCertificate
    again = row.handed_over_at is not None
    if not again:
        row.handed_over_at = now
        session.flush()
    audit.record(
        session,
        actor,
        moment=now,
        log=audit.Log.PRINT,
        action="証明書の再出力" if again else "証明書の出力",
        subjects=[subject.addressee_number for subject in snapshot.subjects],
        details={"発行番号": row.issue_number, "ページ数": row.pages},
        individual_number=Shown.INDIVIDUAL_NUMBER.value in row.shown,
        screen="証明書発行",
    )
    return HandOver(rendered.pdf, row, again)


def _refuse_when_barred(session: Session, actor: Actor, row: CertificateIssue, *, now: dt.datetime) -> None:
    if row.disposed_at is not None:
        raise IssueRefused(
            [
                Violation(
                    Level.ERROR, "CI-E060", "この証明書は廃棄済みです。出力できません。", "", "RR-1.3.8a",
                    "必要なときは、新しく発行してください。",
                )
            ]
        )  # fmt: skip
    if reviews.lets_out(session, row.id, now=now):
        return
    printed = [
        found
        for subject in row.subjects
        if (found := snapshot_of(session, subject.addressee_number, subject.history_number)) is not None
    ]
    barred = Level.ERROR in queries.levels_of(session, printed, now=now).values()
    if barred or (not actor.may(Permission.SUPPRESSED_VIEW) and _tells_a_protected_home(session, row)):
        raise IssueRefused([needs_review()])


def _tells_a_protected_home(session: Session, row: CertificateIssue) -> bool:
    shown = frozenset(Shown(value) for value in row.shown)
    return any(
        queries.tells_a_protected_home(
            session, subject.addressee_number, row.style, shown, printed=subject.history_number
        )
        for subject in row.subjects
    )


def _refuse_without_rights(actor: Actor, row: CertificateIssue) -> None:
    """An item that the actor may not see does not come out by another officer's issue either (CM-5)."""
    lacking = lacking_rights(
        frozenset(Shown(value) for value in row.shown),
        may_domicile=actor.may(Permission.ITEM_REGISTERED_DOMICILE),
        may_individual_number=actor.may(Permission.ITEM_INDIVIDUAL_NUMBER),
        may_resident_code=actor.may(Permission.ITEM_RESIDENT_CODE),
        may_residence_status=actor.may(Permission.ITEM_RESIDENCE_STATUS),
    )
    if lacking:
        raise IssueRefused(lacking)


def dispose(
    session: Session, actor: Actor, issue_id: str, reason: str, *, now: dt.datetime
) -> CertificateIssue:
    """Record that a wrongly issued certificate was destroyed (処分情報, RR-1.3.8a). It stays in the history.

    :raises IssueNotFound: no such issue.
    :raises IssueRefused: no reason, or disposed of before.
    """
    actor.require(Permission.CERTIFICATE_DISPOSE)
    row = find_issue(session, actor, issue_id)
    if row.disposed_at is not None:
        raise IssueRefused(
            [
                Violation(
                    Level.ERROR, "CI-E061", "この証明書は廃棄済みです。", "", "", "記録を確かめてください。"
                )
            ]
        )
    if not reason.strip():
        raise IssueRefused(
            [
                Violation(
                    Level.ERROR, "CI-E062", "廃棄の理由が入力されていません。", "reason", "RR-1.3.8a",
                    "「字形の誤り」「請求の取下げ」のように、理由を入力してください。",
                )
            ]
        )  # fmt: skip
    row.disposed_at, row.disposed_by, row.disposal_reason = now, actor.login, reason.strip()
    session.flush()
    audit.record(
        session,
        actor,
        moment=now,
        log=audit.Log.OPERATION,
        action="証明書の廃棄",
        subjects=[subject.addressee_number for subject in row.subjects],
        details={"発行番号": row.issue_number, "理由": reason.strip()},
        screen="交付履歴",
    )
    return row
