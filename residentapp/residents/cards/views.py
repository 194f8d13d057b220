"""Screen of 交付状況: both cards of the resident whose page is open, their history, entry by hand."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from flask_babel import gettext as _
from wtforms import Form, SelectField, StringField
from wtforms.validators import Length

from residentapp.core.access import requires
from residentapp.core.access.permissions import Permission
from residentapp.core.dates import DateField, DateValue
from residentapp.core.violations import Violation
from residentapp.core.web.answers import form_page
from residentapp.core.web.context import actor, db, now
from residentapp.core.web.forms import DateValueField, choices_of
from residentapp.residents.cards import operations
from residentapp.residents.cards.operations import CardRefused
from residentapp.residents.cards.types import Card, CardEntry, CardState
from residentapp.residents.records.blueprint import RESIDENT, state_of, told
from residentapp.residents.records.types import InquiryRefused, NotFound

blueprint = Blueprint("cards", __name__, url_prefix="/cards", template_folder="templates")


class CardForm(Form):
    """Where a card stands, since when, and how the officer knows."""

    card = SelectField("カード", choices=choices_of((each.value, each.label) for each in Card))
    state = SelectField("状態", choices=choices_of((each.value, each.label) for each in CardState))
    since = DateValueField("状態の日", kind=DateField.OTHER)
    note = StringField("確かめたもの", [Length(max=200, message="200字までで入力してください。")])

    def entry(self) -> CardEntry:
        """What was entered; call it after ``validate()``."""
        since = self.since.data.exact if isinstance(self.since.data, DateValue) else None
        return CardEntry(
            Card(self.card.data), CardState(self.state.data), since, (self.note.data or "").strip()
        )


@blueprint.route("/<state_id>", methods=["GET", "POST"])
@requires(Permission.RESIDENT_VIEW)
def show(state_id: str) -> Any:
    """交付状況 of 個人番号カード and 住基カード; an officer of the numbers may enter it."""
    number = state_of(state_id, RESIDENT)["number"]
    form = CardForm(request.form if request.method == "POST" else None)
    violations: list[Violation] = []
    try:
        if request.method == "POST":
            actor().require(Permission.NUMBERS_ENTER)
            if form.validate():
                operations.enter(db(), actor(), number, form.entry(), now=now())
                flash(_("カードの交付状況を記録しました。"), "success")
                return redirect(url_for("cards.show", state_id=state_id), code=303)
    except CardRefused as refused:
        violations = refused.violations
    except (NotFound, InquiryRefused) as error:
        return told(error, number)
    try:
        page = operations.open_cards(db(), actor(), number, now=now())
    except (NotFound, InquiryRefused) as error:
        return told(error, number)
    return form_page("cards/show.html", page=page, form=form, violations=violations, state_id=state_id)
