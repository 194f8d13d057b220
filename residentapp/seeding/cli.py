"""``residentapp seed``: fill an empty database with an invented town."""

from __future__ import annotations

import datetime as dt
import time
from pathlib import Path

import click

from residentapp.admin.demo import DEMO_PASSWORD, DEMO_USERS
from residentapp.config import Environment, settings_of
from residentapp.core.clock import JST, system_clock
from residentapp.core.crypto import Keyring, bind_keyring
from residentapp.core.db import Database
from residentapp.seeding.generator import TownExists, seed
from residentapp.seeding.sources import SEED_FOLDER, SeedDataError

#: Seconds between two lines of progress.
_PROGRESS_SECONDS = 10.0


@click.command("seed")
@click.option(
    "--population", default=20_000, show_default=True, help="今いる住民の数 (residents living there now)"
)
@click.option(
    "--seed",
    "seed_number",
    default=1,
    show_default=True,
    help="同じ種なら同じ町になる (same seed, same town)",
)
@click.option(
    "--date",
    "day",
    type=click.DateTime(["%Y-%m-%d"]),
    help="町の「今日」。省略すると実際の今日 (the town's today; default the real one)",
)
@click.option(
    "--data",
    "folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=SEED_FOLDER,
    show_default="seed/",
    help="町の元になるファイルのフォルダー (folder with the files the town is made of)",
)
@click.pass_context
def seed_command(
    ctx: click.Context, population: int, seed_number: int, day: dt.datetime | None, folder: Path
) -> None:
    """空のデータベースに架空の町をつくります (fill an empty database with an invented town)."""
    settings = settings_of(ctx)
    if settings.environment is Environment.PRODUCTION:
        raise click.UsageError(
            "本番の環境には架空の町をつくれません（利用者のパスワードが公開されています）。"
            " The invented town has known passwords and is refused in production."
        )
    moment = system_clock() if day is None else day.replace(hour=9, tzinfo=JST)
    database = Database(settings.database_url)
    keyring = Keyring.from_settings(settings)
    bind_keyring(database, keyring)
    started = shown = time.monotonic()

    def progress(residents: int) -> None:
        nonlocal shown
        if time.monotonic() - shown >= _PROGRESS_SECONDS:
            shown = time.monotonic()
            rate = residents / (shown - started)
            left = (population - residents) / rate if rate else 0.0
            click.echo(
                f"{residents:,} / {population:,}人（毎秒 {rate:,.0f}人、残り約 {left:,.0f}秒）", err=True
            )

    try:
        result = seed(
            database, keyring, population=population, seed=seed_number, moment=moment, folder=folder,
            progress=progress,
        )  # fmt: skip
    except (TownExists, SeedDataError, ValueError) as error:
        raise click.ClickException(str(error)) from error
    finally:
        database.dispose()
    click.echo(f"架空の町をつくりました。{result.summary()}")
    click.echo(f"利用者（パスワードはすべて {DEMO_PASSWORD}）:")
    for login, name, _department, role in DEMO_USERS:
        click.echo(f"  {login}  {name}（{role}）")
