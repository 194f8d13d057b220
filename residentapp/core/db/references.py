"""What points to a table, as the database itself says: the answer does not hang on which modules were imported."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session


def columns_pointing_to(session: Session, table: str, column: str) -> list[sa.ColumnClause[Any]]:
    """Columns with a foreign key of one column to a table's column, over all tables of the database."""
    found: list[sa.ColumnClause[Any]] = []
    inspector = sa.inspect(session.connection())
    for (_schema, name), keys in sorted(inspector.get_multi_foreign_keys().items()):
        for key in keys:
            if key["referred_table"] == table and key["referred_columns"] == [column]:
                [pointing] = key["constrained_columns"]
                found.append(sa.table(name, sa.column(pointing)).c[pointing])
    return found
