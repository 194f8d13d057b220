"""Screens: all masters at a glance, the own municipality, and the era table."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from residentapp.admin.answers import RefusalsShown
from residentapp.admin.blueprint import blueprint
from residentapp.admin.masters.changes import fingerprint
from residentapp.admin.masters.code_stock import stock_state
from residentapp.admin.masters.era_table import add_era, drop_planned_era
from residentapp.admin.masters.forms import EraForm, MunicipalityForm
from residentapp.admin.masters.municipality import municipality_facts, save_municipality
from residentapp.admin.masters.overview import master_groups
from residentapp.core.access import Permission, requires
from residentapp.core.eras import EraTable, install_eras, load_eras
from residentapp.core.masters.models import CertifierKind, OwnMunicipality
from residentapp.core.masters.queries import MasterMissing, certifier_on, seal_on
from residentapp.core.masters.wards import wards_on
from residentapp.core.web.answers import done, form_page
from residentapp.core.web.context import actor, afterwards, db, now, today


def shortcomings(session: Session, day: dt.date) -> list[str]:
    """What is missing to issue certificates on a day, in words for the administrator."""
    missing = []
    if session.get(OwnMunicipality, 1) is None:
        missing.append(_("自団体が登録されていません。"))
    try:
        kind: CertifierKind | None = certifier_on(session, day).kind
    except MasterMissing:
        kind = None
        missing.append(_("今日の認証者が登録されていません。認証者を登録してください。"))
    if kind is not None:
        try:
            seal_on(session, kind, day)
        except MasterMissing:
            missing.append(
                _(
                    "今日の認証者（%(kind)s）の公印が登録されていません。公印を登録してください。",
                    kind=kind.label,
                )
            )
    for ward in wards_on(session, day):
        try:
            seal_on(session, certifier_on(session, day, ward=ward).kind, day, ward=ward)
        except MasterMissing as error:
            missing.append(str(error))
    return missing


@blueprint.get("/masters")
@requires(Permission.ADMIN_MASTERS)
def show_masters() -> str:
    """マスタの一覧: how each stands today and where it is used."""
    session, day = db(), today()
    return render_template(
        "admin/masters/overview.html",
        groups=master_groups(session, day),
        missing=shortcomings(session, day),
        codes_missing=stock_state(session).missing,
    )


# ---- 自団体


@blueprint.route("/masters/municipality", methods=["GET", "POST"])
@requires(Permission.ADMIN_MASTERS)
def edit_own_municipality() -> Any:
    """自団体の登録と変更."""
    form = MunicipalityForm(request.form)
    row = db().get(OwnMunicipality, 1)
    if request.method == "GET":
        form.seen.data = fingerprint(municipality_facts(row))
        if row is not None:
            form.code.data, form.prefecture.data = row.code, row.prefecture
            form.name.data, form.kana.data = row.name, row.kana
            form.low_water.data = str(row.resident_code_low_water)
            form.designated.data, form.own_ward_only.data = row.designated, row.own_ward_only
    elif form.validate():
        with RefusalsShown(form):
            save_municipality(db(), actor(), form.entry(), seen=form.seen.data or "", moment=now())
            return done(_("登録しました。"), "admin.show_masters")
    return form_page("admin/masters/municipality.html", form=form, new=row is None)


# ---- 元号


def _install_eras() -> None:
    """Use the changed table at once in this process; the others look again within a minute."""
    afterwards(lambda session: install_eras(load_eras(session)))


def _era_page(form: EraForm, table: EraTable) -> Any:
    return form_page("admin/masters/eras.html", form=form, eras=list(table), day=today())


@blueprint.route("/masters/eras", methods=["GET", "POST"])
@requires(Permission.ADMIN_MASTERS)
def edit_eras() -> Any:
    """元号の一覧と追加."""
    form = EraForm(request.form)
    if request.method == "GET":
        table = load_eras(db())
        form.number.data = str(min(9, max(period.number for period in table) + 1))
        return _era_page(form, table)
    if form.validate():
        with RefusalsShown(form):
            period = add_era(db(), actor(), form.entry(), moment=now())
            _install_eras()
            return done(_("元号「%(name)s」を登録しました。", name=period.name), "admin.edit_eras")
    return _era_page(form, load_eras(db()))


@blueprint.post("/masters/eras/<int:number>/drop")
@requires(Permission.ADMIN_MASTERS)
def drop_era(number: int) -> Any:
    """始まっていない元号の取消し."""
    with RefusalsShown():
        drop_planned_era(db(), actor(), number, today=today(), moment=now())
        _install_eras()
        flash(_("元号の予定を取り消しました。"), "success")
    return redirect(url_for("admin.edit_eras"), code=303)
