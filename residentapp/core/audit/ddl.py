"""Triggers by which the database itself refuses to change or remove rows of the audit log.

A migration calls :func:`create_guards` after it made the tables and :func:`drop_guards` before it drops them.
The triggers stop accidents and every path through the application; against a database administrator, who can
drop a trigger, stands the keyed hash chain (:mod:`residentapp.core.audit.chain`).
"""

from __future__ import annotations

from collections.abc import Callable

#: Tables whose rows never change and never go.
INSERT_ONLY = ("audit_entry", "audit_subject")

_SQLITE = [
    *(
        f"CREATE TRIGGER {table}_refuse_{verb.lower()} BEFORE {verb} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{table} is insert-only'); END"
        for table in INSERT_ONLY
        for verb in ("UPDATE", "DELETE")
    ),
    # INSERT OR REPLACE removes a row without firing the DELETE trigger, so it is refused here.
    "CREATE TRIGGER audit_entry_refuse_replace BEFORE INSERT ON audit_entry "
    "WHEN EXISTS (SELECT 1 FROM audit_entry WHERE sequence = NEW.sequence) "
    "BEGIN SELECT RAISE(ABORT, 'audit_entry is insert-only'); END",
    "CREATE TRIGGER audit_subject_refuse_replace BEFORE INSERT ON audit_subject "
    "WHEN EXISTS (SELECT 1 FROM audit_subject WHERE sequence = NEW.sequence AND number = NEW.number) "
    "BEGIN SELECT RAISE(ABORT, 'audit_subject is insert-only'); END",
    "CREATE TRIGGER audit_head_refuse_replace BEFORE INSERT ON audit_head "
    "WHEN EXISTS (SELECT 1 FROM audit_head) "
    "BEGIN SELECT RAISE(ABORT, 'audit_head only goes forward'); END",
    "CREATE TRIGGER audit_head_refuse_update BEFORE UPDATE ON audit_head WHEN NEW.count <= OLD.count "
    "BEGIN SELECT RAISE(ABORT, 'audit_head only goes forward'); END",
    "CREATE TRIGGER audit_head_refuse_delete BEFORE DELETE ON audit_head "
    "BEGIN SELECT RAISE(ABORT, 'audit_head only goes forward'); END",
]

_POSTGRESQL = [
    "CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION USING MESSAGE = TG_TABLE_NAME || ' is insert-only'; END $$",
    "CREATE FUNCTION audit_head_forward() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN IF NEW.count <= OLD.count THEN "
    "RAISE EXCEPTION 'audit_head only goes forward'; END IF; RETURN NEW; END $$",
    *(
        f"CREATE TRIGGER {table}_refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()"
        for table in INSERT_ONLY
    ),
    "CREATE TRIGGER audit_head_refuse_delete BEFORE DELETE OR TRUNCATE ON audit_head "
    "FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()",
    "CREATE TRIGGER audit_head_refuse_update BEFORE UPDATE ON audit_head "
    "FOR EACH ROW EXECUTE FUNCTION audit_head_forward()",
]

_SQLITE_TRIGGERS = [statement.split()[2] for statement in _SQLITE]

_POSTGRESQL_DROP = [
    *(f"DROP TRIGGER IF EXISTS {table}_refuse_change ON {table}" for table in INSERT_ONLY),
    "DROP TRIGGER IF EXISTS audit_head_refuse_delete ON audit_head",
    "DROP TRIGGER IF EXISTS audit_head_refuse_update ON audit_head",
    "DROP FUNCTION IF EXISTS audit_refuse()",
    "DROP FUNCTION IF EXISTS audit_head_forward()",
]


def create_guards(execute: Callable[[str], object], dialect: str) -> None:
    """Create the triggers.

    :param execute: runs one statement, for example Alembic's ``op.execute``.
    :param dialect: ``sqlite`` or ``postgresql``.
    """
    for statement in _SQLITE if dialect == "sqlite" else _POSTGRESQL:
        execute(statement)


def drop_guards(execute: Callable[[str], object], dialect: str) -> None:
    """Remove the triggers, before the tables are dropped or when a test plays the attacker."""
    if dialect == "sqlite":
        for name in _SQLITE_TRIGGERS:
            execute(f"DROP TRIGGER IF EXISTS {name}")
    else:
        for statement in _POSTGRESQL_DROP:
            execute(statement)
