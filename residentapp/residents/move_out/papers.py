"""The papers of a move-out: first issue, issue again as at first, and why one cannot be issued.

Source: RR-4.1.3.0.3, RR-4.1.3.0.4.

They stand in the history of issues like every certificate, go through the same release check, and are handed over by
``certificates.handing_over``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from residentapp.core.access.actor import Actor
from residentapp.core.access.permissions import Permission
from residentapp.core.clock import day_of
from residentapp.core.crypto import Keyring
from residentapp.core.documents import Fonts, load_template, render_form
from residentapp.core.masters.models import SealUse
from residentapp.core.masters.queries import MasterMissing, certifier_on, own_municipality, seal_on
from residentapp.core.masters.wards import ward_of_address
from residentapp.core.masters.wording import SEAL_USE, wording_on
from residentapp.core.numbering import INDIVIDUAL_NUMBER, RESIDENT_CODE
from residentapp.core.violations import Level, Violation
from residentapp.residents import history
from residentapp.residents.cases.models import ChangeCase
from residentapp.residents.certificates.documents import Certification
from residentapp.residents.certificates.models import CertificateIssue
from residentapp.residents.certificates.operations import alert_name, findings_of, record_issues
from residentapp.residents.certificates.rules import lacking_rights
from residentapp.residents.certificates.snapshots import SNAPSHOT, thaw
from residentapp.residents.certificates.types import (
    CertificateRequest,
    Fee,
    IssueRefused,
    Requester,
    Shown,
    Style,
    Subject,
)
from residentapp.residents.models import ResidentChange, ResidentHistory
from residentapp.residents.move_out.documents import (
    HOLDS,
    HOLDS_FOREIGN,
    Mover,
    certificate_data,
    reissued,
)
from residentapp.residents.move_out.keeping import details_of
from residentapp.residents.move_out.models import MoveOut, MoveOutPaper
from residentapp.residents.move_out.types import Paper
from residentapp.residents.protection import standings
from residentapp.residents.types import ResidentKind, SuppressedProcess

STYLES: Mapping[Paper, Style] = {
    Paper.CERTIFICATE: Style.MOVE_OUT,
    Paper.EQUIVALENT: Style.MOVE_OUT_EQUIVALENT,
}


@dataclass(frozen=True)
class Papers:
    """The papers of one move-out, as a page shows them.

    :param people: the snapshots that the notification made, in the order of the household.
    :param issues: newest last. :param first: the issue whose content a 再交付 repeats; None before any.
    """

    move_out: MoveOut
    change: ResidentChange
    people: tuple[ResidentHistory, ...]
    issues: tuple[tuple[MoveOutPaper, CertificateIssue], ...] = field(default_factory=tuple)

    @property
    def first(self) -> CertificateIssue | None:
        """The first issue, whether it was destroyed since or not."""
        return next((issue for paper, issue in self.issues if paper.first_issue_id is None), None)

    @property
    def waits(self) -> bool:
        """Whether its paper is due and was never issued. Nobody waits for one where the office acted by itself."""
        due = self.move_out.paper is not Paper.NONE and not self.move_out.special
        return due and self.asked and self.first is None

    @property
    def asked(self) -> bool:
        """Whether somebody was at the counter for it, to notify or to ask."""
        return self.change.notified_on is not None or self.change.applied_on is not None


def papers_of(session: Session, change_id: int) -> Papers | None:
    """The papers of the move-out that a change is; None when it is none."""
    row = session.get(MoveOut, change_id)
    if row is None:
        return None
    change = session.get_one(ResidentChange, change_id)
    people = session.scalars(
        select(ResidentHistory)
        .where(ResidentHistory.change_id == change_id)
        .order_by(ResidentHistory.member_order, ResidentHistory.addressee_number)
    )
    issues = session.execute(
        select(MoveOutPaper, CertificateIssue)
        .join(CertificateIssue, CertificateIssue.id == MoveOutPaper.issue_id)
        .where(MoveOutPaper.change_id == change_id)
        .order_by(CertificateIssue.issued_at, CertificateIssue.serial)
    )
    return Papers(row, change, tuple(people), tuple((paper, issue) for paper, issue in issues))


def papers_of_case(session: Session, case_id: str) -> list[Papers]:
    """The papers of every move-out that a case became."""
    ids = session.scalars(
        select(MoveOut.change_id)
        .join(ResidentChange, ResidentChange.id == MoveOut.change_id)
        .where(ResidentChange.case_id == case_id)
        .order_by(MoveOut.change_id)
    )
    return [found for change_id in ids if (found := papers_of(session, change_id)) is not None]


def papers_of_person(session: Session, number: str) -> list[Papers]:
    """The papers of every move-out of a person, the newest first."""
    ids = session.scalars(
        select(MoveOut.change_id)
        .join(ResidentHistory, ResidentHistory.change_id == MoveOut.change_id)
        .where(ResidentHistory.addressee_number == number)
        .order_by(MoveOut.change_id.desc())
    )
    return [found for change_id in ids if (found := papers_of(session, change_id)) is not None]


# ---- whether it may be issued


def bars(session: Session, actor: Actor, papers: Papers, *, now: dt.datetime) -> list[Violation]:
    """What stands in the way of any issue: no paper at all, a suppression of certificates, rights that are lacking."""
    if papers.move_out.paper is Paper.NONE:
        return [
            Violation(
                Level.ERROR, "MP-E001", "国外への転出には、転出証明書がありません。", "", "法第24条",
                "転出の事実の証明が要るときは、除票の写しを案内してください。",
            )
        ]  # fmt: skip
    if is_cancelled(session, papers.change.id):
        return [
            Violation(
                Level.ERROR, "MP-E004", "この転出は取り消されています。証明書は発行できません。", "", "RR-4.6.0.1",
                "渡した転出証明書があるときは、返してもらってください。",
            )
        ]  # fmt: skip
    found = _barred(session, papers, now=now)
    foreign = any(person.resident_kind is ResidentKind.FOREIGN for person in papers.people)
    return found + lacking_rights(
        shown_of(papers),
        may_domicile=actor.may(Permission.ITEM_REGISTERED_DOMICILE),
        may_individual_number=actor.may(Permission.ITEM_INDIVIDUAL_NUMBER),
        may_resident_code=actor.may(Permission.ITEM_RESIDENT_CODE),
        may_residence_status=not foreign or actor.may(Permission.ITEM_RESIDENCE_STATUS),
    )


def is_cancelled(session: Session, change_id: int) -> bool:
    """Whether a change has been cancelled (異動の取消し) since."""
    query = select(ResidentChange.id).where(ResidentChange.cancels_change_id == change_id).limit(1)
    return session.scalar(query) is not None


def _barred(session: Session, papers: Papers, *, now: dt.datetime) -> list[Violation]:
    """RR-3.4a: an issue with a protected person on it is an error, whose words tell nothing more."""
    latest = [
        person
        for each in papers.people
        if (person := history.latest(session, each.addressee_number)) is not None
    ]
    for standing in standings(session, latest, now=now).values():
        if standing.level(SuppressedProcess.CERTIFICATE) is Level.ERROR:
            return [
                Violation(
                    Level.ERROR, "CI-E010", "発行抑止の対象者が含まれています。発行できません。", "", "RR-3.4a",
                    "理由を言わず、支援措置責任者に取り次いでください。",
                )
            ]  # fmt: skip
    return []


def shown_of(papers: Papers) -> frozenset[Shown]:
    """記載事項 of the paper."""
    foreign = any(person.resident_kind is ResidentKind.FOREIGN for person in papers.people)
    return HOLDS | HOLDS_FOREIGN if foreign else HOLDS


# ---- issuing


def issue_first(
    session: Session,
    actor: Actor,
    keyring: Keyring,
    papers: Papers,
    fonts: Fonts,
    *,
    now: dt.datetime,
    confirmed: Mapping[str, str] | None = None,
) -> CertificateIssue:
    """Issue the paper of a move-out for the first time.

    :param confirmed: reasons for what does not come out as written, by alert key.
    :raises IssueRefused: something bars it, an alert is not confirmed, or it was issued before.
    :raises MasterMissing: no municipality, certifier or seal is registered for the day.
    """
    actor.require(Permission.CERTIFICATE_ISSUE)
    if papers.first is not None:
        raise IssueRefused([_issued_before()])
    _refuse(bars(session, actor, papers, now=now))
    movers = [_mover(keyring, person) for person in papers.people]
    data = certificate_data(
        papers.move_out.paper,
        papers.change,
        movers,
        _certification(session, STYLES[papers.move_out.paper].value, papers.people[0], now=now),
        destination_head=details_of(keyring, papers.move_out).destination_head,
        special=papers.move_out.special,
    )
    return _issue(session, actor, keyring, papers, data, fonts, now=now, confirmed=confirmed, repeats=None)


def issue_again(
    session: Session,
    actor: Actor,
    keyring: Keyring,
    papers: Papers,
    fonts: Fonts,
    *,
    now: dt.datetime,
    confirmed: Mapping[str, str] | None = None,
) -> CertificateIssue:
    """再交付: the content of the first issue, whatever the record says now, marked and certified anew.

    :raises IssueRefused: as :func:`issue_first`, or it was never issued.
    """
    actor.require(Permission.CERTIFICATE_ISSUE)
    first = papers.first
    if first is None:
        raise IssueRefused([_never_issued()])
    _refuse(bars(session, actor, papers, now=now))
    snapshot = thaw(keyring.decrypt_text(first.snapshot_cipher, context=SNAPSHOT))
    certification = _certification(session, STYLES[papers.move_out.paper].value, papers.people[0], now=now)
    data = reissued(snapshot.data, certification)
    return _issue(
        session, actor, keyring, papers, data, fonts, now=now, confirmed=confirmed, repeats=first.id
    )


def _issued_before() -> Violation:
    return Violation(
        Level.ERROR, "MP-E002", "この転出の証明書は、すでに発行されています。", "", "RR-4.1.3.0.3c",
        "紛失や汚損のときは、再交付してください。",
    )  # fmt: skip


def _never_issued() -> Violation:
    return Violation(
        Level.ERROR, "MP-E003", "この転出の証明書は、まだ発行されていません。再交付はできません。", "", "RR-4.1.3.0.3c",
        "初めての発行をしてください。",
    )  # fmt: skip


def _refuse(violations: list[Violation]) -> None:
    if violations:
        raise IssueRefused(violations)


def _certification(
    session: Session, form: str, person: ResidentHistory, *, now: dt.datetime
) -> Certification:
    """Who certifies, and the wording of the form on the day.

    :param form: name of the template. :param person: one of those who leave; in a 指定都市 the ward certifies.
    """
    day = day_of(now)
    ward = ward_of_address(session, person.address_code, day)
    certifier = certifier_on(session, day, ward=ward)
    words = wording_on(session, form, day)
    return Certification(
        municipality=own_municipality(session),
        certifier=certifier,
        seal=seal_on(session, certifier.kind, day, SealUse(words[SEAL_USE]), ward=ward),
        day=day,
        words=words,
    )


def _mover(keyring: Keyring, person: ResidentHistory) -> Mover:
    numbers = {}
    if person.individual_number_cipher:
        numbers[Shown.INDIVIDUAL_NUMBER] = keyring.decrypt_text(
            person.individual_number_cipher, context=INDIVIDUAL_NUMBER
        )
    if person.resident_code_cipher:
        numbers[Shown.RESIDENT_CODE] = keyring.decrypt_text(
            person.resident_code_cipher, context=RESIDENT_CODE
        )
    return Mover(person, numbers)


def _issue(
    session: Session,
    actor: Actor,
    keyring: Keyring,
    papers: Papers,
    data: dict[str, Any],
    fonts: Fonts,
    *,
    now: dt.datetime,
    confirmed: Mapping[str, str] | None,
    repeats: str | None,
) -> CertificateIssue:
    style = STYLES[papers.move_out.paper]
    given = dict(confirmed or {})
    alerts = findings_of([render_form(load_template(style.value), data, fonts=fonts, moment=now)])
    if any(not given.get(alert_name(alert)) for alert in alerts):
        raise IssueRefused(alerts)
    people = papers.people
    request = CertificateRequest(
        style=style,
        household_number=people[0].household_number,
        subjects=tuple(person.addressee_number for person in people),
        shown=shown_of(papers),
        requester=Requester.SELF,
        purpose="転出" if repeats is None else "転出（再交付）",
        fee=Fee.FREE_OTHER,
    )
    subjects = tuple(
        Subject(person.addressee_number, person.history_number, person.display_name) for person in people
    )
    [row] = record_issues(
        session, actor, keyring, request, [(subjects, data)], fonts, now=now, confirmed=given
    )
    session.add(MoveOutPaper(issue_id=row.id, change_id=papers.change.id, first_issue_id=repeats))
    session.flush()
    return row


def issue_with_approval(
    session: Session, actor: Actor, keyring: Keyring, fonts: Fonts, case: ChangeCase, *, now: dt.datetime
) -> None:
    """The paper comes with the flow (RR-4.1.3.0.3a): issued as soon as the move-out is registered.

    Not for 特例 (RR-4.1.3.0.4a), and not where something bars it or has to be looked at: the page of the papers says
    what, and the move-out stays in the list of those whose paper waits.
    """
    if not actor.may(Permission.CERTIFICATE_ISSUE):
        return
    for papers in papers_of_case(session, case.id):
        if not papers.waits:
            continue
        try:
            with session.begin_nested():
                issue_first(session, actor, keyring, papers, fonts, now=now)
        except (IssueRefused, MasterMissing):
            continue


def waiting_papers(session: Session) -> Sequence[int]:
    """Changes whose paper is due and was never issued, the oldest first."""
    cancelled = select(ResidentChange.cancels_change_id).where(ResidentChange.cancels_change_id.is_not(None))
    query = (
        select(MoveOut.change_id)
        .join(ResidentChange, ResidentChange.id == MoveOut.change_id)
        .outerjoin(MoveOutPaper, MoveOutPaper.change_id == MoveOut.change_id)
        .where(
            or_(ResidentChange.notified_on.is_not(None), ResidentChange.applied_on.is_not(None)),
            MoveOut.paper != Paper.NONE,
            MoveOut.special.is_(False),
            MoveOutPaper.issue_id.is_(None),
            MoveOut.change_id.not_in(cancelled),
        )
        .order_by(MoveOut.change_id)
    )
    return session.scalars(query).all()
