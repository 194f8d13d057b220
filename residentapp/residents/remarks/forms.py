"""Forms of the 統合記載欄: parsing and shape only; what a text may hold is for the rules."""

from __future__ import annotations

import datetime as dt

from flask_wtf import FlaskForm
from wtforms import HiddenField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import Length
from wtforms.widgets import CheckboxInput, ListWidget

from residentapp.core.dates import DateField, DateValue
from residentapp.core.web.forms import DateValueField, choices_of
from residentapp.core.web.input_check import id_of, number_of
from residentapp.residents.remarks.rules import CORRECTABLE
from residentapp.residents.remarks.types import TemplateEntry
from residentapp.residents.types import ChangeReason

#: No form takes more; what is too long for the record is said by the rules.
_MOST = Length(max=4000, message="長すぎます。4000文字までにしてください。")


class RemarkForm(FlaskForm):  # type: ignore[misc]
    """A 備考."""

    text = TextAreaField("備考", [_MOST])


class NoteForm(FlaskForm):  # type: ignore[misc]
    """A 留意事項 to a change."""

    history_number = SelectField("どの異動についてか", coerce=id_of)
    text = TextAreaField("留意事項", [_MOST])
    template_id = HiddenField()

    @property
    def template(self) -> int | None:
        """Registered text that was chosen."""
        return number_of(self.template_id.data or "")


class ChangeForm(FlaskForm):  # type: ignore[misc]
    """Another text for an entry, and why."""

    text = TextAreaField("正しい記載", [_MOST])
    reason = StringField("変更の理由", [_MOST])


class WithdrawForm(FlaskForm):  # type: ignore[misc]
    """Why an entry no longer stands."""

    reason = StringField("取り消す理由", [_MOST])


class CorrectionForm(FlaskForm):  # type: ignore[misc]
    """The error of a 除票 and the right text."""

    history_number = SelectField("どの除票か", coerce=id_of)
    column = SelectField(
        "誤りのある項目",
        choices=choices_of([("", "選んでください"), *CORRECTABLE.items()]),
        validate_choice=False,
    )
    wrong = TextAreaField("除票の記載（誤り）", [_MOST])
    right = TextAreaField("正しい記載", [_MOST])


class ChecksField(SelectMultipleField):
    """Several choices as check boxes."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class TemplateForm(FlaskForm):  # type: ignore[misc]
    """A registered text of type B."""

    reason = SelectField(
        "異動事由", choices=choices_of((one.value, f"{one.kind.label}：{one.label}") for one in ChangeReason)
    )
    name = StringField("名称", [_MOST])
    text = TextAreaField("文", [_MOST])
    items = ChecksField("関係する項目", choices=choices_of(CORRECTABLE.items()))
    position = StringField("順番", [_MOST])
    valid_from = DateValueField("開始日", kind=DateField.OTHER)
    valid_to = DateValueField("終了日", kind=DateField.OTHER)
    seen = HiddenField()

    def entry(self) -> TemplateEntry:
        """The text as the operation takes it."""
        return TemplateEntry(
            reason=ChangeReason(self.reason.data),
            name=(self.name.data or "").strip(),
            text=(self.text.data or "").strip(),
            items=tuple(self.items.data or ()),
            position=number_of((self.position.data or "").strip()) or 0,
            valid_from=_day(self.valid_from),
            valid_to=_day(self.valid_to),
        )


def _day(field: DateValueField) -> dt.date | None:
    return field.data.exact if isinstance(field.data, DateValue) else None
