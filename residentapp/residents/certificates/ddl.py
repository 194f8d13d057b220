"""The database itself keeps the history of issues: no row goes, and only hand-over and disposal may be added.

Source: RR-1.3.8b.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, inspect, text

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


def exchange_styles(bind: Connection, old: Sequence[str], new: Sequence[str]) -> None:
    """Tell the history of issues which forms it knows, for migrations.

    :param old: the codes of the forms until now. :param new: and from now on.
    :raises RuntimeError: when the table has another check than ``old``.
    """
    before, after = (", ".join(f"'{style}'" for style in styles) for styles in (old, new))
    widths = [max(map(len, styles)) for styles in (old, new)]
    if bind.dialect.name == "postgresql":
        bind.execute(text("ALTER TABLE certificate_issue DROP CONSTRAINT ck_certificate_issue_style"))
        bind.execute(text(f"ALTER TABLE certificate_issue ALTER COLUMN style TYPE VARCHAR({widths[1]})"))
        bind.execute(
            text(
                "ALTER TABLE certificate_issue ADD CONSTRAINT ck_certificate_issue_style "
                f"CHECK (style IN ({after}))"
            )
        )
        return
    changes = {f"style IN ({before})": f"style IN ({after})"}
    if widths[0] != widths[1]:
        changes[f"style VARCHAR({widths[0]})"] = f"style VARCHAR({widths[1]})"
    _remake(bind, changes)


def _remake(bind: Connection, changes: dict[str, str]) -> None:
    """SQLite cannot exchange a check: the table is written anew under its own name, with indexes and triggers."""
    query = text(
        "SELECT sql FROM sqlite_master WHERE tbl_name = 'certificate_issue' AND type IN ('table', 'index') "
        "AND sql IS NOT NULL ORDER BY type DESC"
    )
    table, *indexes = bind.execute(query).scalars().all()
    for before, after in changes.items():
        if table.count(before) != 1:
            raise RuntimeError("certificate_issue is not as this step expects it")
        table = table.replace(before, after)
    for statement in (
        *drop_statements("sqlite"),
        "CREATE TABLE certificate_issue_kept AS SELECT * FROM certificate_issue",
        "DROP TABLE certificate_issue",
        table,
        "INSERT INTO certificate_issue SELECT * FROM certificate_issue_kept",
        "DROP TABLE certificate_issue_kept",
        *indexes,
    ):
        bind.execute(text(statement))
    columns = [column["name"] for column in inspect(bind).get_columns("certificate_issue")]
    for statement in guard_statements("sqlite", columns):
        bind.execute(text(statement))
