"""Screens of 認証者: list with the one of today marked, entry, end."""

from __future__ import annotations

import datetime as dt
from contextlib import suppress
from dataclasses import replace
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from residentapp.admin.answers import RefusalsShown, row_or_404
from residentapp.admin.blueprint import blueprint
from residentapp.admin.forms import day_of_field
from residentapp.admin.masters.certifiers import (
    certifier_facts,
    certifiers,
    drop_planned_certifier,
    end_certifier,
    save_certifier,
)
from residentapp.admin.masters.changes import fingerprint
from residentapp.admin.masters.forms import CertifierForm, EndForm
from residentapp.admin.masters.ward_views import designated, ward_choices
from residentapp.core.access import Permission, requires
from residentapp.core.masters.models import Certifier, Seal
from residentapp.core.masters.queries import MasterMissing, certifier_on
from residentapp.core.masters.wards import wards_on
from residentapp.core.wards import Wards
from residentapp.core.web.answers import done, form_page
from residentapp.core.web.context import actor, db, now, today
from residentapp.core.web.forms import choices_of


def period_state(first: dt.date, last: dt.date | None, day: dt.date) -> str:
    """Where a day stands to a period, in one word."""
    if first > day:
        return str(_("予定"))
    return str(_("終了") if last is not None and last < day else _("期間中"))


def whose(row: Certifier | Seal, wards: Wards) -> str:
    """Who it is: 市区町村長 or 職務代理者, of a ward the 区長 or the one who acts for them."""
    ward = wards.by_code(row.ward_code)
    return f"{ward.name}　{row.kind.ward_label}" if ward is not None else row.kind.label


@blueprint.get("/masters/certifiers")
@requires(Permission.ADMIN_MASTERS)
def list_certifiers() -> str:
    """認証者の一覧."""
    try:
        current = certifier_on(db(), today())
    except MasterMissing:
        current = None
    wards = wards_on(db(), today())
    now_certifying = {current.id} if current is not None else set()
    for ward in wards:
        with suppress(MasterMissing):
            now_certifying.add(certifier_on(db(), today(), ward=ward).id)
    rows = [
        (row, period_state(row.valid_from, row.valid_to, today()), whose(row, wards))
        for row in certifiers(db())
    ]
    return render_template(
        "admin/masters/certifiers.html",
        rows=rows,
        current=current,
        now_certifying=now_certifying,
        designated=designated(),
    )


def _page(form: CertifierForm, row: Certifier | None, end: EndForm | None = None) -> Any:
    form.ward_code.choices = choices_of(ward_choices())
    return form_page(
        "admin/masters/certifier.html",
        form=form,
        end=end or EndForm(prefix="end-"),
        row=row,
        seen=fingerprint(certifier_facts(row)),
        planned=row is not None and row.valid_from > today(),
        designated=designated(),
    )


def _filled(row: Certifier) -> CertifierForm:
    form = CertifierForm()
    form.kind.data, form.title.data, form.name.data = row.kind.value, row.title, row.name
    form.ward_code.data = row.ward_code or ""
    form.show_period(row.valid_from, row.valid_to)
    return form


@blueprint.route("/masters/certifiers/new", methods=["GET", "POST"], defaults={"certifier_id": None})
@blueprint.route("/masters/certifiers/<int:certifier_id>", methods=["GET", "POST"])
@requires(Permission.ADMIN_MASTERS)
def edit_certifier(certifier_id: int | None) -> Any:
    """認証者の登録と変更."""
    row = None if certifier_id is None else row_or_404(Certifier, certifier_id)
    if request.method == "GET":
        return _page(CertifierForm() if row is None else _filled(row), row)
    form = CertifierForm(request.form)
    if form.validate():
        with RefusalsShown(form):
            entry = form.entry()
            if row is not None and not designated():
                # Not on the screen: it stays what it was.
                entry = replace(entry, ward_code=row.ward_code)
            save_certifier(
                db(),
                actor(),
                entry,
                certifier_id=certifier_id,
                seen=form.seen.data or "",
                moment=now(),
            )
            return done(_("登録しました。"), "admin.list_certifiers")
    return _page(form, row)


@blueprint.post("/masters/certifiers/<int:certifier_id>/end")
@requires(Permission.ADMIN_MASTERS)
def end_certification(certifier_id: int) -> Any:
    """認証者の終了."""
    row = row_or_404(Certifier, certifier_id)
    end = EndForm(request.form, prefix="end-")
    if end.validate():
        with RefusalsShown(end):
            end_certifier(
                db(),
                actor(),
                certifier_id,
                day_of_field(end.last_day),
                seen=end.seen.data or "",
                moment=now(),
            )
            return done(_("終了日を登録しました。"), "admin.list_certifiers")
    return _page(_filled(row), row, end)


@blueprint.post("/masters/certifiers/<int:certifier_id>/drop")
@requires(Permission.ADMIN_MASTERS)
def drop_certifier(certifier_id: int) -> Any:
    """始まっていない認証者の取消し."""
    with RefusalsShown():
        drop_planned_certifier(
            db(), actor(), certifier_id, seen=request.form.get("seen", ""), today=today(), moment=now()
        )
        flash(_("予定を取り消しました。"), "success")
    return redirect(url_for("admin.list_certifiers"), code=303)
