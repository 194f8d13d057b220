"""Cases of move-in: drafts and provisional entries, apart from the register (RR-4.0.8)."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from residentapp.core.db.base import Base
from residentapp.core.db.types import code_column
from residentapp.residents.move_in.types import CaseState, MoveInKind, Scope


class MoveInCase(Base):
    """One move-in from the first key to the register.

    ``payload`` is the entry, encrypted: it holds 個人番号. What stands beside it is what work lists need: no name,
    no number. Nothing outside this package reads the table, so that provisional data reach no search and no
    certificate. Once registered, the entry has become snapshots and the payload is emptied.
    """

    __tablename__ = "move_in_case"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    """Opaque, so that addresses of pages tell nothing."""
    version: Mapped[int]
    """Rises with every saving and every step; whoever acts names the version that was seen."""
    state: Mapped[CaseState] = mapped_column(code_column(CaseState, "state"))
    kind: Mapped[MoveInKind] = mapped_column(code_column(MoveInKind, "kind"))
    scope: Mapped[Scope] = mapped_column(code_column(Scope, "scope"))
    people: Mapped[int]
    payload: Mapped[bytes | None] = mapped_column(LargeBinary)
    entered_by: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    entered_by_login: Mapped[str]
    entered_by_name: Mapped[str]
    editors: Mapped[list[str]] = mapped_column(default=list)
    """Login names of all who have changed the entry: none of them may approve it."""
    office_code: Mapped[str]
    office_name: Mapped[str]
    terminal_code: Mapped[str]
    terminal_name: Mapped[str]
    started_at: Mapped[dt.datetime]
    saved_at: Mapped[dt.datetime]
    provisional_at: Mapped[dt.datetime | None]
    returned_reason: Mapped[str | None]
    returned_by_name: Mapped[str | None]
    withdrawn_reason: Mapped[str | None]
    change_id: Mapped[int | None] = mapped_column(ForeignKey("resident_change.id"))
    """The change it became. Approver and day of approval are not registered (RR-4.0.8e); the audit log has them."""

    __table_args__ = (
        CheckConstraint("version >= 1", name="version_positive"),
        CheckConstraint("people >= 0", name="people_not_negative"),
        CheckConstraint("(state = 'final') = (change_id IS NOT NULL)", name="final_has_change"),
        CheckConstraint("(state IN ('final', 'withdrawn')) = (payload IS NULL)", name="open_has_payload"),
        Index("ix_move_in_case_state", "state", "saved_at"),
        Index("ix_move_in_case_entered_by", "entered_by", "state"),
    )


class MoveInCaseNumber(Base):
    """Keyed hashes of the numbers in an open case, so that nobody is entered in two cases at once."""

    __tablename__ = "move_in_case_number"

    case_id: Mapped[str] = mapped_column(ForeignKey("move_in_case.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(40), primary_key=True)
    number_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)

    __table_args__ = (Index("ix_move_in_case_number_hash", "kind", "number_hash"),)
