"""What every form needs: its errors as one list, confirmed alerts, and a date field that keeps its writing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict
from wtforms import Field, FieldList, Form, FormField, StringField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs
from wtforms.validators import ValidationError

from residentapp.core.dates import DateError, DateField, DateValue, parse_date
from residentapp.core.violations import Violation

#: The 14 writings of an unknown date (RR-1.1.8b) for the picker beside a date field; the clerk overwrites each ○.
UNKNOWN_DATE_EXAMPLES = (
    "令和○年頃",
    "令和○年○月頃",
    "令和○年○月○日頃",
    "推定令和○年○月○日",
    "推定令和○年○月",
    "令和○年春",
    "令和○年○月上旬",
    "令和○年○月中旬頃",
    "年月日不詳",
    "令和○年月日不詳",
    "令和○年○月日不詳",
    "令和○年○月○日から○月○日頃までの間",
    "令和○年○月推定○日から○日までの間",
    "令和○年○月○日頃から○日頃までの間",
)


@dataclass(frozen=True)
class ErrorLine:
    """One line of the list on top of a form. ``field`` is the id to jump to, empty for the whole entry."""

    field: str
    label: str
    text: str
    to_do: str = ""
    basis: str = ""
    code: str = ""


def _lines_of_field(field: Field, prefix: str) -> Iterable[ErrorLine]:
    label = f"{prefix}{field.label.text}"
    if isinstance(field, FormField):
        for inner in field.form:
            yield from _lines_of_field(inner, prefix)
        return
    if isinstance(field, FieldList):
        for number, entry in enumerate(field.entries, start=1):
            yield from _lines_of_field(
                entry, _("%(label)s %(number)s人目：", label=field.label.text, number=number)
            )
        own: Sequence[Any] = [error for error in field.errors if isinstance(error, str)]
    else:
        own = list(field.errors)
    for error in own:
        yield ErrorLine(field.id, label, str(error))


def error_lines(form: Form | None, violations: Iterable[Violation] = ()) -> list[ErrorLine]:
    """Everything that is wrong with an entry: the form's own errors in its order, then those of rules."""
    lines: list[ErrorLine] = []
    for field in form or ():
        lines += _lines_of_field(field, "")
    lines += [ErrorLine("", "", str(error)) for error in (form.form_errors if form else ())]
    for violation in violations:
        lines.append(
            ErrorLine(
                violation.field, "", violation.message, violation.remedy, violation.basis, violation.code
            )
        )
    return lines


def day_in(field: Field) -> dt.date | None:
    """The day of the calendar typed into a field of a search; None when it is blank or means no single day.

    :raises ValidationError: for what is no date.
    """
    try:
        return parse_date(field.data, DateField.OTHER).exact if field.data else None
    except DateError as error:
        raise ValidationError(error.message) from error


def require_order(first: Field, last: Field, message: str) -> None:
    """Of two fields with days: the last does not lie before the first. What the first field says is its own matter.

    :raises ValidationError: with the message, or for a last day that is no date.
    """
    end = day_in(last)
    try:
        start = day_in(first)
    except ValidationError:
        return
    if start is not None and end is not None and end < start:
        raise ValidationError(message)


def choices_of(pairs: Iterable[tuple[Any, str]]) -> list[SelectChoice]:
    """Choices of a field from (value, label)."""
    return [SelectChoice(value, label) for value, label in pairs]


def alert_key(violation: Violation) -> str:
    """Names one alert of one entry: the same code may come up for two members."""
    return f"{violation.code}@{violation.field}" if violation.field else violation.code


def confirmed_alerts(sent: MultiDict[str, str]) -> dict[str, str]:
    """The alerts that were ticked, with the reasons given: ``{alert key: reason}``; read from ``request.form``."""
    return {key: sent.get(f"alert-reason:{key}", "").strip() for key in sent.getlist("alert")}


def open_alerts(violations: Iterable[Violation], confirmed: Mapping[str, str]) -> list[Violation]:
    """The alerts that still need a tick, or whose tick lacks its reason."""
    return [violation for violation in violations if not confirmed.get(alert_key(violation))]


class DateValueField(StringField):
    """A date in one text field; ``data`` is a ``DateValue`` or None, and what was typed is never lost.

    :param kind: which unknown and impossible dates it takes (RR-1.1.8a).
    """

    def __init__(self, label: str = "", validators: Any = None, *, kind: DateField, **options: Any) -> None:
        super().__init__(label, validators, **options)
        self.kind = kind

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return self.data.writing if isinstance(self.data, DateValue) else ""

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Read what was typed; empty is None, and whether that will do is for a validator to say."""
        text = str(valuelist[0]).strip() if valuelist else ""
        self.data: Any = None
        if not text:
            return
        try:
            self.data = parse_date(text, self.kind)
        except DateError as error:
            raise ValidationError(error.message) from error
