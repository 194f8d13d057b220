"""Forms of the 方書 master: parsing and shape only; what is allowed is decided in ``operations``."""

from __future__ import annotations

import datetime as dt

from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import InputRequired, Length, ValidationError

from residentapp.core.addresses.operations import BuildingCommand
from residentapp.core.dates import DateError, DateField, parse_date


class DayField(StringField):
    """A day of the calendar in any of the spellings a clerk types; ``day`` holds it once validated."""

    day: dt.date

    def pre_validate(self, form: object) -> None:
        """:raises ValidationError: when it is no day of the calendar."""
        try:
            exact = parse_date(self.data or "", DateField.OTHER).exact
        except DateError as error:
            raise ValidationError(str(error)) from error
        if exact is None:
            raise ValidationError("暦にある日付を入力してください。")
        self.day = exact


class BuildingForm(FlaskForm):  # type: ignore[misc]
    """One 方書."""

    lot = StringField("番地・号", [InputRequired("番地・号を入力してください。"), Length(max=60)])
    name = StringField("方書", [InputRequired("方書を入力してください。"), Length(max=120)])
    kana = StringField("フリガナ", [Length(max=200)])
    valid_from = DayField("使い始めた日", [InputRequired("使い始めた日を入力してください。")])

    def command(self, town_code: str) -> BuildingCommand:
        """What was entered for a town; call after validation."""
        return BuildingCommand(
            town_code=town_code,
            lot=self.lot.data or "",
            name=self.name.data or "",
            kana=self.kana.data or "",
            valid_from=self.valid_from.day,
        )


class EndForm(FlaskForm):  # type: ignore[misc]
    """Last day of a 方書."""

    last_day = DayField("終わりの日", [InputRequired("終わりの日を入力してください。")])
