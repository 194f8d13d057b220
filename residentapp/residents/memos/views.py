"""Screens of a person's memos: all with their history, write, change, delete."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Blueprint, abort, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from residentapp.core.access import requires
from residentapp.core.access.permissions import Permission
from residentapp.core.violations import Violation
from residentapp.core.web.answers import done, form_page
from residentapp.core.web.context import actor, db, now
from residentapp.residents.memos import operations
from residentapp.residents.memos.forms import MemoForm
from residentapp.residents.memos.types import MemoMissing, MemoRefused, MemoView
from residentapp.residents.remarks.queries import record_of
from residentapp.residents.remarks.views import number_of_page, person_strip, told

blueprint = Blueprint("memos", __name__, template_folder="templates")

_Result = TypeVar("_Result")


def _told(work: Callable[[], _Result], number: str) -> _Result:
    try:
        return told(work, number)
    except MemoMissing as missing:
        abort(404, description=str(missing))


def _open(state_id: str) -> tuple[str, tuple[MemoView, ...]]:
    number = number_of_page(state_id)
    return number, _told(lambda: operations.open_memos(db(), actor(), number, now=now()), number)


def _page(
    template: str, state_id: str, number: str, form: MemoForm, found: list[Violation], **values: Any
) -> tuple[str, int]:
    record = record_of(db(), actor(), number, now=now())
    return form_page(
        f"memos/{template}",
        state_id=state_id,
        form=form,
        errors=found,
        errors_at=lambda field: [one.message for one in found if one.field == field],
        **person_strip(record),
        **values,
    )


def _done(state_id: str, message: str) -> Response:
    return done(message, "memos.show", state_id=state_id)


@blueprint.get("/residents/<state_id>/memos")
@requires(Permission.RESIDENT_VIEW)
def show(state_id: str) -> Any:
    """メモ of the resident whose page is open, with every version."""
    number, memos = _open(state_id)
    return _page("show.html", state_id, number, MemoForm(), [], memos=memos)[0]


@blueprint.route("/residents/<state_id>/memos/new", methods=["GET", "POST"])
@requires(Permission.RESIDENT_VIEW, Permission.MEMO_EDIT)
def write(state_id: str) -> Any:
    """メモを書く."""
    number, _memos = _open(state_id)
    form = MemoForm()
    found: list[Violation] = []
    if form.validate_on_submit():
        try:
            _told(
                lambda: operations.write_memo(db(), actor(), number, form.text.data or "", now=now()), number
            )
            return _done(state_id, _("メモを書きました。"))
        except MemoRefused as refused:
            found = refused.violations
    return _page("memo.html", state_id, number, form, found, memo=None)


@blueprint.route("/residents/<state_id>/memos/<int:memo_id>", methods=["GET", "POST"])
@requires(Permission.RESIDENT_VIEW, Permission.MEMO_EDIT)
def change(state_id: str, memo_id: int) -> Any:
    """メモを直す・消す."""
    number, memos = _open(state_id)
    memo = next((one for one in memos if one.id == memo_id), None)
    if memo is None:
        abort(404, description=_("このメモは見つかりません。メモの画面を開き直してください。"))
    form = MemoForm()
    if request.method == "GET":
        form.text.data, form.seen.data = memo.current.text, str(memo.current.version)
    found: list[Violation] = []
    if form.validate_on_submit():
        deleting = request.form.get("act") == "delete"
        seen = form.seen_version
        try:
            if deleting:
                _told(
                    lambda: operations.delete_memo(db(), actor(), number, memo_id, seen=seen, now=now()),
                    number,
                )
                return _done(state_id, _("メモを消しました。履歴には残ります。"))
            _told(
                lambda: operations.change_memo(
                    db(), actor(), number, memo_id, form.text.data or "", seen=seen, now=now()
                ),
                number,
            )
            return _done(state_id, _("メモを直しました。"))
        except MemoRefused as refused:
            found = refused.violations
    return _page("memo.html", state_id, number, form, found, memo=memo)
