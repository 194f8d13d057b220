"""Notices to households that their head has left, and notices of 住民票コード, in the history of what was printed.

Revision 0014, follows 0010.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from residentapp.core.db import AwareDateTime

revision = "0014"
down_revision = "0010"
branch_labels = None
depends_on = None

_HEADLESS = "state = 'resident' AND head_name IS NULL"


def upgrade() -> None:
    op.create_index(
        "ix_resident_history_headless",
        "resident_history",
        ["household_number"],
        sqlite_where=sa.text(f"is_latest = 1 AND {_HEADLESS}"),
        postgresql_where=sa.text(f"is_latest AND {_HEADLESS}"),
    )
    op.create_table(
        "head_notice",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("kind", _kinds("named", "asked"), nullable=False),
        sa.Column("household_number", sa.String(15), nullable=False),
        sa.Column("change_id", sa.Integer(), nullable=False),
        sa.Column("addressee_number", sa.String(15), nullable=False),
        sa.Column("made_at", AwareDateTime(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("data_cipher", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("pages >= 1", name=op.f("ck_head_notice_has_pages")),
        sa.ForeignKeyConstraint(
            ["household_number"], ["household.number"], name=op.f("fk_head_notice_household_number")
        ),
        sa.ForeignKeyConstraint(["change_id"], ["resident_change.id"], name=op.f("fk_head_notice_change_id")),
        sa.ForeignKeyConstraint(
            ["addressee_number"], ["addressee.number"], name=op.f("fk_head_notice_addressee_number")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_head_notice")),
    )
    op.create_index("ix_head_notice_household", "head_notice", ["household_number", "kind"])
    op.create_index("ix_head_notice_made_at", "head_notice", ["made_at"])
    op.create_table(
        "resident_code_notice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", _kinds("new", "changed", "corrected"), nullable=False),
        sa.Column("addressee_number", sa.String(15), nullable=False),
        sa.Column("change_id", sa.Integer(), nullable=False),
        sa.Column("printed_at", AwareDateTime(), nullable=False),
        sa.Column("printed_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["addressee_number"],
            ["addressee.number"],
            name=op.f("fk_resident_code_notice_addressee_number"),
        ),
        sa.ForeignKeyConstraint(
            ["change_id"], ["resident_change.id"], name=op.f("fk_resident_code_notice_change_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_resident_code_notice")),
    )
    op.create_index(
        "ix_resident_code_notice_addressee", "resident_code_notice", ["addressee_number", "change_id"]
    )


def downgrade() -> None:
    op.drop_table("resident_code_notice")
    op.drop_table("head_notice")
    op.drop_index("ix_resident_history_headless", "resident_history")


def _kinds(*codes: str) -> sa.Enum:
    longest = max(map(len, codes))
    return sa.Enum(*codes, name="kind", native_enum=False, create_constraint=True, length=longest)
