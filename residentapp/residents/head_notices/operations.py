"""Making the notices about a household that its head has left, printing them again, and the list of those that wait.

Source: RR-4.0.5; RR-10.2 (each print is logged); CM-5.1 (papers about protected people).
"""

from __future__ import annotations

import datetime as dt
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from residentapp.core import audit
from residentapp.core.access.actor import Actor, PermissionDenied
from residentapp.core.access.permissions import Permission
from residentapp.core.clock import JST, day_of
from residentapp.core.crypto import Keyring
from residentapp.core.documents import Fonts, RenderedForm, load_template, render_form
from residentapp.core.masters.queries import certifier_on, own_municipality
from residentapp.core.masters.wards import ward_of_address
from residentapp.residents.ex_officio.printing import PrintRefused
from residentapp.residents.head_notices import queries
from residentapp.residents.head_notices.documents import LIST, letter_data, list_data
from residentapp.residents.head_notices.models import HeadNotice
from residentapp.residents.head_notices.queries import HouseholdNotices
from residentapp.residents.notices.queries import contact_of

SCREEN = "世帯主の通知"
#: Of which rights one opens the notices: of who enters the changes after which they are due, and of who approves them.
READERS = (Permission.CHANGE_ENTER, Permission.EX_OFFICIO_ENTER, Permission.CHANGE_APPROVE)


def _require_reader(actor: Actor) -> None:
    if not any(actor.may(permission) for permission in READERS):
        raise PermissionDenied(*READERS)


def open_waiting(session: Session, actor: Actor, *, now: dt.datetime) -> list[HouseholdNotices]:
    """Households without head, those first that have not been asked for one. The look is logged.

    :raises PermissionDenied: without the right.
    """
    _require_reader(actor)
    found = queries.headless(session, actor, now=now)
    _log_look(session, actor, "世帯主がいない世帯の一覧の照会", found, now=now)
    return found


def open_households(
    session: Session, actor: Actor, household_numbers: Sequence[str], *, now: dt.datetime
) -> list[HouseholdNotices]:
    """Some households with the notice they get and those that were made. The look is logged.

    :raises PermissionDenied: without the right.
    """
    _require_reader(actor)
    found = queries.notices_of(session, actor, household_numbers, now=now)
    _log_look(session, actor, "世帯主の通知の照会", found, now=now)
    return found


def _log_look(
    session: Session, actor: Actor, action: str, found: Sequence[HouseholdNotices], *, now: dt.datetime
) -> None:
    audit.record(
        session,
        actor,
        moment=now,
        log=audit.Log.OPERATION,
        action=action,
        subjects=list(dict.fromkeys(number for one in found for number in one.numbers)),
        details={"件数": len(found)},
        screen=SCREEN,
    )


@dataclass(frozen=True)
class Printed:
    """A letter as it leaves.

    :param drawn: the paper, with what did not come out as written.
    """

    notice: HeadNotice
    drawn: RenderedForm


def print_due(
    session: Session,
    actor: Actor,
    keyring: Keyring,
    household_number: str,
    change_id: int,
    fonts: Fonts,
    *,
    now: dt.datetime,
) -> Printed:
    """The notice that is due to a household (RR-4.0.5a): made and kept, or, when it was made already, as it was.

    :param change_id: of the notice as the page showed it.
    :raises PermissionDenied: without the right.
    :raises PrintRefused: nothing is due any more, or about another change than the page showed; somebody protected
        is concerned and the actor may not know where they live.
    :raises MasterMissing: when nobody signs for the municipality on that day.
    """
    _require_reader(actor)
    found = next(iter(queries.notices_of(session, actor, [household_number], now=now)), None)
    due = found.due if found is not None else None
    if found is None or due is None or due.change.id != change_id:
        raise PrintRefused(
            "この世帯の記録は、画面を開いた後に変わりました。", "世帯の通知の画面を開き直してください。"
        )
    _require_shown(found)
    if found.sent is not None:
        return print_again(session, actor, keyring, found.sent.id, fonts, now=now)
    today = day_of(now)
    data = letter_data(
        found,
        due,
        own_municipality(session),
        certifier_on(session, today, ward=ward_of_address(session, due.addressee.address_code, today)),
        contact_of(session, actor),
        today=today,
    )
    drawn = render_form(load_template(due.kind.form), data, fonts=fonts, moment=now)
    notice_id = secrets.token_hex(16)
    notice = HeadNotice(
        id=notice_id,
        kind=due.kind,
        household_number=household_number,
        change_id=due.change.id,
        addressee_number=due.addressee.addressee_number,
        made_at=now,
        made_by=actor.login,
        pages=drawn.pages,
        data_cipher=keyring.encrypt(json.dumps(data, ensure_ascii=False), context=_context(notice_id)),
    )
    session.add(notice)
    session.flush()
    _log_print(session, actor, notice, f"{due.kind.label}の印刷", now=now)
    return Printed(notice, drawn)


def _require_shown(found: HouseholdNotices) -> None:
    if found.hidden:
        raise PrintRefused("この世帯の通知書は出力できません。", "抑止・支援措置の担当者に相談してください。")


def _context(notice_id: str) -> str:
    return f"head_notice:{notice_id}"


def print_again(
    session: Session, actor: Actor, keyring: Keyring, notice_id: str, fonts: Fonts, *, now: dt.datetime
) -> Printed:
    """A letter again, as it was made, on later days too. The print is logged.

    :raises PermissionDenied: without the right.
    :raises PrintRefused: no such letter, or somebody whom it concerns is protected now and the actor may not know
        where they live.
    """
    _require_reader(actor)
    notice = session.get(HeadNotice, notice_id)
    if notice is None:
        raise PrintRefused("この通知書は見つかりません。", "世帯の通知の画面を開き直してください。")
    if not queries.may_print(session, actor, notice, now=now):
        raise PrintRefused("この通知書は出力できません。", "抑止・支援措置の担当者に相談してください。")
    data = json.loads(keyring.decrypt_text(notice.data_cipher, context=_context(notice.id)))
    moment = notice.made_at.astimezone(JST)  # the file's own date is written as it was then
    drawn = render_form(load_template(notice.kind.form), data, fonts=fonts, moment=moment)
    _log_print(session, actor, notice, f"{notice.kind.label}の再印刷", now=now)
    return Printed(notice, drawn)


def _log_print(session: Session, actor: Actor, notice: HeadNotice, action: str, *, now: dt.datetime) -> None:
    audit.record(
        session,
        actor,
        moment=now,
        log=audit.Log.PRINT,
        action=action,
        subjects=[notice.addressee_number],
        details={"通知書": notice.id, "異動": notice.change_id, "ページ数": notice.pages},
        screen=SCREEN,
    )


def print_list(session: Session, actor: Actor, fonts: Fonts, *, now: dt.datetime) -> RenderedForm:
    """対象者リスト: all households without head (RR-4.0.5a). Of protected people it never tells anything.

    :raises PermissionDenied: without the right.
    """
    _require_reader(actor)
    found = [one for one in queries.headless(session, actor, now=now) if one.due is not None]
    data = list_data(found, own_municipality(session), today=day_of(now))
    drawn = render_form(load_template(LIST), data, fonts=fonts, moment=now)
    shown = [number for one in found if not one.protected for number in one.numbers]
    audit.record(
        session,
        actor,
        moment=now,
        log=audit.Log.PRINT,
        action="世帯主変更依頼通知書 対象者リストの印刷",
        subjects=list(dict.fromkeys(shown)),
        details={"件数": len(found), "ページ数": drawn.pages},
        screen=SCREEN,
    )
    return drawn
