"""Dates: spellings, eras, unknown patterns, days outside the calendar (RR-1.1.8, RR-1.1.9, RR-1.3.6, CM-3)."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from residentapp.core.dates import (
    NO_DAY_KNOWN,
    DateError,
    DateField,
    DateKind,
    DateValue,
    day_text,
    parse_date,
    to_seireki,
    to_wareki,
    wareki_short,
)

FIELDS_WITH_EXCEPTIONS = (DateField.BIRTH, DateField.EVENT)


@pytest.mark.requirement("CM-3.3")
@pytest.mark.parametrize(
    "text",
    [
        "令和8年11月23日",
        "令和08年11月23日",
        "令和８年１１月２３日",
        " 令和 8年 11月 23日 ",
        "令和　8年11月23日",
        "令8.11.23",
        "R8.11.23",
        "r8.11.23",
        "R８．１１．２３",
        "Ｒ8/11/23",
        "R8-11-23",
        "R081123",
        "r081123",
        "Ｒ０８１１２３",
        "5081123",
        "５０８１１２３",
        "㋿8年11月23日",
    ],
)
def test_wareki_spellings_are_one_date(text: str) -> None:
    value = parse_date(text)
    assert value == DateValue("令和8年11月23日", DateKind.DAY, dt.date(2026, 11, 23))
    assert value.iso == "2026-11-23"


@pytest.mark.requirement("CM-3.3")
@pytest.mark.parametrize(
    "text",
    [
        "2026-11-23",
        "2026/11/23",
        "2026.11.23",
        "20261123",
        "2026年11月23日",
        "２０２６－１１－２３",
        "２０２６１１２３",
        "2026‐11‐23",
        "2026ー11ー23",
        "2026−11−23",
    ],
)
def test_western_spellings_are_one_date_and_print_in_wareki(text: str) -> None:
    value = parse_date(text)
    assert value.writing == "2026年11月23日"
    assert value.exact == dt.date(2026, 11, 23)
    assert value.wareki == "令和8年11月23日"


@pytest.mark.requirement("RR-1.1.8c", "CM-3.1")
@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("明治6年1月1日", "1873-01-01"),
        ("明治45年7月29日", "1912-07-29"),
        ("明治45年7月30日", "1912-07-30"),
        ("大正元年7月30日", "1912-07-30"),
        ("大正元年7月31日", "1912-07-31"),
        ("大正15年12月24日", "1926-12-24"),
        ("大正15年12月25日", "1926-12-25"),
        ("昭和元年12月25日", "1926-12-25"),
        ("昭和元年12月26日", "1926-12-26"),
        ("昭和64年1月7日", "1989-01-07"),
        ("平成元年1月8日", "1989-01-08"),
        ("平成31年4月30日", "2019-04-30"),
        ("令和元年5月1日", "2019-05-01"),
    ],
)
def test_days_around_a_change_of_era_keep_the_writing(text: str, iso: str) -> None:
    value = parse_date(text)
    assert (value.writing, value.iso, value.wareki) == (text, iso, text)


def test_first_year_is_written_gannen() -> None:
    assert parse_date("大正1年7月30日").writing == "大正元年7月30日"
    assert parse_date("R1.5.1").writing == "令和元年5月1日"
    assert parse_date("令和元.5.1").writing == "令和元年5月1日"


@pytest.mark.requirement("CM-3.1")
@pytest.mark.parametrize(
    ("text", "code", "advice"),
    [
        ("明治45年7月31日", "outside_era", "「大正元年7月31日」と入力"),
        ("大正元年7月29日", "outside_era", "「明治45年7月29日」と入力"),
        ("大正15年12月26日", "outside_era", "「昭和元年12月26日」と入力"),
        ("昭和元年12月24日", "outside_era", "「大正15年12月24日」と入力"),
        ("昭和64年1月8日", "outside_era", "「平成元年1月8日」と入力"),
        ("昭和65年1月1日", "outside_era", "昭和は昭和64年1月7日までです。「平成2年1月1日」と入力"),
        ("平成元年1月7日", "outside_era", "平成は平成元年1月8日からです。「昭和64年1月7日」と入力"),
        ("平成31年5月1日", "outside_era", "「令和元年5月1日」と入力"),
        ("H32.2.29", "outside_era", "「令和2年2月29日」と入力"),
        ("令和元年4月30日", "outside_era", "「平成31年4月30日」と入力"),
        ("明治5年12月2日", "old_calendar", "明治6年1月1日以後の日付を入力"),
        ("明治元年1月1日", "old_calendar", "明治6年1月1日以後の日付を入力"),
        ("M051202", "old_calendar", "旧暦"),
        ("1872-12-31", "old_calendar", "旧暦"),
        ("慶応3年1月1日", "unknown_era", "明治・大正・昭和・平成・令和のどれか"),
        ("X8.11.23", "unknown_era", "明治・大正・昭和・平成・令和のどれか"),
        ("6081123", "unknown_era", "5＝令和"),
        ("0081123", "unknown_era", "1＝明治"),
        ("令和0年5月1日", "no_such_day", "「令和元年」と入力"),
        ("令和2026年5月1日", "unreadable", "元号を付けずに"),
        ("令和8年13月1日", "no_such_day", "1から12まで"),
        ("令和8年0月1日", "no_such_day", "1から12まで"),
        ("令和8年4月31日", "no_such_day", "4月は30日まで"),
        ("令和8年2月30日", "no_such_day", "2月は28日まで"),
        ("令和6年2月30日", "no_such_day", "2月は29日まで"),
        ("令和8年4月0日", "no_such_day", "0日はありません"),
        ("20260431", "no_such_day", "4月は30日まで"),
        ("令和8年11月", "incomplete", "年、月、日をすべて入力"),
        ("令和8年", "incomplete", "年、月、日をすべて入力"),
        ("26.11.23", "unreadable", "「令和8年」または「2026年」"),
        ("R81123", "unreadable", "のどれかの形で入力"),
        ("あした", "unreadable", "のどれかの形で入力"),
        ("2026-11/23", "unreadable", "のどれかの形で入力"),
        ("", "empty", "入力してください"),
        ("　 ", "empty", "入力してください"),
    ],
)
def test_wrong_writing_says_what_to_do(text: str, code: str, advice: str) -> None:
    with pytest.raises(DateError) as caught:
        parse_date(text)
    assert caught.value.code == code
    assert advice in caught.value.message


def test_exception_text_never_carries_the_date_entered() -> None:
    with pytest.raises(DateError) as caught:
        parse_date("昭和65年3月17日", DateField.BIRTH)
    assert "平成2年3月17日" in caught.value.message
    assert "3月17日" not in str(caught.value) and "65" not in str(caught.value)


def test_incomplete_birth_date_is_led_to_the_unknown_patterns() -> None:
    with pytest.raises(DateError) as caught:
        parse_date("昭和8年11月", DateField.BIRTH)
    assert "日不詳" in caught.value.message


UNKNOWN_PATTERNS = [
    (1, "令和5年頃", "2023-01-01", "2023年頃"),
    (2, "令和5年3月頃", "2023-03-01", "2023年3月頃"),
    (3, "令和5年3月4日頃", "2023-03-04", "2023年3月4日頃"),
    (4, "推定令和5年3月4日", "2023-03-04", "推定2023年3月4日"),
    (5, "推定令和5年3月", "2023-03-01", "推定2023年3月"),
    (6, "令和5年春", "2023-03-01", "2023年春"),
    (6, "令和5年冬", "2023-12-01", "2023年冬"),
    (7, "令和5年3月上旬", "2023-03-01", "2023年3月上旬"),
    (7, "令和5年3月下旬", "2023-03-21", "2023年3月下旬"),
    (8, "令和5年3月中旬頃", "2023-03-11", "2023年3月中旬頃"),
    (9, "年月日不詳", NO_DAY_KNOWN.isoformat(), "年月日不詳"),
    (10, "令和5年 月日不詳", "2023-01-01", "2023年 月日不詳"),
    (11, "令和5年3月 日不詳", "2023-03-01", "2023年3月 日不詳"),
    (12, "令和5年3月4日から4月2日頃までの間", "2023-03-04", "2023年3月4日から4月2日頃までの間"),
    (13, "令和5年3月推定4日から8日までの間", "2023-03-04", "2023年3月推定4日から8日までの間"),
    (14, "令和5年3月4日頃から8日頃までの間", "2023-03-04", "2023年3月4日頃から8日頃までの間"),
]


@pytest.mark.requirement("RR-1.1.8a", partial=True)
@pytest.mark.requirement("RR-1.1.8b", "CM-3.2")
@pytest.mark.parametrize("field", FIELDS_WITH_EXCEPTIONS)
@pytest.mark.parametrize(("pattern", "text", "sort", "seireki"), UNKNOWN_PATTERNS)
def test_each_unknown_pattern(field: DateField, pattern: int, text: str, sort: str, seireki: str) -> None:
    value = parse_date(text, field)
    assert value.kind is DateKind.UNKNOWN
    assert (value.pattern, value.writing, value.sort.isoformat()) == (pattern, text, sort)
    assert (value.iso, value.exact) == (None, None)
    assert (value.wareki, value.seireki) == (text, seireki)
    assert parse_date(seireki, field).wareki == text


def test_all_fourteen_patterns_are_in_the_table() -> None:
    assert {row[0] for row in UNKNOWN_PATTERNS} == set(range(1, 15))


@pytest.mark.requirement("RR-1.1.8a", partial=True)
@pytest.mark.parametrize("text", [row[1] for row in UNKNOWN_PATTERNS])
def test_other_dates_refuse_every_unknown_pattern(text: str) -> None:
    with pytest.raises(DateError) as caught:
        parse_date(text, DateField.OTHER)
    assert caught.value.code == "unknown_refused"
    assert "年、月、日をすべて" in caught.value.message


@pytest.mark.parametrize(
    ("text", "writing"),
    [
        ("昭和３年頃", "昭和3年頃"),
        ("昭和3年ごろ", "昭和3年頃"),
        ("S3年05月頃", "昭和3年5月頃"),
        ("昭和3年月日不詳", "昭和3年 月日不詳"),
        ("昭和3年　月日不詳", "昭和3年 月日不詳"),
        ("昭和3年05月日不詳", "昭和3年5月 日不詳"),
        ("推定 大正1年8月", "推定大正元年8月"),
    ],
)
def test_unknown_dates_get_one_writing(text: str, writing: str) -> None:
    assert parse_date(text, DateField.BIRTH).writing == writing


@pytest.mark.parametrize(
    ("text", "code", "advice"),
    [
        ("平成31年5月頃", "outside_era", "「令和元年5月頃」と入力"),
        ("昭和65年頃", "outside_era", "「平成2年頃」と入力"),
        ("令和元年春", "unknown", ""),
        ("令和5年13月頃", "no_such_day", "1から12まで"),
        ("令和5年4月31日頃", "no_such_day", "4月は30日まで"),
        ("令和5年3月8日頃から4日頃までの間", "order", "早い日を先に"),
        ("令和5年4月2日から3月4日頃までの間", "order", "早い日を先に"),
        ("明治5年頃", "old_calendar", "「年月日不詳」"),
    ],
)
def test_unknown_dates_are_checked_as_far_as_they_go(text: str, code: str, advice: str) -> None:
    if code == "unknown":
        # Spring 2019 lies in both eras; written in 令和 it sorts within 令和.
        assert parse_date(text, DateField.BIRTH).sort == dt.date(2019, 5, 1)
        return
    with pytest.raises(DateError) as caught:
        parse_date(text, DateField.BIRTH)
    assert caught.value.code == code
    assert advice in caught.value.message


@pytest.mark.requirement("RR-1.1.8a", partial=True)
@pytest.mark.requirement("CM-3.2")
@pytest.mark.parametrize("field", FIELDS_WITH_EXCEPTIONS)
@pytest.mark.parametrize(
    ("text", "seireki"), [("平成31年2月29日", "2019年2月29日"), ("大正2年2月29日", "1913年2月29日")]
)
def test_29_february_of_a_common_year(field: DateField, text: str, seireki: str) -> None:
    value = parse_date(text, field)
    assert (value.kind, value.writing, value.seireki) == (DateKind.NON_CALENDAR, text, seireki)
    assert value.iso is None and value.exact is None
    assert (value.sort.month, value.sort.day) == (2, 28)
    assert parse_date(seireki, field).wareki == text


@pytest.mark.requirement("RR-1.1.8a", partial=True)
@pytest.mark.parametrize("field", [DateField.OTHER, DateField.FORMER_REGISTRATION])
def test_29_february_of_a_common_year_is_refused_elsewhere(field: DateField) -> None:
    with pytest.raises(DateError) as caught:
        parse_date("平成31年2月29日", field)
    assert caught.value.code == "non_calendar_refused"
    assert "2月28日か3月1日か" in caught.value.message


def test_29_february_of_a_leap_year_is_a_day_everywhere() -> None:
    assert parse_date("令和6年2月29日").kind is DateKind.DAY


@pytest.mark.requirement("RR-1.1.8a", partial=True)
def test_former_registration_date_may_be_unknown_when_not_held() -> None:
    assert parse_date("年月日不詳", DateField.FORMER_REGISTRATION).kind is DateKind.UNKNOWN


@pytest.mark.parametrize("month_day", ["1月32日", "2月30日", "4月31日", "6月31日"])
def test_no_other_day_outside_the_calendar_is_accepted(month_day: str) -> None:
    with pytest.raises(DateError) as caught:
        parse_date("平成31年" + month_day if month_day < "5" else "平成30年" + month_day, DateField.BIRTH)
    assert caught.value.code == "no_such_day"


@pytest.mark.requirement("RR-1.1.8c")
def test_birth_dates_are_held_in_the_calendar_of_their_kind() -> None:
    assert parse_date("1990-02-03", DateField.BIRTH).in_wareki().writing == "平成2年2月3日"
    assert parse_date("H2.2.3", DateField.BIRTH).in_seireki().writing == "1990年2月3日"
    assert parse_date("明治45年7月30日", DateField.BIRTH).in_wareki().writing == "明治45年7月30日"


@pytest.mark.parametrize(
    ("day", "full", "short"),
    [
        (dt.date(1873, 1, 1), "明治6年1月1日", "M6.1.1"),
        (dt.date(1912, 7, 29), "明治45年7月29日", "M45.7.29"),
        (dt.date(1912, 7, 30), "大正元年7月30日", "T1.7.30"),
        (dt.date(1926, 12, 25), "昭和元年12月25日", "S1.12.25"),
        (dt.date(1989, 1, 7), "昭和64年1月7日", "S64.1.7"),
        (dt.date(1989, 1, 8), "平成元年1月8日", "H1.1.8"),
        (dt.date(2019, 4, 30), "平成31年4月30日", "H31.4.30"),
        (dt.date(2019, 5, 1), "令和元年5月1日", "R1.5.1"),
        (dt.date(2026, 11, 24), "令和8年11月24日", "R8.11.24"),
    ],
)
def test_days_are_written_in_wareki(day: dt.date, full: str, short: str) -> None:
    assert (to_wareki(day), wareki_short(day)) == (full, short)


@pytest.mark.parametrize("write", [to_wareki, wareki_short])
def test_days_of_the_old_calendar_have_no_wareki(write: object) -> None:
    assert callable(write)
    with pytest.raises(DateError) as caught:
        write(dt.date(1872, 12, 31))
    assert caught.value.code == "old_calendar"


def test_text_order_of_encoded_dates_is_date_order() -> None:
    texts = ["年月日不詳", "明治45年7月30日", "昭和元年12月26日", "昭和64年1月7日", "1989-01-08", "令和5年春"]
    encoded = [parse_date(text, DateField.BIRTH).encode() for text in texts]
    assert encoded == sorted(encoded)
    assert encoded[1] == "1912-07-30|day||明治45年7月30日"
    assert encoded[-1] == "2023-03-01|unknown|6|令和5年春"


@pytest.mark.parametrize("text", ["", "2026-11-23", "2026-11-23|holiday||x", "2026-13-01|day||x"])
def test_what_was_not_encoded_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        DateValue.decode(text)


DAYS = st.dates(dt.date(1873, 1, 1), dt.date(2117, 12, 31))  # to 令和99年


@pytest.mark.requirement("CM-3.3")
@given(DAYS)
def test_reading_undoes_writing(day: dt.date) -> None:
    wareki = DateValue.of(day)
    western = DateValue.of(day, western=True)
    era_digit = {"M": "1", "T": "2", "S": "3", "H": "4", "R": "5"}[wareki_short(day)[0]]
    year = int(wareki_short(day)[1:].split(".")[0])
    assert parse_date(to_wareki(day)) == wareki
    assert parse_date(wareki_short(day)) == wareki
    assert parse_date(f"{era_digit}{year:02}{day:%m%d}") == wareki
    assert (
        parse_date(to_seireki(day)) == western == parse_date(day.isoformat()) == parse_date(f"{day:%Y%m%d}")
    )
    assert (wareki.in_seireki(), western.in_wareki()) == (western, wareki)
    assert wareki.exact == western.exact == day


@given(st.sampled_from([row[1] for row in UNKNOWN_PATTERNS]), DAYS)
def test_stored_dates_come_back_unchanged(text: str, day: dt.date) -> None:
    for value in (parse_date(text, DateField.BIRTH), DateValue.of(day), DateValue.of(day, western=True)):
        assert DateValue.decode(value.encode()) == value
        assert parse_date(value.writing, DateField.BIRTH) == value


@pytest.mark.parametrize(
    ("day", "western", "shown"),
    [
        (dt.date(1873, 1, 1), False, "明治6年1月1日"),
        (dt.date(1872, 12, 31), False, "1872年12月31日"),
        (dt.date(1020, 1, 1), False, "1020年1月1日"),
        (dt.date(2026, 11, 24), False, "令和8年11月24日"),
        (dt.date(2026, 11, 24), True, "2026年11月24日"),
    ],
)
def test_a_stored_day_is_always_shown(day: dt.date, western: bool, shown: str) -> None:
    assert day_text(day, western=western) == shown
