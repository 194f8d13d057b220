"""A notice on the screen and as 処理結果確認票 on paper (RR-4.5.6a)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from residentapp.core import audit
from residentapp.core.access.actor import Actor
from residentapp.core.clock import day_of
from residentapp.core.crypto import Keyring
from residentapp.core.dates import DateValue, to_wareki
from residentapp.core.documents import Fonts, RenderedForm, load_template, render_form
from residentapp.core.masters.queries import own_municipality
from residentapp.residents import history
from residentapp.residents.cases.queries import open_case
from residentapp.residents.changes.facts import person_of
from residentapp.residents.changes.rules.residence import CAUSES
from residentapp.residents.immigration.models import ImmigrationNotice
from residentapp.residents.immigration.notices import NOTICES, RIGHTS, SCREEN, lines_of
from residentapp.residents.immigration.rules import CheckLine, identity_of, read_body
from residentapp.residents.immigration.types import NoticeState
from residentapp.residents.models import ResidentHistory
from residentapp.residents.records.operations import require_open_to_inquiry
from residentapp.residents.rules.told import NoticeProblem, text_at

FORM = "immigration_check"


@dataclass(frozen=True)
class NoticeView:
    """A notice as the pages show it.

    :param name: as the notice writes it. :param record_name: of the person whom it was found to be about.
    :param lines: before and after, item by item; empty while nobody is known or the notice cannot be read.
    :param case_id: of the case in which it is being entered, or was.
    """

    row: ImmigrationNotice
    notice_number: str
    name: str
    birth: str
    card: str
    act: str
    cause: str
    moved_on: str
    noticed_on: str
    number: str
    record_name: str
    case_id: str
    lines: tuple[CheckLine, ...] = ()

    @property
    def rows(self) -> list[tuple[str, str, str, bool]]:
        """The lines as the table of before and after takes them, drawn with exact glyphs."""
        return [(line.label, line.before, line.after, True) for line in self.lines]


def notice_line(session: Session, keyring: Keyring, row: ImmigrationNotice) -> NoticeView:
    """A notice for a list: what stands in it, without the record."""
    body = NOTICES.body_of(keyring, row)
    who = identity_of(body)
    case = open_case(session, row.case_id)
    code = text_at(body, "header", "removal_cause", "code")
    return NoticeView(
        row=row,
        notice_number=text_at(body, "header", "notice_number"),
        name="　".join(who.names),
        birth=DateValue.of(who.birth, western=True).writing if who.birth is not None else "",
        card=who.card,
        act={"correct": "修正", "remove": "消除"}.get(text_at(body, "header", "act", "code"), ""),
        cause=CAUSES.get(code, ""),
        moved_on=_day(body, "moved_on"),
        noticed_on=to_wareki(row.noticed_on) if row.noticed_on is not None else "",
        number=row.addressee_number or "",
        record_name="",
        case_id=case.id if case is not None else "",
    )


def _day(body: Mapping[str, Any], name: str) -> str:
    text = text_at(body, "header", name, "day")
    try:
        return to_wareki(dt.date.fromisoformat(text))
    except ValueError:
        return text


def notice_view(
    session: Session, actor: Actor, keyring: Keyring, row: ImmigrationNotice, *, now: dt.datetime
) -> NoticeView:
    """A notice with the record beside it: as it was before, once the notice is reflected.

    :raises InquiryRefused: when a suppression bars the actor from the person.
    """
    actor.require(*RIGHTS)
    line = notice_line(session, keyring, row)
    person = _record(session, row)
    if person is None:
        return line
    current = history.latest(session, person.addressee_number)
    require_open_to_inquiry(session, actor, [current or person], now=now)
    lines: tuple[CheckLine, ...] = ()
    try:
        told = read_body(NOTICES.body_of(keyring, row), today=day_of(now))
    except NoticeProblem:
        pass
    else:
        lines = lines_of(person_of(person), told)
    return NoticeView(**{**vars(line), "record_name": person.display_name, "lines": lines})


def _record(session: Session, row: ImmigrationNotice) -> ResidentHistory | None:
    """The record that a notice is held against."""
    if not row.addressee_number:
        return None
    if row.state is NoticeState.REFLECTED:
        snapshots = list(history.snapshots_of(session, row.addressee_number))
        made = [place for place, each in enumerate(snapshots) if each.change_id == row.change_id]
        if made and made[0] > 0:
            return snapshots[made[0] - 1]
    return history.latest(session, row.addressee_number)


def check_sheet(
    session: Session,
    actor: Actor,
    keyring: Keyring,
    row: ImmigrationNotice,
    fonts: Fonts,
    *,
    now: dt.datetime,
) -> RenderedForm:
    """処理結果確認票 on paper; each printing is logged.

    :raises InquiryRefused: as :func:`notice_view`.
    :raises ValueError: while nobody is known whom the notice is about. :raises MasterMissing: without 自団体.
    """
    view = notice_view(session, actor, keyring, row, now=now)
    if not view.lines:
        raise ValueError("処理結果確認票は、だれの通知か分かってから印刷できます。")
    own = own_municipality(session)
    data = form_data(view, own.prefecture + own.name, now=now)
    drawn = render_form(load_template(FORM), data, fonts=fonts, moment=now)
    audit.record(
        session,
        actor,
        moment=now,
        log=audit.Log.PRINT,
        action="処理結果確認票の印刷",
        subjects=[view.number],
        details={"通知": row.id, "ページ": drawn.pages},
        screen=SCREEN,
    )
    return drawn


def form_data(view: NoticeView, municipality: str, *, now: dt.datetime) -> dict[str, Any]:
    """The data of the form (docs/forms.md)."""
    return {
        "municipality": municipality,
        "notice_number": view.notice_number,
        "noticed_on": view.noticed_on,
        "received_on": to_wareki(day_of(view.row.received_at)),
        "act": view.act,
        "cause": view.cause,
        "moved_on": view.moved_on,
        "state": view.row.state.label,
        "told_name": view.name,
        "told_birth": view.birth,
        "told_card": view.card,
        "number": view.number,
        "record_name": view.record_name,
        "items": [
            {
                "mark": "○" if line.changed else "",
                "label": line.label,
                "before": line.before,
                "after": line.after,
            }
            for line in view.lines
        ],
        "printed_on": f"{to_wareki(day_of(now))} 出力",
    }
