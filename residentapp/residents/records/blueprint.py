"""The blueprint of records, and what its screens share; ``views`` and ``history_views`` put their screens on it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, redirect, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from residentapp.core.web.context import actor, afterwards, now
from residentapp.core.web.page_state import load_state
from residentapp.residents.records import operations
from residentapp.residents.records.types import InquiryRefused, NotFound

blueprint = Blueprint("records", __name__, template_folder="templates")

#: Kinds of page state: a resident, a household.
RESIDENT = "resident"
HOUSEHOLD = "household"


def state_of(state_id: str, kind: str) -> dict[str, Any]:
    """What a page keeps of whom it shows; 404 when it is not there any more, or somebody else's."""
    found = load_state(state_id, kind=kind)
    if found is None:
        abort(404, description=_("この画面の有効期間が過ぎました。もう一度検索してください。"))
    return found


def told(error: NotFound | InquiryRefused, subject: str) -> Response:
    """Say why a record does not open, on the page the clerk came from; a refusal is logged."""
    if isinstance(error, InquiryRefused):
        who, moment, reason = actor(), now(), str(error)

        def log(session: Session) -> None:
            operations.log_refusal(session, who, subject, now=moment, reason=reason)

        afterwards(log)
    flash(str(error), "error")
    return redirect(url_for("web.show_home"))
