"""The database itself keeps every version of a memo: nothing is changed, nothing goes (RR-1.1.15a).

Since revision 0016 a memo goes with the record that it is about: when its 150 years are over by the database's own
clock and its destruction stands in the list (RR-1.1.5e, 令 第34条).
"""

from __future__ import annotations

_MESSAGE = "memos keep their rows"
_TABLES = ("memo", "memo_version")
#: Whose memo a row belongs to.
_PERSON = {
    "memo": "OLD.addressee_number",
    "memo_version": "(SELECT memo.addressee_number FROM memo WHERE memo.id = OLD.memo_id)",
}


def _record_is_destroyed(table: str, today: str) -> str:
    return (
        "EXISTS (SELECT 1 FROM removed_record_destruction AS listed "
        f"WHERE listed.addressee_number = {_PERSON[table]} AND listed.kept_until < {today})"
    )


def guard_statements(dialect: str, *, may_go: bool = False) -> list[str]:
    """Statements that make ``memo`` and ``memo_version`` insert-only.

    :param dialect: ``sqlite`` or ``postgresql``.
    :param may_go: rows go when the record they are about is destroyed.
    """
    return _postgresql(may_go) if dialect == "postgresql" else _sqlite(may_go)


def _postgresql(may_go: bool) -> list[str]:
    today = "(now() AT TIME ZONE 'Asia/Tokyo')::date"
    statements = []
    for table in _TABLES:
        going = f"IF TG_OP = 'DELETE' THEN IF {_record_is_destroyed(table, today)} THEN RETURN OLD; END IF; END IF;"
        statements += [
            f"""
            CREATE FUNCTION {table}_guard() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN {going if may_go else ""} RAISE EXCEPTION '{_MESSAGE}'; END $$
            """,
            f"CREATE TRIGGER {table}_kept BEFORE UPDATE OR DELETE ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION {table}_guard()",
            f"CREATE TRIGGER {table}_not_emptied BEFORE TRUNCATE ON {table} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_guard()",
        ]
    return statements


def _sqlite(may_go: bool) -> list[str]:
    raising = f"BEGIN SELECT RAISE(ABORT, '{_MESSAGE}'); END"
    same = {
        "memo": "id = NEW.id",
        "memo_version": "memo_id = NEW.memo_id AND version = NEW.version",
    }
    statements = []
    for table in _TABLES:
        destroyed = _record_is_destroyed(table, "date('now', '+9 hours')")
        unless = f"WHEN NOT {destroyed}" if may_go else ""
        statements += [
            f"CREATE TRIGGER {table}_kept BEFORE DELETE ON {table} {unless} {raising}",
            f"CREATE TRIGGER {table}_fixed BEFORE UPDATE ON {table} {raising}",
            # INSERT OR REPLACE would remove a row without firing the trigger for deletion.
            f"CREATE TRIGGER {table}_not_replaced BEFORE INSERT ON {table} "
            f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {same[table]}) {raising}",
        ]
    return statements


def drop_statements(dialect: str) -> list[str]:
    """Undo :func:`guard_statements`."""
    if dialect == "postgresql":
        return [
            *(
                f"DROP TRIGGER IF EXISTS {table}_{name} ON {table}"
                for table in _TABLES
                for name in ("kept", "not_emptied")
            ),
            *(f"DROP FUNCTION IF EXISTS {table}_guard()" for table in _TABLES),
        ]
    return [
        f"DROP TRIGGER IF EXISTS {table}_{name}"
        for table in _TABLES
        for name in ("kept", "fixed", "not_replaced")
    ]
