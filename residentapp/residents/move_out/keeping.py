"""What is kept of a move-out beside the register, and found again on its day and for its papers."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session, aliased

from residentapp.core.access.actor import Actor
from residentapp.core.crypto import Keyring
from residentapp.residents.cases.models import ChangeCase
from residentapp.residents.cases.types import Registered
from residentapp.residents.changes.rules import move_out as rules
from residentapp.residents.changes.rules.household import new_head_of_rest
from residentapp.residents.changes.rules.reading import relationship_text
from residentapp.residents.changes.rules.ward_move import LEFT_THE_WARD
from residentapp.residents.changes.spec import Group, spec_of
from residentapp.residents.changes.types import ChangeEntry
from residentapp.residents.models import ResidentChange, ResidentHistory
from residentapp.residents.move_out.models import MoveOut
from residentapp.residents.move_out.types import HeadChoice, Paper
from residentapp.residents.remarks.rules import Adoption
from residentapp.residents.types import ChangeReason

#: 異動事由 of a notified move-out whose day may lie ahead.
MOVE_OUTS = (ChangeReason.MOVE_OUT_DOMESTIC, ChangeReason.MOVE_OUT_ABROAD)


@dataclass(frozen=True)
class Details:
    """What is encrypted of a move-out.

    :param destination_head: 転出先の世帯主; empty when it was not told.
    :param adoption: it follows from a special adoption or its dissolution (RR-1.1.5c).
    """

    destination_head: str = ""
    choice: HeadChoice | None = None
    adoption: Adoption | None = None


def _context(change_id: int) -> str:
    return f"move_out:{change_id}"


def keep(
    session: Session,
    actor: Actor,
    keyring: Keyring,
    case: ChangeCase,
    entry: ChangeEntry,
    registered: Registered,
    *,
    now: dt.datetime,
) -> None:
    """Keep what the counter settled; the hook of the kind ``move_out``."""
    spec = spec_of(entry.kind)
    change_id = registered.change_ids[0]
    adoption = rules.adoption_of(entry.text("adoption"))
    details = Details(entry.text("planned_head"), choice_of(entry), adoption)
    session.add(
        MoveOut(
            change_id=change_id,
            paper=paper_of(
                by_office=spec.group is Group.EX_OFFICIO or rules.is_late(spec, entry),
                abroad=rules.is_abroad(entry),
            ),
            special=rules.is_special(entry),
            details_cipher=keyring.encrypt(_encode(details), context=_context(change_id)),
        )
    )
    session.flush()


def paper_of(*, by_office: bool, abroad: bool) -> Paper:
    """Which paper a move-out comes with (RR-4.1.3.0.3): none abroad, the equivalent one when it is removed by 職権."""
    if abroad:
        return Paper.NONE
    return Paper.EQUIVALENT if by_office else Paper.CERTIFICATE


def choice_of(entry: ChangeEntry) -> HeadChoice | None:
    """The head that was chosen for the household that stays, with everybody's 続柄; None when nobody was."""
    chosen = new_head_of_rest(entry)
    if chosen is None:
        return None
    others = {
        person.number: relationship_text(person)
        for person in entry.staying
        if person.number and person.key != chosen.key
    }
    return HeadChoice(chosen.number, others)


def _encode(details: Details) -> str:
    value: dict[str, Any] = {"destination_head": details.destination_head}
    if details.adoption is not None:
        value["adoption"] = details.adoption.value
    if details.choice is not None:
        value["new_head"] = details.choice.new_head
        value["relationships"] = dict(details.choice.relationships)
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def details_of(keyring: Keyring, row: MoveOut) -> Details:
    """What was settled, decrypted."""
    value = json.loads(keyring.decrypt_text(row.details_cipher, context=_context(row.change_id)))
    choice = HeadChoice(value["new_head"], value["relationships"]) if value.get("new_head") else None
    kept = value.get("adoption")
    # Before its dissolution could be entered, only that there was one was kept.
    adoption = Adoption.MADE if kept is True else Adoption(kept) if kept else None
    return Details(value["destination_head"], choice, adoption)


def _cancelled(number: str) -> Select[Any]:
    """Changes that were cancelled for a person."""
    undoing = aliased(ResidentHistory)
    return (
        select(ResidentChange.cancels_change_id)
        .join(undoing, undoing.change_id == ResidentChange.id)
        .where(undoing.addressee_number == number, ResidentChange.cancels_change_id.is_not(None))
    )


def notification_of(session: Session, number: str) -> ResidentChange | None:
    """The change by which a person's move-out was notified; of several the newest. None when there is none.

    A notification that was cancelled for the person is none.
    """
    query = (
        select(ResidentChange)
        .join(ResidentHistory, ResidentHistory.change_id == ResidentChange.id)
        .where(
            ResidentHistory.addressee_number == number,
            ResidentChange.reason.in_(MOVE_OUTS),
            ResidentHistory.removal_occurred_on.is_not(None),
            # Of a 区間異動 the 転入 is notified; the ward left closes its record without anybody's notification.
            or_(ResidentHistory.removal_reason.is_(None), ResidentHistory.removal_reason != LEFT_THE_WARD),
            ResidentChange.id.not_in(_cancelled(number)),
        )
        .order_by(ResidentHistory.history_number.desc())
        .limit(1)
    )
    return session.scalars(query).one_or_none()


def by_adoption(session: Session, keyring: Keyring, number: str) -> Adoption | None:
    """The special adoption, or its dissolution, from which a person's newest move-out followed (RR-1.1.5c)."""
    query = (
        select(MoveOut)
        .join(ResidentHistory, ResidentHistory.change_id == MoveOut.change_id)
        .where(ResidentHistory.addressee_number == number, MoveOut.change_id.not_in(_cancelled(number)))
        .order_by(ResidentHistory.history_number.desc())
        .limit(1)
    )
    row = session.scalars(query).one_or_none()
    return details_of(keyring, row).adoption if row is not None else None
