"""統合記載欄 with its own history and registered texts, memos, and the confirmation of フリガナ.

Revision 0009, follows 0008.
"""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from alembic import op

from residentapp.core.db import AwareDateTime, Base, JsonValue
from residentapp.residents.memos import ddl as memo_guards
from residentapp.residents.remarks import ddl as remark_guards

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_SENSITIVITIES = ("special_adoption", "special_adoption_dissolved", "sex_change")
_SENSITIVE = "sensitivity IN ('special_adoption', 'special_adoption_dissolved', 'sex_change')"
_STAYS = "kind <> 'A' OR withdrawn_on IS NULL"
_WITHDRAWAL = (
    "withdrawn_at IS NULL OR (withdrawn_on IS NOT NULL AND withdrawn_by IS NOT NULL"
    " AND withdrawal_reason IS NOT NULL)"
)

#: Texts to begin with; the office changes them as it likes. Reason, name, text, linked items, sensitivity.
_TEMPLATES = (
    ("R01", "未届転入", "未届転入　転入前住所（未届）　{転入前住所}", ["previous_address"], None),
    ("R01", "転出証明書に準ずる証明書", "転出証明書に準ずる証明書を添付", [], None),
    ("R01", "再転入", "再転入　以前の住民票の宛名番号を引き継いだ", [], None),
    ("R01", "特別養子縁組", "特別養子縁組", ["previous_address"], "special_adoption"),
    ("R01", "特別養子縁組解消", "特別養子縁組解消", ["previous_address"], "special_adoption_dissolved"),
    ("R02", "国外からの転入（最終登録住所地）", "最終登録住所地　{最終登録住所地}", [], None),
    ("R06", "住所設定（転入前住所不明）", "転入前住所は確認できないため「不明」と記載", ["previous_address"], None),
    ("R06", "未届転入", "未届転入　転入前住所（未届）　{転入前住所}", ["previous_address"], None),
    ("D01", "届出期間を過ぎた転出", "転出した日から14日を過ぎた申出のため職権により消除", [], None),
    (
        "D01", "特別養子縁組", "特別養子縁組", ["planned_destination", "confirmed_destination"],
        "special_adoption",
    ),
    (
        "D01", "特別養子縁組解消", "特別養子縁組解消", ["planned_destination", "confirmed_destination"],
        "special_adoption_dissolved",
    ),
    ("D06", "実態調査", "実態調査により居住の事実がないことを確認", [], None),
    ("D06", "失踪宣告", "失踪宣告の通知（法第9条第2項）による", [], None),
    ("C01", "住所変更の届出の遅れ", "{異動日}に転居　{届出日}に届出", [], None),
    ("C03", "戸籍の通知", "本籍地からの通知（法第9条第2項）　{通知日}", [], None),
    ("C03", "申出", "本人の申出　{申出日}", [], None),
    ("C04", "誤記の理由", "入力の誤りを{異動日}に修正", [], None),
)  # fmt: skip


def _sensitivity() -> sa.Enum:
    return sa.Enum(*_SENSITIVITIES, name="sensitivity", native_enum=False, create_constraint=True, length=26)


def _remarks(*, new: bool) -> sa.Table:
    """``integrated_remark`` before or after this step, whole: SQLite does not read back its CHECK constraints."""
    added: tuple[sa.schema.SchemaItem, ...] = (
        sa.Column("items", JsonValue, server_default="[]", nullable=False),
        sa.Column("sensitivity", sa.String(length=26), nullable=True),
        sa.Column("recorded_at", AwareDateTime(), nullable=True),
        sa.Column("recorded_by", sa.Text(), nullable=True),
        sa.Column("office_name", sa.Text(), nullable=True),
        sa.Column("terminal_name", sa.Text(), nullable=True),
        sa.Column("replaces_id", sa.Integer(), nullable=True),
        sa.Column("withdrawn_at", AwareDateTime(), nullable=True),
        sa.Column("withdrawn_by", sa.Text(), nullable=True),
        sa.Column("withdrawal_reason", sa.Text(), nullable=True),
        sa.CheckConstraint(_SENSITIVE, name=op.f("ck_integrated_remark_sensitivity")),
        sa.CheckConstraint(_STAYS, name=op.f("ck_integrated_remark_history_stays")),
        sa.CheckConstraint(_WITHDRAWAL, name=op.f("ck_integrated_remark_withdrawal_explained")),
        sa.ForeignKeyConstraint(
            ["replaces_id"], ["integrated_remark.id"], name="fk_integrated_remark_replaces_id"
        ),
        sa.Index("ix_integrated_remark_replaces", "replaces_id", unique=True),
    )
    return sa.Table(
        "integrated_remark",
        sa.MetaData(naming_convention=Base.metadata.naming_convention),
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
        sa.CheckConstraint("kind = 'C' OR history_number IS NOT NULL", name="change_has_snapshot"),
        sa.ForeignKeyConstraint(
            ["addressee_number", "history_number"],
            ["resident_history.addressee_number", "resident_history.history_number"],
            name="fk_integrated_remark_snapshot",
        ),
        sa.ForeignKeyConstraint(
            ["addressee_number"], ["addressee.number"], name="fk_integrated_remark_addressee_number"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_integrated_remark"),
        sa.Index("ix_integrated_remark_addressee", "addressee_number"),
        *(added if new else ()),
    )


def _upgrade_remarks() -> None:
    with op.batch_alter_table("integrated_remark", copy_from=_remarks(new=False)) as batch:
        batch.add_column(sa.Column("items", JsonValue, server_default="[]", nullable=False))
        batch.add_column(sa.Column("sensitivity", sa.String(length=26), nullable=True))
        for name in ("recorded_by", "office_name", "terminal_name", "withdrawn_by", "withdrawal_reason"):
            batch.add_column(sa.Column(name, sa.Text(), nullable=True))
        batch.add_column(sa.Column("replaces_id", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("recorded_at", AwareDateTime(), nullable=True))
        batch.add_column(sa.Column("withdrawn_at", AwareDateTime(), nullable=True))
        batch.create_check_constraint(op.f("ck_integrated_remark_sensitivity"), _SENSITIVE)
        batch.create_check_constraint(op.f("ck_integrated_remark_history_stays"), _STAYS)
        batch.create_check_constraint(op.f("ck_integrated_remark_withdrawal_explained"), _WITHDRAWAL)
        batch.create_foreign_key(
            op.f("fk_integrated_remark_replaces_id"), "integrated_remark", ["replaces_id"], ["id"]
        )
        batch.create_index("ix_integrated_remark_replaces", ["replaces_id"], unique=True)
    table = sa.table("integrated_remark", sa.column("text", sa.Text()), sa.column("sensitivity", sa.Text()))
    # What had been kept off certificates by its words is now marked; the dissolution holds the other's word too.
    for word, value in (
        ("性別の変更", "sex_change"),
        ("特別養子縁組", "special_adoption"),
        ("特別養子縁組解消", "special_adoption_dissolved"),
    ):
        op.execute(sa.update(table).where(table.c.text.contains(word)).values(sensitivity=value))
    bind = op.get_bind()
    columns = [column["name"] for column in sa.inspect(bind).get_columns("integrated_remark")]
    for statement in remark_guards.guard_statements(bind.dialect.name, columns):
        op.execute(statement)


def _create_templates() -> None:
    reasons = [f"R{n:02d}" for n in range(1, 10)] + [f"D{n:02d}" for n in range(1, 10)]
    reasons += [f"C{n:02d}" for n in range(1, 20)]
    table = op.create_table(
        "note_template",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "reason",
            sa.Enum(*reasons, name="reason", native_enum=False, create_constraint=True, length=3),
            nullable=False,
        ),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("items", JsonValue, nullable=False),
        sa.Column("sensitivity", _sensitivity(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.CheckConstraint("length(name) > 0 AND length(text) > 0", name=op.f("ck_note_template_worded")),
        sa.CheckConstraint("position >= 1", name=op.f("ck_note_template_position_positive")),
        sa.CheckConstraint(
            "valid_to IS NULL OR valid_to >= valid_from", name=op.f("ck_note_template_period_in_order")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_note_template")),
    )
    op.create_index("ix_note_template_reason", "note_template", ["reason", "position"], unique=False)
    rows = []
    places: dict[str, int] = {}
    for reason, name, text, items, sensitivity in _TEMPLATES:
        places[reason] = places.get(reason, 0) + 1
        rows.append(
            {
                "reason": reason, "name": name, "text": text, "items": items, "sensitivity": sensitivity,
                "position": places[reason], "valid_from": dt.date(2012, 7, 9), "valid_to": None,
            }
        )  # fmt: skip
    op.bulk_insert(table, rows)


def _create_memos() -> None:
    op.create_table(
        "memo",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("addressee_number", sa.String(length=15), nullable=False),
        sa.ForeignKeyConstraint(
            ["addressee_number"], ["addressee.number"], name=op.f("fk_memo_addressee_number")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_memo")),
    )
    op.create_index("ix_memo_addressee", "memo", ["addressee_number"], unique=False)
    op.create_table(
        "memo_version",
        sa.Column("memo_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("written_at", AwareDateTime(), nullable=False),
        sa.Column("user_login", sa.Text(), nullable=False),
        sa.Column("user_name", sa.Text(), nullable=False),
        sa.Column("office_name", sa.Text(), nullable=False),
        sa.Column("terminal_name", sa.Text(), nullable=False),
        sa.CheckConstraint("deleted <> (length(text) > 0)", name=op.f("ck_memo_version_text_or_deleted")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_memo_version_version_positive")),
        sa.ForeignKeyConstraint(["memo_id"], ["memo.id"], name=op.f("fk_memo_version_memo_id")),
        sa.PrimaryKeyConstraint("memo_id", "version", name=op.f("pk_memo_version")),
    )
    for statement in memo_guards.guard_statements(op.get_bind().dialect.name):
        op.execute(statement)


def _create_kana() -> None:
    op.create_table(
        "kana_confirmation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("addressee_number", sa.String(length=15), nullable=False),
        sa.Column(
            "item",
            sa.Enum("name", "former_name", "alias", name="item", native_enum=False, create_constraint=True),
            nullable=False,
        ),
        sa.Column("kana", sa.Text(), nullable=False),
        sa.Column("batch", sa.String(length=32), nullable=True),
        sa.Column("sent_on", sa.Date(), nullable=True),
        sa.Column("answer_by", sa.Date(), nullable=True),
        sa.Column("sent_by", sa.Text(), nullable=True),
        sa.Column("answered_on", sa.Date(), nullable=True),
        sa.Column(
            "how",
            sa.Enum(
                "agreed", "corrected", "family_register", "ex_officio",
                name="how", native_enum=False, create_constraint=True,
            ),
            nullable=True,
        ),
        sa.Column("answer_kana", sa.Text(), nullable=True),
        sa.Column("answered_by", sa.Text(), nullable=True),
        sa.Column("change_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(answered_on IS NULL) = (how IS NULL) AND (answered_on IS NULL) = (answer_kana IS NULL)"
            " AND (answered_on IS NULL) = (answered_by IS NULL)",
            name=op.f("ck_kana_confirmation_answer_whole"),
        ),
        sa.CheckConstraint(
            "change_id IS NULL OR answered_on IS NOT NULL",
            name=op.f("ck_kana_confirmation_change_has_answer"),
        ),
        sa.CheckConstraint(
            "sent_on IS NOT NULL OR answered_on IS NOT NULL",
            name=op.f("ck_kana_confirmation_sent_or_answered"),
        ),
        sa.CheckConstraint(
            "sent_on IS NULL OR (answer_by IS NOT NULL AND answer_by >= sent_on AND batch IS NOT NULL"
            " AND sent_by IS NOT NULL)",
            name=op.f("ck_kana_confirmation_notice_whole"),
        ),
        sa.ForeignKeyConstraint(
            ["addressee_number"], ["addressee.number"], name=op.f("fk_kana_confirmation_addressee_number")
        ),
        sa.ForeignKeyConstraint(
            ["change_id"], ["resident_change.id"], name=op.f("fk_kana_confirmation_change_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kana_confirmation")),
    )  # fmt: skip
    op.create_index(
        "ix_kana_confirmation_addressee", "kana_confirmation", ["addressee_number", "item"], unique=False
    )
    op.create_index("ix_kana_confirmation_batch", "kana_confirmation", ["batch"], unique=False)
    waiting, is_open = sa.text("change_id IS NULL"), sa.text("answered_on IS NULL")
    op.create_index(
        "ix_kana_confirmation_waiting", "kana_confirmation", ["answer_by"], unique=False,
        sqlite_where=waiting, postgresql_where=waiting,
    )  # fmt: skip
    op.create_index(
        "uq_kana_confirmation_open", "kana_confirmation", ["addressee_number", "item"], unique=True,
        sqlite_where=is_open, postgresql_where=is_open,
    )  # fmt: skip
    op.create_index(
        "ix_resident_history_kana_unconfirmed", "resident_history", ["resident_kind", "state"], unique=False,
        sqlite_where=sa.text("is_latest = 1 AND name_kana_confirmed = 0"),
        postgresql_where=sa.text("is_latest AND NOT name_kana_confirmed"),
    )  # fmt: skip
    op.create_index(
        "ix_resident_history_former_name", "resident_history", ["resident_kind", "state"], unique=False,
        sqlite_where=sa.text("is_latest = 1 AND former_name IS NOT NULL"),
        postgresql_where=sa.text("is_latest AND former_name IS NOT NULL"),
    )  # fmt: skip


def upgrade() -> None:
    _upgrade_remarks()
    _create_templates()
    _create_memos()
    _create_kana()


def downgrade() -> None:
    dialect = op.get_bind().dialect.name
    op.drop_index("ix_resident_history_former_name", table_name="resident_history")
    op.drop_index("ix_resident_history_kana_unconfirmed", table_name="resident_history")
    op.drop_table("kana_confirmation")
    for statement in memo_guards.drop_statements(dialect):
        op.execute(statement)
    op.drop_table("memo_version")
    op.drop_table("memo")
    op.drop_table("note_template")
    for statement in remark_guards.drop_statements(dialect):
        op.execute(statement)
    with op.batch_alter_table("integrated_remark", copy_from=_remarks(new=True)) as batch:
        batch.drop_index("ix_integrated_remark_replaces")
        batch.drop_constraint(op.f("fk_integrated_remark_replaces_id"), type_="foreignkey")
        for name in ("sensitivity", "history_stays", "withdrawal_explained"):
            batch.drop_constraint(op.f(f"ck_integrated_remark_{name}"), type_="check")
        for name in (
            "items", "sensitivity", "recorded_at", "recorded_by", "office_name", "terminal_name",
            "replaces_id", "withdrawn_at", "withdrawn_by", "withdrawal_reason",
        ):  # fmt: skip
            batch.drop_column(name)
