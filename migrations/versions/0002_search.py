"""Search keys of residents and the search history of officers.

Revision 0002, follows 0001.
"""

from __future__ import annotations

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
_GRAM_TABLES = ("search_person", "search_address")


def _key(length: int | None = None) -> sa.types.TypeEngine[str]:
    """Text compared by code point on both databases."""
    if length is None:
        return sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def _code(values: tuple[str, ...], name: str) -> sa.Enum:
    return sa.Enum(
        *values, name=name, native_enum=False, create_constraint=True, length=max(map(len, values))
    )


def upgrade() -> None:
    op.create_table(
        "search_person",
        sa.Column("id", sa.Integer(), nullable=False),
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
        sa.Column("names", _key(), nullable=False),
        sa.Column("grams", Grams(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_person")),
    )
    op.create_index("uq_search_person_addressee_number", "search_person", ["addressee_number"], unique=True)
    op.create_index("ix_search_person_order", "search_person", ["kana_key", "birth_sort", "addressee_number"])
    op.create_index("ix_search_person_birth", "search_person", ["birth_sort", "kana_key", "addressee_number"])
    op.create_index("ix_search_person_household", "search_person", ["household_number"])
    op.create_index(
        "ix_search_person_removal",
        "search_person",
        ["removal_reason", "kana_key", "birth_sort", "addressee_number"],
    )
    op.create_table(
        "search_name",
        sa.Column("addressee_number", _key(15), nullable=False),
        sa.Column("line", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("field", _code(_NAME_FIELDS, "field"), nullable=False),
        sa.Column("key", _key(), nullable=False),
        sa.Column("family_length", sa.SmallInteger(), nullable=True),
        sa.Column("is_current", sa.Boolean(), nullable=False),
        sa.Column("written", sa.Text(), nullable=True),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("kana_key", _key(), nullable=False),
        sa.Column("birth_sort", sa.Date(), nullable=False),
        sa.Column("live", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("addressee_number", "line", name=op.f("pk_search_name")),
    )
    op.create_index(
        "ix_search_name_key",
        "search_name",
        ["key", "kana_key", "birth_sort", "addressee_number"],
        postgresql_include=["field", "family_length", "is_current", "live"],
    )
    op.create_table(
        "search_address",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("addressee_number", _key(15), nullable=False),
        sa.Column("key", _key(), nullable=False),
        sa.Column("building_key", _key(), nullable=False),
        sa.Column("address_code", _key(15), nullable=False),
        sa.Column("is_current", sa.Boolean(), nullable=False),
        sa.Column("written", sa.Text(), nullable=True),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("kana_key", _key(), nullable=False),
        sa.Column("birth_sort", sa.Date(), nullable=False),
        sa.Column("live", sa.Boolean(), nullable=False),
        sa.Column("grams", Grams(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_address")),
    )
    op.create_index("ix_search_address_addressee_number", "search_address", ["addressee_number"])
    op.create_index(
        "ix_search_address_key",
        "search_address",
        ["key", "kana_key", "birth_sort", "addressee_number"],
        postgresql_include=["is_current", "live"],
    )
    op.create_index(
        "ix_search_address_code",
        "search_address",
        ["address_code", "kana_key", "birth_sort", "addressee_number"],
    )
    op.create_index(
        "ix_search_address_building",
        "search_address",
        ["building_key", "kana_key", "birth_sort", "addressee_number"],
    )
    op.create_table(
        "search_history",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("moment", AwareDateTime(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_history")),
    )
    op.create_index("ix_search_history_user", "search_history", ["user_id", "moment"])
    dialect = op.get_bind().dialect.name
    for table in _GRAM_TABLES:
        for statement in index_statements(dialect, table):
            op.execute(statement)


def downgrade() -> None:
    dialect = op.get_bind().dialect.name
    for table in _GRAM_TABLES:
        for statement in drop_index_statements(dialect, table):
            op.execute(statement)
    for table in ("search_history", "search_address", "search_name", "search_person"):
        op.drop_table(table)
