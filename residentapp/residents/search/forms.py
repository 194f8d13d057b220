"""The search form: what was typed, read into a :class:`SearchQuery`."""

from __future__ import annotations

import datetime as dt
import enum
import re
import unicodedata
from calendar import monthrange
from dataclasses import replace
from typing import Any

from wtforms import BooleanField, Form, SelectField, SelectMultipleField, StringField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs
from wtforms.validators import Length, ValidationError

from residentapp.core.dates import DateError, DateField, DateKind, DateValue, parse_date
from residentapp.core.eras import current_eras
from residentapp.core.search_keys import MatchKind
from residentapp.core.wards import Wards
from residentapp.residents.search.types import (
    BirthScope,
    EmptyItem,
    NameScope,
    SearchError,
    SearchQuery,
    StateScope,
)
from residentapp.residents.types import ChangeKind, ChangeReason, Sex

#: A year, or a year and a month, of an era or western: 昭和10年, S10, 1935, 昭和10年3月, 1935-03.
_PART = re.compile(
    r"(?P<year>[^\d.\-/年]*(?:\d{1,4}|元))(?:年|(?=[.\-/])|$)(?:[.\-/]?(?P<month>\d{1,2})月?)?"
)
_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−ーｰ", "-"))


def birth_period(text: str) -> tuple[dt.date, dt.date, BirthScope]:
    """First and last day that a text about a birth date means, and whether only unknown dates are meant.

    A day in any spelling of ``parse_date``; an unknown date in one of its 14 patterns (people with just such an
    unknown date); a year or a month, known or not.

    :raises DateError: with what to type instead.
    """
    folded = re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).translate(_DASHES)
    found = _PART.fullmatch(folded)
    if found and not (found["month"] is None and len(folded) > 4 and folded.isdigit()):
        year = parse_date(f"{found['year']}年月日不詳", DateField.BIRTH)
        if found["month"] is not None:
            if not 1 <= int(found["month"]) <= 12:
                raise DateError("unreadable")
            return *_within(year, int(found["month"]), int(found["month"])), BirthScope.ANY
        return *_within(year, 1, 12), BirthScope.ANY
    value = parse_date(text, DateField.BIRTH)
    scope = BirthScope.UNKNOWN if value.kind is DateKind.UNKNOWN else BirthScope.ANY
    return value.sort, value.sort, scope


def _within(year: DateValue, first: int, last: int) -> tuple[dt.date, dt.date]:
    """The months of a year, cut to the era they were written in."""
    number = year.sort.year
    start, end = dt.date(number, first, 1), dt.date(number, last, monthrange(number, last)[1])
    era = (
        None
        if year.is_western
        else next((era for era in current_eras() if year.writing.startswith(era.name)), None)
    )
    if era is not None:
        start = max(start, era.first_day)
        end = min(end, era.last_day or end)
    if start > end:
        raise DateError("unreadable", f"{era.name if era else ''}にその年月はありません。")
    return start, end


def _choices(values: Any, *, empty: str = "") -> list[SelectChoice]:
    first = [SelectChoice("", empty)] if empty else []
    return [*first, *(SelectChoice(value.value, value.label) for value in values)]


_REMOVALS = [reason for reason in ChangeReason if reason.kind is ChangeKind.REMOVAL]
_MOST = Length(max=200, message="200字までで入力してください。")


class SearchForm(Form):
    """Fields named as those of :class:`SearchQuery`, birth dates as typed."""

    name = StringField("氏名（漢字・アルファベット）", [_MOST])
    name_match = SelectField("氏名の比べ方", choices=_choices(MatchKind), default=MatchKind.PREFIX.value)
    kana = StringField("フリガナ", [_MOST])
    kana_match = SelectField("フリガナの比べ方", choices=_choices(MatchKind), default=MatchKind.PREFIX.value)
    name_scope = SelectField("氏名・フリガナの種類", choices=_choices(NameScope), default=NameScope.ANY.value)
    birth = StringField("生年月日", [Length(max=60)])
    birth_to = StringField("生年月日（まで）", [Length(max=60)])
    birth_scope = SelectField("生年月日の種類", choices=_choices(BirthScope), default=BirthScope.ANY.value)
    sex = SelectField("性別", choices=_choices(Sex, empty="―"), default="")
    relationship = StringField("続柄", [_MOST])
    address = StringField("住所", [_MOST])
    address_match = SelectField("住所の比べ方", choices=_choices(MatchKind), default=MatchKind.PREFIX.value)
    address_code = StringField("住所コード", [Length(max=20)])
    building = StringField("方書", [_MOST])
    addressee_number = StringField("宛名番号", [Length(max=20)])
    household_number = StringField("世帯番号", [Length(max=20)])
    removal_reason = SelectField("消除した事由", choices=_choices(_REMOVALS, empty="指定しない"), default="")
    individual_number = StringField("個人番号", [Length(max=20)])
    resident_code = StringField("住民票コード", [Length(max=20)])
    residence_card_number = StringField("在留カード番号", [Length(max=20)])
    special_permanent_number = StringField("特別永住者証明書番号", [Length(max=20)])
    states = SelectField("対象", choices=_choices(StateScope), default=StateScope.LIVE.value)
    ward = SelectField("区", choices=[SelectChoice("", "すべての区")], validate_choice=False, default="")
    without_past = BooleanField("過去の氏名・住所では検索しない")
    empty = SelectMultipleField("データのない項目", choices=_choices(EmptyItem))

    def _period(self, field: Any) -> tuple[dt.date, dt.date, BirthScope] | None:
        if not (field.data or "").strip():
            return None
        try:
            return birth_period(field.data)
        except DateError as error:
            raise ValidationError(error.message) from error

    def validate_birth(self, field: Any) -> None:
        """A readable day, month, year or unknown date."""
        self._period(field)

    def validate_birth_to(self, field: Any) -> None:
        """Readable, and not before the beginning."""
        last = self._period(field)
        try:
            first = self._period(self.birth)
        except ValidationError:
            return
        if first and last and last[1] < first[0]:
            raise ValidationError("「まで」の日が、始まりの日より前です。")

    def query(self) -> SearchQuery:
        """What is asked; call it after ``validate()``."""
        first, last = self._period(self.birth), self._period(self.birth_to)
        scope = BirthScope(self.birth_scope.data)
        if first and first[2] is BirthScope.UNKNOWN and not last:
            scope = BirthScope.UNKNOWN
        texts = {
            name: (self[name].data or "").strip()
            for name in (
                "name", "kana", "relationship", "address", "address_code", "building", "addressee_number",
                "household_number", "individual_number", "resident_code", "residence_card_number",
                "special_permanent_number",
            )
        }  # fmt: skip
        return SearchQuery(
            **texts,
            name_match=MatchKind(self.name_match.data),
            kana_match=MatchKind(self.kana_match.data),
            name_scope=NameScope(self.name_scope.data),
            address_match=MatchKind(self.address_match.data),
            birth_from=first[0] if first else None,
            birth_to=last[1] if last else first[1] if first else None,
            birth_scope=scope,
            sex=Sex(self.sex.data) if self.sex.data else None,
            removal_reason=ChangeReason(self.removal_reason.data) if self.removal_reason.data else None,
            states=StateScope(self.states.data),
            past=not self.without_past.data,
            empty=frozenset(map(EmptyItem, self.empty.data or ())),
            ward=self.ward.data or "",
        )

    def offer_wards(self, wards: Wards) -> None:
        """Let the wards of a 指定都市 be chosen from (RR-2.1.3b)."""
        self.ward.choices = [
            SelectChoice("", "すべての区"),
            *(SelectChoice(ward.code, ward.name) for ward in wards),
        ]

    def point_at(self, error: SearchError) -> None:
        """Put an error of the search beside its field."""
        place = self[error.item] if error.item and error.item in self else None
        if place is None:
            self.form_errors.append(str(error))
        else:
            place.errors = [*place.errors, str(error)]

    @property
    def uses_more(self) -> bool:
        """Whether a field of the second part is filled, so that it must be open."""
        plain = SearchForm()
        return any((self[name].data or None) != (plain[name].data or None) for name in MORE_FIELDS)


#: Fields of the part that opens on demand.
MORE_FIELDS = (
    "name_scope", "birth_scope", "relationship", "address_code", "removal_reason", "individual_number",
    "resident_code", "residence_card_number", "special_permanent_number", "without_past", "empty",
)  # fmt: skip


def form_of(query: SearchQuery, *, birth: str = "", birth_to: str = "") -> SearchForm:
    """A form filled with a search, to be changed and run again. Identifying numbers are not shown again.

    :param birth: birth dates as they were typed; else written from the query.
    """
    shown = replace(query, individual_number="", resident_code="")
    data: dict[str, Any] = {}
    for item in SearchForm():
        value = getattr(shown, item.name, None)
        data[item.name] = value.value if isinstance(value, enum.Enum) else value
    data["sex"] = shown.sex.value if shown.sex else ""
    data["removal_reason"] = shown.removal_reason.value if shown.removal_reason else ""
    data["without_past"] = not shown.past
    data["empty"] = [item.value for item in sorted(shown.empty)]
    first, last = shown.birth_from, shown.birth_to
    data["birth"] = birth or (_typed(first) if first else "")
    data["birth_to"] = birth_to or (_typed(last) if last and last != first and not birth else "")
    return SearchForm(data=data)


def _typed(day: dt.date) -> str:
    try:
        return DateValue.of(day).writing
    except DateError:
        return "年月日不詳"
