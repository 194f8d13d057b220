"""Wards (区, 総合区) of a 指定都市, and what belongs to one: places, sections, certifiers, seals.

Revision 0017, follows 0016.

Columns are added in place: SQLite would lose the CHECK constraints of a table that is made anew.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_OF_A_WARD = ("office", "department", "certifier", "seal")
_SETTINGS = ("designated", "own_ward_only")


def upgrade() -> None:
    op.create_table(
        "ward",
        sa.Column("code", sa.String(length=6), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kana", sa.Text(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "administrative",
                "general",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=len("administrative"),
            ),
            nullable=False,
        ),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.CheckConstraint("length(code) = 6", name=op.f("ck_ward_code_length")),
        sa.CheckConstraint("length(name) > 0", name=op.f("ck_ward_named")),
        sa.CheckConstraint(
            "valid_to IS NULL OR valid_to >= valid_from", name=op.f("ck_ward_period_in_order")
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_ward")),
    )
    for table in _OF_A_WARD:
        op.execute(
            f"ALTER TABLE {table} ADD COLUMN ward_code VARCHAR(6)"
            f" CONSTRAINT fk_{table}_ward_code REFERENCES ward (code)"
        )
    for column in _SETTINGS:
        op.add_column(
            "own_municipality", sa.Column(column, sa.Boolean(), server_default=sa.false(), nullable=False)
        )


def downgrade() -> None:
    # The earlier step knows certifiers and seals of the whole municipality only.
    op.execute("DELETE FROM certifier WHERE ward_code IS NOT NULL")
    op.execute("DELETE FROM seal WHERE ward_code IS NOT NULL")
    for column in _SETTINGS:
        op.drop_column("own_municipality", column)
    for table in _OF_A_WARD:
        op.drop_column(table, "ward_code")
    op.drop_table("ward")
