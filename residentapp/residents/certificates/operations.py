"""Preview and issue of certificates; what happens to them later is in ``handing_over``.

An issue is recorded before its pages leave: the request that grants it commits first, the PDF is fetched by a
second one and made again from the frozen snapshot, byte by byte (FM-3). Before it leaves, who is printed is
compared with who was asked for (CM-5.2).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from residentapp.core import audit
from residentapp.core.access.actor import Actor
from residentapp.core.access.permissions import Permission
from residentapp.core.clock import day_of
from residentapp.core.crypto import Keyring
from residentapp.core.documents import Fonts, RenderedForm, load_template, render_form
from residentapp.core.masters.models import SealUse
from residentapp.core.masters.queries import certifier_on, own_municipality, seal_on
from residentapp.core.masters.wards import ward_of_address
from residentapp.core.masters.wording import SEAL_USE, wording_on
from residentapp.core.numbering import next_serials
from residentapp.core.violations import Level, Violation, alerts_of, errors_of
from residentapp.residents import history
from residentapp.residents.certificates import queries
from residentapp.residents.certificates.documents import PREVIEW_NUMBER, Certification, form_data
from residentapp.residents.certificates.models import CertificateIssue, CertificateSubject
from residentapp.residents.certificates.rules import check_request
from residentapp.residents.certificates.snapshots import (
    SNAPSHOT,
    freeze,
    release_check,
    render_snapshot,
)
from residentapp.residents.certificates.types import (
    CertificateRequest,
    IssueRefused,
    Shown,
    Snapshot,
    Subject,
)
from residentapp.residents.models import ResidentHistory
from residentapp.residents.support import reviews
from residentapp.residents.support.errors import SupportRefused

_REQUESTER = "certificate_requester"


@dataclass(frozen=True)
class Prepared:
    """A request with its facts gathered and judged; nothing is recorded yet.

    :param documents: the data of each document with the subjects it shows.
    :param by_review: whether the issue is possible only because the officer in charge let it out; uses the review up.
    """

    request: CertificateRequest
    violations: list[Violation]
    documents: list[tuple[tuple[Subject, ...], dict[str, Any]]]
    by_review: bool = False

    @property
    def errors(self) -> list[Violation]:
        """What bars the issue."""
        return errors_of(self.violations)

    @property
    def alerts(self) -> list[Violation]:
        """What needs the clerk's word."""
        return alerts_of(self.violations)


def prepare(
    session: Session, actor: Actor, keyring: Keyring, request: CertificateRequest, *, now: dt.datetime
) -> Prepared:
    """Judge a request and make the data of its documents.

    Where something bars the issue no data are made: a barred person's address goes nowhere.

    :raises MasterMissing: no municipality, certifier or seal is registered for the day.
    """
    actor.require(Permission.CERTIFICATE_ISSUE)
    subjects = queries.subjects_of(session, request)
    facts = queries.facts_of(session, actor, keyring, request, subjects, now=now)
    violations = check_request(request, facts)
    if errors_of(violations):
        return Prepared(request, violations, [])
    documents = _documents(session, keyring, request, subjects, now=now)
    return Prepared(request, violations, documents, facts.needs_review)


def _documents(
    session: Session,
    keyring: Keyring,
    request: CertificateRequest,
    subjects: Sequence[ResidentHistory],
    *,
    now: dt.datetime,
) -> list[tuple[tuple[Subject, ...], dict[str, Any]]]:
    day = day_of(now)
    # People of one household, or removed records of one: they have one address. Of a 除票 it is that of its time.
    ward = ward_of_address(session, subjects[0].address_code, day)
    certifier = certifier_on(session, day, ward=ward)
    words = wording_on(session, request.style.value, day)
    certification = Certification(
        municipality=own_municipality(session),
        certifier=certifier,
        seal=seal_on(session, certifier.kind, day, SealUse(words[SEAL_USE]), ward=ward)
        if request.seal
        else None,
        day=day,
        words=words,
    )
    people = [queries.person_facts(session, keyring, request, subject) for subject in subjects]
    live = {
        member.addressee_number for member in history.household_members(session, request.household_number)
    }
    pages = form_data(
        request,
        people,
        certification,
        issue_number=PREVIEW_NUMBER,
        whole_household={subject.addressee_number for subject in subjects} == live,
        today=day,
    )
    named = [
        Subject(subject.addressee_number, subject.history_number, subject.display_name)
        for subject in subjects
    ]
    if request.style.is_joint:
        return [(tuple(named), pages[0])]
    return [((subject,), page) for subject, page in zip(named, pages, strict=True)]


def preview(
    session: Session, actor: Actor, prepared: Prepared, fonts: Fonts, *, now: dt.datetime
) -> list[RenderedForm]:
    """The documents exactly as they would be printed, marked 見本, without a 発行番号. Logged as seen."""
    template = load_template(prepared.request.style.value)
    rendered = [
        render_form(template, data, fonts=fonts, moment=now, sample=True) for _, data in prepared.documents
    ]
    audit.record(
        session,
        actor,
        moment=now,
        log=audit.Log.OPERATION,
        action="証明書の見本",
        subjects=[subject.addressee_number for named, _ in prepared.documents for subject in named],
        details={"様式": prepared.request.style.label},
        individual_number=Shown.INDIVIDUAL_NUMBER in prepared.request.shown,
        screen="証明書発行",
    )
    return rendered


def findings_of(rendered: Sequence[RenderedForm]) -> list[Violation]:
    """What did not come out as written (RR-5.8b): alerts that the clerk confirms before the issue."""
    found = []
    for form in rendered:
        for overflow in form.overflows:
            found.append(
                Violation(
                    Level.ALERT,
                    "CI-A050",
                    f"「{overflow.label}」が欄に入りません（{overflow.total}字のうち{overflow.printed}字を印字）。",
                    f"{overflow.field}",
                    "RR-5.8b",
                    "見本を確かめてください。交付するときは、欠けた文字の扱いを書いてください。",
                )
            )
        for issue in form.unregistered:
            found.append(
                Violation(
                    Level.ALERT,
                    "CI-A051",
                    f"「{issue.label}」の文字（{issue.code_points}）の字形がフォントにないため、もとの字の形で印字します。",
                    f"{issue.field}-{issue.code_points}",
                    "RR-5.8b・CM-1",
                    "本人に字形を確かめてもらい、扱いを書いてください。",
                )
            )
        for issue in form.missing:
            found.append(
                Violation(
                    Level.ALERT,
                    "CI-A052",
                    f"「{issue.label}」の文字（{issue.code_points}）を印字できません（〓で印字します）。",
                    f"{issue.field}-{issue.code_points}",
                    "RR-5.8b・CM-1",
                    "フォントの設定を管理者に確かめてください。このまま交付するときは、扱いを書いてください。",
                )
            )
    return list(
        {(violation.code, violation.field, violation.message): violation for violation in found}.values()
    )


def issue(
    session: Session,
    actor: Actor,
    keyring: Keyring,
    request: CertificateRequest,
    fonts: Fonts,
    *,
    now: dt.datetime,
    confirmed: Mapping[str, str] | None = None,
) -> list[CertificateIssue]:
    """Issue what is asked for, each copy with its own 発行番号 (RR-5.5b), and record it.

    :param confirmed: reasons for the alerts, by alert key ``CODE@field``.
    :returns: the issues in the order of their numbers.
    :raises IssueRefused: something bars it, or an alert is not confirmed.
    :raises MasterMissing: as :func:`prepare`.
    """
    given = dict(confirmed or {})
    prepared = prepare(session, actor, keyring, request, now=now)
    if prepared.errors:
        raise IssueRefused(prepared.violations)
    alerts = [*prepared.alerts, *findings_of(trial(prepared, fonts, now=now))]
    unconfirmed = [violation for violation in alerts if not given.get(alert_name(violation))]
    if unconfirmed:
        raise IssueRefused(alerts)
    made = record_issues(
        session, actor, keyring, request, prepared.documents, fonts, now=now, confirmed=given
    )
    if prepared.by_review:
        try:
            reviews.use(session, actor, keyring, request, [row.id for row in made], now=now)
        except SupportRefused as refused:
            raise IssueRefused(refused.violations) from refused
    return made


@dataclass(frozen=True)
class IssueNumber:
    """A 発行番号 (RR-5.5).

    :param serial: of the day, at this terminal and printer. :param text: as it is printed, without the pages.
    """

    serial: int
    text: str
    printer: str


def issue_numbers(session: Session, actor: Actor, count: int, *, now: dt.datetime) -> list[IssueNumber]:
    """The next 発行番号 of the actor's terminal on this day."""
    day = day_of(now)
    printer = queries.printer_of(session, actor, day)
    place = " ".join(part for part in (actor.terminal_name, printer) if part)
    municipality = own_municipality(session).name
    return [
        IssueNumber(
            serial,
            " ".join(part for part in (f"{day:%Y%m%d}", municipality, place, f"{serial:03d}") if part),
            printer,
        )
        for serial in next_serials(session, f"certificate:{day:%Y%m%d}:{place}", count)
    ]


def record_issues(
    session: Session,
    actor: Actor,
    keyring: Keyring,
    request: CertificateRequest,
    documents: Sequence[tuple[tuple[Subject, ...], dict[str, Any]]],
    fonts: Fonts,
    *,
    now: dt.datetime,
    confirmed: Mapping[str, str] | None = None,
    action: str = "証明書の発行",
) -> list[CertificateIssue]:
    """Number and record documents that nothing bars any more; each copy gets its own 発行番号.

    :param action: what the log calls it.

    :param documents: the data of each document with the subjects it shows; the 発行番号 is filled in here.
    """
    given = dict(confirmed or {})
    made = []
    numbered = iter(issue_numbers(session, actor, len(documents) * request.copies, now=now))
    for subjects, data in documents:
        for _ in range(request.copies):
            number = next(numbered)
            snapshot = Snapshot(
                request_id=secrets.token_hex(16),
                template=request.style.value,
                subjects=subjects,
                data=data | {"issue_number": number.text},
                moment=now,
            )
            made.append(
                _record(
                    session, actor, keyring, request, fonts, snapshot, given, number=number, action=action
                )
            )
    return made


def trial(prepared: Prepared, fonts: Fonts, *, now: dt.datetime) -> list[RenderedForm]:
    """Draw the documents to see what does not come out as written; nothing is kept."""
    template = load_template(prepared.request.style.value)
    return [render_form(template, data, fonts=fonts, moment=now) for _, data in prepared.documents]


def alert_name(violation: Violation) -> str:
    """Under which a reason for an alert is given: the same name as the screen's."""
    return f"{violation.code}@{violation.field}" if violation.field else violation.code


def _record(
    session: Session,
    actor: Actor,
    keyring: Keyring,
    request: CertificateRequest,
    fonts: Fonts,
    snapshot: Snapshot,
    confirmed: dict[str, str],
    *,
    number: IssueNumber,
    action: str,
) -> CertificateIssue:
    rendered = render_snapshot(snapshot, fonts)
    row = CertificateIssue(
        id=snapshot.request_id,
        style=request.style,
        issued_at=snapshot.moment,
        issued_on=day_of(snapshot.moment),
        office_code=actor.office_code,
        office_name=actor.office_name,
        terminal_code=actor.terminal_code,
        terminal_name=actor.terminal_name,
        printer_name=number.printer,
        serial=number.serial,
        issue_number=number.text,
        user_login=actor.login,
        user_name=actor.name,
        requester=request.requester,
        requester_cipher=seal_requester(keyring, request.requester_name, request.purpose),
        fee=request.fee,
        shown=[item.value for item in request.asked_items],
        confirmed=confirmed,
        pages=rendered.pages,
        pdf_sha256=hashlib.sha256(rendered.pdf).hexdigest(),
        snapshot_cipher=keyring.encrypt(freeze(snapshot), context=SNAPSHOT),
        subjects=[
            CertificateSubject(
                addressee_number=subject.addressee_number,
                history_number=subject.history_number,
                place=place,
            )
            for place, subject in enumerate(snapshot.subjects, start=1)
        ],
    )
    session.add(row)
    session.flush()
    release_check(session, keyring, row, snapshot, asked=set(request.subjects))
    audit.record(
        session,
        actor,
        moment=snapshot.moment,
        log=audit.Log.PRINT,
        action=action,
        subjects=[subject.addressee_number for subject in snapshot.subjects],
        details={
            "様式": request.style.label,
            "発行番号": number.text,
            "ページ数": rendered.pages,
            "請求者": request.requester.label,
            "手数料": request.fee.label,
            "手数料の額（円）": queries.fee_of(session, request.style, request.fee, day_of(snapshot.moment)),
            "記載事項": [item.label for item in request.asked_items],
            "確認した注意": confirmed,
        },
        individual_number=Shown.INDIVIDUAL_NUMBER in request.shown,
        screen="証明書発行",
    )
    return row


def seal_requester(keyring: Keyring, name: str, purpose: str) -> bytes:
    """Name and purpose of a requester, encrypted as the history of issues keeps them."""
    value = {"name": name.strip(), "purpose": purpose.strip()}
    return keyring.encrypt(json.dumps(value, ensure_ascii=False), context=_REQUESTER)


def requester_of(keyring: Keyring, row: CertificateIssue) -> dict[str, str]:
    """Name and purpose of the requester of an issue."""
    value: dict[str, str] = json.loads(keyring.decrypt_text(row.requester_cipher, context=_REQUESTER))
    return value
