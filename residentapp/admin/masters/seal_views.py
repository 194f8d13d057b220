"""Screens of 公印: list, taking in a picture with its black-and-white preview, end."""

from __future__ import annotations

import base64
from itertools import product
from typing import Any

from flask import Response, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from residentapp.admin.answers import RefusalsShown, row_or_404, show_refusal
from residentapp.admin.blueprint import blueprint
from residentapp.admin.forms import day_of_field
from residentapp.admin.masters.certifier_views import period_state, whose
from residentapp.admin.masters.changes import fingerprint
from residentapp.admin.masters.forms import EndForm, SealForm
from residentapp.admin.masters.seals import (
    MAX_FILE,
    SealPicture,
    coloured,
    end_seal,
    read_picture,
    register_seal,
    seal_facts,
    seal_problems,
    seals,
)
from residentapp.admin.masters.ward_views import designated, ward_choices
from residentapp.admin.types import EntryRefused, Problem
from residentapp.core.access import Permission, requires
from residentapp.core.masters.models import CertifierKind, Seal, SealColour, SealUse
from residentapp.core.masters.queries import MasterMissing, seal_on
from residentapp.core.masters.wards import wards_on
from residentapp.core.web.answers import done, form_page
from residentapp.core.web.context import actor, db, now, today
from residentapp.core.web.forms import choices_of
from residentapp.core.web.page_state import drop_state, load_state, save_state

_STATE = "seal_picture"
_FIELDS = ("kind", "ward_code", "use", "colour", "size_mm", "valid_from", "valid_to")


@blueprint.get("/masters/seals")
@requires(Permission.ADMIN_MASTERS)
def list_seals() -> str:
    """公印の一覧."""
    current = []
    for kind, use in product(CertifierKind, SealUse):
        try:
            current.append(seal_on(db(), kind, today(), use).id)
        except MasterMissing:
            continue
    wards = wards_on(db(), today())
    for ward, kind, use in product(wards, CertifierKind, SealUse):
        try:
            current.append(seal_on(db(), kind, today(), use, ward=ward).id)
        except MasterMissing:
            continue
    rows = [
        (row, period_state(row.valid_from, row.valid_to, today()), whose(row, wards)) for row in seals(db())
    ]
    return render_template("admin/masters/seals.html", rows=rows, current=current)


def _png(data: bytes) -> Response:
    return Response(data, mimetype="image/png")


@blueprint.get("/masters/seals/<int:seal_id>/picture")
@requires(Permission.ADMIN_MASTERS)
def seal_picture(seal_id: int) -> Response:
    """印影."""
    row = row_or_404(Seal, seal_id)
    return _png(coloured(row.image_png, row.colour))


@blueprint.get("/masters/seals/preview/<state>/picture")
@requires(Permission.ADMIN_MASTERS)
def seal_preview_picture(state: str) -> Response:
    """The picture that has been handed in and not registered yet, as the paper will show it."""
    kept = load_state(state, kind=_STATE)
    if kept is None:
        abort(404)
    colour = SealColour(kept["fields"].get("colour") or SealColour.BLACK.value)
    return _png(coloured(base64.b64decode(kept["png"]), colour))


@blueprint.route("/masters/seals/new", methods=["GET", "POST"])
@requires(Permission.ADMIN_MASTERS)
def new_seal() -> Any:
    """公印の取込み: the picture is checked and kept on the server until it is registered."""
    form = SealForm(request.form)
    form.ward_code.choices = choices_of(ward_choices())
    if request.method == "GET":
        form.size_mm.data = "21"
        return form_page("admin/masters/seal_new.html", form=form, designated=designated())
    if form.validate():
        problems: list[Problem] = seal_problems(db(), form.entry())
        file = request.files.get("picture")
        try:
            picture = read_picture(file.read(MAX_FILE + 1) if file else b"")
        except EntryRefused as refused:
            problems += refused.problems
        if not problems:
            sent = {name: request.form[name] for name in _FIELDS if name in request.form}
            kept = {"fields": sent, "png": base64.b64encode(picture.png).decode(), "source": picture.source}
            return redirect(url_for("admin.check_seal", state=save_state(kept, kind=_STATE)), code=303)
        show_refusal(form, EntryRefused(*problems))
    return form_page("admin/masters/seal_new.html", form=form, designated=designated())


@blueprint.route("/masters/seals/preview/<state>", methods=["GET", "POST"])
@requires(Permission.ADMIN_MASTERS)
def check_seal(state: str) -> Any:
    """公印の確認と登録."""
    kept = load_state(state, kind=_STATE)
    if kept is None:
        flash(_("画像の期限が過ぎました。もう一度取り込んでください。"), "error")
        return redirect(url_for("admin.new_seal"), code=303)
    form = SealForm(MultiDict(kept["fields"]))
    form.validate()
    if request.method == "POST":
        width, height = kept["source"]
        picture = SealPicture(base64.b64decode(kept["png"]), (width, height))
        with RefusalsShown(form):
            register_seal(db(), actor(), form.entry(), picture, moment=now())
            drop_state(state)
            return done(_("公印を登録しました。"), "admin.list_seals")
    return form_page(
        "admin/masters/seal_check.html",
        form=form,
        entry=form.entry(),
        ward=wards_on(db(), today()).by_code(form.ward_code.data),
        source=kept["source"],
        state=state,
    )


def _page(row: Seal, end: EndForm) -> Any:
    return form_page(
        "admin/masters/seal.html",
        row=row,
        whose=whose(row, wards_on(db(), today())),
        end=end,
        seen=fingerprint(seal_facts(row)),
        state=period_state(row.valid_from, row.valid_to, today()),
    )


@blueprint.route("/masters/seals/<int:seal_id>", methods=["GET", "POST"])
@requires(Permission.ADMIN_MASTERS)
def show_seal(seal_id: int) -> Any:
    """公印の表示と終了. There is no deletion."""
    row = row_or_404(Seal, seal_id)
    if request.method == "GET":
        return _page(row, EndForm())
    end = EndForm(request.form)
    if end.validate():
        with RefusalsShown(end):
            end_seal(
                db(), actor(), seal_id, day_of_field(end.last_day), seen=end.seen.data or "", moment=now()
            )
            return done(_("終了日を登録しました。"), "admin.list_seals")
    return _page(row, end)
