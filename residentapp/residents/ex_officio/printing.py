"""Printing 職権記録書 and 職権記載等通知書: who may, what stands in the way, and the log of it.

Source: RR-4.2.0.1; RR-10.2 (each print is logged); CM-5.1 (papers about protected people).
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Session

from residentapp.core import audit
from residentapp.core.access.actor import Actor, PermissionDenied
from residentapp.core.access.permissions import Permission
from residentapp.core.clock import day_of
from residentapp.core.documents import Fonts, RenderedForm, load_template, render_form
from residentapp.core.masters.queries import certifier_on, own_municipality
from residentapp.core.masters.wards import ward_of_address
from residentapp.residents.ex_officio.documents import list_data, notice_data, sheet_data
from residentapp.residents.ex_officio.models import ExOfficioNotice
from residentapp.residents.ex_officio.queries import Person, Sheet, latest_of, sheets_of_day


class PrintRefused(Exception):
    """A paper that is not printed; the text says why, in words that tell nothing of anybody."""

    def __init__(self, message: str, to_do: str) -> None:
        super().__init__(message)
        self.to_do = to_do


#: Rights of which one opens the 職権記録書: of who enters changes by 職権 and of who approves changes.
READERS = (Permission.EX_OFFICIO_ENTER, Permission.CHANGE_APPROVE)


def may_read(actor: Actor) -> bool:
    """Whether the actor may look at the 職権記録書."""
    return any(actor.may(permission) for permission in READERS)


def require_reader(actor: Actor) -> None:
    """:raises PermissionDenied: for an actor who may neither enter changes by 職権 nor approve changes."""
    if not may_read(actor):
        raise PermissionDenied(*READERS)


def _require_shown(sheet: Sheet) -> None:
    if sheet.hidden:
        raise PrintRefused("この記録は出力できません。", "抑止・支援措置の担当者に相談してください。")


def print_sheet(
    session: Session, actor: Actor, sheet: Sheet, fonts: Fonts, *, now: dt.datetime
) -> RenderedForm:
    """One entry of the 職権記録書 on paper.

    :raises PermissionDenied: without the right.
    :raises PrintRefused: when somebody protected is concerned and the actor may not know where they live.
    """
    require_reader(actor)
    _require_shown(sheet)
    data = sheet_data(sheet, own_municipality(session), today=day_of(now))
    drawn = render_form(load_template("ex_officio_record"), data, fonts=fonts, moment=now)
    _log(session, actor, "職権記録書の出力", sheet, [*sheet.people], drawn, now=now)
    return drawn


def print_list(
    session: Session, actor: Actor, day: dt.date, fonts: Fonts, *, now: dt.datetime
) -> RenderedForm:
    """What was entered on a day. Of protected people it never tells anything, whoever prints it.

    :raises PermissionDenied: without the right.
    """
    require_reader(actor)
    sheets = sheets_of_day(session, actor, day, now=now)
    data = list_data(sheets, own_municipality(session), day, today=day_of(now))
    drawn = render_form(load_template("ex_officio_record_list"), data, fonts=fonts, moment=now)
    shown = [person for sheet in sheets if not sheet.protected for person in sheet.people]
    audit.record(
        session,
        actor,
        moment=now,
        log=audit.Log.PRINT,
        action="職権記録書（一覧）の出力",
        subjects=list(dict.fromkeys(person.addressee_number for person in shown)),
        details={"処理日": day.isoformat(), "件数": len(sheets), "ページ数": drawn.pages},
        screen="職権記録書",
    )
    return drawn


def print_notice(
    session: Session, actor: Actor, sheet: Sheet, person: Person, fonts: Fonts, *, now: dt.datetime
) -> RenderedForm:
    """職権記載等通知書 to one person; that it was printed is kept.

    :raises PermissionDenied: without the right.
    :raises PrintRefused: for somebody protected, without the right to know; for the dead; and when the letter would
        have items that the actor may not see: the person must get them as they are, not masked.
    :raises MasterMissing: when nobody signs for the municipality on that day.
    """
    require_reader(actor)
    _require_shown(sheet)
    if not person.may_be_written_to:
        raise PrintRefused(
            "亡くなった人への通知書は出力できません。", "必要なときは、遺族に別に連絡してください。"
        )
    if any(line.lacking for line in person.lines):
        raise PrintRefused(
            "表示する権限のない項目が変わっているため、通知書を出力できません。",
            "その項目（戸籍の表示、在留資格など）を表示できる人に頼んでください。",
        )
    today = day_of(now)
    record = latest_of(session, person.addressee_number)
    data = notice_data(
        sheet,
        person,
        record,
        own_municipality(session),
        certifier_on(session, today, ward=ward_of_address(session, record.address_code, today)),
        today=today,
    )
    drawn = render_form(load_template("ex_officio_notice"), data, fonts=fonts, moment=now)
    session.add(
        ExOfficioNotice(
            change_id=sheet.change.id,
            addressee_number=person.addressee_number,
            printed_at=now,
            printed_by=actor.login,
        )
    )
    session.flush()
    _log(session, actor, "職権記載等通知書の出力", sheet, [person], drawn, now=now)
    return drawn


def _log(
    session: Session,
    actor: Actor,
    action: str,
    sheet: Sheet,
    people: list[Person],
    drawn: RenderedForm,
    *,
    now: dt.datetime,
) -> None:
    audit.record(
        session,
        actor,
        moment=now,
        log=audit.Log.PRINT,
        action=action,
        subjects=[person.addressee_number for person in people],
        details={"番号": sheet.number, "異動": sheet.change.id, "ページ数": drawn.pages},
        screen="職権記録書",
    )
