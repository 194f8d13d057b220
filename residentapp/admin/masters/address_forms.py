"""Forms of the address masters: towns, lots, renumbering, countries. Parsing and shape only."""

from __future__ import annotations

import re

from wtforms import Form, HiddenField, SelectField, StringField
from wtforms.validators import Length

from residentapp.admin.forms import PeriodForm, day_of_field
from residentapp.admin.masters.countries import CountryEntry
from residentapp.admin.masters.lots import LotEntry, RenumberingEntry
from residentapp.admin.masters.municipalities import FormerMunicipalityEntry
from residentapp.admin.masters.towns import TownEntry
from residentapp.core.addresses.district_models import RenumberingKind
from residentapp.core.addresses.queries import postal_digits
from residentapp.core.addresses.types import LotKind
from residentapp.core.dates import DateField
from residentapp.core.kana import to_fullwidth_katakana
from residentapp.core.web.forms import DateValueField, choices_of

_HALF_DIGITS = str.maketrans("０１２３４５６７８９", "0123456789")
_FULL_DIGITS = str.maketrans("0123456789", "０１２３４５６７８９")


#: Between several postal codes of one field.
_BETWEEN = re.compile(r"[\s　,、，・]+")


def _text(field: StringField) -> str:
    return (field.data or "").strip()


def _lot(field: StringField) -> str:
    """A lot as lists write it: digits in half width."""
    return _text(field).translate(_HALF_DIGITS)


def _code(field: StringField) -> str:
    return _text(field).translate(_HALF_DIGITS)


class TownForm(PeriodForm):
    """町字."""

    oaza_code = SelectField("大字（丁目・小字のとき）", validate_choice=False)
    name = StringField("町字の名称", [Length(max=200)])
    kana = StringField("フリガナ", [Length(max=400)])
    postal_code = StringField("郵便番号", [Length(max=200)])
    successor_code = StringField("引継ぎ先の住所コード", [Length(max=20)])
    seen = HiddenField()

    def entry(self) -> TownEntry:
        """What was typed."""
        return TownEntry(
            name=_text(self.name),
            kana=to_fullwidth_katakana(_text(self.kana)).translate(_FULL_DIGITS),
            postal_codes=tuple(
                postal_digits(part) for part in _BETWEEN.split(_text(self.postal_code)) if part
            ),
            validity=self.validity(),
            oaza_code=self.oaza_code.data or "",
            successor_code=_code(self.successor_code),
        )


class FormerMunicipalityForm(Form):
    """旧市区町村."""

    code = StringField("市区町村コード", [Length(max=20)])
    name = StringField("名称", [Length(max=200)])
    kana = StringField("フリガナ", [Length(max=400)])
    last_day = DateValueField("最後の日", kind=DateField.OTHER)
    successor_code = StringField("引継ぎ先の市区町村コード", [Length(max=20)])
    seen = HiddenField()

    def entry(self) -> FormerMunicipalityEntry:
        """What was typed."""
        return FormerMunicipalityEntry(
            code=_code(self.code),
            name=_text(self.name),
            kana=to_fullwidth_katakana(_text(self.kana)),
            last=day_of_field(self.last_day),
            successor_code=_code(self.successor_code),
        )


class LotForm(PeriodForm):
    """番地, one or a run."""

    kind = SelectField("種類", choices=choices_of((kind.value, kind.label) for kind in LotKind))
    writing = StringField("番地", [Length(max=200)])
    last = StringField("終わりの番地（続けて登録するとき）", [Length(max=200)])
    seen = HiddenField()

    def entry(self) -> LotEntry:
        """What was typed."""
        return LotEntry(LotKind(self.kind.data), _lot(self.writing), self.validity(), _lot(self.last))


class RenumberingForm(Form):
    """住居表示・区画整理."""

    kind = SelectField("種類", choices=choices_of((kind.value, kind.label) for kind in RenumberingKind))
    effective_on = DateValueField("実施日", kind=DateField.OTHER)
    old_lot = StringField("前の番地", [Length(max=200)])
    new_town_code = SelectField("新しい町字", validate_choice=False)
    new_lot = StringField("新しい番地", [Length(max=200)])
    note = StringField("根拠", [Length(max=200)])

    def entry(self) -> RenumberingEntry:
        """What was typed."""
        return RenumberingEntry(
            RenumberingKind(self.kind.data),
            day_of_field(self.effective_on),
            _lot(self.old_lot),
            self.new_town_code.data or "",
            _lot(self.new_lot),
            _text(self.note),
        )


class CountryForm(PeriodForm):
    """国・地域."""

    code = StringField("コード", [Length(max=10)])
    name = StringField("名称", [Length(max=200)])
    seen = HiddenField()

    def entry(self) -> CountryEntry:
        """What was typed."""
        return CountryEntry(_text(self.code).upper(), _text(self.name), self.validity())
