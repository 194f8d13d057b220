"""Sending and receiving through folders: order, crashes between any two steps, and files that are no messages."""

from __future__ import annotations

import json
import os
import stat
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from residentapp.core.access.actor import Actor, system_actor
from residentapp.core.audit import verify
from residentapp.core.audit.models import AuditEntry
from residentapp.core.crypto import Keyring
from residentapp.core.db import Database
from residentapp.core.outbox import (
    InboxMessage,
    InboxState,
    MessageState,
    OutboxMessage,
    Partner,
    inbox_handler,
    mark_sent,
    next_batch,
)
from residentapp.core.outbox import inbox as inbox_module
from residentapp.core.outbox.exchange import (
    TEST_DATA,
    UNDECRYPTABLE,
    UNREADABLE,
    envelope_of,
    receive_arrivals,
    send_waiting,
    take_all,
)
from residentapp.core.outbox.inbox import body_received
from residentapp.core.outbox.operations import LEASE
from residentapp.core.outbox.transport import FORMAT, Envelope, FolderTransport
from residentapp.core.outbox.types import MessageRefused
from tests.core.outbox.conftest import Recorder, moments, write
from tests.support.clock import TEST_MOMENT, SettableClock

ONE, OTHER = "1000000019", "1000000027"


class PowerCut(BaseException):
    """Nothing catches it."""


@pytest.fixture
def folder(tmp_path: Path) -> FolderTransport:
    return FolderTransport(tmp_path / "exchange")


def states(database: Database) -> list[MessageState]:
    with database.transaction() as session:
        return list(session.scalars(select(OutboxMessage.state).order_by(OutboxMessage.id)))


def files(folder: FolderTransport, partner: Partner = Partner.CS, way: str = "out") -> list[Path]:
    return sorted(folder.folder(partner, way).glob("*.json"))


# ---- sending


@pytest.mark.requirement("DX-4.1", "RR-7.1.1.1a", partial=True)
def test_everything_goes_in_the_order_of_each_person(database: Database, keyring: Keyring) -> None:
    with database.transaction() as session:
        for step in range(4):
            write(session, keyring, ONE, text=f"一{step}")
            write(session, keyring, OTHER, text=f"二{step}")
    carried = Recorder()
    done = send_waiting(database, keyring, carried, clock=moments(), batch=3)
    assert (done.sent, done.failed, done.unreachable) == (8, 0, {})
    for person in ("一", "二"):
        assert [said for said in carried.texts if said[0] == person] == [
            f"{person}{step}" for step in range(4)
        ]
    assert set(states(database)) == {MessageState.SENT}
    with database.transaction() as session:
        assert verify(session).ok
        entries = session.scalars(select(AuditEntry).where(AuditEntry.action == "連携の送信")).all()
    assert sum(sum(entry.details["件数"].values()) for entry in entries) == 8


def test_nothing_is_sent_inside_a_transaction(database: Database, keyring: Keyring) -> None:
    """While a message is on its way another process can write and sees it as 送信中."""
    with database.transaction() as session:
        write(session, keyring)
    seen: list[MessageState] = []

    def look(_envelope: Envelope) -> None:
        with database.transaction() as session:
            seen.extend(session.scalars(select(OutboxMessage.state)))
            write(session, keyring, OTHER)

    carried = Recorder(before=look)
    carried.before = lambda envelope: look(envelope) if not seen else None
    send_waiting(database, keyring, carried, clock=moments())
    assert seen == [MessageState.SENDING]
    assert len(carried.carried) == 2


def test_the_file_says_what_it_must_and_names_nobody(
    database: Database, keyring: Keyring, folder: FolderTransport
) -> None:
    with database.transaction() as session:
        row = write(session, keyring, text="渡邉\U000e010f", recipient="131016")
    send_waiting(database, keyring, folder, clock=moments())
    [path] = files(folder)
    assert path.name == f"{row.id:012d}-{row.key}.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    content = json.loads(path.read_text("utf-8"))
    assert (content["format"], content["id"], content["kind"]) == (FORMAT, row.key, "cs.identity")
    assert (content["recipient"], content["order"]["sequence"]) == ("131016", 1)
    assert content["body"] == {"text": "渡邉\U000e010f"}
    assert ONE not in path.read_text("utf-8")


@pytest.mark.requirement("DX-4.1", partial=True)
@pytest.mark.parametrize("fetched", [False, True])
def test_a_crash_between_the_file_and_the_mark_doubles_nothing(
    database: Database,
    keyring: Keyring,
    folder: FolderTransport,
    clock: SettableClock,
    monkeypatch: pytest.MonkeyPatch,
    fetched: bool,
) -> None:
    """Also when the partner fetched the file before we came back."""
    with database.transaction() as session:
        write(session, keyring)

    def cut(*_more: Any, **_values: Any) -> bool:
        raise PowerCut

    with monkeypatch.context() as broken, pytest.raises(PowerCut):
        broken.setattr("residentapp.core.outbox.exchange.mark_sent", cut)
        send_waiting(database, keyring, folder, clock=clock)
    [path] = files(folder)
    assert states(database) == [MessageState.SENDING]
    assert send_waiting(database, keyring, folder, clock=clock).sent == 0, "it may still be under way"
    if fetched:
        (path.parent / "taken").mkdir()
        os.replace(path, path.parent / "taken" / path.name)
    clock.advance(seconds=LEASE.total_seconds())
    assert send_waiting(database, keyring, folder, clock=clock).sent == 1
    assert states(database) == [MessageState.SENT]
    assert len(files(folder)) == (0 if fetched else 1)


def test_a_crash_while_writing_leaves_no_half_file(
    database: Database,
    keyring: Keyring,
    folder: FolderTransport,
    clock: SettableClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with database.transaction() as session:
        write(session, keyring)

    def cut(_descriptor: int) -> None:
        raise PowerCut

    with monkeypatch.context() as broken, pytest.raises(PowerCut):
        broken.setattr("residentapp.core.outbox.transport.os.fsync", cut)
        send_waiting(database, keyring, folder, clock=clock)
    assert list(folder.folder(Partner.CS, "out").iterdir()) == []
    clock.advance(minutes=5)
    assert send_waiting(database, keyring, folder, clock=clock).sent == 1


@pytest.mark.parametrize("partner_back", [False, True])
def test_a_partner_that_cannot_be_reached_holds_up_only_its_own(
    database: Database, keyring: Keyring, partner_back: bool
) -> None:
    with database.transaction() as session:
        for subject in (ONE, OTHER):
            write(session, keyring, subject, text="CSへ")
            write(session, keyring, subject, destination=Partner.ISA, text="入管へ")
    carried = Recorder(down={Partner.CS})
    done = send_waiting(database, keyring, carried, clock=moments(), batch=1)
    assert carried.texts == ["入管へ", "入管へ"]
    assert done.unreachable == {Partner.CS: "回線が切れています。"}
    assert states(database).count(MessageState.WAITING) == 2
    if partner_back:
        carried.down.clear()
        assert send_waiting(database, keyring, carried, clock=moments()).sent == 2


def test_a_refused_message_fails_and_the_person_waits(database: Database, keyring: Keyring) -> None:
    with database.transaction() as session:
        for subject, said in ((ONE, "断る"), (ONE, "後"), (OTHER, "別")):
            write(session, keyring, subject, text=said)

    def refuse(envelope: Envelope) -> None:
        if envelope.content["body"]["text"] == "断る":
            raise MessageRefused("相手の形式にない種別です。")

    done = send_waiting(database, keyring, Recorder(before=refuse), clock=moments())
    assert (done.sent, done.failed) == (1, 1)
    assert states(database) == [MessageState.FAILED, MessageState.WAITING, MessageState.SENT]
    with database.transaction() as session:
        assert session.scalars(select(OutboxMessage.error).order_by(OutboxMessage.id)).first() == (
            "相手の形式にない種別です。"
        )


def test_what_cannot_be_decrypted_fails_and_the_rest_goes(database: Database, keyring: Keyring) -> None:
    with database.transaction() as session:
        broken = write(session, keyring, ONE)
        broken.payload = broken.payload[:-1] + b"x"
        write(session, keyring, OTHER)
    done = send_waiting(database, keyring, Recorder(), clock=moments())
    assert (done.sent, done.failed) == (1, 1)
    with database.transaction() as session:
        assert (
            session.scalars(select(OutboxMessage).order_by(OutboxMessage.id)).first().error == UNDECRYPTABLE
        )  # type: ignore[union-attr]


def test_two_senders_at_once_carry_each_message_once_and_in_order(
    database: Database, keyring: Keyring
) -> None:
    with database.transaction() as session:
        for step in range(6):
            for place in range(4):
                write(session, keyring, f"100000{place:04d}", text=f"{place}{step}")
    carried = Recorder()
    start = threading.Barrier(3)

    def work() -> None:
        start.wait()
        send_waiting(database, keyring, carried, clock=moments(), batch=2)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(carried.texts) == len(set(carried.texts)) == 24
    for place in range(4):
        own = [said for said in carried.texts if said[0] == str(place)]
        assert own == [f"{place}{step}" for step in range(6)]


def test_a_folder_that_cannot_be_written_is_said(
    database: Database, keyring: Keyring, tmp_path: Path
) -> None:
    (tmp_path / "exchange").write_text("no folder")
    with database.transaction() as session:
        write(session, keyring)
    done = send_waiting(database, keyring, FolderTransport(tmp_path / "exchange"), clock=moments())
    assert set(done.unreachable) == {Partner.CS} and str(tmp_path) not in done.unreachable[Partner.CS]
    assert states(database) == [MessageState.WAITING]


# ---- receiving


def letter(**values: Any) -> dict[str, Any]:
    return {"format": FORMAT, "id": "cs-1", "kind": "test.kind", "body": {"text": "一"}} | values


def lay(folder: FolderTransport, name: str, content: Any) -> Path:
    path = folder.folder(Partner.CS, "in") / name
    data = content if isinstance(content, bytes) else json.dumps(content, ensure_ascii=False).encode()
    path.write_bytes(data)
    return path


def receive_all(
    database: Database, keyring: Keyring, folder: FolderTransport, *, test_data: bool = True
) -> Any:
    return receive_arrivals(database, keyring, folder, clock=moments(), accept_test_data=test_data)


def received(session: Session) -> list[InboxMessage]:
    return list(session.scalars(select(InboxMessage).order_by(InboxMessage.id)))


@pytest.mark.requirement("DX-4.2", partial=True)
def test_what_has_come_is_kept_in_order_and_moved_away(
    database: Database, keyring: Keyring, folder: FolderTransport
) -> None:
    lay(folder, "2.json", letter(id="b"))
    lay(folder, "1.json", letter(id="a"))
    lay(folder, "3.json.part", letter(id="unready"))
    lay(folder, "4.json", letter(id="a"))
    came = receive_all(database, keyring, folder)
    assert (came.new, came.repeats, came.rejected) == (2, 1, 0)
    with database.transaction() as session:
        assert [row.external_id for row in received(session)] == ["a", "b"]
    assert [path.name for path in files(folder, way="in/taken")] == ["1.json", "2.json", "4.json"]
    assert [path.name for path in folder.folder(Partner.CS, "in").glob("*.part")] == ["3.json.part"]


def test_a_crash_before_the_file_is_moved_doubles_nothing(
    database: Database, keyring: Keyring, folder: FolderTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    lay(folder, "1.json", letter())

    def cut(*_more: Any, **_values: Any) -> None:
        raise PowerCut

    with monkeypatch.context() as broken, pytest.raises(PowerCut):
        broken.setattr(FolderTransport, "acknowledge", cut)
        receive_all(database, keyring, folder)
    assert receive_all(database, keyring, folder).repeats == 1
    with database.transaction() as session:
        assert len(received(session)) == 1
    assert files(folder, way="in") == []


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"\xff\xfe", "JSONとして読めません"),
        (b"{", "JSONとして読めません"),
        (b"[" * 100_000, "JSONとして読めません"),
        ([], "形式（format）"),
        (letter(format="x"), "形式（format）"),
        (letter(id=""), "番号（id）"),
        (letter(id="あ"), "番号（id）"),
        (letter(id="x" * 101), "番号（id）"),
        (letter(id=1), "番号（id）"),
        (letter(kind="Bad Kind"), "種別（kind）"),
        (letter(kind="k" * 41), "種別（kind）"),
        (letter(body=[]), "内容（body）"),
        (letter(body={"text": "a\0"}), "NUL"),
        (json.dumps(letter(body={"text": "\ud83d"})).encode(), "サロゲート"),
        (b" " * (10 * 1024 * 1024 + 1), "大きすぎ"),
    ],
)
@pytest.mark.requirement("DX-4.2", partial=True)
def test_a_file_that_is_no_message_stands_in_the_list_of_errors(
    database: Database, keyring: Keyring, folder: FolderTransport, content: Any, told: str
) -> None:
    lay(folder, "a.json", content)
    lay(folder, "b.json", letter(id="good"))
    came = receive_all(database, keyring, folder)
    assert (came.new, came.rejected) == (1, 1)
    with database.transaction() as session:
        wrong, good = received(session)
        assert (wrong.kind, wrong.state) == (UNREADABLE, InboxState.FAILED)
        assert wrong.error is not None and told in wrong.error
        assert body_received(keyring, wrong)["file"]["name"] == "a.json"
        assert good.state is InboxState.NEW
    assert [path.name for path in files(folder, way="in/rejected")] == ["a.json"]


def test_another_message_under_a_known_id_is_an_error(
    database: Database, keyring: Keyring, folder: FolderTransport
) -> None:
    lay(folder, "1.json", letter())
    lay(folder, "2.json", letter(body={"text": "二"}))
    came = receive_all(database, keyring, folder)
    assert (came.new, came.rejected) == (1, 1)
    with database.transaction() as session:
        first, second = received(session)
        assert first.state is InboxState.NEW and body_received(keyring, first) == {"text": "一"}
        assert second.state is InboxState.FAILED and "前と違う内容" in str(second.error)


def test_test_data_stays_outside_where_real_residents_are(
    database: Database, keyring: Keyring, folder: FolderTransport
) -> None:
    lay(folder, "1.json", letter(body={"text": "一", "test_data": True}))
    assert receive_all(database, keyring, folder, test_data=False).rejected == 1
    with database.transaction() as session:
        [row] = received(session)
        assert (row.state, row.error) == (InboxState.FAILED, TEST_DATA)


# ---- taking in


@pytest.fixture
def handled(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """What the test's handler took in, in order; it does not take 二."""
    monkeypatch.setattr(inbox_module, "_handlers", {})
    took: list[str] = []

    @inbox_handler("test.kind")
    def handler(session: Session, actor: Actor, keyring: Keyring, body: Any, now: Any) -> int | None:
        assert now == TEST_MOMENT and actor.is_system
        if body["text"] == "二":
            raise inbox_module.InboxProblem("二は取り込めません。")
        took.append(body["text"])
        return None

    yield took


@pytest.mark.requirement("DX-4.2", "RR-7.1.1.1d", partial=True)
def test_each_is_taken_in_by_itself(
    database: Database, keyring: Keyring, folder: FolderTransport, handled: list[str]
) -> None:
    for place, said in enumerate("一二三"):
        lay(folder, f"{place}.json", letter(id=said.encode().hex(), body={"text": said}))
    lay(folder, "9.json", letter(id="z", kind="unheard.of"))
    receive_all(database, keyring, folder)
    actor = system_actor("連携の取込")
    done = take_all(database, keyring, actor, clock=moments())
    assert handled == ["一", "三"]
    assert (done.taken, done.failed, done.later) == (2, 2, 0)
    again = take_all(database, keyring, actor, clock=moments())
    assert (again.taken, again.failed) == (0, 0)
    retried = take_all(database, keyring, actor, clock=moments(), failed_too=True)
    assert (retried.taken, retried.failed) == (0, 2)


def test_a_message_marked_by_another_process_is_left_alone(database: Database, keyring: Keyring) -> None:
    """mark_sent by two senders after a lease ran out: counted once."""
    with database.transaction() as session:
        row = write(session, keyring)
        next_batch(session, now=TEST_MOMENT)

    def other(_envelope: Envelope) -> None:
        with database.transaction() as session:
            assert mark_sent(session, row.id, now=TEST_MOMENT)

    done = send_waiting(database, keyring, Recorder(before=other), clock=moments(TEST_MOMENT + LEASE))
    assert done.sent == 0
    assert states(database) == [MessageState.SENT]
    assert envelope_of(keyring, row).content["id"] == row.key
