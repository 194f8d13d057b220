"""What is typed on the screen of a 閲覧用: parsing and shape; what it means is for the rules."""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Iterable
from typing import Any

from flask_wtf import FlaskForm
from wtforms import BooleanField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import Length, ValidationError

from residentapp.core.web.forms import choices_of, day_in
from residentapp.residents.certificates.forms import ChecksField
from residentapp.residents.certificates.types import Fee
from residentapp.residents.reading.types import Basis, Conditions, Medium, Order, ReadingRequest
from residentapp.residents.types import ResidentKind, Sex

_TEXT = Length(max=200, message="200字までで入力してください。")
_LONG = Length(max=1000, message="1000字までで入力してください。")
_OLDEST = 150


class ReadingForm(FlaskForm):  # type: ignore[misc]
    """Who asks, by which right, and who is to stand on the list."""

    basis = RadioField(
        "閲覧の根拠",
        choices=choices_of((each.value, each.label) for each in Basis),
        default=Basis.AUTHORITY.value,
    )
    requester_name = StringField("請求者・申出者（氏名、法人・機関の名称）", [_TEXT])
    representative = StringField("代表者・管理者", [_TEXT])
    readers = StringField("閲覧する人", [_TEXT])
    purpose = TextAreaField("利用の目的（請求事由）", [_LONG])
    towns = ChecksField("町字")
    district = SelectField("地区", default="")
    age_from = StringField("年齢（から）", [_TEXT])
    age_to = StringField("年齢（まで）", [_TEXT])
    birth_from = StringField("生年月日（から）", [_TEXT])
    birth_to = StringField("生年月日（まで）", [_TEXT])
    sex = SelectField(
        "性別",
        choices=choices_of([("any", "指定しない"), *((sex.value, sex.label) for sex in Sex if sex.value)]),
        default="any",
    )
    kind = SelectField(
        "日本人・外国人",
        choices=choices_of([("", "指定しない"), *((kind.value, kind.label) for kind in ResidentKind)]),
        default="",
    )
    with_suppressed = BooleanField("支援措置・閲覧の抑止の対象者を除かない（責任者の確認が要ります）")
    order = RadioField(
        "並び", choices=choices_of((each.value, each.label) for each in Order), default=Order.RANDOM.value
    )
    medium = RadioField(
        "形式", choices=choices_of((each.value, each.label) for each in Medium), default=Medium.PDF.value
    )
    kana = BooleanField("フリガナを氏名の後にかっこ書きする")
    fee = SelectField(
        "手数料",
        choices=choices_of((each.value, each.label) for each in Fee),
        default=Fee.FREE_OFFICIAL.value,
    )

    def offer(self, towns: Iterable[tuple[str, str]], districts: Iterable[tuple[str, str]]) -> None:
        """The towns by 住所コード, and the districts as ``kind:code``, that can be chosen."""
        self.towns.choices = choices_of(towns)
        self.district.choices = choices_of([("", "指定しない"), *districts])

    def validate_age_from(self, field: StringField) -> None:
        """A whole number of years."""
        _years(field)

    def validate_age_to(self, field: StringField) -> None:
        """A whole number of years."""
        _years(field)

    def validate_birth_from(self, field: StringField) -> None:
        """A day of the calendar."""
        _day(field)

    def validate_birth_to(self, field: StringField) -> None:
        """A day of the calendar."""
        _day(field)

    def command(self) -> ReadingRequest:
        """What is asked for; call it after ``validate()``."""
        kind, _colon, code = (self.district.data or "").partition(":")
        first, last = _day(self.birth_from), _day(self.birth_to)
        return ReadingRequest(
            conditions=Conditions(
                towns=tuple(self.towns.data or ()),
                district=(kind, code) if code else None,
                age_from=_years(self.age_from),
                age_to=_years(self.age_to),
                birth_from=first.isoformat() if first else "",
                birth_to=last.isoformat() if last else "",
                sex=Sex(self.sex.data) if self.sex.data != "any" else None,
                kind=ResidentKind(self.kind.data) if self.kind.data else None,
                with_suppressed=bool(self.with_suppressed.data),
            ),
            basis=Basis(self.basis.data),
            requester_name=(self.requester_name.data or "").strip(),
            representative=(self.representative.data or "").strip(),
            readers=(self.readers.data or "").strip(),
            purpose=(self.purpose.data or "").strip(),
            order=Order(self.order.data),
            medium=Medium(self.medium.data),
            kana=bool(self.kana.data),
            fee=Fee(self.fee.data),
        )

    def kept(self) -> dict[str, Any]:
        """The fields as JSON, to fill the form again."""
        return {name: field.data for name, field in self._fields.items() if name != "csrf_token"}


def _years(field: StringField) -> int | None:
    text = unicodedata.normalize("NFKC", field.data or "").strip().removesuffix("歳")
    if not text:
        return None
    if not (text.isascii() and text.isdigit()) or len(text) > 3 or int(text) > _OLDEST:
        raise ValidationError(f"0から{_OLDEST}までの数字で入力してください。")
    return int(text)


def _day(field: StringField) -> dt.date | None:
    found = day_in(field)
    if found is None and (field.data or "").strip():
        raise ValidationError("暦にある年月日を入力してください。")
    return found
