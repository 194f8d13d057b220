"""Screens of departments, offices, terminals and printers (RR-1.3.1)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask import abort, render_template, request
from flask_babel import gettext as _

from residentapp.admin.answers import RefusalsShown
from residentapp.admin.blueprint import blueprint
from residentapp.admin.forms import PlaceForm, day_of_field
from residentapp.admin.masters.changes import fingerprint
from residentapp.admin.places import KINDS, Place, PlaceKind, place_facts, places, save_place
from residentapp.admin.types import PlaceEntry
from residentapp.core.access import Permission, requires
from residentapp.core.access.models import Department, Desk, Office, OfficeKind, Printer, Terminal
from residentapp.core.dates import DateValue
from residentapp.core.web.answers import done, form_page
from residentapp.core.web.context import actor, db, now, today
from residentapp.core.web.forms import choices_of

#: Key of the button that registers one of each.
_KEYS = {"departments": "Alt+S", "offices": "Alt+B", "terminals": "Alt+T", "printers": "Alt+P"}


@blueprint.get("/places")
@requires(Permission.ADMIN_MASTERS)
def list_places() -> str:
    """所属・場所・端末・プリンタの一覧."""
    day = today()
    masters = [
        (kind, [(row, name_of(row, day), _where(row, day), _state(row, day)) for row in places(db(), kind)])
        for kind in KINDS.values()
    ]
    return render_template("admin/places.html", masters=masters, keys=_KEYS)


def name_of(place: Place, day: dt.date) -> str:
    """Name of a place on a day; departments have one name only."""
    return place.name_on(day) if isinstance(place, Desk) else place.name


def _where(place: Place, day: dt.date) -> str:
    if isinstance(place, Office):
        return OfficeKind(place.kind).label
    if isinstance(place, Terminal):
        return "／".join(part.name_on(day) for part in (place.office, place.printer) if part is not None)
    return place.office.name_on(day) if isinstance(place, Printer) else ""


def _state(place: Place, day: dt.date) -> str:
    if not place.active:
        return str(_("使わない"))
    if isinstance(place, Desk) and not place.in_force(day):
        return str(_("予定") if place.valid_from is not None and place.valid_from > day else _("終了"))
    return str(_("使用"))


def _usable(key: str) -> list[tuple[int, str]]:
    """Offices or printers that can be chosen: in use now or from a later day on."""
    day = today()
    return [
        (row.id, name_of(row, day))
        for row in places(db(), KINDS[key])
        if row.active and not (isinstance(row, Desk) and row.valid_to is not None and row.valid_to < day)
    ]


def _form(place: Place | None) -> PlaceForm:
    form = PlaceForm(request.form)
    form.office_id.choices = choices_of(_usable("offices"))
    form.printer_id.choices = choices_of([(0, _("（なし）")), *_usable("printers")])
    if request.method == "POST" or place is None:
        return form
    form.code.data, form.name.data, form.active.data = place.code, name_of(place, today()), place.active
    form.seen.data = fingerprint(place_facts(place))
    if isinstance(place, Office):
        form.kind.data, form.contact.data = place.kind, place.contact or ""
    if isinstance(place, Terminal):
        form.office_id.data, form.printer_id.data = place.office_id, place.printer_id or 0
    if isinstance(place, Printer):
        form.office_id.data, form.trays.data = place.office_id, "、".join(place.trays)
    if isinstance(place, Desk):
        form.show_period(place.valid_from, place.valid_to)
        # A planned name that has begun is the name now.
        if place.next_name_from is not None and place.next_name_from > today():
            form.next_name.data = place.next_name
            form.next_name_from.data = DateValue.of(place.next_name_from)
    return form


def _entry(form: PlaceForm) -> PlaceEntry:
    trays = (form.trays.data or "").replace(",", "、").split("、")
    return PlaceEntry(
        code=form.code.data or "",
        name=form.name.data or "",
        active=form.active.data,
        kind=form.kind.data or "",
        office_id=form.office_id.data or 0,
        printer_id=form.printer_id.data or None,
        trays=tuple(tray.strip() for tray in trays if tray.strip()),
        validity=form.validity(),
        next_name=form.next_name.data or "",
        next_name_from=day_of_field(form.next_name_from),
        contact=form.contact.data or "",
    )


def _fields(form: PlaceForm, kind: PlaceKind) -> list[Any]:
    """The fields that this master has."""
    own: dict[str, list[Any]] = {
        "offices": [form.kind, form.contact],
        "terminals": [form.office_id, form.printer_id],
        "printers": [form.office_id, form.trays],
    }
    return [form.name, *own.get(kind.key, [])]


@blueprint.route("/places/<key>/new", methods=["GET", "POST"], defaults={"place_id": None})
@blueprint.route("/places/<key>/<int:place_id>", methods=["GET", "POST"])
@requires(Permission.ADMIN_MASTERS)
def edit_place(key: str, place_id: int | None) -> Any:
    """Register or change one of them."""
    kind = KINDS.get(key)
    place = db().get(kind.model, place_id) if kind and place_id is not None else None
    if kind is None or (place_id is not None and place is None):
        abort(404)
    form = _form(place)  # type: ignore[arg-type]
    if request.method == "POST":
        if not form.kind.data:
            form.kind.data = OfficeKind.MAIN.value  # not on the screen of the other three
        if form.validate():
            with RefusalsShown(form):
                save_place(
                    db(),
                    actor(),
                    kind,
                    _entry(form),
                    place_id=place_id,
                    seen=form.seen.data or "",
                    moment=now(),
                )
                return done(_("登録しました。"), "admin.list_places")
    return form_page(
        "admin/place.html",
        kind=kind,
        form=form,
        fields=_fields(form, kind),
        new=place_id is None,
        planned=kind.model is not Department,
    )
