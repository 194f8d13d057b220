"""Support measures (支援措置) and suppressions (抑止).

Sources: RR-1.1.16, RR-3.1, RR-3.4; 住民基本台帳事務における支援措置. What leaves the query layer about a protected
person is decided in ``residents.protection``, not here.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from residentapp.core.db.base import Base
from residentapp.core.db.types import code_column
from residentapp.core.violations import Level
from residentapp.residents.types import SuppressedProcess, SuppressionCause


class SupportMeasure(Base):
    """One measure: its term, and the people it protects. Its end does not lift the suppressions (RR-3.1e)."""

    __tablename__ = "support_measure"

    id: Mapped[int] = mapped_column(primary_key=True)
    provisional: Mapped[bool] = mapped_column(default=False)
    """仮支援措置."""
    receiving_municipality: Mapped[str]
    """当初受付市区町村."""
    starts_on: Mapped[dt.date]
    ends_on: Mapped[dt.date]
    closed_on: Mapped[dt.date | None]
    """Day on which staff ended the measure (RR-3.4g); empty while it stands."""

    members: Mapped[list[SupportMember]] = relationship(back_populates="measure")

    __table_args__ = (CheckConstraint("ends_on >= starts_on", name="term_in_order"),)


class SupportMember(Base):
    """A protected person: the 申出者 or someone for whom support is asked along with them."""

    __tablename__ = "support_member"

    measure_id: Mapped[int] = mapped_column(ForeignKey("support_measure.id"), primary_key=True)
    addressee_number: Mapped[str] = mapped_column(ForeignKey("addressee.number"), primary_key=True)
    is_applicant: Mapped[bool]
    relation: Mapped[str | None]

    measure: Mapped[SupportMeasure] = relationship(back_populates="members")

    __table_args__ = (Index("ix_support_member_addressee", "addressee_number"),)


class Suppression(Base):
    """One suppression of one process for one person or one household.

    It stands from its start until staff release it; passing the end date does not end it (RR-3.1e).
    """

    __tablename__ = "suppression"

    id: Mapped[int] = mapped_column(primary_key=True)
    addressee_number: Mapped[str | None] = mapped_column(ForeignKey("addressee.number"))
    household_number: Mapped[str | None] = mapped_column(ForeignKey("household.number"))
    process: Mapped[SuppressedProcess] = mapped_column(code_column(SuppressedProcess, "process"))
    level: Mapped[Level] = mapped_column(code_column(Level, "level"))
    cause: Mapped[SuppressionCause] = mapped_column(code_column(SuppressionCause, "cause"))
    measure_id: Mapped[int | None] = mapped_column(ForeignKey("support_measure.id"))
    note: Mapped[str | None]
    starts_on: Mapped[dt.date]
    ends_on: Mapped[dt.date | None]
    released_at: Mapped[dt.datetime | None]
    lifted_until: Mapped[dt.datetime | None]
    """Temporary lift: until then the suppression rests, then it is back by itself (RR-3.1b)."""

    __table_args__ = (
        CheckConstraint(
            "(addressee_number IS NULL) <> (household_number IS NULL)", name="person_or_household"
        ),
        Index("ix_suppression_addressee", "addressee_number"),
        Index("ix_suppression_household", "household_number"),
    )
