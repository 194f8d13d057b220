"""What the screens of every procedure share: the version in the form, refusals as answers, whose case it is."""

from __future__ import annotations

from flask import Blueprint, abort, request
from flask_babel import gettext as _

from residentapp.core.web.context import db
from residentapp.core.web.errors import Refusal
from residentapp.core.web.input_check import number_of
from residentapp.residents.cases.errors import CaseNotFound
from residentapp.residents.cases.models import ChangeCase
from residentapp.residents.cases.procedure import Procedure
from residentapp.residents.cases.types import RecordVersion


def seen_in_form(case_id: str) -> RecordVersion:
    """The version that the page showed."""
    return RecordVersion(case_id, number_of(request.form.get("version", "")) or 0)


def refused(error: Exception) -> Refusal:
    """An operation's refusal as the answer to a request."""
    status = 404 if isinstance(error, CaseNotFound) else 409
    return Refusal(str(error), _("一覧か、前の画面に戻ってください。"), status=status)


def own_cases_only(blueprint: Blueprint, *own: Procedure) -> None:
    """Let the screens of a blueprint answer only for cases of its procedures.

    Another procedure's case has another entry and asks for other rights; to these screens it does not exist.
    """

    codes = {procedure.code for procedure in own}

    def refuse() -> None:
        case_id = (request.view_args or {}).get("case_id")
        case = db().get(ChangeCase, case_id) if case_id is not None else None
        if case is not None and case.procedure not in codes:
            abort(404)

    blueprint.before_request(refuse)
