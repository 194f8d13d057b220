"""Tables of the 除票用データベース, and the list of what was destroyed at the end of its time.

Sources: RR-1.1.5e–f, RR-9.3; 住民基本台帳法施行令 第34条 (150 years). The tables stand beside the register's in one
database, told apart by the prefix ``removed_``; docs/removed-records.md says why. Snapshots, changes and remarks have
just the columns of the tables they come from, so that a row may leave only when the very same row stands here. All are
insert-only (``removed_records.ddl``); ``reader`` gives their rows in the shape of the register's.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, PrimaryKeyConstraint, Table
from sqlalchemy.orm import Mapped, mapped_column

from residentapp.core.db.base import Base
from residentapp.core.db.copies import columns_like
from residentapp.core.db.types import code_column
from residentapp.residents.models import IntegratedRemark, ResidentChange, ResidentHistory
from residentapp.residents.types import ChangeReason

#: Changes that made the snapshots. A change of several people may also still stand in the register.
CHANGES = Table(
    "removed_resident_change",
    Base.metadata,
    *columns_like(ResidentChange.__table__, key=["id"]),
)

#: Every snapshot of a person who has moved here, the last of them marked as in the register.
SNAPSHOTS = Table(
    "removed_resident_history",
    Base.metadata,
    *columns_like(ResidentHistory.__table__, key=["addressee_number", "history_number"]),
    ForeignKeyConstraint(["addressee_number"], ["addressee.number"]),
    ForeignKeyConstraint(["household_number"], ["household.number"]),
    ForeignKeyConstraint(["change_id"], ["removed_resident_change.id"]),
    Index("ix_removed_resident_history_household", "household_number"),
    Index("ix_removed_resident_history_change", "change_id"),
    Index("ix_removed_resident_history_individual_number", "individual_number_hash"),
    Index("ix_removed_resident_history_resident_code", "resident_code_hash"),
    Index("ix_removed_resident_history_residence_card", "residence_card_number"),
    Index("ix_removed_resident_history_special_permanent", "special_permanent_number"),
)

#: 統合記載欄. The id may be given again in the register, so the key has the person as well.
REMARKS = Table(
    "removed_integrated_remark",
    Base.metadata,
    *columns_like(IntegratedRemark.__table__, key=["addressee_number", "id"]),
    PrimaryKeyConstraint("addressee_number", "id"),
    ForeignKeyConstraint(["addressee_number"], ["addressee.number"]),
    ForeignKeyConstraint(
        ["addressee_number", "history_number"],
        ["removed_resident_history.addressee_number", "removed_resident_history.history_number"],
        name="fk_removed_integrated_remark_snapshot",
    ),
)


class RemovedSnapshot(Base):
    """A snapshot as rows of conditions name it; read snapshots through ``reader``."""

    __table__ = SNAPSHOTS


class RemovedRecord(Base):
    """One person who has moved here, with what says how long the record is kept."""

    __tablename__ = "removed_record"

    addressee_number: Mapped[str] = mapped_column(ForeignKey("addressee.number"), primary_key=True)
    household_number: Mapped[str] = mapped_column(ForeignKey("household.number"))
    """The household of the last snapshot."""
    removal_history_number: Mapped[int]
    """履歴番号 of the snapshot that removed the record; later ones note what became known afterwards."""
    reason: Mapped[ChangeReason] = mapped_column(code_column(ChangeReason, "reason"))
    """異動事由 that removed it."""
    processed_on: Mapped[dt.date]
    """処理年月日 of the removal, by which removed records are ordered (RR-1.1.5f)."""
    removed_on: Mapped[dt.date]
    """消除の年月日; the 処理年月日 where none is recorded."""
    kept_until: Mapped[dt.date]
    """Last day on which the record must be kept."""
    moved_at: Mapped[dt.datetime]
    moved_by: Mapped[str]

    __table_args__ = (
        Index("ix_removed_record_order", "processed_on", "addressee_number"),
        Index("ix_removed_record_household", "household_number"),
        Index("ix_removed_record_kept_until", "kept_until"),
    )


class RemovedRecordDestruction(Base):
    """A record that was destroyed after 150 years: that it was there, and why it is gone. No item of it is left."""

    __tablename__ = "removed_record_destruction"

    addressee_number: Mapped[str] = mapped_column(ForeignKey("addressee.number"), primary_key=True)
    reason: Mapped[ChangeReason] = mapped_column(code_column(ChangeReason, "reason"))
    """異動事由 that had removed it."""
    processed_on: Mapped[dt.date]
    removed_on: Mapped[dt.date]
    kept_until: Mapped[dt.date]
    destroyed_on: Mapped[dt.date]
    destroyed_at: Mapped[dt.datetime]
    destroyed_by: Mapped[str]
    explanation: Mapped[str]
    """Why and on whose decision, as the command was given."""

    __table_args__ = (
        CheckConstraint("destroyed_on > kept_until", name="time_is_over"),
        Index("ix_removed_record_destruction_day", "destroyed_on"),
    )
