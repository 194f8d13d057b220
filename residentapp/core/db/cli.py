"""``residentapp db``: bring the schema up to date, say where it stands."""

from __future__ import annotations

import click

from residentapp.config import settings_of
from residentapp.core.db import migrate
from residentapp.core.db.engine import Database


@click.group("db")
def db_command() -> None:
    """データベースの準備 (schema of the database)."""


@db_command.command("upgrade")
@click.argument("revision", default="head")
@click.pass_context
def upgrade_command(ctx: click.Context, revision: str) -> None:
    """スキーマを最新にします (bring the schema up to REVISION, default the newest)."""
    database = _database(ctx)
    try:
        before = migrate.current(database)
        migrate.upgrade(database, revision)
        after = migrate.current(database)
    except migrate.MigrationError as error:
        raise click.ClickException(str(error)) from error
    finally:
        database.dispose()
    click.echo(
        f"スキーマは最新です（{after}）。"
        if before == after
        else f"スキーマを更新しました（{before or '空'} → {after}）。"
    )


@db_command.command("current")
@click.pass_context
def current_command(ctx: click.Context) -> None:
    """スキーマの版を表示します (print the schema's revision)."""
    database = _database(ctx)
    try:
        click.echo(migrate.current(database) or "空")
    finally:
        database.dispose()


def _database(ctx: click.Context) -> Database:
    settings = settings_of(ctx)
    if settings.database_url.startswith("sqlite"):
        settings.data_dir.mkdir(parents=True, exist_ok=True)
    return Database(settings.database_url)
