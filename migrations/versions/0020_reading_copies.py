"""住民基本台帳の一部の写し（閲覧用） and the notices of 住民票コード in the history of issues; 交付状況 of cards.

Revision 0020, follows 0019.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from residentapp.core.db import AwareDateTime, JsonValue
from residentapp.core.db.fixed_tables import fixed_statements, unfixed_statements
from residentapp.residents.certificates.ddl import exchange_styles

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_STYLES = (
    "resident_copy_individual",
    "resident_copy_household",
    "move_out_certificate",
    "move_out_equivalent",
    "record_items_individual",
    "record_items_household",
    "removed_record_copy",
    "removed_record_items",
)
_NEW_STYLES = (
    *_STYLES,
    "reading_copy",
    "resident_code_notice",
    "resident_code_change_notice",
    "resident_code_correction_notice",
)
_READING, _READING_GUARD = ("reading_copy", "reading_copy_subject"), "reading_copy_guard"
_CARDS, _CARDS_GUARD = ("card_record",), "card_record_guard"


def _code(name: str, *values: str) -> sa.Enum:
    return sa.Enum(
        *values, name=name, native_enum=False, create_constraint=True, length=max(map(len, values))
    )


def upgrade() -> None:
    exchange_styles(op.get_bind(), _STYLES, _NEW_STYLES)
    op.create_table(
        "reading_copy",
        sa.Column("issue_id", sa.String(length=32), nullable=False),
        sa.Column("basis", _code("basis", "authority", "survey", "public_body", "residence"), nullable=False),
        sa.Column("sort_order", _code("sort_order", "random", "address", "birth"), nullable=False),
        sa.Column("medium", _code("medium", "pdf", "csv"), nullable=False),
        sa.Column("with_suppressed", sa.Boolean(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("conditions", JsonValue, nullable=False),
        sa.CheckConstraint("people >= 1", name=op.f("ck_reading_copy_somebody_on_it")),
        sa.ForeignKeyConstraint(
            ["issue_id"], ["certificate_issue.id"], name=op.f("fk_reading_copy_issue_id")
        ),
        sa.PrimaryKeyConstraint("issue_id", name=op.f("pk_reading_copy")),
    )
    op.create_table(
        "reading_copy_subject",
        sa.Column("issue_id", sa.String(length=32), nullable=False),
        sa.Column("place", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("addressee_number", sa.String(length=15), nullable=False),
        sa.Column("history_number", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["addressee_number"], ["addressee.number"], name=op.f("fk_reading_copy_subject_addressee_number")
        ),
        sa.ForeignKeyConstraint(
            ["issue_id"], ["reading_copy.issue_id"], name=op.f("fk_reading_copy_subject_issue_id")
        ),
        sa.PrimaryKeyConstraint("issue_id", "place", name=op.f("pk_reading_copy_subject")),
    )
    op.create_index("ix_reading_copy_subject_addressee", "reading_copy_subject", ["addressee_number"])
    op.create_table(
        "card_record",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("addressee_number", sa.String(length=15), nullable=False),
        sa.Column("card", _code("card", "number", "basic"), nullable=False),
        sa.Column(
            "state",
            _code("state", "none", "applied", "issued", "suspended", "returned", "revoked", "expired"),
            nullable=False,
        ),
        sa.Column("since", sa.Date(), nullable=True),
        sa.Column("source", _code("source", "cs", "hand"), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("recorded_at", AwareDateTime(), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "source <> 'hand' OR note IS NOT NULL", name=op.f("ck_card_record_hand_explained")
        ),
        sa.ForeignKeyConstraint(
            ["addressee_number"], ["addressee.number"], name=op.f("fk_card_record_addressee_number")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_card_record")),
    )
    op.create_index("ix_card_record_addressee", "card_record", ["addressee_number", "card", "id"])
    dialect = op.get_bind().dialect.name
    for statement in (
        *fixed_statements(dialect, _READING_GUARD, _READING),
        *fixed_statements(dialect, _CARDS_GUARD, _CARDS),
    ):
        op.execute(statement)


def downgrade() -> None:
    dialect = op.get_bind().dialect.name
    for statement in (
        *unfixed_statements(dialect, _READING_GUARD, _READING),
        *unfixed_statements(dialect, _CARDS_GUARD, _CARDS),
    ):
        op.execute(statement)
    op.drop_table("card_record")
    op.drop_table("reading_copy_subject")
    op.drop_table("reading_copy")
    # A history of issues is not thrown away: with one of these papers in it, the check stops the way back.
    exchange_styles(op.get_bind(), _NEW_STYLES, _STYLES)
