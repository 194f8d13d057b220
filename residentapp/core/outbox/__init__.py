"""Messages to and from other systems: written with the change they tell of, sent and taken outside of it (DX-4.1).

``operations`` writes and moves messages of the outbox, ``inbox`` those of the inbox, ``transport`` carries them,
``exchange`` does the work step by step. Nothing here knows what a message says.
"""

from residentapp.core.outbox.inbox import ignore, inbox_handler, receive, take
from residentapp.core.outbox.models import InboxMessage, OutboxMessage
from residentapp.core.outbox.operations import (
    body_of,
    complete,
    hold,
    mark_failed,
    mark_sent,
    next_batch,
    put,
    put_all,
    resend,
    supersede,
    withdraw,
)
from residentapp.core.outbox.types import (
    InboxProblem,
    InboxState,
    MessageChanged,
    MessageState,
    Outgoing,
    Partner,
    TryLater,
)

__all__ = [
    "InboxMessage",
    "InboxProblem",
    "InboxState",
    "MessageChanged",
    "MessageState",
    "OutboxMessage",
    "Outgoing",
    "Partner",
    "TryLater",
    "body_of",
    "complete",
    "hold",
    "ignore",
    "inbox_handler",
    "mark_failed",
    "mark_sent",
    "next_batch",
    "put",
    "put_all",
    "receive",
    "resend",
    "supersede",
    "take",
    "withdraw",
]
