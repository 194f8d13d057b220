"""Screens of 番地: registering one or a run, correcting, ending; records of 住居表示 and 区画整理; countries."""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _

from residentapp.admin.answers import RefusalsShown, row_or_404
from residentapp.admin.blueprint import blueprint
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
from residentapp.core.access import Permission, requires
from residentapp.core.addresses.models import Country, Lot, Town
from residentapp.core.addresses.types import Source
from residentapp.core.web.answers import done, form_page
from residentapp.core.web.context import actor, db, now, today
from residentapp.core.web.forms import choices_of

# ---- 番地


@blueprint.route("/masters/towns/<code>/lots/new", methods=["GET", "POST"])
@requires(Permission.ADMIN_MASTERS)
def new_lots(code: str) -> Any:
    """番地の登録: 一つ、または続けて."""
    town = row_or_404(Town, code)
    form = LotForm(request.form)
    if request.method == "POST" and form.validate():
        with RefusalsShown(form):
            made = register_lots(db(), actor(), code, form.entry(), moment=now())
            return done(
                _("番地を%(number)s件登録しました。", number=f"{len(made):,}"), "admin.show_town", code=code
            )
    return form_page("admin/masters/lot.html", form=form, town=town, row=None, seen="")


@blueprint.route("/masters/lots/<int:lot_id>", methods=["GET", "POST"])
@requires(Permission.ADMIN_MASTERS)
def edit_lot(lot_id: int) -> Any:
    """番地の変更と終了."""
    row = row_or_404(Lot, lot_id)
    form = LotForm(request.form)
    if request.method == "GET":
        form.kind.data, form.writing.data = row.kind, row.writing
        form.show_period(row.valid_from, row.valid_to)
    elif form.validate():
        with RefusalsShown(form):
            change_lot(db(), actor(), lot_id, form.entry(), seen=form.seen.data or "", moment=now())
            return done(_("番地を変更しました。"), "admin.show_town", code=row.town_code)
    return form_page(
        "admin/masters/lot.html",
        form=form,
        town=row_or_404(Town, row.town_code),
        row=row,
        seen=fingerprint(lot_facts(row)),
    )


# ---- 住居表示・区画整理


@blueprint.route("/masters/towns/<code>/renumbering", methods=["GET", "POST"])
@requires(Permission.ADMIN_MASTERS)
def new_renumbering(code: str) -> Any:
    """住居表示・区画整理の登録."""
    town = row_or_404(Town, code)
    form = RenumberingForm(request.form)
    form.new_town_code.choices = choices_of((pick.code, pick.name) for pick in own_towns(db(), today()))
    if request.method == "POST" and form.validate():
        with RefusalsShown(form):
            register_renumbering(db(), actor(), code, form.entry(), moment=now())
            return done(_("住居表示・区画整理の記録を登録しました。"), "admin.show_town", code=code)
    return form_page("admin/masters/renumbering.html", form=form, town=town)


@blueprint.post("/masters/renumbering/<int:row_id>/drop")
@requires(Permission.ADMIN_MASTERS)
def drop_planned_renumbering(row_id: int) -> Any:
    """実施日の来ていない記録の取消し."""
    with RefusalsShown():
        town = drop_renumbering(db(), actor(), row_id, today=today(), moment=now())
        return done(_("記録を取り消しました。"), "admin.show_town", code=town)
    return redirect(url_for("admin.list_towns"), code=303)


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
    row = None if code is None else row_or_404(Country, code)
    form = CountryForm(request.form)
    if request.method == "GET" and row is not None:
        form.code.data, form.name.data = row.code, row.name
        form.show_period(row.valid_from, row.valid_to)
    elif request.method == "POST" and form.validate():
        with RefusalsShown(form):
            save_country(db(), actor(), form.entry(), code=code, seen=form.seen.data or "", moment=now())
            return done(_("国・地域を登録しました。"), "admin.list_countries")
    return form_page("admin/masters/country.html", form=form, row=row, seen=fingerprint(country_facts(row)))
