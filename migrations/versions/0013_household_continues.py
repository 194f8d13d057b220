"""Which household took the place of an empty one when a change was cancelled.

Revision 0013, follows 0012.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("household") as table:
        table.add_column(sa.Column("continues_number", sa.String(length=15), nullable=True))
        table.create_foreign_key(
            "fk_household_continues_number_household", "household", ["continues_number"], ["number"]
        )
        table.create_index("ix_household_continues", ["continues_number"])


def downgrade() -> None:
    with op.batch_alter_table("household") as table:
        table.drop_index("ix_household_continues")
        table.drop_constraint("fk_household_continues_number_household", type_="foreignkey")
        table.drop_column("continues_number")
