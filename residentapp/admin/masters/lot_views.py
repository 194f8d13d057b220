"""Screens of 番地: registering one or a run, correcting, ending; records of 住居表示 and 区画整理; countries."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from residentapp.admin.blueprint import blueprint
from residentapp.admin.forms import show_refusal
from residentapp.admin.masters.address_forms import CountryForm, LotForm, RenumberingForm
from residentapp.admin.masters.changes import fingerprint
from residentapp.admin.masters.countries import countries_by_name, country_facts, save_country
from residentapp.admin.masters.district_views import own_towns
from residentapp.admin.masters.lots import (
    change_lot,
    drop_renumbering,
    lot_facts,
    register_lots,
    register_renumbering,
)
from residentapp.admin.types import EntryRefused
from residentapp.core.access import Permission, requires
from residentapp.core.addresses.models import Country, Lot, Town
from residentapp.core.addresses.types import Source
from residentapp.core.dates import DateValue
from residentapp.core.web.context import actor, db, now, today
from residentapp.core.web.forms import choices_of


def _town_or_404(code: str) -> Town:
    found = db().get(Town, code)
    if found is None:
        abort(404)
    return found


# ---- 番地


@blueprint.route("/masters/towns/<code>/lots/new", methods=["GET", "POST"])
@requires(Permission.ADMIN_MASTERS)
def new_lots(code: str) -> Any:
    """番地の登録: 一つ、または続けて."""
    town = _town_or_404(code)
    form = LotForm(request.form)
    if request.method == "POST" and form.validate():
        try:
            made = register_lots(db(), actor(), code, form.entry(), moment=now())
        except EntryRefused as refused:
            show_refusal(form, refused)
        else:
            flash(_("番地を%(number)s件登録しました。", number=f"{len(made):,}"), "success")
            return redirect(url_for("admin.show_town", code=code), code=303)
    page = render_template("admin/masters/lot.html", form=form, town=town, row=None, seen="")
    return page, 422 if request.method == "POST" else 200


@blueprint.route("/masters/lots/<int:lot_id>", methods=["GET", "POST"])
@requires(Permission.ADMIN_MASTERS)
def edit_lot(lot_id: int) -> Any:
    """番地の変更と終了."""
    row = db().get(Lot, lot_id)
    if row is None:
        abort(404)
    form = LotForm(request.form)
    if request.method == "GET":
        form.kind.data, form.writing.data = row.kind, row.writing
        form.valid_from.data = DateValue.of(row.valid_from)
        form.valid_to.data = DateValue.of(row.valid_to) if row.valid_to else None
    elif form.validate():
        try:
            change_lot(db(), actor(), lot_id, form.entry(), seen=form.seen.data or "", moment=now())
        except EntryRefused as refused:
            show_refusal(form, refused)
        else:
            flash(_("番地を変更しました。"), "success")
            return redirect(url_for("admin.show_town", code=row.town_code), code=303)
    page = render_template(
        "admin/masters/lot.html",
        form=form,
        town=_town_or_404(row.town_code),
        row=row,
        seen=fingerprint(lot_facts(row)),
    )
    return page, 422 if request.method == "POST" else 200


# ---- 住居表示・区画整理


@blueprint.route("/masters/towns/<code>/renumbering", methods=["GET", "POST"])
@requires(Permission.ADMIN_MASTERS)
def new_renumbering(code: str) -> Any:
    """住居表示・区画整理の登録."""
    town = _town_or_404(code)
    form = RenumberingForm(request.form)
    form.new_town_code.choices = choices_of((pick.code, pick.name) for pick in own_towns(db(), today()))
    if request.method == "POST" and form.validate():
        try:
            register_renumbering(db(), actor(), code, form.entry(), moment=now())
        except EntryRefused as refused:
            show_refusal(form, refused)
        else:
            flash(_("住居表示・区画整理の記録を登録しました。"), "success")
            return redirect(url_for("admin.show_town", code=code), code=303)
    page = render_template("admin/masters/renumbering.html", form=form, town=town)
    return page, 422 if request.method == "POST" else 200


@blueprint.post("/masters/renumbering/<int:row_id>/drop")
@requires(Permission.ADMIN_MASTERS)
def drop_planned_renumbering(row_id: int) -> Any:
    """実施日の来ていない記録の取消し."""
    try:
        town = drop_renumbering(db(), actor(), row_id, today=today(), moment=now())
    except EntryRefused as refused:
        flash(str(refused), "error")
        return redirect(url_for("admin.list_towns"), code=303)
    flash(_("記録を取り消しました。"), "success")
    return redirect(url_for("admin.show_town", code=town), code=303)


# ---- 国・地域


@blueprint.get("/masters/countries")
@requires(Permission.ADMIN_MASTERS)
def list_countries() -> str:
    """国籍・地域の一覧."""
    rows = [(row, Source(row.source).label) for row in countries_by_name(db())]
    return render_template("admin/masters/countries.html", rows=rows, day=today())


@blueprint.route("/masters/countries/new", methods=["GET", "POST"], defaults={"code": None})
@blueprint.route("/masters/countries/<code>", methods=["GET", "POST"])
@requires(Permission.ADMIN_MASTERS)
def edit_country(code: str | None) -> Any:
    """国籍・地域の登録と変更."""
    row = db().get(Country, code) if code is not None else None
    if code is not None and row is None:
        abort(404)
    form = CountryForm(request.form)
    if request.method == "GET" and row is not None:
        form.code.data, form.name.data = row.code, row.name
        form.valid_from.data = DateValue.of(row.valid_from) if row.valid_from else None
        form.valid_to.data = DateValue.of(row.valid_to) if row.valid_to else None
    elif request.method == "POST" and form.validate():
        try:
            save_country(db(), actor(), form.entry(), code=code, seen=form.seen.data or "", moment=now())
        except EntryRefused as refused:
            show_refusal(form, refused)
        else:
            flash(_("国・地域を登録しました。"), "success")
            return redirect(url_for("admin.list_countries"), code=303)
    page = render_template(
        "admin/masters/country.html", form=form, row=row, seen=fingerprint(country_facts(row))
    )
    return page, 422 if request.method == "POST" else 200
