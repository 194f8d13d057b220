"""Support measures whole (支援措置), suppressions with their history (抑止), review of single outputs.

Revision 0007, follows 0006. Measures that are there already bar the 閲覧 from now on, as the new ones do.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from residentapp.core.db import AwareDateTime, JsonValue
from residentapp.residents.support import ddl as guards

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_PROCESSES = ("change", "certificate", "inquiry", "inspection")
_BLOCKED = (
    '["inspection_current","copy_current","copy_former",'
    '"annex_domicile","annex_former_domicile","annex_earlier_domicile"]'
)
_LEVELS = '{"certificate":"error","inspection":"error","change":"alert","inquiry":"alert"}'

#: New checks of ``support_measure``.
_MEASURE_CHECKS = {
    "term_whole": "(starts_on IS NULL) = (ends_on IS NULL)",
    "provisional_or_started": "provisional OR starts_on IS NOT NULL",
    "provisional_begins": "NOT provisional OR provisional_from IS NOT NULL",
    "closed_explained": "closed_reason IS NULL OR closed_on IS NOT NULL",
    "capacity": "capacity IN ('current', 'former')",
    "role": "role IN ('first', 'transferred')",
    "closed_reason": "closed_reason IN ('requested', 'expired', 'no_need')",
}


def _is_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def upgrade() -> None:
    _upgrade_measures()
    op.add_column("support_member", sa.Column("removed_on", sa.Date(), nullable=True))
    op.add_column("support_member", sa.Column("details_cipher", sa.LargeBinary(), nullable=True))
    _upgrade_suppressions()
    _create_tables()
    for statement in guards.guard_statements(op.get_bind().dialect.name):
        op.execute(statement)


def _upgrade_measures() -> None:
    for column in (
        sa.Column("version", sa.Integer(), nullable=True),
        sa.Column("capacity", sa.String(length=7), nullable=True),
        sa.Column("role", sa.String(length=11), nullable=True),
        sa.Column("provisional_from", sa.Date(), nullable=True),
        sa.Column("applied_on", sa.Date(), nullable=True),
        sa.Column("first_started_on", sa.Date(), nullable=True),
        sa.Column("closed_reason", sa.String(length=9), nullable=True),
        sa.Column("blocked", JsonValue, nullable=True),
        sa.Column("levels", JsonValue, nullable=True),
        sa.Column("details_cipher", sa.LargeBinary(), nullable=True),
    ):
        op.add_column("support_measure", column)
    json = "" if _is_sqlite() else "::jsonb"
    op.execute(
        "UPDATE support_measure SET version = 1, capacity = 'current', role = 'first', "
        f"first_started_on = starts_on, blocked = '{_BLOCKED}'{json}, levels = '{_LEVELS}'{json}, "
        "provisional_from = CASE WHEN provisional THEN starts_on END"
    )
    with op.batch_alter_table("support_measure") as batch:
        for name, kind in (("version", sa.Integer()), ("capacity", sa.String(7)), ("role", sa.String(11))):
            batch.alter_column(name, existing_type=kind, nullable=False)
        for name in ("blocked", "levels"):
            batch.alter_column(name, existing_type=JsonValue, nullable=False)
        for name in ("starts_on", "ends_on"):
            batch.alter_column(name, existing_type=sa.Date(), nullable=True)
        for name, condition in _MEASURE_CHECKS.items():
            batch.create_check_constraint(op.f(f"ck_support_measure_{name}"), condition)
    op.create_index("ix_support_measure_ends_on", "support_measure", ["ends_on"], unique=False)


def _upgrade_suppressions() -> None:
    noted = op.get_bind().scalar(sa.text("SELECT count(*) FROM suppression WHERE note IS NOT NULL"))
    if noted:
        # Notes are kept encrypted from now on; a migration has no key, and must not lose them silently.
        raise RuntimeError(
            f"{noted} suppressions have a note in clear text; write them down elsewhere and empty the column first"
        )
    _change_suppression(_PROCESSES, added="note_cipher", dropped="note", kind=sa.LargeBinary())
    op.create_index("ix_suppression_measure", "suppression", ["measure_id"], unique=False)
    op.execute(
        "INSERT INTO suppression (addressee_number, household_number, process, level, cause, measure_id, "
        "starts_on, ends_on) SELECT addressee_number, household_number, 'inspection', 'error', cause, measure_id, "
        "starts_on, ends_on FROM suppression "
        "WHERE cause = 'support' AND process = 'certificate' AND released_at IS NULL"
    )


def _change_suppression(
    processes: tuple[str, ...], *, added: str, dropped: str, kind: sa.types.TypeEngine[object]
) -> None:
    listed = ", ".join(f"'{process}'" for process in processes)
    # SQLite makes the table anew and carries the other named checks over.
    with op.batch_alter_table("suppression") as batch:
        batch.drop_constraint(op.f("ck_suppression_process"), type_="check")
        batch.add_column(sa.Column(added, kind, nullable=True))
        batch.drop_column(dropped)
        batch.create_check_constraint(op.f("ck_suppression_process"), f"process IN ({listed})")


def _create_tables() -> None:
    op.create_table(
        "support_offender",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("measure_id", sa.Integer(), nullable=False),
        sa.Column("addressee_number", sa.String(length=15), nullable=True),
        sa.Column("removed_on", sa.Date(), nullable=True),
        sa.Column("details_cipher", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["addressee_number"], ["addressee.number"], name=op.f("fk_support_offender_addressee_number")
        ),
        sa.ForeignKeyConstraint(
            ["measure_id"], ["support_measure.id"], name=op.f("fk_support_offender_measure_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_support_offender")),
    )
    op.create_index("ix_support_offender_addressee", "support_offender", ["addressee_number"], unique=False)
    op.create_index("ix_support_offender_measure", "support_offender", ["measure_id"], unique=False)
    op.create_table(
        "support_transfer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("measure_id", sa.Integer(), nullable=False),
        sa.Column(
            "direction",
            sa.Enum("out", "in", name="direction", native_enum=False, create_constraint=True),
            nullable=False,
        ),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column("told_on", sa.Date(), nullable=True),
        sa.Column("details_cipher", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint(
            "told_on IS NULL OR direction = 'in'", name=op.f("ck_support_transfer_told_only_when_received")
        ),
        sa.ForeignKeyConstraint(
            ["measure_id"], ["support_measure.id"], name=op.f("fk_support_transfer_measure_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_support_transfer")),
    )
    op.create_index("ix_support_transfer_measure", "support_transfer", ["measure_id"], unique=False)
    op.create_table(
        "protection_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("moment", AwareDateTime(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "registered",
                "started",
                "renewed",
                "changed",
                "member_added",
                "member_changed",
                "member_removed",
                "offender_added",
                "offender_changed",
                "offender_removed",
                "transfer_recorded",
                "moved_out",
                "moved_in",
                "ended",
                "notice_printed",
                "set",
                "altered",
                "lifted",
                "relocked",
                "released",
                name="kind",
                native_enum=False,
                create_constraint=True,
            ),
            nullable=False,
        ),
        sa.Column("measure_id", sa.Integer(), nullable=True),
        sa.Column("suppression_id", sa.Integer(), nullable=True),
        sa.Column("addressee_number", sa.String(length=15), nullable=True),
        sa.Column("household_number", sa.String(length=15), nullable=True),
        sa.Column("user_login", sa.Text(), nullable=False),
        sa.Column("user_name", sa.Text(), nullable=False),
        sa.Column("office_name", sa.Text(), nullable=False),
        sa.Column("terminal_name", sa.Text(), nullable=False),
        sa.Column("facts", JsonValue, nullable=False),
        sa.Column("content_cipher", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint(
            "measure_id IS NOT NULL OR suppression_id IS NOT NULL",
            name=op.f("ck_protection_event_about_something"),
        ),
        sa.ForeignKeyConstraint(
            ["addressee_number"], ["addressee.number"], name=op.f("fk_protection_event_addressee_number")
        ),
        sa.ForeignKeyConstraint(
            ["household_number"], ["household.number"], name=op.f("fk_protection_event_household_number")
        ),
        sa.ForeignKeyConstraint(
            ["measure_id"], ["support_measure.id"], name=op.f("fk_protection_event_measure_id")
        ),
        sa.ForeignKeyConstraint(
            ["suppression_id"], ["suppression.id"], name=op.f("fk_protection_event_suppression_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_protection_event")),
    )
    for name, column in (
        ("addressee", "addressee_number"),
        ("household", "household_number"),
        ("measure", "measure_id"),
        ("suppression", "suppression_id"),
    ):
        op.create_index(f"ix_protection_event_{name}", "protection_event", [column], unique=False)
    op.create_table(
        "certificate_review",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("request_hash", sa.LargeBinary(), nullable=False),
        sa.Column("request_cipher", sa.LargeBinary(), nullable=False),
        sa.Column("page_state_id", sa.Text(), nullable=False),
        sa.Column("asked_at", AwareDateTime(), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("asked_by_name", sa.Text(), nullable=False),
        sa.Column("office_name", sa.Text(), nullable=False),
        sa.Column("terminal_name", sa.Text(), nullable=False),
        sa.Column(
            "decision",
            sa.Enum("granted", "refused", name="decision", native_enum=False, create_constraint=True),
            nullable=True,
        ),
        sa.Column("decided_at", AwareDateTime(), nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decided_by_name", sa.Text(), nullable=True),
        sa.Column("reason_cipher", sa.LargeBinary(), nullable=True),
        sa.Column("valid_until", AwareDateTime(), nullable=True),
        sa.Column("used_at", AwareDateTime(), nullable=True),
        sa.CheckConstraint(
            "(decision IS NULL) = (decided_at IS NULL) AND (decision IS NULL) = (decided_by IS NULL)",
            name=op.f("ck_certificate_review_decision_whole"),
        ),
        sa.CheckConstraint(
            "decision <> 'granted' OR valid_until IS NOT NULL",
            name=op.f("ck_certificate_review_granted_for_a_time"),
        ),
        sa.CheckConstraint(
            "used_at IS NULL OR decision = 'granted'", name=op.f("ck_certificate_review_used_when_granted")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certificate_review")),
    )
    op.create_index(
        "ix_certificate_review_asked_by", "certificate_review", ["asked_by", "asked_at"], unique=False
    )
    op.create_index(
        "ix_certificate_review_request_hash", "certificate_review", ["request_hash"], unique=False
    )
    op.create_table(
        "certificate_review_subject",
        sa.Column("review_id", sa.String(length=32), nullable=False),
        sa.Column("addressee_number", sa.String(length=15), nullable=False),
        sa.ForeignKeyConstraint(
            ["addressee_number"],
            ["addressee.number"],
            name=op.f("fk_certificate_review_subject_addressee_number"),
        ),
        sa.ForeignKeyConstraint(
            ["review_id"], ["certificate_review.id"], name=op.f("fk_certificate_review_subject_review_id")
        ),
        sa.PrimaryKeyConstraint("review_id", "addressee_number", name=op.f("pk_certificate_review_subject")),
    )
    op.create_index(
        "ix_certificate_review_subject_addressee",
        "certificate_review_subject",
        ["addressee_number"],
        unique=False,
    )
    op.create_table(
        "certificate_review_issue",
        sa.Column("issue_id", sa.String(length=32), nullable=False),
        sa.Column("review_id", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["issue_id"], ["certificate_issue.id"], name=op.f("fk_certificate_review_issue_issue_id")
        ),
        sa.ForeignKeyConstraint(
            ["review_id"], ["certificate_review.id"], name=op.f("fk_certificate_review_issue_review_id")
        ),
        sa.PrimaryKeyConstraint("issue_id", name=op.f("pk_certificate_review_issue")),
    )
    op.create_index(
        "ix_certificate_review_issue_review", "certificate_review_issue", ["review_id"], unique=False
    )


def downgrade() -> None:
    for statement in guards.drop_statements(op.get_bind().dialect.name):
        op.execute(statement)
    for table in (
        "certificate_review_issue",
        "certificate_review_subject",
        "certificate_review",
        "protection_event",
        "support_transfer",
        "support_offender",
    ):
        op.drop_table(table)
    op.execute("DELETE FROM suppression WHERE process = 'inspection'")
    op.drop_index("ix_suppression_measure", table_name="suppression")
    _change_suppression(_PROCESSES[:-1], added="note", dropped="note_cipher", kind=sa.Text())
    op.drop_column("support_member", "details_cipher")
    op.drop_column("support_member", "removed_on")
    _downgrade_measures()


def _downgrade_measures() -> None:
    # What has only been provisional had no term before: it gets the days on which it was asked for and began.
    op.execute(
        "UPDATE support_measure SET starts_on = provisional_from, ends_on = provisional_from WHERE starts_on IS NULL"
    )
    op.drop_index("ix_support_measure_ends_on", table_name="support_measure")
    with op.batch_alter_table("support_measure") as batch:
        for name in _MEASURE_CHECKS:
            batch.drop_constraint(op.f(f"ck_support_measure_{name}"), type_="check")
        for name in ("starts_on", "ends_on"):
            batch.alter_column(name, existing_type=sa.Date(), nullable=False)
        for name in (
            "details_cipher",
            "levels",
            "blocked",
            "closed_reason",
            "first_started_on",
            "applied_on",
            "provisional_from",
            "role",
            "capacity",
            "version",
        ):
            batch.drop_column(name)
