"""Tables that take over the rows of another: the same columns, so that a row can be compared as a whole.

A row of the copy was checked when it stood in the first table. CHECK constraints on code lists are left out, so that
a row can outlive the list that its codes came from.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Column, Enum, FromClause, Table
from sqlalchemy.types import TypeEngine


def columns_like(table: FromClause, *, key: Sequence[str]) -> list[Column[Any]]:
    """Columns of the same names, types and order as a table has, for another table.

    :param table: a mapped class's ``__table__``.
    :param key: names of the columns of the new primary key.
    :raises TypeError: when ``table`` is not a plain table.
    """
    if not isinstance(table, Table):
        raise TypeError("columns_like needs a table")
    return [
        Column(
            column.name,
            _unchecked(column.type),
            primary_key=column.name in key,
            autoincrement=False,
            nullable=column.nullable and column.name not in key,
        )
        for column in table.columns
    ]


def _unchecked(column_type: TypeEngine[Any]) -> TypeEngine[Any]:
    """The type without the CHECK constraint that a code list brings."""
    if not isinstance(column_type, Enum) or column_type.enum_class is None:
        return column_type
    return Enum(
        column_type.enum_class,
        name=column_type.name,
        values_callable=lambda members: [member.value for member in members],
        native_enum=False,
        create_constraint=False,
        length=column_type.length,
        validate_strings=True,
    )
