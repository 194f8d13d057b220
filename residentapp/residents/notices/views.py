"""Screens of notices: what has been accepted, by day; one notice, to look at and to print."""

from __future__ import annotations

import datetime as dt

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from residentapp.core import audit
from residentapp.core.access import Permission, requires_one_of
from residentapp.core.access.actor import Actor
from residentapp.core.dates import DateError, DateField, parse_date
from residentapp.core.masters.queries import MasterMissing
from residentapp.core.web.context import actor, afterwards, db, now, services, today
from residentapp.core.web.errors import Refusal
from residentapp.core.web.home import Job, add_to_home
from residentapp.core.web.page_state import load_state, save_state
from residentapp.residents.cases.errors import CaseNotFound
from residentapp.residents.cases.procedure import approve_permissions, enter_permissions
from residentapp.residents.cases.web import refused
from residentapp.residents.notices import operations
from residentapp.residents.notices.documents import postal_text
from residentapp.residents.notices.operations import TITLE
from residentapp.residents.notices.queries import accepted_on
from residentapp.residents.notices.types import NoticeRefused

blueprint = Blueprint("notices", __name__, template_folder="templates", url_prefix="/notices")

_KIND = "accepted_notifications"


def _rights() -> tuple[Permission, ...]:
    return (*enter_permissions(), *approve_permissions())


def _may(who: Actor) -> bool:
    return any(who.may(right) for right in _rights())


add_to_home(
    blueprint,
    Job(
        TITLE,
        "Alt+T",
        "notices.acceptances",
        _may,
        words=("受理通知", "じゅりつうち", "受理"),
        hint="受理した届出の一覧から印刷します",
        order=60,
    ),
)


# ---- the list


@blueprint.route("/acceptance", methods=["GET", "POST"])
@requires_one_of(_rights)
def acceptances() -> tuple[str, int] | BaseResponse:
    """受理した届出 of a 処理日; today's of the own office when nothing is asked."""
    if request.method == "GET":
        return _list_page(today().isoformat(), "office")
    value = {"day": request.form.get("day", "").strip()[:40], "whose": request.form.get("whose", "")}
    return redirect(url_for("notices.listed", state_id=save_state(value, kind=_KIND)), code=303)


@blueprint.get("/acceptance/list/<state_id>")
@requires_one_of(_rights)
def listed(state_id: str) -> tuple[str, int]:
    """The list for the day that was asked for."""
    state = load_state(state_id, kind=_KIND)
    if state is None:
        abort(404, description=_("この画面の有効期間が過ぎました。もう一度一覧を開いてください。"))
    return _list_page(state["day"], state["whose"])


def _list_page(typed: str, whose: str) -> tuple[str, int]:
    day, problem = _day_of(typed)
    own = whose != "all"
    found = accepted_on(db(), actor(), day, office=actor().office_code if own else "") if day else None
    if found is not None:
        audit.record(
            db(),
            actor(),
            moment=now(),
            log=audit.Log.OPERATION,
            action="受理した届出の一覧の照会",
            subjects=[number for line in found.lines for number in line.numbers],
            details={"処理日": typed, "範囲": "自分の窓口" if own else "すべて", "件数": len(found.lines)},
            screen=TITLE,
        )
    page = render_template(
        "notices/acceptances.html", found=found, day=day, typed=typed, own=own, problem=problem
    )
    return page, 422 if problem else 200


def _day_of(typed: str) -> tuple[dt.date | None, str]:
    try:
        day = parse_date(typed, DateField.OTHER).exact
    except DateError as error:
        return None, error.message
    return day, "" if day is not None else _("処理日は、暦にある年月日で入力してください。")


# ---- one notice


@blueprint.get("/acceptance/<case_id>")
@requires_one_of(_rights)
def acceptance(case_id: str) -> str:
    """What is going to be printed, to whom and where."""
    try:
        notice = operations.look_at(db(), actor(), services().keyring, case_id, now=now())
    except CaseNotFound as error:
        raise refused(error) from error
    except NoticeRefused as error:
        raise _refused(case_id, error) from error
    except MasterMissing as error:
        raise Refusal(str(error), _("システム管理者に連絡してください。")) from error
    drawn = operations.draw(notice, services().fonts, now=now())
    return render_template(
        "notices/acceptance.html",
        case_id=case_id,
        notice=notice,
        facts=notice.accepted.facts,
        data=notice.data,
        recipient=notice.recipient,
        postal_code=postal_text(notice.recipient.place.postal_code or ""),
        drawn=drawn,
    )


@blueprint.post("/acceptance/<case_id>")
@requires_one_of(_rights)
def print_acceptance(case_id: str) -> Response:
    """The PDF."""
    try:
        pdf = operations.print_notice(
            db(),
            actor(),
            services().keyring,
            case_id,
            services().fonts,
            now=now(),
            sample=services().settings.training,
        )
    except CaseNotFound as error:
        raise refused(error) from error
    except NoticeRefused as error:
        raise _refused(case_id, error) from error
    except MasterMissing as error:
        raise Refusal(str(error), _("システム管理者に連絡してください。")) from error
    answer = Response(pdf, mimetype="application/pdf")
    # The name of the file must not name the person.
    answer.headers["Content-Disposition"] = 'inline; filename="acceptance-notice.pdf"'
    return answer


def _refused(case_id: str, error: NoticeRefused) -> Refusal:
    """The answer to a refused notice; that it was asked for outlives the refusal."""
    who, moment = actor(), now()

    def log(session: Session) -> None:
        audit.record(
            session,
            who,
            moment=moment,
            log=audit.Log.PRINT,
            action=f"{TITLE}の印刷",
            details={"受付": case_id, "理由": error.code},
            succeeded=False,
            screen=TITLE,
        )

    afterwards(log)
    return Refusal(str(error), error.to_do)
