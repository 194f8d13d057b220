"""Tables of the outbox and the inbox.

What a message says is encrypted as a whole, because it holds 個人番号 and the whereabouts of protected people. What
stands beside it in the clear is needed to find and order messages.
"""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import CheckConstraint, Enum, ForeignKey, Index, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from residentapp.core.db.base import Base
from residentapp.core.db.types import code_column
from residentapp.core.outbox.types import InboxState, MessageState, Partner


def _partner() -> Enum:
    """A partner's code, without CHECK: a new partner must not need a new schema."""
    return Enum(
        Partner,
        native_enum=False,
        create_constraint=False,
        values_callable=lambda members: [member.value for member in members],
        length=20,
        validate_strings=True,
    )


class OutboxSubject(Base):
    """Last sequence number given for a person at a partner; its row is held until the transaction ends."""

    __tablename__ = "outbox_subject"

    destination: Mapped[Partner] = mapped_column(_partner(), primary_key=True)
    subject: Mapped[str] = mapped_column(String(20), primary_key=True)
    last_sequence: Mapped[int]


class OutboxMessage(Base):
    """One message to one partner about one person."""

    __tablename__ = "outbox_message"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(
        String(32), unique=True, default=lambda: uuid.uuid4().hex, insert_sentinel=True
    )
    """Names the message to the receiver, who drops what has come twice; several go into the database at once by it."""
    destination: Mapped[Partner] = mapped_column(_partner())
    kind: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(String(20))
    """宛名番号."""
    sequence: Mapped[int]
    """1, 2, 3 … per partner and person: the order in which messages are sent."""
    recipient: Mapped[str | None] = mapped_column(String(6))
    """市区町村コード of the municipality it is for, where the partner only passes it on."""
    category: Mapped[str | None] = mapped_column(String(20))
    """区分 by which lists tell messages of one kind apart, where the module that writes it has one."""
    payload: Mapped[bytes] = mapped_column(LargeBinary)
    change_id: Mapped[int | None]
    """The change that the message tells of; a plain number, because this package knows no register."""
    state: Mapped[MessageState] = mapped_column(code_column(MessageState, "state"))
    created_at: Mapped[dt.datetime]
    claimed_at: Mapped[dt.datetime | None]
    """When a sender took it; a sender that died is noticed by an old moment here."""
    sent_at: Mapped[dt.datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    error: Mapped[str | None]
    """Why it failed or is held, without personal values."""
    note: Mapped[str | None]
    """What an officer wrote on resending, holding or withdrawing it."""
    resends: Mapped[str | None] = mapped_column(String(32), ForeignKey("outbox_message.key"))
    reverses: Mapped[str | None] = mapped_column(String(32), ForeignKey("outbox_message.key"))

    __table_args__ = (
        CheckConstraint("sequence >= 1 AND attempts >= 0", name="counts"),
        CheckConstraint("(state = 'sent') = (sent_at IS NOT NULL)", name="sent_has_moment"),
        CheckConstraint("state <> 'sending' OR claimed_at IS NOT NULL", name="sending_has_moment"),
        # A message that replaces a failed one takes its place in the order.
        Index(
            "uq_outbox_message_place",
            "destination",
            "subject",
            "sequence",
            unique=True,
            sqlite_where=text("state <> 'superseded'"),
            postgresql_where=text("state <> 'superseded'"),
        ),
        Index(
            "ix_outbox_message_open",
            "destination",
            "subject",
            "sequence",
            sqlite_where=text("state IN ('held', 'waiting', 'sending', 'failed')"),
            postgresql_where=text("state IN ('held', 'waiting', 'sending', 'failed')"),
        ),
        Index("ix_outbox_message_subject", "subject", "id"),
        Index("ix_outbox_message_change", "change_id", "subject"),
        Index("ix_outbox_message_state", "state", "id"),
        Index("ix_outbox_message_created", "created_at"),
    )


class InboxMessage(Base):
    """One message from one partner."""

    __tablename__ = "inbox_message"

    id: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[Partner] = mapped_column(_partner())
    kind: Mapped[str] = mapped_column(String(40))
    external_id: Mapped[str] = mapped_column(String(100))
    """The sender's id; the same again is a repeat."""
    received_at: Mapped[dt.datetime]
    payload: Mapped[bytes] = mapped_column(LargeBinary)
    body_hash: Mapped[bytes] = mapped_column(LargeBinary)
    """Keyed hash of the content, to tell a repeat from another message under the same id."""
    repeats: Mapped[int] = mapped_column(default=0)
    state: Mapped[InboxState] = mapped_column(code_column(InboxState, "state"))
    error: Mapped[str | None]
    """Why it could not be taken in, without personal values."""
    note: Mapped[str | None]
    """Why an officer left it out."""
    taken_at: Mapped[dt.datetime | None]
    change_id: Mapped[int | None]

    __table_args__ = (
        UniqueConstraint("source", "external_id"),
        CheckConstraint("repeats >= 0", name="repeats_counted"),
        CheckConstraint("state <> 'taken' OR taken_at IS NOT NULL", name="taken_has_moment"),
        CheckConstraint("state <> 'ignored' OR note IS NOT NULL", name="ignored_is_explained"),
        Index("ix_inbox_message_state", "state", "id"),
        Index("ix_inbox_message_received", "received_at"),
    )
