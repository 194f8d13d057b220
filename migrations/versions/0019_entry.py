"""By which document the 続柄 of a foreign resident was proved.

Revision 0019, follows 0018.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_DOCUMENTS = (
    "acceptance",
    "entries",
    "marriage",
    "birth",
    "authority",
    "resident_record",
    "move_out",
    "family_register",
)
_TRANSLATIONS = ("attached", "japanese", "missing")


def upgrade() -> None:
    op.create_table(
        "relationship_proof",
        sa.Column("change_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("addressee_number", sa.String(length=15), nullable=False),
        sa.Column("document", _choices("document", _DOCUMENTS), nullable=False),
        sa.Column("translation", _choices("translation", _TRANSLATIONS), nullable=True),
        sa.ForeignKeyConstraint(
            ["change_id"], ["resident_change.id"], name=op.f("fk_relationship_proof_change_id")
        ),
        sa.ForeignKeyConstraint(
            ["addressee_number"], ["addressee.number"], name=op.f("fk_relationship_proof_addressee_number")
        ),
        sa.PrimaryKeyConstraint("change_id", "addressee_number", name=op.f("pk_relationship_proof")),
    )
    op.create_index("ix_relationship_proof_addressee", "relationship_proof", ["addressee_number"])


def _choices(name: str, values: tuple[str, ...]) -> sa.Enum:
    longest = max(map(len, values))
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=longest)


def downgrade() -> None:
    op.drop_table("relationship_proof")
