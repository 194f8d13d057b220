"""Finding every change to the audit log, made with all triggers out of the way (RR-10.2d, CM-6)."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from residentapp.config import Settings
from residentapp.core.audit import Anchor, Log, record, verify
from residentapp.core.audit.chain import entry_hash
from residentapp.core.audit.cli import audit_command
from residentapp.core.audit.ddl import drop_guards
from residentapp.core.audit.models import AuditEntry, AuditHead, AuditSubject
from residentapp.core.audit.verify import KEPT_FINDINGS, Finding, Kind, Verification
from residentapp.core.crypto import Keyring, bind_keyring
from residentapp.core.db import Database
from tests.core.audit.test_chain import ACTOR
from tests.support.clock import TEST_MOMENT

COUNT = 10


@pytest.fixture
def log(database: Database) -> Database:
    """A log of ten rows whose triggers the attacker has removed."""
    for number in range(1, COUNT + 1):
        with database.transaction() as session:
            record(
                session,
                ACTOR,
                moment=TEST_MOMENT,
                log=Log.OPERATION,
                action=f"操作{number}",
                subjects=[f"10000{number:02}", "200000"],
                details={"番": number},
            )
    with database.transaction() as session:
        connection = session.connection()
        drop_guards(connection.exec_driver_sql, connection.dialect.name)
    return database


def outcome(database: Database, anchor: Anchor | None = None) -> Verification:
    with database.sessions() as session:
        return verify(session, anchor=anchor)


def kinds(database: Database) -> set[tuple[Kind, int, int]]:
    return {(found.kind, found.first, found.last) for found in outcome(database).findings}


def attack(database: Database, work: Callable[[Session], Any]) -> None:
    with database.transaction() as session:
        work(session)


@pytest.mark.requirement("CM-6", partial=True)
def test_an_untouched_log_is_whole(log: Database) -> None:
    found = outcome(log)
    assert found.ok
    assert found.checked == COUNT
    assert found.anchor is not None
    assert found.anchor.sequence == COUNT


def test_an_empty_log_is_whole(database: Database) -> None:
    found = outcome(database)
    assert found.ok
    assert (found.checked, found.anchor) == (0, None)


CHANGES: dict[str, Any] = {
    "moment": TEST_MOMENT.replace(hour=3),
    "log": "event",
    "action": "別の操作",
    "screen": "x",
    "file_name": "x",
    "actor_id": 8,
    "actor_login": "betsujin",
    "actor_name": "別人",
    "department": "x",
    "office_code": "99",
    "office_name": "x",
    "terminal_code": "99",
    "terminal_name": "x",
    "details": {"番": 99},
    "individual_number": True,
    "succeeded": False,
    "request_id": "x",
    "key_id": "k9",
    "hash": "0" * 64,
}


def undone(database: Database, work: Callable[[Session], Any]) -> set[tuple[Kind, int, int]]:
    """What the check finds after an attack, which is then taken back."""
    with database.sessions() as session:
        work(session)
        found = {(finding.kind, finding.first, finding.last) for finding in verify(session).findings}
        session.rollback()
    return found


@pytest.mark.requirement("RR-10.2d", "CM-6", partial=True)
def test_a_change_of_any_column_is_found(log: Database) -> None:
    for column, value in CHANGES.items():
        change = update(AuditEntry).filter_by(sequence=5).values({column: value})
        expected = Kind.UNKNOWN_KEY if column == "key_id" else Kind.CHANGED
        assert (expected, 5, 5) in undone(log, lambda s, c=change: s.execute(c)), column


def test_every_column_is_tried_above() -> None:
    columns = {column.name for column in AuditEntry.__table__.columns}
    assert columns - set(CHANGES) == {"sequence", "subjects", "previous_hash"}  # each has its own test


def remove(first: int, last: int) -> Callable[[Session], Any]:
    """An attack that deletes the rows from the first to the last number."""

    def work(session: Session) -> None:
        session.execute(delete(AuditSubject).where(AuditSubject.sequence.between(first, last)))
        session.execute(delete(AuditEntry).where(AuditEntry.sequence.between(first, last)))

    return work


@pytest.mark.requirement("CM-6", partial=True)
def test_removed_rows_are_found_and_named(log: Database) -> None:
    for first, last in ((1, 1), (5, 5), (4, 7), (1, 9)):
        assert undone(log, remove(first, last)) == {(Kind.REMOVED, first, last)}


@pytest.mark.requirement("CM-6", partial=True)
def test_a_cut_off_tail_is_found(log: Database) -> None:
    for first in (10, 8, 1):
        assert undone(log, remove(first, COUNT)) == {(Kind.REMOVED, first, COUNT)}


@pytest.mark.requirement("CM-6", partial=True)
def test_a_cut_off_tail_with_a_forged_head_is_found(log: Database) -> None:
    def cut(session: Session) -> None:
        session.execute(delete(AuditSubject).where(AuditSubject.sequence > 8))
        session.execute(delete(AuditEntry).where(AuditEntry.sequence > 8))
        last = session.scalars(select(AuditEntry.hash).where(AuditEntry.sequence == 8)).one()
        session.execute(update(AuditHead).values(count=8, hash=last))

    attack(log, cut)
    assert kinds(log) == {(Kind.HEAD, 8, 8)}


def test_a_head_without_signature_and_a_removed_head_are_found(log: Database) -> None:
    for attempt in (update(AuditHead).values(key_id="", mac=""), delete(AuditHead)):
        assert undone(log, lambda s, a=attempt: s.execute(a)) == {(Kind.HEAD, 10, 10)}


def test_a_log_emptied_with_its_head_is_found_by_the_anchor_alone(log: Database) -> None:
    anchor = outcome(log).anchor

    def empty(session: Session) -> None:
        for table in (AuditSubject, AuditEntry, AuditHead):
            session.execute(delete(table))

    attack(log, empty)
    assert outcome(log).ok
    assert [found.kind for found in outcome(log, anchor).findings] == [Kind.ANCHOR]


def test_the_anchor_of_an_untouched_log_holds_as_the_log_grows(log: Database) -> None:
    anchor = outcome(log).anchor
    with log.transaction() as session:
        record(session, ACTOR, moment=TEST_MOMENT, log=Log.EVENT, action="その後")
    assert outcome(log, anchor).ok
    assert anchor is not None
    assert not outcome(log, Anchor(anchor.sequence, "0" * 64)).ok


def _copy(session: Session, source: int, **changes: Any) -> dict[str, Any]:
    table = AuditEntry.__table__
    row = dict(session.execute(select(table).where(table.c.sequence == source)).one()._mapping)
    return row | changes


@pytest.mark.requirement("CM-6", partial=True)
def test_a_row_inserted_behind_the_last_is_found(log: Database) -> None:
    def forge(session: Session) -> None:
        row = _copy(session, 10, sequence=11, subjects=[], key_id="")
        row["previous_hash"] = row["hash"]
        row["hash"] = entry_hash(row, None)
        session.execute(insert(AuditEntry).values(**row))

    attack(log, forge)
    assert kinds(log) == {(Kind.INSERTED, 11, 11), (Kind.UNSIGNED, 11, 11)}


@pytest.mark.requirement("CM-6", partial=True)
def test_a_row_inserted_in_the_middle_is_found(log: Database) -> None:
    """The rows behind move up by one, as an attacker without the key would have to do it."""

    def forge(session: Session) -> None:
        session.execute(delete(AuditSubject))
        for sequence in range(10, 4, -1):
            session.execute(
                update(AuditEntry).where(AuditEntry.sequence == sequence).values(sequence=sequence + 1)
            )
        session.execute(insert(AuditEntry).values(**_copy(session, 4, sequence=5, action="偽の操作")))

    attack(log, forge)
    found = kinds(log)
    assert (Kind.CHANGED, 5, 5) in found
    assert (Kind.INSERTED, 11, 11) in found


def test_a_row_put_in_the_place_of_a_removed_one_is_found(log: Database) -> None:
    def swap(session: Session) -> None:
        row = _copy(session, 6, action="すり替え", key_id="")
        row["hash"] = entry_hash(row, None)
        session.execute(delete(AuditSubject).where(AuditSubject.sequence == 6))
        session.execute(delete(AuditEntry).where(AuditEntry.sequence == 6))
        session.execute(insert(AuditEntry).values(**row))

    attack(log, swap)
    assert {(Kind.UNSIGNED, 6, 6), (Kind.BROKEN_LINK, 7, 7)} <= kinds(log)


def test_a_changed_link_is_found(log: Database) -> None:
    attack(log, lambda s: s.execute(update(AuditEntry).filter_by(sequence=3).values(previous_hash="0" * 64)))
    assert kinds(log) == {(Kind.BROKEN_LINK, 3, 3), (Kind.CHANGED, 3, 3)}


def test_an_index_that_differs_from_the_rows_is_found(log: Database) -> None:
    attempts: tuple[Any, ...] = (
        delete(AuditSubject).where(AuditSubject.sequence == 4, AuditSubject.number == "200000"),
        insert(AuditSubject).values(sequence=4, number="300000"),
        update(AuditEntry).filter_by(sequence=4).values(subjects=["1000004"]),
    )
    for attempt in attempts:
        assert (Kind.SUBJECTS, 4, 4) in undone(log, lambda s, a=attempt: s.execute(a))


def test_who_lacks_the_key_cannot_say_that_the_log_is_whole(log: Database) -> None:
    bind_keyring(log, Keyring([("other", bytes(32))], bytes(32)))
    found = outcome(log)
    assert not found.ok
    assert {finding.kind for finding in found.findings} == {Kind.UNKNOWN_KEY}


def test_rows_stay_good_after_the_key_was_changed(log: Database, keyring: Keyring) -> None:
    old = keyring.__getstate__()["keys"]
    bind_keyring(log, Keyring([("new", bytes(range(32))), *old.items()], bytes(32)))
    with log.transaction() as session:
        record(session, ACTOR, moment=TEST_MOMENT, log=Log.EVENT, action="鍵の変更後")
    with log.sessions() as session:
        assert session.scalars(select(AuditEntry.key_id).where(AuditEntry.sequence == 11)).one() == "new"
        assert verify(session).ok


def test_many_findings_are_counted_but_not_all_kept(log: Database) -> None:
    with log.transaction() as session:
        for number in range(KEPT_FINDINGS):
            record(session, ACTOR, moment=TEST_MOMENT, log=Log.EVENT, action=f"追加{number}")
    attack(log, lambda s: s.execute(update(AuditEntry).values(action="全部変えた")))
    found = outcome(log)
    assert found.total == COUNT + KEPT_FINDINGS
    assert len(found.findings) == KEPT_FINDINGS


def test_memory_does_not_grow_with_the_log(database: Database) -> None:
    def peak() -> int:
        tracemalloc.start()
        assert outcome(database).ok
        used = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return used

    def grow(count: int) -> None:
        with database.transaction() as session:
            for number in range(count):
                record(session, ACTOR, moment=TEST_MOMENT, log=Log.EVENT, action=f"{number}" * 20)

    grow(3000)
    peak()
    small = peak()
    grow(9000)
    assert peak() < small * 1.5


@pytest.mark.parametrize(
    ("finding", "text"),
    [
        (Finding(Kind.CHANGED, 5, 5), "5番：内容が書き換えられています"),
        (Finding(Kind.REMOVED, 4, 7), "4番から7番：記録が削除されています"),
    ],
)
def test_a_finding_reads_plainly(finding: Finding, text: str) -> None:
    assert str(finding) == text


def test_the_command_tells_the_outcome_by_words_and_status(log: Database, settings: Settings) -> None:
    good = CliRunner().invoke(audit_command, ["verify"], obj=settings)
    assert good.exit_code == 0, good.output
    assert "異常はありません（10件を確認）" in good.output
    anchor = good.output.rpartition(": ")[2].strip()
    assert CliRunner().invoke(audit_command, ["verify", "--anchor", anchor], obj=settings).exit_code == 0

    attack(log, lambda s: s.execute(update(AuditEntry).filter_by(sequence=2).values(action="偽")))
    bad = CliRunner().invoke(audit_command, ["verify"], obj=settings)
    assert bad.exit_code == 1
    assert "2番：内容が書き換えられています" in bad.output
    assert "1件の異常" in bad.output


def test_the_command_refuses_a_malformed_anchor() -> None:
    refused = CliRunner().invoke(audit_command, ["verify", "--anchor", "12"], obj=Settings())
    assert refused.exit_code == 2
    assert "番号:ハッシュ値" in refused.output
