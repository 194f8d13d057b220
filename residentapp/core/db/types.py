"""Column types for the core values."""

from __future__ import annotations

import enum
from typing import Any

from sqlalchemy import Enum, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from residentapp.core.dates import DateValue


class DateValueType(TypeDecorator[DateValue]):
    """A date of the record that may be unknown or outside the calendar (RR-1.1.8).

    Kept as one text whose order is the order of the days: ``1970-03-02|day||昭和45年3月2日``. The writing
    is what was entered; the leading day is the concrete date held inside (RR-1.1.8d).
    """

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: DateValue | None, dialect: Dialect) -> str | None:
        return None if value is None else value.encode()

    def process_result_value(self, value: str | None, dialect: Dialect) -> DateValue | None:
        return None if value is None else DateValue.decode(value)


def code_column(values: type[enum.StrEnum], name: str) -> Enum:
    """A column that holds the code (not the Python name) of an enumeration, with a named CHECK.

    :param name: name of the constraint without prefix, unique within its table.
    """

    def codes(members: Any) -> list[str]:
        return [member.value for member in members]

    return Enum(
        values,
        name=name,
        values_callable=codes,
        native_enum=False,
        create_constraint=True,
        length=max(len(member.value) for member in values),
        validate_strings=True,
    )
