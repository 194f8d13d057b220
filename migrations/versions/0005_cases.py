"""One road for every kind of change: cases of move-in become cases of any procedure; an office has a 問合せ先.

Revision 0005, follows 0004. Entries stay as they are, also encrypted under the same words, so that a move-in that
waits for its approval can be approved afterwards. Going back throws away the cases of other procedures.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from residentapp.core.db import AwareDateTime, JsonValue

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_STATES = ("draft", "provisional", "returned", "withdrawn", "final")
_KIND_LABELS = {
    "domestic": "国内転入",
    "abroad": "国外転入等",
    "article_30_46": "法第30条の46の転入（外国人住民）",
}
_SCOPE_LABELS = {"whole": "全部", "part": "一部"}
#: Columns that both tables have.
_SHARED = (
    "id, version, state, kind, people, payload, entered_by, entered_by_login, entered_by_name, editors, office_code, "
    "office_name, terminal_code, terminal_name, started_at, saved_at, provisional_at, returned_reason, "
    "returned_by_name, withdrawn_reason"
)


def _code(values: tuple[str, ...], name: str) -> sa.Enum:
    return sa.Enum(
        *values, name=name, native_enum=False, create_constraint=True, length=max(map(len, values))
    )


def _entry_columns() -> list[sa.Column[object]]:
    """Who entered a case, when and where: the same before and after."""
    return [
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
    ]


def _checks(table: str) -> list[sa.CheckConstraint]:
    return [
        sa.CheckConstraint("version >= 1", name=op.f(f"ck_{table}_version_positive")),
        sa.CheckConstraint("people >= 0", name=op.f(f"ck_{table}_people_not_negative")),
        sa.CheckConstraint(
            "(state IN ('final', 'withdrawn')) = (payload IS NULL)", name=op.f(f"ck_{table}_open_has_payload")
        ),
    ]


def _make_numbers(table: str) -> None:
    op.create_table(
        f"{table}_number",
        sa.Column("case_id", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("number_hash", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], [f"{table}.id"], name=op.f(f"fk_{table}_number_case_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("case_id", "kind", "number_hash", name=op.f(f"pk_{table}_number")),
    )
    op.create_index(f"ix_{table}_number_hash", f"{table}_number", ["kind", "number_hash"])


def _remake_locks(subjects: tuple[str, ...], subject: str, owner: str, where: str = "TRUE") -> None:
    """The locks in a table with other subjects: the check is part of the table, and SQLite cannot exchange one.

    :param subject: SQL for a lock's new subject; ``owner`` likewise.
    :param where: which locks are kept.
    """
    told = "key, user_id, user_name, terminal_name, purpose, taken_at, expires_at"
    op.execute(
        f"CREATE TABLE edit_lock_kept AS SELECT {subject} AS subject, {owner} AS owner, {told} "
        f"FROM edit_lock WHERE {where}"
    )
    op.drop_table("edit_lock")
    op.create_table(
        "edit_lock",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("subject", _code(subjects, "subject"), nullable=False),
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
    op.execute(
        f"INSERT INTO edit_lock (subject, owner, {told}) SELECT subject, owner, {told} FROM edit_lock_kept"
    )
    op.drop_table("edit_lock_kept")


def _said(labels: dict[str, str], column: str) -> str:
    """SQL for the label of a code."""
    cases = " ".join(f"WHEN '{code}' THEN '{label}'" for code, label in labels.items())
    return f"CASE {column} {cases} END"


def upgrade() -> None:
    with op.batch_alter_table("office") as table:
        table.add_column(sa.Column("contact", sa.Text(), nullable=True))
    op.create_table(
        "change_case",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", _code(_STATES, "state"), nullable=False),
        sa.Column("procedure", sa.String(30), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("kind_label", sa.Text(), nullable=False),
        sa.Column("scope_label", sa.Text(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=True),
        *_entry_columns(),
        sa.Column("finalized_on", sa.Date(), nullable=True),
        sa.Column("notifier_cipher", sa.LargeBinary(), nullable=True),
        *_checks("change_case"),
        sa.CheckConstraint(
            "(state = 'final') = (finalized_on IS NOT NULL)", name=op.f("ck_change_case_final_has_day")
        ),
        sa.ForeignKeyConstraint(["entered_by"], ["user_account.id"], name=op.f("fk_change_case_entered_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_change_case")),
    )
    op.create_index("ix_change_case_state", "change_case", ["state", "saved_at"])
    op.create_index("ix_change_case_entered_by", "change_case", ["entered_by", "state"])
    op.create_index("ix_change_case_finalized_on", "change_case", ["finalized_on"])
    _make_numbers("change_case")
    with op.batch_alter_table("resident_change") as table:
        table.add_column(sa.Column("case_id", sa.String(32), nullable=True))
        table.create_foreign_key(op.f("fk_resident_change_case_id"), "change_case", ["case_id"], ["id"])
        table.create_index("ix_resident_change_case", ["case_id"])
    op.execute(
        f"""
        INSERT INTO change_case ({_SHARED}, procedure, kind_label, scope_label, finalized_on)
        SELECT {_SHARED}, 'move_in', {_said(_KIND_LABELS, "kind")}, {_said(_SCOPE_LABELS, "scope")},
          (SELECT processed_on FROM resident_change WHERE resident_change.id = move_in_case.change_id)
        FROM move_in_case
        """
    )
    op.execute(
        """
        UPDATE resident_change SET case_id = (SELECT id FROM move_in_case WHERE change_id = resident_change.id)
        WHERE id IN (SELECT change_id FROM move_in_case WHERE change_id IS NOT NULL)
        """
    )
    op.execute("INSERT INTO change_case_number SELECT case_id, kind, number_hash FROM move_in_case_number")
    op.drop_table("move_in_case_number")
    op.drop_table("move_in_case")
    _remake_locks(
        ("resident", "household", "case"),
        "CASE subject WHEN 'move_in_case' THEN 'case' ELSE subject END",
        "CASE WHEN owner LIKE 'move_in:%' THEN 'case:' || substr(owner, 9) ELSE owner END",
    )


def downgrade() -> None:
    op.create_table(
        "move_in_case",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", _code(_STATES, "state"), nullable=False),
        sa.Column("kind", _code(tuple(_KIND_LABELS), "kind"), nullable=False),
        sa.Column("scope", _code(tuple(_SCOPE_LABELS), "scope"), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=True),
        *_entry_columns(),
        sa.Column("change_id", sa.Integer(), nullable=True),
        *_checks("move_in_case"),
        sa.CheckConstraint(
            "(state = 'final') = (change_id IS NOT NULL)", name=op.f("ck_move_in_case_final_has_change")
        ),
        sa.ForeignKeyConstraint(
            ["change_id"], ["resident_change.id"], name=op.f("fk_move_in_case_change_id")
        ),
        sa.ForeignKeyConstraint(["entered_by"], ["user_account.id"], name=op.f("fk_move_in_case_entered_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_move_in_case")),
    )
    op.create_index("ix_move_in_case_state", "move_in_case", ["state", "saved_at"])
    op.create_index("ix_move_in_case_entered_by", "move_in_case", ["entered_by", "state"])
    _make_numbers("move_in_case")
    scopes = {label: code for code, label in _SCOPE_LABELS.items()}
    op.execute(
        f"""
        INSERT INTO move_in_case ({_SHARED}, scope, change_id)
        SELECT {_SHARED}, {_said(scopes, "scope_label")},
          (SELECT min(resident_change.id) FROM resident_change WHERE resident_change.case_id = change_case.id)
        FROM change_case WHERE procedure = 'move_in'
        """
    )
    op.execute(
        """
        INSERT INTO move_in_case_number SELECT case_id, kind, number_hash FROM change_case_number
        WHERE case_id IN (SELECT id FROM move_in_case)
        """
    )
    _remake_locks(
        ("resident", "household", "move_in_case"),
        "CASE subject WHEN 'case' THEN 'move_in_case' ELSE subject END",
        "CASE WHEN owner LIKE 'case:%' THEN 'move_in:' || substr(owner, 6) ELSE owner END",
        "owner NOT LIKE 'case:%' OR substr(owner, 6) IN (SELECT id FROM move_in_case)",
    )
    with op.batch_alter_table("resident_change") as table:
        table.drop_index("ix_resident_change_case")
        table.drop_constraint(op.f("fk_resident_change_case_id"), type_="foreignkey")
        table.drop_column("case_id")
    op.drop_table("change_case_number")
    op.drop_table("change_case")
    with op.batch_alter_table("office") as table:
        table.drop_column("contact")
