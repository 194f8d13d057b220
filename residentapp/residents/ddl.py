"""What the database itself refuses, whoever asks: changing or deleting a snapshot (RR-1.2.1, RR-4.2.3.3b).

The statements are made from the table as it is declared, so that a new column is guarded too.
"""

from __future__ import annotations

from residentapp.residents.models import ResidentHistory

_MESSAGE = "resident_history is append-only"


def append_only_statements(dialect: str) -> list[str]:
    """Statements that make ``resident_history`` append-only.

    :param dialect: ``sqlite`` or ``postgresql``.
    """
    if dialect == "postgresql":
        return [
            f"""
            CREATE OR REPLACE FUNCTION resident_history_guard() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
              IF TG_OP = 'UPDATE' AND NOT NEW.is_latest
                 AND to_jsonb(NEW) - 'is_latest' = to_jsonb(OLD) - 'is_latest' THEN
                RETURN NEW;
              END IF;
              RAISE EXCEPTION '{_MESSAGE}';
            END $$
            """,
            """
            CREATE TRIGGER resident_history_append_only BEFORE UPDATE OR DELETE ON resident_history
            FOR EACH ROW EXECUTE FUNCTION resident_history_guard()
            """,
        ]
    columns = ", ".join(
        column.name for column in ResidentHistory.__table__.columns if column.name != "is_latest"
    )
    return [
        f"""
        CREATE TRIGGER resident_history_no_update BEFORE UPDATE OF {columns} ON resident_history
        BEGIN SELECT RAISE(ABORT, '{_MESSAGE}'); END
        """,
        f"""
        CREATE TRIGGER resident_history_no_revival BEFORE UPDATE OF is_latest ON resident_history
        WHEN NEW.is_latest BEGIN SELECT RAISE(ABORT, '{_MESSAGE}'); END
        """,
        f"""
        CREATE TRIGGER resident_history_no_delete BEFORE DELETE ON resident_history
        BEGIN SELECT RAISE(ABORT, '{_MESSAGE}'); END
        """,
    ]


def drop_statements(dialect: str) -> list[str]:
    """Undo :func:`append_only_statements`."""
    if dialect == "postgresql":
        return [
            "DROP TRIGGER IF EXISTS resident_history_append_only ON resident_history",
            "DROP FUNCTION IF EXISTS resident_history_guard()",
        ]
    names = ("resident_history_no_update", "resident_history_no_revival", "resident_history_no_delete")
    return [f"DROP TRIGGER IF EXISTS {name}" for name in names]
