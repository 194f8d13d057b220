"""What a message says: JSON, encrypted under a context of its own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from residentapp.core.crypto import Keyring
from residentapp.core.outbox.models import InboxMessage, OutboxMessage
from residentapp.core.outbox.types import Partner


def encode(body: Mapping[str, Any]) -> str:
    """JSON of a body in its own order, in which screens show it.

    :raises TypeError: for a value that JSON does not know.
    """
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))


def _outbox_context(key: str) -> str:
    return f"outbox_message:{key}"


def _inbox_context(source: Partner, external_id: str) -> str:
    return f"inbox_message:{source.value}:{external_id}"


def seal(keyring: Keyring, key: str, body: Mapping[str, Any]) -> bytes:
    """The encrypted body of a message to send."""
    return keyring.encrypt(encode(body), context=_outbox_context(key))


def unseal(keyring: Keyring, message: OutboxMessage) -> dict[str, Any]:
    """The body of a message to send.

    :raises DecryptionError: when it belongs to another message or was changed.
    """
    found: dict[str, Any] = json.loads(
        keyring.decrypt_text(message.payload, context=_outbox_context(message.key))
    )
    return found


def seal_received(keyring: Keyring, source: Partner, external_id: str, body: Mapping[str, Any]) -> bytes:
    """The encrypted body of a message received."""
    return keyring.encrypt(encode(body), context=_inbox_context(source, external_id))


def unseal_received(keyring: Keyring, message: InboxMessage) -> dict[str, Any]:
    """The body of a message received; errors as :func:`unseal`."""
    context = _inbox_context(message.source, message.external_id)
    found: dict[str, Any] = json.loads(keyring.decrypt_text(message.payload, context=context))
    return found


def hash_received(keyring: Keyring, source: Partner, kind: str, body: Mapping[str, Any]) -> bytes:
    """Keyed hash of what a received message says, in whatever order it says it."""
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return keyring.lookup_hash(f"{kind}\n{text}", context=f"inbox_body:{source.value}")
