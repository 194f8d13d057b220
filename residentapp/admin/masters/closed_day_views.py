"""Screens of 休日: local additions and openings, and how the coming year looks with them."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from wtforms import RadioField, SelectField, StringField
from wtforms.validators import Length

from residentapp.admin.answers import RefusalsShown, row_or_404
from residentapp.admin.blueprint import blueprint
from residentapp.admin.forms import PeriodForm, day_of_field
from residentapp.admin.masters.certifier_views import period_state
from residentapp.admin.masters.closed_days import (
    ClosedDayEntry,
    closed_day_rows,
    drop_closed_day,
    end_closed_day,
    holidays_ahead,
    may_be_dropped,
    register_closed_day,
    seen_of,
)
from residentapp.admin.masters.forms import EndForm, whole_number
from residentapp.core.access import Permission, requires
from residentapp.core.closed_days import LocalDayKind
from residentapp.core.dates import DateField
from residentapp.core.masters.queries import closed_days
from residentapp.core.masters.setting_models import ClosedDay
from residentapp.core.web.answers import done, form_page
from residentapp.core.web.context import actor, db, now, today
from residentapp.core.web.forms import DateValueField, choices_of

_ONCE, _YEARLY = "once", "yearly"
#: How far the calendar looks ahead.
_AHEAD = 366


class ClosedDayForm(PeriodForm):
    """休日."""

    kind = SelectField("区分", choices=choices_of((kind.value, kind.label) for kind in LocalDayKind))
    reason = StringField("名称", [Length(max=200)])
    repeat = RadioField(
        "くり返し", choices=choices_of([(_ONCE, "この日だけ"), (_YEARLY, "毎年")]), default=_ONCE
    )
    day = DateValueField("日", kind=DateField.OTHER)
    month = StringField("月", [Length(max=10)])
    day_of_month = StringField("日（毎年）", [Length(max=10)])

    def entry(self) -> ClosedDayEntry:
        """What was typed."""
        return ClosedDayEntry(
            LocalDayKind(self.kind.data),
            (self.reason.data or "").strip(),
            self.repeat.data == _YEARLY,
            day_of_field(self.day),
            whole_number(self.month.data),
            whole_number(self.day_of_month.data),
            self.validity(),
        )


def _state(row: ClosedDay) -> str:
    if row.day is not None:
        return str(_("予定") if row.day > today() else _("今日") if row.day == today() else _("終了"))
    assert row.valid_from is not None
    return period_state(row.valid_from, row.valid_to, today())


@blueprint.get("/masters/closed-days")
@requires(Permission.ADMIN_MASTERS)
def list_closed_days() -> str:
    """休日の一覧と、これから1年の休日."""
    rows = [(row, _state(row)) for row in closed_day_rows(db())]
    ahead = list(holidays_ahead(closed_days(db()), today(), _AHEAD))
    return render_template("admin/masters/closed_days.html", rows=rows, ahead=ahead)


@blueprint.route("/masters/closed-days/new", methods=["GET", "POST"])
@requires(Permission.ADMIN_MASTERS)
def new_closed_day() -> Any:
    """休日の登録."""
    form = ClosedDayForm(request.form)
    if request.method == "POST" and form.validate():
        with RefusalsShown(form):
            register_closed_day(db(), actor(), form.entry(), moment=now())
            return done(_("休日を登録しました。"), "admin.list_closed_days")
    return form_page("admin/masters/closed_day_new.html", form=form)


@blueprint.route("/masters/closed-days/<int:row_id>", methods=["GET", "POST"])
@requires(Permission.ADMIN_MASTERS)
def show_closed_day(row_id: int) -> Any:
    """一つの休日の表示と終了."""
    row = row_or_404(ClosedDay, row_id)
    end = EndForm(request.form)
    if request.method == "POST" and end.validate():
        with RefusalsShown(end):
            end_closed_day(
                db(), actor(), row_id, day_of_field(end.last_day), seen=end.seen.data or "", moment=now()
            )
            return done(_("終了日を登録しました。"), "admin.list_closed_days")
    return form_page(
        "admin/masters/closed_day.html",
        row=row,
        end=end,
        seen=seen_of(row),
        state=_state(row),
        planned=may_be_dropped(row, today()),
    )


@blueprint.post("/masters/closed-days/<int:row_id>/drop")
@requires(Permission.ADMIN_MASTERS)
def drop_planned_closed_day(row_id: int) -> Any:
    """まだ来ていない休日の取消し."""
    with RefusalsShown():
        drop_closed_day(db(), actor(), row_id, seen=request.form.get("seen", ""), today=today(), moment=now())
        flash(_("休日を取り消しました。"), "success")
    return redirect(url_for("admin.list_closed_days"), code=303)
