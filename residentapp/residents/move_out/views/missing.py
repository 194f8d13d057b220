"""転入通知未着者一覧 and 転入通知未着照会書."""

from __future__ import annotations

import csv
import datetime as dt
import io
from typing import Any

from flask import Response as FileResponse
from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from residentapp.core.access import requires
from residentapp.core.access.permissions import Permission
from residentapp.core.clock import JST
from residentapp.core.dates import DateError, DateField, parse_date
from residentapp.core.masters.queries import MasterMissing
from residentapp.core.web.context import actor, db, now, services
from residentapp.core.web.errors import Refusal
from residentapp.core.web.input_check import number_of
from residentapp.core.web.page_state import load_state, save_state
from residentapp.residents.move_out import missing as operations
from residentapp.residents.move_out.csv_cells import plain_cell
from residentapp.residents.move_out.missing import (
    USUAL_DAYS,
    LetterNotFound,
    MissingFilter,
    NothingToAsk,
)
from residentapp.residents.move_out.views import blueprint

_KIND = "move_in_missing"
#: Longest time that can be asked for: 150 years, for which a removed record is kept.
_MOST_DAYS = 55_000


class _Unreadable(ValueError):
    """What was typed as a condition; the text says what is wrong."""


def _read(sent: dict[str, str]) -> MissingFilter:
    days = number_of(sent.get("days", ""))
    if days is None or not 0 <= days <= _MOST_DAYS:
        raise _Unreadable(_("日数は、0から%(most)sまでの数字で入力してください。", most=_MOST_DAYS))
    since: dt.date | None = None
    if sent.get("since"):
        try:
            since = parse_date(sent["since"], DateField.OTHER).exact
        except DateError as error:
            raise _Unreadable(error.message) from error
    return MissingFilter(days, since, bool(sent.get("ex_officio")))


def _sent() -> dict[str, str]:
    return {name: request.form.get(name, "").strip()[:40] for name in ("days", "since", "ex_officio")}


def _state(state_id: str) -> dict[str, str]:
    found = load_state(state_id, kind=_KIND)
    if found is None:
        abort(404, description=_("この画面の有効期間が過ぎました。ホームから開き直してください。"))
    return found


def _page(
    state_id: str,
    terms: dict[str, str],
    *,
    page: int = 1,
    status: int = 200,
    trouble: str = "",
    **values: Any,
) -> tuple[str, int]:
    try:
        wanted = _read(terms)
    except _Unreadable as error:
        wanted, trouble, status = MissingFilter(), str(error), 422
    found = operations.missing_page(db(), actor(), wanted, now=now(), page=max(1, page))
    shown = render_template(
        "move_out/missing.html",
        state_id=state_id,
        terms=terms,
        found=found,
        letters=operations.letters_lately(db(), actor(), now=now()),
        trouble=trouble,
        page_url=lambda number: url_for("move_out.missing_list", state_id=state_id, page=number),
        chosen=values.get("chosen", ()),
    )
    return shown, status


@blueprint.get("/missing")
@requires(Permission.EX_OFFICIO_ENTER)
def missing_page() -> Response:
    """The list by the usual days."""
    state = save_state({"days": str(USUAL_DAYS), "since": "", "ex_officio": ""}, kind=_KIND)
    return redirect(url_for("move_out.missing_list", state_id=state, page=1))


@blueprint.post("/missing")
@requires(Permission.EX_OFFICIO_ENTER)
def find_missing() -> Response | tuple[str, int]:
    """The list by other conditions."""
    terms = _sent()
    state = save_state(terms, kind=_KIND)
    try:
        _read(terms)
    except _Unreadable:
        return _page(state, terms)
    return redirect(url_for("move_out.missing_list", state_id=state, page=1), code=303)


@blueprint.get("/missing/<state_id>/<int:page>")
@requires(Permission.EX_OFFICIO_ENTER)
def missing_list(state_id: str, page: int) -> tuple[str, int]:
    """One page of the list."""
    return _page(state_id, _state(state_id), page=page)


@blueprint.post("/missing/<state_id>/letters")
@requires(Permission.EX_OFFICIO_ENTER)
def make_letters(state_id: str) -> Response | tuple[str, int]:
    """Letters about the people that were ticked, one for each municipality."""
    chosen = request.form.getlist("person")[:1_000]
    try:
        made = operations.make_letters(db(), actor(), services().keyring, chosen, services().fonts, now=now())
    except NothingToAsk as error:
        page = number_of(request.form.get("page", "")) or 1
        return _page(
            state_id, _state(state_id), page=page, status=422, trouble=str(error), chosen=frozenset(chosen)
        )
    except MasterMissing as error:
        raise Refusal(str(error), _("システム管理者に連絡してください。")) from error
    flash(
        _("照会書を%(count)s通作りました。下の一覧から印刷してください。", count=len(made.letters)), "success"
    )
    if made.left_out:
        flash(
            _(
                "照会書を作れなかった人が%(count)s人います。転出先の市区町村と消除の事由を確かめてください。",
                count=len(made.left_out),
            ),
            "warning",
        )
    return redirect(url_for("move_out.missing_list", state_id=state_id, page=1), code=303)


@blueprint.get("/letters/<letter_id>.pdf")
@requires(Permission.EX_OFFICIO_ENTER)
def letter_file(letter_id: str) -> FileResponse:
    """A letter, as it was made."""
    try:
        _letter, pdf = operations.render_letter(
            db(), actor(), services().keyring, letter_id, services().fonts, now=now()
        )
    except LetterNotFound as error:
        abort(404, description=str(error))
    answer = FileResponse(pdf, mimetype="application/pdf")
    answer.headers["Content-Disposition"] = 'inline; filename="move-in-inquiry.pdf"'
    return answer


@blueprint.get("/missing/<state_id>.pdf")
@requires(Permission.EX_OFFICIO_ENTER)
def missing_pdf(state_id: str) -> FileResponse:
    """転入通知未着者一覧 on paper."""
    wanted = _wanted(state_id)
    lines = operations.missing_lines(db(), actor(), wanted, now=now(), what="転入通知未着者一覧の印刷")
    drawn = operations.render_list(db(), lines, wanted, services().fonts, now=now())
    answer = FileResponse(drawn.pdf, mimetype="application/pdf")
    answer.headers["Content-Disposition"] = 'inline; filename="move-in-missing.pdf"'
    return answer


_COLUMNS = (
    "宛名番号", "氏名", "フリガナ", "生年月日", "性別", "消除年月日", "消除事由", "届け出られた転出先",
    "転出先の市区町村",
    "最後の照会",
)  # fmt: skip


@blueprint.get("/missing/<state_id>.csv")
@requires(Permission.EX_OFFICIO_ENTER)
def missing_csv(state_id: str) -> FileResponse:
    """転入通知未着者一覧 as CSV (UTF-8 with BOM, so that spreadsheets read it)."""
    wanted = _wanted(state_id)
    lines = operations.missing_lines(
        db(), actor(), wanted, now=now(), what="転入通知未着者一覧のファイル出力"
    )
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(_COLUMNS)
    for line in lines:
        told = (line.name, line.kana, line.birth, line.sex, line.removed_on, line.reason, line.destination,
                line.place, line.asked_on)  # fmt: skip
        writer.writerow([line.number, *map(plain_cell, told)])
    name = f"move-in-missing-{now().astimezone(JST):%Y%m%d-%H%M%S}.csv"
    answer = FileResponse(out.getvalue().encode("utf-8-sig"), mimetype="text/csv")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _wanted(state_id: str) -> MissingFilter:
    try:
        return _read(_state(state_id))
    except _Unreadable as error:
        abort(400, description=str(error))
