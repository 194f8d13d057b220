"""Screens of 区 of a 指定都市; only there, elsewhere there are none."""

from __future__ import annotations

from typing import Any

from flask import abort, render_template, request
from flask_babel import gettext as _

from residentapp.admin.answers import RefusalsShown, row_or_404
from residentapp.admin.blueprint import blueprint
from residentapp.admin.masters.changes import fingerprint
from residentapp.admin.masters.forms import WardForm
from residentapp.admin.masters.wards import save_ward, ward_facts, wards_with_towns
from residentapp.core.access import Permission, requires
from residentapp.core.masters.models import CityWard, OwnMunicipality
from residentapp.core.web.answers import done, form_page
from residentapp.core.web.context import actor, db, now, today


def designated() -> bool:
    """Whether the own municipality is a 指定都市: only then a screen speaks of wards."""
    own = db().get(OwnMunicipality, 1)
    return own is not None and own.designated


def ward_choices() -> list[tuple[str, str]]:
    """Wards to choose from for what can belong to one, the whole city first."""
    return [
        ("", str(_("（市全体）"))),
        *((row.code, row.name) for row, _towns in wards_with_towns(db(), today())),
    ]


def _require_designated() -> None:
    if not designated():
        abort(404, description=_("区は、自団体を指定都市にすると登録できます。"))


@blueprint.get("/masters/wards")
@requires(Permission.ADMIN_MASTERS)
def list_wards() -> str:
    """区の一覧."""
    _require_designated()
    return render_template("admin/masters/wards.html", rows=wards_with_towns(db(), today()), day=today())


@blueprint.route("/masters/wards/new", methods=["GET", "POST"], defaults={"code": None})
@blueprint.route("/masters/wards/<code>", methods=["GET", "POST"])
@requires(Permission.ADMIN_MASTERS)
def edit_ward(code: str | None) -> Any:
    """区の登録と変更."""
    _require_designated()
    row = None if code is None else row_or_404(CityWard, code)
    form = WardForm(request.form)
    if request.method == "GET" and row is not None:
        form.code.data, form.name.data, form.kana.data = row.code, row.name, row.kana
        form.kind.data = row.kind.value
        form.show_period(row.valid_from, row.valid_to)
    elif request.method == "POST" and form.validate():
        with RefusalsShown(form):
            save_ward(db(), actor(), form.entry(), code=code, seen=form.seen.data or "", moment=now())
            return done(_("区を登録しました。"), "admin.list_wards")
    return form_page("admin/masters/ward.html", form=form, row=row, seen=fingerprint(ward_facts(row)))
