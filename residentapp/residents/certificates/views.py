"""Screens of certificates: request, preview, issue, hand-over, 交付履歴."""

from __future__ import annotations

from typing import Any

from flask import Response, abort, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from residentapp.core import audit
from residentapp.core.access import requires
from residentapp.core.access.permissions import Permission
from residentapp.core.masters.queries import MasterMissing
from residentapp.core.violations import Violation
from residentapp.core.web.answers import done
from residentapp.core.web.context import actor, afterwards, db, now, services, today
from residentapp.core.web.errors import Refusal
from residentapp.core.web.forms import confirmed_alerts, open_alerts
from residentapp.core.web.page_state import load_state, save_state
from residentapp.residents.certificates import (
    handing_over,
    history_views,
    issue_history,
    operations,
    queries,
    start_views,
)
from residentapp.residents.certificates.blueprint import KIND, blueprint, log_shown
from residentapp.residents.certificates.forms import CertificateForm, number_choices
from residentapp.residents.certificates.models import CertificateIssue
from residentapp.residents.certificates.operations import Prepared
from residentapp.residents.certificates.pictures import page_picture
from residentapp.residents.certificates.rules import needs_review
from residentapp.residents.certificates.types import (
    CertificateRequest,
    IssueNotFound,
    IssueRefused,
    Shown,
    WrongCertificate,
)
from residentapp.residents.support import reviews
from residentapp.residents.support.models import CertificateReview
from residentapp.residents.types import ResidentKind

#: Screens of the same blueprint that lie elsewhere; imported so that they are there with it.
SCREENS = (start_views, history_views)


def _state(state_id: str) -> dict[str, Any]:
    found = load_state(state_id, kind=KIND)
    if found is None:
        abort(404, description=_("この画面の有効期間が過ぎました。世帯を開き直してください。"))
    return found


def _form(state: dict[str, Any]) -> CertificateForm:
    return _prepared_form(
        CertificateForm(**state["form"]) if request.method == "GET" else CertificateForm(), state
    )


def _prepared_form(form: CertificateForm, state: dict[str, Any]) -> CertificateForm:
    form.subjects.choices = number_choices(state["members"])
    form.offer(removed=state.get("removed", False))
    return form


def _chosen(form: CertificateForm, state: dict[str, Any]) -> CertificateRequest:
    if not set(form.subjects.data or ()) <= set(state["members"]):
        abort(400, description=_("世帯にいない人が選ばれています。世帯を開き直してください。"))
    return form.command(state["household_number"], state["versions"])


@blueprint.route("/certificates/<state_id>", methods=["GET", "POST"])
@requires(Permission.CERTIFICATE_ISSUE)
def enter(state_id: str) -> str | BaseResponse | tuple[str, int]:
    """証明書発行: whom, which items, who asks; then the preview on the same page, then the issue."""
    state = _state(state_id)
    form = _form(state)
    if request.method == "GET":
        log_shown("証明書の発行の準備", state.get("people", state["members"]), screen="証明書発行")
        return _page(state_id, state, form, review=_review_of(_chosen(form, state)))
    state["form"] = form.kept()
    if not form.validate():
        return _page(state_id, state, form), 422
    command = _chosen(form, state)
    try:
        prepared = operations.prepare(db(), actor(), services().keyring, command, now=now())
    except MasterMissing as error:
        raise Refusal(str(error), _("システム管理者に連絡してください。")) from error
    if prepared.errors:
        if request.form.get("act") == "ask" and _only_review_lacks(prepared):
            return _ask(state_id, state, command)
        _log_refusal(command, prepared.violations)
        return _page(
            state_id, state, form, violations=prepared.violations,
            review=_review_of(command), can_ask=_only_review_lacks(prepared),
        ), 422  # fmt: skip
    if request.form.get("act") == "issue":
        return _issue(state_id, state, form, command)
    return _preview(state_id, state, form, prepared)


def _only_review_lacks(prepared: Prepared) -> bool:
    return [error.code for error in prepared.errors] == [needs_review().code]


def _review_of(command: CertificateRequest) -> CertificateReview | None:
    return reviews.standing_review(db(), actor(), services().keyring, command, now=now())


def _ask(state_id: str, state: dict[str, Any], command: CertificateRequest) -> BaseResponse:
    """Put the request to the officer in charge (RR-3.4b); the page waits for the answer."""
    save_state(state, kind=KIND, state_id=state_id)
    reviews.ask(db(), actor(), services().keyring, command, page_state_id=state_id, now=now())
    return done(
        _(
            "責任者に確認を依頼しました。結果は、この画面かホームの「責任者に確認を依頼した請求」で分かります。"
        ),
        "certificates.enter",
        state_id=state_id,
    )


def _preview(state_id: str, state: dict[str, Any], form: CertificateForm, prepared: Prepared) -> str:
    rendered = operations.preview(db(), actor(), prepared, services().fonts, now=now())
    save_state(state, kind=KIND, state_id=state_id)
    review = _review_of(prepared.request)
    pictures = [
        url_for("certificates.preview_page", state_id=state_id, document=document, page=page)
        for document, document_pages in enumerate(rendered)
        for page in range(1, document_pages.pages + 1)
    ]
    alerts = [*prepared.alerts, *operations.findings_of(rendered)]
    return _page(state_id, state, form, alerts=alerts, pictures=pictures, review=review)


def _issue(
    state_id: str, state: dict[str, Any], form: CertificateForm, command: CertificateRequest
) -> BaseResponse | tuple[str, int]:
    confirmed = confirmed_alerts(request.form)
    try:
        made = operations.issue(
            db(), actor(), services().keyring, command, services().fonts, now=now(), confirmed=confirmed
        )
    except IssueRefused as refused:
        left = open_alerts(refused.violations, confirmed)
        errors = [
            Violation(
                violation.level, violation.code, _("確認していない注意があります。") + violation.message,
                "alerts-title", violation.basis, violation.remedy,
            )
            for violation in left
        ]  # fmt: skip
        return _page(
            state_id, state, form, violations=errors, alerts=refused.violations, given=confirmed
        ), 422
    done = save_state(
        {"issues": [row.id for row in made], "household_number": state["household_number"]}, kind="issued"
    )
    return redirect(url_for("certificates.issued", state_id=done), code=303)


def _log_refusal(command: CertificateRequest, violations: list[Violation]) -> None:
    who, moment = actor(), now()
    codes = [violation.code for violation in violations]

    def log(session: Session) -> None:
        audit.record(
            session, who, moment=moment, log=audit.Log.OPERATION, action="証明書の発行",
            subjects=list(command.subjects), details={"理由": codes}, succeeded=False, screen="証明書発行",
        )  # fmt: skip

    afterwards(log)


def _page(
    state_id: str,
    state: dict[str, Any],
    form: CertificateForm,
    *,
    violations: list[Violation] | None = None,
    alerts: list[Violation] | None = None,
    given: dict[str, str] | None = None,
    pictures: list[str] | None = None,
    review: CertificateReview | None = None,
    can_ask: bool = False,
) -> str:
    shown: dict[str, Any] = {
        "form": form,
        "state_id": state_id,
        "violations": violations or [],
        "alerts": alerts or [],
        "given": given or {},
        "pictures": pictures or [],
        "fees": queries.fees_of(db(), today(), removed=bool(state.get("removed"))),
        "review": review,
        "can_ask": can_ask and (review is None or review.decision is not None),
    }
    if state.get("removed"):
        choices = queries.removed_choices(db(), state["people"], now=now())
        foreign = any(choice.person.kind is ResidentKind.FOREIGN for choice in choices)
        return render_template(
            "certificates/enter_removed.html", choices=choices, items=_items(foreign), **shown
        )
    counter = queries.counter_of(db(), actor(), state["household_number"], now=now())
    return render_template(
        "certificates/enter.html",
        people=counter.people,
        relationships=counter.relationships,
        head=counter.head,
        address=counter.address,
        address_hidden=counter.hidden,
        items=_items(counter.has_foreign),
        **shown,
    )


def _items(foreign: bool) -> list[Shown]:
    """Items that are printed when asked for, then those that only a 記載事項証明書 can do without."""
    items = [item for item in Shown if foreign or not item.is_foreign]
    return sorted(items, key=lambda item: item.always_on_copies)


@blueprint.get("/certificates/<state_id>/preview/<int:document>/<int:page>.png")
@requires(Permission.CERTIFICATE_ISSUE)
def preview_page(state_id: str, document: int, page: int) -> Response:
    """One page of the preview as a picture, marked 見本."""
    state = _state(state_id)
    form = _prepared_form(CertificateForm(formdata=None, data=state["form"]), state)
    command = form.command(state["household_number"], state["versions"])
    prepared = operations.prepare(db(), actor(), services().keyring, command, now=now())
    if prepared.errors or not 0 <= document < len(prepared.documents):
        abort(404)
    rendered = operations.preview(db(), actor(), prepared, services().fonts, now=now())
    try:
        picture = page_picture(rendered[document].pdf, page)
    except IndexError:
        abort(404)
    return Response(picture, mimetype="image/png")


@blueprint.get("/certificates/issued/<state_id>")
@requires(Permission.CERTIFICATE_ISSUE)
def issued(state_id: str) -> str:
    """What was just issued, ready to be printed."""
    state = load_state(state_id, kind="issued")
    if state is None:
        abort(404, description=_("この画面の有効期間が過ぎました。交付履歴から開いてください。"))
    rows = [row for issue_id in state["issues"] if (row := db().get(CertificateIssue, issue_id)) is not None]
    names = issue_history.names_on(db(), rows)
    log_shown("発行した証明書の照会", names, screen="証明書発行")
    return render_template("certificates/issued.html", issues=rows, names=names)


@blueprint.get("/certificates/file/<issue_id>.pdf")
@requires(Permission.CERTIFICATE_ISSUE)
def file(issue_id: str) -> Response:
    """The PDF of an issue, after the last look at whom it shows."""
    try:
        handed = handing_over.hand_over(
            db(), actor(), services().keyring, issue_id, services().fonts, now=now()
        )
    except IssueNotFound as error:
        abort(404, description=str(error))
    except IssueRefused as error:
        _log_not_handed_over(issue_id, audit.Log.PRINT, "証明書の出力", error.violations[0].code)
        raise Refusal(error.violations[0].message, error.violations[0].remedy) from error
    except WrongCertificate as error:
        _log_not_handed_over(issue_id, audit.Log.ERROR, "証明書の不一致")
        raise Refusal(str(error), _("システム管理者に連絡してください。")) from error
    response = Response(handed.pdf, mimetype="application/pdf")
    # The name of the file must not name the person.
    response.headers["Content-Disposition"] = f'inline; filename="certificate-{handed.issue.serial:03d}.pdf"'
    return response


def _log_not_handed_over(issue_id: str, log: audit.Log, action: str, reason: str = "") -> None:
    who, moment = actor(), now()

    def write(session: Session) -> None:
        audit.record(
            session, who, moment=moment, log=log, action=action, succeeded=False, screen="証明書発行",
            details={"発行": issue_id} | ({"理由": reason} if reason else {}),
        )  # fmt: skip

    afterwards(write)
