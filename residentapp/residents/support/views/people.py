"""The people of a measure, and where it was handed on to."""

from __future__ import annotations

from flask import abort, request
from flask_babel import gettext as _

from residentapp.core.access import requires
from residentapp.core.access.permissions import Permission
from residentapp.core.dates import DateValue
from residentapp.core.violations import Violation
from residentapp.core.web.answers import form_page
from residentapp.core.web.context import actor, db, now, services, today
from residentapp.residents.support import people
from residentapp.residents.support.forms import (
    NewMemberForm,
    OffenderForm,
    PersonForm,
    RemoveForm,
    TransferForm,
)
from residentapp.residents.support.queries import MeasureView, MemberView, OffenderView
from residentapp.residents.support.suppressions import IN_CHARGE
from residentapp.residents.support.types import Offender
from residentapp.residents.support.views import blueprint
from residentapp.residents.support.views.measures import Attempt, Page, measure_of, seen_of, to_measure


def _member_at(view: MeasureView, place: int) -> MemberView:
    """By the place in the list, so that no number of a person stands in an address."""
    if not 0 <= place < len(view.protected):
        abort(404, description=_("この人は、この支援措置にいません。支援措置の画面を開き直してください。"))
    return view.protected[place]


def _offender_at(view: MeasureView, offender_id: int) -> OffenderView:
    for offender in view.offenders:
        if offender.id == offender_id and offender.removed_on is None:
            return offender
    abort(404, description=_("この加害者の記録は見つかりません。支援措置の画面を開き直してください。"))


@blueprint.route("/support/measures/<int:measure_id>/people/new", methods=["GET", "POST"])
@requires(*IN_CHARGE)
def add_member(measure_id: int) -> Page:
    """One more person to protect along with the applicant."""
    view = measure_of(measure_id)
    form = NewMemberForm(request.form)
    attempt = Attempt(form)
    if request.method == "GET":
        form.version.data = str(view.version)
    elif form.validate():
        with attempt:
            people.add_member(
                db(), actor(), services().keyring, seen_of(view, form.version.data), form.supported(), now=now(),
            )  # fmt: skip
            return to_measure(measure_id, _("支援対象者を追加しました。抑止を設定しました。"))
    return form_page("support/member_new.html", measure=view, form=form, violations=attempt.left)


@blueprint.route("/support/measures/<int:measure_id>/people/<int:place>", methods=["GET", "POST"])
@requires(*IN_CHARGE)
def change_member(measure_id: int, place: int) -> Page:
    """What is kept of one protected person."""
    view = measure_of(measure_id)
    member = _member_at(view, place)
    form = PersonForm(request.form)
    attempt = Attempt(form)
    if request.method == "GET":
        form.fill(member.details, member.relation)
        form.version.data = str(view.version)
    elif form.validate():
        with attempt:
            people.change_member(
                db(), actor(), services().keyring, seen_of(view, form.version.data), member.addressee_number,
                form.details(), form.relation.data or "", now=now(),
            )  # fmt: skip
            return to_measure(measure_id, _("支援対象者の内容を変更しました。"))
    return _member_page(view, member, place, form, RemoveForm(), attempt.left)


def _member_page(
    view: MeasureView,
    member: MemberView,
    place: int,
    form: PersonForm,
    removal: RemoveForm,
    violations: list[Violation],
) -> Page:
    return form_page(
        "support/member.html",
        measure=view,
        member=member,
        place=place,
        form=form,
        removal=removal,
        violations=violations,
        may_domicile=actor().may(Permission.ITEM_REGISTERED_DOMICILE),
    )


@blueprint.post("/support/measures/<int:measure_id>/people/<int:place>/remove")
@requires(*IN_CHARGE)
def remove_member(measure_id: int, place: int) -> Page:
    """Take somebody out of the measure."""
    view = measure_of(measure_id)
    member = _member_at(view, place)
    removal = RemoveForm(request.form)
    attempt = Attempt(removal)
    if removal.validate():
        with attempt:
            people.remove_member(
                db(), actor(), services().keyring, seen_of(view, removal.version.data), member.addressee_number,
                removal.reason.data or "", now=now(),
            )  # fmt: skip
            return to_measure(
                measure_id, _("支援対象者から外しました。この支援措置によるその人の抑止を解除しました。")
            )
    form = PersonForm()
    form.fill(member.details, member.relation)
    form.version.data = removal.version.data
    return _member_page(view, member, place, form, removal, attempt.left)


def _offender_page(
    view: MeasureView,
    offender: OffenderView | None,
    form: OffenderForm,
    removal: RemoveForm,
    violations: list[Violation],
) -> Page:
    return form_page(
        "support/offender.html",
        measure=view,
        offender=offender,
        form=form,
        removal=removal,
        violations=violations,
    )


@blueprint.route("/support/measures/<int:measure_id>/offenders/new", methods=["GET", "POST"])
@requires(*IN_CHARGE)
def add_offender(measure_id: int) -> Page:
    """One more 加害者."""
    view = measure_of(measure_id)
    form = OffenderForm(request.form)
    attempt = Attempt(form)
    if request.method == "GET":
        form.version.data = str(view.version)
    elif form.validate():
        with attempt:
            people.add_offender(
                db(), actor(), services().keyring, seen_of(view, form.version.data), form.offender(), now=now(),
            )  # fmt: skip
            return to_measure(measure_id, _("加害者を追加しました。"))
    return _offender_page(view, None, form, RemoveForm(), attempt.left)


@blueprint.route("/support/measures/<int:measure_id>/offenders/<int:offender_id>", methods=["GET", "POST"])
@requires(*IN_CHARGE)
def change_offender(measure_id: int, offender_id: int) -> Page:
    """What is kept of one 加害者."""
    view = measure_of(measure_id)
    offender = _offender_at(view, offender_id)
    form = OffenderForm(request.form)
    attempt = Attempt(form)
    if request.method == "GET":
        form.fill(Offender(offender.details, offender.addressee_number))
        form.version.data = str(view.version)
    elif form.validate():
        with attempt:
            people.change_offender(
                db(), actor(), services().keyring, seen_of(view, form.version.data), offender_id,
                form.offender(), now=now(),
            )  # fmt: skip
            return to_measure(measure_id, _("加害者の内容を変更しました。"))
    return _offender_page(view, offender, form, RemoveForm(), attempt.left)


@blueprint.post("/support/measures/<int:measure_id>/offenders/<int:offender_id>/remove")
@requires(*IN_CHARGE)
def remove_offender(measure_id: int, offender_id: int) -> Page:
    """Take an offender out of the measure."""
    view = measure_of(measure_id)
    offender = _offender_at(view, offender_id)
    removal = RemoveForm(request.form)
    attempt = Attempt(removal)
    if removal.validate():
        with attempt:
            people.remove_offender(
                db(), actor(), services().keyring, seen_of(view, removal.version.data), offender_id,
                removal.reason.data or "", now=now(),
            )  # fmt: skip
            return to_measure(measure_id, _("加害者の記録を外しました。"))
    form = OffenderForm()
    form.fill(Offender(offender.details, offender.addressee_number))
    form.version.data = removal.version.data
    return _offender_page(view, offender, form, removal, attempt.left)


@blueprint.route("/support/measures/<int:measure_id>/transfer", methods=["GET", "POST"])
@requires(*IN_CHARGE)
def record_transfer(measure_id: int) -> Page:
    """転送の記録."""
    view = measure_of(measure_id)
    form = TransferForm(request.form)
    attempt = Attempt(form)
    if request.method == "GET":
        form.version.data = str(view.version)
        form.happened_on.data = DateValue.of(today())
    elif form.validate():
        with attempt:
            people.record_transfer(
                db(), actor(), services().keyring, seen_of(view, form.version.data), form.entry(), now=now()
            )
            return to_measure(measure_id, _("転送を記録しました。"))
    return form_page("support/transfer.html", measure=view, form=form, violations=attempt.left)
