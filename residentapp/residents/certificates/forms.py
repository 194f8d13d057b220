"""Parsing of the certificate screen: shape only, what it means is for the rules."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    Form,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs
from wtforms.validators import InputRequired, Length, NumberRange, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from residentapp.core.web.forms import day_in, require_order
from residentapp.residents.certificates.issue_history import HistoryFilter
from residentapp.residents.certificates.types import (
    AT_COUNTER,
    LARGEST_COPIES,
    USUALLY_SHOWN,
    CertificateRequest,
    Fee,
    Requester,
    Shown,
    Style,
)


def choices(values: Iterable[Style | Shown | Requester | Fee]) -> list[SelectChoice]:
    """The members of a code list as choices of a field."""
    return [SelectChoice(value.value, value.label) for value in values]


def number_choices(numbers: Iterable[str]) -> list[SelectChoice]:
    """宛名番号 as choices; the page shows the names."""
    return [SelectChoice(number, number) for number in numbers]


class ChecksField(SelectMultipleField):
    """Several choices as check boxes."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class CertificateForm(FlaskForm):  # type: ignore[misc]
    """What is asked for at the counter."""

    style = RadioField("様式", choices=[], default=Style.HOUSEHOLD.value)
    subjects = ChecksField("証明する人", validate_choice=False)
    shown = ChecksField(
        "記載する事項",
        choices=choices(Shown),
        default=[item.value for item in Shown if item in USUALLY_SHOWN],
    )
    copies = IntegerField(
        "枚数",
        default=1,
        validators=[
            InputRequired("枚数を数字で入力してください。"),
            NumberRange(1, LARGEST_COPIES, f"枚数は1から{LARGEST_COPIES}までの数字で入力してください。"),
        ],
    )
    requester = SelectField("請求者", choices=choices(Requester), default=Requester.SELF.value)
    requester_name = StringField(
        "請求者の氏名", validators=[Length(max=100, message="100字までで入力してください。")]
    )
    purpose = StringField("請求の理由", validators=[Length(max=200, message="200字までで入力してください。")])
    fee = SelectField("手数料", choices=choices(Fee), default=Fee.PAID.value)
    seal = BooleanField("電子公印を印字する", default=True)
    sensitive_history = BooleanField("特別養子縁組・性別の変更の履歴も記載する（本人が特に求めたとき）")
    blank_destination = BooleanField("転出先住所を空欄にする（特別養子縁組の転出）")

    def offer(self, *, removed: bool) -> None:
        """Offer only forms of records that are in force, or only those of 除票 (RR-5.1e)."""
        self.style.choices = choices(style for style in AT_COUNTER if style.of_removed is removed)

    def command(self, household_number: str, versions: dict[str, int]) -> CertificateRequest:
        """The request as the operations take it. A 除票 is chosen as ``宛名番号:履歴番号``."""
        chosen = [value.partition(":") for value in self.subjects.data or ()]
        return CertificateRequest(
            style=Style(self.style.data),
            household_number=household_number,
            subjects=tuple(number for number, _, _ in chosen),
            stays={number: int(history_number) for number, _, history_number in chosen if history_number},
            blank_destination=bool(self.blank_destination.data),
            shown=frozenset(Shown(value) for value in self.shown.data or ()),
            copies=self.copies.data or 0,
            requester=Requester(self.requester.data),
            requester_name=self.requester_name.data or "",
            purpose=self.purpose.data or "",
            fee=Fee(self.fee.data),
            seal=bool(self.seal.data),
            versions=versions,
            sensitive_history=bool(self.sensitive_history.data),
        )

    def kept(self) -> dict[str, Any]:
        """The fields as JSON, to fill the form again."""
        return {name: field.data for name, field in self._fields.items() if name != "csrf_token"}


class DisposalForm(FlaskForm):  # type: ignore[misc]
    """Why a certificate was destroyed."""

    reason = StringField("廃棄の理由", validators=[Length(max=200, message="200字までで入力してください。")])


_MOST = Length(max=100, message="100字までで入力してください。")
_ANY = SelectChoice("", "指定しない")


class HistoryForm(Form):
    """What the 交付履歴 is searched by: the items that are kept of an issue (RR-2.2.2)."""

    day = StringField("交付年月日", [_MOST])
    day_to = StringField("交付年月日（まで）", [_MOST])
    issue_number = StringField("発行番号", [_MOST])
    addressee_number = StringField("宛名番号", [_MOST])
    style = SelectField("証明書の種別", choices=[_ANY, *choices(Style)], default="")
    shown = SelectField("記載事項", choices=[_ANY, *choices(Shown)], default="")
    pages = IntegerField(
        "枚数", [Optional(), NumberRange(1, message="枚数は1以上の数字で入力してください。")]
    )
    office = StringField("交付場所", [_MOST])
    terminal = StringField("端末名", [_MOST])
    user_login = StringField("ユーザID", [_MOST])
    only_disposed = BooleanField("廃棄したものだけ")

    def validate_day(self, field: StringField) -> None:
        """A readable day."""
        day_in(field)

    def validate_day_to(self, field: StringField) -> None:
        """Readable, and not before the first day."""
        require_order(self.day, field, "「まで」の日が、始まりの日より前です。")

    def wanted(self, page: int) -> HistoryFilter:
        """What is asked; call it after ``validate()``. One day alone means that day."""
        first, last = day_in(self.day), day_in(self.day_to)
        return HistoryFilter(
            first=first,
            last=last or first,
            issue_number=(self.issue_number.data or "").strip(),
            addressee_number=(self.addressee_number.data or "").strip(),
            user_login=(self.user_login.data or "").strip(),
            style=Style(self.style.data) if self.style.data else None,
            shown=Shown(self.shown.data) if self.shown.data else None,
            office=(self.office.data or "").strip(),
            terminal=(self.terminal.data or "").strip(),
            pages=self.pages.data,
            only_disposed=bool(self.only_disposed.data),
            page=page,
        )
