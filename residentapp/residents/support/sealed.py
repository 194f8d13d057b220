"""Texts about protected people, offenders and places, encrypted at rest (CM-7, RR-1.1.16).

Each kind of text has a context of its own, so that a ciphertext put into another column opens nothing.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from typing import Any, TypeVar

from residentapp.core.crypto import Keyring
from residentapp.residents.support.types import OffenderDetails, PersonDetails

MEASURE = "support_measure"
MEMBER = "support_member"
OFFENDER = "support_offender"
TRANSFER = "support_transfer"
SUPPRESSION = "suppression_note"
EVENT = "protection_event"
REVIEW = "certificate_review"
REVIEW_REASON = "certificate_review_reason"

_Details = TypeVar("_Details", PersonDetails, OffenderDetails)


def seal(keyring: Keyring, value: Mapping[str, Any], context: str) -> bytes:
    """A mapping of JSON values, encrypted."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return keyring.encrypt(text, context=context)


def unseal(keyring: Keyring, cipher: bytes | None, context: str) -> dict[str, Any]:
    """The mapping that :func:`seal` encrypted; empty when nothing was kept."""
    if cipher is None:
        return {}
    value: dict[str, Any] = json.loads(keyring.decrypt_text(cipher, context=context))
    return value


def seal_details(keyring: Keyring, details: PersonDetails | OffenderDetails, context: str) -> bytes:
    """Details of a person; blanks are not kept."""
    return seal(keyring, {name: text for name, text in dataclasses.asdict(details).items() if text}, context)


def unseal_details(keyring: Keyring, cipher: bytes | None, kind: type[_Details], context: str) -> _Details:
    """The details that :func:`seal_details` encrypted."""
    kept = unseal(keyring, cipher, context)
    names = {field.name for field in dataclasses.fields(kind)}
    return kind(**{name: text for name, text in kept.items() if name in names})
