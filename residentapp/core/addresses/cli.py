"""``residentapp addresses``: build the address dictionary from postal data, and bring it up to date."""

from __future__ import annotations

import datetime as dt
import time
from pathlib import Path

import click

from residentapp.config import settings_of
from residentapp.core.addresses.refresh import refresh
from residentapp.core.clock import day_of, system_clock
from residentapp.core.db import Database

#: Lines of the report that are shown; the file of ``--report`` holds them all.
_SHOWN = 20


@click.group("addresses")
def addresses_command() -> None:
    """住所辞書 (address dictionary)."""


@addresses_command.command("build")
@click.option(
    "--prefectures",
    default="",
    help="町字と郵便番号を取り込む都道府県コード。コンマで区切る（例 13,14）。省略すると全国。"
    " (prefectures whose towns are kept; default all)",
)
@click.option(
    "--report",
    type=click.Path(dir_okay=False, path_type=Path),
    help="変更点をすべて書き出すファイル (file for the full list of changes)",
)
@click.option(
    "--date",
    "day",
    type=click.DateTime(["%Y-%m-%d"]),
    help="変更の基準日。省略すると今日 (day from which changes count; default today)",
)
@click.pass_context
def build_command(ctx: click.Context, prefectures: str, report: Path | None, day: dt.datetime | None) -> None:
    """郵便番号データから住所辞書を作り、2回目からは変更点を反映します (build or refresh)."""
    settings = settings_of(ctx)
    moment = system_clock()
    codes = [part.strip().zfill(2) for part in prefectures.split(",") if part.strip()]
    today = day.date() if day is not None else day_of(moment)
    if settings.database_url.startswith("sqlite"):
        settings.data_dir.mkdir(parents=True, exist_ok=True)
    database = Database(settings.database_url)
    started = time.perf_counter()
    try:
        with database.transaction() as session:
            result = refresh(
                session,
                today=today,
                moment=moment,
                done_by="residentapp addresses build",
                prefectures=codes or None,
            )
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--prefectures") from error
    finally:
        database.dispose()
    for change in result.changes[:_SHOWN]:
        click.echo(change.line())
    if len(result.changes) > _SHOWN:
        click.echo(f"…ほか {len(result.changes) - _SHOWN:,} 件")
    if report is not None:
        report.write_text("".join(change.line() + "\n" for change in result.changes), encoding="utf-8")
    click.echo(f"住所辞書を作りました。{result.summary()} {time.perf_counter() - started:.1f}秒")
