"""The letters of a batch of notices and their list, as data of the two forms, and drawn."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from residentapp.core import audit
from residentapp.core.access.actor import Actor
from residentapp.core.access.permissions import Permission
from residentapp.core.clock import day_of
from residentapp.core.dates import to_wareki
from residentapp.core.documents import Fonts, RenderedForm, load_template, render_form
from residentapp.core.masters.models import Certifier, OwnMunicipality
from residentapp.core.masters.queries import certifier_on, own_municipality
from residentapp.residents.kana import queries
from residentapp.residents.kana.models import KanaConfirmation
from residentapp.residents.kana.types import KanaItem, KanaMissing
from residentapp.residents.models import ResidentHistory

_SCREEN = "フリガナの通知・確認"

Notices = Sequence[tuple[ResidentHistory, KanaConfirmation]]


class Paper(enum.StrEnum):
    """What is printed of a batch. The value is the name of the form's template."""

    LETTERS = "kana_notice"
    LIST = "kana_notice_list"

    @property
    def label(self) -> str:
        """Label on screens."""
        return {"kana_notice": "通知書", "kana_notice_list": "通知者一覧"}[self.value]


_BASIS = {
    KanaItem.NAME: "住民基本台帳法第7条第1号の2",
    KanaItem.FORMER_NAME: "住民基本台帳法施行令",
}


def letters_data(notices: Notices, municipality: OwnMunicipality, certifier: Certifier) -> dict[str, Any]:
    """Data of the letters, one page each. What is told is the フリガナ of the notice; the address is today's."""
    day = notices[0][1].sent_on
    return {
        "sender": {
            "date": to_wareki(day) if day is not None else "",
            "prefecture": municipality.prefecture,
            "office_title": certifier.title,
            "name": certifier.name,
        },
        "letters": [_letter(person, row, municipality, certifier) for person, row in notices],
    }


def _letter(
    person: ResidentHistory, row: KanaConfirmation, municipality: OwnMunicipality, certifier: Certifier
) -> dict[str, Any]:
    item, number = row.item, f"整理番号　{row.id}"
    code = person.postal_code or ""
    after = [
        "・ャ、ュ、ョ、ッなどの小さい文字と、長音（ー）も確かめてください。",
        "・回答期限までに回答がないときは、通知した振り仮名を職権で住民票に記載します。",
    ]
    if item is KanaItem.NAME:
        after.append("・本籍地の市区町村に届け出た振り仮名があるときは、その振り仮名を記載します。")
    return {
        "postal_code": f"〒{code[:3]}-{code[3:]}" if len(code) == 7 else "",
        "address": _address(person),
        "name": person.display_name,
        "number": number,
        "title": f"{item.label}の通知書",
        "text": [
            f"　令和7年5月26日から、{item.label}が住民票の記載事項になりました（{_BASIS[item]}）。",
            f"　あなたの{item.label}を、下のとおり住民票に記載する予定です。",
            f"　下の回答書に書いて、回答期限までに返送するか、{municipality.name}の窓口にお持ちください。",
        ],
        "text_of_name": getattr(person, item.value) or "",
        "kana": row.kana,
        "answer_by": to_wareki(row.answer_by) if row.answer_by is not None else "",
        "after": after,
        "reply_title": f"{item.label}についての回答書",
        "reply_to": f"{certifier.title}　あて",
        "reply_number": number,
    }


def _address(person: ResidentHistory) -> str:
    return "　".join(part for part in (person.address, person.building) if part)


def list_data(notices: Notices, municipality: OwnMunicipality, *, today: dt.date) -> dict[str, Any]:
    """Data of the list of a batch."""
    first = notices[0][1]
    sent = to_wareki(first.sent_on) if first.sent_on is not None else ""
    term = to_wareki(first.answer_by) if first.answer_by is not None else ""
    return {
        "made": f"{to_wareki(today)}　{municipality.name}",
        "total": f"{len(notices)}件",
        "term": f"通知日　{sent}　　回答期限　{term}　　{first.item.label}",
        "rows": [
            {
                "number": str(row.id),
                "name": getattr(person, row.item.value) or "",
                "kana": row.kana,
                "address": _address(person),
                "answer": to_wareki(row.answered_on) if row.answered_on is not None else "",
            }
            for person, row in notices
        ],
    }


def _drawn(
    session: Session, notices: Notices, paper: Paper, fonts: Fonts, *, now: dt.datetime
) -> RenderedForm:
    municipality, today = own_municipality(session), day_of(now)
    if paper is Paper.LETTERS:
        data = letters_data(notices, municipality, certifier_on(session, notices[0][1].sent_on or today))
    else:
        data = list_data(notices, municipality, today=today)
    return render_form(load_template(paper.value), data, fonts=fonts, moment=now)


@dataclass(frozen=True)
class LetterProblem:
    """Something that does not come out as written on a letter (RR-5.8b)."""

    number: int
    label: str
    what: str


def open_batch(
    session: Session, actor: Actor, batch: str, fonts: Fonts, *, now: dt.datetime
) -> tuple[Notices, list[LetterProblem]]:
    """The notices that were made together, and what of their letters does not come out as written; logged.

    :raises KanaMissing, MasterMissing: as :func:`print_batch`.
    """
    actor.require(Permission.KANA_CONFIRM)
    notices = queries.batch_of(session, actor, batch)
    if not notices:
        raise KanaMissing
    drawn = _drawn(session, notices, Paper.LETTERS, fonts, now=now)
    audit.record(
        session,
        actor,
        moment=now,
        log=audit.Log.OPERATION,
        action="フリガナの通知の照会",
        subjects=[person.addressee_number for person, _row in notices],
        details={"件数": len(notices)},
        screen=_SCREEN,
    )
    # A letter is a page, so that the page says whose it is.
    found = [
        (one.page, one.label, f"欄に入りません（{one.total}字のうち{one.printed}字を印字）")
        for one in drawn.overflows
    ]
    found += [(one.page, one.label, "字形がフォントにありません") for one in drawn.unregistered]
    found += [(one.page, one.label, "印字できない文字があります（〓で印字）") for one in drawn.missing]
    return notices, [
        LetterProblem(notices[page - 1][1].id, label, what) for page, label, what in dict.fromkeys(found)
    ]


def print_batch(
    session: Session, actor: Actor, batch: str, paper: Paper, fonts: Fonts, *, now: dt.datetime
) -> RenderedForm:
    """Draw the letters of a batch or its list; logged as printed. Protected people are on it only for who may know.

    :raises KanaMissing: no such batch, or nobody of it that the actor may know.
    :raises MasterMissing: no municipality or certifier is registered for the day of the notices.
    """
    actor.require(Permission.KANA_CONFIRM)
    notices = queries.batch_of(session, actor, batch)
    if not notices:
        raise KanaMissing
    drawn = _drawn(session, notices, paper, fonts, now=now)
    audit.record(
        session,
        actor,
        moment=now,
        log=audit.Log.PRINT,
        action=f"フリガナの{paper.label}の出力",
        subjects=[person.addressee_number for person, _row in notices],
        details={"区分": notices[0][1].item.label, "件数": len(notices), "ページ数": drawn.pages},
        screen=_SCREEN,
    )
    return drawn
