"""Making a 閲覧用, and handing it over: recorded before it leaves, made again from what was recorded (RR-1.3.8a, FM-3).

Who may not be read is left out. A list that leaves nobody out is an error until the 支援措置責任者 has let exactly that
list out, once (RR-3.4a, b).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import secrets
import tempfile
from dataclasses import dataclass
from itertools import islice
from typing import Any, BinaryIO

from sqlalchemy import insert
from sqlalchemy.orm import Session

from residentapp.core import audit
from residentapp.core.access.actor import Actor
from residentapp.core.access.permissions import Permission
from residentapp.core.clock import day_of
from residentapp.core.crypto import Keyring
from residentapp.core.documents import Fonts
from residentapp.core.masters.queries import own_municipality
from residentapp.core.violations import Violation
from residentapp.residents.certificates.models import CertificateIssue
from residentapp.residents.certificates.operations import issue_numbers, seal_requester
from residentapp.residents.certificates.types import IssueNotFound, IssueRefused, Style, WrongCertificate
from residentapp.residents.reading import queries
from residentapp.residents.reading.documents import Sheet, Written, write
from residentapp.residents.reading.models import ReadingCopy, ReadingCopySubject
from residentapp.residents.reading.rules import FOUND, Facts, check_request
from residentapp.residents.reading.types import ReadingRequest
from residentapp.residents.support import reviews
from residentapp.residents.support.errors import SupportRefused
from residentapp.residents.support.models import CertificateReview

SCREEN = "閲覧用の作成"
_SHEET = "reading_copy_sheet"
#: Under what the history of issues says which lines do not come out as written (RR-5.8b), and how many it names.
MARRED = "欄に入らない文字・字形のない文字"
_MOST_SAID = 30
#: Part of a file that is read at once.
_PART = 1 << 16


@dataclass(frozen=True)
class Prepared:
    """A request that was judged; nothing is recorded yet.

    :param people: how many would stand on it; None when it was not counted, because it may not be made.
    :param chosen: they; None when it may not be made.
    """

    request: ReadingRequest
    violations: list[Violation]
    people: int | None = None
    chosen: queries.Chosen | None = None

    @property
    def only_review_lacks(self) -> bool:
        """Whether nothing but the officer in charge stands in its way."""
        return [each.code for each in self.violations] == ["RD-E010"]


def prepare(
    session: Session, actor: Actor, keyring: Keyring, request: ReadingRequest, *, now: dt.datetime
) -> Prepared:
    """Judge a request and choose its people.

    Of a list that leaves nobody out nothing is counted before the officer in charge has let it out: the difference to
    the count of the other list would tell whether somebody protected lives there.
    """
    actor.require(Permission.READING_COPY_MAKE)
    reviewed = _is_reviewed(session, actor, keyring, request, now=now)
    violations = check_request(request, Facts(reviewed=reviewed))
    if violations:
        return Prepared(request, violations)
    chosen = queries.choose(session, request.conditions, request.order, today=day_of(now))
    violations = check_request(request, Facts(people=len(chosen), reviewed=reviewed))
    return Prepared(request, violations, len(chosen), None if violations else chosen)


def _is_reviewed(
    session: Session, actor: Actor, keyring: Keyring, request: ReadingRequest, *, now: dt.datetime
) -> bool:
    """Whether the officer in charge has let this list out, and has seen everybody who may not be read on it."""
    if not request.conditions.with_suppressed:
        return False
    review = reviews.standing_review(session, actor, keyring, request, now=now)
    if review is None or not reviews.is_open(review, now):
        return False
    seen = {subject.addressee_number for subject in review.subjects}
    return seen.issuperset(queries.suppressed_among(session, request.conditions, today=day_of(now)))


def log_count(session: Session, actor: Actor, prepared: Prepared, *, now: dt.datetime) -> None:
    """Log that somebody asked how many people fit."""
    audit.record(
        session, actor, moment=now, log=audit.Log.OPERATION, action="閲覧用の人数の確認",
        details=_details(prepared.request, 人数=prepared.people), screen=SCREEN,
    )  # fmt: skip


def ask(
    session: Session,
    actor: Actor,
    keyring: Keyring,
    request: ReadingRequest,
    *,
    page_state_id: str,
    now: dt.datetime,
) -> CertificateReview:
    """Put a list that leaves nobody out to the officer in charge, with those who may not be read (RR-3.4b)."""
    actor.require(Permission.READING_COPY_MAKE)
    subjects = queries.suppressed_among(session, request.conditions, today=day_of(now))
    return reviews.ask(
        session, actor, keyring, request, page_state_id=page_state_id, now=now, subjects=subjects
    )


def _details(request: ReadingRequest, **counts: int | None) -> dict[str, Any]:
    """What the log says of a request.

    Conditions and counts of a list that leaves nobody out are not said: the log is read by people who may not know
    where the protected live. They stand in the history of issues.
    """
    said = {"根拠": request.basis.label, "並び": request.order.label, "形式": request.medium.label}
    if request.conditions.with_suppressed:
        return said | {"条件": "対象者を除かない"}
    kept = request.conditions.kept().items()
    return said | {"条件": {name: value for name, value in kept if value not in (None, "", [])}} | counts


def make(
    session: Session,
    actor: Actor,
    keyring: Keyring,
    request: ReadingRequest,
    fonts: Fonts,
    *,
    now: dt.datetime,
) -> CertificateIssue:
    """Make and record a list; it is handed over by :func:`hand_over`.

    :raises IssueRefused: something bars it.
    :raises MasterMissing: no municipality is registered.
    """
    prepared = prepare(session, actor, keyring, request, now=now)
    if prepared.chosen is None or prepared.people is None:
        raise IssueRefused(prepared.violations)
    [number] = issue_numbers(session, actor, 1, now=now)
    own = own_municipality(session)
    sheet = Sheet(number.text, own.prefecture + own.name, now, prepared.people, request.kana, request.medium)
    issue_id = secrets.token_hex(16)
    written, digest = _tried(session, sheet, prepared.chosen, fonts)
    row = CertificateIssue(
        id=issue_id,
        style=Style.READING,
        issued_at=now,
        issued_on=day_of(now),
        office_code=actor.office_code,
        office_name=actor.office_name,
        terminal_code=actor.terminal_code,
        terminal_name=actor.terminal_name,
        printer_name=number.printer,
        serial=number.serial,
        issue_number=number.text,
        user_login=actor.login,
        user_name=actor.name,
        requester=request.basis.requester,
        requester_cipher=seal_requester(keyring, _asked_by(request), request.purpose),
        fee=request.fee,
        shown=[item.value for item in request.shown],
        confirmed={MARRED: _said(written)} if written.marred else {},
        pages=written.pages,
        pdf_sha256=digest,
        snapshot_cipher=keyring.encrypt(json.dumps(sheet.kept(), ensure_ascii=False), context=_SHEET),
    )
    session.add(row)
    session.flush()
    session.add(
        ReadingCopy(
            issue_id=issue_id,
            basis=request.basis,
            order=request.order,
            medium=request.medium,
            with_suppressed=request.conditions.with_suppressed,
            people=prepared.people,
            conditions=request.conditions.kept(),
        )
    )
    session.flush()
    _keep_people(session, issue_id, prepared.chosen)
    protected: list[str] = []
    if request.conditions.with_suppressed:
        # Named in the log, so that theirs says what left the office; it hides the rest from who may not know.
        protected = queries.suppressed_among(session, request.conditions, today=day_of(now))
        try:
            reviews.use(session, actor, keyring, request, [issue_id], now=now)
        except SupportRefused as refused:
            raise IssueRefused(refused.violations) from refused
    audit.record(
        session, actor, moment=now, log=audit.Log.PRINT, action="閲覧用の作成", subjects=protected,
        details=_details(request, 人数=prepared.people, ページ数=written.pages)
        | {"発行番号": number.text, "請求者": request.basis.requester.label},
        screen=SCREEN,
    )  # fmt: skip
    return row


def _said(written: Written) -> str:
    more = len(written.marred) - _MOST_SAID
    listed = "、".join(written.marred[:_MOST_SAID])
    return f"{listed}　ほか{more:,}か所" if more > 0 else listed


def _asked_by(request: ReadingRequest) -> str:
    parts = [request.requester_name.strip()]
    if request.representative.strip():
        parts.append(request.representative.strip())
    parts.append(f"閲覧者：{request.readers.strip()}")
    return "　".join(parts)


def _keep_people(session: Session, issue_id: str, chosen: queries.Chosen) -> None:
    people = enumerate(chosen, start=1)
    while part := list(islice(people, queries.AT_ONCE)):
        session.execute(
            insert(ReadingCopySubject),
            [
                {
                    "issue_id": issue_id,
                    "place": place,
                    "addressee_number": number,
                    "history_number": history_number,
                }
                for place, (number, history_number) in part
            ],
        )


def _tried(session: Session, sheet: Sheet, chosen: queries.Chosen, fonts: Fonts) -> tuple[Written, str]:
    """Pages and SHA-256 of what will be handed over."""
    with tempfile.TemporaryFile() as out:
        written = write(sheet, queries.snapshots_of(session, chosen), fonts, out)
        return written, _digest(out)


def _digest(out: BinaryIO) -> str:
    out.seek(0)
    digest = hashlib.sha256()
    while part := out.read(_PART):
        digest.update(part)
    return digest.hexdigest()


# ---- handing over


def find_copy(session: Session, actor: Actor, issue_id: str) -> tuple[CertificateIssue, ReadingCopy]:
    """A 閲覧用 in the history that the actor may see: their own, or any with the right to the history.

    :raises IssueNotFound: otherwise.
    """
    row, copy = session.get(CertificateIssue, issue_id), session.get(ReadingCopy, issue_id)
    own = row is not None and row.user_login == actor.login and actor.may(Permission.READING_COPY_MAKE)
    if row is None or copy is None or not (own or actor.may(Permission.ISSUE_HISTORY_VIEW)):
        raise IssueNotFound("この閲覧用の記録は見つかりません。交付履歴から選び直してください。")
    return row, copy


def may_know_conditions(actor: Actor, row: CertificateIssue, copy: ReadingCopy) -> bool:
    """Whether an officer may see for whom a list was made, and how many they are.

    Of a list that leaves nobody out both tell, beside the list that does, where somebody protected lives.
    """
    return not copy.with_suppressed or row.user_login == actor.login or actor.may(Permission.SUPPRESSED_VIEW)


def hand_over(
    session: Session,
    actor: Actor,
    keyring: Keyring,
    issue_id: str,
    fonts: Fonts,
    out: BinaryIO,
    *,
    now: dt.datetime,
) -> CertificateIssue:
    """Write a list that was made into an empty file, and prove that it is the one that was recorded.

    :raises IssueNotFound: no such list, or not the actor's to see.
    :raises IssueRefused: it was disposed of, or somebody on it may not be read any more.
    :raises WrongCertificate: the file is not what was recorded.
    """
    row, copy = find_copy(session, actor, issue_id)
    actor.require(Permission.READING_COPY_MAKE)
    if row.disposed_at is not None:
        raise IssueRefused([FOUND.found("RD-E021")])
    _refuse_when_barred(session, actor, row, copy, now=now)
    sheet = Sheet.of(json.loads(keyring.decrypt_text(row.snapshot_cipher, context=_SHEET)))
    if sheet.issue_number != row.issue_number or sheet.people != copy.people:
        raise WrongCertificate
    try:
        written = write(sheet, queries.printed_people(session, issue_id, copy.people), fonts, out)
    except (LookupError, ValueError) as error:
        raise WrongCertificate from error
    if written.pages != row.pages or _digest(out) != row.pdf_sha256:
        raise WrongCertificate
    again = row.handed_over_at is not None
    if not again:
        row.handed_over_at = now
        session.flush()
    audit.record(
        session, actor, moment=now, log=audit.Log.PRINT,
        action="閲覧用の再出力" if again else "閲覧用の出力",
        details={"発行番号": row.issue_number, "人数": copy.people} if not copy.with_suppressed
        else {"発行番号": row.issue_number},
        screen=SCREEN,
    )  # fmt: skip
    return row


def _refuse_when_barred(
    session: Session, actor: Actor, row: CertificateIssue, copy: ReadingCopy, *, now: dt.datetime
) -> None:
    if copy.with_suppressed:
        barred = not reviews.lets_out(session, row.id, now=now) or row.user_login != actor.login
    else:
        barred = queries.holds_suppressed(session, row.id, today=day_of(now))
    if barred:
        raise IssueRefused([FOUND.found("RD-E020")])
