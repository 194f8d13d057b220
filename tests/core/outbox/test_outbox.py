"""The outbox: places in the order, what waits behind what, what officers may do, and two at once."""

from __future__ import annotations

import datetime as dt
import threading

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from residentapp.core.access.actor import Actor, PermissionDenied
from residentapp.core.access.permissions import Permission
from residentapp.core.audit import write_pending
from residentapp.core.audit.models import AuditEntry
from residentapp.core.crypto import DecryptionError, Keyring
from residentapp.core.db import Database
from residentapp.core.outbox import (
    MessageChanged,
    MessageState,
    OutboxMessage,
    Partner,
    body_of,
    complete,
    hold,
    mark_failed,
    mark_sent,
    next_batch,
    resend,
    supersede,
    withdraw,
)
from residentapp.core.outbox.operations import LEASE, put_back, retry_failed
from tests.core.outbox.conftest import write
from tests.support.clock import TEST_MOMENT
from tests.support.users import clerk

ONE, OTHER = "1000000019", "1000000027"


def batch(session: Session, now: dt.datetime = TEST_MOMENT, **values: object) -> list[int]:
    return [row.id for row in next_batch(session, now=now, **values)]  # type: ignore[arg-type]


def send(session: Session, row: OutboxMessage) -> None:
    assert row.id in batch(session)
    assert mark_sent(session, row.id, now=TEST_MOMENT)


# ---- places


@pytest.mark.requirement("DX-4.1", partial=True)
def test_places_run_from_one_per_person_and_partner(session: Session, keyring: Keyring) -> None:
    rows = [
        write(session, keyring, ONE),
        write(session, keyring, OTHER),
        write(session, keyring, ONE, destination=Partner.ISA),
        write(session, keyring, ONE),
    ]
    assert [row.sequence for row in rows] == [1, 1, 1, 2]
    assert len({row.key for row in rows}) == 4
    assert {row.state for row in rows} == {MessageState.WAITING}


@pytest.mark.requirement("CM-7", partial=True)
def test_content_is_encrypted_and_bound_to_its_message(session: Session, keyring: Keyring) -> None:
    one, two = write(session, keyring, text="秘密の住所"), write(session, keyring)
    assert body_of(keyring, one) == {"text": "秘密の住所"}
    assert "秘密".encode() not in one.payload
    two.payload = one.payload
    with pytest.raises(DecryptionError):
        body_of(keyring, two)


def test_a_place_is_taken_once(session: Session, keyring: Keyring) -> None:
    """Also whoever goes round the operations is refused by the database."""
    first = write(session, keyring)
    write(session, keyring)
    with pytest.raises(IntegrityError), session.begin_nested():
        session.execute(update(OutboxMessage).where(OutboxMessage.id == first.id).values(sequence=2))


@pytest.mark.parametrize(
    "values",
    [
        {"sequence": 0},
        {"state": "'sent'"},
        {"state": "'sending'"},
        {"state": "'unheard'"},
        {"attempts": -1},
    ],
)
def test_the_database_refuses_what_cannot_be(
    session: Session, keyring: Keyring, values: dict[str, object]
) -> None:
    row = write(session, keyring)
    [(column, value)] = values.items()
    with pytest.raises(IntegrityError), session.begin_nested():
        session.execute(text(f"UPDATE outbox_message SET {column} = {value} WHERE id = {row.id}"))


@pytest.mark.requirement("RR-7.1.1.1a", "DX-4.1", partial=True)
def test_places_stay_whole_when_many_write_at_once(database: Database, keyring: Keyring) -> None:
    """Eight writers, one of two of whom fails at the end: no gap, no doublet, and the order is that of the commits."""
    failed = threading.Barrier(8)

    class Failure(Exception):
        pass

    def work(place: int) -> None:
        failed.wait()
        for step in range(5):
            try:
                with database.transaction() as session:
                    write(session, keyring, ONE, text=f"{place}-{step}")
                    write(session, keyring, OTHER, text=f"{place}-{step}")
                    if place % 2:
                        raise Failure
            except Failure:
                continue

    threads = [threading.Thread(target=work, args=(place,)) for place in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.transaction() as session:
        for subject in (ONE, OTHER):
            rows = session.scalars(
                select(OutboxMessage).where(OutboxMessage.subject == subject).order_by(OutboxMessage.sequence)
            ).all()
            assert [row.sequence for row in rows] == list(range(1, 21))
            written = [body_of(keyring, row)["text"] for row in rows]
            for place in (0, 2, 4, 6):
                own = [said for said in written if said.startswith(f"{place}-")]
                assert own == [f"{place}-{step}" for step in range(5)], "each writer's own order is kept"


# ---- what goes next


@pytest.mark.requirement("RR-7.1.1.1a", partial=True)
def test_only_the_first_of_each_person_goes(session: Session, keyring: Keyring) -> None:
    first, second, other = (write(session, keyring, subject) for subject in (ONE, ONE, OTHER))
    assert batch(session) == [first.id, other.id]
    assert batch(session) == [], "both are being sent, and the second waits behind"
    assert mark_sent(session, first.id, now=TEST_MOMENT)
    assert batch(session) == [second.id]
    assert (first.attempts, first.sent_at) == (1, TEST_MOMENT)


@pytest.mark.parametrize("state", [MessageState.FAILED, MessageState.HELD, MessageState.WAITING])
@pytest.mark.requirement("RR-7.1.1.1a", partial=True)
def test_what_has_not_gone_holds_up_the_later_ones_of_the_person_only(
    session: Session, keyring: Keyring, state: MessageState
) -> None:
    first = write(session, keyring, held="補完待ち" if state is MessageState.HELD else "")
    write(session, keyring)
    to_isa = write(session, keyring, destination=Partner.ISA)
    if state is not MessageState.HELD:
        assert first.id in batch(session, destinations=[Partner.CS])
        if state is MessageState.FAILED:
            assert mark_failed(session, first.id, error="断られた")
        else:
            assert put_back(session, first.id, error="つながらない")
    expected = [first.id, to_isa.id] if state is MessageState.WAITING else [to_isa.id]
    assert batch(session) == expected


def test_a_batch_has_its_size_and_its_partners(session: Session, keyring: Keyring) -> None:
    rows = [write(session, keyring, f"10000000{place:02d}") for place in range(5)]
    write(session, keyring, destination=Partner.ISA)
    assert batch(session, limit=3, destinations=[Partner.CS]) == [row.id for row in rows[:3]]


def test_a_sender_that_died_is_noticed_after_its_time(session: Session, keyring: Keyring) -> None:
    row = write(session, keyring)
    assert batch(session) == [row.id]
    assert batch(session, TEST_MOMENT + LEASE - dt.timedelta(seconds=1)) == []
    assert batch(session, TEST_MOMENT + LEASE) == [row.id]
    assert row.attempts == 2


def test_who_comes_late_changes_nothing(session: Session, keyring: Keyring) -> None:
    row = write(session, keyring)
    assert not mark_sent(session, row.id, now=TEST_MOMENT), "nobody has taken it"
    send(session, row)
    later = TEST_MOMENT + dt.timedelta(minutes=9)
    assert not mark_sent(session, row.id, now=later)
    assert not mark_failed(session, row.id, error="x")
    assert not put_back(session, row.id, error="x")
    assert (row.state, row.sent_at) == (MessageState.SENT, TEST_MOMENT)
    assert not mark_sent(session, 999_999, now=TEST_MOMENT)


def test_two_senders_never_take_the_same(database: Database, keyring: Keyring) -> None:
    with database.transaction() as session:
        for place in range(30):
            write(session, keyring, f"10000000{place:02d}")
    taken: list[int] = []
    guard = threading.Lock()
    start = threading.Barrier(4)

    def work() -> None:
        start.wait()
        while True:
            with database.transaction() as session:
                mine = batch(session, limit=4)
            if not mine:
                return
            with guard:
                taken.extend(mine)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == len(set(taken)) == 30


# ---- what officers do


@pytest.mark.requirement("RR-7.1.1.1d", partial=True)
def test_a_sent_message_goes_once_more_after_the_others(
    session: Session, keyring: Keyring, officer: Actor
) -> None:
    first, second = write(session, keyring, text="一", change_id=7), write(session, keyring, text="二")
    send(session, first)
    again = resend(session, officer, keyring, first.id, reason="相手が失った", now=TEST_MOMENT)
    assert (again.sequence, again.resends, again.note) == (3, first.key, "相手が失った")
    assert (again.change_id, again.kind, body_of(keyring, again)) == (7, first.kind, {"text": "一"})
    assert first.state is MessageState.SENT
    assert batch(session) == [second.id]


@pytest.mark.requirement("RR-7.1.1.1a", "RR-7.1.1.1d", partial=True)
def test_a_failed_message_is_replaced_at_its_place(
    session: Session, keyring: Keyring, officer: Actor
) -> None:
    first, second = write(session, keyring, text="一"), write(session, keyring, text="二")
    batch(session)
    mark_failed(session, first.id, error="形式の誤り")
    again = resend(
        session, officer, keyring, first.id, reason="事由を直した", now=TEST_MOMENT, body={"text": "直"}
    )
    assert (first.state, again.sequence) == (MessageState.SUPERSEDED, 1)
    assert body_of(keyring, again) == {"text": "直"}
    assert batch(session) == [again.id]
    mark_sent(session, again.id, now=TEST_MOMENT)
    assert batch(session) == [second.id]


def test_holding_and_letting_go(session: Session, keyring: Keyring, officer: Actor) -> None:
    row = write(session, keyring, text="不足")
    hold(session, officer, row.id, reason="本人に確かめる", now=TEST_MOMENT)
    assert batch(session) == []
    complete(session, officer, keyring, row.id, now=TEST_MOMENT, body={"text": "補完"}, recipient="131016")
    assert (row.state, row.recipient, body_of(keyring, row)) == (
        MessageState.WAITING,
        "131016",
        {"text": "補完"},
    )
    assert batch(session) == [row.id]


def test_withdrawing_frees_what_waits_behind(session: Session, keyring: Keyring, officer: Actor) -> None:
    first, second = write(session, keyring), write(session, keyring)
    batch(session)
    mark_failed(session, first.id, error="相手にない人")
    withdraw(session, officer, first.id, reason="相手に確かめ、不要と分かった", now=TEST_MOMENT)
    assert (first.state, first.error) == (MessageState.SUPERSEDED, "相手にない人")
    assert batch(session) == [second.id]


@pytest.mark.parametrize(
    ("state", "acts"),
    [
        (MessageState.WAITING, {"hold", "withdraw"}),
        (MessageState.HELD, {"complete", "withdraw"}),
        (MessageState.SENDING, set()),
        (MessageState.SENT, {"resend"}),
        (MessageState.FAILED, {"resend", "withdraw"}),
        (MessageState.SUPERSEDED, set()),
    ],
)
def test_each_state_allows_its_acts_only(
    session: Session, keyring: Keyring, officer: Actor, state: MessageState, acts: set[str]
) -> None:
    def try_it(name: str) -> bool:
        held = "待ち" if state is MessageState.HELD else ""
        row = write(session, keyring, f"subject-{name}", held=held)
        if state not in (MessageState.WAITING, MessageState.HELD):
            batch(session)
        match state:
            case MessageState.SENT:
                mark_sent(session, row.id, now=TEST_MOMENT)
            case MessageState.FAILED:
                mark_failed(session, row.id, error="x")
            case MessageState.SUPERSEDED:
                put_back(session, row.id, error="x")
                supersede(session, row.id)
        assert row.state is state
        try:
            match name:
                case "hold":
                    hold(session, officer, row.id, reason="理由", now=TEST_MOMENT)
                case "withdraw":
                    withdraw(session, officer, row.id, reason="理由", now=TEST_MOMENT)
                case "complete":
                    complete(session, officer, keyring, row.id, now=TEST_MOMENT)
                case "resend":
                    resend(session, officer, keyring, row.id, reason="理由", now=TEST_MOMENT)
        except MessageChanged as refused:
            assert state.label in str(refused)
            return False
        return True

    assert {name for name in ("hold", "withdraw", "complete", "resend") if try_it(name)} == acts


def test_acts_need_their_right_and_a_reason(session: Session, keyring: Keyring, officer: Actor) -> None:
    row = write(session, keyring)
    for may in ((), (Permission.MESSAGES_VIEW,), (Permission.MESSAGES_MANAGE,)):
        with pytest.raises(PermissionDenied):
            hold(session, clerk(*may), row.id, reason="理由", now=TEST_MOMENT)
    for act in (hold, withdraw):
        with pytest.raises(ValueError, match="理由"):
            act(session, officer, row.id, reason="　", now=TEST_MOMENT)
    with pytest.raises(ValueError, match="理由"):
        resend(session, officer, keyring, row.id, reason="", now=TEST_MOMENT)
    with pytest.raises(MessageChanged, match="見つかりません"):
        hold(session, officer, 999_999, reason="理由", now=TEST_MOMENT)


@pytest.mark.requirement("RR-10.2a", partial=True)
def test_acts_are_logged_without_content(session: Session, keyring: Keyring, officer: Actor) -> None:
    row = write(session, keyring, text="秘密の住所")
    hold(session, officer, row.id, reason="確認", now=TEST_MOMENT)
    complete(session, officer, keyring, row.id, now=TEST_MOMENT, body={"text": "秘密の居所"})
    withdraw(session, officer, row.id, reason="不要", now=TEST_MOMENT)
    write_pending(session)
    entries = session.scalars(select(AuditEntry).order_by(AuditEntry.sequence)).all()
    assert [entry.action for entry in entries] == ["連携の保留", "連携の補完", "連携の取下げ"]
    assert all(entry.subjects == [ONE] and entry.actor_login == "tanto" for entry in entries)
    assert "秘密" not in str([entry.details for entry in entries])


def test_all_that_failed_is_tried_again_at_its_place(
    session: Session, keyring: Keyring, officer: Actor
) -> None:
    first, second = write(session, keyring), write(session, keyring)
    other = write(session, keyring, destination=Partner.ISA)
    batch(session)
    for row in (first, other):
        mark_failed(session, row.id, error="止まっていた")
    assert retry_failed(session, officer, now=TEST_MOMENT, destinations=[Partner.CS]) == 1
    assert batch(session) == [first.id]
    mark_sent(session, first.id, now=TEST_MOMENT)
    assert batch(session) == [second.id]
    assert other.state is MessageState.FAILED


def test_taking_back_before_and_after_it_has_gone(session: Session, keyring: Keyring) -> None:
    waiting, going = write(session, keyring, ONE, held="x"), write(session, keyring, OTHER)
    assert batch(session) == [going.id]
    assert supersede(session, waiting.id)
    assert not supersede(session, going.id), "it is just going: the partner must be told"
    assert not supersede(session, 999_999)
