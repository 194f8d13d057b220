"""Memos and every version of each (RR-1.1.15a)."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from residentapp.core.db.base import Base


class Memo(Base):
    """One memo about one person. What it says stands in its versions."""

    __tablename__ = "memo"

    id: Mapped[int] = mapped_column(primary_key=True)
    addressee_number: Mapped[str] = mapped_column(ForeignKey("addressee.number"))

    versions: Mapped[list[MemoVersion]] = relationship(back_populates="memo", order_by="MemoVersion.version")

    __table_args__ = (Index("ix_memo_addressee", "addressee_number"),)


class MemoVersion(Base):
    """A memo as somebody wrote, changed or deleted it. Rows are only added; triggers refuse the rest.

    The highest version is what the memo says now; a deletion is a version without text.
    """

    __tablename__ = "memo_version"

    memo_id: Mapped[int] = mapped_column(ForeignKey("memo.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    text: Mapped[str]
    deleted: Mapped[bool]
    written_at: Mapped[dt.datetime]
    user_login: Mapped[str]
    """利用者ID of the writer."""
    user_name: Mapped[str]
    office_name: Mapped[str]
    terminal_name: Mapped[str]

    memo: Mapped[Memo] = relationship(back_populates="versions")

    __table_args__ = (
        CheckConstraint("version >= 1", name="version_positive"),
        CheckConstraint("deleted <> (length(text) > 0)", name="text_or_deleted"),
    )
