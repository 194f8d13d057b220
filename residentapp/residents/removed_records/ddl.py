"""What the database itself refuses in the 除票用データベース, whoever asks (RR-1.1.5e, RR-9.3, 令 第34条).

- Nothing there is ever changed; a row goes only when the record's time is over by the database's own clock and its
  destruction has been listed.
- Nobody's ``kept_until`` is earlier than 150 years after the removal.
- A snapshot or a remark leaves the register only when the very same stands there (``residents.ddl``, ``remarks.ddl``).
- A person who has moved there gets no further snapshot in the register: nobody stands in both.
"""

from __future__ import annotations

#: Tables whose rows belong to one person and go when the record's time is over.
OF_A_PERSON = ("removed_record", "removed_resident_history", "removed_integrated_remark")
#: Insert-only tables, and the columns by which SQLite's INSERT OR REPLACE would find a row to replace.
KEYS = {
    "removed_record": ("addressee_number",),
    "removed_resident_history": ("addressee_number", "history_number"),
    "removed_integrated_remark": ("addressee_number", "id"),
    "removed_resident_change": ("id",),
    "removed_record_destruction": ("addressee_number",),
}
_SAID = "is kept until its time is over"

_TIME_IS_OVER = """
    EXISTS (
      SELECT 1 FROM removed_record AS record
      JOIN removed_record_destruction AS listed ON listed.addressee_number = record.addressee_number
      WHERE record.addressee_number = OLD.addressee_number AND record.kept_until < {today}
    )
"""
#: Of a change: nobody's snapshot came from it any more. The foreign key says so too.
_NOBODYS = "NOT EXISTS (SELECT 1 FROM removed_resident_history AS snapshot WHERE snapshot.change_id = OLD.id)"


def _may_go(table: str, today: str) -> str:
    """When a row of a table may be deleted; empty for never."""
    if table in OF_A_PERSON:
        return _TIME_IS_OVER.format(today=today)
    return _NOBODYS if table == "removed_resident_change" else ""


def guard_statements(dialect: str) -> list[str]:
    """Statements that make the triggers.

    :param dialect: ``sqlite`` or ``postgresql``.
    """
    return _postgresql() if dialect == "postgresql" else _sqlite()


def _postgresql() -> list[str]:
    statements = [
        """
        CREATE FUNCTION removed_record_time() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF NEW.kept_until < (NEW.removed_on + interval '150 years')::date THEN
            RAISE EXCEPTION 'removed_record is kept for 150 years';
          END IF;
          RETURN NEW;
        END $$
        """,
        """
        CREATE TRIGGER removed_record_time BEFORE INSERT ON removed_record
        FOR EACH ROW EXECUTE FUNCTION removed_record_time()
        """,
        """
        CREATE FUNCTION resident_history_not_removed() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF EXISTS (
            SELECT 1 FROM removed_record AS record WHERE record.addressee_number = NEW.addressee_number
          ) THEN
            RAISE EXCEPTION 'the record has moved to removed_resident_history';
          END IF;
          RETURN NEW;
        END $$
        """,
        """
        CREATE TRIGGER resident_history_not_removed BEFORE INSERT ON resident_history
        FOR EACH ROW EXECUTE FUNCTION resident_history_not_removed()
        """,
    ]
    for table in KEYS:
        condition = _may_go(table, "(now() AT TIME ZONE 'Asia/Tokyo')::date")
        going = (
            f"IF TG_OP = 'DELETE' THEN IF {condition} THEN RETURN OLD; END IF; END IF;" if condition else ""
        )
        statements += [
            f"""
            CREATE FUNCTION {table}_kept() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
              {going}
              RAISE EXCEPTION '{table} {_SAID}';
            END $$
            """,
            f"""
            CREATE TRIGGER {table}_kept BEFORE UPDATE OR DELETE ON {table}
            FOR EACH ROW EXECUTE FUNCTION {table}_kept()
            """,
            f"""
            CREATE TRIGGER {table}_not_emptied BEFORE TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION {table}_kept()
            """,
        ]
    return statements


def _sqlite() -> list[str]:
    # From 29 February SQLite would count to 1 March; the period ends with February.
    leap = "strftime('%m-%d', NEW.removed_on) = '02-29'"
    end = f"date(NEW.removed_on, CASE WHEN {leap} THEN '-1 day' ELSE '0 days' END, '+150 years')"
    statements = [
        f"CREATE TRIGGER removed_record_time BEFORE INSERT ON removed_record WHEN NEW.kept_until < {end} "
        "BEGIN SELECT RAISE(ABORT, 'removed_record is kept for 150 years'); END",
        "CREATE TRIGGER resident_history_not_removed BEFORE INSERT ON resident_history WHEN EXISTS "
        "(SELECT 1 FROM removed_record AS record WHERE record.addressee_number = NEW.addressee_number) "
        "BEGIN SELECT RAISE(ABORT, 'the record has moved to removed_resident_history'); END",
    ]
    for table, key in KEYS.items():
        refusing = f"BEGIN SELECT RAISE(ABORT, '{table} {_SAID}'); END"
        condition = _may_go(table, "date('now', '+9 hours')")
        same = " AND ".join(f"{name} = NEW.{name}" for name in key)
        statements += [
            f"CREATE TRIGGER {table}_fixed BEFORE UPDATE ON {table} {refusing}",
            f"CREATE TRIGGER {table}_kept BEFORE DELETE ON {table} "
            f"{f'WHEN NOT ({condition})' if condition else ''} {refusing}",
            # INSERT OR REPLACE would remove a row without firing the trigger for deletion.
            f"CREATE TRIGGER {table}_not_replaced BEFORE INSERT ON {table} "
            f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {same}) {refusing}",
        ]
    return statements


def drop_statements(dialect: str) -> list[str]:
    """Undo :func:`guard_statements`."""
    if dialect == "postgresql":
        others = (
            ("removed_record_time", "removed_record"),
            ("resident_history_not_removed", "resident_history"),
        )
        kinds = ("kept", "not_emptied")
        return [
            *(f"DROP TRIGGER IF EXISTS {table}_{kind} ON {table}" for table in KEYS for kind in kinds),
            *(f"DROP FUNCTION IF EXISTS {table}_kept()" for table in KEYS),
            *(
                statement
                for name, table in others
                for statement in (
                    f"DROP TRIGGER IF EXISTS {name} ON {table}",
                    f"DROP FUNCTION IF EXISTS {name}()",
                )
            ),
        ]  # fmt: skip
    names = ["removed_record_time", "resident_history_not_removed"]
    names += [f"{table}_{kind}" for table in KEYS for kind in ("fixed", "kept", "not_replaced")]
    return [f"DROP TRIGGER IF EXISTS {name}" for name in names]
