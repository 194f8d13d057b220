"""転出証明書 and 転出証明書に準ずる証明書: issue, issue again, those that wait."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import abort, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from residentapp.core import audit
from residentapp.core.access import requires
from residentapp.core.access.permissions import Permission
from residentapp.core.masters.queries import MasterMissing
from residentapp.core.violations import Violation, errors_of
from residentapp.core.web.context import actor, afterwards, db, now, services
from residentapp.core.web.errors import Refusal
from residentapp.core.web.forms import confirmed_alerts
from residentapp.core.web.input_check import number_of
from residentapp.core.web.page_state import load_state, save_state
from residentapp.residents import history
from residentapp.residents.certificates.types import IssueRefused
from residentapp.residents.models import ResidentHistory
from residentapp.residents.move_out import papers as operations
from residentapp.residents.move_out.papers import Papers
from residentapp.residents.move_out.queries import papers_view
from residentapp.residents.move_out.views import blueprint
from residentapp.residents.records import operations as records
from residentapp.residents.records.types import InquiryRefused
from residentapp.residents.records.views import RESIDENT

_KIND = "move_out_papers"
_SCREEN = "転出証明書"


def _open(found: Sequence[Papers]) -> Response:
    """The page of some papers; it names nobody in the address."""
    if not found:
        raise Refusal(
            _("転出の証明書はありません。"),
            _("転出として入力された異動かどうか、確かめてください。"),
            status=404,
        )
    state = save_state({"changes": [each.change.id for each in found]}, kind=_KIND)
    return redirect(url_for("move_out.papers_page", state_id=state), code=303)


@blueprint.get("/papers/case/<case_id>")
@requires(Permission.CERTIFICATE_ISSUE)
def papers_of_case(case_id: str) -> Response:
    """The papers that come with a registered move-out."""
    return _open(operations.papers_of_case(db(), case_id))


@blueprint.get("/papers/resident/<state_id>")
@requires(Permission.CERTIFICATE_ISSUE, Permission.RESIDENT_VIEW)
def papers_of_resident(state_id: str) -> Response:
    """The papers of the resident whose page is open."""
    state = load_state(state_id, kind=RESIDENT)
    if state is None:
        abort(404, description=_("この画面の有効期間が過ぎました。もう一度検索してください。"))
    return _open(operations.papers_of_person(db(), state["number"]))


def _papers(state_id: str) -> list[Papers]:
    state = load_state(state_id, kind=_KIND)
    if state is None:
        abort(404, description=_("この画面の有効期間が過ぎました。もう一度、人か一覧から開いてください。"))
    found = [each for number in state["changes"] if (each := operations.papers_of(db(), number)) is not None]
    _require_open(found)
    return found


def _require_open(found: Sequence[Papers]) -> None:
    """Whoever may not look at these people does not get at them here either."""
    numbers = {person.addressee_number for each in found for person in each.people}
    people = [person for number in sorted(numbers) if (person := history.latest(db(), number)) is not None]
    try:
        records.require_open_to_inquiry(db(), actor(), people, now=now())
    except InquiryRefused as error:
        who, moment, reason = actor(), now(), str(error)

        def log(session: Session) -> None:
            for number in sorted(numbers):
                records.log_refusal(session, who, number, now=moment, reason=reason)

        afterwards(log)
        raise Refusal(reason, _("支援措置責任者に相談してください。"), status=403) from error


@blueprint.get("/papers/<state_id>")
@requires(Permission.CERTIFICATE_ISSUE)
def papers_page(state_id: str) -> str:
    """What has been issued of a move-out, and what can be issued."""
    return _page(state_id, _papers(state_id))


def _page(
    state_id: str,
    found: Sequence[Papers],
    *,
    violations: Sequence[Violation] = (),
    alerts: Sequence[Violation] = (),
    given: dict[str, str] | None = None,
    asked: tuple[int, str] = (0, ""),
) -> str:
    audit.record(
        db(),
        actor(),
        moment=now(),
        log=audit.Log.OPERATION,
        action="転出証明書の照会",
        subjects=sorted({person.addressee_number for each in found for person in each.people}),
        screen=_SCREEN,
    )
    return render_template(
        "move_out/papers.html",
        state_id=state_id,
        views=[papers_view(db(), actor(), each, now=now()) for each in found],
        bars={each.change.id: operations.bars(db(), actor(), each, now=now()) for each in found},
        violations=list(violations),
        alerts=list(alerts),
        given=given or {},
        asked=asked,
    )


@blueprint.post("/papers/<state_id>")
@requires(Permission.CERTIFICATE_ISSUE)
def issue_paper(state_id: str) -> Response | tuple[str, int]:
    """Issue a paper for the first time, or again; an issue is recorded before its pages leave."""
    found = _papers(state_id)
    change_id = number_of(request.form.get("change", "")) or 0
    papers = next((each for each in found if each.change.id == change_id), None)
    act = request.form.get("act", "")
    if papers is None or act not in ("first", "again"):
        abort(400)
    issue = operations.issue_first if act == "first" else operations.issue_again
    confirmed = confirmed_alerts(request.form)
    try:
        row = issue(
            db(), actor(), services().keyring, papers, services().fonts, now=now(), confirmed=confirmed
        )
    except IssueRefused as refused:
        _log_refused(papers, refused.violations)
        errors = errors_of(refused.violations)
        alerts = [each for each in refused.violations if each not in errors]
        return _page(
            state_id, found, violations=errors, alerts=alerts, given=confirmed, asked=(change_id, act)
        ), 422
    except MasterMissing as error:
        raise Refusal(str(error), _("システム管理者に連絡してください。")) from error
    done = save_state(
        {"issues": [row.id], "household_number": papers.people[0].household_number}, kind="issued"
    )
    return redirect(url_for("certificates.issued", state_id=done), code=303)


def _log_refused(papers: Papers, violations: Sequence[Violation]) -> None:
    who, moment, codes = actor(), now(), [each.code for each in violations]
    numbers = [person.addressee_number for person in papers.people]

    def log(session: Session) -> None:
        audit.record(
            session, who, moment=moment, log=audit.Log.OPERATION, action="転出証明書の発行", subjects=numbers,
            details={"理由": codes}, succeeded=False, screen=_SCREEN,
        )  # fmt: skip

    afterwards(log)


@blueprint.get("/waiting")
@requires(Permission.CERTIFICATE_ISSUE)
def waiting() -> str:
    """転出証明書の交付待ち."""
    lines: list[dict[str, Any]] = []
    subjects: list[str] = []
    for change_id in operations.waiting_papers(db())[:200]:
        papers = operations.papers_of(db(), change_id)
        if papers is None or not papers.people:
            continue
        state = save_state({"changes": [change_id]}, kind=_KIND)
        lines.append(
            {
                "papers": papers,
                "names": _names(papers.people),
                "url": url_for("move_out.papers_page", state_id=state),
            }
        )
        subjects += [person.addressee_number for person in papers.people]
    audit.record(
        db(),
        actor(),
        moment=now(),
        log=audit.Log.OPERATION,
        action="転出証明書の交付待ちの照会",
        subjects=subjects,
        screen=_SCREEN,
    )
    return render_template("move_out/waiting.html", lines=lines)


def _names(people: Sequence[ResidentHistory]) -> str:
    more = _("　ほか%(count)s人", count=len(people) - 1) if len(people) > 1 else ""
    return people[0].display_name + more
