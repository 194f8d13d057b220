"""Cases of move-in, locks while editing.

Revision 0003, follows 0002.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from residentapp.core.db import AwareDateTime, JsonValue

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def _code(values: tuple[str, ...], name: str) -> sa.Enum:
    return sa.Enum(
        *values, name=name, native_enum=False, create_constraint=True, length=max(map(len, values))
    )


def upgrade() -> None:
    op.create_table(
        "edit_lock",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("subject", _code(("resident", "household", "move_in_case"), "subject"), nullable=False),
        sa.Column("key", sa.String(40), nullable=False),
        sa.Column("owner", sa.String(60), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("user_name", sa.Text(), nullable=False),
        sa.Column("terminal_name", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("taken_at", AwareDateTime(), nullable=False),
        sa.Column("expires_at", AwareDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_edit_lock_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_edit_lock")),
        sa.UniqueConstraint("subject", "key", name=op.f("uq_edit_lock_subject_key")),
    )
    op.create_index("ix_edit_lock_owner", "edit_lock", ["owner"])
    op.create_table(
        "move_in_case",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            _code(("draft", "provisional", "returned", "withdrawn", "final"), "state"),
            nullable=False,
        ),
        sa.Column("kind", _code(("domestic", "abroad", "article_30_46"), "kind"), nullable=False),
        sa.Column("scope", _code(("whole", "part"), "scope"), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=True),
        sa.Column("entered_by", sa.Integer(), nullable=False),
        sa.Column("entered_by_login", sa.Text(), nullable=False),
        sa.Column("entered_by_name", sa.Text(), nullable=False),
        sa.Column("editors", JsonValue, nullable=False),
        sa.Column("office_code", sa.Text(), nullable=False),
        sa.Column("office_name", sa.Text(), nullable=False),
        sa.Column("terminal_code", sa.Text(), nullable=False),
        sa.Column("terminal_name", sa.Text(), nullable=False),
        sa.Column("started_at", AwareDateTime(), nullable=False),
        sa.Column("saved_at", AwareDateTime(), nullable=False),
        sa.Column("provisional_at", AwareDateTime(), nullable=True),
        sa.Column("returned_reason", sa.Text(), nullable=True),
        sa.Column("returned_by_name", sa.Text(), nullable=True),
        sa.Column("withdrawn_reason", sa.Text(), nullable=True),
        sa.Column("change_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("version >= 1", name=op.f("ck_move_in_case_version_positive")),
        sa.CheckConstraint("people >= 0", name=op.f("ck_move_in_case_people_not_negative")),
        sa.CheckConstraint(
            "(state = 'final') = (change_id IS NOT NULL)", name=op.f("ck_move_in_case_final_has_change")
        ),
        sa.CheckConstraint(
            "(state IN ('final', 'withdrawn')) = (payload IS NULL)",
            name=op.f("ck_move_in_case_open_has_payload"),
        ),
        sa.ForeignKeyConstraint(
            ["change_id"], ["resident_change.id"], name=op.f("fk_move_in_case_change_id")
        ),
        sa.ForeignKeyConstraint(["entered_by"], ["user_account.id"], name=op.f("fk_move_in_case_entered_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_move_in_case")),
    )
    op.create_index("ix_move_in_case_state", "move_in_case", ["state", "saved_at"])
    op.create_index("ix_move_in_case_entered_by", "move_in_case", ["entered_by", "state"])
    op.create_table(
        "move_in_case_number",
        sa.Column("case_id", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("number_hash", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["move_in_case.id"],
            name=op.f("fk_move_in_case_number_case_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("case_id", "kind", "number_hash", name=op.f("pk_move_in_case_number")),
    )
    op.create_index("ix_move_in_case_number_hash", "move_in_case_number", ["kind", "number_hash"])


def downgrade() -> None:
    op.drop_table("move_in_case_number")
    op.drop_table("move_in_case")
    op.drop_table("edit_lock")
