"""Screens of the registered texts of type B: list by 異動事由, entry (RR-1.1.14c)."""

from __future__ import annotations

from typing import Any

from flask import abort, render_template, request
from flask_babel import gettext as _

from residentapp.core.access import requires
from residentapp.core.access.permissions import Permission
from residentapp.core.dates import DateValue
from residentapp.core.violations import Violation
from residentapp.core.web.answers import done, form_page
from residentapp.core.web.context import actor, db, now, today
from residentapp.residents.remarks import queries, registered
from residentapp.residents.remarks.blueprint import blueprint
from residentapp.residents.remarks.forms import TemplateForm
from residentapp.residents.remarks.models import NoteTemplate
from residentapp.residents.remarks.rules import CORRECTABLE, PLACES
from residentapp.residents.remarks.types import RemarkMissing, RemarkRefused


@blueprint.get("/note-templates")
@requires(Permission.ADMIN_MASTERS)
def list_templates() -> str:
    """留意事項の文例の一覧."""
    rows = [
        (row, _state(row), [CORRECTABLE.get(column, column) for column in row.items])
        for row in queries.all_templates(db())
    ]
    return render_template("remarks/templates.html", rows=rows)


def _state(row: NoteTemplate) -> str:
    if row.valid_from > today():
        return str(_("予定"))
    return str(_("終了") if row.valid_to is not None and row.valid_to < today() else _("使用中"))


@blueprint.route("/note-templates/new", methods=["GET", "POST"], defaults={"template_id": None})
@blueprint.route("/note-templates/<int:template_id>", methods=["GET", "POST"])
@requires(Permission.ADMIN_MASTERS)
def edit_template(template_id: int | None) -> Any:
    """留意事項の文例の登録と変更."""
    row = None if template_id is None else db().get(NoteTemplate, template_id)
    if template_id is not None and row is None:
        abort(404)
    form = TemplateForm()
    found: list[Violation] = []
    if request.method == "GET":
        _fill(form, row)
    elif form.validate():
        try:
            registered.save_template(
                db(), actor(), form.entry(), template_id=template_id, seen=form.seen.data or "", now=now()
            )
        except RemarkMissing:
            abort(404)
        except RemarkRefused as refused:
            found = refused.violations
        else:
            return done(_("登録しました。"), "remarks.list_templates")
    return form_page(
        "remarks/template.html",
        form=form,
        row=row,
        errors=found,
        errors_at=lambda field: [one.message for one in found if one.field == field],
        places=list(PLACES),
    )


def _fill(form: TemplateForm, row: NoteTemplate | None) -> None:
    form.seen.data = registered.fingerprint(row)
    if row is None:
        form.valid_from.data = DateValue.of(today())
        form.position.data = "1"
        return
    form.reason.data, form.name.data, form.text.data = row.reason.value, row.name, row.text
    form.items.data, form.position.data = list(row.items), str(row.position)
    form.valid_from.data = DateValue.of(row.valid_from)
    form.valid_to.data = DateValue.of(row.valid_to) if row.valid_to is not None else None
