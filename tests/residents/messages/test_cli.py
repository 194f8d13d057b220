"""``residentapp messages``: the whole way of a message out, of an answer back, and into the register."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select
from sqlalchemy.orm import Session

from residentapp.cli import root
from residentapp.config import Environment, Settings
from residentapp.core.audit import verify
from residentapp.core.check_digits import valid_individual_number
from residentapp.core.crypto import Keyring
from residentapp.core.dates import DateValue
from residentapp.core.db import Database
from residentapp.core.numbering import INDIVIDUAL_NUMBER
from residentapp.core.outbox import InboxMessage, InboxState, MessageState, OutboxMessage, Partner
from residentapp.core.outbox.inbox import body_received
from residentapp.core.outbox.operations import mark_failed, next_batch
from residentapp.core.outbox.transport import FolderTransport
from residentapp.residents import history
from residentapp.residents.messages.simulator import simulate_cs, simulated_number
from residentapp.residents.models import ResidentHistory
from residentapp.residents.types import ChangeReason, ResidentState
from tests.residents.messages.conftest import NEIGHBOUR, Register, make_dictionary
from tests.support import residents
from tests.support.clock import TEST_MOMENT
from tests.support.masters import make_masters

R = ChangeReason


@pytest.fixture
def born(database: Database, keyring: Keyring) -> str:
    """宛名番号 of a newborn without 個人番号."""
    with database.transaction() as session:
        make_masters(session)
        make_dictionary(session)
        register = Register(session, keyring)
        return register.move_in(R.BIRTH, individual=False, previous_address=None).addressee_number


def run(settings: Settings, *arguments: str) -> Result:
    return CliRunner().invoke(root, ["messages", *arguments], obj=settings)


def number_of(session: Session, keyring: Keyring, person: str) -> str | None:
    found = history.latest(session, person)
    assert found is not None
    cipher = found.individual_number_cipher
    return None if cipher is None else keyring.decrypt_text(cipher, context=INDIVIDUAL_NUMBER)


def sent_files(settings: Settings, partner: str = "cs") -> list[dict[str, Any]]:
    folder = settings.data_dir / "exchange" / partner / "out"
    return [json.loads(path.read_text("utf-8")) for path in sorted(folder.rglob("*.json"))]


@pytest.mark.requirement("RR-7.1.2.1a", "RR-7.1.1.1a", "RR-7.1.1.1c", "DX-4.1", "DX-4.2", partial=True)
def test_a_number_is_asked_for_and_comes_back(
    settings: Settings, database: Database, keyring: Keyring, born: str
) -> None:
    out = run(settings, "send")
    assert out.exit_code == 0 and "4件を送りました" in out.output and "保留 1件" in out.output, out.output
    assert [file["kind"] for file in sent_files(settings)] == ["cs.identity", "cs.number_generation"]
    assert "個人番号 1件" in run(settings, "simulate-cs").output
    assert "新しい受信 1件" in run(settings, "receive").output
    assert "取込済み 1件" in run(settings, "take").output
    with database.transaction() as session:
        number = number_of(session, keyring, born)
        assert number is not None and valid_individual_number(number)
        [came] = session.scalars(select(InboxMessage)).all()
        assert came.state is InboxState.TAKEN and body_received(keyring, came)["test_data"] is True
    assert "2件を送りました" in run(settings, "send").output, "the number is told onwards"
    with database.transaction() as session:
        assert verify(session).ok


def test_each_step_again_does_nothing(
    settings: Settings, database: Database, keyring: Keyring, born: str
) -> None:
    for command in ("send", "simulate-cs", "receive", "take"):
        run(settings, command)
    with database.transaction() as session:
        number = number_of(session, keyring, born)
    assert "取込済み 0件" in run(settings, "take").output
    assert "新しい受信 0件" in run(settings, "receive").output
    assert "0件を読み" in run(settings, "simulate-cs").output
    # The simulator died before it moved the request away: it answers again, and that is known.
    exchange = settings.data_dir / "exchange" / "cs"
    for path in (exchange / "out" / "taken").glob("*.json"):
        path.rename(exchange / "out" / path.name)
    run(settings, "simulate-cs")
    assert "新しい受信 0件、再受信 1件" in run(settings, "receive").output
    run(settings, "take")
    with database.transaction() as session:
        assert number_of(session, keyring, born) == number
        found = history.latest(session, born)
        assert found is not None and found.history_number == 2


def test_the_same_seed_gives_the_same_number() -> None:
    assert simulated_number("1:a") == simulated_number("1:a") != simulated_number("2:a")
    numbers = [simulated_number(str(place)) for place in range(50)]
    assert all(valid_individual_number(number) and number.startswith("97") for number in numbers)


def test_a_simulated_number_is_nobodys(
    settings: Settings, database: Database, keyring: Keyring, born: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whom the first choice belongs to keeps it."""
    first, second = simulated_number("x"), simulated_number("y")
    with database.transaction() as session:
        residents.resident(
            session,
            individual_number_cipher=keyring.encrypt(first, context=INDIVIDUAL_NUMBER),
            individual_number_hash=keyring.lookup_hash(first, context=INDIVIDUAL_NUMBER),
        )
    monkeypatch.setattr(
        "residentapp.residents.messages.simulator.simulated_number",
        lambda text: first if text.endswith(":0") else second,
    )
    for command in ("send", "simulate-cs", "receive", "take"):
        run(settings, command)
    with database.transaction() as session:
        assert number_of(session, keyring, born) == second


@pytest.mark.parametrize(
    ("destination", "expected"),
    [
        ("見本県隣市北町1番2号", "見本県隣市北町1番2号"),
        ("見本県隣市", "見本県隣市中央一丁目1番1号"),
        ("どこか遠い所", None),
    ],
)
def test_a_move_out_is_answered_with_a_move_in_notice(
    settings: Settings, database: Database, keyring: Keyring, destination: str, expected: str | None
) -> None:
    with database.transaction() as session:
        make_masters(session)
        make_dictionary(session)
        register = Register(session, keyring)
        moved = register.move_in()
        register.change(
            moved, R.MOVE_OUT_DOMESTIC, state=ResidentState.MOVED_OUT, planned_destination=destination,
            removal_occurred_on=DateValue.of(TEST_MOMENT.date()),
        )  # fmt: skip
    run(settings, "send")
    said = run(settings, "simulate-cs").output
    assert ("転入通知 1件" if expected else "転入通知 0件") in said
    run(settings, "receive")
    with database.transaction() as session:
        rows = session.scalars(select(InboxMessage)).all()
        if expected is None:
            assert rows == []
            return
        [row] = rows
        assert (row.source, row.kind) == (Partner.MUNICIPALITY, "municipality.move_in")
        body = body_received(keyring, row)
        assert body["person"]["new_address"] == expected
        assert body["header"]["municipality_code"] == NEIGHBOUR
        assert body["header"]["moved_in_on"]["day"] == "2026-11-24"


def test_a_cancelled_request_is_not_answered(
    settings: Settings, database: Database, keyring: Keyring, born: str
) -> None:
    run(settings, "send")
    with database.transaction() as session:
        person = history.latest(session, born)
        assert person is not None
        change = residents.change(session, R.CANCEL_DECREASE, cancels_change_id=person.change_id)
        residents.next_snapshot(session, person, change, state=ResidentState.REMOVED)
        Register(session, keyring).write(change)
    exchange = FolderTransport(settings.data_dir / "exchange")
    run(settings, "send")
    cancelled = [file for file in sent_files(settings) if file["body"]["header"]["act"]["code"] == "cancel"]
    assert [file["kind"] for file in cancelled] == ["cs.identity", "cs.number_generation"]
    assert all(file["reverses"] for file in cancelled)
    done = simulate_cs(database, keyring, exchange, seed=1)
    assert (done.read, done.numbers) == (6, 1), "the first request only, which came before it was taken back"


def test_one_partner_at_a_time(settings: Settings, born: str) -> None:
    assert "2件を送りました" in run(settings, "send", "--to", "cs").output
    assert sent_files(settings, "addressee") == []
    assert run(settings, "send", "--to", "nobody").exit_code == 2
    assert run(settings, "receive", "--from", "isa").exit_code == 0


@pytest.mark.requirement("RR-7.1.1.1d", partial=True)
def test_what_failed_can_be_tried_again(settings: Settings, database: Database, born: str) -> None:
    with database.transaction() as session:
        for row in next_batch(session, now=TEST_MOMENT):
            mark_failed(session, row.id, error="止まっていた")
    first = run(settings, "send")
    assert "0件を送りました" in first.output and "送信できない" in first.output
    again = run(settings, "send", "--retry-failed")
    assert "3件を、もう一度試します" in again.output and "4件を送りました" in again.output
    with database.transaction() as session:
        left = session.scalars(select(OutboxMessage.state).distinct()).all()
        assert set(left) == {MessageState.SENT, MessageState.HELD}


def test_a_folder_that_cannot_be_used_ends_with_a_clear_word(
    settings: Settings, born: str, tmp_path: Path
) -> None:
    (settings.data_dir / "exchange").write_text("in the way")
    for command in ("send", "receive"):
        result = run(settings, command)
        assert result.exit_code == 1 and "つながらない連携先があります" in result.output
        assert "Traceback" not in result.output


def test_the_simulator_stays_out_of_production(settings: Settings) -> None:
    production = settings.replace(environment=Environment.PRODUCTION)
    refused = run(production, "simulate-cs")
    assert refused.exit_code == 2 and "本番の環境では" in refused.output


def test_production_takes_no_simulated_answer(
    settings: Settings, database: Database, keyring: Keyring, born: str
) -> None:
    run(settings, "send")
    run(settings, "simulate-cs")
    said = run(settings.replace(environment=Environment.PRODUCTION), "receive").output
    assert "新しい受信 0件" in said and "読めないもの 1件" in said
    run(settings, "take")
    with database.transaction() as session:
        assert number_of(session, keyring, born) is None
        assert session.scalars(select(ResidentHistory.history_number)).all() == [1]
