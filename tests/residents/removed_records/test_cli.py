"""``residentapp removed-records``: the yearly runs and the list, with real commits."""

from __future__ import annotations

import csv
import datetime as dt
import stat
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import func, inspect, select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from residentapp.cli import root
from residentapp.config import Settings
from residentapp.core.access.actor import system_actor
from residentapp.core.audit.models import AuditEntry
from residentapp.core.db import Database, migrate
from residentapp.residents import history
from residentapp.residents.models import ResidentHistory
from residentapp.residents.removed_records import batch, operations, reader
from residentapp.residents.removed_records.models import RemovedRecord
from residentapp.residents.types import ChangeReason
from tests.support import residents
from tests.support.clock import SettableClock
from tests.support.removed import removed

#: Days of removal: three are due, one in the reign of Meiji, one lately.
DAYS = {
    "古田　三": dt.date(2020, 6, 1),
    "古田　一": dt.date(1875, 6, 1),
    "古田　二": dt.date(2015, 6, 1),
    "新田　四": dt.date(2026, 6, 1),
}


@pytest.fixture
def numbers(database: Database) -> dict[str, str]:
    """宛名番号 of the removed by name."""
    with database.transaction() as session:
        residents.resident(session, name="住田　五")
        made = {name: removed(session, on=day, name=name) for name, day in DAYS.items()}
        return {name: person.addressee_number for name, person in made.items()}


def run(settings: Settings, *arguments: str) -> Result:
    return CliRunner().invoke(root, ["removed-records", *arguments], obj=settings)


def archived(database: Database) -> list[str]:
    with database.transaction() as session:
        return list(session.scalars(select(RemovedRecord.addressee_number)))


def runs_in_log(database: Database, action: str) -> list[AuditEntry]:
    with database.transaction() as session:
        return list(session.scalars(select(AuditEntry).where(AuditEntry.action == action)))


@pytest.mark.requirement("RR-9.3")
@pytest.mark.requirement("RR-9.1b", partial=True)
def test_the_yearly_run_moves_what_is_due_and_reports(
    settings: Settings, database: Database, numbers: dict[str, str]
) -> None:
    tried = run(settings, "move", "--dry-run")
    assert tried.exit_code == 0, tried.output
    assert "移す対象：3件" in tried.output and archived(database) == []
    done = run(settings, "move", "--step", "2")
    assert done.exit_code == 0, done.output
    assert "移行：3件" in done.output and "トランザクション：2回" in done.output
    assert f"最初：{numbers['古田　一']}" in done.output and f"最後：{numbers['古田　三']}" in done.output
    assert set(archived(database)) == {numbers[name] for name in ("古田　一", "古田　二", "古田　三")}
    with database.transaction() as session:
        assert history.latest(session, numbers["新田　四"]) is not None
        assert session.scalar(select(func.count()).select_from(ResidentHistory)) == 4
    again = run(settings, "move")
    assert again.exit_code == 0 and "移行：0件" in again.output
    logged = runs_in_log(database, batch.MOVE)
    assert [(entry.details["試行"], entry.details["処理"]) for entry in logged] == [
        (True, 0), (False, 3), (False, 0)
    ]  # fmt: skip
    assert all(entry.succeeded and entry.details["最後まで処理"] for entry in logged)


def test_until_leaves_out_what_was_not_due_then_and_takes_no_future(
    settings: Settings, database: Database, numbers: dict[str, str]
) -> None:
    early = run(settings, "move", "--until", "2020-06-02")
    assert early.exit_code == 0 and "移行：2件" in early.output
    future = run(settings, "move", "--until", "2999-01-01")
    assert future.exit_code == 2 and "今日まで" in future.output
    assert numbers["古田　三"] not in archived(database)


@pytest.mark.requirement("RR-9.3", partial=True)
def test_a_run_that_stops_in_the_middle_is_simply_repeated(
    settings: Settings, database: Database, numbers: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, actor = SettableClock(), system_actor("test")
    real = operations.move
    calls = []

    def second_fails(session: Session, *arguments: object, **more: object) -> operations.Outcome:
        calls.append(1)
        outcome = real(session, *arguments, **more)  # type: ignore[arg-type]
        if len(calls) == 2:
            raise OperationalError("statement", {}, Exception("connection lost"))
        return outcome

    monkeypatch.setattr(operations, "move", second_fails)
    with pytest.raises(OperationalError):
        batch.run_move(database, actor, clock=clock, step=1)
    assert archived(database) == [numbers["古田　一"]]
    [stopped] = runs_in_log(database, batch.MOVE)
    assert not stopped.succeeded and not stopped.details["最後まで処理"] and stopped.details["処理"] == 1
    report = batch.run_move(database, actor, clock=clock, step=1)
    assert [line.addressee_number for line in report.done] == [numbers["古田　二"], numbers["古田　三"]]
    with database.transaction() as session:
        for name in ("古田　一", "古田　二", "古田　三"):
            record = reader.record_of(session, numbers[name])
            assert record is not None and record.archived and len(record.snapshots) == 3
            assert len(record.remarks) == 3 and record.current.name == name


def test_a_record_that_cannot_move_ends_the_run_with_an_error(
    settings: Settings, database: Database, numbers: dict[str, str]
) -> None:
    with database.transaction() as session:
        session.execute(text("CREATE TABLE stray (a VARCHAR(15), h INTEGER, FOREIGN KEY (a, h) "
                             "REFERENCES resident_history (addressee_number, history_number))"))  # fmt: skip
        session.execute(text("INSERT INTO stray VALUES (:number, 1)"), {"number": numbers["古田　二"]})
    result = run(settings, "move")
    assert result.exit_code == 1
    assert f"エラー：{numbers['古田　二']}" in result.output and "1件を処理できませんでした" in result.output
    assert "移行：2件" in result.output
    [logged] = runs_in_log(database, batch.MOVE)
    assert not logged.succeeded and logged.details["エラー"] == 1


@pytest.mark.requirement("RR-1.1.5e", partial=True)
def test_what_is_older_than_150_years_is_destroyed_on_command_only(
    settings: Settings, database: Database, numbers: dict[str, str], tmp_path: Path
) -> None:
    run(settings, "move")
    listed = tmp_path / "list.csv"
    assert run(settings, "destroy").exit_code == 2
    assert run(settings, "destroy", "--reason", "　").exit_code == 2
    tried = run(settings, "destroy", "--reason", "期間満了", "--dry-run", "--list", str(listed))
    assert tried.exit_code == 0 and "廃棄の対象：1件" in tried.output
    rows = list(csv.reader(listed.read_text("utf-8-sig").splitlines()))
    assert [row[1] for row in rows[1:]] == [numbers["古田　一"]] and rows[1][4] == "2025-06-01"
    assert len(archived(database)) == 3
    done = run(settings, "destroy", "--reason", "保存期間満了、令和8年度第3号決裁", "--list", str(listed))
    assert done.exit_code == 0 and "廃棄：1件" in done.output
    assert numbers["古田　一"] not in archived(database) and len(archived(database)) == 2
    assert stat.S_IMODE(listed.stat().st_mode) == 0o600
    [trial, real] = runs_in_log(database, batch.DESTROY)
    assert trial.details["試行"] and real.details["理由"] == "保存期間満了、令和8年度第3号決裁"


@pytest.mark.requirement("RR-1.1.5f", partial=True)
def test_the_list_is_in_the_order_of_the_day_of_processing_over_both_places(
    settings: Settings, database: Database, numbers: dict[str, str], tmp_path: Path
) -> None:
    run(settings, "move", "--until", "2020-06-02")
    out = tmp_path / "list.csv"

    def listed(*more: str) -> list[list[str]]:
        result = run(settings, "list", "--out", str(out), *more)
        assert result.exit_code == 0, result.output
        return list(csv.reader(out.read_text("utf-8-sig").splitlines()))

    rows = listed()
    assert rows[0][:2] == ["処理年月日", "宛名番号"]
    assert [(row[0], row[1], row[5]) for row in rows[1:]] == [
        ("1875-06-01", numbers["古田　一"], "除票用データベース"),
        ("2015-06-01", numbers["古田　二"], "除票用データベース"),
        ("2020-06-01", numbers["古田　三"], "主データベース"),
        ("2026-06-01", numbers["新田　四"], "主データベース"),
    ]
    assert rows[4][2:5] == [ChangeReason.MOVE_OUT_DOMESTIC.label, "2026-06-01", "2176-06-01"]
    assert "古田" not in out.read_text("utf-8-sig")
    assert [row[1] for row in listed("--where", "archive")[1:]] == [numbers["古田　一"], numbers["古田　二"]]
    between = listed("--from", "2015-06-01", "--to", "2020-06-01")
    assert [row[1] for row in between[1:]] == [numbers["古田　二"], numbers["古田　三"]]
    lately = listed("--where", "register", "--from", "2020-06-02")
    assert [row[1] for row in lately[1:]] == [numbers["新田　四"]]


def test_taking_the_migration_back_brings_everybody_back(
    settings: Settings, database: Database, numbers: dict[str, str]
) -> None:
    with database.transaction() as session:
        before = session.execute(text("SELECT * FROM resident_history ORDER BY 1, 2")).all()
        keys = session.execute(text("SELECT * FROM search_name ORDER BY 1, 2")).all()
        remarks = session.execute(
            text("SELECT addressee_number, history_number, kind, text FROM integrated_remark")
        )
        said = sorted(map(tuple, remarks), key=repr)
    run(settings, "move")
    while migrate.current(database) != "0010":
        migrate.downgrade(database)
    migrate.downgrade(database)
    assert "removed_record" not in inspect(database.engine).get_table_names()
    with database.transaction() as session:
        assert session.execute(text("SELECT * FROM resident_history ORDER BY 1, 2")).all() == before
        assert session.execute(text("SELECT * FROM search_name ORDER BY 1, 2")).all() == keys
        remarks = session.execute(
            text("SELECT addressee_number, history_number, kind, text FROM integrated_remark")
        )
        assert sorted(map(tuple, remarks), key=repr) == said


def test_the_migration_is_not_taken_back_over_the_list_of_the_destroyed(
    settings: Settings, database: Database, numbers: dict[str, str]
) -> None:
    run(settings, "move")
    run(settings, "destroy", "--reason", "期間満了")
    while migrate.current(database) != "0010":
        migrate.downgrade(database)
    with pytest.raises(migrate.MigrationError, match="list"):
        migrate.downgrade(database)
    assert len(archived(database)) == 2
