"""Search keys of residents and the search history of officers.

Revision 0002, follows 0001.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

from residentapp.core.db import AwareDateTime
from residentapp.core.db.search import Grams, drop_index_statements, index_statements

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_NAME_FIELDS = (
    "name", "name_alphabet", "former_name", "alias", "name_kana", "former_name_kana", "alias_kana",
)  # fmt: skip
_REASONS = (
    *(f"R{number:02d}" for number in range(1, 10)),
    *(f"D{number:02d}" for number in range(1, 10)),
    *(f"C{number:02d}" for number in range(1, 20)),
)


def _key(length: int | None = None) -> sa.types.TypeEngine[str]:
    """Text compared by code point on both databases."""
    if length is None:
        return sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def _code(values: tuple[str, ...], name: str) -> sa.Enum:
    return sa.Enum(
        *values, name=name, native_enum=False, create_constraint=True, length=max(map(len, values))
    )


def _match_columns() -> list[sa.Column[Any]]:
    """Whether a value is current, else what it was and until when; and the order of hits."""
    return [
        sa.Column("is_current", sa.Boolean(), nullable=False),
        sa.Column("written", sa.Text(), nullable=True),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("kana_key", _key(), nullable=False),
        sa.Column("birth_sort", sa.Date(), nullable=False),
        sa.Column("live", sa.Boolean(), nullable=False),
    ]


def _ordered(table: str, name: str, *columns: str, include: Sequence[str] = ()) -> None:
    """An index that finds by some columns and sorts in the order of hits."""
    op.create_index(
        f"ix_{table}_{name}",
        table,
        [*columns, "kana_key", "birth_sort", "addressee_number"],
        postgresql_include=list(include) or None,
    )


def upgrade() -> None:
    op.create_table(
        "search_person",
        sa.Column("addressee_number", _key(15), nullable=False),
        sa.Column("household_number", _key(15), nullable=False),
        sa.Column("kana_key", _key(), nullable=False),
        sa.Column("birth_sort", sa.Date(), nullable=False),
        sa.Column("birth_date", sa.Text(), nullable=False),
        sa.Column("birth_known", sa.Boolean(), nullable=False),
        sa.Column("sex", _code(("male", "female", "unknown"), "sex"), nullable=False),
        sa.Column("state", _code(("resident", "moved_out", "dead", "removed"), "state"), nullable=False),
        sa.Column("live", sa.Boolean(), nullable=False),
        sa.Column("removal_reason", _code(_REASONS, "removal_reason"), nullable=True),
        sa.Column("relationship_key", _key(), nullable=False),
        sa.PrimaryKeyConstraint("addressee_number", name=op.f("pk_search_person")),
    )
    _ordered("search_person", "order", include=["live"])
    op.create_index(
        "ix_search_person_birth",
        "search_person",
        ["birth_sort", "kana_key", "addressee_number"],
        postgresql_include=["live"],
    )
    op.create_index("ix_search_person_household", "search_person", ["household_number"])
    _ordered("search_person", "removal", "removal_reason")
    op.create_table(
        "search_name",
        sa.Column("addressee_number", _key(15), nullable=False),
        sa.Column("line", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("part", _code(("whole", "family", "given"), "part"), nullable=False),
        sa.Column("field", _code(_NAME_FIELDS, "field"), nullable=False),
        sa.Column("key", _key(), nullable=False),
        sa.Column("boundary", _key(), nullable=True),
        *_match_columns(),
        sa.PrimaryKeyConstraint("addressee_number", "line", name=op.f("pk_search_name")),
    )
    _ordered("search_name", "key", "key", include=["part", "field", "is_current", "live"])
    op.create_index(
        "ix_search_name_boundary",
        "search_name",
        ["boundary", "kana_key", "birth_sort", "addressee_number"],
        postgresql_include=["key", "field", "is_current", "live"],
        postgresql_where=sa.text("boundary IS NOT NULL"),
        sqlite_where=sa.text("boundary IS NOT NULL"),
    )
    op.create_table(
        "search_address",
        sa.Column("addressee_number", _key(15), nullable=False),
        sa.Column("line", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("key", _key(), nullable=False),
        sa.Column("town", _key(), nullable=False),
        sa.Column("building_key", _key(), nullable=False),
        sa.Column("building_name", _key(), nullable=False),
        sa.Column("address_code", _key(15), nullable=False),
        *_match_columns(),
        sa.PrimaryKeyConstraint("addressee_number", "line", name=op.f("pk_search_address")),
    )
    _ordered("search_address", "key", "key", include=["is_current", "live"])
    _ordered("search_address", "town", "town", include=["is_current", "live"])
    _ordered("search_address", "code", "address_code")
    _ordered("search_address", "building", "building_name")
    op.create_table(
        "search_word",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", _code(("name", "town", "building"), "kind"), nullable=False),
        sa.Column("key", _key(), nullable=False),
        sa.Column("grams", Grams(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_word")),
        sa.UniqueConstraint("kind", "key", name=op.f("uq_search_word_kind_key")),
    )
    for statement in index_statements(op.get_bind().dialect.name, "search_word"):
        op.execute(statement)
    op.create_table(
        "search_history",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("moment", AwareDateTime(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_history")),
    )
    op.create_index("ix_search_history_user", "search_history", ["user_id", "moment"])


def downgrade() -> None:
    for statement in drop_index_statements(op.get_bind().dialect.name, "search_word"):
        op.execute(statement)
    for table in ("search_history", "search_word", "search_address", "search_name", "search_person"):
        op.drop_table(table)
