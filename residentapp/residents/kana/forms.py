"""Forms of the confirmation of フリガナ: parsing and shape only."""

from __future__ import annotations

import datetime as dt

from flask_wtf import FlaskForm
from wtforms import HiddenField, SelectField, StringField
from wtforms.validators import Length

from residentapp.core.dates import DateField, DateValue
from residentapp.core.kana import to_fullwidth_katakana
from residentapp.core.web.forms import DateValueField, choices_of
from residentapp.residents.kana.types import AnswerHow, KanaAnswer, KanaItem

_MOST = Length(max=1000, message="長すぎます。届書を確かめて短くしてください。")


class NoticeForm(FlaskForm):  # type: ignore[misc]
    """The term of the notices to be made."""

    answer_by = DateValueField("回答期限", kind=DateField.OTHER)

    @property
    def day(self) -> dt.date | None:
        """The day typed."""
        return self.answer_by.data.exact if isinstance(self.answer_by.data, DateValue) else None


class AnswerForm(FlaskForm):  # type: ignore[misc]
    """An answer: which フリガナ is right, and how that is known."""

    item = HiddenField()
    how = SelectField(
        "どのように分かったか",
        choices=choices_of((how.value, how.label) for how in AnswerHow if how is not AnswerHow.EX_OFFICIO),
    )
    kana = StringField("正しいフリガナ", [_MOST])

    def answer(self) -> KanaAnswer | None:
        """The answer as the operation takes it, in full-width katakana; None for an unknown item."""
        if self.item.data not in {item.value for item in KanaItem}:
            return None
        return KanaAnswer(
            KanaItem(self.item.data), to_fullwidth_katakana(self.kana.data or ""), AnswerHow(self.how.data)
        )
