"""The foundation: places and rights, audit log, masters, addresses, numbers, and the resident register.

Revision 0001, the first.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from residentapp.core.audit import ddl as audit_guards
from residentapp.core.db import AwareDateTime, JsonValue
from residentapp.residents import ddl as register_guards

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "address_country",
        sa.Column("code", sa.String(length=2), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_address_country")),
        sa.UniqueConstraint("name", name=op.f("uq_address_country_name")),
    )
    op.create_table(
        "address_prefecture",
        sa.Column("code", sa.String(length=2), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kana", sa.Text(), nullable=False),
        sa.Column("kana_key", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_address_prefecture")),
    )
    op.create_table(
        "addressee",
        sa.Column("number", sa.String(length=15), nullable=False),
        sa.Column("first_recorded_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_addressee")),
    )
    op.create_table(
        "audit_entry",
        sa.Column("sequence", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("moment", AwareDateTime(), nullable=False),
        sa.Column("log", sa.String(length=20), nullable=False),
        sa.Column("action", sa.String(length=80), nullable=False),
        sa.Column("screen", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=False),
        sa.Column("actor_login", sa.Text(), nullable=False),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("department", sa.Text(), nullable=False),
        sa.Column("office_code", sa.Text(), nullable=False),
        sa.Column("office_name", sa.Text(), nullable=False),
        sa.Column("terminal_code", sa.Text(), nullable=False),
        sa.Column("terminal_name", sa.Text(), nullable=False),
        sa.Column("subjects", JsonValue, nullable=False),
        sa.Column("details", JsonValue, nullable=False),
        sa.Column("individual_number", sa.Boolean(), nullable=False),
        sa.Column("succeeded", sa.Boolean(), nullable=False),
        sa.Column("request_id", sa.String(length=64), nullable=False),
        sa.Column("previous_hash", sa.String(length=64), nullable=False),
        sa.Column("key_id", sa.String(length=40), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.CheckConstraint(
            "log IN ('operation', 'authentication', 'event', 'communication', 'print', 'setting', 'error')",
            name=op.f("ck_audit_entry_log"),
        ),
        sa.CheckConstraint("sequence > 0", name=op.f("ck_audit_entry_sequence_positive")),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_audit_entry")),
    )
    op.create_index(
        "ix_audit_entry_actor_login_moment", "audit_entry", ["actor_login", "moment"], unique=False
    )
    op.create_index("ix_audit_entry_log_moment", "audit_entry", ["log", "moment"], unique=False)
    op.create_index(op.f("ix_audit_entry_moment"), "audit_entry", ["moment"], unique=False)
    op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("key_id", sa.String(length=40), nullable=False),
        sa.Column("mac", sa.String(length=64), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_audit_head_single")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_head")),
    )
    op.create_table(
        "certifier",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("mayor", "deputy", name="kind", native_enum=False, create_constraint=True),
            nullable=False,
        ),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.CheckConstraint("length(name) > 0 AND length(title) > 0", name=op.f("ck_certifier_named")),
        sa.CheckConstraint(
            "valid_to IS NULL OR valid_to >= valid_from", name=op.f("ck_certifier_period_in_order")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certifier")),
    )
    op.create_table(
        "department",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_department")),
        sa.UniqueConstraint("code", name=op.f("uq_department_code")),
    )
    op.create_table(
        "era",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(length=2), nullable=False),
        sa.Column("letter", sa.String(length=1), nullable=False),
        sa.Column("first_year", sa.Integer(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=True),
        sa.CheckConstraint("last_day IS NULL OR last_day >= first_day", name=op.f("ck_era_days_in_order")),
        sa.CheckConstraint("number BETWEEN 1 AND 9", name=op.f("ck_era_number_is_digit")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_era")),
        sa.UniqueConstraint("first_day", name=op.f("uq_era_first_day")),
        sa.UniqueConstraint("letter", name=op.f("uq_era_letter")),
        sa.UniqueConstraint("name", name=op.f("uq_era_name")),
    )
    op.create_table(
        "household",
        sa.Column("number", sa.String(length=15), nullable=False),
        sa.Column("first_recorded_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_household")),
    )
    op.create_table(
        "login_lock",
        sa.Column("login_hash", sa.String(length=64), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_failure_at", AwareDateTime(), nullable=False),
        sa.Column("locked_until", AwareDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("login_hash", name=op.f("pk_login_lock")),
    )
    op.create_index(op.f("ix_login_lock_last_failure_at"), "login_lock", ["last_failure_at"], unique=False)
    op.create_table(
        "numbering_counter",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("last_value", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_numbering_counter")),
    )
    op.create_table(
        "office",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.CheckConstraint("kind IN ('main', 'branch', 'sub_branch')", name=op.f("ck_office_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_office")),
        sa.UniqueConstraint("code", name=op.f("uq_office_code")),
    )
    op.create_table(
        "own_municipality",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("prefecture", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kana", sa.Text(), nullable=False),
        sa.Column("resident_code_low_water", sa.Integer(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_own_municipality_single_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_own_municipality")),
    )
    op.create_table(
        "resident_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "reason",
            sa.Enum(
                "R01",
                "R02",
                "R03",
                "R04",
                "R05",
                "R06",
                "R07",
                "R08",
                "R09",
                "D01",
                "D02",
                "D03",
                "D04",
                "D05",
                "D06",
                "D07",
                "D08",
                "D09",
                "C01",
                "C02",
                "C03",
                "C04",
                "C05",
                "C06",
                "C07",
                "C08",
                "C09",
                "C10",
                "C11",
                "C12",
                "C13",
                "C14",
                "C15",
                "C16",
                "C17",
                "C18",
                "C19",
                name="reason",
                native_enum=False,
                create_constraint=True,
            ),
            nullable=False,
        ),
        sa.Column("moved_on", sa.Text(), nullable=True),
        sa.Column("processed_on", sa.Date(), nullable=False),
        sa.Column("notified_on", sa.Date(), nullable=True),
        sa.Column("applied_on", sa.Date(), nullable=True),
        sa.Column("noticed_on", sa.Date(), nullable=True),
        sa.Column("requested_on", sa.Date(), nullable=True),
        sa.Column("office_code", sa.Text(), nullable=False),
        sa.Column("office_name", sa.Text(), nullable=False),
        sa.Column("terminal_code", sa.Text(), nullable=False),
        sa.Column("terminal_name", sa.Text(), nullable=False),
        sa.Column("entered_by", sa.Text(), nullable=False),
        sa.Column("cancels_change_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["cancels_change_id"], ["resident_change.id"], name=op.f("fk_resident_change_cancels_change_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_resident_change")),
    )
    op.create_index("ix_resident_change_cancels", "resident_change", ["cancels_change_id"], unique=False)
    op.create_index("ix_resident_change_processed_on", "resident_change", ["processed_on"], unique=False)
    op.create_table(
        "resident_code_stock",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code_cipher", sa.LargeBinary(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("shuffle", sa.BigInteger(), nullable=False),
        sa.Column("is_test_data", sa.Boolean(), nullable=False),
        sa.Column("drawn_at", AwareDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_resident_code_stock")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_resident_code_stock_code_hash")),
    )
    op.create_index(
        "ix_resident_code_stock_free",
        "resident_code_stock",
        ["shuffle"],
        unique=False,
        sqlite_where=sa.text("drawn_at IS NULL"),
        postgresql_where=sa.text("drawn_at IS NULL"),
    )
    op.create_table(
        "role",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role")),
        sa.UniqueConstraint("code", name=op.f("uq_role_code")),
    )
    op.create_table(
        "seal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("mayor", "deputy", name="kind", native_enum=False, create_constraint=True),
            nullable=False,
        ),
        sa.Column("image_png", sa.LargeBinary(), nullable=False),
        sa.Column("size_mm", sa.Double(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.CheckConstraint("size_mm > 0 AND size_mm <= 25", name=op.f("ck_seal_size_allowed")),
        sa.CheckConstraint(
            "valid_to IS NULL OR valid_to >= valid_from", name=op.f("ck_seal_period_in_order")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seal")),
    )
    op.create_table(
        "support_measure",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("provisional", sa.Boolean(), nullable=False),
        sa.Column("receiving_municipality", sa.Text(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_support_measure_term_in_order")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_support_measure")),
    )
    op.create_table(
        "address_municipality",
        sa.Column("code", sa.String(length=5), nullable=False),
        sa.Column("check_digit", sa.String(length=1), nullable=False),
        sa.Column("prefecture_code", sa.String(length=2), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kana", sa.Text(), nullable=False),
        sa.Column("kana_key", sa.Text(), nullable=False),
        sa.Column("district_key", sa.Text(), nullable=False),
        sa.Column("local_key", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("successor_code", sa.String(length=5), nullable=True),
        sa.CheckConstraint(
            "valid_to IS NULL OR valid_to >= valid_from", name=op.f("ck_address_municipality_period")
        ),
        sa.ForeignKeyConstraint(
            ["prefecture_code"],
            ["address_prefecture.code"],
            name=op.f("fk_address_municipality_prefecture_code"),
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_address_municipality")),
    )
    op.create_index(
        op.f("ix_address_municipality_prefecture_code"),
        "address_municipality",
        ["prefecture_code"],
        unique=False,
    )
    op.create_table(
        "audit_subject",
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("sequence", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["sequence"], ["audit_entry.sequence"], name=op.f("fk_audit_subject_sequence")
        ),
        sa.PrimaryKeyConstraint("number", "sequence", name=op.f("pk_audit_subject")),
    )
    op.create_index(op.f("ix_audit_subject_sequence"), "audit_subject", ["sequence"], unique=False)
    op.create_table(
        "department_role",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("role_id", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "valid_from IS NULL OR valid_to IS NULL OR valid_from <= valid_to",
            name=op.f("ck_department_role_period"),
        ),
        sa.ForeignKeyConstraint(
            ["department_id"], ["department.id"], name=op.f("fk_department_role_department_id")
        ),
        sa.ForeignKeyConstraint(["role_id"], ["role.id"], name=op.f("fk_department_role_role_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_department_role")),
    )
    op.create_index(
        op.f("ix_department_role_department_id"), "department_role", ["department_id"], unique=False
    )
    op.create_index(op.f("ix_department_role_role_id"), "department_role", ["role_id"], unique=False)
    op.create_table(
        "printer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("trays", JsonValue, nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["office_id"], ["office.id"], name=op.f("fk_printer_office_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_printer")),
        sa.UniqueConstraint("code", name=op.f("uq_printer_code")),
    )
    op.create_index(op.f("ix_printer_office_id"), "printer", ["office_id"], unique=False)
    op.create_table(
        "resident_history",
        sa.Column("addressee_number", sa.String(length=15), nullable=False),
        sa.Column("history_number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("is_latest", sa.Boolean(), nullable=False),
        sa.Column("change_id", sa.Integer(), nullable=False),
        sa.Column(
            "resident_kind",
            sa.Enum("japanese", "foreign", name="resident_kind", native_enum=False, create_constraint=True),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "resident",
                "moved_out",
                "dead",
                "removed",
                name="state",
                native_enum=False,
                create_constraint=True,
            ),
            nullable=False,
        ),
        sa.Column("household_number", sa.String(length=15), nullable=False),
        sa.Column("member_order", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("name_alphabet", sa.Text(), nullable=True),
        sa.Column("former_name", sa.Text(), nullable=True),
        sa.Column("alias", sa.Text(), nullable=True),
        sa.Column("name_kana", sa.Text(), nullable=True),
        sa.Column("name_kana_confirmed", sa.Boolean(), nullable=False),
        sa.Column("former_name_kana", sa.Text(), nullable=True),
        sa.Column("former_name_kana_confirmed", sa.Boolean(), nullable=False),
        sa.Column("alias_kana", sa.Text(), nullable=True),
        sa.Column("alias_kana_confirmed", sa.Boolean(), nullable=False),
        sa.Column("alias_recorded_on", sa.Date(), nullable=True),
        sa.Column("alias_recorded_municipality", sa.Text(), nullable=True),
        sa.Column("alias_recorded_code", sa.Text(), nullable=True),
        sa.Column("alias_deleted_on", sa.Date(), nullable=True),
        sa.Column("alias_deleted_municipality", sa.Text(), nullable=True),
        sa.Column("alias_deleted_code", sa.Text(), nullable=True),
        sa.Column("previous_aliases", JsonValue, nullable=False),
        sa.Column("birth_date", sa.Text(), nullable=False),
        sa.Column(
            "sex",
            sa.Enum("male", "female", "unknown", name="sex", native_enum=False, create_constraint=True),
            nullable=False,
        ),
        sa.Column("head_name", sa.Text(), nullable=True),
        sa.Column("relationship_to_head", sa.Text(), nullable=True),
        sa.Column("registered_domicile", sa.Text(), nullable=True),
        sa.Column("register_head", sa.Text(), nullable=True),
        sa.Column("became_resident_on", sa.Text(), nullable=True),
        sa.Column("became_foreign_resident_on", sa.Text(), nullable=True),
        sa.Column("postal_code", sa.Text(), nullable=True),
        sa.Column("address_code", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("building", sa.Text(), nullable=True),
        sa.Column("address_set_on", sa.Text(), nullable=True),
        sa.Column("notified_on", sa.Date(), nullable=True),
        sa.Column("previous_postal_code", sa.Text(), nullable=True),
        sa.Column("previous_address_code", sa.Text(), nullable=True),
        sa.Column("previous_address", sa.Text(), nullable=True),
        sa.Column("previous_head_name", sa.Text(), nullable=True),
        sa.Column("last_registered_address", sa.Text(), nullable=True),
        sa.Column("individual_number_cipher", sa.LargeBinary(), nullable=True),
        sa.Column("individual_number_hash", sa.LargeBinary(), nullable=True),
        sa.Column("resident_code_cipher", sa.LargeBinary(), nullable=True),
        sa.Column("resident_code_hash", sa.LargeBinary(), nullable=True),
        sa.Column("on_electoral_roll", sa.Boolean(), nullable=True),
        sa.Column("health_insurance_insured", sa.Boolean(), nullable=True),
        sa.Column("health_insurance_acquired_on", sa.Date(), nullable=True),
        sa.Column("health_insurance_lost_on", sa.Date(), nullable=True),
        sa.Column("elderly_care_insured", sa.Boolean(), nullable=True),
        sa.Column("elderly_care_acquired_on", sa.Date(), nullable=True),
        sa.Column("elderly_care_lost_on", sa.Date(), nullable=True),
        sa.Column("long_term_care_insured", sa.Boolean(), nullable=True),
        sa.Column("long_term_care_acquired_on", sa.Date(), nullable=True),
        sa.Column("long_term_care_lost_on", sa.Date(), nullable=True),
        sa.Column("pension_insured", sa.Boolean(), nullable=True),
        sa.Column("pension_number", sa.Text(), nullable=True),
        sa.Column(
            "pension_kind",
            sa.Enum("1", "2", "3", name="pension_kind", native_enum=False, create_constraint=True),
            nullable=True,
        ),
        sa.Column("pension_kind_changed_on", sa.Date(), nullable=True),
        sa.Column("pension_acquired_on", sa.Date(), nullable=True),
        sa.Column("pension_lost_on", sa.Date(), nullable=True),
        sa.Column("child_allowance_from", sa.String(length=7), nullable=True),
        sa.Column("child_allowance_to", sa.String(length=7), nullable=True),
        sa.Column(
            "foreign_category",
            sa.Enum(
                "mid_to_long_term",
                "special_permanent",
                "temporary_refuge",
                "provisional_stay",
                "transitional_birth",
                "transitional_loss",
                name="foreign_category",
                native_enum=False,
                create_constraint=True,
            ),
            nullable=True,
        ),
        sa.Column("nationality", sa.Text(), nullable=True),
        sa.Column("nationality_code", sa.Text(), nullable=True),
        sa.Column("residence_status", sa.Text(), nullable=True),
        sa.Column("residence_period", sa.Text(), nullable=True),
        sa.Column("residence_expires_on", sa.Date(), nullable=True),
        sa.Column("residence_card_number", sa.Text(), nullable=True),
        sa.Column("special_permanent_number", sa.Text(), nullable=True),
        sa.Column("former_registration_on", sa.Text(), nullable=True),
        sa.Column("residence_notified", sa.Boolean(), nullable=True),
        sa.Column("landing_permit_move_in", sa.Boolean(), nullable=True),
        sa.Column("removal_reason", sa.Text(), nullable=True),
        sa.Column("removal_occurred_on", sa.Text(), nullable=True),
        sa.Column("planned_destination", sa.Text(), nullable=True),
        sa.Column("planned_destination_code", sa.Text(), nullable=True),
        sa.Column("planned_destination_postal_code", sa.Text(), nullable=True),
        sa.Column("confirmed_destination", sa.Text(), nullable=True),
        sa.Column("confirmed_destination_code", sa.Text(), nullable=True),
        sa.Column("confirmed_destination_postal_code", sa.Text(), nullable=True),
        sa.Column("removal_notified_on", sa.Date(), nullable=True),
        sa.Column("move_in_notice_on", sa.Date(), nullable=True),
        sa.Column("moved_out_on", sa.Date(), nullable=True),
        sa.Column("removed_on", sa.Date(), nullable=True),
        sa.Column("rebuilt_on", sa.Date(), nullable=True),
        sa.Column("number_card_state", sa.Text(), nullable=True),
        sa.Column("basic_card_state", sa.Text(), nullable=True),
        sa.Column("adult_guardianship", sa.Boolean(), nullable=True),
        sa.Column("signature_certificate_serial", sa.Text(), nullable=True),
        sa.Column("user_certificate_serial", sa.Text(), nullable=True),
        sa.CheckConstraint("history_number >= 1", name=op.f("ck_resident_history_history_number_positive")),
        sa.CheckConstraint("member_order >= 1", name=op.f("ck_resident_history_member_order_positive")),
        sa.CheckConstraint(
            "name IS NOT NULL OR name_alphabet IS NOT NULL", name=op.f("ck_resident_history_has_name")
        ),
        sa.ForeignKeyConstraint(
            ["addressee_number"], ["addressee.number"], name=op.f("fk_resident_history_addressee_number")
        ),
        sa.ForeignKeyConstraint(
            ["change_id"], ["resident_change.id"], name=op.f("fk_resident_history_change_id")
        ),
        sa.ForeignKeyConstraint(
            ["household_number"], ["household.number"], name=op.f("fk_resident_history_household_number")
        ),
        sa.PrimaryKeyConstraint("addressee_number", "history_number", name=op.f("pk_resident_history")),
    )
    op.create_index("ix_resident_history_change", "resident_history", ["change_id"], unique=False)
    op.create_index("ix_resident_history_household", "resident_history", ["household_number"], unique=False)
    op.create_index(
        "ix_resident_history_household_latest",
        "resident_history",
        ["household_number", "member_order"],
        unique=False,
        sqlite_where=sa.text("is_latest = 1"),
        postgresql_where=sa.text("is_latest"),
    )
    op.create_index(
        "ix_resident_history_individual_number", "resident_history", ["individual_number_hash"], unique=False
    )
    op.create_index(
        "ix_resident_history_residence_card", "resident_history", ["residence_card_number"], unique=False
    )
    op.create_index(
        "ix_resident_history_resident_code", "resident_history", ["resident_code_hash"], unique=False
    )
    op.create_index(
        "ix_resident_history_special_permanent",
        "resident_history",
        ["special_permanent_number"],
        unique=False,
    )
    op.create_index(
        "uq_resident_history_latest",
        "resident_history",
        ["addressee_number"],
        unique=True,
        sqlite_where=sa.text("is_latest = 1"),
        postgresql_where=sa.text("is_latest"),
    )
    op.create_table(
        "role_permission",
        sa.Column("role_id", sa.Integer(), nullable=False),
        sa.Column("permission", sa.String(length=60), nullable=False),
        sa.ForeignKeyConstraint(["role_id"], ["role.id"], name=op.f("fk_role_permission_role_id")),
        sa.PrimaryKeyConstraint("role_id", "permission", name=op.f("pk_role_permission")),
    )
    op.create_table(
        "support_member",
        sa.Column("measure_id", sa.Integer(), nullable=False),
        sa.Column("addressee_number", sa.String(length=15), nullable=False),
        sa.Column("is_applicant", sa.Boolean(), nullable=False),
        sa.Column("relation", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["addressee_number"], ["addressee.number"], name=op.f("fk_support_member_addressee_number")
        ),
        sa.ForeignKeyConstraint(
            ["measure_id"], ["support_measure.id"], name=op.f("fk_support_member_measure_id")
        ),
        sa.PrimaryKeyConstraint("measure_id", "addressee_number", name=op.f("pk_support_member")),
    )
    op.create_index("ix_support_member_addressee", "support_member", ["addressee_number"], unique=False)
    op.create_table(
        "suppression",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("addressee_number", sa.String(length=15), nullable=True),
        sa.Column("household_number", sa.String(length=15), nullable=True),
        sa.Column(
            "process",
            sa.Enum(
                "change", "certificate", "inquiry", name="process", native_enum=False, create_constraint=True
            ),
            nullable=False,
        ),
        sa.Column(
            "level",
            sa.Enum("error", "alert", name="level", native_enum=False, create_constraint=True),
            nullable=False,
        ),
        sa.Column(
            "cause",
            sa.Enum("support", "other", name="cause", native_enum=False, create_constraint=True),
            nullable=False,
        ),
        sa.Column("measure_id", sa.Integer(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("released_at", AwareDateTime(), nullable=True),
        sa.Column("lifted_until", AwareDateTime(), nullable=True),
        sa.CheckConstraint(
            "(addressee_number IS NULL) <> (household_number IS NULL)",
            name=op.f("ck_suppression_person_or_household"),
        ),
        sa.ForeignKeyConstraint(
            ["addressee_number"], ["addressee.number"], name=op.f("fk_suppression_addressee_number")
        ),
        sa.ForeignKeyConstraint(
            ["household_number"], ["household.number"], name=op.f("fk_suppression_household_number")
        ),
        sa.ForeignKeyConstraint(
            ["measure_id"], ["support_measure.id"], name=op.f("fk_suppression_measure_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suppression")),
    )
    op.create_index("ix_suppression_addressee", "suppression", ["addressee_number"], unique=False)
    op.create_index("ix_suppression_household", "suppression", ["household_number"], unique=False)
    op.create_table(
        "user_account",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("login", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("password_changed_at", AwareDateTime(), nullable=False),
        sa.Column("must_change_password", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", AwareDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.CheckConstraint("login = lower(login)", name=op.f("ck_user_account_login_lower_case")),
        sa.CheckConstraint(
            "valid_from IS NULL OR valid_to IS NULL OR valid_from <= valid_to",
            name=op.f("ck_user_account_period"),
        ),
        sa.ForeignKeyConstraint(
            ["department_id"], ["department.id"], name=op.f("fk_user_account_department_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_account")),
        sa.UniqueConstraint("login", name=op.f("uq_user_account_login")),
    )
    op.create_index(op.f("ix_user_account_department_id"), "user_account", ["department_id"], unique=False)
    op.create_table(
        "address_town",
        sa.Column("code", sa.String(length=11), nullable=False),
        sa.Column("municipality_code", sa.String(length=5), nullable=False),
        sa.Column("oaza_name", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kana", sa.Text(), nullable=False),
        sa.Column("kana_key", sa.Text(), nullable=False),
        sa.Column("town_id", sa.String(length=7), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("successor_code", sa.String(length=11), nullable=True),
        sa.CheckConstraint("length(code) = 11", name=op.f("ck_address_town_code_length")),
        sa.CheckConstraint(
            "valid_to IS NULL OR valid_from IS NULL OR valid_to >= valid_from",
            name=op.f("ck_address_town_period"),
        ),
        sa.ForeignKeyConstraint(
            ["municipality_code"],
            ["address_municipality.code"],
            name=op.f("fk_address_town_municipality_code"),
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_address_town")),
    )
    op.create_index("ix_address_town_kana", "address_town", ["municipality_code", "kana_key"], unique=False)
    op.create_index(
        "uq_address_town_current",
        "address_town",
        ["municipality_code", "name", "kana"],
        unique=True,
        sqlite_where=sa.text("valid_to IS NULL"),
        postgresql_where=sa.text("valid_to IS NULL"),
    )
    op.create_table(
        "held_form",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("fields", sa.LargeBinary(), nullable=False),
        sa.Column("held_at", AwareDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_held_form_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_held_form")),
    )
    op.create_index(op.f("ix_held_form_held_at"), "held_form", ["held_at"], unique=False)
    op.create_index(op.f("ix_held_form_user_id"), "held_form", ["user_id"], unique=False)
    op.create_table(
        "integrated_remark",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("addressee_number", sa.String(length=15), nullable=False),
        sa.Column("history_number", sa.Integer(), nullable=True),
        sa.Column(
            "kind",
            sa.Enum("A", "B", "C", name="kind", native_enum=False, create_constraint=True),
            nullable=False,
        ),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("recorded_on", sa.Date(), nullable=False),
        sa.Column("withdrawn_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "kind = 'C' OR history_number IS NOT NULL", name=op.f("ck_integrated_remark_change_has_snapshot")
        ),
        sa.ForeignKeyConstraint(
            ["addressee_number", "history_number"],
            ["resident_history.addressee_number", "resident_history.history_number"],
            name="fk_integrated_remark_snapshot",
        ),
        sa.ForeignKeyConstraint(
            ["addressee_number"], ["addressee.number"], name=op.f("fk_integrated_remark_addressee_number")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_integrated_remark")),
    )
    op.create_index("ix_integrated_remark_addressee", "integrated_remark", ["addressee_number"], unique=False)
    op.create_table(
        "page_state",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("saved_at", AwareDateTime(), nullable=False),
        sa.Column("expires_at", AwareDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_page_state_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_page_state")),
    )
    op.create_index(op.f("ix_page_state_expires_at"), "page_state", ["expires_at"], unique=False)
    op.create_index("ix_page_state_user_id_kind", "page_state", ["user_id", "kind"], unique=False)
    op.create_table(
        "password_history",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("changed_at", AwareDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_password_history_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_password_history")),
    )
    op.create_index(op.f("ix_password_history_user_id"), "password_history", ["user_id"], unique=False)
    op.create_table(
        "terminal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("printer_id", sa.Integer(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["office_id"], ["office.id"], name=op.f("fk_terminal_office_id")),
        sa.ForeignKeyConstraint(["printer_id"], ["printer.id"], name=op.f("fk_terminal_printer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_terminal")),
        sa.UniqueConstraint("code", name=op.f("uq_terminal_code")),
    )
    op.create_index(op.f("ix_terminal_office_id"), "terminal", ["office_id"], unique=False)
    op.create_index(op.f("ix_terminal_printer_id"), "terminal", ["printer_id"], unique=False)
    op.create_table(
        "user_permission",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("permission", sa.String(length=60), nullable=False),
        sa.Column("granted", sa.Boolean(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "valid_from IS NULL OR valid_to IS NULL OR valid_from <= valid_to",
            name=op.f("ck_user_permission_period"),
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_user_permission_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_permission")),
    )
    op.create_index(op.f("ix_user_permission_user_id"), "user_permission", ["user_id"], unique=False)
    op.create_table(
        "user_role",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("role_id", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "valid_from IS NULL OR valid_to IS NULL OR valid_from <= valid_to",
            name=op.f("ck_user_role_period"),
        ),
        sa.ForeignKeyConstraint(["role_id"], ["role.id"], name=op.f("fk_user_role_role_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_user_role_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_role")),
    )
    op.create_index(op.f("ix_user_role_role_id"), "user_role", ["role_id"], unique=False)
    op.create_index(op.f("ix_user_role_user_id"), "user_role", ["user_id"], unique=False)
    op.create_table(
        "address_building",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("town_code", sa.String(length=11), nullable=False),
        sa.Column("lot", sa.Text(), nullable=False),
        sa.Column("lot_key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kana", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "valid_to IS NULL OR valid_to >= valid_from", name=op.f("ck_address_building_period")
        ),
        sa.ForeignKeyConstraint(
            ["town_code"], ["address_town.code"], name=op.f("fk_address_building_town_code")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_address_building")),
        sa.UniqueConstraint(
            "town_code",
            "lot_key",
            "name",
            "valid_from",
            name=op.f("uq_address_building_town_code_lot_key_name_valid_from"),
        ),
    )
    op.create_index("ix_address_building_lot", "address_building", ["town_code", "lot_key"], unique=False)
    op.create_table(
        "address_lot",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("town_code", sa.String(length=11), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("writing", sa.Text(), nullable=False),
        sa.Column("sort_key", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('residential', 'land', 'readjusted', 'special')", name=op.f("ck_address_lot_kind")
        ),
        sa.CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name=op.f("ck_address_lot_period")),
        sa.ForeignKeyConstraint(["town_code"], ["address_town.code"], name=op.f("fk_address_lot_town_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_address_lot")),
        sa.UniqueConstraint(
            "town_code", "writing", "valid_from", name=op.f("uq_address_lot_town_code_writing_valid_from")
        ),
    )
    op.create_index("ix_address_lot_order", "address_lot", ["town_code", "sort_key"], unique=False)
    op.create_table(
        "address_postal_code",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=7), nullable=False),
        sa.Column("municipality_code", sa.String(length=5), nullable=False),
        sa.Column("town_code", sa.String(length=11), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.CheckConstraint("length(code) = 7", name=op.f("ck_address_postal_code_code_length")),
        sa.ForeignKeyConstraint(
            ["municipality_code"],
            ["address_municipality.code"],
            name=op.f("fk_address_postal_code_municipality_code"),
        ),
        sa.ForeignKeyConstraint(
            ["town_code"], ["address_town.code"], name=op.f("fk_address_postal_code_town_code")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_address_postal_code")),
    )
    op.create_index(op.f("ix_address_postal_code_code"), "address_postal_code", ["code"], unique=False)
    op.create_index(
        op.f("ix_address_postal_code_municipality_code"),
        "address_postal_code",
        ["municipality_code"],
        unique=False,
    )
    op.create_index(
        op.f("ix_address_postal_code_town_code"), "address_postal_code", ["town_code"], unique=False
    )
    op.create_table(
        "login_session",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("terminal_id", sa.Integer(), nullable=False),
        sa.Column("remote", sa.String(length=64), nullable=False),
        sa.Column("started_at", AwareDateTime(), nullable=False),
        sa.Column("last_seen_at", AwareDateTime(), nullable=False),
        sa.Column("ended_at", AwareDateTime(), nullable=True),
        sa.Column("end_reason", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(["terminal_id"], ["terminal.id"], name=op.f("fk_login_session_terminal_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_login_session_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login_session")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_login_session_token_hash")),
    )
    op.create_index(op.f("ix_login_session_last_seen_at"), "login_session", ["last_seen_at"], unique=False)
    op.create_index(op.f("ix_login_session_terminal_id"), "login_session", ["terminal_id"], unique=False)
    op.create_index(op.f("ix_login_session_user_id"), "login_session", ["user_id"], unique=False)

    bind = op.get_bind()
    dialect = bind.dialect.name
    audit_guards.create_guards(op.execute, dialect)
    columns = [column["name"] for column in sa.inspect(bind).get_columns("resident_history")]
    for statement in register_guards.append_only_statements(dialect, columns):
        op.execute(statement)
    counter = sa.table(
        "numbering_counter", sa.column("name", sa.Text()), sa.column("last_value", sa.Integer())
    )
    op.bulk_insert(counter, [{"name": "addressee", "last_value": 0}, {"name": "household", "last_value": 0}])


def downgrade() -> None:
    dialect = op.get_bind().dialect.name
    for statement in register_guards.drop_statements(dialect):
        op.execute(statement)
    audit_guards.drop_guards(op.execute, dialect)
    op.drop_index(op.f("ix_login_session_user_id"), table_name="login_session")
    op.drop_index(op.f("ix_login_session_terminal_id"), table_name="login_session")
    op.drop_index(op.f("ix_login_session_last_seen_at"), table_name="login_session")
    op.drop_table("login_session")
    op.drop_index(op.f("ix_address_postal_code_town_code"), table_name="address_postal_code")
    op.drop_index(op.f("ix_address_postal_code_municipality_code"), table_name="address_postal_code")
    op.drop_index(op.f("ix_address_postal_code_code"), table_name="address_postal_code")
    op.drop_table("address_postal_code")
    op.drop_index("ix_address_lot_order", table_name="address_lot")
    op.drop_table("address_lot")
    op.drop_index("ix_address_building_lot", table_name="address_building")
    op.drop_table("address_building")
    op.drop_index(op.f("ix_user_role_user_id"), table_name="user_role")
    op.drop_index(op.f("ix_user_role_role_id"), table_name="user_role")
    op.drop_table("user_role")
    op.drop_index(op.f("ix_user_permission_user_id"), table_name="user_permission")
    op.drop_table("user_permission")
    op.drop_index(op.f("ix_terminal_printer_id"), table_name="terminal")
    op.drop_index(op.f("ix_terminal_office_id"), table_name="terminal")
    op.drop_table("terminal")
    op.drop_index(op.f("ix_password_history_user_id"), table_name="password_history")
    op.drop_table("password_history")
    op.drop_index("ix_page_state_user_id_kind", table_name="page_state")
    op.drop_index(op.f("ix_page_state_expires_at"), table_name="page_state")
    op.drop_table("page_state")
    op.drop_index("ix_integrated_remark_addressee", table_name="integrated_remark")
    op.drop_table("integrated_remark")
    op.drop_index(op.f("ix_held_form_user_id"), table_name="held_form")
    op.drop_index(op.f("ix_held_form_held_at"), table_name="held_form")
    op.drop_table("held_form")
    op.drop_index(
        "uq_address_town_current",
        table_name="address_town",
        sqlite_where=sa.text("valid_to IS NULL"),
        postgresql_where=sa.text("valid_to IS NULL"),
    )
    op.drop_index("ix_address_town_kana", table_name="address_town")
    op.drop_table("address_town")
    op.drop_index(op.f("ix_user_account_department_id"), table_name="user_account")
    op.drop_table("user_account")
    op.drop_index("ix_suppression_household", table_name="suppression")
    op.drop_index("ix_suppression_addressee", table_name="suppression")
    op.drop_table("suppression")
    op.drop_index("ix_support_member_addressee", table_name="support_member")
    op.drop_table("support_member")
    op.drop_table("role_permission")
    op.drop_index(
        "uq_resident_history_latest",
        table_name="resident_history",
        sqlite_where=sa.text("is_latest = 1"),
        postgresql_where=sa.text("is_latest"),
    )
    op.drop_index("ix_resident_history_special_permanent", table_name="resident_history")
    op.drop_index("ix_resident_history_resident_code", table_name="resident_history")
    op.drop_index("ix_resident_history_residence_card", table_name="resident_history")
    op.drop_index("ix_resident_history_individual_number", table_name="resident_history")
    op.drop_index(
        "ix_resident_history_household_latest",
        table_name="resident_history",
        sqlite_where=sa.text("is_latest = 1"),
        postgresql_where=sa.text("is_latest"),
    )
    op.drop_index("ix_resident_history_household", table_name="resident_history")
    op.drop_index("ix_resident_history_change", table_name="resident_history")
    op.drop_table("resident_history")
    op.drop_index(op.f("ix_printer_office_id"), table_name="printer")
    op.drop_table("printer")
    op.drop_index(op.f("ix_department_role_role_id"), table_name="department_role")
    op.drop_index(op.f("ix_department_role_department_id"), table_name="department_role")
    op.drop_table("department_role")
    op.drop_index(op.f("ix_audit_subject_sequence"), table_name="audit_subject")
    op.drop_table("audit_subject")
    op.drop_index(op.f("ix_address_municipality_prefecture_code"), table_name="address_municipality")
    op.drop_table("address_municipality")
    op.drop_table("support_measure")
    op.drop_table("seal")
    op.drop_table("role")
    op.drop_index(
        "ix_resident_code_stock_free",
        table_name="resident_code_stock",
        sqlite_where=sa.text("drawn_at IS NULL"),
        postgresql_where=sa.text("drawn_at IS NULL"),
    )
    op.drop_table("resident_code_stock")
    op.drop_index("ix_resident_change_processed_on", table_name="resident_change")
    op.drop_index("ix_resident_change_cancels", table_name="resident_change")
    op.drop_table("resident_change")
    op.drop_table("own_municipality")
    op.drop_table("office")
    op.drop_table("numbering_counter")
    op.drop_index(op.f("ix_login_lock_last_failure_at"), table_name="login_lock")
    op.drop_table("login_lock")
    op.drop_table("household")
    op.drop_table("era")
    op.drop_table("department")
    op.drop_table("certifier")
    op.drop_table("audit_head")
    op.drop_index(op.f("ix_audit_entry_moment"), table_name="audit_entry")
    op.drop_index("ix_audit_entry_log_moment", table_name="audit_entry")
    op.drop_index("ix_audit_entry_actor_login_moment", table_name="audit_entry")
    op.drop_table("audit_entry")
    op.drop_table("addressee")
    op.drop_table("address_prefecture")
    op.drop_table("address_country")
