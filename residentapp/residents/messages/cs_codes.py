"""What 住基ネットCS is sent for unknown dates and フリガナ: a table in a file, so that a definition needs no program.

Sources: RR-1.1.8d (unknown dates go as 不詳 with the value of the code definition), RR-1.1.18 (フリガナ in the form
of 住基ネット). The definition itself is not published: the file that comes along, ``codes/cs_provisional.toml``, is
provisional (暫定). The register and the stored messages keep what was entered; only what leaves for the CS is put
into this form.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import jaconv

from residentapp.core.dates import DateError, DateField, DateKind, DateValue, parse_date
from residentapp.core.outbox.transport import Arrival, Envelope, Transport
from residentapp.core.outbox.types import MessageRefused, Partner

#: The table that is used where the municipality has none of its own.
PROVISIONAL = Path(__file__).with_name("codes") / "cs_provisional.toml"
#: Unknown-date patterns of RR-1.1.8b.
PATTERNS = range(1, 15)
_KANA = frozenset({"name_kana", "former_name_kana", "alias_kana"})
_SECTIONS = ("person", "before", "header")
_PLACES = re.compile(r"\{(year|month|day)\}")


class CodesUnreadable(ValueError):
    """A table cannot be used.

    :ivar problems: everything that is wrong with it, in words for the operator.
    """

    def __init__(self, problems: list[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(problems))


@dataclass(frozen=True)
class CsCodes:
    """The table.

    :param name: how it is called; 暫定 for the provisional one.
    :param unknown: value in place of a day, by pattern, with places for year, month and day.
    :param unknown_text: sent beside it.
    :param non_calendar: value of a day outside the calendar.
    :param half_width: フリガナ in half-width katakana.
    :param separator: between 氏 and 名.
    :param longest: most characters of a フリガナ as it is sent; 0 for no limit.
    """

    name: str
    unknown: Mapping[int, str]
    unknown_text: str
    non_calendar: str
    half_width: bool
    separator: str
    longest: int

    def date(self, value: DateValue) -> str | None:
        """What is sent in place of a date that has no day of the calendar; None for one that has."""
        if value.kind is DateKind.DAY:
            return None
        form = self.unknown[value.pattern] if value.pattern is not None else self.non_calendar
        day = value.sort
        places = {"year": f"{day.year:04}", "month": f"{day.month:02}", "day": f"{day.day:02}"}
        return _PLACES.sub(lambda found: places[found[1]], form)

    def kana(self, text: str) -> str:
        """A フリガナ as it is sent.

        :raises MessageRefused: when it is longer than the other side takes; no reading stands in the text.
        """
        sent = text.replace("\u3000", self.separator)
        if self.half_width:
            sent = jaconv.z2h(sent, kana=True, ascii=False, digit=False)
        if self.longest and len(sent) > self.longest:
            raise MessageRefused(
                f"フリガナがCSの字数（{self.longest}字）を超えています。補完して送ってください。"
            )
        return sent


def read_codes(path: Path | None = None) -> CsCodes:
    """The table of a file; the provisional one without.

    :raises CodesUnreadable: naming everything that is wrong.
    """
    source = path or PROVISIONAL
    try:
        table = tomllib.loads(source.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise CodesUnreadable([f"CSの符号表を読めません（{type(error).__name__}）。"]) from error
    problems = list(_problems(table))
    if problems:
        raise CodesUnreadable(problems)
    dates, kana = table["unknown_date"], table["kana"]
    return CsCodes(
        table["name"],
        {number: dates["values"][str(number)] for number in PATTERNS},
        dates["text"],
        table["non_calendar"]["value"],
        kana["width"] == "half",
        kana["separator"],
        kana["longest"],
    )


def _problems(table: Mapping[str, Any]) -> Iterator[str]:
    if not (isinstance(table.get("name"), str) and table["name"].strip()):
        yield "nameに、符号表の名前を書いてください。"
    dates, kana = _section(table, "unknown_date"), _section(table, "kana")
    values = _section(dates, "values")
    for number in PATTERNS:
        if not _is_form(values.get(str(number))):
            yield f"unknown_date.values.{number}に値を書いてください（{{year}}、{{month}}、{{day}}と数字）。"
    if not isinstance(dates.get("text"), str):
        yield "unknown_date.textに、一緒に送る語を書いてください。"
    if not _is_form(_section(table, "non_calendar").get("value")):
        yield "non_calendar.valueに値を書いてください（{year}、{month}、{day}と数字）。"
    if kana.get("width") not in ("full", "half"):
        yield "kana.widthはfullかhalfにしてください。"
    if kana.get("separator") not in ("", " ", "\u3000"):
        yield "kana.separatorは空、半角空白、全角空白のどれかにしてください。"
    longest = kana.get("longest")
    if not isinstance(longest, int) or isinstance(longest, bool) or longest < 0:
        yield "kana.longestは0以上の数にしてください。"


def _section(table: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = table.get(name)
    return found if isinstance(found, dict) else {}


def _is_form(value: Any) -> bool:
    return isinstance(value, str) and re.fullmatch(r"[0-9A-Za-z\-]*", _PLACES.sub("", value)) is not None


def coded(body: Mapping[str, Any], codes: CsCodes) -> dict[str, Any]:
    """A message's body in the form of the CS; what it does not concern stays as it is.

    A date without a day gets the value as ``code`` and 不詳 as ``unknown``; its writing stays beside them.

    :raises MessageRefused: as :meth:`CsCodes.kana`.
    """
    found = dict(body)
    for section in _SECTIONS:
        if isinstance(found.get(section), Mapping):
            found[section] = {name: _coded(name, value, codes) for name, value in found[section].items()}
    return found


def _coded(name: str, value: Any, codes: CsCodes) -> Any:
    if name in _KANA and isinstance(value, str):
        return codes.kana(value)
    if isinstance(value, Mapping) and "text" in value and value.get("day", "") is None:
        try:
            code = codes.date(parse_date(str(value["text"]), DateField.BIRTH))
        except DateError:
            return value
        return {**value, "code": code, "unknown": codes.unknown_text}
    return value


class CodedForCs:
    """A transport that puts what goes to the CS into its form, and carries all else as it is."""

    def __init__(self, inner: Transport, codes: CsCodes) -> None:
        self.inner = inner
        self.codes = codes

    def deliver(self, envelope: Envelope) -> None:
        """Hand the message over; see :class:`Transport`."""
        if envelope.destination is Partner.CS and isinstance(envelope.content.get("body"), Mapping):
            content = {**envelope.content, "body": coded(envelope.content["body"], self.codes)}
            envelope = replace(envelope, content=content)
        self.inner.deliver(envelope)

    def arrivals(self, source: Partner) -> Iterator[Arrival]:
        """What has come."""
        return self.inner.arrivals(source)

    def acknowledge(self, arrival: Arrival, *, accepted: bool) -> None:
        """What came is kept."""
        self.inner.acknowledge(arrival, accepted=accepted)
