"""The migrations build exactly what the models say, on both databases, and each step can be taken back."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Column, Date, Integer, LargeBinary, MetaData, Table, Text, inspect, select, text
from sqlalchemy.orm import Session

from residentapp.core.access.actor import Actor
from residentapp.core.crypto import Keyring
from residentapp.core.db import AwareDateTime, Base, Database, JsonValue, migrate
from residentapp.residents.cases import operations, queries
from residentapp.residents.cases.approval import approve
from residentapp.residents.cases.models import ChangeCase, ChangeCaseNumber
from residentapp.residents.cases.types import Approve, CaseState, RecordVersion, Withdraw
from residentapp.residents.locks import EditLock, LockSubject
from residentapp.residents.models import ResidentChange, ResidentHistory
from tests.residents.cases.conftest import pretence as pretence  # a fixture
from tests.residents.cases.pretence import Pretence, Pretended
from tests.residents.move_in.cases import individual_number, resident_code
from tests.residents.move_in.conftest import furnish
from tests.support.clock import TEST_MOMENT
from tests.support.databases import DatabaseSource, PostgresqlSource


@pytest.fixture
def empty(backend: DatabaseSource, tmp_path: Path) -> Iterator[Database]:
    """A database without any table."""
    if isinstance(backend, PostgresqlSource):
        database = backend.empty()
    else:
        database = Database(f"sqlite:///{tmp_path / 'empty.sqlite3'}")
    yield database
    backend.discard(database)


def tables(database: Database) -> set[str]:
    return set(inspect(database.engine).get_table_names()) - {"alembic_version"}


def test_upgrade_from_empty_equals_the_models(empty: Database) -> None:
    assert tables(empty) == set()
    migrate.upgrade(empty)
    assert migrate.is_current(empty)
    assert migrate.differences(empty) == []
    assert tables(empty) >= set(Base.metadata.tables)


def test_a_difference_is_seen(database: Database) -> None:
    """The comparison above can fail: a column too many is reported."""
    table = sorted(tables(database))[0]
    with database.transaction() as session:
        session.execute(text(f'ALTER TABLE "{table}" ADD COLUMN stray INTEGER'))
    found = migrate.differences(database)
    assert len(found) == 1
    assert "stray" in str(found[0])


def test_each_step_can_be_taken_back(database: Database) -> None:
    """Down to nothing step by step, and up again to the same schema."""
    steps = migrate.revisions()
    assert steps, "there is no migration"
    for expected in [*reversed(steps[:-1]), None]:
        migrate.downgrade(database)
        assert migrate.current(database) == expected
    assert tables(database) == set()
    migrate.upgrade(database)
    assert migrate.differences(database) == []


def test_upgrade_of_a_current_database_changes_nothing(database: Database) -> None:
    before = migrate.current(database)
    migrate.upgrade(database)
    assert migrate.current(database) == before == migrate.head()


def test_two_starts_at_once_do_not_collide(empty: Database) -> None:
    """Several processes that start together all find the schema ready; one of them makes it."""
    url = empty.engine.url.render_as_string(hide_password=False)
    problems: list[BaseException] = []

    def start() -> None:
        own = Database(url)
        try:
            migrate.upgrade(own)
        except BaseException as problem:
            problems.append(problem)
        finally:
            own.dispose()

    threads = [threading.Thread(target=start) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert migrate.is_current(empty)


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_foreign_keys_are_enforced_again_after_a_migration(database: Database) -> None:
    """SQLite migrates with foreign keys off; the connection must not go back to the pool like that."""
    migrate.upgrade(database)
    with database.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


def test_an_unknown_revision_is_said(database: Database) -> None:
    with pytest.raises(migrate.MigrationError, match="nowhere"):
        migrate.upgrade(database, "nowhere")
    assert migrate.is_current(database)


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_rows_that_would_point_to_nothing_stop_the_migration(database: Database) -> None:
    """SQLite has foreign keys off while it migrates: the check at the end takes everything back."""
    migrate.downgrade(database)
    before = migrate.current(database)
    with database.engine.connect() as connection:
        raw: Any = connection.connection.driver_connection
        raw.execute("PRAGMA foreign_keys=OFF")
        raw.execute("INSERT INTO terminal (code, name, office_id, active) VALUES ('T9', '窓口', 999, 1)")
        raw.execute("PRAGMA foreign_keys=ON")
    with pytest.raises(migrate.MigrationError, match="terminal"):
        migrate.upgrade(database)
    assert migrate.current(database) == before


# ---- 0005: cases of move-in become cases of any procedure

#: An entry as revision 0004 kept it.
ENTRY_OF_0004 = {
    "entry": {
        "kind": "domestic",
        "scope": "whole",
        "moved_on": "令和8年11月20日",
        "notified_on": "令和8年11月24日",
        "notifier": "渡邉\U000e010f　𠮷男",
        "household_number": "",
        "postal_code": "0000001",
        "address_code": "98201001001",
        "town": "架空県架空市本町一丁目",
        "lot": "8番3号",
        "building": "",
        "members": [
            {
                "key": "m1",
                "resident_kind": "japanese",
                "re_entry": "",
                "name": "渡邉\U000e010f　𠮷男",
                "name_kana": "ワタナベ　ヨシオ",
                "birth_date": "昭和63年2月29日",
                "sex": "male",
                "relationship": "世帯主",
                "registered_domicile": "例示県見本市緑町二丁目5番",
                "register_head": "渡邉\U000e010f　𠮷男",
                "individual_number": individual_number(1001),
                "resident_code": resident_code(1001),
                "previous_address": "例示県見本市緑町二丁目5番7号",
            }
        ],
        "confirmations": {},
    },
    "papers": {"": {"転出予定年月日": "令和8年11月20日"}},
    "source": "certificate.csv",
}


def _table(name: str, **columns: Any) -> Table:
    """A table as an older revision had it, apart from the models."""
    return Table(name, MetaData(), *(Column(column, kind) for column, kind in columns.items()))


def _office_at_0004(database: Database, keyring: Keyring) -> tuple[Actor, Actor]:
    """A database of revision 0004 with masters, a clerk and an approver: made with today's models, then taken back."""
    with database.transaction() as session:
        actors = furnish(session, keyring)
    migrate.downgrade(database, "0004")
    return actors


def _cases_at_0004(session: Session, keyring: Keyring, clerk: Actor) -> None:
    """One move-in that waits, one that is registered, one withdrawn."""
    changes = _table(
        "resident_change", id=Integer(), reason=Text(), processed_on=Date(), office_code=Text(), office_name=Text(),
        terminal_code=Text(), terminal_name=Text(), entered_by=Text(),
    )  # fmt: skip
    place = {"office_code": "01", "office_name": "本庁", "terminal_code": "T01", "terminal_name": "窓口1番"}
    done = {"id": 7, "reason": "R02", "processed_on": TEST_MOMENT.date(), "entered_by": "clerk1"}
    session.execute(changes.insert(), [{**done, **place}, {**done, **place, "id": 8}])
    cases = _table(
        "move_in_case", id=Text(), version=Integer(), state=Text(), kind=Text(), scope=Text(), people=Integer(),
        payload=LargeBinary(), entered_by=Integer(), entered_by_login=Text(), entered_by_name=Text(),
        editors=JsonValue, office_code=Text(), office_name=Text(), terminal_code=Text(), terminal_name=Text(),
        started_at=AwareDateTime(), saved_at=AwareDateTime(), provisional_at=AwareDateTime(), change_id=Integer(),
    )  # fmt: skip
    common = {
        "version": 3, "kind": "domestic", "scope": "whole", "people": 1, "payload": None, "entered_by": clerk.user_id,
        "entered_by_login": "clerk1", "entered_by_name": "窓口　一子", "editors": ["clerk1"],
        "started_at": TEST_MOMENT, "saved_at": TEST_MOMENT, "provisional_at": TEST_MOMENT, "change_id": None, **place,
    }  # fmt: skip
    payload = keyring.encrypt(json.dumps(ENTRY_OF_0004, ensure_ascii=False), context="move_in_case:waiting")
    session.execute(
        cases.insert(),
        [
            {**common, "id": "waiting", "state": "provisional", "payload": payload},
            {**common, "id": "done", "state": "final", "change_id": 7, "kind": "abroad", "scope": "part"},
            {**common, "id": "gone", "state": "withdrawn"},
        ],
    )
    numbers = _table("move_in_case_number", case_id=Text(), kind=Text(), number_hash=LargeBinary())
    session.execute(
        numbers.insert(), {"case_id": "waiting", "kind": "individual_number", "number_hash": b"x"}
    )
    held = _table(
        "edit_lock", subject=Text(), key=Text(), owner=Text(), user_id=Integer(), user_name=Text(),
        terminal_name=Text(), purpose=Text(), taken_at=AwareDateTime(),
    )  # fmt: skip
    lock = {
        "owner": "move_in:waiting", "user_id": clerk.user_id, "user_name": "窓口　一子", "terminal_name": "窓口1番",
        "purpose": "転入の入力", "taken_at": TEST_MOMENT,
    }  # fmt: skip
    session.execute(
        held.insert(),
        [
            {**lock, "subject": "household", "key": "1"},
            {**lock, "subject": "move_in_case", "key": "waiting"},
        ],
    )


def test_a_move_in_of_0004_is_approved_after_the_upgrade(database: Database, keyring: Keyring) -> None:
    clerk, approver = _office_at_0004(database, keyring)
    with database.transaction() as session:
        _cases_at_0004(session, keyring, clerk)
    migrate.upgrade(database)
    with database.transaction() as session:
        cases = {case.id: case for case in session.scalars(select(ChangeCase))}
        assert {case.procedure for case in cases.values()} == {"move_in"}
        waiting, done, gone = (cases[name] for name in ("waiting", "done", "gone"))
        assert (waiting.kind_label, waiting.scope_label, waiting.editors) == ("国内転入", "全部", ["clerk1"])
        assert (done.kind_label, done.scope_label) == ("国外転入等", "一部")
        assert (done.state, done.finalized_on) == (CaseState.FINAL, TEST_MOMENT.date())
        assert (gone.state, waiting.finalized_on) == (CaseState.WITHDRAWN, None)
        changes = session.scalars(select(ResidentChange).order_by(ResidentChange.id))
        assert {change.id: change.case_id for change in changes} == {7: "done", 8: None}
        assert [row.case_id for row in session.scalars(select(ChangeCaseNumber))] == ["waiting"]
        locks = session.scalars(select(EditLock).order_by(EditLock.subject))
        assert [(lock.subject, lock.key, lock.owner) for lock in locks] == [
            (LockSubject.CASE, "waiting", "case:waiting"),
            (LockSubject.HOUSEHOLD, "1", "case:waiting"),
        ]
        payload = queries.payload_of(keyring, waiting)
        assert payload.papers == ENTRY_OF_0004["papers"] and payload.source == "certificate.csv"
        registered = approve(
            session, approver, keyring, Approve(RecordVersion("waiting", 3)), now=TEST_MOMENT
        )
    with database.transaction() as session:
        [person] = session.scalars(select(ResidentHistory))
        assert (person.name, (person.addressee_number,)) == ("渡邉\U000e010f　𠮷男", registered.numbers)
        assert person.change.case_id == "waiting"
        assert session.scalars(select(EditLock)).all() == []


def test_cases_of_move_in_survive_the_way_back(
    database: Database, keyring: Keyring, pretence: Pretence
) -> None:
    clerk, _approver = _office_at_0004(database, keyring)
    with database.transaction() as session:
        _cases_at_0004(session, keyring, clerk)
    tables_of_0004 = ("move_in_case", "move_in_case_number", "edit_lock", "resident_change")

    def rows() -> dict[str, list[Any]]:
        with database.engine.connect() as connection:
            found = {}
            for name in tables_of_0004:
                columns = [c["name"] for c in inspect(connection).get_columns(name) if c["name"] != "id"]
                listed = ", ".join(f'"{column}"' for column in sorted(columns))
                found[name] = sorted(map(repr, connection.execute(text(f"SELECT {listed} FROM {name}"))))
            return found

    before = rows()
    migrate.upgrade(database)
    with database.transaction() as session:
        # A case of another procedure has no place in the older schema and goes.
        allowed = replace(clerk, permissions=frozenset({pretence.enter_permission}))
        other = operations.start(session, allowed, keyring, pretence, Pretended(), now=TEST_MOMENT)
        other_id = other.id
    migrate.downgrade(database, "0004")
    assert rows() == before
    migrate.upgrade(database)
    with database.transaction() as session:
        seen = RecordVersion("waiting", 3)
        operations.withdraw(session, clerk, keyring, Withdraw(seen, "取りやめ"), now=TEST_MOMENT)
        assert session.get(ChangeCase, other_id) is None
