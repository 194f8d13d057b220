"""Messages to and from other systems.

Revision 0006, follows 0005.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from residentapp.core.db import AwareDateTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_OPEN = "state IN ('held', 'waiting', 'sending', 'failed')"


def _code(values: tuple[str, ...], name: str) -> sa.Enum:
    return sa.Enum(
        *values, name=name, native_enum=False, create_constraint=True, length=max(map(len, values))
    )


def upgrade() -> None:
    op.create_table(
        "outbox_subject",
        sa.Column("destination", sa.String(20), nullable=False),
        sa.Column("subject", sa.String(20), nullable=False),
        sa.Column("last_sequence", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("destination", "subject", name=op.f("pk_outbox_subject")),
    )
    op.create_table(
        "outbox_message",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(32), nullable=False),
        sa.Column("destination", sa.String(20), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("subject", sa.String(20), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("recipient", sa.String(6), nullable=True),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("change_id", sa.Integer(), nullable=True),
        sa.Column(
            "state",
            _code(("held", "waiting", "sending", "sent", "failed", "superseded"), "state"),
            nullable=False,
        ),
        sa.Column("created_at", AwareDateTime(), nullable=False),
        sa.Column("claimed_at", AwareDateTime(), nullable=True),
        sa.Column("sent_at", AwareDateTime(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("resends", sa.String(32), nullable=True),
        sa.Column("reverses", sa.String(32), nullable=True),
        sa.CheckConstraint("sequence >= 1 AND attempts >= 0", name=op.f("ck_outbox_message_counts")),
        sa.CheckConstraint(
            "(state = 'sent') = (sent_at IS NOT NULL)", name=op.f("ck_outbox_message_sent_has_moment")
        ),
        sa.CheckConstraint(
            "state <> 'sending' OR claimed_at IS NOT NULL", name=op.f("ck_outbox_message_sending_has_moment")
        ),
        sa.ForeignKeyConstraint(["resends"], ["outbox_message.key"], name=op.f("fk_outbox_message_resends")),
        sa.ForeignKeyConstraint(
            ["reverses"], ["outbox_message.key"], name=op.f("fk_outbox_message_reverses")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_message")),
        sa.UniqueConstraint("key", name=op.f("uq_outbox_message_key")),
    )
    place = ["destination", "subject", "sequence"]
    in_force = sa.text("state <> 'superseded'")
    op.create_index(
        "uq_outbox_message_place",
        "outbox_message",
        place,
        unique=True,
        sqlite_where=in_force,
        postgresql_where=in_force,
    )
    op.create_index(
        "ix_outbox_message_open",
        "outbox_message",
        place,
        sqlite_where=sa.text(_OPEN),
        postgresql_where=sa.text(_OPEN),
    )
    op.create_index("ix_outbox_message_subject", "outbox_message", ["subject", "id"])
    op.create_index("ix_outbox_message_change", "outbox_message", ["change_id", "subject"])
    op.create_index("ix_outbox_message_state", "outbox_message", ["state", "id"])
    op.create_index("ix_outbox_message_created", "outbox_message", ["created_at"])
    op.create_table(
        "inbox_message",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(20), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("external_id", sa.String(100), nullable=False),
        sa.Column("received_at", AwareDateTime(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("body_hash", sa.LargeBinary(), nullable=False),
        sa.Column("repeats", sa.Integer(), nullable=False),
        sa.Column("state", _code(("new", "taken", "failed", "ignored"), "state"), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("taken_at", AwareDateTime(), nullable=True),
        sa.Column("change_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("repeats >= 0", name=op.f("ck_inbox_message_repeats_counted")),
        sa.CheckConstraint(
            "state <> 'taken' OR taken_at IS NOT NULL", name=op.f("ck_inbox_message_taken_has_moment")
        ),
        sa.CheckConstraint(
            "state <> 'ignored' OR note IS NOT NULL", name=op.f("ck_inbox_message_ignored_is_explained")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox_message")),
        sa.UniqueConstraint("source", "external_id", name=op.f("uq_inbox_message_source_external_id")),
    )
    op.create_index("ix_inbox_message_state", "inbox_message", ["state", "id"])
    op.create_index("ix_inbox_message_received", "inbox_message", ["received_at"])


def downgrade() -> None:
    for name in ("received", "state"):
        op.drop_index(f"ix_inbox_message_{name}", table_name="inbox_message")
    op.drop_table("inbox_message")
    for name in ("created", "state", "change", "subject", "open"):
        op.drop_index(f"ix_outbox_message_{name}", table_name="outbox_message")
    op.drop_index("uq_outbox_message_place", table_name="outbox_message")
    op.drop_table("outbox_message")
    op.drop_table("outbox_subject")
