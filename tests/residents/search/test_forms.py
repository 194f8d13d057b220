"""What may be typed as a birth date, and how the form becomes a search and back."""

from __future__ import annotations

import datetime as dt

import pytest
from werkzeug.datastructures import MultiDict

from residentapp.core.dates import DateError
from residentapp.core.search_keys import MatchKind
from residentapp.residents.search.forms import SearchForm, birth_period, form_of
from residentapp.residents.search.types import BirthScope, EmptyItem, SearchQuery, StateScope
from residentapp.residents.types import ChangeReason, Sex


@pytest.mark.requirement("RR-2.1.3c", partial=True)
@pytest.mark.parametrize(
    ("typed", "first", "last"),
    [
        ("昭和45年3月2日", "1970-03-02", "1970-03-02"),
        ("S45.3.2", "1970-03-02", "1970-03-02"),
        ("3450302", "1970-03-02", "1970-03-02"),
        ("1970-03-02", "1970-03-02", "1970-03-02"),
        ("１９７０年３月２日", "1970-03-02", "1970-03-02"),
        ("昭和45年", "1970-01-01", "1970-12-31"),
        ("S45", "1970-01-01", "1970-12-31"),
        ("1970", "1970-01-01", "1970-12-31"),
        ("1970年", "1970-01-01", "1970-12-31"),
        ("昭和45年2月", "1970-02-01", "1970-02-28"),
        ("昭和47年2月", "1972-02-01", "1972-02-29"),
        ("S47.2", "1972-02-01", "1972-02-29"),
        ("1972-02", "1972-02-01", "1972-02-29"),
        ("昭和64年", "1989-01-01", "1989-01-07"),
        ("平成元年", "1989-01-08", "1989-12-31"),
        ("1989年", "1989-01-01", "1989-12-31"),
        ("令和元年5月", "2019-05-01", "2019-05-31"),
        ("明治45年7月", "1912-07-01", "1912-07-30"),
        ("大正元年7月", "1912-07-30", "1912-07-31"),
    ],
)
def test_birth_periods(typed: str, first: str, last: str) -> None:
    assert birth_period(typed) == (dt.date.fromisoformat(first), dt.date.fromisoformat(last), BirthScope.ANY)


def test_an_unknown_date_means_people_with_that_date() -> None:
    day = dt.date(1935, 1, 1)
    assert birth_period("昭和10年月日不詳") == (day, day, BirthScope.UNKNOWN)


@pytest.mark.parametrize(
    "typed", ["昭和45年13月", "昭和45年0月", "昭和65年", "昭和64年2月", "きのう", "45", "1970.2.30"]
)
def test_what_is_no_birth_date(typed: str) -> None:
    with pytest.raises(DateError):
        birth_period(typed)


def test_form_to_search_and_back() -> None:
    sent = MultiDict(
        [
            ("name", " 佐藤 "), ("name_match", "full"), ("kana", "サトウ"), ("kana_match", "contains"),
            ("birth", "昭和45年"), ("birth_to", "S50"), ("sex", "female"), ("address", "本町1"),
            ("address_match", "prefix"), ("removal_reason", "D03"), ("states", "all"), ("without_past", "y"),
            ("empty", "alias"), ("empty", "building"), ("individual_number", "123456789018"),
            ("name_scope", "any"), ("birth_scope", "any"),
        ]
    )  # fmt: skip
    form = SearchForm(sent)
    assert form.validate(), form.errors
    query = form.query()
    assert query == SearchQuery(
        name="佐藤",
        name_match=MatchKind.FULL,
        kana="サトウ",
        kana_match=MatchKind.CONTAINS,
        birth_from=dt.date(1970, 1, 1),
        birth_to=dt.date(1975, 12, 31),
        sex=Sex.FEMALE,
        address="本町1",
        removal_reason=ChangeReason.DEATH,
        states=StateScope.ALL,
        past=False,
        empty=frozenset({EmptyItem.ALIAS, EmptyItem.BUILDING}),
        individual_number="123456789018",
    )
    shown = form_of(query)
    assert not shown.individual_number.data, "identifying numbers are not shown again"
    assert (shown.birth.data, shown.birth_to.data) == ("昭和45年1月1日", "昭和50年12月31日")
    assert shown.uses_more
    assert form_of(query, birth="昭和45年", birth_to="S50").birth.data == "昭和45年"
    assert not SearchForm().uses_more
    assert not form_of(SearchQuery(name="佐藤", birth_from=dt.date(1970, 1, 1))).uses_more


@pytest.mark.parametrize(
    ("values", "field", "message"),
    [
        ({"birth": "きのう"}, "birth", ""),
        ({"birth": "S50", "birth_to": "S45"}, "birth_to", "始まりの日より前"),
        ({"name": "あ" * 201}, "name", "200字まで"),
        ({"sex": "xyz"}, "sex", ""),
    ],
)
def test_mistakes_stand_beside_their_field(values: dict[str, str], field: str, message: str) -> None:
    form = SearchForm(MultiDict(values))
    assert not form.validate()
    assert message in "".join(form.errors[field])
