"""支援措置: registering, looking at, changing, starting, extending and ending a measure."""

from __future__ import annotations

from types import TracebackType
from typing import Any

from flask import Response, abort, render_template, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse
from wtforms import Form

from residentapp.core import audit
from residentapp.core.access import requires
from residentapp.core.dates import DateValue
from residentapp.core.masters.queries import MasterMissing
from residentapp.core.violations import Violation, alerts_of, errors_of
from residentapp.core.web.answers import done, form_page
from residentapp.core.web.context import actor, db, now, services, today
from residentapp.core.web.errors import Refusal
from residentapp.core.web.forms import confirmed_alerts, open_alerts
from residentapp.residents import history
from residentapp.residents.removed_records import reader
from residentapp.residents.rules.terms import support_term
from residentapp.residents.support import documents, operations, queries
from residentapp.residents.support.documents import Notice
from residentapp.residents.support.errors import NotThere, Outdated, SupportRefused
from residentapp.residents.support.forms import (
    EXTRA_ROWS,
    ChangeForm,
    EndForm,
    RegisterForm,
    RenewForm,
    StartForm,
    day_of_field,
    mark,
    whole_number,
)
from residentapp.residents.support.from_record import details_of_record
from residentapp.residents.support.queries import MeasureView
from residentapp.residents.support.rules import next_term
from residentapp.residents.support.suppressions import IN_CHARGE
from residentapp.residents.support.types import RegisterMeasure, Role, Seen
from residentapp.residents.support.views import blueprint
from residentapp.residents.support.views.subjects import state_of, subject_of

Page = str | BaseResponse | tuple[str, int]


def measure_of(measure_id: int) -> MeasureView:
    """A measure for its screens."""
    try:
        return queries.measure_view(db(), actor(), services().keyring, measure_id, now=now())
    except NotThere as error:
        abort(404, description=str(error))


def seen_of(view: MeasureView, typed: str | None) -> Seen:
    """The state that the officer looked at; a page without one counts as outdated."""
    version = whole_number(typed)
    return Seen(view.id, version if version is not None else -1)


class Attempt:
    """``with attempt:`` an operation refused in the block is told on its form, and the view goes on behind it.

    :raises Refusal: when somebody else was faster.
    """

    def __init__(self, form: Form) -> None:
        self._form = form
        #: What no field of the form shows.
        self.left: list[Violation] = []

    def __enter__(self) -> None:
        """Nothing is needed before the work."""

    def __exit__(
        self, _kind: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None
    ) -> bool:
        """Take what the work may refuse with, and nothing else."""
        if isinstance(error, NotThere):
            abort(404, description=str(error))
        if isinstance(error, Outdated):
            raise Refusal(str(error), _("支援措置の画面を開き直してください。")) from error
        if isinstance(error, SupportRefused):
            self.left = mark(self._form, error.violations)
            return True
        return False


def to_measure(measure_id: int, said: str) -> BaseResponse:
    """Back to the measure, with what was done."""
    return done(said, "support.show_measure", measure_id=measure_id)


# ---- a new measure


def _household(number: str) -> list[Any]:
    record = reader.latest_of(db(), number)
    if record is None:
        abort(404, description=_("この人は見つかりません。もう一度検索してください。"))
    members = history.household_members(db(), record.household_number) if record.state.is_live else []
    return [member for member in members if member.addressee_number != number]


def _register_page(
    state_id: str,
    form: RegisterForm,
    household: list[Any],
    *,
    violations: list[Violation] | None = None,
    alerts: list[Violation] | None = None,
    given: dict[str, str] | None = None,
) -> str:
    shown = subject_of(state_of(state_id))
    return render_template(
        "support/register.html",
        state_id=state_id,
        person=shown.people[0],
        form=form,
        household=household,
        sent=request.form,
        extra_rows=range(EXTRA_ROWS),
        violations=violations or [],
        alerts=alerts or [],
        given=given or {},
    )


def _show_term(form: RegisterForm | ChangeForm | StartForm) -> None:
    """Fill in the last day from the first (RR-3.4c)."""
    starts_on = day_of_field(form.starts_on)
    if starts_on is not None:
        form.ends_on.data = DateValue.of(support_term(starts_on).end)
        form.ends_on.raw_data = None


@blueprint.route("/support/subject/<state_id>/measure", methods=["GET", "POST"])
@requires(*IN_CHARGE)
def register_measure(state_id: str) -> Page:
    """支援措置申出 or 仮支援措置 of the person whose page is open."""
    number = state_of(state_id)["number"]
    if not number:
        abort(404, description=_("支援措置は、申出をした人の画面から登録してください。"))
    household = _household(number)
    form = RegisterForm(request.form)
    if request.method == "GET":
        form.begin(operations.own_name(db()), [member.addressee_number for member in household])
        details = details_of_record(db(), number)
        form.address_inspection_current.data = form.address_copy_current.data = details.address
        form.address_copy_former.data = details.former_addresses.replace("\n", "／")[:300]
        return _register_page(state_id, form, household)
    if request.form.get("act") == "term":
        form.validate()
        _show_term(form)
        return _register_page(state_id, form, household), 422
    valid = form.validate()
    numbers = [member.addressee_number for member in household]
    command = RegisterMeasure(
        applicant=number,
        entry=form.entry(provisional=bool(form.provisional.data)),
        supported=form.supported(request.form, numbers),
        offender=form.offender(),
        contact=form.contact(),
        received_on=day_of_field(form.received_on) if form.role.data == Role.TRANSFERRED.value else None,
        confirmed=confirmed_alerts(request.form),
    )
    found = operations.registration_findings(db(), actor(), command, now=now())
    if valid and not errors_of(found) and not open_alerts(alerts_of(found), command.confirmed):
        measure = operations.register(db(), actor(), services().keyring, command, now=now())
        said = _("仮支援措置を登録しました。") if measure.provisional else _("支援措置を登録しました。")
        return to_measure(measure.id, said)
    # Errors of the shape and of the rules together: one round, not two.
    shown = [error for error in errors_of(found) if not _has_errors(form, error.field)]
    left = mark(form, shown)
    alerts = alerts_of(found)
    if not errors_of(found) and valid:
        left += [
            Violation(
                alert.level, alert.code, _("確認していない注意があります。") + alert.message, "alerts-title",
                alert.basis, alert.remedy,
            )
            for alert in open_alerts(alerts, command.confirmed)
        ]  # fmt: skip
    page = _register_page(
        state_id, form, household, violations=left, alerts=alerts, given=dict(command.confirmed)
    )
    return page, 422


def _has_errors(form: Form, field: str) -> bool:
    return field in form and bool(form[field].errors)


# ---- a measure that stands


@blueprint.get("/support/measures/<int:measure_id>")
@requires(*IN_CHARGE)
def show_measure(measure_id: int) -> str:
    """支援措置: the whole database of one measure (RR-1.1.16), with every edit ever made."""
    view = measure_of(measure_id)
    audit.record(
        db(), actor(), moment=now(), log=audit.Log.OPERATION, action="支援措置の照会",
        subjects=[member.addressee_number for member in view.members], details={"支援措置": measure_id},
        screen="支援措置",
    )  # fmt: skip
    following = None
    if view.facts.ends_on is not None and not view.facts.provisional:
        following = next_term(view.facts.ends_on)
    return render_template("support/measure.html", measure=view, following=following)


@blueprint.route("/support/measures/<int:measure_id>/edit", methods=["GET", "POST"])
@requires(*IN_CHARGE)
def change_measure(measure_id: int) -> Page:
    """Correct or change the measure's own items."""
    view = measure_of(measure_id)
    form = ChangeForm(request.form)
    attempt = Attempt(form)
    if request.method == "GET":
        form.fill_entry(view)
        form.version.data = str(view.version)
    elif request.form.get("act") == "term":
        form.validate()
        _show_term(form)
    elif form.validate():
        with attempt:
            operations.change(
                db(), actor(), services().keyring, seen_of(view, form.version.data),
                form.entry(provisional=view.facts.provisional), form.reason.data or "", now=now(),
            )  # fmt: skip
            return to_measure(measure_id, _("支援措置を変更しました。"))
    return form_page("support/change.html", measure=view, form=form, violations=attempt.left)


@blueprint.route("/support/measures/<int:measure_id>/start", methods=["GET", "POST"])
@requires(*IN_CHARGE)
def start_measure(measure_id: int) -> Page:
    """仮支援措置 becomes 支援措置."""
    view = measure_of(measure_id)
    form = StartForm(request.form)
    attempt = Attempt(form)
    if request.method == "GET":
        form.version.data = str(view.version)
        form.starts_on.data = DateValue.of(today())
        _show_term(form)
    elif request.form.get("act") == "term":
        form.validate()
        _show_term(form)
    elif form.validate():
        with attempt:
            operations.start(
                db(), actor(), services().keyring, seen_of(view, form.version.data),
                day_of_field(form.starts_on), day_of_field(form.ends_on), form.term_reason.data or "", now=now(),
            )  # fmt: skip
            return to_measure(measure_id, _("支援措置を始めました。"))
    return form_page("support/start.html", measure=view, form=form, violations=attempt.left)


@blueprint.route("/support/measures/<int:measure_id>/renew", methods=["GET", "POST"])
@requires(*IN_CHARGE)
def renew_measure(measure_id: int) -> Page:
    """延長."""
    view = measure_of(measure_id)
    form = RenewForm(request.form)
    attempt = Attempt(form)
    if request.method == "GET":
        form.version.data = str(view.version)
        form.applied_on.data = DateValue.of(today())
    elif form.validate():
        with attempt:
            operations.renew(
                db(), actor(), services().keyring, seen_of(view, form.version.data),
                day_of_field(form.applied_on), now=now(),
            )  # fmt: skip
            return to_measure(measure_id, _("期間を延長しました。"))
    following = next_term(view.facts.ends_on) if view.facts.ends_on is not None else None
    return form_page(
        "support/renew.html", measure=view, form=form, violations=attempt.left, following=following
    )


@blueprint.route("/support/measures/<int:measure_id>/end", methods=["GET", "POST"])
@requires(*IN_CHARGE)
def end_measure(measure_id: int) -> Page:
    """終了."""
    view = measure_of(measure_id)
    form = EndForm(request.form)
    attempt = Attempt(form)
    if request.method == "GET":
        form.version.data = str(view.version)
    elif form.validate():
        with attempt:
            operations.end(
                db(), actor(), services().keyring, seen_of(view, form.version.data), form.end_reason(),
                form.note.data or "", now=now(),
            )  # fmt: skip
            return to_measure(measure_id, _("支援措置を終了しました。この支援措置の抑止を解除しました。"))
    return form_page("support/end.html", measure=view, form=form, violations=attempt.left)


@blueprint.get("/support/measures/<int:measure_id>/term-notice.pdf")
@requires(*IN_CHARGE)
def term_notice(measure_id: int) -> Response:
    """支援措置期間終了通知 (20.5.1)."""
    return _notice(measure_id, Notice.TERM)


@blueprint.get("/support/measures/<int:measure_id>/start-notice.pdf")
@requires(*IN_CHARGE)
def start_notice(measure_id: int) -> Response:
    """支援措置開始のお知らせ."""
    return _notice(measure_id, Notice.START)


def _notice(measure_id: int, notice: Notice) -> Response:
    try:
        rendered = documents.print_notice(
            db(), actor(), services().keyring, measure_id, notice, services().fonts, now=now()
        )
    except NotThere as error:
        abort(404, description=str(error))
    except SupportRefused as refused:
        raise Refusal(refused.violations[0].message, refused.violations[0].remedy) from refused
    except MasterMissing as error:
        raise Refusal(str(error), _("システム管理者に連絡してください。")) from error
    response = Response(rendered.pdf, mimetype="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="{notice.value}.pdf"'
    return response
