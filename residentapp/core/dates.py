"""Dates as a resident record holds them: the writing, what kind of date it is, and a day to sort by.

Sources: RR-1.1.8 (年月日の管理), RR-1.1.9 (表示), RR-1.3.6 (和暦・西暦), CM-3.

A :class:`DateValue` keeps the writing that was entered, because 明治45年7月30日 and 大正元年7月30日 are one
day but two writings, and because unknown dates (不詳日) are nothing but a writing. No みなし生年月日 is ever
made: the day held inside an unknown date is for sorting only and is never shown.
"""

from __future__ import annotations

import calendar
import datetime as dt
import enum
import re
import unicodedata
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import ClassVar, NoReturn

from residentapp.core.eras import ERAS, SOLAR_CALENDAR_START, EraPeriod, EraTable, current_eras

__all__ = [
    "ERAS",
    "NO_DAY_KNOWN",
    "DateError",
    "DateField",
    "DateKind",
    "DateValue",
    "parse_date",
    "to_seireki",
    "to_wareki",
    "wareki_short",
]

#: The day held inside 年月日不詳. It sorts before every real day and cannot be taken for one.
NO_DAY_KNOWN = dt.date(1000, 1, 1)

#: Where an unknown season or third of a month sorts: its first day. The source writes only 春, 上旬 and
#: 中旬頃; the others are the same patterns with another word (open point 3 of the source), accepted alike.
_SEASON_MONTH = {"春": 3, "夏": 6, "秋": 9, "冬": 12}
_THIRD_DAY = {"上旬": 1, "中旬": 11, "下旬": 21}


class DateKind(enum.StrEnum):
    """What a date value is."""

    DAY = "day"
    UNKNOWN = "unknown"
    NON_CALENDAR = "non_calendar"

    @property
    def label(self) -> str:
        """Japanese label for screens."""
        return {"day": "暦上の日", "unknown": "不詳", "non_calendar": "暦上にない日"}[self.value]


class DateField(enum.StrEnum):
    """Which exceptions of RR-1.1.8a a date item has."""

    #: 生年月日.
    BIRTH = "birth"
    #: 住民となった年月日, 住所を定めた年月日, 外国人住民となった年月日; 異動日 of 出生, 死亡 and 失踪.
    EVENT = "event"
    #: Every other date: days of the calendar only.
    OTHER = "other"
    #: 旧外登法による登録年月日: unknown when not held, but no day outside the calendar.
    FORMER_REGISTRATION = "former_registration"

    @property
    def label(self) -> str:
        """Japanese label for screens."""
        return {
            "birth": "生年月日",
            "event": "住民となった日・住所を定めた日・出生、死亡、失踪の異動日",
            "other": "その他の年月日",
            "former_registration": "旧外登法による登録年月日",
        }[self.value]

    @property
    def accepts_unknown(self) -> bool:
        """Whether the 14 unknown patterns may be entered."""
        return self is not DateField.OTHER

    @property
    def accepts_non_calendar(self) -> bool:
        """Whether 29 February of a common year may be entered."""
        return self in (DateField.BIRTH, DateField.EVENT)


class DateError(ValueError):
    """A date that cannot be taken as entered.

    :ivar code: stable code of the cause.
    :ivar message: for the clerk's screen: what is wrong and what to enter instead.

    ``str(error)`` is the same without anything that was entered: no birth date may reach a technical log.
    """

    _GENERAL: ClassVar[dict[str, str]] = {
        "empty": "日付が入力されていません。「令和8年11月23日」のように入力してください。",
        "unreadable": (
            "日付として読めません。「令和8年11月23日」「R8.11.23」「R081123」「2026-11-23」"
            "「20261123」のどれかの形で入力してください。"
        ),
        "incomplete": "年月日の一部がありません。年、月、日をすべて入力してください。",
        "unknown_era": "元号が分かりません。明治・大正・昭和・平成・令和のどれかで入力してください。",
        "outside_era": "元号の期間の外の日付です。その日の元号で入力し直してください。",
        "old_calendar": "明治5年以前は旧暦のため受け付けません。明治6年1月1日以後の日付を入力してください。",
        "no_such_day": "暦にない日付です。届出書の月と日を確かめて入力し直してください。",
        "non_calendar_refused": "うるう年でない年に2月29日はありません。日付を確かめて入力し直してください。",
        "unknown_refused": "この項目には不詳の日付を入力できません。年、月、日をすべて入力してください。",
        "order": "期間の初めの日が終わりの日より後です。早い日を先にして入力し直してください。",
    }

    def __init__(self, code: str, message: str | None = None) -> None:
        super().__init__(self._GENERAL[code])
        self.code = code
        self.message = message or self._GENERAL[code]

    @classmethod
    def general(cls, code: str) -> str:
        """The message of a cause without anything that was entered."""
        return cls._GENERAL[code]


_LEADING_YEAR = re.compile(r"^(推定)?([^\d元]*)(\d+|元)年")


@dataclass(frozen=True)
class DateValue:
    """A date of a record.

    :param writing: canonical full writing in the era or calendar that was entered, ``明治45年7月30日``.
    :param kind: day of the calendar, unknown, or a day outside the calendar.
    :param sort: a concrete day for ordering; for unknown dates the first day they may mean.
    :param pattern: number 1–14 of the unknown pattern (RR-1.1.8b), else None.
    """

    writing: str
    kind: DateKind
    sort: dt.date
    pattern: int | None = None

    @classmethod
    def of(cls, day: dt.date, *, western: bool = False) -> DateValue:
        """A day of the calendar, written in wareki unless ``western``.

        :raises DateError: for a day before 明治6年1月1日.
        """
        return cls(to_seireki(day) if western else to_wareki(day), DateKind.DAY, day)

    @property
    def iso(self) -> str | None:
        """``2026-11-23`` for a day of the calendar, else None."""
        return self.sort.isoformat() if self.kind is DateKind.DAY else None

    @property
    def exact(self) -> dt.date | None:
        """The day itself, or None when it is unknown or not of the calendar."""
        return self.sort if self.kind is DateKind.DAY else None

    @property
    def is_western(self) -> bool:
        """Whether the writing counts years in 西暦."""
        found = _LEADING_YEAR.match(self.writing)
        return found is not None and not found[2]

    @property
    def wareki(self) -> str:
        """The writing in wareki; the era that was entered is kept."""
        if not self.is_western:
            return self.writing
        era = current_eras().at(self.sort)
        if era is None:
            raise DateError("old_calendar")
        return self._with_year(era.year_text(self.sort.year))

    @property
    def seireki(self) -> str:
        """The writing in 西暦, for 生年月日 of foreign residents and 在留期間の満了の日 (RR-1.1.9)."""
        return self.writing if self.is_western else self._with_year(f"{self.sort.year}年")

    def _with_year(self, year: str) -> str:
        return _LEADING_YEAR.sub(lambda found: (found[1] or "") + year, self.writing)

    def in_wareki(self) -> DateValue:
        """The same date held in wareki (生年月日 of Japanese residents, RR-1.1.1)."""
        return replace(self, writing=self.wareki)

    def in_seireki(self) -> DateValue:
        """The same date held in 西暦 (生年月日 of foreign residents, RR-1.1.2)."""
        return replace(self, writing=self.seireki)

    def encode(self) -> str:
        """Text for a database column, ``YYYY-MM-DD|kind|pattern|writing``: text order is date order."""
        return f"{self.sort.isoformat()}|{self.kind.value}|{self.pattern or ''}|{self.writing}"

    @classmethod
    def decode(cls, text: str) -> DateValue:
        """The value that :meth:`encode` wrote.

        :raises ValueError: when the text was not written by it.
        """
        day, kind, pattern, writing = text.split("|", 3)
        return cls(writing, DateKind(kind), dt.date.fromisoformat(day), int(pattern) if pattern else None)

    def __str__(self) -> str:
        return self.writing


def to_wareki(day: dt.date, *, eras: EraTable | None = None) -> str:
    """``令和8年11月24日``; the first year is 元年; on a day of two eras the new one.

    :raises DateError: for a day before 明治6年1月1日, which is of the old calendar.
    """
    era = (eras or current_eras()).at(day)
    if era is None:
        raise DateError("old_calendar")
    return f"{era.year_text(day.year)}{day.month}月{day.day}日"


def day_text(day: dt.date, *, western: bool = False) -> str:
    """A day as it is shown: in wareki, or in 西暦 where that is wanted.

    A day of the old calendar has no wareki here; records taken over from elsewhere hold some in place of days that
    nobody knows. It is shown in 西暦 rather than not at all.
    """
    return to_seireki(day) if western or current_eras().at(day) is None else to_wareki(day)


def wareki_short(day: dt.date, *, eras: EraTable | None = None) -> str:
    """``R8.11.24``, for narrow columns.

    :raises DateError: as :func:`to_wareki`.
    """
    era = (eras or current_eras()).at(day)
    if era is None:
        raise DateError("old_calendar")
    return f"{era.letter}{day.year - era.first_year + 1}.{day.month}.{day.day}"


def to_seireki(day: dt.date) -> str:
    """``2026年11月24日``."""
    return f"{day.year}年{day.month}月{day.day}日"


# --- Reading ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Year:
    """A year as entered: its western number and the era it was written in (None: 西暦)."""

    western: int
    era: EraPeriod | None
    text: str


@lru_cache(maxsize=8)
def _grammar(keys: str) -> tuple[re.Pattern[str], re.Pattern[str], tuple[tuple[int, re.Pattern[str]], ...]]:
    """Regular expressions for one set of era names: full day, compact day, and the 14 unknown patterns."""
    year = rf"(?P<era>{keys})?(?P<year>\d{{1,4}}|元)年"
    month, day = r"(?P<month>\d{1,2})月", r"(?P<day>\d{1,2})日"
    month2, day2 = r"(?P<month2>\d{1,2})月", r"(?P<day2>\d{1,2})日"
    full = re.compile(
        rf"(?:{year}{month}{day}"
        rf"|(?P<era_b>{keys})?(?P<year_b>\d{{1,4}}|元)(?P<mark>[.\-/])(?P<month_b>\d{{1,2}})(?P=mark)"
        rf"(?P<day_b>\d{{1,2}}))"
    )
    compact = re.compile(rf"(?:(?P<era>{keys}|\d)(?P<yy>\d\d)|(?P<yyyy>\d{{4}}))(?P<mm>\d\d)(?P<dd>\d\d)")
    unknown = (
        (1, rf"{year}頃"),
        (2, rf"{year}{month}頃"),
        (3, rf"{year}{month}{day}頃"),
        (4, rf"推定{year}{month}{day}"),
        (5, rf"推定{year}{month}"),
        (6, rf"{year}(?P<season>[春夏秋冬])"),
        (7, rf"{year}{month}(?P<third>[上中下]旬)"),
        (8, rf"{year}{month}(?P<third>[上中下]旬)頃"),
        (9, r"年月日不詳"),
        (10, rf"{year}月日不詳"),
        (11, rf"{year}{month}日不詳"),
        (12, rf"{year}{month}{day}から{month2}{day2}頃までの間"),
        (13, rf"{year}{month}推定{day}から{day2}までの間"),
        (14, rf"{year}{month}{day}頃から{day2}頃までの間"),
    )
    return full, compact, tuple((number, re.compile(text)) for number, text in unknown)


_INCOMPLETE = re.compile(r"(?:[^\d元]*(?:\d{1,4}|元)年)?(?:\d{1,2}月)?(?:\d{1,2}日)?")
_ERA_BEFORE_YEAR = re.compile(r"([^\d元]+)(?:\d{1,4}|元)[年.\-/]")
#: Dashes that an input method puts between digits; the date's text is not stored, so folding is safe here.
_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−ーｰ", "-"))


def parse_date(text: str, field: DateField = DateField.OTHER, *, eras: EraTable | None = None) -> DateValue:
    """Read a date in any spelling the counter uses (CM-3).

    Accepted: ``令和8年11月23日``, ``令8.11.23``, ``R8.11.23`` (also with - or /), ``R081123``, ``5081123``
    (era digit), ``2026年11月23日``, ``2026-11-23``, ``2026/11/23``, ``20261123``, all in full or half width,
    and the 14 unknown patterns where the field has them.

    :param field: which exceptions the item has (RR-1.1.8a).
    :raises DateError: with a Japanese message that says what to do.
    """
    table = eras or current_eras()
    folded = re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).translate(_DASHES)
    folded = folded.replace("ごろ", "頃").replace("ころ", "頃")
    if not folded:
        raise DateError("empty")
    try:
        return _read(folded, field, table)
    except DateError as error:
        if error.code == "old_calendar" and field.accepts_unknown:
            hint = "日付が分からないときは「年月日不詳」と入力してください。"
            raise DateError(error.code, error.message + hint) from None
        raise


def _read(folded: str, field: DateField, table: EraTable) -> DateValue:
    full, compact, unknown = _grammar(table.keys_pattern())
    found = full.fullmatch(folded)
    if found:
        style = "" if found["year"] else "_b"
        year = _read_year(found["era" + style], found["year" + style], table)
        return _read_day(year, int(found["month" + style]), int(found["day" + style]), field, table)
    found = compact.fullmatch(folded)
    if found:
        year = _read_year(found["era"], found["yyyy"] or found["yy"], table)
        return _read_day(year, int(found["mm"]), int(found["dd"]), field, table)
    for number, pattern in unknown:
        found = pattern.fullmatch(folded)
        if found:
            if not field.accepts_unknown:
                raise DateError("unknown_refused")
            return _read_unknown(number, found, table)
    _explain_unreadable(folded, field, table)


def _explain_unreadable(folded: str, field: DateField, table: EraTable) -> NoReturn:
    """Say as closely as possible why a text is no date."""
    era = _ERA_BEFORE_YEAR.match(folded.removeprefix("推定"))
    if era and table.find(era[1]) is None:
        names = "・".join(period.name for period in table)
        raise DateError("unknown_era", f"元号が分かりません。{names}のどれかで入力してください。")
    if _INCOMPLETE.fullmatch(folded) and "年" in folded:
        if field.accepts_unknown:
            hint = "分からないときは「令和8年 月日不詳」「令和8年11月 日不詳」のように入力してください。"
            raise DateError("incomplete", DateError.general("incomplete") + hint)
        raise DateError("incomplete")
    raise DateError("unreadable")


def _read_year(era_key: str | None, digits: str, table: EraTable) -> _Year:
    if era_key is None:
        if digits == "元":
            raise DateError("unknown_era")
        western = int(digits)
        if len(digits) != 4:
            raise DateError(
                "unreadable",
                "元号か4けたの西暦の年がありません。「令和8年」または「2026年」のように入力してください。",
            )
        if western < SOLAR_CALENDAR_START.year:
            raise DateError("old_calendar")
        return _Year(western, None, f"{western}年")
    era = table.find(era_key)
    if era is None:
        numbers = "、".join(f"{period.number}＝{period.name}" for period in table)
        raise DateError("unknown_era", f"元号の数字が分かりません。{numbers}です。")
    number = 1 if digits == "元" else int(digits)
    western = era.first_year + number - 1
    if number > 99:
        raise DateError(
            "unreadable",
            f"{era.name}の年は2けたまでです。西暦なら元号を付けずに「2026年」と入力してください。",
        )
    if number == 0:
        raise DateError(
            "no_such_day", f"{era.name}0年はありません。最初の年は「{era.name}元年」と入力してください。"
        )
    if western < SOLAR_CALENDAR_START.year:
        raise DateError("old_calendar")
    return _Year(western, era, era.year_text(western))


def _day(year: int, month: int, day: int) -> dt.date:
    """A day of the calendar, or DateError saying what the month has."""
    if not 1 <= month <= 12:
        raise DateError("no_such_day", f"{month}月はありません。月は1から12までで入力してください。")
    last = calendar.monthrange(year, month)[1]
    if not 1 <= day <= last:
        raise DateError(
            "no_such_day",
            f"その年の{month}月は{last}日までです。{day}日はありません。届出書の月と日を確かめて入力し直してください。",
        )
    return dt.date(year, month, day)


def _check_era(year: _Year, first: dt.date, last: dt.date, table: EraTable, tail: str) -> None:
    """Refuse a writing none of whose days lie in its era, and say the right writing.

    :param tail: the writing after the year, to show the whole right writing.
    """
    era = year.era
    if era is None or era.covers(first, last):
        return
    right = table.at(last if first < era.first_day else first)
    if right is None:
        raise DateError("old_calendar")
    limit = (
        f"{era.name}は{to_wareki(era.first_day, eras=table)}からです。"
        if first < era.first_day
        else f"{era.name}は{_last_day_text(era)}までです。"
    )
    raise DateError("outside_era", f"{limit}「{right.year_text(first.year)}{tail}」と入力してください。")


def _last_day_text(era: EraPeriod) -> str:
    """``昭和64年1月7日``, in the era itself even where the next one began that day."""
    last = era.last_day or dt.date.max
    return f"{era.year_text(last.year)}{last.month}月{last.day}日"


def _read_day(year: _Year, month: int, day: int, field: DateField, table: EraTable) -> DateValue:
    tail = f"{month}月{day}日"
    if month == 2 and day == 29 and not calendar.isleap(year.western):
        stand_in = dt.date(year.western, 2, 28)
        _check_era(year, stand_in, stand_in, table, tail)
        if not field.accepts_non_calendar:
            raise DateError(
                "non_calendar_refused",
                f"{year.text}はうるう年でないので2月29日はありません。2月28日か3月1日か、日付を確かめて入力し直してください。",
            )
        return DateValue(year.text + tail, DateKind.NON_CALENDAR, stand_in)
    exact = _day(year.western, month, day)
    _check_era(year, exact, exact, table, tail)
    return DateValue(year.text + tail, DateKind.DAY, exact)


def _read_unknown(number: int, found: re.Match[str], table: EraTable) -> DateValue:
    if number == 9:
        return DateValue("年月日不詳", DateKind.UNKNOWN, NO_DAY_KNOWN, 9)
    parts = found.groupdict()
    year = _read_year(parts["era"], parts["year"], table)
    month = int(parts["month"]) if parts.get("month") else None
    day = int(parts["day"]) if parts.get("day") else None
    first, last = _bounds(year.western, month, day, parts)
    tail = _unknown_tail(number, month, day, parts)
    _check_era(year, first, last, table, tail)
    # A season or year that straddles a change of era sorts within the era that was written.
    if year.era is not None and first < year.era.first_day:
        first = year.era.first_day
    writing = f"推定{year.text}{tail}" if number in (4, 5) else year.text + tail
    return DateValue(writing, DateKind.UNKNOWN, first, number)


def _bounds(
    year: int, month: int | None, day: int | None, parts: dict[str, str | None]
) -> tuple[dt.date, dt.date]:
    """First and last day that an unknown date may mean, as far as its words say; both are checked."""
    if season := parts.get("season"):
        first = dt.date(year, _SEASON_MONTH[season], 1)
        # Winter runs on into the next year, but the year that is written is the one it belongs to.
        return first, dt.date(year, 12, 31) if season == "冬" else first + dt.timedelta(days=91)
    if month is None:
        return dt.date(year, 1, 1), dt.date(year, 12, 31)
    last_of_month = calendar.monthrange(year, min(max(month, 1), 12))[1]
    if third := parts.get("third"):
        start = _THIRD_DAY[third]
        return _day(year, month, start), _day(year, month, last_of_month if start == 21 else start + 9)
    if day is None:
        return _day(year, month, 1), _day(year, month, last_of_month)
    first = _day(year, month, day)
    if not parts.get("day2"):
        return first, first
    last = _day(year, int(parts.get("month2") or month), int(parts["day2"] or 0))
    if last < first:
        raise DateError("order")
    return first, last


def _unknown_tail(number: int, month: int | None, day: int | None, parts: dict[str, str | None]) -> str:
    """The canonical writing after the year, for each pattern of RR-1.1.8b."""
    month2 = int(parts["month2"] or 0) if parts.get("month2") else None
    day2 = int(parts["day2"] or 0) if parts.get("day2") else None
    return {
        1: "頃",
        2: f"{month}月頃",
        3: f"{month}月{day}日頃",
        4: f"{month}月{day}日",
        5: f"{month}月",
        6: f"{parts.get('season')}",
        7: f"{month}月{parts.get('third')}",
        8: f"{month}月{parts.get('third')}頃",
        10: " 月日不詳",
        11: f"{month}月 日不詳",
        12: f"{month}月{day}日から{month2}月{day2}日頃までの間",
        13: f"{month}月推定{day}日から{day2}日までの間",
        14: f"{month}月{day}日頃から{day2}日頃までの間",
    }[number]
