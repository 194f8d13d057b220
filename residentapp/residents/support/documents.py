"""Data of the notices to the applicant and of the 抑止対象者一覧, and printing them (RR-3.4e, RR-3.4j, RR-9.2).

A notice carries the address of a protected person: it is made for those in charge only, and each is logged.
"""

from __future__ import annotations

import base64
import csv
import datetime as dt
import enum
import io
from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from residentapp.core import audit
from residentapp.core.access.actor import Actor
from residentapp.core.clock import JST, day_of
from residentapp.core.crypto import Keyring
from residentapp.core.dates import to_wareki
from residentapp.core.documents import Fonts, RenderedForm, load_template, render_form
from residentapp.core.masters.queries import certifier_on, own_municipality, seal_on
from residentapp.core.violations import Level, Violation
from residentapp.residents.certificates.documents import seal_on_paper
from residentapp.residents.models import SupportMeasure
from residentapp.residents.removed_records import reader
from residentapp.residents.support.errors import SupportRefused
from residentapp.residents.support.events import measure_event
from residentapp.residents.support.queries import MeasureView, measure_view
from residentapp.residents.support.rules import next_term
from residentapp.residents.support.suppression_queries import ListFilter, SuppressedLine, suppressed_people
from residentapp.residents.support.types import Blocked, Direction, EventKind, Phase


class Notice(enum.StrEnum):
    """Notices to the applicant; the value is the name of the template."""

    TERM = "support_term_notice"
    START = "support_start_notice"

    @property
    def label(self) -> str:
        """Name of the form."""
        return {
            "support_term_notice": "支援措置期間終了通知",
            "support_start_notice": "支援措置開始のお知らせ",
        }[self.value]


def print_notice(
    session: Session,
    actor: Actor,
    keyring: Keyring,
    measure_id: int,
    notice: Notice,
    fonts: Fonts,
    *,
    now: dt.datetime,
) -> RenderedForm:
    """A notice to the applicant at the address of the record, or of where they moved to.

    :raises NotThere: no such measure.
    :raises SupportRefused: the notice does not fit where the measure stands.
    :raises MasterMissing: no municipality, certifier or seal is registered for the day.
    """
    view = measure_view(session, actor, keyring, measure_id, now=now)
    _refuse(view, notice)
    data = notice_data(session, actor, view, notice, today=day_of(now))
    rendered = render_form(load_template(notice.value), data, fonts=fonts, moment=now)
    measure = session.get_one(SupportMeasure, measure_id)
    measure_event(
        session, actor, keyring, EventKind.NOTICE_PRINTED, measure, now=now,
        addressee_number=view.applicant.addressee_number, reason=notice.label,
    )  # fmt: skip
    audit.record(
        session, actor, moment=now, log=audit.Log.PRINT, action=notice.label,
        subjects=[view.applicant.addressee_number],
        details={"支援措置": measure_id, "ページ数": rendered.pages}, screen="支援措置",
    )  # fmt: skip
    return rendered


def _refuse(view: MeasureView, notice: Notice) -> None:
    fits = {
        Notice.TERM: (Phase.ENDING, Phase.PASSED),
        Notice.START: (Phase.RUNNING, Phase.ENDING, Phase.PASSED),
    }[notice]
    if view.phase in fits:
        return
    first = view.renewable_from if notice is Notice.TERM else None
    when = (
        f"{to_wareki(first)}から出力できます。" if first is not None and view.phase is Phase.RUNNING else ""
    )
    raise SupportRefused(
        [
            Violation(
                Level.ERROR, "SM-E090",
                f"{notice.label}は、今の状態（{view.phase.label}）では出力できません。{when}", "",
                "RR-3.4e", "支援措置の期間を確かめてください。",
            )
        ]
    )  # fmt: skip


def notice_data(
    session: Session, actor: Actor, view: MeasureView, notice: Notice, *, today: dt.date
) -> dict[str, Any]:
    """The data of a notice."""
    starts_on, ends_on = view.facts.starts_on, view.facts.ends_on
    assert starts_on is not None and ends_on is not None
    applicant = view.applicant
    postal_code, address = _where(session, applicant.addressee_number)
    others = [member for member in view.protected if not member.is_applicant]
    own = own_municipality(session)
    data: dict[str, Any] = {
        "address": address,
        "name": applicant.name,
        "date": to_wareki(today),
        "sender": _sender(session, today),
        "supported": [
            f"{member.name}（{member.relation}）" if member.relation else member.name for member in others
        ]
        or "なし",
        "term": f"{to_wareki(starts_on)}から{to_wareki(ends_on)}まで",
        "contact": [f"{own.name}　{actor.department}（{actor.office_name}）"],
    }
    if postal_code:
        data["postal_code"] = f"〒{postal_code[:3]}-{postal_code[3:]}"
    if notice is Notice.START:
        return data | _start_texts(view)
    assert view.renewable_from is not None
    term = next_term(ends_on)
    return data | {
        "body": _term_body(passed=view.phase is Phase.PASSED),
        "renewable_from": to_wareki(view.renewable_from),
        "next_term": f"{to_wareki(term.start)}から{to_wareki(term.end)}まで",
        "note": [
            "延長の申出がないときも、終了の手続きをするまでは、住民票の写しなどの交付の制限を続けます。",
            "引っ越しをしたときや連絡先が変わったときは、届出とは別に、必ず支援措置の担当にお知らせください。",
        ],
    }


def _term_body(*, passed: bool) -> list[str]:
    if passed:
        return [
            "　あなたからの申出により行っている、住民基本台帳事務における支援措置は、次の期間が終わりました。",
            "　引き続き支援措置を希望するときは、すぐに延長の申出をしてください。",
            "　支援を必要としなくなったときや、ご不明な点があるときは、下の連絡先にお知らせください。",
        ]
    return [
        "　あなたからの申出により行っている、住民基本台帳事務における支援措置は、次の期間で終わります。",
        "　引き続き支援措置を希望するときは、下の日から期間の終わりまでに、延長の申出をしてください。",
        "　支援を必要としなくなったときや、ご不明な点があるときは、下の連絡先にお知らせください。",
    ]


def _start_texts(view: MeasureView) -> dict[str, Any]:
    note = ["引っ越しをするときは、転出や転入の届出とは別に、支援措置の担当にお知らせください。"]
    if any(transfer.direction is Direction.OUT for transfer in view.transfers):
        note.append("申出書の写しを、ほかの関係する市区町村にも転送しています。")
    return {
        "body": [
            "　あなたからの申出により、住民基本台帳事務における支援措置を、次のとおり始めました。",
            "　期間の終わりの1か月前から、延長の申出を受け付けます。延長するときは申出が必要です。",
        ],
        "affairs": [item.label for item in Blocked if item in view.blocked],
        "note": note,
    }


def _where(session: Session, addressee_number: str) -> tuple[str, str]:
    """Postal code and address to write to: where the person lives, or has moved to."""
    record = reader.latest_of(session, addressee_number)
    if record is None:
        return "", ""
    if not record.state.is_live and record.confirmed_destination:
        return record.confirmed_destination_postal_code or "", record.confirmed_destination
    if not record.state.is_live and record.planned_destination:
        return record.planned_destination_postal_code or "", record.planned_destination
    place = f"{record.address}　{record.building}" if record.building else record.address
    return record.postal_code or "", place


def _sender(session: Session, today: dt.date) -> dict[str, Any]:
    certifier = certifier_on(session, today)
    seal = seal_on(session, certifier.kind, today)
    return {
        "prefecture": own_municipality(session).prefecture,
        "office_title": certifier.title,
        "name": certifier.name,
        "seal_png": base64.b64encode(seal_on_paper(seal.image_png, seal.size_mm)).decode(),
        "seal_note": "",
    }


# ---- 抑止対象者一覧

_COLUMNS = (
    "宛名番号", "氏名", "フリガナ", "生年月日", "性別", "住民状態", "住所", "事由", "抑止", "開始日", "終了日",
)  # fmt: skip
#: What makes a spreadsheet take a cell for a formula, the full-width signs of Japanese input methods included.
_FORMULA_BEGINS = frozenset("=+-@＝＋－＠\t\r\n")


def list_csv(
    session: Session, actor: Actor, wanted: ListFilter, *, file_name: str, now: dt.datetime
) -> bytes:
    """The list as CSV (UTF-8 with BOM, so that spreadsheets read it); logged with everybody on it."""
    lines = suppressed_people(session, actor, wanted, now=now)
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(_COLUMNS)
    for line in lines:
        row = (
            line.addressee_number, line.name, line.kana, line.birth, line.sex, line.state, line.address,
            line.causes, line.levels, line.since, line.until,
        )  # fmt: skip
        writer.writerow([_cell(value) for value in row])
    _log_list(session, actor, wanted, lines, file_name=file_name, now=now)
    return text.getvalue().encode("utf-8-sig")


def _cell(value: str) -> str:
    return f"'{value}" if value.lstrip(" \u3000")[:1] in _FORMULA_BEGINS else value


def list_pdf(
    session: Session, actor: Actor, wanted: ListFilter, fonts: Fonts, *, file_name: str, now: dt.datetime
) -> RenderedForm:
    """The list on paper; logged with everybody on it.

    :raises SupportRefused: nobody is on it.
    """
    lines = suppressed_people(session, actor, wanted, now=now)
    if not lines:
        raise SupportRefused(
            [
                Violation(
                    Level.ERROR, "SU-E030", "この条件の抑止対象者はいません。", "", "RR-9.2",
                    "条件を変えてください。出力する人がいないため、PDFは作りませんでした。",
                )
            ]
        )  # fmt: skip
    rendered = render_form(
        load_template("suppressed_list"), list_data(actor, wanted, lines, now=now), fonts=fonts, moment=now
    )
    _log_list(session, actor, wanted, lines, file_name=file_name, now=now)
    return rendered


def list_data(
    actor: Actor, wanted: ListFilter, lines: Sequence[SuppressedLine], *, now: dt.datetime
) -> dict[str, Any]:
    """The data of the list's form."""
    moment = now.astimezone(JST)
    return {
        "made": f"{to_wareki(moment.date())} {moment.hour}時{moment.minute:02d}分　{actor.office_name}　{actor.name}",
        "conditions": conditions_text(wanted),
        "count": f"{len(lines):,}",
        "people": [
            {
                "number": line.addressee_number,
                "state": line.state,
                "name": line.name,
                "kana": line.kana,
                "birth": line.birth,
                "sex": line.sex,
                "address": line.address,
                "levels": line.levels,
                "cause": line.causes,
                "term": f"{line.since}から" + (f"{line.until}まで" if line.until else ""),
            }
            for line in lines
        ],
    }


def conditions_text(wanted: ListFilter) -> str:
    """The filter in words."""
    cause = wanted.cause.label if wanted.cause is not None else "すべて"
    process = wanted.process.label if wanted.process is not None else "すべて"
    return f"事由：{cause}　処理：{process}"


def _log_list(
    session: Session,
    actor: Actor,
    wanted: ListFilter,
    lines: Sequence[SuppressedLine],
    *,
    file_name: str,
    now: dt.datetime,
) -> None:
    audit.record(
        session, actor, moment=now, log=audit.Log.PRINT, action="抑止対象者一覧の出力",
        subjects=[line.addressee_number for line in lines],
        details={"条件": conditions_text(wanted), "人数": len(lines)}, screen="抑止対象者一覧", file_name=file_name,
    )  # fmt: skip
