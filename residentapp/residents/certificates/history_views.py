"""Screens of the 交付履歴: the list, one issue with its disposal, the way to a person on it (RR-2.2.2, RR-1.3.8)."""

from __future__ import annotations

from flask import abort, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as BaseResponse

from residentapp.core import audit
from residentapp.core.access import requires
from residentapp.core.access.permissions import Permission
from residentapp.core.dates import to_wareki
from residentapp.core.keeping import KeptData
from residentapp.core.masters.settings import keep_until
from residentapp.core.violations import Violation
from residentapp.core.web.answers import done
from residentapp.core.web.context import actor, db, now, services, today
from residentapp.core.web.page_state import load_state, save_state
from residentapp.residents.certificates import handing_over, issue_history, operations
from residentapp.residents.certificates.blueprint import blueprint, log_shown
from residentapp.residents.certificates.forms import DisposalForm, HistoryForm
from residentapp.residents.certificates.types import IssueNotFound, IssueRefused, Shown
from residentapp.residents.reading.models import ReadingCopy
from residentapp.residents.reading.operations import may_know_conditions
from residentapp.residents.reading.wording import conditions_in_words
from residentapp.residents.records.views import RESIDENT, resident_url

#: Kind of the page state of a search.
_HISTORY = "issue_history"

#: Characters of a term that are kept: what is longer finds nothing anyway.
_LONGEST_KEPT = 100


def _page_of(terms: dict[str, str]) -> BaseResponse:
    return redirect(url_for("certificates.history_page", state_id=save_state(terms, kind=_HISTORY), page=1))


@blueprint.route("/certificates/history", methods=["GET", "POST"])
@requires(Permission.ISSUE_HISTORY_VIEW)
def show_history() -> BaseResponse:
    """交付履歴 by the items of an issue; today's when nothing is asked."""
    if request.method == "POST":
        names = [field.name for field in HistoryForm()]
        return _page_of({name: request.form.get(name, "").strip()[:_LONGEST_KEPT] for name in names})
    return _page_of({"day": to_wareki(today())})


@blueprint.get("/certificates/history-of/<state_id>")
@requires(Permission.ISSUE_HISTORY_VIEW, Permission.RESIDENT_VIEW)
def history_of_resident(state_id: str) -> BaseResponse:
    """交付履歴 of the resident whose page is open (RR-2.2.2)."""
    state = load_state(state_id, kind=RESIDENT)
    if state is None:
        abort(404, description=_("この画面の有効期間が過ぎました。もう一度検索してください。"))
    return _page_of({"addressee_number": state["number"]})


@blueprint.get("/certificates/history/<state_id>/<int:page>")
@requires(Permission.ISSUE_HISTORY_VIEW)
def history_page(state_id: str, page: int) -> str:
    """One page of the 交付履歴."""
    terms = load_state(state_id, kind=_HISTORY)
    if terms is None:
        abort(404, description=_("この画面の有効期間が過ぎました。もう一度検索してください。"))
    form = HistoryForm(MultiDict({name: value for name, value in terms.items() if value}))
    found = (
        issue_history.issues(db(), actor(), form.wanted(max(1, page)), now=now())
        if form.validate()
        else issue_history.NOTHING
    )
    shown = {*found.names, *([terms["addressee_number"]] if found.cards else [])}
    audit.record(
        db(), actor(), moment=now(), log=audit.Log.OPERATION, action="交付履歴照会",
        subjects=sorted(shown), details={"条件": {name: value for name, value in terms.items() if value}},
        screen="交付履歴",
    )  # fmt: skip
    return render_template("certificates/history.html", found=found, form=form, state_id=state_id)


@blueprint.route("/certificates/issue/<issue_id>", methods=["GET", "POST"])
@requires(Permission.ISSUE_HISTORY_VIEW)
def issue_page(issue_id: str) -> str | BaseResponse | tuple[str, int]:
    """One issue: all that is kept of it, and its disposal."""
    form = DisposalForm()
    violations: list[Violation] = []
    try:
        row = handing_over.find_issue(db(), actor(), issue_id)
        if request.method == "POST" and form.validate():
            handing_over.dispose(db(), actor(), issue_id, form.reason.data or "", now=now())
            return done(_("廃棄を記録しました。"), "certificates.issue_page", issue_id=issue_id)
    except IssueNotFound as error:
        abort(404, description=str(error))
    except IssueRefused as error:
        violations = error.violations
    names = issue_history.names_on(db(), [row])
    reading = db().get(ReadingCopy, issue_id)
    known = reading is not None and may_know_conditions(actor(), row, reading)
    log_shown("交付履歴照会（詳細）", names, screen="交付履歴")
    page = render_template(
        "certificates/issue.html",
        issue=row,
        names=names,
        fee=issue_history.fee_text(db(), row),
        requester=operations.requester_of(services().keyring, row),
        kept_until=keep_until(db(), KeptData.ISSUE_HISTORY, row.issued_on, day=today()),
        shown=[item.label for item in Shown if item.value in row.shown],
        reading=reading,
        known=known,
        conditions=conditions_in_words(db(), reading.conditions, day=row.issued_on)
        if reading is not None and known
        else [],
        form=form,
        violations=violations,
    )
    return (page, 422) if violations or form.errors else page


@blueprint.get("/certificates/issue/<issue_id>/person/<int:place>")
@requires(Permission.ISSUE_HISTORY_VIEW, Permission.RESIDENT_VIEW)
def person(issue_id: str, place: int) -> BaseResponse:
    """From an issue to a person on it."""
    try:
        row = handing_over.find_issue(db(), actor(), issue_id)
    except IssueNotFound as error:
        abort(404, description=str(error))
    numbers = [subject.addressee_number for subject in row.subjects if subject.place == place]
    if not numbers:
        abort(404)
    return redirect(resident_url(numbers[0]))
