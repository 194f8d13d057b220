"""The 職権記録書: on what changes by 職権 rest, and which notices about them were printed.

Revision 0012, follows 0005.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from residentapp.core.db import AwareDateTime

revision = "0012"
down_revision = "0005"
branch_labels = None
depends_on = None

_BASES = (
    "register",
    "no_notification",
    "omission",
    "application",
    "notice",
    "area",
    "need",
    "follows",
)


def upgrade() -> None:
    op.create_table(
        "ex_officio_record",
        sa.Column("change_id", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("serial", sa.Integer(), nullable=False),
        sa.Column(
            "basis",
            sa.Enum(*_BASES, name="basis", native_enum=False, create_constraint=True, length=15),
            nullable=False,
        ),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("minor_case", sa.String(1), nullable=True),
        sa.CheckConstraint("serial >= 1", name=op.f("ck_ex_officio_record_serial_positive")),
        sa.ForeignKeyConstraint(
            ["change_id"], ["resident_change.id"], name=op.f("fk_ex_officio_record_change_id")
        ),
        sa.PrimaryKeyConstraint("change_id", name=op.f("pk_ex_officio_record")),
        sa.UniqueConstraint("year", "serial", name=op.f("uq_ex_officio_record_year_serial")),
    )
    op.create_table(
        "ex_officio_notice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("change_id", sa.Integer(), nullable=False),
        sa.Column("addressee_number", sa.String(15), nullable=False),
        sa.Column("printed_at", AwareDateTime(), nullable=False),
        sa.Column("printed_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["addressee_number"], ["addressee.number"], name=op.f("fk_ex_officio_notice_addressee_number")
        ),
        sa.ForeignKeyConstraint(
            ["change_id"], ["ex_officio_record.change_id"], name=op.f("fk_ex_officio_notice_change_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ex_officio_notice")),
    )
    op.create_index("ix_ex_officio_notice_change", "ex_officio_notice", ["change_id", "addressee_number"])


def downgrade() -> None:
    op.drop_table("ex_officio_notice")
    op.drop_table("ex_officio_record")
    # The counter that numbers the 職権記録書 would go on where the table no longer is.
    op.execute("DELETE FROM numbering_counter WHERE name LIKE 'ex_officio:%'")
