"""Cases: drafts and provisional entries, apart from the register (RR-4.0.8)."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from residentapp.core.db.base import Base
from residentapp.core.db.types import code_column
from residentapp.residents.cases.types import CaseState


class ChangeCase(Base):
    """One change from the first key to the register.

    ``payload`` is the entry, encrypted: it holds 個人番号. What stands beside it is what work lists need: no name,
    no number. Nothing outside this package and the procedures reads the table, so that provisional data reach no search
    and no certificate. Once registered, the entry has become snapshots and the payload is emptied; the changes name
    the case they came from.
    """

    __tablename__ = "change_case"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    """Opaque, so that addresses of pages tell nothing."""
    version: Mapped[int]
    """Rises with every saving and every step; whoever acts names the version that was seen."""
    state: Mapped[CaseState] = mapped_column(code_column(CaseState, "state"))
    procedure: Mapped[str] = mapped_column(String(30))
    """Which procedure reads the payload."""
    kind: Mapped[str] = mapped_column(String(40))
    """Code of the kind of change within the procedure."""
    kind_label: Mapped[str]
    scope_label: Mapped[str] = mapped_column(default="")
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
    finalized_on: Mapped[dt.date | None]
    """処理日 of the changes it became. Approver and day of approval are not registered (RR-4.0.8e)."""
    notifier_cipher: Mapped[bytes | None] = mapped_column(LargeBinary)
    """届出人の氏名, encrypted, also when it is blank: what the 住民異動届受理通知 needs on later days (RR-4.1.0.3).
    Empty while the case is open, and where nobody kept it (cases registered before this column)."""

    __table_args__ = (
        CheckConstraint("version >= 1", name="version_positive"),
        CheckConstraint("people >= 0", name="people_not_negative"),
        CheckConstraint("(state = 'final') = (finalized_on IS NOT NULL)", name="final_has_day"),
        CheckConstraint("(state IN ('final', 'withdrawn')) = (payload IS NULL)", name="open_has_payload"),
        Index("ix_change_case_state", "state", "saved_at"),
        Index("ix_change_case_entered_by", "entered_by", "state"),
        Index("ix_change_case_finalized_on", "finalized_on"),
    )


class ChangeCaseNumber(Base):
    """Keyed hashes of the numbers in a provisional case, so that nobody is entered in two cases at once."""

    __tablename__ = "change_case_number"

    case_id: Mapped[str] = mapped_column(ForeignKey("change_case.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(40), primary_key=True)
    number_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)

    __table_args__ = (Index("ix_change_case_number_hash", "kind", "number_hash"),)
