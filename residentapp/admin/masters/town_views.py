"""Screens of 町字: list, one town with its lots and renumbering, former municipalities."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask import abort, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from residentapp.admin.answers import RefusalsShown, row_or_404
from residentapp.admin.blueprint import blueprint
from residentapp.admin.masters.address_forms import FormerMunicipalityForm, TownForm
from residentapp.admin.masters.changes import fingerprint
from residentapp.admin.masters.municipalities import (
    change_former_municipality,
    municipality_facts,
    register_former_municipality,
)
from residentapp.admin.masters.towns import (
    change_town,
    leave_to_data,
    postal_codes_of,
    register_town,
    town_facts,
)
from residentapp.core.access import Permission, requires
from residentapp.core.addresses import queries
from residentapp.core.addresses.models import Building, Lot, Municipality, Prefecture, Town
from residentapp.core.addresses.renumbering import renumberings_of_town
from residentapp.core.addresses.sort_keys import is_lot, lot_key
from residentapp.core.addresses.types import AddressCandidate, LotKind, Source
from residentapp.core.dates import DateValue
from residentapp.core.masters.models import OwnMunicipality
from residentapp.core.web.answers import done, form_page
from residentapp.core.web.context import actor, db, now, today
from residentapp.core.web.forms import choices_of
from residentapp.core.web.input_check import number_of

#: Lots of one page.
LOTS_A_PAGE = 100


def _full_name(municipality: Municipality) -> str:
    return db().get_one(Prefecture, municipality.prefecture_code).name + municipality.name


def _lot_counts(session: Session, head: str, day: dt.date) -> dict[str, int]:
    query = (
        select(Lot.town_code, func.count())
        .where(Lot.town_code.startswith(head), queries.in_force(Lot, day))
        .group_by(Lot.town_code)
    )
    return {code: count for code, count in session.execute(query)}


@blueprint.get("/masters/towns")
@requires(Permission.ADMIN_MASTERS)
def list_towns() -> str:
    """町字の一覧: of the own municipality, or of one that was looked for by postal code or kana heads."""
    day, asked = today(), request.args.get("q", "").strip()
    candidates: list[AddressCandidate] = []
    if asked:
        search = queries.by_postal_code if queries.postal_digits(asked) else queries.by_kana_heads
        candidates = search(db(), asked, on=day)
    own = db().get(OwnMunicipality, 1)
    code = request.args.get("municipality", "") or (own.code[:5] if own is not None else "")
    municipality = db().get(Municipality, code) if code else None
    if municipality is None and request.args.get("municipality"):
        abort(404)
    # Of one that no longer exists every town has ended.
    ended = request.args.get("ended") == "1" or (
        municipality is not None and municipality.valid_to is not None and municipality.valid_to < day
    )
    rows = []
    if municipality is not None:
        counts = _lot_counts(db(), municipality.code, day)
        query = select(Town).where(Town.municipality_code == municipality.code).order_by(Town.code)
        if not ended:
            query = query.where(queries.in_force(Town, day))
        rows = [(town, counts.get(town.code, 0)) for town in db().scalars(query)]
    former = db().scalars(
        select(Municipality).where(Municipality.valid_to.is_not(None)).order_by(Municipality.code)
    )
    return render_template(
        "admin/masters/towns.html",
        query=asked,
        candidates=candidates,
        municipality=municipality,
        name=_full_name(municipality) if municipality is not None else "",
        rows=rows,
        ended=ended,
        former=list(former),
    )


def _town_form(municipality_code: str) -> TownForm:
    form = TownForm(request.form)
    oaza = queries.oaza_list(db(), municipality_code, on=today(), old_names=True)
    form.oaza_code.choices = choices_of(
        [
            ("", _("（大字そのもの）")),
            *((f"{pick.code}000", pick.name) for pick in oaza if _exists(pick.code)),
        ]
    )
    return form


def _exists(head: str) -> bool:
    return db().get(Town, f"{head}000") is not None


@blueprint.route("/masters/municipalities/<code>/towns/new", methods=["GET", "POST"])
@requires(Permission.ADMIN_MASTERS)
def new_town(code: str) -> Any:
    """町字（旧い町字を含む）の登録."""
    municipality = row_or_404(Municipality, code)
    form = _town_form(code)
    if request.method == "POST" and form.validate():
        with RefusalsShown(form):
            made = register_town(db(), actor(), code, form.entry(), moment=now())
            return done(_("町字を登録しました。"), "admin.show_town", code=made.code)
    return form_page(
        "admin/masters/town_edit.html",
        form=form,
        row=None,
        name=_full_name(municipality),
        back=url_for("admin.list_towns", municipality=code),
        seen="",
    )


@blueprint.get("/masters/towns/<code>")
@requires(Permission.ADMIN_MASTERS)
def show_town(code: str) -> str:
    """一つの町字: その番地と、住居表示・区画整理の記録."""
    row, day = row_or_404(Town, code), today()
    ended = request.args.get("ended") == "1"
    page = max(1, number_of(request.args.get("page", "")) or 1)
    query = select(Lot).where(Lot.town_code == code)
    if not ended:
        query = query.where(queries.in_force(Lot, day))
    asked = request.args.get("lot", "").strip()
    if is_lot(asked):
        # The page on which it stands, or would stand.
        before = query.where(Lot.sort_key < lot_key(asked).encoded).subquery()
        page = (db().scalar(select(func.count()).select_from(before)) or 0) // LOTS_A_PAGE + 1
    total = db().scalar(select(func.count()).select_from(query.subquery())) or 0
    pages = max(1, -(-total // LOTS_A_PAGE))
    page = min(page, pages)
    lots = db().scalars(
        query.order_by(Lot.sort_key, Lot.id).limit(LOTS_A_PAGE).offset((page - 1) * LOTS_A_PAGE)
    )
    buildings = db().scalar(select(func.count()).select_from(Building).where(Building.town_code == code))
    changes = [
        (
            change,
            _writing(change.old_town_code, change.old_lot),
            _writing(change.new_town_code, change.new_lot),
        )
        for change in renumberings_of_town(db(), code)
    ]
    successor = db().get(Town, row.successor_code) if row.successor_code else None
    return render_template(
        "admin/masters/town.html",
        row=row,
        name=_full_name(row_or_404(Municipality, row.municipality_code)) + row.name,
        postal_codes=postal_codes_of(db(), code),
        source=Source(row.source),
        corrected=row.data_name is not None or row.own_postal_codes,
        seen=fingerprint(town_facts(db(), row)),
        successor=successor,
        buildings=buildings,
        lots=[(lot, LotKind(lot.kind).label) for lot in lots],
        ended=ended,
        asked=asked,
        sought=lot_key(asked).encoded if is_lot(asked) else "",
        page=page,
        pages=pages,
        total=total,
        changes=changes,
    )


def _writing(town_code: str, lot: str) -> str:
    town = db().get(Town, town_code)
    name = town.name if town is not None else town_code
    return name + lot if lot else name + _("（全域）")


@blueprint.route("/masters/towns/<code>/edit", methods=["GET", "POST"])
@requires(Permission.ADMIN_MASTERS)
def edit_town(code: str) -> Any:
    """町字の変更と終了."""
    row = row_or_404(Town, code)
    municipality = row_or_404(Municipality, row.municipality_code)
    form = _town_form(row.municipality_code)
    if request.method == "GET":
        form.name.data, form.kana.data = row.name, row.kana
        form.postal_code.data = "、".join(postal_codes_of(db(), code))
        form.show_period(row.valid_from, row.valid_to)
        form.successor_code.data = row.successor_code or ""
    elif form.validate():
        with RefusalsShown(form):
            change_town(db(), actor(), code, form.entry(), seen=form.seen.data or "", moment=now())
            return done(_("町字を変更しました。"), "admin.show_town", code=code)
    return form_page(
        "admin/masters/town_edit.html",
        form=form,
        row=row,
        name=_full_name(municipality),
        back=url_for("admin.show_town", code=code),
        seen=fingerprint(town_facts(db(), row)),
    )


@blueprint.post("/masters/towns/<code>/leave-to-data")
@requires(Permission.ADMIN_MASTERS)
def leave_town_to_data(code: str) -> Any:
    """職員が直した町字を、郵便番号データのとおりに戻す."""
    row_or_404(Town, code)
    with RefusalsShown():
        leave_to_data(db(), actor(), code, seen=request.form.get("seen", ""), moment=now())
        return done(_("郵便番号データのとおりに戻しました。"), "admin.show_town", code=code)
    return redirect(url_for("admin.show_town", code=code), code=303)


@blueprint.route("/masters/municipalities/new", methods=["GET", "POST"])
@requires(Permission.ADMIN_MASTERS)
def new_former_municipality() -> Any:
    """旧市区町村の登録."""
    form = FormerMunicipalityForm(request.form)
    if request.method == "POST" and form.validate():
        with RefusalsShown(form):
            made = register_former_municipality(db(), actor(), form.entry(), moment=now())
            return done(
                _("旧市区町村を登録しました。続けて、その町字を登録してください。"),
                "admin.list_towns",
                municipality=made.code,
            )
    return form_page("admin/masters/former_municipality.html", form=form, row=None, seen="")


@blueprint.route("/masters/municipalities/<code>/edit", methods=["GET", "POST"])
@requires(Permission.ADMIN_MASTERS)
def edit_former_municipality(code: str) -> Any:
    """旧市区町村の変更."""
    row = row_or_404(Municipality, code)
    if row.valid_to is None:
        abort(404)
    form = FormerMunicipalityForm(request.form)
    if request.method == "GET":
        form.code.data, form.name.data, form.kana.data = row.code6, row.name, row.kana
        form.last_day.data, form.successor_code.data = DateValue.of(row.valid_to), row.successor_code or ""
    elif form.validate():
        with RefusalsShown(form):
            change_former_municipality(
                db(), actor(), code, form.entry(), seen=form.seen.data or "", moment=now()
            )
            return done(_("旧市区町村を変更しました。"), "admin.list_towns", municipality=code)
    return form_page(
        "admin/masters/former_municipality.html",
        form=form,
        row=row,
        of_data=row.source != Source.LOCAL,
        seen=fingerprint(municipality_facts(row)),
    )
