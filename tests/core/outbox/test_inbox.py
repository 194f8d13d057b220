"""The inbox: what comes twice, what a handler does, and what goes wrong there."""

from __future__ import annotations

import datetime as dt
import io
import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from residentapp.config import Settings
from residentapp.core.access.actor import Actor, PermissionDenied
from residentapp.core.access.permissions import Permission
from residentapp.core.audit import write_pending
from residentapp.core.audit.models import AuditEntry
from residentapp.core.crypto import DecryptionError, Keyring
from residentapp.core.db import Database
from residentapp.core.numbering import NumberingCounter, next_serials
from residentapp.core.outbox import (
    InboxMessage,
    InboxProblem,
    InboxState,
    MessageChanged,
    Partner,
    TryLater,
    ignore,
    inbox_handler,
    receive,
    take,
)
from residentapp.core.outbox import inbox as inbox_module
from residentapp.core.outbox.inbox import Handler, Received, body_received, has_handler
from residentapp.core.web.logging import configure_logging
from tests.support.clock import TEST_MOMENT
from tests.support.users import clerk


def come(
    session: Session,
    keyring: Keyring,
    external_id: str = "cs-1",
    *,
    kind: str = "test.kind",
    text: str = "一",
) -> Received:
    return receive(
        session,
        keyring,
        source=Partner.CS,
        kind=kind,
        external_id=external_id,
        body={"text": text},
        now=TEST_MOMENT,
    )


@pytest.fixture
def handle(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Handler], None]]:
    """Let a function take the test's kind in, for this test."""
    monkeypatch.setattr(inbox_module, "_handlers", dict(inbox_module._handlers))

    def keep(handler: Handler) -> None:
        inbox_handler("test.kind")(handler)

    yield keep


def count(session: Session, name: str) -> int:
    found = session.scalar(select(NumberingCounter.last_value).where(NumberingCounter.name == name))
    return found or 0


def does(name: str, outcome: Exception | int | None) -> Handler:
    """A handler that writes something and then ends as told."""

    def handler(
        session: Session, actor: Actor, keyring: Keyring, body: Mapping[str, Any], now: dt.datetime
    ) -> int | None:
        next_serials(session, name)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    return handler


# ---- receiving


@pytest.mark.requirement("DX-4.2", partial=True)
def test_what_comes_twice_is_kept_once(session: Session, keyring: Keyring) -> None:
    first, again = come(session, keyring), come(session, keyring)
    assert (first.new, again.new, again.same) == (True, False, True)
    assert again.message is first.message
    assert first.message.repeats == 1
    assert session.scalar(select(func.count()).select_from(InboxMessage)) == 1


def test_another_message_under_a_known_id_does_not_replace_the_first(
    session: Session, keyring: Keyring
) -> None:
    first = come(session, keyring)
    for other in (come(session, keyring, text="二"), come(session, keyring, kind="other.kind")):
        assert (other.new, other.same) == (False, False)
    assert body_received(keyring, first.message) == {"text": "一"}
    assert first.message.repeats == 0


def test_ids_of_two_partners_do_not_meet(session: Session, keyring: Keyring) -> None:
    come(session, keyring)
    other = receive(
        session, keyring, source=Partner.ISA, kind="k", external_id="cs-1", body={}, now=TEST_MOMENT
    )
    assert other.new


@pytest.mark.requirement("CM-7", partial=True)
def test_what_came_is_encrypted_and_bound_to_its_id(session: Session, keyring: Keyring) -> None:
    one, two = (
        come(session, keyring, "a", text="秘密の住所").message,
        come(session, keyring, "b").message,
    )
    assert "秘密".encode() not in one.payload
    two.payload = one.payload
    with pytest.raises(DecryptionError):
        body_received(keyring, two)


def test_two_processes_receive_the_same_at_once(database: Database, keyring: Keyring) -> None:
    start = threading.Barrier(4)
    came: list[bool] = []

    def work() -> None:
        start.wait()
        with database.transaction() as session:
            came.append(come(session, keyring).new)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(came) == [False, False, False, True]
    with database.transaction() as session:
        assert session.scalars(select(InboxMessage.repeats)).all() == [3]


# ---- taking in


@pytest.mark.requirement("DX-4.2", partial=True)
@pytest.mark.parametrize("change_id", [17, None])
def test_a_handler_takes_it_in(
    session: Session, keyring: Keyring, officer: Actor, handle: Any, change_id: int | None
) -> None:
    handle(does("done", change_id))
    row = take(session, officer, keyring, come(session, keyring).message.id, now=TEST_MOMENT)
    assert (row.state, row.change_id, row.taken_at, row.error) == (
        InboxState.TAKEN,
        change_id,
        TEST_MOMENT,
        None,
    )
    assert count(session, "done") == 1
    with pytest.raises(MessageChanged, match="取込済み"):
        take(session, officer, keyring, row.id, now=TEST_MOMENT)
    with pytest.raises(MessageChanged, match="取込済み"):
        ignore(session, officer, row.id, reason="不要", now=TEST_MOMENT)


@pytest.mark.parametrize(
    ("outcome", "state", "told"),
    [
        (InboxProblem("この番号の人がいません。"), InboxState.FAILED, "この番号の人がいません。"),
        (TryLater("編集中です。"), InboxState.NEW, "編集中です。"),
        (KeyError("架空　太郎"), InboxState.FAILED, "KeyError"),
    ],
)
def test_what_goes_wrong_undoes_the_handler_and_is_told(
    session: Session,
    keyring: Keyring,
    officer: Actor,
    handle: Any,
    outcome: Exception,
    state: InboxState,
    told: str,
) -> None:
    handle(does("undone", outcome))
    row = take(session, officer, keyring, come(session, keyring).message.id, now=TEST_MOMENT)
    assert row.state is state
    assert row.error is not None and told in row.error and "架空" not in row.error
    assert count(session, "undone") == 0
    write_pending(session)
    [entry] = session.scalars(select(AuditEntry)).all()
    assert not entry.succeeded and "架空" not in str(entry.details)


def test_an_error_of_the_database_is_undone_alone(
    session: Session, keyring: Keyring, officer: Actor, handle: Any
) -> None:
    def breaks(session: Session, *_more: Any) -> int | None:
        next_serials(session, "undone")
        session.execute(text("INSERT INTO outbox_subject (destination, subject) VALUES ('cs', 'x')"))
        return None

    handle(breaks)
    row = take(session, officer, keyring, come(session, keyring).message.id, now=TEST_MOMENT)
    assert row.state is InboxState.FAILED and row.error is not None and "IntegrityError" in row.error
    assert count(session, "undone") == 0
    assert session.get(InboxMessage, row.id) is row, "the transaction goes on"


def test_the_technical_log_says_where_and_not_about_whom(
    session: Session, keyring: Keyring, officer: Actor, handle: Any
) -> None:
    configure_logging(Settings())
    written = io.StringIO()
    for handler in logging.getLogger().handlers:
        if type(handler) is logging.StreamHandler:
            handler.setStream(written)
    handle(does("x", KeyError("架空　太郎")))
    take(session, officer, keyring, come(session, keyring).message.id, now=TEST_MOMENT)
    assert "inbox handler failed" in written.getvalue() and "KeyError" in written.getvalue()
    assert "架空" not in written.getvalue()


def test_after_the_cause_is_gone_it_is_taken_in(
    session: Session, keyring: Keyring, officer: Actor, handle: Any
) -> None:
    row = come(session, keyring).message
    failed = take(session, officer, keyring, row.id, now=TEST_MOMENT)
    assert failed.state is InboxState.FAILED and "取り込む処理がありません" in str(failed.error)
    handle(does("done", 5))
    assert has_handler("test.kind")
    assert take(session, officer, keyring, row.id, now=TEST_MOMENT).state is InboxState.TAKEN
    assert row.error is None


def test_leaving_out_needs_a_reason(session: Session, keyring: Keyring, officer: Actor) -> None:
    row = come(session, keyring).message
    with pytest.raises(ValueError, match="理由"):
        ignore(session, officer, row.id, reason=" ", now=TEST_MOMENT)
    ignore(session, officer, row.id, reason="重複の通知", now=TEST_MOMENT)
    assert (row.state, row.note) == (InboxState.IGNORED, "重複の通知")
    with pytest.raises(MessageChanged, match="対象外"):
        take(session, officer, keyring, row.id, now=TEST_MOMENT)


def test_taking_in_needs_its_right(session: Session, keyring: Keyring) -> None:
    row = come(session, keyring).message
    blind = clerk(Permission.MESSAGES_VIEW)
    with pytest.raises(PermissionDenied):
        take(session, blind, keyring, row.id, now=TEST_MOMENT)
    with pytest.raises(PermissionDenied):
        ignore(session, blind, row.id, reason="x", now=TEST_MOMENT)
    with pytest.raises(MessageChanged, match="見つかりません"):
        take(session, clerk(*Permission), keyring, 999_999, now=TEST_MOMENT)


def test_a_kind_has_one_handler(handle: Any) -> None:
    first = does("a", None)
    handle(first)
    handle(first)
    with pytest.raises(ValueError, match="two handlers"):
        handle(does("b", None))
