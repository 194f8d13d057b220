"""Refreshes of the address dictionary with their reports, what staff corrected of its towns, and the register of 外字.

Revision 0018, follows 0017.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from residentapp.core.db import AwareDateTime

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "address_refresh",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("moment", AwareDateTime(timezone=True), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("revised_on", sa.Date(), nullable=True),
        sa.Column("done_by", sa.Text(), nullable=False),
        sa.Column("checked_only", sa.Boolean(), nullable=False),
        sa.Column("counts", sa.Text(), nullable=False),
        sa.CheckConstraint("data IN ('postal', 'cldr')", name=op.f("ck_address_refresh_data")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_address_refresh")),
    )
    op.create_index("ix_address_refresh_data", "address_refresh", ["data", "id"])
    op.create_table(
        "address_refresh_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("refresh_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["refresh_id"], ["address_refresh.id"], name=op.f("fk_address_refresh_change_refresh_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_address_refresh_change")),
    )
    op.create_index("ix_address_refresh_change_refresh", "address_refresh_change", ["refresh_id", "id"])
    with op.batch_alter_table("address_town") as table:
        table.add_column(sa.Column("data_name", sa.Text(), nullable=True))
        table.add_column(sa.Column("data_kana", sa.Text(), nullable=True))
        table.add_column(
            sa.Column("own_postal_codes", sa.Boolean(), nullable=False, server_default=sa.false())
        )
    op.create_table(
        "external_character",
        sa.Column("character", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("head", sa.Text(), nullable=False),
        sa.Column("variants", sa.Text(), nullable=False),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.CheckConstraint("head <> '' OR variants <> ''", name=op.f("ck_external_character_has_variants")),
        sa.CheckConstraint(
            "valid_to IS NULL OR valid_from IS NULL OR valid_to >= valid_from",
            name=op.f("ck_external_character_period"),
        ),
        sa.PrimaryKeyConstraint("character", name=op.f("pk_external_character")),
        sa.UniqueConstraint("number", name=op.f("uq_external_character_number")),
    )
    revision_table = op.create_table(
        "external_character_revision",
        sa.Column("id", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("token", sa.String(32), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_external_character_revision_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_external_character_revision")),
    )
    op.bulk_insert(revision_table, [{"id": 1, "token": ""}])


def downgrade() -> None:
    op.drop_table("external_character_revision")
    op.drop_table("external_character")
    with op.batch_alter_table("address_town") as table:
        table.drop_column("own_postal_codes")
        table.drop_column("data_kana")
        table.drop_column("data_name")
    op.drop_table("address_refresh_change")
    op.drop_table("address_refresh")
