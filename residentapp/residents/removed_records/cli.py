"""``residentapp removed-records``: the 除票用データベース from the command line."""

from __future__ import annotations

import csv
import datetime as dt
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import IO

import click
from sqlalchemy.orm import Session

from residentapp.config import settings_of
from residentapp.core import audit
from residentapp.core.access.actor import system_actor
from residentapp.core.clock import system_clock
from residentapp.core.crypto import Keyring, bind_keyring
from residentapp.core.dates import to_wareki
from residentapp.core.db import Database
from residentapp.residents.removed_records import batch, queries
from residentapp.residents.removed_records.batch import RunReport
from residentapp.residents.removed_records.queries import RemovedLine

_DAY = click.DateTime(["%Y-%m-%d"])
_COLUMNS = ("処理年月日", "宛名番号", "消除の事由", "消除の年月日", "保存期限", "データベース")
_STEP = click.IntRange(1, 5_000)


@click.group("removed-records")
def removed_records_command() -> None:
    """除票用データベース (removed records of more than five years)."""


@contextmanager
def _database(ctx: click.Context) -> Iterator[Database]:
    settings = settings_of(ctx)
    database = Database(settings.database_url)
    bind_keyring(database, Keyring.from_settings(settings))
    try:
        yield database
    finally:
        database.dispose()


@removed_records_command.command("move")
@click.option(
    "--until", type=_DAY, help="この日までに移すべきもの。省略すると今日 (due on this day; default today)"
)
@click.option("--dry-run", is_flag=True, help="対象を数えるだけで、移さない")
@click.option(
    "--step", default=batch.STEP, show_default=True, type=_STEP, help="1回のトランザクションで移す人数"
)
@click.pass_context
def move_command(ctx: click.Context, until: dt.datetime | None, dry_run: bool, step: int) -> None:
    """消除から5年を経過した除票を、除票用データベースへ移します。

    Run it once a year, outside the busy season. It may be stopped and started again at any time; who is being edited
    is left for the next run. Ends with status 1 when a record could not be moved.
    """
    with _database(ctx) as database:
        try:
            report = batch.run_move(
                database, system_actor(batch.MOVE), clock=system_clock, until=until.date() if until else None,
                dry_run=dry_run, step=step, progress=_progress,
            )  # fmt: skip
        except batch.TooEarly as error:
            raise click.BadParameter(str(error), param_hint="--until") from error
    _say(report, "移す対象" if dry_run else "移行", dry_run=dry_run)


@removed_records_command.command("destroy")
@click.option(
    "--reason", required=True, help="廃棄の理由と決裁。廃棄の記録に残る (why, and on whose decision)"
)
@click.option("--dry-run", is_flag=True, help="対象を調べるだけで、廃棄しない")
@click.option(
    "--list", "listed", type=click.Path(dir_okay=False, path_type=Path), help="対象の一覧のCSVの出力先"
)
@click.option("--step", default=batch.STEP, show_default=True, type=_STEP, help="1回のトランザクションの人数")
@click.pass_context
def destroy_command(ctx: click.Context, reason: str, dry_run: bool, listed: Path | None, step: int) -> None:
    """消除から150年を経過した除票を廃棄します。取り消せません。

    The database itself refuses a record whose time is not over. Look at the list of a dry run first.
    """
    if not reason.strip():
        raise click.BadParameter("廃棄の理由を入力してください。", param_hint="--reason")
    with _database(ctx) as database:
        report = batch.run_destroy(
            database, system_actor(batch.DESTROY), reason.strip(), clock=system_clock, dry_run=dry_run, step=step,
            progress=_progress,
        )  # fmt: skip
    if listed is not None:
        _write(listed, report.due if dry_run else report.done)
    _say(report, "廃棄の対象" if dry_run else "廃棄", dry_run=dry_run)


@removed_records_command.command("list")
@click.option("--from", "first", type=_DAY, help="処理年月日がこの日から")
@click.option("--to", "last", type=_DAY, help="処理年月日がこの日まで")
@click.option(
    "--where", type=click.Choice(["both", "register", "archive"]), default="both", show_default=True,
    help="both: 両方、register: 主データベース、archive: 除票用データベース",
)  # fmt: skip
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="CSVの出力先")
@click.pass_context
def list_command(
    ctx: click.Context, first: dt.datetime | None, last: dt.datetime | None, where: str, out: Path
) -> None:
    """除票の一覧を処理年月日の順に書き出します (all removed records by their day of processing).

    It names nobody: number, reason, days and place only.
    """
    begin, end = first.date() if first else None, last.date() if last else None
    with _database(ctx) as database, database.transaction() as session:
        count = _write(out, _in_order(session, begin, end, where))
        audit.record(
            session, system_actor("除票の一覧（コマンド）"), moment=system_clock(), log=audit.Log.PRINT,
            action="除票の一覧", file_name=out.name,
            details={"件数": count, "から": begin or "", "まで": end or "", "データベース": where},
        )  # fmt: skip
    click.echo(f"{count:,}件の除票を処理年月日の順に書き出しました：{out}")


def _in_order(
    session: Session, first: dt.date | None, last: dt.date | None, where: str
) -> Iterable[RemovedLine]:
    """Removed records of both places as one list by 処理年月日, then 宛名番号."""
    register = queries.removed_in_register(session) if where != "archive" else iter(())
    chosen = (
        line
        for line in register
        if (first is None or line.processed_on >= first) and (last is None or line.processed_on <= last)
    )
    archive = queries.removed_in_archive(session, first=first, last=last) if where != "register" else iter(())
    return sorted(chain(chosen, archive), key=lambda line: (line.processed_on, line.addressee_number))


def _write(out: Path, lines: Iterable[RemovedLine]) -> int:
    """The list as CSV, readable by its owner only."""
    descriptor = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8-sig", newline="") as file:
        return _write_rows(file, lines)


def _write_rows(file: IO[str], lines: Iterable[RemovedLine]) -> int:
    writer = csv.writer(file)
    writer.writerow(_COLUMNS)
    count = 0
    for line in lines:
        place = "除票用データベース" if line.archived else "主データベース"
        days = (line.processed_on.isoformat(), line.removed_on.isoformat(), line.kept_until.isoformat())
        writer.writerow((days[0], line.addressee_number, line.reason.label, *days[1:], place))
        count += 1
    return count


def _progress(done: int, total: int) -> None:
    click.echo(f"{done:,} / {total:,}件", err=True)


def _say(report: RunReport, word: str, *, dry_run: bool) -> None:
    lines = list(report.due) if dry_run else report.done
    click.echo(f"{word}：{len(lines):,}件")
    for label, line in (("最初", lines[:1]), ("最後", lines[-1:])):
        for one in line:
            click.echo(f"{label}：{one.addressee_number}（処理年月日 {to_wareki(one.processed_on)}）")
    if not dry_run:
        click.echo(f"トランザクション：{report.steps:,}回、{report.seconds:.1f}秒")
    for number, why in report.skipped.items():
        click.echo(f"見送り：{number}　{why}。次の回に移します。", err=True)
    for number, why in report.failed.items():
        click.echo(f"エラー：{number}　{why}", err=True)
    if report.failed:
        raise click.ClickException(
            f"{len(report.failed)}件を処理できませんでした。システム管理者に連絡してください。ほかは終わっています。"
        )
