"""What the history of issues keeps of a 閲覧用 beyond other certificates: by which right it was made, and who is on it.

Rows are never changed: triggers refuse it (``core.db.fixed_tables``). The people are kept by the snapshots that were
printed, so that the same list can be made again from the register's own history.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from residentapp.core.db.base import Base
from residentapp.core.db.types import code_column
from residentapp.residents.reading.types import Basis, Medium, Order

#: Tables whose rows stay as they were written, and the function that keeps them.
FIXED = ("reading_copy", "reading_copy_subject")
GUARD = "reading_copy_guard"


class ReadingCopy(Base):
    """A 閲覧用 in the history of issues (RR-1.3.8a, RR-9.5)."""

    __tablename__ = "reading_copy"

    issue_id: Mapped[str] = mapped_column(ForeignKey("certificate_issue.id"), primary_key=True)
    basis: Mapped[Basis] = mapped_column(code_column(Basis, "basis"))
    order: Mapped[Order] = mapped_column("sort_order", code_column(Order, "sort_order"))
    medium: Mapped[Medium] = mapped_column(code_column(Medium, "medium"))
    with_suppressed: Mapped[bool]
    """Nobody was left out; the officer in charge had let it out."""
    people: Mapped[int]
    """How many stand on it."""
    conditions: Mapped[dict[str, Any]]
    """Who was asked for (:meth:`Conditions.kept`)."""

    __table_args__ = (CheckConstraint("people >= 1", name="somebody_on_it"),)


class ReadingCopySubject(Base):
    """交付対象者: a person on a 閲覧用, with the snapshot that was printed."""

    __tablename__ = "reading_copy_subject"

    issue_id: Mapped[str] = mapped_column(ForeignKey("reading_copy.issue_id"), primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """Line of the list, from 1."""
    addressee_number: Mapped[str] = mapped_column(ForeignKey("addressee.number"))
    history_number: Mapped[int]

    __table_args__ = (Index("ix_reading_copy_subject_addressee", "addressee_number"),)
