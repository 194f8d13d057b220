"""Screen of the audit log: search, one row, export. Looking into the log is itself logged (RR-10.2d, e)."""

from __future__ import annotations

import csv
import datetime as dt
import io
import tempfile
from collections.abc import Iterator
from typing import Any

from flask import abort, redirect, render_template, request, send_file, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from residentapp.admin.blueprint import blueprint, details_lines
from residentapp.admin.forms import AuditSearchForm, day_of_field
from residentapp.core.access import Permission, requires
from residentapp.core.access.models import Office, Terminal
from residentapp.core.audit import Log, record
from residentapp.core.audit.models import AuditEntry
from residentapp.core.audit.queries import (
    COUNT_LIMIT,
    AuditCriteria,
    entry_by_sequence,
    search_audit,
    stream_audit,
)
from residentapp.core.clock import JST
from residentapp.core.dates import DateValue
from residentapp.core.web.context import actor, db, now, today
from residentapp.core.web.forms import choices_of
from residentapp.core.web.page_state import load_state, save_state
from residentapp.residents.api import HIDDEN, protected_numbers

_STATE = "audit_search"
#: What makes a spreadsheet take a cell for a formula, the full-width signs of Japanese input methods included.
_FORMULA_BEGINS = frozenset("=+-@＝＋－＠\t\r\n")
_COLUMNS = (
    "通番",
    "日時",
    "種類",
    "機能名・処理名",
    "画面名",
    "ファイル名",
    "利用者ID",
    "利用者名称",
    "所属",
    "場所",
    "端末",
    "宛名番号",
    "個人番号",
    "結果",
    "内容",
    "リクエスト",
)
#: Kept in memory up to here, then in a temporary file.
_SPOOL = 2_000_000


def _form(data: Any = None) -> AuditSearchForm:
    form = AuditSearchForm(data)
    any_place = ("", _("すべて"))
    day = today()
    offices = db().scalars(select(Office).order_by(Office.code))
    terminals = db().scalars(select(Terminal).order_by(Terminal.code))
    form.office_code.choices = choices_of([any_place, *((row.code, row.name_on(day)) for row in offices)])
    form.terminal_code.choices = choices_of(
        [any_place, *((row.code, f"{row.code} {row.name_on(day)}") for row in terminals)]
    )
    return form


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), JST)


def _criteria(form: AuditSearchForm) -> AuditCriteria:
    since, until = day_of_field(form.since), day_of_field(form.until)
    return AuditCriteria(
        since=_midnight(since) if since else None,
        until=_midnight(until + dt.timedelta(days=1)) if until else None,
        log=Log(form.log.data) if form.log.data else None,
        action=(form.action.data or "").strip(),
        login=(form.login.data or "").strip().lower(),
        office_code=form.office_code.data or "",
        terminal_code=form.terminal_code.data or "",
        subject=(form.subject.data or "").strip(),
        request_id=(form.request_id.data or "").strip(),
        individual_number=bool(form.individual_number.data),
        failed=bool(form.failed.data),
    )


def _terms(form: AuditSearchForm) -> dict[str, str]:
    """The conditions in words, for the log."""
    return {
        field.label.text: "はい" if field.data is True else str((field.raw_data or [""])[0])
        for field in form
        if field.data
    }


def _filled(sent: dict[str, Any]) -> AuditSearchForm:
    return _form(MultiDict(sent))


@blueprint.get("/log")
@requires(Permission.AUDIT_VIEW)
def search_log() -> Any:
    """ログの照会: today's rows at first; conditions are sent with POST and never stand in an address."""
    state_id = request.args.get("state", "")
    sent = load_state(state_id, kind=_STATE) if state_id else None
    form = _filled(sent) if sent is not None else _form()
    if sent is None:
        form.since.data = DateValue.of(today())
    if sent is not None and not form.validate():
        return render_template("admin/log.html", form=form, result=None, state=""), 422
    page = request.args.get("page", 1, type=int)
    result = search_audit(db(), _criteria(form), page=page)
    record(
        db(),
        actor(),
        moment=now(),
        log=Log.OPERATION,
        action="ログの照会",
        screen="admin.search_log",
        details={"条件": _terms(form) if sent else {"開始日": today()}, "件数": result.total, "ページ": page},
    )
    return render_template(
        "admin/log.html",
        form=form,
        result=result,
        state=state_id if sent is not None else "",
        limit=COUNT_LIMIT,
        log_label=lambda entry: Log(entry.log).label,
    )


@blueprint.post("/log")
@requires(Permission.AUDIT_VIEW)
def send_log_search() -> Any:
    """Keep the conditions on the server and show the first page."""
    form = _form(request.form)
    if not form.validate():
        return render_template("admin/log.html", form=form, result=None, state=""), 422
    sent = {name: value for name, value in request.form.items() if name in form}
    return redirect(url_for("admin.search_log", state=save_state(sent, kind=_STATE)), code=303)


@blueprint.get("/log/<int:sequence>")
@requires(Permission.AUDIT_VIEW)
def show_log_entry(sequence: int) -> Any:
    """One row of the log with everything in it."""
    entry = entry_by_sequence(db(), sequence)
    if entry is None:
        abort(404)
    record(
        db(),
        actor(),
        moment=now(),
        log=Log.OPERATION,
        action="ログの照会（詳細）",
        screen="admin.show_log_entry",
        details={"通番": sequence},
    )
    return render_template(
        "admin/log_entry.html",
        entry=entry,
        label=Log(entry.log).label,
        lines=_lines(entry, _protected()),
    )


def _protected() -> frozenset[str]:
    """宛名番号 whose whereabouts this officer may not learn from the log either (CM-5.1)."""
    if actor().may(Permission.SUPPRESSED_VIEW):
        return frozenset()
    return protected_numbers(db())


def _lines(entry: AuditEntry, protected: frozenset[str]) -> list[tuple[str, str]]:
    """The details of a row; what was typed to find a protected person may be their address."""
    lines = details_lines(entry)
    return lines if protected.isdisjoint(entry.subjects) else [(name, HIDDEN) for name, _text in lines]


def _cell(value: str) -> str:
    """A cell that a spreadsheet shows and does not calculate."""
    return f"'{value}" if value.lstrip(" \u3000")[:1] in _FORMULA_BEGINS else value


def _row(entry: AuditEntry, protected: frozenset[str]) -> Iterator[str]:
    moment = entry.moment.astimezone(JST)
    yield str(entry.sequence)
    yield f"{moment:%Y-%m-%d %H:%M:%S}"
    yield Log(entry.log).label
    yield from map(_cell, (entry.action, entry.screen, entry.file_name, entry.actor_login, entry.actor_name))
    yield from map(_cell, (entry.department, entry.office_name, entry.terminal_name))
    yield _cell(" ".join(entry.subjects))
    yield "あり" if entry.individual_number else ""
    yield "" if entry.succeeded else "失敗"
    yield _cell("／".join(f"{name}：{text}" for name, text in _lines(entry, protected)))
    yield _cell(entry.request_id)


@blueprint.post("/log/export")
@requires(Permission.AUDIT_VIEW, Permission.AUDIT_EXPORT)
def export_log() -> Any:
    """ログのファイル出力: all hits of the search as CSV (UTF-8 with BOM, so that spreadsheets read it)."""
    sent = load_state(request.form.get("state", ""), kind=_STATE)
    form = _filled(sent) if sent is not None else _form()
    if sent is None:
        form.since.data = DateValue.of(today())
    elif not form.validate():
        abort(400)
    file = tempfile.SpooledTemporaryFile(max_size=_SPOOL)  # noqa: SIM115 (closed with the answer)
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="", write_through=True)
    writer = csv.writer(text)
    writer.writerow(_COLUMNS)
    count, protected = 0, _protected()
    for entry in stream_audit(db(), _criteria(form)):
        writer.writerow(list(_row(entry, protected)))
        count += 1
    text.detach()
    file.seek(0)
    name = f"audit-log-{now().astimezone(JST):%Y%m%d-%H%M%S}.csv"
    record(
        db(),
        actor(),
        moment=now(),
        log=Log.OPERATION,
        action="ログのファイル出力",
        screen="admin.export_log",
        file_name=name,
        details={"条件": _terms(form) if sent else {"開始日": today()}, "件数": count},
    )
    return send_file(file, mimetype="text/csv", as_attachment=True, download_name=name)
