"""Reading typed text: dates, numbers, names. Nothing here decides; the rules and final registration both read with it.

Source: RR-1.1.8a (which dates may be unknown or outside the calendar).
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata

from residentapp.core.dates import DateError, DateField, DateValue, parse_date
from residentapp.core.kana import to_fullwidth_katakana
from residentapp.core.search_keys import search_key
from residentapp.residents.move_in.types import MemberEntry, MoveInEntry, MoveInKind
from residentapp.residents.rules.relationships import parse_relationship
from residentapp.residents.types import Sex

#: Items of a member that take more than days of the calendar.
_DATE_FIELDS = {
    "birth_date": DateField.BIRTH,
    "became_resident_on": DateField.EVENT,
    "became_foreign_resident_on": DateField.EVENT,
    "former_registration_on": DateField.FORMER_REGISTRATION,
}

_SPACES = re.compile(r"[ \t\u3000]+")
_HYPHENS = re.compile(r"[\s\-‐‑‒–—―−－ー]")
_MONTH = re.compile(r"^(\d{4})[-/.年](\d{1,2})月?$")
#: The era as a letter or a word, year, month; read by way of the first of the month.
_WAREKI_MONTH = re.compile(r"^(\D+(?:\d+|元)年\d{1,2}月|[A-Za-z]\d+[./-]\d{1,2})$")


def date_field(name: str) -> DateField:
    """Which exceptions a date item has."""
    return _DATE_FIELDS.get(name, DateField.OTHER)


def read_date(text: str, name: str) -> tuple[DateValue | None, str]:
    """A date item as typed.

    :returns: the date and an empty text; or None and why it cannot be read. A blank is None and an empty text.
    """
    if not text.strip():
        return None, ""
    try:
        return parse_date(text, date_field(name)), ""
    except DateError as error:
        return None, error.message


def day_of_text(text: str, name: str = "") -> dt.date | None:
    """The exact day of a date item, None when blank, unreadable, unknown or outside the calendar."""
    value, _why = read_date(text, name)
    return value.exact if value is not None else None


def digits(text: str) -> str:
    """A number as typed, without spaces and hyphens, full-width digits made half-width."""
    return _HYPHENS.sub("", unicodedata.normalize("NFKC", text))


def card_number(text: str) -> str:
    """Number of a residence card as typed: half-width capitals and digits, no spaces."""
    return digits(text).upper()


def month(text: str) -> str | None:
    """A month as ``2026-04``; None when it cannot be read. Takes 令和8年4月, R8.4 and 2026-04."""
    folded = unicodedata.normalize("NFKC", text).strip()
    if match := _MONTH.match(folded):
        number = int(match[2])
        return f"{match[1]}-{number:02d}" if 1 <= number <= 12 else None
    if _WAREKI_MONTH.match(folded):
        # An era may begin within a month: its first day need not exist, its last does.
        for last in ("1", "28"):
            day = day_of_text(folded + (f"{last}日" if folded.endswith("月") else f".{last}"))
            if day is not None:
                return f"{day:%Y-%m}"
    return None


def name_text(text: str, *, foreign: bool = False) -> str:
    """A name as it is stored: one full-width space between family and given name.

    Letters of a foreign name keep half-width spaces. Characters are never replaced (CM-1).
    """
    stripped = text.strip()
    return _SPACES.sub(" " if foreign else "\u3000", stripped)


def relationship_text(member: MemberEntry) -> str:
    """続柄 as it is recorded: 「世帯　主」 is 世帯主, 「夫(未届)」 is 夫（未届）. The invalid stays as typed.

    Whoever asks who is head asks this, so that no spelling makes a second head (RR-1.1.10).
    """
    typed = member.relationship.strip()
    relationship = parse_relationship(typed)
    return relationship.normal or typed if relationship.valid else typed


def kana_text(text: str) -> str:
    """A reading as it is stored."""
    return to_fullwidth_katakana(text)


def moved_on(entry: MoveInEntry) -> DateValue | None:
    """異動日, when it can be read."""
    return read_date(entry.moved_on, "moved_on")[0]


def became_resident_on(entry: MoveInEntry, member: MemberEntry) -> DateValue | None:
    """住民となった年月日 of a Japanese resident: as typed, or the 異動日 when left blank."""
    if member.became_resident_on.strip():
        return read_date(member.became_resident_on, "became_resident_on")[0]
    return moved_on(entry)


def became_foreign_resident_on(entry: MoveInEntry, member: MemberEntry) -> DateValue | None:
    """外国人住民となった年月日: as typed; for a move-in from abroad the 異動日 when left blank.

    A foreign resident who moves within Japan brings the date along in the 転出証明書, so that it has no default.
    """
    if member.became_foreign_resident_on.strip():
        return read_date(member.became_foreign_resident_on, "became_foreign_resident_on")[0]
    return None if entry.kind is MoveInKind.DOMESTIC else moved_on(entry)


def three_items(member: MemberEntry) -> tuple[frozenset[str], str, str] | None:
    """氏名, 性別 and 生年月日 for comparison; None while one of them is missing or cannot be read.

    Names count by their search keys: spaces, letter case and variants of a kanji do not make two people of one.
    """
    birth, _why = read_date(member.birth_date, "birth_date")
    names = frozenset(search_key(name) for name in (member.name, member.name_alphabet) if name.strip())
    if birth is None or not names or member.sex not in set(Sex):
        return None
    return names, member.sex, f"{birth.sort.isoformat()}|{birth.kind.value}"
