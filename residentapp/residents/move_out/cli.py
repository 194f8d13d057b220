"""``residentapp move-out``: the day of notified move-outs comes."""

from __future__ import annotations

import datetime as dt

import click

from residentapp.config import settings_of
from residentapp.core.access.actor import system_actor
from residentapp.core.clock import day_of, system_clock
from residentapp.core.crypto import Keyring, bind_keyring
from residentapp.core.dates import DateError, DateField, parse_date, to_wareki
from residentapp.core.db import Database
from residentapp.core.web.logging import configure_logging
from residentapp.residents.move_out.closing import run_due

PROCESS = "転出予定日の処理（バッチ）"


@click.group("move-out")
def move_out_command() -> None:
    """転出の処理 (move-outs)."""


def _day(text: str, today: dt.date) -> dt.date:
    try:
        found = parse_date(text, DateField.OTHER).exact
    except DateError as error:
        raise click.BadParameter(error.message, param_hint="--on") from error
    if found is None:
        raise click.BadParameter("年月日を入力してください。", param_hint="--on")
    if found > today:
        raise click.BadParameter("今日より後の日は指定できません。まだ来ていません。", param_hint="--on")
    return found


@move_out_command.command("due")
@click.option(
    "--on", "on", default="", metavar="DAY", help="この日までに転出予定日を迎えた人（省略すると今日）"
)
@click.pass_context
def due_command(ctx: click.Context, on: str) -> None:
    """転出予定日を迎えた人の住民票を消除します (close the records of those whose day has come).

    Each household is one transaction. Run it every day after midnight; broken off or run twice, it goes on where it
    stopped. Status 1 when a household could not be worked: it stays in the list, and the technical log says why.
    """
    settings = settings_of(ctx)
    # Without it an error's own text, which may name somebody, would go to the terminal.
    configure_logging(settings)
    now = system_clock()
    day = _day(on, day_of(now)) if on else day_of(now)
    keyring = Keyring.from_settings(settings)
    database = Database(settings.database_url)
    bind_keyring(database, keyring)
    try:
        done = run_due(database.transaction, system_actor(PROCESS), keyring, on=day, now=now)
    finally:
        database.dispose()
    click.echo(
        f"{to_wareki(day)}までに転出予定日を迎えた{len(done.closed):,}世帯、{done.people:,}人を消除しました。"
    )
    if done.headless:
        click.echo(f"世帯主のいない世帯が{done.headless:,}あります。世帯主変更の届出を促してください。")
    if done.failed:
        raise click.ClickException(
            f"{len(done.failed):,}世帯を処理できませんでした。技術ログを確かめてください。"
        )
