"""The register: identities, households, changes, and the append-only history of every resident.

Sources: RR-1.1.1, 1.1.2 (items), RR-1.1.14 (統合記載欄), RR-1.2.1 (history by full snapshot).
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    String,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from residentapp.core.dates import DateValue
from residentapp.core.db.base import Base
from residentapp.core.db.types import DateValueType, code_column
from residentapp.residents.rules.relationship_proof import ProofDocument, Translation
from residentapp.residents.types import (
    ChangeReason,
    ForeignCategory,
    PensionKind,
    RemarkKind,
    ResidentKind,
    ResidentState,
    Sensitivity,
    Sex,
)

#: Columns that are not items of the record but say where a snapshot stands; a new snapshot sets them anew.
POSITION_COLUMNS = frozenset({"addressee_number", "history_number", "is_latest", "change_id"})


class Addressee(Base):
    """One person, for life: the 宛名番号 stays when a person leaves and comes back (RR-4.1.1.2c)."""

    __tablename__ = "addressee"

    number: Mapped[str] = mapped_column(String(15), primary_key=True)
    first_recorded_on: Mapped[dt.date]


class Household(Base):
    """A household number that has been given. What belongs to the household stands in its members' snapshots."""

    __tablename__ = "household"

    number: Mapped[str] = mapped_column(String(15), primary_key=True)
    first_recorded_on: Mapped[dt.date]
    continues_number: Mapped[str | None] = mapped_column(ForeignKey("household.number"))
    """The empty household whose place it took when a change was cancelled (RR-4.6.0.1d): who returns to that one later
    returns to this."""

    __table_args__ = (Index("ix_household_continues", "continues_number"),)


class ResidentChange(Base):
    """異動: one change with one or several subjects, each of whom gets one snapshot (RR-1.2.1a)."""

    __tablename__ = "resident_change"

    id: Mapped[int] = mapped_column(primary_key=True)
    reason: Mapped[ChangeReason] = mapped_column(code_column(ChangeReason, "reason"))
    moved_on: Mapped[DateValue | None] = mapped_column(DateValueType())
    """異動日; may be unknown for 出生, 死亡 and 失踪 (RR-1.1.8a)."""
    processed_on: Mapped[dt.date]
    """処理日: the day of entry, never typed (RR-4.0.3)."""
    notified_on: Mapped[dt.date | None]
    """届出日 (only notifications under 令第11条)."""
    applied_on: Mapped[dt.date | None]
    """申出日."""
    noticed_on: Mapped[dt.date | None]
    """通知日."""
    requested_on: Mapped[dt.date | None]
    """請求日 (only 旧氏)."""
    office_code: Mapped[str]
    office_name: Mapped[str]
    terminal_code: Mapped[str]
    terminal_name: Mapped[str]
    entered_by: Mapped[str]
    """Login name of the officer who entered the change."""
    cancels_change_id: Mapped[int | None] = mapped_column(ForeignKey("resident_change.id"))
    case_id: Mapped[str | None] = mapped_column(ForeignKey("change_case.id"))
    """The case it came from; several changes can come from one. Empty for what was taken over from elsewhere."""

    snapshots: Mapped[list[ResidentHistory]] = relationship(back_populates="change")

    __table_args__ = (
        Index("ix_resident_change_processed_on", "processed_on"),
        Index("ix_resident_change_cancels", "cancels_change_id"),
        Index("ix_resident_change_case", "case_id"),
    )


class ResidentHistory(Base):
    """One full snapshot of one person: every item, whether changed or not (RR-1.2.1b).

    Rows are never changed or deleted; triggers refuse it. The only thing that may happen to a row is that
    ``is_latest`` falls when its successor arrives. The highest ``history_number`` is the current state.
    Items that only one kind of resident has are empty for the other.
    """

    __tablename__ = "resident_history"

    addressee_number: Mapped[str] = mapped_column(ForeignKey("addressee.number"), primary_key=True)
    history_number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    is_latest: Mapped[bool]
    change_id: Mapped[int] = mapped_column(ForeignKey("resident_change.id"))

    resident_kind: Mapped[ResidentKind] = mapped_column(code_column(ResidentKind, "resident_kind"))
    state: Mapped[ResidentState] = mapped_column(code_column(ResidentState, "state"))
    household_number: Mapped[str] = mapped_column(ForeignKey("household.number"))
    member_order: Mapped[int]
    """世帯員の並び順, from 1 (RR-5.2)."""

    # 氏名
    name: Mapped[str | None]
    """氏名; of a foreign resident 氏名（漢字）. Full-width space between family and given name."""
    name_alphabet: Mapped[str | None]
    former_name: Mapped[str | None]
    """旧氏."""
    alias: Mapped[str | None]
    """通称."""
    name_kana: Mapped[str | None]
    name_kana_confirmed: Mapped[bool] = mapped_column(default=False)
    former_name_kana: Mapped[str | None]
    former_name_kana_confirmed: Mapped[bool] = mapped_column(default=False)
    alias_kana: Mapped[str | None]
    alias_kana_confirmed: Mapped[bool] = mapped_column(default=False)
    alias_recorded_on: Mapped[dt.date | None]
    alias_recorded_municipality: Mapped[str | None]
    alias_recorded_code: Mapped[str | None]
    alias_deleted_on: Mapped[dt.date | None]
    alias_deleted_municipality: Mapped[str | None]
    alias_deleted_code: Mapped[str | None]
    previous_aliases: Mapped[list[str]] = mapped_column(default=list)
    """通称の記載及び削除に関する事項 of aliases that are no longer in use, one line each."""

    birth_date: Mapped[DateValue] = mapped_column(DateValueType())
    sex: Mapped[Sex] = mapped_column(code_column(Sex, "sex"))
    head_name: Mapped[str | None]
    """世帯主の氏名; empty when the household has no head (RR-1.1.10)."""
    relationship_to_head: Mapped[str | None]
    """世帯主との続柄."""
    registered_domicile: Mapped[str | None]
    """本籍, or なし／不明 (RR-1.1.12)."""
    register_head: Mapped[str | None]
    """筆頭者の氏名, or なし／不明."""

    # 住所
    became_resident_on: Mapped[DateValue | None] = mapped_column(DateValueType())
    """住民となった年月日."""
    became_foreign_resident_on: Mapped[DateValue | None] = mapped_column(DateValueType())
    """外国人住民となった年月日."""
    postal_code: Mapped[str | None]
    address_code: Mapped[str | None]
    address: Mapped[str]
    building: Mapped[str | None]
    """方書."""
    address_set_on: Mapped[DateValue | None] = mapped_column(DateValueType())
    """住所を定めた年月日."""
    notified_on: Mapped[dt.date | None]
    """届出の年月日."""
    previous_postal_code: Mapped[str | None]
    previous_address_code: Mapped[str | None]
    previous_address: Mapped[str | None]
    """転入前住所 with its 方書."""
    previous_head_name: Mapped[str | None]
    """転入前住所の世帯主."""
    last_registered_address: Mapped[str | None]
    """最終登録住所地 (RR-4.1.1.4)."""

    # 番号: encrypted, with a keyed hash to look them up
    individual_number_cipher: Mapped[bytes | None] = mapped_column(LargeBinary)
    individual_number_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    resident_code_cipher: Mapped[bytes | None] = mapped_column(LargeBinary)
    resident_code_hash: Mapped[bytes | None] = mapped_column(LargeBinary)

    # 資格等
    on_electoral_roll: Mapped[bool | None]
    health_insurance_insured: Mapped[bool | None]
    health_insurance_acquired_on: Mapped[dt.date | None]
    health_insurance_lost_on: Mapped[dt.date | None]
    elderly_care_insured: Mapped[bool | None]
    """後期高齢者医療."""
    elderly_care_acquired_on: Mapped[dt.date | None]
    elderly_care_lost_on: Mapped[dt.date | None]
    long_term_care_insured: Mapped[bool | None]
    """介護保険."""
    long_term_care_acquired_on: Mapped[dt.date | None]
    long_term_care_lost_on: Mapped[dt.date | None]
    pension_insured: Mapped[bool | None]
    pension_number: Mapped[str | None]
    """基礎年金番号."""
    pension_kind: Mapped[PensionKind | None] = mapped_column(code_column(PensionKind, "pension_kind"))
    pension_kind_changed_on: Mapped[dt.date | None]
    pension_acquired_on: Mapped[dt.date | None]
    pension_lost_on: Mapped[dt.date | None]
    child_allowance_from: Mapped[str | None] = mapped_column(String(7))
    """児童手当 受給開始年月, ``2026-04``."""
    child_allowance_to: Mapped[str | None] = mapped_column(String(7))

    # 外国人住民
    foreign_category: Mapped[ForeignCategory | None] = mapped_column(
        code_column(ForeignCategory, "foreign_category")
    )
    nationality: Mapped[str | None]
    """国籍・地域."""
    nationality_code: Mapped[str | None]
    residence_status: Mapped[str | None]
    """在留資格."""
    residence_period: Mapped[str | None]
    """在留期間; 上陸期間 and 仮滞在期間 for those 区分."""
    residence_expires_on: Mapped[dt.date | None]
    """在留期間の満了の日."""
    residence_card_number: Mapped[str | None]
    special_permanent_number: Mapped[str | None]
    """特別永住者証明書の番号."""
    former_registration_on: Mapped[DateValue | None] = mapped_column(DateValueType())
    """旧外登法による登録年月日."""
    residence_notified: Mapped[bool | None]
    """住居地の届出の有無."""
    landing_permit_move_in: Mapped[bool | None]
    """上陸許可証による転入の旨."""

    # 除票
    removal_reason: Mapped[str | None]
    """消除事由."""
    removal_occurred_on: Mapped[DateValue | None] = mapped_column(DateValueType())
    """事由の生じた年月日 (転出: 転出予定年月日)."""
    planned_destination: Mapped[str | None]
    """転出先住所（予定）."""
    planned_destination_code: Mapped[str | None]
    planned_destination_postal_code: Mapped[str | None]
    confirmed_destination: Mapped[str | None]
    """転出先住所（確定）."""
    confirmed_destination_code: Mapped[str | None]
    confirmed_destination_postal_code: Mapped[str | None]
    removal_notified_on: Mapped[dt.date | None]
    move_in_notice_on: Mapped[dt.date | None]
    """転入通知年月日."""
    moved_out_on: Mapped[dt.date | None]
    """転出年月日（確定）."""
    removed_on: Mapped[dt.date | None]
    """消除の年月日."""
    rebuilt_on: Mapped[dt.date | None]
    """改製の年月日."""

    # その他
    number_card_state: Mapped[str | None]
    """個人番号カードの発行状況."""
    basic_card_state: Mapped[str | None]
    """住基カードの発行状況."""
    adult_guardianship: Mapped[bool | None]
    """成年被後見人."""
    signature_certificate_serial: Mapped[str | None]
    user_certificate_serial: Mapped[str | None]

    change: Mapped[ResidentChange] = relationship(back_populates="snapshots")

    __table_args__ = (
        CheckConstraint("history_number >= 1", name="history_number_positive"),
        CheckConstraint("member_order >= 1", name="member_order_positive"),
        CheckConstraint("name IS NOT NULL OR name_alphabet IS NOT NULL", name="has_name"),
        Index(
            "uq_resident_history_latest",
            "addressee_number",
            unique=True,
            sqlite_where=text("is_latest = 1"),
            postgresql_where=text("is_latest"),
        ),
        Index(
            "ix_resident_history_household_latest",
            "household_number",
            "member_order",
            sqlite_where=text("is_latest = 1"),
            postgresql_where=text("is_latest"),
        ),
        Index("ix_resident_history_household", "household_number"),
        # Who has notified a move-out, by its day: few among all.
        Index(
            "ix_resident_history_moving_out",
            "removal_occurred_on",
            sqlite_where=text("is_latest = 1 AND state = 'resident' AND removal_occurred_on IS NOT NULL"),
            postgresql_where=text("is_latest AND state = 'resident' AND removal_occurred_on IS NOT NULL"),
        ),
        # Whose move-in elsewhere has not been told.
        Index(
            "ix_resident_history_notice_missing",
            "removed_on",
            sqlite_where=text("is_latest = 1 AND removed_on IS NOT NULL AND move_in_notice_on IS NULL"),
            postgresql_where=text("is_latest AND removed_on IS NOT NULL AND move_in_notice_on IS NULL"),
        ),
        # Members of households without head: few among all.
        Index(
            "ix_resident_history_headless",
            "household_number",
            sqlite_where=text("is_latest = 1 AND state = 'resident' AND head_name IS NULL"),
            postgresql_where=text("is_latest AND state = 'resident' AND head_name IS NULL"),
        ),
        # Foreign residents whose term of stay ends, by its last day.
        Index(
            "ix_resident_history_expiring",
            "residence_expires_on",
            sqlite_where=text("is_latest = 1 AND state = 'resident' AND residence_expires_on IS NOT NULL"),
            postgresql_where=text("is_latest AND state = 'resident' AND residence_expires_on IS NOT NULL"),
        ),
        Index("ix_resident_history_change", "change_id"),
        Index("ix_resident_history_individual_number", "individual_number_hash"),
        Index("ix_resident_history_resident_code", "resident_code_hash"),
        Index("ix_resident_history_residence_card", "residence_card_number"),
        Index("ix_resident_history_special_permanent", "special_permanent_number"),
        # The work list of フリガナ: those whose name's is not confirmed, and the few who have a 旧氏.
        Index(
            "ix_resident_history_kana_unconfirmed",
            "resident_kind",
            "state",
            sqlite_where=text("is_latest = 1 AND name_kana_confirmed = 0"),
            postgresql_where=text("is_latest AND NOT name_kana_confirmed"),
        ),
        Index(
            "ix_resident_history_former_name",
            "resident_kind",
            "state",
            sqlite_where=text("is_latest = 1 AND former_name IS NOT NULL"),
            postgresql_where=text("is_latest AND former_name IS NOT NULL"),
        ),
    )

    @property
    def display_name(self) -> str:
        """The name to show: 氏名, and for a foreign resident alphabet before kanji, as the record has them."""
        if self.resident_kind is ResidentKind.FOREIGN:
            return "　".join(part for part in (self.name_alphabet, self.name) if part)
        return self.name or ""


class IntegratedRemark(Base):
    """統合記載欄: type A change history, type B notes about a change, type C other remarks (RR-1.1.14).

    A and B belong to the snapshot that the change made; C belongs to the person. A withdrawn entry keeps its
    text and says when, by whom and why it was withdrawn; a changed one is withdrawn and replaced. Triggers refuse
    anything else (``residents.remarks.ddl``).
    """

    __tablename__ = "integrated_remark"

    id: Mapped[int] = mapped_column(primary_key=True)
    addressee_number: Mapped[str] = mapped_column(ForeignKey("addressee.number"))
    history_number: Mapped[int | None]
    kind: Mapped[RemarkKind] = mapped_column(code_column(RemarkKind, "kind"))
    text: Mapped[str]
    items: Mapped[list[str]] = mapped_column(default=list, server_default="[]")
    """Columns of the items that a B entry is about: who may not see one of them does not see the text either."""
    sensitivity: Mapped[Sensitivity | None] = mapped_column(code_column(Sensitivity, "sensitivity"))
    """Why certificates leave it out unless it is asked for (RR-1.1.4b)."""
    recorded_on: Mapped[dt.date]
    recorded_at: Mapped[dt.datetime | None]
    """Moment of an entry by a clerk; empty for what a change has made, which knows its own."""
    recorded_by: Mapped[str | None]
    """Login name; the change's officer when empty."""
    office_name: Mapped[str | None]
    terminal_name: Mapped[str | None]
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("integrated_remark.id"))
    """The withdrawn entry in whose place this one stands."""
    withdrawn_on: Mapped[dt.date | None]
    withdrawn_at: Mapped[dt.datetime | None]
    withdrawn_by: Mapped[str | None]
    withdrawal_reason: Mapped[str | None]

    __table_args__ = (
        ForeignKeyConstraint(
            ["addressee_number", "history_number"],
            ["resident_history.addressee_number", "resident_history.history_number"],
            name="fk_integrated_remark_snapshot",
        ),
        CheckConstraint("kind = 'C' OR history_number IS NOT NULL", name="change_has_snapshot"),
        CheckConstraint("kind <> 'A' OR withdrawn_on IS NULL", name="history_stays"),
        CheckConstraint(
            "withdrawn_at IS NULL OR (withdrawn_on IS NOT NULL AND withdrawn_by IS NOT NULL"
            " AND withdrawal_reason IS NOT NULL)",
            name="withdrawal_explained",
        ),
        Index("ix_integrated_remark_addressee", "addressee_number"),
        Index("ix_integrated_remark_replaces", "replaces_id", unique=True),
    )


class RelationshipProof(Base):
    """By which document the 続柄 of a foreign resident was proved when a change recorded it (RR-1.1.11d, 規則第49条).

    It belongs to the change and the person; the 続柄 and the head stand in the snapshot that the change made.
    """

    __tablename__ = "relationship_proof"

    change_id: Mapped[int] = mapped_column(
        ForeignKey("resident_change.id"), primary_key=True, autoincrement=False
    )
    addressee_number: Mapped[str] = mapped_column(ForeignKey("addressee.number"), primary_key=True)
    document: Mapped[ProofDocument] = mapped_column(code_column(ProofDocument, "document"))
    translation: Mapped[Translation | None] = mapped_column(code_column(Translation, "translation"))
    """Empty for a document that is Japanese by its kind."""

    __table_args__ = (Index("ix_relationship_proof_addressee", "addressee_number"),)
