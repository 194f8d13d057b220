"""Screens of departments, offices, terminals and printers (RR-1.3.1)."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from residentapp.admin.blueprint import blueprint
from residentapp.admin.forms import PlaceForm, show_refusal
from residentapp.admin.places import KINDS, Place, PlaceKind, places, save_place
from residentapp.admin.types import EntryRefused, PlaceEntry
from residentapp.core.access import Permission, requires
from residentapp.core.access.models import Office, OfficeKind, Printer, Terminal
from residentapp.core.web.context import actor, db, now
from residentapp.core.web.forms import choices_of


@blueprint.get("/places")
@requires(Permission.ADMIN_MASTERS)
def list_places() -> str:
    """所属・場所・端末・プリンタの一覧."""
    masters = [(kind, [(row, _where(row)) for row in places(db(), kind)]) for kind in KINDS.values()]
    return render_template("admin/places.html", masters=masters)


def _where(place: Place) -> str:
    if isinstance(place, Office):
        return OfficeKind(place.kind).label
    if isinstance(place, Terminal):
        return "／".join(part.name for part in (place.office, place.printer) if part is not None)
    return place.office.name if isinstance(place, Printer) else ""


def _form(place: Place | None) -> PlaceForm:
    form = PlaceForm(request.form)
    form.office_id.choices = choices_of(
        (row.id, row.name) for row in places(db(), KINDS["offices"]) if row.active
    )
    form.printer_id.choices = choices_of(
        [
            (0, _("（なし）")),
            *((row.id, row.name) for row in places(db(), KINDS["printers"]) if row.active),
        ]
    )
    if request.method == "POST" or place is None:
        return form
    form.code.data, form.name.data, form.active.data = place.code, place.name, place.active
    if isinstance(place, Office):
        form.kind.data, form.contact.data = place.kind, place.contact or ""
    if isinstance(place, Terminal):
        form.office_id.data, form.printer_id.data = place.office_id, place.printer_id or 0
    if isinstance(place, Printer):
        form.office_id.data, form.trays.data = place.office_id, "、".join(place.trays)
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
    status = 200
    if request.method == "POST":
        status = 422
        if not form.kind.data:
            form.kind.data = OfficeKind.MAIN.value  # not on the screen of the other three
        if form.validate():
            try:
                save_place(db(), actor(), kind, _entry(form), place_id=place_id, moment=now())
            except EntryRefused as refused:
                db().rollback()
                show_refusal(form, refused)
            else:
                flash(_("登録しました。"), "success")
                return redirect(url_for("admin.list_places"), code=303)
    page = render_template(
        "admin/place.html", kind=kind, form=form, fields=_fields(form, kind), new=place_id is None
    )
    return page, status
