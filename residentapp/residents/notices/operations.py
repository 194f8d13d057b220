"""Looking at a notice before it is printed, and printing it, as often as it is wanted (RR-4.1.0.3a)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from residentapp.core import audit
from residentapp.core.access.actor import Actor
from residentapp.core.clock import day_of
from residentapp.core.crypto import Keyring
from residentapp.core.documents import Fonts, RenderedForm, load_template, render_form
from residentapp.core.masters.queries import certifier_on, own_municipality
from residentapp.core.masters.wards import ward_of_address
from residentapp.residents.notices.documents import form_data
from residentapp.residents.notices.queries import Accepted, accepted, contact_of
from residentapp.residents.notices.rules import recipient_of
from residentapp.residents.notices.types import Recipient

FORM = "acceptance_notice"
TITLE = "住民異動届受理通知"


@dataclass(frozen=True)
class Notice:
    """A notice that may be printed.

    :param data: of the form.
    """

    accepted: Accepted
    recipient: Recipient
    data: dict[str, Any]

    @property
    def numbers(self) -> list[str]:
        """宛名番号 of the 異動者."""
        return [person.addressee_number for person in self.accepted.people]


def prepare(session: Session, actor: Actor, keyring: Keyring, case_id: str, *, now: dt.datetime) -> Notice:
    """The notice of a case. Where it may not be printed no data are made.

    :raises CaseNotFound: no such case, not in the register, or not one of the actor's.
    :raises NoticeRefused: by the rules, the same for every officer.
    :raises MasterMissing: no municipality or certifier is registered for the day.
    """
    found = accepted(session, actor, keyring, case_id, now=now)
    recipient = recipient_of(found.facts)
    today = day_of(now)
    data = form_data(
        found.facts,
        recipient,
        municipality=own_municipality(session),
        certifier=certifier_on(
            session, today, ward=ward_of_address(session, found.people[0].address_code, today)
        ),
        contact=contact_of(session, actor),
        today=today,
    )
    return Notice(found, recipient, data)


def draw(notice: Notice, fonts: Fonts, *, now: dt.datetime, sample: bool = False) -> RenderedForm:
    """The paper.

    :param sample: marked 見本.
    """
    return render_form(load_template(FORM), notice.data, fonts=fonts, moment=now, sample=sample)


def look_at(session: Session, actor: Actor, keyring: Keyring, case_id: str, *, now: dt.datetime) -> Notice:
    """What would be printed, to whom and where. The look is logged.

    :raises CaseNotFound, NoticeRefused, MasterMissing: as :func:`prepare`.
    """
    notice = prepare(session, actor, keyring, case_id, now=now)
    _log(session, actor, notice, audit.Log.OPERATION, f"{TITLE}の確認", now=now)
    return notice


def print_notice(
    session: Session,
    actor: Actor,
    keyring: Keyring,
    case_id: str,
    fonts: Fonts,
    *,
    now: dt.datetime,
    sample: bool = False,
) -> bytes:
    """The PDF, decided anew and recorded in the log of prints.

    :raises CaseNotFound, NoticeRefused, MasterMissing: as :func:`prepare`.
    """
    notice = prepare(session, actor, keyring, case_id, now=now)
    drawn = draw(notice, fonts, now=now, sample=sample)
    details = {
        "受付": case_id,
        "届": notice.data["notification"],
        "宛先": notice.recipient.role.label,
        "送り先": "異動前住所" if notice.recipient.former else "異動後住所",
        "ページ数": drawn.pages,
    }
    _log(session, actor, notice, audit.Log.PRINT, f"{TITLE}の印刷", now=now, details=details)
    return drawn.pdf


def _log(
    session: Session,
    actor: Actor,
    notice: Notice,
    log: audit.Log,
    action: str,
    *,
    now: dt.datetime,
    details: dict[str, object] | None = None,
) -> None:
    audit.record(
        session,
        actor,
        moment=now,
        log=log,
        action=action,
        subjects=notice.numbers,
        details=details or {"受付": notice.accepted.case.id},
        screen=TITLE,
    )
