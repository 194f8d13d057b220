"""The database itself keeps the 統合記載欄: no entry goes, and only its withdrawal may be added, once (RR-1.1.14).

A migration that adds a column makes the triggers anew, so that the column is guarded too. Since revision 0010 an entry
may leave with its person for the 除票用データベース, and the triggers are made with ``may_leave=True``.
"""

from __future__ import annotations

from collections.abc import Sequence

from residentapp.residents.ddl import equal_row, equal_row_may_leave

#: What may be set on an entry after it was recorded.
MUTABLE = frozenset({"withdrawn_on", "withdrawn_at", "withdrawn_by", "withdrawal_reason"})

_MESSAGE = "integrated_remark keeps its rows"


def guard_statements(dialect: str, columns: Sequence[str], *, may_leave: bool = False) -> list[str]:
    """Statements that guard ``integrated_remark``.

    :param dialect: ``sqlite`` or ``postgresql``.
    :param columns: every column that the table has now.
    :param may_leave: a row whose equal stands in ``removed_integrated_remark`` may be deleted (RR-1.1.5e).
    """
    fixed = [name for name in columns if name not in MUTABLE]
    if dialect == "postgresql":
        same = " AND ".join(f'NEW."{name}" IS NOT DISTINCT FROM OLD."{name}"' for name in fixed)
        return [
            f"""
            CREATE FUNCTION integrated_remark_guard() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
              {equal_row_may_leave("integrated_remark", ("addressee_number", "id")) if may_leave else ""}
              IF TG_OP = 'UPDATE' THEN
                IF OLD.withdrawn_on IS NULL AND {same} THEN RETURN NEW; END IF;
              END IF;
              RAISE EXCEPTION '{_MESSAGE}';
            END $$
            """,
            """
            CREATE TRIGGER integrated_remark_kept BEFORE UPDATE OR DELETE ON integrated_remark
            FOR EACH ROW EXECUTE FUNCTION integrated_remark_guard()
            """,
            """
            CREATE TRIGGER integrated_remark_not_emptied BEFORE TRUNCATE ON integrated_remark
            FOR EACH STATEMENT EXECUTE FUNCTION integrated_remark_guard()
            """,
        ]
    raising = f"BEGIN SELECT RAISE(ABORT, '{_MESSAGE}'); END"
    names = ", ".join(f'"{name}"' for name in fixed)
    leaving = f"WHEN NOT {equal_row('integrated_remark', columns)} " if may_leave else ""
    return [
        f"CREATE TRIGGER integrated_remark_kept BEFORE DELETE ON integrated_remark {leaving}{raising}",
        f"CREATE TRIGGER integrated_remark_fixed BEFORE UPDATE OF {names} ON integrated_remark {raising}",
        "CREATE TRIGGER integrated_remark_once BEFORE UPDATE ON integrated_remark "
        f"WHEN OLD.withdrawn_on IS NOT NULL {raising}",
        # INSERT OR REPLACE would remove a row without firing the trigger for deletion.
        "CREATE TRIGGER integrated_remark_not_replaced BEFORE INSERT ON integrated_remark "
        f"WHEN EXISTS (SELECT 1 FROM integrated_remark WHERE id = NEW.id) {raising}",
    ]


def drop_statements(dialect: str) -> list[str]:
    """Undo :func:`guard_statements`."""
    if dialect == "postgresql":
        return [
            "DROP TRIGGER IF EXISTS integrated_remark_kept ON integrated_remark",
            "DROP TRIGGER IF EXISTS integrated_remark_not_emptied ON integrated_remark",
            "DROP FUNCTION IF EXISTS integrated_remark_guard()",
        ]
    return [
        f"DROP TRIGGER IF EXISTS integrated_remark_{name}"
        for name in ("kept", "fixed", "once", "not_replaced")
    ]
