"""``residentapp search``: upkeep of the search keys."""

from __future__ import annotations

import click

from residentapp.config import settings_of
from residentapp.core.db import Database
from residentapp.residents.search import index


@click.group("search")
def search_command() -> None:
    """検索キーの管理 (search keys)."""


@search_command.command("rebuild")
@click.pass_context
def rebuild_command(ctx: click.Context) -> None:
    """全員の検索キーを作り直します (make everybody's keys anew, all or nothing).

    Needed after the own municipality's name or the table of character variants has changed. Searches of others
    see the old keys until it is done.
    """
    database = Database(settings_of(ctx).database_url)
    try:
        with database.transaction() as session:
            people = index.rebuild(session)
    finally:
        database.dispose()
    click.echo(f"{people:,}人の検索キーを作り直しました。")
