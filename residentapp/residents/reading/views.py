"""Screens of the 閲覧用: conditions and count, the request to the officer in charge, the list itself."""

from __future__ import annotations

import tempfile
from typing import Any

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, send_file, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from residentapp.core import audit
from residentapp.core.access import requires
from residentapp.core.access.permissions import Permission
from residentapp.core.addresses.districts import district_kinds, districts_in_force
from residentapp.core.addresses.queries import towns
from residentapp.core.masters.queries import MasterMissing, own_municipality
from residentapp.core.web.context import actor, afterwards, db, now, services, today
from residentapp.core.web.errors import Refusal
from residentapp.core.web.home import Job, add_to_home
from residentapp.core.web.page_state import load_state, save_state
from residentapp.residents.certificates.types import IssueNotFound, IssueRefused, WrongCertificate
from residentapp.residents.reading import operations
from residentapp.residents.reading.forms import ReadingForm
from residentapp.residents.reading.operations import SCREEN, Prepared
from residentapp.residents.reading.types import Medium
from residentapp.residents.reading.wording import conditions_in_words
from residentapp.residents.support import reviews

#: Kind of the page state.
KIND = "reading_copy"
#: From this number of people on the page says that it takes a while.
_MANY = 5_000

blueprint = Blueprint("reading", __name__, url_prefix="/reading", template_folder="templates")
add_to_home(
    blueprint,
    Job(
        "閲覧用の作成",
        "Alt+W",
        "reading.start",
        Permission.READING_COPY_MAKE,
        words=("えつらん", "閲覧", "閲覧用", "一部の写し"),
        hint="住民基本台帳の一部の写し（閲覧用）",
        order=64,
    ),
)


def _choices() -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Towns of the municipality and districts in force. From the masters: who lives where decides nothing here."""
    own = own_municipality(db())
    found = [(town.code, town.name) for town in towns(db(), own.code[:5], on=today())]
    names = {kind.code: kind.name for kind in district_kinds(db())}
    districts = districts_in_force(db(), today())
    return found, [(f"{each.kind}:{each.code}", f"{names[each.kind]}　{each.name}") for each in districts]


def _form(formdata: Any = None, data: dict[str, Any] | None = None) -> ReadingForm:
    form = ReadingForm(formdata=formdata, data=data)
    form.offer(*_choices())
    return form


@blueprint.get("")
@requires(Permission.READING_COPY_MAKE)
def start() -> BaseResponse:
    """A new list."""
    return redirect(url_for("reading.enter", state_id=save_state({"form": None}, kind=KIND)))


@blueprint.route("/<state_id>", methods=["GET", "POST"])
@requires(Permission.READING_COPY_MAKE)
def enter(state_id: str) -> str | BaseResponse | tuple[str, int]:
    """閲覧用の作成: conditions; then how many fit; then the list."""
    state = load_state(state_id, kind=KIND)
    if state is None:
        abort(
            404, description=_("この画面の有効期間が過ぎました。ホームから「閲覧用の作成」を開いてください。")
        )
    if request.method == "GET":
        form = _form(data=state["form"])
        return _page(state_id, form, review=_standing(form) if state["form"] else None)
    form = _form(formdata=request.form)
    if not form.validate():
        return _page(state_id, form), 422
    save_state({"form": form.kept()}, kind=KIND, state_id=state_id)
    try:
        prepared = operations.prepare(db(), actor(), services().keyring, form.command(), now=now())
        if prepared.only_review_lacks and request.form.get("act") == "ask":
            return _ask(state_id, prepared)
        if prepared.violations:
            _log_refusal(prepared)
            return _page(state_id, form, prepared=prepared, review=_standing(form)), 422
        if request.form.get("act") == "make":
            return _make(state_id, form, prepared)
    except MasterMissing as error:
        raise Refusal(str(error), _("システム管理者に連絡してください。")) from error
    operations.log_count(db(), actor(), prepared, now=now())
    return _page(state_id, form, prepared=prepared, review=_standing(form))


def _ask(state_id: str, prepared: Prepared) -> BaseResponse:
    operations.ask(db(), actor(), services().keyring, prepared.request, page_state_id=state_id, now=now())
    flash(
        _(
            "責任者に確認を依頼しました。結果は、この画面かホームの「責任者に確認を依頼した請求」で分かります。"
        ),
        "success",
    )
    return redirect(url_for("reading.enter", state_id=state_id), code=303)


def _make(state_id: str, form: ReadingForm, prepared: Prepared) -> BaseResponse | tuple[str, int]:
    try:
        row = operations.make(
            db(), actor(), services().keyring, prepared.request, services().fonts, now=now()
        )
    except IssueRefused as refused:
        return _page(
            state_id, form, prepared=Prepared(prepared.request, refused.violations), review=_standing(form)
        ), 422
    flash(_("閲覧用を作成し、交付履歴に記録しました。"), "success")
    return redirect(url_for("reading.made", issue_id=row.id), code=303)


def _standing(form: ReadingForm) -> Any:
    """What became of the request to the officer in charge, where this list needs one."""
    command = form.command()
    if not command.conditions.with_suppressed:
        return None
    return reviews.standing_review(db(), actor(), services().keyring, command, now=now())


def _page(state_id: str, form: ReadingForm, *, prepared: Prepared | None = None, review: Any = None) -> str:
    violations = prepared.violations if prepared is not None else []
    return render_template(
        "reading/enter.html",
        form=form,
        state_id=state_id,
        violations=violations,
        people=prepared.people if prepared is not None and not violations else None,
        many=_MANY,
        review=review,
        can_ask=prepared is not None
        and prepared.only_review_lacks
        and (review is None or review.decision is not None),
        pdf=form.medium.data == Medium.PDF.value,
    )


def _log_refusal(prepared: Prepared) -> None:
    who, moment, codes = actor(), now(), [each.code for each in prepared.violations]

    def log(session: Session) -> None:
        audit.record(
            session, who, moment=moment, log=audit.Log.OPERATION, action="閲覧用の作成",
            details={"理由": codes}, succeeded=False, screen=SCREEN,
        )  # fmt: skip

    afterwards(log)


@blueprint.get("/made/<issue_id>")
@requires(Permission.READING_COPY_MAKE)
def made(issue_id: str) -> str:
    """A list that was made, ready to be taken."""
    try:
        row, copy = operations.find_copy(db(), actor(), issue_id)
    except IssueNotFound as error:
        abort(404, description=str(error))
    known = operations.may_know_conditions(actor(), row, copy)
    conditions = conditions_in_words(db(), copy.conditions, day=row.issued_on) if known else []
    return render_template("reading/made.html", issue=row, copy=copy, known=known, conditions=conditions)


@blueprint.post("/file/<issue_id>")
@requires(Permission.READING_COPY_MAKE)
def file(issue_id: str) -> Response:
    """The list itself, after the last look at whom it shows."""
    out = tempfile.TemporaryFile()  # noqa: SIM115  # closed by the answer that sends it
    try:
        row = operations.hand_over(
            db(), actor(), services().keyring, issue_id, services().fonts, out, now=now()
        )
        _row, copy = operations.find_copy(db(), actor(), issue_id)
    except BaseException as error:
        out.close()
        match error:
            case IssueNotFound():
                abort(404, description=str(error))
            case IssueRefused():
                _log_not_handed_over(issue_id, audit.Log.PRINT, error.violations[0].code)
                raise Refusal(error.violations[0].message, error.violations[0].remedy) from error
            case WrongCertificate():
                _log_not_handed_over(issue_id, audit.Log.ERROR, "不一致")
                raise Refusal(str(error), _("システム管理者に連絡してください。")) from error
        raise
    out.seek(0)
    kinds = {Medium.PDF: ("application/pdf", "pdf"), Medium.CSV: ("text/csv", "csv")}
    mimetype, ending = kinds[copy.medium]
    name = f"reading-copy-{row.issued_on:%Y%m%d}-{row.serial:03d}.{ending}"
    return send_file(out, mimetype=mimetype, as_attachment=True, download_name=name, max_age=0)


def _log_not_handed_over(issue_id: str, log: audit.Log, reason: str) -> None:
    who, moment = actor(), now()

    def write(session: Session) -> None:
        audit.record(
            session, who, moment=moment, log=log, action="閲覧用の出力", succeeded=False, screen=SCREEN,
            details={"発行": issue_id, "理由": reason},
        )  # fmt: skip

    afterwards(write)
