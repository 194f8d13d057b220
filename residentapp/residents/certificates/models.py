"""交付履歴: every certificate that was issued, and what became of it.

Sources: RR-1.3.8 (items; never deleted within the term of keeping), RR-5.5 (each copy its own number), CM-5.2.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from residentapp.core.db.base import Base
from residentapp.core.db.types import code_column
from residentapp.residents.certificates.types import Fee, Requester, Style

#: What may still change on a row after its issue: first hand-over, and disposal (処分情報).
MUTABLE = frozenset({"handed_over_at", "disposed_at", "disposed_by", "disposal_reason"})


class CertificateIssue(Base):
    """One copy that was issued."""

    __tablename__ = "certificate_issue"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    """Request id: unguessable, names nobody."""
    style: Mapped[Style] = mapped_column(code_column(Style, "style"))
    issued_at: Mapped[dt.datetime]
    issued_on: Mapped[dt.date]
    office_code: Mapped[str]
    office_name: Mapped[str]
    terminal_code: Mapped[str]
    terminal_name: Mapped[str]
    printer_name: Mapped[str]
    serial: Mapped[int]
    issue_number: Mapped[str]
    """発行番号 as printed, without the pages."""
    user_login: Mapped[str]
    user_name: Mapped[str]
    requester: Mapped[Requester] = mapped_column(code_column(Requester, "requester"))
    requester_cipher: Mapped[bytes] = mapped_column(LargeBinary)
    """Requester's name and purpose, encrypted."""
    fee: Mapped[Fee] = mapped_column(code_column(Fee, "fee"))
    shown: Mapped[list[str]]
    """記載事項: the items that were printed on request."""
    confirmed: Mapped[dict[str, Any]]
    """Alerts that the clerk confirmed, with the reasons."""
    pages: Mapped[int]
    pdf_sha256: Mapped[str] = mapped_column(String(64))
    snapshot_cipher: Mapped[bytes] = mapped_column(LargeBinary)
    """Everything the pages were made of, encrypted: the same pages can be made again, byte by byte."""
    handed_over_at: Mapped[dt.datetime | None]
    disposed_at: Mapped[dt.datetime | None]
    disposed_by: Mapped[str | None]
    disposal_reason: Mapped[str | None]

    subjects: Mapped[list[CertificateSubject]] = relationship(
        back_populates="issue", order_by="CertificateSubject.place"
    )

    __table_args__ = (
        UniqueConstraint("issued_on", "terminal_name", "printer_name", "serial"),
        CheckConstraint("serial >= 1 AND pages >= 1", name="counts_positive"),
        CheckConstraint(
            "disposed_at IS NULL OR (disposed_by IS NOT NULL AND disposal_reason IS NOT NULL)",
            name="disposal_explained",
        ),
        Index("ix_certificate_issue_issued_at", "issued_at"),
        Index("ix_certificate_issue_user_login", "user_login", "issued_at"),
    )


class CertificateSubject(Base):
    """交付対象者: a person on a copy, with the snapshot that was printed."""

    __tablename__ = "certificate_subject"

    issue_id: Mapped[str] = mapped_column(ForeignKey("certificate_issue.id"), primary_key=True)
    addressee_number: Mapped[str] = mapped_column(ForeignKey("addressee.number"), primary_key=True)
    history_number: Mapped[int]
    place: Mapped[int]

    issue: Mapped[CertificateIssue] = relationship(back_populates="subjects")

    __table_args__ = (Index("ix_certificate_subject_addressee", "addressee_number"),)
