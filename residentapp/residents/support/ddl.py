"""The database itself keeps measures, suppressions and what was done to them: no row goes, no event changes.

Source: RR-3.1, RR-3.4 (a release is recorded, never a deletion); RR-1.2.1 in spirit.
"""

from __future__ import annotations

#: Rows may change, but stay.
KEPT = (
    "support_measure",
    "support_member",
    "support_offender",
    "support_transfer",
    "suppression",
    "certificate_review",
)
#: Rows stay as they were written.
FIXED = ("protection_event", "certificate_review_subject", "certificate_review_issue")


def guard_statements(dialect: str) -> list[str]:
    """Statements that make the tables keep their rows.

    :param dialect: ``sqlite`` or ``postgresql``.
    """
    if dialect == "postgresql":
        return [
            """
            CREATE FUNCTION protection_guard() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN RAISE EXCEPTION '% keeps its rows', TG_TABLE_NAME; END $$
            """,
            *(
                f"CREATE TRIGGER {table}_kept BEFORE DELETE OR TRUNCATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION protection_guard()"
                for table in KEPT
            ),
            *(
                f"CREATE TRIGGER {table}_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION protection_guard()"
                for table in FIXED
            ),
        ]
    return [
        *(
            f"CREATE TRIGGER {table}_kept BEFORE DELETE ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} keeps its rows'); END"
            for table in (*KEPT, *FIXED)
        ),
        *(
            f"CREATE TRIGGER {table}_fixed BEFORE UPDATE ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} keeps its rows'); END"
            for table in FIXED
        ),
    ]


def drop_statements(dialect: str) -> list[str]:
    """Undo :func:`guard_statements`."""
    if dialect == "postgresql":
        return [
            *(f"DROP TRIGGER IF EXISTS {table}_kept ON {table}" for table in (*KEPT, *FIXED)),
            "DROP FUNCTION IF EXISTS protection_guard()",
        ]
    return [
        *(f"DROP TRIGGER IF EXISTS {table}_kept" for table in (*KEPT, *FIXED)),
        *(f"DROP TRIGGER IF EXISTS {table}_fixed" for table in FIXED),
    ]
