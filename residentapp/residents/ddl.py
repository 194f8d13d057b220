"""What the database itself refuses, whoever asks: changing or deleting a snapshot (RR-1.2.1, RR-4.2.3.3b).

A snapshot may leave in one way only: when the very same row stands in the 除票用データベース (RR-9.3).

A migration that adds a column makes the triggers anew, so that the column is guarded too. Since revision 0010 the
column must come to ``removed_resident_history`` as well, and the triggers are made with ``may_leave=True``.
"""

from __future__ import annotations

from collections.abc import Sequence

_MESSAGE = "resident_history is append-only"


def append_only_statements(dialect: str, columns: Sequence[str], *, may_leave: bool = False) -> list[str]:
    """Statements that make ``resident_history`` append-only.

    :param dialect: ``sqlite`` or ``postgresql``.
    :param columns: every column that the table has now.
    :param may_leave: a row whose equal stands in ``removed_resident_history`` may be deleted.
    """
    if dialect == "postgresql":
        return [
            f"""
            CREATE OR REPLACE FUNCTION resident_history_guard() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
              {equal_row_may_leave("resident_history", ("addressee_number", "history_number")) if may_leave else ""}
              IF TG_OP = 'UPDATE' THEN
                IF NOT NEW.is_latest AND to_jsonb(NEW) - 'is_latest' = to_jsonb(OLD) - 'is_latest' THEN
                  RETURN NEW;
                END IF;
              END IF;
              RAISE EXCEPTION '{_MESSAGE}';
            END $$
            """,
            """
            CREATE TRIGGER resident_history_append_only BEFORE UPDATE OR DELETE ON resident_history
            FOR EACH ROW EXECUTE FUNCTION resident_history_guard()
            """,
            """
            CREATE TRIGGER resident_history_no_truncate BEFORE TRUNCATE ON resident_history
            FOR EACH STATEMENT EXECUTE FUNCTION resident_history_guard()
            """,
        ]
    items = ", ".join(name for name in columns if name != "is_latest")
    return [
        f"""
        CREATE TRIGGER resident_history_no_update BEFORE UPDATE OF {items} ON resident_history
        BEGIN SELECT RAISE(ABORT, '{_MESSAGE}'); END
        """,
        f"""
        CREATE TRIGGER resident_history_no_revival BEFORE UPDATE OF is_latest ON resident_history
        WHEN NEW.is_latest BEGIN SELECT RAISE(ABORT, '{_MESSAGE}'); END
        """,
        f"""
        CREATE TRIGGER resident_history_no_delete BEFORE DELETE ON resident_history
        {f"WHEN NOT {equal_row('resident_history', columns)}" if may_leave else ""}
        BEGIN SELECT RAISE(ABORT, '{_MESSAGE}'); END
        """,
        # INSERT OR REPLACE would remove a row without firing the trigger for deletion.
        f"""
        CREATE TRIGGER resident_history_no_replace BEFORE INSERT ON resident_history
        WHEN EXISTS (
          SELECT 1 FROM resident_history
          WHERE addressee_number = NEW.addressee_number AND history_number = NEW.history_number
        ) BEGIN SELECT RAISE(ABORT, '{_MESSAGE}'); END
        """,
    ]


def equal_row(table: str, columns: Sequence[str]) -> str:
    """SQLite: whether the row to be deleted (``OLD``) stands unchanged in ``removed_<table>``."""
    same = " AND ".join(f'kept."{name}" IS OLD."{name}"' for name in columns)
    return f"EXISTS (SELECT 1 FROM removed_{table} AS kept WHERE {same})"


def equal_row_may_leave(table: str, key: Sequence[str]) -> str:
    """PostgreSQL: the part of a trigger function that lets a row go which stands unchanged in ``removed_<table>``.

    The two rows are compared as a whole, so that both tables must have the same columns.
    """
    same_key = " AND ".join(f"kept.{name} = OLD.{name}" for name in key)
    return f"""
              IF TG_OP = 'DELETE' THEN
                IF EXISTS (
                  SELECT 1 FROM removed_{table} AS kept WHERE {same_key} AND to_jsonb(kept) = to_jsonb(OLD)
                ) THEN
                  RETURN OLD;
                END IF;
              END IF;
    """


def drop_statements(dialect: str) -> list[str]:
    """Undo :func:`append_only_statements`."""
    if dialect == "postgresql":
        return [
            "DROP TRIGGER IF EXISTS resident_history_append_only ON resident_history",
            "DROP TRIGGER IF EXISTS resident_history_no_truncate ON resident_history",
            "DROP FUNCTION IF EXISTS resident_history_guard()",
        ]
    kinds = ("update", "revival", "delete", "replace")
    return [f"DROP TRIGGER IF EXISTS resident_history_no_{kind}" for kind in kinds]
