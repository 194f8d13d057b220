"""Screens of what holds from a day on: 認証文 and seals of forms, 手数料, 保存年限."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, TypeVar

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from wtforms import BooleanField, Form, HiddenField, SelectField, StringField
from wtforms.validators import Length

from residentapp.admin.answers import RefusalsShown
from residentapp.admin.blueprint import blueprint
from residentapp.admin.forms import day_of_field
from residentapp.admin.masters.dated import (
    MAX_TEXT,
    Dated,
    WordingEntry,
    drop_planned,
    fee_rows,
    in_force,
    save_fee,
    save_term,
    save_wording,
    seen_of,
    term_rows,
    wording_rows,
)
from residentapp.admin.masters.forms import whole_number
from residentapp.core.access import Permission, requires
from residentapp.core.dates import DateField
from residentapp.core.keeping import RULES, KeptData
from residentapp.core.masters.setting_models import CertificateFee, FormWording, KeepingTerm
from residentapp.core.masters.settings import keeping_years
from residentapp.core.masters.wording import FormItem, known_forms, wording_on
from residentapp.core.web.answers import done, form_page
from residentapp.core.web.context import actor, db, now, services, today
from residentapp.core.web.forms import DateValueField, choices_of
from residentapp.residents.api import FeeKind, fee_kinds

_Dated = TypeVar("_Dated", FormWording, CertificateFee, KeepingTerm)


def _first_day() -> DateValueField:
    """The day from which a value holds; each form has it behind the value, as the screen does."""
    return DateValueField("開始日（この日から使う）", kind=DateField.OTHER)


class WordingForm(Form):
    """A text of a form."""

    value = StringField("印字する文", [Length(max=4 * MAX_TEXT)])
    valid_from = _first_day()
    back = BooleanField("標準の文に戻す")
    seen = HiddenField()


class ChoiceForm(Form):
    """A choice of a form."""

    value = SelectField("印字する公印")
    valid_from = _first_day()
    seen = HiddenField()


class FeeForm(Form):
    """手数料."""

    amount = StringField("1通の金額", [Length(max=20)])
    valid_from = _first_day()
    seen = HiddenField()


class TermForm(Form):
    """保存年限."""

    years = StringField("保存年限", [Length(max=20)])
    valid_from = _first_day()
    seen = HiddenField()


def _states(rows: Sequence[_Dated], day: dt.date) -> list[tuple[_Dated, str]]:
    """Each row with what it is on a day: 予定, いま, 終了."""
    current = in_force(rows, day)
    return [
        (row, str(_("予定") if row.valid_from > day else _("いま") if row is current else _("終了")))
        for row in rows
    ]


def _planned(rows: Sequence[_Dated], day: dt.date) -> _Dated | None:
    """What comes next after a day."""
    coming = [row for row in rows if row.valid_from > day]
    return coming[-1] if coming else None


def _dated_page(template: str, form: Form, rows: Sequence[_Dated], **about: Any) -> Any:
    """A value with its entry and everything that has held or will hold."""
    states = _states(rows, today())
    return form_page(f"admin/masters/{template}.html", form=form, rows=states, seen=seen_of(rows), **about)


def _drop(table: type[Dated], row_id: int, back: str) -> Any:
    with RefusalsShown():
        drop_planned(db(), actor(), table, row_id, today=today(), moment=now())  # type: ignore[type-var]
        flash(_("予定を取り消しました。"), "success")
    return redirect(back, code=303)


# ---- 認証文と公印の印字


@blueprint.get("/masters/wording")
@requires(Permission.ADMIN_MASTERS)
def list_wording() -> str:
    """様式ごとの認証文・公印の印字の一覧."""
    day = today()
    forms = []
    for words in known_forms().values():
        values = wording_on(db(), words.form, day)
        lines = []
        for item in words.items.values():
            rows = wording_rows(db(), item)
            lines.append(
                (item, item.shown(values[item.item]), values[item.item] == item.default, _planned(rows, day))
            )
        forms.append((words, lines))
    return render_template("admin/masters/wording_list.html", forms=forms)


def _item(form: str, item: str) -> FormItem:
    words = known_forms().get(form)
    found = words.items.get(item) if words is not None else None
    if found is None:
        abort(404)
    return found


@blueprint.route("/masters/wording/<form>/<item>", methods=["GET", "POST"])
@requires(Permission.ADMIN_MASTERS)
def edit_wording(form: str, item: str) -> Any:
    """一つの文（または公印の種類）の履歴と登録."""
    about = _item(form, item)
    rows = wording_rows(db(), about)
    entry: WordingForm | ChoiceForm
    if about.choices:
        entry = ChoiceForm(request.form)
        entry.value.choices = choices_of(about.choices)
    else:
        entry = WordingForm(request.form)
    current = wording_on(db(), form, today())[item]
    if request.method == "GET":
        entry.value.data = current
    elif entry.validate():
        back = isinstance(entry, WordingForm) and bool(entry.back.data)
        value = None if back else (entry.value.data or "").strip()
        with RefusalsShown(entry):
            save_wording(
                db(),
                actor(),
                about,
                WordingEntry(value, day_of_field(entry.valid_from)),
                seen=entry.seen.data or "",
                fonts=services().fonts,
                today=today(),
                moment=now(),
            )
            return done(_("登録しました。"), "admin.list_wording")
    title = known_forms()[form].title
    return _dated_page("wording", entry, rows, about=about, title=title, current=about.shown(current))


@blueprint.post("/masters/wording/rows/<int:row_id>/drop")
@requires(Permission.ADMIN_MASTERS)
def drop_wording(row_id: int) -> Any:
    """始まっていない文の取消し."""
    return _drop(FormWording, row_id, url_for("admin.list_wording"))


# ---- 手数料


@blueprint.get("/masters/fees")
@requires(Permission.ADMIN_MASTERS)
def list_fees() -> str:
    """様式と区分ごとの手数料の一覧."""
    day = today()
    lines = []
    for words in known_forms().values():
        for kind in fee_kinds():
            rows = fee_rows(db(), words.form, kind.code)
            lines.append((words, kind, in_force(rows, day), _planned(rows, day)))
    return render_template("admin/masters/fees.html", lines=lines)


def _fee_kind(code: str) -> FeeKind:
    for kind in fee_kinds():
        if kind.code == code and kind.charged:
            return kind
    abort(404)


@blueprint.route("/masters/fees/<form>/<fee>", methods=["GET", "POST"])
@requires(Permission.ADMIN_MASTERS)
def edit_fee(form: str, fee: str) -> Any:
    """一つの手数料の履歴と登録."""
    kind = _fee_kind(fee)
    if form not in known_forms():
        abort(404)
    rows = fee_rows(db(), form, fee)
    entry = FeeForm(request.form)
    if request.method == "POST" and entry.validate():
        with RefusalsShown(entry):
            save_fee(
                db(),
                actor(),
                form,
                kind,
                whole_number(entry.amount.data),
                day_of_field(entry.valid_from),
                seen=entry.seen.data or "",
                today=today(),
                moment=now(),
            )
            return done(_("手数料を登録しました。"), "admin.list_fees")
    return _dated_page("fee", entry, rows, title=known_forms()[form].title, kind=kind)


@blueprint.post("/masters/fees/rows/<int:row_id>/drop")
@requires(Permission.ADMIN_MASTERS)
def drop_fee(row_id: int) -> Any:
    """始まっていない手数料の取消し."""
    return _drop(CertificateFee, row_id, url_for("admin.list_fees"))


# ---- 保存年限


@blueprint.get("/masters/keeping")
@requires(Permission.ADMIN_MASTERS)
def list_terms() -> str:
    """データごとの保存年限の一覧."""
    day = today()
    lines = []
    for data, rule in RULES.items():
        rows = term_rows(db(), data)
        lines.append((data, rule, keeping_years(db(), data, day), in_force(rows, day), _planned(rows, day)))
    return render_template("admin/masters/terms.html", lines=lines)


@blueprint.route("/masters/keeping/<data>", methods=["GET", "POST"])
@requires(Permission.ADMIN_MASTERS)
def edit_term(data: str) -> Any:
    """一つの保存年限の履歴と登録."""
    if data not in list(KeptData):
        abort(404)
    kind = KeptData(data)
    rows = term_rows(db(), kind)
    entry = TermForm(request.form)
    if request.method == "POST" and entry.validate():
        with RefusalsShown(entry):
            save_term(
                db(),
                actor(),
                kind,
                whole_number(entry.years.data),
                day_of_field(entry.valid_from),
                seen=entry.seen.data or "",
                today=today(),
                moment=now(),
            )
            return done(_("保存年限を登録しました。"), "admin.list_terms")
    years = keeping_years(db(), kind, today())
    return _dated_page("term", entry, rows, kind=kind, rule=RULES[kind], years=years)


@blueprint.post("/masters/keeping/rows/<int:row_id>/drop")
@requires(Permission.ADMIN_MASTERS)
def drop_term(row_id: int) -> Any:
    """始まっていない保存年限の取消し."""
    return _drop(KeepingTerm, row_id, url_for("admin.list_terms"))
