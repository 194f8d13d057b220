"""What the register has no place for: papers of a move-out, notices of move-ins elsewhere, inquiries for them."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from residentapp.core.db.base import Base
from residentapp.core.db.types import code_column
from residentapp.residents.models.told import NoticeColumns
from residentapp.residents.move_out.types import NoticeState, Paper


class MoveOut(Base):
    """A 転出, beside its change: which paper comes with it, and what the counter settled for later."""

    __tablename__ = "move_out"

    change_id: Mapped[int] = mapped_column(
        ForeignKey("resident_change.id"), primary_key=True, autoincrement=False
    )
    """The change that the notification became."""
    paper: Mapped[Paper] = mapped_column(code_column(Paper, "paper"))
    special: Mapped[bool]
    """特例による転出: 転出証明書情報 went to the CS instead of a paper."""
    details_cipher: Mapped[bytes] = mapped_column(LargeBinary)
    """転出先の世帯主, and who becomes head of the household that stays (:class:`HeadChoice`), encrypted."""


class MoveOutPaper(Base):
    """A 転出証明書 or a 転出証明書に準ずる証明書 in the history of issues, with the move-out it belongs to."""

    __tablename__ = "move_out_paper"

    issue_id: Mapped[str] = mapped_column(ForeignKey("certificate_issue.id"), primary_key=True)
    change_id: Mapped[int] = mapped_column(ForeignKey("move_out.change_id"))
    first_issue_id: Mapped[str | None] = mapped_column(ForeignKey("certificate_issue.id"))
    """The issue whose content a 再交付 repeats; empty for a first issue."""

    __table_args__ = (Index("ix_move_out_paper_change", "change_id"),)


class MoveInNotice(NoticeColumns, Base):
    """転入通知 that came over the exchange (RR-4.1.3.1.2), with what became of it."""

    __tablename__ = "move_in_notice"

    state: Mapped[NoticeState] = mapped_column(code_column(NoticeState, "state"))
    change_id: Mapped[int | None] = mapped_column(ForeignKey("resident_change.id"))

    __table_args__ = (
        CheckConstraint("state <> 'problem' OR problem IS NOT NULL", name="problem_told"),
        CheckConstraint("state <> 'ignored' OR note IS NOT NULL", name="left_out_with_reason"),
        Index("ix_move_in_notice_state", "state", "received_at"),
        Index("ix_move_in_notice_addressee", "addressee_number"),
        Index("ix_move_in_notice_case", "case_id"),
    )


class MoveInInquiry(Base):
    """転入通知未着照会書 to one municipality (RR-4.1.3.1.4): a letter that was made, kept to be printed again."""

    __tablename__ = "move_in_inquiry"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    """Unguessable; names nobody."""
    made_at: Mapped[dt.datetime]
    made_on: Mapped[dt.date]
    made_by: Mapped[str]
    municipality: Mapped[str]
    """To whom; with its prefecture."""
    pages: Mapped[int]
    data_cipher: Mapped[bytes] = mapped_column(LargeBinary)
    """The form's data, encrypted."""

    subjects: Mapped[list[MoveInInquirySubject]] = relationship(back_populates="inquiry")

    __table_args__ = (
        CheckConstraint("pages >= 1", name="has_pages"),
        Index("ix_move_in_inquiry_made_at", "made_at"),
    )


class MoveInInquirySubject(Base):
    """A person about whom a letter asks."""

    __tablename__ = "move_in_inquiry_subject"

    inquiry_id: Mapped[str] = mapped_column(ForeignKey("move_in_inquiry.id"), primary_key=True)
    addressee_number: Mapped[str] = mapped_column(ForeignKey("addressee.number"), primary_key=True)

    inquiry: Mapped[MoveInInquiry] = relationship(back_populates="subjects")

    __table_args__ = (Index("ix_move_in_inquiry_subject_addressee", "addressee_number"),)
