"""発行の確認: one barred certificate request, put to the 支援措置責任者, and what they decided (RR-3.4b)."""

from __future__ import annotations

import datetime as dt
import enum

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from residentapp.core.db.base import Base
from residentapp.core.db.types import code_column


class Decision(enum.StrEnum):
    """What the officer in charge decided."""

    GRANTED = "granted"
    REFUSED = "refused"

    @property
    def label(self) -> str:
        """Label on screens."""
        return {"granted": "発行を認める", "refused": "発行を認めない"}[self.value]


class CertificateReview(Base):
    """One request for one output. Granted, it opens exactly that request, to that clerk, once, until a moment."""

    __tablename__ = "certificate_review"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    """Unguessable; names nobody."""
    request_hash: Mapped[bytes] = mapped_column(LargeBinary)
    """Keyed hash of the whole request: what is issued is what was reviewed, item by item."""
    request_cipher: Mapped[bytes] = mapped_column(LargeBinary)
    page_state_id: Mapped[str]
    """The clerk's page, to be opened again."""
    asked_at: Mapped[dt.datetime]
    asked_by: Mapped[str]
    asked_by_name: Mapped[str]
    office_name: Mapped[str]
    terminal_name: Mapped[str]
    decision: Mapped[Decision | None] = mapped_column(code_column(Decision, "decision"))
    decided_at: Mapped[dt.datetime | None]
    decided_by: Mapped[str | None]
    decided_by_name: Mapped[str | None]
    reason_cipher: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Why; kept from the clerk who asked."""
    valid_until: Mapped[dt.datetime | None]
    used_at: Mapped[dt.datetime | None]

    subjects: Mapped[list[CertificateReviewSubject]] = relationship()
    issues: Mapped[list[CertificateReviewIssue]] = relationship()

    __table_args__ = (
        CheckConstraint(
            "(decision IS NULL) = (decided_at IS NULL) AND (decision IS NULL) = (decided_by IS NULL)",
            name="decision_whole",
        ),
        CheckConstraint("decision <> 'granted' OR valid_until IS NOT NULL", name="granted_for_a_time"),
        CheckConstraint("used_at IS NULL OR decision = 'granted'", name="used_when_granted"),
        Index("ix_certificate_review_asked_by", "asked_by", "asked_at"),
        Index("ix_certificate_review_request_hash", "request_hash"),
    )


class CertificateReviewSubject(Base):
    """For whom."""

    __tablename__ = "certificate_review_subject"

    review_id: Mapped[str] = mapped_column(ForeignKey("certificate_review.id"), primary_key=True)
    addressee_number: Mapped[str] = mapped_column(ForeignKey("addressee.number"), primary_key=True)

    __table_args__ = (Index("ix_certificate_review_subject_addressee", "addressee_number"),)


class CertificateReviewIssue(Base):
    """The certificates that a granted review let out."""

    __tablename__ = "certificate_review_issue"

    issue_id: Mapped[str] = mapped_column(ForeignKey("certificate_issue.id"), primary_key=True)
    review_id: Mapped[str] = mapped_column(ForeignKey("certificate_review.id"))

    __table_args__ = (Index("ix_certificate_review_issue_review", "review_id"),)
