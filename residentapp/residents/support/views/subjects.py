"""抑止 of one person or household: what stands, setting, releasing, lifting for a while."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from residentapp.core import audit
from residentapp.core.access import requires
from residentapp.core.access.permissions import Permission
from residentapp.core.dates import DateValue
from residentapp.core.violations import Violation
from residentapp.core.web.answers import done
from residentapp.core.web.context import actor, db, now, services, today
from residentapp.core.web.page_state import load_state, save_state
from residentapp.core.web.rendering import date_and_time
from residentapp.residents import history
from residentapp.residents.records.views import HOUSEHOLD, RESIDENT
from residentapp.residents.removed_records import reader
from residentapp.residents.support import suppression_queries, suppressions
from residentapp.residents.support.errors import NotThere, SupportRefused
from residentapp.residents.support.forms import (
    FindForm,
    LiftForm,
    ReleaseForm,
    SuppressForm,
    digits_of,
    mark,
    whole_number,
)
from residentapp.residents.support.suppression_queries import Subject
from residentapp.residents.support.views import blueprint

KIND = "protection"


def subject_url(*, addressee_number: str = "", household_number: str = "") -> str:
    """Address under which this user can open the suppressions of a person or a household; it names nobody."""
    value = {"number": addressee_number, "household": household_number}
    return url_for("support.subject", state_id=save_state(value, kind=KIND))


def state_of(state_id: str) -> dict[str, Any]:
    """Whom a page shows."""
    found = load_state(state_id, kind=KIND)
    if found is None:
        abort(404, description=_("この画面の有効期間が過ぎました。もう一度検索してください。"))
    return found


def subject_of(state: dict[str, Any]) -> Subject:
    """What may be shown of them."""
    try:
        if state["number"]:
            return suppression_queries.subject_of_person(
                db(), actor(), services().keyring, state["number"], now=now()
            )
        return suppression_queries.subject_of_household(
            db(), actor(), services().keyring, state["household"], now=now()
        )
    except NotThere as error:
        abort(404, description=str(error))


@blueprint.get("/support/of-resident/<state_id>")
@requires(Permission.RESIDENT_VIEW)
def of_resident(state_id: str) -> Response:
    """From the page of a resident."""
    state = load_state(state_id, kind=RESIDENT)
    if state is None:
        abort(404, description=_("この画面の有効期間が過ぎました。もう一度検索してください。"))
    return redirect(subject_url(addressee_number=state["number"]))


@blueprint.get("/support/of-household/<state_id>")
@requires(Permission.RESIDENT_VIEW)
def of_household(state_id: str) -> Response:
    """From the page of a household."""
    state = load_state(state_id, kind=HOUSEHOLD)
    if state is None:
        abort(404, description=_("この画面の有効期間が過ぎました。もう一度検索してください。"))
    return redirect(subject_url(household_number=state["number"]))


@blueprint.route("/support/find", methods=["GET", "POST"])
@requires(Permission.RESIDENT_VIEW, Permission.SUPPRESSION_LIFT)
def find() -> str | Response | tuple[str, int]:
    """By number: a person whose record does not open because of a suppression of 照会."""
    form = FindForm(request.form)
    if request.method == "GET":
        return render_template("support/find.html", form=form)
    number = digits_of(form.number.data)
    if form.validate():
        if reader.latest_of(db(), number) is not None:
            return redirect(subject_url(addressee_number=number), code=303)
        if history.household_members(db(), number) or reader.archived_members(db(), number):
            return redirect(subject_url(household_number=number), code=303)
        form.number.errors = [_("この番号の人も世帯も見つかりません。番号を確かめてください。")]
    return render_template("support/find.html", form=form), 422


def _page(state_id: str, *, lift: LiftForm | None = None, violations: list[Violation] | None = None) -> str:
    shown = subject_of(state_of(state_id))
    if lift is None:
        lift = LiftForm()
        lift.minutes.data = str(services().settings.lift_minutes)
    return render_template(
        "support/subject.html",
        subject=shown,
        state_id=state_id,
        lift=lift,
        most=services().settings.lift_minutes,
        violations=violations or [],
        in_charge=actor().may(*suppressions.IN_CHARGE),
        reasons=suppression_queries.may_read_reasons(actor()),
    )


@blueprint.get("/support/subject/<state_id>")
@requires(Permission.RESIDENT_VIEW)
def subject(state_id: str) -> str:
    """What stands for a person or a household. Nothing of where they live."""
    page = _page(state_id)
    state = state_of(state_id)
    audit.record(
        db(), actor(), moment=now(), log=audit.Log.OPERATION, action="抑止の照会",
        subjects=[state["number"]] if state["number"] else [],
        details={"単位": "個人" if state["number"] else "世帯"}, screen="抑止",
    )  # fmt: skip
    return page


@blueprint.route("/support/subject/<state_id>/suppress", methods=["GET", "POST"])
@requires(Permission.RESIDENT_VIEW, Permission.SUPPRESSION_MANAGE)
def suppress(state_id: str) -> str | Response | tuple[str, int]:
    """抑止の設定."""
    state = state_of(state_id)
    shown = subject_of(state)
    form = SuppressForm(request.form)
    if request.method == "GET":
        form.starts_on.data = DateValue.of(today())
        return render_template(
            "support/suppress.html", subject=shown, state_id=state_id, form=form, violations=[]
        )
    violations: list[Violation] = []
    if form.validate():
        command = form.command(addressee_number=state["number"], household_number=state["household"])
        try:
            suppressions.set_suppressions(db(), actor(), services().keyring, command, now=now())
        except SupportRefused as refused:
            violations = mark(form, refused.violations)
        else:
            return done(_("抑止を設定しました。"), "support.subject", state_id=state_id)
    page = render_template(
        "support/suppress.html", subject=shown, state_id=state_id, form=form, violations=violations
    )
    return page, 422


def _among_shown(state_id: str, typed: str | None) -> int:
    """A suppression that the page shows; anything else is not this page's business."""
    number = whole_number(typed)
    if number is None or number not in {row.id for row in subject_of(state_of(state_id)).standing}:
        abort(404, description=_("この抑止は、この画面にありません。画面を開き直してください。"))
    return number


@blueprint.route("/support/subject/<state_id>/release", methods=["POST"])
@requires(Permission.RESIDENT_VIEW, Permission.SUPPRESSION_MANAGE)
def release(state_id: str) -> str | Response | tuple[str, int]:
    """抑止の解除: first the page that asks why, then the release."""
    form = ReleaseForm(request.form)
    chosen = _among_shown(state_id, form.suppression.data)
    shown = subject_of(state_of(state_id))
    row = next(row for row in shown.standing if row.id == chosen)
    violations: list[Violation] = []
    if "reason" in request.form and form.validate():
        try:
            suppressions.release(db(), actor(), services().keyring, chosen, form.reason.data or "", now=now())
        except SupportRefused as refused:
            violations = mark(form, refused.violations)
        else:
            return done(_("抑止を解除しました。"), "support.subject", state_id=state_id)
    page = render_template(
        "support/release.html", subject=shown, state_id=state_id, form=form, row=row, violations=violations
    )
    return page, 422 if "reason" in request.form else 200


@blueprint.post("/support/subject/<state_id>/lift")
@requires(Permission.RESIDENT_VIEW, Permission.SUPPRESSION_LIFT)
def lift(state_id: str) -> Response | tuple[str, int]:
    """一時解除: the chosen suppressions rest for some minutes."""
    form = LiftForm(request.form)
    shown = subject_of(state_of(state_id))
    violations: list[Violation] = []
    if form.validate():
        try:
            rows = suppressions.lift(
                db(), actor(), services().keyring, form.chosen(row.id for row in shown.standing),
                form.reason.data or "", whole_number(form.minutes.data),
                most=services().settings.lift_minutes, now=now(),
            )  # fmt: skip
        except SupportRefused as refused:
            violations = mark(form, refused.violations)
        else:
            until = rows[0].lifted_until
            assert until is not None
            return done(
                _("一時解除しました。%(moment)sに自動で元に戻ります。", moment=date_and_time(until)),
                "support.subject",
                state_id=state_id,
            )
    return _page(state_id, lift=form, violations=violations), 422


@blueprint.post("/support/subject/<state_id>/relock")
@requires(Permission.RESIDENT_VIEW, Permission.SUPPRESSION_LIFT)
def relock(state_id: str) -> Response:
    """Take a temporary lift back at once."""
    chosen = _among_shown(state_id, request.form.get("suppression"))
    try:
        suppressions.relock(db(), actor(), services().keyring, chosen, now=now())
    except SupportRefused as refused:
        flash(refused.violations[0].message, "warning")
    else:
        flash(_("一時解除を取りやめました。抑止は元に戻りました。"), "success")
    return redirect(url_for("support.subject", state_id=state_id), code=303)
