"""Starting a case, and those that the officer has begun."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from residentapp.core.access import requires
from residentapp.core.access.permissions import Permission
from residentapp.core.web.context import actor, db, now, services
from residentapp.residents.cases.queries import cases_in, payload_of
from residentapp.residents.cases.types import OPEN_STATES
from residentapp.residents.cases.views.lists import log_list, url_of
from residentapp.residents.cases.work_lists import lines_of
from residentapp.residents.move_in import operations
from residentapp.residents.move_in.certificate_csv import COLUMNS
from residentapp.residents.move_in.certificate_qr import QrUnreadable, csv_of
from residentapp.residents.move_in.forms import CsvForm, StartForm
from residentapp.residents.move_in.procedure import MOVE_IN
from residentapp.residents.move_in.types import MoveInKind
from residentapp.residents.move_in.views import blueprint

#: Most characters of scanned codes that are read: some fifty people.
LONGEST_SCAN = 200_000


def _start_page(status: int = 200, **values: object) -> tuple[str, int]:
    cases = cases_in(db(), actor(), OPEN_STATES, own=True, procedure=MOVE_IN.code)
    lines = lines_of(db(), actor(), services().keyring, cases, now=now())
    if lines:
        log_list(_("転入の入力"), lines)
    page = render_template(
        "move_in/start.html",
        url_of=url_of,
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
