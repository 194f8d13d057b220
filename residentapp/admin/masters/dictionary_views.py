"""Screens of 住所辞書の更新: how old the dictionary is, refreshing it, and the report of each refresh."""

from __future__ import annotations

from typing import Any

from flask import render_template, request
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session
from wtforms import Form, StringField
from wtforms.validators import Length

from residentapp.admin.answers import RefusalsShown, row_or_404
from residentapp.admin.blueprint import blueprint
from residentapp.admin.masters.dictionary import note_country_check, refresh_dictionary
from residentapp.core.access import Permission, requires
from residentapp.core.addresses.models import Refresh
from residentapp.core.addresses.refresh import changes_of, kinds_of_changes, postal_source, state_of
from residentapp.core.addresses.types import Source
from residentapp.core.web.answers import done, form_page
from residentapp.core.web.context import actor, db, now, today
from residentapp.core.web.input_check import number_of

#: Lines of a report on one page.
LINES_A_PAGE = 100
#: Refreshes that the list shows.
_SHOWN = 24


class CheckForm(Form):
    """国名の確認."""

    source = StringField("照らし合わせた資料", [Length(max=200)])


def _page(form: CheckForm) -> Any:
    session, day = db(), today()
    rows = session.scalars(select(Refresh).order_by(Refresh.id.desc()).limit(_SHOWN))
    postal = state_of(session, Source.POSTAL, day)
    installed = postal_source()
    return form_page(
        "admin/masters/dictionary.html",
        form=form,
        postal=postal,
        names=state_of(session, Source.CLDR, day),
        rows=[(row, Source(row.data).label, _changes(session, row)) for row in rows],
        installed=installed,
        same_issue=postal.last is not None and postal.last.source == installed,
    )


def _changes(session: Session, row: Refresh) -> int:
    return sum(number for _kind, number in kinds_of_changes(session, row.id))


@blueprint.get("/masters/dictionary")
@requires(Permission.ADMIN_MASTERS)
def show_dictionary() -> Any:
    """住所辞書の更新: the last refreshes with their source, and whether one is due."""
    return _page(CheckForm())


@blueprint.post("/masters/dictionary")
@requires(Permission.ADMIN_MASTERS)
def update_dictionary() -> Any:
    """Take over the postal data and country names that are installed."""
    form = CheckForm()
    with RefusalsShown(form):
        report = refresh_dictionary(db(), actor(), today=today(), moment=now())
        message = _("住所辞書を更新しました。変更 %(changes)s件。", changes=f"{len(report.changes):,}")
        return done(message, "admin.show_dictionary")
    db().rollback()
    return _page(form)


@blueprint.post("/masters/dictionary/countries")
@requires(Permission.ADMIN_MASTERS)
def check_countries() -> Any:
    """国名を資料と照らし合わせたことの記録."""
    form = CheckForm(request.form)
    if form.validate():
        with RefusalsShown(form):
            source = (form.source.data or "").strip()
            note_country_check(db(), actor(), source, today=today(), moment=now())
            return done(_("国名を確かめたことを記録しました。"), "admin.show_dictionary")
    return _page(form)


@blueprint.get("/masters/dictionary/<int:refresh_id>")
@requires(Permission.ADMIN_MASTERS)
def show_refresh(refresh_id: int) -> str:
    """一回の更新の結果: what came, went and changed."""
    row = row_or_404(Refresh, refresh_id)
    kinds = kinds_of_changes(db(), refresh_id)
    kind = request.args.get("kind", "")
    total = sum(number for name, number in kinds if kind in ("", name))
    pages = max(1, -(-total // LINES_A_PAGE))
    page = min(max(1, number_of(request.args.get("page", "")) or 1), pages)
    lines = changes_of(db(), refresh_id, kind=kind, limit=LINES_A_PAGE, offset=(page - 1) * LINES_A_PAGE)
    return render_template(
        "admin/masters/refresh.html",
        row=row,
        data=Source(row.data),
        kinds=kinds,
        kind=kind,
        lines=lines,
        total=total,
        page=page,
        pages=pages,
    )
