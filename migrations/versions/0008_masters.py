"""Masters: closed days, wording, fees, keeping terms, districts, renumbering; validity of places; kinds of seals.

Revision 0008, follows 0007.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_OLD_KINDS = "kind IN ('main', 'branch', 'sub_branch')"
_NEW_KINDS = "kind IN ('main', 'branch', 'sub_branch', 'ward', 'section')"
_PERIOD = "valid_from IS NULL OR valid_to IS NULL OR valid_from <= valid_to"
_NEXT_NAME = "(next_name IS NULL) = (next_name_from IS NULL)"
_KINDS_OF_DISTRICTS = (
    ("administrative", "行政区", 10),
    ("polling", "投票区", 20),
    ("elementary_school", "小学校区", 30),
    ("junior_high_school", "中学校区", 40),
    ("neighbourhood", "自治会", 50),
)


# SQLite makes a changed table anew and would lose the checks it cannot read back, so each is written out here as it
# stands before and after the change.


def _place(name: str, *columns: sa.schema.SchemaItem, after: bool, kinds: str = "") -> sa.Table:
    new: list[sa.schema.SchemaItem] = []
    if after:
        new = [
            sa.Column("next_name", sa.Text(), nullable=True),
            sa.Column("next_name_from", sa.Date(), nullable=True),
            sa.Column("valid_from", sa.Date(), nullable=True),
            sa.Column("valid_to", sa.Date(), nullable=True),
            sa.CheckConstraint(_PERIOD, name=f"ck_{name}_period"),
            sa.CheckConstraint(_NEXT_NAME, name=f"ck_{name}_next_name_with_day"),
        ]
    if kinds:
        new.append(sa.CheckConstraint(kinds, name=f"ck_{name}_kind"))
    return sa.Table(
        name,
        sa.MetaData(),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        *columns,
        sa.Column("active", sa.Boolean(), nullable=False),
        *new,
        sa.PrimaryKeyConstraint("id", name=f"pk_{name}"),
        sa.UniqueConstraint("code", name=f"uq_{name}_code"),
    )


def _office(*, after: bool) -> sa.Table:
    return _place(
        "office",
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("contact", sa.Text(), nullable=True),
        after=after,
        kinds=_NEW_KINDS if after else _OLD_KINDS,
    )


def _printer(*, after: bool) -> sa.Table:
    table = _place(
        "printer",
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("trays", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["office_id"], ["office.id"], name="fk_printer_office_id"),
        after=after,
    )
    sa.Index("ix_printer_office_id", table.c.office_id)
    return table


def _terminal(*, after: bool) -> sa.Table:
    table = _place(
        "terminal",
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("printer_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["office_id"], ["office.id"], name="fk_terminal_office_id"),
        sa.ForeignKeyConstraint(["printer_id"], ["printer.id"], name="fk_terminal_printer_id"),
        after=after,
    )
    sa.Index("ix_terminal_office_id", table.c.office_id)
    sa.Index("ix_terminal_printer_id", table.c.printer_id)
    return table


_SEAL_CHECKS = {
    "use": "use IN ('general', 'certificate', 'card')",
    "colour": "colour IN ('black', 'red')",
    "red_on_cards_only": "colour = 'black' OR use = 'card'",
}


def _seal_uses() -> tuple[sa.Column[str], sa.Column[str]]:
    return (
        sa.Column("use", sa.String(length=11), server_default="general", nullable=False),
        sa.Column("colour", sa.String(length=5), server_default="black", nullable=False),
    )


def _seal(*, after: bool) -> sa.Table:
    new: list[sa.schema.SchemaItem] = []
    if after:
        new = [*_seal_uses()]
        new += [sa.CheckConstraint(text, name=f"ck_seal_{name}") for name, text in _SEAL_CHECKS.items()]
    return sa.Table(
        "seal",
        sa.MetaData(),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=6), nullable=False),
        sa.Column("image_png", sa.LargeBinary(), nullable=False),
        sa.Column("size_mm", sa.Double(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        *new,
        sa.CheckConstraint("kind IN ('mayor', 'deputy')", name="ck_seal_kind"),
        sa.CheckConstraint("size_mm > 0 AND size_mm <= 25", name="ck_seal_size_allowed"),
        sa.CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="ck_seal_period_in_order"),
        sa.PrimaryKeyConstraint("id", name="pk_seal"),
    )


def upgrade() -> None:
    _create_settings()
    _create_districts()
    op.add_column("address_country", sa.Column("source", sa.Text(), server_default="cldr", nullable=False))
    for name, before in (("office", _office), ("printer", _printer), ("terminal", _terminal)):
        with op.batch_alter_table(name, copy_from=before(after=False)) as batch:
            batch.add_column(sa.Column("next_name", sa.Text(), nullable=True))
            batch.add_column(sa.Column("next_name_from", sa.Date(), nullable=True))
            batch.add_column(sa.Column("valid_from", sa.Date(), nullable=True))
            batch.add_column(sa.Column("valid_to", sa.Date(), nullable=True))
            batch.create_check_constraint(op.f(f"ck_{name}_period"), sa.text(_PERIOD))
            batch.create_check_constraint(op.f(f"ck_{name}_next_name_with_day"), sa.text(_NEXT_NAME))
            if name == "office":
                batch.drop_constraint(op.f("ck_office_kind"), type_="check")
                batch.create_check_constraint(op.f("ck_office_kind"), sa.text(_NEW_KINDS))
    with op.batch_alter_table("seal", copy_from=_seal(after=False)) as batch:
        for column in _seal_uses():
            batch.add_column(column)
        for check, text in _SEAL_CHECKS.items():
            batch.create_check_constraint(op.f(f"ck_seal_{check}"), sa.text(text))


def _create_settings() -> None:
    op.create_table(
        "closed_day",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("closed", "opened", name="kind", native_enum=False, create_constraint=True),
            nullable=False,
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=True),
        sa.Column("month", sa.Integer(), nullable=True),
        sa.Column("day_of_month", sa.Integer(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "(day IS NOT NULL AND month IS NULL AND day_of_month IS NULL AND valid_from IS NULL AND valid_to IS NULL)"
            " OR (day IS NULL AND month IS NOT NULL AND day_of_month IS NOT NULL AND valid_from IS NOT NULL)",
            name=op.f("ck_closed_day_one_day_or_yearly"),
        ),
        sa.CheckConstraint("length(reason) > 0", name=op.f("ck_closed_day_named")),
        sa.CheckConstraint(
            "month IS NULL OR (month BETWEEN 1 AND 12 AND day_of_month BETWEEN 1 AND 31)",
            name=op.f("ck_closed_day_month_and_day"),
        ),
        sa.CheckConstraint(
            "valid_to IS NULL OR valid_to >= valid_from", name=op.f("ck_closed_day_period_in_order")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_closed_day")),
    )
    op.create_table(
        "form_wording",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.CheckConstraint("value IS NULL OR length(value) > 0", name=op.f("ck_form_wording_not_blank")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_form_wording")),
    )
    op.create_index("ix_form_wording_key", "form_wording", ["form", "item", "valid_from"])
    op.create_table(
        "certificate_fee",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("fee", sa.Text(), nullable=False),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_certificate_fee_amount_not_negative")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certificate_fee")),
    )
    op.create_index("ix_certificate_fee_key", "certificate_fee", ["form", "fee", "valid_from"])
    op.create_table(
        "keeping_term",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "data",
            sa.Enum(
                "removed_record",
                "identification",
                "document",
                "issue_history",
                "access_log",
                "suppression",
                name="data",
                native_enum=False,
                create_constraint=True,
            ),
            nullable=False,
        ),
        sa.Column("years", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.CheckConstraint("years BETWEEN 1 AND 999", name=op.f("ck_keeping_term_years_in_range")),
        sa.CheckConstraint(
            "data NOT IN ('removed_record', 'identification') OR years >= 150",
            name=op.f("ck_keeping_term_law_minimum"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_keeping_term")),
    )
    op.create_index("ix_keeping_term_key", "keeping_term", ["data", "valid_from"])


def _create_districts() -> None:
    kinds = op.create_table(
        "district_kind",
        sa.Column("code", sa.String(length=30), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.CheckConstraint("length(name) > 0 AND length(code) > 0", name=op.f("ck_district_kind_named")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_district_kind")),
        sa.UniqueConstraint("name", name=op.f("uq_district_kind_name")),
    )
    op.bulk_insert(
        kinds,
        [{"code": code, "name": name, "place": place} for code, name, place in _KINDS_OF_DISTRICTS],
    )
    op.create_table(
        "district",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.CheckConstraint("length(name) > 0 AND length(code) > 0", name=op.f("ck_district_named")),
        sa.CheckConstraint(
            "valid_to IS NULL OR valid_to >= valid_from", name=op.f("ck_district_period_in_order")
        ),
        sa.ForeignKeyConstraint(["kind"], ["district_kind.code"], name=op.f("fk_district_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_district")),
        sa.UniqueConstraint("kind", "code", "valid_from", name=op.f("uq_district_kind_code_valid_from")),
    )
    op.create_table(
        "district_area",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("town_code", sa.String(length=11), nullable=False),
        sa.Column("first_lot", sa.Text(), nullable=False),
        sa.Column("last_lot", sa.Text(), nullable=False),
        sa.Column("first_key", sa.Text(), nullable=False),
        sa.Column("last_key", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "(first_key = '') = (last_key = '') AND first_key <= last_key",
            name=op.f("ck_district_area_run_in_order"),
        ),
        sa.CheckConstraint(
            "valid_to IS NULL OR valid_to >= valid_from", name=op.f("ck_district_area_period_in_order")
        ),
        sa.ForeignKeyConstraint(["district_id"], ["district.id"], name=op.f("fk_district_area_district_id")),
        sa.ForeignKeyConstraint(["kind"], ["district_kind.code"], name=op.f("fk_district_area_kind")),
        sa.ForeignKeyConstraint(
            ["town_code"], ["address_town.code"], name=op.f("fk_district_area_town_code")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_district_area")),
    )
    op.create_index(op.f("ix_district_area_district_id"), "district_area", ["district_id"])
    op.create_index("ix_district_area_town", "district_area", ["kind", "town_code"])
    op.create_table(
        "address_renumbering",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "residential",
                "readjustment",
                "renamed",
                name="kind",
                native_enum=False,
                create_constraint=True,
            ),
            nullable=False,
        ),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("old_town_code", sa.String(length=11), nullable=False),
        sa.Column("old_lot", sa.Text(), nullable=False),
        sa.Column("new_town_code", sa.String(length=11), nullable=False),
        sa.Column("new_lot", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("ended_lot_id", sa.Integer(), nullable=True),
        sa.Column("made_lot_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(old_lot = '') = (new_lot = '')", name=op.f("ck_address_renumbering_lots_or_towns")
        ),
        sa.CheckConstraint(
            "old_town_code <> new_town_code OR old_lot <> new_lot",
            name=op.f("ck_address_renumbering_something_changes"),
        ),
        sa.ForeignKeyConstraint(
            ["old_town_code"], ["address_town.code"], name=op.f("fk_address_renumbering_old_town_code")
        ),
        sa.ForeignKeyConstraint(
            ["new_town_code"], ["address_town.code"], name=op.f("fk_address_renumbering_new_town_code")
        ),
        sa.ForeignKeyConstraint(
            ["ended_lot_id"], ["address_lot.id"], name=op.f("fk_address_renumbering_ended_lot_id")
        ),
        sa.ForeignKeyConstraint(
            ["made_lot_id"], ["address_lot.id"], name=op.f("fk_address_renumbering_made_lot_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_address_renumbering")),
        sa.UniqueConstraint(
            "effective_on",
            "old_town_code",
            "old_lot",
            "new_town_code",
            "new_lot",
            name=op.f("uq_address_renumbering_pair"),
        ),
    )
    for column in ("old_town_code", "new_town_code"):
        op.create_index(op.f(f"ix_address_renumbering_{column}"), "address_renumbering", [column])


def downgrade() -> None:
    # The earlier step knows one seal per certifier, and no wards.
    op.execute("DELETE FROM seal WHERE use <> 'general'")
    op.execute("UPDATE office SET kind = 'branch' WHERE kind IN ('ward', 'section')")
    with op.batch_alter_table("seal", copy_from=_seal(after=True)) as batch:
        for check in reversed(_SEAL_CHECKS):
            batch.drop_constraint(op.f(f"ck_seal_{check}"), type_="check")
        for name in ("colour", "use"):
            batch.drop_column(name)
    for name, after in (("terminal", _terminal), ("printer", _printer), ("office", _office)):
        with op.batch_alter_table(name, copy_from=after(after=True)) as batch:
            if name == "office":
                batch.drop_constraint(op.f("ck_office_kind"), type_="check")
                batch.create_check_constraint(op.f("ck_office_kind"), sa.text(_OLD_KINDS))
            batch.drop_constraint(op.f(f"ck_{name}_next_name_with_day"), type_="check")
            batch.drop_constraint(op.f(f"ck_{name}_period"), type_="check")
            for column in ("valid_to", "valid_from", "next_name_from", "next_name"):
                batch.drop_column(column)
    op.drop_column("address_country", "source")
    for table in ("address_renumbering", "district_area", "district", "district_kind", "keeping_term",
                  "certificate_fee", "form_wording", "closed_day"):  # fmt: skip
        op.drop_table(table)
