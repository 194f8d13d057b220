"""What a notice of another office is kept with, whoever sent it."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from sqlalchemy import ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column


class NoticeColumns:
    """Columns of a table of notices that wait for the office; ``waiting_notices`` works on them.

    A table adds ``state`` with its own code list, and ``change_id``, the change that a notice became.
    """

    if TYPE_CHECKING:
        state: Mapped[Any]
        change_id: Mapped[int | None]

    id: Mapped[int] = mapped_column(primary_key=True)
    received_at: Mapped[dt.datetime]
    body_cipher: Mapped[bytes] = mapped_column(LargeBinary)
    """The notice as it came, encrypted."""
    problem: Mapped[str | None]
    """Why it was not taken in by itself; no personal value stands in it."""
    addressee_number: Mapped[str | None] = mapped_column(ForeignKey("addressee.number"))
    """Whom it is about; of one that is not taken in, whom it seems to be about."""
    case_id: Mapped[str | None] = mapped_column(ForeignKey("change_case.id"))
    """The case in which it is entered."""
    note: Mapped[str | None]
    """Why staff left it out."""
    settled_at: Mapped[dt.datetime | None]
    settled_by: Mapped[str | None]
