"""転出証明書情報 that came ahead of the visit (RR-4.1.1.3): 特例転入 and 引越しワンストップ."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from residentapp.core.db.base import Base
from residentapp.core.db.types import code_column
from residentapp.residents.move_in.types import ReceivedState


class ReceivedCertificate(Base):
    """What another municipality sent of one person who has moved out of it."""

    __tablename__ = "received_certificate"

    id: Mapped[int] = mapped_column(primary_key=True)
    received_at: Mapped[dt.datetime]
    state: Mapped[ReceivedState] = mapped_column(code_column(ReceivedState, "state"))
    sender: Mapped[str]
    """転出元市区町村 with its prefecture."""
    planned_on: Mapped[dt.date | None]
    """転出予定年月日."""
    family_hash: Mapped[bytes] = mapped_column(LargeBinary)
    """Keyed hash of what a family has in common: those who moved out together are taken in together."""
    person_hash: Mapped[bytes] = mapped_column(LargeBinary)
    """Keyed hash of who it is: what is sent again takes the place of what came before."""
    body_cipher: Mapped[bytes] = mapped_column(LargeBinary)
    case_id: Mapped[str | None] = mapped_column(ForeignKey("change_case.id"))
    """The move-in that was begun with it."""
    note: Mapped[str | None]
    """Why staff left it out."""

    __table_args__ = (
        CheckConstraint("state <> 'ignored' OR note IS NOT NULL", name="left_out_with_reason"),
        Index("ix_received_certificate_state", "state", "received_at"),
        Index("ix_received_certificate_family", "family_hash"),
        Index("ix_received_certificate_case", "case_id"),
    )
