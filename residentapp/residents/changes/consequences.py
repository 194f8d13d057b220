"""What follows from a registered change in other modules, in the same transaction (RR-7.1.1.1a, RR-3.4i).

Importing this module lets it happen; everything that carries plans into the register imports it.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Session

from residentapp.core.access.actor import Actor
from residentapp.core.crypto import Keyring
from residentapp.residents import history
from residentapp.residents.changes.register import RegisteredStep, after_registration
from residentapp.residents.messages.writing import write_messages
from residentapp.residents.support.moves import on_move_out
from residentapp.residents.types import ResidentState


@after_registration
def tell_other_systems(
    session: Session, actor: Actor, keyring: Keyring, registered: RegisteredStep, *, now: dt.datetime
) -> None:
    """Messages of the change: of a 特例による転出 its 転出証明書情報 too, of a 特別永住者証明書 its handing over."""
    write_messages(
        session,
        keyring,
        registered.change,
        now=now,
        special_move_out=registered.step.special,
        handed_over=registered.step.handed_over,
    )


@after_registration
def keep_protecting(
    session: Session, actor: Actor, keyring: Keyring, registered: RegisteredStep, *, now: dt.datetime
) -> None:
    """A support measure of somebody who has left goes on as one of the 前住所地, so that nothing lapses."""
    now_recorded = history.latest_of(session, registered.numbers)
    for number in registered.numbers:
        if now_recorded[number].state is ResidentState.MOVED_OUT:
            on_move_out(session, actor, keyring, number, now=now)
