"""The database itself keeps the history of issues: no row goes, and only hand-over and disposal may be added.

Source: RR-1.3.8b.
"""

from __future__ import annotations

from collections.abc import Sequence

from residentapp.residents.certificates.models import MUTABLE

_MESSAGE = "certificate_issue keeps its rows"


def guard_statements(dialect: str, columns: Sequence[str]) -> list[str]:
    """Statements that guard ``certificate_issue`` and ``certificate_subject``.

    :param dialect: ``sqlite`` or ``postgresql``.
    :param columns: every column that ``certificate_issue`` has now.
    """
    fixed = [name for name in columns if name not in MUTABLE]
    if dialect == "postgresql":
        same = " AND ".join(f"NEW.{name} IS NOT DISTINCT FROM OLD.{name}" for name in fixed)
        return [
            f"""
            CREATE FUNCTION certificate_issue_guard() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
              IF TG_OP = 'UPDATE' THEN
                IF OLD.disposed_at IS NULL AND {same} THEN RETURN NEW; END IF;
              END IF;
              RAISE EXCEPTION '{_MESSAGE}';
            END $$
            """,
            f"""
            CREATE FUNCTION certificate_subject_guard() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN RAISE EXCEPTION '{_MESSAGE}'; END $$
            """,
            """
            CREATE TRIGGER certificate_issue_kept BEFORE UPDATE OR DELETE ON certificate_issue
            FOR EACH ROW EXECUTE FUNCTION certificate_issue_guard()
            """,
            """
            CREATE TRIGGER certificate_issue_not_emptied BEFORE TRUNCATE ON certificate_issue
            FOR EACH STATEMENT EXECUTE FUNCTION certificate_issue_guard()
            """,
            """
            CREATE TRIGGER certificate_subject_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON certificate_subject
            FOR EACH STATEMENT EXECUTE FUNCTION certificate_subject_guard()
            """,
        ]
    raising = f"BEGIN SELECT RAISE(ABORT, '{_MESSAGE}'); END"
    return [
        f"CREATE TRIGGER certificate_issue_kept BEFORE DELETE ON certificate_issue {raising}",
        f"CREATE TRIGGER certificate_issue_fixed BEFORE UPDATE OF {', '.join(fixed)} ON certificate_issue {raising}",
        "CREATE TRIGGER certificate_issue_once BEFORE UPDATE ON certificate_issue "
        f"WHEN OLD.disposed_at IS NOT NULL {raising}",
        "CREATE TRIGGER certificate_issue_not_replaced BEFORE INSERT ON certificate_issue "
        f"WHEN EXISTS (SELECT 1 FROM certificate_issue WHERE id = NEW.id) {raising}",
        f"CREATE TRIGGER certificate_subject_kept BEFORE DELETE ON certificate_subject {raising}",
        f"CREATE TRIGGER certificate_subject_fixed BEFORE UPDATE ON certificate_subject {raising}",
    ]


def drop_statements(dialect: str) -> list[str]:
    """Undo :func:`guard_statements`."""
    if dialect == "postgresql":
        return [
            "DROP TRIGGER IF EXISTS certificate_issue_kept ON certificate_issue",
            "DROP TRIGGER IF EXISTS certificate_issue_not_emptied ON certificate_issue",
            "DROP TRIGGER IF EXISTS certificate_subject_kept ON certificate_subject",
            "DROP FUNCTION IF EXISTS certificate_issue_guard()",
            "DROP FUNCTION IF EXISTS certificate_subject_guard()",
        ]
    names = ("issue_kept", "issue_fixed", "issue_once", "issue_not_replaced", "subject_kept", "subject_fixed")
    return [f"DROP TRIGGER IF EXISTS certificate_{name}" for name in names]
