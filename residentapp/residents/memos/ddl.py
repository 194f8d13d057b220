"""The database itself keeps every version of a memo: nothing is changed, nothing goes (RR-1.1.15a)."""

from __future__ import annotations

_MESSAGE = "memos keep their rows"
_TABLES = ("memo", "memo_version")


def guard_statements(dialect: str) -> list[str]:
    """Statements that make ``memo`` and ``memo_version`` insert-only.

    :param dialect: ``sqlite`` or ``postgresql``.
    """
    if dialect == "postgresql":
        return [
            f"""
            CREATE FUNCTION memo_guard() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN RAISE EXCEPTION '{_MESSAGE}'; END $$
            """,
            *(
                f"CREATE TRIGGER {table}_kept BEFORE UPDATE OR DELETE ON {table} "
                "FOR EACH ROW EXECUTE FUNCTION memo_guard()"
                for table in _TABLES
            ),
            *(
                f"CREATE TRIGGER {table}_not_emptied BEFORE TRUNCATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION memo_guard()"
                for table in _TABLES
            ),
        ]
    raising = f"BEGIN SELECT RAISE(ABORT, '{_MESSAGE}'); END"
    same = {
        "memo": "id = NEW.id",
        "memo_version": "memo_id = NEW.memo_id AND version = NEW.version",
    }
    return [
        statement
        for table in _TABLES
        for statement in (
            f"CREATE TRIGGER {table}_kept BEFORE DELETE ON {table} {raising}",
            f"CREATE TRIGGER {table}_fixed BEFORE UPDATE ON {table} {raising}",
            # INSERT OR REPLACE would remove a row without firing the trigger for deletion.
            f"CREATE TRIGGER {table}_not_replaced BEFORE INSERT ON {table} "
            f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {same[table]}) {raising}",
        )
    ]


def drop_statements(dialect: str) -> list[str]:
    """Undo :func:`guard_statements`."""
    if dialect == "postgresql":
        return [
            *(
                f"DROP TRIGGER IF EXISTS {table}_{name} ON {table}"
                for table in _TABLES
                for name in ("kept", "not_emptied")
            ),
            "DROP FUNCTION IF EXISTS memo_guard()",
        ]
    return [
        f"DROP TRIGGER IF EXISTS {table}_{name}"
        for table in _TABLES
        for name in ("kept", "fixed", "not_replaced")
    ]
