"""Look-ups that fill address fields, and the upkeep of the 方書 master.

The look-ups answer JSON without personal data. A town with a lot number tells where someone lives, so that look-up
is a POST: it stays out of logs and browser history.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask import Blueprint, Response, abort, jsonify, render_template, request
from flask_babel import gettext as _

from residentapp.core.access import Permission, requires
from residentapp.core.addresses import queries
from residentapp.core.addresses.forms import BuildingForm, EndForm
from residentapp.core.addresses.models import Building
from residentapp.core.addresses.operations import (
    BuildingRefused,
    correct_building,
    end_building,
    register_building,
)
from residentapp.core.addresses.types import AddressCandidate, LotKind
from residentapp.core.dates import to_wareki
from residentapp.core.web.answers import done
from residentapp.core.web.context import actor, db, now, today
from residentapp.core.web.home import Job, add_to_home

blueprint = Blueprint("addresses", __name__, url_prefix="/addresses", template_folder="templates")
add_to_home(
    blueprint,
    Job(
        "方書の管理",
        "Alt+K",
        "addresses.buildings",
        Permission.ADMIN_MASTERS,
        words=("かたがき", "katagaki", "アパート", "住所"),
        hint="建物の名前を番地に結び付けて登録する",
        order=210,
    ),
)


def _candidates(found: list[AddressCandidate]) -> Response:
    return jsonify(
        {
            "candidates": [{**asdict(candidate), "text": candidate.text} for candidate in found],
            "more": len(found) >= queries.LIMIT,
        }
    )


def _picks(found: list[queries.Pick]) -> Response:
    return jsonify(
        {
            "picks": [
                {"code": pick.code, "name": pick.name, "kana": pick.kana, "ended": pick.ended is not None}
                for pick in found
            ]
        }
    )


def _old_names() -> bool:
    return request.args.get("old") == "1"


@blueprint.get("/postal-code")
@requires(Permission.ADDRESS_LOOKUP)
def postal_code() -> Response:
    """Towns of the postal code ``q``."""
    return _candidates(queries.by_postal_code(db(), request.args.get("q", ""), on=today()))


@blueprint.get("/kana")
@requires(Permission.ADDRESS_LOOKUP)
def kana() -> Response:
    """Addresses by the kana heads ``q``: 「ト ヒ シ」."""
    return _candidates(queries.by_kana_heads(db(), request.args.get("q", ""), on=today()))


@blueprint.get("/prefectures")
@requires(Permission.ADDRESS_LOOKUP)
def prefectures() -> Response:
    """First pick list."""
    return _picks(queries.prefectures(db()))


@blueprint.get("/municipalities/<code>")
@requires(Permission.ADDRESS_LOOKUP)
def municipalities(code: str) -> Response:
    """市区町村 of a prefecture; ``old=1`` adds those that have ended."""
    return _picks(queries.municipalities(db(), code, on=today(), old_names=_old_names()))


@blueprint.get("/oaza/<code>")
@requires(Permission.ADDRESS_LOOKUP)
def oaza(code: str) -> Response:
    """大字 of a municipality; ``old=1`` adds those that have ended."""
    return _picks(queries.oaza_list(db(), code, on=today(), old_names=_old_names()))


@blueprint.get("/towns/<code>")
@requires(Permission.ADDRESS_LOOKUP)
def towns(code: str) -> Response:
    """町字 of a municipality (5 digits) or a 大字 (8 digits)."""
    try:
        return _picks(queries.towns(db(), code, on=today(), old_names=_old_names()))
    except ValueError:
        abort(404)


@blueprint.get("/countries")
@requires(Permission.ADDRESS_LOOKUP)
def countries() -> Response:
    """国籍・地域."""
    found = queries.countries(db(), on=today())
    return jsonify({"picks": [{"code": country.code, "name": country.name} for country in found]})


@blueprint.post("/buildings-at")
@requires(Permission.ADDRESS_LOOKUP)
def buildings_at() -> Response:
    """方書 of the address ``town`` (住所コード) and ``lot`` (番地・号)."""
    found = queries.buildings_at(db(), request.form.get("town", ""), request.form.get("lot", ""), on=today())
    return jsonify({"buildings": [{"name": building.name, "kana": building.kana} for building in found]})


def _page(template: str, status: int = 200, **values: Any) -> tuple[str, int]:
    return (
        render_template(
            f"addresses/{template}", wareki=to_wareki, lot_label=lambda kind: LotKind(kind).label, **values
        ),
        status,
    )


def _town_or_404(code: str) -> AddressCandidate:
    town = queries.town_name(db(), code)
    if town is None:
        abort(404)
    return town


def _building_or_404(identity: int) -> Building:
    building = db().get(Building, identity)
    if building is None:
        abort(404)
    return building


def _tell(form: BuildingForm | EndForm, refused: BuildingRefused) -> None:
    """Put each finding beside its field."""
    for violation in refused.violations:
        field = form[violation.field] if violation.field in form else next(iter(form))
        field.errors = [*field.errors, f"{violation.message}{violation.remedy}"]


@blueprint.get("/buildings")
@requires(Permission.ADMIN_MASTERS)
def buildings() -> tuple[str, int]:
    """方書 and 地番 of a town, found by postal code or kana heads."""
    query = request.args.get("q", "").strip()
    candidates: list[AddressCandidate] = []
    if query:
        search = queries.by_postal_code if queries.postal_digits(query) else queries.by_kana_heads
        candidates = [candidate for candidate in search(db(), query, on=today()) if candidate.town_code]
    code = request.args.get("town", "")
    town = _town_or_404(code) if code else None
    ended = request.args.get("ended") == "1"
    return _page(
        "buildings.html",
        query=query,
        candidates=candidates,
        town=town,
        ended=ended,
        rows=queries.buildings_of_town(db(), code, on=today(), ended=ended) if town else [],
        lots=queries.lots_of_town(db(), code, on=today()) if town else [],
    )


@blueprint.route("/buildings/new/<town_code>", methods=["GET", "POST"])
@requires(Permission.ADMIN_MASTERS)
def new_building(town_code: str) -> Any:
    """Register a 方書 of a town."""
    town = _town_or_404(town_code)
    form = BuildingForm()
    if form.validate_on_submit():
        try:
            register_building(db(), actor(), form.command(town_code), moment=now())
        except BuildingRefused as refused:
            _tell(form, refused)
        else:
            return done(_("方書を登録しました。"), "addresses.buildings", town=town_code)
    return _page("building.html", 422 if form.errors else 200, form=form, town=town, building=None)


@blueprint.route("/buildings/<int:identity>", methods=["GET", "POST"])
@requires(Permission.ADMIN_MASTERS)
def edit_building(identity: int) -> Any:
    """Correct a 方書."""
    building = _building_or_404(identity)
    form = BuildingForm(
        lot=building.lot,
        name=building.name,
        kana=building.kana,
        valid_from=to_wareki(building.valid_from),
    )
    if form.validate_on_submit():
        try:
            correct_building(db(), actor(), building, form.command(building.town_code), moment=now())
        except BuildingRefused as refused:
            _tell(form, refused)
        else:
            return done(_("方書を直しました。"), "addresses.buildings", town=building.town_code)
    town = _town_or_404(building.town_code)
    return _page("building.html", 422 if form.errors else 200, form=form, town=town, building=building)


@blueprint.route("/buildings/<int:identity>/end", methods=["GET", "POST"])
@requires(Permission.ADMIN_MASTERS)
def finish_building(identity: int) -> Any:
    """Give a 方書 its last day."""
    building = _building_or_404(identity)
    form = EndForm(last_day=to_wareki(today()))
    if form.validate_on_submit():
        try:
            end_building(db(), actor(), building, last_day=form.last_day.day, moment=now())
        except BuildingRefused as refused:
            _tell(form, refused)
        else:
            return done(_("方書に終わりの日を付けました。"), "addresses.buildings", town=building.town_code)
    town = _town_or_404(building.town_code)
    return _page("building_end.html", 422 if form.errors else 200, form=form, town=town, building=building)
