"""Table of what the server remembers between two pages of one user."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from residentapp.core.db import Base


class PageState(Base):
    """State of a page or a draft of an entry, kept on the server so that no address of a page tells a name.

    ``content`` is JSON, encrypted: it may hold anything a clerk types, numbers included (CM-7). Rows are not
    part of the register or of its history; they are thrown away at ``expires_at``.
    """

    __tablename__ = "page_state"
    __table_args__ = (Index("ix_page_state_user_id_kind", "user_id", "kind"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(60))
    content: Mapped[bytes] = mapped_column(LargeBinary)
    saved_at: Mapped[dt.datetime]
    expires_at: Mapped[dt.datetime] = mapped_column(index=True)
