"""Forms of the masters: parsing and shape only."""

from __future__ import annotations

import re
import unicodedata

from wtforms import BooleanField, FileField, Form, HiddenField, SelectField, StringField
from wtforms.validators import Length

from residentapp.admin.forms import PeriodForm, day_of_field
from residentapp.admin.masters.certifiers import CertifierEntry
from residentapp.admin.masters.era_table import EraEntry
from residentapp.admin.masters.municipality import MunicipalityEntry
from residentapp.admin.masters.seals import SealEntry
from residentapp.admin.masters.wards import WardEntry
from residentapp.core.dates import DateField
from residentapp.core.kana import to_fullwidth_katakana
from residentapp.core.masters.models import CertifierKind, SealColour, SealUse
from residentapp.core.wards import WardKind
from residentapp.core.web.forms import DateValueField, choices_of

_USES = choices_of((use.value, use.label) for use in SealUse)
_COLOURS = choices_of((colour.value, colour.label) for colour in SealColour)
_KINDS = choices_of((kind.value, kind.label) for kind in CertifierKind)


def _plain(text: str | None) -> str:
    """Digits and Latin letters in half width, without blanks around: for codes and numbers only."""
    return unicodedata.normalize("NFKC", text or "").strip()


def whole_number(text: str | None) -> int | None:
    """A number of at most nine digits, with or without commas; None for anything else."""
    digits = _plain(text).replace(",", "")
    return int(digits) if re.fullmatch(r"[0-9]{1,9}", digits) else None


class MunicipalityForm(Form):
    """自団体."""

    code = StringField("全国地方公共団体コード", [Length(max=20)])
    prefecture = StringField("都道府県", [Length(max=100)])
    name = StringField("市区町村", [Length(max=100)])
    kana = StringField("フリガナ", [Length(max=200)])
    low_water = StringField("空きコードの下限", [Length(max=20)])
    designated = BooleanField("指定都市")
    own_ward_only = BooleanField("異動の入力を自区の住民に限る")
    seen = HiddenField()

    def entry(self) -> MunicipalityEntry:
        """What was typed."""
        return MunicipalityEntry(
            code=_plain(self.code.data),
            prefecture=(self.prefecture.data or "").strip(),
            name=(self.name.data or "").strip(),
            kana=to_fullwidth_katakana((self.kana.data or "").strip()),
            low_water=whole_number(self.low_water.data),
            designated=bool(self.designated.data),
            own_ward_only=bool(self.own_ward_only.data),
        )


class WardForm(PeriodForm):
    """区."""

    code = StringField("団体コード", [Length(max=20)])
    name = StringField("名称", [Length(max=100)])
    kana = StringField("フリガナ", [Length(max=200)])
    kind = SelectField("区分", choices=choices_of((kind.value, kind.label) for kind in WardKind))
    seen = HiddenField()

    def entry(self) -> WardEntry:
        """What was typed."""
        return WardEntry(
            code=_plain(self.code.data),
            name=(self.name.data or "").strip(),
            kana=to_fullwidth_katakana((self.kana.data or "").strip()),
            kind=WardKind(self.kind.data),
            validity=self.validity(),
        )


class CertifierForm(PeriodForm):
    """認証者."""

    kind = SelectField("区分", choices=_KINDS)
    ward_code = SelectField("区", validate_choice=False)
    title = StringField("職名", [Length(max=200)])
    name = StringField("氏名", [Length(max=200)])
    seen = HiddenField()

    def entry(self) -> CertifierEntry:
        """What was typed."""
        return CertifierEntry(
            CertifierKind(self.kind.data),
            (self.title.data or "").strip(),
            (self.name.data or "").strip(),
            self.validity(),
            self.ward_code.data or None,
        )


class EndForm(Form):
    """The last day of a certifier or a seal."""

    last_day = DateValueField("終了日（この日まで使う）", kind=DateField.OTHER)
    seen = HiddenField()


class SealForm(PeriodForm):
    """公印."""

    kind = SelectField("区分", choices=_KINDS)
    ward_code = SelectField("区", validate_choice=False)
    use = SelectField("使いみち", choices=_USES, default=SealUse.GENERAL.value)
    colour = SelectField("色", choices=_COLOURS, default=SealColour.BLACK.value)
    size_mm = StringField("大きさ（長い辺）", [Length(max=20)])
    picture = FileField("画像（PNG）")

    def entry(self) -> SealEntry:
        """What was typed, without the picture."""
        size = _plain(self.size_mm.data)
        number = float(size) if re.fullmatch(r"[0-9]{1,2}(\.[0-9])?", size) else None
        return SealEntry(
            CertifierKind(self.kind.data),
            number,
            self.validity(),
            SealUse(self.use.data),
            SealColour(self.colour.data),
            self.ward_code.data or None,
        )


class CodeFileForm(Form):
    """The file of free codes."""

    file = FileField("空きコードのファイル")


class EraForm(Form):
    """元号."""

    name = StringField("元号", [Length(max=20)])
    letter = StringField("略字", [Length(max=10)])
    number = StringField("番号", [Length(max=10)])
    first_day = DateValueField("最初の日", kind=DateField.OTHER)
    confirmed = BooleanField("官報で確かめました")

    def entry(self) -> EraEntry:
        """What was typed."""
        return EraEntry(
            (self.name.data or "").strip(),
            _plain(self.letter.data).upper(),
            whole_number(self.number.data),
            day_of_field(self.first_day),
            bool(self.confirmed.data),
        )
