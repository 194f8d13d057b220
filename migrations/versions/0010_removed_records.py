"""The 除票用データベース: removed records of more than five years, their search keys, and copies of them.

Revision 0010, follows 0011.

The tables that take over rows get the columns that the register's tables have at this step.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

from residentapp.core.db import AwareDateTime
from residentapp.core.db.migrate import MigrationError
from residentapp.core.db.search import Grams, drop_index_statements, index_statements
from residentapp.residents import ddl as register_guards
from residentapp.residents.certificates import ddl as certificate_guards
from residentapp.residents.remarks import ddl as remark_guards
from residentapp.residents.removed_records import ddl as removed_guards

revision = "0010"
down_revision = "0011"
branch_labels = None
depends_on = None

_NAME_FIELDS = (
    "name", "name_alphabet", "former_name", "alias", "name_kana", "former_name_kana", "alias_kana",
)  # fmt: skip
_REASONS = (
    *(f"R{number:02d}" for number in range(1, 10)),
    *(f"D{number:02d}" for number in range(1, 10)),
    *(f"C{number:02d}" for number in range(1, 20)),
)
_STYLES = (
    "resident_copy_individual",
    "resident_copy_household",
    "move_out_certificate",
    "move_out_equivalent",
)
_NEW_STYLES = (
    *_STYLES, "record_items_individual", "record_items_household", "removed_record_copy", "removed_record_items",
)  # fmt: skip


def _columns_of(table: str) -> list[dict[str, Any]]:
    return list(sa.inspect(op.get_bind()).get_columns(table))  # type: ignore[arg-type]


def _columns_like(table: str) -> list[sa.Column[Any]]:
    """The columns that a table has now, without its constraints."""
    return [
        sa.Column(column["name"], column["type"], nullable=column["nullable"], autoincrement=False)
        for column in _columns_of(table)
    ]


def _key(length: int | None = None) -> sa.types.TypeEngine[str]:
    """Text compared by code point on both databases."""
    if length is None:
        return sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def _code(values: Sequence[str], name: str) -> sa.Enum:
    return sa.Enum(
        *values, name=name, native_enum=False, create_constraint=True, length=max(map(len, values))
    )


def upgrade() -> None:
    _create_tables()
    _create_search_tables()
    dialect = op.get_bind().dialect.name
    history = [column["name"] for column in _columns_of("resident_history")]
    for statement in register_guards.drop_statements(dialect):
        op.execute(statement)
    for statement in register_guards.append_only_statements(dialect, history, may_leave=True):
        op.execute(statement)
    _guard_remarks(dialect, may_leave=True)
    for statement in removed_guards.guard_statements(dialect):
        op.execute(statement)
    certificate_guards.exchange_styles(op.get_bind(), _STYLES, _NEW_STYLES)


def _guard_remarks(dialect: str, *, may_leave: bool) -> None:
    columns = [column["name"] for column in _columns_of("integrated_remark")]
    for statement in remark_guards.drop_statements(dialect):
        op.execute(statement)
    for statement in remark_guards.guard_statements(dialect, columns, may_leave=may_leave):
        op.execute(statement)


def _create_tables() -> None:
    op.create_table(
        "removed_resident_change",
        *_columns_like("resident_change"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_removed_resident_change")),
    )
    op.create_table(
        "removed_resident_history",
        *_columns_like("resident_history"),
        sa.ForeignKeyConstraint(
            ["addressee_number"],
            ["addressee.number"],
            name=op.f("fk_removed_resident_history_addressee_number"),
        ),
        sa.ForeignKeyConstraint(
            ["change_id"],
            ["removed_resident_change.id"],
            name=op.f("fk_removed_resident_history_change_id"),
        ),
        sa.ForeignKeyConstraint(
            ["household_number"],
            ["household.number"],
            name=op.f("fk_removed_resident_history_household_number"),
        ),
        sa.PrimaryKeyConstraint(
            "addressee_number", "history_number", name=op.f("pk_removed_resident_history")
        ),
    )
    for name, column in (
        ("household", "household_number"),
        ("change", "change_id"),
        ("individual_number", "individual_number_hash"),
        ("resident_code", "resident_code_hash"),
        ("residence_card", "residence_card_number"),
        ("special_permanent", "special_permanent_number"),
    ):
        op.create_index(f"ix_removed_resident_history_{name}", "removed_resident_history", [column])
    op.create_table(
        "removed_integrated_remark",
        *_columns_like("integrated_remark"),
        sa.ForeignKeyConstraint(
            ["addressee_number"],
            ["addressee.number"],
            name=op.f("fk_removed_integrated_remark_addressee_number"),
        ),
        sa.ForeignKeyConstraint(
            ["addressee_number", "history_number"],
            ["removed_resident_history.addressee_number", "removed_resident_history.history_number"],
            name="fk_removed_integrated_remark_snapshot",
        ),
        sa.PrimaryKeyConstraint("addressee_number", "id", name=op.f("pk_removed_integrated_remark")),
    )
    op.create_table(
        "removed_record",
        sa.Column("addressee_number", sa.String(length=15), nullable=False),
        sa.Column("household_number", sa.String(length=15), nullable=False),
        sa.Column("removal_history_number", sa.Integer(), nullable=False),
        sa.Column("reason", _code(_REASONS, "reason"), nullable=False),
        sa.Column("processed_on", sa.Date(), nullable=False),
        sa.Column("removed_on", sa.Date(), nullable=False),
        sa.Column("kept_until", sa.Date(), nullable=False),
        sa.Column("moved_at", AwareDateTime(), nullable=False),
        sa.Column("moved_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["addressee_number"], ["addressee.number"], name=op.f("fk_removed_record_addressee_number")
        ),
        sa.ForeignKeyConstraint(
            ["household_number"], ["household.number"], name=op.f("fk_removed_record_household_number")
        ),
        sa.PrimaryKeyConstraint("addressee_number", name=op.f("pk_removed_record")),
    )
    op.create_index("ix_removed_record_order", "removed_record", ["processed_on", "addressee_number"])
    op.create_index("ix_removed_record_household", "removed_record", ["household_number"])
    op.create_index("ix_removed_record_kept_until", "removed_record", ["kept_until"])
    op.create_table(
        "removed_record_destruction",
        sa.Column("addressee_number", sa.String(length=15), nullable=False),
        sa.Column("reason", _code(_REASONS, "reason"), nullable=False),
        sa.Column("processed_on", sa.Date(), nullable=False),
        sa.Column("removed_on", sa.Date(), nullable=False),
        sa.Column("kept_until", sa.Date(), nullable=False),
        sa.Column("destroyed_on", sa.Date(), nullable=False),
        sa.Column("destroyed_at", AwareDateTime(), nullable=False),
        sa.Column("destroyed_by", sa.Text(), nullable=False),
        sa.Column("explanation", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "destroyed_on > kept_until", name=op.f("ck_removed_record_destruction_time_is_over")
        ),
        sa.ForeignKeyConstraint(
            ["addressee_number"],
            ["addressee.number"],
            name=op.f("fk_removed_record_destruction_addressee_number"),
        ),
        sa.PrimaryKeyConstraint("addressee_number", name=op.f("pk_removed_record_destruction")),
    )
    op.create_index("ix_removed_record_destruction_day", "removed_record_destruction", ["destroyed_on"])


def _match_columns() -> list[sa.Column[Any]]:
    """Whether a value is current, else what it was and until when; and the order of hits."""
    return [
        sa.Column("is_current", sa.Boolean(), nullable=False),
        sa.Column("written", sa.Text(), nullable=True),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("kana_key", _key(), nullable=False),
        sa.Column("birth_sort", sa.Date(), nullable=False),
        sa.Column("live", sa.Boolean(), nullable=False),
    ]


def _ordered(table: str, name: str, *columns: str, include: Sequence[str] = ()) -> None:
    """An index that finds by some columns and sorts in the order of hits."""
    op.create_index(
        f"ix_{table}_{name}",
        table,
        [*columns, "kana_key", "birth_sort", "addressee_number"],
        postgresql_include=list(include) or None,
    )


def _create_search_tables() -> None:
    """The same as those of the register (0002)."""
    person, name, address, word = (f"removed_search_{kind}" for kind in ("person", "name", "address", "word"))
    op.create_table(
        person,
        sa.Column("addressee_number", _key(15), nullable=False),
        sa.Column("household_number", _key(15), nullable=False),
        sa.Column("kana_key", _key(), nullable=False),
        sa.Column("birth_sort", sa.Date(), nullable=False),
        sa.Column("birth_date", sa.Text(), nullable=False),
        sa.Column("birth_known", sa.Boolean(), nullable=False),
        sa.Column("sex", _code(("male", "female", "unknown"), "sex"), nullable=False),
        sa.Column("state", _code(("resident", "moved_out", "dead", "removed"), "state"), nullable=False),
        sa.Column("live", sa.Boolean(), nullable=False),
        sa.Column("removal_reason", _code(_REASONS, "removal_reason"), nullable=True),
        sa.Column("relationship_key", _key(), nullable=False),
        sa.PrimaryKeyConstraint("addressee_number", name=op.f(f"pk_{person}")),
    )
    _ordered(person, "order", include=["live"])
    op.create_index(
        f"ix_{person}_birth", person, ["birth_sort", "kana_key", "addressee_number"], postgresql_include=["live"]
    )  # fmt: skip
    op.create_index(f"ix_{person}_household", person, ["household_number"])
    _ordered(person, "removal", "removal_reason")
    op.create_table(
        name,
        sa.Column("addressee_number", _key(15), nullable=False),
        sa.Column("line", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("part", _code(("whole", "family", "given"), "part"), nullable=False),
        sa.Column("field", _code(_NAME_FIELDS, "field"), nullable=False),
        sa.Column("key", _key(), nullable=False),
        sa.Column("boundary", _key(), nullable=True),
        *_match_columns(),
        sa.PrimaryKeyConstraint("addressee_number", "line", name=op.f(f"pk_{name}")),
    )
    _ordered(name, "key", "key", include=["part", "field", "is_current", "live"])
    op.create_index(
        f"ix_{name}_boundary",
        name,
        ["boundary", "kana_key", "birth_sort", "addressee_number"],
        postgresql_include=["key", "field", "is_current", "live"],
        postgresql_where=sa.text("boundary IS NOT NULL"),
        sqlite_where=sa.text("boundary IS NOT NULL"),
    )
    op.create_table(
        address,
        sa.Column("addressee_number", _key(15), nullable=False),
        sa.Column("line", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("key", _key(), nullable=False),
        sa.Column("town", _key(), nullable=False),
        sa.Column("building_key", _key(), nullable=False),
        sa.Column("building_name", _key(), nullable=False),
        sa.Column("address_code", _key(15), nullable=False),
        *_match_columns(),
        sa.PrimaryKeyConstraint("addressee_number", "line", name=op.f(f"pk_{address}")),
    )
    _ordered(address, "key", "key", include=["is_current", "live"])
    _ordered(address, "town", "town", include=["is_current", "live"])
    _ordered(address, "code", "address_code")
    _ordered(address, "building", "building_name")
    op.create_table(
        word,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", _code(("name", "town", "building"), "kind"), nullable=False),
        sa.Column("key", _key(), nullable=False),
        sa.Column("grams", Grams(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{word}")),
        sa.UniqueConstraint("kind", "key", name=op.f(f"uq_{word}_kind_key")),
    )
    for statement in index_statements(op.get_bind().dialect.name, word):
        op.execute(statement)


def downgrade() -> None:
    """Everything moves back into the register; what was destroyed cannot, and its list must not be lost."""
    bind = op.get_bind()
    dialect = bind.dialect.name
    if bind.execute(sa.text("SELECT count(*) FROM removed_record_destruction")).scalar():
        raise MigrationError("records were destroyed after 150 years; the list of them would be lost")
    certificate_guards.exchange_styles(op.get_bind(), _NEW_STYLES, _STYLES)
    for statement in removed_guards.drop_statements(dialect):
        op.execute(statement)
    for statement in register_guards.drop_statements(dialect):
        op.execute(statement)
    _move_back(dialect)
    _guard_remarks(dialect, may_leave=False)
    history = [column["name"] for column in _columns_of("resident_history")]
    for statement in register_guards.append_only_statements(dialect, history):
        op.execute(statement)
    for statement in drop_index_statements(dialect, "removed_search_word"):
        op.execute(statement)
    for table in (
        "removed_search_word", "removed_search_address", "removed_search_name", "removed_search_person",
        "removed_record_destruction", "removed_record", "removed_integrated_remark", "removed_resident_history",
        "removed_resident_change",
    ):  # fmt: skip
        op.drop_table(table)


def _move_back(dialect: str) -> None:
    def names(table: str, *without: str) -> str:
        return ", ".join(column["name"] for column in _columns_of(table) if column["name"] not in without)

    op.execute(
        f"INSERT INTO resident_change ({names('resident_change')}) SELECT {names('resident_change')} "
        "FROM removed_resident_change WHERE id NOT IN (SELECT id FROM resident_change)"
    )
    columns = names("resident_history")
    op.execute(f"INSERT INTO resident_history ({columns}) SELECT {columns} FROM removed_resident_history")
    _move_remarks_back(dialect, names("integrated_remark", "id", "replaces_id").split(", "))
    for table in ("search_person", "search_name", "search_address"):
        op.execute(f"INSERT INTO {table} ({names(table)}) SELECT {names(table)} FROM removed_{table}")
    columns = names("search_word", "id")
    op.execute(
        f"INSERT INTO search_word ({columns}) SELECT {columns} FROM removed_search_word AS gone WHERE NOT EXISTS "
        "(SELECT 1 FROM search_word AS word WHERE word.kind = gone.kind AND word.key = gone.key)"
    )


def _move_remarks_back(dialect: str, columns: Sequence[str]) -> None:
    """Every remark gets a new number, because its own may have been given again; what replaces another still does."""
    taken = ", ".join(columns)
    own = ", ".join(f"remark.{column}" for column in columns)
    op.execute(
        "WITH numbered AS (SELECT removed.*, (SELECT coalesce(max(id), 0) FROM integrated_remark)"
        " + row_number() OVER (ORDER BY addressee_number, id) AS new_id FROM removed_integrated_remark AS removed)"
        f" INSERT INTO integrated_remark (id, replaces_id, {taken})"
        f" SELECT remark.new_id, replaced.new_id, {own} FROM numbered AS remark LEFT JOIN numbered AS replaced"
        " ON replaced.addressee_number = remark.addressee_number AND replaced.id = remark.replaces_id"
        " ORDER BY remark.new_id"
    )
    if dialect == "postgresql":
        op.execute(
            "SELECT setval(pg_get_serial_sequence('integrated_remark', 'id'), greatest(max(id), 1))"
            " FROM integrated_remark"
        )
