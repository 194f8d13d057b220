"""発行の確認: a barred certificate is let out once, after the 支援措置責任者 has looked at it (RR-3.4b).

The clerk puts exactly one request to the officer in charge: whom, which form, which items, who asks and why. A 閲覧用
that leaves nobody out goes the same way; its subjects are those who would be left out of another. Granted,
it opens that request and no other, to that clerk, once, until a moment. The wording is the same whatever bars a
certificate: a support measure, another suppression, or a former home in which a protected person lives now.
"""

from __future__ import annotations

import datetime as dt
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session, selectinload

from residentapp.core import audit
from residentapp.core.access.actor import Actor
from residentapp.core.access.permissions import Permission
from residentapp.core.clock import JST
from residentapp.core.crypto import Keyring
from residentapp.core.violations import Level, Violation
from residentapp.residents.certificates.types import CertificateRequest, Fee, Requester, Shown, Style
from residentapp.residents.reading.types import ReadingRequest
from residentapp.residents.support.errors import NotThere, SupportRefused
from residentapp.residents.support.models import (
    CertificateReview,
    CertificateReviewIssue,
    CertificateReviewSubject,
    Decision,
)
from residentapp.residents.support.sealed import REVIEW, REVIEW_REASON, seal, unseal
from residentapp.residents.support.suppressions import IN_CHARGE

#: After the issue its pages can be printed for this long, even when the review ends in between.
PRINTING = dt.timedelta(minutes=15)
#: How long the clerk sees what became of a request.
SHOWN = dt.timedelta(hours=12)


#: What can be put to the officer in charge.
Reviewable = CertificateRequest | ReadingRequest


#: Who may ask: whoever may make what is asked for.
ASKERS = (Permission.CERTIFICATE_ISSUE, Permission.READING_COPY_MAKE)


def _canonical(request: Reviewable) -> dict[str, object]:
    if isinstance(request, ReadingRequest):
        return {"reading": request.kept()}
    return {
        "style": request.style.value,
        "household_number": request.household_number,
        "subjects": sorted(request.subjects),
        "shown": sorted(item.value for item in request.shown),
        "copies": request.copies,
        "requester": request.requester.value,
        "requester_name": request.requester_name.strip(),
        "purpose": request.purpose.strip(),
        "fee": request.fee.value,
        "seal": request.seal,
        "versions": {number: request.versions.get(number) for number in sorted(request.subjects)},
        "sensitive_history": request.sensitive_history,
        "stays": {number: request.stays.get(number) for number in sorted(request.subjects)},
        "blank_destination": request.blank_destination,
    }


def _hash(keyring: Keyring, request: Reviewable) -> bytes:
    text = json.dumps(_canonical(request), ensure_ascii=False, sort_keys=True)
    return keyring.lookup_hash(text, context=REVIEW)


def request_of(keyring: Keyring, review: CertificateReview) -> Reviewable:
    """The request as the clerk put it."""
    kept = unseal(keyring, review.request_cipher, REVIEW)
    if "reading" in kept:
        return ReadingRequest.of(kept["reading"])
    return CertificateRequest(
        style=Style(kept["style"]),
        household_number=kept["household_number"],
        subjects=tuple(kept["subjects"]),
        shown=frozenset(Shown(value) for value in kept["shown"]),
        copies=kept["copies"],
        requester=Requester(kept["requester"]),
        requester_name=kept["requester_name"],
        purpose=kept["purpose"],
        fee=Fee(kept["fee"]),
        seal=kept["seal"],
        versions={number: version for number, version in kept["versions"].items() if version is not None},
        sensitive_history=kept.get("sensitive_history", False),
        stays={number: stay for number, stay in kept.get("stays", {}).items() if stay is not None},
        blank_destination=kept.get("blank_destination", False),
    )


def reason_of(keyring: Keyring, review: CertificateReview) -> str:
    """Why the officer in charge decided so."""
    return str(unseal(keyring, review.reason_cipher, REVIEW_REASON).get("reason", ""))


# ---- the clerk's side


def right_to_ask(request: Reviewable) -> Permission:
    """The right that making what is asked for takes, and with it asking."""
    if isinstance(request, ReadingRequest):
        return Permission.READING_COPY_MAKE
    return Permission.CERTIFICATE_ISSUE


def ask(
    session: Session,
    actor: Actor,
    keyring: Keyring,
    request: Reviewable,
    *,
    page_state_id: str,
    now: dt.datetime,
    subjects: Sequence[str] = (),
) -> CertificateReview:
    """Put a barred request to the officer in charge. One that waits already is not put twice.

    :param subjects: 宛名番号 of those on a 閲覧用 who may not be read; a certificate says its own.
    """
    actor.require(right_to_ask(request))
    people = subjects if isinstance(request, ReadingRequest) else request.subjects
    waiting = _newest(session, actor, keyring, request)
    if waiting is not None and waiting.decision is None:
        return waiting
    review = CertificateReview(
        id=secrets.token_hex(16),
        request_hash=_hash(keyring, request),
        request_cipher=seal(keyring, _canonical(request), REVIEW),
        page_state_id=page_state_id,
        asked_at=now,
        asked_by=actor.login,
        asked_by_name=actor.name,
        office_name=actor.office_name,
        terminal_name=actor.terminal_name,
        subjects=[CertificateReviewSubject(addressee_number=number) for number in sorted(set(people))],
    )
    session.add(review)
    session.flush()
    _log(session, actor, review, "発行の確認の依頼", now=now)
    return review


def _newest(
    session: Session, actor: Actor, keyring: Keyring, request: Reviewable
) -> CertificateReview | None:
    query = (
        select(CertificateReview)
        .where(
            CertificateReview.request_hash == _hash(keyring, request),
            CertificateReview.asked_by == actor.login,
        )
        .order_by(CertificateReview.asked_at.desc(), CertificateReview.id)
        .limit(1)
    )
    return session.scalars(query).one_or_none()


def standing_review(
    session: Session, actor: Actor, keyring: Keyring, request: Reviewable, *, now: dt.datetime
) -> CertificateReview | None:
    """What has become of this clerk's request: waiting, refused, or granted and still to be used; None for the rest."""
    review = _newest(session, actor, keyring, request)
    if review is None or review.used_at is not None:
        return None
    if review.decision is Decision.GRANTED and not is_open(review, now):
        return None
    return review


def is_open(review: CertificateReview, now: dt.datetime) -> bool:
    """Whether a request can be issued on the strength of its review."""
    return (
        review.decision is Decision.GRANTED
        and review.used_at is None
        and review.valid_until is not None
        and now < review.valid_until
    )


def use(
    session: Session,
    actor: Actor,
    keyring: Keyring,
    request: Reviewable,
    issue_ids: Sequence[str],
    *,
    now: dt.datetime,
) -> None:
    """Mark the review of a request as used by its issues: it opens nothing a second time.

    :raises SupportRefused: when somebody has used it, or its time is over.
    """
    review = _newest(session, actor, keyring, request)
    if review is not None:
        session.refresh(review, with_for_update=True)
    if review is None or not is_open(review, now):
        raise _refused(
            "RV-E001",
            "責任者の確認の期限が過ぎたか、もう使われています。",
            "もう一度確認を依頼してください。",
        )
    review.used_at = now
    review.issues.extend(CertificateReviewIssue(issue_id=issue_id) for issue_id in issue_ids)
    session.flush()
    _log(session, actor, review, "発行の確認の利用", now=now)


def lets_out(session: Session, issue_id: str, *, now: dt.datetime) -> bool:
    """Whether an issue was let out by a review, and its pages may still be printed."""
    found = session.get(CertificateReviewIssue, issue_id)
    if found is None:
        return False
    review = session.get_one(CertificateReview, found.review_id)
    assert review.used_at is not None and review.valid_until is not None
    return now < max(review.valid_until, review.used_at + PRINTING)


def asked_lately(session: Session, actor: Actor, *, now: dt.datetime) -> list[CertificateReview]:
    """The clerk's own requests of the day, newest first."""
    query = (
        select(CertificateReview)
        .where(CertificateReview.asked_by == actor.login, CertificateReview.asked_at > now - SHOWN)
        .order_by(CertificateReview.asked_at.desc(), CertificateReview.id)
    )
    return list(session.scalars(query))


def count_answered(session: Session, actor: Actor, *, now: dt.datetime) -> int:
    """How many of the clerk's requests of the day were decided and wait for the clerk."""
    query = select(func.count()).where(
        CertificateReview.asked_by == actor.login,
        CertificateReview.asked_at > now - SHOWN,
        or_(
            CertificateReview.decision == Decision.REFUSED,
            and_(CertificateReview.used_at.is_(None), CertificateReview.valid_until > now),
        ),
    )
    return session.scalar(query) or 0


# ---- the side of the officer in charge


@dataclass(frozen=True)
class Grant:
    """A decision.

    :param minutes: for how long the request can be issued; None when what was typed is no number.
    """

    decision: Decision | None
    reason: str
    minutes: int | None = None


def waiting(session: Session, actor: Actor, *, now: dt.datetime) -> list[CertificateReview]:
    """Requests of the day that wait for a decision, oldest first."""
    actor.require(*IN_CHARGE)
    query = (
        select(CertificateReview)
        .options(selectinload(CertificateReview.subjects))
        .where(*_waits(now))
        .order_by(CertificateReview.asked_at, CertificateReview.id)
    )
    return list(session.scalars(query))


def count_waiting(session: Session, *, now: dt.datetime) -> int:
    """How many wait."""
    return session.scalar(select(func.count()).where(*_waits(now))) or 0


def _waits(now: dt.datetime) -> tuple[ColumnElement[bool], ...]:
    # The clerk's page lives no longer than that, and nobody waits at the counter over night.
    return CertificateReview.decision.is_(None), CertificateReview.asked_at > now - SHOWN


def find_review(
    session: Session, actor: Actor, review_id: str, *, for_update: bool = False
) -> CertificateReview:
    """A request for one who is in charge.

    :raises NotThere: no such request.
    """
    actor.require(*IN_CHARGE)
    review = session.get(
        CertificateReview, review_id, with_for_update=for_update, populate_existing=for_update
    )
    if review is None:
        raise NotThere("この依頼は見つかりません。一覧から選び直してください。")
    return review


def open_review(
    session: Session, actor: Actor, keyring: Keyring, review_id: str, *, now: dt.datetime
) -> tuple[CertificateReview, Reviewable]:
    """A request with what was asked for; looked at, and logged."""
    review = find_review(session, actor, review_id)
    _log(session, actor, review, "発行の確認の照会", now=now)
    return review, request_of(keyring, review)


def decide(
    session: Session,
    actor: Actor,
    keyring: Keyring,
    review_id: str,
    grant: Grant,
    *,
    most: int,
    now: dt.datetime,
) -> CertificateReview:
    """Let the request out once, or not. Either needs a reason.

    :param most: the longest time that the municipality allows, in minutes.
    :raises SupportRefused: no decision, no reason, too long a time, or decided before.
    """
    review = find_review(session, actor, review_id, for_update=True)
    if review.decision is not None:
        raise _refused("RV-E002", "この依頼は、もう判断されています。", "一覧を開き直してください。")
    found = []
    if grant.decision is None:
        found += _refused(
            "RV-E003", "認めるかどうかが選ばれていません。", "どちらかを選んでください。", field="decision"
        ).violations
    if not grant.reason.strip():
        found += _refused(
            "RV-E004", "判断の理由が入力されていません。",
            "だれの何のための請求か、確かめたことを入力してください。", field="reason",
        ).violations  # fmt: skip
    if grant.decision is Decision.GRANTED and (grant.minutes is None or not 1 <= grant.minutes <= most):
        found += _refused(
            "RV-E005",
            f"発行できる時間は1分から{most}分までです。",
            "分の数字を入力してください。",
            field="minutes",
        ).violations
    if found:
        raise SupportRefused(found)
    assert grant.decision is not None
    review.decision, review.decided_at = grant.decision, now
    review.decided_by, review.decided_by_name = actor.login, actor.name
    review.reason_cipher = seal(keyring, {"reason": grant.reason.strip()}, REVIEW_REASON)
    if grant.decision is Decision.GRANTED and grant.minutes is not None:
        review.valid_until = now + dt.timedelta(minutes=grant.minutes)
    session.flush()
    _log(session, actor, review, f"発行の確認（{grant.decision.label}）", now=now)
    return review


def _refused(code: str, message: str, remedy: str, *, field: str = "") -> SupportRefused:
    return SupportRefused([Violation(Level.ERROR, code, message, field, "RR-3.4b", remedy)])


def _log(session: Session, actor: Actor, review: CertificateReview, action: str, *, now: dt.datetime) -> None:
    details: dict[str, object] = {"依頼": review.id, "依頼した人": review.asked_by}
    if review.valid_until is not None:
        details["期限"] = f"{review.valid_until.astimezone(JST):%Y-%m-%d %H:%M}"
    audit.record(
        session,
        actor,
        moment=now,
        log=audit.Log.OPERATION,
        action=action,
        subjects=[subject.addressee_number for subject in review.subjects],
        details=details,
        screen="発行の確認",
    )
