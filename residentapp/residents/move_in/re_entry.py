"""Letting somebody who is entered continue a removed record (再転入, RR-4.1.1.2)."""

from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Session

from residentapp.core.access.actor import Actor
from residentapp.core.crypto import Keyring
from residentapp.residents.move_in import edits, queries
from residentapp.residents.move_in.operations import recorded_texts
from residentapp.residents.move_in.types import MoveInEntry


def take_over(
    session: Session,
    actor: Actor,
    keyring: Keyring,
    number: str,
    entry: MoveInEntry,
    key: str,
    *,
    now: dt.datetime,
    special: bool = False,
) -> MoveInEntry:
    """The entry with a person who continues a removed record (RR-4.1.1.2c).

    :param special: 特例転入: what was received wins over the record, except for the 氏名.
    :raises ValueError: when the record is not one of those that the entry of this person was found to equal: a number
        sent by hand must not open anybody's record.
    """
    matches = queries.find_matches(session, keyring, entry, now=now).get(key, ())
    if not any(match.addressee_number == number and not match.live for match in matches):
        raise ValueError("this record was not offered for this person")
    texts = recorded_texts(session, actor, keyring, number, entry, key)
    return edits.take_over_record(entry, key, number, texts, own_name=special)
