"""Move-outs: their papers, notices of the move-in elsewhere, inquiries for them; 転出証明書情報 that was received.

Revision 0011, follows 0013. The history of issues learns two forms.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from residentapp.core.db import AwareDateTime
from residentapp.residents.certificates import ddl as certificate_guards

revision = "0011"
down_revision = "0013"
branch_labels = None
depends_on = None

_STYLES = ("resident_copy_individual", "resident_copy_household")
_NEW_STYLES = (*_STYLES, "move_out_certificate", "move_out_equivalent")
_MOVING_OUT = "state = 'resident' AND removal_occurred_on IS NOT NULL"
_NOTICE_MISSING = "removed_on IS NOT NULL AND move_in_notice_on IS NULL"


def _code(name: str, *values: str) -> sa.Enum:
    return sa.Enum(
        *values, name=name, native_enum=False, create_constraint=True, length=max(map(len, values))
    )


def upgrade() -> None:
    op.create_index(
        "ix_resident_history_moving_out",
        "resident_history",
        ["removal_occurred_on"],
        sqlite_where=sa.text(f"is_latest = 1 AND {_MOVING_OUT}"),
        postgresql_where=sa.text(f"is_latest AND {_MOVING_OUT}"),
    )
    op.create_index(
        "ix_resident_history_notice_missing",
        "resident_history",
        ["removed_on"],
        sqlite_where=sa.text(f"is_latest = 1 AND {_NOTICE_MISSING}"),
        postgresql_where=sa.text(f"is_latest AND {_NOTICE_MISSING}"),
    )
    certificate_guards.exchange_styles(op.get_bind(), _STYLES, _NEW_STYLES)
    _create_move_outs()
    _create_notices()
    _create_inquiries()
    _create_received()


def _create_move_outs() -> None:
    op.create_table(
        "move_out",
        sa.Column("change_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("paper", _code("paper", "certificate", "equivalent", "none"), nullable=False),
        sa.Column("special", sa.Boolean(), nullable=False),
        sa.Column("details_cipher", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["change_id"], ["resident_change.id"], name=op.f("fk_move_out_change_id")),
        sa.PrimaryKeyConstraint("change_id", name=op.f("pk_move_out")),
    )
    op.create_table(
        "move_out_paper",
        sa.Column("issue_id", sa.String(length=32), nullable=False),
        sa.Column("change_id", sa.Integer(), nullable=False),
        sa.Column("first_issue_id", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(
            ["change_id"], ["move_out.change_id"], name=op.f("fk_move_out_paper_change_id")
        ),
        sa.ForeignKeyConstraint(
            ["first_issue_id"], ["certificate_issue.id"], name=op.f("fk_move_out_paper_first_issue_id")
        ),
        sa.ForeignKeyConstraint(
            ["issue_id"], ["certificate_issue.id"], name=op.f("fk_move_out_paper_issue_id")
        ),
        sa.PrimaryKeyConstraint("issue_id", name=op.f("pk_move_out_paper")),
    )
    op.create_index("ix_move_out_paper_change", "move_out_paper", ["change_id"])


def _create_notices() -> None:
    op.create_table(
        "move_in_notice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("received_at", AwareDateTime(), nullable=False),
        sa.Column(
            "state",
            _code("state", "reflected", "unchanged", "older", "problem", "ignored"),
            nullable=False,
        ),
        sa.Column("body_cipher", sa.LargeBinary(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("addressee_number", sa.String(length=15), nullable=True),
        sa.Column("change_id", sa.Integer(), nullable=True),
        sa.Column("case_id", sa.String(length=32), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("settled_at", AwareDateTime(), nullable=True),
        sa.Column("settled_by", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state <> 'problem' OR problem IS NOT NULL", name=op.f("ck_move_in_notice_problem_told")
        ),
        sa.CheckConstraint(
            "state <> 'ignored' OR note IS NOT NULL", name=op.f("ck_move_in_notice_left_out_with_reason")
        ),
        sa.ForeignKeyConstraint(
            ["addressee_number"], ["addressee.number"], name=op.f("fk_move_in_notice_addressee_number")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["change_case.id"], name=op.f("fk_move_in_notice_case_id")),
        sa.ForeignKeyConstraint(
            ["change_id"], ["resident_change.id"], name=op.f("fk_move_in_notice_change_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_move_in_notice")),
    )
    op.create_index("ix_move_in_notice_state", "move_in_notice", ["state", "received_at"])
    op.create_index("ix_move_in_notice_addressee", "move_in_notice", ["addressee_number"])
    op.create_index("ix_move_in_notice_case", "move_in_notice", ["case_id"])


def _create_inquiries() -> None:
    op.create_table(
        "move_in_inquiry",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("made_at", AwareDateTime(), nullable=False),
        sa.Column("made_on", sa.Date(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("municipality", sa.Text(), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("data_cipher", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("pages >= 1", name=op.f("ck_move_in_inquiry_has_pages")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_move_in_inquiry")),
    )
    op.create_index("ix_move_in_inquiry_made_at", "move_in_inquiry", ["made_at"])
    op.create_table(
        "move_in_inquiry_subject",
        sa.Column("inquiry_id", sa.String(length=32), nullable=False),
        sa.Column("addressee_number", sa.String(length=15), nullable=False),
        sa.ForeignKeyConstraint(
            ["addressee_number"],
            ["addressee.number"],
            name=op.f("fk_move_in_inquiry_subject_addressee_number"),
        ),
        sa.ForeignKeyConstraint(
            ["inquiry_id"], ["move_in_inquiry.id"], name=op.f("fk_move_in_inquiry_subject_inquiry_id")
        ),
        sa.PrimaryKeyConstraint("inquiry_id", "addressee_number", name=op.f("pk_move_in_inquiry_subject")),
    )
    op.create_index("ix_move_in_inquiry_subject_addressee", "move_in_inquiry_subject", ["addressee_number"])


def _create_received() -> None:
    op.create_table(
        "received_certificate",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("received_at", AwareDateTime(), nullable=False),
        sa.Column("state", _code("state", "waiting", "replaced", "ignored"), nullable=False),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("planned_on", sa.Date(), nullable=True),
        sa.Column("family_hash", sa.LargeBinary(), nullable=False),
        sa.Column("person_hash", sa.LargeBinary(), nullable=False),
        sa.Column("body_cipher", sa.LargeBinary(), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state <> 'ignored' OR note IS NOT NULL",
            name=op.f("ck_received_certificate_left_out_with_reason"),
        ),
        sa.ForeignKeyConstraint(
            ["case_id"], ["change_case.id"], name=op.f("fk_received_certificate_case_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_received_certificate")),
    )
    op.create_index("ix_received_certificate_state", "received_certificate", ["state", "received_at"])
    op.create_index("ix_received_certificate_family", "received_certificate", ["family_hash"])
    op.create_index("ix_received_certificate_case", "received_certificate", ["case_id"])


def downgrade() -> None:
    for table in (
        "received_certificate", "move_in_inquiry_subject", "move_in_inquiry", "move_in_notice", "move_out_paper",
        "move_out",
    ):  # fmt: skip
        op.drop_table(table)
    # A history of issues is not thrown away: with one of these papers in it, the check stops the way back.
    certificate_guards.exchange_styles(op.get_bind(), _NEW_STYLES, _STYLES)
    op.drop_index("ix_resident_history_notice_missing", table_name="resident_history")
    op.drop_index("ix_resident_history_moving_out", table_name="resident_history")
