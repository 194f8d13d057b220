"""Reads one message, masked for the one who asks (CM-5.1: whereabouts are kept back here, not in templates)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from residentapp.core.access.actor import Actor
from residentapp.core.access.permissions import Permission
from residentapp.core.addresses.municipalities import municipality_by_code
from residentapp.core.clock import day_of
from residentapp.core.crypto import DecryptionError, Keyring
from residentapp.core.numbering import INDIVIDUAL_NUMBER, RESIDENT_CODE
from residentapp.core.outbox.exchange import UNDECRYPTABLE
from residentapp.core.outbox.inbox import body_received
from residentapp.core.outbox.models import InboxMessage, OutboxMessage
from residentapp.core.outbox.operations import body_of
from residentapp.core.outbox.types import InboxState, MessageState
from residentapp.residents.messages.items import NUMBER_ITEMS, groups_of
from residentapp.residents.messages.kinds import label_of_kind
from residentapp.residents.messages.types import MessageKind
from residentapp.residents.models import ResidentHistory
from residentapp.residents.protection import HIDDEN, closed_snapshots, may_see_whereabouts, standings
from residentapp.residents.records.items import NO_RIGHT
from residentapp.residents.records.queries import person_of
from residentapp.residents.records.types import ItemGroup, Person
from residentapp.residents.removed_records import reader

NO_SUCH_MESSAGE = "この連携は見つかりません。一覧を開き直してください。"

#: Kinds that are passed on to a municipality and need to know to which.
PASSED_ON = frozenset(
    {MessageKind.MOVE_IN_NOTICE, MessageKind.ANNEX_NOTICE, MessageKind.MOVE_OUT_CERTIFICATE}
)


class MessageNotFound(Exception):
    """There is no such message."""

    def __init__(self) -> None:
        super().__init__(NO_SUCH_MESSAGE)


@dataclass(frozen=True)
class Missing:
    """What a held message needs before it can go."""

    recipient: bool = False
    delivery: bool = False

    def __bool__(self) -> bool:
        return self.recipient or self.delivery


@dataclass(frozen=True)
class Link:
    """Another message that this one refers to, or that refers to it."""

    id: int
    label: str


@dataclass(frozen=True)
class MessagePage:
    """Everything the screen of one message to a partner shows.

    :param later: later messages of the same person to the same partner have gone: sending this one again would put an
        old state over a newer one.
    :param waits_behind: how many later ones of the person wait for this one.
    """

    id: int
    key: str
    person: Person | None
    address: str
    address_hidden: bool
    partner: str
    kind: str
    kind_code: str
    act: str
    state: MessageState
    sequence: int
    recipient: str
    created_at: dt.datetime
    claimed_at: dt.datetime | None
    sent_at: dt.datetime | None
    attempts: int
    error: str
    note: str
    groups: tuple[ItemGroup, ...]
    missing: Missing
    links: tuple[Link, ...]
    later: bool
    waits_behind: int
    has_numbers: bool
    subject: str
    """宛名番号."""


@dataclass(frozen=True)
class ReceivedPage:
    """Everything the screen of one received message shows."""

    id: int
    external_id: str
    partner: str
    kind: str
    kind_code: str
    state: InboxState
    received_at: dt.datetime
    taken_at: dt.datetime | None
    repeats: int
    error: str
    note: str
    groups: tuple[ItemGroup, ...]
    whereabouts_hidden: bool
    has_numbers: bool
    people: tuple[Person, ...]

    @property
    def numbers(self) -> list[str]:
        """宛名番号 of everyone it is about, as far as found."""
        return [person.addressee_number for person in self.people]


# ---- one message


def message_page(
    session: Session,
    actor: Actor,
    keyring: Keyring,
    message_id: int,
    *,
    now: dt.datetime,
    numbers: bool = False,
) -> MessagePage:
    """One message to a partner.

    :param numbers: show 個人番号 and 住民票コード as far as the actor may, as on the page of a resident: not of
        a protected person whom the actor may not see.
    :raises MessageNotFound: when there is none.
    """
    row = session.get(OutboxMessage, message_id)
    if row is None:
        raise MessageNotFound
    person = reader.latest_of(session, row.subject)
    standing = None
    if person is not None:
        standing = standings(session, [person], now=now).get(row.subject)
    whereabouts_open = actor.may(Permission.SUPPRESSED_VIEW) or (
        person is not None
        and may_see_whereabouts(actor, standing)
        and not _tells_closed_home(session, actor, row)
    )
    body, unreadable = _readable(lambda: body_of(keyring, row))
    act = body.get("header", {}).get("act", {})
    return MessagePage(
        id=row.id,
        key=row.key,
        person=person_of(person, standing, today=day_of(now)) if person is not None else None,
        address=_address(person) if person is not None and whereabouts_open else "",
        address_hidden=not whereabouts_open,
        partner=row.destination.label,
        kind=label_of_kind(row.kind),
        kind_code=row.kind,
        act=str(act.get("label", "")) if isinstance(act, Mapping) else "",
        state=row.state,
        sequence=row.sequence,
        recipient=_recipient(session, actor, row, whereabouts_open=whereabouts_open),
        created_at=row.created_at,
        claimed_at=row.claimed_at,
        sent_at=row.sent_at,
        attempts=row.attempts,
        error=row.error or unreadable,
        # An officer's own words may say more than the items do.
        note=(row.note or "") if whereabouts_open or not row.note else HIDDEN,
        groups=groups_of(
            body, actor, whereabouts_open=whereabouts_open, numbers=numbers and whereabouts_open
        ),
        missing=missing_of(row, body),
        links=_links(session, row),
        later=_is_later_sent(session, row),
        waits_behind=_waiting_behind(session, row),
        has_numbers=whereabouts_open and _has_numbers(body, actor),
        subject=row.subject,
    )


def received_page(
    session: Session,
    actor: Actor,
    keyring: Keyring,
    message_id: int,
    *,
    now: dt.datetime,
    numbers: bool = False,
) -> ReceivedPage:
    """One message from a partner.

    Where somebody lives is shown only when it is known whom the message is about and that nobody protects them: a
    message that fits nobody may be about a protected person under a garbled number.

    :raises MessageNotFound: when there is none.
    """
    row = session.get(InboxMessage, message_id)
    if row is None:
        raise MessageNotFound
    body, unreadable = _readable(lambda: body_received(keyring, row))
    people = subjects_of(session, keyring, row, body)
    found = standings(session, people, now=now)
    whereabouts_open = actor.may(Permission.SUPPRESSED_VIEW) or (
        bool(people)
        and all(may_see_whereabouts(actor, found.get(person.addressee_number)) for person in people)
        and not any(_has_closed_home(session, actor, person) for person in people)
    )
    return ReceivedPage(
        id=row.id,
        external_id=row.external_id,
        partner=row.source.label,
        kind=label_of_kind(row.kind, incoming=True),
        kind_code=row.kind,
        state=row.state,
        received_at=row.received_at,
        taken_at=row.taken_at,
        repeats=row.repeats,
        error=row.error or unreadable,
        note=(row.note or "") if whereabouts_open or not row.note else HIDDEN,
        groups=groups_of(
            body, actor, whereabouts_open=whereabouts_open, numbers=numbers and whereabouts_open
        ),
        whereabouts_hidden=not whereabouts_open,
        has_numbers=whereabouts_open and _has_numbers(body, actor),
        people=tuple(
            person_of(person, found.get(person.addressee_number), today=day_of(now)) for person in people
        ),
    )


def _readable(read: Callable[[], dict[str, Any]]) -> tuple[dict[str, Any], str]:
    try:
        return read(), ""
    except DecryptionError:
        return {}, UNDECRYPTABLE


def _address(person: ResidentHistory) -> str:
    return " ".join(part for part in (person.address, person.building) if part)


def _tells_closed_home(session: Session, actor: Actor, row: OutboxMessage) -> bool:
    """Whether a message may tell where a protected person lives now, and the actor may not know.

    It tells the homes of the change's snapshot and of the one before; of all when the change is unknown.
    """
    record = reader.record_of(session, row.subject)
    if record is None:
        return False
    closed = closed_snapshots(session, actor, record.snapshots)
    made = {snapshot.history_number for snapshot in record.snapshots if snapshot.change_id == row.change_id}
    told = made | {number - 1 for number in made}
    return bool(closed & told) if made else bool(closed)


def _has_closed_home(session: Session, actor: Actor, person: ResidentHistory) -> bool:
    """Whether a person's record says where a protected person lives now, and the actor may not know."""
    record = reader.record_of(session, person.addressee_number)
    return record is not None and bool(closed_snapshots(session, actor, record.snapshots))


def subjects_of(
    session: Session, keyring: Keyring, row: InboxMessage, body: Mapping[str, Any]
) -> list[ResidentHistory]:
    """The current snapshots of those whom a received message is about: by its numbers, and by the change it made."""
    person = body.get("person")
    found: set[str] = set()
    for name, column, context in (
        ("resident_code", ResidentHistory.resident_code_hash, RESIDENT_CODE),
        ("individual_number", ResidentHistory.individual_number_hash, INDIVIDUAL_NUMBER),
    ):
        number = person.get(name) if isinstance(person, Mapping) else None
        if isinstance(number, str) and number:
            hashed = keyring.lookup_hash(number, context=context)
            found |= set(session.scalars(select(ResidentHistory.addressee_number).where(column == hashed)))
    if row.change_id is not None:
        made = select(ResidentHistory.addressee_number).where(ResidentHistory.change_id == row.change_id)
        found |= set(session.scalars(made))
    people = reader.people_of(session, found)
    return [people[number] for number in sorted(people)]


def _recipient(session: Session, actor: Actor, row: OutboxMessage, *, whereabouts_open: bool) -> str:
    """The municipality that a message is for: where the person lived or goes, or the 本籍地."""
    if not row.recipient:
        return ""
    if not whereabouts_open:
        return HIDDEN
    if row.kind == MessageKind.ANNEX_NOTICE and not actor.may(Permission.ITEM_REGISTERED_DOMICILE):
        return NO_RIGHT
    found = municipality_by_code(session, row.recipient)
    return f"{found[1].name}{found[0].name}（{row.recipient}）" if found is not None else row.recipient


def missing_of(row: OutboxMessage, body: Mapping[str, Any]) -> Missing:
    """What a held message lacks; nothing for one that an officer held."""
    if row.state is not MessageState.HELD:
        return Missing()
    return Missing(
        recipient=row.kind in PASSED_ON and not row.recipient,
        delivery=row.kind == MessageKind.DELIVERY and "delivery" not in body,
    )


def _links(session: Session, row: OutboxMessage) -> tuple[Link, ...]:
    links = []
    for key, label in ((row.resends, "再送の元"), (row.reverses, "取り消した連携")):
        if key is not None:
            found = session.scalar(select(OutboxMessage.id).where(OutboxMessage.key == key))
            if found is not None:
                links.append(Link(found, label))
    for column, label in ((OutboxMessage.resends, "再送"), (OutboxMessage.reverses, "取消し")):
        query = select(OutboxMessage.id).where(column == row.key).order_by(OutboxMessage.id)
        links += [Link(found, label) for found in session.scalars(query)]
    return tuple(links)


def _of_the_same(row: OutboxMessage) -> Select[int]:
    return select(func.count()).where(
        OutboxMessage.destination == row.destination,
        OutboxMessage.subject == row.subject,
        OutboxMessage.sequence > row.sequence,
    )


def _is_later_sent(session: Session, row: OutboxMessage) -> bool:
    return bool(session.scalar(_of_the_same(row).where(OutboxMessage.state == MessageState.SENT)))


def _waiting_behind(session: Session, row: OutboxMessage) -> int:
    if not row.state.is_open:
        return 0
    return session.scalar(_of_the_same(row).where(OutboxMessage.state == MessageState.WAITING)) or 0


def _has_numbers(body: Mapping[str, Any], actor: Actor) -> bool:
    rights = {
        "individual_number": Permission.ITEM_INDIVIDUAL_NUMBER,
        "resident_code": Permission.ITEM_RESIDENT_CODE,
    }
    sections = [section for section in body.values() if isinstance(section, Mapping)]
    return any(section.get(name) and actor.may(rights[name]) for section in sections for name in NUMBER_ITEMS)
