"""Screens of 地区: kinds with their districts, one district with its areas, and a look-up of one address."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from wtforms import Form, HiddenField, SelectField, StringField
from wtforms.validators import Length

from residentapp.admin.answers import RefusalsShown, row_or_404
from residentapp.admin.blueprint import blueprint
from residentapp.admin.forms import PeriodForm, day_of_field
from residentapp.admin.masters.certifier_views import period_state
from residentapp.admin.masters.changes import fingerprint
from residentapp.admin.masters.districts import (
    AreaEntry,
    DistrictEntry,
    add_area,
    add_kind,
    area_facts,
    district_facts,
    drop_area,
    end_area,
    save_district,
    to_text,
)
from residentapp.admin.masters.forms import EndForm
from residentapp.core.access import Permission, requires
from residentapp.core.addresses.district_models import District, DistrictArea, DistrictKind
from residentapp.core.addresses.districts import (
    district_kinds,
    district_map,
    district_of,
    districts_of_kind,
)
from residentapp.core.addresses.queries import Pick, towns
from residentapp.core.addresses.sort_keys import lot_key
from residentapp.core.masters.models import OwnMunicipality
from residentapp.core.masters.wards import wards_on
from residentapp.core.web.answers import done, form_page
from residentapp.core.web.context import actor, db, now, today
from residentapp.core.web.forms import choices_of


class KindForm(Form):
    """地区の種類."""

    code = StringField("コード", [Length(max=60)])
    name = StringField("名称", [Length(max=200)])


class DistrictForm(PeriodForm):
    """地区."""

    code = StringField("コード", [Length(max=60)])
    name = StringField("名称", [Length(max=200)])
    seen = HiddenField()


class AreaForm(PeriodForm):
    """A town or a run of its lots."""

    town_code = SelectField("町字", validate_choice=False)
    first_lot = StringField("始めの番地", [Length(max=200)])
    last_lot = StringField("終わりの番地", [Length(max=200)])


class CheckForm(Form):
    """An address whose districts are asked for."""

    town_code = SelectField("町字", validate_choice=False)
    lot = StringField("番地・号", [Length(max=200)])


def own_towns(session: Session, day: dt.date) -> list[Pick]:
    """Towns of the own municipality and its wards on a day; none before it has been registered."""
    own = session.get(OwnMunicipality, 1)
    if own is None:
        return []
    heads = [own.code[:5], *(ward.head for ward in wards_on(session, day))]
    return [town for head in heads for town in towns(session, head, on=day)]


def _town_choices() -> list[Any]:
    return choices_of((town.code, town.name) for town in own_towns(db(), today()))


def _list_page(check: CheckForm, found: list[tuple[DistrictKind, District | None]], status: int) -> Any:
    day, kinds = today(), []
    for kind in district_kinds(db()):
        covered = district_map(db(), kind.code, day)
        rows = [
            row for row in districts_of_kind(db(), kind.code) if row.valid_to is None or row.valid_to >= day
        ]
        open_towns = [town for town in own_towns(db(), day) if not covered.covers(town.code)]
        kinds.append((kind, len(rows), open_towns))
    page = render_template("admin/masters/district_kinds.html", kinds=kinds, check=check, found=found)
    return page, status


@blueprint.route("/masters/districts", methods=["GET", "POST"])
@requires(Permission.ADMIN_MASTERS)
def list_district_kinds() -> Any:
    """地区の種類の一覧. A POST asks which districts an address lies in: a town with a lot stays out of addresses."""
    check = CheckForm(request.form)
    check.town_code.choices = _town_choices()
    if request.method == "GET":
        return _list_page(check, [], 200)
    if not check.validate() or not check.town_code.data:
        return _list_page(check, [], 422)
    lot = (check.lot.data or "").strip()
    key = lot_key(lot).encoded if lot else ""
    found = [
        (kind, district_of(db(), check.town_code.data, key, kind.code, today()))
        for kind in district_kinds(db())
    ]
    return _list_page(check, found, 200)


@blueprint.route("/masters/districts/kinds/new", methods=["GET", "POST"])
@requires(Permission.ADMIN_MASTERS)
def new_district_kind() -> Any:
    """地区の種類の登録."""
    form = KindForm(request.form)
    if request.method == "POST" and form.validate():
        code, name = (form.code.data or "").strip(), (form.name.data or "").strip()
        with RefusalsShown(form):
            add_kind(db(), actor(), code, name, moment=now())
            return done(_("地区の種類を登録しました。"), "admin.list_districts", kind=code)
    return form_page("admin/masters/district_kind_new.html", form=form)


@blueprint.get("/masters/districts/kinds/<kind>")
@requires(Permission.ADMIN_MASTERS)
def list_districts(kind: str) -> str:
    """一つの種類の地区の一覧."""
    row, day = row_or_404(DistrictKind, kind), today()
    covered = district_map(db(), kind, day)
    rows = []
    for district in districts_of_kind(db(), kind):
        areas = [to_text(db(), area) for area in district.areas if _holds(area, day)]
        rows.append((district, areas, period_state(district.valid_from, district.valid_to, day)))
    open_towns = [town for town in own_towns(db(), day) if not covered.covers(town.code)]
    return render_template("admin/masters/districts.html", kind=row, rows=rows, open_towns=open_towns)


def _holds(area: DistrictArea, day: dt.date) -> bool:
    return area.valid_from <= day and (area.valid_to is None or area.valid_to >= day)


def _save(kind: DistrictKind, row: District | None) -> Any:
    form = DistrictForm(request.form)
    if request.method == "GET" and row is not None:
        form.code.data, form.name.data = row.code, row.name
        form.show_period(row.valid_from, row.valid_to)
    elif request.method == "POST" and form.validate():
        entry = DistrictEntry((form.code.data or "").strip(), (form.name.data or "").strip(), form.validity())
        with RefusalsShown(form):
            made = save_district(
                db(),
                actor(),
                kind.code,
                entry,
                district_id=None if row is None else row.id,
                seen=form.seen.data or "",
                moment=now(),
            )
            return done(_("地区を登録しました。"), "admin.show_district", district_id=made.id)
    areas = []
    for area in row.areas if row is not None else ():
        areas.append((area, to_text(db(), area), period_state(area.valid_from, area.valid_to, today())))
    return form_page(
        "admin/masters/district.html",
        kind=kind,
        row=row,
        form=form,
        areas=areas,
        seen=fingerprint(district_facts(row)),
    )


@blueprint.route("/masters/districts/kinds/<kind>/new", methods=["GET", "POST"])
@requires(Permission.ADMIN_MASTERS)
def new_district(kind: str) -> Any:
    """地区の登録."""
    return _save(row_or_404(DistrictKind, kind), None)


@blueprint.route("/masters/districts/<int:district_id>", methods=["GET", "POST"])
@requires(Permission.ADMIN_MASTERS)
def show_district(district_id: int) -> Any:
    """地区の変更と、その区域の一覧."""
    row = row_or_404(District, district_id)
    return _save(row_or_404(DistrictKind, row.kind), row)


@blueprint.route("/masters/districts/<int:district_id>/areas/new", methods=["GET", "POST"])
@requires(Permission.ADMIN_MASTERS)
def new_area(district_id: int) -> Any:
    """町字または番地の範囲の割当て."""
    district = row_or_404(District, district_id)
    form = AreaForm(request.form)
    form.town_code.choices = _town_choices()
    if request.method == "POST" and form.validate():
        entry = AreaEntry(
            form.town_code.data or "",
            (form.first_lot.data or "").strip(),
            (form.last_lot.data or "").strip(),
            form.validity(),
        )
        with RefusalsShown(form):
            add_area(db(), actor(), district_id, entry, moment=now())
            return done(_("区域を割り当てました。"), "admin.show_district", district_id=district_id)
    return form_page(
        "admin/masters/area_new.html",
        district=district,
        kind=row_or_404(DistrictKind, district.kind),
        form=form,
    )


@blueprint.route("/masters/districts/areas/<int:area_id>", methods=["GET", "POST"])
@requires(Permission.ADMIN_MASTERS)
def show_area(area_id: int) -> Any:
    """一つの割当ての表示と終了."""
    area = row_or_404(DistrictArea, area_id)
    end = EndForm(request.form)
    if request.method == "POST" and end.validate():
        with RefusalsShown(end):
            end_area(
                db(), actor(), area_id, day_of_field(end.last_day), seen=end.seen.data or "", moment=now()
            )
            return done(_("終了日を登録しました。"), "admin.show_district", district_id=area.district_id)
    return form_page(
        "admin/masters/area.html",
        area=area,
        where=to_text(db(), area),
        end=end,
        seen=fingerprint(area_facts(db(), area)),
        state=period_state(area.valid_from, area.valid_to, today()),
        planned=area.valid_from > today(),
    )


@blueprint.post("/masters/districts/areas/<int:area_id>/drop")
@requires(Permission.ADMIN_MASTERS)
def drop_planned_area(area_id: int) -> Any:
    """始まっていない割当ての取消し."""
    with RefusalsShown():
        district_id = drop_area(
            db(), actor(), area_id, seen=request.form.get("seen", ""), today=today(), moment=now()
        )
        return done(_("予定を取り消しました。"), "admin.show_district", district_id=district_id)
    return redirect(url_for("admin.list_district_kinds"), code=303)
