"""Screens of the notices of 住民票コード: of a case, of a person. Addresses name nobody."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, Response, abort, render_template, request
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from residentapp.core.access import requires
from residentapp.core.masters.queries import MasterMissing
from residentapp.core.web.context import actor, afterwards, db, now, services
from residentapp.core.web.errors import Refusal
from residentapp.core.web.input_check import number_of
from residentapp.core.web.page_state import load_state
from residentapp.residents.code_notices import operations
from residentapp.residents.code_notices.operations import RIGHTS
from residentapp.residents.code_notices.queries import CodeNotice
from residentapp.residents.ex_officio.printing import PrintRefused
from residentapp.residents.ex_officio.views import pdf_answer
from residentapp.residents.records import operations as records
from residentapp.residents.records.types import InquiryRefused
from residentapp.residents.records.views import RESIDENT

blueprint = Blueprint("code_notices", __name__, url_prefix="/code-notices", template_folder="templates")


@blueprint.get("/case/<case_id>")
@requires(*RIGHTS)
def of_case(case_id: str) -> str:
    """The notices of the codes that a case gave, changed or corrected."""
    return _page(operations.open_case(db(), actor(), case_id, now=now()))


@blueprint.get("/resident/<state_id>")
@requires(*RIGHTS)
def of_resident(state_id: str) -> str:
    """The notice of the resident whose page is open, on later days too."""
    state = load_state(state_id, kind=RESIDENT)
    if state is None:
        abort(404, description=_("この画面の有効期間が過ぎました。もう一度検索してください。"))
    number = state["number"]
    try:
        return _page(operations.open_person(db(), actor(), number, now=now()))
    except InquiryRefused as error:
        who, moment, reason = actor(), now(), str(error)

        def log(session: Session) -> None:
            records.log_refusal(session, who, number, now=moment, reason=reason)

        afterwards(log)
        raise Refusal(reason, _("支援措置責任者に相談してください。"), status=403) from error


def _page(found: Sequence[CodeNotice]) -> str:
    return render_template("code_notices/notices.html", notices=found)


@blueprint.post("/print")
@requires(*RIGHTS)
def print_notice() -> Response:
    """The paper of one person."""
    number = request.form.get("addressee_number", "").strip()
    change = number_of(request.form.get("change", ""))
    if not number or change is None:
        abort(400, description=_("通知票を出す人を選んでください。"))
    try:
        kind, drawn = operations.print_notice(
            db(), actor(), services().keyring, number, change, services().fonts, now=now()
        )
    except PrintRefused as error:
        raise Refusal(str(error), error.to_do, status=403) from error
    except MasterMissing as error:
        raise Refusal(str(error), _("システム管理者に連絡してください。")) from error
    return pdf_answer(drawn, kind.form.replace("_", "-"))
