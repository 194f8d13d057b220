"""Tables whose rows stay as they were written: the database itself refuses to change or remove one."""

from __future__ import annotations

from collections.abc import Iterable


def fixed_statements(dialect: str, guard: str, tables: Iterable[str]) -> list[str]:
    """Statements that fix the rows of some tables.

    :param dialect: ``sqlite`` or ``postgresql``.
    :param guard: name of the function that PostgreSQL calls; the same for :func:`unfixed_statements`.
    """
    if dialect == "postgresql":
        return [
            f"""
            CREATE FUNCTION {guard}() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN RAISE EXCEPTION '% keeps its rows', TG_TABLE_NAME; END $$
            """,
            *(
                f"CREATE TRIGGER {table}_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
                f"FOR EACH STATEMENT EXECUTE FUNCTION {guard}()"
                for table in tables
            ),
        ]
    return [
        statement
        for table in tables
        for statement in (
            f"CREATE TRIGGER {table}_kept BEFORE DELETE ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} keeps its rows'); END",
            f"CREATE TRIGGER {table}_fixed BEFORE UPDATE ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} keeps its rows'); END",
        )
    ]


def unfixed_statements(dialect: str, guard: str, tables: Iterable[str]) -> list[str]:
    """Undo :func:`fixed_statements`."""
    if dialect == "postgresql":
        return [
            *(f"DROP TRIGGER IF EXISTS {table}_kept ON {table}" for table in tables),
            f"DROP FUNCTION IF EXISTS {guard}()",
        ]
    return [f"DROP TRIGGER IF EXISTS {table}_{what}" for table in tables for what in ("kept", "fixed")]
