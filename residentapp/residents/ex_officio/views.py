"""Screens of the 職権記録書: the entries of a day, the papers of a case. Addresses name a case by its opaque id."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from flask import Blueprint, Response, abort, flash, render_template, request
from flask_babel import gettext as _

from residentapp.core import audit
from residentapp.core.access import requires
from residentapp.core.access.permissions import Permission
from residentapp.core.dates import DateError, DateField, parse_date, to_wareki
from residentapp.core.documents import RenderedForm
from residentapp.core.masters.queries import MasterMissing
from residentapp.core.web.context import actor, db, now, services, today
from residentapp.core.web.errors import Refusal
from residentapp.core.web.home import Job, add_to_home
from residentapp.core.web.input_check import number_of
from residentapp.residents.ex_officio import printing
from residentapp.residents.ex_officio.printing import PrintRefused
from residentapp.residents.ex_officio.queries import Sheet, sheets_of, sheets_of_day

blueprint = Blueprint("ex_officio", __name__, url_prefix="/ex-officio", template_folder="templates")
add_to_home(
    blueprint,
    Job(
        "職権記録書",
        "Alt+O",
        "ex_officio.show_day",
        Permission.EX_OFFICIO_ENTER,
        words=("しょっけんきろくしょ", "職権記載等通知書"),
        hint="職権による異動の記録と通知書",
        order=62,
    ),
)


def _day_page(day: dt.date, *, status: int = 200, typed: str = "", problem: str = "") -> tuple[str, int]:
    sheets = sheets_of_day(db(), actor(), day, now=now()) if not problem else []
    _log_shown(sheets)
    return render_template(
        "ex_officio/day.html", day=day, typed=typed or to_wareki(day), sheets=sheets, problem=problem
    ), status


def _log_shown(sheets: Sequence[Sheet]) -> None:
    numbers = [person.addressee_number for sheet in sheets for person in sheet.people]
    if numbers:
        audit.record(
            db(),
            actor(),
            moment=now(),
            log=audit.Log.OPERATION,
            action="職権記録書の照会",
            subjects=list(dict.fromkeys(numbers)),
            screen="職権記録書",
        )


@blueprint.get("")
@requires(Permission.RESIDENT_VIEW)
def show_day() -> tuple[str, int]:
    """職権記録書: what was entered today."""
    printing.require_reader(actor())
    return _day_page(today())


@blueprint.post("")
@requires(Permission.RESIDENT_VIEW)
def choose_day() -> tuple[str, int]:
    """職権記録書: what was entered on another day."""
    printing.require_reader(actor())
    typed = request.form.get("day", "").strip()[:40]
    day, problem = _day_of(typed)
    return _day_page(day or today(), status=422 if problem else 200, typed=typed, problem=problem)


def _day_of(typed: str) -> tuple[dt.date | None, str]:
    try:
        return parse_date(typed, DateField.OTHER).exact, ""
    except DateError as error:
        return None, error.message


@blueprint.post("/list")
@requires(Permission.RESIDENT_VIEW)
def print_list() -> Response:
    """職権記録書（一覧）, the entries of a day."""
    day, problem = _day_of(request.form.get("day", ""))
    if day is None:
        abort(400, description=problem)
    drawn = printing.print_list(db(), actor(), day, services().fonts, now=now())
    return pdf_answer(drawn, f"ex-officio-list-{day:%Y%m%d}")


@blueprint.get("/<case_id>")
@requires(Permission.RESIDENT_VIEW)
def papers(case_id: str) -> str:
    """What of a case stands in the 職権記録書, and its papers."""
    printing.require_reader(actor())
    sheets = _sheets(case_id)
    _log_shown(sheets)
    return render_template("ex_officio/papers.html", case_id=case_id, sheets=sheets)


def _sheets(case_id: str) -> list[Sheet]:
    sheets = sheets_of(db(), actor(), case_id, now=now())
    if not sheets:
        raise Refusal(
            _("職権記録書の記録がありません。"),
            _("本登録された職権の異動か、一覧から確かめてください。"),
            status=404,
        )
    return sheets


def _chosen(case_id: str) -> Sheet:
    place = number_of(request.form.get("change", ""))
    sheets = _sheets(case_id)
    if place is None or not 0 <= place < len(sheets):
        abort(400, description=_("出力する記録を選んでください。"))
    return sheets[place]


@blueprint.post("/<case_id>/sheet")
@requires(Permission.RESIDENT_VIEW)
def print_sheet(case_id: str) -> Response:
    """職権記録書 of one change."""
    printing.require_reader(actor())
    sheet = _chosen(case_id)
    try:
        drawn = printing.print_sheet(db(), actor(), sheet, services().fonts, now=now())
    except PrintRefused as error:
        raise Refusal(str(error), error.to_do, status=403) from error
    return pdf_answer(drawn, f"ex-officio-{sheet.record.year}-{sheet.record.serial}")


@blueprint.post("/<case_id>/notice")
@requires(Permission.RESIDENT_VIEW)
def print_notice(case_id: str) -> Response:
    """職権記載等通知書 to one person."""
    printing.require_reader(actor())
    sheet = _chosen(case_id)
    place = number_of(request.form.get("person", ""))
    if place is None or not 0 <= place < len(sheet.people):
        abort(400, description=_("通知する人を選んでください。"))
    try:
        drawn = printing.print_notice(db(), actor(), sheet, sheet.people[place], services().fonts, now=now())
    except PrintRefused as error:
        raise Refusal(str(error), error.to_do, status=403) from error
    except MasterMissing as error:
        raise Refusal(str(error), _("システム管理者に連絡してください。")) from error
    return pdf_answer(drawn, f"ex-officio-notice-{sheet.record.year}-{sheet.record.serial}-{place + 1}")


def pdf_answer(drawn: RenderedForm, name: str) -> Response:
    """The paper; its name says no person. What did not come out as written is told on the next page (RR-5.8b)."""
    if drawn.needs_attention:
        flash(
            _("欄に入りきらない文字か、印字できない文字があります。出力した紙を確かめてください。"), "warning"
        )
    response = Response(drawn.pdf, mimetype="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="{name}.pdf"'
    return response
