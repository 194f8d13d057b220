"""Screens of a person's 統合記載欄: look, add, change, withdraw, correct a 除票."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from flask import abort, render_template, request
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from residentapp.core.access import requires
from residentapp.core.access.actor import Actor
from residentapp.core.access.permissions import Permission
from residentapp.core.violations import Violation, alerts_of, errors_of
from residentapp.core.web.answers import done
from residentapp.core.web.context import actor, afterwards, db, now, today
from residentapp.core.web.errors import Refusal
from residentapp.core.web.forms import choices_of, confirmed_alerts
from residentapp.core.web.page_state import load_state
from residentapp.residents.locks import Locked
from residentapp.residents.protection import standings
from residentapp.residents.records import operations as records
from residentapp.residents.records.items import GROUPS, reason_hidden, text_of
from residentapp.residents.records.queries import person_of
from residentapp.residents.records.views import RESIDENT
from residentapp.residents.remarks import operations, queries, template_views
from residentapp.residents.remarks.blueprint import blueprint
from residentapp.residents.remarks.forms import (
    ChangeForm,
    CorrectionForm,
    NoteForm,
    RemarkForm,
    WithdrawForm,
)
from residentapp.residents.remarks.queries import Record
from residentapp.residents.remarks.rules import fill_note
from residentapp.residents.remarks.types import (
    AddNote,
    AddRemark,
    ChangeRemark,
    CorrectRemoved,
    RemarkMissing,
    RemarkRefused,
    RemarksPage,
    TextsClosed,
    WithdrawRemark,
)
from residentapp.residents.types import RemarkKind

__all__ = ["blueprint", "number_of_page", "person_strip", "template_views", "told"]

_Result = TypeVar("_Result")
_Command = TypeVar(
    "_Command", AddNote, AddRemark, ChangeRemark, CorrectRemoved, WithdrawRemark, contravariant=True
)


def number_of_page(state_id: str) -> str:
    """宛名番号 of the resident whose page is open."""
    state = load_state(state_id, kind=RESIDENT)
    if state is None:
        abort(404, description=_("この画面の有効期間が過ぎました。もう一度検索してください。"))
    return str(state["number"])


def told(work: Callable[[], _Result], number: str) -> _Result:
    """Do something with a person's texts; what stands in the way becomes a page that says so, and is logged.

    :raises Refusal: the texts are closed to this actor, or somebody edits the person.
    """
    try:
        return work()
    except TextsClosed as closed:
        who, moment, reason = actor(), now(), str(closed)

        def log(session: Session) -> None:
            records.log_refusal(session, who, number, now=moment, reason=reason)

        afterwards(log)
        raise Refusal(reason, _("支援措置責任者に相談してください。"), status=403) from closed
    except Locked as locked:
        raise Refusal(str(locked), _("終わるまで待つか、その人に確かめてください。")) from locked
    except RemarkMissing as missing:
        abort(404, description=str(missing))


class _Operation(Protocol[_Command]):
    def __call__(
        self, session: Session, actor: Actor, command: _Command, /, *, now: dt.datetime
    ) -> object: ...


def _barred(operation: _Operation[_Command], command: _Command) -> list[Violation]:
    """Do it; what bars it, or alerts nobody confirmed. Nothing when it has been done."""
    try:
        told(lambda: operation(db(), actor(), command, now=now()), command.addressee_number)
    except RemarkRefused as refused:
        return refused.violations
    return []


def person_strip(record: Record) -> dict[str, Any]:
    """What the strip of the page shows; the texts are open, so the address is."""
    current = record.current
    standing = standings(db(), [current], now=now()).get(record.addressee_number)
    return {
        "person": person_of(current, standing, today=today(), archived=record.archived),
        "address": " ".join(part for part in (current.address, current.building) if part),
    }


def _open(state_id: str) -> tuple[str, Record, RemarksPage]:
    number = number_of_page(state_id)
    record, page = told(lambda: operations.open_remarks(db(), actor(), number, now=now()), number)
    return number, record, page


def _shown(
    template: str, state_id: str, record: Record, found: list[Violation] | None = None, **values: Any
) -> tuple[str, int]:
    """A page of an entry; with findings it comes back with everything typed."""
    problems = found or []
    given = confirmed_alerts(request.form) if request.method == "POST" else {}
    page = render_template(
        f"remarks/{template}",
        state_id=state_id,
        errors=errors_of(problems),
        alerts=alerts_of(problems) if not errors_of(problems) else [],
        given=given,
        errors_at=lambda field: [one.message for one in errors_of(problems) if one.field == field],
        **person_strip(record),
        **values,
    )
    return page, 422 if request.method == "POST" and (problems or values["form"].errors) else 200


def _done(state_id: str, message: str) -> Response:
    return done(message, "remarks.show", state_id=state_id)


@blueprint.get("/residents/<state_id>/remarks")
@requires(Permission.RESIDENT_VIEW)
def show(state_id: str) -> str:
    """統合記載欄 of the resident whose page is open, with who recorded and withdrew what."""
    _number, record, page = _open(state_id)
    return render_template("remarks/show.html", state_id=state_id, page=page, **person_strip(record))


@blueprint.route("/residents/<state_id>/remarks/new", methods=["GET", "POST"])
@requires(Permission.RESIDENT_VIEW, Permission.REMARK_EDIT)
def add_remark(state_id: str) -> Any:
    """備考を追加する."""
    number, record, page = _open(state_id)
    form = RemarkForm()
    found: list[Violation] = []
    if form.validate_on_submit():
        command = AddRemark(number, form.text.data or "", confirmed_alerts(request.form))
        found = _barred(operations.add_remark, command)
        if not found:
            return _done(state_id, _("備考を追加しました。"))
    return _shown("remark.html", state_id, record, found, form=form, page=page)


@blueprint.route("/residents/<state_id>/notes/new", methods=["GET", "POST"])
@requires(Permission.RESIDENT_VIEW, Permission.REMARK_EDIT)
def add_note(state_id: str) -> Any:
    """留意事項を追加する: the change, a registered text filled from it, or free text."""
    number, record, page = _open(state_id)
    if not page.changes:
        raise Refusal(
            _("この人の記録は除票です。留意事項を追加できません。"),
            _("記載に誤りがあるときは、「除票の訂正」で追加してください。"),
        )
    form = NoteForm()
    form.history_number.choices = choices_of((one.history_number, one.label) for one in page.changes)
    if request.method == "GET":
        form.history_number.data = page.changes[0].history_number
    chosen = _chosen(form, page)
    row = record.snapshot(chosen)
    facts = queries.note_facts(record, row)
    reason = record.changes[row.change_id].reason
    templates = [
        (one.id, one.name, fill_note(one.text, facts))
        for one in queries.note_templates(db(), reason, today())
    ]
    values: dict[str, Any] = {"form": form, "templates": templates, "page": page}
    if request.form.get("act") == "choose":
        # A text that was filled for another change keeps no link to its template.
        form.template_id.data = ""
        return _shown("note.html", state_id, record, **values)[0]
    if (wanted := request.form.get("template", "")) and request.method == "POST":
        for template_id, _name, text in templates:
            if wanted == str(template_id):
                form.text.data, form.template_id.data = text, wanted
        return _shown("note.html", state_id, record, **values)[0]
    found: list[Violation] = []
    if form.validate_on_submit():
        command = AddNote(number, chosen, form.text.data or "", form.template, confirmed_alerts(request.form))
        found = _barred(operations.add_note, command)
        if not found:
            return _done(state_id, _("留意事項を追加しました。"))
    return _shown("note.html", state_id, record, found, **values)


def _chosen(form: NoteForm | CorrectionForm, page: RemarksPage) -> int:
    """履歴番号 chosen; the newest when what was sent is none of the person's."""
    choices = page.changes if isinstance(form, NoteForm) else page.removed_records
    known = {one.history_number for one in choices}
    sent = form.history_number.data
    return sent if sent in known else choices[0].history_number


@blueprint.route("/residents/<state_id>/corrections/new", methods=["GET", "POST"])
@requires(Permission.RESIDENT_VIEW, Permission.REMARK_EDIT)
def correct_removed(state_id: str) -> Any:
    """除票の訂正: what is wrong and what is right, as a 留意事項."""
    number, record, page = _open(state_id)
    if not page.removed_records:
        raise Refusal(
            _("この人に除票はありません。"), _("住民の記録の誤りは、誤記修正（異動）で直してください。")
        )
    form = CorrectionForm()
    form.history_number.choices = choices_of((one.history_number, one.label) for one in page.removed_records)
    if request.method == "GET":
        form.history_number.data = page.removed_records[0].history_number
    chosen = _chosen(form, page)
    if request.form.get("act") == "fill":
        form.wrong.data = _recorded(record, chosen, form.column.data or "")
        return _shown("correction.html", state_id, record, form=form, page=page)[0]
    found: list[Violation] = []
    if form.validate_on_submit():
        command = CorrectRemoved(
            number, chosen, form.column.data or "", form.wrong.data or "", form.right.data or "",
            confirmed_alerts(request.form),
        )  # fmt: skip
        found = _barred(operations.correct_removed, command)
        if not found:
            return _done(state_id, _("除票の訂正を追加しました。"))
    return _shown("correction.html", state_id, record, found, form=form, page=page)


def _recorded(record: Record, history_number: int, column: str) -> str:
    """What a 除票 says at an item, as far as the actor may see it."""
    row = record.snapshot(history_number)
    for _title, definitions in GROUPS:
        for definition in definitions:
            if definition.column == column and row.resident_kind in definition.kinds:
                if reason_hidden(definition, actor(), whereabouts_open=True):
                    return ""
                value = getattr(row, column)
                return text_of(column, value, kind=row.resident_kind, western=definition.western)
    return ""


@blueprint.route("/residents/<state_id>/remarks/<int:remark_id>", methods=["GET", "POST"])
@requires(Permission.RESIDENT_VIEW, Permission.REMARK_EDIT)
def change(state_id: str, remark_id: int) -> Any:
    """備考・留意事項を変更する: the old entry is withdrawn, the new one takes its place."""
    number, record, page = _open(state_id)
    old = _editable(record, page, remark_id)
    form = ChangeForm(text=old.text)
    found: list[Violation] = []
    if form.validate_on_submit():
        command = ChangeRemark(
            number, remark_id, form.text.data or "", form.reason.data or "", confirmed_alerts(request.form)
        )
        found = _barred(operations.change_remark, command)
        if not found:
            return _done(state_id, _("記載を変更しました。前の記載は取り消して残しました。"))
    return _shown("change.html", state_id, record, found, form=form, old=old)


@blueprint.route("/residents/<state_id>/remarks/<int:remark_id>/withdraw", methods=["GET", "POST"])
@requires(Permission.RESIDENT_VIEW, Permission.REMARK_EDIT)
def withdraw(state_id: str, remark_id: int) -> Any:
    """備考・留意事項を取り消す: the entry stays and says so."""
    number, record, page = _open(state_id)
    old = _editable(record, page, remark_id)
    form = WithdrawForm()
    found: list[Violation] = []
    if form.validate_on_submit():
        command = WithdrawRemark(number, remark_id, form.reason.data or "", confirmed_alerts(request.form))
        found = _barred(operations.withdraw_remark, command)
        if not found:
            return _done(state_id, _("記載を取り消しました。"))
    return _shown("withdraw.html", state_id, record, found, form=form, old=old)


def _editable(record: Record, page: RemarksPage, remark_id: int) -> Any:
    """The line of an entry that may be changed here.

    Type A, withdrawn entries and those of a 除票 have no such page; the operation would refuse them all the same.
    """
    for line in page.lines:
        if line.id == remark_id and line.code != RemarkKind.HISTORY.value and remark_id:
            if line.editable:
                return line
            raise Refusal(
                _("この記載は変更も取消しもできません。"),
                _("取り消された記載と除票の記載は残ります。統合記載欄を開き直してください。"),
            )
    abort(404, description=_("この記載は見つかりません。統合記載欄を開き直してください。"))
