"""Memos go with the record that they are about when its 150 years are over.

Revision 0016, follows 0015.
"""

from __future__ import annotations

from alembic import op

from residentapp.residents.memos import ddl as memo_guards

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _guard(may_go=True)


def downgrade() -> None:
    _guard(may_go=False)


def _guard(*, may_go: bool) -> None:
    dialect = op.get_bind().dialect.name
    for statement in memo_guards.drop_statements(dialect):
        op.execute(statement)
    for statement in memo_guards.guard_statements(dialect, may_go=may_go):
        op.execute(statement)
