"""Starting a case, and the work lists."""

from __future__ import annotations

from dataclasses import dataclass

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from residentapp.core import audit
from residentapp.core.access import requires
from residentapp.core.access.permissions import Permission
from residentapp.core.web.context import actor, db, now, services
from residentapp.core.web.errors import Refusal
from residentapp.residents import locks
from residentapp.residents.cases.models import ChangeCase
from residentapp.residents.cases.queries import cases_in, payload_of
from residentapp.residents.cases.types import OPEN_STATES, CaseState
from residentapp.residents.locks import LockSubject
from residentapp.residents.move_in import operations
from residentapp.residents.move_in.certificate_csv import COLUMNS
from residentapp.residents.move_in.certificate_qr import QrUnreadable, csv_of
from residentapp.residents.move_in.forms import CsvForm, StartForm
from residentapp.residents.move_in.presentation import date_text
from residentapp.residents.move_in.procedure import MOVE_IN
from residentapp.residents.move_in.types import MoveInKind
from residentapp.residents.move_in.views import blueprint


#: Most characters of scanned codes that are read: some fifty people.
LONGEST_SCAN = 200_000


@dataclass(frozen=True)
class CaseLine:
    """One line of a work list."""

    case: ChangeCase
    names: str
    moved_on: str
    url: str
    held_by: str
    own: bool


def _lines(cases: list[ChangeCase], endpoint: str) -> list[CaseLine]:
    lines = []
    for case in cases:
        entry = payload_of(services().keyring, case).entry
        first = entry.members[0].display_name if entry.members else _("（まだいません）")
        more = _("　ほか%(count)s人", count=len(entry.members) - 1) if len(entry.members) > 1 else ""
        holder = locks.holder(db(), LockSubject.CASE, case.id, now=now())
        held_by = holder.user_name if holder is not None else ""
        lines.append(
            CaseLine(
                case,
                first + more,
                date_text(entry.moved_on),
                url_for(endpoint, case_id=case.id),
                held_by if held_by != actor().name else "",
                actor().login in case.editors,
            )
        )
    return lines


def _log_list(title: str, count: int) -> None:
    audit.record(
        db(),
        actor(),
        moment=now(),
        log=audit.Log.OPERATION,
        action="転入の一覧の照会",
        details={"一覧": title, "件数": count},
        screen=title,
    )


def _start_page(status: int = 200, **values: object) -> tuple[str, int]:
    cases = cases_in(db(), actor(), OPEN_STATES, own=True, procedure=MOVE_IN.code)
    lines = _lines(cases, "move_in.enter")
    if lines:
        _log_list("転入の入力", len(lines))
    page = render_template(
        "move_in/start.html",
        **{"start": StartForm(), "upload": CsvForm(), "lines": lines, "result": None, "file_name": ""}
        | {"scanned": "", "scan_trouble": ""}
        | values,
    )
    return page, status


@blueprint.get("")
@requires(Permission.MOVE_IN_ENTER)
def start() -> tuple[str, int]:
    """転入の入力: begin by hand or from CSV, or go on with a draft."""
    return _start_page()


@blueprint.post("/begin")
@requires(Permission.MOVE_IN_ENTER)
def begin() -> Response | tuple[str, int]:
    """Begin by hand."""
    form = StartForm(request.form)
    if not form.validate():
        return _start_page(422, start=form)
    kind = MoveInKind(form.kind.data)
    case = operations.start_by_hand(db(), actor(), services().keyring, kind, now=now())
    return redirect(url_for("move_in.enter", case_id=case.id), code=303)


@blueprint.post("/csv")
@requires(Permission.MOVE_IN_ENTER)
def import_csv() -> Response | tuple[str, int]:
    """Begin from the CSV of a 転出証明書; a file with errors is answered with all of them."""
    sent = request.files.get("certificate")
    if sent is None or not sent.filename:
        form = CsvForm()
        form.certificate.errors = [_("ファイルが選ばれていません。転出証明書のCSVを選んでください。")]
        return _start_page(422, upload=form)
    # Only the last part of the name: a browser may send a path, and folders are nobody's business.
    name = sent.filename.replace("\\", "/").rsplit("/", 1)[-1][:100]
    case, result = operations.start_from_csv(db(), actor(), services().keyring, sent.read(), name, now=now())
    if case is None:
        return _start_page(200, result=result, file_name=name)
    count = len(payload_of(services().keyring, case).entry.members)
    flash(
        _(
            "%(name)s（%(encoding)s）から%(count)s人を取り込みました。書類と見比べてください。",
            name=name,
            encoding=result.encoding,
            count=count,
        ),
        "success",
    )
    for problem in result.problems:
        flash(f"{problem.place}　{problem.message}{problem.remedy}", "warning")
    return redirect(url_for("move_in.enter", case_id=case.id), code=303)


@blueprint.post("/qr")
@requires(Permission.MOVE_IN_ENTER)
def import_qr() -> Response | tuple[str, int]:
    """Begin from the QR codes of a 転出証明書, scanned one after the other, one a line."""
    scanned = request.form.get("codes", "")[:LONGEST_SCAN]
    try:
        data = csv_of(scanned.splitlines())
    except QrUnreadable as error:
        return _start_page(422, scanned=scanned, scan_trouble=str(error))
    name = _("転出証明書のQRコード")
    case, result = operations.start_from_csv(db(), actor(), services().keyring, data, name, now=now())
    if case is None:
        return _start_page(422, scanned=scanned, result=result, file_name=name)
    count = len(payload_of(services().keyring, case).entry.members)
    flash(_("QRコードから%(count)s人を取り込みました。書類と見比べてください。", count=count), "success")
    for problem in result.problems:
        flash(f"{problem.place}　{problem.message}{problem.remedy}", "warning")
    return redirect(url_for("move_in.enter", case_id=case.id), code=303)


@blueprint.get("/columns")
@requires(Permission.MOVE_IN_ENTER)
def columns() -> str:
    """The columns of the CSV."""
    return render_template("move_in/columns.html", columns=COLUMNS)


@blueprint.get("/waiting")
@requires(Permission.MOVE_IN_APPROVE)
def waiting() -> str:
    """承認待ちの仮登録."""
    lines = _lines(
        cases_in(db(), actor(), [CaseState.PROVISIONAL], approvable=True, procedure=MOVE_IN.code),
        "move_in.review",
    )
    title = _("承認待ちの仮登録（転入）")
    _log_list(title, len(lines))
    return render_template("move_in/list.html", title=title, lines=lines, state=CaseState.PROVISIONAL)


@blueprint.get("/returned")
@requires(Permission.MOVE_IN_ENTER)
def returned() -> str:
    """差し戻された転入."""
    lines = _lines(
        cases_in(db(), actor(), [CaseState.RETURNED], own=True, procedure=MOVE_IN.code), "move_in.enter"
    )
    title = _("差し戻された転入")
    _log_list(title, len(lines))
    return render_template("move_in/list.html", title=title, lines=lines, state=CaseState.RETURNED)


@blueprint.get("/drafts")
@requires(Permission.MOVE_IN_ENTER)
def drafts() -> str:
    """作成中の転入."""
    lines = _lines(
        cases_in(db(), actor(), [CaseState.DRAFT], own=True, procedure=MOVE_IN.code), "move_in.enter"
    )
    title = _("作成中の転入")
    _log_list(title, len(lines))
    return render_template("move_in/list.html", title=title, lines=lines, state=CaseState.DRAFT)


@blueprint.post("/<case_id>/release")
@requires(Permission.LOCK_RELEASE)
def release(case_id: str) -> Response:
    """Take the case away from whoever edits it."""
    reason = request.form.get("reason", "").strip()
    if not reason:
        raise Refusal(_("排他を外す理由がありません。"), _("理由を入力してから外してください。"), status=422)
    locks.release_by_force(db(), actor(), LockSubject.CASE, case_id, now=now(), reason=reason)
    flash(_("排他を外しました。入力していた人には、保存のときに知らせます。"), "success")
    return redirect(url_for("web.show_home"), code=303)
