"""Issue of certificates and its history.

Revision 0004, follows 0003.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from residentapp.core.db import AwareDateTime, JsonValue
from residentapp.residents.certificates import ddl as guards

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "certificate_issue",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column(
            "style",
            sa.Enum(
                "resident_copy_individual",
                "resident_copy_household",
                name="style",
                native_enum=False,
                create_constraint=True,
            ),
            nullable=False,
        ),
        sa.Column("issued_at", AwareDateTime(), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("office_code", sa.Text(), nullable=False),
        sa.Column("office_name", sa.Text(), nullable=False),
        sa.Column("terminal_code", sa.Text(), nullable=False),
        sa.Column("terminal_name", sa.Text(), nullable=False),
        sa.Column("printer_name", sa.Text(), nullable=False),
        sa.Column("serial", sa.Integer(), nullable=False),
        sa.Column("issue_number", sa.Text(), nullable=False),
        sa.Column("user_login", sa.Text(), nullable=False),
        sa.Column("user_name", sa.Text(), nullable=False),
        sa.Column(
            "requester",
            sa.Enum(
                "self",
                "same_household",
                "agent",
                "third_party",
                "official",
                name="requester",
                native_enum=False,
                create_constraint=True,
            ),
            nullable=False,
        ),
        sa.Column("requester_cipher", sa.LargeBinary(), nullable=False),
        sa.Column(
            "fee",
            sa.Enum(
                "paid", "free_official", "free_other", name="fee", native_enum=False, create_constraint=True
            ),
            nullable=False,
        ),
        sa.Column("shown", JsonValue, nullable=False),
        sa.Column("confirmed", JsonValue, nullable=False),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("pdf_sha256", sa.String(length=64), nullable=False),
        sa.Column("snapshot_cipher", sa.LargeBinary(), nullable=False),
        sa.Column("handed_over_at", AwareDateTime(), nullable=True),
        sa.Column("disposed_at", AwareDateTime(), nullable=True),
        sa.Column("disposed_by", sa.Text(), nullable=True),
        sa.Column("disposal_reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "disposed_at IS NULL OR (disposed_by IS NOT NULL AND disposal_reason IS NOT NULL)",
            name=op.f("ck_certificate_issue_disposal_explained"),
        ),
        sa.CheckConstraint("serial >= 1 AND pages >= 1", name=op.f("ck_certificate_issue_counts_positive")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certificate_issue")),
        sa.UniqueConstraint(
            "issued_on",
            "terminal_name",
            "printer_name",
            "serial",
            name=op.f("uq_certificate_issue_issued_on_terminal_name_printer_name_serial"),
        ),
    )
    op.create_index("ix_certificate_issue_issued_at", "certificate_issue", ["issued_at"], unique=False)
    op.create_index(
        "ix_certificate_issue_user_login", "certificate_issue", ["user_login", "issued_at"], unique=False
    )
    op.create_table(
        "certificate_subject",
        sa.Column("issue_id", sa.String(length=32), nullable=False),
        sa.Column("addressee_number", sa.String(length=15), nullable=False),
        sa.Column("history_number", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["addressee_number"], ["addressee.number"], name=op.f("fk_certificate_subject_addressee_number")
        ),
        sa.ForeignKeyConstraint(
            ["issue_id"], ["certificate_issue.id"], name=op.f("fk_certificate_subject_issue_id")
        ),
        sa.PrimaryKeyConstraint("issue_id", "addressee_number", name=op.f("pk_certificate_subject")),
    )
    op.create_index(
        "ix_certificate_subject_addressee", "certificate_subject", ["addressee_number"], unique=False
    )

    bind = op.get_bind()
    columns = [column["name"] for column in sa.inspect(bind).get_columns("certificate_issue")]
    for statement in guards.guard_statements(bind.dialect.name, columns):
        op.execute(statement)


def downgrade() -> None:
    for statement in guards.drop_statements(op.get_bind().dialect.name):
        op.execute(statement)
    op.drop_index("ix_certificate_subject_addressee", table_name="certificate_subject")
    op.drop_table("certificate_subject")
    op.drop_index("ix_certificate_issue_user_login", table_name="certificate_issue")
    op.drop_index("ix_certificate_issue_issued_at", table_name="certificate_issue")
    op.drop_table("certificate_issue")
