"""Screens of the 異動履歴: of the resident or of the household whose page is open (RR-2.2.1a)."""

from __future__ import annotations

from collections.abc import Sequence

from flask import render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response
from wtforms import Form, SelectField, StringField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs
from wtforms.validators import Length

from residentapp.core.access import requires
from residentapp.core.access.permissions import Permission
from residentapp.core.web.context import actor, db, now, today
from residentapp.core.web.forms import choices_of, day_in, require_order
from residentapp.residents.records import change_history, queries
from residentapp.residents.records.blueprint import HOUSEHOLD, RESIDENT, blueprint, state_of, told
from residentapp.residents.records.change_history import ChangeQuestion, ChangesPage
from residentapp.residents.records.types import HistoryDay, InquiryRefused, NotFound
from residentapp.residents.types import ChangeReason

_MOST = Length(max=100, message="100字までで入力してください。")
_ANY = SelectChoice("", "指定しない")


class ChangesForm(Form):
    """What changes are looked for by: the items of RR-1.2.1a."""

    person = SelectField("異動者", default="")
    reason = SelectField(
        "異動事由",
        choices=[_ANY, *choices_of((one.value, f"{one.kind.label}　{one.label}") for one in ChangeReason)],
        default="",
    )
    day = SelectField(
        "日付の種類",
        choices=choices_of((one.value, one.label) for one in HistoryDay),
        default=HistoryDay.MOVED.value,
    )
    first = StringField("この日から", [_MOST])
    last = StringField("この日まで", [_MOST])
    office = StringField("入力場所", [_MOST])
    terminal = StringField("入力端末", [_MOST])
    text = StringField("統合記載欄の文", [_MOST])

    def validate_first(self, field: StringField) -> None:
        """A readable day."""
        day_in(field)

    def validate_last(self, field: StringField) -> None:
        """Readable, and not before the first day."""
        require_order(self.first, field, "「この日まで」が「この日から」より前です。")

    def question(self) -> ChangeQuestion:
        """What is asked; call it after ``validate()``."""
        return ChangeQuestion(
            place=int(self.person.data) if self.person.data else None,
            reason=ChangeReason(self.reason.data) if self.reason.data else None,
            day=HistoryDay(self.day.data),
            first=day_in(self.first),
            last=day_in(self.last),
            office=(self.office.data or "").strip(),
            terminal=(self.terminal.data or "").strip(),
            text=(self.text.data or "").strip(),
        )


@blueprint.route("/residents/<state_id>/changes", methods=["GET", "POST"])
@requires(Permission.RESIDENT_VIEW)
def changes_of_resident(state_id: str) -> str | Response | tuple[str, int]:
    """異動履歴 of the resident whose page is open."""
    number = state_of(state_id, RESIDENT)["number"]
    return _answer([number], number, url_for("records.resident", state_id=state_id))


@blueprint.route("/households/<state_id>/changes", methods=["GET", "POST"])
@requires(Permission.RESIDENT_VIEW)
def changes_of_household(state_id: str) -> str | Response | tuple[str, int]:
    """異動履歴 of everybody recorded in the household whose page is open."""
    number = state_of(state_id, HOUSEHOLD)["number"]
    try:
        page = queries.household_page(db(), actor(), number, now=now(), today=today())
    except (NotFound, InquiryRefused) as error:
        return told(error, "")
    members = [member.person.addressee_number for member in (*page.members, *page.removed)]
    return _answer(members, "", url_for("records.household", state_id=state_id))


def _answer(numbers: Sequence[str], subject: str, back: str) -> str | Response | tuple[str, int]:
    try:
        page = change_history.open_changes(db(), actor(), numbers, now=now())
    except (NotFound, InquiryRefused) as error:
        return told(error, subject)
    form = ChangesForm(request.form) if request.method == "POST" else ChangesForm()
    form.person.choices = _people(page)
    readable = request.method == "GET" or form.validate()
    found = page.found(form.question() if request.method == "POST" else ChangeQuestion()) if readable else []
    shown = render_template(
        "records/changes.html", page=page, form=form, found=found, back=back, Day=HistoryDay
    )
    return shown if readable else (shown, 422)


def _people(page: ChangesPage) -> list[SelectChoice]:
    people = [(str(place), person.name) for place, person in enumerate(page.people)]
    return [SelectChoice("", _("全員")), *choices_of(people)]
