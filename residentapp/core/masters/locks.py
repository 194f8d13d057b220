"""One change of the masters at a time."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.orm import Session

#: PostgreSQL advisory lock of changes to masters ("mastr" in ASCII). SQLite has one writer anyhow.
_LOCK_KEY = 0x6D61737472


def lock_masters(session: Session) -> None:
    """Let one transaction at a time change masters, so that two together cannot make overlapping periods."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK_KEY})
