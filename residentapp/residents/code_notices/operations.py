"""Printing 住民票コード通知票, 変更通知票 and 修正通知票, in the flow of the change and again later (RR-4.3.3a).

Who prints one sees the code: it takes the right to see 住民票コード (RR-10.4a). The log says that a notice was printed
and never the code.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from residentapp.core import audit
from residentapp.core.access.actor import Actor
from residentapp.core.access.permissions import Permission
from residentapp.core.clock import day_of
from residentapp.core.crypto import Keyring
from residentapp.core.dates import to_wareki
from residentapp.core.documents import Fonts, RenderedForm
from residentapp.core.masters.queries import certifier_on, own_municipality
from residentapp.core.masters.wards import ward_of_address
from residentapp.core.numbering import RESIDENT_CODE
from residentapp.residents import history
from residentapp.residents.certificates.documents import PREVIEW_NUMBER
from residentapp.residents.certificates.operations import record_issues
from residentapp.residents.certificates.snapshots import SNAPSHOT, render_snapshot, thaw
from residentapp.residents.certificates.types import CertificateRequest, Fee, Requester, Shown, Subject
from residentapp.residents.code_notices import queries
from residentapp.residents.code_notices.models import ResidentCodeNotice
from residentapp.residents.code_notices.queries import CodeNotice
from residentapp.residents.code_notices.types import Kind
from residentapp.residents.ex_officio.documents import envelope_data
from residentapp.residents.ex_officio.printing import PrintRefused
from residentapp.residents.ex_officio.queries import guardian_of
from residentapp.residents.notices.queries import contact_of
from residentapp.residents.records.items import text_of
from residentapp.residents.records.operations import require_open_to_inquiry

SCREEN = "住民票コード通知票"
#: Rights that a notice takes.
RIGHTS = (Permission.RESIDENT_VIEW, Permission.ITEM_RESIDENT_CODE)


def open_person(
    session: Session, actor: Actor, addressee_number: str, *, now: dt.datetime
) -> list[CodeNotice]:
    """The notice of a person's code; none when there is none to give. The look is logged.

    :raises PermissionDenied: without the rights.
    :raises InquiryRefused: a suppression of 照会 bars the actor.
    """
    actor.require(*RIGHTS)
    person = history.latest(session, addressee_number)
    require_open_to_inquiry(session, actor, [person] if person is not None else [], now=now)
    notice = queries.notice_of_person(session, actor, addressee_number, now=now)
    found = [notice] if notice is not None else []
    _log_look(session, actor, found, now=now)
    return found


def open_case(session: Session, actor: Actor, case_id: str, *, now: dt.datetime) -> list[CodeNotice]:
    """The notices of the codes that a case gave, changed or corrected. The look is logged.

    :raises PermissionDenied: without the rights.
    """
    actor.require(*RIGHTS)
    found = queries.notices_of_case(session, actor, case_id, now=now)
    _log_look(session, actor, found, now=now)
    return found


def _log_look(session: Session, actor: Actor, found: Sequence[CodeNotice], *, now: dt.datetime) -> None:
    audit.record(
        session,
        actor,
        moment=now,
        log=audit.Log.OPERATION,
        action="住民票コード通知票の照会",
        subjects=[notice.person.addressee_number for notice in found],
        details={"件数": len(found)},
        screen=SCREEN,
    )


def print_notice(
    session: Session,
    actor: Actor,
    keyring: Keyring,
    addressee_number: str,
    change_id: int,
    fonts: Fonts,
    *,
    now: dt.datetime,
) -> tuple[Kind, RenderedForm]:
    """The notice of a person's code, as often as it is wanted; that it was printed is kept.

    :param change_id: of the notice as the page showed it.
    :returns: which of the three, and the paper.
    :raises PermissionDenied: without the rights.
    :raises PrintRefused: the person is no resident any more, the code has changed since, or the person is protected
        and the actor may not know where they live.
    :raises MasterMissing: when nobody signs for the municipality on that day.
    """
    actor.require(*RIGHTS)
    notice = queries.notice_of_person(session, actor, addressee_number, now=now)
    if notice is None or notice.change.id != change_id:
        raise PrintRefused(
            "この人の記録は、画面を開いた後に変わりました。", "住民の画面から開き直してください。"
        )
    if notice.hidden:
        raise PrintRefused("この人の通知票は出力できません。", "抑止・支援措置の担当者に相談してください。")
    data = notice_data(session, actor, keyring, notice, now=now)
    drawn = _issue(session, actor, keyring, notice, data, fonts, now=now)
    session.add(
        ResidentCodeNotice(
            kind=notice.kind,
            addressee_number=addressee_number,
            change_id=change_id,
            printed_at=now,
            printed_by=actor.login,
        )
    )
    session.flush()
    return notice.kind, drawn


def _issue(
    session: Session,
    actor: Actor,
    keyring: Keyring,
    notice: CodeNotice,
    data: dict[str, Any],
    fonts: Fonts,
    *,
    now: dt.datetime,
) -> RenderedForm:
    """Record the paper in the history of issues, as every certificate, and draw what was recorded (RR-1.3.8a)."""
    person = notice.person
    request = CertificateRequest(
        style=notice.kind.style,
        household_number=person.household_number,
        subjects=(person.addressee_number,),
        shown=frozenset({Shown.RESIDENT_CODE}),
        requester=Requester.SELF,
        purpose=f"{notice.kind.label}（{notice.change.reason.label}）",
        fee=Fee.FREE_OTHER,
    )
    subjects = (Subject(person.addressee_number, person.history_number, person.display_name),)
    again = "の再印刷" if notice.printed else "の印刷"
    [row] = record_issues(
        session,
        actor,
        keyring,
        request,
        [(subjects, data)],
        fonts,
        now=now,
        action=f"{notice.kind.label}{again}",
    )
    row.handed_over_at = now
    session.flush()
    return render_snapshot(thaw(keyring.decrypt_text(row.snapshot_cipher, context=SNAPSHOT)), fonts)


def notice_data(
    session: Session, actor: Actor, keyring: Keyring, notice: CodeNotice, *, now: dt.datetime
) -> dict[str, Any]:
    """The form's data; a letter to a child goes to the 世帯主. The 発行番号 is filled in when it is issued."""
    row, today = notice.person, day_of(now)
    assert row.resident_code_cipher is not None, "there is no notice without a code"
    envelope = envelope_data(
        row,
        guardian_of(row, now=now) or row.display_name,
        own_municipality(session),
        certifier_on(session, today, ward=ward_of_address(session, row.address_code, today)),
        today=today,
    )
    return {
        **envelope,
        "issue_number": PREVIEW_NUMBER,
        "contact": contact_of(session, actor),
        "code": keyring.decrypt_text(row.resident_code_cipher, context=RESIDENT_CODE),
        "name": row.display_name,
        "birth": text_of("birth_date", row.birth_date, kind=row.resident_kind),
        "sex": row.sex.label,
        "home": envelope["address"],
        "recorded_on": to_wareki(notice.change.processed_on),
    }
