"""Support measures (支援措置) and suppressions (抑止).

Sources: RR-1.1.16, RR-3.1, RR-3.4; 住民基本台帳事務における支援措置. What leaves the query layer about a protected
person is decided in ``residents.protection``, not here. Nothing of it is ever deleted: the database refuses it
(``residents.support.ddl``); who no longer belongs to a measure has a day on which that began. Texts that tell of
people, of violence or of places stand encrypted; ``residents.support.sealed`` reads and writes them.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column, relationship

from residentapp.core.db.base import Base
from residentapp.core.db.types import code_column
from residentapp.core.violations import Level
from residentapp.residents.support.types import Blocked, Capacity, Direction, EndReason, EventKind, Role
from residentapp.residents.types import SuppressedProcess, SuppressionCause


def _everything() -> list[str]:
    return [blocked.value for blocked in Blocked]


class SupportMeasure(Base):
    """One measure: its term, and the people it protects. Its end does not lift the suppressions (RR-3.1e)."""

    __tablename__ = "support_measure"

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(default=1)
    """Counts the edits: who looked at an older state cannot overwrite a newer one."""
    capacity: Mapped[Capacity] = mapped_column(code_column(Capacity, "capacity"), default=Capacity.CURRENT)
    role: Mapped[Role] = mapped_column(code_column(Role, "role"), default=Role.FIRST)
    provisional: Mapped[bool] = mapped_column(default=False)
    """仮支援措置."""
    provisional_from: Mapped[dt.date | None]
    """仮支援措置の開始年月日; kept when the measure has started."""
    receiving_municipality: Mapped[str]
    """当初受付市区町村."""
    applied_on: Mapped[dt.date | None]
    """申出年月日; empty only where an earlier system did not keep it."""
    first_started_on: Mapped[dt.date | None]
    """First day of the first term, before any extension."""
    starts_on: Mapped[dt.date | None]
    """開始年月日 of the present term; empty while the measure has only been provisional."""
    ends_on: Mapped[dt.date | None]
    """終了年月日 of the present term."""
    closed_on: Mapped[dt.date | None]
    """Day on which staff ended the measure (RR-3.4g); empty while it stands."""
    closed_reason: Mapped[EndReason | None] = mapped_column(code_column(EndReason, "closed_reason"))
    blocked: Mapped[list[str]] = mapped_column(default=_everything)
    """Codes of ``Blocked``: affairs and addresses."""
    levels: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Level by process of the suppressions that the measure sets for each of its people."""
    details_cipher: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Blocked addresses in words, note, reason of an odd term."""

    members: Mapped[list[SupportMember]] = relationship(back_populates="measure")
    offenders: Mapped[list[SupportOffender]] = relationship(back_populates="measure")
    transfers: Mapped[list[SupportTransfer]] = relationship(back_populates="measure")

    __table_args__ = (
        CheckConstraint("ends_on >= starts_on", name="term_in_order"),
        CheckConstraint("(starts_on IS NULL) = (ends_on IS NULL)", name="term_whole"),
        CheckConstraint("provisional OR starts_on IS NOT NULL", name="provisional_or_started"),
        CheckConstraint("NOT provisional OR provisional_from IS NOT NULL", name="provisional_begins"),
        CheckConstraint("closed_reason IS NULL OR closed_on IS NOT NULL", name="closed_explained"),
        Index("ix_support_measure_ends_on", "ends_on"),
    )


class SupportMember(Base):
    """A protected person: the 申出者 or someone for whom support is asked along with them."""

    __tablename__ = "support_member"

    measure_id: Mapped[int] = mapped_column(ForeignKey("support_measure.id"), primary_key=True)
    addressee_number: Mapped[str] = mapped_column(ForeignKey("addressee.number"), primary_key=True)
    is_applicant: Mapped[bool]
    relation: Mapped[str | None]
    removed_on: Mapped[dt.date | None]
    """Day on which staff took the person out of the measure."""
    details_cipher: Mapped[bytes | None] = mapped_column(LargeBinary)
    """``PersonDetails``."""

    measure: Mapped[SupportMeasure] = relationship(back_populates="members")

    __table_args__ = (Index("ix_support_member_addressee", "addressee_number"),)


class SupportOffender(Base):
    """加害者, as the applicant named them."""

    __tablename__ = "support_offender"

    id: Mapped[int] = mapped_column(primary_key=True)
    measure_id: Mapped[int] = mapped_column(ForeignKey("support_measure.id"))
    addressee_number: Mapped[str | None] = mapped_column(ForeignKey("addressee.number"))
    """Only when recorded in this municipality."""
    removed_on: Mapped[dt.date | None]
    details_cipher: Mapped[bytes] = mapped_column(LargeBinary)
    """``OffenderDetails``."""

    measure: Mapped[SupportMeasure] = relationship(back_populates="offenders")

    __table_args__ = (
        Index("ix_support_offender_measure", "measure_id"),
        Index("ix_support_offender_addressee", "addressee_number"),
    )


class SupportTransfer(Base):
    """転送情報: an application that went to another municipality or came from one (RR-1.1.16c)."""

    __tablename__ = "support_transfer"

    id: Mapped[int] = mapped_column(primary_key=True)
    measure_id: Mapped[int] = mapped_column(ForeignKey("support_measure.id"))
    direction: Mapped[Direction] = mapped_column(code_column(Direction, "direction"))
    happened_on: Mapped[dt.date]
    """転送年月日, or the day on which the forwarded 申出書 was received."""
    told_on: Mapped[dt.date | None]
    """Day on which the applicant was told that no need was confirmed."""
    details_cipher: Mapped[bytes] = mapped_column(LargeBinary)
    """The other municipality, and a note."""

    measure: Mapped[SupportMeasure] = relationship(back_populates="transfers")

    __table_args__ = (
        CheckConstraint("told_on IS NULL OR direction = 'in'", name="told_only_when_received"),
        Index("ix_support_transfer_measure", "measure_id"),
    )


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
    note_cipher: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Why it was set."""
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
        Index("ix_suppression_measure", "measure_id"),
    )


class ProtectionEvent(Base):
    """Who did what to a measure or a suppression, and when; the rows cannot be changed."""

    __tablename__ = "protection_event"

    id: Mapped[int] = mapped_column(primary_key=True)
    moment: Mapped[dt.datetime]
    kind: Mapped[EventKind] = mapped_column(code_column(EventKind, "kind"))
    measure_id: Mapped[int | None] = mapped_column(ForeignKey("support_measure.id"))
    suppression_id: Mapped[int | None] = mapped_column(ForeignKey("suppression.id"))
    addressee_number: Mapped[str | None] = mapped_column(ForeignKey("addressee.number"))
    household_number: Mapped[str | None] = mapped_column(ForeignKey("household.number"))
    user_login: Mapped[str]
    user_name: Mapped[str]
    office_name: Mapped[str]
    terminal_name: Mapped[str]
    facts: Mapped[dict[str, Any]]
    """Process, level and days of a suppression as they were after the event: what other systems are told."""
    content_cipher: Mapped[bytes] = mapped_column(LargeBinary)
    """Reason, and what was changed: label → before and after."""

    __table_args__ = (
        CheckConstraint("measure_id IS NOT NULL OR suppression_id IS NOT NULL", name="about_something"),
        Index("ix_protection_event_measure", "measure_id"),
        Index("ix_protection_event_suppression", "suppression_id"),
        Index("ix_protection_event_addressee", "addressee_number"),
        Index("ix_protection_event_household", "household_number"),
    )
